//! An audit record before it is written: the members every record has, in the service's order.

use super::{
    json::{Object, array},
    time::{self, Ticks},
};

/// `customizedData`: keys and values in order.
pub(super) type Data = Vec<(String, Option<String>)>;

/// What an operation contributes to its record.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) resource_id: Option<String>,
    pub(super) old_value: Option<String>,
    pub(super) new_value: Option<String>,
    pub(super) data: Data,
}

/// Who and where, around a draft; every optional member may be absent on the wire.
pub(super) struct Envelope<'a> {
    pub(super) partner_id: &'a str,
    pub(super) customer_id: Option<&'a str>,
    pub(super) customer_name: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) application: Option<&'a str>,
    pub(super) session: Option<&'a str>,
    pub(super) correlation: Option<&'a str>,
    pub(super) operation: &'a str,
    pub(super) resource: &'a str,
    pub(super) status: &'a str,
    pub(super) at: Ticks,
    pub(super) id: IdStyle,
    /// A member no document knows.
    pub(super) extra: bool,
}

/// Which kind of `id` a record carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IdStyle {
    /// Before 2018.
    Absent,
    /// `{partnerId}_{ticks}`, as recorded in 2018.
    Short,
    /// `{partnerId}_{customerId}[_{resourceId}]_{operationtype}_{ticks}`, as documented in 2020.
    Long,
}

impl Envelope<'_> {
    fn id(&self, draft: &Draft) -> Option<String> {
        let ticks = time::dotnet(self.at);
        match self.id {
            IdStyle::Absent => None,
            IdStyle::Short => Some(format!("{}_{ticks}", self.partner_id)),
            IdStyle::Long => {
                let mut id = self.partner_id.to_owned();
                for part in [self.customer_id, draft.resource_id.as_deref()]
                    .into_iter()
                    .flatten()
                {
                    id.push('_');
                    id.push_str(&part.to_lowercase());
                }
                id.push('_');
                id.extend(self.operation.chars().filter(|c| *c != '_'));
                Some(format!("{id}_{ticks}"))
            }
        }
    }

    /// The record's JSON text.
    pub(super) fn write(&self, draft: &Draft) -> String {
        let id = self.id(draft);
        let values: usize = [&draft.old_value, &draft.new_value]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum();
        // Quotes in the values become two characters, and everything else takes about this much.
        let mut record = Object::with_capacity(1024 + values + values / 4 + 64 * draft.data.len())
            .maybe("id", id.as_deref())
            .text("partnerId", self.partner_id);
        if self.id == IdStyle::Long {
            record = record.raw("participants", array([format!("\"{}\"", self.partner_id)]));
        }
        record = record
            .maybe("customerId", self.customer_id)
            .maybe("customerName", self.customer_name)
            .maybe("userPrincipalName", self.user)
            .maybe("applicationId", self.application)
            .maybe("sessionId", self.session)
            .text("resourceType", self.resource)
            .maybe("resourceOldValue", draft.old_value.as_deref())
            .maybe("resourceNewValue", draft.new_value.as_deref())
            .text("operationType", self.operation)
            .maybe("originalCorrelationId", self.correlation)
            .text("operationDate", &time::stamp(self.at))
            .text("operationStatus", self.status);
        if self.extra {
            record = record.raw("operationChannel", r#"{"name":"partner-api","version":2}"#);
        }
        let data = draft.data.iter().map(|(key, value)| {
            Object::new()
                .text("key", key)
                .text_or_null("value", value.as_deref())
                .done()
        });
        record
            .raw("customizedData", array(data))
            .raw("attributes", r#"{"objectType":"AuditRecord"}"#)
            .done()
    }
}
