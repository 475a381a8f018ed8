//! The histories of things, and what belongs together with a record.

use http::StatusCode;
use serde_json::json;

use super::documented;
use crate::{
    records::{RELECLOUD, Record, record},
    support::dashboard::{Answer, Dashboard},
};

const E3: &str = "f428d44a-d08b-348b-579e-ce92a6362c7b";
const E5: &str = "a428d44a-d08b-348b-579e-ce92a6362c7b";
const ORDER: &str = "Ia80ZLkXp6eWOqpp35pBQJLhqv9IiGVZ1";

fn order() -> Record {
    let lines = json!([
        {"LineItemNumber": 0, "SubscriptionId": E5, "FriendlyName": "Microsoft 365 E5", "Quantity": 3},
        {"LineItemNumber": 1, "SubscriptionId": E3, "FriendlyName": "Microsoft 365 E3", "Quantity": 25},
    ]);
    record()
        .id("history-0001-the-order")
        .on("2026-11-01")
        .action("create_order")
        .with("resourceType", "order")
        .with("originalCorrelationId", "96514ebe-c1b2-4865-cb46-2c2d20a2e911")
        .with(
            "resourceNewValue",
            json!({"Id": ORDER, "AlternateId": "64144d300bde", "LineItems": lines}).to_string(),
        )
        .with(
            "customizedData",
            json!([{"key": "OrderId", "value": ORDER}, {"key": "AlternateId", "value": "64144d300bde"}]),
        )
}

/// A change of the first subscription's seats; the id as somebody else would write it.
fn update(number: usize, day: &str, old: u32, new: u32) -> Record {
    let value = |quantity: u32| {
        json!({"Id": E3.to_uppercase(), "OfferName": "Microsoft 365 E3", "Quantity": quantity}).to_string()
    };
    record()
        .id(&format!("history-{number:04}-an-update"))
        .on(day)
        .with("resourceOldValue", value(old))
        .with("resourceNewValue", value(new))
}

/// An order of two subscriptions, two changes of one of them, one of which failed, and somebody who mentions its id.
async fn dashboard() -> Dashboard {
    Dashboard::with(&[
        update(3, "2026-11-19", 30, 40).status("failed"),
        update(2, "2026-11-10", 25, 30).user("kenji.ito@partner.example"),
        order(),
        record()
            .id("history-0004-a-mention")
            .on("2026-11-20")
            .with("customizedData", json!([{"key": "Note", "value": E3}])),
    ])
    .await
}

fn shown(page: &Answer) -> Vec<String> {
    page.attributes("table.history tbody tr", "data-record-id")
}

#[tokio::test]
async fn a_subscription_is_told_from_its_order_to_its_last_change() {
    let dashboard = dashboard().await;
    let page = dashboard
        .get(&format!(
            "/history/subscription/{}?tz=Asia/Tokyo",
            E3.to_uppercase()
        ))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.one("h1"), "Microsoft 365 E3 Subscription history");
    assert_eq!(
        shown(&page),
        [
            "history-0001-the-order",
            "history-0002-an-update",
            "history-0003-an-update"
        ]
    );
    assert_eq!(page.one("#result"), "3 activities, oldest first (JST, UTC+9)");
    // Of the order only its own line, of a change what changed.
    let essentials = page.texts(".history .essentials");
    assert!(
        essentials[0].starts_with("25 × Microsoft 365 E3"),
        "{essentials:?}"
    );
    assert_eq!(
        page.texts(".history .changed li"),
        ["Quantity 25 → 30 (+5)", "Quantity 30 → 40 (+10)"]
    );
    let facts = page.texts(".thing dd");
    assert!(facts.contains(&"Relecloud".to_owned()), "{facts:?}");
    assert!(facts.contains(&"1 Nov 2026, 18:00".to_owned()), "{facts:?}");
    assert!(facts.contains(&"19 Nov 2026, 18:00".to_owned()), "{facts:?}");
    assert_eq!(
        page.attributes(".thing a", "href"),
        [format!("/customers/{RELECLOUD}")]
    );
    assert_eq!(
        page.attributes(".thing button.copy", "data-copy"),
        [E3.to_uppercase()]
    );
    let log = page.attributes(".result a", "href").remove(0);
    let log = dashboard.get(&log).await;
    assert_eq!(log.texts("#activity tr[data-record-id]").len(), 3);
    assert!(page.one("#coverage").len() > 10);
}

