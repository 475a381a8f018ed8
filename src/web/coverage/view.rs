//! The coverage page's view model.

use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::{
    Freshness,
    calendar::{Calendar, LEGEND, class, log_of, mark, number},
    words::{self, counted},
};
use crate::{
    i18n::Arg,
    store::{
        RunTotals,
        coverage::{CoveredDay, DayStatus, stretches},
    },
    web::{
        PageContext, Viewer,
        collecting::{AccountStanding, Standing},
        page,
    },
};

/// So many accounts show their calendar on the same page; of more, the one that is chosen.
const CALENDARS: usize = 3;
/// How many stretches of lost days are listed.
const STRETCHES: usize = 100;

#[derive(Template)]
#[template(path = "coverage/page.html")]
pub struct CoveragePage<'a> {
    ctx: &'a PageContext,
    fresh: Option<Freshness>,
    /// Name, link, and whether it is the one that is shown; empty where there is one account only.
    choices: Vec<(String, String, bool)>,
    /// That what is older was removed.
    removed: Option<String>,
    accounts: Vec<AccountView>,
    /// Class, mark and words of each state.
    legend: Vec<(&'static str, &'static str, String)>,
}

struct AccountView {
    /// Tells its parts from those of other accounts.
    at: usize,
    name: String,
    is_collected: bool,
    sentence: String,
    gaps: Option<String>,
    facts: Vec<(String, String)>,
    trouble: Option<TroubleView>,
    years: Vec<YearView>,
    calendar: Option<Calendar>,
    /// Where a calendar can be seen that is not shown here.
    calendar_link: Option<String>,
    at_risk: Option<String>,
    at_risk_days: Vec<DayView>,
    partial: Vec<DayView>,
    lost: Vec<String>,
    lost_count: String,
    lost_left_out: Option<String>,
}

/// The last failure.
struct TroubleView {
    at: String,
    what: String,
    remedy: String,
    /// As it was received, in English.
    raw: Option<String>,
}

struct YearView {
    year: i32,
    summary: String,
    /// Nothing for the one that is shown.
    href: Option<String>,
}

/// A day in a list.
struct DayView {
    day: String,
    href: String,
    text: String,
    remedy: Option<String>,
    raw: Option<String>,
}

impl<'a> CoveragePage<'a> {
    pub fn new(ctx: &'a PageContext, viewer: &Viewer, standing: &Standing) -> Self {
        let asked = page::parameter(&ctx.query, "account");
        let year = page::parameter(&ctx.query, "year").and_then(|year| year.parse().ok());
        let chosen = standing
            .accounts
            .iter()
            .find(|account| {
                asked
                    .as_deref()
                    .is_some_and(|asked| asked.eq_ignore_ascii_case(&account.account.tenant_id))
            })
            .map(|account| account.account.id);
        let several = standing.accounts.len() > 1;
        let mut choices = Vec::new();
        if several {
            choices.push((
                ctx.t("coverage-all-accounts"),
                "/coverage".to_owned(),
                chosen.is_none(),
            ));
            choices.extend(standing.accounts.iter().map(|account| {
                let is_chosen = chosen == Some(account.account.id);
                (account.account.name.clone(), link(account, None), is_chosen)
            }));
        }
        let shown: Vec<_> = standing
            .accounts
            .iter()
            .filter(|account| chosen.is_none_or(|chosen| chosen == account.account.id))
            .collect();
        let with_calendar = shown.len() <= CALENDARS;
        let accounts = shown
            .into_iter()
            .enumerate()
            .map(|(at, account)| {
                AccountView::new(ctx, viewer, standing, account, at, year, with_calendar, several)
            })
            .collect();
        Self {
            ctx,
            fresh: Freshness::of(ctx, standing),
            choices,
            accounts,
            removed: standing
                .kept_from
                .map(|kept_from| words::removed_before(kept_from, ctx.dates())),
            legend: LEGEND
                .into_iter()
                .chain(standing.kept_from.map(|_| DayStatus::Removed))
                .map(|status| {
                    (
                        class(status),
                        mark(status),
                        ctx.t(&format!("day-{}", class(status))),
                    )
                })
                .collect(),
        }
    }
}

/// The coverage of an account, in a year.
fn link(account: &AccountStanding, year: Option<i32>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("account", &account.account.tenant_id);
    if let Some(year) = year {
        query.append_pair("year", &year.to_string());
    }
    format!("/coverage?{}", query.finish())
}

