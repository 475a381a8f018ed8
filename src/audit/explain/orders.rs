//! Orders: their lines, from the order itself or rebuilt from `customizedData`.

use std::collections::{BTreeMap, HashMap};

use super::{
    Explanation, Fact, LineItem, Phrase, facts,
    material::{Material, same, short_id},
};
use crate::audit::{
    json::Json,
    paths::{self, Path},
};

/// How many lines, and how many further parts of a line, are named; the rest is counted.
const LINES: usize = 1_000;
const OTHERS: usize = 50;

/// The fields of a line: how the order calls them, how `customizedData` does, and where they go.
type Slot = fn(&mut LineItem) -> &mut Option<String>;
const SLOTS: &[(&[&str], &[&str], Slot)] = &[
    (&["LineItemNumber"], &["LineItemNumber"], |line| &mut line.number),
    (
        &["FriendlyName", "OfferName", "ProductName", "Name"],
        &["SubscriptionName", "FriendlyName"],
        |line| &mut line.name,
    ),
    (&["OfferId"], &["OfferId"], |line| &mut line.offer_id),
    (&["SubscriptionId"], &["SubscriptionId"], |line| {
        &mut line.subscription_id
    }),
    (&["Quantity"], &["Quantity"], |line| &mut line.quantity),
    (&["TermDuration"], &["TermDuration"], |line| &mut line.term),
    (&["BillingCycle"], &["BillingCycle"], |line| {
        &mut line.billing_cycle
    }),
    (&["TransactionType"], &["TransactionType"], |line| {
        &mut line.transaction_type
    }),
    (
        &["PartnerIdOnRecord", "PartnerOnRecord"],
        &["PartnerOnRecord", "PartnerIdOnRecord"],
        |line| &mut line.partner_on_record,
    ),
];

/// Keys that tell of the only line when none of them is numbered.
const UNNUMBERED: &[&str] = &[
    "SubscriptionName",
    "OfferId",
    "Quantity",
    "SubscriptionId",
    "PartnerOnRecord",
];

pub(super) fn parts(material: &mut Material<'_>, out: &mut Explanation) {
    let lines = material
        .value()
        .and_then(|value| value.get("LineItems"))
        .map_or(&[][..], Json::list);
    let lines: Vec<&Json> = lines.iter().filter(|line| !paths::is_nothing(line)).collect();
    let mut items: Vec<LineItem> = lines.iter().take(LINES).map(|json| line(json)).collect();
    out.items_left_out = lines.len() - items.len();
    if !items.is_empty() {
        material.shown = vec!["LineItems"];
    }
    add_data(material, &mut items, out.items_left_out > 0);
    if items.is_empty() {
        items.extend(only_line(material));
    }
    out.items = items;
}

/// A line as the order has it.
fn line(json: &Json) -> LineItem {
    let mut line = LineItem::default();
    let mut taken = Vec::new();
    for (names, _, slot) in SLOTS {
        let found = names
            .iter()
            .find_map(|name| Some((name, json.get(name)?.words()?)));
        if let Some((name, text)) = found {
            *slot(&mut line) = Some(paths::cut(text, 500));
            taken.push((*name, text));
        }
    }
    let shown = |name: &str, value: &Json| {
        taken
            .iter()
            .any(|(other, text)| other.eq_ignore_ascii_case(name) && value.words() == Some(text))
    };
    let mut each = |path: &Path, value: &Json| match line.others.len() < OTHERS {
        true => line.others.push(Fact {
            field: path.text(),
            value: paths::leaf(value).unwrap_or_default(),
        }),
        false => line.others_left_out += 1,
    };
    match json {
        Json::Object(all) => {
            for (name, value) in all
                .iter()
                .filter(|(name, value)| !paths::is_noise(name) && !shown(name, value))
            {
                paths::leaves(value, &mut Path::new(name), &mut each);
            }
        }
        other => paths::leaves(other, &mut Path::new("LineItem"), &mut each),
    }
    line
}

