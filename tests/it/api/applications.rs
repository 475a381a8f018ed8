//! Applications that come with access tokens of Entra's, which a stand-in provider issues over real HTTP.

use axum::{extract::State, routing::get};
use http::HeaderMap;
use partnerlog::{
    api::Fault,
    simulator::{
        faults::HttpFault,
        identity_provider::{Application, Endpoint, JwtFault},
    },
};

use super::*;

const PATH: &str = "/v1/auditrecords?startDate=2016-01-01";
const OTHER_TENANT: &str = "0a1b2c3d-0000-4000-8000-0000000000fe";

impl Api {
    /// What the provider gives an application that has this secret.
    async fn access_token_of(&self, application: &Application) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &application.client_id),
            ("client_secret", &application.client_secret),
            ("scope", &format!("api://{}/.default", self.provider.client().0)),
        ];
        let answer = http_client::new(PATIENCE)
            .post(self.provider.token_endpoint())
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value = answer.json().await.unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn access_token(&self) -> String {
        self.access_token_of(&self.provider.applications()[0]).await
    }

    /// A token that is wrong in these ways.
    async fn wrong(&self, faults: impl IntoIterator<Item = JwtFault>) -> String {
        self.provider.faults().next_access_token(faults);
        self.access_token().await
    }

    async fn refused(&self, token: &str, why: &str) {
        let got = self.get_as(Some(token), PATH, &[]).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{why}: {}", got.text);
        assert_eq!(
            got.headers["www-authenticate"], "Bearer error=\"invalid_token\"",
            "{why}"
        );
        let json = got.json();
        assert_eq!(
            (&json["code"], &json["source"]),
            (&json!("400"), &json!("PartnerCenter")),
            "{why}"
        );
    }
}

fn set(claim: &str, value: impl Into<Value>) -> JwtFault {
    JwtFault::Set(claim.to_owned(), value.into())
}

fn without(claim: &str) -> JwtFault {
    JwtFault::Without(claim.to_owned())
}

#[tokio::test]
async fn an_application_reads_with_a_token_of_either_version() {
    for has_v1_access_tokens in [false, true] {
        let api = Api::beside(&records(), RateLimits::default(), |options| {
            options.has_v1_access_tokens = has_v1_access_tokens;
        })
        .await;
        let got = api.get_as(Some(&api.access_token().await), PATH, &[]).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.text);
        assert_eq!(got.ids().len(), 4);
        // The keys are kept: a second one asks the provider for nothing.
        let asked = api.provider.requests().len();
        let token = api.access_token().await;
        api.get_as(Some(&token), PATH, &[]).await;
        assert_eq!(api.provider.requests().len(), asked + 1);
    }
}

#[tokio::test]
async fn whatever_is_no_good_token_of_an_application_for_us_is_refused() {
    let api = Api::with(&records()).await;
    let other_issuer = format!("https://sts.windows.net/{OTHER_TENANT}/");
    let wrong: Vec<(&str, Vec<JwtFault>)> = vec![
        ("another key", vec![JwtFault::ForeignKey]),
        ("a key in the header", vec![JwtFault::EmbeddedKey]),
        ("an unknown kid", vec![JwtFault::UnknownKid]),
        ("no algorithm", vec![JwtFault::AlgNone]),
        ("an HMAC with the secret", vec![JwtFault::Hs256WithClientSecret]),
        ("another signature", vec![JwtFault::BadSignature]),
        ("expired", vec![JwtFault::Expired]),
        ("not yet valid", vec![JwtFault::NotYetValid]),
        (
            "another audience",
            vec![set("aud", "00000003-0000-0000-c000-000000000000")],
        ),
        (
            "another tenant",
            vec![set("tid", OTHER_TENANT), set("iss", other_issuer)],
        ),
        ("another tenant's id", vec![set("tid", OTHER_TENANT)]),
        (
            "on behalf of a person",
            vec![set("scp", "user_impersonation"), without("roles")],
        ),
        (
            "on behalf of a person with a role",
            vec![set("scp", "user_impersonation")],
        ),
        ("of a person", vec![set("sub", "pairwise")]),
        ("of no application", vec![without("azp")]),
        // Same issuer, same audience, same keys.
        (
            "an ID token",
            vec![
                set("nonce", "n"),
                set("preferred_username", "ann@contoso.example"),
            ],
        ),
    ];
    for (why, faults) in wrong {
        api.refused(&api.wrong(faults).await, why).await;
    }
    assert!(api.provider.faults().all_struck());
    // What is right is right still.
    let got = api.get_as(Some(&api.access_token().await), PATH, &[]).await;
    assert_eq!(got.status, StatusCode::OK);
    for odd in ["x.y.z", "e30.e30.e30", "eyJhbGciOiJSUzI1NiJ9.e30.", "..", "null"] {
        api.refused(odd, odd).await;
    }
}

