//! The activity log: the contract's promises, its states, its links.

use chrono::TimeDelta;
use http::StatusCode;

use super::documented;
use crate::{
    records::{RELECLOUD, record},
    support::dashboard::{Dashboard, now},
};

/// Ten records, two a day, the newest on the day of the tests.
async fn ten() -> Dashboard {
    let records: Vec<_> = (0..10)
        .map(|i| {
            let at = now() - TimeDelta::hours(12 * i);
            record()
                .id(&format!("record-number-{i:04}"))
                .on(&at.format("%Y-%m-%dT%H:%M:%S.1234567Z").to_string())
        })
        .collect();
    Dashboard::with(&records).await
}

#[tokio::test]
async fn the_table_is_as_the_contract_promises() {
    let page = ten().await.get("/activity").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.texts("table#activity > thead th[scope=col]"),
        [
            "Date-Time (UTC)",
            "Affected customer",
            "Action",
            "Partner user",
            "Details"
        ]
    );
    assert_eq!(page.one("#activity > caption"), page.one("h2#result"));
    let ids = page.attributes("#activity > tbody > tr[data-record-id]", "data-record-id");
    assert_eq!(ids.len(), 10);
    assert_eq!(ids[0], "record-number-0000");
    assert_eq!(
        page.attributes("#activity tr[data-record-id]", "id")[0],
        "r-record-number-0000"
    );
    assert_eq!(
        page.attributes("#r-record-number-0000 td:first-child time", "datetime"),
        ["2026-11-20T12:00:00.1234567Z"]
    );
    assert_eq!(
        page.attributes("#r-record-number-0000 td:last-child a", "href"),
        ["/activity/record-number-0000"]
    );
    assert_eq!(
        page.one("#r-record-number-0000 td:last-child a"),
        "Details of Updated a subscription, 20 Nov 2026, 12:00:00"
    );
    assert_eq!(
        page.attributes("form[method=get] input[type=date]", "name"),
        ["from", "to"]
    );
    assert_eq!(
        page.attributes("form input[type=date]", "value"),
        ["2026-10-22", "2026-11-20"]
    );
    assert_eq!(
        page.attributes("#r-record-number-0000 td:nth-child(2) a", "href"),
        [format!("/customers/{RELECLOUD}/subscriptions")]
    );
}

#[tokio::test]
async fn rows_are_grouped_by_the_readers_days() {
    let dashboard = ten().await;
    let page = dashboard.get("/activity?tz=Asia/Tokyo&lang=ja").await;
    assert_eq!(
        page.texts("tr.day th[scope=rowgroup]")[..2],
        ["2026年11月20日 (金)", "2026年11月19日 (木)"]
    );
    assert_eq!(page.texts("#activity > thead th")[0], "日時 (JST、UTC+9)");
    assert_eq!(page.one("#r-record-number-0000 .when"), "2026/11/20 21:00:00");
}

#[tokio::test]
async fn the_documented_records_are_shown_in_both_languages() {
    let dashboard = Dashboard::new().await;
    dashboard.archive(&documented()).await;
    let page = dashboard
        .get("/activity?from=2017-06-01&to=2017-06-30&lang=en")
        .await;
    assert_eq!(
        page.texts("td.action .what"),
        ["Created an order", "Updated a customer user's licences"]
    );
    assert_eq!(page.texts("td.customer"), ["Relecloud", "Relecloud"]);
    assert!(
        page.texts(".essentials")
            .iter()
            .any(|t| t.contains("25 × Office 365 Business Premium Trial"))
    );
    let page = dashboard
        .get("/activity?from=2017-06-01&to=2017-06-30&lang=ja")
        .await;
    assert!(
        page.texts("td.action .what")
            .contains(&"注文を作成した".to_owned())
    );
    let page = dashboard.get("/activity?from=2020-09-02&to=2020-09-02").await;
    let customers = page.texts("td.customer");
    assert!(customers.iter().all(|name| !name.is_empty()), "{customers:?}");
}

