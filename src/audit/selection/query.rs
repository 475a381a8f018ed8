//! A [`Selection`] read from and written to a query string: `docs/contract.md`, section 3.

use std::ops::Range;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Filter, FilterKey, From, Selection, To, parse_day};
use crate::audit::{Cursor, search::Search};

/// The longest value of a filter, in characters.
const LONGEST_VALUE: usize = 512;
/// How many values a query string may name.
const MOST_VALUES: usize = 200;

/// How the selection is looked at: which part of it, and how much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// 25, 50 or 100 records a page.
    pub size: u32,
    pub after: Option<Cursor>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            size: 50,
            after: None,
        }
    }
}

/// A query string understood as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    pub selection: Selection,
    pub view: View,
    /// What was not understood; everything else applies.
    pub faults: Vec<Fault>,
    /// The text of From and To as typed, for the form.
    pub typed_from: Option<String>,
    pub typed_to: Option<String>,
    /// Whether the query string itself names the zone.
    pub zone_given: bool,
}

/// A part of a query string that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key it stands under.
    pub field: &'static str,
    pub kind: FaultKind,
    /// The text as typed, at most 80 characters of it.
    pub text: String,
    /// Where it stands in the search box, in bytes.
    pub at: Option<Range<usize>>,
    /// The whole text of the search box as it was probably meant.
    pub suggestion: Option<String>,
}

impl Fault {
    /// The name of the filter that was probably meant.
    pub fn meant(&self) -> Option<&str> {
        let rest = self.suggestion.as_deref()?.get(self.at.as_ref()?.start..)?;
        rest.split([':', '：']).next()
    }
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    NotADate,
    ToBeforeFrom,
    UnknownZone,
    UnknownSize,
    NotACursor,
    TooLong,
    TooMany,
    /// `custmer:contoso`: no filter, but nearly one.
    UnknownFilter,
    /// `customer:`
    EmptyFilter,
    /// `date:soon`
    NotDates,
    /// `qty:many`
    NotAQuantity,
    /// `qty:10..5`
    Reversed,
    TooManyParts,
    SearchTooLong,
}

impl Selection {
    /// Reads a query string. `zone` is the reader's own, for when the query string names none.
    pub fn parse(query: &str, now: DateTime<Utc>, zone: Tz) -> Parsed {
        let mut reader = Reader::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            reader.take(&key, value.trim());
        }
        reader.finish(now, zone)
    }

    /// The query string of this selection, without `?`; what is a default stays out.
    /// `zone` is written, so that a link means the same to another reader.
    pub fn query(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        match self.from {
            From::Default => {}
            From::Beginning => {
                out.append_pair("from", "");
            }
            From::Day(day) => {
                out.append_pair("from", &day.to_string());
            }
        }
        if let To::Day(day) = self.to {
            out.append_pair("to", &day.to_string());
        }
        out.append_pair("tz", self.zone.name());
        if !self.search.text.is_empty() {
            out.append_pair("q", &self.search.text);
        }
        for filter in &self.filters {
            let name = filter.key.name();
            let key = if filter.exclude {
                format!("-{name}")
            } else {
                name.to_owned()
            };
            for value in &filter.values {
                out.append_pair(&key, value);
            }
        }
        out.finish()
    }
}

impl View {
    /// Appends what is not a default to a selection's query string.
    pub fn append_to(&self, mut query: String) -> String {
        if self.size != View::default().size {
            query.push_str(&format!("&size={}", self.size));
        }
        if let Some(cursor) = &self.after {
            query.push_str(&format!("&after={}", cursor.encode()));
        }
        query
    }
}

#[derive(Default)]
struct Reader {
    from: Option<String>,
    to: Option<String>,
    zone: Option<String>,
    search: Search,
    view: View,
    filters: Vec<Filter>,
    values: usize,
    faults: Vec<Fault>,
}

