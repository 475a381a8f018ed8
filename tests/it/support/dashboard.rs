//! The pages over an archive of their own, asked through the router, with their layers around them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use chrono::{DateTime, TimeZone as _, Utc};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use partnerlog::{
    api::{Programs, RateLimits},
    app,
    clock::Clock,
    config,
    credentials::{Consents, Vault},
    identity::{Entra, Identity},
    schedule,
    store::{AccountId, Batch, Source, Store, sql::SqlStore},
    stream::Pace,
    web::{
        AppState, SubscriptionRow, SubscriptionSource, SubscriptionsUnavailable,
        collecting::Collecting,
        export::Exports,
        import::{Bounds, Desk},
        named::NamedApplications,
        router,
        sign_in_pages::Pages,
    },
};
use scraper::{Html, Selector};
use serde_json::json;
use tower::ServiceExt as _;
use tower_sessions::{MemoryStore, Session};

use crate::records::{PARTNER, Record, incoming};
use crate::support::archive;

/// When everything happens in these tests.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
}

/// The pages, somebody who reads them, and what they read.
pub struct Dashboard {
    pub store: Arc<dyn Store>,
    pub sqlite: Arc<SqlStore>,
    pub account: AccountId,
    /// The reader's role; nothing where nobody is signed in.
    pub role: Option<&'static str>,
    pub woken: Arc<AtomicUsize>,
    pub state: AppState,
    /// Stands still until it is set.
    pub clock: Clock,
    _folder: tempfile::TempDir,
}

