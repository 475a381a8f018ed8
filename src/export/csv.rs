//! CSV by RFC 4180, page by page.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use tokio::sync::Semaphore;

use super::{Chunks, Form, Format, columns::RecordRows};
use crate::{
    audit::{Cursor, Selection},
    store::{Entry, Store, StoreError},
};

/// So many records are read at once.
const PAGE: u32 = 500;
/// A chunk ends with the row that fills it, in bytes.
const CHUNK: usize = 256 * 1024;

/// So many pages are being made at once, of all exports together; the others take turns. Whoever downloads can
/// wait: with a hundred exports under way, pages are still to be answered at once. Nobody holds a turn while their
/// reader is slow.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Why a file broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a row could not be written")]
    Csv(#[from] ::csv::Error),
}

/// Where the next chunk begins.
enum At {
    Header,
    Page(Option<Cursor>),
    Within(Pending),
    End,
}

/// The part of a page that is not written yet.
struct Pending {
    entries: std::vec::IntoIter<Arc<Entry>>,
    /// The rows left of a record that has begun.
    record: Option<RecordRows>,
    older: Option<Cursor>,
}

/// A selection as CSV: the header, then every record of it, newest first.
pub fn rows(store: Arc<dyn Store>, selection: Selection, form: Form) -> Chunks {
    Box::pin(stream::try_unfold(At::Header, move |at| {
        let (store, selection) = (Arc::clone(&store), selection.clone());
        async move {
            let _turn = TURNS.acquire().await.expect("this semaphore is never closed");
            let pending = match at {
                At::Header => return Ok(Some((header(&form)?, At::Page(None)))),
                At::End => return Ok(None),
                At::Within(pending) => pending,
                At::Page(cursor) => {
                    let page = store.page(&selection, cursor.as_ref(), PAGE).await?;
                    Pending {
                        entries: page.entries.into_iter(),
                        record: None,
                        older: page.older,
                    }
                }
            };
            // Explaining and writing some hundred records takes milliseconds that other requests wait for.
            tokio::task::spawn_blocking(move || chunk(&form, pending).map(Some))
                .await
                .map_err(|e| StoreError::Database(e.into()))?
        }
    }))
}

fn header(form: &Form) -> Result<Bytes, ExportError> {
    let mut writer = writer();
    writer.write_record(form.header())?;
    let row = finished(writer)?;
    Ok(match form.format {
        // Excel takes a file without it for the system's own code page.
        Format::Csv => Bytes::from([b"\xef\xbb\xbf", &row[..]].concat()),
        Format::CsvPlain => row,
    })
}

/// Writes rows until the chunk is full or the page at its end. One order can make thousands of rows that repeat
/// large values: only one of them is in memory at a time.
fn chunk(form: &Form, mut pending: Pending) -> Result<(Bytes, At), ExportError> {
    let mut writer = writer();
    let mut written = 0;
    loop {
        let record = match &mut pending.record {
            Some(record) => record,
            None => match pending.entries.next() {
                Some(entry) => pending.record.insert(form.rows_of(entry)),
                None => {
                    let next = pending.older.map_or(At::End, |older| At::Page(Some(older)));
                    return Ok((finished(writer)?, next));
                }
            },
        };
        let Some(row) = record.next() else {
            pending.record = None;
            continue;
        };
        written += row.clone().map(str::len).sum::<usize>();
        writer.write_record(row.map(str::as_bytes))?;
        if written >= CHUNK {
            return Ok((finished(writer)?, At::Within(pending)));
        }
    }
}

fn writer() -> ::csv::Writer<Vec<u8>> {
    let buffer = Vec::with_capacity(CHUNK + CHUNK / 4);
    ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(buffer)
}

fn finished(writer: ::csv::Writer<Vec<u8>>) -> Result<Bytes, ExportError> {
    let bytes = writer
        .into_inner()
        .map_err(|e| ::csv::Error::from(e.into_error()))?;
    Ok(Bytes::from(bytes))
}
