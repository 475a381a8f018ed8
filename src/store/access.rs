//! The access log: who saw what is not shown to everybody.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Person, StoreError};

/// What somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessAction {
    /// The secrets of a record.
    Reveal,
    /// A record as it was received, with its secrets.
    Raw,
    /// An export that has records as they were received.
    Export,
    /// A stream made, changed, moved, paused or deleted: it sends records as they were received.
    Stream,
    /// A schedule made, changed, paused or deleted, or told to deliver: its files may have records as they were received.
    Schedule,
}

impl AccessAction {
    pub const ALL: [Self; 5] = [
        Self::Reveal,
        Self::Raw,
        Self::Export,
        Self::Stream,
        Self::Schedule,
    ];

    /// The name under which it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reveal => "reveal",
            Self::Raw => "raw",
            Self::Export => "export",
            Self::Stream => "stream",
            Self::Schedule => "schedule",
        }
    }
}

/// An access to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccess {
    pub at: DateTime<Utc>,
    pub person: Person,
    /// What they are called; only its beginning is kept.
    pub name: String,
    pub action: AccessAction,
    /// The id of the record, the query string of what is exported, or the stream or schedule and what became of it; only its
    /// beginning is kept.
    pub subject: String,
}

/// An access as it was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Ascending in the order of asking.
    pub number: i64,
    pub at: DateTime<Utc>,
    pub person: Person,
    pub name: String,
    /// The name of what was asked for; a later version may have noted what this one does not know.
    pub action: String,
    pub subject: String,
}

/// Accesses, noted before they are granted. What is noted is never changed and never deleted.
#[async_trait]
pub trait AccessLog: Send + Sync + 'static {
    /// Notes an access. What cannot be noted must not be granted.
    async fn note_access(&self, access: &NewAccess) -> Result<(), StoreError>;

    /// The newest accesses before the one of that number, newest first, at most `limit`.
    async fn accesses(&self, before: Option<i64>, limit: u32) -> Result<Vec<Access>, StoreError>;
}
