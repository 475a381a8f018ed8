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

/// Asks the archive for a text; `Err` says why there is none, for the log.
pub type Ask = Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// What the routes ask.
#[derive(Clone)]
pub struct Probes {
    /// Whether the archive answers, and how collecting stands, in lines for everybody.
    pub readiness: Ask,
    /// Metrics that come from the archive.
    pub metrics: Ask,
}

/// The three routes.
pub fn router<S: Clone + Send + Sync + 'static>(probes: Probes, handle: PrometheusHandle) -> Router<S> {
    let Probes {
        readiness,
        metrics: archived,
    } = probes;
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(move || readyz(readiness.clone())))
        .route("/metrics", get(move || metrics(handle.clone(), archived.clone())))
}

/// `GET /healthz`: the process runs and answers.
async fn healthz() -> &'static str {
    "ok"
}

/// `GET /readyz`: 200 when the archive answers, else 503. Whether collecting works is said in the body and changes
/// nothing: an instance that serves what is archived must not be taken out of service for Microsoft's trouble. The
/// reason of a 503 goes to the log, not to strangers.
async fn readyz(readiness: Ask) -> Response {
    match readiness().await {
        Ok(lines) => format!("ready\n{lines}").into_response(),
        Err(reason) => {
            warn!(%reason, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response()
        }
    }
}

/// `GET /metrics` in the Prometheus text format. Without the archive, those of the process remain.
async fn metrics(handle: PrometheusHandle, archived: Ask) -> Response {
    let archived = archived().await.unwrap_or_else(|reason| {
        warn!(%reason, "metrics without the archive's");
        String::new()
    });
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        format!("{}{archived}", handle.render()),
    )
        .into_response()
}
