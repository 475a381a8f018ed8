//! A selection as a file: pages of the archive turned into bytes one after the other, so that nothing holds a
//! whole result and no slow reader holds a transaction.

mod cell;
mod columns;
mod csv;

pub use self::csv::{ExportError, rows};
pub use cell::was_guarded;
pub use columns::{Form, Format, Rows, columns};

use std::pin::Pin;

use bytes::Bytes;

/// A file on its way. After an error nothing follows: whoever passes the stream on must break off, so that a file
/// that ends well is whole.
pub type Chunks = Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, ExportError>> + Send>>;
