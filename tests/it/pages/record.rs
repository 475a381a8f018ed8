//! One record: its page, its fragment, its raw document.

use http::StatusCode;

use super::documented;
use crate::{records::record, support::dashboard::Dashboard};

const CHANGED: &str = r#"{"Id":"s-1","FriendlyName":"Microsoft 365 E3","Quantity":25,"Status":"active"}"#;

fn changed() -> crate::records::Record {
    record()
        .id("a-changed-subscription")
        .on("2026-11-20")
        .with("resourceOldValue", CHANGED)
        .with("resourceNewValue", CHANGED.replace("25", "30"))
}

#[tokio::test]
async fn a_record_has_a_page_with_all_its_parts() {
    let dashboard = Dashboard::with(&[changed()]).await;
    let page = dashboard
        .get("/activity/a-changed-subscription?tz=Asia/Tokyo")
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.one("h1"), "Updated a subscription");
    assert!(page.one(".sentence").contains("Relecloud"));
    assert_eq!(page.texts(".changes tbody del"), ["25"]);
    assert_eq!(page.texts(".changes tbody ins"), ["30"]);
    assert_eq!(page.one(".changes .delta"), "(+5)");
    assert!(
        page.texts("dd")
            .contains(&"20 Nov 2026, 18:00:00 (JST, UTC+9)".to_owned())
    );
    assert!(
        page.texts("dd code")
            .contains(&"2026-11-20T09:00:00.0000000Z".to_owned())
    );
    let summary = page
        .attributes("button.copy", "data-copy")
        .into_iter()
        .find(|t| t.lines().count() > 3);
    let summary = summary.unwrap();
    assert!(
        summary.starts_with("Date-Time: 20 Nov 2026, 18:00:00 (JST, UTC+9)\nAffected customer: Relecloud\n")
    );
    assert!(summary.contains("Link: https://log.contoso.example/activity/a-changed-subscription\n"));
}

#[tokio::test]
async fn under_its_row_the_same_details_come_without_a_frame() {
    let dashboard = Dashboard::with(&[changed()]).await;
    let by_header = dashboard
        .get_with(
            "/activity/a-changed-subscription?status=succeeded",
            &[("x-requested-with", "partnerlog")],
        )
        .await;
    assert_eq!(by_header.texts("header, footer, h1, title"), [""; 0]);
    assert_eq!(by_header.texts(".changes tbody ins"), ["30"]);
    // Adding to the filters of the log that it opens in.
    let links = by_header.attributes(".pivots .links a", "href");
    assert!(
        links.iter().all(|link| link.contains("status=succeeded")),
        "{links:?}"
    );
    assert!(links.iter().any(|link| link.contains("&-customer=")), "{links:?}");
    let by_query = dashboard.get("/activity/a-changed-subscription?fragment=1").await;
    assert_eq!(by_query.texts("header, footer, h1"), [""; 0]);
}

