//! The archive in one SQLite file: a single writer, a pool of readers, write-ahead log.

pub mod backup;
mod credentials;
mod documents;
mod file;
mod find;
mod imports;
mod index;
mod inspect;
mod ledger;
mod memory;
mod overview;
mod read;
mod reading;
mod rekey;
pub mod repair;
mod sessions;
mod text;
pub mod verify;
mod views;
mod words;
mod write;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{HookError, M, Migrations};
use tokio::sync::Semaphore;

pub use inspect::{Inspection, Schema, inspect};
use memory::Memory;

use super::{
    Account, AccountId, Appended, Batch, Count, Customer, Day, DayAttempt, Entry, ImportEnd, ImportId,
    Imports, LastRuns, NewImport, Overview, Page, PastImport, Reading, Run, RunTotals, Store, StoreError,
    Suggestion, Version, directory::Directory,
};
use crate::audit::{Cursor, RecordId, Selection, Ticks, selection::FilterKey};

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
            read::load_directory(&connection, &mut directory)?;
            index::bring_up_to_date(&mut connection)?;
            let memory = Arc::new(Memory::default());
            memory
                .words
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .follow(&connection)?;
            let all_read = memory.load_some(&connection)?;
            let writer = write::Writer::new(connection, Arc::clone(&memory))?;
            let watch = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            watch.busy_timeout(Duration::ZERO)?;
            let store = Self(Arc::new(Inner {
                path,
                memory,
                watch: Mutex::new(watch),
                writer: Mutex::new(writer),
                readers: Mutex::default(),
                places: Arc::new(Semaphore::new(READERS)),
                directory: RwLock::new(directory),
                checked,
                damage: OnceLock::new(),
                _in_use: in_use,
            }));
            if !all_read {
                store.load_behind();
            }
            Ok(store)
        })
        .await
    }

    /// Reads the rest of the archive into memory while it is served.
    fn load_behind(&self) {
        let inner = Arc::downgrade(&self.0);
        let memory = Arc::clone(&self.0.memory);
        let path = self.0.path.clone();
        std::thread::spawn(move || {
            let began = Instant::now();
            let all = || -> Result<bool, StoreError> {
                let connection = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                while inner.strong_count() > 0 {
                    if memory.load_some(&connection)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            };
            match all() {
                Ok(true) => tracing::info!(ms = began.elapsed().as_millis(), "the archive is in memory"),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%error, "the archive cannot be read into memory: filters are slow and nothing is counted");
                }
            }
        });
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

    /// Looks something up on this very thread: for what takes microseconds and never waits.
    fn at_once<T>(&self, look: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.0.refuse_if_damaged()?;
        self.0.noting(look(&locked(&self.0.watch)))
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
        reader.refresh(&self.directory)?;
        let result = work(&mut reader, &self.directory);
        locked(&self.readers).push(reader);
        result
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

#[async_trait]
impl Store for SqliteStore {
    async fn account(&self, tenant_id: &str, name: &str) -> Result<AccountId, StoreError> {
        let (tenant_id, name) = (tenant_id.to_ascii_lowercase(), name.to_owned());
        self.write(move |w, _| ledger::account(w.connection(), &tenant_id, &name))
            .await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(|r, _| ledger::accounts(r.connection())).await
    }

    async fn append_all(&self, batches: Vec<Batch>) -> Result<Vec<Appended>, StoreError> {
        self.write(move |w, directory| w.append(batches, None, directory))
            .await
    }

    async fn page(&self, selection: &Selection, at: Option<&Cursor>, size: u32) -> Result<Page, StoreError> {
        let (selection, at) = (selection.clone(), at.copied());
        self.read(move |r, directory| r.page(&selection, at, size, directory))
            .await
    }

    async fn find(&self, id: &RecordId) -> Result<Option<Entry>, StoreError> {
        let id = id.clone();
        self.read(move |r, directory| r.find(&id, directory)).await
    }

    async fn versions(&self, id: &RecordId) -> Result<Vec<Version>, StoreError> {
        let id = id.clone();
        self.read(move |r, _| r.versions(&id)).await
    }

    async fn version(&self, id: &RecordId, number: u32) -> Result<Option<Entry>, StoreError> {
        let id = id.clone();
        self.read(move |r, directory| r.version(&id, number, directory))
            .await
    }

    fn stamp(&self) -> Result<u64, StoreError> {
        let version: i64 = self.at_once(|connection| {
            Ok(connection
                .prepare_cached("PRAGMA data_version")?
                .query_row([], |row| row.get(0))?)
        })?;
        Ok(version.unsigned_abs())
    }

    async fn newest_number(&self) -> Result<i64, StoreError> {
        self.read(|r, _| r.newest_number()).await
    }

    async fn count_after(
        &self,
        selection: &Selection,
        number: i64,
        at_most: u64,
    ) -> Result<Count, StoreError> {
        let selection = selection.clone();
        self.read(move |r, directory| r.count_after(&selection, number, at_most, directory))
            .await
    }

    async fn count(&self, selection: &Selection, at_most: u64) -> Result<Count, StoreError> {
        let selection = selection.clone();
        self.read(move |r, directory| r.count(&selection, at_most, directory))
            .await
    }

    async fn overview(
        &self,
        selection: &Selection,
        edges: &[Ticks],
        budget: Duration,
    ) -> Result<Overview, StoreError> {
        let (selection, edges) = (selection.clone(), edges.to_vec());
        self.read(move |r, directory| r.overview(&selection, &edges, budget, directory))
            .await
    }

    async fn suggest(&self, key: FilterKey, text: &str, limit: usize) -> Result<Vec<Suggestion>, StoreError> {
        let text = text.to_owned();
        self.read(move |r, directory| Ok(r.suggest(key, &text, limit, directory)))
            .await
    }

    async fn span(&self) -> Result<Option<(Ticks, Ticks)>, StoreError> {
        self.read(|r, _| r.span()).await
    }

    async fn nearest(&self, selection: &Selection) -> Result<Option<Ticks>, StoreError> {
        let selection = selection.clone();
        self.read(move |r, directory| r.nearest(&selection, directory))
            .await
    }

    async fn choices(&self, keys: &[FilterKey], limit: usize) -> Result<Vec<Vec<String>>, StoreError> {
        let keys = keys.to_vec();
        self.read(move |r, directory| Ok(r.choices(&keys, limit, directory)))
            .await
    }

    async fn customer(&self, customer_id: &str) -> Result<Option<Customer>, StoreError> {
        let customer_id = customer_id.to_ascii_lowercase();
        self.read(move |_, directory| Ok(read::customer(&customer_id, directory)))
            .await
    }

    async fn days(
        &self,
        account: AccountId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<Day>, StoreError> {
        self.read(move |r, _| ledger::days(r.connection(), account, first, last))
            .await
    }

    async fn mark_day(&self, account: AccountId, attempt: &DayAttempt) -> Result<Day, StoreError> {
        let attempt = attempt.clone();
        self.write(move |w, _| ledger::mark_day(w.connection(), account, &attempt))
            .await
    }

    async fn record_run(&self, account: AccountId, run: &Run) -> Result<(), StoreError> {
        let run = run.clone();
        self.write(move |w, _| ledger::record_run(w.connection(), account, &run))
            .await
    }

    async fn last_runs(&self, account: AccountId) -> Result<LastRuns, StoreError> {
        self.read(move |r, _| ledger::last_runs(r.connection(), account))
            .await
    }

    async fn runs_after(&self, account: AccountId, number: i64) -> Result<RunTotals, StoreError> {
        self.read(move |r, _| ledger::runs_after(r.connection(), account, number))
            .await
    }

    async fn lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.write(move |w, _| ledger::lease(w.connection(), &name, &holder, now, until))
            .await
    }

    async fn is_leased(&self, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.read(move |r, _| ledger::is_leased(r.connection(), &name, now))
            .await
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.write(move |w, _| ledger::release(w.connection(), &name, &holder))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|r, _| {
            r.connection()
                // The least that has to be read from the file.
                .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
                .map_err(Into::into)
        })
        .await
    }
}

#[async_trait]
impl Imports for SqliteStore {
    async fn reading(&self, import: Option<ImportId>) -> Result<Box<dyn Reading>, StoreError> {
        Ok(Box::new(reading::FileReading::new(self.clone(), import).await?))
    }

    async fn begin_import(&self, import: &NewImport) -> Result<ImportId, StoreError> {
        let import = import.clone();
        self.write(move |w, _| imports::begin(w.connection(), &import))
            .await
    }

    async fn end_import(&self, id: ImportId, end: &ImportEnd) -> Result<(), StoreError> {
        let end = end.clone();
        self.write(move |w, _| imports::end(w.connection(), id, &end))
            .await
    }

    async fn imports(&self, limit: u32) -> Result<Vec<PastImport>, StoreError> {
        self.read(move |r, _| imports::last(r.connection(), limit)).await
    }
}
