//! A connection to the database of an archive, whichever that is: one way to ask and one way to read rows, so that
//! every statement is written once. What the databases do not share is in [`super::dialect`].

use std::{borrow::Cow, ops::Deref};

use super::StoreError;
use crate::store::postgres::{Prepared, Session};

/// A connection to an archive in a file, or on a server.
pub enum Connection {
    File(rusqlite::Connection),
    Server(Session),
}

/// What a statement ended with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such row")]
    NoRow,
    #[error("column {0} holds a value of another kind")]
    OtherKind(usize),
    #[error(transparent)]
    File(#[from] rusqlite::Error),
    #[error(transparent)]
    Server(#[from] postgres::Error),
}

impl Error {
    /// Whether it was ended before its time.
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::File(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted),
            Self::Server(error) => error.code() == Some(&postgres::error::SqlState::QUERY_CANCELED),
            _ => false,
        }
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::File(error) => error.into(),
            Error::Server(error) => error.into(),
            other => Self::Database(other.into()),
        }
    }
}

/// For rows that need not be there.
pub trait Optional<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> Optional<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A value on its way to the database or from it. Numbers that are not whole do not occur.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Blob(&'a [u8]),
}

/// What can be told to a statement.
pub trait ToValue {
    fn to_value(&self) -> Value<'_>;
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value<'_> {
                Value::Int(i64::from(*self))
            }
        }

        impl FromValue for $type {
            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Int(number) => number.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

whole_numbers!(i64, i32, u32, u16, u8);

impl ToValue for bool {
    fn to_value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value<'_> {
        self.as_str().to_value()
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl ToValue for Value<'_> {
    fn to_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Blob(bytes) => Value::Blob(bytes),
        }
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

/// The values of a statement.
pub trait Params {
    fn values(&self) -> Vec<Value<'_>>;
}

impl Params for () {
    fn values(&self) -> Vec<Value<'_>> {
        Vec::new()
    }
}

impl<T: ToValue, const N: usize> Params for [T; N] {
    fn values(&self) -> Vec<Value<'_>> {
        self.iter().map(ToValue::to_value).collect()
    }
}

impl<'a> Params for Vec<Value<'a>> {
    fn values(&self) -> Vec<Value<'_>> {
        self.iter().map(ToValue::to_value).collect()
    }
}

impl Params for &[&dyn ToValue] {
    fn values(&self) -> Vec<Value<'_>> {
        self.iter().map(|value| value.to_value()).collect()
    }
}

/// The values of a statement, of whatever types.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::store::sql::connection::ToValue),*] as &[&dyn $crate::store::sql::connection::ToValue]
    };
}
pub(crate) use params;

/// What can be read from a column.
pub trait FromValue: Sized {
    /// `None` for a value of another kind.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A row of an answer.
pub enum Row<'r> {
    File(&'r rusqlite::Row<'r>),
    Server(postgres::Row),
}

impl Row<'_> {
    /// The value of a column.
    pub fn get<T: FromValue>(&self, at: usize) -> Result<T> {
        T::from_value(self.value(at)?).ok_or(Error::OtherKind(at))
    }

    /// A text that is only looked at.
    pub fn text(&self, at: usize) -> Result<Cow<'_, str>> {
        match self.value(at)? {
            Value::Text(text) => Ok(text),
            _ => Err(Error::OtherKind(at)),
        }
    }

    /// Bytes that are only looked at.
    pub fn blob(&self, at: usize) -> Result<&[u8]> {
        match self.value(at)? {
            Value::Blob(bytes) => Ok(bytes),
            _ => Err(Error::OtherKind(at)),
        }
    }

    /// Numbers that a server has gathered into one value; it has none where there was nothing to gather.
    pub fn numbers(&self, at: usize) -> Result<Vec<i64>> {
        match self {
            Self::File(_) => Err(Error::OtherKind(at)),
            Self::Server(row) => Ok(row.try_get::<_, Option<Vec<i64>>>(at)?.unwrap_or_default()),
        }
    }

    /// The same where there need not be any.
    pub fn optional_blob(&self, at: usize) -> Result<Option<&[u8]>> {
        match self.value(at)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(Error::OtherKind(at)),
        }
    }

    fn value(&self, at: usize) -> Result<Value<'_>> {
        use rusqlite::types::ValueRef;
        match self {
            Self::File(row) => Ok(match row.get_ref(at)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Text(text) => Value::Text(Cow::Borrowed(
                    std::str::from_utf8(text).map_err(|_| Error::OtherKind(at))?,
                )),
                ValueRef::Blob(bytes) => Value::Blob(bytes),
                ValueRef::Real(_) => return Err(Error::OtherKind(at)),
            }),
            Self::Server(row) => Ok(row.try_get(at)?),
        }
    }
}

