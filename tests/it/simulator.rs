//! The stand-ins behave as Microsoft's documents say.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Days, NaiveDate, Utc};
use partnerlog::{
    clock::Clock,
    http_client,
    simulator::{
        faults::{HttpFault, RetryAfter},
        identity_provider::{
            ADMIN_AGENTS_GROUP, Endpoint, IdentityProvider, IdpOptions, JwtFault, overage_user,
        },
        partner_center::{Fault, PartnerCenter, PartnerCenterOptions, When},
        tenant::{Tenant, TenantOptions},
    },
};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn now() -> DateTime<Utc> {
    "2026-08-20T12:00:00Z".parse().unwrap()
}

fn today() -> NaiveDate {
    now().date_naive()
}

fn client() -> Client {
    http_client::new(Duration::from_secs(10))
}

fn record(id: &str, date: &str) -> String {
    format!(
        r#"{{"id":"{id}","operationDate":"{date}","customerName":"Relecloud","resourceType":"customer_user","customerId":"ABC"}}"#
    )
}

struct Caller {
    partner_center: PartnerCenter,
    clock: Clock,
    client: Client,
    token: String,
}

impl Caller {
    async fn over(tenant: Tenant) -> Self {
        let clock = Clock::fixed(now());
        let options = PartnerCenterOptions::new(Arc::new(tenant), clock.clone());
        let partner_center = PartnerCenter::start(options).await.unwrap();
        let mut caller = Self {
            partner_center,
            clock,
            client: client(),
            token: String::new(),
        };
        caller.token = caller.issue().await["access_token"].as_str().unwrap().to_owned();
        caller
    }

    async fn ask_for_token(&self, secret: &str) -> Response {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01"),
            ("client_secret", secret),
            ("scope", "https://api.partnercenter.microsoft.com/.default"),
        ];
        self.client
            .post(self.partner_center.token_url())
            .form(&form)
            .send()
            .await
            .unwrap()
    }

    async fn issue(&self) -> Value {
        self.ask_for_token("stand-in-secret").await.json().await.unwrap()
    }

    async fn get(&self, path: &str, continuation: Option<&str>) -> Response {
        let url = format!("{}{path}", self.partner_center.api_url());
        let mut request = self.client.get(url).bearer_auth(&self.token);
        if let Some(token) = continuation {
            request = request.header("MS-ContinuationToken", token);
        }
        request.send().await.unwrap()
    }

    async fn records(&self, query: &str) -> (u16, Value) {
        let response = self.get(&format!("/v1/auditrecords?{query}"), None).await;
        (response.status().as_u16(), body(response).await)
    }

    async fn ids(&self, query: &str) -> Vec<String> {
        ids(&self.records(query).await.1)
    }
}

async fn body(response: Response) -> Value {
    let bytes = response.bytes().await.unwrap();
    let text = bytes
        .strip_prefix("\u{feff}".as_bytes())
        .expect("a byte order mark");
    serde_json::from_slice(text).unwrap()
}

