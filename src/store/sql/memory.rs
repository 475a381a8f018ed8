//! What is kept of the archive in memory beside its directory: the columns that counts are made from, and the words
//! that searches look into. Both follow the file, whoever writes to it.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::connection::{Connection, Row as SqlRow, params};
use quick_cache::{Weighter, sync::Cache};

use super::{StoreError, actors::Actors, entries::Place, locked, retention, words::Vocabulary};
use crate::{
    audit::Ticks,
    store::{
        Entry,
        columns::{BLOCK, Columns, Customer, Row, Traits},
    },
};

/// A larger archive is read into memory behind the scenes.
const READ_AT_ONCE: Duration = Duration::from_millis(300);

pub struct Memory {
    /// Records as they were last read, so that what many look at is unpacked and read once.
    entries: Cache<i64, (Place, Arc<Entry>), ByBytes>,
    /// How often records were taken out of them because they were amended.
    forgotten: AtomicU64,
    columns: RwLock<Arc<Columns>>,
    pub words: RwLock<Vocabulary>,
    actors: Mutex<Actors>,
    /// Who changes the columns: one at a time.
    following: Mutex<Followed>,
    /// The highest record number there was when reading began; 0 once all is read.
    loading_to: AtomicI64,
    loaded: AtomicI64,
    ready: (Mutex<bool>, Condvar),
    /// Whether somebody is to read everything anew.
    is_outdated: AtomicBool,
}

/// What read records may take of memory, about.
const ENTRIES_BYTES: u64 = 24 << 20;

impl Default for Memory {
    fn default() -> Self {
        Self {
            entries: Cache::with_weighter(4_000, ENTRIES_BYTES, ByBytes),
            forgotten: AtomicU64::default(),
            columns: RwLock::default(),
            words: RwLock::default(),
            actors: Mutex::default(),
            following: Mutex::default(),
            loading_to: AtomicI64::default(),
            loaded: AtomicI64::default(),
            ready: (Mutex::default(), Condvar::new()),
            is_outdated: AtomicBool::default(),
        }
    }
}

/// Weighs records by what they take of memory.
#[derive(Clone)]
pub struct ByBytes;

impl Weighter<i64, (Place, Arc<Entry>)> for ByBytes {
    fn weight(&self, _: &i64, (_, entry): &(Place, Arc<Entry>)) -> u64 {
        // The values are held once more, read; the rest is many small texts.
        (entry.record.document.len() * 2 + 1_500) as u64
    }
}

/// How far the archive was followed.
#[derive(Default)]
struct Followed {
    amendment: i64,
    /// The last time that months were removed.
    removal: i64,
    /// Of a server, in which of its histories.
    timeline: i64,
    /// The state of it that all here was brought up to, or a later one.
    state: i64,
}

impl Followed {
    /// What another history of the server says must not be mixed up with what is known.
    fn refuse_other(&self, connection: &Connection) -> Result<(), StoreError> {
        match connection.timeline() == self.timeline {
            true => Ok(()),
            false => Err(StoreError::Unavailable(
                "the database was replaced by another server meanwhile".into(),
            )),
        }
    }
}

impl Memory {
    /// In which of a server's histories everything here was read.
    pub fn timeline(&self) -> i64 {
        locked(&self.following).timeline
    }

    /// The state of the archive that everything here is of.
    pub fn state(&self) -> i64 {
        locked(&self.following).state
    }

    /// Forgets everything: another history begins, in which it may never have been, with these words.
    pub fn begin_anew(&self, timeline: i64, words: Vocabulary) {
        let mut followed = locked(&self.following);
        *followed = Followed {
            timeline,
            ..Followed::default()
        };
        *self.words.write().unwrap_or_else(PoisonError::into_inner) = words;
        *locked(&self.actors) = Actors::default();
        self.forget_records();
    }

    /// Forgets all records. To be called by whoever changes them: one at a time.
    fn forget_records(&self) {
        *self.ready.0.lock().unwrap_or_else(PoisonError::into_inner) = false;
        *self.columns.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
        self.loading_to.store(0, Ordering::Relaxed);
        self.loaded.store(0, Ordering::Relaxed);
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
    }