/// A statement that is ready to be asked, again and again.
pub enum Statement<'c> {
    File(rusqlite::CachedStatement<'c>),
    Server(&'c Session, Prepared),
}

/// The rows of an answer. A file's are read one by one; a server's were all sent, so what could be very many is asked for
/// in parts.
pub enum Rows<'s> {
    File(rusqlite::Rows<'s>),
    Server(std::vec::IntoIter<postgres::Row>),
}

impl Rows<'_> {
    /// The next row, which lasts until the one after it.
    #[expect(clippy::should_implement_trait, reason = "no iterator can lend what it has")]
    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        Ok(match self {
            Self::File(rows) => rows.next()?.map(Row::File),
            Self::Server(rows) => rows.next().map(Row::Server),
        })
    }
}

/// The rows of an answer, each as something else.
pub struct Mapped<'s, F> {
    rows: Rows<'s>,
    map: F,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for Mapped<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next().transpose()?;
        Some(row.and_then(|row| (self.map)(&row)))
    }
}

impl Statement<'_> {
    pub fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        let values = params.values();
        Ok(match self {
            Self::File(statement) => Rows::File(statement.query(rusqlite::params_from_iter(values))?),
            Self::Server(session, statement) => Rows::Server(session.query(statement, &values)?.into_iter()),
        })
    }

    pub fn query_map<T, F>(&mut self, params: impl Params, map: F) -> Result<Mapped<'_, F>>
    where
        F: FnMut(&Row<'_>) -> Result<T>,
    {
        Ok(Mapped {
            rows: self.query(params)?,
            map,
        })
    }

    /// The first row.
    ///
    /// # Errors
    /// `NoRow` where there is none.
    pub fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut rows = self.query(params)?;
        let row = rows.next()?.ok_or(Error::NoRow)?;
        read(&row)
    }

    /// Whether there is any row.
    pub fn exists(&mut self, params: impl Params) -> Result<bool> {
        Ok(self.query(params)?.next()?.is_some())
    }

    /// How many rows were written.
    pub fn execute(&mut self, params: impl Params) -> Result<usize> {
        let values = params.values();
        Ok(match self {
            Self::File(statement) => statement.execute(rusqlite::params_from_iter(values))?,
            Self::Server(session, statement) => session.execute(statement, &values)?,
        })
    }
}

impl Connection {
    /// A statement; the same text is understood once.
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Self::File(file) => Statement::File(file.prepare_cached(sql)?),
            Self::Server(session) => Statement::Server(session, session.prepare(sql)?),
        })
    }

    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(params, read)
    }

    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    /// Statements without values and answers.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::File(file) => file.execute_batch(sql)?,
            Self::Server(session) => session.batch(sql)?,
        }
        Ok(())
    }

    /// A transaction in which nobody else writes what it writes.
    pub fn transaction(&self, writes: Writes) -> Result<Transaction<'_>> {
        match self {
            Self::File(file) => file.execute_batch("BEGIN IMMEDIATE")?,
            Self::Server(session) => session.begin(writes)?,
        }
        Ok(Transaction {
            connection: self,
            ended: false,
        })
    }

    /// An archive's file, where it is one.
    pub fn file(&self) -> Option<&rusqlite::Connection> {
        match self {
            Self::File(file) => Some(file),
            Self::Server(_) => None,
        }
    }
}

impl From<rusqlite::Connection> for Connection {
    fn from(file: rusqlite::Connection) -> Self {
        Self::File(file)
    }
}

/// What a transaction writes: of two that write the same, one waits for the other. In a file every transaction waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// Records, and what is known of them.
    Archive,
    /// Everything else, which is short.
    Books,
}

/// A transaction; rolled back unless it is committed.
pub struct Transaction<'c> {
    connection: &'c Connection,
    ended: bool,
}

impl Transaction<'_> {
    pub fn commit(mut self) -> Result<()> {
        self.connection.commit()?;
        self.ended = true;
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.ended
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            // SQLite itself rolls back what it cannot go on with; a server does when the connection ends.
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a transaction could not be rolled back"
            );
        }
    }
}

impl Connection {
    fn commit(&self) -> Result<()> {
        match self {
            Self::File(file) => file.execute_batch("COMMIT")?,
            Self::Server(session) => session.commit()?,
        }
        Ok(())
    }
}
