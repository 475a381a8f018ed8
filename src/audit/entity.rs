//! The things that a record speaks of by an id, and what each of them is to it: the operation that it was part of,
//! subscriptions, orders, user accounts, delegated admin relationships.
//!
//! Which thing an id names is told by where it stands: by the name of its member (`SubscriptionId`, `OrderId-0`), or, for
//! a value's own `Id`, by what the value says that it is. Knows nothing of names, and guesses nothing from the shape of an
//! id: they all look alike.

pub(in crate::audit) mod told;

use std::{borrow::Cow, collections::HashSet};

use super::{AuditRecord, json::Json, paths, secrets};
pub use told::{Told, told, told_in};

/// How many things of a record are named; a record that speaks of more is of no use as a link between others.
pub const MOST: usize = 1_000;
/// The longest id, in characters: two GUIDs and room for what is not known yet.
const LONGEST: usize = 128;
/// How many values of a record are looked at.
const VALUES: usize = 100_000;

/// What an id is the id of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// Everything that one action set off: the original correlation id.
    Operation,
    Subscription,
    Order,
    /// A user account, by its object id.
    User,
    /// A delegated admin relationship (GDAP, DAP).
    Relationship,
}

impl EntityKind {
    pub const ALL: [Self; 5] = [
        Self::Operation,
        Self::Subscription,
        Self::Order,
        Self::User,
        Self::Relationship,
    ];

    /// The kind in an address, such as `subscription`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Subscription => "subscription",
            Self::Order => "order",
            Self::User => "user",
            Self::Relationship => "relationship",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A thing that a record speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    pub kind: EntityKind,
    /// As received.
    pub id: Box<str>,
    /// Whether this is but another name of a thing that the same record names by its id: the short number of an order.
    pub also: bool,
}

impl Entity {
    /// Whether that id, in any case, is this one.
    pub fn is(&self, kind: EntityKind, id: &str) -> bool {
        self.kind == kind && self.id.eq_ignore_ascii_case(id)
    }
}

/// Whether a text can be the id of a thing: short, without blanks, and saying something (the GUID of zeros does not). Of
/// characters that need no quotation marks in the search box.
pub fn is_id(text: &str) -> bool {
    let plain = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'~' | b'+' | b'/' | b'=' | b'@')
    };
    !text.is_empty()
        && text.len() <= LONGEST
        // To the search box, that would be an address.
        && !text.starts_with('/')
        && text.bytes().all(plain)
        && text.bytes().any(|b| b.is_ascii_alphanumeric() && b != b'0')
}

/// The things that a record speaks of, each once in whatever case, at most [`MOST`]: its operation, then what the new value,
/// the additional data and the old value name, in their order.
pub fn entities(record: &AuditRecord) -> Vec<Entity> {
    entities_in(record, &Values::of(record))
}

/// The same, of a record whose values are read.
pub fn entities_in(record: &AuditRecord, values: &Values) -> Vec<Entity> {
    let mut found = Found::new(record);
    if let Some(id) = &record.original_correlation_id {
        found.add(EntityKind::Operation, id, false);
    }
    if let Some(new) = &values.new {
        found.value(new);
    }
    for (key, value) in record.customized_data.iter().take(MOST) {
        if let Some(value) = value {
            found.named(key, value);
        }
    }
    if let Some(old) = &values.old {
        found.value(old);
    }
    for (name, value) in &record.others {
        found.member(name, value);
    }
    found.finish()
}

/// A record's values as JSON, without secrets: read once for all that is asked of them.
#[derive(Debug, Default)]
pub struct Values<'a> {
    pub(super) old: Option<Json<'a>>,
    pub(super) new: Option<Json<'a>>,
}

impl<'a> Values<'a> {
    pub fn of(record: &'a AuditRecord) -> Self {
        let (old, new) = (
            record.resource_old_value.as_deref(),
            record.resource_new_value.as_deref(),
        );
        // What the document has nowhere, none of its parts has.
        let (old, new) = match secrets::may_hold_secrets(&record.document) {
            true => secrets::mask_sides(old, new),
            false => (old.map(Cow::Borrowed), new.map(Cow::Borrowed)),
        };
        Self {
            old: old.and_then(Json::of_text),
            new: new.and_then(Json::of_text),
        }
    }

    /// The id that the new value says it has.
    pub fn own_id(&self) -> Option<&str> {
        self.new.as_ref()?.get("Id")?.words()
    }
}

