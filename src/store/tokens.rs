//! Tokens with which programs read the API: what each may do, for which customers, until when.
//!
//! The archive has the hash of a token and never the token.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

use super::StoreError;

/// What a token begins with, so that people and scanners recognize one.
const PREFIX: &str = "plog_";
/// So many characters follow: 256 bits.
const CHARACTERS: usize = 43;

/// A new token, from the generator that the operating system seeds. Nobody but who asked for it ever has it.
pub fn new_token_text() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// By what the archive knows a token; `None` for a text that cannot be one, so that nobody has to look for it.
pub fn token_hash(text: &str) -> Option<[u8; 32]> {
    let rest = text.strip_prefix(PREFIX)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (rest.len() == CHARACTERS && rest.bytes().all(plain)).then(|| Sha256::digest(text.as_bytes()).into())
}

/// What a token lets a program do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Ask for records through the API.
    Read,
    /// Export what the log selects.
    Export,
}

impl Right {
    pub const ALL: [Self; 2] = [Self::Read, Self::Export];

    /// The name under which it is kept, and by which commands know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Export => "export",
        }
    }
}

/// A token to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiToken {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// What it is for; only its beginning is kept.
    pub name: String,
    pub rights: Vec<Right>,
    /// The ids of the only customers that it is for; empty for all.
    pub customers: Vec<String>,
    pub created_at: DateTime<Utc>,
    /// Who made it, for display; only the beginning is kept.
    pub created_by: String,
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Never given twice.
    pub number: i64,
    pub name: String,
    pub rights: Vec<Right>,
    /// In lower case; empty for all.
    pub customers: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub created_by: String,
    pub expires_at: Option<DateTime<Utc>>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// Whether it is good at that moment: neither revoked nor expired.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Tokens of the API. Revoking one acts at once, in every process.
#[async_trait]
pub trait ApiTokens: Send + Sync + 'static {
    /// Keeps a token and gives its number.
    async fn add_token(&self, token: &NewApiToken) -> Result<i64, StoreError>;

    /// All tokens there are or were, the newest first.
    async fn api_tokens(&self) -> Result<Vec<ApiToken>, StoreError>;

    /// The token of that hash, good or not.
    async fn api_token(&self, hash: &[u8; 32]) -> Result<Option<ApiToken>, StoreError>;

    /// Notes that a token was used.
    async fn token_used(&self, number: i64, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Counts a request of a program, with those that other processes counted; says how long to wait where that is more than
    /// so many a minute. Of a file nothing is counted here: its processes are one.
    async fn count_request(
        &self,
        asker: &str,
        per_minute: NonZeroU32,
    ) -> Result<Option<Duration>, StoreError>;

    /// Makes a token good for nothing. `false` where there is no such token, or it was revoked before.
    async fn revoke_token(&self, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError>;
}
