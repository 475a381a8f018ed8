//! How often a program may ask: counted over all processes, whichever a balancer sends it to.

use std::{num::NonZeroU32, sync::Arc};

use http::StatusCode;
use partnerlog::{
    api::{Programs, RateLimits},
    identity::Entra,
    store::{
        ApiTokens as _, NewApiToken, Right, new_token_text, postgres::Connector, sql::SqlStore, token_hash,
    },
};

use crate::support::{
    dashboard::{Answer, Dashboard, now},
    postgres::{Database, cluster},
};

/// A process that lets each program ask so often a minute.
async fn node(database: &Database, per_minute: u32) -> Dashboard {
    let store = SqlStore::connect(Connector::at(database.url()).unwrap())
        .await
        .unwrap();
    let mut node = Dashboard::over(store, tempfile::tempdir().unwrap()).await;
    let (settings, clock) = (&node.state.settings, node.clock.clone());
    let entra = Entra::new(&settings.sign_in, &settings.server.public_url, clock.clone());
    let limits = RateLimits::per_minute(NonZeroU32::new(per_minute).unwrap());
    node.state.programs = Programs::new(node.sqlite.clone(), Arc::new(entra), limits, clock);
    node.role = None;
    node
}

async fn token(node: &Dashboard) -> String {
    let text = new_token_text();
    let token = NewApiToken {
        hash: token_hash(&text).unwrap(),
        name: "a test".to_owned(),
        rights: vec![Right::Export],
        customers: Vec::new(),
        created_at: now(),
        created_by: "a test".to_owned(),
        expires_at: None,
    };
    node.sqlite.add_token(&token).await.unwrap();
    text
}

async fn ask(node: &Dashboard, token: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    node.get_with(
        "/activity/export?from=&format=ndjson",
        &[("authorization", &authorization)],
    )
    .await
}

#[tokio::test]
async fn a_program_may_ask_all_processes_together_as_often_as_one() {
    let database = cluster().database();
    let nodes = [node(&database, 3).await, node(&database, 3).await];
    let (token, other) = (token(&nodes[0]).await, token(&nodes[0]).await);
    for which in [0, 1, 0] {
        assert_eq!(ask(&nodes[which], &token).await.status, StatusCode::OK, "{which}");
    }
    for node in &nodes {
        let refused = ask(node, &token).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
        // Each is counted by itself.
        assert_eq!(ask(node, &other).await.status, StatusCode::OK);
    }
    // As long as it says, and it may ask again.
    database.psql("UPDATE request_rate SET due = due - 20000000");
    assert_eq!(ask(&nodes[1], &token).await.status, StatusCode::OK);
    assert_eq!(ask(&nodes[1], &token).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_collector_is_woken_once_whichever_process_is_asked() {
    let database = cluster().database();
    let mut nodes = [node(&database, 3).await, node(&database, 3).await];
    for node in &mut nodes {
        node.role = Some("admin_agent");
    }
    let wake = async |node: &Dashboard| {
        let answer = node.post("/settings/accounts/collect", "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        answer.header("location").to_owned()
    };
    assert!(wake(&nodes[0]).await.ends_with("collecting=1"));
    assert!(wake(&nodes[1]).await.ends_with("collecting=wait"));
    let woken = nodes.map(|node| node.woken.load(std::sync::atomic::Ordering::SeqCst));
    assert_eq!(woken, [1, 0]);
}