/// What the member of that name names; `Subscription` too for whatever ends so (`ParentSubscriptionId`).
fn kind_of_member(name: &str) -> Option<EntityKind> {
    // `SubscriptionId-0` is that of a line.
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let name = name.strip_suffix('-').unwrap_or(name);
    let is = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    let ends = |end: &str| {
        let start = name.len().checked_sub(end.len());
        start
            .and_then(|start| name.get(start..))
            .is_some_and(|rest| rest.eq_ignore_ascii_case(end))
    };
    if ends("SubscriptionId") {
        return Some(EntityKind::Subscription);
    }
    // A customer's own number, which says nothing here.
    if ends("OrderId") && !ends("PurchaseOrderId") {
        return Some(EntityKind::Order);
    }
    if is(&[
        "CustomerUserId",
        "CustomerUserObjectId",
        "UserId",
        "UserObjectId",
        "MemberId",
        "PartnerUserId",
    ]) {
        return Some(EntityKind::User);
    }
    if ends("RelationshipId") && (is(&["RelationshipId"]) || ends("AdminRelationshipId")) {
        return Some(EntityKind::Relationship);
    }
    None
}

struct Found<'a> {
    record: &'a AuditRecord,
    all: Vec<Entity>,
    known: HashSet<(EntityKind, String)>,
    /// Other names of the order: they count only beside one.
    numbers: Vec<Box<str>>,
    /// How many values may still be looked at.
    left: usize,
}

impl<'a> Found<'a> {
    fn new(record: &'a AuditRecord) -> Self {
        Self {
            record,
            all: Vec::new(),
            known: HashSet::new(),
            numbers: Vec::new(),
            left: VALUES,
        }
    }

    fn add(&mut self, kind: EntityKind, id: &str, also: bool) {
        let id = id.trim();
        if self.all.len() >= MOST || !is_id(id) {
            return;
        }
        // Of a relationship that has no id of its own, the customer's stands there.
        if kind == EntityKind::Relationship
            && self
                .record
                .customer_id
                .as_deref()
                .is_some_and(|customer| customer.eq_ignore_ascii_case(id))
        {
            return;
        }
        if self.known.insert((kind, id.to_ascii_lowercase())) {
            self.all.push(Entity {
                kind,
                id: id.into(),
                also,
            });
        }
    }

    /// An old or new value, whose own id is that of the thing that the record is about.
    fn value(&mut self, value: &Json) {
        if let Some(kind) = kind_of_value(value).or_else(|| kind_of_resource(self.record, value)) {
            self.own_id(kind, value);
        }
        self.object(value, true);
    }

    fn own_id(&mut self, kind: EntityKind, value: &Json) {
        if let Some(id) = value.get("Id").and_then(Json::words) {
            self.add(kind, id, false);
        }
    }

