//! The archive's file: how it is made, opened, and kept apart from files that are none. Knows which companions lie
//! beside it; knows nothing of records.
//!
//! Beside `archive.db` lie SQLite's own `-wal` and `-shm`, and two empty files that only carry locks, which end with
//! the process that holds them however it ends: `-opening` (one opens at a time) and `-in-use` (held by whoever has
//! the archive open, so that nobody replaces it under them).

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{
    StoreError,
    migrations::{migrate, newest},
};

/// Marks a SQLite file as ours, in its header: "PLOG".
pub const APPLICATION: i32 = 0x504C_4F47;

/// Pages of indices change with every commit; from the write-ahead log they reach the file once for many. 32 MB, which a
/// start after a crash reads again.
pub const CHECKPOINT_PAGES: i32 = 4_096;
/// What a connection remembers of the file.
pub const CACHE_KIBIBYTES: i32 = 16_384;

/// Opening an archive reads all of it as long as that takes no longer than this: some 100 MB where the disk is fast.
/// Of a larger one the server reads the rest while it serves.
const CHECK_AT_OPENING: Duration = Duration::from_millis(500);

/// Whoever has an archive to themselves mostly gives it back by then; who copies it does not.
const SOON: Duration = Duration::from_secs(5);

/// The part of an archive's file name that its companions have more.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The archive's own path where links lead to it: SQLite puts its companions there, and so do we.
pub fn resolved(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// An archive that was opened for writing.
pub struct Opened {
    pub connection: Connection,
    /// Whether all of the file was checked.
    pub checked: bool,
    pub in_use: InUse,
}

/// Says for as long as it lives that somebody has the archive open.
pub struct InUse {
    _lock: File,
}

/// Opens the archive of that path, or makes it, readable by its owner alone.
pub fn open(path: &Path) -> Result<Opened, StoreError> {
    open_with(path, in_use_soon)
}

/// Opens the archive of that path, or makes it, where nobody else has it open or can open it until the answer is dropped.
pub fn open_alone(path: &Path) -> Result<Opened, StoreError> {
    open_with(path, in_nobodys_use)
}

fn open_with(
    path: &Path,
    lock: impl FnOnce(&Path) -> Result<InUse, StoreError>,
) -> Result<Opened, StoreError> {
    let turn = take_turn(path)?;
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        Err(error) => return Err(disk(error)),
        Ok(found) => is_plain(&found)?,
    }
    let in_use = lock(path)?;
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Until it is known to be sound, not even what lies in the write-ahead log is moved into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    examine(&connection, path)?;
    let deadline = Instant::now() + CHECK_AT_OPENING;
    let checked = quick_check(&connection, move || Instant::now() >= deadline)? == Checked::Sound;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit that was answered survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    // Only sessions are ever deleted. What was in them is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    migrate(&mut connection)?;
    if connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0))? != APPLICATION {
        connection.pragma_update(None, "application_id", APPLICATION)?;
    }
    drop(turn);
    Ok(Opened {
        connection,
        checked,
        in_use,
    })
}

/// Makes an archive under another name and gives it its own when it is whole: so a file of no length is never a
/// beginning of ours, but what is left of something.
fn make(path: &Path) -> Result<(), StoreError> {
    if beside(path, "-restoring").exists() {
        let name = path.display();
        return Err(StoreError::NotAnArchive(format!(
            "{name} is not there, and {name}-restoring is: a restore was interrupted. Restore again, or remove the latter \
             to begin with an empty archive"
        )));
    }
    let unfinished = beside(path, "-new");
    remove_with_companions(&unfinished)?;
    drop(new_private(&unfinished)?);
    let mut connection = connect(&unfinished, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "page_size", 8192)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    migrate(&mut connection)?;
    connection.close().map_err(|(_, error)| error)?;
    std::fs::rename(&unfinished, path).map_err(disk)?;
    sync_folder(path)
}

/// Opens an archive to be read only, as it is: it is neither made nor brought up to date.
pub fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let name = path.display();
    let found = std::fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::NotAnArchive(format!("{name} is not there")),
        _ => disk(error),
    })?;
    is_plain(&found)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    examine(&connection, path)?;
    Ok(connection)
}

