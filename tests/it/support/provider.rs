//! An OpenID provider that does everything right until a test tells it otherwise, claim by claim.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Form, Path, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto, jwk::Jwk};
use partnerlog::clock::Clock;
use reqwest::Url;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub const TENANT: &str = "0a1b2c3d-0000-4000-8000-0000000000ff";
pub const USER: &str = "0a1b2c3d-0000-4000-8000-000000000001";
pub const CLIENT: &str = "the client";
pub const SECRET: &str = "a secret: with/odd%characters";

/// Two throw-away keys; only the first is the provider's.
pub const KEY: &str = include_str!("key.pem");
pub const OTHER_KEY: &str = include_str!("other.pem");

pub type Change = Box<dyn Fn(&mut Value) + Send>;

/// How the provider behaves; a test changes what it is about.
pub struct Behaviour {
    pub metadata: Change,
    /// The whole answer of the token endpoint instead of the right one.
    pub token_answer: Option<Response>,
    pub token_hangs: bool,
    /// Changes to the right claims.
    pub claims: Change,
    /// The ID token made of header and claims.
    pub sign: Box<dyn Fn(Value, Value) -> String + Send>,
    pub kid: String,
    /// The keys shown: id and PEM, or anything else.
    pub jwks: Value,
    pub down: bool,
    pub client_authentication: &'static str,
    pub graph_status: StatusCode,
    /// The groups that Graph knows the user to be in.
    pub graph_groups: Vec<String>,
}

#[derive(Default)]
pub struct Seen {
    pub discovery: u32,
    pub jwks: u32,
    pub token: u32,
    /// Batches of ids that Graph was asked for.
    pub graph: Vec<Vec<String>>,
}

pub struct Provider {
    pub base: String,
    pub issuer: String,
    pub clock: Clock,
    behaviour: Mutex<Behaviour>,
    pub seen: Mutex<Seen>,
    codes: Mutex<HashMap<String, HashMap<String, String>>>,
}

pub fn jwk(pem: &str, kid: &str) -> Value {
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap()).unwrap();
    jwk["kid"] = kid.into();
    jwk["use"] = "sig".into();
    jwk
}

pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

pub fn sign_with(pem: &str, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::RS256).unwrap();
    format!("{message}.{signature}")
}

impl Provider {
    /// `path` is what follows the host in the issuer: Entra's form, or any other.
    pub async fn start(path: &str, clock: Clock) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let provider = Arc::new(Self {
            issuer: format!("{base}{path}"),
            base,
            clock,
            behaviour: Mutex::new(Behaviour {
                metadata: Box::new(|_| ()),
                token_answer: None,
                token_hangs: false,
                claims: Box::new(|_| ()),
                sign: Box::new(|header, claims| sign_with(KEY, &header, &claims)),
                kid: "key-1".to_owned(),
                jwks: json!({ "keys": [{"kty": "EC", "kid": "odd"}, jwk(KEY, "key-1")] }),
                down: false,
                client_authentication: "client_secret_basic",
                graph_status: StatusCode::OK,
                graph_groups: Vec::new(),
            }),
            seen: Mutex::default(),
            codes: Mutex::default(),
        });
        let well_known = format!("{path}/.well-known/openid-configuration");
        let router = Router::new()
            .route(&well_known, get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/graph/v1.0/me/{action}", post(graph))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    pub fn set(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap()
    }

    pub fn change_claims(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.set().claims = Box::new(change);
    }

