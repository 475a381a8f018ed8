//! What a record tells of one of the things that it speaks of: what it is called, and how many seats it has afterwards.

use super::{EntityKind, MOST, Values};
use crate::audit::{AuditRecord, json::Json, paths::cut};

/// The longest name, in characters.
const NAME: usize = 200;

/// What a record tells of a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Of a subscription its name or its offer's, of a user account the principal name, of an order its short number.
    pub name: Option<String>,
    /// How many seats of a subscription there are after the action, as far as it succeeded.
    pub seats: Option<i64>,
}

/// What a record tells of the thing of that kind and id, in any case. Only where it is clear that this one is meant: of an
/// order of many lines, the line of that subscription.
pub fn told(record: &AuditRecord, kind: EntityKind, id: &str) -> Told {
    match kind {
        EntityKind::Operation => Told::default(),
        _ => told_in(record, &Values::of(record), kind, id),
    }
}

/// The same, of a record whose values are read.
pub fn told_in(record: &AuditRecord, values: &Values, kind: EntityKind, id: &str) -> Told {
    let Values { old, new } = values;
    let source = Source {
        record,
        value: new.as_ref().or(old.as_ref()),
        id,
    };
    match kind {
        EntityKind::Operation => Told::default(),
        EntityKind::Subscription => source.subscription(new.is_some() || old.is_none()),
        EntityKind::Order => source.named(&[("OrderId", &["AlternateId"])], &["AlternateId"]),
        EntityKind::User => source.named(
            &[
                (
                    "CustomerUserId",
                    &["UserPrincipalName", "CustomerUserPrincipalName", "DisplayName"],
                ),
                ("UserId", &["UserPrincipalName", "DisplayName"]),
                ("MemberId", &["MemberUserPrincipalName"]),
                (
                    "PartnerUserId",
                    &["UserPrincipalName", "PartnerUserPrincipalName"],
                ),
            ],
            &["UserPrincipalName", "DisplayName"],
        ),
        EntityKind::Relationship => source.named(
            &[
                (
                    "GranularAdminRelationshipId",
                    &["DisplayName", "RelationshipName"],
                ),
                ("RelationshipId", &["RelationshipName", "DisplayName"]),
                ("AdminRelationshipId", &["DisplayName", "RelationshipName"]),
            ],
            &["DisplayName", "RelationshipName", "Name"],
        ),
    }
}

struct Source<'a> {
    record: &'a AuditRecord,
    /// The thing as it is after the action, or else as it was before.
    value: Option<&'a Json<'a>>,
    id: &'a str,
}

