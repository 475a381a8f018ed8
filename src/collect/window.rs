//! Which days a run asks for, and how.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::store::{Day, DayState};

/// How far back Partner Center is asked. It keeps 90 days; its edge is a matter of clocks and time zones, so
/// the last day is left alone.
const DAYS_BACK: i64 = 89;
/// At these ages a day is read once more, whatever is known of it: the first time in case nothing runs at the second,
/// which seals it before Partner Center forgets it.
const CLOSING_AGES: [i64; 2] = [80, 88];
/// After so long every day is read again: a changed record changes no count.
const READ_AGAIN_AFTER: TimeDelta = TimeDelta::days(7);
/// After so long a day's count is compared.
const PROBE_AFTER: TimeDelta = TimeDelta::days(1);
/// So many records are few: five pages.
const FEW_RECORDS: u64 = 2_500;
/// Within so long everything that only confirms what is known gets its turn, spread over the runs …
const ROUND: Duration = Duration::from_secs(6 * 60 * 60);
/// … but a run takes at least so many.
const LEAST_AT_ONCE: usize = 8;

/// From this age on, a day that broke off is tried first …
const DYING_AGE: i64 = 87;
/// … so many at most: too few to end a run by failing in a row.
const DYING_AT_ONCE: usize = 2;

/// The oldest UTC day that Partner Center can still be asked for.
pub fn oldest_day(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive() - TimeDelta::days(DAYS_BACK)
}

/// What to do about a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Read it to its last page.
    Read,
    /// Compare its count, and read it when it differs.
    Probe,
}

/// Whether and how a day is due, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Broken off, and soon out of reach.
    Dying,
    /// Not known to be complete: it can be lost.
    Missing,
    /// One of the last days: what is new is there.
    Recent,
    /// Everything is known; it is looked at again because records arrive late and change.
    Confirm,
    /// Tried and broken off: those that fail whenever they are read keep no other day from its turn.
    BrokeOff(DateTime<Utc>),
}

/// The UTC days to look at now, in order.
///
/// - Every day in reach that is not known to be complete is read, oldest first, because it dies soonest; those whose
///   last reading broke off come at the very end, the longest untried first, but for two that are about to die.
/// - The last `reread_days` are read again, because records arrive late; so is a day that was not read at that age,
///   because nothing ran then.
/// - All others are probed daily, read weekly, and read twice more before they leave Partner Center's reach. That is
///   spread over the runs of six hours, of which there is one each `interval`.
pub fn days_due(
    now: DateTime<Utc>,
    known: &[Day],
    reread_days: u32,
    interval: Duration,
) -> Vec<(NaiveDate, Due)> {
    let known: HashMap<NaiveDate, &Day> = known.iter().map(|day| (day.day, day)).collect();
    let today = now.date_naive();
    let mut due: Vec<(Urgency, NaiveDate, Due)> = oldest_day(now)
        .iter_days()
        .take_while(|day| *day <= today)
        .filter_map(|day| {
            let (urgency, due) = urgency(now, day, known.get(&day).copied(), reread_days)?;
            Some((urgency, day, due))
        })
        .collect();
    let dying = now.date_naive() - TimeDelta::days(DYING_AGE);
    due.iter_mut()
        .filter(|(urgency, day, _)| matches!(urgency, Urgency::BrokeOff(_)) && *day <= dying)
        .take(DYING_AT_ONCE)
        .for_each(|(urgency, ..)| *urgency = Urgency::Dying);
    due.sort_by_key(|(urgency, day, _)| (*urgency, *day));
    let confirming = due
        .iter()
        .filter(|(urgency, ..)| *urgency == Urgency::Confirm)
        .count();
    let share = confirming as f64 * (interval.as_secs_f64() / ROUND.as_secs_f64()).min(1.0);
    let mut places = (share.ceil() as usize).max(LEAST_AT_ONCE);
    due.retain(|(urgency, ..)| {
        let confirms = *urgency == Urgency::Confirm;
        let takes = !confirms || places > 0;
        places -= usize::from(confirms && takes);
        takes
    });
    due.into_iter().map(|(_, day, due)| (day, due)).collect()
}

