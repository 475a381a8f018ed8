//! Who asks: the bearer token of a request, what it may do, and how often it may ask.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use chrono::TimeDelta;
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};

use super::{ApiState, fault::Fault};
use crate::store::{ApiToken, Right, token_hash};

/// The last use of a token is noted to this.
const NOTED: TimeDelta = TimeDelta::minutes(1);

/// How often each token may ask. Clones count together.
#[derive(Clone)]
pub struct RateLimits(Arc<RateLimiter<i64, DefaultKeyedStateStore<i64>, DefaultClock>>);

impl RateLimits {
    /// So many requests a minute, and as many at once after a minute of silence.
    pub fn per_minute(requests: NonZeroU32) -> Self {
        Self(Arc::new(RateLimiter::keyed(Quota::per_minute(requests))))
    }

    /// # Errors
    /// How long to wait.
    fn check(&self, token: i64) -> Result<(), Duration> {
        self.0
            .check_key(&token)
            .map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

impl Default for RateLimits {
    /// As many as Partner Center allows for a resource.
    fn default() -> Self {
        Self::per_minute(NonZeroU32::new(500).unwrap_or(NonZeroU32::MIN))
    }
}

/// A program that may read.
pub struct Reader(pub ApiToken);

impl FromRequestParts<ApiState> for Reader {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Fault> {
        let sent = parts.headers.get(header::AUTHORIZATION).ok_or(Fault::NoToken)?;
        let hash = bearer(sent.as_bytes()).ok_or(Fault::BadToken)?;
        let now = state.clock.now();
        let known = state.tokens.api_token(&hash).await?;
        let known = known.filter(|token| token.is_good(now)).ok_or(Fault::BadToken)?;
        state.limits.check(known.number).map_err(Fault::TooMany)?;
        if !known.rights.contains(&Right::Read) {
            return Err(Fault::NoRight);
        }
        if known.used_at.is_none_or(|used| now - used >= NOTED) {
            state.tokens.token_used(known.number, now).await?;
        }
        Ok(Self(known))
    }
}

/// The hash of the token in `Bearer plog_…`; `None` for whatever cannot be one of ours.
fn bearer(value: &[u8]) -> Option<[u8; 32]> {
    let (scheme, token) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    let hash = token_hash(token.trim())?;
    scheme.eq_ignore_ascii_case("bearer").then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::new_token_text;

    #[test]
    fn only_what_may_be_ours_is_looked_for() {
        let token = new_token_text();
        for good in [format!("Bearer {token}"), format!("bearer  {token} ")] {
            assert_eq!(bearer(good.as_bytes()), token_hash(&token), "{good}");
        }
        for bad in [
            token.clone(),
            format!("Basic {token}"),
            format!("Bearer {token}x"),
            format!("Bearer {}", &token[5..]),
            "Bearer eyJhbGciOiJub25lIn0.e30.".to_owned(),
            "Bearer ".to_owned(),
        ] {
            assert_eq!(bearer(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(bearer(b"Bearer \xff"), None);
    }
}
