//! The archive in one SQLite file: how it is made, opened, checked, copied and mended.

pub mod backup;
pub mod file;
mod inspect;
pub mod migrations;
mod rekey;

pub use inspect::{Inspection, Schema, inspect};

use super::StoreError;

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(StoreError::Database(e.into())))
}
