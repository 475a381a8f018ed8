//! An archive to measure on, made once, and what the process takes.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use partnerlog::{
    audit::{AuditRecord, Ticks},
    simulator::tenant::PARTNER_TENANT_ID,
    store::{Batch, Incoming, Source, Store, sql::SqlStore},
};
use tokio::runtime::Runtime;

use crate::generator::Generator;

pub fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// What a measurement was asked for: `N FILE …`, a million records in a file that goes with it where nothing is said.
pub struct Asked {
    pub records: usize,
    pub folder: tempfile::TempDir,
    pub path: PathBuf,
    #[allow(dead_code, reason = "not every measurement takes more")]
    pub rest: Option<String>,
    pub runtime: Runtime,
}

pub fn asked() -> Asked {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let records = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let path = arguments
        .next()
        .map_or_else(|| folder.path().join("archive.db"), PathBuf::from);
    Asked {
        records,
        folder,
        path,
        rest: arguments.next(),
        runtime: tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap(),
    }
}

/// In bytes.
pub fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

/// Bytes of anonymous memory of this process.
pub fn anonymous() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("RssAnon"))
        .unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1e3
}

/// Makes an archive of so many records, unless there is one.
#[allow(dead_code, reason = "not every measurement makes a file")]
pub fn fill(runtime: &Runtime, path: &Path, records: usize) {
    if !path.exists() {
        fill_store(runtime, &runtime.block_on(SqlStore::open(path)).unwrap(), records);
    }
    println!(
        "{records} records, {:.0} bytes each in the file",
        size(path) as f64 / records as f64
    );
}

/// Fills an archive that is empty.
pub fn fill_store(runtime: &Runtime, store: &SqlStore, records: usize) {
    let generator = Generator::new(records, now());
    let account = runtime
        .block_on(store.account(PARTNER_TENANT_ID, "Contoso"))
        .unwrap();
    let started = Instant::now();
    let mut writing = Duration::ZERO;
    for first in (0..records).step_by(2_000) {
        let last = (first + 2_000).min(records);
        let batch = Batch {
            account,
            source: Source::Collected,
            archived_at: now(),
            records: (first..last)
                .map(|n| Incoming::new(AuditRecord::read(generator.record(n)), Ticks::from(now())))
                .collect(),
        };
        let began = Instant::now();
        runtime.block_on(store.append(batch)).unwrap();
        writing += began.elapsed();
        if first % 1_000_000 == 0 && first > 0 {
            println!("  … {first} records after {:.0?}", started.elapsed());
        }
    }
    println!(
        "  {:<52} {:>9.1?}   {:.0} records/s written",
        "filling the archive",
        started.elapsed(),
        records as f64 / writing.as_secs_f64()
    );
}
