//! As much of Microsoft Graph as groups overage needs: `POST /graph/v1.0/me/checkMemberGroups`.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::App;
use crate::simulator::service::lock;

/// Graph refuses to check more groups than this at once.
const MOST_GROUPS: usize = 20;

pub(super) async fn check_member_groups(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let holder = token.and_then(|token| lock(&app.access_tokens).get(token).cloned());
    let user = holder
        .filter(|(_, expires)| *expires > app.options.clock.now())
        .and_then(|(user_id, _)| app.user(&user_id));
    let Some(user) = user else {
        return error(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            "Access token is empty or not valid.",
        );
    };
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(groups) = asked["groupIds"]
        .as_array()
        .filter(|groups| groups.len() <= MOST_GROUPS)
    else {
        return error(
            StatusCode::BAD_REQUEST,
            "Request_BadRequest",
            "groupIds must be an array of at most 20 ids.",
        );
    };
    let is_member = |group: &&Value| {
        group
            .as_str()
            .is_some_and(|id| user.groups.iter().any(|own| own.eq_ignore_ascii_case(id)))
    };
    let member_of: Vec<&Value> = groups.iter().filter(is_member).collect();
    answer(
        StatusCode::OK,
        &json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)", "value": member_of}),
    )
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let ids = json!({"request-id": uuid::Uuid::new_v4().to_string()});
    answer(
        status,
        &json!({"error": {"code": code, "message": message, "innerError": ids}}),
    )
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        body.to_string(),
    )
        .into_response()
}
