//! The timer behind the runs.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::run::{Collector, HEARTBEAT};
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
/// Who is asked to run while another runs tries again after so long.
const BUSY: Duration = Duration::from_secs(8);

/// However long Partner Center asks to be left alone, after this time somebody looks whether it means it still: days die.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 60 * 60);

/// Runs a collector at once, then at every tick (later where Partner Center asks for it), as long as it is its turn; and at
/// every wake-up, until it is stopped. Each account has a task of its own, so that one account's trouble never delays another.
///
/// Of the processes that serve one archive one has the turn: else Partner Center would be asked by each of them.
pub async fn follow(collector: Collector, interval: Duration, wake: Wake, stop: CancellationToken) {
    let (turn, has_turn) = watch::channel(false);
    tokio::join!(
        keep_turn(&collector, &turn, &stop),
        collect_in_turn(&collector, interval, wake, has_turn, &stop)
    );
    // Where this fails, the turn ends by itself.
    if let Err(error) = collector.ends_its_turn().await {
        tracing::debug!(
            account = collector.name,
            error = &error as &dyn std::error::Error,
            "the turn could not be handed over"
        );
    }
}

/// Asks for the turn, or prolongs it, so often that a successor is there soon after a process died.
async fn keep_turn(collector: &Collector, turn: &watch::Sender<bool>, stop: &CancellationToken) {
    let mut stands_by = false;
    loop {
        match collector.takes_its_turn().await {
            Ok(mine) => {
                let changed = turn.send_if_modified(|now| std::mem::replace(now, mine) != mine);
                match mine {
                    true if changed => {
                        tracing::info!(account = collector.name, "collecting is this process's turn")
                    }
                    false if changed || !stands_by => tracing::info!(
                        account = collector.name,
                        "another collector is at work on this account; standing by"
                    ),
                    _ => {}
                }
                stands_by = !mine;
            }
            // Whoever cannot reach the archive cannot collect either, and the turn ends when it is not prolonged.
            Err(error) => tracing::debug!(
                account = collector.name,
                error = &error as &dyn std::error::Error,
                "whose turn it is cannot be known"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
    }
}

async fn collect_in_turn(
    collector: &Collector,
    interval: Duration,
    wake: Wake,
    mut has_turn: watch::Receiver<bool>,
    stop: &CancellationToken,
) {
    let mut woken = wake.0.subscribe();
    // By a person, who does not know of turns.
    let mut is_asked = false;
    while !stop.is_cancelled() {
        if !is_asked && !*has_turn.borrow_and_update() {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = has_turn.changed() => {}
                // The sender lives as long as a clone of `wake` does, and this holds one.
                _ = woken.changed() => is_asked = true,
            }
            continue;
        }
        // A fault of ours must not end collecting for good while everything else goes on.
        let run = AssertUnwindSafe(collector.run(None, stop)).catch_unwind();
        let mut pause = interval;
        let mut is_busy = false;
        match run.await {
            Ok(Ok(summary)) if summary.busy => {
                tracing::debug!(account = collector.name, "{summary}");
                (is_busy, pause) = (true, interval.min(BUSY));
            }
            // Who asks again too early is throttled for longer.
            Ok(Ok(summary)) => pause = pause.max(summary.wait.unwrap_or_default().min(LONGEST_WAIT)),
            Ok(Err(error)) => {
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
            Err(_) => tracing::error!(
                account = collector.name,
                "collecting broke off by a fault of partnerlog itself"
            ),
        }
        is_asked &= is_busy;
        if !is_asked && !*has_turn.borrow() {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
            _ = woken.changed() => is_asked = true,
        }
    }
}
