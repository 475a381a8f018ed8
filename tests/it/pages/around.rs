//! What surrounds the log: language, zone, settings, subscriptions, errors, the pages of signing in.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use partnerlog::{
    clock::Clock,
    identity::{SignInPage, SignInPages as _},
    web::{SubscriptionRow, SubscriptionsUnavailable, sign_in_pages::Pages},
};

use crate::{
    records::{RELECLOUD, record},
    support::dashboard::{Dashboard, now},
};

#[tokio::test]
async fn the_language_comes_from_the_address_then_the_cookie_then_the_browser() {
    let dashboard = Dashboard::new().await;
    let h1 = async |address: &str, cookie: &str, accept: &str| {
        dashboard
            .get_with(address, &[("cookie", cookie), ("accept-language", accept)])
            .await
            .one("h1")
    };
    assert_eq!(h1("/activity", "", "ja,en;q=0.5").await, "アクティビティ ログ");
    assert_eq!(h1("/activity", "lang=en", "ja").await, "Activity log");
    assert_eq!(
        h1("/activity?lang=ja", "lang=en", "en").await,
        "アクティビティ ログ"
    );
    assert_eq!(h1("/activity?lang=xx", "", "").await, "Activity log");
    let page = dashboard.get("/activity?lang=ja&customer=a%26b").await;
    assert_eq!(
        page.header("set-cookie"),
        "lang=ja; Path=/; Max-Age=31536000; SameSite=Lax; Secure"
    );
    assert_eq!(page.attributes("html", "lang"), ["ja"]);
    assert_eq!(
        page.attributes(".languages a[hreflang=en]", "href"),
        ["/activity?customer=a%26b&lang=en"]
    );
}

#[tokio::test]
async fn the_zone_comes_from_the_address_then_the_preference_then_the_browser() {
    let dashboard = Dashboard::with(&[record().id("a-record-of-a-zone").on("2026-11-20")]).await;
    let column = async |address: &str, cookie: &str| {
        dashboard
            .get_with(address, &[("cookie", cookie)])
            .await
            .texts("#activity > thead th")[0]
            .clone()
    };
    assert_eq!(column("/activity", "").await, "Date-Time (UTC)");
    assert_eq!(
        column("/activity", "tz=Asia/Tokyo").await,
        "Date-Time (JST, UTC+9)"
    );
    assert_eq!(
        column("/activity", "tz=Asia/Tokyo; zone=Europe/Berlin").await,
        "Date-Time (CET, UTC+1)"
    );
    assert_eq!(
        column("/activity?tz=UTC", "tz=Asia/Tokyo").await,
        "Date-Time (UTC)"
    );
    let page = dashboard
        .get_with("/activity?customer=rele", &[("cookie", "tz=Asia/Tokyo")])
        .await;
    assert_eq!(
        page.attributes("a.switch-zone", "href"),
        ["/activity?customer=rele&tz=UTC"]
    );
}

#[tokio::test]
async fn preferences_are_kept_in_cookies() {
    let dashboard = Dashboard::new().await;
    let saved = dashboard.post("/settings", "lang=ja&zone=Asia%2FTokyo").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let cookies: Vec<_> = saved
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|v| v.to_str().unwrap())
        .collect();
    assert_eq!(
        cookies,
        [
            "lang=ja; Path=/; Max-Age=31536000; SameSite=Lax; Secure",
            "zone=Asia/Tokyo; Path=/; Max-Age=31536000; SameSite=Lax; Secure",
            "keys=; Path=/; Max-Age=0; SameSite=Lax; Secure"
        ]
    );
    let page = dashboard
        .get_with("/settings?saved=1", &[("cookie", "lang=ja; zone=Asia/Tokyo")])
        .await;
    assert_eq!(page.texts("option[selected]"), ["日本語", "Asia/Tokyo"]);
    let refused = dashboard
        .post("/settings", "lang=ja&zone=%0d%0aSet-Cookie:x")
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn only_those_who_manage_see_accounts_and_collect_now() {
    let mut dashboard = Dashboard::new().await;
    assert_eq!(
        dashboard.get("/settings/accounts").await.one(".account h2"),
        "Contoso Japan"
    );
    let answer = dashboard.post("/settings/accounts/collect", "").await;
    assert_eq!(answer.header("location"), "/settings/accounts?collecting=1");
    assert_eq!(dashboard.woken.load(Ordering::SeqCst), 1);
    dashboard.role = Some("helpdesk_agent");
    assert_eq!(
        dashboard.get("/settings/accounts").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        dashboard.post("/settings/accounts/collect", "").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(dashboard.woken.load(Ordering::SeqCst), 1);
    let page = dashboard.get("/activity").await;
    assert!(!page.text.contains("/settings/accounts"));
}

#[tokio::test]
async fn subscriptions_are_listed_with_the_active_ones_first() {
    let subscription = |name: &str, status: &str| SubscriptionRow {
        name: Some(name.to_owned()),
        status: Some(status.to_owned()),
        quantity: Some(1250),
        billing_cycle: Some("monthly".to_owned()),
        start: Some(now() - TimeDelta::days(30)),
        auto_renew: Some(true),
        ..SubscriptionRow::default()
    };
    let dashboard = Dashboard::with(&[record().id("a-record-of-relecloud").on("2026-11-20")])
        .await
        .subscriptions(Ok(vec![
            subscription("Old <b>", "deleted"),
            subscription("New", "active"),
        ]));
    let address = format!("/customers/{RELECLOUD}/subscriptions");
    let page = dashboard.get(&address).await;
    assert_eq!(page.texts("table.subscriptions td.lead"), ["New", "Old <b>"]);
    assert_eq!(
        page.texts("table.subscriptions tbody tr:first-child td")[1..4],
        ["1,250", "Active", "Monthly"]
    );
    assert_eq!(page.one(".result h2"), "2 subscriptions, 1 active");
    assert_eq!(
        page.attributes(".export a", "href"),
        [format!(
            "https://partner.microsoft.com/commerce/customers/{RELECLOUD}/subscriptions"
        )]
    );
    assert_eq!(
        page.attributes(".recent-list a", "href"),
        ["/activity/a-record-of-relecloud"]
    );
    let all = &page.attributes(".back a", "href")[1];
    assert_eq!(
        dashboard
            .get(all)
            .await
            .attributes("tr[data-record-id]", "id")
            .len(),
        1
    );
}

#[tokio::test]
async fn when_partner_center_does_not_answer_the_rest_is_shown() {
    let dashboard = Dashboard::with(&[record().id("a-record-of-relecloud").on("2026-11-20")])
        .await
        .subscriptions(Err(SubscriptionsUnavailable::Throttled));
    let page = dashboard
        .get(&format!("/customers/{RELECLOUD}/subscriptions?lang=ja"))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.one("[role=alert]")
            .starts_with("パートナー センターへの要求が多すぎます。")
    );
    assert_eq!(
        page.attributes(".recent-list a", "href"),
        ["/activity/a-record-of-relecloud"]
    );
    let page = dashboard.get("/customers/nobody/subscriptions").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.one("h1"), "This customer is not in the archive.");
}

