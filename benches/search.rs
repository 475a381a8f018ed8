//! How fast anything is found: pages of selections, searches, counts and charts over a million records, or as many as
//! are asked for. Run with `cargo bench --bench search`, `-- 10000000` for more; `-- N FILE` keeps the archive in FILE, and
//! uses what is there already.
//!
//! Where there is a bare statement that does the same, it is measured in the same run on the same file.
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
    sync::Arc,
    time::{Duration, Instant},
};

use archive::{Asked, anonymous, asked, fill, now};
use asking::{everything, last_days, timed};
use chrono::{Days, NaiveTime};
use partnerlog::{
    audit::{
        Selection, Ticks,
        selection::{FilterKey, From, To},
    },
    store::{Count, CustomerOrder, CustomersAsked, LeftOut, Store, sql::SqlStore},
};
use tokio::runtime::Runtime;

fn main() {
    let Asked {
        records,
        folder,
        path,
        runtime,
        ..
    } = asked();
    fill(&runtime, &path, records);

    let before = anonymous();
    let started = Instant::now();
    let store: Arc<dyn Store> = Arc::new(runtime.block_on(SqlStore::open(&path)).unwrap());
    let page = |selection: &Selection| runtime.block_on(store.page(selection, None, 50)).unwrap();
    black_box(page(&last_days(30)));
    println!(
        "  {:<52} {:>9.0?}",
        "opened, to the first page",
        started.elapsed()
    );
    while matches!(
        runtime
            .block_on(store.overview(&last_days(30), &[], Duration::from_secs(1)))
            .unwrap()
            .left_out,
        Some(LeftOut::Loading(_))
    ) {
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("  {:<52} {:>9.0?}", "until counts are there", started.elapsed());
    println!(
        "  {:<52} {:>6.1} MB",
        "anonymous memory that this took",
        (anonymous() - before) / 1e6
    );

    let bare = rusqlite::Connection::open(&path).unwrap();
    pages(&runtime, &store, &bare);
    searches(&runtime, &store);
    counts(&runtime, &store, &bare);
    customers(&runtime, &store);
    println!(
        "  {:<52} {:>6.1} MB",
        "anonymous memory at the end",
        anonymous() / 1e6
    );
    drop(folder);
}

fn line(name: &str, (p50, p99): (Duration, Duration), rest: &str) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("  {name:<52} {:>8.3} / {:>8.3} ms   {rest}", ms(p50), ms(p99));
}

const BARE: &str = "SELECT r.id, v.document FROM record r CROSS JOIN version v ON v.seq = r.version";

