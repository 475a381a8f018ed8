//! The list of exports: who took what away, and what exactly that was.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Person, StoreError};

/// An export that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExport {
    pub begun_at: DateTime<Utc>,
    pub person: Person,
    /// What they are called; only its beginning is kept.
    pub name: String,
    /// The query string of `/activity/export` by which the same is exported again; only its beginning is kept.
    pub query: String,
}

/// How an export ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportOutcome {
    /// All of it was sent.
    Whole,
    /// Whoever took it went away before.
    Left,
    /// It broke off.
    Failed,
}

impl ExportOutcome {
    const ALL: [Self; 3] = [Self::Whole, Self::Left, Self::Failed];

    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Left => "left",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that name; one of a later version is a failure to this one.
    pub fn of(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.name() == name)
            .unwrap_or(Self::Failed)
    }
}

/// What an export was when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportEnd {
    pub at: DateTime<Utc>,
    pub outcome: ExportOutcome,
    pub records: u64,
    /// Without the header.
    pub rows: u64,
    pub bytes: u64,
    /// Of all bytes that were sent.
    pub sha256: [u8; 32],
}

/// An export as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastExport {
    /// Ascending in the order of beginning.
    pub number: i64,
    pub begun_at: DateTime<Utc>,
    pub person: Person,
    pub name: String,
    pub query: String,
    /// Nothing while it is under way, and when its process ended before it did.
    pub end: Option<ExportEnd>,
}

/// Exports, noted before their first byte is sent. What has ended is never changed and never deleted.
#[async_trait]
pub trait ExportList: Send + Sync + 'static {
    /// Notes an export and gives its number. What cannot be noted must not be sent.
    async fn begin_export(&self, export: &NewExport) -> Result<i64, StoreError>;

    /// Notes how it ended, once.
    async fn end_export(&self, number: i64, end: &ExportEnd) -> Result<(), StoreError>;

    /// The newest exports before the one of that number, of one person or of all, newest first, at most `limit`.
    async fn exports(
        &self,
        of: Option<&Person>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<PastExport>, StoreError>;

    /// The export of that number.
    async fn past_export(&self, number: i64) -> Result<Option<PastExport>, StoreError>;
}
