//! The grammar of the search box: words, phrases, `key:value`, a minus before what is excluded. What is not understood
//! is told with its place, and everything else applies.

use std::ops::Range;

use chrono::NaiveDate;

use super::{
    Part, Search, What,
    keys::{self, Key, Name},
    needle::normal,
};
use crate::audit::{
    entity::EntityKind,
    fold::fold,
    selection::{Fault, FaultKind, FilterKey, parse_days},
};

/// How much of a text is read, in characters.
const LONGEST: usize = 4_096;
/// How many conditions a text may have.
const MOST_PARTS: usize = 64;
/// How many values its filters may have together.
const MOST_VALUES: usize = 200;
/// The longest value of a filter, in characters.
const LONGEST_VALUE: usize = 512;

/// How many faults are told; a text that has more is none for this box.
const MOST_FAULTS: usize = 16;

/// What opens a quotation, and what closes it.
const QUOTES: &[(char, &[char])] = &[
    ('"', &['"']),
    ('“', &['”', '"']),
    ('”', &['”', '"']),
    ('„', &['“', '”', '"']),
    ('＂', &['＂', '"']),
    ('「', &['」']),
    ('『', &['』']),
];

impl Search {
    /// Reads what stands in the box.
    pub fn parse(text: &str) -> Self {
        Self::read(text).0
    }

    /// The same, with what was not understood: faults of the field `q`, in the order of the text.
    pub fn read(text: &str) -> (Self, Vec<Fault>) {
        let whole = text.trim();
        let text = match whole.char_indices().nth(LONGEST) {
            Some((end, _)) => whole[..end].trim_end(),
            None => whole,
        };
        let mut reader = Reader {
            text,
            at: 0,
            parts: Vec::new(),
            conditions: 0,
            values: 0,
            faults: Vec::new(),
        };
        reader.read();
        if text.len() < whole.len() {
            let end = text.len();
            reader.fault(FaultKind::SearchTooLong, end..end, text);
        }
        let search = Self {
            text: text.to_owned(),
            parts: reader.parts,
        };
        (search, reader.faults)
    }

    /// The text without one of its parts.
    pub fn without(&self, part: usize) -> String {
        let Some(part) = self.parts.get(part) else {
            return self.text.clone();
        };
        let (before, after) = (&self.text[..part.span.start], &self.text[part.span.end..]);
        let (before, after) = (before.trim_end(), after.trim_start());
        match before.is_empty() || after.is_empty() {
            true => [before, after].concat(),
            false => [before, after].join(" "),
        }
    }

    /// The ranges of days that are asked for, or those that are excluded.
    pub fn dates(&self, excluded: bool) -> impl Iterator<Item = (Option<NaiveDate>, Option<NaiveDate>)> {
        self.parts
            .iter()
            .filter(move |part| part.exclude == excluded)
            .filter_map(|part| match part.what {
                What::Dates { from, to } => Some((from, to)),
                _ => None,
            })
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    parts: Vec<Part>,
    /// How many parts there were, those with a fault included.
    conditions: usize,
    /// How many values the filters have so far.
    values: usize,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        loop {
            self.skip(char::is_whitespace);
            let start = self.at;
            if start == self.text.len() {
                return;
            }
            if self.conditions == MOST_PARTS {
                let rest = self.rest();
                return self.fault(FaultKind::TooManyParts, start..self.text.len(), rest);
            }
            let minus = self.take(is_minus);
            if minus && self.rest().chars().next().is_none_or(char::is_whitespace) {
                // A dash between words.
                continue;
            }
            self.conditions += 1;
            self.part(start, minus);
        }
    }

    fn part(&mut self, start: usize, exclude: bool) {
        if let Some(phrase) = self.quoted() {
            return self.words(start, exclude, phrase);
        }
        let from = self.at;
        let word = self.until(char::is_whitespace);
        let Some((typed, value)) = word.split_once([':', '：']) else {
            return self.words(start, exclude, bare(word));
        };
        let found = match value.starts_with("//") {
            true => Name::Text,
            false => keys::name(typed),
        };
        let key = from..from + typed.len();
        if found != Name::Text {
            self.at = from + word.len() - value.len();
        }
        match found {
            Name::Text => self.words(start, exclude, bare(word)),
            Name::Known(Key::Filter(key)) => self.filter(start, exclude, key),
            Name::Known(Key::Date) => self.dates(start, exclude),
            Name::Known(Key::Quantity) => self.quantity(start, exclude),
            Name::Known(Key::Entity(kind)) => self.entity(start, exclude, kind),
            Name::Nearly(meant) => {
                self.items();
                let corrected = [&self.text[..key.start], meant, &self.text[key.end..]].concat();
                self.suggest(FaultKind::UnknownFilter, key, typed, Some(corrected));
            }
        }
    }

