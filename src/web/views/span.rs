//! Ranges that move along with time, and what of an address is saved.
//!
//! The periods of the filter form lead to addresses with fixed dates; saved as they are, "Last 7 days" would stand still.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::audit::{
    Selection,
    selection::{From, Parsed, To, View},
};

/// The longest query string that is saved, in bytes: as much as any reader's filters need, and far less than the head
/// of a request may have.
pub const LONGEST: usize = 4000;

/// A range that is as long tomorrow as it is today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Today,
    Week,
    ThirtyDays,
    NinetyDays,
    Month,
    LastMonth,
}

/// Which dates are saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// A range that moves.
    Moving(Span),
    /// The first and the last day as they are now.
    Fixed,
    /// What the address says: it may have an open end.
    AsWritten,
}

impl Span {
    pub const ALL: [Self; 6] = [
        Self::Today,
        Self::Week,
        Self::ThirtyDays,
        Self::NinetyDays,
        Self::Month,
        Self::LastMonth,
    ];

    /// Its name in the archive and in forms; with `preset-` before it, its message.
    pub fn key(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "7",
            Self::ThirtyDays => "30",
            Self::NinetyDays => "90",
            Self::Month => "month",
            Self::LastMonth => "last-month",
        }
    }

    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.key() == key)
    }

    /// The ranges that a selection's dates are today.
    pub fn matching(selection: &Selection) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|span| span.over(selection).during() == selection.during())
            .collect()
    }

    /// The same filters over this range, as of the selection's today.
    pub fn over(self, selection: &Selection) -> Selection {
        let today = selection.today;
        let since = |days| {
            today
                .checked_sub_days(Days::new(days))
                .map_or(From::Default, From::Day)
        };
        let first_of = |day: NaiveDate| day.with_day(1).unwrap_or(day);
        let last_month = first_of(today).pred_opt().unwrap_or(today);
        let (from, to) = match self {
            Self::Today => (From::Day(today), To::Day(today)),
            Self::Week => (since(6), To::Today),
            Self::ThirtyDays => (From::Default, To::Today),
            Self::NinetyDays => (since(89), To::Today),
            Self::Month => (From::Day(first_of(today)), To::Today),
            Self::LastMonth => (From::Day(first_of(last_month)), To::Day(last_month)),
        };
        selection.over(from, to)
    }
}

/// The query string to save: canonical, without the page, the language and a zone that it does not name; without dates
/// where they move.
pub fn query(asked: &Parsed, keep: Keep) -> String {
    let selection = &asked.selection;
    let kept = match (keep, selection.first_day()) {
        (Keep::Moving(_), _) => selection.over(From::Default, To::Today),
        (Keep::Fixed, Some(first)) => selection.over(From::Day(first), To::Day(selection.last_day())),
        (Keep::Fixed | Keep::AsWritten, _) => selection.clone(),
    };
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(kept.query().as_bytes()) {
        if key != "tz" || asked.zone_given {
            out.append_pair(&key, &value);
        }
    }
    let view = View {
        after: None,
        ..asked.view
    };
    view.append_to(out.finish()).trim_start_matches('&').to_owned()
}

/// The selection that a saved view is at a moment, for a reader whose own zone is `zone`.
pub fn selection(query: &str, span: Option<&str>, now: DateTime<Utc>, zone: Tz) -> Selection {
    let selection = Selection::parse(query, now, zone).selection;
    match span.and_then(Span::of_key) {
        Some(span) => span.over(&selection),
        None => selection,
    }
}

/// The address that a saved view has at a moment.
pub fn address(query: &str, span: Option<&str>, now: DateTime<Utc>, zone: Tz) -> String {
    let mut dates = form_urlencoded::Serializer::new(String::new());
    if span.is_some() {
        let selection = selection(query, span, now, zone);
        if let From::Day(day) = selection.from {
            dates.append_pair("from", &day.to_string());
        }
        if let To::Day(day) = selection.to {
            dates.append_pair("to", &day.to_string());
        }
    }
    let dates = dates.finish();
    match (dates.is_empty(), query.is_empty()) {
        (true, true) => "/activity".to_owned(),
        (true, false) => format!("/activity?{query}"),
        (false, true) => format!("/activity?{dates}"),
        (false, false) => format!("/activity?{dates}&{query}"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, day, 23, 0, 0).unwrap()
    }

    fn parse(query: &str) -> Parsed {
        Selection::parse(query, at(20), Tz::Asia__Tokyo)
    }

    #[test]
    fn what_names_no_dates_is_saved_without() {
        let saved = query(&parse("customer=bri&lang=ja&after=x&open=y"), Keep::AsWritten);
        assert_eq!(saved, "customer=bri");
        assert_eq!(query(&parse(""), Keep::AsWritten), "");
        assert_eq!(query(&parse("size=25"), Keep::AsWritten), "size=25");
    }

    #[test]
    fn a_zone_is_saved_where_the_address_names_it() {
        assert_eq!(query(&parse("tz=UTC&from="), Keep::AsWritten), "from=&tz=UTC");
        assert_eq!(query(&parse("from="), Keep::AsWritten), "from=");
    }

    #[test]
    fn dates_are_kept_move_or_stand_as_the_reader_says() {
        // In Tokyo it is the 21st.
        let week = parse("from=2026-11-15&status=failed");
        assert_eq!(Span::matching(&week.selection), [Span::Week]);
        assert_eq!(query(&week, Keep::AsWritten), "from=2026-11-15&status=failed");
        assert_eq!(
            query(&week, Keep::Fixed),
            "from=2026-11-15&to=2026-11-21&status=failed"
        );
        let moving = query(&week, Keep::Moving(Span::Week));
        assert_eq!(moving, "status=failed");
        assert_eq!(
            address(&moving, Some("7"), at(25), Tz::UTC),
            "/activity?from=2026-11-19&status=failed"
        );
    }

    #[test]
    fn every_span_is_itself_at_any_time() {
        for day in 1..=30 {
            for span in Span::ALL {
                let address = address("tz=Asia%2FTokyo", Some(span.key()), at(day), Tz::UTC);
                let query = address.split_once('?').unwrap().1;
                let selection = Selection::parse(query, at(day), Tz::UTC).selection;
                assert!(
                    Span::matching(&selection).contains(&span),
                    "{span:?} {day} {address}"
                );
                assert_eq!(Span::of_key(span.key()), Some(span));
            }
        }
    }
}