#[tokio::test]
async fn a_record_that_is_not_there_is_said_in_words() {
    let dashboard = Dashboard::new().await;
    for address in [
        "/activity/no-such-record-in-here",
        "/activity/x",
        "/activity/%00",
        "/activity/..%2f..%2fetc",
    ] {
        let page = dashboard.get(address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(
            page.one("h1"),
            "This activity is not in the archive.",
            "{address}"
        );
    }
}

#[tokio::test]
async fn the_raw_document_is_sent_byte_for_byte() {
    let document =
        "{ \"id\":\"verbatim-record-0001\",\"operationDate\":\"2026-11-20T09:00:00Z\",\"n\":1e400,\"n\":2}";
    let dashboard = Dashboard::new().await;
    dashboard.archive(&[document.to_owned()]).await;
    let raw = dashboard.get("/activity/verbatim-record-0001/raw").await;
    assert_eq!(raw.text, document);
    assert_eq!(raw.header("content-type"), "application/json");
    assert_eq!(
        raw.header("content-disposition"),
        "attachment; filename=\"activity-verbatim-record-0001.json\""
    );
    let page = dashboard.get("/activity/verbatim-record-0001").await;
    assert!(page.text.contains("&quot;n&quot;: 1e400") || page.text.contains("&#34;n&#34;: 1e400"));
}

#[tokio::test]
async fn a_value_that_is_not_json_is_shown_as_received() {
    let dashboard = Dashboard::with(&[record()
        .id("a-broken-value-0001")
        .on("2026-11-20")
        .with("resourceNewValue", "{\"Id\": <oops>")])
    .await;
    let page = dashboard.get("/activity/a-broken-value-0001?lang=ja").await;
    assert!(
        page.texts(".note")
            .contains(&"この値は有効な JSON ではないため、受信したまま表示しています。".to_owned())
    );
    assert!(page.texts("pre").contains(&"{\"Id\": <oops>".to_owned()));
}

#[tokio::test]
async fn secrets_are_masked_on_the_page() {
    let dashboard = Dashboard::with(&[record().id("a-record-with-a-secret").on("2026-11-20").with(
        "resourceNewValue",
        r#"{"PasswordProfile":{"Password":"hunter2-hunter2"}}"#,
    )])
    .await;
    let page = dashboard.get("/activity/a-record-with-a-secret").await;
    assert!(!page.text.contains("hunter2"));
}

#[tokio::test]
async fn two_hundred_line_items_begin_with_twenty() {
    let lines: Vec<_> = (0..200)
        .map(|i| serde_json::json!({"LineItemNumber": i, "FriendlyName": format!("Product {i}"), "Quantity": i}))
        .collect();
    let order = serde_json::json!({"Id": "o-1", "LineItems": lines}).to_string();
    let dashboard = Dashboard::with(&[record()
        .id("an-order-of-200-lines")
        .on("2026-11-20")
        .action("create_order")
        .with("resourceType", "order")
        .with("resourceNewValue", order)])
    .await;
    let page = dashboard.get("/activity/an-order-of-200-lines").await;
    assert_eq!(page.texts("details .items tbody td.name").len(), 180);
    assert_eq!(page.texts(".items tbody td.name").len(), 200);
    assert_eq!(page.one(".more-items summary"), "Show all 200");
}

#[tokio::test]
async fn every_documented_record_can_be_opened() {
    let dashboard = Dashboard::new().await;
    dashboard.archive(&documented()).await;
    let page = dashboard.get("/activity?from=&size=100").await;
    let links = page.attributes("a.expand", "href");
    assert!(links.len() >= 2, "{}", links.len());
    for link in links {
        for lang in ["en", "ja"] {
            let page = dashboard.get(&format!("{link}?lang={lang}")).await;
            assert_eq!(page.status, StatusCode::OK, "{link}");
            assert!(!page.one(".sentence").is_empty());
        }
    }
}

#[tokio::test]
async fn a_record_that_changed_keeps_its_versions_at_addresses_of_their_own() {
    let id = "a-record-that-changed-0001";
    let at = |status: &str, quantity: &str| {
        record()
            .id(id)
            .on("2026-11-20")
            .status(status)
            .with("resourceNewValue", CHANGED.replace("25", quantity))
            .with("resourceOldValue", r#"{"Password":"hunter2"}"#)
            .json()
    };
    let documents = [at("progress", "25"), at("progress", "30"), at("succeeded", "30")];
    let dashboard = Dashboard::new().await;
    for document in &documents {
        dashboard.archive(std::slice::from_ref(document)).await;
    }
    let newest = dashboard.get(&format!("/activity/{id}")).await;
    assert!(
        newest
            .text
            .contains("Version 3 of 3 – changed on 20 Nov 2026, 12:00:00")
    );
    assert_eq!(newest.texts(".old-version"), [""; 0]);
    assert_eq!(
        newest.texts("#versions li"),
        [
            "Version 3 of 3 Collected 20 Nov 2026, 12:00:00 Newest",
            "Version 2 of 3 Collected 20 Nov 2026, 12:00:00",
            "Version 1 of 3 Collected 20 Nov 2026, 12:00:00",
        ]
    );
    assert_eq!(
        newest.attributes("#versions li a", "href"),
        [
            format!("/activity/{id}?version=2"),
            format!("/activity/{id}?version=1")
        ]
    );
    assert_eq!(newest.one("#versions h3"), "What has changed since version 2");
    assert_eq!(
        newest.texts("#versions tbody tr"),
        ["StatusIn progress→Succeeded"]
    );

    let first = dashboard.get(&format!("/activity/{id}?version=1")).await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(
        first
            .one(".old-version")
            .starts_with("This is version 1 of 3, not the newest one.")
    );
    assert_eq!(
        first.attributes(".old-version a", "href"),
        [format!("/activity/{id}")]
    );
    assert_eq!(first.one("h1 .outcome-mark"), "In progress");
    assert_eq!(first.one("#versions h3"), "What version 2 changed");
    assert_eq!(
        first.texts("#versions tbody tr"),
        ["New value, Quantity25→30 (+5)"]
    );
    assert!(!first.text.contains("hunter2"));
    let link = format!("https://log.contoso.example/activity/{id}?version=1");
    assert!(first.attributes("button.copy", "data-copy").contains(&link));
    let raw = first.attributes("a[download]", "href").remove(0);
    assert_eq!(dashboard.get(&raw).await.text, documents[0]);
    assert_eq!(
        dashboard.get(&format!("/activity/{id}/raw")).await.text,
        documents[2]
    );

    let japanese = dashboard.get(&format!("/activity/{id}?version=2&lang=ja")).await;
    assert!(
        japanese
            .one(".old-version")
            .starts_with("これはバージョン 2 / 3 で、最新ではありません。")
    );
    let fragment = dashboard.get(&format!("/activity/{id}?fragment=1")).await;
    assert_eq!(fragment.texts("#versions li").len(), 3);
    for odd in ["0", "4", "-1", "x", "", "99999999999"] {
        for address in ["", "/raw"] {
            let page = dashboard
                .get(&format!("/activity/{id}{address}?version={odd}"))
                .await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{odd}");
        }
    }
    // A record with one version says nothing of versions.
    dashboard
        .archive(&[record().id("a-record-as-it-was-0001").on("2026-11-20").json()])
        .await;
    let page = dashboard.get("/activity/a-record-as-it-was-0001").await;
    assert_eq!(page.texts("#versions"), [""; 0]);
    let page = dashboard.get("/activity/a-record-as-it-was-0001?version=1").await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn secrets_are_shown_to_managers_alone_and_that_is_noted_for_good() {
    let secret = record().id("a-record-with-a-secret-1").on("2026-11-20").with(
        "resourceNewValue",
        r#"{"UserPrincipalName":"hanako@relecloud.example","Password":"hunter2"}"#,
    );
    let plain = record().id("a-record-without-one-01").on("2026-11-20");
    let mut dashboard = Dashboard::with(&[secret, plain]).await;
    let page = dashboard.get("/activity/a-record-with-a-secret-1").await;
    assert!(!page.text.contains("hunter2"));
    assert_eq!(
        page.attributes(".secrets form", "action"),
        ["/activity/a-record-with-a-secret-1/reveal"]
    );
    let other = dashboard.get("/activity/a-record-without-one-01").await;
    assert_eq!(other.texts(".secrets"), [""; 0]);
    assert!(
        dashboard
            .get("/access-log")
            .await
            .texts("main tbody tr")
            .is_empty()
    );

    let shown = dashboard
        .post("/activity/a-record-with-a-secret-1/reveal", "")
        .await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.texts("dd").contains(&"hunter2".to_owned()));
    assert!(shown.one("pre").contains("hunter2"));
    assert_eq!(
        shown.attributes(".banner a", "href"),
        ["/activity/a-record-with-a-secret-1"]
    );
    // The row and the page stay as they were.
    let page = dashboard.get("/activity/a-record-with-a-secret-1").await;
    assert!(!page.text.contains("hunter2"));
    dashboard.get("/activity/a-record-with-a-secret-1/raw").await;
    let log = dashboard.get("/access-log").await;
    let rows = log.texts("main tbody tr");
    assert_eq!(rows.len(), 2);
    assert!(rows[0].contains("Raw record downloaded") && rows[1].contains("Hidden values shown"));
    assert!(rows[1].contains("a-record-with-a-secret-1"));

    dashboard.role = Some("helpdesk_agent");
    let page = dashboard.get("/activity/a-record-with-a-secret-1").await;
    assert_eq!(page.texts(".secrets form"), [""; 0]);
    assert!(page.one(".secrets").contains("••••"));
    let refused = dashboard
        .post("/activity/a-record-with-a-secret-1/reveal", "")
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.text.contains("hunter2"));
    assert_eq!(dashboard.get("/access-log").await.status, StatusCode::FORBIDDEN);
    dashboard.role = Some("admin_agent");
    let missing = dashboard.post("/activity/no-such-record-at-all/reveal", "").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(dashboard.get("/access-log").await.texts("main tbody tr").len(), 2);
}

#[tokio::test]
async fn a_record_of_five_megabytes_is_read_part_by_part() {
    let long: String = (0..100_000)
        .map(|n| format!(r#""Member{n}":"value number {n} of very many""#))
        .collect::<Vec<_>>()
        .join(",");
    let large = record()
        .id("a-record-of-five-megabytes")
        .on("2026-11-20")
        .with("resourceNewValue", format!("{{{long}}}"));
    assert!(large.json().len() > 4_000_000);
    let dashboard = Dashboard::with(&[large]).await;
    let page = dashboard.get("/activity/a-record-of-five-megabytes").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.len() < 1_000_000);
    let next = page.attributes("#raw .note a", "href").remove(0);
    assert_eq!(next, "/activity/a-record-of-five-megabytes?part=2#raw");
    let last = dashboard
        .get("/activity/a-record-of-five-megabytes?part=9999")
        .await;
    assert!(last.one("pre").contains("value number 99999 of very many"));
    assert_eq!(last.attributes("#raw .note a", "href").len(), 1);
    let row = dashboard.get("/activity?from=2026-11-20").await;
    assert_eq!(
        row.attributes("#activity tr[data-record-id]", "data-record-id")
            .len(),
        1
    );
    assert!(row.text.len() < 100_000);
}

#[tokio::test]
async fn the_block_for_a_ticket_says_what_happened_plain_and_in_markdown() {
    let dashboard = Dashboard::with(&[changed()]).await;
    let page = dashboard
        .get("/activity/a-changed-subscription?tz=Asia/Tokyo")
        .await;
    let blocks = page.attributes("button.copy", "data-copy");
    let sentence = page.one(".sentence");
    assert!(sentence.contains("increased the quantity of Microsoft 365 E3 at Relecloud from 25 to 30 (+5)."));
    for start in ["Date-Time: ", "- **Date-Time**: "] {
        let block = blocks.iter().find(|block| block.starts_with(start)).unwrap();
        assert!(block.contains("20 Nov 2026, 18:00:00 (JST, UTC+9)"));
        assert!(block.contains("Quantity 25 → 30 (+5)"));
        assert!(block.contains("https://log.contoso.example/activity/a-changed-subscription"));
    }
    assert!(blocks.iter().any(|block| block.contains(&sentence)));
}

#[tokio::test]
async fn without_an_old_value_the_activity_before_of_the_same_thing_is_compared_with() {
    let subscription = |id: &str, day: &str, quantity: u32| {
        record().id(id).on(day).with(
            "resourceNewValue",
            format!(r#"{{"Id":"s-1","FriendlyName":"E3","Quantity":{quantity},"Status":"active"}}"#),
        )
    };
    let dashboard = Dashboard::with(&[
        subscription("subscription-as-it-was-1", "2026-11-10", 25),
        subscription("subscription-that-failed", "2026-11-12", 500).with("operationStatus", "failed"),
        subscription("subscription-as-it-is-01", "2026-11-14", 30),
        // Says less of the same thing: nothing of it was removed.
        record()
            .id("subscription-in-one-word")
            .on("2026-11-16")
            .with("resourceNewValue", r#"{"Id":"s-1","Status":"suspended"}"#),
    ])
    .await;
    let page = dashboard.get("/activity/subscription-as-it-is-01").await;
    assert_eq!(page.texts(".earlier tbody tr"), ["Quantity25→30 (+5)"]);
    assert_eq!(
        page.attributes(".earlier p a", "href"),
        ["/activity/subscription-as-it-was-1"]
    );
    let page = dashboard.get("/activity/subscription-in-one-word?lang=ja").await;
    assert_eq!(page.texts(".earlier tbody tr"), ["状態アクティブ→中断"]);
    for without in ["subscription-as-it-was-1", "subscription-that-failed"] {
        let page = dashboard.get(&format!("/activity/{without}")).await;
        assert_eq!(page.texts(".earlier"), [""; 0], "{without}");
    }
}

#[tokio::test]
async fn ids_are_called_as_the_newest_record_does_that_came_to_pass() {
    const USER: &str = "482e2152-4b49-48ec-b715-823365ce3d4c";
    let user = |id: &str, day: &str, name: &str| {
        record()
            .id(id)
            .on(day)
            .with("operationType", "update_customer_user")
            .with("resourceType", "customer_user")
            .with(
                "resourceNewValue",
                format!(r#"{{"Id":"{USER}","UserPrincipalName":"{name}"}}"#),
            )
    };
    let licence = record()
        .id("a-licence-of-somebody-01")
        .on("2026-11-15")
        .with("operationType", "update_customer_user_licenses")
        .with("resourceType", "license")
        .with(
            "resourceNewValue",
            r#"{"LicensesToAssign":[{"SkuId":"6fd2c87f-b296-42f0-b197-1e91e994b900"}]}"#,
        )
        .with(
            "customizedData",
            serde_json::json!([{"key": "CustomerUserId", "value": USER}]),
        );
    let dashboard = Dashboard::with(&[
        user(
            "a-user-is-created-000001",
            "2026-11-10",
            "hanako@relecloud.example",
        ),
        licence,
        user(
            "a-user-is-not-renamed-01",
            "2026-11-18",
            "other@relecloud.example",
        )
        .with("operationStatus", "failed"),
    ])
    .await;
    let mut page = dashboard.get("/activity/a-licence-of-somebody-01").await;
    // A page waits for names a tenth of a second; a busy machine has them a little later.
    for _ in 0..50 {
        if page.one(".sentence").contains("relecloud.example") {
            break;
        }
        page = dashboard.get("/activity/a-licence-of-somebody-01").await;
    }
    assert!(
        page.one(".sentence")
            .contains("assigned Office 365 E3 to hanako@relecloud.example at Relecloud."),
        "{}",
        page.one(".sentence")
    );
    assert!(page.text.contains(USER));
}
