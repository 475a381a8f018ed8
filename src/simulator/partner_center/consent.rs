//! The authority's page for consent: one user, who accepts or declines, and a code for the application.

use std::{collections::HashMap, sync::Mutex};

use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    App,
    fault::{Endpoint, Fault},
    query,
};
use crate::simulator::{
    identity_provider::{
        authorize::{origin, with_parameters},
        page::{self, Language},
    },
    service::lock,
};

/// Who consents: `tid` is the tenant's own.
const USER: (&str, &str) = ("Aiko Tanaka", "aiko.tanaka@contoso.example");
/// How long a code is good, as Entra's.
const CODE_LIFETIME: Duration = Duration::minutes(10);
/// How many unanswered requests, and codes, are remembered.
const KEPT: usize = 1_000;

/// Consents under way.
#[derive(Default)]
pub(super) struct Consenting {
    waiting: Mutex<HashMap<String, Request>>,
    codes: Mutex<HashMap<String, Code>>,
}

/// A checked request that waits for the user.
#[derive(Clone)]
struct Request {
    redirect_uri: String,
    state: String,
    nonce: String,
    challenge: String,
    scope: String,
}

struct Code {
    request: Request,
    issued: DateTime<Utc>,
    redeemed: bool,
}

/// What a redeemed code stands for.
pub(super) struct Consented {
    pub(super) offline: bool,
    /// Whether the ID token may tell of tenant and user.
    pub(super) profile: bool,
    pub(super) nonce: String,
}

/// `GET /{tenant}/oauth2/v2.0/authorize`
pub(super) fn authorize(app: &App, tenant: &str, uri: &Uri, headers: &HeaderMap) -> Response {
    let language = Language::of(None, headers);
    let pairs = query::parameters(uri).unwrap_or_default();
    let value = |key| query::value(&pairs, key).unwrap_or_default();
    let options = &app.options;
    // Until tenant, client and redirect URI are known to be good, nobody is led anywhere.
    if !tenant.eq_ignore_ascii_case(options.tenant.partner_id()) {
        return page::refusal(language, "AADSTS90002: The tenant was not found.");
    }
    if value("client_id") != options.client_id {
        let message = "AADSTS700016: The application was not found in the directory.";
        return page::refusal(language, message);
    }
    if !options
        .redirect_uris
        .iter()
        .any(|known| known == value("redirect_uri"))
    {
        let message =
            "AADSTS50011: The redirect URI does not match the redirect URIs configured for the application.";
        return page::refusal(language, message);
    }
    let request = Request {
        redirect_uri: value("redirect_uri").to_owned(),
        state: value("state").to_owned(),
        nonce: value("nonce").to_owned(),
        challenge: value("code_challenge").to_owned(),
        scope: value("scope").to_owned(),
    };
    if let Some(Fault::Refusal(number)) = app.faults.take(Endpoint::Authorize, None, 1) {
        let description = format!("AADSTS{number}: The stand-in was told to refuse.");
        let error = super::authority::word(number);
        return lead_back(&request, &[("error", error), ("error_description", &description)]);
    }
    let fits = value("response_type") == "code"
        && value("code_challenge_method") == "S256"
        && request.challenge.len() == 43
        && !request.state.is_empty()
        && request.scope.contains("/user_impersonation");
    if !fits {
        let description = "AADSTS900144: The request lacks a parameter, or has an odd one.";
        return lead_back(
            &request,
            &[("error", "invalid_request"), ("error_description", description)],
        );
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    let client_origin = origin(&request.redirect_uri);
    remember(&mut lock(&app.consenting.waiting), id.clone(), request);
    let action = format!("/{tenant}/oauth2/v2.0/authorize/decision");
    page::consent(language, USER, &action, &id, &client_origin)
}

/// The answer of the page: `request`, and `accept` or anything else.
pub(super) fn decide(app: &App, headers: &HeaderMap, body: &[u8]) -> Response {
    let form = super::authority::form(body);
    let value = |key| query::value(&form, key).unwrap_or_default();
    let Some(request) = lock(&app.consenting.waiting).remove(value("request")) else {
        let message = "AADSTS50089: This request has been answered already, or is too old.";
        return page::refusal(Language::of(None, headers), message);
    };
    if value("accept").is_empty() {
        let description = "AADSTS65004: User declined to consent to access the app.";
        let declined = [
            ("error", "access_denied"),
            ("error_subcode", "cancel"),
            ("error_description", description),
        ];
        return lead_back(&request, &declined);
    }
    let code = format!(
        "0.{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    );
    let response = lead_back(&request, &[("code", &code), ("session_state", "stand-in")]);
    let given = Code {
        request,
        issued: app.options.clock.now(),
        redeemed: false,
    };
    remember(&mut lock(&app.consenting.codes), code, given);
    response
}

/// Turns a code into what was consented to; else the number of what is wrong.
pub(super) fn redeem(app: &App, code: &str, verifier: &str, redirect_uri: &str) -> Result<Consented, u32> {
    let mut codes = lock(&app.consenting.codes);
    let code = codes.get_mut(code).ok_or(70_000_u32)?;
    if app.options.clock.now() - code.issued > CODE_LIFETIME {
        return Err(70_008);
    }
    if std::mem::replace(&mut code.redeemed, true) {
        return Err(54_005);
    }
    if code.request.redirect_uri != redirect_uri {
        return Err(50_011);
    }
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.request.challenge {
        return Err(501_481);
    }
    let asked = |wanted| code.request.scope.split(' ').any(|scope| scope == wanted);
    Ok(Consented {
        offline: asked("offline_access"),
        profile: asked("profile"),
        nonce: code.request.nonce.clone(),
    })
}

/// An ID token of the user, as Entra's look. Nobody checks its signature, which is none.
pub(super) fn id_token(app: &App, consented: &Consented, tenant: &str) -> String {
    let now = app.options.clock.now().timestamp();
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({ "typ": "JWT", "alg": "RS256", "kid": "stand-in" }));
    let mut claims = json!({
        "aud": app.options.client_id,
        "iss": format!("https://login.microsoftonline.com/{tenant}/v2.0"),
        "iat": now, "nbf": now, "exp": now + 3600,
        "nonce": consented.nonce,
        "sub": "stand-in-subject",
        "ver": "2.0",
    });
    if consented.profile {
        claims["tid"] = tenant.into();
        claims["oid"] = "5d3f0b52-2a55-4a2c-8d30-0d1f3c1f7a10".into();
        claims["name"] = USER.0.into();
        claims["preferred_username"] = USER.1.into();
    }
    let payload = encode(claims);
    format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode([0; 256]))
}

fn lead_back(request: &Request, parameters: &[(&str, &str)]) -> Response {
    let location = with_parameters(&request.redirect_uri, parameters);
    let location = with_parameters(&location, &[("state", &request.state)]);
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::FOUND, headers).into_response()
}

fn remember<V>(kept: &mut HashMap<String, V>, key: String, value: V) {
    if kept.len() >= KEPT {
        kept.clear();
    }
    kept.insert(key, value);
}
