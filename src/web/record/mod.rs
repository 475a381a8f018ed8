//! One record: `GET /activity/{id}`, as a page at its permanent address or as the part that opens under its row.

mod earlier;
mod known;
mod names;
mod parts;
mod pivots;
mod raw;
mod thread;
mod ticket;
mod versions;
mod view;

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use self::known::{Known, find};
use super::{
    AppState, Error, PageContext, Viewer, access_log,
    error::Missing,
    page::{self, html, parameter},
};
use crate::{
    audit::{Selection, explain::Secrets},
    identity::{Export, Manage, Permitted},
    store::AccessAction,
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
    let known = Known::of(&state, &context, &id, number, Secrets::Masked).await?;
    let fragment = is_fragment(&context, &headers);
    page::of_records(move || {
        let public_url = &state.settings.server.public_url;
        if fragment {
            let asked = Selection::parse(&context.query, context.now, context.own_zone);
            html(&view::RecordFragment::new(
                &context,
                &known,
                public_url,
                &asked.selection,
            ))
        } else {
            let part = parameter(&context.query, "part").and_then(|part| part.parse().ok());
            html(&view::RecordPage::new(
                &context,
                &known,
                public_url,
                part.unwrap_or(1),
            ))
        }
    })
    .await
}

/// `POST /activity/{id}/reveal`: the record's page with its secrets, for those who manage. That somebody asked is noted
/// first.
pub async fn reveal(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    mut context: PageContext,
    Path(id): Path<String>,
) -> Result<Html<String>, Error> {
    let number = asked_version(context.query.as_bytes())?;
    let known = Known::of(&state, &context, &id, number, Secrets::Shown).await?;
    access_log::note(&state, &manager, AccessAction::Reveal, known.entry.id.as_str()).await?;
    // What the page links to is the record, not this answer.
    context.path = format!("/activity/{}", known.entry.id);
    page::of_records(move || {
        let public_url = &state.settings.server.public_url;
        html(&view::RecordPage::new(&context, &known, public_url, 1))
    })
    .await
}

/// `GET /activity/{id}/raw`: the record exactly as received, as a file. It is not masked, hence for those
/// who may export.
pub async fn raw(
    State(state): State<AppState>,
    reader: Permitted<Export>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let number = asked_version(query.unwrap_or_default().as_bytes())?;
    let entry = find(&state, &id, number).await?;
    access_log::note(&state, &reader, AccessAction::Raw, entry.id.as_str()).await?;
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
