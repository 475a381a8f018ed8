//! Making, changing and trying streams: what the pages ask for.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tokio::sync::Notify;

use super::{
    Pace,
    event::Event,
    exchange::{Answer, Outcome},
    sender::{Sender, Surroundings},
    target::{Draft, Fault, Target},
};
use crate::{
    audit::{
        Selection,
        selection::{From, Parsed, To},
    },
    credentials::{Keys, Resealed, Seal},
    seal,
    store::{
        Bounds, Delivery, PauseReason, Paused, Place, Sealed, Store, StoreError, Stream, StreamContent,
        StreamKind, Streams,
    },
    wording,
};

/// How long a test waits for its answer: somebody waits for the page.
const TEST: Duration = Duration::from_secs(10);

/// Streams, for pages and for whoever sends them; clones share everything.
#[derive(Clone)]
pub struct Streaming(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub rows: Arc<dyn Streams>,
    pub store: Arc<dyn Store>,
    keys: Keys,
    pub around: Surroundings,
    pub pace: Pace,
    /// Rung when somebody changed a stream here.
    pub changed: Notify,
}

/// What a form asks for.
pub struct Asked {
    pub name: String,
    pub kind: StreamKind,
    /// A query string of the log, without dates; empty for everything.
    pub query: String,
    /// The name of the view it is from.
    pub view: Option<String>,
    pub draft: Draft,
}

/// What was asked for, checked and sealed.
pub struct Prepared {
    content: StreamContent,
    /// A webhook's signing key that was not there before: it is told once.
    pub key: Option<String>,
}

impl Prepared {
    /// Scheme, host and port of where it goes.
    pub fn shown(&self) -> &str {
        &self.content.shown
    }
}

/// Why nothing could be prepared.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    Faults(Vec<Fault>),
    /// The settings have no key to seal with.
    NoKey,
}

impl Streaming {
    pub fn new(
        rows: Arc<dyn Streams>,
        store: Arc<dyn Store>,
        keys: Keys,
        around: Surroundings,
        pace: Pace,
    ) -> Self {
        Self(Arc::new(Inner {
            rows,
            store,
            keys,
            around,
            pace,
            changed: Notify::new(),
        }))
    }

    /// Whether there is a key to seal with.
    pub fn can_seal(&self) -> bool {
        self.0.keys.can_seal()
    }

    /// Whether receivers on this machine are allowed.
    pub fn allows_loopback(&self) -> bool {
        self.0.around.guard.loopback
    }

    pub async fn all(&self) -> Result<Vec<Stream>, StoreError> {
        self.0.rows.streams().await
    }

    pub async fn one(&self, number: i64) -> Result<Option<Stream>, StoreError> {
        self.0.rows.stream(number).await
    }

    pub async fn deliveries(
        &self,
        number: i64,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.0.rows.deliveries(number, before, limit).await
    }

    /// Where a stream goes; `None` where no key of the settings opens it.
    pub fn target(&self, stream: &Stream) -> Option<Target> {
        let Sealed { key_id, text } = &stream.content.sealed;
        let plain = self.0.keys.open(key_id, &place(stream.content.kind), text)?;
        serde_json::from_slice(&plain).ok()
    }

    /// Checks what is asked for, for a new stream or in the place of one.
    pub fn prepare(
        &self,
        asked: Asked,
        before: Option<&Stream>,
        now: DateTime<Utc>,
    ) -> Result<Prepared, Unfit> {
        let before = before.and_then(|stream| self.target(stream));
        let guard = self.0.around.guard;
        let target =
            Target::read(asked.kind, &asked.draft, before.as_ref(), guard, now).map_err(Unfit::Faults)?;
        Ok(Prepared {
            key: signing_key(&target, before.as_ref()),
            content: StreamContent {
                shown: target.shown(),
                sealed: self.sealed(&target).ok_or(Unfit::NoKey)?,
                name: asked.name,
                kind: asked.kind,
                query: asked.query,
                view: asked.view,
            },
        })
    }

    /// Makes a stream and gives its number; `None` where there are as many as there can be.
    pub async fn create(
        &self,
        prepared: &Prepared,
        from: Place,
        now: DateTime<Utc>,
        by: &str,
    ) -> Result<Option<i64>, StoreError> {
        let number = self.0.rows.add_stream(&prepared.content, from, now, by).await?;
        self.0.changed.notify_one();
        Ok(number)
    }

    /// `false` where somebody else changed it meanwhile.
    pub async fn change(&self, stream: &Stream, prepared: &Prepared) -> Result<bool, StoreError> {
        let rows = &self.0.rows;
        let done = rows
            .change_stream(stream.number, stream.revision, &prepared.content)
            .await?;
        self.0.changed.notify_one();
        Ok(done)
    }

    fn sealed(&self, target: &Target) -> Option<Sealed> {
        let plain = serde_json::to_vec(target).expect("texts and numbers are JSON");
        let (key_id, text) = self.0.keys.seal(&place(target.kind()), &plain)?;
        Some(Sealed { key_id, text })
    }

    /// `false` where there is none, or it was paused before.
    pub async fn pause(&self, number: i64, now: DateTime<Utc>, by: &str) -> Result<bool, StoreError> {
        let paused = Paused {
            at: now,
            by: Some(by.to_owned()),
            reason: PauseReason::Asked,
        };
        let done = self.0.rows.pause_stream(number, Some(&paused)).await?;
        self.0.changed.notify_one();
        Ok(done)
    }

