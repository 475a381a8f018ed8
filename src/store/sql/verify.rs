//! Compares everything in the archive with the records as they were received. What is expected is read from the
//! documents by `audit`, never from what the archive says of them; how records are written is not known here.

use std::{collections::HashSet, fmt};

use super::{
    StoreError,
    connection::{self, Connection, Row, Statement},
    copy::{CopyError, Place},
    documents::Unpacker,
    following, index, retention,
};
use crate::{
    audit::{
        AuditRecord, RecordId, Ticks,
        identity::{Content, EventKey},
        search,
    },
    store::{
        Overseer, Stage,
        directory::{Directory, Kind, term_text},
        sqlite::file,
    },
};

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The record's public name; `None` where it concerns no single record.
    pub record: Option<RecordId>,
    /// What is wrong, without anything of what the record says.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.record {
            Some(record) => write!(f, "record {record}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// What was compared, and what does not fit.
#[derive(Debug, Default)]
pub struct Verified {
    pub records: u64,
    pub versions: u64,
    pub days: u64,
    /// Records that were removed because the archive keeps so many months only.
    pub removed: u64,
    pub faults: u64,
    pub first: Option<Fault>,
}

impl Verified {
    fn fault(&mut self, record: Option<RecordId>, what: impl Into<String>) {
        self.faults += 1;
        if self.first.is_none() {
            let what = what.into();
            self.first = Some(Fault { record, what });
        }
    }
}

/// Compares the archive in a file or on a server, as it is at one moment; others go on reading and writing. `None` when it
/// was stopped.
///
/// # Errors
/// When there is no archive to compare, or one of another version.
pub fn verify(place: &Place, overseer: &Overseer) -> Result<Option<Verified>, StoreError> {
    let archive = place.to_read().map_err(|error| match error {
        CopyError::At(_, error) | CopyError::Store(error) => error,
        other => StoreError::Database(other.into()),
    })?;
    compare_now(&archive.connection, overseer)
}

/// Compares an opened archive.
pub fn compare(connection: &Connection, overseer: &Overseer) -> Result<Option<Verified>, StoreError> {
    connection.begin_reading()?;
    let compared = compare_now(connection, overseer);
    connection.end_reading()?;
    compared
}

fn compare_now(connection: &Connection, overseer: &Overseer) -> Result<Option<Verified>, StoreError> {
    let mut comparing = Comparing {
        connection,
        overseer,
        unpacker: Unpacker::new()?,
        directory: Directory::default(),
        indexed_from: index::indexed_from(connection)?,
        accounts: HashSet::new(),
        verified: Verified::default(),
    };
    match comparing.everything() {
        Ok(()) => Ok(Some(comparing.verified)),
        Err(Ended::Stopped) => Ok(None),
        Err(Ended::Failed(error)) => Err(error),
    }
}

/// Why comparing did not come to its end.
enum Ended {
    Stopped,
    Failed(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<connection::Error> for Ended {
    fn from(error: connection::Error) -> Self {
        match error.is_interrupted() {
            true => Self::Stopped,
            false => Self::Failed(error.into()),
        }
    }
}

/// A row of `record`.
pub(super) struct RecordRow {
    pub id: i64,
    pub key: EventKey,
    pub account: i64,
    pub ordinal: u32,
    pub version: i64,
    pub versions: i64,
    pub ticks: i64,
    pub terms: Terms,
    pub source: i64,
}

/// The numbers of a record's terms, as they are in its row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub customer: Option<i64>,
    pub customer_name: Option<i64>,
    pub user: Option<i64>,
    pub application: Option<i64>,
    pub operation: Option<i64>,
    pub resource: Option<i64>,
    pub status: Option<i64>,
    pub changed: Option<i64>,
}

pub(super) const RECORDS: &str =
    "SELECT id, event_key, account, ordinal, version, versions, ticks, customer, customer_name,
    \"user\", application, operation, resource, status, source, changed FROM record WHERE id > ?1 ORDER BY id LIMIT 1000";

impl RecordRow {
    pub fn read(row: &Row<'_>) -> connection::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: EventKey(row.get(1)?),
            account: row.get(2)?,
            ordinal: row.get(3)?,
            version: row.get(4)?,
            versions: row.get(5)?,
            ticks: row.get(6)?,
            terms: Terms {
                customer: row.get(7)?,
                customer_name: row.get(8)?,
                user: row.get(9)?,
                application: row.get(10)?,
                operation: row.get(11)?,
                resource: row.get(12)?,
                status: row.get(13)?,
                changed: row.get(15)?,
            },
            source: row.get(14)?,
        })
    }

    /// Its public name as far as the row alone tells it; leads to the record in any case.
    fn name(&self) -> RecordId {
        RecordId::new(None, &self.key, self.ordinal)
    }
}

