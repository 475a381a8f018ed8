//! Searching on a server. What is frequent is met soon by looking at the tokens of the first records of a selection; what is
//! rare, its index names, a time at a time. Which of both a text is shows after a few looks. Whatever is looked at, is so
//! many at a time: a way to a server and back costs more than most records.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use super::{
    StoreError,
    connection::Connection,
    dated::Dated,
    documents::{self, Unpacker},
    text::{Named, Text},
};
use crate::store::columns::{Candidates, Found, Sought, Walk};

/// Records that are looked at first, and how many it may become at once.
const FIRST: usize = 64;
const TOGETHER: usize = 512;
/// Documents that are read first, and how many it may become at once: most are larger than tokens, and have to be unpacked.
const DOCUMENTS: usize = 64;
const FEWEST_DOCUMENTS: usize = 16;
const MOST_DOCUMENTS: usize = 256;
/// By so many it is judged how many there are.
const ENOUGH_TO_JUDGE: usize = 192;
/// Looking at more records takes longer than asking the index.
const MOST: usize = 600;
/// The index is asked for half as many more than a page seems to need, up to so many: what it looks at is a month, however
/// little of that is asked for, and asking once more is the same again.
const MOST_SPARE: usize = 1_000;
/// So many are named at once: of a time that has more, a shorter one is asked for.
const MOST_NAMED: usize = 20_000;
/// Of a text that looks as if it were rare: the index is asked for all of the time at once, and has no more than these.
const MOST_OF_RARE: usize = 1_000;

/// Why looking at each ended.
enum Stopped {
    /// A page would take too many looks; so many records to one hit, about.
    Rare(usize),
    Failed(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Walks over a selection with a text.
pub fn walk(
    connection: &Connection,
    unpacker: &mut Unpacker,
    sought: &Sought<'_>,
    text: &Text,
    walk: &Walk,
) -> Result<Option<Candidates>, StoreError> {
    if text.is_nothing() {
        return Ok(Some(Candidates::default()));
    }
    if text.is_rare()
        && let Named::All(numbers) = text.named_during(connection, sought.time, MOST_OF_RARE, walk.limit)?
    {
        let mut looks = Looks::of(connection, unpacker, text, walk);
        let passing = |number: &i64| Some((sought.passes(*number)?, *number));
        looks.has_before(numbers.iter().filter_map(passing).collect());
        return walk.among(sought, &numbers, |number| looks.confirms(number));
    }
    let looks = RefCell::new(Looks::of(connection, unpacker, text, walk));
    let looked = walk.run(
        sought,
        |found| {
            looks.borrow_mut().has_before(found.clone());
            Ok(found)
        },
        |number| looks.borrow_mut().hits(number),
    );
    let to_one_hit = match looked {
        Err(Stopped::Rare(to_one_hit)) => to_one_hit,
        Err(Stopped::Failed(error)) => return Err(error),
        Ok(found) => return Ok(found),
    };
    let needed = walk.wanted.saturating_mul(to_one_hit);
    // From the beginning once more; what was read of that is known.
    walk.by_time(
        sought,
        needed.saturating_add((needed / 2).min(MOST_SPARE)),
        |time| {
            let named = text.named_during(connection, time, MOST_NAMED, walk.limit)?;
            Ok(match named {
                Named::All(numbers) => Some(numbers),
                Named::Some(_) => None,
            })
        },
        |found| looks.borrow_mut().has_before(found.clone()),
        |number| looks.borrow_mut().confirms(number),
    )
}

/// Leaves of some records, with their seconds, those that the text is found in.
pub fn confirmed(
    connection: &Connection,
    unpacker: &mut Unpacker,
    text: &Text,
    some: &[(i64, i64)],
) -> Result<Vec<i64>, StoreError> {
    let dated: Vec<Dated> = some
        .iter()
        .map(|(second, number)| Dated::of_second(*number, *second))
        .collect();
    let mut hits = Vec::new();
    documents::each_newest(connection, unpacker, &dated, |number, record| {
        if text.is_in(&record) {
            hits.push(number);
        }
    })?;
    Ok(hits)
}

/// What is looked at, and what was seen of it.
struct Looks<'a> {
    connection: &'a Connection,
    unpacker: &'a mut Unpacker,
    text: &'a Text,
    walk: &'a Walk,
    /// What comes next, the last one first.
    ahead: Found,
    /// Of those that were looked at together, those that the index means.
    named: HashSet<i64>,
    /// Of them, those whose documents were not read yet, the last one first.
    unread: Found,
    /// Of those that were read, whether they are hits.
    read: HashMap<i64, bool>,
    confirmed: usize,
    together: usize,
    documents: usize,
    looked_at: usize,
    hits: usize,
}

impl<'a> Looks<'a> {
    fn of(connection: &'a Connection, unpacker: &'a mut Unpacker, text: &'a Text, walk: &'a Walk) -> Self {
        Self {
            connection,
            unpacker,
            text,
            walk,
            ahead: Vec::new(),
            named: HashSet::new(),
            unread: Vec::new(),
            read: HashMap::new(),
            confirmed: 0,
            together: FIRST / 2,
            documents: DOCUMENTS,
            looked_at: 0,
            hits: 0,
        }
    }

