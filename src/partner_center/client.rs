//! One partner account's connection to Partner Center: a GET with a token, our headers, and retries.
//!
//! It knows requests and answers, not what is asked for: that is `pages` and `subscriptions`.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::{Response, Url};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    cloud::Addresses,
    error::{Error, TransportKind},
    pages::DayPages,
    refresh_tokens::{InMemory, RefreshTokens},
    retry::{Patience, retry_after, server_date},
    subscriptions::{self, Subscription},
    token::{Access, Token, Tokens},
    token_endpoint::TokenError,
    wire::{self, Collection},
};
use crate::{clock::Clock, config::PartnerAccount, http_client};

/// Microsoft asks for little parallelism; one account never has more requests than this under way.
const PARALLEL: usize = 2;
/// A fault is small; what lies beyond this is not looked at.
const MAX_FAULT: usize = 64 * 1024;

/// So long an answer with tokens is waited for where everything else has stopped.
const REST: Duration = Duration::from_secs(4);

/// How patient a client is, and how much it accepts.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// For one request, from connecting to the last byte of the answer.
    pub request_timeout: Duration,
    /// How often one request is made at most.
    pub attempts: u32,
    /// The longest pause before the first retry; doubles with each further one, up to 30 s.
    pub backoff_base: Duration,
    /// A longer `Retry-After` is not waited for: the request fails as throttled, and says how long.
    pub longest_wait: Duration,
    /// The largest answer accepted, in bytes, unpacked.
    pub max_body: usize,
    /// `size` of a page; Partner Center's own default (500) if absent.
    pub page_size: Option<u32>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(60),
            attempts: 5,
            backoff_base: Duration::from_millis(500),
            longest_wait: Duration::from_secs(600),
            max_body: 64 * 1024 * 1024,
            page_size: None,
        }
    }
}

/// A client of one partner account. Clones share their token and their limit of parallel requests.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    account: String,
    http: reqwest::Client,
    clock: Clock,
    options: ClientOptions,
    /// Without a trailing slash and without `/v1`.
    api: Url,
    tokens: Tokens,
    under_way: Semaphore,
    throttled: AtomicU32,
    /// What Partner Center last said of multifactor authentication: 0 nothing, 1 it was used, 2 it was not.
    mfa: AtomicU8,
}

/// A request for one answer of a collection.
#[derive(Clone)]
pub(super) struct Request {
    pub url: Url,
    /// What a next link asked to send along.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The same for all requests of one reading.
    pub correlation: Uuid,
}

/// An answer, and what its server believed the time to be.
pub(super) struct Answer {
    pub collection: Collection,
    pub server_date: Option<DateTime<Utc>>,
}

/// A failed attempt, and what it says about the next one.
struct Failure {
    error: Error,
    retry_after: Option<Duration>,
    /// The token that was not accepted.
    refused: Option<Arc<Token>>,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            retry_after: None,
            refused: None,
        }
    }
}

impl Client {
    /// A client of `account` that keeps refresh tokens in memory. Fails only on addresses that cannot be used; sends
    /// nothing.
    pub fn new(account: &PartnerAccount, clock: Clock, options: ClientOptions) -> Result<Self, Error> {
        let refresh_tokens = InMemory::new(account.refresh_token.clone());
        Self::with_refresh_tokens(account, clock, options, Arc::new(refresh_tokens))
    }

    /// A client of `account` whose refresh tokens are kept elsewhere.
    pub fn with_refresh_tokens(
        account: &PartnerAccount,
        clock: Clock,
        options: ClientOptions,
        refresh_tokens: Arc<dyn RefreshTokens>,
    ) -> Result<Self, Error> {
        let http = http_client::new(options.request_timeout);
        let bad = |what| Error::Setting {
            account: account.name.clone(),
            setting: "api_url",
            what,
        };
        let api = plain_url(&Addresses::of(account).api_url).map_err(bad)?;
        let tokens = Tokens::new(account, http.clone(), clock.clone(), refresh_tokens)?;
        let under_way = Semaphore::new(PARALLEL);
        Ok(Self(Arc::new(Inner {
            account: account.name.clone(),
            http,
            clock,
            options,
            api,
            tokens,
            under_way,
            throttled: AtomicU32::new(0),
            mfa: AtomicU8::new(0),
        })))
    }

    /// Makes sure that there is an access token, and tells about it.
    pub async fn access(&self) -> Result<Access, TokenError> {
        Ok(self.0.tokens.get().await?.access())
    }

