//! Masks the secrets in JSON text: one pass over the text, whether or not it is valid, without recursion
//! into nesting, and every byte that is not secret stays.

use std::{borrow::Cow, collections::HashSet, ops::Range, sync::LazyLock};

use aho_corasick::{AhoCorasick, Match, packed};

use super::{MASK, Place};

/// How many levels are told apart; a value that is nested deeper is treated like its nearest level.
const LEVELS: usize = 2_000;
/// How often JSON is looked for in a string of JSON in a string.
const STRINGS: u32 = 3;

/// The text with its secrets replaced by [`MASK`], also those in JSON that stands in strings. Everything
/// else stays byte for byte.
pub fn mask_document(text: &str) -> Cow<'_, str> {
    match may_hold_secrets(text) {
        true => replace(text, find(text, 0), |_| MASK),
        false => Cow::Borrowed(text),
    }
}

/// The parts of names that could be a secret's, and the escape that could hide one.
const PARTS: [&str; 8] = [
    "key",
    "pass",
    "secret",
    "token",
    "cred",
    "pwd",
    "connection",
    "\\u",
];
const KEY: usize = 0;

/// Whether a text has any part of a name that could be a secret's, or an escape that could hide one. Nearly no
/// record has, and looking for a few words is a hundred times quicker than reading the text as JSON.
pub(crate) fn may_hold_secrets(text: &str) -> bool {
    /// Many bytes at a time, where the processor can: exact letters only.
    static AT_ONCE: LazyLock<Option<packed::Searcher>> = LazyLock::new(|| packed::Searcher::new(PARTS));
    static ONE_BY_ONE: LazyLock<AhoCorasick> =
        LazyLock::new(|| AhoCorasick::new(PARTS).expect("a few short words make a small automaton"));
    let text = text.to_ascii_lowercase();
    let bytes = text.as_bytes();
    let could_be_secret = |found: Match| {
        // The member `key` of each pair in `customizedData` names a value; it is none.
        let alone = is_whole_name(&bytes[..found.start()], &bytes[found.end()..]);
        found.pattern().as_usize() != KEY || !alone
    };
    match &*AT_ONCE {
        Some(search) => search.find_iter(bytes).any(could_be_secret),
        None => ONE_BY_ONE.find_iter(bytes).any(could_be_secret),
    }
}

/// Whether a word is the whole name of a member, in JSON or in JSON within a string: between quotation marks that are
/// escaped alike, before a colon. In `"key\":value"` it only begins one.
fn is_whole_name(before: &[u8], after: &[u8]) -> bool {
    let escapes = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|b| **b == b'\\').count();
    let Some((b'"', before)) = before.split_last() else {
        return false;
    };
    let escaped = escapes(&mut after.iter());
    let mut rest = after[escaped..].iter();
    rest.next() == Some(&b'"')
        && escapes(&mut before.iter().rev()) == escaped
        && rest.find(|b| !b.is_ascii_whitespace()) == Some(&b':')
}

/// Both sides of a change masked. A secret of the new side that the old side does not have gets a longer
/// mask, so that comparing the two still finds it changed; [`shown`] makes it an ordinary one.
pub fn mask_sides<'a>(
    old: Option<&'a str>,
    new: Option<&'a str>,
) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let Some((old, new)) = old.zip(new) else {
        return (old.map(mask_document), new.map(mask_document));
    };
    if !may_hold_secrets(old) && !may_hold_secrets(new) {
        return (Some(Cow::Borrowed(old)), Some(Cow::Borrowed(new)));
    }
    let found = find(old, 0);
    let known: HashSet<&str> = found.iter().map(|secret| &old[secret.at.clone()]).collect();
    let masked = replace(new, find(new, 0), |secret| {
        if known.contains(secret) { MASK } else { CHANGED }
    });
    (Some(replace(old, found, |_| MASK)), Some(masked))
}

/// The mask of a secret that changed.
const CHANGED: &str = "•••••";

