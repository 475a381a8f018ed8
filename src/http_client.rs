//! HTTP clients with time-outs, without redirects, with certificates checked.

use std::time::Duration;

/// A client for requests to configured hosts.
///
/// Redirects are never followed: they would carry credentials to a host that nobody configured.
/// `timeout` bounds a whole request, body included.
///
/// # Panics
/// When the system's certificate store cannot be set up, which no caller could mend.
#[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
pub fn new(timeout: Duration) -> reqwest::Client {
    // Harmless when already installed: the first provider stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5).min(timeout))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("partnerlog/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("a TLS provider is installed above")
}
