//! The one way to write records: a batch, in one transaction, the same once or twice.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{PoisonError, RwLock},
};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{
    StoreError,
    documents::{Packer, Unpacker},
};
use crate::{
    audit::{
        AuditRecord, RecordId,
        identity::{Content, EventKey},
    },
    store::{
        Appended, Batch, Incoming, Source,
        directory::{Directory, Kind, term_text},
    },
};

/// The connection that writes, and what it needs to know.
pub struct Writer {
    connection: Connection,
    packer: Packer,
    unpacker: Unpacker,
}

/// A record of the archive with the same event key as one that arrives.
struct Known {
    id: i64,
    ordinal: u32,
    source: Source,
    content: [u8; 16],
}

/// The numbers of a record's terms.
struct Terms {
    customer: Option<i64>,
    customer_name: Option<i64>,
    user: Option<i64>,
    application: Option<i64>,
    operation: i64,
    resource: i64,
    status: i64,
}

/// What a transaction adds to the directory once it is committed.
#[derive(Default)]
struct Additions {
    terms: HashMap<(Kind, String), i64>,
    names: HashMap<(i64, i64), i64>,
}

impl Writer {
    pub fn new(connection: Connection) -> Result<Self, StoreError> {
        Ok(Self {
            packer: Packer::new(&connection)?,
            unpacker: Unpacker::new()?,
            connection,
        })
    }

    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Archives a batch: see [`crate::store::Store::append`].
    pub fn append(&mut self, batch: Batch, directory: &RwLock<Directory>) -> Result<Appended, StoreError> {
        self.import(batch, None, directory)
    }

    /// Archives a batch whose versions name the import that they came from.
    pub fn import(
        &mut self,
        batch: Batch,
        import: Option<i64>,
        directory: &RwLock<Directory>,
    ) -> Result<Appended, StoreError> {
        self.packer.train(&self.connection)?;
        let mut appending = Appending {
            transaction: self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?,
            packer: &mut self.packer,
            unpacker: &mut self.unpacker,
            directory,
            additions: Additions::default(),
            account: batch.account.0,
            source: batch.source,
            import,
            archived_at: batch.archived_at.timestamp_millis(),
            dates: BTreeSet::new(),
        };
        let mut appended = Appended::default();
        let mut shown = Shown::of(&batch.records);
        for incoming in &batch.records {
            let key = EventKey::of(&incoming.record);
            match appending.one(incoming, key, shown.next(&key))? {
                Outcome::New => appended.new += 1,
                Outcome::Known => appended.known += 1,
                Outcome::Revised => appended.revised += 1,
            }
        }
        appending.settle_ties()?;
        let Appending {
            transaction,
            additions,
            ..
        } = appending;
        transaction.commit()?;
        let mut directory = directory.write().unwrap_or_else(PoisonError::into_inner);
        for ((kind, text), number) in additions.terms {
            directory.insert(number, kind, &text);
        }
        for ((customer, name), ticks) in additions.names {
            directory.name(customer, name, ticks);
        }
        Ok(appended)
    }
}

enum Outcome {
    New,
    Known,
    Revised,
}

struct Appending<'a> {
    transaction: Transaction<'a>,
    packer: &'a mut Packer,
    unpacker: &'a mut Unpacker,
    directory: &'a RwLock<Directory>,
    additions: Additions,
    account: i64,
    source: Source,
    import: Option<i64>,
    archived_at: i64,
    /// The dates under which records came to stand.
    dates: BTreeSet<i64>,
}

/// What a reading shows under each event key, in its order, as far as is known.
struct Shown(HashMap<EventKey, (Vec<Content>, usize)>);

/// One record's content, and what the same reading shows under the same event key before and after it.
struct Place<'a> {
    earlier: &'a [Content],
    content: Content,
    later: &'a [Content],
}

impl Shown {
    fn of(records: &[Incoming]) -> Self {
        let mut all: HashMap<EventKey, (Vec<Content>, usize)> = HashMap::new();
        for incoming in records {
            let (contents, _) = all.entry(EventKey::of(&incoming.record)).or_insert_with(|| {
                let before = incoming.seen_before.clone();
                let next = before.len();
                (before, next)
            });
            contents.push(Content::of(&incoming.record));
        }
        Self(all)
    }

    /// The next record under that key.
    fn next(&mut self, key: &EventKey) -> Place<'_> {
        let (contents, next) = self
            .0
            .get_mut(key)
            .expect("every record of the batch was entered");
        let at = *next;
        *next += 1;
        Place {
            earlier: &contents[..at],
            content: contents[at],
            later: &contents[at + 1..],
        }
    }
}

