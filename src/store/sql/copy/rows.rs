//! Rows of whatever table on their way from one database to another.

use std::{borrow::Cow, collections::HashSet};

use super::{
    super::{
        StoreError,
        adding::{self, Column, VERSION_OF_A_FILE, names},
        connection::{self, Connection, FromValue, Row, ToValue, Value},
        documents::Unpacker,
        retention,
        write::make_room,
    },
    tables::{Table, VERSION},
};
use crate::{audit::AuditRecord, store::KeptFrom};

/// So many rows are read at once, or of versions as many as have so many bytes together, and one at least.
const ROWS: usize = 1_000;
const BYTES: i64 = 8 << 20;

/// What is in a column of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Cell {
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub fn blob(&self) -> Option<&[u8]> {
        match self {
            Self::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl FromValue for Cell {
    fn from_value(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Int(number) => Self::Int(number),
            Value::Text(text) => Self::Text(text.into_owned()),
            Value::Blob(bytes) => Self::Blob(bytes.to_vec()),
        })
    }
}

impl ToValue for Cell {
    fn to_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Blob(bytes) => Value::Blob(bytes),
        }
    }
}

pub type Cells = Vec<Cell>;

fn cells(row: &Row<'_>, columns: usize) -> connection::Result<Cells> {
    (0..columns).map(|at| row.get(at)).collect()
}

fn places(from: usize, count: usize) -> String {
    let places: Vec<String> = (from..from + count).map(|place| format!("?{place}")).collect();
    places.join(", ")
}

fn values(cells: &[Cell]) -> Vec<&dyn ToValue> {
    cells.iter().map(|cell| cell as &dyn ToValue).collect()
}

/// Reads the rows of a table behind a key, in the order of keys, some at a time, as long as `take` wants more.
///
/// Of versions the columns that say where they lie on a server are made up where a file does not have them.
pub fn read(
    connection: &Connection,
    table: &Table,
    after: Option<Cells>,
    take: impl FnMut(Vec<Cells>) -> bool,
) -> Result<(), StoreError> {
    match table.name {
        "version" => read_versions(connection, after, take),
        _ => read_any(connection, table, after, take),
    }
}

fn read_any(
    connection: &Connection,
    table: &Table,
    mut after: Option<Cells>,
    mut take: impl FnMut(Vec<Cells>) -> bool,
) -> Result<(), StoreError> {
    let key = names(&table.columns[..table.key]);
    loop {
        let behind = match &after {
            Some(_) => format!("WHERE ({key}) > ({})", places(1, table.key)),
            None => String::new(),
        };
        let sql = format!(
            "SELECT {} FROM {} {behind} ORDER BY {key} LIMIT {ROWS}",
            names(table.columns),
            table.name
        );
        let some: Vec<Cells> = {
            let params = values(after.as_deref().unwrap_or_default());
            let mut statement = connection.prepare_cached(&sql)?;
            statement
                .query_map(&*params, |row| cells(row, table.columns.len()))?
                .collect::<connection::Result<_>>()?
        };
        let is_last = some.len() < ROWS;
        after = some.last().map(|row| row[..table.key].to_vec());
        if some.is_empty() || !take(some) || is_last {
            return Ok(());
        }
    }
}

