//! Writing what readings show, while they go on: as many pages in one transaction as wait, in the order of arrival.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::store::{Appended, Batch, Store, StoreError};

/// So many bytes of records may wait to be written; who reads more has to wait, too.
const WAITING_BYTES: usize = 16 << 20;
/// So many pages at most, for those that are nearly empty.
const WAITING_PAGES: usize = 64;

/// Takes pages to be archived. Clones hand over to the same.
#[derive(Clone)]
pub struct Archivist {
    pages: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

struct Waiting {
    batch: Batch,
    done: oneshot::Sender<Appended>,
    _room: OwnedSemaphorePermit,
}

/// A page that was handed over; tells what it changed once that is safe on disk.
pub struct Receipt(oneshot::Receiver<Appended>);

/// The archive failed; why is what [`Writing::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the archive failed")]
pub struct ArchiveFailed;

/// The work of writing; it ends when every archivist is gone.
pub struct Writing {
    store: Arc<dyn Store>,
    pages: mpsc::Receiver<Waiting>,
}

/// An archivist, and its work, which somebody must run.
pub fn archivist(store: Arc<dyn Store>) -> (Archivist, Writing) {
    let (sender, pages) = mpsc::channel(WAITING_PAGES);
    let archivist = Archivist {
        pages: sender,
        room: Arc::new(Semaphore::new(WAITING_BYTES)),
    };
    (archivist, Writing { store, pages })
}

impl Archivist {
    /// Hands a page over, once there is room for it.
    pub async fn archive(&self, batch: Batch) -> Result<Receipt, ArchiveFailed> {
        let bytes: usize = batch.records.iter().map(|r| r.record.document.len()).sum();
        let bytes = u32::try_from(bytes.min(WAITING_BYTES)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await;
        let (done, receipt) = oneshot::channel();
        let waiting = Waiting {
            batch,
            done,
            _room: room.map_err(|_| ArchiveFailed)?,
        };
        self.pages.send(waiting).await.map_err(|_| ArchiveFailed)?;
        Ok(Receipt(receipt))
    }
}

impl Receipt {
    /// Waits until the page is written.
    pub async fn written(self) -> Result<Appended, ArchiveFailed> {
        self.0.await.map_err(|_| ArchiveFailed)
    }
}

impl Writing {
    /// Writes until every archivist is gone.
    ///
    /// # Errors
    /// At the first failure of the archive; whoever waits for a receipt then learns that it failed.
    pub async fn run(mut self) -> Result<(), StoreError> {
        let mut waiting = Vec::new();
        while self.pages.recv_many(&mut waiting, WAITING_PAGES).await > 0 {
            let (mut batches, mut receipts) = (Vec::new(), Vec::new());
            for page in waiting.drain(..) {
                batches.push(page.batch);
                receipts.push((page.done, page._room));
            }
            let appended = self.store.append_all(batches).await?;
            for ((done, _room), appended) in receipts.into_iter().zip(appended) {
                // Whoever asked may have gone; it is written all the same.
                let _ = done.send(appended);
            }
        }
        Ok(())
    }
}
