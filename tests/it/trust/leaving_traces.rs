//! What stays behind in the log and the metrics: never who was looked for, what was found, or by what one gets in.

use super::asked;
use crate::{
    captured_log::CapturedLog,
    records::record,
    support::program::{Program, Setup, now},
};

#[tokio::test]
async fn the_log_and_the_metrics_hold_no_secrets_names_records_or_query_strings() {
    let log = CapturedLog::start();
    let mut users = partnerlog::simulator::identity_provider::demo_users();
    users[0].name = "Grünwald\r\n{\"level\":\"ERROR\"}".to_owned();
    let tenant = partnerlog::simulator::tenant::Tenant::from_records(Vec::new());
    let shown = record()
        .id("a-record-in-the-log")
        .customer("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "Verschwiegen AG")
        .with("resourceNewValue", "{broken geheimnis");
    tenant.add_record_on(now().date_naive(), shown.on("2026-11-20").json());
    let program = Program::start(Setup {
        tenant,
        users,
        ..Setup::default()
    })
    .await;
    let mut reader = program.browser();
    let callback = program.approved(&mut reader, "/sign-in/start", 0).await;
    reader.get(&callback).await;
    let session = reader.cookies["partnerlog"].clone();
    for path in [
        "/activity?customer=verschwiegen&user=hanako",
        "/activity?from=geheimnis",
        "/activity/a-record-in-the-log",
        "/activity/geheimnis-geheimnis",
        "/activity/export?customer=verschwiegen",
        "/customers/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/subscriptions",
        "/geheimnis",
        "/sign-in?next=/geheimnis",
        "/sign-in/callback?code=geheimnis&state=geheimnis",
        "/sign-in/callback?error=geheimnis&error_description=geheimnis&state=x",
    ] {
        asked(&mut reader, path).await;
    }
    // A session nobody can use any more still is not for the log.
    reader.post("/sign-out").await;
    reader.get(&callback).await;
    let code = callback.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let metrics = program.browser().get("/metrics").await.body;
    // What libraries say at their most talkative is switched on by nobody but who looks for a fault in them.
    let all = log.text();
    let said: Vec<_> = all
        .lines()
        .filter(|line| !line.contains(r#""level":"TRACE""#))
        .collect();
    let text = said.join("\n");
    assert!(
        text.contains("signed in") && text.contains("answered"),
        "something is logged: {text}"
    );
    for (what, secret) in [
        ("session", session.as_str()),
        ("code", code),
        ("client secret", "stand-in-client-secret"),
        ("Partner Center's secret", "stand-in-secret"),
        ("name", "Grünwald"),
        ("customer", "erschwiegen"),
        ("query or path", "geheimnis"),
        ("user", "hanako"),
        ("user of the provider", "haruka"),
        ("state", "state="),
        ("token", "eyJ"),
    ] {
        assert!(
            !text.contains(secret),
            "{what} in the log: {}",
            around(&text, secret)
        );
        assert!(
            !metrics.contains(secret),
            "{what} in the metrics: {}",
            around(&metrics, secret)
        );
    }
    for line in text.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "a forged line: {line}"
        );
    }
}

fn around(text: &str, part: &str) -> String {
    text.lines()
        .filter(|line| line.contains(part))
        .take(3)
        .collect::<Vec<_>>()
        .join("\n")
}
