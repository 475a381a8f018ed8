//! JSON as outsiders write it: read without losing or refusing anything that can be read.
//!
//! `serde_json::Value` refuses a lone surrogate or a depth of 128 and forgets duplicate keys, key order
//! and long numbers. Here every member is kept in its order, numbers stay text, and what lies too deep
//! stays raw.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How many levels become a tree; below, the text stays as it is. Every level is scanned once more, so
/// this also bounds the work that a hostile value can cause.
const DEPTH: usize = 24;

/// A JSON value in which nothing was lost; as far as possible its texts are those that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    /// The number's own text, such as `1e400` or `25`.
    Number(Cow<'a, str>),
    /// A lone surrogate becomes U+FFFD.
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    /// In the order of the document, duplicates included.
    Object(Vec<Member<'a>>),
    /// What lies deeper than can be shown as a tree: the text as received.
    Raw(Cow<'a, str>),
}

/// A member of an object.
pub type Member<'a> = (Cow<'a, str>, Json<'a>);

impl<'a> Json<'a> {
    /// Reads a whole text; `None` when it is not JSON.
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(json) = Self::plain(text, DEPTH) {
            return Some(json);
        }
        let raw: &RawValue = serde_json::from_str(text).ok()?;
        Some(Self::from_raw(raw.get(), DEPTH))
    }

    /// Nearly every value can be read in one go; `None` where something would be lost by it.
    fn plain(text: &'a str, depth: usize) -> Option<Self> {
        let mut whole = serde_json::Deserializer::from_str(text);
        let json = Plain(depth).deserialize(&mut whole).ok()?;
        whole.end().ok().map(|()| json)
    }

    /// Reads an old or new value as records hold it: perhaps behind a byte order mark, perhaps JSON that a tool put into
    /// a string of JSON once more. `None` when it is not JSON.
    pub fn of_value(text: &'a str) -> Option<Self> {
        let json = Self::parse(text.trim_start_matches('\u{feff}').trim())?;
        let inner = match &json {
            Self::Text(text) if text.trim_start().starts_with(['{', '[']) => {
                Json::parse(text).map(Json::into_owned)
            }
            _ => None,
        };
        Some(inner.unwrap_or(json))
    }

    /// The same of a text that may have been made for it.
    pub fn of_text(text: Cow<'a, str>) -> Option<Self> {
        match text {
            Cow::Borrowed(text) => Self::of_value(text),
            Cow::Owned(text) => Json::of_value(&text).map(Json::into_owned),
        }
    }

    /// The value with texts of its own.
    pub fn into_owned(self) -> Json<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Json::Null,
            Self::Bool(truth) => Json::Bool(truth),
            Self::Number(text) => Json::Number(owned(text)),
            Self::Text(text) => Json::Text(owned(text)),
            Self::List(all) => Json::List(all.into_iter().map(Json::into_owned).collect()),
            Self::Object(all) => {
                Json::Object(all.into_iter().map(|(k, v)| (owned(k), v.into_owned())).collect())
            }
            Self::Raw(text) => Json::Raw(owned(text)),
        }
    }

    fn from_raw(raw: &'a str, depth: usize) -> Self {
        match raw.as_bytes().first() {
            Some(b'"') => text(raw).map_or_else(|| Self::Raw(raw.into()), Self::Text),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            Some(b'{' | b'[') if depth == 0 => Self::Raw(raw.into()),
            Some(b'{') => match members(raw) {
                Some(all) => Self::Object(
                    all.into_iter()
                        .map(|(k, v)| (k, Self::part(v, depth - 1)))
                        .collect(),
                ),
                None => Self::Raw(raw.into()),
            },
            Some(b'[') => match elements(raw) {
                Some(all) => Self::List(all.into_iter().map(|v| Self::part(v, depth - 1)).collect()),
                None => Self::Raw(raw.into()),
            },
            _ => Self::Number(raw.into()),
        }
    }

    /// A part of what could not be read in one go: most likely it can.
    fn part(raw: &'a str, depth: usize) -> Self {
        match raw.as_bytes().first() {
            Some(b'{' | b'[') => Self::plain(raw, depth).unwrap_or_else(|| Self::from_raw(raw, depth)),
            _ => Self::from_raw(raw, depth),
        }
    }

    /// The first member of that name, compared without regard to case (Partner Center writes `LineItems`
    /// here and `lineItems` there).
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        match self {
            Self::Object(all) => all
                .iter()
                .find(|(k, _)| k.eq_ignore_ascii_case(name))
                .map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text of a string; of a number or a truth value its notation.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(t) | Self::Number(t) => Some(t),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// A string that is not empty, or a number's notation.
    pub fn words(&self) -> Option<&str> {
        self.text().map(str::trim).filter(|t| !t.is_empty())
    }

    /// The elements of a list; nothing for any other value.
    pub fn list(&self) -> &[Json<'a>] {
        match self {
            Self::List(all) => all,
            _ => &[],
        }
    }

    /// The members of an object; nothing for any other value.
    pub fn object(&self) -> &[Member<'a>] {
        match self {
            Self::Object(all) => all,
            _ => &[],
        }
    }
}

