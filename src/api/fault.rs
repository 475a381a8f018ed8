//! Refusals in the shapes that Partner Center's clients know.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::store::StoreError;

/// Why a request is refused.
#[derive(Debug)]
pub enum Fault {
    /// No token.
    NoToken,
    /// None of ours, or one that is no longer good.
    BadToken,
    /// A good token without the right to do this.
    NoRight,
    /// A parameter that cannot be read: what Partner Center's model binding says.
    InvalidRequest,
    /// A parameter that can be read and cannot be done, by its name, with what would do.
    Invalid(&'static str, &'static str),
    /// Too many requests; how long to wait.
    TooMany(Duration),
    Unavailable(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

/// `{"code": …, "description": …, "data": […], "source": …}`
fn body(code: &str, description: &str, data: &[&str]) -> String {
    json!({"code": code, "description": description, "data": data, "source": "PartnerCenter"}).to_string()
}

fn answer(status: StatusCode, body: String) -> Response {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, body) = match &self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                body("800001", "Partner Token missing in request context.", &[]),
            ),
            Self::BadToken => (StatusCode::UNAUTHORIZED, body("400", "Access denied.", &[])),
            Self::NoRight => (StatusCode::FORBIDDEN, body("2032", "Access denied.", &[])),
            Self::InvalidRequest => (
                StatusCode::BAD_REQUEST,
                json!({"message": "The request is invalid."}).to_string(),
            ),
            Self::Invalid(parameter, description) => {
                (StatusCode::BAD_REQUEST, body("3000", description, &[parameter]))
            }
            Self::TooMany(wait) => {
                let seconds = seconds(*wait);
                let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
                (
                    StatusCode::TOO_MANY_REQUESTS,
                    json!({"statusCode": 429, "message": message}).to_string(),
                )
            }
            Self::Unavailable(error) => {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    "the API could not answer"
                );
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    body(
                        "900192",
                        "The archive cannot answer now. Try again after some time.",
                        &[],
                    ),
                )
            }
        };
        let mut response = answer(status, body);
        let headers = response.headers_mut();
        match self {
            Self::NoToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // RFC 6750, section 3.1.
            Self::BadToken => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Self::NoRight => {
                let challenge = HeaderValue::from_static("Bearer error=\"insufficient_scope\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Self::TooMany(wait) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds(wait)));
            }
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(5));
            }
            Self::InvalidRequest | Self::Invalid(..) => {}
        }
        response
    }
}

/// Whole seconds after which it works, at least one.
fn seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1_000)
        .max(1)
        .try_into()
        .unwrap_or(u64::MAX)
}

/// Nothing here is written to.
pub async fn method() -> Response {
    answer(
        StatusCode::METHOD_NOT_ALLOWED,
        body("405", "Only GET is answered here.", &[]),
    )
}