    /// What happens at the provider when somebody signs in there: the code for an authorization request.
    pub fn approve(&self, location: &str) -> String {
        let url = Url::parse(location).unwrap();
        assert!(
            location.starts_with(&format!("{}/authorize?", self.base)),
            "{location}"
        );
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), asked);
        code
    }

    fn id_token(&self, nonce: &str, access_token: &str) -> String {
        let now = self.clock.now().timestamp();
        let at_hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16]);
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "subject-1", "nonce": nonce,
            "iat": now, "nbf": now, "exp": now + 3600, "at_hash": at_hash,
            "tid": TENANT, "oid": USER, "sid": "sid-1",
            "name": "Ann <b>Agent</b>", "preferred_username": "ann@contoso.example", "login_hint": "hint-of-ann",
            "wids": ["62e90394-69f5-4237-9190-012177145e10"],
        });
        let behaviour = self.set();
        (behaviour.claims)(&mut claims);
        let claims: Map<_, _> = claims
            .as_object()
            .unwrap()
            .iter()
            .filter(|it| !it.1.is_null())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        (behaviour.sign)(
            json!({"alg": "RS256", "typ": "JWT", "kid": behaviour.kid}),
            claims.into(),
        )
    }

    fn client_is_known(&self, headers: &HeaderMap, form: &HashMap<String, String>) -> bool {
        if self.set().client_authentication == "client_secret_post" {
            let secret = form.get("client_secret").map(String::as_str);
            return form.get("client_id").map(String::as_str) == Some(CLIENT) && secret == Some(SECRET);
        }
        let encoded = |text: &str| {
            text.bytes()
                .map(|b| match b {
                    b' ' => "+".to_owned(),
                    b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
                    b => format!("%{b:02X}"),
                })
                .collect::<String>()
        };
        let expected = format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", encoded(CLIENT), encoded(SECRET)))
        );
        headers
            .get(AUTHORIZATION)
            .is_some_and(|it| it.to_str().unwrap() == expected)
    }
}

async fn metadata(State(provider): State<Arc<Provider>>) -> Response {
    provider.seen.lock().unwrap().discovery += 1;
    let behaviour = provider.set();
    if behaviour.down {
        return (StatusCode::INTERNAL_SERVER_ERROR, "<html>down</html>").into_response();
    }
    let base = &provider.base;
    let mut document = json!({
        "issuer": provider.issuer,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
        "end_session_endpoint": format!("{base}/end?kept=1"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    });
    (behaviour.metadata)(&mut document);
    Json(document).into_response()
}

async fn keys(State(provider): State<Arc<Provider>>) -> Response {
    provider.seen.lock().unwrap().jwks += 1;
    let behaviour = provider.set();
    if behaviour.down {
        return (StatusCode::BAD_GATEWAY, "down").into_response();
    }
    Json(behaviour.jwks.clone()).into_response()
}

async fn token(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    provider.seen.lock().unwrap().token += 1;
    if provider.set().token_hangs {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    if let Some(answer) = provider.set().token_answer.take() {
        return answer;
    }
    let refuse = |error: &str| {
        (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": error, "error_description": "AADSTS1: no"})),
        )
            .into_response()
    };
    if !provider.client_is_known(&headers, &form) {
        return refuse("invalid_client");
    }
    let Some(asked) = form
        .get("code")
        .and_then(|code| provider.codes.lock().unwrap().remove(code))
    else {
        return refuse("invalid_grant");
    };
    let challenge = form
        .get("code_verifier")
        .map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    if challenge.as_ref() != asked.get("code_challenge")
        || form.get("redirect_uri") != asked.get("redirect_uri")
    {
        return refuse("invalid_grant");
    }
    let id_token = provider.id_token(&asked["nonce"], "access-1");
    Json(
        json!({"access_token": "access-1", "token_type": "Bearer", "expires_in": 3600, "id_token": id_token}),
    )
    .into_response()
}

async fn graph(
    State(provider): State<Arc<Provider>>,
    Path(action): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if action != "checkMemberGroups" || headers[AUTHORIZATION] != "Bearer access-1" {
        return StatusCode::IM_A_TEAPOT.into_response();
    }
    let ids: Vec<String> = serde_json::from_value(body["groupIds"].clone()).unwrap();
    provider.seen.lock().unwrap().graph.push(ids.clone());
    let behaviour = provider.set();
    let held: Vec<_> = behaviour
        .graph_groups
        .iter()
        .filter(|id| ids.contains(id))
        .collect();
    (behaviour.graph_status, Json(json!({"value": held}))).into_response()
}
