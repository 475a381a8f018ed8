//! What goes into the archive and what comes out.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::audit::{
    AuditRecord, Cursor, RecordId, Ticks,
    identity::{Content, EventKey},
    search,
    selection::FilterKey,
};

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
    pub key: EventKey,
    pub content: Content,
    /// The names of the members that the action changed.
    pub changed: Vec<String>,
    /// The date under which a record is filed whose own is unreadable.
    pub fallback: Ticks,
    /// What the same reading showed before under the same event key: of records without ids there can be
    /// several that are equal, as many as one reading shows.
    pub seen_before: Vec<Content>,
}

impl Incoming {
    /// A record under whose event key the same reading showed nothing before. Many wait for their turn, so of what its
    /// document says only that is kept by which it is filed.
    pub fn new(mut record: AuditRecord, fallback: Ticks) -> Self {
        let changed = search::changed_fields(&record);
        record.forget_values();
        Self {
            changed,
            key: EventKey::of(&record),
            content: Content::of(&record),
            record,
            fallback,
            seen_before: Vec::new(),
        }
    }
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

/// So many versions of a record are named.
pub const MOST_VERSIONS: u32 = 1_000;

/// A version of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Counted from 1 in the order of archiving.
    pub number: u32,
    pub source: Source,
    pub archived_at: DateTime<Utc>,
    /// Whether this is the one that is shown.
    pub is_shown: bool,
}

/// Some records of a selection.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub entries: Vec<Arc<Entry>>,
    /// Where the records before these begin, when there are any.
    pub newer: Option<Cursor>,
    pub older: Option<Cursor>,
    /// Where a search was broken off because it took too long: what lies beyond was not looked at. `older` goes on there,
    /// or `newer` where the page was asked for towards newer records.
    pub searched_to: Option<Ticks>,
}

/// What a selection has as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    pub count: Count,
    /// One for each filter key, in the order of `FilterKey::ALL`; empty where it was left out. The values of a key are
    /// counted as if the selection did not filter by it; what the search box says applies to all.
    pub facets: Vec<Facet>,
    /// How many records are between each two edges asked for; empty where it was left out.
    pub bars: Vec<Bar>,
    /// Why something is missing.
    pub left_out: Option<LeftOut>,
}

/// The values of one filter key in a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    pub key: FilterKey,
    /// The most frequent first, at most [`FACET_VALUES`]; none without a record.
    pub values: Vec<FacetValue>,
    /// How many values there are beyond those.
    pub more: usize,
}

/// So many values of a facet are named.
pub const FACET_VALUES: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// As the filter takes it: a customer's id, or its name where it has none.
    pub value: String,
    /// What a customer or an account is called.
    pub name: Option<String>,
    pub count: u64,
}

/// A bar of the chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    pub records: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// Why counts are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// They would have taken longer than they may.
    TookTooLong,
    /// What they are counted from is still being read, as after a start: so many of a hundred parts are.
    Loading(u8),
}

/// A value that a filter can have, for a reader who begins to type it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// As the filter takes it.
    pub value: String,
    /// What it is called, where that is something else.
    pub name: Option<String>,
}

/// A count that stopped when it grew too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Exactly(u64),
    MoreThan(u64),
}

impl Default for Count {
    fn default() -> Self {
        Self::Exactly(0)
    }
}

/// A customer, as the records name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub id: String,
    /// The last name known.
    pub name: Option<String>,
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
    /// The kind of what went wrong, as a code.
    pub trouble: Option<String>,
    /// How often Partner Center asked for patience.
    pub throttled: u32,
    /// Records that appeared on days that were complete before.
    pub late: u64,
}

/// The state of collecting, for readers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastRuns {
    pub last: Option<Run>,
    pub last_success: Option<Run>,
}

/// What several runs of an account did together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTotals {
    /// The number of the last of them; as asked for where there is none.
    pub last: i64,
    pub succeeded: u64,
    pub failed: u64,
    pub appended: Appended,
    pub late: u64,
    pub throttled: u64,
}

impl std::ops::AddAssign for RunTotals {
    fn add_assign(&mut self, later: Self) {
        self.last = later.last;
        self.succeeded += later.succeeded;
        self.failed += later.failed;
        self.appended += later.appended;
        self.late += later.late;
        self.throttled += later.throttled;
    }
}
