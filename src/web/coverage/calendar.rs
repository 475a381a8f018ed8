//! A year of an account as a calendar: months of weeks, each day with its state in words, a mark and a shade.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::words::counted;
use crate::{
    i18n::{Arg, Lang, grouped},
    store::coverage::{Coverage, CoveredDay, DayStatus},
    web::{PageContext, dates::Dates},
};

/// The months of a year that collecting has reached, the newest first.
pub struct Calendar {
    pub weekdays: Vec<Weekday>,
    pub months: Vec<Month>,
}

/// A column.
pub struct Weekday {
    pub short: String,
    pub long: String,
}

/// A month: weeks of seven days, with gaps before its first day and after its last.
pub struct Month {
    pub name: String,
    pub weeks: Vec<Vec<Option<Cell>>>,
}

/// A day.
pub struct Cell {
    pub number: u32,
    /// The colour.
    pub class: &'static str,
    /// How many records, from 0 to 4: the shade.
    pub level: u8,
    pub at_risk: bool,
    /// The log of this day; nothing for days that are yet to come.
    pub href: Option<String>,
    /// The state as a sign, beside its colour.
    pub mark: &'static str,
    /// Records, as short as the cell.
    pub records: Option<String>,
    /// All of it in words: `14 May 2024: complete, 62 records`.
    pub words: String,
}

/// The states in the order of the legend, which has that of what was removed where anything was.
pub const LEGEND: [DayStatus; 6] = [
    DayStatus::Complete,
    DayStatus::SoFar,
    DayStatus::Waiting,
    DayStatus::Partial,
    DayStatus::Lost,
    DayStatus::BeforeStart,
];

/// The class of a status, which is also the end of its message's key.
pub fn class(status: DayStatus) -> &'static str {
    match status {
        DayStatus::Complete => "complete",
        DayStatus::SoFar => "so-far",
        DayStatus::Waiting => "waiting",
        DayStatus::Partial => "partial",
        DayStatus::Lost => "lost",
        DayStatus::BeforeStart => "before",
        DayStatus::Removed => "removed",
    }
}

pub fn mark(status: DayStatus) -> &'static str {
    match status {
        DayStatus::Complete => "✓",
        DayStatus::SoFar => "…",
        DayStatus::Waiting => "○",
        DayStatus::Partial => "!",
        DayStatus::Lost => "×",
        DayStatus::BeforeStart => "·",
        DayStatus::Removed => "−",
    }
}

impl Calendar {
    /// The year of `tenant`'s days; nothing of months that lie wholly before the start or after today.
    pub fn of(context: &PageContext, coverage: &Coverage, year: i32, tenant: Option<&str>) -> Self {
        let dates = context.dates();
        let today = context.now.date_naive();
        let start = coverage.start().unwrap_or(today);
        let most = coverage
            .days()
            .iter()
            .filter(|day| day.day.year() == year)
            .filter_map(|day| day.known.as_ref().map(|known| known.records))
            .max()
            .unwrap_or(0);
        let at_risk: Vec<NaiveDate> = coverage.at_risk().map(|(day, _)| day.day).collect();
        let year_of = Year {
            dates,
            coverage,
            tenant,
            today,
            most,
            at_risk,
        };
        // The newest first, as in the log.
        let months = (1..=12)
            .rev()
            .filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1))
            .filter(|first| *first <= today && *first + Months::new(1) > start)
            .map(|first| year_of.month(first))
            .collect();
        Self {
            weekdays: weekdays(context.lang),
            months,
        }
    }
}

struct Year<'a> {
    dates: Dates,
    coverage: &'a Coverage,
    /// Named in links where there are several accounts.
    tenant: Option<&'a str>,
    today: NaiveDate,
    most: u64,
    at_risk: Vec<NaiveDate>,
}

impl Year<'_> {
    fn month(&self, first: NaiveDate) -> Month {
        let mut cells: Vec<Option<Cell>> = Vec::with_capacity(42);
        cells.extend((0..column(first, self.dates.lang)).map(|_| None));
        let days = first.iter_days().take_while(|day| day.month() == first.month());
        cells.extend(days.map(|day| Some(self.cell(day))));
        let mut weeks = Vec::with_capacity(6);
        while !cells.is_empty() {
            let rest = cells.split_off(cells.len().min(7));
            cells.extend((cells.len()..7).map(|_| None));
            weeks.push(std::mem::replace(&mut cells, rest));
        }
        Month {
            name: self.dates.month(first),
            weeks,
        }
    }

    fn cell(&self, day: NaiveDate) -> Cell {
        if day > self.today {
            return Cell {
                number: day.day(),
                class: "ahead",
                level: 0,
                at_risk: false,
                href: None,
                mark: "",
                records: None,
                words: self.dates.day(day),
            };
        }
        let covered = self.coverage.day(day);
        let status = covered.map_or(DayStatus::BeforeStart, |day| day.status);
        let records = covered
            .and_then(|day| day.known.as_ref())
            .map(|known| known.records);
        Cell {
            number: day.day(),
            class: class(status),
            level: level(records.unwrap_or(0), self.most),
            at_risk: self.at_risk.contains(&day),
            href: Some(log_of(day, self.tenant)),
            mark: mark(status),
            records: records.map(short),
            words: in_words(day, status, covered, self.dates),
        }
    }
}

