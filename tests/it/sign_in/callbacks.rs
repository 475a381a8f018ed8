//! Callbacks that answer nothing we asked: a page each, no session, nothing of the provider's on it.

use super::*;

#[tokio::test]
async fn a_callback_that_nobody_waits_for_is_refused() {
    let world = World::new().await;
    let mut browser = world.browser();
    let good = world.approved(&mut browser, "/activity").await;
    let state = good.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let code = good.split("code=").nth(1).unwrap().split('&').next().unwrap();
    for query in [
        String::new(),
        format!("code={code}"),
        format!("state={state}"),
        format!("code={code}&state="),
        format!("code={code}&state={}", &state[1..]),
        format!("code={code}&state=A{}", &state[1..]),
        format!("code={code}&state=%00%ff"),
        format!("code={code}&code={code}&state={state}"),
        format!("code={code}&state={state}&state={state}"),
        format!("code={code}&state={state}&error=access_denied"),
        format!("code={code}&state={state}&iss=https%3A%2F%2Fevil.example"),
        format!("code={code}&state={state}&iss={}&iss=x", world.provider.issuer),
        format!("error=access_denied&state={}", "x".repeat(5000)),
    ] {
        let answer = browser.get(&format!("/sign-in/callback?{query}")).await;
        world.assert_refused(&answer, 400, "sign-in-forged");
    }
    assert_eq!(world.provider.seen.lock().unwrap().token, 0);
    // None of it has used the sign-in up.
    let answer = browser
        .get(&format!("{good}&iss={}", world.provider.issuer))
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[tokio::test]
async fn another_browser_can_neither_use_a_sign_in_nor_use_it_up() {
    let world = World::new().await;
    let (mut victim, mut other) = (world.browser(), world.browser());
    let callback = world.approved(&mut victim, "/activity").await;
    world.assert_refused(&other.get(&callback).await, 400, "sign-in-forged");
    world.begun(&mut other, "/activity").await;
    world.assert_refused(&other.get(&callback).await, 400, "sign-in-forged");
    assert_eq!(victim.get(&callback).await.status, 303);
}

#[tokio::test]
async fn a_callback_counts_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.approved(&mut browser, "/activity").await;
    assert_eq!(
        browser
            .request(reqwest::Method::HEAD, &callback, &[])
            .await
            .status,
        405
    );
    assert_eq!(browser.get(&callback).await.status, 303);
    let replayed = browser.get(&callback).await;
    assert_eq!(replayed.status, 400);
    assert!(
        replayed.body.starts_with("page sign-in-replayed"),
        "{}",
        replayed.body
    );
    assert_eq!(
        browser.get("/activity").await.status,
        200,
        "the session of the first stays"
    );
    assert_eq!(world.provider.seen.lock().unwrap().token, 1);
}

#[tokio::test]
async fn of_two_callbacks_at_once_one_enters() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.approved(&mut browser, "/activity").await;
    let mut twin = world.browser();
    twin.cookies = browser.cookies.clone();
    let (first, second) = tokio::join!(browser.get(&callback), twin.get(&callback));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400]);
    assert_eq!(world.rows.session_count(), 1);
}

#[tokio::test]
async fn a_sign_in_waits_ten_minutes() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (early, late) = (
        world.approved(&mut browser, "/activity").await,
        world.approved(&mut browser, "/activity").await,
    );
    world.wait(TimeDelta::seconds(600));
    world.assert_refused(&browser.get(&late).await, 400, "sign-in-expired");
    world.wait(TimeDelta::seconds(-1));
    assert_eq!(browser.get(&early).await.status, 303);
}

#[tokio::test]
async fn remains_of_sign_ins_are_cleared_away() {
    let world = World::new().await;
    for _ in 0..5 {
        world.begun(&mut world.browser(), "/activity").await;
    }
    assert_eq!(world.rows.sign_ins.lock().unwrap().len(), 5);
    world.wait(TimeDelta::seconds(600));
    world.begun(&mut world.browser(), "/activity").await;
    assert_eq!(world.rows.sign_ins.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_error_of_the_provider_ends_in_a_page_without_its_words() {
    let world = World::new().await;
    for (error, key) in [
        ("access_denied", "sign-in-declined"),
        ("server_error", "sign-in-refused"),
        ("temporarily_unavailable", "sign-in-refused"),
        ("login_required", "sign-in-refused"),
        ("%3Cscript%3Ealert(1)%3C%2Fscript%3E", "sign-in-refused"),
    ] {
        let mut browser = world.browser();
        let (_, state) = world.begun(&mut browser, "/activity").await;
        let told = "error_description=%3Cb%3Ecall+0900+1234%3C%2Fb%3E&error_uri=https%3A%2F%2Fevil.example";
        let callback = format!("/sign-in/callback?error={error}&{told}&state={state}");
        let answer = browser.get(&callback).await;
        world.assert_refused(&answer, 400, key);
        for word in ["call 0900", "evil.example", "alert"] {
            assert!(!answer.body.contains(word), "{}", answer.body);
        }
        let again = browser.get(&callback).await;
        world.assert_refused(&again, 400, "sign-in-replayed");
    }
}

#[tokio::test]
async fn a_provider_that_names_itself_always_must_always_do_so() {
    let world = World::new().await;
    world.provider.set().metadata =
        Box::new(|it| it["authorization_response_iss_parameter_supported"] = true.into());
    let mut browser = world.browser();
    let callback = world.approved(&mut browser, "/activity").await;
    world.assert_refused(&browser.get(&callback).await, 400, "sign-in-forged");
    let answer = browser
        .get(&format!("{callback}&iss={}", world.provider.issuer))
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}
