//! All documents of a selection, part by part. While whoever takes them works on a part, the next one is read: of a server
//! one processor makes a part while another takes it apart.
//!
//! A task of its own reads them, which ends with whoever takes them. Were it polled by them, a slow one could be given a
//! turn or a connection, and keep it for as long as it takes nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{Archived, Documents, Fetched, Store, StoreError};
use crate::audit::{Cursor, Selection};

/// So many records are in a part at most,
const MOST: u32 = 512;
/// or so many bytes of them and one more: rows looked up beyond those are looked up again for the next part.
const MOST_BYTES: usize = 1 << 20;
/// So many parts are read ahead of who takes them: memory holds these and the one at work.
const AHEAD: usize = 1;
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
        let customers: Arc<[String]> = self.customers.as_slice().into();
        // Begun when somebody takes the first.
        let begun = stream::once(async move {
            let (to, parts) = mpsc::channel(AHEAD);
            (parts, AbortOnDropHandle::new(tokio::spawn(self.send(store, to))))
        });
        begun.flat_map(move |begun| {
            let customers = Arc::clone(&customers);
            stream::try_unfold(begun, move |(mut parts, reader)| {
                let customers = Arc::clone(&customers);
                async move {
                    let Some(part) = parts.recv().await else {
                        // Whatever ended it before it was at its end must not look like the end.
                        let ended = reader.await;
                        return ended.map(|()| None).map_err(|e| StoreError::Database(e.into()));
                    };
                    let mut documents = part?.documents()?;
                    documents.retain(|document| document.is_of(&customers));
                    Ok(Some((documents, (parts, reader))))
                }
            })
        })
    }

    /// Sends all of them, up to the first that cannot be read.
    async fn send(self, store: Arc<dyn Store>, to: mpsc::Sender<Read>) {
        let (mut at, mut size, mut left) = (self.at, self.first.min(MOST), self.most);
        let mut patience = None;
        // Nothing is read before there is room for it, nor for those who have left.
        while let Ok(room) = to.reserve().await {
            let wanted = left.map_or(size, |left| left.min(size));
            let part = self.part(&*store, at.as_ref(), wanted, patience).await;
            let part = match (part, left) {
                (Ok(part), Some(most)) => self.counted(part).map(|(part, records)| {
                    left = Some(most.saturating_sub(records));
                    part
                }),
                (part, _) => part,
            };
            let older = part.as_ref().ok().and_then(|part| part.older);
            room.send(part);
            if older.is_none() || left == Some(0) {
                return;
            }
            (at, size, patience) = (older, MOST, Some(self.patience));
        }
    }

    async fn part(
        &self,
        store: &dyn Store,
        at: Option<&Cursor>,
        most: u32,
        patience: Option<Duration>,
    ) -> Read {
        let until = patience.map(|patience| Instant::now() + patience);
        loop {
            let read = store.documents(&self.selection, self.archived, at, most, MOST_BYTES);
            match read.await {
                Err(StoreError::Unavailable(_)) if until.is_some_and(|it| Instant::now() < it) => {
                    tokio::time::sleep(PAUSE).await;
                }
                read => return read,
            }
        }
    }

    /// A part, and how many records that are wanted are in it.
    fn counted(&self, part: Fetched) -> Result<(Fetched, u32), StoreError> {
        let mut documents = part.documents()?;
        documents.retain(|document| document.is_of(&self.customers));
        let records = u32::try_from(documents.len()).unwrap_or(u32::MAX);
        Ok((documents.into(), records))
    }
}
