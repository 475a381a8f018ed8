//! Requests to the identity provider and to Microsoft Graph: bounded in time and size, only to trustworthy addresses.

use std::time::Duration;

use oauth2::url::{Host, Url};
use reqwest::{RequestBuilder, Response};

/// How long one request may take, its answer included.
pub(super) const TIME_OUT: Duration = Duration::from_secs(8);
/// The largest answer worth reading, after decompression. Entra's are below 40 KiB.
const LARGEST: usize = 1 << 20;

/// Why no usable answer came.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("the request failed")]
    Request(#[source] reqwest::Error),
    #[error("the answer had status {0}")]
    Status(u16),
    #[error("the answer was larger than {LARGEST} bytes")]
    TooLarge,
    #[error("the answer was not the expected JSON")]
    NotJson(#[source] serde_json::Error),
    #[error("not an address to send anything to: {0}")]
    Address(String),
    #[error("the provider's description of itself does not fit: {0}")]
    Unfit(&'static str),
    #[error("the last attempt failed a moment ago")]
    JustFailed,
    #[error("the whole exchange took too long")]
    TooSlow,
}

/// Sends `request` and reads the whole answer, whatever its status.
pub(super) async fn send(request: RequestBuilder) -> Result<http::Response<Vec<u8>>, FetchError> {
    let mut response: Response = request.send().await.map_err(without_address)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(without_address)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let mut whole = http::Response::new(body);
    *whole.status_mut() = response.status();
    *whole.headers_mut() = response.headers().clone();
    Ok(whole)
}

/// Sends `request` and reads a JSON answer of status 200.
pub(super) async fn json<T: serde::de::DeserializeOwned>(request: RequestBuilder) -> Result<T, FetchError> {
    let answer = send(request).await?;
    if answer.status() != http::StatusCode::OK {
        return Err(FetchError::Status(answer.status().as_u16()));
    }
    serde_json::from_slice(answer.body()).map_err(FetchError::NotJson)
}

/// `address` if it is https, or http to this very machine where `plain` allows it.
pub(super) fn trustworthy(address: &str, plain: bool) -> Result<Url, FetchError> {
    let url = Url::parse(address).map_err(|_| FetchError::Address(address.to_owned()))?;
    let fits = match url.scheme() {
        "https" => url.has_host(),
        "http" => plain && is_loopback(&url),
        _ => false,
    };
    let bare = url.username().is_empty() && url.password().is_none();
    if fits && bare {
        Ok(url)
    } else {
        Err(FetchError::Address(address.to_owned()))
    }
}

/// Whether the address is plain http to this very machine, as in the demo.
pub(super) fn is_plain_loopback(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Addresses may carry a query that is nobody's business.
fn without_address(error: reqwest::Error) -> FetchError {
    FetchError::Request(error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_plain_loopback_are_trustworthy() {
        for good in ["https://login.example/token", "https://127.0.0.1/x"] {
            assert!(trustworthy(good, false).is_ok(), "{good}");
        }
        for plain in ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:9/x"] {
            assert!(trustworthy(plain, true).is_ok(), "{plain}");
            assert!(trustworthy(plain, false).is_err(), "{plain}");
        }
        for bad in [
            "http://login.example/token",
            "http://127.0.0.1.evil.example/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://user:secret@login.example/",
            "data:,x",
            "",
            "/token",
            "http://169.254.169.254/latest",
        ] {
            assert!(trustworthy(bad, true).is_err(), "{bad}");
        }
    }
}
