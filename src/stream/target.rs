//! Where a stream goes and with which secrets: what a person types, checked, and what is sealed of it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Certificate;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::guard::Guard;
use crate::{seal, store::StreamKind};

/// The longest address, in bytes.
const LONGEST_URL: usize = 2_000;
/// The longest token, in bytes.
const LONGEST_SECRET: usize = 1_000;
/// The longest certificates, in bytes.
const LONGEST_CA: usize = 32 * 1024;
/// The longest name of an index, in bytes.
const LONGEST_INDEX: usize = 80;
/// How long a signing key still signs beside its successor.
const HANDED_OVER: TimeDelta = TimeDelta::days(1);
/// What a message of syslog may have at most, in bytes: what every receiver takes, what it should, and what many do.
pub const LARGEST: [u32; 3] = [2_048, 8_192, 65_536];
/// The port of syslog over TLS.
pub const SYSLOG_PORT: u16 = 6514;
const SECRET_PREFIX: &str = "whsec_";

/// Where a stream goes. Not `Debug`: nothing of it is for logs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Target {
    Webhook {
        url: String,
        /// `whsec_…`
        secret: String,
        /// The one of before, as long as it signs, too.
        previous: Option<(String, DateTime<Utc>)>,
        ca: Option<String>,
    },
    Ndjson {
        url: String,
        auth: Auth,
        gzip: bool,
        ca: Option<String>,
    },
    Splunk {
        url: String,
        token: String,
        index: Option<String>,
        /// Tokens with acknowledgement want one.
        channel: String,
        ca: Option<String>,
    },
    Syslog {
        host: String,
        port: u16,
        largest: u32,
        ca: Option<String>,
    },
}

/// What a request says of who asks.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    None,
    Bearer(String),
    /// A header's name and value.
    Header(String, String),
}

/// What a form has, as typed.
#[derive(Clone, Default)]
pub struct Draft {
    pub url: String,
    /// `none`, `bearer` or `header`
    pub auth: String,
    pub header: String,
    pub secret: String,
    pub gzip: bool,
    pub index: String,
    pub host: String,
    pub port: String,
    pub largest: String,
    pub ca: String,
    /// Whether a webhook gets another signing key.
    pub new_key: bool,
}

/// What is wrong with a field; with `streams-fault-` before it, its message.
pub type Fault = (&'static str, &'static str);

impl Target {
    /// What was typed, for a new stream or in the place of `before`: then a field that is empty because it is not shown
    /// again stays as it was.
    pub fn read(
        kind: StreamKind,
        draft: &Draft,
        before: Option<&Self>,
        guard: Guard,
        now: DateTime<Utc>,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let ca = ca(&draft.ca).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        if kind == StreamKind::Syslog {
            let target = syslog(draft, ca, guard, &mut faults);
            return if faults.is_empty() {
                Ok(target)
            } else {
                Err(faults)
            };
        }
        let old_url = before.and_then(Self::url);
        let typed = draft.url.trim();
        let url = match (typed, old_url) {
            ("", Some(old)) => old.to_owned(),
            _ => checked_url(typed, kind, guard).unwrap_or_else(|fault| {
                faults.push(fault);
                String::new()
            }),
        };
        // Whoever sends the stream elsewhere has to know its secret: it is not handed to another host unseen.
        let same_host = old_url.is_some_and(|old| origin(old) == origin(&url));
        let old_secret = before.and_then(Self::secret).filter(|_| same_host);
        let mut secret = || {
            let typed = draft.secret.trim();
            match (typed, old_secret) {
                ("", Some(old)) => old.to_owned(),
                ("", None) => {
                    faults.push(("secret", "secret-missing"));
                    String::new()
                }
                _ if typed.len() > LONGEST_SECRET || !typed.bytes().all(|b| (0x20..0x7f).contains(&b)) => {
                    faults.push(("secret", "secret-odd"));
                    String::new()
                }
                _ => typed.to_owned(),
            }
        };
        let target = match kind {
            StreamKind::Webhook => {
                let (old, older) = match before {
                    Some(Self::Webhook { secret, previous, .. }) => (Some(secret.clone()), previous.clone()),
                    _ => (None, None),
                };
                match old {
                    Some(old) if !draft.new_key && same_host => Self::Webhook {
                        url,
                        secret: old,
                        previous: older.filter(|(_, until)| *until > now),
                        ca,
                    },
                    // At another host nobody knows the old one.
                    old => Self::Webhook {
                        url,
                        secret: new_signing_key(),
                        previous: old.filter(|_| same_host).map(|old| (old, now + HANDED_OVER)),
                        ca,
                    },
                }
            }
            StreamKind::Ndjson => Self::Ndjson {
                url,
                auth: match draft.auth.as_str() {
                    "bearer" => Auth::Bearer(secret()),
                    "header" => {
                        let value = secret();
                        match header_name(&draft.header) {
                            Ok(name) => Auth::Header(name, value),
                            Err(fault) => {
                                faults.push(fault);
                                Auth::None
                            }
                        }
                    }
                    _ => Auth::None,
                },
                gzip: draft.gzip,
                ca,
            },
            _ => Self::Splunk {
                url,
                token: secret(),
                index: index(&draft.index).unwrap_or_else(|fault| {
                    faults.push(fault);
                    None
                }),
                channel: match before {
                    Some(Self::Splunk { channel, .. }) => channel.clone(),
                    _ => uuid::Uuid::new_v4().to_string(),
                },
                ca,
            },
        };
        if faults.is_empty() {
            Ok(target)
        } else {
            Err(faults)
        }
    }

