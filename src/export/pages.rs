//! A selection read part by part, and each part made into something: on several processors, in order.
//!
//! Whatever waits for its turn or for the archive is a task of its own. Were it polled by whoever takes the parts, a slow
//! reader could be given a turn or a connection, and keep it for as long as it does not read.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use super::{ExportError, Extract};
use crate::{
    audit::Cursor,
    store::{Documents, Store, StoreError},
};

/// The first part is small: somebody waits for it.
const FIRST: u32 = 50;
/// So many records are in the others, about as many as have so many bytes: rows looked up beyond those are looked up again
/// for the next part,
const MOST: u32 = 256;
/// or so many bytes of them.
const MOST_BYTES: usize = 512 * 1024;
/// An archive that does not answer any more, or has no connection free, is asked again for so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);
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
    read(store, of)
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

fn read(store: Arc<dyn Store>, of: Extract) -> impl Stream<Item = Result<Documents, StoreError>> + Send {
    enum At {
        Newest,
        After(Cursor),
        End,
    }
    let of = Arc::new(of);
    stream::try_unfold(At::Newest, move |at| {
        let (store, of) = (Arc::clone(&store), Arc::clone(&of));
        async move {
            let (cursor, most) = match at {
                At::End => return Ok(None),
                At::Newest => (None, FIRST),
                At::After(cursor) => (Some(cursor), MOST),
            };
            let documents = apart(async move {
                // Who has got something already need not begin anew because the archive is away for a moment.
                let until = cursor.map(|_| Instant::now() + PATIENCE);
                let mut documents = loop {
                    let read = store
                        .documents(&of.selection, of.archived, cursor.as_ref(), most, MOST_BYTES)
                        .await;
                    match read {
                        Err(StoreError::Unavailable(_)) if until.is_some_and(|it| Instant::now() < it) => {
                            tokio::time::sleep(PAUSE).await;
                        }
                        read => break read?,
                    }
                };
                documents.retain(|document| document.is_of(&of.customers));
                Ok::<_, StoreError>(documents)
            })
            .await?;
            let next = documents.older.map_or(At::End, At::After);
            Ok(Some((documents, next)))
        }
    })
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
