//! All documents of a selection, part by part. While whoever takes them works on a part, the next one is read: of a server
//! one processor makes a part while another takes it apart.
//!
//! Each part is read by a task of its own, which ends with whoever takes them. Were it polled by them, a slow one could be
//! given a turn or a connection, and keep it for as long as it takes nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{Stream, stream};
use tokio_util::task::AbortOnDropHandle;

use super::{Archived, Documents, Store, StoreError};
use crate::audit::{Cursor, Selection};

/// So many records are in a part,
const MOST: u32 = 1_000;
/// or about so many bytes of them: rows looked up beyond those are looked up again for the next part.
const MOST_BYTES: usize = 2 << 20;
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

impl Parts {
    /// All of them, newest first. One part is read ahead of who takes them; nothing follows an error, which comes in its
    /// place.
    pub fn read(self, store: Arc<dyn Store>) -> impl Stream<Item = Result<Documents, StoreError>> + Send {
        let from = Place {
            at: self.at,
            size: self.first.min(MOST),
            left: self.most,
            is_begun: false,
        };
        let of = Arc::new(self);
        stream::try_unfold(Step::Begin(from), move |step| {
            let (store, of) = (Arc::clone(&store), Arc::clone(&of));
            async move {
                let read = |place| AbortOnDropHandle::new(tokio::spawn(of.part(Arc::clone(&store), place)));
                let reading = match step {
                    Step::Begin(place) => read(place),
                    Step::Reading(reading) => reading,
                    Step::End => return Ok(None),
                };
                let (part, next) = reading.await.map_err(|e| StoreError::Database(e.into()))??;
                let step = next.map_or(Step::End, |place| Step::Reading(read(place)));
                Ok(Some((part, step)))
            }
        })
    }

    /// The part that begins there, and where the next one does.
    fn part(
        self: &Arc<Self>,
        store: Arc<dyn Store>,
        place: Place,
    ) -> impl Future<Output = Result<(Documents, Option<Place>), StoreError>> + Send + 'static {
        let of = Arc::clone(self);
        async move {
            let until = place.is_begun.then(|| Instant::now() + of.patience);
            let size = place.left.map_or(place.size, |left| left.min(place.size));
            let mut part = loop {
                let read = store
                    .documents(&of.selection, of.archived, place.at.as_ref(), size, MOST_BYTES)
                    .await;
                match read {
                    Err(StoreError::Unavailable(_)) if until.is_some_and(|it| Instant::now() < it) => {
                        tokio::time::sleep(PAUSE).await;
                    }
                    read => break read?,
                }
            };
            part.retain(|document| document.is_of(&of.customers));
            let taken = u32::try_from(part.len()).unwrap_or(u32::MAX);
            let left = place.left.map(|left| left.saturating_sub(taken));
            let next = part.older.filter(|_| left != Some(0)).map(|at| Place {
                at: Some(at),
                size: MOST,
                left,
                is_begun: true,
            });
            Ok((part, next))
        }
    }
}

/// Where a part begins.
struct Place {
    at: Option<Cursor>,
    size: u32,
    left: Option<u32>,
    is_begun: bool,
}

enum Step {
    Begin(Place),
    Reading(AbortOnDropHandle<Result<(Documents, Option<Place>), StoreError>>),
    End,
}
