//! What a reader sees when a page cannot be shown: the status in words, and an id by which to ask about it.
//!
//! Never shows a source, a path or a query.

use askama::Template;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};

use super::{AppState, csrf::CrossSite, page::PageContext};
use crate::store::StoreError;

/// Why a handler shows no page. The layer [`pages`] puts it into words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the request makes no sense")]
    BadRequest,
    #[error("the reader may not do this")]
    Forbidden,
    #[error("there is no such {0:?}")]
    NotFound(Missing),
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
}

/// Left in an answer's extensions for [`pages`].
#[derive(Clone, Copy, Debug)]
struct Problem {
    /// Of the messages `error-…-title`, `-text` and `-remedy`.
    key: &'static str,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, key) = match &self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFound(Missing::Page) => (StatusCode::NOT_FOUND, "not-found"),
            Self::NotFound(Missing::Record) => (StatusCode::NOT_FOUND, "no-record"),
            Self::NotFound(Missing::Customer) => (StatusCode::NOT_FOUND, "no-customer"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        if status.is_server_error() {
            tracing::error!(
                error = &self as &dyn std::error::Error,
                "a page could not be shown"
            );
        }
        let mut response = status.into_response();
        response.extensions_mut().insert(Problem { key });
        response
    }
}

/// The answer to an address that no route has.
pub async fn not_found() -> Error {
    Error::NotFound(Missing::Page)
}

/// Middleware: errors, and the bare refusals of the layers within, become pages in the reader's language.
pub async fn pages(
    State(state): State<AppState>,
    context: PageContext,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.run(request).await;
    let status = response.status();
    let Some(key) = problem(&response) else {
        return response;
    };
    let mut context = context;
    if !reads {
        // The language links are GETs, which this address may not answer.
        context.path = "/activity".to_owned();
        context.query.clear();
    }
    context.demo = state.demo;
    match (ErrorPage { ctx: &context, key }).render() {
        Ok(page) => {
            let (mut parts, _) = response.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            parts
                .headers
                .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(HTML));
            Response::from_parts(parts, page.into())
        }
        Err(_) => status.into_response(),
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// The message key for an answer that has no page of its own yet.
fn problem(response: &Response) -> Option<&'static str> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.key);
    }
    if response.extensions().get::<CrossSite>().is_some() {
        return Some("cross-site");
    }
    if !is_bare(response.headers()) {
        return None;
    }
    match response.status() {
        StatusCode::BAD_REQUEST => Some("bad-request"),
        StatusCode::FORBIDDEN => Some("forbidden"),
        StatusCode::NOT_FOUND => Some("not-found"),
        StatusCode::METHOD_NOT_ALLOWED => Some("method"),
        StatusCode::REQUEST_TIMEOUT => Some("timeout"),
        StatusCode::PAYLOAD_TOO_LARGE => Some("too-large"),
        StatusCode::INTERNAL_SERVER_ERROR => Some("internal"),
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
}

impl ErrorPage<'_> {
    fn message(&self, part: &str) -> String {
        self.ctx.t(&format!("error-{}-{part}", self.key))
    }
}
