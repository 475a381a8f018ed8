//! The archive: one way to write (`append`, idempotent), one way to read (`page`, newest first).
//!
//! The trait is the contract, and its tests run against every implementation.

mod access;
mod applications;
pub mod columns;
pub mod coverage;
mod credentials;
mod customers;
mod day;
pub mod directory;
mod documents;
mod error;
mod exports;
mod imports;
mod matching;
mod overseer;
mod parts;
pub mod postgres;
mod retention;
mod schedules;
mod select;
mod sessions;
pub mod sql;
pub mod sqlite;
mod streams;
mod tokens;
mod types;
mod views;

pub use access::{Access, AccessAction, AccessLog, NewAccess};
pub use applications::{ApplicationName, ApplicationNamed, ApplicationNames, application_key};
pub use credentials::{CredentialRow, CredentialRows, Instead, TokenRequest};
pub use customers::{CustomerName, CustomerOrder, Customers, CustomersAsked, ListedCustomer, Seen};
pub use day::{AttemptEnd, Day, DayAttempt, DayState, end_of};
pub use documents::{Document, Documents, Fetched, Filed, Stretch, is_one_of};
pub use error::StoreError;
pub use exports::{ExportEnd, ExportList, ExportOutcome, NewExport, PastExport};
pub use imports::{
    ImportCounts, ImportEnd, ImportId, Imports, NewImport, NotTaken, PastImport, Reading, Sighting,
};
pub use overseer::{Overseer, Stage};
pub use parts::Parts;
pub use retention::{KeptFrom, Removed, RemovedMonth, first_kept};
pub use schedules::{
    Archived, Contents, FileOrder, FileTry, MOST_SCHEDULES, Ordered, Rhythm, Schedule, ScheduleContent,
    ScheduledFile, Schedules, schedule_lease,
};
pub use sessions::{SessionRow, SessionRows};
pub use streams::{
    Bounds, DELIVERIES, Delivery, Failing, MOST_STREAMS, Outgoing, OutgoingVersion, PauseReason, Paused,
    Place, Sealed, Stream, StreamContent, StreamKind, Streams, stream_lease,
};
pub use tokens::{ApiToken, ApiTokens, NewApiToken, Right, new_token_text, token_hash};
pub use types::*;
pub use views::{
    Changed, Editor, MOST_VIEWS, NewView, Person, Saved, SavedView, ViewChange, ViewId, ViewName, Views,
};

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use crate::audit::{Cursor, RecordId, Selection, Ticks, cursor::Direction, selection::FilterKey};

/// The lease of whoever collects the account of a tenant, however the settings write the tenant.
pub fn collector_lease(tenant_id: &str) -> String {
    format!("collect {}", tenant_id.to_ascii_lowercase())
}

/// The lease of the one process, of all that serve an archive, whose timer collects the account of a tenant. It is held
/// between runs, too.
pub fn collector_duty(tenant_id: &str) -> String {
    format!("collect by turns {}", tenant_id.to_ascii_lowercase())
}

