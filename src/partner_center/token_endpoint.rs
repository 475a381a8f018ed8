//! The token endpoint: one question, one answer, both in OAuth 2.0 as Microsoft Entra speaks it.
//!
//! Knows how a client proves itself and how refusals look; which grant is asked with is decided elsewhere.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    cloud::Addresses,
    error::{Error, TransportKind, is_transient_status},
    refresh_tokens::KeepError,
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
    /// The refresh token could not be read or kept.
    #[error(transparent)]
    Kept(#[from] KeepError),
}

impl TokenError {
    /// Whether a later attempt may succeed without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { error, .. } => error == "temporarily_unavailable",
            Self::Unavailable { status, .. } => is_transient_status(*status),
            Self::Transport { kind, .. } => *kind != TransportKind::Certificate,
            Self::BadAnswer { .. } => false,
            Self::Kept(error) => matches!(error, KeepError::Archive(_)),
        }
    }

    /// Microsoft's code, else OAuth's word, where the identity platform refuses.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { error, codes, .. } => Some(codes.first().unwrap_or(error)),
            _ => None,
        }
    }

    /// Whether it is the refresh token that is refused, so that another one may do.
    pub(super) fn is_about_the_grant(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error == "invalid_grant" || error == "interaction_required")
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

/// What is asked with.
pub(super) enum Grant<'a> {
    /// The application itself: App-only.
    App,
    /// A user who consented earlier: App+User.
    Refresh(&'a SecretString),
    /// A user who consents now.
    Code {
        code: &'a SecretString,
        verifier: &'a SecretString,
        redirect_uri: &'a str,
    },
}

impl Grant<'_> {
    /// What must not come back in a refusal's words.
    fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::App => Vec::new(),
            Self::Refresh(token) => vec![token],
            Self::Code { code, verifier, .. } => vec![code, verifier],
        }
    }
}

/// What is got.
pub(super) struct Granted {
    /// Made of visible ASCII.
    pub access_token: SecretString,
    /// Not used from this moment on.
    pub until: DateTime<Utc>,
    /// The end that the answer announces.
    pub expires_at: DateTime<Utc>,
    pub refresh_token: Option<SecretString>,
    /// Present when `openid` was asked for.
    pub id_token: Option<SecretString>,
    /// What the server believed the time to be.
    pub server_date: Option<DateTime<Utc>>,
}

/// The endpoint, and who we are to it.
pub(super) struct TokenEndpoint {
    http: reqwest::Client,
    clock: Clock,
    url: reqwest::Url,
    client_id: String,
    client_secret: SecretString,
    resource: &'static str,
}

