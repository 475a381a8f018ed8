//! What tests can make go wrong on the wire: whole answers replaced, cut, delayed or never given.
//!
//! It knows HTTP and nothing of what the answers mean; faults in the meaning are switched on at the
//! stand-in they belong to.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt;

use super::service::lock;

/// A disturbance of one HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpFault {
    /// 429 in the gateway's shape.
    Throttled(RetryAfter),
    /// A server error (or any other status) with a fault body.
    Status(u16),
    /// The real answer, its length announced, the connection closed after half of the body.
    CutBody,
    /// The real answer in chunks, the connection closed before the last chunk.
    CutChunkedBody,
    /// No answer at all, while the connection stays open.
    Hang,
    /// Headers and half of the body, then nothing, while the connection stays open.
    HangInBody,
    /// 200 with an HTML page, as proxies and captive portals answer.
    Html,
    /// 200 with a JSON string of this many bytes.
    HugeBody(usize),
    /// 302 to this address.
    Redirect(String),
    /// The real answer, labelled with this content type.
    ContentType(String),
    /// 200 with exactly this body, labelled as JSON.
    Body(String),
    /// This status with exactly this JSON body.
    Answer(u16, String),
}

/// The `Retry-After` header of a 429.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    Seconds(u32),
    At(DateTime<Utc>),
    Absent,
}

/// Marks an answer whose bytes must go out as they are, without compression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verbatim;

impl HttpFault {
    /// The disturbed answer; `respond` makes the real one where the fault needs it.
    pub(super) async fn apply<F>(self, respond: F) -> Response
    where
        F: Future<Output = Response>,
    {
        let mut response = match self {
            Self::Throttled(retry_after) => throttled(&retry_after),
            Self::Status(status) => (
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
                r#"{"code":"800003","description":"An unexpected service error occurred.","data":[],"source":"PartnerCenter"}"#,
            )
                .into_response(),
            Self::CutBody => cut(respond.await, true, Ending::Closed).await,
            Self::CutChunkedBody => cut(respond.await, false, Ending::Closed).await,
            Self::Hang => std::future::pending().await,
            Self::HangInBody => cut(respond.await, true, Ending::Silent).await,
            Self::Html => axum::response::Html(
                "<!doctype html><html><head><title>Proxy</title></head><body><h1>Please sign in to the network</h1></body></html>",
            )
            .into_response(),
            Self::HugeBody(size) => (json_type(), Body::from_stream(huge(size))).into_response(),
            Self::Redirect(address) => (StatusCode::FOUND, [(header::LOCATION, address)]).into_response(),
            Self::ContentType(content_type) => {
                let mut response = respond.await;
                if let Ok(value) = HeaderValue::from_str(&content_type) {
                    response.headers_mut().insert(header::CONTENT_TYPE, value);
                }
                response
            }
            Self::Body(body) => (json_type(), body).into_response(),
            Self::Answer(status, body) => {
                (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), json_type(), body).into_response()
            }
        };
        response.extensions_mut().insert(Verbatim);
        response
    }
}

fn json_type() -> [(header::HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, "application/json; charset=utf-8")]
}

fn throttled(retry_after: &RetryAfter) -> Response {
    let wait = match retry_after {
        RetryAfter::Seconds(seconds) => Some(seconds.to_string()),
        RetryAfter::At(at) => Some(httpdate::fmt_http_date((*at).into())),
        RetryAfter::Absent => None,
    };
    let body = r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." } "#;
    let mut response = (
        StatusCode::TOO_MANY_REQUESTS,
        [(header::CONTENT_TYPE, "application/json")],
        body,
    )
        .into_response();
    if let Some(value) = wait.and_then(|wait| HeaderValue::from_str(&wait).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

enum Ending {
    Closed,
    Silent,
}

async fn cut(response: Response, announce_length: bool, ending: Ending) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let half = stream::iter([Ok::<_, io::Error>(whole.slice(..whole.len() / 2))]);
    let rest = match ending {
        Ending::Closed => stream::once(async {
            // The connection ends at once and takes with it what was not sent yet: let the half go first.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Err(io::Error::from(io::ErrorKind::ConnectionAborted))
        })
        .boxed(),
        Ending::Silent => stream::pending().boxed(),
    };
    if announce_length {
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    } else {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(parts, Body::from_stream(half.chain(rest)))
}

/// A JSON string of `size` bytes, in pieces, so that the stand-in itself stays small.
fn huge(size: usize) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    static FILLING: [u8; 65_536] = [b'x'; 65_536];
    let quote = || stream::iter([Ok(Bytes::from_static(b"\""))]);
    let mut left = size.saturating_sub(2);
    let filling = std::iter::from_fn(move || {
        let piece = left.min(FILLING.len());
        left -= piece;
        (piece > 0).then(|| Ok(Bytes::from_static(&FILLING[..piece])))
    });
    quote().chain(stream::iter(filling)).chain(quote())
}

/// Faults waiting for their requests: each strikes the next `times` requests that fit its condition.
#[derive(Debug)]
pub(super) struct Pending<C, F>(Arc<Mutex<Vec<(C, F, u32)>>>);

impl<C, F> Clone for Pending<C, F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C, F> Default for Pending<C, F> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<C, F: Clone> Pending<C, F> {
    pub(super) fn add(&self, condition: C, fault: F, times: u32) {
        if times > 0 {
            lock(&self.0).push((condition, fault, times));
        }
    }

    /// The oldest fault that fits, used up by one.
    pub(super) fn take(&self, fits: impl Fn(&C, &F) -> bool) -> Option<F> {
        let mut pending = lock(&self.0);
        let at = pending
            .iter()
            .position(|(condition, fault, _)| fits(condition, fault))?;
        let entry = &mut pending[at];
        let fault = entry.1.clone();
        if entry.2 != u32::MAX {
            entry.2 -= 1;
        }
        if entry.2 == 0 {
            pending.remove(at);
        }
        Some(fault)
    }

    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }
}
