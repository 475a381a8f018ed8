//! Delegated admin relationships (GDAP, DAP) and the access assigned through them.

use super::{
    Explanation, Phrase, facts,
    material::{Material, short_id},
};
use crate::audit::json::Json;

const NAMES: &[&str] = &["DisplayName", "RelationshipName", "AdminRelationshipName", "Name"];
const IDS: &[&str] = &[
    "GranularAdminRelationshipId",
    "RelationshipId",
    "AdminRelationshipId",
    "Id",
];

pub(super) fn gist(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    if material
        .record
        .operation_type
        .0
        .starts_with("granular_admin_access_assignment")
    {
        return assignment(material, out);
    }
    let name = facts::phrase("RelationshipName", material.field(NAMES)).or_else(|| {
        let id = material.field(IDS).filter(|id| !same_customer(material, id));
        facts::phrase("RelationshipId", id.map(|id| short_id(&id)))
    });
    let mut phrases: Vec<_> = name.into_iter().collect();
    phrases.extend(facts::phrase(
        "Duration",
        material.field(&["Duration", "RelationshipDuration"]),
    ));
    phrases.extend(facts::phrase("UnifiedRoles", roles(material)));
    phrases.extend(facts::change_phrases(&out.changes, 2));
    phrases
}

/// Which group may do something, and what about that changed.
fn assignment(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    let group = facts::phrase(
        "AccessContainer",
        material.field(&["AccessContainer.DisplayName"]),
    );
    let id = || {
        let ids = ["AccessContainer.AccessContainerId", "AccessContainerId"];
        facts::phrase("AccessContainerId", material.field(&ids).map(|id| short_id(&id)))
    };
    let mut phrases: Vec<_> = group.or_else(id).into_iter().collect();
    phrases.extend(facts::phrase("UnifiedRoles", roles(material)));
    phrases.extend(facts::change_phrases(&out.changes, 2));
    phrases
}

fn same_customer(material: &Material<'_>, id: &str) -> bool {
    material
        .record
        .customer_id
        .as_deref()
        .is_some_and(|customer| customer.eq_ignore_ascii_case(id))
}

/// How many roles are granted.
fn roles(material: &Material<'_>) -> Option<String> {
    let value = material.value()?;
    let details = value.get("AccessDetails").unwrap_or(value);
    let list = ["UnifiedRoles", "Roles"]
        .iter()
        .find_map(|name| details.get(name).map(Json::list));
    list.filter(|all| !all.is_empty())
        .map(|all| all.len().to_string())
}
