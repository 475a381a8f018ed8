//! Refresh tokens, sealed: who may have the newest one, and what becomes of it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::keys::{Keys, Seal};
use crate::{
    clock::Clock,
    config::{self, PartnerAccount},
    partner_center::{Consent, KeepError, RefreshToken, RefreshTokens, TokenOutcome, Trouble},
    seal,
    store::{CredentialRow, CredentialRows, Instead, StoreError, TokenRequest},
};

/// Entra forgets a refresh token that was not used for so long ("Refresh tokens in the Microsoft identity platform").
const LAPSES_AFTER: TimeDelta = TimeDelta::days(90);
/// One that was not used for so long is warned of.
const WARNED_AFTER: TimeDelta = TimeDelta::days(60);

/// The refresh tokens of every account; clones share it.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    rows: Arc<dyn CredentialRows>,
    keys: Keys,
    clock: Clock,
    /// By tenant, how often somebody in this process consented or took a consent away.
    consents: Mutex<HashMap<String, u64>>,
}

/// What is sealed in a row.
#[derive(Serialize, Deserialize)]
struct Content {
    token: String,
    /// Hash of the settings' `refresh_token` when this was kept: once that is another one, the operator changed it.
    seed: Option<[u8; 32]>,
    /// Who consented, for display.
    user: String,
}

/// How a stored consent stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub tenant_id: String,
    pub seal: Seal,
    /// Who consented; empty when unknown, or sealed away.
    pub user: String,
    pub obtained_at: DateTime<Utc>,
    pub used_at: DateTime<Utc>,
    /// When the identity platform forgets it, if it is not used before.
    pub lapses_at: DateTime<Utc>,
}

/// How an account stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Nothing: App-only, or the settings' refresh token is yet to be used.
    pub stored: Option<Stored>,
    /// The settings name a refresh token.
    pub in_settings: bool,
    /// Whether somebody can consent: there is a key to seal with.
    pub can_seal: bool,
    /// How asking for an access token ended last.
    pub last: Option<TokenRequest>,
}

impl Standing {
    /// App+User, rather than App-only.
    pub fn is_delegated(&self) -> bool {
        self.stored.is_some() || self.in_settings
    }

    /// What is wrong, if anything is known to be.
    pub fn trouble(&self) -> Option<Trouble> {
        if self
            .stored
            .as_ref()
            .is_some_and(|stored| stored.seal == Seal::Unknown)
        {
            return Some(if self.can_seal {
                Trouble::KeyUnknown
            } else {
                Trouble::KeyMissing
            });
        }
        let code = self.last.as_ref()?.trouble.as_deref()?;
        Some(Trouble::from_code(code).unwrap_or(Trouble::Other))
    }

    /// Whether the consent is about to lapse for want of use.
    pub fn is_lapsing(&self, now: DateTime<Utc>) -> bool {
        self.stored
            .as_ref()
            .is_some_and(|stored| now - stored.used_at > WARNED_AFTER)
    }
}

/// What sealing anew did to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resealed {
    /// It is under the newest key now.
    Done,
    /// It was so before.
    Already,
    /// Neither key of the settings opens it.
    Unopened,
}

