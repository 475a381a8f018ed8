//! Counting: how many records a selection has, of which values, and when.

use std::{collections::HashMap, time::Instant};

use super::{
    Columns, Customer, Sought,
    block::{Block, Column, PART},
    sought::{SEARCH, TIME, bit, trait_of},
};
use crate::audit::selection::FilterKey;

/// The numbers of a selection. Values are places in the columns' lists of distinct ones.
#[derive(Debug, Default)]
pub struct Tally {
    pub records: u64,
    pub customers: Vec<u64>,
    pub users: Vec<u64>,
    /// By term number, for each key that is a trait.
    pub traits: HashMap<FilterKey, HashMap<i64, u64>>,
    /// All and failed, between each two edges.
    pub bars: Vec<(u64, u64)>,
}

/// Where bars begin and end, in seconds, made for fast looking up.
pub struct Edges {
    edges: Vec<i64>,
    step: i64,
    hints: Vec<u32>,
}

const HINTS: i64 = 2_048;

impl Edges {
    pub fn new(edges: Vec<i64>) -> Self {
        let (first, last) = match (edges.first(), edges.last()) {
            (Some(first), Some(last)) if last > first => (*first, *last),
            _ => {
                return Self {
                    edges: Vec::new(),
                    step: 1,
                    hints: Vec::new(),
                };
            }
        };
        let step = (last - first) / HINTS + 1;
        let hints = (0..=HINTS)
            .map(|i| {
                let at = edges.partition_point(|edge| *edge <= first + i * step);
                u32::try_from(at.saturating_sub(1)).unwrap_or(0)
            })
            .collect();
        Self { edges, step, hints }
    }

    fn bars(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// The bar of a second.
    fn of(&self, second: i64) -> Option<usize> {
        let first = *self.edges.first()?;
        if second < first || second >= *self.edges.last()? {
            return None;
        }
        let hint = usize::try_from((second - first) / self.step).ok()?;
        let mut bar = *self.hints.get(hint)? as usize;
        while self.edges[bar + 1] <= second {
            bar += 1;
        }
        Some(bar)
    }
}

const TRAITS: [FilterKey; 7] = [
    FilterKey::Action,
    FilterKey::Resource,
    FilterKey::Status,
    FilterKey::App,
    FilterKey::Account,
    FilterKey::Changed,
    FilterKey::Source,
];

struct Counting<'s> {
    sought: &'s Sought<'s>,
    edges: &'s Edges,
    records: u64,
    customers: Vec<u64>,
    users: Vec<u64>,
    /// Of records that fail nothing.
    traits: Vec<u64>,
    /// Of records that fail nothing but the filter of that key.
    but: HashMap<FilterKey, Vec<u64>>,
    bars: Vec<(u64, u64)>,
}

/// Counts a selection; `None` when the deadline came first.
pub fn tally(sought: &Sought<'_>, edges: &Edges, deadline: Instant) -> Option<Tally> {
    let columns = sought.columns;
    let mut counting = Counting {
        sought,
        edges,
        records: 0,
        customers: vec![0; columns.customers.all.len()],
        users: vec![0; columns.users.all.len()],
        traits: vec![0; columns.traits.all.len()],
        but: HashMap::new(),
        bars: vec![(0, 0); edges.bars()],
    };
    for block in &columns.blocks {
        if Instant::now() > deadline {
            return None;
        }
        counting.block(block);
    }
    Some(counting.finish(columns))
}

