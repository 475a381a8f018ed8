//! Who is signed in, and what they may do.
//!
//! OpenID Connect sign-in against the configured provider, sessions whose rows the archive keeps sealed, and the
//! extractors by which a handler demands a signed-in user or a permission. Nothing here knows a page, a template,
//! a language or a database: pages are asked for through [`SignInPages`], rows kept through the archive's [`SessionRows`].
//!
//! [`SessionRows`]: crate::store::SessionRows

mod access_token;
mod cache;
pub(crate) mod callback;
mod entra;
mod fetch;
mod id_token;
mod jwks;
mod local_path;
mod overage;
mod pages;
mod pending;
mod provider;
mod registration;
mod roles;
mod session;
mod signed_in;
mod state;
mod user;

pub use access_token::Application;
pub use entra::{Entered, Entra, EntryError, ProgramError};
pub use fetch::FetchError;
pub use id_token::TokenFault;
pub use local_path::LocalPath;
pub use pages::{SignInPage, SignInPages};
pub use pending::Binding;
pub use roles::{Permission, Role};
pub use session::{ArchiveSessions, provider_session_key, unattended, with_sessions};
pub use signed_in::{Export, Manage, Permitted, Refusal, Required, SignedIn, View};
pub use state::Identity;
pub use user::UserId;
