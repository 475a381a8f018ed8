//! Killed at any moment: the program itself, as a process of its own, against the stand-in Partner Center. What it
//! leaves is sound, and the next run completes it: nothing lost, doubled or half written.

use std::time::{Duration, Instant};

use partnerlog::simulator::partner_center::PartnerCenter;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::world::{Home, documents, is_contained, stand_in, tenant, truth};

/// So many moments of each kind of work.
const KILLS: usize = 100;

fn seed() -> u64 {
    let seed = std::env::var("CRASH_SEED").map_or_else(|_| rand::random(), |text| text.parse().unwrap());
    // Shown when the test fails.
    println!("CRASH_SEED={seed}");
    seed
}

/// Kills one kind of work at a hundred moments, a few in each archive; after each kill what is there must be sound and
/// a part of `truth`, and after some of them the work is done to its end and everything must be there.
async fn kill_again_and_again(
    partner_center: &PartnerCenter,
    arguments: &[&str],
    truth: &[String],
    rng: &mut StdRng,
) {
    // How long it takes undisturbed, so that every moment of it is as likely.
    let mut whole = Duration::MAX;
    for _ in 0..2 {
        let home = Home::new(partner_center);
        let began = Instant::now();
        home.run(arguments).await.succeeded();
        whole = whole.min(began.elapsed());
        assert!(
            home.archived().await == truth,
            "this is not even right without a kill"
        );
    }

    let (mut kills, mut begun) = (0, 0);
    while kills < KILLS {
        let home = Home::new(partner_center);
        for _ in 0..rng.random_range(1..=6) {
            let moment = whole.mul_f64(rng.random_range(0.02..0.9));
            home.kill_after(arguments, moment).await;
            kills += 1;
            if !home.archive().exists() {
                continue;
            }
            let verified = home.verified().await;
            assert_eq!(verified.first, None, "after kill {kills}");
            let archived = home.archived().await;
            begun += usize::from(!archived.is_empty() && archived.len() < truth.len());
            assert!(is_contained(&archived, truth), "after kill {kills}");
        }
        home.run(arguments).await.succeeded();
        assert_eq!(
            home.verified().await.first,
            None,
            "after kill {kills} and a restart"
        );
        assert!(
            home.archived().await == truth,
            "after kill {kills} and a restart each record is there once, byte for byte"
        );
    }
    println!("{kills} kills, {begun} of them in the middle of writing; a whole run took {whole:?}");
    assert!(
        begun >= KILLS / 10,
        "only {begun} kills came while something was written"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_is_killed_again_and_again_ends_complete() {
    let seed = seed();
    let partner_center = stand_in(tenant(seed, 1_500, 40)).await;
    let truth = truth(&partner_center, 90);
    let mut rng = StdRng::seed_from_u64(seed);
    kill_again_and_again(&partner_center, &["collect"], &truth, &mut rng).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_again_and_again_ends_complete() {
    let seed = seed();
    let partner_center = stand_in(tenant(seed, 1_200, 60)).await;
    let mut lines = truth(&partner_center, 500);
    // Of two partners by turns.
    for (at, line) in lines.iter_mut().enumerate() {
        if at / 100 % 2 == 1 {
            *line = line.replace(
                partner_center.tenant().partner_id(),
                "00000000-0000-4000-8000-0000000000f1",
            );
        }
    }
    let mut truth = lines.clone();
    truth.sort();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saved.ndjson");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let mut rng = StdRng::seed_from_u64(seed);
    let import = ["import", file.to_str().unwrap()];
    kill_again_and_again(&partner_center, &import, &truth, &mut rng).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_after_a_killed_import_knows_what_is_there() {
    let seed = seed();
    let partner_center = stand_in(tenant(seed, 3_000, 60)).await;
    let truth = truth(&partner_center, 500);
    let home = Home::new(&partner_center);
    let file = home.path("saved.ndjson");
    std::fs::write(&file, truth.join("\n")).unwrap();
    let import = ["import", file.to_str().unwrap()];
    home.kill_after(&import, Duration::from_millis(250)).await;
    home.run(&["collect"]).await.succeeded();
    home.run(&import).await.succeeded();
    assert!(home.archived().await == truth);
    home.run(&["collect"]).await.succeeded().says("0 records new");
    assert_eq!(home.verified().await.first, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_leaves_the_old_archive_or_the_new_one() {
    let seed = seed();
    let mut rng = StdRng::seed_from_u64(seed);
    let partner_center = stand_in(tenant(seed, 2_000, 10)).await;
    let home = Home::new(&partner_center);
    home.run(&["collect"]).await.succeeded();
    home.run(&["backup", "old.db"]).await.succeeded();
    let old = home.archived().await;
    let today = partner_center
        .tenant()
        .new_activity(partnerlog::clock::Clock::system().now());
    assert!(!today.is_empty());
    home.run(&["collect"]).await.succeeded();
    let new = home.archived().await;
    assert!(new.len() > old.len());
    home.run(&["backup", "new.db"]).await.succeeded();

    let began = Instant::now();
    home.run(&["backup", "--restore", "old.db"]).await.succeeded();
    let whole = began.elapsed();
    let mut is = &old;
    for round in 0..20 {
        let (to, name) = match round % 2 {
            0 => (&new, "new.db"),
            _ => (&old, "old.db"),
        };
        let moment = whole.mul_f64(rng.random_range(0.1..1.1));
        home.kill_after(&["backup", "--restore", name], moment).await;
        let archived = home.archived().await;
        assert!(archived == *is || archived == *to, "round {round}");
        if archived == *to {
            is = to;
        }
        assert_eq!(home.verified().await.first, None, "round {round}");
    }
    home.run(&["backup", "--restore", "new.db"]).await.succeeded();
    assert!(home.archived().await == new);
    // Whatever was replaced is there still, sound.
    let files = std::fs::read_dir(&home.folder).unwrap();
    let mut aside: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    aside.retain(|path| path.to_str().unwrap().contains(".replaced-"));
    assert!(aside.len() > 1);
    for path in aside {
        let kept = documents(&path).await;
        assert!(kept == old || kept == new, "{}", path.display());
    }
}
