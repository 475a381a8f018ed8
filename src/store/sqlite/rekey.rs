//! Gives an archive of the first version its present event keys and contents, from its documents.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    audit::{
        AuditRecord,
        identity::{Content, EventKey},
    },
    store::{
        StoreError,
        sql::documents::{Dictionaries, Unpacker},
    },
};

/// So many versions are looked at together.
const CHUNK: i64 = 1_000;

/// One version: its number, its record, the dictionary of its document, and the document.
type Row = (i64, i64, Option<i64>, Vec<u8>);

/// A file that is being brought up to date.
struct Opened<'c>(&'c Connection);

impl Dictionaries for Opened<'_> {
    fn dictionary(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self
            .0
            .query_row("SELECT bytes FROM dictionary WHERE id = ?1", [id], |row| {
                row.get(0)
            });
        Ok(bytes.optional()?)
    }
}

/// Computes both anew for every version, oldest first.
pub fn rekey(connection: &Connection) -> Result<(), StoreError> {
    let mut unpacker = Unpacker::new()?;
    let mut last = 0;
    loop {
        let mut statement = connection.prepare_cached(
            "SELECT seq, record, dictionary, document FROM version WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let rows: Vec<Row> = statement
            .query_map([last, CHUNK], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let Some((seq, ..)) = rows.last() else {
            return Ok(());
        };
        last = *seq;
        for (seq, record, dictionary, bytes) in rows {
            let document = AuditRecord::read(unpacker.unpack(&Opened(connection), dictionary, &bytes)?);
            connection
                .prepare_cached("UPDATE version SET content = ?2 WHERE seq = ?1")?
                .execute(params![seq, Content::of(&document).0])?;
            connection
                .prepare_cached("UPDATE record SET event_key = ?2 WHERE id = ?1 AND version = ?3")?
                .execute(params![record, EventKey::of(&document).0, seq])?;
        }
    }
}
