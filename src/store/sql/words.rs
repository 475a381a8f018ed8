//! The different words of an archive, in memory: parts of words are looked up here, so that the index is only ever asked
//! for whole ones.

use std::collections::HashSet;

use super::connection::Connection;
use memchr::memmem::Finder;

use super::StoreError;
use crate::audit::search::Words;

/// Beyond so many, further words are found as a whole only: that is no language any more.
pub const MOST: usize = 300_000;

#[derive(Default)]
pub struct Vocabulary {
    /// Every word on a line of its own, which a line feed begins and ends.
    text: String,
    known: HashSet<Box<str>>,
    loaded: i64,
}

impl Vocabulary {
    pub fn has(&self, word: &str) -> bool {
        self.known.contains(word)
    }

    pub fn is_full(&self) -> bool {
        self.known.len() >= MOST
    }

    pub fn insert(&mut self, word: &str) {
        if word.is_empty() || word.contains('\n') || self.has(word) {
            return;
        }
        if self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(word);
        self.text.push('\n');
        self.known.insert(word.into());
    }

    /// Reads the words that were added since.
    pub fn follow(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement =
            connection.prepare_cached("SELECT id, text FROM word WHERE id > ?1 ORDER BY id")?;
        let mut rows = statement.query([self.loaded])?;
        while let Some(row) = rows.next()? {
            self.loaded = row.get(0)?;
            let text: String = row.get(1)?;
            self.insert(&text);
        }
        Ok(())
    }

    pub fn loaded(&self) -> i64 {
        self.loaded
    }

    fn lines(&self, wanted: &str, at_most: usize) -> Option<Vec<String>> {
        let bytes = self.text.as_bytes();
        let finder = Finder::new(wanted.as_bytes());
        let mut found: Vec<String> = Vec::new();
        let mut from = 0;
        while let Some(at) = finder.find(&bytes[from..]) {
            // A pattern that begins with the line feed names the line after it.
            let inside = from + at + usize::from(wanted.starts_with('\n'));
            let start = self.text[..inside].rfind('\n').map_or(0, |feed| feed + 1);
            let end = self.text[inside..]
                .find('\n')
                .map_or(self.text.len(), |feed| inside + feed);
            if found.len() == at_most {
                return None;
            }
            found.push(self.text[start..end].to_owned());
            from = end;
        }
        Some(found)
    }

    /// Of a full vocabulary, a word that it does not have may be one all the same.
    fn and_whole(&self, word: &str, found: Option<Vec<String>>) -> Option<Vec<String>> {
        let mut found = found?;
        if self.is_full() && !self.has(word) {
            found.push(word.to_owned());
        }
        Some(found)
    }
}

impl Words for Vocabulary {
    fn containing(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.and_whole(part, self.lines(part, at_most))
    }

    fn starting(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.and_whole(part, self.lines(&format!("\n{part}"), at_most))
    }

    fn ending(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.and_whole(part, self.lines(&format!("{part}\n"), at_most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_parts() {
        let mut words = Vocabulary::default();
        for word in ["fabrikam", "contoso", "fab", "松本", "fab"] {
            words.insert(word);
        }
        let sorted = |found: Option<Vec<String>>| {
            let mut found = found.unwrap();
            found.sort();
            found
        };
        assert_eq!(sorted(words.containing("ab", 9)), ["fab", "fabrikam"]);
        assert_eq!(sorted(words.starting("fab", 9)), ["fab", "fabrikam"]);
        assert_eq!(sorted(words.ending("so", 9)), ["contoso"]);
        assert_eq!(sorted(words.ending("b", 9)), ["fab"]);
        assert_eq!(sorted(words.containing("本", 9)), ["松本"]);
        assert_eq!(words.containing("o", 0), None);
        assert_eq!(words.containing("zz", 0), Some(vec![]));
    }

    #[test]
    fn what_a_full_vocabulary_lacks_is_found_as_a_whole() {
        let mut words = Vocabulary::default();
        words.insert("fabrikam");
        for n in 1..MOST {
            words.insert(&format!("w{n}"));
        }
        assert!(words.is_full());
        assert_eq!(words.containing("zyx", 9), Some(vec!["zyx".to_owned()]));
        assert_eq!(words.starting("fabrikam", 9), Some(vec!["fabrikam".to_owned()]));
        assert_eq!(
            words.ending("kam", 9),
            Some(vec!["fabrikam".to_owned(), "kam".to_owned()])
        );
    }
}
