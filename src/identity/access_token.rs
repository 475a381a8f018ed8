//! The access token with which an application calls us in its own name: what must hold before a word of it is believed.
//! Pure.
//!
//! Entra signs ID tokens, tokens for people and tokens for other audiences with the same keys, so every one of them has to
//! be told from these by its claims.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{
    id_token::{TokenFault, text, times},
    roles::is_guid,
};

/// App roles beyond these are not looked at.
const MOST_ROLES: usize = 200;
/// Claims of tokens that were made for a person, or for a sign-in.
const OF_PEOPLE: [&str; 5] = ["scp", "nonce", "at_hash", "c_hash", "preferred_username"];

/// What the settings demand of a token.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// The tenant in the issuer, in lower case.
    pub(super) tenant: &'a str,
    /// Our own application, whose API the token has to be for.
    pub(super) client_id: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// An application that the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id, in lower case.
    pub id: String,
    /// The app roles of ours that it was given.
    pub roles: Vec<String>,
}

/// Checks every claim that makes a token one of now, for us, and of an application itself; names it.
pub(super) fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<Application, TokenFault> {
    let issuer = text(claims, "iss")?;
    let is_first_version = issuer == first_version(expected);
    if issuer != expected.issuer && !is_first_version {
        return Err(TokenFault::Unfit("iss"));
    }
    if !text(claims, "tid")?.eq_ignore_ascii_case(expected.tenant) {
        return Err(TokenFault::Unfit("tid"));
    }
    let audience = text(claims, "aud")?;
    let audience = audience.strip_prefix("api://").unwrap_or(audience);
    if !audience.eq_ignore_ascii_case(expected.client_id) {
        return Err(TokenFault::Unfit("aud"));
    }
    times(claims, expected.now)?;
    if let Some(of_people) = OF_PEOPLE.into_iter().find(|name| claims.contains_key(*name)) {
        return Err(TokenFault::Unfit(of_people));
    }
    if claims.get("idtyp").is_some_and(|kind| kind != "app") {
        return Err(TokenFault::Unfit("idtyp"));
    }
    // An application is its own subject; of people, the subject is made for each client.
    if !is_guid(text(claims, "oid")?) || text(claims, "sub")? != text(claims, "oid")? {
        return Err(TokenFault::Unfit("sub"));
    }
    let party = if is_first_version { "appid" } else { "azp" };
    let id = text(claims, party)?;
    if !is_guid(id) {
        return Err(TokenFault::Missing(party));
    }
    let roles = claims.get("roles").and_then(Value::as_array);
    Ok(Application {
        id: id.to_ascii_lowercase(),
        roles: roles
            .into_iter()
            .flatten()
            .take(MOST_ROLES)
            .filter_map(|role| role.as_str().map(str::to_owned))
            .collect(),
    })
}

