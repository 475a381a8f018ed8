//! The headers that every answer carries, whatever kind of answer it is.

use reqwest::Method;

use super::asked;
use crate::{
    records::record,
    support::{
        browser::Answer,
        program::{Program, Setup, now},
    },
};

#[track_caller]
fn assert_headers(answer: &Answer, https: bool, what: &str) {
    let csp = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(csp.contains(part), "{part} is missing in {csp:?} of {what}");
    }
    assert!(!csp.contains("unsafe") && !csp.contains('*'), "{csp} of {what}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
    assert!(
        answer.header("permissions-policy").contains("camera=()"),
        "{what}"
    );
    assert_eq!(
        answer
            .header("strict-transport-security")
            .contains("max-age=63072000"),
        https,
        "{what}"
    );
    let cached = answer.header("cache-control");
    assert!(
        cached == "no-store" || (what.contains("/static/") && cached.contains("immutable")),
        "{cached} of {what}"
    );
    assert!(!answer.header("x-request-id").is_empty(), "{what}");
    for name in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert_eq!(answer.header(name), "", "{name} of {what}");
    }
}

#[tokio::test]
async fn every_kind_of_answer_carries_the_headers() {
    for https in [false, true] {
        let tenant = partnerlog::simulator::tenant::Tenant::from_records(Vec::new());
        tenant.add_record_on(now().date_naive(), record().id("record-of-headers").json());
        let program = Program::start(Setup {
            tenant,
            public_url: https.then(|| "https://log.contoso.example".to_owned()),
            ..Setup::default()
        })
        .await;
        let mut reader = program.signed_in(0).await;
        let page = reader.get("/activity").await;
        let assets: Vec<_> = page
            .body
            .split('"')
            .filter(|text| text.starts_with("/static/"))
            .map(str::to_owned)
            .collect();
        assert!(assets.len() >= 3);
        let mut seen = Vec::new();
        let paths = [
            "/",
            "/activity",
            "/activity?from=x",
            "/activity/record-of-headers",
            "/activity/record-of-headers/raw",
            "/activity/export?format=csv",
            "/activity/export?format=csv-plain",
            "/activity/export?format=x",
            "/activity/nothing",
            "/activity/%ff",
            "/settings",
            "/settings/accounts",
            "/nowhere",
            "/sign-in",
            "/sign-in/start",
            "/sign-in/callback?code=a&state=b",
            "/signed-out",
            "/healthz",
            "/readyz",
            "/metrics",
            "/robots.txt",
            "/static/nothing.js",
            "/sign-out/front-channel",
        ];
        for path in paths.into_iter().map(str::to_owned).chain(assets) {
            let answer = asked(&mut reader, &path).await;
            assert_headers(&answer, https, &path);
            seen.push(answer.status.as_u16());
            let head = reader.request(Method::HEAD, &path, &[]).await;
            assert_headers(&head, https, &path);
        }
        let own = [("sec-fetch-site", "same-origin")];
        for (method, path, headers) in [
            (Method::POST, "/activity", &own[..]),
            (Method::DELETE, "/activity/record-of-headers", &own),
            (
                Method::OPTIONS,
                "/activity",
                &[("origin", "https://evil.example")],
            ),
            (Method::POST, "/settings", &own),
            (Method::POST, "/sign-out", &[("sec-fetch-site", "cross-site")]),
            (Method::POST, "/nowhere", &[("origin", "null")]),
            (Method::POST, "/settings/accounts/collect", &own),
        ] {
            let answer = reader.request(method.clone(), path, headers).await;
            assert_headers(&answer, https, &format!("{method} {path}"));
            seen.push(answer.status.as_u16());
        }
        let large = reader.submit("/settings", "x".repeat(100_000)).await;
        assert_headers(&large, https, "a large body");
        seen.push(large.status.as_u16());
        let mut stranger = program.browser();
        let refused = stranger
            .request(Method::GET, "/activity", &[("x-requested-with", "partnerlog")])
            .await;
        assert_headers(&refused, https, "401");
        seen.push(refused.status.as_u16());
        for status in [200, 303, 400, 401, 403, 404, 405, 413, 415] {
            assert!(seen.contains(&status), "no {status} among {seen:?}");
        }
    }
}

#[tokio::test]
async fn what_the_layers_around_the_pages_refuse_is_said_in_words_too() {
    let program = Program::start(Setup::default()).await;
    let mut reader = program.signed_in(0).await;
    reader.cookies.insert("lang".to_owned(), "ja".to_owned());
    let own = [("sec-fetch-site", "same-origin")];
    let answers = [
        (413, reader.submit("/settings", "x".repeat(100_000)).await),
        (415, reader.request(Method::POST, "/settings", &own).await),
        (422, reader.submit("/settings", "a=b".to_owned()).await),
        (405, reader.request(Method::DELETE, "/activity", &own).await),
        (404, reader.get("/static/nothing.js").await),
        (
            403,
            reader
                .request(Method::POST, "/sign-out", &[("origin", "null")])
                .await,
        ),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status.as_u16(), status);
        super::assert_page(&answer, "");
        assert!(answer.body.contains("<html lang=\"ja\""), "{}", answer.body);
        assert!(!answer.body.contains("Failed to") && !answer.body.contains("missing field"));
    }
}
