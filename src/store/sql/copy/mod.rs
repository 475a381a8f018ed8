//! A whole archive from one database to another, whichever these are.
//!
//! Nobody else has either open meanwhile: the locks of [`place`] see to that. The target notes that it is no whole archive
//! yet (`copy_under_way`) until everything in it was compared with the source, row by row; so nobody serves a part of one.
//! Rows are written in the order of their numbers, in transactions: a copy that was broken off goes on after the last. What
//! changed at the source in between is changed in the target, too.

mod carry;
mod compare;
mod indexing;
mod place;
mod rows;
mod stream;
mod tables;
mod under_way;

use super::{StoreError, connection};
use crate::store::Overseer;

pub use compare::Compared;
pub use place::Place;
pub(in crate::store) use under_way::refuse as refuse_unfinished;

/// Why there is no copy, or nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("--from and --to are the same archive")]
    Same,
    #[error(
        "an archive is only copied into an empty database, and in the one of --to is something already (table {0})"
    )]
    NotEmpty(&'static str),
    #[error("the database of --to holds an unfinished copy of another archive, of {0}")]
    OfAnother(String),
    #[error("it was stopped; the same command goes on where it was")]
    Stopped,
    #[error("{0}")]
    Unfit(String),
    /// One of the ends.
    #[error("{0}")]
    At(String, #[source] StoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<connection::Error> for CopyError {
    fn from(error: connection::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<postgres::Error> for CopyError {
    fn from(error: postgres::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Copies an archive into an empty database, or goes on with that; compares everything at the end. Where that finds a
/// difference, the copy stays unfinished. `now` is in milliseconds since 1970.
///
/// # Errors
/// When there is no whole copy. The source is what it was; the same again goes on.
pub fn copy(from: &Place, to: &Place, now: i64, overseer: &Overseer) -> Result<Compared, CopyError> {
    if from.is(to) {
        return Err(CopyError::Same);
    }
    let mut source = from.to_copy()?;
    let mut target = to.to_write()?;
    let mut copied = || -> Result<Compared, CopyError> {
        let noted = under_way::begin(&target.connection, &source.connection, &source.name, now)?;
        carry::carry(&mut source, &target.connection, &noted, overseer)?;
        indexing::make(&source.connection, &target.connection, overseer)?;
        let compared = compare::compare(&mut source, &mut target, overseer)?;
        if compared.differences == 0 {
            place::durably(&target.connection, under_way::end)?;
        }
        Ok(compared)
    };
    copied().map_err(|error| match error {
        CopyError::Store(error) => CopyError::At(to.to_string(), error),
        other => other,
    })
}

/// Compares two archives, each as it is at one moment.
///
/// # Errors
/// When one of them cannot be read.
pub fn compare(from: &Place, to: &Place, overseer: &Overseer) -> Result<Compared, CopyError> {
    if from.is(to) {
        return Err(CopyError::Same);
    }
    compare::compare(&mut from.to_read()?, &mut to.to_read()?, overseer)
}
