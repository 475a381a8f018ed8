//! Making and changing schedules: what the pages ask for.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;

use super::{
    calendar::{self, next_due, period},
    destination::Destinations,
    worker::Pace,
};
use crate::{
    audit::{
        Selection,
        selection::{From, Parsed, To},
    },
    clock::Clock,
    export::{Form, plain_name},
    i18n::Lang,
    store::{
        Contents, ExportList, FileOrder, FileTry, Ordered, Schedule, ScheduleContent, ScheduledFile,
        Schedules, Store, StoreError,
    },
    wording,
};

/// So many files are made at once: each holds a few parts in memory, and at six in the morning all are due.
const AT_ONCE: usize = 2;

/// Schedules, for pages and for whoever makes the files; clones share everything.
#[derive(Clone)]
pub struct Scheduling(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub rows: Arc<dyn Schedules>,
    pub store: Arc<dyn Store>,
    pub exports: Arc<dyn ExportList>,
    pub destinations: Destinations,
    /// The tenants of the accounts that are collected.
    pub collected: Vec<String>,
    pub clock: Clock,
    /// Where workbooks are put together.
    pub folder: Box<Path>,
    pub pace: Pace,
    /// Turns of files that are being made.
    pub at_once: Semaphore,
    /// What still ends of files that nobody waits for any more.
    pub ending: TaskTracker,
    /// Rung when somebody changed a schedule here.
    pub changed: Notify,
}

/// What came of a try, as a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// The settings name no such destination.
    NoDestination,
    /// A part of the query string means nothing to this version.
    NotUnderstood,
    /// The archive or the disk beside it failed.
    Archive,
    /// There is no such folder, bucket or container.
    Missing,
    /// The destination does not let us in.
    Refused,
    /// It could not be reached, or failed.
    Failed,
    /// A person gave it up.
    GivenUp,
}

impl Outcome {
    pub const ALL: [Self; 8] = [
        Self::Delivered,
        Self::NoDestination,
        Self::NotUnderstood,
        Self::Archive,
        Self::Missing,
        Self::Refused,
        Self::Failed,
        Self::GivenUp,
    ];

    /// The name under which it is kept; with `schedules-outcome-` before it, its message.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::NoDestination => "no-destination",
            Self::NotUnderstood => "not-understood",
            Self::Archive => "archive",
            Self::Missing => "missing",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::GivenUp => "given-up",
        }
    }
}

/// What a form asks for, checked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub content: ScheduleContent,
    /// Whether the first file of what is new has everything that is in the archive.
    pub from_beginning: bool,
}

impl Scheduling {
    pub fn new<S: Schedules + Store + ExportList>(
        store: Arc<S>,
        destinations: Destinations,
        collected: Vec<String>,
        clock: Clock,
        folder: &Path,
        pace: Pace,
    ) -> Self {
        Self(Arc::new(Inner {
            rows: store.clone(),
            store: store.clone(),
            exports: store,
            destinations,
            collected,
            clock,
            folder: folder.into(),
            pace,
            at_once: Semaphore::new(AT_ONCE),
            ending: TaskTracker::new(),
            changed: Notify::new(),
        }))
    }

    pub fn destinations(&self) -> &Destinations {
        &self.0.destinations
    }

    pub async fn all(&self) -> Result<Vec<Schedule>, StoreError> {
        self.0.rows.schedules().await
    }

    pub async fn one(&self, number: i64) -> Result<Option<Schedule>, StoreError> {
        self.0.rows.schedule(number).await
    }