fn urgency(
    now: DateTime<Utc>,
    day: NaiveDate,
    known: Option<&Day>,
    reread_days: u32,
) -> Option<(Urgency, Due)> {
    let recent = TimeDelta::days(i64::from(reread_days.max(1)) - 1);
    let Some(known) = known else {
        return Some((Urgency::Missing, Due::Read));
    };
    if known.trouble.is_some() || known.state == DayState::Partial {
        return Some((Urgency::BrokeOff(known.read_at), Due::Read));
    }
    let whole_at = match known.whole_at {
        Some(at) if known.state == DayState::Complete => at,
        _ if day == now.date_naive() => return Some((Urgency::Recent, Due::Read)),
        _ => return Some((Urgency::Missing, Due::Read)),
    };
    let whole_at_age = whole_at.date_naive() - day;
    let age = now.date_naive() - day;
    if age <= recent || whole_at_age < recent {
        return Some((Urgency::Recent, Due::Read));
    }
    let closing = CLOSING_AGES
        .into_iter()
        .map(TimeDelta::days)
        .any(|closing| age >= closing && whole_at_age < closing);
    if closing || now - whole_at >= READ_AGAIN_AFTER {
        return Some((Urgency::Confirm, Due::Read));
    }
    let looked_at = known.probed_at.map_or(whole_at, |probed| probed.max(whole_at));
    (now - looked_at >= PROBE_AFTER).then_some((Urgency::Confirm, Due::Probe))
}

/// Whether a day whose count Partner Center does not tell is read where it would be probed: by the documents, pages
/// count only what is in them. A few pages cost little, and read they say more than a count. Of larger days those are
/// read for which records still come late (within a week where somebody measured); the weekly reading finds the rest.
pub fn reads_without_count(now: DateTime<Utc>, day: &Day) -> bool {
    day.records <= FEW_RECORDS || now.date_naive() - day.day <= READ_AGAIN_AFTER
}

#[cfg(test)]
mod tests {
    use chrono::{Days, TimeZone};
    use proptest::prelude::*;

    use super::*;

