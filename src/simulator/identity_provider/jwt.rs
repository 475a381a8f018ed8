//! Signs tokens, good ones and wrong ones.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};

use super::{App, fault::JwtFault, keys::KEYS};

/// Seconds a token is good for.
pub(super) const LIFETIME: i64 = 3600;

/// A token of those claims, wrong in all these ways at once.
pub(super) fn issue(app: &App, mut claims: Map<String, Value>, faults: Vec<JwtFault>) -> String {
    let now = app.options.clock.now().timestamp();
    let mut forgery = None;
    for fault in faults {
        match fault {
            JwtFault::Expired => {
                claims.insert("iat".into(), (now - LIFETIME - 600).into());
                claims.insert("nbf".into(), (now - LIFETIME - 600).into());
                claims.insert("exp".into(), (now - 600).into());
            }
            JwtFault::NotYetValid => {
                claims.insert("nbf".into(), (now + 600).into());
            }
            JwtFault::Set(claim, value) => {
                claims.insert(claim, value);
            }
            JwtFault::Without(claim) => {
                claims.remove(&claim);
            }
            signature => forgery = Some(signature),
        }
    }
    sign(app, &claims, forgery.as_ref())
}

fn sign(app: &App, claims: &Map<String, Value>, forgery: Option<&JwtFault>) -> String {
    let current = app.current_key();
    let foreign = KEYS
        .iter()
        .find(|key| key.kid != current.kid)
        .expect("there are two keys");
    let mut header = json!({"typ": "JWT", "alg": "RS256", "kid": current.kid});
    let (algorithm, key) = match forgery {
        Some(JwtFault::ForeignKey) => (Algorithm::RS256, foreign.encoding()),
        Some(JwtFault::EmbeddedKey) => {
            header["jwk"] = foreign.public(&app.issuer);
            (Algorithm::RS256, foreign.encoding())
        }
        Some(JwtFault::Hs256WithClientSecret) => {
            header["alg"] = "HS256".into();
            (
                Algorithm::HS256,
                EncodingKey::from_secret(app.options.client_secret.as_bytes()),
            )
        }
        _ => (Algorithm::RS256, current.encoding()),
    };
    match forgery {
        Some(JwtFault::UnknownKid) => header["kid"] = "never-published".into(),
        Some(JwtFault::AlgNone) => header["alg"] = "none".into(),
        _ => {}
    }
    // Written by hand, because libraries refuse to write most of the forgeries.
    let claims = Value::Object(claims.clone()).to_string();
    let message = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims));
    if forgery == Some(&JwtFault::AlgNone) {
        return format!("{message}.");
    }
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm)
        .expect("an RSA key or a secret signs any message");
    if forgery == Some(&JwtFault::BadSignature) {
        let mut bytes = BASE64.decode(signature).expect("a signature is base64url");
        if let Some(byte) = bytes.last_mut() {
            *byte ^= 1;
        }
        return format!("{message}.{}", BASE64.encode(bytes));
    }
    format!("{message}.{signature}")
}
