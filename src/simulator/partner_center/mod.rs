//! A stand-in Partner Center over a [`Tenant`]: its REST API and the authority that issues its tokens.
//!
//! It does what Microsoft's documents say, and where they are silent, what makes a careless client
//! fail: dates only as `yyyy-mm-dd`, the 90-day rule, a 30-day window cut short without a word,
//! continuation by header only, a byte order mark before every body.

mod answer;
mod audit_records;
mod authority;
mod consent;
mod continuation;
mod customers;
mod fault;
mod query;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use tower_http::compression::{CompressionLayer, predicate::Predicate};

pub use fault::{Fault, Faults, When};

use super::{
    faults::Verbatim,
    identity_provider::page::STYLE,
    service::{Listener, ReceivedRequest, RequestLog, Service},
    tenant::Tenant,
};
use crate::clock::Clock;

/// How a stand-in Partner Center is set up.
#[derive(Clone, Debug)]
pub struct PartnerCenterOptions {
    pub tenant: Arc<Tenant>,
    pub clock: Clock,
    /// A free port when absent.
    pub port: Option<u16>,
    /// Items of a page when the client names no size; 1 to 500.
    pub page_size: usize,
    pub client_id: String,
    pub client_secret: String,
    /// The refresh token that App+User clients begin with.
    pub refresh_token: String,
    /// Where browsers may be sent back to after consent.
    pub redirect_uris: Vec<String>,
}

impl PartnerCenterOptions {
    /// Any free port, 500 items a page, and credentials that everyone may know.
    pub fn new(tenant: Arc<Tenant>, clock: Clock) -> Self {
        Self {
            tenant,
            clock,
            port: None,
            page_size: 500,
            client_id: "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01".into(),
            client_secret: "stand-in-secret".into(),
            refresh_token: "stand-in-refresh-token".into(),
            redirect_uris: Vec::new(),
        }
    }
}

/// A running stand-in; it ends when dropped.
#[derive(Debug)]
pub struct PartnerCenter {
    service: Service,
    token_url: String,
    faults: Faults,
    log: RequestLog,
    tenant: Arc<Tenant>,
}

impl PartnerCenter {
    /// Starts to answer on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(options: PartnerCenterOptions) -> std::io::Result<Self> {
        let listener = Listener::bind(options.port).await?;
        let (faults, log) = (Faults::default(), RequestLog::default());
        let token_url = format!(
            "{}/{}/oauth2/v2.0/token",
            listener.url(),
            options.tenant.partner_id()
        );
        let tenant = Arc::clone(&options.tenant);
        let app = Arc::new(App {
            faults: faults.clone(),
            issued: authority::Issued::new(&options.refresh_token, options.clock.now()),
            consenting: consent::Consenting::default(),
            secret: uuid::Uuid::new_v4().to_string(),
            options,
        });
        let router = Router::new()
            .fallback(dispatch)
            .layer(CompressionLayer::new().compress_when(NotVerbatim))
            .layer(middleware::from_fn_with_state(Arc::clone(&app), headers))
            .with_state(app);
        Ok(Self {
            service: listener.serve(router, log.clone()),
            token_url,
            faults,
            log,
            tenant,
        })
    }

    /// `http://127.0.0.1:PORT`: the base of the REST API, without `/v1`.
    pub fn api_url(&self) -> String {
        self.service.url()
    }

    /// The login host of the authority: a tenant's endpoints are below.
    pub fn authority_url(&self) -> String {
        self.service.url()
    }

    /// The OAuth 2.0 token endpoint of the authority.
    pub fn token_url(&self) -> &str {
        &self.token_url
    }

    /// What is served.
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// The switches of everything that can go wrong.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Every request received, oldest first, token requests included.
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

/// What the handlers share.
struct App {
    options: PartnerCenterOptions,
    faults: Faults,
    issued: authority::Issued,
    consenting: consent::Consenting,
    /// Makes continuation tokens unguessable.
    secret: String,
}

/// Routes by the segments of the path, so that `//v1/…` is `/v1/…`, as some SDKs need.
async fn dispatch(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let segments: Vec<&str> = uri
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    match (&method, segments.as_slice()) {
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => {
            authority::token(&app, tenant, &headers, &body).await
        }
        (&Method::GET, [tenant, "oauth2", "v2.0", "authorize"]) => {
            consent::authorize(&app, tenant, &uri, &headers)
        }
        (&Method::POST, [_, "oauth2", "v2.0", "authorize", "decision"]) => {
            consent::decide(&app, &headers, &body)
        }
        (&Method::GET, ["stand-in.css"]) => {
            ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
        }
        (&Method::GET, ["v1", "auditrecords"]) => audit_records::list(&app, &uri, &headers).await,
        (&Method::GET, ["v1", "customers"]) => customers::list(&app, &uri, &headers).await,
        (&Method::GET, ["v1", "customers", id, "subscriptions"]) => {
            customers::subscriptions(&app, id, &headers).await
        }
        (_, ["v1", "auditrecords" | "customers", ..]) if method != Method::GET => answer::fault(
            StatusCode::METHOD_NOT_ALLOWED,
            "405",
            "The method is not allowed.",
            &[],
        ),
        _ => answer::fault(StatusCode::NOT_FOUND, "1000", "The resource was not found.", &[]),
    }
}

/// The headers every answer bears: the request's ids echoed, and the stand-in's own time.
async fn headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let request_id = id_of(request.headers(), "MS-RequestId");
    let correlation_id = id_of(request.headers(), "MS-CorrelationId");
    let asks_for_mfa = request.headers().contains_key("ValidateMfa");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert("MS-RequestId", request_id);
    headers.insert("MS-CorrelationId", correlation_id);
    if asks_for_mfa {
        let used = app.faults.token_rules().mfa;
        headers.insert(
            "isMfaCompliant",
            HeaderValue::from_static(if used { "true" } else { "false" }),
        );
    }
    let date = httpdate::fmt_http_date(app.options.clock.now().into());
    headers.insert(
        header::DATE,
        HeaderValue::from_str(&date).expect("a date is ASCII"),
    );
    response
}

/// The id a request came with, or a new one.
fn id_of(headers: &HeaderMap, name: &str) -> HeaderValue {
    let fresh = || HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()).expect("a GUID is ASCII");
    headers.get(name).cloned().unwrap_or_else(fresh)
}

/// Faults go out byte for byte.
#[derive(Clone, Copy)]
struct NotVerbatim;

impl Predicate for NotVerbatim {
    fn should_compress<B>(&self, response: &http::Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        response.extensions().get::<Verbatim>().is_none()
    }
}
