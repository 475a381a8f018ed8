//! One connection to a server, with the statements it has understood. For threads that may wait.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use postgres::{
    Client, Row, Statement,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::{Connector, StoreError, is_unavailable};
use crate::store::sql::connection::{Value, Writes};

/// Whoever listens there is told that something was written, whoever wrote it.
pub const CHANNEL: &str = "partnerlog";

/// So many statements are kept; the filters of a selection are a part of its statement, so there is no end of them.
const STATEMENTS: usize = 256;

type Failed = Box<dyn std::error::Error + Send + Sync>;

pub struct Session {
    client: RefCell<Ending>,
    statements: RefCell<HashMap<Arc<str>, Prepared>>,
    /// Statements that take longer are logged, without their values.
    slow: Duration,
    /// Which of the server's histories it is connected to: each time a replica takes over, another one begins, which may lack
    /// the last that was written before. 0 where that is not known.
    timeline: i64,
    /// Whether a transaction was begun and has not ended.
    in_transaction: Cell<bool>,
    /// Whether its server could not be had any more, or takes no writes any more: another connection may find one that does.
    is_lost: Cell<bool>,
    /// After how many milliseconds the server ends a statement, and whether any is to be ended; 0 is never. What was set is
    /// left so until something else is asked: each time takes a way to the server and back.
    ends_after: Cell<u64>,
    is_limited: Cell<bool>,
    /// Which state of the archive the last answer was of, where it said so.
    answered_in: Cell<Option<i64>>,
}

/// A statement that the server has understood, and its text.
#[derive(Clone)]
pub struct Prepared {
    statement: Statement,
    text: Arc<str>,
}

/// Closing a connection waits for its last bytes, which threads that serve others must not do.
struct Ending(Option<Box<Client>>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            std::thread::spawn(move || drop(client));
        }
    }
}

impl Session {
    /// # Errors
    /// When the server cannot be reached.
    pub fn of(connector: &Connector) -> Result<Self, StoreError> {
        let mut client = connector.connect()?;
        let timeline = timeline(&mut client)?;
        Ok(Self::over(client, connector.slow_statement(), timeline)?)
    }

    /// To the replica.
    ///
    /// # Errors
    /// When there is none, or it cannot be reached.
    pub fn of_replica(connector: &Connector) -> Result<Self, StoreError> {
        let client = connector.connect_to_replica()?;
        let client = client.ok_or_else(|| StoreError::Unavailable("there is no replica".into()))?;
        Ok(Self::over(client, connector.slow_statement(), 0)?)
    }

    fn over(mut client: Client, slow: Duration, timeline: i64) -> Result<Self, postgres::Error> {
        client.batch_execute(PLANS)?;
        Ok(Self {
            slow,
            timeline,
            client: RefCell::new(Ending(Some(Box::new(client)))),
            statements: RefCell::default(),
            in_transaction: Cell::new(false),
            is_lost: Cell::new(false),
            ends_after: Cell::new(0),
            is_limited: Cell::new(false),
            answered_in: Cell::new(None),
        })
    }

    pub fn timeline(&self) -> i64 {
        self.timeline
    }

    /// Asks the server for something.
    pub fn with<T>(
        &self,
        ask: impl FnOnce(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, postgres::Error> {
        let mut client = self.client.borrow_mut();
        let client = client.0.as_mut().expect("a session has its client until it ends");
        self.answered_in.set(None);
        let done = ask(client);
        if done.as_ref().is_err_and(is_unavailable) && !self.is_lost.replace(true) {
            metrics::counter!("partnerlog_database_connections_lost_total").increment(1);
        }
        done
    }

    /// Whether nothing can be asked any more.
    pub fn is_closed(&self) -> bool {
        self.with(|client| Ok(client.is_closed())).unwrap_or(true)
    }

    /// Whether it is in the state that it was handed out in.
    pub fn is_idle(&self) -> bool {
        !self.in_transaction.get() && !self.is_lost.get() && !self.is_closed()
    }

    pub fn prepare(&self, sql: &str) -> Result<Prepared, postgres::Error> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let text: Arc<str> = sql.into();
        let prepared = Prepared {
            statement: self.with(|client| client.prepare(&numbered(sql)))?,
            text: Arc::clone(&text),
        };
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(text, prepared.clone());
        Ok(prepared)
    }

    pub fn query(&self, prepared: &Prepared, values: &[Value<'_>]) -> Result<Vec<Row>, postgres::Error> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.timed(&prepared.text, |client| {
            client.query(&prepared.statement, &values)
        })
    }

