//! The search box: what is typed there, which tokens a record has, and whether the one finds the other.
//!
//! An index that knows only tokens answers by an [`Expr`]; where that is not the whole truth ([`Plan::exact`] is
//! false), each candidate is looked at with [`Part::finds`]. A record is a hit of a part where its tokens fulfil the
//! plan and, unless that is exact, the part finds it.

mod fields;
mod keys;
mod language;
mod needle;
mod places;
mod plan;
mod runs;
mod tokens;
mod values;

use std::ops::Range;

use chrono::NaiveDate;

pub use fields::changed_fields;
pub use places::{Place, Step, marks, places};
pub use tokens::Tokens;

use super::{
    AuditRecord,
    entity::{self, EntityKind},
    selection::{Filter, FilterKey},
};
use needle::Needle;

/// The text for the box that means a thing, such as `subscription:s-1`.
pub fn of_entity(kind: EntityKind, id: &str) -> String {
    format!("{}:{id}", keys::entity(kind))
}

/// What stands in the search box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// As typed, without white space at its ends; at most 4,096 characters.
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
    /// A word or a phrase, folded and with single blanks; never empty.
    Text(String),
    /// Any of these values. In a search, values of actions, resources and so on may be parts of them.
    Filter {
        key: FilterKey,
        values: Vec<String>,
        /// Values as on the wire that are meant besides, because the reader's language calls them so.
        meant: Vec<&'static str>,
    },
    /// Inclusive days in the selection's zone.
    Dates {
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    },
    /// A quantity of any line item or of the thing itself, old or new; inclusive.
    Quantity { least: Option<i64>, most: Option<i64> },
    /// Records that speak of any of these things, which are of one kind. Ids are folded; never empty.
    Entity { kind: EntityKind, ids: Vec<String> },
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

/// Whether a token is a word wherever it is, so that the words of an archive have it or no record does: one of two Chinese or
/// Japanese characters, or a single one.
pub fn is_always_word(token: &str) -> bool {
    token.chars().all(runs::is_cjk)
}

impl Search {
    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Lets values of filters be in words: `called` tells the values on the wire that a text may mean.
    pub fn in_words(&mut self, called: impl Fn(FilterKey, &str) -> Vec<&'static str>) {
        for part in &mut self.parts {
            if let What::Filter { key, values, meant } = &mut part.what {
                *meant = values.iter().flat_map(|value| called(*key, value)).collect();
                meant.sort_unstable();
                meant.dedup();
            }
        }
    }
}

impl Part {
    /// The filter that this part is, and the values on the wire that it means besides; `None` for other parts.
    pub fn filter(&self) -> Option<(Filter, &[&'static str])> {
        let What::Filter { key, values, meant } = &self.what else {
            return None;
        };
        let filter = Filter {
            key: *key,
            exclude: self.exclude,
            values: values.clone(),
        };
        Some((filter, meant))
    }

    /// How an index finds the records of a text, a quantity or a thing, whether it is excluded or not; `None` for other
    /// parts.
    pub fn plan(&self, words: &dyn Words) -> Option<Plan> {
        match &self.what {
            What::Text(text) => Some(plan::plan(text, words)),
            What::Quantity { least, most } => {
                let buckets = fields::buckets(*least, *most);
                Some(Plan {
                    expr: Expr::any(buckets.into_iter().map(Expr::Token).collect()),
                    exact: false,
                })
            }
            // An id is the whole of a value, so a record that has it is among those that have it as a text.
            What::Entity { ids, .. } => Some(Plan {
                expr: Expr::any(ids.iter().map(|id| plan::plan(id, words).expr).collect()),
                exact: false,
            }),
            What::Filter { .. } | What::Dates { .. } => None,
        }
    }

    /// Whether a record that has the tokens of the plan is really one of this text, quantity or thing.
    pub fn finds(&self, record: &AuditRecord) -> bool {
        match &self.what {
            What::Text(text) => Needle::new(text).is_in_record(record),
            What::Quantity { least, most } => fields::quantities(record).iter().any(|quantity| {
                least.is_none_or(|least| least <= *quantity) && most.is_none_or(|most| *quantity <= most)
            }),
            What::Entity { kind, ids } => entity::entities(record)
                .iter()
                .any(|entity| ids.iter().any(|id| entity.is(*kind, id))),
            What::Filter { .. } | What::Dates { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests;
