//! The one way to write records: a batch, in one transaction, the same once or twice.

mod backfill;
mod rows;
mod terms;
mod ties;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use rows::{RecordRow, VersionRow};
use terms::Additions;

use super::{
    StoreError, adding,
    connection::{Connection, ToValue as _, Transaction, Value, Writes, params},
    documents::{self, Packer, Unpacker},
    index,
    memory::Memory,
    retention,
};
use crate::{
    audit::{
        identity::{Content, EventKey},
        merge::{Archived, Reading, Step, merge},
        search::Tokens,
    },
    store::{
        Appended, Batch, Incoming, KeptFrom, Source,
        directory::{Directory, Kind},
        postgres::Upkeep,
        sqlite::file::{CACHE_KIBIBYTES, CHECKPOINT_PAGES},
    },
};

/// The connection that writes, and what it needs to know.
pub struct Writer {
    connection: Connection,
    packer: Packer,
    unpacker: Unpacker,
    memory: Arc<Memory>,
    /// The months that a server's tables have parts for, as far as they were needed.
    months: HashSet<i64>,
    /// The dates of records whose tokens were added to a server's index, since somebody took them.
    indexed: Vec<i64>,
}

/// A record of the archive with the same event key as one that arrives.
struct Known {
    id: i64,
    ordinal: u32,
    event: Archived,
}

impl Writer {
    pub fn new(connection: Connection, memory: Arc<Memory>) -> Result<Self, StoreError> {
        if let Connection::Server(session) = &connection {
            Upkeep::relies(session)?;
        }
        Ok(Self {
            indexed: Vec::new(),
            memory,
            packer: Packer::new(&connection)?,
            unpacker: Unpacker::new()?,
            months: HashSet::new(),
            connection,
        })
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The dates of records whose tokens were added to a server's index since this was asked last.
    pub fn take_indexed(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.indexed)
    }

    /// Takes another connection in the place of one that was lost.
    pub fn go_on_with(&mut self, connection: Connection) -> Result<(), StoreError> {
        *self = Self::new(connection, Arc::clone(&self.memory))?;
        Ok(())
    }

    /// Archives batches of a file. Their dates lie all over the years, and so do the pages of the indexes: with room for
    /// them, and seldom copied from the log into the file, they are written several times less often.
    pub fn append_file(
        &mut self,
        batches: Vec<Batch>,
        import: i64,
        directory: &RwLock<Directory>,
    ) -> Result<(Vec<Appended>, u64), StoreError> {
        let set = |connection: &Connection, kibibytes: i32, pages: i32| match connection.file() {
            Some(file) => {
                file.pragma_update(None, "cache_size", -kibibytes)?;
                file.pragma_update(None, "wal_autocheckpoint", pages)
            }
            None => Ok(()),
        };
        set(&self.connection, 3 * CACHE_KIBIBYTES, 8 * CHECKPOINT_PAGES)?;
        let appended = self.append(batches, Some(import), directory);
        set(&self.connection, CACHE_KIBIBYTES, CHECKPOINT_PAGES)?;
        appended
    }

    /// Archives batches: see [`crate::store::Store::append_all`]. Versions name the import that they came from. Says how
    /// many records were left out because they are older than what the archive keeps, too.
    pub fn append(
        &mut self,
        mut batches: Vec<Batch>,
        import: Option<i64>,
        directory: &RwLock<Directory>,
    ) -> Result<(Vec<Appended>, u64), StoreError> {
        self.packer.train(&self.connection)?;
        let transaction = self.connection.transaction(Writes::Archive)?;
        let too_old = match retention::kept_from(&transaction)? {
            Some(kept_from) => leave_out(&mut batches, kept_from),
            None => 0,
        };
        let indexed_from = index::indexed_from(&transaction)?;
        let (last_record, last_version) = transaction.last_given()?;
        let mut appending = Appending {
            first_new: last_record + 1,
            next_record: last_record + 1,
            next_version: last_version + 1,
            transaction,
            packer: &mut self.packer,
            unpacker: &mut self.unpacker,
            memory: &self.memory,
            indexed_from,
            words: Vec::new(),
            directory,
            memo: HashMap::new(),
            met: HashMap::new(),
            additions: Additions::default(),
            import,
            dates: BTreeSet::new(),
            names: BTreeMap::new(),
            months: self.months.clone(),
            indexed: Vec::new(),
            records: Vec::new(),
            versions: Vec::new(),
        };
        let mut appended = Vec::with_capacity(batches.len());
        for batch in &batches {
            appended.push(appending.batch(batch)?);
        }
        appending.settle_ties()?;
        appending.note_names()?;
        let (record, version) = (appending.next_record - 1, appending.next_version - 1);
        let months = std::mem::take(&mut appending.months);
        let indexed = std::mem::take(&mut appending.indexed);
        let (transaction, additions, words) = appending.into_parts();
        transaction.has_given(record, version)?;
        let state = transaction.pulse()?;
        transaction.commit()?;
        self.months = months;
        self.indexed.extend(indexed);
        let mut known = self.memory.words.write().unwrap_or_else(PoisonError::into_inner);
        words.iter().for_each(|word| known.insert(word));
        drop(known);
        let mut directory = directory.write().unwrap_or_else(PoisonError::into_inner);
        for (kind, text, number) in additions.terms {
            directory.insert(number, kind, &text);
        }
        for ((customer, name), ticks) in additions.names {
            directory.name(customer, name, ticks);
        }
        drop(directory);
        self.memory.follow(&self.connection, state)?;
        Ok((appended, too_old))
    }
}

