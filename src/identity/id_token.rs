//! The ID token: what must hold before a word of it is believed. Pure.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{jwks::Signed, roles::is_guid, user::UserId};
use crate::seal;

/// How far the provider's clock and ours may be apart, in seconds.
const SKEW: f64 = 120.0;
const LONGEST_NAME: usize = 200;
const LONGEST_SUBJECT: usize = 255;

/// What the settings and this one sign-in demand of a token.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// The tenant in an issuer of Entra's form, in lower case.
    pub(super) tenant: Option<&'a str>,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// The access token that came along, for `at_hash`.
    pub(super) access_token: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// Why a token is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenFault {
    #[error("it is not a signed token in compact form")]
    Malformed,
    #[error("its algorithm is not RS256")]
    Algorithm,
    #[error("its header demands something unknown")]
    Header,
    #[error("no key of the provider made its signature")]
    Signature,
    #[error("its claim `{0}` is missing or of the wrong form")]
    Missing(&'static str),
    #[error("its claim `{0}` does not fit")]
    Unfit(&'static str),
}

/// A token in its parts, not yet verified.
pub(super) struct Unverified<'a> {
    pub(super) kid: Option<String>,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Takes the token apart and reads its header. Keys embedded in the header are not looked at.
    pub(super) fn read(token: &'a str) -> Result<Self, TokenFault> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Malformed)?;
        if payload.contains('.') || signature.is_empty() {
            return Err(TokenFault::Malformed);
        }
        let header = object(header)?;
        if header.get("alg").and_then(Value::as_str) != Some("RS256") {
            return Err(TokenFault::Algorithm);
        }
        let is_jwt = |typ: &Value| typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"));
        if header.contains_key("crit") || !header.get("typ").is_none_or(is_jwt) {
            return Err(TokenFault::Header);
        }
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.clone()),
            Some(_) => return Err(TokenFault::Header),
        };
        Ok(Self {
            kid,
            message,
            payload,
            signature,
        })
    }

    /// What has to be verified with the provider's keys.
    pub(super) fn signed(&self) -> Signed<'_> {
        Signed {
            kid: self.kid.as_deref(),
            message: self.message,
            signature: self.signature,
        }
    }

    /// The claims. Until the signature is known to be good they can refuse a token and grant nothing.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, TokenFault> {
        object(self.payload)
    }
}

/// Checks every claim that makes a token ours, of now and of this sign-in, and names the user.
pub(super) fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<UserId, TokenFault> {
    if text(claims, "iss")? != expected.issuer {
        return Err(TokenFault::Unfit("iss"));
    }
    audience(claims, expected.client_id)?;
    times(claims, expected.now)?;
    if !seal::same(text(claims, "nonce")?.as_bytes(), expected.nonce.as_bytes()) {
        return Err(TokenFault::Unfit("nonce"));
    }
    if let Some(hash) = claims.get("at_hash") {
        let half = URL_SAFE_NO_PAD.encode(&Sha256::digest(expected.access_token)[..16]);
        if hash.as_str() != Some(&half) {
            return Err(TokenFault::Unfit("at_hash"));
        }
    }
    let subject = text(claims, "sub")?;
    let Some(tenant) = expected.tenant else {
        return Ok(UserId {
            tenant: expected.issuer.to_owned(),
            object: subject.to_owned(),
        });
    };
    if !text(claims, "tid")?.eq_ignore_ascii_case(tenant) {
        return Err(TokenFault::Unfit("tid"));
    }
    let object = text(claims, "oid")?;
    if !is_guid(object) {
        return Err(TokenFault::Missing("oid"));
    }
    Ok(UserId {
        tenant: tenant.to_owned(),
        object: object.to_ascii_lowercase(),
    })
}

/// A claim to show, cut to a bearable length; empty when there is none. It proves nothing about the user.
pub(super) fn shown(claims: &Map<String, Value>, names: &[&str]) -> String {
    let found = names
        .iter()
        .find_map(|name| claims.get(*name)?.as_str().filter(|text| !text.is_empty()));
    found.unwrap_or_default().chars().take(LONGEST_NAME).collect()
}

fn audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), TokenFault> {
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several
            .iter()
            .map(Value::as_str)
            .collect::<Option<_>>()
            .unwrap_or_default(),
        _ => return Err(TokenFault::Missing("aud")),
    };
    if !audiences.contains(&client_id) {
        return Err(TokenFault::Unfit("aud"));
    }
    match claims.get("azp") {
        Some(party) if party.as_str() != Some(client_id) => Err(TokenFault::Unfit("azp")),
        None if audiences.len() > 1 => Err(TokenFault::Missing("azp")),
        _ => Ok(()),
    }
}

/// `exp`, `iat` and, where it is there, `nbf`.
pub(super) fn times(claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), TokenFault> {
    let number = |name: &'static str| {
        claims
            .get(name)
            .and_then(Value::as_f64)
            .ok_or(TokenFault::Missing(name))
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 are exact in a double for aeons"
    )]
    let now = now.timestamp() as f64;
    if number("exp")? + SKEW <= now {
        return Err(TokenFault::Unfit("exp"));
    }
    if number("iat")? - SKEW > now {
        return Err(TokenFault::Unfit("iat"));
    }
    if claims.contains_key("nbf") && number("nbf")? - SKEW > now {
        return Err(TokenFault::Unfit("nbf"));
    }
    Ok(())
}

/// A claim that has to be a text of bearable length.
pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, TokenFault> {
    let found = claims.get(name).and_then(Value::as_str);
    let bearable = |text: &&str| !text.is_empty() && (name == "iss" || text.len() <= LONGEST_SUBJECT);
    found.filter(bearable).ok_or(TokenFault::Missing(name))
}

