//! Rows from one archive into another: those that it does not have yet.

use std::collections::{BTreeMap, HashSet};

use super::{
    super::{
        StoreError,
        connection::{Connection, Writes, params},
    },
    CopyError,
    place::End,
    rows::{self, Cell, Cells},
    stream::{Receiving, stream},
    tables::{ALL, Numbers, Table, Way},
    under_way::{self, Noted},
};
use crate::store::{Overseer, PauseReason, Stage};

/// Copies all rows. What an earlier run copied stays where it has not changed since.
pub fn carry(
    source: &mut End,
    target: &Connection,
    noted: &Noted,
    overseer: &Overseer,
) -> Result<(), CopyError> {
    let mut total = 0;
    for table in &ALL {
        total += rows::count(&source.connection, table)?;
    }
    let mut carrying = Carrying {
        target,
        noted,
        overseer,
        months: HashSet::new(),
        done: 0,
        total,
    };
    // The key behind which each table is read.
    let mut there: BTreeMap<&str, i64> = BTreeMap::new();
    for table in ALL.iter().filter(|table| table.way == Way::Archived) {
        there.insert(table.name, rows::highest(target, table)?);
        carrying.done += rows::count(target, table)?;
    }
    let name = source.name.clone();
    let from = &mut source.connection;
    std::thread::scope(|scope| {
        let (sender, receiving) = stream();
        let there = &there;
        scope.spawn(move || sender.send(from, |table| Some(vec![Cell::Int(*there.get(table.name)?)])));
        for table in &ALL {
            carrying.table(table, &receiving).map_err(|error| match error {
                Failed::Reading(error) => CopyError::At(name.clone(), error),
                Failed::Writing(error) => error,
            })?;
        }
        Ok::<(), CopyError>(())
    })?;
    numbers(&source.connection, target)
}

enum Failed {
    Reading(StoreError),
    Writing(CopyError),
}

impl<E: Into<CopyError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Writing(error.into())
    }
}

struct Carrying<'a> {
    target: &'a Connection,
    noted: &'a Noted,
    overseer: &'a Overseer,
    months: HashSet<i64>,
    done: u64,
    total: u64,
}

impl Carrying<'_> {
    fn table(&mut self, table: &Table, receiving: &Receiving) -> Result<(), Failed> {
        if table.way == Way::Whole {
            let transaction = self.target.transaction(Writes::Archive)?;
            transaction.execute(&format!("DELETE FROM {}", table.name), ())?;
            while let Some(mut some) = self.next(receiving)? {
                for row in &mut some {
                    pause(table, row, self.noted.begun_at);
                }
                rows::write(&transaction, table, &some, &mut self.months)?;
            }
            return Ok(transaction.commit()?);
        }
        let highest = rows::highest(self.target, table)?;
        let mut before = 0;
        while let Some(some) = self.next(receiving)? {
            let key = |row: Option<&Cells>| row.and_then(|row| row[0].int()).unwrap_or_default();
            let (first, last) = (key(some.first()), key(some.last()));
            let transaction = self.target.transaction(Writes::Archive)?;
            let changed = match first <= highest && table.way != Way::Archived {
                true => {
                    let there = rows::between(&transaction, table, before, last)?;
                    merge(&transaction, table, there, some, &mut self.months)?
                }
                false => {
                    rows::write(&transaction, table, &some, &mut self.months)?;
                    true
                }
            };
            if changed && ["version", "record"].contains(&table.name) {
                under_way::set_indexing(&transaction, false)?;
            }
            transaction.commit()?;
            before = last;
        }
        Ok(())
    }

    fn next(&mut self, receiving: &Receiving) -> Result<Option<Vec<Cells>>, Failed> {
        self.overseer.tell(Stage::Moving, self.done, self.total);
        if self.overseer.stops() {
            return Err(CopyError::Stopped.into());
        }
        let some = receiving.some().map_err(Failed::Reading)?;
        self.done += some.as_ref().map_or(0, |some| some.len() as u64);
        Ok(some)
    }
}

