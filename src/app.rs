//! Composition root: store, clients, collectors, pages, server, orderly shutdown.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use oauth2::url::Url;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    api::{self, ApiState, Programs, RateLimits},
    clock::Clock,
    collect::{Collector, Wake, follow},
    config::{self, Settings},
    credentials::{Consents, Keys, Vault},
    identity::{Identity, with_sessions},
    partner_center::{Client, ClientOptions, cloud::Addresses},
    schedule::{self, Destinations, Scheduling},
    server::{Limits, bounds::bounded, serve},
    store::{CredentialRows, SessionRows, Store, StoreError, sql::SqlStore},
    stream::{self, Guard, Pace, Streaming, Surroundings},
    telemetry,
    web::{
        self, AppState, assets,
        collecting::{self, Collecting},
        csrf,
        export::Exports,
        headers::{self, HeaderPolicy},
        health::{self, Probes},
        import::{Bounds, Desk},
        named::NamedApplications,
        probes, requests,
        sign_in_pages::Pages,
    },
};

pub mod check;
mod database;
mod indexing;
mod soundness;
mod subscriptions;

pub use database::{connector, connector_in};

/// The parts that a command composes before anything runs.
pub struct App {
    pub settings: Arc<Settings>,
    pub clock: Clock,
    pub store: SqlStore,
    /// One for each partner account, in the order of the settings.
    pub clients: Vec<Client>,
    /// The refresh tokens that the clients use.
    pub vault: Vault,
    /// Whether all of this is a demonstration.
    pub demo: bool,
}

impl App {
    /// Opens the archive and prepares the clients; nothing is sent yet.
    ///
    /// # Errors
    /// When the archive cannot be opened, or a partner account's addresses cannot be used.
    pub async fn new(settings: Settings, clock: Clock, demo: bool) -> anyhow::Result<Self> {
        // What the archive is asked from the beginning counts.
        telemetry::metrics()?;
        let store = open(&settings.database, &clock).await?;
        let vault = vault(&settings, &store, &clock);
        if !vault.can_seal() {
            for account in settings
                .partner_center
                .iter()
                .filter(|it| it.refresh_token.is_some())
            {
                tracing::warn!(
                    account = account.name,
                    "without credentials.key_secret the newest refresh token is lost at each restart"
                );
            }
        }
        let mut clients = Vec::with_capacity(settings.partner_center.len());
        for account in &settings.partner_center {
            store.account(&account.tenant_id, &account.name).await?;
            let refresh_tokens = Arc::new(vault.of(account));
            let options = ClientOptions::default();
            clients.push(Client::with_refresh_tokens(
                account,
                clock.clone(),
                options,
                refresh_tokens,
            )?);
        }
        Ok(Self {
            settings: Arc::new(settings),
            clock,
            store,
            clients,
            vault,
            demo,
        })
    }

    /// A collector for each partner account.
    pub fn collectors(&self) -> Vec<Collector> {
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        self.settings
            .partner_center
            .iter()
            .zip(&self.clients)
            .map(|(account, client)| {
                Collector::new(
                    Arc::clone(&store),
                    self.clock.clone(),
                    account,
                    client.clone(),
                    self.settings.collect,
                )
            })
            .collect()
    }

