//! Refusing what other sites make browsers send.
//!
//! tower-http's layer does it, by the rules of Go's `CrossOriginProtection`. `GET`, `HEAD` and `OPTIONS`
//! pass (they change nothing). Any other method passes when `Sec-Fetch-Site` is `same-origin` or `none`, or when
//! `Origin` is the public address; `same-site`, `cross-site` and `Origin: null` are refused. A request with
//! neither header passes: every browser that still runs sends one of them with a cross-site change, so it comes
//! from a program, which nobody can trick into carrying somebody's cookie; and the session cookie is
//! `SameSite=Lax` besides.

use axum::{body::Body, response::Response};
use http::StatusCode;
use tower_http::csrf::{ConfigError, CsrfLayer, ProtectionError};

/// How a refusal is answered.
pub type Refusal = fn(ProtectionError) -> Response;

/// The layer for a dashboard that browsers reach under `public_url` (scheme, host and port). It matters where
/// a proxy rewrites `Host`, with which the layer would compare `Origin` otherwise.
///
/// Refusals are a bare 403 whose extensions hold [`CrossSite`]; the layer for error pages words them.
///
/// # Errors
/// When `public_url` is not an origin.
pub fn layer(public_url: &str) -> Result<CsrfLayer<Refusal>, ConfigError> {
    let layer = CsrfLayer::new().add_trusted_origin(public_url)?;
    Ok(layer.with_rejection_response(refuse as Refusal))
}

/// Marks an answer as a refusal of a cross-site request.
#[derive(Clone, Copy, Debug)]
pub struct CrossSite;

fn refuse(_: ProtectionError) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.extensions_mut().insert(CrossSite);
    response
}
