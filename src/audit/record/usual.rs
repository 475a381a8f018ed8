//! Records as they usually are, read in one go: strings where strings belong, pairs of a key and a value, no escapes in
//! names. Of all others nothing is read, and the way that takes anything has its turn.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{AuditRecord, Slot, says_something};

/// The record of a document, but for its date and the document itself; `None` where the document is not as usual.
pub(super) fn read(document: &str) -> Option<AuditRecord> {
    let mut whole = serde_json::Deserializer::from_str(document);
    let record = whole.deserialize_map(Record).ok()?;
    whole.end().ok().map(|()| record)
}

struct Record;

impl<'de> Visitor<'de> for Record {
    type Value = AuditRecord;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audit record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AuditRecord, A::Error> {
        let mut record = AuditRecord::empty();
        while let Some(name) = map.next_key::<&str>()? {
            match record.slot(name) {
                Slot::Words(to) => *to = map.next_value_seed(Text)?.filter(|text| says_something(text)),
                Slot::Wire(to) => {
                    let text = map.next_value_seed(Text)?.filter(|text| says_something(text));
                    *to = text.unwrap_or_default().into();
                }
                Slot::Value(to) => *to = map.next_value_seed(Text)?,
                Slot::Pairs(to) => *to = map.next_value_seed(Pairs)?,
                Slot::Nothing => _ = map.next_value::<IgnoredAny>()?,
                Slot::Others => record.keep(name, map.next_value::<&RawValue>()?.get()),
            }
        }
        Ok(record)
    }
}

/// A string, or null.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Text {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }
}

/// A list of pairs, or null.
struct Pairs;

impl<'de> DeserializeSeed<'de> for Pairs {
    type Value = Vec<(String, Option<String>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Option<String>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of pairs or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(pair) = seq.next_element_seed(Pair)? {
            all.push(pair);
        }
        Ok(all)
    }
}

/// An object with a key, and a value perhaps.
struct Pair;

impl<'de> DeserializeSeed<'de> for Pair {
    type Value = (String, Option<String>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pair {
    type Value = (String, Option<String>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key and a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut key, mut value) = (None, None);
        while let Some(name) = map.next_key::<&str>()? {
            let part = match name {
                "key" => &mut key,
                "value" => &mut value,
                _ => return Err(A::Error::custom("another member")),
            };
            if part.replace(map.next_value_seed(Text)?).is_some() {
                return Err(A::Error::custom("a member twice"));
            }
        }
        let key = key.flatten().ok_or_else(|| A::Error::custom("no key"))?;
        Ok((key, value.flatten()))
    }
}
