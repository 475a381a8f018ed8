//! Makes anew what is derived from the versions: everything in `record` but its identity, the texts it is filtered by,
//! and the names of customers. `version` is read only. What already fits is not written.

use std::path::Path;

use rusqlite::OpenFlags;

use super::{
    StoreError,
    connection::{Connection, Optional as _, Writes, params},
    documents::{self, Unpacker},
    index, terms,
    verify::{Newest, RECORDS, RecordRow, Terms, VERSIONS},
};
use crate::{
    audit::{RecordId, identity::EventKey},
    store::{
        Overseer, Stage,
        directory::{Kind, term_text},
        sqlite::file,
    },
};

/// So many records are looked through in one transaction: others write between any two.
const BATCH: usize = 1_000;

/// What was made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    pub records: u64,
    /// Records whose newest version cannot be read: they stay as they are.
    pub unreadable: u64,
}

/// Repairs the archive of that path; nobody else may have it open, because what others know of it would be wrong
/// afterwards. `None` when it was stopped: what was done stays done.
///
/// # Errors
/// When the archive is damaged, in use, of another version, or none.
pub fn repair(path: &Path, overseer: &Overseer) -> Result<Option<Repaired>, StoreError> {
    let path = file::resolved(path);
    file::is_up_to_date(&file::open_to_read(&path)?)?;
    let _turn = file::take_turn(&path)?;
    let _alone = file::in_nobodys_use(&path)?;
    let archive = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    file::quick_check(&archive, || false)?;
    let connection = Connection::from(archive);
    // An index that has lost its table is made anew from it.
    overseer.tell(Stage::Checking, 0, 0);
    connection.execute_batch("REINDEX")?;
    let total: i64 = connection.query_row("SELECT count(*) FROM record", (), |row| row.get(0))?;
    let total = u64::try_from(total).unwrap_or_default();
    let mut unpacker = Unpacker::new()?;
    let (mut repaired, mut seen, mut last) = (Repaired::default(), 0, 0);
    loop {
        overseer.tell(Stage::Repairing, seen, total);
        if overseer.stops() {
            return Ok(None);
        }
        let transaction = connection.transaction(Writes::Archive)?;
        let rows = {
            let mut statement = transaction.prepare_cached(RECORDS)?;
            let rows = statement.query_map([last], RecordRow::read)?;
            rows.take(BATCH).collect::<Result<Vec<_>, _>>()?
        };
        let Some(end) = rows.last() else {
            break;
        };
        last = end.id;
        for row in &rows {
            seen += 1;
            match one(&transaction, &mut unpacker, row)? {
                Looked::Fits => {}
                Looked::Repaired => repaired.records += 1,
                Looked::Unreadable => repaired.unreadable += 1,
            }
        }
        transaction.commit()?;
    }
    repaired.records += ties(&connection, &mut unpacker, overseer)?;
    // The index is made of the documents, too: whoever serves the archive next fills it again.
    index::clear(&connection)?;
    Ok(Some(repaired))
}

enum Looked {
    Fits,
    Repaired,
    Unreadable,
}

fn one(transaction: &Connection, unpacker: &mut Unpacker, row: &RecordRow) -> Result<Looked, StoreError> {
    let (mut newest, mut versions) = (Newest::default(), 0);
    {
        let mut statement = transaction.prepare_cached(VERSIONS)?;
        let mut rows = statement.query([row.id])?;
        while let Some(version) = rows.next()? {
            newest.arrived(version.get(0)?, version.get(2)?);
            versions += 1;
        }
    }
    let (version, source) = match newest.may_be(row.version, row.source) {
        true => (row.version, row.source),
        false => match newest.likely() {
            Some(likely) => likely,
            None => return Ok(Looked::Unreadable),
        },
    };
    let Some(document) = documents::of_version(transaction, unpacker, version)? else {
        return Ok(Looked::Unreadable);
    };
    if EventKey::of(&document) != row.key {
        return Ok(Looked::Unreadable);
    }
    let term = |kind, text: Option<&str>| {
        text.map(|text| terms::number_of(transaction, kind, &term_text(kind, text)))
            .transpose()
    };
    let terms = Terms {
        customer: term(Kind::Customer, document.customer_id.as_deref())?,
        customer_name: term(Kind::CustomerName, document.customer_name.as_deref())?,
        user: term(Kind::User, document.user_principal_name.as_deref())?,
        application: term(Kind::Application, document.application_id.as_deref())?,
        operation: term(Kind::Operation, Some(&document.operation_type.0))?,
        resource: term(Kind::Resource, Some(&document.resource_type.0))?,
        status: term(Kind::Status, Some(&document.operation_status.0))?,
        // Made anew with the index.
        changed: row.terms.changed,
    };
    let ticks = document.ticks.map_or(row.ticks, |ticks| ticks.0);
    let mut changed = name(transaction, &terms, ticks)?;
    if (version, source, versions, ticks) != (row.version, row.source, row.versions, row.ticks)
        || terms != row.terms
    {
        transaction
            .prepare_cached(
                "UPDATE record SET version = ?2, versions = ?3, ticks = ?4, customer = ?5, customer_name = ?6, \"user\" = ?7,
                   application = ?8, operation = ?9, resource = ?10, status = ?11, source = ?12 WHERE id = ?1",
            )?
            .execute(params![
                row.id,
                version,
                versions,
                ticks,
                terms.customer,
                terms.customer_name,
                terms.user,
                terms.application,
                terms.operation,
                terms.resource,
                terms.status,
                source,
            ])?;
        changed = true;
    }
    Ok(if changed { Looked::Repaired } else { Looked::Fits })
}