impl TokenEndpoint {
    pub fn new(account: &PartnerAccount, http: reqwest::Client, clock: Clock) -> Result<Self, Error> {
        let addresses = Addresses::of(account);
        let setting = match account.token_url {
            Some(_) => "token_url",
            None => "authority_url",
        };
        let bad = |what| Error::Setting {
            account: account.name.clone(),
            setting,
            what,
        };
        Ok(Self {
            url: super::client::plain_url(&addresses.token_url).map_err(bad)?,
            http,
            clock,
            client_id: account.client_id.clone(),
            client_secret: account.client_secret.clone(),
            resource: addresses.resource,
        })
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The scope that a user is asked to consent to. `profile` is for the tenant and the name in the ID token.
    pub fn consent_scope(&self) -> String {
        format!(
            "{}/user_impersonation offline_access openid profile",
            self.resource
        )
    }

    pub async fn ask(&self, grant: &Grant<'_>) -> Result<Granted, TokenError> {
        // The first version of the endpoint names the resource, the second a scope; each refuses the other's word.
        let is_v1 = self.url.path().ends_with("/oauth2/token");
        let scope = match grant {
            Grant::App => format!("{}/.default", self.resource),
            Grant::Refresh(_) => format!("{}/.default offline_access", self.resource),
            Grant::Code { .. } => self.consent_scope(),
        };
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
            Grant::Refresh(refresh_token) => {
                form.push(("grant_type", "refresh_token"));
                form.push(("refresh_token", refresh_token.expose_secret()));
            }
            Grant::Code {
                code,
                verifier,
                redirect_uri,
            } => {
                form.push(("grant_type", "authorization_code"));
                form.push(("code", code.expose_secret()));
                form.push(("code_verifier", verifier.expose_secret()));
                form.push(("redirect_uri", redirect_uri));
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
        let server_date = retry::server_date(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(TokenError::BadAnswer { what: "too large" });
            }
            body.extend_from_slice(&chunk);
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        match status {
            200 => granted(body, asked_at).map(|granted| Granted {
                server_date,
                ..granted
            }),
            429 | 500..=599 => Err(TokenError::Unavailable { status, retry_after }),
            300..=399 => Err(TokenError::BadAnswer { what: "a redirect" }),
            _ => Err(self.refusal(status, body, grant)),
        }
    }

    fn refusal(&self, status: u16, body: &[u8], grant: &Grant<'_>) -> TokenError {
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
        let secrets = grant.secrets();
        let shows_ours =
            |text: &str| shows(text, &self.client_secret) || secrets.iter().any(|secret| shows(text, secret));
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

impl From<reqwest::Error> for TokenError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport {
            kind: TransportKind::of(&error),
            source: Some(error.without_url()),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    token_type: Option<String>,
    expires_in: Option<serde_json::Value>,
    refresh_token: Option<SecretString>,
    id_token: Option<SecretString>,
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
    let lifetime = lifetime(answer.expires_in.as_ref());
    let is_some = |token: &SecretString| !token.expose_secret().is_empty();
    Ok(Granted {
        until: asked_at + usable_for(lifetime),
        expires_at: asked_at + lifetime,
        access_token: answer.access_token,
        refresh_token: answer.refresh_token.filter(is_some),
        id_token: answer.id_token.filter(is_some),
        server_date: None,
    })
}

/// How long a token lives; the first version of the endpoint gives numbers as strings.
fn lifetime(expires_in: Option<&serde_json::Value>) -> TimeDelta {
    let seconds = match expires_in {
        Some(serde_json::Value::String(text)) => text.trim().parse().ok(),
        Some(number) => number.as_i64(),
        None => None,
    };
    let lifetime = seconds.and_then(TimeDelta::try_seconds).unwrap_or(USUAL_LIFETIME);
    lifetime.clamp(TimeDelta::zero(), LONGEST_LIFETIME)
}

/// How long to use it: of one that lives for minutes only, half the life is used, so that it is used at all.
fn usable_for(lifetime: TimeDelta) -> TimeDelta {
    (lifetime - MARGIN).max(lifetime / 2)
}

/// Whether a text holds a secret, or as much of its beginning as a cut text might.
pub(super) fn shows(text: &str, secret: &SecretString) -> bool {
    let secret = secret.expose_secret();
    let beginning = secret.get(..16).unwrap_or(secret);
    !beginning.is_empty() && text.contains(beginning)
}

/// The code that opens Microsoft's explanations: `AADSTS7000222: The provided client secret keys …`.
pub(super) fn code_in(description: &str) -> Option<String> {
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

    fn used(expires_in: Option<&serde_json::Value>) -> TimeDelta {
        usable_for(lifetime(expires_in))
    }

    #[test]
    fn a_token_is_used_until_five_minutes_before_its_end() {
        assert_eq!(used(Some(&json!(3599))), TimeDelta::seconds(3299));
        assert_eq!(used(Some(&json!("3599"))), TimeDelta::seconds(3299));
        assert_eq!(used(None), TimeDelta::minutes(55));
    }

    #[test]
    fn a_token_that_lives_for_minutes_is_used_for_half_its_life() {
        assert_eq!(used(Some(&json!(60))), TimeDelta::seconds(30));
        assert_eq!(used(Some(&json!(0))), TimeDelta::zero());
        assert_eq!(used(Some(&json!(-5))), TimeDelta::zero());
    }

    #[test]
    fn an_absurd_lifetime_is_cut_to_a_day() {
        assert_eq!(used(Some(&json!(i64::MAX))), TimeDelta::minutes(55));
        assert_eq!(used(Some(&json!(86_400_000))), LONGEST_LIFETIME - MARGIN);
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
