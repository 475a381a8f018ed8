//! What every archive answers, answered by this one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::{
    SqlStore, blocking, customers, imports, ledger, question::Question, rates::Rate, reach, read, reading,
    retention,
};
use crate::{
    audit::{Cursor, RecordId, Selection, Ticks, selection::FilterKey},
    store::{
        Account, AccountId, Appended, Archived, Batch, Count, Customer, CustomerName, Customers,
        CustomersAsked, Day, DayAttempt, Entry, Fetched, ImportEnd, ImportId, Imports, KeptFrom, LastRuns,
        NewImport, Overview, Page, PastImport, Reading, Removed, Run, RunTotals, Store, StoreError, Stretch,
        Suggestion, Version,
    },
};

#[async_trait]
impl Store for SqlStore {
    async fn account(&self, tenant_id: &str, name: &str) -> Result<AccountId, StoreError> {
        let (tenant_id, name) = (tenant_id.to_ascii_lowercase(), name.to_owned());
        self.write(move |c| ledger::account(c, &tenant_id, &name)).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(Question::Books, |r, _| ledger::accounts(r.connection()))
            .await
    }

    async fn append_all(&self, batches: Vec<Batch>) -> Result<Vec<Appended>, StoreError> {
        let (appended, too_old) = self
            .archive(move |w, directory| w.append(batches, None, directory))
            .await?;
        if too_old > 0 {
            tracing::warn!(
                records = too_old,
                "records that are older than what this archive keeps were left out"
            );
        }
        Ok(appended)
    }

    async fn page(&self, selection: &Selection, at: Option<&Cursor>, size: u32) -> Result<Page, StoreError> {
        // The database alone finds what is not filtered.
        if !selection.is_plain() {
            self.warm_up().await?;
        }
        let (selection, at) = (selection.clone(), at.copied());
        let question = match selection.search.text.is_empty() {
            true => Question::Page,
            false => Question::Search,
        };
        self.read(question, move |r, directory| {
            r.page(&selection, at, size, directory)
        })
        .await
    }

    async fn documents(
        &self,
        selection: &Selection,
        archived: Option<Archived>,
        stretch: Stretch,
    ) -> Result<Fetched, StoreError> {
        if !selection.is_plain() {
            self.warm_up().await?;
        }
        let selection = selection.clone();
        let part = self
            .read(Question::Export, move |r, directory| {
                r.documents(&selection, archived, &stretch, directory)
            })
            .await?;
        let inner = Arc::clone(&self.0);
        Ok(Fetched::new(part.older(), move || {
            part.documents(&inner.directory)
        }))
    }

    async fn reach(&self, selection: &Selection, at: Option<Cursor>, records: u32) -> Option<Ticks> {
        let (inner, selection) = (Arc::clone(&self.0), selection.clone());
        let found = blocking(move || Ok(reach::of(&inner.memory, &selection, at, records)));
        found.await.unwrap_or_default()
    }

    async fn find(&self, id: &RecordId) -> Result<Option<Entry>, StoreError> {
        let id = id.clone();
        self.read(Question::Record, move |r, directory| r.find(&id, directory))
            .await
    }

    async fn kept_from(&self) -> Result<Option<KeptFrom>, StoreError> {
        self.read(Question::Books, |r, _| retention::kept_from(r.connection()))
            .await
    }

    async fn removed(&self, id: &RecordId) -> Result<Option<Removed>, StoreError> {
        let id = id.clone();
        self.read(Question::Record, move |r, _| {
            retention::removed(r.connection(), &id)
        })
        .await
    }

    async fn versions(&self, id: &RecordId) -> Result<Vec<Version>, StoreError> {
        let id = id.clone();
        self.read(Question::Record, move |r, _| r.versions(&id)).await
    }

    async fn version(&self, id: &RecordId, number: u32) -> Result<Option<Entry>, StoreError> {
        let id = id.clone();
        self.read(Question::Record, move |r, directory| {
            r.version(&id, number, directory)
        })
        .await
    }

    fn stamp(&self) -> Result<u64, StoreError> {
        self.0.stamp()
    }

    fn records_stamp(&self) -> Result<[i64; 2], StoreError> {
        self.0.records_stamp()
    }

    async fn newest_number(&self) -> Result<i64, StoreError> {
        self.read(Question::Books, |r, _| r.newest_number()).await
    }

    async fn count_after(
        &self,
        selection: &Selection,
        number: i64,
        at_most: u64,
    ) -> Result<Count, StoreError> {
        let selection = selection.clone();
        self.read_with_memory(Question::Count, move |r, directory| {
            r.count_after(&selection, number, at_most, directory)
        })
        .await
    }

    async fn count(&self, selection: &Selection, at_most: u64) -> Result<Count, StoreError> {
        let selection = selection.clone();
        self.read_with_memory(Question::Count, move |r, directory| {
            r.count(&selection, at_most, directory)
        })
        .await
    }

