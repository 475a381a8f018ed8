//! CSV by RFC 4180.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use zstd::zstd_safe::DCtx;

use super::{
    Chunk, Chunks, ExportError, Extract,
    form::{Form, Format},
    pages::{in_turn, made},
    table::RecordRows,
};
use crate::store::{Documents, Store};

/// A chunk ends with the row that fills it, in bytes.
const CHUNK: usize = 1 << 20;

/// The part of a page that is not written yet.
struct Pending {
    documents: Documents,
    /// How many of them have begun.
    begun: usize,
    /// The rows left of the last of those.
    record: Option<RecordRows>,
}

/// A selection as CSV: the header, then every record of it, newest first.
pub(super) fn chunks(store: Arc<dyn Store>, of: Extract, form: Form) -> Chunks {
    let header = stream::once(async move { header(&form) });
    let pages = made(store, of, move |documents| {
        let all = Pending {
            documents,
            begun: 0,
            record: None,
        };
        chunk(&form, all)
    });
    // What does not fit into a chunk follows before the next page.
    let rest = move |(first, rest): (Chunk, Option<Pending>)| {
        let following = stream::try_unfold(rest, move |rest| async move {
            match rest {
                None => Ok(None),
                Some(pending) => in_turn(move || chunk(&form, pending)).await.map(Some),
            }
        });
        stream::once(async move { Ok(first) }).chain(following)
    };
    Box::pin(header.chain(pages.map_ok(rest).try_flatten()))
}

fn header(form: &Form) -> Result<Chunk, ExportError> {
    let mut writer = writer(0);
    writer.write_record(form.header())?;
    let row = finished(writer)?;
    Ok(Chunk::of(match form.format {
        // Excel takes a file without it for the system's own code page.
        Format::Csv => Bytes::from([b"\xef\xbb\xbf", &row[..]].concat()),
        _ => row,
    }))
}

/// Writes rows until the chunk is full or the page at its end. One order can make thousands of rows that repeat
/// large values: only one record's are in memory at a time.
fn chunk(form: &Form, mut pending: Pending) -> Result<(Chunk, Option<Pending>), ExportError> {
    let mut writer = writer(CHUNK);
    let mut context = DCtx::create();
    let mut chunk = Chunk::default();
    let mut written = 0;
    loop {
        let record = match &mut pending.record {
            Some(record) => record,
            None => match pending.documents.iter().nth(pending.begun) {
                Some(document) => {
                    pending.begun += 1;
                    chunk.records += 1;
                    let filed = pending.documents.read(document, &mut context)?;
                    pending.record.insert(form.rows_of(filed))
                }
                None => {
                    chunk.bytes = finished(writer)?;
                    return Ok((chunk, None));
                }
            },
        };
        let Some(row) = record.next() else {
            pending.record = None;
            continue;
        };
        written += row.clone().map(str::len).sum::<usize>();
        chunk.rows += 1;
        writer.write_record(row.map(str::as_bytes))?;
        if written >= CHUNK {
            chunk.bytes = finished(writer)?;
            return Ok((chunk, Some(pending)));
        }
    }
}

fn writer(capacity: usize) -> ::csv::Writer<Vec<u8>> {
    ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::with_capacity(capacity))
}

fn finished(writer: ::csv::Writer<Vec<u8>>) -> Result<Bytes, ExportError> {
    let bytes = writer
        .into_inner()
        .map_err(|e| ::csv::Error::from(e.into_error()))?;
    Ok(Bytes::from(bytes))
}