    pub async fn files(
        &self,
        number: i64,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ScheduledFile>, StoreError> {
        self.0.rows.scheduled_files(number, before, limit).await
    }

    /// Makes a schedule and gives its number; `None` where there are as many as there can be.
    pub async fn create(&self, asked: &Asked, by: &str) -> Result<Option<i64>, StoreError> {
        let now = self.0.clock.now();
        let due = due_after(&asked.content, now);
        let rows = &self.0.rows;
        let made = rows
            .add_schedule(&asked.content, due, asked.from_beginning, now, by)
            .await?;
        self.0.changed.notify_one();
        Ok(made)
    }

    /// `false` where somebody else changed it meanwhile. What has fallen due is ordered first, as it was.
    pub async fn change(&self, schedule: &Schedule, content: &ScheduleContent) -> Result<bool, StoreError> {
        let now = self.0.clock.now();
        let (number, revision) = (schedule.number, schedule.revision);
        let Some(schedule) = self
            .0
            .order_due(number)
            .await?
            .filter(|it| it.revision == revision)
        else {
            return Ok(false);
        };
        let due = due_after(content, now);
        // What is due and waits for another file stays due.
        let due = match due_after(&schedule.content, now) == due {
            true => schedule.next_due,
            false => due,
        };
        let rows = &self.0.rows;
        let done = rows.change_schedule(number, revision, content, due).await?;
        self.0.changed.notify_one();
        Ok(done)
    }

    pub async fn pause(&self, number: i64, by: &str) -> Result<bool, StoreError> {
        self.0.rows.pause_schedule(number, self.0.clock.now(), by).await
    }

    /// Has a schedule go on with the next file that falls due.
    pub async fn resume(&self, schedule: &Schedule) -> Result<bool, StoreError> {
        let due = due_after(&schedule.content, self.0.clock.now());
        let done = self.0.rows.resume_schedule(schedule.number, due).await?;
        self.0.changed.notify_one();
        Ok(done)
    }

    /// Gives the name of what is gone.
    pub async fn delete(&self, number: i64) -> Result<Option<String>, StoreError> {
        self.0.rows.delete_schedule(number).await
    }

    /// Has the file that would be made now be made now: of the period before, also once more, or of what is new. One that
    /// waits for another try comes first.
    pub async fn deliver_now(&self, schedule: &Schedule) -> Result<bool, StoreError> {
        let (rows, now) = (&self.0.rows, self.0.clock.now());
        let done = match &schedule.open {
            _ if schedule.paused.is_some() => false,
            Some(open) => rows.hurry(schedule.number, open.number, now).await?,
            None => {
                let order = order(schedule, now);
                let ordered = rows
                    .order_file(schedule.number, schedule.revision, &order, schedule.next_due)
                    .await?;
                match ordered {
                    Ordered::New | Ordered::Waiting => true,
                    Ordered::Known(file) => rows.hurry(schedule.number, file, now).await?,
                    Ordered::Changed => false,
                }
            }
        };
        self.0.changed.notify_one();
        Ok(done)
    }

    /// Has a file be made once more, under the same name.
    pub async fn deliver_again(&self, schedule: &Schedule, file: i64) -> Result<bool, StoreError> {
        let now = self.0.clock.now();
        let done = schedule.paused.is_none() && self.0.rows.hurry(schedule.number, file, now).await?;
        self.0.changed.notify_one();
        Ok(done)
    }

    /// Gives up the file that waits for another try, so that those after it are made.
    pub async fn give_up(&self, number: i64, file: i64) -> Result<bool, StoreError> {
        let how = FileTry {
            at: self.0.clock.now(),
            outcome: Outcome::GivenUp.code().to_owned(),
            said: String::new(),
            export: None,
            read_until: None,
            retry_at: None,
        };
        let done = self.0.rows.give_up(number, file, &how).await?;
        self.0.changed.notify_one();
        Ok(done)
    }
}

impl Inner {
    /// Orders every file of a schedule that has fallen due, and gives it as it is then; nothing where it is gone.
    pub async fn order_due(&self, number: i64) -> Result<Option<Schedule>, StoreError> {
        loop {
            let Some(schedule) = self.rows.schedule(number).await? else {
                return Ok(None);
            };
            if schedule.paused.is_some() {
                return Ok(Some(schedule));
            }
            let (now, due) = (self.clock.now(), schedule.next_due);
            let latest = due_after(&schedule.content, now);
            if due > latest {
                // A clock that was ahead must not silence it until then.
                self.rows.put_off(number, schedule.revision, latest).await?;
                continue;
            }
            if due > now {
                return Ok(Some(schedule));
            }
            let next = match schedule.content.contents {
                Contents::Period => due_after(&schedule.content, due),
                // One file has all that is new, however often it fell due.
                Contents::New => latest,
            };
            let order = order(&schedule, due);
            match self
                .rows
                .order_file(number, schedule.revision, &order, next)
                .await?
            {
                Ordered::New | Ordered::Known(_) | Ordered::Changed => {}
                Ordered::Waiting => return Ok(Some(schedule)),
            }
        }
    }
}

/// The selection and the form of a query string of `/activity/export`; `None` where something of it is not understood, so
/// that nothing is left out or added silently.
pub fn selected(query: &str, now: DateTime<Utc>) -> Option<(Selection, Form)> {
    let Parsed {
        selection, faults, ..
    } = wording::in_words(Selection::parse(query, now, Tz::UTC));
    let lang = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "lang");
    let lang = lang.and_then(|(_, tag)| Lang::from_tag(&tag)).unwrap_or_default();
    let form = Form::parse(query, lang, selection.zone).ok()?;
    faults.is_empty().then_some((selection, form))
}

/// When a schedule's next file falls due.
pub(super) fn due_after(content: &ScheduleContent, after: DateTime<Utc>) -> DateTime<Utc> {
    let zone = selected(&content.query, after).map_or(Tz::UTC, |(selection, _)| selection.zone);
    next_due(content.rhythm, content.hour, zone, after)
}

/// The file that falls due at a moment.
pub(super) fn order(schedule: &Schedule, due_at: DateTime<Utc>) -> FileOrder {
    let content = &schedule.content;
    let named = match plain_name(&content.name) {
        name if name.is_empty() => "partnerlog".to_owned(),
        name => name,
    };
    let Some((selection, form)) = selected(&content.query, due_at) else {
        // Trying it will say what is wrong.
        return FileOrder {
            due_at,
            file: format!("{named}_{}_{}", schedule.number, due_at.format("%Y%m%dT%H%M%SZ")),
            query: content.query.clone(),
            contents: content.contents,
        };
    };
    let (what, selection) = match content.contents {
        Contents::Period => {
            let days = period(content.rhythm, selection.zone, due_at);
            let selection = selection.over(From::Day(days.0), To::Day(days.1));
            (calendar::name(content.rhythm, days), selection)
        }
        Contents::New => {
            let at = due_at.format("%Y%m%dT%H%M%SZ").to_string();
            (at, selection.over(From::Beginning, To::Today))
        }
    };
    FileOrder {
        due_at,
        file: format!("{named}_{}_{what}.{}", schedule.number, form.format.extension()),
        query: form.address_of(&selection),
        contents: content.contents,
    }
}