    async fn overview(
        &self,
        selection: &Selection,
        edges: &[Ticks],
        budget: Duration,
    ) -> Result<Overview, StoreError> {
        let (selection, edges) = (selection.clone(), edges.to_vec());
        self.read_with_memory(Question::Count, move |r, directory| {
            r.overview(&selection, &edges, budget, directory)
        })
        .await
    }

    async fn suggest(&self, key: FilterKey, text: &str, limit: usize) -> Result<Vec<Suggestion>, StoreError> {
        let text = text.to_owned();
        self.read(Question::Count, move |r, directory| {
            Ok(r.suggest(key, &text, limit, directory))
        })
        .await
    }

    async fn span(&self) -> Result<Option<(Ticks, Ticks)>, StoreError> {
        self.read(Question::Count, |r, _| r.span()).await
    }

    async fn nearest(&self, selection: &Selection) -> Result<Option<Ticks>, StoreError> {
        let selection = selection.clone();
        self.read_with_memory(Question::Count, move |r, directory| {
            r.nearest(&selection, directory)
        })
        .await
    }

    async fn choices(&self, keys: &[FilterKey], limit: usize) -> Result<Vec<Vec<String>>, StoreError> {
        let keys = keys.to_vec();
        self.read(Question::Count, move |r, directory| {
            Ok(r.choices(&keys, limit, directory))
        })
        .await
    }

    async fn customer(&self, customer_id: &str) -> Result<Option<Customer>, StoreError> {
        let customer_id = customer_id.to_ascii_lowercase();
        self.read(Question::Books, move |_, directory| {
            Ok(read::customer(&customer_id, directory))
        })
        .await
    }

    async fn customers(&self, asked: &CustomersAsked) -> Result<Customers, StoreError> {
        let asked = asked.clone();
        self.read_with_memory(Question::Count, move |r, directory| {
            Ok(r.customers(&asked, directory))
        })
        .await
    }

    async fn customer_names(&self, customer_id: &str) -> Result<Vec<CustomerName>, StoreError> {
        let customer_id = customer_id.to_ascii_lowercase();
        self.read(Question::Books, move |_, directory| {
            Ok(customers::names(&customer_id, directory))
        })
        .await
    }

    async fn days(
        &self,
        account: AccountId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<Day>, StoreError> {
        self.read(Question::Books, move |r, _| {
            ledger::days(r.connection(), account, first, last)
        })
        .await
    }

    async fn mark_day(&self, account: AccountId, attempt: &DayAttempt) -> Result<Day, StoreError> {
        let attempt = attempt.clone();
        self.write(move |c| ledger::mark_day(c, account, &attempt)).await
    }

    async fn record_run(&self, account: AccountId, run: &Run) -> Result<(), StoreError> {
        let run = run.clone();
        self.write(move |c| ledger::record_run(c, account, &run)).await
    }

    async fn last_runs(&self, account: AccountId) -> Result<LastRuns, StoreError> {
        self.read(Question::Books, move |r, _| {
            ledger::last_runs(r.connection(), account)
        })
        .await
    }

    async fn runs_after(&self, account: AccountId, number: i64) -> Result<RunTotals, StoreError> {
        self.read(Question::Books, move |r, _| {
            ledger::runs_after(r.connection(), account, number)
        })
        .await
    }

    async fn lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.write(move |c| ledger::lease(c, &name, &holder, now, until))
            .await
    }

    async fn is_leased(&self, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.read(Question::Books, move |r, _| {
            ledger::is_leased(r.connection(), &name, now)
        })
        .await
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        self.write(move |c| ledger::release(c, &name, &holder)).await
    }

    async fn first_within(&self, what: &str, time: Duration) -> Result<bool, StoreError> {
        let rate = Rate::once_in(time);
        Ok(self.count_together(what, rate).await?.is_none())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // The least that has to be read.
        self.read(Question::Books, |r, _| {
            Ok(r.connection().last_given().map(|_| ())?)
        })
        .await
    }
}

#[async_trait]
impl Imports for SqlStore {
    async fn reading(&self, import: Option<ImportId>) -> Result<Box<dyn Reading>, StoreError> {
        Ok(Box::new(reading::FileReading::new(self.clone(), import).await?))
    }

    async fn begin_import(&self, import: &NewImport) -> Result<ImportId, StoreError> {
        let import = import.clone();
        self.write(move |c| imports::begin(c, &import)).await
    }

    async fn end_import(&self, id: ImportId, end: &ImportEnd) -> Result<(), StoreError> {
        let end = end.clone();
        self.write(move |c| imports::end(c, id, &end)).await
    }

    async fn imports(&self, limit: u32) -> Result<Vec<PastImport>, StoreError> {
        self.read(Question::Books, move |r, _| imports::last(r.connection(), limit))
            .await
    }
}
