//! One file on its way into the archive, or only looked at.
//!
//! What the file showed is remembered in a database without a name, which lies on the disk once it outgrows its cache and
//! is gone with this process. A reading that only looks writes into such a database, too: an archive of its own, into
//! which everything that the real one knows of the records in question is copied first. So a dry run counts by the very
//! code that the real run counts by, and cannot change anything.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use super::{
    SqlStore, StoreError, blocking,
    connection::{Connection, Optional as _, Writes, params},
    index, locked,
    question::Question,
    read::Reader,
    write::Writer,
};
use crate::{
    audit::{
        fold::fold,
        identity::{Content, EventKey},
    },
    store::{
        AccountId, Appended, Batch, ImportId, KeptFrom, NotTaken, Reading, Sighting, Store,
        directory::{Directory, Kind, term_text},
        sqlite::migrations,
    },
};
use async_trait::async_trait;

/// So many records without ids may share an event key, which is what equal ones do. More were never seen, and each of
/// them has to be compared with all others.
const MOST_EQUAL: usize = 1_000;
/// So many records of one moment are compared with a row.
const MOST_OF_A_MOMENT: i64 = 10_000;
/// Accounts that only a dry run knows are numbered from the end.
const LAST_ACCOUNT: i64 = i64::MAX;

/// A reading of a file for this store.
pub struct FileReading {
    store: SqlStore,
    import: Option<ImportId>,
    memory: Arc<Mutex<Memory>>,
    made_up: HashMap<String, AccountId>,
}

/// What a reading remembers.
struct Memory {
    /// What the file showed.
    shown: Connection,
    /// The archive of a dry run.
    dry: Option<(Writer, RwLock<Directory>)>,
}

/// What the archive knows of a record.
struct Known {
    key: EventKey,
    ordinal: u32,
    source: i64,
    newest: [u8; 16],
    /// All versions, the newest too.
    contents: Vec<[u8; 16]>,
}

fn nameless() -> Result<rusqlite::Connection, StoreError> {
    let connection = rusqlite::Connection::open("")?;
    // Nothing is ever rolled back: whatever fails ends the reading. A journal of a large batch would fill the memory.
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

impl FileReading {
    pub async fn new(store: SqlStore, import: Option<ImportId>) -> Result<Self, StoreError> {
        let memory = blocking(move || Memory::new(import.is_none())).await?;
        Ok(Self {
            store,
            import,
            memory: Arc::new(Mutex::new(memory)),
            made_up: HashMap::new(),
        })
    }

    async fn remember<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let memory = Arc::clone(&self.memory);
        blocking(move || work(&mut locked(&memory))).await
    }
}

impl Memory {
    fn new(dry: bool) -> Result<Self, StoreError> {
        let shown = Connection::from(nameless()?);
        shown.execute_batch(
            "CREATE TABLE shown (event_key BLOB, account INTEGER, n INTEGER, content BLOB,
               PRIMARY KEY (event_key, account, n)) STRICT, WITHOUT ROWID;
             CREATE TABLE asked (event_key BLOB PRIMARY KEY, times INTEGER) STRICT, WITHOUT ROWID;",
        )?;
        let dry = match dry {
            false => None,
            true => {
                let mut connection = nameless()?;
                migrations::migrate(&mut connection)?;
                let connection = Connection::from(connection);
                // Nobody searches in it.
                index::set_indexed_from(&connection, i64::MAX)?;
                let writer = Writer::new(connection, Arc::default())?;
                Some((writer, RwLock::default()))
            }
        };
        Ok(Self { shown, dry })
    }

    fn shown(&self, account: AccountId, key: &EventKey) -> Result<Vec<Content>, StoreError> {
        let mut statement = self
            .shown
            .prepare_cached("SELECT content FROM shown WHERE event_key = ?1 AND account = ?2 ORDER BY n")?;
        let contents = statement.query_map(params![key.0, account.0], |row| Ok(Content(row.get(0)?)))?;
        Ok(contents.collect::<Result<_, _>>()?)
    }

    fn show(&self, account: AccountId, key: &EventKey, content: Content) -> Result<(), StoreError> {
        self.shown
            .prepare_cached(
                "INSERT INTO shown SELECT ?1, ?2, coalesce(max(n), 0) + 1, ?3 FROM shown
                 WHERE event_key = ?1 AND account = ?2",
            )?
            .execute(params![key.0, account.0, content.0])?;
        Ok(())
    }

    /// Tells the records of a batch what the file showed before, and remembers them for what comes after. Of more equal
    /// records than can be told apart, the last are left out and counted.
    fn enter(&mut self, batch: &mut Batch) -> Result<u64, StoreError> {
        let transaction = self.shown.transaction(Writes::Books)?;
        let mut in_this_batch: HashMap<EventKey, (Vec<Content>, usize)> = HashMap::new();
        let mut too_many = 0;
        let mut kept = Vec::with_capacity(batch.records.len());
        for mut incoming in std::mem::take(&mut batch.records) {
            if incoming.record.given_id.is_some() {
                kept.push(incoming);
                continue;
            }
            let key = incoming.key;
            let (before, here) = match in_this_batch.entry(key) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert((self.shown(batch.account, &key)?, 0))
                }
            };
            if before.len() + *here >= MOST_EQUAL {
                too_many += 1;
                continue;
            }
            *here += 1;
            incoming.seen_before = before.clone();
            self.show(batch.account, &key, incoming.content)?;
            kept.push(incoming);
        }
        transaction.commit()?;
        batch.records = kept;
        Ok(too_many)
    }

    /// Copies what the archive knows into that of the dry run; what is there already stays.
    fn learn(&mut self, account: AccountId, all: &[Known]) -> Result<(), StoreError> {
        let Some((writer, _)) = &mut self.dry else {
            return Ok(());
        };
        let transaction = writer.connection().transaction(Writes::Archive)?;
        for known in all {
            // Filed under a date that nothing else has, so that no order is made among them.
            let inserted = transaction
                .prepare_cached(
                    "INSERT INTO record (event_key, account, ordinal, version, versions, ticks, tie, operation,
                       resource, status, source) VALUES (?1, ?2, ?3, 0, 1, ?4, 0, 0, 0, 0, ?5)
                     ON CONFLICT DO NOTHING RETURNING id",
                )?
                .query_row(
                    params![known.key.0, account.0, known.ordinal, i64::MIN, known.source],
                    |row| row.get::<i64>(0),
                )
                .optional()?;
            let Some(record) = inserted else {
                continue;
            };
            for content in &known.contents {
                let version: i64 = transaction
                    .prepare_cached(
                        "INSERT INTO version (record, content, source, archived_at, document)
                         VALUES (?1, ?2, ?3, 0, x'') RETURNING seq",
                    )?
                    .query_row(params![record, content, known.source], |row| row.get(0))?;
                if *content == known.newest {
                    transaction
                        .prepare_cached("UPDATE record SET version = ?2 WHERE id = ?1")?
                        .execute([record, version])?;
                }
            }
        }
        Ok(transaction.commit()?)
    }
}

