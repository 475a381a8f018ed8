//! The archive in a database: every statement once, for a file and for a server alike.

mod access;
mod actors;
mod adding;
mod applications;
mod asked;
mod bulk;
pub mod connection;
mod contract;
pub mod copy;
mod credentials;
mod customers;
mod dated;
mod dialect;
pub mod documents;
mod engine;
mod entries;
mod exports;
mod expression;
mod find;
pub mod following;
mod history;
mod imports;
pub mod index;
pub mod ledger;
mod loading;
mod memory;
mod overview;
mod places;
mod question;
mod rates;
mod reach;
mod read;
mod reading;
pub mod repair;
mod replica;
mod retention;
mod schedules;
mod sessions;
mod single;
mod streams;
pub mod terms;
mod text;
mod tokens;
pub mod verify;
mod views;
mod words;
mod write;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use connection::{Connection, Row, Writes};
use engine::Engine;
use memory::Memory;
use places::Places;
use question::Question;
use rusqlite::OpenFlags;
use words::Vocabulary;

use super::{
    StoreError,
    directory::Directory,
    postgres::{Changes, Connector, Session, Upkeep, migrations},
    sqlite::file,
};

/// A handle on the archive; clones share it.
#[derive(Clone)]
pub struct SqlStore(Arc<Inner>);

struct Inner {
    /// Closed before the writer, as the readers are: only who may write can fold a file's write-ahead log into it at the end.
    /// For short looks at a file, on whatever thread.
    watch: Option<Mutex<Connection>>,
    readers: Mutex<Vec<(read::Reader, Instant)>>,
    writer: Mutex<write::Writer>,
    /// One for each reader at work.
    places: Places,
    directory: RwLock<Directory>,
    memory: Arc<Memory>,
    /// Whether somebody reads the archive into memory, or has done so.
    loading: Mutex<bool>,
    /// What is wrong with the archive, once that was noticed: from then on nothing is read from it or written to it.
    damage: OnceLock<String>,
    /// The last to be dropped, after the connections.
    engine: Engine,
}

impl Inner {
    fn refuse_if_damaged(&self) -> Result<(), StoreError> {
        match self.damage.get() {
            Some(damage) => Err(StoreError::Damaged(damage.clone())),
            None => Ok(()),
        }
    }

    /// Remembers damage when it shows.
    fn noting<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::Damaged(damage)) = &result
            && self.damage.set(damage.clone()).is_ok()
        {
            tracing::error!(
                archive = %self.engine,
                damage,
                "the archive is damaged and not served any more: restore a backup"
            );
        }
        result
    }
}

