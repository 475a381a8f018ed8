//! JSON values as lists of paths and short texts, and what in them is only plumbing.

use std::borrow::Cow;

use super::json::Json;

/// The longest text of one value, in characters; the raw record shows the rest.
const VALUE: usize = 2_000;
/// The longest path, in characters.
const PATH: usize = 300;

/// Whether a member is plumbing of the API: links to resources, type marks and version tags.
pub fn is_noise(name: &str) -> bool {
    ["Links", "Attributes", "ETag"]
        .iter()
        .any(|noise| name.eq_ignore_ascii_case(noise))
        || name.starts_with('@')
}

/// Whether a value says nothing: null, an empty text, list or object.
pub fn is_nothing(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Text(text) => text.trim().is_empty(),
        Json::List(all) => all.is_empty(),
        Json::Object(all) => all.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::Raw(_) => false,
    }
}

/// The text of a value without parts, cut when it is very long; `None` for lists and objects.
pub fn leaf(json: &Json) -> Option<String> {
    match json {
        Json::Raw(raw) => Some(cut(raw, VALUE)),
        Json::List(_) | Json::Object(_) => None,
        _ => Some(cut(json.text().unwrap_or_default(), VALUE)),
    }
}

/// A text cut to so many characters, with `…` where something is missing.
pub fn cut(text: &str, characters: usize) -> String {
    shortened(text, characters).into_owned()
}

/// The same, of a text that mostly is short enough.
pub fn shortened(text: &str, characters: usize) -> Cow<'_, str> {
    // No text has more characters than bytes.
    let too_long = text.len() > characters;
    match too_long.then(|| text.char_indices().nth(characters)).flatten() {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A path through a value, such as `LineItems[2].Quantity`.
#[derive(Clone, Debug, Default)]
pub struct Path(String);

impl Path {
    pub fn new(root: &str) -> Self {
        Self(root.to_owned())
    }

    /// Runs `then` with the path of that member.
    pub fn member<T>(&mut self, name: &str, then: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.0.len();
        if length > 0 {
            self.0.push('.');
        }
        self.0.push_str(name);
        let result = then(self);
        self.0.truncate(length);
        result
    }

    /// Runs `then` with the path of that element, which is named by its key or its position.
    pub fn element<T>(&mut self, name: &str, then: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.0.len();
        self.0.extend(["[", name, "]"]);
        let result = then(self);
        self.0.truncate(length);
        result
    }

    /// The path as text, cut when it is very long.
    pub fn text(&self) -> String {
        cut(&self.0, PATH)
    }
}

/// Calls `each` with the path and text of every value that says something, in the order of the document,
/// without plumbing. A list of plain values is one value: `a, b`.
pub fn leaves(json: &Json, path: &mut Path, each: &mut impl FnMut(&Path, &Json)) {
    if is_nothing(json) {
        return;
    }
    match json {
        Json::Object(all) => {
            for (name, value) in all.iter().filter(|(name, _)| !is_noise(name)) {
                path.member(name, |path| leaves(value, path, each));
            }
        }
        Json::List(all) => match plain_list(all) {
            Some(text) => each(path, &Json::Text(text.into())),
            None => {
                for (i, value) in all.iter().enumerate() {
                    path.element(&i.to_string(), |path| leaves(value, path, each));
                }
            }
        },
        _ => each(path, json),
    }
}

/// A short list of plain values in one line.
fn plain_list(all: &[Json]) -> Option<String> {
    if all.len() > 50 {
        return None;
    }
    let texts: Option<Vec<&str>> = all.iter().map(Json::text).collect();
    Some(texts?.join(", "))
}
