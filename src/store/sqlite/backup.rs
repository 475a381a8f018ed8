//! Copies of the archive: one made while others read and write, and the way back.
//!
//! A copy is made page by page by SQLite's backup interface, from one moment of the archive: a reading transaction holds
//! that moment, so that a writer can neither change the copy nor make it begin anew, and in a write-ahead log no reader
//! holds a writer up. `VACUUM INTO` would copy the same moment, too, smaller by what is unused; it takes twice as long
//! (1.3 GB: 4.8 s to 2.7 s), because it builds every index anew, and can neither tell how far it is nor be stopped half-way.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    backup::{Backup, StepResult},
    config::DbConfig,
};

use super::{StoreError, file, migrations::migrate};
use crate::store::{
    Overseer, Stage,
    sql::{
        self,
        verify::{self, Fault, Verified},
    },
};

/// So many pages of 8 KiB are copied between two looks at whether to stop.
const STEP: i32 = 1_024;

/// What is meant for the living archive alone: sessions and sign-ins of browsers, and who is collecting just now.
const NOT_COPIED: [&str; 3] = ["session", "sign_in", "lease"];

/// Why there is no copy, or nothing was restored. Whatever was there before is there still.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0} exists already; with --force it is replaced")]
    Exists(PathBuf),
    #[error("{0} is the archive itself")]
    IsTheArchive(PathBuf),
    #[error("{0} is no plain file")]
    NotPlain(PathBuf),
    #[error("another backup is being written to {0}")]
    UnderWay(PathBuf),
    #[error("it is damaged ({0}): take another one")]
    Damaged(String),
    #[error("it was stopped")]
    Stopped,
    #[error(
        "it does not fit together ({first}; {more} more); see `partnerlog verify`. With --force it is restored as it is"
    )]
    Unfit { first: Box<Fault>, more: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Self::Stopped,
            _ => Self::Store(error.into()),
        }
    }
}

/// Copies the archive into a file of its own, which gets its name when it is whole and checked. Returns its length in
/// bytes. Replaces an existing file with `force` only, and the archive never.
///
/// # Errors
/// When there is no copy; an existing file is then untouched.
pub fn back_up(archive: &Path, to: &Path, force: bool, overseer: &Overseer) -> Result<u64, BackupError> {
    let archive = &file::resolved(archive);
    if is_same(archive, to) {
        return Err(BackupError::IsTheArchive(to.to_owned()));
    }
    match std::fs::symlink_metadata(to) {
        Ok(there) if !there.is_file() => return Err(BackupError::NotPlain(to.to_owned())),
        Ok(_) if !force => return Err(BackupError::Exists(to.to_owned())),
        _ => {}
    }
    let _in_use = file::in_use_to_read(archive);
    let opened = file::open_to_read(archive)?.into();
    sql::copy::refuse_unfinished(&opened)?;
    let Some(source) = opened.file() else {
        return Ok(0);
    };
    let unfinished = file::beside(to, ".part");
    let part = Part::begin(&unfinished)?;
    copy(source, &unfinished, overseer)?;
    drop(opened);
    let bytes = std::fs::metadata(&unfinished).map_err(file::disk)?.len();
    part.finish(to, force)?;
    Ok(bytes)
}

/// What restoring did.
#[derive(Debug)]
pub struct Restored {
    pub verified: Verified,
    /// Where the archive is kept that was there before.
    pub replaced: Option<PathBuf>,
}

