//! Receivers that refuse, misbehave, die or are none: nothing is lost, nothing goes where it must not, and the log says why.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chrono::TimeDelta;
use partnerlog::{
    clock::Clock,
    store::{PauseReason, StreamKind},
    stream::{Draft, Pace},
};
use tokio::net::TcpListener;

use super::{
    Archive, Sending, bytes_of, contains,
    http::{by_token, to},
    id, ids, numbered, pace,
    receiver::{Answer, Receiver},
    records, sending, streaming, until,
};
use crate::{
    captured_log::CapturedLog,
    support::{archive as archives, dashboard::now},
};

#[tokio::test]
async fn whatever_a_receiver_does_everything_arrives_in_order() {
    let mut pace = pace();
    pace.timeout = std::time::Duration::from_secs(3);
    let archive = Archive::with(Clock::system(), pace).await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    archive.archive(&records(0..10)).await;
    let later = |status, seconds: &str| {
        Answer::Said(
            status,
            vec![("retry-after", seconds.to_owned())],
            "later, please".to_owned(),
        )
    };
    receiver.answer([
        Answer::Status(500),
        Answer::Said(307, vec![("location", elsewhere.url())], String::new()),
        Answer::Breaks,
        later(429, "1"),
        Answer::Silent,
        later(503, "0"),
        Answer::Status(404),
        Answer::Endless,
    ]);
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    archive.send_all(number).await;
    assert_eq!(receiver.ids(), ids(0..10));
    assert!(
        elsewhere.all().is_empty(),
        "nothing is sent to where an answer leads"
    );
    assert_eq!(
        archive.outcomes(number).await,
        [
            "refused",
            "redirected",
            "broke-off",
            "busy",
            "timed-out",
            "busy",
            "refused",
            "accepted"
        ]
    );
    let log = archive.log(number).await;
    assert_eq!(
        (log[3].status, log[3].said.as_str(), log[3].records),
        (Some(429), "later, please", 10)
    );
    // Of an answer without an end the beginning was enough.
    assert!(log[7].said.len() <= 300 && log[7].said.starts_with("xxx"));
    // What a receiver asked for was waited for.
    assert!(log[4].at - log[3].at >= TimeDelta::seconds(1));
    assert_eq!(archive.at(number).await.failing, None);
}

#[tokio::test]
async fn one_record_that_is_refused_is_found_and_named_and_those_before_it_are_sent() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..40)).await;
    receiver.usually(Answer::Picky(id(21)));
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let sending = archive.send();
    until("the record to be found", async || {
        let stream = archive.at(number).await;
        stream.position == 21 && stream.failing.is_some_and(|failing| failing.tries > 1)
    })
    .await;
    let last = archive.at(number).await.last.unwrap();
    assert_eq!((last.first.as_deref(), last.records), (Some(id(21).as_str()), 1));
    assert_eq!(
        (last.outcome.as_str(), last.said.as_str()),
        ("not-this", "this one I do not take")
    );
    receiver.usually(Answer::Status(200));
    until("the rest to arrive", async || {
        archive.at(number).await.behind == 0
    })
    .await;
    sending.end().await;
    assert_eq!(receiver.ids(), ids(0..40));
}

