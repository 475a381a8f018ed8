//! One request, and what the far side says. Its answer is hostile: a few kilobytes of it are read, and the first characters
//! kept.

use std::{io, time::Duration};

use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, header};
use reqwest::RequestBuilder;

use super::guard::Forbidden;

/// So much of an answer is read: more than is shown, so that a secret is seen as a whole and can be taken out.
const READ: usize = 4 * 1024;
/// So many characters of it are kept.
const KEPT: usize = 300;
/// An answer whose status is there may take so long to say the rest.
const LISTENING: Duration = Duration::from_secs(5);
/// A shorter text would be taken out of answers where it is none of ours.
const SHORTEST_SECRET: usize = 6;

/// How an attempt ended. What the operator can do about it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    /// An answer says no.
    Refused,
    /// An answer says that this, as it is, will never be taken: smaller parts may be.
    NotThis,
    /// An answer says that nobody is there any more, for good.
    Gone,
    /// An answer asks for patience.
    Busy,
    /// An answer leads elsewhere; nothing is sent there.
    Redirected,
    TimedOut,
    Unreachable,
    /// The certificate is not good for this host.
    Certificate,
    /// The host leads to where streams may not go.
    Forbidden,
    BrokeOff,
    /// Neither key of the settings opens where to send to.
    Sealed,
    /// A part of what it is to send means nothing to this version.
    NotUnderstood,
    /// Somebody had it left out.
    LeftOut,
}

impl Outcome {
    pub const ALL: [Self; 14] = [
        Self::Accepted,
        Self::Refused,
        Self::NotThis,
        Self::Gone,
        Self::Busy,
        Self::Redirected,
        Self::TimedOut,
        Self::Unreachable,
        Self::Certificate,
        Self::Forbidden,
        Self::BrokeOff,
        Self::Sealed,
        Self::NotUnderstood,
        Self::LeftOut,
    ];

    /// The code under which it is kept; with `streams-outcome-` before it, its message.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NotThis => "not-this",
            Self::Gone => "gone",
            Self::Busy => "busy",
            Self::Redirected => "redirected",
            Self::TimedOut => "timed-out",
            Self::Unreachable => "unreachable",
            Self::Certificate => "certificate",
            Self::Forbidden => "forbidden",
            Self::BrokeOff => "broke-off",
            Self::Sealed => "sealed",
            Self::NotUnderstood => "not-understood",
            Self::LeftOut => "left-out",
        }
    }

    /// What an error of a connection means.
    pub fn of_error(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<Forbidden>() {
                return Some(Self::Forbidden);
            }
            if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
                return Some(Self::Certificate);
            }
            // An `io::Error` hides what it wraps from its own sources.
            if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
                && let Some(found) = Self::of_error(inner)
            {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

/// What came of sending some events.
#[derive(Clone, Debug)]
pub struct Answer {
    pub outcome: Outcome,
    /// How many of them, from the first on, were accepted.
    pub accepted: usize,
    pub status: Option<u16>,
    /// The beginning of what the far side said, without our secrets.
    pub said: String,
    /// What was read of its answer, for who understands it; never kept.
    pub read: Vec<u8>,
    /// How long it asks to be left alone.
    pub wait: Option<Duration>,
}

impl Answer {
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            accepted: 0,
            status: None,
            said: String::new(),
            read: Vec::new(),
            wait: None,
        }
    }
}

/// Sends a request. `secrets` are taken out of what is kept of the answer.
pub async fn exchange(request: RequestBuilder, secrets: &[String], now: DateTime<Utc>) -> Answer {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => {
            let outcome = match Outcome::of_error(&error) {
                Some(found) => found,
                None if error.is_timeout() => Outcome::TimedOut,
                None if error.is_connect() => Outcome::Unreachable,
                None => Outcome::BrokeOff,
            };
            // The deepest cause says most; none names the address.
            let mut cause: &dyn std::error::Error = &error;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            let words = match std::ptr::eq(cause, &error as &dyn std::error::Error) {
                true => String::new(),
                false => cause.to_string(),
            };
            return Answer {
                said: kept(&words, secrets),
                ..Answer::of(outcome)
            };
        }
    };
    let status = response.status();
    let wait = retry_after(response.headers(), now);
    let mut read = Vec::new();
    // What is not read in time is not needed: the status is the answer.
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = READ - read.len();
            read.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if read.len() >= READ {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(LISTENING, reading).await;
    let outcome = outcome(status);
    Answer {
        outcome,
        accepted: 0,
        status: Some(status.as_u16()),
        said: kept(&String::from_utf8_lossy(&read), secrets),
        read,
        wait: wait.filter(|_| outcome != Outcome::Accepted),
    }
}

fn outcome(status: StatusCode) -> Outcome {
    match status {
        status if status.is_success() => Outcome::Accepted,
        status if status.is_redirection() => Outcome::Redirected,
        StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Outcome::Busy,
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
            Outcome::NotThis
        }
        _ => Outcome::Refused,
    }
}

/// The beginning of a hostile text, without secrets of ours that it may repeat.
pub fn kept(said: &str, secrets: &[String]) -> String {
    let mut said = said.to_owned();
    let mut longest_first: Vec<&String> = secrets.iter().filter(|it| it.len() >= SHORTEST_SECRET).collect();
    longest_first.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in longest_first {
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [secret.as_str(), &secret.replace('/', "\\/"), &encoded] {
            said = said.replace(form, "•••");
        }
    }
    said.chars()
        .take(KEPT * 4)
        .collect::<String>()
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(KEPT)
        .collect()
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // Only a number too large for u64 fails here.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = DateTime::<Utc>::from(httpdate::parse_http_date(value).ok()?);
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_an_answer_repeats_are_not_kept() {
        let secrets = [
            "tok/en-123".to_owned(),
            "tok/en-123-longer".to_owned(),
            "id".to_owned(),
        ];
        let said = "{\"auth\": \"Splunk tok\\/en-123\", \"b\": \"tok/en-123-longer\", \"c\": \"tok%2Fen-123\", \"id\": 1}";
        assert_eq!(
            kept(said, &secrets),
            "{\"auth\": \"Splunk •••\", \"b\": \"•••\", \"c\": \"•••\", \"id\": 1}"
        );
        assert_eq!(kept(&"a\r\n\x1b[31m b".repeat(500), &[]).chars().count(), 300);
    }

    #[test]
    fn patience_is_asked_for_in_seconds_or_until_a_date() {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let asked = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(
            asked("Fri, 20 Nov 2026 12:01:30 GMT"),
            Some(Duration::from_secs(90))
        );
        assert_eq!(asked("Fri, 20 Nov 2020 12:01:30 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
        assert_eq!(
            asked("99999999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
    }
}
