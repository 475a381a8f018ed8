//! A file is written piece by piece, however large a record is and however many rows it makes.

use std::{sync::Arc, time::Duration};

use chrono_tz::Tz;
use futures_util::{StreamExt as _, TryStreamExt as _};
use partnerlog::{
    audit::{Cursor, Selection, Ticks, cursor::Direction, selection::FilterKey},
    collect::import,
    export::{Form, Format, Rows},
    i18n::Lang,
    store::{Appended, Documents, Parts, Store, StoreError, Stretch, sql::connection::Connection},
};
use zstd::zstd_safe::DCtx;

use crate::support::archive;
use crate::{
    records::{Record, record},
    support::exported,
};

async fn archive(records: &[Record]) -> (Arc<dyn Store>, tempfile::TempDir) {
    let (store, folder) = empty_archive().await;
    let documents: Vec<_> = records.iter().map(Record::json).collect();
    import(&store, &documents).await;
    (store, folder)
}

async fn empty_archive() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = archive::open(&folder.path().join("archive.db")).await.unwrap();
    (Arc::new(store), folder)
}

/// Takes a list of records in, as one saved answer.
async fn import(store: &Arc<dyn Store>, documents: &[String]) -> Appended {
    let (file, now) = (
        format!("[{}]", documents.join(",")),
        "2026-11-20T12:00:00Z".parse().unwrap(),
    );
    let done = import::import(&**store, file.as_bytes(), now).await.unwrap();
    assert_eq!((done.read, done.rejected), (documents.len() as u64, 0));
    done.appended
}

