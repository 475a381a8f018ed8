//! Writing many rows at once, in PostgreSQL's binary format for that
//! (https://www.postgresql.org/docs/current/sql-copy.html).

use std::io::Write as _;

use bytes::{BufMut as _, BytesMut};
use postgres::{
    CopyInWriter,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use super::Session;
use crate::store::sql::connection::{Error, Result};

/// A column, and what is in it.
pub type Column = (&'static str, Type);

/// What the format begins with: its name, no flags, no extension.
const BEGINS: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In the place of the number of columns: there are no more rows.
const ENDS: i16 = -1;
/// So many bytes are sent together. The client's own writer sends 4,096, of which each is woken for.
const TOGETHER: usize = 64 << 10;

/// Writes rows into a table.
///
/// # Errors
/// When the server does not take them, or a value is none of its column's; then it has none of them.
pub fn into<'v>(
    session: &Session,
    table: &str,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<&'v (dyn ToSql + Sync)>>,
) -> Result<()> {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let sql = format!("COPY {table} ({}) FROM STDIN BINARY", names.join(", "));
    // A writer that is not finished has the server forget all of it.
    let misfit = session.timed(&sql, |client| {
        let mut writer = client.copy_in(&sql)?;
        let mut waiting = BytesMut::with_capacity(2 * TOGETHER);
        waiting.put_slice(BEGINS);
        for row in rows {
            if let Err(at) = put(&row, columns, &mut waiting) {
                return Ok(Some(at));
            }
            if waiting.len() >= TOGETHER && !send(&mut writer, &mut waiting)? {
                return Ok(Some(0));
            }
        }
        waiting.put_i16(ENDS);
        if !send(&mut writer, &mut waiting)? {
            return Ok(Some(0));
        }
        writer.finish().map(|_| None)
    })?;
    match misfit {
        Some(at) => Err(Error::OtherKind(at)),
        None => Ok(()),
    }
}

/// A row as the format has it; else which column its value does not fit.
fn put(row: &[&(dyn ToSql + Sync)], columns: &[Column], out: &mut BytesMut) -> Result<(), usize> {
    if row.len() != columns.len() {
        return Err(row.len());
    }
    out.put_i16(i16::try_from(row.len()).map_err(|_| row.len())?);
    for (at, (value, (_, kind))) in row.iter().zip(columns).enumerate() {
        let length = out.len();
        out.put_i32(-1);
        if let IsNull::No = value.to_sql_checked(kind, out).map_err(|_| at)? {
            let written = i32::try_from(out.len() - length - 4).map_err(|_| at)?;
            out[length..length + 4].copy_from_slice(&written.to_be_bytes());
        }
    }
    Ok(())
}

/// False when it was not sent, for no reason of the server's.
fn send(writer: &mut CopyInWriter<'_>, waiting: &mut BytesMut) -> Result<bool, postgres::Error> {
    let sent = writer.write_all(waiting);
    waiting.clear();
    match sent.map_err(|error| error.into_inner().map(|error| error.downcast())) {
        Ok(()) => Ok(true),
        Err(Some(Ok(error))) => Err(*error),
        Err(_) => Ok(false),
    }
}

/// The tokens of a record, as PostgreSQL receives them: how many, and each of them with an end and no positions.
#[derive(Debug)]
pub struct Tokens(Vec<u8>);

/// The only token of a record that has more than PostgreSQL can keep together. No text has it.
pub const TOO_MANY: &str = "\u{e001}";

/// PostgreSQL's own limits: bytes of a token, and of all of them.
const LONGEST: usize = 2_046;
const MOST: usize = 1 << 20;

impl<'t> FromIterator<&'t str> for Tokens {
    /// Of tokens that are all different.
    fn from_iter<I: IntoIterator<Item = &'t str>>(tokens: I) -> Self {
        let mut tokens: Vec<&str> = tokens.into_iter().collect();
        // As it keeps them; it would have to do that itself.
        tokens.sort_unstable();
        // Each is told apart by where it begins.
        let bytes: usize = tokens.iter().map(|token| token.len() + 4).sum();
        let fits = bytes < MOST && tokens.iter().all(|token| token.len() <= LONGEST);
        let tokens: &[&str] = if fits { &tokens } else { &[TOO_MANY] };
        let mut out = Vec::with_capacity(if fits { bytes + 4 } else { 16 });
        out.put_u32(u32::try_from(tokens.len()).unwrap_or_default());
        for token in tokens {
            out.put_slice(token.as_bytes());
            out.put_slice(b"\0\0\0");
        }
        Self(out)
    }
}

impl ToSql for Tokens {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Send + Sync>> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TS_VECTOR
    }

    to_sql_checked!();
}
