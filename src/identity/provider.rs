//! What the provider says about itself (OpenID Connect Discovery), believed only as far as it fits the settings.

use oauth2::url::Url;
use serde::Deserialize;

use super::fetch::{self, FetchError};

/// The addresses of the provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    /// Where a browser ends its session with the provider.
    pub(super) end_session_endpoint: Option<Url>,
    /// How to prove to the token endpoint who we are, the best first; never empty.
    pub(super) client_authentication: Vec<ClientAuthentication>,
    /// Whether every answer to an authorization request names the issuer (RFC 9207).
    pub(super) names_itself: bool,
}

/// How the client's secret travels to the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuthentication {
    Basic,
    Post,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Asks `issuer` for its description.
pub(super) async fn discover(http: &reqwest::Client, issuer: &str) -> Result<Provider, FetchError> {
    let plain = fetch::is_plain_loopback(issuer);
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let address = fetch::trustworthy(&format!("{base}/.well-known/openid-configuration"), plain)?;
    read(fetch::json(http.get(address)).await?, issuer)
}

fn read(document: Document, issuer: &str) -> Result<Provider, FetchError> {
    if document.issuer != issuer {
        return Err(FetchError::Unfit("it names another issuer than the settings"));
    }
    let plain = fetch::is_plain_loopback(issuer);
    let end_session_endpoint = document
        .end_session_endpoint
        .map(|address| fetch::trustworthy(&address, plain))
        .transpose()?;
    Ok(Provider {
        authorization_endpoint: fetch::trustworthy(&document.authorization_endpoint, plain)?,
        token_endpoint: fetch::trustworthy(&document.token_endpoint, plain)?,
        jwks_uri: fetch::trustworthy(&document.jwks_uri, plain)?,
        end_session_endpoint,
        client_authentication: client_authentication(document.token_endpoint_auth_methods_supported)?,
        names_itself: document.authorization_response_iss_parameter_supported,
    })
}

/// Basic first: it is what the specification takes for granted where nothing is said.
fn client_authentication(supported: Option<Vec<String>>) -> Result<Vec<ClientAuthentication>, FetchError> {
    let Some(supported) = supported else {
        return Ok(vec![ClientAuthentication::Basic]);
    };
    let ways = [
        (ClientAuthentication::Basic, "client_secret_basic"),
        (ClientAuthentication::Post, "client_secret_post"),
    ];
    let fitting: Vec<_> = ways
        .into_iter()
        .filter(|(_, name)| supported.iter().any(|one| one == name))
        .map(|(way, _)| way)
        .collect();
    if fitting.is_empty() {
        return Err(FetchError::Unfit(
            "it takes client secrets neither as basic nor as post",
        ));
    }
    Ok(fitting)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://login.example/tenant/v2.0";

    fn described(change: impl FnOnce(&mut Value)) -> Result<Provider, FetchError> {
        let mut document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://keys.example/keys",
        });
        change(&mut document);
        read(
            serde_json::from_value(document).map_err(FetchError::NotJson)?,
            ISSUER,
        )
    }

    #[test]
    fn a_description_of_another_issuer_is_refused() {
        assert!(described(|_| ()).is_ok());
        for other in [
            "https://login.example/tenant/v2.0/",
            "https://login.example/{tenantid}/v2.0",
            "https://evil.example",
        ] {
            assert!(
                matches!(
                    described(|it| it["issuer"] = other.into()),
                    Err(FetchError::Unfit(_))
                ),
                "{other}"
            );
        }
    }

    #[test]
    fn endpoints_in_the_clear_or_missing_are_refused() {
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "end_session_endpoint",
        ] {
            for odd in [
                "http://login.example/x",
                "http://127.0.0.1/x",
                "javascript:alert(1)",
                "/x",
            ] {
                assert!(described(|it| it[name] = odd.into()).is_err(), "{name} {odd}");
            }
        }
        assert!(described(|it| it["token_endpoint"] = Value::Null).is_err());
    }

    #[test]
    fn the_way_of_authentication_is_one_that_the_provider_lists() {
        let ways = |list: Value| {
            described(|it| it["token_endpoint_auth_methods_supported"] = list)
                .map(|it| it.client_authentication)
        };
        let (basic, post) = (ClientAuthentication::Basic, ClientAuthentication::Post);
        assert_eq!(described(|_| ()).unwrap().client_authentication, [basic]);
        assert_eq!(
            ways(json!(["client_secret_post", "private_key_jwt"])).unwrap(),
            [post]
        );
        assert_eq!(
            ways(json!(["client_secret_post", "client_secret_basic"])).unwrap(),
            [basic, post]
        );
        assert!(ways(json!(["private_key_jwt"])).is_err());
    }
}
