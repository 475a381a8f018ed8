//! The authorization endpoint: checks the request, asks who signs in, and leads back with a code.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    App,
    page::{self, Language},
    users::User,
};
use crate::simulator::service::lock;

/// The cookie of a session at the provider.
pub(super) const SESSION_COOKIE: &str = "stand_in_provider_session";
/// How many unanswered requests are remembered.
const WAITING: usize = 10_000;

/// A checked request that waits for a decision.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) challenge: String,
    pub(super) scope: String,
}

/// A code that was given out.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) request: Waiting,
    pub(super) user_id: String,
    pub(super) sid: String,
    pub(super) issued: DateTime<Utc>,
    pub(super) redeemed: bool,
}

pub(super) type Pairs = Vec<(String, String)>;

/// The value of a parameter given exactly once.
pub(super) fn once<'a>(pairs: &'a Pairs, key: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(name, _)| name == key);
    let value = values.next()?.1.as_str();
    values.next().is_none().then_some(value)
}

pub(super) async fn authorize(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let Query(pairs) = Query::<Pairs>::try_from_uri(&uri).unwrap_or_default();
    let language = Language::of(once(&pairs, "ui_locales"), &headers);
    let value = |key| once(&pairs, key).unwrap_or_default();
    // Until client and redirect URI are known to be good, nobody is led anywhere.
    if value("client_id") != app.options.client_id {
        return page::refusal(
            language,
            "AADSTS700016: The application was not found in the directory.",
        );
    }
    let redirect_uri = value("redirect_uri");
    if !lock(&app.client)
        .redirect_uris
        .iter()
        .any(|known| known == redirect_uri)
    {
        let message =
            "AADSTS50011: The redirect URI does not match the redirect URIs configured for the application.";
        return page::refusal(language, message);
    }
    let request = Waiting {
        redirect_uri: redirect_uri.to_owned(),
        state: value("state").to_owned(),
        nonce: value("nonce").to_owned(),
        challenge: value("code_challenge").to_owned(),
        scope: value("scope").to_owned(),
    };
    if let Err((error, description)) = check(&request, &pairs) {
        return lead_back(&request, &[("error", error), ("error_description", description)]);
    }
    let prompt = value("prompt");
    let hinted = app.user(value("login_hint")).filter(|_| prompt == "none");
    let returning = session_cookie(&headers)
        .and_then(|sid| Some((lock(&app.sessions).get(&sid).cloned()?, sid)))
        .filter(|_| prompt.is_empty() || prompt == "none");
    if let Some(user) = hinted {
        return sign_in(&app, request, &user, None);
    }
    if let Some((user, sid)) = returning.and_then(|(id, sid)| Some((app.user(&id)?, sid))) {
        return sign_in(&app, request, &user, Some(sid));
    }
    if prompt == "none" {
        let description = "AADSTS50058: A silent sign-in request was sent but no user is signed in.";
        return lead_back(
            &request,
            &[("error", "login_required"), ("error_description", description)],
        );
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    let client_origin = origin(&request.redirect_uri);
    {
        let mut waiting = lock(&app.waiting);
        if waiting.len() >= WAITING {
            waiting.clear();
        }
        waiting.insert(id.clone(), request);
    }
    let action = format!("{}/authorize/decision", app.issuer);
    page::sign_in(language, &app.options.users, &action, &id, &client_origin)
}

fn check(request: &Waiting, pairs: &Pairs) -> Result<(), (&'static str, &'static str)> {
    let value = |key| once(pairs, key).unwrap_or_default();
    let repeated = pairs.iter().any(|(key, _)| once(pairs, key).is_none());
    let scopes: Vec<&str> = request.scope.split(' ').collect();
    if repeated {
        return Err((
            "invalid_request",
            "AADSTS900144: A parameter is given more than once.",
        ));
    }
    if value("response_type") != "code" {
        return Err((
            "unsupported_response_type",
            "AADSTS70005: Only response_type code is supported.",
        ));
    }
    if !matches!(value("response_mode"), "" | "query") {
        return Err((
            "invalid_request",
            "AADSTS70007: Only response_mode query is supported.",
        ));
    }
    if !scopes.contains(&"openid") {
        return Err(("invalid_scope", "AADSTS70011: The scope must contain openid."));
    }
    if value("code_challenge_method") != "S256" || request.challenge.len() != 43 {
        return Err((
            "invalid_request",
            "AADSTS9002325: Proof Key for Code Exchange (S256) is required.",
        ));
    }
    if request.state.is_empty() {
        return Err((
            "invalid_request",
            "AADSTS900144: The request must contain 'state'.",
        ));
    }
    if request.nonce.is_empty() {
        return Err((
            "invalid_request",
            "AADSTS900144: The request must contain 'nonce'.",
        ));
    }
    Ok(())
}

/// The answer of the sign-in page: `request`, and `user` or `cancel`.
pub(super) async fn decide(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Response {
    let waiting = once(&pairs, "request").and_then(|id| lock(&app.waiting).remove(id));
    let Some(request) = waiting else {
        let message = "AADSTS50089: This sign-in request has been answered already, or is too old.";
        return page::refusal(Language::of(None, &headers), message);
    };
    match once(&pairs, "user").and_then(|id| app.user(id)) {
        Some(user) => sign_in(&app, request, &user, None),
        None => lead_back(
            &request,
            &[
                ("error", "access_denied"),
                ("error_subcode", "cancel"),
                (
                    "error_description",
                    "AADSTS65004: User declined to consent to access the app.",
                ),
            ],
        ),
    }
}

fn sign_in(app: &App, request: Waiting, user: &User, session: Option<String>) -> Response {
    let sid = session.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let code = format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    );
    lock(&app.sessions).insert(sid.clone(), user.id.clone());
    let mut response = lead_back(&request, &[("code", &code), ("session_state", &sid)]);
    let issued = app.options.clock.now();
    let given = Code {
        request,
        user_id: user.id.clone(),
        sid: sid.clone(),
        issued,
        redeemed: false,
    };
    lock(&app.codes).insert(code, given);
    let cookie = format!("{SESSION_COOKIE}={sid}; Path=/; HttpOnly; SameSite=Lax");
    response.headers_mut().insert(
        header::SET_COOKIE,
        HeaderValue::from_str(&cookie).expect("a GUID is ASCII"),
    );
    response
}

/// 302 to the client with these parameters and its state.
fn lead_back(request: &Waiting, parameters: &[(&str, &str)]) -> Response {
    let mut location = with_parameters(&request.redirect_uri, parameters);
    if !request.state.is_empty() {
        location = with_parameters(&location, &[("state", &request.state)]);
    }
    (
        StatusCode::FOUND,
        [
            (header::LOCATION, location),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
    )
        .into_response()
}

/// An address with more query parameters.
pub(in crate::simulator) fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = address.to_owned();
    for (key, value) in parameters {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(key);
        out.push('=');
        out.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    out
}

/// Scheme, host and port of an address.
pub(in crate::simulator) fn origin(address: &str) -> String {
    let Ok(uri) = address.parse::<Uri>() else {
        return String::new();
    };
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    }
}

/// The session a browser has at the provider.
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == SESSION_COOKIE).then(|| value.to_owned())
    })
}
