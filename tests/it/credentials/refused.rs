//! What consent and credentials leave in the log: ids and kinds, no secret.

use std::sync::Arc;

use partnerlog::{
    credentials::{ConsentAnswer, Consents, Refused},
    simulator::partner_center::{Fault, When},
};

use super::{FIRST, KEY, World, keys};
use crate::{captured_log::CapturedLog, support::browser::Browser};

#[tokio::test]
async fn nothing_secret_is_logged() {
    let log = CapturedLog::start();
    let world = World::new().await;
    let credentials = keys(Some(KEY), None);
    let process = world.process(&credentials, Some(FIRST)).await;
    process.client.access().await.unwrap();
    let consents = Consents::new(
        std::slice::from_ref(&process.account),
        "https://log.contoso.example",
        process.vault.clone(),
        Arc::new(process.store.clone()),
        world.clock.clone(),
    )
    .unwrap();
    let session = "the-id-of-a-session";
    let begun = consents.begin(session, &process.account.tenant_id).await.unwrap();
    let state = begun
        .split("state=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();

    // The redirect URI is not registered there: the authority says so and leads nowhere.
    let page = Browser::new("").get(&begun).await;
    assert!(page.status == 400 && page.body.contains("AADSTS50011"));

    world
        .partner_center
        .faults()
        .next(1, When::token(), Fault::Refusal(7_000_222));
    let answer = ConsentAnswer {
        state: state.clone(),
        outcome: Ok("the-code-of-a-user".to_owned().into()),
    };
    let refused = consents.finish(session, answer).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Refused::Trouble {
                code: "secret-expired",
                ..
            }
        ),
        "{refused:?}"
    );
    let text = log.text();
    assert!(text.contains("secret-expired"), "{text}");
    let verifier = begun
        .split("code_challenge=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    for secret in [
        FIRST,
        KEY,
        "the-code-of-a-user",
        "stand-in-secret",
        session,
        &state,
        verifier,
        "refresh-",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(!format!("{:?} {:?}", process.vault, credentials).contains(KEY));
}
