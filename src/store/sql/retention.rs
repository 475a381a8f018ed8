//! What an archive says of the months that were removed from it: from when on it keeps what it has, and what is left of
//! each version. How months are removed is a server's own matter.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    SqlStore, StoreError, blocking,
    connection::{Connection, Optional as _, params},
    copy, engine, ledger,
};
use crate::{
    audit::{RecordId, Ticks},
    store::{
        KeptFrom, Removed, RemovedMonth,
        postgres::{Connector, Session, expire, migrations},
    },
};

impl SqlStore {
    /// Removes from the archive on a server what is dated before a day, a month after the other, each in a transaction of
    /// its own, the oldest first; tells of each one that had anything. With `dry_run` only says what that would be. Others
    /// go on reading, and writing between two months.
    ///
    /// # Errors
    /// When the tables are not ours, or the server fails: then no month is removed in part, and the same again goes on.
    pub async fn expire(
        connector: Connector,
        kept_from: NaiveDate,
        now: DateTime<Utc>,
        dry_run: bool,
        mut tell: impl FnMut(RemovedMonth) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        blocking(move || {
            let session = Session::of(&connector)?;
            engine::refuse_while_copied(&session)?;
            migrations::refuse_other_version(&session)?;
            expire::refuse_others(&session)?;
            let connection = Connection::Server(session);
            copy::refuse_unfinished(&connection)?;
            let Connection::Server(session) = &connection else {
                return Ok(());
            };
            let kept_from = KeptFrom::new(Ticks::start_of(kept_from));
            expire::refuse_young(session, kept_from)?;
            match dry_run {
                true => expire::would_remove(session, kept_from, &mut tell),
                false => expire::remove(session, kept_from, now.timestamp_millis(), &mut tell),
            }
        })
        .await
    }
}

/// From when on the archive keeps what it has; `None` where it keeps everything.
pub fn kept_from(connection: &Connection) -> Result<Option<KeptFrom>, StoreError> {
    let kept_from = connection
        .prepare_cached("SELECT max(kept_from) FROM removal")?
        .query_row((), |row| row.get(0))?;
    Ok(KeptFrom::of_archive(kept_from))
}

/// A number that is another one after anything was removed.
pub fn last_removal(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM removal WHERE versions > 0")?
        .query_row((), |row| row.get(0))?)
}

/// What is known of a record that is not there any more; `None` where none of that name was removed.
pub fn removed(connection: &Connection, id: &RecordId) -> Result<Option<Removed>, StoreError> {
    let (key, ordinal) = id.event();
    let at = connection
        .prepare_cached(
            "SELECT r.at FROM tombstone t JOIN removal r ON r.id = t.removal
             WHERE t.event_key = ?1 AND t.ordinal = ?2 ORDER BY r.id DESC LIMIT 1",
        )?
        .query_row(params![key.0, ordinal], |row| row.get(0))
        .optional()?;
    Ok(at.zip(kept_from(connection)?).map(|(at, kept_from)| Removed {
        at: ledger::moment(at),
        kept_from,
    }))
}

/// So many numbers are looked at together.
const TOGETHER: usize = 10_000;

/// The first number from `first` on, before `beyond`, of which nobody says that its record was removed.
pub fn first_unexplained(
    connection: &Connection,
    first: i64,
    beyond: i64,
) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT DISTINCT record FROM tombstone WHERE record >= ?1 AND record < ?2 ORDER BY record LIMIT {TOGETHER}"
    ))?;
    let mut next = first;
    while next < beyond {
        let removed: Vec<i64> = statement
            .query_map([next, beyond], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let in_a_row = removed
            .iter()
            .zip(next..)
            .take_while(|(number, at)| *number == at)
            .count();
        next += i64::try_from(in_a_row).unwrap_or_default();
        if in_a_row < TOGETHER {
            break;
        }
    }
    Ok((next < beyond).then_some(next))
}

/// The first number of a version, of those that were given, that is neither there nor was removed.
pub fn first_missing_version(connection: &Connection) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT seq FROM (SELECT seq FROM version WHERE seq > ?1 UNION ALL SELECT seq FROM tombstone WHERE seq > ?1) AS given
         ORDER BY seq LIMIT {TOGETHER}"
    ))?;
    let mut last = 0;
    loop {
        let numbers: Vec<i64> = statement
            .query_map([last], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if numbers.is_empty() {
            return Ok(last + 1);
        }
        for number in numbers {
            if number > last + 1 {
                return Ok(last + 1);
            }
            last = number;
        }
    }
}

/// What is wrong with what the archive says of its removals, if anything.
pub fn contradictions(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut wrong = Vec::new();
    for (sql, what) in [
        (
            "SELECT min(t.seq), count(*) FROM tombstone t JOIN version v ON v.seq = t.seq",
            "is said to have been removed, and is there",
        ),
        (
            "SELECT min(t.seq), count(*) FROM tombstone t JOIN record r ON r.id = t.record",
            "is said to have been removed, and its record is there",
        ),
        (
            "SELECT min(seq), count(*) FROM tombstone WHERE removal NOT IN (SELECT id FROM removal)",
            "is said to have been removed, and nothing says when",
        ),
    ] {
        let (first, count): (Option<i64>, i64) =
            connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(first) = first {
            let more = match count {
                1 => String::new(),
                n => format!(", and so with {} more", n - 1),
            };
            wrong.push(format!("version {first} {what}{more}"));
        }
    }
    let mut statement = connection.prepare_cached(
        "SELECT r.id, r.versions, r.records, coalesce(t.versions, 0), coalesce(t.records, 0) FROM removal r
         LEFT JOIN (SELECT removal, count(*) AS versions, count(DISTINCT record) AS records FROM tombstone GROUP BY removal) t
           ON t.removal = r.id
         WHERE r.versions <> coalesce(t.versions, 0) OR r.records <> coalesce(t.records, 0) ORDER BY r.id",
    )?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (id, versions, records): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (known, known_records): (i64, i64) = (row.get(3)?, row.get(4)?);
        wrong.push(format!(
            "removal {id} is said to be of {records} records and {versions} versions, and {known_records} and {known} are \
             known of it"
        ));
    }
    Ok(wrong)
}

/// How much was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub records: u64,
    pub versions: u64,
}

/// How much was removed, as far as something is left of it.
pub fn totals(connection: &Connection) -> Result<Totals, StoreError> {
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(connection.query_row(
        "SELECT count(DISTINCT record), count(*) FROM tombstone",
        (),
        |row| {
            Ok(Totals {
                records: count(row.get(0)?),
                versions: count(row.get(1)?),
            })
        },
    )?)
}
