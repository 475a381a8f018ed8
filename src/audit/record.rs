//! One audit record: the document exactly as received, and what is read from it.

mod usual;

use std::borrow::Cow;

use super::{
    Ticks,
    identity::EventKey,
    json::{self, Json},
    vocabulary::{OperationStatus, OperationType, ResourceType},
};

/// The permanent public name of a record, as in `/activity/{record-id}`.
///
/// Partner Center's own id where it has one that can stand in an address, else `h-` and the hash of the
/// record's core fields, with `-1`, `-2`, … for equal records without ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(Box<str>);

impl RecordId {
    /// The name of the `ordinal`-th record with this event key; `given` is Partner Center's own id.
    pub fn new(given: Option<&str>, key: &EventKey, ordinal: u32) -> Self {
        match given {
            Some(id) if ordinal == 0 && Self::fits_an_address(id) => Self(id.into()),
            _ if ordinal == 0 => Self(format!("h-{key}").into()),
            _ => Self(format!("h-{key}-{ordinal}").into()),
        }
    }

    /// Takes the text of an address as a record's name; `None` when no record can have it.
    pub fn parse(text: &str) -> Option<Self> {
        (Self::hashed(text).is_some() || Self::fits_an_address(text)).then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The event key, and which of equal records.
    pub fn event(&self) -> (EventKey, u32) {
        Self::hashed(&self.0).unwrap_or_else(|| (EventKey::of_id(&self.0), 0))
    }

    fn hashed(text: &str) -> Option<(EventKey, u32)> {
        let rest = text.strip_prefix("h-")?;
        match rest.split_once('-') {
            Some((key, ordinal)) => Some((key.parse().ok()?, ordinal.parse().ok()?)),
            None => Some((rest.parse().ok()?, 0)),
        }
    }

    /// Long enough not to collide with a route's own name, and of characters that browsers leave alone.
    fn fits_an_address(id: &str) -> bool {
        (16..=300).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            && !id.starts_with("h-")
    }
}

impl std::fmt::Display for RecordId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An audit record. Every field is optional, because documented and recorded ones lack nearly each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Partner Center's own id.
    pub given_id: Option<String>,
    pub partner_id: Option<String>,
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub user_principal_name: Option<String>,
    pub application_id: Option<String>,
    pub session_id: Option<String>,
    pub resource_type: ResourceType,
    pub operation_type: OperationType,
    pub operation_status: OperationStatus,
    /// As received.
    pub operation_date: Option<String>,
    /// `operation_date` read, or else the ticks at the end of the id.
    pub ticks: Option<Ticks>,
    pub original_correlation_id: Option<String>,
    /// JSON in a string, mostly; whatever it is, its text.
    pub resource_old_value: Option<String>,
    pub resource_new_value: Option<String>,
    /// In the record's order; a value may be null.
    pub customized_data: Vec<(String, Option<String>)>,
    /// Members that this version does not know, in the record's order.
    pub others: Vec<(String, Json<'static>)>,
    /// The record exactly as received.
    pub document: Box<str>,
}

impl AuditRecord {
    /// Reads a record. Never fails: what cannot be read is absent, and the document is kept.
    pub fn read(document: impl Into<Box<str>>) -> Self {
        let document = document.into();
        let mut record = usual::read(&document).unwrap_or_else(|| Self::read_any(&document));
        record.ticks = record
            .operation_date
            .as_deref()
            .and_then(Ticks::parse)
            .or_else(|| record.given_id.as_deref().and_then(ticks_of_id));
        record.document = document;
        record
    }

    /// Member by member, whatever they are.
    fn read_any(document: &str) -> Self {
        let mut record = Self::empty();
        for (name, raw) in json::members(document).unwrap_or_default() {
            record.take(&name, raw);
        }
        record
    }

    fn empty() -> Self {
        Self {
            given_id: None,
            partner_id: None,
            customer_id: None,
            customer_name: None,
            user_principal_name: None,
            application_id: None,
            session_id: None,
            resource_type: ResourceType(Box::default()),
            operation_type: OperationType(Box::default()),
            operation_status: OperationStatus(Box::default()),
            operation_date: None,
            ticks: None,
            original_correlation_id: None,
            resource_old_value: None,
            resource_new_value: None,
            customized_data: Vec::new(),
            others: Vec::new(),
            document: Box::default(),
        }
    }

    /// Leaves what it changed and what is not known to the document alone: most of what a record takes of memory.
    pub fn forget_values(&mut self) {
        self.resource_old_value = None;
        self.resource_new_value = None;
        self.customized_data = Vec::new();
        self.others = Vec::new();
    }

    /// Where the member of that name goes.
    fn slot(&mut self, name: &str) -> Slot<'_> {
        match name {
            "id" => Slot::Words(&mut self.given_id),
            "partnerId" => Slot::Words(&mut self.partner_id),
            "customerId" => Slot::Words(&mut self.customer_id),
            "customerName" => Slot::Words(&mut self.customer_name),
            "userPrincipalName" => Slot::Words(&mut self.user_principal_name),
            "applicationId" => Slot::Words(&mut self.application_id),
            "sessionId" => Slot::Words(&mut self.session_id),
            "resourceType" => Slot::Wire(&mut self.resource_type.0),
            "operationType" => Slot::Wire(&mut self.operation_type.0),
            "operationStatus" => Slot::Wire(&mut self.operation_status.0),
            "operationDate" => Slot::Words(&mut self.operation_date),
            "originalCorrelationId" => Slot::Words(&mut self.original_correlation_id),
            "resourceOldValue" => Slot::Value(&mut self.resource_old_value),
            "resourceNewValue" => Slot::Value(&mut self.resource_new_value),
            "customizedData" => Slot::Pairs(&mut self.customized_data),
            // Says only that this is an audit record.
            "attributes" => Slot::Nothing,
            _ => Slot::Others,
        }
    }

