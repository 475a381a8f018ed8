//! Signing out at the provider: ends its session and tells the client by front channel.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::Value;

use super::{
    App,
    authorize::{Pairs, SESSION_COOKIE, once, origin, session_cookie, with_parameters},
    page::{self, Language},
};
use crate::simulator::service::lock;

pub(super) async fn end_session(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let Query(pairs) = Query::<Pairs>::try_from_uri(&uri).unwrap_or_default();
    let sid = session_cookie(&headers).or_else(|| sid_of(once(&pairs, "id_token_hint")?));
    let frames: Vec<String> = sid
        .filter(|sid| lock(&app.sessions).remove(sid).is_some())
        .and_then(|sid| app.front_channel_logout_url(&sid))
        .into_iter()
        .collect();
    let back = once(&pairs, "post_logout_redirect_uri")
        .filter(|uri| {
            lock(&app.client)
                .post_logout_redirect_uris
                .iter()
                .any(|known| known == uri)
        })
        .map(|uri| match once(&pairs, "state") {
            Some(state) => with_parameters(uri, &[("state", state)]),
            None => uri.to_owned(),
        });
    let mut response = match back {
        // Nobody to tell: straight back.
        Some(back) if frames.is_empty() => (StatusCode::FOUND, [(header::LOCATION, back)]).into_response(),
        back => {
            let frame_origin = frames.first().map(|frame| origin(frame)).unwrap_or_default();
            page::signed_out(
                Language::of(None, &headers),
                &frames,
                &frame_origin,
                back.as_deref(),
            )
        }
    };
    let gone = format!("{SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    response.headers_mut().insert(
        header::SET_COOKIE,
        HeaderValue::from_str(&gone).expect("it is ASCII"),
    );
    response
}

/// A hint is only a hint: its signature does not matter here.
fn sid_of(id_token: &str) -> Option<String> {
    let claims = BASE64.decode(id_token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims["sid"].as_str()?.to_owned())
}
