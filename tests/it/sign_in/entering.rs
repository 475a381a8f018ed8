//! The way in, as it should go.

use super::*;
use crate::support::provider::USER;

#[tokio::test]
async fn a_deep_link_leads_through_the_provider_and_back_to_itself() {
    let world = World::new().await;
    let mut browser = world.browser();
    let link = "/activity/abc?from=2026-08-01&q=%E3%81%82%26b";

    let answer = browser.get(link).await;
    assert_eq!(answer.status, 303);
    assert!(
        answer.location().starts_with("/sign-in/start?next="),
        "{}",
        answer.location()
    );
    let start = answer.location().to_owned();
    let answer = browser.get(&start).await;
    assert_eq!(answer.status, 303);
    let location = answer.location().to_owned();
    let code = world.provider.approve(&location);
    let state = parameter(&location, "state");
    let answer = browser
        .get(&format!("/sign-in/callback?code={code}&state={state}"))
        .await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, link));

    let answer = browser.get(link).await;
    let user = format!("{TENANT}/{USER} | Ann <b>Agent</b> | ann@contoso.example | [GlobalAdmin]");
    assert_eq!((answer.status.as_u16(), answer.body), (200, user));
    assert_eq!(
        browser.get("/sign-in?next=/activity/1").await.location(),
        "/activity/1"
    );
}

#[tokio::test]
async fn every_authorization_request_is_complete_and_unlike_any_other() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (first, _) = world.begun(&mut browser, "/activity").await;
    let (second, _) = world.begun(&mut browser, "/activity").await;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", &format!("{}/sign-in/callback", world.base)),
        ("scope", "openid profile User.Read"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(parameter(&first, name), value);
    }
    for name in ["state", "nonce", "code_challenge"] {
        // 128 bits are 22 characters of base64.
        assert!(parameter(&first, name).len() >= 43, "{name}");
        assert_ne!(parameter(&first, name), parameter(&second, name), "{name}");
    }
    assert_eq!(
        world.provider.seen.lock().unwrap().discovery,
        1,
        "the description is kept"
    );
}

#[tokio::test]
async fn the_page_of_our_own_shows_before_anything_begins() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser.get("/sign-in?next=%2Factivity%2F1").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("/activity/1"), "{}", answer.body);
    assert!(answer.set_cookies().is_empty());
    assert_eq!(world.provider.seen.lock().unwrap().discovery, 0);
}

#[tokio::test]
async fn no_next_leads_to_another_site() {
    let world = World::new().await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "/..//evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:a=b",
        "",
        "/sign-out",
        "/a&next=/b",
    ] {
        let mut browser = world.browser();
        let callback = world.approved(&mut browser, next).await;
        let answer = browser.get(&callback).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/activity"),
            "{next}"
        );
    }
}

#[tokio::test]
async fn the_host_header_steers_nothing() {
    let world = World::new().await;
    let headers = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("host", "evil.example"),
    ];
    let answer = world
        .browser()
        .request(reqwest::Method::GET, "/sign-in/start", &headers)
        .await;
    assert_eq!(answer.status, 303);
    let callback = format!("{}/sign-in/callback", world.base);
    assert_eq!(parameter(answer.location(), "redirect_uri"), callback);
}

#[tokio::test]
async fn scripts_and_changes_are_told_to_sign_in_rather_than_sent_to_the_provider() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser.post("/change").await;
    world.assert_refused(&answer, 401, "sign-in-required");
    for headers in [
        &[("sec-fetch-mode", "cors"), ("accept", "application/json")][..],
        &[("x-requested-with", "partnerlog")],
        &[("hx-request", "true")],
    ] {
        let answer = browser.request(reqwest::Method::GET, "/activity", headers).await;
        world.assert_refused(&answer, 401, "sign-in-required");
    }
    for headers in [
        &[("sec-fetch-mode", "navigate"), ("accept", "text/html")][..],
        &[("sec-fetch-mode", "cors")],
        &[],
    ] {
        assert_eq!(
            browser
                .request(reqwest::Method::GET, "/activity", headers)
                .await
                .status,
            303,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let http = World::new().await;
    let mut browser = http.browser();
    let begun = browser.get("/sign-in/start").await;
    assert!(begun.set_cookies()[0].starts_with("partnerlog-sign-in="));
    let answer = http.sign_in(&mut browser).await;
    let [cookie] = answer.set_cookies()[..] else {
        panic!("{:?}", answer.set_cookies())
    };
    let id = cookie
        .strip_prefix("partnerlog=")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert_eq!(id.len(), 22, "128 bits");
    assert_eq!(cookie, format!("partnerlog={id}; HttpOnly; SameSite=Lax; Path=/"));

    let https = World::with(&format!("/{TENANT}/v2.0"), Some("https://log.example"), |_| ()).await;
    let mut browser = https.browser();
    let begun = browser.get("/sign-in/start").await;
    let binding = begun.set_cookies()[0];
    assert!(binding.starts_with("__Host-partnerlog-sign-in="), "{binding}");
    assert!(
        binding.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"),
        "{binding}"
    );
    let answer = https.sign_in(&mut browser).await;
    let cookie = answer.set_cookies()[0];
    assert!(cookie.starts_with("__Host-partnerlog="), "{cookie}");
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"),
        "{cookie}"
    );
    // Browsers ignore even the removal of a `__Host-` cookie when it is not Secure.
    let gone = browser.post("/sign-out").await;
    assert_eq!(
        gone.set_cookies(),
        ["__Host-partnerlog=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"]
    );
}

#[tokio::test]
async fn neither_browser_nor_database_gets_a_token_or_a_name() {
    let world = World::new().await;
    let mut browser = world.browser();
    world.begun(&mut browser, "/activity/secret-place").await;
    let answer = world.sign_in(&mut browser).await;
    let stored = String::from_utf8_lossy(&world.rows.bytes()).into_owned();
    let sent = format!("{:?}{}", answer.headers, answer.body);
    for secret in ["access-1", "eyJ", SECRET] {
        assert!(!stored.contains(secret) && !sent.contains(secret), "{secret}");
    }
    for private in [
        "Ann",
        "ann@contoso.example",
        USER,
        "sid-1",
        "secret-place",
        "global_admin",
    ] {
        assert!(!stored.contains(private), "{private}");
    }
    for cookie in browser.cookies.values() {
        assert!(!stored.contains(cookie.as_str()));
    }
    assert_eq!(world.rows.session_count(), 1);
}

#[tokio::test]
async fn parallel_tabs_all_arrive() {
    let world = World::new().await;
    let mut browser = world.browser();
    let first = world.approved(&mut browser, "/activity/1").await;
    let second = world.approved(&mut browser, "/activity/2").await;
    assert_eq!(browser.get(&first).await.location(), "/activity/1");
    assert_eq!(browser.get(&second).await.location(), "/activity/2");
    assert_eq!(
        world.rows.session_count(),
        1,
        "the second sign-in replaces the first"
    );
    assert_eq!(browser.get("/activity").await.status, 200);
}