#[tokio::test]
async fn seats_are_drawn_with_a_table_of_the_records_that_say_so() {
    let dashboard = dashboard().await;
    let page = dashboard.get(&format!("/history/subscription/{E3}?tz=UTC")).await;
    // What failed changed nothing.
    assert_eq!(page.texts(".seats tbody td"), ["25", "30"]);
    let links = [
        "/activity/history-0001-the-order",
        "/activity/history-0002-an-update",
    ];
    assert_eq!(page.attributes(".seats tbody a", "href"), links);
    assert_eq!(page.attributes(".seats svg a", "href"), links);
    assert_eq!(page.texts(".seats svg title")[1], "10 Nov 2026, 09:00: 30 seats");
    assert!(page.texts(".thing dd").contains(&"30".to_owned()));
    // One number is no chart.
    let other = dashboard.get(&format!("/history/subscription/{E5}")).await;
    assert_eq!(other.texts(".seats"), [""; 0]);
    assert_eq!(other.one("h1"), "Microsoft 365 E5 Subscription history");
}

#[tokio::test]
async fn each_kind_of_thing_has_a_history_in_both_languages() {
    let dashboard = dashboard().await;
    dashboard.archive(&documented()).await;
    for (address, heading) in [
        (format!("/history/order/{ORDER}"), "64144d300bde Order history"),
        ("/history/order/64144d300bde".into(), "Order history"),
        (
            "/history/operation/96514ebe-c1b2-4865-cb46-2c2d20a2e911".into(),
            "One operation",
        ),
        (
            "/history/user/933808c7-b165-496c-a24e-1a4b7846fab4?lang=ja".into(),
            "ユーザー アカウントの履歴",
        ),
        (
            "/history/subscription/488745B5-2086-4912-802C-6ABB9F7C3638?lang=ja".into(),
            "Office 365 Business Premium Trial サブスクリプションの履歴",
        ),
    ] {
        let page = dashboard.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert_eq!(page.one("h1"), heading, "{address}");
        assert!(!shown(&page).is_empty(), "{address}");
    }
    let page = dashboard.get("/history/order/64144d300bde?lang=ja").await;
    assert_eq!(
        page.attributes(".thing a[href^='/history']", "href"),
        [format!("/history/order/{ORDER}")]
    );
    assert!(
        page.one("#result").starts_with("アクティビティ 2 件、古い順"),
        "{}",
        page.one("#result")
    );
}

#[tokio::test]
async fn a_long_history_is_turned_page_by_page_and_back() {
    let all: Vec<Record> = (0..120)
        .map(|n| {
            let at = format!("2026-10-{:02}T{:02}:00:00Z", 1 + n / 24, n % 24);
            update(n, &at, n as u32, n as u32 + 1)
        })
        .collect();
    let dashboard = Dashboard::with(&all).await;
    let first = dashboard.get(&format!("/history/subscription/{E3}")).await;
    assert_eq!(first.one("#result"), "120 activities, oldest first (UTC)");
    assert_eq!(first.attributes(".pager a[rel=prev]", "href"), [""; 0]);
    let mut page = first;
    let mut seen = shown(&page);
    while let Some(next) = page.attributes(".pager a[rel=next]", "href").pop() {
        page = dashboard.get(&next).await;
        seen.extend(shown(&page));
    }
    let ids: Vec<String> = (0..120).map(|n| format!("history-{n:04}-an-update")).collect();
    assert_eq!(seen, ids);
    let mut back = shown(&page).len();
    while let Some(previous) = page.attributes(".pager a[rel=prev]", "href").pop() {
        page = dashboard.get(&previous).await;
        back += shown(&page).len();
    }
    assert_eq!((back, shown(&page)), (120, ids[..50].to_vec()));
    // The chart has them all on every page.
    assert_eq!(page.texts(".seats tbody tr").len(), 120);
    assert!(page.texts(".thing dd").contains(&"120".to_owned()));
    let odd = dashboard
        .get(&format!("/history/subscription/{E3}?after=x"))
        .await;
    assert_eq!(shown(&odd), ids[..50]);
}