/// The log of a UTC day.
pub fn log_of(day: NaiveDate, tenant: Option<&str>) -> String {
    let day = day.to_string();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("from", &day)
        .append_pair("to", &day)
        .append_pair("tz", "UTC");
    if let Some(tenant) = tenant {
        query.append_pair("account", tenant);
    }
    format!("/activity?{}", query.finish())
}

fn in_words(day: NaiveDate, status: DayStatus, covered: Option<&CoveredDay>, dates: Dates) -> String {
    let lang = dates.lang;
    let state = lang.t(&format!("day-{}", class(status)));
    let known = covered.and_then(|day| day.known.as_ref());
    let mut parts = vec![state];
    if let Some(known) = known {
        parts.push(counted("day-records", known.records, lang));
        if known.late > 0 {
            parts.push(counted("day-late", known.late, lang));
        }
        if known.changed > 0 {
            parts.push(counted("day-changed", known.changed, lang));
        }
    }
    lang.t_with(
        "day-in-words",
        &[
            ("day", Arg::Text(&dates.day(day))),
            ("words", Arg::Text(&parts.join(&lang.t("list-joint")))),
        ],
    )
}

/// Few records look like few also where another day had a thousand times as many.
fn level(records: u64, most: u64) -> u8 {
    if records == 0 || most == 0 {
        return 0;
    }
    let share = (records as f64 / most as f64).sqrt();
    (share * 4.0).ceil().clamp(1.0, 4.0) as u8
}

/// `62`, `1.2k`, `35k`
fn short(records: u64) -> String {
    match records {
        0..1_000 => records.to_string(),
        1_000..10_000 => format!("{}.{}k", records / 1_000, records % 1_000 / 100),
        1_000_000.. => format!("{}M", records / 1_000_000),
        _ => format!("{}k", records / 1_000),
    }
}

/// In which column a day stands: Japanese calendars begin with Sunday, others with Monday.
fn column(day: NaiveDate, lang: Lang) -> u32 {
    match lang {
        Lang::En => day.weekday().num_days_from_monday(),
        Lang::Ja => day.weekday().num_days_from_sunday(),
    }
}

fn weekdays(lang: Lang) -> Vec<Weekday> {
    // A Monday.
    let monday = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    let first = match lang {
        Lang::En => monday,
        Lang::Ja => monday - Days::new(1),
    };
    let dates = Dates {
        lang,
        zone: chrono_tz::Tz::UTC,
    };
    first
        .iter_days()
        .take(7)
        .map(|day| Weekday {
            short: dates.weekday(day, false),
            long: dates.weekday(day, true),
        })
        .collect()
}

/// Thousands grouped.
pub fn number(n: u64) -> String {
    grouped(i64::try_from(n).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_whole_weeks_and_all_of_its_days() {
        let context = PageContext::read(
            &"/coverage".parse().unwrap(),
            &http::HeaderMap::new(),
            chrono::TimeZone::with_ymd_and_hms(&chrono::Utc, 2026, 2, 20, 12, 0, 0).unwrap(),
            false,
        );
        let coverage = Coverage::of(Vec::new(), context.now, true);
        let calendar = Calendar::of(&context, &coverage, 2026, None);
        let names: Vec<_> = calendar.months.iter().map(|month| &*month.name).collect();
        assert_eq!(names, ["February 2026", "January 2026"]);
        for month in &calendar.months {
            assert!(month.weeks.iter().all(|week| week.len() == 7));
        }
        let days: Vec<_> = calendar.months[0].weeks.iter().flatten().flatten().collect();
        assert_eq!(days.len(), 28);
        assert_eq!(days[19].class, "waiting");
        assert_eq!((days[20].class, &days[20].href), ("ahead", &None));
        // 1 February 2026 is a Sunday: the last column.
        assert_eq!(
            calendar.months[0].weeks[0].iter().position(Option::is_some),
            Some(6)
        );
        let last_year = Calendar::of(&context, &coverage, 2025, None);
        assert_eq!(last_year.months.len(), 2, "from 23 November on");
        assert_eq!(
            last_year.months[1].weeks[0]
                .iter()
                .flatten()
                .next()
                .unwrap()
                .class,
            "before"
        );
    }

    #[test]
    fn shades_and_numbers_fit_their_cell() {
        assert_eq!(
            [level(0, 10), level(1, 1000), level(250, 1000), level(1000, 1000)],
            [0, 1, 2, 4]
        );
        assert_eq!(
            [
                short(0),
                short(999),
                short(1_250),
                short(35_999),
                short(2_000_000)
            ],
            ["0", "999", "1.2k", "35k", "2M"]
        );
    }
}
