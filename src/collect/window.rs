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
/// soonest, and the last `reread_days` again, because records arrive late.
pub fn days_to_read(now: DateTime<Utc>, known: &[Day], reread_days: u32) -> Vec<NaiveDate> {
    let today = now.date_naive();
    let states: HashMap<NaiveDate, DayState> = known.iter().map(|day| (day.day, day.state)).collect();
    let again = today - Days::new(u64::from(reread_days.max(1)) - 1);
    oldest_day(now)
        .iter_days()
        .take_while(|day| *day <= today)
        .filter(|day| *day >= again || states.get(day) != Some(&DayState::Complete))
        .collect()
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
            reason: None,
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
        assert_eq!(days, [now().date_naive() - Days::new(40), now().date_naive()]);
    }
}
