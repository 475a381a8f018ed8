//! The archive in one SQLite file: a single writer, a pool of readers, write-ahead log.

mod documents;
mod imports;
mod ledger;
mod read;
mod reading;
mod sessions;
mod write;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use tokio::sync::Semaphore;

use super::{
    Account, AccountId, Appended, Batch, Count, Customer, Day, Entry, ImportEnd, ImportId, Imports, LastRuns,
    NewImport, Page, PastImport, Reading, Run, Store, StoreError, directory::Directory,
};
use crate::audit::{Cursor, RecordId, Selection, Ticks, selection::FilterKey};

/// A handle on the archive; clones share it.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: Box<Path>,
    writer: Mutex<write::Writer>,
    readers: Mutex<Vec<read::Reader>>,
    /// One for each reader at work.
    places: Arc<Semaphore>,
    directory: RwLock<Directory>,
}

/// So many readers are at work at once; further reading takes its turn. Each has a connection with its cache, and a
/// hundred of them would neither be faster nor fit into memory.
const READERS: usize = 8;

const MIGRATIONS: &[M<'_>] = &[
    M::up(include_str!("../../../migrations/sqlite/0001_archive.sql")),
    M::up(include_str!("../../../migrations/sqlite/0003_imports.sql")),
];

impl SqliteStore {
    /// Opens the archive of that path, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// When the file cannot be opened, is no archive, or was made by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let path: Box<Path> = path.into();
        blocking(move || {
            // One opens at a time: of two that make a new archive at once, SQLite would refuse one as busy.
            let turn = take_turn(&path)?;
            make_private(&path)?;
            let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            // Has an effect on a new file only, and before the first table.
            connection.pragma_update(None, "page_size", 8192)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // A commit that was answered survives a power cut.
            connection.pragma_update(None, "synchronous", "FULL")?;
            migrate(&mut connection)?;
            drop(turn);
            let mut directory = Directory::default();
            read::load_directory(&connection, &mut directory)?;
            let writer = write::Writer::new(connection)?;
            Ok(Self(Arc::new(Inner {
                path,
                writer: Mutex::new(writer),
                readers: Mutex::default(),
                places: Arc::new(Semaphore::new(READERS)),
                directory: RwLock::new(directory),
            })))
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut write::Writer, &RwLock<Directory>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        blocking(move || work(&mut locked(&inner.writer), &inner.directory)).await
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
            let idle = locked(&inner.readers).pop();
            let mut reader = match idle {
                Some(reader) => reader,
                None => read::Reader::new(connect(&inner.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)?,
            };
            reader.refresh(&inner.directory)?;
            let result = work(&mut reader, &inner.directory);
            locked(&inner.readers).push(reader);
            result
        })
        .await
    }
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    Migrations::from_slice(MIGRATIONS)
        .to_latest(connection)
        .map_err(|error| match error {
            Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => StoreError::Newer,
            other => StoreError::Database(other.into()),
        })
}

/// Waits until nobody else opens this archive, and keeps others waiting until the answer is dropped. By a file beside
/// the archive: closing another handle on the archive itself would take SQLite's own locks away from this process.
fn take_turn(path: &Path) -> Result<std::fs::File, StoreError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-opening");
    let open = || {
        let file = owner_only().create(true).open(&beside)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|error: std::io::Error| StoreError::Database(error.into()))
}

/// Makes the file, if there is none, so that nobody else can read it; SQLite gives its companions the same mode.
fn make_private(path: &Path) -> Result<(), StoreError> {
    match owner_only().create_new(true).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::Database(error.into()))
        }
        _ => Ok(()),
    }
}

fn owner_only() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
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

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
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

    async fn append(&self, batch: Batch) -> Result<Appended, StoreError> {
        self.write(move |w, directory| w.append(batch, directory)).await
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

    async fn count(&self, selection: &Selection, at_most: u64) -> Result<Count, StoreError> {
        let selection = selection.clone();
        self.read(move |r, directory| r.count(&selection, at_most, directory))
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

    async fn mark_day(&self, account: AccountId, day: &Day) -> Result<(), StoreError> {
        let day = day.clone();
        self.write(move |w, _| ledger::mark_day(w.connection(), account, &day))
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

    async fn release(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.write(move |w, _| ledger::release(w.connection(), &name, &holder))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|r, _| {
            r.connection()
                .query_row("SELECT 1", [], |_| Ok(()))
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
        self.write(move |w, _| imports::begin(w.connection(), &import)).await
    }

    async fn end_import(&self, id: ImportId, end: &ImportEnd) -> Result<(), StoreError> {
        let end = end.clone();
        self.write(move |w, _| imports::end(w.connection(), id, &end)).await
    }

    async fn imports(&self, limit: u32) -> Result<Vec<PastImport>, StoreError> {
        self.read(move |r, _| imports::last(r.connection(), limit)).await
    }
}
