//! Reading many records one after the other, for files and programs: as they are packed, and nothing remembered.

use std::sync::{Arc, PoisonError, RwLock};

use zstd::zstd_safe::DDict;

use super::{
    StoreError,
    connection::{self, Connection, Row, params},
    documents::{self, Dictionaries as _},
    read::Reader,
};
use crate::{
    audit::{Cursor, Selection, Ticks, cursor::Direction, identity::EventKey},
    store::{Archived, Document, Documents, directory::Directory},
};

/// So often a part is read again while others write.
const MOST_TRIES: u32 = 3;

/// So many documents a server sends together: a way to it and back costs more than most documents.
const TOGETHER: usize = 64;

/// A version's number, its dictionary, and its document as it is packed.
type Packed = (i64, Option<i64>, Vec<u8>);

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
        let found = self.candidates(selection, at, most, directory)?;
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
        let mut fetched: Vec<Packed> = Vec::new();
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
                    && !fetched.iter().any(|(version, ..)| *version == place.version)
                {
                    fetched = self.documents_of(&places[looked_at..])?;
                }
                bytes += self.add(place, &fetched, &mut documents, directory)?;
            }
        }
        documents.older = broken_off;
        Ok(documents)
    }

    /// The documents of the first of some rows, sent together.
    fn documents_of(&self, places: &[Place]) -> Result<Vec<Packed>, StoreError> {
        let places = &places[..places.len().min(TOGETHER)];
        let dates = places.iter().map(|place| place.ticks);
        let sql = format!(
            "SELECT seq, dictionary, document FROM version WHERE ticks BETWEEN ?1 AND ?2 AND {}",
            self.connection.is_among("seq", 3)
        );
        let versions = self.connection.list(places.iter().map(|place| place.version));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![dates.clone().min(), dates.max(), versions], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds the document of a row; says how long it is.
    fn add(
        &mut self,
        place: &Place,
        fetched: &[Packed],
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
        let known = fetched.iter().find(|(version, ..)| *version == place.version);
        let mut statement;
        let mut rows;
        let row;
        let (dictionary, packed) = match known {
            Some((_, dictionary, packed)) => (*dictionary, packed.as_slice()),
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
