//! Partner Center's time: 100-nanosecond ticks since 0001-01-01 UTC, as .NET counts and as record ids carry them.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Timelike as _, Utc};

const PER_SECOND: i64 = 10_000_000;

/// A moment in 100 ns since 0001-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(pub i64);

impl Ticks {
    pub const MIN: Self = Self(i64::MIN);
    pub const MAX: Self = Self(i64::MAX);
    /// 1970-01-01.
    pub const UNIX_EPOCH: Self = Self(621_355_968_000_000_000);

    /// Reads the notations found in audit records: RFC 3339 with up to nine fractional digits, with or
    /// without a zone (then UTC), and with stray spaces. Digits beyond 100 ns are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if text.len() > 64 {
            return None;
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
            return Some(Self::from(at.with_timezone(&Utc)));
        }
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
            .ok()
            .map(|at| Self::from(at.and_utc()))
    }

    /// The moment as chrono has it; `None` outside the years chrono knows.
    pub fn to_utc(self) -> Option<DateTime<Utc>> {
        let since = self.0.checked_sub(Self::UNIX_EPOCH.0)?;
        DateTime::from_timestamp(
            since.div_euclid(PER_SECOND),
            (since.rem_euclid(PER_SECOND) * 100) as u32,
        )
    }

    /// The first moment of a UTC day.
    pub fn start_of(day: NaiveDate) -> Self {
        Self::from(day.and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// The UTC day this moment lies in.
    pub fn day(self) -> Option<NaiveDate> {
        self.to_utc().map(|at| at.date_naive())
    }

    /// `yyyy-mm-ddThh:mm:ss.fffffffZ`, always seven digits.
    pub fn to_rfc3339(self) -> Option<String> {
        let at = self.to_utc()?;
        let fraction = self.0.rem_euclid(PER_SECOND);
        let (day, time) = (at.date_naive(), at.time());
        Some(format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{fraction:07}Z",
            day.year(),
            day.month(),
            day.day(),
            time.hour(),
            time.minute(),
            time.second(),
        ))
    }
}

impl From<DateTime<Utc>> for Ticks {
    fn from(at: DateTime<Utc>) -> Self {
        let seconds = at.timestamp().saturating_mul(PER_SECOND);
        Self(
            seconds
                .saturating_add(Self::UNIX_EPOCH.0)
                .saturating_add(i64::from(at.timestamp_subsec_nanos().min(999_999_999)) / 100),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_agree_with_the_record_id_that_microsoft_documents() {
        let ticks = Ticks::parse("2020-09-02T23:26:19.7753934Z").unwrap();
        assert_eq!(ticks, Ticks(637_346_859_797_753_934));
        assert_eq!(ticks.to_rfc3339().unwrap(), "2020-09-02T23:26:19.7753934Z");
    }

    #[test]
    fn other_notations_of_one_instant_agree() {
        let utc = Ticks::parse("2017-06-15T22:56:04.077Z").unwrap();
        for text in [
            "2017-06-15T15:56:04.077-07:00",
            "2017-06-15T22:56:04.0770000",
            " 2017-06-15T22: 56: 04.077Z",
        ] {
            assert_eq!(Ticks::parse(text), Some(utc), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "2017-13-01T00:00:00Z",
            "0000",
            "6/1/2017 12:00:00 AM",
        ] {
            assert_eq!(Ticks::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn ticks_round_trip(n in 0_i64..3_155_378_975_999_999_999) {
            let ticks = Ticks(n);
            proptest::prop_assert_eq!(Ticks::parse(&ticks.to_rfc3339().unwrap()), Some(ticks));
        }
    }
}
