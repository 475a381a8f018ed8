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

/// Entra forgets a refresh token that nobody used for so long.
const UNUSED: Duration = Duration::days(90);

/// The tokens that are out.
pub(super) struct Issued {
    access: Mutex<HashMap<String, Grant>>,
    /// Older ones stay good, as Entra's do, unless rotation is strict.
    refresh: Mutex<HashMap<String, Refresh>>,
}

struct Grant {
    expires: DateTime<Utc>,
    uses_left: Option<u32>,
    generation: u64,
}

struct Refresh {
    used: DateTime<Utc>,
    /// As of `revoke_consents`.
    consents: u64,
}

impl Issued {
    pub(super) fn new(refresh_token: &str, now: DateTime<Utc>) -> Self {
        let first = Refresh {
            used: now,
            consents: 0,
        };
        Self {
            access: Mutex::default(),
            refresh: Mutex::new(HashMap::from([(refresh_token.to_owned(), first)])),
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
            let unused = Refresh {
                used: now,
                consents: rules.consents,
            };
            lock(&self.issued.refresh).insert(next.clone(), unused);
            body["refresh_token"] = next.into();
            body["scope"] = "https://api.partnercenter.microsoft.com/user_impersonation".into();
        }
        body
    }

    /// Looks a refresh token up, and uses it; else the number of what is wrong.
    fn refresh(&self, token: &str) -> Result<(), u32> {
        let rules = self.faults.token_rules();
        let now = self.options.clock.now();
        let mut refresh = lock(&self.issued.refresh);
        let known = refresh.get_mut(token).ok_or(70_000_u32)?;
        if known.consents != rules.consents {
            return Err(50_173);
        }
        if now - known.used > UNUSED {
            return Err(700_082);
        }
        known.used = now;
        if rules.strict {
            refresh.remove(token);
        }
        Ok(())
    }
}

pub(super) async fn token(app: &App, tenant: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let answer = |fault: Option<Fault>| async move {
        match grant(app, tenant, headers, body, fault) {
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

/// OAuth's word for one of Entra's numbers.
pub(super) fn word(number: u32) -> &'static str {
    match number {
        7_000_215 | 7_000_218 | 7_000_222 => "invalid_client",
        700_016 | 7_000_112 => "unauthorized_client",
        90_002 | 900_023 => "invalid_request",
        500_011 | 500_014 => "invalid_resource",
        65_004 => "access_denied",
        _ => "invalid_grant",
    }
}

/// The fields of a form.
pub(super) fn form(body: &[u8]) -> Vec<(String, String)> {
    let uri = format!("/?{}", String::from_utf8_lossy(body));
    uri.parse()
        .ok()
        .and_then(|uri| super::query::parameters(&uri))
        .unwrap_or_default()
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

impl From<u32> for Refusal {
    fn from(number: u32) -> Self {
        let word = word(number);
        let status = match word {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        Self(status, word, number, "The stand-in refuses.")
    }
}

fn grant(
    app: &App,
    tenant: &str,
    headers: &HeaderMap,
    body: &[u8],
    fault: Option<Fault>,
) -> Result<Value, Refusal> {
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
    let form = form(body);
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
    if let Some(Fault::Refusal(number)) = fault {
        return Err(number.into());
    }
    if fault == Some(Fault::InvalidClient) || secret != options.client_secret {
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
        "refresh_token" => {
            app.refresh(value("refresh_token"))?;
            Ok(app.issue(fault != Some(Fault::NoRefreshToken)))
        }
        "authorization_code" => {
            let (code, verifier) = (value("code"), value("code_verifier"));
            let consented = super::consent::redeem(app, code, verifier, value("redirect_uri"))?;
            let tenant = match fault {
                Some(Fault::OtherTenant) => "8a2f1c00-0000-4000-8000-00000000beef",
                _ => tenant,
            };
            let mut body = app.issue(consented.offline && fault != Some(Fault::NoRefreshToken));
            body["id_token"] = super::consent::id_token(app, &consented, tenant).into();
            Ok(body)
        }
        _ => Err(Refusal(
            BAD,
            "unsupported_grant_type",
            70003,
            "The app requested an unsupported grant type.",
        )),
    }
}