#[async_trait]
impl Reading for FileReading {
    async fn account(&mut self, tenant_id: &str) -> Result<AccountId, StoreError> {
        if self.import.is_some() {
            return self.store.account(tenant_id, tenant_id).await;
        }
        let next = LAST_ACCOUNT - i64::try_from(self.made_up.len()).unwrap_or_default();
        Ok(*self
            .made_up
            .entry(tenant_id.to_ascii_lowercase())
            .or_insert(AccountId(next)))
    }

    async fn append(&mut self, mut batches: Vec<Batch>) -> Result<(Appended, NotTaken), StoreError> {
        let (batches, too_many) = self
            .remember(move |memory| {
                let mut too_many = 0;
                for batch in &mut batches {
                    too_many += memory.enter(batch)?;
                }
                Ok((batches, too_many))
            })
            .await?;
        let (appended, too_old) = match self.import {
            Some(ImportId(import)) => {
                self.store
                    .archive(move |w, directory| w.append_file(batches, import, directory))
                    .await?
            }
            None => {
                let wanted: Vec<(AccountId, BTreeSet<EventKey>)> = batches
                    .iter()
                    .map(|batch| {
                        let keys = batch.records.iter().map(|incoming| incoming.key).collect();
                        (batch.account, keys)
                    })
                    .collect();
                let known = self
                    .store
                    .read(Question::Import, move |r, _| {
                        let of = |(account, keys): &(AccountId, _)| Ok((*account, known(r, *account, keys)?));
                        wanted.iter().map(of).collect::<Result<Vec<_>, _>>()
                    })
                    .await?;
                self.remember(move |memory| {
                    for (account, known) in &known {
                        memory.learn(*account, known)?;
                    }
                    match &mut memory.dry {
                        Some((writer, directory)) => writer.append(batches, None, directory),
                        None => Ok((Vec::new(), 0)),
                    }
                })
                .await?
            }
        };
        let appended = appended.into_iter().fold(Appended::default(), |mut sum, one| {
            sum += one;
            sum
        });
        let not_taken = NotTaken {
            too_many_equal: too_many,
            too_old,
        };
        Ok((appended, not_taken))
    }

    async fn kept_from(&mut self) -> Result<Option<KeptFrom>, StoreError> {
        self.store.kept_from().await
    }

    async fn has(
        &mut self,
        account: AccountId,
        names: Vec<(EventKey, u32)>,
    ) -> Result<Vec<bool>, StoreError> {
        let (names, mut there) = self
            .store
            .read(Question::Import, move |r, _| {
                let there = names
                    .iter()
                    .map(|name| content(r.connection(), account, name))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok((names.clone(), there))
            })
            .await?;
        self.remember(move |memory| {
            if let Some((writer, _)) = &mut memory.dry {
                for (name, there) in names.iter().zip(&mut there) {
                    if there.is_none() {
                        *there = content(writer.connection(), account, name)?;
                    }
                }
            }
            for ((key, _), there) in names.iter().zip(&there) {
                if let Some(content) = there {
                    memory.show(account, key, *content)?;
                }
            }
            Ok(there.iter().map(Option::is_some).collect())
        })
        .await
    }

