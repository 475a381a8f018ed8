//! Where access tokens come from, how long they are kept, and that they are never shown.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use partnerlog::{
    clock::Clock,
    partner_center::{Client, Error, TokenError},
};

use super::{
    account, client, day, everything, first_page, quick,
    server::{Asked, Gate, Reply, Server, answer, json, page, token},
};

fn noon() -> DateTime<Utc> {
    "2026-08-01T12:00:00Z".parse().unwrap()
}

/// The fields of a form.
fn form(asked: &Asked) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://x/?{}", asked.body)).unwrap();
    url.query_pairs().into_owned().collect()
}

fn pairs(form: &[(String, String)]) -> Vec<(&str, &str)> {
    let mut pairs: Vec<_> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.sort_unstable();
    pairs
}

#[tokio::test]
async fn an_app_only_token_is_asked_for_with_the_secret_and_the_scope() {
    let server = Server::start(|_, _| page(&[], None).into()).await;
    first_page(&client(&server.url)).await.unwrap();
    let asked = server.asked_for_tokens().remove(0);
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(
        pairs(&form(&asked)),
        [
            ("client_id", "the-client"),
            ("client_secret", "s3cr3t-of-contoso"),
            ("grant_type", "client_credentials"),
            ("scope", "https://api.partnercenter.microsoft.com/.default"),
        ]
    );
}

#[tokio::test]
async fn the_older_endpoint_is_asked_for_a_resource() {
    let server = Server::start(|_, _| page(&[], None).into()).await;
    let mut account = account(&server.url);
    account.token_url = Some(format!("{}/tenant/oauth2/token", server.url));
    first_page(&Client::new(&account, Clock::system(), quick()).unwrap())
        .await
        .unwrap();
    let form = form(&server.asked_for_tokens()[0]);
    assert!(pairs(&form).contains(&("resource", "https://api.partnercenter.microsoft.com")));
    assert!(!form.iter().any(|(name, _)| name == "scope"));
}

#[tokio::test]
async fn a_token_is_kept_until_five_minutes_before_its_end() {
    let server = Server::start(|_, _| page(&[], None).into()).await;
    let clock = Clock::fixed(noon());
    let client = Client::new(&account(&server.url), clock.clone(), quick()).unwrap();
    for (seconds, tokens) in [(0, 1), (3298, 1), (3299, 2), (3299 + 3298, 2), (2 * 3299, 3)] {
        clock.set(noon() + TimeDelta::seconds(seconds));
        first_page(&client).await.unwrap();
        assert_eq!(server.asked_for_tokens().len(), tokens, "after {seconds} s");
    }
    assert_eq!(
        server.asked().last().unwrap().headers["authorization"],
        "Bearer token-2"
    );
}

#[tokio::test]
async fn many_callers_cause_one_token() {
    // Pairs of requests meet at the gate, so more than one caller is known to be waiting.
    let gate = Gate::new();
    let server = Server::start(move |_, _| Reply::Together(Arc::clone(&gate), page(&[], None))).await;
    let client = client(&server.url);
    let callers: Vec<_> = (0..20)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { client.subscriptions(&n.to_string()).await })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(server.asked_for_tokens().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once_and_the_request_repeated() {
    let server = Server::start(|_, asked| match asked.headers["authorization"].as_str() {
        "Bearer token-0" => json(401, r#"{"code":"400","description":"Access denied"}"#).into(),
        _ => page(&["1"], None).into(),
    })
    .await;
    let client = client(&server.url);
    first_page(&client).await.unwrap();
    first_page(&client).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].headers["ms-requestid"], asked[1].headers["ms-requestid"]);
    assert_eq!(server.asked_for_tokens().len(), 2);
}

#[tokio::test]
async fn callers_refused_with_the_same_token_renew_it_once_between_them() {
    let gate = Gate::new();
    let server = Server::start(move |_, asked| match asked.headers["authorization"].as_str() {
        "Bearer token-0" => Reply::Together(Arc::clone(&gate), json(401, "")),
        _ => page(&[], None).into(),
    })
    .await;
    let client = client(&server.url);
    let (first, second) = tokio::join!(client.subscriptions("a"), client.subscriptions("b"));
    first.unwrap();
    second.unwrap();
    assert_eq!(server.asked_for_tokens().len(), 2);
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let server =
        Server::start(|_, _| json(401, r#"{"code":900420,"description":"audience not supported"}"#).into())
            .await;
    let error = first_page(&client(&server.url)).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unauthorized { code: Some(code), description: Some(_) } if code == "900420"),
        "{error:?}"
    );
    assert!(!error.is_transient());
    assert_eq!((server.asked().len(), server.asked_for_tokens().len()), (2, 2));
}

