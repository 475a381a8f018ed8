//! ID tokens that must not be believed.

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use super::*;
use crate::support::provider::{KEY, OTHER_KEY, jwk, part, sign_with};

async fn refused(world: &World, why: &str) {
    let answer = world.sign_in(&mut world.browser()).await;
    assert_eq!(answer.status, 400, "{why}: {}", answer.body);
    world.assert_refused(&answer, 400, "sign-in-rejected");
}

#[tokio::test]
async fn a_token_with_any_wrong_claim_is_refused() {
    let world = World::new().await;
    let now = world.now().timestamp();
    for (name, value) in [
        (
            "iss",
            json!("https://login.microsoftonline.com/0a1b2c3d-0000-4000-8000-0000000000ff/v2.0"),
        ),
        ("iss", json!(null)),
        ("aud", json!("another client")),
        ("aud", json!([CLIENT, "another client"])),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("azp", json!("another client")),
        ("exp", json!(now - 120)),
        ("exp", json!((now + 600).to_string())),
        ("exp", json!(null)),
        ("iat", json!(null)),
        ("iat", json!(now + 300)),
        ("nbf", json!(now + 300)),
        ("nonce", json!("another")),
        ("nonce", json!(null)),
        ("sub", json!(null)),
        ("sub", json!("")),
        ("tid", json!("0a1b2c3d-0000-4000-8000-0000000000fe")),
        ("tid", json!(null)),
        ("oid", json!(null)),
        ("oid", json!("ann@contoso.example")),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ] {
        let why = format!("{name} = {value}");
        world
            .provider
            .change_claims(move |claims| claims[name] = value.clone());
        refused(&world, &why).await;
    }
    world.provider.change_claims(move |claims| {
        claims["exp"] = json!(now - 110);
        claims["nbf"] = json!(now + 110);
        claims["aud"] = json!(["another client", CLIENT]);
        claims["azp"] = json!(CLIENT);
    });
    world.signed_in().await;
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_is_refused() {
    type Sign = fn(Value, Value) -> String;
    let forgeries: [(&str, Sign); 12] = [
        ("another key under a known id", |header, claims| {
            sign_with(OTHER_KEY, &header, &claims)
        }),
        ("another key embedded in the header", |mut header, claims| {
            header["jwk"] = jwk(OTHER_KEY, "key-1");
            sign_with(OTHER_KEY, &header, &claims)
        }),
        ("an unknown key id", |mut header, claims| {
            header["kid"] = "key-9".into();
            sign_with(OTHER_KEY, &header, &claims)
        }),
        ("no algorithm", |_, claims| {
            format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims))
        }),
        ("no algorithm, with a signature", |_, claims| {
            format!(
                "{}.{}.AAAA",
                part(&json!({"alg": "None", "kid": "key-1"})),
                part(&claims)
            )
        }),
        ("an HMAC under the public key", |_, claims| {
            let message = format!(
                "{}.{}",
                part(&json!({"alg": "HS256", "kid": "key-1"})),
                part(&claims)
            );
            let public = jwk(KEY, "key-1").to_string();
            let key = EncodingKey::from_secret(public.as_bytes());
            let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
            format!("{message}.{signature}")
        }),
        ("claims exchanged after signing", |header, mut claims| {
            let signed = sign_with(KEY, &header, &claims);
            claims["name"] = "Eve".into();
            let parts: Vec<_> = signed.split('.').collect();
            format!("{}.{}.{}", parts[0], part(&claims), parts[2])
        }),
        ("a cut signature", |header, claims| {
            let signed = sign_with(KEY, &header, &claims);
            signed[..signed.len() - 4].to_owned()
        }),
        ("an unknown critical header", |mut header, claims| {
            header["crit"] = json!(["x"]);
            sign_with(KEY, &header, &claims)
        }),
        ("an access token", |mut header, claims| {
            header["typ"] = "at+jwt".into();
            sign_with(KEY, &header, &claims)
        }),
        ("claims that are no object", |header, _| {
            sign_with(KEY, &header, &json!(["x"]))
        }),
        ("no token", |_, _| "\u{0}<html>".to_owned()),
    ];
    let world = World::new().await;
    for (why, sign) in forgeries {
        world.provider.set().sign = Box::new(sign);
        refused(&world, why).await;
    }
    world.provider.set().sign = Box::new(|header, claims| sign_with(KEY, &header, &claims));
    world.signed_in().await;
}

#[tokio::test]
async fn a_key_that_signs_for_another_issuer_is_not_used() {
    let world = World::new().await;
    let show = |issuer: String| {
        let mut key = jwk(KEY, "key-1");
        key["issuer"] = issuer.into();
        world.provider.set().jwks = json!({ "keys": [key] });
    };
    show(format!(
        "{}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        world.provider.base
    ));
    refused(&world, "the key of another tenant").await;
    // A minute later the keys may be fetched again.
    world.wait(TimeDelta::minutes(1));
    show(format!("{}/{{tenantid}}/v2.0", world.provider.base));
    world.signed_in().await;
}

#[tokio::test]
async fn new_keys_are_fetched_once_a_minute_at_most() {
    let world = World::new().await;
    world.signed_in().await;
    let keys_fetched = || world.provider.seen.lock().unwrap().jwks;
    assert_eq!(keys_fetched(), 1);

    let rotate = |pem: &'static str, kid: &str| {
        let mut behaviour = world.provider.set();
        behaviour.jwks = json!({ "keys": [jwk(pem, kid)] });
        behaviour.sign = Box::new(move |header, claims| sign_with(pem, &header, &claims));
        kid.clone_into(&mut behaviour.kid);
    };
    rotate(OTHER_KEY, "key-2");
    world.signed_in().await;
    assert_eq!(keys_fetched(), 2);

    "key-of-nobody".clone_into(&mut world.provider.set().kid);
    for _ in 0..5 {
        let answer = world.sign_in(&mut world.browser()).await;
        assert_eq!(answer.status, 400);
    }
    assert_eq!(keys_fetched(), 2, "no flood");

    world.wait(TimeDelta::minutes(1));
    rotate(KEY, "key-3");
    world.signed_in().await;
    assert_eq!(keys_fetched(), 3);
}
