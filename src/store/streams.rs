//! Streams: which records are sent where, how far each has come, and how sending went.
//!
//! Where to and with which secrets is sealed: the archive keeps it and cannot read it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Account, Source, StoreError};
use crate::audit::{RecordId, Selection, Ticks};

/// So many streams there can be: each has a task of its own.
pub const MOST_STREAMS: u32 = 50;

/// So many deliveries of a stream are remembered.
pub const DELIVERIES: u32 = 1_000;

/// The lease of whoever sends a stream.
pub fn stream_lease(number: i64) -> String {
    format!("stream {number}")
}

/// How records are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// Standard Webhooks: a signed request for each record.
    Webhook,
    /// Lines of JSON over HTTP.
    Ndjson,
    /// Splunk's HTTP Event Collector.
    Splunk,
    /// RFC 5424 over TLS.
    Syslog,
}

impl StreamKind {
    pub const ALL: [Self; 4] = [Self::Webhook, Self::Ndjson, Self::Splunk, Self::Syslog];

    /// The name under which it is kept, and by which addresses know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Ndjson => "ndjson",
            Self::Splunk => "splunk",
            Self::Syslog => "syslog",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A text that only a key of the settings opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: [u8; 8],
    pub text: Vec<u8>,
}

/// What a person decides about a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamContent {
    /// Only its beginning is kept.
    pub name: String,
    pub kind: StreamKind,
    /// Scheme, host and port, for display.
    pub shown: String,
    /// A query string of the log, without dates; empty for everything.
    pub query: String,
    /// The name of the saved view that it was taken from.
    pub view: Option<String>,
    pub sealed: Sealed,
}

/// Where in the archive a stream begins or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Beginning,
    /// With the first version that was archived then or later.
    Since(DateTime<Utc>),
    /// With what is archived from now on.
    Now,
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseReason {
    /// Somebody paused it.
    Asked,
    /// The far side says that it is not there any more, for good.
    Gone,
    /// Nothing was accepted for days.
    Failing,
    /// The archive is a copy, and the other one may still send.
    Copied,
}

impl PauseReason {
    pub const ALL: [Self; 4] = [Self::Asked, Self::Gone, Self::Failing, Self::Copied];

    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Copied => "copied",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    pub at: DateTime<Utc>,
    /// Nobody where it paused by itself.
    pub by: Option<String>,
    pub reason: PauseReason,
}

/// A stream whose last attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    pub since: DateTime<Utc>,
    /// How often it was tried since then.
    pub tries: u32,
    pub retry_at: DateTime<Utc>,
}

/// A stream as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Never given twice.
    pub number: i64,
    pub content: StreamContent,
    /// Ascends with every change by a person.
    pub revision: i64,
    /// Ascends whenever somebody moves the position.
    pub moves: i64,
    /// Versions up to that one were accepted, or are none of this stream's.
    pub position: i64,
    pub created_at: DateTime<Utc>,
    pub created_by: String,
    pub paused: Option<Paused>,
    pub failing: Option<Failing>,
    /// How many versions there are beyond the position, selected or not.
    pub behind: u64,
    pub last: Option<Delivery>,
}

/// How one attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Ascending; 0 before it is kept.
    pub number: i64,
    pub at: DateTime<Utc>,
    /// Whether it was a test event, and no record.
    pub test: bool,
    /// How many records were accepted; of a failure, how many were not.
    pub records: u32,
    /// The ids of the first and the last of them.
    pub first: Option<String>,
    pub last: Option<String>,
    /// A code.
    pub outcome: String,
    /// Of HTTP.
    pub status: Option<u16>,
    pub took_ms: u32,
    /// The beginning of what the far side answered. Hostile.
    pub said: String,
}

