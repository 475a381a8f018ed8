//! Who this machine or workload is to Microsoft Entra: access tokens without a secret of ours.
//!
//! Three ways to one, after Microsoft's names, of which the environment says which: *workload identity* of Kubernetes, the
//! endpoint of *App Service* (Container Apps and Functions have it, too), and the *Instance Metadata Service* of a machine.
//! The module knows nothing of what a token is used for.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{clock::Clock, http_client};

/// The metadata service of every machine in Azure; it can be reached from that machine alone.
const METADATA: &str = "http://169.254.169.254";
/// Where it is instead, as Microsoft's libraries call it.
const OTHER_METADATA: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
const AUTHORITY: &str = "https://login.microsoftonline.com";
/// One request, its answer included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A token is not used in the last minutes of its life, if there is another.
const MARGIN: TimeDelta = TimeDelta::minutes(5);
const LONGEST_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// The largest answer worth reading, and the largest token.
const LARGEST: usize = 64 * 1024;
/// So much is kept of what a refusal says.
const LONGEST_WORDS: usize = 300;

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// What the environment says cannot be right.
    #[error("{0}")]
    Environment(String),
    #[error("{asked} could not be reached")]
    Transport {
        asked: &'static str,
        #[source]
        source: reqwest::Error,
    },
    /// It cannot answer now.
    #[error("{asked} answered {status}")]
    Unavailable { asked: &'static str, status: u16 },
    #[error("{asked} refuses: {said}")]
    Refused { asked: &'static str, said: String },
    #[error("the answer of {asked} cannot be used: {what}")]
    BadAnswer { asked: &'static str, what: &'static str },
}

impl IdentityError {
    /// Whether a later attempt may succeed without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transport { .. } | Self::Unavailable { .. })
    }
}

/// Gets access tokens for one resource, and keeps each until shortly before it ends.
pub struct MachineIdentity {
    way: Way,
    client_id: Option<String>,
    resource: String,
    http: Client,
    clock: Clock,
    /// Locked while a token is asked for, so that many callers cause one request.
    token: Mutex<Option<Token>>,
}

struct Token {
    secret: SecretString,
    ends: DateTime<Utc>,
}

enum Way {
    Metadata(Url),
    AppService {
        endpoint: Url,
        header: SecretString,
    },
    Workload {
        endpoint: Url,
        client_id: String,
        /// Kubernetes puts another one there from time to time.
        token: PathBuf,
    },
}

impl MachineIdentity {
    /// For access tokens for `resource`, by what the environment says: of the identity that has this client id, else of the
    /// only one, or the machine's own. Nothing is asked yet.
    ///
    /// # Errors
    /// When what the environment says cannot be right.
    pub fn new(
        client_id: Option<String>,
        resource: &str,
        environment: impl Iterator<Item = (String, String)>,
        clock: Clock,
    ) -> Result<Self, IdentityError> {
        let environment = environment.filter(|(_, value)| !value.is_empty()).collect();
        let way = Way::of(&environment, client_id.as_deref())?;
        Ok(Self {
            http: match way {
                // The platform's own services are beside us: a proxy is not, and must not see what is said.
                Way::Metadata(_) | Way::AppService { .. } => http_client::direct(TIMEOUT),
                Way::Workload { .. } => http_client::new(TIMEOUT),
            },
            way,
            client_id,
            resource: resource.to_owned(),
            clock,
            token: Mutex::default(),
        })
    }

    /// The token at hand, or a new one.
    ///
    /// # Errors
    /// When there is none.
    pub async fn token(&self) -> Result<SecretString, IdentityError> {
        let mut kept = self.token.lock().await;
        let now = self.clock.now();
        if let Some(token) = kept.as_ref().filter(|token| now < token.ends - MARGIN) {
            return Ok(token.secret.clone());
        }
        match self.ask(now).await {
            Ok(token) => Ok(kept.insert(token).secret.clone()),
            // The old one is better than none.
            Err(error) => match kept
                .as_ref()
                .filter(|token| error.is_transient() && now < token.ends)
            {
                Some(token) => Ok(token.secret.clone()),
                None => Err(error),
            },
        }
    }

    /// Has the next one ask for a token of its own: the one at hand was not accepted.
    pub async fn forget(&self) {
        self.token.lock().await.take();
    }

