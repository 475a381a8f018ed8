//! Access tokens of Microsoft Entra's in the place of a password. The services that give them are a stand-in; the server
//! takes the token that is its role's password of the moment.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{OriginalUri, State},
    http::{HeaderMap, Method, StatusCode},
};
use chrono::{DateTime, TimeDelta, Utc};
use partnerlog::{
    app::connector_in,
    clock::Clock,
    config::{DatabasePassword, EntraIdentity, Postgres},
    store::{StoreError, postgres::Connector},
};
use serde_json::json;

use super::connect::{ask, refused, unavailable};
use crate::support::postgres::{Database, cluster};

const RESOURCE: &str = "https://ossrdbms-aad.database.windows.net";

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// What was asked.
#[derive(Clone, Debug)]
struct Asked {
    method: Method,
    path: String,
    /// The query's, or the form's.
    pairs: HashMap<String, String>,
    headers: HeaderMap,
}

#[derive(Clone)]
struct StandIn {
    address: String,
    answer: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl StandIn {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stand_in = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            answer: Arc::new(Mutex::new((StatusCode::OK, String::new()))),
            asked: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        stand_in
    }

    /// Gives this token from now on, as the services of machines do: numbers are texts.
    fn give(&self, token: &str) {
        let end = (now() + TimeDelta::hours(1)).timestamp().to_string();
        self.say(
            StatusCode::OK,
            json!({ "access_token": token, "expires_on": end, "resource": RESOURCE, "token_type": "Bearer" })
                .to_string(),
        );
    }

    fn say(&self, status: StatusCode, body: String) {
        *self.answer.lock().unwrap() = (status, body);
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(stand_in): State<StandIn>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, String); 1], String) {
    let pairs = match method {
        Method::GET => form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()),
        _ => form_urlencoded::parse(&body),
    };
    stand_in.asked.lock().unwrap().push(Asked {
        pairs: pairs.into_owned().collect(),
        path: uri.path().to_owned(),
        method,
        headers,
    });
    let (status, body) = stand_in.answer.lock().unwrap().clone();
    (
        status,
        [("location", format!("{}/elsewhere", stand_in.address))],
        body,
    )
}

/// A database that a role of its own comes to with tokens.
struct Place {
    database: Database,
    role: String,
    clock: Clock,
}

impl Place {
    fn new(token: &str) -> Self {
        let database = cluster().database();
        let role = format!("role_of_{}", database.name());
        database.psql(&format!("CREATE ROLE {role} LOGIN PASSWORD '{token}'"));
        Self {
            database,
            role,
            clock: Clock::fixed(now()),
        }
    }

    /// Has the server take another token.
    fn takes(&self, token: &str) {
        self.database
            .psql(&format!("ALTER ROLE {} PASSWORD '{token}'", self.role));
    }

    fn connector(
        &self,
        identity: EntraIdentity,
        environment: &[(&str, &str)],
    ) -> Result<Connector, StoreError> {
        let who = format!("postgres:{}", cluster().password());
        let settings = Postgres {
            password: DatabasePassword::Entra(identity),
            ..Postgres::at(&self.database.url().replace(&who, &self.role)).unwrap()
        };
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        connector_in(
            &settings,
            environment.collect::<Vec<_>>().into_iter(),
            &self.clock,
        )
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.database.psql(&format!("DROP ROLE {}", self.role));
    }
}

/// Connects where one may wait; who was let in.
async fn connect(connector: &Connector) -> Result<String, StoreError> {
    let connector = connector.clone();
    let connecting = tokio::task::spawn_blocking(move || {
        let mut client = connector.connect()?;
        Ok(ask(&mut client, "SELECT current_user::text"))
    });
    connecting.await.unwrap()
}

#[tokio::test]
async fn a_machine_gets_its_tokens_from_the_metadata_service() {
    let (stand_in, place) = (StandIn::start().await, Place::new("token-1"));
    stand_in.give("token-1");
    let environment = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", stand_in.address.as_str())];
    let connector = place.connector(EntraIdentity::Own, &environment).unwrap();
    assert!(
        stand_in.asked().is_empty(),
        "nothing is asked for before it is needed"
    );
    assert_eq!(connect(&connector).await.unwrap(), place.role);
    let [asked] = &stand_in.asked()[..] else {
        panic!("{:?}", stand_in.asked());
    };
    assert_eq!(
        (&asked.method, asked.path.as_str()),
        (&Method::GET, "/metadata/identity/oauth2/token")
    );
    assert_eq!(asked.headers["metadata"], "true");
    assert_eq!(
        (
            asked.pairs["resource"].as_str(),
            asked.pairs["api-version"].as_str()
        ),
        (RESOURCE, "2018-02-01")
    );
    assert!(!asked.pairs.contains_key("client_id"));

    let client = EntraIdentity::Client("3aa5c8d0".to_owned());
    connect(&place.connector(client, &environment).unwrap())
        .await
        .unwrap();
    assert_eq!(stand_in.asked()[1].pairs["client_id"], "3aa5c8d0");
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_it_ends_or_is_not_taken() {
    let (stand_in, place) = (StandIn::start().await, Place::new("token-1"));
    stand_in.give("token-1");
    let environment = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", stand_in.address.as_str())];
    let connector = place.connector(EntraIdentity::Own, &environment).unwrap();
    for minutes in [0, 30, 54] {
        place.clock.set(now() + TimeDelta::minutes(minutes));
        connect(&connector).await.unwrap();
    }
    assert_eq!(stand_in.asked().len(), 1);

    // There is no other yet, and the old one is still good.
    place.clock.set(now() + TimeDelta::minutes(56));
    stand_in.say(StatusCode::SERVICE_UNAVAILABLE, String::new());
    connect(&connector).await.unwrap();
    assert_eq!(stand_in.asked().len(), 2);
    place.clock.set(now() + TimeDelta::minutes(60));
    let said = unavailable(connect(&connector).await);
    assert!(
        said.contains("the metadata service of the machine answered 503"),
        "{said}"
    );

    place.clock.set(now());
    stand_in.give("token-2");
    place.takes("token-2");
    // The first was kept until then.
    let said = refused(connect(&connector).await);
    assert!(said.contains("database.entra_identity"), "{said}");
    connect(&connector).await.unwrap();
}

#[tokio::test]
async fn an_app_gets_its_tokens_from_the_endpoint_that_its_environment_names() {
    let (stand_in, place) = (StandIn::start().await, Place::new("token-1"));
    stand_in.give("token-1");
    let endpoint = format!("{}/msi/token", stand_in.address);
    let environment = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", "geheim"),
    ];
    let client = EntraIdentity::Client("3aa5c8d0".to_owned());
    assert_eq!(
        connect(&place.connector(client, &environment).unwrap())
            .await
            .unwrap(),
        place.role
    );
    let asked = &stand_in.asked()[0];
    assert_eq!((&asked.method, asked.path.as_str()), (&Method::GET, "/msi/token"));
    assert_eq!(asked.headers["x-identity-header"], "geheim");
    assert_eq!(
        (
            asked.pairs["resource"].as_str(),
            asked.pairs["api-version"].as_str()
        ),
        (RESOURCE, "2019-08-01")
    );
    assert_eq!(asked.pairs["client_id"], "3aa5c8d0");
}

