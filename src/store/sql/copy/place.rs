//! The two ends of a copy: opened so that nobody else writes to them meanwhile.

use std::{
    fmt,
    path::PathBuf,
    time::{Duration, Instant},
};

use postgres::types::ToSql;
use rusqlite::OpenFlags;

use super::{
    super::{
        StoreError,
        connection::{Connection, Writes},
    },
    CopyError, rows,
    tables::{ALL, Way},
    under_way,
};
use crate::store::{
    postgres::{ARCHIVE, BOOKS, COPYING, Connector, Session, migrations},
    sqlite::file::{self, CACHE_KIBIBYTES, CHECKPOINT_PAGES, InUse},
};

/// Where an archive is.
#[derive(Clone, Debug)]
pub enum Place {
    File(PathBuf),
    Server(Connector),
}

/// The address, without a password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "sqlite:{}", path.display()),
            Self::Server(connector) => connector.fmt(f),
        }
    }
}

/// An opened end.
pub struct End {
    pub connection: Connection,
    pub name: String,
    _in_use: Option<InUse>,
}

/// What a process that was killed a moment ago held on a server is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

impl Place {
    /// Whether both are the same archive, as far as their addresses tell.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => file::resolved(one) == file::resolved(other),
            (Self::Server(one), Self::Server(other)) => one.to_string() == other.to_string(),
            _ => false,
        }
    }

    /// Opens an archive to be read, which may go on being served.
    pub fn to_read(&self) -> Result<End, CopyError> {
        self.read(|path| Ok(file::in_use_to_read(path)), |_| Ok(()))
    }

    /// Opens an archive to be read, which nobody changes as long as it is open.
    pub fn to_copy(&self) -> Result<End, CopyError> {
        self.read(
            |path| {
                // Where there is none, there is nothing to be held.
                match path.exists() {
                    true => alone(path).map(Some),
                    false => Ok(None),
                }
            },
            hold,
        )
    }

    fn read(
        &self,
        of_a_file: impl FnOnce(&std::path::Path) -> Result<Option<InUse>, StoreError>,
        of_a_server: impl FnOnce(&Session) -> Result<(), StoreError>,
    ) -> Result<End, CopyError> {
        let opened = || -> Result<End, StoreError> {
            let (connection, in_use) = match self {
                Self::File(path) => {
                    let path = file::resolved(path);
                    let in_use = of_a_file(&path)?;
                    let connection = file::open_to_read(&path)?;
                    file::is_up_to_date(&connection)?;
                    (connection.into(), in_use)
                }
                Self::Server(connector) => {
                    let session = Session::of(connector)?;
                    match migrations::there(&session)? {
                        None => {
                            let nothing = format!("{connector} holds no archive");
                            return Err(StoreError::NotAnArchive(nothing));
                        }
                        Some(there) if there < migrations::newest() => return Err(StoreError::Older),
                        Some(there) if there > migrations::newest() => return Err(StoreError::Newer),
                        Some(_) => {}
                    }
                    of_a_server(&session)?;
                    patient(&session)?;
                    (Connection::Server(session), None)
                }
            };
            under_way::refuse(&connection)?;
            match &connection {
                Connection::File(_) => connection.begin_reading().map(|_| ())?,
                Connection::Server(session) => session.begin_reading_all()?,
            }
            Ok(End {
                connection,
                name: self.to_string(),
                _in_use: in_use,
            })
        };
        opened().map_err(|error| CopyError::At(self.to_string(), error))
    }

    /// Opens or makes an archive that is to become a copy, and that nobody else touches meanwhile.
    pub fn to_write(&self) -> Result<End, CopyError> {
        let opened = || -> Result<End, CopyError> {
            let (connection, in_use) = match self {
                Self::File(path) => {
                    let path = file::resolved(path);
                    if path.exists() {
                        // One that is of no use as a target is left as it is, of whatever version.
                        let there = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                        refuse_other(&there.into())?;
                    }
                    let file::Opened {
                        connection, in_use, ..
                    } = file::open_alone(&path)?;
                    // What is not finished is begun anew after a power cut, from where the file then is.
                    connection.pragma_update(None, "synchronous", "NORMAL")?;
                    connection.pragma_update(None, "secure_delete", false)?;
                    connection.pragma_update(None, "cache_size", -4 * CACHE_KIBIBYTES)?;
                    connection.pragma_update(None, "wal_autocheckpoint", 8 * CHECKPOINT_PAGES)?;
                    (connection.into(), Some(in_use))
                }
                Self::Server(connector) => {
                    let connection = Connection::Server(Session::of(connector)?);
                    if let Connection::Server(session) = &connection {
                        hold(session)?;
                        if migrations::there(session)?.is_some() {
                            refuse_other(&connection)?;
                        }
                        migrations::migrate(session)?;
                        patient(session)?;
                        session.batch("SET synchronous_commit = off")?;
                    }
                    (connection, None)
                }
            };
            Ok(End {
                connection,
                name: self.to_string(),
                _in_use: in_use,
            })
        };
        opened().map_err(|error| match error {
            CopyError::Store(error) => CopyError::At(self.to_string(), error),
            other => other,
        })
    }
}

