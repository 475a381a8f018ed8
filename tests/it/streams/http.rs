//! Webhooks, NDJSON and Splunk: what a receiver that is well gets.

use partnerlog::{
    store::{Place, Source, StreamKind},
    stream::Draft,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::{
    Archive, id, ids, numbered,
    receiver::{Answer, Receiver},
    records,
};
use crate::records::PARTNER;

pub fn to(receiver: &Receiver) -> Draft {
    Draft {
        url: receiver.url(),
        ..Draft::default()
    }
}

/// With a token.
pub fn by_token(receiver: &Receiver, token: &str) -> Draft {
    Draft {
        auth: "bearer".to_owned(),
        secret: token.to_owned(),
        ..to(receiver)
    }
}

#[tokio::test]
async fn a_webhook_is_signed_as_the_specification_says_and_keeps_its_id_across_retries() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    let odd = r#"{ "id":"record-of-the-streams-00000", "operationType" : "create_order", "x":1.50,
 "customerName":"O'Hara & Söhne 株式会社"}"#;
    archive.archive(&[odd.to_owned(), numbered(1).json()]).await;
    receiver.answer([Answer::Status(500), Answer::Status(200), Answer::Status(503)]);
    let number = archive.stream(StreamKind::Webhook, to(&receiver)).await;
    archive.send_all(number).await;

    let stream = archive.at(number).await;
    let secret = archive
        .streaming
        .target(&stream)
        .unwrap()
        .secret()
        .unwrap()
        .to_owned();
    let verifier = Webhook::new(&secret).unwrap();
    let taken = receiver.all();
    for request in &taken {
        verifier.verify(&request.body, &request.headers).unwrap();
        assert_eq!(request.header("content-type"), "application/json");
        let mut bent = request.body.to_vec();
        bent[10] ^= 1;
        assert!(verifier.verify(&bent, &request.headers).is_err());
    }
    assert!(
        Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .unwrap()
            .verify(&taken[0].body, &taken[0].headers)
            .is_err()
    );
    // Refused and sent again, both of them.
    let message_ids: Vec<_> = taken.iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!(message_ids.len(), 4);
    assert_eq!((message_ids[0], message_ids[2]), (message_ids[1], message_ids[3]));
    assert_ne!(message_ids[0], message_ids[2]);

    let text = taken[0].text();
    assert!(text.contains(&odd.replace('\n', " ")), "byte for byte: {text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["type"], "record.archived");
    assert!(
        body["timestamp"]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .is_ok()
    );
    let data = &body["data"];
    assert_eq!(data["id"], "record-of-the-streams-00000");
    assert_eq!(
        (&data["version"], &data["changed"], &data["sequence"]),
        (&json!(1), &json!(false), &json!(1))
    );
    assert_eq!(
        data["account"],
        json!({"tenantId": PARTNER, "name": "Contoso Japan"})
    );
    assert_eq!(
        data["url"],
        "http://127.0.0.1:8080/activity/record-of-the-streams-00000?version=1"
    );
    assert_eq!(
        archive.outcomes(number).await,
        ["refused", "accepted", "busy", "accepted"]
    );
}

#[tokio::test]
async fn a_record_that_changes_is_sent_again_and_says_so() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive
        .archive(&[numbered(1).status("progress").json(), numbered(2).json()])
        .await;
    archive.archive(&[numbered(1).status("succeeded").json()]).await;
    // An older file shows it as it never was shown before: another version, but none that hides the newest.
    archive
        .archive_at(
            &[numbered(1).status("failed").json()],
            archive.clock.now(),
            Source::Imported,
        )
        .await;
    let number = archive.stream(StreamKind::Webhook, to(&receiver)).await;
    archive.send_all(number).await;
    let seen: Vec<_> = receiver
        .accepted()
        .iter()
        .map(|request| {
            let body: Value = serde_json::from_str(&request.text()).unwrap();
            let data = &body["data"];
            format!(
                "{} {} {} {} {}",
                body["type"].as_str().unwrap(),
                data["id"].as_str().unwrap(),
                data["version"],
                data["record"]["operationStatus"].as_str().unwrap(),
                data["source"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            format!("record.archived {} 1 progress collected", id(1)),
            format!("record.archived {} 1 succeeded collected", id(2)),
            format!("record.changed {} 2 succeeded collected", id(1)),
            format!("record.changed {} 3 failed imported", id(1)),
        ]
    );
    let mut message_ids: Vec<_> = receiver
        .all()
        .iter()
        .map(|it| it.header("webhook-id").to_owned())
        .collect();
    message_ids.sort();
    message_ids.dedup();
    assert_eq!(message_ids.len(), 4, "each version has an id of its own");
}

#[tokio::test]
async fn lines_come_in_bounded_batches_in_the_order_of_archiving_each_once() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..1_203)).await;
    let large = |n: usize| numbered(n).with("resourceNewValue", "y".repeat(400_000)).json();
    archive
        .archive(&(1_203..1_208).map(large).collect::<Vec<_>>())
        .await;
    let draft = Draft {
        gzip: true,
        ..by_token(&receiver, "token-of-the-lines")
    };
    let number = archive.stream(StreamKind::Ndjson, draft).await;
    archive.send_all(number).await;
    assert_eq!(receiver.ids(), ids(0..1_208));
    for request in receiver.all() {
        assert_eq!(request.header("content-type"), "application/x-ndjson");
        assert_eq!(request.header("authorization"), "Bearer token-of-the-lines");
        assert_eq!(request.header("content-encoding"), "gzip");
        let text = request.text();
        assert!(
            text.ends_with('\n') && text.lines().count() <= 500,
            "{}",
            text.lines().count()
        );
        assert!(text.len() < 2 << 20, "{}", text.len());
    }
    let counts: Vec<_> = archive
        .log(number)
        .await
        .iter()
        .map(|entry| entry.records)
        .collect();
    assert_eq!(counts.iter().sum::<u32>(), 1_208);
    assert_eq!(&counts[..2], [500, 500]);
    let first = &archive.log(number).await[0];
    assert_eq!(
        (first.first.clone(), first.last.clone()),
        (Some(id(0)), Some(id(499)))
    );
}

