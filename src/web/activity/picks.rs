//! What each filter of the form offers: its values in the present selection with their numbers, the most frequent
//! first; those that it has none of after them; and whatever is set, in any case.
//!
//! Reads an [`crate::store::Overview`]; where its counts were left out, values stand without numbers.

use std::cmp::Reverse;

use super::{
    Choices,
    filters::{self, Names},
};
use crate::{
    audit::{
        Selection,
        selection::FilterKey,
        vocabulary::{Area, OperationType},
    },
    i18n::{Arg, Lang, grouped},
    store::{Facet, FacetValue, Suggestion},
    wording,
};

/// Of people and companies so many are listed; the others are found by typing.
const LISTED: usize = 8;
/// Of applications and of changed fields.
const LISTED_FEW: usize = 12;
/// How many values a text field proposes.
pub const PROPOSED: usize = 20;
/// How long a name may get in a list, in characters.
const NAME: usize = 80;

/// A filter as a list that opens.
pub struct Pick {
    /// The name of its fields.
    pub key: &'static str,
    pub label: String,
    /// What is chosen: `any`, the one value, or how many.
    pub chosen: String,
    pub is_set: bool,
    /// Whether what stands in its text field is wrong.
    pub is_wrong: bool,
    pub text: Option<TextField>,
    pub groups: Vec<Group>,
    /// That there are more values than those that are listed.
    pub more: Option<String>,
}

/// A field for values that are not listed, or for parts of them.
pub struct TextField {
    pub hint: String,
    pub value: String,
    pub options: Vec<Proposal>,
}

/// A value that a text field proposes.
pub struct Proposal {
    /// What stands in the field when it is taken.
    pub value: String,
    /// What it means, where that is something else.
    pub meaning: Option<String>,
    /// What the filter takes instead, exactly: for script, which ticks it.
    pub exact: Option<String>,
}

/// Choices that belong together.
pub struct Group {
    pub label: Option<String>,
    pub choices: Vec<Choice>,
}

/// One of the values that a filter can have.
pub struct Choice {
    pub value: String,
    pub label: String,
    /// How many activities of the selection have it; nothing where that was not counted.
    pub count: Option<String>,
    pub is_none: bool,
    pub checked: bool,
}

/// Every filter of the form.
pub fn all(
    selection: &Selection,
    choices: &Choices,
    facets: &[Facet],
    names: &Names,
    is_wrong: &dyn Fn(&str) -> bool,
    lang: Lang,
) -> Vec<Pick> {
    let any = lang.t("pick-any");
    let offered = [
        (FilterKey::Customer, &[][..], LISTED, Some("filter-customer-hint")),
        (FilterKey::Action, &choices.actions, usize::MAX, None),
        (FilterKey::User, &[], LISTED, Some("filter-user-hint")),
        (FilterKey::Status, &choices.statuses, usize::MAX, None),
        (FilterKey::Resource, &choices.resources, usize::MAX, None),
        (FilterKey::Actor, &choices.actors, usize::MAX, None),
        (FilterKey::App, &[], LISTED_FEW, Some("pick-app-hint")),
        (FilterKey::Changed, &[], LISTED_FEW, Some("pick-changed-hint")),
        (FilterKey::Source, &choices.sources, usize::MAX, None),
        (FilterKey::Account, &choices.accounts, usize::MAX, None),
    ];
    offered
        .into_iter()
        // One account is no choice, unless somebody chose it.
        .filter(|(key, known, ..)| {
            *key != FilterKey::Account || known.len() > 1 || !selection.values(*key, false).is_empty()
        })
        .map(|(key, known, most, hint)| {
            let facet = facets.iter().find(|facet| facet.key == key);
            let (mut listed, text) = list(selection, key, facet, known, most, hint.is_some());
            let naming = |value: &str, name: Option<&str>| match name {
                Some(name) => wording::one_line(name, NAME),
                None => wording::one_line(&filters::words(key, value, names, lang), NAME),
            };
            let chosen = match selection.values(key, false) {
                [] => any.clone(),
                [one] => {
                    let name = listed.iter().find(|l| l.value == one).and_then(|l| l.name);
                    naming(one, name)
                }
                many => lang.t_with("pick-chosen", &[("n", number(many.len()))]),
            };
            let unlisted = facet.map_or(0, |facet| facet.more + facet.values.len().saturating_sub(most));
            let field = hint.map(|hint| TextField {
                hint: lang.t(hint),
                value: text.unwrap_or_default().to_owned(),
                options: match key {
                    FilterKey::Customer | FilterKey::User => proposals(key, next_values(facet, most), lang),
                    _ => Vec::new(),
                },
            });
            let choices = listed.drain(..).map(|l| Choice {
                label: naming(l.value, l.name),
                value: l.value.to_owned(),
                count: l.count.map(|n| grouped(i64::try_from(n).unwrap_or(i64::MAX))),
                is_none: l.count == Some(0),
                checked: l.checked,
            });
            Pick {
                key: key.name(),
                label: filters::label(key, lang),
                is_set: !selection.values(key, false).is_empty(),
                is_wrong: is_wrong(key.name()),
                chosen,
                groups: match key {
                    FilterKey::Action => by_area(choices.collect(), lang),
                    _ => vec![Group {
                        label: None,
                        choices: choices.collect(),
                    }],
                },
                more: (unlisted > 0 && field.is_some())
                    .then(|| lang.t_with("pick-more", &[("n", number(unlisted))])),
                text: field,
            }
        })
        .collect()
}

