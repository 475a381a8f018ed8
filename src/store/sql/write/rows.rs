//! Rows on their way, and the statements that write many at once.

use std::{collections::BTreeSet, sync::PoisonError};

use postgres::types::{ToSql, Type};

use super::{
    super::{
        connection::Connection,
        documents::{Packed, Packer},
        index,
        memory::Memory,
    },
    Appending,
    terms::Terms,
};
use crate::{
    audit::{
        identity::{Content, EventKey},
        search::Tokens,
    },
    store::{Incoming, StoreError, postgres::copy},
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
    pub(super) changed: Option<i64>,
    pub(super) source: i64,
}

/// A row of `version` on its way; its document is packed when it is written.
pub(super) struct VersionRow<'b> {
    pub(super) seq: i64,
    pub(super) record: i64,
    pub(super) account: i64,
    /// The date under which it has its record filed.
    pub(super) ticks: i64,
    pub(super) content: Content,
    pub(super) source: i64,
    pub(super) import: Option<i64>,
    pub(super) archived_at: i64,
    pub(super) incoming: &'b Incoming,
    /// Whether it is its record's newest one, which the index is made of.
    pub(super) newest: bool,
}

/// What the index is told of records: the tokens of each one that is indexed, and the words that the archive does not
/// have yet.
struct Indexed {
    tokens: Vec<Option<String>>,
    words: BTreeSet<String>,
}

