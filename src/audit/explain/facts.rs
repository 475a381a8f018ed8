//! What a record tells besides its special parts, each thing once.

use std::collections::HashMap;

use super::{
    Change, Changes, Explanation, Fact, Phrase,
    material::{Material, masked, same},
};
use crate::audit::{
    json::Json,
    paths::{self, Path},
    secrets,
};

/// How many facts, and how many other pairs, are named; the rest is counted.
const NAMED: usize = 500;

/// Keys of `customizedData` with a meaning of their own, and the members of values that say the same.
const KNOWN: &[(&str, &[&str])] = &[
    ("OrderId", &["Id"]),
    ("AlternateId", &[]),
    ("BillingCycle", &[]),
    ("SubscriptionId", &["Id"]),
    ("SubscriptionName", &["FriendlyName", "OfferName"]),
    ("OfferId", &[]),
    ("Quantity", &[]),
    ("Status", &[]),
    ("PartnerOnRecord", &["PartnerIdOnRecord", "PartnerId"]),
    ("ActionTaken", &[]),
    ("CustomerUserId", &["Id", "UserId"]),
    ("MemberId", &["Id"]),
    ("MemberUserPrincipalName", &["UserPrincipalName"]),
    ("RoleName", &[]),
    ("PartnerUserId", &["Id"]),
    ("UserPrincipalName", &[]),
    ("DisplayName", &[]),
    ("PrimaryDomainName", &["Domain"]),
    ("Relationship", &["RelationshipToPartner"]),
    ("ApplicationId", &["AppId"]),
    ("GranularAdminRelationshipId", &["Id"]),
    ("AccessAssignmentId", &["Id"]),
    ("AccessContainerId", &[]),
    ("Qualification", &[]),
    ("Amount", &[]),
    ("PromotionId", &[]),
    ("EffectiveUnitPrice", &[]),
    ("TermDuration", &[]),
];

/// Names under which a value repeats the customer's id, which is the record's own.
const CUSTOMER: &[&str] = &["Id", "CustomerId", "TenantId", "ReferenceCustomerId"];

/// Fills facts and other data with all that no other part shows.
pub(super) fn fill(material: &mut Material<'_>, out: &mut Explanation) {
    let both = material.old.is_some() && material.new.is_some();
    if both {
        // The special parts show the new side of these.
        let shown = &material.shown;
        out.changes
            .unchanged
            .retain(|fact| !shown.iter().any(|name| under(&fact.field, name)));
    } else if let Some(value) = material.value() {
        let (facts, left_out) = told(material, value);
        (out.facts, out.facts_left_out) = (facts, left_out);
    }
    let mut known = index(out);
    let customer = material.record.customer_id.as_deref();
    let mut others = Vec::new();
    for datum in material.data.iter().filter(|datum| !datum.told) {
        let (key, value) = (&*datum.key, datum.value.as_deref());
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else {
            if !KNOWN.iter().any(|(name, _)| name.eq_ignore_ascii_case(key)) {
                others.push(datum.owned());
            }
            continue;
        };
        let meaning = KNOWN.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        let says = |name: &str| {
            known
                .get(&name.to_ascii_lowercase())
                .is_some_and(|all| all.iter().any(|v| same(v, value)))
        };
        let aliases = meaning.map_or(&[][..], |(_, aliases)| aliases);
        if says(key) || aliases.iter().any(|name| says(name)) || repeats_customer(key, value, customer) {
            continue;
        }
        let contradicts = known.contains_key(&key.to_ascii_lowercase());
        if meaning.is_some() && !contradicts && out.facts.len() < NAMED {
            out.facts.push(Fact {
                field: datum.key.to_string(),
                value: value.to_owned(),
            });
            known
                .entry(key.to_ascii_lowercase())
                .or_default()
                .push(value.to_owned());
        } else {
            others.push(datum.owned());
        }
    }
    others.extend(unknown_members(material));
    out.other_data_left_out = material.data_left_out + others.len().saturating_sub(NAMED);
    others.truncate(NAMED);
    out.other_data = others;
}

/// The value's parts as facts, and how many more there are.
fn told(material: &Material<'_>, value: &Json) -> (Vec<Fact>, usize) {
    let (mut facts, mut left_out) = (Vec::new(), 0);
    let customer = material.record.customer_id.as_deref();
    let mut each = |path: &Path, json: &Json| {
        if facts.len() == NAMED {
            left_out += 1;
            return;
        }
        let (field, value) = (path.text(), paths::leaf(json).unwrap_or_default());
        if !repeats_customer(leaf_name(&field), &value, customer) {
            facts.push(Fact { field, value });
        }
    };
    match value {
        Json::Object(all) => {
            let shown = |name: &str| {
                material
                    .shown
                    .iter()
                    .any(|other| other.eq_ignore_ascii_case(name))
            };
            for (name, part) in all
                .iter()
                .filter(|(name, _)| !shown(name) && !paths::is_noise(name))
            {
                paths::leaves(part, &mut Path::new(name), &mut each);
            }
        }
        // Nothing but a text or a list: it has no name but the record's.
        _ => {
            let name = if material.new.is_some() {
                "resourceNewValue"
            } else {
                "resourceOldValue"
            };
            paths::leaves(value, &mut Path::new(name), &mut each);
        }
    }
    (facts, left_out)
}

