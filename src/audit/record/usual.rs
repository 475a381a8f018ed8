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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_as_usual_is_left_to_the_other_way() {
        for document in [
            r#"{"userPrincipalName":17}"#,
            r#"{"resourceNewValue":{"Id":1}}"#,
            r#"{"customizedData":{"a":1}}"#,
            r#"{"customizedData":[{"key":null}]}"#,
            r#"{"customizedData":[{"key":"a","key":"b"}]}"#,
            r#"{"customizedData":[{"key":"a","note":"b"}]}"#,
            r#"{"operationType":"\ud800"}"#,
            r#"{"\u0069d":"x"}"#,
            r#"{"id":"x"} y"#,
        ] {
            assert_eq!(read(document), None, "{document}");
        }
        let usual =
            r#" {"id":"x","zeta":[1.0],"customizedData":[{"value":null,"key":"a"}],"attributes":{}} "#;
        assert_eq!(read(usual), Some(AuditRecord::read_any(usual)));
    }

    fn string() -> impl Strategy<Value = String> {
        prop::sample::select(vec![
            r#""""#,
            r#"" ""#,
            r#""x""#,
            r#""a\"b\\""#,
            r#""\u00e9\n""#,
            r#""\ud83d\ude00""#,
            r#""\ud800""#,
            r#""株""#,
            "null",
        ])
        .prop_map(str::to_owned)
    }

    fn member() -> impl Strategy<Value = String> {
        let any = prop::sample::select(vec![
            "7",
            "true",
            "[]",
            "{\"a\":[1]}",
            "[{\"key\":\"k\",\"value\":\"v\"}]",
            "\"\u{1}\"",
            "-",
        ]);
        let pair = (
            prop::sample::select(vec!["key", "Key", "name"]),
            string(),
            string(),
        )
            .prop_map(|(name, key, value)| format!(r#"{{"{name}":{key},"value":{value}}}"#));
        let pairs = prop::collection::vec(pair, 0..3).prop_map(|all| format!("[{}]", all.join(" , ")));
        let value = prop_oneof![8 => string(), 1 => any.prop_map(str::to_owned), 2 => pairs];
        let name = prop::sample::select(vec![
            "id",
            "operationType",
            "operationDate",
            "resourceOldValue",
            "customizedData",
            "attributes",
            "zeta",
        ]);
        (name, value).prop_map(|(name, value)| format!(r#""{name}": {value}"#))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn both_ways_read_the_same(members in prop::collection::vec(member(), 0..5), end in "[ }x]{0,1}") {
            let document = format!("{{{}}}{end}", members.join(","));
            if let Some(record) = read(&document) {
                prop_assert_eq!(record, AuditRecord::read_any(&document));
            }
        }
    }
}
