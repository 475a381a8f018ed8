//! Rows on their way, and the statements that write many at once.

use std::{collections::BTreeSet, sync::PoisonError};

use rusqlite::{ToSql, Transaction};

use super::{
    super::{
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
        )?;
        self.index(&versions, &indexed)
    }

    fn index(&mut self, versions: &[(VersionRow<'_>, Packed)], indexed: &Indexed) -> Result<(), StoreError> {
        let known = self.memory.words.read().unwrap_or_else(PoisonError::into_inner);
        self.words
            .extend(index::add_words(&self.transaction, &indexed.words, &known)?);
        drop(known);
        for ((row, _), tokens) in versions.iter().zip(&indexed.tokens) {
            let Some(tokens) = tokens else {
                continue;
            };
            index::insert(&self.transaction, row.record, tokens)?;
            if !row.incoming.changed.is_empty() {
                let changed = self.changed_term(&row.incoming.changed)?;
                self.transaction
                    .prepare_cached("UPDATE record SET changed = ?2 WHERE id = ?1")?
                    .execute([row.record, changed])?;
            }
        }
        Ok(())
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
