//! Certificates are checked: signer, time and name.
//!
//! Which authorities are trusted is the system's affair, so the tests that need one of their own run in a process
//! of their own with `SSL_CERT_FILE`; [`reaches_the_server`] is what runs there.

use std::{
    io::{Read, Write},
    path::PathBuf,
    process::Command,
    sync::Arc,
};

use partnerlog::{
    clock::Clock,
    partner_center::{Client, Error, TokenError, TransportKind},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use super::{account, first_page, quick, server};

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/tls", name]
        .iter()
        .collect()
}

/// Answers over TLS with a certificate, every request alike with what is both a token and a page; gives its port.
/// Its thread ends with the process.
pub fn serve(certificate: &str) -> u16 {
    let chain = vec![CertificateDer::from_pem_file(fixture(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(fixture("server.key.pem")).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut tcp in listener.incoming().flatten() {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::Stream::new(&mut connection, &mut tcp);
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok_and(|read| read > 0) {
                let _ = stream.write_all(&server::json(200, r#"{"access_token":"t","items":[]}"#));
                connection.send_close_notify();
                let _ = connection.complete_io(&mut tcp);
            }
        }
    });
    port
}

async fn visit(port: u16) -> Result<(), Error> {
    let client = Client::new(
        &account(&format!("https://127.0.0.1:{port}")),
        Clock::system(),
        quick(),
    )?;
    first_page(&client).await.map(|_| ())
}

#[tokio::test]
async fn a_certificate_that_signs_itself_is_refused() {
    let error = visit(serve("rogue.pem")).await.unwrap_err();
    let refused = matches!(
        error,
        Error::Token(TokenError::Transport {
            kind: TransportKind::Certificate,
            ..
        })
    );
    assert!(refused, "{error:?}");
    assert!(!error.is_transient(), "asking again does not make it trusted");
}

/// Runs `reaches_the_server` where the authority of the tests is trusted; whether it passed.
fn reached_with_our_authority(certificate: &str) -> bool {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "partner_center::tls::reaches_the_server", "--ignored"])
        .env("SSL_CERT_FILE", fixture("ca.pem"))
        .env("PARTNERLOG_TEST_PORT", serve(certificate).to_string())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(output.contains("running 1 test"), "{output}");
    if !child.status.success() {
        assert!(output.contains("kind: Certificate"), "{output}");
    }
    child.status.success()
}

#[test]
fn a_certificate_of_a_trusted_authority_is_accepted() {
    assert!(reached_with_our_authority("good.pem"));
}

#[test]
fn an_expired_certificate_is_refused() {
    assert!(!reached_with_our_authority("expired.pem"));
}

#[test]
fn a_certificate_for_another_host_is_refused() {
    assert!(!reached_with_our_authority("other-name.pem"));
}

#[tokio::test]
#[ignore = "run by the other tests of this file, in a process of its own"]
async fn reaches_the_server() {
    visit(std::env::var("PARTNERLOG_TEST_PORT").unwrap().parse().unwrap())
        .await
        .unwrap();
}
