//! Audit records from files: NDJSON, and saved answers of the API (a collection, or a list of records).

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, BufRead, Read},
};

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::{
    audit::{
        AuditRecord, Ticks,
        identity::{Content, EventKey},
        json,
    },
    store::{AccountId, Appended, Batch, Incoming, Source, Store, StoreError},
};

/// So many records go into one transaction.
const BATCH: usize = 2_000;
/// A line longer than this is no audit record.
const LONGEST_LINE: u64 = 64 << 20;
/// A saved answer is read as a whole; larger archives are NDJSON.
const LARGEST_ANSWER: u64 = 1 << 30;
/// Of so many rejected records the reasons are told.
const MOST_REASONS: usize = 100;

/// What importing a file did.
#[derive(Debug, Default)]
pub struct Imported {
    pub read: u64,
    pub appended: Appended,
    pub rejected: u64,
    /// Where (line of the file, or place in a list, from 1) and why, for the first of them.
    pub reasons: Vec<(u64, &'static str)>,
}

/// Why a file could not be imported. What was archived before stays, and importing again completes it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read")]
    File(#[from] io::Error),
    #[error("the file is neither NDJSON nor a saved answer of the API: {0}")]
    NotUnderstood(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Imports everything from a reader. `now` is the time of archiving. One file is one reading: of equal records
/// without ids, as many are archived as the file holds.
///
/// # Errors
/// When the file is not understood at all (then nothing was changed), cannot be read, or the archive fails.
pub async fn import(
    store: &dyn Store,
    mut from: impl BufRead,
    now: DateTime<Utc>,
) -> Result<Imported, ImportError> {
    let mut importing = Importing {
        store,
        now,
        accounts: store
            .accounts()
            .await?
            .into_iter()
            .map(|a| (a.tenant_id, a.id))
            .collect(),
        batch: Vec::new(),
        batch_account: None,
        seen: HashMap::new(),
        done: Imported::default(),
    };
    skip_bom(&mut from)?;
    let mut number = 1;
    let mut first = line(&mut from)?;
    while first.as_ref().is_some_and(|line| line.trim_ascii().is_empty()) {
        first = line(&mut from)?;
        number += 1;
    }
    let first = first.unwrap_or_default();
    if is_record(text(&first).trim()) {
        let mut next = Some(first);
        while let Some(line_of_file) = next {
            importing.take_line(number, text(&line_of_file).trim()).await?;
            number += 1;
            next = line(&mut from)?;
        }
    } else {
        let mut whole = first;
        from.take(LARGEST_ANSWER).read_to_end(&mut whole)?;
        if whole.len() as u64 >= LARGEST_ANSWER {
            return Err(ImportError::NotUnderstood("it is too large for a saved answer"));
        }
        let whole = String::from_utf8(whole).map_err(|_| ImportError::NotUnderstood("it is not UTF-8"))?;
        let records = records_of(&whole)?;
        for (at, record) in records.into_iter().enumerate() {
            importing.take(at as u64 + 1, record).await?;
        }
    }
    importing.flush().await?;
    Ok(importing.done)
}

fn skip_bom(from: &mut impl BufRead) -> io::Result<()> {
    if from.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        from.consume(3);
    }
    Ok(())
}

/// The next line, or as much of it as a line may have.
fn line(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let length = from.take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    Ok((length > 0).then_some(bytes))
}

/// A line's text; bytes that are not UTF-8 become U+FFFD, which makes a record unlike any other rather than lost.
fn text(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line)
}

/// Whether a text is a JSON object that says what an audit record says.
fn is_record(text: &str) -> bool {
    text.starts_with('{')
        && json::members(text).is_some_and(|members| {
            members
                .iter()
                .any(|(name, _)| matches!(name.as_str(), "operationType" | "operationDate" | "partnerId"))
        })
}

/// The records of saved answers: collections, lists, or records one after the other.
fn records_of(text: &str) -> Result<Vec<&str>, ImportError> {
    let mut records = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let value = value
            .map_err(|_| ImportError::NotUnderstood("it is not JSON"))?
            .get();
        if let Some(list) = json::elements(value) {
            records.extend(list);
            continue;
        }
        let items = json::members(value)
            .and_then(|members| members.into_iter().find(|(name, _)| name == "items"))
            .and_then(|(_, items)| json::elements(items));
        match items {
            Some(items) => records.extend(items),
            None if is_record(value) => records.push(value),
            None => return Err(ImportError::NotUnderstood("it holds no list of records")),
        }
    }
    Ok(records)
}

struct Importing<'a> {
    store: &'a dyn Store,
    now: DateTime<Utc>,
    accounts: HashMap<String, AccountId>,
    batch: Vec<Incoming>,
    batch_account: Option<AccountId>,
    /// What the file showed of records without ids in earlier batches.
    seen: HashMap<EventKey, Vec<Content>>,
    done: Imported,
}

impl Importing<'_> {
    /// A line is one record; a tool that forgot to break a line, or wrote a whole answer into it, loses none.
    async fn take_line(&mut self, at: u64, text: &str) -> Result<(), ImportError> {
        let several = match text.is_empty() || is_record(text) {
            true => Vec::new(),
            false => records_of(text).unwrap_or_default(),
        };
        if several.is_empty() {
            return self.take(at, text).await;
        }
        for record in several {
            self.take(at, record).await?;
        }
        Ok(())
    }

    async fn take(&mut self, at: u64, text: &str) -> Result<(), ImportError> {
        if text.is_empty() {
            return Ok(());
        }
        self.done.read += 1;
        if !is_record(text) {
            self.done.rejected += 1;
            if self.done.reasons.len() < MOST_REASONS {
                let reason = if text.starts_with('{') {
                    "not an audit record"
                } else {
                    "not a JSON object"
                };
                self.done.reasons.push((at, reason));
            }
            return Ok(());
        }
        let record = AuditRecord::read(text);
        let account = self.account(record.partner_id.as_deref()).await?;
        if self.batch_account != Some(account) || self.batch.len() >= BATCH {
            self.flush().await?;
            self.batch_account = Some(account);
        }
        // What has no readable date is filed under the time of the import.
        let mut incoming = Incoming::new(record, Ticks::from(self.now));
        incoming.seen_before = self.seen.get(&incoming.key).cloned().unwrap_or_default();
        self.batch.push(incoming);
        Ok(())
    }

    /// The account that a record belongs to; one that the settings do not name appears under its id.
    async fn account(&mut self, partner_id: Option<&str>) -> Result<AccountId, StoreError> {
        // A record that names no partner is the only partner's there is.
        let only = self.accounts.keys().next().filter(|_| self.accounts.len() == 1);
        let tenant = match partner_id {
            Some(id) => id.to_ascii_lowercase(),
            None => only.cloned().unwrap_or_else(|| "unknown".to_owned()),
        };
        if let Some(known) = self.accounts.get(&tenant) {
            return Ok(*known);
        }
        let id = self.store.account(&tenant, &tenant).await?;
        self.accounts.insert(tenant, id);
        Ok(id)
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let Some(account) = self.batch_account else {
            return Ok(());
        };
        let records = std::mem::take(&mut self.batch);
        if records.is_empty() {
            return Ok(());
        }
        for incoming in &records {
            if incoming.record.given_id.is_none() {
                self.seen.entry(incoming.key).or_default().push(incoming.content);
            }
        }
        let batch = Batch {
            account,
            source: Source::Imported,
            archived_at: self.now,
            records,
        };
        self.done.appended += self.store.append(batch).await?;
        Ok(())
    }
}