    async fn ask(&self, now: DateTime<Utc>) -> Result<Token, IdentityError> {
        let asked = self.way.name();
        let failed = |source: reqwest::Error| IdentityError::Transport {
            asked,
            source: source.without_url(),
        };
        let request = self.request().await?;
        let mut response = request.send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(IdentityError::BadAnswer {
                    asked,
                    what: "it is too large",
                });
            }
            body.extend_from_slice(&chunk);
        }
        match response.status() {
            StatusCode::OK => read(&body, now).map_err(|what| IdentityError::BadAnswer { asked, what }),
            // 404 and 410 are what the metadata service says while it is being brought up to date.
            StatusCode::NOT_FOUND | StatusCode::GONE if matches!(self.way, Way::Metadata(_)) => {
                Err(self.unavailable(response.status()))
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Err(self.unavailable(response.status()))
            }
            status if status.is_server_error() => Err(self.unavailable(status)),
            status => Err(IdentityError::Refused {
                asked,
                said: refusal(status, &body),
            }),
        }
    }

    fn unavailable(&self, status: StatusCode) -> IdentityError {
        IdentityError::Unavailable {
            asked: self.way.name(),
            status: status.as_u16(),
        }
    }

    async fn request(&self) -> Result<RequestBuilder, IdentityError> {
        let resource = self.resource.as_str();
        let of_us = self.client_id.as_deref().map(|id| ("client_id", id));
        Ok(match &self.way {
            Way::Metadata(endpoint) => self
                .http
                .get(endpoint.clone())
                .header("Metadata", "true")
                .query(&[("api-version", "2018-02-01"), ("resource", resource)])
                .query(of_us.as_slice()),
            Way::AppService { endpoint, header } => self
                .http
                .get(endpoint.clone())
                .header("X-IDENTITY-HEADER", header.expose_secret())
                .query(&[("api-version", "2019-08-01"), ("resource", resource)])
                .query(of_us.as_slice()),
            Way::Workload {
                endpoint,
                client_id,
                token,
            } => {
                let assertion = tokio::fs::read_to_string(token).await.map_err(|error| {
                    IdentityError::Environment(format!("AZURE_FEDERATED_TOKEN_FILE cannot be read: {error}"))
                })?;
                self.http.post(endpoint.clone()).form(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", client_id),
                    ("scope", &format!("{resource}/.default")),
                    (
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    ),
                    ("client_assertion", assertion.trim()),
                ])
            }
        })
    }
}

impl Way {
    fn of(environment: &HashMap<String, String>, client_id: Option<&str>) -> Result<Self, IdentityError> {
        let get = |name: &str| environment.get(name).map(String::as_str);
        let url = |name: &str, text: &str| {
            Url::parse(text)
                .ok()
                .filter(|url| url.has_host() && ["http", "https"].contains(&url.scheme()))
                .ok_or_else(|| IdentityError::Environment(format!("the variable {name} holds no address")))
        };
        if let Some(file) = get("AZURE_FEDERATED_TOKEN_FILE") {
            let needed = |name| {
                let missing = || {
                    IdentityError::Environment(format!("AZURE_FEDERATED_TOKEN_FILE is set and {name} is not"))
                };
                get(name).ok_or_else(missing)
            };
            let client_id = match client_id {
                Some(id) => id,
                None => needed("AZURE_CLIENT_ID")?,
            };
            let tenant = needed("AZURE_TENANT_ID")?;
            let authority = get("AZURE_AUTHORITY_HOST").unwrap_or(AUTHORITY);
            let endpoint = url(
                "AZURE_AUTHORITY_HOST",
                &format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/')),
            )?;
            let local = endpoint
                .host_str()
                .is_some_and(|host| ["127.0.0.1", "localhost"].contains(&host));
            if endpoint.scheme() != "https" && !local {
                return Err(IdentityError::Environment(
                    "AZURE_AUTHORITY_HOST is not https".to_owned(),
                ));
            }
            return Ok(Self::Workload {
                endpoint,
                client_id: client_id.to_owned(),
                token: file.into(),
            });
        }
        match (get("IDENTITY_ENDPOINT"), get("IDENTITY_HEADER")) {
            (Some(_), _) if get("IDENTITY_SERVER_THUMBPRINT").is_some() => Err(IdentityError::Environment(
                "identities of Service Fabric are not supported".to_owned(),
            )),
            (Some(endpoint), Some(header)) => Ok(Self::AppService {
                endpoint: url("IDENTITY_ENDPOINT", endpoint)?,
                header: header.to_owned().into(),
            }),
            (Some(_), None) => Err(IdentityError::Environment(
                "IDENTITY_ENDPOINT is set and IDENTITY_HEADER is not: identities of Azure Arc are not supported".to_owned(),
            )),
            (None, _) => {
                let host = get(OTHER_METADATA).unwrap_or(METADATA).trim_end_matches('/');
                Ok(Self::Metadata(url(
                    OTHER_METADATA,
                    &format!("{host}/metadata/identity/oauth2/token"),
                )?))
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Metadata(_) => "the metadata service of the machine",
            Self::AppService { .. } => "the identity endpoint of the platform",
            Self::Workload { .. } => "Microsoft Entra",
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<Number>,
    expires_on: Option<Number>,
}

/// Numbers come as such and as texts, depending on the service.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(i64),
    Text(String),
}

impl Number {
    fn get(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

fn read(body: &[u8], now: DateTime<Utc>) -> Result<Token, &'static str> {
    // The error would quote the answer, which may hold a token.
    let answer: Answer = serde_json::from_slice(body).map_err(|_| "it is not the expected JSON")?;
    if answer.access_token.is_empty() || !answer.access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("its token is none");
    }
    let lasts = answer
        .expires_in
        .as_ref()
        .and_then(Number::get)
        .and_then(TimeDelta::try_seconds);
    let until = answer.expires_on.as_ref().and_then(Number::get);
    let ends = match (
        lasts,
        until.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
    ) {
        (Some(lasts), _) => now + lasts.clamp(TimeDelta::zero(), LONGEST_LIFETIME),
        (None, Some(until)) => until.min(now + LONGEST_LIFETIME),
        (None, None) => return Err("it does not say until when its token is good"),
    };
    if ends <= now {
        return Err("its token has ended already");
    }
    Ok(Token {
        secret: answer.access_token.into(),
        ends,
    })
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
    message: Option<String>,
}

/// What a refusal says of itself, in one line.
fn refusal(status: StatusCode, body: &[u8]) -> String {
    let said = serde_json::from_slice::<Refusal>(body).ok();
    let words = said.and_then(|said| {
        let description = said.error_description.or(said.message);
        let words: Vec<String> = [said.error, description].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(": "))
    });
    let words = words.unwrap_or_default();
    let line: String = words
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_WORDS)
        .collect();
    format!("{} {line}", status.as_u16()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
    }

