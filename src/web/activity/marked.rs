//! A text of the table in which what was searched for is marked, and the words for where else it was found.

use std::{fmt, ops::Range};

use crate::{
    audit::{
        AuditRecord,
        search::{Part, Search, Step, What, marks, places},
    },
    i18n::{Arg, Lang},
    wording,
};

/// So many places are told of a record.
const PLACES: usize = 3;

/// A text, and which stretches of it were searched for.
#[derive(Debug, Default)]
pub struct Marked {
    text: String,
    /// In bytes: sorted, apart from each other.
    marks: Vec<Range<usize>>,
}

impl Marked {
    pub fn of(text: String, search: &Search) -> Self {
        let marks = marks(search, &text);
        Self { text, marks }
    }

    /// The text in pieces, and whether each is marked.
    pub fn pieces(&self) -> impl Iterator<Item = (&str, bool)> {
        let ends = self
            .marks
            .iter()
            .flat_map(|mark| [(mark.start, false), (mark.end, true)]);
        let mut at = 0;
        ends.chain([(self.text.len(), false)])
            .map(move |(end, is_marked)| {
                let piece = self.text.get(at..end).unwrap_or_default();
                at = end;
                (piece, is_marked)
            })
            .filter(|(piece, _)| !piece.is_empty())
    }

    /// The part before a byte and the part from it on, each with its marks.
    pub fn split_at(mut self, at: usize) -> (Self, Self) {
        let rest = Self {
            text: self.text.split_off(at),
            marks: self
                .marks
                .iter()
                .filter(|mark| mark.end > at)
                .map(|mark| mark.start.saturating_sub(at)..mark.end - at)
                .collect(),
        };
        self.marks.retain(|mark| mark.start < at);
        if let Some(last) = self.marks.last_mut() {
            last.end = last.end.min(at);
        }
        (self, rest)
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl From<String> for Marked {
    fn from(text: String) -> Self {
        Self {
            text,
            marks: Vec::new(),
        }
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The texts of a search, each as a search of its own: whether a row shows it is asked of each.
pub struct Texts(Vec<Search>);

impl Texts {
    pub fn of(search: &Search) -> Self {
        let is_text = |part: &&Part| matches!(part.what, What::Text(_)) && !part.exclude;
        let alone = |part: &Part| Search {
            text: String::new(),
            parts: vec![part.clone()],
        };
        Self(search.parts.iter().filter(is_text).map(alone).collect())
    }

    /// Where in a record those texts were found that none of its shown texts has: `Line item 3, Offer ID`.
    pub fn elsewhere(&self, shown: &[&Marked], record: &AuditRecord, lang: Lang) -> Option<String> {
        // Where there is only one text, any mark is its mark.
        let is_shown = |search: &Search| {
            shown.iter().any(|text| match self.0.len() {
                1 => !text.marks.is_empty(),
                _ => !marks(search, &text.text).is_empty(),
            })
        };
        let parts: Vec<_> = self
            .0
            .iter()
            .filter(|search| !is_shown(search))
            .flat_map(|search| search.parts.clone())
            .collect();
        if parts.is_empty() {
            return None;
        }
        let unseen = Search {
            text: String::new(),
            parts,
        };
        let mut told: Vec<String> = Vec::new();
        for place in places(&unseen, record, PLACES * 4) {
            let words = words(&place.path, lang);
            if !told.contains(&words) {
                told.push(words);
            }
        }
        told.truncate(PLACES);
        let told = told.join(" · ");
        (!told.is_empty()).then(|| lang.t_with("found-in", &[("places", Arg::Text(&told))]))
    }
}

/// A place in words; positions within lists say nothing to a reader.
fn words(path: &[Step], lang: Lang) -> String {
    let mut side = None;
    let mut field = String::new();
    for step in path {
        let part = match step {
            Step::OldValue => {
                side = Some("found-old");
                continue;
            }
            Step::NewValue => {
                side = Some("found-new");
                continue;
            }
            Step::Element(_) => continue,
            Step::LineItem(number) => format!("LineItems[{number}]"),
            Step::AdditionalData(name) | Step::Member(name) => name.clone(),
        };
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(&part);
    }
    match (side, field.is_empty()) {
        (Some(side), true) => lang.t(side),
        // Of what is new the field alone says enough.
        (Some("found-old"), false) => lang.t_with(
            "found-old-field",
            &[("field", Arg::Text(&wording::field(&field, lang)))],
        ),
        _ => wording::field(&field, lang),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &Marked) -> String {
        text.pieces()
            .map(|(piece, is_marked)| {
                if is_marked {
                    format!("[{piece}]")
                } else {
                    piece.to_owned()
                }
            })
            .collect()
    }

    #[test]
    fn marks_survive_where_a_text_is_split() {
        let search = Search::parse("ito@con ken com");
        let marked = Marked::of("kenji.ito@contoso.com".to_owned(), &search);
        assert_eq!(shown(&marked), "[ken]ji.[ito@con]toso.[com]");
        let (local, domain) = marked.split_at("kenji.ito".len());
        assert_eq!(
            (shown(&local), shown(&domain)),
            ("[ken]ji.[ito]".to_owned(), "[@con]toso.[com]".to_owned())
        );
        let (all, nothing) = Marked::of("kenji".to_owned(), &search).split_at(5);
        assert_eq!((shown(&all), nothing.is_empty()), ("[ken]ji".to_owned(), true));
    }
}
