//! Reading from a replica, so that the server that is written to has less to do. A replica is asked as long as it is in the
//! very state that this process has in memory and has heard of last: whoever wrote something sees it.

use std::{
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Inner, StoreError, connection::Connection, engine, locked, memory::Memory, read::Reader};
use crate::store::{
    directory::Directory,
    postgres::{Connector, Session},
};

/// A replica that cannot be reached is left alone for so long.
const GONE: Duration = Duration::from_secs(5);
/// A reader that rested longer is asked whether it is still there before somebody reads with it.
const RESTED: Duration = Duration::from_secs(5);

pub struct Replica {
    connector: Connector,
    /// With which nobody is at work.
    readers: Mutex<Vec<(Reader, Instant)>>,
    /// Until when it is not asked.
    gone_until: Mutex<Option<Instant>>,
    /// Whether a reader is being made ready. Nobody waits for that: there is the other server.
    readying: AtomicBool,
}

impl Replica {
    /// Of the settings, if they name one.
    pub fn of(connector: &Connector) -> Option<Arc<Self>> {
        connector.has_replica().then(|| {
            Arc::new(Self {
                connector: connector.clone(),
                readers: Mutex::default(),
                gone_until: Mutex::default(),
                readying: AtomicBool::default(),
            })
        })
    }

    fn is_gone(&self) -> bool {
        locked(&self.gone_until).is_some_and(|until| Instant::now() < until)
    }

    fn has_gone(&self, error: &StoreError) {
        let mut gone_until = locked(&self.gone_until);
        if gone_until.is_none_or(|until| until < Instant::now()) {
            let cause: &dyn std::error::Error = error;
            tracing::warn!(
                error = cause,
                "the replica cannot be read from: the other server is"
            );
        }
        *gone_until = Some(Instant::now() + GONE);
        locked(&self.readers).clear();
    }

    /// A reader that can be used now; where there is none, one is made ready for whoever comes next.
    fn reader(self: &Arc<Self>, memory: &Arc<Memory>) -> Option<Reader> {
        let rested = {
            let mut readers = locked(&self.readers);
            readers.pop_if(|(_, since)| since.elapsed() < RESTED)
        };
        if rested.is_none() && !self.readying.swap(true, Ordering::AcqRel) {
            let (replica, memory) = (Arc::clone(self), Arc::clone(memory));
            std::thread::spawn(move || {
                match replica.ready(memory) {
                    Ok(reader) => replica.take_back(reader),
                    Err(error) => replica.has_gone(&error),
                }
                replica.readying.store(false, Ordering::Release);
            });
        }
        rested.map(|(reader, _)| reader)
    }

    /// One that rested and is still there, or else a new one.
    fn ready(&self, memory: Arc<Memory>) -> Result<Reader, StoreError> {
        loop {
            let rested = locked(&self.readers).pop();
            match rested {
                Some((reader, _)) if engine::is_there(reader.connection()) => return Ok(reader),
                Some(_) => {}
                None => {
                    let session = Session::of_replica(&self.connector)?;
                    return Reader::new(Connection::Server(session), memory);
                }
            }
        }
    }

    fn take_back(&self, reader: Reader) {
        if engine::is_idle(reader.connection()) {
            locked(&self.readers).push((reader, Instant::now()));
        }
    }
}

impl Inner {
    /// Reads from the replica; `None` where there is none, or it cannot be read from just now.
    pub(super) fn read_from_replica<T>(
        &self,
        work: &impl Fn(&mut Reader, &RwLock<Directory>) -> Result<T, StoreError>,
    ) -> Option<Result<T, StoreError>> {
        let engine::Engine::Server(server) = &self.engine else {
            return None;
        };
        let replica = server.replica.as_ref().filter(|replica| !replica.is_gone())?;
        if server
            .changes
            .pulse()
            .is_none_or(|heard| heard > self.memory.state())
        {
            return None;
        }
        let mut reader = replica.reader(&self.memory)?;
        let done = match reader.begin_on_replica() {
            Ok(true) => Ok(Some(work(&mut reader, &self.directory))),
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        };
        replica.take_back(reader);
        match done {
            // What a replica has against it may be the replica's own: it ends what stands in the way of what it is sent.
            Ok(Some(Err(StoreError::Unavailable(_) | StoreError::Database(_)))) | Ok(None) => None,
            Ok(Some(done)) => Some(done),
            Err(error) => {
                replica.has_gone(&error);
                None
            }
        }
    }
}
