//! A file is written piece by piece, however large a record is and however many rows it makes.

use std::sync::Arc;

use chrono_tz::Tz;
use futures_util::StreamExt;
use partnerlog::{
    audit::Selection,
    export::{Form, Format, Rows, rows},
    i18n::Lang,
    store::{Batch, Source, Store, sqlite::SqliteStore},
};

use crate::records::{Record, record};

async fn archive(records: &[Record]) -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("archive.db"))
        .await
        .unwrap();
    let account = store.account("p", "Contoso").await.unwrap();
    let records = records.iter().map(Record::incoming).collect();
    let archived_at = "2026-11-20T12:00:00Z".parse().unwrap();
    let batch = Batch {
        account,
        source: Source::Collected,
        archived_at,
        records,
    };
    store.append(batch).await.unwrap();
    (Arc::new(store), folder)
}

fn everything() -> Selection {
    Selection::everything(Tz::UTC, "2026-11-20".parse().unwrap())
}

fn form(format: Format, rows: Rows) -> Form {
    Form {
        format,
        rows,
        lang: Lang::En,
        zone: Tz::UTC,
    }
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
    let mut chunks = rows(store, everything(), form(Format::CsvPlain, Rows::Items));
    let mut file = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.unwrap();
        // A chunk ends with the row that fills it; quotation marks in the value are doubled.
        assert!(
            chunk.len() < 256 * 1024 + 3 * value.len(),
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
