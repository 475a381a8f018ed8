//! One collection run of one partner account.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{NaiveDate, TimeDelta};
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    reading::{DayError, DayRead, Reading},
    window::{days_to_read, oldest_day},
};
use crate::{
    clock::Clock,
    partner_center::{self, Client},
    store::{AccountId, Appended, Day, DayState, Run, Store, StoreError},
};

/// Microsoft asks for little parallelism.
const DAYS_AT_ONCE: usize = 2;
/// After so many days in a row that failed, the others would fail too; the next run tries again.
const FAILURES_IN_A_ROW: u32 = 3;
/// A collector that died is taken over after this time. One that only slept so long, and goes on beside its successor,
/// does double work and no harm: appending twice is the same as once.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// A collector at work prolongs its lease so often, however long a day takes.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Collects one partner account.
pub struct Collector {
    pub store: Arc<dyn Store>,
    pub clock: Clock,
    pub name: String,
    pub tenant_id: String,
    pub client: Client,
    pub reread_days: u32,
    /// Tells this collector from others that may run on the same archive.
    holder: String,
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Days read to their last page.
    pub read: u32,
    /// Days that broke off or were not reached.
    pub unread: u32,
    pub appended: Appended,
    /// The first thing that went wrong.
    pub error: Option<String>,
    /// Whether somebody else was collecting, so that nothing was done.
    pub busy: bool,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.busy {
            return f.write_str("another collector is at work on this account");
        }
        let Appended { new, known, revised } = self.appended;
        write!(
            f,
            "{} days read, {} not; {new} records new, {revised} changed, {known} known",
            self.read, self.unread
        )
    }
}

impl Collector {
    pub fn new(
        store: Arc<dyn Store>,
        clock: Clock,
        account: &crate::config::PartnerAccount,
        client: Client,
        reread_days: u32,
    ) -> Self {
        Self {
            store,
            clock,
            name: account.name.clone(),
            tenant_id: account.tenant_id.clone(),
            client,
            reread_days,
            holder: Uuid::new_v4().to_string(),
        }
    }

    /// Reads what is missing, or the given days only, and writes down how it went.
    ///
    /// # Errors
    /// When the archive fails. What goes wrong at Partner Center is in the summary: the archive stays sound, and
    /// the next run asks again.
    pub async fn run(
        &self,
        days: Option<Vec<NaiveDate>>,
        stop: &CancellationToken,
    ) -> Result<Summary, StoreError> {
        let account = self.store.account(&self.tenant_id, &self.name).await?;
        if !self.lease().await? {
            return Ok(Summary {
                busy: true,
                ..Summary::default()
            });
        }
        let started_at = self.clock.now();
        let days = match days {
            Some(days) => days,
            None => {
                let known = self
                    .store
                    .days(account, oldest_day(started_at), started_at.date_naive())
                    .await?;
                days_to_read(started_at, &known, self.reread_days)
            }
        };
        // Stops the days that are under way, too, once there is no sense in going on.
        let stop = stop.child_token();
        let done = CancellationToken::new();
        let reading = async {
            let result = self.read_days(account, days, &stop).await;
            done.cancel();
            result
        };
        let (result, ()) = tokio::join!(reading, self.hold_lease(&stop, &done));
        let released = self.store.release(&self.lease_name(), &self.holder).await;
        let run = |summary: &Summary| Run {
            started_at,
            ended_at: self.clock.now(),
            days: summary.read,
            appended: summary.appended,
            error: summary.error.clone(),
        };
        let summary = match result {
            Ok(summary) => summary,
            Err(error) => {
                // Where the archive takes this much still, readers see why it does not grow.
                let failed = Summary {
                    error: Some(told(&error)),
                    ..Summary::default()
                };
                let _ = self.store.record_run(account, &run(&failed)).await;
                return Err(error);
            }
        };
        released?;
        self.store.record_run(account, &run(&summary)).await?;
        match &summary.error {
            None => tracing::info!(
                account = self.name,
                days = summary.read,
                new = summary.appended.new,
                changed = summary.appended.revised,
                "collected"
            ),
            Some(error) => {
                tracing::warn!(
                    account = self.name,
                    days = summary.read,
                    unread = summary.unread,
                    error,
                    "collected in part"
                )
            }
        }
        Ok(summary)
    }