    /// Serves the dashboard and collects until `shutdown`; then requests and collectors end in order.
    ///
    /// # Errors
    /// When the listener does not work, or a setting only now proves unusable.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
        self.store.warm_up().await?;
        let wake = Wake::default();
        let collecting = TaskTracker::new();
        for collector in self.collectors() {
            let interval = self.settings.collect.interval;
            collecting.spawn(follow(collector, interval, wake.clone(), shutdown.clone()));
        }
        collecting.spawn(soundness::watch(self.store.clone(), shutdown.clone()));
        collecting.spawn(indexing::catch_up(self.store.clone(), shutdown.clone()));
        let streaming = streaming(&self.settings, &self.store, &self.clock, Pace::default());
        collecting.spawn(stream::follow(streaming.clone(), shutdown.clone()));
        let scheduling = scheduling(
            &self.settings,
            &self.store,
            &self.clock,
            schedule::Pace::default(),
        );
        collecting.spawn(schedule::follow(scheduling.clone(), shutdown.clone()));
        collecting.close();
        let limits = Limits::default();
        let imports = self.imports(&limits);
        let router = self.router(wake, &limits, imports.clone(), streaming, scheduling)?;
        serve(listener, router, limits, shutdown.clone()).await?;
        imports.stop();
        // The server also ends on its own error; the collectors must not outlive it.
        shutdown.cancel();
        collecting.wait().await;
        Ok(())
    }

    fn imports(&self, limits: &Limits) -> Desk {
        let folder = room(&self.settings.database);
        let bounds = Bounds {
            largest: limits.upload_bytes,
            stall: limits.stall,
        };
        Desk::new(Arc::new(self.store.clone()), self.clock.clone(), folder, bounds)
    }

    /// Every route with everything that an answer passes on its way out.
    fn router(
        &self,
        wake: Wake,
        limits: &Limits,
        imports: Desk,
        streaming: Streaming,
        scheduling: Scheduling,
    ) -> anyhow::Result<Router> {
        let rows: Arc<dyn SessionRows> = Arc::new(self.store.clone());
        let pages = Arc::new(Pages {
            clock: self.clock.clone(),
            demo: self.demo,
        });
        let identity = Identity::new(
            &sign_in(&self.settings),
            &self.settings.server,
            Arc::clone(&rows),
            pages,
            self.clock.clone(),
        );
        let consents = Consents::new(
            &self.settings.partner_center,
            &self.settings.server.public_url,
            self.vault.clone(),
            rows,
            self.clock.clone(),
        )?;
        let provider = Url::parse(&self.settings.sign_in.issuer).context("sign_in.issuer is no address")?;
        let mut form_origins = vec![provider.origin().ascii_serialization()];
        form_origins.extend(consents.origins());
        form_origins.dedup();
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        let started_at = self.clock.now();
        let programs = Programs::new(
            Arc::new(self.store.clone()),
            Arc::clone(identity.entra()),
            RateLimits::default(),
            self.clock.clone(),
        );
        let state = AppState {
            programs: programs.clone(),
            consents,
            store: Arc::clone(&store),
            views: Arc::new(self.store.clone()),
            access: Arc::new(self.store.clone()),
            tokens: Arc::new(self.store.clone()),
            streaming,
            scheduling,
            applications: NamedApplications::new(Arc::clone(&store)),
            pages: Default::default(),
            rows: Default::default(),
            clock: self.clock.clone(),
            settings: Arc::clone(&self.settings),
            subscriptions: Arc::new(subscriptions::Live::new(
                &self.settings,
                &self.clients,
                self.clock.clone(),
            )),
            wake: Arc::new(move || wake.wake()),
            collecting: Collecting::new(
                store,
                self.clock.clone(),
                Arc::clone(&self.settings),
                started_at,
                collecting::KEEP,
            ),
            imports,
            exports: Exports::new(Arc::new(self.store.clone()), room(&self.settings.database)),
            started_at,
            demo: self.demo,
            identity: identity.clone(),
        };
        let probes = probes(&self.store, &state.collecting);
        let api = api::router(ApiState {
            store: Arc::new(self.store.clone()),
            programs,
            clock: self.clock.clone(),
        });
        let routes = web::router(state.clone())
            .route("/robots.txt", axum::routing::get(assets::robots))
            .route(assets::ROUTE, axum::routing::get(assets::serve))
            .merge(health::router(probes, telemetry::metrics()?))
            .merge(api);
        let policy = HeaderPolicy {
            https: self.settings.server.is_https(),
            form_origins,
        };
        let guarded = bounded(routes, limits)
            .merge(web::uploads(state.clone()))
            .layer(csrf::layer(&self.settings.server.public_url)?)
            .layer(CatchPanicLayer::new())
            .layer(from_fn_with_state(state, web::error::pages));
        Ok(with_sessions(guarded, &identity)
            .layer(headers::layer(policy))
            .layer(assets::compression())
            .layer(from_fn(requests::log)))
    }
}

/// The refresh tokens that an archive keeps.
pub fn vault(settings: &Settings, store: &SqlStore, clock: &Clock) -> Vault {
    let rows: Arc<dyn CredentialRows> = Arc::new(store.clone());
    Vault::new(&settings.credentials, rows, clock.clone())
}

