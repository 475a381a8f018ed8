//! What the archive costs beside the bare database. Run with `cargo bench --bench archive`; a minute, or three on a busy machine.
//!
//! Every line compares a median with a reference measured in the same run on the same file, so that the ratio
//! holds on a slow or busy machine, where the times do not.
#![allow(clippy::unwrap_used, reason = "a measurement may fail loudly")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use partnerlog::{
    audit::{
        AuditRecord, Selection, Ticks,
        selection::{FilterKey, From, To},
    },
    simulator::tenant::{PARTNER_TENANT_ID, Tenant, TenantOptions},
    store::{Batch, Incoming, Source, Store, sql::SqlStore},
};

const ROUNDS: usize = 60;
/// A common selection that takes longer is marked.
const SLOW: Duration = Duration::from_millis(20);

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn median(mut once: impl FnMut()) -> Duration {
    once();
    let mut all: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            once();
            started.elapsed()
        })
        .collect();
    all.sort();
    all[ROUNDS / 2]
}

fn compared(name: &str, ours: Duration, bare: Duration) {
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!("  {name:<34} {ours:>12.1?}   bare {bare:>12.1?}   ratio {ratio:.2}");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    for records in [30_000, 200_000] {
        measure(&runtime, records);
    }
}

fn measure(runtime: &tokio::runtime::Runtime, records: usize) {
    println!("{records} records");
    let tenant = Tenant::generate(&TenantOptions {
        records,
        ..TenantOptions::new(1, now())
    });
    let lines: Vec<String> = tenant.history_before(now().date_naive() + Days::new(1)).collect();
    drop(tenant);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let store = runtime.block_on(SqlStore::open(&path)).unwrap();

    runtime.block_on(append(&store, &lines));
    let store: Arc<dyn Store> = Arc::new(store);
    let bare = rusqlite::Connection::open(&path).unwrap();
    pages(runtime, &store, &bare);
    selections(runtime, &store, &bare);
}

async fn append(store: &SqlStore, lines: &[String]) {
    let account = store.account(PARTNER_TENANT_ID, "Contoso").await.unwrap();
    for chunk in lines.chunks(500) {
        let records = chunk
            .iter()
            .map(|line| Incoming::new(AuditRecord::read(line.as_str()), Ticks::from(now())));
        let batch = Batch {
            account,
            source: Source::Collected,
            archived_at: now(),
            records: records.collect(),
        };
        store.append(batch).await.unwrap();
    }
}

const BARE: &str = "SELECT r.id, v.document FROM record r CROSS JOIN version v ON v.seq = r.version";

/// Steps a bare query through; returns how many rows it has.
fn step(bare: &rusqlite::Connection, sql: &str) -> usize {
    let mut statement = bare.prepare_cached(sql).unwrap();
    let mut found = statement.query([]).unwrap();
    let mut count = 0;
    while let Some(row) = found.next().unwrap() {
        black_box(row.get_ref(1).unwrap().as_bytes().unwrap().len());
        count += 1;
    }
    count
}

fn thirty_days() -> Selection {
    Selection::everything(Tz::UTC, now().date_naive()).over(From::Default, To::Today)
}

