//! Every parameter, path and header that a reader can send: a page in words or what it asks for, at once.

use std::fmt::Write as _;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use super::{PATIENCE, asked, assert_page, doors::Raw};
use crate::{
    records::{RELECLOUD, record},
    support::{
        browser::Browser,
        program::{Program, now},
    },
};

async fn program() -> Program {
    let mut records: Vec<_> = (0..40)
        .map(|n| {
            record()
                .id(&format!("record-of-number-{n}"))
                .on("2026-11-20")
                .with("originalCorrelationId", "96514ebe-c1b2-4865-cb46-2c2d20a2e911")
                .json()
        })
        .collect();
    records.push(
        record()
            .id("the-only-one-of-fabrikam")
            .on("2026-11-20")
            .customer("11111111-2222-4333-8444-555555555555", "Fabrikam 100%_'\"*")
            .json(),
    );
    Program::over(&records, now().date_naive()).await
}

fn rows(page: &str) -> usize {
    page.matches("data-record-id=").count()
}

/// Texts that mean something to somebody: SQL, LIKE, FTS, shells, templates, paths, markup, bytes.
const ODD: [&str; 44] = [
    "",
    " ",
    "%",
    "_",
    "\\",
    "'",
    "\"",
    "''",
    "' OR 1=1 --",
    "'; DROP TABLE record; --",
    "\" OR \"\"=\"",
    "%' ESCAPE '",
    "*",
    "\"unclosed",
    "NEAR(a b)",
    "a AND",
    "col:x",
    "^a",
    "(((((",
    "{{7*7}}",
    "${7*7}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "../../../../etc/passwd",
    "..\\..\\x",
    "file:///etc/passwd",
    "\u{0}",
    "a\u{0}b",
    "\r\nSet-Cookie: a=b",
    "\u{202e}gnp",
    "\u{feff}",
    "\u{fffd}",
    "👩‍👩‍👧",
    "ＡＢＣ",
    "İi",
    "ß",
    "-1",
    "0",
    "1e309",
    "9223372036854775808",
    "NaN",
    "null",
    "[]",
];

const KEYS: [&str; 24] = [
    "from",
    "to",
    "tz",
    "customer",
    "action",
    "resource",
    "status",
    "user",
    "app",
    "account",
    "q",
    "size",
    "after",
    "lang",
    "-customer",
    "-action",
    "-user",
    "-status",
    "fragment",
    "format",
    "rows",
    "next",
    "saved",
    "",
];

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn no_value_of_any_parameter_fails_or_changes_what_the_others_say() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    for key in KEYS {
        for value in ODD {
            let pair = format!("{}={}", encoded(key), encoded(value));
            let page = asked(&mut reader, &format!("/activity?{pair}&customer=fabrikam")).await;
            assert!(
                matches!(page.status.as_u16(), 200 | 400),
                "{} for {pair}",
                page.status
            );
            assert_page(&page, &pair);
            // Markup stays text.
            assert!(
                !page.body.contains("<script>alert") && !page.body.contains("<img src=x"),
                "{pair}"
            );
            assert!(rows(&page.body) <= 41, "{pair}");
            if !matches!(key, "customer" | "-customer" | "from" | "to") && page.status == 400 {
                assert_eq!(rows(&page.body), 1, "the other filter applies beside {pair}");
            }
        }
    }
}