#[tokio::test]
async fn where_a_chart_would_take_too_much_it_says_where_it_ends_and_the_newest_number_is_right() {
    let all: Vec<Record> = (0..1_050)
        .map(|n| {
            let at = format!(
                "2026-{:02}-{:02}T{:02}:00:00Z",
                9 + n / 672,
                1 + n / 24 % 28,
                n % 24
            );
            update(n, &at, n as u32, n as u32 + 1)
        })
        .collect();
    let dashboard = Dashboard::with(&all).await;
    let page = dashboard.get(&format!("/history/subscription/{E3}?tz=UTC")).await;
    assert_eq!(page.one("#result"), "1,050 activities, oldest first (UTC)");
    assert_eq!(
        page.one(".seats .note"),
        "There are too many activities to show the numbers after 14 Oct 2026."
    );
    assert!(page.texts(".thing dd").contains(&"1,050".to_owned()));
    assert_eq!(page.texts(".seats tbody td").last().unwrap(), "1,000");
}

#[tokio::test]
async fn what_no_record_speaks_of_is_said_in_words() {
    let dashboard = dashboard().await;
    for (address, title) in [
        (
            "/history/subscription/00000000-1111-2222-3333-444444444444".to_owned(),
            "No activity in the archive speaks of this subscription.",
        ),
        // There, but in another role.
        (
            format!("/history/order/{E3}"),
            "No activity in the archive speaks of this order.",
        ),
        (
            "/history/user/00000000-0000-0000-0000-000000000000".to_owned(),
            "No activity in the archive speaks of this user account.",
        ),
        (
            "/history/order/%22%20OR%20subscription:x".to_owned(),
            "No activity in the archive speaks of this order.",
        ),
        (
            format!("/history/operation/{}", "a".repeat(5_000)),
            "No activity in the archive speaks of this operation.",
        ),
        (
            "/history/relationship/%3Cscript%3E?lang=ja".to_owned(),
            "この管理者リレーションシップに関するアクティビティはアーカイブにありません。",
        ),
    ] {
        let page = dashboard.get(&address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(page.one("h1"), title, "{address}");
    }
    let unknown = dashboard.get("/history/planet/mars").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let bad = dashboard.get("/history/order/%ff").await;
    assert!(bad.status.is_client_error(), "{}", bad.status);
}

#[tokio::test]
async fn hostile_names_and_ids_stay_text() {
    let value = json!({"Id": "x/../<b>", "SubscriptionId": "a/b:c", "FriendlyName": "<script>alert(1)</script>", "Quantity": 1});
    let named = json!({"LineItems": [value]});
    let dashboard = Dashboard::with(&[record()
        .id("history-of-a-hostile-one")
        .action("create_order")
        .customer("../../etc", "<img src=x>")
        .with("resourceNewValue", named.to_string())])
    .await;
    let page = dashboard.get("/history/subscription/a%2Fb%3Ac").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.one("h1").starts_with("<script>alert(1)</script>"));
    assert!(!page.text.contains("<script>alert") && !page.text.contains("<img src=x>"));
    assert_eq!(
        page.attributes(".thing a", "href"),
        ["/customers/%2E%2E%2F%2E%2E%2Fetc"]
    );
    let log = page.attributes(".result a", "href").remove(0);
    let log = dashboard.get(&log).await;
    assert_eq!(log.texts("#activity tr[data-record-id]").len(), 1);
}

/// Label, whole text and links of each line of what belongs together with a record.
fn thread(page: &Answer) -> Vec<(String, Vec<String>)> {
    let lines = page.texts(".thread li").len();
    (1..=lines)
        .map(|n| {
            let line = format!(".thread li:nth-child({n})");
            (page.one(&line), page.attributes(&format!("{line} a"), "href"))
        })
        .collect()
}

/// The page of a record once it says so. What is not counted in time is left out: a machine that is busy with other tests
/// may need another try.
async fn once(dashboard: &Dashboard, address: &str, says: impl Fn(&Answer) -> bool) -> Answer {
    let mut page = dashboard.get(address).await;
    for _ in 0..40 {
        if says(&page) {
            break;
        }
        page = dashboard.get(address).await;
    }
    page
}

