//! The order of records of one date: by their record id, whenever they came.

use super::{
    super::{connection::params, documents},
    Appending,
};
use crate::{
    audit::{RecordId, identity::EventKey},
    store::StoreError,
};

/// Dates that are looked at together. A way to a server and back costs more than most of them.
const DATES: usize = 64;
const DATES_OF_A_SERVER: usize = 2_048;

impl Appending<'_, '_> {
    /// Numbers the records of each date that was touched by their record id: once for a batch, because it reads
    /// every document of the date.
    pub(super) fn settle_ties(&mut self) -> Result<(), StoreError> {
        let dates: Vec<i64> = std::mem::take(&mut self.dates).into_iter().collect();
        let together = match self.transaction.file() {
            Some(_) => DATES,
            None => DATES_OF_A_SERVER,
        };
        for dates in dates.chunks(together) {
            for ticks in self.shared(dates)? {
                self.settle_ties_of(ticks)?;
            }
        }
        Ok(())
    }

    /// Which of these dates, ascending, more than one record may have. New records mostly lie side by side: one look at
    /// all between the first and the last date is cheaper than one for each, unless there is much else between.
    fn shared(&self, dates: &[i64]) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT ticks FROM record WHERE ticks BETWEEN ?1 AND ?2 ORDER BY ticks LIMIT ?3",
        )?;
        let most = dates.len() * 2;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![dates.first(), dates.last(), limit])?;
        let (mut before, mut shared, mut seen) = (None, Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let ticks: i64 = row.get(0)?;
            seen += 1;
            if before == Some(ticks) && shared.last() != Some(&ticks) {
                shared.push(ticks);
            }
            before = Some(ticks);
        }
        if seen == most {
            return match self.transaction.file() {
                Some(_) => Ok(dates.to_vec()),
                None => self.shared_one_by_one(dates),
            };
        }
        shared.retain(|ticks| dates.binary_search(ticks).is_ok());
        Ok(shared)
    }

    fn shared_one_by_one(&self, dates: &[i64]) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT k.ticks FROM unnest(CAST(CAST(?1 AS TEXT) AS BIGINT[])) AS k (ticks),
               LATERAL (SELECT 1 FROM record WHERE record.ticks = k.ticks OFFSET 1 LIMIT 1) second ORDER BY 1",
        )?;
        let listed = self.transaction.list(dates.iter().copied());
        let shared = statement.query_map([listed], |row| row.get(0))?;
        Ok(shared.collect::<Result<_, _>>()?)
    }

    fn settle_ties_of(&mut self, ticks: i64) -> Result<(), StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT id FROM record WHERE ticks = ?1")?;
        let equal: Vec<i64> = statement
            .query_map([ticks], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if equal.len() < 2 {
            return Ok(());
        }
        let mut statement = self
            .transaction
            .prepare_cached("SELECT event_key, ordinal FROM record WHERE id = ?1")?;
        let mut named = Vec::with_capacity(equal.len());
        for id in equal {
            let (key, ordinal): ([u8; 16], u32) =
                statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            // What cannot be read any more is ordered as what has no id of its own.
            let given =
                documents::newest(&self.transaction, self.unpacker, id)?.and_then(|record| record.given_id);
            named.push((RecordId::new(given.as_deref(), &EventKey(key), ordinal), id));
        }
        named.sort();
        let mut update = self
            .transaction
            .prepare_cached("UPDATE record SET tie = ?2 WHERE id = ?1 AND ticks = ?3 AND tie <> ?2")?;
        for (tie, (_, id)) in named.iter().enumerate() {
            let moved = update.execute(params![id, i64::try_from(tie).unwrap_or(i64::MAX), ticks])?;
            if moved > 0 && *id < self.first_new {
                self.amended(*id)?;
            }
        }
        Ok(())
    }
}
