//! What the sign-in handlers and the extractors share, and the two halves of a sign-in.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, RETRY_AFTER},
    },
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use oauth2::{PkceCodeChallenge, url::Url};

use super::{
    callback::{Answer, Callback},
    entra::{Entered, Entra, EntryError, WHOLE_EXCHANGE},
    fetch::FetchError,
    local_path::LocalPath,
    pages::{SignInPage, SignInPages},
    pending::{self, Binding, CallbackFault, Pending},
    session::{ArchiveSessions, Limits, provider_session_key},
};
use crate::{
    clock::Clock,
    config, seal,
    store::{SessionRows, StoreError},
};

/// Sign-in as configured; cheap to clone, part of the application's state by `FromRef`.
#[derive(Clone)]
pub struct Identity {
    entra: Arc<Entra>,
    rows: Arc<dyn SessionRows>,
    pages: Arc<dyn SignInPages>,
    limits: Limits,
    public_url: Arc<str>,
    clock: Clock,
    purged_at: Arc<Mutex<DateTime<Utc>>>,
}

impl Identity {
    /// Sign-in by `settings` for browsers that reach us at `server.public_url`.
    pub fn new(
        settings: &config::SignIn,
        server: &config::Server,
        rows: Arc<dyn SessionRows>,
        pages: Arc<dyn SignInPages>,
        clock: Clock,
    ) -> Self {
        let span = |duration| TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
        Self {
            entra: Arc::new(Entra::new(settings, &server.public_url, clock.clone())),
            rows,
            pages,
            limits: Limits {
                idle: span(settings.session_idle),
                lifetime: span(settings.session_lifetime),
            },
            public_url: server.public_url.as_str().into(),
            purged_at: Arc::new(Mutex::new(DateTime::UNIX_EPOCH)),
            clock,
        }
    }

    /// The provider.
    pub fn entra(&self) -> &Arc<Entra> {
        &self.entra
    }

    /// The answer for `page`: never cached, and with the status that belongs to it.
    pub fn page(&self, page: &SignInPage, headers: &HeaderMap) -> Response {
        let mut response = self.pages.render(page, headers);
        *response.status_mut() = page.status();
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = page.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Begins a sign-in of the browser with `binding` that is to end at `next`: the provider's address for it.
    pub(crate) async fn begin(&self, binding: &Binding, next: LocalPath) -> Result<Url, SignInPage> {
        bounded(self.begin_unbounded(binding, next)).await
    }

    async fn begin_unbounded(&self, binding: &Binding, next: LocalPath) -> Result<Url, SignInPage> {
        let now = self.clock.now();
        self.purge(now).await;
        let state = binding.state(now);
        let nonce = nonce();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let url = self
            .entra
            .authorization_url(state.clone(), &nonce, challenge)
            .await
            .map_err(failed)?;
        let pending = Pending {
            nonce,
            verifier: verifier.into_secret(),
            next,
        };
        self.rows
            .put_sign_in(
                &binding.row(&state),
                &binding.seal(&state, &pending),
                now + pending::LIFETIME,
            )
            .await
            .map_err(archive_failed)?;
        Ok(url)
    }

    /// Finishes the sign-in that `callback` answers, in the browser with `binding`: who entered, and where to go.
    pub(crate) async fn finish(
        &self,
        binding: Option<&Binding>,
        callback: Callback,
    ) -> Result<(Entered, LocalPath), SignInPage> {
        bounded(self.finish_unbounded(binding, callback)).await
    }

    async fn finish_unbounded(
        &self,
        binding: Option<&Binding>,
        callback: Callback,
    ) -> Result<(Entered, LocalPath), SignInPage> {
        let (Some(binding), Some(state)) = (binding, callback.state) else {
            return Err(refused(CallbackFault::Foreign));
        };
        let now = self.clock.now();
        binding.check(&state, now).map_err(refused)?;
        if !self
            .entra
            .answers_as(callback.issuer.as_deref())
            .await
            .map_err(failed)?
        {
            return Err(refused(CallbackFault::Foreign));
        }
        let sealed = self
            .rows
            .take_sign_in(&binding.row(&state), now)
            .await
            .map_err(archive_failed)?;
        let pending = sealed
            .and_then(|sealed| binding.open(&state, &sealed))
            .ok_or_else(|| refused(CallbackFault::Used))?;
        let code = match callback.answer {
            Answer::Code(code) => code,
            Answer::Error(error) => return Err(declined(&error)),
        };
        let entered = self
            .entra
            .redeem(&code, &pending.verifier, &pending.nonce)
            .await
            .map_err(failed)?;
        Ok((entered, pending.next))
    }

    /// Ends every session that began in the session `sid` of the provider `issuer`; tells how many.
    pub(crate) async fn end_sessions_of(&self, issuer: &str, sid: &str) -> Result<u64, StoreError> {
        if issuer != self.entra.issuer() {
            return Ok(0);
        }
        self.rows
            .delete_sessions_of(&provider_session_key(issuer, sid))
            .await
    }

    /// Whether browsers come over https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    pub(super) fn session_cookie(&self) -> &'static str {
        if self.is_https() {
            "__Host-partnerlog"
        } else {
            "partnerlog"
        }
    }

