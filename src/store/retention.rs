//! How long an archive keeps what it has, where it does not keep everything: by whole months.
//!
//! Pure: knows dates and nothing of databases.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};

use crate::audit::Ticks;

/// The first moment of 2000 and of 2100. What is dated outside is of no month: such a date is not to be believed, and
/// nothing is removed because of it.
const FIRST: Ticks = Ticks(630_822_816_000_000_000);
const BEYOND: Ticks = Ticks(662_695_776_000_000_000);

/// The date from which on an archive keeps what it has. What is dated before was removed, and is not archived again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptFrom(Ticks);

impl KeptFrom {
    pub fn new(ticks: Ticks) -> Self {
        Self(ticks)
    }

    /// As the archive says it: `None` where it keeps everything.
    pub fn of_archive(ticks: Option<i64>) -> Option<Self> {
        ticks.map(|ticks| Self(Ticks(ticks)))
    }

    pub fn ticks(self) -> Ticks {
        self.0
    }

    /// The first UTC day that is kept.
    pub fn day(self) -> NaiveDate {
        self.0.day().unwrap_or_default()
    }

    /// Whether what is dated so was removed, or would be.
    pub fn is_gone(self, dated: Ticks) -> bool {
        FIRST <= dated && dated < self.0.min(BEYOND)
    }
}

/// The first day that is kept of so many whole months before the one that has `today`.
pub fn first_kept(today: NaiveDate, months: u32) -> NaiveDate {
    let this_month = today.with_day(1).unwrap_or(today);
    this_month
        .checked_sub_months(Months::new(months))
        .unwrap_or_default()
        .max(FIRST.day().unwrap_or_default())
}

/// What an archive knows of a record that it removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    pub at: DateTime<Utc>,
    /// What the archive keeps now.
    pub kept_from: KeptFrom,
}

/// A month that was removed, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemovedMonth {
    pub first: NaiveDate,
    pub records: u64,
    /// Of these records, all versions.
    pub versions: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn whole_months_are_kept_beside_this_one() {
        assert_eq!(first_kept(day("2026-11-22"), 13), day("2025-10-01"));
        assert_eq!(first_kept(day("2026-01-31"), 13), day("2024-12-01"));
        assert_eq!(first_kept(day("2026-01-01"), 12_000), day("2000-01-01"));
        assert_eq!(first_kept(day("2026-01-01"), u32::MAX), day("2000-01-01"));
    }

    #[test]
    fn what_has_no_believable_date_stays() {
        let kept = KeptFrom::new(Ticks::start_of(day("2025-10-01")));
        assert_eq!(kept.day(), day("2025-10-01"));
        for (date, gone) in [
            ("1999-12-31", false),
            ("2000-01-01", true),
            ("2025-09-30", true),
            ("2025-10-01", false),
            ("2100-01-01", false),
        ] {
            assert_eq!(kept.is_gone(Ticks::start_of(day(date))), gone, "{date}");
        }
        assert!(!kept.is_gone(Ticks::MIN));
    }
}
