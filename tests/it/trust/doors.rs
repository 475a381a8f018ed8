//! Who gets in, who may do what, and that nobody is steered elsewhere.

use reqwest::Method;

use super::{asked, assert_page};
use crate::{
    records::record,
    support::program::{Program, Setup, now},
};

/// Everything that needs a session; `{record}` is a record's id.
const PROTECTED: [&str; 24] = [
    "/activity",
    "/activity/export?format=csv",
    "/exports",
    "/activity/{record}",
    "/activity/{record}/raw",
    "/customers?q=rele",
    "/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
    "/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/subscriptions",
    "/history/operation/96514ebe-c1b2-4865-cb46-2c2d20a2e911",
    "/activity/new?since=0",
    "/coverage",
    "/views",
    "/help/keyboard",
    "/help/api",
    "/settings",
    "/settings/accounts",
    "/settings/applications",
    "/settings/tokens",
    "/settings/schedules",
    "/settings/schedules/new",
    "/settings/streams",
    "/settings/streams/new?kind=webhook",
    "/access-log",
    "/actors?user=hanako.sato%40partner.example",
];

const GLOBAL_ADMIN: usize = 0;
const ADMIN_AGENT: usize = 3;
const NO_ROLE: usize = 6;

async fn program() -> Program {
    let record = record()
        .id("record-of-the-doors")
        .with("originalCorrelationId", "96514ebe-c1b2-4865-cb46-2c2d20a2e911");
    Program::over(&[record.json()], now().date_naive()).await
}

fn paths() -> Vec<String> {
    PROTECTED
        .iter()
        .map(|path| path.replace("{record}", "record-of-the-doors"))
        .collect()
}

