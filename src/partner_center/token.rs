//! Access tokens for Partner Center: asked for once, kept until shortly before they expire.
//!
//! Two ways to one, after Microsoft's names: *App-only* and *App+User* ([`Grant`]). The module knows
//! OAuth 2.0 as Microsoft Entra speaks it, and nothing of what a token is used for.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{
    cloud::endpoints,
    error::{Error, TransportKind, is_transient_status},
    retry, wire,
};
use crate::{clock::Clock, config::PartnerAccount};

/// A token is not used in the last minutes of its life: a request may be long on its way.
const MARGIN: TimeDelta = TimeDelta::minutes(5);
/// What a token is good for if the answer does not say (Entra always does).
const USUAL_LIFETIME: TimeDelta = TimeDelta::minutes(60);
const LONGEST_LIFETIME: TimeDelta = TimeDelta::hours(24);
const MAX_BODY: usize = 256 * 1024;

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The identity platform refuses: a secret, a consent, a tenant is wrong.
    #[error("the identity platform refuses: {error}{}", told(codes, description))]
    Refused {
        /// OAuth's word, such as `invalid_client`.
        error: String,
        /// Microsoft's codes, such as `AADSTS7000222`.
        codes: Vec<String>,
        /// The first line of the explanation.
        description: Option<String>,
    },
    /// It cannot answer now.
    #[error("the identity platform answered {status}")]
    Unavailable {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// No answer, or a part of one.
    #[error("the identity platform could not be reached: {kind}")]
    Transport {
        kind: TransportKind,
        source: Option<reqwest::Error>,
    },
    /// Not an answer that a token can be taken from.
    #[error("the identity platform's answer cannot be used: {what}")]
    BadAnswer { what: &'static str },
}

impl TokenError {
    /// Whether a later attempt may succeed without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { error, .. } => error == "temporarily_unavailable",
            Self::Unavailable { status, .. } => is_transient_status(*status),
            Self::Transport { kind, .. } => *kind != TransportKind::Certificate,
            Self::BadAnswer { .. } => false,
        }
    }

    /// Whether the application's secret has expired, which only an administrator can mend.
    pub fn is_expired_secret(&self) -> bool {
        matches!(self, Self::Refused { codes, .. } if codes.iter().any(|code| code == "AADSTS7000222"))
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// An access token, ready to be sent.
pub(super) struct Token {
    secret: SecretString,
    /// Not used from this moment on.
    until: DateTime<Utc>,
}

impl Token {
    /// The `Authorization` header.
    pub fn header(&self) -> HeaderValue {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.secret.expose_secret()))
            .expect("checked when the token was received");
        header.set_sensitive(true);
        header
    }

    /// Whether a text holds this token, and so must not be shown.
    pub fn is_in(&self, text: &str) -> bool {
        shows(text, &self.secret)
    }
}

/// On whose behalf we ask.
enum Grant {
    /// The application itself.
    App,
    /// A user who consented, by the newest refresh token that was returned.
    AppAndUser { refresh_token: SecretString },
}

/// The tokens of one partner account.
pub(super) struct Tokens {
    http: reqwest::Client,
    clock: Clock,
    url: reqwest::Url,
    client_id: String,
    client_secret: SecretString,
    resource: &'static str,
    /// Locked while a token is asked for, so that many callers cause one request.
    state: Mutex<State>,
}

struct State {
    grant: Grant,
    token: Option<Arc<Token>>,
}

impl Tokens {
    pub fn new(account: &PartnerAccount, http: reqwest::Client, clock: Clock) -> Result<Self, Error> {
        let cloud = endpoints(account.cloud);
        let url = account.token_url.clone().unwrap_or_else(|| {
            let tenant = utf8_percent_encode(&account.tenant_id, TENANT);
            format!("{}/{tenant}/oauth2/v2.0/token", cloud.authority)
        });
        let bad = |what| Error::Setting {
            account: account.name.clone(),
            setting: "token_url",
            what,
        };
        let url = super::client::plain_url(&url).map_err(bad)?;
        let grant = match &account.refresh_token {
            None => Grant::App,
            Some(refresh_token) => Grant::AppAndUser {
                refresh_token: refresh_token.clone(),
            },
        };
        Ok(Self {
            http,
            clock,
            url,
            client_id: account.client_id.clone(),
            client_secret: account.client_secret.clone(),
            resource: cloud.resource,
            state: Mutex::new(State { grant, token: None }),
        })
    }