fn ids(collection: &Value) -> Vec<String> {
    let items = collection["items"].as_array().unwrap();
    assert_eq!(collection["totalCount"], items.len());
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn both_ends_of_a_range_are_whole_utc_days_and_the_newest_record_comes_first() {
    let caller = Caller::over(Tenant::from_records(vec![
        record("before", "2026-08-17T23:59:59.9999999Z"),
        record("first", "2026-08-18T00:00:00.0000000Z"),
        record("last", "2026-08-19T23:59:59.9999999Z"),
        record("after", "2026-08-20T00:00:00.0000000Z"),
    ]))
    .await;
    assert_eq!(
        caller.ids("startDate=2026-08-18&endDate=2026-08-19").await,
        ["last", "first"]
    );
    assert_eq!(
        caller.ids("startDate=2026-08-19&endDate=2026-08-19").await,
        ["last"]
    );
    assert_eq!(caller.ids("startDate=2026-08-19").await, ["after", "last"]);
}

#[tokio::test]
async fn only_the_last_90_days_are_served_and_one_request_spans_30_days() {
    let ago = |days| today() - Days::new(days);
    let old = record("old", &format!("{}T10:00:00Z", ago(90)));
    let within = record("within", &format!("{}T10:00:00Z", ago(61)));
    let beyond = record("beyond", &format!("{}T10:00:00Z", ago(60)));
    let caller = Caller::over(Tenant::from_records(vec![old, within, beyond])).await;
    assert_eq!(
        caller
            .ids(&format!("startDate={}&endDate={}", ago(90), today()))
            .await,
        ["within", "old"]
    );
    let (status, fault) = caller.records(&format!("startDate={}", ago(91))).await;
    assert_eq!((status, &fault["source"]), (400, &json!("PartnerCenter")));
    assert!(fault["description"].as_str().unwrap().contains("90 days"));
}

#[tokio::test]
async fn dates_are_read_in_one_form_only() {
    let caller = Caller::over(Tenant::from_records(Vec::new())).await;
    for date in [
        "8/1/2026",
        "2026-8-1",
        "2026-08-01T00:00:00Z",
        "2026-213",
        "20260801",
        "",
    ] {
        let (status, answer) = caller.records(&format!("startDate={date}")).await;
        assert_eq!(
            (status, answer),
            (400, json!({"message": "The request is invalid."})),
            "{date}"
        );
    }
}

#[tokio::test]
async fn the_next_page_needs_the_token_in_its_header_and_the_same_query() {
    let day = "2026-08-18";
    let records = (0..5)
        .map(|n| record(&n.to_string(), &format!("{day}T10:00:0{n}Z")))
        .collect();
    let caller = Caller::over(Tenant::from_records(records)).await;
    let query = format!("startDate={day}&endDate={day}&size=2");
    let (_, first) = caller.records(&query).await;
    assert_eq!(ids(&first), ["4", "3"]);
    let next = &first["links"]["next"];
    let uri = next["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("/auditrecords?") && uri.ends_with("&seekOperation=Next"),
        "{uri}"
    );
    assert_eq!(next["headers"][0]["key"], "MS-ContinuationToken");
    let token = next["headers"][0]["value"].as_str().unwrap();

    let in_query = format!("/v1{uri}&MS-ContinuationToken={token}");
    assert_eq!(caller.get(&in_query, None).await.status(), 400);
    let other = format!("/v1/auditrecords?startDate={day}&endDate={day}&size=3&seekOperation=Next");
    assert_eq!(caller.get(&other, Some(token)).await.status(), 400);

    // What arrives meanwhile moves nothing.
    caller
        .partner_center
        .tenant()
        .add_record(record("new", &format!("{day}T11:00:00Z")));
    let second = body(caller.get(&format!("//v1{uri}"), Some(token)).await).await;
    assert_eq!(ids(&second), ["2", "1"]);
    let token = second["links"]["next"]["headers"][0]["value"].as_str().unwrap();
    let third = body(caller.get(&format!("/v1{uri}"), Some(token)).await).await;
    assert_eq!(ids(&third), ["0"]);
    assert!(third["links"].get("next").is_none());
}

#[tokio::test]
async fn filters_take_values_in_any_case() {
    let caller = Caller::over(Tenant::from_records(vec![record("a", "2026-08-18T10:00:00Z")])).await;
    let filter = |field: &str, value: &str, operator: &str| {
        let filter = json!({"Field": field, "Value": value, "Operator": operator}).to_string();
        format!(
            "startDate=2026-08-18&filter={}",
            percent_encoding::utf8_percent_encode(&filter, percent_encoding::NON_ALPHANUMERIC)
        )
    };
    for (field, value, operator) in [
        ("CompanyName", "RELE", "substring"),
        ("CustomerId", "abc", "equals"),
        ("ResourceType", "CustomerUser", "equals"),
        ("ResourceType", "customer_user", "equals"),
    ] {
        assert_eq!(
            caller.ids(&filter(field, value, operator)).await,
            ["a"],
            "{field} {value}"
        );
    }
    assert!(
        caller
            .ids(&filter("CompanyName", "other", "substring"))
            .await
            .is_empty()
    );
    assert_eq!(
        caller
            .records(&filter("UserPrincipalName", "x", "equals"))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn a_request_needs_a_token_that_is_neither_expired_nor_revoked() {
    let mut caller = Caller::over(Tenant::from_records(Vec::new())).await;
    let refused = async |caller: &Caller| {
        let response = caller.get("/v1/auditrecords?startDate=2026-08-18", None).await;
        let realm = response
            .headers()
            .get("WWW-Authenticate")
            .is_some_and(|v| v.as_bytes().starts_with(b"OAuth realm="));
        (response.status().as_u16(), realm)
    };
    assert_eq!(refused(&caller).await, (200, false));
    caller.partner_center.faults().revoke_tokens();
    assert_eq!(refused(&caller).await, (401, true));
    caller.token = caller.issue().await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(refused(&caller).await, (200, false));
    caller.clock.set(now() + chrono::Duration::hours(1));
    assert_eq!(refused(&caller).await, (401, true));

    let refusal = caller.ask_for_token("wrong").await;
    assert_eq!(refusal.status(), 401);
    let refusal: Value = refusal.json().await.unwrap();
    assert_eq!(
        (&refusal["error"], &refusal["error_codes"][0]),
        (&json!("invalid_client"), &json!(7_000_215))
    );
}

#[tokio::test]
async fn answers_echo_the_requests_ids_and_compress_when_asked() {
    let caller = Caller::over(Tenant::generate(&TenantOptions {
        records: 400,
        ..TenantOptions::new(1, now())
    }))
    .await;
    let id = "127facaa-e389-41f8-8bb7-1d1af99db893";
    // By hand, because the client undoes the compression and hides it.
    let address = caller.partner_center.api_url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "GET /v1/customers?size=40 HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         MS-RequestId: {id}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
        caller.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).to_lowercase();
    let header = |name: &str| {
        Some(
            answer
                .split_once(&format!("\r\n{name}: "))?
                .1
                .split_once("\r\n")?
                .0,
        )
    };
    assert_eq!(header("ms-requestid"), Some(id));
    assert!(header("ms-correlationid").is_some());
    assert_eq!(header("date"), Some("thu, 20 aug 2026 12:00:00 gmt"));
    assert_eq!(header("content-encoding"), Some("gzip"));
    let logged = caller.partner_center.requests();
    assert_eq!(logged.last().unwrap().header("ms-requestid"), Some(id));
}

#[tokio::test]
async fn customers_come_in_pages_and_each_has_its_subscriptions() {
    let caller = Caller::over(Tenant::generate(&TenantOptions {
        records: 400,
        ..TenantOptions::new(1, now())
    }))
    .await;
    let first = body(caller.get("/v1/customers?size=200", None).await).await;
    let next = &first["links"]["next"];
    let uri = format!("/v1{}", next["uri"].as_str().unwrap());
    let second = body(caller.get(&uri, next["headers"][0]["value"].as_str()).await).await;
    assert_eq!(
        ids(&first).len() + ids(&second).len(),
        caller.partner_center.tenant().customers().len()
    );
    let customer = ids(&second)[0].to_uppercase();
    let subscriptions = body(
        caller
            .get(&format!("/v1/customers/{customer}/subscriptions"), None)
            .await,
    )
    .await;
    let item = &subscriptions["items"][0];
    for key in [
        "id",
        "offerName",
        "quantity",
        "status",
        "billingCycle",
        "commitmentEndDate",
        "autoRenewEnabled",
    ] {
        assert!(item.get(key).is_some(), "{key}");
    }
    let unknown = caller
        .get(
            "/v1/customers/00000000-0000-4000-8000-000000000000/subscriptions",
            None,
        )
        .await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn faults_strike_as_often_and_where_they_were_told_to() {
    let records = (0..3)
        .map(|n| record(&n.to_string(), &format!("2026-08-18T10:00:0{n}Z")))
        .collect();
    let caller = Caller::over(Tenant::from_records(records)).await;
    let faults = caller.partner_center.faults();
    let day = When::audit_records().of_day("2026-08-18".parse().unwrap());
    let path = "/v1/auditrecords?startDate=2026-08-18&endDate=2026-08-18&size=2";

    faults.next(1, day, HttpFault::Throttled(RetryAfter::Seconds(57)));
    assert_eq!(
        caller
            .get("/v1/auditrecords?startDate=2026-08-17", None)
            .await
            .status(),
        200
    );
    let throttled = caller.get(path, None).await;
    assert_eq!(
        (
            throttled.status().as_u16(),
            throttled.headers()["Retry-After"].to_str().unwrap()
        ),
        (429, "57")
    );

    for cut in [HttpFault::CutBody, HttpFault::CutChunkedBody] {
        faults.next(1, day, cut);
        let response = caller.get(path, None).await;
        assert_eq!(response.status(), 200);
        assert!(response.bytes().await.is_err());
    }
    for silent in [HttpFault::Hang, HttpFault::HangInBody] {
        faults.next(1, day, silent);
        let url = format!("{}{path}", caller.partner_center.api_url());
        let request = http_client::new(Duration::from_millis(200))
            .get(url)
            .bearer_auth(&caller.token)
            .send();
        let outcome = async { request.await?.bytes().await }.await;
        assert!(outcome.unwrap_err().is_timeout());
    }
    faults.next(1, day, HttpFault::HugeBody(10_000_000));
    assert_eq!(
        caller.get(path, None).await.bytes().await.unwrap().len(),
        10_000_000
    );

    faults.next(1, day, Fault::LoopingNext);
    faults.next(1, day, Fault::RepeatedItems);
    let first = body(caller.get(path, None).await).await;
    let next = &first["links"]["next"];
    let uri = format!("/v1{}", next["uri"].as_str().unwrap());
    let again = body(caller.get(&uri, next["headers"][0]["value"].as_str()).await).await;
    assert_eq!(ids(&again), ids(&first));
    let token = again["links"]["next"]["headers"][0]["value"].as_str();
    let second = body(caller.get(&uri, token).await).await;
    assert_eq!(ids(&second), ["2", "1", "0"]);
    assert!(faults.all_struck());
}

#[tokio::test]
async fn a_late_record_is_seen_from_its_time_on() {
    let mut caller = Caller::over(Tenant::from_records(Vec::new())).await;
    caller.partner_center.faults().set_token_lifetime(86_400);
    caller.token = caller.issue().await["access_token"].as_str().unwrap().to_owned();
    let later = now() + chrono::Duration::hours(2);
    caller
        .partner_center
        .tenant()
        .add_late_record(record("late", "2026-08-18T10:00:00Z"), later);
    caller.clock.set(later - chrono::Duration::seconds(1));
    assert!(caller.ids("startDate=2026-08-18").await.is_empty());
    caller.clock.set(later);
    assert_eq!(caller.ids("startDate=2026-08-18").await, ["late"]);
}

const REDIRECT_URI: &str = "http://127.0.0.1:9/sign-in/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn provider() -> IdentityProvider {
    let mut options = IdpOptions::new(Clock::fixed(now()));
    options.redirect_uris.push(REDIRECT_URI.into());
    options.users.push(overage_user());
    IdentityProvider::start(options).await.unwrap()
}

async fn metadata(provider: &IdentityProvider) -> Value {
    let url = format!("{}/.well-known/openid-configuration", provider.issuer());
    client().get(url).send().await.unwrap().json().await.unwrap()
}

fn request(provider: &IdentityProvider) -> Vec<(&'static str, String)> {
    vec![
        ("client_id", provider.client().0.into()),
        ("redirect_uri", REDIRECT_URI.into()),
        ("response_type", "code".into()),
        ("scope", "openid profile".into()),
        ("state", "st&te".into()),
        ("nonce", "n0nce".into()),
        ("code_challenge", CHALLENGE.into()),
        ("code_challenge_method", "S256".into()),
    ]
}

async fn authorize(provider: &IdentityProvider, parameters: &[(&str, String)]) -> Response {
    let url = metadata(provider).await["authorization_endpoint"]
        .as_str()
        .unwrap()
        .to_owned();
    client().get(url).query(parameters).send().await.unwrap()
}

fn led_to(response: &Response) -> Vec<(String, String)> {
    let location = response.headers()["Location"].to_str().unwrap();
    let (address, query) = location.split_once('?').unwrap();
    assert_eq!(address, REDIRECT_URI);
    let plain = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.into(), plain(value)))
        .collect()
}

