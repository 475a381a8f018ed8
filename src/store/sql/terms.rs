//! The texts that records have in common, each with its number.

use std::collections::HashMap;

use super::{
    StoreError,
    connection::{Connection, Optional as _, ToValue as _, Value, params},
};
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

/// So many texts are asked for, and added, together.
const TOGETHER: usize = 64;

/// The numbers of many texts, each named once; those get one that have none, in this order.
pub fn numbers_of(
    connection: &Connection,
    texts: &[(Kind, String)],
) -> Result<HashMap<(Kind, String), i64>, StoreError> {
    let mut numbers = HashMap::with_capacity(texts.len());
    for some in texts.chunks(TOGETHER) {
        let places = (1..=TOGETHER).map(|at| format!("?{at}")).collect::<Vec<_>>();
        let sql = format!(
            "SELECT kind, text, id FROM term WHERE text IN ({})",
            places.join(", ")
        );
        // The last one is asked for again, so that the statement stays the same.
        let asked = (0..TOGETHER).map(|at| some[at.min(some.len() - 1)].1.to_value());
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(asked.collect::<Vec<_>>())?;
        while let Some(row) = rows.next()? {
            if let Some(kind) = Kind::from_number(row.get(0)?) {
                numbers.insert((kind, row.get(1)?), row.get(2)?);
            }
        }
    }
    let missing: Vec<_> = texts.iter().filter(|text| !numbers.contains_key(*text)).collect();
    let (many, single) = missing.as_chunks::<TOGETHER>();
    for some in many.iter().map(|some| some.as_slice()).chain(single.chunks(1)) {
        let places = (0..some.len()).map(|at| format!("(?{}, ?{})", at * 2 + 1, at * 2 + 2));
        let sql = format!(
            "INSERT INTO term (kind, text) VALUES {} RETURNING kind, text, id",
            places.collect::<Vec<_>>().join(", ")
        );
        let values = some
            .iter()
            .flat_map(|(kind, text)| [Value::Int(*kind as i64), text.to_value()]);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(values.collect::<Vec<_>>())?;
        while let Some(row) = rows.next()? {
            if let Some(kind) = Kind::from_number(row.get(0)?) {
                numbers.insert((kind, row.get(1)?), row.get(2)?);
            }
        }
    }
    Ok(numbers)
}