/// Puts a copy in the archive's place and keeps what was there under another name. The copy is checked record by record
/// before; with `force` one is taken, too, of which records do not fit.
///
/// # Errors
/// When nothing was restored: the archive is what it was. `InUse` when anybody has it open.
pub fn restore(
    archive: &Path,
    from: &Path,
    force: bool,
    now: DateTime<Utc>,
    overseer: &Overseer,
) -> Result<Restored, BackupError> {
    let archive = &file::resolved(archive);
    if is_same(archive, from) {
        return Err(BackupError::IsTheArchive(from.to_owned()));
    }
    let source = file::open_to_read(from).map_err(of_the_copy)?;
    // Nobody can open the archive from here on, and nobody has.
    let _turn = file::take_turn(archive)?;
    let _alone = file::in_nobodys_use(archive)?;
    let unfinished = file::beside(archive, "-restoring");
    let part = Part::begin(&unfinished)?;
    copy(&source, &unfinished, overseer).map_err(of_the_copy)?;
    drop(source);
    // A copy of an older version is compared by the rules of this one.
    let mut connection = file::connect(&unfinished, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrate(&mut connection)?;
    let connection = connection.into();
    let verified = verify::compare(&connection, overseer)?.ok_or(BackupError::Stopped)?;
    drop(connection);
    if let Some(first) = verified.first.as_ref().filter(|_| !force) {
        return Err(BackupError::Unfit {
            first: Box::new(first.clone()),
            more: verified.faults.saturating_sub(1),
        });
    }
    let replaced = set_aside(archive, now)?;
    part.finish(archive, true)?;
    Ok(Restored { verified, replaced })
}

/// Damage to what is to be restored is no damage to the archive.
fn of_the_copy(error: impl Into<BackupError>) -> BackupError {
    match error.into() {
        BackupError::Store(StoreError::Damaged(damage)) => BackupError::Damaged(damage),
        other => other,
    }
}

/// Whether two names lead to one file, or a name to a companion of the archive.
fn is_same(archive: &Path, other: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // What is not there yet has a folder all the same.
    let whole = |path: &Path| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if !path.exists() => {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            real(folder).join(name)
        }
        _ => real(path),
    };
    let (archive, other) = (whole(archive), whole(other));
    let companions = file::COMPANIONS
        .iter()
        .chain(&["", "-opening", "-in-use", "-new", "-restoring"]);
    companions
        .into_iter()
        .any(|suffix| file::beside(&archive, suffix) == other)
}

/// A file that has another name until it is whole; removed when it does not become so.
struct Part {
    path: PathBuf,
    /// Locked, so that two do not write to one file. Closed last: closing it earlier would take away SQLite's locks.
    _lock: File,
    finished: bool,
}

impl Part {
    fn begin(path: &Path) -> Result<Self, BackupError> {
        let lock = loop {
            let lock = file::owner_only().create(true).open(path).map_err(file::disk)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(BackupError::UnderWay(path.to_owned())),
                Err(TryLockError::Error(error)) => return Err(file::disk(error).into()),
            }
            // Its owner may have finished it a moment ago: then it is a whole file under its own name by now.
            if is_still(&lock, path) {
                break lock;
            }
        };
        file::make_private(&lock)?;
        // What somebody who was killed left of another copy.
        lock.set_len(0).map_err(file::disk)?;
        for suffix in file::COMPANIONS {
            file::remove(&file::beside(path, suffix))?;
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
            finished: false,
        })
    }

    /// Gives the file its name, for good.
    fn finish(mut self, name: &Path, replace: bool) -> Result<(), BackupError> {
        self._lock.sync_all().map_err(file::disk)?;
        if replace {
            std::fs::rename(&self.path, name).map_err(file::disk)?;
        } else {
            match std::fs::hard_link(&self.path, name) {
                Ok(()) => file::remove(&self.path)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(BackupError::Exists(name.to_owned()));
                }
                // A file system without links: nobody else had the name a moment ago.
                Err(_) if !name.exists() => std::fs::rename(&self.path, name).map_err(file::disk)?,
                Err(error) => return Err(file::disk(error).into()),
            }
        }
        self.finished = true;
        Ok(file::sync_folder(name)?)
    }
}

/// Whether a path still leads to an opened file.
fn is_still(opened: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (Ok(opened), Ok(there)) = (opened.metadata(), std::fs::metadata(path)) else {
            return false;
        };
        (opened.dev(), opened.ino()) == (there.dev(), there.ino())
    }
    // An opened file cannot be renamed there.
    #[cfg(not(unix))]
    {
        let _ = (opened, path);
        true
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.finished {
            // What it lacks cannot be seen from it.
            let _ = file::remove_with_companions(&self.path);
        }
    }
}

