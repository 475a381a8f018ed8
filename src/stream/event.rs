//! What is sent of a version: an envelope that says which record it is, around the record as it was received.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::{
    audit::{AuditRecord, json, vocabulary::Outcome},
    store::{OutgoingVersion, Source},
};

/// So many names of members that were left out are told.
const NAMES: usize = 20;
/// Of longer ones only the beginning, in characters.
const NAME: usize = 40;

/// A version of a record, or a test.
pub struct Event {
    /// 0 for a test.
    pub seq: i64,
    /// The record's id.
    pub id: String,
    version: u32,
    tenant: String,
    account: String,
    source: &'static str,
    archived_at: DateTime<Utc>,
    /// When it happened; else when it was archived.
    pub at: DateTime<Utc>,
    pub failed: bool,
    document: Option<Box<str>>,
    /// What a test says.
    test: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    id: &'a str,
    version: u32,
    changed: bool,
    sequence: i64,
    source: &'a str,
    archived_at: String,
    account: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    record: Option<&'a RawValue>,
    /// The record where it is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Cut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    tenant_id: &'a str,
    name: &'a str,
}

/// What was left out of a record that is too long.
#[derive(Clone, Serialize)]
struct Cut<'a> {
    /// Of the whole record.
    bytes: usize,
    members: &'a [String],
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl From<OutgoingVersion> for Event {
    fn from(version: OutgoingVersion) -> Self {
        let record = AuditRecord::read(version.document);
        Self {
            seq: version.seq,
            id: version.record.to_string(),
            version: version.number,
            tenant: version.account.tenant_id.clone(),
            account: version.account.name.clone(),
            source: match version.source {
                Source::Collected => "collected",
                Source::Imported => "imported",
            },
            archived_at: version.archived_at,
            at: version
                .ticks
                .and_then(|ticks| ticks.to_utc())
                .unwrap_or(version.archived_at),
            failed: record.operation_status.outcome() == Outcome::Failed,
            document: Some(record.document),
            test: None,
        }
    }
}

impl Event {
    /// An event that is no record and says so.
    pub fn test(words: &str, now: DateTime<Utc>) -> Self {
        Self {
            seq: 0,
            id: format!("test-{}", now.timestamp_millis()),
            version: 0,
            tenant: String::new(),
            account: String::new(),
            source: "test",
            archived_at: now,
            at: now,
            failed: false,
            document: None,
            test: Some(words.to_owned()),
        }
    }

    pub fn is_test(&self) -> bool {
        self.test.is_some()
    }