/// Notes under which name a customer appeared, if that is not known; whether it was not.
fn name(transaction: &Connection, terms: &Terms, ticks: i64) -> Result<bool, StoreError> {
    let Some(name) = terms.customer_name else {
        return Ok(false);
    };
    const DAY: i64 = 864_000_000_000;
    let customer = terms.customer.unwrap_or(0);
    let seen: Option<i64> = transaction
        .prepare_cached("SELECT last_ticks FROM customer_name WHERE customer = ?1 AND name = ?2")?
        .query_row([customer, name], |row| row.get(0))
        .optional()?;
    if seen.is_some_and(|seen| seen.div_euclid(DAY) >= ticks.div_euclid(DAY)) {
        return Ok(false);
    }
    transaction
        .prepare_cached(
            "INSERT INTO customer_name (customer, name, last_ticks, changed)
             VALUES (?1, ?2, ?3, (SELECT coalesce(max(changed), 0) + 1 FROM customer_name))
             ON CONFLICT (customer, name) DO UPDATE SET last_ticks = excluded.last_ticks, changed = excluded.changed",
        )?
        .execute([customer, name, ticks])?;
    Ok(true)
}

/// Orders the records of each moment by record id, where they are not; tells how many were moved.
fn ties(connection: &Connection, unpacker: &mut Unpacker, overseer: &Overseer) -> Result<u64, StoreError> {
    let (mut moved, mut last) = (0, i64::MIN);
    while !overseer.stops() {
        let transaction = connection.transaction(Writes::Archive)?;
        let moments: Vec<i64> = transaction
            .prepare_cached(
                "SELECT ticks FROM record WHERE ticks > ?1 GROUP BY ticks HAVING count(*) > 1 LIMIT 1000",
            )?
            .query_map([last], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let Some(end) = moments.last() else {
            break;
        };
        last = *end;
        for ticks in moments {
            moved += ties_of(&transaction, unpacker, ticks)?;
        }
        transaction.commit()?;
    }
    Ok(moved)
}

fn ties_of(transaction: &Connection, unpacker: &mut Unpacker, ticks: i64) -> Result<u64, StoreError> {
    let rows: Vec<(i64, [u8; 16], u32, i64, i64)> = transaction
        .prepare_cached("SELECT id, event_key, ordinal, version, tie FROM record WHERE ticks = ?1")?
        .query_map([ticks], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut named = Vec::with_capacity(rows.len());
    for (id, key, ordinal, version, tie) in rows {
        let given = documents::of_version(transaction, unpacker, version)?.and_then(|d| d.given_id);
        named.push((RecordId::new(given.as_deref(), &EventKey(key), ordinal), id, tie));
    }
    named.sort();
    if named.is_sorted_by(|a, b| a.2 < b.2) {
        return Ok(0);
    }
    let mut moved = 0;
    for (place, (_, id, _)) in named.iter().enumerate() {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        moved += transaction
            .prepare_cached("UPDATE record SET tie = ?2 WHERE id = ?1 AND tie <> ?2")?
            .execute([*id, place])? as u64;
    }
    Ok(moved)
}
