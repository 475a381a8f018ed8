//! The first records of a selection in the order of the log, found in memory: a few parts of blocks are looked at, the
//! newest first, until no other can have one that is newer.
//!
//! Dates are known to the second here: what is found has all records of its last second, and the database puts them in
//! their order.

use std::{collections::HashMap, time::Instant};

use super::{
    Columns, Sought, Time,
    block::{BLOCK, PART},
    tables::Tables,
};

/// Parts of blocks by what they begin or end with.
#[derive(Debug)]
pub struct Order {
    /// By the last second, descending.
    older: Vec<(i64, u32)>,
    /// By the first second, ascending.
    newer: Vec<(i64, u32)>,
}

const PARTS: usize = BLOCK / PART;
/// A time of which too much is named is made so much shorter.
const NARROWER: i64 = 8;
/// More candidates than these are of too few seconds to be told apart here.
const MOST: usize = 20_000;

impl Columns {
    fn order(&self) -> &Order {
        self.order.get_or_init(|| {
            let parts = || {
                self.blocks.iter().enumerate().flat_map(|(at, block)| {
                    block.spans.iter().enumerate().map(move |(part, (first, last))| {
                        let number = u32::try_from(at * PARTS + part).unwrap_or(u32::MAX);
                        (*first, *last, number)
                    })
                })
            };
            let mut older: Vec<_> = parts().map(|(_, last, at)| (last, at)).collect();
            older.sort_unstable_by_key(|(last, _)| std::cmp::Reverse(*last));
            let mut newer: Vec<_> = parts().map(|(first, _, at)| (first, at)).collect();
            newer.sort_unstable();
            Order { older, newer }
        })
    }
}

/// What a walk looks for.
pub struct Walk {
    pub newer: bool,
    /// So many are wanted, not counting those of the second at which the walk begins.
    pub wanted: usize,
    /// The second of the cursor.
    pub begins: Option<i64>,
    /// So many parts are looked at together, at most: more where it costs something to look at some.
    pub together: usize,
    /// From then on it is broken off where that is possible.
    pub deadline: Instant,
    /// By then it ends, with nothing if need be.
    pub limit: Instant,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Numbers of records, in no order, among which the first ones are.
    pub numbers: Vec<i64>,
    /// Whether they are as many as were wanted.
    pub enough: bool,
    /// The second before which everything was looked at, when the deadline came first; nothing of it is among them.
    pub broken_off: Option<i64>,
}

/// Records with their second.
pub type Found = Vec<(i64, i64)>;

impl Walk {
    /// Walks over a selection. `narrow` takes candidates away that it knows not to be hits; `confirm` looks at one.
    /// `None`: too many records have the same second, or the time is up and nothing is known that another walk could
    /// go on from.
    pub fn run<E>(
        &self,
        sought: &Sought<'_>,
        mut narrow: impl FnMut(Found) -> Result<Found, E>,
        mut confirm: impl FnMut(i64) -> Result<bool, E>,
    ) -> Result<Option<Candidates>, E> {
        let order = sought.columns.order();
        let parts = if self.newer { &order.newer } else { &order.older };
        let mut tables: HashMap<u32, Tables> = HashMap::new();
        let mut best = Best::new(self);
        let (mut at, mut together) = (0, 1);
        let mut fails = [0; PART];
        while at < parts.len() {
            let edge = self.rank(parts[at].0);
            if best.is_beyond(edge) {
                break;
            }
            if let Some(end) = self.end(edge) {
                return Ok(end.then(|| best.broken_off(edge)));
            }
            let mut found = Found::new();
            let mut looked_at = 0;
            while at < parts.len() && looked_at < together {
                let (edge, number) = parts[at];
                if best.is_beyond(self.rank(edge)) {
                    break;
                }
                at += 1;
                let (of, part) = (number / PARTS as u32, number as usize % PARTS);
                let block = &sought.columns.blocks[of as usize];
                let tables = tables.entry(of).or_insert_with(|| sought.tables(block));
                let length = sought.examine(block, tables, part, true, &mut fails);
                if length == 0 {
                    continue;
                }
                let before = found.len();
                for (i, fails) in fails[..length].iter().enumerate() {
                    let place = part * PART + i;
                    if *fails == 0
                        && let Some(second) = block.second(place)
                        && !best.is_beyond(self.rank(second))
                    {
                        found.push((second, block.first + place as i64));
                    }
                }
                looked_at += usize::from(found.len() > before);
                // A part in which much is found is enough for the moment.
                if found.len() > 4 * PART || Instant::now() > self.deadline {
                    break;
                }
            }
            together = (together * 2).min(self.together);
            if found.is_empty() {
                continue;
            }
            let mut found = narrow(found)?;
            found.sort_unstable_by_key(|(second, number)| (-self.rank(*second), *number));
            // No part that was not looked at has anything before that.
            let next = parts.get(at).map_or(i64::MIN, |(edge, _)| self.rank(*edge));
            for (i, (second, number)) in found.into_iter().enumerate() {
                let rank = self.rank(second);
                if best.is_beyond(rank) {
                    break;
                }
                if i % 16 == 15
                    && let Some(end) = self.end(rank.max(next))
                {
                    return Ok(end.then(|| best.broken_off(rank.max(next))));
                }
                if !confirm(number)? {
                    continue;
                }
                if !best.add(rank, number) {
                    return Ok(None);
                }
            }
            best.cut();
        }
        Ok(Some(best.candidates(None)))
    }

