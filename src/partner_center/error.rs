//! What can go wrong between us and Partner Center: a variant for each thing a caller would do differently.
//!
//! Nothing here holds a token, a secret, an address with its query string, or a record.

use std::{error::Error as StdError, time::Duration};

use super::token_endpoint::TokenError;

/// Why a request to Partner Center came to nothing, after every retry that made sense.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting of the partner account cannot be used; nothing was sent.
    #[error("the setting {setting} of the partner account {account:?} {what}")]
    Setting {
        account: String,
        setting: &'static str,
        what: &'static str,
    },
    /// A customer id that cannot be part of an address; nothing was sent.
    #[error("not a customer id")]
    CustomerId,
    /// 401 with a fresh token too: the registration, its consent or its API access is wrong.
    #[error(
        "Partner Center does not accept the access token (401{})",
        said(code, description)
    )]
    Unauthorized {
        code: Option<String>,
        description: Option<String>,
    },
    /// 403: the application may not read this.
    #[error("Partner Center denies access (403{})", said(code, description))]
    Forbidden {
        code: Option<String>,
        description: Option<String>,
    },
    /// 429, and the retries (or our patience with `Retry-After`) are used up.
    #[error("Partner Center asks for fewer requests (429)")]
    Throttled { retry_after: Option<Duration> },
    /// Any other status that is not success.
    #[error("Partner Center answered {status}{}", said(code, description))]
    Fault {
        status: u16,
        code: Option<String>,
        description: Option<String>,
    },
    /// No answer, or only a part of one.
    #[error("{kind}")]
    Transport {
        kind: TransportKind,
        source: Option<reqwest::Error>,
    },
    /// An answer of more bytes than we take; of smaller pages there may be some that fit.
    #[error("Partner Center's answer cannot be used: too large")]
    TooLarge,
    /// An answer that must not be used: not JSON, no list of items, a link that leads astray, …
    #[error("Partner Center's answer cannot be used: {what}")]
    BadAnswer { what: &'static str },
    /// No access token.
    #[error("no access token for Partner Center")]
    Token(#[from] TokenError),
}

/// What happened to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// No connection, or no such host.
    Connect,
    /// The other side's certificate is not to be trusted; asking again would not help.
    Certificate,
    /// No whole answer within the time allowed.
    Timeout,
    /// The connection or the body ended early.
    Cut,
}

impl std::fmt::Display for TransportKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection to the server",
            Self::Certificate => "the server's certificate is not trusted",
            Self::Timeout => "the server did not answer in time",
            Self::Cut => "the connection was cut before the whole answer came",
        })
    }
}

impl Error {
    /// The status that Partner Center answered with; 0 where it did not answer.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Unauthorized { .. } => 401,
            Self::Forbidden { .. } => 403,
            Self::Throttled { .. } => 429,
            Self::Fault { status, .. } => *status,
            _ => 0,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } => true,
            Self::Fault { status, .. } => is_transient_status(*status),
            Self::Transport { kind, .. } => *kind != TransportKind::Certificate,
            Self::Token(error) => error.is_transient(),
            Self::Setting { .. }
            | Self::CustomerId
            | Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::TooLarge
            | Self::BadAnswer { .. } => false,
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        let kind = TransportKind::of(&error);
        // Without its address: a next link may carry a continuation token.
        Self::Transport {
            kind,
            source: Some(error.without_url()),
        }
    }
}

impl TransportKind {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if is_about_tls(error) {
            Self::Certificate
        } else if error.is_timeout() {
            Self::Timeout
        } else if error.is_connect() {
            Self::Connect
        } else {
            Self::Cut
        }
    }
}

/// 408, 429 and the 5xx of a server or gateway in trouble; 501 and 505 will not change by waiting.
pub(super) fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Looks for rustls' refusal of a certificate among the causes. What an `io::Error` wraps is not its source, but
/// comes by `get_ref`.
fn is_about_tls(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(e) = cause {
        if matches!(e.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        let wrapped = e
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        cause = match wrapped {
            Some(inner) => Some(inner),
            None => e.source(),
        };
    }
    false
}

fn said(code: &Option<String>, description: &Option<String>) -> String {
    let mut text = String::new();
    if let Some(code) = code {
        text.push_str(", code ");
        text.push_str(code);
    }
    if let Some(description) = description {
        text.push_str(": ");
        text.push_str(description);
    }
    text
}
