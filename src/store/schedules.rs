//! Scheduled exports: what is to be made when, and what became of each file.
//!
//! What is in a file is settled before it is made: another try makes the same file under the same name, so nothing is
//! delivered twice and nothing falls between two deliveries.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::audit::Ticks;

/// So many schedules there can be.
pub const MOST_SCHEDULES: u32 = 50;

/// The lease of whoever makes the files of a schedule.
pub fn schedule_lease(number: i64) -> String {
    format!("schedule {number}")
}

/// How often a file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rhythm {
    Daily,
    /// On Mondays.
    Weekly,
    /// On the first day.
    Monthly,
}

impl Rhythm {
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rhythm| rhythm.name() == name)
    }
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contents {
    /// The records dated in the day, week or month before.
    Period,
    /// The records that were archived, or got another version, since the file before, whatever their date.
    New,
}

impl Contents {
    pub const ALL: [Self; 2] = [Self::Period, Self::New];

    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::New => "new",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|contents| contents.name() == name)
    }
}

/// What a person decides about a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleContent {
    /// Only its beginning is kept.
    pub name: String,
    /// A query string of `/activity/export` without dates: filters, zone, and what kind of file.
    pub query: String,
    /// The name of the saved view that the filters were taken from.
    pub view: Option<String>,
    pub rhythm: Rhythm,
    /// At which hour of the zone, 0 to 23.
    pub hour: u32,
    pub contents: Contents,
    /// Its name in the settings.
    pub destination: String,
}

/// A schedule as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Never given twice.
    pub number: i64,
    pub content: ScheduleContent,
    /// Ascends with every change by a person.
    pub revision: i64,
    pub next_due: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub created_by: String,
    /// Since when and by whom; by nobody where a backup made this archive.
    pub paused: Option<(DateTime<Utc>, String)>,
    /// The oldest file that is still to be made.
    pub open: Option<ScheduledFile>,
    /// The last one about which nothing more is to be done.
    pub last: Option<ScheduledFile>,
}

/// Versions of records, by their place in the order of archiving: those after the first up to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archived {
    pub after: i64,
    pub up_to: i64,
}

impl Archived {
    pub fn contains(self, version: i64) -> bool {
        version > self.after && version <= self.up_to
    }
}

/// A file to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOrder {
    pub due_at: DateTime<Utc>,
    /// Its name at the destination.
    pub file: String,
    /// A query string of `/activity/export`, with its dates.
    pub query: String,
    /// Whether only what was archived since the file before is in it.
    pub contents: Contents,
}

/// A file that was made or is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledFile {
    /// Ascending in the order of falling due.
    pub number: i64,
    pub due_at: DateTime<Utc>,
    pub file: String,
    pub query: String,
    pub archived: Option<Archived>,
    /// How often it was tried, in vain or not.
    pub tries: u32,
    pub tried_at: Option<DateTime<Utc>>,
    /// When it is tried next; nothing when all is done.
    pub retry_at: Option<DateTime<Utc>>,
    /// A code; nothing before the first try.
    pub outcome: Option<String>,
    /// The beginning of what the destination said. Hostile.
    pub said: String,
    /// The last try's number in the list of exports.
    pub export: Option<i64>,
    /// Up to when the accounts had been read, where that was before the end of its period.
    pub read_until: Option<DateTime<Utc>>,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTry {
    pub at: DateTime<Utc>,
    /// A code.
    pub outcome: String,
    /// Only its beginning is kept.
    pub said: String,
    pub export: Option<i64>,
    pub read_until: Option<DateTime<Utc>>,
    /// Nothing when nothing more is to be done.
    pub retry_at: Option<DateTime<Utc>>,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is to be made.
    New,
    /// There is exactly that file, made or to be made.
    Known(i64),
    /// Another one is still to be made: what is new will be in the one after it, which stays due.
    Waiting,
    /// The schedule is gone, or not of that revision any more.
    Changed,
}

/// Where schedules are kept.
#[async_trait]
pub trait Schedules: Send + Sync + 'static {
    /// Keeps a schedule and gives its number; `None` where there are [`MOST_SCHEDULES`]. What is new begins with
    /// everything in the archive, or with what comes.
    async fn add_schedule(
        &self,
        content: &ScheduleContent,
        next_due: DateTime<Utc>,
        from_beginning: bool,
        at: DateTime<Utc>,
        by: &str,
    ) -> Result<Option<i64>, StoreError>;

    /// All of them, by name.
    async fn schedules(&self) -> Result<Vec<Schedule>, StoreError>;

    async fn schedule(&self, number: i64) -> Result<Option<Schedule>, StoreError>;

    /// Gives a schedule another content. Files that are still to be made stay as they were ordered. `false` where it is not
    /// of that revision any more.
    async fn change_schedule(
        &self,
        number: i64,
        revision: i64,
        content: &ScheduleContent,
        next_due: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Pauses a schedule. `false` where there is none, or it was paused before.
    async fn pause_schedule(&self, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError>;

    /// Has a schedule go on. `false` where there is none, or it was not paused.
    async fn resume_schedule(&self, number: i64, next_due: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Deletes a schedule and what is remembered of its files; gives its name.
    async fn delete_schedule(&self, number: i64) -> Result<Option<String>, StoreError>;

    /// Orders a file and notes when the next one is due, at once or not at all. A file of a period that was ordered for an
    /// earlier moment, or with another query string, is ordered anew.
    async fn order_file(
        &self,
        number: i64,
        revision: i64,
        order: &FileOrder,
        next_due: DateTime<Utc>,
    ) -> Result<Ordered, StoreError>;

    /// Has the next file fall due at another moment, unless the schedule was changed.
    async fn put_off(&self, number: i64, revision: i64, next_due: DateTime<Utc>) -> Result<(), StoreError>;

    /// Has a file be made as soon as possible: one that waits for another try, or one of a period once more. `false` where
    /// there is none, or it is made and is one of what was new.
    async fn hurry(&self, schedule: i64, file: i64, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Gives up a file that was tried in vain. `false` where nothing of it is to be done.
    async fn give_up(&self, schedule: i64, file: i64, how: &FileTry) -> Result<bool, StoreError>;

    /// Notes how a try of a file as it was ended. One that was asked for anew meanwhile is still to be made.
    async fn file_tried(&self, file: &ScheduledFile, how: &FileTry) -> Result<(), StoreError>;

    /// The newest files of a schedule before the one of that number, newest first, at most `limit`.
    async fn scheduled_files(
        &self,
        schedule: i64,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ScheduledFile>, StoreError>;

    /// The dates of the oldest and the newest record that one of these versions is the newest of, by the date under which it
    /// is filed; nothing where there is none.
    async fn archived_dates(&self, archived: Archived) -> Result<Option<(Ticks, Ticks)>, StoreError>;
}
