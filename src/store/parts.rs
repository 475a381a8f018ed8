//! All documents of a selection, part by part. While whoever takes them works on a part, the next one is read: or the next
//! two at the same time, where all are wanted and memory knows how far the first of them reaches, so that nobody waits for
//! the way to a server and back.
//!
//! Each is read by a task of its own, which ends with whoever takes them. Were it polled by them, a slow one could be given
//! a turn or a connection, and keep it for as long as it takes nothing.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{Stream, stream};
use tokio_util::task::AbortOnDropHandle;

use super::{Archived, Documents, Fetched, Store, StoreError, Stretch};
use crate::audit::{Cursor, Selection, Ticks, cursor::Direction};

/// So many records are in a part at most,
const MOST: u32 = 512;
/// or so many bytes of them and one more: rows looked up beyond those are looked up again for the next part.
const MOST_BYTES: usize = 1 << 20;
/// A stretch of about so many makes one part, also where the last second has a few more.
const REACH: u32 = MOST - MOST / 8;
/// So many parts are read ahead of who takes them, at most: memory holds these and those at work.
const AHEAD: usize = 2;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// What is read.
#[derive(Clone, Debug)]
pub struct Parts {
    pub selection: Selection,
    /// Only records whose newest version was archived in between.
    pub archived: Option<Archived>,
    /// The ids of the only customers whose records are in it; empty for all.
    pub customers: Vec<String>,
    /// Where it begins; with the newest where nothing is said.
    pub at: Option<Cursor>,
    /// So many records are in the first part at most: somebody may wait for it.
    pub first: u32,
    /// So many records are in all parts together.
    pub most: Option<u32>,
    /// Who has got something already need not begin anew because the archive is away for a moment, or has no connection
    /// free: it is asked again for so long.
    pub patience: Duration,
}

type Read = Result<Fetched, StoreError>;

impl Parts {
    /// All of them, newest first. Nothing follows an error, which comes in its place.
    pub fn read(self, store: Arc<dyn Store>) -> impl Stream<Item = Result<Documents, StoreError>> + Send {
        let reading = Reading {
            begun: VecDeque::new(),
            next: Some(Stretch {
                at: self.at,
                since: Ticks::MIN,
                most: self.first.min(self.most.unwrap_or(MOST)).min(MOST),
                most_bytes: MOST_BYTES,
            }),
            left: self.most,
            is_new: true,
            parts: Arc::new(self),
            store,
        };
        stream::try_unfold(reading, |mut reading| async move {
            let part = reading.next().await?;
            Ok(part.map(|part| (part, reading)))
        })
    }

    async fn part(&self, store: &dyn Store, stretch: Stretch, patience: Option<Duration>) -> Read {
        let until = patience.map(|patience| Instant::now() + patience);
        loop {
            match store.documents(&self.selection, self.archived, stretch).await {
                Err(StoreError::Unavailable(_)) if until.is_some_and(|it| Instant::now() < it) => {
                    tokio::time::sleep(PAUSE).await;
                }
                read => return read,
            }
        }
    }
}

/// The parts that are on their way.
struct Reading {
    parts: Arc<Parts>,
    store: Arc<dyn Store>,
    /// In the order of the log.
    begun: VecDeque<Begun>,
    /// What comes behind them.
    next: Option<Stretch>,
    /// So many records may still come.
    left: Option<u32>,
    /// Nothing has come yet.
    is_new: bool,
}

/// A stretch, and its next part.
struct Begun {
    stretch: Stretch,
    read: AbortOnDropHandle<Read>,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Documents>, StoreError> {
        if self.is_new {
            self.begin_next();
        }
        let Some(Begun { stretch, read }) = self.begun.pop_front() else {
            return Ok(None);
        };
        // Whatever ended it before it was at its end must not look like the end.
        let part = read.await.map_err(|e| StoreError::Database(e.into()))??;
        self.is_new = false;
        let rest = part.older.map(|older| Stretch {
            at: Some(older),
            most: MOST,
            ..stretch
        });
        let mut documents = part.documents()?;
        if self.left.is_none() {
            self.go_on(rest).await;
        }
        documents.retain(|document| document.is_of(&self.parts.customers));
        if let Some(left) = &mut self.left {
            // How many are wanted of the rest shows only now.
            *left = left.saturating_sub(u32::try_from(documents.len()).unwrap_or(u32::MAX));
            let most = MOST.min(*left);
            self.next = rest.filter(|_| most > 0).map(|rest| Stretch { most, ..rest });
            self.begin_next();
        }
        if documents.older.is_none() {
            let behind = self.begun.front().map(|begun| begun.stretch).or(self.next);
            documents.older = behind.and_then(|stretch| stretch.at);
        }
        Ok(Some(documents))
    }

    /// Reads ahead: the rest of a stretch before what comes behind it.
    async fn go_on(&mut self, rest: Option<Stretch>) {
        match rest {
            Some(rest) if rest.since == Ticks::MIN => self.next = Some(rest),
            Some(rest) => {
                let rest = self.begin(rest);
                self.begun.push_front(rest);
            }
            None => {}
        }
        while self.begun.len() < AHEAD
            && let Some(next) = self.next
        {
            let since = self.store.reach(&self.parts.selection, next.at, REACH).await;
            let begun = self.begin(Stretch {
                since: since.unwrap_or(Ticks::MIN),
                ..next
            });
            self.begun.push_back(begun);
            self.next = since.map(|since| Stretch {
                at: Some(Cursor {
                    direction: Direction::Older,
                    ticks: Ticks(since.0.saturating_sub(1)),
                    record: 0,
                }),
                ..next
            });
        }
    }

    fn begin_next(&mut self) {
        if let Some(next) = self.next.take() {
            let next = self.begin(next);
            self.begun.push_back(next);
        }
    }

    fn begin(&self, stretch: Stretch) -> Begun {
        let (parts, store) = (Arc::clone(&self.parts), Arc::clone(&self.store));
        let patience = (!self.is_new).then_some(parts.patience);
        let read = async move { parts.part(&*store, stretch, patience).await };
        Begun {
            stretch,
            read: AbortOnDropHandle::new(tokio::spawn(read)),
        }
    }
}