    /// What a form shows of it again: nothing secret, and no address that may have a secret in it.
    pub fn draft(&self) -> Draft {
        let mut draft = Draft {
            auth: "none".to_owned(),
            ca: self.ca().unwrap_or_default().to_owned(),
            ..Draft::default()
        };
        match self {
            Self::Webhook { .. } => {}
            Self::Ndjson { auth, gzip, .. } => {
                draft.gzip = *gzip;
                match auth {
                    Auth::None => {}
                    Auth::Bearer(_) => draft.auth = "bearer".to_owned(),
                    Auth::Header(name, _) => {
                        draft.auth = "header".to_owned();
                        draft.header.clone_from(name);
                    }
                }
            }
            Self::Splunk { index, .. } => draft.index = index.clone().unwrap_or_default(),
            Self::Syslog {
                host, port, largest, ..
            } => {
                draft.host.clone_from(host);
                draft.port = port.to_string();
                draft.largest = largest.to_string();
            }
        }
        draft
    }

    pub fn kind(&self) -> StreamKind {
        match self {
            Self::Webhook { .. } => StreamKind::Webhook,
            Self::Ndjson { .. } => StreamKind::Ndjson,
            Self::Splunk { .. } => StreamKind::Splunk,
            Self::Syslog { .. } => StreamKind::Syslog,
        }
    }

    /// Scheme, host and port: what may be shown and kept unsealed.
    pub fn shown(&self) -> String {
        match self {
            Self::Syslog { host, port, .. } => format!("{host}:{port}"),
            _ => self.url().and_then(origin).unwrap_or_default(),
        }
    }

    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Webhook { url, .. } | Self::Ndjson { url, .. } | Self::Splunk { url, .. } => Some(url),
            Self::Syslog { .. } => None,
        }
    }

    pub fn ca(&self) -> Option<&str> {
        let (Self::Webhook { ca, .. }
        | Self::Ndjson { ca, .. }
        | Self::Splunk { ca, .. }
        | Self::Syslog { ca, .. }) = self;
        ca.as_deref()
    }

    /// What proves to the far side who sends.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::Webhook { secret, .. } => Some(secret),
            Self::Ndjson { auth, .. } => match auth {
                Auth::None => None,
                Auth::Bearer(secret) | Auth::Header(_, secret) => Some(secret),
            },
            Self::Splunk { token, .. } => Some(token),
            Self::Syslog { .. } => None,
        }
    }

    /// Everything of it that must not be told: also the parts of an address that may be a secret.
    pub fn secrets(&self) -> Vec<String> {
        let mut all: Vec<String> = self.secret().map(ToOwned::to_owned).into_iter().collect();
        if let Self::Webhook {
            previous: Some((previous, _)),
            ..
        } = self
        {
            all.push(previous.clone());
        }
        if let Some(url) = self.url().and_then(|url| Url::parse(url).ok()) {
            all.extend(url.query().map(ToOwned::to_owned));
            all.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
            let long = |part: &&str| part.len() >= 16;
            let segments = url.path_segments().into_iter().flatten();
            all.extend(segments.filter(long).map(ToOwned::to_owned));
        }
        all
    }
}

/// A new key of Standard Webhooks: 256 bits.
fn new_signing_key() -> String {
    format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(seal::random::<32>()))
}

/// The bytes of a signing key.
pub fn signing_key(secret: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()
}

/// Certificates in which alone a stream trusts.
pub fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .ok()?;
    (!all.is_empty()).then_some(all)
}

