//! Moments and days as a reader of a language in a zone expects them.

use chrono::{DateTime, Datelike, NaiveDate, Offset, Timelike as _, Utc};
use chrono_tz::Tz;

use crate::i18n::{Arg, Lang};

const WEEKDAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A language and a zone.
#[derive(Clone, Copy, Debug)]
pub struct Dates {
    pub lang: Lang,
    pub zone: Tz,
}

impl Dates {
    /// `31 May 2024` · `2024/05/31`
    pub fn day(&self, day: NaiveDate) -> String {
        match self.lang {
            Lang::En => format!("{} {} {}", day.day(), MONTHS[day.month0() as usize], day.year()),
            Lang::Ja => format!("{:04}/{:02}/{:02}", day.year(), day.month(), day.day()),
        }
    }

    /// `Friday, 31 May 2024` · `2024年5月31日 (金)`
    pub fn day_heading(&self, day: NaiveDate) -> String {
        match self.lang {
            Lang::En => day.format("%A, %-d %B %Y").to_string(),
            Lang::Ja => format!(
                "{} ({})",
                day.format("%Y年%-m月%-d日"),
                WEEKDAYS[day.weekday().num_days_from_monday() as usize]
            ),
        }
    }

    /// `May 2024` · `2024年5月`
    pub fn month(&self, day: NaiveDate) -> String {
        match self.lang {
            Lang::En => day.format("%B %Y").to_string(),
            Lang::Ja => day.format("%Y年%-m月").to_string(),
        }
    }

    /// `2024` · `2024年`
    pub fn year(&self, day: NaiveDate) -> String {
        match self.lang {
            Lang::En => day.format("%Y").to_string(),
            Lang::Ja => day.format("%Y年").to_string(),
        }
    }

    /// `Fri` · `金`, or in full `Friday` · `金曜日`
    pub fn weekday(&self, day: NaiveDate, full: bool) -> String {
        let japanese = WEEKDAYS[day.weekday().num_days_from_monday() as usize];
        match (self.lang, full) {
            (Lang::En, false) => day.format("%a").to_string(),
            (Lang::En, true) => day.format("%A").to_string(),
            (Lang::Ja, false) => japanese.to_owned(),
            (Lang::Ja, true) => format!("{japanese}曜日"),
        }
    }

    /// What stands between a date and its time.
    pub fn joint(&self) -> &'static str {
        match self.lang {
            Lang::En => ", ",
            Lang::Ja => " ",
        }
    }

    /// `31 May 2024, 23:59:05` · `2024/05/31 23:59:05`
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        format!(
            "{}{}{}",
            self.day(self.local_day(at)),
            self.joint(),
            self.time(at)
        )
    }

    /// `31 May 2024, 23:59` · `2024/05/31 23:59`
    pub fn minute(&self, at: DateTime<Utc>) -> String {
        let time = at.with_timezone(&self.zone).format("%H:%M");
        format!("{}{}{time}", self.day(self.local_day(at)), self.joint())
    }

    /// `23:59:05`
    pub fn time(&self, at: DateTime<Utc>) -> String {
        let at = at.with_timezone(&self.zone);
        format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }

    /// The day in this zone.
    pub fn local_day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// `UTC+9`, `UTC+5:30`, `UTC`
    pub fn offset(&self, at: DateTime<Utc>) -> String {
        let seconds = at.with_timezone(&self.zone).offset().fix().local_minus_utc();
        if seconds == 0 {
            return "UTC".to_owned();
        }
        let sign = if seconds < 0 { '−' } else { '+' };
        let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
        match minutes {
            0 => format!("UTC{sign}{hours}"),
            _ => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }

    /// `JST, UTC+9` · `JST、UTC+9`; one of both where the zone has no letters or is UTC itself.
    pub fn zone_label(&self, at: DateTime<Utc>) -> String {
        let offset = self.offset(at);
        let letters = at.with_timezone(&self.zone).format("%Z").to_string();
        if letters.starts_with(['+', '-']) || letters == offset {
            return offset;
        }
        let joint = match self.lang {
            Lang::En => ", ",
            Lang::Ja => "、",
        };
        format!("{letters}{joint}{offset}")
    }

    /// `4 min ago`; a moment ahead counts as now.
    pub fn ago(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let minutes = (now - at).num_minutes().max(0);
        let (key, n) = match minutes {
            0 => return self.lang.t("ago-now"),
            1..120 => ("ago-minutes", minutes),
            120..2880 => ("ago-hours", minutes / 60),
            _ => ("ago-days", minutes / 1440),
        };
        self.lang.t_with(key, &[("n", Arg::Number(n))])
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2024, 5, 31, 14, 59, 5).unwrap()
    }

    #[test]
    fn days_and_times_are_as_chrono_formats_them() {
        for (lang, format) in [(Lang::En, "%-d %b %Y, %H:%M:%S"), (Lang::Ja, "%Y/%m/%d %H:%M:%S")] {
            for day in 0..800 {
                let at = at() + chrono::Duration::minutes(day * 1_441);
                let expected = at.with_timezone(&Tz::Asia__Tokyo).format(format).to_string();
                assert_eq!(dates(lang, Tz::Asia__Tokyo).moment(at), expected);
            }
        }
    }

    fn dates(lang: Lang, zone: Tz) -> Dates {
        Dates { lang, zone }
    }

    #[test]
    fn moments_are_written_as_each_language_writes_them() {
        assert_eq!(
            dates(Lang::En, Tz::Asia__Tokyo).moment(at()),
            "31 May 2024, 23:59:05"
        );
        assert_eq!(
            dates(Lang::Ja, Tz::Asia__Tokyo).moment(at()),
            "2024/05/31 23:59:05"
        );
        assert_eq!(
            dates(Lang::Ja, Tz::UTC).day_heading(dates(Lang::Ja, Tz::UTC).local_day(at())),
            "2024年5月31日 (金)"
        );
    }

    #[test]
    fn a_zone_is_named_with_its_offset() {
        assert_eq!(dates(Lang::En, Tz::Asia__Tokyo).zone_label(at()), "JST, UTC+9");
        assert_eq!(dates(Lang::Ja, Tz::Asia__Tokyo).zone_label(at()), "JST、UTC+9");
        assert_eq!(dates(Lang::En, Tz::UTC).zone_label(at()), "UTC");
        assert_eq!(dates(Lang::En, Tz::Asia__Kolkata).offset(at()), "UTC+5:30");
        assert_eq!(dates(Lang::En, Tz::America__Sao_Paulo).zone_label(at()), "UTC−3");
    }
}
