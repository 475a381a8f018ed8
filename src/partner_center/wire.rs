//! The bytes of Partner Center's answers, turned into something that can be used. Pure.
//!
//! A collection is split into its items without looking into them: an item may hold what no JSON library
//! reads into a value (lone surrogates, duplicate keys, 10,000 levels, `1e400`), and is kept as it came.
//! Only where the body is not JSON at all because of bytes that JSON forbids (invalid UTF-8, control
//! characters or unknown escapes within strings) are those bytes, and no others, replaced; see [`repaired`].

use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::Error;

/// One answer to a request for a collection.
pub(super) struct Collection {
    /// Each item byte for byte, unless `repaired`.
    pub items: Vec<Box<RawValue>>,
    /// As given; by Microsoft's own use the number of items in this answer.
    pub total_count: Option<i64>,
    pub next: Option<Link>,
    /// Whether forbidden bytes had to be replaced somewhere in the body.
    pub repaired: bool,
}

/// `links.next`: where to ask for what follows.
#[derive(Debug)]
pub(super) struct Link {
    pub uri: String,
    /// Only the `MS-*` headers among those that the link names.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(borrow, rename = "totalCount")]
    total_count: Option<&'a RawValue>,
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Links {
    next: Option<RawLink>,
}

#[derive(Deserialize)]
struct RawLink {
    uri: String,
    method: Option<String>,
    headers: Option<Vec<RawHeader>>,
}

#[derive(Deserialize)]
struct RawHeader {
    key: String,
    value: Option<String>,
}

/// Reads a body; `None` when it ends before its JSON does, as a body does that was cut on the way.
pub(super) fn collection(body: &[u8]) -> Result<Option<Collection>, Error> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match std::str::from_utf8(body).map(split) {
        Ok(Ok(collection)) => Ok(Some(collection?)),
        _ => match split(&repaired(body)) {
            Ok(collection) => Ok(Some(Collection {
                repaired: true,
                ..collection?
            })),
            Err(error) if error.is_eof() => Ok(None),
            Err(_) => Err(Error::BadAnswer {
                what: "not the JSON of a collection",
            }),
        },
    }
}

/// The outer error is about JSON, the inner one about what it says.
fn split(text: &str) -> Result<Result<Collection, Error>, serde_json::Error> {
    let envelope: Envelope = serde_json::from_str(text)?;
    let Some(items) = envelope.items else {
        return Ok(Err(Error::BadAnswer {
            what: "no list of items",
        }));
    };
    let next = match envelope.links.and_then(|links| links.next).map(link).transpose() {
        Ok(next) => next,
        Err(what) => return Ok(Err(Error::BadAnswer { what })),
    };
    Ok(Ok(Collection {
        items: items.into_iter().map(ToOwned::to_owned).collect(),
        total_count: envelope
            .total_count
            .and_then(|raw| raw.get().trim_matches('"').parse().ok()),
        next,
        repaired: false,
    }))
}

fn link(raw: RawLink) -> Result<Link, &'static str> {
    if raw
        .method
        .is_some_and(|method| !method.eq_ignore_ascii_case("GET"))
    {
        return Err("a next link that is not a GET");
    }
    let mut headers = Vec::new();
    for header in raw.headers.unwrap_or_default() {
        // A link may carry a continuation; it may not replace our credentials or the form of our request.
        if !header
            .key
            .get(..3)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("ms-"))
        {
            continue;
        }
        let name = header
            .key
            .parse::<HeaderName>()
            .map_err(|_| "a next link with a bad header")?;
        let value = header.value.as_deref().unwrap_or_default();
        headers.push((
            name,
            HeaderValue::from_str(value).map_err(|_| "a next link with a bad header")?,
        ));
    }
    Ok(Link {
        uri: raw.uri,
        headers,
    })
}

/// The body with everything made legal that JSON forbids within strings: bytes that are not UTF-8 become U+FFFD,
/// control characters `\u00XX`, and a backslash that begins no known escape is doubled.
///
/// Bytes outside strings, and all legal ones, stay as they are. The alternative would be to lose a page
/// of records, or to stop at it for good, over one byte in one of them.
pub(super) fn repaired(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut legal = String::with_capacity(text.len() + 64);
    let mut in_string = false;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                in_string = !in_string;
                legal.push(c);
            }
            '\\' if in_string => {
                let following = rest.as_str().as_bytes();
                let known = match following.first() {
                    Some(b'u') => following.len() > 4 && following[1..5].iter().all(u8::is_ascii_hexdigit),
                    Some(b) => br#""\/bfnrt"#.contains(b),
                    None => false,
                };
                legal.push('\\');
                if known {
                    legal.extend(rest.next());
                } else {
                    legal.push('\\');
                }
            }
            c if in_string && c < ' ' => legal.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => legal.push(c),
        }
    }
    legal
}

