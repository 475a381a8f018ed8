//! `/settings/streams`: making, trying, moving, changing and deleting streams, and what is noted of it.

use http::StatusCode;
use partnerlog::store::StreamKind;

use super::{
    KEY, bytes_of, contains, pace,
    receiver::{Answer, Receiver},
    sending, until,
};
use crate::support::dashboard::{Answer as Page, Dashboard};

/// A dashboard for this machine alone, with a key, and its streams.
async fn dashboard() -> Dashboard {
    let mut dashboard = Dashboard::new().await;
    let keys = partnerlog::credentials::Keys::new(&partnerlog::config::Credentials {
        key_secret: Some(KEY.to_owned().into()),
        previous_key_secret: None,
    });
    let around = partnerlog::stream::Surroundings {
        guard: partnerlog::stream::Guard { loopback: true },
        clock: dashboard.clock.clone(),
        public_url: "https://log.contoso.example".to_owned(),
        timeout: pace().timeout,
    };
    let rows = dashboard.sqlite.clone();
    dashboard.state.streaming = partnerlog::stream::Streaming::new(rows.clone(), rows, keys, around, pace());
    dashboard
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

async fn post(dashboard: &Dashboard, address: &str, pairs: &[(&str, &str)]) -> Page {
    dashboard.post(address, encoded(pairs)).await
}

async fn made(dashboard: &Dashboard, pairs: &[(&str, &str)]) -> Page {
    let mut all = vec![
        ("kind", "ndjson"),
        ("name", "SIEM"),
        ("filter", "all"),
        ("auth", "none"),
        ("from", "beginning"),
    ];
    for (key, value) in pairs {
        all.retain(|(other, _)| other != key);
        all.push((key, value));
    }
    post(dashboard, "/settings/streams", &all).await
}

async fn noted(dashboard: &Dashboard) -> Vec<String> {
    let mut all = dashboard.state.access.accesses(None, 100).await.unwrap();
    all.reverse();
    all.into_iter()
        .map(|it| format!("{}: {}", it.action, it.subject))
        .collect()
}

#[tokio::test]
async fn without_a_key_the_page_says_how_to_make_one() {
    let dashboard = Dashboard::new().await;
    let page = dashboard.get("/settings/streams").await;
    assert!(page.one(".banner.warning").contains("openssl rand -base64 32"));
    assert!(page.texts(".kinds").is_empty());
    let answer = made(&dashboard, &[("url", "https://siem.example/in")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.one("#name-error").contains("no key"));
    assert!(dashboard.state.streaming.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_webhook_is_made_tried_and_shows_its_key_once() {
    let (dashboard, receiver) = (dashboard().await, Receiver::start().await);
    let page = dashboard.get("/settings/streams").await;
    assert_eq!(
        page.attributes(".kinds a", "href"),
        ["webhook", "ndjson", "splunk", "syslog"].map(|kind| format!("/settings/streams/new?kind={kind}"))
    );
    let form = dashboard.get("/settings/streams/new?kind=webhook").await;
    assert_eq!(form.one("h1"), "New stream: Webhook");
    assert!(form.texts("#secret").is_empty() && form.texts("#host").is_empty());
    let url = format!("{}?sig=hidden-in-the-address", receiver.url());
    let page = made(
        &dashboard,
        &[
            ("kind", "webhook"),
            ("name", "Tickets <b>"),
            ("url", &url),
            ("from", "now"),
        ],
    )
    .await;
    assert_eq!(page.status, StatusCode::OK);
    let key = page.one(".token code");
    assert!(key.starts_with("whsec_") && page.one("h1") == "Tickets <b>");

    receiver.answer([
        Answer::Status(204),
        Answer::Said(422, Vec::new(), "<script>alert(1)</script>".to_owned()),
    ]);
    for _ in 0..2 {
        let answer = post(&dashboard, "/settings/streams/1", &[("what", "test")]).await;
        assert_eq!(answer.header("location"), "/settings/streams/1?done=tested");
    }
    let page = dashboard.get("/settings/streams/1?done=tested").await;
    assert!(
        page.one("#tested")
            .starts_with("Test: Refused for what was sent (422)"),
        "{}",
        page.one("#tested")
    );
    assert!(page.one("#tested").contains("<script>alert(1)</script>"));
    assert!(!page.text.contains("<script>alert"));
    assert_eq!(page.texts(".deliveries tbody tr").len(), 2);
    let verifier = standardwebhooks::Webhook::new(&key).unwrap();
    for request in receiver.all() {
        // Its clock stands still, so the time is not looked at.
        let (id, time) = (request.header("webhook-id"), request.header("webhook-timestamp"));
        let signed = verifier.sign(id, time.parse().unwrap(), &request.body).unwrap();
        assert_eq!(request.header("webhook-signature"), signed);
        assert_eq!(
            request.envelopes()[0]["test"],
            "This is a test of a stream of partnerlog, and no record."
        );
    }
    for page in [
        page,
        dashboard.get("/settings/streams").await,
        dashboard.get("/settings/streams/1/change").await,
    ] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains(&key) && !page.text.contains("hidden-in-the-address"));
    }
    assert!(!contains(&bytes_of(dashboard.folder()), "hidden-in-the-address"));
    let shown = format!("http://{}", receiver.address);
    assert_eq!(
        noted(&dashboard).await,
        [format!("stream: - created {shown} Tickets <b>")]
    );
    let log = dashboard.get("/access-log").await;
    assert!(
        log.one("main tbody")
            .contains(&format!("Stream made: Tickets <b> ({shown})")),
        "{}",
        log.one("main tbody")
    );
}

#[tokio::test]
async fn a_stream_of_a_view_sends_what_its_filters_select_and_says_where_they_are_from() {
    let (dashboard, receiver) = (dashboard().await, Receiver::start().await);
    dashboard
        .archive(&[
            super::numbered(1).status("failed").json(),
            super::numbered(2).json(),
        ])
        .await;
    for (name, query) in [
        ("Failures", "from=2020-01-01&to=2020-01-31&status=failed"),
        ("Everything of August", "from=2026-08-01&to=2026-08-31"),
    ] {
        let saved = dashboard
            .post(
                "/views",
                encoded(&[("name", name), ("query", query), ("dates", "")]),
            )
            .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
    }
    let form = dashboard.get("/settings/streams/new?kind=ndjson&view=1").await;
    assert_eq!(form.one("#filter option[selected]"), "View “Failures”");
    let answer = made(&dashboard, &[("filter", "1"), ("url", &receiver.url())]).await;
    assert_eq!(answer.header("location"), "/settings/streams/1?done=created");
    made(&dashboard, &[("filter", "2"), ("url", &receiver.url())]).await;
    let at_work = sending(&dashboard.state.streaming);
    until("both", async || {
        let all = dashboard.state.streaming.all().await.unwrap();
        all.iter().all(|stream| stream.behind == 0)
    })
    .await;
    at_work.end().await;
    let mut sent = receiver.ids();
    sent.sort();
    assert_eq!(sent, [super::id(1), super::id(1), super::id(2)]);

    // The view goes; the stream stays as it is, and says so.
    dashboard.post("/views/1", "what=delete").await;
    let page = dashboard.get("/settings/streams/1").await;
    let what = page.texts(".stream dd")[2].clone();
    assert!(
        what.contains("Status: Failed") && what.contains("the view “Failures”"),
        "{what}"
    );
    assert!(page.one(".stream-state").starts_with("Up to date"));
    let page = dashboard.get("/settings/streams/1/change").await;
    assert_eq!(
        page.one("#filter option[selected]"),
        "As it is (from the view “Failures”)"
    );
    let gone = made(&dashboard, &[("filter", "1"), ("url", &receiver.url())]).await;
    assert!(gone.one("#filter-error").contains("not there any more"));
}

#[tokio::test]
async fn pausing_moving_changing_and_deleting_are_noted_and_done() {
    let (dashboard, receiver) = (dashboard().await, Receiver::start().await);
    dashboard.archive(&super::records(0..3)).await;
    made(
        &dashboard,
        &[
            ("auth", "bearer"),
            ("secret", "token-one"),
            ("url", &receiver.url()),
        ],
    )
    .await;
    let act = async |pairs: &[(&str, &str)]| post(&dashboard, "/settings/streams/1", pairs).await;
    let backlog = async || {
        dashboard
            .get("/settings/streams/1")
            .await
            .texts(".stream-state .muted")
    };
    let state = async || dashboard.get("/settings/streams/1").await.one(".stream-state");
    assert_eq!(backlog().await, ["3 records behind"]);
    act(&[("what", "pause")]).await;
    assert!(
        state().await.starts_with("Paused by 佐藤 花子"),
        "{}",
        state().await
    );
    act(&[("what", "resume")]).await;
    let refused = act(&[("what", "move"), ("from", "date"), ("since", "soon")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.one("#since-error"), "Choose a day.");
    assert_eq!(refused.attributes("#since", "value"), ["soon"]);
    act(&[("what", "move"), ("from", "now")]).await;
    assert_eq!(state().await, "Up to date");
    act(&[("what", "move"), ("from", "date"), ("since", "2026-11-20")]).await;
    assert_eq!(backlog().await, ["3 records behind"]);
    assert_eq!(act(&[("what", "explode")]).await.status, StatusCode::BAD_REQUEST);

    // The form has nothing secret; what is left empty stays.
    let form = dashboard.get("/settings/streams/1/change").await;
    assert!(!form.text.contains("token-one"));
    let revision = form.attributes("[name=revision]", "value").remove(0);
    let change = async |pairs: &[(&str, &str)]| {
        let mut all = vec![
            ("name", "Renamed"),
            ("filter", "all"),
            ("auth", "bearer"),
            ("revision", revision.as_str()),
        ];
        all.retain(|(key, _)| pairs.iter().all(|(other, _)| other != key));
        all.extend_from_slice(pairs);
        post(&dashboard, "/settings/streams/1/change", &all).await
    };
    let elsewhere = change(&[("url", "https://other.example/")]).await;
    assert_eq!(elsewhere.status, StatusCode::BAD_REQUEST);
    assert_eq!(elsewhere.one("#secret-error"), "Type the token.");
    assert_eq!(
        change(&[]).await.header("location"),
        "/settings/streams/1?done=changed"
    );
    let late = change(&[("name", "Late")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let stream = dashboard.state.streaming.one(1).await.unwrap().unwrap();
    assert_eq!((stream.content.name.as_str(), stream.behind), ("Renamed", 3));
    assert_eq!(
        dashboard.state.streaming.target(&stream).unwrap().secret(),
        Some("token-one")
    );

    let asked = dashboard.get("/settings/streams/1/delete").await;
    assert_eq!(asked.one("h1"), "Delete this stream?");
    assert!(
        dashboard.state.streaming.one(1).await.unwrap().is_some(),
        "asking deletes nothing"
    );
    assert_eq!(
        act(&[("what", "delete")]).await.header("location"),
        "/settings/streams?done=deleted"
    );
    assert_eq!(
        dashboard.get("/settings/streams/1").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(act(&[("what", "pause")]).await.status, StatusCode::NOT_FOUND);
    let deeds: Vec<_> = noted(&dashboard)
        .await
        .iter()
        .map(|line| line.split(' ').nth(2).unwrap().to_owned())
        .collect();
    let expected = [
        "created", "paused", "resumed", "moved", "moved", "changed", "deleted",
    ];
    assert_eq!(deeds, expected);
}

#[tokio::test]
async fn what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost_but_secrets() {
    let dashboard = dashboard().await;
    let page = made(
        &dashboard,
        &[
            ("kind", "splunk"),
            ("name", " "),
            ("url", "http://splunk.example:8088"),
            ("secret", "a-token-typed"),
            ("index", "not an index"),
            ("ca", "-----BEGIN CERTIFICATE-----\nnonsense"),
            ("from", "date"),
        ],
    )
    .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    for (field, words) in [
        ("name", "Type a name"),
        ("url", "must begin with https://"),
        ("index", "letters, digits"),
        ("ca", "no certificates"),
        ("since", "Choose a day"),
    ] {
        let said = page.one(&format!("#{field}-error"));
        assert!(said.contains(words), "{field}: {said}");
    }
    assert_eq!(page.attributes("#url", "value"), ["http://splunk.example:8088"]);
    assert!(!page.text.contains("a-token-typed"));
    for (url, words) in [
        ("https://169.254.169.254/latest", "metadata service"),
        ("https://user:pw@siem.example/", "Leave the user"),
        ("javascript:alert(1)", "no address"),
        ("", "Type the address"),
    ] {
        let page = made(&dashboard, &[("url", url)]).await;
        assert!(page.one("#url-error").contains(words), "{url}");
    }
    for (host, port, words) in [
        ("", "6514", "Type the host"),
        ("siem.example:514", "6514", "no host"),
        ("169.254.169.254", "6514", "metadata"),
    ] {
        let page = made(
            &dashboard,
            &[
                ("kind", "syslog"),
                ("host", host),
                ("port", port),
                ("largest", "8192"),
            ],
        )
        .await;
        assert!(page.one("#host-error").contains(words), "{host}");
    }
    let page = made(
        &dashboard,
        &[
            ("kind", "syslog"),
            ("host", "a.example"),
            ("port", "0"),
            ("largest", "7"),
        ],
    )
    .await;
    assert!(page.one("#port-error").contains("65535") && !page.one("#largest-error").is_empty());
    assert_eq!(
        dashboard.get("/settings/streams/new?kind=pigeon").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        made(&dashboard, &[("kind", "pigeon")]).await.status,
        StatusCode::BAD_REQUEST
    );
    assert!(dashboard.state.streaming.all().await.unwrap().is_empty());
    assert!(noted(&dashboard).await.is_empty(), "nothing was done");
}

#[tokio::test]
async fn only_who_manages_sees_or_does_anything() {
    let (mut dashboard, receiver) = (dashboard().await, Receiver::start().await);
    made(&dashboard, &[("url", &receiver.url())]).await;
    dashboard.role = Some("helpdesk_agent");
    for address in ["", "/new?kind=webhook", "/1", "/1/change", "/1/delete"] {
        let page = dashboard.get(&format!("/settings/streams{address}")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{address}");
        assert!(!page.text.contains("SIEM"));
    }
    for what in ["pause", "test", "move", "delete"] {
        let answer = post(
            &dashboard,
            "/settings/streams/1",
            &[("what", what), ("from", "now")],
        )
        .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
    }
    assert_eq!(
        made(&dashboard, &[("url", &receiver.url())]).await.status,
        StatusCode::FORBIDDEN
    );
    assert!(receiver.all().is_empty());
    assert_eq!(dashboard.state.streaming.all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn every_kind_outcome_and_fault_has_words_in_both_languages() {
    use partnerlog::{i18n::Lang, stream::Outcome};
    for lang in Lang::ALL {
        for outcome in Outcome::ALL {
            let key = format!("streams-outcome-{}", outcome.code());
            assert_ne!(lang.t(&key), key);
        }
        for kind in StreamKind::ALL {
            for key in [
                format!("streams-kind-{}", kind.name()),
                format!("streams-kind-{}-hint", kind.name()),
            ] {
                assert_ne!(lang.t(&key), key);
            }
        }
    }
}
