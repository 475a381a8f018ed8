//! The identity provider: Microsoft Entra ID, or any other OpenID provider.
//!
//! Authorization code flow with PKCE. Discovery and keys are fetched when first needed and kept; every exchange is
//! bounded in time. No token outlives the function that received it.

use std::{sync::Arc, time::Duration};

use oauth2::{PkceCodeChallenge, TokenResponse, url::Url};
use serde_json::{Map, Value};

use super::{
    access_token::{self, Application},
    cache::Cache,
    fetch::{self, FetchError},
    id_token::{self, Expected, TokenFault, Unverified},
    jwks::{self, Keys},
    overage::{self, OverageError},
    provider::{self, Provider},
    registration::Registration,
    roles::{self, Role},
    session::provider_session_key,
    user::UserId,
};
use crate::{clock::Clock, config, http_client};

/// How long a browser waits at most while we talk to the provider.
pub(super) const WHOLE_EXCHANGE: Duration = Duration::from_secs(9);
/// Signing out waits less: without an answer, it ends here.
const WHILE_SIGNING_OUT: Duration = Duration::from_secs(2);

/// The provider as configured.
pub struct Entra {
    issuer: String,
    /// The tenant, when the issuer has Entra's form.
    tenant: Option<String>,
    registration: Registration,
    roles: config::Roles,
    group_ids: Vec<String>,
    graph_url: Option<String>,
    public_url: String,
    clock: Clock,
    http: reqwest::Client,
    provider: Cache<Provider>,
    keys: Cache<Keys>,
}

/// Somebody whom the provider vouches for.
#[derive(Clone, Debug)]
pub struct Entered {
    pub user: UserId,
    /// For display only.
    pub name: String,
    /// For display only: the user principal name, usually.
    pub username: String,
    /// By the settings; may be empty.
    pub roles: Vec<Role>,
    /// Hash of issuer and `sid`, by which front-channel logout finds the session.
    pub(super) provider_session: Option<[u8; 32]>,
    /// What the provider wants to be told at sign-out, so that it need not ask who signs out.
    pub(super) login_hint: Option<String>,
}