    /// The same over records that are named: all hits are among them.
    pub fn among<E>(
        &self,
        sought: &Sought<'_>,
        numbers: &[i64],
        mut confirm: impl FnMut(i64) -> Result<bool, E>,
    ) -> Result<Option<Candidates>, E> {
        let mut ranked: Vec<(i64, i64)> = numbers
            .iter()
            .filter_map(|number| Some((self.rank(sought.passes(*number)?), *number)))
            .collect();
        ranked.sort_unstable_by_key(|(rank, number)| (std::cmp::Reverse(*rank), *number));
        let mut best = Best::new(self);
        for (rank, number) in ranked {
            if best.is_beyond(rank) {
                break;
            }
            if let Some(end) = self.end(rank) {
                return Ok(end.then(|| best.broken_off(rank)));
            }
            if confirm(number)? && !best.add(rank, number) {
                return Ok(None);
            }
        }
        best.cut();
        Ok(Some(best.candidates(None)))
    }

    /// The same where an index names the records of a time, unless they are too many to be named at once: those of the first
    /// part of the order are asked for first, about `first` of them, and each time as many more as seem to be needed.
    /// `tell` is told of all that are confirmed then.
    pub fn by_time<E>(
        &self,
        sought: &Sought<'_>,
        first: usize,
        mut named: impl FnMut(Time) -> Result<Option<Vec<i64>>, E>,
        mut tell: impl FnMut(&Found),
        mut confirm: impl FnMut(i64) -> Result<bool, E>,
    ) -> Result<Option<Candidates>, E> {
        let order = sought.columns.order();
        let parts = if self.newer { &order.newer } else { &order.older };
        let mut best = Best::new(self);
        let (Some((earliest, _)), Some((latest, _))) = (order.newer.first(), order.older.first()) else {
            return Ok(Some(best.candidates(None)));
        };
        let mut rest = Time {
            from: sought.time.from.max(*earliest),
            until: sought.time.until.min(latest.saturating_add(1)),
        };
        // Where the parts begin that have something of a time beyond that.
        let place = |beyond: i64| {
            parts.partition_point(|(edge, _)| match self.newer {
                false => *edge >= beyond,
                true => *edge < beyond,
            })
        };
        let began = place(if self.newer { rest.from } else { rest.until });
        let (mut at, mut width, mut hits) = (began, first / PART + 1, 0);
        while rest.from < rest.until {
            at = at.saturating_add(width);
            let mut time = rest;
            // Behind that second lie no other parts but those that begin the rest.
            match (parts.get(at), self.newer) {
                (Some((edge, _)), false) => time.from = time.from.max(edge.saturating_add(1)),
                (Some((edge, _)), true) => time.until = time.until.min(*edge),
                (None, _) => {}
            }
            let numbers = loop {
                if let Some(numbers) = named(time)? {
                    break numbers;
                }
                let less = (time.until - time.from) / NARROWER;
                if less == 0 {
                    return Ok(None);
                }
                match self.newer {
                    false => time.from = time.until - less,
                    true => time.until = time.from + less,
                }
                at = place(if self.newer { time.until } else { time.from });
            };
            let mut found: Found = numbers
                .into_iter()
                .filter_map(|number| Some((sought.passes(number)?, number)))
                .filter(|(second, _)| time.has(*second))
                .collect();
            found.sort_unstable_by_key(|(second, number)| (-self.rank(*second), *number));
            tell(&found);
            hits += found.len();
            for (second, number) in found {
                let rank = self.rank(second);
                if best.is_beyond(rank) {
                    break;
                }
                if let Some(end) = self.end(rank) {
                    return Ok(end.then(|| best.broken_off(rank)));
                }
                if confirm(number)? && !best.add(rank, number) {
                    return Ok(None);
                }
            }
            best.cut();
            if best.least.is_some() {
                break;
            }
            // As many as a page takes if the rest is as what was seen, and half as many again.
            width = match hits {
                0 => parts.len(),
                hits => (at.saturating_sub(began) + 1) * self.wanted * 3 / (hits * 2) + 1,
            };
            let next = match self.newer {
                false => {
                    rest.until = time.from;
                    self.rank(time.from.saturating_sub(1))
                }
                true => {
                    rest.from = time.until;
                    self.rank(time.until)
                }
            };
            if rest.from < rest.until
                && let Some(end) = self.end(next)
            {
                return Ok(end.then(|| best.broken_off(next)));
            }
        }
        Ok(Some(best.candidates(None)))
    }

