//! The schema of an archive's file, from nothing to the present one.

use rusqlite::Connection;
use rusqlite_migration::{HookError, M, Migrations};

use super::{StoreError, rekey};

fn all() -> Vec<M<'static>> {
    vec![
        M::up(include_str!("../../../migrations/sqlite/0001_archive.sql")),
        M::up_with_hook(
            include_str!("../../../migrations/sqlite/0002_days.sql"),
            |transaction| rekey::rekey(transaction).map_err(|error| HookError::Hook(error.to_string())),
        ),
        M::up(include_str!("../../../migrations/sqlite/0003_imports.sql")),
        M::up(include_str!("../../../migrations/sqlite/0004_credentials.sql")),
        M::up(include_str!("../../../migrations/sqlite/0005_views.sql")),
        M::up(include_str!("../../../migrations/sqlite/0006_search.sql")),
        M::up(include_str!("../../../migrations/sqlite/0007_applications.sql")),
        M::up(include_str!("../../../migrations/sqlite/0008_access.sql")),
        M::up(include_str!("../../../migrations/sqlite/0009_api_tokens.sql")),
        M::up(include_str!("../../../migrations/sqlite/0010_exports.sql")),
        M::up(include_str!("../../../migrations/sqlite/0011_streams.sql")),
        M::up(include_str!("../../../migrations/sqlite/0012_schedules.sql")),
        M::up(include_str!("../../../migrations/sqlite/0013_copies.sql")),
        M::up(include_str!("../../../migrations/sqlite/0014_processes.sql")),
        M::up(include_str!("../../../migrations/sqlite/0015_retention.sql")),
        M::up(include_str!("../../../migrations/sqlite/0016_upkeep.sql")),
    ]
}

/// The number of the last migration: what `user_version` says in an archive of this version.
pub fn newest() -> i32 {
    i32::try_from(all().len()).unwrap_or(i32::MAX)
}

pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    Migrations::new(all())
        .to_latest(connection)
        .map_err(|error| match error {
            Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => StoreError::Newer,
            Error::RusqliteError { err, .. } => err.into(),
            other => StoreError::Database(other.into()),
        })
}