impl Vault {
    /// Keeps what it is given in `rows`, under the keys of `settings`.
    pub fn new(settings: &config::Credentials, rows: Arc<dyn CredentialRows>, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            rows,
            keys: Keys::new(settings),
            clock,
            consents: Mutex::default(),
        }))
    }

    /// Whether there is a key to seal with.
    pub fn can_seal(&self) -> bool {
        self.0.keys.can_seal()
    }

    /// The refresh tokens of `account`, for its client.
    pub fn of(&self, account: &PartnerAccount) -> Kept {
        Kept {
            vault: self.clone(),
            tenant_id: account.tenant_id.to_ascii_lowercase(),
            seed: account.refresh_token.as_ref().map(seed_hash),
            in_settings: Mutex::new(account.refresh_token.clone()),
        }
    }

    /// How `account` stands.
    pub async fn standing(&self, account: &PartnerAccount) -> Result<Standing, StoreError> {
        let row = self.0.rows.credential(&account.tenant_id).await?;
        Ok(Standing {
            stored: row.map(|row| self.stored(&row)),
            in_settings: account.refresh_token.is_some(),
            can_seal: self.can_seal(),
            last: self.0.rows.token_request(&account.tenant_id).await?,
        })
    }

    /// Everything that is stored, by tenant.
    pub async fn all(&self) -> Result<Vec<Stored>, StoreError> {
        let rows = self.0.rows.credentials().await?;
        Ok(rows.iter().map(|row| self.stored(row)).collect())
    }

    /// Takes a consent away; `false` when there was none.
    pub async fn forget(&self, tenant_id: &str) -> Result<bool, StoreError> {
        let forgotten = self.0.rows.forget_credential(tenant_id).await?;
        self.another_consent(tenant_id);
        Ok(forgotten)
    }

    /// Seals everything under the newest key; tells for each tenant what became of it.
    pub async fn reseal(&self) -> Result<Vec<(String, Resealed)>, StoreError> {
        let mut done = Vec::new();
        for tenant_id in self
            .0
            .rows
            .credentials()
            .await?
            .into_iter()
            .map(|row| row.tenant_id)
        {
            done.push((tenant_id.clone(), self.reseal_one(&tenant_id).await?));
        }
        Ok(done)
    }

    async fn reseal_one(&self, tenant_id: &str) -> Result<Resealed, StoreError> {
        loop {
            let Some(row) = self.0.rows.credential(tenant_id).await? else {
                return Ok(Resealed::Already);
            };
            if self.0.keys.seal_of(&row.key_id) == Seal::Newest {
                return Ok(Resealed::Already);
            }
            let Some(content) = self.open(&row) else {
                return Ok(Resealed::Unopened);
            };
            let Some(newer) = self.sealed(tenant_id, &content, row.obtained_at, row.used_at) else {
                return Ok(Resealed::Unopened);
            };
            // Whoever renewed it meanwhile may have had the old key only: then it is looked at again.
            if self
                .0
                .rows
                .put_credential(&newer, Instead::Of(Some(row.revision)))
                .await?
            {
                return Ok(Resealed::Done);
            }
        }
    }

    /// Keeps what a user consented to, whatever was there before.
    pub(super) async fn keep_consent(
        &self,
        account: &PartnerAccount,
        consent: &Consent,
    ) -> Result<(), KeepError> {
        let now = self.0.clock.now();
        let content = Content {
            token: consent.refresh_token.expose_secret().to_owned(),
            seed: account.refresh_token.as_ref().map(seed_hash),
            user: consent.user.clone(),
        };
        let row = self
            .sealed(&account.tenant_id, &content, now, now)
            .ok_or(KeepError::KeyMissing)?;
        self.0
            .rows
            .put_credential(&row, Instead::OfAnything)
            .await
            .map_err(archive)?;
        self.another_consent(&account.tenant_id);
        let token_came = TokenRequest {
            at: now,
            delegated: true,
            trouble: None,
            said: None,
        };
        self.0
            .rows
            .note_token_request(&account.tenant_id, &token_came)
            .await
            .map_err(archive)
    }

    fn stored(&self, row: &CredentialRow) -> Stored {
        let content = self.open(row);
        Stored {
            tenant_id: row.tenant_id.clone(),
            seal: match content {
                Some(_) => self.0.keys.seal_of(&row.key_id),
                None => Seal::Unknown,
            },
            user: content.map(|content| content.user).unwrap_or_default(),
            obtained_at: row.obtained_at,
            used_at: row.used_at,
            lapses_at: row.used_at + LAPSES_AFTER,
        }
    }

    fn open(&self, row: &CredentialRow) -> Option<Content> {
        let plain = self
            .0
            .keys
            .open(&row.key_id, &place(&row.tenant_id), &row.sealed)?;
        serde_json::from_slice(&plain).ok()
    }

    fn sealed(
        &self,
        tenant_id: &str,
        content: &Content,
        obtained_at: DateTime<Utc>,
        used_at: DateTime<Utc>,
    ) -> Option<CredentialRow> {
        let plain = serde_json::to_vec(content).expect("texts and numbers are JSON");
        let (key_id, sealed) = self.0.keys.seal(&place(tenant_id), &plain)?;
        Some(CredentialRow {
            tenant_id: tenant_id.to_ascii_lowercase(),
            revision: i64::from_le_bytes(seal::random()),
            key_id,
            sealed,
            obtained_at,
            used_at,
        })
    }

    fn another_consent(&self, tenant_id: &str) {
        let mut consents = locked(&self.0.consents);
        *consents.entry(tenant_id.to_ascii_lowercase()).or_default() += 1;
    }
}