    fn take(&mut self, name: &str, raw: &str) {
        match self.slot(name) {
            Slot::Words(to) => *to = words(raw),
            Slot::Wire(to) => *to = words(raw).unwrap_or_default().into(),
            Slot::Value(to) => *to = value(raw),
            Slot::Pairs(to) => match pairs(raw) {
                Some(all) => *to = all,
                None => self.keep(name, raw),
            },
            Slot::Nothing => {}
            Slot::Others => self.keep(name, raw),
        }
    }

    fn keep(&mut self, name: &str, raw: &str) {
        if raw != "null" {
            self.others.push((
                name.to_owned(),
                Json::parse(raw)
                    .unwrap_or_else(|| Json::Raw(raw.into()))
                    .into_owned(),
            ));
        }
    }
}

/// A place of a record for a member.
enum Slot<'a> {
    Words(&'a mut Option<String>),
    /// A word of the audit service.
    Wire(&'a mut Box<str>),
    /// An old or new value.
    Value(&'a mut Option<String>),
    Pairs(&'a mut Vec<(String, Option<String>)>),
    Nothing,
    Others,
}

/// A string that says something; a number or an object where a string belongs stays as its JSON.
fn words(raw: &str) -> Option<String> {
    let text = match raw {
        "null" => return None,
        _ => json::text(raw).map_or_else(|| raw.to_owned(), Cow::into_owned),
    };
    says_something(&text).then_some(text)
}

fn says_something(text: &str) -> bool {
    !text.trim().is_empty()
}

/// An old or new value: the string's text, or the JSON itself where a tool embedded it unquoted.
fn value(raw: &str) -> Option<String> {
    match raw {
        "null" => None,
        _ => Some(json::text(raw).map_or_else(|| raw.to_owned(), Cow::into_owned)),
    }
}

/// `[{"key":…,"value":…}]`; `None` when it has another shape.
fn pairs(raw: &str) -> Option<Vec<(String, Option<String>)>> {
    if raw == "null" {
        return Some(Vec::new());
    }
    json::elements(raw)?
        .into_iter()
        .map(|item| {
            let members = json::members(item)?;
            let of = |name: &str| {
                members
                    .iter()
                    .find(|(k, _)| k.eq_ignore_ascii_case(name))
                    .map(|(_, v)| *v)
            };
            if members.len() > 2 {
                return None;
            }
            Some((value(of("key")?)?, of("value").and_then(value)))
        })
        .collect()
}

/// The documented ids end in the ticks of the operation's date.
pub(super) fn ticks_of_id(id: &str) -> Option<Ticks> {
    let (_, last) = id.rsplit_once('_')?;
    let ticks: i64 = last.parse().ok()?;
    // Between the years 2000 and 2200, so that another number is not mistaken for a date.
    (630_822_816_000_000_000..693_937_152_000_000_000)
        .contains(&ticks)
        .then_some(Ticks(ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_anything_is_read() {
        for document in ["{}", "null", "[]", "7", "\"text\"", "not json"] {
            let record = AuditRecord::read(document);
            assert_eq!(&*record.document, document);
            assert_eq!(record.ticks, None);
        }
    }

    #[test]
    fn unknown_members_are_kept_in_order() {
        let record =
            AuditRecord::read(r#"{"zeta":1,"operationType":"x","alpha":{"b":[]},"participants":["p"]}"#);
        let names: Vec<_> = record.others.iter().map(|(k, _)| k.as_str()).collect();
        assert_eq!(names, ["zeta", "alpha", "participants"]);
    }

    #[test]
    fn wrong_types_stay_readable() {
        let record = AuditRecord::read(
            r#"{"userPrincipalName":17,"resourceNewValue":{"Id":1},"customizedData":{"a":1},"operationType":null}"#,
        );
        assert_eq!(record.user_principal_name.as_deref(), Some("17"));
        assert_eq!(record.resource_new_value.as_deref(), Some(r#"{"Id":1}"#));
        assert_eq!(record.others[0].0, "customizedData");
    }

    #[test]
    fn the_date_is_taken_from_the_id_where_the_field_is_unreadable() {
        let record =
            AuditRecord::read(r#"{"id":"p_c_createorder_637346859797753934","operationDate":"soon"}"#);
        assert_eq!(record.ticks, Some(Ticks(637_346_859_797_753_934)));
    }

    #[test]
    fn a_record_id_survives_its_address() {
        let key = EventKey::of_id("anything");
        for id in [
            RecordId::new(Some("9daaeb1c-4195_createorder_637346662909268372"), &key, 0),
            RecordId::new(Some("../../etc/passwd and more"), &key, 0),
            RecordId::new(Some("short"), &key, 0),
            RecordId::new(None, &key, 0),
            RecordId::new(None, &key, 3),
        ] {
            assert_eq!(RecordId::parse(id.as_str()).as_ref(), Some(&id));
        }
        assert_eq!(RecordId::new(None, &key, 3).event(), (key, 3));
    }

    proptest::proptest! {
        #[test]
        fn no_document_panics(text in ".*") {
            proptest::prop_assert_eq!(&*AuditRecord::read(text.as_str()).document, text.as_str());
        }
    }
}
