//! How complete the archive is, in one line under the table that is read.

use chrono::NaiveDate;

use super::words;
use crate::{
    audit::{Selection, Ticks, selection::FilterKey},
    i18n::{Arg, grouped},
    store::coverage::DayStatus,
    web::{
        PageContext,
        collecting::{AccountStanding, Standing},
    },
};

/// The line: what is complete, or which days of the selection are missing.
#[derive(Debug, Default)]
pub struct Line {
    pub text: String,
    /// What the days before collecting began are worth, where the selection has any.
    pub before: Option<String>,
    /// That what is older was removed, where the selection reaches there.
    pub removed: Option<String>,
    /// Whether days are missing.
    pub is_missing: bool,
    /// The page with the details.
    pub href: String,
}

impl Line {
    /// For the accounts and the range of a selection.
    pub fn of(context: &PageContext, standing: &Standing, selection: &Selection) -> Self {
        let accounts: Vec<_> = standing
            .accounts
            .iter()
            .filter(|account| is_selected(account, selection))
            .collect();
        let (text, is_missing) = text(context, standing, selection, &accounts);
        Self {
            text,
            before: before(context, selection, &accounts),
            removed: removed(context, standing, selection),
            is_missing,
            href: href(&accounts, standing),
        }
    }
}

fn is_selected(account: &AccountStanding, selection: &Selection) -> bool {
    let names = |values: &[String]| {
        values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(&account.account.tenant_id))
    };
    let only = selection.values(FilterKey::Account, false);
    (only.is_empty() || names(only)) && !names(selection.values(FilterKey::Account, true))
}

/// The coverage page, of the account alone where there is one.
fn href(accounts: &[&AccountStanding], standing: &Standing) -> String {
    match accounts {
        [one] if standing.accounts.len() > 1 => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("account", &one.account.tenant_id)
                .finish();
            format!("/coverage?{query}")
        }
        _ => "/coverage".to_owned(),
    }
}

/// The UTC days of a selection, up to today.
fn range(selection: &Selection, today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let (from, until) = selection.during();
    let first = from.day().unwrap_or(NaiveDate::MIN);
    let last = Ticks(until.0.saturating_sub(1)).day().unwrap_or(today).min(today);
    (first, last)
}

fn text(
    context: &PageContext,
    standing: &Standing,
    selection: &Selection,
    accounts: &[&AccountStanding],
) -> (String, bool) {
    let (dates, lang) = (context.dates(), context.lang);
    let (first, last) = range(selection, standing.now.date_naive());
    if !accounts.iter().any(|account| account.coverage.start().is_some()) {
        return (lang.t("coverage-line-imported"), false);
    }
    let missing: Vec<_> = accounts
        .iter()
        .flat_map(|account| account.coverage.missing(first, last))
        .collect();
    if !missing.is_empty() {
        let is_waiting = missing.iter().all(|day| day.status == DayStatus::Waiting);
        let mut days: Vec<_> = missing.iter().map(|day| day.day).collect();
        days.sort_unstable();
        days.dedup();
        let n = i64::try_from(days.len()).unwrap_or(i64::MAX);
        let text = lang.t_with(
            match is_waiting {
                true => "coverage-line-waiting",
                false => "coverage-line-missing",
            },
            &[
                ("n", Arg::Number(n)),
                ("number", Arg::Text(&grouped(n))),
                ("days", Arg::Text(&words::days(days, dates))),
            ],
        );
        return (text, true);
    }
    // What all of the accounts have in common: nothing where one of them has nothing.
    let common = accounts
        .iter()
        .filter(|account| account.coverage.start().is_some())
        .map(|account| {
            let around = account.coverage.unbroken_around(first, last);
            around.or_else(|| account.coverage.newest_unbroken())
        })
        .reduce(|one, other| Some((one?.0.max(other?.0), one?.1.min(other?.1))))
        .flatten()
        .filter(|(from, until)| from < until);
    let text = match common {
        Some((from, until)) => lang.t_with(
            "coverage-complete",
            &[
                ("from", Arg::Text(&words::from(from, dates))),
                ("to", Arg::Text(&words::until(until, standing.now, dates))),
            ],
        ),
        None => lang.t("coverage-line-nothing"),
    };
    (text, false)
}

/// Days before collecting began hold what was imported, and nobody can say whether that is everything.
fn before(context: &PageContext, selection: &Selection, accounts: &[&AccountStanding]) -> Option<String> {
    let begins = accounts
        .iter()
        .filter_map(|account| account.coverage.start())
        .max()?;
    let (first, _) = range(selection, begins);
    // Of what was removed that is said instead.
    let kept_from = accounts
        .iter()
        .filter_map(|account| account.coverage.kept_from())
        .max();
    let of_no_use = kept_from.is_some_and(|kept_from| kept_from >= begins);
    (first < begins && !of_no_use).then(|| {
        let day = context.dates().day(begins);
        context.t1("coverage-line-before", "day", &day)
    })
}

fn removed(context: &PageContext, standing: &Standing, selection: &Selection) -> Option<String> {
    let kept_from = standing.kept_from?;
    (selection.during().0 < kept_from.ticks()).then(|| words::removed_before(kept_from, context.dates()))
}
