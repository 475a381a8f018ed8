//! Who asks: the bearer token of a request, ours or Entra's, what it may do, and how often it may ask.

use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use chrono::TimeDelta;
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};

use super::fault::Fault;
use crate::{
    clock::Clock,
    identity::{Entra, ProgramError},
    store::{ApiTokens, Right, token_hash},
};

/// The last use of a token is noted to this.
const NOTED: TimeDelta = TimeDelta::minutes(1);

/// So often each may ask in a minute, unless told otherwise: as Partner Center allows for a resource.
pub(super) const PER_MINUTE: NonZeroU32 = NonZeroU32::new(500).expect("it is not zero");

/// Who is counted together: a token of ours, or an application of Entra's whatever tokens it has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Asker {
    Token(i64),
    Application(String),
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(number) => write!(f, "token {number}"),
            Self::Application(id) => write!(f, "application {id}"),
        }
    }
}

/// How often each program may ask. Clones count together.
#[derive(Clone)]
pub struct RateLimits {
    per_minute: NonZeroU32,
    here: Arc<RateLimiter<Asker, DefaultKeyedStateStore<Asker>, DefaultClock>>,
}

impl RateLimits {
    /// So many requests a minute, and as many at once after a minute of silence.
    pub fn per_minute(requests: NonZeroU32) -> Self {
        Self {
            per_minute: requests,
            here: Arc::new(RateLimiter::keyed(Quota::per_minute(requests))),
        }
    }

    /// What this process alone was asked.
    ///
    /// # Errors
    /// How long to wait.
    fn check(&self, asker: &Asker) -> Result<(), Duration> {
        self.here
            .check_key(asker)
            .map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::per_minute(PER_MINUTE)
    }
}

/// The app role that stands for a right in an access token of Entra's.
pub(super) const fn app_role(right: Right) -> &'static str {
    match right {
        Right::Read => "AuditRecord.Read.All",
        Right::Export => "AuditRecord.Export.All",
    }
}

/// A program that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// For logs: `token 7`, or `application` and its id.
    pub name: String,
    pub rights: Vec<Right>,
    /// The ids of the only customers it may see, in lower case; empty for all.
    pub customers: Vec<String>,
}

/// Lets programs in. Cheap to clone; any state that has it can demand a program of its requests.
#[derive(Clone)]
pub struct Programs {
    tokens: Arc<dyn ApiTokens>,
    entra: Arc<Entra>,
    limits: RateLimits,
    clock: Clock,
}

impl Programs {
    pub fn new(tokens: Arc<dyn ApiTokens>, entra: Arc<Entra>, limits: RateLimits, clock: Clock) -> Self {
        Self {
            tokens,
            entra,
            limits,
            clock,
        }
    }

    /// The program that sent these headers, if it may do that.
    ///
    /// # Errors
    /// No token, none that is good, one without the right, or one that asks too often.
    pub async fn admit(&self, headers: &HeaderMap, right: Right) -> Result<Program, Fault> {
        let mut sent = headers.get_all(header::AUTHORIZATION).iter();
        let token = match (sent.next(), sent.next()) {
            (None, _) => return Err(Fault::NoToken),
            (Some(value), None) => bearer(value.as_bytes()).ok_or(Fault::BadToken)?,
            (Some(_), Some(_)) => return Err(Fault::BadToken),
        };
        let program = match token_hash(token) {
            Some(hash) => self.by_token(&hash).await?,
            None => self.by_entra(token).await?,
        };
        if program.rights.contains(&right) {
            Ok(program)
        } else {
            Err(Fault::NoRight)
        }
    }

    /// Counts a request, here and then with what other processes counted: whoever asks this one too often already is refused
    /// without asking the database. When that cannot count, it cannot answer either, and nobody is let in uncounted.
    async fn count(&self, asker: &Asker) -> Result<(), Fault> {
        self.limits.check(asker).map_err(Fault::TooMany)?;
        let name = asker.to_string();
        match self.tokens.count_request(&name, self.limits.per_minute).await? {
            None => Ok(()),
            Some(wait) => Err(Fault::TooMany(wait)),
        }
    }

    async fn by_token(&self, hash: &[u8; 32]) -> Result<Program, Fault> {
        let now = self.clock.now();
        let known = self.tokens.api_token(hash).await?;
        let known = known.filter(|token| token.is_good(now)).ok_or(Fault::BadToken)?;
        self.count(&Asker::Token(known.number)).await?;
        if known.used_at.is_none_or(|used| now - used >= NOTED) {
            self.tokens.token_used(known.number, now).await?;
        }
        Ok(Program {
            name: format!("token {}", known.number),
            rights: known.rights,
            customers: known.customers,
        })
    }

    async fn by_entra(&self, token: &str) -> Result<Program, Fault> {
        let application = self.entra.application(token).await.map_err(|error| match error {
            ProgramError::Unavailable(error) => Fault::NoProvider(error),
            ProgramError::Token(fault) => {
                tracing::info!(%fault, "an access token was refused");
                Fault::BadToken
            }
            ProgramError::NotEntra => Fault::BadToken,
        })?;
        self.count(&Asker::Application(application.id.clone())).await?;
        Ok(Program {
            rights: Right::ALL
                .into_iter()
                .filter(|right| application.roles.iter().any(|role| role == app_role(*right)))
                .collect(),
            name: format!("application {}", application.id),
            customers: Vec::new(),
        })
    }
}

/// A program that may ask for records: handlers demand one by taking it as a parameter.
pub struct Reader(pub Program);

impl<S> FromRequestParts<S> for Reader
where
    S: Send + Sync,
    Programs: FromRef<S>,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let program = Programs::from_ref(state).admit(&parts.headers, Right::Read).await;
        program.map(Self)
    }
}

/// The token in `Bearer …`; `None` for whatever is no such header.
fn bearer(value: &[u8]) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_what_follows_the_scheme() {
        for good in ["Bearer x.y", "bearer  x.y ", "BEARER x.y"] {
            assert_eq!(bearer(good.as_bytes()), Some("x.y"), "{good}");
        }
        for bad in ["x.y", "Basic x.y", "Bearerx.y", "Bearer"] {
            assert_eq!(bearer(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(bearer(b"Bearer \xff"), None);
    }
}
