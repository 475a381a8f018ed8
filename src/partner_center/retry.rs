//! When to ask again, and how long to wait first. Pure: chance and time are parameters.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{
    HeaderMap,
    header::{DATE, RETRY_AFTER},
};

/// A pause of our own choosing never grows beyond this; one that the server asks for may.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// How often one request is made and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How often at most, the first time included.
    pub attempts: u32,
    /// The longest pause before the first retry; it doubles with each.
    pub backoff_base: Duration,
    /// A `Retry-After` beyond this is not waited for: the caller is told instead.
    pub longest_wait: Duration,
    /// For one attempt, body included.
    pub timeout: Duration,
}

impl Patience {
    /// The pause after `failures` failures (at least one), of which the last came with the advice to wait for
    /// `retry_after`. `None`: give up. `chance` is between 0 and 1.
    pub fn pause(&self, failures: u32, retry_after: Option<Duration>, chance: f64) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        match retry_after {
            Some(told) if told > self.longest_wait => None,
            // Never earlier than told; a little later, so that many do not come back at once.
            Some(told) => Some(told + self.backoff_base.mul_f64(chance)),
            None => {
                let doubled = self
                    .backoff_base
                    .saturating_mul(1 << failures.saturating_sub(1).min(16));
                Some(doubled.min(LONGEST_BACKOFF).mul_f64(chance))
            }
        }
    }
}

/// The answer's `Retry-After`, in seconds or as a date; a date counts from the answer's own `Date`, else from `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // Only a number too large for u64 fails here.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = DateTime::<Utc>::from(httpdate::parse_http_date(value).ok()?);
    let since = server_date(headers).unwrap_or(now);
    Some((until - since).to_std().unwrap_or(Duration::ZERO))
}

/// The answer's `Date`: what the server believes the time to be.
pub(super) fn server_date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let value = headers.get(DATE)?.to_str().ok()?;
    Some(httpdate::parse_http_date(value).ok()?.into())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PATIENCE: Patience = Patience {
        attempts: 5,
        backoff_base: Duration::from_millis(500),
        longest_wait: Duration::from_secs(600),
        timeout: Duration::from_secs(60),
    };

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    fn now() -> DateTime<Utc> {
        "2020-07-21T04:00:00Z".parse().unwrap()
    }

    #[test]
    fn pauses_double_and_stay_within_their_limit() {
        let pauses: Vec<_> = (1..5)
            .map(|n| PATIENCE.pause(n, None, 1.0).unwrap().as_millis())
            .collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000]);
        let many = Patience {
            attempts: u32::MAX,
            ..PATIENCE
        };
        assert_eq!(many.pause(4_000_000, None, 1.0), Some(LONGEST_BACKOFF));
    }

    #[test]
    fn jitter_reaches_down_to_nothing() {
        assert_eq!(PATIENCE.pause(4, None, 0.0), Some(Duration::ZERO));
        assert_eq!(PATIENCE.pause(2, None, 0.5), Some(Duration::from_millis(500)));
    }

    #[test]
    fn the_last_attempt_is_followed_by_no_pause() {
        assert_eq!(PATIENCE.pause(5, None, 1.0), None);
        assert_eq!(PATIENCE.pause(5, Some(Duration::ZERO), 1.0), None);
    }

    #[test]
    fn the_servers_advice_is_never_undercut_and_not_waited_for_without_end() {
        let told = Duration::from_secs(57);
        assert_eq!(PATIENCE.pause(1, Some(told), 0.0), Some(told));
        assert!(PATIENCE.pause(1, Some(told), 0.9).unwrap() > told);
        assert_eq!(PATIENCE.pause(1, Some(Duration::from_secs(601)), 0.0), None);
        assert_eq!(PATIENCE.pause(1, Some(Duration::from_secs(u64::MAX)), 1.0), None);
    }

    #[test]
    fn retry_after_is_read_in_seconds() {
        assert_eq!(
            retry_after(&headers(&[("retry-after", "57")]), now()),
            Some(Duration::from_secs(57))
        );
        assert_eq!(
            retry_after(&headers(&[("retry-after", " 0 ")]), now()),
            Some(Duration::ZERO)
        );
        let huge = headers(&[("retry-after", "99999999999999999999999999")]);
        assert_eq!(retry_after(&huge, now()), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn a_retry_after_date_counts_from_the_servers_own_clock() {
        let with_date = headers(&[
            ("retry-after", "Tue, 21 Jul 2020 04:11:28 GMT"),
            ("date", "Tue, 21 Jul 2020 04:10:58 GMT"),
        ]);
        assert_eq!(retry_after(&with_date, now()), Some(Duration::from_secs(30)));
        let without = headers(&[("retry-after", "Tue, 21 Jul 2020 04:00:30 GMT")]);
        assert_eq!(retry_after(&without, now()), Some(Duration::from_secs(30)));
        let past = headers(&[("retry-after", "Tue, 21 Jul 2020 03:00:00 GMT")]);
        assert_eq!(retry_after(&past, now()), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_in_retry_after_is_no_advice() {
        for value in ["", "soon", "-1", "1.5", "1e3", "9999-99-99"] {
            assert_eq!(
                retry_after(&headers(&[("retry-after", value)]), now()),
                None,
                "{value}"
            );
        }
        assert_eq!(retry_after(&HeaderMap::new(), now()), None);
    }
}
