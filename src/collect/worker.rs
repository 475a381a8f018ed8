//! The timer behind the runs.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::run::Collector;
use crate::store::StoreError;

/// Asks the collectors to run now; carries no data. Clones ask the same collectors.
#[derive(Clone, Debug)]
pub struct Wake(Arc<watch::Sender<u64>>);

impl Default for Wake {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Wake {
    /// Makes every collector run as soon as its present run has ended.
    pub fn wake(&self) {
        self.0.send_modify(|n| *n = n.wrapping_add(1));
    }
}

/// After a run that could not write, the next one is not long in coming: there is room again, or the database is there.
const SOON: Duration = Duration::from_secs(30);
/// While another collects, its lease is looked at so often: together with how long a lease lasts, that is how soon somebody
/// takes over from one that died.
const STANDING_BY: Duration = Duration::from_secs(8);

/// However long Partner Center asks to be left alone, after this time somebody looks whether it means it still: days die.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 60 * 60);

/// Runs a collector at once, then at every tick or wake-up (later where Partner Center asks for it), until it is
/// stopped. Each account has a task of its
/// own, so that one account's trouble never delays another.
pub async fn follow(collector: Collector, interval: Duration, wake: Wake, stop: CancellationToken) {
    let mut woken = wake.0.subscribe();
    let mut was_busy = false;
    loop {
        let mut pause = interval;
        // A fault of ours must not end collecting for good while everything else goes on.
        let run = AssertUnwindSafe(collector.run(None, &stop)).catch_unwind();
        let Ok(ended) = run.await else {
            tracing::error!(
                account = collector.name,
                "collecting broke off by a fault of partnerlog itself"
            );
            pause_or_wake(interval, &mut woken, &stop).await;
            if stop.is_cancelled() {
                return;
            }
            continue;
        };
        match ended {
            Ok(summary) if summary.busy => {
                if !was_busy {
                    tracing::info!(account = collector.name, "{summary}");
                }
                was_busy = true;
                pause = interval.min(STANDING_BY);
            }
            Ok(summary) => {
                was_busy = false;
                // Who asks again too early is throttled for longer.
                pause = pause.max(summary.wait.unwrap_or_default().min(LONGEST_WAIT));
            }
            Err(error) => {
                if matches!(
                    error,
                    StoreError::Full(_)
                        | StoreError::Disk(_)
                        | StoreError::Busy(_)
                        | StoreError::Unavailable(_)
                ) {
                    pause = interval.min(SOON);
                }
                let error: &dyn std::error::Error = &error;
                tracing::error!(account = collector.name, error, "collecting failed");
            }
        }
        pause_or_wake(pause, &mut woken, &stop).await;
        if stop.is_cancelled() {
            return;
        }
    }
}

async fn pause_or_wake(pause: Duration, woken: &mut watch::Receiver<u64>, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(pause) => {}
        // The sender lives as long as a clone of `wake` does, and whoever waits here holds one.
        _ = woken.changed() => {}
    }
}
