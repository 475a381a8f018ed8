//! Streams, and the versions that go out through them.

use std::{
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::connection::{Connection, Optional as _, Row, params};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{SqlStore, StoreError, entries::source, ledger::moment, question::Question, read::Reader};
use crate::{
    audit::{AuditRecord, RecordId, Selection, Ticks, identity::EventKey},
    store::{
        Bounds, DELIVERIES, Delivery, Failing, MOST_STREAMS, Outgoing, OutgoingVersion, PauseReason, Paused,
        Place, Sealed, Stream, StreamContent, StreamKind, Streams,
        directory::Directory,
        matching::{Known, Matcher},
    },
};

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 200;
/// The longest answer of a far side that is kept, in characters.
const LONGEST_SAID: usize = 300;
/// So many versions are looked at in one go, and for so long: whoever reads holds up others.
const LOOKED_AT: u32 = 2_000;
const LOOKING: Duration = Duration::from_millis(200);

const COLUMNS: &str =
    "id, name, kind, shown, query, view, key_id, sealed, revision, position, created_at, created_by,
    paused_at, paused_by, pause_reason, failing_since, tries, retry_at, moves";

const DELIVERY: &str = "id, at, test, records, first, last, outcome, status, took, said";

fn bounded(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// `None` for a stream of a kind that only a later version knows.
fn stream(row: &Row<'_>) -> super::connection::Result<Option<Stream>> {
    let at = |column: usize| -> super::connection::Result<Option<DateTime<Utc>>> {
        Ok(row.get::<Option<i64>>(column)?.map(moment))
    };
    let Some(kind) = StreamKind::named(&row.get::<String>(2)?) else {
        return Ok(None);
    };
    let paused_by = row.get(13)?;
    let reason: Option<String> = row.get(14)?;
    let tries = row.get(16)?;
    Ok(Some(Stream {
        number: row.get(0)?,
        content: StreamContent {
            name: row.get(1)?,
            kind,
            shown: row.get(3)?,
            query: row.get(4)?,
            view: row.get(5)?,
            sealed: Sealed {
                key_id: row.get(6)?,
                text: row.get(7)?,
            },
        },
        revision: row.get(8)?,
        moves: row.get(18)?,
        position: row.get(9)?,
        created_at: moment(row.get(10)?),
        created_by: row.get(11)?,
        paused: at(12)?.map(|at| Paused {
            at,
            by: paused_by,
            reason: PauseReason::ALL
                .into_iter()
                .find(|known| reason.as_deref() == Some(known.name()))
                .unwrap_or(PauseReason::Asked),
        }),
        failing: match (at(15)?, at(17)?) {
            (Some(since), Some(retry_at)) => Some(Failing {
                since,
                tries,
                retry_at,
            }),
            _ => None,
        },
        behind: 0,
        last: None,
    }))
}

fn delivery(row: &Row<'_>) -> super::connection::Result<Delivery> {
    Ok(Delivery {
        number: row.get(0)?,
        at: moment(row.get(1)?),
        test: row.get::<i64>(2)? == 1,
        records: row.get(3)?,
        first: row.get(4)?,
        last: row.get(5)?,
        outcome: row.get(6)?,
        status: row.get(7)?,
        took_ms: row.get(8)?,
        said: row.get(9)?,
    })
}

/// A stream with what is not in its row.
fn completed(
    connection: &Connection,
    newest: i64,
    stream: Option<Stream>,
) -> Result<Option<Stream>, StoreError> {
    let Some(mut stream) = stream else {
        return Ok(None);
    };
    stream.behind = u64::try_from(newest - stream.position).unwrap_or_default();
    stream.last = connection
        .prepare_cached(&format!(
            "SELECT {DELIVERY} FROM stream_delivery WHERE stream = ?1 ORDER BY id DESC LIMIT 1"
        ))?
        .query_row([stream.number], delivery)
        .optional()?;
    Ok(Some(stream))
}

/// The version after which a stream goes on. Versions are numbered in the order of archiving, so their dates ascend, but for
/// a clock that was set back.
fn position(connection: &Connection, place: Place) -> Result<i64, StoreError> {
    let newest = connection.last_given()?.1;
    let since = match place {
        Place::Beginning => return Ok(0),
        Place::Now => return Ok(newest),
        Place::Since(at) => at.timestamp_millis(),
    };
    let mut archived =
        connection.prepare_cached("SELECT archived_at FROM version WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
    let (mut before, mut after) = (0, newest + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let at: Option<i64> = archived.query_row([middle], |row| row.get(0)).optional()?;
        match at {
            Some(at) if at < since => before = middle,
            _ => after = middle,
        }
    }
    Ok(before)
}

fn note(connection: &Connection, stream: i64, delivery: &Delivery) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO stream_delivery (stream, at, test, records, first, last, outcome, status, took, said)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            stream,
            delivery.at.timestamp_millis(),
            i64::from(delivery.test),
            delivery.records,
            delivery.first,
            delivery.last,
            delivery.outcome,
            delivery.status,
            delivery.took_ms,
            bounded(&delivery.said, LONGEST_SAID),
        ])?;
    connection
        .prepare_cached(
            "DELETE FROM stream_delivery WHERE stream = ?1 AND id <=
               (SELECT id FROM stream_delivery WHERE stream = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute(params![stream, DELIVERIES])?;
    Ok(())
}

impl Reader {
    fn outgoing(
        &mut self,
        selection: &Selection,
        after: i64,
        bounds: Bounds,
        directory: &RwLock<Directory>,
    ) -> Result<Outgoing, StoreError> {
        let began = Instant::now();
        let accounts = self.account_names();
        // Not held while much is looked at: whoever archives waits for it.
        let known_now = || directory.read().unwrap_or_else(PoisonError::into_inner);
        let matcher = Matcher::new(selection, &known_now(), &accounts);
        let mut statement = self.connection.prepare_cached(
            "SELECT v.seq, v.record, v.source, v.archived_at, v.dictionary, v.document, r.event_key, r.ordinal,
               r.account, r.ticks, r.versions
             FROM version v JOIN record r ON r.id = v.record WHERE v.seq > ?1 ORDER BY v.seq LIMIT ?2",
        )?;
        let mut number = self
            .connection
            .prepare_cached("SELECT count(*) FROM version WHERE record = ?1 AND seq <= ?2")?;
        let mut rows = statement.query(params![after, LOOKED_AT])?;
        let mut found = Outgoing {
            up_to: after,
            ..Outgoing::default()
        };
        let (mut looked_at, mut bytes) = (0, 0);
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            let (dictionary, packed): (Option<i64>, Vec<u8>) = (row.get(4)?, row.get(5)?);
            let document = self.unpacker.unpack(&self.connection, dictionary, &packed)?;
            let record = AuditRecord::read(document);
            let known = Known {
                record: &record,
                account: row.get(8)?,
                source: source(row.get(2)?),
                ticks: record.ticks.unwrap_or(Ticks(row.get(9)?)),
            };
            if matcher.matches(&known, &known_now()) {
                bytes += record.document.len();
                if found.versions.len() == bounds.versions
                    || (bytes > bounds.bytes && !found.versions.is_empty())
                {
                    found.more = true;
                    return Ok(found);
                }
                let account = self.accounts.get(&known.account).cloned();
                let (key, ordinal) = (EventKey(row.get(6)?), row.get(7)?);
                found.versions.push(OutgoingVersion {
                    seq,
                    record: RecordId::new(record.given_id.as_deref(), &key, ordinal),
                    number: match row.get::<i64>(10)? {
                        1 => 1,
                        _ => number.query_row(params![row.get::<i64>(1)?, seq], |row| row.get(0))?,
                    },
                    account: account
                        .ok_or_else(|| StoreError::Database("a record names an unknown account".into()))?,
                    source: known.source,
                    archived_at: moment(row.get(3)?),
                    ticks: record.ticks,
                    document: record.document,
                });
            }
            found.up_to = seq;
            looked_at += 1;
            if began.elapsed() > LOOKING {
                found.more = true;
                return Ok(found);
            }
        }
        found.more = looked_at == LOOKED_AT;
        Ok(found)
    }
}

#[async_trait]
impl Streams for SqlStore {
    async fn add_stream(
        &self,
        content: &StreamContent,
        from: Place,
        at: DateTime<Utc>,
        by: &str,
    ) -> Result<Option<i64>, StoreError> {
        let (content, by) = (content.clone(), bounded(by, LONGEST_NAME));
        self.in_one(move |c| {
            let all: u32 = c.query_row("SELECT count(*) FROM stream", (), |row| row.get(0))?;
            if all >= MOST_STREAMS {
                return Ok(None);
            }
            let number = c.query_row(
                "INSERT INTO stream (name, kind, shown, query, view, key_id, sealed, revision, moves, position,
                   created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 0, ?8, ?9, ?10) RETURNING id",
                params![
                    bounded(&content.name, LONGEST_NAME),
                    content.kind.name(),
                    content.shown,
                    content.query,
                    content.view,
                    content.sealed.key_id,
                    content.sealed.text,
                    position(c, from)?,
                    at.timestamp_millis(),
                    by,
                ],
                |row| row.get(0),
            )?;
            Ok(Some(number))
        })
        .await
    }

    async fn streams(&self) -> Result<Vec<Stream>, StoreError> {
        self.read(Question::Books, |r, _| {
            let connection = r.connection();
            let newest = connection.last_given()?.1;
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM stream ORDER BY name, id"))?;
            let rows: Vec<Option<Stream>> = statement.query_map((), stream)?.collect::<Result<_, _>>()?;
            let all = rows.into_iter().map(|row| completed(connection, newest, row));
            Ok(all
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect())
        })
        .await
    }

    async fn stream(&self, number: i64) -> Result<Option<Stream>, StoreError> {
        self.read(Question::Books, move |r, _| {
            let connection = r.connection();
            let found = connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM stream WHERE id = ?1"))?
                .query_row([number], stream)
                .optional()?;
            completed(connection, connection.last_given()?.1, found.flatten())
        })
        .await
    }

    async fn change_stream(
        &self,
        number: i64,
        revision: i64,
        content: &StreamContent,
    ) -> Result<bool, StoreError> {
        let content = content.clone();
        self.in_one(move |c| {
            // What failed as it was may not fail any more.
            let changed = c.execute(
                "UPDATE stream SET name = ?3, shown = ?4, query = ?5, view = ?6, key_id = ?7, sealed = ?8,
                   revision = revision + 1, moves = moves + CASE WHEN query <> ?5 THEN 1 ELSE 0 END, failing_since = NULL, tries = 0,
                   retry_at = NULL WHERE id = ?1 AND revision = ?2",
                params![
                    number,
                    revision,
                    bounded(&content.name, LONGEST_NAME),
                    content.shown,
                    content.query,
                    content.view,
                    content.sealed.key_id,
                    content.sealed.text,
                ],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn reseal_stream(&self, number: i64, revision: i64, sealed: &Sealed) -> Result<bool, StoreError> {
        let sealed = sealed.clone();
        self.in_one(move |c| {
            let changed = c.execute(
                "UPDATE stream SET key_id = ?3, sealed = ?4 WHERE id = ?1 AND revision = ?2",
                params![number, revision, sealed.key_id, sealed.text],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn pause_stream(&self, number: i64, paused: Option<&Paused>) -> Result<bool, StoreError> {
        let paused = paused.cloned();
        self.in_one(move |c| {
            let changed = match paused {
                Some(Paused { at, by, reason }) => c.execute(
                    "UPDATE stream SET paused_at = ?2, paused_by = ?3, pause_reason = ?4, revision = revision + 1
                     WHERE id = ?1 AND paused_at IS NULL",
                    params![
                        number,
                        at.timestamp_millis(),
                        by.map(|by| bounded(&by, LONGEST_NAME)),
                        reason.name()
                    ],
                )?,
                None => c.execute(
                    "UPDATE stream SET paused_at = NULL, paused_by = NULL, pause_reason = NULL,
                       revision = revision + 1, failing_since = NULL, tries = 0, retry_at = NULL
                     WHERE id = ?1 AND paused_at IS NOT NULL",
                    [number],
                )?,
            };
            Ok(changed == 1)
        })
        .await
    }

    async fn move_stream(&self, number: i64, to: Place) -> Result<bool, StoreError> {
        self.in_one(move |c| {
            let changed = c.execute(
                "UPDATE stream SET position = ?2, moves = moves + 1, revision = revision + 1, failing_since = NULL,
                   tries = 0, retry_at = NULL WHERE id = ?1",
                params![number, position(c, to)?],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn leave_out(
        &self,
        number: i64,
        moves: i64,
        position: i64,
        up_to: i64,
        delivery: &Delivery,
    ) -> Result<bool, StoreError> {
        let delivery = delivery.clone();
        self.in_one(move |c| {
            let changed = c.execute(
                "UPDATE stream SET position = ?4, moves = moves + 1, revision = revision + 1, failing_since = NULL,
                   tries = 0, retry_at = NULL
                 WHERE id = ?1 AND moves = ?2 AND position = ?3 AND failing_since IS NOT NULL",
                params![number, moves, position, up_to],
            )?;
            if changed == 1 {
                note(c, number, &delivery)?;
            }
            Ok(changed == 1)
        })
        .await
    }

    async fn delete_stream(&self, number: i64) -> Result<Option<String>, StoreError> {
        self.in_one(move |c| {
            let name = c
                .query_row(
                    "DELETE FROM stream WHERE id = ?1 RETURNING name",
                    [number],
                    |row| row.get(0),
                )
                .optional()?;
            c.execute("DELETE FROM stream_delivery WHERE stream = ?1", [number])?;
            Ok(name)
        })
        .await
    }

    async fn outgoing(
        &self,
        selection: &Selection,
        after: i64,
        bounds: Bounds,
    ) -> Result<Outgoing, StoreError> {
        let selection = selection.clone();
        self.read(Question::Stream, move |r, directory| {
            r.outgoing(&selection, after, bounds, directory)
        })
        .await
    }

    async fn newest_version(&self) -> Result<i64, StoreError> {
        self.read(Question::Books, |r, _| Ok(r.connection().last_given()?.1))
            .await
    }

    async fn delivered(
        &self,
        number: i64,
        moves: i64,
        up_to: i64,
        delivery: Option<&Delivery>,
    ) -> Result<bool, StoreError> {
        let delivery = delivery.cloned();
        self.in_one(move |c| {
            let changed = match &delivery {
                Some(_) => c.prepare_cached(
                    "UPDATE stream SET position = CASE WHEN position < ?3 THEN ?3 ELSE position END, failing_since = NULL, tries = 0, retry_at = NULL
                     WHERE id = ?1 AND moves = ?2",
                )?,
                None => c.prepare_cached(
                    "UPDATE stream SET position = CASE WHEN position < ?3 THEN ?3 ELSE position END WHERE id = ?1 AND moves = ?2",
                )?,
            }
            .execute(params![number, moves, up_to])?;
            if let Some(delivery) = delivery {
                // What was accepted is said also where it does not count any more.
                if changed == 1 || exists(c, number)? {
                    note(c, number, &delivery)?;
                }
            }
            Ok(changed == 1)
        })
        .await
    }

    async fn not_delivered(
        &self,
        number: i64,
        revision: i64,
        delivery: &Delivery,
        then: &Result<Failing, Paused>,
    ) -> Result<bool, StoreError> {
        let (delivery, then) = (delivery.clone(), then.clone());
        self.in_one(move |c| {
            let changed = match &then {
                Ok(failing) => c
                    .prepare_cached(
                        "UPDATE stream SET failing_since = ?3, tries = ?4, retry_at = ?5
                         WHERE id = ?1 AND revision = ?2",
                    )?
                    .execute(params![
                        number,
                        revision,
                        failing.since.timestamp_millis(),
                        failing.tries,
                        failing.retry_at.timestamp_millis(),
                    ])?,
                Err(paused) => c
                    .prepare_cached(
                        "UPDATE stream SET paused_at = ?3, paused_by = ?4, pause_reason = ?5, revision = revision + 1
                         WHERE id = ?1 AND revision = ?2 AND paused_at IS NULL",
                    )?
                    .execute(params![
                        number,
                        revision,
                        paused.at.timestamp_millis(),
                        paused.by,
                        paused.reason.name(),
                    ])?,
            };
            if changed == 1 || exists(c, number)? {
                note(c, number, &delivery)?;
            }
            Ok(changed == 1)
        })
        .await
    }

    async fn tested(&self, number: i64, delivery: &Delivery) -> Result<(), StoreError> {
        let delivery = delivery.clone();
        self.in_one(move |c| match exists(c, number)? {
            true => note(c, number, &delivery),
            false => Ok(()),
        })
        .await
    }

    async fn deliveries(
        &self,
        number: i64,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.read(Question::Books, move |r, _| {
            let sql = format!(
                "SELECT {DELIVERY} FROM stream_delivery WHERE stream = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
            );
            let mut statement = r.connection().prepare_cached(&sql)?;
            let rows = statement.query_map(params![number, before.unwrap_or(i64::MAX), limit], delivery)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn exists(connection: &Connection, number: i64) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM stream WHERE id = ?1")?
        .exists([number])?)
}
