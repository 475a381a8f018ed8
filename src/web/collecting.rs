//! What is known of collecting, for whatever page, probe or metric wants to say it: asked of the archive at most every
//! few seconds. Also the one way in which readers make the collector run.
//!
//! Knows no words.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::try_join;

use crate::{
    clock::Clock,
    config::Settings,
    store::{
        Account, AccountId, KeptFrom, LastRuns, RunTotals, Store, StoreError, collector_lease,
        coverage::Coverage,
    },
};

/// For so long pages say the same without asking again.
pub const KEEP: Duration = Duration::from_secs(2);
/// Readers make the collector run at most this often.
const PAUSE: TimeDelta = TimeDelta::seconds(10);
/// As often all processes together, by the database's clock.
const TOGETHER: Duration = Duration::from_secs(10);

/// The state of collecting; clones share it.
#[derive(Clone)]
pub struct Collecting(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    clock: Clock,
    settings: Arc<Settings>,
    /// When this process began, and with it its first collection.
    started_at: DateTime<Utc>,
    keep: Duration,
    kept: tokio::sync::Mutex<Kept>,
    asked: Mutex<Option<DateTime<Utc>>>,
}

#[derive(Default)]
struct Kept {
    state: Option<(Instant, Arc<Standing>)>,
    /// When the archive failed last: those who wait are not to find that out one after the other.
    failed: Option<Instant>,
    /// The archive forgets old runs; what they did is added up here, so that sums only grow.
    totals: HashMap<AccountId, RunTotals>,
}

/// How things stand with every account, at one moment.
pub struct Standing {
    pub now: DateTime<Utc>,
    pub interval: TimeDelta,
    pub started_at: DateTime<Utc>,
    /// From when on the archive keeps what it has; nothing where it keeps everything.
    pub kept_from: Option<KeptFrom>,
    /// By name.
    pub accounts: Vec<AccountStanding>,
}

/// How things stand with an account.
pub struct AccountStanding {
    pub account: Account,
    /// Whether it is in the settings.
    pub is_collected: bool,
    /// Whether a run is under way.
    pub is_busy: bool,
    pub runs: LastRuns,
    /// Over all runs that the archive remembered when this process began, and those since.
    pub totals: RunTotals,
    pub coverage: Coverage,
}

impl Collecting {
    pub fn new(
        store: Arc<dyn Store>,
        clock: Clock,
        settings: Arc<Settings>,
        started_at: DateTime<Utc>,
        keep: Duration,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            settings,
            started_at,
            keep,
            kept: tokio::sync::Mutex::default(),
            asked: Mutex::default(),
        }))
    }

    /// How things stand, at most a few seconds ago.
    ///
    /// # Errors
    /// When the archive fails.
    pub async fn standing(&self) -> Result<Arc<Standing>, StoreError> {
        let inner = &*self.0;
        // Whoever comes while the archive is being asked waits for that answer instead of asking, too.
        let mut kept = inner.kept.lock().await;
        if let Some((at, state)) = &kept.state
            && at.elapsed() < inner.keep
        {
            return Ok(Arc::clone(state));
        }
        if kept.failed.is_some_and(|at| at.elapsed() < inner.keep) {
            return Err(StoreError::Database("it failed a moment ago".into()));
        }
        let asked = inner.ask_all(&mut kept.totals).await;
        kept.failed = asked.is_err().then(Instant::now);
        let state = Arc::new(asked?);
        kept.state = Some((Instant::now(), Arc::clone(&state)));
        Ok(state)
    }

    /// Whether the collector may be woken now; then the next time is a while away.
    pub async fn may_wake(&self) -> bool {
        // Where other processes cannot be asked, collecting itself will say what is wrong.
        self.may_wake_here()
            && self
                .0
                .store
                .first_within("collect", TOGETHER)
                .await
                .unwrap_or(true)
    }

    fn may_wake_here(&self) -> bool {
        let now = self.0.clock.now();
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        // The distance counts both ways: a clock that was set back must not lock the button for hours.
        let may = asked.is_none_or(|at| (now - at).abs() >= PAUSE);
        if may {
            *asked = Some(now);
        }
        may
    }
}

impl Inner {
    async fn ask_all(&self, totals: &mut HashMap<AccountId, RunTotals>) -> Result<Standing, StoreError> {
        let now = self.clock.now();
        let mut accounts = Vec::new();
        let kept_from = self.store.kept_from().await?;
        for account in self.store.accounts().await? {
            let before = totals.get(&account.id).copied().unwrap_or_default();
            let mut standing = self.ask(account, before, now).await?;
            standing.coverage = standing.coverage.keeping(kept_from.map(KeptFrom::day));
            totals.insert(standing.account.id, standing.totals);
            accounts.push(standing);
        }
        Ok(Standing {
            now,
            interval: TimeDelta::from_std(self.settings.collect.interval).unwrap_or(TimeDelta::MAX),
            started_at: self.started_at,
            kept_from,
            accounts,
        })
    }

    async fn ask(
        &self,
        account: Account,
        before: RunTotals,
        now: DateTime<Utc>,
    ) -> Result<AccountStanding, StoreError> {
        let configured = self
            .settings
            .partner_center
            .iter()
            .find(|configured| configured.tenant_id.eq_ignore_ascii_case(&account.tenant_id));
        let leased = async {
            match configured {
                Some(configured) => {
                    let lease = collector_lease(&configured.tenant_id);
                    self.store.is_leased(&lease, now).await
                }
                None => Ok(false),
            }
        };
        let (days, runs, since, is_busy) = try_join!(
            self.store.days(account.id, NaiveDate::MIN, NaiveDate::MAX),
            self.store.last_runs(account.id),
            self.store.runs_after(account.id, before.last),
            leased,
        )?;
        let mut totals = before;
        totals += since;
        Ok(AccountStanding {
            is_collected: configured.is_some(),
            is_busy,
            runs,
            totals,
            coverage: Coverage::of(days, now, configured.is_some()),
            account,
        })
    }
}

impl Standing {
    /// The accounts that are in the settings.
    pub fn collected(&self) -> impl Iterator<Item = &AccountStanding> {
        self.accounts.iter().filter(|account| account.is_collected)
    }
}

impl AccountStanding {
    /// When it was last brought up to date: by a run without a failure, or by one that reached the newest day.
    /// Nothing while the first run goes on, which begins with what is oldest.
    pub fn collected_at(&self) -> Option<DateTime<Utc>> {
        self.runs.last.as_ref()?;
        let success = self.runs.last_success.as_ref().map(|run| run.ended_at);
        success.max(self.coverage.read_at())
    }

    /// When the next run is due; nothing before the first one has ended.
    pub fn next_at(&self, interval: TimeDelta) -> Option<DateTime<Utc>> {
        let last = self.runs.last.as_ref().filter(|_| self.is_collected)?;
        last.ended_at.checked_add_signed(interval)
    }

    /// Whether the last run that ended failed.
    pub fn has_failed(&self) -> bool {
        self.runs.last.as_ref().is_some_and(|run| run.error.is_some())
    }
}
