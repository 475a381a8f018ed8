//! Standard Webhooks: a request for each record, signed with HMAC-SHA256.

use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _};
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::Sha256;

use super::{
    event::Event,
    exchange::{Answer, Outcome, exchange},
    sender::Line,
    target::signing_key,
};
use crate::clock::Clock;

/// After so long what was accepted is written down, however many wait: it would be sent again after a crash.
const AT_ONCE: Duration = Duration::from_secs(2);

pub struct Webhook {
    pub line: Line,
    pub clock: Clock,
    pub secret: String,
    pub previous: Option<(String, DateTime<Utc>)>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    data: &'a RawValue,
}

impl Webhook {
    pub async fn send(&self, events: &[Event]) -> Answer {
        let began = Instant::now();
        let mut last = Answer::of(Outcome::Accepted);
        for (sent, event) in events.iter().enumerate() {
            if sent > 0 && began.elapsed() > AT_ONCE {
                break;
            }
            let answer = self.send_one(event).await;
            let accepted = sent + usize::from(answer.outcome == Outcome::Accepted);
            last = Answer { accepted, ..answer };
            if last.outcome != Outcome::Accepted {
                break;
            }
        }
        last
    }

    async fn send_one(&self, event: &Event) -> Answer {
        let data = RawValue::from_string(event.envelope(&self.line.public_url));
        let body = data.and_then(|data| {
            serde_json::to_string(&Body {
                r#type: event.kind(),
                timestamp: event.archived_at(),
                data: &data,
            })
        });
        let body = body.expect("an envelope is JSON");
        let now = self.clock.now();
        let id = event.message_id();
        let time = now.timestamp().to_string();
        let keys = std::iter::once(&self.secret).chain(
            self.previous
                .as_ref()
                .filter(|(_, until)| *until > now)
                .map(|(secret, _)| secret),
        );
        let signatures: Vec<_> = keys
            .filter_map(|secret| signature(secret, &id, &time, &body))
            .collect();
        let request = self
            .line
            .post()
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", time)
            .header("webhook-signature", signatures.join(" "))
            .body(body);
        exchange(request, &self.line.secrets, now).await
    }
}

fn signature(secret: &str, id: &str, time: &str, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&signing_key(secret)?).ok()?;
    for part in [id, ".", time, ".", body] {
        mac.update(part.as_bytes());
    }
    Some(format!(
        "v1,{}",
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        // The example of the specification's own libraries.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }
}
