//! Where a reader begins: the view that they chose, else the log.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{Redirect, Response},
};
use http::{HeaderValue, StatusCode, header};
use tower_sessions::Session;

use super::{person, span};
use crate::{
    identity::{Permission, SignedIn},
    web::{AppState, PageContext},
};

const LOG: &str = "/activity";

/// `GET /`
pub async fn home(State(state): State<AppState>, user: Option<SignedIn>, context: PageContext) -> Redirect {
    match user {
        Some(user) => Redirect::to(&beginning(&state, &user, &context).await),
        None => Redirect::to("/sign-in"),
    }
}

/// Middleware around signing in: who asked for no page in particular comes to where they begin.
pub async fn after_sign_in(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let context = PageContext::read(request.uri(), request.headers(), state.clock.now(), state.demo);
    let mut response = next.run(request).await;
    let to_log = response.status() == StatusCode::SEE_OTHER
        && response
            .headers()
            .get(header::LOCATION)
            .is_some_and(|to| to == LOG);
    // Asked after the answer was made: only then is it known who signed in.
    if to_log
        && let Some(session) = session
        && let Ok(Some(user)) = SignedIn::of(&session).await
        && let Ok(to) = HeaderValue::try_from(beginning(&state, &user, &context).await)
    {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// The address where a user begins. Where the archive does not answer it is the log, which says so.
async fn beginning(state: &AppState, user: &SignedIn, context: &PageContext) -> String {
    if !user.may(Permission::View) {
        return LOG.to_owned();
    }
    match state.views.start_view(&person(user)).await {
        Ok(Some(view)) => span::address(&view.query, view.span.as_deref(), context.now, context.own_zone),
        Ok(None) | Err(_) => LOG.to_owned(),
    }
}