    fn words(&mut self, start: usize, exclude: bool, words: &str) {
        let text = normal(words);
        if !text.is_empty() {
            self.push(start, exclude, What::Text(text));
        }
    }

    fn filter(&mut self, start: usize, exclude: bool, key: FilterKey) {
        if let Some(values) = self.values(start) {
            let meant = Vec::new();
            self.push(start, exclude, What::Filter { key, values, meant });
        }
    }

    fn entity(&mut self, start: usize, exclude: bool, kind: EntityKind) {
        if let Some(values) = self.values(start) {
            let mut ids: Vec<String> = Vec::new();
            for id in values.iter().map(|value| normal(value)) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            self.push(start, exclude, What::Entity { kind, ids });
        }
    }

    /// The values that stand behind a name; `None` where there are none, which is said.
    fn values(&mut self, start: usize) -> Option<Vec<String>> {
        let from = self.at;
        let mut values: Vec<String> = Vec::new();
        for item in self.items() {
            let value = narrow(item.trim());
            if value.is_empty() || values.contains(&value) {
                continue;
            }
            if value.chars().nth(LONGEST_VALUE).is_some() {
                self.fault(FaultKind::TooLong, from..self.at, &value);
                continue;
            }
            self.values += 1;
            match self.values {
                ..=MOST_VALUES => values.push(value),
                // Said once, not for each of them.
                n if n == MOST_VALUES + 1 => self.fault(FaultKind::TooMany, from..self.at, &value),
                _ => {}
            }
        }
        if !values.is_empty() {
            return Some(values);
        }
        if self
            .faults
            .last()
            .is_none_or(|fault| fault.at != Some(from..self.at))
        {
            self.empty(start);
        }
        None
    }

    fn dates(&mut self, start: usize, exclude: bool) {
        let from = self.at;
        let value = self.value();
        match dates(value) {
            _ if value.trim().is_empty() => self.empty(start),
            Some((Some(first), Some(last))) if first > last => {
                self.fault(FaultKind::Reversed, from..self.at, value);
            }
            Some((from, to)) => self.push(start, exclude, What::Dates { from, to }),
            None => self.fault(FaultKind::NotDates, from..self.at, value),
        }
    }

    fn quantity(&mut self, start: usize, exclude: bool) {
        let from = self.at;
        let value = self.value();
        match quantity(value) {
            _ if value.trim().is_empty() => self.empty(start),
            Some((Some(least), Some(most))) if least > most => {
                self.fault(FaultKind::Reversed, from..self.at, value);
            }
            Some((least, most)) => self.push(start, exclude, What::Quantity { least, most }),
            None => self.fault(FaultKind::NotAQuantity, from..self.at, value),
        }
    }

    fn push(&mut self, start: usize, exclude: bool, what: What) {
        self.parts.push(Part {
            span: start..self.at,
            exclude,
            what,
        });
    }

    /// A name without a value.
    fn empty(&mut self, start: usize) {
        let text = &self.text[start..self.at];
        self.fault(FaultKind::EmptyFilter, start..self.at, text);
    }

    fn fault(&mut self, kind: FaultKind, at: Range<usize>, text: &str) {
        self.suggest(kind, at, text, None);
    }

    fn suggest(&mut self, kind: FaultKind, at: Range<usize>, text: &str, suggestion: Option<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault {
                field: "q",
                kind,
                text: text.chars().take(80).collect(),
                at: Some(at),
                suggestion,
            });
        }
    }

    /// The value of a date or a quantity.
    fn value(&mut self) -> &'a str {
        self.quoted().unwrap_or_else(|| self.until(char::is_whitespace))
    }

    /// The values of a filter: `a`, `a,b`, `[a, b]`, each with or without quotation marks.
    fn items(&mut self) -> Vec<&'a str> {
        let mut items = Vec::new();
        let bracket = self.rest().starts_with(['[', '［']) && self.rest().contains([']', '］']);
        if bracket {
            self.take(|_| true);
            loop {
                self.skip(|c| c.is_whitespace() || is_comma(c));
                if self.take(is_closing) || self.rest().is_empty() {
                    return items;
                }
                let item = self.quoted();
                items.push(item.unwrap_or_else(|| self.until(|c| is_comma(c) || is_closing(c))));
            }
        }
        loop {
            let item = self.quoted();
            items.push(item.unwrap_or_else(|| self.until(|c| is_comma(c) || c.is_whitespace())));
            if !self.take(is_comma) {
                return items;
            }
        }
    }

    /// A quotation, if one begins here; one that is never closed ends with the text.
    fn quoted(&mut self) -> Option<&'a str> {
        let first = self.rest().chars().next()?;
        let (_, closing) = QUOTES.iter().find(|(opening, _)| *opening == first)?;
        self.at += first.len_utf8();
        let inside = self.until(|c| closing.contains(&c));
        self.take(|_| true);
        Some(inside)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, which: impl Fn(char) -> bool) {
        self.until(|c| !which(c));
    }

    fn until(&mut self, which: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(which).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Takes one character if it is such a one.
    fn take(&mut self, which: impl Fn(char) -> bool) -> bool {
        match self.rest().chars().next() {
            Some(c) if which(c) => {
                self.at += c.len_utf8();
                true
            }
            _ => false,
        }
    }
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '－' | '−')
}

