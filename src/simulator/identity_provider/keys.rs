//! The provider's signing keys.
//!
//! Two throw-away RSA keys, generated for this file and public with it. They guard nothing: only the
//! stand-in signs with them, and only programs that were told to trust the stand-in believe it.

use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

/// A signing key with its public half.
#[derive(Debug)]
pub(super) struct SigningKey {
    pub(super) kid: &'static str,
    pem: &'static [u8],
    /// The modulus, base64url; the exponent is 65537.
    modulus: &'static str,
}

/// One signs, the other is foreign until the keys are rotated.
pub(super) static KEYS: [SigningKey; 2] = [
    SigningKey {
        kid: "stand-in-first",
        pem: include_bytes!("../keys/stand-in-first.pem"),
        modulus: "vybaqWdq7BF4VSH5B5sF7jejzujRhV3kzv20KJNSvDkXY-3_oAQ9Mf_wmSv8orn3Nqr4s920zIO2LztKIQ8WjMMAB0zoaAojkAEb9XiqSDYPIKpiyIG798LoNoPl-jXj1IDYE39hhT5h9zlX_aCYhQf9FDFoEicMhKCLhPMh2x8G_W2jjY4Y4fzASSyCtZ4zWfer1iu9iNHngBE6pgoJmQ945GeABX_pfIZoyOmCoujkfPQ_i91ThH2cDkSHLo_ocqlxcrZlDsjTO0-9W7UgXPdtXa282Majo17VuV2jzUYtL2lgVxcIWP6ngpPAHMP4gHnfJ5r4_CUlCkFOaYiOhQ",
    },
    SigningKey {
        kid: "stand-in-second",
        pem: include_bytes!("../keys/stand-in-second.pem"),
        modulus: "uAwWhhcMR_OyiC6QaDBl_LPW2JJpsOYd91Kwt2_yTVAbviZPKeeJD_wtsM9ByTCgnLdtoPuRWQBsUXOZHeHZgCg9Q8h7vDfNK2e9QBChySpR4RnMtL0Kxybv7jpB3dKUgB5q00Uw80VFIiBX8BNQ7jzC1pMYY3inOgIVUvXbjh1PLbJXlFmg_3qaZnDYZkj8UBEvh-q-mXyL3xf8m-FOcruYuOqL5zerKnOj4p9i9B9HIrx77W48-8oDUjclIsWzU2kEgMEBdcTg3QycdqNfU0saizlBFD1MEGmoHJE-22pIGRVVdM5hFsEKRaBy4wJ3MUqVtbGVQpmfBzM_Xg0cYw",
    },
];

impl SigningKey {
    pub(super) fn encoding(&self) -> EncodingKey {
        EncodingKey::from_rsa_pem(self.pem).expect("the embedded key is an RSA key in PEM")
    }

    /// The JWK as the provider publishes it, with Entra's own `issuer` member.
    pub(super) fn public(&self, issuer: &str) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": self.modulus,
            "e": "AQAB",
            "issuer": issuer,
        })
    }
}
