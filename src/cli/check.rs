//! `partnerlog check`

use clap::Args;

use super::{ConfigFile, Outcome};
use crate::{
    app::check::{Level, Line, check},
    clock::Clock,
    config::{SettingsFile, environment},
};

/// Tries every setting and connection: a line each, with what to do about it
///
/// Exit code 0: all is well, or only warnings; 1: something failed; 2: the settings cannot be used.
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = match self.config.load() {
            Ok(settings) => settings,
            Err(error) => {
                let remedy =
                    "Correct it, then check again; docs/partnerlog.example.toml explains every setting.";
                say!("{}", Line::failed("settings", error.to_string(), remedy));
                return Err(error.into());
            }
        };
        let file = SettingsFile::find(self.config.config.as_deref(), environment());
        let (mut failed, mut warnings) = (0, 0);
        let mut tell = |line: Line| {
            match line.level {
                Level::Ok => {}
                Level::Warning => warnings += 1,
                Level::Failed => failed += 1,
            }
            say!("{line}");
        };
        check(&settings, file.as_ref(), &Clock::system(), &mut tell).await;
        remark!("{failed} failed, {warnings} warnings");
        Ok(match failed {
            0 => Outcome::Done,
            _ => Outcome::Incomplete,
        })
    }
}
