//! `GET /v1/auditrecords` and `GET /auditactivity/v1/auditrecords/{id}`: records verbatim, newest first.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::sync::Semaphore;
use zstd::zstd_safe::DCtx;

use super::{
    ApiState,
    bearer::Reader,
    condition::Tag,
    continuation,
    fault::Fault,
    query::{Asked, CONTINUATION},
};
use crate::{
    audit::{Cursor, RecordId, Selection, identity::EventKey},
    store::{Documents, Parts, Removed, StoreError, is_one_of},
};

/// With so many bytes of records, or a part more, a page ends before its size: there is a next one.
const LARGEST: usize = 16 << 20;
/// So many pages are being made at once; the others take turns.
static TURNS: Semaphore = Semaphore::const_new(4);

/// A page of records.
pub async fn list(
    State(state): State<ApiState>,
    Reader(program): Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let today = state.clock.now().date_naive();
    let asked = Asked::read(&query.unwrap_or_default(), today)?;
    let sent = headers.get(CONTINUATION).and_then(|value| value.to_str().ok());
    let place = match sent.or(asked.continuation.as_deref()) {
        Some(token) => Some(continuation::place(token, &asked.uri).ok_or(BAD_PLACE)?),
        None if asked.seeks_next => return Err(BAD_PLACE),
        None => None,
    };
    let (from, to) = asked.days(today);
    let request = [
        &*asked.uri,
        &format!("{from} {to}"),
        &place.as_ref().map_or_else(String::new, Cursor::encode),
    ];
    let tag = Tag::of(&*state.store, &request, &program.customers)?;
    if tag.is_known(&headers) {
        return Ok(tag.unchanged());
    }
    let selection = asked.selection(&*state.store, &program.customers, today).await?;
    let _turn = TURNS.acquire().await.expect("this semaphore is never closed");
    let items = match selection {
        Some(selection) => {
            let only = asked.only(&program.customers);
            read(&state, selection, only, place, asked.size).await?
        }
        None => Items::default(),
    };
    let next = items.older.map(|place| continuation::token(&place, &asked.uri));
    let body = collection(items, &asked.uri, next.as_deref());
    Ok(tag.on(json_answer(body)))
}

const BAD_PLACE: Fault = Fault::Invalid(
    CONTINUATION,
    "The continuation token is missing or does not belong to this request.",
);

/// One record, or `null`.
pub async fn one(
    State(state): State<ApiState>,
    Reader(program): Reader,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let Path(id) = id.map_err(|_| Fault::InvalidRequest)?;
    let tag = Tag::of(&*state.store, &[&id], &program.customers)?;
    if tag.is_known(&headers) {
        return Ok(tag.unchanged());
    }
    // By Microsoft's id, whatever it looks like, or by the name that it has here.
    let given = RecordId::new(Some(&id), &EventKey::of_id(&id), 0);
    let found = match (state.store.find(&given).await?, RecordId::parse(&id)) {
        (None, Some(own)) if own != given => state.store.find(&own).await?,
        (found, _) => found,
    };
    // Whose it was is not known any more, so that only those are told who may see everything.
    if found.is_none()
        && program.customers.is_empty()
        && let Some(removed) = removed(&state, &given, &id).await?
    {
        return Err(Fault::Removed(removed));
    }
    let document = found
        .filter(|entry| is_one_of(entry.record.customer_id.as_deref(), &program.customers))
        .map_or_else(|| "null".to_owned(), |entry| entry.record.document.into());
    Ok(tag.on(json_answer(document.into_bytes())))
}

/// What is known of a record that is not there any more, by either of its names.
async fn removed(state: &ApiState, given: &RecordId, id: &str) -> Result<Option<Removed>, StoreError> {
    match (state.store.removed(given).await?, RecordId::parse(id)) {
        (None, Some(own)) if own != *given => state.store.removed(&own).await,
        (removed, _) => Ok(removed),
    }
}

/// The records of a page.
#[derive(Default)]
struct Items {
    count: usize,
    /// As JSON, with commas between them.
    json: Vec<u8>,
    /// Where the next ones begin.
    older: Option<Cursor>,
}

/// As many records as are asked for, or fewer where they are very large.
async fn read(
    state: &ApiState,
    selection: Selection,
    only: &[String],
    place: Option<Cursor>,
    size: u32,
) -> Result<Items, StoreError> {
    let parts = Parts {
        selection,
        archived: None,
        customers: only.to_vec(),
        at: place,
        first: size,
        most: Some(size),
        patience: Duration::ZERO,
    };
    let mut parts = pin!(parts.read(Arc::clone(&state.store)));
    let mut items = Items::default();
    while items.json.len() < LARGEST
        && let Some(documents) = parts.next().await
    {
        let documents = documents?;
        items = tokio::task::spawn_blocking(move || items.and(&documents))
            .await
            .map_err(|e| StoreError::Database(e.into()))??;
    }
    Ok(items)
}

impl Items {
    /// With some more of them.
    fn and(mut self, documents: &Documents) -> Result<Self, StoreError> {
        let mut context = DCtx::create();
        for document in documents.iter() {
            if self.count > 0 {
                self.json.push(b',');
            }
            self.count += 1;
            documents.unpack(document, &mut context, &mut self.json)?;
        }
        self.older = documents.older;
        Ok(self)
    }
}

/// The collection as Partner Center shapes it; `totalCount` is that of the page.
fn collection(items: Items, uri: &str, next: Option<&str>) -> Vec<u8> {
    let link = |uri: &str, token: Option<&str>| {
        let headers: Vec<_> = token
            .iter()
            .map(|token| json!({"key": CONTINUATION, "value": token}))
            .collect();
        json!({"uri": uri, "method": "GET", "headers": headers})
    };
    let mut links = json!({"self": link(uri, None)});
    if let Some(next) = next {
        links["next"] = link(&format!("{uri}&seekOperation=Next"), Some(next));
    }
    let continuation = next.map_or(String::new(), |token| {
        format!(r#","continuationToken":"{token}""#)
    });
    let head = format!(r#"{{"totalCount":{},"items":["#, items.count);
    let tail = format!(r#"],"links":{links}{continuation},"attributes":{{"objectType":"Collection"}}}}"#);
    [head.as_bytes(), &items.json, tail.as_bytes()].concat()
}

fn json_answer(body: Vec<u8>) -> Response {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    ([(header::CONTENT_TYPE, json)], Body::from(body)).into_response()
}
