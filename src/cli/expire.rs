//! `partnerlog expire`

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use clap::Args;

use super::{ConfigFile, Outcome, WrongUsage};
use crate::{
    app,
    clock::Clock,
    config::Database,
    store::{RemovedMonth, first_kept, sql::SqlStore},
};

/// Removes for good what is older than the months that `database.keep_months` has an archive on a server keep. To be run by
/// the owner of its tables, who has a backup
#[derive(Debug, Args)]
pub struct Expire {
    #[command(flatten)]
    config: ConfigFile,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

impl Expire {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let Database::Postgres(database) = &settings.database else {
            let file = "months are only removed from an archive on a server; one in a file keeps everything";
            return Err(WrongUsage(file.to_owned()).into());
        };
        let Some(months) = database.keep_months else {
            let none =
                "database.keep_months is not set: this archive keeps everything, and nothing was removed";
            return Err(WrongUsage(none.to_owned()).into());
        };
        let clock = Clock::system();
        let now = clock.now();
        let kept_from = first_kept(now.date_naive(), months);
        let stop = app::shutdown_signal();
        let all = Arc::<Mutex<Removed>>::default();
        let removed = {
            let (all, stop, dry_run) = (Arc::clone(&all), stop.clone(), self.dry_run);
            SqlStore::expire(
                app::connector(database, &clock)?,
                kept_from,
                now,
                dry_run,
                move |month| {
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    all.add(&month);
                    say!(
                        "{}: {} records, {} versions {}",
                        month.first.format("%Y-%m"),
                        month.records,
                        month.versions,
                        if dry_run { "would be removed" } else { "removed" },
                    );
                    !stop.is_cancelled()
                },
            )
            .await
        };
        let all = std::mem::take(&mut *all.lock().unwrap_or_else(PoisonError::into_inner));
        // What was removed is said also where something else failed after that.
        if removed.is_ok() || all.months > 0 {
            say!(
                "{}{} records, {} versions of {} months {}; kept is what is from {kept_from} on",
                if self.dry_run { "dry run: " } else { "" },
                all.records,
                all.versions,
                all.months,
                if self.dry_run {
                    "would be removed"
                } else {
                    "removed"
                },
            );
        }
        removed.with_context(|| {
            let name = settings.database.url();
            format!("not everything that is to be removed from the archive {name} was removed")
        })?;
        if stop.is_cancelled() {
            remark!("partnerlog: it was stopped; the same command goes on");
            return Ok(Outcome::Incomplete);
        }
        Ok(Outcome::Done)
    }
}

/// All months together.
#[derive(Default)]
struct Removed {
    months: u64,
    records: u64,
    versions: u64,
}

impl Removed {
    fn add(&mut self, month: &RemovedMonth) {
        self.months += 1;
        self.records += month.records;
        self.versions += month.versions;
    }
}