/// Makes sure that an opened archive is of this version: what identifies its records is made by this version's rules.
pub fn is_up_to_date(connection: &Connection) -> Result<(), StoreError> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version < newest() {
        true => Err(StoreError::Older),
        false => Ok(()),
    }
}

pub fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    // The first to look into the file.
    connection
        .pragma_update(None, "cache_size", -CACHE_KIBIBYTES)
        .map_err(|error| refused(error, path))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn is_plain(found: &std::fs::Metadata) -> Result<(), StoreError> {
    if !found.is_file() {
        return Err(StoreError::NotAnArchive("is no plain file".to_owned()));
    }
    if found.len() == 0 {
        return Err(StoreError::NotAnArchive(
            "is empty, which no archive ever is: restore a backup with `partnerlog backup --restore FILE`, or \
             remove the file to begin with an empty archive"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Whether an opened file is an archive that this version can read, in words where it is not. Looks at its head only.
fn examine(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let application = number("application_id").map_err(|error| refused(error, path))?;
    let of_ours: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('record', 'version', 'term')",
            [],
            |row| row.get(0),
        )
        .map_err(|error| refused(error, path))?;
    if application != APPLICATION && application != 0 {
        return Err(StoreError::NotAnArchive(
            "belongs to another application: its header says so".to_owned(),
        ));
    }
    // The first archives did not say whose they are.
    if of_ours != 3 {
        return Err(StoreError::NotAnArchive(
            "is a SQLite database, but no archive of partnerlog".to_owned(),
        ));
    }
    if number("user_version")? > newest() {
        return Err(StoreError::Newer);
    }
    Ok(())
}

/// Why SQLite does not take a file, in words.
fn refused(error: rusqlite::Error, path: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            StoreError::NotAnArchive("is no SQLite database, or its beginning is destroyed".to_owned())
        }
        Some(ErrorCode::DatabaseCorrupt) => match cut_short(path) {
            Some((there, announced)) => StoreError::Damaged(format!(
                "it is cut short: {there} bytes are there, of at least {announced}"
            )),
            None => error.into(),
        },
        _ => error.into(),
    }
}

/// How long a file is and how long its header says it is, where that is more. For a file that is not served: closing
/// it here takes SQLite's locks on it away from this process.
fn cut_short(path: &Path) -> Option<(u64, u64)> {
    use std::io::Read;
    // No database is shorter than its smallest page.
    const SMALLEST: u64 = 512;
    let mut head = [0; 100];
    let mut file = File::open(path).ok()?;
    let there = file.metadata().ok()?.len();
    if there < SMALLEST {
        return Some((there, SMALLEST));
    }
    file.read_exact(&mut head).ok()?;
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
    (there < page * pages).then_some((there, page * pages))
}

/// How far a check came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    Sound,
    /// It was stopped, and had found nothing so far.
    Undecided,
}

/// SQLite's own look at every row of every table, without comparing indexes; ends when `stop` says so. The search index
/// is looked at as the tables it lies in: whether its tokens fit together takes minutes that nothing could end.
pub fn quick_check(
    connection: &Connection,
    stop: impl FnMut() -> bool + Send + 'static,
) -> Result<Checked, StoreError> {
    // So many steps, or pages of the file.
    connection.progress_handler(50, Some(stop))?;
    let checked = check_tables(connection);
    connection.progress_handler(0, None::<fn() -> bool>)?;
    match checked {
        Err(StoreError::TooLong) => Ok(Checked::Undecided),
        checked => checked.map(|()| Checked::Sound),
    }
}

fn check_tables(connection: &Connection) -> Result<(), StoreError> {
    // Of the schema's table, so that the list of free pages is looked at, too.
    let mut tables = vec!["sqlite_schema".to_owned()];
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rootpage",
    )?;
    for name in statement.query_map([], |row| row.get(0))? {
        tables.push(name?);
    }
    for table in tables {
        let found: String =
            connection.query_row("SELECT * FROM pragma_quick_check(?1) LIMIT 1", [&table], |row| {
                row.get(0)
            })?;
        if found != "ok" {
            return Err(StoreError::Damaged(one_line(&found)));
        }
    }
    Ok(())
}