    /// Forgets all records where some were removed since they were read; they are read anew as after a start.
    fn forget_removed(&self, connection: &Connection, followed: &mut Followed) -> Result<bool, StoreError> {
        let removal = retention::last_removal(connection)?;
        if removal == followed.removal {
            return Ok(false);
        }
        followed.removal = removal;
        followed.state = 0;
        self.forget_records();
        self.is_outdated.store(true, Ordering::Release);
        tracing::info!("months were removed from the archive: what is in memory is read anew");
        Ok(true)
    }

    /// Whether records have to be read anew that were read; says so once.
    pub fn is_to_be_read_anew(&self) -> bool {
        self.is_outdated.swap(false, Ordering::AcqRel)
    }

    /// All records, once they are read.
    pub fn columns(&self) -> Option<Arc<Columns>> {
        // Held until they are taken: whoever forgets them says so first.
        let ready = self.ready.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready.then(|| Arc::clone(&self.columns.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// All records, waiting for them for a while.
    pub fn columns_soon(&self, at_most: Duration) -> Option<Arc<Columns>> {
        let (ready, changed) = &self.ready;
        let guard = ready.lock().unwrap_or_else(PoisonError::into_inner);
        let (guard, _) = changed
            .wait_timeout_while(guard, at_most, |ready| !*ready)
            .unwrap_or_else(PoisonError::into_inner);
        drop(guard);
        self.columns()
    }

    /// A record as it was last read. Once all records are in memory, it is as whoever followed last found it.
    pub fn entry(&self, number: i64) -> Option<(Place, Arc<Entry>)> {
        self.entries.get(&number)
    }

    /// How often entries were forgotten until now: to be asked before a record is read that is to be kept.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Keeps a record that was read, unless any was amended since `forgotten` was asked for.
    pub fn keep(&self, place: Place, entry: Arc<Entry>, forgotten: u64) {
        self.entries.insert(place.id, (place, entry));
        // Whoever forgets says so first and removes then: what was put in between is seen here.
        if self.forgotten() != forgotten {
            self.entries.remove(&place.id);
        }
    }

    /// How much of it is read, in percent.
    pub fn percent(&self) -> u8 {
        let all = self.loading_to.load(Ordering::Relaxed).max(1);
        let read = self.loaded.load(Ordering::Relaxed);
        u8::try_from((read.saturating_mul(100) / all).clamp(0, 99)).unwrap_or(99)
    }

    /// Reads all records, a block at a time, until `deadline`; true when that was all. May be called again.
    pub fn load(&self, connection: &Connection, deadline: Option<Instant>) -> Result<bool, StoreError> {
        let mut followed = locked(&self.following);
        followed.refuse_other(connection)?;
        if self.columns().is_some() {
            return Ok(true);
        }
        if self.loading_to.load(Ordering::Relaxed) == 0 {
            followed.removal = retention::last_removal(connection)?;
            // Before any record is read: what changes meanwhile is read again.
            followed.amendment =
                connection.query_row("SELECT coalesce(max(id), 0) FROM amendment", (), |row| row.get(0))?;
            self.loading_to
                .store(connection.last_given()?.0, Ordering::Relaxed);
        }
        loop {
            let last = self.snapshot().last;
            if !self.read_on(connection, last)? {
                break;
            }
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Ok(false);
            }
        }
        // What was removed since it was read: once more from the beginning.
        if self.forget_removed(connection, &mut followed)? {
            return Ok(false);
        }
        // Those that were read before amendments were followed may be old.
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
        *self.ready.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ready.1.notify_all();
        Ok(true)
    }

    /// As much as does not keep anybody waiting.
    pub fn load_some(&self, connection: &Connection) -> Result<bool, StoreError> {
        self.load(connection, Some(Instant::now() + READ_AT_ONCE))
    }

    fn snapshot(&self) -> Arc<Columns> {
        Arc::clone(&self.columns.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells of each record who acted. The terms are read after the records, so that those are among them that a record
    /// refers to.
    fn with_actors(&self, connection: &Connection, mut rows: Vec<Row>) -> Result<Vec<Row>, StoreError> {
        if rows.is_empty() {
            return Ok(rows);
        }
        let mut actors = locked(&self.actors);
        actors.follow(connection)?;
        for row in &mut rows {
            row.traits.actor = actors.of(row);
        }
        Ok(rows)
    }

    /// Adds the records after that number, as many as make a block; whether there were any.
    fn read_on(&self, connection: &Connection, last: i64) -> Result<bool, StoreError> {
        let until = (last / BLOCK as i64 + 1) * BLOCK as i64 + 1;
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {ROW} FROM record r WHERE r.id > ?1 AND r.id < ?2 ORDER BY r.id"
        ))?;
        let mut rows: Vec<Row> = statement
            .query_map([last, until], read)?
            .collect::<Result<_, _>>()?;
        if rows.is_empty() {
            // Numbers may be missing.
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {ROW} FROM record r WHERE r.id > ?1 ORDER BY r.id LIMIT 1000"
            ))?;
            rows = statement.query_map([last], read)?.collect::<Result<_, _>>()?;
        }
        let rows = self.with_actors(connection, rows)?;
        self.put(&rows);
        Ok(!rows.is_empty())
    }

