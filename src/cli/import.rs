//! `partnerlog import`

use std::{fs::File, io::BufReader, path::PathBuf};

use anyhow::Context;
use clap::Args;

use super::{ConfigFile, Outcome};
use crate::{app, clock::Clock, collect::import::import};

/// Imports audit records from NDJSON and from saved answers of the API (a collection, or a list of records).
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    config: ConfigFile,
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let store = app::open(&settings.database.url).await?;
        let clock = Clock::system();
        for account in &settings.partner_center {
            crate::store::Store::account(&store, &account.tenant_id, &account.name).await?;
        }
        let mut outcome = Outcome::Done;
        for path in &self.files {
            let name = path.display();
            let file = File::open(path).with_context(|| format!("{name} cannot be opened"))?;
            let done = import(&store, BufReader::with_capacity(1 << 20, file), clock.now())
                .await
                .with_context(|| format!("{name} was not imported"))?;
            let appended = done.appended;
            println!(
                "{name}: {} read, {} new, {} already known, {} changed, {} rejected",
                done.read, appended.new, appended.known, appended.revised, done.rejected
            );
            for (at, reason) in &done.reasons {
                eprintln!("{name}:{at}: {reason}");
            }
            if done.rejected > 0 {
                outcome = Outcome::Incomplete;
            }
        }
        Ok(outcome)
    }
}
