//! Reading many records one after the other, for files and programs: as they are packed, and nothing remembered.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, PoisonError, RwLock},
};

use zstd::zstd_safe::DDict;

use super::{
    StoreError,
    connection::{self, Connection, Row, ToValue, params},
    dated,
    documents::{self, Dictionaries as _},
    find::{FoundNumbers, of_second},
    read::Reader,
};
use crate::{
    audit::{Cursor, Selection, Ticks, cursor::Direction, identity::EventKey},
    store::{Account, Archived, Document, Documents, Stretch, directory::Directory},
};

/// So often a part is read again while others write.
const MOST_TRIES: u32 = 3;

/// A document that is longer than its share of so many bytes is not sent with its row: a part is to fit into memory.
const BYTES_WITH_ROWS: i64 = 4 << 20;
/// Those are sent so many together, and none that begins behind so many bytes of others: a way to a server and back costs
/// more than most documents.
const TOGETHER: usize = 1_000;
const BYTES_TOGETHER: i64 = 1 << 20;
/// Of dates that lie further apart, each is looked for in the part of a server's table that has its month.
const NEAR: i64 = 62 * 864_000_000_000;

/// A version's dictionary, and its document as it is packed.
type Packed = (Option<i64>, Vec<u8>);

/// A row of `record`.
struct Place {
    id: i64,
    key: EventKey,
    ordinal: u32,
    account: i64,
    ticks: i64,
    customer: Option<i64>,
    version: i64,
    tie: i64,
    /// Where its document is among those that were sent with their rows, and its dictionary.
    sent: Option<(Option<i64>, Range<usize>)>,
}

impl Place {
    const COLUMNS: &str = "r.id, r.event_key, r.ordinal, r.account, r.ticks, r.customer, r.version, r.tie";
    /// The newest version of a row, unless its document is too long or was not archived in between; `?1` and `?2` are dates
    /// that it is between.
    const NEWEST: &str =
        "LEFT JOIN LATERAL (SELECT dictionary, document FROM version WHERE version.seq = r.version
           AND version.ticks >= ?1 AND version.ticks < ?2 AND version.seq > ?3 AND version.seq <= ?4
           AND octet_length(version.document) <= ?5 OFFSET 0) v ON TRUE";
    /// The same where these dates lie far apart.
    const NEWEST_OF_MANY: &str =
        "LEFT JOIN LATERAL (SELECT dictionary, document FROM version WHERE version.seq = r.version
           AND version.ticks = r.ticks AND version.ticks >= ?1 AND version.ticks < ?2 AND version.seq > ?3
           AND version.seq <= ?4 AND octet_length(version.document) <= ?5 OFFSET 0) v ON TRUE";

    fn read(row: &Row<'_>) -> connection::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: EventKey(row.get(1)?),
            ordinal: row.get(2)?,
            account: row.get(3)?,
            ticks: row.get(4)?,
            customer: row.get(5)?,
            version: row.get(6)?,
            tie: row.get(7)?,
            sent: None,
        })
    }

    /// The same with the two columns of a version behind it.
    fn read_with(row: &Row<'_>, documents: &mut Documents) -> connection::Result<Self> {
        let mut place = Self::read(row)?;
        if let Some(packed) = row.optional_blob(9)? {
            place.sent = Some((row.get(8)?, documents.keep(packed)));
        }
        Ok(place)
    }
}

/// The rows that come next, one more than wanted where there are more.
#[derive(Default)]
struct Next {
    places: Vec<Place>,
    /// With the documents that came with them.
    documents: Documents,
    /// Where a search was broken off.
    broken_off: Option<Cursor>,
    /// Whether what memory promised was not there.
    lacks_some: bool,
}

