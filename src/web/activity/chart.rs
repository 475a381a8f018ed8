//! The bars above the table: how a selection spreads over time, in steps that suit its range. Each leads to its days.
//!
//! Knows calendars and zones; counting between the edges is the store's business.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};

use super::summary::dated;
use crate::{
    audit::{
        Selection, Ticks,
        selection::{From, To, View},
    },
    i18n::{Arg, Lang, grouped},
    store,
    web::dates::Dates,
};

/// The height of the highest bar, in steps: the classes `h1` to `h40` of the stylesheet.
const HIGHEST: u64 = 40;
/// So many bars are told apart at most, where days and weeks do not suit.
const MOST_BARS: i32 = 120;
/// Each bar repeats the filters in its link. Where they are so long that all of the links would be larger than the log
/// itself, only the table of the same numbers has links.
const LONGEST_LINKS: usize = 30_000;

/// How much time a bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Hour,
    Day,
    Week,
    Month,
    Years(i32),
}

/// Where the bars of a selection begin and end.
#[derive(Debug)]
pub struct Plan {
    step: Step,
    /// The days of each bar, both inclusive.
    days: Vec<(NaiveDate, NaiveDate)>,
    /// One more than there are bars.
    pub edges: Vec<Ticks>,
}

impl Plan {
    /// `span` is the archive's oldest and newest date. No plan where there is no time to show.
    pub fn of(selection: &Selection, span: Option<(Ticks, Ticks)>) -> Option<Self> {
        Self::in_steps(selection, span, Step::of)
    }

    /// The same in months, or in years where those would be too many.
    pub fn by_month(selection: &Selection, span: Option<(Ticks, Ticks)>) -> Option<Self> {
        Self::in_steps(selection, span, |first, last| {
            Some(Step::of(first, last)?.at_least_months())
        })
    }

    fn in_steps(
        selection: &Selection,
        span: Option<(Ticks, Ticks)>,
        step: impl Fn(NaiveDate, NaiveDate) -> Option<Step>,
    ) -> Option<Self> {
        let selection = &*dated(selection);
        let local = |at: DateTime<Utc>| at.with_timezone(&selection.zone).date_naive();
        let (oldest, newest) = span?;
        let first = match selection.first_day() {
            Some(day) => day,
            None => local(oldest.to_utc()?),
        };
        let last = match (selection.from, selection.to) {
            // Without an end the selection has what lies ahead, too.
            (From::Beginning, To::Today) => selection.today.max(local(newest.to_utc()?)),
            _ => selection.last_day(),
        };
        let step = step(first, last)?;
        let zone = Selection::everything(selection.zone, selection.today);
        let start = |day: Option<NaiveDate>| match day {
            Some(day) => zone.over(From::Day(day), To::Day(day)).during().0,
            None => Ticks::MAX,
        };
        let (mut days, mut edges) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(day) = next.filter(|day| *day <= last) {
            next = step.after(day);
            let last_of = next.and_then(|next| next.pred_opt()).unwrap_or(last).min(last);
            let from = start(Some(day));
            match step {
                // Hours that pass, not hours of a clock: a day on which it changes has 23 or 25.
                Step::Hour => {
                    let (mut at, until) = (from.to_utc()?, start(next).to_utc()?);
                    while at < until {
                        edges.push(Ticks::from(at));
                        days.push((day, day));
                        at += TimeDelta::hours(1);
                    }
                }
                _ => {
                    edges.push(from);
                    days.push((day, last_of));
                }
            }
        }
        edges.push(start(last.succ_opt()));
        (!days.is_empty()).then_some(Self { step, days, edges })
    }
}

impl Step {
    /// `None` where the last day lies before the first.
    fn of(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        let days = (last - first).num_days() + 1;
        let years = last.year() - first.year() + 1;
        Some(match days {
            ..=0 => return None,
            1..=2 => Self::Hour,
            3..=62 => Self::Day,
            63..=400 => Self::Week,
            _ if years <= MOST_BARS / 12 => Self::Month,
            _ => Self::Years(
                [1, 10, 100]
                    .into_iter()
                    .find(|n| years / n < MOST_BARS)
                    .unwrap_or(1000),
            ),
        })
    }

    fn at_least_months(self) -> Self {
        match self {
            Self::Hour | Self::Day | Self::Week => Self::Month,
            longer => longer,
        }
    }

    /// The day on which the bar after the one of that day begins; `None` beyond the calendar.
    fn after(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Hour | Self::Day => day.succ_opt(),
            Self::Week => {
                day.checked_add_days(Days::new(7 - u64::from(day.weekday().num_days_from_monday())))
            }
            Self::Month => day.with_day(1)?.checked_add_months(Months::new(1)),
            Self::Years(n) => NaiveDate::from_ymd_opt((day.year().div_euclid(n) + 1) * n, 1, 1),
        }
    }
}

