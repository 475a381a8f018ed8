//! The index that searches look into: which tokens go in and out with a record. Its rules are `audit::search`'s.

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction, params};

use super::{StoreError, words::Vocabulary};
use crate::audit::search::Tokens;

/// Which version of the rules this program makes tokens by. An index made by others is made anew.
pub const RULES: i64 = 2;

/// The number from which on records are indexed.
pub fn indexed_from(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT indexed_from FROM search_state")?
        .query_row([], |row| row.get(0))?)
}

pub fn set_indexed_from(connection: &Connection, number: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE search_state SET indexed_from = ?1")?
        .execute([number])?;
    Ok(())
}

/// Forgets the whole index, so that it is made anew.
pub fn clear(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "INSERT INTO search (search) VALUES ('delete-all');
         UPDATE search_state SET indexed_from = (SELECT coalesce(max(id), 0) + 1 FROM record);",
    )?;
    connection.execute("UPDATE search_state SET rules = ?1", [RULES])?;
    Ok(())
}

/// Clears an index that was made by other rules.
pub fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    let rules = |connection: &Connection| {
        connection.query_row("SELECT rules FROM search_state", [], |row| row.get::<_, i64>(0))
    };
    if rules(connection)? != RULES {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if rules(&transaction)? != RULES {
            clear(&transaction)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// Adds a record's tokens.
pub fn insert(transaction: &Transaction<'_>, number: i64, tokens: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO search (rowid, tokens) VALUES (?1, ?2)")?
        .execute(params![number, tokens])?;
    Ok(())
}

/// Takes them out again; they have to be the same.
pub fn remove(transaction: &Transaction<'_>, number: i64, tokens: &Tokens) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO search (search, rowid, tokens) VALUES ('delete', ?1, ?2)")?
        .execute(params![number, tokens.body()])?;
    Ok(())
}

/// Adds the words that the vocabulary does not have; returns them, so that it learns them once they are committed.
pub fn add_words(
    transaction: &Transaction<'_>,
    words: &BTreeSet<String>,
    vocabulary: &Vocabulary,
) -> Result<Vec<String>, StoreError> {
    let mut added = Vec::new();
    if vocabulary.is_full() {
        return Ok(added);
    }
    let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO word (text) VALUES (?1)")?;
    for word in words.iter().filter(|word| !vocabulary.has(word)) {
        insert.execute([word])?;
        added.push(word.clone());
    }
    Ok(added)
}
