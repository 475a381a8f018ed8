//! What databases do not share: where a file and a server have to be told the same in different words.

use std::{fmt::Write as _, time::Instant};

use super::connection::{Connection, Result};

/// So much work of SQLite's between two looks at the clock.
const STEPS: i32 = 4_000;

/// The state of a server's archive that a statement sees, as a column of it.
pub const STATE: &str = "(SELECT pulse FROM head)";

impl Connection {
    /// Has all that follows see the archive in one state; says which, by a number that changes with it.
    pub fn begin_reading(&self) -> Result<i64> {
        match self {
            Self::File(_) => {
                self.prepare_cached("BEGIN")?.execute(())?;
                self.state()
            }
            Self::Server(session) => Ok(session.begin_reading()?),
        }
    }

    /// Which of a server's histories this is: each is longer than the one before, and may lack its end.
    pub fn timeline(&self) -> i64 {
        match self {
            Self::File(_) => 0,
            Self::Server(session) => session.timeline(),
        }
    }

    /// The state that the archive is in now.
    pub fn state(&self) -> Result<i64> {
        match self {
            Self::File(_) => self.query_row("PRAGMA data_version", (), |row| row.get(0)),
            Self::Server(session) => Ok(session.state()?),
        }
    }

    /// Takes notice of the state that an answer of a server says it is of: [`STATE`].
    pub fn has_answered_in(&self, state: i64) {
        if let Self::Server(session) = self {
            session.has_answered_in(state);
        }
    }

    /// The state that a server was in when it answered last, or a later one. Where the answer did not say, it is asked.
    pub fn last_state(&self) -> Result<i64> {
        match self {
            Self::File(_) => self.state(),
            Self::Server(session) => Ok(session.last_state()?),
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

    /// Says that something changed which others hold in memory, and which state the archive is in by that. Whoever reads a
    /// file sees that by itself.
    pub fn pulse(&self) -> Result<i64> {
        match self {
            Self::File(_) => Ok(0),
            Self::Server(_) => {
                self.query_row("UPDATE head SET pulse = pulse + 1 RETURNING pulse", (), |row| {
                    row.get(0)
                })
            }
        }
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

    /// A condition: a column has one of the bytes of a list that is the statement's value of that place.
    pub fn is_one_of(&self, column: &str, place: usize) -> String {
        match self {
            Self::File(_) => format!("{column} IN (SELECT unhex(value) FROM json_each(?{place}))"),
            Self::Server(_) => format!("{column} = ANY (CAST(CAST(?{place} AS TEXT) AS BYTEA[]))"),
        }
    }

    /// Such a list.
    pub fn list_of_bytes<'b>(&self, all: impl IntoIterator<Item = &'b [u8]>) -> String {
        let (open, before, close) = match self {
            Self::File(_) => ('[', "", ']'),
            // Twice a backslash, because the first says that the second is one.
            Self::Server(_) => ('{', r"\\x", '}'),
        };
        let mut list = String::from(open);
        for bytes in all {
            if list.len() > 1 {
                list.push(',');
            }
            list.push('"');
            list.push_str(before);
            for byte in bytes {
                let _ = write!(list, "{byte:02x}");
            }
            list.push('"');
        }
        list.push(close);
        list
    }

    /// What joins to records `r` their newest versions, as `v`. On a server, where both lie in parts by account and month, it
    /// says in which, and `OFFSET 0` has each looked up for itself: nothing else is ever faster for the few that are asked for.
    pub fn newest_version(&self) -> &'static str {
        match self {
            Self::File(_) => "JOIN version v ON v.seq = r.version",
            Self::Server(_) => {
                "CROSS JOIN LATERAL (SELECT * FROM version
                   WHERE version.account = r.account AND version.seq = r.version AND version.ticks = r.ticks OFFSET 0) v"
            }
        }
    }
}
