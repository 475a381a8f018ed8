//! The keys of the settings, and what they seal. A sealed text names its key, so that keys can be changed.

use secrecy::{ExposeSecret, SecretBox};

use crate::{config, seal};

/// The key to seal with, and the one of before.
pub struct Keys {
    newest: Option<Key>,
    previous: Option<Key>,
}

struct Key {
    id: [u8; 8],
    secret: SecretBox<[u8; 32]>,
}

/// By which key a text is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// `credentials.key_secret`
    Newest,
    /// `credentials.previous_key_secret`
    Previous,
    /// None of the settings'.
    Unknown,
}

impl Key {
    fn new(secret: &str) -> Self {
        let key = seal::digest("partnerlog credentials key", &[secret.as_bytes()]);
        let id = seal::digest("partnerlog credentials key id", &[&key]);
        Self {
            id: *id.first_chunk().expect("a part of a digest"),
            secret: SecretBox::new(Box::new(key)),
        }
    }
}

impl Keys {
    pub fn new(settings: &config::Credentials) -> Self {
        let key = |secret: &Option<secrecy::SecretString>| {
            secret.as_ref().map(|secret| Key::new(secret.expose_secret()))
        };
        Self {
            newest: key(&settings.key_secret),
            previous: key(&settings.previous_key_secret),
        }
    }

    /// Whether there is a key to seal with.
    pub fn can_seal(&self) -> bool {
        self.newest.is_some()
    }

    /// By which key a text is sealed that names its key as `id`.
    pub fn seal_of(&self, id: &[u8; 8]) -> Seal {
        let is = |key: &Option<Key>| key.as_ref().is_some_and(|key| key.id == *id);
        if is(&self.newest) {
            Seal::Newest
        } else if is(&self.previous) {
            Seal::Previous
        } else {
            Seal::Unknown
        }
    }

    /// Seals for one row; nothing without a key.
    pub fn seal(&self, row: &[u8], plain: &[u8]) -> Option<([u8; 8], Vec<u8>)> {
        let key = self.newest.as_ref()?;
        Some((key.id, seal::seal(key.secret.expose_secret(), row, plain)))
    }

    /// The reverse; nothing for what was sealed with another key, or for another row.
    pub fn open(&self, id: &[u8; 8], row: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let key = [&self.newest, &self.previous]
            .into_iter()
            .flatten()
            .find(|key| key.id == *id)?;
        seal::open(key.secret.expose_secret(), row, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(newest: &str, previous: Option<&str>) -> Keys {
        Keys::new(&config::Credentials {
            key_secret: Some(newest.to_owned().into()),
            previous_key_secret: previous.map(|key| key.to_owned().into()),
        })
    }

    #[test]
    fn what_one_key_sealed_opens_as_long_as_the_key_is_known() {
        let old = keys("a", None);
        let (id, sealed) = old.seal(b"row", b"plain").unwrap();
        assert_eq!(old.open(&id, b"row", &sealed).as_deref(), Some(&b"plain"[..]));
        assert_eq!(old.open(&id, b"another row", &sealed), None);

        let both = keys("b", Some("a"));
        assert_eq!(both.seal_of(&id), Seal::Previous);
        assert_eq!(both.open(&id, b"row", &sealed).as_deref(), Some(&b"plain"[..]));
        let (newer, _) = both.seal(b"row", b"plain").unwrap();
        assert_eq!(
            (both.seal_of(&newer), old.seal_of(&newer)),
            (Seal::Newest, Seal::Unknown)
        );

        let without = keys("b", None);
        assert_eq!(without.open(&id, b"row", &sealed), None);
        let none = Keys::new(&config::Credentials::default());
        assert!(!none.can_seal());
        assert!(none.seal(b"row", b"plain").is_none());
        assert_eq!(none.open(&id, b"row", &sealed), None);
    }
}