/// Lays the numbered pairs of `customizedData` (`Quantity-0`) over the lines: what is missing is filled in,
/// what is the same is dropped, what contradicts is kept beside.
fn add_data(material: &mut Material<'_>, items: &mut Vec<LineItem>, cut: bool) {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, datum) in material.data.iter().enumerate() {
        if let Some((_, number)) = numbered(&datum.key) {
            groups.entry(number).or_default().push(i);
        }
    }
    let by_number: HashMap<u32, usize> = items
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(i, item)| Some((item.number.as_ref()?.parse().ok()?, i)))
        .collect();
    let unnumbered = by_number.is_empty();
    for (number, pairs) in groups {
        let at = by_number
            .get(&number)
            .copied()
            .or((unnumbered && (number as usize) < items.len()).then_some(number as usize));
        let at = match at {
            Some(at) => at,
            // The line may be among those left out, and then contradicts nothing.
            None if cut || items.len() >= LINES => continue,
            None => {
                items.push(LineItem {
                    number: Some(number.to_string()),
                    ..LineItem::default()
                });
                items.len() - 1
            }
        };
        for pair in pairs {
            let datum = &mut material.data[pair];
            datum.told = true;
            let value = datum.value.as_deref().filter(|value| !value.trim().is_empty());
            if let (Some((base, _)), Some(value)) = (numbered(&datum.key), value) {
                lay(&mut items[at], base, value);
            }
        }
    }
}

/// `Quantity-0` is the quantity of line 0.
fn numbered(key: &str) -> Option<(&str, u32)> {
    let (base, number) = key.rsplit_once('-')?;
    let digits = (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    (digits && !base.is_empty()).then(|| Some((base, number.parse().ok()?)))?
}

fn lay(item: &mut LineItem, base: &str, value: &str) {
    let slot = SLOTS
        .iter()
        .find(|(_, keys, _)| keys.iter().any(|key| key.eq_ignore_ascii_case(base)));
    let fact = || Fact {
        field: base.to_owned(),
        value: value.to_owned(),
    };
    let Some((_, _, slot)) = slot else {
        let known = item
            .others
            .iter()
            .any(|fact| fact.field.eq_ignore_ascii_case(base) && same(&fact.value, value));
        match item.others.len() < OTHERS {
            _ if known => {}
            true => item.others.push(fact()),
            false => item.others_left_out += 1,
        }
        return;
    };
    match slot(item) {
        Some(other) if same(other, value) => {}
        Some(_) => item.conflicts.push(fact()),
        empty => *empty = Some(value.to_owned()),
    }
}

/// The only line of an order whose value is missing and whose pairs are not numbered.
fn only_line(material: &mut Material<'_>) -> Option<LineItem> {
    material.datum(&["SubscriptionName", "OfferId"])?;
    let mut item = LineItem::default();
    for key in UNNUMBERED {
        if let Some(value) = material.datum(&[key]).map(ToOwned::to_owned) {
            lay(&mut item, key, &value);
            material.tell(key, &value);
        }
    }
    Some(item)
}

pub(super) fn gist(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    let product = product(out).map(|(name, quantity, more)| Phrase::Product { name, quantity, more });
    let number = material.field(&["AlternateId"]).or_else(|| {
        let id = material
            .value()
            .and_then(|value| value.get("Id"))
            .and_then(Json::words);
        id.or_else(|| material.datum(&["OrderId"])).map(short_id)
    });
    let mut phrases: Vec<_> = product.into_iter().collect();
    phrases.extend(facts::change_phrases(&out.changes, 2));
    phrases.extend(number.map(Phrase::Order));
    phrases
}

/// The first product of an order with its quantity, and how many more there are.
pub(super) fn product(out: &Explanation) -> Option<(String, Option<String>, usize)> {
    let first = out.items.first()?;
    let name = first
        .name
        .clone()
        .or(first.offer_id.clone())
        .or(first.subscription_id.as_deref().map(short_id))?;
    let more = (out.items.len() + out.items_left_out).saturating_sub(1);
    Some((name, first.quantity.clone(), more))
}

/// How an order is billed and for how long, where its lines agree.
pub(super) fn terms(out: &Explanation) -> Vec<Fact> {
    if out.items_left_out > 0 {
        return Vec::new();
    }
    let common = |field: &str, of: fn(&LineItem) -> &Option<String>| {
        let first = of(out.items.first()?).as_deref();
        let alike = out.items.iter().all(|item| of(item).as_deref() == first);
        let of_order = || {
            out.facts
                .iter()
                .find(|fact| fact.field.eq_ignore_ascii_case(field))
        };
        let value = match first {
            _ if !alike => return None,
            None => of_order()?.value.as_str(),
            Some(value) => value,
        };
        Some(Fact {
            field: field.to_owned(),
            value: value.to_owned(),
        })
    };
    [
        common("TermDuration", |item| &item.term),
        common("BillingCycle", |item| &item.billing_cycle),
    ]
    .into_iter()
    .flatten()
    .collect()
}