#[tokio::test]
async fn app_and_user_tokens_use_the_newest_refresh_token() {
    let server = Server::with_tokens(
        |n, _| if n == 0 { json(401, "").into() } else { page(&[], None).into() },
        |n, _| {
            let body = format!(
                r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"token-{n}","refresh_token":"refresh-{}"}}"#,
                n + 1
            );
            json(200, body).into()
        },
    )
    .await;
    let mut account = account(&server.url);
    account.refresh_token = Some("refresh-0".to_owned().into());
    first_page(&Client::new(&account, Clock::system(), quick()).unwrap())
        .await
        .unwrap();
    let forms: Vec<_> = server.asked_for_tokens().iter().map(form).collect();
    assert_eq!(forms.len(), 2);
    assert!(pairs(&forms[0]).contains(&("grant_type", "refresh_token")));
    assert!(pairs(&forms[0]).contains(&("refresh_token", "refresh-0")));
    assert!(pairs(&forms[1]).contains(&("refresh_token", "refresh-1")));
}

#[tokio::test]
async fn a_refusal_says_what_microsoft_says_and_is_not_repeated() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app are expired.\r\nTrace ID: 1\r\nTimestamp: 2","error_codes":[7000222],"timestamp":"x","trace_id":"x","correlation_id":"x"}"#;
    let server = Server::with_tokens(|_, _| page(&[], None).into(), move |_, _| json(401, body).into()).await;
    let error = first_page(&client(&server.url)).await.unwrap_err();
    let Error::Token(refusal) = &error else {
        panic!("{error:?}")
    };
    assert!(refusal.is_expired_secret());
    let text = refusal.to_string();
    assert!(
        text.contains("invalid_client") && text.contains("AADSTS7000222: The provided"),
        "{text}"
    );
    assert!(!text.contains("Trace ID"), "{text}");
    assert!(!error.is_transient());
    assert_eq!((server.asked().len(), server.asked_for_tokens().len()), (0, 1));
}

#[tokio::test]
async fn an_identity_platform_in_trouble_is_asked_again() {
    let server = Server::with_tokens(
        |_, _| page(&[], None).into(),
        |n, _| match n {
            0 => json(503, r#"{"error":"temporarily_unavailable"}"#).into(),
            1 => json(400, r#"{"error":"temporarily_unavailable"}"#).into(),
            2 => answer(429, &[("Retry-After", "0")], "").into(),
            n => token(n, "3599").into(),
        },
    )
    .await;
    first_page(&client(&server.url)).await.unwrap();
    assert_eq!(server.asked_for_tokens().len(), 4);
}

#[tokio::test]
async fn an_answer_that_is_no_token_is_refused() {
    for (body, what) in [
        ("<html>".to_owned(), "not the JSON of a token"),
        ("{}".to_owned(), "not the JSON of a token"),
        (
            r#"{"access_token":"a\r\nb"}"#.to_owned(),
            "a token that cannot be sent",
        ),
        (
            r#"{"access_token":"a","token_type":"pop"}"#.to_owned(),
            "not a bearer token",
        ),
        (
            format!(r#"{{"access_token":"{}"}}"#, "x".repeat(300_000)),
            "too large",
        ),
    ] {
        let server =
            Server::with_tokens(|_, _| page(&[], None).into(), move |_, _| json(200, &body).into()).await;
        let error = first_page(&client(&server.url)).await.unwrap_err();
        assert!(
            matches!(&error, Error::Token(TokenError::BadAnswer { what: w }) if *w == what),
            "{error:?}"
        );
        assert!(server.asked().is_empty());
    }
}

#[tokio::test]
async fn a_token_endpoint_that_redirects_is_not_followed() {
    let elsewhere = Server::start(|_, _| page(&[], None).into()).await;
    let location = format!("{}/tenant/oauth2/v2.0/token", elsewhere.url);
    let server = Server::with_tokens(
        |_, _| page(&[], None).into(),
        move |_, _| answer(307, &[("Location", &location)], "").into(),
    )
    .await;
    assert!(first_page(&client(&server.url)).await.is_err());
    assert!(elsewhere.asked_for_tokens().is_empty());
}

#[tokio::test]
async fn no_error_and_no_debug_text_shows_a_token_or_a_secret() {
    let secrets = ["token-0", "token-1", "s3cr3t-of-contoso", "refresh-of-contoso"];
    let shows_none = |text: &str| secrets.iter().all(|secret| !text.contains(secret));

    // Servers that repeat what they were sent, and one that cuts the connection.
    let echo = |_: usize, asked: &Asked| {
        let said = asked.headers["authorization"].clone();
        Reply::from(json(
            403,
            format!(r#"{{"code":"{said}","description":"you said {said}"}}"#),
        ))
    };
    let tokens = |_: usize, asked: &Asked| {
        let said = asked.body.replace('&', " ");
        Reply::from(json(
            400,
            format!(r#"{{"error":"{said}","error_description":"AADSTS1: {said}"}}"#),
        ))
    };
    for server in [
        Server::start(echo).await,
        Server::with_tokens(|_, _| page(&[], None).into(), tokens).await,
        Server::start(|_, _| Vec::new().into()).await,
        Server::with_tokens(|_, _| page(&[], None).into(), |_, _| Vec::new().into()).await,
    ] {
        let mut account = account(&server.url);
        account.refresh_token = Some("refresh-of-contoso".to_owned().into());
        let client = Client::new(&account, Clock::system(), quick()).unwrap();
        let error = day(&client).next().await.unwrap_err();
        assert!(shows_none(&everything(&error)), "{error:?}");
        assert!(shows_none(&format!("{client:?}")));
    }
}
