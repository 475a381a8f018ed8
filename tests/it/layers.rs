//! What every answer carries and what every request must pass, over real sockets.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{StatusCode, header},
    middleware::from_fn,
    response::Redirect,
    routing::{get, post},
};
use partnerlog::{
    server::{Limits, bounds::bounded},
    telemetry,
    web::{
        assets, csrf,
        headers::{self, HeaderPolicy},
        health::{self, Probes},
        requests,
    },
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    captured_log::CapturedLog,
    raw_http::{Answer, Running, start},
};

const ORIGIN: &str = "https://log.contoso.com";
const PROVIDER: &str = "https://login.example";

/// The layers in the order the dashboard has them, inside out.
fn app(limits: &Limits, https: bool) -> Router {
    let failing = || -> health::Ask { Arc::new(|| Box::pin(async { Err("geheim: no store".to_owned()) })) };
    let probes = Probes {
        readiness: failing(),
        metrics: failing(),
    };
    let routes = Router::new()
        .route(
            "/page",
            get(async || "a page, long enough to be worth compressing ".repeat(50)),
        )
        .route("/page/{id}", get(async || "one"))
        .route("/see", get(async || Redirect::to("/page")))
        .route(
            "/csv",
            get(async || {
                (
                    [
                        (header::CONTENT_TYPE, "text/csv"),
                        (header::CACHE_CONTROL, "public"),
                    ],
                    "a,b",
                )
            }),
        )
        .route(
            "/png",
            get(async || ([(header::CONTENT_TYPE, "image/png")], vec![0; 4096])),
        )
        .route("/panic", get(panics))
        .route("/never", get(std::future::pending::<()>))
        .route("/form", post(async |body: Bytes| body))
        .route("/robots.txt", get(assets::robots))
        .route(assets::ROUTE, get(assets::serve))
        .merge(health::router(probes, telemetry::metrics().unwrap()))
        .fallback(async || StatusCode::NOT_FOUND);
    let policy = HeaderPolicy {
        https,
        form_origins: vec![PROVIDER.to_owned()],
    };
    bounded(routes, limits)
        .layer(csrf::layer(ORIGIN).unwrap())
        .layer(CatchPanicLayer::new())
        .layer(headers::layer(policy))
        .layer(assets::compression())
        .layer(from_fn(requests::log))
}

async fn panics() -> Body {
    panic!("geheim")
}

fn serve(https: bool) -> Running {
    let limits = Limits {
        request_time: Duration::from_millis(200),
        ..Limits::default()
    };
    start(app(&limits, https), limits)
}

fn assert_has_the_header_set(answer: &Answer, what: &str) {
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self' https://login.example; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    assert!(
        answer.header("permissions-policy").contains("geolocation=()"),
        "{what}"
    );
    assert_eq!(answer.header("x-request-id").len(), 36, "{what}");
    assert_eq!(answer.header("access-control-allow-origin"), "", "{what}");
    assert_eq!(answer.header("server"), "", "{what}");
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_is_not_stored() {
    let server = serve(true);
    let large = "a".repeat(70_000);
    let cross = "Sec-Fetch-Site: cross-site";
    for (status, answer, what) in [
        (200, server.get("/page").await, "page"),
        (200, server.request("HEAD", "/page", &[], "").await, "HEAD"),
        (303, server.get("/see").await, "redirect"),
        (200, server.get("/csv").await, "CSV"),
        (200, server.request("POST", "/form", &[], "a=b").await, "form"),
        (404, server.get("/nowhere").await, "404"),
        (404, server.get("/static/app.css").await, "unknown asset"),
        (
            404,
            server.get("/static/../Cargo.toml").await,
            "path out of the assets",
        ),
        (
            404,
            server.get("/static/%2e%2e/Cargo.toml").await,
            "encoded path out of the assets",
        ),
        (405, server.request("PUT", "/page", &[], "").await, "405"),
        (
            405,
            server
                .request("OPTIONS", "/page", &["Origin: https://evil.example"], "")
                .await,
            "preflight",
        ),
        (
            403,
            server.request("POST", "/form", &[cross], "a=b").await,
            "cross-site",
        ),
        (413, server.request("POST", "/form", &[], &large).await, "413"),
        (503, server.get("/never").await, "slow handler"),
        (500, server.get("/panic").await, "panic"),
        (200, server.get("/healthz").await, "health"),
        (503, server.get("/readyz").await, "readiness"),
        (200, server.get("/metrics").await, "metrics"),
        (200, server.get("/robots.txt").await, "robots"),
    ] {
        assert_eq!(answer.status, status, "{what}");
        assert_has_the_header_set(&answer, what);
        assert_eq!(answer.header("cache-control"), "no-store", "{what}");
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=63072000; includeSubDomains",
            "{what}"
        );
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("geheim"),
            "{what}"
        );
    }
    let partial = "POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na";
    let answer = Answer::parse(&server.exchange(partial).await);
    assert_eq!(answer.status, 408);
    assert_has_the_header_set(&answer, "408");
}

