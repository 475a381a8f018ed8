//! More who ask than there are connections: they wait briefly and are told then, and nobody keeps what others need.

use std::{
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use axum::body::Body;
use futures_util::StreamExt as _;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use partnerlog::{
    app,
    audit::Selection,
    clock::Clock,
    config::Postgres,
    store::{Parts, StoreError, postgres::Connector, sql::SqlStore},
};

use crate::{
    records::record,
    support::{
        dashboard::{Dashboard, now},
        postgres::{Cluster, cluster},
    },
};

/// With as few connections as the settings allow: one of them for readers.
async fn narrow(url: &str) -> Dashboard {
    let settings = Postgres {
        connections: 5,
        ..Postgres::at(url).unwrap()
    };
    let connector = app::connector(&settings, &Clock::fixed(now())).unwrap();
    let store = SqlStore::connect(connector).await.unwrap();
    Dashboard::over(store, tempfile::tempdir().unwrap()).await
}

fn documents(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| record().id(&format!("partner_record_{n:05}")).json())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_every_connection_at_work_is_told_to_come_again() {
    let database = cluster().database();
    let dashboard = narrow(database.url()).await;
    dashboard.archive(&documents(3)).await;
    assert_eq!(dashboard.get("/activity").await.status, StatusCode::OK);

    // Whoever reads records waits for this lock, with a connection in hand.
    let lock = Lock::on("version", database.url()).await;
    let store = dashboard.store.clone();
    let newest = partnerlog::audit::RecordId::parse("partner_record_00002").unwrap();
    let held = tokio::spawn(async move { store.find(&newest).await });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while database.psql(waiting) != "1" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for page in ["/activity?from=", "/coverage", "/customers"] {
        let answer = dashboard.get(page).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert_eq!(answer.header("retry-after"), "5", "{page}");
        assert_eq!(answer.one("h1"), "The archive does not answer");
    }
    lock.release().await;
    assert!(held.await.unwrap().unwrap().is_some(), "who had one is answered");
    for page in ["/activity?from=", "/coverage", "/customers"] {
        assert_eq!(dashboard.get(page).await.status, StatusCode::OK, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exports_that_nobody_reads_on_leave_the_connections_to_pages() {
    let database = cluster().database();
    let dashboard = narrow(database.url()).await;
    dashboard.archive(&documents(3_000)).await;
    let mut begun = Vec::new();
    for _ in 0..4 {
        begun.push(begin(&dashboard).await);
    }
    for page in ["/activity?from=", "/activity?q=relecloud&from=", "/customers"] {
        assert_eq!(dashboard.get(page).await.status, StatusCode::OK, "{page}");
    }
    for mut body in begun {
        assert_eq!(lines(&mut body).await, 3_000 - 1, "but the line that was read");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_while_a_part_is_read_ahead_leaves_its_connection_to_pages() {
    let database = cluster().database();
    let dashboard = narrow(database.url()).await;
    dashboard.archive(&documents(3_000)).await;
    let parts = Parts {
        selection: Selection::everything(chrono_tz::Tz::UTC, now().date_naive()),
        archived: None,
        customers: Vec::new(),
        at: None,
        first: 50,
        most: None,
        patience: Duration::from_secs(60),
    };
    let mut parts = Box::pin(parts.read(Arc::clone(&dashboard.store)));
    assert_eq!(parts.next().await.unwrap().unwrap().len(), 50);
    // Whatever was read ahead by then is taken, so that the one reader waits for the lock with the next part.
    let lock = Lock::on("version", database.url()).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut taken = 50;
    while database.psql(waiting) != "1" {
        if let Ok(part) = tokio::time::timeout(Duration::from_millis(50), parts.next()).await {
            taken += part.unwrap().unwrap().len();
        }
    }
    assert!(taken < 3_000);
    drop(parts);
    assert_eq!(
        dashboard.get("/activity?from=").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    lock.release().await;
    assert_eq!(dashboard.get("/activity?from=").await.status, StatusCode::OK);
    let at_work =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'";
    assert_eq!(database.psql(at_work), "1", "but who asks that");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_under_way_goes_on_when_the_server_is_back() {
    let server = tokio::task::spawn_blocking(|| Cluster::start(&[("synchronous_commit", "on")]))
        .await
        .unwrap();
    let dashboard = narrow(server.url_of("postgres").as_str()).await;
    dashboard.archive(&documents(3_000)).await;
    let mut body = begin(&dashboard).await;
    server.crash();
    let lost = dashboard.get("/activity").await;
    assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE);
    let reading = tokio::spawn(async move { lines(&mut body).await });
    // As long as it takes for what was read ahead to be used up, and for a page to be told that it is in vain.
    let store = dashboard.store.clone();
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    assert!(!reading.is_finished());
    server.recover();
    assert_eq!(reading.await.unwrap(), 3_000 - 1);
}

/// A table that nobody else can read.
struct Lock {
    done: mpsc::Sender<()>,
    holder: JoinHandle<()>,
}

impl Lock {
    async fn on(table: &str, url: &str) -> Self {
        let (connector, lock) = (
            Connector::at(url).unwrap(),
            format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"),
        );
        let ((done, waits), (held, holding)) = (mpsc::channel(), tokio::sync::oneshot::channel());
        let holder = std::thread::spawn(move || {
            let mut client = connector.connect().unwrap();
            client.batch_execute(&lock).unwrap();
            held.send(()).unwrap();
            let _ = waits.recv();
        });
        holding.await.unwrap();
        Self { done, holder }
    }

    async fn release(self) {
        drop(self.done);
        tokio::task::spawn_blocking(move || self.holder.join().unwrap())
            .await
            .unwrap();
    }
}

/// An export of which the first bytes were read, up to the end of a record.
async fn begin(dashboard: &Dashboard) -> Body {
    let request = Request::get("/activity/export?from=&format=ndjson");
    let answer = dashboard.answer(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let mut body = answer.into_body();
    let mut first = Vec::new();
    while !first.contains(&b'\n') {
        first.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
    }
    let rest: Vec<u8> = first
        .into_iter()
        .skip_while(|byte| *byte != b'\n')
        .skip(1)
        .collect();
    let rest = futures_util::stream::once(async move { Ok::<_, axum::Error>(rest.into()) });
    let all = futures_util::StreamExt::chain(rest, body.into_data_stream());
    Body::from_stream(all)
}

async fn lines(body: &mut Body) -> usize {
    let mut lines = 0;
    while let Some(frame) = body.frame().await {
        lines += frame
            .unwrap()
            .into_data()
            .unwrap()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
    }
    lines
}
