//! The list of customers, and the page of one.

use http::StatusCode;

use crate::{
    records::{RELECLOUD, Record, record},
    support::dashboard::Dashboard,
};

const MUELLER: &str = "5d1c9f0e-0000-4000-8000-0000000000aa";

/// Relecloud, which was called otherwise before; a company with an accent; and one that has no id.
fn records() -> Vec<Record> {
    let relecloud = |id: &str, name: &str, day: &str| record().id(id).customer(RELECLOUD, name).on(day);
    vec![
        relecloud("a-record-of-old-relecloud", "Northwind", "2026-05-02"),
        relecloud("a-record-of-relecloud-1", "Relecloud", "2026-08-01")
            .action("create_order")
            .with("applicationId", "b6b84568-6c01-4981-a80f-09da9a20bbed"),
        relecloud("a-record-of-relecloud-2", "Relecloud", "2026-08-03")
            .user("taro@partner.example")
            .status("failed"),
        relecloud("a-record-of-relecloud-3", "Relecloud", "2026-08-04")
            .action("add_customer")
            .with("resourceType", "customer")
            .with(
                "resourceNewValue",
                r#"{"CompanyProfile":{"Domain":"relecloud.example"}}"#,
            ),
        record()
            .id("a-record-of-mueller-1")
            .customer(MUELLER, "Müller & <Söhne>")
            .on("2026-11-19"),
        record()
            .id("a-record-without-a-customer-id")
            .with("customerName", "Fabrikam")
            .without("customerId")
            .on("2026-01-01"),
        record()
            .id("a-record-without-a-customer")
            .without("customerName")
            .without("customerId")
            .on("2026-01-02"),
    ]
}

#[tokio::test]
async fn customers_are_listed_by_their_last_activity_or_by_name_or_number() {
    let dashboard = Dashboard::with(&records()).await;
    let page = dashboard.get("/customers").await;
    assert_eq!(page.one("#found"), "3 customers");
    assert_eq!(
        page.texts(".customers .lead > :first-child"),
        ["Müller & <Söhne>", "Relecloud", "Fabrikam"]
    );
    assert_eq!(page.texts(".customers td.number"), ["1", "4", "1"]);
    assert_eq!(
        page.attributes(".customers time", "datetime")[1],
        "2026-08-04T09:00:00.0000000Z"
    );
    assert_eq!(
        page.attributes(".customers .lead a", "href"),
        [
            format!("/customers/{MUELLER}"),
            format!("/customers/{RELECLOUD}"),
            "/activity?from=&tz=UTC&customer=Fabrikam".to_owned(),
        ]
    );
    let order = async |sort: &str| {
        let page = dashboard.get(&format!("/customers?sort={sort}")).await;
        assert_eq!(page.texts(".customers th[aria-sort]").len(), 1);
        assert_eq!(page.attributes(".sorts a", "href").len(), 2);
        let sorted = page.one(".sorts [aria-current]");
        (page.texts(".customers .lead > :first-child")[0].clone(), sorted)
    };
    let sorted = |first: &str, by: &str| (first.to_owned(), by.to_owned());
    assert_eq!(order("name").await, sorted("Fabrikam", "Customer"));
    assert_eq!(order("count").await, sorted("Relecloud", "Activities"));
    assert_eq!(order("size").await, sorted("Müller & <Söhne>", "Last activity"));
    assert_eq!(
        page.attributes(".sorts a", "href"),
        ["/customers?sort=name", "/customers?sort=count"]
    );
}

#[tokio::test]
async fn a_customer_is_found_by_any_name_it_had_and_by_its_id() {
    let dashboard = Dashboard::with(&records()).await;
    let found = async |text: &str| {
        let page = dashboard.get(&format!("/customers?q={text}")).await;
        page.texts(".customers .lead > :first-child")
    };
    assert_eq!(found("MULLER").await, ["Müller & <Söhne>"]);
    assert_eq!(found("%EF%BC%B2ele").await, ["Relecloud"], "full width");
    assert_eq!(found("0C39D6D5").await, ["Relecloud"]);
    assert_eq!(found("fabri").await, ["Fabrikam"]);
    let page = dashboard.get("/customers?q=north").await;
    assert_eq!(page.one("#found"), "1 customer matches “north”");
    assert_eq!(page.one(".customers .former"), "formerly Northwind");
    assert_eq!(page.attributes("#q", "value"), ["north"]);
    let page = dashboard.get("/customers?q=%3Cscript%3E&lang=ja").await;
    assert_eq!(page.one(".empty-title"), "この名前または ID の顧客はありません");
    assert!(!page.text.contains("<script>\""));
}

#[tokio::test]
async fn many_customers_have_pages_that_do_not_overlap() {
    let many: Vec<Record> = (0..120)
        .map(|n| {
            let id = format!("c0000000-0000-4000-8000-{n:012}");
            record()
                .id(&format!("a-record-of-customer-{n}"))
                .customer(&id, &format!("Company {n:03}"))
        })
        .collect();
    let dashboard = Dashboard::with(&many).await;
    let mut names = Vec::new();
    let mut next = Some("/customers?q=company".to_owned());
    while let Some(address) = next {
        let page = dashboard.get(&address).await;
        names.extend(page.texts(".customers .lead a"));
        next = page.attributes(".pager a[rel=next]", "href").pop();
    }
    let expected: Vec<_> = (0..120).map(|n| format!("Company {n:03}")).collect();
    assert_eq!(names, expected);
    let last = dashboard.get("/customers?page=99999999999").await;
    assert_eq!(last.one(".position"), "101–120 of 120");
    assert_eq!(
        last.attributes(".pager a[rel=prev]", "href"),
        ["/customers?page=2"]
    );
    assert_eq!(
        dashboard
            .get("/customers?page=-1&sort=%00")
            .await
            .one(".position"),
        "1–50 of 120"
    );
}

