//! When a file falls due, and which days are in it. Pure.

use chrono::{
    DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday,
};
use chrono_tz::Tz;

use crate::store::Rhythm;

/// Longer than a month, in days.
const LONGEST: usize = 40;

/// The first moment after `after` at which a file falls due: at an hour of a zone, every day, on Mondays or on the first day
/// of a month.
pub fn next_due(rhythm: Rhythm, hour: u32, zone: Tz, after: DateTime<Utc>) -> DateTime<Utc> {
    let today = after.with_timezone(&zone).date_naive();
    today
        .iter_days()
        .take(LONGEST)
        .filter(|day| begins(rhythm, *day))
        .map(|day| moment(day, hour, zone))
        .find(|due| *due > after)
        // Beyond the calendar's end.
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The first and the last day of the day, week or month that was over at a moment.
pub fn period(rhythm: Rhythm, zone: Tz, at: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
    let today = at.with_timezone(&zone).date_naive();
    let first_of_this = match rhythm {
        Rhythm::Daily => today,
        Rhythm::Weekly => today.week(Weekday::Mon).first_day(),
        Rhythm::Monthly => today.with_day(1).unwrap_or(today),
    };
    let first = match rhythm {
        Rhythm::Daily => first_of_this.checked_sub_days(Days::new(1)),
        Rhythm::Weekly => first_of_this.checked_sub_days(Days::new(7)),
        Rhythm::Monthly => first_of_this.checked_sub_months(Months::new(1)),
    };
    (
        first.unwrap_or(first_of_this),
        first_of_this.pred_opt().unwrap_or(first_of_this),
    )
}

/// What the period of a file is called in its name.
pub fn name(rhythm: Rhythm, (first, last): (NaiveDate, NaiveDate)) -> String {
    match rhythm {
        Rhythm::Daily => first.to_string(),
        Rhythm::Weekly => format!("{first}_{last}"),
        Rhythm::Monthly => first.format("%Y-%m").to_string(),
    }
}

fn begins(rhythm: Rhythm, day: NaiveDate) -> bool {
    match rhythm {
        Rhythm::Daily => true,
        Rhythm::Weekly => day.weekday() == Weekday::Mon,
        Rhythm::Monthly => day.day() == 1,
    }
}

/// An hour of a day in a zone; where a clock change skips it, the first moment after it, and where it comes twice, the first.
fn moment(day: NaiveDate, hour: u32, zone: Tz) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN) + TimeDelta::hours(hour.into());
    (0..=8)
        .find_map(|quarters| {
            zone.from_local_datetime(&(local + TimeDelta::minutes(15 * quarters)))
                .earliest()
        })
        .map_or_else(|| local.and_utc(), |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_file_falls_due_at_its_hour_of_its_zone() {
        // In Tokyo it is Friday the 20th, 21:00.
        let now = at("2026-11-20T12:00:00Z");
        for (rhythm, hour, zone, due) in [
            (Rhythm::Daily, 6, Tz::Asia__Tokyo, "2026-11-20T21:00:00Z"),
            (Rhythm::Daily, 22, Tz::Asia__Tokyo, "2026-11-20T13:00:00Z"),
            (Rhythm::Daily, 21, Tz::Asia__Tokyo, "2026-11-21T12:00:00Z"),
            (Rhythm::Weekly, 6, Tz::UTC, "2026-11-23T06:00:00Z"),
            (Rhythm::Monthly, 0, Tz::UTC, "2026-12-01T00:00:00Z"),
        ] {
            assert_eq!(
                next_due(rhythm, hour, zone, now),
                at(due),
                "{rhythm:?} {hour} {zone}"
            );
        }
    }

    #[test]
    fn every_day_has_one_moment_also_when_clocks_change() {
        // Berlin skipped from 2 to 3 on March 29 and went back from 3 to 2 on October 25.
        for (after, due) in [
            ("2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"),
            ("2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z"),
            ("2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"),
        ] {
            assert_eq!(next_due(Rhythm::Daily, 2, Tz::Europe__Berlin, at(after)), at(due));
        }
    }

    #[test]
    fn the_period_before_is_whole_days_in_the_zone() {
        let tokyo = Tz::Asia__Tokyo;
        let days = |first: &str, last: &str| (day(first), day(last));
        // In Tokyo it is Monday the 1st, 0:30.
        let now = at("2026-05-31T15:30:00Z");
        assert_eq!(
            period(Rhythm::Daily, tokyo, now),
            days("2026-05-31", "2026-05-31")
        );
        assert_eq!(
            period(Rhythm::Weekly, tokyo, now),
            days("2026-05-25", "2026-05-31")
        );
        assert_eq!(
            period(Rhythm::Monthly, tokyo, now),
            days("2026-05-01", "2026-05-31")
        );
        assert_eq!(
            period(Rhythm::Monthly, Tz::UTC, now),
            days("2026-04-01", "2026-04-30")
        );
    }

    #[test]
    fn periods_follow_each_other_without_a_gap() {
        for rhythm in Rhythm::ALL {
            for zone in [Tz::UTC, Tz::Asia__Tokyo, Tz::America__Santiago] {
                let mut due = next_due(rhythm, 3, zone, at("2026-01-15T12:00:00Z"));
                let mut before = period(rhythm, zone, due);
                for _ in 0..60 {
                    due = next_due(rhythm, 3, zone, due);
                    let this = period(rhythm, zone, due);
                    assert_eq!(before.1.succ_opt(), Some(this.0), "{rhythm:?} {zone}");
                    assert_ne!(name(rhythm, before), name(rhythm, this));
                    before = this;
                }
            }
        }
    }
}
