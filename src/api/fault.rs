//! Refusals in the shapes that Partner Center's clients know.

use std::time::Duration;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::DateTime;
use serde_json::{Value, json};

use super::query::END_DATE;
use crate::{
    audit::Ticks,
    identity::FetchError,
    store::{KeptFrom, Removed, StoreError},
};

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
    /// The record was there, and was removed because the archive keeps so many months only.
    Removed(Removed),
    /// Too many requests; how long to wait.
    TooMany(Duration),
    /// The identity provider does not say whether a token is good.
    NoProvider(FetchError),
    Unavailable(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

/// `{"code": …, "description": …, "data": […], "source": …}`
fn shaped(code: &str, description: &str, data: &[&str]) -> Value {
    json!({"code": code, "description": description, "data": data, "source": "PartnerCenter"})
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], body.to_string()).into_response()
}

impl Fault {
    /// One of each kind, for the document of the API.
    pub fn examples() -> [Self; 9] {
        let removed = Removed {
            at: DateTime::from_timestamp(1_793_500_200, 0).unwrap_or_default(),
            // 2025-10-01
            kept_from: KeptFrom::new(Ticks(638_948_736_000_000_000)),
        };
        [
            Self::InvalidRequest,
            END_BEFORE_START,
            Self::NoToken,
            Self::BadToken,
            Self::NoRight,
            Self::Removed(removed),
            Self::TooMany(Duration::from_secs(57)),
            Self::NoProvider(FetchError::TooSlow),
            Self::Unavailable(StoreError::TooLong),
        ]
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::NoRight => StatusCode::FORBIDDEN,
            Self::InvalidRequest | Self::Invalid(..) => StatusCode::BAD_REQUEST,
            Self::Removed(_) => StatusCode::GONE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NoProvider(_) | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub fn body(&self) -> Value {
        match self {
            Self::NoToken => shaped("800001", "Partner Token missing in request context.", &[]),
            Self::BadToken => shaped("400", "Access denied.", &[]),
            Self::NoRight => shaped("2032", "Access denied.", &[]),
            Self::InvalidRequest => json!({"message": "The request is invalid."}),
            Self::Invalid(parameter, description) => shaped("3000", description, &[parameter]),
            Self::Removed(removed) => {
                let at = removed.at.format("%Y-%m-%dT%H:%M:%SZ");
                let kept_from = removed.kept_from.day();
                let what = format!(
                    "The record was removed at {at}, because this archive keeps records from {kept_from} (UTC) on."
                );
                shaped("410", &what, &[])
            }
            Self::TooMany(wait) => {
                let message = format!("Rate limit is exceeded. Try again in {} seconds.", seconds(*wait));
                json!({"statusCode": 429, "message": message})
            }
            Self::NoProvider(_) => shaped(
                "900192",
                "The identity provider does not say whether the token is good. Try again after some time.",
                &[],
            ),
            Self::Unavailable(_) => shaped(
                "900192",
                "The archive cannot answer now. Try again after some time.",
                &[],
            ),
        }
    }

    /// The header that belongs to it.
    pub fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let challenge = |text| Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(text)));
        let retry = |seconds: u64| Some((header::RETRY_AFTER, HeaderValue::from(seconds)));
        match self {
            // RFC 6750, section 3.1.
            Self::NoToken => challenge("Bearer"),
            Self::BadToken => challenge("Bearer error=\"invalid_token\""),
            Self::NoRight => challenge("Bearer error=\"insufficient_scope\""),
            Self::TooMany(wait) => retry(seconds(*wait)),
            Self::NoProvider(_) => retry(10),
            Self::Unavailable(_) => retry(5),
            Self::InvalidRequest | Self::Invalid(..) | Self::Removed(_) => None,
        }
    }

    /// Whether it is an answer about a record, and to nothing else.
    pub fn is_about_a_record(&self) -> bool {
        matches!(self, Self::Removed(_))
    }
}

/// The days are the wrong way round.
pub const END_BEFORE_START: Fault = Fault::Invalid(END_DATE, "The end date lies before the start date.");

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let error: Option<&dyn std::error::Error> = match &self {
            Self::NoProvider(error) => Some(error),
            Self::Unavailable(error) => Some(error),
            _ => None,
        };
        if let Some(error) = error {
            tracing::error!(error, "the API could not answer");
        }
        let mut response = answer(self.status(), &self.body());
        response.headers_mut().extend(self.header());
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
        &shaped("405", "Only GET and HEAD are answered here.", &[]),
    )
}
