//! The texts that records have in common, each with its number.

use super::connection::{Connection, Optional as _, params};

use super::StoreError;
use crate::store::directory::Kind;

/// The number of a text, as [`crate::store::directory::term_text`] makes it; the text gets one if it has none.
pub fn number_of(connection: &Connection, kind: Kind, text: &str) -> Result<i64, StoreError> {
    let known = connection
        .prepare_cached("SELECT id FROM term WHERE kind = ?1 AND text = ?2")?
        .query_row(params![kind as i64, text], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    Ok(connection
        .prepare_cached("INSERT INTO term (kind, text) VALUES (?1, ?2) RETURNING id")?
        .query_row(params![kind as i64, text], |row| row.get(0))?)
}
