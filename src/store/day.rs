//! A UTC day of an account: what is known of it, and how an attempt to read it changes that.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::Appended;

/// A UTC day of an account, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub day: NaiveDate,
    pub state: DayState,
    /// How many records the last whole reading showed; of a day that never was read whole, what broken ones did.
    pub records: u64,
    /// The last attempt.
    pub read_at: DateTime<Utc>,
    /// The last reading that showed all of the day.
    pub whole_at: Option<DateTime<Utc>>,
    /// When its count was last compared with Partner Center's.
    pub probed_at: Option<DateTime<Utc>>,
    /// Records shown again and skipped, over all readings.
    pub known: u64,
    /// Records that appeared after the day was first complete.
    pub late: u64,
    /// Records that got another version, over all readings.
    pub changed: u64,
    /// Why the last attempt failed, in words for the log and the operator.
    pub reason: Option<String>,
    /// The kind of that failure, as a code.
    pub trouble: Option<String>,
}

/// Whether everything that Partner Center shows of a day is archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayState {
    /// Read to its last page after the day had ended.
    Complete,
    /// Read to its last page while the day was still going on.
    SoFar,
    /// Never read to its last page, or known to have more than was read.
    Partial,
}

/// An attempt to read a day, and how it ended.
#[derive(Clone, Debug)]
pub struct DayAttempt {
    pub day: NaiveDate,
    /// Up to when it counts: the earlier of the two clocks when it began.
    pub at: DateTime<Utc>,
    /// What it changed in the archive.
    pub appended: Appended,
    pub end: AttemptEnd,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub enum AttemptEnd {
    /// All of the day was shown: so many records.
    Whole { records: u64 },
    /// It broke off.
    Broken { reason: String, trouble: String },
    /// Only the count was compared: it is the archive's.
    Unchanged,
}

/// The moment in which a UTC day is over.
pub fn end_of(day: NaiveDate) -> DateTime<Utc> {
    (day + Days::new(1)).and_time(NaiveTime::MIN).and_utc()
}

impl Day {
    /// What is known of a day after an attempt, from what was known before.
    ///
    /// A day that was complete stays complete when a later reading breaks off, unless that reading showed records
    /// that were not there before: then there may be more of them.
    pub fn after(before: Option<&Self>, attempt: &DayAttempt) -> Self {
        let was_complete = before.is_some_and(|day| day.state == DayState::Complete);
        let new = attempt.appended.new;
        let mut day = before.cloned().unwrap_or(Self {
            day: attempt.day,
            state: DayState::Partial,
            records: 0,
            read_at: attempt.at,
            whole_at: None,
            probed_at: None,
            known: 0,
            late: 0,
            changed: 0,
            reason: None,
            trouble: None,
        });
        day.known += attempt.appended.known;
        day.changed += attempt.appended.revised;
        if was_complete {
            day.late += new;
        }
        match &attempt.end {
            AttemptEnd::Unchanged => day.probed_at = Some(attempt.at),
            AttemptEnd::Whole { records } => {
                day.read_at = attempt.at;
                day.whole_at = Some(attempt.at);
                day.records = *records;
                day.state = match attempt.at >= end_of(day.day) {
                    true => DayState::Complete,
                    false => DayState::SoFar,
                };
                (day.reason, day.trouble) = (None, None);
            }
            AttemptEnd::Broken { reason, trouble } => {
                day.read_at = attempt.at;
                if !was_complete || new > 0 {
                    day.state = DayState::Partial;
                }
                if day.whole_at.is_none() {
                    let shown = new + attempt.appended.known + attempt.appended.revised;
                    day.records = day.records.max(shown);
                }
                (day.reason, day.trouble) = (Some(reason.clone()), Some(trouble.clone()));
            }
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn attempt(hour: i64, new: u64, end: AttemptEnd) -> DayAttempt {
        DayAttempt {
            day: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
            at: Utc.with_ymd_and_hms(2026, 11, 20, 0, 0, 0).unwrap() + chrono::TimeDelta::hours(hour),
            appended: Appended {
                new,
                known: 2,
                revised: 1,
            },
            end,
        }
    }

    fn broken() -> AttemptEnd {
        AttemptEnd::Broken {
            reason: "500".to_owned(),
            trouble: "server-error".to_owned(),
        }
    }

    #[test]
    fn a_day_grows_until_it_is_over_and_what_comes_then_is_late() {
        let day = Day::after(None, &attempt(23, 5, AttemptEnd::Whole { records: 7 }));
        assert_eq!((day.state, day.late), (DayState::SoFar, 0));
        let day = Day::after(Some(&day), &attempt(24, 3, AttemptEnd::Whole { records: 10 }));
        assert_eq!((day.state, day.late, day.records), (DayState::Complete, 0, 10));
        let day = Day::after(Some(&day), &attempt(30, 1, AttemptEnd::Whole { records: 11 }));
        assert_eq!(
            (day.state, day.late, day.known, day.changed),
            (DayState::Complete, 1, 6, 3)
        );
    }

    #[test]
    fn a_broken_reading_leaves_a_complete_day_complete_unless_it_showed_something_new() {
        let complete = Day::after(None, &attempt(24, 5, AttemptEnd::Whole { records: 7 }));
        let day = Day::after(Some(&complete), &attempt(30, 0, broken()));
        assert_eq!((day.state, day.whole_at), (DayState::Complete, complete.whole_at));
        assert_eq!(day.trouble.as_deref(), Some("server-error"));
        let day = Day::after(Some(&complete), &attempt(30, 1, broken()));
        assert_eq!((day.state, day.late), (DayState::Partial, 1));
    }

    #[test]
    fn a_compared_count_changes_nothing_but_when_it_was_compared() {
        let complete = Day::after(None, &attempt(24, 5, AttemptEnd::Whole { records: 7 }));
        let mut probed = attempt(40, 0, AttemptEnd::Unchanged);
        probed.appended = Appended::default();
        let day = Day::after(Some(&complete), &probed);
        assert_eq!(day.probed_at, Some(probed.at));
        assert_eq!(
            Day {
                probed_at: None,
                ..day
            },
            complete
        );
    }
}