/// Why a code was not turned into a user.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error("the provider gave no usable answer")]
    Unavailable(#[from] FetchError),
    #[error("the provider does not accept the code (any more)")]
    CodeRefused,
    #[error("the provider does not accept this client: {0}")]
    ClientRefused(String),
    #[error("the ID token is refused")]
    Token(#[from] TokenFault),
    #[error("the user is in too many groups for the token, and Microsoft Graph may not be asked")]
    OverageNotPermitted,
}

/// Why an access token did not name an application.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    #[error("the provider gave no usable answer")]
    Unavailable(#[from] FetchError),
    #[error("the access token is refused")]
    Token(#[from] TokenFault),
    #[error("the provider is not Microsoft Entra ID: no access tokens of its are known")]
    NotEntra,
}

impl Entra {
    /// The provider of `settings`, which sends browsers back to `public_url` (without a trailing slash).
    pub fn new(settings: &config::SignIn, public_url: &str, clock: Clock) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            tenant: tenant_of(&settings.issuer),
            registration: Registration::new(settings, public_url),
            roles: settings.roles.clone(),
            group_ids: roles::group_ids(&settings.roles),
            graph_url: overage::graph_url(settings.graph_url.as_deref(), &settings.issuer),
            public_url: public_url.to_owned(),
            http: http_client::new(fetch::TIME_OUT),
            provider: Cache::new(clock.clone()),
            keys: Cache::new(clock.clone()),
            clock,
        }
    }

    /// The issuer as configured.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Asks the provider for its description and its keys, as `check` does.
    pub async fn probe(&self) -> Result<(), EntryError> {
        let probing = async {
            let provider = self.provider().await?;
            self.keys(&provider).await?;
            Ok(())
        };
        tokio::time::timeout(WHOLE_EXCHANGE, probing)
            .await
            .unwrap_or(Err(FetchError::TooSlow.into()))
    }

    /// Asks the provider whether it accepts our client and its secret, as `check` does; `false` where it does not say.
    pub async fn probe_client(&self) -> Result<bool, EntryError> {
        let probing = async {
            let provider = self.provider().await?;
            let scope = self.graph_url.as_ref().map(|graph| format!("{graph}/.default"));
            self.registration.prove(&self.http, &provider, scope).await
        };
        tokio::time::timeout(WHOLE_EXCHANGE, probing)
            .await
            .unwrap_or(Err(FetchError::TooSlow.into()))
    }

    /// Where the browser is sent to sign in.
    pub(super) async fn authorization_url(
        &self,
        state: String,
        nonce: &str,
        challenge: PkceCodeChallenge,
    ) -> Result<Url, EntryError> {
        let provider = self.provider().await?;
        Ok(self
            .registration
            .authorization_url(&provider, self.scopes(), state, nonce, challenge))
    }

    /// Whether an answer that names `issuer` (RFC 9207), or nobody, can be the provider's.
    pub(super) async fn answers_as(&self, issuer: Option<&str>) -> Result<bool, EntryError> {
        match issuer {
            Some(issuer) => Ok(issuer == self.issuer),
            None => Ok(!self.provider().await?.names_itself),
        }
    }

    /// Turns the code of a callback into a verified user.
    pub(super) async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        nonce: &str,
    ) -> Result<Entered, EntryError> {
        let provider = self.provider().await?;
        let tokens = self
            .registration
            .exchange(&self.http, &provider, code, verifier)
            .await?;
        let id_token = tokens
            .extra_fields()
            .id_token
            .as_deref()
            .ok_or(TokenFault::Malformed)?;
        let access_token = tokens.access_token().secret();
        let (user, claims) = self.verify(&provider, id_token, access_token, nonce).await?;
        let roles = self.roles(&claims, access_token).await?;
        let sid = claims
            .get("sid")
            .and_then(Value::as_str)
            .filter(|sid| !sid.is_empty());
        let hint = id_token::shown(&claims, &["login_hint"]);
        Ok(Entered {
            user,
            name: id_token::shown(&claims, &["name", "preferred_username"]),
            username: id_token::shown(&claims, &["preferred_username", "upn", "email"]),
            roles,
            provider_session: sid.map(|sid| provider_session_key(&self.issuer, sid)),
            login_hint: (!hint.is_empty()).then_some(hint),
        })
    }

    /// The application that an access token names, with the app roles it was given.
    ///
    /// What its claims refuse is refused before any key is asked for.
    ///
    /// # Errors
    /// Whatever is no good token of now, for us, of an application itself.
    pub async fn application(&self, access_token: &str) -> Result<Application, ProgramError> {
        let tenant = self.tenant.as_deref().ok_or(ProgramError::NotEntra)?;
        let token = Unverified::read(access_token)?;
        let expected = access_token::Expected {
            issuer: &self.issuer,
            tenant,
            client_id: self.registration.client_id(),
            now: self.clock.now(),
        };
        let application = access_token::check(&token.claims()?, &expected)?;
        let verifying = async {
            let provider = self.provider().await?;
            self.is_signed(&provider, &token).await
        };
        let is_signed = tokio::time::timeout(WHOLE_EXCHANGE, verifying).await;
        match is_signed.unwrap_or(Err(FetchError::TooSlow))? {
            true => Ok(application),
            false => Err(TokenFault::Signature.into()),
        }
    }

    /// Where the browser ends its session with the provider, when the provider has such a place and answers.
    pub(crate) async fn end_session_url(&self, login_hint: Option<&str>) -> Option<Url> {
        let provider = tokio::time::timeout(WHILE_SIGNING_OUT, self.provider())
            .await
            .ok()?
            .ok()?;
        let mut url = provider.end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .append_pair("client_id", self.registration.client_id())
            .append_pair(
                "post_logout_redirect_uri",
                &format!("{}/signed-out", self.public_url),
            );
        if let Some(hint) = login_hint {
            url.query_pairs_mut().append_pair("logout_hint", hint);
        }
        Some(url)
    }

    async fn provider(&self) -> Result<Arc<Provider>, FetchError> {
        self.provider
            .get(|| provider::discover(&self.http, &self.issuer))
            .await
    }

    async fn keys(&self, provider: &Provider) -> Result<Arc<Keys>, FetchError> {
        self.keys
            .get(|| jwks::fetch(&self.http, &provider.jwks_uri))
            .await
    }

    /// `User.Read` (of Microsoft Graph) only where groups overage could have to be cleared up.
    fn scopes(&self) -> &'static [&'static str] {
        let graph = self.graph_url.is_some() && !self.group_ids.is_empty();
        if graph {
            &["openid", "profile", "User.Read"]
        } else {
            &["openid", "profile"]
        }
    }

    /// Whether the provider made the signature. One that no known key made may be of a new key: the keys are fetched
    /// again, once a minute at most.
    async fn is_signed(&self, provider: &Provider, token: &Unverified<'_>) -> Result<bool, FetchError> {
        let fits = |keys: &Keys| keys.verify(&token.signed(), &self.issuer, self.tenant.as_deref());
        let keys = self.keys(provider).await?;
        if fits(&keys) {
            return Ok(true);
        }
        let newer = self
            .keys
            .renew(&keys, || jwks::fetch(&self.http, &provider.jwks_uri))
            .await?;
        Ok(fits(&newer))
    }

    async fn verify(
        &self,
        provider: &Provider,
        id_token: &str,
        access_token: &str,
        nonce: &str,
    ) -> Result<(UserId, Map<String, Value>), EntryError> {
        let token = Unverified::read(id_token)?;
        if !self.is_signed(provider, &token).await? {
            return Err(TokenFault::Signature.into());
        }
        let claims = token.claims()?;
        let expected = Expected {
            issuer: &self.issuer,
            tenant: self.tenant.as_deref(),
            client_id: self.registration.client_id(),
            nonce,
            access_token,
            now: self.clock.now(),
        };
        Ok((id_token::check(&claims, &expected)?, claims))
    }

    /// The roles of the claims; groups that were left out are asked for.
    ///
    /// Groups that stay unknown grant nothing. Without any role from elsewhere the user is told why.
    async fn roles(&self, claims: &Map<String, Value>, access_token: &str) -> Result<Vec<Role>, EntryError> {
        let mut held = roles::claimed(claims);
        if roles::groups_left_out(claims) && !self.group_ids.is_empty() {
            let known = roles::granted(&self.roles, &held);
            match self.missing_groups(access_token).await {
                Ok(groups) => held.extend(groups),
                Err(error) if !known.is_empty() => {
                    tracing::warn!(%error, "groups stay unknown: signing in with the roles of the token alone");
                }
                Err(OverageError::NotPermitted) => return Err(EntryError::OverageNotPermitted),
                Err(OverageError::Fetch(error)) => return Err(error.into()),
            }
        }
        Ok(roles::granted(&self.roles, &held))
    }

    async fn missing_groups(&self, access_token: &str) -> Result<Vec<String>, OverageError> {
        let graph_url = self.graph_url.as_deref().ok_or(OverageError::NotPermitted)?;
        overage::member_of(&self.http, graph_url, access_token, &self.group_ids).await
    }
}

/// The tenant id in lower case, when the issuer ends in `/<tenant-id>/v2.0` as Entra's do.
fn tenant_of(issuer: &str) -> Option<String> {
    let (_, tenant) = issuer.strip_suffix("/v2.0")?.rsplit_once('/')?;
    roles::is_guid(tenant).then(|| tenant.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_issuers_of_entras_form_have_a_tenant() {
        let tenant = "0A1B2C3D-0000-4000-8000-0000000000FF";
        assert_eq!(
            tenant_of(&format!("https://login.microsoftonline.com/{tenant}/v2.0")),
            Some(tenant.to_ascii_lowercase())
        );
        for other in [
            "https://login.example",
            "https://login.example/common/v2.0",
            "https://login.example/v2.0",
        ] {
            assert_eq!(tenant_of(other), None);
        }
    }
}
