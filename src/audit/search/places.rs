//! Where a search was found: in which values of a record, and in which stretches of a text that a page shows.

use std::ops::Range;

use super::{
    Search, What,
    needle::{Needle, normal},
};
use crate::audit::{AuditRecord, fold::fold, json::Json, paths::cut, secrets};

/// The longest name of a member, in characters.
const NAME: usize = 100;
/// The longest text that is marked, in bytes, and how many marks it gets.
const MARKED: usize = 20_000;
const MARKS: usize = 500;
/// How deep values are looked at, those of JSON in texts included.
const DEPTH: usize = 60;

/// A value that a text was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the outside to the inside; never empty.
    pub path: Vec<Step>,
    /// Which part of the search was found there.
    pub part: usize,
}

/// A step into a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    OldValue,
    NewValue,
    /// The additional data of that key.
    AdditionalData(String),
    /// A line item by its own number, or else by its position from 0.
    LineItem(String),
    /// A member of that name as written, such as `OfferId`.
    Member(String),
    /// An element of a list, from 0.
    Element(usize),
}

/// Where the texts of a search stand in a record, secrets left out: for each text that is not excluded, in the order
/// of the document; every text has its turn before one has its second place.
pub fn places(search: &Search, record: &AuditRecord, at_most: usize) -> Vec<Place> {
    let needles: Vec<_> = texts(search)
        .map(|(part, text)| (part, Needle::new(text)))
        .collect();
    if needles.is_empty() || at_most == 0 {
        return Vec::new();
    }
    let document = secrets::mask_document(&record.document);
    let Some(Json::Object(members)) = Json::parse(&document) else {
        return Vec::new();
    };
    let mut look = Look {
        found: needles.iter().map(|_| Vec::new()).collect(),
        needles,
        at_most,
        path: Vec::new(),
    };
    for (name, value) in &members {
        match &**name {
            "id" | "attributes" => {}
            "resourceOldValue" => look.step(Step::OldValue, value),
            "resourceNewValue" => look.step(Step::NewValue, value),
            "customizedData" => look.data(value),
            _ => look.step(member(name), value),
        }
    }
    let longest = look.found.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|turn| look.found.iter().filter_map(move |places| places.get(turn)))
        .take(at_most)
        .cloned()
        .collect()
}

/// The texts of a search that are not excluded, and which parts they are.
fn texts(search: &Search) -> impl Iterator<Item = (usize, &str)> {
    search
        .parts
        .iter()
        .enumerate()
        .filter_map(|(at, part)| match &part.what {
            What::Text(text) if !part.exclude => Some((at, &**text)),
            _ => None,
        })
}

struct Look<'a> {
    needles: Vec<(usize, Needle<'a>)>,
    /// For each needle.
    found: Vec<Vec<Place>>,
    at_most: usize,
    path: Vec<Step>,
}

