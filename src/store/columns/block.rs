//! Some tens of thousands of records side by side, by their number: when, and numbers of whom, by whom and what.

use std::collections::HashMap;

use super::Fields;
use crate::audit::Ticks;

/// Records in a block; their places in it fit into 16 bits, and so do the numbers of their different values.
pub const BLOCK: usize = 1 << 16;
/// Records in a part of a block, of which the first and the last date are known.
pub const PART: usize = 1 << 10;

/// In the place of a date where there is no record.
const ABSENT: u32 = u32::MAX;
/// The dates that fit into a column: seconds since 1970.
const LATEST: i64 = (ABSENT - 1) as i64;

/// Seconds since 1970 of a date, before it is bounded.
pub fn seconds(ticks: Ticks) -> i64 {
    ticks.0.saturating_sub(Ticks::UNIX_EPOCH.0).div_euclid(10_000_000)
}

/// A half-open time in whole seconds. The days of all zones begin at whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub from: i64,
    pub until: i64,
}

impl Time {
    pub fn new(from: Ticks, until: Ticks) -> Self {
        // Up, so that a bound inside a second takes the second whole where it ends, and not where it begins.
        let up = |ticks: Ticks| seconds(Ticks(ticks.0.saturating_add(9_999_999)));
        let bound = |ticks: Ticks| match ticks {
            Ticks::MIN => i64::MIN,
            Ticks::MAX => i64::MAX,
            _ => up(ticks),
        };
        Self {
            from: bound(from),
            until: bound(until),
        }
    }

    pub fn has(self, second: i64) -> bool {
        self.from <= second && second < self.until
    }
}

/// A column of few different values.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// For each record the place of its value.
    pub places: Vec<u16>,
    pub values: Vec<u32>,
    /// How many records have each value.
    pub counts: Vec<u32>,
}

#[derive(Clone, Debug)]
pub struct Block {
    /// The number of its first record.
    pub first: i64,
    seconds: Vec<u32>,
    /// Dates that do not fit: before 1970, after 2106.
    odd: HashMap<u16, i64>,
    pub customers: Column,
    pub users: Column,
    pub traits: Column,
    /// The first and the last second of each part; they may be further apart than its records.
    pub spans: Vec<(i64, i64)>,
    pub present: u32,
}

impl Block {
    pub fn new(first: i64) -> Self {
        Self {
            first,
            seconds: Vec::new(),
            odd: HashMap::new(),
            customers: Column::default(),
            users: Column::default(),
            traits: Column::default(),
            spans: Vec::new(),
            present: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.seconds.len()
    }

    /// The second of a record's date; `None` where there is no record.
    pub fn second(&self, place: usize) -> Option<i64> {
        let second = self.seconds[place];
        if second == ABSENT {
            return None;
        }
        let odd = (!self.odd.is_empty())
            .then(|| self.odd.get(&(place as u16)))
            .flatten();
        Some(odd.copied().unwrap_or(i64::from(second)))
    }

    pub fn has(&self, place: usize) -> bool {
        self.seconds[place] != ABSENT
    }

    /// The first and the last second of all its records, or more.
    pub fn span(&self) -> (i64, i64) {
        self.spans
            .iter()
            .fold((i64::MAX, i64::MIN), |(a, b), (c, d)| (a.min(*c), b.max(*d)))
    }

    /// For each record of a part `bit` where it lies outside a time or is none.
    pub fn outside(&self, part: usize, time: Time, bit: u16, out: &mut [u16]) {
        let seconds = &self.seconds[part * PART..self.len().min((part + 1) * PART)];
        if self.odd.is_empty() {
            let from = u32::try_from(time.from.clamp(0, LATEST + 1)).unwrap_or(ABSENT);
            let until = u32::try_from(time.until.clamp(0, LATEST + 1)).unwrap_or(ABSENT);
            for (out, second) in out.iter_mut().zip(seconds) {
                *out |= if *second >= from && *second < until {
                    0
                } else {
                    bit
                };
            }
        } else {
            for (i, out) in out.iter_mut().enumerate().take(seconds.len()) {
                if !self
                    .second(part * PART + i)
                    .is_some_and(|second| time.has(second))
                {
                    *out |= bit;
                }
            }
        }
    }
}

/// A block that is being changed.
pub struct Editor {
    block: Block,
    customers: HashMap<u32, u16>,
    users: HashMap<u32, u16>,
    traits: HashMap<u32, u16>,
}

impl Editor {
    pub fn new(block: Block) -> Self {
        let places = |column: &Column| {
            (0u16..=u16::MAX)
                .zip(&column.values)
                .map(|(i, v)| (*v, i))
                .collect()
        };
        Self {
            customers: places(&block.customers),
            users: places(&block.users),
            traits: places(&block.traits),
            block,
        }
    }

    /// Puts a record in its place, in that of its former self where it has one.
    pub fn put(&mut self, place: usize, ticks: Ticks, fields: Fields) {
        let block = &mut self.block;
        while block.len() <= place {
            block.seconds.push(ABSENT);
            for column in [&mut block.customers, &mut block.users, &mut block.traits] {
                column.places.push(0);
            }
        }
        let was_there = block.has(place);
        if !was_there {
            block.present += 1;
        }
        for (column, places, value) in [
            (&mut block.customers, &mut self.customers, fields.customer),
            (&mut block.users, &mut self.users, fields.user),
            (&mut block.traits, &mut self.traits, fields.traits),
        ] {
            if was_there {
                column.counts[usize::from(column.places[place])] -= 1;
            }
            let at = match places.get(&value) {
                Some(at) => *at,
                None => {
                    let at = match u16::try_from(column.values.len()) {
                        Ok(next) => {
                            column.values.push(value);
                            column.counts.push(0);
                            next
                        }
                        // As many values as records: one of them is not used any more.
                        Err(_) => {
                            let free = column.counts.iter().position(|count| *count == 0).unwrap_or(0);
                            places.remove(&column.values[free]);
                            column.values[free] = value;
                            free as u16
                        }
                    };
                    places.insert(value, at);
                    at
                }
            };
            column.places[place] = at;
            column.counts[usize::from(at)] += 1;
        }
        let second = seconds(ticks);
        let bounded = second.clamp(0, LATEST);
        block.seconds[place] = bounded as u32;
        block.odd.remove(&(place as u16));
        if bounded != second {
            block.odd.insert(place as u16, second);
        }
        let part = place / PART;
        while block.spans.len() <= part {
            block.spans.push((i64::MAX, i64::MIN));
        }
        let span = &mut block.spans[part];
        *span = (span.0.min(second), span.1.max(second));
    }

    pub fn finish(mut self) -> Block {
        if self.block.len() == BLOCK {
            self.block.seconds.shrink_to_fit();
            for column in [
                &mut self.block.customers,
                &mut self.block.users,
                &mut self.block.traits,
            ] {
                column.places.shrink_to_fit();
                column.values.shrink_to_fit();
                column.counts.shrink_to_fit();
            }
        }
        self.block
    }
}
