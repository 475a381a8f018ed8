//! Client credentials in the `Authorization` header of a token request.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};

/// `client_secret_basic`: both parts are percent-encoded before they are joined.
pub(super) fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " "))
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    };
    Some((plain(id)?, plain(secret)?))
}
