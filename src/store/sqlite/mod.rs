//! The archive in one SQLite file: a single writer, a pool of readers, write-ahead log.

mod access;
mod actors;
mod applications;
pub mod backup;
mod bulk;
mod contract;
mod credentials;
mod customers;
mod documents;
mod entries;
mod exports;
mod file;
mod find;
mod following;
mod imports;
mod index;
mod inspect;
mod ledger;
mod loading;
mod memory;
mod overview;
mod read;
mod reading;
mod rekey;
pub mod repair;
mod schedules;
mod sessions;
mod streams;
mod terms;
mod text;
mod tokens;
pub mod verify;
mod views;
mod words;
mod write;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::{HookError, M, Migrations};
use tokio::sync::Semaphore;

pub use inspect::{Inspection, Schema, inspect};
use memory::Memory;

use super::{StoreError, directory::Directory};

/// A handle on the archive; clones share it.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: Box<Path>,
    /// Closed before the writer: only who may write can fold the write-ahead log into the file at the end.
    readers: Mutex<Vec<read::Reader>>,
    /// For short looks, see [`SqliteStore::at_once`].
    watch: Mutex<Connection>,
    writer: Mutex<write::Writer>,
    /// One for each reader at work.
    places: Arc<Semaphore>,
    directory: RwLock<Directory>,
    memory: Arc<Memory>,
    /// Whether somebody reads the archive into memory, or has done so.
    loading: Mutex<bool>,
    /// Whether all of the file was checked when it was opened.
    checked: bool,
    /// What is wrong with the file, once that was noticed: from then on nothing is read from it or written to it.
    damage: OnceLock<String>,
    /// The last to be dropped, after the connections.
    _in_use: file::InUse,
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
                file = %self.path.display(),
                damage,
                "the archive is damaged and not served any more: restore a backup"
            );
        }
        result
    }
}

/// So many readers are at work at once; further reading takes its turn. Each has a connection with its cache, and a
/// hundred of them would neither be faster nor fit into memory.
const READERS: usize = 8;

/// From nothing to the present schema, in order.
fn migrations() -> Vec<M<'static>> {
    vec![
        M::up(include_str!("../../../migrations/sqlite/0001_archive.sql")),
        M::up_with_hook(
            include_str!("../../../migrations/sqlite/0002_days.sql"),
            |transaction| rekey::rekey(transaction).map_err(|error| HookError::Hook(error.to_string())),
        ),
        M::up(include_str!("../../../migrations/sqlite/0003_imports.sql")),
        M::up(include_str!("../../../migrations/sqlite/0004_credentials.sql")),
        M::up(include_str!("../../../migrations/sqlite/0005_views.sql")),
        M::up(include_str!("../../../migrations/sqlite/0006_search.sql")),
        M::up(include_str!("../../../migrations/sqlite/0007_applications.sql")),
        M::up(include_str!("../../../migrations/sqlite/0008_access.sql")),
        M::up(include_str!("../../../migrations/sqlite/0009_api_tokens.sql")),
        M::up(include_str!("../../../migrations/sqlite/0010_exports.sql")),
        M::up(include_str!("../../../migrations/sqlite/0011_streams.sql")),
        M::up(include_str!("../../../migrations/sqlite/0012_schedules.sql")),
    ]
}

impl SqliteStore {
    /// Opens the archive of that path, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// When the file cannot be opened, is no archive, or was made by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let path: Box<Path> = file::resolved(path).into();
        blocking(move || {
            let file::Opened {
                mut connection,
                checked,
                in_use,
            } = file::open(&path)?;
            let mut directory = Directory::default();
            following::load_directory(&connection, &mut directory)?;
            applications::follow(&connection, &mut directory)?;
            index::bring_up_to_date(&mut connection)?;
            let memory = Arc::new(Memory::default());
            memory
                .words
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .follow(&connection)?;
            let writer = write::Writer::new(connection, Arc::clone(&memory))?;
            let watch = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            watch.busy_timeout(Duration::ZERO)?;
            Ok(Self(Arc::new(Inner {
                path,
                memory,
                loading: Mutex::default(),
                watch: Mutex::new(watch),
                writer: Mutex::new(writer),
                readers: Mutex::default(),
                places: Arc::new(Semaphore::new(READERS)),
                directory: RwLock::new(directory),
                checked,
                damage: OnceLock::new(),
                _in_use: in_use,
            })))
        })
        .await
    }

    /// Adds some of the records to the index that are not in it yet, the newest first; false when all of them are.
    ///
    /// # Errors
    /// When the archive cannot be read or written.
    pub async fn index_some(&self) -> Result<bool, StoreError> {
        self.write(|w, directory| w.index_some(directory)).await
    }

    /// Whether all of the file was checked when it was opened; of a large one it was only a part.
    pub fn was_checked(&self) -> bool {
        self.0.checked
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
            // Of its own, so that what other connections remember hides nothing.
            let connection = file::connect(&inner.path, OpenFlags::SQLITE_OPEN_READ_ONLY);
            let checked = connection.and_then(|connection| file::quick_check(&connection, stop));
            Ok(inner.noting(checked)? == file::Checked::Sound)
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut write::Writer, &RwLock<Directory>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        blocking(move || {
            inner.refuse_if_damaged()?;
            inner.noting(work(&mut locked(&inner.writer), &inner.directory))
        })
        .await
    }

    /// Writes in a transaction of its own.
    async fn in_one<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write(move |w, _| {
            let transaction = w
                .connection()
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }

    /// Looks something up on this very thread: for what takes microseconds and never waits.
    fn at_once<T>(&self, look: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.0.refuse_if_damaged()?;
        self.0.noting(look(&locked(&self.0.watch)))
    }

    /// As [`SqliteStore::read`], for what is answered from memory.
    async fn read_with_memory<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut read::Reader, &RwLock<Directory>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.warm_up().await?;
        self.read(work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut read::Reader, &RwLock<Directory>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        let place = Arc::clone(&inner.places).acquire_owned().await;
        blocking(move || {
            // Held until the work is done, also when nobody waits for its result any more.
            let _place = place.expect("this semaphore is never closed");
            inner.refuse_if_damaged()?;
            inner.noting(inner.read(work))
        })
        .await
    }
}

/// The number of the last version; 0 for an empty archive.
fn newest_version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM version")?
        .query_row([], |row| row.get(0))?)
}

impl Inner {
    fn read<T>(
        &self,
        work: impl FnOnce(&mut read::Reader, &RwLock<Directory>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = locked(&self.readers).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => read::Reader::new(
                file::connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
                Arc::clone(&self.memory),
            )?,
        };
        reader.begin(&self.directory)?;
        let result = work(&mut reader, &self.directory);
        let ended = reader.end();
        if ended.is_ok() {
            locked(&self.readers).push(reader);
        }
        // What failed first is what is told.
        result.and_then(|result| ended.map(|()| result))
    }
}

/// The number of the last migration: what `user_version` says in an archive of this version.
fn newest_schema() -> i32 {
    i32::try_from(migrations().len()).unwrap_or(i32::MAX)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    Migrations::new(migrations())
        .to_latest(connection)
        .map_err(|error| match error {
            Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => StoreError::Newer,
            Error::RusqliteError { err, .. } => err.into(),
            other => StoreError::Database(other.into()),
        })
}

/// A panic while the lock was held leaves SQLite's own state sound: an unfinished transaction rolls back.
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
