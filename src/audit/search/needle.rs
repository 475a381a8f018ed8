//! A folded text that is looked for in the values of a record.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::values::{self, Visitor};
use crate::audit::{AuditRecord, fold::fold};

/// A text that is looked for.
pub(super) struct Needle<'a>(Finder<'a>);

impl<'a> Needle<'a> {
    /// Of a text made by [`normal`].
    pub(super) fn new(text: &'a str) -> Self {
        Self(Finder::new(text.as_bytes()))
    }

    /// Whether a text made by [`normal`] contains it.
    pub(super) fn is_in(&self, normal: &str) -> bool {
        self.0.find(normal.as_bytes()).is_some()
    }

    /// Whether any value of a record contains it.
    pub(super) fn is_in_record(&self, record: &AuditRecord) -> bool {
        let mut look = Look {
            needle: self,
            lower: String::new(),
            found: false,
        };
        values::walk(record, &mut look);
        look.found
    }
}

struct Look<'a> {
    needle: &'a Needle<'a>,
    /// Used again for every value.
    lower: String,
    found: bool,
}

impl Visitor for Look<'_> {
    fn value(&mut self, text: &str) -> bool {
        self.found = match text.is_ascii() && !has_odd_blanks(text) {
            true => {
                self.lower.clear();
                self.lower.push_str(text);
                self.lower.make_ascii_lowercase();
                self.needle.is_in(&self.lower)
            }
            false => self.needle.is_in(&normal(text)),
        };
        !self.found
    }
}

/// A text folded, each white space one blank, without any at its ends.
pub(super) fn normal(text: &str) -> String {
    let folded = fold(text);
    match single_blanks(&folded) {
        Cow::Borrowed(same) => same.to_owned(),
        Cow::Owned(other) => other,
    }
}

fn single_blanks(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !has_odd_blanks(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    Cow::Owned(out)
}

fn has_odd_blanks(text: &str) -> bool {
    let mut blank = false;
    text.chars().any(|c| {
        let odd = c.is_whitespace() && (blank || c != ' ');
        blank = c == ' ';
        odd
    })
}
