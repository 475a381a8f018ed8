//! Several processes on one server: each sees what the others wrote, and none is in another's way.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use partnerlog::store::{
    AccountId, Batch, NewView, Overseer, Person, Source, Store, Views,
    postgres::{Connector, Session},
    sql::{SqlStore, connection::Connection, verify},
};

use crate::{
    records::record,
    support::{
        dashboard::now,
        postgres::{Database, cluster},
    },
};

const PATIENCE: Duration = Duration::from_secs(20);

async fn node(database: &Database) -> SqlStore {
    SqlStore::connect(Connector::at(database.url()).unwrap())
        .await
        .unwrap()
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn batch(account: AccountId, first: usize, last: usize) -> Batch {
    Batch {
        account,
        source: Source::Collected,
        archived_at: now(),
        records: (first..last)
            .map(|n| {
                record()
                    .id(&format!("partner_record_{n:05}"))
                    .user(&format!("user{}@partner.example", n % 40))
                    .incoming()
            })
            .collect(),
    }
}

#[tokio::test]
async fn what_one_writes_the_others_are_told() {
    let database = cluster().database();
    let (one, other) = (node(&database).await, node(&database).await);
    let account = one
        .account("9daaeb1c-4195-4db5-9f1d-509eb70c8c2d", "Contoso")
        .await
        .unwrap();
    let (stamp, records) = (other.stamp().unwrap(), other.records_stamp().unwrap());
    one.append(batch(account, 0, 3)).await.unwrap();
    until("the other hears of records", async || {
        other.stamp().unwrap() != stamp && other.records_stamp().unwrap() != records
    })
    .await;
    assert_eq!(other.newest_number().await.unwrap(), 3);

    // What is no record moves the one and not the other.
    let (stamp, records) = (other.stamp().unwrap(), other.records_stamp().unwrap());
    let reader = Person {
        tenant: "t".to_owned(),
        object: "o".to_owned(),
    };
    let view = NewView {
        name: "Mine".to_owned(),
        query: "status=failed".to_owned(),
        span: None,
        shared: false,
        start: false,
        owner_name: "Hanako Sato".to_owned(),
        saved_at: now(),
    };
    one.save_view(&reader, &view, false).await.unwrap();
    until("the other hears of a view", async || {
        other.stamp().unwrap() != stamp
    })
    .await;
    assert_eq!(other.records_stamp().unwrap(), records);
    assert_eq!(other.views(&reader, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn those_who_write_at_once_neither_lose_nor_double_anything() {
    let database = cluster().database();
    let nodes = [
        node(&database).await,
        node(&database).await,
        node(&database).await,
    ];
    let account = nodes[0]
        .account("9daaeb1c-4195-4db5-9f1d-509eb70c8c2d", "Contoso")
        .await
        .unwrap();
    // Each writes what the others write, too, in another order.
    let writing = nodes.iter().enumerate().map(|(at, node)| {
        let node = node.clone();
        async move {
            for step in 0..12 {
                let first = (step + 4 * at) % 12 * 25;
                node.append(batch(account, first, first + 40)).await.unwrap();
            }
        }
    });
    futures_util::future::join_all(writing).await;
    for node in &nodes {
        assert_eq!(node.newest_number().await.unwrap(), 315);
    }
    let url = database.url().to_owned();
    let verified = tokio::task::spawn_blocking(move || {
        let session = Session::of(&Connector::at(&url).unwrap()).unwrap();
        let overseer = Overseer::new(|_, _, _| {}, Arc::default());
        verify::compare(&Connection::Server(session), &overseer)
            .unwrap()
            .unwrap()
    });
    let verified = verified.await.unwrap();
    assert_eq!(
        (verified.records, verified.versions, verified.faults),
        (315, 315, 0),
        "{:?}",
        verified.first
    );
}
