//! A selection as a table for each column: which of its conditions a value fails.

use super::{
    Columns, Customer, Time, Traits,
    block::{BLOCK, Block, Column, PART},
    hits::Hits,
    tables::{Tables, Which},
};
use crate::{
    audit::{
        Selection,
        actor::Actor,
        selection::{Filter, FilterKey},
    },
    store::directory::{Directory, Matched},
};

/// Each filter key has its bit, so that a value can be counted as if its own filter were not there.
pub fn bit(key: FilterKey) -> u16 {
    1 << (key as u16)
}

/// So many values are looked for one by one.
const FEW_VALUES: usize = 8;

/// What the search box asks for.
pub const SEARCH: u16 = 1 << 14;
/// The dates.
pub const TIME: u16 = 1 << 15;

/// A selection resolved against the columns.
pub struct Sought<'a> {
    pub columns: &'a Columns,
    pub time: Time,
    excluded: Vec<Time>,
    customers: Option<Vec<u16>>,
    users: Option<Vec<u16>>,
    traits: Option<Vec<u16>>,
    pub failed: Vec<bool>,
    /// Only these are hits of the search's text; all are where it has none.
    pub hits: Option<Hits>,
}

impl<'a> Sought<'a> {
    pub fn new(
        columns: &'a Columns,
        selection: &Selection,
        directory: &Directory,
        accounts: &[(i64, String, String)],
    ) -> Self {
        let (from, until) = selection.during();
        let mut sought = Self {
            columns,
            time: Time::new(from, until),
            excluded: selection
                .excluded_times()
                .into_iter()
                .map(|(from, until)| Time::new(from, until))
                .collect(),
            customers: None,
            users: None,
            traits: None,
            failed: Vec::new(),
            hits: None,
        };
        let failed = directory.failed();
        sought.failed = columns
            .traits
            .all
            .iter()
            .map(|traits| failed.contains(&traits.status))
            .collect();
        for filter in &selection.filters {
            sought.add(filter, None, bit(filter.key), directory, accounts);
        }
        for part in &selection.search.parts {
            if let Some((filter, meant)) = part.filter() {
                sought.add(&filter, Some(meant), SEARCH, directory, accounts);
            }
        }
        sought
    }

    /// `meant` is there for a filter of the search box: values that it has besides, exactly so.
    fn add(
        &mut self,
        filter: &Filter,
        meant: Option<&[&str]>,
        bit: u16,
        directory: &Directory,
        accounts: &[(i64, String, String)],
    ) {
        let loosely = meant.is_some();
        let fails = |has: bool| has == filter.exclude;
        let numbers = |matching: &dyn Fn(&str) -> Vec<i64>| -> Vec<i64> {
            sorted(filter.values.iter().flat_map(|value| matching(value)).collect())
        };
        let terms = |value: &str| directory.terms(filter.key, value, loosely);
        let all = &self.columns;
        match filter.key {
            FilterKey::Customer => {
                let (mut ids, mut names) = (Vec::new(), Vec::new());
                for value in &filter.values {
                    if let Matched::Customers { ids: i, names: n } =
                        directory.matching(filter.key, value, loosely)
                    {
                        ids.extend(i);
                        names.extend(n);
                    }
                }
                let (ids, names) = (sorted(ids), sorted(names));
                mark(&mut self.customers, &all.customers.all, bit, |customer| {
                    fails(match customer {
                        Customer::Id(id) => has(&ids, *id),
                        Customer::Name(name) => has(&names, *name),
                        Customer::Nobody => false,
                    })
                });
            }
            FilterKey::User => {
                let wanted = numbers(&terms);
                mark(&mut self.users, &all.users.all, bit, |user| {
                    fails(user.is_some_and(|user| has(&wanted, user)))
                });
            }
            key => {
                let mut wanted = match key {
                    FilterKey::Account => numbers(&|value| account_numbers(value, loosely, accounts)),
                    FilterKey::Source => numbers(&|value| source_number(value).into_iter().collect()),
                    FilterKey::Actor => numbers(&|value| actor_number(value).into_iter().collect()),
                    _ => numbers(&terms),
                };
                let meant = meant.into_iter().flatten();
                wanted.extend(meant.flat_map(|value| match key {
                    FilterKey::Actor => actor_number(value).into_iter().collect(),
                    _ => directory.terms(key, value, false),
                }));
                let wanted = sorted(wanted);
                mark(&mut self.traits, &all.traits.all, bit, |traits| {
                    fails(trait_of(traits, key).is_some_and(|number| has(&wanted, number)))
                });
            }
        }
    }