    /// The token at hand, or a new one.
    pub async fn get(&self) -> Result<Arc<Token>, TokenError> {
        let mut state = self.state.lock().await;
        if let Some(token) = state
            .token
            .as_ref()
            .filter(|token| self.clock.now() < token.until)
        {
            return Ok(Arc::clone(token));
        }
        let answer = self.ask(&state.grant).await?;
        // The newest refresh token counts. It is kept in memory only; whoever makes it outlive the process
        // hands it on from here.
        if let (Grant::AppAndUser { refresh_token }, Some(newest)) = (&mut state.grant, answer.refresh_token)
        {
            *refresh_token = newest;
        }
        let token = Arc::new(answer.token);
        state.token = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Forgets a token that was not accepted, unless another caller has replaced it already.
    pub async fn reject(&self, refused: &Arc<Token>) {
        let mut state = self.state.lock().await;
        state.token.take_if(|token| Arc::ptr_eq(token, refused));
    }

    async fn ask(&self, grant: &Grant) -> Result<Granted, TokenError> {
        // The first version of the endpoint names the resource, the second a scope; each refuses the other's word.
        let is_v1 = self.url.path().ends_with("/oauth2/token");
        let scope = format!("{}/.default", self.resource);
        let mut form = vec![
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            if is_v1 {
                ("resource", self.resource)
            } else {
                ("scope", &scope)
            },
        ];
        match grant {
            Grant::App => form.push(("grant_type", "client_credentials")),
            Grant::AppAndUser { refresh_token } => {
                form.push(("grant_type", "refresh_token"));
                form.push(("refresh_token", refresh_token.expose_secret()));
            }
        }
        let asked_at = self.clock.now();
        let request = self
            .http
            .post(self.url.clone())
            .header("Accept", "application/json")
            .form(&form);
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let retry_after = retry::retry_after(response.headers(), asked_at);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(TokenError::BadAnswer { what: "too large" });
            }
            body.extend_from_slice(&chunk);
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        match status {
            200 => granted(body, asked_at),
            429 | 500..=599 => Err(TokenError::Unavailable { status, retry_after }),
            300..=399 => Err(TokenError::BadAnswer { what: "a redirect" }),
            _ => Err(self.refusal(status, body, grant)),
        }
    }

    fn refusal(&self, status: u16, body: &[u8], grant: &Grant) -> TokenError {
        let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
            return TokenError::Unavailable {
                status,
                retry_after: None,
            };
        };
        let mut codes: Vec<String> = Vec::new();
        for code in refusal
            .error_codes
            .iter()
            .flatten()
            .filter_map(serde_json::Value::as_u64)
        {
            codes.push(format!("AADSTS{code}"));
        }
        // A server that repeats what it was sent must not bring our secrets into a log.
        let shows_ours = |text: &str| {
            shows(text, &self.client_secret)
                || matches!(grant, Grant::AppAndUser { refresh_token } if shows(text, refresh_token))
        };
        let line = |text: &str, longest| {
            if shows_ours(text) {
                None
            } else {
                wire::one_line(text, longest)
            }
        };
        let description = refusal
            .error_description
            .as_deref()
            .and_then(|text| line(text, 300));
        if codes.is_empty() {
            codes.extend(description.as_deref().and_then(code_in));
        }
        let error = line(&refusal.error, 60).unwrap_or_else(|| "no reason given".to_owned());
        TokenError::Refused {
            error,
            codes,
            description,
        }
    }
}

/// What may stand in a tenant's name as it is: letters, digits, and the marks of domains and GUIDs.
const TENANT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

impl From<reqwest::Error> for TokenError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport {
            kind: TransportKind::of(&error),
            source: Some(error.without_url()),
        }
    }
}

struct Granted {
    token: Token,
    refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    token_type: Option<String>,
    expires_in: Option<serde_json::Value>,
    refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
    error_codes: Option<Vec<serde_json::Value>>,
}

