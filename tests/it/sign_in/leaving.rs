//! The way out, and that there is no way back.

use std::sync::Arc;

use tower_sessions::{Session, SessionStore, session::Id};

use super::*;

#[tokio::test]
async fn signing_out_ends_the_session_here_and_leads_on_to_the_provider() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let kept = browser.cookies.clone();
    let answer = browser.post("/sign-out").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("page signed-out: "), "{}", answer.body);
    assert!(
        answer.set_cookies()[0].starts_with("partnerlog=; Path=/; Max-Age=0"),
        "{:?}",
        answer.set_cookies()
    );
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!browser.cookies.contains_key("partnerlog"));

    let to = answer.header("refresh").strip_prefix("0;url=").unwrap();
    assert!(
        to.starts_with(&format!("{}/end?kept=1&", world.provider.base)),
        "{to}"
    );
    assert_eq!(parameter(to, "client_id"), CLIENT);
    assert_eq!(
        parameter(to, "post_logout_redirect_uri"),
        format!("{}/signed-out", world.base)
    );
    assert_eq!(parameter(to, "logout_hint"), "hint-of-ann");
    assert_eq!(parameter(to, "id_token_hint"), "");
    assert_eq!(browser.get("/signed-out").await.status, 200);

    assert_eq!(world.rows.session_count(), 0);
    browser.cookies = kept;
    assert_eq!(
        browser.get("/activity").await.status,
        303,
        "the old cookie is worth nothing"
    );
}

#[tokio::test]
async fn without_an_end_session_endpoint_signing_out_ends_here() {
    let world = World::new().await;
    world.provider.set().metadata = Box::new(|it| it["end_session_endpoint"] = serde_json::Value::Null);
    let mut browser = world.signed_in().await;
    let answer = browser.post("/sign-out").await;
    assert_eq!((answer.status.as_u16(), answer.header("refresh")), (200, ""));
    assert_eq!(world.rows.session_count(), 0);
}

#[tokio::test]
async fn signing_out_twice_or_without_a_session_is_no_error() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let kept = browser.cookies.clone();
    browser.post("/sign-out").await;
    assert_eq!(browser.post("/sign-out").await.status, 200);
    browser.cookies = kept;
    assert_eq!(browser.post("/sign-out").await.status, 200);
    assert_eq!(world.browser().post("/sign-out").await.status, 200);
}

#[tokio::test]
async fn nobody_is_signed_out_by_a_link_or_by_another_site() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    assert_eq!(browser.get("/sign-out").await.status, 405);
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:1")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        let answer = browser.request(reqwest::Method::POST, "/sign-out", headers).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(answer.header("clear-site-data").is_empty() && answer.set_cookies().is_empty());
    }
    assert_eq!(browser.get("/activity").await.status, 200);
}

#[tokio::test]
async fn the_provider_signs_out_without_cookies_and_only_its_own() {
    let world = World::new().await;
    let (mut first, mut second) = (world.signed_in().await, world.signed_in().await);
    world
        .provider
        .change_claims(|claims| claims["sid"] = "sid-2".into());
    let mut other = world.signed_in().await;
    world
        .provider
        .change_claims(|claims| claims["sid"] = serde_json::Value::Null);
    let mut unnamed = world.signed_in().await;

    let issuer = world.provider.issuer.clone();
    for odd in [
        String::new(),
        "iss=&sid=".to_owned(),
        "sid=sid-1".to_owned(),
        format!("iss={issuer}"),
        "iss=https%3A%2F%2Fevil.example&sid=sid-1".to_owned(),
        format!("iss={issuer}&sid=sid-1&sid=sid-1"),
        format!("iss={issuer}&sid=sid-9"),
    ] {
        let answer = world
            .browser()
            .get(&format!("/sign-out/front-channel?{odd}"))
            .await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(world.rows.session_count(), 4, "{odd}");
    }
    let answer = world
        .browser()
        .get(&format!("/sign-out/front-channel?iss={issuer}&sid=sid-1"))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(first.get("/activity").await.status, 303);
    assert_eq!(second.get("/activity").await.status, 303);
    assert_eq!(other.get("/activity").await.status, 200);
    assert_eq!(unnamed.get("/activity").await.status, 200);
}

#[tokio::test]
async fn a_request_under_way_does_not_bring_an_ended_session_back() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let id: Id = browser.cookies["partnerlog"].parse().unwrap();
    let store = Arc::new(world.sessions.clone());
    let under_way = Session::new(Some(id), store.clone(), None);
    under_way.insert("kept", 1).await.unwrap();

    browser.post("/sign-out").await;
    under_way.save().await.unwrap();
    assert_eq!(world.rows.session_count(), 0);
    assert!(store.load(&id).await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_request_saves_neither_prolongs_nor_unnames_the_session() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let id: Id = browser.cookies["partnerlog"].parse().unwrap();
    for _ in 0..24 {
        let session = Session::new(Some(id), Arc::new(world.sessions.clone()), None);
        session.insert("kept", world.now().timestamp()).await.unwrap();
        session.save().await.unwrap();
        world.wait(TimeDelta::minutes(30));
        if world
            .rows
            .sessions
            .lock()
            .unwrap()
            .values()
            .any(|row| row.provider_session.is_none())
        {
            panic!("front-channel logout would no longer find it");
        }
    }
    assert_eq!(
        browser.get("/activity").await.status,
        303,
        "twelve hours are over"
    );
}
