//! The tokens under which a record is found.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::LazyLock,
};

use super::{
    fields::{Quantities, bucket},
    runs::{self, LONGEST_NUMBER, LONGEST_RUN, Run},
    values::{self, Visitor},
};
use crate::audit::{AuditRecord, fold::fold};

/// How many tokens a record has at most; what follows in a larger one is not found by its text.
const MOST: usize = 20_000;
/// The longest word, in characters: substrings are looked up in all words of an archive, so no junk belongs there.
const LONGEST_WORD: usize = 32;

/// The tokens under which a record is found: ascii letters and digits, and characters beyond ascii; never white space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All of them, a blank behind each.
    text: String,
    /// In the order in which they were found.
    all: Vec<Token>,
    /// Their places in `all` plus one, by hash; 0 is free. The length is a power of two.
    table: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token {
    at: u32,
    length: u32,
    word: bool,
}

impl Tokens {
    /// The tokens of a record.
    pub fn of(record: &AuditRecord) -> Self {
        let mut found = Found {
            tokens: Self {
                text: String::with_capacity(1_024),
                all: Vec::with_capacity(128),
                table: vec![0; 512],
            },
            quantities: Quantities::default(),
        };
        values::walk(record, &mut found);
        let mut buckets: Vec<_> = found.quantities.all.into_iter().map(bucket).collect();
        buckets.sort_unstable();
        buckets.dedup();
        for bucket in buckets {
            found.tokens.add(&bucket, false);
        }
        found.tokens
    }

    /// All of them, each once.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|token| self.get(token))
    }

    /// Words: what [`super::Words`] has to know.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.all
            .iter()
            .filter(|token| token.word)
            .map(|token| self.get(token))
    }

    /// Numbers, codes, parts of GUIDs, quantities.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.all
            .iter()
            .filter(|token| !token.word)
            .map(|token| self.get(token))
    }

    /// All tokens, joined by blanks.
    pub fn body(&self) -> String {
        self.text.trim_end().to_owned()
    }

    /// Whether that is a token.
    pub fn has(&self, token: &str) -> bool {
        !self.table.is_empty() && self.table[self.slot(token)] != 0
    }

    /// Whether a token begins so.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.iter().any(|token| token.starts_with(prefix))
    }

    fn get(&self, token: &Token) -> &str {
        &self.text[token.at as usize..(token.at + token.length) as usize]
    }

    /// Where a token is in the table, or where it would be.
    fn slot(&self, token: &str) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = hash(token) as usize & mask;
        loop {
            match self.table[slot] {
                0 => return slot,
                at if self.get(&self.all[at as usize - 1]) == token => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Adds a token that is folded but for the case of its ascii letters.
    fn add(&mut self, token: &str, word: bool) {
        debug_assert!(!token.is_empty(), "an index may refuse it");
        if self.all.len() >= MOST {
            return;
        }
        let at = self.text.len();
        self.text.push_str(token);
        self.text[at..].make_ascii_lowercase();
        let slot = self.slot(&self.text[at..]);
        if self.table[slot] != 0 {
            self.all[self.table[slot] as usize - 1].word |= word;
            self.text.truncate(at);
            return;
        }
        self.all.push(Token {
            at: at as u32,
            length: (self.text.len() - at) as u32,
            word,
        });
        self.table[slot] = self.all.len() as u32;
        self.text.push(' ');
        if self.all.len() * 2 > self.table.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 2];
        for at in 0..self.all.len() {
            let slot = self.slot(self.get(&self.all[at]));
            self.table[slot] = at as u32 + 1;
        }
    }

    /// Adds the runs of a folded text.
    fn cut(&mut self, text: &str) {
        runs::cut(text, |run, _| match run {
            Run::Letters(letters) => self.letters(letters),
            Run::Digits(digits) => self.digits(digits),
            Run::Named {
                letters,
                digits,
                whole,
            } => {
                self.letters(letters);
                self.digits(digits);
                if runs::is_also_whole(whole) {
                    self.add(whole, false);
                }
            }
            Run::Code(code) => self.add(code, false),
            Run::Guid(guid) => Run::groups(guid).for_each(|group| self.add(group, false)),
            Run::Cjk(run) => pairs(run, |pair| self.add(pair, true)),
        });
    }

    fn letters(&mut self, letters: &str) {
        self.add(letters, is_word(letters));
    }

    fn digits(&mut self, digits: &str) {
        if digits.len() <= LONGEST_NUMBER {
            self.add(digits, false);
        }
    }
}

/// Whether a run of letters is short enough to be a word.
pub(super) fn is_word(letters: &str) -> bool {
    letters.len() <= LONGEST_WORD || letters.chars().nth(LONGEST_WORD).is_none()
}

/// Each two characters that follow each other, or the only one.
pub(super) fn pairs<'a>(run: &'a str, mut each: impl FnMut(&'a str)) {
    let ends = run.char_indices().skip(2).map(|(at, _)| at).chain([run.len()]);
    for ((start, _), end) in run.char_indices().zip(ends) {
        each(&run[start..end]);
    }
}

/// FNV-1a: short tokens need no better one. It begins anywhere, so that nobody can prepare tokens that collide.
fn hash(token: &str) -> u64 {
    static BEGIN: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    let spread = token.bytes().fold(*BEGIN, |hash, b| {
        (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    spread ^ (spread >> 32)
}

struct Found {
    tokens: Tokens,
    quantities: Quantities,
}

impl Visitor for Found {
    fn open(&mut self) {
        self.quantities.open();
    }

    fn close(&mut self) {
        self.quantities.close();
    }

    fn member(&mut self, name: &str) {
        self.quantities.member(name);
    }

    fn next(&mut self) {
        self.quantities.next();
    }

    fn value(&mut self, text: &str) -> bool {
        self.quantities.value(text);
        match text.is_ascii() {
            true => self.tokens.cut(text),
            false => self.tokens.cut(&fold(text)),
        }
        self.tokens.all.len() < MOST
    }
}

const _: () = assert!(LONGEST_WORD <= LONGEST_RUN);
