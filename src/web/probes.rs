//! The state of collecting for programs: metrics in the Prometheus text format, and lines for the readiness probe.
//!
//! Everything comes from the archive at each scrape, so that it is right after a restart, too.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::collecting::{AccountStanding, Standing};
use crate::store::coverage::DayStatus;

/// A metric: its name after `partnerlog_collect_`, its type, what it is, and its value.
type Metric = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Facts) -> Option<i64>,
);

/// The numbers of an account.
struct Facts {
    last_success: Option<i64>,
    collected_to: Option<i64>,
    next_run: Option<i64>,
    days_until_loss: Option<i64>,
    busy: bool,
    incomplete: usize,
    lost: usize,
    at_risk: usize,
    new: u64,
    known: u64,
    revised: u64,
    late: u64,
    throttled: u64,
}

const METRICS: &[Metric] = &[
    (
        "last_success_timestamp_seconds",
        "gauge",
        "When the last run ended without a failure.",
        |f| f.last_success,
    ),
    (
        "up_to_date_timestamp_seconds",
        "gauge",
        "Up to when the archive is up to date, whether or not older days failed.",
        |f| f.collected_to,
    ),
    (
        "next_run_timestamp_seconds",
        "gauge",
        "When the next run is due.",
        |f| f.next_run,
    ),
    ("running", "gauge", "Whether a run is under way.", |f| {
        Some(f.busy.into())
    }),
    (
        "days_incomplete",
        "gauge",
        "UTC days that are over, can still be read and are not complete.",
        |f| count(f.incomplete),
    ),
    (
        "days_lost",
        "gauge",
        "UTC days that were never complete and can no longer be read.",
        |f| count(f.lost),
    ),
    (
        "days_at_risk",
        "gauge",
        "UTC days that will be lost within a week unless they are read.",
        |f| count(f.at_risk),
    ),
    (
        "days_until_loss",
        "gauge",
        "Whole days until the first day is lost if nothing is read any more.",
        |f| f.days_until_loss,
    ),
    (
        "records_new_total",
        "counter",
        "Records archived for the first time.",
        |f| number(f.new),
    ),
    (
        "records_known_total",
        "counter",
        "Records shown again and skipped.",
        |f| number(f.known),
    ),
    (
        "records_revised_total",
        "counter",
        "Records that got another version.",
        |f| number(f.revised),
    ),
    (
        "records_late_total",
        "counter",
        "Records that appeared on days that were complete before.",
        |f| number(f.late),
    ),
    (
        "throttled_total",
        "counter",
        "How often Partner Center asked for patience.",
        |f| number(f.throttled),
    ),
];

/// The metrics of every account that is collected, labelled with its name and its tenant.
pub fn metrics(standing: &Standing) -> String {
    let accounts: Vec<_> = standing
        .collected()
        .map(|account| (labels(account), Facts::of(account, standing), account))
        .collect();
    let mut out = String::new();
    for (name, kind, help, value) in METRICS {
        head(&mut out, name, kind, help);
        for (labels, facts, _) in &accounts {
            if let Some(value) = value(facts) {
                let _ = writeln!(out, "partnerlog_collect_{name}{{{labels}}} {value}");
            }
        }
    }
    head(&mut out, "runs_total", "counter", "Collection runs that ended.");
    for (labels, _, account) in &accounts {
        for (result, n) in [
            ("succeeded", account.totals.succeeded),
            ("failed", account.totals.failed),
        ] {
            let _ = writeln!(
                out,
                "partnerlog_collect_runs_total{{{labels},result=\"{result}\"}} {n}"
            );
        }
    }
    out
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(
        out,
        "# HELP partnerlog_collect_{name} {help}\n# TYPE partnerlog_collect_{name} {kind}"
    );
}

/// Lines for whoever asks whether this process is ready: counts and ages, no names.
pub fn lines(standing: &Standing) -> String {
    let mut out = String::new();
    for (n, account) in (1..).zip(standing.collected()) {
        let facts = Facts::of(account, standing);
        let age = account.collected_at().map_or_else(
            || "never".to_owned(),
            |at| format!("{} s ago", (standing.now - at).num_seconds().max(0)),
        );
        let state = match (account.is_busy, account.has_failed()) {
            (true, _) => "collecting now",
            (false, true) => "last run failed",
            (false, false) => "idle",
        };
        let until_loss = facts
            .days_until_loss
            .map_or_else(|| "-".to_owned(), |n| n.to_string());
        let _ = writeln!(
            out,
            "account {n}: collected {age}; {state}; days incomplete {}, at risk {}, lost {}, until loss {until_loss}",
            facts.incomplete, facts.at_risk, facts.lost
        );
    }
    out
}

impl Facts {
    fn of(account: &AccountStanding, standing: &Standing) -> Self {
        let coverage = &account.coverage;
        let seconds = |at: DateTime<Utc>| at.timestamp();
        Self {
            last_success: account
                .runs
                .last_success
                .as_ref()
                .map(|run| seconds(run.ended_at)),
            collected_to: account.collected_at().map(seconds),
            next_run: account.next_at(standing.interval).map(seconds),
            days_until_loss: coverage
                .next_loss()
                .map(|at| (at - standing.now).num_days().max(0)),
            busy: account.is_busy,
            incomplete: coverage
                .missing(chrono::NaiveDate::MIN, chrono::NaiveDate::MAX)
                .filter(|day| day.status != DayStatus::Lost)
                .count(),
            lost: coverage.count(DayStatus::Lost),
            at_risk: coverage.at_risk().count(),
            new: account.totals.appended.new,
            known: account.totals.appended.known,
            revised: account.totals.appended.revised,
            late: account.totals.late,
            throttled: account.totals.throttled,
        }
    }
}

fn count(n: usize) -> Option<i64> {
    i64::try_from(n).ok()
}

fn number(n: u64) -> Option<i64> {
    i64::try_from(n).ok()
}

/// `account="Contoso",tenant="…"`, with whatever a name holds.
fn labels(account: &AccountStanding) -> String {
    format!(
        "account=\"{}\",tenant=\"{}\"",
        escaped(&account.account.name),
        escaped(&account.account.tenant_id)
    )
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace(['\n', '\r'], "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_label() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