#[tokio::test]
async fn text_in_filters_is_text_not_a_pattern() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    for (query, expected) in [
        ("customer=%25", 1),
        ("customer=_", 1),
        ("customer=100%25_", 1),
        ("customer=%27", 1),
        ("customer=%22*", 1),
        ("customer=f_brikam", 0),
        ("customer=%25rele%25", 0),
        ("user=%25", 0),
        ("user=han_ko", 0),
        ("action=%25", 0),
        ("customer=fabrikam%27+OR+1%3D1+--", 0),
    ] {
        let page = asked(&mut reader, &format!("/activity?{query}")).await;
        assert_eq!(
            (page.status.as_u16(), rows(&page.body)),
            (200, expected),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_bad_date_size_cursor_or_zone_is_said_in_both_languages_and_the_rest_applies() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    for lang in ["en", "ja"] {
        for fault in [
            "from=2024-13-01",
            "from=31%2F12%2F2024",
            "to=yesterday",
            "from=2026-11-20&to=2026-11-01",
            "from=-1-01-01",
            "to=99999-01-01",
            "from=0000-00-00",
            "to=%00",
            "size=0",
            "size=51",
            "size=-1",
            "size=99999999999999999999",
            "after=x",
            "after=AAAAAAAAAAAAAAAAAAAAAAA",
            "after=..%2F",
            "tz=Mars%2FOlympus",
            "tz=%00",
            "tz=../x",
        ] {
            let page = asked(
                &mut reader,
                &format!("/activity?{fault}&customer=fabrikam&lang={lang}"),
            )
            .await;
            assert_eq!(page.status, 400, "{fault}");
            assert!(page.body.contains(&format!("<html lang=\"{lang}\"")), "{fault}");
            assert!(page.body.contains("role=\"alert\""), "{fault}");
            assert_eq!(rows(&page.body), 1, "{fault}");
            let export = asked(
                &mut reader,
                &format!("/activity/export?{fault}&customer=fabrikam&lang={lang}"),
            )
            .await;
            assert!(matches!(export.status.as_u16(), 200 | 400), "{fault}");
            if export.status == 400 {
                assert_page(&export, fault);
            }
        }
        // The ends of the calendar.
        for query in [
            "from=0001-01-01",
            "to=9999-12-31&from=",
            "from=0001-01-01&to=9999-12-31&tz=Pacific%2FKiritimati",
            "from=9999-12-31&to=9999-12-31&tz=Pacific%2FPago_Pago",
            "from=0001-01-01&to=0001-01-01&tz=Asia%2FTokyo",
        ] {
            let page = asked(&mut reader, &format!("/activity?{query}&lang={lang}")).await;
            assert_eq!(page.status, 200, "{query}");
        }
    }
}

#[tokio::test]
async fn cursors_that_somebody_made_up_show_a_page() {
    use partnerlog::audit::{Cursor, Ticks, cursor::Direction};
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    for direction in [Direction::Older, Direction::Newer] {
        for ticks in [i64::MIN, -1, 0, 1, 639_000_000_000_000_000, i64::MAX] {
            for record in [i64::MIN, -1, 0, 1, 41, i64::MAX] {
                let cursor = Cursor {
                    direction,
                    ticks: Ticks(ticks),
                    record,
                }
                .encode();
                let page = asked(&mut reader, &format!("/activity?after={cursor}&from=")).await;
                assert_eq!(page.status, 200, "{direction:?} {ticks} {record}");
                assert_page(&page, &cursor);
            }
        }
    }
}

#[tokio::test]
async fn paths_that_lead_nowhere_say_so() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    let long = "a".repeat(20_000);
    let percent = "%41".repeat(8_000);
    for part in [
        "..%2f",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "%ff",
        "%c0%ae%c0%ae%c0%af",
        "%e3%81",
        ".",
        "%2e%2e",
        "%5c..%5c",
        "a%00b",
        "r-",
        "-1",
        "'",
        "%27%20OR%201=1--",
        "%25",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "{{7*7}}",
        "%0d%0aSet-Cookie:%20a=b",
        "export%2f",
        "a;b",
        "%F0%9F%92%A9",
        "record-of-number-1%20",
        "RECORD-OF-NUMBER-1%00",
        &long,
        &percent,
    ] {
        for path in [
            format!("/activity/{part}"),
            format!("/activity/{part}/raw"),
            format!("/history/order/{part}"),
            format!("/history/{part}/a-1"),
            format!("/customers/{part}"),
            format!("/customers/{part}/subscriptions"),
            format!("/static/{part}"),
            format!("/{part}"),
        ] {
            let began = std::time::Instant::now();
            let answer = Raw::get(&program, &reader, &path, &[]).await;
            let shown = &path[..path.len().min(80)];
            assert!(began.elapsed() < PATIENCE, "{shown}");
            let status: u16 = answer[9..12].parse().unwrap();
            let there = path == "/activity/." || path == "/activity/%2e%2e";
            assert!(matches!(status, 400 | 404) || there, "{status} for {shown}");
            assert!(
                answer.contains("<h1"),
                "{status} without words for {shown}: {answer}"
            );
            assert!(
                !answer.contains("root:") && !answer.contains("<script>alert"),
                "{shown}"
            );
            assert!(
                !answer.contains("\r\nset-cookie: a=b") && !answer.contains("\r\nSet-Cookie: a=b"),
                "{shown}"
            );
        }
    }
    drop(asked(&mut reader, "/activity").await);
}

