//! What every page says when collecting has failed for long, or something will soon be lost.

use chrono::{DateTime, TimeDelta, Utc};

use super::words::{self, counted};
use crate::{
    i18n::Arg,
    store::coverage::{ALARM, DayStatus},
    web::{
        collecting::{AccountStanding, Standing},
        dates::Dates,
    },
};

/// A warning that goes over every page.
#[derive(Clone, Debug)]
pub struct Banner {
    /// Of which account, where there are several.
    pub account: Option<String>,
    pub text: String,
    /// Whether something is being lost, or will be within a week.
    pub is_urgent: bool,
}

/// How bad it is, the worst last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Problem {
    /// Not collected for long.
    Stale,
    /// Never collected.
    Never,
    /// Days will be lost within a week.
    AtRisk,
    /// Not collected for long, and something will be lost within a week.
    Soon,
    /// Not collected for so long that days are lost.
    Losing,
}

impl Banner {
    /// The worst problem of any account; nothing while all is well.
    pub fn of(standing: &Standing, dates: Dates) -> Option<Self> {
        let (problem, account) = standing
            .collected()
            .filter_map(|account| Some((problem(account, standing)?, account)))
            .max_by_key(|(problem, _)| *problem)?;
        Some(Self {
            account: (standing.collected().count() > 1).then(|| account.account.name.clone()),
            text: text(problem, account, standing.now, dates),
            is_urgent: problem > Problem::Stale,
        })
    }
}

fn problem(account: &AccountStanding, standing: &Standing) -> Option<Problem> {
    let now = standing.now;
    // A process that has just begun is given its time, and so is a first collection, which takes long.
    let since = account.collected_at().unwrap_or(standing.started_at);
    let is_old = now - since > standing.interval.checked_mul(2).unwrap_or(TimeDelta::MAX);
    let has_stopped = account.has_failed() || !account.is_busy;
    let is_never = account.collected_at().is_none() && account.has_failed();
    if is_never || (is_old && has_stopped) {
        let Some(at) = account.collected_at() else {
            return Some(Problem::Never);
        };
        return Some(if lost_since(account, at) > 0 {
            Problem::Losing
        } else if left(account, now).is_some_and(|left| left < ALARM) {
            Problem::Soon
        } else {
            Problem::Stale
        });
    }
    (account.has_failed() && account.coverage.at_risk().next().is_some()).then_some(Problem::AtRisk)
}

/// How long until the first day is lost.
fn left(account: &AccountStanding, now: DateTime<Utc>) -> Option<TimeDelta> {
    account.coverage.next_loss().map(|at| at - now)
}

/// How many days were lost because nothing was collected after that moment.
fn lost_since(account: &AccountStanding, at: DateTime<Utc>) -> usize {
    account
        .coverage
        .with_status(DayStatus::Lost)
        .filter(|day| day.day >= at.date_naive())
        .count()
}

fn text(problem: Problem, account: &AccountStanding, now: DateTime<Utc>, dates: Dates) -> String {
    let lang = dates.lang;
    let days_left = left(account, now).map_or(0, |left| left.num_days().max(0));
    let with = |key: &str, at: DateTime<Utc>, n: i64| {
        let (ago, age) = (dates.ago(at, now), words::age(at, now, lang));
        lang.t_with(
            key,
            &[
                ("ago", Arg::Text(&ago)),
                ("age", Arg::Text(&age)),
                ("n", Arg::Number(n)),
            ],
        )
    };
    match (problem, account.collected_at()) {
        (Problem::AtRisk, _) => {
            let n = account.coverage.at_risk().count();
            counted("banner-at-risk", n as u64, lang)
        }
        (Problem::Stale, Some(at)) => with("banner-stale", at, days_left),
        (Problem::Soon, Some(at)) => with("banner-soon", at, days_left),
        (Problem::Losing, Some(at)) => {
            let lost = i64::try_from(lost_since(account, at)).unwrap_or(i64::MAX);
            with("banner-losing", at, lost)
        }
        _ => match &account.runs.last {
            Some(run) => {
                let at = dates.minute(run.ended_at);
                lang.t_with("banner-never", &[("at", Arg::Text(&at))])
            }
            None => lang.t("banner-never-ran"),
        },
    }
}