/// Adds what is not there, and changes what is another by now; false where there is nothing to do.
fn merge(
    target: &Connection,
    table: &Table,
    there: Vec<Cells>,
    some: Vec<Cells>,
    months: &mut HashSet<i64>,
) -> Result<bool, CopyError> {
    let there: BTreeMap<i64, Cells> = there
        .into_iter()
        .filter_map(|row| Some((row[0].int()?, row)))
        .collect();
    let (mut missing, mut changed) = (Vec::new(), false);
    for row in some {
        match row[0].int().and_then(|number| there.get(&number)) {
            None => missing.push(row),
            Some(known) if *known == row => {}
            Some(_) if table.way == Way::Added => {
                let number = row[0].int().unwrap_or_default();
                return Err(CopyError::Unfit(format!(
                    "{} {number} is another one than what was copied: take an empty target",
                    table.name
                )));
            }
            Some(_) => {
                rows::replace(target, table, &row, months)?;
                changed = true;
            }
        }
    }
    rows::write(target, table, &missing, months)?;
    Ok(changed || !missing.is_empty())
}

/// A copy sends and makes nothing by itself: the archive that it is of may still do so.
fn pause(table: &Table, row: &mut Cells, at: i64) {
    let (Some(paused_at), Some(revision)) = (table.place("paused_at"), table.place("revision")) else {
        return;
    };
    if row[paused_at] != Cell::Null {
        return;
    }
    row[paused_at] = Cell::Int(at);
    if let Some(reason) = table.place("pause_reason") {
        row[reason] = Cell::Text(PauseReason::Copied.name().to_owned());
    }
    row[revision] = Cell::Int(row[revision].int().unwrap_or_default() + 1);
}

/// Has numbers go on after the highest that the source gave.
fn numbers(source: &Connection, target: &Connection) -> Result<(), CopyError> {
    let transaction = target.transaction(Writes::Archive)?;
    let (record, version) = source.last_given()?;
    transaction.has_given(record, version)?;
    for table in &ALL {
        let last = last_number(source, table)?;
        if last == 0 {
            continue;
        }
        match (&*transaction, table.numbers) {
            (_, Numbers::None) | (Connection::File(_), Numbers::Highest) => {}
            (Connection::Server(_), Numbers::Head) => {}
            (Connection::File(_), Numbers::Counted | Numbers::Head) => {
                let known = transaction.execute(
                    "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
                    params![table.name, last],
                )?;
                if known == 0 {
                    transaction.execute(
                        "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                        params![table.name, last],
                    )?;
                }
            }
            (Connection::Server(_), Numbers::Counted | Numbers::Highest) => {
                let set = format!(
                    "SELECT setval(pg_get_serial_sequence('{}', 'id'), ?1)",
                    table.name
                );
                transaction.query_row(&set, [last], |_| Ok(()))?;
            }
        }
    }
    Ok(transaction.commit()?)
}

/// The highest number that a table's rows were ever given, as far as anything tells.
pub fn last_number(connection: &Connection, table: &Table) -> Result<i64, StoreError> {
    let given = match (connection, table.numbers) {
        (_, Numbers::None) => return Ok(0),
        (_, Numbers::Head) => {
            let (record, version) = connection.last_given()?;
            if table.name == "record" { record } else { version }
        }
        (Connection::File(_), Numbers::Highest) => 0,
        (Connection::File(_), Numbers::Counted) => connection.query_row(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0)",
            params![table.name],
            |row| row.get(0),
        )?,
        (Connection::Server(_), _) => {
            let last = format!(
                "SELECT coalesce(pg_sequence_last_value(CAST(pg_get_serial_sequence('{}', 'id') AS regclass)), 0)",
                table.name
            );
            connection.query_row(&last, (), |row| row.get(0))?
        }
    };
    Ok(given.max(rows::highest(connection, table)?))
}
