//! The newest refresh token: sealed, kept over restarts, shared by processes, and under new keys when they change.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use partnerlog::{
    config::PartnerAccount,
    credentials::{Resealed, Seal},
    partner_center::{Client, ClientOptions, KeepError, RefreshToken, RefreshTokens, TokenError, Trouble},
    store::{CredentialRows, Instead},
};
use secrecy::ExposeSecret;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{FIRST, KEY, OTHER_KEY, World, bytes, holds, keys};
use crate::partner_center::server::{Gate, Reply, Server, json, page, token};
use crate::support::archive;
use partnerlog::store::sql::connection::ToValue;

/// How often the authority was asked for a token.
fn asked(world: &World) -> usize {
    world.partner_center.log().to("/oauth2/v2.0/token").len()
}

#[tokio::test]
async fn without_a_refresh_token_an_account_is_app_only() {
    let world = World::new().await;
    let process = world.process(&keys(Some(KEY), None), None).await;
    assert!(!process.client.access().await.unwrap().delegated);
    let standing = process.vault.standing(&process.account).await.unwrap();
    assert!(!standing.is_delegated() && standing.trouble().is_none());
    assert_eq!(
        standing.last.map(|last| (last.delegated, last.trouble)),
        Some((false, None))
    );
}

#[tokio::test]
async fn the_newest_token_survives_a_restart_where_an_older_one_is_good_once_only() {
    let world = World::new().await;
    world.partner_center.faults().set_strict_rotation(true);
    let keys = keys(Some(KEY), None);
    for start in 0..3 {
        // Each time the settings still name the first token, which is long used up.
        let process = world.process(&keys, Some(FIRST)).await;
        let access = process.client.access().await.unwrap();
        assert!(access.delegated, "start {start}");
        let standing = process.vault.standing(&process.account).await.unwrap();
        assert_eq!(standing.stored.unwrap().seal, Seal::Newest);
    }
}

#[tokio::test]
async fn without_a_key_the_newest_token_lives_as_long_as_the_process() {
    let world = World::new().await;
    world.partner_center.faults().set_strict_rotation(true);
    let process = world.process(&keys(None, None), Some(FIRST)).await;
    process.client.access().await.unwrap();
    world.clock.set(super::now() + TimeDelta::hours(2));
    process.client.access().await.unwrap();
    assert!(process.store.credentials().await.unwrap().is_empty());
    let restarted = world.process(&keys(None, None), Some(FIRST)).await;
    let error = restarted.client.access().await.unwrap_err();
    assert_eq!(Trouble::of_token_error(&error), Trouble::ConsentLapsed);
}

#[tokio::test]
async fn another_token_in_the_settings_takes_the_place_of_the_stored_one() {
    let world = World::new().await;
    let keys = keys(Some(KEY), None);
    let first = world.process(&keys, Some(FIRST)).await;
    first.client.access().await.unwrap();
    world.partner_center.faults().revoke_consents();
    world.clock.set(super::now() + TimeDelta::hours(2));
    // The stored one was revoked, and so was the old one of the settings.
    assert!(
        world
            .process(&keys, Some(FIRST))
            .await
            .client
            .access()
            .await
            .is_err()
    );
    let count = asked(&world);
    let error = world
        .process(&keys, Some("another-token"))
        .await
        .client
        .access()
        .await
        .unwrap_err();
    // The authority does not know it; had the stored one been sent, it would say that that was revoked.
    assert!(error.to_string().contains("AADSTS70000"), "{error}");
    assert_eq!(asked(&world), count + 1);
}

#[tokio::test]
async fn of_two_processes_each_uses_what_the_other_got() {
    let world = World::new().await;
    world.partner_center.faults().set_strict_rotation(true);
    let keys = keys(Some(KEY), None);
    let one = world.process(&keys, Some(FIRST)).await;
    let other = world.process(&keys, Some(FIRST)).await;
    for hour in 0..4 {
        world.clock.set(super::now() + TimeDelta::hours(2 * hour));
        one.client.access().await.unwrap();
        other.client.access().await.unwrap();
    }
}