impl Reader {
    fn take(&mut self, key: &str, value: &str) {
        match key {
            // The last one wins, as a form field added to a link would.
            "from" => self.from = Some(value.to_owned()),
            "to" => self.to = Some(value.to_owned()),
            "tz" => self.zone = Some(value.to_owned()),
            "q" => {
                // The last one wins, and its faults.
                self.faults.retain(|fault| fault.field != "q");
                let (search, faults) = Search::read(value);
                self.search = search;
                self.faults.extend(faults);
            }
            "size" => match value {
                "25" => self.view.size = 25,
                "50" | "" => self.view.size = 50,
                "100" => self.view.size = 100,
                _ => self.fault("size", FaultKind::UnknownSize, value),
            },
            "after" if value.is_empty() => {}
            "after" => match Cursor::decode(value) {
                Some(cursor) => self.view.after = Some(cursor),
                None => self.fault("after", FaultKind::NotACursor, value),
            },
            _ => {
                let (exclude, name) = key.strip_prefix('-').map_or((false, key), |name| (true, name));
                if let Some(key) = FilterKey::ALL.into_iter().find(|k| k.name() == name) {
                    self.filter(key, exclude, value);
                }
            }
        }
    }

    fn filter(&mut self, key: FilterKey, exclude: bool, value: &str) {
        // An empty field of the form is not a condition.
        if value.is_empty() {
            return;
        }
        if value.chars().count() > LONGEST_VALUE {
            return self.fault(key.name(), FaultKind::TooLong, value);
        }
        self.values += 1;
        if self.values > MOST_VALUES {
            // Said once, not for each of them.
            if self.values == MOST_VALUES + 1 {
                self.fault(key.name(), FaultKind::TooMany, value);
            }
            return;
        }
        match self
            .filters
            .iter_mut()
            .find(|f| f.key == key && f.exclude == exclude)
        {
            Some(filter) if filter.values.iter().any(|v| v == value) => {}
            Some(filter) => filter.values.push(value.to_owned()),
            None => self.filters.push(Filter {
                key,
                exclude,
                values: vec![value.to_owned()],
            }),
        }
    }

    fn fault(&mut self, field: &'static str, kind: FaultKind, text: &str) {
        self.faults.push(Fault {
            field,
            kind,
            text: text.chars().take(80).collect(),
            at: None,
            suggestion: None,
        });
    }

