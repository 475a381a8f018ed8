//! What a later version of a record says differently.
//!
//! Knows that two of a record's members are JSON in a text, and that secrets are not shown.

use std::borrow::Cow;

use super::{
    AuditRecord,
    diff::diff,
    explain::{Changes, uncover},
    json::{Json, Member},
    secrets,
};

/// The difference between two versions of one record, member by member. Never fails: of a version that is not JSON
/// nothing can be compared, and then nothing has changed.
pub fn changes(older: &AuditRecord, newer: &AuditRecord) -> Changes {
    let (old, new) = secrets::mask_sides(Some(&older.document), Some(&newer.document));
    let read = |text: &Option<Cow<'_, str>>| {
        text.as_deref()
            .and_then(Json::parse)
            .map(Json::into_owned)
            .map(opened)
    };
    let mut changes = diff(read(&old).as_ref(), read(&new).as_ref());
    uncover(&mut changes);
    changes
}

/// The record with the values that are JSON in a text taken out of it.
fn opened(record: Json<'static>) -> Json<'static> {
    let Json::Object(members) = record else {
        return record;
    };
    let open = |(name, value): Member<'static>| match &value {
        Json::Text(text)
            if name.eq_ignore_ascii_case("resourceOldValue")
                || name.eq_ignore_ascii_case("resourceNewValue") =>
        {
            // A plain text in quotes is no structure.
            let inner = Json::parse(text).filter(|inner| matches!(inner, Json::Object(_) | Json::List(_)));
            let inner = inner.map(Json::into_owned);
            (name, inner.unwrap_or(value))
        }
        _ => (name, value),
    };
    Json::Object(members.into_iter().map(open).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(older: &str, newer: &str) -> Vec<(String, Option<String>, Option<String>)> {
        changes(&AuditRecord::read(older), &AuditRecord::read(newer))
            .changed
            .into_iter()
            .map(|change| (change.field, change.old, change.new))
            .collect()
    }

    fn change(field: &str, old: Option<&str>, new: Option<&str>) -> (String, Option<String>, Option<String>) {
        (field.to_owned(), old.map(str::to_owned), new.map(str::to_owned))
    }

    #[test]
    fn members_and_what_stands_inside_their_values_are_compared() {
        let older =
            r#"{"id":"x","operationStatus":"progress","resourceNewValue":"{\"Quantity\":1,\"Id\":\"s\"}"}"#;
        let newer = r#"{"id":"x","operationStatus":"succeeded","customerName":"Relecloud","resourceNewValue":"{\"Quantity\":3,\"Id\":\"s\"}"}"#;
        assert_eq!(
            told(older, newer),
            [
                change("operationStatus", Some("progress"), Some("succeeded")),
                change("customerName", None, Some("Relecloud")),
                change("resourceNewValue.Quantity", Some("1"), Some("3")),
            ]
        );
        assert_eq!(told(older, older), []);
    }

    #[test]
    fn secrets_that_changed_are_named_and_not_shown() {
        let with =
            |password: &str| format!(r#"{{"id":"x","resourceNewValue":"{{\"Password\":\"{password}\"}}"}}"#);
        let told = told(&with("hunter2"), &with("hunter3"));
        assert_eq!(
            told,
            [change("resourceNewValue.Password", Some("••••"), Some("••••"))]
        );
    }

    #[test]
    fn what_is_no_json_has_no_changes() {
        assert_eq!(told("<html>", r#"{"id":"x"}"#), []);
        assert_eq!(
            told(
                r#"{"id":"x","resourceNewValue":"\"a\""}"#,
                r#"{"id":"x","resourceNewValue":"\"b\""}"#
            )
            .len(),
            1
        );
    }
}