#[tokio::test]
async fn a_record_that_will_never_be_taken_is_left_out_by_whoever_manages() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..5)).await;
    // What is not selected does not count.
    let other = numbered(90).status("failed").json();
    archive
        .archive(&[other, numbered(5).json(), numbered(6).json()])
        .await;
    receiver.usually(Answer::Picky(id(5)));
    let draft = to(&receiver);
    let place = partnerlog::store::Place::Beginning;
    let number = archive
        .stream_of(StreamKind::Ndjson, draft, "status=succeeded", place)
        .await;
    let sending = archive.send();
    until("the refusal", async || {
        let stream = archive.at(number).await;
        stream.failing.is_some_and(|failing| failing.tries > 1)
    })
    .await;
    let stream = archive.at(number).await;
    let seen = (stream.moves, stream.position);
    assert!(archive.streaming.skip(&stream, seen).await.unwrap());
    // A second click says the same, and leaves nothing out.
    let again = archive.at(number).await;
    assert!(!archive.streaming.skip(&again, seen).await.unwrap());
    let log = archive.streaming.deliveries(number, None, 100).await.unwrap();
    let left_out: Vec<_> = log.iter().filter(|it| it.outcome == "left-out").collect();
    assert_eq!((left_out.len(), left_out[0].first.as_deref()), (1, Some(&*id(5))));
    until("the rest", async || archive.at(number).await.behind == 0).await;
    sending.end().await;
    assert_eq!(receiver.ids(), [ids(0..5), ids(6..7)].concat());
    let stream = archive.at(number).await;
    let seen = (stream.moves, stream.position);
    assert!(!archive.streaming.skip(&stream, seen).await.unwrap());
}

#[tokio::test]
async fn a_receiver_that_is_gone_for_good_pauses_the_stream_which_keeps_its_place() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..5)).await;
    receiver.answer([Answer::Status(200), Answer::Status(200), Answer::Status(410)]);
    let number = archive.stream(StreamKind::Webhook, to(&receiver)).await;
    let sending = archive.send();
    until("the stream to pause", async || {
        archive.at(number).await.paused.is_some()
    })
    .await;
    let stream = archive.at(number).await;
    let paused = stream.paused.unwrap();
    assert_eq!((paused.reason, paused.by), (PauseReason::Gone, None));
    assert_eq!((stream.position, stream.behind), (2, 3));
    archive.archive(&records(5..6)).await;
    assert!(archive.streaming.resume(number).await.unwrap());
    until("the rest to arrive", async || {
        archive.at(number).await.behind == 0
    })
    .await;
    sending.end().await;
    assert_eq!(receiver.ids(), ids(0..6));
}

#[tokio::test]
async fn after_five_days_without_success_a_stream_pauses_by_itself() {
    let clock = Clock::fixed(now());
    let archive = Archive::with(clock.clone(), pace()).await;
    let receiver = Receiver::start().await;
    archive.archive(&records(0..1)).await;
    receiver.usually(Answer::Status(401));
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let sending = archive.send();
    until("some failures", async || {
        archive
            .at(number)
            .await
            .failing
            .is_some_and(|failing| failing.tries > 2)
    })
    .await;
    assert_eq!(archive.at(number).await.failing.unwrap().since, now());
    clock.set(now() + TimeDelta::days(5) - TimeDelta::seconds(1));
    let tries = archive.at(number).await.failing.unwrap().tries;
    until("another failure", async || {
        archive
            .at(number)
            .await
            .failing
            .is_some_and(|failing| failing.tries > tries + 1)
    })
    .await;
    assert_eq!(archive.at(number).await.paused, None);
    clock.set(now() + TimeDelta::days(5));
    until("the stream to pause", async || {
        archive.at(number).await.paused.is_some()
    })
    .await;
    assert_eq!(
        archive.at(number).await.paused.unwrap().reason,
        PauseReason::Failing
    );
    assert_eq!(archive.at(number).await.position, 0);
    sending.end().await;
}

