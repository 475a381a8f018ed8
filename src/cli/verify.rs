//! `partnerlog verify`

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use anyhow::Context;
use clap::Args;

use super::{ConfigFile, Outcome, meter::Meter};
use crate::{
    app,
    clock::Clock,
    config::Database,
    store::{
        Overseer, Stage,
        sql::{
            copy::Place,
            repair::repair,
            verify::{Verified, verify},
        },
    },
};

/// Compares everything in the archive with the records as they were received; names the first that does not fit.
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    config: ConfigFile,
    /// Before that, make anew whatever is derived from the records. The records themselves are never touched. Nobody
    /// else may have the archive open, which must be a file
    #[arg(long)]
    repair: bool,
}

impl Verify {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let place = match &settings.database {
            Database::Sqlite(path) => Place::File(path.clone()),
            Database::Postgres(settings) => Place::Server(app::connector(settings, &Clock::system())?),
        };
        let name = place.to_string();
        if self.repair {
            let path = app::archive_path(&settings.database)?;
            let repaired = overseen(move |overseer| repair(&path, overseer))
                .await?
                .with_context(|| format!("the archive {name} was not repaired"))?
                .context("it was stopped")?;
            say!("{} records repaired", repaired.records);
            if repaired.unreadable > 0 {
                say!("{} cannot be read and stay as they are", repaired.unreadable);
            }
        }
        let began = Instant::now();
        let verified = overseen(move |overseer| verify(&place, overseer))
            .await?
            .with_context(|| format!("the archive {name} cannot be verified"))?
            .context("it was stopped")?;
        Ok(told(&verified, began))
    }
}

/// Says on stdout what was found.
pub(super) fn told(verified: &Verified, began: Instant) -> Outcome {
    let removed = match verified.removed {
        0 => String::new(),
        records => format!(", {records} records removed by retention"),
    };
    let compared = format!(
        "{} records, {} versions, {} days compared in {:.1} s{removed}",
        verified.records,
        verified.versions,
        verified.days,
        began.elapsed().as_secs_f64()
    );
    match &verified.first {
        None => {
            say!("{compared}: everything fits");
            Outcome::Done
        }
        Some(first) => {
            say!("{first}");
            match verified.faults {
                1 => say!("{compared}: this does not fit"),
                faults => say!("{compared}: this and {} more do not fit", faults - 1),
            }
            Outcome::Incomplete
        }
    }
}

/// Does long work off the threads that answer; its progress is shown, and Ctrl-C stops it in order.
pub(super) async fn overseen<T: Send + 'static>(
    work: impl FnOnce(&Overseer) -> T + Send + 'static,
) -> anyhow::Result<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = app::shutdown_signal();
    tokio::spawn({
        let stop = Arc::clone(&stop);
        async move {
            asked.cancelled().await;
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    let meter = Meter::new();
    let overseer = Overseer::new(
        move |stage, done, total| {
            let (what, things) = match stage {
                Stage::Copying => ("copied", "pages"),
                Stage::Moving => ("copied", "rows"),
                Stage::Indexing => ("indexed", "records"),
                Stage::Checking => ("checking the database", ""),
                Stage::Comparing => ("compared", "versions"),
                Stage::Repairing => ("looked through", "records"),
            };
            meter.show(what, things, done, total);
        },
        stop,
    );
    Ok(tokio::task::spawn_blocking(move || work(&overseer)).await?)
}
