//! How fast whole pages are, over HTTP, signed in: the demonstration as a process of its own, asked by sixteen clients that
//! keep their connections; beside it a handler that sends the same bytes from memory. Then how long the first page takes
//! while many records are written to the archive. Run with `cargo bench --bench dashboard`, `-- RECORDS WRITTEN` for other
//! numbers than 50,000 there and 200,000 written.
#![allow(clippy::unwrap_used, reason = "a measurement may fail loudly")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]

#[path = "support/generator.rs"]
mod generator;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, http::header, routing::get};
use generator::Generator;
use partnerlog::{
    audit::{AuditRecord, Ticks},
    clock::Clock,
    simulator::tenant::PARTNER_TENANT_ID,
    store::{Batch, Incoming, Source, Store, sql::SqlStore},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
};

const CLIENTS: usize = 16;
/// An admin agent of the demonstration.
const USER: &str = "9c0d1e2f-3a4b-4c5d-8e6f-708192939404";

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let (records, written) = (
        numbers.next().unwrap_or(50_000),
        numbers.next().unwrap_or(200_000),
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(records, written));
}

async fn measure(records: usize, written: usize) {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(records, folder.path());
    let cookie = sign_in(&demo.base).await;
    let address = demo.base.strip_prefix("http://").unwrap().to_owned();
    println!(
        "{records} records, {CLIENTS} clients, signed in; anonymous memory {:.0} MB",
        demo.anonymous()
    );

    let page = Arc::new(ask(&mut connect(&address).await, "/activity", &cookie).await);
    println!("  the page has {} bytes", page.len());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let reference = listener.local_addr().unwrap().to_string();
    let body = Bytes::from(page.to_vec());
    let router = Router::new().route(
        "/",
        get(move || async move { ([(header::CONTENT_TYPE, "text/html")], body) }),
    );
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let bare = load(&reference, &cookie, |_| "/".to_owned()).await;
    println!(
        "  {:<44} {:>7.0} pages/s",
        "the same bytes from memory",
        bare.rate()
    );
    for (name, path) in [
        ("the log, as many ask for it", "/activity"),
        (
            "of one customer's word, many ask for it",
            "/activity?q=microsoft&from=",
        ),
    ] {
        demo.tell(name, &bare, load(&address, &cookie, |_| path.to_owned()))
            .await;
    }
    // What nobody asked for before is made anew.
    for (name, path) in [
        ("the log, made anew", "/activity?n="),
        (
            "failed ones of all years, made anew",
            "/activity?status=failed&from=&n=",
        ),
        ("a search, made anew", "/activity?q=microsoft&n="),
    ] {
        demo.tell(
            name,
            &bare,
            load(&address, &cookie, move |n| format!("{path}{n}")),
        )
        .await;
    }
    demo.tell(
        "/healthz",
        &bare,
        load(&address, &cookie, |_| "/healthz".to_owned()),
    )
    .await;
    println!("  anonymous memory under that load {:.0} MB", demo.anonymous());
    while_writing(&address, &cookie, folder.path(), written).await;
}

/// The first page, asked for twenty times a second: at rest, and while another process archives records.
async fn while_writing(address: &str, cookie: &str, folder: &Path, written: usize) {
    let rest = first_pages(address, cookie, &AtomicBool::new(true), Duration::from_secs(10)).await;
    let store = SqlStore::open(&folder.join("partnerlog-demo.db")).await.unwrap();
    let account = store.account(PARTNER_TENANT_ID, "Contoso").await.unwrap();
    let now = Clock::system().now();
    let generator = Generator::new(written, now);
    let goes_on = Arc::new(AtomicBool::new(true));
    let writing = tokio::spawn({
        let goes_on = Arc::clone(&goes_on);
        async move {
            let began = Instant::now();
            for first in (0..written).step_by(1_000) {
                let batch = Batch {
                    account,
                    source: Source::Collected,
                    archived_at: now,
                    records: (first..(first + 1_000).min(written))
                        .map(|n| Incoming::new(AuditRecord::read(generator.record(n)), Ticks::from(now)))
                        .collect(),
                };
                store.append(batch).await.unwrap();
            }
            goes_on.store(false, Ordering::Relaxed);
            began.elapsed()
        }
    });
    let meanwhile = first_pages(address, cookie, &goes_on, Duration::MAX).await;
    let took = writing.await.unwrap();
    let ms = |times: &[Duration], percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e3;
    println!(
        "  first page at rest {:.1} / {:.1} ms (p50 / p99); while {written} records were written ({:.0} a second) {:.1} / {:.1} ms: p99 ratio {:.1}",
        ms(&rest, 50),
        ms(&rest, 99),
        written as f64 / took.as_secs_f64(),
        ms(&meanwhile, 50),
        ms(&meanwhile, 99),
        ms(&meanwhile, 99) / ms(&rest, 99),
    );
}

