//! What filters and counts need of every record, in memory: ten bytes for each. Pages of filtered selections, counts
//! beside filters and the chart come from here; the database is asked for the records of a page alone.
//!
//! Knows nothing of any database. Readers get a state of all of it that does not change under them.

mod bits;
mod block;
mod edges;
mod hits;
mod local;
mod newest;
mod seen;
mod sought;
mod tables;
mod tally;

use std::{collections::HashMap, hash::Hash, sync::Arc};

pub use block::{BLOCK, Time, seconds};
use block::{Block, Editor};
pub use edges::Edges;
pub use hits::Hits;
pub use newest::{Candidates, Found, Walk};
pub use sought::{Sought, account_numbers, actor_number, source_number};
pub use tally::{Tally, tally};

use crate::audit::{Ticks, actor::Actor};

/// A record as it lies in the database: numbers of terms, and nothing where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The archive's number of the record, from 1.
    pub number: i64,
    pub ticks: Ticks,
    pub customer: Customer,
    pub user: Option<i64>,
    pub traits: Traits,
}

/// The customer of a record: by id, else by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Customer {
    Id(i64),
    Name(i64),
    Nobody,
}

/// What is alike in very many records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Traits {
    pub account: i64,
    pub application: Option<i64>,
    pub operation: i64,
    pub resource: i64,
    pub status: i64,
    pub source: i64,
    /// The term of the names of what changed.
    pub changed: Option<i64>,
    /// Who acted, which follows from user, application and operation: beside those that are alike, so that it is filtered
    /// and counted as they are.
    pub actor: Option<Actor>,
}

/// Values by their place in the list of all different ones.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    customer: u32,
    user: u32,
    traits: u32,
}

/// Different values, numbered in the order of their first appearance.
#[derive(Clone, Debug)]
pub struct Distinct<T> {
    pub all: Vec<T>,
    places: HashMap<T, u32>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Copy + Eq + Hash> Distinct<T> {
    fn known(&self, value: T) -> Option<u32> {
        self.places.get(&value).copied()
    }
}

fn place<T: Copy + Eq + Hash>(distinct: &mut Arc<Distinct<T>>, value: T) -> u32 {
    if let Some(place) = distinct.known(value) {
        return place;
    }
    let distinct = Arc::make_mut(distinct);
    let next = u32::try_from(distinct.all.len()).unwrap_or(u32::MAX);
    distinct.all.push(value);
    distinct.places.insert(value, next);
    next
}

/// All records, as they were at one moment.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    blocks: Vec<Arc<Block>>,
    customers: Arc<Distinct<Customer>>,
    users: Arc<Distinct<Option<i64>>>,
    traits: Arc<Distinct<Traits>>,
    /// The highest number of a record in here.
    pub last: i64,
    /// The parts of all blocks by their last date, newest first: made when it is first needed.
    order: Arc<std::sync::OnceLock<newest::Order>>,
    /// By the place of a customer: made when it is first needed.
    seen: Arc<std::sync::OnceLock<Vec<seen::Seconds>>>,
}

impl Columns {
    /// The same with these records added, or in the place of their former selves. In any order; fastest by number.
    pub fn with(&self, rows: &[Row]) -> Self {
        let mut next = self.clone();
        next.order = Arc::default();
        next.seen = Arc::default();
        let mut editor: Option<(usize, Editor)> = None;
        for row in rows {
            let Ok(number) = usize::try_from(row.number - 1) else {
                continue;
            };
            let (at, inside) = (number / BLOCK, number % BLOCK);
            if editor.as_ref().is_none_or(|(editing, _)| *editing != at) {
                if let Some((at, editor)) = editor.take() {
                    next.blocks[at] = Arc::new(editor.finish());
                }
                while next.blocks.len() <= at {
                    let first = i64::try_from(next.blocks.len() * BLOCK + 1).unwrap_or(i64::MAX);
                    next.blocks.push(Arc::new(Block::new(first)));
                }
                editor = Some((at, Editor::new((*next.blocks[at]).clone())));
            }
            let fields = Fields {
                customer: place(&mut next.customers, row.customer),
                user: place(&mut next.users, row.user),
                traits: place(&mut next.traits, row.traits),
            };
            if let Some((_, editor)) = &mut editor {
                editor.put(inside, row.ticks, fields);
            }
            next.last = next.last.max(row.number);
        }
        if let Some((at, editor)) = editor {
            next.blocks[at] = Arc::new(editor.finish());
        }
        next
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.blocks.iter().map(|block| u64::from(block.present)).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.last == 0
    }
}

#[cfg(test)]
mod tests;
