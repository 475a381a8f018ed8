//! How fresh and how complete the archive is, said where it is read.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{PageContext, dates::Dates};
use crate::{
    audit::{Selection, Ticks},
    i18n::Arg,
    store::{Day, DayState, LastRuns, Store, StoreError},
};

/// Without a successful run for so long, readers are warned.
const STALE_AFTER: TimeDelta = TimeDelta::hours(6);
/// How far back Partner Center can be read: what is older is as complete as it will ever be.
const READABLE_DAYS: u64 = 89;
/// How many incomplete days are named.
const NAMED_DAYS: usize = 5;

/// What the archive says of itself.
#[derive(Debug, Default)]
pub struct Coverage {
    /// When the archive was last brought up to date; nothing before the first success.
    pub freshness: Option<String>,
    /// From when on there are records.
    pub archive: Option<String>,
    /// Which days of the range are incomplete.
    pub incomplete: Option<String>,
    /// A problem with collecting that readers should know of.
    pub warning: Option<String>,
    /// Whether any run ever ended.
    pub has_run: bool,
}

impl Coverage {
    /// Asks the archive about itself, with regard to a selection's dates.
    pub async fn of(
        store: &dyn Store,
        context: &PageContext,
        span: Option<(Ticks, Ticks)>,
        selection: &Selection,
    ) -> Result<Self, StoreError> {
        let dates = context.dates();
        let mut coverage = Self {
            archive: span
                .and_then(|(oldest, _)| oldest.to_utc())
                .map(|oldest| context.t1("coverage-archive", "day", &dates.day(dates.local_day(oldest)))),
            ..Self::default()
        };
        let (mut oldest_success, mut incomplete) = (None, Vec::new());
        for account in store.accounts().await? {
            let runs = store.last_runs(account.id).await?;
            coverage.has_run |= runs.last.is_some();
            if let Some(success) = &runs.last_success {
                oldest_success = earlier(oldest_success, success.ended_at);
            }
            if coverage.warning.is_none() {
                coverage.warning = warning(&runs, context, dates);
            }
            let today = context.now.date_naive();
            let first = today - Days::new(READABLE_DAYS);
            let known = store.days(account.id, first, today).await?;
            incomplete.extend(incomplete_days(&known, today, selection));
        }
        coverage.freshness =
            oldest_success.map(|at| context.t1("coverage-fresh", "ago", &dates.ago(at, context.now)));
        incomplete.sort_unstable();
        incomplete.dedup();
        if !incomplete.is_empty() {
            coverage.incomplete = Some(named(&incomplete, dates));
        }
        Ok(coverage)
    }
}

/// The UTC days of a selection, up to yesterday, of which not everything is archived: those whose reading broke
/// off, and those that were passed over since collecting began.
fn incomplete_days(known: &[Day], today: NaiveDate, selection: &Selection) -> Vec<NaiveDate> {
    let (Some(began), Some(yesterday)) = (known.first(), today.pred_opt()) else {
        return Vec::new();
    };
    let (from, until) = selection.during();
    let first = from.day().map_or(began.day, |day| day.max(began.day));
    let last = Ticks(until.0.saturating_sub(1))
        .day()
        .map_or(yesterday, |day| day.min(yesterday));
    let state = |day: NaiveDate| {
        known
            .iter()
            .find(|known| known.day == day)
            .map(|known| known.state)
    };
    first
        .iter_days()
        .take_while(|day| *day <= last)
        .filter(|day| matches!(state(*day), None | Some(DayState::Partial)))
        .collect()
}

fn warning(runs: &LastRuns, context: &PageContext, dates: Dates) -> Option<String> {
    let last = runs.last.as_ref()?;
    let Some(success) = &runs.last_success else {
        return last
            .error
            .is_some()
            .then(|| context.t1("coverage-never", "at", &dates.minute(last.ended_at)));
    };
    let age = context.now - success.ended_at;
    if age < STALE_AFTER && last.error.is_none() {
        return None;
    }
    let key = match age.num_days() {
        ..80 if last.error.is_some() => "coverage-failed",
        ..80 => "coverage-stale",
        _ => "coverage-losing",
    };
    Some(context.t1(key, "ago", &dates.ago(success.ended_at, context.now)))
}

fn named(days: &[NaiveDate], dates: Dates) -> String {
    let mut list: Vec<String> = days.iter().take(NAMED_DAYS).map(|day| dates.day(*day)).collect();
    if days.len() > NAMED_DAYS {
        list.push("…".to_owned());
    }
    let list = list.join(&dates.lang.t("list-joint"));
    let n = i64::try_from(days.len()).unwrap_or(i64::MAX);
    dates.lang.t_with(
        "coverage-incomplete",
        &[("n", Arg::Number(n)), ("days", Arg::Text(&list))],
    )
}

fn earlier(one: Option<DateTime<Utc>>, other: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(one.map_or(other, |one| one.min(other)))
}