    /// Is told what comes next, in whatever order.
    fn has_before(&mut self, mut found: Found) {
        let newer = self.walk.newer;
        let rank = |second: i64| if newer { -second } else { second };
        found.sort_unstable_by_key(|(second, number)| (rank(*second), Reverse(*number)));
        self.unread.clone_from(&found);
        self.unread.retain(|(_, number)| !self.read.contains_key(number));
        self.ahead = found;
    }

    /// Whether the next one is a hit.
    fn hits(&mut self, number: i64) -> Result<bool, Stopped> {
        if self.ahead.last().is_some_and(|(_, next)| *next == number) {
            let left = self.judge()?;
            self.together = match left {
                // A few more than that, so that it is the last time.
                1..=MOST if self.hits > 0 => (left + left / 8).clamp(FIRST, TOGETHER),
                _ => (self.together * 2).min(TOGETHER),
            };
            let some = last(&mut self.ahead, self.together);
            self.looked_at += some.len();
            if self.text.narrows() {
                let named = self.text.named_of(self.connection, &some, self.walk.limit)?;
                self.named = named.into_iter().collect();
                self.hits += self.named.len();
            }
            let named = &self.named;
            let narrows = self.text.narrows();
            self.unread = some
                .iter()
                .rev()
                .filter(|dated| !narrows || named.contains(&dated.number))
                .map(|dated| (dated.second(), dated.number))
                .collect();
        }
        if self.text.narrows() && !self.named.contains(&number) {
            return Ok(false);
        }
        Ok(self.confirms(number)?)
    }

    /// Whether one that the index means is a hit.
    fn confirms(&mut self, number: i64) -> Result<bool, StoreError> {
        if !self.text.confirms() {
            return Ok(true);
        }
        if !self.read.contains_key(&number) {
            while self.unread.last().is_some_and(|(_, next)| *next != number) {
                self.unread.pop();
            }
            // As many as the page still takes where most are hits.
            let left = self.walk.wanted.saturating_sub(self.confirmed);
            let most_are = self.confirmed * 4 >= self.read.len() * 3;
            let some = last(
                &mut self.unread,
                if most_are {
                    self.documents.min((left + left / 4 + 1).max(FEWEST_DOCUMENTS))
                } else {
                    self.documents
                },
            );
            self.documents = (self.documents * 2).min(MOST_DOCUMENTS);
            // What cannot be read has nothing that could be found.
            self.read.extend(some.iter().map(|dated| (dated.number, false)));
            let (text, read, confirmed) = (self.text, &mut self.read, &mut self.confirmed);
            documents::each_newest(self.connection, self.unpacker, &some, |number, record| {
                let hit = text.is_in(&record);
                *confirmed += usize::from(hit);
                read.insert(number, hit);
            })?;
        }
        Ok(self.read.get(&number).copied().unwrap_or_default())
    }

    /// How many records more a page will take, about.
    fn judge(&self) -> Result<usize, Stopped> {
        let to_one_hit = self.looked_at / self.hits.max(1);
        let left = self
            .walk
            .wanted
            .saturating_sub(self.hits)
            .saturating_mul(to_one_hit);
        match self.text.narrows() && self.looked_at >= ENOUGH_TO_JUDGE && left > MOST {
            true => Err(Stopped::Rare(to_one_hit)),
            false => Ok(left),
        }
    }
}

/// Takes so many from the end.
fn last(found: &mut Found, at_most: usize) -> Vec<Dated> {
    let some = found.split_off(found.len().saturating_sub(at_most));
    let some = some.into_iter().rev();
    some.map(|(second, number)| Dated::of_second(number, second))
        .collect()
}