/// A version of a record on its way out.
#[derive(Clone, Debug)]
pub struct OutgoingVersion {
    /// Its place in the order of archiving.
    pub seq: i64,
    pub record: RecordId,
    /// Which version of its record it is, counted from 1 in the order of archiving.
    pub number: u32,
    pub account: Arc<Account>,
    pub source: Source,
    pub archived_at: DateTime<Utc>,
    /// The record's own date, where it has one.
    pub ticks: Option<Ticks>,
    /// The record byte for byte.
    pub document: Box<str>,
}

/// How much is taken at once.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub versions: usize,
    /// Of documents, in bytes; a larger one comes alone.
    pub bytes: usize,
}

/// Versions in the order of archiving.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    pub versions: Vec<OutgoingVersion>,
    /// Everything up to that one was looked at; beyond the last version of these where those after it are not selected.
    pub up_to: i64,
    /// Whether there may be more.
    pub more: bool,
}

/// Where streams are kept.
#[async_trait]
pub trait Streams: Send + Sync + 'static {
    /// Keeps a stream and gives its number; `None` where there are [`MOST_STREAMS`].
    async fn add_stream(
        &self,
        content: &StreamContent,
        from: Place,
        at: DateTime<Utc>,
        by: &str,
    ) -> Result<Option<i64>, StoreError>;

    /// All of them, by name.
    async fn streams(&self) -> Result<Vec<Stream>, StoreError>;

    async fn stream(&self, number: i64) -> Result<Option<Stream>, StoreError>;

    /// Gives a stream another content; its kind and its place stay. `false` where it is not of that revision any more.
    async fn change_stream(
        &self,
        number: i64,
        revision: i64,
        content: &StreamContent,
    ) -> Result<bool, StoreError>;

    /// Puts the same text sealed by another key in its place; whoever sends goes on. `false` where it was changed since.
    async fn reseal_stream(&self, number: i64, revision: i64, sealed: &Sealed) -> Result<bool, StoreError>;

    /// Pauses a stream, or has it go on. `false` where there is none, or it was so before.
    async fn pause_stream(&self, number: i64, paused: Option<&Paused>) -> Result<bool, StoreError>;

    /// Has a stream go on from another place. `false` where there is none.
    async fn move_stream(&self, number: i64, to: Place) -> Result<bool, StoreError>;

    /// Has a stream that fails leave out everything up to a version, and notes that. `false` where it does not fail any
    /// more, or is not where it was: at `position`, after so many moves.
    async fn leave_out(
        &self,
        number: i64,
        moves: i64,
        position: i64,
        up_to: i64,
        delivery: &Delivery,
    ) -> Result<bool, StoreError>;

    /// Deletes a stream and what is remembered of it; gives its name.
    async fn delete_stream(&self, number: i64) -> Result<Option<String>, StoreError>;

    /// The versions after a place that a selection's filters match, each judged by what it says itself. Takes its time in
    /// small portions: what it returns may be empty although there is more.
    async fn outgoing(
        &self,
        selection: &Selection,
        after: i64,
        bounds: Bounds,
    ) -> Result<Outgoing, StoreError>;

    /// The number of the last version; 0 for an empty archive.
    async fn newest_version(&self) -> Result<i64, StoreError>;

    /// Notes that everything up to a place was accepted or is not selected, and the delivery if there was one. `false`
    /// where somebody moved the stream since: then the place stays.
    async fn delivered(
        &self,
        number: i64,
        moves: i64,
        up_to: i64,
        delivery: Option<&Delivery>,
    ) -> Result<bool, StoreError>;

    /// Notes that an attempt failed, and when it is made again or that the stream pauses. `false` where the stream is not of
    /// that revision any more.
    async fn not_delivered(
        &self,
        number: i64,
        revision: i64,
        delivery: &Delivery,
        then: &Result<Failing, Paused>,
    ) -> Result<bool, StoreError>;

    /// Notes what came of a test.
    async fn tested(&self, number: i64, delivery: &Delivery) -> Result<(), StoreError>;

    /// The newest deliveries of a stream before the one of that number, newest first, at most `limit`.
    async fn deliveries(
        &self,
        number: i64,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;
}
