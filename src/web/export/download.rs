//! Export log: `GET /activity/export`, the same query string as the page.

use std::time::Duration;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future::ready, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::{Instant, timeout_at};

use super::asker::Asker;
use crate::web::{AppState, Error, PageContext, access_log, page::parameter};
use crate::{
    audit::{Selection, selection::FilterKey},
    export::{Chunk, ExportError, Extract, Form, Format, Recording, export, plain_name, recorded},
    i18n::Lang,
    store::{AccessAction, NewExport, StoreError},
    wording,
};

/// What RFC 5987 lets stand for itself.
const EXT_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Of a file no larger than this, in bytes, the length is known before it is sent.
const SMALL: usize = 256 * 1024;
/// So long is waited for the end of a small file before it is begun to be sent.
const PATIENCE: Duration = Duration::from_millis(30);
/// A workbook is only there as a whole; until then the reader is told nothing. Longer, and the answer begins without it,
/// because what stands between browsers and servers gives up on those that are silent.
const WORKBOOK_PATIENCE: Duration = Duration::from_secs(10);

/// The whole selection as a file. It streams: a failure after the first byte breaks the connection off, so that a
/// file that ends well is whole.
pub async fn download(
    State(state): State<AppState>,
    method: Method,
    asker: Asker,
    context: PageContext,
) -> Response {
    match file(state, &method, &asker, &context).await {
        Ok(response) => response,
        Err(error) => asker.refused(error),
    }
}

async fn file(
    state: AppState,
    method: &Method,
    asker: &Asker,
    context: &PageContext,
) -> Result<Response, Error> {
    let asked = Selection::parse(&context.query, context.now, context.own_zone);
    let asked = wording::in_words(asked);
    if !asked.faults.is_empty() {
        return Err(Error::BadRequest);
    }
    let selection = asked.selection;
    let form = Form::parse(&context.query, context.lang, selection.zone).map_err(|_| Error::BadRequest)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(form.format.content_type()),
        ),
        (header::CONTENT_DISPOSITION, disposition(&selection, form.format)),
    ];
    // Who only looks takes nothing away.
    if method == Method::HEAD {
        return Ok(headers.into_response());
    }
    let place = state
        .exports
        .enter(&asker.person)
        .map_err(Error::TooManyExports)?;
    // A full disk or a damaged file is said now, as a page, rather than by a download that breaks off.
    state.store.ping().await?;
    if form.format.is_as_received() {
        let query = selection.query();
        let who = (asker.person.clone(), asker.name.clone());
        access_log::note_of(&state, who, AccessAction::Export, &query).await?;
    }
    let begun = NewExport {
        begun_at: state.clock.now(),
        person: asker.person.clone(),
        name: asker.name.clone(),
        query: form.address(&selection),
    };
    let recording = Recording::begin(state.exports.list(), state.clock.clone(), &begun).await?;
    tracing::info!(
        user = asker.person.object,
        format = form.format.name(),
        export = recording.number(),
        "the log is exported"
    );
    let of = Extract {
        selection,
        customers: asker.customers.clone(),
        archived: None,
    };
    let chunks = export(state.store, of, form, state.exports.folder());
    // The place is given up with the last of the bytes.
    let chunks = recorded(chunks, recording).map(move |chunk| {
        let _held = &place;
        chunk
    });
    let patience = match form.format {
        Format::Xlsx => WORKBOOK_PATIENCE,
        _ => PATIENCE,
    };
    let (length, body) = begun_to_be_sent(chunks, patience).await.map_err(failed)?;
    let mut response = (headers, body).into_response();
    if let Some(length) = length {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

/// The body of an answer, and how long it is where that is known: of a small file, and of one that is there as a whole.
async fn begun_to_be_sent(
    chunks: impl Stream<Item = Result<Chunk, ExportError>> + Send + 'static,
    patience: Duration,
) -> Result<(Option<u64>, Body), ExportError> {
    let until = Instant::now() + patience;
    let mut chunks = Box::pin(chunks.fuse());
    let (mut first, mut bytes, mut length) = (Vec::new(), 0, None);
    while bytes <= SMALL && length.is_none() {
        match timeout_at(until, chunks.next()).await {
            Err(_) => break,
            Ok(None) => {
                length = Some(bytes as u64);
            }
            Ok(Some(chunk)) => {
                let chunk = chunk?;
                length = chunk.length;
                bytes += chunk.bytes.len();
                first.push(chunk);
            }
        }
    }
    let all = stream::iter(first.into_iter().map(Ok)).chain(chunks);
    let bytes = all.try_filter_map(|chunk| ready(Ok(Some(chunk.bytes).filter(|bytes| !bytes.is_empty()))));
    Ok((length, Body::from_stream(bytes)))
}

fn failed(error: ExportError) -> Error {
    match error {
        ExportError::Store(error) => error.into(),
        error => Error::Unavailable(StoreError::Database(error.into())),
    }
}

/// The name under which the file of an address was saved, in full.
pub(super) fn file_name(address: &str) -> String {
    // A scheduled one has a name of its own.
    if let Some(name) = parameter(address, "file") {
        return name;
    }
    // All that could depend on the present is in the address.
    let asked = Selection::parse(address, DateTime::<Utc>::UNIX_EPOCH, Tz::UTC);
    let format = Form::parse(address, Lang::En, Tz::UTC).map_or(Format::Csv, |form| form.format);
    names(&asked.selection, format).1
}

/// `attachment` under a name that says customer, range and zone, in ASCII and in full.
fn disposition(selection: &Selection, format: Format) -> HeaderValue {
    let (ascii, full) = names(selection, format);
    let full = utf8_percent_encode(&full, EXT_VALUE);
    HeaderValue::try_from(format!(
        "attachment; filename=\"{ascii}\"; filename*=UTF-8''{full}"
    ))
    .unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// The name of a file, in ASCII and in full.
fn names(selection: &Selection, format: Format) -> (String, String) {
    let customer = match selection.values(FilterKey::Customer, false) {
        [one] => plain_name(one),
        _ => String::new(),
    };
    let first = selection
        .first_day()
        .map_or_else(|| "start".to_owned(), |day| day.to_string());
    let zone = selection.zone.name().replace('/', "-");
    let extension = format.extension();
    let name = |customer: &str| {
        let customer = if customer.is_empty() {
            String::new()
        } else {
            format!("_{customer}")
        };
        format!(
            "activity-log{customer}_{first}_{}_{zone}.{extension}",
            selection.last_day()
        )
    };
    let ascii: String = customer.chars().filter(char::is_ascii).collect();
    (name(ascii.trim_matches('-')), name(&customer))
}
