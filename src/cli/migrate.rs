//! `partnerlog migrate`

use anyhow::Context as _;
use clap::Args;

use super::{ConfigFile, Outcome};
use crate::{app, clock::Clock};

/// Brings the archive's database up to date, and gives roles on its server their rights
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    config: ConfigFile,
}

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let database = self.config.load()?.database;
        app::migrate(&database, &Clock::system())
            .await
            .with_context(|| format!("the archive {} cannot be brought up to date", database.url()))?;
        say!("{} is up to date", database.url());
        Ok(Outcome::Done)
    }
}
