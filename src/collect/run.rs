//! One collection run of one partner account.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    archivist::{Archivist, archivist},
    ends,
    reading::{DayError, Reading},
    window::{Due, days_due, oldest_day, reads_without_count},
};
use crate::{
    audit::Ticks,
    clock::Clock,
    config,
    partner_center::{self, Client, Trouble},
    store::{
        AccountId, Appended, AttemptEnd, DayAttempt, Run, Store, StoreError, collector_duty, collector_lease,
    },
};

/// Microsoft asks for little parallelism.
const DAYS_AT_ONCE: usize = 2;
/// After so many days in a row that failed, the others would fail too; the next run tries again.
const FAILURES_IN_A_ROW: u32 = 3;
/// A collector that died is taken over after this time. One that only slept so long, and goes on beside its successor,
/// does double work and no harm: appending twice is the same as once.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// A collector at work prolongs its lease so often, however long a day takes.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);

/// Collects one partner account.
pub struct Collector {
    pub store: Arc<dyn Store>,
    pub clock: Clock,
    pub name: String,
    pub tenant_id: String,
    pub client: Client,
    pub settings: config::Collect,
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
    /// The kind of that, as a code.
    pub trouble: Option<String>,
    /// Records that appeared on days that were complete before.
    pub late: u64,
    /// Whether somebody else was collecting, so that nothing was done.
    pub busy: bool,
    /// How long Partner Center asked to be left alone, where that was longer than a run waits.
    pub wait: Option<Duration>,
}

/// What looking at a day changed, and whether it was read to its end or did not have to be.
struct Looked {
    appended: Appended,
    late: u64,
    result: Result<(), DayError>,
}

impl Default for Looked {
    fn default() -> Self {
        Self {
            appended: Appended::default(),
            late: 0,
            result: Ok(()),
        }
    }
}

impl Summary {
    /// None of so many days was begun.
    fn failed(error: &DayError, days: usize) -> Self {
        Self {
            unread: u32::try_from(days).unwrap_or(u32::MAX),
            error: Some(told(error)),
            trouble: Some(error.trouble().to_owned()),
            wait: asked_to_wait(error),
            ..Self::default()
        }
    }
}