impl Indexed {
    fn of(versions: &[VersionRow<'_>], memory: &Memory, indexed_from: i64) -> Self {
        let known = memory.words.read().unwrap_or_else(PoisonError::into_inner);
        let mut words = BTreeSet::new();
        let tokens = versions.iter().map(|row| {
            (row.newest && row.record >= indexed_from).then(|| {
                let tokens = Tokens::of(&row.incoming.record);
                for word in tokens.words().filter(|word| !known.has(word)) {
                    if !words.contains(word) {
                        words.insert(word.to_owned());
                    }
                }
                tokens.body()
            })
        });
        Self {
            tokens: tokens.collect(),
            words,
        }
    }
}

fn pack(versions: &[VersionRow<'_>], packer: &mut Packer) -> Result<Vec<Packed>, StoreError> {
    let documents = versions.iter().map(|row| &*row.incoming.record.document);
    documents.map(|document| packer.pack(document)).collect()
}

/// So many rows go into one statement: each statement has its price, whatever it inserts.
const ROWS: usize = 32;
impl Appending<'_, '_> {
    /// Writes the rows that wait. What they need is made while the other rows are written.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let versions = std::mem::take(&mut self.versions);
        let records = std::mem::take(&mut self.records);
        let Self {
            transaction,
            packer,
            memory,
            indexed_from,
            ..
        } = self;
        let indexed_from = *indexed_from;
        let (packed, indexed) = if versions.len() < ROWS {
            insert_records(transaction, &records)?;
            (
                pack(&versions, packer)?,
                Indexed::of(&versions, memory, indexed_from),
            )
        } else {
            fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            std::thread::scope(|scope| {
                let indexing = scope.spawn(|| Indexed::of(&versions, memory, indexed_from));
                let packing = scope.spawn(|| pack(&versions, packer));
                insert_records(transaction, &records)?;
                Ok::<_, StoreError>((joined(packing)?, joined(indexing)))
            })?
        };
        let versions: Vec<(VersionRow<'_>, Packed)> = versions.into_iter().zip(packed).collect();
        insert_versions(transaction, &versions)?;
        self.index(&versions, &indexed)
    }

    fn index(&mut self, versions: &[(VersionRow<'_>, Packed)], indexed: &Indexed) -> Result<(), StoreError> {
        let known = self.memory.words.read().unwrap_or_else(PoisonError::into_inner);
        self.words
            .extend(index::add_words(&self.transaction, &indexed.words, &known)?);
        drop(known);
        let entries: Vec<index::Entry<'_>> = versions
            .iter()
            .zip(&indexed.tokens)
            .filter_map(|((row, _), tokens)| {
                Some(index::Entry {
                    record: row.record,
                    account: row.account,
                    ticks: row.ticks,
                    tokens: tokens.as_deref()?,
                })
            })
            .collect();
        index::insert(&self.transaction, &entries)
    }
}

fn insert_versions(connection: &Connection, versions: &[(VersionRow<'_>, Packed)]) -> Result<(), StoreError> {
    match connection {
        Connection::File(file) => insert_rows(
            file,
            "version (seq, record, content, source, archived_at, dictionary, document, import)",
            versions,
            |(row, packed)| {
                [
                    &row.seq as &dyn rusqlite::ToSql,
                    &row.record,
                    &row.content.0,
                    &row.source,
                    &row.archived_at,
                    &packed.dictionary,
                    &packed.bytes,
                    &row.import,
                ]
            },
        ),
        Connection::Server(session) => Ok(copy::into(
            session,
            "version",
            &[
                ("seq", Type::INT8),
                ("record", Type::INT8),
                ("account", Type::INT8),
                ("ticks", Type::INT8),
                ("content", Type::BYTEA),
                ("source", Type::INT8),
                ("archived_at", Type::INT8),
                ("dictionary", Type::INT8),
                ("document", Type::BYTEA),
                ("import", Type::INT8),
            ],
            versions
                .iter()
                .map(|(row, packed)| (row, row.content.0.as_slice(), packed))
                .collect::<Vec<_>>()
                .iter()
                .map(|(row, content, packed)| {
                    let row: Vec<&(dyn ToSql + Sync)> = vec![
                        &row.seq,
                        &row.record,
                        &row.account,
                        &row.ticks,
                        content,
                        &row.source,
                        &row.archived_at,
                        &packed.dictionary,
                        &packed.bytes,
                        &row.import,
                    ];
                    row
                }),
        )?),
    }
}

fn insert_records(connection: &Connection, records: &[RecordRow]) -> Result<(), StoreError> {
    match connection {
        Connection::File(file) => insert_rows(
            file,
            "record (id, event_key, account, ordinal, version, versions, ticks, tie, customer, customer_name, user,
               application, operation, resource, status, changed, source)",
            records,
            |row| {
                [
                    &row.id as &dyn rusqlite::ToSql,
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
                    &row.changed,
                    &row.source,
                ]
            },
        ),
        Connection::Server(session) => Ok(copy::into(
            session,
            "record",
            &[
                ("id", Type::INT8),
                ("event_key", Type::BYTEA),
                ("account", Type::INT8),
                ("ordinal", Type::INT8),
                ("version", Type::INT8),
                ("versions", Type::INT8),
                ("ticks", Type::INT8),
                ("tie", Type::INT8),
                ("customer", Type::INT8),
                ("customer_name", Type::INT8),
                ("user", Type::INT8),
                ("application", Type::INT8),
                ("operation", Type::INT8),
                ("resource", Type::INT8),
                ("status", Type::INT8),
                ("changed", Type::INT8),
                ("source", Type::INT8),
            ],
            records
                .iter()
                .map(|row| (row, row.key.0.as_slice(), i64::from(row.ordinal)))
                .collect::<Vec<_>>()
                .iter()
                .map(|(row, key, ordinal)| {
                    let row: Vec<&(dyn ToSql + Sync)> = vec![
                        &row.id,
                        key,
                        &row.account,
                        ordinal,
                        &row.version,
                        &1_i64,
                        &row.ticks,
                        &0_i64,
                        &row.terms.customer,
                        &row.terms.customer_name,
                        &row.terms.user,
                        &row.terms.application,
                        &row.terms.operation,
                        &row.terms.resource,
                        &row.terms.status,
                        &row.changed,
                        &row.source,
                    ];
                    row
                }),
        )?),
    }
}

fn insert_rows<'r, T, const N: usize>(
    file: &rusqlite::Connection,
    into: &str,
    rows: &'r [T],
    values: impl Fn(&'r T) -> [&'r dyn rusqlite::ToSql; N],
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
        let values: Vec<&dyn rusqlite::ToSql> = chunk.iter().flat_map(&values).collect();
        file.prepare_cached(&sql)?.execute(&*values)?;
    }
    Ok(())
}
