//! Turns at the connections of an archive: who comes while all are taken waits briefly, and is told so then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{StoreError, engine::PATIENCE, question::Question};

/// So many can be at work at once. Clones count together.
#[derive(Clone)]
pub struct Places(Arc<Inner>);

struct Inner {
    /// What metrics call them.
    name: &'static str,
    size: usize,
    free: Arc<Semaphore>,
    /// Of these, those for what goes on for long: the rest stays for who looks at a page.
    long: Arc<Semaphore>,
    waiting: AtomicUsize,
    patience: Duration,
}

/// A turn; it ends when dropped.
pub struct Place {
    places: Places,
    /// Given back before anything is said of it.
    turns: Option<(OwnedSemaphorePermit, Option<OwnedSemaphorePermit>)>,
}

#[derive(Debug, thiserror::Error)]
#[error("all {size} connections for {name} are at work")]
struct AllTaken {
    name: &'static str,
    size: usize,
}

impl Places {
    pub fn new(name: &'static str, size: usize) -> Self {
        Self::patient(name, size, PATIENCE)
    }

    fn patient(name: &'static str, size: usize, patience: Duration) -> Self {
        let places = Self(Arc::new(Inner {
            name,
            size,
            free: Arc::new(Semaphore::new(size)),
            long: Arc::new(Semaphore::new((size / 2).max(1))),
            waiting: AtomicUsize::new(0),
            patience,
        }));
        places.tell();
        places
    }

    /// Waits for a turn, in the order of asking.
    ///
    /// # Errors
    /// `Unavailable` when there is none for so long that whoever asked is told to come again.
    pub async fn take(&self, question: Question) -> Result<Place, StoreError> {
        let waiting = Waiting::begin(self);
        let turn = async {
            let long = match question.is_long() {
                true => Some(acquired(&self.0.long).await),
                false => None,
            };
            (acquired(&self.0.free).await, long)
        };
        let turns = match question.is_awaited() {
            false => turn.await,
            true => timeout(self.0.patience, turn)
                .await
                .map_err(|_| self.all_taken())?,
        };
        drop(waiting);
        Ok(Place {
            places: self.clone(),
            turns: Some(turns),
        })
    }

    fn all_taken(&self) -> StoreError {
        let Inner { name, size, .. } = *self.0;
        metrics::counter!("partnerlog_database_pool_timeouts_total", "pool" => name).increment(1);
        StoreError::Unavailable(Box::new(AllTaken { name, size }))
    }

    /// How things stand, for metrics.
    fn tell(&self) {
        #[expect(clippy::cast_precision_loss, reason = "these are small")]
        let set = |metric: &'static str, number: usize| {
            metrics::gauge!(metric, "pool" => self.0.name).set(number as f64);
        };
        set("partnerlog_database_pool_size", self.0.size);
        let free = self.0.free.available_permits();
        set(
            "partnerlog_database_pool_in_use",
            self.0.size.saturating_sub(free),
        );
        set(
            "partnerlog_database_pool_waiting",
            self.0.waiting.load(Ordering::Relaxed),
        );
    }
}

async fn acquired(turns: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let turn = Arc::clone(turns).acquire_owned().await;
    turn.expect("this semaphore is never closed")
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.turns.take());
        self.places.tell();
    }
}

/// Counts until it ends, also when nobody waits for it any more.
struct Waiting<'a>(&'a Places);

impl<'a> Waiting<'a> {
    fn begin(places: &'a Places) -> Self {
        places.0.waiting.fetch_add(1, Ordering::Relaxed);
        if places.0.free.available_permits() == 0 {
            places.tell();
        }
        Self(places)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Ordering::Relaxed);
        self.0.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(size: usize) -> Places {
        Places::patient("test", size, Duration::from_millis(20))
    }

    #[tokio::test]
    async fn who_waits_in_vain_is_told_and_what_nobody_waits_for_waits_on() {
        let places = places(1);
        let held = places.take(Question::Page).await.unwrap();
        let told = places.take(Question::Page).await;
        assert!(matches!(told, Err(StoreError::Unavailable(_))));
        let other = places.clone();
        let stream = tokio::spawn(async move { other.take(Question::Stream).await.is_ok() });
        assert!(places.take(Question::Page).await.is_err());
        assert!(!stream.is_finished());
        drop(held);
        assert!(stream.await.unwrap());
        assert!(places.take(Question::Page).await.is_ok());
    }

    #[tokio::test]
    async fn what_goes_on_for_long_leaves_a_half_to_the_others() {
        let places = places(4);
        let _long = [
            places.take(Question::Export).await.unwrap(),
            places.take(Question::Import).await.unwrap(),
        ];
        assert!(places.take(Question::Export).await.is_err());
        let _pages = [
            places.take(Question::Page).await.unwrap(),
            places.take(Question::Search).await.unwrap(),
        ];
        assert!(places.take(Question::Page).await.is_err());
    }

    #[tokio::test]
    async fn who_does_not_wait_any_more_takes_no_place() {
        let places = places(1);
        let held = places.take(Question::Page).await.unwrap();
        let mut left = Box::pin(places.take(Question::Stream));
        assert!(futures_util::poll!(&mut left).is_pending());
        drop(left);
        assert_eq!(places.0.waiting.load(Ordering::Relaxed), 0);
        drop(held);
        assert_eq!(places.0.free.available_permits(), 1);
    }
}
