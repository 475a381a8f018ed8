//! `GET /v1/auditrecords`: pages of verbatim records, newest first.

use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::json;

use super::{
    App, answer,
    continuation::Continuation,
    fault::{Endpoint, Fault},
    query::{self, RecordsQuery},
};

/// How many items a repeating page takes over from the page before.
const REPEATED: usize = 3;

pub(super) async fn list(app: &App, uri: &Uri, headers: &HeaderMap) -> Response {
    let today = app.options.clock.now().date_naive();
    let query = RecordsQuery::read(uri, today, app.options.page_size);
    let token = headers
        .get("MS-ContinuationToken")
        .map(|value| value.to_str().unwrap_or_default());
    let place = match (&query, token) {
        (Ok(query), Some(token)) => Continuation::read(token, &app.secret, &query.self_uri),
        (Ok(query), None) if query.seeks_next => None,
        _ => Some(Continuation::FIRST),
    };
    let day = query::parameters(uri).and_then(|pairs| query::day(query::value(&pairs, "startDate")?));
    let page = place.map_or(1, |place| place.page);
    let fault = app.faults.take(Endpoint::AuditRecords, day, page);
    let answer = |fault: Option<Fault>| async move {
        if let Some(refusal) = app.refuse(headers) {
            return refusal;
        }
        match (query, place) {
            (Err(refusal), _) => *refusal,
            (Ok(_), None) => answer::fault(
                StatusCode::BAD_REQUEST,
                "3000",
                "The continuation token is missing or does not belong to this request.",
                &["MS-ContinuationToken"],
            ),
            (Ok(query), Some(place)) => page_of(app, &query, place, fault.as_ref()),
        }
    };
    match fault {
        Some(Fault::Http(fault)) => fault.apply(answer(None)).await,
        fault => answer(fault).await,
    }
}

fn page_of(app: &App, query: &RecordsQuery, place: Continuation, fault: Option<&Fault>) -> Response {
    let tenant = &app.options.tenant;
    let now = app.options.clock.now();
    let fits = |text: &str| query.filter.as_ref().is_none_or(|filter| filter.fits(text));
    // One more than asked for tells whether there is a next page.
    let mut entries = tenant.newest_first(query.days, place.after, now, query.size + 1, fits);
    let more = entries.len() > query.size;
    entries.truncate(query.size);
    let next = match (fault, entries.last()) {
        (Some(Fault::LoopingNext), _) => Some(place),
        (_, Some(last)) if more => Some(Continuation {
            page: place.page + 1,
            after: Some(last.place),
        }),
        _ => None,
    };
    if let (Some(Fault::RepeatedItems), Some(after)) = (fault, place.after) {
        let before = tenant.newest_first(query.days, None, now, usize::MAX, fits);
        let end = before
            .iter()
            .position(|entry| entry.place == after)
            .map_or(0, |at| at + 1);
        entries.splice(..0, before[end.saturating_sub(REPEATED)..end].iter().cloned());
    }
    let mut links = json!({"self": answer::link(&query.self_uri, None)});
    if let Some(next) = next {
        let mut uri = format!("{}&seekOperation=Next", query.self_uri);
        if let Some(Fault::ForeignNext(origin)) = fault {
            uri = format!("{origin}{uri}");
        }
        links["next"] = answer::link(&uri, Some(&next.token(&app.secret, &query.self_uri)));
    }
    let items: Vec<&str> = entries.iter().map(|entry| entry.text.as_ref()).collect();
    answer::collection((fault != Some(&Fault::MissingItems)).then_some(&items), &links)
}
