//! HTTP clients with time-outs, without redirects, with certificates checked.

use std::{sync::Arc, time::Duration};

use reqwest::{Certificate, Client, ClientBuilder, dns::Resolve};

/// A client for requests to configured hosts.
///
/// Redirects are never followed: they would carry credentials to a host that nobody configured.
/// `timeout` bounds a whole request, body included.
///
/// # Panics
/// When the system's certificate store cannot be set up, which no caller could mend.
pub fn new(timeout: Duration) -> Client {
    builder(timeout)
        .build()
        .expect("a TLS provider is installed above")
}

/// As [`new`], through no proxy: for services of the machine or the platform that we run on.
///
/// # Panics
/// As [`new`].
pub fn direct(timeout: Duration) -> Client {
    builder(timeout)
        .no_proxy()
        .build()
        .expect("a TLS provider is installed above")
}

/// A client for requests to hosts that are named on a page: it connects to nothing but what `resolver` gives, through no
/// proxy (which would look names up itself), and unpacks nothing. Certificates are checked against `only` where there are
/// any, else against the system's.
///
/// A host that is a number is not looked up: whoever asks checks those.
///
/// # Errors
/// When a certificate of `only` cannot be used.
pub fn guarded(
    timeout: Duration,
    resolver: Arc<dyn Resolve>,
    only: Vec<Certificate>,
) -> Result<Client, reqwest::Error> {
    let client = builder(timeout).no_proxy().no_gzip().dns_resolver(resolver);
    match only.is_empty() {
        true => client.build(),
        false => client.tls_certs_only(only).build(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
fn builder(timeout: Duration) -> ClientBuilder {
    // Harmless when already installed: the first provider stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(Duration::from_secs(5).min(timeout))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("partnerlog/", env!("CARGO_PKG_VERSION")))
}
