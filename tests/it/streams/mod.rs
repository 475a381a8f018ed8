//! Streams over real sockets: receivers that verify, that misbehave and that die, over a real archive.

mod http;
mod kills;
mod pages;
mod receiver;
mod refused;
mod selected;
mod syslog;
mod workers;

use crate::support::archive;
use std::{path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use partnerlog::{
    clock::Clock,
    config,
    credentials::Keys,
    store::{AccountId, Batch, Delivery, Place, Source, Store, Stream, StreamKind, sql::SqlStore},
    stream::{Asked, Draft, Guard, Pace, Streaming, Surroundings, follow},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::records::{PARTNER, Record, incoming, record};

pub const KEY: &str = "a key of the tests of streams, long enough";
pub const PUBLIC_URL: &str = "http://127.0.0.1:8080";

/// An archive, and its streams.
pub struct Archive {
    pub store: Arc<SqlStore>,
    pub streaming: Streaming,
    pub clock: Clock,
    account: AccountId,
    pub folder: tempfile::TempDir,
}

/// Somebody who sends, in this process.
pub struct Sending {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

pub fn pace() -> Pace {
    Pace {
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(100),
        look: Duration::from_millis(20),
        timeout: Duration::from_secs(10),
        gives_up: TimeDelta::days(5),
    }
}

/// The streams of an archive, as a process has them.
pub fn streaming(store: &Arc<SqlStore>, clock: &Clock, loopback: bool, pace: Pace) -> Streaming {
    let keys = Keys::new(&config::Credentials {
        key_secret: Some(KEY.to_owned().into()),
        previous_key_secret: None,
    });
    let around = Surroundings {
        guard: Guard { loopback },
        clock: clock.clone(),
        public_url: PUBLIC_URL.to_owned(),
        timeout: pace.timeout,
    };
    Streaming::new(store.clone(), store.clone(), keys, around, pace)
}

impl Archive {
    pub async fn new() -> Self {
        Self::with(Clock::system(), pace()).await
    }

    pub async fn with(clock: Clock, pace: Pace) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(archive::open(&folder.path().join("archive.db")).await.unwrap());
        let account = store.account(PARTNER, "Contoso Japan").await.unwrap();
        Self {
            streaming: streaming(&store, &clock, true, pace),
            store,
            clock,
            account,
            folder,
        }
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("archive.db")
    }

    pub async fn archive(&self, documents: &[String]) {
        self.archive_at(documents, self.clock.now(), Source::Collected)
            .await;
    }

    pub async fn archive_at(&self, documents: &[String], archived_at: DateTime<Utc>, source: Source) {
        let batch = Batch {
            account: self.account,
            source,
            archived_at,
            records: documents.iter().map(|document| incoming(document)).collect(),
        };
        self.store.append(batch).await.unwrap();
    }

    pub async fn stream(&self, kind: StreamKind, draft: Draft) -> i64 {
        self.stream_of(kind, draft, "", Place::Beginning).await
    }

    pub async fn stream_of(&self, kind: StreamKind, draft: Draft, query: &str, from: Place) -> i64 {
        let asked = Asked {
            name: "SIEM".to_owned(),
            kind,
            query: query.to_owned(),
            view: None,
            draft,
        };
        let prepared = self
            .streaming
            .prepare(asked, None, self.clock.now())
            .unwrap_or_else(|why| panic!("{why:?}"));
        let made = self
            .streaming
            .create(&prepared, from, self.clock.now(), "Hanako")
            .await;
        made.unwrap().unwrap()
    }

    /// Where a stream stands.
    pub async fn at(&self, number: i64) -> Stream {
        self.streaming.one(number).await.unwrap().unwrap()
    }

    /// What a stream's log has, the oldest first.
    pub async fn log(&self, number: i64) -> Vec<Delivery> {
        let mut log = self.streaming.deliveries(number, None, 1_000).await.unwrap();
        log.reverse();
        log
    }

    pub async fn outcomes(&self, number: i64) -> Vec<String> {
        self.log(number)
            .await
            .into_iter()
            .map(|entry| entry.outcome)
            .collect()
    }

    pub fn send(&self) -> Sending {
        sending(&self.streaming)
    }

    /// Sends until nothing waits any more.
    pub async fn send_all(&self, number: i64) {
        let sending = self.send();
        until("the stream to be up to date", async || {
            self.at(number).await.behind == 0
        })
        .await;
        sending.end().await;
    }
}

pub fn sending(streaming: &Streaming) -> Sending {
    let stop = CancellationToken::new();
    Sending {
        task: tokio::spawn(follow(streaming.clone(), stop.clone())),
        stop,
    }
}

impl Sending {
    pub async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl AsyncFnMut() -> bool) {
    crate::soundness::world::until(what, Duration::from_secs(60), is_so).await;
}

/// Some records, each with an id that says its place.
pub fn records(places: std::ops::Range<usize>) -> Vec<String> {
    places.map(|n| numbered(n).json()).collect()
}

pub fn numbered(n: usize) -> Record {
    record().id(&format!("record-of-the-streams-{n:05}"))
}

pub fn id(n: usize) -> String {
    format!("record-of-the-streams-{n:05}")
}

pub fn ids(places: std::ops::Range<usize>) -> Vec<String> {
    places.map(id).collect()
}

/// All that lies in a folder, byte for byte.
pub fn bytes_of(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        all.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    all
}

pub fn contains(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}
