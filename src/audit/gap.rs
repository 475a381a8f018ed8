//! How far one date lies from another, as a calendar counts.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

use super::Ticks;

/// The way from an older value to a newer one; negative where the newer one lies before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The same day and time of another year.
    Years(i32),
    /// The same day and time of another month.
    Months(i32),
    /// Whole days, or days and less than one more: cut.
    Days(i64),
    Hours(i64),
    Minutes(i64),
    /// Less than a minute.
    Seconds(i64),
}

/// Whether two texts are dates, and the same moment. Dates without a zone are of UTC.
pub fn same_moment(one: &str, other: &str) -> bool {
    matches!((ticks(one), ticks(other)), (Some(one), Some(other)) if one == other)
}

impl Gap {
    /// The way from one date to another, as audit records write them; `None` where one is no date.
    pub fn between(old: &str, new: &str) -> Option<Self> {
        let (old, new) = (moment(old)?, moment(new)?);
        if let Some(months) = whole_months(old, new) {
            return Some(match months % 12 {
                0 => Self::Years(months / 12),
                _ => Self::Months(months),
            });
        }
        let seconds = (new - old).num_seconds();
        Some(match seconds.abs() {
            // Less than anybody would call a distance.
            0 => return None,
            1..60 => Self::Seconds(seconds),
            60..3_600 => Self::Minutes(seconds / 60),
            3_600..86_400 => Self::Hours(seconds / 3_600),
            _ => Self::Days(seconds / 86_400),
        })
    }
}

/// Looked at before a text is parsed: most values are none.
fn looks_like_date(text: &str) -> bool {
    let text = text.as_bytes();
    (10..=40).contains(&text.len()) && text[..4].iter().all(u8::is_ascii_digit) && text[4] == b'-'
}

/// A date, with or without a time.
pub fn ticks(text: &str) -> Option<Ticks> {
    if !looks_like_date(text) {
        return None;
    }
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .map(Ticks::start_of)
    };
    Ticks::parse(text).or_else(day)
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    ticks(text)?.to_utc()
}

fn whole_months(old: DateTime<Utc>, new: DateTime<Utc>) -> Option<i32> {
    let months = (new.year() - old.year()) * 12 + new.month() as i32 - old.month() as i32;
    let reached = match months {
        0 => return None,
        1.. => old.checked_add_months(Months::new(months.unsigned_abs())),
        _ => old.checked_sub_months(Months::new(months.unsigned_abs())),
    };
    (reached == Some(new)).then_some(months)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_that_fits_is_told() {
        for (old, new, gap) in [
            ("2026-05-14T00:00:00Z", "2029-05-14T00:00:00Z", Gap::Years(3)),
            ("2026-05-14", "2026-04-14", Gap::Months(-1)),
            ("2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", Gap::Months(1)),
            ("2026-05-14T00:00:00Z", "2026-05-21T12:00:00Z", Gap::Days(7)),
            ("2026-05-14T00:00:00Z", "2026-05-13T21:30:00Z", Gap::Hours(-2)),
            ("2026-05-14T00:00:00Z", "2026-05-14T00:01:30Z", Gap::Minutes(1)),
            (
                "2026-05-14T00:00:00.1Z",
                "2026-05-14T09:00:05.1+09:00",
                Gap::Seconds(5),
            ),
        ] {
            assert_eq!(Gap::between(old, new), Some(gap), "{old} {new}");
        }
    }

    #[test]
    fn what_is_no_date_has_no_distance() {
        for (old, new) in [
            ("2026", "2027"),
            ("P1Y", "P3Y"),
            ("", "2026-05-14"),
            ("2026-13-01", "2026-01-01"),
        ] {
            assert_eq!(Gap::between(old, new), None, "{old} {new}");
        }
        assert!(same_moment(
            "2026-05-14T00:00:00Z",
            "2026-05-14T09:00:00.000+09:00"
        ));
        assert!(same_moment("2026-05-14", "2026-05-14T00:00:00Z"));
        assert_eq!(
            Gap::between("2026-05-14T00:00:00.1Z", "2026-05-14T00:00:00.5Z"),
            None
        );
        assert!(!same_moment("x", "x"));
    }

    proptest::proptest! {
        #[test]
        fn there_and_back_is_the_same_unit_with_the_other_sign_but_for_months(old in 0_i64..4_000_000_000, new in 0_i64..4_000_000_000) {
            let text = |at| DateTime::from_timestamp(at, 0).unwrap().to_rfc3339();
            proptest::prop_assume!(old != new);
            let sign = |gap: Option<Gap>| match gap.unwrap() {
                Gap::Years(n) | Gap::Months(n) => i64::from(n).signum(),
                Gap::Days(n) | Gap::Hours(n) | Gap::Minutes(n) | Gap::Seconds(n) => n.signum(),
            };
            let (there, back) = (Gap::between(&text(old), &text(new)), Gap::between(&text(new), &text(old)));
            proptest::prop_assert_eq!(sign(there), (new - old).signum());
            proptest::prop_assert_eq!(sign(there), -sign(back));
        }
    }
}