    fn object(&mut self, value: &Json, outermost: bool) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        match value {
            Json::Object(members) => {
                if !outermost && let Some(kind) = kind_of_value(value) {
                    self.own_id(kind, value);
                }
                for (name, value) in members {
                    self.member(name, value);
                }
            }
            Json::List(all) => {
                for value in all {
                    self.object(value, false);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, name: &str, value: &Json) {
        if paths::is_noise(name) {
            return;
        }
        match value {
            Json::Object(_) => self.object(value, false),
            Json::List(all) => {
                for value in all.iter().take(VALUES) {
                    match value.words() {
                        Some(id) => self.named(name.trim_end_matches(['s', 'S']), id),
                        None => self.object(value, false),
                    }
                }
            }
            _ => {
                if let Some(id) = value.words() {
                    self.named(name, id);
                }
            }
        }
    }

    fn named(&mut self, name: &str, id: &str) {
        if let Some(kind) = kind_of_member(name) {
            self.add(kind, id, false);
        } else if name.eq_ignore_ascii_case("AlternateId") && self.numbers.len() < MOST {
            self.numbers.push(id.trim().into());
        }
    }

    fn finish(mut self) -> Vec<Entity> {
        let named = self.all.iter().any(|entity| entity.kind == EntityKind::Order);
        // Other things have such a number, too.
        if named || is_about_order(self.record) {
            for number in std::mem::take(&mut self.numbers) {
                self.add(EntityKind::Order, &number, named);
            }
        }
        self.all
    }
}

/// What a value says that it is.
fn kind_of_value(value: &Json) -> Option<EntityKind> {
    let says = value.get("Attributes")?.get("ObjectType")?.words()?;
    [
        ("Order", EntityKind::Order),
        ("Subscription", EntityKind::Subscription),
        ("CustomerUser", EntityKind::User),
        ("PartnerUser", EntityKind::User),
        ("UserMember", EntityKind::User),
    ]
    .into_iter()
    .find(|(name, _)| says.eq_ignore_ascii_case(name))
    .map(|(_, kind)| kind)
}

/// What a value is that does not say so itself, by what the record is about.
fn kind_of_resource(record: &AuditRecord, value: &Json) -> Option<EntityKind> {
    if value.get("LineItems").is_some() || is_about_order(record) {
        return Some(EntityKind::Order);
    }
    match (&*record.resource_type.0, &*record.operation_type.0) {
        ("subscription", _) | (_, "update_subscription") => Some(EntityKind::Subscription),
        ("customer_user" | "partner_user", _) => Some(EntityKind::User),
        ("granular_admin_relationship" | "partner_customer_dap", _) => Some(EntityKind::Relationship),
        (_, action) if action.starts_with("granular_admin_relationship_") => Some(EntityKind::Relationship),
        _ => None,
    }
}

fn is_about_order(record: &AuditRecord) -> bool {
    &*record.resource_type.0 == "order"
        || matches!(&*record.operation_type.0, "create_order" | "update_order")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn documented(file: &str) -> Vec<AuditRecord> {
        let collection: serde_json::Value = serde_json::from_str(file).unwrap();
        let items = collection["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| AuditRecord::read(item.to_string()))
            .collect()
    }

    /// Kind, id, and whether it is but another name.
    fn named(record: &AuditRecord) -> Vec<(EntityKind, String, bool)> {
        entities(record)
            .into_iter()
            .map(|entity| (entity.kind, entity.id.to_string(), entity.also))
            .collect()
    }

    fn ids(record: &serde_json::Value) -> Vec<(EntityKind, String)> {
        let record = AuditRecord::read(record.to_string());
        named(&record)
            .into_iter()
            .map(|(kind, id, _)| (kind, id))
            .collect()
    }

    #[test]
    fn the_documented_records_name_their_things() {
        use EntityKind::*;
        let of_2020 = documented(include_str!(
            "../../tests/fixtures/documented/auditrecords-one-day-2020.json"
        ));
        let own = |kind, id: &str| (kind, id.to_owned(), false);
        assert_eq!(
            named(&of_2020[0]),
            [own(User, "933808c7-b165-496c-a24e-1a4b7846fab4")]
        );
        assert_eq!(
            named(&of_2020[1]),
            [
                own(Operation, "96514ebe-c1b2-4865-cb46-2c2d20a2e911"),
                own(Order, "Ia80ZLkXp6eWOqpp35pBQJLhqv9IiGVZ1"),
                own(Subscription, "f428d44a-d08b-348b-579e-ce92a6362c7b"),
                (Order, "64144d300bde".into(), true),
            ]
        );
        // A customer is none of these things, though its value has an id.
        assert_eq!(
            named(&of_2020[2]),
            [own(Operation, "7550d9ea-e64a-416f-e49b-3670c516cf69")]
        );
        let of_2017 = documented(include_str!(
            "../../tests/fixtures/documented/auditrecords-by-customer-2017.json"
        ));
        assert_eq!(
            named(&of_2017[0]),
            [
                own(Order, "d51a052e-043c-4a2a-aa37-2bb938cef6c1"),
                own(Subscription, "488745B5-2086-4912-802C-6ABB9F7C3638"),
            ]
        );
        assert_eq!(
            named(&of_2017[1]),
            [own(User, "482e2152-4b49-48ec-b715-823365ce3d4c")]
        );
    }

    #[test]
    fn the_place_of_an_id_tells_what_it_names() {
        use EntityKind::*;
        let value = |resource: &str, value: serde_json::Value| {
            ids(
                &json!({"resourceType": resource, "customerId": "C-1", "resourceNewValue": value.to_string()}),
            )
        };
        let found = |kind, id: &str| vec![(kind, id.to_owned())];
        assert_eq!(
            value("subscription", json!({"Id": "s-1"})),
            found(Subscription, "s-1")
        );
        assert_eq!(value("customer_user", json!({"Id": "u-1"})), found(User, "u-1"));
        assert_eq!(
            value("granular_admin_relationship", json!({"Id": "g-1"})),
            found(Relationship, "g-1")
        );
        // What a value says of itself goes before what the record is about.
        assert_eq!(
            value(
                "subscription",
                json!({"Id": "o-1", "Attributes": {"ObjectType": "Order"}})
            ),
            found(Order, "o-1")
        );
        assert_eq!(
            value("granular_admin_access_assignment", json!({"Id": "a-1"})),
            []
        );
        assert_eq!(
            value("customer", json!({"Id": "c-1", "BillingProfile": {"Id": "b-1"}})),
            []
        );
        assert_eq!(
            value(
                "subscription",
                json!({"SourceSubscriptionId": "s-1", "TargetSubscriptionId": "s-2", "ParentSubscriptionId": null,
                    "Inner": [{"orderId": "o-1"}], "PurchaseOrderId": "po-1", "SubscriptionIds": ["s-3", "S-1"]})
            ),
            [
                (Order, "o-1".to_owned()),
                (Subscription, "s-1".to_owned()),
                (Subscription, "s-3".to_owned()),
                (Subscription, "s-2".to_owned()),
            ]
        );
        // Links are no things, and a relationship that is named like its customer has no id of its own.
        assert_eq!(
            value(
                "partner_customer_dap",
                json!({"RelationshipId": "c-1", "Links": {"SubscriptionId": "s-9"}})
            ),
            []
        );
        let data = json!([
            {"key": "OrderId", "value": "o-1"}, {"key": "AlternateId", "value": "64144d300bde"},
            {"key": "SubscriptionId-0", "value": "s-1"}, {"key": "subscriptionid-12", "value": "s-2"},
            {"key": "MemberId", "value": "u-1"}, {"key": "GranularAdminRelationshipId", "value": "g-1"},
            {"key": "Quantity-0", "value": "5"}, {"key": "OfferId-0", "value": "x"},
            {"key": "CustomerUserId", "value": "00000000-0000-0000-0000-000000000000"},
            {"key": "UserId", "value": null}, {"key": "UserId", "value": "two words"},
        ]);
        assert_eq!(
            ids(&json!({"customizedData": data})),
            [
                (Order, "o-1".to_owned()),
                (Subscription, "s-1".to_owned()),
                (Subscription, "s-2".to_owned()),
                (User, "u-1".to_owned()),
                (Relationship, "g-1".to_owned()),
                (Order, "64144d300bde".to_owned()),
            ]
        );
        // A number that belongs to no order is none of an order.
        assert_eq!(
            ids(
                &json!({"resourceType": "referral", "customizedData": [{"key": "AlternateId", "value": "64144d300bde"}]})
            ),
            []
        );
    }

    #[test]
    fn a_record_speaks_of_a_bounded_number_of_things() {
        let many: Vec<_> = (0..5_000)
            .map(|n| json!({"SubscriptionId": format!("s-{n}")}))
            .collect();
        let record =
            AuditRecord::read(json!({"resourceNewValue": json!({"All": many}).to_string()}).to_string());
        assert_eq!(entities(&record).len(), MOST);
        let deep = format!(
            "{}1{}",
            r#"{"OrderId":"o-1","a":["#.repeat(2_000),
            "]}".repeat(2_000)
        );
        let record = AuditRecord::read(json!({"resourceNewValue": deep}).to_string());
        assert_eq!(entities(&record).len(), 1);
        assert!(!is_id(&"a".repeat(LONGEST + 1)) && is_id(&"a".repeat(LONGEST)));
    }

    proptest! {
        #[test]
        fn no_document_panics(
            document in "[\\[\\]{},:\\\\\"a1 é-]{0,60}|\\PC{0,60}",
            name in "(SubscriptionId|OrderId|Id|LineItems|Quantity|é|RelationshipId)(-[0-9])?",
        ) {
            entities(&AuditRecord::read(document.as_str()));
            let record = AuditRecord::read(json!({
                "resourceType": "order", "resourceNewValue": document, "resourceOldValue": {name.as_str(): document},
                "customizedData": [{"key": name, "value": document}],
            }).to_string());
            let all = entities(&record);
            prop_assert!(all.len() <= MOST && all.iter().all(|entity| is_id(&entity.id)));
            for entity in &all {
                told(&record, entity.kind, &entity.id);
            }
        }
    }
}
