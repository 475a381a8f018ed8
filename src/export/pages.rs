//! A selection read part by part, and each part made into something: on several processors, in order.
//!
//! Whatever waits for its turn or for the archive is a task of its own. Were it polled by whoever takes the parts, a slow
//! reader could be given a turn or a connection, and keep it for as long as it does not read.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures_util::{Stream, StreamExt as _};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use super::{ExportError, Extract};
use crate::store::{Documents, Parts, Store, StoreError};

/// The first part is small: somebody waits for it.
const FIRST: u32 = 50;
/// An archive that does not answer any more, or has no connection free, is asked again for so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many parts of one export are being made ahead of who takes them.
const AHEAD: usize = 2;

/// So many parts are being made at once, of all exports together; the others take turns. Whoever downloads can
/// wait: with a hundred exports under way, pages are still to be answered at once.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

/// Every part of a selection, newest first, as what `make` makes of it.
pub(super) fn made<T, F>(
    store: Arc<dyn Store>,
    of: Extract,
    make: F,
) -> impl Stream<Item = Result<T, ExportError>> + Send
where
    T: Send + 'static,
    F: Fn(Documents) -> Result<T, ExportError> + Clone + Send + Sync + 'static,
{
    let parts = Parts {
        selection: of.selection,
        archived: of.archived,
        customers: of.customers,
        at: None,
        first: FIRST,
        most: None,
        patience: PATIENCE,
    };
    parts
        .read(store)
        .map(move |documents| {
            let make = make.clone();
            async move {
                let documents = documents?;
                in_turn(move || make(documents)).await
            }
        })
        .buffered(AHEAD)
}

/// Does something that takes a processor for a while, when it is its turn.
pub(super) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ExportError> + Send + 'static,
) -> Result<T, ExportError> {
    apart(async move {
        let turn = Arc::clone(&TURNS).acquire_owned().await;
        let turn = turn.expect("this semaphore is never closed");
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        work.await.map_err(failed)?
    })
    .await
}

/// Has a task do it, which ends with whoever waits for it.
async fn apart<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    AbortOnDropHandle::new(tokio::spawn(work)).await.map_err(failed)?
}

fn failed(error: tokio::task::JoinError) -> StoreError {
    StoreError::Database(error.into())
}