/// The streams of an archive. Receivers on this machine are allowed where the dashboard itself is for this machine alone, as
/// in the demonstration.
pub fn streaming(settings: &Settings, store: &SqlStore, clock: &Clock, pace: Pace) -> Streaming {
    let around = Surroundings {
        guard: Guard {
            loopback: settings.server.is_local(),
        },
        clock: clock.clone(),
        public_url: settings.server.public_url.clone(),
        timeout: pace.timeout,
    };
    let store = Arc::new(store.clone());
    Streaming::new(
        store.clone(),
        store,
        Keys::new(&settings.credentials),
        around,
        pace,
    )
}

/// The scheduled exports of an archive.
pub fn scheduling(settings: &Settings, store: &SqlStore, clock: &Clock, pace: schedule::Pace) -> Scheduling {
    let collected = &settings.partner_center;
    Scheduling::new(
        Arc::new(store.clone()),
        Destinations::new(&settings.export_destinations),
        collected.iter().map(|it| it.tenant_id.clone()).collect(),
        clock.clone(),
        &room(&settings.database),
        pace,
    )
}

/// Sign-in as set, with Microsoft Graph where the settings of the same tenant's partner account say it is.
pub fn sign_in(settings: &Settings) -> config::SignIn {
    let mut sign_in = settings.sign_in.clone();
    let issuer = sign_in.issuer.to_ascii_lowercase();
    let same_tenant = |account: &&config::PartnerAccount| {
        issuer
            .split('/')
            .any(|part| part == account.tenant_id.to_ascii_lowercase())
    };
    if sign_in.graph_url.is_none() {
        sign_in.graph_url = settings
            .partner_center
            .iter()
            .find(same_tenant)
            .map(|account| Addresses::of(account).graph_url);
    }
    sign_in
}

/// Where uploads and workbooks lie while somebody works on them: beside the archive, where there is room for what comes of
/// them.
pub fn room(database: &config::Database) -> PathBuf {
    match database {
        config::Database::Sqlite(path) => match path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        },
        config::Database::Postgres(_) => std::env::temp_dir(),
    }
}

/// Where the archive's file lies.
///
/// # Errors
/// When there is none.
pub fn archive_path(database: &config::Database) -> anyhow::Result<PathBuf> {
    match database {
        config::Database::Sqlite(path) => Ok(path.clone()),
        config::Database::Postgres(_) => {
            anyhow::bail!("database.url: this is for an archive in a file; a server has its own means")
        }
    }
}

/// What the probes say, from the archive.
fn probes(store: &SqlStore, collecting: &Collecting) -> Probes {
    let (store, ready, measured) = (store.clone(), collecting.clone(), collecting.clone());
    Probes {
        readiness: Arc::new(move || {
            let (store, collecting) = (store.clone(), ready.clone());
            Box::pin(async move {
                store.ping().await.map_err(|e| e.to_string())?;
                let standing = collecting.standing().await.map_err(|e| e.to_string())?;
                Ok(probes::lines(&standing))
            })
        }),
        metrics: Arc::new(move || {
            let collecting = measured.clone();
            Box::pin(async move {
                let standing = collecting.standing().await.map_err(|e| e.to_string())?;
                Ok(probes::metrics(&standing))
            })
        }),
    }
}

/// Opens the archive.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(database: &config::Database, clock: &Clock) -> anyhow::Result<SqlStore> {
    let opened = match database {
        config::Database::Sqlite(path) => SqlStore::open(path).await,
        config::Database::Postgres(settings) => match database::connector(settings, clock) {
            Ok(connector) => SqlStore::connect(connector).await,
            Err(error) => Err(error),
        },
    };
    opened.with_context(|| format!("the archive {} cannot be opened", database.url()))
}

/// Brings the archive's database up to date without serving it.
///
/// # Errors
/// When it cannot be reached, or is not ours to change.
pub async fn migrate(database: &config::Database, clock: &Clock) -> Result<(), StoreError> {
    match database {
        config::Database::Sqlite(path) => SqlStore::open(path).await.map(|_| ()),
        config::Database::Postgres(settings) => {
            SqlStore::migrate(database::connector(settings, clock)?).await
        }
    }
}

/// Cancelled at Ctrl-C and when the system asks the process to end.
pub fn shutdown_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        let interrupt = tokio::signal::ctrl_c();
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            match signal(SignalKind::terminate()) {
                Ok(mut terminate) => {
                    tokio::select! {
                        _ = interrupt => {}
                        _ = terminate.recv() => {}
                    }
                }
                Err(_) => drop(interrupt.await),
            }
        }
        #[cfg(not(unix))]
        drop(interrupt.await);
        cancel.cancel();
    });
    token
}
