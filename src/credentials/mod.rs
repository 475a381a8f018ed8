//! What partner accounts are asked with, beyond the settings: refresh tokens that users consented to, sealed.
//!
//! [`Vault`] keeps them under keys of the settings, [`Consents`] walks an administrator through consent. Nothing here
//! knows a page or a database: rows are kept through the archive's [`CredentialRows`], which never sees plain text.
//!
//! [`CredentialRows`]: crate::store::CredentialRows

mod consents;
mod keys;
mod vault;

pub use consents::{ConsentAnswer, Consents, Refused};
pub use keys::{Keys, Seal};
pub use vault::{Kept, Resealed, Standing, Stored, Vault};