fn is_comma(c: char) -> bool {
    matches!(c, ',' | '，' | '、')
}

fn is_closing(c: char) -> bool {
    matches!(c, ']' | '］')
}

/// Full-width letters, digits and signs as ascii; all else as typed.
fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '　' => ' ',
            _ => c,
        })
        .collect()
}

/// The sign of a comparison.
#[derive(Clone, Copy)]
enum Sign {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
}

/// A sign and what follows it.
fn signed(text: &str) -> (Sign, &str) {
    [
        (">=", Sign::AtLeast),
        ("≥", Sign::AtLeast),
        ("<=", Sign::AtMost),
        ("≤", Sign::AtMost),
        (">", Sign::More),
        ("<", Sign::Less),
        ("=", Sign::Equal),
    ]
    .into_iter()
    .find_map(|(mark, sign)| Some((sign, text.strip_prefix(mark)?.trim())))
    .unwrap_or((Sign::Equal, text))
}

/// The ends of `a..b`; an end that is left out is empty.
fn range(text: &str) -> Option<(&str, &str)> {
    let (from, to) = ["..", "~", "〜"].iter().find_map(|mark| text.split_once(mark))?;
    Some((from.trim(), to.trim()))
}

/// Days, months or years, or a range of them.
fn dates(value: &str) -> Option<(Option<NaiveDate>, Option<NaiveDate>)> {
    let value = fold(value);
    let value = value.trim();
    if let Some((from, to)) = range(value) {
        let from = (!from.is_empty())
            .then(|| parse_days(from).ok_or(()))
            .transpose()
            .ok()?;
        let to = (!to.is_empty())
            .then(|| parse_days(to).ok_or(()))
            .transpose()
            .ok()?;
        return (from.is_some() || to.is_some()).then_some((from.map(|days| days.0), to.map(|days| days.1)));
    }
    let (sign, text) = signed(value);
    let (first, last) = parse_days(text)?;
    Some(match sign {
        Sign::Equal => (Some(first), Some(last)),
        Sign::AtLeast => (Some(first), None),
        Sign::More => (Some(last.succ_opt()?), None),
        Sign::AtMost => (None, Some(last)),
        Sign::Less => (None, Some(first.pred_opt()?)),
    })
}

/// A number or a range of them.
fn quantity(value: &str) -> Option<(Option<i64>, Option<i64>)> {
    let value = fold(value).replace(',', "");
    let value = value.trim();
    let number = |text: &str| text.parse::<i64>().ok();
    if let Some((from, to)) = range(value) {
        let from = (!from.is_empty())
            .then(|| number(from).ok_or(()))
            .transpose()
            .ok()?;
        let to = (!to.is_empty()).then(|| number(to).ok_or(())).transpose().ok()?;
        return (from.is_some() || to.is_some()).then_some((from, to));
    }
    let (sign, text) = signed(value);
    let number = number(text)?;
    Some(match sign {
        Sign::Equal => (Some(number), Some(number)),
        Sign::AtLeast => (Some(number), None),
        Sign::More => (Some(number.checked_add(1)?), None),
        Sign::AtMost => (None, Some(number)),
        Sign::Less => (None, Some(number.checked_sub(1)?)),
    })
}

/// A text without the brackets and the punctuation that it was pasted with: `{1366a36a-…}`, `<taro@contoso.example>,`.
fn bare(text: &str) -> &str {
    let around = |c: char| matches!(c, '{' | '}' | '(' | ')' | '<' | '>' | '[' | ']' | ',' | ';');
    match text.trim_matches(around) {
        "" => text,
        bare => bare,
    }
}
