//! Partner Center's REST API over the archive: the same paths, parameters, answers and faults, without its limits.
//!
//! Programs come with a bearer token of ours; there are no sessions here and no pages. The documents it follows are listed
//! in `docs/api.md`.

mod bearer;
mod continuation;
mod fault;
mod query;
mod records;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};

use crate::{
    clock::Clock,
    store::{ApiTokens, Store},
};

pub use bearer::RateLimits;

/// What the API is given to work with.
#[derive(Clone)]
pub struct ApiState {
    pub store: Arc<dyn Store>,
    pub tokens: Arc<dyn ApiTokens>,
    pub clock: Clock,
    pub limits: RateLimits,
}

/// Every route of the API.
pub fn router(state: ApiState) -> Router {
    Router::new()
        .route("/v1/auditrecords", get(records::list))
        // A client that joins a base URL ending in a slash with the path asks like this.
        .route("/v1//auditrecords", get(records::list))
        .route("/auditactivity/v1/auditrecords", get(records::list))
        .route("/auditactivity/v1/auditrecords/{id}", get(records::one))
        .route("/v1/auditrecords/{id}", get(records::one))
        .method_not_allowed_fallback(fault::method)
        .layer(from_fn(call_ids))
        .with_state(state)
}

/// The ids by which Partner Center's clients tell calls apart come back with the answer.
async fn call_ids(request: Request, next: Next) -> Response {
    const IDS: [&str; 2] = ["ms-requestid", "ms-correlationid"];
    let sent = IDS.map(|name| {
        let sent = request.headers().get(name).and_then(|value| value.to_str().ok());
        sent.and_then(|text| uuid::Uuid::try_parse(text).ok())
            .unwrap_or_else(uuid::Uuid::new_v4)
    });
    let mut response = next.run(request).await;
    for (name, id) in IDS.into_iter().zip(sent) {
        if let Ok(value) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