/// Where records are kept for good.
#[async_trait]
pub trait Store: Imports + ApplicationNames + Send + Sync + 'static {
    /// Makes a partner account known, or gives a known one its new name.
    async fn account(&self, tenant_id: &str, name: &str) -> Result<AccountId, StoreError>;

    /// Every partner account, by name.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;

    /// Archives a batch in one transaction. A record that is known changes nothing; one whose content
    /// changed gets another version; documents are kept byte for byte.
    async fn append(&self, batch: Batch) -> Result<Appended, StoreError> {
        let appended = self.append_all(vec![batch]).await?;
        Ok(appended.into_iter().next().unwrap_or_default())
    }

    /// Archives several batches one after the other, all in one transaction; says of each what it changed.
    async fn append_all(&self, batches: Vec<Batch>) -> Result<Vec<Appended>, StoreError>;

    /// One page of a selection, newest first, by record id among equal dates; `at` is where the page before
    /// ended. Always in the log's order, also when reading towards newer records. Shorter than `size` where documents
    /// are very large.
    async fn page(&self, selection: &Selection, at: Option<&Cursor>, size: u32) -> Result<Page, StoreError>;

    /// The newest documents of a selection's records in a stretch of the log, in its order, one at least where there is
    /// any; of those only what was `archived` in between. For files and programs, which read on and on: [`Parts`].
    async fn documents(
        &self,
        selection: &Selection,
        archived: Option<Archived>,
        stretch: Stretch,
    ) -> Result<Fetched, StoreError>;

    /// Since when a stretch of the log has about so many records, a little more perhaps, if that is known without reading
    /// any: what is older can be read at the same time. `None` also where there are no more than these.
    async fn reach(&self, selection: &Selection, at: Option<Cursor>, records: u32) -> Option<Ticks>;

    /// The record of that name with its newest content.
    async fn find(&self, id: &RecordId) -> Result<Option<Entry>, StoreError>;

    /// From when on the archive keeps what it has; `None` where nothing was ever removed from it.
    async fn kept_from(&self) -> Result<Option<KeptFrom>, StoreError>;

    /// What is known of a record that was removed because it was older than what the archive keeps.
    async fn removed(&self, id: &RecordId) -> Result<Option<Removed>, StoreError>;

    /// The versions of a record, in the order of archiving, at most [`MOST_VERSIONS`]; empty where there is no such
    /// record.
    async fn versions(&self, id: &RecordId) -> Result<Vec<Version>, StoreError>;

    /// A record as that version has it, counted from 1 in the order of archiving.
    async fn version(&self, id: &RecordId, number: u32) -> Result<Option<Entry>, StoreError>;

    /// A number that is another one after anything was written to the archive, by whomever. Asks without waiting.
    ///
    /// # Errors
    /// When the archive fails, or is known to be damaged.
    fn stamp(&self) -> Result<u64, StoreError>;

    /// Numbers that are others after records were archived or changed, by whomever, and the same after anything else was
    /// written. Good for one opening of the archive: another file may have the same. Asks without waiting.
    ///
    /// # Errors
    /// When the archive fails, or is known to be damaged.
    fn records_stamp(&self) -> Result<[i64; 2], StoreError>;

    /// The highest number of a record; numbers ascend in the order of archiving. 0 for an empty archive.
    async fn newest_number(&self) -> Result<i64, StoreError>;

    /// How many records of a selection came into the archive after the one of that number, counted up to `at_most`.
    async fn count_after(
        &self,
        selection: &Selection,
        number: i64,
        at_most: u64,
    ) -> Result<Count, StoreError>;

    /// How many records a selection has, counted up to `at_most`.
    async fn count(&self, selection: &Selection, at_most: u64) -> Result<Count, StoreError>;

    /// How many records a selection has, the values of each filter in it, and how they spread over time: between each
    /// edge (ascending) and the next. What would take longer than `budget` is left out, and said to be. Made in one
    /// go, so that its numbers agree.
    async fn overview(
        &self,
        selection: &Selection,
        edges: &[Ticks],
        budget: Duration,
    ) -> Result<Overview, StoreError>;

    /// The values of a filter that a text is a part of (of a customer: of its names or of its id), the ones that begin so
    /// first, at most `limit`.
    async fn suggest(&self, key: FilterKey, text: &str, limit: usize) -> Result<Vec<Suggestion>, StoreError>;

    /// The dates of the oldest and the newest record; `None` for an empty archive.
    async fn span(&self) -> Result<Option<(Ticks, Ticks)>, StoreError>;

    /// The date nearest to the selection's range of a record that its filters match.
    async fn nearest(&self, selection: &Selection) -> Result<Option<Ticks>, StoreError>;

    /// For each of these filters the values that it can have, sorted, at most `limit`; for `Customer` the company
    /// names.
    async fn choices(&self, keys: &[FilterKey], limit: usize) -> Result<Vec<Vec<String>>, StoreError>;

    /// A customer by its id (in any case); `None` when no record names it.
    async fn customer(&self, customer_id: &str) -> Result<Option<Customer>, StoreError>;

    /// A part of the list of customers that records name, by id or by name alone. What is counted is counted over the
    /// whole archive; where it cannot be, because the archive is still being read, the list says so and is without numbers.
    async fn customers(&self, asked: &CustomersAsked) -> Result<Customers, StoreError>;

    /// The names that a customer, by its id in any case, has had, the last one first.
    async fn customer_names(&self, customer_id: &str) -> Result<Vec<CustomerName>, StoreError>;

    /// The dates of the oldest and the newest record of a selection; `None` where it has none.
    async fn ends(&self, selection: &Selection) -> Result<Option<(Ticks, Ticks)>, StoreError> {
        let newest = self.page(selection, None, 1).await?;
        let from = Cursor {
            direction: Direction::Newer,
            ticks: Ticks::MIN,
            record: 0,
        };
        let oldest = self.page(selection, Some(&from), 1).await?;
        let ticks = |page: Page| page.entries.last().map(|entry| entry.ticks);
        Ok(ticks(oldest).zip(ticks(newest)))
    }

    /// What is known of each UTC day from the first to the last, in order; days that were never read are absent.
    async fn days(
        &self,
        account: AccountId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<Day>, StoreError>;

    /// Writes down how an attempt to read a day ended: [`Day::after`].
    async fn mark_day(&self, account: AccountId, attempt: &DayAttempt) -> Result<Day, StoreError>;

    /// Writes down how a collection run ended.
    async fn record_run(&self, account: AccountId, run: &Run) -> Result<(), StoreError>;

    /// The last run of an account, and the last that succeeded.
    async fn last_runs(&self, account: AccountId) -> Result<LastRuns, StoreError>;

    /// Sums over the remembered runs of an account after the one of that number; 0 for all of them.
    async fn runs_after(&self, account: AccountId, number: i64) -> Result<RunTotals, StoreError>;

    /// Takes or prolongs a lease until a moment; false when somebody else holds it.
    async fn lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Whether somebody holds a lease.
    async fn is_leased(&self, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Gives a lease back.
    async fn release(&self, name: &str, holder: &str) -> Result<(), StoreError>;

    /// Whether no process has asked the same within so much time; it counts from now on. Of a file it is not known: its
    /// processes are one.
    async fn first_within(&self, what: &str, time: Duration) -> Result<bool, StoreError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
