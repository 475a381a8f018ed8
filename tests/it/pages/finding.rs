//! Finding in the log: the search box, filters with their numbers, chips, bars, and what is proposed while typing.

use chrono::TimeDelta;
use http::StatusCode;

use crate::{
    records::{RELECLOUD, Record, record},
    support::dashboard::{Answer, Dashboard, now},
};

const FABRIKAM: &str = "5c3b9a4e-0000-4000-8000-00000000fab1";

/// Six records of two customers, three actions, two users, one of them failed, on three days.
async fn six() -> Dashboard {
    let at = |days: i64| {
        (now() - TimeDelta::days(days))
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    };
    let other = |record: Record| {
        record
            .customer(FABRIKAM, "Fabrikam, Inc.")
            .user("kenji.ito@partner.example")
    };
    Dashboard::with(&[
        record()
            .id("finding-number-0001")
            .on(&at(0))
            .action("create_order"),
        record()
            .id("finding-number-0002")
            .on(&at(0))
            .action("create_order")
            .status("failed"),
        record()
            .id("finding-number-0003")
            .on(&at(1))
            .action("update_subscription"),
        record()
            .id("finding-number-0004")
            .on(&at(1))
            .action("update_subscription"),
        other(
            record()
                .id("finding-number-0005")
                .on(&at(2))
                .action("create_order"),
        ),
        other(
            record()
                .id("finding-number-0006")
                .on(&at(2))
                .action("add_customer"),
        ),
    ])
    .await
}

/// Two records, of a customer whose name is searched for.
async fn fabrikam() -> Dashboard {
    let fabrikam = || {
        record()
            .customer(FABRIKAM, "Fabrikam, Inc.")
            .user("kenji.ito@partner.example")
            .on("2026-11-18")
    };
    Dashboard::with(&[
        fabrikam().id("finding-number-0005"),
        fabrikam().id("finding-number-0006"),
    ])
    .await
}

/// The options of a filter: value, label, count, whether it is ticked.
fn options(page: &Answer, key: &str) -> Vec<(String, String, String, bool)> {
    let of = |what: &str| format!("form.filters label:has(> input[name={key}]) {what}");
    let values = page.attributes(&of("input"), "value");
    let labels = page.texts(&of("bdi"));
    let counts = page.texts(&of("small"));
    let ticked = page.attributes(&of("input[checked]"), "value");
    assert_eq!(labels.len(), values.len());
    values
        .into_iter()
        .enumerate()
        .map(|(i, value)| {
            let is_ticked = ticked.contains(&value);
            let count = counts.get(i).cloned().unwrap_or_default();
            (value, labels[i].clone(), count, is_ticked)
        })
        .collect()
}

fn option(value: &str, label: &str, count: &str, ticked: bool) -> (String, String, String, bool) {
    (value.to_owned(), label.to_owned(), count.to_owned(), ticked)
}

fn rows(page: &Answer) -> Vec<String> {
    page.attributes("tr[data-record-id]", "data-record-id")
}

#[tokio::test]
async fn each_option_says_how_many_activities_choosing_it_would_show() {
    let dashboard = six().await;
    let page = dashboard.get("/activity").await;
    assert_eq!(
        options(&page, "customer"),
        [
            option(RELECLOUD, "Relecloud", "4", false),
            option(FABRIKAM, "Fabrikam, Inc.", "2", false)
        ]
    );
    assert_eq!(
        page.texts("details.pick:has(input[name=action]) legend"),
        ["Customers", "Orders and subscriptions"]
    );
    for key in ["customer", "action", "status", "user", "resource"] {
        for (value, _, count, _) in options(&page, key) {
            let value = form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
            let chosen = dashboard.get(&format!("/activity?{key}={value}")).await;
            assert_eq!(rows(&chosen).len().to_string(), count, "{key}={value}");
            assert!(chosen.one("h2#result").starts_with(&format!("{count} activit")));
        }
    }
}

