//! Rows on their way.

use std::{collections::BTreeSet, sync::PoisonError};

use super::{
    super::{
        adding::{self, Column, RECORD, VERSION, VERSION_OF_A_FILE},
        connection::{Connection, ToValue as _, Value},
        documents::{Packed, Packer},
        index::{self, Prepared},
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
    store::{Incoming, StoreError},
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
    tokens: Vec<Option<Prepared>>,
    words: BTreeSet<String>,
}

impl Indexed {
    fn of(
        versions: &[VersionRow<'_>],
        memory: &Memory,
        indexed_from: i64,
        prepare: fn(&Tokens) -> Prepared,
    ) -> Self {
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
                prepare(&tokens)
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

/// Fewer rows are not worth other threads.
const FEW: usize = 32;

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
        let prepare = index::preparing(transaction);
        let indexed = if versions.len() < FEW {
            insert_records(transaction, &records)?;
            insert_versions(transaction, &versions, &pack(&versions, packer)?)?;
            Indexed::of(&versions, memory, indexed_from, prepare)
        } else {
            fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            std::thread::scope(|scope| {
                let indexing = scope.spawn(|| Indexed::of(&versions, memory, indexed_from, prepare));
                let packing = scope.spawn(|| pack(&versions, packer));
                insert_records(transaction, &records)?;
                insert_versions(transaction, &versions, &joined(packing)?)?;
                Ok::<_, StoreError>(joined(indexing))
            })?
        };
        self.index(&versions, &indexed)
    }

    fn index(&mut self, versions: &[VersionRow<'_>], indexed: &Indexed) -> Result<(), StoreError> {
        let known = self.memory.words.read().unwrap_or_else(PoisonError::into_inner);
        self.words
            .extend(index::add_words(&self.transaction, &indexed.words, &known)?);
        drop(known);
        let entries: Vec<index::Entry<'_>> = versions
            .iter()
            .zip(&indexed.tokens)
            .filter_map(|(row, tokens)| {
                Some(index::Entry {
                    record: row.record,
                    account: row.account,
                    ticks: row.ticks,
                    tokens: tokens.as_ref()?,
                })
            })
            .collect();
        if self.transaction.file().is_none() {
            self.indexed.extend(entries.iter().map(|entry| entry.ticks));
        }
        index::insert(&self.transaction, &entries)
    }
}

fn insert_versions(
    connection: &Connection,
    versions: &[VersionRow<'_>],
    packed: &[Packed],
) -> Result<(), StoreError> {
    let columns: &[Column] = match connection {
        Connection::File(_) => &VERSION[..VERSION_OF_A_FILE],
        Connection::Server(_) => &VERSION,
    };
    let rows: Vec<Vec<Value<'_>>> = versions
        .iter()
        .zip(packed)
        .map(|(row, packed)| {
            let mut values = vec![
                row.seq.to_value(),
                row.record.to_value(),
                row.content.0.to_value(),
                row.source.to_value(),
                row.archived_at.to_value(),
                packed.dictionary.to_value(),
                packed.bytes.to_value(),
                row.import.to_value(),
            ];
            if columns.len() > VERSION_OF_A_FILE {
                values.extend([row.account.to_value(), row.ticks.to_value()]);
            }
            values
        })
        .collect();
    Ok(adding::add(connection, "version", columns, &rows)?)
}

fn insert_records(connection: &Connection, records: &[RecordRow]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value<'_>>> = records
        .iter()
        .map(|row| {
            vec![
                row.id.to_value(),
                row.key.0.to_value(),
                row.account.to_value(),
                row.ordinal.to_value(),
                row.version.to_value(),
                Value::Int(1),
                row.ticks.to_value(),
                Value::Int(0),
                row.terms.customer.to_value(),
                row.terms.customer_name.to_value(),
                row.terms.user.to_value(),
                row.terms.application.to_value(),
                row.terms.operation.to_value(),
                row.terms.resource.to_value(),
                row.terms.status.to_value(),
                row.source.to_value(),
                row.changed.to_value(),
            ]
        })
        .collect();
    Ok(adding::add(connection, "record", &RECORD, &rows)?)
}
