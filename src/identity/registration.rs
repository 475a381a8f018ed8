//! Our client as it is registered with the provider: the two OAuth requests it makes.

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, StandardRevocableToken, StandardTokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
        BasicTokenIntrospectionResponse, BasicTokenType,
    },
    url::Url,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    entra::EntryError,
    fetch::{self, FetchError},
    provider::{ClientAuthentication, Provider},
};
use crate::config;

/// The token endpoint's answer beyond OAuth.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WithIdToken {
    pub(super) id_token: Option<String>,
}

impl ExtraTokenFields for WithIdToken {}

pub(super) type Tokens = StandardTokenResponse<WithIdToken, BasicTokenType>;
type OAuth = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Who we are to the provider.
pub(super) struct Registration {
    client_id: String,
    client_secret: Option<SecretString>,
    redirect_uri: RedirectUrl,
}

impl Registration {
    pub(super) fn new(settings: &config::SignIn, public_url: &str) -> Self {
        let redirect_uri = RedirectUrl::new(format!("{public_url}/sign-in/callback"));
        Self {
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            redirect_uri: redirect_uri.expect("settings are checked: the public URL is one"),
        }
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Where the browser is sent to sign in.
    pub(super) fn authorization_url(
        &self,
        provider: &Provider,
        scopes: &[&str],
        state: String,
        nonce: &str,
        challenge: PkceCodeChallenge,
    ) -> Url {
        let client = self.oauth(provider, ClientAuthentication::Basic);
        let request = client
            .authorize_url(|| CsrfToken::new(state))
            .add_scopes(scopes.iter().map(|name| Scope::new((*name).to_owned())))
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", nonce);
        request.url().0
    }

    fn oauth(&self, provider: &Provider, authentication: ClientAuthentication) -> OAuth {
        let client = Client::new(ClientId::new(self.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(provider.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(provider.token_endpoint.clone()))
            .set_redirect_uri(self.redirect_uri.clone())
            .set_auth_type(match authentication {
                ClientAuthentication::Basic => AuthType::BasicAuth,
                ClientAuthentication::Post => AuthType::RequestBody,
            });
        match &self.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        }
    }

    /// A provider that lists both ways may still want the one that this client is registered for: try in turn.
    pub(super) async fn exchange(
        &self,
        http: &reqwest::Client,
        provider: &Provider,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, EntryError> {
        let mut refused = EntryError::ClientRefused("no way of authentication in common".to_owned());
        for authentication in &provider.client_authentication {
            match self
                .exchange_by(*authentication, http, provider, code, verifier)
                .await
            {
                Err(error @ EntryError::ClientRefused(_)) => refused = error,
                outcome => return outcome,
            }
        }
        Err(refused)
    }

    async fn exchange_by(
        &self,
        authentication: ClientAuthentication,
        http: &reqwest::Client,
        provider: &Provider,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, EntryError> {
        let send = |request| send(http.clone(), request);
        self.oauth(provider, authentication)
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&send)
            .await
            .map_err(exchange_error)
    }

    /// Whether the provider accepts our secret, found out by asking for a token of the client itself, which is thrown
    /// away; `false` where the provider does not say, because it has no such tokens for us.
    pub(super) async fn prove(
        &self,
        http: &reqwest::Client,
        provider: &Provider,
        scope: Option<String>,
    ) -> Result<bool, EntryError> {
        let mut outcome = Ok(false);
        for authentication in &provider.client_authentication {
            let send = |request| send(http.clone(), request);
            let answer = self
                .oauth(provider, *authentication)
                .exchange_client_credentials()
                .add_scopes(scope.clone().map(Scope::new))
                .request_async(&send)
                .await;
            outcome = match answer {
                Ok(_) => Ok(true),
                Err(RequestTokenError::ServerResponse(answer)) => {
                    refused_client(&answer).map_or(Ok(false), Err)
                }
                Err(error @ RequestTokenError::Request(_)) => Err(exchange_error(error)),
                Err(_) => Ok(false),
            };
            if !matches!(outcome, Err(EntryError::ClientRefused(_))) {
                return outcome;
            }
        }
        outcome
    }
}

/// That the provider does not know the client, or its secret. That it has no tokens for the client itself is nothing
/// against it, unless Entra's number says that there is no such application.
fn refused_client(answer: &BasicErrorResponse) -> Option<EntryError> {
    let code = entra_code(answer.error_description().map_or("", String::as_str));
    match answer.error() {
        BasicErrorResponseType::InvalidClient => Some(EntryError::ClientRefused(code)),
        BasicErrorResponseType::UnauthorizedClient if code.starts_with("AADSTS7000") => {
            Some(EntryError::ClientRefused(code))
        }
        _ => None,
    }
}

async fn send(
    http: reqwest::Client,
    request: oauth2::HttpRequest,
) -> Result<http::Response<Vec<u8>>, FetchError> {
    let request = reqwest::Request::try_from(request).map_err(FetchError::Request)?;
    fetch::send(reqwest::RequestBuilder::from_parts(http, request)).await
}

fn exchange_error(error: RequestTokenError<FetchError, BasicErrorResponse>) -> EntryError {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidGrant => EntryError::CodeRefused,
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                EntryError::ClientRefused(entra_code(answer.error_description().map_or("", String::as_str)))
            }
            _ => EntryError::Unavailable(FetchError::Unfit("the token endpoint answered with an error")),
        },
        RequestTokenError::Request(error) => EntryError::Unavailable(error),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            EntryError::Unavailable(FetchError::Unfit("the token endpoint's answer is not one"))
        }
    }
}

/// Entra's error number in a description (`AADSTS7000222`: the client secret has expired); nothing else of it.
fn entra_code(description: &str) -> String {
    let code = description
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.starts_with("AADSTS"));
    code.unwrap_or("no reason given").chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_description_only_the_number_is_kept() {
        assert_eq!(
            entra_code("AADSTS7000222: The provided client secret keys for app 'x' are expired."),
            "AADSTS7000222"
        );
        assert_eq!(entra_code("secret=hunter2"), "no reason given");
    }
}
