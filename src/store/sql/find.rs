//! The records of a selection: found in memory and in the index, and read from the file only to be shown.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::{
    StoreError, asked,
    dated::Dated,
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

/// How long a search may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From then on it is broken off where it can be gone on from: what was found is shown, and the rest is a click away.
    pub breaks_off: Duration,
    /// Then it ends without an answer.
    pub gives_up: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            breaks_off: Duration::from_millis(1_500),
            gives_up: Duration::from_secs(3),
        }
    }
}

/// A search waits so long for an archive that is still being read into memory.
const WAIT_AT_MOST: Duration = Duration::from_secs(2);
/// So many records may each be looked at for the sake of a count.
const FEW_ENOUGH: i64 = 20_000;
/// So many parts of the columns are narrowed by the index at once.
const TOGETHER: usize = 64;

/// What the numbers of a page are.
pub struct FoundNumbers {
    pub numbers: Vec<i64>,
    /// Whether they make a whole page and one record more.
    pub enough: bool,
    /// Where the search was broken off, which the next page begins with.
    pub broken_off: Option<Cursor>,
    /// Of each its second, as memory has it: by now one may have moved.
    pub seconds: Vec<i64>,
    /// Whether the database was asked for them, too.
    pub asked: bool,
}

impl Reader {
    /// Has whatever the database does end at a moment, as [`StoreError::TooLong`].
    pub(super) fn until<T>(
        &mut self,
        deadline: Instant,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection().interrupt_at(Some(deadline))?;
        let result = work(self);
        self.connection().interrupt_at(None)?;
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

    /// The records of a page, found without the database; `None` where the database finds them itself: unfiltered in
    /// a file, while memory is being filled, or when very many have the same second. Of those before `since`, none need
    /// be among them.
    pub(super) fn candidates(
        &mut self,
        selection: &Selection,
        since: Ticks,
        at: Option<Cursor>,
        size: u32,
        directory: &RwLock<Directory>,
    ) -> Result<Option<FoundNumbers>, StoreError> {
        // A file finds the newest records sooner than memory does. For a server it takes a way there and back.
        if selection.is_plain() && self.connection.file().is_some() {
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
        sought.time.from = sought.time.from.max(seconds(since));
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
            deadline: Instant::now() + self.patience.breaks_off,
            limit: Instant::now() + self.patience.gives_up,
        };
        let Some(found) = self.walk(&sought, text.as_ref(), walk)? else {
            // The database does not know what the text means.
            return match text {
                Some(_) => Err(StoreError::TooLong),
                None => Ok(None),
            };
        };
        // Nothing of that second was taken: an older page begins with its last moment, a newer one with its first.
        let broken_off = found.broken_off.map(|second| match newer {
            false => Cursor {
                direction: Direction::Older,
                ticks: Ticks(of_second(second).0.saturating_add(9_999_999)),
                record: 0,
            },
            true => Cursor {
                direction: Direction::Newer,
                ticks: of_second(second),
                record: 0,
            },
        });
        let seconds = found.numbers.iter();
        let seconds = seconds
            .map(|number| sought.passes(*number).unwrap_or_default())
            .collect();
        Ok(Some(FoundNumbers {
            seconds,
            asked: text.is_some_and(|text| !text.is_nothing()),
            numbers: found.numbers,
            enough: found.enough,
            broken_off,
        }))
    }

    /// Walks over a selection, with the help of the index where it has a text.
    fn walk(
        &mut self,
        sought: &Sought<'_>,
        text: Option<&Text>,
        mut walk: Walk,
    ) -> Result<Option<Candidates>, StoreError> {
        let Some(text) = text else {
            return walk.run(sought, Ok, |_| Ok(true));
        };
        let deadline = walk.deadline;
        if text.narrows() {
            walk.together = TOGETHER;
        }
        self.until(walk.limit, |reader| {
            let Self {
                connection, unpacker, ..
            } = reader;
            if connection.file().is_none() {
                walk.together = 1;
                return asked::walk(connection, unpacker, sought, text, &walk);
            }
            let few = match text.narrows() {
                true => text.named_if_few(connection, sought.numbers(), deadline)?,
                false => Named::Some(Vec::new()),
            };
            match few {
                Named::All(numbers) => walk.among(sought, &numbers, |number| {
                    text.confirm(connection, unpacker, number)
                }),
                Named::Some(_) => walk.run(
                    sought,
                    |found| text.narrow(connection, found, walk.limit),
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
        let deadline = Instant::now() + self.patience.breaks_off;
        let together = match (&text, self.connection.file()) {
            (Some(_), None) => TOGETHER,
            _ => 1,
        };
        let (mut counted, mut waiting) = (0, Vec::new());
        for number in number.saturating_add(1)..=columns.last {
            if counted > at_most {
                return Ok(Count::MoreThan(at_most));
            }
            if Instant::now() > deadline {
                let so_many = counted.checked_sub(1).ok_or(StoreError::TooLong)?;
                return Ok(Count::MoreThan(so_many));
            }
            let Some(second) = sought.passes(number) else {
                continue;
            };
            let Some(text) = &text else {
                counted += 1;
                continue;
            };
            waiting.push((second, number));
            if waiting.len() == together {
                counted += self.hits_of(text, std::mem::take(&mut waiting))?;
            }
        }
        if let Some(text) = &text
            && !waiting.is_empty()
        {
            counted += self.hits_of(text, waiting)?;
        }
        Ok(match counted > at_most {
            true => Count::MoreThan(at_most),
            false => Count::Exactly(counted),
        })
    }

    /// How many of some records, with their seconds, a text is found in.
    fn hits_of(&mut self, text: &Text, some: Vec<(i64, i64)>) -> Result<u64, StoreError> {
        let limit = Instant::now() + self.patience.breaks_off;
        let Self {
            connection, unpacker, ..
        } = self;
        let mut hits = 0;
        if connection.file().is_some() {
            for (_, number) in text.narrow(connection, some, limit)? {
                hits += u64::from(text.confirm(connection, unpacker, number)?);
            }
            return Ok(hits);
        }
        let dated: Vec<Dated> = some
            .iter()
            .map(|(second, number)| Dated::of_second(*number, *second))
            .collect();
        let is_named: HashSet<i64> = text.named_of(connection, &dated, limit)?.into_iter().collect();
        let mut named = some;
        named.retain(|(_, number)| is_named.contains(number));
        match text.confirms() {
            true => Ok(asked::confirmed(connection, unpacker, text, &named)?.len() as u64),
            false => Ok(named.len() as u64),
        }
    }

    /// The date nearest to a selection's range of a record that all its other conditions match.
    pub fn nearest(
        &mut self,
        selection: &Selection,
        directory: &RwLock<Directory>,
    ) -> Result<Option<Ticks>, StoreError> {
        let (from, until) = selection.during();
        let columns = self.memory.columns().ok_or_else(still_reading)?;
        let text = Text::of(selection, &self.memory);
        let mut sought = self.sought(&columns, selection, directory);
        let range = Time::new(from, until);
        let patience = self.patience;
        let mut all_known = true;
        let mut one = |newer: bool, time: Time| -> Result<Option<i64>, StoreError> {
            sought.time = time;
            let deadline = Instant::now() + patience.breaks_off / 3;
            let walk = Walk {
                newer,
                wanted: 1,
                begins: None,
                together: 1,
                deadline,
                limit: deadline + patience.breaks_off / 3,
            };
            let found = match self.walk(&sought, text.as_ref(), walk) {
                Err(StoreError::TooLong) => None,
                found => found?,
            };
            all_known &= found.as_ref().is_some_and(|found| found.broken_off.is_none());
            let found = found.unwrap_or_default();
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
        if before.is_none() && after.is_none() && !all_known {
            return Err(StoreError::TooLong);
        }
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
            true => text.named(connection, sought, at_most, deadline)?,
            // Without the index's help each record is looked at.
            false if sought.columns.last <= FEW_ENOUGH => Named::All((1..=sought.columns.last).collect()),
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
        // What the other conditions exclude altogether needs no look.
        let candidates: Vec<(i64, i64)> = numbers
            .into_iter()
            .filter_map(|number| Some((sought.may_count(number)?, number)))
            .collect();
        let together = if connection.file().is_some() { 1 } else { TOGETHER };
        let mut hits = Vec::new();
        for some in candidates.chunks(together) {
            if Instant::now() > deadline {
                return Ok(Named::Some(hits));
            }
            match (connection.file(), some) {
                (Some(_), [(_, number)]) => {
                    if text.confirm(connection, unpacker, *number)? {
                        hits.push(*number);
                    }
                }
                _ => hits.extend(asked::confirmed(connection, unpacker, text, some)?),
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
        let budget = self.patience.breaks_off;
        let overview = self.overview(selection, &[], budget, directory)?;
        Ok(match overview.count {
            Count::Exactly(n) | Count::MoreThan(n) if n > at_most => Count::MoreThan(at_most),
            count => count,
        })
    }
}

pub(super) fn of_second(second: i64) -> Ticks {
    Ticks(
        second
            .saturating_mul(10_000_000)
            .saturating_add(Ticks::UNIX_EPOCH.0),
    )
}

fn still_reading() -> StoreError {
    StoreError::Busy("the archive is still being read into memory".into())
}

#[cfg(test)]
mod tests {
    use rusqlite::OpenFlags;

    use super::*;
    use crate::{
        audit::AuditRecord,
        store::{Batch, Incoming, Source, Store, sql::SqlStore, sqlite::file},
    };

    /// A reader that breaks every search off as soon as it may.
    async fn impatient(records: impl Iterator<Item = String>) -> (SqlStore, tempfile::TempDir, Reader) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.db");
        let store = SqlStore::open(&path).await.unwrap();
        let account = store
            .account("a1b2c3d4-0000-0000-0000-000000000001", "Contoso")
            .await
            .unwrap();
        let archived_at = "2026-11-20T12:00:00Z".parse().unwrap();
        let incoming = |text: String| Incoming::new(AuditRecord::read(text), Ticks::from(archived_at));
        let batch = Batch {
            account,
            source: Source::Collected,
            archived_at,
            records: records.map(incoming).collect(),
        };
        store.append(batch).await.unwrap();
        store.warm_up().await.unwrap();
        let connection = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let mut reader = Reader::new(connection.into(), std::sync::Arc::clone(&store.0.memory)).unwrap();
        reader.patience.breaks_off = Duration::ZERO;
        (store, folder, reader)
    }

    fn searching(text: &str) -> Selection {
        let today = "2026-11-20".parse().unwrap();
        Selection::everything(chrono_tz::Tz::UTC, today).searching(text)
    }

    /// All that is found, going on wherever the search is broken off; and how often that was.
    fn all(
        store: &SqlStore,
        reader: &mut Reader,
        selection: &Selection,
        begin: Option<Cursor>,
    ) -> (Vec<String>, usize) {
        let (mut ids, mut at, mut broken_off) = (Vec::new(), begin, 0);
        loop {
            reader.begin(&store.0.directory).unwrap();
            let page = reader.page(selection, at, 7, &store.0.directory).unwrap();
            reader.end().unwrap();
            broken_off += usize::from(page.searched_to.is_some());
            let newer = at.is_some_and(|at| at.direction == Direction::Newer);
            let mut some: Vec<_> = page.entries.iter().map(|entry| entry.id.to_string()).collect();
            if newer {
                some.reverse();
            }
            ids.extend(some);
            match if newer { page.newer } else { page.older } {
                Some(next) => at = Some(next),
                None => return (ids, broken_off),
            }
        }
    }

    #[tokio::test]
    async fn a_search_that_is_broken_off_goes_on_to_every_record_once() {
        // Many of each second, at different moments of it, and in no order.
        let record = |n: usize| {
            let second = (n * 7_919) % 1_500;
            format!(
                r#"{{"operationId":"op-{n:06}","operationDate":"2026-11-0{}T{:02}:{:02}:{:02}.{:03}Z","operationType":"create_order",
                "operationStatus":"succeeded","resourceType":"order","userPrincipalName":"{}"}}"#,
                1 + n % 3,
                second / 3_600,
                second / 60 % 60,
                second % 60,
                n * 37 % 1_000,
                if n.is_multiple_of(3) {
                    "ada bright@x.example"
                } else {
                    "bright ada@x.example"
                },
            )
        };
        let (store, _folder, mut reader) = impatient((0..6_000).map(record)).await;
        let selection = searching("\"ada bright\"");
        let (found, broken_off) = all(&store, &mut reader, &selection, None);
        assert!(broken_off > 0, "nothing was broken off");
        let oldest = Cursor {
            direction: Direction::Newer,
            ticks: Ticks::MIN,
            record: 0,
        };
        let (mut upwards, broken_off) = all(&store, &mut reader, &selection, Some(oldest));
        assert!(broken_off > 0, "nothing was broken off on the way back");
        reader.patience = Patience::default();
        let (patient, broken_off) = all(&store, &mut reader, &selection, None);
        assert_eq!((patient.len(), broken_off), (2_000, 0));
        assert!(found == patient, "{} of {}", found.len(), patient.len());
        upwards.reverse();
        assert!(
            upwards == patient,
            "upwards {} of {}",
            upwards.len(),
            patient.len()
        );
    }

    #[tokio::test]
    async fn behind_the_last_record_there_is_a_way_back_and_what_is_not_known_is_not_called_nothing() {
        let record = |n: usize| {
            format!(
                r#"{{"operationId":"op-{n:06}","operationDate":"2026-11-01T00:00:{:02}Z","operationType":"create_order",
                "operationStatus":"succeeded","resourceType":"order","userPrincipalName":"ada bright@x.example"}}"#,
                n % 60,
            )
        };
        let (store, _folder, mut reader) = impatient((0..3_000).map(record)).await;
        let directory = &store.0.directory;
        reader.begin(directory).unwrap();
        // A phrase of which each record has the words, and none has it.
        let nowhere = searching("\"bright ada\"").over(
            crate::audit::selection::From::Day("2026-12-01".parse().unwrap()),
            crate::audit::selection::To::Day("2026-12-02".parse().unwrap()),
        );
        assert!(matches!(
            reader.nearest(&nowhere, directory),
            Err(StoreError::TooLong)
        ));
        reader.patience = Patience::default();
        assert_eq!(reader.nearest(&nowhere, directory).unwrap(), None);
        for selection in [searching(""), searching("ada")] {
            let beyond = Cursor {
                direction: Direction::Older,
                ticks: Ticks(Ticks::UNIX_EPOCH.0),
                record: 1,
            };
            let page = reader.page(&selection, Some(beyond), 7, directory).unwrap();
            assert!(page.entries.is_empty() && page.older.is_none());
            let back = reader.page(&selection, page.newer, 7, directory).unwrap();
            assert_eq!(back.entries.len(), 7);
            assert!(back.newer.is_some());
        }
        assert_eq!(
            reader
                .count_after(&searching("ada"), i64::MAX, 9, directory)
                .unwrap(),
            Count::Exactly(0)
        );
    }

    #[tokio::test]
    async fn more_records_of_one_second_than_can_be_told_apart_are_refused_and_not_mixed_up() {
        let record = |n: usize| {
            let word = if n.is_multiple_of(2) { "left" } else { "right" };
            format!(
                r#"{{"operationId":"op-{n:06}","operationDate":"2026-11-01T00:00:00.{n:07}Z","operationType":"create_order",
                "operationStatus":"succeeded","resourceType":"order","userPrincipalName":"{word}@x.example"}}"#
            )
        };
        let (store, _folder, mut reader) = impatient((0..41_000).map(record)).await;
        reader.patience = Patience {
            breaks_off: Duration::from_secs(60),
            gives_up: Duration::from_secs(120),
        };
        reader.begin(&store.0.directory).unwrap();
        let mut page = |selection| reader.page(&selection, None, 50, &store.0.directory);
        assert!(matches!(page(searching("left")), Err(StoreError::TooLong)));
        let plain = page(searching("user:left@x.example")).unwrap();
        assert_eq!(plain.entries.len(), 50);
        let of = |entry: &crate::store::Entry| entry.record.user_principal_name.clone();
        assert!(
            plain
                .entries
                .iter()
                .all(|entry| of(entry).as_deref() == Some("left@x.example"))
        );
    }
}