impl AccountView {
    #[expect(clippy::too_many_arguments, reason = "called in one place, right above")]
    fn new(
        ctx: &PageContext,
        viewer: &Viewer,
        standing: &Standing,
        account: &AccountStanding,
        at: usize,
        asked_year: Option<i32>,
        with_calendar: bool,
        several: bool,
    ) -> Self {
        let coverage = &account.coverage;
        let tenant = several.then_some(&*account.account.tenant_id);
        let newest = coverage.days().last().map(|day| day.day.year());
        let oldest = coverage.start().map(|day| day.year());
        let year = oldest
            .zip(newest)
            .map(|(oldest, newest)| asked_year.unwrap_or(newest).clamp(oldest, newest));
        let years = match (oldest, newest, year) {
            (Some(oldest), Some(newest), Some(year)) if with_calendar => (oldest..=newest)
                .rev()
                .map(|of| YearView {
                    year: of,
                    summary: year_summary(ctx, account, of),
                    href: (of != year).then(|| link(account, Some(of))),
                })
                .collect(),
            _ => Vec::new(),
        };
        let (sentence, gaps) = sentence(ctx, standing.now, account);
        let at_risk_days: Vec<_> = coverage
            .at_risk()
            .map(|(day, until)| at_risk(ctx, day, until, tenant))
            .collect();
        let lost = stretches(coverage.with_status(DayStatus::Lost).map(|day| day.day));
        Self {
            at,
            name: account.account.name.clone(),
            is_collected: account.is_collected,
            sentence,
            gaps,
            facts: facts(ctx, standing, account),
            trouble: trouble(ctx, viewer, account),
            years,
            calendar: year
                .filter(|_| with_calendar)
                .map(|year| Calendar::of(ctx, coverage, year, tenant)),
            calendar_link: (!with_calendar && year.is_some()).then(|| link(account, None)),
            at_risk: (!at_risk_days.is_empty())
                .then(|| counted("coverage-at-risk", at_risk_days.len() as u64, ctx.lang)),
            at_risk_days,
            partial: coverage
                .with_status(DayStatus::Partial)
                .map(|day| partial(ctx, viewer, day, tenant))
                .collect(),
            lost_count: counted(
                "coverage-lost-days",
                coverage.count(DayStatus::Lost) as u64,
                ctx.lang,
            ),
            lost_left_out: (lost.len() > STRETCHES).then(|| {
                let rest = lost.iter().skip(STRETCHES);
                let days: i64 = rest.map(|(first, last)| (*last - *first).num_days() + 1).sum();
                counted("coverage-more-days", days.unsigned_abs(), ctx.lang)
            }),
            lost: lost
                .into_iter()
                .take(STRETCHES)
                .map(|pair| words::stretch(pair, ctx.dates()))
                .collect(),
        }
    }
}

/// `Complete from … to …`, and which days in between are not.
fn sentence(ctx: &PageContext, now: DateTime<Utc>, account: &AccountStanding) -> (String, Option<String>) {
    let dates = ctx.dates();
    let Some(extent) = account.coverage.extent() else {
        let key = match account.coverage.start() {
            Some(_) => "coverage-nothing-yet",
            None => "coverage-imported-only",
        };
        return (ctx.t(key), None);
    };
    let sentence = ctx.lang.t_with(
        "coverage-complete",
        &[
            ("from", Arg::Text(&words::from(extent.from, dates))),
            ("to", Arg::Text(&words::until(extent.until, now, dates))),
        ],
    );
    let gaps = (!extent.gaps.is_empty()).then(|| {
        let n = i64::try_from(extent.gaps.len()).unwrap_or(i64::MAX);
        ctx.lang.t_with(
            "coverage-gaps",
            &[
                ("n", Arg::Number(n)),
                ("number", Arg::Text(&number(n.unsigned_abs()))),
                ("days", Arg::Text(&words::days(extent.gaps, dates))),
            ],
        )
    });
    (sentence, gaps)
}

