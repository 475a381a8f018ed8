//! Removing old months from the tables of a server: each with all that is in it, in one transaction, after a line for every
//! version was written that tells what was there.

use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike as _, Months, NaiveDate};

use super::{Refused, Session, StoreError, migrations::KNOWS_RETENTION};
use crate::{
    audit::Ticks,
    config::LEAST_MONTHS,
    store::{KeptFrom, RemovedMonth, first_kept, sql::connection::Writes},
};

/// While a month waits for those who read the tables, everybody else waits behind it: so long at most for each table. Less
/// than after what a server looks for a deadlock, so that it is never a reader who has to give way.
const HOLDING_UP: &str = "300ms";
/// … and then they have their turn for so long.
const LETTING_PASS: Duration = Duration::from_secs(2);
/// A month that never gets its turn is left for the next time.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Makes sure that the tables are ours.
///
/// # Errors
/// `Refused` where they are not.
pub fn refuse_others(session: &Session) -> Result<(), StoreError> {
    let row = session.with(|client| {
        client.query_one(
            "SELECT current_user::text, bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
             WHERE oid IN ('record'::regclass, 'version'::regclass, 'search'::regclass)",
            &[],
        )
    })?;
    if row.try_get(1)? {
        return Ok(());
    }
    let user: String = row.try_get(0)?;
    Err(StoreError::Refused(Refused {
        what: format!(
            "old months are removed by the owner of the archive's tables alone, which the user {user:?} is not"
        ),
        remedy: "Run `partnerlog expire` as the user that owns the tables.",
    }))
}

/// Makes sure that by the server's clock, too, nothing is removed that is not old enough: it cannot be brought back.
///
/// # Errors
/// `Refused` where the clock of this machine is far ahead.
pub fn refuse_young(session: &Session, kept_from: KeptFrom) -> Result<(), StoreError> {
    let row =
        session.with(|client| client.query_one("SELECT CAST(extract(epoch FROM now()) AS BIGINT)", &[]))?;
    let today = DateTime::from_timestamp(row.try_get(0)?, 0).unwrap_or_default();
    if kept_from.day() <= first_kept(today.date_naive(), LEAST_MONTHS) {
        return Ok(());
    }
    Err(StoreError::Refused(Refused {
        what: format!(
            "by the clock of the database's server ({today}), what is dated before {} is not all older than {LEAST_MONTHS} \
             months",
            kept_from.day()
        ),
        remedy: "Set the clock of this machine.",
    }))
}

/// Says what would be removed, a month after the other, until `tell` has heard enough.
///
/// # Errors
/// When the server fails.
pub fn would_remove(
    session: &Session,
    kept_from: KeptFrom,
    tell: &mut impl FnMut(RemovedMonth) -> bool,
) -> Result<(), StoreError> {
    for month in months(session, kept_from)? {
        let (from, until) = (month.from(), month.until());
        let sql = format!(
            "SELECT count(*), CAST(coalesce(sum(versions), 0) AS BIGINT) FROM record WHERE ticks >= {from} AND ticks < {until}"
        );
        let row = session.with(|client| client.query_one(&sql, &[]))?;
        let removed = month.with(row.try_get(0)?, row.try_get(1)?);
        if removed.records > 0 && !tell(removed) {
            break;
        }
    }
    Ok(())
}

/// Removes what is dated before, a month after the other, until `tell` has heard enough; `now` is in milliseconds since 1970.
///
/// # Errors
/// When the server fails, or a month never gets its turn: those before it are removed, and it is whole.
pub fn remove(
    session: &Session,
    kept_from: KeptFrom,
    now: i64,
    tell: &mut impl FnMut(RemovedMonth) -> bool,
) -> Result<(), StoreError> {
    session.batch("SET statement_timeout = 0")?;
    for month in months(session, kept_from)? {
        let removed = patiently(|| {
            // Who reads for very long is waited for before anything is done in vain.
            probe(session)?;
            in_one(session, || one(session, month, now))
        })?;
        if removed.versions > 0 && !tell(removed) {
            return Ok(());
        }
    }
    // Where the last months had nothing.
    in_one(session, || {
        let last = Month(kept_from.day()).before();
        let (month, kept_from) = (last.from(), kept_from.ticks().0);
        let noted = execute(
            session,
            &format!(
                "INSERT INTO removal (at, month, kept_from, records, versions) SELECT {now}, {month}, {kept_from}, 0, 0
                 WHERE NOT EXISTS (SELECT 1 FROM removal WHERE kept_from >= {kept_from})"
            ),
        )?;
        match noted {
            0 => Ok(()),
            _ => Ok(session.batch("UPDATE head SET pulse = pulse + 1")?),
        }
    })
}

