//! Refresh tokens as the database sees them: sealed bytes under a tenant, and when they were got and used. What they
//! mean, and the keys, are the business of `credentials`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// A sealed refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// The partner's tenant, in lower case.
    pub tenant_id: String,
    /// Drawn anew with every change.
    pub revision: i64,
    /// Which key sealed it.
    pub key_id: [u8; 8],
    pub sealed: Vec<u8>,
    /// When a user consented, or the settings' token was taken over.
    pub obtained_at: DateTime<Utc>,
    /// When an access token was last got with it.
    pub used_at: DateTime<Utc>,
}

/// How asking for an access token ended last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    pub at: DateTime<Utc>,
    /// App+User, or App-only.
    pub delegated: bool,
    /// The code of what went wrong; nothing where a token came.
    pub trouble: Option<String>,
    /// The identity platform's own code, such as `AADSTS50076`.
    pub said: Option<String>,
}

/// What a new row may take the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Whatever is there.
    OfAnything,
    /// Only the row of that revision; of nothing: only where there is none.
    Of(Option<i64>),
}

/// Where refresh tokens are kept. Rows are never handed out in the clear: the store has no key.
#[async_trait]
pub trait CredentialRows: Send + Sync + 'static {
    /// The row of a tenant.
    async fn credential(&self, tenant_id: &str) -> Result<Option<CredentialRow>, StoreError>;
    /// Every row, by tenant.
    async fn credentials(&self) -> Result<Vec<CredentialRow>, StoreError>;
    /// Puts a row in the place of another, atomically; `false` when another is there than `instead` says.
    async fn put_credential(&self, row: &CredentialRow, instead: Instead) -> Result<bool, StoreError>;
    /// Deletes the row of a tenant, and what is known of its token requests; `false` when there was no row.
    async fn forget_credential(&self, tenant_id: &str) -> Result<bool, StoreError>;
    /// Writes down how asking for an access token ended.
    async fn note_token_request(&self, tenant_id: &str, request: &TokenRequest) -> Result<(), StoreError>;
    /// How asking for an access token ended last.
    async fn token_request(&self, tenant_id: &str) -> Result<Option<TokenRequest>, StoreError>;
}
