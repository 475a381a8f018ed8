//! What a process tells of its database: how long which questions take, how its connections stand, and what was slow.

use std::time::Duration;

use partnerlog::{
    config::{EntraIdentity, Postgres},
    store::{
        postgres::{Connector, Session, copy},
        sql::connection::Value,
    },
};
use postgres::types::{ToSql, Type};

use super::process::{Process, token};
use crate::{captured_log::CapturedLog, soundness::world::until, support::postgres::cluster};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_told_apart_by_kind_and_connections_counted() {
    let database = cluster().database();
    let token = token(database.url()).await;
    let process = Process::serve(database.url(), "connections = 8").await;
    let size = |pool: &str| format!("partnerlog_database_pool_size{{pool=\"{pool}\"}}");
    let asked = |kind: &str| format!("partnerlog_database_query_seconds_count{{kind=\"{kind}\"}}");
    assert_eq!(process.metric(&size("readers")).await, Some(4.0));
    assert_eq!(process.metric(&size("books")).await, Some(1.0));
    assert_eq!(process.metric(&asked("export")).await, None);
    for _ in 0..3 {
        assert_eq!(process.get("/v1/auditrecords", Some(&token)).await.status, 200);
    }
    assert_eq!(process.metric(&asked("export")).await, Some(3.0));
    assert!(process.metric(&asked("sign-in")).await >= Some(3.0));
    assert_eq!(
        process
            .metric("partnerlog_database_pool_waiting{pool=\"readers\"}")
            .await,
        Some(0.0)
    );

    let lost = "partnerlog_database_connections_lost_total";
    let made = "partnerlog_database_connections_total{result=\"made\"}";
    let (before, had) = (
        process.metric(lost).await.unwrap_or(0.0),
        process.metric(made).await.unwrap(),
    );
    database.end_connections();
    until("the loss", Duration::from_secs(20), async || {
        process.metric(lost).await.unwrap_or(0.0) > before
    })
    .await;
    until("the way back", Duration::from_secs(20), async || {
        process.get("/readyz", None).await.status == 200 && process.metric(made).await.unwrap() > had
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_tells_the_same_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("archive.db").display());
    let token = token(&url).await;
    let process = Process::serve(&url, "").await;
    assert_eq!(process.get("/v1/auditrecords", Some(&token)).await.status, 200);
    for (name, value) in [
        ("partnerlog_database_query_seconds_count{kind=\"export\"}", 1.0),
        ("partnerlog_database_pool_size{pool=\"readers\"}", 8.0),
        ("partnerlog_database_pool_in_use{pool=\"readers\"}", 0.0),
    ] {
        assert_eq!(process.metric(name).await, Some(value), "{name}");
    }
}

#[test]
fn slow_statements_are_logged_without_their_values() {
    let database = cluster().database();
    let slower_than = |slow_statement: Duration| {
        let settings = Postgres {
            slow_statement,
            ..Postgres::at(database.url()).unwrap()
        };
        let none = |_: &EntraIdentity| unreachable!("no identity is set");
        Session::of(&Connector::new(&settings, none).unwrap()).unwrap()
    };
    let log = CapturedLog::start();
    let logged = || -> Vec<String> {
        let text = log.text();
        let slow = text.lines().filter(|line| line.contains("a statement was slow"));
        slow.map(str::to_owned).collect()
    };
    let ask = |session: &Session| {
        let statement = session.prepare("SELECT length(CAST(?1 AS TEXT))").unwrap();
        session
            .query(&statement, &[Value::Text("kept to ourselves".into())])
            .unwrap();
    };
    ask(&slower_than(Duration::from_secs(600)));
    assert_eq!(logged(), [""; 0]);
    let session = slower_than(Duration::ZERO);
    ask(&session);
    session.batch("CREATE TABLE kept (word TEXT)").unwrap();
    let row: Vec<&(dyn ToSql + Sync)> = vec![&"kept to ourselves"];
    copy::into(&session, "kept", &[("word", Type::TEXT)], std::iter::once(row)).unwrap();
    let logged = logged();
    assert_eq!(logged.len(), 2, "{logged:?}");
    assert!(
        logged[0].contains("SELECT length(CAST(?1 AS TEXT))"),
        "{logged:?}"
    );
    assert!(logged[1].contains("COPY kept"), "{logged:?}");
    assert!(!logged.concat().contains("ourselves"), "{logged:?}");
}