/// The code and the description of a fault, in any of the shapes that Partner Center and its gateway use,
/// without those that `is_secret`.
pub(super) fn fault(body: &[u8], is_secret: impl Fn(&str) -> bool) -> (Option<String>, Option<String>) {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let Ok(fault) = serde_json::from_slice::<serde_json::Value>(body) else {
        return (None, None);
    };
    let fault = fault
        .get("error")
        .filter(|inner| inner.is_object())
        .unwrap_or(&fault);
    let text = |names: [&str; 2], longest| {
        names.into_iter().find_map(|name| match fault.get(name)? {
            serde_json::Value::String(text) if is_secret(text) => None,
            serde_json::Value::String(text) => one_line(text, longest),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    (
        text(["code", "errorCode"], 40),
        text(["description", "message"], 300),
    )
}

/// The first line of what a server says, without control and direction characters, cut to `longest` characters.
pub(super) fn one_line(text: &str, longest: usize) -> Option<String> {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let line = text.trim_start().lines().next()?;
    let mut clean = line.chars().filter(|c| !is_odd(*c));
    let mut cut: String = clean.by_ref().take(longest).collect();
    if clean.next().is_some() {
        cut.push('…');
    }
    let cut = cut.trim();
    (!cut.is_empty()).then(|| cut.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(body: &[u8]) -> (Option<String>, Option<String>) {
        super::fault(body, |_| false)
    }

    fn read(body: &str) -> Collection {
        collection(body.as_bytes()).unwrap().unwrap()
    }

    fn refusal(body: &str) -> &'static str {
        match collection(body.as_bytes()) {
            Err(Error::BadAnswer { what }) => what,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted {body}"),
        }
    }

    #[test]
    fn odd_items_are_kept_byte_for_byte() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let odd = [
            r#"{"id" : "a",  "id":"b"}"#,
            r#"{"s":"\ud800 lone \udfff","z":"\u0000"}"#,
            r#"{"n":1e400,"m":-0.0e-999,"k":123456789012345678901234567890.10}"#,
            "{\"é\":\"株式会社 \\u002F \\/\",\"rtl\":\"\u{202e}\"}",
            &format!(r#"{{"deep":{deep}}}"#),
            "{\n\t\"spaced\" : [ 1 ,2 ]\r\n}",
            r#""not an object""#,
            "null",
        ];
        let page = read(&format!(r#"{{"items":[ {} ],"totalCount":8}}"#, odd.join(" , ")));
        let kept: Vec<_> = page.items.iter().map(|item| item.get()).collect();
        assert_eq!(kept, odd);
        assert!(!page.repaired);
    }

    #[test]
    fn only_forbidden_bytes_are_replaced_when_a_body_is_not_json() {
        let body = b"{\"items\":[{\"a\":\"x\xffy\"},{\"b\":\"t\tb\nn\x00\"},{\"c\":\"\\x \\u12G4 \\\" \\\\\"},{\"d\" :\t1.50}]}";
        let page = collection(body).unwrap().unwrap();
        assert!(page.repaired);
        let kept: Vec<_> = page.items.iter().map(|item| item.get()).collect();
        assert_eq!(
            kept,
            [
                "{\"a\":\"x\u{fffd}y\"}",
                r#"{"b":"t\u0009b\u000an\u0000"}"#,
                r#"{"c":"\\x \\u12G4 \" \\"}"#,
                "{\"d\" :\t1.50}",
            ]
        );
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_answer() {
        assert_eq!(read("\u{feff}{\"items\":[1]}").items.len(), 1);
    }

    #[test]
    fn an_answer_without_a_list_of_items_is_refused() {
        assert_eq!(refusal(r#"{"totalCount":0}"#), "no list of items");
        assert_eq!(refusal(r#"{"items":null}"#), "no list of items");
        for other in [
            "[]",
            "null",
            "12",
            r#"{"items":{}}"#,
            "<html></html>",
            r#"{"items":[]} x"#,
        ] {
            assert_eq!(refusal(other), "not the JSON of a collection", "{other}");
        }
    }

    #[test]
    fn a_body_that_ends_too_early_is_known_as_cut() {
        for body in [
            "",
            "{",
            r#"{"items":[{"id":"a"#,
            r#"{"items":[{"id":"a"},"#,
            r#"{"items":[]"#,
        ] {
            assert!(collection(body.as_bytes()).unwrap().is_none(), "{body}");
        }
    }

    #[test]
    fn microsofts_sample_of_a_next_link_is_read() {
        let sample = include_str!("../../tests/fixtures/documented/paging-links-next.json");
        let next = read(&sample.replacen('{', r#"{"items":[],"#, 1)).next.unwrap();
        assert!(next.uri.ends_with("&size=2000&seekOperation=Next"));
        assert_eq!(next.headers.len(), 1);
        assert_eq!(next.headers[0].0, "ms-continuationtoken");
        assert_eq!(next.headers[0].1, "AQAAAA==");
    }

    #[test]
    fn a_link_brings_no_header_but_microsofts_own() {
        let page = read(
            r#"{"items":[],"links":{"next":{"uri":"/x","method":"get","headers":[
                {"key":"Authorization","value":"Bearer evil"},{"key":"é","value":"1"},{"key":"Host","value":"evil"},
                {"key":"ms-continuationtoken","value":"t"}]}}}"#,
        );
        let names: Vec<_> = page
            .next
            .unwrap()
            .headers
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["ms-continuationtoken"]);
    }

    #[test]
    fn a_link_that_cannot_be_followed_is_refused_rather_than_taken_for_the_end() {
        for next in [
            r#"{"uri":"/x","method":"POST"}"#,
            r#"{"method":"GET"}"#,
            r#"{"uri":1}"#,
            r#"{"uri":"/x","headers":[{"key":"MS-ContinuationToken","value":"a\r\nHost: evil"}]}"#,
            r#"{"uri":"/x","headers":[{"key":"MS-Bad Name","value":"a"}]}"#,
            r#""/x""#,
        ] {
            refusal(&format!(r#"{{"items":[],"links":{{"next":{next}}}}}"#));
        }
    }

    #[test]
    fn the_last_page_has_no_next_link_in_any_of_its_forms() {
        for links in ["null", "{}", r#"{"next":null}"#, r#"{"self":{"uri":"/x"}}"#] {
            assert!(read(&format!(r#"{{"items":[],"links":{links}}}"#)).next.is_none());
        }
    }

    #[test]
    fn a_total_count_of_the_wrong_type_is_no_count() {
        assert_eq!(read(r#"{"items":[],"totalCount":17}"#).total_count, Some(17));
        assert_eq!(read(r#"{"items":[],"totalCount":"17"}"#).total_count, Some(17));
        for odd in ["null", "1.5", "{}", "1e400", "\"x\""] {
            assert_eq!(
                read(&format!(r#"{{"items":[],"totalCount":{odd}}}"#)).total_count,
                None
            );
        }
    }

    #[test]
    fn faults_are_read_in_every_documented_shape() {
        let some = |code: &str, text: &str| (Some(code.to_owned()), Some(text.to_owned()));
        let documented =
            br#"{"code":"2001","description":"start_time is required","data":["start_time"],"source":"x"}"#;
        assert_eq!(fault(documented), some("2001", "start_time is required"));
        assert_eq!(
            fault(br#"{"code":900420,"description":"audience"}"#),
            some("900420", "audience")
        );
        assert_eq!(
            fault(br#"{"message":"The request is invalid."}"#).1.unwrap(),
            "The request is invalid."
        );
        let gateway = br#"{"statusCode":429,"message":"Rate limit is exceeded."}"#;
        assert_eq!(fault(gateway), (None, Some("Rate limit is exceeded.".to_owned())));
        assert_eq!(
            fault(br#"{"error":{"code":"Forbidden","message":"no"}}"#),
            some("Forbidden", "no")
        );
        for nothing in [
            "",
            "<html>",
            "[]",
            "{}",
            "null",
            r#"{"code":null,"description":[]}"#,
        ] {
            assert_eq!(fault(nothing.as_bytes()), (None, None), "{nothing}");
        }
    }

    #[test]
    fn a_description_is_one_short_line_without_hidden_characters() {
        assert_eq!(
            one_line("  first\u{7}\u{202e}\r\nforged: second", 300).unwrap(),
            "first"
        );
        assert_eq!(one_line(&"あ".repeat(400), 300).unwrap().chars().count(), 301);
        assert_eq!(one_line(" \r\n ", 300), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = collection(&body);
            let _ = fault(&body);
        }

        #[test]
        fn any_bytes_within_a_string_of_a_record_are_survived(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let inner: Vec<u8> = text.into_iter().filter(|b| !b"\"\\".contains(b)).collect();
            let body = [b"{\"items\":[{\"v\":\"".as_slice(), &inner, b"\"},2]}"].concat();
            prop_assert_eq!(collection(&body).unwrap().unwrap().items.len(), 2);
        }
    }
}
