//! Who acted: as a filter of the log, and as a page.

use http::StatusCode;

use crate::{
    records::{RELECLOUD, Record, record},
    support::dashboard::Dashboard,
};

const APP: &str = "b6b84568-6c01-4981-a80f-09da9a20bbed";
const PORTAL: &str = "4990cffe-04e8-4e8b-808a-1175604b879f";

fn records() -> Vec<Record> {
    let on = |id: &str, day: &str| record().id(id).on(day).with("applicationId", PORTAL);
    vec![
        on("a-record-by-hanako-1", "2026-09-01").user("hanako@partner.example"),
        on("a-record-by-hanako-2", "2026-11-01")
            .user("hanako@partner.example")
            .with("applicationId", APP)
            .customer("5d1c9f0e-0000-4000-8000-0000000000aa", "Fabrikam"),
        on("a-record-by-another-1", "2026-11-02").user("y.hanako@partner.example"),
        on("a-record-by-the-app", "2026-11-03")
            .without("userPrincipalName")
            .with("applicationId", APP.to_uppercase()),
        on("a-record-by-microsoft-1", "2026-11-04")
            .action("dap_admin_relationship_terminated_by_microsoft")
            .without("userPrincipalName"),
        on("a-record-by-microsoft-2", "2026-11-05").without("userPrincipalName"),
        on("a-record-by-nobody-1", "2026-11-06")
            .without("userPrincipalName")
            .without("applicationId"),
    ]
}

#[tokio::test]
async fn the_log_is_filtered_by_who_acted_with_numbers_beside_the_choices() {
    let dashboard = Dashboard::with(&records()).await;
    let ids = async |query: &str| {
        let page = dashboard.get(&format!("/activity?from=&{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        page.attributes("tr[data-record-id]", "data-record-id")
    };
    assert_eq!(ids("actor=app").await, ["a-record-by-the-app"]);
    let by_microsoft = ["a-record-by-microsoft-2", "a-record-by-microsoft-1"];
    assert_eq!(ids("actor=microsoft").await, by_microsoft);
    assert_eq!(ids("actor=person").await.len(), 3);
    assert_eq!(ids("actor=person&actor=MICROSOFT").await.len(), 5);
    assert_eq!(
        ids("-actor=person&-actor=app&-actor=microsoft").await,
        ["a-record-by-nobody-1"]
    );
    assert_eq!(ids("actor=robot").await, [""; 0]);
    // In the search box, also by what the page calls them.
    for search in ["actor:microsoft", "%E5%AE%9F%E8%A1%8C%E8%80%85:Microsoft"] {
        assert_eq!(ids(&format!("q={search}")).await, by_microsoft, "{search}");
    }
    assert_eq!(
        ids("q=%E5%AE%9F%E8%A1%8C%E8%80%85:%E3%82%A2%E3%83%97%E3%83%AA").await,
        ["a-record-by-the-app"]
    );
    let page = dashboard.get("/activity?from=&actor=app").await;
    let group = ".pick:has([name=actor])";
    assert!(page.one(&format!("{group} summary")).contains("Apps"));
    assert_eq!(
        page.texts(&format!("{group} label bdi")),
        ["Apps", "People", "Microsoft"]
    );
    assert_eq!(page.texts(&format!("{group} label small")), ["1", "3", "2"]);
    let page = dashboard.get("/activity?from=&actor=person&lang=ja").await;
    assert!(page.one(&format!("{group} summary")).contains("実行者"));
    assert_eq!(
        page.texts(&format!("{group} label bdi")),
        ["ユーザー", "Microsoft", "アプリ"]
    );
}

#[tokio::test]
async fn a_person_has_a_page_and_nobody_elses_activities_are_on_it() {
    let dashboard = Dashboard::with(&records()).await;
    let page = dashboard.get("/actors?user=Hanako@partner.example").await;
    assert_eq!(page.one("h1 bdi"), "Hanako@partner.example");
    assert_eq!(page.one("h1 .sub"), "Person");
    let about = page.texts(".about dd");
    assert_eq!(about[1], "2 activities");
    assert_eq!(about[2], "1 Sep 2026, 09:00");
    assert_eq!(
        page.texts(".shares h2"),
        ["By area", "Customers acted for", "Through these applications"]
    );
    let names = page.texts(".shares .name");
    assert_eq!(
        names,
        [
            "Orders and subscriptions",
            "Relecloud",
            "Fabrikam",
            "Partner Center portal",
            APP
        ]
    );
    assert_eq!(page.texts(".recent-list li").len(), 2);
    assert_eq!(page.texts(".recent-list .for"), ["Fabrikam", "Relecloud"]);
    for (text, href) in page
        .texts(".shares li")
        .iter()
        .zip(page.attributes(".shares a.number", "href"))
    {
        let log = dashboard.get(&href).await;
        let rows = log.texts("#activity tr[data-record-id]").len();
        assert!(
            text.contains(&format!(" {rows} activit")),
            "{text} leads to {rows}"
        );
    }
    let log = dashboard.get(&page.attributes(".ways a", "href")[0]).await;
    assert_eq!(log.texts("#activity tr[data-record-id]").len(), 2);
    let links = page.attributes(".shares .name a", "href");
    assert!(links.contains(&format!("/customers/{RELECLOUD}")), "{links:?}");
    assert!(links.contains(&format!("/actors?app={APP}")), "{links:?}");
}

#[tokio::test]
async fn an_application_has_a_page_with_the_people_who_use_it() {
    let dashboard = Dashboard::with(&records()).await;
    let page = dashboard.get(&format!("/actors?app={APP}")).await;
    assert_eq!(
        (page.one("h1 bdi"), page.one("h1 .sub")),
        (APP.to_owned(), "Application".to_owned())
    );
    assert_eq!(page.texts(".about dd")[1], "2 activities", "in any notation");
    assert!(
        page.texts(".shares .name")
            .contains(&"hanako@partner.example".to_owned())
    );
    let page = dashboard.get(&format!("/actors?app={PORTAL}&lang=ja")).await;
    assert_eq!(page.one("h1 .sub"), "パートナー センターのアプリケーション");
    let record = dashboard.get("/activity/a-record-by-hanako-2").await;
    let links = record.attributes(".facts a", "href");
    assert!(
        links.contains(&"/actors?user=hanako%40partner.example".to_owned()),
        "{links:?}"
    );
    assert!(links.contains(&format!("/actors?app={APP}")), "{links:?}");
}

#[tokio::test]
async fn nobody_of_that_name_is_said_so_and_a_question_without_a_name_makes_no_sense() {
    let dashboard = Dashboard::with(&records()).await;
    let long = "x".repeat(600);
    for query in [
        "user=hanako",
        "user=%3Cb%3E",
        "app=b6b84568",
        &format!("user={long}"),
    ] {
        let page = dashboard.get(&format!("/actors?{query}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{query}");
        assert_eq!(page.one("h1"), "Nobody of that name is in the archive.");
    }
    for query in ["", "user=", "user=a&app=b", "app=%20"] {
        let page = dashboard.get(&format!("/actors?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
    }
}
