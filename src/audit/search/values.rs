//! Walks the values of a record: every text and number, also those of JSON that stands in texts, without secrets.
//!
//! One pass over the text and no tree, because each record that is archived is walked.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::audit::{AuditRecord, json, secrets};

/// How often JSON is looked for in a text of JSON in a text: as deep as secrets are.
const TEXTS: u32 = 3;

/// What is told of a walk. Texts are without the escapes of JSON.
pub(super) trait Visitor {
    /// An object or a list begins; also the one that stands in a text.
    fn open(&mut self) {}
    fn close(&mut self) {}
    /// The name of the member whose value follows.
    fn member(&mut self, _: &str) {}
    /// A value ended, so that the next one has no name yet.
    fn next(&mut self) {}
    /// A text or a number. Returns whether to go on.
    fn value(&mut self, text: &str) -> bool;
}

/// Walks all values of a record but its id and `attributes`, which say nothing of what happened.
pub(super) fn walk(record: &AuditRecord, visitor: &mut impl Visitor) {
    let document = secrets::mask_document(&record.document);
    // What is archived is a JSON object; that it is one was checked when it was read.
    let object = document.starts_with('{') && document.trim_end().ends_with('}');
    match object || is_json(&document) {
        true => scan(&document, true, 0, visitor),
        false => visitor.value(&document),
    };
}

/// Whether a text is a JSON object, list or text, whole and valid.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Walks valid JSON. Returns whether to go on.
fn scan(text: &str, record: bool, depth: u32, visitor: &mut impl Visitor) -> bool {
    let bytes = text.as_bytes();
    let mut objects: Vec<bool> = Vec::with_capacity(8);
    // Whether the next string of an object is a name.
    let mut name = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            start @ (b'{' | b'[') => {
                visitor.open();
                objects.push(start == b'{');
                name = start == b'{';
                at += 1;
            }
            b'}' | b']' => {
                visitor.close();
                objects.pop();
                at += 1;
            }
            b',' => {
                visitor.next();
                name = objects.last() == Some(&true);
                at += 1;
            }
            b'"' => {
                let end = end_of_string(bytes, at + 1);
                let raw = &text[at..end];
                at = end;
                if name {
                    name = false;
                    let member = decoded(raw);
                    if record && objects.len() == 1 && matches!(&*member, "id" | "attributes") {
                        at = end_of_value(bytes, at);
                    } else {
                        visitor.member(&member);
                    }
                } else if !string(raw, depth, visitor) {
                    return false;
                }
            }
            b'-' | b'0'..=b'9' => {
                let end = at + bytes[at..].iter().take_while(|b| is_numeric(**b)).count();
                if !visitor.value(&text[at..end]) {
                    return false;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    true
}

fn string(raw: &str, depth: u32, visitor: &mut impl Visitor) -> bool {
    let text = decoded(raw);
    match depth < TEXTS && is_json(&text) {
        true => scan(&text, false, depth + 1, visitor),
        false => visitor.value(&text),
    }
}

fn is_numeric(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')
}

/// The text of a string with its quotation marks.
fn decoded(raw: &str) -> Cow<'_, str> {
    let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    match memchr::memchr(b'\\', inside.as_bytes()) {
        None => Cow::Borrowed(inside),
        Some(_) => json::text(raw).unwrap_or(Cow::Borrowed(inside)),
    }
}

/// Where a string ends, its quotation mark included, that begins before `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// Where the value of a member ends: at the comma or bracket behind it.
fn end_of_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = end_of_string(bytes, at + 1),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b',' | b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct All(Vec<String>);
    impl Visitor for All {
        fn member(&mut self, name: &str) {
            self.0.push(format!("{name}:"));
        }
        fn value(&mut self, text: &str) -> bool {
            self.0.push(text.to_owned());
            true
        }
    }

    fn all(document: &str) -> Vec<String> {
        let mut all = All::default();
        walk(&AuditRecord::read(document), &mut all);
        all.0
    }

    #[test]
    fn values_are_walked_into_their_texts_without_id_and_attributes() {
        assert_eq!(
            all(
                r#"{"id":"no","customerId":"c","attributes":{"objectType":["no"]},"n":-1.5e3,"t":true,"resourceNewValue":"{\"a\\u0062\":[\"x\\ny\",{\"id\":7}],\"Inner\":\"{\\\"q\\\":\\\"deep\\\"}\"}","u":null}"#
            ),
            [
                "customerId:",
                "c",
                "n:",
                "-1.5e3",
                "t:",
                "resourceNewValue:",
                "ab:",
                "x\ny",
                "id:",
                "7",
                "Inner:",
                "q:",
                "deep",
                "u:"
            ]
        );
    }

    #[test]
    fn what_only_looks_like_json_is_a_text() {
        assert_eq!(
            all(r#"{"a":"[EXTERNAL] Contoso \"x\": y","b":"{\"cut"}"#),
            ["a:", "[EXTERNAL] Contoso \"x\": y", "b:", "{\"cut"]
        );
        assert_eq!(all("not json"), ["not json"]);
    }

    #[test]
    fn secrets_are_not_walked() {
        let seen = all(
            r#"{"resourceNewValue":"{\"UserCredentials\":{\"password\":\"hunter2\"}}","customizedData":[{"key":"ClientSecret","value":"s3cr3t"}]}"#,
        )
        .join(" ");
        assert!(!seen.contains("hunter2") && !seen.contains("s3cr3t"), "{seen}");
    }

    proptest::proptest! {
        #[test]
        fn no_document_panics(text in "[\\[\\]{},:\\\\\"a1 é]{0,60}|\\PC{0,60}") {
            all(&text);
            scan(&text, true, 0, &mut All::default());
        }
    }
}
