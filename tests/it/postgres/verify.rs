//! Whether everything in an archive on a server fits is found out as it is of a file, while it is served.

use partnerlog::store::{
    Overseer, StoreError,
    postgres::Connector,
    sql::{
        SqlStore,
        copy::Place,
        verify::{Verified, verify},
    },
};

use crate::{
    records::record,
    support::{
        dashboard::Dashboard,
        postgres::{Database, cluster},
    },
};

async fn verified(database: &Database) -> Result<Verified, StoreError> {
    let place = Place::Server(Connector::at(database.url()).unwrap());
    tokio::task::spawn_blocking(move || verify(&place, &Overseer::absent()).map(Option::unwrap))
        .await
        .unwrap()
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    let database = cluster().database();
    assert!(matches!(
        verified(&database).await,
        Err(StoreError::NotAnArchive(_))
    ));
    let store = SqlStore::connect(Connector::at(database.url()).unwrap())
        .await
        .unwrap();
    let dashboard = Dashboard::over(store, tempfile::tempdir().unwrap()).await;
    let documents: Vec<String> = (1..4)
        .map(|n| {
            record()
                .id(&format!("partner_record_{n:04}"))
                .status(["failed", "succeeded"][n % 2])
                .json()
        })
        .collect();
    dashboard.archive(&documents).await;
    let sound = verified(&database).await.unwrap();
    assert_eq!(
        (sound.records, sound.versions, sound.faults),
        (3, 3, 0),
        "{:?}",
        sound.first
    );

    database.psql("UPDATE record SET status = (SELECT max(status) FROM record) WHERE status <> (SELECT max(status) FROM record)");
    let altered = verified(&database).await.unwrap();
    assert!(altered.faults > 0);
    assert!(
        altered
            .first
            .unwrap()
            .to_string()
            .starts_with("record partner_record_000")
    );
}
