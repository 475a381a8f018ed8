//! Logs and metrics of the process. Knows nothing of HTTP; see `web::requests` for what a request leaves.

use std::{
    io::IsTerminal as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter,
    filter::{FilterFn, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// The environment variable that chooses what is logged, such as `info,partnerlog::collect=debug`.
pub const LOG_VARIABLE: &str = "PARTNERLOG_LOG";

/// Sends the log to stderr: readable lines on a terminal, a JSON object a line otherwise.
///
/// What [`LOG_VARIABLE`] says, `info` without it. A second call changes nothing.
///
/// # Errors
/// When the variable holds no filter; the message names it.
pub fn init() -> Result<(), String> {
    let filter = match std::env::var(LOG_VARIABLE) {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(text)
            .map_err(|error| format!("{LOG_VARIABLE}: {error}; try `info` or `debug`"))?,
        // It warns of every sign-in: that there was no session before.
        _ => EnvFilter::new("info,tower_sessions_core=error"),
    };
    let registry = tracing_subscriber::registry().with(filter).with(discretion());
    // An error means that somebody set a subscriber before, such as an earlier test: it stays.
    let _ = if std::io::stderr().is_terminal() {
        registry
            .with(fmt::layer().with_writer(std::io::stderr))
            .try_init()
    } else {
        let json = fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr);
        registry.with(json).try_init()
    };
    Ok(())
}

/// Keeps out what holds contents of records, whatever somebody asks for: the client of PostgreSQL tells with each statement
/// the values that it sends.
fn discretion() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    filter_fn(|it| {
        let is_client = it.target().split("::").next() == Some("tokio_postgres");
        !is_client || *it.level() <= Level::INFO
    })
}

/// Bounds of the histograms of durations, in seconds.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// The recorder that every `metrics` macro of the process writes to; made at the first call.
///
/// Durations are histograms whose names end in `_seconds`.
///
/// # Errors
/// When another recorder was installed before.
pub fn metrics() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    // Held until it is there: whoever comes second is not told that it is too late.
    let mut known = HANDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*known {
        return Ok(handle.clone());
    }
    let suffix = metrics_exporter_prometheus::Matcher::Suffix("_seconds".to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(suffix, &SECONDS)?
        .install_recorder()?;
    let upkeep = handle.clone();
    // Histograms keep every sample until somebody looks, and perhaps nobody ever asks for the metrics.
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(5));
            upkeep.run_upkeep();
        }
    });
    *known = Some(handle.clone());
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn values_of_statements_are_not_logged_by_whoever_asks_for_everything() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::registry()
            .with(EnvFilter::new("trace,tokio_postgres::query=trace"))
            .with(discretion())
            .with(fmt::layer().with_writer(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "tokio_postgres::query", "executing with geheim");
            tracing::trace!(target: "tokio_postgres", "geheim");
            tracing::warn!(target: "tokio_postgres::connection", "a warning");
            tracing::debug!(target: "tokio_postgres_rustls", "another crate");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(
            text.contains("a warning") && text.contains("another crate"),
            "{text}"
        );
        assert!(!text.contains("geheim"), "{text}");
    }
}
