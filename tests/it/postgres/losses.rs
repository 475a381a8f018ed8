//! A server that goes away and comes back: who asks meanwhile is told to wait, and nothing has to be started anew.

use http::StatusCode;
use partnerlog::store::{Batch, Source, StoreError, postgres::Connector, sql::SqlStore};

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
    let dashboard = over(database.url()).await;
    let pages = [
        "/activity",
        "/activity?q=relecloud",
        "/customers",
        "/coverage",
        "/views",
    ];
    for round in 0..4 {
        dashboard.archive(&[numbered(round)]).await;
        for page in pages {
            assert_eq!(dashboard.get(page).await.status, StatusCode::OK, "{page}");
        }
        database.end_connections();
    }
    let page = dashboard.get("/activity?from=").await;
    assert!((0..4).all(|n| page.text.contains(&format!("partner_record_{n:04}"))));
}