async fn first_pages(address: &str, cookie: &str, goes_on: &AtomicBool, at_most: Duration) -> Vec<Duration> {
    let mut connection = connect(address).await;
    let (began, mut times) = (Instant::now(), Vec::new());
    while goes_on.load(Ordering::Relaxed) && began.elapsed() < at_most {
        let path = format!("/activity?n={}", times.len());
        let asked = Instant::now();
        ask(&mut connection, &path, cookie).await;
        times.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    times.sort();
    times
}

struct Load {
    pages: usize,
    took: Duration,
    times: Vec<Duration>,
}

impl Load {
    fn rate(&self) -> f64 {
        self.pages as f64 / self.took.as_secs_f64()
    }
}

/// Four seconds of asking, by all clients at once; `path` tells what each request asks for.
async fn load(
    address: &str,
    cookie: &str,
    path: impl Fn(usize) -> String + Send + Sync + Clone + 'static,
) -> Load {
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (address, cookie, next, path) = (
                address.to_owned(),
                cookie.to_owned(),
                Arc::clone(&next),
                path.clone(),
            );
            tokio::spawn(async move {
                let mut connection = connect(&address).await;
                let mut times = Vec::new();
                while began.elapsed() < Duration::from_secs(4) {
                    let path = path(next.fetch_add(1, Ordering::Relaxed));
                    let asked = Instant::now();
                    ask(&mut connection, &path, &cookie).await;
                    times.push(asked.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.unwrap());
    }
    times.sort();
    Load {
        pages: times.len(),
        took: began.elapsed(),
        times,
    }
}

type Connection = BufStream<TcpStream>;

async fn connect(address: &str) -> Connection {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    BufStream::new(stream)
}

/// The body of a page.
async fn ask(connection: &mut Connection, path: &str, cookie: &str) -> Vec<u8> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    connection.flush().await.unwrap();
    let (mut length, mut line) = (0, String::new());
    connection.read_line(&mut line).await.unwrap();
    assert!(line.contains(" 200 "), "{path}: {line}");
    loop {
        line.clear();
        connection.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.unwrap();
    body
}

/// The demonstration, ended with this.
struct Demo {
    child: Child,
    base: String,
}

impl Demo {
    fn start(records: usize, folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_partnerlog"))
            .args([
                "demo",
                "--port",
                "0",
                "--records",
                &records.to_string(),
                "--data-dir",
            ])
            .arg(folder)
            .env("PARTNERLOG_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        let base = said[said.find("http://").unwrap()..].trim().to_owned();
        Self { child, base }
    }

    /// Microseconds of processor time so far.
    fn processor(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<f64> = stat
            .rsplit(") ")
            .next()
            .unwrap_or_default()
            .split(' ')
            .filter_map(|field| field.parse().ok())
            .collect();
        // After the state, which is no number: the eleventh and the twelfth, in hundredths of a second.
        fields
            .get(10)
            .zip(fields.get(11))
            .map_or(0.0, |(user, system)| (user + system) * 1e4)
    }

    fn anonymous(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with("RssAnon"))
            .unwrap_or_default();
        let kilobytes = line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok());
        kilobytes.unwrap_or_default() / 1e3
    }

    async fn tell(&self, name: &str, bare: &Load, load: impl Future<Output = Load>) {
        let before = self.processor();
        let load = load.await;
        let each = (self.processor() - before) / load.pages as f64;
        println!(
            "  {name:<44} {:>7.0} pages/s, 1/{:.1} of the handler's; {each:>6.0} µs of processor time; p50 / p99 {:.1} / {:.1} ms",
            load.rate(),
            bare.rate() / load.rate(),
            load.times[load.times.len() / 2].as_secs_f64() * 1e3,
            load.times[load.times.len() * 99 / 100].as_secs_f64() * 1e3,
        );
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A browser's cookies.
#[derive(Default)]
struct Jar(BTreeMap<String, String>);

impl Jar {
    async fn send(&mut self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let response = request
            .header(header::COOKIE, self.cookie())
            .send()
            .await
            .unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.0.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    fn cookie(&self) -> String {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

/// Signs in as one of the demonstration's users; returns the cookies.
#[expect(clippy::disallowed_methods, reason = "a browser, and only to this machine")]
async fn sign_in(base: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let (mut here, mut there) = (Jar::default(), Jar::default());
    let location =
        |response: &reqwest::Response| response.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let asked = here
        .send(http.get(format!("{base}/sign-in/start?next=/activity")))
        .await;
    let form = there.send(http.get(location(&asked))).await.text().await.unwrap();
    let after = |text: &str| {
        let rest = &form[form.find(text).unwrap() + text.len()..];
        rest[..rest.find('"').unwrap()].to_owned()
    };
    let fields = format!(
        "{}&user={USER}",
        form_urlencoded::Serializer::new(String::new())
            .append_pair("request", &after("name=\"request\" value=\""))
            .finish()
    );
    let chosen = http
        .post(after("action=\""))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(fields);
    let back = there.send(chosen).await;
    let signed_in = here.send(http.get(location(&back))).await;
    assert!(signed_in.status().is_redirection());
    here.cookie()
}
