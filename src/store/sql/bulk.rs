//! Reading many records one after the other, for files and programs: as they are packed, and nothing remembered.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use zstd::zstd_safe::DDict;

use super::{
    StoreError,
    connection::{self, Connection, Row, ToValue, params},
    dated::{self, Dated},
    documents::{self, Dictionaries as _},
    find::FoundNumbers,
    read::Reader,
};
use crate::{
    audit::{Cursor, Selection, Ticks, cursor::Direction, identity::EventKey},
    store::{Archived, Document, Documents, directory::Directory},
};

/// So often a part is read again while others write.
const MOST_TRIES: u32 = 3;

/// A server sends so many documents together, and none that begins behind so many bytes of others: a way to it and back
/// costs more than most documents, and some are very long.
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
}

impl Place {
    const COLUMNS: &str = "r.id, r.event_key, r.ordinal, r.account, r.ticks, r.customer, r.version";

    fn read(row: &Row<'_>) -> connection::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: EventKey(row.get(1)?),
            ordinal: row.get(2)?,
            account: row.get(3)?,
            ticks: row.get(4)?,
            customer: row.get(5)?,
            version: row.get(6)?,
        })
    }
}

impl Reader {
    /// The documents that follow a place of the log, older and older: `most` at most, and no further one behind
    /// `most_bytes` of them.
    pub fn documents(
        &mut self,
        selection: &Selection,
        archived: Option<Archived>,
        at: Option<Cursor>,
        (most, most_bytes): (u32, usize),
        directory: &RwLock<Directory>,
    ) -> Result<Documents, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (places, broken_off, whole) = self.places(selection, at, most, directory)?;
            if whole {
                return self.packed(places, archived, broken_off, (most, most_bytes), directory);
            }
            // A part that lacks something must not look like the last one.
            if tries == MOST_TRIES {
                return Err(StoreError::Busy("others write too much at once".into()));
            }
            self.end()?;
            self.begin(directory)?;
        }
    }

    /// The rows that come next, one more than wanted where there are more; where a search was broken off; and whether
    /// what memory promised was there.
    fn places(
        &mut self,
        selection: &Selection,
        at: Option<Cursor>,
        most: u32,
        directory: &RwLock<Directory>,
    ) -> Result<(Vec<Place>, Option<Cursor>, bool), StoreError> {
        let (ticks, tie) = match at {
            Some(at) => (at.ticks.0, self.tie(at)?),
            None => (i64::MAX, -1),
        };
        // Everything within two dates lies side by side in the database itself.
        let found = match selection.is_plain() {
            true => None,
            false => self.candidates(selection, at, most, directory)?,
        };
        if let Some(found) = &found
            && self.connection.file().is_none()
        {
            return self.placed_of(found, (ticks, tie), most);
        }
        let (from, until) = match &found {
            Some(_) => (Ticks::MIN, Ticks::MAX),
            None => selection.during(),
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
        let places: Vec<Place> = match &found {
            None => statement.query_map(params![from.0, until, ticks, tie], Place::read)?,
            Some(found) => {
                let listed = self.connection.list(found.numbers.iter().copied());
                statement.query_map(params![from.0, until, ticks, tie, listed], Place::read)?
            }
        }
        .collect::<Result<_, _>>()?;
        let whole = found
            .as_ref()
            .is_none_or(|found| !found.enough || places.len() == wanted);
        Ok((places, found.and_then(|found| found.broken_off), whole))
    }

    /// The same of what was found in memory, on a server.
    fn placed_of(
        &self,
        found: &FoundNumbers,
        (ticks, tie): (i64, i64),
        most: u32,
    ) -> Result<(Vec<Place>, Option<Cursor>, bool), StoreError> {
        let dated = found.numbers.iter().zip(&found.seconds);
        let dated: Vec<Dated> = dated
            .map(|(number, second)| Dated::of_second(*number, *second))
            .collect();
        let sql = format!(
            "SELECT {}, r.tie FROM {}, {}",
            Place::COLUMNS,
            dated::LISTED,
            dated::RECORD
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(
            Dated::listed(&self.connection, &dated).values().as_slice(),
            |row| Ok((row.get::<i64>(7)?, Place::read(row)?)),
        )?;
        let mut places: Vec<(i64, Place)> = rows.collect::<Result<_, _>>()?;
        let whole = places.len() == dated.len();
        places.retain(|(its, place)| place.ticks < ticks || (place.ticks == ticks && *its > tie));
        places.sort_unstable_by_key(|(tie, place)| (std::cmp::Reverse(place.ticks), *tie));
        places.truncate(most as usize + 1);
        let places = places.into_iter().map(|(_, place)| place).collect();
        Ok((places, found.broken_off, whole))
    }

    fn packed(
        &mut self,
        places: Vec<Place>,
        archived: Option<Archived>,
        broken_off: Option<Cursor>,
        (most, most_bytes): (u32, usize),
        directory: &RwLock<Directory>,
    ) -> Result<Documents, StoreError> {
        let mut documents = Documents::default();
        let (mut last, mut bytes) = (None, 0);
        let mut fetched = HashMap::new();
        for (looked_at, place) in places.iter().enumerate() {
            if looked_at == most as usize || bytes >= most_bytes {
                documents.older = last;
                return Ok(documents);
            }
            last = Some(Cursor {
                direction: Direction::Older,
                ticks: Ticks(place.ticks),
                record: place.id,
            });
            if archived.is_none_or(|archived| archived.contains(place.version)) {
                if let Connection::Server(_) = self.connection
                    && !fetched.contains_key(&place.version)
                {
                    let rest = &places[looked_at..];
                    fetched = self.documents_of(&rest[..rest.len().min(TOGETHER)])?;
                }
                bytes += self.add(place, &fetched, &mut documents, directory)?;
            }
        }
        documents.older = broken_off;
        Ok(documents)
    }

    /// The documents of the first of some rows, by their versions.
    fn documents_of(&self, places: &[Place]) -> Result<HashMap<i64, Packed>, StoreError> {
        const SIDE_BY_SIDE: &str = "unnest(CAST(CAST(?3 AS TEXT) AS BIGINT[])) AS k (seq), LATERAL
             (SELECT * FROM version WHERE version.seq = k.seq AND version.ticks BETWEEN ?1 AND ?2 OFFSET 0) v";
        const FAR_APART: &str =
            "unnest(CAST(CAST(?1 AS TEXT) AS BIGINT[]), CAST(CAST(?2 AS TEXT) AS BIGINT[]),
               CAST(CAST(?3 AS TEXT) AS BIGINT[])) AS r (version, account, ticks), ";
        let dates = places.iter().map(|place| place.ticks);
        let (Some(first), Some(last)) = (dates.clone().min(), dates.max()) else {
            return Ok(HashMap::new());
        };
        let list = |of: fn(&Place) -> i64| self.connection.list(places.iter().map(of));
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

    /// Adds the document of a row; says how long it is.
    fn add(
        &mut self,
        place: &Place,
        fetched: &HashMap<i64, Packed>,
        to: &mut Documents,
        directory: &RwLock<Directory>,
    ) -> Result<usize, StoreError> {
        let account = self.accounts.get(&place.account).cloned();
        let account =
            account.ok_or_else(|| StoreError::Database("a record names an unknown account".into()))?;
        let (customer_id, customer_name) = {
            let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
            let customer = place.customer;
            (
                customer.and_then(|number| directory.text(number)),
                customer.and_then(|number| directory.name_of(number)),
            )
        };
        let Self {
            connection,
            dictionaries,
            ..
        } = self;
        let known = fetched.get(&place.version);
        let mut statement;
        let mut rows;
        let row;
        let (dictionary, packed) = match known {
            Some((dictionary, packed)) => (*dictionary, packed.as_slice()),
            None => {
                statement =
                    connection.prepare_cached("SELECT dictionary, document FROM version WHERE seq = ?1")?;
                rows = statement.query([place.version])?;
                row = rows
                    .next()?
                    .ok_or_else(|| StoreError::Database("a record lacks its version".into()))?;
                (row.get(0)?, row.blob(1)?)
            }
        };
        let dictionary = match dictionary {
            None => None,
            Some(id) => match dictionaries.get(&id) {
                Some(known) => Some(Arc::clone(known)),
                None => {
                    let bytes = connection.dictionary(id)?;
                    let bytes =
                        bytes.ok_or_else(|| StoreError::Database("a dictionary is missing".into()))?;
                    let dictionary = Arc::new(DDict::create(&bytes));
                    dictionaries.insert(id, Arc::clone(&dictionary));
                    Some(dictionary)
                }
            },
        };
        to.push(packed, |at| Document {
            key: place.key,
            ordinal: place.ordinal,
            ticks: Ticks(place.ticks),
            account,
            customer_id,
            customer_name,
            dictionary,
            packed: at,
        });
        documents::length(packed)
    }
}
