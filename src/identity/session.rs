//! Sessions in the archive: sealed rows, limits by our own clock, and no way back for a session that was ended.
//!
//! `tower-sessions` gives the cookie and the request's view of a session; everything it leaves open is closed here:
//! ids are made at creation and never adopted, saving never brings back a deleted row, reading counts as activity,
//! and the absolute limit counts from the beginning whatever is saved later.

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use axum::{
    Router,
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, SET_COOKIE},
    },
    middleware::{Next, map_response},
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::{SameSite, time::OffsetDateTime},
    session::{Id, Record},
    session_store,
};

use super::{
    pages::RECOVERY,
    state::{Identity, causes},
};
use crate::{
    clock::Clock,
    seal,
    store::{SessionRow, SessionRows, StoreError},
};

/// The entry of a session's data that front-channel logout finds it by.
pub(super) const PROVIDER_SESSION: &str = "provider_session";

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) idle: TimeDelta,
    pub(super) lifetime: TimeDelta,
}

impl Limits {
    fn end(&self, began: DateTime<Utc>, seen: DateTime<Utc>) -> DateTime<Utc> {
        let after = |at: DateTime<Utc>, span| at.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC);
        after(seen, self.idle).min(after(began, self.lifetime))
    }

    /// Activity is written down at most this often: once a minute, or a twentieth of a short idle limit.
    fn between_writes(&self) -> TimeDelta {
        TimeDelta::minutes(1).min(self.idle / 20)
    }
}

/// The session store of `tower-sessions` over [`SessionRows`].
#[derive(Clone)]
pub struct ArchiveSessions {
    rows: Arc<dyn SessionRows>,
    limits: Limits,
    clock: Clock,
}

/// What is sealed in a row. The limits count from here, not from what the database says.
#[derive(Serialize, Deserialize)]
struct Content {
    began: DateTime<Utc>,
    seen: DateTime<Utc>,
    data: HashMap<String, Value>,
}

impl ArchiveSessions {
    pub(super) fn new(rows: Arc<dyn SessionRows>, limits: Limits, clock: Clock) -> Self {
        Self { rows, limits, clock }
    }

    fn row(&self, id: Id, content: &Content) -> session_store::Result<SessionRow> {
        let plain =
            serde_json::to_vec(content).map_err(|error| session_store::Error::Encode(error.to_string()))?;
        let provider_session = content
            .data
            .get(PROVIDER_SESSION)
            .cloned()
            .and_then(|key| serde_json::from_value(key).ok());
        Ok(SessionRow {
            key: row_key(id),
            provider_session,
            expires_at: self.limits.end(content.began, content.seen),
            sealed: seal::seal(&seal_key(id), &row_key(id), &plain),
        })
    }

    /// The session of `id`, if it exists, can be opened, and is within its limits.
    async fn content(&self, id: Id, now: DateTime<Utc>) -> session_store::Result<Option<Content>> {
        let Some(row) = self.rows.session(&row_key(id), now).await.map_err(backend)? else {
            return Ok(None);
        };
        let content = seal::open(&seal_key(id), &row.key, &row.sealed)
            .and_then(|plain| serde_json::from_slice::<Content>(&plain).ok());
        if content.is_none() {
            tracing::warn!("a session's row cannot be opened");
        }
        Ok(content.filter(|content| now < self.limits.end(content.began, content.seen)))
    }
}

