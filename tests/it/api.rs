//! The REST API: what Partner Center's clients ask for, over real HTTP and a real SQLite file.

mod applications;
mod conditions;
mod document;
mod documented;

use crate::support::archive;
use std::{num::NonZeroU32, sync::Arc};

use axum::{Json, Router, routing::post};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use http::StatusCode;
use partnerlog::{
    api::{ApiState, Programs, RateLimits, router},
    clock::Clock,
    config, http_client,
    identity::Entra,
    server::Limits,
    simulator::identity_provider::{IdentityProvider, IdpOptions},
    store::{
        ApiTokens as _, Batch, NewApiToken, Right, Source, Store as _, new_token_text, sql::SqlStore,
        token_hash,
    },
};
use serde_json::{Value, json};

use crate::{
    partner_center::client,
    raw_http::{PATIENCE, Running, start},
    records::{PARTNER, RELECLOUD, Record, incoming, record},
};

const FABRIKAM: &str = "5d1c9f0e-0000-4000-8000-0000000000aa";

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
}

/// The API over an archive of its own, at a moment that stands still until it is set.
struct Api {
    store: SqlStore,
    clock: Clock,
    provider: IdentityProvider,
    server: Running,
    token: String,
    _folder: tempfile::TempDir,
}

struct Got {
    status: StatusCode,
    headers: http::HeaderMap,
    text: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The ids of the items.
    fn ids(&self) -> Vec<String> {
        let json = self.json();
        let items = json["items"]
            .as_array()
            .unwrap_or_else(|| panic!("no items: {json}"));
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Api {
    async fn with(records: &[Record]) -> Self {
        Self::limited(records, RateLimits::default()).await
    }

    async fn limited(records: &[Record], limits: RateLimits) -> Self {
        Self::beside(records, limits, |_| ()).await
    }

    /// Beside an identity provider that is set up differently.
    async fn beside(records: &[Record], limits: RateLimits, change: impl FnOnce(&mut IdpOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = archive::open(&folder.path().join("archive.db")).await.unwrap();
        let account = store.account(PARTNER, "Contoso Japan").await.unwrap();
        let batch = Batch {
            account,
            source: Source::Collected,
            archived_at: now(),
            records: records.iter().map(|record| incoming(&record.json())).collect(),
        };
        store.append(batch).await.unwrap();
        let clock = Clock::fixed(now());
        let mut options = IdpOptions::new(clock.clone());
        change(&mut options);
        let provider = IdentityProvider::start(options).await.unwrap();
        let entra = Entra::new(&sign_in(&provider), "https://log.contoso.com", clock.clone());
        let state = ApiState {
            store: Arc::new(store.clone()),
            programs: Programs::new(Arc::new(store.clone()), Arc::new(entra), limits, clock.clone()),
            clock: clock.clone(),
        };
        let token = token(&store, |token| token).await;
        // What a client of Partner Center asks for a token, too.
        let access = token.clone();
        let authority = Router::new().route(
            "/tenant/oauth2/v2.0/token",
            post(async move || {
                Json(json!({"access_token": access, "token_type": "Bearer", "expires_in": 3599}))
            }),
        );
        let server = start(router(state).merge(authority), Limits::default());
        Self {
            store,
            clock,
            provider,
            server,
            token,
            _folder: folder,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    async fn get(&self, path: &str) -> Got {
        self.get_as(Some(&self.token), path, &[]).await
    }

    async fn get_as(&self, token: Option<&str>, path: &str, headers: &[(&str, &str)]) -> Got {
        let mut request = http_client::new(PATIENCE).get(format!("{}{path}", self.url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        Got {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }
}

fn sign_in(provider: &IdentityProvider) -> config::SignIn {
    config::SignIn {
        issuer: provider.issuer().to_owned(),
        client_id: provider.client().0.to_owned(),
        client_secret: None,
        session_idle: PATIENCE,
        session_lifetime: PATIENCE,
        graph_url: None,
        roles: config::Roles::default(),
    }
}

/// Another token, made different.
async fn token(store: &SqlStore, change: impl FnOnce(NewApiToken) -> NewApiToken) -> String {
    let text = new_token_text();
    let token = NewApiToken {
        hash: token_hash(&text).unwrap(),
        name: "a test".to_owned(),
        rights: vec![Right::Read],
        customers: Vec::new(),
        created_at: now(),
        created_by: "a test".to_owned(),
        expires_at: None,
    };
    store.add_token(&change(token)).await.unwrap();
    text
}

fn numbered(n: usize) -> Record {
    record().id(&format!("api-record-{n:04}")).on(&format!(
        "2026-11-10T09:{:02}:{:02}.0000001Z",
        n / 60,
        n % 60
    ))
}

/// Some of two customers, by several people, long ago and lately.
fn records() -> Vec<Record> {
    vec![
        record()
            .id("api-old-0001")
            .on("2017-06-01")
            .action("create_order")
            .with("resourceType", "order"),
        record().id("api-relecloud-0002").on("2026-11-01"),
        record()
            .id("api-fabrikam-0003")
            .customer(FABRIKAM, "Fabrikam & Söhne")
            .on("2026-11-02")
            .user("taro@partner.example")
            .action("create_customer_user")
            .with("resourceType", "customer_user"),
        record()
            .id("api-failed-0004")
            .on("2026-11-03")
            .status("failed")
            .with("futureField", json!({"a": [1.50]})),
    ]
}

fn filtered(field: &str, value: &str, operator: &str) -> String {
    let filter = json!({"Field": field, "Value": value, "Operator": operator}).to_string();
    let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    format!("/v1/auditrecords?startDate=2016-01-01&filter={filter}")
}

#[tokio::test]
async fn a_collection_has_partner_centers_shape_and_its_records_are_verbatim() {
    let api = Api::with(&records()).await;
    let got = api
        .get("/v1/auditrecords?startDate=11/01/2026%2000:00:00&endDate=2026-11-03")
        .await;
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(got.headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(
        got.ids(),
        ["api-failed-0004", "api-fabrikam-0003", "api-relecloud-0002"]
    );
    let json = got.json();
    assert_eq!(json["totalCount"], 3);
    assert_eq!(json["attributes"], json!({"objectType": "Collection"}));
    assert_eq!(
        json["links"],
        json!({"self": {
            "uri": "/auditrecords?startDate=2026-11-01&endDate=2026-11-03&size=500", "method": "GET", "headers": [],
        }})
    );
    // Members and notations that nobody knows stay as they are.
    for record in &records()[1..] {
        assert!(got.text.contains(&record.json()), "{}", record.json());
    }
    let documented: Value = serde_json::from_str(include_str!(
        "../fixtures/documented/auditrecords-one-day-2020.json"
    ))
    .unwrap();
    let names = |json: &Value| {
        json.as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(&json), names(&documented));
}

#[tokio::test]
async fn there_is_no_limit_of_ninety_or_thirty_days_and_without_dates_it_is_thirty() {
    let api = Api::with(&records()).await;
    assert_eq!(
        api.get("/v1/auditrecords?startDate=2016-01-01").await.ids().len(),
        4
    );
    assert_eq!(
        api.get("/v1/auditrecords?startDate=6/1/2017%2012:00:00%20AM&endDate=2017-06-01")
            .await
            .ids(),
        ["api-old-0001"]
    );
    assert_eq!(api.get("/v1/auditrecords").await.ids().len(), 3);
    assert_eq!(api.get("/v1//auditrecords").await.ids().len(), 3);
    let flat = "/auditactivity/v1/auditrecords?auditRequest.startDate=2026-11-02&auditRequest.size=1";
    assert_eq!(api.get(flat).await.ids(), ["api-failed-0004"]);
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let api = Api::with(&records()).await;
    for (field, value, operator, expected) in [
        ("CompanyName", "SÖHNE", "substring", &["api-fabrikam-0003"][..]),
        ("CompanyName", "nobody", "substring", &[]),
        ("CustomerId", FABRIKAM, "equals", &["api-fabrikam-0003"]),
        // Not a name's part.
        ("CustomerId", "Fabrikam", "equals", &[]),
        ("ResourceType", "CustomerUser", "equals", &["api-fabrikam-0003"]),
        ("ResourceType", "customer_user", "equals", &["api-fabrikam-0003"]),
        ("ResourceType", "user", "equals", &[]),
        (
            "UserPrincipalName",
            "TARO@partner.example",
            "equals",
            &["api-fabrikam-0003"],
        ),
        ("UserPrincipalName", "taro", "equals", &[]),
        ("UserPrincipalName", "taro", "substring", &["api-fabrikam-0003"]),
        ("OperationType", "CreateOrder", "equals", &["api-old-0001"]),
        (
            "OperationType",
            "create",
            "substring",
            &["api-fabrikam-0003", "api-old-0001"],
        ),
        ("OperationStatus", "failed", "equals", &["api-failed-0004"]),
        ("OperationStatus", "*", "substring", &[]),
    ] {
        let got = api.get(&filtered(field, value, operator)).await;
        assert_eq!(got.ids(), *expected, "{field} {value} {operator}");
    }
}

#[tokio::test]
async fn whoever_follows_the_links_has_every_record_once() {
    let all: Vec<_> = (0..57).map(numbered).collect();
    let api = Api::with(&all).await;
    let (mut path, mut headers, mut found) = (
        "/auditrecords?startDate=2026-11-10&endDate=2026-11-10&size=10".to_owned(),
        Vec::new(),
        Vec::new(),
    );
    for page in 0.. {
        assert!(page < 10, "the links lead round in circles");
        let sent: Vec<_> = headers
            .iter()
            .map(|(k, v): &(String, String)| (&**k, &**v))
            .collect();
        let got = api.get_as(Some(&api.token), &format!("/v1{path}"), &sent).await;
        found.extend(got.ids());
        let json = got.json();
        let next = &json["links"]["next"];
        if next.is_null() {
            assert_eq!(json.get("continuationToken"), None);
            break;
        }
        path = next["uri"].as_str().unwrap().to_owned();
        assert!(path.ends_with("&seekOperation=Next"), "{path}");
        headers = next["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| {
                (
                    header["key"].as_str().unwrap().to_owned(),
                    header["value"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        assert_eq!(headers[0].0, "MS-ContinuationToken");
        assert_eq!(json["continuationToken"], *headers[0].1);
    }
    let expected: Vec<_> = (0..57).rev().map(|n| format!("api-record-{n:04}")).collect();
    assert_eq!(found, expected);
    // Java puts the token into the address; another request's is refused, and so is none.
    let (_, token) = &headers[0];
    let mine = "startDate=2026-11-10&endDate=2026-11-10&size=10&seekOperation=Next";
    let got = api
        .get(&format!("/v1/auditrecords?{mine}&MS-ContinuationToken={token}"))
        .await;
    assert_eq!(got.ids().len(), 7);
    for path in [
        format!("/v1/auditrecords?{mine}"),
        format!(
            "/v1/auditrecords?startDate=2026-11-09&size=10&seekOperation=Next&MS-ContinuationToken={token}"
        ),
        format!("/v1/auditrecords?{mine}&MS-ContinuationToken=AQAAAA=="),
    ] {
        let got = api.get(&path).await;
        assert_eq!(
            (got.status, &got.json()["code"]),
            (StatusCode::BAD_REQUEST, &json!("3000")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_client_of_partner_center_reads_a_day_from_here() {
    let all: Vec<_> = (0..25).map(numbered).collect();
    let api = Api::with(&all).await;
    let client = client(&api.url());
    let mut pages = client.day_in_pages_of("2026-11-10".parse().unwrap(), 10);
    let mut found: Vec<String> = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        found.extend(page.records.iter().map(|record| record.get().to_owned()));
    }
    let expected: Vec<_> = all.iter().rev().map(Record::json).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn one_record_is_answered_or_null() {
    let api = Api::with(&records()).await;
    for path in ["/auditactivity/v1/auditrecords/", "/v1/auditrecords/"] {
        assert_eq!(
            api.get(&format!("{path}api-failed-0004")).await.text,
            records()[3].json()
        );
        let got = api.get(&format!("{path}no-such-record-anywhere")).await;
        assert_eq!((got.status, &*got.text), (StatusCode::OK, "null"));
        let got = api.get(&format!("{path}%00%ff")).await;
        assert_eq!(got.text, r#"{"message":"The request is invalid."}"#);
        assert_eq!(got.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_documented_shapes() {
    let api = Api::with(&records()).await;
    for path in ["startDate=2018-07-204", "startDate=soon", "size=many"] {
        let got = api.get(&format!("/v1/auditrecords?{path}")).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(got.text, r#"{"message":"The request is invalid."}"#, "{path}");
    }
    for (path, parameter) in [
        ("size=0", "size"),
        ("size=5001", "size"),
        ("filter=x", "filter"),
        ("startDate=2026-11-02&endDate=2026-11-01", "endDate"),
    ] {
        let got = api.get(&format!("/v1/auditrecords?{path}")).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{path}");
        let json = got.json();
        assert_eq!(json["data"], json!([parameter]), "{path}");
        let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "data", "description", "source"]);
    }
    let got = http_client::new(PATIENCE)
        .post(format!("{}/v1/auditrecords", api.url()))
        .bearer_auth(&api.token)
        .send()
        .await
        .unwrap();
    assert_eq!(got.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(got.headers()["allow"], "GET,HEAD");
}

#[tokio::test]
async fn only_a_good_token_with_the_right_is_let_in() {
    let api = Api::with(&records()).await;
    let path = "/v1/auditrecords?startDate=2016-01-01";
    let status = async |token: Option<&str>| api.get_as(token, path, &[]).await;
    let refused = status(None).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (StatusCode::UNAUTHORIZED, &json!("800001"))
    );
    assert_eq!(refused.headers["www-authenticate"], "Bearer");
    for bad in ["", "x", "plog_", &new_token_text(), &api.token[..47]] {
        assert_eq!(status(Some(bad)).await.status, StatusCode::UNAUTHORIZED, "{bad}");
    }
    let powerless = token(&api.store, |token| NewApiToken {
        rights: Vec::new(),
        ..token
    })
    .await;
    assert_eq!(status(Some(&powerless)).await.status, StatusCode::FORBIDDEN);
    let ending = token(&api.store, |token| NewApiToken {
        expires_at: Some(now() + TimeDelta::hours(1)),
        ..token
    })
    .await;
    assert_eq!(status(Some(&ending)).await.status, StatusCode::OK);
    api.clock.set(now() + TimeDelta::hours(1));
    assert_eq!(status(Some(&ending)).await.status, StatusCode::UNAUTHORIZED);
    // Revoking acts at once.
    assert_eq!(status(Some(&api.token)).await.status, StatusCode::OK);
    let known = api
        .store
        .api_token(&token_hash(&api.token).unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.used_at, Some(now() + TimeDelta::hours(1)));
    assert!(
        api.store
            .revoke_token(known.number, now(), "somebody")
            .await
            .unwrap()
    );
    assert!(
        !api.store
            .revoke_token(known.number, now(), "somebody")
            .await
            .unwrap()
    );
    assert_eq!(status(Some(&api.token)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_for_some_customers_sees_no_other() {
    let mut all = records();
    // Somebody calls their company like the other one's id.
    all.push(
        record()
            .id("api-named-alike-0005")
            .customer(
                "5d1c9f0e-0000-4000-8000-0000000000bb",
                &format!("Copy of {FABRIKAM}"),
            )
            .on("2026-11-04"),
    );
    let api = Api::with(&all).await;
    let of_all = api.get(&filtered("CustomerId", FABRIKAM, "equals")).await;
    assert_eq!(of_all.ids(), ["api-fabrikam-0003"]);
    let narrow = token(&api.store, |token| NewApiToken {
        customers: vec![FABRIKAM.to_uppercase()],
        ..token
    })
    .await;
    let ids = async |path: &str| api.get_as(Some(&narrow), path, &[]).await.ids();
    assert_eq!(
        ids("/v1/auditrecords?startDate=2016-01-01").await,
        ["api-fabrikam-0003"]
    );
    assert_eq!(ids(&filtered("CustomerId", RELECLOUD, "equals")).await, [""; 0]);
    assert_eq!(
        ids(&filtered("CustomerId", FABRIKAM, "equals")).await,
        ["api-fabrikam-0003"]
    );
    assert_eq!(
        ids(&filtered("CompanyName", "relecloud", "substring")).await,
        [""; 0]
    );
    assert_eq!(
        ids(&filtered("CompanyName", "sohne", "substring")).await,
        ["api-fabrikam-0003"]
    );
    assert_eq!(
        ids(&filtered("OperationStatus", "failed", "equals")).await,
        [""; 0]
    );
    let one = async |id: &str| {
        let path = format!("/auditactivity/v1/auditrecords/{id}");
        api.get_as(Some(&narrow), &path, &[]).await.text
    };
    assert_eq!(one("api-failed-0004").await, "null");
    assert!(one("api-fabrikam-0003").await.contains("Fabrikam"));
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let two = NonZeroU32::new(2).unwrap();
    let api = Api::limited(&records(), RateLimits::per_minute(two)).await;
    for _ in 0..2 {
        assert_eq!(api.get("/v1/auditrecords").await.status, StatusCode::OK);
    }
    let got = api.get("/v1/auditrecords").await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = got.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
    assert_eq!(
        got.json(),
        json!({"statusCode": 429, "message": format!("Rate limit is exceeded. Try again in {seconds} seconds.")})
    );
    // Others are not held up.
    let other = token(&api.store, |token| token).await;
    let got = api.get_as(Some(&other), "/v1/auditrecords", &[]).await;
    assert_eq!(got.status, StatusCode::OK);
}

#[tokio::test]
async fn calls_are_told_apart_by_their_own_ids() {
    let api = Api::with(&records()).await;
    let id = "127facaa-e389-41f8-8bb7-1d1af99db893";
    let got = api
        .get_as(
            Some(&api.token),
            "/v1/auditrecords",
            &[("MS-RequestId", id), ("MS-CorrelationId", "<script>")],
        )
        .await;
    assert_eq!(got.headers["ms-requestid"], id);
    let made = got.headers["ms-correlationid"].to_str().unwrap();
    assert!(uuid::Uuid::try_parse(made).is_ok(), "{made}");
    assert_eq!(got.headers["cache-control"], "private, no-cache");
    let refused = api.get_as(None, "/v1/auditrecords", &[]).await;
    assert_eq!(refused.headers["cache-control"], "no-store");
}
