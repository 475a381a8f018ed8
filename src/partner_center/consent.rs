//! A user's consent, Microsoft's "secure application model": the browser goes to Microsoft Entra and comes back with a
//! code, and the code is turned into a refresh token.
//!
//! Authorization code flow with PKCE. Who begins and who may, and where the token is kept, is decided elsewhere.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use oauth2::{CsrfToken, PkceCodeChallenge};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    client::plain_url,
    cloud::Addresses,
    error::Error,
    token_endpoint::{Grant, TokenEndpoint, TokenError},
    trouble::Trouble,
    wire,
};
use crate::{clock::Clock, config::PartnerAccount, http_client};

/// A browser waits for the whole exchange.
const TIME_OUT: Duration = Duration::from_secs(9);
const LONGEST_NAME: usize = 200;

/// Asks for consent for one partner account.
pub struct ConsentClient {
    endpoint: TokenEndpoint,
    authorize_url: Url,
    redirect_uri: String,
    tenant_id: String,
}

/// A consent under way: where the browser goes, and what must be known when it comes back.
pub struct BegunConsent {
    pub url: Url,
    pub verifier: SecretString,
    pub nonce: String,
}

/// What a user consented to.
pub struct Consent {
    pub refresh_token: SecretString,
    /// Who it was, for display only; may be empty.
    pub user: String,
}

/// Why a code was not turned into a consent.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the user is of another tenant than the account")]
    OtherTenant,
    #[error("the identity platform gave no refresh token: the permission offline_access is missing")]
    NoRefreshToken,
    #[error("the ID token that came along is not ours: {0}")]
    IdToken(&'static str),
}

impl ConsentError {
    /// What it means.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Token(error) => Trouble::of_token_error(error),
            Self::OtherTenant => Trouble::TenantMismatch,
            Self::NoRefreshToken => Trouble::ConsentMissing,
            Self::IdToken(_) => Trouble::AnswerUnusable,
        }
    }
}

impl ConsentClient {
    /// For `account`; browsers come back to `redirect_uri`. Fails only on addresses that cannot be used.
    pub fn new(account: &PartnerAccount, redirect_uri: &str, clock: Clock) -> Result<Self, Error> {
        let bad = |what| Error::Setting {
            account: account.name.clone(),
            setting: "authority_url",
            what,
        };
        Ok(Self {
            endpoint: TokenEndpoint::new(account, http_client::new(TIME_OUT), clock)?,
            authorize_url: plain_url(&Addresses::of(account).authorize_url).map_err(bad)?,
            redirect_uri: redirect_uri.to_owned(),
            tenant_id: account.tenant_id.clone(),
        })
    }

    /// Scheme, host and port of where the browser goes.
    pub fn origin(&self) -> String {
        self.authorize_url.origin().ascii_serialization()
    }

    /// Where the browser goes for a consent that is known by `state`.
    pub fn begin(&self, state: &str) -> BegunConsent {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random_len(32).into_secret();
        let mut url = self.authorize_url.clone();
        url.query_pairs_mut()
            .append_pair("client_id", self.endpoint.client_id())
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &self.endpoint.consent_scope())
            .append_pair("state", state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256")
            // Whoever is signed in to the dashboard need not be who the account collects as.
            .append_pair("prompt", "select_account");
        BegunConsent {
            url,
            verifier: verifier.into_secret().into(),
            nonce,
        }
    }

    /// Turns the code of a callback into a consent.
    pub async fn redeem(
        &self,
        code: &SecretString,
        verifier: &SecretString,
        nonce: &str,
    ) -> Result<Consent, ConsentError> {
        let grant = Grant::Code {
            code,
            verifier,
            redirect_uri: &self.redirect_uri,
        };
        let granted = self.endpoint.ask(&grant).await?;
        let id_token = granted.id_token.ok_or(ConsentError::IdToken("there is none"))?;
        let claims = claims(id_token.expose_secret()).ok_or(ConsentError::IdToken("it cannot be read"))?;
        if claims.aud != self.endpoint.client_id() {
            return Err(ConsentError::IdToken("it is for another application"));
        }
        if claims.nonce != nonce {
            return Err(ConsentError::IdToken("it is of another consent"));
        }
        // A tenant may also be configured by one of its domains; then the endpoint's own path says which it is.
        if uuid::Uuid::parse_str(&self.tenant_id).is_ok() && !claims.tid.eq_ignore_ascii_case(&self.tenant_id)
        {
            return Err(ConsentError::OtherTenant);
        }
        let user = claims.preferred_username.or(claims.name).unwrap_or_default();
        Ok(Consent {
            refresh_token: granted.refresh_token.ok_or(ConsentError::NoRefreshToken)?,
            user: wire::one_line(&user, LONGEST_NAME).unwrap_or_default(),
        })
    }
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    nonce: String,
    tid: String,
    preferred_username: Option<String>,
    name: Option<String>,
}

/// The claims of a token that came straight from the token endpoint: TLS vouches for it, so that its signature need
/// not (OpenID Connect Core 1.0, section 3.1.3.7, number 6).
fn claims(id_token: &str) -> Option<Claims> {
    let mut parts = id_token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