    async fn alike(
        &mut self,
        account: AccountId,
        sightings: Vec<Sighting>,
    ) -> Result<Vec<Vec<EventKey>>, StoreError> {
        let import = self.import.map(|id| id.0);
        self.store
            .read(Question::Import, move |r, directory| {
                let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
                sightings
                    .iter()
                    .map(|sighting| alike(r, &directory, account, import, sighting))
                    .collect()
            })
            .await
    }

    async fn times_asked(&mut self, keys: Vec<EventKey>) -> Result<Vec<u32>, StoreError> {
        self.remember(move |memory| {
            let transaction = memory.shown.transaction(Writes::Books)?;
            let mut all = Vec::with_capacity(keys.len());
            for key in keys {
                let times: u32 = transaction
                    .prepare_cached(
                        "INSERT INTO asked VALUES (?1, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times - 1",
                    )?
                    .query_row([key.0], |row| row.get(0))?;
                all.push(times);
            }
            transaction.commit()?;
            Ok(all)
        })
        .await
    }
}

/// What the archive knows of the records with these keys.
fn known(
    reader: &mut Reader,
    account: AccountId,
    keys: &BTreeSet<EventKey>,
) -> Result<Vec<Known>, StoreError> {
    let connection = reader.connection();
    let mut all = Vec::new();
    let mut records = connection.prepare_cached(&format!(
        "SELECT r.id, r.ordinal, r.source, v.content FROM record r {}
         WHERE r.event_key = ?1 AND r.account = ?2 ORDER BY r.ordinal",
        connection.newest_version()
    ))?;
    let mut versions =
        connection.prepare_cached("SELECT content FROM version WHERE record = ?1 ORDER BY seq")?;
    for key in keys {
        let mut rows = records.query(params![key.0, account.0])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            all.push(Known {
                key: *key,
                ordinal: row.get(1)?,
                source: row.get(2)?,
                newest: row.get(3)?,
                contents: versions
                    .query_map([id], |row| row.get(0))?
                    .collect::<Result<_, _>>()?,
            });
        }
    }
    Ok(all)
}

/// What a record says, if there is one of that name.
fn content(
    connection: &Connection,
    account: AccountId,
    (key, ordinal): &(EventKey, u32),
) -> Result<Option<Content>, StoreError> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT v.content FROM record r {}
             WHERE r.event_key = ?1 AND r.account = ?2 AND r.ordinal = ?3",
            connection.newest_version()
        ))?
        .query_row(params![key.0, account.0, ordinal], |row| Ok(Content(row.get(0)?)))
        .optional()?;
    Ok(found)
}

/// The records of the time that a row means, of the same customer, user and action. Not those of this very import: in a
/// dry run they would not be there.
fn alike(
    reader: &Reader,
    directory: &Directory,
    account: AccountId,
    import: Option<i64>,
    sighting: &Sighting,
) -> Result<Vec<EventKey>, StoreError> {
    let mut statement = reader.connection().prepare_cached(&format!(
        "SELECT r.event_key, r.customer, r.customer_name, r.user, r.operation FROM record r {}
         WHERE r.ticks >= ?1 AND r.ticks < ?2 AND r.account = ?3
           AND (v.import IS NULL OR v.import IS DISTINCT FROM ?4) LIMIT ?5",
        reader.connection().newest_version()
    ))?;
    let folded = |kind, text: &str| fold(&term_text(kind, text.trim()));
    let text = |number: Option<i64>| number.and_then(|number| directory.text(number));
    let is = |number: Option<i64>, wanted: &str| {
        text(number).map_or(wanted.is_empty(), |text| fold(text.trim()) == *wanted)
    };
    let (customer, user) = (
        folded(Kind::CustomerName, &sighting.customer),
        folded(Kind::User, &sighting.user),
    );
    let action = fold(&sighting.action);
    let mut rows = statement.query(params![
        sighting.from.0,
        sighting.until.0,
        account.0,
        import,
        MOST_OF_A_MOMENT
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, name): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        let operation = text(row.get(4)?).unwrap_or_default();
        let same_action = fold(&operation) == action || fold(&operation.replace('_', " ")) == action;
        if !same_action || !is(row.get(3)?, &user) {
            continue;
        }
        // A record without a name is listed under the last one known, or under its id.
        let same_customer = match name {
            Some(_) => is(name, &customer),
            None => {
                customer.is_empty()
                    || text(id).is_some_and(|text| fold(&text) == customer)
                    || id
                        .and_then(|id| directory.name_of(id))
                        .is_some_and(|name| fold(name.trim()) == customer)
            }
        };
        if same_customer {
            found.push(EventKey(row.get(0)?));
        }
    }
    Ok(found)
}