/// A value from the new side of [`mask_sides`], as a reader sees it.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    match text.contains(CHANGED) {
        true => Cow::Owned(text.replace(CHANGED, MASK)),
        false => Cow::Borrowed(text),
    }
}

/// A stretch of the text to replace.
struct Secret {
    at: Range<usize>,
    /// What makes the mask a string where none stood, escaped for the strings around it.
    quote: &'static str,
}

fn replace<'a>(text: &'a str, mut secrets: Vec<Secret>, mask: impl Fn(&str) -> &'static str) -> Cow<'a, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    secrets.sort_by_key(|secret| (secret.at.start, std::cmp::Reverse(secret.at.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for secret in secrets.into_iter().filter(|secret| !secret.at.is_empty()) {
        // One that lies in another is gone already.
        if secret.at.start < done {
            continue;
        }
        out.push_str(&text[done..secret.at.start]);
        out.push_str(secret.quote);
        out.push_str(mask(&text[secret.at.clone()]));
        out.push_str(secret.quote);
        done = secret.at.end;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// A list or an object around the place where the scan is.
#[derive(Default)]
struct Level {
    object: bool,
    from: usize,
    /// Of the list's elements, or of the object's current member.
    place: Place,
    /// Of the object itself.
    own: Place,
    role: Role,
    /// `{"key": "ClientSecret", "value": …}`: whether the key names a secret, and where the values are.
    names_secret: bool,
    values: Vec<Secret>,
}

/// What a member is in an object that holds a name and a value.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Role {
    #[default]
    Other,
    Name,
    Value,
}

fn role(name: &str) -> Role {
    let is = |names: &[&str]| names.iter().any(|n| name.eq_ignore_ascii_case(n));
    if is(&["key", "name", "field"]) {
        Role::Name
    } else if is(&["value", "oldValue", "newValue"]) {
        Role::Value
    } else {
        Role::Other
    }
}

fn find(text: &str, depth: u32) -> Vec<Secret> {
    let bytes = text.as_bytes();
    // Escaped once for every string that this text stands in.
    let quote = [r#"""#, r#"\""#, r#"\\\""#, r#"\\\\\\\""#][depth.min(STRINGS) as usize];
    let mut secrets = Vec::new();
    // The outermost level is taken for an object, so that a fragment `"password": "…"` is understood.
    let mut levels = vec![Level {
        object: true,
        ..Level::default()
    }];
    let mut below = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        let full = levels.len() >= LEVELS;
        let Some(level) = levels.last_mut() else { break };
        match bytes[at] {
            b'{' | b'[' if full => {
                below += 1;
                at += 1;
            }
            start @ (b'{' | b'[') => {
                let place = level.place;
                levels.push(Level {
                    object: start == b'{',
                    from: at,
                    place,
                    own: place,
                    ..Level::default()
                });
                at += 1;
            }
            b'}' | b']' => {
                at += 1;
                if below > 0 {
                    below -= 1;
                } else if levels.len() > 1
                    && let Some(closed) = levels.pop()
                    && let Some(around) = levels.last_mut()
                {
                    if closed.names_secret {
                        secrets.extend(closed.values);
                    }
                    if around.object && around.role == Role::Value {
                        around.values.push(Secret {
                            at: closed.from..at,
                            quote,
                        });
                    }
                }
            }
            b',' => {
                if level.object && below == 0 {
                    (level.place, level.role) = (level.own, Role::Other);
                }
                at += 1;
            }
            b'"' => {
                let end = end_of_string(bytes, at);
                let inner = at + 1..end;
                at = (end + 1).min(bytes.len());
                if level.object && is_name(bytes, at) {
                    let (name, _) = decode(&text[inner]);
                    level.place = level.own.enter(&name);
                    level.role = role(&name);
                } else if level.place != Place::Open {
                    if !is_truth(&text[inner.clone()]) {
                        secrets.push(Secret { at: inner, quote: "" });
                    }
                } else {
                    match level.role {
                        Role::Name if level.object => {
                            let (name, _) = decode(&text[inner.clone()]);
                            level.names_secret |= Place::Open.enter(&name) != Place::Open;
                        }
                        Role::Value if level.object && !is_truth(&text[inner.clone()]) => {
                            level.values.push(Secret {
                                at: inner.clone(),
                                quote: "",
                            });
                        }
                        _ => {}
                    }
                    if depth < STRINGS {
                        within(text, inner, depth, &mut secrets);
                    }
                }
            }
            b'-' | b'0'..=b'9' => {
                let end = end_of_number(bytes, at);
                let secret = Secret { at: at..end, quote };
                if level.place != Place::Open {
                    secrets.push(secret);
                } else if level.object && level.role == Role::Value {
                    level.values.push(secret);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    // What was never closed, in a text that was cut off.
    secrets.extend(
        levels
            .into_iter()
            .filter(|level| level.names_secret)
            .flat_map(|level| level.values),
    );
    secrets
}

/// Looks for secrets in a string that holds JSON.
fn within(text: &str, inner: Range<usize>, depth: u32, secrets: &mut Vec<Secret>) {
    let raw = &text[inner.clone()];
    // An escaped bracket or quote would be an odd beginning, so that most strings are left alone at once.
    if !raw.trim_start().starts_with(['{', '[', '\\']) {
        return;
    }
    let (decoded, places) = decode(raw);
    if !decoded.trim_start().starts_with(['{', '[', '"']) {
        return;
    }
    let place = |at: usize| inner.start + places.as_ref().map_or(at, |places| places[at] as usize);
    secrets.extend(find(&decoded, depth + 1).into_iter().map(|secret| Secret {
        at: place(secret.at.start)..place(secret.at.end),
        quote: secret.quote,
    }));
}

/// The position of the quotation mark that ends the string, or of the end of a text that was cut off.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    start + bytes[start..].iter().take_while(|b| part(b)).count()
}

/// Whether a colon follows.
fn is_name(bytes: &[u8], at: usize) -> bool {
    bytes[at..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':')
}

/// `Password: true` says whether there is one.
fn is_truth(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// A string without its escapes, and where each of its bytes (and its end) stood; `None` for the places
/// where nothing was escaped. A lone surrogate becomes U+FFFD, an unknown escape stays.
fn decode(raw: &str) -> (Cow<'_, str>, Option<Vec<u32>>) {
    if !raw.contains('\\') || raw.len() > u32::MAX as usize {
        return (Cow::Borrowed(raw), None);
    }
    let mut out = String::with_capacity(raw.len());
    let mut places = Vec::with_capacity(raw.len() + 1);
    let mut at = 0;
    while at < raw.len() {
        // What is not escaped is copied in one piece.
        let plain = memchr::memchr(b'\\', &raw.as_bytes()[at..]).unwrap_or(raw.len() - at);
        out.push_str(&raw[at..at + plain]);
        places.extend(at as u32..(at + plain) as u32);
        at += plain;
        if at < raw.len() {
            let (c, length) = escape(&raw[at..]);
            out.push(c);
            places.extend(std::iter::repeat_n(at as u32, c.len_utf8()));
            at += length;
        }
    }
    places.push(raw.len() as u32);
    (Cow::Owned(out), Some(places))
}

/// The character of the escape at the start of a text, and the escape's length.
fn escape(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let simple = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(&b @ (b'"' | b'\\' | b'/')) => char::from(b),
        Some(b'u') => {
            return match (unit(0), unit(6)) {
                (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    (char::from_u32(code).unwrap_or('\u{fffd}'), 12)
                }
                (Some(code), _) => (char::from_u32(code).unwrap_or('\u{fffd}'), 6),
                (None, _) => ('\\', 1),
            };
        }
        _ => return ('\\', 1),
    };
    (simple, 2)
}

#[cfg(test)]
mod tests;
