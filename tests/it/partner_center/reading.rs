//! A day, page by page.

use partnerlog::{clock::Clock, partner_center::Client, partner_center::ClientOptions};

use super::{
    account, client, day, first_page, quick,
    server::{Server, answer, json, page},
    texts,
};

#[tokio::test]
async fn a_day_is_asked_for_as_microsoft_documents_it() {
    let server = Server::start(|_, _| page(&["{}"], None).into()).await;
    first_page(&client(&format!("{}//", server.url))).await.unwrap();
    let asked = server.asked().remove(0);
    assert_eq!(asked.method, "GET");
    assert_eq!(
        asked.target,
        "/v1/auditrecords?startDate=2020-09-02&endDate=2020-09-02"
    );
    let header = |name: &str| asked.headers.get(name).map(String::as_str).unwrap_or_default();
    assert_eq!(header("authorization"), "Bearer token-0");
    assert_eq!(header("accept"), "application/json");
    assert_eq!(header("accept-encoding"), "gzip");
    assert_eq!(header("ms-contract-version"), "v1");
    assert_eq!(header("x-locale"), "en-US");
    assert_eq!(header("ms-partnercenter-application"), "partnerlog");
    for id in ["ms-requestid", "ms-correlationid"] {
        assert!(header(id).parse::<uuid::Uuid>().is_ok(), "{id}");
    }
}

#[tokio::test]
async fn a_page_size_is_asked_for_when_set() {
    let server = Server::start(|_, _| page(&[], None).into()).await;
    let options = ClientOptions {
        page_size: Some(333),
        ..quick()
    };
    first_page(&Client::new(&account(&server.url), Clock::system(), options).unwrap())
        .await
        .unwrap();
    assert!(server.asked()[0].target.ends_with("&endDate=2020-09-02&size=333"));
}

#[tokio::test]
async fn pages_follow_their_links_with_the_links_headers_to_the_last_one() {
    let server = Server::start(|n, _| match n {
        0 => page(&[r#"{"id":"a"}"#, r#"{"id":"b"}"#], Some("AQAAAA==")).into(),
        1 => page(&[r#"{"id":"c"}"#], Some("AgAAAA==")).into(),
        _ => page(&[], None).into(),
    })
    .await;
    let mut pages = day(&client(&server.url));
    let mut read = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        read.push((texts(&page).join(","), page.total_count, page.last));
    }
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(
        read,
        [
            (r#"{"id":"a"},{"id":"b"}"#.to_owned(), Some(2), false),
            (r#"{"id":"c"}"#.to_owned(), Some(1), false),
            (String::new(), Some(0), true),
        ]
    );
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(
        asked[1].target,
        "/v1/auditrecords?startDate=2020-09-02&size=500&seekOperation=Next"
    );
    assert_eq!(asked[0].headers.get("ms-continuationtoken"), None);
    assert_eq!(asked[1].headers["ms-continuationtoken"], "AQAAAA==");
    assert_eq!(asked[2].headers["ms-continuationtoken"], "AgAAAA==");
    let distinct = |name: &str| {
        asked
            .iter()
            .map(|a| &a.headers[name])
            .collect::<std::collections::HashSet<_>>()
            .len()
    };
    assert_eq!(distinct("ms-requestid"), 3, "each request has an id of its own");
    assert_eq!(
        distinct("ms-correlationid"),
        1,
        "a day's reading has one correlation id"
    );
    assert_eq!(server.asked_for_tokens().len(), 1);
}

#[tokio::test]
async fn a_page_tells_the_servers_time() {
    let headers = [
        ("Content-Type", "application/json"),
        ("Date", "Tue, 21 Jul 2020 04:10:58 GMT"),
    ];
    let server = Server::start(move |_, _| answer(200, &headers, r#"{"items":[]}"#).into()).await;
    let page = first_page(&client(&server.url)).await.unwrap();
    assert_eq!(page.server_date, Some("2020-07-21T04:10:58Z".parse().unwrap()));
}

#[tokio::test]
async fn a_byte_order_mark_and_packing_are_taken_off() {
    let packed = include_bytes!("../../fixtures/partner_center/page.json.gz");
    let server = Server::start(move |n, _| match n {
        0 => json(200, "\u{feff}{\"items\":[{\"id\":\"marked\"}]}").into(),
        _ => answer(
            200,
            &[("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
            packed,
        )
        .into(),
    })
    .await;
    let client = client(&server.url);
    assert_eq!(texts(&first_page(&client).await.unwrap()), [r#"{"id":"marked"}"#]);
    assert_eq!(texts(&first_page(&client).await.unwrap()), [r#"{"id":"packed"}"#]);
}

#[tokio::test]
async fn odd_records_arrive_byte_for_byte() {
    let deep = format!(r#"{{"deep":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let large = format!(r#"{{"resourceNewValue":"{}"}}"#, "あ".repeat(1_700_000));
    let odd = [
        r#"{"id":"1","id" : "2"}"#.to_owned(),
        r#"{"lone":"\ud800","nul":"\u0000","escaped":"\u00e9\/"}"#.to_owned(),
        r#"{"n":1e400,"precise":0.1000000000000000055511151231257827}"#.to_owned(),
        "{\r\n  \"spaced\" :\t[ 1 , 2 ] }".to_owned(),
        deep,
        large,
        r#""text""#.to_owned(),
        "null".to_owned(),
    ];
    let records: Vec<&str> = odd.iter().map(String::as_str).collect();
    let body = page(&records, None);
    let server = Server::start(move |_, _| body.clone().into()).await;
    let page = first_page(&client(&server.url)).await.unwrap();
    assert!(texts(&page) == records, "a record changed on its way");
}

#[tokio::test]
async fn bytes_that_json_forbids_cost_no_other_record() {
    let body = b"{\"items\":[{\"id\":\"a\"},{\"name\":\"caf\xe9\tx\"},{\"id\":\"c\"}]}";
    let server = Server::start(move |_, _| json(200, body).into()).await;
    let page = first_page(&client(&server.url)).await.unwrap();
    assert_eq!(
        texts(&page),
        [
            r#"{"id":"a"}"#,
            "{\"name\":\"caf\u{fffd}\\u0009x\"}",
            r#"{"id":"c"}"#
        ]
    );
}

#[tokio::test]
async fn records_are_not_shown_by_debug() {
    let server = Server::start(|_, _| page(&[r#"{"password":"hunter2"}"#], None).into()).await;
    let page = first_page(&client(&server.url)).await.unwrap();
    assert!(!format!("{page:?}").contains("hunter2"));
}
