//! The bounds on a request that need an answer: its time and the size of its body.
//!
//! They belong inside the layers for error pages and headers, so that a 408 looks like every other page.

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use http_body::Body as _;
use tower_http::limit::RequestBodyLimitLayer;

use super::Limits;

/// `app`, with requests bounded: 413 for a body over [`Limits::body_bytes`]; after [`Limits::request_time`] without
/// the head of an answer 408 when the request has a body (it may be the peer that is slow), else 503.
/// The body of an answer may take longer.
pub fn bounded<S: Clone + Send + Sync + 'static>(app: Router<S>, limits: &Limits) -> Router<S> {
    app.layer(RequestBodyLimitLayer::new(limits.body_bytes))
        .layer(from_fn_with_state(limits.request_time, in_time))
}

async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let late = if request.body().is_end_stream() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::REQUEST_TIMEOUT
    };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => late.into_response(),
    }
}
