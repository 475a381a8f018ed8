//! The filter form: what stands in its fields, and what it carries along unseen.
//!
//! A field shows a filter that has one value. Several values of one filter, and exclusions, travel as hidden
//! fields and are seen as chips; the visible field then adds another value.

use chrono::{Datelike, Days, NaiveDate};

use super::{Choices, filters};
use crate::{
    audit::{
        Selection,
        selection::{FaultKind, FilterKey, From, Parsed, To, View},
        vocabulary::{Area, OperationType},
    },
    i18n::{Arg, Lang},
    wording,
};

/// The form's content, finished text throughout.
pub struct Form {
    pub from: DateField,
    pub to: DateField,
    pub presets: Vec<Preset>,
    pub hidden: Vec<(String, String)>,
    pub customer: TextField,
    pub user: TextField,
    pub app: TextField,
    pub actions: Vec<Group>,
    pub resources: Vec<Choice>,
    pub statuses: Vec<Choice>,
    /// Empty where there is only one account.
    pub accounts: Vec<Choice>,
    /// Whether one of the fields that phones fold away is wrong.
    pub others_open: bool,
    /// Whether a filter behind "More filters" is set.
    pub more_open: bool,
    pub clear: String,
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

/// A field that takes any text and suggests some.
pub struct TextField {
    pub value: String,
    /// Value, and what it means where that is something else.
    pub suggestions: Vec<(String, Option<String>)>,
}

/// Choices that belong together.
pub struct Group {
    pub label: String,
    pub choices: Vec<Choice>,
}

/// One of the values that a filter can have.
pub struct Choice {
    pub value: String,
    pub label: String,
    pub selected: bool,
}

impl Form {
    pub fn new(asked: &Parsed, choices: Choices, lang: Lang) -> Self {
        let selection = &asked.selection;
        let applications = choices.applications.into_iter().map(|id| {
            let name = wording::application_name(&id, lang);
            (id, name)
        });
        Self {
            from: from_field(asked, lang),
            to: to_field(asked, lang),
            presets: presets(selection, asked.view, lang),
            hidden: hidden(asked),
            customer: text(selection, FilterKey::Customer, plain(choices.customers)),
            user: text(selection, FilterKey::User, plain(choices.users)),
            app: text(selection, FilterKey::App, applications.collect()),
            actions: actions(selection, choices.actions, lang),
            resources: select(selection, FilterKey::Resource, choices.resources, lang),
            statuses: select(selection, FilterKey::Status, choices.statuses, lang),
            accounts: accounts(selection, choices.accounts),
            others_open: asked
                .faults
                .iter()
                .any(|fault| matches!(fault.kind, FaultKind::TooLong | FaultKind::TooMany)),
            more_open: [FilterKey::App, FilterKey::Account, FilterKey::Resource]
                .into_iter()
                .any(|key| shown(selection, key).is_some()),
            clear: first_page(&selection.unfiltered(), asked.view),
        }
    }
}

/// The address of a selection's first page.
fn first_page(selection: &Selection, view: View) -> String {
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
pub fn message(fault: &crate::audit::selection::Fault, asked: &Parsed, lang: Lang) -> String {
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
    for filter in &asked.selection.filters {
        if !filter.exclude && shown(&asked.selection, filter.key).is_some() {
            continue;
        }
        let name = filter.key.name();
        let name = if filter.exclude {
            format!("-{name}")
        } else {
            name.to_owned()
        };
        hidden.extend(filter.values.iter().map(|value| (name.clone(), value.clone())));
    }
    hidden
}

/// The value that a visible field shows.
fn shown(selection: &Selection, key: FilterKey) -> Option<&str> {
    match selection.values(key, false) {
        [one] => Some(one),
        _ => None,
    }
}

fn text(selection: &Selection, key: FilterKey, suggestions: Vec<(String, Option<String>)>) -> TextField {
    TextField {
        value: shown(selection, key).unwrap_or_default().to_owned(),
        suggestions,
    }
}

fn plain(values: Vec<String>) -> Vec<(String, Option<String>)> {
    values.into_iter().map(|value| (value, None)).collect()
}

fn choice(selection: &Selection, key: FilterKey, value: String, lang: Lang) -> Choice {
    Choice {
        label: filters::words(key, &value, &filters::Names::new(), lang),
        selected: shown(selection, key) == Some(&value),
        value,
    }
}

/// The values that the archive has, and the one that is set.
fn select(selection: &Selection, key: FilterKey, mut values: Vec<String>, lang: Lang) -> Vec<Choice> {
    if let Some(set) = shown(selection, key)
        && !values.iter().any(|value| value == set)
    {
        values.push(set.to_owned());
    }
    let mut all: Vec<Choice> = values
        .into_iter()
        .map(|value| choice(selection, key, value, lang))
        .collect();
    all.sort_by(|a, b| a.label.cmp(&b.label));
    all
}

fn actions(selection: &Selection, values: Vec<String>, lang: Lang) -> Vec<Group> {
    let mut all = select(selection, FilterKey::Action, values, lang);
    Area::ALL
        .into_iter()
        .filter_map(|area| {
            let of_area = |choice: &mut Choice| OperationType(choice.value.as_str().into()).area() == area;
            let choices: Vec<_> = all.extract_if(.., of_area).collect();
            (!choices.is_empty()).then(|| Group {
                label: wording::area(area, lang),
                choices,
            })
        })
        .collect()
}

fn accounts(selection: &Selection, accounts: Vec<(String, String)>) -> Vec<Choice> {
    if accounts.len() < 2 {
        return Vec::new();
    }
    let set = shown(selection, FilterKey::Account);
    accounts
        .into_iter()
        .map(|(id, name)| Choice {
            selected: set == Some(&id),
            value: id,
            label: name,
        })
        .collect()
}