impl Appending<'_> {
    fn one(&mut self, incoming: &Incoming, key: EventKey, place: Place<'_>) -> Result<Outcome, StoreError> {
        let Place {
            earlier,
            content,
            later,
        } = place;
        let known = self.known(&key)?;
        let has_id = incoming.record.given_id.is_some();
        // Equal records of one reading each stand for a record of their own: what the reading showed before
        // takes its counterpart first.
        let mut free: Vec<&Known> = known.iter().collect();
        if !has_id {
            take_counterparts(&mut free, earlier);
        }
        if let Some(same) = free.iter().find(|k| k.content == content.0) {
            return self.confirm(same);
        }
        // A file may hold an older version, and one reading may show an id twice: what is archived already
        // does not become the newest again.
        if self.source == Source::Imported || (has_id && !earlier.is_empty()) {
            for old in &free {
                if self.has_version(old.id, content)? {
                    return Ok(Outcome::Known);
                }
            }
        }
        // Nor does it become a version of a record that the reading goes on to show as it was.
        if !has_id {
            take_counterparts(&mut free, later);
        }
        let Some(old) = free.first() else {
            let ordinal = known.iter().map(|k| k.ordinal + 1).max().unwrap_or(0);
            self.insert(incoming, key, content, ordinal)?;
            return Ok(Outcome::New);
        };
        self.revise(incoming, old, content)?;
        Ok(Outcome::Revised)
    }

    /// Notes that Partner Center itself showed what so far only a file said, so that an older file cannot hide it.
    fn confirm(&self, same: &Known) -> Result<Outcome, StoreError> {
        if self.source == Source::Collected && same.source == Source::Imported {
            self.transaction
                .prepare_cached("UPDATE record SET source = 1 WHERE id = ?1")?
                .execute([same.id])?;
        }
        Ok(Outcome::Known)
    }

    fn known(&self, key: &EventKey) -> Result<Vec<Known>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT r.id, r.ordinal, r.source, v.content FROM record r JOIN version v ON v.seq = r.version
             WHERE r.event_key = ?1 AND r.account = ?2 ORDER BY r.ordinal",
        )?;
        let rows = statement.query_map(params![key.0, self.account], |row| {
            Ok(Known {
                id: row.get(0)?,
                ordinal: row.get(1)?,
                source: if row.get::<_, i64>(2)? == 1 {
                    Source::Collected
                } else {
                    Source::Imported
                },
                content: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn has_version(&self, record: i64, content: Content) -> Result<bool, StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM version WHERE record = ?1 AND content = ?2")?;
        Ok(statement.exists(params![record, content.0])?)
    }

    fn insert(
        &mut self,
        incoming: &Incoming,
        key: EventKey,
        content: Content,
        ordinal: u32,
    ) -> Result<(), StoreError> {
        let ticks = incoming.record.ticks.unwrap_or(incoming.fallback).0;
        let terms = self.terms(&incoming.record, ticks)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO record (event_key, account, ordinal, version, versions, ticks, tie, customer, customer_name,
                   user, application, operation, resource, status, source)
                 VALUES (?1, ?2, ?3, 0, 1, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                key.0,
                self.account,
                ordinal,
                ticks,
                terms.customer,
                terms.customer_name,
                terms.user,
                terms.application,
                terms.operation,
                terms.resource,
                terms.status,
                number(self.source),
            ])?;
        let record = self.transaction.last_insert_rowid();
        let version = self.version(incoming, record, content)?;
        self.transaction
            .prepare_cached("UPDATE record SET version = ?2 WHERE id = ?1")?
            .execute(params![record, version])?;
        self.dates.insert(ticks);
        Ok(())
    }

    fn version(&mut self, incoming: &Incoming, record: i64, content: Content) -> Result<i64, StoreError> {
        let packed = self.packer.pack(&incoming.record.document)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO version (record, content, source, archived_at, dictionary, document, import)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                record,
                content.0,
                number(self.source),
                self.archived_at,
                packed.dictionary,
                packed.bytes,
                self.import
            ])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// Adds a version to a known record. What is imported never hides what was collected: it may be older.
    fn revise(&mut self, incoming: &Incoming, old: &Known, content: Content) -> Result<(), StoreError> {
        let version = self.version(incoming, old.id, content)?;
        if self.source == Source::Imported && old.source == Source::Collected {
            self.transaction
                .prepare_cached("UPDATE record SET versions = versions + 1 WHERE id = ?1")?
                .execute([old.id])?;
            return Ok(());
        }
        let ticks = incoming.record.ticks.unwrap_or(incoming.fallback).0;
        let terms = self.terms(&incoming.record, ticks)?;
        self.transaction
            .prepare_cached(
                "UPDATE record SET version = ?2, versions = versions + 1, ticks = ?3, customer = ?4, customer_name = ?5,
                   user = ?6, application = ?7, operation = ?8, resource = ?9, status = ?10, source = ?11 WHERE id = ?1",
            )?
            .execute(params![
                old.id,
                version,
                ticks,
                terms.customer,
                terms.customer_name,
                terms.user,
                terms.application,
                terms.operation,
                terms.resource,
                terms.status,
                number(self.source),
            ])?;
        self.dates.insert(ticks);
        Ok(())
    }

    /// Numbers the records of each date that was touched by their record id: once for a batch, because it reads
    /// every document of the date.
    fn settle_ties(&mut self) -> Result<(), StoreError> {
        std::mem::take(&mut self.dates)
            .into_iter()
            .try_for_each(|ticks| self.settle_ties_of(ticks))
    }

    fn settle_ties_of(&mut self, ticks: i64) -> Result<(), StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT id FROM record WHERE ticks = ?1")?;
        let equal: Vec<i64> = statement
            .query_map([ticks], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if equal.len() < 2 {
            return Ok(());
        }
        let mut statement = self.transaction.prepare_cached(
            "SELECT r.event_key, r.ordinal, v.dictionary, v.document FROM record r JOIN version v ON v.seq = r.version
             WHERE r.id = ?1",
        )?;
        let mut named = Vec::with_capacity(equal.len());
        for id in equal {
            let (key, ordinal, dictionary, bytes): ([u8; 16], u32, Option<i64>, Vec<u8>) = statement
                .query_row([id], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?;
            let document = self.unpacker.unpack(&self.transaction, dictionary, &bytes)?;
            let given = AuditRecord::read(document).given_id;
            named.push((RecordId::new(given.as_deref(), &EventKey(key), ordinal), id));
        }
        named.sort();
        let mut update = self
            .transaction
            .prepare_cached("UPDATE record SET tie = ?2 WHERE id = ?1 AND tie <> ?2")?;
        for (tie, (_, id)) in named.iter().enumerate() {
            update.execute(params![id, i64::try_from(tie).unwrap_or(i64::MAX)])?;
        }
        Ok(())
    }

    fn terms(&mut self, record: &AuditRecord, ticks: i64) -> Result<Terms, StoreError> {
        let customer = self.optional_term(Kind::Customer, record.customer_id.as_deref())?;
        let customer_name = self.optional_term(Kind::CustomerName, record.customer_name.as_deref())?;
        if let Some(name) = customer_name {
            self.name(customer.unwrap_or(0), name, ticks)?;
        }
        Ok(Terms {
            customer,
            customer_name,
            user: self.optional_term(Kind::User, record.user_principal_name.as_deref())?,
            application: self.optional_term(Kind::Application, record.application_id.as_deref())?,
            operation: self.term(Kind::Operation, &record.operation_type.0)?,
            resource: self.term(Kind::Resource, &record.resource_type.0)?,
            status: self.term(Kind::Status, &record.operation_status.0)?,
        })
    }

    fn optional_term(&mut self, kind: Kind, text: Option<&str>) -> Result<Option<i64>, StoreError> {
        text.map(|text| self.term(kind, text)).transpose()
    }

    fn term(&mut self, kind: Kind, text: &str) -> Result<i64, StoreError> {
        let text = term_text(kind, text);
        if let Some(number) = self
            .directory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .number(kind, &text)
        {
            return Ok(number);
        }
        if let Some(number) = self.additions.terms.get(&(kind, text.clone())) {
            return Ok(*number);
        }
        // Another process may have added it meanwhile.
        let found = self
            .transaction
            .prepare_cached("SELECT id FROM term WHERE kind = ?1 AND text = ?2")?
            .query_row(params![kind as i64, text], |row| row.get(0))
            .optional()?;
        let number = match found {
            Some(number) => number,
            None => {
                self.transaction
                    .prepare_cached("INSERT INTO term (kind, text) VALUES (?1, ?2)")?
                    .execute(params![kind as i64, text])?;
                self.transaction.last_insert_rowid()
            }
        };
        self.additions.terms.insert((kind, text), number);
        Ok(number)
    }

    /// Notes under which name a customer appeared; the last date is kept to the day, to spare writes.
    fn name(&mut self, customer: i64, name: i64, ticks: i64) -> Result<(), StoreError> {
        const DAY: i64 = 864_000_000_000;
        let seen = self.additions.names.get(&(customer, name)).copied().or_else(|| {
            self.directory
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .name_seen(customer, name)
        });
        if seen.is_some_and(|seen| seen.div_euclid(DAY) >= ticks.div_euclid(DAY)) {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO customer_name (customer, name, last_ticks, changed)
                 VALUES (?1, ?2, ?3, (SELECT coalesce(max(changed), 0) + 1 FROM customer_name))
                 ON CONFLICT (customer, name) DO UPDATE
                   SET last_ticks = max(last_ticks, excluded.last_ticks), changed = excluded.changed",
            )?
            .execute([customer, name, ticks])?;
        self.additions.names.insert((customer, name), ticks);
        Ok(())
    }
}

/// Takes away, for each content, one record that says it.
fn take_counterparts(free: &mut Vec<&Known>, contents: &[Content]) {
    for content in contents {
        if let Some(at) = free.iter().position(|k| k.content == content.0) {
            free.remove(at);
        }
    }
}

fn number(source: Source) -> i64 {
    match source {
        Source::Collected => 1,
        Source::Imported => 2,
    }
}
