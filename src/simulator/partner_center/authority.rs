//! The authority: issues bearer tokens in Entra's v2 shape, and checks them for the API.

use std::{collections::HashMap, sync::Mutex};

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::{
    App, answer,
    fault::{Endpoint, Fault},
};
use crate::simulator::{credentials::basic_credentials, service::lock};

/// The tokens that are out.
pub(super) struct Issued {
    access: Mutex<HashMap<String, Grant>>,
    /// Older ones stay good, as Entra's do.
    refresh: Mutex<Vec<String>>,
}

struct Grant {
    expires: DateTime<Utc>,
    uses_left: Option<u32>,
    generation: u64,
}

impl Issued {
    pub(super) fn new(refresh_token: &str) -> Self {
        Self {
            access: Mutex::default(),
            refresh: Mutex::new(vec![refresh_token.to_owned()]),
        }
    }
}

impl App {
    /// The 401 of a request without a good bearer token.
    pub(super) fn refuse(&self, headers: &HeaderMap) -> Option<Response> {
        let header = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) else {
            let description = "Partner Token missing in request context.";
            return Some(answer::fault(
                StatusCode::UNAUTHORIZED,
                "800001",
                description,
                &[],
            ));
        };
        let generation = self.faults.token_rules().generation;
        let mut access = lock(&self.issued.access);
        let good = access.get_mut(token).is_some_and(|grant| {
            let left = grant.uses_left.is_none_or(|left| left > 0);
            grant.uses_left = grant.uses_left.map(|left| left.saturating_sub(1));
            left && grant.expires > self.options.clock.now() && grant.generation == generation
        });
        (!good).then(|| answer::fault(StatusCode::UNAUTHORIZED, "400", "Access denied.", &[]))
    }

    fn issue(&self, refresh: bool) -> Value {
        let rules = self.faults.token_rules();
        let now = self.options.clock.now();
        let token = format!(
            "{}.{}",
            uuid::Uuid::new_v4().simple(),
            uuid::Uuid::new_v4().simple()
        );
        let expires = now + Duration::seconds(rules.lifetime.into());
        let mut access = lock(&self.issued.access);
        access.retain(|_, grant| grant.expires > now && grant.generation == rules.generation);
        access.insert(
            token.clone(),
            Grant {
                expires,
                uses_left: rules.uses,
                generation: rules.generation,
            },
        );
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": rules.lifetime,
            "ext_expires_in": rules.lifetime,
            "access_token": token,
        });
        if refresh {
            let next = format!("refresh-{}", uuid::Uuid::new_v4().simple());
            lock(&self.issued.refresh).push(next.clone());
            body["refresh_token"] = next.into();
            body["scope"] = "https://api.partnercenter.microsoft.com/user_impersonation".into();
        }
        body
    }
}

pub(super) async fn token(app: &App, tenant: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let answer = |fault: Option<Fault>| async move {
        match grant(app, tenant, headers, body, fault == Some(Fault::InvalidClient)) {
            Ok(body) => (
                [
                    (header::CACHE_CONTROL, "no-store"),
                    (header::CONTENT_TYPE, "application/json; charset=utf-8"),
                ],
                body.to_string(),
            )
                .into_response(),
            Err(refusal) => refusal.response(app),
        }
    };
    match app.faults.take(Endpoint::Token, None, 1) {
        Some(Fault::Http(fault)) => fault.apply(answer(None)).await,
        fault => answer(fault).await,
    }
}

/// A refusal of the authority; the number is the one after `AADSTS`.
struct Refusal(StatusCode, &'static str, u32, &'static str);

impl Refusal {
    fn response(&self, app: &App) -> Response {
        let Self(status, error, code, message) = self;
        let now = app.options.clock.now().format("%Y-%m-%d %H:%M:%SZ").to_string();
        let (trace, correlation) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        let description = format!(
            "AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
        );
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": now,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        (
            *status,
            [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
            body.to_string(),
        )
            .into_response()
    }
}

fn grant(app: &App, tenant: &str, headers: &HeaderMap, body: &[u8], refuse: bool) -> Result<Value, Refusal> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    let options = &app.options;
    if !tenant.eq_ignore_ascii_case(options.tenant.partner_id()) {
        return Err(Refusal(
            BAD,
            "invalid_request",
            90002,
            "The tenant was not found.",
        ));
    }
    let uri = format!("/?{}", String::from_utf8_lossy(body));
    let form = uri
        .parse()
        .ok()
        .and_then(|uri| super::query::parameters(&uri))
        .unwrap_or_default();
    let value = |key| super::query::value(&form, key).unwrap_or_default();
    let basic = basic_credentials(headers);
    let (id, secret) = match &basic {
        Some((id, secret)) => (id.as_str(), secret.as_str()),
        None => (value("client_id"), value("client_secret")),
    };
    if id != options.client_id {
        let message = "The application was not found in the directory.";
        return Err(Refusal(BAD, "unauthorized_client", 700_016, message));
    }
    if refuse || secret != options.client_secret {
        let message = "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.";
        return Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            7_000_215,
            message,
        ));
    }
    let scope = value("scope");
    let resource_wide = scope.split(' ').any(|scope| scope.ends_with("/.default"));
    match value("grant_type") {
        "client_credentials" if resource_wide => Ok(app.issue(false)),
        "client_credentials" => {
            let message = "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.";
            Err(Refusal(BAD, "invalid_scope", 1_002_012, message))
        }
        "refresh_token" if !resource_wide && !scope.contains("/user_impersonation") => Err(Refusal(
            BAD,
            "invalid_scope",
            70011,
            "The provided value for the input parameter 'scope' is not valid.",
        )),
        "refresh_token"
            if lock(&app.issued.refresh)
                .iter()
                .any(|known| known == value("refresh_token")) =>
        {
            Ok(app.issue(true))
        }
        "refresh_token" => Err(Refusal(
            BAD,
            "invalid_grant",
            70000,
            "Provided grant is invalid or malformed.",
        )),
        _ => Err(Refusal(
            BAD,
            "unsupported_grant_type",
            70003,
            "The app requested an unsupported grant type.",
        )),
    }
}