#[tokio::test]
async fn a_token_that_another_process_used_up_meanwhile_is_looked_up_once_more() {
    let world = World::new().await;
    let keys = keys(Some(KEY), None);
    // What another process will have stored: made by it beforehand, then taken out of the archive again.
    let other = world.process(&keys, Some("first")).await;
    let used = RefreshToken {
        secret: "first".to_owned().into(),
        revision: None,
    };
    let kept = other.vault.of(&other.account);
    kept.keep(Some("second".to_owned().into()), &used).await.unwrap();
    let tenant = other.account.tenant_id.clone();
    let theirs = other.store.credential(&tenant).await.unwrap().unwrap();
    other.vault.forget(&tenant).await.unwrap();

    // The authority gets the first token; before it answers that it is used up, the other process stores the second.
    let path = world.archive();
    let server = Server::with_tokens(
        |_, _| page(&[], None).into(),
        move |n, asked| {
            if asked.body.contains("refresh_token=second") {
                return token(n, "3599").into();
            }
            if n == 0 {
                archive::with(&path, |archive| {
                    let values: &[&dyn ToValue] = &[
                        &theirs.tenant_id,
                        &theirs.revision,
                        &theirs.key_id,
                        &theirs.sealed,
                    ];
                    archive.execute(
                        "INSERT INTO credential (tenant_id, revision, key_id, sealed, obtained_at, used_at)
                         VALUES (?1, ?2, ?3, ?4, 0, 0)",
                        values,
                    )
                })
                .unwrap();
            }
            json(400, r#"{"error":"invalid_grant","error_codes":[70000]}"#).into()
        },
    )
    .await;
    let account = PartnerAccount {
        authority_url: Some(server.url.clone()),
        ..other.account.clone()
    };
    let client = |account: &PartnerAccount| {
        let kept = Arc::new(other.vault.of(account));
        Client::with_refresh_tokens(account, world.clock.clone(), ClientOptions::default(), kept).unwrap()
    };
    assert!(client(&account).access().await.unwrap().delegated);
    let forms: Vec<_> = server
        .asked_for_tokens()
        .into_iter()
        .map(|asked| asked.body)
        .collect();
    assert!(
        forms.len() == 2 && forms[0].contains("=first") && forms[1].contains("=second"),
        "{forms:?}"
    );

    // Where nobody stored another one, the refusal is believed at once.
    other.vault.forget(&tenant).await.unwrap();
    let error = client(&account).access().await.unwrap_err();
    assert_eq!(Trouble::of_token_error(&error), Trouble::ConsentLapsed);
    assert_eq!(server.asked_for_tokens().len(), 3);
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_used_and_not_lost() {
    let world = World::new().await;
    world.partner_center.faults().set_strict_rotation(true);
    let process = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    archive::refuse(&world.archive(), "credential", true);
    let error = process.client.access().await.unwrap_err();
    assert!(
        matches!(error, TokenError::Kept(KeepError::Archive(_))),
        "{error:?}"
    );
    assert!(error.is_transient());
    archive::refuse(&world.archive(), "credential", false);
    // The first token is used up: only the one that could not be kept is still good.
    assert!(process.client.access().await.unwrap().delegated);
    assert!(
        world
            .process(&keys(Some(KEY), None), Some(FIRST))
            .await
            .client
            .access()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_stolen_database_opens_nothing_without_its_key() {
    let world = World::new().await;
    let process = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    process.client.access().await.unwrap();
    let all = bytes(world.folder.path());
    assert!(
        !holds(&all, FIRST) && !holds(&all, "refresh-"),
        "a token lies there in the clear"
    );
    assert!(!holds(&all, KEY));

    for (stolen, trouble) in [
        (keys(Some(OTHER_KEY), None), Trouble::KeyUnknown),
        (keys(None, None), Trouble::KeyMissing),
    ] {
        let thief = world.process(&stolen, None).await;
        let before = asked(&world);
        let error = thief.client.access().await.unwrap_err();
        assert_eq!(Trouble::of_token_error(&error), trouble);
        assert!(!error.is_transient());
        assert_eq!(asked(&world), before, "nothing was sent");
        let standing = thief.vault.standing(&thief.account).await.unwrap();
        assert_eq!(standing.trouble(), Some(trouble));
        assert_eq!(standing.stored.unwrap().user, "");
    }
    // What lies in another account's row opens neither.
    let mut row = process
        .store
        .credential(&process.account.tenant_id)
        .await
        .unwrap()
        .unwrap();
    row.tenant_id = "00000000-0000-4000-8000-000000000000".to_owned();
    assert!(
        process
            .store
            .put_credential(&row, Instead::Of(None))
            .await
            .unwrap()
    );
    let stored = process.vault.all().await.unwrap();
    let moved = stored
        .iter()
        .find(|stored| stored.tenant_id == row.tenant_id)
        .unwrap();
    assert_eq!(moved.seal, Seal::Unknown);
}

#[tokio::test]
async fn keys_can_be_changed_without_a_new_consent() {
    let world = World::new().await;
    world.partner_center.faults().set_strict_rotation(true);
    let old = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    old.client.access().await.unwrap();
    drop(old);

    // With both keys everything goes on, and is sealed anew by the command.
    let both = world
        .process(&keys(Some(OTHER_KEY), Some(KEY)), Some(FIRST))
        .await;
    let tenant = both.account.tenant_id.clone();
    assert_eq!(both.vault.all().await.unwrap()[0].seal, Seal::Previous);
    assert_eq!(
        both.vault.reseal().await.unwrap(),
        [(tenant.clone(), Resealed::Done)]
    );
    assert_eq!(
        both.vault.reseal().await.unwrap(),
        [(tenant.clone(), Resealed::Already)]
    );
    drop(both);

    // Then the old key opens nothing any more, and the new one alone is enough.
    let behind = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    assert_eq!(behind.vault.all().await.unwrap()[0].seal, Seal::Unknown);
    assert_eq!(
        behind.vault.reseal().await.unwrap(),
        [(tenant, Resealed::Unopened)]
    );
    world.clock.set(super::now() + TimeDelta::hours(2));
    let new = world.process(&keys(Some(OTHER_KEY), None), Some(FIRST)).await;
    assert!(new.client.access().await.unwrap().delegated);
}

#[tokio::test]
async fn a_token_under_the_previous_key_moves_to_the_new_one_when_it_is_renewed() {
    let world = World::new().await;
    let old = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    old.client.access().await.unwrap();
    let both = world
        .process(&keys(Some(OTHER_KEY), Some(KEY)), Some(FIRST))
        .await;
    both.client.access().await.unwrap();
    assert_eq!(both.vault.all().await.unwrap()[0].seal, Seal::Newest);
}

#[tokio::test]
async fn a_renewal_never_writes_over_what_somebody_else_stored_meanwhile() {
    let world = World::new().await;
    let process = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    process.client.access().await.unwrap();
    let tenant = process.account.tenant_id.clone();
    let row = process.store.credential(&tenant).await.unwrap().unwrap();
    let mut theirs = row.clone();
    theirs.revision ^= 1;
    let put = |row: partnerlog::store::CredentialRow, instead| {
        let store = process.store.clone();
        async move { store.put_credential(&row, instead).await.unwrap() }
    };
    assert!(put(theirs.clone(), Instead::Of(Some(row.revision))).await);
    assert!(!put(row.clone(), Instead::Of(Some(row.revision))).await);
    assert!(!put(row.clone(), Instead::Of(None)).await);
    assert_eq!(process.store.credential(&tenant).await.unwrap(), Some(theirs));
    assert!(put(row, Instead::OfAnything).await);
}

#[tokio::test]
async fn an_unused_consent_is_warned_of_before_it_lapses_and_said_to_have_lapsed_after() {
    let world = World::new().await;
    let process = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    process.client.access().await.unwrap();
    for (days, lapsing) in [(0, false), (60, false), (61, true), (89, true)] {
        let standing = process.vault.standing(&process.account).await.unwrap();
        let at = super::now() + TimeDelta::days(days);
        assert_eq!(standing.is_lapsing(at), lapsing, "after {days} days");
    }
    world.clock.set(super::now() + TimeDelta::days(91));
    let error = process.client.access().await.unwrap_err();
    assert_eq!(error.code(), Some("AADSTS700082"));
    let standing = process.vault.standing(&process.account).await.unwrap();
    assert_eq!(standing.trouble(), Some(Trouble::ConsentLapsed));
    assert_eq!(standing.last.unwrap().said.as_deref(), Some("AADSTS700082"));
}

#[tokio::test]
async fn a_consent_without_multifactor_authentication_is_warned_of() {
    let world = World::new().await;
    let process = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    let read = || async {
        let mut day = process.client.day(super::now().date_naive());
        day.next().await.unwrap();
        process.vault.standing(&process.account).await.unwrap().trouble()
    };
    assert_eq!((read().await, process.client.used_mfa()), (None, Some(true)));
    world.partner_center.faults().set_mfa(false);
    assert_eq!(read().await, Some(Trouble::MfaRequired));
    assert_eq!(process.client.used_mfa(), Some(false));

    // An application without a user is not asked.
    let app_only = World::new().await;
    app_only.partner_center.faults().set_mfa(false);
    let process = app_only.process(&keys(Some(KEY), None), None).await;
    process
        .client
        .day(super::now().date_naive())
        .next()
        .await
        .unwrap();
    assert_eq!(process.client.used_mfa(), None);
}

#[tokio::test]
async fn who_stops_waiting_for_a_token_does_not_lose_the_refresh_token_that_comes_with_it() {
    let world = World::new().await;
    let gate = Gate::new();
    let at_gate = Arc::clone(&gate);
    // Each refresh token is good once.
    let server = Server::with_tokens(
        |_, _| page(&[], None).into(),
        move |n, asked| match n {
            0 => Reply::Together(
                Arc::clone(&at_gate),
                json(
                    200,
                    r#"{"token_type":"Bearer","expires_in":1,"access_token":"a","refresh_token":"second"}"#,
                ),
            ),
            1 => Reply::Together(Arc::clone(&at_gate), json(200, "{}")),
            _ if asked.body.contains("refresh_token=second") => token(n, "3599").into(),
            _ => json(400, r#"{"error":"invalid_grant","error_codes":[70000]}"#).into(),
        },
    )
    .await;
    let process = world.process(&keys(Some(KEY), None), Some("first")).await;
    let account = PartnerAccount {
        authority_url: Some(server.url.clone()),
        ..process.account.clone()
    };
    let kept = Arc::new(process.vault.of(&account));
    let client =
        Client::with_refresh_tokens(&account, world.clock.clone(), ClientOptions::default(), kept).unwrap();
    let is_asked = async {
        while server.asked_for_tokens().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Collecting is stopped, or a reader goes away, while the authority makes up its mind.
    tokio::select! {
        _ = client.access() => panic!("there is no answer yet"),
        () = is_asked => {}
    }
    let mut other = TcpStream::connect(server.url.trim_start_matches("http://"))
        .await
        .unwrap();
    other
        .write_all(b"POST /token HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        .await
        .unwrap();
    assert!(client.access().await.unwrap().delegated);
    let kept = process.vault.of(&account).newest().await.unwrap().unwrap();
    assert_eq!(kept.secret.expose_secret(), "second");
}

#[tokio::test]
async fn a_token_that_is_renewed_while_keys_are_rotated_is_kept() {
    let world = World::new().await;
    let both = keys(Some(OTHER_KEY), Some(KEY));
    let old = world.process(&keys(Some(KEY), None), Some(FIRST)).await;
    let first = RefreshToken {
        secret: FIRST.to_owned().into(),
        revision: None,
    };
    old.vault
        .of(&old.account)
        .keep(Some("second".to_owned().into()), &first)
        .await
        .unwrap();
    // The serving process has both keys already; between its question and the answer `rotate` seals the row anew.
    let serving = world.process(&both, Some(FIRST)).await;
    let kept = serving.vault.of(&serving.account);
    let used = kept.newest().await.unwrap().unwrap();
    let rotating = world.process(&both, Some(FIRST)).await;
    assert_eq!(rotating.vault.reseal().await.unwrap()[0].1, Resealed::Done);
    kept.keep(Some("third".to_owned().into()), &used).await.unwrap();
    let newest = kept.newest().await.unwrap().unwrap();
    assert_eq!(newest.secret.expose_secret(), "third");
    // A consent that somebody gave meanwhile stays, also where the rotation came after it.
    kept.keep(Some("fourth".to_owned().into()), &used).await.unwrap();
    let newest = kept.newest().await.unwrap().unwrap();
    assert_eq!(newest.secret.expose_secret(), "third");
}