#[tokio::test]
async fn very_many_and_very_long_parameters_are_bounded() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    let mut many = String::from("/activity?customer=fabrikam");
    for n in 0..2_000 {
        let _ = write!(many, "&x{n}=y&lang=ja");
    }
    let empty = format!("/activity?customer=fabrikam{}", "&".repeat(10_000));
    let users = format!("/activity?customer=fabrikam{}", "&user=a".repeat(4_000));
    let mut different = String::from("/activity?customer=fabrikam");
    for n in 0..2_500 {
        let _ = write!(different, "&-user=u{n}");
    }
    let wide = format!("/activity?customer=fabrikam&-user={}", "%F0%9F%92%A9".repeat(512));
    let wider = (0..5).fold(String::from("/activity?customer=fabrikam"), |mut all, n| {
        let _ = write!(all, "&-user={n}{}", "%F0%9F%92%A9".repeat(500));
        all
    });
    let long = format!("/activity?customer=fabrikam&user={}", "a".repeat(30_000));
    for (path, expected) in [
        (many, 1),
        (empty, 1),
        (users, 1),
        (different, 1),
        (wide, 1),
        (wider, 1),
        (long, 1),
    ] {
        let page = asked(&mut reader, &path).await;
        let shown = &path[..60];
        if page.status == 431 {
            // More than a head may have is refused before anything reads it.
            assert!(path.len() > 30_000, "{shown}");
            continue;
        }
        assert!(
            matches!(page.status.as_u16(), 200 | 400),
            "{} for {shown}",
            page.status
        );
        assert!(rows(&page.body) <= expected, "{shown}");
        assert!(
            page.body.len() < 4_000_000,
            "{} bytes for {shown}",
            page.body.len()
        );
    }
    let headless = reader
        .request(
            reqwest::Method::GET,
            "/activity",
            &[("x-long", &"a".repeat(40_000))],
        )
        .await;
    assert_eq!(headless.status, 431);
}

#[tokio::test]
async fn cookies_and_languages_of_any_kind_do_no_harm() {
    let program = program().await;
    let reader = program.signed_in(0).await;
    let session = &reader.cookies["partnerlog"];
    let flood = (0..1_000).fold(String::new(), |mut all, n| {
        let _ = write!(all, "c{n}=v; ");
        all
    });
    for cookie in [
        format!("partnerlog={session}; lang=%00; zone=../x; tz=\"; lang"),
        format!("partnerlog=x; partnerlog={session}"),
        format!("partnerlog={session}; partnerlog=x"),
        format!("{flood}partnerlog={session}"),
        format!("partnerlog={session}; lang=xx\u{ff}; tz=Asia%2FTokyo; zone=Europe/Berlin"),
        "partnerlog=".to_owned() + &"A".repeat(20_000),
        "partnerlog-sign-in=\t; partnerlog".to_owned(),
        ";;;===;;;".to_owned(),
    ] {
        for accept in [
            "ja;q=2, en;q=NaN",
            "*",
            &"ja,".repeat(3_000),
            "\u{ff}\u{fe}",
            "",
            "en;q=0, ja;q=0",
        ] {
            let fields = [format!("Accept-Language: {accept}"), format!("Cookie: {cookie}")];
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            let began = std::time::Instant::now();
            let answer = Raw::get(&program, &program.browser(), "/activity", &fields).await;
            assert!(began.elapsed() < PATIENCE);
            let status: u16 = answer[9..12].parse().unwrap();
            assert!(
                matches!(status, 200 | 303 | 400 | 431),
                "{status} for {}",
                &cookie[..cookie.len().min(60)]
            );
        }
    }
}

#[tokio::test]
async fn no_query_string_at_all_fails() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    let key = prop_oneof![
        prop::sample::select(&KEYS[..]).prop_map(str::to_owned),
        "[ -~]{0,6}"
    ];
    let value = prop_oneof![
        prop::sample::select(&ODD[..]).prop_map(str::to_owned),
        "\\PC{0,12}",
        "[0-9]{1,5}-[0-9]{1,3}-[0-9]{1,3}",
        Just(RELECLOUD.to_owned()),
    ];
    let queries = prop::collection::vec((key, value), 0..8);
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        let pairs = queries.new_tree(&mut runner).unwrap().current();
        let query = pairs
            .iter()
            .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
            .collect::<Vec<_>>()
            .join("&");
        check(&mut reader, &query).await;
    }
    // Bytes that are no UTF-8, and escapes that are none.
    for query in [
        "%",
        "%4",
        "%zz=%",
        "customer=%ff%fe",
        "from=%c3",
        "a=b=c&=&&=x",
        "customer=%F0%28%8C%BC",
        "%00=%00",
    ] {
        check(&mut reader, query).await;
    }
}

async fn check(reader: &mut Browser, query: &str) {
    for path in [
        "/activity",
        "/activity/record-of-number-1",
        "/history/operation/96514ebe-c1b2-4865-cb46-2c2d20a2e911",
        "/activity/export",
        "/coverage",
        "/activity/new",
        "/settings",
        "/sign-in",
    ] {
        let answer = asked(reader, &format!("{path}?{query}")).await;
        assert!(
            matches!(answer.status.as_u16(), 200 | 303 | 400),
            "{} for {path}?{query}",
            answer.status
        );
        if answer.header("content-type").starts_with("text/html") {
            assert_page(&answer, query);
        }
    }
}
