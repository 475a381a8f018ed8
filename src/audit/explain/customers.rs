//! Customers: domain, relationship, qualification, and what about them changed.

use super::{Explanation, Phrase, facts, material::Material};

/// What is worth telling of a customer, as it is called, and where it stands.
const TOLD: &[(&str, &[&str])] = &[
    (
        "PrimaryDomainName",
        &["CompanyProfile.Domain", "Domain", "PrimaryDomainName"],
    ),
    ("Relationship", &["RelationshipToPartner", "Relationship"]),
    ("Qualification", &["Qualification"]),
    ("Amount", &["Amount", "SpendingBudget", "SpendingLimit"]),
    ("CompanyName", &["CompanyName"]),
];

pub(super) fn gist(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    if !out.changes.changed.is_empty() {
        return facts::change_phrases(&out.changes, 3);
    }
    // The name that the row shows anyway is not worth telling.
    let own = material.record.customer_name.as_deref();
    let told = TOLD.iter().filter_map(|(field, paths)| {
        let value = material.field(paths).filter(|value| Some(value.as_str()) != own);
        facts::phrase(field, value)
    });
    told.take(2).collect()
}