    /// `false` where there is none, or it was not paused.
    pub async fn resume(&self, number: i64) -> Result<bool, StoreError> {
        let done = self.0.rows.pause_stream(number, None).await?;
        self.0.changed.notify_one();
        Ok(done)
    }

    /// Has it go on from another place in the archive.
    pub async fn go_to(&self, number: i64, place: Place) -> Result<bool, StoreError> {
        let done = self.0.rows.move_stream(number, place).await?;
        self.0.changed.notify_one();
        Ok(done)
    }

    /// Has a stream leave out the record that it would send next: one that its receiver will never take. `false` where
    /// nothing waits, or it was taken meanwhile.
    pub async fn skip(&self, stream: &Stream, seen: (i64, i64)) -> Result<bool, StoreError> {
        // Whoever asks saw it fail there: two clicks leave out one record.
        if stream.failing.is_none() || seen != (stream.moves, stream.position) {
            return Ok(false);
        }
        let now = self.0.around.clock.now();
        let Some(selection) = selected(&stream.content.query, now, Tz::UTC) else {
            return Ok(false);
        };
        let one = Bounds {
            versions: 1,
            bytes: 0,
        };
        let mut after = stream.position;
        loop {
            let next = self.0.rows.outgoing(&selection, after, one).await?;
            if let Some(version) = next.versions.into_iter().next() {
                let (seq, rows) = (version.seq, &self.0.rows);
                let answer = Answer::of(Outcome::LeftOut);
                let left_out = noted(&answer, &[Event::from(version)], now, Duration::ZERO);
                let done = rows
                    .leave_out(stream.number, stream.moves, stream.position, seq, &left_out)
                    .await?;
                self.0.changed.notify_one();
                return Ok(done);
            }
            if !next.more {
                return Ok(false);
            }
            after = next.up_to;
        }
    }

    /// Gives the name of what is gone.
    pub async fn delete(&self, number: i64) -> Result<Option<String>, StoreError> {
        let name = self.0.rows.delete_stream(number).await?;
        self.0.changed.notify_one();
        Ok(name)
    }

    /// Sends an event that says that it is a test, beside whatever else goes on, and tells what came of it.
    pub async fn test(&self, stream: &Stream) -> Result<Delivery, StoreError> {
        let now = self.0.around.clock.now();
        let around = Surroundings {
            timeout: TEST.min(self.0.around.timeout),
            ..self.0.around.clone()
        };
        let began = std::time::Instant::now();
        let answer = match self
            .target(stream)
            .and_then(|target| Sender::new(target, &around))
        {
            Some(sender) => {
                let words = "This is a test of a stream of partnerlog, and no record.";
                sender.send(&[Event::test(words, now)]).await
            }
            None => Answer::of(Outcome::Sealed),
        };
        let delivery = Delivery {
            test: true,
            records: 0,
            ..noted(&answer, &[], now, began.elapsed())
        };
        self.0.rows.tested(stream.number, &delivery).await?;
        tracing::info!(
            stream = stream.number,
            outcome = answer.outcome.code(),
            "a stream was tested"
        );
        Ok(delivery)
    }

    /// Seals everything under the newest key; tells for each stream's name what became of it.
    pub async fn reseal(&self) -> Result<Vec<(String, Resealed)>, StoreError> {
        let mut done = Vec::new();
        for stream in self.all().await? {
            let became = loop {
                let Some(stream) = self.one(stream.number).await? else {
                    break Resealed::Already;
                };
                if self.0.keys.seal_of(&stream.content.sealed.key_id) == Seal::Newest {
                    break Resealed::Already;
                }
                let Some(sealed) = self.target(&stream).and_then(|target| self.sealed(&target)) else {
                    break Resealed::Unopened;
                };
                let rows = &self.0.rows;
                if rows
                    .reseal_stream(stream.number, stream.revision, &sealed)
                    .await?
                {
                    break Resealed::Done;
                }
            };
            done.push((stream.content.name, became));
        }
        Ok(done)
    }
}

/// What a stream sends, from a query string: its filters and its search. Dates beside them are not: a stream goes on for
/// good. `None` where something of it is not understood, so that nothing is left out silently.
pub fn selected(query: &str, now: DateTime<Utc>, zone: Tz) -> Option<Selection> {
    let Parsed {
        selection, faults, ..
    } = wording::in_words(Selection::parse(query, now, zone));
    faults
        .is_empty()
        .then(|| selection.over(From::Beginning, To::Today))
}

/// An answer for the list of deliveries; `events` are those it is about.
pub(super) fn noted(answer: &Answer, events: &[Event], at: DateTime<Utc>, took: Duration) -> Delivery {
    Delivery {
        number: 0,
        at,
        test: false,
        records: u32::try_from(events.len()).unwrap_or(u32::MAX),
        first: events.first().map(|event| event.id.clone()),
        last: events.last().map(|event| event.id.clone()),
        outcome: answer.outcome.code().to_owned(),
        status: answer.status,
        took_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
        said: answer.said.clone(),
    }
}

/// The signing key that somebody has to be told: one that was not there before.
fn signing_key(target: &Target, before: Option<&Target>) -> Option<String> {
    match target {
        Target::Webhook { secret, .. } if before.and_then(Target::secret) != Some(secret) => {
            Some(secret.clone())
        }
        _ => None,
    }
}

/// What binds a sealed text to streams of its kind.
fn place(kind: StreamKind) -> [u8; 32] {
    seal::digest("partnerlog stream row", &[kind.name().as_bytes()])
}