/// A server that counts who connects.
async fn door() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, visits) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = visits.clone();
    tokio::spawn(async move {
        while let Ok((_visitor, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, visits)
}

#[tokio::test]
async fn nobody_connects_to_this_machine_where_the_dashboard_is_for_others() {
    let archive = Archive::new().await;
    archive.archive(&records(0..1)).await;
    let (address, visits) = door().await;
    let draft = |url: String| Draft {
        url,
        ..Draft::default()
    };
    // Made where it was allowed; the archive then moves to where it is not.
    let by_number = archive
        .stream(StreamKind::Ndjson, draft(format!("https://{address}/")))
        .await;
    let by_name = archive
        .stream(
            StreamKind::Webhook,
            draft(format!("https://localhost:{}/", address.port())),
        )
        .await;
    let syslog = Draft {
        host: "localhost".to_owned(),
        port: address.port().to_string(),
        largest: "2048".to_owned(),
        ..Draft::default()
    };
    let by_syslog = archive.stream(StreamKind::Syslog, syslog).await;
    let strict = streaming(&archive.store, &archive.clock, false, pace());
    for number in [by_number, by_name, by_syslog] {
        let test = strict.test(&archive.at(number).await).await.unwrap();
        assert_eq!(test.outcome, "forbidden");
    }
    let at_work = sending(&strict);
    for number in [by_number, by_name, by_syslog] {
        until("the refusal", async || archive.at(number).await.failing.is_some()).await;
        assert_eq!(archive.at(number).await.last.unwrap().outcome, "forbidden");
    }
    at_work.end().await;
    assert_eq!(visits.load(Ordering::SeqCst), 0);
    // The door is one: where it is allowed, somebody comes.
    let lenient = archive.streaming.test(&archive.at(by_name).await).await.unwrap();
    assert_ne!(lenient.outcome, "forbidden");
    until("a visit", async || visits.load(Ordering::SeqCst) > 0).await;
}

#[tokio::test]
async fn nothing_is_sent_through_a_proxy_which_would_look_names_up_itself() {
    // The environment is read by a process of its own: `HTTPS_PROXY` would be for all tests of this one.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "streams::refused::a_forbidden_host_stays_forbidden",
            "--ignored",
        ])
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn a_forbidden_host_stays_forbidden() {
    let archive = Archive::new().await;
    let draft = Draft {
        url: "https://localhost/".to_owned(),
        ..Draft::default()
    };
    let number = archive.stream(StreamKind::Webhook, draft).await;
    let strict = streaming(&archive.store, &archive.clock, false, Pace::default());
    let test = strict.test(&archive.at(number).await).await.unwrap();
    assert_eq!(test.outcome, "forbidden");
}

#[tokio::test]
async fn secrets_are_nowhere_but_in_the_requests() {
    let log = CapturedLog::start();
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive
        .archive(&[numbered(0).with("password", "a-secret-of-a-record").json()])
        .await;
    let token = "t0ken/of-the-receiver+x==";
    let draft = Draft {
        url: format!(
            "http://{}/in/path-that-is-a-secret-itself?sig=signature-in-the-address",
            receiver.address
        ),
        ..by_token(&receiver, token)
    };
    let number = archive.stream(StreamKind::Ndjson, draft).await;
    let other = Receiver::start().await;
    let signed = archive.stream(StreamKind::Webhook, to(&other)).await;
    let key = archive.streaming.target(&archive.at(signed).await).unwrap();
    let key = key.secret().unwrap().to_owned();
    // It repeats what it is sent, as some do for debugging.
    let echo = format!(
        r#"{{"headers":{{"authorization":"Bearer {}"}},"url":"/in/path-that-is-a-secret-itself?sig=signature-in-the-address"}}"#,
        token.replace('/', "\\/")
    );
    receiver.answer((0..4).map(|_| Answer::Said(500, Vec::new(), echo.clone())));
    archive.streaming.test(&archive.at(number).await).await.unwrap();
    other.answer([Answer::Said(500, Vec::new(), format!("the key is {key}"))]);
    archive.send_all(number).await;
    archive.send_all(signed).await;
    assert!(
        receiver
            .all()
            .iter()
            .any(|request| request.header("authorization").contains(token))
    );
    let said: Vec<_> = archive
        .log(number)
        .await
        .into_iter()
        .map(|entry| entry.said)
        .collect();
    assert!(said[0].contains(r#""authorization":"Bearer •••""#), "{said:?}");
    let file = match archives::is_on_server() {
        false => bytes_of(archive.folder.path()),
        true => ["stream", "stream_delivery", "access"]
            .iter()
            .flat_map(|table| archives::rows(&archive.path(), table))
            .collect::<String>()
            .into_bytes(),
    };
    assert!(contains(&file, "127.0.0.1"), "this is the file of the streams");
    let log = log.text();
    assert!(
        log.contains("a stream was tested"),
        "this is the log of the streams"
    );
    for secret in [
        token,
        "path-that-is-a-secret-itself",
        "signature-in-the-address",
        &key,
        &token[..10],
    ] {
        assert!(!contains(&file, secret), "{secret} is in the archive");
        assert!(!log.contains(secret), "{secret} is in the log");
        assert!(
            !said.iter().any(|said| said.contains(secret)),
            "{secret} is in the list"
        );
    }
    assert!(!log.contains("a-secret-of-a-record"));
    let signed_said = archive.log(signed).await;
    assert_eq!(signed_said[0].said, "the key is •••");
}

#[tokio::test]
async fn without_the_key_nothing_is_sent_and_with_it_the_stream_goes_on() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..2)).await;
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let other = partnerlog::credentials::Keys::new(&partnerlog::config::Credentials {
        key_secret: Some("another key, which knows nothing of it".to_owned().into()),
        previous_key_secret: None,
    });
    let around = partnerlog::stream::Surroundings {
        guard: partnerlog::stream::Guard { loopback: true },
        clock: archive.clock.clone(),
        public_url: super::PUBLIC_URL.to_owned(),
        timeout: pace().timeout,
    };
    let stranger = partnerlog::stream::Streaming::new(
        archive.store.clone(),
        archive.store.clone(),
        other,
        around.clone(),
        pace(),
    );
    let at_work: Sending = sending(&stranger);
    until("the trouble to be said", async || {
        archive.at(number).await.last.is_some()
    })
    .await;
    assert_eq!(archive.at(number).await.last.unwrap().outcome, "sealed");
    at_work.end().await;
    assert!(receiver.all().is_empty());
    assert_eq!(
        stranger.reseal().await.unwrap(),
        [("SIEM".to_owned(), partnerlog::credentials::Resealed::Unopened)]
    );

    // The operator gives the former key back, and seals anew.
    let both = partnerlog::credentials::Keys::new(&partnerlog::config::Credentials {
        key_secret: Some("another key, which knows nothing of it".to_owned().into()),
        previous_key_secret: Some(super::KEY.to_owned().into()),
    });
    let both = partnerlog::stream::Streaming::new(
        archive.store.clone(),
        archive.store.clone(),
        both,
        around,
        pace(),
    );
    assert_eq!(
        both.reseal().await.unwrap(),
        [("SIEM".to_owned(), partnerlog::credentials::Resealed::Done)]
    );
    assert_eq!(
        both.reseal().await.unwrap(),
        [("SIEM".to_owned(), partnerlog::credentials::Resealed::Already)]
    );
    let at_work = sending(&stranger);
    until("the records to arrive", async || {
        archive.at(number).await.behind == 0
    })
    .await;
    at_work.end().await;
    assert_eq!(receiver.ids(), ids(0..2));
}

#[tokio::test]
async fn the_log_of_a_stream_has_its_last_thousand_deliveries() {
    use partnerlog::store::{Delivery, Streams as _};
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let other = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let delivery = |n: u32| Delivery {
        number: 0,
        at: archive.clock.now(),
        test: false,
        records: n,
        first: None,
        last: None,
        outcome: "accepted".to_owned(),
        status: Some(200),
        took_ms: 1,
        said: "z".repeat(5_000),
    };
    archive.store.tested(other, &delivery(77)).await.unwrap();
    for n in 0..1_010 {
        archive.store.tested(number, &delivery(n)).await.unwrap();
    }
    let log = archive.log(number).await;
    assert_eq!((log.len(), log[0].records), (1_000, 10));
    assert_eq!(log[0].said.len(), 300);
    assert_eq!(archive.log(other).await.len(), 1);
    // What is deleted leaves nothing.
    assert_eq!(
        archive.streaming.delete(number).await.unwrap().as_deref(),
        Some("SIEM")
    );
    assert!(archive.log(number).await.is_empty());
    archive.store.tested(number, &delivery(1)).await.unwrap();
    assert!(archive.log(number).await.is_empty());
}
