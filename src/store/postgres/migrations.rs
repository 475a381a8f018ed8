//! The schema of an archive on a server, from nothing to the present one. The files have the names of those for an
//! archive's file. There is no library for it here: what is fit for this client wants other names of files, and brings
//! its own notion of which were changed.

use super::{Session, StoreError};

const ALL: [(&str, &str); 13] = [
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
];

/// "PMIG": one at a time changes the schema.
const LOCK: i64 = 0x504D_4947;

/// Brings the schema up to date, each step in a transaction of its own; what is up to date is only looked at.
///
/// # Errors
/// `Newer` where a newer version was here; else when the server refuses.
pub fn migrate(session: &Session) -> Result<(), StoreError> {
    let newest = newest();
    // Who may not make tables can still serve an archive that is there.
    if there(session)? == Some(newest) {
        return Ok(());
    }
    session.batch(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let done = bring_up_to_date(session, newest);
    if done.is_err() {
        // What failed is told, and not what comes of it.
        let _ = session.batch("ROLLBACK");
    }
    let unlocked = session.batch(&format!("SELECT pg_advisory_unlock({LOCK})"));
    done.and_then(|()| Ok(unlocked?))
}

/// The number of the last migration there is.
pub fn newest() -> i64 {
    i64::try_from(ALL.len()).unwrap_or(i64::MAX)
}

fn bring_up_to_date(session: &Session, newest: i64) -> Result<(), StoreError> {
    let there = there(session)?.unwrap_or(0);
    if there > newest {
        return Err(StoreError::Newer);
    }
    for (number, (name, sql)) in (1..).zip(ALL).filter(|(number, _)| *number > there) {
        let noted = format!(
            "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL,
               at TIMESTAMPTZ NOT NULL DEFAULT now());
             INSERT INTO migration (number, name) VALUES ({number}, '{name}')"
        );
        session.batch(&format!("BEGIN;\n{sql};\n{noted};\nCOMMIT"))?;
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