    fn finish(mut self, now: DateTime<Utc>, own_zone: Tz) -> Parsed {
        let zone = match self.zone.take().filter(|z| !z.is_empty()) {
            None => None,
            Some(name) => {
                let zone = name.parse::<Tz>().ok();
                if zone.is_none() {
                    self.fault("tz", FaultKind::UnknownZone, &name);
                }
                zone
            }
        };
        let zone_given = zone.is_some();
        let zone = zone.unwrap_or(own_zone);
        let today = now.with_timezone(&zone).date_naive();

        let (typed_from, typed_to) = (self.from.take(), self.to.take());
        let from = match typed_from.as_deref() {
            None => From::Default,
            Some("") => From::Beginning,
            Some(text) => match parse_day(text) {
                Some(day) => From::Day(day),
                None => {
                    self.fault("from", FaultKind::NotADate, text);
                    From::Default
                }
            },
        };
        let to = match typed_to.as_deref() {
            None | Some("") => To::Today,
            Some(text) => match parse_day(text) {
                Some(day) => To::Day(day),
                None => {
                    self.fault("to", FaultKind::NotADate, text);
                    To::Today
                }
            },
        };
        let mut selection = Selection {
            zone,
            today,
            from,
            to,
            filters: std::mem::take(&mut self.filters),
            search: std::mem::take(&mut self.search),
        }
        .settled();
        if let From::Day(day) = from
            && selection.last_day() < day
        {
            // Nothing is swapped silently: the default range is shown beside the message.
            self.fault(
                "to",
                FaultKind::ToBeforeFrom,
                typed_to.as_deref().unwrap_or_default(),
            );
            selection = selection.over(From::Default, To::Today);
        }
        let bounded = |text: Option<String>| text.map(|t| t.chars().take(80).collect());
        Parsed {
            selection,
            view: self.view,
            faults: self.faults,
            typed_from: bounded(typed_from),
            typed_to: bounded(typed_to),
            zone_given,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeZone};
    use proptest::prelude::*;

    use super::*;
    use crate::audit::Ticks;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 23, 0, 0).unwrap()
    }

    fn parse(query: &str) -> Parsed {
        Selection::parse(query, now(), Tz::Asia__Tokyo)
    }

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn nothing_said_means_the_last_thirty_days_in_the_readers_zone() {
        let parsed = parse("");
        // 23:00 UTC is already the 21st in Tokyo.
        assert_eq!(parsed.selection.last_day(), day(2026, 11, 21));
        assert_eq!(parsed.selection.first_day(), Some(day(2026, 10, 23)));
        assert_eq!(parsed.faults, []);
    }

    #[test]
    fn days_are_inclusive_in_the_named_zone() {
        let parsed = parse("from=2026-08-01&to=2026-08-31&tz=UTC");
        assert_eq!(
            parsed.selection.during(),
            (Ticks::start_of(day(2026, 8, 1)), Ticks::start_of(day(2026, 9, 1)))
        );
    }

    #[test]
    fn an_empty_from_means_since_the_archive_begins() {
        assert_eq!(parse("from=").selection.during(), (Ticks::MIN, Ticks::MAX));
    }

    #[test]
    fn a_bad_date_is_named_and_the_filters_still_apply() {
        let parsed = parse("from=2024-13-01&customer=bri");
        assert_eq!(parsed.faults[0].field, "from");
        assert_eq!(parsed.faults[0].kind, FaultKind::NotADate);
        assert_eq!(parsed.typed_from.as_deref(), Some("2024-13-01"));
        assert_eq!(parsed.selection.values(FilterKey::Customer, false), ["bri"]);
        assert_eq!(parsed.selection.from, From::Default);
    }

    #[test]
    fn to_before_from_is_an_error_and_nothing_is_swapped() {
        let parsed = parse("from=2026-05-31&to=2026-05-01");
        assert_eq!(parsed.faults[0].field, "to");
        assert_eq!(parsed.faults[0].kind, FaultKind::ToBeforeFrom);
        assert_eq!(
            (parsed.selection.from, parsed.selection.to),
            (From::Default, To::Today)
        );
    }

    #[test]
    fn repeated_keys_are_alternatives_and_a_minus_excludes() {
        let parsed =
            parse("action=create_order&action=update_order&-status=succeeded&unknown=x&action=create_order");
        assert_eq!(
            parsed.selection.values(FilterKey::Action, false),
            ["create_order", "update_order"]
        );
        assert_eq!(parsed.selection.values(FilterKey::Status, true), ["succeeded"]);
        assert_eq!(parsed.selection.filters.len(), 2);
    }

    #[test]
    fn too_many_and_too_long_values_are_refused_with_one_word_each() {
        let many = "user=a&".repeat(100) + &(0..400).map(|i| format!("user=u{i}&")).collect::<String>();
        let parsed = parse(&many);
        assert_eq!(
            parsed
                .faults
                .iter()
                .filter(|f| f.kind == FaultKind::TooMany)
                .count(),
            1
        );
        let parsed = parse(&format!("user={}", "x".repeat(100_000)));
        assert_eq!(parsed.faults[0].kind, FaultKind::TooLong);
        assert_eq!(parsed.faults[0].text.len(), 80);
    }

    #[test]
    fn dates_in_the_search_take_the_place_of_the_default_and_meet_those_that_are_given() {
        let during = |query: &str| parse(query).selection.during();
        let may = (Ticks::start_of(day(2024, 5, 1)), Ticks::start_of(day(2024, 6, 1)));
        assert_eq!(during("q=date:2024-05&tz=UTC"), may);
        assert_eq!(parse("q=date:2024-05").selection.from, From::Beginning);
        assert_eq!(parse("q=x+-date:2024-05").selection.from, From::Default);
        assert_eq!(during("q=date:2024+date:..2024-05+date:2024-05..&tz=UTC"), may);
        assert_eq!(
            during("q=date:2024-05&from=2024-05-20&to=2024-07-01&tz=UTC"),
            (Ticks::start_of(day(2024, 5, 20)), may.1)
        );
        assert_eq!(during("q=date:2024-05..&tz=UTC"), (may.0, Ticks::MAX));
        // Nothing at all is a time without length, not one that runs backwards.
        let (from, until) = during("q=date:2024-05+date:2023&tz=UTC");
        assert_eq!(from, until);
        // Days are those of the zone.
        assert!(during("q=date:2024-05&tz=Asia/Tokyo").0 < may.0);
    }

    #[test]
    fn excluded_dates_are_times_of_their_own() {
        let selection = parse("q=-date:2024-05+-date:..2020&from=&tz=UTC").selection;
        assert_eq!(
            selection.excluded_times(),
            [
                (Ticks::start_of(day(2024, 5, 1)), Ticks::start_of(day(2024, 6, 1))),
                (Ticks::MIN, Ticks::start_of(day(2021, 1, 1))),
            ]
        );
        assert_eq!(selection.during(), (Ticks::MIN, Ticks::MAX));
    }

    #[test]
    fn faults_of_the_search_stand_beside_the_others_once() {
        let parsed = parse("q=custmer:x&q=a+custmer:y&size=7");
        assert_eq!(
            parsed
                .faults
                .iter()
                .map(|fault| (fault.field, fault.kind))
                .collect::<Vec<_>>(),
            [("q", FaultKind::UnknownFilter), ("size", FaultKind::UnknownSize)]
        );
        assert_eq!(parsed.faults[0].suggestion.as_deref(), Some("a customer:y"));
        assert_eq!(parsed.selection.search.text, "a custmer:y");
        assert_eq!(parsed.selection.search.parts.len(), 1);
    }

    fn any_search() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(
            &[
                "contoso",
                "date:2024-05..",
                "-date:2024",
                "user:\"a b\"",
                "qty:>5",
                "松本",
                "-",
                "&q=%",
                "\"",
                "date:x",
            ][..],
        );
        prop_oneof![
            prop::collection::vec(piece, 0..5).prop_map(|all| all.join(" ")),
            "\\PC{0,20}"
        ]
    }

    fn any_filter() -> impl Strategy<Value = (FilterKey, bool, String)> {
        (
            prop::sample::select(&FilterKey::ALL[..]),
            any::<bool>(),
            "[^\\s\\x00][^\\x00]{0,20}[^\\s\\x00]",
        )
    }

    proptest! {
        #[test]
        fn a_selection_survives_its_query_string(
            from in prop_oneof![Just(From::Default), Just(From::Beginning), (0i64..20000).prop_map(|d| From::Day(day(1990,1,1) + chrono::Days::new(d as u64)))],
            span in 0u64..3000,
            has_to in any::<bool>(),
            filters in prop::collection::vec(any_filter(), 0..6),
            search in any_search(),
        ) {
            let mut selection = Selection::everything(Tz::Europe__Berlin, now().with_timezone(&Tz::Europe__Berlin).date_naive());
            let to = match from {
                From::Day(d) if has_to => To::Day(d + chrono::Days::new(span)),
                From::Day(d) if d > selection.today => To::Day(d),
                _ => To::Today,
            };
            selection = selection.over(from, to);
            for (key, exclude, value) in filters {
                let value = value.trim();
                if !value.is_empty() {
                    selection = selection.with(key, exclude, value);
                }
            }
            selection = selection.searching(&search);
            let parsed = Selection::parse(&selection.query(), now(), Tz::UTC);
            prop_assert!(parsed.faults.iter().all(|fault| fault.field == "q"), "{:?}", parsed.faults);
            prop_assert_eq!(parsed.selection, selection);
        }

        #[test]
        fn no_query_string_panics(query in ".*") {
            let _ = parse(&query).selection.during();
        }

        #[test]
        fn no_search_panics(search in any_search()) {
            let selection = parse("").selection.searching(&search);
            let (from, until) = selection.during();
            prop_assert!(from <= until);
            prop_assert!(selection.excluded_times().iter().all(|(from, until)| from < until));
        }
    }
}