#[tokio::test]
async fn rights_are_the_app_roles_and_nothing_else() {
    let api = Api::with(&records()).await;
    for claims in [
        vec![without("roles")],
        vec![set("roles", json!([]))],
        vec![set(
            "roles",
            json!(["auditrecord.read.all", "AuditRecord.Export.All"]),
        )],
        vec![set("roles", "AuditRecord.Read.All")],
        vec![without("roles"), set("wids", json!(["AuditRecord.Read.All"]))],
    ] {
        let got = api
            .get_as(Some(&api.wrong(claims.clone()).await), PATH, &[])
            .await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{claims:?}: {}", got.text);
        assert_eq!(
            got.headers["www-authenticate"],
            "Bearer error=\"insufficient_scope\""
        );
        assert_eq!(got.json()["code"], "2032");
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_and_a_withdrawn_one_is_forgotten() {
    let api = Api::with(&records()).await;
    let before = api.access_token().await;
    assert_eq!(api.get_as(Some(&before), PATH, &[]).await.status, StatusCode::OK);
    api.provider.rotate_keys();
    let after = api.access_token().await;
    assert_eq!(api.get_as(Some(&after), PATH, &[]).await.status, StatusCode::OK);
    api.refused(&before, "a withdrawn key").await;
}

#[tokio::test]
async fn while_the_provider_does_not_answer_nobody_is_let_in_or_called_a_liar() {
    let api = Api::with(&records()).await;
    let token = api.access_token().await;
    let faults = api.provider.faults();
    faults.always(Endpoint::Keys, HttpFault::Status(502));
    let got = api.get_as(Some(&token), PATH, &[]).await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE, "{}", got.text);
    assert_eq!(got.headers["retry-after"], "10");
    assert_eq!(got.json()["code"], "900192");
    // Tokens of ours need no provider.
    assert_eq!(api.get(PATH).await.status, StatusCode::OK);
    faults.clear();
    api.clock.set(now() + TimeDelta::seconds(3));
    assert_eq!(api.get_as(Some(&token), PATH, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_application_is_counted_whatever_tokens_it_has() {
    let two = NonZeroU32::new(2).unwrap();
    let api = Api::limited(&records(), RateLimits::per_minute(two)).await;
    for _ in 0..2 {
        let token = api.access_token().await;
        assert_eq!(api.get_as(Some(&token), PATH, &[]).await.status, StatusCode::OK);
    }
    let token = api.access_token().await;
    let got = api.get_as(Some(&token), PATH, &[]).await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    let other = api.access_token_of(&api.provider.applications()[1]).await;
    assert_eq!(api.get_as(Some(&other), PATH, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_handler_demands_the_right_to_export() {
    let api = Api::with(&records()).await;
    let entra = Entra::new(
        &sign_in(&api.provider),
        "https://log.contoso.com",
        api.clock.clone(),
    );
    let programs = Programs::new(
        Arc::new(api.store.clone()),
        Arc::new(entra),
        RateLimits::default(),
        api.clock.clone(),
    );
    let show = async |State(programs): State<Programs>, headers: HeaderMap| {
        let program = programs.admit(&headers, Right::Export).await?;
        Ok::<_, Fault>(format!("{} {:?}", program.name, program.customers))
    };
    let routes = Router::new().route("/export", get(show)).with_state(programs);
    let server = start(routes, Limits::default());
    let get = async |token: &str| {
        let answer = http_client::new(PATIENCE)
            .get(format!("http://{}/export", server.address))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(get(&api.token).await.0, StatusCode::FORBIDDEN);
    let exporting = token(&api.store, |token| NewApiToken {
        rights: vec![Right::Export],
        customers: vec![FABRIKAM.to_uppercase()],
        ..token
    })
    .await;
    assert_eq!(
        get(&exporting).await,
        (StatusCode::OK, format!("token 2 [\"{FABRIKAM}\"]"))
    );
    // That one may export and does not read.
    let read = api.get_as(Some(&exporting), PATH, &[]).await;
    assert_eq!(read.status, StatusCode::FORBIDDEN);
    let [both, reader] = api.provider.applications() else {
        panic!("two applications")
    };
    assert_eq!(
        get(&api.access_token_of(both).await).await,
        (StatusCode::OK, format!("application {} []", both.client_id))
    );
    assert_eq!(
        get(&api.access_token_of(reader).await).await.0,
        StatusCode::FORBIDDEN
    );
}