/// What is told so far, by the name of the field.
fn index<'a>(out: &'a Explanation) -> HashMap<String, Vec<String>> {
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    let facts = out
        .facts
        .iter()
        .chain(&out.changes.unchanged)
        .map(|fact| (&fact.field, &fact.value));
    let change = |change: &'a Change| {
        let sides = change.old.iter().chain(&change.new);
        sides.map(move |value| (&change.field, value))
    };
    for (field, value) in facts.chain(out.changes.changed.iter().flat_map(change)) {
        all.entry(leaf_name(field).to_ascii_lowercase())
            .or_default()
            .push(value.clone());
    }
    all
}

/// Members of the record that this version does not know.
fn unknown_members(material: &Material<'_>) -> Vec<(String, Option<String>)> {
    let partner = material.record.partner_id.as_deref();
    let own = |json: &Json| {
        json.list()
            .iter()
            .all(|p| p.text().zip(partner).is_some_and(|(p, own)| same(p, own)))
    };
    material
        .record
        .others
        .iter()
        .filter(|(name, json)| name != "links" && !(name == "participants" && own(json)))
        .map(|(name, json)| {
            let text = json.text().map_or_else(|| json.to_string(), ToOwned::to_owned);
            (
                paths::cut(name, 200),
                Some(masked(name, &text, material.secrets).into_owned()),
            )
        })
        .collect()
}

fn repeats_customer(name: &str, value: &str, customer: Option<&str>) -> bool {
    customer.is_some_and(|id| id.eq_ignore_ascii_case(value))
        && CUSTOMER.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// The last name of a path: `Quantity` of `LineItems[2].Quantity`.
pub(super) fn leaf_name(path: &str) -> &str {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.split('[').next().unwrap_or(last)
}

fn under(path: &str, name: &str) -> bool {
    path.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
        && matches!(path.as_bytes().get(name.len()), None | Some(b'[' | b'.'))
}

/// Gives masks that were told apart for comparing their ordinary look.
pub(in crate::audit) fn uncover(changes: &mut Changes) {
    for new in changes
        .changed
        .iter_mut()
        .filter_map(|change| change.new.as_mut())
    {
        *new = secrets::shown(new).into_owned();
    }
}

/// The weightiest changes, `at_most` of them, and a count of the rest.
pub(super) fn change_phrases(changes: &Changes, at_most: usize) -> Vec<Phrase> {
    let mut all: Vec<&Change> = changes.changed.iter().collect();
    all.sort_by_key(|change| weight(leaf_name(&change.field)));
    let total = all.len() + changes.changed_left_out;
    let mut phrases: Vec<_> = all
        .into_iter()
        .take(at_most)
        .cloned()
        .map(Phrase::Change)
        .collect();
    if total > phrases.len() {
        phrases.push(Phrase::MoreChanges(total - phrases.len()));
    }
    phrases
}

/// The change that a reader asks for first.
pub(super) fn weightiest(changes: &Changes) -> Option<&Change> {
    let mut all = changes.changed.iter();
    let first = all.next()?;
    // Of equals the first one.
    Some(all.fold(first, |best, change| {
        let lighter = weight(leaf_name(&change.field)) < weight(leaf_name(&best.field));
        if lighter { change } else { best }
    }))
}

/// The lower, the sooner a reader asks for it.
fn weight(name: &str) -> usize {
    const FIRST: &[&str] = &[
        "Quantity",
        "Status",
        "AutoRenewEnabled",
        "BillingCycle",
        "TermDuration",
        "FriendlyName",
        "OfferName",
        "UserPrincipalName",
        "DisplayName",
        "Qualification",
        "CompanyName",
        "LineItems",
    ];
    match FIRST.iter().position(|first| first.eq_ignore_ascii_case(name)) {
        Some(place) => place,
        None if name.ends_with("Date") || name.ends_with("DateTime") => FIRST.len() + 2,
        None if name.ends_with("Id") => FIRST.len() + 1,
        None => FIRST.len(),
    }
}

/// A field as a part of the gist.
pub(super) fn phrase(field: &str, value: Option<String>) -> Option<Phrase> {
    Some(Phrase::Field {
        field: field.to_owned(),
        value: value?,
    })
}
