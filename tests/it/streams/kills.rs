//! The program itself, killed without a word while it sends: what was accepted may come twice, nothing is lost, and the order
//! holds.

use std::time::Duration;

use partnerlog::{
    clock::Clock,
    config,
    credentials::Keys,
    store::{Place, Store as _, StreamKind, Streams as _},
    stream::{Asked, Draft, Guard, Pace, Streaming, Surroundings},
};

use super::{
    KEY,
    receiver::{Answer, Receiver},
};
use crate::soundness::world::{Home, stand_in, tenant, until};
use crate::support::archive;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_whose_process_is_killed_goes_on_after_what_was_accepted() {
    let partner_center = stand_in(tenant(3, 1_500, 0)).await;
    let home = Home::new(&partner_center);
    let settings = std::fs::read_to_string(home.path("partnerlog.toml")).unwrap();
    home.write_settings(&format!("{settings}[credentials]\nkey_secret = \"{KEY}\"\n"));
    home.run(&["collect"]).await.succeeded();
    let receiver = Receiver::start().await;
    let clock = Clock::system();

    let store = std::sync::Arc::new(archive::open(&home.archive()).await.unwrap());
    let keys = Keys::new(&config::Credentials {
        key_secret: Some(KEY.to_owned().into()),
        previous_key_secret: None,
    });
    let around = Surroundings {
        guard: Guard { loopback: true },
        clock: clock.clone(),
        public_url: "http://127.0.0.1".to_owned(),
        timeout: Duration::from_secs(30),
    };
    let streaming = Streaming::new(store.clone(), store.clone(), keys, around, Pace::default());
    let asked = Asked {
        name: "Webhook".to_owned(),
        kind: StreamKind::Webhook,
        query: String::new(),
        view: None,
        draft: Draft {
            url: receiver.url(),
            ..Draft::default()
        },
    };
    let prepared = streaming
        .prepare(asked, None, clock.now())
        .unwrap_or_else(|why| panic!("{why:?}"));
    let number = streaming
        .create(&prepared, Place::Beginning, clock.now(), "x")
        .await
        .unwrap()
        .unwrap();

    let mut killed_at = Vec::new();
    for _ in 0..3 {
        let before = receiver.accepted().len();
        // However fast it sends, it comes no further than this.
        receiver.answer(vec![Answer::Status(200); 2]);
        receiver.usually(Answer::Silent);
        let process = home.start(&["serve"]);
        until("some records to arrive", Duration::from_secs(120), async || {
            receiver.accepted().len() > before + 1
        })
        .await;
        process.kill();
        home.forget_leases();
        killed_at.push(receiver.ids().len());
    }
    receiver.usually(Answer::Status(200));
    let process = home.start(&["serve"]);
    until("all to arrive", Duration::from_secs(120), async || {
        store.stream(number).await.unwrap().unwrap().behind == 0
    })
    .await;
    process.end();

    let all = store.newest_version().await.unwrap();
    let sequence: Vec<i64> = receiver
        .envelopes()
        .iter()
        .map(|it| it["sequence"].as_i64().unwrap())
        .collect();
    assert!(
        killed_at[0] < usize::try_from(all).unwrap(),
        "it was killed in the middle: {killed_at:?} of {all}"
    );
    // Going back is allowed where it was killed, and only to what was already sent: there is no gap.
    let (mut highest, mut back) = (0, 0);
    for now in sequence {
        assert!(now <= highest + 1, "{now} after {highest}");
        back += usize::from(now < highest);
        highest = highest.max(now);
    }
    assert_eq!(highest, all);
    assert!(back <= 3 * 100, "at most a batch for each kill: {back}");
    assert!(store.ping().await.is_ok());
}