    /// Asks the server for something that is logged when it takes too long, with its text and without its values.
    pub fn timed<T>(
        &self,
        text: &str,
        ask: impl FnOnce(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, postgres::Error> {
        if self.ends_after.get() != 0 && !self.is_limited.get() {
            self.end_after(0)?;
        }
        let began = Instant::now();
        let done = self.with(ask);
        let took = began.elapsed();
        if took > self.slow {
            let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            let statement = text.split_whitespace().collect::<Vec<_>>().join(" ");
            tracing::warn!(ms, statement, "a statement was slow");
        }
        done
    }

    /// Has statements end at a moment, or whenever they like.
    pub fn interrupt_at(&self, moment: Option<Instant>) -> Result<(), postgres::Error> {
        self.is_limited.set(moment.is_some());
        let Some(moment) = moment else {
            return Ok(());
        };
        let left = moment.saturating_duration_since(Instant::now()).as_millis();
        let left = u64::try_from(left).unwrap_or(u64::MAX).max(1);
        // What is nearly the same is the same.
        let set = self.ends_after.get();
        match set > left / 2 && set <= left + left / 8 {
            true => Ok(()),
            false => self.end_after(left),
        }
    }

    fn end_after(&self, milliseconds: u64) -> Result<(), postgres::Error> {
        self.with(|client| client.batch_execute(&format!("SET statement_timeout = {milliseconds}")))?;
        self.ends_after.set(milliseconds);
        Ok(())
    }

    /// The state of the archive, of which a look at one row tells: no limit is in its way.
    pub fn state(&self) -> Result<i64, postgres::Error> {
        let prepared = self.prepare("SELECT pulse FROM head")?;
        self.with(|client| client.query_one(&prepared.statement, &[]))?
            .try_get(0)
    }

    /// Takes notice of the state that an answer was of, until something else is asked.
    pub fn has_answered_in(&self, state: i64) {
        self.answered_in.set(Some(state));
    }

    /// The state that the last answer was of, or else the one that the archive is in now.
    pub fn last_state(&self) -> Result<i64, postgres::Error> {
        match self.answered_in.get() {
            Some(state) => Ok(state),
            None => self.state(),
        }
    }

    pub fn execute(&self, prepared: &Prepared, values: &[Value<'_>]) -> Result<usize, postgres::Error> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let written = self.timed(&prepared.text, |client| {
            client.execute(&prepared.statement, &values)
        })?;
        Ok(usize::try_from(written).unwrap_or(usize::MAX))
    }

    /// Statements without values and answers, all sent at once.
    pub fn batch(&self, sql: &str) -> Result<(), postgres::Error> {
        self.with(|client| client.batch_execute(sql))?;
        if sql == "ROLLBACK" {
            self.in_transaction.set(false);
        }
        Ok(())
    }

    /// A transaction that writes. One at a time writes the archive, and one at a time the books, on whatever machine.
    pub fn begin(&self, writes: Writes) -> Result<(), postgres::Error> {
        let lock = match writes {
            Writes::Archive => ARCHIVE,
            Writes::Books => BOOKS,
        };
        self.in_transaction.set(true);
        let begun = self.batch(&format!(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = {STALLED}; SELECT pg_advisory_xact_lock({lock})"
        ));
        if begun.is_err() {
            // What was begun and cannot go on would be in the way of whatever comes next.
            let _ = self.batch("ROLLBACK");
        }
        begun
    }

    /// Ends a transaction, and tells all who listen.
    pub fn commit(&self) -> Result<(), postgres::Error> {
        self.batch(&format!("NOTIFY {CHANNEL}; COMMIT"))?;
        self.in_transaction.set(false);
        Ok(())
    }

    /// Has all that follows see one state of the archive; says which, by a number that every change of it moves.
    pub fn begin_reading(&self) -> Result<i64, postgres::Error> {
        self.in_transaction.set(true);
        let said = self.with(|client| client.simple_query(&format!("{READ}; SELECT pulse FROM head")))?;
        let pulse = said.into_iter().find_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => row.get(0).and_then(|text| text.parse().ok()),
            _ => None,
        });
        Ok(pulse.unwrap_or_default())
    }

    /// The same for whoever reads all of it for long: no month is removed before that ends, nor between what it sees and
    /// what it finds.
    pub fn begin_reading_all(&self) -> Result<(), postgres::Error> {
        self.in_transaction.set(true);
        let locked = "LOCK TABLE record, version, search IN ACCESS SHARE MODE";
        self.batch(&format!("{READ}; {locked}"))
    }

    pub fn end_reading(&self) -> Result<(), postgres::Error> {
        self.batch("COMMIT")?;
        self.in_transaction.set(false);
        Ok(())
    }
}