/// The chart as the page shows it, finished text throughout.
pub struct Chart {
    /// `Activities per day`
    pub title: String,
    pub bars: Vec<Bar>,
    /// The number of the highest bar.
    pub peak: String,
    /// Whether any bar has activities that failed, which needs an explanation.
    pub has_failed: bool,
    /// Below the first bar and the last.
    pub first: String,
    pub last: String,
    /// Whether the bars are links, besides the table's.
    pub linked: bool,
}

/// One bar.
pub struct Bar {
    pub href: String,
    /// `14 May 2026`
    pub label: String,
    /// `14 May 2026: 62 activities, 3 failed`
    pub text: String,
    /// In steps of forty; a bar with anything in it has one.
    pub height: u64,
    /// The part of the height that failed.
    pub failed: u64,
    pub records: String,
    pub failures: String,
}

impl Chart {
    /// No chart where nothing was counted or all bars are empty.
    pub fn new(
        plan: Option<&Plan>,
        counted: &[store::Bar],
        selection: &Selection,
        view: View,
        lang: Lang,
    ) -> Option<Self> {
        let plan = plan.filter(|plan| plan.days.len() == counted.len())?;
        let peak = counted
            .iter()
            .map(|bar| bar.records)
            .max()
            .filter(|peak| *peak > 0)?;
        let rest = View { after: None, ..view }.append_to(selection.over(From::Default, To::Today).query());
        let dates = Dates {
            lang,
            zone: selection.zone,
        };
        let words = Words::new(lang);
        let mut bars = Vec::with_capacity(counted.len());
        for (i, bar) in counted.iter().enumerate() {
            let (from, to) = plan.days[i];
            let label = words.label(plan, i, dates);
            let height = (bar.records * HIGHEST).div_ceil(peak);
            bars.push(Bar {
                // Of this very page: it is short, and there are many of it.
                href: format!("?from={from}&to={to}&{rest}"),
                text: words.text(&label, *bar),
                label,
                height,
                failed: (bar.failed * HIGHEST).div_ceil(peak).min(height),
                records: show(bar.records),
                failures: show(bar.failed),
            });
        }
        Some(Self {
            title: lang.t(match plan.step {
                Step::Hour => "chart-hours",
                Step::Day => "chart-days",
                Step::Week => "chart-weeks",
                Step::Month => "chart-months",
                Step::Years(1) => "chart-years",
                Step::Years(_) => "chart-decades",
            }),
            peak: show(peak),
            has_failed: counted.iter().any(|bar| bar.failed > 0),
            first: bars.first().map(|bar| bar.label.clone()).unwrap_or_default(),
            last: bars.last().map(|bar| bar.label.clone()).unwrap_or_default(),
            linked: rest.len() * bars.len() <= LONGEST_LINKS,
            bars,
        })
    }
}

impl Chart {
    /// The same on another page than the log's: its links lead there.
    pub fn leading_to(mut self, page: &str) -> Self {
        for bar in &mut self.bars {
            bar.href.insert_str(0, page);
        }
        self
    }
}

/// Messages with marks where a bar's own texts go, looked up once for all bars.
struct Words {
    range: String,
    /// Of one activity, of several.
    plain: [String; 2],
    failed: [String; 2],
}

impl Words {
    fn new(lang: Lang) -> Self {
        let looked_up = |key, n| {
            lang.t_with(
                key,
                &[
                    ("when", Arg::Text("\u{1}")),
                    ("n", Arg::Number(n)),
                    ("number", Arg::Text("\u{2}")),
                    ("failed", Arg::Text("\u{3}")),
                ],
            )
        };
        let range = [("from", Arg::Text("\u{1}")), ("to", Arg::Text("\u{2}"))];
        Self {
            range: lang.t_with("range", &range),
            plain: [looked_up("chart-bar", 1), looked_up("chart-bar", 2)],
            failed: [looked_up("chart-bar-failed", 1), looked_up("chart-bar-failed", 2)],
        }
    }