impl Reader {
    /// The documents of a stretch of the log.
    pub fn documents(
        &mut self,
        selection: &Selection,
        archived: Option<Archived>,
        stretch: &Stretch,
        directory: &RwLock<Directory>,
    ) -> Result<Part, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let next = self.next_places(selection, archived, stretch, directory)?;
            if !next.lacks_some {
                return self.part_of(next, archived, stretch);
            }
            // A part that lacks something must not look like the last one.
            if tries == MOST_TRIES {
                return Err(StoreError::Busy("others write too much at once".into()));
            }
            self.end()?;
            self.begin(directory)?;
        }
    }

    fn next_places(
        &mut self,
        selection: &Selection,
        archived: Option<Archived>,
        stretch: &Stretch,
        directory: &RwLock<Directory>,
    ) -> Result<Next, StoreError> {
        let Stretch { at, since, most, .. } = *stretch;
        let from = selection.during().0.max(since);
        let is_bounded = since > Ticks::MIN && selection.is_plain();
        let found = match is_bounded {
            // Nothing that memory knows would narrow it.
            true => None,
            false => self.candidates(selection, since, at, most, directory)?,
        };
        if self.connection.file().is_some() {
            return self.next_in_file(selection, found, stretch, directory);
        }
        // Of a second with very many records all are sent, and few may be wanted.
        let sent = found.as_ref().map_or(0, |found| found.numbers.len());
        let with_rows = WithRows::new(archived, sent.max(most as usize + 1));
        let Some(found) = found else {
            return self.next_sent(selection, from, &with_rows, at, most, directory);
        };
        if !selection.is_plain() {
            return self.next_of(&found, &with_rows, stretch);
        }
        // Everything within two dates lies side by side in the database itself. It is told how far to look: each month that
        // it need not look into is time.
        if found.enough
            && let Some(oldest) = found.seconds.iter().min()
        {
            let next = self.next_sent(selection, of_second(*oldest), &with_rows, at, most, directory)?;
            if next.places.len() > most as usize {
                return Ok(next);
            }
        }
        self.next_sent(selection, from, &with_rows, at, most, directory)
    }

    fn next_in_file(
        &mut self,
        selection: &Selection,
        found: Option<FoundNumbers>,
        stretch: &Stretch,
        directory: &RwLock<Directory>,
    ) -> Result<Next, StoreError> {
        let Stretch { at, since, most, .. } = *stretch;
        let (ticks, tie) = match at {
            Some(at) => (at.ticks.0, self.tie(at)?),
            None => (i64::MAX, -1),
        };
        let (from, until) = match &found {
            Some(_) => (Ticks::MIN, Ticks::MAX),
            None => {
                let (from, until) = selection.during();
                (from.max(since), until)
            }
        };
        let until = until.0.min(ticks.saturating_add(1));
        // The plus keeps the dates out of the planner's choice of an index.
        let (time, condition) = match &found {
            Some(_) => ("+r.ticks", self.connection.is_among("r.id", 5)),
            None => ("r.ticks", self.condition(selection, directory)),
        };
        let wanted = most as usize + 1;
        let sql = format!(
            "SELECT {} FROM record r
             WHERE {time} >= ?1 AND {time} < ?2 AND (r.ticks < ?3 OR r.tie > ?4) AND {condition}
             ORDER BY r.ticks DESC, r.tie LIMIT {wanted}",
            Place::COLUMNS
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut places: Vec<Place> = match &found {
            None => statement.query_map(params![from.0, until, ticks, tie], Place::read)?,
            Some(found) => {
                let listed = self.connection.list(found.numbers.iter().copied());
                statement.query_map(params![from.0, until, ticks, tie, listed], Place::read)?
            }
        }
        .collect::<Result<_, _>>()?;
        let lacks_some = found
            .as_ref()
            .is_some_and(|found| found.enough && places.len() < wanted);
        // Memory knows dates to the second.
        places.retain(|place| place.ticks >= since.0);
        Ok(Next {
            lacks_some,
            places,
            broken_off: found.and_then(|found| found.broken_off),
            ..Next::default()
        })
    }

    /// The rows that a server finds itself, none of them older than `from`, and their documents with them.
    fn next_sent(
        &self,
        selection: &Selection,
        from: Ticks,
        with_rows: &WithRows,
        at: Option<Cursor>,
        most: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Next, StoreError> {
        let (ticks, record) = at.map_or((i64::MAX, 0), |at| (at.ticks.0, at.record));
        let until = selection.during().1.0.min(ticks.saturating_add(1));
        let sql = format!(
            "SELECT {}, v.dictionary, v.document FROM (
               SELECT * FROM record r WHERE r.ticks >= ?1 AND r.ticks < ?2
                 AND (r.ticks < ?6 OR r.tie > coalesce((SELECT tie FROM record WHERE id = ?7 AND ticks = ?6), -1))
                 AND {} ORDER BY r.ticks DESC, r.tie LIMIT {}) r {}",
            Place::COLUMNS,
            self.condition(selection, directory),
            u64::from(most) + 1,
            newest(from.0, until)
        );
        let WithRows {
            after,
            up_to,
            longest,
        } = with_rows;
        let mut next = Next::default();
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![from.0, until, after, up_to, longest, ticks, record])?;
        while let Some(row) = rows.next()? {
            next.places.push(Place::read_with(&row, &mut next.documents)?);
        }
        next.sort();
        Ok(next)
    }

    /// The rows of what was found in memory, on a server.
    fn next_of(
        &self,
        found: &FoundNumbers,
        with_rows: &WithRows,
        stretch: &Stretch,
    ) -> Result<Next, StoreError> {
        const SIDE_BY_SIDE: &str = "unnest(CAST(CAST(?6 AS TEXT) AS BIGINT[])) AS k (id), LATERAL
             (SELECT * FROM record WHERE record.id = k.id AND record.ticks >= ?1 AND record.ticks < ?2 OFFSET 0) r";
        const FAR_APART: &str =
            "unnest(CAST(CAST(?6 AS TEXT) AS BIGINT[]), CAST(CAST(?7 AS TEXT) AS BIGINT[]),
             CAST(CAST(?8 AS TEXT) AS BIGINT[])) AS k (id, earliest, beyond), LATERAL
             (SELECT * FROM record WHERE record.id = k.id AND record.ticks >= k.earliest
                AND record.ticks < k.beyond AND record.ticks >= ?1 AND record.ticks < ?2 OFFSET 0) r";
        let mut next = Next {
            broken_off: found.broken_off,
            ..Next::default()
        };
        let edges = found.seconds.iter().min().zip(found.seconds.iter().max());
        let Some((first, last)) = edges else {
            return Ok(next);
        };
        let (from, until) = (of_second(*first).0, of_second(last.saturating_add(1)).0);
        let WithRows {
            after,
            up_to,
            longest,
        } = with_rows;
        let numbers = self.connection.list(found.numbers.iter().copied());
        let mut ask = |of: &str, values: &[&dyn ToValue]| -> Result<(), StoreError> {
            let sql = format!(
                "SELECT {}, v.dictionary, v.document FROM {of} {}",
                Place::COLUMNS,
                newest(from, until)
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(values)?;
            while let Some(row) = rows.next()? {
                next.places.push(Place::read_with(&row, &mut next.documents)?);
            }
            Ok(())
        };
        match is_near(from, until) {
            true => ask(SIDE_BY_SIDE, params![from, until, after, up_to, longest, numbers])?,
            false => {
                let seconds = found.seconds.iter();
                let earliest = self
                    .connection
                    .list(seconds.clone().map(|second| of_second(*second).0));
                let beyond = seconds.map(|second| of_second(second.saturating_add(1)).0);
                let beyond = self.connection.list(beyond);
                ask(
                    FAR_APART,
                    params![from, until, after, up_to, longest, numbers, earliest, beyond],
                )?;
            }
        }
        next.lacks_some = next.places.len() < found.numbers.len();
        next.places.retain(|place| place.ticks >= stretch.since.0);
        if let Some(at) = stretch.at {
            let is_its = |place: &&Place| place.id == at.record && place.ticks == at.ticks.0;
            let tie = match next.places.iter().find(is_its) {
                Some(place) => place.tie,
                None => self.tie(at)?,
            };
            let ticks = at.ticks.0;
            next.places
                .retain(|place| place.ticks < ticks || (place.ticks == ticks && place.tie > tie));
        }
        next.sort();
        next.places.truncate(stretch.most as usize + 1);
        Ok(next)
    }

    /// The rows of a part with their documents, and all that is to be known of them.
    fn part_of(
        &mut self,
        next: Next,
        archived: Option<Archived>,
        stretch: &Stretch,
    ) -> Result<Part, StoreError> {
        let Next {
            mut places,
            mut documents,
            broken_off,
            ..
        } = next;
        let is_wanted = |place: &Place| archived.is_none_or(|archived| archived.contains(place.version));
        documents.older = broken_off;
        let mut bytes = 0;
        let mut fetched = HashMap::new();
        for at in 0..places.len() {
            if at > 0 && (at == stretch.most as usize || bytes >= stretch.most_bytes) {
                let last = &places[at - 1];
                documents.older = Some(Cursor {
                    direction: Direction::Older,
                    ticks: Ticks(last.ticks),
                    record: last.id,
                });
                places.truncate(at);
                break;
            }
            if !is_wanted(&places[at]) {
                continue;
            }
            let (dictionary, packed) = match places[at].sent.clone() {
                Some(sent) => sent,
                None => {
                    let version = places[at].version;
                    if let Connection::Server(_) = self.connection
                        && !fetched.contains_key(&version)
                    {
                        let rest = places[at..].iter();
                        let missing = rest.filter(|place| place.sent.is_none() && is_wanted(place));
                        fetched = self.documents_of(&missing.take(TOGETHER).collect::<Vec<_>>())?;
                    }
                    match fetched.get(&version) {
                        Some((dictionary, packed)) => (*dictionary, documents.keep(packed)),
                        None => self.document_of(version, &mut documents)?,
                    }
                }
            };
            if let Some(id) = dictionary {
                self.know_dictionary(id)?;
            }
            bytes += documents::length(documents.kept(packed.clone()))?;
            places[at].sent = Some((dictionary, packed));
        }
        places.retain(is_wanted);
        Ok(Part {
            places,
            documents,
            accounts: self.accounts.clone(),
            dictionaries: self.dictionaries.clone(),
        })
    }

    fn document_of(
        &self,
        version: i64,
        documents: &mut Documents,
    ) -> Result<(Option<i64>, Range<usize>), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT dictionary, document FROM version WHERE seq = ?1")?;
        let mut rows = statement.query([version])?;
        let row = rows
            .next()?
            .ok_or_else(|| StoreError::Database("a record lacks its version".into()))?;
        Ok((row.get(0)?, documents.keep(row.blob(1)?)))
    }

    fn know_dictionary(&mut self, id: i64) -> Result<(), StoreError> {
        if !self.dictionaries.contains_key(&id) {
            let bytes = self.connection.dictionary(id)?;
            let bytes = bytes.ok_or_else(|| StoreError::Database("a dictionary is missing".into()))?;
            self.dictionaries.insert(id, Arc::new(DDict::create(&bytes)));
        }
        Ok(())
    }

    /// The documents of the first of some rows, by their versions.
    fn documents_of(&self, places: &[&Place]) -> Result<HashMap<i64, Packed>, StoreError> {
        const SIDE_BY_SIDE: &str = "unnest(CAST(CAST(?3 AS TEXT) AS BIGINT[])) AS k (seq), LATERAL
             (SELECT * FROM version WHERE version.seq = k.seq AND version.ticks BETWEEN ?1 AND ?2 OFFSET 0) v";
        const FAR_APART: &str =
            "unnest(CAST(CAST(?1 AS TEXT) AS BIGINT[]), CAST(CAST(?2 AS TEXT) AS BIGINT[]),
               CAST(CAST(?3 AS TEXT) AS BIGINT[])) AS r (version, account, ticks), ";
        let dates = places.iter().map(|place| place.ticks);
        let (Some(first), Some(last)) = (dates.clone().min(), dates.max()) else {
            return Ok(HashMap::new());
        };
        let list = |of: fn(&Place) -> i64| self.connection.list(places.iter().map(|place| of(place)));
        let versions = list(|place| place.version);
        let some = |from: &str, values: &[&dyn ToValue]| -> Result<HashMap<i64, Packed>, StoreError> {
            // They come in the order of the list. Should they ever not, those that are missing are asked for one by one.
            let sql = format!(
                "SELECT seq, dictionary, document FROM (
                   SELECT v.seq, v.dictionary, v.document, sum(octet_length(v.document))
                     OVER (ROWS UNBOUNDED PRECEDING) - octet_length(v.document) AS before
                   FROM {from}) p
                 WHERE before < {BYTES_TOGETHER}"
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = statement.query_map(values, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        match last.saturating_sub(first) < NEAR {
            true => some(SIDE_BY_SIDE, params![first, last, versions]),
            false => {
                let (accounts, ticks) = (list(|place| place.account), list(|place| place.ticks));
                some(
                    &format!("{FAR_APART}{}", dated::NEWEST),
                    params![versions, accounts, ticks, first, last.saturating_add(1)],
                )
            }
        }
    }
}