#[tokio::test]
async fn without_a_session_pages_lead_to_sign_in_and_back_and_fetches_are_refused() {
    let program = program().await;
    for path in paths() {
        let mut stranger = program.browser();
        let answer = stranger.get(&path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.body.is_empty(), "{path}");
        let start = answer.location().to_owned();
        assert!(start.starts_with("/sign-in/start"), "{start}");
        // The way back survives the whole of the sign-in.
        let entered = program.sign_in(&mut stranger, &start, GLOBAL_ADMIN).await;
        assert_eq!(
            (entered.status.as_u16(), entered.location()),
            (303, path.as_str())
        );

        let mut script = program.browser();
        for by in [
            [("x-requested-with", "partnerlog"), ("accept", "text/html")],
            [("sec-fetch-mode", "cors"), ("accept", "application/json")],
        ] {
            let answer = script.request(Method::GET, &path, &by).await;
            assert_eq!(answer.status, 401, "{path}");
            assert!(!answer.body.contains("Relecloud"), "{path}");
        }
    }
    for path in ["/settings", "/settings/accounts/collect", "/views", "/views/1"] {
        let answer = program.browser().post(path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_page(&answer, path);
    }
}

#[tokio::test]
async fn what_needs_no_session_tells_a_stranger_nothing_of_the_log() {
    let program = program().await;
    let mut stranger = program.browser();
    for (path, status) in [
        ("/", 303),
        ("/sign-in", 200),
        ("/signed-out", 200),
        ("/sign-out/front-channel?iss=x&sid=y", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/robots.txt", 200),
        ("/api/openapi.json", 200),
        ("/nowhere", 404),
        ("/static/nothing.js", 404),
        ("/sign-in/callback", 400),
    ] {
        let answer = asked(&mut stranger, path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        for secret in [
            "Relecloud",
            "hanako",
            "record-of-the-doors",
            "archive.db",
            "stand-in-",
        ] {
            assert!(!answer.body.contains(secret), "{path} shows {secret}");
        }
        assert!(
            !answer.set_cookies().iter().any(|c| c.starts_with("partnerlog=")),
            "{path}"
        );
    }
    assert_eq!(stranger.get("/").await.location(), "/sign-in");
}

#[tokio::test]
async fn all_six_roles_view_and_export_and_only_two_manage() {
    let program = program().await;
    for user in 0..6 {
        let mut reader = program.signed_in(user).await;
        let manages = [GLOBAL_ADMIN, ADMIN_AGENT].contains(&user);
        for path in paths() {
            let answer = asked(&mut reader, &path).await;
            let expected = match path.as_str() {
                "/settings/accounts" | "/settings/applications" | "/settings/tokens" | "/access-log"
                    if !manages =>
                {
                    403
                }
                path if (path.starts_with("/settings/streams")
                    || path.starts_with("/settings/schedules"))
                    && !manages =>
                {
                    403
                }
                _ => 200,
            };
            assert_eq!(answer.status.as_u16(), expected, "{path} for user {user}");
            if expected == 403 {
                assert_page(&answer, &path);
                assert!(answer.body.contains("Global admin") && answer.body.contains("Admin agent"));
            }
        }
        let collect = reader.post("/settings/accounts/collect").await;
        assert_eq!(
            collect.status.as_u16(),
            if manages { 303 } else { 403 },
            "user {user}"
        );
    }
}

#[tokio::test]
async fn a_user_without_a_role_gets_nowhere_and_reads_which_roles_would_do() {
    let program = program().await;
    let mut reader = program.signed_in(NO_ROLE).await;
    for path in paths() {
        let answer = asked(&mut reader, &path).await;
        assert_eq!(answer.status, 403, "{path}");
        for role in [
            "Global admin",
            "Billing admin",
            "User management admin",
            "Admin agent",
            "Sales agent",
            "Helpdesk agent",
        ] {
            assert!(answer.body.contains(role), "{path} does not name {role}");
        }
        assert!(!answer.body.contains("Relecloud"), "{path}");
    }
    for path in ["/settings", "/settings/accounts/collect"] {
        assert_eq!(reader.post(path).await.status, 403, "{path}");
    }
    assert_eq!(reader.post("/sign-out").await.status, 200);
}

#[tokio::test]
async fn changes_come_only_from_our_own_pages_and_reading_changes_nothing() {
    let program = program().await;
    let mut reader = program.signed_in(GLOBAL_ADMIN).await;
    for path in [
        "/sign-out",
        "/settings",
        "/settings/accounts/collect",
        "/views",
        "/nowhere",
    ] {
        for other in [
            [("sec-fetch-site", "cross-site"), ("accept-language", "en")],
            [("sec-fetch-site", "same-site"), ("accept-language", "ja")],
            [("origin", "https://evil.example"), ("accept-language", "en")],
            [("origin", "null"), ("accept-language", "ja")],
        ] {
            let answer = reader.request(Method::POST, path, &other).await;
            assert_eq!(answer.status, 403, "{path} {other:?}");
            assert_page(&answer, path);
            let words = if other[1].1 == "en" {
                "another site"
            } else {
                "別のサイト"
            };
            assert!(answer.body.contains(words), "{path} {other:?}: {}", answer.body);
        }
        let read = reader.get(path).await;
        assert!(matches!(read.status.as_u16(), 200 | 404 | 405), "{path}");
    }
    // Still signed in.
    assert_eq!(reader.get("/activity").await.status, 200);
}

#[tokio::test]
async fn signing_out_ends_the_session_for_every_copy_of_its_cookie() {
    let program = program().await;
    let mut reader = program.signed_in(GLOBAL_ADMIN).await;
    let stolen = reader.cookies.clone();
    let answer = reader.post("/sign-out").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("clear-site-data").contains("\"cache\""));
    assert!(
        answer.body.contains("oauth2/v2.0/logout"),
        "leads on to the provider"
    );
    reader.cookies = stolen;
    assert_eq!(reader.get("/activity").await.status, 303);
}

#[tokio::test]
async fn a_session_id_that_somebody_planted_is_not_the_one_after_signing_in() {
    let program = program().await;
    let known = program.signed_in(NO_ROLE).await.cookies["partnerlog"].clone();
    for planted in [
        known.as_str(),
        "AAAAAAAAAAAAAAAAAAAAAA",
        "",
        "\"",
        "x=y",
        "%00",
        "../../etc",
    ] {
        let mut victim = program.browser();
        victim.cookies.insert("partnerlog".to_owned(), planted.to_owned());
        let answer = program.sign_in(&mut victim, "/sign-in/start", GLOBAL_ADMIN).await;
        assert_eq!(answer.status, 303, "{planted}");
        assert_ne!(victim.cookies["partnerlog"], planted);
        let mut attacker = program.browser();
        attacker
            .cookies
            .insert("partnerlog".to_owned(), planted.to_owned());
        assert_eq!(attacker.get("/activity").await.status, 303, "{planted}");
    }
}

#[tokio::test]
async fn a_callback_counts_only_in_the_browser_that_began_and_only_once() {
    let program = program().await;
    let mut attacker = program.browser();
    let callback = program
        .approved(&mut attacker, "/sign-in/start", GLOBAL_ADMIN)
        .await;
    // Login CSRF: the victim is led to the attacker's callback.
    let mut victim = program.browser();
    let forced = victim.get(&callback).await;
    assert_eq!(forced.status, 400);
    assert_page(&forced, "/sign-in/callback");
    assert_eq!(victim.get("/activity").await.status, 303);

    let mut reader = program.browser();
    let callback = program
        .approved(&mut reader, "/sign-in/start", GLOBAL_ADMIN)
        .await;
    assert_eq!(reader.get(&callback).await.status, 303);
    let replayed = reader.get(&callback).await;
    assert_eq!(replayed.status, 400);
    assert_page(&replayed, "/sign-in/callback");
}

#[tokio::test]
async fn next_never_leads_to_another_site() {
    let program = program().await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/activity/..//evil.example",
        "/%5cevil.example",
        "http:evil.example",
        "/\u{0}",
        "/sign-out",
        " //evil.example",
        "/activity\r\nset-cookie: a=b",
    ] {
        let encoded: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let mut reader = program.browser();
        let entered = program
            .sign_in(
                &mut reader,
                &format!("/sign-in/start?next={encoded}"),
                GLOBAL_ADMIN,
            )
            .await;
        let here = format!("{}/activity", program.base);
        let there = reqwest::Url::parse(&here)
            .unwrap()
            .join(entered.location())
            .unwrap();
        assert!(
            there.as_str().starts_with(&format!("{}/", program.base)),
            "{next} led to {there}"
        );
        assert!(!there.path().starts_with("/sign-out"), "{next}");
        assert!(entered.headers.get_all("set-cookie").iter().count() < 3);
        let again = reader.get(&format!("/sign-in?next={encoded}")).await;
        let there = reqwest::Url::parse(&here)
            .unwrap()
            .join(again.location())
            .unwrap();
        assert!(
            there.as_str().starts_with(&format!("{}/", program.base)),
            "{next} led to {there}"
        );
    }
}

#[tokio::test]
async fn no_link_of_a_page_is_steered_by_a_path_that_looks_like_a_host() {
    let program = program().await;
    let mut reader = program.signed_in(GLOBAL_ADMIN).await;
    for path in [
        "//evil.example/x?a=1",
        "///evil.example/x",
        "/\\evil.example/x",
        "/%2fevil.example/x",
    ] {
        let answer = Raw::get(&program, &reader, path, &[]).await;
        let page = scraper::Html::parse_document(&answer);
        let links = scraper::Selector::parse("a[href], form[action], link[href], script[src]").unwrap();
        let base = reqwest::Url::parse(&format!("{}/", program.base)).unwrap();
        let mut seen = 0;
        for element in page.select(&links) {
            let address = ["href", "action", "src"]
                .iter()
                .find_map(|name| element.attr(name))
                .unwrap();
            let there = base.join(address).unwrap();
            assert_eq!(there.origin(), base.origin(), "{address} on the page of {path}");
            seen += 1;
        }
        assert!(seen > 3, "{answer}");
    }
    drop(reader.get("/activity").await);
}

#[tokio::test]
async fn host_and_forwarded_headers_steer_nothing() {
    let program = program().await;
    let reader = program.signed_in(GLOBAL_ADMIN).await;
    let lies = [
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Prefix: /evil",
        "Forwarded: host=evil.example;proto=https",
        "X-Original-URL: /settings/accounts",
        "X-Rewrite-URL: /settings/accounts",
        "X-HTTP-Method-Override: DELETE",
        "X-Forwarded-For: 127.0.0.1",
    ];
    for path in [
        "/",
        "/activity",
        "/sign-in/start?next=/activity",
        "/sign-in",
        "/activity/record-of-the-doors",
        "/nowhere",
    ] {
        let answer = Raw::get_as(&program, &reader, "evil.example", path, &lies).await;
        assert!(!answer.contains("evil"), "{path}: {answer}");
    }
    let absolute = Raw::get_as(
        &program,
        &reader,
        "evil.example",
        "http://evil.example/activity",
        &lies,
    )
    .await;
    assert!(!absolute.contains("evil"), "{absolute}");
    let start = Raw::get_as(
        &program,
        &program.browser(),
        "evil.example",
        "/sign-in/start",
        &lies,
    )
    .await;
    let redirect: String = form_urlencoded::byte_serialize(program.base.as_bytes()).collect();
    assert!(
        start.contains(&format!("redirect_uri={redirect}%2Fsign-in%2Fcallback")),
        "{start}"
    );
}

#[tokio::test]
async fn cookies_say_what_they_must_on_http_and_on_https() {
    for https in [false, true] {
        let program = Program::start(Setup {
            public_url: https.then(|| "https://log.contoso.example".to_owned()),
            ..Setup::default()
        })
        .await;
        let mut reader = program.browser();
        let start = reader.get("/sign-in/start").await;
        let entered = program.sign_in(&mut reader, "/sign-in/start", GLOBAL_ADMIN).await;
        let language = reader.get("/activity?lang=ja").await;
        let out = reader.post("/sign-out").await;
        let name = if https { "__Host-partnerlog" } else { "partnerlog" };
        let cookies = [&start, &entered, &language, &out].map(|answer| {
            answer
                .set_cookies()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        let session = cookies[1]
            .iter()
            .find(|c| c.starts_with(&format!("{name}=")))
            .unwrap();
        assert!(
            session.split(['=', ';']).nth(1).unwrap().len() >= 22,
            "128 bits: {session}"
        );
        assert!(
            cookies[3]
                .iter()
                .any(|c| c.starts_with(&format!("{name}=")) && c.contains("Max-Age=0"))
        );
        for cookie in cookies.iter().flatten() {
            assert!(
                cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
                "{cookie}"
            );
            assert_eq!(cookie.contains("Secure"), https, "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
            assert!(
                cookie.contains("HttpOnly") || cookie.starts_with("lang="),
                "{cookie}"
            );
            assert!(
                !https || cookie.starts_with("__Host-") || cookie.starts_with("lang="),
                "{cookie}"
            );
        }
        assert_eq!(entered.headers.contains_key("strict-transport-security"), https);
    }
}

/// Requests that no client library sends.
pub(super) struct Raw;

impl Raw {
    pub(super) async fn get(
        program: &Program,
        reader: &crate::support::browser::Browser,
        path: &str,
        fields: &[&str],
    ) -> String {
        Self::get_as(program, reader, &program.address.to_string(), path, fields).await
    }

    /// With a `Host` of the sender's choice; head and body of the answer.
    pub(super) async fn get_as(
        program: &Program,
        reader: &crate::support::browser::Browser,
        host: &str,
        path: &str,
        fields: &[&str],
    ) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let cookies: Vec<_> = reader.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        if !cookies.is_empty() {
            head += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        for field in fields {
            head += &format!("{field}\r\n");
        }
        head += "\r\n";
        let mut stream = tokio::net::TcpStream::connect(program.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
