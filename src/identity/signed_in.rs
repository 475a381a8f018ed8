//! The extractors by which a handler demands a signed-in user, or one who may do something.
//!
//! A route is protected because its handler takes [`SignedIn`] or [`Permitted`]; no list of public paths is kept.

use std::{marker::PhantomData, ops::Deref};

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{
    entra::Entered,
    local_path::LocalPath,
    pages::SignInPage,
    roles::{Permission, Role},
    session::PROVIDER_SESSION,
    state::Identity,
    user::UserId,
};

const ACCOUNT: &str = "account";

/// The user of this request, with at least one role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIn {
    pub user: UserId,
    /// For display only; hostile text of at most 200 characters, may be empty.
    pub name: String,
    /// For display only, as `name`.
    pub username: String,
    /// As of the sign-in: rights taken away since then end with the session.
    pub roles: Vec<Role>,
    pub signed_in_at: DateTime<Utc>,
    pub(crate) login_hint: Option<String>,
}

impl SignedIn {
    /// Whether one of the user's roles includes `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }

    /// The user of `session`, with or without a role; `None` when nobody is signed in.
    pub(crate) async fn of(session: &Session) -> Result<Option<Self>, tower_sessions::session::Error> {
        match session.get_value(ACCOUNT).await? {
            Some(value) => Ok(serde_json::from_value(value).ok()),
            None => Ok(None),
        }
    }

    /// Makes `session` a new one of `entered`; whatever it was before has ended.
    pub(crate) async fn begin(
        session: &Session,
        entered: Entered,
        now: DateTime<Utc>,
    ) -> Result<Self, tower_sessions::session::Error> {
        session.flush().await?;
        let signed_in = Self {
            user: entered.user,
            name: entered.name,
            username: entered.username,
            roles: entered.roles,
            signed_in_at: now,
            login_hint: entered.login_hint,
        };
        session.insert(ACCOUNT, &signed_in).await?;
        session.insert(PROVIDER_SESSION, entered.provider_session).await?;
        session.save().await?;
        Ok(signed_in)
    }
}

/// A permission as a type.
pub trait Required: Send + Sync + 'static {
    const PERMISSION: Permission;
}

/// To see the activity log.
pub struct View;
/// To take it away as a file.
pub struct Export;
/// To change settings, and what and how is collected.
pub struct Manage;

impl Required for View {
    const PERMISSION: Permission = Permission::View;
}
impl Required for Export {
    const PERMISSION: Permission = Permission::Export;
}
impl Required for Manage {
    const PERMISSION: Permission = Permission::Manage;
}

/// The user of this request, who has the permission `P`.
pub struct Permitted<P>(pub SignedIn, PhantomData<P>);

impl<P> Deref for Permitted<P> {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

/// Why a request goes no further, and the answer to it.
pub struct Refusal {
    /// `None` when the browser is sent to sign in.
    pub page: Option<SignInPage>,
    response: Box<Response>,
}

impl Refusal {
    fn page(identity: &Identity, page: SignInPage, headers: &HeaderMap) -> Self {
        Self {
            response: Box::new(identity.page(&page, headers)),
            page: Some(page),
        }
    }

    fn to_sign_in(next: &LocalPath) -> Self {
        let to = if next.is_home() {
            String::new()
        } else {
            format!("?next={}", next.encoded())
        };
        let to = HeaderValue::try_from(format!("/sign-in/start{to}")).expect("percent-encoded ASCII");
        let mut response = StatusCode::SEE_OTHER.into_response();
        response.headers_mut().insert(header::LOCATION, to);
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self {
            page: None,
            response: Box::new(response),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.response
    }
}

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let identity = Identity::from_ref(state);
        match account(parts, &identity).await? {
            Some(signed_in) if signed_in.roles.is_empty() => {
                tracing::info!(user = %signed_in.user, "refused: no role");
                let page = SignInPage::NoRole {
                    name: signed_in.name,
                    username: signed_in.username,
                };
                Err(Refusal::page(&identity, page, &parts.headers))
            }
            Some(signed_in) => Ok(signed_in),
            None if is_navigation(parts) => {
                let path = parts.uri.path_and_query().map(http::uri::PathAndQuery::as_str);
                Err(Refusal::to_sign_in(&LocalPath::or_home(path)))
            }
            None => Err(Refusal::page(
                &identity,
                SignInPage::SignInRequired,
                &parts.headers,
            )),
        }
    }
}

/// The user, with or without a role; `None` where nobody is signed in. For pages that everybody may see.
impl<S> OptionalFromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        account(parts, &Identity::from_ref(state)).await
    }
}

impl<S, P> FromRequestParts<S> for Permitted<P>
where
    S: Send + Sync,
    Identity: FromRef<S>,
    P: Required,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let signed_in = <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if signed_in.may(P::PERMISSION) {
            return Ok(Self(signed_in, PhantomData));
        }
        tracing::info!(user = %signed_in.user, permission = P::PERMISSION.key(), "refused: missing permission");
        let page = SignInPage::MissingPermission {
            permission: P::PERMISSION,
            roles: signed_in.roles,
        };
        Err(Refusal::page(&Identity::from_ref(state), page, &parts.headers))
    }
}

async fn account(parts: &Parts, identity: &Identity) -> Result<Option<SignedIn>, Refusal> {
    let session = parts
        .extensions
        .get::<Session>()
        .expect("every route is wrapped by `with_sessions`");
    SignedIn::of(session)
        .await
        .map_err(|_| Refusal::page(identity, SignInPage::ArchiveFailed, &parts.headers))
}

/// Whether the answer is going to be looked at as a page, so that it may lead to the provider.
fn is_navigation(parts: &Parts) -> bool {
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let mode = header("sec-fetch-mode");
    let wants_data = !mode.is_empty() && mode != "navigate" && header("accept").contains("json");
    let by_script =
        header("x-requested-with").eq_ignore_ascii_case("partnerlog") || header("hx-request") == "true";
    matches!(parts.method, Method::GET | Method::HEAD) && !wants_data && !by_script
}