    /// Waits for an answer with tokens that is under way, but not for long. Whoever ends the process calls it before.
    pub async fn at_rest(&self) {
        let _ = tokio::time::timeout(REST, self.0.tokens.at_rest()).await;
    }

    /// Whether the user consented with multifactor authentication, if Partner Center said so in an answer.
    pub fn used_mfa(&self) -> Option<bool> {
        match self.0.mfa.load(Ordering::Relaxed) {
            0 => None,
            said => Some(said == 1),
        }
    }

    /// The records of one UTC day, page by page: the caller keeps each page before it asks for the next.
    pub fn day(&self, day: NaiveDate) -> DayPages {
        DayPages::new(self, day, self.0.options.page_size)
    }

    /// The same with pages of `size` records, so that the borders between them lie elsewhere.
    pub fn day_in_pages_of(&self, day: NaiveDate, size: u32) -> DayPages {
        DayPages::new(self, day, Some(size))
    }

    /// How many records a UTC day has, from one small answer; `None` when Partner Center tells only how many it put into
    /// that answer.
    pub async fn count(&self, day: NaiveDate) -> Result<Option<u64>, Error> {
        let Some(page) = DayPages::new(self, day, Some(1)).next().await? else {
            return Ok(None);
        };
        let shown = page.records.len() as u64;
        let announced = page.total_count.and_then(|n| u64::try_from(n).ok());
        Ok(match announced {
            Some(announced) if announced > shown => Some(announced),
            _ if page.last => Some(shown),
            _ => None,
        })
    }

    /// A record of several UTC days (at most 30), the newest by all that was seen; `None` where there is none.
    pub async fn newest_of(&self, first: NaiveDate, last: NaiveDate) -> Result<Option<String>, Error> {
        let page = DayPages::of_span(self, first, last, Some(1)).next().await?;
        let records = page.map(|page| page.records).unwrap_or_default();
        Ok(records.first().map(|record| record.get().to_owned()))
    }

    /// How often Partner Center asked for patience, since this process began.
    pub fn throttled(&self) -> u32 {
        self.0.throttled.load(Ordering::Relaxed)
    }

    /// All subscriptions of a customer. For somebody who waits: it gives up sooner than a day's pages do.
    pub async fn subscriptions(&self, customer_id: &str) -> Result<Vec<Subscription>, Error> {
        subscriptions::read(self, customer_id).await
    }

    pub(super) fn options(&self) -> &ClientOptions {
        &self.0.options
    }

    pub(super) fn api(&self) -> &Url {
        &self.0.api
    }

