//! What much adding leaves behind on a server is looked after, with the rights of who serves.

use std::time::Duration;

use partnerlog::store::{postgres::Connector, sql::SqlStore};

use crate::{
    records::record,
    support::{
        dashboard::Dashboard,
        postgres::{Cluster, Database},
    },
};

const MANY: usize = 2_100;

/// How much waits to be sorted into the index of a month, in pages.
fn waiting(database: &Database) -> i64 {
    let index = "SELECT c.oid::regclass FROM pg_class c JOIN pg_am a ON a.oid = c.relam
                 WHERE a.amname = 'gin' AND c.relname ~ '^search_2026_'";
    let pages = database.psql(&format!(
        "SELECT coalesce(sum((pgstatginindex(i.oid)).pending_pages), 0) FROM ({index}) i (oid)"
    ));
    pages.trim().parse().unwrap()
}

/// The parts of the tables with records that the server has not counted.
fn uncounted(database: &Database) -> String {
    database.psql(
        "SELECT relname FROM pg_class WHERE reltuples <= 0 AND oid IN (
           SELECT tableoid FROM record UNION SELECT tableoid FROM version UNION SELECT tableoid FROM search)",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_to_which_much_was_added_is_sorted_and_counted() {
    // So that the server itself does nothing of the kind.
    let cluster = Cluster::start(&[("autovacuum", "off")]);
    let database = cluster.roles().database();
    drop(
        SqlStore::connect(Connector::at(database.url()).unwrap())
            .await
            .unwrap(),
    );
    database.psql("CREATE EXTENSION pgstattuple");
    let store = SqlStore::connect(Connector::at(&database.url_for("web")).unwrap())
        .await
        .unwrap();
    let dashboard = Dashboard::over(store, tempfile::tempdir().unwrap()).await;
    let documents: Vec<String> = (0..MANY)
        .map(|n| record().id(&format!("partner_record_{n:05}")).json())
        .collect();
    let (few, many) = documents.split_at(100);
    dashboard.archive(few).await;
    assert!(waiting(&database) > 0, "a few are left to the server");
    dashboard.archive(many).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while waiting(&database) > 0 || !uncounted(&database).trim().is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "nobody looks after it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