fn step(bare: &rusqlite::Connection, sql: &str) -> usize {
    let mut statement = bare.prepare_cached(sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut count = 0;
    while let Some(row) = rows.next().unwrap() {
        black_box(row.get_ref(1).unwrap());
        count += 1;
    }
    count
}

/// The value of a column that comes after so many more frequent ones.
fn value(bare: &rusqlite::Connection, column: &str, rank: u32) -> (i64, String) {
    bare.query_row(
        &format!(
            "SELECT t.id, t.text FROM (SELECT {column} AS id, count(*) AS n FROM record WHERE {column} IS NOT NULL
               GROUP BY 1 ORDER BY 2 DESC LIMIT 1 OFFSET {rank}) AS c JOIN term t ON t.id = c.id"
        ),
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
    .unwrap()
}

fn pages(runtime: &Runtime, store: &Arc<dyn Store>, bare: &rusqlite::Connection) {
    println!("pages of 50, p50 / p99");
    let newest = "ORDER BY r.ticks DESC, r.tie LIMIT 51";
    let one = |name: &str, selection: &Selection, at: Option<_>, sql: Option<String>| {
        let page = || runtime.block_on(store.page(selection, at.as_ref(), 50)).unwrap();
        let found = page().entries.len();
        let times = timed(|| drop(black_box(page())));
        let rest = sql.map_or_else(String::new, |sql| {
            let bare = timed(|| {
                black_box(step(bare, &sql));
            });
            format!(
                "bare {:.3} / {:.3} ms, ratio {:.2}",
                bare.0.as_secs_f64() * 1e3,
                bare.1.as_secs_f64() * 1e3,
                times.0.as_secs_f64() / bare.0.as_secs_f64()
            )
        });
        line(name, times, &format!("{found} rows   {rest}"));
    };
    let during = |selection: &Selection| {
        let (from, until) = selection.during();
        format!("r.ticks >= {} AND r.ticks < {}", from.0, until.0)
    };
    let month = last_days(30);
    one(
        "newest of 30 days",
        &month,
        None,
        Some(format!("{BARE} WHERE {} {newest}", during(&month))),
    );
    let middle = everything().over(From::Beginning, To::Day(now().date_naive() - Days::new(550)));
    let at = runtime
        .block_on(store.page(&middle, None, 50))
        .unwrap()
        .older
        .unwrap();
    let deep = format!("{BARE} WHERE r.ticks < {} {newest}", at.ticks.0);
    one("deep page, everything", &everything(), Some(at), Some(deep));
    let (customer, customer_id) = value(bare, "customer", 300);
    let (top, top_id) = value(bare, "customer", 0);
    let (user, user_name) = value(bare, "user", 3);
    let (action, action_name) = value(bare, "operation", 6);
    let (rare, rare_name) = value(bare, "operation", 30);
    let (status, _) = bare
        .query_row(
            "SELECT id, text FROM term WHERE kind = 7 AND text = 'failed'",
            [],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        )
        .unwrap();
    let with = |filters: &[(FilterKey, &str)]| {
        filters
            .iter()
            .fold(everything(), |s, (key, value)| s.with(*key, false, value))
    };
    one(
        "one customer",
        &with(&[(FilterKey::Customer, &customer_id)]),
        None,
        Some(format!("{BARE} WHERE r.customer = {customer} {newest}")),
    );
    one(
        "the most active customer",
        &with(&[(FilterKey::Customer, &top_id)]),
        None,
        Some(format!("{BARE} WHERE r.customer = {top} {newest}")),
    );
    one(
        "user and action",
        &with(&[(FilterKey::User, &user_name), (FilterKey::Action, &action_name)]),
        None,
        Some(format!(
            "{BARE} WHERE r.user = {user} AND +r.operation = {action} {newest}"
        )),
    );
    one(
        "user and rare action",
        &with(&[(FilterKey::User, &user_name), (FilterKey::Action, &rare_name)]),
        None,
        Some(format!(
            "{BARE} WHERE r.operation = {rare} AND +r.user = {user} {newest}"
        )),
    );
    one(
        "customer, action, failed",
        &with(&[
            (FilterKey::Customer, &top_id),
            (FilterKey::Action, &action_name),
            (FilterKey::Status, "failed"),
        ]),
        None,
        Some(format!(
            "{BARE} WHERE r.customer = {top} AND +r.operation = {action} AND +r.status = {status} {newest}"
        )),
    );
    one(
        "customer, rare action, failed",
        &with(&[
            (FilterKey::Customer, &top_id),
            (FilterKey::Action, &rare_name),
            (FilterKey::Status, "failed"),
        ]),
        None,
        None,
    );
    one(
        "part of a customer's name",
        &with(&[(FilterKey::Customer, "ab")]),
        None,
        None,
    );
    one(
        "not the most frequent action",
        &everything().with(FilterKey::Action, true, &value(bare, "operation", 0).1),
        None,
        None,
    );
}

fn searches(runtime: &Runtime, store: &Arc<dyn Store>) {
    println!("searches over everything, page of 50, p50 / p99");
    // Something to look for, out of the middle of the archive.
    let middle = everything().over(From::Beginning, To::Day(now().date_naive() - Days::new(500)));
    let page = runtime.block_on(store.page(&middle, None, 50)).unwrap();
    let entry = page
        .entries
        .iter()
        .find(|entry| {
            entry
                .record
                .original_correlation_id
                .as_ref()
                .is_some_and(|id| id.len() == 36)
        })
        .expect("a record with a correlation id");
    let guid = entry.record.original_correlation_id.clone().unwrap();
    let user = page
        .entries
        .iter()
        .find_map(|entry| entry.record.user_principal_name.clone())
        .unwrap();
    let mut wanted: Vec<(&str, String)> = vec![
        ("customer substring", "brikam".to_owned()),
        ("a frequent word", "microsoft".to_owned()),
        ("a word", "premium".to_owned()),
        ("two words", "fabrikam copilot".to_owned()),
        ("two frequent words", "microsoft 365".to_owned()),
        ("GUID", guid.clone()),
        ("GUID, first 8", guid[..8].to_owned()),
        ("GUID, first 5", guid[..5].to_owned()),
        ("GUID, last 12", guid[24..].to_owned()),
        ("GUID, across a dash", guid[5..13].to_owned()),
        ("GUID, 6 inside a group", guid[27..33].to_owned()),
        ("user principal name", user),
        ("no hit", "xyzzyplugh".to_owned()),
        ("phrase", "\"business premium\"".to_owned()),
        ("crosses two words", "ness prem".to_owned()),
        ("word and filter", "microsoft status:failed".to_owned()),
        ("without a word", "-microsoft".to_owned()),
        ("quantity", "qty:>100".to_owned()),
        ("changed", "changed:quantity".to_owned()),
    ];
    for japanese in ["京", "東京", "サンプ", "商", "株式会社"] {
        wanted.push(("Japanese", japanese.to_owned()));
    }
    for (name, text) in wanted {
        let selection = everything().searching(&text);
        let search = || runtime.block_on(store.page(&selection, None, 50)).unwrap();
        let page = search();
        let times = timed(|| drop(black_box(search())));
        let overview = || {
            runtime
                .block_on(store.overview(&selection, &[], Duration::from_millis(50)))
                .unwrap()
        };
        let found = overview();
        let counted = timed(|| drop(black_box(overview())));
        let count = match found.count {
            Count::Exactly(n) => format!("{n}"),
            Count::MoreThan(n) => format!("more than {n}"),
        };
        let broken = if page.searched_to.is_some() {
            " BROKEN OFF"
        } else {
            ""
        };
        line(
            &format!("{name}: {text}"),
            times,
            &format!(
                "{} rows{broken}; counts {:.1} / {:.1} ms: {count}",
                page.entries.len(),
                counted.0.as_secs_f64() * 1e3,
                counted.1.as_secs_f64() * 1e3
            ),
        );
    }
}

fn customers(runtime: &Runtime, store: &Arc<dyn Store>) {
    println!("the list of customers, p50 / p99");
    let asked = |text: &str, order| CustomersAsked {
        text: text.to_owned(),
        order,
        skip: 0,
        limit: 50,
    };
    let list = |asked: &CustomersAsked| runtime.block_on(store.customers(asked)).unwrap();
    let began = Instant::now();
    let found = list(&asked("", CustomerOrder::LastActivity)).found;
    println!("  {:<52} {:>9.1?}", "the first time", began.elapsed());
    for (name, asked) in [
        ("by last activity", asked("", CustomerOrder::LastActivity)),
        ("by number", asked("", CustomerOrder::Records)),
        ("with a part of a name", asked("fabri", CustomerOrder::Name)),
    ] {
        let times = timed(|| drop(black_box(list(&asked))));
        line(name, times, &format!("{} of {found}", list(&asked).found));
    }
}

fn counts(runtime: &Runtime, store: &Arc<dyn Store>, bare: &rusqlite::Connection) {
    println!("all counts beside all filters, and the chart by weeks, p50 / p99");
    let action = value(bare, "operation", 0).1;
    let user = value(bare, "user", 3).1;
    let top = value(bare, "customer", 0).1;
    for (name, selection) in [
        ("30 days", last_days(30)),
        ("three years", everything()),
        (
            "three years, one user",
            everything().with(FilterKey::User, false, &user),
        ),
        (
            "three years, one action",
            everything().with(FilterKey::Action, false, &action),
        ),
        (
            "three years, failed",
            everything().with(FilterKey::Status, false, "failed"),
        ),
        (
            "three years, the most active customer",
            everything().with(FilterKey::Customer, false, &top),
        ),
        (
            "three years, without an action",
            everything().with(FilterKey::Action, true, &action),
        ),
        (
            "three years, user, action, failed",
            everything()
                .with(FilterKey::User, false, &user)
                .with(FilterKey::Action, false, &action)
                .with(FilterKey::Status, false, "failed"),
        ),
    ] {
        let edges: Vec<Ticks> = (0..=158)
            .map(|week| now().date_naive() - Days::new(7 * (158 - week)) + Days::new(1))
            .map(|day| Ticks::from(day.and_time(NaiveTime::MIN).and_utc()))
            .collect();
        let overview = || {
            runtime
                .block_on(store.overview(&selection, &edges, Duration::from_secs(5)))
                .unwrap()
        };
        let Count::Exactly(n) = overview().count else {
            panic!("{name} is counted");
        };
        line(
            name,
            timed(|| drop(black_box(overview()))),
            &format!("{n} records"),
        );
    }
    let started = Instant::now();
    let rows = step(bare, "SELECT customer, count(*) FROM record GROUP BY customer");
    println!(
        "  {:<52} {:>8.1} ms   {rows} values",
        "bare GROUP BY of the customers",
        started.elapsed().as_secs_f64() * 1e3
    );
    let started = Instant::now();
    step(
        bare,
        "SELECT ticks / 6048000000000, count(*) FROM record GROUP BY 1",
    );
    println!(
        "  {:<52} {:>8.1} ms",
        "bare GROUP BY of the weeks",
        started.elapsed().as_secs_f64() * 1e3
    );
}
