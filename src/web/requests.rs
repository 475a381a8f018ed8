//! What a request leaves behind: a log line, a metric, and an id by which people can ask about it.
//!
//! Never the query string, a header or a body: they carry names, codes and cookies.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue};
use tracing::{Instrument as _, error, info, info_span};
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: an extension of it, a field of every log line made while answering it, and the
/// `X-Request-Id` of the answer. Always ours: what the client sends could be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// Middleware for `axum::middleware::from_fn`, outside all others.
pub async fn log(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId(Uuid::new_v4());
    request.extensions_mut().insert(id);
    let method = request.method().clone();
    // Never the path itself for what no route matches: strangers would choose the labels of our metrics.
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let span = info_span!("request", request.id = %id.0);
    let mut response = next.run(request).instrument(span.clone()).await;

    let (status, took) = (response.status().as_u16(), began.elapsed());
    span.in_scope(|| {
        let milliseconds = took.as_secs_f64() * 1000.0;
        if response.status().is_server_error() {
            error!(http.method = %method, http.path = path, http.status = status, http.ms = milliseconds, "answered");
        } else {
            info!(http.method = %method, http.path = path, http.status = status, http.ms = milliseconds, "answered");
        }
    });
    let labels = [
        (
            "method",
            if method.is_safe() { "read" } else { "write" }.to_owned(),
        ),
        ("path", path),
        ("status", status.to_string()),
    ];
    metrics::counter!("partnerlog_requests_total", &labels).increment(1);
    metrics::histogram!("partnerlog_request_seconds", &labels[1..2]).record(took.as_secs_f64());
    let value = HeaderValue::try_from(id.0.to_string()).expect("a UUID is ASCII");
    response.headers_mut().insert(X_REQUEST_ID, value);
    response
}
