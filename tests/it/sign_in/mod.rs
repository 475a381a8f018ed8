//! Signing in and out over real HTTP, against a provider that misbehaves on demand.

mod callbacks;
mod entering;
mod leaving;
mod providers;
mod roles;
mod sessions;
mod stand_in;
mod tokens;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::FromRef,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use partnerlog::{
    clock::Clock,
    config,
    identity::{
        ArchiveSessions, Export, Identity, Manage, Permitted, SignInPage, SignInPages, SignedIn,
        with_sessions,
    },
    web,
};
use reqwest::Url;

use crate::support::{
    browser::{Answer, Browser},
    provider::{CLIENT, Provider, SECRET, TENANT},
    rows::Rows,
};

pub const ADMIN_AGENTS: &str = "0a1b2c3d-0000-4000-8000-00000000000a";

struct World {
    provider: Arc<Provider>,
    rows: Arc<Rows>,
    sessions: ArchiveSessions,
    clock: Clock,
    base: String,
}

/// A dashboard with a few protected routes.
struct Site {
    rows: Arc<Rows>,
    sessions: ArchiveSessions,
    base: String,
}

impl Site {
    async fn serve(settings: &config::SignIn, public_url: Option<&str>, clock: Clock) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = config::Server {
            listen: listener.local_addr().unwrap(),
            public_url: public_url.unwrap_or(&base).to_owned(),
            trusted_proxies: Vec::new(),
        };
        let rows = Arc::new(Rows::default());
        let identity = Identity::new(settings, &server, rows.clone(), Arc::new(PlainPages), clock);
        let sessions = identity.session_store();
        let protected = Router::new()
            .route("/activity", get(greet))
            .route("/activity/{id}", get(greet))
            .route("/export", get(async |_: Permitted<Export>| "export"))
            .route("/manage", get(async |_: Permitted<Manage>| "manage"))
            .route(
                "/poll",
                get(greet).layer(axum::middleware::from_fn(partnerlog::identity::unattended)),
            )
            .route("/change", post(async |_: SignedIn| "changed"))
            .route(
                "/broken",
                get(async |_: SignedIn| (axum::http::StatusCode::INTERNAL_SERVER_ERROR, "broken")),
            )
            .route(
                "/remembers",
                get({
                    let rows = rows.clone();
                    async move |session: tower_sessions::Session| {
                        session.insert("remembered", true).await.unwrap();
                        rows.failing.store(true, std::sync::atomic::Ordering::SeqCst);
                    }
                }),
            );
        let router = with_sessions(web::sign_in::routes().merge(protected), &identity)
            .layer(web::csrf::layer(&server.public_url).unwrap())
            .with_state(State { identity });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { rows, sessions, base }
    }
}

struct PlainPages;

impl SignInPages for PlainPages {
    fn render(&self, page: &SignInPage, _: &HeaderMap) -> Response {
        format!("page {}: {page:?}", page.key()).into_response()
    }
}

#[derive(Clone, FromRef)]
struct State {
    identity: Identity,
}

fn settings(provider: &Provider) -> config::SignIn {
    let one = |id: &str| vec![id.to_owned()];
    config::SignIn {
        issuer: provider.issuer.clone(),
        client_id: CLIENT.to_owned(),
        client_secret: Some(SECRET.to_owned().into()),
        session_idle: Duration::from_secs(3600),
        session_lifetime: Duration::from_secs(12 * 3600),
        graph_url: Some(format!("{}/graph", provider.base)),
        roles: config::Roles {
            global_admin: one("62e90394-69f5-4237-9190-012177145e10"),
            billing_admin: one("b0f54661-2d74-4c50-afa3-1ec803f12efe"),
            user_management_admin: one("fe930be7-5e62-47db-91af-98c3a49a38b1"),
            admin_agent: one(ADMIN_AGENTS),
            sales_agent: one("0a1b2c3d-0000-4000-8000-00000000000b"),
            helpdesk_agent: one("Helpdesk.Agent"),
        },
    }
}

impl World {
    async fn new() -> Self {
        Self::with(&format!("/{TENANT}/v2.0"), None, |_| ()).await
    }

    /// `path` of the issuer, a public URL other than the real one, and changed settings.
    async fn with(path: &str, public_url: Option<&str>, change: impl FnOnce(&mut config::SignIn)) -> Self {
        let clock = Clock::fixed(DateTime::from_timestamp(1_790_000_000, 0).unwrap());
        let provider = Provider::start(path, clock.clone()).await;
        let mut settings = settings(&provider);
        change(&mut settings);
        let site = Site::serve(&settings, public_url, clock.clone()).await;
        Self {
            provider,
            rows: site.rows,
            sessions: site.sessions,
            clock,
            base: site.base,
        }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    fn wait(&self, span: TimeDelta) {
        self.clock.set(self.now() + span);
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Goes to the provider and back to the callback: its answer.
    async fn sign_in(&self, browser: &mut Browser) -> Answer {
        let callback = self.approved(browser, "/activity").await;
        browser.get(&callback).await
    }

    /// Begins, and has the provider approve: the callback's address.
    async fn approved(&self, browser: &mut Browser, next: &str) -> String {
        let (location, state) = self.begun(browser, next).await;
        format!(
            "/sign-in/callback?code={}&state={state}&session_state=x",
            self.provider.approve(&location)
        )
    }

    /// Begins: the provider's address and the state in it.
    async fn begun(&self, browser: &mut Browser, next: &str) -> (String, String) {
        let answer = browser.get(&format!("/sign-in/start?next={next}")).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let location = answer.location().to_owned();
        let state = parameter(&location, "state");
        (location, state)
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        let answer = self.sign_in(&mut browser).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/activity"),
            "{}",
            answer.body
        );
        browser
    }

    /// Asserts that `answer` is the page `key` with `status`, and that nobody is signed in by it.
    fn assert_refused(&self, answer: &Answer, status: u16, key: &str) {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(
            answer.body.starts_with(&format!("page {key}: ")),
            "{}",
            answer.body
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(self.rows.session_count(), 0);
        assert!(
            answer
                .set_cookies()
                .iter()
                .all(|it| !it.starts_with("partnerlog=") || it.contains("Max-Age=0"))
        );
    }
}

async fn greet(signed_in: SignedIn) -> String {
    format!(
        "{} | {} | {} | {:?}",
        signed_in.user, signed_in.name, signed_in.username, signed_in.roles
    )
}

fn parameter(address: &str, name: &str) -> String {
    let url = Url::parse(address).unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
