//! Bringing records into the index that were archived before there was one, or by other rules.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

use super::{
    super::{
        StoreError,
        connection::{Writes, params},
        documents, index, terms,
    },
    Writer,
};
use crate::{
    audit::search::{self, Tokens},
    store::directory::{Directory, Kind, term_text},
};

/// So many records go into the index in one transaction: others write between any two.
const BATCH: i64 = 500;

impl Writer {
    /// Adds the newest records that are not in the index; false when all are.
    pub fn index_some(&mut self, directory: &RwLock<Directory>) -> Result<bool, StoreError> {
        if index::indexed_from(&self.connection)? <= 1 {
            return Ok(false);
        }
        let transaction = self.connection.transaction(Writes::Archive)?;
        // Another process may have been here meanwhile.
        let until = index::indexed_from(&transaction)?;
        let (mut from, mut words, mut changes) = (1, BTreeSet::new(), Vec::new());
        let prepare = index::preparing(&transaction);
        {
            let mut statement = transaction.prepare_cached(
                "SELECT id, changed, account, ticks FROM record WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let mut rows = statement.query([until, BATCH])?;
            let mut seen = 0;
            while let Some(row) = rows.next()? {
                let (id, before): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
                seen += 1;
                if seen == BATCH {
                    from = id;
                }
                // Where a record cannot be read any more, the others are still indexed.
                let Some(record) = documents::newest(&transaction, &mut self.unpacker, id)? else {
                    continue;
                };
                let tokens = Tokens::of(&record);
                words.extend(tokens.words().map(ToOwned::to_owned));
                let entry = index::Entry {
                    record: id,
                    account: row.get(2)?,
                    ticks: row.get(3)?,
                    tokens: &prepare(&tokens),
                };
                index::insert(&transaction, &[entry])?;
                let changed = search::changed_fields(&record).join("\n");
                let changed = (!changed.is_empty()).then(|| term_text(Kind::Changed, &changed));
                if changed.is_some() || before.is_some() {
                    changes.push((id, changed));
                }
            }
        }
        let mut added_terms = Vec::new();
        for (id, text) in changes {
            let term = match text {
                Some(text) => {
                    let term = terms::number_of(&transaction, Kind::Changed, &text)?;
                    added_terms.push((text, term));
                    Some(term)
                }
                None => None,
            };
            transaction
                .prepare_cached("UPDATE record SET changed = ?2 WHERE id = ?1")?
                .execute(params![id, term])?;
            transaction
                .prepare_cached("INSERT INTO amendment (record) VALUES (?1)")?
                .execute([id])?;
        }
        let known = self.memory.words.read().unwrap_or_else(PoisonError::into_inner);
        let added = index::add_words(&transaction, &words, &known)?;
        drop(known);
        index::set_indexed_from(&transaction, from)?;
        let state = transaction.pulse()?;
        transaction.commit()?;
        let mut known = self.memory.words.write().unwrap_or_else(PoisonError::into_inner);
        added.iter().for_each(|word| known.insert(word));
        drop(known);
        let mut directory = directory.write().unwrap_or_else(PoisonError::into_inner);
        for (text, term) in added_terms {
            directory.insert(term, Kind::Changed, &text);
        }
        drop(directory);
        self.memory.follow(&self.connection, state)?;
        Ok(from > 1)
    }
}
