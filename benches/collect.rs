//! How fast a whole account is collected: from a Partner Center that answers at once, over HTTP, by the real client, into
//! a real archive. Run with `cargo bench --bench collect`: a million records, three minutes; `-- 10000000` for so many.
//!
//! The reference of the same run is reading the same pages without keeping them: what the source and the wire allow. The
//! other reference is bare SQLite, inserting the same bytes, against which the writing alone is compared, too, in the same
//! transactions.
#![allow(clippy::unwrap_used, reason = "a measurement may fail loudly")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use partnerlog::{
    audit::{AuditRecord, Ticks},
    clock::Clock,
    collect::{Collector, oldest_day},
    config::{self, Cloud, PartnerAccount},
    partner_center::{Client, ClientOptions},
    simulator::tenant::{PARTNER_TENANT_ID, Tenant, TenantOptions},
    store::{Batch, Incoming, Source::Collected, Store, sql::SqlStore},
};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use tokio_util::sync::CancellationToken;

const PAGE: usize = 500;
/// The collector gathers about so many pages for a transaction: 4 MB.
const GATHERED: usize = 4;
const DAYS: usize = 90;
/// Larger runs are for looking at memory and size; the references would need a disk of their own.
const MOST_COMPARED: usize = 2_000_000;
/// Ticks of 1970-01-01, as ids carry them.
const UNIX_EPOCH: i64 = 621_355_968_000_000_000;

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn main() {
    let records = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(1_000_000);
    let source = Arc::new(Source::new(records));
    let address = serve(Arc::clone(&source));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    println!("{} records, {} bytes each", source.records(), source.mean());

    let started = Instant::now();
    let bytes = runtime.block_on(read_only(address));
    let reading = started.elapsed();
    println!(
        "  {:<44} {:>8.1} s",
        "reading the pages and keeping nothing",
        reading.as_secs_f64()
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let peak = Peak::watch();
    let started = Instant::now();
    runtime.block_on(collect(address, &path));
    let collecting = started.elapsed();
    let rate = source.records() as f64 / collecting.as_secs_f64();
    println!(
        "  {:<44} {:>8.1} s   {rate:.0} records/s   ratio to reading {:.2}",
        "collecting",
        collecting.as_secs_f64(),
        collecting.as_secs_f64() / reading.as_secs_f64()
    );
    println!(
        "  {:<44} {:>8.1} MB",
        "anonymous memory, at most",
        peak.megabytes()
    );
    let size = std::fs::metadata(&path).unwrap().len();
    println!(
        "  {:<44} {:>8.0} bytes",
        "archive, for each record",
        size as f64 / source.records() as f64
    );

    let started = Instant::now();
    runtime.block_on(collect(address, &path));
    println!(
        "  {:<44} {:>8.1} s",
        "the next run",
        started.elapsed().as_secs_f64()
    );

    if source.records() > MOST_COMPARED {
        return;
    }
    let bare = insert_bare(&folder.path().join("bare.db"), &source, GATHERED);
    println!(
        "  {:<44} {:>8.1} s   ({} MB of records)",
        "bare SQLite, the same bytes, as many at a time",
        bare.as_secs_f64(),
        bytes >> 20
    );
    let ratio = collecting.as_secs_f64() / bare.as_secs_f64();
    println!(
        "  {:<44} {:>10}   ratio {ratio:.2}",
        "collecting, to bare SQLite", ""
    );
    for pages in [GATHERED, 1] {
        let bare = insert_bare(&folder.path().join(format!("bare-{pages}.db")), &source, pages);
        let writing = runtime.block_on(write(&folder.path().join(format!("{pages}.db")), &source, pages));
        println!(
            "  {:<44} {:>8.1} s   ratio {:.2}",
            format!("the writing alone, {} at a time", pages * PAGE),
            writing.as_secs_f64(),
            writing.as_secs_f64() / bare.as_secs_f64()
        );
    }
}

/// A page of records whose ids and dates are filled in when it is asked for.
struct Template {
    bytes: Vec<u8>,
    /// Where a record's ticks and its date are.
    places: Vec<(usize, usize)>,
}

struct Source {
    pages: Vec<Template>,
    pages_a_day: usize,
}

impl Source {
    fn new(records: usize) -> Self {
        let tenant = Tenant::generate(&TenantOptions {
            records: PAGE * 20,
            ..TenantOptions::new(1, now())
        });
        let lines: Vec<String> = tenant.history_before(now().date_naive() + Days::new(1)).collect();
        Self {
            pages: lines.chunks_exact(PAGE).map(Template::new).collect(),
            pages_a_day: records.div_ceil(PAGE * DAYS),
        }
    }

    fn records(&self) -> usize {
        self.pages_a_day * PAGE * DAYS
    }

    fn mean(&self) -> usize {
        self.pages.iter().map(|page| page.bytes.len()).sum::<usize>() / (self.pages.len() * PAGE)
    }

    /// Every page, in the order of time.
    fn all(&self) -> impl Iterator<Item = (NaiveDate, usize)> {
        let days = oldest_day(now()).iter_days().take(DAYS);
        days.flat_map(|day| (0..self.pages_a_day).map(move |page| (day, page)))
    }

    /// The records of a page of a day, in a list.
    fn page(&self, day: NaiveDate, page: usize) -> Vec<u8> {
        let count = u32::try_from(day.to_epoch_days()).unwrap() as usize;
        let template = &self.pages[(count * self.pages_a_day + page) % self.pages.len()];
        let mut bytes = template.bytes.clone();
        let start = day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() * 10_000_000;
        let between = 864_000_000_000 / (self.pages_a_day * PAGE) as i64;
        for (at, (id, date)) in template.places.iter().enumerate() {
            let ticks = start + (page * PAGE + at) as i64 * between;
            let moment = DateTime::from_timestamp(ticks / 10_000_000, 0).unwrap();
            let text = format!(
                "{}.{:07}Z",
                moment.format("%Y-%m-%dT%H:%M:%S"),
                ticks % 10_000_000
            );
            bytes[*id..id + 18].copy_from_slice((ticks + UNIX_EPOCH).to_string().as_bytes());
            bytes[*date..date + 28].copy_from_slice(text.as_bytes());
        }
        bytes
    }
}

impl Template {
    fn new(lines: &[String]) -> Self {
        const TICKS: &str = "000000000000000000";
        const DATE: &str = "0000-00-00T00:00:00.0000000Z";
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for line in lines {
            let mut record: Map<String, Value> = serde_json::from_str(line).unwrap();
            let customer = record
                .get("customerId")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let id = format!("{PARTNER_TENANT_ID}_{customer}_{TICKS}");
            record.insert("id".to_owned(), id.into());
            record.insert("operationDate".to_owned(), DATE.into());
            let text = Value::Object(record).to_string();
            let find = |part: &str| bytes.len() + 1 + text.find(part).unwrap();
            places.push((find(&format!("_{TICKS}\"")) + 1, find(DATE)));
            bytes.push(if bytes.is_empty() { b'[' } else { b',' });
            bytes.extend(text.bytes());
        }
        bytes.push(b']');
        Self { bytes, places }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    start_date: NaiveDate,
    page: Option<usize>,
}

/// Serves from a thread of its own; answers at once.
fn serve(source: Arc<Source>) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/v1/auditrecords", get(page))
        .route(
            "/token",
            post(|| async { r#"{"token_type":"Bearer","expires_in":"86399","access_token":"x"}"# }),
        )
        .with_state(source);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    address
}

async fn page(State(source): State<Arc<Source>>, Query(asked): Query<Asked>) -> Response {
    let page = asked.page.unwrap_or(0);
    let mut body = format!(r#"{{"totalCount":{PAGE},"items":"#).into_bytes();
    body.extend(source.page(asked.start_date, page));
    if page + 1 < source.pages_a_day {
        let day = asked.start_date;
        let next = format!(
            r#","links":{{"next":{{"uri":"/auditrecords?startDate={day}&endDate={day}&page={}","method":"GET","headers":[]}}}}"#,
            page + 1
        );
        body.extend(next.bytes());
    }
    body.push(b'}');
    ([("content-type", "application/json")], Body::from(body)).into_response()
}

fn client(address: SocketAddr) -> (PartnerAccount, Client) {
    let account = PartnerAccount {
        name: "Contoso".to_owned(),
        tenant_id: PARTNER_TENANT_ID.to_owned(),
        cloud: Cloud::Commercial,
        client_id: "bench".to_owned(),
        client_secret: "bench".into(),
        refresh_token: None,
        authority_url: None,
        graph_url: None,
        api_url: Some(format!("http://{address}")),
        token_url: Some(format!("http://{address}/token")),
        subscriptions_url: config::SUBSCRIPTIONS_URL.to_owned(),
    };
    let client = Client::new(&account, Clock::fixed(now()), ClientOptions::default()).unwrap();
    (account, client)
}

async fn read_only(address: SocketAddr) -> u64 {
    let (_, client) = client(address);
    let bytes = Arc::new(AtomicU64::new(0));
    // Two days at once, as the collector does.
    let days: Vec<NaiveDate> = oldest_day(now()).iter_days().take(DAYS).collect();
    let halves = days.chunks(DAYS / 2).map(|half| {
        let (half, client, bytes) = (half.to_vec(), client.clone(), Arc::clone(&bytes));
        tokio::spawn(async move {
            for day in half {
                let mut pages = client.day(day);
                while let Some(page) = pages.next().await.unwrap() {
                    let of_page: usize = page.records.iter().map(|record| record.get().len()).sum();
                    bytes.fetch_add(of_page as u64, Ordering::Relaxed);
                }
            }
        })
    });
    for half in halves.collect::<Vec<_>>() {
        half.await.unwrap();
    }
    bytes.load(Ordering::Relaxed)
}

async fn collect(address: SocketAddr, path: &Path) {
    let (account, client) = client(address);
    let store: Arc<dyn Store> = Arc::new(SqlStore::open(path).await.unwrap());
    let settings = config::Collect {
        interval: Duration::from_secs(300),
        reread_days: 3,
    };
    let collector = Collector::new(store, Clock::fixed(now()), &account, client, settings);
    let summary = collector.run(None, &CancellationToken::new()).await.unwrap();
    assert_eq!((summary.error, summary.unread), (None, 0));
}

/// Archives what was read and prepared, so many pages in a transaction.
async fn write(path: &Path, source: &Source, pages: usize) -> Duration {
    let store = SqlStore::open(path).await.unwrap();
    let account = store.account(PARTNER_TENANT_ID, "Contoso").await.unwrap();
    let mut spent = Duration::ZERO;
    for group in source.all().collect::<Vec<_>>().chunks(pages) {
        let mut batches = Vec::new();
        for (day, page) in group {
            let records: Vec<Box<RawValue>> = serde_json::from_slice(&source.page(*day, *page)).unwrap();
            batches.push(Batch {
                account,
                source: Collected,
                archived_at: now(),
                records: records
                    .iter()
                    .map(|record| Incoming::new(AuditRecord::read(record.get()), Ticks::from(now())))
                    .collect(),
            });
        }
        let started = Instant::now();
        store.append_all(batches).await.unwrap();
        spent += started.elapsed();
    }
    spent
}

fn insert_bare(path: &Path, source: &Source, pages: usize) -> Duration {
    let mut bare = rusqlite::Connection::open(path).unwrap();
    bare.pragma_update(None, "page_size", 8192).unwrap();
    bare.pragma_update(None, "journal_mode", "WAL").unwrap();
    bare.pragma_update(None, "synchronous", "FULL").unwrap();
    bare.execute_batch("CREATE TABLE version (seq INTEGER PRIMARY KEY, document BLOB NOT NULL) STRICT")
        .unwrap();
    let mut spent = Duration::ZERO;
    for group in source.all().collect::<Vec<_>>().chunks(pages) {
        let bytes: Vec<Vec<u8>> = group.iter().map(|(day, page)| source.page(*day, *page)).collect();
        let records: Vec<Vec<&RawValue>> = bytes
            .iter()
            .map(|page| serde_json::from_slice(page).unwrap())
            .collect();
        let started = Instant::now();
        let transaction = bare.transaction().unwrap();
        for record in records.iter().flatten() {
            transaction
                .prepare_cached("INSERT INTO version (document) VALUES (?1)")
                .unwrap()
                .execute([record.get().as_bytes()])
                .unwrap();
        }
        transaction.commit().unwrap();
        spent += started.elapsed();
    }
    spent
}

/// The most anonymous memory that this process had.
struct Peak {
    most: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
}

impl Peak {
    fn watch() -> Self {
        let peak = Self {
            most: Arc::default(),
            done: Arc::default(),
        };
        let (most, done) = (Arc::clone(&peak.most), Arc::clone(&peak.done));
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(anonymous_kib().unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        peak
    }

    fn megabytes(self) -> f64 {
        self.done.store(true, Ordering::Relaxed);
        self.most.load(Ordering::Relaxed) as f64 / 1024.0
    }
}

fn anonymous_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