impl SqlStore {
    /// Opens the archive in the file of that path, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// When the file cannot be opened, is no archive, or was made by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let path: Box<Path> = file::resolved(path).into();
        blocking(move || {
            let file::Opened {
                connection,
                checked,
                in_use,
            } = file::open(&path)?;
            let watch = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            watch.busy_timeout(Duration::ZERO)?;
            let engine = Engine::File(Box::new(engine::File {
                path,
                checked,
                _in_use: in_use,
            }));
            Self::over(engine, connection.into(), Some(Mutex::new(watch.into())))
        })
        .await
    }

    /// Opens the archive on a server, or makes it where its database is empty.
    ///
    /// # Errors
    /// When the server cannot be reached, its database is no archive, or was made by a newer version.
    pub async fn connect(connector: Connector) -> Result<Self, StoreError> {
        blocking(move || {
            let session = Session::of(&connector)?;
            engine::refuse_while_copied(&session)?;
            migrations::migrate(&session)?;
            let changes = Changes::of(connector.clone())?;
            let upkeep = Upkeep::of(connector.clone())?;
            let engine = Engine::Server(Box::new(engine::Server::new(connector, changes, upkeep)));
            Self::over(engine, Connection::Server(session), None)
        })
        .await
    }

    /// Brings the archive on a server up to date, and gives the roles of those who serve it their rights.
    ///
    /// # Errors
    /// As [`SqlStore::connect`], and when the tables are not ours to change.
    pub async fn migrate(connector: Connector) -> Result<(), StoreError> {
        blocking(move || {
            let session = Session::of(&connector)?;
            engine::refuse_while_copied(&session)?;
            migrations::bring_up_to_date(&session)?;
            let connection = Connection::Server(session);
            copy::refuse_unfinished(&connection)?;
            index::bring_up_to_date(&connection)
        })
        .await
    }

    fn over(
        engine: Engine,
        connection: Connection,
        watch: Option<Mutex<Connection>>,
    ) -> Result<Self, StoreError> {
        copy::refuse_unfinished(&connection)?;
        let mut directory = Directory::default();
        following::load_directory(&connection, &mut directory)?;
        applications::follow(&connection, &mut directory)?;
        index::bring_up_to_date(&connection)?;
        let memory = Arc::new(Memory::default());
        let mut words = Vocabulary::default();
        words.follow(&connection)?;
        memory.begin_anew(connection.timeline(), words);
        let writer = write::Writer::new(connection, Arc::clone(&memory))?;
        Ok(Self(Arc::new(Inner {
            watch,
            memory,
            loading: Mutex::default(),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            places: Places::new("readers", engine.readers()),
            directory: RwLock::new(directory),
            damage: OnceLock::new(),
            engine,
        })))
    }

    /// Adds some of the records to the index that are not in it yet, the newest first; false when all of them are.
    ///
    /// # Errors
    /// When the archive cannot be read or written.
    pub async fn index_some(&self) -> Result<bool, StoreError> {
        self.archive(|w, directory| w.index_some(directory)).await
    }

    /// Whether all of the archive was checked when it was opened; of a large file it was only a part. A server checks its
    /// own files.
    pub fn was_checked(&self) -> bool {
        match &self.0.engine {
            Engine::File(file) => file.checked,
            Engine::Server(_) => true,
        }
    }

    /// Reads all of the file and looks for damage, beside whatever else goes on. False when `stop` said so before the
    /// end.
    ///
    /// # Errors
    /// `Damaged` when something is found: from then on nothing is read from the file or written to it.
    pub async fn check(&self, stop: impl FnMut() -> bool + Send + 'static) -> Result<bool, StoreError> {
        let inner = Arc::clone(&self.0);
        blocking(move || {
            inner.refuse_if_damaged()?;
            let Engine::File(archive) = &inner.engine else {
                return Ok(true);
            };
            // Of its own, so that what other connections remember hides nothing.
            let connection = file::connect(&archive.path, OpenFlags::SQLITE_OPEN_READ_ONLY);
            let checked = connection.and_then(|connection| file::quick_check(&connection, stop));
            Ok(inner.noting(checked)? == file::Checked::Sound)
        })
        .await
    }

    /// Writes to the archive itself.
    async fn archive<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut write::Writer, &RwLock<Directory>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        let written = blocking(move || {
            inner.refuse_if_damaged()?;
            let mut writer = locked(&inner.writer);
            if !engine::is_idle(writer.connection()) || !engine::is_there(writer.connection()) {
                writer.go_on_with(inner.engine.patiently(|| inner.connect())?)?;
            }
            let done = work(&mut writer, &inner.directory);
            if let Engine::Server(server) = &inner.engine {
                server.archived(writer.connection());
                server.upkeep.added(&writer.take_indexed());
            }
            inner.noting(done)
        });
        Question::Append.timed(written).await
    }

    /// Writes what is kept beside the archive.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.books(Question::Books, move |inner| match &inner.engine {
            Engine::File(_) => work(locked(&inner.writer).connection()),
            Engine::Server(server) => {
                // Only reaching the server is tried again: whether what was written is there is not known.
                let connection = inner.engine.patiently(|| server.books_to_write())?;
                let done = work(&connection);
                server.take_back(connection);
                server.changes.wrote();
                done
            }
        })
        .await
    }

    /// Does something short, as many at a time as there are connections for that.
    async fn books<T: Send + 'static>(
        &self,
        question: Question,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        let done = async move {
            let place = match &inner.engine {
                Engine::File(_) => None,
                Engine::Server(server) => Some(server.places.take(question).await?),
            };
            blocking(move || {
                let _place = place;
                inner.refuse_if_damaged()?;
                inner.noting(work(&inner))
            })
            .await
        };
        question.timed(done).await
    }

    /// The same, in a transaction of its own.
    async fn in_one<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write(move |c| {
            let transaction = c.transaction(Writes::Books)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }

    /// Looks up who asks, which takes microseconds and needs nothing of what is in memory.
    async fn look_up<T: Send + 'static>(
        &self,
        look: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Some(watch) = &self.0.watch {
            self.0.refuse_if_damaged()?;
            // A look at one row takes less than handing it to another thread.
            let found = Question::SignIn.timed(async { look(&locked(watch)) }).await;
            return match self.0.noting(found) {
                Err(StoreError::Busy(_)) => {
                    self.read(Question::SignIn, move |r, _| look(r.connection()))
                        .await
                }
                found => found,
            };
        }
        self.books(Question::SignIn, move |inner| match &inner.engine {
            Engine::File(_) => look(locked(&inner.writer).connection()),
            Engine::Server(server) => inner.engine.patiently(|| {
                let connection = server.books()?;
                let found = look(&connection);
                server.take_back(connection);
                found
            }),
        })
        .await
    }

    /// As [`SqlStore::read`], for what is answered from memory.
    async fn read_with_memory<T: Send + 'static>(
        &self,
        question: Question,
        work: impl Fn(&mut read::Reader, &RwLock<Directory>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.warm_up().await?;
        self.read(question, work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        question: Question,
        work: impl Fn(&mut read::Reader, &RwLock<Directory>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        let done = async move {
            let place = inner.places.take(question).await?;
            blocking(move || {
                // Held until the work is done, also when nobody waits for its result any more.
                let _place = place;
                inner.refuse_if_damaged()?;
                inner.noting(inner.read(work))
            })
            .await
        };
        question.timed(done).await
    }
}

impl Inner {
    fn stamp(&self) -> Result<u64, StoreError> {
        self.refuse_if_damaged()?;
        if let Engine::Server(server) = &self.engine {
            return Ok(server.changes.stamp());
        }
        let version: i64 = self.watched("PRAGMA data_version", |row| row.get(0))?;
        Ok(version.unsigned_abs())
    }

    /// A short look at a file.
    fn watched<T>(
        &self,
        sql: &str,
        read: impl FnOnce(&Row<'_>) -> connection::Result<T>,
    ) -> Result<T, StoreError> {
        let found = match &self.watch {
            Some(watch) => locked(watch).query_row(sql, (), read),
            None => locked(&self.writer).connection().query_row(sql, (), read),
        };
        self.noting(found.map_err(StoreError::from))
    }

    fn records_stamp(&self) -> Result<[i64; 2], StoreError> {
        self.refuse_if_damaged()?;
        if let Engine::Server(server) = &self.engine {
            return Ok(server.changes.records());
        }
        self.watched(
            "SELECT coalesce((SELECT max(seq) FROM version), 0), coalesce((SELECT max(id) FROM amendment), 0)
               + coalesce((SELECT max(changed) FROM application_name), 0)",
            |row| Ok([row.get(0)?, row.get(1)?]),
        )
    }

    /// Reads, again where the server was lost meanwhile.
    fn read<T>(
        &self,
        work: impl Fn(&mut read::Reader, &RwLock<Directory>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(done) = self.read_from_replica(&work) {
            return done;
        }
        self.engine.patiently(|| {
            let mut reader = self.reader()?;
            let result = work(&mut reader, &self.directory);
            let ended = reader.end();
            if ended.is_ok() && engine::is_idle(reader.connection()) {
                locked(&self.readers).push((reader, Instant::now()));
            }
            // What failed first is what is told.
            result.and_then(|result| ended.map(|()| result))
        })
    }

    /// A reader that has begun. One that rested may have lost its server meanwhile, and then there are others.
    fn reader(&self) -> Result<read::Reader, StoreError> {
        loop {
            let rested = locked(&self.readers).pop();
            let (mut reader, is_new) = match rested {
                Some((reader, since)) if engine::is_still_there(reader.connection(), since) => {
                    (reader, false)
                }
                Some(_) => continue,
                None => {
                    let connection = self.connect()?;
                    (read::Reader::new(connection, Arc::clone(&self.memory))?, true)
                }
            };
            match reader.begin(&self.directory) {
                Ok(()) => return Ok(reader),
                Err(StoreError::Unavailable(_)) if !is_new => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A panic while the lock was held leaves the database's own state sound: an unfinished transaction rolls back.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(StoreError::Database(e.into())))
}
