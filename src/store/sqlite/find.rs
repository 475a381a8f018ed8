//! The records of a selection: found in memory and in the index, and read from the file only to be shown.

use std::{
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::{
    StoreError,
    read::Reader,
    text::{Named, Text},
};
use crate::{
    audit::{Cursor, Selection, Ticks, cursor::Direction},
    store::{
        Count,
        columns::{Candidates, Columns, Sought, Time, Walk, seconds},
        directory::Directory,
    },
};

/// A search that takes longer is broken off: what was found until then is shown, and the rest is a click away.
const SEARCH_AT_MOST: Duration = Duration::from_millis(1_500);
/// A search waits so long for an archive that is still being read into memory.
const WAIT_AT_MOST: Duration = Duration::from_secs(20);
/// What the index names is taken as a whole up to so many records; beyond, it is asked bit by bit, the newest first.
const FEW: usize = 1_000;
/// So many parts of the columns are narrowed by the index at once.
const TOGETHER: usize = 64;
/// So much work of SQLite's between two looks at the clock.
const STEPS: i32 = 4_000;

/// What the numbers of a page are.
pub struct FoundNumbers {
    pub numbers: Vec<i64>,
    /// What is older was not looked at.
    pub broken_off: Option<Ticks>,
}

impl Reader {
    /// Has whatever SQLite does end at a moment, as [`StoreError::TooLong`].
    pub(super) fn until<T>(
        &mut self,
        deadline: Instant,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection()
            .progress_handler(STEPS, Some(move || Instant::now() > deadline))?;
        let result = work(self);
        self.connection().progress_handler(0, None::<fn() -> bool>)?;
        result
    }

    /// The accounts as selections name them: number, tenant id, name.
    pub(super) fn account_names(&self) -> Vec<(i64, String, String)> {
        self.accounts()
            .map(|account| (account.id.0, account.tenant_id.clone(), account.name.clone()))
            .collect()
    }

    pub(super) fn sought<'c>(
        &self,
        columns: &'c Columns,
        selection: &Selection,
        directory: &RwLock<Directory>,
    ) -> Sought<'c> {
        let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
        Sought::new(columns, selection, &directory, &self.account_names())
    }

    /// The records of a page, found without the database; `None` where the database finds them itself: unfiltered, while
    /// memory is being filled, or when very many have the same second.
    pub(super) fn candidates(
        &mut self,
        selection: &Selection,
        at: Option<Cursor>,
        size: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Option<FoundNumbers>, StoreError> {
        if selection.is_plain() {
            return Ok(None);
        }
        let text = Text::of(selection, &self.memory);
        let columns = match &text {
            Some(_) => self.memory.columns_soon(WAIT_AT_MOST).ok_or_else(still_reading)?,
            None => match self.memory.columns() {
                Some(columns) => columns,
                None => return Ok(None),
            },
        };
        let mut sought = self.sought(&columns, selection, directory);
        let newer = at.is_some_and(|at| at.direction == Direction::Newer);
        let begins = at.map(|at| seconds(at.ticks));
        if let Some(second) = begins {
            match newer {
                false => sought.time.until = sought.time.until.min(second.saturating_add(1)),
                true => sought.time.from = sought.time.from.max(second),
            }
        }
        let walk = Walk {
            newer,
            wanted: size as usize + 1,
            begins,
            together: 1,
            deadline: Instant::now() + SEARCH_AT_MOST,
        };
        let found = self.walk(&sought, text.as_ref(), walk)?;
        Ok(found.map(|found| FoundNumbers {
            numbers: found.numbers,
            broken_off: found.broken_off.map(of_second),
        }))
    }

    /// Walks over a selection, with the help of the index where it has a text.
    fn walk(
        &mut self,
        sought: &Sought<'_>,
        text: Option<&Text>,
        walk: Walk,
    ) -> Result<Option<Candidates>, StoreError> {
        let Some(text) = text else {
            return walk.run(sought, Ok, |_| Ok(true));
        };
        let deadline = walk.deadline;
        self.until(deadline + SEARCH_AT_MOST, |reader| {
            let few = match text.narrows() {
                true => text.named(reader.connection(), FEW, deadline)?,
                false => Named::Some(Vec::new()),
            };
            let Self {
                connection, unpacker, ..
            } = reader;
            match few {
                Named::All(numbers) => walk
                    .among(sought, &numbers, |number| {
                        text.confirm(connection, unpacker, number)
                    })
                    .map(Some),
                Named::Some(_) => Walk {
                    together: if text.narrows() { TOGETHER } else { 1 },
                    ..walk
                }
                .run(
                    sought,
                    |found| text.narrow(connection, found),
                    |number| text.confirm(connection, unpacker, number),
                ),
            }
        })
    }

    pub fn count_after(
        &mut self,
        selection: &Selection,
        number: i64,
        at_most: u64,
        directory: &RwLock<Directory>,
    ) -> Result<Count, StoreError> {
        let text = Text::of(selection, &self.memory);
        let Some(columns) = self.memory.columns() else {
            return Ok(Count::Exactly(0));
        };
        let sought = self.sought(&columns, selection, directory);
        let limit = usize::try_from(at_most).unwrap_or(usize::MAX);
        let mut counted = 0;
        let deadline = Instant::now() + SEARCH_AT_MOST;
        for number in number + 1..=columns.last {
            if counted > limit || Instant::now() > deadline {
                break;
            }
            let hit = sought.passes(number).is_some()
                && match &text {
                    Some(text) => self.is_hit(text, number)?,
                    None => true,
                };
            counted += usize::from(hit);
        }
        Ok(match counted > limit {
            true => Count::MoreThan(at_most),
            false => Count::Exactly(counted as u64),
        })
    }

    fn is_hit(&mut self, text: &Text, number: i64) -> Result<bool, StoreError> {
        let named = text.narrow(&self.connection, vec![(0, number)])?;
        Ok(!named.is_empty() && text.confirm(&self.connection, &mut self.unpacker, number)?)
    }

    /// The date nearest to a selection's range of a record that all its other conditions match.
    pub fn nearest(
        &mut self,
        selection: &Selection,
        directory: &RwLock<Directory>,
    ) -> Result<Option<Ticks>, StoreError> {
        let (from, until) = selection.during();
        let Some(columns) = self.memory.columns() else {
            return Ok(None);
        };
        let text = Text::of(selection, &self.memory);
        let mut sought = self.sought(&columns, selection, directory);
        let range = Time::new(from, until);
        let mut one = |newer: bool, time: Time| -> Result<Option<i64>, StoreError> {
            sought.time = time;
            let walk = Walk {
                newer,
                wanted: 1,
                begins: None,
                together: 1,
                deadline: Instant::now() + SEARCH_AT_MOST / 3,
            };
            let found = self.walk(&sought, text.as_ref(), walk)?.unwrap_or_default();
            let seconds = found.numbers.iter().filter_map(|number| sought.passes(*number));
            Ok(match newer {
                true => seconds.min(),
                false => seconds.max(),
            })
        };
        let before = one(
            false,
            Time {
                from: i64::MIN,
                until: range.from,
            },
        )?;
        let after = one(
            true,
            Time {
                from: range.until,
                until: i64::MAX,
            },
        )?;
        Ok(match (before, after) {
            (Some(before), Some(after))
                if after.saturating_sub(range.until) < range.from.saturating_sub(before) =>
            {
                Some(of_second(after))
            }
            (before, after) => before.or(after).map(of_second),
        })
    }

    /// The numbers of all records that a text means, if they can be known by then.
    pub(super) fn all_hits(
        &mut self,
        text: &Text,
        sought: &Sought<'_>,
        at_most: usize,
        deadline: Instant,
    ) -> Result<Named, StoreError> {
        let Self {
            connection, unpacker, ..
        } = self;
        let named = match text.narrows() {
            true => text.named(connection, at_most, deadline)?,
            false => Named::Some(Vec::new()),
        };
        let (numbers, complete) = match named {
            Named::All(numbers) => (numbers, true),
            Named::Some(numbers) => (numbers, false),
        };
        if !text.confirms() {
            return Ok(match complete {
                true => Named::All(numbers),
                false => Named::Some(numbers),
            });
        }
        let mut hits = Vec::new();
        for number in numbers {
            if Instant::now() > deadline {
                return Ok(Named::Some(hits));
            }
            // What the other conditions exclude altogether needs no look.
            if sought.may_count(number) && text.confirm(connection, unpacker, number)? {
                hits.push(number);
            }
        }
        Ok(match complete {
            true => Named::All(hits),
            false => Named::Some(hits),
        })
    }

    pub fn count(
        &mut self,
        selection: &Selection,
        at_most: u64,
        directory: &RwLock<Directory>,
    ) -> Result<Count, StoreError> {
        let budget = SEARCH_AT_MOST;
        let overview = self.overview(selection, &[], budget, directory)?;
        Ok(match overview.count {
            Count::Exactly(n) | Count::MoreThan(n) if n > at_most => Count::MoreThan(at_most),
            count => count,
        })
    }
}

fn of_second(second: i64) -> Ticks {
    Ticks(
        second
            .saturating_mul(10_000_000)
            .saturating_add(Ticks::UNIX_EPOCH.0),
    )
}

fn still_reading() -> StoreError {
    StoreError::Busy("the archive is still being read into memory".into())
}
