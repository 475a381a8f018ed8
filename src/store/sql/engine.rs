//! What holds an archive: a file of this machine, or a server that several machines share.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rusqlite::OpenFlags;

use super::{StoreError, connection::Connection, locked, places::Places, replica::Replica};
use crate::store::{
    postgres::{COPYING, Changes, Connector, Session, Taken, Upkeep},
    sqlite::file,
};

pub enum Engine {
    File(Box<File>),
    Server(Box<Server>),
}

/// An archive in a file.
pub struct File {
    pub path: Box<Path>,
    /// Whether all of the file was checked when it was opened.
    pub checked: bool,
    pub _in_use: file::InUse,
}

/// An archive on a server.
pub struct Server {
    pub connector: Connector,
    /// Connections for what is short, with which nobody is at work.
    books: Mutex<Vec<(Connection, Instant)>>,
    /// One for each of them at work.
    pub places: Places,
    /// What the server tells of what was written.
    pub changes: Changes,
    pub upkeep: Upkeep,
    pub replica: Option<Arc<Replica>>,
    /// Since when nobody of this process reached it.
    gone_since: Mutex<Option<Instant>>,
}

/// So many readers of a file are at work at once; further reading takes its turn. Each has a connection with its cache, and
/// a hundred of them would neither be faster nor fit into memory.
const READERS: usize = 8;
/// Of the connections to a server, those that do something of their own: writing the archive, listening, and one for reading
/// it into memory at the start and for the upkeep of its tables later.
const OTHERS: usize = 3;
/// A connection that rested longer is asked whether it is still there, before anything depends on it.
const RESTED: Duration = Duration::from_secs(1);
/// A server that cannot be reached, or a connection that is free, is waited for so long before the reader is told.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

impl Engine {
    /// So many read the archive at once.
    pub fn readers(&self) -> usize {
        match self {
            Self::File(_) => READERS,
            Self::Server(server) => {
                let connector = &server.connector;
                (connector.connections() - OTHERS - books(connector)).max(1)
            }
        }
    }

    /// Held while the archive is read into memory: that takes the place of another connection.
    pub fn take_spare(&self) -> Option<Taken> {
        match self {
            Self::File(_) => None,
            Self::Server(server) => Some(server.upkeep.give_way()),
        }
    }

    /// A connection for reading the archive.
    pub fn connect(&self) -> Result<Connection, StoreError> {
        match self {
            Self::File(archive) => Ok(file::connect(&archive.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?.into()),
            Self::Server(server) => server.connect(),
        }
    }

    /// Tries something again for a while that fails because the server is not to be had: until it has been gone for so
    /// long, whoever noticed first.
    pub fn patiently<T>(&self, mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let Self::Server(server) = self else {
            return work();
        };
        loop {
            let done = work();
            let Err(StoreError::Unavailable(_)) = done else {
                *locked(&server.gone_since) = None;
                return done;
            };
            let since = *locked(&server.gone_since).get_or_insert_with(Instant::now);
            if since.elapsed() > PATIENCE {
                return done;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(archive) => archive.path.display().fmt(f),
            Self::Server(server) => server.connector.fmt(f),
        }
    }
}

/// So many at once do something short: a third of what there is.
fn books(connector: &Connector) -> usize {
    ((connector.connections() - OTHERS) / 3).max(1)
}

impl Server {
    pub fn new(connector: Connector, changes: Changes, upkeep: Upkeep) -> Self {
        Self {
            upkeep,
            places: Places::new("books", books(&connector)),
            books: Mutex::default(),
            replica: Replica::of(&connector),
            connector,
            changes,
            gone_since: Mutex::default(),
        }
    }

    pub fn connect(&self) -> Result<Connection, StoreError> {
        Ok(Connection::Server(Session::of(&self.connector)?))
    }

    /// Takes a connection back with which something short was done.
    pub fn take_back(&self, connection: Connection) {
        if is_idle(&connection) {
            locked(&self.books).push((connection, Instant::now()));
        }
    }

    /// Takes notice of what this process wrote to the archive, without waiting to be told.
    pub fn archived(&self, by: &Connection) {
        self.changes.wrote();
        if let Connection::Server(session) = by {
            // What cannot be asked now is heard of later.
            let _ = session.with(|client| self.changes.archived(client));
        }
    }

    /// A connection that is there, for something short that can be asked for again.
    pub fn books(&self) -> Result<Connection, StoreError> {
        self.books_rested(RESTED)
    }

    /// A connection that is there, for something short that cannot: whether a connection that broke off wrote it is not
    /// known.
    pub fn books_to_write(&self) -> Result<Connection, StoreError> {
        self.books_rested(Duration::ZERO)
    }

    /// One that rested longer is asked before.
    fn books_rested(&self, longest: Duration) -> Result<Connection, StoreError> {
        loop {
            let rested = locked(&self.books).pop();
            let Some((connection, since)) = rested else {
                return self.connect();
            };
            if since.elapsed() < longest || is_there(&connection) {
                return Ok(connection);
            }
        }
    }
}

/// Whether a connection that rested since then can be used.
pub fn is_still_there(connection: &Connection, since: Instant) -> bool {
    since.elapsed() < RESTED || is_there(connection)
}

/// Whether a connection is in the state that it was handed out in.
pub fn is_idle(connection: &Connection) -> bool {
    match connection {
        Connection::File(_) => true,
        Connection::Server(session) => session.is_idle(),
    }
}

/// Whether a connection's server answers.
pub fn is_there(connection: &Connection) -> bool {
    match connection {
        Connection::File(_) => true,
        Connection::Server(session) => {
            !session.is_closed() && session.with(|client| client.check_connection()).is_ok()
        }
    }
}

/// Makes sure that nobody is copying the archive.
pub fn refuse_while_copied(session: &Session) -> Result<(), StoreError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Whoever copies has that lock for as long as it takes; here it ends with the statement.
        let free = session
            .with(|client| client.query_one("SELECT pg_try_advisory_xact_lock_shared($1)", &[&COPYING]))?;
        match free.try_get::<_, bool>(0)? {
            true => return Ok(()),
            false if Instant::now() >= deadline => return Err(StoreError::InUse),
            false => std::thread::sleep(PAUSE),
        }
    }
}