/// A month, by its first day.
#[derive(Clone, Copy)]
struct Month(NaiveDate);

impl Month {
    /// As it is called in the names of tables, such as `2026_08`.
    fn parse(name: &str) -> Option<Self> {
        let (year, month) = name.split_once('_')?;
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(Self)
    }

    fn name(self) -> String {
        format!("{:04}_{:02}", self.0.year(), self.0.month())
    }

    fn before(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    fn from(self) -> i64 {
        Ticks::start_of(self.0).0
    }

    fn until(self) -> i64 {
        Ticks::start_of(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0)).0
    }

    fn with(self, records: i64, versions: i64) -> RemovedMonth {
        RemovedMonth {
            first: self.0,
            records: records.unsigned_abs(),
            versions: versions.unsigned_abs(),
        }
    }
}

/// The months before a day that the tables have parts for, ascending.
fn months(session: &Session, kept_from: KeptFrom) -> Result<Vec<Month>, StoreError> {
    let rows = session.with(|client| {
        client.query(
            "SELECT DISTINCT substr(part.relname::text, length(parent.relname::text) + 2) AS month FROM pg_inherits i
             JOIN pg_class part ON part.oid = i.inhrelid JOIN pg_class parent ON parent.oid = i.inhparent
             WHERE i.inhparent IN ('record'::regclass, 'version'::regclass, 'search'::regclass)
               AND part.relname::text ~ ('^' || parent.relname::text || '_[0-9]{4}_[0-9]{2}$') ORDER BY 1",
            &[],
        )
    })?;
    let mut months = Vec::with_capacity(rows.len());
    for row in rows {
        let month = Month::parse(row.try_get(0)?);
        months.extend(month.filter(|month| month.until() <= kept_from.ticks().0));
    }
    Ok(months)
}

/// Tries again what somebody else was in the way of.
fn patiently<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match work() {
            Err(StoreError::Busy(_)) if Instant::now() < deadline => {
                tracing::warn!("removing a month waits for others that use the tables");
                std::thread::sleep(LETTING_PASS);
            }
            done => return done,
        }
    }
}

/// One transaction, in which nobody else writes the archive; all who have it in memory are told.
fn in_one<T>(session: &Session, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    session.begin(Writes::Archive)?;
    let done = work().and_then(|done| {
        session.commit()?;
        Ok(done)
    });
    if done.is_err() {
        // What failed is told, and not what comes of it.
        let _ = session.batch("ROLLBACK");
    }
    done
}

const ALONE: &str = "LOCK TABLE ONLY record, ONLY version, ONLY search IN ACCESS EXCLUSIVE MODE";

/// Whether the tables can be had for a moment.
fn probe(session: &Session) -> Result<(), StoreError> {
    let probed = session.batch(&format!(
        "BEGIN; SET LOCAL lock_timeout = '{HOLDING_UP}'; {ALONE}; ROLLBACK"
    ));
    if probed.is_err() {
        let _ = session.batch("ROLLBACK");
    }
    Ok(probed?)
}

fn execute(session: &Session, sql: &str) -> Result<i64, postgres::Error> {
    let rows = session.with(|client| client.execute(sql, &[]))?;
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}

fn number(session: &Session, sql: &str) -> Result<i64, StoreError> {
    let row = session.with(|client| client.query_one(sql, &[]))?;
    Ok(row.try_get(0)?)
}

