//! `partnerlog serve`

use anyhow::Context;
use clap::Args;

use super::{ConfigFile, Outcome};
use crate::{
    app::{App, shutdown_signal},
    clock::Clock,
    server,
};

/// Serves the dashboard and collects.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    config: ConfigFile,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let address = settings.server.listen;
        let listener = server::bind(address).with_context(|| format!("cannot listen on {address}"))?;
        let app = App::new(settings, Clock::system(), false).await?;
        app.run(listener, shutdown_signal()).await?;
        Ok(Outcome::Done)
    }
}