#[tokio::test]
async fn over_plain_http_nothing_is_said_about_https() {
    assert_eq!(
        serve(false)
            .get("/page")
            .await
            .header("strict-transport-security"),
        ""
    );
}

#[tokio::test]
async fn assets_are_kept_for_a_year_and_asked_for_again_by_their_tag() {
    let server = serve(true);
    assert!(assets::names().count() > 0);
    for name in assets::names() {
        let answer = server.get(assets::url(name)).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_has_the_header_set(&answer, name);
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=31536000, immutable",
            "{name}"
        );
        assert_ne!(
            answer.header("content-type"),
            "application/octet-stream",
            "{name} is of a kind without a type"
        );
        assert_eq!(
            answer.body,
            std::fs::read(Path::new("static").join(name)).unwrap(),
            "{name}"
        );
        let tag = format!("If-None-Match: {}", answer.header("etag"));
        let again = server.request("GET", assets::url(name), &[&tag], "").await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{name}");
        assert_has_the_header_set(&again, name);
    }
}

#[tokio::test]
async fn pages_are_compressed_and_images_are_not() {
    let server = serve(true);
    for (accepted, encoding) in [
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, zstd, br", "zstd"),
        ("br", ""),
        ("identity", ""),
    ] {
        let accept = format!("Accept-Encoding: {accepted}");
        let answer = server.request("GET", "/page", &[&accept], "").await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
        assert_eq!(
            answer.body.len() < 1000,
            !encoding.is_empty(),
            "{accepted}: {}",
            answer.body.len()
        );
        assert_has_the_header_set(&answer, accepted);
    }
    let image = server
        .request("GET", "/png", &["Accept-Encoding: gzip"], "")
        .await;
    assert_eq!(image.header("content-encoding"), "");
}

#[tokio::test]
async fn changes_are_refused_when_another_site_sends_them() {
    let server = serve(true);
    let own = "Origin: https://log.contoso.com";
    for (fields, allowed) in [
        (&["Sec-Fetch-Site: same-origin"][..], true),
        (&["Sec-Fetch-Site: same-origin", own], true),
        // Browsers say so after `no-referrer` and from sandboxes; the other header still tells.
        (&["Sec-Fetch-Site: same-origin", "Origin: null"], true),
        (&["Sec-Fetch-Site: none"], true),
        (&["Sec-Fetch-Site: same-site"], false),
        (
            &["Sec-Fetch-Site: same-site", "Origin: https://other.contoso.com"],
            false,
        ),
        (&["Sec-Fetch-Site: cross-site"], false),
        (
            &["Sec-Fetch-Site: cross-site", "Origin: https://evil.example"],
            false,
        ),
        (&["Sec-Fetch-Site: cross-site", "Origin: null"], false),
        (&["Sec-Fetch-Site: SAME-ORIGIN"], false),
        (&["Sec-Fetch-Site: whatever"], false),
        (&[own], true),
        (&["Origin: https://log.contoso.com.evil.example"], false),
        (&["Origin: https://evil.example"], false),
        (
            &["Origin: https://evil.example", "X-Forwarded-Host: evil.example"],
            false,
        ),
        (&["Origin: null"], false),
        (&["Origin: garbage"], false),
        // No browser sends a cross-site change with neither header.
        (&[], true),
        (&["Cookie: __Host-session=x"], true),
    ] {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let answer = server.request(method, "/form", fields, "a=b").await;
            let passed = if method == "POST" { 200 } else { 405 };
            assert_eq!(
                answer.status,
                if allowed { passed } else { 403 },
                "{method} {fields:?}"
            );
        }
    }
    let read = server.request(
        "GET",
        "/page",
        &["Sec-Fetch-Site: cross-site", "Origin: https://evil.example"],
        "",
    );
    assert_eq!(read.await.status, 200);
}