#[tokio::test]
async fn a_sentence_says_what_is_shown() {
    let dashboard = ten().await;
    let page = dashboard
        .get("/activity?from=2026-11-18&to=2026-11-19&customer=rele&-status=failed")
        .await;
    assert_eq!(
        page.one("h2#result"),
        "4 activities, 18 Nov 2026 00:00 – 19 Nov 2026 23:59 (UTC), 2 filters"
    );
    let page = dashboard
        .get("/activity?lang=ja&from=2026-11-20&to=2026-11-20&tz=UTC")
        .await;
    assert_eq!(
        page.one("h2#result"),
        "2 件のアクティビティ、2026/11/20 00:00 ～ 現在 (UTC)"
    );
}

#[tokio::test]
async fn newer_and_older_lead_through_all_pages() {
    let records: Vec<_> = (0..60)
        .map(|i| {
            record()
                .id(&format!("record-number-{i:04}"))
                .on(&format!("2026-11-19T10:00:{i:02}Z"))
        })
        .collect();
    let dashboard = Dashboard::with(&records).await;
    let first = dashboard.get("/activity?size=25").await;
    assert_eq!(first.attributes("a[rel=prev]", "href"), [""; 0]);
    assert!(first.one(".position").starts_with("1–25 of 60"));
    let second = dashboard.get(&first.attributes("a[rel=next]", "href")[0]).await;
    assert_eq!(
        second.attributes("tr[data-record-id]", "data-record-id")[0],
        "record-number-0034"
    );
    let third = dashboard.get(&second.attributes("a[rel=next]", "href")[0]).await;
    assert_eq!(third.attributes("tr[data-record-id]", "data-record-id").len(), 10);
    assert_eq!(third.attributes("a[rel=next]", "href"), [""; 0]);
    assert_eq!(third.one(".position"), "51–60 of 60");
    let back = dashboard.get(&third.attributes("a[rel=prev]", "href")[0]).await;
    assert_eq!(
        back.attributes("tr[data-record-id]", "data-record-id"),
        second.attributes("tr[data-record-id]", "data-record-id")
    );
}

#[tokio::test]
async fn every_selected_filter_is_a_link_that_removes_it() {
    let dashboard = ten().await;
    let page = dashboard
        .get("/activity?action=create_order&action=update_subscription&-status=failed&size=25&tz=Asia/Tokyo")
        .await;
    assert_eq!(
        page.texts("ul.chips a bdi"),
        ["Created an order", "Updated a subscription", "Failed"]
    );
    assert_eq!(
        page.attributes("ul.chips a", "href")[0],
        "/activity?tz=Asia%2FTokyo&action=update_subscription&-status=failed&size=25"
    );
    assert_eq!(
        page.attributes("ul.chips li:last-child a", "href"),
        ["/activity?tz=Asia%2FTokyo&size=25"],
        "all of them at once"
    );
    // What is excluded goes along unseen, so that Apply loses nothing.
    let hidden: Vec<_> = page
        .attributes("form.filters input[type=hidden]", "name")
        .into_iter()
        .zip(page.attributes("form.filters input[type=hidden]", "value"))
        .collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        hidden,
        [
            pair("tz", "Asia/Tokyo"),
            pair("size", "25"),
            pair("-status", "failed")
        ]
    );
    assert_eq!(
        page.attributes("form.filters input[name=action][checked]", "value"),
        ["update_subscription", "create_order"]
    );
}

#[tokio::test]
async fn export_downloads_what_is_shown() {
    let dashboard = ten().await;
    let query = "from=2026-11-18&to=2026-11-20&tz=Asia%2FTokyo&customer=rele";
    let page = dashboard.get(&format!("/activity?{query}")).await;
    assert_eq!(page.one("a#export"), "Export log");
    assert_eq!(
        page.attributes("a#export", "href"),
        [format!("/activity/export?{query}&format=csv")]
    );
    assert_eq!(
        dashboard
            .get(&page.attributes("a#export", "href")[0])
            .await
            .header("content-type"),
        "text/csv; charset=utf-8"
    );
}

#[tokio::test]
async fn bad_dates_are_named_and_everything_else_applies() {
    let dashboard = ten().await;
    let page = dashboard.get("/activity?from=2024-13-01&customer=rele").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(page.attributes(".banner.error[role=alert] a", "href"), ["#from"]);
    assert_eq!(
        page.one("#from-error"),
        "“2024-13-01” is not a date. Enter it like 2024-05-31."
    );
    assert_eq!(page.attributes("input#from", "value"), ["2024-13-01"]);
    assert_eq!(page.attributes("input#customer", "value"), ["rele"]);
    assert_eq!(page.attributes("tr[data-record-id]", "id").len(), 10);
}