/// What Entra calls itself in access tokens of version 1, which an API gets unless its registration asks for version 2.
fn first_version(expected: &Expected<'_>) -> String {
    let host = if expected
        .issuer
        .starts_with("https://login.partner.microsoftonline.cn/")
    {
        "sts.chinacloudapi.cn"
    } else {
        "sts.windows.net"
    };
    format!("https://{host}/{}/", expected.tenant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: &str = "0a1b2c3d-0000-4000-8000-0000000000ff";
    const ISSUER: &str = "https://login.example/0a1b2c3d-0000-4000-8000-0000000000ff/v2.0";
    const US: &str = "8f1d2c3b-4a5e-4f60-9172-8394a5b6c7d8";
    const THEM: &str = "9A2E3D4C-5B6F-4071-8283-94A5B6C7D8E9";
    const OBJECT: &str = "0a1b2c3d-0000-4000-8000-000000000001";
    const NOW: i64 = 1_790_000_000;

    fn checked(change: impl FnOnce(&mut Value)) -> Result<Application, TokenFault> {
        let mut claims = json!({
            "ver": "2.0", "iss": ISSUER, "aud": US, "azp": THEM, "azpacr": "1", "tid": TENANT, "oid": OBJECT, "sub": OBJECT,
            "exp": NOW + 3600, "iat": NOW, "nbf": NOW, "roles": ["AuditRecord.Read.All", 7],
        });
        change(&mut claims);
        let claims = claims.as_object_mut().expect("an object");
        claims.retain(|_, value| !value.is_null());
        check(
            claims,
            &Expected {
                issuer: ISSUER,
                tenant: TENANT,
                client_id: US,
                now: DateTime::from_timestamp(NOW, 0).expect("a time"),
            },
        )
    }

    #[test]
    fn a_good_token_names_its_application_and_its_roles() {
        let good = Application {
            id: THEM.to_ascii_lowercase(),
            roles: vec!["AuditRecord.Read.All".to_owned()],
        };
        assert_eq!(checked(|_| ()), Ok(good.clone()));
        assert_eq!(checked(|it| it["idtyp"] = json!("app")), Ok(good.clone()));
        assert_eq!(
            checked(|it| it["aud"] = json!(format!("api://{US}"))),
            Ok(good.clone())
        );
        let first = checked(|it| {
            it["iss"] = json!(format!("https://sts.windows.net/{TENANT}/"));
            it["aud"] = json!(format!("api://{US}"));
            it["azp"] = Value::Null;
            it["appid"] = json!(THEM);
        });
        assert_eq!(first, Ok(good));
        for none in [json!(null), json!("AuditRecord.Read.All"), json!({}), json!([])] {
            assert_eq!(checked(|it| it["roles"] = none.clone()).unwrap().roles, [""; 0]);
        }
    }

    #[test]
    fn every_claim_that_does_not_fit_is_named() {
        use TokenFault::{Missing, Unfit};
        let other = "0a1b2c3d-0000-4000-8000-0000000000fe";
        for (name, value, fault) in [
            ("iss", json!("https://login.example/other/v2.0"), Unfit("iss")),
            (
                "iss",
                json!(format!("https://sts.windows.net/{other}/")),
                Unfit("iss"),
            ),
            (
                "iss",
                json!(format!("https://sts.chinacloudapi.cn/{TENANT}/")),
                Unfit("iss"),
            ),
            ("iss", json!(null), Missing("iss")),
            ("tid", json!(other), Unfit("tid")),
            ("tid", json!(null), Missing("tid")),
            ("aud", json!("https://graph.microsoft.com"), Unfit("aud")),
            ("aud", json!([US]), Missing("aud")),
            ("aud", json!(format!("API://{US}")), Unfit("aud")),
            ("aud", json!(null), Missing("aud")),
            ("exp", json!(NOW - 120), Unfit("exp")),
            ("exp", json!(null), Missing("exp")),
            ("nbf", json!(NOW + 121), Unfit("nbf")),
            ("iat", json!(NOW + 121), Unfit("iat")),
            ("scp", json!("AuditRecord.Read"), Unfit("scp")),
            ("nonce", json!("n"), Unfit("nonce")),
            ("idtyp", json!("user"), Unfit("idtyp")),
            ("sub", json!("pairwise"), Unfit("sub")),
            ("sub", json!(null), Missing("sub")),
            ("oid", json!(null), Missing("oid")),
            ("azp", json!(null), Missing("azp")),
            ("azp", json!("them"), Missing("azp")),
        ] {
            assert_eq!(
                checked(|it| it[name] = value.clone()),
                Err(fault),
                "{name} = {value}"
            );
        }
        // Version 1 names the application by its own claim, and version 2 by its own.
        let mixed = checked(|it| {
            it["azp"] = Value::Null;
            it["appid"] = json!(THEM);
        });
        assert_eq!(mixed, Err(Missing("azp")));
    }

    #[test]
    fn the_cloud_in_china_has_its_own_first_version() {
        let expected = |issuer| Expected {
            issuer,
            tenant: TENANT,
            client_id: US,
            now: DateTime::UNIX_EPOCH,
        };
        assert_eq!(
            first_version(&expected("https://login.partner.microsoftonline.cn/x/v2.0")),
            format!("https://sts.chinacloudapi.cn/{TENANT}/")
        );
        assert_eq!(
            first_version(&expected("https://login.microsoftonline.us/x/v2.0")),
            format!("https://sts.windows.net/{TENANT}/")
        );
    }
}