    /// What happened: the type of a webhook, the message id of syslog.
    pub fn kind(&self) -> &'static str {
        match (&self.test, self.version) {
            (Some(_), _) => "test",
            (None, 1) => "record.archived",
            (None, _) => "record.changed",
        }
    }

    /// The same for the same version however often it is sent, and in every copy of the archive.
    pub fn message_id(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.tenant, &self.id, &self.version.to_string()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("msg_{hex}")
    }

    pub fn archived_at(&self) -> String {
        iso(self.archived_at)
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// On one line. The record is in it byte for byte, but that line breaks between its parts are blanks.
    pub fn envelope(&self, public_url: &str) -> String {
        let document = self.one_line();
        match document.as_deref().map(serde_json::from_str::<&RawValue>) {
            Some(Ok(record)) => self.around(public_url, Some(record), None, None),
            Some(Err(_)) => self.around(public_url, None, self.document.as_deref(), None),
            None => self.around(public_url, None, None, None),
        }
    }

    /// The same in at most so many bytes, as far as that can be: of a record that is too long the longest members are left
    /// out, and the envelope says which.
    pub fn envelope_within(&self, public_url: &str, most: usize) -> String {
        let whole = self.envelope(public_url);
        if whole.len() <= most {
            return whole;
        }
        let document = self.one_line().unwrap_or_default();
        let bytes = self.document.as_deref().map_or(0, str::len);
        let members = json::members(&document).unwrap_or_default();
        let mut by_length: Vec<usize> = (0..members.len()).collect();
        by_length.sort_by_key(|at| members.get(*at).map_or(0, |(name, raw)| name.len() + raw.len()));
        // Half of what is left at each try: the names of what is left out take room, too.
        let mut room = most;
        for _ in 0..8 {
            let (mut kept, mut length) = (vec![false; members.len()], 0);
            for at in &by_length {
                let Some((name, raw)) = members.get(*at) else {
                    continue;
                };
                // The name may grow by being quoted.
                length += json::quoted(name).len() + raw.len() + 2;
                if length > room {
                    break;
                }
                if let Some(kept) = kept.get_mut(*at) {
                    *kept = true;
                }
            }
            let some = members.iter().zip(&kept);
            let left_out: Vec<String> = some
                .clone()
                .filter(|(_, kept)| !**kept)
                .take(NAMES)
                .map(|((name, _), _)| name.chars().take(NAME).collect())
                .collect();
            let record: Vec<String> = some
                .filter(|(_, kept)| **kept)
                .map(|((name, raw), _)| format!("{}:{raw}", json::quoted(name)))
                .collect();
            let record = format!("{{{}}}", record.join(","));
            let cut = Cut {
                bytes,
                members: &left_out,
            };
            if let Ok(record) = serde_json::from_str::<&RawValue>(&record) {
                let text = self.around(public_url, Some(record), None, Some(cut));
                if text.len() <= most {
                    return text;
                }
            }
            room /= 2;
        }
        let nothing = Cut { bytes, members: &[] };
        self.around(public_url, None, None, Some(nothing))
    }

    fn around(
        &self,
        public_url: &str,
        record: Option<&RawValue>,
        text: Option<&str>,
        cut: Option<Cut<'_>>,
    ) -> String {
        let envelope = Envelope {
            id: &self.id,
            version: self.version,
            changed: self.version > 1,
            sequence: self.seq,
            source: self.source,
            archived_at: iso(self.archived_at),
            account: Account {
                tenant_id: &self.tenant,
                name: &self.account,
            },
            url: (!self.is_test())
                .then(|| format!("{public_url}/activity/{}?version={}", self.id, self.version)),
            record,
            text,
            cut,
            test: self.test.as_deref(),
        };
        serde_json::to_string(&envelope).expect("texts, numbers and JSON are JSON")
    }

    /// The document without line breaks, which in JSON are nothing but white space between its parts.
    fn one_line(&self) -> Option<String> {
        let document = self.document.as_deref()?;
        Some(document.trim().replace(['\n', '\r'], " "))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        audit::{RecordId, Ticks},
        store::{self, AccountId},
    };

    fn event(document: &str) -> Event {
        let account = store::Account {
            id: AccountId(1),
            tenant_id: "t-1".to_owned(),
            name: "Contoso \"Japan\"".to_owned(),
        };
        Event::from(OutgoingVersion {
            seq: 7,
            record: RecordId::parse("record-of-the-events").unwrap(),
            number: 2,
            account: Arc::new(account),
            source: Source::Collected,
            archived_at: "2026-11-20T12:00:00Z".parse().unwrap(),
            ticks: None::<Ticks>,
            document: document.into(),
        })
    }

    #[test]
    fn a_record_is_sent_byte_for_byte_on_one_line() {
        let odd = "{ \"b\" : 1.50,\n  \"a\":\"\\u00e9\\ud800 x\",\"a\":1e400,\r\n\"n\":null }";
        let text = event(odd).envelope("https://log.example");
        assert!(!text.contains('\n') && !text.contains('\r'));
        let inside = "{ \"b\" : 1.50,   \"a\":\"\\u00e9\\ud800 x\",\"a\":1e400,  \"n\":null }";
        assert!(text.contains(&format!("\"record\":{inside}}}")), "{text}");
        assert!(text.contains("\"changed\":true,\"sequence\":7"));
        assert!(text.contains("https://log.example/activity/record-of-the-events?version=2"));
    }

    #[test]
    fn what_is_no_json_is_sent_as_text() {
        let text = event("not \"json\"\nat all").envelope("x");
        assert!(
            text.contains(r#""record":null,"text":"not \"json\"\nat all""#),
            "{text}"
        );
    }

    #[test]
    fn a_record_that_is_too_long_loses_its_longest_members_and_says_so() {
        let long = format!(
            r#"{{"id":"i","resourceNewValue":"{}","operationType":"create_order","customizedData":[{}]}}"#,
            "x".repeat(5_000),
            ["1"; 2_000].join(",")
        );
        let event = event(&long);
        let text = event.envelope_within("https://log.example", 2_048);
        assert!(text.len() <= 2_048, "{}", text.len());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            value["record"],
            serde_json::json!({"id": "i", "operationType": "create_order"})
        );
        assert_eq!(
            value["cut"],
            serde_json::json!({"bytes": long.len(), "members": ["resourceNewValue", "customizedData"]})
        );
        assert_eq!(event.envelope_within("x", 1 << 20), event.envelope("x"));
        // Not even the names fit, or there are none.
        let names: Vec<_> = (0..300)
            .map(|n| format!("\"{}{n}\":1", "n".repeat(500)))
            .collect();
        for hostile in [
            format!("{{{}}}", names.join(",")),
            "z".repeat(100_000),
            "[1]".repeat(9_000),
        ] {
            let text = super::tests::event(&hostile).envelope_within("https://log.example", 2_048);
            assert!(text.len() <= 2_048, "{}", text.len());
            assert!(text.contains("\"cut\""));
        }
    }

    #[test]
    fn the_id_of_a_message_is_that_of_its_version() {
        let (a, b) = (event("{}"), event("{\"x\":1}"));
        assert_eq!(a.message_id(), b.message_id());
        assert!(Event::test("hello", a.at).message_id() != a.message_id());
        assert_eq!(
            (a.kind(), Event::test("hello", a.at).kind()),
            ("record.changed", "test")
        );
    }
}
