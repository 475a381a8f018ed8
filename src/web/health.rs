//! `/healthz`, `/readyz`, `/metrics`: for the programs that watch this one. No sign-in, nothing internal.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures_util::future::BoxFuture;
use http::{StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use tracing::warn;

/// Whether the store and the collector can do their work; `Err` says why not, for the log.
#[derive(Clone)]
pub struct Readiness(pub Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>);

/// The three routes.
pub fn router<S: Clone + Send + Sync + 'static>(readiness: Readiness, handle: PrometheusHandle) -> Router<S> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(move || readyz(readiness.clone())))
        .route("/metrics", get(move || metrics(handle.clone())))
}

/// `GET /healthz`: the process runs and answers.
async fn healthz() -> &'static str {
    "ok"
}

/// `GET /readyz`: 200 when store and collector work, else 503. The reason goes to the log, not to strangers.
async fn readyz(readiness: Readiness) -> Response {
    match (readiness.0)().await {
        Ok(()) => "ready".into_response(),
        Err(reason) => {
            warn!(%reason, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response()
        }
    }
}

/// `GET /metrics` in the Prometheus text format.
async fn metrics(handle: PrometheusHandle) -> Response {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        handle.render(),
    )
        .into_response()
}
