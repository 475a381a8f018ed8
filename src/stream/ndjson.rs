//! Lines of JSON over HTTP, one for each record.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};

use super::{
    event::Event,
    exchange::{Answer, Outcome, exchange},
    sender::Line,
    target::Auth,
};
use crate::clock::Clock;

pub struct Ndjson {
    pub line: Line,
    pub clock: Clock,
    pub auth: Auth,
    pub gzip: bool,
}

impl Ndjson {
    pub async fn send(&self, events: &[Event]) -> Answer {
        let mut body = String::new();
        for event in events {
            body.push_str(&event.envelope(&self.line.public_url));
            body.push('\n');
        }
        let mut request = self.line.post().header(CONTENT_TYPE, "application/x-ndjson");
        let (name, value) = match &self.auth {
            Auth::None => (None, String::new()),
            Auth::Bearer(token) => (Some(AUTHORIZATION), format!("Bearer {token}")),
            Auth::Header(name, value) => (name.parse().ok(), value.clone()),
        };
        if let (Some(name), Ok(mut value)) = (name, HeaderValue::from_str(&value)) {
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let request = match self.gzip {
            true => request.header(CONTENT_ENCODING, "gzip").body(gzipped(&body)),
            false => request.body(body),
        };
        let answer = exchange(request, &self.line.secrets, self.clock.now()).await;
        let all = answer.outcome == Outcome::Accepted;
        Answer {
            accepted: if all { events.len() } else { 0 },
            ..answer
        }
    }
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes());
    written
        .and_then(|()| encoder.finish())
        .expect("memory takes what is written")
}
