//! Looking after the tables' months to which much was added, while more is: sorting texts into the index takes a server
//! longer than everything else that it does for a record. Whoever adds next would have to do it, or the server does within
//! minutes: nothing depends on this but speed.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

use chrono::Datelike as _;

use super::{Connector, Session, StoreError};
use crate::audit::Ticks;

/// So many more records of a month are worth it.
const MANY: u64 = 2_000;
/// So much waits to be sorted before whoever adds does it, in kB: some time of the upkeep's being late.
const WAITING: u32 = 32 << 10;
/// Months that wait for it, at most.
const QUEUE: usize = 64;
/// Its connection is given up after so long without work: somebody else may wait for the place.
const RESTS: Duration = Duration::from_millis(100);
/// One month takes well under a second; who waits for the place waits no longer than this, in milliseconds.
const LONGEST: u32 = 10_000;

/// Looks after months, on a thread of its own.
pub struct Upkeep {
    /// How many records of a month were added since it was looked after last.
    added: Mutex<HashMap<Option<(i32, u32)>, u64>>,
    months: SyncSender<i64>,
    spare: Arc<Spare>,
}

/// Of the connections of a process, the one that is for the upkeep when nobody else needs it.
#[derive(Default)]
pub struct Spare {
    /// Held by the upkeep.
    at_work: Mutex<()>,
    /// So many others have it, or wait for it.
    taken: AtomicUsize,
}

/// Somebody else's, until it is dropped.
pub struct Taken(Arc<Spare>);

impl Spare {
    /// Waits for the upkeep of one month at most.
    pub fn take(self: &Arc<Self>) -> Taken {
        self.taken.fetch_add(1, Ordering::SeqCst);
        drop(self.at_work.lock().unwrap_or_else(PoisonError::into_inner));
        Taken(Arc::clone(self))
    }

    fn is_taken(&self) -> bool {
        self.taken.load(Ordering::SeqCst) > 0
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Upkeep {
    /// # Errors
    /// When there are no more threads.
    pub fn of(connector: Connector) -> Result<Self, StoreError> {
        let (months, waiting) = sync_channel(QUEUE);
        let spare = Arc::<Spare>::default();
        let taken = Arc::clone(&spare);
        std::thread::Builder::new()
            .name("upkeep".to_owned())
            .spawn(move || look_after(&connector, &taken, &waiting))
            .map_err(|error| StoreError::Database(error.into()))?;
        Ok(Self {
            added: Mutex::default(),
            months,
            spare,
        })
    }

    /// Has a session leave it to the upkeep.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn relies(session: &Session) -> Result<(), StoreError> {
        Ok(session.batch(&format!("SET gin_pending_list_limit = {WAITING}"))?)
    }

    /// Is told the dates of records that were added.
    pub fn added(&self, dates: &[i64]) {
        let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        for ticks in dates {
            let day = Ticks(*ticks).day();
            let month = added.entry(day.map(|day| (day.year(), day.month()))).or_default();
            *month += 1;
            if *month >= MANY {
                *month = 0;
                // With too many before it, it is left to the server.
                let _ = self.months.try_send(*ticks);
            }
        }
    }

    /// Takes its connection's place.
    pub fn give_way(&self) -> Taken {
        self.spare.take()
    }
}

/// Ends with whoever would tell of more.
fn look_after(connector: &Connector, spare: &Spare, months: &Receiver<i64>) {
    while let Ok(first) = months.recv() {
        let _at_work = spare.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.is_taken() {
            continue;
        }
        let done = Session::of(connector).and_then(|session| {
            session.batch(&format!("SET statement_timeout = {LONGEST}"))?;
            let mut next = Ok(first);
            while let Ok(ticks) = next {
                session.with(|client| client.execute("SELECT look_after($1)", &[&ticks]))?;
                if spare.is_taken() {
                    break;
                }
                next = months.recv_timeout(RESTS);
            }
            Ok(())
        });
        if let Err(error) = done {
            let cause: &dyn std::error::Error = &error;
            tracing::debug!(error = cause, "the upkeep of the tables is left to the server");
        }
    }
}
