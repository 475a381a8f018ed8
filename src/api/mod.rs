//! Partner Center's REST API over the archive: the same paths, parameters, answers and faults, without its limits.
//!
//! Programs come with a bearer token, ours or Entra's; there are no sessions here and no pages.
//! `docs/api.md` says what they get.

mod bearer;
mod condition;
mod continuation;
mod document;
mod fault;
mod log;
mod operations;
mod query;
mod records;
mod schemas;

use std::sync::Arc;

use axum::{
    Router,
    extract::{FromRef, Request},
    http::{HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
};

use crate::{clock::Clock, store::Store};

pub use bearer::{Program, Programs, RateLimits};
pub use condition::Revalidated;
pub use document::document;
pub use fault::Fault;

/// What the API is given to work with.
#[derive(Clone)]
pub struct ApiState {
    pub store: Arc<dyn Store>,
    pub programs: Programs,
    pub clock: Clock,
}

impl FromRef<ApiState> for Programs {
    fn from_ref(state: &ApiState) -> Self {
        state.programs.clone()
    }
}

/// Every route of the API.
pub fn router(state: ApiState) -> Router {
    operations::OPERATIONS
        .iter()
        .filter_map(|operation| Some((operation, operation.handler?)))
        .flat_map(|(operation, handler)| {
            let paths = [operation.path].into_iter().chain(operation.also.iter().copied());
            paths.map(move |path| (path, handler()))
        })
        .fold(Router::new(), |router, (path, handler)| {
            router.route(path, handler)
        })
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
