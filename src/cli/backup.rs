//! `partnerlog backup`

use std::{path::PathBuf, time::Instant};

use anyhow::Context;
use clap::Args;

use super::{ConfigFile, Outcome, WrongUsage, verify::overseen};
use crate::{
    app,
    clock::Clock,
    store::sqlite::backup::{BackupError, back_up, restore},
};

/// Copies the archive into a file, also while it is served and written to; or puts such a copy in its place.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    config: ConfigFile,
    /// Put FILE in the archive's place. What is there is kept under a name with the date
    #[arg(long)]
    restore: bool,
    /// Replace FILE if it exists; with --restore, take it although records in it do not fit
    #[arg(long)]
    force: bool,
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let archive = app::archive_path(&settings.database)?;
        let (file, force) = (self.file, self.force);
        let name = file.display().to_string();
        if self.restore {
            let now = Clock::system().now();
            let place = archive.display().to_string();
            let began = Instant::now();
            let restored = overseen(move |overseer| restore(&archive, &file, force, now, overseer))
                .await?
                .map_err(usage)
                .with_context(|| format!("{name} was not restored"))?;
            say!(
                "{name} was restored as {place}: {} records, {} versions ({:.1} s)",
                restored.verified.records,
                restored.verified.versions,
                began.elapsed().as_secs_f64()
            );
            if let Some(first) = &restored.verified.first {
                remark!(
                    "{} faults are in it as before; the first: {first}",
                    restored.verified.faults
                );
            }
            if let Some(replaced) = &restored.replaced {
                remark!("what was there before is kept as {}", replaced.display());
            }
            return Ok(Outcome::Done);
        }
        let began = Instant::now();
        let bytes = overseen(move |overseer| back_up(&archive, &file, force, overseer))
            .await?
            .map_err(usage)
            .with_context(|| format!("{name} was not written"))?;
        say!("{name}: {bytes} bytes ({:.1} s)", began.elapsed().as_secs_f64());
        Ok(Outcome::Done)
    }
}

/// What another argument would mend is wrong usage.
fn usage(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::Exists(_) | BackupError::IsTheArchive(_) | BackupError::NotPlain(_) => {
            WrongUsage(error.to_string()).into()
        }
        other => other.into(),
    }
}