/// Removes a month, within a transaction.
fn one(session: &Session, month: Month, now: i64) -> Result<RemovedMonth, StoreError> {
    let (from, until, name) = (month.from(), month.until(), month.name());
    let within = |table: &str| format!("{table}.ticks >= {from} AND {table}.ticks < {until}");
    // Here whole months are joined, for which everything else of ours is not made.
    session.batch("SET LOCAL enable_sort = on; SET LOCAL plan_cache_mode = auto")?;
    // A record that stays keeps its versions: those that were dated otherwise go where it is.
    execute(
        session,
        &format!(
            "WITH stray AS MATERIALIZED (
               SELECT v.account, v.seq, v.ticks, v.record FROM version v WHERE {}
                 AND NOT EXISTS (SELECT 1 FROM record r WHERE r.id = v.record AND {})),
             placed AS MATERIALIZED (
               SELECT s.account, s.seq, s.ticks, r.ticks AS dated
               FROM stray s, LATERAL (SELECT ticks FROM record WHERE id = s.record OFFSET 0) r)
             UPDATE version v SET ticks = p.dated FROM placed p
             WHERE v.account = p.account AND v.seq = p.seq AND v.ticks = p.ticks AND {}",
            within("v"),
            within("r"),
            within("v"),
        ),
    )?;
    // One that goes takes all of its versions along. They are few, and each is looked for where it is: any other way would
    // read all of the table.
    session.batch(&format!(
        "DO $$
         DECLARE elsewhere RECORD;
         BEGIN
           FOR elsewhere IN
             WITH inside AS MATERIALIZED (SELECT v.record, count(*) AS versions FROM version v WHERE {} GROUP BY v.record),
             spread AS MATERIALIZED (
               SELECT r.id, r.ticks FROM record r LEFT JOIN inside i ON i.record = r.id
               WHERE {} AND r.versions <> coalesce(i.versions, 0))
             SELECT v.account, v.seq, v.ticks, s.ticks AS dated FROM spread s,
               LATERAL (SELECT account, seq, ticks FROM version
                 WHERE record = s.id AND (ticks < {from} OR ticks >= {until}) OFFSET 0) v
           LOOP
             UPDATE version SET ticks = elsewhere.dated
             WHERE account = elsewhere.account AND seq = elsewhere.seq AND ticks = elsewhere.ticks;
           END LOOP;
         END $$",
        within("v"),
        within("r"),
    ))?;
    let removal = number(session, "SELECT nextval(pg_get_serial_sequence('removal', 'id'))")?;
    let versions = execute(
        session,
        &format!(
            "INSERT INTO tombstone (seq, record, account, event_key, ordinal, content, removal)
             SELECT v.seq, r.id, r.account, r.event_key, r.ordinal, v.content, {removal}
             FROM record r JOIN version v ON v.record = r.id WHERE {} AND {}",
            within("r"),
            within("v"),
        ),
    )?;
    let records = number(
        session,
        &format!("SELECT count(*) FROM record WHERE {}", within("record")),
    )?;
    let there = number(
        session,
        &format!("SELECT count(*) FROM version WHERE {}", within("version")),
    )?;
    if there != versions {
        return Err(StoreError::Database(
            format!(
                "versions of {} belong to no record: see what `partnerlog verify` says",
                name.replace('_', "-")
            )
            .into(),
        ));
    }
    if records > 0 {
        execute(
            session,
            &format!(
                "INSERT INTO removal (id, at, month, kept_from, records, versions)
                 VALUES ({removal}, {now}, {from}, {until}, {records}, {versions})"
            ),
        )?;
        execute(session, "UPDATE head SET pulse = pulse + 1")?;
        // Programs that take a number that is missing for a fault must not open the archive any more.
        execute(
            session,
            &format!(
                "UPDATE migration SET compatible_from = greatest(coalesce(compatible_from, number), {KNOWS_RETENTION})
                 WHERE number = (SELECT max(number) FROM migration)"
            ),
        )?;
    }
    session.batch(&format!(
        "SET LOCAL lock_timeout = '{HOLDING_UP}'; {ALONE};
         DROP TABLE IF EXISTS record_{name}, version_{name}, search_{name}"
    ))?;
    Ok(month.with(records, versions))
}
