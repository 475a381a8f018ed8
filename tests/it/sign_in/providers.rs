//! Providers that are slow, down, odd, or simply others than Entra.

use std::time::Instant;

use axum::{Json, http::StatusCode};
use serde_json::json;

use super::*;

#[tokio::test]
async fn an_odd_answer_of_the_token_endpoint_ends_in_a_page_and_the_next_sign_in_works() {
    let json_answer = |status: u16, body: serde_json::Value| {
        (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
    };
    let world = World::new().await;
    for (answer, status, key) in [
        (
            (StatusCode::INTERNAL_SERVER_ERROR, "<h1>oops</h1>").into_response(),
            503,
            "sign-in-unavailable",
        ),
        (
            (StatusCode::OK, "<html>".to_owned()).into_response(),
            503,
            "sign-in-unavailable",
        ),
        (
            (StatusCode::OK, "x".repeat(10 << 20)).into_response(),
            503,
            "sign-in-unavailable",
        ),
        (
            (StatusCode::FOUND, [("location", "http://127.0.0.1:9/")]).into_response(),
            503,
            "sign-in-unavailable",
        ),
        (StatusCode::OK.into_response(), 503, "sign-in-unavailable"),
        (json_answer(200, json!([])), 503, "sign-in-unavailable"),
        (
            json_answer(400, json!({"error": "server_error"})),
            503,
            "sign-in-unavailable",
        ),
        (
            json_answer(400, json!({"error": "invalid_grant"})),
            400,
            "sign-in-expired",
        ),
        (
            json_answer(200, json!({"access_token": "a", "token_type": "Bearer"})),
            400,
            "sign-in-rejected",
        ),
        (
            json_answer(
                200,
                json!({"access_token": "a", "token_type": "Bearer", "id_token": 7}),
            ),
            503,
            "sign-in-unavailable",
        ),
    ] {
        world.provider.set().token_answer = Some(answer);
        let answer = world.sign_in(&mut world.browser()).await;
        world.assert_refused(&answer, status, key);
    }
    world.signed_in().await;
}

#[tokio::test]
async fn a_provider_that_hangs_costs_less_than_ten_seconds() {
    let world = World::new().await;
    world.provider.set().token_hangs = true;
    let begun = Instant::now();
    let answer = world.sign_in(&mut world.browser()).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    world.assert_refused(&answer, 503, "sign-in-unavailable");
    assert_eq!(answer.header("retry-after"), "10");
    world.provider.set().token_hangs = false;
    world.signed_in().await;
}

#[tokio::test]
async fn a_provider_that_is_down_at_first_is_asked_again() {
    let world = World::new().await;
    world.provider.set().down = true;
    for _ in 0..3 {
        let answer = world.browser().get("/sign-in/start").await;
        world.assert_refused(&answer, 503, "sign-in-unavailable");
    }
    assert_eq!(world.provider.seen.lock().unwrap().discovery, 1, "not stormed");
    world.provider.set().down = false;
    world.wait(TimeDelta::seconds(2));
    world.signed_in().await;
}

#[tokio::test]
async fn a_provider_that_calls_itself_otherwise_is_not_used() {
    let world = World::new().await;
    for issuer in [
        "https://login.example/{tenantid}/v2.0",
        "https://evil.example",
        "",
    ] {
        world.provider.set().metadata = Box::new(move |it| it["issuer"] = issuer.into());
        world.assert_refused(
            &world.browser().get("/sign-in/start").await,
            503,
            "sign-in-unavailable",
        );
        world.wait(TimeDelta::seconds(2));
    }
    world.provider.set().metadata = Box::new(|_| ());
    world.signed_in().await;
}

#[tokio::test]
async fn our_own_wrong_secret_is_said_plainly() {
    let world = World::with(&format!("/{TENANT}/v2.0"), None, |it| {
        it.client_secret = Some("expired".to_owned().into())
    })
    .await;
    let answer = world.sign_in(&mut world.browser()).await;
    world.assert_refused(&answer, 503, "sign-in-client-refused");
}

#[tokio::test]
async fn a_provider_without_tenants_names_users_by_issuer_and_subject() {
    let world = World::with("/realms/partner", None, |settings| settings.graph_url = None).await;
    world.provider.change_claims(|claims| {
        claims["tid"] = json!(null);
        claims["oid"] = json!(null);
        claims["roles"] = json!(["Helpdesk.Agent"]);
        claims["wids"] = json!(null);
    });
    let mut browser = world.browser();
    let (location, _) = world.begun(&mut browser, "/activity").await;
    assert_eq!(
        parameter(&location, "scope"),
        "openid profile",
        "no scope that only Entra knows"
    );
    let mut browser = world.signed_in().await;
    let body = browser.get("/activity").await.body;
    assert!(
        body.starts_with(&format!("{}/subject-1 | ", world.provider.issuer)),
        "{body}"
    );
    assert!(body.ends_with("[HelpdeskAgent]"), "{body}");
}

#[tokio::test]
async fn the_secret_travels_in_the_way_that_the_provider_wants() {
    for (listed, wanted) in [
        (json!(null), "client_secret_basic"),
        (json!(["client_secret_basic"]), "client_secret_basic"),
        (json!(["client_secret_post"]), "client_secret_post"),
        // Listed both, registered for one: found out by trying.
        (
            json!(["client_secret_basic", "client_secret_post"]),
            "client_secret_basic",
        ),
        (
            json!(["client_secret_basic", "client_secret_post"]),
            "client_secret_post",
        ),
    ] {
        let world = World::with("", None, |_| ()).await;
        world.provider.set().client_authentication = wanted;
        world.provider.set().metadata =
            Box::new(move |it| it["token_endpoint_auth_methods_supported"] = listed.clone());
        world.signed_in().await;
    }
}

#[tokio::test]
async fn a_database_that_fails_ends_in_a_page_that_says_nothing_of_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.approved(&mut browser, "/activity").await;
    let mut signed_in = world.signed_in().await;
    world
        .rows
        .failing
        .store(true, std::sync::atomic::Ordering::SeqCst);
    for answer in [
        browser.get(&callback).await,
        world.browser().get("/sign-in/start").await,
        signed_in.get("/activity").await,
        signed_in.get("/sign-in").await,
        signed_in.post("/sign-out").await,
    ] {
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.body, "page archive-failed: ArchiveFailed");
    }
    world
        .rows
        .failing
        .store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(signed_in.get("/activity").await.status, 200, "still signed in");
}