    #[test]
    fn the_end_of_a_token_is_told_in_several_ways_and_never_far_away() {
        let on = (now() + TimeDelta::minutes(7)).timestamp();
        for (said, minutes) in [
            (r#""expires_in":3600"#.to_owned(), 60),
            (r#""expires_in":"3600","expires_on":"1""#.to_owned(), 60),
            (format!(r#""expires_on":"{on}""#), 7),
            (format!(r#""expires_on":{on}"#), 7),
            (r#""expires_in":99999999"#.to_owned(), 24 * 60),
            (format!(r#""expires_on":{}"#, i64::from(u32::MAX)), 24 * 60),
        ] {
            let token = read(format!(r#"{{"access_token":"t",{said}}}"#).as_bytes(), now())
                .ok()
                .unwrap();
            assert_eq!(token.ends, now() + TimeDelta::minutes(minutes), "{said}");
        }
        for odd in [
            r#"{"access_token":"t"}"#,
            r#"{"access_token":"t","expires_in":"soon"}"#,
            r#"{"access_token":"t","expires_in":0}"#,
            r#"{"access_token":"t","expires_in":-9223372036854775808}"#,
            r#"{"access_token":"t","expires_in":-9223372036854775}"#,
            r#"{"access_token":"t","expires_on":"1"}"#,
            r#"{"access_token":"","expires_in":3600}"#,
            r#"{"access_token":"a b","expires_in":3600}"#,
            r#"{"access_token":["t"],"expires_in":3600}"#,
            "<html>",
        ] {
            assert!(read(odd.as_bytes(), now()).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_environment_says_which_way_there_is() {
        let way = |variables: &[(&str, &str)]| {
            let environment = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Way::of(&environment.collect(), None)
                .map(|way| way.name())
                .map_err(|error| error.to_string())
        };
        let workload = [
            ("AZURE_FEDERATED_TOKEN_FILE", "/token"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_TENANT_ID", "t"),
        ];
        let endpoint = ("IDENTITY_ENDPOINT", "http://169.254.130.2:8081/msi/token");
        assert_eq!(way(&[]).unwrap(), "the metadata service of the machine");
        assert_eq!(way(&workload).unwrap(), "Microsoft Entra");
        assert_eq!(
            way(&[endpoint, ("IDENTITY_HEADER", "h")]).unwrap(),
            "the identity endpoint of the platform"
        );
        for (variables, words) in [
            (&workload[..2], "AZURE_TENANT_ID is not"),
            (&[workload[0], workload[2]], "AZURE_CLIENT_ID is not"),
            (
                &[
                    workload[0],
                    workload[1],
                    workload[2],
                    ("AZURE_AUTHORITY_HOST", "http://a.example"),
                ],
                "is not https",
            ),
            (
                &[
                    workload[0],
                    workload[1],
                    workload[2],
                    ("AZURE_AUTHORITY_HOST", "a"),
                ],
                "holds no address",
            ),
            (&[endpoint], "Azure Arc"),
            (
                &[
                    endpoint,
                    ("IDENTITY_HEADER", "h"),
                    ("IDENTITY_SERVER_THUMBPRINT", "x"),
                ],
                "Service Fabric",
            ),
            (
                &[("IDENTITY_ENDPOINT", "ftp://h/"), ("IDENTITY_HEADER", "h")],
                "holds no address",
            ),
        ] {
            let fault = way(variables).unwrap_err();
            assert!(fault.contains(words), "{fault}");
        }
    }

    #[test]
    fn a_refusal_is_one_short_line() {
        let said = refusal(
            StatusCode::BAD_REQUEST,
            br#"{"error":"invalid_request","error_description":"Identity not found\r\nTrace"}"#,
        );
        assert_eq!(said, "400 invalid_request: Identity not found");
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(1000));
        assert_eq!(
            refusal(StatusCode::FORBIDDEN, long.as_bytes()).len(),
            4 + LONGEST_WORDS
        );
        assert_eq!(refusal(StatusCode::FORBIDDEN, b"<html>"), "403");
    }
}
