//! A stand-in identity provider in Entra's shape: OpenID Connect code flow with PKCE, a sign-in page
//! that lists its users, front-channel logout, and a bit of Microsoft Graph.
//!
//! It is strict where Entra is strict (exact redirect URIs, codes good once, S256), keeps a session
//! of its own until it is signed out of, and can be told to lie. Registered applications get access tokens for
//! themselves (client credentials).

mod access_token;
pub(super) mod authorize;
mod end_session;
mod fault;
mod graph;
mod id_token;
mod jwt;
mod keys;
pub(super) mod page;
mod registered;
mod token;
mod users;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use http::header;
use serde_json::{Value, json};

pub use fault::{Endpoint, Faults, JwtFault, KeysFault};
pub use registered::{Application, demo_applications};
pub use users::{
    ADMIN_AGENTS_GROUP, BILLING_ADMINISTRATOR, EVERYONE_GROUP, GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR,
    HELPDESK_AGENTS_GROUP, SALES_AGENTS_GROUP, USER_ADMINISTRATOR, User, demo_users, overage_user,
};

use super::service::{Listener, ReceivedRequest, RequestLog, Service, lock};
use crate::clock::Clock;

/// How a stand-in provider is set up.
#[derive(Clone, Debug)]
pub struct IdpOptions {
    pub clock: Clock,
    /// A free port when absent.
    pub port: Option<u16>,
    pub tenant_id: String,
    pub client_id: String,
    pub client_secret: String,
    /// More can be registered later.
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub users: Vec<User>,
    /// Which may call the client's API in their own name.
    pub applications: Vec<Application>,
    /// Whether the client's API is registered for access tokens of version 1.
    pub has_v1_access_tokens: bool,
}

impl IdpOptions {
    /// Any free port, the demo's users, credentials that everyone may know, no redirect URI yet.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            port: None,
            tenant_id: super::tenant::PARTNER_TENANT_ID.into(),
            client_id: "b4d7c2a1-5e0f-4c39-8a6b-0f1e2d3c4b5a".into(),
            client_secret: "stand-in-client-secret".into(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            users: demo_users(),
            applications: demo_applications(),
            has_v1_access_tokens: false,
        }
    }
}

/// A running stand-in provider; it ends when dropped.
#[derive(Debug)]
pub struct IdentityProvider {
    service: Service,
    app: Arc<App>,
    log: RequestLog,
}

/// What the handlers share.
#[derive(Debug)]
struct App {
    options: IdpOptions,
    base: String,
    issuer: String,
    faults: Faults,
    client: Mutex<Client>,
    /// Index of the key that signs.
    key: AtomicUsize,
    waiting: Mutex<HashMap<String, authorize::Waiting>>,
    codes: Mutex<HashMap<String, authorize::Code>>,
    /// `sid` to the user's id.
    sessions: Mutex<HashMap<String, String>>,
    access_tokens: Mutex<HashMap<String, (String, DateTime<Utc>)>>,
}

/// What is registered for the one client.
#[derive(Debug)]
struct Client {
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    front_channel_logout_uri: Option<String>,
}

impl IdentityProvider {
    /// Starts to answer on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(options: IdpOptions) -> std::io::Result<Self> {
        let listener = Listener::bind(options.port).await?;
        let log = RequestLog::default();
        let app = Arc::new(App {
            base: listener.url(),
            issuer: format!("{}/{}/v2.0", listener.url(), options.tenant_id),
            faults: Faults::default(),
            client: Mutex::new(Client {
                redirect_uris: options.redirect_uris.clone(),
                post_logout_redirect_uris: options.post_logout_redirect_uris.clone(),
                front_channel_logout_uri: None,
            }),
            key: AtomicUsize::new(0),
            waiting: Mutex::default(),
            codes: Mutex::default(),
            sessions: Mutex::default(),
            access_tokens: Mutex::default(),
            options,
        });
        Ok(Self {
            service: listener.serve(router(&app), log.clone()),
            app,
            log,
        })
    }

    /// `http://127.0.0.1:PORT/<tenant-id>/v2.0`
    pub fn issuer(&self) -> &str {
        &self.app.issuer
    }

    /// The stand-in of `https://graph.microsoft.com`: the base in front of `/v1.0`.
    pub fn graph_url(&self) -> String {
        format!("{}/graph", self.app.base)
    }

    /// The client's id and secret.
    pub fn client(&self) -> (&str, &str) {
        (&self.app.options.client_id, &self.app.options.client_secret)
    }

    /// Where codes and clients' own credentials are exchanged for tokens.
    pub fn token_endpoint(&self) -> String {
        format!(
            "{}/{}/oauth2/v2.0/token",
            self.app.base, self.app.options.tenant_id
        )
    }

    /// The applications that may call the client's API in their own name.
    pub fn applications(&self) -> &[Application] {
        &self.app.options.applications
    }

    /// Who can sign in.
    pub fn users(&self) -> &[User] {
        &self.app.options.users
    }

    /// Accepts one more redirect URI, exactly as written.
    pub fn register_redirect_uri(&self, uri: &str) {
        lock(&self.app.client).redirect_uris.push(uri.to_owned());
    }

    /// Accepts one more address to lead to after signing out.
    pub fn register_post_logout_redirect_uri(&self, uri: &str) {
        lock(&self.app.client)
            .post_logout_redirect_uris
            .push(uri.to_owned());
    }

    /// Where the client wants to hear of sign-outs; it is told `iss` and `sid`.
    pub fn set_front_channel_logout_uri(&self, uri: &str) {
        lock(&self.app.client).front_channel_logout_uri = Some(uri.to_owned());
    }

    /// The sessions at the provider: `sid` and the user's id.
    pub fn sessions(&self) -> Vec<(String, String)> {
        lock(&self.app.sessions)
            .iter()
            .map(|(sid, user)| (sid.clone(), user.clone()))
            .collect()
    }

    /// What the provider's frame would ask for at the end of a session.
    pub fn front_channel_logout_url(&self, sid: &str) -> Option<String> {
        self.app.front_channel_logout_url(sid)
    }

    /// Signs with the other key from now on and publishes only that one.
    pub fn rotate_keys(&self) {
        self.app.key.fetch_xor(1, Ordering::SeqCst);
    }

    /// The switches of everything that can go wrong.
    pub fn faults(&self) -> &Faults {
        &self.app.faults
    }

    /// Every request received, oldest first.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.log.all()
    }

    /// The log itself, to narrow down or clear.
    pub fn log(&self) -> &RequestLog {
        &self.log
    }

    /// Ends the stand-in and every open connection.
    pub async fn shutdown(self) {
        self.service.shutdown().await;
    }
}

