//! User accounts: whose, and what about them changed.

use super::{
    Explanation, Phrase, facts,
    material::{Material, short_id},
};

pub(super) fn gist(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    let name = material.field(&[
        "UserPrincipalName",
        "CustomerUserPrincipalName",
        "MemberUserPrincipalName",
        "Upn",
    ]);
    let renamed = out
        .changes
        .changed
        .iter()
        .any(|change| change.field.eq_ignore_ascii_case("UserPrincipalName"));
    if !renamed {
        let person = || {
            let names = [&["FirstName", "GivenName"], &["LastName", "Surname"]];
            let names: Vec<String> = names
                .iter()
                .filter_map(|names| material.field(&names[..]))
                .collect();
            material
                .field(&["DisplayName"])
                .or_else(|| (!names.is_empty()).then(|| names.join(" ")))
        };
        let id = || {
            material
                .field(&["CustomerUserId", "UserId", "MemberId", "PartnerUserId", "Id"])
                .map(|id| Phrase::ForUser(short_id(&id)))
        };
        let named =
            facts::phrase("UserPrincipalName", name).or_else(|| facts::phrase("DisplayName", person()));
        phrases.extend(named.or_else(id));
    }
    phrases.extend(facts::change_phrases(&out.changes, 2));
    phrases.extend(facts::phrase(
        "RoleName",
        material.field(&["RoleName", "DirectoryRoleName", "Role"]),
    ));
    phrases
}
