//! The filter form: the search box, the period, and what can be chosen in it.
//!
//! What a filter has is listed and ticked, or stands in its text field; exclusions travel as hidden fields and are
//! seen as chips. So the form's fields are always the whole selection, and Apply loses nothing.

use chrono::{Datelike, Days, NaiveDate};

use super::{
    Choices, filters,
    picks::{self, Pick},
};
use crate::{
    audit::{
        Selection,
        selection::{Fault, FaultKind, FilterKey, From, Parsed, To, View},
    },
    i18n::{Arg, Lang},
    store::Facet,
};

/// The form's content, finished text throughout.
pub struct Form {
    pub search: SearchField,
    pub from: DateField,
    pub to: DateField,
    pub presets: Vec<Preset>,
    pub hidden: Vec<(String, String)>,
    pub picks: Vec<Pick>,
    /// Whether one of the fields that phones fold away is wrong.
    pub others_open: bool,
}

/// The search box.
pub struct SearchField {
    /// As typed.
    pub value: String,
    pub errors: Vec<SearchError>,
}

/// What of a search was not understood.
pub struct SearchError {
    pub text: String,
    /// What may have been meant, and a link that searches for it.
    pub better: Option<(String, String)>,
}

/// One end of the period.
pub struct DateField {
    pub value: String,
    pub error: Option<String>,
}

/// A range of dates as a link.
pub struct Preset {
    pub label: String,
    pub href: String,
    pub current: bool,
}

impl Form {
    pub fn new(
        asked: &Parsed,
        choices: &Choices,
        facets: &[Facet],
        names: &filters::Names,
        lang: Lang,
    ) -> Self {
        let selection = &asked.selection;
        let wrong = |field: &str| asked.faults.iter().any(|fault| fault.field == field);
        Self {
            search: SearchField {
                value: selection.search.text.clone(),
                errors: search_errors(asked, lang),
            },
            from: from_field(asked, lang),
            to: to_field(asked, lang),
            presets: presets(selection, asked.view, lang),
            hidden: hidden(asked),
            picks: picks::all(selection, choices, facets, names, &wrong, lang),
            others_open: FilterKey::ALL.into_iter().any(|key| wrong(key.name())),
        }
    }
}

fn search_errors(asked: &Parsed, lang: Lang) -> Vec<SearchError> {
    let faults = asked.faults.iter().filter(|fault| fault.field == "q");
    faults
        .map(|fault| SearchError {
            text: message(fault, asked, lang),
            better: fault.suggestion.as_ref().map(|text| {
                let meant = asked.selection.searching(text);
                (text.clone(), first_page(&meant, asked.view))
            }),
        })
        .collect()
}

/// The address of a selection's first page.
pub(super) fn first_page(selection: &Selection, view: View) -> String {
    format!(
        "/activity?{}",
        View { after: None, ..view }.append_to(selection.query())
    )
}

fn from_field(asked: &Parsed, lang: Lang) -> DateField {
    let error = error(asked, "from", lang);
    DateField {
        value: match (&asked.typed_from, asked.selection.from, is_wrong(asked)) {
            (Some(typed), _, true) => readable(typed),
            (_, From::Beginning, _) => String::new(),
            _ => asked
                .selection
                .first_day()
                .map(|day| day.to_string())
                .unwrap_or_default(),
        },
        error,
    }
}

fn to_field(asked: &Parsed, lang: Lang) -> DateField {
    DateField {
        value: match (&asked.typed_to, asked.selection.from, is_wrong(asked)) {
            (Some(typed), _, true) => readable(typed),
            (None, From::Beginning, _) if asked.selection.to == To::Today => String::new(),
            _ => asked.selection.last_day().to_string(),
        },
        error: error(asked, "to", lang),
    }
}

/// A date as a date input takes it; what is no date stays as typed.
fn readable(typed: &str) -> String {
    crate::audit::selection::parse_day(typed).map_or_else(|| typed.to_owned(), |day| day.to_string())
}

fn is_wrong(asked: &Parsed) -> bool {
    asked
        .faults
        .iter()
        .any(|fault| matches!(fault.field, "from" | "to"))
}

fn error(asked: &Parsed, field: &str, lang: Lang) -> Option<String> {
    asked
        .faults
        .iter()
        .find(|fault| fault.field == field)
        .map(|fault| message(fault, asked, lang))
}

/// A fault in words.
pub fn message(fault: &Fault, asked: &Parsed, lang: Lang) -> String {
    let key = match fault.kind {
        FaultKind::NotADate => "fault-not-a-date",
        FaultKind::ToBeforeFrom => "fault-to-before-from",
        FaultKind::UnknownZone => "fault-zone",
        FaultKind::UnknownSize => "fault-size",
        FaultKind::NotACursor => "fault-cursor",
        FaultKind::TooLong => "fault-too-long",
        FaultKind::TooMany => "fault-too-many",
        FaultKind::UnknownFilter => "search-fault-unknown-filter",
        FaultKind::EmptyFilter => "search-fault-empty-filter",
        FaultKind::NotDates => "search-fault-dates",
        FaultKind::NotAQuantity => "search-fault-quantity",
        FaultKind::Reversed => "search-fault-reversed",
        FaultKind::TooManyParts => "search-fault-too-many-parts",
        FaultKind::SearchTooLong => "search-fault-too-long",
    };
    let from = asked.typed_from.as_deref().unwrap_or_default();
    lang.t_with(
        key,
        &[
            ("text", Arg::Text(&fault.text)),
            ("from", Arg::Text(from)),
            ("meant", Arg::Text(fault.meant().unwrap_or_default())),
        ],
    )
}

fn presets(selection: &Selection, view: View, lang: Lang) -> Vec<Preset> {
    let today = selection.today;
    let ago = |days| {
        today
            .checked_sub_days(Days::new(days))
            .map_or(From::Default, From::Day)
    };
    let first_of = |day: NaiveDate| day.with_day(1).unwrap_or(day);
    let last_month = first_of(today).pred_opt().unwrap_or(today);
    [
        ("preset-today", From::Day(today), To::Day(today)),
        ("preset-7", ago(6), To::Today),
        ("preset-30", From::Default, To::Today),
        ("preset-90", ago(89), To::Today),
        ("preset-month", From::Day(first_of(today)), To::Today),
        (
            "preset-last-month",
            From::Day(first_of(last_month)),
            To::Day(last_month),
        ),
        ("preset-all", From::Beginning, To::Today),
    ]
    .into_iter()
    .map(|(key, from, to)| {
        let other = selection.over(from, to);
        Preset {
            label: lang.t(key),
            current: other.during() == selection.during(),
            href: first_page(&other, view),
        }
    })
    .collect()
}

/// What the form has no visible field for.
fn hidden(asked: &Parsed) -> Vec<(String, String)> {
    let mut hidden = Vec::new();
    if asked.zone_given {
        hidden.push(("tz".to_owned(), asked.selection.zone.name().to_owned()));
    }
    if asked.view.size != View::default().size {
        hidden.push(("size".to_owned(), asked.view.size.to_string()));
    }
    for filter in asked.selection.filters.iter().filter(|filter| filter.exclude) {
        let name = format!("-{}", filter.key.name());
        hidden.extend(filter.values.iter().map(|value| (name.clone(), value.clone())));
    }
    hidden
}
