//! Conditional requests: what has not changed is not sent again, and nobody is told so who could not have had it.

use super::*;
use crate::support::archive;
use crate::support::program::Program;

const DAYS: &str = "/v1/auditrecords?startDate=2016-01-01&endDate=2026-11-19";

impl Api {
    async fn archive(&self, records: &[Record]) {
        let account = self.store.account(PARTNER, "Contoso Japan").await.unwrap();
        let batch = Batch {
            account,
            source: Source::Collected,
            archived_at: now(),
            records: records.iter().map(|record| incoming(&record.json())).collect(),
        };
        self.store.append(batch).await.unwrap();
    }

    async fn tag(&self, path: &str) -> String {
        let got = self.get(path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}");
        assert_eq!(got.headers["cache-control"], "private, no-cache");
        got.headers["etag"].to_str().unwrap().to_owned()
    }

    async fn again(&self, token: &str, path: &str, tag: &str) -> Got {
        self.get_as(Some(token), path, &[("If-None-Match", tag)]).await
    }
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() {
    let api = Api::with(&records()).await;
    for path in [
        DAYS,
        "/v1/auditrecords",
        "/auditactivity/v1/auditrecords/api-failed-0004",
        "/v1/auditrecords/no-such-record",
    ] {
        let tag = api.tag(path).await;
        let got = api.again(&api.token, path, &tag).await;
        assert_eq!((got.status, &*got.text), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!(got.headers["etag"], tag);
        assert_eq!(got.headers["cache-control"], "private, no-cache");
        let vary: Vec<_> = got.headers.get_all("vary").iter().collect();
        assert_eq!(vary, ["authorization", "MS-ContinuationToken"], "{path}");
        assert_eq!(got.headers.get("content-type"), None);
        assert!(got.headers.contains_key("ms-requestid"));
    }
}

#[tokio::test]
async fn another_request_or_program_has_another_answer() {
    let all: Vec<_> = (0..5).map(numbered).chain(records()).collect();
    let api = Api::with(&all).await;
    let tag = api.tag(DAYS).await;
    let narrow = token(&api.store, |token| NewApiToken {
        customers: vec![FABRIKAM.to_owned()],
        ..token
    })
    .await;
    let like = token(&api.store, |token| token).await;
    assert_eq!(api.again(&narrow, DAYS, &tag).await.ids(), ["api-fabrikam-0003"]);
    // Whoever may see the same has the same answer.
    assert_eq!(
        api.again(&like, DAYS, &tag).await.status,
        StatusCode::NOT_MODIFIED
    );
    for path in [
        format!("{DAYS}&size=7"),
        "/v1/auditrecords?startDate=2016-01-02&endDate=2026-11-19".to_owned(),
        filtered("OperationStatus", "failed", "equals"),
        "/v1/auditrecords/api-failed-0004".to_owned(),
    ] {
        assert_eq!(
            api.again(&api.token, &path, &tag).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    // A later page lies at the same address, where its place stands in a header.
    let first = api.get("/v1/auditrecords?size=2&seekOperation=").await;
    let place = first.json()["continuationToken"].as_str().unwrap().to_owned();
    let sent = [
        ("MS-ContinuationToken", &*place),
        ("If-None-Match", first.headers["etag"].to_str().unwrap()),
    ];
    let second = api
        .get_as(Some(&api.token), "/v1/auditrecords?size=2", &sent)
        .await;
    assert_eq!(second.status, StatusCode::OK);
    // And nobody without a good token is told anything.
    let got = api.again(&new_token_text(), DAYS, &tag).await;
    assert_eq!(got.status, StatusCode::UNAUTHORIZED);
    assert_eq!(got.headers.get("etag"), None);
}

#[tokio::test]
async fn only_records_make_another_answer() {
    let api = Api::with(&records()).await;
    let tag = api.tag(DAYS).await;
    let known = async |tag: &str| {
        let got = api.again(&api.token, DAYS, tag).await;
        got.status == StatusCode::NOT_MODIFIED
    };
    // What is written beside them is nothing: the use of a token, another token, the same records again.
    api.clock.set(now() + TimeDelta::minutes(5));
    assert!(known(&tag).await);
    token(&api.store, |token| token).await;
    api.archive(&records()).await;
    assert!(known(&tag).await);
    api.archive(&[numbered(1)]).await;
    assert!(!known(&tag).await);
    let tag = api.tag(DAYS).await;
    assert!(known(&tag).await);
    // A record that says something else now.
    api.archive(&[numbered(1).status("failed")]).await;
    assert!(!known(&tag).await);
}

#[tokio::test]
async fn without_an_end_an_answer_is_of_its_day() {
    let api = Api::with(&records()).await;
    let (open, closed) = (api.tag("/v1/auditrecords").await, api.tag(DAYS).await);
    api.clock.set(now() + TimeDelta::days(1));
    let status = async |path: &str, tag: &str| api.again(&api.token, path, tag).await.status;
    assert_eq!(status("/v1/auditrecords", &open).await, StatusCode::OK);
    assert_eq!(status(DAYS, &closed).await, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_head_says_what_a_get_would() {
    let api = Api::with(&records()).await;
    let got = api.get(DAYS).await;
    let head = http_client::new(PATIENCE)
        .head(format!("{}{DAYS}", api.url()))
        .bearer_auth(&api.token)
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    for name in ["etag", "content-type", "content-length", "cache-control"] {
        assert_eq!(head.headers()[name], got.headers[name], "{name}");
    }
    assert_eq!(
        got.headers["content-length"].to_str().unwrap(),
        got.text.len().to_string()
    );
    assert_eq!(head.text().await.unwrap(), "");
}

/// Through everything that surrounds the API in the program: what the layers make of its answers.
#[tokio::test]
async fn answers_pass_all_layers_compressed_or_with_their_length() {
    let all: Vec<_> = (0..50).map(|n| numbered(n).json()).collect();
    let program = Program::over(&all, "2026-11-10".parse().unwrap()).await;
    let store = archive::open(&program.archive()).await.unwrap();
    let token = token(&store, |token| token).await;
    let address = format!("{}/v1/auditrecords?startDate=2026-11-01", program.base);
    let get = async |headers: &[(&str, &str)]| {
        let mut request = http_client::new(PATIENCE).get(&address).bearer_auth(&token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    let plain = get(&[("Accept-Encoding", "identity")]).await;
    assert_eq!(plain.status(), StatusCode::OK);
    assert_eq!(plain.headers().get("content-encoding"), None);
    let headers = plain.headers().clone();
    let body = plain.bytes().await.unwrap();
    assert_eq!(
        headers["content-length"].to_str().unwrap(),
        body.len().to_string()
    );
    assert_eq!(headers["cache-control"], "private, no-cache");
    assert_eq!(headers["x-content-type-options"], "nosniff");

    let packed = get(&[("Accept-Encoding", "zstd")]).await;
    assert_eq!(packed.headers()["content-encoding"], "zstd");
    assert_eq!(packed.headers()["etag"], headers["etag"]);
    let vary: Vec<_> = packed.headers().get_all("vary").iter().collect();
    assert!(vary.iter().any(|name| *name == "accept-encoding"), "{vary:?}");
    assert!(vary.iter().any(|name| *name == "authorization"), "{vary:?}");
    let packed = packed.bytes().await.unwrap();
    assert!(
        packed.len() * 2 < body.len(),
        "{} of {}",
        packed.len(),
        body.len()
    );
    assert_eq!(zstd::decode_all(&*packed).unwrap(), body);
    // The client unpacks this one itself.
    assert_eq!(get(&[]).await.bytes().await.unwrap(), body);

    let known = get(&[("If-None-Match", headers["etag"].to_str().unwrap())]).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(known.headers()["etag"], headers["etag"]);
    assert_eq!(known.headers()["cache-control"], "private, no-cache");
    assert_eq!(known.bytes().await.unwrap().len(), 0);
    // What is no answer of records is kept by nobody.
    let refused = http_client::new(PATIENCE).get(&address).send().await.unwrap();
    assert_eq!(refused.headers()["cache-control"], "no-store");
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
}
