//! Sealing what the database keeps, with keys that the database does not have: AES-256-GCM under hashes of secrets.
//!
//! Whoever steals the database can therefore neither read a sealed row nor put it into another's place. Knows keys and
//! bytes; which secret makes a key, and what is in a row, is the business of those who seal.

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use rand::RngCore;
use sha2::{Digest, Sha256};

const NONCE_BYTES: usize = 12;

/// SHA-256 of `parts` for one `purpose`. Each part is preceded by its length, so that no two lists of parts collide.
pub fn digest(purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Encrypts `plain`; `row` is bound to it, so that a sealed text moved to another row no longer opens.
pub fn seal(key: &[u8; 32], row: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = random();
    let sealed = cipher(key)
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: row })
        .expect("AES-GCM encrypts anything shorter than 64 GiB");
    [nonce.as_slice(), &sealed].concat()
}

/// The reverse of [`seal`]; `None` for anything that was not sealed with this key for this row.
pub fn open(key: &[u8; 32], row: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    cipher(key)
        .decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: row })
        .ok()
}

/// Fresh bytes from the generator that the operating system seeds.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// Compares without telling by its duration where the first difference is.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |odd, (a, b)| odd | (a ^ b)) == 0
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&(*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_key_in_its_row_and_in_no_other_way() {
        let (key, other) = (digest("key", &[b"a"]), digest("key", &[b"b"]));
        let sealed = seal(&key, b"row", b"who is signed in");
        assert_eq!(
            open(&key, b"row", &sealed).as_deref(),
            Some(&b"who is signed in"[..])
        );
        assert_eq!(open(&other, b"row", &sealed), None);
        assert_eq!(open(&key, b"another row", &sealed), None);
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert_eq!(open(&key, b"row", &bent), None, "bent at {at}");
        }
        assert_eq!(open(&key, b"row", b"short"), None);
    }

    #[test]
    fn two_lists_of_parts_never_share_a_digest() {
        assert_ne!(digest("p", &[b"ab", b"c"]), digest("p", &[b"a", b"bc"]));
        assert_ne!(digest("p", &[b"a"]), digest("pa", &[]));
    }
}
