//! All open connections, and who makes room when there are too many. Knows nothing of HTTP.

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

/// The open connections; at most `most` of them.
pub(super) struct Crowd {
    most: usize,
    /// A peer that has read nothing for this long may be closed to make room; in milliseconds.
    patience: u64,
    began: Instant,
    members: Mutex<Members>,
    left: Notify,
}

#[derive(Default)]
struct Members {
    next: u64,
    by_id: HashMap<u64, Arc<Member>>,
}

/// What is known of one connection. Times are milliseconds since the crowd began, plus one; 0 is "not so".
struct Member {
    peer: IpAddr,
    /// Since when it is the peer's turn to send.
    waiting_since: AtomicU64,
    /// Since when the peer has not read what is ready for it.
    stalled_since: AtomicU64,
    leave: CancellationToken,
}

/// A connection's place in the crowd; dropping it frees the place.
#[derive(Clone)]
pub(super) struct Place(Arc<Held>);

struct Held {
    crowd: Arc<Crowd>,
    id: u64,
    member: Arc<Member>,
}

impl Crowd {
    pub(super) fn new(most: usize, patience: Duration) -> Self {
        let patience = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        Self {
            most,
            patience,
            began: Instant::now(),
            members: Mutex::default(),
            left: Notify::new(),
        }
    }

    /// A place for a connection from `peer`, as soon as there is one; asks another to leave if need be.
    pub(super) async fn enter(self: &Arc<Self>, peer: IpAddr) -> Place {
        loop {
            let left = self.left.notified();
            if let Some(place) = self.try_enter(peer) {
                return place;
            }
            // Nobody may leave of itself, yet somebody may begin to stall: look again soon.
            let _ = tokio::time::timeout(Duration::from_millis(100), left).await;
        }
    }

    /// Asks the most dispensable connections to leave, a handful; how many there were.
    pub(super) fn make_room(&self) -> usize {
        let (now, mut members) = (self.now(), self.members());
        (0..32)
            .take_while(|_| members.dismiss(now, self.patience))
            .count()
    }

    fn try_enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let now = self.now();
        let mut members = self.members();
        if members.by_id.len() >= self.most && !members.dismiss(now, self.patience) {
            return None;
        }
        let id = members.next;
        members.next += 1;
        let member = Arc::new(Member {
            peer,
            waiting_since: AtomicU64::new(now),
            stalled_since: AtomicU64::new(0),
            leave: CancellationToken::new(),
        });
        members.by_id.insert(id, member.clone());
        Some(Place(Arc::new(Held {
            crowd: self.clone(),
            id,
            member,
        })))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    fn dismiss(&mut self, now: u64, patience: u64) -> bool {
        // Taken out at once: its task ends a moment later, and must not be chosen twice.
        let chosen = self
            .dispensable(now, patience)
            .and_then(|id| self.by_id.remove(&id));
        if let Some(member) = &chosen {
            member.leave.cancel();
        }
        chosen.is_some()
    }

    /// The connection whose end costs least: the server's own documentation has the order.
    fn dispensable(&self, now: u64, patience: u64) -> Option<u64> {
        let mut held: HashMap<IpAddr, usize> = HashMap::new();
        for member in self.by_id.values() {
            *held.entry(member.peer).or_default() += 1;
        }
        let waiting = self
            .by_id
            .iter()
            .filter(|(_, member)| member.waiting() != 0 && member.stalled() == 0)
            .max_by_key(|(id, member)| (held.get(&member.peer).copied(), Reverse((member.waiting(), **id))));
        let stalled = || {
            self.by_id
                .iter()
                .filter(|(_, member)| {
                    member.stalled() != 0 && now.saturating_sub(member.stalled()) >= patience
                })
                .max_by_key(|(id, member)| {
                    (held.get(&member.peer).copied(), Reverse((member.stalled(), **id)))
                })
        };
        waiting.or_else(stalled).map(|(id, _)| *id)
    }
}

impl Member {
    fn waiting(&self) -> u64 {
        self.waiting_since.load(Ordering::Relaxed)
    }

    fn stalled(&self) -> u64 {
        self.stalled_since.load(Ordering::Relaxed)
    }
}

impl Place {
    /// It is the peer's turn to send: a request, or the rest of one.
    pub(super) fn wait(&self) {
        let now = self.0.crowd.now();
        let _ = self
            .0
            .member
            .waiting_since
            .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// A whole request is here: it is our turn.
    pub(super) fn work(&self) {
        self.0.member.waiting_since.store(0, Ordering::Relaxed);
    }

    /// Whether the peer keeps us waiting.
    pub(super) fn is_waiting(&self) -> bool {
        self.0.member.waiting() != 0 && self.0.member.stalled() == 0
    }

    /// Whether the peer reads nothing of what is ready for it.
    pub(super) fn set_stalled(&self, stalled: bool) {
        let since = if stalled { self.0.crowd.now() } else { 0 };
        self.0.member.stalled_since.store(since, Ordering::Relaxed);
    }

    /// Ends when this connection must make room for another.
    pub(super) async fn asked_to_leave(&self) {
        self.0.member.leave.cancelled().await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.crowd.members().by_id.remove(&self.id);
        self.crowd.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn left(place: &Place) -> bool {
        place.0.member.leave.is_cancelled()
    }

    #[tokio::test]
    async fn the_longest_waiting_of_the_greediest_address_makes_room() {
        let crowd = Arc::new(Crowd::new(3, Duration::ZERO));
        let modest = crowd.enter(address(1)).await;
        let greedy = crowd.enter(address(2)).await;
        let greedy_later = crowd.enter(address(2)).await;
        let newcomer = crowd.enter(address(3)).await;
        assert!(left(&greedy));
        assert!(!left(&modest) && !left(&greedy_later) && !left(&newcomer));
    }

    #[tokio::test]
    async fn whoever_is_being_answered_stays_and_newcomers_wait_until_one_leaves() {
        let crowd = Arc::new(Crowd::new(2, Duration::ZERO));
        let first = crowd.enter(address(1)).await;
        let second = crowd.enter(address(1)).await;
        first.work();
        second.work();
        let mut newcomer = Box::pin(crowd.enter(address(2)));
        assert!(futures_util::poll!(&mut newcomer).is_pending());
        drop(first);
        assert!(
            tokio::time::timeout(Duration::from_secs(60), newcomer)
                .await
                .is_ok()
        );
        assert!(!left(&second));
    }

    #[tokio::test]
    async fn room_is_made_only_by_who_waits() {
        let crowd = Arc::new(Crowd::new(9, Duration::ZERO));
        let answered = crowd.enter(address(1)).await;
        answered.work();
        let waiting = [crowd.enter(address(1)).await, crowd.enter(address(2)).await];
        assert_eq!(crowd.make_room(), 2);
        assert!(waiting.iter().all(left) && !left(&answered));
        assert_eq!(crowd.make_room(), 0);
    }

    #[tokio::test]
    async fn a_stalled_reader_makes_room_only_when_nobody_waits() {
        let crowd = Arc::new(Crowd::new(2, Duration::ZERO));
        let reader = crowd.enter(address(1)).await;
        reader.work();
        reader.set_stalled(true);
        let idle = crowd.enter(address(2)).await;
        let third = crowd.enter(address(3)).await;
        assert!(left(&idle) && !left(&reader));
        third.work();
        let fourth = crowd.enter(address(4)).await;
        assert!(left(&reader) && !left(&fourth));
    }
}
