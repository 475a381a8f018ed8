//! Writing many rows at once.

use bytes::{BufMut as _, BytesMut};
use postgres::{
    binary_copy::BinaryCopyInWriter,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use super::Session;

/// A column, and what is in it.
pub type Column = (&'static str, Type);

/// Writes rows into a table.
pub fn into<'v>(
    session: &Session,
    table: &str,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<&'v (dyn ToSql + Sync)>>,
) -> Result<(), postgres::Error> {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let types: Vec<Type> = columns.iter().map(|(_, kind)| kind.clone()).collect();
    let sql = format!("COPY {table} ({}) FROM STDIN BINARY", names.join(", "));
    session.timed(&sql, |client| {
        let mut writer = BinaryCopyInWriter::new(client.copy_in(&sql)?, &types);
        for row in rows {
            writer.write(&row)?;
        }
        writer.finish().map(|_| ())
    })
}

/// The tokens of a record, as PostgreSQL keeps them.
#[derive(Debug)]
pub struct Tokens<'t>(Vec<&'t str>);

/// The only token of a record that has more than PostgreSQL can keep together. No text has it.
pub const TOO_MANY: &str = "\u{e001}";

/// PostgreSQL's own limits: bytes of a token, and of all of them.
const LONGEST: usize = 2_046;
const MOST: usize = 1 << 20;

impl<'t> Tokens<'t> {
    /// Of tokens with blanks between them.
    pub fn of(body: &'t str) -> Self {
        let mut tokens: Vec<&str> = body.split_ascii_whitespace().collect();
        tokens.sort_unstable();
        tokens.dedup();
        // Each is told apart by where it begins.
        let bytes: usize = tokens.iter().map(|token| token.len() + 4).sum();
        let fits = bytes < MOST && tokens.iter().all(|token| token.len() <= LONGEST);
        Self(if fits { tokens } else { vec![TOO_MANY] })
    }
}

impl ToSql for Tokens<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Send + Sync>> {
        out.put_i32(i32::try_from(self.0.len())?);
        for token in &self.0 {
            out.put_slice(token.as_bytes());
            out.put_u8(0);
            // No positions.
            out.put_u16(0);
        }
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TS_VECTOR
    }

    to_sql_checked!();
}