fn ca(typed: &str) -> Result<Option<String>, Fault> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    // A key that somebody pasted by mistake is not kept, not even sealed.
    if typed.len() > LONGEST_CA || typed.contains("PRIVATE KEY") {
        return Err(("ca", "ca-odd"));
    }
    let all = certificates(typed).ok_or(("ca", "ca-odd"))?;
    let mut roots = rustls::RootCertStore::empty();
    for one in all {
        if roots.add(one.clone()).is_err() || Certificate::from_der(&one).is_err() {
            return Err(("ca", "ca-odd"));
        }
    }
    Ok(Some(typed.to_owned()))
}

fn origin(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.origin().ascii_serialization())
}

/// Whether a host is this machine by its very name.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn is_permitted(host: &Host<&str>, guard: Guard) -> bool {
    match host {
        // Where it leads is seen when it is connected to.
        Host::Domain(_) => !is_loopback(host) || guard.loopback,
        Host::Ipv4(address) => guard.permits((*address).into()),
        Host::Ipv6(address) => guard.permits((*address).into()),
    }
}

fn checked_url(typed: &str, kind: StreamKind, guard: Guard) -> Result<String, Fault> {
    if typed.is_empty() {
        return Err(("url", "url-missing"));
    }
    let mut url = Url::parse(typed).map_err(|_| ("url", "url-odd"))?;
    let (Some(host), true) = (url.host(), typed.len() <= LONGEST_URL) else {
        return Err(("url", "url-odd"));
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) && guard.loopback => {}
        "http" => return Err(("url", "url-https")),
        _ => return Err(("url", "url-odd")),
    }
    if !is_permitted(&host, guard) {
        return Err(("url", "forbidden"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(("url", "url-password"));
    }
    url.set_fragment(None);
    if kind == StreamKind::Splunk && matches!(url.path(), "" | "/") {
        url.set_path("/services/collector/event");
    }
    Ok(url.into())
}

/// What the request itself decides is nobody's to set.
fn header_name(typed: &str) -> Result<String, Fault> {
    let name = typed.trim().to_ascii_lowercase();
    let ours = [
        "host",
        "connection",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "proxy-authorization",
    ];
    let fits = http::HeaderName::from_bytes(name.as_bytes()).is_ok() && name.len() <= 80;
    match fits && !ours.contains(&name.as_str()) {
        true => Ok(name),
        false => Err(("header", "header-odd")),
    }
}

fn index(typed: &str) -> Result<Option<String>, Fault> {
    let typed = typed.trim();
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match typed {
        "" => Ok(None),
        _ if typed.len() <= LONGEST_INDEX && typed.bytes().all(fits) => Ok(Some(typed.to_owned())),
        _ => Err(("index", "index-odd")),
    }
}

fn syslog(draft: &Draft, ca: Option<String>, guard: Guard, faults: &mut Vec<Fault>) -> Target {
    let typed = draft.host.trim();
    let host = match Host::parse(typed) {
        _ if typed.is_empty() => Err(("host", "host-missing")),
        Ok(host) => match &host {
            Host::Domain(name) if name.len() > 253 => Err(("host", "host-odd")),
            Host::Domain(name) if !is_permitted(&Host::Domain(name), guard) => Err(("host", "forbidden")),
            Host::Ipv4(address) if !guard.permits((*address).into()) => Err(("host", "forbidden")),
            Host::Ipv6(address) if !guard.permits((*address).into()) => Err(("host", "forbidden")),
            _ => Ok(host.to_string()),
        },
        Err(_) => Err(("host", "host-odd")),
    };
    let port = match draft.port.trim() {
        "" => Ok(SYSLOG_PORT),
        port => port
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or(("port", "port-odd")),
    };
    let largest = draft.largest.parse().ok().filter(|most| LARGEST.contains(most));
    let mut or = |fault| {
        faults.push(fault);
    };
    Target::Syslog {
        host: host.unwrap_or_else(|fault| {
            or(fault);
            String::new()
        }),
        port: port.unwrap_or_else(|fault| {
            or(fault);
            SYSLOG_PORT
        }),
        largest: largest.unwrap_or_else(|| {
            or(("largest", "largest-odd"));
            0
        }),
        ca,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Guard = Guard { loopback: false };
    const HERE: Guard = Guard { loopback: true };

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn fault(url: &str, guard: Guard) -> Option<&'static str> {
        checked_url(url, StreamKind::Webhook, guard)
            .err()
            .map(|(_, fault)| fault)
    }

    #[test]
    fn only_https_elsewhere_and_nothing_that_only_this_machine_reaches() {
        for (url, why) in [
            ("http://siem.example/x", "url-https"),
            ("http://10.0.0.1/x", "url-https"),
            ("http://localhost.evil.example/", "url-https"),
            ("ftp://siem.example/", "url-odd"),
            ("file:///etc/passwd", "url-odd"),
            ("siem.example", "url-odd"),
            ("", "url-missing"),
            ("https://169.254.169.254/latest/meta-data", "forbidden"),
            ("https://[::ffff:169.254.169.254]/", "forbidden"),
            ("https://2852039166/", "forbidden"),
            ("https://0xa9.0xfe.0xa9.0xfe/", "forbidden"),
            ("https://user:word@siem.example/", "url-password"),
        ] {
            assert_eq!(fault(url, STRICT), Some(why), "{url}");
            assert_eq!(fault(url, HERE), Some(why), "{url}");
        }
        for here in [
            "https://127.0.0.1/",
            "https://localhost:8443/x",
            "https://LOCALHOST./",
            "https://[::1]/",
            "https://2130706433/",
        ] {
            assert_eq!(fault(here, STRICT), Some("forbidden"), "{here}");
            assert_eq!(fault(here, HERE), None, "{here}");
        }
        assert_eq!(fault("http://127.0.0.1:9000/x", STRICT), Some("url-https"));
        assert_eq!(fault("http://127.0.0.1:9000/x", HERE), None);
        assert_eq!(fault("https://siem.example/x?token=y", STRICT), None);
    }

    #[test]
    fn a_secret_is_not_sent_to_another_host_unseen() {
        let draft = |url: &str, secret: &str| Draft {
            url: url.to_owned(),
            auth: "bearer".to_owned(),
            secret: secret.to_owned(),
            ..Draft::default()
        };
        let read = |draft: &Draft, before: Option<&Target>| {
            Target::read(StreamKind::Ndjson, draft, before, STRICT, now())
        };
        let first = read(&draft("https://a.example/in?key=v", "s3cret-token"), None)
            .ok()
            .unwrap();
        let same = read(&draft("", ""), Some(&first)).ok().unwrap();
        assert_eq!((same.url(), same.secret()), (first.url(), first.secret()));
        let path = read(&draft("https://a.example/other", ""), Some(&first))
            .ok()
            .unwrap();
        assert_eq!(path.secret(), Some("s3cret-token"));
        for elsewhere in ["https://b.example/in", "https://a.example:444/in"] {
            let faults = read(&draft(elsewhere, ""), Some(&first)).err().unwrap();
            assert_eq!(faults, [("secret", "secret-missing")], "{elsewhere}");
        }
        assert_eq!(first.shown(), "https://a.example");
        assert!(first.secrets().contains(&"key=v".to_owned()));
        assert!(first.draft().secret.is_empty() && first.draft().url.is_empty());
    }

    #[test]
    fn a_signing_key_signs_for_a_day_beside_its_successor() {
        let draft = |url: &str, new_key| Draft {
            url: url.to_owned(),
            new_key,
            ..Draft::default()
        };
        let read = |draft: &Draft, before: Option<&Target>, now| {
            Target::read(StreamKind::Webhook, draft, before, STRICT, now)
                .ok()
                .unwrap()
        };
        let first = read(&draft("https://a.example/", false), None, now());
        assert_eq!(signing_key(first.secret().unwrap()).unwrap().len(), 32);
        let renewed = read(&draft("", true), Some(&first), now());
        assert_ne!(renewed.secret(), first.secret());
        let previous = |target: &Target| match target {
            Target::Webhook { previous, .. } => previous.clone().map(|(secret, _)| secret),
            _ => None,
        };
        assert_eq!(previous(&renewed).as_deref(), first.secret());
        let later = read(&draft("", false), Some(&renewed), now() + TimeDelta::days(2));
        assert_eq!((later.secret(), previous(&later)), (renewed.secret(), None));
        // Another host gets a key of its own, and nothing signed by the old one.
        let elsewhere = read(&draft("https://b.example/", false), Some(&first), now());
        assert_ne!(elsewhere.secret(), first.secret());
        assert_eq!(previous(&elsewhere), None);
    }

    #[test]
    fn headers_that_make_the_request_are_not_set() {
        for name in ["Content-Length", "host", "x y", "", "transfer-encoding", "é"] {
            assert!(header_name(name).is_err(), "{name}");
        }
        assert_eq!(header_name(" DD-API-KEY ").as_deref(), Ok("dd-api-key"));
    }
}
