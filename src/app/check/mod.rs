//! Whether an installation works: each setting and each connection tried, a line each, with the remedy in words.
//!
//! Goes on after a failure, so that one look shows everything. Changes nothing but what every use changes: a refresh
//! token that Microsoft replaces is kept. Knows no command line: lines are handed over as they come.

mod accounts;
mod archive;
mod destinations;
mod server;
mod server_of_archive;
mod sign_in;

use std::fmt;

use crate::{
    clock::Clock,
    collect::told,
    config::{Settings, SettingsFile},
    i18n::Lang,
    partner_center::Trouble,
};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Ok,
    /// It works, and something should be done.
    Warning,
    Failed,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub level: Level,
    /// What was checked, by its setting's name where it has one.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// Takes the lines as they come.
pub type Tell<'a> = dyn FnMut(Line) + Send + 'a;

impl Line {
    pub fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        // Parts of it may be a server's words, and must not command the terminal.
        let plain = |text: String| text.replace(char::is_control, " ");
        Self {
            level: Level::Ok,
            what: plain(what.into()),
            found: plain(found.into()),
            remedy: None,
        }
    }

    pub fn warning(what: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            remedy: Some(remedy.into()),
            ..Self::ok(what, found)
        }
    }

    pub fn failed(what: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            level: Level::Failed,
            ..Self::warning(what, found, remedy)
        }
    }

    /// A failure of one of the kinds that have their words in the catalogue.
    fn trouble(what: &str, trouble: Trouble, error: &dyn std::error::Error) -> Self {
        let said = Lang::En.t(&format!("trouble-{}", trouble.code()));
        let remedy = Lang::En.t(&format!("remedy-{}", trouble.code()));
        Self::failed(what, format!("{said} ({})", told(error)), remedy)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Failed => "failed",
        };
        write!(f, "{level:<9}{}: {}", self.what, self.found)?;
        if let Some(remedy) = &self.remedy {
            write!(f, "\n         {remedy}")?;
        }
        Ok(())
    }
}

/// Checks everything that `settings`, read from `file`, name.
pub async fn check(settings: &Settings, file: Option<&SettingsFile>, clock: &Clock, tell: &mut Tell<'_>) {
    tell(settings_file(file));
    server::check(settings, tell).await;
    let store = archive::check(settings, clock, tell).await;
    sign_in::check(settings, clock, tell).await;
    accounts::check(settings, store, clock, tell).await;
    destinations::check(settings, tell).await;
}

fn settings_file(file: Option<&SettingsFile>) -> Line {
    match file {
        None => Line::ok("settings", "no file; the environment alone"),
        Some(file) if file.is_readable_by_all() => Line::warning(
            "settings",
            format!(
                "{} can be read by every user of this machine",
                file.path.display()
            ),
            format!("It may hold secrets: chmod 600 {}", file.path.display()),
        ),
        Some(file) => Line::ok("settings", file.path.display().to_string()),
    }
}