/// Leaves out what is dated before what the archive keeps; returns how many records that were.
fn leave_out(batches: &mut [Batch], kept_from: KeptFrom) -> u64 {
    let mut left_out = 0;
    for batch in batches {
        batch.records.retain(|incoming| {
            let stays = !kept_from.is_gone(incoming.record.ticks.unwrap_or(incoming.fallback));
            left_out += u64::from(!stays);
            stays
        });
    }
    left_out
}

/// Events that are looked for together. A way to a server and back costs more than most of them.
const EVENTS: usize = 64;
const EVENTS_OF_A_SERVER: usize = 2_048;

struct Appending<'a, 'b> {
    transaction: Transaction<'a>,
    packer: &'a mut Packer,
    unpacker: &'a mut Unpacker,
    memory: &'a Memory,
    /// Records from that number on are in the index.
    indexed_from: i64,
    /// Words that are new to the archive.
    words: Vec<String>,
    directory: &'a RwLock<Directory>,
    /// Terms that this transaction met.
    memo: HashMap<(Kind, &'b str), i64>,
    /// Those of them that were asked for together.
    met: HashMap<(Kind, String), i64>,
    additions: Additions,
    import: Option<i64>,
    /// The dates under which records came to stand.
    dates: BTreeSet<i64>,
    /// Under which names customers appeared, and when last, where that is news.
    names: BTreeMap<(i64, i64), i64>,
    /// The months that the tables have parts for, once this transaction is committed.
    months: HashSet<i64>,
    indexed: Vec<i64>,
    /// From this number on, nobody else has seen a record yet.
    first_new: i64,
    next_record: i64,
    next_version: i64,
    /// What a batch adds, written together.
    records: Vec<RecordRow>,
    versions: Vec<VersionRow<'b>>,
}

impl<'a, 'b> Appending<'a, 'b> {
    fn into_parts(self) -> (Transaction<'a>, Additions, Vec<String>) {
        (self.transaction, self.additions, self.words)
    }

