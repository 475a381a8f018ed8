//! Audit records for tests: say only what matters, the rest is sensible.

use partnerlog::{
    audit::{AuditRecord, Ticks},
    store::Incoming,
};
use serde_json::{Map, Value, json};

pub const PARTNER: &str = "9daaeb1c-4195-4db5-9f1d-509eb70c8c2d";
pub const RELECLOUD: &str = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1";

/// An audit record under construction.
#[derive(Clone)]
pub struct Record(Map<String, Value>);

/// A record of Relecloud, made by somebody, on the first day of August 2026.
pub fn record() -> Record {
    let Value::Object(members) = json!({
        "partnerId": PARTNER,
        "customerId": RELECLOUD,
        "customerName": "Relecloud",
        "userPrincipalName": "hanako.sato@partner.example",
        "applicationId": "Partner Center Native App",
        "resourceType": "subscription",
        "operationType": "update_subscription",
        "operationDate": "2026-08-01T09:00:00.0000000Z",
        "operationStatus": "succeeded",
        "customizedData": [],
        "attributes": {"objectType": "AuditRecord"},
    }) else {
        unreachable!("an object is written above")
    };
    Record(members)
}

impl Record {
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// `2026-08-01`, or a whole date.
    pub fn on(self, date: &str) -> Self {
        let date = if date.len() == 10 {
            format!("{date}T09:00:00.0000000Z")
        } else {
            date.to_owned()
        };
        self.with("operationDate", date)
    }

    pub fn id(self, id: &str) -> Self {
        self.with("id", id)
    }

    pub fn customer(self, id: &str, name: &str) -> Self {
        self.with("customerId", id).with("customerName", name)
    }

    pub fn action(self, operation: &str) -> Self {
        self.with("operationType", operation)
    }

    pub fn status(self, status: &str) -> Self {
        self.with("operationStatus", status)
    }

    pub fn user(self, upn: &str) -> Self {
        self.with("userPrincipalName", upn)
    }

    pub fn json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    pub fn incoming(&self) -> Incoming {
        incoming(&self.json())
    }
}

/// A document on its way into the archive.
pub fn incoming(document: &str) -> Incoming {
    Incoming::new(AuditRecord::read(document), Ticks(638_000_000_000_000_000))
}