#[tokio::test]
async fn to_before_from_is_said_and_nothing_is_swapped() {
    let dashboard = ten().await;
    let page = dashboard
        .get("/activity?from=2026-11-20&to=2026-11-01&lang=ja")
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        page.one("#to-error"),
        "終了日は開始日 (2026-11-20) 以降の日付を指定してください。"
    );
    assert_eq!(
        page.attributes("input[type=date]", "value"),
        ["2026-11-20", "2026-11-01"]
    );
}

#[tokio::test]
async fn without_a_match_the_filters_and_the_nearest_activity_are_offered() {
    let dashboard = ten().await;
    let page = dashboard
        .get("/activity?from=2026-01-01&to=2026-01-31&customer=relecloud")
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.one(".empty-title"), "No activities match these filters");
    assert_eq!(page.texts(".empty .chips bdi"), ["relecloud"]);
    let nearest = page.attributes(".empty p a", "href");
    assert_eq!(page.one(".empty p a"), "Nearest activity: 16 Nov 2026 – show");
    let page = dashboard.get(&nearest[0]).await;
    assert!(!page.attributes("tr[data-record-id]", "id").is_empty());
    // The range ends before the archive begins.
    let page = dashboard.get("/activity?from=2026-01-01&to=2026-01-31").await;
    assert!(
        page.one("p.banner")
            .starts_with("The archive starts on 16 Nov 2026.")
    );
}

#[tokio::test]
async fn an_empty_archive_says_that_the_first_collection_began() {
    let page = Dashboard::new().await.get("/activity").await;
    assert_eq!(page.one(".empty-title"), "No activity has been collected yet");
    assert!(
        page.one(".empty")
            .contains("The first collection started at 20 Nov 2026, 12:00.")
    );
}

#[tokio::test]
async fn a_missing_customer_or_user_leaves_no_blank() {
    let dashboard = Dashboard::with(&[
        record()
            .id("nobody-for-nobody")
            .on("2026-11-20")
            .without("customerId")
            .without("customerName")
            .without("userPrincipalName")
            .without("applicationId"),
        record()
            .id("application-without-person")
            .on("2026-11-19")
            .without("customerName")
            .without("userPrincipalName")
            .with("applicationId", "FulfillmentService")
            .status("failed"),
    ])
    .await;
    let page = dashboard.get("/activity").await;
    assert_eq!(page.one("#r-nobody-for-nobody td.customer"), "(no customer)");
    assert_eq!(page.one("#r-nobody-for-nobody td.user"), "(unknown)");
    assert_eq!(page.one("#r-application-without-person td.user .badge"), "App");
    assert_eq!(page.one("#r-application-without-person .outcome-mark"), "Failed");
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let hostile = "<script>alert(1)</script>\"'>{{7*7}}\u{202e}";
    let dashboard = Dashboard::with(&[record()
        .id("a-hostile-record-0001")
        .on("2026-11-20")
        .with("customerName", hostile)
        .with("customerId", hostile)
        .user(hostile)
        .action(hostile)
        .status(hostile)
        .with("resourceNewValue", hostile)])
    .await;
    for address in [
        "/activity?customer=%3Cscript%3Ealert(1)%3C/script%3E&lang=en",
        "/activity?lang=ja",
        "/activity/a-hostile-record-0001",
        "/activity/a-hostile-record-0001?fragment=1",
        "/activity?from=%3Cscript%3E&to=%22%3E%3Cimg+src%3Dx%3E",
    ] {
        let page = dashboard.get(address).await;
        assert!(
            page.attributes("script", "src")
                .iter()
                .all(|src| src.starts_with("/static/")),
            "{address}"
        );
        assert_eq!(page.texts("script").concat(), "", "{address}");
        assert_eq!(page.attributes("img", "src"), [""; 0], "{address}");
        assert!(
            !page.text.contains(" style=") && !page.text.contains(" onclick="),
            "{address}"
        );
    }
    let page = dashboard.get("/activity").await;
    assert_eq!(page.one("td.customer bdi"), hostile);
}
