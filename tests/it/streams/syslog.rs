//! Syslog over TLS: a receiver with certificates of its own authority, which reads frames as RFC 5425 has them.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use partnerlog::{store::StreamKind, stream::Draft};
use syslog_loose::{Protocol, Variant, parse_message};
use tokio::{io::AsyncReadExt as _, net::TcpListener};
use tokio_rustls::TlsAcceptor;

use super::{Archive, id, ids, numbered, records, until};
use crate::support::authority::{Authority, authority};

#[derive(Clone, Default)]
struct Received {
    /// Of connections that were ended in order.
    messages: Arc<Mutex<Vec<String>>>,
    /// So many connections are broken off after the first bytes.
    breaks: Arc<Mutex<usize>>,
}

async fn receive(authority: &Authority) -> (SocketAddr, Received) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(authority.chain.clone(), authority.key.clone_key())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, received) = (listener.local_addr().unwrap(), Received::default());
    let to = received.clone();
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else {
                    return;
                };
                let breaks = {
                    let mut left = to.breaks.lock().unwrap();
                    let breaks = *left > 0;
                    *left = left.saturating_sub(1);
                    breaks
                };
                if breaks {
                    let _ = stream.read(&mut [0; 10]).await;
                    return;
                }
                let mut bytes = Vec::new();
                if stream.read_to_end(&mut bytes).await.is_ok() {
                    to.messages.lock().unwrap().extend(frames(&bytes));
                }
            });
        }
    });
    (address, received)
}

/// The messages of an octet-counted stream.
fn frames(mut bytes: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let blank = bytes.iter().position(|byte| *byte == b' ').unwrap();
        let length: usize = std::str::from_utf8(&bytes[..blank]).unwrap().parse().unwrap();
        let (message, rest) = bytes[blank + 1..].split_at(length);
        all.push(String::from_utf8(message.to_vec()).unwrap());
        bytes = rest;
    }
    all
}

fn draft(address: SocketAddr, ca: &str, largest: u32) -> Draft {
    Draft {
        host: "127.0.0.1".to_owned(),
        port: address.port().to_string(),
        largest: largest.to_string(),
        ca: ca.to_owned(),
        ..Draft::default()
    }
}