/// The refresh tokens of one account. Those of the settings count until something is stored, and again when the
/// operator changed them since. Without a key they are kept in memory.
pub struct Kept {
    vault: Vault,
    tenant_id: String,
    /// Hash of the settings' token.
    seed: Option<[u8; 32]>,
    /// The settings' token; without a key to seal with, what came in its place.
    in_settings: Mutex<Option<SecretString>>,
}

#[async_trait]
impl RefreshTokens for Kept {
    fn consent(&self) -> u64 {
        let consents = locked(&self.vault.0.consents);
        consents.get(&self.tenant_id).copied().unwrap_or_default()
    }

    async fn newest(&self) -> Result<Option<RefreshToken>, KeepError> {
        let row = self
            .vault
            .0
            .rows
            .credential(&self.tenant_id)
            .await
            .map_err(archive)?;
        let revision = row.as_ref().map(|row| row.revision);
        if let Some(row) = row {
            if !self.vault.can_seal() {
                return Err(KeepError::KeyMissing);
            }
            let content = self.vault.open(&row).ok_or(KeepError::KeyUnknown)?;
            if self.seed.is_none() || content.seed == self.seed {
                return Ok(Some(RefreshToken {
                    secret: content.token.into(),
                    revision,
                }));
            }
        }
        let in_settings = locked(&self.in_settings).clone();
        Ok(in_settings.map(|secret| RefreshToken { secret, revision }))
    }

    async fn keep(&self, newer: Option<SecretString>, used: &RefreshToken) -> Result<(), KeepError> {
        if !self.vault.can_seal() {
            if let Some(newer) = newer {
                *locked(&self.in_settings) = Some(newer);
            }
            return Ok(());
        }
        let rows = &self.vault.0.rows;
        loop {
            let row = rows.credential(&self.tenant_id).await.map_err(archive)?;
            let revision = row.as_ref().map(|row| row.revision);
            let before = row.and_then(|row| Some((self.vault.open(&row)?, row.obtained_at)));
            let is_resealed = |(content, _): &(Content, _)| content.token == used.secret.expose_secret();
            if revision != used.revision && !before.as_ref().is_some_and(is_resealed) {
                // Another process kept another one meanwhile, or somebody consented anew or took the consent away.
                return Ok(());
            }
            let now = self.vault.0.clock.now();
            let before = before.filter(|(content, _)| self.seed.is_none() || content.seed == self.seed);
            let (user, seed, obtained_at) = match before {
                Some((content, obtained_at)) => (content.user, content.seed, obtained_at),
                None => (String::new(), self.seed, now),
            };
            let content = Content {
                token: newer.as_ref().unwrap_or(&used.secret).expose_secret().to_owned(),
                seed,
                user,
            };
            let row = self
                .vault
                .sealed(&self.tenant_id, &content, obtained_at, now)
                .ok_or(KeepError::KeyMissing)?;
            // Somebody who wrote in between may only have sealed the same anew: then it is looked at again.
            let put = rows.put_credential(&row, Instead::Of(revision)).await;
            if put.map_err(archive)? {
                return Ok(());
            }
        }
    }

    async fn note(&self, outcome: TokenOutcome) {
        let request = TokenRequest {
            at: self.vault.0.clock.now(),
            delegated: outcome.delegated,
            trouble: outcome.trouble.map(|trouble| trouble.code().to_owned()),
            said: outcome.said,
        };
        let noted = self
            .vault
            .0
            .rows
            .note_token_request(&self.tenant_id, &request)
            .await;
        if let Err(error) = noted {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "how asking for a token ended could not be written down");
        }
    }
}

// Not derived: nothing of it is for logs.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

/// What binds a sealed text to its row, so that it does not open in another account's.
fn place(tenant_id: &str) -> [u8; 32] {
    seal::digest(
        "partnerlog credential row",
        &[tenant_id.to_ascii_lowercase().as_bytes()],
    )
}

fn seed_hash(token: &SecretString) -> [u8; 32] {
    seal::digest(
        "partnerlog refresh token of the settings",
        &[token.expose_secret().as_bytes()],
    )
}

fn archive(error: StoreError) -> KeepError {
    KeepError::Archive(Box::new(error))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
