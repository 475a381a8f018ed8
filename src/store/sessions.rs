//! Sessions and sign-ins under way, as the database sees them: rows that only their owner can find or read. What
//! they mean is the business of `identity`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// A session as the database sees it: it can be found only by who holds the id, and read by nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Hash of the session's id.
    pub key: [u8; 32],
    /// Hash of issuer and `sid`, where the provider names its own session.
    pub provider_session: Option<[u8; 32]>,
    /// The earlier of the idle and the absolute limit.
    pub expires_at: DateTime<Utc>,
    /// Encrypted under a key made from the session's id.
    pub sealed: Vec<u8>,
}

/// Where sessions, and sign-ins under way, are kept.
#[async_trait]
pub trait SessionRows: Send + Sync + 'static {
    /// Inserts; `false` when the key is taken.
    async fn insert_session(&self, row: &SessionRow) -> Result<bool, StoreError>;
    /// Updates an existing row only: never brings back a deleted one. `false` when there is none.
    async fn update_session(&self, row: &SessionRow) -> Result<bool, StoreError>;
    /// The row of `key` unless it has expired by `now`.
    async fn session(&self, key: &[u8; 32], now: DateTime<Utc>) -> Result<Option<SessionRow>, StoreError>;
    /// Deletes; nothing happens when there is none.
    async fn delete_session(&self, key: &[u8; 32]) -> Result<(), StoreError>;
    /// Deletes all sessions that began in one session of the provider; tells how many.
    async fn delete_sessions_of(&self, provider_session: &[u8; 32]) -> Result<u64, StoreError>;
    /// Keeps a sign-in under way until `expires_at`.
    async fn put_sign_in(
        &self,
        key: &[u8; 32],
        sealed: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Atomically removes and returns: a sign-in is used exactly once even in a race. Expired ones are not returned.
    async fn take_sign_in(&self, key: &[u8; 32], now: DateTime<Utc>) -> Result<Option<Vec<u8>>, StoreError>;
    /// Deletes what has expired by `now`, sessions and sign-ins; tells how many rows.
    async fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}
