//! `GET /v1/customers` and `GET /v1/customers/{id}/subscriptions`.

use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use super::{
    App, answer,
    continuation::Continuation,
    fault::{Endpoint, Fault},
    query,
};
use crate::simulator::tenant::{Customer, Place};

pub(super) async fn list(app: &App, uri: &Uri, headers: &HeaderMap) -> Response {
    let fault = app.faults.take(Endpoint::Customers, None, 1);
    let answer = async {
        if let Some(refusal) = app.refuse(headers) {
            return refusal;
        }
        let Some(pairs) = query::parameters(uri) else {
            return answer::invalid_request();
        };
        let size = match query::size(&pairs, app.options.page_size) {
            Ok(size) => size,
            Err(refusal) => return *refusal,
        };
        let self_uri = format!("/customers?size={size}");
        let token = headers
            .get("MS-ContinuationToken")
            .map(|value| value.to_str().unwrap_or_default());
        let place = match token {
            Some(token) => Continuation::read(token, &app.secret, &self_uri),
            None if query::value(&pairs, "seekOperation").is_some() => None,
            None => Some(Continuation::FIRST),
        };
        let Some(place) = place else {
            return answer::invalid_request();
        };
        page_of(app, &self_uri, size, place)
    };
    match fault {
        Some(Fault::Http(fault)) => fault.apply(answer).await,
        _ => answer.await,
    }
}

fn page_of(app: &App, self_uri: &str, size: usize, place: Continuation) -> Response {
    let customers = app.options.tenant.customers();
    let from = place
        .after
        .map_or(0, |after| usize::try_from(after.sequence).unwrap_or(usize::MAX));
    let shown: Vec<String> = customers
        .iter()
        .skip(from)
        .take(size)
        .map(|c| document(c).to_string())
        .collect();
    let mut links = json!({"self": answer::link(self_uri, None)});
    let end = from.saturating_add(size);
    if end < customers.len() {
        let after = Some(Place {
            ticks: 0,
            sequence: end as u64,
        });
        let token = Continuation {
            page: place.page + 1,
            after,
        }
        .token(&app.secret, self_uri);
        links["next"] = answer::link(&format!("{self_uri}&seekOperation=Next"), Some(&token));
    }
    answer::collection(
        Some(&shown.iter().map(String::as_str).collect::<Vec<_>>()),
        &links,
    )
}

fn document(customer: &Customer) -> Value {
    let own = format!("/customers/{}", customer.id);
    json!({
        "id": customer.id,
        "companyProfile": {
            "tenantId": customer.id,
            "domain": customer.domain,
            "companyName": customer.name,
            "links": {"self": answer::link(&format!("{own}/profiles/company"), None)},
            "attributes": {"objectType": "CustomerCompanyProfile"},
        },
        "relationshipToPartner": "reseller",
        "links": {"self": answer::link(&own, None)},
        "attributes": {"objectType": "Customer"},
    })
}

/// All of a customer's subscriptions: this collection has no pages.
pub(super) async fn subscriptions(app: &App, id: &str, headers: &HeaderMap) -> Response {
    let fault = app.faults.take(Endpoint::Subscriptions, None, 1);
    let missing_items = fault == Some(Fault::MissingItems);
    let answer = async {
        if let Some(refusal) = app.refuse(headers) {
            return refusal;
        }
        if uuid::Uuid::try_parse(id).is_err() {
            return answer::fault(
                StatusCode::BAD_REQUEST,
                "900118",
                "The customer id is not valid.",
                &["customerId"],
            );
        }
        let Some(items) = app.options.tenant.subscriptions(id) else {
            return answer::fault(StatusCode::NOT_FOUND, "60003", "The tenant was not found.", &[id]);
        };
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        let links = json!({"self": answer::link(&format!("/customers/{id}/subscriptions"), None)});
        answer::collection((!missing_items).then_some(&items), &links)
    };
    match fault {
        Some(Fault::Http(fault)) => fault.apply(answer).await,
        _ => answer.await,
    }
}
