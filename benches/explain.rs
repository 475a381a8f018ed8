//! What it costs to put records into words: a page of fifty rows explained, worded and rendered, without anything that is
//! kept from before; then sentences, an order of two hundred lines, and a record of five megabytes. Beside each, only
//! parsing the same JSON in the same run. Run with `cargo bench --bench explain`; half a minute.
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
        AuditRecord, RecordId, Ticks,
        explain::{explain, gist},
        search::Search,
    },
    i18n::Lang,
    simulator::tenant::{Tenant, TenantOptions},
    store::{Account, AccountId, Entry, Source},
    web::{
        activity::{KeptRows, Words, rows::RowMaker},
        dates::Dates,
    },
    wording::{self, Happened},
};

const ROUNDS: usize = 200;
/// Rounds for which something has to be made beforehand.
const FRESH: usize = 60;
const PAGE: usize = 50;
const PAGES: usize = 20;

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Times both in turn, so that what else the machine does slows both down alike, and prints the middle of each, the
/// quietest tenth of ours, and the ratio of the middles.
fn compared(name: &str, rounds: usize, mut ours: impl FnMut(usize), mut parsing: impl FnMut(usize)) {
    let timed = |once: &mut dyn FnMut(usize), round: usize| {
        let started = Instant::now();
        once(round);
        started.elapsed()
    };
    let (mut all_ours, mut all_parsing): (Vec<Duration>, Vec<Duration>) = (0..=rounds)
        .map(|round| (timed(&mut ours, round), timed(&mut parsing, round)))
        // The first round is for warming up.
        .skip(1)
        .unzip();
    all_ours.sort();
    all_parsing.sort();
    let micros = |all: &[Duration], share: usize| all[all.len() / share].as_secs_f64() * 1e6;
    println!(
        "{name:<44} {:>9.1} µs (tenth {:>9.1})   parsing alone {:>9.1} µs   ratio {:>5.2}",
        micros(&all_ours, 2),
        micros(&all_ours, 10),
        micros(&all_parsing, 2),
        micros(&all_ours, 2) / micros(&all_parsing, 2),
    );
}

fn entry(number: usize, document: &str, account: &Arc<Account>) -> Arc<Entry> {
    let record = AuditRecord::read(document.to_owned());
    let ticks = record.operation_date.as_deref().and_then(Ticks::parse);
    Arc::new(Entry {
        id: RecordId::parse(&format!("record-of-the-benchmark-{number}")).unwrap(),
        customer_name: record.customer_name.clone(),
        record,
        ticks: ticks.unwrap_or(Ticks::UNIX_EPOCH),
        account: Arc::clone(account),
        source: Source::Collected,
        archived_at: now(),
        imported_from: None,
        versions: 1,
    })
}

/// The document and the values in it, as any reader of JSON has to parse them.
fn parse(entry: &Entry) {
    black_box(serde_json::from_str::<serde_json::Value>(&entry.record.document).ok());
    let values = [&entry.record.resource_old_value, &entry.record.resource_new_value];
    for value in values.into_iter().flatten() {
        black_box(serde_json::from_str::<serde_json::Value>(value).ok());
    }
}

fn main() {
    let account = Arc::new(Account {
        id: AccountId(1),
        tenant_id: "3b33e682-00c3-41ee-9dd2-a548adf56438".to_owned(),
        name: "Contoso Partner".to_owned(),
    });
    let tenant = Tenant::generate(&TenantOptions {
        records: PAGE * PAGES,
        ..TenantOptions::new(7, now())
    });
    let days = (0..400).map(|back| now().date_naive() - Days::new(back));
    let documents = days.flat_map(|day| tenant.records_of(day)).take(PAGE * PAGES);
    let entries: Vec<_> = documents
        .enumerate()
        .map(|(number, document)| entry(number, &document, &account))
        .collect();
    let page = |round: usize| entries.chunks(PAGE).nth(round % (entries.len() / PAGE)).unwrap();

    let parse_page = |round: usize| page(round).iter().for_each(|entry| parse(entry));
    compared(
        "explaining 50 records",
        ROUNDS,
        |round| {
            for entry in page(round) {
                black_box(explain(&entry.record));
            }
        },
        parse_page,
    );
    compared(
        "the gist of 50 records",
        ROUNDS,
        |round| {
            for entry in page(round) {
                black_box(gist(&entry.record));
            }
        },
        parse_page,
    );
    for lang in Lang::ALL {
        let zone = Tz::Asia__Tokyo;
        let search = Search::default();
        let maker = RowMaker::new(&search, Dates { lang, zone }, now());
        let words = Words::of(lang);
        let tag = lang.tag();
        // One for each page, made beforehand: what is kept is kept for long.
        let mut unused: Vec<_> = (0..=FRESH).map(|_| KeptRows::default()).collect();
        let mut used = Vec::new();
        compared(
            &format!("50 rows, explained and rendered ({tag})"),
            FRESH,
            |round| {
                used.extend(unused.pop());
                for entry in page(round) {
                    black_box(
                        used[used.len() - 1]
                            .html(&maker, &words, entry)
                            .unwrap()
                            .to_string(),
                    );
                }
            },
            parse_page,
        );
        let kept = KeptRows::default();
        compared(
            &format!("50 rows, shown before ({tag})"),
            ROUNDS,
            |_| {
                for entry in page(0) {
                    black_box(kept.html(&maker, &words, entry).unwrap().to_string());
                }
            },
            parse_page,
        );
        compared(
            &format!("50 sentences, explained and told ({tag})"),
            ROUNDS,
            |round| {
                for entry in page(round) {
                    let (record, explained) = (&entry.record, explain(&entry.record));
                    black_box(wording::sentence(
                        &Happened {
                            action: &record.operation_type,
                            status: &record.operation_status,
                            deed: &explained.deed,
                            customer: entry.customer_name.as_deref(),
                            user: record.user_principal_name.as_deref(),
                            application: None,
                        },
                        lang,
                    ));
                }
            },
            parse_page,
        );
    }

    let lines = |n: usize| {
        let line = |n| {
            serde_json::json!({"LineItemNumber": n, "OfferId": "CFQ7TTC0LCHC:0002", "Quantity": n + 1,
                "FriendlyName": "Microsoft 365 Business Premium", "TermDuration": "P1Y"})
        };
        serde_json::json!({"Id": "order", "LineItems": (0..n).map(line).collect::<Vec<_>>()}).to_string()
    };
    for (name, value) in [
        ("an order of 200 lines", lines(200)),
        ("a record of 5 MB", lines(37_000)),
    ] {
        let document = serde_json::json!({"operationType": "create_order", "resourceType": "order", "resourceNewValue": value});
        let large = entry(1, &document.to_string(), &account);
        compared(
            &format!("{name} ({} kB)", large.record.document.len() / 1_000),
            21,
            |_| {
                black_box(explain(&large.record));
            },
            |_| parse(&large),
        );
    }
}
