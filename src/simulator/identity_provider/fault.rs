//! What tests can make go wrong at the stand-in provider, while it runs.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::simulator::{
    faults::{HttpFault, Pending},
    service::lock,
};

/// The provider's endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Discovery,
    Keys,
    Authorize,
    Token,
    EndSession,
    Graph,
}

/// What is wrong with an ID token or an access token. What can be said as a claim is said with `Set` and `Without`
/// (`iss`, `aud`, `azp`, `nonce`, `tid`, `exp`, `wids`, `_claim_sources`, …).
#[derive(Clone, Debug, PartialEq)]
pub enum JwtFault {
    /// Signed with a key the provider does not publish, under the kid of the one it does.
    ForeignKey,
    /// As `ForeignKey`, with that key in the token's own header (`jwk`).
    EmbeddedKey,
    /// A kid the provider never publishes.
    UnknownKid,
    /// `alg` none, without a signature.
    AlgNone,
    /// Signed with the client's secret.
    Hs256WithClientSecret,
    /// The last byte of the signature changed.
    BadSignature,
    /// Expired ten minutes ago.
    Expired,
    /// Valid in ten minutes.
    NotYetValid,
    /// A claim with another value.
    Set(String, Value),
    /// A claim left out.
    Without(String),
}

/// What is wrong with the published keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysFault {
    /// No key at all.
    Empty,
    /// The key's own `issuer` names another tenant.
    ForeignIssuer,
    /// Keys of unknown kinds and without members stand before the good one; a client has to skip them.
    OddNeighbours,
}

#[derive(Debug, Default)]
struct Lasting {
    metadata: Vec<(String, Value)>,
    keys: Option<KeysFault>,
}

/// The switches. Cloned handles are the same switches.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    wire: Pending<Endpoint, HttpFault>,
    id_tokens: Pending<(), Vec<JwtFault>>,
    access_tokens: Pending<(), Vec<JwtFault>>,
    lasting: Arc<Mutex<Lasting>>,
}

impl Faults {
    /// The next `times` answers of an endpoint are disturbed.
    pub fn next(&self, times: u32, endpoint: Endpoint, fault: HttpFault) {
        self.wire.add(endpoint, fault, times);
    }

    /// Every answer of an endpoint is disturbed until [`clear`](Self::clear).
    pub fn always(&self, endpoint: Endpoint, fault: HttpFault) {
        self.wire.add(endpoint, fault, u32::MAX);
    }

    /// The next ID token is wrong in all these ways at once.
    pub fn next_id_token(&self, faults: impl IntoIterator<Item = JwtFault>) {
        self.id_tokens.add((), faults.into_iter().collect(), 1);
    }

    /// The next access token of an application is wrong in all these ways at once.
    pub fn next_access_token(&self, faults: impl IntoIterator<Item = JwtFault>) {
        self.access_tokens.add((), faults.into_iter().collect(), 1);
    }

    /// The discovery document says something else under a key, until [`clear`](Self::clear).
    pub fn set_metadata(&self, key: &str, value: Value) {
        lock(&self.lasting).metadata.push((key.to_owned(), value));
    }

    /// The published keys are wrong, until [`clear`](Self::clear).
    pub fn set_keys(&self, fault: KeysFault) {
        lock(&self.lasting).keys = Some(fault);
    }

    /// Everything works again.
    pub fn clear(&self) {
        self.wire.clear();
        self.id_tokens.clear();
        self.access_tokens.clear();
        *lock(&self.lasting) = Lasting::default();
    }

    /// Whether every counted fault has struck.
    pub fn all_struck(&self) -> bool {
        self.wire.is_empty() && self.id_tokens.is_empty() && self.access_tokens.is_empty()
    }

    pub(super) fn take(&self, endpoint: Endpoint) -> Option<HttpFault> {
        self.wire.take(|struck, _| *struck == endpoint)
    }

    pub(super) fn take_id_token(&self) -> Vec<JwtFault> {
        self.id_tokens.take(|(), _| true).unwrap_or_default()
    }

    pub(super) fn take_access_token(&self) -> Vec<JwtFault> {
        self.access_tokens.take(|(), _| true).unwrap_or_default()
    }

    pub(super) fn metadata(&self) -> Vec<(String, Value)> {
        lock(&self.lasting).metadata.clone()
    }

    pub(super) fn keys(&self) -> Option<KeysFault> {
        lock(&self.lasting).keys
    }
}