/// SQLite's findings come under a heading.
pub fn one_line(found: &str) -> String {
    let lines = found.lines().map(str::trim);
    let said: Vec<_> = lines
        .filter(|line| !line.is_empty() && !line.starts_with("***"))
        .collect();
    said.join("; ")
}

/// Waits until nobody else opens this archive, and keeps others waiting until the answer is dropped. By a file beside
/// the archive: closing another handle on the archive itself would take SQLite's own locks away from this process.
pub fn take_turn(path: &Path) -> Result<File, StoreError> {
    let file = lock_file(path, "-opening")?;
    file.lock().map_err(disk)?;
    Ok(file)
}

/// Says that we have the archive open.
pub fn in_use(path: &Path) -> Result<InUse, StoreError> {
    let file = lock_file(path, "-in-use")?;
    file.lock_shared().map_err(disk)?;
    Ok(InUse { _lock: file })
}

/// Says so, unless somebody keeps it to themselves for longer than it takes to look.
fn in_use_soon(path: &Path) -> Result<InUse, StoreError> {
    let file = lock_file(path, "-in-use")?;
    let deadline = Instant::now() + SOON;
    loop {
        match file.try_lock_shared() {
            Ok(()) => return Ok(InUse { _lock: file }),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => return Err(disk(error)),
        }
    }
}

/// Says so where somebody can be told: a folder that we may not write to has nobody who replaces files in it for us.
pub fn in_use_to_read(path: &Path) -> Option<InUse> {
    path.exists().then(|| in_use(path).ok()).flatten()
}

/// Makes sure that nobody has the archive open, and keeps it so as long as the caller has the turn.
pub fn in_nobodys_use(path: &Path) -> Result<InUse, StoreError> {
    let file = lock_file(path, "-in-use")?;
    match file.try_lock() {
        Ok(()) => Ok(InUse { _lock: file }),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(disk(error)),
    }
}

fn lock_file(path: &Path, suffix: &str) -> Result<File, StoreError> {
    owner_only().create(true).open(beside(path, suffix)).map_err(disk)
}

/// A new file that nobody else can read; SQLite gives its companions the same mode.
pub fn new_private(path: &Path) -> Result<File, StoreError> {
    owner_only().create_new(true).open(path).map_err(disk)
}

/// Takes from everybody else what they may do with a file.
pub fn make_private(file: &File) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(mode).map_err(disk)?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

pub fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What SQLite may have put beside a file of its own.
pub const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Removes a file that was never finished.
pub fn remove_with_companions(path: &Path) -> Result<(), StoreError> {
    remove(path)?;
    COMPANIONS
        .iter()
        .try_for_each(|suffix| remove(&beside(path, suffix)))
}

pub fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(error)),
        _ => Ok(()),
    }
}

/// Makes what was renamed, linked or removed in a file's folder survive a power cut.
pub fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Other systems than Unix do not open folders, and do not need it.
    match cfg!(unix) {
        true => File::open(folder).and_then(|f| f.sync_all()).map_err(disk),
        false => Ok(()),
    }
}

/// What the disk refused.
pub fn disk(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull => StoreError::Full(error.into()),
        io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => StoreError::Disk(error.into()),
        _ => StoreError::Database(error.into()),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{
            SQLITE_IOERR_FSYNC, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE,
        };
        let extended = error.sqlite_error().map_or(0, |e| e.extended_code);
        match (error.sqlite_error_code(), extended) {
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _) => {
                Self::Damaged(error.to_string())
            }
            // The latter: there was no room for the index of the write-ahead log.
            (Some(ErrorCode::DiskFull), _) | (_, SQLITE_IOERR_SHMSIZE) => Self::Full(error.into()),
            (_, SQLITE_IOERR_WRITE | SQLITE_IOERR_FSYNC | SQLITE_IOERR_TRUNCATE) => Self::Disk(error.into()),
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => Self::Busy(error.into()),
            (Some(ErrorCode::OperationInterrupted), _) => Self::TooLong,
            _ => Self::Database(error.into()),
        }
    }
}