/// What collecting did, as label and value.
fn facts(ctx: &PageContext, standing: &Standing, account: &AccountStanding) -> Vec<(String, String)> {
    let (dates, totals) = (ctx.dates(), account.coverage.totals());
    let moment = |at: DateTime<Utc>| {
        ctx.lang.t_with(
            "coverage-moment",
            &[
                ("at", Arg::Text(&dates.minute(at))),
                ("ago", Arg::Text(&dates.ago(at, standing.now))),
            ],
        )
    };
    let never = || ctx.t("accounts-never");
    let runs = &account.runs;
    let success = runs.last_success.as_ref().map(|run| moment(run.ended_at));
    let mut facts = vec![("coverage-last-success", success.unwrap_or_else(never))];
    if let Some(at) = account.coverage.read_at() {
        facts.push(("coverage-read-to", moment(at)));
    }
    if account.is_collected {
        let next = match (account.is_busy, account.next_at(standing.interval)) {
            (true, _) => Some(ctx.t("fresh-busy")),
            (false, Some(at)) if at > standing.now => Some(dates.minute(at)),
            (false, _) => Some(ctx.t("coverage-next-due")),
        };
        facts.extend(next.map(|next| ("coverage-next", next)));
    }
    facts.extend([
        ("coverage-records", number(totals.records)),
        ("coverage-known", number(totals.known)),
        ("coverage-late", number(totals.late)),
        ("coverage-changed", number(totals.changed)),
        ("coverage-throttled", throttled(ctx, &account.totals)),
    ]);
    facts
        .into_iter()
        .map(|(key, value)| (ctx.t(key), value))
        .collect()
}

fn throttled(ctx: &PageContext, totals: &RunTotals) -> String {
    let runs = totals.succeeded + totals.failed;
    let n = i64::try_from(runs).unwrap_or(i64::MAX);
    ctx.lang.t_with(
        "coverage-throttled-times",
        &[
            ("times", Arg::Text(&number(totals.throttled))),
            ("n", Arg::Number(n)),
            ("number", Arg::Text(&number(runs))),
        ],
    )
}

fn trouble(ctx: &PageContext, viewer: &Viewer, account: &AccountStanding) -> Option<TroubleView> {
    let run = account.runs.last.as_ref()?;
    let error = run.error.clone()?;
    let (what, remedy) = words::trouble(run.trouble.as_deref(), ctx.lang);
    Some(TroubleView {
        at: ctx.dates().minute(run.ended_at),
        what,
        remedy,
        raw: viewer.may_manage.then_some(error),
    })
}

/// `Complete: 340. Missing: 3.`
fn year_summary(ctx: &PageContext, account: &AccountStanding, year: i32) -> String {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN);
    let last = NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX);
    let days = account.coverage.days().iter();
    let complete = days
        .filter(|day| day.day >= first && day.day <= last && day.status == DayStatus::Complete)
        .count();
    let missing = account.coverage.missing(first, last).count();
    let complete = counted("coverage-year-complete", complete as u64, ctx.lang);
    match missing {
        0 => complete,
        _ => {
            let missing = counted("coverage-year-missing", missing as u64, ctx.lang);
            format!("{complete}{}{missing}", ctx.t("list-joint"))
        }
    }
}

fn at_risk(ctx: &PageContext, day: &CoveredDay, until: DateTime<Utc>, tenant: Option<&str>) -> DayView {
    let dates = ctx.dates();
    let left = (until - ctx.now).num_days().max(0);
    let text = ctx.lang.t_with(
        "coverage-lost-on",
        &[("at", Arg::Text(&dates.minute(until))), ("n", Arg::Number(left))],
    );
    DayView {
        day: dates.day(day.day),
        href: log_of(day.day, tenant),
        text,
        remedy: None,
        raw: None,
    }
}

fn partial(ctx: &PageContext, viewer: &Viewer, day: &CoveredDay, tenant: Option<&str>) -> DayView {
    let known = day.known.as_ref();
    let (what, remedy) = words::trouble(known.and_then(|known| known.trouble.as_deref()), ctx.lang);
    let records = counted("day-records", known.map_or(0, |known| known.records), ctx.lang);
    DayView {
        day: ctx.dates().day(day.day),
        href: log_of(day.day, tenant),
        text: ctx.lang.t_with(
            "coverage-partial-day",
            &[("what", Arg::Text(&what)), ("records", Arg::Text(&records))],
        ),
        remedy: Some(remedy),
        raw: known
            .and_then(|known| known.reason.clone())
            .filter(|_| viewer.may_manage),
    }
}
