//! A program beside a newer one on the same server: what the newer one adds to the tables is in nobody's way.

use std::time::Duration;

use http::StatusCode;
use partnerlog::store::{
    StoreError,
    postgres::{Connector, Session, migrations},
    sql::SqlStore,
};

use crate::{
    records::record,
    support::{
        dashboard::Dashboard,
        postgres::{Database, cluster},
    },
};

/// What a later version may do to tables that others use: it adds to them.
const LATER: (&str, &str) = (
    "9999_later",
    "ALTER TABLE head ADD COLUMN later BIGINT NOT NULL DEFAULT 7;
     ALTER TABLE record ADD COLUMN later TEXT;
     ALTER TABLE version ADD COLUMN later BIGINT;
     CREATE INDEX record_later ON record (later);
     CREATE TABLE later (id BIGINT PRIMARY KEY)",
);

/// Does what a program does at its start that knows one migration more. Waits: for threads that may.
fn upgrade(url: &str, compatible_from: i64) -> Result<(), StoreError> {
    let mut all = migrations::all().to_vec();
    all.push(LATER);
    migrations::apply(&Session::of(&Connector::at(url)?)?, &all, compatible_from)
}

async fn upgraded(database: &Database, compatible_from: i64) {
    let url = database.url().to_owned();
    let done = tokio::task::spawn_blocking(move || upgrade(&url, compatible_from)).await;
    done.unwrap().unwrap();
}

async fn store(database: &Database) -> Result<SqlStore, StoreError> {
    SqlStore::connect(Connector::at(database.url()).unwrap()).await
}

async fn dashboard(database: &Database) -> Dashboard {
    Dashboard::over(store(database).await.unwrap(), tempfile::tempdir().unwrap()).await
}

fn numbered(n: usize) -> String {
    record().id(&format!("partner_record_{n:04}")).json()
}

/// Every page that is asked for is there, and shows so many records.
async fn serves(dashboard: &Dashboard, records: usize) {
    for page in [
        "/activity?from=",
        "/activity?from=&q=relecloud",
        "/customers",
        "/coverage",
    ] {
        let answer = dashboard.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
    }
    let page = dashboard.get("/activity?from=").await;
    for n in 0..records {
        assert!(page.text.contains(&format!("partner_record_{n:04}")), "{n}");
    }
}

#[tokio::test]
async fn older_programs_go_on_and_start_over_tables_that_were_added_to() {
    let database = cluster().database();
    let running = dashboard(&database).await;
    running.archive(&[numbered(0)]).await;
    serves(&running, 1).await;

    upgraded(&database, migrations::newest()).await;
    assert_eq!(
        database.psql("SELECT number, compatible_from FROM migration ORDER BY number DESC LIMIT 1"),
        format!("{}|{}", migrations::newest() + 1, migrations::newest())
    );
    running.archive(&[numbered(1)]).await;
    serves(&running, 2).await;

    let started = dashboard(&database).await;
    started.archive(&[numbered(2)]).await;
    serves(&started, 3).await;
    running.archive(&[numbered(2), numbered(3)]).await;
    serves(&running, 4).await;
    assert_eq!(running.store.newest_number().await.unwrap(), 4);
}

#[tokio::test]
async fn older_programs_do_not_start_over_tables_that_lack_what_they_need() {
    let database = cluster().database();
    drop(store(&database).await.unwrap());
    upgraded(&database, migrations::newest() + 1).await;
    assert!(matches!(store(&database).await, Err(StoreError::Newer)));
    // Nor where a version made it that does not say.
    database.psql("ALTER TABLE migration DROP COLUMN compatible_from");
    assert!(matches!(store(&database).await, Err(StoreError::Newer)));
}

#[tokio::test]
async fn tables_that_are_in_use_are_waited_for_without_holding_up_who_reads() {
    let database = cluster().database();
    let running = dashboard(&database).await;
    running.archive(&[numbered(0)]).await;
    // Somebody reads for long, such as an export.
    let mut reader = tokio::task::spawn_blocking({
        let url = database.url().to_owned();
        move || {
            let mut client = Connector::at(&url).unwrap().connect().unwrap();
            client
                .batch_execute("BEGIN; SELECT * FROM head; SELECT * FROM record LIMIT 1")
                .unwrap();
            client
        }
    })
    .await
    .unwrap();
    let url = database.url().to_owned();
    let newest = migrations::newest();
    let upgrading = tokio::task::spawn_blocking(move || upgrade(&url, newest));
    for n in 1..3 {
        // Where the change waits, whoever comes next waits behind it.
        while database.psql("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'")
            == "0"
        {
            assert!(!upgrading.is_finished());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let meanwhile = async {
            running.archive(&[numbered(n)]).await;
            serves(&running, n + 1).await;
        };
        let served = tokio::time::timeout(Duration::from_secs(20), meanwhile).await;
        served.expect("others have their turn");
    }
    assert!(!upgrading.is_finished());
    tokio::task::spawn_blocking(move || {
        reader.batch_execute("COMMIT").unwrap();
        drop(reader);
    })
    .await
    .unwrap();
    upgrading.await.unwrap().unwrap();
    serves(&running, 3).await;
    assert_eq!(
        database.psql("SELECT max(number) FROM migration"),
        (newest + 1).to_string()
    );
}

#[tokio::test]
async fn of_those_that_start_at_once_one_changes_the_tables() {
    let database = cluster().database();
    drop(store(&database).await.unwrap());
    let newest = migrations::newest();
    let starting = (0..4).map(|_| upgraded(&database, newest));
    futures_util::future::join_all(starting).await;
    let made = "SELECT count(*) FROM migration WHERE name = '9999_later'";
    assert_eq!(database.psql(made), "1");
}
