//! What a record means, in no language: who did what to what. `wording` puts it into words.
//!
//! Everything that a record holds is either in one of the parts of an [`Explanation`] or in its raw
//! document; nothing is hidden, and nothing is shown twice. Every part is bounded, with a count of what
//! was left out, and secrets are masked. One file for each kind of thing that a record can be about.

mod admin_relationships;
mod customers;
mod deed;
mod facts;
mod generic;
mod licences;
mod material;
mod orders;
mod subscriptions;
mod types;
mod users;

pub use deed::verbs;
pub(super) use facts::uncover;
pub use types::*;

use super::{
    AuditRecord,
    diff::{changed, diff},
    json::Json,
    secrets,
};
use material::Material;

/// Explains a record, its secrets masked. Never fails: what is not understood is shown as it is.
pub fn explain(record: &AuditRecord) -> Explanation {
    explain_with(record, Secrets::Masked)
}

/// Whether secrets are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    Masked,
    Shown,
}

/// Explains a record. Never fails.
pub fn explain_with(record: &AuditRecord, secrets: Secrets) -> Explanation {
    let (mut material, mut out, kind) = draft(record, secrets, diff);
    facts::fill(&mut material, &mut out);
    out.essentials = essentials(&material, kind, &out);
    out.deed = deed::deed(&material, kind, &out);
    out
}

/// What a row tells of a record; the same as the essentials and the lines of its explanation, and sooner there.
pub fn gist(record: &AuditRecord) -> Gist {
    let (mut material, mut out, kind) = draft(record, Secrets::Masked, changed);
    let mut essentials_of = essentials(&material, kind, &out);
    if essentials_of.is_empty() {
        // What has no name is told by whatever else there is.
        facts::fill(&mut material, &mut out);
        essentials_of = essentials(&material, kind, &out);
    }
    Gist {
        essentials: essentials_of,
        items: out.items,
        items_left_out: out.items_left_out,
        may_hold_secrets: material.secrets == Secrets::Masked,
    }
}

/// A record read, its changes and its special parts.
fn draft(
    record: &AuditRecord,
    secrets: Secrets,
    compare: fn(Option<&Json<'_>>, Option<&Json<'_>>) -> Changes,
) -> (Material<'_>, Explanation, Kind) {
    let mut material = Material::read(record, secrets);
    let mut out = Explanation {
        changes: Changes {
            old_recorded: record
                .resource_old_value
                .as_deref()
                .is_some_and(|text| !text.trim().is_empty()),
            ..compare(material.old.as_ref(), material.new.as_ref())
        },
        unreadable: std::mem::take(&mut material.unreadable),
        ..Explanation::default()
    };
    if secrets == Secrets::Masked {
        facts::uncover(&mut out.changes);
    }
    let kind = Kind::of(&material);
    match kind {
        Kind::Order => orders::parts(&mut material, &mut out),
        Kind::Licences => licences::parts(&mut material, &mut out),
        _ => {}
    }
    (material, out, kind)
}

fn essentials(material: &Material<'_>, kind: Kind, out: &Explanation) -> Vec<Phrase> {
    match kind {
        Kind::Order => orders::gist(material, out),
        Kind::Subscription => subscriptions::gist(material, out),
        Kind::Licences => licences::gist(out),
        Kind::User => users::gist(material, out),
        Kind::AdminRelationship => admin_relationships::gist(material, out),
        Kind::Customer => customers::gist(material, out),
        Kind::Other => generic::gist(material, out),
    }
}

/// What differs between what an older record of the same thing left and what this one leaves, in what both of them say;
/// secrets are masked.
pub fn against(older: &AuditRecord, record: &AuditRecord) -> Changes {
    let (old, new) = secrets::mask_sides(
        older.resource_new_value.as_deref(),
        record.resource_new_value.as_deref(),
    );
    let (old, new) = (old.and_then(Json::of_text), new.and_then(Json::of_text));
    let mut changes = diff(common(&old, &new).as_ref(), common(&new, &old).as_ref());
    facts::uncover(&mut changes);
    changes
}

/// The part of a value that another one of the same thing tells, too: what one record leaves out was neither added nor
/// removed, it tells what it has to.
fn common<'a>(json: &Option<Json<'a>>, other: &Option<Json<'a>>) -> Option<Json<'a>> {
    let has = |name: &str| other.as_ref().is_some_and(|json| json.get(name).is_some());
    match json {
        Some(Json::Object(members)) => {
            let both = members.iter().filter(|(name, _)| has(name));
            Some(Json::Object(both.cloned().collect()))
        }
        other => other.clone(),
    }
}

/// What kind of thing a record is about.
#[derive(Clone, Copy)]
enum Kind {
    Order,
    Subscription,
    Licences,
    User,
    AdminRelationship,
    Customer,
    Other,
}

impl Kind {
    /// By the shape of the value where that is unmistakable, else by the record's own words.
    fn of(material: &Material<'_>) -> Self {
        let has = |name: &str| material.value().is_some_and(|value| value.get(name).is_some());
        let action = &*material.record.operation_type.0;
        if has("LineItems") || matches!(action, "create_order" | "update_order") {
            return Self::Order;
        }
        if has("LicensesToAssign") || has("LicensesToRemove") {
            return Self::Licences;
        }
        match (action, &*material.record.resource_type.0) {
            ("update_customer_user_licenses" | "update_sfb_customer_user_licenses", _) => Self::Licences,
            ("update_subscription" | "upgrade_subscription" | "convert_trial_subscription", _) => {
                Self::Subscription
            }
            (action, _) if action.starts_with("granular_admin_") || action.starts_with("dap_admin_") => {
                Self::AdminRelationship
            }
            (_, "order") => Self::Order,
            (_, "subscription") => Self::Subscription,
            (_, "license") => Self::Licences,
            (_, "customer_user" | "partner_user" | "customer_directory_role") => Self::User,
            (
                _,
                "granular_admin_relationship" | "granular_admin_access_assignment" | "partner_customer_dap",
            ) => Self::AdminRelationship,
            (_, "customer" | "partner_customer_relationship") => Self::Customer,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
