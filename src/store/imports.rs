//! Files on their way into the archive: what a reading of one needs, and the list of those that were read.
//!
//! Knows nothing of what is in a file; `collect::import` does.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{AccountId, Appended, Batch, KeptFrom, StoreError};
use crate::audit::{Ticks, identity::EventKey};

/// The archive's number of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImportId(pub i64);

/// An import that begins.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// The file's name as given; only its beginning is kept.
    pub file: String,
    /// The format's name, as in the contract.
    pub format: String,
    /// In bytes.
    pub size: u64,
    pub started_at: DateTime<Utc>,
    /// Who imports, for display.
    pub imported_by: String,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    pub read: u64,
    pub appended: Appended,
    pub rejected: u64,
}

/// How an import ended.
#[derive(Clone, Debug)]
pub struct ImportEnd {
    pub ended_at: DateTime<Utc>,
    /// Of the whole file; nothing where it was not read to its end.
    pub sha256: Option<[u8; 32]>,
    pub counts: ImportCounts,
}

/// An import of the past, or one that goes on.
#[derive(Clone, Debug)]
pub struct PastImport {
    pub id: ImportId,
    pub file: String,
    pub format: String,
    pub size: u64,
    pub sha256: Option<[u8; 32]>,
    pub imported_by: String,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether the file was read to its end.
    pub finished: bool,
    pub counts: ImportCounts,
}

/// What a row of a list without ids says of an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The time that the row's date may mean, as precise as it is: half open.
    pub from: Ticks,
    pub until: Ticks,
    pub customer: String,
    pub user: String,
    /// The wire's name where it is known, else the row's words.
    pub action: String,
}

/// How many records were not archived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotTaken {
    /// Records without ids, of which the file shows more equal ones than can be told apart.
    pub too_many_equal: u64,
    /// Older than what the archive keeps.
    pub too_old: u64,
}

/// One file on its way into the archive, or only looked at. Remembers what the file showed, however much it is, without
/// holding it in memory.
#[async_trait]
pub trait Reading: Send {
    /// The account of that tenant; a new one gets the tenant's id for a name. A reading that only looks makes none.
    async fn account(&mut self, tenant_id: &str) -> Result<AccountId, StoreError>;

    /// Archives batches together, or says what archiving them would change, as [`super::Store::append_all`] would; what the
    /// file showed before is known here, whatever the batches say about it. Each is of another account.
    async fn append(&mut self, batches: Vec<Batch>) -> Result<(Appended, NotTaken), StoreError>;

    /// From when on the archive keeps what it has.
    async fn kept_from(&mut self) -> Result<Option<KeptFrom>, StoreError>;

    /// Which of these records (event key, and which of equal ones) there are. Those count as shown by the file.
    async fn has(&mut self, account: AccountId, names: Vec<(EventKey, u32)>)
    -> Result<Vec<bool>, StoreError>;

    /// For each sighting, the event keys of the records that look like it and were there before this file.
    async fn alike(
        &mut self,
        account: AccountId,
        sightings: Vec<Sighting>,
    ) -> Result<Vec<Vec<EventKey>>, StoreError>;

    /// How often each key was asked for before in this reading.
    async fn times_asked(&mut self, keys: Vec<EventKey>) -> Result<Vec<u32>, StoreError>;
}

/// The archive as far as files are concerned.
#[async_trait]
pub trait Imports: Send + Sync + 'static {
    /// Begins to read a file: into the archive as that import, or only to see what it would change.
    async fn reading(&self, import: Option<ImportId>) -> Result<Box<dyn Reading>, StoreError>;

    /// Writes down that an import began.
    async fn begin_import(&self, import: &NewImport) -> Result<ImportId, StoreError>;

    /// Writes down how an import ended. With its hash it counts as finished.
    async fn end_import(&self, id: ImportId, end: &ImportEnd) -> Result<(), StoreError>;

    /// The last imports, newest first, at most so many.
    async fn imports(&self, limit: u32) -> Result<Vec<PastImport>, StoreError>;
}
