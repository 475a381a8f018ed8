//! Names of ids, as records say them: an object that has an id says beside it what it is called.
//!
//! Nothing is guessed: a name counts where it stands in the same object as the id, under a name of its own kind.

use super::{
    AuditRecord,
    entity::{self, EntityKind, Values, told::is_name},
    json::Json,
    paths::cut,
};

/// The longest name, in characters.
const NAME: usize = 200;
/// How many objects of a record are looked at.
const OBJECTS: usize = 20_000;

/// The members by which an object with that `Id` is called, best first.
const OWN: &[&str] = &[
    "DisplayName",
    "FriendlyName",
    "UserPrincipalName",
    "CompanyName",
    "OfferName",
    "ProductName",
    "Name",
];

/// Whether a value may be an id that somewhere has a name: a GUID, or an offer's or product's code.
pub fn may_have_name(text: &str) -> bool {
    let code = || {
        let parts = text.split(':');
        text.len() >= 12
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b':')
            && parts.clone().count() <= 3
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.bytes().any(|b| b.is_ascii_digit())
            && parts.clone().next().is_some_and(|first| first.len() == 12)
    };
    let zeros = || text.bytes().all(|b| matches!(b, b'0' | b'-'));
    match text.len() {
        36 => uuid::Uuid::try_parse(text).is_ok() && !zeros(),
        _ => code(),
    }
}

/// What a record calls the things of these ids, in any case and in their order.
pub fn names_of(record: &AuditRecord, ids: &[String]) -> Vec<Option<String>> {
    names_in(record, &Values::of(record), ids)
}

/// The same, of a record whose values are read.
pub fn names_in(record: &AuditRecord, values: &Values, ids: &[String]) -> Vec<Option<String>> {
    ids.iter().map(|id| name_in(record, values, id)).collect()
}

fn name_in(record: &AuditRecord, values: &Values, id: &str) -> Option<String> {
    let mut kinds = EntityKind::ALL
        .iter()
        .filter(|kind| **kind != EntityKind::Operation);
    kinds
        .find_map(|kind| entity::told_in(record, values, *kind, id).name)
        .or_else(|| beside(record, id))
        .or_else(|| {
            let mut left = OBJECTS;
            [&values.new, &values.old]
                .into_iter()
                .flatten()
                .find_map(|json| search(json, id, &mut left))
        })
        .filter(|name| is_name(name))
        .map(|name| cut(name.trim(), NAME))
        .filter(|name| !name.is_empty() && !is(name, id))
}

/// What stands beside an id in `customizedData`: `OfferName-2` beside `OfferId-2`.
fn beside(record: &AuditRecord, id: &str) -> Option<String> {
    let pairs = &record.customized_data;
    let pair = |key: &str| {
        let found = pairs.iter().find(|(other, _)| other.eq_ignore_ascii_case(key));
        found.and_then(|(_, value)| value.as_deref())
    };
    pairs.iter().find_map(|(key, value)| {
        let is_it = value.as_deref().is_some_and(|value| is(value, id));
        let (key, number) = numbered(key);
        let kind = strip_id(key).filter(|_| is_it)?;
        let names = [
            format!("{kind}Name{number}"),
            format!("{kind}DisplayName{number}"),
        ];
        names.iter().find_map(|name| pair(name)).map(ToOwned::to_owned)
    })
}

fn search(json: &Json, id: &str, left: &mut usize) -> Option<String> {
    *left = left.checked_sub(1)?;
    match json {
        Json::Object(members) => {
            let own = members
                .iter()
                .find(|(_, value)| value.words().is_some_and(|text| is(text, id)))
                .and_then(|(name, _)| called(json, name));
            own.or_else(|| members.iter().find_map(|(_, value)| search(value, id, left)))
        }
        Json::List(all) => all.iter().find_map(|value| search(value, id, left)),
        _ => None,
    }
}

/// What an object calls the thing whose id its member of that name is.
fn called(object: &Json, member: &str) -> Option<String> {
    let words = |name: &str| object.get(name).and_then(Json::words);
    let kind = strip_id(member)?;
    let name = match kind.is_empty() {
        true => OWN.iter().find_map(|name| words(name)),
        false => words(&format!("{kind}Name")).or_else(|| words(&format!("{kind}DisplayName"))),
    };
    name.map(ToOwned::to_owned)
}

/// `Offer` of `OfferId`, nothing of `Id`; `None` of what is no id.
fn strip_id(name: &str) -> Option<&str> {
    let start = name.len().checked_sub(2)?;
    name.get(start..)
        .filter(|end| end.eq_ignore_ascii_case("id"))
        .and_then(|_| name.get(..start))
}

fn numbered(key: &str) -> (&str, &str) {
    match key.rfind('-') {
        Some(at) if key[at + 1..].bytes().all(|b| b.is_ascii_digit()) => key.split_at(at),
        _ => (key, ""),
    }
}

fn is(text: &str, id: &str) -> bool {
    text.trim().eq_ignore_ascii_case(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "11111111-2222-4333-8444-555555555555";

    fn called(new: serde_json::Value, data: &[(&str, &str)]) -> Option<String> {
        let data: Vec<_> = data
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        let record = AuditRecord::read(
            json!({"resourceNewValue": new.to_string(), "customizedData": data}).to_string(),
        );
        names_of(&record, &[ID.to_uppercase()]).remove(0)
    }

    #[test]
    fn a_name_stands_beside_its_id() {
        let group = json!({"AccessContainer": {"Id": ID, "DisplayName": "Helpdesk Tokyo"}});
        assert_eq!(called(group, &[]).as_deref(), Some("Helpdesk Tokyo"));
        let policy = json!({"Items": [{"PolicyId": ID, "PolicyName": "Kiosk"}]});
        assert_eq!(called(policy, &[]).as_deref(), Some("Kiosk"));
        assert_eq!(
            called(
                json!({}),
                &[("OfferId-2", ID), ("OfferName-2", "E3"), ("OfferName-1", "E5")]
            )
            .as_deref(),
            Some("E3")
        );
    }

    #[test]
    fn what_stands_elsewhere_names_nothing() {
        for value in [
            json!({"PolicyId": ID, "Other": {"PolicyName": "Kiosk"}}),
            json!({"PolicyId": ID, "DisplayName": "Kiosk of somebody"}),
            json!({"Note": ID, "NoteName": "Kiosk"}),
            json!({"Id": ID, "DisplayName": ID}),
            json!([ID, "Kiosk"]),
            json!({"Id": ID, "DisplayName": "{\"ClientSecret\":\"x\"}"}),
        ] {
            assert_eq!(called(value.clone(), &[]), None, "{value}");
        }
    }

    #[test]
    fn ids_are_told_from_other_values() {
        for text in [ID, "CFQ7TTC0LCHC:0002", "CFQ7TTC0LCHC:0002:CFQ7TTC0KG7T"] {
            assert!(may_have_name(text), "{text}");
        }
        for text in [
            "",
            "25",
            "active",
            "00000000-0000-0000-0000-000000000000",
            "Office 365 E3",
            "2026-05-14T00:00:00Z",
            "Organization",
        ] {
            assert!(!may_have_name(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_record_panics(new in ".{0,60}", key in ".{0,8}-?[0-9]{0,2}") {
            let record = AuditRecord::read(json!({"resourceNewValue": new, "customizedData": [{"key": key, "value": ID}]}).to_string());
            let _ = names_of(&record, &[ID.to_owned()]);
            let _ = may_have_name(&new);
        }
    }
}
