//! Dates and times as pages of all languages write them. Pure.
//!
//! Whether 1/2/2026 is in January or in February is never guessed from one date: [`Orders`] looks at all of them.

mod notation;
mod orders;
#[cfg(test)]
mod tests;
mod words;

use chrono::{MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

pub use notation::parse;
pub use orders::{Decided, Orders};

use crate::audit::Ticks;

/// In which order a date of three numbers is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
    YearFirst,
}

impl DateOrder {
    pub const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// The name in arguments and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
            Self::YearFirst => "year-first",
        }
    }

    /// The order of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == text)
    }
}

/// A date as it is written, as far as that can be told from it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    day: Day,
    time: NaiveTime,
    /// In seconds: how exact the time is.
    precision: i64,
    /// East of UTC, in seconds; nothing where the text names no zone.
    offset: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Sure(NaiveDate),
    /// What it is in each order of [`DateOrder::ALL`].
    Open([Option<NaiveDate>; 3]),
}

/// The time that a date means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Ticks,
    /// The same clock time an hour later, where clocks were set back.
    pub again: Option<Ticks>,
    /// In seconds.
    pub precision: i64,
}

/// Why a date means no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// It is none in that order.
    NotInThisOrder,
    /// Clocks skipped it.
    Skipped,
}

impl Written {
    /// Whether the text itself names its zone.
    pub fn has_zone(&self) -> bool {
        self.offset.is_some()
    }

    pub fn moment(&self, order: Option<DateOrder>, zone: Tz) -> Result<Moment, Unclear> {
        let day = match self.day {
            Day::Sure(day) => Some(day),
            Day::Open(days) => match order {
                Some(order) => days[order as usize],
                // Nothing depends on it.
                None => days.into_iter().flatten().next(),
            },
        };
        let at = day.ok_or(Unclear::NotInThisOrder)?.and_time(self.time);
        let (at, again) = match self.offset {
            Some(offset) => (at.and_utc() - TimeDelta::seconds(offset.into()), None),
            None => in_zone(at, zone)?,
        };
        Ok(Moment {
            at: Ticks::from(at),
            again: again.map(Ticks::from),
            precision: self.precision,
        })
    }
}

type Utcs = (chrono::DateTime<Utc>, Option<chrono::DateTime<Utc>>);

fn in_zone(at: NaiveDateTime, zone: Tz) -> Result<Utcs, Unclear> {
    match zone.from_local_datetime(&at) {
        MappedLocalTime::Single(one) => Ok((one.with_timezone(&Utc), None)),
        MappedLocalTime::Ambiguous(first, second) => {
            Ok((first.with_timezone(&Utc), Some(second.with_timezone(&Utc))))
        }
        MappedLocalTime::None => Err(Unclear::Skipped),
    }
}
