//! Splunk's HTTP Event Collector: events one behind the other in a request.

use http::header::{AUTHORIZATION, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    event::Event,
    exchange::{Answer, Outcome, exchange},
    sender::Line,
};
use crate::clock::Clock;

/// What the events are called in Splunk.
const SOURCE: &str = "partnerlog";
const SOURCE_TYPE: &str = "partnerlog:record";

/// "Server is busy", of the collector's own codes.
const BUSY: u32 = 9;

pub struct Splunk {
    pub line: Line,
    pub clock: Clock,
    pub token: String,
    pub index: Option<String>,
    pub channel: String,
}

#[derive(Serialize)]
struct Sent<'a> {
    time: f64,
    host: &'a str,
    source: &'a str,
    sourcetype: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<&'a str>,
    event: &'a RawValue,
}

/// What the collector says besides the status.
#[derive(Deserialize)]
struct Said {
    code: u32,
}

impl Splunk {
    pub async fn send(&self, events: &[Event]) -> Answer {
        let mut body = String::new();
        for event in events {
            let envelope = RawValue::from_string(event.envelope(&self.line.public_url));
            let sent = envelope.and_then(|envelope| {
                serde_json::to_string(&Sent {
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "milliseconds of today fit into 52 bits"
                    )]
                    time: event.at.timestamp_millis() as f64 / 1_000.0,
                    host: &self.line.host,
                    source: SOURCE,
                    sourcetype: SOURCE_TYPE,
                    index: self.index.as_deref(),
                    event: &envelope,
                })
            });
            body.push_str(&sent.expect("an envelope is JSON"));
            body.push('\n');
        }
        let mut request = self
            .line
            .post()
            .header(http::header::CONTENT_TYPE, "application/json")
            .header("x-splunk-request-channel", &self.channel)
            .body(body);
        if let Ok(mut value) = HeaderValue::from_str(&format!("Splunk {}", self.token)) {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let answer = exchange(request, &self.line.secrets, self.clock.now()).await;
        let code = serde_json::from_slice::<Said>(&answer.read)
            .ok()
            .map(|said| said.code);
        let outcome = match (answer.outcome, code) {
            // A proxy in front may answer 200 to anything; what is no collector did not take it.
            (Outcome::Accepted, Some(0)) => Outcome::Accepted,
            (Outcome::Accepted, _) => Outcome::Refused,
            (_, Some(BUSY)) => Outcome::Busy,
            (other, _) => other,
        };
        Answer {
            accepted: if outcome == Outcome::Accepted {
                events.len()
            } else {
                0
            },
            outcome,
            ..answer
        }
    }
}
