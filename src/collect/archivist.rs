//! Writing what readings show, while they go on: many pages in one transaction, in the order of arrival.
//!
//! A page changes nearly as many places of the archive's indices as ten pages do, so pages are gathered, but only while
//! nobody waits for one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::{Instant, sleep_until},
};

use crate::store::{Appended, Batch, Store, StoreError};

/// So many bytes of records may wait to be written; who reads more has to wait, too.
const WAITING_BYTES: usize = 12 << 20;
/// So many pages at most, for those that are nearly empty.
const WAITING_PAGES: usize = 64;
/// Once so many bytes of records were gathered, they are written.
const GATHERED_BYTES: usize = 4 << 20;
/// No page waits longer for others.
const GATHERING: Duration = Duration::from_millis(250);

/// Takes pages to be archived. Clones hand over to the same.
#[derive(Clone)]
pub struct Archivist {
    pages: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    next: Arc<AtomicU64>,
    wanted: Arc<Wanted>,
}

/// Up to which page somebody waits.
#[derive(Default)]
struct Wanted {
    page: AtomicU64,
    changed: Notify,
}

struct Waiting {
    page: u64,
    batch: Batch,
    bytes: usize,
    done: oneshot::Sender<Appended>,
    _room: OwnedSemaphorePermit,
}

/// A page that was handed over; tells what it changed once that is safe on disk.
pub struct Receipt {
    page: u64,
    done: oneshot::Receiver<Appended>,
    wanted: Arc<Wanted>,
}

/// The archive failed; why is what [`Writing::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the archive failed")]
pub struct ArchiveFailed;

/// The work of writing; it ends when every archivist is gone.
pub struct Writing {
    store: Arc<dyn Store>,
    pages: mpsc::Receiver<Waiting>,
    wanted: Arc<Wanted>,
}

/// An archivist, and its work, which somebody must run.
pub fn archivist(store: Arc<dyn Store>) -> (Archivist, Writing) {
    let (sender, pages) = mpsc::channel(WAITING_PAGES);
    let wanted = Arc::<Wanted>::default();
    let archivist = Archivist {
        pages: sender,
        room: Arc::new(Semaphore::new(WAITING_BYTES)),
        // Nobody waits for page 0.
        next: Arc::new(AtomicU64::new(1)),
        wanted: Arc::clone(&wanted),
    };
    (archivist, Writing { store, pages, wanted })
}

impl Archivist {
    /// Hands a page over, once there is room for it.
    pub async fn archive(&self, batch: Batch) -> Result<Receipt, ArchiveFailed> {
        let bytes: usize = batch.records.iter().map(|r| r.record.document.len()).sum();
        let permits = u32::try_from(bytes.min(WAITING_BYTES)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(permits).await;
        let (done, receipt) = oneshot::channel();
        let page = self.next.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting {
            page,
            batch,
            bytes,
            done,
            _room: room.map_err(|_| ArchiveFailed)?,
        };
        self.pages.send(waiting).await.map_err(|_| ArchiveFailed)?;
        Ok(Receipt {
            page,
            done: receipt,
            wanted: Arc::clone(&self.wanted),
        })
    }
}

impl Wanted {
    fn reaches(&self, page: u64) -> bool {
        page <= self.page.load(Ordering::Relaxed)
    }
}

impl Receipt {
    /// Waits until the page is written, which then happens soon.
    pub async fn written(self) -> Result<Appended, ArchiveFailed> {
        self.wanted.page.fetch_max(self.page, Ordering::Relaxed);
        self.wanted.changed.notify_one();
        self.done.await.map_err(|_| ArchiveFailed)
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
            self.gather(&mut waiting).await;
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

    /// Adds the pages that arrive while nobody waits.
    async fn gather(&mut self, waiting: &mut Vec<Waiting>) {
        let until = Instant::now() + GATHERING;
        while waiting.len() < WAITING_PAGES
            && waiting.iter().map(|page| page.bytes).sum::<usize>() < GATHERED_BYTES
            && !waiting.iter().any(|page| self.wanted.reaches(page.page))
        {
            tokio::select! {
                arrived = self.pages.recv_many(waiting, WAITING_PAGES) => {
                    if arrived == 0 {
                        return;
                    }
                }
                () = self.wanted.changed.notified() => {}
                () = sleep_until(until) => return,
            }
        }
    }
}
