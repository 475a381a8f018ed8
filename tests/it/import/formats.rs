//! partnerlog's own exports, NDJSON and saved answers.

use chrono_tz::Tz;
use partnerlog::{
    collect::import::{Answers, Format as FileFormat, Reason},
    export::{Format, Rows},
    i18n::Lang,
    store::Source,
};
use serde_json::json;

use super::{Archive, form, tally};
use crate::records::{PARTNER, Record, record};

/// Records of every nasty kind that a spreadsheet or a CSV file could spoil.
fn nasty() -> Vec<String> {
    let twin = record().without("id").on("2026-07-01").json();
    let order = record()
        .id("partner_customer_createorder_1")
        .action("create_order")
        .with("resourceType", "order")
        .with(
            "resourceNewValue",
            r#"{"LineItems":[{"LineItemNumber":0,"FriendlyName":"A"},{"LineItemNumber":1,"FriendlyName":"B"}]}"#,
        );
    let mut all =
        vec![
        twin.clone(),
        twin,
        order.json(),
        record().id("short").on("2026-07-02").json(),
        record()
            .id("partner_customer_formula_1")
            .customer("0c39d6d5-c70d-4c55-bc02-f620844f3fd2", "=HYPERLINK(\"x\")")
            .user("+49@x")
            .json(),
        record()
            .id("partner_customer_lines_001")
            .with("customerName", "Two\r\nlines, \"quoted\"; 'and\t株式会社\u{0}\u{202e}")
            .json(),
        record()
            .id("partner_customer_long_0001")
            .with("resourceNewValue", "株".repeat(40_000))
            .json(),
        record()
            .id("partner_customer_data_0001")
            .with(
                "customizedData",
                json!([{"key": "b", "value": null}, {"key": "a", "value": "=1"}, {"key": "a", "value": "2"}]),
            )
            .json(),
        record().without("customerName").without("userPrincipalName").id("partner_customer_none_0001").json(),
        record().without("partnerId").without("id").on("2026-07-03").json(),
        record().action("some_new_operation").status("odd").without("id").on("2026-07-04").json(),
        record().without("operationDate").id("partner_customer_undated_01").json(),
    ];
    all.push(
        r#"{ "id":"partner_customer_as_received" ,"operationDate":"2026-11-19T01:02:03Z","partnerId":"9daaeb1c-4195-4db5-9f1d-509eb70c8c2d",
            "userPrincipalName":"\ud800\u0000","twice":1,"twice":2, "deep": [[[[1e400]]]] }"#
            .replace('\n', "\r\n"),
    );
    all
}

async fn nasty_archive() -> Archive {
    let archive = Archive::new().await;
    archive.collect(&nasty()).await;
    archive
}

