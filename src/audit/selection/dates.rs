//! Inclusive days in a zone, as people type them.

use chrono::{Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::audit::Ticks;

/// Where a selection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Nothing was said: 30 days up to the last day.
    Default,
    /// As far back as the archive reaches.
    Beginning,
    Day(NaiveDate),
}

/// Where a selection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Nothing was said.
    Today,
    Day(NaiveDate),
}

/// The first moment of a day in a zone. Where a clock change skips midnight, the first moment after it.
pub(super) fn start_of_day(day: NaiveDate, zone: Tz) -> Ticks {
    let midnight = day.and_time(NaiveTime::MIN);
    (0..=48)
        .find_map(|half_hours| {
            zone.from_local_datetime(&(midnight + TimeDelta::minutes(30 * half_hours)))
                .earliest()
        })
        .map_or_else(|| Ticks::start_of(day), |at| Ticks::from(at.with_timezone(&Utc)))
}

/// Reads a day: `2024-05-31`, `2024/5/31`, `31 May 2024`, `May 31, 2024`, `2024年5月31日`, `令和6年5月31日`,
/// with full-width digits too. Years 1 to 9999.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let text: String = text.trim().chars().take(64).map(narrow).collect();
    let text = of_this_era(&text).unwrap_or(text);
    let day = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%d %B %Y",
        "%d %b %Y",
        "%B %d, %Y",
        "%b %d, %Y",
        "%Y年%m月%d日",
    ]
    .iter()
    .find_map(|form| NaiveDate::parse_from_str(&text, form).ok())?;
    (1..=9999).contains(&chrono::Datelike::year(&day)).then_some(day)
}

/// Reads a day, a month (`2024-05`, `2024/5`, `2024年5月`) or a year (`2024`, `2024年`) as its first and last day.
pub fn parse_days(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    if let Some(day) = parse_day(text) {
        return Some((day, day));
    }
    let text: String = text.trim().chars().take(64).map(narrow).collect();
    let text = of_this_era(&text).unwrap_or(text);
    let number = |text: &str, longest: usize| {
        let fits = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (year, month) = match text.split_once(['-', '/', '.', '年']) {
        None => (&*text, None),
        Some((year, "")) if text.ends_with('年') => (year, None),
        Some((year, month)) => (year, Some(number(month.strip_suffix('月').unwrap_or(month), 2)?)),
    };
    let year = number(year, 4).filter(|_| year.len() == 4)? as i32;
    let first = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), 1).filter(|_| year > 0)?;
    let last = first.checked_add_months(Months::new(if month.is_some() { 1 } else { 12 }))?;
    Some((first, last.pred_opt()?))
}

/// A year of the era Reiwa, which is the only one that Partner Center has seen, as a year of the calendar.
fn of_this_era(text: &str) -> Option<String> {
    let (year, rest) = text.strip_prefix("令和")?.split_once('年')?;
    let year: u32 = if year == "元" {
        1
    } else {
        year.trim().parse().ok()?
    };
    (1..=99)
        .contains(&year)
        .then(|| format!("{}年{rest}", 2018 + year))
}

/// Full-width digits and separators as ASCII.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
        '－' | '‐' | '−' => '-',
        '／' => '/',
        '　' => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_every_usual_notation() {
        let day = NaiveDate::from_ymd_opt(2024, 5, 31).unwrap();
        for text in [
            "2024-05-31",
            "2024-5-31",
            " 2024/5/31 ",
            "31 May 2024",
            "May 31, 2024",
            "2024年5月31日",
            "２０２４年５月３１日",
            "２０２４／０５／３１",
            "令和6年5月31日",
            "令和６年５月３１日",
        ] {
            assert_eq!(parse_day(text), Some(day), "{text}");
        }
        for text in [
            "",
            "2024-02-30",
            "31/05/2024",
            "yesterday",
            "99999-01-01",
            "-5-01-01",
            "2024-05-31T00:00",
            "令和0年5月31日",
            "令和6年5月32日",
            "令和年5月31日",
        ] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn months_and_years_are_their_days() {
        let days = |from: (i32, u32, u32), to: (i32, u32, u32)| {
            Some((
                NaiveDate::from_ymd_opt(from.0, from.1, from.2).unwrap(),
                NaiveDate::from_ymd_opt(to.0, to.1, to.2).unwrap(),
            ))
        };
        for text in ["2024-02", "2024/2", "2024年2月", "２０２４－０２", "令和6年2月"] {
            assert_eq!(parse_days(text), days((2024, 2, 1), (2024, 2, 29)), "{text}");
        }
        for text in ["2024", "2024年", "令和6年"] {
            assert_eq!(parse_days(text), days((2024, 1, 1), (2024, 12, 31)), "{text}");
        }
        assert_eq!(parse_days("2024-05-03"), days((2024, 5, 3), (2024, 5, 3)));
        assert_eq!(parse_days("9999"), days((9999, 1, 1), (9999, 12, 31)));
        for text in [
            "",
            "24",
            "2024-13",
            "2024-",
            "2024-0",
            "0000",
            "20245",
            "2024年月",
            "-2024",
            "令和",
        ] {
            assert_eq!(parse_days(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_year_of_an_era_has_a_name() {
        assert_eq!(parse_day("令和元年5月1日"), NaiveDate::from_ymd_opt(2019, 5, 1));
    }

    #[test]
    fn a_day_begins_at_its_zones_midnight() {
        let day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        assert_eq!(
            start_of_day(day, Tz::Asia__Tokyo).to_rfc3339().unwrap(),
            "2026-03-31T15:00:00.0000000Z"
        );
        assert_eq!(start_of_day(day, Tz::UTC), Ticks::start_of(day));
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clock_goes_on() {
        // Santiago skipped from 24:00 to 01:00 on this date.
        let day = NaiveDate::from_ymd_opt(2024, 9, 8).unwrap();
        assert_eq!(
            start_of_day(day, Tz::America__Santiago).to_rfc3339().unwrap(),
            "2024-09-08T04:00:00.0000000Z"
        );
    }
}
