//! How fast an archive on a server is, against the same archive in a file: pages, searches, counts, appending and reading
//! everything, each measured on both in one run. Run with `cargo bench --bench servers`, `-- N` for other numbers of records
//! than a million, `-- N FILE URL` keeps both archives and uses what is there already.
//!
//! Without URL it starts a server of its own with `tests/postgres`.
#![allow(clippy::unwrap_used, reason = "a measurement may fail loudly")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]

#[path = "support/archive.rs"]
mod archive;
#[path = "support/asking.rs"]
mod asking;
#[path = "support/generator.rs"]
mod generator;

use std::{
    hint::black_box,
    io::{BufRead as _, BufReader},
    path::Path,
    pin::pin,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use archive::{Asked, anonymous, asked, fill_store, now, size};
use asking::{everything, last_days, timed};
use chrono::{Days, NaiveTime};
use futures_util::StreamExt as _;
use partnerlog::{
    audit::{
        Cursor, Selection, Ticks,
        selection::{FilterKey, From, To},
    },
    store::{Count, CustomerOrder, CustomersAsked, Parts, Store, postgres::Connector, sql::SqlStore},
};
use tokio::runtime::Runtime;

/// A server of this run's own; it ends with it.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn server(folder: &Path) -> (Server, String) {
    let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres"))
        .arg("hold")
        .arg(folder)
        // As much memory as the machine's operator would give it; what is committed is on the disk, as in the file.
        .args([
            "shared_buffers=2GB",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
            "max_wal_size=4GB",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    (Server(child), address.trim().to_owned())
}

fn main() {
    let Asked {
        records,
        folder,
        path,
        rest,
        runtime,
    } = asked();
    let mut own = None;
    let url = rest.unwrap_or_else(|| {
        let (server, url) = server(&folder.path().join("server"));
        own = Some(server);
        url
    });
    let file = runtime.block_on(SqlStore::open(&path)).unwrap();
    let server = runtime
        .block_on(SqlStore::connect(Connector::at(&url).unwrap()))
        .unwrap();
    for (name, store) in [("in a file", &file), ("on a server", &server)] {
        if runtime.block_on(store.newest_number()).unwrap() == 0 {
            println!("{name}:");
            fill_store(&runtime, store, records);
        }
        runtime.block_on(store.fill()).unwrap();
    }
    let mut bare = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    bare.batch_execute("VACUUM ANALYZE").unwrap();
    let bytes: i64 = bare
        .query_one("SELECT pg_database_size(current_database())", &[])
        .unwrap()
        .get(0);
    println!(
        "{records} records: {:.0} bytes each in the file, {:.0} on the server",
        size(&path) as f64 / records as f64,
        bytes as f64 / records as f64
    );
    let both = Both {
        runtime,
        file,
        server,
    };
    both.pages();
    both.searches();
    both.counts();
    both.lists();
    both.everything(&mut bare);
    println!(
        "  {:<44} {:>6.1} MB",
        "anonymous memory at the end",
        anonymous() / 1e6
    );
    drop((both, own));
}

struct Both {
    runtime: Runtime,
    file: SqlStore,
    server: SqlStore,
}

impl Both {
    /// Measures the same on both.
    fn one<T>(
        &self,
        name: &str,
        mut ask: impl FnMut(&Runtime, &SqlStore) -> T,
        same: impl Fn(&T, &T) -> bool,
    ) {
        let found = [&self.file, &self.server].map(|store| ask(&self.runtime, store));
        let differs = if same(&found[0], &found[1]) {
            ""
        } else {
            "   DIFFERS"
        };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let [file, server] =
            [&self.file, &self.server].map(|store| timed(|| drop(black_box(ask(&self.runtime, store)))));
        println!(
            "  {name:<44} file {:>8.3} / {:>8.3}   server {:>8.3} / {:>8.3} ms   ratio {:.2}{differs}",
            ms(file.0),
            ms(file.1),
            ms(server.0),
            ms(server.1),
            ms(server.0) / ms(file.0)
        );
    }

    fn page(&self, name: &str, selection: &Selection, at: Option<Cursor>) {
        let ask = |runtime: &Runtime, store: &SqlStore| {
            let page = runtime.block_on(store.page(selection, at.as_ref(), 50)).unwrap();
            page.entries
                .iter()
                .map(|entry| entry.id.clone())
                .collect::<Vec<_>>()
        };
        self.one(name, ask, |a, b| a == b);
    }

    /// The value of a filter that comes after so many more frequent ones.
    fn value(&self, key: FilterKey, rank: usize) -> String {
        let all = everything();
        let overview = self.file.overview(&all, &[], Duration::from_secs(5));
        let overview = self.runtime.block_on(overview).unwrap();
        let facet = overview.facets.iter().find(|facet| facet.key == key).unwrap();
        facet.values[rank.min(facet.values.len() - 1)].value.clone()
    }

    fn pages(&self) {
        println!("pages of 50, p50 / p99");
        self.page("newest of 30 days", &last_days(30), None);
        self.page("newest of everything", &everything(), None);
        let middle = everything().over(From::Beginning, To::Day(now().date_naive() - Days::new(550)));
        let at = self
            .runtime
            .block_on(self.file.page(&middle, None, 50))
            .unwrap()
            .older;
        self.page("deep page, everything", &everything(), at);
        let (customer, top) = (
            self.value(FilterKey::Customer, 150),
            self.value(FilterKey::Customer, 0),
        );
        let user = self.value(FilterKey::User, 3);
        let (action, rare) = (
            self.value(FilterKey::Action, 6),
            self.value(FilterKey::Action, 30),
        );
        let with = |filters: &[(FilterKey, &str)]| {
            filters
                .iter()
                .fold(everything(), |s, (key, value)| s.with(*key, false, value))
        };
        for (name, filters) in [
            ("one customer", &[(FilterKey::Customer, &*customer)] as &[_]),
            ("the most active customer", &[(FilterKey::Customer, &*top)]),
            (
                "user and action",
                &[(FilterKey::User, &*user), (FilterKey::Action, &*action)],
            ),
            (
                "user and rare action",
                &[(FilterKey::User, &*user), (FilterKey::Action, &*rare)],
            ),
            (
                "customer, action, failed",
                &[
                    (FilterKey::Customer, &*top),
                    (FilterKey::Action, &*action),
                    (FilterKey::Status, "failed"),
                ],
            ),
            ("part of a customer's name", &[(FilterKey::Customer, "ab")]),
        ] {
            self.page(name, &with(filters), None);
        }
        let most = self.value(FilterKey::Action, 0);
        self.page(
            "not the most frequent action",
            &everything().with(FilterKey::Action, true, &most),
            None,
        );
    }

    fn searches(&self) {
        println!("searches over everything, page of 50, p50 / p99");
        let middle = everything().over(From::Beginning, To::Day(now().date_naive() - Days::new(500)));
        let page = self.runtime.block_on(self.file.page(&middle, None, 50)).unwrap();
        let guids = page
            .entries
            .iter()
            .filter_map(|entry| entry.record.original_correlation_id.clone());
        let guid = guids.into_iter().find(|id| id.len() == 36).unwrap();
        let user = page
            .entries
            .iter()
            .find_map(|entry| entry.record.user_principal_name.clone());
        let searches = [
            "brikam",
            "microsoft",
            "premium",
            "fabrikam copilot",
            "microsoft 365",
            &guid,
            &guid[..8],
            &guid[..5],
            &guid[24..],
            &guid[5..13],
            &guid[27..33],
            &user.unwrap(),
            "xyzzyplugh",
            "\"business premium\"",
            "ness prem",
            "microsoft status:failed",
            "-microsoft",
            "qty:>100",
            "changed:quantity",
            "京",
            "東京",
            "サンプ",
            "商",
            "株式会社",
        ];
        for text in searches {
            self.page(text, &everything().searching(text), None);
        }
        println!("their counts, p50 / p99");
        for text in ["brikam", "premium", &guid, "東京", "microsoft status:failed"] {
            self.count(
                text,
                &everything().searching(text),
                &[],
                Duration::from_millis(50),
            );
        }
    }

    fn count(&self, name: &str, selection: &Selection, edges: &[Ticks], budget: Duration) {
        let ask = |runtime: &Runtime, store: &SqlStore| {
            let overview = runtime
                .block_on(store.overview(selection, edges, budget))
                .unwrap();
            (overview.count, overview.facets.len(), overview.bars)
        };
        // Of what takes too long, either may have come further.
        self.one(name, ask, |a, b| {
            a == b || !matches!((a.0, b.0), (Count::Exactly(_), Count::Exactly(_)))
        });
    }

    fn counts(&self) {
        println!("all counts beside all filters, and the chart by weeks, p50 / p99");
        let edges: Vec<Ticks> = (0..=158)
            .map(|week| now().date_naive() - Days::new(7 * (158 - week)) + Days::new(1))
            .map(|day| Ticks::from(day.and_time(NaiveTime::MIN).and_utc()))
            .collect();
        let user = self.value(FilterKey::User, 3);
        for (name, selection) in [
            ("30 days", last_days(30)),
            ("three years", everything()),
            (
                "three years, one user",
                everything().with(FilterKey::User, false, &user),
            ),
        ] {
            self.count(name, &selection, &edges, Duration::from_secs(5));
        }
    }

    fn lists(&self) {
        println!("lists, p50 / p99");
        for (name, text) in [
            ("customers by last activity", ""),
            ("customers with a part of a name", "fabri"),
        ] {
            let asked = CustomersAsked {
                text: text.to_owned(),
                order: CustomerOrder::LastActivity,
                skip: 0,
                limit: 50,
            };
            let ask = |runtime: &Runtime, store: &SqlStore| {
                runtime.block_on(store.customers(&asked)).unwrap().found
            };
            self.one(name, ask, |a, b| a == b);
        }
    }

    /// Every document as exports read them, in parts of their size and read ahead as theirs are, against the server's own
    /// way to send them all. In turns, and the median of each: whoever reads first finds less in memory.
    fn everything(&self, bare: &mut postgres::Client) {
        println!("all documents, newest first");
        let mut rates = [const { Vec::new() }; 3];
        let mut sent = 0;
        for _ in 0..3 {
            rates[0].push(self.read_all(&self.file));
            rates[1].push(self.read_all(&self.server));
            let (rate, bytes) = self.copied_out(bare);
            rates[2].push(rate);
            sent = bytes;
        }
        let [file, server, copy] = rates.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[1]
        });
        println!("  {:<44} {file:>9.0} rows/s", "file");
        println!("  {:<44} {server:>9.0} rows/s", "server");
        println!(
            "  {:<44} {copy:>9.0} rows/s   {:.0} MB; the server's rows are {:.2} of it",
            "COPY … TO STDOUT",
            sent as f64 / 1e6,
            server / copy
        );
    }

    /// Rows a second.
    fn read_all(&self, store: &SqlStore) -> f64 {
        let parts = Parts {
            selection: everything(),
            archived: None,
            customers: Vec::new(),
            at: None,
            first: 50,
            most: None,
            patience: Duration::ZERO,
        };
        let (began, mut rows) = (Instant::now(), 0);
        let mut parts = pin!(parts.read(Arc::new(store.clone())));
        while let Some(part) = self.runtime.block_on(parts.next()) {
            rows += part.unwrap().len();
        }
        rows as f64 / began.elapsed().as_secs_f64()
    }

    /// Rows a second, and bytes of all of them.
    fn copied_out(&self, bare: &mut postgres::Client) -> (f64, u64) {
        let began = Instant::now();
        let mut copied = bare
            .copy_out(
                "COPY (SELECT r.id, r.event_key, r.ordinal, r.account, r.ticks, r.customer, v.dictionary, v.document
                 FROM record r JOIN version v ON v.seq = r.version AND v.account = r.account AND v.ticks = r.ticks)
                 TO STDOUT BINARY",
            )
            .unwrap();
        let bytes = std::io::copy(&mut copied, &mut std::io::sink()).unwrap();
        drop(copied);
        let all = self.runtime.block_on(self.server.newest_number()).unwrap() as f64;
        (all / began.elapsed().as_secs_f64(), bytes)
    }
}
