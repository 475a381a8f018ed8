//! The identity of a person: never a name or a mail address, which another tenant's user may carry as well.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A user for good: Entra's `tid` and `oid`, or another provider's issuer and `sub`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId {
    /// The tenant's id in lower case; for a provider without tenants, its issuer.
    pub tenant: String,
    /// The user's object id in lower case; for a provider without tenants, its subject identifier as it is.
    pub object: String,
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.object)
    }
}
