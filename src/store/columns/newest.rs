//! The first records of a selection in the order of the log, found in memory: a few parts of blocks are looked at, the
//! newest first, until no other can have one that is newer.
//!
//! Dates are known to the second here: what is found has all records of its last second, and the database puts them in
//! their order.

use std::{collections::HashMap, time::Instant};

use super::{
    Columns, Sought,
    block::{BLOCK, PART},
    sought::Tables,
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
    pub deadline: Instant,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Numbers of records, in no order, among which the first ones are.
    pub numbers: Vec<i64>,
    /// The second up to which everything was looked at, when the deadline came first.
    pub broken_off: Option<i64>,
}

/// Records with their second.
pub type Found = Vec<(i64, i64)>;

impl Walk {
    /// Walks over a selection. `narrow` takes candidates away that it knows not to be hits; `confirm` looks at one.
    /// `None`: too many records have the same second.
    pub fn run<E>(
        &self,
        sought: &Sought<'_>,
        mut narrow: impl FnMut(Found) -> Result<Found, E>,
        mut confirm: impl FnMut(i64) -> Result<bool, E>,
    ) -> Result<Option<Candidates>, E> {
        let sign = if self.newer { -1 } else { 1 };
        let order = sought.columns.order();
        let parts = if self.newer { &order.newer } else { &order.older };
        let begins = self.begins.map(|second| sign * second);
        let mut tables: HashMap<u32, Tables> = HashMap::new();
        // By rank: the higher, the earlier in the order asked for.
        let mut best: Vec<(i64, i64)> = Vec::new();
        let mut least: Option<i64> = None;
        let (mut at, mut together) = (0, 1);
        let mut fails = [0; PART];
        while at < parts.len() {
            let edge = sign * parts[at].0;
            if least.is_some_and(|least| edge < least) {
                break;
            }
            if Instant::now() > self.deadline {
                best.retain(|(rank, _)| *rank > edge);
                return Ok(Some(Candidates {
                    numbers: best.into_iter().map(|(_, number)| number).collect(),
                    broken_off: Some(sign * edge),
                }));
            }
            let mut found = Found::new();
            let mut looked_at = 0;
            while at < parts.len() && looked_at < together {
                let (edge, number) = parts[at];
                if least.is_some_and(|least| sign * edge < least) {
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
                        && least.is_none_or(|least| sign * second >= least)
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
            found.sort_unstable_by_key(|(second, number)| (-sign * *second, *number));
            for (second, number) in found {
                let rank = sign * second;
                if least.is_some_and(|least| rank < least) {
                    break;
                }
                if !confirm(number)? {
                    continue;
                }
                best.push((rank, number));
                if best.len() > MOST {
                    return Ok(None);
                }
                if best.len() >= self.wanted && best.len().is_power_of_two() || best.len() == self.wanted {
                    least = self.cut(&mut best, begins).or(least);
                }
            }
            least = self.cut(&mut best, begins).or(least);
        }
        Ok(Some(Candidates {
            numbers: best.into_iter().map(|(_, number)| number).collect(),
            broken_off: None,
        }))
    }

    /// The same over records that are named: all hits are among them.
    pub fn among<E>(
        &self,
        sought: &Sought<'_>,
        numbers: &[i64],
        mut confirm: impl FnMut(i64) -> Result<bool, E>,
    ) -> Result<Candidates, E> {
        let sign = if self.newer { -1 } else { 1 };
        let begins = self.begins.map(|second| sign * second);
        let mut ranked: Vec<(i64, i64)> = numbers
            .iter()
            .filter_map(|number| Some((sign * sought.passes(*number)?, *number)))
            .collect();
        ranked.sort_unstable_by_key(|(rank, number)| (std::cmp::Reverse(*rank), *number));
        let (mut best, mut counted, mut last) = (Vec::new(), 0, None);
        for (rank, number) in ranked {
            // All of the last second's, and no more.
            if counted >= self.wanted && last.is_some_and(|last| rank < last) {
                break;
            }
            if Instant::now() > self.deadline {
                best.retain(|(other, _)| *other > rank);
                return Ok(Candidates {
                    numbers: best.into_iter().map(|(_, number)| number).collect(),
                    broken_off: Some(sign * rank),
                });
            }
            if confirm(number)? {
                counted += usize::from(begins.is_none_or(|begins| rank < begins));
                last = Some(rank);
                best.push((rank, number));
            }
        }
        Ok(Candidates {
            numbers: best.into_iter().map(|(_, number)| number).collect(),
            broken_off: None,
        })
    }

    /// Leaves what can still be among those wanted; returns the rank of the last of them, once there are enough.
    fn cut(&self, best: &mut Vec<(i64, i64)>, begins: Option<i64>) -> Option<i64> {
        best.sort_unstable_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let uncounted = best
            .iter()
            .take_while(|(rank, _)| begins.is_some_and(|begins| *rank >= begins))
            .count();
        let last = best.get(uncounted + self.wanted.saturating_sub(1))?.0;
        let keep = best.partition_point(|(rank, _)| *rank >= last);
        best.truncate(keep);
        Some(last)
    }
}
