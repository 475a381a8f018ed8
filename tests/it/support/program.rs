//! The whole program over a real socket, composed as `partnerlog serve` composes it; only Microsoft's side is a
//! stand-in. Asked from outside, by requests alone.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use partnerlog::{
    app::App,
    clock::Clock,
    collect::import,
    config, server,
    simulator::{
        identity_provider::{
            ADMIN_AGENTS_GROUP, BILLING_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, HELPDESK_AGENTS_GROUP,
            IdentityProvider, IdpOptions, SALES_AGENTS_GROUP, USER_ADMINISTRATOR, User, demo_users,
        },
        partner_center::{PartnerCenter, PartnerCenterOptions},
        tenant::Tenant,
    },
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::browser::{Answer, Browser};

/// When everything happens.
pub fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// What differs between programs.
pub struct Setup {
    pub tenant: Tenant,
    /// NDJSON that is imported before anything is served.
    pub import: String,
    pub users: Vec<User>,
    /// Instead of the address that is really served: what a proxy in front would answer to.
    pub public_url: Option<String>,
    pub credentials: config::Credentials,
    /// The refresh token of the settings.
    pub refresh_token: Option<String>,
    /// Where the archive is, unless it is a new one.
    pub database: Option<config::Database>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            tenant: Tenant::from_records(Vec::new()),
            import: String::new(),
            users: demo_users(),
            public_url: None,
            credentials: config::Credentials::default(),
            refresh_token: None,
            database: None,
        }
    }
}

/// A running dashboard with its archive collected; it ends when dropped.
pub struct Program {
    pub address: SocketAddr,
    /// Where requests really go.
    pub base: String,
    /// What the settings say.
    pub public_url: String,
    pub provider: IdentityProvider,
    pub partner_center: PartnerCenter,
    pub clock: Clock,
    shutdown: CancellationToken,
    _running: JoinHandle<()>,
    /// Holds `archive.db`.
    pub folder: tempfile::TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Program {
    pub async fn start(setup: Setup) -> Self {
        let clock = Clock::fixed(now());
        let listener = server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("http://{address}");
        let public_url = setup.public_url.unwrap_or_else(|| base.clone());
        let options = PartnerCenterOptions {
            redirect_uris: vec![format!("{public_url}/settings/accounts/consent/callback")],
            ..PartnerCenterOptions::new(Arc::new(setup.tenant), clock.clone())
        };
        let credentials = (options.client_id.clone(), options.client_secret.clone());
        let partner_center = PartnerCenter::start(options).await.unwrap();
        let provider = IdentityProvider::start(IdpOptions {
            redirect_uris: vec![format!("{public_url}/sign-in/callback")],
            post_logout_redirect_uris: vec![format!("{public_url}/signed-out")],
            users: setup.users,
            ..IdpOptions::new(clock.clone())
        })
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = config::Settings {
            server: config::Server {
                listen: address,
                public_url: public_url.clone(),
                trusted_proxies: Vec::new(),
            },
            database: setup
                .database
                .unwrap_or_else(|| super::archive::settings(&folder.path().join("archive.db"))),
            sign_in: sign_in(&provider),
            partner_center: vec![config::PartnerAccount {
                refresh_token: setup.refresh_token.map(Into::into),
                ..account(&partner_center, credentials)
            }],
            collect: config::Collect {
                interval: Duration::from_secs(3600),
                reread_days: 3,
            },
            credentials: setup.credentials,
            export_destinations: Vec::new(),
        };
        let app = App::new(settings, clock.clone(), false).await.unwrap();
        let imported = import::import(&app.store, setup.import.as_bytes(), now())
            .await
            .unwrap();
        assert_eq!(imported.rejected, 0, "{:?}", imported.reasons);
        let shutdown = CancellationToken::new();
        for collector in app.collectors() {
            let summary = collector.run(None, &shutdown).await.unwrap();
            assert_eq!((summary.unread, summary.error), (0, None));
        }
        let stop = shutdown.clone();
        let running = tokio::spawn(async move { app.run(listener, stop).await.unwrap() });
        Self {
            address,
            base,
            public_url,
            provider,
            partner_center,
            clock,
            shutdown,
            _running: running,
            folder,
        }
    }

    /// Over these records, collected; the ones without a readable date are served for `day`.
    pub async fn over(records: &[String], day: NaiveDate) -> Self {
        let tenant = Tenant::from_records(Vec::new());
        for record in records {
            tenant.add_record_on(day, record.clone());
        }
        Self::start(Setup {
            tenant,
            ..Setup::default()
        })
        .await
    }

    /// The file of the archive.
    pub fn archive(&self) -> std::path::PathBuf {
        self.folder.path().join("archive.db")
    }

    /// Somebody nobody knows yet.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// One of the provider's users, by place in its list, signed in.
    pub async fn signed_in(&self, user: usize) -> Browser {
        let mut browser = self.browser();
        let answer = self.sign_in(&mut browser, "/sign-in/start", user).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/activity"),
            "{}",
            answer.body
        );
        browser
    }

    /// From `start` to the provider, where a user is chosen, and back: the callback's answer.
    pub async fn sign_in(&self, browser: &mut Browser, start: &str, user: usize) -> Answer {
        let callback = self.approved(browser, start, user).await;
        browser.get(&callback).await
    }

    /// The callback's address (path and query), not yet asked for.
    pub async fn approved(&self, browser: &mut Browser, start: &str, user: usize) -> String {
        let begun = browser.get(start).await;
        assert_eq!(begun.status, 303, "{}", begun.body);
        let mut there = Browser::new("");
        let page = there.get(begun.location()).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let request = page.body.split("name=\"request\" value=\"").nth(1).unwrap();
        let request = request.split('"').next().unwrap();
        let user = &self.provider.users()[user].id;
        let decided = there
            .submit(
                &format!("{}/authorize/decision", self.provider.issuer()),
                format!("request={request}&user={user}"),
            )
            .await;
        decided
            .location()
            .strip_prefix(&self.public_url)
            .unwrap()
            .to_owned()
    }
}

fn sign_in(provider: &IdentityProvider) -> config::SignIn {
    let (client_id, client_secret) = provider.client();
    let ids = |id: &str| vec![id.to_owned()];
    config::SignIn {
        issuer: provider.issuer().to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Some(client_secret.to_owned().into()),
        session_idle: Duration::from_secs(60 * 60),
        session_lifetime: Duration::from_secs(12 * 60 * 60),
        graph_url: Some(provider.graph_url()),
        roles: config::Roles {
            global_admin: ids(GLOBAL_ADMINISTRATOR),
            billing_admin: ids(BILLING_ADMINISTRATOR),
            user_management_admin: ids(USER_ADMINISTRATOR),
            admin_agent: ids(ADMIN_AGENTS_GROUP),
            sales_agent: ids(SALES_AGENTS_GROUP),
            helpdesk_agent: ids(HELPDESK_AGENTS_GROUP),
        },
    }
}

fn account(
    partner_center: &PartnerCenter,
    (client_id, client_secret): (String, String),
) -> config::PartnerAccount {
    config::PartnerAccount {
        name: "Contoso Partner".to_owned(),
        tenant_id: partner_center.tenant().partner_id().to_owned(),
        cloud: config::Cloud::Commercial,
        client_id,
        client_secret: client_secret.into(),
        refresh_token: None,
        authority_url: Some(partner_center.authority_url()),
        api_url: Some(partner_center.api_url()),
        token_url: None,
        graph_url: None,
        subscriptions_url: config::SUBSCRIPTIONS_URL.to_owned(),
    }
}
