//! Whatever a record says, it is archived, shown, and handed out as it is: collected through the real client, looked
//! at on every page that shows it.

use std::collections::BTreeMap;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

use super::{asked, assert_page};
use crate::{
    records::record,
    support::{
        browser::Browser,
        program::{Program, Setup, now},
    },
};

/// Every record of the archive, also those that date themselves at the ends of the calendar.
const EVERYTHING: &str = "from=&to=9999-12-31&size=100";

const XSS: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>{{7*7}}${7*7}<!--]]>&lt;";
const FORMULA: &str = "=HYPERLINK(\"https://evil.example\",\"x\")";
const BIDI: &str = "\u{202e}gnp.exe\u{2066}\u{200f}שלום";

/// What makes a record hostile, by name.
fn hostile() -> BTreeMap<&'static str, String> {
    let mut all = BTreeMap::new();
    let fields = [
        "partnerId",
        "customerId",
        "customerName",
        "userPrincipalName",
        "applicationId",
        "sessionId",
        "resourceType",
        "operationType",
        "operationStatus",
        "originalCorrelationId",
        "resourceOldValue",
        "resourceNewValue",
        "unknownField",
    ];
    for (name, text) in [
        ("markup", XSS.to_owned()),
        ("formula", FORMULA.to_owned()),
        ("bidi", BIDI.to_owned()),
        (
            "NUL and controls",
            "a\u{0}b\r\nSet-Cookie: x\u{1b}[31m\u{7f}\u{85}\u{2028}".to_owned(),
        ),
        ("20,000 characters", "Ω".repeat(20_000)),
        ("blank", " \u{3000}\t".to_owned()),
        ("quotes", "a\"b,c;d\ne\r\nf\"\"".to_owned()),
    ] {
        let everywhere = fields.iter().fold(record(), |record, field| match *field {
            "partnerId" => record,
            field => record.with(field, text.as_str()),
        });
        let everywhere = everywhere.with(
            "customizedData",
            json!([{"key": text, "value": text}, {"key": "ResourceNewValue", "value": text}]),
        );
        all.insert(name, everywhere.on("2026-11-20").json());
    }
    let values = json!({"Id": XSS, "LineItems": [{"FriendlyName": XSS, "Quantity": FORMULA, "OfferId": BIDI, "TermDuration": XSS}],
        "Licenses": XSS, XSS: {XSS: [XSS, null]}});
    all.insert(
        "markup in an order",
        record()
            .on("2026-11-20")
            .action("create_order")
            .with("resourceNewValue", values.to_string())
            .json(),
    );
    all.insert(
        "value that is no JSON",
        record()
            .on("2026-11-20")
            .with("resourceNewValue", "{<not json")
            .with("resourceOldValue", "][")
            .json(),
    );
    all.insert(
        "5 MB",
        record()
            .on("2026-11-20")
            .with("resourceNewValue", "é".repeat(2_500_000))
            .json(),
    );
    all.insert(
        "very much JSON in a value",
        record()
            .on("2026-11-20")
            .with(
                "resourceNewValue",
                json!(vec![json!({"a": "b"}); 100_000]).to_string(),
            )
            .json(),
    );
    all.insert(
        "long names",
        [
            "customerName",
            "userPrincipalName",
            "operationType",
            "operationStatus",
            "resourceType",
            "applicationId",
        ]
        .iter()
        .fold(record().on("2026-11-20"), |r, f| r.with(f, "n".repeat(20_000)))
        .json(),
    );
    all.insert("very deep", format!(r#"{{"operationDate":"2026-11-20T01:00:00Z","operationType":"deep","x":{}{},"resourceNewValue":{}{}}}"#,
        "[".repeat(10_000), "]".repeat(10_000), r#"{"a":"#.repeat(10_000) + "1", "}".repeat(10_000)));
    all.insert(
        "deep in text",
        record()
            .on("2026-11-20")
            .with("resourceNewValue", "[".repeat(10_000) + &"]".repeat(10_000))
            .json(),
    );
    all.insert("many members", {
        let members: serde_json::Map<_, _> = (0..20_000).map(|n| (format!("m{n}"), json!(n))).collect();
        record()
            .on("2026-11-20")
            .with("resourceNewValue", Value::Object(members).to_string())
            .json()
    });
    all.insert("many line items", record().on("2026-11-20").action("create_order")
        .with("resourceNewValue", json!({"LineItems": (0..100).map(|n| json!({"LineItemNumber": n, "Quantity": n})).collect::<Vec<_>>()}).to_string()).json());
    all.insert("duplicate keys", r#"{"operationDate":"2026-11-20T02:00:00Z","operationType":"a","operationType":"b","operationDate":"x","customerName":1,"customerName":"c"}"#.to_owned());
    all.insert("lone surrogates", r#"{"operationDate":"2026-11-20T03:00:00Z","operationType":"\ud800","customerName":"\udc00x","\ud800":"\ud800","userPrincipalName":"\ud83d"}"#.to_owned());
    all.insert("numbers", r#"{"operationDate":"2026-11-20T04:00:00Z","operationType":1e400,"customerName":123456789012345678901234567890,"x":-0.0e-0}"#.to_owned());
    all.insert("empty", "{}".to_owned());
    all.insert("all null", r#"{"id":null,"partnerId":null,"customerId":null,"customerName":null,"userPrincipalName":null,"applicationId":null,"resourceType":null,"operationType":null,"operationDate":null,"operationStatus":null,"resourceOldValue":null,"resourceNewValue":null,"customizedData":null,"attributes":null}"#.to_owned());
    for (name, wrong) in [
        ("objects", json!({"a": [1]})),
        ("lists", json!([{}, null])),
        ("truths", json!(true)),
        ("fractions", json!(-1.5)),
    ] {
        let mut text = fields
            .iter()
            .fold(record(), |r, f| r.with(f, wrong.clone()))
            .with("customizedData", wrong.clone());
        text = text.with("operationDate", wrong.clone());
        all.insert(name, text.json());
    }
    all.insert(
        "customizedData of everything",
        record()
            .on("2026-11-20")
            .with(
                "customizedData",
                json!([1, null, "x", [], {}, {"key": 1}, {"value": {}}, {"Key": "k", "Value": null}]),
            )
            .json(),
    );
    for (name, date) in [
        ("year 1", "0001-01-01T00:00:00Z"),
        ("year 9999", "9999-12-31T23:59:59.9999999Z"),
        ("year 10000", "10000-01-01T00:00:00Z"),
        ("no date", ""),
        ("garbage", "yesterday; DROP TABLE"),
        ("30 February", "2026-02-30T00:00:00Z"),
        ("leap second", "2026-11-20T23:59:60Z"),
        ("year -1", "-0001-01-01T00:00:00Z"),
        ("other zone", "2026-11-20T23:00:00.1234567+14:00"),
        ("American", "6/1/2017 12:00:00 AM"),
    ] {
        all.insert(
            name,
            record()
                .with("operationDate", date)
                .with("sessionId", name)
                .json(),
        );
    }
    all.insert(
        "unknown words",
        record()
            .on("2026-11-20")
            .action("brand_new_operation")
            .status("exploded")
            .with("resourceType", "quantum")
            .json(),
    );
    for (name, id) in [
        ("id of markup", XSS),
        ("id of a path", "../../etc/passwd/../../x"),
        ("id of a route", "export"),
        ("id that is a hash", "h-00000000000000000000000000000000"),
        ("long id", "x"),
    ] {
        let id = if name == "long id" {
            "x".repeat(5_000)
        } else {
            id.to_owned()
        };
        all.insert(
            name,
            record().on("2026-11-20").id(&id).with("sessionId", name).json(),
        );
    }
    for (name, odd) in [
        ("a text", "\"only a text\""),
        ("a number", "42"),
        ("a list", "[1,2]"),
        ("nothing", "null"),
    ] {
        all.insert(name, odd.to_owned());
    }
    all
}

/// The ids of all rows, page by page, each row looked at.
async fn rows(reader: &mut Browser) -> Vec<String> {
    let (mut ids, mut next) = (Vec::new(), Some(format!("/activity?{EVERYTHING}")));
    while let Some(path) = next.take() {
        let page = asked(reader, &path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.len() < 500_000, "{} bytes of {path}", page.body.len());
        let html = Html::parse_document(&page.body);
        assert_harmless(&html, &path);
        for row in html.select(&selector("#activity tr[data-record-id]")) {
            let id = row.attr("data-record-id").unwrap().to_owned();
            let text = |cell: &str| -> String {
                let cell = row.select(&selector(cell)).next().unwrap();
                cell.text().collect::<String>().trim().to_owned()
            };
            for cell in [".when", ".customer", ".action .what", ".user"] {
                assert!(!text(cell).is_empty(), "the {cell} of {id} is blank");
            }
            ids.push(id);
        }
        next = html
            .select(&selector(".pager a[rel=next]"))
            .next()
            .map(|link| link.attr("href").unwrap().to_owned());
    }
    ids
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

/// Asserts that nothing of a record became part of the page, but its text.
#[track_caller]
fn assert_harmless(html: &Html, path: &str) {
    for element in html.select(&selector("*")) {
        let (name, own) = (element.value().name(), element.value());
        assert!(
            !matches!(name, "img" | "iframe" | "object" | "embed" | "style" | "base"),
            "<{name}> in {path}"
        );
        assert!(
            name != "script" || element.attr("src").is_some_and(|s| s.starts_with("/static/")),
            "a script in {path}"
        );
        for (attribute, value) in own.attrs() {
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{attribute} in {path}"
            );
            let link = matches!(attribute, "href" | "src" | "action" | "formaction");
            assert!(
                !link
                    || value.starts_with(['/', '#', '?']) && !value.starts_with("//")
                    || value.starts_with("https://partner.microsoft.com/"),
                "{attribute}={value} in {path}"
            );
            assert!(
                attribute
                    .chars()
                    .all(|c| c.is_ascii_alphabetic() || c == '-' || c.is_ascii_digit()),
                "{attribute} in {path}"
            );
        }
    }
    assert!(
        !html.html().contains("49$49"),
        "a template was computed in {path}"
    );
    assert_isolated(html, path);
}

/// Asserts that marks of direction cannot reorder what stands around them.
#[track_caller]
fn assert_isolated(html: &Html, path: &str) {
    for node in html.tree.nodes() {
        let Some(text) = node.value().as_text() else {
            continue;
        };
        if !text.contains('\u{202e}') {
            continue;
        }
        let isolated = node.ancestors().filter_map(ElementRef::wrap).any(|element| {
            matches!(
                element.value().name(),
                "bdi" | "pre" | "option" | "title" | "textarea"
            ) || element.attr("dir").is_some()
        });
        assert!(
            isolated,
            "marks of direction run free in {path}: {}",
            ElementRef::wrap(node.parent().unwrap()).unwrap().html()
        );
    }
}

/// Looks at every page and file that shows the records; `documents` are what was sent.
async fn assert_all_shown(reader: &mut Browser, documents: Vec<String>) {
    let ids = rows(reader).await;
    assert_eq!(ids.len(), documents.len(), "each record has its row");
    let mut raws = Vec::new();
    for id in &ids {
        for path in [
            format!("/activity/{id}"),
            format!("/activity/{id}?fragment=1"),
            format!("/activity/{id}?lang=ja"),
        ] {
            let page = asked(reader, &path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.body.len() < 2_000_000, "{} bytes of {path}", page.body.len());
            assert_harmless(&Html::parse_document(&page.body), &path);
        }
        let raw = asked(reader, &format!("/activity/{id}/raw")).await;
        assert_eq!(raw.header("content-type"), "application/json");
        assert!(
            raw.header("content-disposition")
                .starts_with("attachment; filename=\"activity-")
        );
        raws.push(raw.body);
    }
    let mut documents = documents;
    documents.sort();
    raws.sort();
    assert!(raws == documents, "each record comes back byte for byte");
    for (format, bom) in [("csv", true), ("csv-plain", false)] {
        for more in ["", "&rows=items"] {
            let path = format!("/activity/export?{EVERYTHING}&format={format}{more}");
            let file = reader.get(&path).await;
            assert_eq!(file.status, 200);
            assert_eq!(file.body.starts_with('\u{feff}'), bom);
            let mut csv =
                csv::ReaderBuilder::new().from_reader(file.body.trim_start_matches('\u{feff}').as_bytes());
            let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
            let mut named: Vec<_> = rows.iter().map(|row| row[12].to_owned()).collect();
            named.dedup();
            assert_eq!(named, ids, "{path}");
            if !bom {
                let mut whole: Vec<_> = rows.iter().filter_map(|row| row.iter().next_back()).collect();
                whole.retain(|document| !document.is_empty());
                whole.sort_unstable();
                assert!(whole == documents, "a plain file has each record byte for byte");
            }
            for cell in rows.iter().flatten().filter(|_| bom) {
                assert!(
                    !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']),
                    "a formula: {cell:.60}"
                );
                assert!(cell.encode_utf16().count() <= 32_767);
            }
        }
    }
}

#[tokio::test]
async fn hostile_records_are_collected_and_shown_on_every_page() {
    let tenant = partnerlog::simulator::tenant::Tenant::from_records(Vec::new());
    let records: Vec<String> = hostile().into_values().collect();
    for record in &records {
        tenant.add_record_on(now().date_naive(), record.clone());
    }
    let program = Program::start(Setup {
        tenant,
        ..Setup::default()
    })
    .await;
    let mut reader = program.signed_in(0).await;
    assert_all_shown(&mut reader, records).await;
    // Neither are they in the way of a customer's own page.
    for path in [
        "/settings/accounts",
        "/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/subscriptions",
    ] {
        let page = asked(&mut reader, path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_page(&page, path);
        assert_harmless(&Html::parse_document(&page.body), path);
    }
}

#[tokio::test]
async fn hostile_records_are_imported_and_shown_on_every_page() {
    let records: Vec<String> = hostile()
        .into_values()
        .filter(|record| record.contains("\"operationDate\""))
        .collect();
    let program = Program::start(Setup {
        import: records.join("\n"),
        ..Setup::default()
    })
    .await;
    let mut reader = program.signed_in(0).await;
    assert_all_shown(&mut reader, records).await;
}

#[tokio::test]
async fn any_record_at_all_is_collected_and_shown() {
    let text = prop_oneof![
        "\\PC{0,20}",
        Just(XSS.to_owned()),
        Just(BIDI.to_owned()),
        Just(FORMULA.to_owned()),
        "[\\x00-\\x1f]{0,5}"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(text.clone(), inner, 0..5)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    });
    let in_text = value.clone().prop_map(|value| Value::from(value.to_string()));
    let name = prop::sample::select(vec![
        "partnerId",
        "customerId",
        "customerName",
        "userPrincipalName",
        "applicationId",
        "resourceType",
        "operationType",
        "operationDate",
        "operationStatus",
        "resourceOldValue",
        "resourceNewValue",
        "customizedData",
        "attributes",
        "extra",
    ]);
    let operation = prop::sample::select(vec![
        "create_order",
        "update_subscription",
        "update_customer_user_licenses",
        "x",
    ]);
    let members = prop::collection::btree_map(name, prop_oneof![value, in_text], 0..8);
    let mut runner = TestRunner::deterministic();
    let records: Vec<String> = (0..150)
        .map(|n| {
            let (mut members, operation) = (members.clone(), operation.clone())
                .new_tree(&mut runner)
                .unwrap()
                .current();
            members.entry("operationType").or_insert_with(|| operation.into());
            let mut all: serde_json::Map<_, _> =
                members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
            // Otherwise two could be one.
            all.insert("sessionId".to_owned(), json!(n));
            all.insert("id".to_owned(), json!(format!("any-record-number-{n}")));
            Value::Object(all).to_string()
        })
        .collect();
    let program = Program::over(&records, now().date_naive()).await;
    let mut reader = program.signed_in(0).await;
    assert_all_shown(&mut reader, records).await;
}
