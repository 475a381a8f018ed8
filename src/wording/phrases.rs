//! The gist of a record: the second line of a row, the details column of the export.

use super::{field, one_line, value};
use crate::{
    audit::{
        explain::{Change, Phrase},
        gap::Gap,
        secrets::MASK,
    },
    i18n::{Arg, Lang, grouped},
};

/// How long a name may get in a phrase, and how long the whole line.
const NAME: usize = 80;
const LINE: usize = 300;
/// How many licences are named.
const LICENCES: usize = 3;

/// Fields whose values tell by themselves what they are.
const SELF_EVIDENT: &[&str] = &[
    "UserPrincipalName",
    "DisplayName",
    "FriendlyName",
    "Name",
    "Title",
    "PrimaryDomainName",
    "Domain",
    "CompanyName",
    "RelationshipName",
    "ProductName",
    "OfferName",
    "DeviceName",
    "PolicyName",
    "ApplicationName",
    "Subject",
];

/// One line: `25 × Office 365 Business Premium Trial, order d51a052e…`. Empty when there is nothing to tell.
pub fn essentials(parts: &[Phrase], lang: Lang) -> String {
    let mut line = String::new();
    for part in parts {
        let text = phrase(part, lang);
        if !line.is_empty() {
            line.push_str(match (lang, part) {
                (Lang::En, Phrase::ForUser(_)) => " ",
                (Lang::En, _) => ", ",
                (Lang::Ja, _) => "、",
            });
        }
        line.push_str(&text);
    }
    one_line(&line, LINE)
}

/// One part of the gist.
pub fn phrase(phrase: &Phrase, lang: Lang) -> String {
    match phrase {
        Phrase::Product { name, quantity, more } => product(name, quantity.as_deref(), *more, lang),
        Phrase::Order(number) => lang.t_with("phrase-order", &[("number", Arg::Text(&one_line(number, 40)))]),
        Phrase::LicencesAdded(names) => licences("phrase-licence-added", names, lang),
        Phrase::LicencesRemoved(names) => licences("phrase-licence-removed", names, lang),
        Phrase::ForUser(user) => {
            let key = if user.contains('@') {
                "phrase-for-user"
            } else {
                "phrase-for-user-id"
            };
            lang.t_with(key, &[("user", Arg::Text(&one_line(user, NAME)))])
        }
        Phrase::Change(change) => changed(change, lang),
        Phrase::MoreChanges(count) => {
            let (count, number) = counted(*count);
            lang.t_with(
                "phrase-more-changes",
                &[("number", Arg::Number(number)), ("count", Arg::Text(&count))],
            )
        }
        Phrase::Field {
            field: name,
            value: text,
        } => {
            let words = value(name, text, lang);
            match SELF_EVIDENT.contains(&name.as_str()) {
                true => words,
                false => lang.t_with(
                    "phrase-field",
                    &[
                        ("field", Arg::Text(&field(name, lang))),
                        ("value", Arg::Text(&words)),
                    ],
                ),
            }
        }
    }
}

fn product(name: &str, quantity: Option<&str>, more: usize, lang: Lang) -> String {
    let name = one_line(name, NAME);
    let quantity = quantity.map(|quantity| one_line(quantity, 20));
    let more_text = counted(more).0;
    let name_arg = ("name", Arg::Text(&name));
    match (quantity, more) {
        (None, 0) => name,
        (Some(quantity), 0) => lang.t_with("phrase-product", &[name_arg, ("quantity", Arg::Text(&quantity))]),
        (None, _) => lang.t_with("phrase-name-more", &[name_arg, ("more", Arg::Text(&more_text))]),
        (Some(quantity), _) => lang.t_with(
            "phrase-product-more",
            &[
                name_arg,
                ("quantity", Arg::Text(&quantity)),
                ("more", Arg::Text(&more_text)),
            ],
        ),
    }
}

fn licences(key: &str, names: &[String], lang: Lang) -> String {
    let named = names.iter().take(LICENCES);
    let mut parts: Vec<String> = named
        .map(|name| lang.t_with(key, &[("name", Arg::Text(&one_line(name, NAME)))]))
        .collect();
    if names.len() > LICENCES {
        parts.push(lang.t_with(
            "phrase-more",
            &[("count", Arg::Text(&counted(names.len() - LICENCES).0))],
        ));
    }
    parts.join(match lang {
        Lang::En => ", ",
        Lang::Ja => "、",
    })
}

fn changed(change: &Change, lang: Lang) -> String {
    // The value itself has no name.
    changed_field(change, lang).trim_start().to_owned()
}

fn changed_field(change: &Change, lang: Lang) -> String {
    let label = field(&change.field, lang);
    let label = ("field", Arg::Text(&label));
    let words = |text: &str| value(&change.field, text, lang);
    match (change.old.as_deref(), change.new.as_deref()) {
        (Some(MASK), Some(MASK)) => lang.t_with("phrase-change-secret", &[label]),
        (Some(old), Some(new)) => {
            let (old, new) = (words(old), words(new));
            let both = [label, ("old", Arg::Text(&old)), ("new", Arg::Text(&new))];
            let Some(delta) = apart(change, lang) else {
                return lang.t_with("phrase-change", &both);
            };
            let [label, old, new] = both;
            lang.t_with(
                "phrase-change-delta",
                &[label, old, new, ("delta", Arg::Text(&delta))],
            )
        }
        (None, new) => lang.t_with(
            "phrase-change-added",
            &[label, ("new", Arg::Text(&words(new.unwrap_or_default())))],
        ),
        (Some(old), None) => lang.t_with("phrase-change-removed", &[label, ("old", Arg::Text(&words(old)))]),
    }
}

/// How far the two values are apart: `+5`, `3 days later`.
pub fn apart(change: &Change, lang: Lang) -> Option<String> {
    let signed = |delta: &String| delta.replacen('-', "−", 1);
    change
        .delta
        .as_ref()
        .map(signed)
        .or_else(|| change.gap.map(|gap| distance(gap, lang)))
}

fn distance(gap: Gap, lang: Lang) -> String {
    let (unit, n) = match gap {
        Gap::Years(n) => ("years", i64::from(n)),
        Gap::Months(n) => ("months", i64::from(n)),
        Gap::Days(n) => ("days", n),
        Gap::Hours(n) => ("hours", n),
        Gap::Minutes(n) => ("minutes", n),
        Gap::Seconds(n) => ("seconds", n),
    };
    let length = lang.t_with(&format!("value-{unit}"), &[("n", Arg::Number(n.abs()))]);
    let key = if n < 0 { "gap-earlier" } else { "gap-later" };
    lang.t_with(key, &[("length", Arg::Text(&length))])
}

/// A count for reading, and for choosing the plural.
fn counted(count: usize) -> (String, i64) {
    let number = i64::try_from(count).unwrap_or(i64::MAX);
    (grouped(number), number)
}
