//! Brings records into the search index that an older version of this program archived.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::store::sql::SqlStore;

/// Between two transactions others get to write.
const PAUSE: Duration = Duration::from_millis(5);
const AFTER_A_FAILURE: Duration = Duration::from_secs(60);

/// Indexes what is not indexed yet, the newest first, until all is or `stop` says so.
pub async fn catch_up(store: SqlStore, stop: CancellationToken) {
    let (began, mut any) = (Instant::now(), false);
    loop {
        let pause = match store.index_some().await {
            Ok(true) => {
                if !any {
                    tracing::info!("records that were archived before are brought into the search index");
                }
                any = true;
                PAUSE
            }
            Ok(false) => {
                if any {
                    tracing::info!(
                        s = began.elapsed().as_secs(),
                        "all records are in the search index"
                    );
                }
                return;
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    error,
                    "the search index could not be completed; it is tried again"
                );
                AFTER_A_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
