//! One record: `GET /activity/{id}`, as a page at its permanent address or as the part that opens under its row.

mod parts;
mod pivots;
mod raw;
mod thread;
mod versions;
mod view;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use self::{thread::Thread, versions::History};
use super::{
    AppState, Error, PageContext, Viewer,
    error::Missing,
    page::{self, html},
};
use crate::{
    audit::{RecordId, Selection},
    identity::{Export, Permitted},
    store::Entry,
};

/// All details of a record, of the version that `version` names or the newest one. With `fragment=1`, or asked for by our script, only the details: then the query
/// string is that of the log they open in.
pub async fn show(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Html<String>, Error> {
    let number = asked_version(context.query.as_bytes())?;
    let entry = Arc::new(find(&state, &id, number).await?);
    let history = History::of(&*state.store, &entry, number).await?;
    let thread = Thread::of(&*state.store, &context, &entry).await;
    let fragment = is_fragment(&context, &headers);
    page::of_records(move || {
        let public_url = &state.settings.server.public_url;
        if fragment {
            let asked = Selection::parse(&context.query, context.now, context.own_zone);
            html(&view::RecordFragment::new(
                &context,
                &entry,
                &history,
                public_url,
                &asked.selection,
                thread,
            ))
        } else {
            html(&view::RecordPage::new(
                &context, &entry, &history, public_url, thread,
            ))
        }
    })
    .await
}

/// `GET /activity/{id}/raw`: the record exactly as received, as a file. It is not masked, hence for those
/// who may export.
pub async fn raw(
    State(state): State<AppState>,
    _: Permitted<Export>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let number = asked_version(query.unwrap_or_default().as_bytes())?;
    let entry = find(&state, &id, number).await?;
    // A record's id is of letters, digits, `_` and `-`.
    let name: String = entry.id.as_str().chars().take(120).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"activity-{name}.json\""),
        ),
    ];
    let document = String::from(entry.record.document.clone());
    Ok(page::with_status(
        StatusCode::OK,
        (headers, Body::from(document)).into_response(),
    ))
}

async fn find(state: &AppState, id: &str, version: Option<u32>) -> Result<Entry, Error> {
    let id = RecordId::parse(id).ok_or(Error::NotFound(Missing::Record))?;
    let found = match version {
        Some(number) => state.store.version(&id, number).await?,
        None => state.store.find(&id).await?,
    };
    found.ok_or(Error::NotFound(Missing::Record))
}

/// Which version an address names; what is no number names none that there is.
fn asked_version(query: &[u8]) -> Result<Option<u32>, Error> {
    form_urlencoded::parse(query)
        .filter(|(key, _)| key == "version")
        .last()
        .map(|(_, value)| value.parse().map_err(|_| Error::NotFound(Missing::Record)))
        .transpose()
}

fn is_fragment(context: &PageContext, headers: &HeaderMap) -> bool {
    headers
        .get("x-requested-with")
        .is_some_and(|value| value == "partnerlog")
        || form_urlencoded::parse(context.query.as_bytes())
            .any(|(key, value)| key == "fragment" && value == "1")
}