#[tokio::test]
async fn wrong_addresses_and_methods_are_pages_too() {
    let dashboard = Dashboard::new().await;
    let page = dashboard.get("/nowhere?lang=ja").await;
    assert_eq!(
        (page.status, page.one("h1")),
        (StatusCode::NOT_FOUND, "ページが見つかりません".to_owned())
    );
    let page = dashboard.post("/activity", "").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(page.one("h1"), "This address does not take that");
}

#[tokio::test]
async fn without_a_reader_nothing_is_shown() {
    let mut dashboard = Dashboard::with(&[record().id("a-record-of-relecloud").on("2026-11-20")]).await;
    dashboard.role = None;
    for address in [
        "/activity",
        "/activity/a-record-of-relecloud",
        "/activity/a-record-of-relecloud/raw",
        &format!("/customers/{RELECLOUD}/subscriptions"),
        "/activity/new?since=0",
        "/coverage",
        "/settings",
        "/settings/accounts",
    ] {
        let page = dashboard.get(address).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{address}");
        assert!(page.header("location").starts_with("/sign-in/start"), "{address}");
        assert!(!page.text.contains("Relecloud"), "{address}");
    }
    assert_eq!(
        dashboard.post("/settings", "lang=ja&zone=").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(dashboard.get("/").await.header("location"), "/sign-in");
}

#[tokio::test]
async fn every_page_of_a_demonstration_says_so() {
    let dashboard = Dashboard::new().await.demo();
    for address in ["/activity", "/settings", "/nowhere"] {
        assert_eq!(dashboard.get(address).await.one(".demo"), "Demo data");
        assert_eq!(
            dashboard.get(&format!("{address}?lang=ja")).await.one(".demo"),
            "デモ データ"
        );
    }
}

#[tokio::test]
async fn the_pages_of_signing_in_need_no_reader() {
    let mut dashboard = Dashboard::new().await;
    dashboard.role = None;
    let page = dashboard.get("/sign-in?next=/activity%3Fcustomer%3Da%26b").await;
    let buttons = page.attributes("main a.button", "href");
    assert_eq!(buttons.len(), 1);
    assert!(
        buttons[0].starts_with("/sign-in/start?next=") && !buttons[0].contains('&'),
        "{buttons:?}"
    );
    let page = dashboard
        .get("/sign-in/callback?error=access_denied&state=x&lang=ja")
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(page.attributes("html", "lang"), ["ja"]);
    assert!(page.one("main a.button").contains("サインイン"));
}

#[test]
fn whoever_has_no_role_is_told_the_six() {
    let pages = Pages {
        clock: Clock::fixed(now()),
        demo: false,
    };
    let page = SignInPage::NoRole {
        name: "<b>".to_owned(),
        username: "x@y".to_owned(),
    };
    let answer = pages.render(&page, &HeaderMap::new());
    let body = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(answer.into_body().collect())
        .unwrap();
    let text = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    for role in [
        "Global admin",
        "Billing admin",
        "User management admin",
        "Admin agent",
        "Sales agent",
        "Helpdesk agent",
    ] {
        assert!(text.contains(role), "{role}");
    }
    assert!(!text.contains("<b>"));
}
