//! Makes ID tokens, good ones and wrong ones.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{App, fault::IdTokenFault, keys::KEYS, users::User};

/// Seconds an ID token is good for.
const LIFETIME: i64 = 3600;

/// The ID token of a sign-in.
pub(super) fn issue(app: &App, user: &User, nonce: &str, sid: &str) -> String {
    let faults = app.faults.take_id_token();
    let mut claims = claims(app, user, nonce, sid);
    let now = app.options.clock.now().timestamp();
    let mut forgery = None;
    for fault in faults {
        match fault {
            IdTokenFault::Expired => {
                claims.insert("iat".into(), (now - LIFETIME - 600).into());
                claims.insert("nbf".into(), (now - LIFETIME - 600).into());
                claims.insert("exp".into(), (now - 600).into());
            }
            IdTokenFault::NotYetValid => {
                claims.insert("nbf".into(), (now + 600).into());
            }
            IdTokenFault::Set(claim, value) => {
                claims.insert(claim, value);
            }
            IdTokenFault::Without(claim) => {
                claims.remove(&claim);
            }
            signature => forgery = Some(signature),
        }
    }
    sign(app, &claims, forgery.as_ref())
}

fn claims(app: &App, user: &User, nonce: &str, sid: &str) -> Map<String, Value> {
    let now = app.options.clock.now().timestamp();
    let client = &app.options.client_id;
    let mut claims = Map::new();
    let mut set = |claim: &str, value: Value| claims.insert(claim.to_owned(), value);
    set("ver", "2.0".into());
    set("iss", app.issuer.as_str().into());
    // Pairwise, as Entra's: another client sees another subject.
    set(
        "sub",
        BASE64
            .encode(Sha256::digest(format!("{client}\n{}", user.id)))
            .into(),
    );
    set("aud", client.as_str().into());
    set("iat", now.into());
    set("nbf", now.into());
    set("exp", (now + LIFETIME).into());
    set("tid", app.options.tenant_id.as_str().into());
    set("oid", user.id.as_str().into());
    set("name", user.name.as_str().into());
    set("preferred_username", user.preferred_username.as_str().into());
    set("nonce", nonce.into());
    set("sid", sid.into());
    set("uti", BASE64.encode(uuid::Uuid::new_v4().as_bytes()).into());
    set("wids", json!(user.wids));
    if !user.roles.is_empty() {
        set("roles", json!(user.roles));
    }
    if user.groups_overage {
        let old_graph = format!(
            "https://graph.windows.net/{}/users/{}/getMemberObjects",
            app.options.tenant_id, user.id
        );
        set("_claim_names", json!({"groups": "src1"}));
        set("_claim_sources", json!({"src1": {"endpoint": old_graph}}));
    } else {
        set("groups", json!(user.groups));
    }
    claims
}

fn sign(app: &App, claims: &Map<String, Value>, forgery: Option<&IdTokenFault>) -> String {
    let current = app.current_key();
    let foreign = KEYS
        .iter()
        .find(|key| key.kid != current.kid)
        .expect("there are two keys");
    let mut header = json!({"typ": "JWT", "alg": "RS256", "kid": current.kid});
    let (algorithm, key) = match forgery {
        Some(IdTokenFault::ForeignKey) => (Algorithm::RS256, foreign.encoding()),
        Some(IdTokenFault::EmbeddedKey) => {
            header["jwk"] = foreign.public(&app.issuer);
            (Algorithm::RS256, foreign.encoding())
        }
        Some(IdTokenFault::Hs256WithClientSecret) => {
            header["alg"] = "HS256".into();
            (
                Algorithm::HS256,
                EncodingKey::from_secret(app.options.client_secret.as_bytes()),
            )
        }
        _ => (Algorithm::RS256, current.encoding()),
    };
    match forgery {
        Some(IdTokenFault::UnknownKid) => header["kid"] = "never-published".into(),
        Some(IdTokenFault::AlgNone) => header["alg"] = "none".into(),
        _ => {}
    }
    // Written by hand, because libraries refuse to write most of the forgeries.
    let claims = Value::Object(claims.clone()).to_string();
    let message = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims));
    if forgery == Some(&IdTokenFault::AlgNone) {
        return format!("{message}.");
    }
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm)
        .expect("an RSA key or a secret signs any message");
    if forgery == Some(&IdTokenFault::BadSignature) {
        let mut bytes = BASE64.decode(signature).expect("a signature is base64url");
        if let Some(byte) = bytes.last_mut() {
            *byte ^= 1;
        }
        return format!("{message}.{}", BASE64.encode(bytes));
    }
    format!("{message}.{signature}")
}
