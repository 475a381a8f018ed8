//! A second process, started by mistake: one collects, all serve, and nothing is there twice.

use std::time::Duration;

use super::world::{World, settings, stand_in, tenant, truth, until};
use crate::{soundness::world::Home, support::browser::Browser};

fn port(settings: &str) -> u16 {
    let rest = settings.split("127.0.0.1:").nth(1).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

async fn is_ready(port: u16) {
    until("an answer", Duration::from_secs(30), async || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    })
    .await;
    let answer = Browser::new(&format!("http://127.0.0.1:{port}"))
        .get("/readyz")
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_and_a_collection_one_collects_and_both_servers_serve() {
    let world = World::of(tenant(41, 6_000, 60)).await;
    let one = settings(&world.partner_center, &world.archive());
    let other = settings(&world.partner_center, &world.archive());
    std::fs::write(world.home.path("one.toml"), &one).unwrap();
    std::fs::write(world.home.path("other.toml"), &other).unwrap();
    let first = world.home.start(&["serve", "--config", "one.toml"]);
    let second = world.home.start(&["serve", "--config", "other.toml"]);
    is_ready(port(&one)).await;
    is_ready(port(&other)).await;
    until("a beginning", Duration::from_secs(30), async || {
        !world.home.archived().await.is_empty()
    })
    .await;
    let beside = world.run(&["collect"]).await;
    if beside.code != 0 {
        assert_eq!(beside.code, 1);
        assert!(
            beside.stdout.contains("another collector is at work"),
            "{beside:?}"
        );
    }
    let whole = world.truth(90);
    until("everything", Duration::from_secs(60), async || {
        world.home.archived().await == whole
    })
    .await;
    assert_eq!(world.home.verified().await.first, None);
    is_ready(port(&one)).await;
    is_ready(port(&other)).await;
    assert!(world.home.said().contains("another collector is at work"));
    // The one who collects is killed; the other takes over when it has been silent for half a minute.
    first.kill();
    world
        .partner_center
        .tenant()
        .new_activity(partnerlog::clock::Clock::system().now());
    let whole = world.truth(90);
    until("the successor", Duration::from_secs(60), async || {
        world.home.archived().await == whole
    })
    .await;
    is_ready(port(&other)).await;
    assert!(second.end().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collections_started_at_once_double_nothing() {
    let partner_center = stand_in(tenant(42, 4_000, 60)).await;
    let home = Home::new(&partner_center);
    let started: Vec<_> = (0..4).map(|_| home.run(&["collect"])).collect();
    let ended = futures_util::future::join_all(started).await;
    assert!(ended.iter().any(|ran| ran.code == 0), "{ended:?}");
    for ran in ended.iter().filter(|ran| ran.code != 0) {
        assert!(ran.stdout.contains("another collector is at work"), "{ran:?}");
    }
    assert!(home.archived().await == truth(&partner_center, 90));
    assert_eq!(home.verified().await.first, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_at_once_double_nothing() {
    let partner_center = stand_in(tenant(43, 3_000, 0)).await;
    let home = Home::new(&partner_center);
    let whole = truth(&partner_center, 500);
    let file = home.path("saved.ndjson");
    std::fs::write(&file, whole.join("\n")).unwrap();
    let import = ["import", file.to_str().unwrap()];
    let started: Vec<_> = (0..3).map(|_| home.run(&import)).collect();
    for ran in futures_util::future::join_all(started).await {
        ran.succeeded();
    }
    assert!(home.archived().await == whole);
    assert_eq!(home.verified().await.first, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_refused_in_words_before_the_archive_is_touched() {
    let world = World::of(tenant(44, 200, 0)).await;
    let written = settings(&world.partner_center, &world.archive());
    world.home.write_settings(&written);
    let serving = world.home.start(&["serve"]);
    is_ready(port(&written)).await;
    let refused = world.run(&["serve"]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .stderr
            .contains(&format!("cannot listen on 127.0.0.1:{}", port(&written))),
        "{refused:?}"
    );
    assert!(serving.end().success());
}
