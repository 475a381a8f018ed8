//! CSV by RFC 4180, page by page.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use tokio::sync::Semaphore;

use super::{Chunks, Form, Format, cell::for_spreadsheet};
use crate::{
    audit::{Cursor, Selection},
    store::{Store, StoreError},
};

/// So many records are read at once.
const PAGE: u32 = 500;

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
    End,
}

/// A selection as CSV: the header, then every record of it, newest first.
pub fn rows(store: Arc<dyn Store>, selection: Selection, form: Form) -> Chunks {
    Box::pin(stream::try_unfold(At::Header, move |at| {
        let (store, selection) = (Arc::clone(&store), selection.clone());
        async move {
            match at {
                At::Header => Ok(Some((header(&form)?, At::Page(None)))),
                At::Page(cursor) => {
                    let _turn = TURNS.acquire().await.expect("this semaphore is never closed");
                    let page = store.page(&selection, cursor.as_ref(), PAGE).await?;
                    let next = match page.older {
                        Some(older) => At::Page(Some(older)),
                        None => At::End,
                    };
                    // Explaining and writing some hundred records takes milliseconds that other requests wait for.
                    let chunk = tokio::task::spawn_blocking(move || {
                        let rows = page.entries.iter().flat_map(|entry| form.rows_of(entry));
                        write(&form, rows)
                    })
                    .await
                    .map_err(|e| StoreError::Database(e.into()))??;
                    Ok(Some((chunk, next)))
                }
                At::End => Ok(None),
            }
        }
    }))
}

fn header(form: &Form) -> Result<Bytes, ExportError> {
    let row = write(form, std::iter::once(form.header()))?;
    Ok(match form.format {
        // Excel takes a file without it for the system's own code page.
        Format::Csv => Bytes::from([b"\xef\xbb\xbf", &row[..]].concat()),
        Format::CsvPlain => row,
    })
}

fn write(form: &Form, rows: impl Iterator<Item = Vec<String>>) -> Result<Bytes, ExportError> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::with_capacity(64 * 1024));
    let cut = form.lang.t("export-cell-cut");
    for row in rows {
        match form.format {
            Format::Csv => writer.write_record(row.iter().map(|text| for_spreadsheet(text, &cut)))?,
            Format::CsvPlain => writer.write_record(&row)?,
        }
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| ::csv::Error::from(e.into_error()))?;
    Ok(Bytes::from(bytes))
}
