//! Which values are secret, decided by the name of their field and never by guess, and their masking.
//!
//! Masking is for display. The archive and the exact exports keep what was received.

mod mask;

pub(super) use mask::may_hold_secrets;
pub(crate) use mask::shown;
pub use mask::{mask_document, mask_sides};

/// What stands in the place of a secret.
pub const MASK: &str = "••••";

/// Whether a value at this path, such as `UserCredentials.password` or `Keys[0].KeyValue`, is a secret.
///
/// Names of passwords, secrets, tokens and keys are; what only names or describes one (`KeyId`,
/// `PasswordPolicies`, `CredentialType`) is not.
pub fn is_secret_field(path: &str) -> bool {
    if !may_hold_secrets(path) {
        return false;
    }
    path.split('.')
        .map(|segment| segment.split('[').next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .fold(Place::Open, Place::enter)
        != Place::Open
}

/// Where in a document a value stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Open,
    /// In a bundle of credentials, whose members tell by their own names what they are.
    Bundle,
    /// In a secret, all of it.
    Secret,
}

impl Place {
    /// The place of the member of that name.
    fn enter(self, name: &str) -> Self {
        let name: String = name
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        // `Password-0`, `Key1`
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if describes(name) {
            return Self::Open;
        }
        match (named(name), self) {
            (Self::Open, Self::Secret) => Self::Secret,
            (Self::Open, Self::Bundle) if matches!(name, "key" | "value" | "text" | "data") => Self::Secret,
            (own, _) => own,
        }
    }
}

/// What a name in itself says about its value.
fn named(name: &str) -> Place {
    let ends = |with: &[&str]| with.iter().any(|end| name.ends_with(end));
    let contains = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if name.contains("credential") || name.ends_with("passwordprofile") {
        return Place::Bundle;
    }
    let word = contains(&[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "privatekey",
        "connectionstring",
    ]) || ends(&["pwd", "keyvalue", "keydata", "keymaterial", "token"]);
    let key = name != "key" && ends(&["key", "keys"]);
    let harmless = ends(&[
        "continuationtoken",
        "publickey",
        "publickeys",
        "partitionkey",
        "rowkey",
        "sortkey",
    ]);
    if (word || key) && !harmless {
        Place::Secret
    } else {
        Place::Open
    }
}

/// Whether a name is that of something said about a secret: its id, its date, its rules.
fn describes(name: &str) -> bool {
    const ABOUT: &[&str] = &[
        "id",
        "ids",
        "identifier",
        "name",
        "type",
        "date",
        "time",
        "policy",
        "policies",
        "status",
        "state",
        "count",
        "length",
        "usage",
        "enabled",
        "required",
        "expired",
        "uri",
        "url",
    ];
    ABOUT.iter().any(|end| name.ends_with(end))
        || name.starts_with("forcechange")
        || name.starts_with("lastpassword")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_secret_by_its_name() {
        for path in [
            "UserCredentials.password",
            "PasswordProfile.Password",
            "Keys[0].KeyValue",
            "KeyCredentials[0].Key",
            "ClientSecret",
            "client_secret",
            "SecretText",
            "CredentialValue",
            "ProductKey-0",
            "RefreshToken",
            "Password.Value",
        ] {
            assert!(is_secret_field(path), "{path}");
        }
        for path in [
            "",
            "Key",
            "KeyId",
            "KeyCredentials[0].KeyId",
            "UserCredentials.userName",
            "PasswordProfile.ForceChangePassword",
            "PasswordPolicies",
            "CredentialType",
            "LastPasswordChangeDateTime",
            "Quantity",
            "LineItems[2].FriendlyName",
            "ContinuationToken",
        ] {
            assert!(!is_secret_field(path), "{path}");
        }
    }
}
