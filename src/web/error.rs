//! What a reader sees when a page cannot be shown: the status in words, and an id by which to ask about it.
//!
//! Never shows a source, a path or a query.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{FromRequestParts as _, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{AppState, coverage::from, csrf::CrossSite, export::Full, page::PageContext};
use crate::{
    audit::entity::EntityKind,
    i18n::Arg,
    store::{Removed, StoreError},
};

/// When to ask again for what is too much now: most exports take less.
pub const WAIT: Duration = Duration::from_secs(30);

/// When to ask an archive again that does not answer: others take over within that.
const RECOVERY: Duration = Duration::from_secs(5);

/// Why a handler shows no page. The layer [`pages`] puts it into words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the request makes no sense")]
    BadRequest,
    #[error("the reader may not do this")]
    Forbidden,
    #[error("there is no such {0:?}")]
    NotFound(Missing),
    /// It was there.
    #[error("the record was removed, because the archive keeps so many months only")]
    Removed(Removed),
    /// Trying again later will help.
    #[error("there are as many exports under way as there can be")]
    TooManyExports(Full),
    /// The archive does not answer; trying again may help.
    #[error("the archive failed")]
    Unavailable(#[from] StoreError),
    #[error("a page could not be rendered")]
    Internal(#[from] askama::Error),
}

/// What is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Page,
    Record,
    Customer,
    View,
    Stream,
    Schedule,
    /// Something that records speak of by its id.
    Thing(EntityKind),
    Actor,
}

/// Left in an answer's extensions for [`pages`].
#[derive(Clone, Copy, Debug)]
struct Problem {
    /// Of the messages `error-…-title`, `-text` and `-remedy`.
    key: &'static str,
    /// When what is asked for was removed, and why.
    removed: Option<Removed>,
}

impl Problem {
    fn of(key: &'static str) -> Self {
        Self { key, removed: None }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, key) = match &self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFound(Missing::Page) => (StatusCode::NOT_FOUND, "not-found"),
            Self::NotFound(Missing::Record) => (StatusCode::NOT_FOUND, "no-record"),
            Self::NotFound(Missing::Customer) => (StatusCode::NOT_FOUND, "no-customer"),
            Self::NotFound(Missing::View) => (StatusCode::NOT_FOUND, "no-view"),
            Self::NotFound(Missing::Stream) => (StatusCode::NOT_FOUND, "no-stream"),
            Self::NotFound(Missing::Schedule) => (StatusCode::NOT_FOUND, "no-schedule"),
            Self::NotFound(Missing::Thing(kind)) => (StatusCode::NOT_FOUND, no_thing(*kind)),
            Self::NotFound(Missing::Actor) => (StatusCode::NOT_FOUND, "no-actor"),
            Self::Removed(_) => (StatusCode::GONE, "removed"),
            Self::TooManyExports(Full::Own) => (StatusCode::TOO_MANY_REQUESTS, "own-exports"),
            Self::TooManyExports(Full::All) => (StatusCode::TOO_MANY_REQUESTS, "all-exports"),
            Self::Unavailable(StoreError::TooLong) => (StatusCode::SERVICE_UNAVAILABLE, "too-long"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        if status.is_server_error() {
            tracing::error!(
                error = &self as &dyn std::error::Error,
                "a page could not be shown"
            );
        }
        let wait = match &self {
            Self::TooManyExports(_) => Some(WAIT),
            // What takes too long takes as long the next time.
            Self::Unavailable(StoreError::TooLong) => None,
            Self::Unavailable(_) => Some(RECOVERY),
            _ => None,
        };
        let mut response = status.into_response();
        if let Some(wait) = wait {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        let removed = match &self {
            Self::Removed(removed) => Some(*removed),
            _ => None,
        };
        response.extensions_mut().insert(Problem { key, removed });
        response
    }
}

/// The answer to an address that no route has.
pub async fn not_found() -> Error {
    Error::NotFound(Missing::Page)
}

/// Middleware: errors, and the bare refusals of the layers within, become pages in the reader's language. What an
/// inner layer of this kind has worded stays, so that there may be one around the pages and one around everything.
pub async fn pages(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // Who reads is found out only when there is something to say: files and probes have no reader.
    let mut asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let Some(Problem { key, removed }) = problem(&response) else {
        return response;
    };
    let Ok(mut context) = PageContext::from_request_parts(&mut asked, &state).await;
    if !matches!(asked.method, Method::GET | Method::HEAD) {
        // The language links are GETs, which this address may not answer.
        context.path = "/activity".to_owned();
        context.query.clear();
    }
    context.demo = state.demo;
    let page = ErrorPage {
        ctx: &context,
        key,
        removed,
    };
    match page.render() {
        Ok(page) => {
            let (mut parts, _) = response.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.extensions.remove::<Problem>();
            parts.extensions.remove::<CrossSite>();
            parts
                .headers
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
            Response::from_parts(parts, page.into())
        }
        Err(_) => status.into_response(),
    }
}

const HTML: &str = "text/html; charset=utf-8";

fn no_thing(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Operation => "no-operation",
        EntityKind::Subscription => "no-subscription",
        EntityKind::Order => "no-order",
        EntityKind::User => "no-user",
        EntityKind::Relationship => "no-relationship",
    }
}

/// What is to be said in an answer that has no page of its own yet.
fn problem(response: &Response) -> Option<Problem> {
    match response.extensions().get::<Problem>() {
        Some(problem) => Some(*problem),
        None => refusal(response).map(Problem::of),
    }
}

/// The message key for what a layer within refused.
fn refusal(response: &Response) -> Option<&'static str> {
    if response.extensions().get::<CrossSite>().is_some() {
        return Some("cross-site");
    }
    if !is_bare(response.headers()) {
        return None;
    }
    match response.status() {
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY => {
            Some("bad-request")
        }
        StatusCode::FORBIDDEN => Some("forbidden"),
        StatusCode::NOT_FOUND => Some("not-found"),
        StatusCode::METHOD_NOT_ALLOWED => Some("method"),
        StatusCode::REQUEST_TIMEOUT => Some("timeout"),
        StatusCode::PAYLOAD_TOO_LARGE => Some("too-large"),
        StatusCode::INTERNAL_SERVER_ERROR => Some("internal"),
        // With a word of text it is a probe's answer.
        StatusCode::SERVICE_UNAVAILABLE if !response.headers().contains_key(header::CONTENT_TYPE) => {
            Some("unavailable")
        }
        _ => None,
    }
}

/// Whether an answer has no content worth keeping: none, or a layer's line of plain text.
fn is_bare(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    ctx: &'a PageContext,
    key: &'static str,
    removed: Option<Removed>,
}

impl ErrorPage<'_> {
    fn message(&self, part: &str) -> String {
        let key = format!("error-{}-{part}", self.key);
        let Some(removed) = self.removed else {
            return self.ctx.t(&key);
        };
        let dates = self.ctx.dates();
        let kept_from = removed.kept_from.ticks().to_utc();
        let kept_from = kept_from.map(|at| from(at, dates)).unwrap_or_default();
        self.ctx.lang.t_with(
            &key,
            &[
                ("at", Arg::Text(&dates.minute(removed.at))),
                ("from", Arg::Text(&kept_from)),
            ],
        )
    }
}
