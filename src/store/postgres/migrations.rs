//! The schema of an archive on a server, from nothing to the present one. The files have the names of those for an
//! archive's file. There is no library for it here: what is fit for this client wants other names of files, and brings
//! its own notion of which were changed.

use std::time::{Duration, Instant};

use super::{Refused, Session, StoreError, is_retryable};

const ALL: [(&str, &str); 16] = [
    (
        "0001_archive",
        include_str!("../../../migrations/postgres/0001_archive.sql"),
    ),
    (
        "0002_days",
        include_str!("../../../migrations/postgres/0002_days.sql"),
    ),
    (
        "0003_imports",
        include_str!("../../../migrations/postgres/0003_imports.sql"),
    ),
    (
        "0004_credentials",
        include_str!("../../../migrations/postgres/0004_credentials.sql"),
    ),
    (
        "0005_views",
        include_str!("../../../migrations/postgres/0005_views.sql"),
    ),
    (
        "0006_search",
        include_str!("../../../migrations/postgres/0006_search.sql"),
    ),
    (
        "0007_applications",
        include_str!("../../../migrations/postgres/0007_applications.sql"),
    ),
    (
        "0008_access",
        include_str!("../../../migrations/postgres/0008_access.sql"),
    ),
    (
        "0009_api_tokens",
        include_str!("../../../migrations/postgres/0009_api_tokens.sql"),
    ),
    (
        "0010_exports",
        include_str!("../../../migrations/postgres/0010_exports.sql"),
    ),
    (
        "0011_streams",
        include_str!("../../../migrations/postgres/0011_streams.sql"),
    ),
    (
        "0012_schedules",
        include_str!("../../../migrations/postgres/0012_schedules.sql"),
    ),
    (
        "0013_copies",
        include_str!("../../../migrations/postgres/0013_copies.sql"),
    ),
    (
        "0014_processes",
        include_str!("../../../migrations/postgres/0014_processes.sql"),
    ),
    (
        "0015_retention",
        include_str!("../../../migrations/postgres/0015_retention.sql"),
    ),
    (
        "0016_upkeep",
        include_str!("../../../migrations/postgres/0016_upkeep.sql"),
    ),
];

/// Programs that know so many migrations, or more, work with the schema as all of these leave it: it was only added to since.
/// To be raised by a migration that takes away or changes what they need, and that is to come a release after the last one
/// that needs it; likewise with other rules of the index, which two programs would make anew in turns.
const COMPATIBLE_FROM: i64 = 13;

/// Programs that know so many migrations can work with an archive from which months were removed.
pub const KNOWS_RETENTION: i64 = 15;

/// "PMIG": one at a time changes the schema.
const LOCK: i64 = 0x504D_4947;

/// A change that has to wait for readers of a table has everybody else wait behind it: so long at most …
const HOLDING_UP: &str = "1s";
/// … and then they have their turn for so long.
const LETTING_PASS: Duration = Duration::from_secs(2);
/// A change that never gets its turn is given up after so long. Whoever starts the program tries again.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Between two looks at whether somebody else is done with it.
const PAUSE: Duration = Duration::from_millis(200);

/// Roles that get their rights with the schema, where somebody made them.
const ROLES: [(&str, &str); 2] = [
    (
        "partnerlog_web",
        include_str!("../../../migrations/postgres/roles/partnerlog_web.sql"),
    ),
    (
        "partnerlog_read",
        include_str!("../../../migrations/postgres/roles/partnerlog_read.sql"),
    ),
];

/// Brings the schema up to date, where it is not: who may not make tables can still serve an archive that is there. What a
/// newer program made that this one can work with is only looked at.
///
/// # Errors
/// `Newer` where a newer version was here that made it into something else; `Refused` where it is old and not ours to change;
/// else when the server refuses.
pub fn migrate(session: &Session) -> Result<(), StoreError> {
    apply(session, &ALL, COMPATIBLE_FROM)
}

/// As [`migrate`], for a program that knows these migrations.
///
/// # Errors
/// As [`migrate`].
pub fn apply(session: &Session, all: &[(&str, &str)], compatible_from: i64) -> Result<(), StoreError> {
    let newest = number_of(all);
    match there(session)?.is_some_and(|there| there >= newest) {
        true => refuse_newer(session, newest),
        false => change(session, all, compatible_from),
    }
}

/// Brings the schema up to date, and gives roles their rights, which may have been made since the last time.
///
/// # Errors
/// As [`migrate`].
pub fn bring_up_to_date(session: &Session) -> Result<(), StoreError> {
    if there(session)?.is_some() {
        refuse_newer(session, newest())?;
    }
    change(session, &ALL, COMPATIBLE_FROM)
}

/// Takes each step in a transaction of its own.
fn change(session: &Session, all: &[(&str, &str)], compatible_from: i64) -> Result<(), StoreError> {
    refuse_others(session)?;
    let deadline = Instant::now() + PATIENCE;
    lock(session, deadline)?;
    let done = steps(session, all, compatible_from, deadline).and_then(|()| Ok(grant(session)?));
    if done.is_err() {
        // What failed is told, and not what comes of it.
        let _ = session.batch("ROLLBACK");
    }
    let unlocked = session.batch(&format!("SELECT pg_advisory_unlock({LOCK})"));
    done.and_then(|()| Ok(unlocked?))
}