pub(super) const VERSIONS: &str = "SELECT seq, content, source, archived_at, dictionary, document FROM version WHERE record = ?1 ORDER BY seq";

/// Which version may be a record's newest, and how it may say it came, as its versions arrive in their order.
///
/// A version takes the place of the one before, except that what was imported never hides what was collected. That
/// Partner Center itself showed what so far only a file said leaves no version behind, so either may be.
#[derive(Default)]
pub(super) struct Newest {
    /// The newest if nobody confirmed it.
    imported: Option<i64>,
    /// Those that may be the newest and collected: the last that was, or any imported one since.
    collected: Vec<i64>,
}

impl Newest {
    pub fn arrived(&mut self, seq: i64, source: i64) {
        if source == 1 {
            self.collected.clear();
            self.imported = None;
            self.collected.push(seq);
        } else if self.collected.is_empty() || self.imported.is_some() {
            self.imported = Some(seq);
            self.collected.push(seq);
        }
    }

    pub fn may_be(&self, version: i64, source: i64) -> bool {
        match source {
            1 => self.collected.binary_search(&version).is_ok(),
            2 => self.imported == Some(version),
            _ => false,
        }
    }

    /// Which it is, where the row says something impossible.
    pub fn likely(&self) -> Option<(i64, i64)> {
        match self.imported {
            Some(version) => Some((version, 2)),
            None => self.collected.last().map(|version| (*version, 1)),
        }
    }
}

struct Comparing<'a> {
    connection: &'a Connection,
    overseer: &'a Overseer,
    unpacker: Unpacker,
    directory: Directory,
    /// Records from that number on are in the search index.
    indexed_from: i64,
    accounts: HashSet<i64>,
    verified: Verified,
}

