//! What an export costs: rows a second, the first byte, memory, and a page of the API, over a million records or as many as
//! are asked for. Run with `cargo bench --bench export`; `-- N FILE` as for `search`.
//!
//! Every line has its reference beside it, from the same run over the same records: what is only read, unpacked or parsed,
//! `sqlite3 -csv` (where it is installed) of a table that has the columns ready, a handler that sends the same bytes.
#![allow(clippy::unwrap_used, reason = "a measurement may fail loudly")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]

#[path = "support/archive.rs"]
mod archive;
#[path = "support/generator.rs"]
mod generator;

use std::{
    hint::black_box,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use archive::{Asked, anonymous, asked, fill, now};
use axum::{Router, body::Body, routing::get};
use chrono_tz::Tz;
use futures_util::StreamExt as _;
use partnerlog::{
    api::{self, ApiState, Programs, RateLimits},
    audit::{AuditRecord, Selection},
    clock::Clock,
    config::{Roles, SignIn},
    export::{Columns, Form, Format, Rows, export},
    i18n::Lang,
    identity::Entra,
    store::{ApiTokens as _, NewApiToken, Right, Store, new_token_text, sql::SqlStore, token_hash},
};
use tokio::runtime::Runtime;

/// A slow reader takes so many bytes a second.
const SLOW: f64 = 10_000.0;

fn main() {
    let Asked {
        records,
        folder,
        path,
        runtime,
        ..
    } = asked();
    fill(&runtime, &path, records);
    let sqlite = Arc::new(runtime.block_on(SqlStore::open(&path)).unwrap());
    let store: Arc<dyn Store> = Arc::clone(&sqlite) as _;
    first_byte(&runtime, &store, folder.path());
    memory(&runtime, &store, folder.path());
    rates(&runtime, &store, &path, folder.path(), records);
    api_page(&runtime, sqlite);
}

fn everything() -> Selection {
    Selection::everything(Tz::Asia__Tokyo, now().date_naive())
}

fn form(format: Format, columns: Columns) -> Form {
    Form {
        format,
        rows: Rows::Activities,
        columns,
        lang: Lang::En,
        zone: Tz::Asia__Tokyo,
    }
}

fn first_byte(runtime: &Runtime, store: &Arc<dyn Store>, folder: &Path) {
    let mut all: Vec<(Duration, Duration)> = (0..20)
        .map(|_| {
            runtime.block_on(async {
                let started = Instant::now();
                let form = form(Format::Csv, Columns::All);
                let mut chunks = export(Arc::clone(store), everything(), form, folder.to_owned());
                chunks.next().await.unwrap().unwrap();
                let header = started.elapsed();
                chunks.next().await.unwrap().unwrap();
                (header, started.elapsed())
            })
        })
        .collect();
    all.sort_by_key(|(_, rows)| *rows);
    println!(
        "  first byte, first rows (p50): {:.1?}, {:.1?}; worst {:.1?}",
        all[10].0, all[10].1, all[19].1
    );
}

/// The most that exports take at once above what a server has that has served as many before: what its connections
/// remember of the file is there anyway. Taken at full speed, or slowly.
fn memory(runtime: &Runtime, store: &Arc<dyn Store>, folder: &Path) {
    together(runtime, store, folder, 8, false);
    for (at_once, slow) in [(1, false), (8, false), (8, true)] {
        let before = anonymous();
        let stop = Arc::new(AtomicBool::new(false));
        let watch = std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                let mut most: f64 = 0.0;
                while !stop.load(Ordering::Relaxed) {
                    most = most.max(anonymous());
                    std::thread::sleep(Duration::from_millis(5));
                }
                most
            }
        });
        together(runtime, store, folder, at_once, slow);
        stop.store(true, Ordering::Relaxed);
        println!(
            "  memory above idle, {at_once} at once{}: {:.1} MB (idle {:.1} MB)",
            if slow { ", 10 KB/s" } else { "" },
            (watch.join().unwrap() - before).max(0.0) / 1e6,
            before / 1e6
        );
    }
}