#[tokio::test]
async fn request_ids_are_ours_and_never_the_same() {
    let server = serve(true);
    let given = "X-Request-Id: 00000000-0000-0000-0000-000000000000";
    let first = server.request("GET", "/page", &[given], "").await;
    let second = server.request("GET", "/page", &[given], "").await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    assert!(!first.header("x-request-id").starts_with("00000000"));
}

#[tokio::test]
async fn a_request_leaves_one_line_with_its_id_and_nothing_that_the_client_wrote() {
    let log = CapturedLog::start();
    let server = serve(true);
    let cookie = "Cookie: __Host-session=geheim";
    let answer = server
        .request(
            "POST",
            "/form?code=geheim",
            &[cookie, "X-Secret: geheim"],
            "geheim",
        )
        .await;
    server.get("/geheim").await;
    let text = log.text();
    let ours: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("\"target\":\"partnerlog"))
        .collect();
    let lines: Vec<&&str> = ours
        .iter()
        .filter(|line| line.contains(answer.header("x-request-id")))
        .collect();
    assert_eq!(lines.len(), 1, "{text}");
    for part in [
        "\"http.method\":\"POST\"",
        "\"http.path\":\"/form\"",
        "\"http.status\":200",
        "\"http.ms\":",
    ] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
    assert!(!ours.concat().contains("geheim"), "{text}");
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_hold_nothing_strangers_wrote() {
    let server = serve(true);
    server.get("/page/geheim-id?q=geheim").await;
    server.get("/geheim-path").await;
    server.request("GEHEIM", "/page", &[], "").await;
    let metrics = server.get("/metrics").await;
    assert_eq!(
        metrics.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = metrics.text();
    assert!(
        text.contains("partnerlog_requests_total{method=\"read\",path=\"/page/{id}\",status=\"200\"}"),
        "{text}"
    );
    assert!(
        text.contains("partnerlog_request_seconds_bucket{path=\"/page/{id}\","),
        "{text}"
    );
    assert!(!text.to_lowercase().contains("geheim"), "{text}");
}

#[tokio::test]
async fn health_says_ok_and_readiness_follows_what_it_watches() {
    assert_eq!(serve(true).get("/healthz").await.text(), "ok");
    let saying = |text: &'static str| -> health::Ask {
        Arc::new(move || Box::pin(async move { Ok(text.to_owned()) }))
    };
    let probes = Probes {
        readiness: saying("account 1: collected 240 s ago\n"),
        metrics: saying("partnerlog_collect_days_lost 3\n"),
    };
    let server = start(
        health::router(probes, telemetry::metrics().unwrap()),
        Limits::default(),
    );
    let ready = server.get("/readyz").await;
    assert_eq!(
        (ready.status, ready.text()),
        (200, "ready\naccount 1: collected 240 s ago\n")
    );
    assert!(
        server
            .get("/metrics")
            .await
            .text()
            .contains("\npartnerlog_collect_days_lost 3\n")
    );
    // Metrics of the process come without the archive, too.
    let without = serve(true).get("/metrics").await;
    assert_eq!(without.status, 200);
}

/// The names in `assets::url("…")` and the addresses that go round it.
fn asset_faults(text: &str) -> Vec<String> {
    let named = text
        .split("assets::url(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let unknown = named
        .filter(|name| !assets::names().any(|asset| asset == *name))
        .map(str::to_owned);
    let literal = text
        .split(['"', '\''])
        .filter(|part| part.starts_with("/static/"))
        .map(str::to_owned);
    unknown.chain(literal).collect()
}

#[test]
fn every_asset_that_a_template_names_exists() {
    assert_eq!(
        asset_faults("{{ crate::web::assets::url(\"gone.css\") }}"),
        ["gone.css"]
    );
    assert_eq!(asset_faults("<img src=\"/static/a.svg\">"), ["/static/a.svg"]);
    assert_eq!(
        asset_faults("{{ crate::web::assets::url(\"robots.txt\") }}").len(),
        0
    );
    let mut folders = vec![Path::new("templates").to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let faults = asset_faults(&std::fs::read_to_string(&path).unwrap());
                assert!(faults.is_empty(), "{}: {faults:?}", path.display());
            }
        }
    }
}

#[test]
fn stylesheets_refer_to_nothing_by_an_address_without_a_fingerprint() {
    for name in assets::names().filter(|name| name.ends_with(".css")) {
        let css = std::fs::read_to_string(Path::new("static").join(name)).unwrap();
        assert!(!css.contains("url(") && !css.contains("@import"), "{name}");
    }
}