/// Makes sure that the tables are ours to change.
///
/// # Errors
/// `Refused` where they are not.
pub fn refuse_others(session: &Session) -> Result<(), StoreError> {
    let may = "SELECT current_user::text, CASE WHEN to_regclass('migration') IS NULL
          THEN coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
          ELSE (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('migration')) END";
    let row = session.with(|client| client.query_one(may, &[]))?;
    if row.try_get(1)? {
        return Ok(());
    }
    let user: String = row.try_get(0)?;
    Err(StoreError::Refused(Refused {
        what: format!(
            "the archive's tables have to be brought up to date first, which the user {user:?} may not do"
        ),
        remedy: "Run `partnerlog migrate` as the user that owns the tables, then start this again.",
    }))
}

fn grant(session: &Session) -> Result<(), postgres::Error> {
    for (role, rights) in ROLES {
        let known = session.with(|client| client.query_one("SELECT to_regrole($1) IS NOT NULL", &[&role]))?;
        if known.try_get::<_, bool>(0)? {
            session.batch(&format!("BEGIN;\n{rights};\nCOMMIT"))?;
        }
    }
    Ok(())
}

/// The number of the last migration there is.
pub fn newest() -> i64 {
    number_of(&ALL)
}

/// The migrations of this program.
pub fn all() -> &'static [(&'static str, &'static str)] {
    &ALL
}

fn number_of(all: &[(&str, &str)]) -> i64 {
    i64::try_from(all.len()).unwrap_or(i64::MAX)
}

/// Waits without a statement that goes on meanwhile: its view of the database would be in the way of some changes.
fn lock(session: &Session, deadline: Instant) -> Result<(), StoreError> {
    loop {
        let taken = session.with(|client| client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]))?;
        match taken.try_get::<_, bool>(0)? {
            true => return Ok(()),
            false if Instant::now() >= deadline => {
                return Err(StoreError::Busy("another process is changing the schema".into()));
            }
            false => std::thread::sleep(PAUSE),
        }
    }
}

fn steps(
    session: &Session,
    all: &[(&str, &str)],
    compatible_from: i64,
    deadline: Instant,
) -> Result<(), StoreError> {
    // Another may have been here meanwhile.
    let there = there(session)?.unwrap_or(0);
    if there > number_of(all) {
        return refuse_newer(session, number_of(all));
    }
    for (number, (name, sql)) in (1..).zip(all).filter(|(number, _)| *number > there) {
        let compatible_from = compatible_from.min(number);
        let step = format!(
            "BEGIN; SET LOCAL lock_timeout = '{HOLDING_UP}';
             {sql};
             CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL,
               at TIMESTAMPTZ NOT NULL DEFAULT now());
             ALTER TABLE migration ADD COLUMN IF NOT EXISTS compatible_from BIGINT;
             INSERT INTO migration (number, name, compatible_from) VALUES ({number}, '{name}', {compatible_from});
             COMMIT"
        );
        while let Err(error) = session.batch(&step) {
            if !is_retryable(&error) || Instant::now() >= deadline {
                return Err(error.into());
            }
            session.batch("ROLLBACK")?;
            tracing::warn!(
                migration = name,
                "changing the schema waits for others that use it"
            );
            std::thread::sleep(LETTING_PASS);
        }
    }
    Ok(())
}

/// The last migration that was made; `None` where there was none.
pub fn there(session: &Session) -> Result<Option<i64>, postgres::Error> {
    let known =
        session.with(|client| client.query_one("SELECT to_regclass('migration') IS NOT NULL", &[]))?;
    if !known.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let newest = session.with(|client| client.query_one("SELECT max(number) FROM migration", &[]))?;
    newest.try_get(0)
}

/// Makes sure that the schema is that of this version.
///
/// # Errors
/// `NotAnArchive`, `Older` or `Newer` where it is not.
pub fn refuse_other_version(session: &Session) -> Result<(), StoreError> {
    match there(session)? {
        None => Err(StoreError::NotAnArchive("holds no archive".to_owned())),
        Some(there) if there < newest() => Err(StoreError::Older),
        Some(there) if there > newest() => Err(StoreError::Newer),
        Some(_) => Ok(()),
    }
}

/// Whether a program that knows so many migrations can work with what is there, which may be more.
fn refuse_newer(session: &Session, known: i64) -> Result<(), StoreError> {
    // By the row as a whole: the column is not there where the first ones to write it have not been.
    let row = session.with(|client| {
        client.query_one(
            "SELECT max(number), max(coalesce(CAST(to_jsonb(migration) ->> 'compatible_from' AS BIGINT), number))
             FROM migration",
            &[],
        )
    })?;
    let (there, compatible_from): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if there <= known {
        return Ok(());
    }
    if compatible_from > known {
        return Err(StoreError::Newer);
    }
    tracing::info!(
        schema = there,
        known,
        "the archive's tables were made by a newer version of partnerlog, which this one can work with"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_can_work_with_what_it_makes() {
        assert!((1..=newest()).contains(&COMPATIBLE_FROM));
    }
}