impl App {
    fn user(&self, id: &str) -> Option<User> {
        self.options.users.iter().find(|user| user.id == id).cloned()
    }

    fn current_key(&self) -> &'static keys::SigningKey {
        &keys::KEYS[self.key.load(Ordering::SeqCst)]
    }

    fn front_channel_logout_url(&self, sid: &str) -> Option<String> {
        let uri = lock(&self.client).front_channel_logout_uri.clone()?;
        Some(authorize::with_parameters(
            &uri,
            &[("iss", &self.issuer), ("sid", sid)],
        ))
    }
}

fn router(app: &Arc<App>) -> Router {
    let tenant = &app.options.tenant_id;
    let at = |endpoint| middleware::from_fn_with_state((Arc::clone(app), endpoint), disturb);
    let end_session = get(end_session::end_session).post(end_session::end_session);
    Router::new()
        .route(
            &format!("/{tenant}/v2.0/.well-known/openid-configuration"),
            get(discovery).layer(at(Endpoint::Discovery)),
        )
        .route(
            &format!("/{tenant}/discovery/v2.0/keys"),
            get(published_keys).layer(at(Endpoint::Keys)),
        )
        .route(
            &format!("/{tenant}/oauth2/v2.0/authorize"),
            get(authorize::authorize).layer(at(Endpoint::Authorize)),
        )
        .route(
            &format!("/{tenant}/v2.0/authorize/decision"),
            post(authorize::decide),
        )
        .route(
            &format!("/{tenant}/oauth2/v2.0/token"),
            post(token::token).layer(at(Endpoint::Token)),
        )
        .route(
            &format!("/{tenant}/oauth2/v2.0/logout"),
            end_session.layer(at(Endpoint::EndSession)),
        )
        .route(
            "/graph/v1.0/me/checkMemberGroups",
            post(graph::check_member_groups).layer(at(Endpoint::Graph)),
        )
        .route(
            "/stand-in.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css")], page::STYLE) }),
        )
        .with_state(Arc::clone(app))
}

/// Lets a waiting fault strike.
async fn disturb(
    State((app, endpoint)): State<(Arc<App>, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    match app.faults.take(endpoint) {
        Some(fault) => fault.apply(next.run(request)).await,
        None => next.run(request).await,
    }
}

async fn discovery(State(app): State<Arc<App>>) -> Response {
    let root = format!("{}/{}", app.base, app.options.tenant_id);
    let mut document = json!({
        "issuer": app.issuer,
        "authorization_endpoint": format!("{root}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{root}/oauth2/v2.0/token"),
        "jwks_uri": format!("{root}/discovery/v2.0/keys"),
        "end_session_endpoint": format!("{root}/oauth2/v2.0/logout"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "name", "preferred_username", "oid", "tid", "sid"],
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    });
    for (key, value) in app.faults.metadata() {
        document[key] = value;
    }
    Json(document).into_response()
}

async fn published_keys(State(app): State<Arc<App>>) -> Json<Value> {
    let key = app.current_key();
    Json(match app.faults.keys() {
        None => json!({"keys": [key.public(&app.issuer)]}),
        Some(KeysFault::Empty) => json!({"keys": []}),
        Some(KeysFault::ForeignIssuer) => {
            let foreign = format!("{}/00000000-0000-4000-8000-000000000000/v2.0", app.base);
            json!({"keys": [key.public(&foreign)]})
        }
        Some(KeysFault::OddNeighbours) => json!({"keys": [
            {"kty": "EC", "use": "sig", "kid": "elliptic", "crv": "P-256", "x": "AA", "y": "AA"},
            {"kty": "future", "kid": 7},
            {},
            {"kty": "RSA", "use": "enc", "kid": key.kid, "n": "AQ", "e": "AQAB"},
            key.public(&app.issuer),
        ]}),
    })
}
