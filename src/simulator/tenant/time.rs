//! Moments in the service's own unit: ticks of 100 ns, written with seven fractional digits.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};

/// 100 ns since 1970-01-01T00:00:00Z.
pub(super) type Ticks = i64;

pub(super) const PER_SECOND: Ticks = 10_000_000;
pub(super) const PER_DAY: Ticks = 86_400 * PER_SECOND;
/// .NET counts from 0001-01-01.
const DOTNET_EPOCH: i64 = 621_355_968_000_000_000;

pub(super) fn from_date_time(at: DateTime<Utc>) -> Ticks {
    at.timestamp() * PER_SECOND + i64::from(at.timestamp_subsec_nanos() / 100)
}

pub(super) fn date_time(ticks: Ticks) -> DateTime<Utc> {
    let nanos = u32::try_from(ticks.rem_euclid(PER_SECOND) * 100).expect("below a second");
    DateTime::from_timestamp(ticks.div_euclid(PER_SECOND), nanos).unwrap_or_default()
}

pub(super) fn start_of(day: NaiveDate) -> Ticks {
    from_date_time(day.and_time(NaiveTime::MIN).and_utc())
}

/// `DateTime.Ticks` of .NET, as record ids end.
pub(super) fn dotnet(ticks: Ticks) -> i64 {
    ticks + DOTNET_EPOCH
}

/// `2017-06-15T22:56:05.0589308Z`
pub(super) fn stamp(ticks: Ticks) -> String {
    let at = date_time(ticks);
    let mut out = String::with_capacity(28);
    let (date, time) = (at.date_naive(), at.time());
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        ticks.rem_euclid(PER_SECOND),
    );
    out
}

/// Reads an `operationDate`, with any number of fractional digits; ticks are cut, not rounded.
pub(super) fn parse(text: &str) -> Option<Ticks> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(from_date_time(at.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_those_of_the_documented_record_id() {
        let ticks = parse("2020-09-02T23:26:19.7753934Z").unwrap();
        assert_eq!(dotnet(ticks), 637_346_859_797_753_934);
        assert_eq!(stamp(ticks), "2020-09-02T23:26:19.7753934Z");
    }
}
