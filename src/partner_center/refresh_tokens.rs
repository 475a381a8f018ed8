//! Where refresh tokens are kept between uses, as the client sees it: it asks for the newest one before each use, and
//! hands over whatever newer one it is given.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

use super::trouble::Trouble;

/// A refresh token, and which one of its account it is.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    pub secret: SecretString,
    /// Drawn anew with every change; nothing for one that is not kept anywhere yet.
    pub revision: Option<i64>,
}

/// Why the refresh token cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("the stored consent is sealed with another key than credentials.key_secret")]
    KeyUnknown,
    #[error("a consent is stored, and the settings have no credentials.key_secret to open it with")]
    KeyMissing,
    #[error("the consent could not be read or stored")]
    Archive(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How asking for an access token ended, for those who look after the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOutcome {
    /// App+User, or App-only.
    pub delegated: bool,
    pub trouble: Option<Trouble>,
    /// The identity platform's own code.
    pub said: Option<String>,
}

/// Keeps the refresh token of one partner account.
#[async_trait]
pub trait RefreshTokens: Send + Sync + 'static {
    /// Which consent counts: a new number whenever somebody in this process consented or took a consent away. Access
    /// tokens of before are not used any more.
    fn consent(&self) -> u64;

    /// The newest one, from wherever; `None`: App-only.
    async fn newest(&self) -> Result<Option<RefreshToken>, KeepError>;

    /// Keeps what came in the place of `used`, before anything is done with it; `None` when the same stays good.
    /// Where somebody else has put another one there meanwhile, theirs stays.
    async fn keep(&self, newer: Option<SecretString>, used: &RefreshToken) -> Result<(), KeepError>;

    /// Is told how asking ended.
    async fn note(&self, outcome: TokenOutcome);
}

/// In memory, beginning with the one of the settings: for as long as the process lives.
pub struct InMemory(Mutex<Option<SecretString>>);

impl InMemory {
    pub fn new(first: Option<SecretString>) -> Self {
        Self(Mutex::new(first))
    }
}

#[async_trait]
impl RefreshTokens for InMemory {
    fn consent(&self) -> u64 {
        0
    }

    async fn newest(&self) -> Result<Option<RefreshToken>, KeepError> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(newest.map(|secret| RefreshToken {
            secret,
            revision: None,
        }))
    }

    async fn keep(&self, newer: Option<SecretString>, _: &RefreshToken) -> Result<(), KeepError> {
        if let Some(newer) = newer {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(newer);
        }
        Ok(())
    }

    async fn note(&self, _: TokenOutcome) {}
}