    /// What a block's values fail.
    pub fn tables(&self, block: &Block) -> Tables {
        let mut all_fail = 0;
        let mut rarest: Option<(u32, Which, Vec<u16>)> = None;
        let mut local = |which: Which, column: &Column, global: &Option<Vec<u16>>| {
            let global = global.as_ref()?;
            let table: Vec<u16> = column
                .values
                .iter()
                .map(|value| global[*value as usize])
                .collect();
            let used = || table.iter().zip(&column.counts).filter(|(_, count)| **count > 0);
            let common = used().fold(u16::MAX, |all, (fails, _)| all & fails);
            all_fail |= if used().next().is_none() { 0 } else { common };
            if common == 0 && used().all(|(fails, _)| *fails == 0) {
                return None;
            }
            let passing = || (0u16..=u16::MAX).zip(&table).filter(|(_, fails)| **fails == 0);
            let records = passing().map(|(i, _)| column.counts[usize::from(i)]).sum();
            if passing().nth(FEW_VALUES).is_none()
                && rarest.as_ref().is_none_or(|(least, ..)| records < *least)
            {
                rarest = Some((records, which, passing().map(|(i, _)| i).collect()));
            }
            Some(table)
        };
        let traits = local(Which::Traits, &block.traits, &self.traits);
        let users = local(Which::Users, &block.users, &self.users);
        let customers = local(Which::Customers, &block.customers, &self.customers);
        let (first, last) = block.span();
        let inside = self.time.from <= first
            && last < self.time.until
            && block.present as usize == block.len()
            && self.excluded.is_empty();
        Tables {
            customers,
            users,
            traits,
            all_fail,
            rarest: rarest.map(|(_, which, values)| (which, values)),
            time: (!inside).then_some(self.time),
        }
    }

    /// For each record of a part the conditions that it fails; returns of how many, none where surely each of them
    /// fails one.
    pub fn examine(
        &self,
        block: &Block,
        tables: &Tables,
        part: usize,
        hits_only: bool,
        out: &mut [u16; PART],
    ) -> usize {
        let start = part * PART;
        let length = block.len().min(start + PART) - start;
        let (first, last) = block.spans[part];
        if last < self.time.from || first >= self.time.until {
            return 0;
        }
        if hits_only {
            if tables.all_fail != 0 {
                return 0;
            }
            if !tables.may_have(block, part) {
                return 0;
            }
        }
        let out = &mut out[..length];
        out.fill(0);
        for which in Which::ALL {
            if let Some(table) = tables.of(which) {
                for (out, place) in out.iter_mut().zip(&which.of(block).places[start..start + length]) {
                    *out |= table[usize::from(*place)];
                }
            }
        }
        if let Some(time) = tables.time {
            block.outside(part, time, TIME, out);
        }
        for time in &self.excluded {
            for (i, out) in out.iter_mut().enumerate() {
                if block.second(start + i).is_some_and(|second| time.has(second)) {
                    *out |= TIME;
                }
            }
        }
        if let Some(hits) = &self.hits {
            let words = hits.words(block);
            for (i, out) in out.iter_mut().enumerate() {
                let place = start + i;
                if words.is_none_or(|words| words[place / 64] >> (place % 64) & 1 == 0) {
                    *out |= SEARCH;
                }
            }
        }
        length
    }

    /// The conditions that the record at a place fails, but for that of a text.
    pub fn fails(&self, block: &Block, tables: &Tables, place: usize) -> u16 {
        let values = Which::ALL.into_iter().filter_map(|which| {
            let table = tables.of(which)?;
            Some(table[usize::from(which.of(block).places[place])])
        });
        values.fold(0, |all, fails| all | fails) | self.outside(block.second(place))
    }

