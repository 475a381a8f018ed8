//! Signing in and out: the routes. What they decide is in `identity`, what they show is rendered by its pages.

use axum::{
    Router,
    extract::{FromRef, RawQuery, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, REFRESH, SET_COOKIE},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use oauth2::url::form_urlencoded;
use tower_sessions::Session;

use crate::identity::{
    Binding, Identity, LocalPath, SignInPage, SignedIn,
    callback::{Answer, Callback},
};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// The routes of signing in and out, to be wrapped by [`with_sessions`](crate::identity::with_sessions).
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Identity: FromRef<S>,
{
    Router::new()
        .route("/sign-in", get(sign_in))
        .route("/sign-in/start", get(start))
        // A HEAD request (link checkers send them) must not use the sign-in up.
        .route(
            "/sign-in/callback",
            get(callback).head(async || StatusCode::METHOD_NOT_ALLOWED),
        )
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
        .route("/sign-out/front-channel", get(front_channel))
}

async fn sign_in(
    State(identity): State<Identity>,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let next = next(query.as_deref());
    match SignedIn::of(&session).await {
        Ok(Some(_)) => see_other(next.as_str()),
        Ok(None) => identity.page(&SignInPage::SignIn { next }, &headers),
        Err(_) => identity.page(&SignInPage::ArchiveFailed, &headers),
    }
}

async fn start(
    State(identity): State<Identity>,
    cookies: CookieJar,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    // Parallel tabs share the browser's secret, so that each can finish.
    let binding = binding(&identity, &cookies).unwrap_or_else(Binding::generate);
    match identity.begin(&binding, next(query.as_deref())).await {
        Ok(provider) => {
            let mut response = see_other(provider.as_str());
            let cookie =
                HeaderValue::try_from(identity.set_binding_cookie(&binding)).expect("ASCII throughout");
            response.headers_mut().append(SET_COOKIE, cookie);
            response
        }
        Err(page) => identity.page(&page, &headers),
    }
}

async fn callback(
    State(identity): State<Identity>,
    session: Session,
    cookies: CookieJar,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(callback) = read_callback(query.as_deref().unwrap_or_default()) else {
        return identity.page(&SignInPage::Forged, &headers);
    };
    let (entered, next) = match identity
        .finish(binding(&identity, &cookies).as_ref(), callback)
        .await
    {
        Ok(entered) => entered,
        Err(page) => return identity.page(&page, &headers),
    };
    match SignedIn::begin(&session, entered, identity.now()).await {
        Ok(user) => {
            let roles = user
                .roles
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(",");
            tracing::info!(user = %user.user, roles, "signed in");
            see_other(next.as_str())
        }
        Err(_) => identity.page(&SignInPage::ArchiveFailed, &headers),
    }
}

/// Ends the session here, then leads on to the provider's end of it. Other sites' forms are refused by [`csrf`].
///
/// Answered with a page rather than a redirect: `form-action 'self'` would stop the redirect of a form to the
/// provider, and the next sign-in would then go through silently. The page refreshes to the provider by itself.
///
/// [`csrf`]: super::csrf
async fn sign_out(State(identity): State<Identity>, session: Session, headers: HeaderMap) -> Response {
    let Ok(user) = SignedIn::of(&session).await else {
        return identity.page(&SignInPage::ArchiveFailed, &headers);
    };
    if session.flush().await.is_err() {
        return identity.page(&SignInPage::ArchiveFailed, &headers);
    }
    if let Some(user) = &user {
        tracing::info!(user = %user.user, "signed out");
    }
    let hint = user.as_ref().and_then(|user| user.login_hint.as_deref());
    let end_session = identity.entra().end_session_url(hint).await;
    let refresh = end_session.as_ref().map(|url| format!("0;url={url}"));
    let mut response = identity.page(&SignInPage::SignedOut { end_session }, &headers);
    if let Some(refresh) = refresh.and_then(|refresh| HeaderValue::try_from(refresh).ok()) {
        response.headers_mut().insert(REFRESH, refresh);
    }
    // Not "cookies": that would take the cookies of every site under the same registered domain along.
    response
        .headers_mut()
        .insert(CLEAR_SITE_DATA, HeaderValue::from_static(r#""cache", "storage""#));
    response
}

/// Where the provider sends the browser after it has ended its own session.
async fn signed_out(State(identity): State<Identity>, headers: HeaderMap) -> Response {
    identity.page(&SignInPage::SignedOut { end_session: None }, &headers)
}

/// OpenID Connect front-channel logout: the provider loads this in a hidden frame of its own sign-out page.
///
/// The frame has none of our cookies, so that the session is found by what the provider calls it. The frame may
/// not show anything either (`frame-ancestors 'none'`), which it need not: the request is all that counts.
async fn front_channel(State(identity): State<Identity>, RawQuery(query): RawQuery) -> Response {
    let pairs = pairs(query.as_deref().unwrap_or_default());
    if let (Ok(Some(issuer)), Ok(Some(sid))) = (only(&pairs, "iss"), only(&pairs, "sid")) {
        match identity.end_sessions_of(&issuer, &sid).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "signed out by the provider"),
            Err(error) => tracing::error!(%error, "the provider's sign-out could not be followed"),
        }
    }
    (StatusCode::OK, [(CACHE_CONTROL, NO_STORE)]).into_response()
}

fn next(query: Option<&str>) -> LocalPath {
    let pairs = pairs(query.unwrap_or_default());
    LocalPath::or_home(only(&pairs, "next").ok().flatten().as_deref())
}

fn binding(identity: &Identity, cookies: &CookieJar) -> Option<Binding> {
    Binding::from_cookie(cookies.get(identity.binding_cookie())?.value())
}

/// The parameters, if they can be an answer of a provider: each once, and either a code or an error.
fn read_callback(query: &str) -> Option<Callback> {
    let pairs = pairs(query);
    let one = |name| only(&pairs, name).ok();
    let answer = match (one("code")?, one("error")?) {
        (Some(code), None) => Answer::Code(code),
        (None, Some(error)) => Answer::Error(error),
        _ => return None,
    };
    Some(Callback {
        state: one("state")?,
        issuer: one("iss")?,
        answer,
    })
}

pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The value of the parameter `name`; an error when it is there more than once. Empty ones count as absent.
pub(super) fn only(pairs: &[(String, String)], name: &str) -> Result<Option<String>, ()> {
    let mut values = pairs
        .iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(()),
        (value, None) => Ok(value.filter(|value| !value.is_empty()).cloned()),
    }
}

pub(super) fn see_other(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(LOCATION, to), (CACHE_CONTROL, NO_STORE)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_read_only_when_each_parameter_is_there_once() {
        assert!(read_callback("code=c&state=s&session_state=x").is_some());
        assert!(
            read_callback("error=access_denied&state=s&error_description=a&error_description=b").is_some()
        );
        for odd in [
            "",
            "state=s",
            "code=&state=s",
            "code=c&code=d&state=s",
            "code=c&state=s&state=t",
            "code=c&error=e&state=s",
            "error=e&error=f",
            "code=c&state=s&iss=a&iss=b",
            "code=c&code=&state=s",
            "&&&",
            "%",
        ] {
            assert!(read_callback(odd).is_none(), "{odd}");
        }
    }
}
