//! The list of imports in the archive's file.

use super::connection::{Connection, Row, params};

use super::{StoreError, ledger::moment};
use crate::store::{Appended, ImportCounts, ImportEnd, ImportId, NewImport, PastImport};

/// The longest name of a file or a person that is kept, in characters.
const LONGEST: usize = 200;

fn bounded(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub fn begin(connection: &Connection, import: &NewImport) -> Result<ImportId, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO import (file, format, size, imported_by, started_at, finished, read, new, known, revised, rejected)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 0, 0) RETURNING id",
        )?
        .query_row(params![
            bounded(&import.file),
            import.format,
            number(import.size),
            bounded(&import.imported_by),
            import.started_at.timestamp_millis(),
        ], |row| Ok(ImportId(row.get(0)?)))
        .map_err(Into::into)
}

pub fn end(connection: &Connection, id: ImportId, end: &ImportEnd) -> Result<(), StoreError> {
    let counts = end.counts;
    connection
        .prepare_cached(
            "UPDATE import SET ended_at = ?2, sha256 = ?3, finished = ?9, read = ?4, new = ?5, known = ?6,
               revised = ?7, rejected = ?8 WHERE id = ?1",
        )?
        .execute(params![
            id.0,
            end.ended_at.timestamp_millis(),
            end.sha256,
            number(counts.read),
            number(counts.appended.new),
            number(counts.appended.known),
            number(counts.appended.revised),
            number(counts.rejected),
            end.sha256.is_some(),
        ])?;
    Ok(())
}

pub fn last(connection: &Connection, limit: u32) -> Result<Vec<PastImport>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, file, format, size, sha256, imported_by, started_at, ended_at, finished, read, new, known, revised,
           rejected FROM import ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([limit], past)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn past(row: &Row<'_>) -> super::connection::Result<PastImport> {
    let number = |at: usize| row.get::<i64>(at).map(|n| u64::try_from(n).unwrap_or_default());
    Ok(PastImport {
        id: ImportId(row.get(0)?),
        file: row.get(1)?,
        format: row.get(2)?,
        size: number(3)?,
        sha256: row.get(4)?,
        imported_by: row.get(5)?,
        started_at: moment(row.get(6)?),
        ended_at: row.get::<Option<i64>>(7)?.map(moment),
        finished: row.get(8)?,
        counts: ImportCounts {
            read: number(9)?,
            appended: Appended {
                new: number(10)?,
                known: number(11)?,
                revised: number(12)?,
            },
            rejected: number(13)?,
        },
    })
}
