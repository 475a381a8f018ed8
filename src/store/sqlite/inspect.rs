//! What can be said of an archive's file without changing it: for the check of an installation.

use std::{collections::HashMap, path::Path};

use chrono::{DateTime, Utc};
use rusqlite::OpenFlags;

use super::{StoreError, blocking, file::connect, migrations::newest};
use crate::store::sql::ledger::moment;

/// An archive as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    pub schema: Schema,
    pub bytes: u64,
    /// Who is at work, by the name of the work: until when, unless they go on.
    pub leases: HashMap<String, DateTime<Utc>>,
}

/// Which version of partnerlog made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    Current,
    /// The next start brings it up to date.
    Older,
    Newer,
    /// There are no tables yet.
    Empty,
}

/// Looks at the file of that path; nothing where there is none. Changes nothing, and waits for nobody.
///
/// # Errors
/// When the file cannot be read, or is no database.
pub async fn inspect(path: &Path) -> Result<Option<Inspection>, StoreError> {
    let path: Box<Path> = path.into();
    blocking(move || {
        let bytes = match std::fs::metadata(&path) {
            Ok(data) => data.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::Database(error.into())),
        };
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let current = i64::from(newest());
        let schema = match version.cmp(&current) {
            _ if version == 0 => Schema::Empty,
            std::cmp::Ordering::Less => Schema::Older,
            std::cmp::Ordering::Equal => Schema::Current,
            std::cmp::Ordering::Greater => Schema::Newer,
        };
        let mut leases = HashMap::new();
        if schema != Schema::Empty {
            let mut statement = connection.prepare("SELECT name, until FROM lease")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                leases.insert(row.get(0)?, moment(row.get(1)?));
            }
        }
        Ok(Some(Inspection {
            schema,
            bytes,
            leases,
        }))
    })
    .await
}