impl Counting<'_> {
    fn block(&mut self, block: &Block) {
        let (first, last) = block.span();
        let time = self.sought.time;
        if block.present == 0 || last < time.from || first >= time.until {
            return;
        }
        let tables = self.sought.tables(block);
        // Some filter that everything here fails, and another one: nothing is counted anywhere.
        let failing = tables.all_fail;
        if failing & SEARCH != 0 || failing & (failing.wrapping_sub(1)) != 0 {
            return;
        }
        let mut local = Local {
            customers: vec![0; block.customers.values.len()],
            users: vec![0; block.users.values.len()],
            traits: vec![0; block.traits.values.len()],
            but: Vec::new(),
        };
        if self.sought.is_plain() && tables.time.is_none() {
            self.records += u64::from(block.present);
            local.customers.copy_from_slice(&block.customers.counts);
            local.users.copy_from_slice(&block.users.counts);
            local.traits.copy_from_slice(&block.traits.counts);
            if !self.bars.is_empty() {
                for part in 0..block.spans.len() {
                    self.chart(block, part, None);
                }
            }
        } else {
            let mut fails = [0; PART];
            for part in 0..block.spans.len() {
                let length = self.sought.examine(block, &tables, part, false, &mut fails);
                if length > 0 {
                    self.part(block, part, &fails[..length], &mut local);
                }
            }
        }
        self.fold(block, &local);
    }

    fn part(&mut self, block: &Block, part: usize, fails: &[u16], local: &mut Local) {
        let start = part * PART;
        let mut passing = 0;
        for (i, fails) in fails.iter().enumerate() {
            let place = start + i;
            if *fails == 0 {
                passing += 1;
                local.customers[usize::from(block.customers.places[place])] += 1;
                local.users[usize::from(block.users.places[place])] += 1;
                local.traits[usize::from(block.traits.places[place])] += 1;
            } else if fails & (fails - 1) == 0 && *fails < SEARCH {
                if *fails == bit(FilterKey::Customer) {
                    local.customers[usize::from(block.customers.places[place])] += 1;
                } else if *fails == bit(FilterKey::User) {
                    local.users[usize::from(block.users.places[place])] += 1;
                } else {
                    let traits = block.traits.values.len();
                    let at = match local.but.iter().position(|(bit, _)| bit == fails) {
                        Some(at) => at,
                        None => {
                            local.but.push((*fails, vec![0; traits]));
                            local.but.len() - 1
                        }
                    };
                    local.but[at].1[usize::from(block.traits.places[place])] += 1;
                }
            }
        }
        self.records += passing;
        if passing > 0 && !self.bars.is_empty() {
            self.chart(block, part, Some(fails));
        }
    }

    /// Counts the records of a part that fail nothing into their bars.
    fn chart(&mut self, block: &Block, part: usize, fails: Option<&[u16]>) {
        let start = part * PART;
        let places = start..block.len().min(start + PART);
        let passes = |place: usize| fails.is_none_or(|fails| fails[place - start] == 0) && block.has(place);
        let failed = |place: usize| {
            let traits = block.traits.values[usize::from(block.traits.places[place])];
            u64::from(self.sought.failed[traits as usize])
        };
        let (first, last) = block.spans[part];
        let (a, b) = (self.edges.of(first), self.edges.of(last));
        if let (Some(a), Some(b)) = (a, b)
            && a == b
        {
            let (mut all, mut bad) = (0, 0);
            for place in places {
                if passes(place) {
                    all += 1;
                    bad += failed(place);
                }
            }
            self.bars[a].0 += all;
            self.bars[a].1 += bad;
            return;
        }
        for place in places {
            if passes(place)
                && let Some(bar) = block.second(place).and_then(|second| self.edges.of(second))
            {
                self.bars[bar].0 += 1;
                self.bars[bar].1 += failed(place);
            }
        }
    }

    fn fold(&mut self, block: &Block, local: &Local) {
        let add = |sums: &mut Vec<u64>, column: &Column, counts: &[u32]| {
            for (value, count) in column.values.iter().zip(counts) {
                sums[*value as usize] += u64::from(*count);
            }
        };
        add(&mut self.customers, &block.customers, &local.customers);
        add(&mut self.users, &block.users, &local.users);
        add(&mut self.traits, &block.traits, &local.traits);
        for (failed, counts) in &local.but {
            let key = TRAITS.into_iter().find(|key| bit(*key) == *failed);
            if let Some(key) = key {
                let all = self.traits.len();
                let sums = self.but.entry(key).or_insert_with(|| vec![0; all]);
                add(sums, &block.traits, counts);
            }
        }
    }

    fn finish(self, columns: &Columns) -> Tally {
        let mut traits = HashMap::new();
        for key in TRAITS {
            let mut sums: HashMap<i64, u64> = HashMap::new();
            let but = self.but.get(&key);
            for (i, value) in columns.traits.all.iter().enumerate() {
                let count = self.traits[i] + but.map_or(0, |but| but[i]);
                if let (Some(number), 1..) = (trait_of(value, key), count) {
                    *sums.entry(number).or_default() += count;
                }
            }
            traits.insert(key, sums);
        }
        Tally {
            records: self.records,
            customers: self.customers,
            users: self.users,
            traits,
            bars: self.bars,
        }
    }
}

impl Columns {
    /// The customer at a place of a [`Tally`].
    pub fn customer(&self, place: usize) -> Customer {
        self.customers.all[place]
    }

    /// The user at a place of a [`Tally`].
    pub fn user(&self, place: usize) -> Option<i64> {
        self.users.all[place]
    }
}

struct Local {
    customers: Vec<u32>,
    users: Vec<u32>,
    traits: Vec<u32>,
    /// By the only bit that fails.
    but: Vec<(u16, Vec<u32>)>,
}

const _: () = assert!(TIME > SEARCH);
