//! A server that goes away and comes back: who asks meanwhile is told to wait, and nothing has to be started anew.

use http::StatusCode;
use partnerlog::store::{
    Batch, NewView, Person, Source, StoreError, Views,
    postgres::{Connector, Session},
    sql::{SqlStore, connection::Writes},
};

use crate::{
    records::record,
    support::{
        dashboard::{Dashboard, now},
        postgres::{Cluster, cluster},
    },
};

async fn over(url: &str) -> Dashboard {
    let store = SqlStore::connect(Connector::at(url).unwrap()).await.unwrap();
    Dashboard::over(store, tempfile::tempdir().unwrap()).await
}

fn numbered(n: usize) -> String {
    record().id(&format!("partner_record_{n:04}")).json()
}

fn batch(dashboard: &Dashboard, document: &str) -> Batch {
    Batch {
        account: dashboard.account,
        source: Source::Collected,
        archived_at: now(),
        records: vec![crate::records::incoming(document)],
    }
}

#[tokio::test]
async fn a_server_that_crashes_and_comes_back_is_gone_on_with() {
    // What is committed is kept, as by every server that is in use.
    let server = tokio::task::spawn_blocking(|| Cluster::start(&[("synchronous_commit", "on")]))
        .await
        .unwrap();
    let dashboard = over(server.url_of("postgres").as_str()).await;
    dashboard.archive(&[numbered(1)]).await;
    assert_eq!(dashboard.get("/activity").await.status, StatusCode::OK);
    let stamp = dashboard.store.stamp().unwrap();

    server.crash();
    for page in ["/activity", "/activity?q=relecloud", "/customers", "/coverage"] {
        let answer = dashboard.get(page).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert_eq!(answer.headers["retry-after"], "5", "{page}");
        assert_eq!(answer.one("h1"), "The archive does not answer");
    }
    let lost = dashboard.store.append(batch(&dashboard, &numbered(2))).await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");

    server.recover();
    assert_eq!(dashboard.get("/activity").await.status, StatusCode::OK);
    assert_ne!(
        dashboard.store.stamp().unwrap(),
        stamp,
        "what was remembered is not believed"
    );
    dashboard.archive(&[numbered(2), numbered(3)]).await;
    let page = dashboard.get("/activity?from=").await;
    for n in 1..=3 {
        assert!(page.text.contains(&format!("partner_record_{n:04}")), "{n}");
    }
    assert_eq!(dashboard.store.newest_number().await.unwrap(), 3);
}

#[tokio::test]
async fn connections_that_are_ended_are_made_anew_and_nobody_notices() {
    let database = cluster().database();
    let store = SqlStore::connect(Connector::at(database.url()).unwrap())
        .await
        .unwrap();
    let dashboard = Dashboard::over(store.clone(), tempfile::tempdir().unwrap()).await;
    let pages = [
        "/activity",
        "/activity?q=relecloud",
        "/customers",
        "/coverage",
        "/views",
    ];
    let reader = Person {
        tenant: "t".to_owned(),
        object: "o".to_owned(),
    };
    let save = async |round: usize, when: &str| {
        let view = NewView {
            name: format!("{when} {round}"),
            query: "status=failed".to_owned(),
            span: None,
            shared: false,
            start: false,
            owner_name: "Hanako Sato".to_owned(),
            saved_at: now(),
        };
        store.save_view(&reader, &view, false).await.unwrap();
    };
    for round in 0..4 {
        // What is written is not written again by itself; but it begins with a connection that is there.
        save(round, "first").await;
        dashboard.archive(&[numbered(round)]).await;
        for page in pages {
            assert_eq!(dashboard.get(page).await.status, StatusCode::OK, "{page}");
        }
        save(round, "last").await;
        database.end_connections();
    }
    let page = dashboard.get("/activity?from=").await;
    assert!((0..4).all(|n| page.text.contains(&format!("partner_record_{n:04}"))));
}

#[tokio::test]
async fn an_append_that_failed_leaves_nothing_in_the_way_of_the_next() {
    let database = cluster().database();
    let dashboard = over(database.url()).await;
    // After its months have their tables.
    database.psql(
        "CREATE FUNCTION is_full() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$;
         CREATE TRIGGER is_full BEFORE INSERT ON word FOR EACH ROW EXECUTE FUNCTION is_full()",
    );
    assert!(
        dashboard
            .store
            .append(batch(&dashboard, &numbered(1)))
            .await
            .is_err()
    );
    database.psql("DROP TRIGGER is_full ON word");
    dashboard.archive(&[numbered(1)]).await;
    let part = "SELECT tableoid::regclass FROM record";
    assert_eq!(
        database.psql(part),
        "record_2026_08",
        "it lies in the part of its month"
    );
}