/// So many exports at once for some seconds.
fn together(runtime: &Runtime, store: &Arc<dyn Store>, folder: &Path, at_once: usize, slow: bool) {
    runtime.block_on(async {
        let until = Instant::now() + Duration::from_secs(8);
        let readers = (0..at_once).map(|_| {
            let form = form(Format::Csv, Columns::All);
            let mut chunks = export(Arc::clone(store), everything(), form, folder.to_owned());
            tokio::spawn(async move {
                while let Some(chunk) = chunks.next().await {
                    let bytes = chunk.unwrap().bytes;
                    if slow {
                        let pause = Duration::from_secs_f64(bytes.len() as f64 / SLOW);
                        let left = until.saturating_duration_since(Instant::now());
                        tokio::time::sleep(pause.min(left)).await;
                    }
                    if Instant::now() > until {
                        break;
                    }
                }
            })
        });
        for reader in readers.collect::<Vec<_>>() {
            reader.await.unwrap();
        }
    });
}

/// Takes a whole export; says how long it took and how long it was.
fn taken(runtime: &Runtime, store: &Arc<dyn Store>, form: Form, folder: &Path) -> (Duration, u64) {
    let started = Instant::now();
    let bytes = runtime.block_on(async {
        let mut chunks = export(Arc::clone(store), everything(), form, folder.to_owned());
        let mut bytes = 0;
        while let Some(chunk) = chunks.next().await {
            bytes += black_box(chunk.unwrap()).bytes.len() as u64;
        }
        bytes
    });
    (started.elapsed(), bytes)
}

fn rates(runtime: &Runtime, store: &Arc<dyn Store>, path: &Path, folder: &Path, records: usize) {
    let line = |name: &str, took: Duration, bytes: u64, reference: &str, ratio: f64| {
        println!(
            "  {name:<30} {:>7.2} s {:>9.0} rows/s {:>5.0} MB/s   {reference} {ratio:.2}",
            took.as_secs_f64(),
            records as f64 / took.as_secs_f64(),
            bytes as f64 / 1e6 / took.as_secs_f64(),
        );
    };
    let (unpacked, bytes) = bare(path, |document| document.len() as u64);
    line("unpacking alone", unpacked, bytes, "", 1.0);
    let (parsed, _) = bare(path, |document| AuditRecord::read(document).document.len() as u64);
    line("unpacking and reading alone", parsed, bytes, "", 1.0);
    for (name, format, columns, against, reference) in [
        (
            "ndjson",
            Format::Ndjson,
            Columns::All,
            unpacked,
            "time of unpacking ×",
        ),
        (
            "csv, all columns",
            Format::Csv,
            Columns::All,
            parsed,
            "time of reading ×",
        ),
        (
            "csv-plain",
            Format::CsvPlain,
            Columns::All,
            parsed,
            "time of reading ×",
        ),
        (
            "xlsx, no values",
            Format::Xlsx,
            Columns::WithoutValues,
            parsed,
            "time of reading ×",
        ),
    ] {
        let (took, bytes) = taken(runtime, store, form(format, columns), folder);
        line(
            name,
            took,
            bytes,
            reference,
            took.as_secs_f64() / against.as_secs_f64(),
        );
    }
    for (name, columns) in [
        ("csv, without values", Columns::WithoutValues),
        ("csv, as shown", Columns::Shown),
    ] {
        let (took, bytes) = taken(runtime, store, form(Format::Csv, columns), folder);
        let against = flat(runtime, store, columns, folder);
        let ratio = against.map_or(f64::NAN, |flat| flat.as_secs_f64() / took.as_secs_f64());
        line(name, took, bytes, "rows/s of sqlite3 -csv ×", ratio);
    }
}

/// Every document in the log's order, by bare statements and one thread.
fn bare(path: &Path, mut with: impl FnMut(String) -> u64) -> (Duration, u64) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut dictionaries = std::collections::HashMap::new();
    let mut plain = zstd::bulk::Decompressor::new().unwrap();
    let started = Instant::now();
    let mut statement = connection
        .prepare(
            "SELECT v.dictionary, v.document FROM record r CROSS JOIN version v ON v.seq = r.version
             ORDER BY r.ticks DESC, r.tie",
        )
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut bytes = 0;
    while let Some(row) = rows.next().unwrap() {
        let id: Option<i64> = row.get(0).unwrap();
        let packed = row.get_ref(1).unwrap().as_blob().unwrap();
        let decompressor = match id {
            None => &mut plain,
            Some(id) => dictionaries.entry(id).or_insert_with(|| {
                let bytes: Vec<u8> = connection
                    .query_row("SELECT bytes FROM dictionary WHERE id = ?1", [id], |row| {
                        row.get(0)
                    })
                    .unwrap();
                zstd::bulk::Decompressor::with_dictionary(&bytes).unwrap()
            }),
        };
        let length = zstd::zstd_safe::get_frame_content_size(packed).unwrap().unwrap();
        let document = decompressor
            .decompress(packed, usize::try_from(length).unwrap())
            .unwrap();
        bytes += with(String::from_utf8(document).unwrap());
    }
    (started.elapsed(), bytes)
}