impl Source<'_> {
    /// A thing that the record is about, or that `customizedData` names under one of these keys, with the keys that say
    /// what it is called; of a thing that the record is about, `members` do.
    fn named(&self, keys: &[(&str, &[&str])], members: &[&str]) -> Told {
        let is_own = self.has(self.value, "Id");
        let ids = || {
            keys.iter()
                .filter_map(|(key, names)| Some((self.datum(key)?, *names)))
        };
        let in_data = ids().find(|(id, _)| self.is_it(id)).map(|(_, names)| names);
        // Where several are named, a name that is any of theirs may be another one's.
        let alone = ids().all(|(id, _)| self.is_it(id));
        let beside = || {
            let names =
                in_data.filter(|_| alone || in_data.is_some_and(|names| self.is_paired(names, keys)))?;
            names.iter().find_map(|key| self.datum(key))
        };
        let in_value = || members.iter().find_map(|name| words(self.value?, name));
        let name = match (is_own, in_data.is_some()) {
            (false, false) => None,
            // What is named beside it may be the name of another thing.
            (true, false) => in_value(),
            (true, true) => in_value().or_else(beside),
            (false, true) => beside().or_else(|| {
                // A value without an id of its own says nothing else.
                let nameless = self.value.is_some_and(|value| value.get("Id").is_none());
                (nameless && alone).then(in_value).flatten()
            }),
        };
        Told {
            name: name.filter(|name| is_name(name)).map(|name| cut(name, NAME)),
            seats: None,
        }
    }

    /// Whether no other id that is named here could be called by those names.
    fn is_paired(&self, names: &[&str], keys: &[(&str, &[&str])]) -> bool {
        let others = keys
            .iter()
            .filter(|(key, _)| self.datum(key).is_some_and(|id| !self.is_it(id)));
        let mut theirs = others.flat_map(|(_, names)| names.iter());
        !theirs.any(|name| names.contains(name))
    }

    /// `after`: whether the value is what comes after the action.
    fn subscription(&self, after: bool) -> Told {
        const NAMES: [&str; 4] = ["FriendlyName", "OfferName", "ProductName", "Name"];
        let name_in = |value| NAMES.iter().find_map(|name| words(value, name));
        let line = self.value.and_then(|value| {
            let lines = value.get("LineItems")?.list();
            lines.iter().find(|line| self.has(Some(line), "SubscriptionId"))
        });
        let own = self.value.filter(|value| self.has(Some(value), "Id"));
        let of_value = line.or(own);
        // `Quantity-3` belongs to `SubscriptionId-3`, `Quantity` to `SubscriptionId`.
        let behind = self.data().find_map(|(key, value)| {
            let start = key
                .get(..14)
                .filter(|start| start.eq_ignore_ascii_case("SubscriptionId"))?;
            self.is_it(value).then(|| &key[start.len()..])
        });
        let beside = |name: &str| self.datum(&format!("{name}{}", behind?));
        let target = self
            .value
            .filter(|value| self.has(Some(value), "TargetSubscriptionId"));
        let name = of_value
            .and_then(name_in)
            .or_else(|| beside("SubscriptionName"))
            .or_else(|| target.and_then(|_| self.datum("TargetOfferName")));
        let status = of_value
            .filter(|_| after)
            .and_then(|value| words(value, "Status"));
        let is_gone = status.is_some_and(|status| {
            ["deleted", "cancelled", "canceled"]
                .iter()
                .any(|gone| status.eq_ignore_ascii_case(gone))
        });
        let seats = of_value
            .filter(|_| after)
            .and_then(|value| words(value, "Quantity"))
            .or_else(|| beside("Quantity"));
        Told {
            name: name.filter(|name| is_name(name)).map(|name| cut(name, NAME)),
            seats: if is_gone { Some(0) } else { seats.and_then(number) },
        }
    }

    fn has(&self, value: Option<&Json>, name: &str) -> bool {
        value
            .and_then(|value| words(value, name))
            .is_some_and(|id| self.is_it(id))
    }

    fn is_it(&self, id: &str) -> bool {
        id.trim().eq_ignore_ascii_case(self.id)
    }

    fn data(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.record.customized_data.iter().take(MOST);
        pairs
            .filter_map(|(key, value)| Some((&**key, value.as_deref()?.trim())))
            .filter(|(_, value)| !value.is_empty())
    }

    fn datum(&self, key: &str) -> Option<&str> {
        self.data()
            .find(|(other, _)| other.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    }
}

/// Whether a text may be a name: JSON in its place may hold what no name should.
pub(in crate::audit) fn is_name(text: &str) -> bool {
    !text.trim_start().starts_with(['{', '[', '"'])
}

fn words<'j>(value: &'j Json, name: &str) -> Option<&'j str> {
    value.get(name).and_then(Json::words)
}

