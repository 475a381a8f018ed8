//! The one way to read records: a page, newest first, by keyset.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use super::connection::{Connection, Optional as _, params};
use zstd::zstd_safe::DDict;

use super::{
    StoreError,
    dated::{Dated, Lookup},
    dialect::STATE,
    documents::Unpacker,
    entries::{COLUMNS, COLUMNS_COUNT, Place, RawEntry, tables},
    find::{FoundNumbers, Patience},
    memory::Memory,
};
use crate::{
    audit::{Cursor, Selection, Ticks, actor::Actor, cursor::Direction, selection::FilterKey},
    store::{
        Account, Customer, Entry, Page,
        directory::{Directory, Kind, term_text},
        select,
    },
};

/// A connection that reads, and what it needs to know.
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) unpacker: Unpacker,
    pub(super) accounts: HashMap<i64, Arc<Account>>,
    /// Those that documents were packed with, as far as they were asked for in bulk.
    pub(super) dictionaries: HashMap<i64, Arc<DDict<'static>>>,
    pub(super) memory: Arc<Memory>,
    /// The state of the archive that memory was brought up to.
    pub(super) seen: Option<i64>,
    pub(super) patience: Patience,
}

/// The records that a page is taken from.
#[derive(Clone, Copy)]
enum Among<'a> {
    Condition(&'a str),
    Numbers(&'a [i64]),
}

/// Where the records of a page are, and the rows that were asked for.
type Placed = (Vec<Place>, HashMap<i64, RawEntry>);

/// A larger page is no page for a reader, and its records are not remembered.
const MOST_SHOWN: u32 = 100;
/// A page ends before the document that would make it longer than this, however few records it has then.
const MOST_BYTES: usize = 16 << 20;
/// So many records a server sends together: a way to it and back costs more than most records.
const TOGETHER: usize = 101;
/// So often a page is read again while others write.
const MOST_TRIES: u32 = 3;

impl Reader {
    pub fn new(connection: Connection, memory: Arc<Memory>) -> Result<Self, StoreError> {
        Ok(Self {
            memory,
            seen: None,
            patience: Patience::default(),
            connection,
            unpacker: Unpacker::new()?,
            accounts: HashMap::new(),
            dictionaries: HashMap::new(),
        })
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().map(|account| &**account)
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    pub fn condition(&self, selection: &Selection, directory: &RwLock<Directory>) -> String {
        select::condition(
            selection,
            &directory.read().unwrap_or_else(PoisonError::into_inner),
            &self.account_names(),
        )
    }

    pub fn page(
        &mut self,
        selection: &Selection,
        at: Option<Cursor>,
        size: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Page, StoreError> {
        let mut tries = 0;
        loop {
            let (page, fits) = self.page_at(selection, at, size, directory)?;
            tries += 1;
            if fits || tries == MOST_TRIES {
                if page.entries.is_empty()
                    && page.searched_to.is_none()
                    && at.is_some_and(|at| at.direction == Direction::Newer)
                {
                    // Nothing is newer any more: that is the first page.
                    return Ok(self.page_at(selection, None, size, directory)?.0);
                }
                return Ok(page);
            }
            self.end()?;
            self.begin(directory)?;
        }
    }

    /// A page, and whether what memory says of it and what the file says were of one state. Memory may be ahead: it
    /// is the same for all readers.
    fn page_at(
        &mut self,
        selection: &Selection,
        at: Option<Cursor>,
        size: u32,
        directory: &RwLock<Directory>,
    ) -> Result<(Page, bool), StoreError> {
        match self.candidates(selection, Ticks::MIN, at, size, directory)? {
            Some(found) => {
                let forgotten = self.memory.forgotten();
                let (mut page, asked) = match self.placed(&found, forgotten, at, size, directory)? {
                    Some((places, fetched)) => {
                        let asked = !fetched.is_empty();
                        (
                            self.shown(&places, fetched, forgotten, at, size, directory)?,
                            asked,
                        )
                    }
                    None => {
                        let among = Among::Numbers(&found.numbers);
                        let page = self.rows(among, (Ticks::MIN, Ticks::MAX), at, size, directory)?;
                        (page, true)
                    }
                };
                let is_settled = self.is_settled(forgotten, found.asked || asked)?;
                // Behind a page that is whole there is more anyhow.
                if let Some(on) = found.broken_off {
                    let edge = match on.direction {
                        Direction::Older => &mut page.older,
                        Direction::Newer => &mut page.newer,
                    };
                    if edge.is_none() {
                        *edge = Some(on);
                        page.searched_to = Some(on.ticks);
                    }
                }
                let has_more = match at.map(|at| at.direction) {
                    Some(Direction::Newer) => page.newer.is_some(),
                    _ => page.older.is_some(),
                };
                Ok((page, is_settled && (has_more || !found.enough)))
            }
            None => {
                let condition = self.condition(selection, directory);
                let among = Among::Condition(&condition);
                Ok((self.rows(among, selection.during(), at, size, directory)?, true))
            }
        }
    }

    /// Whether nothing changed on a server while a page was made of what memory and several statements said, each of one
    /// moment.
    fn is_settled(&self, forgotten: u64, asked: bool) -> Result<bool, StoreError> {
        Ok(self.connection.file().is_some()
            || self.seen.is_none()
            || (forgotten == self.memory.forgotten()
                && (!asked || self.seen == Some(self.connection.last_state()?))))
    }

    fn rows(
        &mut self,
        among: Among<'_>,
        (from, until): (Ticks, Ticks),
        at: Option<Cursor>,
        size: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Page, StoreError> {
        let forgotten = self.memory.forgotten();
        let newer = at.is_some_and(|at| at.direction == Direction::Newer);
        let (keyset, order) = match newer {
            false => ("(r.ticks < ?3 OR r.tie > ?4)", "r.ticks DESC, r.tie"),
            true => ("(r.ticks > ?3 OR r.tie < ?4)", "r.ticks, r.tie DESC"),
        };
        // Without a cursor, the page begins before everything.
        let (ticks, tie) = match at {
            Some(at) => (at.ticks.0, self.tie(at)?),
            None => (i64::MAX, -1),
        };
        // The cursor narrows the range itself: of two bounds on one side, the index would be entered at the wrong one.
        let (from, until) = match newer {
            false => (from, Ticks(until.0.min(ticks.saturating_add(1)))),
            true => (Ticks(from.0.max(ticks)), until),
        };
        // Nothing but one of these: the plus keeps the dates out of the planner's choice of an index.
        let among_numbers = self.connection.is_among("r.id", 5);
        let (time, condition) = match among {
            Among::Condition(condition) => ("r.ticks", condition),
            Among::Numbers(_) => ("+r.ticks", among_numbers.as_str()),
        };
        // The limit is part of the text: bound, it would have SQLite plan the statement anew each time.
        let sql = format!(
            "SELECT {} FROM record r
             WHERE {time} >= ?1 AND {time} < ?2 AND {keyset} AND {condition} ORDER BY {order} LIMIT {}",
            Place::COLUMNS,
            u64::from(size) + 1
        );
        let places: Vec<Place> = {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = match among {
                Among::Condition(_) => {
                    statement.query_map(params![from.0, until.0, ticks, tie], Place::read)?
                }
                Among::Numbers(numbers) => {
                    let listed = self.connection.list(numbers.iter().copied());
                    statement.query_map(params![from.0, until.0, ticks, tie, listed], Place::read)?
                }
            };
            rows.collect::<Result<_, _>>()?
        };
        self.shown(&places, HashMap::new(), forgotten, at, size, directory)
    }

    /// The places of the records of a page, one more than it shows where there are more, and those of their rows that had
    /// to be asked for: of a server, which is asked for all of them together, and only for what memory does not have.
    /// `None` where that is too much.
    fn placed(
        &mut self,
        found: &FoundNumbers,
        forgotten: u64,
        at: Option<Cursor>,
        size: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Option<Placed>, StoreError> {
        if self.connection.file().is_some() {
            return Ok(None);
        }
        let (mut places, mut missing) = (Vec::new(), Vec::new());
        for (number, second) in found.numbers.iter().zip(&found.seconds) {
            match self.memory.entry(*number) {
                Some((place, _)) => places.push(place),
                None => missing.push(Dated::of_second(*number, *second)),
            }
        }
        if missing.len() > TOGETHER {
            return Ok(None);
        }
        let mut fetched = HashMap::new();
        for (place, row) in self.fetched(&missing)? {
            places.push(place);
            fetched.insert(place.id, row);
        }
        if let Some(at) = at {
            let is_its = |place: &&Place| place.id == at.record && place.ticks == at.ticks.0;
            let tie = match places.iter().find(is_its).copied() {
                Some(place) => {
                    // Whoever comes back to this page asks for it again.
                    if let Some(row) = fetched.remove(&place.id) {
                        self.entry(&place, Some(row), Some(forgotten), directory)?;
                    }
                    place.tie
                }
                None => self.tie(at)?,
            };
            let ticks = at.ticks.0;
            places.retain(|place| match at.direction {
                Direction::Older => place.ticks < ticks || (place.ticks == ticks && place.tie > tie),
                Direction::Newer => place.ticks > ticks || (place.ticks == ticks && place.tie < tie),
            });
        }
        places.sort_unstable_by_key(|place| (std::cmp::Reverse(place.ticks), place.tie));
        if at.is_some_and(|at| at.direction == Direction::Newer) {
            places.reverse();
        }
        places.truncate(size as usize + 1);
        Ok(Some((places, fetched)))
    }

    /// The page that begins with these places, whose rows may be here already; `forgotten` is as it was before any of it was
    /// read.
    fn shown(
        &mut self,
        places: &[Place],
        mut fetched: HashMap<i64, RawEntry>,
        forgotten: u64,
        at: Option<Cursor>,
        size: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Page, StoreError> {
        let newer = at.is_some_and(|at| at.direction == Direction::Newer);
        let (mut raw, mut bytes, mut more) = (Vec::new(), 0, false);
        let keep = size <= MOST_SHOWN;
        for (looked_at, place) in places.iter().enumerate() {
            let entry = match self.remembered(place, directory) {
                Some(entry) => entry,
                None => {
                    if let Connection::Server(_) = self.connection
                        && !fetched.contains_key(&place.id)
                    {
                        fetched = self.next(&places[looked_at..], directory)?;
                    }
                    let row = fetched.remove(&place.id);
                    self.entry(place, row, keep.then_some(forgotten), directory)?
                }
            };
            bytes += entry.record.document.len();
            more = raw.len() == size as usize || (bytes > MOST_BYTES && !raw.is_empty());
            if more {
                break;
            }
            raw.push((*place, entry));
        }
        if newer {
            raw.reverse();
        }
        let edge = |(place, _): &(Place, _), direction| Cursor {
            direction,
            ticks: Ticks(place.ticks),
            record: place.id,
        };
        let (has_newer, has_older) = match at.map(|at| at.direction) {
            None => (false, more),
            Some(Direction::Older) => (true, more),
            Some(Direction::Newer) => (more, true),
        };
        // Behind the last one there is still a way back: to all that is not older than where this page would begin.
        let back = at.filter(|at| raw.is_empty() && at.direction == Direction::Older);
        let back = back.map(|at| Cursor {
            direction: Direction::Newer,
            record: 0,
            ..at
        });
        let newer = raw
            .first()
            .filter(|_| has_newer)
            .map(|e| edge(e, Direction::Newer));
        let older = raw
            .last()
            .filter(|_| has_older)
            .map(|e| edge(e, Direction::Older));
        Ok(Page {
            entries: raw.into_iter().map(|(_, entry)| entry).collect(),
            newer: newer.or(back),
            older,
            searched_to: None,
        })
    }

    /// A record as it was read before, where nothing has changed since.
    fn remembered(&self, place: &Place, directory: &RwLock<Directory>) -> Option<Arc<Entry>> {
        let (known, entry) = self.memory.entry(place.id)?;
        let is_same = known == *place && self.accounts.get(&place.account) == Some(&entry.account);
        (is_same && has_its_name(&entry, directory)).then_some(entry)
    }

    /// The rows of the first of some records that are not remembered, sent together.
    fn next(
        &self,
        places: &[Place],
        directory: &RwLock<Directory>,
    ) -> Result<HashMap<i64, RawEntry>, StoreError> {
        let wanted: Vec<&Place> = places
            .iter()
            .filter(|place| self.remembered(place, directory).is_none())
            .take(TOGETHER)
            .collect();
        let wanted: Vec<Dated> = wanted
            .iter()
            .map(|place| Dated::at(place.id, place.ticks))
            .collect();
        let rows = self.fetched(&wanted)?.into_iter();
        Ok(rows.map(|(place, row)| (place.id, row)).collect())
    }

    /// The rows of some records, of which it is said when they were: so a server looks into one of its parts for each. Those
    /// that have moved meanwhile are looked for everywhere.
    fn fetched(&self, wanted: &[Dated]) -> Result<Vec<(Place, RawEntry)>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let ask = |wanted: &[Dated]| -> Result<Vec<_>, StoreError> {
            let lookup = Lookup::of(&self.connection, wanted);
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {COLUMNS}, {}, {STATE} FROM {}",
                Place::COLUMNS,
                lookup.records()
            ))?;
            let mut rows = statement.query(lookup.values().as_slice())?;
            let (mut all, mut state) = (Vec::new(), None);
            while let Some(row) = rows.next()? {
                state = Some(row.get(COLUMNS_COUNT + Place::COLUMNS_COUNT)?);
                all.push((Place::read_from(&row, COLUMNS_COUNT)?, RawEntry::read(&row)?));
            }
            if let Some(state) = state {
                self.connection.has_answered_in(state);
            }
            Ok(all)
        };
        let mut rows = ask(wanted)?;
        if rows.len() < wanted.len() {
            let found: HashSet<i64> = rows.iter().map(|(place, _)| place.id).collect();
            let moved: Vec<Dated> = wanted
                .iter()
                .filter(|dated| !found.contains(&dated.number))
                .map(|dated| Dated::whenever(dated.number))
                .collect();
            rows.extend(ask(&moved)?);
        }
        Ok(rows)
    }

    /// A record as it is now, from its row if that was sent already. It is kept if nothing is forgotten meanwhile.
    fn entry(
        &mut self,
        place: &Place,
        fetched: Option<RawEntry>,
        keep: Option<u64>,
        directory: &RwLock<Directory>,
    ) -> Result<Arc<Entry>, StoreError> {
        let raw = match fetched {
            Some(raw) => raw,
            None => self
                .connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} {} WHERE r.id = ?1",
                    tables(&self.connection)
                ))?
                .query_row([place.id], RawEntry::read)?,
        };
        let (connection, unpacker) = (&self.connection, &mut self.unpacker);
        let entry = Arc::new(raw.unpack(connection, unpacker, &self.accounts, directory)?);
        if let Some(forgotten) = keep {
            self.memory.keep(*place, Arc::clone(&entry), forgotten);
        }
        Ok(entry)
    }

    /// The place of a cursor's record among equal dates; when the record has moved away, on that side of them from
    /// which none is left out.
    pub(super) fn tie(&self, at: Cursor) -> Result<i64, StoreError> {
        let tie = self
            .connection
            .prepare_cached("SELECT tie FROM record WHERE id = ?1 AND ticks = ?2")?
            .query_row([at.record, at.ticks.0], |row| row.get(0))
            .optional()?;
        Ok(tie.unwrap_or(match at.direction {
            Direction::Older => -1,
            Direction::Newer => i64::MAX,
        }))
    }

    pub fn newest_number(&self) -> Result<i64, StoreError> {
        Ok(self.connection.last_given()?.0)
    }

    pub fn span(&self) -> Result<Option<(Ticks, Ticks)>, StoreError> {
        // Asked for together, SQLite would read the whole index.
        let one = |sql| {
            self.connection
                .prepare_cached(sql)?
                .query_row((), |row| row.get::<Option<i64>>(0))
        };
        let (oldest, newest) = (
            one("SELECT min(ticks) FROM record")?,
            one("SELECT max(ticks) FROM record")?,
        );
        Ok(oldest
            .zip(newest)
            .map(|(oldest, newest)| (Ticks(oldest), Ticks(newest))))
    }

    pub fn choices(
        &self,
        keys: &[FilterKey],
        limit: usize,
        directory: &RwLock<Directory>,
    ) -> Vec<Vec<String>> {
        let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
        let of = |key: &FilterKey| match key {
            FilterKey::Customer => directory.texts(Kind::CustomerName, limit),
            FilterKey::Action => directory.texts(Kind::Operation, limit),
            FilterKey::User => directory.texts(Kind::User, limit),
            FilterKey::Resource => directory.texts(Kind::Resource, limit),
            FilterKey::Status => directory.texts(Kind::Status, limit),
            FilterKey::App => directory.texts(Kind::Application, limit),
            FilterKey::Account => {
                let mut tenants: Vec<_> = self.accounts.values().map(|a| a.tenant_id.clone()).collect();
                tenants.sort();
                tenants.truncate(limit);
                tenants
            }
            FilterKey::Changed => Vec::new(),
            FilterKey::Source => vec!["collected".to_owned(), "imported".to_owned()],
            FilterKey::Actor => Actor::ALL.map(|actor| actor.name().to_owned()).into(),
        };
        keys.iter().map(of).collect()
    }
}

/// Whether a record that does not name its customer has the name by which that was called last: it may change without the
/// record.
fn has_its_name(entry: &Entry, directory: &RwLock<Directory>) -> bool {
    let record = &entry.record;
    let (None, Some(id)) = (&record.customer_name, &record.customer_id) else {
        return true;
    };
    let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
    let number = directory.number(Kind::Customer, &term_text(Kind::Customer, id));
    let name = number.and_then(|number| directory.name_of(number));
    name.as_deref() == entry.customer_name.as_deref()
}

/// A customer by its id in lower case.
pub fn customer(customer_id: &str, directory: &RwLock<Directory>) -> Option<Customer> {
    let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
    let number = directory.number(Kind::Customer, customer_id)?;
    Some(Customer {
        id: customer_id.to_owned(),
        name: directory.name_of(number).map(|name| name.to_string()),
    })
}
