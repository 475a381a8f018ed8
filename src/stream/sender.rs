//! The four ways to send behind one door.

use std::{sync::Arc, time::Duration};

use reqwest::{Certificate, Client, RequestBuilder};
use url::{Host, Url};

use super::{
    event::Event,
    exchange::{Answer, Outcome},
    guard::Guard,
    ndjson::Ndjson,
    splunk::Splunk,
    syslog::{self, Syslog},
    target::{Target, certificates},
    webhook::Webhook,
};
use crate::{clock::Clock, http_client, store::Bounds};

/// What is held at once of a stream: of documents, before they are put into envelopes.
const VERSIONS: usize = 500;
const BYTES: usize = 1 << 20;
/// A request for each takes longer.
const REQUESTS: usize = 100;

/// Sends the events of one stream.
pub struct Sender {
    way: Way,
    guard: Guard,
}

enum Way {
    Webhook(Webhook),
    Ndjson(Ndjson),
    Splunk(Splunk),
    Syslog(Syslog),
}

/// A line to an address over HTTP.
pub struct Line {
    client: Client,
    url: Url,
    /// Where the dashboard is, for links.
    pub public_url: String,
    /// The host of that.
    pub host: String,
    /// What must not be kept of an answer that repeats it.
    pub secrets: Vec<String>,
}

impl Line {
    pub fn post(&self) -> RequestBuilder {
        self.client.post(self.url.clone())
    }
}

/// What all senders of a process share.
#[derive(Clone)]
pub struct Surroundings {
    pub guard: Guard,
    pub clock: Clock,
    pub public_url: String,
    pub timeout: Duration,
}

impl Sender {
    /// `None` for what cannot be a target: it was checked before it was sealed.
    pub fn new(target: Target, around: &Surroundings) -> Option<Self> {
        let public = Url::parse(&around.public_url).ok();
        let host = public
            .as_ref()
            .and_then(Url::host_str)
            .unwrap_or("partnerlog")
            .to_owned();
        let public_url = around.public_url.clone();
        let line = |target: &Target| {
            let only: Vec<Certificate> = match target.ca() {
                Some(pem) => certificates(pem)?
                    .iter()
                    .map(|one| Certificate::from_der(one))
                    .collect::<Result<_, _>>()
                    .ok()?,
                None => Vec::new(),
            };
            Some(Line {
                client: http_client::guarded(around.timeout, Arc::new(around.guard), only).ok()?,
                url: Url::parse(target.url()?).ok()?,
                public_url: public_url.clone(),
                host: host.clone(),
                secrets: target.secrets(),
            })
        };
        let clock = around.clock.clone();
        let way = match target {
            Target::Syslog {
                ref host,
                port,
                largest,
                ref ca,
            } => Way::Syslog(Syslog {
                own_host: syslog::header_value(public.as_ref().and_then(Url::host_str).unwrap_or("-")),
                host: host.clone(),
                port,
                largest: usize::try_from(largest).ok()?,
                guard: around.guard,
                tls: syslog::tls(ca.as_deref()).ok()?,
                timeout: around.timeout,
                public_url,
            }),
            ref other => {
                let line = line(other)?;
                match target {
                    Target::Webhook { secret, previous, .. } => Way::Webhook(Webhook {
                        line,
                        clock,
                        secret,
                        previous,
                    }),
                    Target::Ndjson { auth, gzip, .. } => Way::Ndjson(Ndjson {
                        line,
                        clock,
                        auth,
                        gzip,
                    }),
                    Target::Splunk {
                        token,
                        index,
                        channel,
                        ..
                    } => Way::Splunk(Splunk {
                        line,
                        clock,
                        token,
                        index,
                        channel,
                    }),
                    Target::Syslog { .. } => return None,
                }
            }
        };
        Some(Self {
            way,
            guard: around.guard,
        })
    }

    /// How much is sent at once.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            versions: match self.way {
                Way::Webhook(_) => REQUESTS,
                _ => VERSIONS,
            },
            bytes: BYTES,
        }
    }

    /// Sends events in their order; what is accepted of them is accepted from the first on.
    pub async fn send(&self, events: &[Event]) -> Answer {
        let line = match &self.way {
            Way::Webhook(webhook) => Some(&webhook.line),
            Way::Ndjson(ndjson) => Some(&ndjson.line),
            Way::Splunk(splunk) => Some(&splunk.line),
            Way::Syslog(_) => None,
        };
        // A number for a host is looked up by nobody, so it is checked here; names where they are looked up.
        let permitted = match line.and_then(|line| line.url.host()) {
            Some(Host::Ipv4(address)) => self.guard.permits(address.into()),
            Some(Host::Ipv6(address)) => self.guard.permits(address.into()),
            _ => true,
        };
        if !permitted {
            return Answer::of(Outcome::Forbidden);
        }
        match &self.way {
            Way::Webhook(webhook) => webhook.send(events).await,
            Way::Ndjson(ndjson) => ndjson.send(events).await,
            Way::Splunk(splunk) => splunk.send(events).await,
            Way::Syslog(syslog) => syslog.send(events).await,
        }
    }
}
