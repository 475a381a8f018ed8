//! What databases do not share: where a file and a server have to be told the same in different words.

use std::time::Instant;

use super::connection::{Connection, Result};

/// So much work of SQLite's between two looks at the clock.
const STEPS: i32 = 4_000;

impl Connection {
    /// Has all that follows see the archive in one state; says which, by a number that changes with it.
    pub fn begin_reading(&self) -> Result<i64> {
        match self {
            Self::File(_) => {
                self.prepare_cached("BEGIN")?.execute(())?;
                self.query_row("PRAGMA data_version", (), |row| row.get(0))
            }
            Self::Server(session) => Ok(session.begin_reading()?),
        }
    }

    /// Lets go of that state.
    pub fn end_reading(&self) -> Result<()> {
        match self {
            Self::File(_) => self.prepare_cached("COMMIT")?.execute(()).map(|_| ()),
            Self::Server(session) => Ok(session.end_reading()?),
        }
    }

    /// Has statements end at a moment, as interrupted, or whenever they like.
    pub fn interrupt_at(&self, moment: Option<Instant>) -> Result<()> {
        match self {
            Self::File(file) => {
                let handler = moment.map(|moment| move || Instant::now() > moment);
                file.progress_handler(if handler.is_some() { STEPS } else { 0 }, handler)?;
            }
            Self::Server(session) => session.interrupt_at(moment)?,
        }
        Ok(())
    }

    /// The last numbers given to a record and to a version; 0 where there was none. None is ever given twice.
    pub fn last_given(&self) -> Result<(i64, i64)> {
        let sql = match self {
            Self::File(_) => {
                "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'record'), 0),
                   coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'version'), 0)"
            }
            Self::Server(_) => "SELECT record, version FROM head",
        };
        self.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Notes the last numbers that were given, where the tables do not do so themselves.
    pub fn has_given(&self, record: i64, version: i64) -> Result<()> {
        if let Self::Server(_) = self {
            self.prepare_cached("UPDATE head SET record = ?1, version = ?2")?
                .execute([record, version])?;
        }
        Ok(())
    }

    /// Says that something changed which others hold in memory. Whoever reads a file sees that by itself.
    pub fn pulse(&self) -> Result<()> {
        if let Self::Server(_) = self {
            self.prepare_cached("UPDATE head SET pulse = pulse + 1")?
                .execute(())?;
        }
        Ok(())
    }

    /// A condition: a column has one of the numbers of a list that is the statement's value of that place.
    pub fn is_among(&self, column: &str, place: usize) -> String {
        match self {
            Self::File(_) => format!("{column} IN (SELECT value FROM json_each(?{place}))"),
            Self::Server(_) => format!("{column} = ANY (CAST(CAST(?{place} AS TEXT) AS BIGINT[]))"),
        }
    }

    /// Such a list.
    pub fn list(&self, numbers: impl IntoIterator<Item = i64>) -> String {
        let (open, close) = match self {
            Self::File(_) => ('[', ']'),
            Self::Server(_) => ('{', '}'),
        };
        let mut list = String::from(open);
        for number in numbers {
            if list.len() > 1 {
                list.push(',');
            }
            list.push_str(&number.to_string());
        }
        list.push(close);
        list
    }

    /// A condition: the version `v` is the newest of the record `r`. On a server, where both lie in parts by account and
    /// month, it says in which.
    pub fn is_newest(&self) -> &'static str {
        match self {
            Self::File(_) => "v.seq = r.version",
            Self::Server(_) => "v.seq = r.version AND v.account = r.account AND v.ticks = r.ticks",
        }
    }
}