#[tokio::test]
async fn a_record_leads_to_the_histories_of_its_things_and_to_its_neighbours() {
    let dashboard = dashboard().await;
    dashboard
        .archive(&[record()
            .id("history-0005-a-longer-name")
            .on("2026-11-02")
            .user("hanako.sato@partner.example.com")
            .customer("5c3b9a4e-0000-4000-8000-00000000fab1", "Fabrikam")
            .with("originalCorrelationId", "96514EBE-c1b2-4865-cb46-2c2d20a2e911")
            .json()])
        .await;
    for address in [
        "/activity/history-0001-the-order?tz=UTC",
        "/activity/history-0001-the-order?tz=UTC&fragment=1",
    ] {
        // What nothing else speaks of (the order, the other subscription) is not worth a line.
        let expected = [
            (
                "Same operation96514ebe-c1b2-4865-cb46-2c2d20a2e911 2 activities – \
                     96514ebe-c1b2-4865-cb46-2c2d20a2e911 exact, by ID"
                    .to_owned(),
                vec!["/history/operation/96514ebe-c1b2-4865-cb46-2c2d20a2e911".to_owned()],
            ),
            (
                "SubscriptionMicrosoft 365 E3 3 activities – Microsoft 365 E3 exact, by ID".to_owned(),
                vec![format!("/history/subscription/{E3}")],
            ),
            (
                // Whose name only begins so is somebody else.
                "Same personhanako.sato@partner.example by name\
                     After Updated a subscription, 19 Nov 2026, 09:00"
                    .to_owned(),
                vec!["/activity/history-0003-an-update".to_owned()],
            ),
            (
                "Same customerRelecloud exact, by IDAfter Updated a subscription, 10 Nov 2026, 09:00"
                    .to_owned(),
                vec!["/activity/history-0002-an-update".to_owned()],
            ),
        ];
        let page = once(&dashboard, address, |page| thread(page) == expected).await;
        assert_eq!(thread(&page), expected);
        for link in page.attributes(".thread a", "href") {
            assert_eq!(dashboard.get(&link).await.status, StatusCode::OK, "{link}");
        }
    }
}

#[tokio::test]
async fn neighbours_of_one_moment_are_each_passed_once() {
    let all: Vec<Record> = (0..5)
        .map(|n| {
            record()
                .id(&format!("history-{n:04}-at-one-moment"))
                .on("2026-11-05")
        })
        .collect();
    let dashboard = Dashboard::with(&all).await;
    let log = dashboard.get("/activity").await;
    let order = log.attributes("#activity tr[data-record-id]", "data-record-id");
    for (n, id) in order.iter().enumerate() {
        let beside = [order.get(n + 1), n.checked_sub(1).and_then(|n| order.get(n))];
        let expected: Vec<String> = beside
            .into_iter()
            .flatten()
            .map(|id| format!("/activity/{id}"))
            .collect();
        let links = |page: &Answer| page.attributes(".thread li:last-child a", "href");
        let address = format!("/activity/{id}?lang=ja");
        let page = once(&dashboard, &address, |page| links(page) == expected).await;
        assert_eq!(links(&page), expected);
    }
}

#[tokio::test]
async fn where_nothing_belongs_together_it_is_said() {
    let dashboard = Dashboard::with(&[record().id("history-all-alone").on("2026-11-05")]).await;
    let page = dashboard.get("/activity/history-all-alone").await;
    assert_eq!(
        page.one(".thread p"),
        "No related activities could be identified."
    );
    let page = dashboard.get("/activity/history-all-alone?lang=ja").await;
    assert_eq!(
        page.one(".thread p"),
        "関連するアクティビティを特定できませんでした。"
    );
}

