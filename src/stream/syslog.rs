//! Syslog: RFC 5424 messages over TLS, framed by their length (RFC 5425).
//!
//! The protocol acknowledges nothing. So each batch has a connection of its own, which we end first: a receiver that ends
//! it in turn has read everything until then. One that does not gets the batch again.

use std::{fmt::Write as _, io, sync::Arc, time::Duration};

use chrono::SecondsFormat;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::{
    event::Event,
    exchange::{Answer, Outcome, kept},
    guard::Guard,
    target::certificates,
};

/// partnerlog has no enterprise number of its own: this is the one that IANA keeps for examples.
const SD_ID: &str = "partnerlog@32473";
/// "Log audit".
const FACILITY: u8 = 13;
const WARNING: u8 = 4;
const INFORMATIONAL: u8 = 6;
/// The longest value of a parameter, in characters.
const LONGEST_VALUE: usize = 300;
/// A receiver that says anything is no receiver of syslog; so much of it is read.
const READ: usize = 256;

pub struct Syslog {
    pub host: String,
    pub port: u16,
    pub largest: usize,
    pub guard: Guard,
    pub tls: Arc<ClientConfig>,
    pub timeout: Duration,
    /// Where the dashboard is, for links.
    pub public_url: String,
    /// What the messages name as their host.
    pub own_host: String,
}

/// How certificates are checked: against those that are given, else against the system's.
pub fn tls(ca: Option<&str>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = match ca.and_then(certificates) {
        Some(all) => {
            let mut roots = RootCertStore::empty();
            for one in all {
                roots.add(one)?;
            }
            config.with_root_certificates(roots)
        }
        None => config.with_platform_verifier()?,
    };
    Ok(Arc::new(config.with_no_client_auth()))
}

impl Syslog {
    pub async fn send(&self, events: &[Event]) -> Answer {
        match tokio::time::timeout(self.timeout, self.exchange(events)).await {
            Ok(Ok(())) => Answer {
                accepted: events.len(),
                ..Answer::of(Outcome::Accepted)
            },
            Ok(Err(Trouble { during, error })) => Answer {
                said: kept(&error.to_string(), &[]),
                ..Answer::of(Outcome::of_error(&error).unwrap_or(during))
            },
            Err(_) => Answer::of(Outcome::TimedOut),
        }
    }

    async fn exchange(&self, events: &[Event]) -> Result<(), Trouble> {
        let connecting = during(Outcome::Unreachable);
        let addresses = self
            .guard
            .addresses(&self.host, self.port)
            .await
            .map_err(connecting)?;
        let tcp = TcpStream::connect(&addresses[..]).await.map_err(connecting)?;
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned())
            .map_err(io::Error::other)
            .map_err(connecting)?;
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, tcp)
            .await
            .map_err(connecting)?;
        let sending = during(Outcome::BrokeOff);
        let (mut reader, mut writer) = tokio::io::split(stream);
        let writing = async {
            for event in events {
                let message = self.message(event);
                let frame = format!("{} {message}", message.len());
                writer.write_all(frame.as_bytes()).await?;
            }
            // Flushes, and says that this is the end.
            writer.shutdown().await
        };
        let mut read = [0; READ];
        tokio::select! {
            biased;
            // Whoever ends the connection before we do has not read everything.
            early = reader.read(&mut read) => {
                let error = early.err().unwrap_or_else(|| io::ErrorKind::ConnectionAborted.into());
                return Err(sending(error));
            }
            written = writing => written.map_err(sending)?,
        }
        match reader.read(&mut read).await {
            Ok(0) => Ok(()),
            // Some end the connection beneath TLS, having read the end of it.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            Ok(_) => Err(sending(io::Error::other(
                "the far side answers: it is no receiver of syslog",
            ))),
            Err(error) => Err(sending(error)),
        }
    }

    fn message(&self, event: &Event) -> String {
        let severity = if event.failed { WARNING } else { INFORMATIONAL };
        let mut message = format!(
            "<{}>1 {} {} partnerlog - {} [{SD_ID}",
            FACILITY * 8 + severity,
            event.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            self.own_host,
            event.kind(),
        );
        for (name, value) in [
            ("id", event.id.as_str()),
            ("version", &event.version().to_string()),
            ("sequence", &event.seq.to_string()),
            ("account", event.tenant()),
        ] {
            let _ = write!(message, " {name}=\"{}\"", quoted(value));
        }
        message.push_str("] ");
        let room = self.largest.saturating_sub(message.len());
        message.push_str(&event.envelope_within(&self.public_url, room));
        message
    }
}

/// What went wrong while something was done.
struct Trouble {
    during: Outcome,
    error: io::Error,
}

fn during(outcome: Outcome) -> impl Fn(io::Error) -> Trouble + Copy {
    move |error| Trouble {
        during: outcome,
        error,
    }
}

/// The value of a parameter, which a quote, a backslash and a bracket would end.
fn quoted(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE) {
        if matches!(c, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A name as a header of syslog may have it: printable ASCII without blanks.
pub fn header_value(name: &str) -> String {
    let fit: String = name.chars().filter(char::is_ascii_graphic).take(255).collect();
    if fit.is_empty() { "-".to_owned() } else { fit }
}
