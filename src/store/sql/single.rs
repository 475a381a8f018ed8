//! One record, by its public name, and its versions.

use std::sync::RwLock;

use super::{
    StoreError,
    connection::{Optional as _, params},
    entries::{COLUMNS, RawEntry, source, tables},
    ledger,
    read::Reader,
};
use crate::{
    audit::RecordId,
    store::{Entry, MOST_VERSIONS, Version, directory::Directory},
};

impl Reader {
    pub fn find(
        &mut self,
        id: &RecordId,
        directory: &RwLock<Directory>,
    ) -> Result<Option<Entry>, StoreError> {
        let (key, ordinal) = id.event();
        let sql = format!(
            "SELECT {COLUMNS} {} WHERE r.event_key = ?1 AND r.ordinal = ?2 ORDER BY r.account LIMIT 1",
            tables(&self.connection)
        );
        let raw = self
            .connection
            .prepare_cached(&sql)?
            .query_row(params![key.0, ordinal], RawEntry::read)
            .optional()?;
        raw.map(|e| e.unpack(&self.connection, &mut self.unpacker, &self.accounts, directory))
            .transpose()
    }

    /// The number of the record that a name means: of the oldest account where there are several.
    fn record(&self, id: &RecordId) -> Result<Option<(i64, i64)>, StoreError> {
        let (key, ordinal) = id.event();
        Ok(self
            .connection
            .prepare_cached(
                "SELECT id, version FROM record WHERE event_key = ?1 AND ordinal = ?2 ORDER BY account LIMIT 1",
            )?
            .query_row(params![key.0, ordinal], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    pub fn versions(&self, id: &RecordId) -> Result<Vec<Version>, StoreError> {
        let Some((record, shown)) = self.record(id)? else {
            return Ok(Vec::new());
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, source, archived_at FROM version WHERE record = ?1 ORDER BY seq LIMIT ?2",
        )?;
        let rows = statement.query_map([record, i64::from(MOST_VERSIONS)], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?))
        })?;
        (1..)
            .zip(rows)
            .map(|(number, row)| {
                let (seq, from, archived_at) = row?;
                Ok(Version {
                    number,
                    source: source(from),
                    archived_at: ledger::moment(archived_at),
                    is_shown: seq == shown,
                })
            })
            .collect()
    }

    pub fn version(
        &mut self,
        id: &RecordId,
        number: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Option<Entry>, StoreError> {
        let (Some((record, _)), Some(skipped)) = (self.record(id)?, number.checked_sub(1)) else {
            return Ok(None);
        };
        let seq: Option<i64> = self
            .connection
            .prepare_cached("SELECT seq FROM version WHERE record = ?1 ORDER BY seq LIMIT 1 OFFSET ?2")?
            .query_row([record, i64::from(skipped)], |row| row.get(0))
            .optional()?;
        let Some(seq) = seq else {
            return Ok(None);
        };
        // All that a version says of itself, in the place of what the record says of its newest.
        let raw = self
            .connection
            .prepare_cached(
                "SELECT r.event_key, r.ordinal, r.account, r.ticks, r.customer, r.versions, v.source,
                   v.archived_at, v.dictionary, v.document, (SELECT file FROM import WHERE id = v.import)
                 FROM version v JOIN record r ON r.id = v.record WHERE v.seq = ?1",
            )?
            .query_row([seq], RawEntry::read)?;
        let mut entry = raw.unpack(&self.connection, &mut self.unpacker, &self.accounts, directory)?;
        entry.ticks = entry.record.ticks.unwrap_or(entry.ticks);
        // The address is the record's, also where a version writes its id in another way.
        entry.id = id.clone();
        Ok(Some(entry))
    }
}