/// A whole export, as rows by the names of the header.
async fn table(store: &Arc<dyn Store>, form: Form) -> Vec<std::collections::HashMap<String, String>> {
    let file = exported::chunks(store, everything(), form).await.concat();
    csv::Reader::from_reader(&file[..])
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

fn everything() -> Selection {
    Selection::everything(Tz::UTC, "2026-11-20".parse().unwrap())
}

fn form(format: Format, rows: Rows) -> Form {
    exported::form(format, rows, Lang::En, Tz::UTC)
}

#[tokio::test]
async fn an_order_with_many_lines_is_not_held_in_memory_once_for_each() {
    let lines: Vec<_> = (0..300)
        .map(|n| {
            format!(
                r#"{{"LineItemNumber":{n},"FriendlyName":"Product {n}","Quantity":{n},"Pad":"{:0>150}"}}"#,
                n
            )
        })
        .collect();
    let value = format!(r#"{{"Id":"order","LineItems":[{}]}}"#, lines.join(","));
    let order = record()
        .id("partner_customer_createorder_1")
        .action("create_order")
        .with("resourceType", "order");
    let (store, _folder) = archive(&[order.with("resourceNewValue", &*value)]).await;
    let mut file = Vec::new();
    for chunk in exported::chunks(&store, everything(), form(Format::CsvPlain, Rows::Items)).await {
        // A chunk ends with the row that fills it; quotation marks in the value are doubled.
        assert!(
            chunk.len() < (1 << 20) + 3 * value.len(),
            "a chunk of {} bytes",
            chunk.len()
        );
        file.extend_from_slice(&chunk);
    }
    let mut reader = csv::Reader::from_reader(&file[..]);
    let products: Vec<_> = reader.records().map(|row| row.unwrap()[18].to_owned()).collect();
    assert_eq!(products.len(), 300);
    assert_eq!((&*products[0], &*products[299]), ("Product 0", "Product 299"));
}

#[tokio::test]
async fn a_page_ends_before_large_documents_fill_the_memory_and_nothing_is_left_out() {
    let large = |n: u32| {
        record()
            .id(&format!("partner_customer_large_{n}"))
            .with("resourceNewValue", "x".repeat(5_000_000))
    };
    let (store, _folder) = archive(&(0..8).map(large).collect::<Vec<_>>()).await;
    let (mut seen, mut at) = (Vec::new(), None);
    loop {
        let page = store.page(&everything(), at.as_ref(), 100).await.unwrap();
        assert!((1..=3).contains(&page.entries.len()));
        seen.extend(page.entries.iter().map(|entry| entry.id.to_string()));
        match page.older {
            Some(older) => at = Some(older),
            None => break,
        }
    }
    let all: Vec<_> = (0..8).map(|n| format!("partner_customer_large_{n}")).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn from_a_plain_file_the_archive_can_be_made_again() {
    let plain = record().without("id");
    let twins = plain.json();
    let order = record()
        .id("partner_customer_createorder_1")
        .with("resourceType", "order")
        .with(
            "resourceNewValue",
            r#"{"LineItems":[{"LineItemNumber":0},{"LineItemNumber":1}]}"#,
        );
    let documents = [
        twins.clone(),
        twins,
        order.json(),
        record()
            .id("partner_customer_null_values")
            .with("customerName", serde_json::Value::Null)
            .json(),
        record()
            .id("partner_customer_new_members")
            .with("somethingNew", serde_json::json!({"a": [1.50, "=1+1"]}))
            .json(),
        r#"{ "id":"partner_customer_as_received" ,"operationDate":"2026-11-19T01:02:03Z","partnerId":"9daaeb1c-4195-4db5-9f1d-509eb70c8c2d",
            "userPrincipalName":"\ud800\u0000","twice":1,"twice":2 }"#
            .replace('\n', "\r\n"),
    ];
    let (store, _folder) = empty_archive().await;
    import(&store, &documents).await;

    for shape in [Rows::Activities, Rows::Items] {
        let rows = table(&store, form(Format::CsvPlain, shape)).await;
        let exported: Vec<_> = rows
            .iter()
            .map(|row| row["record"].clone())
            .filter(|document| !document.is_empty())
            .collect();
        let (mut sorted, mut original) = (exported.clone(), documents.to_vec());
        sorted.sort();
        original.sort();
        assert_eq!(sorted, original);

        let again = import(&store, &exported).await;
        assert_eq!((again.new, again.revised), (0, 0));
        let (other, _folder) = empty_archive().await;
        assert_eq!(import(&other, &exported).await.new, documents.len() as u64);
        assert_eq!(table(&other, form(Format::CsvPlain, shape)).await, rows);
    }
}

#[tokio::test]
async fn a_file_of_lines_or_for_programs_makes_the_same_archive_again() {
    let documents = nasty();
    let (store, _folder) = empty_archive().await;
    import(&store, &documents).await;
    for (format, shape) in [
        (Format::Ndjson, Rows::Activities),
        (Format::CsvPlain, Rows::Activities),
        (Format::CsvPlain, Rows::Items),
    ] {
        let file = exported::chunks(&store, everything(), form(format, shape))
            .await
            .concat();
        let (other, _folder) = empty_archive().await;
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let done = import::import(&*other, &file[..], now).await.unwrap();
        assert_eq!(
            (done.rejected, done.appended.new),
            (0, documents.len() as u64),
            "{format:?}"
        );
        let again = exported::chunks(&other, everything(), form(format, shape))
            .await
            .concat();
        assert!(again == file, "{format:?}, {shape:?}");
        let (mut kept, mut original) = (documents_of(&other).await, documents.clone());
        kept.sort();
        original.sort();
        assert_eq!(kept, original);
    }
}

/// Every document of an archive.
async fn documents_of(store: &Arc<dyn Store>) -> Vec<String> {
    let (mut all, mut at) = (Vec::new(), None);
    loop {
        let page = store.page(&everything(), at.as_ref(), 100).await.unwrap();
        all.extend(page.entries.iter().map(|entry| entry.record.document.to_string()));
        match page.older {
            Some(older) => at = Some(older),
            None => return all,
        }
    }
}

/// Records that are hard to write down.
fn nasty() -> Vec<String> {
    let texts = [
        "",
        " ",
        "\"",
        "\"\"",
        ",",
        ";",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "a\r\nb\nc",
        "=1+1",
        "+1",
        "-1",
        "@x",
        "＝1",
        "'",
        "'=1",
        "\u{feff}",
        "\u{0}",
        "\u{1}",
        "\u{7f}",
        "\u{2028}",
        "\u{fffe}",
        "😀",
        "株式会社",
        "\u{202e}abc",
        "_x0041_",
        "TRUE",
        "1e5",
        "0012",
        "2026-01-01",
        "NULL",
        "</script>",
        "\\",
        "\\n",
        "%00",
        "{}",
        "[]",
        "{\"a\":\"=1\"}",
    ];
    let mut all: Vec<String> = (0..)
        .zip(texts)
        .map(|(n, text)| {
            record()
                .id(&format!("partner_customer_nasty_{n:04}"))
                .with("customerName", text)
                .with("userPrincipalName", text)
                .with("resourceOldValue", text)
                .with(
                    "resourceNewValue",
                    format!("{{\"Note\":{}}}", serde_json::Value::from(text)),
                )
                .with(
                    "customizedData",
                    serde_json::json!([{"key": text, "value": text}]),
                )
                .with(text, text)
                .json()
        })
        .collect();
    // In several lines, as a tool for people writes it; without an id; with what nothing has a place for.
    all.push(
        all[5]
            .replace("nasty_0005", "nasty_9005")
            .replace("\",\"", "\",\r\n  \""),
    );
    all.push(
        record()
            .without("id")
            .with("new member", serde_json::json!({"a": [1.50, null]}))
            .json(),
    );
    all.push(
        record()
            .id("partner_customer_long_0001")
            .with("resourceNewValue", "株=".repeat(40_000))
            .json(),
    );
    all
}

#[tokio::test]
async fn an_order_with_too_many_lines_says_how_many_have_no_row() {
    let lines: Vec<_> = (0..1_234)
        .map(|n| format!(r#"{{"LineItemNumber":{n}}}"#))
        .collect();
    let order = record()
        .id("partner_customer_createorder_1")
        .with("resourceType", "order")
        .with(
            "resourceNewValue",
            format!(r#"{{"LineItems":[{}]}}"#, lines.join(",")),
        );
    let (store, _folder) = archive(&[order]).await;
    let rows = table(&store, form(Format::Csv, Rows::Items)).await;
    assert_eq!(rows.len(), 1_001);
    assert_eq!(rows[999]["Line"], "999");
    assert_eq!(
        (&*rows[1_000]["Line"], &*rows[1_000]["Product"]),
        ("", "234 more in the raw record.")
    );
    assert_eq!(rows[1_000]["Record ID"], rows[0]["Record ID"]);
}

#[tokio::test]
async fn records_of_very_different_sizes_come_whole_and_in_order() {
    let mut seed = 1_u64;
    let mut random = |letters: usize| -> String {
        let mut draw = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        (0..letters / 16).map(|_| format!("{:016x}", draw())).collect()
    };
    // Small ones, then more than is sent together of large ones, then small ones again; over three years and within a day.
    let records: Vec<String> = (0..160)
        .map(|n| {
            let large = if (60..100).contains(&n) { 200_000 } else { 160 };
            let date = match n {
                0..120 => format!("2026-11-01T10:{:02}:{:02}.0000000Z", 59 - n / 60, 59 - n % 60),
                _ => format!(
                    "{}-{:02}-15T00:00:00.0000000Z",
                    2026 - (n - 120) / 12,
                    12 - (n - 120) % 12
                ),
            };
            let who = if n % 3 == 0 {
                "ada@partner.example"
            } else {
                "grace@partner.example"
            };
            let record = record().id(&format!("partner_record_{n:04}")).on(&date);
            record
                .with("userPrincipalName", who)
                .with("resourceNewValue", random(large))
                .json()
        })
        .collect();
    // What is dated last in 2026 comes first.
    let mut in_order: Vec<usize> = (0..160).collect();
    in_order.sort_by_key(|n| match n {
        0..120 => (0, *n),
        120..122 => (-1, *n),
        _ => (1, *n),
    });
    let (store, _folder) = empty_archive().await;
    import(&store, &records).await;
    for user in [None, Some("ada@partner.example"), Some("partner.example")] {
        let selection = match user {
            None => everything(),
            Some(user) => everything().with(FilterKey::User, false, user),
        };
        let file = exported::chunks(&store, selection, form(Format::Ndjson, Rows::Activities))
            .await
            .concat();
        let file = String::from_utf8(file).unwrap();
        let expected: Vec<&str> = in_order
            .iter()
            .filter(|n| user != Some("ada@partner.example") || *n % 3 == 0)
            .map(|n| records[*n].as_str())
            .collect();
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{user:?}");
        for (at, (line, expected)) in lines.iter().zip(&expected).enumerate() {
            assert!(
                line == expected,
                "{user:?}: line {at} is {:.60}… of {}",
                line,
                line.len()
            );
        }
    }
}

/// Everything, in parts as exports read it.
fn parts() -> Parts {
    Parts {
        selection: everything(),
        archived: None,
        customers: Vec::new(),
        at: None,
        first: 7,
        most: None,
        patience: Duration::ZERO,
    }
}

/// The ids of all records of each part, and where the part after it begins.
async fn ids(store: &Arc<dyn Store>, of: Parts) -> Result<Vec<(Vec<String>, Option<Cursor>)>, StoreError> {
    let ids = |part: Documents| {
        let mut context = DCtx::create();
        let filed = part.iter().map(|document| part.read(document, &mut context));
        let ids = filed.map(|filed| Ok(filed?.id.to_string()));
        Ok((ids.collect::<Result<_, StoreError>>()?, part.older))
    };
    let parts = of.read(Arc::clone(store));
    parts.map(|part| part.and_then(ids)).try_collect::<Vec<_>>().await
}

/// So many records, the newest first, in threes of one date; every tenth is of another customer, every hundredth is long.
async fn many(count: usize) -> (Arc<dyn Store>, tempfile::TempDir, Vec<String>) {
    let id = |n: usize| format!("partner_record_{n:05}");
    let records: Vec<_> = (0..count)
        .map(|n| {
            let second = (count - n / 3 * 3) / 3;
            let date = format!(
                "2026-10-01T{:02}:{:02}:{:02}Z",
                second / 3_600,
                second / 60 % 60,
                second % 60
            );
            let record = record().id(&id(n)).on(&date);
            let record = match n % 10 {
                0 => record.with("customerId", "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"),
                _ => record.with("customerId", "11111111-c70d-4c55-bc02-f620844f3fd1"),
            };
            match n % 100 {
                // Such that it stays long when it is packed.
                0 => record.with(
                    "resourceNewValue",
                    (0..4_000)
                        .map(|i| format!("{:x}", i * i * (n + 7)))
                        .collect::<String>(),
                ),
                _ => record,
            }
        })
        .collect();
    let (store, folder) = archive(&records).await;
    (store, folder, (0..count).map(id).collect())
}

#[tokio::test]
async fn parts_hold_every_record_once_and_in_order_whatever_they_begin_with() {
    let (store, _folder, all) = many(2_000).await;
    let read = ids(&store, parts()).await.unwrap();
    assert!(read.len() > 3);
    assert_eq!(
        read.iter().flat_map(|(ids, _)| ids.clone()).collect::<Vec<_>>(),
        all
    );
    // So many and no more, and the rest from where they end.
    let some = Parts {
        most: Some(1_234),
        ..parts()
    };
    let read = ids(&store, some).await.unwrap();
    let first: Vec<_> = read.iter().flat_map(|(ids, _)| ids.clone()).collect();
    assert_eq!(first, all[..1_234]);
    let rest = Parts {
        at: read.last().unwrap().1,
        ..parts()
    };
    let rest = ids(&store, rest).await.unwrap();
    assert_eq!(
        rest.into_iter().flat_map(|(ids, _)| ids).collect::<Vec<_>>(),
        all[1_234..]
    );
    // Of one customer: so many of its records.
    let tenth: Vec<_> = all.iter().step_by(10).cloned().collect();
    let of = |most| Parts {
        customers: vec!["0C39D6D5-c70d-4c55-bc02-f620844f3fd1".to_owned()],
        most,
        ..parts()
    };
    for (most, wanted) in [(None, &tenth[..]), (Some(150), &tenth[..150])] {
        let read = ids(&store, of(most)).await.unwrap();
        assert_eq!(
            read.into_iter().flat_map(|(ids, _)| ids).collect::<Vec<_>>(),
            wanted
        );
    }
    // What is found in memory, near each other and not.
    for text in ["customer:0c39d6d5-c70d-4c55-bc02-f620844f3fd1", "relecloud"] {
        let filtered = Parts {
            selection: everything().searching(text),
            ..parts()
        };
        let read = ids(&store, filtered).await.unwrap();
        let read: Vec<_> = read.into_iter().flat_map(|(ids, _)| ids).collect();
        let paged = exported::chunks(
            &store,
            everything().searching(text),
            form(Format::Ndjson, Rows::Activities),
        )
        .await;
        let lines = paged.concat().iter().filter(|byte| **byte == b'\n').count();
        assert_eq!((read.len(), read.is_sorted()), (lines, true), "{text}");
        assert!(lines > 100, "{text}: {lines}");
    }
}

/// Since when the next 448 records are: it is not known on a machine that is too busy to look.
async fn reach(store: &Arc<dyn Store>, at: Option<Cursor>) -> Ticks {
    for _ in 0..100 {
        if let Some(since) = store.reach(&everything(), at, 448).await {
            return since;
        }
    }
    panic!("nothing is known of what comes behind {at:?}");
}

/// Several parts are read at a time where memory knows how far each reaches, however its records crowd.
#[tokio::test]
async fn parts_that_are_read_beside_each_other_hold_every_record_once_and_in_order() {
    let (store, _folder, mut all) = many(2_500).await;
    // Of one second more than a part takes, and more bytes than one takes.
    let crowded = |n: usize| {
        record()
            .id(&format!("partner_record_0crowd{n:04}"))
            .on("2026-10-01T00:05:00Z")
    };
    let long = |n: usize| {
        let noise = (0..120_000)
            .map(|i| format!("{:x}", i * i * (n + 7)))
            .collect::<String>();
        let date = format!("2026-10-01T00:02:00.{n:03}Z");
        record()
            .id(&format!("partner_record_long{n:02}"))
            .on(&date)
            .with("resourceNewValue", noise)
    };
    let more = (0..1_300).map(crowded).chain((0..12).map(long));
    import(&store, &more.map(|record| record.json()).collect::<Vec<_>>()).await;
    // Reads everything into memory.
    store
        .overview(&everything(), &[], Duration::from_secs(60))
        .await
        .unwrap();
    let since = reach(&store, None).await;
    assert_eq!(
        store.reach(&everything(), None, 5_000).await,
        None,
        "there are no more"
    );
    assert_eq!(
        store.reach(&everything().searching("relecloud"), None, 448).await,
        None
    );
    let stretch = Stretch {
        at: None,
        since,
        most: 600,
        most_bytes: 1 << 30,
    };
    let first = store.documents(&everything(), None, stretch).await.unwrap();
    assert_eq!(first.older, None);
    let first = first.documents().unwrap();
    assert!((449..600).contains(&first.len()), "{}", first.len());
    assert!(first.iter().all(|document| document.ticks >= since));
    // Behind the end of a second, all of it is of the next stretch, and counts.
    let at = Cursor {
        direction: Direction::Older,
        ticks: Ticks(since.0 - 1),
        record: 0,
    };
    let next = Stretch {
        at: Some(at),
        since: reach(&store, Some(at)).await,
        ..stretch
    };
    let next = store.documents(&everything(), None, next).await.unwrap();
    let next = next.documents().unwrap().len();
    assert!((449..455).contains(&next) || next > 1_300, "{next}");
    // A machine that is too busy to look reads one after the other.
    let is_edge = |older: &Option<Cursor>| older.is_some_and(|older| older.record == 0);
    let (mut first, mut edges) = (Vec::new(), 0);
    for _ in 0..20 {
        first = ids(&store, parts()).await.unwrap();
        edges = first.iter().filter(|(_, older)| is_edge(older)).count();
        if edges > 2 {
            break;
        }
    }
    assert!(edges > 2, "whole stretches were read beside each other");
    assert!(first.iter().all(|(ids, _)| ids.len() <= 512));
    let more_bytes = first
        .iter()
        .filter(|(ids, _)| ids.iter().any(|id| id.contains("long")));
    assert!(more_bytes.count() > 2, "a part ends behind a megabyte");
    let read: Vec<_> = first.iter().flat_map(|(ids, _)| ids.clone()).collect();
    let paged = Parts {
        most: Some(u32::MAX),
        ..parts()
    };
    let one_by_one: Vec<_> = ids(&store, paged)
        .await
        .unwrap()
        .into_iter()
        .flat_map(|(ids, _)| ids)
        .collect();
    assert_eq!(read, one_by_one);
    assert!(read.iter().filter(|id| id.contains("crowd")).is_sorted());
    all.retain(|id| !read.contains(id));
    assert_eq!((read.len(), all), (2_500 + 1_300 + 12, vec![]));
    // Each part says where the next begins.
    for (at, (_, older)) in first.iter().enumerate().step_by(2) {
        let rest = Parts {
            at: *older,
            ..parts()
        };
        let rest: Vec<_> = match older {
            Some(_) => ids(&store, rest)
                .await
                .unwrap()
                .into_iter()
                .flat_map(|(ids, _)| ids)
                .collect(),
            None => vec![],
        };
        let wanted: Vec<_> = first[at + 1..].iter().flat_map(|(ids, _)| ids.clone()).collect();
        assert_eq!(rest, wanted);
    }
}

#[tokio::test]
async fn a_fault_comes_in_its_place_and_nothing_after_it() {
    for in_memory in [false, true] {
        a_fault_comes_in_its_place(in_memory).await;
    }
}

async fn a_fault_comes_in_its_place(in_memory: bool) {
    let (store, folder, all) = many(1_400).await;
    if in_memory {
        store
            .overview(&everything(), &[], Duration::from_secs(60))
            .await
            .unwrap();
    }
    archive::with(&folder.path().join("archive.db"), |connection| {
        let damage = match connection {
            Connection::File(_) => "UPDATE version SET document = x'00' WHERE seq = 1000",
            Connection::Server(_) => "UPDATE version SET document = '\\x00' WHERE seq = 1000",
        };
        connection.execute_batch(damage).unwrap();
    });
    let mut read = std::pin::pin!(parts().read(Arc::clone(&store)));
    let mut records = 0;
    let fault = loop {
        match read.next().await.expect("there is a fault before the end") {
            Ok(part) => records += part.len(),
            Err(fault) => break fault,
        }
    };
    assert!(matches!(fault, StoreError::Database(_)), "{fault}");
    assert!((7..all.len()).contains(&records), "{records}");
    assert!(read.next().await.is_none());
    // What is read again, and what is read of the rest, is as before.
    assert_eq!(
        store.page(&everything(), None, 10).await.unwrap().entries.len(),
        10
    );
}