#[async_trait]
impl SessionStore for ArchiveSessions {
    /// The id that comes with `record` is not used: it may be one that the browser made up.
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let now = self.clock.now();
        let content = Content {
            began: now,
            seen: now,
            data: record.data.clone(),
        };
        loop {
            record.id = Id(i128::from_le_bytes(seal::random()));
            if self
                .rows
                .insert_session(&self.row(record.id, &content)?)
                .await
                .map_err(backend)?
            {
                return Ok(());
            }
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let now = self.clock.now();
        // A session that was ended meanwhile stays ended, which is no failure of this request.
        if let Some(content) = self.content(record.id, now).await? {
            let content = Content {
                began: content.began,
                seen: now,
                data: record.data.clone(),
            };
            self.rows
                .update_session(&self.row(record.id, &content)?)
                .await
                .map_err(backend)?;
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now = self.clock.now();
        let Some(mut content) = self.content(*id, now).await? else {
            return Ok(None);
        };
        let is_attended = !UNATTENDED.try_with(|it| *it).unwrap_or(false);
        if is_attended && now - content.seen >= self.limits.between_writes() {
            content.seen = now;
            match self.rows.update_session(&self.row(*id, &content)?).await {
                Ok(true) => {}
                // Ended since we read it.
                Ok(false) => return Ok(None),
                // A database that cannot be written to can still be read.
                Err(error) => drop(backend(error)),
            }
        }
        // The expiry date means nothing here: the limits above do.
        Ok(Some(Record {
            id: *id,
            data: content.data,
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.rows.delete_session(&row_key(*id)).await.map_err(backend)
    }
}

impl fmt::Debug for ArchiveSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveSessions")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

tokio::task_local! {
    /// Set while a request is answered that a page sent by itself.
    static UNATTENDED: bool;
}

/// Middleware for routes that pages ask by themselves: they count as no activity of the user, so that a page left
/// open does not keep its session.
pub async fn unattended(request: Request, next: Next) -> Response {
    UNATTENDED.scope(true, next.run(request)).await
}

/// The key by which front-channel logout finds the sessions of the provider's session `sid`.
pub fn provider_session_key(issuer: &str, sid: &str) -> [u8; 32] {
    seal::digest(
        "partnerlog provider session",
        &[issuer.as_bytes(), sid.as_bytes()],
    )
}

/// Gives every route of `router` its session. The cookie lasts as long as the browser; the limits are the server's.
pub fn with_sessions<S: Clone + Send + Sync + 'static>(router: Router<S>, identity: &Identity) -> Router<S> {
    let layer = SessionManagerLayer::new(identity.session_store())
        .with_name(identity.session_cookie())
        .with_secure(identity.is_https())
        .with_http_only(true)
        // Strict would hide the session from the redirect chain that comes back from the provider.
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd);
    let removal = removal_start(identity);
    let whole_removal =
        HeaderValue::from_str(&identity.remove_session_cookie()).expect("a constant in ASCII");
    router
        .layer(layer)
        .layer(map_response(move |mut response: Response| {
            complete_removal(&mut response, &removal, &whole_removal);
            tell_to_wait(&mut response);
            async { response }
        }))
}

/// `tower-sessions` answers with a bare 500 where it cannot save a session. Whatever else fails has a page by then.
fn tell_to_wait(response: &mut Response) {
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && !response.headers().contains_key(CONTENT_TYPE)
    {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(RETRY_AFTER, RECOVERY.into());
    }
}

fn removal_start(identity: &Identity) -> String {
    format!("{}=;", identity.session_cookie())
}

/// The removal that `tower-sessions` sends lacks `Secure`, and browsers ignore a `__Host-` cookie without it.
fn complete_removal(response: &mut Response, start: &str, whole: &HeaderValue) {
    for cookie in response
        .headers_mut()
        .iter_mut()
        .filter(|(name, _)| **name == SET_COOKIE)
        .map(|(_, value)| value)
    {
        if cookie.as_bytes().starts_with(start.as_bytes()) {
            *cookie = whole.clone();
        }
    }
}

fn row_key(id: Id) -> [u8; 32] {
    seal::digest("partnerlog session row", &[&id.0.to_le_bytes()])
}

fn seal_key(id: Id) -> [u8; 32] {
    seal::digest("partnerlog session key", &[&id.0.to_le_bytes()])
}

/// `tower-sessions` passes on texts only, so the cause is logged here.
fn backend(error: StoreError) -> session_store::Error {
    let cause = causes(&error);
    tracing::error!(cause, "sessions cannot be read or written");
    session_store::Error::Backend(error.to_string())
}