    async fn read_days(
        &self,
        account: AccountId,
        days: Vec<NaiveDate>,
        stop: &CancellationToken,
    ) -> Result<Summary, StoreError> {
        let total = days.len();
        let mut readings = stream::iter(days)
            .map(|day| async move { (day, self.read_day(account, day, stop).await) })
            .buffer_unordered(DAYS_AT_ONCE);
        let mut summary = Summary::default();
        let mut failures = 0;
        while let Some((day, outcome)) = readings.next().await {
            let (appended, result) = outcome?;
            summary.appended += appended;
            match result {
                Ok(()) => {
                    summary.read += 1;
                    failures = 0;
                }
                Err(DayError::Stopped) => {}
                Err(error) => {
                    failures += 1;
                    if summary.error.is_none() {
                        summary.error = Some(format!("{day}: {}", told(&error)));
                    }
                    if failures >= FAILURES_IN_A_ROW || is_hopeless(&error) {
                        stop.cancel();
                    }
                }
            }
        }
        summary.unread = u32::try_from(total)
            .unwrap_or(u32::MAX)
            .saturating_sub(summary.read);
        if summary.unread > 0 && summary.error.is_none() {
            summary.error = Some(told(&DayError::Stopped));
        }
        Ok(summary)
    }

    /// Reads one day and marks it. The archive's own failure ends the run; anything else is the day's.
    async fn read_day(
        &self,
        account: AccountId,
        day: NaiveDate,
        stop: &CancellationToken,
    ) -> Result<(Appended, Result<(), DayError>), StoreError> {
        if stop.is_cancelled() {
            return Ok((Appended::default(), Err(DayError::Stopped)));
        }
        let begun_at = self.clock.now();
        let appended = Mutex::new(Appended::default());
        let reading = Reading {
            store: &*self.store,
            account,
            client: &self.client,
            clock: &self.clock,
            day,
            stop,
        };
        let result = reading
            .run(|more| *appended.lock().unwrap_or_else(PoisonError::into_inner) += more)
            .await;
        let appended = appended.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (state, read_at, records, reason) = match &result {
            // What was read before the day was over can grow. The earlier clock counts: one that is fast would
            // call days complete that have not begun.
            Ok(DayRead {
                records, their_date, ..
            }) => {
                let read_at = their_date.map_or(begun_at, |theirs| theirs.min(begun_at));
                let state = match read_at.date_naive() > day {
                    true => DayState::Complete,
                    false => DayState::SoFar,
                };
                (state, read_at, *records, None)
            }
            Err(DayError::Stopped) => return Ok((appended, result.map(drop))),
            Err(error) => (
                DayState::Partial,
                begun_at,
                appended.new + appended.known + appended.revised,
                Some(told(error)),
            ),
        };
        self.store
            .mark_day(
                account,
                &Day {
                    day,
                    state,
                    records,
                    read_at,
                    reason,
                },
            )
            .await?;
        match result {
            Err(DayError::Store(error)) => Err(error),
            other => Ok((appended, other.map(drop))),
        }
    }

    fn lease_name(&self) -> String {
        format!("collect {}", self.tenant_id)
    }

    /// Prolongs the lease until the run is done; stops the run when somebody else has taken it.
    async fn hold_lease(&self, stop: &CancellationToken, done: &CancellationToken) {
        loop {
            tokio::select! {
                () = done.cancelled() => return,
                () = tokio::time::sleep(HEARTBEAT) => {}
            }
            match self.lease().await {
                Ok(true) => {}
                Ok(false) => stop.cancel(),
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(account = self.name, error, "the lease could not be prolonged");
                }
            }
        }
    }

    async fn lease(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.store
            .lease(&self.lease_name(), &self.holder, now, now + LEASE)
            .await
    }
}

/// Whether every other day would fail in the same way, until somebody changes something.
fn is_hopeless(error: &DayError) -> bool {
    use partner_center::Error;
    matches!(
        error,
        DayError::PartnerCenter(
            Error::Setting { .. }
                | Error::Unauthorized { .. }
                | Error::Forbidden { .. }
                | Error::Token(_)
                | Error::Throttled { .. }
        )
    )
}

/// An error with its causes, for the operator.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