#[tokio::test]
async fn what_is_chosen_is_first_and_counts_of_other_filters_follow_it() {
    let dashboard = six().await;
    let page = dashboard
        .get(
            "/activity?customer=5C3B9A4E-0000-4000-8000-00000000FAB1&action=add_customer&action=create_order",
        )
        .await;
    assert_eq!(rows(&page), ["finding-number-0005", "finding-number-0006"]);
    // Of a filter itself all values are counted as if it were not set, of the others only what it leaves.
    assert_eq!(
        options(&page, "customer"),
        [
            option(FABRIKAM, "Fabrikam, Inc.", "2", true),
            option(RELECLOUD, "Relecloud", "2", false)
        ]
    );
    assert_eq!(
        options(&page, "action"),
        [
            option("add_customer", "Added a customer", "1", true),
            option("create_order", "Created an order", "1", true),
            option("update_subscription", "Updated a subscription", "0", false),
        ]
    );
    assert_eq!(
        options(&page, "status"),
        [
            option("succeeded", "Succeeded", "2", false),
            option("failed", "Failed", "0", false)
        ]
    );
    assert_eq!(
        page.texts("label.none bdi"),
        [
            "Updated a subscription",
            "Failed",
            "Apps",
            "Microsoft",
            "Imported from a file"
        ],
        "a value that leads nowhere is muted"
    );
    assert_eq!(
        page.texts("summary.set"),
        ["Customer: Fabrikam, Inc.", "Action: 2 chosen"]
    );
}

#[tokio::test]
async fn what_is_set_stays_in_the_form_even_where_nothing_has_it() {
    let dashboard = six().await;
    let page = dashboard
        .get("/activity?action=some_new_action&customer=fabri&user=hanako&user=nobody&app=x&-status=failed&q=zebra")
        .await;
    assert_eq!(rows(&page), [""; 0]);
    assert_eq!(page.attributes("input#q", "value"), ["zebra"]);
    assert_eq!(
        page.attributes("input#customer", "value"),
        ["fabri"],
        "a part of a name is typed"
    );
    assert_eq!(page.attributes("input#app", "value"), ["x"]);
    // A field holds one text; of several, each is ticked.
    assert_eq!(page.attributes("input#user", "value"), [""]);
    let ticked = |key| -> Vec<_> {
        options(&page, key)
            .into_iter()
            .filter(|o| o.3)
            .map(|o| o.0)
            .collect()
    };
    assert_eq!(ticked("user"), ["hanako", "nobody"]);
    assert_eq!(ticked("action"), ["some_new_action"]);
    assert_eq!(
        page.attributes("form.filters input[type=hidden][name='-status']", "value"),
        ["failed"]
    );
    assert_eq!(page.texts("input[name='-status'][type=checkbox]").len(), 0);
}

#[tokio::test]
async fn several_values_of_a_filter_mean_or_and_a_minus_excludes() {
    let dashboard = six().await;
    let page = dashboard
        .get("/activity?action=add_customer&action=update_subscription&-customer=relecloud")
        .await;
    assert_eq!(rows(&page), ["finding-number-0006"]);
    assert_eq!(
        page.texts("ul.chips a.chip"),
        [
            "Remove filter: Action Added a customer×",
            "Remove filter: Action Updated a subscription×",
            "Remove filter: Customer is not relecloud×"
        ]
    );
}

#[tokio::test]
async fn each_part_of_a_search_is_a_chip_that_takes_it_out() {
    let dashboard = fabrikam().await;
    let page = dashboard
        .get("/activity?q=++fabrikam%E3%80%80kenji.ito++&status=succeeded&tz=UTC")
        .await;
    assert_eq!(rows(&page), ["finding-number-0005", "finding-number-0006"]);
    assert_eq!(
        page.texts("ul.chips a.chip bdi"),
        ["fabrikam", "kenji.ito", "Succeeded"]
    );
    let links = page.attributes("ul.chips a.chip", "href");
    assert_eq!(links[0], "/activity?tz=UTC&q=kenji.ito&status=succeeded");
    assert_eq!(links[1], "/activity?tz=UTC&q=fabrikam&status=succeeded");
    assert_eq!(links[2].matches("q=").count(), 1);
    assert_eq!(
        page.attributes("ul.chips li:last-child a", "href"),
        ["/activity?tz=UTC"],
        "Clear all takes the search along"
    );
    assert_eq!(rows(&dashboard.get(&links[1]).await).len(), 2);
}

