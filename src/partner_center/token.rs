//! Access tokens for Partner Center: asked for once, kept until shortly before they expire.
//!
//! Two ways to one, after Microsoft's names: *App-only*, and *App+User* where there is a refresh token. The module knows
//! nothing of what a token is used for.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tracing::Instrument;

use super::{
    error::Error,
    refresh_tokens::{RefreshToken, RefreshTokens, TokenOutcome},
    token_endpoint::{Grant, Granted, TokenEndpoint, TokenError, shows},
    trouble::Trouble,
};
use crate::{clock::Clock, config::PartnerAccount};

/// An access token, ready to be sent.
pub(super) struct Token {
    secret: SecretString,
    /// Not used from this moment on.
    until: DateTime<Utc>,
    access: Access,
    /// Whether it was told already that this token came about without multifactor authentication.
    told_of_mfa: AtomicBool,
}

/// What is known of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// App+User, or App-only.
    pub delegated: bool,
    pub expires_at: DateTime<Utc>,
    /// What the identity platform believed the time to be.
    pub server_date: Option<DateTime<Utc>>,
}

impl Token {
    /// The `Authorization` header.
    pub fn header(&self) -> HeaderValue {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.secret.expose_secret()))
            .expect("checked when the token was received");
        header.set_sensitive(true);
        header
    }

    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether a text holds this token, and so must not be shown.
    pub fn is_in(&self, text: &str) -> bool {
        shows(text, &self.secret)
    }
}

/// The tokens of one partner account.
pub(super) struct Tokens(Arc<Inner>);

struct Inner {
    endpoint: TokenEndpoint,
    clock: Clock,
    refresh_tokens: Arc<dyn RefreshTokens>,
    /// Locked while a token is asked for, so that many callers cause one request.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Arc<Token>>,
    /// The consent by which it was got.
    consent: u64,
    /// A newer refresh token that could not be kept, and the one it came for. It may be the only one still good.
    unkept: Option<(SecretString, RefreshToken)>,
}

impl Tokens {
    pub fn new(
        account: &PartnerAccount,
        http: reqwest::Client,
        clock: Clock,
        refresh_tokens: Arc<dyn RefreshTokens>,
    ) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {
            endpoint: TokenEndpoint::new(account, http, clock.clone())?,
            clock,
            refresh_tokens,
            state: Mutex::default(),
        })))
    }

    /// The token at hand, or a new one.
    ///
    /// Asking goes on when the caller goes away: with the answer a refresh token may come that is the only one still
    /// good.
    pub async fn get(&self) -> Result<Arc<Token>, TokenError> {
        if let Some(token) = self.0.at_hand(&*self.0.state.lock().await) {
            return Ok(token);
        }
        let inner = Arc::clone(&self.0);
        let asking = tokio::spawn(async move { inner.get().await }.in_current_span());
        match asking.await {
            Ok(token) => token,
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            // The process ends.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until nobody asks for a token any more.
    pub async fn at_rest(&self) {
        drop(self.0.state.lock().await);
    }

    /// Tells, once for each token, that Partner Center misses multifactor authentication in it. It still works, until
    /// Partner Center refuses.
    pub async fn without_mfa(&self, token: &Token) {
        if token.told_of_mfa.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            "the user of this account consented without multifactor authentication: consent anew with it"
        );
        self.0
            .refresh_tokens
            .note(TokenOutcome {
                delegated: true,
                trouble: Some(Trouble::MfaRequired),
                said: Some("isMfaCompliant: false".to_owned()),
            })
            .await;
    }

    /// Forgets a token that was not accepted, unless another caller has replaced it already.
    pub async fn reject(&self, refused: &Arc<Token>) {
        let mut state = self.0.state.lock().await;
        state.token.take_if(|token| Arc::ptr_eq(token, refused));
    }
}

impl Inner {
    fn at_hand(&self, state: &State) -> Option<Arc<Token>> {
        let is_good = |token: &&Arc<Token>| {
            state.consent == self.refresh_tokens.consent() && self.clock.now() < token.until
        };
        state.token.as_ref().filter(is_good).map(Arc::clone)
    }

    async fn get(&self) -> Result<Arc<Token>, TokenError> {
        let mut state = self.state.lock().await;
        // Another caller may have asked meanwhile.
        if let Some(token) = self.at_hand(&state) {
            return Ok(token);
        }
        let consent = self.refresh_tokens.consent();
        let mut delegated = false;
        let result = self.renew(&mut state, &mut delegated).await;
        let error = result.as_ref().err();
        self.refresh_tokens
            .note(TokenOutcome {
                delegated,
                trouble: error.map(Trouble::of_token_error),
                said: error.and_then(TokenError::code).map(str::to_owned),
            })
            .await;
        let granted = result?;
        let token = Arc::new(Token {
            secret: granted.access_token,
            until: granted.until,
            access: Access {
                delegated,
                expires_at: granted.expires_at,
                server_date: granted.server_date,
            },
            told_of_mfa: AtomicBool::new(false),
        });
        state.token = Some(Arc::clone(&token));
        state.consent = consent;
        Ok(token)
    }

    async fn renew(&self, state: &mut State, delegated: &mut bool) -> Result<Granted, TokenError> {
        if let Some((newer, used)) = &state.unkept {
            self.refresh_tokens.keep(Some(newer.clone()), used).await?;
            state.unkept = None;
        }
        let newest = self.refresh_tokens.newest().await?;
        *delegated = newest.is_some();
        let Some(mut used) = newest else {
            return self.endpoint.ask(&Grant::App).await;
        };
        let granted = match self.endpoint.ask(&Grant::Refresh(&used.secret)).await {
            Err(refused) if refused.is_about_the_grant() => {
                // Another process may have used it meanwhile, and kept what it got instead.
                match self.refresh_tokens.newest().await? {
                    Some(other) if other.secret.expose_secret() != used.secret.expose_secret() => {
                        used = other;
                        self.endpoint.ask(&Grant::Refresh(&used.secret)).await?
                    }
                    _ => return Err(refused),
                }
            }
            other => other?,
        };
        // The newest one counts, and is kept before anything is done with what came along.
        let kept = self
            .refresh_tokens
            .keep(granted.refresh_token.clone(), &used)
            .await;
        match (kept, &granted.refresh_token) {
            (Ok(()), _) => Ok(granted),
            (Err(error), Some(newer)) => {
                state.unkept = Some((newer.clone(), used));
                Err(error.into())
            }
            (Err(error), None) => {
                tracing::warn!(
                    error = &error as &(dyn std::error::Error + 'static),
                    "the use of a refresh token could not be written down"
                );
                Ok(granted)
            }
        }
    }
}
