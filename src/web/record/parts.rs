//! The parts of a record that are lists: an order's lines, licences, changes. Finished text.

use super::names::Names;
use crate::{
    audit::{
        explain::{self, Change, Changes, Fact, Licence, LineItem},
        paths,
    },
    i18n::Lang,
    wording,
};

/// Characters of a value that a page shows.
const VALUE_SHOWN: usize = 4_000;

/// A line of an order; empty where the record says nothing.
pub struct Item {
    pub line: String,
    pub name: String,
    pub quantity: String,
    pub term: String,
    pub billing: String,
    pub transaction: String,
    pub offer: String,
    pub subscription: String,
    pub others: Vec<(String, String)>,
    pub others_left_out: usize,
    pub conflicts: Vec<(String, String)>,
}

/// Licences given to and taken from a user.
pub struct LicencesView {
    pub user: Option<String>,
    pub added: Vec<LicenceView>,
    pub removed: Vec<LicenceView>,
    pub warnings: Vec<String>,
    pub others: Vec<(String, String)>,
    pub left_out: usize,
}

/// A product, with its SKU where that is something else, and the service plans left out.
pub struct LicenceView {
    pub product: String,
    pub sku: Option<String>,
    pub excluded: Option<String>,
}

/// What differs between the old and the new value, and what does not.
pub struct ChangesView {
    pub old_recorded: bool,
    pub changed: Vec<ChangeView>,
    pub unchanged: Vec<(String, String)>,
    pub unchanged_count: usize,
    pub changed_left_out: usize,
    pub unchanged_left_out: usize,
}

/// A field with what it was and what it became.
pub struct ChangeView {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// How far the two are apart.
    pub apart: Option<String>,
    /// What an element holds that was added or removed as a whole.
    pub parts: Vec<(String, String)>,
    pub parts_left_out: usize,
}

impl Item {
    pub fn of(item: &LineItem, names: &Names, lang: Lang) -> Self {
        let value = |field: &str, value: &Option<String>| {
            value
                .as_deref()
                .map(|v| clipped(&wording::value(field, v, lang)))
                .unwrap_or_default()
        };
        let pairs = |facts: &[Fact]| {
            facts
                .iter()
                .map(|fact| words(&fact.field, &fact.value, names, lang))
                .collect()
        };
        let mut others: Vec<(String, String)> = pairs(&item.others);
        if let Some(partner) = &item.partner_on_record {
            others.push(words("PartnerIdOnRecord", partner, names, lang));
        }
        Self {
            line: item.number.clone().unwrap_or_default(),
            name: item.name.as_deref().map(clipped).unwrap_or_default(),
            quantity: item.quantity.clone().unwrap_or_default(),
            term: value("TermDuration", &item.term),
            billing: value("BillingCycle", &item.billing_cycle),
            transaction: value("TransactionType", &item.transaction_type),
            offer: item.offer_id.as_deref().map(clipped).unwrap_or_default(),
            subscription: item.subscription_id.as_deref().map(clipped).unwrap_or_default(),
            others,
            others_left_out: item.others_left_out,
            conflicts: pairs(&item.conflicts),
        }
    }
}

impl LicencesView {
    pub fn of(licences: &explain::Licences, names: &Names, lang: Lang) -> Self {
        let all = |list: &[Licence]| list.iter().map(LicenceView::of).collect();
        Self {
            user: licences.user.clone().map(|user| names.beside(user)),
            added: all(&licences.added),
            removed: all(&licences.removed),
            warnings: licences.warnings.iter().map(|w| clipped(w)).collect(),
            others: licences
                .others
                .iter()
                .map(|fact| words(&fact.field, &fact.value, names, lang))
                .collect(),
            left_out: licences.left_out,
        }
    }
}

impl LicenceView {
    pub fn of(licence: &Licence) -> Self {
        let excluded = licence.excluded_plans.join(", ");
        Self {
            product: licence
                .product
                .map_or_else(|| clipped(&licence.sku_id), str::to_owned),
            sku: licence.product.map(|_| clipped(&licence.sku_id)),
            excluded: (!excluded.is_empty()).then(|| clipped(&excluded)),
        }
    }
}

impl ChangesView {
    pub fn of(changes: &Changes, names: &Names, lang: Lang) -> Option<Self> {
        if changes.changed.is_empty() && changes.unchanged.is_empty() {
            return None;
        }
        Some(Self {
            old_recorded: changes.old_recorded,
            changed: changes
                .changed
                .iter()
                .map(|c| ChangeView::of(c, names, lang))
                .collect(),
            unchanged: changes
                .unchanged
                .iter()
                .map(|fact| words(&fact.field, &fact.value, names, lang))
                .collect(),
            unchanged_count: changes.unchanged.len() + changes.unchanged_left_out,
            changed_left_out: changes.changed_left_out,
            unchanged_left_out: changes.unchanged_left_out,
        })
    }
}

impl ChangeView {
    pub fn of(change: &Change, names: &Names, lang: Lang) -> Self {
        let side = |value: &Option<String>| {
            value
                .as_deref()
                .map(|value| value_words(&change.field, value, names, lang))
        };
        Self {
            field: wording::field(&change.field, lang),
            old: side(&change.old),
            new: side(&change.new),
            apart: wording::apart(change, lang),
            parts: change
                .parts
                .iter()
                .map(|part| words(&part.field, &part.value, names, lang))
                .collect(),
            parts_left_out: change.parts_left_out,
        }
    }
}

/// A named value in words.
pub fn words(field: &str, value: &str, names: &Names, lang: Lang) -> (String, String) {
    (
        clipped(&wording::field(field, lang)),
        value_words(field, value, names, lang),
    )
}

/// A value in words, and an id behind its name where it has one.
fn value_words(field: &str, value: &str, names: &Names, lang: Lang) -> String {
    names.beside(clipped(&wording::value(field, value, lang)))
}

/// The beginning of a value that is too long for a page.
pub fn clipped(text: &str) -> String {
    paths::cut(text, VALUE_SHOWN)
}
