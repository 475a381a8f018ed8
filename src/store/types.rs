//! What goes into the archive and what comes out.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::audit::{AuditRecord, Cursor, RecordId, Ticks, identity::Content};

/// The archive's number of a partner account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(pub i64);

/// A partner account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub tenant_id: String,
    pub name: String,
}

/// How a record came into the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Collected,
    Imported,
}

/// Records to be archived together.
#[derive(Debug)]
pub struct Batch {
    pub account: AccountId,
    pub source: Source,
    pub archived_at: DateTime<Utc>,
    pub records: Vec<Incoming>,
}

/// A record on its way into the archive.
#[derive(Debug)]
pub struct Incoming {
    pub record: AuditRecord,
    /// The date under which a record is filed whose own is unreadable.
    pub fallback: Ticks,
    /// What the same reading showed before under the same event key: of records without ids there can be
    /// several that are equal, as many as one reading shows.
    pub seen_before: Vec<Content>,
}

/// What a batch changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    pub new: u64,
    pub known: u64,
    /// Known records that got another version.
    pub revised: u64,
}

impl std::ops::AddAssign for Appended {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.known += other.known;
        self.revised += other.revised;
    }
}

/// A record as the archive has it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: RecordId,
    pub record: AuditRecord,
    /// The date it is filed under.
    pub ticks: Ticks,
    pub account: Arc<Account>,
    /// The record's own customer name, or the last one known for its customer id.
    pub customer_name: Option<String>,
    pub source: Source,
    pub archived_at: DateTime<Utc>,
    /// The name of the file that this content was imported from, where that is known. Hostile text.
    pub imported_from: Option<String>,
    /// How many versions the archive holds, this one included.
    pub versions: u32,
}

/// Some records of a selection.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// Where the records before these begin, when there are any.
    pub newer: Option<Cursor>,
    pub older: Option<Cursor>,
}

/// A count that stopped when it grew too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Exactly(u64),
    MoreThan(u64),
}

/// A customer, as the records name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub id: String,
    /// The last name known.
    pub name: Option<String>,
}

/// A UTC day of an account, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub day: NaiveDate,
    pub state: DayState,
    /// How many records the last reading showed.
    pub records: u64,
    pub read_at: DateTime<Utc>,
    /// Why the last reading was not complete, in words for the log and the operator.
    pub reason: Option<String>,
}

/// Whether everything that Partner Center shows of a day is archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayState {
    /// Read to its last page after the day had ended.
    Complete,
    /// Read to its last page while the day was still going on.
    SoFar,
    /// The last reading broke off.
    Partial,
}

/// One collection run of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub days: u32,
    pub appended: Appended,
    /// What went wrong, in words for the operator; `None` when every day was read to its end.
    pub error: Option<String>,
}

/// The state of collecting, for readers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastRuns {
    pub last: Option<Run>,
    pub last_success: Option<Run>,
}
