//! How long a session lives, and what cannot be done with one.

use std::sync::atomic::Ordering;

use super::*;

const COOKIE: &str = "partnerlog";

#[tokio::test]
async fn every_sign_in_makes_a_new_session_and_ends_the_old_one() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let old = browser.cookies[COOKIE].clone();
    world.sign_in(&mut browser).await;
    assert_ne!(browser.cookies[COOKIE], old);
    assert_eq!(browser.get("/activity").await.status, 200);
    browser.cookies.insert(COOKIE.to_owned(), old);
    assert_eq!(browser.get("/activity").await.status, 303);
}

#[tokio::test]
async fn an_id_that_somebody_made_up_is_never_adopted() {
    let world = World::new().await;
    for planted in ["AAAAAAAAAAAAAAAAAAAAAA", "short", "%00", "\"x", "a b", ""] {
        let mut browser = world.browser();
        browser.cookies.insert(COOKIE.to_owned(), planted.to_owned());
        assert_eq!(browser.get("/activity").await.status, 303, "{planted:?}");
        browser.cookies.insert(COOKIE.to_owned(), planted.to_owned());
        let answer = world.sign_in(&mut browser).await;
        assert_eq!(answer.status, 303, "{planted:?}");
        assert_ne!(browser.cookies[COOKIE], planted);
        assert_eq!(browser.get("/activity").await.status, 200);
        let mut attacker = world.browser();
        attacker.cookies.insert(COOKIE.to_owned(), planted.to_owned());
        assert_eq!(attacker.get("/activity").await.status, 303, "{planted:?}");
    }
}

#[tokio::test]
async fn odd_cookie_headers_do_no_harm() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let id = &browser.cookies[COOKIE];
    for cookies in [
        format!("{COOKIE}=AAAAAAAAAAAAAAAAAAAAAA; {COOKIE}={id}"),
        format!("{COOKIE}={id}; {COOKIE}="),
        format!("; ;=;{COOKIE}"),
        "x".repeat(8000),
        format!("{COOKIE}=\"{id}\""),
    ] {
        let answer = world
            .browser()
            .request(reqwest::Method::GET, "/activity", &[("cookie", &cookies)])
            .await;
        assert!(
            [200, 303].contains(&answer.status.as_u16()),
            "{cookies}: {}",
            answer.status
        );
    }
    assert_eq!(world.rows.session_count(), 1);
}

#[tokio::test]
async fn a_session_ends_after_an_hour_without_reading() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for _ in 0..3 {
        world.wait(TimeDelta::minutes(59));
        assert_eq!(browser.get("/activity").await.status, 200, "reading counts");
    }
    world.wait(TimeDelta::minutes(60));
    let answer = browser.get("/activity").await;
    assert_eq!(answer.status, 303);
    assert!(
        answer.set_cookies()[0].contains("Max-Age=0"),
        "{:?}",
        answer.set_cookies()
    );
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_of_reading() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for _ in 0..23 {
        world.wait(TimeDelta::minutes(30));
        assert_eq!(browser.get("/activity").await.status, 200);
    }
    world.wait(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    assert_eq!(browser.get("/activity").await.status, 200);
    world.wait(TimeDelta::seconds(1));
    assert_eq!(browser.get("/activity").await.status, 303);
}

#[tokio::test]
async fn limits_hold_even_if_the_database_forgets_them() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for row in world.rows.sessions.lock().unwrap().values_mut() {
        row.expires_at += TimeDelta::days(365);
    }
    world.wait(TimeDelta::minutes(60));
    assert_eq!(browser.get("/activity").await.status, 303);
}

#[tokio::test]
async fn reading_is_written_down_once_a_minute_at_most() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let before = world.rows.updates.load(Ordering::SeqCst);
    for _ in 0..59 {
        world.wait(TimeDelta::seconds(1));
        let answer = browser.get("/activity").await;
        assert!(answer.set_cookies().is_empty());
    }
    assert_eq!(world.rows.updates.load(Ordering::SeqCst), before);
    world.wait(TimeDelta::seconds(1));
    browser.get("/activity").await;
    assert_eq!(world.rows.updates.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn a_short_idle_limit_counts_reading_as_well() {
    let world = World::with(&format!("/{TENANT}/v2.0"), None, |it| {
        it.session_idle = Duration::from_secs(20)
    })
    .await;
    let mut browser = world.signed_in().await;
    for _ in 0..5 {
        world.wait(TimeDelta::seconds(15));
        assert_eq!(browser.get("/activity").await.status, 200);
    }
    world.wait(TimeDelta::seconds(20));
    assert_eq!(browser.get("/activity").await.status, 303);
}

#[tokio::test]
async fn what_a_page_asks_by_itself_keeps_no_session() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for _ in 0..11 {
        world.wait(TimeDelta::minutes(5));
        assert_eq!(browser.get("/poll").await.status, 200);
    }
    world.wait(TimeDelta::minutes(5));
    assert_eq!(browser.get("/poll").await.status, 303, "an hour without a user");
    assert_eq!(browser.get("/activity").await.status, 303);
}

#[tokio::test]
async fn a_failing_page_does_not_cost_the_session() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    world.wait(TimeDelta::minutes(59));
    assert_eq!(browser.get("/broken").await.status, 500);
    world.wait(TimeDelta::minutes(59));
    assert_eq!(browser.get("/activity").await.status, 200);
}

#[tokio::test]
async fn who_cannot_be_remembered_now_is_told_when_to_try_again() {
    let world = World::new().await;
    let answer = world.signed_in().await.get("/remembers").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn a_row_moved_to_another_key_or_bent_opens_nothing() {
    let world = World::new().await;
    let (mut first, mut second) = (world.signed_in().await, world.signed_in().await);
    {
        let mut sessions = world.rows.sessions.lock().unwrap();
        let keys: Vec<_> = sessions.keys().copied().collect();
        let sealed: Vec<_> = keys.iter().map(|key| sessions[key].sealed.clone()).collect();
        sessions.get_mut(&keys[0]).unwrap().sealed = sealed[1].clone();
        sessions.get_mut(&keys[1]).unwrap().sealed.truncate(5);
    }
    assert_eq!(first.get("/activity").await.status, 303);
    assert_eq!(second.get("/activity").await.status, 303);
}