/// Reads JSON that loses nothing by it: without fractions, very long numbers and lone surrogates. On these it fails. So
/// many levels become a tree.
struct Plain(usize);

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        if self.0 == 0 {
            let raw = <&RawValue>::deserialize(deserializer)?;
            return Ok(Json::from_raw(raw.get(), 0));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    // Whole numbers have one notation; `-0` is none of these.
    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.to_string().into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.to_string().into()))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Json<'de>, E> {
        Err(E::custom("its notation would be lost"))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(value.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let depth = self.0 - 1;
        let mut all = Vec::new();
        while let Some(value) = seq.next_element_seed(Self(depth))? {
            all.push(value);
        }
        Ok(Json::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let depth = self.0 - 1;
        let mut all = Vec::new();
        while let Some(Name(key)) = map.next_key()? {
            all.push((key, map.next_value_seed(Self(depth))?));
        }
        Ok(Json::Object(all))
    }
}

impl fmt::Display for Json<'_> {
    /// Compact JSON, in which numbers and order are as received.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Number(t) | Self::Raw(t) => f.write_str(t),
            Self::Text(t) => f.write_str(&quoted(t)),
            Self::List(all) => {
                f.write_str("[")?;
                for (i, v) in all.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{v}")?;
                }
                f.write_str("]")
            }
            Self::Object(all) => {
                f.write_str("{")?;
                for (i, (k, v)) in all.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{}:{v}", quoted(k))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A JSON string literal of a text.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| String::from("\"\""))
}

/// Appends the JSON string literal of a text.
pub fn quote(text: &str, out: &mut Vec<u8>) {
    // Nothing fails that is written to memory.
    _ = serde_json::to_writer(out, text);
}

/// The members of a JSON object, in order and with duplicates; values as raw JSON. `None` when it is
/// not an object.
pub fn members(raw: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(Cow<'de, str>, &'de str)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(Lossy(key)) = map.next_key::<Lossy>()? {
                all.push((key, map.next_value::<&RawValue>()?.get()));
            }
            Ok(all)
        }
    }
    let mut whole = serde_json::Deserializer::from_str(raw);
    let members = whole.deserialize_map(Members).ok()?;
    // What follows an object would be passed over without a word.
    whole.end().ok().map(|()| members)
}

/// The elements of a JSON list as raw JSON; `None` when it is not a list.
pub fn elements(raw: &str) -> Option<Vec<&str>> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de str>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(raw) = seq.next_element::<&RawValue>()? {
                all.push(raw.get());
            }
            Ok(all)
        }
    }
    let mut whole = serde_json::Deserializer::from_str(raw);
    let elements = whole.deserialize_seq(Elements).ok()?;
    whole.end().ok().map(|()| elements)
}

/// The text of a JSON string; a lone surrogate becomes U+FFFD. `None` when it is not a string.
pub fn text(raw: &str) -> Option<Cow<'_, str>> {
    let inside = raw.strip_prefix('"')?.strip_suffix('"').unwrap_or("\"");
    // Most strings are their own text.
    if !inside.bytes().any(|b| matches!(b, b'"' | b'\\' | ..b' ')) {
        return Some(inside.into());
    }
    serde_json::from_str::<Name>(raw)
        .map(|Name(text)| text)
        .or_else(|_| serde_json::from_str::<Lossy>(raw).map(|Lossy(text)| text))
        .ok()
}

/// Hands over a JSON value without the blanks between its tokens, in runs as long as possible.
pub fn tokens(raw: &str, mut run: impl FnMut(&str)) {
    let bytes = raw.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = end_of_string(bytes, at + 1),
            b' ' | b'\t' | b'\n' | b'\r' => {
                run(&raw[start..at]);
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    run(&raw[start..]);
}

/// Where a string ends that begins before `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at..]) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at = (at + 1).min(bytes.len());
    }
    bytes.len()
}

/// A JSON string, borrowed where it is its own text.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A JSON string in which lone surrogates are replaced instead of refused: as bytes, `serde_json`
/// hands them over.
struct Lossy<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Lossy<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(String::from_utf8_lossy(bytes))
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        Ok(Self(deserializer.deserialize_bytes(Bytes)?))
    }
}

#[cfg(test)]
mod tests;