#[tokio::test]
async fn what_is_archived_while_it_is_sent_goes_out_without_being_asked_for() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..3)).await;
    let number = archive
        .stream_of(StreamKind::Ndjson, to(&receiver), "", Place::Now)
        .await;
    let sending = archive.send();
    for n in 3..6 {
        archive.archive(&records(n..n + 1)).await;
        super::until("the new record to arrive", async || {
            receiver.ids().contains(&id(n))
        })
        .await;
    }
    assert_eq!(receiver.ids(), ids(3..6), "nothing of before");
    sending.end().await;
    assert_eq!(archive.at(number).await.behind, 0);
}

#[tokio::test]
async fn a_header_of_its_own_and_no_compression() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..1)).await;
    let draft = Draft {
        auth: "header".to_owned(),
        header: "X-Api-Key".to_owned(),
        secret: "value of it".to_owned(),
        ..to(&receiver)
    };
    let number = archive.stream(StreamKind::Ndjson, draft).await;
    archive.send_all(number).await;
    let request = &receiver.all()[0];
    assert_eq!(request.header("x-api-key"), "value of it");
    assert_eq!(
        (
            request.header("content-encoding"),
            request.header("authorization")
        ),
        ("", "")
    );
}

#[tokio::test]
async fn splunk_gets_events_with_their_time_and_its_codes_are_understood() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..2)).await;
    let said = |status, said: &str| Answer::Said(status, Vec::new(), said.to_owned());
    receiver.answer([
        said(503, r#"{"text":"Server is busy","code":9}"#),
        said(403, r#"{"text":"Invalid token","code":4}"#),
        // A proxy, and no collector.
        said(200, "<html>welcome</html>"),
        said(400, r#"{"text":"No data","code":5}"#),
    ]);
    receiver.usually(said(200, r#"{"text":"Success","code":0,"ackId":7}"#));
    let draft = Draft {
        url: format!("http://{}", receiver.address),
        secret: "B5A79AAD-D822-46CC-80D1-819F80D7BFB0".to_owned(),
        index: "partner_audit".to_owned(),
        ..Draft::default()
    };
    let number = archive.stream(StreamKind::Splunk, draft).await;
    archive.send_all(number).await;
    assert_eq!(
        archive.outcomes(number).await,
        ["busy", "refused", "refused", "not-this", "accepted", "accepted"]
    );
    let request = &receiver.all()[0];
    assert_eq!(request.path, "/services/collector/event");
    assert_eq!(
        request.header("authorization"),
        "Splunk B5A79AAD-D822-46CC-80D1-819F80D7BFB0"
    );
    assert!(uuid::Uuid::parse_str(request.header("x-splunk-request-channel")).is_ok());
    let event: Value = serde_json::from_str(request.text().lines().next().unwrap()).unwrap();
    assert_eq!(event["time"], 1_785_574_800.0);
    assert_eq!(
        (
            &event["host"],
            &event["source"],
            &event["sourcetype"],
            &event["index"]
        ),
        (
            &json!("127.0.0.1"),
            &json!("partnerlog"),
            &json!("partnerlog:record"),
            &json!("partner_audit")
        )
    );
    assert_eq!(event["event"]["record"]["operationType"], "update_subscription");
    let last: Vec<_> = receiver.all()[4..]
        .iter()
        .flat_map(|request| request.envelopes())
        .collect();
    let ids: Vec<_> = last
        .iter()
        .map(|envelope| envelope["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [id(0), id(1)]);
}
