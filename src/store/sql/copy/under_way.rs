//! What an archive says of itself while it is being made as a copy.

use super::{
    super::{
        StoreError,
        connection::{Connection, Optional as _, Writes, params},
        retention,
    },
    CopyError, place,
};

/// What is noted of a copy under way.
#[derive(Debug, PartialEq, Eq)]
pub struct Noted {
    /// The other archive's address.
    pub source: String,
    /// Its first version.
    pub first: First,
    /// Milliseconds since 1970.
    pub begun_at: i64,
    /// Whether what is in the search index is of the records that are here.
    pub indexing: bool,
}

/// What the first version of an archive says, and when it was archived; `None` where there is none. No two archives that
/// did not come from each other have both.
pub type First = Option<(Vec<u8>, i64)>;

pub fn first(connection: &Connection) -> Result<First, StoreError> {
    let first = "SELECT content, archived_at FROM version ORDER BY seq LIMIT 1";
    Ok(connection
        .query_row(first, (), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// What an archive of this version notes.
pub fn noted(connection: &Connection) -> Result<Option<Noted>, StoreError> {
    let noted = "SELECT source, content, archived_at, begun_at, indexing FROM copy_under_way";
    Ok(connection
        .query_row(noted, (), |row| {
            let (content, archived_at): (Option<Vec<u8>>, Option<i64>) = (row.get(1)?, row.get(2)?);
            Ok(Noted {
                source: row.get(0)?,
                first: content.zip(archived_at),
                begun_at: row.get(3)?,
                indexing: row.get(4)?,
            })
        })
        .optional()?)
}

/// Whether an archive of whatever version is an unfinished copy.
pub fn is_noted(connection: &Connection) -> Result<bool, StoreError> {
    Ok(has_table(connection, "copy_under_way")? && noted(connection)?.is_some())
}

pub fn has_table(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let sql = match connection {
        Connection::File(_) => {
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)"
        }
        Connection::Server(_) => "SELECT to_regclass(?1) IS NOT NULL",
    };
    Ok(connection.query_row(sql, params![name], |row| row.get(0))?)
}

/// Refuses an archive that is not a whole one yet.
pub fn refuse(connection: &Connection) -> Result<(), StoreError> {
    match has_table(connection, "copy_under_way")? {
        true => match noted(connection)? {
            Some(noted) => Err(StoreError::Unfinished(noted.source)),
            None => Ok(()),
        },
        // Of an older version.
        false => Ok(()),
    }
}

/// Begins a copy in an empty archive, or finds one that was begun from the same.
pub fn begin(target: &Connection, source: &Connection, address: &str, now: i64) -> Result<Noted, CopyError> {
    let theirs = first(source)?;
    let transaction = target.transaction(Writes::Archive)?;
    let begun = match noted(&transaction)? {
        Some(noted) => {
            let same = noted.first.is_none() || noted.first == theirs;
            if !same || !follows(&transaction, source)? {
                return Err(CopyError::OfAnother(noted.source));
            }
            noted
        }
        None => {
            place::refuse_filled(&transaction)?;
            transaction.execute(
                "INSERT INTO copy_under_way (id, source, begun_at, indexing) VALUES (1, ?1, ?2, 0)",
                params![address, now],
            )?;
            Noted {
                source: address.to_owned(),
                first: None,
                begun_at: now,
                indexing: false,
            }
        }
    };
    let (content, archived_at) = theirs.clone().unzip();
    transaction.execute(
        "UPDATE copy_under_way SET source = ?1, content = ?2, archived_at = ?3",
        params![address, content, archived_at],
    )?;
    transaction.commit()?;
    Ok(Noted {
        first: theirs,
        ..begun
    })
}

/// Whether the last version that was copied is the source's, too, and nothing was removed from it since.
fn follows(target: &Connection, source: &Connection) -> Result<bool, StoreError> {
    type Version = (i64, Vec<u8>, i64);
    let version = |connection: &Connection, seq: i64| -> Result<Option<Version>, StoreError> {
        let sql = "SELECT record, content, archived_at FROM version WHERE seq = ?1";
        Ok(connection
            .query_row(sql, [seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?)
    };
    let last: i64 = target.query_row("SELECT coalesce(max(seq), 0) FROM version", (), |row| row.get(0))?;
    Ok(last == 0
        || (version(target, last)? == version(source, last)?
            && retention::last_removal(target)? == retention::last_removal(source)?))
}

/// Notes that records changed, so that the index is not of them any more; or that it is.
pub fn set_indexing(connection: &Connection, indexing: bool) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE copy_under_way SET indexing = ?1")?
        .execute([i64::from(indexing)])?;
    Ok(())
}

/// The copy is an archive like any other from here on.
pub fn end(connection: &Connection) -> Result<(), StoreError> {
    connection.pulse()?;
    connection.execute("DELETE FROM copy_under_way", ())?;
    Ok(())
}