fn read_versions(
    connection: &Connection,
    after: Option<Cells>,
    mut take: impl FnMut(Vec<Cells>) -> bool,
) -> Result<(), StoreError> {
    let mut last = after
        .and_then(|key| key.first().and_then(Cell::int))
        .unwrap_or_default();
    let columns = VERSION.columns.len();
    let sql = match connection {
        Connection::File(_) => format!(
            "SELECT {}, r.account, r.ticks, r.version FROM version v LEFT JOIN record r ON r.id = v.record
             WHERE v.seq > ?1 AND v.seq <= ?2 ORDER BY v.seq",
            VERSION.columns[..VERSION_OF_A_FILE]
                .iter()
                .map(|(name, _)| format!("v.\"{name}\""))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Connection::Server(_) => format!(
            "SELECT {} FROM version WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
            names(VERSION.columns)
        ),
    };
    let mut unpacker = Unpacker::new()?;
    let kept_from = retention::kept_from(connection)?;
    loop {
        let lengths =
            format!("SELECT seq, length(document) FROM version WHERE seq > ?1 ORDER BY seq LIMIT {ROWS}");
        let lengths: Vec<(i64, i64)> = connection
            .prepare_cached(&lengths)?
            .query_map([last], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<connection::Result<_>>()?;
        let mut rest = lengths.as_slice();
        while let Some(until) = together(rest) {
            let mut some = Vec::with_capacity(until);
            let to = rest.get(until - 1).map_or(last, |(seq, _)| *seq);
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([last, to])?;
            while let Some(row) = rows.next()? {
                let mut version = cells(&row, columns)?;
                if connection.file().is_some() {
                    dated(
                        connection,
                        &mut unpacker,
                        &mut version,
                        row.get(columns)?,
                        kept_from,
                    )?;
                }
                some.push(version);
            }
            if !take(some) {
                return Ok(());
            }
            last = to;
            rest = rest.get(until..).unwrap_or_default();
        }
        if lengths.len() < ROWS {
            return Ok(());
        }
    }
}

/// How many of these, with their lengths in bytes, are dealt with at once; `None` where there are none.
pub fn together(lengths: &[(i64, i64)]) -> Option<usize> {
    let mut bytes = 0;
    let fitting = lengths.iter().take_while(|(_, length)| {
        bytes += length;
        bytes <= BYTES
    });
    let fitting = fitting.count();
    (!lengths.is_empty()).then_some(fitting.max(1))
}

/// Gives a version of a file the date by which a server keeps it: its record's where it is its newest one or its own month was
/// removed, else its own.
fn dated(
    connection: &Connection,
    unpacker: &mut Unpacker,
    version: &mut Cells,
    newest: Option<i64>,
    kept_from: Option<KeptFrom>,
) -> Result<(), StoreError> {
    let (Some(seq), Some(document), Some(newest)) = (
        version.first().and_then(Cell::int),
        version.get(6).and_then(Cell::blob),
        newest,
    ) else {
        // Of no record; whoever writes it says so.
        return Ok(());
    };
    if seq != newest {
        let dictionary = version.get(5).and_then(Cell::int);
        let document = unpacker.unpack(connection, dictionary, document)?;
        if let Some(ticks) = AuditRecord::read(document).ticks
            && !kept_from.is_some_and(|kept| kept.is_gone(ticks))
            && let Some(place) = version.last_mut()
        {
            *place = Cell::Int(ticks.0);
        }
    }
    Ok(())
}

/// Adds rows to a table. `months` is what a server's tables have parts for.
pub fn write(
    connection: &Connection,
    table: &Table,
    rows: &[Cells],
    months: &mut HashSet<i64>,
) -> Result<(), StoreError> {
    let columns = columns_of(connection, table);
    if let (None, Some(ticks)) = (connection.file(), table.place("ticks")) {
        for ticks in rows.iter().filter_map(|row| row[ticks].int()) {
            make_room(connection, months, ticks)?;
        }
    }
    let rows: Vec<Vec<Value<'_>>> = rows
        .iter()
        .map(|row| row[..columns.len()].iter().map(ToValue::to_value).collect())
        .collect();
    Ok(adding::add(connection, table.name, columns, &rows)?)
}

/// The columns that a table has there.
pub fn columns_of(connection: &Connection, table: &Table) -> &'static [Column] {
    match (connection, table.name) {
        (Connection::File(_), "version") => &VERSION.columns[..VERSION_OF_A_FILE],
        _ => table.columns,
    }
}

/// Puts a row in the place of the one with its number. Its account it keeps: a server may have it lie where that says.
pub fn replace(
    connection: &Connection,
    table: &Table,
    row: &Cells,
    months: &mut HashSet<i64>,
) -> Result<(), StoreError> {
    if let Some(ticks) = table.place("ticks").and_then(|at| row[at].int()) {
        make_room(connection, months, ticks)?;
    }
    let changing = |at: &usize| table.columns[*at].0 != "account";
    let sets: Vec<String> = (1..table.columns.len())
        .filter(changing)
        .zip(2..)
        .map(|(at, place)| format!("\"{}\" = ?{place}", table.columns[at].0))
        .collect();
    let values: Vec<&dyn ToValue> = (0..table.columns.len())
        .filter(changing)
        .map(|at| &row[at] as &dyn ToValue)
        .collect();
    let sql = format!("UPDATE {} SET {} WHERE id = ?1", table.name, sets.join(", "));
    connection.prepare_cached(&sql)?.execute(&*values)?;
    Ok(())
}

/// The rows of a table with numbers in between, the second one included.
pub fn between(
    connection: &Connection,
    table: &Table,
    after: i64,
    until: i64,
) -> Result<Vec<Cells>, StoreError> {
    let sql = format!(
        "SELECT {} FROM {} WHERE id > ?1 AND id <= ?2 ORDER BY id",
        names(table.columns),
        table.name
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([after, until], |row| cells(row, table.columns.len()))?;
    Ok(rows.collect::<connection::Result<_>>()?)
}

pub fn count(connection: &Connection, table: &Table) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM {}", table.name);
    let count: i64 = connection.query_row(&sql, (), |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Whether there is any row.
pub fn has_any(connection: &Connection, table: &Table) -> Result<bool, StoreError> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
    Ok(connection.query_row(&sql, (), |row| row.get(0))?)
}

/// The highest number of a table; 0 where it is empty.
pub fn highest(connection: &Connection, table: &Table) -> Result<i64, StoreError> {
    let (key, name) = (table.columns[0].0, table.name);
    let sql = format!("SELECT coalesce(max({key}), 0) FROM {name}");
    Ok(connection.query_row(&sql, (), |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giant_documents_travel_alone() {
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[(1, BYTES * 3), (2, 1)]), Some(1));
        assert_eq!(together(&[(1, 10), (2, BYTES), (3, 1)]), Some(1));
        assert_eq!(together(&[(1, 10), (2, BYTES - 10), (3, 1)]), Some(2));
    }
}
