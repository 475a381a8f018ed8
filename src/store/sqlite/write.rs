//! The one way to write records: a batch, in one transaction, the same once or twice.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{PoisonError, RwLock},
};

use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, TransactionBehavior, params};

use super::{
    StoreError,
    documents::{Packed, Packer, Unpacker},
    file::{CACHE_KIBIBYTES, CHECKPOINT_PAGES},
};
use crate::{
    audit::{
        AuditRecord, RecordId,
        identity::{Content, EventKey},
        merge::{Archived, Reading, Step, merge},
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
    event: Archived,
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
    terms: Vec<(Kind, String, i64)>,
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

    /// Archives batches of a file. Their dates lie all over the years, and so do the pages of the indexes: with room for
    /// them, and seldom copied from the log into the file, they are written several times less often.
    pub fn append_file(
        &mut self,
        batches: Vec<Batch>,
        import: i64,
        directory: &RwLock<Directory>,
    ) -> Result<Vec<Appended>, StoreError> {
        let set = |connection: &Connection, kibibytes: i32, pages: i32| {
            connection.pragma_update(None, "cache_size", -kibibytes)?;
            connection.pragma_update(None, "wal_autocheckpoint", pages)
        };
        set(&self.connection, 3 * CACHE_KIBIBYTES, 8 * CHECKPOINT_PAGES)?;
        let appended = self.append(batches, Some(import), directory);
        set(&self.connection, CACHE_KIBIBYTES, CHECKPOINT_PAGES)?;
        appended
    }

    /// Archives batches: see [`crate::store::Store::append_all`]. Versions name the import that they came from.
    pub fn append(
        &mut self,
        batches: Vec<Batch>,
        import: Option<i64>,
        directory: &RwLock<Directory>,
    ) -> Result<Vec<Appended>, StoreError> {
        self.packer.train(&self.connection)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut appending = Appending {
            next_record: next(&transaction, "record")?,
            next_version: next(&transaction, "version")?,
            transaction,
            packer: &mut self.packer,
            unpacker: &mut self.unpacker,
            directory,
            memo: HashMap::new(),
            additions: Additions::default(),
            import,
            dates: BTreeSet::new(),
            records: Vec::new(),
            versions: Vec::new(),
        };
        let mut appended = Vec::with_capacity(batches.len());
        for batch in &batches {
            appended.push(appending.batch(batch)?);
        }
        appending.settle_ties()?;
        let Appending {
            transaction,
            additions,
            ..
        } = appending;
        transaction.commit()?;
        let mut directory = directory.write().unwrap_or_else(PoisonError::into_inner);
        for (kind, text, number) in additions.terms {
            directory.insert(number, kind, &text);
        }
        for ((customer, name), ticks) in additions.names {
            directory.name(customer, name, ticks);
        }
        Ok(appended)
    }
}

/// The number that the next row of a table will have: one that no row ever had.
fn next(connection: &Connection, table: &str) -> Result<i64, StoreError> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = ?1")?
        .query_row([table], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0) + 1)
}

/// A row of `record` on its way.
struct RecordRow {
    id: i64,
    key: EventKey,
    account: i64,
    ordinal: u32,
    version: i64,
    ticks: i64,
    terms: Terms,
    source: i64,
}

/// A row of `version` on its way; its document is packed when it is written.
struct VersionRow<'b> {
    seq: i64,
    record: i64,
    content: Content,
    source: i64,
    import: Option<i64>,
    archived_at: i64,
    document: &'b str,
}

/// So many rows go into one statement: each statement has its price, whatever it inserts.
const ROWS: usize = 32;
/// Events that are looked for together.
const EVENTS: usize = 64;
/// Dates that are looked at together.
const DATES: usize = 64;

struct Appending<'a, 'b> {
    transaction: Transaction<'a>,
    packer: &'a mut Packer,
    unpacker: &'a mut Unpacker,
    directory: &'a RwLock<Directory>,
    /// Terms that this transaction met.
    memo: HashMap<(Kind, &'b str), i64>,
    additions: Additions,
    import: Option<i64>,
    /// The dates under which records came to stand.
    dates: BTreeSet<i64>,
    next_record: i64,
    next_version: i64,
    /// What a batch adds, written together.
    records: Vec<RecordRow>,
    versions: Vec<VersionRow<'b>>,
}

impl<'b> Appending<'_, 'b> {
    fn batch(&mut self, batch: &'b Batch) -> Result<Appended, StoreError> {
        // The records of an event side by side, each in the order of arrival, as the events by their first record: so
        // versions are numbered in that order, too.
        let mut shown: Vec<(usize, &Incoming)> = batch.records.iter().enumerate().collect();
        shown.sort_by_key(|(_, incoming)| incoming.key);
        let mut events: Vec<&[(usize, &Incoming)]> =
            shown.chunk_by(|(_, a), (_, b)| a.key == b.key).collect();
        events.sort_unstable_by_key(|event| event.first().map(|(at, _)| *at));
        let mut appended = Appended::default();
        for some in events.chunks(EVENTS) {
            let all_new = self.all_new(some)?;
            for event in some {
                let known = match (all_new, event.first()) {
                    (false, Some((_, first))) => self.known(&first.key, batch.account.0)?,
                    _ => Vec::new(),
                };
                self.event(batch, event, &known, &mut appended)?;
            }
        }
        self.flush()?;
        Ok(appended)
    }

