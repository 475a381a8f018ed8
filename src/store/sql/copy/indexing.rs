//! The search index of a copy, made from its documents, newest first, as one that is made behind the scenes.

use std::{collections::HashMap, num::NonZero, thread};

use super::{
    super::{
        StoreError,
        connection::{self, Connection, Writes},
        documents::Unpacker,
        index::{self, Prepared},
    },
    CopyError, rows, under_way,
};
use crate::{
    audit::{AuditRecord, search::Tokens},
    store::{Overseer, Stage},
};

/// So many records go into the index in one transaction.
const BATCH: usize = 500;

/// Makes the index of whatever the source has in its own, unless its rules are of another version: then the first who serves
/// the copy makes it.
pub fn make(source: &Connection, target: &Connection, overseer: &Overseer) -> Result<(), CopyError> {
    if under_way::noted(target)?.is_none_or(|noted| !noted.indexing) {
        let transaction = target.transaction(Writes::Archive)?;
        index::clear(&transaction)?;
        under_way::set_indexing(&transaction, true)?;
        transaction.commit()?;
    }
    let (until, rules): (i64, i64) =
        source.query_row("SELECT indexed_from, rules FROM search_state", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if rules != index::RULES {
        return Ok(());
    }
    if let Connection::Server(_) = target {
        // Else it knows nothing of rows that came a moment ago, and might look at all of them again and again.
        target.execute_batch("ANALYZE record, version, term, word")?;
    }
    let last = target.last_given()?.0;
    let mut unpacker = Unpacker::new()?;
    let mut from = index::indexed_from(target)?;
    while from > until {
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        overseer.tell(Stage::Indexing, count(last + 1 - from), count(last + 1 - until));
        if overseer.stops() {
            return Err(CopyError::Stopped);
        }
        let transaction = target.transaction(Writes::Archive)?;
        from = some(&transaction, &mut unpacker, until, from)?;
        index::set_indexed_from(&transaction, from)?;
        transaction.commit()?;
    }
    Ok(())
}

/// A record whose tokens are wanted.
struct Wanted {
    record: i64,
    account: i64,
    ticks: i64,
    version: i64,
}

/// Adds the newest records before `from`; returns the number from which on records are in the index then.
fn some(connection: &Connection, unpacker: &mut Unpacker, until: i64, from: i64) -> Result<i64, StoreError> {
    let wanted: Vec<Wanted> = connection
        .prepare_cached(&format!(
            "SELECT id, account, ticks, version FROM record WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT {BATCH}"
        ))?
        .query_map([until, from], |row| {
            Ok(Wanted {
                record: row.get(0)?,
                account: row.get(1)?,
                ticks: row.get(2)?,
                version: row.get(3)?,
            })
        })?
        .collect::<connection::Result<_>>()?;
    let among = connection.is_among("seq", 1);
    let lengths: HashMap<i64, i64> = connection
        .prepare_cached(&format!(
            "SELECT seq, length(document) FROM version WHERE {among}"
        ))?
        .query_map([connection.list(wanted.iter().map(|it| it.version))], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<connection::Result<_>>()?;
    let lengths: Vec<(i64, i64)> = wanted
        .iter()
        .map(|it| (it.version, lengths.get(&it.version).copied().unwrap_or_default()))
        .collect();
    let mut at = 0;
    while let Some(many) = rows::together(&lengths[at..]) {
        let together = &wanted[at..at + many];
        let mut documents: HashMap<i64, String> = HashMap::with_capacity(many);
        {
            let sql = format!("SELECT seq, dictionary, document FROM version WHERE {among}");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([connection.list(together.iter().map(|it| it.version))])?;
            while let Some(row) = rows.next()? {
                let document = unpacker.unpack(connection, row.get(1)?, row.blob(2)?)?;
                documents.insert(row.get(0)?, document);
            }
        }
        let (found, documents): (Vec<&Wanted>, Vec<String>) = together
            .iter()
            .filter_map(|it| Some((it, documents.remove(&it.version)?)))
            .unzip();
        let tokens = tokens(documents, index::preparing(connection));
        let entries: Vec<index::Entry<'_>> = found
            .iter()
            .zip(&tokens)
            .map(|(it, tokens)| index::Entry {
                record: it.record,
                account: it.account,
                ticks: it.ticks,
                tokens,
            })
            .collect();
        index::insert(connection, &entries)?;
        at += many;
    }
    Ok(match wanted.last() {
        Some(last) if wanted.len() == BATCH => last.record,
        _ => until,
    })
}

/// The tokens of documents, in their order, made on all processors.
fn tokens(mut documents: Vec<String>, prepare: fn(&Tokens) -> Prepared) -> Vec<Prepared> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let share = documents.len().div_ceil(processors).max(1);
    thread::scope(|scope| {
        let threads: Vec<_> = documents
            .chunks_mut(share)
            .map(|some| {
                scope.spawn(move || {
                    let records = some
                        .iter_mut()
                        .map(|document| AuditRecord::read(std::mem::take(document)));
                    records
                        .map(|record| prepare(&Tokens::of(&record)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let made = threads.into_iter().flat_map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        made.collect()
    })
}