/// How long `sqlite3 -csv` takes for the same columns from a table that has them ready; nothing where it is not installed.
fn flat(runtime: &Runtime, store: &Arc<dyn Store>, columns: Columns, folder: &Path) -> Option<Duration> {
    let (file, database) = (folder.join("flat.csv"), folder.join("flat.db"));
    let _ = std::fs::remove_file(&database);
    runtime.block_on(async {
        let form = form(Format::Csv, columns);
        let mut chunks = export(Arc::clone(store), everything(), form, folder.to_owned());
        let mut out = std::fs::File::create(&file).unwrap();
        while let Some(chunk) = chunks.next().await {
            std::io::Write::write_all(&mut out, &chunk.unwrap().bytes).unwrap();
        }
    });
    let import = format!(".import --csv {} flat", file.display());
    let made = Command::new("sqlite3").arg(&database).arg(import).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("  sqlite3 is not installed: no reference for the next line");
        return None;
    }
    let mut all: Vec<Duration> = (0..3)
        .map(|_| {
            let started = Instant::now();
            let status = Command::new("sqlite3")
                .args(["-csv", "-header"])
                .arg(&database)
                .arg("SELECT * FROM flat")
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(status.success());
            started.elapsed()
        })
        .collect();
    all.sort();
    Some(all[1])
}

/// A page of the API over loopback, and the same bytes from a handler that has them.
fn api_page(runtime: &Runtime, store: Arc<SqlStore>) {
    let token = new_token_text();
    let kept = NewApiToken {
        hash: token_hash(&token).unwrap(),
        name: "bench".to_owned(),
        rights: vec![Right::Read],
        customers: Vec::new(),
        created_at: now(),
        created_by: String::new(),
        expires_at: None,
    };
    runtime.block_on(store.add_token(&kept)).unwrap();
    let clock = Clock::fixed(now());
    let provider = SignIn {
        issuer: "http://127.0.0.1:1".to_owned(),
        client_id: "bench".to_owned(),
        client_secret: None,
        session_idle: Duration::from_secs(60),
        session_lifetime: Duration::from_secs(60),
        graph_url: None,
        roles: Roles::default(),
    };
    let entra = Entra::new(&provider, "http://127.0.0.1:1", clock.clone());
    let limits = RateLimits::per_minute(1_000_000.try_into().unwrap());
    let state = ApiState {
        store: Arc::clone(&store) as _,
        programs: Programs::new(store, Arc::new(entra), limits, clock.clone()),
        clock,
    };
    runtime.block_on(async {
        let ours = serve(api::router(state)).await;
        let client = partnerlog::http_client::new(Duration::from_secs(60));
        let ask = async |address: &str| {
            let started = Instant::now();
            let answer = client.get(address).bearer_auth(&token).send().await.unwrap();
            assert!(answer.status().is_success());
            let bytes = answer.bytes().await.unwrap();
            (started.elapsed(), bytes)
        };
        for size in [500, 5_000] {
            let page = format!("{ours}/v1/auditrecords?startDate=2026-01-01&endDate=2026-11-20&size={size}");
            let bytes = ask(&page).await.1;
            let ready = bytes.clone();
            let same = Router::new().route("/", get(async move || Body::from(ready)));
            let same = serve(same).await;
            let (mut page_took, mut same_took) = (Vec::new(), Vec::new());
            for _ in 0..100 {
                page_took.push(ask(&page).await.0);
                same_took.push(ask(&same).await.0);
            }
            page_took.sort();
            same_took.sort();
            println!(
                "  API page of {size} ({:.1} MB): p50 {:.2?}, tenth {:.2?}; the same bytes {:.2?}",
                bytes.len() as f64 / 1e6,
                page_took[50],
                page_took[10],
                same_took[50]
            );
        }
    });
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