    /// Archives what a batch shows under one event key.
    fn event(
        &mut self,
        batch: &Batch,
        shown: &[(usize, &'b Incoming)],
        known: &[Known],
        appended: &mut Appended,
    ) -> Result<(), StoreError> {
        let Some((_, first)) = shown.first() else {
            return Ok(());
        };
        let archived: Vec<Archived> = known.iter().map(|known| known.event).collect();
        let contents: Vec<Content> = shown.iter().map(|(_, incoming)| incoming.content).collect();
        let reading = Reading {
            has_id: first.record.given_id.is_some(),
            collected: batch.source == Source::Collected,
        };
        let mut failed = None;
        let steps = merge(
            &archived,
            &first.seen_before,
            &contents,
            reading,
            |event, content| {
                self.had(known[event].id, content).unwrap_or_else(|error| {
                    failed = Some(error);
                    false
                })
            },
        );
        if let Some(error) = failed {
            return Err(error);
        }
        let mut ids: Vec<i64> = known.iter().map(|known| known.id).collect();
        let mut ordinal = known.iter().map(|known| known.ordinal + 1).max().unwrap_or(0);
        for (step, (_, incoming)) in steps.into_iter().zip(shown) {
            match step {
                Step::Known { event, confirms } => {
                    appended.known += 1;
                    if confirms && let Some(id) = ids.get(event) {
                        self.confirm(*id)?;
                    }
                }
                Step::Older { event } => {
                    appended.revised += 1;
                    if let Some(id) = ids.get(event) {
                        self.version(batch, incoming, *id)?;
                        self.transaction
                            .prepare_cached("UPDATE record SET versions = versions + 1 WHERE id = ?1")?
                            .execute([id])?;
                    }
                }
                Step::Revised { event } => {
                    appended.revised += 1;
                    if let Some(id) = ids.get(event).copied() {
                        self.revise(batch, incoming, id)?;
                    }
                }
                Step::New => {
                    appended.new += 1;
                    ids.push(self.insert(batch, incoming, ordinal)?);
                    ordinal += 1;
                }
            }
        }
        Ok(())
    }

    /// Notes that Partner Center itself showed what so far only a file said, so that an older file cannot hide it.
    fn confirm(&self, id: i64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE record SET source = 1 WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Whether the archive surely has none of these events, because it has nothing of that time at all. Those of a page lie
    /// side by side, and mostly it has either all or none.
    fn all_new(&self, events: &[&[(usize, &Incoming)]]) -> Result<bool, StoreError> {
        let keys = events
            .iter()
            .filter_map(|event| event.first())
            .map(|(_, first)| first.key);
        let (Some(first), Some(last)) = (keys.clone().min(), keys.max()) else {
            return Ok(true);
        };
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM record WHERE event_key BETWEEN ?1 AND ?2")?;
        Ok(!statement.exists(params![first.0, last.0])?)
    }

    fn known(&self, key: &EventKey, account: i64) -> Result<Vec<Known>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT r.id, r.ordinal, r.source, v.content FROM record r JOIN version v ON v.seq = r.version
             WHERE r.event_key = ?1 AND r.account = ?2 ORDER BY r.ordinal",
        )?;
        let rows = statement.query_map(params![key.0, account], |row| {
            Ok(Known {
                id: row.get(0)?,
                ordinal: row.get(1)?,
                event: Archived {
                    collected: row.get::<_, i64>(2)? == number(Source::Collected),
                    content: Content(row.get(3)?),
                },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn had(&self, record: i64, content: Content) -> Result<bool, StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM version WHERE record = ?1 AND content = ?2")?;
        Ok(statement.exists(params![record, content.0])?)
    }

    /// Adds an event; returns its number.
    fn insert(&mut self, batch: &Batch, incoming: &'b Incoming, ordinal: u32) -> Result<i64, StoreError> {
        let ticks = incoming.record.ticks.unwrap_or(incoming.fallback).0;
        let terms = self.terms(&incoming.record, ticks)?;
        let id = self.next_record;
        self.next_record += 1;
        let version = self.version(batch, incoming, id)?;
        self.records.push(RecordRow {
            id,
            key: incoming.key,
            account: batch.account.0,
            ordinal,
            version,
            ticks,
            terms,
            source: number(batch.source),
        });
        self.dates.insert(ticks);
        Ok(id)
    }

    /// Adds a version of a record; returns its number.
    fn version(&mut self, batch: &Batch, incoming: &'b Incoming, record: i64) -> Result<i64, StoreError> {
        let seq = self.next_version;
        self.next_version += 1;
        self.versions.push(VersionRow {
            seq,
            record,
            content: incoming.content,
            source: number(batch.source),
            import: self.import,
            archived_at: batch.archived_at.timestamp_millis(),
            document: &incoming.record.document,
        });
        Ok(seq)
    }

    /// Adds a version to a known record, as its newest.
    fn revise(&mut self, batch: &Batch, incoming: &'b Incoming, id: i64) -> Result<(), StoreError> {
        let version = self.version(batch, incoming, id)?;
        let ticks = incoming.record.ticks.unwrap_or(incoming.fallback).0;
        let terms = self.terms(&incoming.record, ticks)?;
        // The same batch may have added it.
        self.flush()?;
        self.transaction
            .prepare_cached(
                "UPDATE record SET version = ?2, versions = versions + 1, ticks = ?3, customer = ?4, customer_name = ?5,
                   user = ?6, application = ?7, operation = ?8, resource = ?9, status = ?10, source = ?11 WHERE id = ?1",
            )?
            .execute(params![
                id,
                version,
                ticks,
                terms.customer,
                terms.customer_name,
                terms.user,
                terms.application,
                terms.operation,
                terms.resource,
                terms.status,
                number(batch.source),
            ])?;
        self.dates.insert(ticks);
        Ok(())
    }

    /// Writes the rows that wait. Documents are packed while the other rows are written: both take about as long.
    fn flush(&mut self) -> Result<(), StoreError> {
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

    /// Numbers the records of each date that was touched by their record id: once for a batch, because it reads
    /// every document of the date.
    fn settle_ties(&mut self) -> Result<(), StoreError> {
        let dates: Vec<i64> = std::mem::take(&mut self.dates).into_iter().collect();
        for dates in dates.chunks(DATES) {
            for ticks in self.shared(dates)? {
                self.settle_ties_of(ticks)?;
            }
        }
        Ok(())
    }

    /// Which of these dates, ascending, more than one record may have. New records mostly lie side by side: one look at
    /// all between the first and the last date is cheaper than one for each, unless there is much else between.
    fn shared(&self, dates: &[i64]) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT ticks FROM record WHERE ticks BETWEEN ?1 AND ?2 ORDER BY ticks LIMIT ?3",
        )?;
        let most = dates.len() * 2;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![dates.first(), dates.last(), limit])?;
        let (mut before, mut shared, mut seen) = (None, Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let ticks: i64 = row.get(0)?;
            seen += 1;
            if before == Some(ticks) && shared.last() != Some(&ticks) {
                shared.push(ticks);
            }
            before = Some(ticks);
        }
        if seen == most {
            return Ok(dates.to_vec());
        }
        shared.retain(|ticks| dates.binary_search(ticks).is_ok());
        Ok(shared)
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

    fn terms(&mut self, record: &'b AuditRecord, ticks: i64) -> Result<Terms, StoreError> {
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

    fn optional_term(&mut self, kind: Kind, text: Option<&'b str>) -> Result<Option<i64>, StoreError> {
        text.map(|text| self.term(kind, text)).transpose()
    }

    fn term(&mut self, kind: Kind, text: &'b str) -> Result<i64, StoreError> {
        if let Some(number) = self.memo.get(&(kind, text)) {
            return Ok(*number);
        }
        let number = self.look_up(kind, term_text(kind, text))?;
        self.memo.insert((kind, text), number);
        Ok(number)
    }

    fn look_up(&mut self, kind: Kind, text: String) -> Result<i64, StoreError> {
        let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = directory.number(kind, &text) {
            return Ok(number);
        }
        drop(directory);
        // Another process may have added it meanwhile, or this transaction for a text that is cut to the same.
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
        self.additions.terms.push((kind, text, number));
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

fn number(source: Source) -> i64 {
    match source {
        Source::Collected => 1,
        Source::Imported => 2,
    }
}