    /// Of a second: the higher, the earlier in the order asked for. Its own inverse.
    fn rank(&self, second: i64) -> i64 {
        if self.newer { -second } else { second }
    }

    /// Whether the walk ends here because of the time: broken off at a rank before which all is known, or for good. It
    /// may be broken off only beyond where it began; else whoever goes on from there would come no further, either.
    fn end(&self, known: i64) -> Option<bool> {
        let now = Instant::now();
        let gets_on = self.begins.is_none_or(|begins| known < self.rank(begins));
        match now > self.deadline {
            true if gets_on => Some(true),
            true if now > self.limit => Some(false),
            _ => None,
        }
    }
}

/// The records that a walk has found so far and that may be wanted.
struct Best<'w> {
    walk: &'w Walk,
    /// By rank.
    found: Vec<(i64, i64)>,
    /// The rank of the last one wanted, once there are enough.
    least: Option<i64>,
}

impl<'w> Best<'w> {
    fn new(walk: &'w Walk) -> Self {
        Self {
            walk,
            found: Vec::new(),
            least: None,
        }
    }

    /// Whether nothing of that rank is wanted any more.
    fn is_beyond(&self, rank: i64) -> bool {
        self.least.is_some_and(|least| rank < least)
    }

    /// False when there are too many that nothing tells apart.
    fn add(&mut self, rank: i64, number: i64) -> bool {
        self.found.push((rank, number));
        // Sorting them again for each would take the square of their number.
        if self.found.len() == self.walk.wanted || self.found.len().is_power_of_two() {
            self.cut();
        }
        self.found.len() <= MOST
    }

    /// Leaves what can still be wanted: with enough others before it, only what has the rank of the last of them.
    fn cut(&mut self) {
        self.found
            .sort_unstable_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let begins = self.walk.begins.map(|second| self.walk.rank(second));
        let uncounted = self
            .found
            .partition_point(|(rank, _)| begins.is_some_and(|begins| *rank >= begins));
        let Some((last, _)) = self.found.get(uncounted + self.walk.wanted.saturating_sub(1)) else {
            return;
        };
        let last = *last;
        self.found
            .truncate(self.found.partition_point(|(rank, _)| *rank >= last));
        self.least = Some(last);
    }

    fn candidates(self, broken_off: Option<i64>) -> Candidates {
        Candidates {
            numbers: self.found.into_iter().map(|(_, number)| number).collect(),
            enough: self.least.is_some(),
            broken_off,
        }
    }

    /// Those before a rank, which was the last to be looked at.
    fn broken_off(&mut self, rank: i64) -> Candidates {
        let mut found = std::mem::take(&mut self.found);
        found.retain(|(other, _)| *other > rank);
        let kept = Self {
            walk: self.walk,
            found,
            least: None,
        };
        kept.candidates(Some(self.walk.rank(rank)))
    }
}
