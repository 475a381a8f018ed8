//! A selection as a file: parts of the archive turned into bytes one after the other, so that nothing holds a
//! whole result and no slow reader holds a transaction.

mod cell;
mod csv;
mod form;
mod kept;
mod name;
mod ndjson;
mod pages;
mod recorded;
mod size;
mod table;
mod tally;
mod xlsx;

pub use cell::was_guarded;
pub use form::{Columns, Form, Format, Rows, UnknownForm};
pub use kept::{Keeper, kept};
pub use name::plain_name;
pub use ndjson::unwrapped;
pub use recorded::{Recording, recorded};
pub use size::about;
pub use table::columns;
pub use tally::{Tally, in_hex};

use std::{path::PathBuf, pin::Pin, sync::Arc};

use ::bytes::Bytes;

use crate::{
    audit::Selection,
    store::{Archived, Store, StoreError},
};

/// A file on its way. After an error nothing follows: whoever passes the stream on must break off, so that a file
/// that ends well is whole.
pub type Chunks = Pin<Box<dyn futures_util::Stream<Item = Result<Chunk, ExportError>> + Send>>;

/// A piece of a file, and what has come with it.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    pub bytes: Bytes,
    pub records: u64,
    pub rows: u64,
    /// How many bytes the file has from here on, where that is known.
    pub length: Option<u64>,
}

impl Chunk {
    fn of(bytes: Bytes) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }
}

/// Why a file broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a row could not be written")]
    Csv(#[from] ::csv::Error),
    #[error("the workbook could not be written")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("the file could not be written")]
    File(#[from] std::io::Error),
    #[error("the file could not be put where it is to be kept")]
    Kept(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is exported.
#[derive(Clone, Debug)]
pub struct Extract {
    pub selection: Selection,
    /// The ids of the only customers whose records may be in it; empty for all.
    pub customers: Vec<String>,
    /// Only records whose newest version was archived in between.
    pub archived: Option<Archived>,
}

impl From<Selection> for Extract {
    fn from(selection: Selection) -> Self {
        Self {
            selection,
            customers: Vec::new(),
            archived: None,
        }
    }
}

/// A file of that form: every record of a selection, newest first. A workbook is put together in `folder`.
pub fn export(store: Arc<dyn Store>, of: impl Into<Extract>, form: Form, folder: PathBuf) -> Chunks {
    let of = of.into();
    match form.format {
        Format::Csv | Format::CsvPlain => csv::chunks(store, of, form),
        Format::Xlsx => xlsx::chunks(store, of, form, folder),
        Format::Ndjson => ndjson::chunks(store, of),
    }
}