/// Copies one moment of an opened archive, without what is not copied, and checks the copy's pages.
fn copy(source: &Connection, to: &Path, overseer: &Overseer) -> Result<(), BackupError> {
    // The first reading of a transaction fixes its moment.
    let moment = source.unchecked_transaction()?;
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut target = file::connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Nothing of it counts before it is whole.
    target.pragma_update(None, "journal_mode", "OFF")?;
    target.pragma_update(None, "synchronous", "OFF")?;
    {
        let backup = Backup::new(&moment, &mut target)?;
        loop {
            let step = backup.step(STEP)?;
            let progress = backup.progress();
            let total = u64::try_from(progress.pagecount).unwrap_or_default();
            let left = u64::try_from(progress.remaining).unwrap_or_default();
            overseer.tell(Stage::Copying, total.saturating_sub(left), total);
            if overseer.stops() {
                return Err(BackupError::Stopped);
            }
            match step {
                StepResult::Done => break,
                // Another writer cannot be the reason: it is the target's or the system's, and passes.
                StepResult::Busy | StepResult::Locked => std::thread::sleep(Duration::from_millis(20)),
                _ => {}
            }
        }
    }
    drop(moment);
    drop(target);

    let copy = file::connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // One file without companions, which can be read from where nothing can be written.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.pragma_update(None, "secure_delete", true)?;
    let deleting = copy.unchecked_transaction()?;
    for table in NOT_COPIED {
        deleting.execute(&format!("DELETE FROM {table}"), [])?;
    }
    // Opened, the copy would put files that it lacks records for in the place of better ones.
    let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schedule')";
    // What an older version made has none.
    if deleting.query_row(is_there, [], |row| row.get::<_, bool>(0))? {
        deleting.execute(
            "UPDATE schedule SET paused_at = unixepoch() * 1000, paused_by = NULL, revision = revision + 1
             WHERE paused_at IS NULL",
            [],
        )?;
    }
    deleting.commit()?;
    overseer.tell(Stage::Checking, 0, 0);
    match file::quick_check(&copy, overseer.stopper())? {
        file::Checked::Sound => Ok(()),
        file::Checked::Undecided => Err(BackupError::Stopped),
    }
}

/// Gives the archive that is there a further name, with the date, and takes everything from beside it that SQLite would
/// mistake for a part of its successor. The archive itself keeps its name until the successor takes it.
fn set_aside(archive: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>, BackupError> {
    if !archive.exists() {
        return Ok(None);
    }
    fold(archive)?;
    let stem = format!(".replaced-{}", now.format("%Y%m%dT%H%M%SZ"));
    let mut number = 1;
    let aside = loop {
        let aside = match number {
            1 => file::beside(archive, &stem),
            _ => file::beside(archive, &format!("{stem}-{number}")),
        };
        match std::fs::hard_link(archive, &aside) {
            Ok(()) => break aside,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            // A file system without links. Whoever is killed now leaves no archive, and the one to come beside it:
            // nobody begins a new one then.
            Err(_) if !aside.exists() => {
                std::fs::rename(archive, &aside).map_err(file::disk)?;
                break aside;
            }
            Err(error) => return Err(file::disk(error).into()),
        }
    };
    // Only a damaged archive still has them.
    for suffix in ["-wal", "-journal"] {
        let companion = file::beside(archive, suffix);
        if companion.exists() {
            let kept = file::beside(&aside, suffix);
            std::fs::hard_link(&companion, &kept)
                .or_else(|_| std::fs::copy(&companion, &kept).map(drop))
                .map_err(file::disk)?;
        }
    }
    file::sync_folder(archive)?;
    for suffix in file::COMPANIONS {
        file::remove(&file::beside(archive, suffix))?;
    }
    Ok(Some(aside))
}

/// Moves what lies in the write-ahead log into the file. SQLite does so only where nobody else has it open, also
/// somebody who knows nothing of our locks. A damaged archive is kept as it is, with its companions.
fn fold(archive: &Path) -> Result<(), BackupError> {
    let folded = || -> Result<(), StoreError> {
        let connection = file::connect(archive, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        file::quick_check(&connection, || false)?;
        connection.busy_timeout(Duration::from_secs(1))?;
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        connection.close().map_err(|(_, error)| error.into())
    };
    match folded() {
        Err(StoreError::Busy(_)) => Err(StoreError::InUse.into()),
        // It is what it is, damaged or none at all.
        _ => Ok(()),
    }
}