fn pages(runtime: &tokio::runtime::Runtime, store: &Arc<dyn Store>, bare: &rusqlite::Connection) {
    let page = |selection: &Selection, at| runtime.block_on(store.page(selection, at, 50)).unwrap();
    let selection = thirty_days();
    let (from, until) = selection.during();
    let range = format!("r.ticks >= {} AND r.ticks < {}", from.0, until.0);
    let newest = "ORDER BY r.ticks DESC, r.tie LIMIT 51";
    compared(
        "first page, 30 days",
        median(|| drop(black_box(page(&selection, None)))),
        median(|| assert_eq!(step(bare, &format!("{BARE} WHERE {range} {newest}")), 51)),
    );

    let everything = Selection::everything(Tz::UTC, now().date_naive());
    let middle = now().date_naive() - Days::new(220);
    let start = page(&everything.over(From::Beginning, To::Day(middle)), None);
    let at = start.older.unwrap();
    let deep = format!("{BARE} WHERE r.ticks < {} {newest}", at.ticks.0);
    compared(
        "deep page, whole archive",
        median(|| drop(black_box(page(&everything, Some(&at))))),
        median(|| assert_eq!(step(bare, &deep), 51)),
    );

    let (number, customer): (i64, String) = bare
        .query_row(
            "SELECT t.id, t.text FROM record r JOIN term t ON t.id = r.customer GROUP BY 1 ORDER BY count(*) DESC LIMIT 1 OFFSET 40",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let of_customer = everything.with(FilterKey::Customer, false, &customer);
    let one = format!("{BARE} WHERE r.customer = {number} {newest}");
    compared(
        "one customer, whole archive",
        median(|| drop(black_box(page(&of_customer, None)))),
        median(|| {
            black_box(step(bare, &one));
        }),
    );
}

/// Selections that people make, first page and count (as the page does: up to 100,000), over the whole archive.
fn selections(runtime: &tokio::runtime::Runtime, store: &Arc<dyn Store>, bare: &rusqlite::Connection) {
    let everything = Selection::everything(Tz::UTC, now().date_naive());
    let with = |filters: &[(FilterKey, bool, &str)]| {
        filters
            .iter()
            .fold(everything.clone(), |s, (key, exclude, value)| {
                s.with(*key, *exclude, value)
            })
    };
    let text = |sql: &str| bare.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let user = text(
        "SELECT t.text FROM record r JOIN term t ON t.id = r.user GROUP BY 1 ORDER BY count(*) LIMIT 1 OFFSET 5",
    );
    let rare = text(
        "SELECT t.text FROM record r JOIN term t ON t.id = r.operation GROUP BY 1 ORDER BY count(*) LIMIT 1",
    );
    let common = text(
        "SELECT t.text FROM record r JOIN term t ON t.id = r.operation GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    );
    let customer = text("SELECT text FROM term WHERE kind = 2 LIMIT 1");
    for (name, selection) in [
        ("30 days", thirty_days()),
        ("everything", everything.clone()),
        (
            "part of many customers' names",
            with(&[(FilterKey::Customer, false, "a")]),
        ),
        (
            "part of some customers' names",
            with(&[(FilterKey::Customer, false, "ber")]),
        ),
        (
            "customer and failed",
            with(&[
                (FilterKey::Customer, false, &customer),
                (FilterKey::Status, false, "failed"),
            ]),
        ),
        (
            "user and frequent action",
            with(&[
                (FilterKey::User, false, &user),
                (FilterKey::Action, false, &common),
            ]),
        ),
        (
            "user and rare action",
            with(&[(FilterKey::User, false, &user), (FilterKey::Action, false, &rare)]),
        ),
        ("failed", with(&[(FilterKey::Status, false, "failed")])),
        (
            "a status that no record has",
            with(&[(FilterKey::Status, false, "decline")]),
        ),
        (
            "not the frequent action",
            with(&[(FilterKey::Action, true, &common)]),
        ),
        ("not most users", with(&[(FilterKey::User, true, "a")])),
        (
            "an application's part",
            with(&[(FilterKey::App, false, "portal")]),
        ),
        (
            "failed by a rare action",
            with(&[
                (FilterKey::Status, false, "failed"),
                (FilterKey::Action, false, &rare),
            ]),
        ),
    ] {
        let mark = |took: Duration| if took > SLOW { " SLOW" } else { "" };
        let page = median(|| {
            drop(black_box(
                runtime.block_on(store.page(&selection, None, 50)).unwrap(),
            ))
        });
        let count = median(|| {
            black_box(runtime.block_on(store.count(&selection, 100_000)).unwrap());
        });
        println!(
            "  {name:<34} page {page:>10.1?}{}   count {count:>10.1?}{}",
            mark(page),
            mark(count)
        );
    }
    let span = median(|| {
        black_box(runtime.block_on(store.span()).unwrap());
    });
    let old = everything.over(
        From::Day(now().date_naive() - Days::new(4_000)),
        To::Day(now().date_naive() - Days::new(3_000)),
    );
    let failed = old.with(FilterKey::Status, false, "failed");
    let nearest = median(|| {
        black_box(runtime.block_on(store.nearest(&failed)).unwrap());
    });
    println!(
        "  {:<34} {span:>15.1?}\n  {:<34} {nearest:>15.1?}",
        "span", "nearest that failed"
    );
}