/// Whoever writes and says nothing for so long, in milliseconds, loses the right to: a process may have been stopped.
const STALLED: u32 = 60_000;
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Each statement is planned once. The tables have a part for each month: to plan for all of them takes longer than most of
/// our statements do, and compiling such a plan longer still. Such a plan does not know how much is asked for; where an order
/// is asked for, an index has it, and sorting would read all of the table for the first few rows.
const PLANS: &str = "SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_sort = off";

/// "PLOG" and "PBOK": names of locks that only this program takes.
pub const ARCHIVE: i64 = 0x504C_4F47;
pub const BOOKS: i64 = 0x5042_4F4B;
/// "PCPY": held by whoever copies an archive, which nobody opens meanwhile.
pub const COPYING: i64 = 0x5043_5059;

/// The number that a server's write-ahead log begins with, which ascends. A replica has none, nor has what only speaks
/// PostgreSQL's language.
fn timeline(client: &mut Client) -> Result<i64, postgres::Error> {
    let asked = client.query_one(
        "SELECT CASE WHEN pg_is_in_recovery() THEN '0' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END",
        &[],
    );
    match asked {
        Ok(row) => Ok(i64::from_str_radix(row.try_get(0)?, 16).unwrap_or_default()),
        Err(error) if is_unavailable(&error) => Err(error),
        Err(_) => Ok(0),
    }
}

/// The statement as PostgreSQL counts its values: `$1` for `?1`. None of ours has a question mark otherwise.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

/// PostgreSQL's texts cannot hold the character 0, which names from elsewhere may. It and the character 1 are written as
/// two each, so that every text is another one and their order stays.
fn escaped(text: &str) -> Cow<'_, str> {
    match text.contains(['\0', '\u{1}']) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(text.replace('\u{1}', "\u{1}\u{2}").replace('\0', "\u{1}\u{1}")),
    }
}

fn unescaped(text: &str) -> Cow<'_, str> {
    match text.contains('\u{1}') {
        false => Cow::Borrowed(text),
        true => {
            let mut plain = String::with_capacity(text.len());
            let mut characters = text.chars();
            while let Some(character) = characters.next() {
                plain.push(match character {
                    '\u{1}' => match characters.next() {
                        Some('\u{1}') => '\0',
                        _ => '\u{1}',
                    },
                    other => other,
                });
            }
            Cow::Owned(plain)
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => match *wanted {
                Type::INT8 => number.to_sql(wanted, out),
                Type::INT4 => i32::try_from(*number)?.to_sql(wanted, out),
                Type::INT2 => i16::try_from(*number)?.to_sql(wanted, out),
                Type::BOOL => (*number != 0).to_sql(wanted, out),
                _ => Err(format!("a number for {wanted}").into()),
            },
            Self::Text(text) => match *wanted {
                Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => {
                    escaped(text).as_ref().to_sql(wanted, out)
                }
                _ => Err(format!("a text for {wanted}").into()),
            },
            Self::Blob(bytes) => match *wanted {
                Type::BYTEA => bytes.to_sql(wanted, out),
                _ => Err(format!("bytes for {wanted}").into()),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Value<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Failed> {
        Ok(match *kind {
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(kind, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(kind, raw)?.into()),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => {
                Self::Text(unescaped(<&str>::from_sql(kind, raw)?))
            }
            Type::BYTEA => Self::Blob(raw),
            _ => return Err(format!("a value of the type {kind}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failed> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_keeps_its_place() {
        let texts = [
            "",
            "\0",
            "\0\0",
            "\0a",
            "\u{1}",
            "\u{1}\0",
            "\u{1}\u{1}",
            "\u{1}\u{2}",
            "\u{2}",
            "a",
            "a\0",
        ];
        for (one, other) in texts.iter().zip(&texts[1..]) {
            assert!(one < other);
            assert!(escaped(one) < escaped(other), "{one:?} {other:?}");
        }
        for text in texts {
            assert!(!escaped(text).contains('\0'));
            assert_eq!(unescaped(&escaped(text)), text);
        }
    }
}
