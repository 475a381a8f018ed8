//! Reading from a replica, so that the server that is written to has less to do. A replica is asked as long as it is in the
//! very state that this process has in memory and has heard of last: whoever wrote something sees it.

use std::{
    sync::{Mutex, RwLock},
    time::{Duration, Instant},
};

use super::{Inner, StoreError, connection::Connection, engine, locked, read::Reader};
use crate::store::{
    directory::Directory,
    postgres::{Connector, Session},
};

/// A replica that cannot be reached is left alone for so long.
const GONE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Replica {
    /// With which nobody is at work.
    readers: Mutex<Vec<(Reader, Instant)>>,
    /// Until when it is not asked.
    gone_until: Mutex<Option<Instant>>,
}

impl Replica {
    /// Of the settings, if they name one.
    pub fn of(connector: &Connector) -> Option<Self> {
        connector.has_replica().then(Self::default)
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
        let rested = locked(&replica.readers).pop();
        let rested = rested.filter(|(reader, since)| engine::is_still_there(reader.connection(), *since));
        let reader = match rested {
            Some((reader, _)) => Ok(reader),
            None => Session::of_replica(&server.connector)
                .and_then(|session| Reader::new(Connection::Server(session), self.memory.clone())),
        };
        let done = reader.and_then(|mut reader| {
            let done = match reader.begin_on_replica()? {
                true => Some(work(&mut reader, &self.directory)),
                false => None,
            };
            if engine::is_idle(reader.connection()) {
                locked(&replica.readers).push((reader, Instant::now()));
            }
            Ok(done)
        });
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
