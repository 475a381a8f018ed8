//! Sending: a task for each stream that is not paused, under a lease, so that of several processes one sends.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng as _;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    Streaming,
    desk::{noted, selected},
    event::Event,
    exchange::{Answer, Outcome},
    sender::Sender,
};
use crate::{
    audit::Selection,
    store::{Bounds, Delivery, Failing, PauseReason, Paused, StoreError, Stream, stream_lease},
};

/// A sender that died is taken over after this time.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// A sender prolongs its lease so often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long an answer is still waited for when everything ends: what it accepts need not be sent again.
const GRACE: Duration = Duration::from_secs(5);
/// Every so many looks all streams are looked at, whether or not anything was written: leases end by themselves.
const LOOKS: u32 = 5;
/// After the archive failed.
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);

/// A stream that this process sends, or tries to.
struct Running {
    revision: i64,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Sends all streams until it is stopped, with what is archived and what pages change in this process and in others.
pub async fn follow(streaming: Streaming, stop: CancellationToken) {
    let holder = uuid::Uuid::new_v4().to_string();
    let (newest, _) = watch::channel(0);
    let mut running: HashMap<i64, Running> = HashMap::new();
    let (mut seen, mut looks) = (None, 0);
    loop {
        let stamp = streaming.0.store.stamp().ok();
        if stamp.is_none() || stamp != seen || looks >= LOOKS {
            looks = 0;
            match look(&streaming, &holder, &newest, &mut running, &stop).await {
                Ok(()) => seen = stamp,
                Err(error) => failed("streams could not be looked at", &error),
            }
        }
        looks += 1;
        tokio::select! {
            () = stop.cancelled() => break,
            () = streaming.0.changed.notified() => seen = None,
            () = tokio::time::sleep(streaming.0.pace.look) => {}
        }
    }
    for (_, running) in running {
        running.stop.cancel();
        let _ = running.task.await;
    }
}

/// Begins what is to be sent and is not, and ends what is not to be sent any more.
async fn look(
    streaming: &Streaming,
    holder: &str,
    newest: &watch::Sender<i64>,
    running: &mut HashMap<i64, Running>,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let streams = streaming.all().await?;
    let last = streaming.0.rows.newest_version().await?;
    newest.send_if_modified(|known| std::mem::replace(known, last) != last);
    let due = |number: i64, revision: Option<i64>| {
        streams.iter().any(|stream| {
            stream.number == number
                && stream.paused.is_none()
                && revision.is_none_or(|revision| revision == stream.revision)
        })
    };
    running.retain(|number, it| {
        if !due(*number, Some(it.revision)) {
            it.stop.cancel();
        }
        // Until it has ended, its successor does not begin.
        !it.task.is_finished()
    });
    for stream in streams {
        if stream.paused.is_some() || running.contains_key(&stream.number) || stop.is_cancelled() {
            continue;
        }
        let (number, revision) = (stream.number, stream.revision);
        let stop = stop.child_token();
        let sending = Sending {
            streaming: streaming.clone(),
            lease: stream_lease(number),
            holder: holder.to_owned(),
            newest: newest.subscribe(),
            stop: stop.clone(),
        };
        let task = tokio::spawn(async move {
            if let Err(error) = sending.run(stream).await {
                failed("a stream could not be sent", &error);
                // Whoever looks begins it anew.
                sending.pause(AFTER_A_FAILURE).await;
            }
        });
        let begun = Running { revision, stop, task };
        running.insert(number, begun);
    }
    Ok(())
}

fn failed(what: &str, error: &StoreError) {
    let error: &dyn std::error::Error = error;
    tracing::warn!(error, "{what}");
}

/// One stream being sent.
struct Sending {
    streaming: Streaming,
    lease: String,
    holder: String,
    /// The number of the newest version.
    newest: watch::Receiver<i64>,
    stop: CancellationToken,
}

/// What a stream has come to.
struct State {
    stream: Stream,
    selection: Selection,
    /// Less than the sender takes after something was refused for what it is.
    most: usize,
}

impl Sending {
    async fn run(&self, stream: Stream) -> Result<(), StoreError> {
        if !self.prolong().await? {
            return Ok(());
        }
        let done = CancellationToken::new();
        let sending = async {
            let sent = match self.as_it_is(&stream).await {
                Ok(Some(stream)) => self.send(stream).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            done.cancel();
            sent
        };
        let (sent, ()) = tokio::join!(sending, self.hold(&done));
        let released = self.streaming.0.store.release(&self.lease, &self.holder).await;
        sent.and(released)
    }

    /// The stream as whoever had the lease before left it; `None` where it has paused or is not the same any more.
    async fn as_it_is(&self, stream: &Stream) -> Result<Option<Stream>, StoreError> {
        let now = self.streaming.one(stream.number).await?;
        Ok(now.filter(|now| now.paused.is_none() && now.revision == stream.revision))
    }

    async fn send(&self, stream: Stream) -> Result<(), StoreError> {
        let around = &self.streaming.0.around;
        let now = around.clock.now();
        let Some(target) = self.streaming.target(&stream) else {
            return self.cannot(stream, Outcome::Sealed).await;
        };
        let Some(sender) = Sender::new(target, around) else {
            return self.cannot(stream, Outcome::Certificate).await;
        };
        // Its zone is in it.
        let Some(selection) = selected(&stream.content.query, now, chrono_tz::Tz::UTC) else {
            return self.cannot(stream, Outcome::NotUnderstood).await;
        };
        let most = sender.bounds().versions;
        let mut state = State {
            stream,
            selection,
            most,
        };
        // What the far side asked for holds across a restart.
        if let Some(failing) = state.stream.failing {
            self.pause((failing.retry_at - now).to_std().unwrap_or_default())
                .await;
        }
        let mut newest = self.newest.clone();
        while !self.stop.is_cancelled() {
            let known = *newest.borrow_and_update();
            if known <= state.stream.position {
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    changed = newest.changed() => if changed.is_err() { return Ok(()) },
                }
                continue;
            }
            if !self.send_some(&sender, &mut state).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends what comes next; `false` where the stream was moved, or all of this ends.
    async fn send_some(&self, sender: &Sender, state: &mut State) -> Result<bool, StoreError> {
        let rows = &self.streaming.0.rows;
        let (number, moves) = (state.stream.number, state.stream.moves);
        let bounds = Bounds {
            versions: state.most,
            ..sender.bounds()
        };
        let next = rows
            .outgoing(&state.selection, state.stream.position, bounds)
            .await?;
        if next.versions.is_empty() {
            if next.up_to == state.stream.position {
                // Somebody removed versions from the end, which nobody does.
                self.pause(AFTER_A_FAILURE).await;
                return Ok(true);
            }
            state.stream.position = next.up_to;
            return rows.delivered(number, moves, next.up_to, None).await;
        }
        let events: Vec<Event> = next.versions.into_iter().map(Event::from).collect();
        let (at, began) = (self.now(), Instant::now());
        let Some(answer) = self.in_grace(sender.send(&events)).await else {
            return Ok(false);
        };
        let took = began.elapsed();
        let (sent, left) = events.split_at(answer.accepted.min(events.len()));
        if let Some(last) = sent.last() {
            let up_to = if left.is_empty() { next.up_to } else { last.seq };
            let accepted = Answer {
                outcome: Outcome::Accepted,
                ..answer.clone()
            };
            let delivery = match answer.outcome {
                Outcome::Accepted => noted(&answer, sent, at, took),
                // What the far side said is about what it did not take.
                _ => Delivery {
                    status: None,
                    said: String::new(),
                    ..noted(&accepted, sent, at, took)
                },
            };
            state.stream.position = up_to;
            state.stream.failing = None;
            if !self.written(number, moves, up_to, &delivery).await? {
                return Ok(false);
            }
            state.most = (state.most * 2).min(sender.bounds().versions);
        }
        if answer.outcome == Outcome::Accepted {
            // A far side that accepts and takes nothing would be asked for ever, without a pause.
            return Ok(!sent.is_empty());
        }
        self.refused(state, &answer, left, took).await
    }

    /// Writes down that a far side accepted something. Until that is written nothing more is sent: it would be sent again
    /// and again.
    async fn written(
        &self,
        number: i64,
        moves: i64,
        up_to: i64,
        delivery: &Delivery,
    ) -> Result<bool, StoreError> {
        loop {
            let written = self
                .streaming
                .0
                .rows
                .delivered(number, moves, up_to, Some(delivery))
                .await;
            match written {
                Ok(same) => return Ok(same),
                Err(error) if self.stop.is_cancelled() => return Err(error),
                Err(error) => failed("what a stream has sent could not be written down", &error),
            }
            self.pause(AFTER_A_FAILURE).await;
        }
    }

    /// Writes down a failure and waits until the next try; `false` where the stream has paused or is not the same any more.
    async fn refused(
        &self,
        state: &mut State,
        answer: &Answer,
        left: &[Event],
        took: Duration,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let smaller = answer.outcome == Outcome::NotThis && left.len() > 1;
        let before = state.stream.failing;
        let since = before.map_or(now, |failing| failing.since);
        // Looking for the one that is refused among many is one failure.
        let tries = before.map_or(0, |failing| failing.tries) + u32::from(!smaller);
        if smaller {
            state.most = left.len() / 2;
        }
        let pace = &self.streaming.0.pace;
        let chance = rand::rng().random::<f64>();
        let pause = pace.pause(if smaller { 1 } else { tries }, answer.wait, chance);
        let reason = match answer.outcome {
            Outcome::Gone => Some(PauseReason::Gone),
            _ if now - since >= pace.gives_up => Some(PauseReason::Failing),
            _ => None,
        };
        let then = match reason {
            Some(reason) => Err(Paused {
                at: now,
                by: None,
                reason,
            }),
            None => Ok(Failing {
                since,
                tries,
                retry_at: now + TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX),
            }),
        };
        let delivery = noted(answer, left, now, took);
        let number = state.stream.number;
        let rows = &self.streaming.0.rows;
        let same = rows
            .not_delivered(number, state.stream.revision, &delivery, &then)
            .await?;
        let outcome = answer.outcome.code();
        match then {
            Ok(failing) => {
                tracing::warn!(
                    stream = number,
                    outcome,
                    status = answer.status,
                    tries = failing.tries,
                    "a stream was not accepted; it is tried again"
                );
                state.stream.failing = Some(failing);
                self.pause(pause).await;
                Ok(same)
            }
            Err(paused) => {
                tracing::error!(
                    stream = number,
                    outcome,
                    status = answer.status,
                    reason = paused.reason.name(),
                    "a stream paused by itself"
                );
                Ok(false)
            }
        }
    }

    /// A stream whose target does not open or cannot be used, or whose selection a later version understood: said once, and
    /// waited for.
    async fn cannot(&self, stream: Stream, why: Outcome) -> Result<(), StoreError> {
        let rows = &self.streaming.0.rows;
        let now = self.now();
        let said_before = stream.failing.is_some()
            && stream
                .last
                .as_ref()
                .is_some_and(|last| last.outcome == why.code());
        if !said_before {
            let delivery = noted(&Answer::of(why), &[], now, Duration::ZERO);
            let failing = Failing {
                since: now,
                tries: 1,
                retry_at: now,
            };
            rows.not_delivered(stream.number, stream.revision, &delivery, &Ok(failing))
                .await?;
            tracing::warn!(
                stream = stream.number,
                outcome = why.code(),
                "a stream cannot be sent as it is"
            );
        }
        self.stop.cancelled().await;
        Ok(())
    }

    fn now(&self) -> DateTime<Utc> {
        self.streaming.0.around.clock.now()
    }

    /// Waits, but not when this is to end.
    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Waits for an answer, when this is to end only for a while.
    async fn in_grace<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        let ended = async {
            self.stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            biased;
            answer = answer => Some(answer),
            () = ended => None,
        }
    }

    /// Prolongs the lease until the sending is done; stops it when somebody else has taken the lease.
    async fn hold(&self, done: &CancellationToken) {
        loop {
            tokio::select! {
                () = done.cancelled() => return,
                () = tokio::time::sleep(HEARTBEAT) => {}
            }
            match self.prolong().await {
                Ok(true) => {}
                Ok(false) => self.stop.cancel(),
                Err(error) => failed("a stream's lease could not be prolonged", &error),
            }
        }
    }

    async fn prolong(&self) -> Result<bool, StoreError> {
        let now = self.now();
        self.streaming
            .0
            .store
            .lease(&self.lease, &self.holder, now, now + LEASE)
            .await
    }
}