#[tokio::test]
async fn who_waited_in_vain_for_a_writer_writes_when_the_writer_is_done() {
    let database = cluster().database();
    drop(over(database.url()).await);
    database.psql(&format!(
        "ALTER DATABASE {} SET lock_timeout = '50ms'",
        database.name()
    ));
    let dashboard = over(database.url()).await;
    let url = database.url().to_owned();
    let (held, holding) = std::sync::mpsc::channel();
    let (done, waits) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || {
        let mut client = Connector::at(&url).unwrap().connect().unwrap();
        let lock = format!(
            "SELECT pg_advisory_lock({})",
            partnerlog::store::postgres::ARCHIVE
        );
        client.batch_execute(&lock).unwrap();
        held.send(()).unwrap();
        let _ = waits.recv();
    });
    tokio::task::spawn_blocking(move || holding.recv().unwrap())
        .await
        .unwrap();
    let waited = dashboard.store.append(batch(&dashboard, &numbered(1))).await;
    assert!(matches!(waited, Err(StoreError::Busy(_))), "{waited:?}");
    drop(done);
    tokio::task::spawn_blocking(move || other.join().unwrap())
        .await
        .unwrap();
    dashboard.archive(&[numbered(1)]).await;
    assert_eq!(dashboard.store.newest_number().await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_any_more_is_not_held_on_to() {
    let server = tokio::task::spawn_blocking(|| Cluster::start(&[])).await.unwrap();
    let dashboard = over(server.url_of("postgres").as_str()).await;
    dashboard.archive(&[numbered(1)]).await;
    // As after a switch-over that leaves connections open. Whoever wrote before has a transaction refused at most.
    let takes_writes_no_more = |read_only: &str| {
        server.psql(&format!(
            "ALTER SYSTEM SET default_transaction_read_only = {read_only}"
        ));
        server.psql("SELECT pg_reload_conf()");
    };
    takes_writes_no_more("on");
    let refused = async || {
        let appended = dashboard.store.append(batch(&dashboard, &numbered(2))).await;
        matches!(appended, Err(StoreError::Unavailable(_)))
    };
    // The server tells its connections in its own time; what it took until then it may take twice.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !refused().await {
        assert!(std::time::Instant::now() < deadline, "it goes on writing");
    }
    takes_writes_no_more("off");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while dashboard
        .store
        .append(batch(&dashboard, &numbered(3)))
        .await
        .is_err()
    {
        assert!(std::time::Instant::now() < deadline, "it never writes again");
    }
    let page = dashboard.get("/activity?from=").await;
    assert!(page.text.contains("partner_record_0003"));
}

#[tokio::test]
async fn what_a_failover_lost_is_not_remembered() {
    let servers = tokio::task::spawn_blocking(|| {
        let primary = Cluster::start(&[("synchronous_commit", "on")]);
        let replica = primary.replica();
        (primary, replica)
    });
    let (primary, replica) = servers.await.unwrap();
    let (one, other) = (primary.url_of("postgres"), replica.url_of("postgres"));
    let dashboard = over(&format!(
        "postgres://postgres:{}@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.password(),
        one.port().unwrap(),
        other.port().unwrap()
    ))
    .await;
    let of = |n: usize, user: &str| {
        let record = record().id(&format!("partner_record_{n:04}"));
        record.user(&format!("{user}@partner.example")).json()
    };
    let shown = async |query: &str| {
        let page = dashboard.get(&format!("/activity?from={query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        (1..=4)
            .filter(|n| page.text.contains(&format!("partner_record_{n:04}")))
            .collect::<Vec<usize>>()
    };
    dashboard.archive(&[of(1, "one"), of(2, "two")]).await;
    assert_eq!(shown("").await, [1, 2]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while replica.psql("SELECT version FROM head") != "2" {
        assert!(
            std::time::Instant::now() < deadline,
            "the replica does not follow"
        );
    }
    replica.promote();
    // The replica lacks this one, and gives its number to the one after it.
    dashboard.archive(&[of(3, "three")]).await;
    assert_eq!(shown("&user=three").await, [3]);
    let stamp = dashboard.store.records_stamp().unwrap();
    primary.crash();
    dashboard.archive(&[of(4, "four")]).await;
    assert_eq!(dashboard.store.newest_number().await.unwrap(), 3);
    assert_ne!(dashboard.store.records_stamp().unwrap(), stamp);
    assert_eq!(shown("").await, [1, 2, 4]);
    assert_eq!(shown("&user=four").await, [4]);
    assert!(shown("&user=three").await.is_empty());
    assert_eq!(shown("&q=four").await, [4]);
    // What was lost comes again, as a collection brings it.
    dashboard.archive(&[of(3, "three")]).await;
    assert_eq!(shown("").await, [1, 2, 3, 4]);
    assert_eq!(shown("&user=three").await, [3]);
}

#[tokio::test]
async fn nobody_keeps_the_right_to_write_without_using_it() {
    let database = cluster().database();
    let url = database.url().to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let session = Session::of(&Connector::at(&url).unwrap()).unwrap();
        let mut settings = Vec::new();
        let mut show = |name: &str| {
            let row = session
                .with(|client| client.query_one(&format!("SHOW {name}"), &[]))
                .unwrap();
            settings.push(row.get::<_, String>(0));
        };
        show("tcp_keepalives_idle");
        show("tcp_user_timeout");
        show("idle_in_transaction_session_timeout");
        session.begin(Writes::Archive).unwrap();
        show("idle_in_transaction_session_timeout");
        // As a process that was stopped for longer finds it.
        let stopped = "SET LOCAL idle_in_transaction_session_timeout = 1; SELECT pg_sleep(0)";
        session.batch(stopped).unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        let lost = loop {
            std::thread::sleep(std::time::Duration::from_millis(50));
            match session.commit() {
                Err(error) => break StoreError::from(error),
                Ok(()) => assert!(std::time::Instant::now() < deadline, "it may still write"),
            }
        };
        (settings, lost, session.is_idle())
    });
    let (settings, lost, is_idle) = asked.await.unwrap();
    assert_eq!(settings, ["30", "30000", "0", "1min"]);
    assert!(matches!(lost, StoreError::Unavailable(_)), "{lost:?}");
    assert!(!is_idle, "nobody goes on with it");
    // And others write.
    let dashboard = over(database.url()).await;
    dashboard.archive(&[numbered(1)]).await;
}
