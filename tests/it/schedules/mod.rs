//! Scheduled exports over a real archive: when files fall due, what is in them, and where they go.

mod due;
mod pages;
mod stores;
mod tries;

use crate::support::archive;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use partnerlog::{
    clock::Clock,
    config::{ExportDestination, ExportPlace},
    schedule::{Asked, Destinations, Pace, Scheduling, follow},
    store::{
        AccountId, Batch, Contents, Rhythm, Schedule, ScheduleContent, ScheduledFile, Source, Store as _,
        sql::SqlStore,
    },
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::records::{PARTNER, Record, incoming, record};

/// What these schedules are called, and their files.
pub const NAME: &str = "Audit: orders / 監査";
pub const FILE: &str = "Audit-orders-監査";
/// The name of the destination of these tests.
pub const PLACE: &str = "Audit share";

/// An archive, its schedules, and a folder that files go to.
pub struct Archive {
    pub store: Arc<SqlStore>,
    pub scheduling: Scheduling,
    pub clock: Clock,
    account: AccountId,
    pub folder: tempfile::TempDir,
}

/// Somebody who makes files, in this process.
pub struct Making {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

pub fn pace() -> Pace {
    Pace {
        look: Duration::from_millis(20),
        first_pause: TimeDelta::minutes(1),
        longest_pause: TimeDelta::hours(3),
    }
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn destination(place: ExportPlace) -> ExportDestination {
    ExportDestination {
        name: PLACE.to_owned(),
        url: place,
        endpoint: None,
        region: None,
        access_key_id: None,
        access_key_secret: None,
        sas_token: None,
    }
}

/// The schedules of an archive, as a process has them.
pub fn scheduling(
    store: &Arc<SqlStore>,
    clock: &Clock,
    folder: &Path,
    destinations: &[ExportDestination],
) -> Scheduling {
    let collected = vec![PARTNER.to_owned()];
    let destinations = Destinations::new(destinations);
    Scheduling::new(
        store.clone(),
        destinations,
        collected,
        clock.clone(),
        folder,
        pace(),
    )
}

impl Archive {
    /// At that moment, with a folder to go to.
    pub async fn new(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        std::fs::create_dir(&files).unwrap();
        Self::with(folder, now, &[destination(ExportPlace::Folder(files))]).await
    }

    pub async fn with(folder: tempfile::TempDir, now: &str, destinations: &[ExportDestination]) -> Self {
        let path = folder.path().join("archive.db");
        let store = Arc::new(archive::open(&path).await.unwrap());
        let account = store.account(PARTNER, "Contoso Japan").await.unwrap();
        let clock = Clock::fixed(at(now));
        Self {
            scheduling: scheduling(&store, &clock, folder.path(), destinations),
            store,
            clock,
            account,
            folder,
        }
    }

    pub async fn archive(&self, records: &[Record]) {
        let documents: Vec<String> = records.iter().map(Record::json).collect();
        let batch = Batch {
            account: self.account,
            source: Source::Collected,
            archived_at: self.clock.now(),
            records: documents.iter().map(|document| incoming(document)).collect(),
        };
        self.store.append(batch).await.unwrap();
    }

    pub async fn schedule(&self, rhythm: Rhythm, contents: Contents, query: &str) -> i64 {
        self.schedule_from(rhythm, contents, query, false).await
    }

    pub async fn schedule_from(
        &self,
        rhythm: Rhythm,
        contents: Contents,
        query: &str,
        from_beginning: bool,
    ) -> i64 {
        let asked = Asked {
            content: ScheduleContent {
                name: NAME.to_owned(),
                query: query.to_owned(),
                view: None,
                rhythm,
                hour: 6,
                contents,
                destination: PLACE.to_owned(),
            },
            from_beginning,
        };
        let made = self.scheduling.create(&asked, "Hanako").await;
        made.unwrap().unwrap()
    }

    pub async fn at(&self, number: i64) -> Schedule {
        self.scheduling.one(number).await.unwrap().unwrap()
    }

    /// What is known of the files of a schedule, the oldest first.
    pub async fn log(&self, number: i64) -> Vec<ScheduledFile> {
        let mut log = self.scheduling.files(number, None, 1_000).await.unwrap();
        log.reverse();
        log
    }

    pub fn make(&self) -> Making {
        making(&self.scheduling)
    }

    /// Makes files until the last of so many that are known is delivered and nothing is due.
    pub async fn make_all(&self, number: i64, files: usize) {
        let making = self.make();
        let now = self.clock.now();
        until("the files to be delivered", async || {
            let schedule = self.at(number).await;
            let log = self.log(number).await;
            log.len() == files && schedule.open.is_none() && schedule.next_due > now
        })
        .await;
        making.end().await;
    }

    pub fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// The names of all files that were delivered, but the checksums.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.files())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".sha256"))
            .collect();
        names.sort();
        names
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.files().join(name)).unwrap()
    }
}

pub fn making(scheduling: &Scheduling) -> Making {
    let stop = CancellationToken::new();
    Making {
        task: tokio::spawn(follow(scheduling.clone(), stop.clone())),
        stop,
    }
}

impl Making {
    pub async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl AsyncFnMut() -> bool) {
    crate::soundness::world::until(what, Duration::from_secs(60), is_so).await;
}

pub fn id(n: usize) -> String {
    format!("record-of-the-schedules-{n:05}")
}

pub fn numbered(n: usize, date: &str) -> Record {
    record().id(&id(n)).on(date)
}

/// The numbers of the records that a file has, in its order.
pub fn numbers(text: &str) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for (place, _) in text.match_indices("record-of-the-schedules-") {
        let number = &text[place + "record-of-the-schedules-".len()..][..5];
        let number = number.parse().unwrap();
        // Plain CSV has an id twice: in its column and in the record.
        if found.last() != Some(&number) {
            found.push(number);
        }
    }
    found
}
