//! Counting: how many records a selection has, of which values, and when.

use std::{collections::HashMap, sync::Arc, time::Instant};

use super::{
    Columns, Customer, Sought,
    bits::Bits,
    block::{Block, Column, PART},
    edges::Edges,
    local::{Local, is_counted},
    sought::{SEARCH, TIME, bit, trait_of},
    tables::{Tables, Which},
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

const TRAITS: [FilterKey; 8] = [
    FilterKey::Action,
    FilterKey::Resource,
    FilterKey::Status,
    FilterKey::App,
    FilterKey::Account,
    FilterKey::Changed,
    FilterKey::Source,
    FilterKey::Actor,
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
    tally_halved(sought, edges, deadline, TWO_THREADS)
}

/// From so many blocks on, counting is worth a second thread.
const TWO_THREADS: usize = 32;

pub(super) fn tally_halved(
    sought: &Sought<'_>,
    edges: &Edges,
    deadline: Instant,
    from: usize,
) -> Option<Tally> {
    let columns = sought.columns;
    let counted = |blocks: &[Arc<Block>]| {
        let mut counting = Counting::new(sought, edges);
        for block in blocks {
            if Instant::now() > deadline {
                return None;
            }
            counting.block(block);
        }
        Some(counting)
    };
    let blocks = &columns.blocks[..];
    let (first, second) = blocks.split_at(match blocks.len() < from {
        true => blocks.len(),
        false => blocks.len() / 2,
    });
    if second.is_empty() {
        return Some(counted(first)?.finish(columns));
    }
    std::thread::scope(|scope| {
        let other = scope.spawn(|| counted(second));
        let mut all = counted(first)?;
        let other = other
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        all.add(&other);
        Some(all.finish(columns))
    })
}

impl<'s> Counting<'s> {
    fn new(sought: &'s Sought<'s>, edges: &'s Edges) -> Self {
        let columns = sought.columns;
        Self {
            sought,
            edges,
            records: 0,
            customers: vec![0; columns.customers.all.len()],
            users: vec![0; columns.users.all.len()],
            traits: vec![0; columns.traits.all.len()],
            but: HashMap::new(),
            bars: vec![(0, 0); edges.bars()],
        }
    }

    /// Adds what was counted of other blocks.
    fn add(&mut self, other: &Self) {
        fn sum(sums: &mut [u64], counts: &[u64]) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        self.records += other.records;
        sum(&mut self.customers, &other.customers);
        sum(&mut self.users, &other.users);
        sum(&mut self.traits, &other.traits);
        for (key, counts) in &other.but {
            let sums = self.but.entry(*key).or_insert_with(|| vec![0; counts.len()]);
            sum(sums, counts);
        }
        for (bar, (records, failed)) in self.bars.iter_mut().zip(&other.bars) {
            bar.0 += records;
            bar.1 += failed;
        }
    }
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
        let mut local = Local::new(block, &self.sought.failed);
        match &self.sought.hits {
            Some(hits) => {
                for place in hits.of_block(block) {
                    let fails = self.sought.fails(block, &tables, place);
                    self.one(block, place, fails, &mut local);
                }
            }
            None if tables.is_open() => self.whole(block, &mut local),
            None => match tables.only_column() {
                Some((which, table)) => self.by_column(block, &tables, which, table, &mut local),
                None => self.by_record(block, &tables, &mut local),
            },
        }
        self.fold(block, &local);
    }

    /// Nothing fails: what is known of the block is the answer.
    fn whole(&mut self, block: &Block, local: &mut Local) {
        self.records += u64::from(block.present);
        local.customers.copy_from_slice(&block.customers.counts);
        local.users.copy_from_slice(&block.users.counts);
        local.traits.copy_from_slice(&block.traits.counts);
        for part in 0..block.spans.len() {
            self.chart(block, part, None, local);
        }
    }

    /// Only the values of one column fail anything. How often each occurs is known, and of the others the fewer are looked
    /// at: those that pass, or those that do not and are taken away from all.
    fn by_column(&mut self, block: &Block, tables: &Tables, which: Which, table: &[u16], local: &mut Local) {
        let mut passing = 0;
        for (value, (fails, count)) in table.iter().zip(&which.of(block).counts).enumerate() {
            if *fails == 0 {
                passing += *count;
            }
            local.value(which, value, *fails, *count);
        }
        self.records += u64::from(passing);
        if passing == 0 {
            return;
        }
        let others = Which::ALL.into_iter().filter(|other| *other != which);
        let fewer_fail = passing > block.present / 2;
        if fewer_fail {
            for other in others.clone() {
                local.counts(other).copy_from_slice(&other.of(block).counts);
            }
        }
        let wanted: Vec<u8> = table.iter().map(|fails| u8::from(*fails == 0)).collect();
        for part in 0..block.spans.len() {
            let start = part * PART;
            let end = block.len().min(start + PART);
            let passing = match tables.may_have(block, part) {
                true => Bits::of(which.of(block).places[start..end].iter(), |place| {
                    wanted[usize::from(*place)]
                }),
                false => Bits::default(),
            };
            for other in others.clone() {
                let places = &other.of(block).places[start..end];
                let counts = local.counts(other);
                match fewer_fail {
                    true => passing
                        .not(places.len())
                        .each(|i| counts[usize::from(places[i])] -= 1),
                    false => passing.each(|i| counts[usize::from(places[i])] += 1),
                }
            }
            self.chart(block, part, Some(&passing), local);
        }
    }

    /// Each record is looked at.
    fn by_record(&mut self, block: &Block, tables: &Tables, local: &mut Local) {
        let mut fails = [0; PART];
        for part in 0..block.spans.len() {
            let length = self.sought.examine(block, tables, part, false, &mut fails);
            let fails = &fails[..length];
            let start = part * PART;
            Bits::of(fails.iter(), |fails| u8::from(is_counted(*fails)))
                .each(|i| local.record(block, start + i, fails[i]));
            let passing = Bits::of(fails.iter(), |fails| u8::from(*fails == 0));
            self.records += passing.count();
            self.chart(block, part, Some(&passing), local);
        }
    }

    fn one(&mut self, block: &Block, place: usize, fails: u16, local: &mut Local) {
        if !is_counted(fails) {
            return;
        }
        local.record(block, place, fails);
        if fails == 0 {
            self.records += 1;
            if let Some(bar) = block.second(place).and_then(|second| self.edges.of(second)) {
                self.bars[bar].0 += 1;
                self.bars[bar].1 += local.is_failed(block, place);
            }
        }
    }

    /// Counts the records of a part that fail nothing into their bars: all of them where nothing is said.
    fn chart(&mut self, block: &Block, part: usize, passing: Option<&Bits>, local: &Local) {
        if self.bars.is_empty() || passing.is_some_and(|passing| passing.count() == 0) {
            return;
        }
        let start = part * PART;
        let end = block.len().min(start + PART);
        let (first, last) = block.spans[part];
        if let (Some(a), Some(b)) = (self.edges.of(first), self.edges.of(last))
            && a == b
        {
            let mut bad = 0;
            let all = match passing {
                Some(passing) => {
                    passing.each(|i| bad += local.is_failed(block, start + i));
                    passing.count()
                }
                None => {
                    let places = &block.traits.places[start..end];
                    let failed = places
                        .iter()
                        .map(|place| u32::from(local.failed[usize::from(*place)]));
                    bad = u64::from(failed.sum::<u32>());
                    places.len() as u64
                }
            };
            self.bars[a].0 += all;
            self.bars[a].1 += bad;
            return;
        }
        let mut one = |place: usize| {
            if let Some(bar) = block.second(place).and_then(|second| self.edges.of(second)) {
                self.bars[bar].0 += 1;
                self.bars[bar].1 += local.is_failed(block, place);
            }
        };
        match passing {
            Some(passing) => passing.each(|i| one(start + i)),
            None => (start..end).for_each(one),
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

const _: () = assert!(TIME > SEARCH);