impl Look<'_> {
    fn step(&mut self, step: Step, value: &Json) {
        if self.path.len() >= DEPTH {
            return;
        }
        self.path.push(step);
        self.value(value);
        self.path.pop();
    }

    fn data(&mut self, pairs: &Json) {
        if pairs.list().is_empty() {
            return self.step(member("customizedData"), pairs);
        }
        for (at, pair) in pairs.list().iter().enumerate() {
            match pair.get("key").and_then(Json::text) {
                Some(key) => {
                    let step = Step::AdditionalData(cut(key, NAME));
                    // The key is a value, too.
                    for (_, value) in pair.object() {
                        self.step(step.clone(), value);
                    }
                }
                None => self.step(Step::Element(at), pair),
            }
        }
    }

    fn value(&mut self, value: &Json) {
        match value {
            Json::Object(members) => {
                for (name, value) in members {
                    match value {
                        Json::List(items) if name.eq_ignore_ascii_case("LineItems") => {
                            for (at, item) in items.iter().enumerate() {
                                let number = item.get("LineItemNumber").and_then(Json::words);
                                let number = number.map_or_else(|| at.to_string(), |number| cut(number, 20));
                                self.step(Step::LineItem(number), item);
                            }
                        }
                        _ => self.step(member(name), value),
                    }
                }
            }
            Json::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.step(Step::Element(at), item);
                }
            }
            Json::Text(text) => {
                let inside = match text.trim_start().starts_with(['{', '[', '"']) {
                    true => Json::parse(text),
                    false => None,
                };
                match inside {
                    // A step of its own is not needed, but the depth is bounded by steps.
                    Some(inside) if self.path.len() < DEPTH => self.nested(&inside),
                    _ => self.text(text),
                }
            }
            Json::Number(text) | Json::Raw(text) => self.text(text),
            Json::Null | Json::Bool(_) => {}
        }
    }

    /// JSON that stood in a text; a text in a text ends there.
    fn nested(&mut self, value: &Json) {
        match value {
            Json::Text(text) => self.text(text),
            _ => self.value(value),
        }
    }

    fn text(&mut self, text: &str) {
        if self.found.iter().all(|places| places.len() >= self.at_most) {
            return;
        }
        let text = normal(text);
        for ((part, needle), places) in self.needles.iter().zip(&mut self.found) {
            if places.len() < self.at_most && needle.is_in(&text) {
                let place = Place {
                    path: self.path.clone(),
                    part: *part,
                };
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
    }
}

fn member(name: &str) -> Step {
    Step::Member(cut(name, NAME))
}

/// The stretches of a shown text, in bytes, that the texts of a search are found in: sorted, apart from each other.
pub fn marks(search: &Search, text: &str) -> Vec<Range<usize>> {
    let mut needles = texts(search).peekable();
    if needles.peek().is_none() {
        return Vec::new();
    }
    let folded = Folded::of(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (_, needle) in needles {
        let all = folded.text.match_indices(needle).take(MARKS);
        found.extend(all.map(|(at, _)| folded.origin(at..at + needle.len())));
    }
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged.truncate(MARKS);
    merged
}

/// A text folded piece by piece, so that each piece is known to come from a place.
#[derive(Default)]
struct Folded {
    text: String,
    /// Where each piece begins: in the folded text, and in the text as shown. The last one is the end.
    pieces: Vec<(usize, usize)>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let mut end = text.len().min(MARKED);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        let mut folded = Self::default();
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let mut end = at + c.len_utf8();
            // A letter and its accents, a kana and its voice, the parts of a Korean syllable, a stretch of blanks.
            while let Some((next, joined)) = characters.next_if(|(_, next)| joins(c, *next)) {
                end = next + joined.len_utf8();
            }
            folded.pieces.push((folded.text.len(), at));
            match c.is_whitespace() {
                true => folded.text.push(' '),
                false if c.is_ascii() && end == at + 1 => folded.text.push(c.to_ascii_lowercase()),
                false => folded.text.push_str(&fold(&text[at..end])),
            }
        }
        folded.pieces.push((folded.text.len(), text.len()));
        folded
    }

    /// The stretch of the shown text that a stretch of the folded one comes from: whole pieces.
    fn origin(&self, at: Range<usize>) -> Range<usize> {
        let first = self.pieces.partition_point(|(folded, _)| *folded <= at.start);
        let last = self.pieces.partition_point(|(folded, _)| *folded < at.end);
        let place = |piece: usize| {
            self.pieces
                .get(piece)
                .or(self.pieces.last())
                .map_or(0, |(_, at)| *at)
        };
        place(first.saturating_sub(1))..place(last)
    }
}

fn joins(first: char, next: char) -> bool {
    if first.is_whitespace() {
        return next.is_whitespace();
    }
    unicode_normalization::char::is_combining_mark(next) || matches!(next, 'ﾞ' | 'ﾟ' | '\u{1160}'..='\u{11ff}')
}