#[tokio::test]
async fn of_many_things_a_few_are_named_and_counting_ends_at_a_hundred() {
    let lines: Vec<_> = (0..60)
        .map(|n| json!({"SubscriptionId": format!("s-{n:03}")}))
        .collect();
    let order = |n: usize| {
        record()
            .id(&format!("history-{n:04}-large-order"))
            .on(&format!("2026-11-05T09:00:{n:02}Z"))
            .action("create_order")
            .with(
                "resourceNewValue",
                json!({"Id": "o-1", "LineItems": lines}).to_string(),
            )
    };
    let dashboard = Dashboard::with(&[order(1), order(2)]).await;
    let lines = |page: &Answer| page.texts(".thread li");
    let of_subscriptions = |page: &Answer| {
        let lines = lines(page);
        let counted = |line: &&String| line.starts_with("Subscription") && line.contains("2 activities");
        lines.iter().filter(counted).count()
    };
    let page = once(&dashboard, "/activity/history-0001-large-order", |page| {
        of_subscriptions(page) == 5
    })
    .await;
    assert_eq!(of_subscriptions(&page), 5, "{:?}", lines(&page));
    assert!(
        lines(&page).contains(&"55 more are named in the record".to_owned()),
        "{:?}",
        lines(&page)
    );

    let many: Vec<Record> = (0..102)
        .map(|n| {
            record()
                .id(&format!("history-{n:04}-of-many"))
                .on(&format!("2026-11-05T09:{:02}:{:02}Z", n / 60, n % 60))
                .with("originalCorrelationId", "c-1")
        })
        .collect();
    let dashboard = Dashboard::with(&many).await;
    let more = |page: &Answer| {
        lines(page)
            .iter()
            .any(|line| line.contains("more than 100 activities"))
    };
    let page = once(&dashboard, "/activity/history-0050-of-many", more).await;
    assert!(more(&page), "{:?}", lines(&page));
}

#[tokio::test]
async fn the_customers_page_has_its_subscriptions_with_the_records_that_touched_each() {
    let dashboard = dashboard().await;
    let page = dashboard.get(&format!("/customers/{RELECLOUD}")).await;
    assert_eq!(page.one("#holdings"), "2 subscriptions in the records");
    // The one touched last comes first; what failed changed no seats.
    assert_eq!(
        page.texts(".holdings .title > :not(.id)"),
        ["Microsoft 365 E3", "30 seats", "Microsoft 365 E5", "3 seats"]
    );
    assert_eq!(
        page.attributes(".holdings .title a", "href"),
        [
            format!("/history/subscription/{}", E3.to_uppercase()),
            format!("/history/subscription/{E5}"),
        ]
    );
    assert_eq!(
        page.attributes(".holdings .recent-list a", "href"),
        [
            "/activity/history-0003-an-update",
            "/activity/history-0002-an-update",
            "/activity/history-0001-the-order",
            "/activity/history-0001-the-order",
        ]
    );
    assert_eq!(
        page.texts(".holdings summary"),
        ["3 activities: Microsoft 365 E3", "1 activity: Microsoft 365 E5"]
    );
    let history = dashboard.get(&format!("/history/subscription/{E5}")).await;
    assert!(
        history
            .attributes(".back a", "href")
            .contains(&format!("/customers/{RELECLOUD}/subscriptions"))
    );
}

#[tokio::test]
async fn of_a_customer_with_very_many_records_the_newest_tell_its_subscriptions() {
    let mut all: Vec<_> = (0..1_300).map(|n| update(n, "2026-11-10", 1, 2)).collect();
    all.push(order());
    // Records of users are many, too, and are not in the way.
    all.extend((0..300).map(|n| {
        record()
            .id(&format!("history-user-{n}"))
            .on("2026-11-12")
            .with("resourceType", "customer_user")
    }));
    let dashboard = Dashboard::with(&all).await;
    let page = dashboard.get(&format!("/customers/{RELECLOUD}?lang=ja")).await;
    assert_eq!(page.texts(".holdings .title").len(), 1);
    let note = page.one(".holdings > .muted");
    assert!(
        note.starts_with("注文とサブスクリプションの新しいアクティビティ "),
        "{note}"
    );
    // Not all of them are told, and the history has them.
    assert_eq!(page.texts(".holdings .recent-list li").len(), 5);
    assert_eq!(
        page.attributes(".holdings details > p a", "href"),
        [format!("/history/subscription/{}", E3.to_uppercase())]
    );
}

#[tokio::test]
async fn an_order_of_very_many_subscriptions_does_not_hold_the_customers_page_up() {
    let lines: Vec<_> = (0..4_000)
        .map(|n| {
            json!({"LineItemNumber": n, "SubscriptionId": format!("{n:08x}-aaaa-4000-8000-000000000000"), "Quantity": 1})
        })
        .collect();
    let large = order().with(
        "resourceNewValue",
        json!({"Id": ORDER, "LineItems": lines}).to_string(),
    );
    let dashboard = Dashboard::with(&[large]).await;
    let page = dashboard.get(&format!("/customers/{RELECLOUD}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.texts(".holdings .title").is_empty());
    // Not all of them are told, and the page says so.
    assert!(page.one(".holdings > .muted").starts_with("As its newest"));
}