    fn batch(&mut self, batch: &'b Batch) -> Result<Appended, StoreError> {
        // The records of an event side by side, in the order of arrival; and the events by their first record, so that
        // versions are numbered in that order, too.
        let mut shown: Vec<(usize, &Incoming)> = batch.records.iter().enumerate().collect();
        shown.sort_by_key(|(_, incoming)| incoming.key);
        let mut events: Vec<&[(usize, &Incoming)]> =
            shown.chunk_by(|(_, a), (_, b)| a.key == b.key).collect();
        events.sort_unstable_by_key(|event| event.first().map(|(at, _)| *at));
        let mut appended = Appended::default();
        let together = match self.transaction.file() {
            Some(_) => EVENTS,
            None => EVENTS_OF_A_SERVER,
        };
        for some in events.chunks(together) {
            let mut known = match self.all_new(some)? {
                true => {
                    if self.transaction.file().is_none() {
                        self.meet_terms(
                            some.iter()
                                .flat_map(|event| event.iter())
                                .map(|(_, it)| &it.record),
                        )?;
                    }
                    HashMap::new()
                }
                false => self.known(some, batch.account.0)?,
            };
            for event in some {
                let known = event.first().and_then(|(_, first)| known.remove(&first.key));
                self.event(batch, event, &known.unwrap_or_default(), &mut appended)?;
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
                        let ticks = incoming.record.ticks.unwrap_or(incoming.fallback).0;
                        self.version(batch, incoming, *id, ticks, false)?;
                        self.transaction
                            .prepare_cached("UPDATE record SET versions = versions + 1 WHERE id = ?1")?
                            .execute([id])?;
                        self.amended(&[*id])?;
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
        self.amended(&[id])
    }

    /// Notes that records are not any more what they were when they were added.
    fn amended(&self, records: &[i64]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let rows: Vec<Vec<Value<'_>>> = records.iter().map(|id| vec![id.to_value()]).collect();
        Ok(adding::add(
            &self.transaction,
            "amendment",
            &[("record", adding::Kind::Int)],
            &rows,
        )?)
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

    /// The archive's records of some events.
    fn known(
        &self,
        events: &[&[(usize, &Incoming)]],
        account: i64,
    ) -> Result<HashMap<EventKey, Vec<Known>>, StoreError> {
        let keys = events
            .iter()
            .filter_map(|event| event.first())
            .map(|(_, first)| first.key.0.as_slice());
        let mut statement = self.transaction.prepare_cached(&format!(
            "SELECT r.event_key, r.id, r.ordinal, r.source, v.content FROM record r {}
             WHERE {} AND r.account = ?2 ORDER BY r.ordinal",
            self.transaction.newest_version(),
            self.transaction.is_one_of("r.event_key", 1),
        ))?;
        let mut rows = statement.query(params![self.transaction.list_of_bytes(keys), account])?;
        let mut known: HashMap<EventKey, Vec<Known>> = HashMap::new();
        while let Some(row) = rows.next()? {
            known.entry(EventKey(row.get(0)?)).or_default().push(Known {
                id: row.get(1)?,
                ordinal: row.get(2)?,
                event: Archived {
                    collected: row.get::<i64>(3)? == number(Source::Collected),
                    content: Content(row.get(4)?),
                },
            });
        }
        Ok(known)
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
        let version = self.version(batch, incoming, id, ticks, true)?;
        let changed = self.changed_term(id, incoming)?;
        self.records.push(RecordRow {
            id,
            key: incoming.key,
            account: batch.account.0,
            ordinal,
            version,
            ticks,
            terms,
            changed,
            source: number(batch.source),
        });
        self.dates.insert(ticks);
        Ok(id)
    }

    /// Adds a version of a record; returns its number.
    fn version(
        &mut self,
        batch: &Batch,
        incoming: &'b Incoming,
        record: i64,
        ticks: i64,
        newest: bool,
    ) -> Result<i64, StoreError> {
        self.make_room(ticks)?;
        let seq = self.next_version;
        self.next_version += 1;
        self.versions.push(VersionRow {
            seq,
            record,
            account: batch.account.0,
            ticks,
            content: incoming.content,
            source: number(batch.source),
            import: self.import,
            archived_at: batch.archived_at.timestamp_millis(),
            incoming,
            newest,
        });
        Ok(seq)
    }

    /// Adds a version to a known record, as its newest.
    fn revise(&mut self, batch: &Batch, incoming: &'b Incoming, id: i64) -> Result<(), StoreError> {
        // The same batch may have added it.
        self.flush()?;
        self.forget_tokens(id)?;
        let ticks = incoming.record.ticks.unwrap_or(incoming.fallback).0;
        let version = self.version(batch, incoming, id, ticks, true)?;
        let changed = self.changed_term(id, incoming)?;
        let terms = self.terms(&incoming.record, ticks)?;
        self.transaction
            .prepare_cached(
                "UPDATE record SET version = ?2, versions = versions + 1, ticks = ?3, customer = ?4, customer_name = ?5,
                   \"user\" = ?6, application = ?7, operation = ?8, resource = ?9, status = ?10, source = ?11, changed = ?12
                 WHERE id = ?1",
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
                changed,
            ])?;
        self.dates.insert(ticks);
        self.flush()?;
        self.amended(&[id])
    }

    fn make_room(&mut self, ticks: i64) -> Result<(), StoreError> {
        make_room(&self.transaction, &mut self.months, ticks)
    }

    /// Takes the tokens of a record's newest version out of the index, before it gets another one.
    fn forget_tokens(&mut self, id: i64) -> Result<(), StoreError> {
        if id < self.indexed_from {
            return Ok(());
        }
        // What cannot be unpacked any more keeps its tokens: a record found too often is better than one not archived.
        match documents::newest(&self.transaction, self.unpacker, id)? {
            Some(record) => index::remove(&self.transaction, id, &Tokens::of(&record)),
            None => Ok(()),
        }
    }
}

/// Has the tables ready for records of a date; `months` is what they are ready for by then.
pub fn make_room(connection: &Connection, months: &mut HashSet<i64>, ticks: i64) -> Result<(), StoreError> {
    // Shorter than any month, so that each of these lies in two at most, whose parts are both made.
    const SPAN: i64 = 864_000_000_000 * 16;
    if connection.file().is_some() || !months.insert(ticks.div_euclid(SPAN)) {
        return Ok(());
    }
    let first = ticks.div_euclid(SPAN).saturating_mul(SPAN);
    for ticks in [first, first.saturating_add(SPAN - 1)] {
        connection
            .prepare_cached("SELECT month_of(?1) IS NULL")?
            .exists([ticks])?;
    }
    Ok(())
}

fn number(source: Source) -> i64 {
    match source {
        Source::Collected => 1,
        Source::Imported => 2,
    }
}