fn ids_of(messages: &[String]) -> Vec<String> {
    messages
        .iter()
        .map(|message| {
            let json = &message[message.find("] {").unwrap() + 2..];
            let envelope: serde_json::Value = serde_json::from_str(json).unwrap();
            envelope["id"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn messages_are_as_the_standard_has_them_and_say_what_was_cut() {
    let archive = Archive::new().await;
    let authority = authority("127.0.0.1");
    let (address, received) = receive(&authority).await;
    archive
        .archive(&[
            numbered(0).on("2026-08-01T09:00:00.1234567Z").json(),
            numbered(1)
                .status("failed")
                .with("resourceNewValue", "z".repeat(9_000))
                .json(),
        ])
        .await;
    let number = archive
        .stream(StreamKind::Syslog, draft(address, &authority.pem, 2_048))
        .await;
    archive.send_all(number).await;
    let messages = received.messages.lock().unwrap().clone();
    assert_eq!(ids_of(&messages), ids(0..2));

    // Read by somebody else's parser.
    let parsed = parse_message(&messages[0], Variant::RFC5424);
    assert_eq!(parsed.protocol, Protocol::RFC5424(1));
    let (facility, severity) = (parsed.facility.unwrap() as u8, parsed.severity.unwrap() as u8);
    assert_eq!((facility, severity), (13, 6));
    assert_eq!(
        parsed.timestamp.unwrap().to_rfc3339(),
        "2026-08-01T09:00:00.123+00:00"
    );
    assert_eq!(
        (parsed.hostname, parsed.appname, parsed.msgid),
        (Some("127.0.0.1"), Some("partnerlog"), Some("record.archived"))
    );
    let data = &parsed.structured_data[0];
    assert_eq!(data.id, "partnerlog@32473");
    assert_eq!(data.params[0], ("id", id(0).as_str()));
    assert_eq!(data.params[1], ("version", "1"));
    let envelope: serde_json::Value = serde_json::from_str(parsed.msg).unwrap();
    assert_eq!(envelope["record"]["operationType"], "update_subscription");

    assert!(messages[1].len() <= 2_048, "{}", messages[1].len());
    let parsed = parse_message(&messages[1], Variant::RFC5424);
    assert_eq!(parsed.severity.unwrap() as u8, 4, "a failure is a warning");
    let envelope: serde_json::Value = serde_json::from_str(parsed.msg).unwrap();
    assert_eq!(
        envelope["cut"]["members"],
        serde_json::json!(["resourceNewValue"])
    );
    assert_eq!(envelope["record"]["operationStatus"], "failed");

    let test = archive.streaming.test(&archive.at(number).await).await.unwrap();
    assert_eq!(test.outcome, "accepted");
    let last = received.messages.lock().unwrap().last().cloned().unwrap();
    assert!(
        last.contains(" partnerlog - test [") && last.contains("This is a test"),
        "{last}"
    );
}

#[tokio::test]
async fn what_a_receiver_did_not_read_to_the_end_is_sent_again() {
    let archive = Archive::new().await;
    let authority = authority("127.0.0.1");
    let (address, received) = receive(&authority).await;
    *received.breaks.lock().unwrap() = 2;
    let large = |n: usize| numbered(n).with("resourceNewValue", "z".repeat(50_000)).json();
    archive.archive(&(0..30).map(large).collect::<Vec<_>>()).await;
    let number = archive
        .stream(StreamKind::Syslog, draft(address, &authority.pem, 65_536))
        .await;
    archive.send_all(number).await;
    assert_eq!(ids_of(&received.messages.lock().unwrap()), ids(0..30));
    let outcomes = archive.outcomes(number).await;
    assert_eq!(outcomes[..2], ["broke-off", "broke-off"]);
    assert!(
        outcomes[2..].iter().all(|outcome| outcome == "accepted"),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_for_another_host_is_refused() {
    let archive = Archive::new().await;
    archive.archive(&records(0..1)).await;
    let (ours, other) = (authority("127.0.0.1"), authority("127.0.0.1"));
    let elsewhere = authority("siem.example");
    let (address, received) = receive(&ours).await;
    let (wrong_name, nothing) = receive(&elsewhere).await;
    for (draft, outcome) in [
        (draft(address, &other.pem, 2_048), "certificate"),
        // The system's authorities, which know nothing of it.
        (draft(address, "", 2_048), "certificate"),
        (draft(wrong_name, &elsewhere.pem, 2_048), "certificate"),
        (draft(address, &ours.pem, 2_048), "accepted"),
    ] {
        let number = archive.stream(StreamKind::Syslog, draft).await;
        let test = archive.streaming.test(&archive.at(number).await).await.unwrap();
        assert_eq!(test.outcome, outcome, "{}", test.said);
        archive.streaming.delete(number).await.unwrap();
    }
    assert_eq!(received.messages.lock().unwrap().len(), 1);
    assert!(nothing.messages.lock().unwrap().is_empty());
}

#[tokio::test]
async fn over_https_an_authority_of_ones_own_is_trusted_and_no_other() {
    let archive = Archive::new().await;
    let (ours, other) = (authority("127.0.0.1"), authority("127.0.0.1"));
    // Whoever receives syslog says nothing: all that matters here is who is trusted.
    let (address, _) = receive(&ours).await;
    for (ca, trusted) in [(ours.pem.as_str(), true), (&other.pem, false), ("", false)] {
        let draft = Draft {
            url: format!("https://{address}/"),
            ca: ca.to_owned(),
            ..Draft::default()
        };
        let number = archive.stream(StreamKind::Webhook, draft).await;
        // It waits for the end of the request, which does not come before we have given up.
        let test = archive.streaming.test(&archive.at(number).await).await.unwrap();
        assert_eq!(
            test.outcome != "certificate",
            trusted,
            "{} {}",
            test.outcome,
            test.said
        );
        archive.streaming.delete(number).await.unwrap();
    }
}

#[tokio::test]
async fn where_nobody_listens_that_is_said_and_it_is_tried_again() {
    let archive = Archive::new().await;
    archive.archive(&records(0..2)).await;
    let authority = authority("127.0.0.1");
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let number = archive
        .stream(StreamKind::Syslog, draft(free, &authority.pem, 8_192))
        .await;
    let sending = archive.send();
    until("two failures", async || {
        archive
            .at(number)
            .await
            .failing
            .is_some_and(|failing| failing.tries > 1)
    })
    .await;
    assert_eq!(archive.at(number).await.last.unwrap().outcome, "unreachable");
    sending.end().await;
}
