//! A replica takes reading off the server that is written to, and nobody sees anything older for that.

use http::StatusCode;
use partnerlog::{
    config::{EntraIdentity, Postgres, PostgresAddress, PostgresSession},
    store::{
        postgres::{Connector, PasswordError},
        sql::SqlStore,
    },
};

use crate::{
    records::record,
    support::{dashboard::Dashboard, postgres::Cluster},
};

fn numbered(n: usize) -> String {
    record().id(&format!("partner_record_{n:04}")).json()
}

/// Whether it comes true within a while.
async fn soon(mut is: impl FnMut() -> bool) -> bool {
    for _ in 0..100 {
        if is() {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    false
}

#[tokio::test]
async fn what_was_written_is_seen_at_once_whatever_the_replica_has() {
    let (primary, replica) = tokio::task::spawn_blocking(|| {
        let primary = Cluster::start(&[("synchronous_commit", "local")]);
        let replica = primary.replica();
        (primary, replica)
    })
    .await
    .unwrap();
    let mut settings = Postgres::at(primary.url_of("postgres").as_str()).unwrap();
    let of_replica = replica.url_of("postgres");
    settings.replica_url = Some(PostgresAddress::parse(of_replica.as_str(), PostgresSession::Any).unwrap());
    let no_entra = |_: &EntraIdentity| Err(PasswordError::Unavailable("none".into()));
    let store = SqlStore::connect(Connector::new(&settings, no_entra).unwrap())
        .await
        .unwrap();
    let dashboard = Dashboard::over(store, tempfile::tempdir().unwrap()).await;
    let shown = async |query: &str| {
        let page = dashboard.get(&format!("/activity?from={query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        (1..=9)
            .filter(|n| page.text.contains(&format!("partner_record_{n:04}")))
            .collect::<Vec<usize>>()
    };
    let asked = || {
        let seen = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'partnerlog'";
        replica.psql(seen).parse::<u32>().unwrap()
    };

    dashboard.archive(&[numbered(1), numbered(2)]).await;
    assert_eq!(shown("").await, [1, 2]);
    let state = primary.psql("SELECT pulse FROM head");
    assert!(soon(|| replica.psql("SELECT pulse FROM head") == state).await);
    // Nobody waits until it can be read from.
    assert_eq!(shown("&q=succeeded").await, [1, 2]);
    assert!(soon(|| asked() > 0).await, "the replica was asked");
    assert_eq!(shown("&q=succeeded").await, [1, 2]);
    let read = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'partnerlog' AND query NOT LIKE 'SET%'";
    assert_ne!(replica.psql(read), "0", "the replica was read from");

    // It stays behind.
    replica.psql("SELECT pg_wal_replay_pause()");
    dashboard.archive(&[numbered(3)]).await;
    assert_eq!(shown("").await, [1, 2, 3]);
    assert_eq!(shown("&q=succeeded").await, [1, 2, 3]);
    replica.psql("SELECT pg_wal_replay_resume()");
    let state = primary.psql("SELECT pulse FROM head");
    assert!(soon(|| replica.psql("SELECT pulse FROM head") == state).await);
    assert_eq!(shown("&q=partner").await, [1, 2, 3]);

    replica.crash();
    dashboard.archive(&[numbered(4)]).await;
    assert_eq!(shown("").await, [1, 2, 3, 4]);
    assert_eq!(shown("&q=succeeded").await, [1, 2, 3, 4]);
}