#[tokio::test]
async fn title_and_sentence_say_what_is_searched_for() {
    let dashboard = fabrikam().await;
    let address = "/activity?q=fabrikam&from=2026-11-01&to=2026-11-19&tz=UTC";
    let page = dashboard.get(address).await;
    assert_eq!(
        page.one("h2#result"),
        "2 activities for “fabrikam”, 1 Nov 2026 00:00 – 19 Nov 2026 23:59 (UTC)"
    );
    assert_eq!(page.one("#activity > caption"), page.one("h2#result"));
    assert!(
        page.one("title")
            .starts_with("“fabrikam”, Activity log, 1 Nov 2026 – 19 Nov 2026")
    );
    let page = dashboard
        .get(&format!("{address}&status=succeeded&lang=ja"))
        .await;
    assert_eq!(
        page.one("h2#result"),
        "「fabrikam」に一致する 2 件のアクティビティ、2026/11/01 00:00 ～ 2026/11/19 23:59 (UTC)、フィルター 1 個"
    );
    assert!(page.one("title").starts_with("「fabrikam」、アクティビティ ログ"));
}

#[tokio::test]
async fn bars_tell_each_day_in_words_and_lead_to_it() {
    let dashboard = six().await;
    let page = dashboard.get("/activity?-user=nobody&tz=UTC").await;
    let texts = page.texts("ol.chart li");
    assert_eq!(texts.len(), 30);
    assert_eq!(
        texts[27..],
        [
            "18 Nov 2026: 2 activities",
            "19 Nov 2026: 2 activities",
            "20 Nov 2026: 2 activities, 1 failed"
        ]
    );
    assert_eq!(texts[0], "22 Oct 2026: 0 activities");
    let links = page.attributes("ol.chart a", "href");
    assert_eq!(links[29], "?from=2026-11-20&to=2026-11-20&tz=UTC&-user=nobody");
    assert_eq!(
        rows(&dashboard.get(&format!("/activity{}", links[29])).await),
        ["finding-number-0001", "finding-number-0002"]
    );
    // The same numbers and the same links as a table.
    assert_eq!(page.attributes(".as-table th a", "href"), links);
    let told: u64 = page
        .texts(".as-table td:nth-child(2)")
        .iter()
        .map(|n| n.parse::<u64>().unwrap())
        .sum();
    assert_eq!(told, 6);
    assert_eq!(page.one(".peak"), "2");
    // Of one day, its hours.
    let page = dashboard.get(&format!("/activity{}", links[29])).await;
    assert_eq!(page.texts("ol.chart li").len(), 24);
    assert_eq!(
        page.texts("ol.chart li")[12],
        "20 Nov 2026, 12:00: 2 activities, 1 failed"
    );
    // Without a beginning, since the oldest record.
    let page = dashboard.get("/activity?from=&tz=UTC").await;
    assert_eq!(page.texts("ol.chart li").len(), 3);
    // Nothing found, nothing drawn.
    let page = dashboard.get("/activity?customer=zebra").await;
    assert_eq!(page.texts("ol.chart"), [""; 0]);
}