/// Holds an archive's file as long as the answer lives.
fn alone(path: &std::path::Path) -> Result<InUse, StoreError> {
    let _turn = file::take_turn(path)?;
    file::in_nobodys_use(path)
}

/// Has a server bear with a session that works for hours, and rests while the other end works.
fn patient(session: &Session) -> Result<(), StoreError> {
    Ok(session.batch(
        "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0",
    )?)
}

/// Holds an archive on a server as long as the session lives: nobody opens it, nobody who has it open writes to it, and
/// there is nobody who has it open.
fn hold(session: &Session) -> Result<(), StoreError> {
    let lock = "SELECT pg_try_advisory_lock($1)";
    patiently(session, lock, &[&COPYING])?;
    // Who opens an archive asks for that lock, and whoever got it before is connected.
    let alone = "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = current_setting('application_name') AND pid <> pg_backend_pid())";
    patiently(session, alone, &[])?;
    // Writers of whatever kind wait for these; taken last, so that nobody who is served meanwhile does.
    patiently(session, lock, &[&ARCHIVE])?;
    patiently(session, lock, &[&BOOKS])
}

fn patiently(session: &Session, is_so: &str, values: &[&(dyn ToSql + Sync)]) -> Result<(), StoreError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let row = session.with(|client| client.query_one(is_so, values))?;
        if row.try_get::<_, bool>(0)? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(StoreError::InUse);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Makes sure that an archive, of whatever version, is empty or an unfinished copy. What else is there of a database's
/// tables is not looked at: no archive can be made there.
fn refuse_other(connection: &Connection) -> Result<(), CopyError> {
    if under_way::is_noted(connection)? {
        return Ok(());
    }
    let tables = ALL
        .iter()
        .filter(|table| table.way != Way::Whole || table.name == "account");
    for table in tables {
        if under_way::has_table(connection, table.name)? && rows::has_any(connection, table)? {
            return Err(CopyError::NotEmpty(table.name));
        }
    }
    Ok(())
}

/// Makes sure that an archive of this version, which is no unfinished copy, has nothing in it.
pub fn refuse_filled(connection: &Connection) -> Result<(), CopyError> {
    for table in &ALL {
        if rows::has_any(connection, table)? {
            return Err(CopyError::NotEmpty(table.name));
        }
    }
    match connection.last_given()? {
        (0, 0) => Ok(()),
        _ => Err(CopyError::NotEmpty("record")),
    }
}

/// Makes what was written last as durable as the archive's own commits.
pub fn durably(
    connection: &Connection,
    last: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    connection.execute_batch(match connection {
        Connection::File(_) => "PRAGMA synchronous = FULL",
        Connection::Server(_) => "SET synchronous_commit = on",
    })?;
    let transaction = connection.transaction(Writes::Archive)?;
    last(&transaction)?;
    transaction.commit()?;
    if let Some(file) = connection.file() {
        file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(StoreError::from)?;
    }
    Ok(())
}
