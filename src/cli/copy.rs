//! `partnerlog copy`

use std::{path::Path, time::Instant};

use anyhow::Context;
use clap::Args;

use super::{Outcome, WrongUsage, verify::overseen};
use crate::{
    app,
    clock::Clock,
    config::Database,
    i18n::byte_size,
    store::sql::copy::{Compared, CopyError, Place, compare, copy},
};

/// Copies the whole archive into another, empty database, such as from a file to a server, and compares every row at the
/// end. Nobody may have either open. Stopped or killed, the same command goes on where it was.
#[derive(Debug, Args)]
pub struct Copy {
    /// The archive: sqlite:PATH, postgres://…, or settings:FILE for what [database] of that settings file says
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// The other database, likewise
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// Copy nothing, only compare; both may be open
    #[arg(long)]
    verify: bool,
}

impl Copy {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let clock = Clock::system();
        let (from, to) = (
            place("--from", &self.from, &clock)?,
            place("--to", &self.to, &clock)?,
        );
        let (began, now) = (Instant::now(), clock.now().timestamp_millis());
        let compared = match self.verify {
            true => overseen(move |overseer| compare(&from, &to, overseer))
                .await?
                .map_err(usage)
                .context("the archives were not compared")?,
            false => overseen(move |overseer| copy(&from, &to, now, overseer))
                .await?
                .map_err(usage)
                .context("the archive was not copied")?,
        };
        Ok(told(&compared, began))
    }
}

/// The database of an argument. What it says of a settings file is [`crate::config::ConfigError`]'s to say.
fn place(argument: &str, address: &str, clock: &Clock) -> anyhow::Result<Place> {
    let wrong = |problem: String| WrongUsage(format!("{argument}: {problem}"));
    let database = match address.strip_prefix("settings:") {
        Some(file) => Database::of_file(Path::new(file))?,
        None => {
            let database = Database::at(address).map_err(wrong)?;
            if let Database::Postgres(settings) = &database
                && settings.url.password.is_some()
            {
                remark!(
                    "{argument} holds a password, which every user of this machine can read meanwhile: write the address \
                     into a settings file, with password_file, and name it as settings:FILE"
                );
            }
            database
        }
    };
    Ok(match database {
        Database::Sqlite(path) => Place::File(path),
        Database::Postgres(settings) => Place::Server(app::connector(&settings, clock)?),
    })
}

/// What another argument would mend is wrong usage.
fn usage(error: CopyError) -> anyhow::Error {
    match error {
        CopyError::Same | CopyError::NotEmpty(_) | CopyError::OfAnother(_) => {
            WrongUsage(error.to_string()).into()
        }
        other => other.into(),
    }
}

/// Says on stdout what was compared.
fn told(compared: &Compared, began: Instant) -> Outcome {
    let all = format!(
        "{} records, {} versions ({} of documents) and {} other rows",
        compared.records,
        compared.versions,
        byte_size(compared.bytes),
        compared.rows,
    );
    let seconds = began.elapsed().as_secs_f64();
    match &compared.first {
        None => {
            say!("{all} are the same ({seconds:.1} s)");
            Outcome::Done
        }
        Some(first) => {
            say!("{first}");
            match compared.differences {
                1 => say!("{all} compared in {seconds:.1} s: this is not the same"),
                n => say!(
                    "{all} compared in {seconds:.1} s: this and {} more are not the same",
                    n - 1
                ),
            }
            Outcome::Incomplete
        }
    }
}