/// What was read of a part. What is left to do needs no connection, which is free for somebody else meanwhile.
pub struct Part {
    places: Vec<Place>,
    documents: Documents,
    accounts: HashMap<i64, Arc<Account>>,
    dictionaries: HashMap<i64, Arc<DDict<'static>>>,
}

impl Part {
    pub fn older(&self) -> Option<Cursor> {
        self.documents.older
    }

    pub fn documents(self, directory: &RwLock<Directory>) -> Result<Documents, StoreError> {
        let Self {
            places,
            mut documents,
            accounts,
            dictionaries,
        } = self;
        let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
        documents.reserve(places.len());
        for place in places {
            let account = accounts.get(&place.account).map(Arc::clone);
            let account =
                account.ok_or_else(|| StoreError::Database("a record names an unknown account".into()))?;
            let Some((dictionary, packed)) = place.sent else {
                continue;
            };
            documents.push(Document {
                key: place.key,
                ordinal: place.ordinal,
                ticks: Ticks(place.ticks),
                account,
                customer_id: place.customer.and_then(|number| directory.text(number)),
                customer_name: place.customer.and_then(|number| directory.name_of(number)),
                dictionary: dictionary.and_then(|id| dictionaries.get(&id).map(Arc::clone)),
                packed,
            });
        }
        Ok(documents)
    }
}

/// Which documents are sent with their rows.
struct WithRows {
    after: i64,
    up_to: i64,
    /// In bytes, packed.
    longest: i64,
}

impl WithRows {
    /// Where so many rows are sent, at most.
    fn new(archived: Option<Archived>, rows: usize) -> Self {
        let archived = archived.unwrap_or(Archived {
            after: i64::MIN,
            up_to: i64::MAX,
        });
        Self {
            after: archived.after,
            up_to: archived.up_to,
            longest: BYTES_WITH_ROWS / i64::try_from(rows).unwrap_or(i64::MAX).max(1),
        }
    }
}

impl Next {
    /// Puts the rows into the order of the log.
    fn sort(&mut self) {
        self.places
            .sort_unstable_by_key(|place| (std::cmp::Reverse(place.ticks), place.tie));
    }
}

fn is_near(from: i64, until: i64) -> bool {
    until.saturating_sub(from) < NEAR
}

/// How a server finds the newest version of a row between these dates.
fn newest(from: i64, until: i64) -> &'static str {
    match is_near(from, until) {
        true => Place::NEWEST,
        false => Place::NEWEST_OF_MANY,
    }
}
