//! Adding many rows to a table: each statement has its price, whatever it adds.

use postgres::types::{ToSql, Type};

use super::connection::{Connection, Result, ToValue, Value};
use crate::store::postgres::copy;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Int,
    Text,
    Blob,
}

impl Kind {
    fn on_a_server(self) -> Type {
        match self {
            Self::Int => Type::INT8,
            Self::Text => Type::TEXT,
            Self::Blob => Type::BYTEA,
        }
    }
}

/// A column, and what is in it.
pub type Column = (&'static str, Kind);

/// A version. The last two a server alone has: they say in which part of the table it lies.
pub const VERSION: [Column; 10] = [
    ("seq", Kind::Int),
    ("record", Kind::Int),
    ("content", Kind::Blob),
    ("source", Kind::Int),
    ("archived_at", Kind::Int),
    ("dictionary", Kind::Int),
    ("document", Kind::Blob),
    ("import", Kind::Int),
    ("account", Kind::Int),
    ("ticks", Kind::Int),
];
/// So many of them are in a file, too.
pub const VERSION_OF_A_FILE: usize = 8;

/// A record.
pub const RECORD: [Column; 17] = [
    ("id", Kind::Int),
    ("event_key", Kind::Blob),
    ("account", Kind::Int),
    ("ordinal", Kind::Int),
    ("version", Kind::Int),
    ("versions", Kind::Int),
    ("ticks", Kind::Int),
    ("tie", Kind::Int),
    ("customer", Kind::Int),
    ("customer_name", Kind::Int),
    ("user", Kind::Int),
    ("application", Kind::Int),
    ("operation", Kind::Int),
    ("resource", Kind::Int),
    ("status", Kind::Int),
    ("source", Kind::Int),
    ("changed", Kind::Int),
];

/// So many rows go into one statement.
const ROWS: usize = 32;

/// Columns, as a statement has them.
pub fn names(columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    names.join(", ")
}

/// Adds rows that are not there yet.
pub fn add(connection: &Connection, table: &str, columns: &[Column], rows: &[Vec<Value<'_>>]) -> Result<()> {
    match connection {
        // A conflict cannot be; without `OR ROLLBACK` SQLite would keep a journal for each statement, in case there is one.
        Connection::File(_) => insert(connection, "INSERT OR ROLLBACK", table, columns, rows, ""),
        Connection::Server(session) => {
            let columns: Vec<copy::Column> = columns
                .iter()
                .map(|(name, kind)| (*name, kind.on_a_server()))
                .collect();
            let rows = rows
                .iter()
                .map(|row| row.iter().map(|value| value as &(dyn ToSql + Sync)).collect());
            Ok(copy::into(session, table, &columns, rows)?)
        }
    }
}

/// Adds rows of which some may be there; what happens to those is said as SQL has it.
pub fn add_or(
    connection: &Connection,
    table: &str,
    columns: &[Column],
    rows: &[Vec<Value<'_>>],
    on_conflict: &str,
) -> Result<()> {
    insert(connection, "INSERT", table, columns, rows, on_conflict)
}

/// The same of rows of whole numbers; a server is asked once, however many there are.
pub fn add_numbers_or<const N: usize>(
    connection: &Connection,
    table: &str,
    columns: [&'static str; N],
    rows: &[[i64; N]],
    on_conflict: &str,
) -> Result<()> {
    let columns = columns.map(|name| (name, Kind::Int));
    if connection.file().is_some() {
        let rows: Vec<Vec<Value<'_>>> = rows.iter().map(|row| row.map(Value::Int).into()).collect();
        return add_or(connection, table, &columns, &rows, on_conflict);
    }
    let lists: Vec<String> = (0..N)
        .map(|at| connection.list(rows.iter().map(|row| row[at])))
        .collect();
    let places: Vec<String> = (1..=N)
        .map(|place| format!("CAST(CAST(?{place} AS TEXT) AS BIGINT[])"))
        .collect();
    let sql = format!(
        "INSERT INTO {table} ({}) SELECT * FROM unnest({}) {on_conflict}",
        names(&columns),
        places.join(", ")
    );
    let values: Vec<&dyn ToValue> = lists.iter().map(|list| list as &dyn ToValue).collect();
    connection.prepare_cached(&sql)?.execute(&*values)?;
    Ok(())
}

fn insert(
    connection: &Connection,
    how: &str,
    table: &str,
    columns: &[Column],
    rows: &[Vec<Value<'_>>],
    on_conflict: &str,
) -> Result<()> {
    let (many, single) = rows.as_chunks::<ROWS>();
    let chunks = many.iter().map(|chunk| chunk.as_slice()).chain(single.chunks(1));
    for chunk in chunks {
        let places = (0..chunk.len()).map(|row| {
            let places = (1..=columns.len()).map(|at| format!("?{}", row * columns.len() + at));
            format!("({})", places.collect::<Vec<_>>().join(", "))
        });
        let sql = format!(
            "{how} INTO {table} ({}) VALUES {} {on_conflict}",
            names(columns),
            places.collect::<Vec<_>>().join(", ")
        );
        let values: Vec<&dyn ToValue> = chunk
            .iter()
            .flatten()
            .map(|value| value as &dyn ToValue)
            .collect();
        connection.prepare_cached(&sql)?.execute(&*values)?;
    }
    Ok(())
}
