//! Who sends: one of several processes, nobody while a stream is paused, and each stream for itself.

use std::sync::Arc;

use chrono::TimeDelta;
use partnerlog::{
    clock::Clock,
    store::{Store as _, StreamKind, stream_lease},
};
use tokio::sync::Notify;

use super::{
    Archive,
    http::to,
    ids, pace,
    receiver::{Answer, Receiver},
    records, sending, streaming, until,
};
use crate::support::archive;
use crate::support::dashboard::now;

#[tokio::test]
async fn of_two_processes_one_sends_and_the_other_takes_over_when_it_ends() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..300)).await;
    let number = archive.stream(StreamKind::Webhook, to(&receiver)).await;
    // What two processes have in common is the file.
    let second = Arc::new(archive::open(&archive.path()).await.unwrap());
    let second = streaming(&second, &archive.clock, true, pace());
    let (one, other) = (archive.send(), sending(&second));
    until("all to arrive", async || archive.at(number).await.behind == 0).await;
    assert_eq!(receiver.ids(), ids(0..300), "each once");
    one.end().await;
    archive.archive(&records(300..310)).await;
    until("the other to go on", async || {
        archive.at(number).await.behind == 0
    })
    .await;
    other.end().await;
    assert_eq!(receiver.ids(), ids(0..310));
    assert!(
        !archive
            .store
            .is_leased(&stream_lease(number), archive.clock.now())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn while_somebody_else_holds_the_lease_nothing_is_sent_until_it_runs_out() {
    let clock = Clock::fixed(now());
    let archive = Archive::with(clock.clone(), pace()).await;
    let receiver = Receiver::start().await;
    archive.archive(&records(0..2)).await;
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let free = archive.stream(StreamKind::Webhook, to(&receiver)).await;
    let lease = stream_lease(number);
    let until_then = now() + TimeDelta::seconds(30);
    assert!(
        archive
            .store
            .lease(&lease, "somebody who died", now(), until_then)
            .await
            .unwrap()
    );
    let sending = archive.send();
    // The other stream shows that somebody is at work.
    until("the other stream", async || archive.at(free).await.behind == 0).await;
    assert_eq!(archive.at(number).await.behind, 2);
    assert!(
        receiver
            .all()
            .iter()
            .all(|request| !request.header("webhook-id").is_empty())
    );
    clock.set(until_then + TimeDelta::seconds(1));
    until("the lease to be taken over", async || {
        archive.at(number).await.behind == 0
    })
    .await;
    sending.end().await;
}

#[tokio::test]
async fn a_paused_stream_sends_nothing_and_goes_on_where_it_was() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..3)).await;
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let other = Receiver::start().await;
    let control = archive.stream(StreamKind::Ndjson, to(&other)).await;
    let sending = archive.send();
    until("the first", async || archive.at(number).await.behind == 0).await;
    assert!(
        archive
            .streaming
            .pause(number, archive.clock.now(), "Hanako")
            .await
            .unwrap()
    );
    assert!(
        !archive
            .streaming
            .pause(number, archive.clock.now(), "Hanako")
            .await
            .unwrap()
    );
    archive.archive(&records(3..6)).await;
    until("another stream", async || archive.at(control).await.behind == 0).await;
    assert_eq!((receiver.ids(), archive.at(number).await.behind), (ids(0..3), 3));
    archive.streaming.resume(number).await.unwrap();
    until("the rest", async || archive.at(number).await.behind == 0).await;
    sending.end().await;
    assert_eq!(receiver.ids(), ids(0..6));
}

#[tokio::test]
async fn pausing_in_the_middle_of_a_request_sends_nothing_twice() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..3)).await;
    let go_on = Arc::new(Notify::new());
    receiver.answer([Answer::Held(go_on.clone())]);
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let sending = archive.send();
    until("the request", async || !receiver.all().is_empty()).await;
    archive
        .streaming
        .pause(number, archive.clock.now(), "Hanako")
        .await
        .unwrap();
    go_on.notify_one();
    until("what was accepted to be noted", async || {
        archive.at(number).await.position == 3
    })
    .await;
    archive.streaming.resume(number).await.unwrap();
    archive.archive(&records(3..4)).await;
    until("the rest", async || archive.at(number).await.behind == 0).await;
    sending.end().await;
    assert_eq!(receiver.ids(), ids(0..4));
}

#[tokio::test]
async fn moving_in_the_middle_of_a_request_counts() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..3)).await;
    let go_on = Arc::new(Notify::new());
    receiver.answer([Answer::Held(go_on.clone())]);
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let sending = archive.send();
    until("the request", async || !receiver.all().is_empty()).await;
    archive
        .streaming
        .go_to(number, partnerlog::store::Place::Beginning)
        .await
        .unwrap();
    go_on.notify_one();
    until("everything again", async || archive.at(number).await.behind == 0).await;
    sending.end().await;
    assert_eq!(
        receiver.ids(),
        [ids(0..3), ids(0..3)].concat(),
        "what was asked for again is sent again"
    );
}

#[tokio::test]
async fn ending_waits_for_the_answer_so_that_nothing_is_sent_twice() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..3)).await;
    let go_on = Arc::new(Notify::new());
    receiver.answer([Answer::Held(go_on.clone())]);
    let number = archive.stream(StreamKind::Ndjson, to(&receiver)).await;
    let at_work = archive.send();
    until("the request", async || !receiver.all().is_empty()).await;
    let ending = tokio::spawn(at_work.end());
    go_on.notify_one();
    ending.await.unwrap();
    assert_eq!(archive.at(number).await.position, 3);
    archive.archive(&records(3..4)).await;
    archive.send_all(number).await;
    assert_eq!(receiver.ids(), ids(0..4));
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_neither_other_streams_nor_the_archive() {
    let (archive, silent, well) = (
        Archive::new().await,
        Receiver::start().await,
        Receiver::start().await,
    );
    silent.usually(Answer::Silent);
    archive.archive(&records(0..2)).await;
    let stuck = archive.stream(StreamKind::Ndjson, to(&silent)).await;
    let number = archive.stream(StreamKind::Ndjson, to(&well)).await;
    let sending = archive.send();
    until("the silence", async || !silent.all().is_empty()).await;
    for n in 2..12 {
        archive.archive(&records(n..n + 1)).await;
    }
    until("the other stream", async || archive.at(number).await.behind == 0).await;
    assert_eq!(well.ids(), ids(0..12));
    assert_eq!(archive.at(stuck).await.position, 0);
    sending.end().await;
}