struct Listed<'a> {
    value: &'a str,
    name: Option<&'a str>,
    count: Option<u64>,
    checked: bool,
}

/// The values to tick, and the one that stands in the text field.
fn list<'a>(
    selection: &'a Selection,
    key: FilterKey,
    facet: Option<&'a Facet>,
    known: &'a [String],
    most: usize,
    has_text: bool,
) -> (Vec<Listed<'a>>, Option<&'a str>) {
    let set = selection.values(key, false);
    let is_set = |value: &str| set.iter().any(|s| s.eq_ignore_ascii_case(value));
    let counted = facet.map_or(&[][..], |facet| &facet.values);
    let mut listed: Vec<Listed<'a>> = counted
        .iter()
        .enumerate()
        // What is set stays in the list, however rare it is.
        .filter(|(i, value)| *i < most || is_set(&value.value))
        .map(|(_, value)| Listed {
            value: &value.value,
            name: value.name.as_deref(),
            count: Some(value.count),
            checked: is_set(&value.value),
        })
        .collect();
    let is_listed =
        |listed: &[Listed<'_>], value: &str| listed.iter().any(|l| l.value.eq_ignore_ascii_case(value));
    let counts = |value: &str| match facet {
        // Of a part of a name nobody counted how many have it.
        Some(_) if !has_text || filters::is_id(value) => Some(0),
        _ => None,
    };
    for value in known {
        if !is_listed(&listed, value) {
            listed.push(Listed {
                value,
                name: None,
                count: counts(value),
                checked: is_set(value),
            });
        }
    }
    let others: Vec<&str> = set
        .iter()
        .map(String::as_str)
        .filter(|value| !is_listed(&listed, value))
        .collect();
    let typed = match others[..] {
        [one] if has_text && !filters::is_id(one) => Some(one),
        _ => None,
    };
    if typed.is_none() {
        listed.extend(others.into_iter().map(|value| Listed {
            value,
            name: None,
            count: counts(value),
            checked: true,
        }));
    }
    // What is chosen is seen without scrolling; equal numbers have an order, too.
    listed.sort_by_key(|l| (!l.checked, Reverse(l.count.unwrap_or(0)), l.value));
    (listed, typed)
}

/// What is chosen comes first: it may be far down in its area.
fn by_area(mut all: Vec<Choice>, lang: Lang) -> Vec<Group> {
    let chosen: Vec<_> = all.extract_if(.., |choice| choice.checked).collect();
    let chosen = (!chosen.is_empty()).then_some(Group {
        label: None,
        choices: chosen,
    });
    let areas = Area::ALL.into_iter().filter_map(|area| {
        let of_area = |choice: &mut Choice| OperationType(choice.value.as_str().into()).area() == area;
        let choices: Vec<_> = all.extract_if(.., of_area).collect();
        (!choices.is_empty()).then(|| Group {
            label: Some(wording::area(area, lang)),
            choices,
        })
    });
    chosen.into_iter().chain(areas).collect()
}

/// The most frequent values after those that are listed.
fn next_values(facet: Option<&Facet>, listed: usize) -> impl Iterator<Item = (&str, Option<&str>)> {
    fn as_pair(value: &FacetValue) -> (&str, Option<&str>) {
        (&value.value, value.name.as_deref())
    }
    let values = facet.map_or(&[][..], |facet| &facet.values);
    values.iter().take(PROPOSED).skip(listed).map(as_pair)
}

/// What a text field proposes of values as the archive knows them.
pub fn suggested(key: FilterKey, all: &[Suggestion], lang: Lang) -> Vec<Proposal> {
    proposals(
        key,
        all.iter().map(|s| (s.value.as_str(), s.name.as_deref())),
        lang,
    )
}

/// A customer is proposed by its name, which a field without script takes as it is; its id stands for it where two
/// have the same name.
fn proposals<'a>(
    key: FilterKey,
    values: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    lang: Lang,
) -> Vec<Proposal> {
    let values: Vec<_> = values.filter(|(value, _)| is_value(value)).collect();
    values
        .iter()
        .map(|&(value, name)| {
            let is_alone = |name: &str| values.iter().filter(|(_, other)| *other == Some(name)).count() == 1;
            match name.filter(|name| key == FilterKey::Customer && is_value(name) && is_alone(name)) {
                Some(name) => Proposal {
                    value: name.to_owned(),
                    meaning: None,
                    exact: Some(value.to_owned()),
                },
                None => Proposal {
                    value: value.to_owned(),
                    meaning: name
                        .map(|name| wording::one_line(name, NAME))
                        .or_else(|| match key {
                            FilterKey::App => wording::application_name(value, lang),
                            _ => None,
                        }),
                    exact: None,
                },
            }
        })
        .collect()
}

/// Whether a field that hands it in asks for just this.
fn is_value(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.chars().count() <= 512
}

fn number<'a>(n: usize) -> Arg<'a> {
    Arg::Number(i64::try_from(n).unwrap_or(i64::MAX))
}
