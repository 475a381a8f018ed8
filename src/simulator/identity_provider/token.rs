//! The token endpoint: a code for an ID token, once, with the client's secret and the PKCE verifier; an application's
//! own secret for an access token.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::Duration;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    App, access_token,
    authorize::{Code, Pairs, once},
    id_token,
    registered::Application,
};
use crate::simulator::{credentials::basic_credentials, service::lock};

/// Minutes a code is good for.
const CODE_LIFETIME: i64 = 10;

/// Status, error, number after `AADSTS`, message.
struct Refusal(StatusCode, &'static str, u32, &'static str);

const fn bad_grant(code: u32, message: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "invalid_grant", code, message)
}

pub(super) async fn token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    let json = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    match answer(&app, &headers, &form) {
        Ok(body) => (json, body.to_string()).into_response(),
        Err(Refusal(status, error, code, message)) => {
            let timestamp = app.options.clock.now().format("%Y-%m-%d %H:%M:%SZ").to_string();
            let body = json!({
                "error": error,
                "error_description": format!("AADSTS{code}: {message} Timestamp: {timestamp}"),
                "error_codes": [code],
                "timestamp": timestamp,
                "trace_id": uuid::Uuid::new_v4().to_string(),
                "correlation_id": uuid::Uuid::new_v4().to_string(),
            });
            (status, json, body.to_string()).into_response()
        }
    }
}

const UNKNOWN: Refusal = Refusal(
    StatusCode::BAD_REQUEST,
    "unauthorized_client",
    700_016,
    "The application was not found in the directory.",
);
const WRONG_SECRET: Refusal = Refusal(
    StatusCode::UNAUTHORIZED,
    "invalid_client",
    7_000_215,
    "Invalid client secret provided.",
);

fn answer(app: &App, headers: &HeaderMap, form: &Pairs) -> Result<Value, Refusal> {
    let value = |key| once(form, key).unwrap_or_default();
    let basic = basic_credentials(headers);
    let (id, secret) = match &basic {
        Some((id, secret)) => (id.as_str(), secret.as_str()),
        None => (value("client_id"), value("client_secret")),
    };
    match value("grant_type") {
        "authorization_code" if id != app.options.client_id => Err(UNKNOWN),
        "authorization_code" if secret != app.options.client_secret => Err(WRONG_SECRET),
        "authorization_code" => redeem(app, form),
        "client_credentials" => enter(app, id, secret, value("scope")),
        _ => {
            let message = "The app requested an unsupported grant type.";
            Err(Refusal(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                70003,
                message,
            ))
        }
    }
}

/// An access token for the client's own API; there is no other one to be had.
fn enter(app: &App, id: &str, secret: &str, scope: &str) -> Result<Value, Refusal> {
    let client = &app.options.client_id;
    // The client itself may ask, too, as which it has no app role.
    let own = Application {
        client_id: client.clone(),
        client_secret: app.options.client_secret.clone(),
        object_id: "e7a0f5d4-8b3c-4f6c-9d9e-3c4b5a6f7e00".to_owned(),
        app_roles: Vec::new(),
    };
    let mut known = app.options.applications.iter().chain([&own]);
    let application = known
        .find(|application| application.client_id == id)
        .ok_or(UNKNOWN)?;
    if secret != application.client_secret {
        return Err(WRONG_SECRET);
    }
    if ![format!("api://{client}/.default"), format!("{client}/.default")].contains(&scope.to_owned()) {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            70_011,
            "The provided value for the input parameter 'scope' is not valid.",
        ));
    }
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": 3599,
        "ext_expires_in": 3599,
        "access_token": access_token::issue(app, application),
    }))
}

fn redeem(app: &App, form: &Pairs) -> Result<Value, Refusal> {
    let value = |key| once(form, key).unwrap_or_default();
    let code = take(app, value("code"))?;
    if code.request.redirect_uri != value("redirect_uri") {
        return Err(bad_grant(
            50_011,
            "The redirect URI differs from that of the authorization request.",
        ));
    }
    if BASE64.encode(Sha256::digest(value("code_verifier"))) != code.request.challenge {
        return Err(bad_grant(
            501_481,
            "The Code_Verifier does not match the code_challenge.",
        ));
    }
    let user = app
        .user(&code.user_id)
        .ok_or(bad_grant(50_020, "The user account does not exist."))?;
    let access_token = format!("graph-{}", uuid::Uuid::new_v4().simple());
    let expires = app.options.clock.now() + Duration::hours(1);
    lock(&app.access_tokens).insert(access_token.clone(), (user.id.clone(), expires));
    Ok(json!({
        "token_type": "Bearer",
        "scope": code.request.scope,
        "expires_in": 3600,
        "ext_expires_in": 3600,
        "access_token": access_token,
        "id_token": id_token::issue(app, &user, &code.request.nonce, &code.sid),
    }))
}

/// Uses a code up, also when what follows fails.
fn take(app: &App, code: &str) -> Result<Code, Refusal> {
    let now = app.options.clock.now();
    let mut codes = lock(&app.codes);
    codes.retain(|_, code| code.issued + Duration::minutes(2 * CODE_LIFETIME) > now);
    let code = codes
        .get_mut(code)
        .ok_or(bad_grant(70_000, "The provided authorization code is invalid."))?;
    if std::mem::replace(&mut code.redeemed, true) {
        return Err(bad_grant(
            54_005,
            "OAuth2 Authorization code was already redeemed.",
        ));
    }
    if code.issued + Duration::minutes(CODE_LIFETIME) < now {
        return Err(bad_grant(70_008, "The provided authorization code has expired."));
    }
    Ok(code.clone())
}