    fn label(&self, plan: &Plan, i: usize, dates: Dates) -> String {
        let (from, to) = plan.days[i];
        let between = |a: &str, b: &str| fill(&self.range, &[a, b]);
        match plan.step {
            Step::Hour => {
                let Some(at) = plan.edges[i].to_utc() else {
                    return dates.day(from);
                };
                let hours = plan.days.iter().filter(|(day, _)| *day == from).count();
                match hours {
                    24 => dates.minute(at),
                    // An hour can come twice.
                    _ => format!("{} ({})", dates.minute(at), dates.offset(at)),
                }
            }
            Step::Day => dates.day(from),
            Step::Week if from == to => dates.day(from),
            Step::Week => between(&dates.day(from), &dates.day(to)),
            Step::Month => dates.month(from),
            Step::Years(1) => dates.year(from),
            Step::Years(_) if from.year() == to.year() => dates.year(from),
            Step::Years(_) => between(&dates.year(from), &dates.year(to)),
        }
    }

    fn text(&self, label: &str, bar: store::Bar) -> String {
        let forms = if bar.failed > 0 { &self.failed } else { &self.plain };
        let form = &forms[usize::from(bar.records != 1)];
        fill(form, &[label, &show(bar.records), &show(bar.failed)])
    }
}

/// A message with texts in the place of U+0001, U+0002 and so on.
fn fill(form: &str, texts: &[&str]) -> String {
    let mut out = String::with_capacity(form.len() + texts.iter().map(|text| text.len()).sum::<usize>());
    for c in form.chars() {
        match texts.get((c as usize).wrapping_sub(1)) {
            Some(text) => out.push_str(text),
            None => out.push(c),
        }
    }
    out
}

fn show(n: u64) -> String {
    grouped(i64::try_from(n).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn plan(zone: Tz, from: &str, to: &str) -> Plan {
        let selection =
            Selection::everything(zone, day("2026-11-20")).over(From::Day(day(from)), To::Day(day(to)));
        let plan = Plan::of(
            &selection,
            Some((
                Ticks::start_of(day("2020-01-01")),
                Ticks::start_of(day("2026-11-20")),
            )),
        )
        .unwrap();
        assert_eq!(plan.edges.len(), plan.days.len() + 1);
        assert!(plan.edges.is_sorted());
        let (first, until) = selection.during();
        assert_eq!((plan.edges[0], plan.edges[plan.days.len()]), (first, until));
        plan
    }

    #[test]
    fn the_steps_grow_with_the_range() {
        for (to, step, bars) in [
            ("2026-01-02", Step::Hour, 48),
            ("2026-01-03", Step::Day, 3),
            ("2026-03-03", Step::Day, 62),
            ("2026-03-04", Step::Week, 10),
            ("2027-02-04", Step::Week, 58),
            ("2027-02-05", Step::Month, 14),
            ("2035-12-31", Step::Month, 120),
            ("2036-01-01", Step::Years(1), 11),
            ("2145-01-01", Step::Years(10), 13),
            ("9999-12-31", Step::Years(100), 80),
        ] {
            let plan = plan(Tz::UTC, "2026-01-01", to);
            assert_eq!((plan.step, plan.days.len()), (step, bars), "{to}");
        }
    }

    #[test]
    fn weeks_begin_on_mondays_and_keep_to_the_range() {
        let plan = plan(Tz::UTC, "2026-01-01", "2026-04-01");
        let (first, last) = (plan.days[0], plan.days[plan.days.len() - 1]);
        assert_eq!(first, (day("2026-01-01"), day("2026-01-04")));
        assert_eq!(plan.days[1], (day("2026-01-05"), day("2026-01-11")));
        assert_eq!(last, (day("2026-03-30"), day("2026-04-01")));
    }

    #[test]
    fn a_day_has_as_many_hours_as_its_clock_lets_pass() {
        for (from, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)] {
            let plan = plan(Tz::Europe__Berlin, from, from);
            assert_eq!(plan.days.len(), hours, "{from}");
            let dates = Dates {
                lang: Lang::En,
                zone: Tz::Europe__Berlin,
            };
            let labels: std::collections::BTreeSet<_> = (0..hours)
                .map(|i| Words::new(Lang::En).label(&plan, i, dates))
                .collect();
            assert_eq!(labels.len(), hours, "every hour has a name of its own");
        }
    }

    #[test]
    fn without_a_beginning_the_bars_begin_with_the_archive() {
        let today = day("2026-11-20");
        let selection = Selection::everything(Tz::UTC, today);
        let span = Some((
            Ticks::start_of(day("2026-11-01")),
            Ticks::start_of(day("2026-11-25")),
        ));
        let plan = Plan::of(&selection, span).unwrap();
        assert_eq!(plan.days[0].0, day("2026-11-01"));
        assert_eq!(
            plan.days[plan.days.len() - 1].1,
            day("2026-11-25"),
            "what lies ahead has a bar, too"
        );
        assert!(Plan::of(&selection, None).is_none());
        let before = selection.over(From::Beginning, To::Day(day("2026-10-01")));
        assert!(Plan::of(&before, span).is_none());
    }
}
