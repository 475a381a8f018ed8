//! Sign-ins under way: each belongs to the browser that began it, is used once, and ends after ten minutes.
//!
//! The `state` that travels through the provider carries its age and a mark that only the browser's own secret
//! (a cookie) can produce, so that a foreign, an old and a used one can be told apart without keeping any of them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::local_path::LocalPath;
use crate::seal;

/// How long the provider's page may stay open.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// The clock may be set back a little while a sign-in is under way.
const SKEW: TimeDelta = TimeDelta::minutes(2);

const RANDOM: usize = 16;
const TIME: usize = 8;
const MARK: usize = 16;

/// The secret of one browser during sign-in, kept in a cookie. Parallel tabs share it.
#[derive(Clone)]
pub struct Binding([u8; 32]);

/// Why a callback does not belong to a sign-in under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackFault {
    /// Not begun here, or by another browser.
    Foreign,
    /// Begun by this browser too long ago.
    Expired,
    /// Begun by this browser and already finished.
    Used,
}

/// What must be remembered until the browser comes back.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) next: LocalPath,
}

impl Binding {
    /// A new secret of 256 bits.
    pub fn generate() -> Self {
        Self(seal::random())
    }

    /// The secret in a cookie's value, if it is one.
    pub fn from_cookie(value: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok().map(Self)
    }

    /// The cookie's value.
    pub fn to_cookie(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// A new `state` for this browser.
    pub(super) fn state(&self, now: DateTime<Utc>) -> String {
        let mut state = seal::random::<RANDOM>().to_vec();
        state.extend_from_slice(&now.timestamp().to_be_bytes());
        let mark = self.mark(&state);
        state.extend_from_slice(&mark);
        URL_SAFE_NO_PAD.encode(state)
    }

    /// Whether this browser was given `state`, and lately.
    pub(super) fn check(&self, state: &str, now: DateTime<Utc>) -> Result<(), CallbackFault> {
        let bytes = URL_SAFE_NO_PAD
            .decode(state)
            .map_err(|_| CallbackFault::Foreign)?;
        let (text, mark) = bytes
            .split_at_checked(RANDOM + TIME)
            .ok_or(CallbackFault::Foreign)?;
        if !seal::same(&self.mark(text), mark) {
            return Err(CallbackFault::Foreign);
        }
        let begun = text[RANDOM..]
            .try_into()
            .map(i64::from_be_bytes)
            .map_err(|_| CallbackFault::Foreign)?;
        let age = now.timestamp().saturating_sub(begun);
        if (-SKEW.num_seconds()..LIFETIME.num_seconds()).contains(&age) {
            Ok(())
        } else {
            Err(CallbackFault::Expired)
        }
    }

    /// The row under which the sign-in that `state` began is kept.
    pub(super) fn row(&self, state: &str) -> [u8; 32] {
        seal::digest("partnerlog sign-in row", &[&self.0, state.as_bytes()])
    }

    pub(super) fn seal(&self, state: &str, pending: &Pending) -> Vec<u8> {
        let plain = serde_json::to_vec(pending).expect("three texts are JSON");
        seal::seal(&self.key(state), &self.row(state), &plain)
    }

    pub(super) fn open(&self, state: &str, sealed: &[u8]) -> Option<Pending> {
        let plain = seal::open(&self.key(state), &self.row(state), sealed)?;
        serde_json::from_slice(&plain).ok()
    }

    fn key(&self, state: &str) -> [u8; 32] {
        seal::digest("partnerlog sign-in key", &[&self.0, state.as_bytes()])
    }

    fn mark(&self, text: &[u8]) -> [u8; MARK] {
        let digest = seal::digest("partnerlog sign-in state", &[&self.0, text]);
        *digest.first_chunk().expect("half of a digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_belongs_to_its_browser_for_ten_minutes() {
        let (browser, other) = (Binding::generate(), Binding::generate());
        let begun = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
        let state = browser.state(begun);
        assert_eq!(browser.check(&state, begun + TimeDelta::seconds(599)), Ok(()));
        assert_eq!(
            browser.check(&state, begun + TimeDelta::seconds(600)),
            Err(CallbackFault::Expired)
        );
        assert_eq!(other.check(&state, begun), Err(CallbackFault::Foreign));
        for odd in [
            "",
            "x",
            "!",
            &state[1..],
            &format!("{state}AAAA"),
            &URL_SAFE_NO_PAD.encode([0; 24]),
        ] {
            assert_eq!(browser.check(odd, begun), Err(CallbackFault::Foreign), "{odd}");
        }
        assert_ne!(browser.state(begun), state);
    }

    #[test]
    fn a_pending_sign_in_opens_only_for_its_browser_and_state() {
        let (browser, other) = (Binding::generate(), Binding::generate());
        let pending = Pending {
            nonce: "n".into(),
            verifier: "v".into(),
            next: LocalPath::or_home(Some("/activity/1")),
        };
        let sealed = browser.seal("state", &pending);
        assert_eq!(
            browser.open("state", &sealed).map(|it| it.next),
            Some(pending.next)
        );
        assert!(browser.open("other", &sealed).is_none());
        assert!(other.open("state", &sealed).is_none());
        let again = Binding::from_cookie(&browser.to_cookie()).expect("its own value");
        assert!(again.open("state", &sealed).is_some());
        assert!(Binding::from_cookie("AAAA").is_none());
    }
}