#[tokio::test]
async fn a_customer_has_its_names_dates_and_numbers_with_ways_into_the_log() {
    let dashboard = Dashboard::with(&records()).await;
    let page = dashboard
        .get(&format!("/customers/{}", RELECLOUD.to_uppercase()))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.one("h1 bdi"), "Relecloud");
    let about = page.texts(".about dd");
    assert!(about[0].starts_with(RELECLOUD), "{about:?}");
    assert!(about[1].starts_with("relecloud.example"), "{about:?}");
    assert_eq!(about[2], "4 activities");
    assert_eq!(about[3], "2 May 2026, 09:00");
    assert_eq!(about[4], "4 Aug 2026, 09:00");
    assert_eq!(
        about[5],
        "Relecloud last on 4 Aug 2026Northwind last on 2 May 2026"
    );
    assert_eq!(page.one("#over-time"), "Activities per month");
    let months = page.texts(".as-table tbody tr");
    assert_eq!(months[0], "May 202610");
    assert_eq!(months[3], "August 202631");
    assert!(
        page.attributes(".as-table tbody a", "href")[3]
            .starts_with("/activity?from=2026-08-01&to=2026-08-31&"),
    );
    assert_eq!(
        page.texts(".shares h2"),
        ["By area", "Who acted for it", "Through which applications"]
    );
    let shares = page.texts(".shares li");
    assert_eq!(shares[0], "Customers 1 activity: Customers");
    assert_eq!(
        shares[1],
        "Orders and subscriptions 3 activities: Orders and subscriptions"
    );
    assert_eq!(page.texts(".recent-list li").len(), 4);
    assert_eq!(
        page.attributes(".ways a", "href"),
        [
            format!("/activity?from=&tz=UTC&customer={RELECLOUD}"),
            format!("/customers/{RELECLOUD}/subscriptions"),
        ]
    );
    // Each number leads to just as many.
    for (text, href) in shares.iter().zip(page.attributes(".shares a.number", "href")) {
        let log = dashboard.get(&href).await;
        let rows = log.texts("#activity tr[data-record-id]").len();
        assert!(
            text.contains(&format!(" {rows} activit")),
            "{text} leads to {rows}"
        );
    }
}

#[tokio::test]
async fn a_user_is_meant_as_a_whole_and_not_as_a_part() {
    let named = |id: &str, user: &str| record().id(id).user(user).on("2026-11-01");
    let dashboard = Dashboard::with(&[
        named("a-record-by-hanako-1", "hanako@partner.example"),
        named("a-record-by-hanako-2", "Hanako@partner.example"),
        named("a-record-by-another-1", "y.hanako@partner.example"),
    ])
    .await;
    let rows = async |query: &str| {
        let page = dashboard.get(&format!("/activity?{query}")).await;
        page.texts("#activity tr[data-record-id]").len()
    };
    assert_eq!(rows("user=hanako@partner.example").await, 3);
    assert_eq!(rows("user=%22hanako@partner.example%22").await, 2);
    assert_eq!(rows("-user=%22hanako@partner.example%22").await, 1);
    assert_eq!(rows("user=%22%22").await, 0);
}

#[tokio::test]
async fn a_customer_that_no_record_names_is_said_to_be_unknown() {
    let dashboard = Dashboard::with(&records()).await;
    for id in ["nobody", "5d1c9f0e-0000-4000-8000-0000000000ff", "%3Cb%3E"] {
        let page = dashboard.get(&format!("/customers/{id}?lang=en")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(page.one("h1"), "This customer is not in the archive.");
    }
}

#[tokio::test]
async fn customers_records_and_subscriptions_lead_to_each_other() {
    let dashboard =
        Dashboard::with(&records())
            .await
            .subscriptions(Ok(vec![partnerlog::web::SubscriptionRow {
                id: Some("a3b5/ 7".to_owned()),
                ..Default::default()
            }]));
    let page = dashboard
        .get(&format!("/customers/{RELECLOUD}/subscriptions"))
        .await;
    assert_eq!(
        page.attributes(".back a", "href")[0],
        format!("/customers/{RELECLOUD}")
    );
    assert_eq!(
        page.attributes(".subscriptions tbody a", "href"),
        ["/history/subscription/a3b5%2F%207"]
    );
    let page = dashboard.get("/activity/a-record-of-relecloud-1").await;
    let links = page.attributes(".facts a", "href");
    assert!(links.contains(&format!("/customers/{RELECLOUD}")), "{links:?}");
    assert!(links.contains(&format!("/customers/{RELECLOUD}/subscriptions")));
    let menu = page.attributes(".main-menu a", "href");
    assert_eq!(menu[..2], ["/activity", "/customers"]);
}
