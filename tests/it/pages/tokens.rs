//! `/settings/tokens`: making and revoking the tokens with which programs read the API.

use http::StatusCode;
use partnerlog::store::{Right, token_hash};

use crate::support::dashboard::Dashboard;

#[tokio::test]
async fn a_token_is_shown_once_and_kept_as_a_hash() {
    let dashboard = Dashboard::new().await;
    let page = dashboard.get("/settings/tokens").await;
    assert_eq!(page.one(".empty-title"), "There is no token");
    let form = "name=Nightly+%3Cb%3E&read=1&customers=0C39D6D5-C70D-4C55-BC02-F620844F3FD1&days=30";
    let made = dashboard.post("/settings/tokens", form).await;
    assert_eq!(made.status, StatusCode::OK);
    let token = made.one(".token code");
    let kept = dashboard
        .state
        .tokens
        .api_token(&token_hash(&token).unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.rights, [Right::Read]);
    assert_eq!(kept.customers, ["0c39d6d5-c70d-4c55-bc02-f620844f3fd1"]);
    assert_eq!((kept.expires_at.unwrap() - kept.created_at).num_days(), 30);
    let page = dashboard.get("/settings/tokens").await;
    assert!(!page.text.contains(&token) && page.texts(".token").is_empty());
    assert_eq!(page.one(".tokens h3"), "Nightly <b>");
    assert_eq!(
        page.texts(".tokens p")[0],
        "read records · 1 customer · until 20 Dec 2026, 12:00"
    );
}

#[tokio::test]
async fn what_a_token_may_do_is_chosen_and_shown() {
    let dashboard = Dashboard::new().await;
    let page = dashboard.get("/settings/tokens").await;
    assert_eq!(
        page.attributes("input[type=checkbox]", "name"),
        ["read", "export"]
    );
    assert_eq!(page.attributes("input[checked]", "name"), ["read"]);
    dashboard
        .post("/settings/tokens", "name=Both&read=1&export=1&customers=&days=0")
        .await;
    dashboard
        .post("/settings/tokens", "name=One&export=1&customers=&days=0")
        .await;
    let kept = dashboard.state.tokens.api_tokens().await.unwrap();
    assert_eq!(kept[0].rights, [Right::Export]);
    assert_eq!(kept[1].rights, [Right::Read, Right::Export]);
    let page = dashboard.get("/settings/tokens").await;
    assert_eq!(
        (&*page.texts(".tokens p")[0], &*page.texts(".tokens p")[2]),
        (
            "export the log · all customers · without end",
            "read records, export the log · all customers · without end"
        )
    );
}

#[tokio::test]
async fn a_revoked_token_stands_among_the_past_ones() {
    let dashboard = Dashboard::new().await;
    dashboard
        .post("/settings/tokens", "name=One&export=1&customers=&days=0")
        .await;
    let answer = dashboard.post("/settings/tokens/revoke", "number=1").await;
    assert_eq!(answer.header("location"), "/settings/tokens?done=revoked");
    let page = dashboard.get("/settings/tokens?done=revoked&lang=ja").await;
    assert_eq!(
        page.one(".banner[role=status]"),
        "トークンを取り消しました。今後は使用できません。"
    );
    assert_eq!(page.one(".past-tokens h3"), "One");
    // Asking again changes nothing.
    assert_eq!(
        dashboard.post("/settings/tokens/revoke", "number=1").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        dashboard
            .post("/settings/tokens/revoke", "number=77")
            .await
            .status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn what_cannot_be_is_said_at_its_field_and_nothing_is_lost() {
    let dashboard = Dashboard::new().await;
    let form = "name=+&export=1&customers=relecloud&days=30";
    let page = dashboard.post("/settings/tokens", form).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.one("#name-error").starts_with("Type a name"));
    assert!(
        page.one("#customers-error")
            .starts_with("Something here is no customer ID")
    );
    assert_eq!(page.one("#customers"), "relecloud");
    assert_eq!(page.attributes("option[selected]", "value"), ["30"]);
    assert_eq!(page.attributes("input[checked]", "name"), ["export"]);
    let page = dashboard
        .post("/settings/tokens", "name=x&read=1&customers=&days=7")
        .await;
    assert_eq!(page.texts(".field-error").len(), 1);
    let page = dashboard
        .post("/settings/tokens", "name=x&customers=&days=30")
        .await;
    assert_eq!(
        page.one("#rights-error"),
        "Choose what the token lets a program do."
    );
    assert!(dashboard.state.tokens.api_tokens().await.unwrap().is_empty());
}

#[tokio::test]
async fn only_managers_make_tokens() {
    let mut dashboard = Dashboard::new().await;
    dashboard.role = Some("helpdesk_agent");
    let form = "name=x&read=1&customers=&days=30";
    for answer in [
        dashboard.get("/settings/tokens").await,
        dashboard.post("/settings/tokens", form).await,
        dashboard.post("/settings/tokens/revoke", "number=1").await,
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    assert!(dashboard.state.tokens.api_tokens().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_reference_shows_what_the_document_says() {
    let dashboard = Dashboard::new().await;
    let page = dashboard.get("/help/api").await;
    assert_eq!(
        page.texts(".address"),
        [
            "GET /v1/auditrecords",
            "GET /v1/auditrecords/{id}",
            "GET /auditactivity/v1/auditrecords",
            "GET /auditactivity/v1/auditrecords/{id}",
            "GET /activity/export",
            "GET /api/openapi.json"
        ]
    );
    let curl = &page.texts(".curl")[0];
    assert!(curl.contains("--data-urlencode 'startDate=2024-01-01'"), "{curl}");
    for (selector, expected) in [
        ("td.lead", "operationStatus"),
        (".answer .status", "429"),
        (".answer pre", "800001"),
        (".answer code", "Retry-After"),
        (".values", "1–5000 · 500 if left out"),
        (".values", "equals substring"),
    ] {
        assert!(
            page.texts(selector).iter().any(|text| text.contains(expected)),
            "{expected}: {:?}",
            page.texts(selector)
        );
    }
    assert_eq!(page.attributes(".prose + p a", "href"), ["/api/openapi.json"]);
    assert!(
        !page.text.contains("api-"),
        "a key stands where words are missing"
    );
    let page = dashboard.get("/help/api?lang=ja").await;
    assert_eq!(page.one("h2#listRecords"), "期間内のレコード");
    // The page of tokens leads there.
    let page = dashboard.get("/settings/tokens").await;
    assert!(
        page.attributes("a", "href")
            .iter()
            .any(|href| href == "/help/api")
    );
}