    fn put(&self, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        let next = Arc::new(self.snapshot().with(rows));
        self.loaded.store(next.last, Ordering::Relaxed);
        *self.columns.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Takes over what was written until the archive came into a state. Nothing before all of it is read.
    pub fn follow(&self, connection: &Connection, state: i64) -> Result<(), StoreError> {
        if self.columns().is_none() {
            return Ok(());
        }
        let mut followed = locked(&self.following);
        followed.refuse_other(connection)?;
        if self.forget_removed(connection, &mut followed)? {
            return Ok(());
        }
        let mut changed = connection.prepare_cached(&format!(
            "SELECT a.id, {ROW} FROM amendment a JOIN record r ON r.id = a.record WHERE a.id > ?1 ORDER BY a.id LIMIT ?2"
        ))?;
        // Amendments first: a record that is added and amended after that is read as it is in the end.
        loop {
            let mut rows: Vec<Row> = Vec::new();
            let mut found = changed.query(params![followed.amendment, BLOCK as i64])?;
            while let Some(row) = found.next()? {
                followed.amendment = row.get(0)?;
                rows.push(row_from(&row, 1)?);
            }
            if rows.is_empty() {
                break;
            }
            self.forgotten.fetch_add(1, Ordering::AcqRel);
            for row in &rows {
                self.entries.remove(&row.number);
            }
            // Those that are not here yet are read with their neighbours, as they are by then.
            let last = self.snapshot().last;
            rows.retain(|row| row.number <= last);
            rows.sort_by_key(|row| row.number);
            let rows = self.with_actors(connection, rows)?;
            self.put(&rows);
        }
        while self.read_on(connection, self.snapshot().last)? {}
        followed.state = followed.state.max(state);
        Ok(())
    }
}

const ROW: &str =
    "r.id, r.ticks, r.customer, r.customer_name, r.user, r.account, r.application, r.operation, r.resource,
    r.status, r.source, r.changed";

fn read(row: &SqlRow<'_>) -> super::connection::Result<Row> {
    row_from(row, 0)
}

fn row_from(row: &SqlRow<'_>, at: usize) -> super::connection::Result<Row> {
    let (id, name): (Option<i64>, Option<i64>) = (row.get(at + 2)?, row.get(at + 3)?);
    Ok(Row {
        number: row.get(at)?,
        ticks: Ticks(row.get(at + 1)?),
        customer: match (id, name) {
            (Some(id), _) => Customer::Id(id),
            (None, Some(name)) => Customer::Name(name),
            (None, None) => Customer::Nobody,
        },
        user: row.get(at + 4)?,
        traits: Traits {
            account: row.get(at + 5)?,
            application: row.get(at + 6)?,
            operation: row.get(at + 7)?,
            resource: row.get(at + 8)?,
            status: row.get(at + 9)?,
            source: row.get(at + 10)?,
            changed: row.get(at + 11)?,
            // Which only the texts tell: [`Memory::with_actors`].
            actor: None,
        },
    })
}