    const OFTEN: Duration = Duration::from_secs(300);

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 0, 30, 0).unwrap()
    }

    fn back(days: u64) -> NaiveDate {
        now().date_naive() - Days::new(days)
    }

    fn day(back_by: u64, state: DayState) -> Day {
        Day {
            day: back(back_by),
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

    fn whole_at(back_by: u64, at: DateTime<Utc>) -> Day {
        Day {
            read_at: at,
            whole_at: Some(at),
            ..day(back_by, DayState::Complete)
        }
    }

    fn due(known: &[Day], reread_days: u32) -> Vec<(NaiveDate, Due)> {
        days_due(now(), known, reread_days, OFTEN)
    }

    /// Every day complete, but these.
    fn known_but(others: &[Day]) -> Vec<Day> {
        (0..90)
            .map(|back| day(back, DayState::Complete))
            .map(|day| others.iter().find(|o| o.day == day.day).unwrap_or(&day).clone())
            .collect()
    }

    #[test]
    fn an_empty_archive_asks_for_every_day_oldest_first() {
        let days = due(&[], 3);
        assert_eq!(days.len(), 90);
        assert_eq!(
            (days[0], days[89]),
            ((oldest_day(now()), Due::Read), (back(0), Due::Read))
        );
        assert!(days.is_sorted_by_key(|(day, _)| *day));
    }

    #[test]
    fn complete_days_are_left_alone_but_for_the_last_ones() {
        assert_eq!(due(&known_but(&[]), 3), [2, 1, 0].map(|n| (back(n), Due::Read)));
    }

    #[test]
    fn a_day_that_was_last_read_when_records_could_still_arrive_late_is_read_again() {
        let early = whole_at(30, (back(29)).and_hms_opt(0, 5, 0).unwrap().and_utc());
        assert_eq!(due(&known_but(&[early]), 3)[0], (back(30), Due::Read));
    }

    #[test]
    fn days_that_always_fail_keep_no_other_from_its_turn() {
        let failed = |back: u64, minutes: i64| Day {
            read_at: now() - TimeDelta::minutes(minutes),
            ..day(back, DayState::Partial)
        };
        let days = due(&known_but(&[failed(80, 1), failed(79, 2), failed(78, 3)]), 1);
        assert_eq!(days, [0, 78, 79, 80].map(|n| (back(n), Due::Read)));
    }

    #[test]
    fn what_broke_off_and_is_about_to_die_comes_first() {
        // The network was down when the first run began: the oldest days were tried in vain, the others not at all.
        let in_vain = [89, 88, 87].map(|back| day(back, DayState::Partial));
        let days = due(&in_vain, 3);
        assert_eq!(days[..3], [89, 88, 86].map(|n| (back(n), Due::Read)));
        assert_eq!(days.last(), Some(&(back(87), Due::Read)));
    }

    #[test]
    fn what_broke_off_is_asked_for_again_also_where_it_was_complete_before() {
        let again = Day {
            trouble: Some("server-error".to_owned()),
            ..day(40, DayState::Complete)
        };
        assert_eq!(
            due(&known_but(&[again]), 1),
            [0, 40].map(|n| (back(n), Due::Read))
        );
    }

    #[test]
    fn a_day_is_probed_daily_and_read_weekly() {
        let ago = |hours| now() - TimeDelta::hours(hours);
        let quiet = whole_at(20, ago(23));
        let to_probe = whole_at(21, ago(25));
        let probed = Day {
            probed_at: Some(ago(1)),
            ..whole_at(22, ago(48))
        };
        let to_read = Day {
            probed_at: Some(ago(1)),
            ..whole_at(23, ago(7 * 24))
        };
        assert_eq!(
            due(&known_but(&[quiet, to_probe, probed, to_read]), 1),
            [
                (back(0), Due::Read),
                (back(23), Due::Read),
                (back(21), Due::Probe)
            ]
        );
    }

    #[test]
    fn a_day_is_read_twice_more_before_it_is_forgotten() {
        let yesterday = now() - TimeDelta::hours(23);
        for closing in [80, 88] {
            let known = known_but(&[whole_at(closing, yesterday)]);
            assert_eq!(due(&known, 1), [(back(0), Due::Read), (back(closing), Due::Read)]);
        }
        assert_eq!(
            due(&known_but(&[whole_at(88, now()), whole_at(89, yesterday)]), 1).len(),
            1
        );
    }

    #[test]
    fn what_only_confirms_is_spread_over_the_runs() {
        let old: Vec<Day> = (10..80)
            .map(|n| whole_at(n, now() - TimeDelta::days(2)))
            .collect();
        assert_eq!(due(&known_but(&old), 1).len(), 1 + LEAST_AT_ONCE);
        let rare = days_due(now(), &known_but(&old), 1, Duration::from_secs(24 * 60 * 60));
        assert_eq!(rare.len(), 1 + old.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Running at any times, with readings that fail or succeed: no day leaves the reach without a whole reading
        /// at the age of 80 days or more, as long as one of the last runs in each of its days succeeds.
        #[test]
        fn every_day_is_sealed_before_it_is_forgotten(pauses in proptest::collection::vec(1_i64..20, 250), fails in any::<u64>()) {
            let start = now();
            let mut at = start;
            let mut known: HashMap<NaiveDate, Day> = HashMap::new();
            let mut random = fails;
            for pause in pauses {
                at += TimeDelta::hours(pause);
                let list: Vec<Day> = known.values().cloned().collect();
                for (day, due) in days_due(at, &list, 3, OFTEN) {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let attempt = crate::store::DayAttempt {
                        day,
                        at,
                        appended: Default::default(),
                        end: match (due, random >> 62) {
                            (Due::Probe, _) => crate::store::AttemptEnd::Unchanged,
                            (Due::Read, 0) => crate::store::AttemptEnd::Broken { reason: String::new(), trouble: "x".to_owned() },
                            (Due::Read, _) => crate::store::AttemptEnd::Whole { records: 1 },
                        },
                    };
                    let after = Day::after(known.get(&day), &attempt);
                    known.insert(day, after);
                }
            }
            for day in known.values() {
                if at.date_naive() - day.day > TimeDelta::days(90) && day.day > start.date_naive() - TimeDelta::days(60) {
                    prop_assert!(day.whole_at.unwrap().date_naive() - day.day >= TimeDelta::days(80), "{day:?}");
                }
            }
        }
    }
}
