//! Audit records from files: what a file is, is told by its content; then it is read record by record or row by row, and
//! nothing of it is held in memory but a batch.
//!
//! A file is understood before anything is written: one that is not changes nothing. A bad row never stops the rest.

mod answers;
mod dates;
mod files;
mod intake;
mod labels;
mod lines;
mod listed;
mod object;
mod plain;
mod reasons;
mod rows;
mod source;
mod spreadsheet;
mod table;

use std::io::{self, Read, Seek, SeekFrom, Write};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub use dates::DateOrder;
pub use reasons::{Misfit, Reason};
pub use source::Progress;

use intake::Intake;
use source::Source;

use crate::{
    clock::Clock,
    store::{Appended, ImportCounts, ImportEnd, NewImport, Store, StoreError},
};

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A record in each line.
    Ndjson,
    /// Saved answers of the API.
    Answers,
    /// partnerlog's export for programs.
    CsvPlain,
    /// partnerlog's export for spreadsheets.
    Csv,
    /// What Partner Center's own page exports: four columns.
    PartnerCenterCsv,
}

impl Format {
    /// The format's name, as in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Answers => "answers",
            Self::CsvPlain => "csv-plain",
            Self::Csv => "csv",
            Self::PartnerCenterCsv => "partner-center-csv",
        }
    }
}

/// What the file does not say and somebody has to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// How dates like 1/2/2026 are meant.
    pub dates: Option<DateOrder>,
    /// Where clocks showed the times that name no zone.
    pub zone: Option<Tz>,
    /// The tenant id of the account whose records these are.
    pub account: Option<String>,
}

/// What has to be answered before a file can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Day and month can be meant either way; `contradictory` when rows say opposite things.
    Dates { sample: String, contradictory: bool },
    /// There are several partner accounts and the file names none.
    Account,
}

/// A file to be imported.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name as given, for readers.
    pub file: String,
    /// Who imports it, for readers.
    pub by: String,
    /// Only say what importing would do.
    pub dry_run: bool,
    pub answers: Answers,
    pub clock: Clock,
}

/// What importing a file did, or would do.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Nothing for an empty file.
    pub format: Option<Format>,
    pub read: u64,
    pub appended: Appended,
    pub rejected: u64,
    /// Where (line of the file, from 1) and why, for the first of them.
    pub reasons: Vec<(u64, Reason)>,
    /// The zone in which times that name none were read, and whether that was only assumed.
    pub zone: Option<(Tz, bool)>,
    /// The tenant ids of partner accounts that were not known before.
    pub new_accounts: Vec<String>,
    /// Whether records were rejected because they name no account that is known.
    pub asks_account: bool,
}

/// Why a file could not be imported. What was archived before stays, and importing again completes it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read")]
    File(#[from] io::Error),
    #[error("the file is not understood: {0}")]
    NotUnderstood(Misfit),
    #[error("{}", in_a_row(.0))]
    Asks(Vec<Question>),
    #[error("it was broken off")]
    Stopped,
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn in_a_row(questions: &[Question]) -> String {
    let questions: Vec<_> = questions.iter().map(Question::to_string).collect();
    questions.join("; ")
}

impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dates {
                sample,
                contradictory: false,
            } => write!(
                f,
                "it does not tell whether the day or the month comes first in dates like {sample}: say --dates \
                 day-first, month-first or year-first"
            ),
            Self::Dates { sample, .. } => write!(
                f,
                "its dates contradict each other ({sample} among them): say --dates day-first, month-first or \
                 year-first; rows that cannot be meant so are rejected"
            ),
            Self::Account => {
                f.write_str("it names no partner account, and there are several: say --account TENANT")
            }
        }
    }
}

/// Imports everything from a reader that cannot be read twice, through a private temporary file.
///
/// # Errors
/// As [`import_file`].
pub async fn import(store: &dyn Store, from: impl Read, now: DateTime<Utc>) -> Result<Imported, ImportError> {
    let job = Job {
        file: String::from("records.ndjson"),
        by: String::from("partnerlog"),
        dry_run: false,
        answers: Answers::default(),
        clock: Clock::fixed(now),
    };
    import_file(store, spooled(from)?, &job, &Progress::default()).await
}

/// Everything that a reader gives, as a file without a name that only this process can read.
///
/// # Errors
/// When the reader fails, or there is no room.
pub fn spooled(mut from: impl Read) -> io::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut from, &mut file)?;
    file.flush()?;
    Ok(file)
}

/// Imports a file. One file is one reading: of equal records without ids, as many are archived as the file holds. It
/// works on the thread that polls it for as long as a batch takes: give it one of its own.
///
/// # Errors
/// When the file is not understood at all, or a question has to be answered first: then nothing was changed. Also when
/// it cannot be read, when it was stopped, or when the archive fails.
pub async fn import_file(
    store: &dyn Store,
    mut from: impl Read + Seek + Send,
    job: &Job,
    progress: &Progress,
) -> Result<Imported, ImportError> {
    let size = from.seek(SeekFrom::End(0))?;
    from.rewind()?;
    let mut source = Source::new(from, size, progress);
    read(store, &mut source, size, job, progress)
        .await
        .map_err(|error| match error {
            // Whatever was under way was stopped in it.
            ImportError::File(_) if progress.is_stopped() => ImportError::Stopped,
            other => other,
        })
}

async fn read<R: Read + Seek + Send>(
    store: &dyn Store,
    source: &mut Source<'_, R>,
    size: u64,
    job: &Job,
    progress: &Progress,
) -> Result<Imported, ImportError> {
    let Some(recognised) = files::recognise(source)? else {
        return Ok(Imported::default());
    };
    let now = job.clock.now();
    let accounts = store.accounts().await?;
    let ready = recognised.prepare(source, &job.answers, &accounts)?;
    let format = ready.format();
    let import = match job.dry_run {
        true => None,
        false => Some(
            store
                .begin_import(&NewImport {
                    file: job.file.clone(),
                    format: format.name().to_owned(),
                    size,
                    started_at: now,
                    imported_by: job.by.clone(),
                })
                .await?,
        ),
    };
    source.begin_pass();
    let reading = store.reading(import).await?;
    let kept_from = store.kept_from().await?;
    let mut intake = Intake::new(reading, accounts, kept_from, job, now, progress);
    let mut result = ready.read(source, &mut intake).await;
    // Whatever happened, the archive is not written to any more when this import is said to be over.
    let settled = match result {
        Ok(()) => intake.finish().await,
        Err(_) => intake.settle().await,
    };
    if result.is_ok() {
        result = settled;
    }
    let done = intake.into_done(format);
    if let Some(id) = import {
        let sha256 = match &result {
            Ok(()) => Some(source.sha256()?),
            Err(_) => None,
        };
        let counts = ImportCounts {
            read: done.read,
            appended: done.appended,
            rejected: done.rejected,
        };
        let end = ImportEnd {
            ended_at: job.clock.now(),
            sha256,
            counts,
        };
        store.end_import(id, &end).await?;
    }
    result.map(|()| done)
}
