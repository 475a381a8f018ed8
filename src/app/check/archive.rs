//! The archive's file: whether it opens, who can read it, and whether there is room for more.

use std::path::{Path, PathBuf};

use super::{Line, Tell, server_of_archive, told};
use crate::{
    clock::Clock,
    config::{Database, Settings},
    store::{
        collector_lease,
        sql::SqlStore,
        sqlite::{Inspection, Schema, inspect},
    },
};

const MIB: u64 = 1 << 20;
/// With less room than this, collecting will soon fail.
const LITTLE: u64 = 1024 * MIB;
const NOTHING: u64 = 50 * MIB;

/// The archive, if it can be used as it is: it is neither made nor brought up to date here.
pub(super) async fn check(settings: &Settings, clock: &Clock, tell: &mut Tell<'_>) -> Option<SqlStore> {
    let path = match &settings.database {
        Database::Sqlite(path) => path.clone(),
        Database::Postgres(database) => {
            server_of_archive::check(database, clock, tell).await;
            tell(interval(settings));
            return None;
        }
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let shown = path.display();
    let store = match inspect(&path).await {
        Ok(None) => {
            tell(if folder.is_dir() {
                Line::ok("database.url", format!("{shown} is made at the first start"))
            } else {
                Line::failed(
                    "database.url",
                    format!("the folder {} does not exist", folder.display()),
                    format!(
                        "Make it, for the user that runs partnerlog: mkdir -m 700 -p {}",
                        folder.display()
                    ),
                )
            });
            None
        }
        Ok(Some(found)) => opened(&path, &found, tell).await,
        Err(error) => {
            tell(Line::failed(
                "database.url",
                format!("{shown} cannot be read ({})", told(&error)),
                "Check that database.url names partnerlog's archive, and that this user may read and write it and its \
                 folder. A damaged file is replaced by the newest backup.",
            ));
            None
        }
    };
    if let Some(line) = permissions(&path) {
        tell(line);
    }
    if folder.is_dir() {
        tell(room(&folder));
    }
    if let Ok(Some(found)) = inspect(&path).await {
        let now = clock.now();
        for account in &settings.partner_center {
            let lease = found.leases.get(&collector_lease(&account.tenant_id));
            if lease.is_some_and(|until| *until > now) {
                tell(Line::ok(
                    "collect",
                    format!("a collector is at work on the account {:?}", account.name),
                ));
            }
        }
    }
    tell(interval(settings));
    store
}

fn interval(settings: &Settings) -> Line {
    let minutes = settings.collect.interval.as_secs() / 60;
    let again = settings.collect.reread_days;
    if minutes > 24 * 60 / 2 {
        Line::warning(
            "collect.interval",
            format!("{} hours", minutes / 60),
            "Records are shown that late, and a failure is noticed that late; 5m is usual.",
        )
    } else {
        Line::ok(
            "collect",
            format!(
                "every {} s, the last {again} days again",
                settings.collect.interval.as_secs()
            ),
        )
    }
}

async fn opened(path: &Path, found: &Inspection, tell: &mut Tell<'_>) -> Option<SqlStore> {
    let shown = path.display();
    let size = found.bytes / MIB;
    match found.schema {
        Schema::Newer => {
            tell(Line::failed(
                "database.url",
                format!("{shown} was made by a newer version of partnerlog"),
                "Install that version or a newer one; this one would not understand the archive.",
            ));
            None
        }
        Schema::Older | Schema::Empty => {
            tell(Line::ok(
                "database.url",
                format!("{shown}, {size} MiB; brought up to date at the next start"),
            ));
            None
        }
        Schema::Current => match SqlStore::open(path).await {
            Ok(store) => {
                tell(Line::ok("database.url", format!("{shown}, {size} MiB")));
                Some(store)
            }
            Err(error) => {
                tell(Line::failed(
                    "database.url",
                    format!("{shown} cannot be written ({})", told(&error)),
                    "Let the user that runs partnerlog own the file and its folder (chown), and check that the disk is \
                     not mounted read-only.",
                ));
                None
            }
        },
    }
}

#[cfg(unix)]
fn permissions(path: &Path) -> Option<Line> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        Line::warning(
            "database.url",
            format!("other users of this machine can read {}", path.display()),
            format!(
                "The archive is for its owner alone: chmod 600 {}*",
                path.display()
            ),
        )
    })
}

#[cfg(not(unix))]
fn permissions(_: &Path) -> Option<Line> {
    None
}

#[cfg(unix)]
fn room(folder: &Path) -> Line {
    match rustix::fs::statvfs(folder) {
        Ok(disk) => judged(disk.f_bavail.saturating_mul(disk.f_frsize), folder),
        Err(error) => Line::warning(
            "disk",
            format!("the room in {} cannot be told: {error}", folder.display()),
            "Make sure that there is room for the archive to grow.",
        ),
    }
}

#[cfg(not(unix))]
fn room(folder: &Path) -> Line {
    Line::ok(
        "disk",
        format!("not looked at on this system ({})", folder.display()),
    )
}

fn judged(free: u64, folder: &Path) -> Line {
    let found = format!("{} MiB free in {}", free / MIB, folder.display());
    let remedy = "Make room, or move the archive to a larger disk: without room nothing more is archived.";
    match free {
        ..NOTHING => Line::failed("disk", found, remedy),
        NOTHING..LITTLE => Line::warning("disk", found, remedy),
        LITTLE.. => Line::ok("disk", found),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Level, *};

    #[test]
    fn little_room_is_warned_of_and_none_is_a_failure() {
        for (free, level) in [
            (0, Level::Failed),
            (NOTHING, Level::Warning),
            (LITTLE - 1, Level::Warning),
            (LITTLE, Level::Ok),
            (u64::MAX, Level::Ok),
        ] {
            assert_eq!(judged(free, Path::new(".")).level, level, "{free}");
        }
    }
}