#[tokio::test]
async fn a_workload_exchanges_the_token_that_kubernetes_gave_it() {
    let (stand_in, place) = (StandIn::start().await, Place::new("token-1"));
    let answer = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "token-1" });
    stand_in.say(StatusCode::OK, answer.to_string());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "assertion-1\n").unwrap();
    let host = format!("{}/", stand_in.address);
    let environment = [
        ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
        ("AZURE_CLIENT_ID", "client-of-the-pod"),
        ("AZURE_TENANT_ID", "tenant"),
        ("AZURE_AUTHORITY_HOST", &host),
    ];
    let connector = place.connector(EntraIdentity::Own, &environment).unwrap();
    assert_eq!(connect(&connector).await.unwrap(), place.role);
    let asked = &stand_in.asked()[0];
    assert_eq!(
        (&asked.method, asked.path.as_str()),
        (&Method::POST, "/tenant/oauth2/v2.0/token")
    );
    let scope = format!("{RESOURCE}/.default");
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", "client-of-the-pod"),
        ("scope", &scope),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", "assertion-1"),
    ] {
        assert_eq!(asked.pairs[name], value);
    }

    // Kubernetes puts another one there.
    fs::write(&file, "assertion-2").unwrap();
    place.clock.set(now() + TimeDelta::hours(1));
    connect(&connector).await.unwrap();
    assert_eq!(stand_in.asked()[1].pairs["client_assertion"], "assertion-2");
    let client = EntraIdentity::Client("another-client".to_owned());
    connect(&place.connector(client, &environment).unwrap())
        .await
        .unwrap();
    assert_eq!(stand_in.asked()[2].pairs["client_id"], "another-client");

    fs::remove_file(&file).unwrap();
    place.clock.set(now() + TimeDelta::hours(3));
    let said = refused(connect(&connector).await);
    assert!(
        said.contains("AZURE_FEDERATED_TOKEN_FILE cannot be read"),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_no_token_is_told_without_being_repeated() {
    let (stand_in, place) = (StandIn::start().await, Place::new("token-1"));
    let environment = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", stand_in.address.as_str())];
    let connector = place.connector(EntraIdentity::Own, &environment).unwrap();
    let refusal = json!({ "error": "invalid_request", "error_description": "Identity not found\r\nmore" });
    for (status, body, words) in [
        (
            StatusCode::BAD_REQUEST,
            refusal.to_string(),
            "400 invalid_request: Identity not found)",
        ),
        (StatusCode::FOUND, String::new(), "refuses: 302"),
        (StatusCode::OK, "x".repeat(100_000), "too large"),
        (StatusCode::OK, "\"geheim\"".to_owned(), "not the expected JSON"),
        (
            StatusCode::OK,
            json!({ "access_token": "geheim" }).to_string(),
            "until when",
        ),
        (
            StatusCode::OK,
            json!({ "access_token": "geheim\n", "expires_in": 3600 }).to_string(),
            "its token is none",
        ),
        (
            StatusCode::OK,
            json!({ "access_token": "geheim", "expires_in": 0 }).to_string(),
            "has ended already",
        ),
    ] {
        stand_in.say(status, body);
        let said = refused(connect(&connector).await);
        assert!(
            said.contains(words) && said.contains("Assign a managed identity"),
            "{said}"
        );
        assert!(!said.contains("geheim"), "{said}");
    }
    for status in [
        StatusCode::NOT_FOUND,
        StatusCode::GONE,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
    ] {
        stand_in.say(status, String::new());
        let said = unavailable(connect(&connector).await);
        assert!(said.contains(status.as_str()), "{said}");
    }
    // No redirect was followed.
    assert!(stand_in.asked().iter().all(|asked| asked.path != "/elsewhere"));

    let nobody = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")];
    let connector = place.connector(EntraIdentity::Own, &nobody).unwrap();
    let said = unavailable(connect(&connector).await);
    assert!(
        said.contains("the metadata service of the machine could not be reached"),
        "{said}"
    );
    let odd = [("IDENTITY_ENDPOINT", "http://127.0.0.1:1")];
    let said = refused(place.connector(EntraIdentity::Own, &odd));
    assert!(said.contains("Azure Arc"), "{said}");
}