/// A number of seats; none of many is more than a thousand million.
fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let number: f64 = text.parse().ok()?;
    (number.fract() == 0.0 && (0.0..1e9).contains(&number)).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(record: &serde_json::Value, kind: EntityKind, id: &str) -> (Option<String>, Option<i64>) {
        let told = told(&AuditRecord::read(record.to_string()), kind, id);
        (told.name, told.seats)
    }

    #[test]
    fn an_order_tells_of_each_subscription_by_its_own_line() {
        let order = json!({
            "operationType": "create_order",
            "resourceNewValue": json!({"Id": "o-1", "AlternateId": "64144d300bde", "LineItems": [
                {"LineItemNumber": 0, "SubscriptionId": "s-1", "FriendlyName": "E3", "Quantity": 25},
                {"LineItemNumber": 1, "SubscriptionId": "S-2"},
            ]}).to_string(),
            "customizedData": [
                {"key": "OrderId", "value": "o-1"},
                {"key": "SubscriptionId-1", "value": "S-2"}, {"key": "Quantity-1", "value": "7"},
                {"key": "SubscriptionName-1", "value": "E5"},
            ],
        });
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            of(&order, EntityKind::Subscription, "S-1"),
            (name("E3"), Some(25))
        );
        assert_eq!(of(&order, EntityKind::Subscription, "s-2"), (name("E5"), Some(7)));
        assert_eq!(of(&order, EntityKind::Subscription, "o-1"), (None, None));
        assert_eq!(of(&order, EntityKind::Order, "O-1"), (name("64144d300bde"), None));
        assert_eq!(of(&order, EntityKind::Order, "o-2"), (None, None));
    }

    #[test]
    fn seats_are_those_after_the_action() {
        let update = |quantity: serde_json::Value| {
            json!({
                "operationType": "update_subscription",
                "resourceOldValue": json!({"Id": "s-1", "OfferName": "E3", "Quantity": 4}).to_string(),
                "resourceNewValue": json!({"Id": "s-1", "OfferName": "E3", "FriendlyName": "Mine", "Quantity": quantity}).to_string(),
            })
        };
        let seats = |record: &serde_json::Value, id: &str| of(record, EntityKind::Subscription, id).1;
        assert_eq!(
            of(&update(json!(5)), EntityKind::Subscription, "s-1"),
            (Some("Mine".into()), Some(5))
        );
        assert_eq!(seats(&update(json!("6.0")), "s-1"), Some(6));
        for odd in [json!("many"), json!(-1), json!("NaN"), json!(1e30), json!(null)] {
            assert_eq!(seats(&update(odd), "s-1"), None);
        }
        assert_eq!(seats(&update(json!(5)), "s-2"), None);
        // What was there before says nothing of afterwards.
        let gone = json!({"resourceOldValue": json!({"Id": "s-1", "Quantity": 4}).to_string()});
        assert_eq!(seats(&gone, "s-1"), None);
        let data = |key: &str| json!({"customizedData": [{"key": key, "value": "s-1"}, {"key": "Quantity", "value": "9"}]});
        assert_eq!(seats(&data("SubscriptionId"), "s-1"), Some(9));
        assert_eq!(seats(&data("SubscriptionId-0"), "s-1"), None);
        let moved = json!({
            "resourceNewValue": json!({"SourceSubscriptionId": "s-1", "TargetSubscriptionId": "s-2"}).to_string(),
            "customizedData": [{"key": "SubscriptionId", "value": "s-1"}, {"key": "TargetOfferName", "value": "E5"}],
        });
        assert_eq!(
            of(&moved, EntityKind::Subscription, "s-2"),
            (Some("E5".into()), None)
        );
        assert_eq!(of(&moved, EntityKind::Subscription, "s-1"), (None, None));
    }

    #[test]
    fn a_user_and_a_relationship_are_called_by_what_stands_beside_their_id() {
        let name = |name: &str| (Some(name.to_owned()), None);
        let member = json!({"customizedData": [
            {"key": "MemberId", "value": "u-1"}, {"key": "MemberUserPrincipalName", "value": "taro@x.example"}]});
        assert_eq!(of(&member, EntityKind::User, "U-1"), name("taro@x.example"));
        assert_eq!(of(&member, EntityKind::User, "u-2"), (None, None));
        let created = json!({"resourceType": "customer_user",
            "resourceNewValue": json!({"Id": "u-1", "UserPrincipalName": "new@x.example"}).to_string()});
        assert_eq!(of(&created, EntityKind::User, "u-1"), name("new@x.example"));
        let relationship =
            json!({"resourceNewValue": json!({"Id": "g-1", "DisplayName": "Support"}).to_string()});
        assert_eq!(
            of(&relationship, EntityKind::Relationship, "g-1"),
            name("Support")
        );
    }
}