fn object(part: &str) -> Result<Map<String, Value>, TokenFault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: &str = "0a1b2c3d-0000-4000-8000-0000000000ff";
    const ISSUER: &str = "https://login.example/0a1b2c3d-0000-4000-8000-0000000000ff/v2.0";
    const NOW: i64 = 1_790_000_000;

    fn expected() -> Expected<'static> {
        Expected {
            issuer: ISSUER,
            tenant: Some(TENANT),
            client_id: "us",
            nonce: "n-1",
            access_token: "token",
            now: DateTime::from_timestamp(NOW, 0).expect("a time"),
        }
    }

    fn checked(change: impl FnOnce(&mut Value)) -> Result<UserId, TokenFault> {
        let mut claims = json!({
            "iss": ISSUER, "aud": "us", "sub": "s", "nonce": "n-1", "exp": NOW + 3600, "iat": NOW, "nbf": NOW,
            "tid": TENANT, "oid": "0A1B2C3D-0000-4000-8000-000000000001", "name": "Ann", "email": "ann@contoso.example",
        });
        change(&mut claims);
        claims
            .as_object_mut()
            .expect("an object")
            .retain(|_, value| !value.is_null());
        check(claims.as_object().expect("an object"), &expected())
    }

    #[test]
    fn a_good_token_names_its_user_by_tenant_and_object() {
        let user = checked(|_| ()).unwrap();
        assert_eq!(
            user.to_string(),
            format!("{TENANT}/0a1b2c3d-0000-4000-8000-000000000001")
        );
    }

    #[test]
    fn every_claim_that_does_not_fit_is_named() {
        for (name, value, fault) in [
            (
                "iss",
                json!("https://login.example/other/v2.0"),
                TokenFault::Unfit("iss"),
            ),
            ("iss", json!([ISSUER]), TokenFault::Missing("iss")),
            ("aud", json!("other"), TokenFault::Unfit("aud")),
            ("aud", json!(["us", "other"]), TokenFault::Missing("azp")),
            ("aud", json!(["us", 7]), TokenFault::Unfit("aud")),
            ("aud", json!(null), TokenFault::Missing("aud")),
            ("azp", json!("other"), TokenFault::Unfit("azp")),
            ("azp", json!(7), TokenFault::Unfit("azp")),
            ("exp", json!(NOW - 120), TokenFault::Unfit("exp")),
            ("exp", json!((NOW + 3600).to_string()), TokenFault::Missing("exp")),
            ("exp", json!(null), TokenFault::Missing("exp")),
            ("iat", json!(null), TokenFault::Missing("iat")),
            ("iat", json!(NOW + 121), TokenFault::Unfit("iat")),
            ("nbf", json!(NOW + 121), TokenFault::Unfit("nbf")),
            ("nbf", json!("now"), TokenFault::Missing("nbf")),
            ("nonce", json!("n-2"), TokenFault::Unfit("nonce")),
            ("nonce", json!(null), TokenFault::Missing("nonce")),
            ("sub", json!(""), TokenFault::Missing("sub")),
            ("sub", json!("s".repeat(256)), TokenFault::Missing("sub")),
            (
                "tid",
                json!("0a1b2c3d-0000-4000-8000-0000000000fe"),
                TokenFault::Unfit("tid"),
            ),
            ("tid", json!(null), TokenFault::Missing("tid")),
            ("oid", json!(null), TokenFault::Missing("oid")),
            ("oid", json!("ann"), TokenFault::Missing("oid")),
            ("at_hash", json!("AAAA"), TokenFault::Unfit("at_hash")),
        ] {
            assert_eq!(
                checked(|it| it[name] = value.clone()),
                Err(fault),
                "{name} = {value}"
            );
        }
    }

    #[test]
    fn clocks_may_differ_by_two_minutes() {
        assert!(checked(|it| it["exp"] = json!(NOW - 119)).is_ok());
        assert!(
            checked(|it| {
                it["iat"] = json!(NOW + 120);
                it["nbf"] = json!(1_790_000_120.0);
            })
            .is_ok()
        );
    }

    #[test]
    fn several_audiences_need_us_as_the_authorized_party() {
        assert!(
            checked(|it| {
                it["aud"] = json!(["other", "us"]);
                it["azp"] = json!("us");
            })
            .is_ok()
        );
    }

    #[test]
    fn headers_other_than_a_plain_rs256_one_are_refused() {
        let token = |header: Value| format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header.to_string()));
        assert!(Unverified::read(&token(json!({"alg": "RS256", "typ": "JWT", "kid": "k"}))).is_ok());
        assert!(Unverified::read(&token(json!({"alg": "RS256"}))).is_ok());
        for (header, fault) in [
            (json!({"alg": "none"}), TokenFault::Algorithm),
            (json!({"alg": "HS256"}), TokenFault::Algorithm),
            (json!({"alg": "rs256"}), TokenFault::Algorithm),
            (json!({}), TokenFault::Algorithm),
            (json!({"alg": "RS256", "crit": ["exp"]}), TokenFault::Header),
            (json!({"alg": "RS256", "typ": "at+jwt"}), TokenFault::Header),
            (json!({"alg": "RS256", "kid": 7}), TokenFault::Header),
            (json!("x"), TokenFault::Malformed),
        ] {
            assert_eq!(
                Unverified::read(&token(header.clone())).err(),
                Some(fault),
                "{header}"
            );
        }
        for odd in ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "\u{1f}"] {
            assert!(Unverified::read(odd).is_err(), "{odd:?}");
        }
    }
}
