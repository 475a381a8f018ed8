//! Looks after the archive's file while it is served.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::{StoreError, sql::SqlStore};

/// All of the file is read so often: the disk's time for it is nothing in a day, and damage is found while the backups
/// of the days before are still kept.
const DAILY: Duration = Duration::from_secs(24 * 60 * 60);
/// What was too large to be checked before it is served is checked so long after.
const SOON: Duration = Duration::from_secs(60);

/// Checks the archive every day until `stop`. Damage ends its being served, see [`SqlStore::check`].
pub async fn watch(store: SqlStore, stop: CancellationToken) {
    let mut pause = if store.was_checked() { DAILY } else { SOON };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let stopped = stop.clone();
        match store.check(move || stopped.is_cancelled()).await {
            Ok(true) => tracing::info!("the archive's file was checked and is sound"),
            Ok(false) => {}
            // Told when it is noticed.
            Err(StoreError::Damaged(_)) => {}
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "the archive's file could not be checked");
            }
        }
        pause = DAILY;
    }
}
