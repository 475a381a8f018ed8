//! The pages that sign-in can end in, as values. Putting them into words and markup is the business of `web`.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use oauth2::url::Url;

use super::{
    local_path::LocalPath,
    roles::{Permission, Role},
};

/// In so many seconds others take over from a database that failed.
pub(super) const RECOVERY: u16 = 5;

/// What there is to say. Nothing in it comes from the provider's error texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInPage {
    /// One link that begins the sign-in and ends at `next`.
    SignIn { next: LocalPath },
    /// Signed out here; `end_session` ends the provider's session as well (the answer also refreshes to it).
    SignedOut { end_session: Option<Url> },
    /// The user, or an administrator's rule, said no at the provider.
    Declined,
    /// The provider ended the sign-in with another error.
    ProviderRefused,
    /// The sign-in took longer than ten minutes, or its code is no longer good.
    Expired,
    /// The answer belongs to no sign-in of this browser, or is not an answer.
    Forged,
    /// The answer was used before.
    Replayed,
    /// The provider's ID token did not pass the checks.
    Rejected,
    /// The provider (or Microsoft Graph) is down, slow, or answers nonsense.
    ProviderUnavailable,
    /// The provider does not accept our client id or secret: an administrator must act.
    ClientRefused,
    /// Too many groups for the token, and Graph refuses to tell: an administrator must act.
    OverageNotPermitted,
    /// Signed in, with none of the roles that may enter.
    NoRole { name: String, username: String },
    /// Signed in, with roles that do not include this permission.
    MissingPermission {
        permission: Permission,
        roles: Vec<Role>,
    },
    /// A request that cannot be sent through sign-in needs a session.
    SignInRequired,
    /// The archive's database failed.
    ArchiveFailed,
}

/// Whoever can render them.
pub trait SignInPages: Send + Sync + 'static {
    /// The page in the reader's language (by `headers`). Status and caching are set by the caller.
    fn render(&self, page: &SignInPage, headers: &HeaderMap) -> Response;
}

impl SignInPage {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } | Self::SignedOut { .. } => StatusCode::OK,
            Self::Declined
            | Self::ProviderRefused
            | Self::Expired
            | Self::Forged
            | Self::Replayed
            | Self::Rejected => StatusCode::BAD_REQUEST,
            Self::SignInRequired => StatusCode::UNAUTHORIZED,
            Self::OverageNotPermitted | Self::NoRole { .. } | Self::MissingPermission { .. } => {
                StatusCode::FORBIDDEN
            }
            Self::ProviderUnavailable | Self::ClientRefused | Self::ArchiveFailed => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// When it may be worth asking again, in seconds.
    pub fn retry_after(&self) -> Option<u16> {
        match self {
            Self::ProviderUnavailable => Some(10),
            Self::ArchiveFailed => Some(RECOVERY),
            _ => None,
        }
    }

    /// The page's message key; `-title` and `-text` follow.
    pub fn key(&self) -> &'static str {
        match self {
            Self::SignIn { .. } => "sign-in",
            Self::SignedOut { .. } => "signed-out",
            Self::Declined => "sign-in-declined",
            Self::ProviderRefused => "sign-in-refused",
            Self::Expired => "sign-in-expired",
            Self::Forged => "sign-in-forged",
            Self::Replayed => "sign-in-replayed",
            Self::Rejected => "sign-in-rejected",
            Self::ProviderUnavailable => "sign-in-unavailable",
            Self::ClientRefused => "sign-in-client-refused",
            Self::OverageNotPermitted => "sign-in-overage",
            Self::NoRole { .. } => "no-role",
            Self::MissingPermission { .. } => "missing-permission",
            Self::SignInRequired => "sign-in-required",
            Self::ArchiveFailed => "archive-failed",
        }
    }
}
