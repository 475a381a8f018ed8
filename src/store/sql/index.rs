//! The index that searches look into: which tokens go in and out with a record. Its rules are `audit::search`'s.

use std::collections::BTreeSet;

use postgres::types::{ToSql, Type};

use super::{
    StoreError,
    adding::{self, Kind::Text},
    connection::{Connection, ToValue as _, Value, Writes, params},
    words::Vocabulary,
};
use crate::{
    audit::search::Tokens,
    store::postgres::{copy, migrations},
};

/// Which version of the rules this program makes tokens by. An index made by others is made anew.
pub const RULES: i64 = 2;

/// The number from which on records are indexed.
pub fn indexed_from(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT indexed_from FROM search_state")?
        .query_row((), |row| row.get(0))?)
}

pub fn set_indexed_from(connection: &Connection, number: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE search_state SET indexed_from = ?1")?
        .execute([number])?;
    Ok(())
}

/// Forgets the whole index, so that it is made anew.
pub fn clear(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(match connection {
        Connection::File(_) => "INSERT INTO search (search) VALUES ('delete-all')",
        Connection::Server(_) => "TRUNCATE search",
    })?;
    let next = connection.last_given()?.0 + 1;
    connection.execute(
        "UPDATE search_state SET indexed_from = ?1, rules = ?2",
        [next, RULES],
    )?;
    Ok(())
}

/// Clears an index that was made by other rules.
pub fn bring_up_to_date(connection: &Connection) -> Result<(), StoreError> {
    let rules = |connection: &Connection| {
        connection.query_row("SELECT rules FROM search_state", (), |row| row.get::<i64>(0))
    };
    if rules(connection)? != RULES {
        if let Connection::Server(session) = connection {
            migrations::refuse_others(session)?;
        }
        let transaction = connection.transaction(Writes::Archive)?;
        if rules(&transaction)? != RULES {
            clear(&transaction)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// A record's tokens on their way into the index.
pub struct Entry<'t> {
    pub record: i64,
    pub account: i64,
    pub ticks: i64,
    pub tokens: &'t Prepared,
}

/// Tokens as an index takes them.
pub enum Prepared {
    OfFile(String),
    OfServer(copy::Tokens),
}

/// How tokens are prepared for this archive's index: what takes a while, and needs no connection.
pub fn preparing(connection: &Connection) -> fn(&Tokens) -> Prepared {
    match connection {
        Connection::File(_) => |tokens| Prepared::OfFile(tokens.body()),
        Connection::Server(_) => |tokens| Prepared::OfServer(tokens.iter().collect()),
    }
}

/// Adds the tokens of records.
pub fn insert(connection: &Connection, entries: &[Entry<'_>]) -> Result<(), StoreError> {
    match connection {
        Connection::File(_) => {
            let mut insert =
                connection.prepare_cached("INSERT INTO search (rowid, tokens) VALUES (?1, ?2)")?;
            for entry in entries {
                let Prepared::OfFile(tokens) = entry.tokens else {
                    return Err(of_another());
                };
                insert.execute(params![entry.record, tokens])?;
            }
        }
        Connection::Server(session) if !entries.is_empty() => {
            let rows = entries.iter().map(|entry| match entry.tokens {
                Prepared::OfServer(tokens) => {
                    let row: Vec<&(dyn ToSql + Sync)> =
                        vec![&entry.record, &entry.account, &entry.ticks, tokens];
                    Ok(row)
                }
                Prepared::OfFile(_) => Err(of_another()),
            });
            let rows: Vec<_> = rows.collect::<Result<_, StoreError>>()?;
            copy::into(
                session,
                "search",
                &[
                    ("record", Type::INT8),
                    ("account", Type::INT8),
                    ("ticks", Type::INT8),
                    ("tokens", Type::TS_VECTOR),
                ],
                rows.into_iter(),
            )?;
        }
        Connection::Server(_) => {}
    }
    Ok(())
}

fn of_another() -> StoreError {
    StoreError::Database("the tokens were prepared for another kind of index".into())
}

/// Takes them out again; they have to be the same.
pub fn remove(connection: &Connection, record: i64, tokens: &Tokens) -> Result<(), StoreError> {
    match connection {
        Connection::File(_) => connection
            .prepare_cached("INSERT INTO search (search, rowid, tokens) VALUES ('delete', ?1, ?2)")?
            .execute(params![record, tokens.body()])?,
        Connection::Server(_) => connection
            .prepare_cached("DELETE FROM search WHERE record = ?1")?
            .execute([record])?,
    };
    Ok(())
}

/// Adds the words that the vocabulary does not have; returns them, so that it learns them once they are committed.
pub fn add_words(
    connection: &Connection,
    words: &BTreeSet<String>,
    vocabulary: &Vocabulary,
) -> Result<Vec<String>, StoreError> {
    let mut added = Vec::new();
    if vocabulary.is_full() {
        return Ok(added);
    }
    added.extend(words.iter().filter(|word| !vocabulary.has(word)).cloned());
    let rows: Vec<Vec<Value<'_>>> = added.iter().map(|word| vec![word.to_value()]).collect();
    adding::add_or(
        connection,
        "word",
        &[("text", Text)],
        &rows,
        "ON CONFLICT DO NOTHING",
    )?;
    Ok(added)
}
