//! Bodies in Partner Center's shapes, each behind a byte order mark.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// A JSON body with the mark that several v1 resources are documented to send.
pub(super) fn json(status: StatusCode, body: &str) -> Response {
    let body = format!("\u{feff}{body}");
    (
        status,
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        body,
    )
        .into_response()
}

/// The documented fault.
pub(super) fn fault(status: StatusCode, code: &str, description: &str, data: &[&str]) -> Response {
    let body = json!({"code": code, "description": description, "data": data, "source": "PartnerCenter"});
    let mut response = json(status, &body.to_string());
    if status == StatusCode::UNAUTHORIZED {
        let realm =
            HeaderValue::from_static("OAuth realm=urn:cpsvc:cpid:{8e7b1f0a-6a43-4a5c-9d6d-2d9e4ac1e0b7}");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    }
    response
}

/// What model binding answers to a parameter it cannot read: not a fault.
pub(super) fn invalid_request() -> Response {
    json(
        StatusCode::BAD_REQUEST,
        r#"{"message":"The request is invalid."}"#,
    )
}

/// A link of a collection; relative, without `/v1`.
pub(super) fn link(uri: &str, token: Option<&str>) -> serde_json::Value {
    let headers: Vec<_> = token
        .iter()
        .map(|token| json!({"key": "MS-ContinuationToken", "value": token}))
        .collect();
    json!({"uri": uri, "method": "GET", "headers": headers})
}

/// A collection of verbatim items; `totalCount` counts this page. Without `items` for a fault.
pub(super) fn collection(items: Option<&[&str]>, links: &serde_json::Value) -> Response {
    let total = items.map_or(0, <[_]>::len);
    let listed = items.map_or(String::new(), |items| {
        format!(r#""items":[{}],"#, items.join(","))
    });
    let body = format!(
        r#"{{"totalCount":{total},{listed}"links":{links},"attributes":{{"objectType":"Collection"}}}}"#
    );
    json(StatusCode::OK, &body)
}
