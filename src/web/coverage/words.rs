//! Days, moments and troubles as the coverage of the archive is told.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::{
    i18n::{Arg, Lang, grouped},
    store::{KeptFrom, coverage::stretches},
    web::dates::Dates,
};

/// So many stretches of days are named; the rest is counted.
const NAMED: usize = 5;

/// `12:40 today` · `20 Nov 2026, 12:40`
pub fn until(at: DateTime<Utc>, now: DateTime<Utc>, dates: Dates) -> String {
    match dates.local_day(at) == dates.local_day(now) {
        true => dates
            .lang
            .t_with("coverage-today", &[("time", Arg::Text(&clock(at, dates.zone)))]),
        false => dates.minute(at),
    }
}

/// `12:40`
pub fn clock(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%H:%M").to_string()
}

/// How long ago a moment is: `26 h`
pub fn age(at: DateTime<Utc>, now: DateTime<Utc>, lang: Lang) -> String {
    let minutes = (now - at).num_minutes().max(0);
    let (key, n) = match minutes {
        0..120 => ("age-minutes", minutes),
        120..2880 => ("age-hours", minutes / 60),
        _ => ("age-days", minutes / 1440),
    };
    lang.t_with(key, &[("n", Arg::Number(n))])
}

/// `3 Feb 2024`, with the time where the reader's day does not begin then.
pub fn from(at: DateTime<Utc>, dates: Dates) -> String {
    match at.with_timezone(&dates.zone).time() == NaiveTime::MIN {
        true => dates.day(dates.local_day(at)),
        false => dates.minute(at),
    }
}

/// `Activities before 3 Feb 2024 were removed …`
pub fn removed_before(kept_from: KeptFrom, dates: Dates) -> String {
    let day = kept_from.ticks().to_utc().map(|at| from(at, dates));
    dates.lang.t_with(
        "coverage-removed-before",
        &[("day", Arg::Text(&day.unwrap_or_default()))],
    )
}

/// `14 May 2024, 16 May 2024 – 18 May 2024 and 3 more`; the days are of UTC, which is said where the reader's are not.
pub fn days(days: impl IntoIterator<Item = NaiveDate>, dates: Dates) -> String {
    let lang = dates.lang;
    let all = stretches(days);
    let mut named: Vec<String> = all.iter().take(NAMED).map(|pair| stretch(*pair, dates)).collect();
    let rest: i64 = all
        .iter()
        .skip(NAMED)
        .map(|(first, last)| (*last - *first).num_days() + 1)
        .sum();
    if rest > 0 {
        named.push(lang.t_with("coverage-more-days", &[("n", Arg::Number(rest))]));
    }
    let text = named.join(&lang.t("list-joint"));
    match dates.zone == Tz::UTC {
        true => text,
        false => lang.t_with("coverage-utc", &[("days", Arg::Text(&text))]),
    }
}

/// `16 May 2024 – 18 May 2024`
pub fn stretch((first, last): (NaiveDate, NaiveDate), dates: Dates) -> String {
    match first == last {
        true => dates.day(first),
        false => dates.lang.t_with(
            "range",
            &[
                ("from", Arg::Text(&dates.day(first))),
                ("to", Arg::Text(&dates.day(last))),
            ],
        ),
    }
}

/// A count, its plural chosen by it.
pub fn counted(key: &str, n: u64, lang: Lang) -> String {
    let number = i64::try_from(n).unwrap_or(i64::MAX);
    lang.t_with(
        key,
        &[
            ("n", Arg::Number(number)),
            ("number", Arg::Text(&grouped(number))),
        ],
    )
}

/// A kind of trouble: what it is, and what to do about it. Codes that no message knows get general words.
pub fn trouble(code: Option<&str>, lang: Lang) -> (String, String) {
    let fits = |code: &&str| {
        (1..=60).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let message = |kind: &str| lang.try_t(&format!("{kind}-{}", code.filter(fits)?));
    (
        message("trouble").unwrap_or_else(|| lang.t("coverage-trouble")),
        message("remedy").unwrap_or_else(|| lang.t("coverage-remedy")),
    )
}

#[cfg(test)]
mod tests {
    use chrono::{Days, TimeZone};

    use super::*;

    fn dates(lang: Lang, zone: Tz) -> Dates {
        Dates { lang, zone }
    }

    fn day(n: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 5, 1).unwrap() + Days::new(n)
    }

    #[test]
    fn days_in_a_row_are_told_as_a_stretch_and_many_are_counted() {
        let english = dates(Lang::En, Tz::UTC);
        assert_eq!(
            days([day(0), day(1), day(4)], english),
            "1 May 2024 – 2 May 2024, 5 May 2024"
        );
        assert_eq!(
            days((0..20).map(|n| day(n * 2)), english),
            "1 May 2024, 3 May 2024, 5 May 2024, 7 May 2024, 9 May 2024, and 15 more days"
        );
        assert_eq!(days([day(0)], dates(Lang::En, Tz::Asia__Tokyo)), "1 May 2024 UTC");
        assert_eq!(
            days([day(0)], dates(Lang::Ja, Tz::Asia__Tokyo)),
            "2024/05/01 (UTC)"
        );
    }

    #[test]
    fn a_moment_is_told_as_briefly_as_it_can_be() {
        let at = Utc.with_ymd_and_hms(2024, 5, 31, 15, 0, 0).unwrap();
        let (tokyo, utc) = (dates(Lang::En, Tz::Asia__Tokyo), dates(Lang::En, Tz::UTC));
        assert_eq!(from(at, tokyo), "1 Jun 2024");
        assert_eq!(from(at, utc), "31 May 2024, 15:00");
        assert_eq!(until(at, at, utc), "15:00 today");
        assert_eq!(until(at, at + Days::new(1), utc), "31 May 2024, 15:00");
    }

    #[test]
    fn an_unheard_of_trouble_has_general_words() {
        for code in [
            None,
            Some(""),
            Some("no-such-trouble"),
            Some("x y\n"),
            Some("../secret"),
        ] {
            let (what, remedy) = trouble(code, Lang::En);
            assert_eq!(what, Lang::En.t("coverage-trouble"), "{code:?}");
            assert_eq!(remedy, Lang::En.t("coverage-remedy"), "{code:?}");
        }
    }
}
