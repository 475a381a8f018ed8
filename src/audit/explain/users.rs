//! User accounts: whose, and what about them changed.

use super::{
    Explanation, Phrase, facts,
    material::{Material, short_id},
};

const PRINCIPAL_NAMES: &[&str] = &[
    "UserPrincipalName",
    "CustomerUserPrincipalName",
    "MemberUserPrincipalName",
    "Upn",
];
const IDS: &[&str] = &["CustomerUserId", "UserId", "MemberId", "PartnerUserId", "Id"];

/// The account: its principal name, else its display name, else its id.
pub(super) fn name(material: &Material<'_>) -> Option<String> {
    material
        .field(PRINCIPAL_NAMES)
        .or_else(|| person(material))
        .or_else(|| material.field(IDS))
}

fn person(material: &Material<'_>) -> Option<String> {
    let names = [&["FirstName", "GivenName"], &["LastName", "Surname"]];
    let names: Vec<String> = names
        .iter()
        .filter_map(|names| material.field(&names[..]))
        .collect();
    material
        .field(&["DisplayName"])
        .or_else(|| (!names.is_empty()).then(|| names.join(" ")))
}

pub(super) fn gist(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    let renamed = out
        .changes
        .changed
        .iter()
        .any(|change| change.field.eq_ignore_ascii_case("UserPrincipalName"));
    if !renamed {
        let id = || material.field(IDS).map(|id| Phrase::ForUser(short_id(&id)));
        let named = facts::phrase("UserPrincipalName", material.field(PRINCIPAL_NAMES))
            .or_else(|| facts::phrase("DisplayName", person(material)));
        phrases.extend(named.or_else(id));
    }
    phrases.extend(facts::change_phrases(&out.changes, 2));
    phrases.extend(facts::phrase(
        "RoleName",
        material.field(&["RoleName", "DirectoryRoleName", "Role"]),
    ));
    phrases
}
