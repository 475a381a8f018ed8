//! When the client asks again, and when it does not.

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use partnerlog::{
    clock::Clock,
    partner_center::{Client, ClientOptions, Error, TransportKind},
};

use super::{
    account, client, day, first_page, quick,
    server::{Gate, Reply, Server, answer, json, page},
    texts,
};

#[tokio::test]
async fn a_retry_repeats_the_request_id() {
    let server = Server::start(|n, _| match n {
        0 => json(
            500,
            r#"{"code":"800003","description":"Unexpected service error"}"#,
        )
        .into(),
        1 => json(503, "").into(),
        2 => json(408, "").into(),
        3 => page(&["1"], Some("t")).into(),
        _ => page(&["2"], None).into(),
    })
    .await;
    let mut pages = day(&client(&server.url));
    assert_eq!(texts(&pages.next().await.unwrap().unwrap()), ["1"]);
    assert_eq!(texts(&pages.next().await.unwrap().unwrap()), ["2"]);
    let ids: Vec<_> = server
        .asked()
        .iter()
        .map(|asked| asked.headers["ms-requestid"].clone())
        .collect();
    assert_eq!(ids.len(), 5);
    assert!(ids[..4].iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_ne!(ids[4], ids[0]);
}

#[tokio::test]
async fn retry_after_in_seconds_is_obeyed() {
    let server = Server::start(|n, _| match n {
        0 => {
            let body =
                r#"{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds." }"#;
            answer(
                429,
                &[("Retry-After", "1"), ("Content-Type", "application/json")],
                body,
            )
            .into()
        }
        _ => page(&[], None).into(),
    })
    .await;
    first_page(&client(&server.url)).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(1));
}

#[tokio::test]
async fn retry_after_as_a_date_counts_from_the_servers_date() {
    let server = Server::start(|n, _| match n {
        0 => {
            let headers = [
                ("Retry-After", "Tue, 21 Jul 2020 04:10:59 GMT"),
                ("Date", "Tue, 21 Jul 2020 04:10:58 GMT"),
            ];
            answer(503, &headers, "").into()
        }
        _ => page(&[], None).into(),
    })
    .await;
    first_page(&client(&server.url)).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_wait_beyond_our_patience_is_told_instead_of_waited_for() {
    let server = Server::start(|_, _| answer(429, &[("Retry-After", "3600")], "").into()).await;
    let error = first_page(&client(&server.url)).await.unwrap_err();
    assert!(
        matches!(error, Error::Throttled { retry_after: Some(wait) } if wait.as_secs() == 3600),
        "{error:?}"
    );
    assert!(error.is_transient());
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn attempts_come_to_an_end() {
    let server = Server::start(|_, _| json(503, r#"{"code":1,"description":"busy"}"#).into()).await;
    let error = first_page(&client(&server.url)).await.unwrap_err();
    assert!(matches!(error, Error::Fault { status: 503, .. }), "{error:?}");
    assert!(error.is_transient());
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn a_body_cut_on_its_way_is_asked_for_again() {
    let whole = page(&[r#"{"id":"a"}"#, r#"{"id":"b"}"#], None);
    let packed = include_bytes!("../../fixtures/partner_center/page.json.gz");
    let server = Server::start(move |n, _| match n {
        // Shorter than announced; well framed but ending within the JSON; without a frame; packed; nothing at all.
        0 => whole[..whole.len() - 20].to_vec().into(),
        1 => json(200, r#"{"items":[{"id":"a"},{"#).into(),
        2 => {
            let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")];
            answer(200, &headers, &packed[..packed.len() - 12]).into()
        }
        3 => Vec::new().into(),
        _ => whole.clone().into(),
    })
    .await;
    let page = first_page(&client(&server.url)).await.unwrap();
    assert_eq!(texts(&page), [r#"{"id":"a"}"#, r#"{"id":"b"}"#]);
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_and_asked_again() {
    let server = Server::start(|n, _| {
        if n == 0 {
            Reply::Hang
        } else {
            page(&[], None).into()
        }
    })
    .await;
    let options = ClientOptions {
        request_timeout: Duration::from_millis(700),
        ..quick()
    };
    let client = Client::new(&account(&server.url), Clock::system(), options).unwrap();
    first_page(&client).await.unwrap();
    assert!(server.asked().len() >= 2);
}

#[tokio::test]
async fn a_server_that_always_hangs_ends_in_a_timeout() {
    let server = Server::start(|_, _| Reply::Hang).await;
    let options = ClientOptions {
        request_timeout: Duration::from_millis(300),
        attempts: 1,
        ..quick()
    };
    let client = Client::new(&account(&server.url), Clock::system(), options).unwrap();
    let error = first_page(&client).await.unwrap_err();
    let text = super::everything(&error);
    assert!(text.contains("Timeout") && error.is_transient(), "{text}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_failure_to_connect() {
    let server = Server::start(|_, _| page(&[], None).into()).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut account = account(&server.url);
    account.api_url = Some(format!("http://{nobody}"));
    let client = Client::new(&account, Clock::system(), quick()).unwrap();
    let error = first_page(&client).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Transport {
                kind: TransportKind::Connect,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_transient());
}

#[tokio::test]
async fn what_will_not_change_is_asked_once() {
    for (status, body, shown) in [
        (
            400,
            r#"{"message":"The request is invalid."}"#,
            "400: The request is invalid.",
        ),
        (
            403,
            r#"{"code":900150,"description":"role"}"#,
            "Partner Center denies access (403, code 900150: role)",
        ),
        (
            404,
            r#"{"code":"1000","description":"Not found","data":[],"source":"x"}"#,
            "404, code 1000: Not found",
        ),
        (405, "<html>", "answered 405"),
        (501, "", "answered 501"),
    ] {
        let server = Server::start(move |_, _| json(status, body).into()).await;
        let error = first_page(&client(&server.url)).await.unwrap_err();
        assert!(error.to_string().ends_with(shown), "{error}");
        assert!(!error.is_transient());
        assert_eq!(matches!(error, Error::Forbidden { .. }), status == 403);
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn asking_again_after_a_failure_continues_at_the_page_that_failed() {
    let server = Server::start(|n, _| match n {
        0 => page(&["1"], Some("t")).into(),
        1 => json(400, "").into(),
        _ => page(&["2"], None).into(),
    })
    .await;
    let mut pages = day(&client(&server.url));
    pages.next().await.unwrap();
    assert!(pages.next().await.is_err());
    assert_eq!(texts(&pages.next().await.unwrap().unwrap()), ["2"]);
    assert_eq!(server.asked()[2].headers["ms-continuationtoken"], "t");
}

#[tokio::test]
async fn no_more_than_two_requests_are_under_way_at_once() {
    let gate = Gate::new();
    let at = Arc::clone(&gate);
    let server = Server::start(move |_, _| Reply::Together(Arc::clone(&at), page(&[], None))).await;
    let client = client(&server.url);
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { client.subscriptions(&n.to_string()).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(server.asked().len(), 10);
    assert_eq!(gate.most.load(SeqCst), 2);
}