fn parameter(parameters: &[(String, String)], key: &str) -> Option<String> {
    parameters
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.clone())
}

async fn code(provider: &IdentityProvider, user: &str) -> String {
    let mut parameters = request(provider);
    parameters.extend([("prompt", "none".to_owned()), ("login_hint", user.to_owned())]);
    let led = led_to(&authorize(provider, &parameters).await);
    assert_eq!(parameter(&led, "state").as_deref(), Some("st&te"));
    parameter(&led, "code").unwrap()
}

async fn redeem(provider: &IdentityProvider, code: &str, verifier: &str, redirect_uri: &str) -> (u16, Value) {
    let url = metadata(provider).await["token_endpoint"]
        .as_str()
        .unwrap()
        .to_owned();
    let (id, secret) = provider.client();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
        ("client_id", id),
        ("client_secret", secret),
    ];
    let response = client().post(url).form(&form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn verified(provider: &IdentityProvider, token: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let url = metadata(provider).await["jwks_uri"].as_str().unwrap().to_owned();
    let keys: jsonwebtoken::jwk::JwkSet = client().get(url).send().await.unwrap().json().await.unwrap();
    let header = jsonwebtoken::decode_header(token)?;
    let Some(key) = header.kid.and_then(|kid| keys.find(&kid).cloned()) else {
        return Err(jsonwebtoken::errors::ErrorKind::InvalidKeyFormat.into());
    };
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&[provider.client().0]);
    rules.set_issuer(&[provider.issuer()]);
    // The stand-in's time stands still.
    rules.validate_exp = false;
    let key = jsonwebtoken::DecodingKey::from_jwk(&key)?;
    Ok(jsonwebtoken::decode::<Value>(token, &key, &rules)?.claims)
}

