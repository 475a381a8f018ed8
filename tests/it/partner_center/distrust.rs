//! Answers that must not be used, and links that must not be followed.

use partnerlog::{
    clock::Clock,
    partner_center::{Client, ClientOptions, Error},
};

use super::{
    account, client, day, first_page, quick,
    server::{Server, answer, json, page},
    texts,
};

/// Why the first page is refused, after a single request.
async fn refusal(bytes: Vec<u8>) -> &'static str {
    let server = Server::start(move |_, _| bytes.clone().into()).await;
    let options = ClientOptions {
        max_body: 1_000_000,
        ..quick()
    };
    let client = Client::new(&account(&server.url), Clock::system(), options).unwrap();
    let error = first_page(&client).await.unwrap_err();
    assert!(!error.is_transient(), "{error:?}");
    assert_eq!(server.asked().len(), 1);
    match error {
        Error::BadAnswer { what } => what,
        Error::TooLarge => "too large",
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_of_html_is_refused() {
    let html = answer(200, &[("Content-Type", "text/html")], r#"{"items":[]}"#);
    assert_eq!(refusal(html).await, "its content type is not JSON");
    assert_eq!(
        refusal(json(200, "<!doctype html>")).await,
        "not the JSON of a collection"
    );
}

#[tokio::test]
async fn an_answer_without_a_list_of_items_is_refused() {
    assert_eq!(
        refusal(json(200, r#"{"totalCount":3}"#)).await,
        "no list of items"
    );
    assert_eq!(
        refusal(json(204, "")).await,
        "neither success nor a fault (a redirect?)"
    );
}

#[tokio::test]
async fn an_answer_larger_than_allowed_is_refused_packed_or_not() {
    let large = format!(r#"{{"items":["{}"]}}"#, "x".repeat(1_000_000));
    assert_eq!(refusal(json(200, &large)).await, "too large");
    let unframed =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{large}");
    assert_eq!(refusal(unframed.into_bytes()).await, "too large");
    let bomb = include_bytes!("../../fixtures/partner_center/bomb.json.gz");
    let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")];
    assert_eq!(refusal(answer(200, &headers, bomb)).await, "too large");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_, _| page(&[], None).into()).await;
    let location = format!("{}/v1/auditrecords", elsewhere.url);
    let what = refusal(answer(302, &[("Location", &location)], "")).await;
    assert_eq!(what, "neither success nor a fault (a redirect?)");
    assert!(elsewhere.asked().is_empty());
}

/// The error that follows the page with this next link, asked for twice.
async fn broken_by(uri: &str) -> String {
    let body = format!(r#"{{"items":[1],"links":{{"next":{{"uri":"{uri}","method":"GET"}}}}}}"#);
    let server = Server::start(move |_, _| json(200, &body).into()).await;
    let mut pages = day(&client(&server.url));
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(texts(&page), ["1"], "what the page holds is not lost");
    assert!(!page.last);
    let errors =
        [pages.next().await.unwrap_err(), pages.next().await.unwrap_err()].map(|error| error.to_string());
    assert_eq!(errors[0], errors[1]);
    assert_eq!(server.asked().len(), 1);
    errors[0].clone()
}

#[tokio::test]
async fn a_next_link_to_another_place_is_not_followed() {
    let elsewhere = Server::start(|_, _| page(&[], None).into()).await;
    for uri in [
        format!("{}/v1/auditrecords", elsewhere.url),
        elsewhere.url.replace("http:", "") + "/v1/auditrecords",
        "https://evil.example/v1/auditrecords".to_owned(),
        "/../../admin".to_owned(),
        "/customers".to_owned(),
    ] {
        assert!(
            broken_by(&uri)
                .await
                .ends_with("a next link that leads elsewhere"),
            "{uri}"
        );
    }
    assert!(elsewhere.asked().is_empty() && elsewhere.asked_for_tokens().is_empty());
}

#[tokio::test]
async fn a_next_link_to_where_we_are_is_a_loop() {
    let uri = "/auditrecords?startDate=2020-09-02&endDate=2020-09-02";
    assert!(broken_by(uri).await.ends_with("a next link that leads back"));
}

#[tokio::test]
async fn a_continuation_that_was_used_is_a_loop() {
    let server = Server::start(|n, _| page(&["1"], Some(["A", "B", "A"][n])).into()).await;
    let mut pages = day(&client(&server.url));
    for _ in 0..3 {
        assert!(!pages.next().await.unwrap().unwrap().last);
    }
    let error = pages.next().await.unwrap_err();
    assert!(
        error.to_string().ends_with("a next link that leads back"),
        "{error}"
    );
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_next_link_that_cannot_be_read_is_not_taken_for_the_end() {
    let body = r#"{"items":[1],"links":{"next":{"href":"/auditrecords?page=2"}}}"#;
    assert_eq!(refusal(json(200, body)).await, "not the JSON of a collection");
}

#[tokio::test]
async fn a_link_cannot_replace_our_headers() {
    let server = Server::start(|n, _| match n {
        0 => json(
            200,
            r#"{"items":[],"links":{"next":{"uri":"/auditrecords?p=2","headers":[
                {"key":"Authorization","value":"Bearer evil"},{"key":"Cookie","value":"evil"},
                {"key":"MS-RequestId","value":"evil"},{"key":"MS-ContinuationToken","value":"t"}]}}}"#,
        )
        .into(),
        _ => page(&[], None).into(),
    })
    .await;
    let mut pages = day(&client(&server.url));
    while pages.next().await.unwrap().is_some() {}
    let asked = server.asked().remove(1);
    assert_eq!(asked.headers["ms-continuationtoken"], "t");
    assert!(
        !asked.headers.values().any(|value| value.contains("evil")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_found_at_once() {
    for (api, token) in [
        ("ftp://api.example", None),
        ("https://u:p@api.example", None),
        ("https://x", Some("x")),
    ] {
        let mut account = account(api);
        account.token_url = Some(token.unwrap_or("https://login.example/token").to_owned());
        let error = Client::new(&account, Clock::system(), quick()).unwrap_err();
        assert!(matches!(error, Error::Setting { .. }), "{error:?}");
        assert!(error.to_string().contains("Contoso Japan"), "{error}");
    }
}
