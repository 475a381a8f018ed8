//! Reading many records one after the other, for files and programs: as they are packed, and nothing remembered.

use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::{OptionalExtension as _, Row, params};
use zstd::zstd_safe::DDict;

use super::{StoreError, documents, read::Reader};
use crate::{
    audit::{Cursor, Selection, Ticks, cursor::Direction, identity::EventKey},
    store::{Archived, Document, Documents, directory::Directory},
};

/// So often a part is read again while others write.
const MOST_TRIES: u32 = 3;

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

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
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
            Some(_) => ("+r.ticks", "r.id IN (SELECT value FROM json_each(?5))".to_owned()),
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
                let listed: Vec<String> = found.numbers.iter().map(i64::to_string).collect();
                let listed = format!("[{}]", listed.join(","));
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
        for (looked_at, place) in places.into_iter().enumerate() {
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
                bytes += self.add(&place, &mut documents, directory)?;
            }
        }
        documents.older = broken_off;
        Ok(documents)
    }

    /// Adds the document of a row; says how long it is.
    fn add(
        &mut self,
        place: &Place,
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
        let mut statement =
            connection.prepare_cached("SELECT dictionary, document FROM version WHERE seq = ?1")?;
        let mut rows = statement.query([place.version])?;
        let row = rows
            .next()?
            .ok_or_else(|| StoreError::Database("a record lacks its version".into()))?;
        let dictionary = match row.get::<_, Option<i64>>(0)? {
            None => None,
            Some(id) => match dictionaries.get(&id) {
                Some(known) => Some(Arc::clone(known)),
                None => {
                    let bytes: Option<Vec<u8>> = connection
                        .query_row("SELECT bytes FROM dictionary WHERE id = ?1", [id], |row| {
                            row.get(0)
                        })
                        .optional()?;
                    let bytes =
                        bytes.ok_or_else(|| StoreError::Database("a dictionary is missing".into()))?;
                    let dictionary = Arc::new(DDict::create(&bytes));
                    dictionaries.insert(id, Arc::clone(&dictionary));
                    Some(dictionary)
                }
            },
        };
        let packed = row
            .get_ref(1)?
            .as_blob()
            .map_err(|e| StoreError::Database(e.into()))?;
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
