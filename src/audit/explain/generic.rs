//! Everything that has no file of its own, also what Microsoft will add: its name, and what changed.

use super::{
    Explanation, Phrase, facts,
    material::{Material, short_id},
};

/// The members by which things are called, best first.
const NAMES: &[&str] = &[
    "DisplayName",
    "FriendlyName",
    "Name",
    "Title",
    "OfferName",
    "ProductName",
    "PolicyName",
    "DeviceName",
    "SerialNumber",
    "ApplicationName",
    "UserPrincipalName",
    "CompanyName",
    "MpnId",
    "InvoiceId",
    "TransferId",
    "Domain",
    "Subject",
    "CustomerName",
    "EventType",
    "Qualification",
    "AgreementType",
    "Quantity",
    "Amount",
    "Status",
];

pub(super) fn gist(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    // What changed is told with both its values.
    let changed = |name: &str| {
        let mut all = out.changes.changed.iter();
        all.any(|change| change.field.eq_ignore_ascii_case(name))
    };
    let named = NAMES
        .iter()
        .filter(|name| !changed(name))
        .filter_map(|name| facts::phrase(name, material.field(&[name]).map(|value| short_id(&value))));
    let mut phrases: Vec<_> = named.take(2).collect();
    phrases.extend(facts::change_phrases(&out.changes, 2));
    if phrases.is_empty() {
        let short = |value: &str| value.chars().count() <= 80;
        let facts = out.facts.iter().map(|fact| (&fact.field, &fact.value));
        let others = out
            .other_data
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let told = facts.chain(others).filter(|(_, value)| short(value)).take(2);
        phrases.extend(told.map(|(field, value)| Phrase::Field {
            field: field.clone(),
            value: short_id(value),
        }));
    }
    phrases
}