impl Looked {
    /// It was not looked at.
    fn not() -> Self {
        Self {
            result: Err(DayError::Stopped),
            ..Self::default()
        }
    }
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
        account: &config::PartnerAccount,
        client: Client,
        settings: config::Collect,
    ) -> Self {
        Self {
            store,
            clock,
            name: account.name.clone(),
            tenant_id: account.tenant_id.clone(),
            client,
            settings,
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
        // Also cancelled when somebody else has taken the lease.
        let stop = stop.child_token();
        let mut tries_ends = false;
        let days = match days {
            Some(days) => days.into_iter().map(|day| (day, Due::Read)).collect::<Vec<_>>(),
            None => {
                let known = self
                    .store
                    .days(account, oldest_day(started_at), started_at.date_naive())
                    .await?;
                // Before any day is called complete: as long as none has shown anything, none may ever.
                tries_ends = known.iter().all(|day| day.records == 0);
                days_due(
                    started_at,
                    &known,
                    self.settings.reread_days,
                    self.settings.interval,
                )
            }
        };
        let days = self.kept(days).await?;
        let done = CancellationToken::new();
        let (archivist, writing) = archivist(Arc::clone(&self.store));
        let throttled_before = self.client.throttled();
        let reading = async {
            let unusable = match tries_ends {
                true => self.try_ends(started_at, &stop).await,
                false => None,
            };
            let read = match unusable {
                None => self.read_days(account, days, &archivist, &stop).await,
                Some(error) => Ok(Summary::failed(&error, days.len())),
            };
            // Its end is the end of the writing.
            drop(archivist);
            read
        };
        let working = async {
            let (summary, written) = tokio::join!(reading, writing.run());
            done.cancel();
            written.and(summary)
        };
        let (result, ()) = tokio::join!(working, self.hold_lease(&stop, &done));
        if stop.is_cancelled() {
            self.client.at_rest().await;
        }
        let released = self.store.release(&self.lease_name(), &self.holder).await;
        let run = |summary: &Summary| Run {
            started_at,
            ended_at: self.clock.now(),
            days: summary.read,
            appended: summary.appended,
            error: summary.error.clone(),
            trouble: summary.trouble.clone(),
            throttled: self.client.throttled().wrapping_sub(throttled_before),
            late: summary.late,
        };
        let summary = match result {
            Ok(summary) => summary,
            Err(error) => {
                // Where the archive takes this much still, readers see why it does not grow.
                let failed = Summary {
                    error: Some(told(&error)),
                    trouble: Some(Trouble::ArchiveFailed.code().to_owned()),
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

    /// Without the days that are older than what the archive keeps: nothing of them would be archived.
    async fn kept(&self, mut days: Vec<(NaiveDate, Due)>) -> Result<Vec<(NaiveDate, Due)>, StoreError> {
        if let Some(kept_from) = self.store.kept_from().await? {
            let all = days.len();
            days.retain(|(day, _)| !kept_from.is_gone(Ticks::start_of(*day)));
            if days.len() < all {
                tracing::warn!(
                    account = self.name,
                    days = all - days.len(),
                    kept_from = %kept_from.day(),
                    "days that are older than what this archive keeps are not collected"
                );
            }
        }
        Ok(days)
    }

    /// Whether Partner Center can be read day by day, as far as that can be tried; else what stands in the way. What may
    /// pass by itself is for the days to find out.
    async fn try_ends(&self, now: DateTime<Utc>, stop: &CancellationToken) -> Option<DayError> {
        let tried = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            tried = ends::are_included(&self.client, now.date_naive()) => tried,
        };
        tried
            .err()
            .filter(|error| matches!(error, DayError::EndsLeftOut) || is_hopeless(error))
    }

    async fn read_days(
        &self,
        account: AccountId,
        days: Vec<(NaiveDate, Due)>,
        archivist: &Archivist,
        stop: &CancellationToken,
    ) -> Result<Summary, StoreError> {
        let total = days.len();
        // Set once there is no sense in beginning another day. Those under way go on: a slow one that is broken off
        // whenever others fail would never be read to its end.
        let enough = AtomicBool::new(false);
        let enough = &enough;
        let mut readings = stream::iter(days)
            .map(|(day, due)| async move {
                let looked = match enough.load(Ordering::Relaxed) {
                    true => Ok(Looked::not()),
                    false => self.look_at(account, day, due, archivist, stop).await,
                };
                (day, looked)
            })
            .buffer_unordered(DAYS_AT_ONCE);
        let mut summary = Summary::default();
        let mut failures = 0;
        while let Some((day, looked)) = readings.next().await {
            let looked = looked?;
            summary.appended += looked.appended;
            summary.late += looked.late;
            match looked.result {
                Ok(()) => {
                    summary.read += 1;
                    failures = 0;
                }
                Err(DayError::Stopped) => {}
                Err(error) => {
                    failures += 1;
                    if let DayError::PartnerCenter(partner_center::Error::Throttled { retry_after }) = &error
                    {
                        summary.wait = summary.wait.max(*retry_after);
                    }
                    if summary.error.is_none() {
                        summary.error = Some(format!("{day}: {}", told(&error)));
                        summary.trouble = Some(error.trouble().to_owned());
                    }
                    if failures >= FAILURES_IN_A_ROW || is_hopeless(&error) {
                        enough.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
        summary.unread = u32::try_from(total)
            .unwrap_or(u32::MAX)
            .saturating_sub(summary.read);
        if summary.unread > 0 && summary.error.is_none() {
            summary.error = Some(told(&DayError::Stopped));
            summary.trouble = Some(DayError::Stopped.trouble().to_owned());
        }
        Ok(summary)
    }

    /// Reads one day, or compares its count first, and writes down how that ended. The archive's own failure ends the
    /// run; anything else is the day's.
    async fn look_at(
        &self,
        account: AccountId,
        day: NaiveDate,
        due: Due,
        archivist: &Archivist,
        stop: &CancellationToken,
    ) -> Result<Looked, StoreError> {
        let mut looked = Looked::default();
        if stop.is_cancelled() {
            return Ok(Looked::not());
        }
        let begun_at = self.clock.now();
        let unchanged = async {
            match due {
                Due::Read => Ok(false),
                Due::Probe => self.is_unchanged(account, day, begun_at).await,
            }
        };
        let unchanged = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(Looked::not()),
            unchanged = unchanged => unchanged?,
        };
        if unchanged {
            let attempt = DayAttempt {
                day,
                at: begun_at,
                appended: Appended::default(),
                end: AttemptEnd::Unchanged,
            };
            self.store.mark_day(account, &attempt).await?;
            return Ok(looked);
        }
        let reading = Reading {
            archivist,
            account,
            client: &self.client,
            clock: &self.clock,
            day,
            stop,
        };
        let (appended, result) = reading.run().await;
        looked.appended = appended;
        let (at, end) = match &result {
            // What was read before the day was over can grow. The earlier clock counts: one that is fast would
            // call days complete that have not begun.
            Ok(read) => (
                read.their_date.map_or(begun_at, |theirs| theirs.min(begun_at)),
                AttemptEnd::Whole {
                    records: read.records,
                },
            ),
            // Nothing is wrong with the day, or nothing can be written.
            Err(DayError::Stopped | DayError::Archive(_)) => {
                looked.result = result.map(drop);
                return Ok(looked);
            }
            Err(error) => (
                begun_at,
                AttemptEnd::Broken {
                    reason: told(error),
                    trouble: error.trouble().to_owned(),
                },
            ),
        };
        let attempt = DayAttempt {
            day,
            at,
            appended,
            end,
        };
        let marked = self.store.mark_day(account, &attempt).await?;
        if marked.late > 0 {
            looked.late = appended.new.min(marked.late);
        }
        looked.result = result.map(drop);
        Ok(looked)
    }

    /// Whether a complete day has as many records as its last whole reading showed. A day of which that cannot be
    /// told is read, and so it is where asking fails: then the reading says why.
    async fn is_unchanged(
        &self,
        account: AccountId,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let known = self.store.days(account, day, day).await?;
        let Some(known) = known.first() else {
            return Ok(false);
        };
        Ok(match self.client.count(day).await {
            Ok(Some(count)) => count == known.records,
            Ok(None) => !reads_without_count(now, known),
            Err(_) => false,
        })
    }

    fn lease_name(&self) -> String {
        collector_lease(&self.tenant_id)
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
        self.hold(&self.lease_name()).await
    }

    /// Takes or keeps the turn to collect by the timer; false while it is another's.
    pub(super) async fn takes_its_turn(&self) -> Result<bool, StoreError> {
        self.hold(&collector_duty(&self.tenant_id)).await
    }

    /// Gives the turn to whoever asks next.
    pub(super) async fn ends_its_turn(&self) -> Result<(), StoreError> {
        let duty = collector_duty(&self.tenant_id);
        self.store.release(&duty, &self.holder).await
    }

    async fn hold(&self, lease: &str) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.store.lease(lease, &self.holder, now, now + LEASE).await
    }
}

/// How long Partner Center asked to be left alone.
fn asked_to_wait(error: &DayError) -> Option<Duration> {
    match error {
        DayError::PartnerCenter(partner_center::Error::Throttled { retry_after }) => *retry_after,
        _ => None,
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
pub fn told(error: &dyn std::error::Error) -> String {
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
