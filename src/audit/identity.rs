//! When two records are the same event, and when they say the same: `docs/contract.md`, section 6.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use super::{AuditRecord, Ticks, json, record::ticks_of_id};

/// Identifies an event: its time to 1.7 s, so that events of one time lie together in an index, and a hash of the
/// record's id, or of its core fields where it has none. 128 bits in all. The time is a part of what is hashed: that of
/// the id, never another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(pub [u8; 16]);

/// Identifies what a record says: 128 bits of a hash of the record without id, attributes and links.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Content(pub [u8; 16]);

impl EventKey {
    /// The key of the record with this id.
    pub fn of_id(id: &str) -> Self {
        let mut hash = Fields::new("id");
        hash.field(id);
        Self::at(ticks_of_id(id), hash.finish())
    }

    /// The key of a record.
    pub fn of(record: &AuditRecord) -> Self {
        if let Some(id) = &record.given_id {
            return Self::of_id(id);
        }
        let mut hash = Fields::new("core");
        let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().to_ascii_lowercase();
        hash.field(&lower(&record.partner_id));
        hash.field(&lower(&record.customer_id));
        hash.field(&record.resource_type.0);
        hash.field(&record.operation_type.0);
        hash.field(record.user_principal_name.as_deref().unwrap_or_default());
        hash.field(record.application_id.as_deref().unwrap_or_default());
        hash.field(&lower(&record.original_correlation_id));
        match (record.ticks, &record.operation_date) {
            (Some(Ticks(ticks)), _) => hash.field(&ticks.to_string()),
            (None, Some(text)) => hash.field(text),
            // Nothing tells two undated records apart but what they say.
            (None, None) => hash.field(&Content::of(record).to_string()),
        }
        Self::at(record.ticks, hash.finish())
    }

    fn at(time: Option<Ticks>, hash: [u8; 16]) -> Self {
        let mut key = hash;
        if let Some(Ticks(ticks)) = time {
            key[..5].copy_from_slice(&(ticks >> 24).to_be_bytes()[3..]);
        }
        Self(key)
    }
}

impl Content {
    /// The content of a record: the same for every notation of the same members in any order.
    pub fn of(record: &AuditRecord) -> Self {
        let mut hash = Fields::new("content");
        let Some(mut members) = json::members(&record.document) else {
            hash.field(&record.document);
            return Self(hash.finish());
        };
        members.retain(|(name, raw)| !matches!(&**name, "id" | "attributes" | "links") && *raw != "null");
        members.sort();
        for (name, raw) in members {
            hash.field(&name);
            match (&*name, record.ticks) {
                ("operationDate", Some(Ticks(ticks))) => hash.field(&ticks.to_string()),
                _ => hash.json(raw),
            }
        }
        Self(hash.finish())
    }
}

/// A hash of fields in which no two different lists of fields look alike.
struct Fields(Sha256);

impl Fields {
    fn new(kind: &str) -> Self {
        let mut this = Self(Sha256::new());
        this.field(kind);
        this
    }

    fn field(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// A JSON value in the one notation that all notations of it share. JSON values end where they end, so no length
    /// goes before.
    fn json(&mut self, raw: &str) {
        // These escapes have other notations; all others have none.
        let escapes = memchr::memchr_iter(b'\\', raw.as_bytes());
        let has_choice = |at: usize| matches!(raw.as_bytes().get(at + 1), Some(b'u' | b'/'));
        if escapes.into_iter().any(has_choice)
            && let Some(value) = json::Json::parse(raw)
        {
            return self.0.update(value.to_string().as_bytes());
        }
        json::tokens(raw, |run| self.0.update(run.as_bytes()));
    }

    fn finish(self) -> [u8; 16] {
        let mut short = [0; 16];
        short.copy_from_slice(&self.0.finalize()[..16]);
        short
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|b| write!(f, "{b:02x}"))
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

/// Why a text is not an event key.
#[derive(Debug, thiserror::Error)]
#[error("an event key is 32 lower-case hexadecimal digits")]
pub struct NotAKey;

impl FromStr for EventKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NotAKey);
        }
        let mut key = [0; 16];
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotAKey)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotAKey)?;
        }
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"partnerId":"P","customerId":"C","operationType":"create_order","operationDate":"2017-06-15T22:56:05.0589308Z","operationStatus":"progress","customizedData":[{"key":"a","value":null}]}"#;

    #[test]
    fn a_later_status_is_the_same_event_with_other_content() {
        let before = AuditRecord::read(RECORD);
        let after = AuditRecord::read(RECORD.replace("progress", "succeeded"));
        assert_eq!(EventKey::of(&before), EventKey::of(&after));
        assert_ne!(Content::of(&before), Content::of(&after));
    }

    #[test]
    fn notation_and_order_do_not_change_content() {
        let one = AuditRecord::read(RECORD);
        let other = AuditRecord::read(
            r#"{ "operationStatus":"progress", "customizedData": [ {"key":"a", "value":null} ],"partnerId":"P",
            "customerId":"\u0043","operationType":"create_order","resourceOldValue":null,
            "operationDate":"2017-06-15T15:56:05.0589308-07:00","attributes":{"objectType":"AuditRecord"}}"#,
        );
        assert_eq!(Content::of(&one), Content::of(&other));
        assert_eq!(EventKey::of(&one), EventKey::of(&other));
    }

    #[test]
    fn escapes_and_blanks_between_tokens_do_not_change_content() {
        let with = |value: &str| {
            Content::of(&AuditRecord::read(format!(
                r#"{{"operationType":"x","resourceNewValue":{value}}}"#
            )))
        };
        assert_eq!(with(r#""a\"b\u0041\/ \\u""#), with(r#""a\"bA/ \\u""#));
        assert_eq!(with("[ 1, {\"a b\" :\n null}]"), with(r#"[1,{"a b":null}]"#));
        assert_ne!(with("\"\\ud800\""), with("\"x\""));
        assert_ne!(with(r#""a b""#), with(r#""ab""#));
        assert_ne!(with(r#"["a b"]"#), with(r#"["ab"]"#));
        assert_ne!(with("12"), with(r#""12""#));
    }

    #[test]
    fn keys_of_one_time_lie_together() {
        let at = |id: &str| EventKey::of_id(id).0[..5].to_vec();
        assert_eq!(
            at("p_c_create_order_637346859797753934"),
            at("p_x_637346859797753935")
        );
        assert!(at("p_637346859797753934") < at("p_637446859797753934"));
        let without = AuditRecord::read(RECORD);
        assert_eq!(
            EventKey::of(&without).0[..5],
            (without.ticks.unwrap().0 >> 24).to_be_bytes()[3..]
        );
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = AuditRecord::read(r#"{"userPrincipalName":"ab","applicationId":"c"}"#);
        let other = AuditRecord::read(r#"{"userPrincipalName":"a","applicationId":"bc"}"#);
        assert_ne!(EventKey::of(&one), EventKey::of(&other));
    }

    #[test]
    fn a_key_survives_its_text() {
        let key = EventKey::of_id("x");
        assert_eq!(key.to_string().parse::<EventKey>().unwrap(), key);
        assert!("zz".parse::<EventKey>().is_err());
    }
}