#[tokio::test]
async fn a_plain_export_makes_the_same_archive_again_byte_for_byte() {
    let original = nasty_archive().await;
    for rows in [Rows::Activities, Rows::Items] {
        // Also in a zone that the file does not name: what has no date is filed under a time of the first column.
        let form = form(Format::CsvPlain, rows, Lang::Ja, Tz::Asia__Kathmandu);
        let file = original.export(form).await;
        let other = Archive::bare().await;
        let done = other.import(&file).await;
        assert_eq!(done.format, Some(FileFormat::CsvPlain));
        assert_eq!(
            tally(&done),
            [nasty().len() as u64, 0, 0, 0],
            "{:?}",
            done.reasons
        );
        assert_eq!(other.documents().await, original.documents().await);
        assert!(other.export(form).await == file, "the next export is the same");
        // Twice is once, and into the archive it came from it changes nothing.
        for archive in [&other, &original] {
            assert_eq!(
                tally(&archive.import(&file).await),
                [0, nasty().len() as u64, 0, 0]
            );
        }
        let ids = |entries: Vec<std::sync::Arc<partnerlog::store::Entry>>| {
            entries.into_iter().map(|e| e.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(other.entries().await), ids(original.entries().await));
        assert!(
            other
                .entries()
                .await
                .iter()
                .all(|e| e.account.tenant_id == PARTNER)
        );
    }
}

#[tokio::test]
async fn a_spreadsheet_doubles_nothing_and_never_hides_what_is_known() {
    let original = nasty_archive().await;
    let before = original.documents().await;
    for lang in Lang::ALL {
        for rows in [Rows::Activities, Rows::Items] {
            let file = original
                .export(form(Format::Csv, rows, lang, Tz::Asia__Tokyo))
                .await;
            let done = original.import(&file).await;
            assert_eq!(done.format, Some(FileFormat::Csv));
            assert_eq!(tally(&done), [0, before.len() as u64, 0, 0], "{:?}", done.reasons);
            assert_eq!(original.documents().await, before);
        }
    }
}

#[tokio::test]
async fn a_spreadsheet_keeps_what_it_has() {
    let original = nasty_archive().await;
    let file = original
        .export(form(Format::Csv, Rows::Items, Lang::Ja, Tz::Asia__Tokyo))
        .await;
    let other = Archive::new().await;
    let done = other.import(&file).await;
    assert_eq!(
        tally(&done),
        [nasty().len() as u64, 0, 0, 0],
        "{:?}",
        done.reasons
    );
    assert_eq!(tally(&other.import(&file).await), [0, nasty().len() as u64, 0, 0]);

    let (theirs, ours) = (original.entries().await, other.entries().await);
    let mut with_id = 0;
    for entry in &theirs {
        let Some(same) = ours.iter().find(|other| other.id == entry.id) else {
            // Whose id is no address, is known by it no more.
            assert_eq!(entry.record.given_id.as_deref(), Some("short"));
            continue;
        };
        with_id += 1;
        let (a, b) = (&entry.record, &same.record);
        if a.given_id.as_deref() == Some("partner_customer_as_received") {
            continue;
        }
        assert_eq!(a.operation_type, b.operation_type);
        assert_eq!(a.operation_status, b.operation_status);
        assert_eq!(a.customer_id, b.customer_id);
        assert_eq!(a.user_principal_name, b.user_principal_name);
        assert_eq!(a.operation_date, b.operation_date);
        assert_eq!(a.customized_data, b.customized_data);
        assert_eq!(same.source, Source::Imported);
        assert_eq!(same.imported_from.as_deref(), Some("file.csv"));
        if a.given_id.as_deref() == Some("partner_customer_long_0001") {
            let value = b.resource_new_value.as_deref().unwrap();
            assert!(value.len() > 90_000 && value.chars().all(|c| c == '株'));
            assert!(b.document.contains(r#""importedCut":["resourceNewValue"]"#));
        } else {
            assert_eq!(a.resource_new_value, b.resource_new_value);
        }
    }
    assert_eq!(with_id, theirs.len() - 1);

    // The whole records come later, take their places, and are not hidden again.
    let plain = original
        .export(form(Format::CsvPlain, Rows::Activities, Lang::En, Tz::UTC))
        .await;
    other.import(&plain).await;
    let after = other.documents().await;
    assert_eq!(tally(&other.import(&file).await)[0], 0);
    assert_eq!(other.documents().await, after);
    for document in original.documents().await {
        assert!(after.contains(&document), "{document}");
    }
}

#[tokio::test]
async fn a_spreadsheet_saved_again_with_semicolons_is_understood() {
    let original = Archive::with(&[record().id("partner_customer_update_1")]).await;
    let file = original
        .export(form(Format::Csv, Rows::Activities, Lang::En, Tz::UTC))
        .await;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&file[3..]);
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    for row in reader.records() {
        writer.write_record(&row.unwrap()).unwrap();
    }
    let saved = [b"sep=;\r\n", &writer.into_inner().unwrap()[..]].concat();
    assert_eq!(tally(&original.import(&saved).await), [0, 1, 0, 0]);
    let other = Archive::new().await;
    assert_eq!(tally(&other.import(&saved).await), [1, 0, 0, 0]);
}

#[tokio::test]
async fn exports_put_together_are_one_file() {
    let original = nasty_archive().await;
    let all = nasty().len() as u64;
    for (format, whole) in [(Format::CsvPlain, 0), (Format::Csv, 0)] {
        let one = original
            .export(form(format, Rows::Activities, Lang::Ja, Tz::UTC))
            .await;
        let twice = [&one[..], &one[..]].concat();
        let other = Archive::new().await;
        let done = other.import(&twice).await;
        assert_eq!(done.rejected, whole, "{format:?}: {:?}", done.reasons);
        assert_eq!(done.read, 2 * all, "{format:?}");
        assert_eq!(tally(&original.import(&twice).await)[0], 0, "{format:?}");
    }
    let line = record().id("partner_customer_update_1").json();
    let done = Archive::new()
        .await
        .import(format!("\u{feff}{line}\n\u{feff}{line}\n"))
        .await;
    assert_eq!(tally(&done), [1, 1, 0, 0]);
}

#[tokio::test]
async fn accounts_may_alternate_and_their_records_are_not_mixed_up() {
    // Nothing in such records says whose they are: only the column does.
    let same = record().without("partnerId").without("id").json();
    let original = Archive::new().await;
    let (one, other) = (PARTNER, "11111111-2222-4333-8444-555555555555");
    let quoted = same.replace('"', "\"\"");
    let rows: String = (0..6)
        .map(|n| format!("2026-08-14 00:00:00,h-{n},{},\"{quoted}\"\n", [one, other][n % 2]))
        .collect();
    let file = format!("dateTime,id,partnerId,record\n{rows}");
    assert_eq!(tally(&original.import(&file).await), [6, 0, 0, 0]);
    assert_eq!(tally(&original.import(&file).await), [0, 6, 0, 0]);
    let of = |all: &[std::sync::Arc<partnerlog::store::Entry>], tenant: &str| {
        all.iter()
            .filter(|entry| entry.account.tenant_id == tenant)
            .count()
    };
    let all = original.entries().await;
    assert_eq!((of(&all, one), of(&all, other)), (3, 3));
}

#[tokio::test]
async fn accounts_that_nobody_knows_are_said_and_are_few() {
    let archive = Archive::new().await;
    let of = |partner: &str, n: usize| {
        record()
            .id(&format!("partner_customer_update_{n}"))
            .with("partnerId", partner)
            .json()
    };
    let mut lines: Vec<_> = (0..150).map(|n| of(&format!("tenant-{n}"), n)).collect();
    lines.push(of(&"x".repeat(5_000), 150));
    lines.push(of("TENANT-0", 151));
    let done = archive.import(lines.join("\n")).await;
    assert_eq!(tally(&done), [101, 0, 0, 51]);
    assert_eq!(done.new_accounts.len(), 100);
    assert_eq!(done.new_accounts[0], "tenant-0");
    assert!(
        done.reasons
            .iter()
            .all(|(_, reason)| *reason == Reason::TooManyAccounts)
    );
}

#[tokio::test]
async fn an_export_that_names_an_unknown_account_is_asked_about() {
    let original = Archive::with(&[record().id("partner_customer_update_1")]).await;
    let file = original
        .export(form(Format::Csv, Rows::Activities, Lang::En, Tz::UTC))
        .await;
    let other = Archive::bare().await;
    let tenant = "11111111-2222-4333-8444-555555555555";
    other.store.account(tenant, "Fabrikam").await.unwrap();
    let done = other.import(&file).await;
    assert_eq!(
        done.reasons,
        [(2, Reason::UnknownAccount("Contoso Japan".to_owned()))]
    );
    assert!(done.asks_account);
    let said = Answers {
        account: Some(tenant.to_owned()),
        ..Answers::default()
    };
    assert_eq!(tally(&other.try_import(&file, said).await.unwrap()), [1, 0, 0, 0]);
    assert_eq!(other.entries().await[0].account.name, "Fabrikam");
}

#[tokio::test]
async fn a_record_without_a_partner_is_never_given_to_one_of_several() {
    let archive = Archive::new().await;
    archive.store.account("another", "Another").await.unwrap();
    let line = record()
        .without("partnerId")
        .id("partner_customer_update_1")
        .json();
    let done = archive.import(&line).await;
    assert_eq!(done.reasons, [(1, Reason::NoAccount)]);
    let said = Answers {
        account: Some(PARTNER.to_owned()),
        ..Answers::default()
    };
    assert_eq!(
        tally(&archive.try_import(&line, said).await.unwrap()),
        [1, 0, 0, 0]
    );
}

#[tokio::test]
async fn equal_records_count_once_each_however_far_apart() {
    let archive = Archive::new().await;
    let twin = record().without("id").json();
    let id = record().id("partner_customer_update_x").json();
    let others: Vec<_> = (0..4_500)
        .map(|n| record().id(&format!("partner_customer_update_{n}")).json())
        .collect();
    let file = format!("{twin}\n{id}\n{}\n{twin}\n{id}\n", others.join("\n"));
    let done = archive.import(&file).await;
    assert_eq!(tally(&done), [4_503, 1, 0, 0]);
    assert_eq!(tally(&archive.import(&file).await), [0, 4_504, 0, 0]);
}

#[tokio::test]
async fn a_changed_record_is_a_version_and_says_where_it_came_from() {
    let one = record().id("partner_customer_update_1");
    let archive = Archive::with(&[one.clone().status("progress")]).await;
    assert_eq!(archive.entries().await[0].imported_from, None);
    let done = archive.import(one.status("succeeded").json()).await;
    assert_eq!(tally(&done), [0, 0, 1, 0]);
    let entry = &archive.entries().await[0];
    assert_eq!(
        (entry.versions, &*entry.record.operation_status.0),
        (2, "progress")
    );

    let imports = archive.store.imports(10).await.unwrap();
    let import = &imports[0];
    assert_eq!(
        (&*import.file, &*import.format, &*import.imported_by),
        ("file.csv", "ndjson", "Hanako Sato")
    );
    assert!(import.finished && import.sha256.is_some());
    assert_eq!((import.counts.read, import.counts.appended.revised), (1, 1));
}

#[tokio::test]
async fn a_saved_answer_that_was_cut_on_its_way_changes_nothing() {
    let one: Record = record().id("partner_customer_update_1");
    let whole = format!(
        "{{\"totalCount\":2,\n\"items\":[{},\n{}]}}",
        one.json(),
        one.json()
    );
    let archive = Archive::new().await;
    for length in [whole.len() - 1, whole.len() - 2, whole.len() / 2, 60] {
        let refused = archive
            .try_import(&whole[..length], Answers::default())
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("not understood"), "{refused}");
    }
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&whole).unwrap()).unwrap();
    let done = archive.import(pretty).await;
    assert_eq!(done.format, Some(FileFormat::Answers));
    assert_eq!(tally(&done), [1, 1, 0, 0]);
}