fn granted(body: &[u8], asked_at: DateTime<Utc>) -> Result<Granted, TokenError> {
    // Not the parser's own words: they may quote the body.
    let answer: Answer = serde_json::from_slice(body).map_err(|_| TokenError::BadAnswer {
        what: "not the JSON of a token",
    })?;
    if answer
        .token_type
        .is_some_and(|kind| !kind.eq_ignore_ascii_case("Bearer"))
    {
        return Err(TokenError::BadAnswer {
            what: "not a bearer token",
        });
    }
    let token = answer.access_token.expose_secret();
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(TokenError::BadAnswer {
            what: "a token that cannot be sent",
        });
    }
    let until = asked_at + usable_for(answer.expires_in.as_ref());
    Ok(Granted {
        token: Token {
            secret: answer.access_token,
            until,
        },
        refresh_token: answer.refresh_token,
    })
}

/// How long to use a token; the first version of the endpoint gives numbers as strings.
fn usable_for(expires_in: Option<&serde_json::Value>) -> TimeDelta {
    let seconds = match expires_in {
        Some(serde_json::Value::String(text)) => text.trim().parse().ok(),
        Some(number) => number.as_i64(),
        None => None,
    };
    let lifetime = seconds.and_then(TimeDelta::try_seconds).unwrap_or(USUAL_LIFETIME);
    let lifetime = lifetime.clamp(TimeDelta::zero(), LONGEST_LIFETIME);
    // Of a token that lives for minutes only, half the life is used, so that it is used at all.
    (lifetime - MARGIN).max(lifetime / 2)
}

/// Whether a text holds a secret, or as much of its beginning as a cut text might.
fn shows(text: &str, secret: &SecretString) -> bool {
    let secret = secret.expose_secret();
    let beginning = secret.get(..16).unwrap_or(secret);
    !beginning.is_empty() && text.contains(beginning)
}

/// The code that opens Microsoft's explanations: `AADSTS7000222: The provided client secret keys …`.
fn code_in(description: &str) -> Option<String> {
    let start = description.find("AADSTS")?;
    let digits = description[start + 6..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    (digits > 0).then(|| description[start..start + 6 + digits].to_owned())
}

fn told(codes: &[String], description: &Option<String>) -> String {
    match description {
        Some(description) => format!(" ({description})"),
        None if codes.is_empty() => String::new(),
        None => format!(" ({})", codes.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_used_until_five_minutes_before_its_end() {
        assert_eq!(usable_for(Some(&json!(3599))), TimeDelta::seconds(3299));
        assert_eq!(usable_for(Some(&json!("3599"))), TimeDelta::seconds(3299));
        assert_eq!(usable_for(None), TimeDelta::minutes(55));
    }

    #[test]
    fn a_token_that_lives_for_minutes_is_used_for_half_its_life() {
        assert_eq!(usable_for(Some(&json!(60))), TimeDelta::seconds(30));
        assert_eq!(usable_for(Some(&json!(0))), TimeDelta::zero());
        assert_eq!(usable_for(Some(&json!(-5))), TimeDelta::zero());
    }

    #[test]
    fn an_absurd_lifetime_is_cut_to_a_day() {
        assert_eq!(usable_for(Some(&json!(i64::MAX))), TimeDelta::minutes(55));
        assert_eq!(usable_for(Some(&json!(86_400_000))), LONGEST_LIFETIME - MARGIN);
    }

    #[test]
    fn microsofts_code_is_found_in_an_explanation() {
        assert_eq!(code_in("AADSTS7000222: The provided").unwrap(), "AADSTS7000222");
        assert_eq!(code_in("oh AADSTS50034"), Some("AADSTS50034".to_owned()));
        assert_eq!(code_in("AADSTS"), None);
        assert_eq!(code_in("nothing"), None);
    }

    #[test]
    fn a_secret_is_known_by_its_beginning_too() {
        let secret = SecretString::from("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.payload.signature");
        assert!(shows("you sent eyJ0eXAiOiJKV1QiLCJhbGciOi…", &secret));
        assert!(!shows("you sent nothing", &secret));
        assert!(shows("a short one: hush", &SecretString::from("hush")));
        assert!(!shows("any text", &SecretString::from("")));
    }

    #[test]
    fn a_token_that_cannot_stand_in_a_header_is_refused() {
        for token in ["", "a b", "a\\r\\nHost: x", "é"] {
            let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#);
            assert!(granted(body.as_bytes(), DateTime::UNIX_EPOCH).is_err(), "{token}");
        }
        assert!(
            granted(
                br#"{"access_token":"x","token_type":"mac"}"#,
                DateTime::UNIX_EPOCH
            )
            .is_err()
        );
        assert!(granted(br#"{"access_token":"x"}"#, DateTime::UNIX_EPOCH).is_ok());
    }
}