impl Comparing<'_> {
    fn everything(&mut self) -> Result<(), Ended> {
        self.pages()?;
        // Each on its own: what one cannot read, another may.
        self.going_on(Self::directory)?;
        self.going_on(Self::records)?;
        self.going_on(Self::numbers)?;
        self.going_on(Self::ties)?;
        self.going_on(Self::tables)?;
        self.going_on(Self::days)
    }

    /// Damage ends a part of the comparison, not the whole.
    fn going_on(&mut self, part: impl FnOnce(&mut Self) -> Result<(), Ended>) -> Result<(), Ended> {
        match part(self) {
            Err(Ended::Failed(StoreError::Damaged(damage))) => {
                self.verified
                    .fault(None, format!("the database cannot be read on: {damage}"));
                Ok(())
            }
            other => other,
        }
    }

    /// What SQLite itself can tell: pages, rows, indexes.
    fn pages(&mut self) -> Result<(), Ended> {
        // A server looks after its own pages.
        let Some(archive) = self.connection.file() else {
            return Ok(());
        };
        self.overseer.tell(Stage::Checking, 0, 0);
        archive
            .progress_handler(10_000, Some(self.overseer.stopper()))
            .map_err(connection::Error::from)?;
        let mut found = Vec::new();
        let checked = archive.pragma_query(None, "integrity_check", |row| {
            found.push(row.get::<_, String>(0)?);
            Ok(())
        });
        archive
            .progress_handler(0, None::<fn() -> bool>)
            .map_err(connection::Error::from)?;
        for line in found.iter().filter(|line| *line != "ok") {
            let damage = file::one_line(line);
            self.verified
                .fault(None, format!("the database is damaged: {damage}"));
        }
        match checked.map_err(connection::Error::from).map_err(Ended::from) {
            Err(Ended::Failed(StoreError::Damaged(damage))) => {
                self.verified
                    .fault(None, format!("the database is damaged: {damage}"));
                Ok(())
            }
            other => other,
        }
    }

    /// What records point to.
    fn directory(&mut self) -> Result<(), Ended> {
        following::load_directory(self.connection, &mut self.directory)?;
        let mut statement = self.connection.prepare_cached("SELECT id FROM account")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            self.accounts.insert(row.get(0)?);
        }
        Ok(())
    }

    /// The small tables.
    fn tables(&mut self) -> Result<(), Ended> {
        for (wrong, what) in [
            (
                "SELECT count(*) FROM term WHERE kind NOT BETWEEN 1 AND 8",
                "texts are of a kind that does not exist",
            ),
            (
                "SELECT count(*) FROM customer_name n LEFT JOIN term c ON c.id = n.customer LEFT JOIN term t ON t.id = n.name
                 WHERE t.kind IS DISTINCT FROM 2 OR (n.customer <> 0 AND c.kind IS DISTINCT FROM 1)",
                "names of customers point nowhere",
            ),
            (
                "SELECT count(*) FROM day WHERE state NOT BETWEEN 1 AND 3 OR records < 0
                   OR account NOT IN (SELECT id FROM account)",
                "days make no sense",
            ),
            (
                "SELECT count(*) FROM run WHERE account NOT IN (SELECT id FROM account)",
                "collection runs belong to no account",
            ),
        ] {
            let count: i64 = self.connection.query_row(wrong, (), |row| row.get(0))?;
            if count > 0 {
                self.verified.fault(None, format!("{count} {what}"));
            }
        }
        Ok(())
    }

    /// Every record with all its versions.
    fn records(&mut self) -> Result<(), Ended> {
        let total = self.count("SELECT count(*) FROM version")?;
        let mut records = self.connection.prepare_cached(RECORDS)?;
        let mut versions = self.connection.prepare_cached(VERSIONS)?;
        let mut last = 0;
        loop {
            let some: Vec<(i64, Option<RecordRow>)> = records
                .query_map([last], |row| match RecordRow::read(row) {
                    Ok(record) => Ok((record.id, Some(record))),
                    Err(connection::Error::OtherKind(_)) => Ok((row.get(0)?, None)),
                    Err(error) => Err(error),
                })?
                .collect::<Result<_, _>>()?;
            if some.is_empty() {
                break;
            }
            for (id, record) in some {
                self.next_record(total, &mut last, id, record, &mut versions)?;
            }
        }
        self.overseer
            .tell(Stage::Comparing, self.verified.versions, total);
        let given = self.connection.last_given()?.0;
        self.gap(last, given.saturating_add(1))
    }

    /// Numbers between two records: each was removed, and something says so.
    fn gap(&mut self, last: i64, next: i64) -> Result<(), Ended> {
        if last + 1 >= next {
            return Ok(());
        }
        if let Some(number) = retention::first_unexplained(self.connection, last + 1, next)? {
            self.verified
                .fault(None, format!("the row of record number {number} is missing"));
        }
        Ok(())
    }

    fn next_record(
        &mut self,
        total: u64,
        last: &mut i64,
        id: i64,
        record: Option<RecordRow>,
        versions: &mut Statement<'_>,
    ) -> Result<(), Ended> {
        if self.verified.records.is_multiple_of(64) {
            self.overseer
                .tell(Stage::Comparing, self.verified.versions, total);
            if self.overseer.stops() {
                return Err(Ended::Stopped);
            }
        }
        self.verified.records += 1;
        self.gap(*last, id)?;
        *last = id;
        match record {
            Some(record) => self.record(&record, versions)?,
            None => {
                let what = format!("the row of record number {id} holds values of the wrong kind");
                self.verified.fault(None, what);
            }
        }
        Ok(())
    }

    fn record(&mut self, record: &RecordRow, versions: &mut Statement<'_>) -> Result<(), Ended> {
        let mut name = record.name();
        let mut wrong: Vec<String> = Vec::new();
        let mut newest = Newest::default();
        let mut count = 0;
        let mut shown = None;
        let mut rows = versions.query([record.id])?;
        while let Some(row) = rows.next()? {
            count += 1;
            self.verified.versions += 1;
            let (seq, source): (i64, i64) = (row.get(0)?, row.get(2)?);
            newest.arrived(seq, source);
            match self.version(record, &row) {
                Ok(document) => {
                    if let Some(given) = &document.given_id {
                        name = RecordId::new(Some(given), &record.key, record.ordinal);
                    }
                    if seq == record.version {
                        shown = Some(document);
                    }
                }
                Err(Unfit::Ended(ended)) => return Err(ended),
                Err(Unfit::Says(what)) => wrong.push(format!("its version {seq} {what}")),
            }
        }
        if !self.accounts.contains(&record.account) {
            wrong.push("its account does not exist".to_owned());
        }
        if count == 0 {
            wrong.push("it has no version".to_owned());
        } else if !newest.may_be(record.version, record.source) {
            wrong.push("its columns version and source do not follow from its versions".to_owned());
        }
        if count != record.versions {
            wrong.push(format!("it says {} versions and has {count}", record.versions));
        }
        if let Some(document) = shown {
            let columns = self.differing(record, &document);
            if !columns.is_empty() {
                wrong.push(format!(
                    "its document says otherwise than its columns {}",
                    columns.join(", ")
                ));
            }
        }
        for what in wrong {
            self.verified.fault(Some(name.clone()), what);
        }
        Ok(())
    }

    /// A version's document, if it is what it was when it was archived.
    fn version(&mut self, record: &RecordRow, row: &Row<'_>) -> Result<AuditRecord, Unfit> {
        let content: Vec<u8> = row.get(1)?;
        let (source, archived_at): (i64, i64) = (row.get(2)?, row.get(3)?);
        let (dictionary, packed): (Option<i64>, Vec<u8>) = (row.get(4)?, row.get(5)?);
        let document = match self.unpacker.unpack(self.connection, dictionary, &packed) {
            Ok(document) => AuditRecord::read(document),
            Err(StoreError::Damaged(damage)) => return Err(Ended::from(StoreError::Damaged(damage)).into()),
            Err(_) => return Err(Unfit::Says("cannot be unpacked".to_owned())),
        };
        if EventKey::of(&document) != record.key {
            return Err(Unfit::Says("is the document of another record".to_owned()));
        }
        if Content::of(&document).0 != *content {
            return Err(Unfit::Says(
                "does not say what it said when it was archived".to_owned(),
            ));
        }
        if !matches!(source, 1 | 2) || archived_at <= 0 {
            return Err(Unfit::Says(
                "makes no sense of whence and when it came".to_owned(),
            ));
        }
        Ok(document)
    }

    /// The columns that the newest document would fill otherwise today.
    fn differing(&self, record: &RecordRow, document: &AuditRecord) -> Vec<&'static str> {
        let mut columns = Vec::new();
        // What has no readable date is filed under that of its reading, which nothing else tells.
        if document.ticks.is_some_and(|ticks| ticks.0 != record.ticks) {
            columns.push("ticks");
        }
        if document.given_id.is_some() && record.ordinal != 0 {
            columns.push("ordinal");
        }
        let terms = &record.terms;
        let changed = search::changed_fields(document).join("\n");
        let changed = (!changed.is_empty()).then_some(changed);
        // What is not in the index yet has not been looked at so far.
        let changed = match record.id < self.indexed_from {
            true => terms
                .changed
                .and_then(|number| self.directory.text(number))
                .map(|text| text.to_string()),
            false => changed,
        };
        for (column, number, kind, text) in [
            (
                "customer",
                terms.customer,
                Kind::Customer,
                document.customer_id.as_deref(),
            ),
            (
                "customer_name",
                terms.customer_name,
                Kind::CustomerName,
                document.customer_name.as_deref(),
            ),
            (
                "user",
                terms.user,
                Kind::User,
                document.user_principal_name.as_deref(),
            ),
            (
                "application",
                terms.application,
                Kind::Application,
                document.application_id.as_deref(),
            ),
            (
                "operation",
                terms.operation,
                Kind::Operation,
                Some(&*document.operation_type.0),
            ),
            (
                "resource",
                terms.resource,
                Kind::Resource,
                Some(&*document.resource_type.0),
            ),
            (
                "status",
                terms.status,
                Kind::Status,
                Some(&*document.operation_status.0),
            ),
            ("changed", terms.changed, Kind::Changed, changed.as_deref()),
        ] {
            let fits = match (number, text) {
                (None, None) => true,
                (Some(number), Some(text)) => {
                    self.directory.number(kind, &term_text(kind, text)) == Some(number)
                }
                _ => false,
            };
            if !fits {
                columns.push(column);
            }
        }
        if let Some(name) = terms.customer_name {
            let seen = self.directory.name_seen(terms.customer.unwrap_or(0), name);
            // Kept to the day.
            if seen.is_none_or(|seen| seen.div_euclid(DAY) < record.ticks.div_euclid(DAY)) {
                columns.push("customer_name (when last seen)");
            }
        }
        columns
    }

    /// Versions are numbered without gaps but for those that were removed: a number that was given and is not there was
    /// taken away. A transaction that is rolled back gives its numbers back with everything else.
    fn numbers(&mut self) -> Result<(), Ended> {
        let there = self.count("SELECT count(*) FROM version")?;
        let removed = retention::totals(self.connection)?;
        self.verified.removed = removed.records;
        for what in retention::contradictions(self.connection)? {
            self.verified.fault(None, what);
        }
        let given = u64::try_from(self.connection.last_given()?.1).unwrap_or_default();
        let highest = self.count(
            "SELECT max(seq) FROM (SELECT coalesce(max(seq), 0) AS seq FROM version
               UNION ALL SELECT coalesce(max(seq), 0) FROM tombstone) AS ends",
        )?;
        let known = there + removed.versions;
        if known != given || highest != given {
            let next = retention::first_missing_version(self.connection)?;
            let missing = given.max(highest).saturating_sub(known);
            self.verified.fault(
                None,
                format!("version {next} is missing, of {missing} that were archived and are not there"),
            );
        }
        // What belongs to no record was not seen above.
        if there != self.verified.versions {
            let mut statement = self.connection.prepare_cached(
                "SELECT seq FROM version WHERE record NOT IN (SELECT id FROM record) ORDER BY seq",
            )?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let seq: i64 = row.get(0)?;
                self.verified
                    .fault(None, format!("version {seq} belongs to no record"));
            }
        }
        Ok(())
    }

    /// The order among records of one moment: by record id.
    fn ties(&mut self) -> Result<(), Ended> {
        let mut moments = self
            .connection
            .prepare_cached("SELECT ticks FROM record GROUP BY ticks HAVING count(*) > 1")?;
        let mut of_moment = self.connection.prepare_cached(&format!(
            "SELECT r.id, r.event_key, r.ordinal, r.tie, v.dictionary, v.document
             FROM record r {} WHERE r.ticks = ?1 ORDER BY r.tie, r.id",
            self.connection.newest_version()
        ))?;
        let mut rows = moments.query(())?;
        while let Some(row) = rows.next()? {
            if self.overseer.stops() {
                return Err(Ended::Stopped);
            }
            let mut equal = of_moment.query([row.get::<i64>(0)?])?;
            let mut before: Option<((RecordId, i64), i64)> = None;
            while let Some(row) = equal.next()? {
                let Ok(key) = row.get(1).map(EventKey) else {
                    continue;
                };
                let (id, ordinal, tie): (i64, u32, i64) = (row.get(0)?, row.get(2)?, row.get(3)?);
                let packed: Vec<u8> = row.get(5)?;
                // What cannot be unpacked was told above.
                let Ok(document) = self.unpacker.unpack(self.connection, row.get(4)?, &packed) else {
                    continue;
                };
                let given = AuditRecord::read(document).given_id;
                let place = (RecordId::new(given.as_deref(), &key, ordinal), id);
                if let Some((earlier, earlier_tie)) = &before
                    && (*earlier >= place || *earlier_tie >= tie)
                {
                    let what = "its place among records of the same moment is not that of its id";
                    self.verified.fault(Some(place.0.clone()), what);
                }
                before = Some((place, tie));
            }
        }
        Ok(())
    }

    /// Days that say they were read: what they showed is there. Records may be dated a day off theirs.
    fn days(&mut self) -> Result<(), Ended> {
        let mut days = self
            .connection
            .prepare_cached("SELECT account, day, state, records FROM day ORDER BY account, day")?;
        let mut any = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM record WHERE ticks >= ?2 AND ticks < ?3 AND account = ?1)",
        )?;
        let kept_from = retention::kept_from(self.connection)?;
        let mut rows = days.query(())?;
        while let Some(row) = rows.next()? {
            self.verified.days += 1;
            let (account, day): (i64, i64) = (row.get(0)?, row.get(1)?);
            let (state, records): (i64, i64) = (row.get(2)?, row.get(3)?);
            let start = (day + DAYS_BEFORE_1970).saturating_mul(DAY);
            let (from, until) = (start.saturating_sub(DAY), start.saturating_add(2 * DAY));
            if kept_from.is_some_and(|kept_from| kept_from.is_gone(Ticks(from))) {
                continue;
            }
            if state == 1
                && records > 0
                && !any.query_row([account, from, until], |row| row.get::<bool>(0))?
            {
                let date = chrono::NaiveDate::default()
                    .checked_add_signed(chrono::TimeDelta::try_days(day).unwrap_or_default())
                    .unwrap_or_default();
                let what = format!("{date} is said to have {records} records, and none is archived");
                self.verified.fault(None, what);
            }
        }
        Ok(())
    }

    fn count(&self, sql: &str) -> Result<u64, Ended> {
        let count: i64 = self.connection.query_row(sql, (), |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

/// Ticks of a day.
const DAY: i64 = 864_000_000_000;
/// Days from the first of year 1, where ticks begin.
const DAYS_BEFORE_1970: i64 = 719_162;

/// Why a version does not count.
enum Unfit {
    Says(String),
    Ended(Ended),
}

impl From<Ended> for Unfit {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

impl From<connection::Error> for Unfit {
    fn from(error: connection::Error) -> Self {
        match error {
            connection::Error::OtherKind(_) => Self::Says("holds values of the wrong kind".to_owned()),
            error => Self::Ended(error.into()),
        }
    }
}