    /// The dates, where they exclude a second.
    fn outside(&self, second: Option<i64>) -> u16 {
        let inside = second.is_some_and(|second| {
            self.time.has(second) && !self.excluded.iter().any(|time| time.has(second))
        });
        if inside { 0 } else { TIME }
    }

    /// The second of a record that passes all conditions but that of a text.
    pub fn passes(&self, number: i64) -> Option<i64> {
        let (failed, second) = self.one(number)?;
        (failed == 0).then_some(second)
    }

    /// The lowest and the highest number that a record of the dates may have: those between need not.
    pub fn numbers(&self) -> (i64, i64) {
        let (mut lowest, mut highest) = (i64::MAX, i64::MIN);
        for block in &self.columns.blocks {
            for (part, (first, last)) in block.spans.iter().enumerate() {
                if *last >= self.time.from && *first < self.time.until {
                    let number = block.first + (part * PART) as i64;
                    lowest = lowest.min(number);
                    highest = number + PART as i64 - 1;
                }
            }
        }
        (lowest, highest)
    }

    /// The second of a record that is counted somewhere: it fails the filter of one key at most.
    pub fn may_count(&self, number: i64) -> Option<i64> {
        let (failed, second) = self.one(number)?;
        (failed < SEARCH && failed & failed.wrapping_sub(1) == 0).then_some(second)
    }

    fn one(&self, number: i64) -> Option<(u16, i64)> {
        let number = usize::try_from(number - 1).ok()?;
        let block = self.columns.blocks.get(number / BLOCK)?;
        let place = number % BLOCK;
        if place >= block.len() {
            return None;
        }
        let second = block.second(place)?;
        let fails = |table: &Option<Vec<u16>>, column: &Column| {
            table.as_ref().map_or(0, |table| {
                table[column.values[usize::from(column.places[place])] as usize]
            })
        };
        let failed = fails(&self.customers, &block.customers)
            | fails(&self.users, &block.users)
            | fails(&self.traits, &block.traits);
        Some((failed | self.outside(Some(second)), second))
    }
}

fn sorted(mut numbers: Vec<i64>) -> Vec<i64> {
    numbers.sort_unstable();
    numbers
}

fn has(sorted: &[i64], number: i64) -> bool {
    sorted.binary_search(&number).is_ok()
}

fn mark<T>(table: &mut Option<Vec<u16>>, all: &[T], bit: u16, fails: impl Fn(&T) -> bool) {
    let table = table.get_or_insert_with(|| vec![0; all.len()]);
    for (entry, value) in table.iter_mut().zip(all) {
        if fails(value) {
            *entry |= bit;
        }
    }
}

pub fn trait_of(traits: &Traits, key: FilterKey) -> Option<i64> {
    match key {
        FilterKey::Action => Some(traits.operation),
        FilterKey::Resource => Some(traits.resource),
        FilterKey::Status => Some(traits.status),
        FilterKey::App => traits.application,
        FilterKey::Account => Some(traits.account),
        FilterKey::Changed => traits.changed,
        FilterKey::Source => Some(traits.source),
        FilterKey::Actor => traits.actor.map(|actor| actor as i64),
        FilterKey::Customer | FilterKey::User => None,
    }
}

/// The accounts (number, tenant id, name) that a value means.
pub fn account_numbers(value: &str, loosely: bool, accounts: &[(i64, String, String)]) -> Vec<i64> {
    use crate::audit::fold::fold;
    let part = fold(value);
    let means = |tenant: &str, name: &str| {
        tenant.eq_ignore_ascii_case(value)
            || (loosely && (fold(name).contains(&part) || tenant.contains(&part)))
    };
    let all = accounts.iter().filter(|(_, tenant, name)| means(tenant, name));
    all.map(|(number, ..)| *number).collect()
}

/// The number of an actor as [`trait_of`] tells it.
pub fn actor_number(value: &str) -> Option<i64> {
    Actor::named(value).map(|actor| actor as i64)
}

pub fn source_number(value: &str) -> Option<i64> {
    match value {
        _ if value.eq_ignore_ascii_case("collected") => Some(1),
        _ if value.eq_ignore_ascii_case("imported") => Some(2),
        _ => None,
    }
}
