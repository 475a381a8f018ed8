//! What the forms send, checked.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::span::{self, Keep, Span};
use crate::audit::Selection;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 80;

/// What saving sends. Check boxes are there or not, whatever they say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Save {
    pub name: String,
    /// The query string of the log.
    pub query: String,
    /// Which dates to keep: a span's key, `fixed`, or nothing for what the query string says.
    pub dates: String,
    pub shared: Option<String>,
    pub start: Option<String>,
    /// Whether the reader was asked and said that a view of that name goes.
    pub replace: Option<String>,
}

/// What changing one sends.
#[derive(Clone, Debug, Deserialize)]
pub struct Change {
    /// `rename`, `share`, `unshare`, `start`, `no-start`, `delete`
    pub what: String,
    pub name: Option<String>,
}

/// Why a view is not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    NameMissing,
    NameTooLong,
    NameOdd,
    /// The reader has one of that name: to be replaced when they say so.
    NameTaken,
    /// Another one of the owner's has that name.
    NameTakenByAnother,
    Address,
    AddressTooLong,
    Full,
}

/// What can be saved.
pub struct Checked {
    pub name: String,
    pub query: String,
    pub span: Option<Span>,
}

impl Save {
    /// What to save, as of a moment and for a reader whose own zone is `zone`.
    pub fn check(&self, now: DateTime<Utc>, zone: Tz) -> Result<Checked, Trouble> {
        let name = name(&self.name)?;
        let asked = Selection::parse(&self.query, now, zone);
        if !asked.faults.is_empty() {
            return Err(Trouble::Address);
        }
        let keep = match self.dates.as_str() {
            "" => Keep::AsWritten,
            "fixed" => Keep::Fixed,
            key => Keep::Moving(Span::of_key(key).ok_or(Trouble::Address)?),
        };
        let query = span::query(&asked, keep);
        if query.len() > span::LONGEST {
            return Err(Trouble::AddressTooLong);
        }
        Ok(Checked {
            name,
            query,
            span: match keep {
                Keep::Moving(span) => Some(span),
                Keep::Fixed | Keep::AsWritten => None,
            },
        })
    }
}

/// A name as it is kept: trimmed, 1 to 80 characters, something to see, and nothing that breaks a line.
pub fn name(typed: &str) -> Result<String, Trouble> {
    let name = typed.trim();
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if name.is_empty() || name.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        Err(Trouble::NameMissing)
    } else if name.chars().any(is_break) {
        Err(Trouble::NameOdd)
    } else if name.chars().count() > LONGEST_NAME {
        Err(Trouble::NameTooLong)
    } else {
        Ok(name.to_owned())
    }
}

/// Characters that join, direct or separate others and show nothing themselves.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded_in_characters() {
        assert_eq!(name("  失敗した操作 "), Ok("失敗した操作".to_owned()));
        assert_eq!(name(&"あ".repeat(80)), Ok("あ".repeat(80)));
        assert_eq!(name(&"あ".repeat(81)), Err(Trouble::NameTooLong));
        for nothing in ["", " \t ", "\u{200b}\u{200d}", "\u{3000}", "\u{202e}"] {
            assert_eq!(name(nothing), Err(Trouble::NameMissing), "{nothing:?}");
        }
        for odd in ["a\nb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\x1b[31m"] {
            assert_eq!(name(odd), Err(Trouble::NameOdd), "{odd:?}");
        }
    }
}