impl Dashboard {
    /// Over an empty archive; the reader may do everything.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = archive::open(&folder.path().join("archive.db")).await.unwrap();
        Self::over(store, folder).await
    }

    /// Over this archive.
    pub async fn over(store: SqlStore, folder: tempfile::TempDir) -> Self {
        let sqlite = Arc::new(store);
        let store: Arc<dyn Store> = sqlite.clone();
        let account = store.account(PARTNER, "Contoso Japan").await.unwrap();
        let woken = Arc::new(AtomicUsize::new(0));
        let wake = woken.clone();
        let (settings, clock) = (settings(), Clock::fixed(now()));
        let pages = Pages {
            clock: clock.clone(),
            demo: false,
        };
        let vault = Vault::new(&settings.credentials, sqlite.clone(), clock.clone());
        let consents = Consents::new(
            &settings.partner_center,
            &settings.server.public_url,
            vault,
            sqlite.clone(),
            clock.clone(),
        );
        let state = AppState {
            consents: consents.unwrap(),
            identity: Identity::new(
                &settings.sign_in,
                &settings.server,
                sqlite.clone(),
                Arc::new(pages),
                clock.clone(),
            ),
            store: store.clone(),
            views: sqlite.clone(),
            access: sqlite.clone(),
            tokens: sqlite.clone(),
            programs: Programs::new(
                sqlite.clone(),
                Arc::new(Entra::new(
                    &settings.sign_in,
                    &settings.server.public_url,
                    clock.clone(),
                )),
                RateLimits::default(),
                clock.clone(),
            ),
            exports: Exports::new(sqlite.clone(), folder.path().to_owned()),
            streaming: app::streaming(&settings, &sqlite, &clock, Pace::default()),
            scheduling: app::scheduling(&settings, &sqlite, &clock, schedule::Pace::default()),
            applications: NamedApplications::new(store.clone()),
            pages: Default::default(),
            rows: Default::default(),
            clock: clock.clone(),
            settings: Arc::new(settings.clone()),
            subscriptions: Arc::new(Answering(Err(SubscriptionsUnavailable::Unreachable))),
            wake: Arc::new(move || {
                wake.fetch_add(1, Ordering::SeqCst);
            }),
            collecting: Collecting::new(
                store.clone(),
                clock.clone(),
                Arc::new(settings.clone()),
                now(),
                Duration::ZERO,
            ),
            imports: Desk::new(
                store.clone(),
                clock.clone(),
                folder.path().to_owned(),
                Bounds {
                    largest: 1 << 20,
                    stall: std::time::Duration::from_secs(1),
                },
            ),
            started_at: now(),
            demo: false,
        };
        Self {
            store,
            sqlite,
            account,
            role: Some("admin_agent"),
            woken,
            state,
            clock,
            _folder: folder,
        }
    }

    pub async fn with(records: &[Record]) -> Self {
        let this = Self::new().await;
        let documents: Vec<String> = records.iter().map(Record::json).collect();
        this.archive(&documents).await;
        this
    }

    pub async fn archive(&self, documents: &[String]) {
        let batch = Batch {
            account: self.account,
            source: Source::Collected,
            archived_at: now(),
            records: documents.iter().map(|document| incoming(document)).collect(),
        };
        self.store.append(batch).await.unwrap();
    }

    /// What Partner Center says when it is asked for subscriptions.
    pub fn subscriptions(mut self, answer: Result<Vec<SubscriptionRow>, SubscriptionsUnavailable>) -> Self {
        self.state.subscriptions = Arc::new(Answering(answer));
        self
    }

    pub fn demo(mut self) -> Self {
        self.state.demo = true;
        self
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.answer(request).await).await
    }

    /// An answer whose body nobody has read yet.
    pub async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        request.extensions_mut().insert(session(self.role).await);
        let router: Router = router(self.state.clone());
        router.oneshot(request).await.unwrap()
    }

    pub async fn get(&self, address: &str) -> Answer {
        self.get_with(address, &[]).await
    }

    pub async fn get_with(&self, address: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub fn folder(&self) -> &std::path::Path {
        self._folder.path()
    }

    pub async fn post(&self, address: &str, form: impl Into<Body>) -> Answer {
        let request = Request::post(address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into());
        self.send(request.unwrap()).await
    }
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
    page: Html,
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        // A workbook is no text.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self {
            status: parts.status,
            headers: parts.headers,
            page: Html::parse_document(&text),
            text,
            bytes,
        }
    }

    /// The text of every element that a selector finds, white space collapsed.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.page
            .select(&Selector::parse(selector).unwrap())
            .map(|element| {
                element
                    .text()
                    .collect::<String>()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    /// The text of the only element that a selector finds.
    #[track_caller]
    pub fn one(&self, selector: &str) -> String {
        let mut all = self.texts(selector);
        assert_eq!(all.len(), 1, "{selector} in {}", self.text);
        all.remove(0)
    }

    /// An attribute of every element that a selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.page
            .select(&Selector::parse(selector).unwrap())
            .filter_map(|element| element.attr(name).map(str::to_owned))
            .collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

struct Answering(Result<Vec<SubscriptionRow>, SubscriptionsUnavailable>);

#[async_trait]
impl SubscriptionSource for Answering {
    async fn of(&self, _: &str, _: &str) -> Result<Vec<SubscriptionRow>, SubscriptionsUnavailable> {
        self.0.clone()
    }
}

/// A session as sign-in leaves it behind.
pub async fn session(role: Option<&str>) -> Session {
    let session = Session::new(None, Arc::new(MemoryStore::default()), None);
    if let Some(role) = role {
        let account = json!({
            "user": {"tenant": PARTNER, "object": "5d1c9f0e-0000-4000-8000-000000000001"},
            "name": "佐藤 花子",
            "username": "hanako.sato@partner.example",
            "roles": [role],
            "signed_in_at": now(),
            "login_hint": null,
        });
        session.insert("account", account).await.unwrap();
    }
    session
}

fn settings() -> config::Settings {
    config::Settings {
        server: config::Server {
            listen: ([127, 0, 0, 1], 0).into(),
            public_url: "https://log.contoso.example".to_owned(),
            trusted_proxies: Vec::new(),
        },
        database: config::Database::Sqlite("archive.db".into()),
        sign_in: config::SignIn {
            issuer: "https://issuer.example".to_owned(),
            client_id: "client".to_owned(),
            client_secret: None,
            session_idle: std::time::Duration::from_secs(3600),
            session_lifetime: std::time::Duration::from_secs(43200),
            graph_url: None,
            roles: config::Roles::default(),
        },
        partner_center: vec![config::PartnerAccount {
            name: "Contoso Japan".to_owned(),
            tenant_id: PARTNER.to_owned(),
            cloud: config::Cloud::Commercial,
            client_id: "client".to_owned(),
            client_secret: "secret".to_owned().into(),
            refresh_token: None,
            authority_url: None,
            api_url: None,
            graph_url: None,
            token_url: None,
            subscriptions_url: "https://partner.microsoft.com/commerce/customers/{customerId}/subscriptions"
                .to_owned(),
        }],
        collect: config::Collect {
            interval: std::time::Duration::from_secs(300),
            reread_days: 3,
        },
        credentials: config::Credentials::default(),
        export_destinations: Vec::new(),
    }
}
