//! The schema of an archive on a server, from nothing to the present one. The files have the names of those for an
//! archive's file. There is no library for it here: what is fit for this client wants other names of files, and brings
//! its own notion of which were changed.

use super::{Refused, Session, StoreError};

const ALL: [(&str, &str); 14] = [
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
];

/// "PMIG": one at a time changes the schema.
const LOCK: i64 = 0x504D_4947;

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

/// Brings the schema up to date, where it is not: who may not make tables can still serve an archive that is there.
///
/// # Errors
/// `Newer` where a newer version was here; `Refused` where it is old and not ours to change; else when the server refuses.
pub fn migrate(session: &Session) -> Result<(), StoreError> {
    match there(session)? == Some(newest()) {
        true => Ok(()),
        false => bring_up_to_date(session),
    }
}

/// Brings the schema up to date, each step in a transaction of its own, and gives roles their rights, which may have been made
/// since the last time.
///
/// # Errors
/// As [`migrate`].
pub fn bring_up_to_date(session: &Session) -> Result<(), StoreError> {
    if there(session)?.is_some_and(|there| there > newest()) {
        return Err(StoreError::Newer);
    }
    refuse_others(session)?;
    session.batch(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let done = steps(session).and_then(|()| Ok(grant(session)?));
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
    i64::try_from(ALL.len()).unwrap_or(i64::MAX)
}

fn steps(session: &Session) -> Result<(), StoreError> {
    // Another may have been here meanwhile.
    let there = there(session)?.unwrap_or(0);
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