    pub(crate) fn binding_cookie(&self) -> &'static str {
        if self.is_https() {
            "__Host-partnerlog-sign-in"
        } else {
            "partnerlog-sign-in"
        }
    }

    /// The `Set-Cookie` that gives a browser its binding for as long as a sign-in may take.
    pub(crate) fn set_binding_cookie(&self, binding: &Binding) -> String {
        let (name, value, age) = (
            self.binding_cookie(),
            binding.to_cookie(),
            pending::LIFETIME.num_seconds(),
        );
        format!(
            "{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{}",
            self.secure()
        )
    }

    /// The `Set-Cookie` that removes the session's cookie.
    pub(super) fn remove_session_cookie(&self) -> String {
        format!(
            "{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}",
            self.session_cookie(),
            self.secure()
        )
    }

    /// The sessions, as `tower-sessions` sees them.
    pub fn session_store(&self) -> ArchiveSessions {
        ArchiveSessions::new(self.rows.clone(), self.limits, self.clock.clone())
    }

    fn secure(&self) -> &'static str {
        if self.is_https() { "; Secure" } else { "" }
    }

    /// Anybody can begin sign-ins, so their remains are cleared away here, once a minute at most.
    async fn purge(&self, now: DateTime<Utc>) {
        {
            let mut purged_at = self.purged_at.lock().unwrap_or_else(PoisonError::into_inner);
            if (now - *purged_at).abs() < TimeDelta::minutes(1) {
                return;
            }
            *purged_at = now;
        }
        if let Err(error) = self.rows.purge_expired(now).await {
            archive_failed(error);
        }
    }
}

/// However many requests to the provider it takes: the browser does not wait longer.
async fn bounded<T>(work: impl Future<Output = Result<T, SignInPage>>) -> Result<T, SignInPage> {
    let done = tokio::time::timeout(WHOLE_EXCHANGE, work).await;
    done.unwrap_or_else(|_| Err(failed(EntryError::Unavailable(FetchError::TooSlow))))
}

fn nonce() -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(seal::random::<32>())
}

fn refused(fault: CallbackFault) -> SignInPage {
    tracing::info!(?fault, "sign-in refused: the callback is not one to accept");
    match fault {
        CallbackFault::Foreign => SignInPage::Forged,
        CallbackFault::Expired => SignInPage::Expired,
        CallbackFault::Used => SignInPage::Replayed,
    }
}

/// `error` is the provider's word, or anybody's: it chooses the page and goes no further.
fn declined(error: &str) -> SignInPage {
    let error: String = error
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(40)
        .collect();
    tracing::info!(error, "sign-in ended at the provider");
    if error == "access_denied" {
        SignInPage::Declined
    } else {
        SignInPage::ProviderRefused
    }
}

fn failed(error: EntryError) -> SignInPage {
    let cause = causes(&error);
    match &error {
        EntryError::Unavailable(_) | EntryError::ClientRefused(_) => {
            tracing::error!(%error, cause, "sign-in failed");
        }
        _ => tracing::warn!(%error, cause, "sign-in refused"),
    }
    match error {
        EntryError::Unavailable(_) => SignInPage::ProviderUnavailable,
        EntryError::CodeRefused => SignInPage::Expired,
        EntryError::ClientRefused(_) => SignInPage::ClientRefused,
        EntryError::Token(_) => SignInPage::Rejected,
        EntryError::OverageNotPermitted => SignInPage::OverageNotPermitted,
    }
}

fn archive_failed(error: StoreError) -> SignInPage {
    let cause = causes(&error);
    tracing::error!(%error, cause, "sign-in failed");
    SignInPage::ArchiveFailed
}

/// What lies behind an error, for the log.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(error.source(), |cause| cause.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
