//! Rows on their way, and the statements that write many at once.

use rusqlite::{ToSql, Transaction};

use super::{
    super::documents::{Packed, Packer},
    Appending,
    terms::Terms,
};
use crate::{
    audit::identity::{Content, EventKey},
    store::StoreError,
};

/// A row of `record` on its way.
pub(super) struct RecordRow {
    pub(super) id: i64,
    pub(super) key: EventKey,
    pub(super) account: i64,
    pub(super) ordinal: u32,
    pub(super) version: i64,
    pub(super) ticks: i64,
    pub(super) terms: Terms,
    pub(super) source: i64,
}

/// A row of `version` on its way; its document is packed when it is written.
pub(super) struct VersionRow<'b> {
    pub(super) seq: i64,
    pub(super) record: i64,
    pub(super) content: Content,
    pub(super) source: i64,
    pub(super) import: Option<i64>,
    pub(super) archived_at: i64,
    pub(super) document: &'b str,
}

/// So many rows go into one statement: each statement has its price, whatever it inserts.
const ROWS: usize = 32;
impl Appending<'_, '_> {
    /// Writes the rows that wait. Documents are packed while the other rows are written: both take about as long.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let versions = std::mem::take(&mut self.versions);
        let records = std::mem::take(&mut self.records);
        let Self {
            transaction, packer, ..
        } = self;
        let pack = |packer: &mut Packer| -> Result<Vec<Packed>, StoreError> {
            versions.iter().map(|row| packer.pack(row.document)).collect()
        };
        let packed = if versions.len() < ROWS {
            insert_records(transaction, &records)?;
            pack(packer)?
        } else {
            std::thread::scope(|scope| {
                let packing = scope.spawn(|| pack(packer));
                insert_records(transaction, &records)?;
                packing
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })?
        };
        let versions: Vec<(VersionRow<'_>, Packed)> = versions.into_iter().zip(packed).collect();
        insert_rows(
            transaction,
            "version (seq, record, content, source, archived_at, dictionary, document, import)",
            &versions,
            |(row, packed)| {
                [
                    &row.seq as &dyn ToSql,
                    &row.record,
                    &row.content.0,
                    &row.source,
                    &row.archived_at,
                    &packed.dictionary,
                    &packed.bytes,
                    &row.import,
                ]
            },
        )
    }
}

fn insert_records(transaction: &Transaction<'_>, records: &[RecordRow]) -> Result<(), StoreError> {
    insert_rows(
        transaction,
        "record (id, event_key, account, ordinal, version, versions, ticks, tie, customer, customer_name, user,
           application, operation, resource, status, source)",
        records,
        |row| {
            [
                &row.id as &dyn ToSql,
                &row.key.0,
                &row.account,
                &row.ordinal,
                &row.version,
                &1,
                &row.ticks,
                &0,
                &row.terms.customer,
                &row.terms.customer_name,
                &row.terms.user,
                &row.terms.application,
                &row.terms.operation,
                &row.terms.resource,
                &row.terms.status,
                &row.source,
            ]
        },
    )
}

fn insert_rows<'r, T, const N: usize>(
    transaction: &Transaction<'_>,
    into: &str,
    rows: &'r [T],
    values: impl Fn(&'r T) -> [&'r dyn ToSql; N],
) -> Result<(), StoreError> {
    let (many, single) = rows.as_chunks::<ROWS>();
    let chunks = many.iter().map(|chunk| chunk.as_slice()).chain(single.chunks(1));
    for chunk in chunks {
        let row = format!("({})", vec!["?"; N].join(", "));
        // A conflict cannot be; without `OR ROLLBACK` SQLite would keep a journal for each statement, in case there is one.
        let sql = format!(
            "INSERT OR ROLLBACK INTO {into} VALUES {}",
            vec![row; chunk.len()].join(", ")
        );
        let values: Vec<&dyn ToSql> = chunk.iter().flat_map(&values).collect();
        transaction.prepare_cached(&sql)?.execute(&*values)?;
    }
    Ok(())
}
