//! What the archive knows about itself: accounts, days, runs, leases.

use super::connection::{Connection, Optional as _, Row, Writes, params};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::StoreError;
use crate::store::{Account, AccountId, Appended, Day, DayAttempt, DayState, LastRuns, Run, RunTotals};

pub fn account(connection: &Connection, tenant_id: &str, name: &str) -> Result<AccountId, StoreError> {
    let transaction = connection.transaction(Writes::Books)?;
    let id = transaction.query_row(
        "INSERT INTO account (tenant_id, name) VALUES (?1, ?2)
         ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name RETURNING id",
        [tenant_id, name],
        |row| row.get(0),
    )?;
    // Its name is shown with every record.
    transaction.pulse()?;
    transaction.commit()?;
    Ok(AccountId(id))
}

pub fn accounts(connection: &Connection) -> Result<Vec<Account>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, tenant_id, name FROM account ORDER BY name, id")?;
    let rows = statement.query_map((), |row| {
        Ok(Account {
            id: AccountId(row.get(0)?),
            tenant_id: row.get(1)?,
            name: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn day_number(day: NaiveDate) -> i64 {
    (day - NaiveDate::default()).num_days()
}

pub fn moment(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

const DAY_COLUMNS: &str =
    "day, state, records, read_at, whole_at, probed_at, known, late, changed, reason, trouble";

pub fn days(
    connection: &Connection,
    account: AccountId,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<Day>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {DAY_COLUMNS} FROM day WHERE account = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day"
    ))?;
    let rows = statement.query_map(params![account.0, day_number(first), day_number(last)], day)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn day(row: &Row<'_>) -> super::connection::Result<Day> {
    let optional = |at: usize| row.get::<Option<i64>>(at).map(|at| at.map(moment));
    Ok(Day {
        day: NaiveDate::default() + TimeDelta::days(row.get(0)?),
        state: match row.get(1)? {
            1 => DayState::Complete,
            2 => DayState::SoFar,
            _ => DayState::Partial,
        },
        records: count(row, 2)?,
        read_at: moment(row.get(3)?),
        whole_at: optional(4)?,
        probed_at: optional(5)?,
        known: count(row, 6)?,
        late: count(row, 7)?,
        changed: count(row, 8)?,
        reason: row.get(9)?,
        trouble: row.get(10)?,
    })
}

/// A count, from a column that never holds anything less than 0.
fn count(row: &Row<'_>, at: usize) -> super::connection::Result<u64> {
    row.get::<i64>(at).map(|n| n.try_into().unwrap_or_default())
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub fn mark_day(
    connection: &Connection,
    account: AccountId,
    attempt: &DayAttempt,
) -> Result<Day, StoreError> {
    let transaction = connection.transaction(Writes::Books)?;
    let before = transaction
        .prepare_cached(&format!(
            "SELECT {DAY_COLUMNS} FROM day WHERE account = ?1 AND day = ?2"
        ))?
        .query_row(params![account.0, day_number(attempt.day)], day)
        .optional()?;
    let day = Day::after(before.as_ref(), attempt);
    let milliseconds = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
    transaction
        .prepare_cached(&format!(
            "INSERT INTO day (account, {DAY_COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (account, day) DO UPDATE SET state = ?3, records = ?4, read_at = ?5, whole_at = ?6,
               probed_at = ?7, known = ?8, late = ?9, changed = ?10, reason = ?11, trouble = ?12"
        ))?
        .execute(params![
            account.0,
            day_number(day.day),
            match day.state {
                DayState::Complete => 1,
                DayState::SoFar => 2,
                DayState::Partial => 3,
            },
            number(day.records),
            day.read_at.timestamp_millis(),
            milliseconds(day.whole_at),
            milliseconds(day.probed_at),
            number(day.known),
            number(day.late),
            number(day.changed),
            day.reason,
            day.trouble,
        ])?;
    transaction.commit()?;
    Ok(day)
}

/// So many runs of an account are remembered.
const RUNS: i64 = 1_000;

pub fn record_run(connection: &Connection, account: AccountId, run: &Run) -> Result<(), StoreError> {
    let transaction = connection.transaction(Writes::Books)?;
    transaction.execute(
        "INSERT INTO run (account, started_at, ended_at, days, new, known, revised, error, trouble, throttled, late)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            account.0,
            run.started_at.timestamp_millis(),
            run.ended_at.timestamp_millis(),
            run.days,
            number(run.appended.new),
            number(run.appended.known),
            number(run.appended.revised),
            run.error,
            run.trouble,
            run.throttled,
            number(run.late),
        ],
    )?;
    // The last success stays however long ago it was.
    transaction.execute(
        "DELETE FROM run WHERE account = ?1 AND id <= (SELECT max(id) FROM run WHERE account = ?1) - ?2
           AND id IS DISTINCT FROM (SELECT max(id) FROM run WHERE account = ?1 AND error IS NULL)",
        params![account.0, RUNS],
    )?;
    Ok(transaction.commit()?)
}

pub fn last_runs(connection: &Connection, account: AccountId) -> Result<LastRuns, StoreError> {
    let columns =
        "SELECT started_at, ended_at, days, new, known, revised, error, trouble, throttled, late FROM run
                   WHERE account = ?1";
    let newest = |condition: &str| {
        connection
            .prepare_cached(&format!("{columns} {condition} ORDER BY id DESC LIMIT 1"))?
            .query_row([account.0], run)
            .optional()
    };
    Ok(LastRuns {
        last: newest("")?,
        last_success: newest("AND error IS NULL")?,
    })
}

fn run(row: &Row<'_>) -> super::connection::Result<Run> {
    Ok(Run {
        started_at: moment(row.get(0)?),
        ended_at: moment(row.get(1)?),
        days: row.get(2)?,
        appended: Appended {
            new: count(row, 3)?,
            known: count(row, 4)?,
            revised: count(row, 5)?,
        },
        error: row.get(6)?,
        trouble: row.get(7)?,
        throttled: row.get(8)?,
        late: count(row, 9)?,
    })
}

pub fn runs_after(connection: &Connection, account: AccountId, number: i64) -> Result<RunTotals, StoreError> {
    let totals = connection
        .prepare_cached(
            "SELECT coalesce(max(id), ?2), count(*) - count(error), count(error), CAST(coalesce(sum(new), 0) AS BIGINT),
               CAST(coalesce(sum(known), 0) AS BIGINT), CAST(coalesce(sum(revised), 0) AS BIGINT), CAST(coalesce(sum(late), 0) AS BIGINT),
               CAST(coalesce(sum(throttled), 0) AS BIGINT)
             FROM run WHERE account = ?1 AND id > ?2",
        )?
        .query_row([account.0, number], |row| {
            Ok(RunTotals {
                last: row.get(0)?,
                succeeded: count(row, 1)?,
                failed: count(row, 2)?,
                appended: Appended {
                    new: count(row, 3)?,
                    known: count(row, 4)?,
                    revised: count(row, 5)?,
                },
                late: count(row, 6)?,
                throttled: count(row, 7)?,
            })
        })?;
    Ok(totals)
}

pub fn is_leased(connection: &Connection, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM lease WHERE name = ?1 AND until > ?2")?;
    Ok(statement.exists(params![name, now.timestamp_millis()])?)
}

pub fn lease(
    connection: &Connection,
    name: &str,
    holder: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let taken = connection
        .prepare_cached(
            "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?4)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE lease.holder = excluded.holder OR lease.until <= ?3
                -- Nobody takes it for so long: it was taken while the clock was wrong.
                OR lease.until > 2 * excluded.until - ?3",
        )?
        .execute(params![
            name,
            holder,
            now.timestamp_millis(),
            until.timestamp_millis()
        ])?;
    Ok(taken == 1)
}

pub fn release(connection: &Connection, name: &str, holder: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM lease WHERE name = ?1 AND holder = ?2")?
        .execute([name, holder])?;
    Ok(())
}