#[tokio::test]
async fn a_code_is_good_once_with_its_verifier_and_redirect_uri() {
    let provider = provider().await;
    let user = provider.users()[3].clone();
    let fresh = code(&provider, &user.id).await;
    let (status, tokens) = redeem(&provider, &fresh, VERIFIER, REDIRECT_URI).await;
    assert_eq!(status, 200);
    let claims = verified(&provider, tokens["id_token"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(claims["oid"], json!(user.id));
    assert_eq!(claims["nonce"], "n0nce");
    assert!(
        claims["groups"]
            .as_array()
            .unwrap()
            .contains(&json!(ADMIN_AGENTS_GROUP))
    );

    let (status, refusal) = redeem(&provider, &fresh, VERIFIER, REDIRECT_URI).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_grant")));
    for (verifier, redirect_uri) in [
        ("another-verifier", REDIRECT_URI),
        ("", REDIRECT_URI),
        (VERIFIER, "http://127.0.0.1:9/"),
    ] {
        let fresh = code(&provider, &user.id).await;
        assert_eq!(redeem(&provider, &fresh, verifier, redirect_uri).await.0, 400);
        assert_eq!(
            redeem(&provider, &fresh, VERIFIER, REDIRECT_URI).await.0,
            400,
            "used up all the same"
        );
    }
}

#[tokio::test]
async fn a_request_without_pkce_state_or_a_registered_redirect_uri_is_refused() {
    let provider = provider().await;
    for lacking in ["code_challenge", "code_challenge_method", "nonce"] {
        let mut parameters = request(&provider);
        parameters.retain(|(key, _)| *key != lacking);
        let led = led_to(&authorize(&provider, &parameters).await);
        assert_eq!(
            parameter(&led, "error").as_deref(),
            Some("invalid_request"),
            "{lacking}"
        );
        assert_eq!(parameter(&led, "code"), None);
    }
    for (key, value) in [
        ("redirect_uri", format!("{REDIRECT_URI}/")),
        ("client_id", "other".into()),
    ] {
        let mut parameters = request(&provider);
        parameters.retain(|(name, _)| *name != key);
        parameters.push((key, value));
        let response = authorize(&provider, &parameters).await;
        assert_eq!(response.status(), 400);
        assert!(!response.headers().contains_key("Location"));
    }
}

#[tokio::test]
async fn the_sign_in_page_lists_the_users_and_its_buttons_decide() {
    let provider = provider().await;
    let page = authorize(&provider, &request(&provider)).await;
    let policy = page.headers()["Content-Security-Policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("form-action 'self' http://127.0.0.1:9;"),
        "{policy}"
    );
    let html = page.text().await.unwrap();
    for user in provider.users() {
        assert!(html.contains(&format!("value=\"{}\"", user.id)));
    }
    let id = |html: &str| {
        html.split_once("name=\"request\" value=\"")
            .unwrap()
            .1
            .split_once('"')
            .unwrap()
            .0
            .to_owned()
    };
    let decide = async |form: &[(&str, &str)]| {
        client()
            .post(format!("{}/authorize/decision", provider.issuer()))
            .form(form)
            .send()
            .await
            .unwrap()
    };
    let signed_in = decide(&[("request", &id(&html)), ("user", &provider.users()[0].id)]).await;
    assert!(parameter(&led_to(&signed_in), "code").is_some());
    assert_eq!(
        decide(&[("request", &id(&html)), ("user", &provider.users()[0].id)])
            .await
            .status(),
        400
    );

    let html = authorize(&provider, &request(&provider))
        .await
        .text()
        .await
        .unwrap();
    let cancelled = decide(&[("request", &id(&html)), ("cancel", "1")]).await;
    assert_eq!(
        parameter(&led_to(&cancelled), "error").as_deref(),
        Some("access_denied")
    );
}

#[tokio::test]
async fn forged_id_tokens_do_not_verify_and_rotated_keys_do() {
    let provider = provider().await;
    let user = provider.users()[0].id.clone();
    let id_token = async || {
        let fresh = code(&provider, &user).await;
        redeem(&provider, &fresh, VERIFIER, REDIRECT_URI).await.1["id_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for forgery in [
        JwtFault::ForeignKey,
        JwtFault::EmbeddedKey,
        JwtFault::UnknownKid,
        JwtFault::AlgNone,
        JwtFault::Hs256WithClientSecret,
        JwtFault::BadSignature,
        JwtFault::Set("iss".into(), "https://example.com".into()),
        JwtFault::Set("aud".into(), "other".into()),
    ] {
        provider.faults().next_id_token([forgery.clone()]);
        assert!(
            verified(&provider, &id_token().await).await.is_err(),
            "{forgery:?}"
        );
        assert!(
            verified(&provider, &id_token().await).await.is_ok(),
            "after {forgery:?}"
        );
    }
    provider.faults().next_id_token([
        JwtFault::Set("wids".into(), json!("text")),
        JwtFault::Without("sub".into()),
    ]);
    let claims = verified(&provider, &id_token().await).await.unwrap();
    assert_eq!((&claims["wids"], claims.get("sub")), (&json!("text"), None));
    provider.rotate_keys();
    assert!(verified(&provider, &id_token().await).await.is_ok());
}

#[tokio::test]
async fn a_user_with_too_many_groups_is_answered_for_by_graph() {
    let provider = provider().await;
    let fresh = code(&provider, &overage_user().id).await;
    let tokens = redeem(&provider, &fresh, VERIFIER, REDIRECT_URI).await.1;
    let claims = verified(&provider, tokens["id_token"].as_str().unwrap())
        .await
        .unwrap();
    assert!(claims.get("groups").is_none() && claims["_claim_names"]["groups"] == "src1");
    let url = format!("{}/v1.0/me/checkMemberGroups", provider.graph_url());
    let asked = json!({"groupIds": [ADMIN_AGENTS_GROUP, "00000000-0000-4000-8000-000000000000"]});
    let ask = |token: &str| client().post(&url).bearer_auth(token).json(&asked).send();
    let answer: Value = ask(tokens["access_token"].as_str().unwrap())
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["value"], json!([ADMIN_AGENTS_GROUP]));
    assert_eq!(ask("other").await.unwrap().status(), 401);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_tells_the_client_by_frame() {
    let provider = provider().await;
    provider.register_post_logout_redirect_uri("http://127.0.0.1:9/sign-in");
    provider.set_front_channel_logout_uri("http://127.0.0.1:9/sign-out/front-channel");
    code(&provider, &provider.users()[0].id).await;
    let (sid, _) = provider.sessions().pop().unwrap();
    let url = metadata(&provider).await["end_session_endpoint"]
        .as_str()
        .unwrap()
        .to_owned();
    let sign_out = async |cookie: &str, back: &str| {
        let request = client().get(&url).query(&[("post_logout_redirect_uri", back)]);
        request.header("Cookie", cookie).send().await.unwrap()
    };
    let cookie = format!("stand_in_provider_session={sid}");
    let page = sign_out(&cookie, "http://127.0.0.1:9/sign-in")
        .await
        .text()
        .await
        .unwrap();
    let frame = provider
        .front_channel_logout_url(&sid)
        .unwrap()
        .replace('&', "&amp;");
    assert!(page.contains(&frame) && page.contains("href=\"http://127.0.0.1:9/sign-in\""));
    assert!(provider.sessions().is_empty());
    assert_eq!(
        sign_out(&cookie, "http://127.0.0.1:9/sign-in").await.headers()["Location"],
        "http://127.0.0.1:9/sign-in"
    );
    assert_eq!(sign_out(&cookie, "http://example.com/").await.status(), 200);
}

#[tokio::test]
async fn the_providers_endpoints_can_be_disturbed_one_by_one() {
    let provider = provider().await;
    provider.faults().next(
        1,
        Endpoint::Discovery,
        HttpFault::Redirect("http://example.com/".into()),
    );
    let url = format!("{}/.well-known/openid-configuration", provider.issuer());
    assert_eq!(client().get(&url).send().await.unwrap().status(), 302);
    provider
        .faults()
        .set_metadata("issuer", json!("https://example.com"));
    assert_eq!(metadata(&provider).await["issuer"], "https://example.com");
    provider.faults().clear();
    assert_eq!(metadata(&provider).await["issuer"], provider.issuer());
}

#[tokio::test]
async fn an_application_gets_a_token_with_its_own_secret_for_this_api_alone() {
    let provider = provider().await;
    let [both, _] = provider.applications() else {
        panic!("two applications")
    };
    let api = format!("api://{}/.default", provider.client().0);
    let ask = async |id: &str, secret: &str, scope: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("scope", scope),
        ];
        let answer = client()
            .post(provider.token_endpoint())
            .form(&form)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (id, secret) = (&*both.client_id, &*both.client_secret);
    let (status, body) = ask(id, secret, &api).await;
    assert_eq!((status, body["access_token"].is_string()), (200, true), "{body}");
    for (id, secret, scope, status, error) in [
        ("nobody", secret, &*api, 400, "unauthorized_client"),
        (id, provider.client().1, &api, 401, "invalid_client"),
        (id, "", &api, 401, "invalid_client"),
        (
            id,
            secret,
            "https://graph.microsoft.com/.default",
            400,
            "invalid_scope",
        ),
        (id, secret, "", 400, "invalid_scope"),
    ] {
        let (got, body) = ask(id, secret, scope).await;
        assert_eq!((got, &body["error"]), (status, &json!(error)), "{body}");
    }
    // The client itself may ask, too.
    let (client_id, client_secret) = provider.client();
    assert_eq!(ask(client_id, client_secret, &api).await.0, 200);
}
