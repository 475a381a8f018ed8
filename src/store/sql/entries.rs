//! Records as they lie in the file.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use super::connection::{Connection, Row};

use super::{StoreError, documents::Unpacker, ledger};
use crate::{
    audit::{AuditRecord, RecordId, Ticks, identity::EventKey},
    store::{Account, Entry, Source, directory::Directory},
};

/// What a [`RawEntry`] is read from.
pub const COLUMNS: &str = "r.event_key, r.ordinal, r.account, r.ticks, r.customer, r.versions, r.source,
    v.archived_at, v.dictionary, v.document, (SELECT file FROM import WHERE id = v.import)";
pub const COLUMNS_COUNT: usize = 11;

/// Where they come from.
pub fn tables(connection: &Connection) -> String {
    format!("FROM record r {}", connection.newest_version())
}

/// Where a record is, and what changes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: i64,
    version: i64,
    versions: i64,
    source: i64,
    pub ticks: i64,
    pub account: i64,
    /// Its place among records of the same date.
    pub tie: i64,
}

impl Place {
    /// What one is read from.
    pub const COLUMNS: &str = "r.id, r.version, r.versions, r.source, r.ticks, r.account, r.tie";
    pub const COLUMNS_COUNT: usize = 7;

    pub fn read(row: &Row<'_>) -> super::connection::Result<Self> {
        Self::read_from(row, 0)
    }

    /// Reads one that begins at that column of a row.
    pub fn read_from(row: &Row<'_>, at: usize) -> super::connection::Result<Self> {
        Ok(Self {
            id: row.get(at)?,
            version: row.get(at + 1)?,
            versions: row.get(at + 2)?,
            source: row.get(at + 3)?,
            ticks: row.get(at + 4)?,
            account: row.get(at + 5)?,
            tie: row.get(at + 6)?,
        })
    }
}

/// A row as it lies in the file.
pub struct RawEntry {
    key: EventKey,
    ordinal: u32,
    account: i64,
    ticks: i64,
    customer: Option<i64>,
    versions: u32,
    source: i64,
    archived_at: i64,
    dictionary: Option<i64>,
    document: Vec<u8>,
    file: Option<String>,
}

impl RawEntry {
    pub fn read(row: &Row<'_>) -> super::connection::Result<Self> {
        Ok(Self {
            key: EventKey(row.get(0)?),
            ordinal: row.get(1)?,
            account: row.get(2)?,
            ticks: row.get(3)?,
            customer: row.get(4)?,
            versions: row.get(5)?,
            source: row.get(6)?,
            archived_at: row.get(7)?,
            dictionary: row.get(8)?,
            document: row.get(9)?,
            file: row.get(10)?,
        })
    }

    pub fn unpack(
        self,
        connection: &Connection,
        unpacker: &mut Unpacker,
        accounts: &HashMap<i64, Arc<Account>>,
        directory: &RwLock<Directory>,
    ) -> Result<Entry, StoreError> {
        let record = AuditRecord::read(unpacker.unpack(connection, self.dictionary, &self.document)?);
        let customer_name = record.customer_name.clone().or_else(|| {
            let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
            directory.name_of(self.customer?).map(|name| name.to_string())
        });
        let account = accounts
            .get(&self.account)
            .cloned()
            .ok_or_else(|| StoreError::Database("a record names an unknown account".into()))?;
        Ok(Entry {
            id: RecordId::new(record.given_id.as_deref(), &self.key, self.ordinal),
            record,
            ticks: Ticks(self.ticks),
            account,
            customer_name,
            source: source(self.source),
            archived_at: ledger::moment(self.archived_at),
            imported_from: self.file,
            versions: self.versions,
        })
    }
}

pub fn source(number: i64) -> Source {
    match number {
        1 => Source::Collected,
        _ => Source::Imported,
    }
}
