//! The search box: what is typed there, which tokens a record has, and whether the one finds the other.
//!
//! An index that knows only tokens answers by an [`Expr`]; where that is not the whole truth ([`Plan::exact`] is
//! false), each candidate is looked at with [`Search::finds`].

use std::{collections::BTreeSet, ops::Range};

use chrono::NaiveDate;

use super::{AuditRecord, fold::fold, selection::FilterKey};

/// What stands in the search box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// As typed, without white space at its ends; empty: nothing is searched for.
    pub text: String,
    /// All of them have to hold.
    pub parts: Vec<Part>,
}

/// One condition of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it stands in the text, in bytes, its minus included.
    pub span: Range<usize>,
    pub exclude: bool,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A word or a phrase, folded; never empty.
    Text(String),
    /// Any of these values. In a search, values of actions, resources and so on may be parts of them.
    Filter { key: FilterKey, values: Vec<String> },
    /// Inclusive days in the selection's zone.
    Dates {
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    },
    /// A quantity of any line item or of the thing itself, old or new; inclusive.
    Quantity { least: Option<i64>, most: Option<i64> },
}

/// A condition on the tokens of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    Token(String),
    /// Any token that begins so.
    Prefix(String),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    /// Tokens say nothing: every record is a candidate.
    Anything,
    Nothing,
}

/// How an index finds the candidates of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub expr: Expr,
    /// Whether every candidate is a hit.
    pub exact: bool,
}

/// The words that an archive has: the tokens of letters alone, and pairs of Chinese or Japanese characters.
pub trait Words {
    /// Those that contain, start or end with a part; `None` where they are more than `at_most`.
    fn containing(&self, part: &str, at_most: usize) -> Option<Vec<String>>;
    fn starting(&self, part: &str, at_most: usize) -> Option<Vec<String>>;
    fn ending(&self, part: &str, at_most: usize) -> Option<Vec<String>>;
}

/// The tokens under which a record is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Words: what [`Words`] has to know.
    pub words: BTreeSet<String>,
    /// Numbers, codes, parts of GUIDs, quantities.
    pub others: BTreeSet<String>,
}

impl Tokens {
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// All tokens, joined by spaces.
    pub fn body(&self) -> String {
        let all: Vec<&str> = self
            .words
            .iter()
            .chain(&self.others)
            .map(String::as_str)
            .collect();
        all.join(" ")
    }

    /// The tokens of a record. Ascii letters and digits, and characters beyond ASCII; never white space.
    pub fn of(record: &AuditRecord) -> Self {
        let mut tokens = Self::default();
        for word in fold(&record.document).split(|c: char| !c.is_alphanumeric()) {
            if !word.is_empty() {
                tokens.words.insert(word.to_owned());
            }
        }
        tokens
    }
}

impl Expr {
    pub fn holds(&self, tokens: &Tokens) -> bool {
        match self {
            Self::Token(token) => tokens.words.contains(token) || tokens.others.contains(token),
            Self::Prefix(prefix) => tokens
                .words
                .iter()
                .chain(&tokens.others)
                .any(|token| token.starts_with(prefix.as_str())),
            Self::All(all) => all.iter().all(|expr| expr.holds(tokens)),
            Self::Any(all) => all.iter().any(|expr| expr.holds(tokens)),
            Self::Anything => true,
            Self::Nothing => false,
        }
    }
}

impl Search {
    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let parts = text.split_whitespace().map(|word| {
            let at = word.as_ptr() as usize - text.as_ptr() as usize;
            Part {
                span: at..at + word.len(),
                exclude: false,
                what: What::Text(fold(word)),
            }
        });
        Self {
            parts: parts.collect(),
            text: text.to_owned(),
        }
    }
}

impl Part {
    /// How an index finds the records of a text or a quantity, whether it is excluded or not; `None` for other parts.
    pub fn plan(&self, words: &dyn Words) -> Option<Plan> {
        match &self.what {
            What::Text(text) => Some(Plan {
                expr: match words.containing(text, 256) {
                    Some(all) => Expr::Any(all.into_iter().map(Expr::Token).collect()),
                    None => Expr::Token(text.clone()),
                },
                exact: true,
            }),
            _ => None,
        }
    }

    /// Whether a record that has the tokens of the plan is really one of this text or quantity.
    pub fn finds(&self, record: &AuditRecord) -> bool {
        match &self.what {
            What::Text(text) => fold(&record.document).contains(text.as_str()),
            _ => true,
        }
    }
}

/// The names of the members that an action changed, such as `Quantity`: sorted, without repetitions.
pub fn changed_fields(_: &AuditRecord) -> Vec<String> {
    Vec::new()
}