#[tokio::test]
async fn while_somebody_types_a_customer_is_proposed_by_its_name() {
    let dashboard = six().await;
    let answer = dashboard.get("/activity/suggest?field=customer&text=FABRI").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.attributes("option", "value"), ["Fabrikam, Inc."]);
    assert_eq!(answer.texts("script, html > head > title"), [""; 0]);
    let answer = dashboard.get("/activity/suggest?field=user&text=kenji").await;
    assert_eq!(
        answer.attributes("option", "value"),
        ["kenji.ito@partner.example"]
    );
    let answer = dashboard.get("/activity/suggest?field=user&text=").await;
    assert_eq!(answer.attributes("option", "value"), [""; 0]);
    for bad in [
        "field=nothing&text=a".to_owned(),
        format!("field=user&text={}", "x".repeat(513)),
    ] {
        let answer = dashboard.get(&format!("/activity/suggest?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let mut stranger = dashboard;
    stranger.role = None;
    let answer = stranger.get("/activity/suggest?field=customer&text=FABRI").await;
    assert_ne!(answer.status, StatusCode::OK);
    assert!(!answer.text.contains("Fabrikam"));
}

#[tokio::test]
async fn hostile_names_stay_text_in_options_chips_and_bars() {
    let hostile = "\"><script>alert(1)</script><img src=x>'`";
    let asked = form_urlencoded::byte_serialize(hostile.as_bytes()).collect::<String>();
    let dashboard = Dashboard::with(&[record()
        .id("a-hostile-record-0001")
        .on("2026-11-20")
        .customer("d5c1a1f4-0000-4000-8000-00000000beef", hostile)
        .user(hostile)
        .action(hostile)
        .status(hostile)
        .with("resourceType", hostile)
        .with("applicationId", hostile)])
    .await;
    for address in [
        "/activity".to_owned(),
        format!("/activity?q={asked}"),
        format!(
            "/activity?q=alert&customer={asked}&user={asked}&user=b&action={asked}&changed={asked}&-app={asked}"
        ),
        format!("/activity/suggest?field=customer&text={asked}"),
        "/activity/suggest?field=user&text=alert".to_owned(),
    ] {
        let page = dashboard.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert_eq!(page.texts("script").concat(), "", "{address}");
        assert_eq!(page.attributes("img", "src"), [""; 0], "{address}");
    }
    let page = dashboard.get("/activity").await;
    assert_eq!(options(&page, "action")[0].0, hostile);
    assert_eq!(page.attributes("td.action", "data-only"), [hostile]);
}

#[tokio::test]
async fn a_page_of_fifty_activities_stays_light() {
    let records: Vec<_> = (0..300)
        .map(|i| {
            record()
                .id(&format!("light-{i:04}"))
                .on(&(now() - TimeDelta::hours(2 * i))
                    .format("%Y-%m-%dT%H:%M:%SZ")
                    .to_string())
                .customer(
                    &format!("5c3b9a4e-0000-4000-8000-{:012}", i % 150),
                    &format!("A customer with an ordinary name {}", i % 150),
                )
                .user(&format!("person.number{}@partner.example", i % 120))
        })
        .collect();
    let page = Dashboard::with(&records).await.get("/activity").await;
    assert_eq!(rows(&page).len(), 50);
    assert_eq!(options(&page, "customer").len(), 8);
    assert_eq!(page.attributes("#customer-list option", "value").len(), 12);
    assert!(page.text.len() < 80_000, "{} bytes", page.text.len());
    // However long the filters are that each bar would repeat.
    let long: String = (0..150)
        .map(|i| format!("&-user={i}-{}", "x".repeat(40)))
        .collect();
    let page = Dashboard::with(&records)
        .await
        .get(&format!("/activity?a=b{long}"))
        .await;
    assert_eq!(page.attributes("ol.chart a", "href"), [""; 0]);
    assert_eq!(page.texts("ol.chart li").len(), 30);
}

#[tokio::test]
async fn what_was_searched_for_is_marked_and_told_where_the_row_does_not_show_it() {
    let order = r#"{"id":"d51a052e043c","LineItems":[{"LineItemNumber":0,"FriendlyName":"Power BI <Pro>","Quantity":3,"OfferId":"CFQ7TTC0LH16:0001"}]}"#;
    let dashboard = Dashboard::with(&[record()
        .id("finding-number-0007")
        .on("2026-11-20")
        .customer(FABRIKAM, "Fabrikam <b>Inc.</b>")
        .user("kenji.ito@partner.example")
        .action("create_order")
        .with("resourceType", "order")
        .with("resourceNewValue", order)])
    .await;
    let page = dashboard
        .get("/activity?q=FABRIKAM+ito%40part+%22bi+%3Cpro%3E%22+order")
        .await;
    assert_eq!(page.texts("td.customer mark"), ["Fabrikam"]);
    assert_eq!(page.one("td.customer bdi"), "Fabrikam <b>Inc.</b>");
    assert_eq!(page.texts("td.user mark"), ["ito", "@part"]);
    assert!(page.texts(".essentials mark").contains(&"BI <Pro>".to_owned()));
    assert_eq!(
        page.texts("b script, td b, td script"),
        [""; 0],
        "marks make no HTML of a name"
    );
    assert_eq!(page.texts(".found"), [""; 0], "all of it is to be seen");
    let page = dashboard.get("/activity?q=cfq7ttc0lh16+kenji").await;
    assert_eq!(page.texts("td mark"), ["kenji"]);
    assert_eq!(page.one(".found"), "Found in: Line item 0, Offer ID");
    let page = dashboard.get("/activity?q=cfq7ttc0lh16&lang=ja").await;
    assert!(
        page.one(".found").starts_with("一致した場所: "),
        "{}",
        page.one(".found")
    );
    // What is excluded or only filtered by is not marked.
    let page = dashboard.get("/activity?q=-zebra+customer%3Afabrikam").await;
    assert_eq!(page.texts("td mark"), [""; 0]);
}

#[tokio::test]
async fn what_of_a_search_is_not_understood_is_said_with_what_may_be_meant() {
    let dashboard = fabrikam().await;
    let page = dashboard.get("/activity?q=kenji+custmer%3Afabrikam&tz=UTC").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(page.attributes(".banner.error[role=alert] a", "href"), ["#q"]);
    assert!(page.one("#q-error").contains("Did you mean “customer”?"));
    assert_eq!(
        page.attributes("#q-error a", "href"),
        ["/activity?tz=UTC&q=kenji+customer%3Afabrikam"]
    );
    assert_eq!(page.one("#q-error a"), "kenji customer:fabrikam");
    assert_eq!(
        page.attributes("input#q", "value"),
        ["kenji custmer:fabrikam"],
        "kept as typed"
    );
    assert_eq!(page.attributes("input#q", "aria-invalid"), ["true"]);
    assert_eq!(rows(&page).len(), 2, "everything else applies");
}

#[tokio::test]
async fn dates_in_the_search_are_told_and_drawn_as_the_range() {
    let dashboard = six().await;
    let page = dashboard
        .get("/activity?q=date%3A2026-11-18..2026-11-19&tz=UTC")
        .await;
    assert_eq!(
        page.texts("ol.chart li").len(),
        48,
        "two days are told by the hour"
    );
    assert!(
        page.one("h2#result")
            .contains("18 Nov 2026 00:00 – 19 Nov 2026 23:59")
    );
    let page = dashboard.get("/activity?q=date%3A2026-11&tz=UTC").await;
    assert_eq!(page.texts("ol.chart li").len(), 30);
    assert_eq!(page.texts(".axis > span")[0], "1 Nov 2026");
    // What is nearest lies beyond those dates, so the way there leaves them out.
    let page = dashboard
        .get("/activity?q=date%3A2026-01+customer%3Afabrikam&tz=UTC")
        .await;
    assert_eq!(rows(&page), [""; 0]);
    let nearest = page.attributes(".empty p a", "href");
    assert_eq!(nearest.len(), 1);
    assert!(!nearest[0].contains("date"), "{nearest:?}");
    assert!(!rows(&dashboard.get(&nearest[0]).await).is_empty());
}

#[tokio::test]
async fn a_records_id_or_address_leads_straight_to_it() {
    let dashboard = six().await;
    for pasted in [
        "finding-number-0003",
        "  finding-number-0003 ",
        "https://log.partner.example/activity/finding-number-0003",
        "http://127.0.0.1:8080/activity/finding-number-0003?lang=ja&version=1#raw",
        "/activity/finding-number-0003/raw",
        "<https://log.partner.example/activity/finding-number-0003>",
    ] {
        let typed = form_urlencoded::byte_serialize(pasted.as_bytes()).collect::<String>();
        // Whatever else is set: who pastes an id wants that record.
        let answer = dashboard
            .get(&format!("/activity?q={typed}&customer=fabrikam&tz=UTC"))
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{pasted}");
        assert_eq!(answer.header("location"), "/activity/finding-number-0003");
    }
    // What is no record of this archive, or no such address, or not all that is searched for, is searched for.
    for pasted in [
        "finding-number-9999",
        "https://log.partner.example/activity/finding-number-9999",
        "https://log.partner.example/customers/finding-number-0003",
        "ftp://log.partner.example/activity/finding-number-0003",
        "https://log.partner.example/activity/",
        "https://log.partner.example/activity/..%2Ffinding-number-0003",
        "-finding-number-0003",
        "finding-number-0003 contoso",
        "user:finding-number-0003",
    ] {
        let typed = form_urlencoded::byte_serialize(pasted.as_bytes()).collect::<String>();
        let answer = dashboard.get(&format!("/activity?q={typed}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{pasted}");
    }
}

#[tokio::test]
async fn actions_statuses_and_types_are_found_by_what_pages_call_them() {
    let dashboard = six().await;
    let found = async |search: &str| {
        let typed = form_urlencoded::byte_serialize(search.as_bytes()).collect::<String>();
        let page = dashboard.get(&format!("/activity?q={typed}&lang=en")).await;
        assert_eq!(page.status, StatusCode::OK, "{search}");
        let number = rows(&page).len();
        let told = page.one("h2#result");
        assert!(
            number == 0 || told.starts_with(&format!("{number} activit")),
            "{told}"
        );
        number
    };
    // In the language of the page and in the other one, as the wire has it, and a part of any.
    for search in [
        "action:\"created an order\"",
        "action:\"CREATED AN ORDER\"",
        "操作:注文を作成した",
        "操作:注文の作成",
        "アクション:\"created an order\"",
        "action:create_order",
        "action:注文",
        "action:order",
    ] {
        assert_eq!(found(search).await, 3, "{search}");
    }
    assert_eq!(found("-操作:注文").await, 3);
    assert_eq!(found("操作:[注文の作成, 顧客の追加]").await, 4);
    assert_eq!(found("状態:失敗").await, 1);
    assert_eq!(found("-status:成功").await, 1);
    assert_eq!(found("操作:注文 状態:失敗 顧客:relecloud").await, 1);
    assert_eq!(found("action:zebra").await, 0);
    // What is exactly the wire's value is nothing else, and so are values of filters outside the box.
    assert_eq!(found("action:update_subscription").await, 2);
    let page = dashboard.get("/activity?action=%E6%B3%A8%E6%96%87").await;
    assert_eq!(rows(&page), [""; 0]);
    // What is announced and exported is the same.
    let news = dashboard
        .get("/activity/new?since=0&q=%E6%93%8D%E4%BD%9C:%E6%B3%A8%E6%96%87")
        .await;
    assert!(news.text.contains("\"count\":3"), "{}", news.text);
    let csv = dashboard
        .get("/activity/export?format=csv-plain&q=%E6%93%8D%E4%BD%9C:%E6%B3%A8%E6%96%87")
        .await;
    assert_eq!(
        csv.text
            .lines()
            .filter(|line| line.contains("finding-number"))
            .count(),
        3
    );
}

#[tokio::test]
async fn words_that_nothing_holds_are_offered_as_the_action_that_is_called_so() {
    let dashboard = six().await;
    let page = dashboard.get("/activity?q=created+an+order&tz=UTC&lang=en").await;
    assert_eq!(rows(&page), [""; 0]);
    assert_eq!(page.one(".empty p a bdi"), "action:\"created an order\"");
    let link = &page.attributes(".empty p a", "href")[0];
    assert_eq!(rows(&dashboard.get(link).await).len(), 3);
    let page = dashboard.get("/activity?q=%E5%A4%B1%E6%95%97&lang=ja").await;
    assert_eq!(page.one(".empty p a bdi"), "状態:\"失敗\"");
    let link = &page.attributes(".empty p a", "href")[0];
    assert_eq!(rows(&dashboard.get(link).await), ["finding-number-0002"]);
    for other in ["zebra", "created+zebra", "-order+-created", "user:order"] {
        let page = dashboard
            .get(&format!("/activity?q={other}&customer=nobody"))
            .await;
        assert_eq!(page.texts(".empty p a bdi"), [""; 0], "{other}");
    }
}
