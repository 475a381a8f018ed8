//! One answer of the provider, fetched once for all who wait for it, kept, and fetched anew without hurry or flood.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::fetch::FetchError;
use crate::clock::Clock;

/// After this long an answer is asked for again, so that keys taken back by the provider do not live on.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// After a failure nobody asks again for this long: a provider in trouble is not stormed.
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(2);
/// How often somebody who misses something in a kept answer may have it fetched anew.
const BETWEEN_RENEWALS: TimeDelta = TimeDelta::minutes(1);

pub(super) struct Cache<T> {
    clock: Clock,
    held: Mutex<Held<T>>,
}

struct Held<T> {
    answer: Option<(Arc<T>, DateTime<Utc>)>,
    failed_at: Option<DateTime<Utc>>,
    renewed_at: Option<DateTime<Utc>>,
}

impl<T> Cache<T> {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            held: Mutex::new(Held {
                answer: None,
                failed_at: None,
                renewed_at: None,
            }),
        }
    }

    /// The kept answer, or what `fetch` brings. An old answer is better than none when `fetch` fails.
    pub(super) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<T>, FetchError>
    where
        F: Future<Output = Result<T, FetchError>>,
    {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        match &held.answer {
            Some((answer, at)) if is_within(*at, now, KEPT) => return Ok(answer.clone()),
            _ => {}
        }
        match (held.fetch(now, fetch).await, &held.answer) {
            (Err(_), Some((old, _))) => Ok(old.clone()),
            (result, _) => result,
        }
    }

    /// A newer answer than `missed`, which lacks something; `missed` itself while it is too soon to ask.
    pub(super) async fn renew<F>(
        &self,
        missed: &Arc<T>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<T>, FetchError>
    where
        F: Future<Output = Result<T, FetchError>>,
    {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        match &held.answer {
            Some((newer, _)) if !Arc::ptr_eq(newer, missed) => return Ok(newer.clone()),
            _ if held
                .renewed_at
                .is_some_and(|at| is_within(at, now, BETWEEN_RENEWALS)) =>
            {
                return Ok(missed.clone());
            }
            _ => {}
        }
        let newer = held.fetch(now, fetch).await?;
        held.renewed_at = Some(now);
        Ok(newer)
    }
}

impl<T> Held<T> {
    async fn fetch<F>(&mut self, now: DateTime<Utc>, fetch: impl FnOnce() -> F) -> Result<Arc<T>, FetchError>
    where
        F: Future<Output = Result<T, FetchError>>,
    {
        if self.failed_at.is_some_and(|at| is_within(at, now, AFTER_FAILURE)) {
            return Err(FetchError::JustFailed);
        }
        // Set before asking: a request that is given up half-way has failed as well.
        self.failed_at = Some(now);
        let answer = Arc::new(fetch().await?);
        self.failed_at = None;
        self.answer = Some((answer.clone(), now));
        Ok(answer)
    }
}

/// Whether `now` is less than `span` after `at`. A clock that was set back ends every span.
fn is_within(at: DateTime<Utc>, now: DateTime<Utc>, span: TimeDelta) -> bool {
    (TimeDelta::zero()..span).contains(&(now - at))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    struct Provider {
        clock: Clock,
        asked: AtomicU32,
    }

    impl Provider {
        fn new() -> (Self, Cache<u32>) {
            let clock = Clock::fixed(DateTime::UNIX_EPOCH);
            (
                Self {
                    clock: clock.clone(),
                    asked: AtomicU32::new(0),
                },
                Cache::new(clock),
            )
        }

        fn wait(&self, seconds: i64) {
            self.clock.set(self.clock.now() + TimeDelta::seconds(seconds));
        }

        async fn answer(&self) -> Result<u32, FetchError> {
            Ok(self.asked.fetch_add(1, Ordering::SeqCst) + 1)
        }

        async fn fail(&self) -> Result<u32, FetchError> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            Err(FetchError::Status(500))
        }
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_day() {
        let (provider, cache) = Provider::new();
        assert_eq!(*cache.get(|| provider.answer()).await.unwrap(), 1);
        provider.wait(24 * 3600 - 1);
        assert_eq!(*cache.get(|| provider.answer()).await.unwrap(), 1);
        provider.wait(1);
        assert_eq!(*cache.get(|| provider.answer()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn an_old_answer_outlives_a_failing_provider() {
        let (provider, cache) = Provider::new();
        cache.get(|| provider.answer()).await.unwrap();
        provider.wait(48 * 3600);
        assert_eq!(*cache.get(|| provider.fail()).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_repeated_at_once_but_soon() {
        let (provider, cache) = Provider::new();
        assert!(cache.get(|| provider.fail()).await.is_err());
        assert!(matches!(
            cache.get(|| provider.answer()).await,
            Err(FetchError::JustFailed)
        ));
        provider.wait(2);
        assert_eq!(*cache.get(|| provider.answer()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_is_missing_is_asked_for_once_a_minute() {
        let (provider, cache) = Provider::new();
        let first = cache.get(|| provider.answer()).await.unwrap();
        let second = cache.renew(&first, || provider.answer()).await.unwrap();
        assert_eq!(*second, 2);
        // Somebody who still looks at the first gets the second without a request.
        assert_eq!(*cache.renew(&first, || provider.answer()).await.unwrap(), 2);
        assert_eq!(*cache.renew(&second, || provider.answer()).await.unwrap(), 2);
        provider.wait(60);
        assert_eq!(*cache.renew(&second, || provider.answer()).await.unwrap(), 3);
    }
}
