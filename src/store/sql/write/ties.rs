//! The order of records of one date: by their record id, whenever they came.

use std::collections::HashMap;

use super::{
    super::{connection::params, dated::Dated, documents},
    Appending,
};
use crate::{
    audit::{RecordId, identity::EventKey},
    store::StoreError,
};

/// Dates that are looked at together. A way to a server and back costs more than most of them.
const DATES: usize = 64;
const DATES_OF_A_SERVER: usize = 2_048;
/// Documents of one date that are asked for together.
const DOCUMENTS: usize = 64;

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
        let equal: Vec<(i64, EventKey, u32)> = self
            .transaction
            .prepare_cached("SELECT id, event_key, ordinal FROM record WHERE ticks = ?1")?
            .query_map([ticks], |row| {
                Ok((row.get(0)?, EventKey(row.get(1)?), row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        if equal.len() < 2 {
            return Ok(());
        }
        let mut named = Vec::with_capacity(equal.len());
        for some in equal.chunks(DOCUMENTS) {
            let mut given = self.given_ids(some.iter().map(|(id, ..)| *id), ticks)?;
            named.extend(some.iter().map(|(id, key, ordinal)| {
                // What cannot be read any more is ordered as what has no id of its own.
                let given = given.remove(id);
                (RecordId::new(given.as_deref(), key, *ordinal), *id)
            }));
        }
        named.sort();
        let mut moved = self.place(&named, ticks)?;
        moved.retain(|id| *id < self.first_new);
        self.amended(&moved)
    }

    /// The ids that records of a date have of their own.
    fn given_ids(
        &mut self,
        records: impl Iterator<Item = i64>,
        ticks: i64,
    ) -> Result<HashMap<i64, String>, StoreError> {
        let mut given = HashMap::new();
        match self.transaction.file() {
            Some(_) => {
                for id in records {
                    let record = documents::newest(&self.transaction, self.unpacker, id)?;
                    given.extend(record.and_then(|record| record.given_id).map(|given| (id, given)));
                }
            }
            None => {
                let dated: Vec<Dated> = records.map(|id| Dated::at(id, ticks)).collect();
                documents::each_newest(&self.transaction, self.unpacker, &dated, |id, record| {
                    given.extend(record.given_id.map(|given| (id, given)));
                })?;
            }
        }
        Ok(given)
    }

    /// Gives records of a date their places; says which of them had others.
    fn place(&self, named: &[(RecordId, i64)], ticks: i64) -> Result<Vec<i64>, StoreError> {
        let places = (0_i64..).zip(named);
        if self.transaction.file().is_some() {
            let mut moved = Vec::new();
            let mut update = self
                .transaction
                .prepare_cached("UPDATE record SET tie = ?2 WHERE id = ?1 AND ticks = ?3 AND tie <> ?2")?;
            for (tie, (_, id)) in places {
                if update.execute([*id, tie, ticks])? > 0 {
                    moved.push(*id);
                }
            }
            return Ok(moved);
        }
        let numbers = self.transaction.list(named.iter().map(|(_, id)| *id));
        let ties = self.transaction.list(places.map(|(tie, _)| tie));
        let mut update = self.transaction.prepare_cached(
            "UPDATE record SET tie = k.tie
             FROM unnest(CAST(CAST(?1 AS TEXT) AS BIGINT[]), CAST(CAST(?2 AS TEXT) AS BIGINT[])) AS k (id, tie)
             WHERE record.id = k.id AND record.ticks = ?3 AND record.tie <> k.tie RETURNING record.id",
        )?;
        let moved = update.query_map(params![numbers, ties, ticks], |row| row.get(0))?;
        Ok(moved.collect::<Result<_, _>>()?)
    }
}
