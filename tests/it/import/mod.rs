//! Files on their way into the archive: every format there and back, into real archives.

mod command;
mod formats;
mod hostile;
mod listed;
mod upload;

use crate::support::archive;
use std::{io::Cursor, sync::Arc};

use chrono_tz::Tz;
use partnerlog::{
    audit::{Selection, Ticks},
    clock::Clock,
    collect::import::{Answers, ImportError, Imported, Job, Progress, import_file},
    export::Form,
    store::{Batch, Incoming, Source, Store},
};

use crate::{
    records::{PARTNER, Record},
    support::exported,
};
pub use exported::form;

/// An archive of its own.
pub struct Archive {
    pub store: Arc<dyn Store>,
    folder: tempfile::TempDir,
}

impl Archive {
    /// Without any account.
    pub async fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = archive::open(&folder.path().join("archive.db")).await.unwrap();
        Self {
            store: Arc::new(store),
            folder,
        }
    }

    /// With the usual account.
    pub async fn new() -> Self {
        let archive = Self::bare().await;
        archive.store.account(PARTNER, "Contoso Japan").await.unwrap();
        archive
    }

    /// With records that were collected.
    pub async fn with(records: &[Record]) -> Self {
        let archive = Self::new().await;
        let documents: Vec<_> = records.iter().map(Record::json).collect();
        archive.collect(&documents).await;
        archive
    }

    pub async fn collect(&self, documents: &[String]) {
        let account = self.store.account(PARTNER, "Contoso Japan").await.unwrap();
        let records = documents.iter().map(|d| crate::records::incoming(d)).collect();
        self.append(account, records).await;
    }

    async fn append(&self, account: partnerlog::store::AccountId, records: Vec<Incoming>) {
        let batch = Batch {
            account,
            source: Source::Collected,
            archived_at: now(),
            records,
        };
        self.store.append(batch).await.unwrap();
    }

    /// Every document, in the log's order.
    pub async fn documents(&self) -> Vec<String> {
        let entries = self.entries().await;
        entries
            .iter()
            .map(|entry| entry.record.document.to_string())
            .collect()
    }

    pub async fn entries(&self) -> Vec<Arc<partnerlog::store::Entry>> {
        let (mut all, mut at) = (Vec::new(), None);
        loop {
            let page = self.store.page(&everything(), at.as_ref(), 500).await.unwrap();
            all.extend(page.entries);
            match page.older {
                Some(older) => at = Some(older),
                None => return all,
            }
        }
    }

    /// A whole export.
    pub async fn export(&self, form: Form) -> Vec<u8> {
        exported::chunks(&self.store, everything(), form).await.concat()
    }

    pub async fn import(&self, file: impl AsRef<[u8]>) -> Imported {
        self.try_import(file, Answers::default()).await.unwrap()
    }

    /// Imports; first dry, which must count the same and change nothing.
    pub async fn try_import(
        &self,
        file: impl AsRef<[u8]>,
        answers: Answers,
    ) -> Result<Imported, ImportError> {
        let before = self.content();
        let dry = self.run(file.as_ref(), answers.clone(), true).await;
        assert_eq!(self.content(), before, "a dry run changed the archive");
        let done = self.run(file.as_ref(), answers, false).await;
        match (&dry, &done) {
            (Ok(dry), Ok(done)) => assert_eq!(counts(dry), counts(done), "dry run and real run"),
            (Err(dry), Err(done)) => {
                assert_eq!(dry.to_string(), done.to_string());
                assert_eq!(self.content(), before, "a refused file changed the archive");
            }
            _ => panic!("dry: {dry:?}; real: {done:?}"),
        }
        done
    }

    async fn run(&self, file: &[u8], answers: Answers, dry_run: bool) -> Result<Imported, ImportError> {
        let job = Job {
            file: "file.csv".to_owned(),
            by: "Hanako Sato".to_owned(),
            dry_run,
            answers,
            clock: Clock::fixed(now()),
        };
        import_file(&*self.store, Cursor::new(file), &job, &Progress::default()).await
    }

    /// Everything that lies in the archive's tables.
    fn content(&self) -> Vec<String> {
        let tables = ["account", "term", "customer_name", "version", "record", "import"];
        tables
            .iter()
            .flat_map(|table| archive::rows(&self.folder.path().join("archive.db"), table))
            .collect()
    }
}

fn counts(done: &Imported) -> (u64, partnerlog::store::Appended, u64, Vec<String>) {
    let reasons = done.reasons.iter().map(|reason| format!("{reason:?}")).collect();
    (done.read, done.appended, done.rejected, reasons)
}

/// New, known, changed and rejected.
pub fn tally(done: &Imported) -> [u64; 4] {
    let appended = done.appended;
    [appended.new, appended.known, appended.revised, done.rejected]
}

pub fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub fn everything() -> Selection {
    Selection::everything(Tz::UTC, "2099-12-31".parse().unwrap())
}

pub fn ticks(date: &str) -> Ticks {
    Ticks::parse(date).unwrap()
}
