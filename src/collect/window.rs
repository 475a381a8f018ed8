//! Which days a run asks for.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::store::{Day, DayState};

/// How far back Partner Center is asked. It keeps 90 days; its edge is a matter of clocks and time zones, so
/// the last day is left alone.
const DAYS_BACK: u64 = 89;

/// The oldest UTC day that Partner Center can still be asked for.
pub fn oldest_day(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive() - Days::new(DAYS_BACK)
}

/// The UTC days to read now: every one in reach that is not known to be complete, oldest first because it dies
/// soonest, and the last `reread_days` again, because records arrive late. A day that was not read once more at
/// that age, because nothing ran then, is read once more now.
///
/// Days whose last reading broke off come after the others, the longest untried first: those that fail whenever
/// they are read keep no other day from its turn.
pub fn days_to_read(now: DateTime<Utc>, known: &[Day], reread_days: u32) -> Vec<NaiveDate> {
    let today = now.date_naive();
    let known: HashMap<NaiveDate, &Day> = known.iter().map(|day| (day.day, day)).collect();
    let age = Days::new(u64::from(reread_days.max(1)) - 1);
    let is_settled = |day: &NaiveDate| {
        known
            .get(day)
            .is_some_and(|d| d.state == DayState::Complete && d.read_at.date_naive() >= *day + age)
    };
    let mut days: Vec<NaiveDate> = oldest_day(now)
        .iter_days()
        .take_while(|day| *day <= today)
        .filter(|day| *day + age >= today || !is_settled(day))
        .collect();
    let broke_off = |day: &NaiveDate| {
        known
            .get(day)
            .filter(|d| d.state == DayState::Partial)
            .map(|d| d.read_at)
    };
    days.sort_by_key(broke_off);
    days
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 0, 30, 0).unwrap()
    }

    fn day(back: u64, state: DayState) -> Day {
        Day {
            day: now().date_naive() - Days::new(back),
            state,
            records: 1,
            read_at: now(),
            whole_at: (state != DayState::Partial).then(now),
            probed_at: None,
            known: 0,
            late: 0,
            changed: 0,
            reason: None,
            trouble: None,
        }
    }

    #[test]
    fn an_empty_archive_asks_for_every_day_oldest_first() {
        let days = days_to_read(now(), &[], 3);
        assert_eq!(days.len(), 90);
        assert_eq!(days[0], oldest_day(now()));
        assert_eq!(days[89], now().date_naive());
        assert!(days.is_sorted());
    }

    #[test]
    fn complete_days_are_left_alone_but_for_the_last_ones() {
        let known: Vec<_> = (0..90).map(|back| day(back, DayState::Complete)).collect();
        let days = days_to_read(now(), &known, 3);
        assert_eq!(days.len(), 3);
        assert_eq!(days[2], now().date_naive());
    }

    #[test]
    fn a_day_that_was_last_read_when_records_could_still_arrive_late_is_read_again() {
        let early = Day {
            read_at: (now().date_naive() - Days::new(29))
                .and_hms_opt(0, 5, 0)
                .unwrap()
                .and_utc(),
            ..day(30, DayState::Complete)
        };
        let days = days_to_read(now(), &known_but(&[early]), 3);
        assert_eq!(days[0], now().date_naive() - Days::new(30));
        assert_eq!(days.len(), 4);
    }

    #[test]
    fn days_that_always_fail_keep_no_other_from_its_turn() {
        let failed = |back: u64, minutes: i64| Day {
            read_at: now() - chrono::TimeDelta::minutes(minutes),
            ..day(back, DayState::Partial)
        };
        let days = days_to_read(
            now(),
            &known_but(&[failed(80, 1), failed(79, 2), failed(78, 3)]),
            1,
        );
        let back = |n: u64| now().date_naive() - Days::new(n);
        assert_eq!(days, [back(0), back(78), back(79), back(80)]);
    }

    /// Every day complete, but these.
    fn known_but(others: &[Day]) -> Vec<Day> {
        (0..90)
            .map(|back| day(back, DayState::Complete))
            .map(|day| others.iter().find(|o| o.day == day.day).unwrap_or(&day).clone())
            .collect()
    }

    #[test]
    fn what_broke_off_is_asked_for_again() {
        let known: Vec<_> = (0..90)
            .map(|back| {
                day(
                    back,
                    if back == 40 {
                        DayState::Partial
                    } else {
                        DayState::Complete
                    },
                )
            })
            .collect();
        let days = days_to_read(now(), &known, 1);
        assert_eq!(days, [now().date_naive(), now().date_naive() - Days::new(40)]);
    }
}