    /// Gets one answer of a collection, in as many attempts as `patience` allows, all under one request id.
    pub(super) async fn get(&self, request: &Request, patience: Patience) -> Result<Answer, Error> {
        let request_id = Uuid::new_v4();
        let mut failures = 0;
        let mut renewed = false;
        loop {
            let failure = match self.attempt(request, request_id, patience.timeout).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if let Some(token) = failure.refused.filter(|_| !renewed) {
                renewed = true;
                self.0.tokens.reject(&token).await;
                continue;
            }
            failures += 1;
            if matches!(failure.error, Error::Throttled { .. }) {
                self.0.throttled.fetch_add(1, Ordering::Relaxed);
            }
            if !failure.error.is_transient() {
                return Err(failure.error);
            }
            let Some(pause) = patience.pause(failures, failure.retry_after, rand::random()) else {
                return Err(failure.error);
            };
            tracing::debug!(
                partner_center.account = self.0.account,
                partner_center.request_id = %request_id,
                partner_center.correlation_id = %request.correlation,
                error = &failure.error as &(dyn std::error::Error + 'static),
                "asking Partner Center again in {} ms",
                pause.as_millis()
            );
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, request: &Request, id: Uuid, timeout: Duration) -> Result<Answer, Failure> {
        let inner = &*self.0;
        let _permit = inner.under_way.acquire().await.expect("it is never closed");
        let token = inner.tokens.get().await.map_err(|error| {
            let retry_after = error.retry_after();
            Failure {
                retry_after,
                ..Failure::from(error)
            }
        })?;
        // A link's headers first, so that none of them replaces ours.
        let mut headers: HeaderMap = request.headers.iter().cloned().collect();
        headers.insert(header::AUTHORIZATION, token.header());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert("ms-requestid", uuid_header(id));
        headers.insert("ms-correlationid", uuid_header(request.correlation));
        headers.insert("ms-contract-version", HeaderValue::from_static("v1"));
        headers.insert(
            "ms-partnercenter-application",
            HeaderValue::from_static("partnerlog"),
        );
        headers.insert("x-locale", HeaderValue::from_static("en-US"));
        // Of a user's token Partner Center says on request whether multifactor authentication is in it.
        if token.access().delegated {
            headers.insert("validatemfa", HeaderValue::from_static("true"));
        }
        let get = inner
            .http
            .get(request.url.clone())
            .headers(headers)
            .timeout(timeout);
        let mut response = get.send().await.map_err(Error::from)?;
        if let Some(used) = used_mfa(response.headers()) {
            inner.mfa.store(if used { 1 } else { 2 }, Ordering::Relaxed);
            if !used {
                inner.tokens.without_mfa(&token).await;
            }
        }
        if response.status() != http::StatusCode::OK {
            return Err(self.fault(response, token).await);
        }
        if !is_json(response.headers()) {
            return Err(Error::BadAnswer {
                what: "its content type is not JSON",
            }
            .into());
        }
        let server_date = server_date(response.headers());
        let body = read(&mut response, inner.options.max_body).await?;
        let Some(collection) = wire::collection(&body)? else {
            return Err(Error::Transport {
                kind: TransportKind::Cut,
                source: None,
            }
            .into());
        };
        if collection.repaired {
            tracing::warn!(
                partner_center.account = inner.account,
                partner_center.request_id = %id,
                "an answer held bytes that JSON forbids; they were replaced"
            );
        }
        Ok(Answer {
            collection,
            server_date,
        })
    }

    /// What a status other than 200 means.
    async fn fault(&self, mut response: Response, token: Arc<Token>) -> Failure {
        let status = response.status().as_u16();
        let told = retry_after(response.headers(), self.0.clock.now());
        // The status counts even if the rest of the answer does not come.
        let body = read(&mut response, MAX_FAULT).await.unwrap_or_default();
        let (code, description) = wire::fault(&body, |text| token.is_in(text));
        let error = match status {
            200..=399 => Error::BadAnswer {
                what: "neither success nor a fault (a redirect?)",
            },
            401 => Error::Unauthorized { code, description },
            403 => Error::Forbidden { code, description },
            429 => Error::Throttled { retry_after: told },
            _ => Error::Fault {
                status,
                code,
                description,
            },
        };
        Failure {
            error,
            retry_after: told,
            refused: (status == 401).then_some(token),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.0.account)
            .finish_non_exhaustive()
    }
}

/// An address that requests with credentials may go to: http or https, a host, nothing after the path.
pub(super) fn plain_url(text: &str) -> Result<Url, &'static str> {
    let mut url = Url::parse(text.trim()).map_err(|_| "is not an address")?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("is not an http or https address");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with its path");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Reads a body that is whole and not larger than `most` bytes once unpacked.
async fn read(response: &mut Response, most: usize) -> Result<Vec<u8>, Error> {
    let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > most {
        return Err(Error::TooLarge);
    }
    // Room for what usually comes; the announcement alone is not worth more.
    let mut body = Vec::with_capacity(announced.min(1 << 20));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether an answer calls itself JSON, or nothing at all. A proxy's sign-in page calls itself HTML.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default();
    let essence = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(&*essence, "application/json" | "text/json") || essence.ends_with("+json")
}

/// What an answer says of multifactor authentication.
fn used_mfa(headers: &HeaderMap) -> Option<bool> {
    let said = headers.get("ismfacompliant")?.to_str().ok()?.trim();
    said.to_ascii_lowercase().parse().ok()
}

fn uuid_header(id: Uuid) -> HeaderValue {
    HeaderValue::from_str(&id.to_string()).expect("a UUID is made of letters, digits and hyphens")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_trailing_slashes() {
        for (text, kept) in [
            ("https://api.example", "https://api.example/"),
            ("https://api.example/", "https://api.example/"),
            ("http://127.0.0.1:80/stand-in//", "http://127.0.0.1/stand-in"),
        ] {
            assert_eq!(plain_url(text).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn an_address_that_credentials_must_not_go_to_is_refused() {
        for text in [
            "",
            "api.example",
            "ftp://api.example",
            "file:///etc",
            "https://",
            "https://u:p@x",
            "https://x?a",
            "https://x#a",
        ] {
            assert!(plain_url(text).is_err(), "{text}");
        }
    }
}
