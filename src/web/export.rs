//! Export log: `GET /activity/export`, the same query string as the page.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{AppState, Error, PageContext, access_log};
use crate::{
    audit::{
        Selection,
        selection::{FilterKey, Parsed},
    },
    export::{Form, Format, Rows, rows},
    identity::{Export, Permitted},
    store::AccessAction,
    wording,
};

/// What RFC 5987 lets stand for itself.
const EXT_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The longest part of a customer's name in a file's name, in characters.
const LONGEST_NAME: usize = 40;

/// The whole selection as a file. It streams: a failure after the first byte breaks the connection off, so that a
/// file that ends well is whole.
pub async fn download(
    State(state): State<AppState>,
    user: Permitted<Export>,
    context: PageContext,
) -> Result<Response, Error> {
    let asked = Selection::parse(&context.query, context.now, context.own_zone);
    let asked = wording::in_words(asked);
    if !asked.faults.is_empty() {
        return Err(Error::BadRequest);
    }
    let parameter = |name: &str| {
        let pairs = form_urlencoded::parse(context.query.as_bytes());
        pairs
            .filter(|(key, _)| key == name)
            .last()
            .map(|(_, value)| value.into_owned())
    };
    let form = Form {
        format: Format::parse(parameter("format").as_deref().unwrap_or("csv")).ok_or(Error::BadRequest)?,
        rows: Rows::parse(parameter("rows").as_deref().unwrap_or("activities")).ok_or(Error::BadRequest)?,
        lang: context.lang,
        zone: asked.selection.zone,
    };
    // A full disk or a damaged file is said now, as a page, rather than by a download that breaks off.
    state.store.ping().await?;
    tracing::info!(user = %user.user, format = ?form.format, "the log is exported");
    if form.format == Format::CsvPlain {
        let query = asked.selection.query();
        access_log::note(&state, &user, AccessAction::Export, &query).await?;
    }
    let disposition = disposition(&asked);
    let body = Body::from_stream(rows(state.store, asked.selection, form));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}

/// `attachment` under a name that says customer, range and zone, in ASCII and in full.
fn disposition(asked: &Parsed) -> HeaderValue {
    let selection = &asked.selection;
    let customer = match selection.values(FilterKey::Customer, false) {
        [one] => plain(one),
        _ => String::new(),
    };
    let first = selection
        .first_day()
        .map_or_else(|| "start".to_owned(), |day| day.to_string());
    let zone = selection.zone.name().replace('/', "-");
    let name = |customer: &str| {
        let customer = if customer.is_empty() {
            String::new()
        } else {
            format!("_{customer}")
        };
        format!(
            "activity-log{customer}_{first}_{}_{zone}.csv",
            selection.last_day()
        )
    };
    let ascii: String = customer.chars().filter(char::is_ascii).collect();
    let full = name(&customer);
    let full = utf8_percent_encode(&full, EXT_VALUE);
    HeaderValue::try_from(format!(
        "attachment; filename=\"{}\"; filename*=UTF-8''{full}",
        name(ascii.trim_matches('-'))
    ))
    .unwrap_or_else(|_| HeaderValue::from_static("attachment; filename=\"activity-log.csv\""))
}

/// The letters and digits of a text, with hyphens between them.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(LONGEST_NAME) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}
