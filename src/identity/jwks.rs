//! The provider's signing keys: only those that can be what we accept, RSA keys for RS256 signatures.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use oauth2::url::Url;
use serde_json::Value;

use super::fetch::{self, FetchError};

/// More keys than this no provider has; Entra shows about ten.
const MOST: usize = 100;
/// RSA moduli from 2048 to 8192 bits, in bytes.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

/// The usable keys of the provider; never empty.
pub(super) struct Keys(Vec<Key>);

struct Key {
    id: Option<String>,
    /// Entra's own property: the issuer this key signs for, with `{tenantid}` where it signs for every tenant.
    issuer: Option<String>,
    key: DecodingKey,
}

/// Asks for the keys. An answer without any usable key is a failure, so that it does not replace a good one.
pub(super) async fn fetch(http: &reqwest::Client, address: &Url) -> Result<Keys, FetchError> {
    read(&fetch::json(http.get(address.clone())).await?)
}

fn read(document: &Value) -> Result<Keys, FetchError> {
    let listed = document
        .get("keys")
        .and_then(Value::as_array)
        .ok_or(FetchError::Unfit("its keys are no list"))?;
    let keys: Vec<Key> = listed.iter().take(MOST).filter_map(usable).collect();
    if keys.is_empty() {
        Err(FetchError::Unfit("it shows no usable key"))
    } else {
        Ok(Keys(keys))
    }
}

fn usable(jwk: &Value) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let absent_or = |name: &str, value: &str| jwk.get(name).is_none_or(|it| it.as_str() == Some(value));
    if text("kty") != Some("RSA") || !absent_or("use", "sig") || !absent_or("alg", "RS256") {
        return None;
    }
    let (modulus, exponent) = (text("n")?, text("e")?);
    if !MODULUS.contains(&URL_SAFE_NO_PAD.decode(modulus).ok()?.len()) {
        return None;
    }
    Some(Key {
        id: text("kid").map(str::to_owned),
        issuer: text("issuer").map(str::to_owned),
        key: DecodingKey::from_rsa_components(modulus, exponent).ok()?,
    })
}

impl Keys {
    /// Whether one of the keys made the RS256 `signature` over `message` for `issuer` of `tenant`.
    ///
    /// With `kid` only keys of that id are tried; without it there must be no choice.
    pub(super) fn verify(&self, signed: &Signed<'_>, issuer: &str, tenant: Option<&str>) -> bool {
        let fits_issuer = |key: &&Key| match &key.issuer {
            None => true,
            Some(of) => tenant.map_or(of.clone(), |tenant| of.replace("{tenantid}", tenant)) == issuer,
        };
        let candidates: Vec<&Key> = self
            .0
            .iter()
            .filter(|key| signed.kid.is_none_or(|kid| key.id.as_deref() == Some(kid)))
            .filter(fits_issuer)
            .collect();
        if signed.kid.is_none() && candidates.len() != 1 {
            return false;
        }
        candidates.iter().any(|key| {
            crypto::verify(
                signed.signature,
                signed.message.as_bytes(),
                &key.key,
                Algorithm::RS256,
            )
            .unwrap_or(false)
        })
    }
}

/// A signed text in the parts that verification needs, all still as they came.
pub(super) struct Signed<'a> {
    pub(super) kid: Option<&'a str>,
    pub(super) message: &'a str,
    pub(super) signature: &'a str,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn jwk(change: impl FnOnce(&mut Value)) -> Value {
        let mut jwk =
            json!({"kty": "RSA", "kid": "k", "n": URL_SAFE_NO_PAD.encode([0xc3; 256]), "e": "AQAB"});
        change(&mut jwk);
        jwk
    }

    #[test]
    fn keys_that_cannot_make_an_rs256_signature_are_left_out() {
        assert!(usable(&jwk(|_| ())).is_some());
        assert!(
            usable(&jwk(|it| {
                it["use"] = "sig".into();
                it["alg"] = "RS256".into();
            }))
            .is_some()
        );
        for (name, value) in [
            ("kty", json!("oct")),
            ("kty", json!("EC")),
            ("kty", json!(null)),
            ("use", json!("enc")),
            ("use", json!(7)),
            ("alg", json!("HS256")),
            ("alg", json!("none")),
            ("alg", json!("RS512")),
            ("n", json!("")),
            ("n", json!("!")),
            ("n", json!(URL_SAFE_NO_PAD.encode([0xc3; 128]))),
            ("n", json!(URL_SAFE_NO_PAD.encode([0xc3; 1025]))),
            ("n", json!(null)),
            ("e", json!(null)),
        ] {
            assert!(
                usable(&jwk(|it| it[name] = value.clone())).is_none(),
                "{name} {value}"
            );
        }
    }

    #[test]
    fn an_answer_without_usable_keys_is_a_failure() {
        for odd in [
            json!({}),
            json!({"keys": []}),
            json!({"keys": "x"}),
            json!([]),
            json!({"keys": [{"kty": "oct"}, 7]}),
        ] {
            assert!(read(&odd).is_err(), "{odd}");
        }
        assert!(read(&json!({"keys": [{"kty": "oct"}, jwk(|_| ())]})).is_ok());
    }
}
