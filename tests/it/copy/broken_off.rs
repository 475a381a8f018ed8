//! Stopped or killed at whatever moment, a copy goes on where it was, and is no archive before its end.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use partnerlog::store::{
    Source, Stage, StoreError,
    sql::copy::{Compared, CopyError},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{Archive, answers, append, begun, dump, moved, nasty, numbered, stopped};
use crate::{records::PARTNER, soundness::world::verified};

/// So many times each copy is killed.
const KILLS: usize = 12;

async fn killed_again_and_again(records: u32, mut to: impl FnMut(&std::path::Path, usize) -> Archive) {
    let seed: u64 = std::env::var("CRASH_SEED").map_or_else(|_| rand::random(), |text| text.parse().unwrap());
    println!("CRASH_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = Archive::file(folder, "archive.db");
    nasty(&folder.join("archive.db"), records).await;
    let (before, said) = (dump(&folder.join("archive.db")), answers(&file).await);
    let is_whole = async |target: &Archive| {
        assert!(answers(target).await == said);
        let path = match target {
            Archive::File(path) => path.clone(),
            Archive::Server(_) => {
                let back = folder.join("back.db");
                let _ = std::fs::remove_file(&back);
                moved(folder, target, &Archive::File(back.clone()), &[])
                    .await
                    .succeeded();
                back
            }
        };
        assert!(dump(&path) == before);
        assert_eq!(verified(&path).await.first, None);
    };
    let (mut target, began) = (to(folder, 0), Instant::now());
    moved(folder, &file, &target, &[]).await.succeeded();
    let whole = began.elapsed();
    is_whole(&target).await;
    target = to(folder, 1);
    let (mut kills, mut unfinished) = (0, 0);
    while kills < KILLS {
        let mut running = begun(folder, &file, &target);
        // What is there already takes no time again.
        tokio::time::sleep(whole.mul_f64(rng.random_range(0.02..0.8))).await;
        let _ = running.kill();
        kills += 1;
        if !running.wait().unwrap().success() {
            // Nobody takes it for an archive.
            match target.open().await {
                Err(StoreError::Unfinished(_)) => unfinished += 1,
                // It was only made, or finished in the very end.
                Ok(store) => {
                    drop(store);
                    if target.number("SELECT count(*) FROM version") == 0 {
                        continue;
                    }
                    is_whole(&target).await;
                    target = to(folder, kills + 1);
                }
                Err(other) => panic!("{other:?}"),
            }
            if kills % 4 != 0 {
                continue;
            }
            let ran = moved(folder, &file, &target, &[]).await.succeeded();
            assert!(ran.stdout.contains("are the same"), "{ran:?}");
        }
        is_whole(&target).await;
        target = to(folder, kills + 1);
    }
    println!("{unfinished} of {kills} kills left an unfinished copy; a whole one took {whole:?}");
    assert!(unfinished >= KILLS / 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_to_a_server_that_is_killed_again_and_again_ends_complete() {
    killed_again_and_again(3_000, |_, _| Archive::server()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_to_a_file_that_is_killed_again_and_again_ends_complete() {
    killed_again_and_again(3_000, |folder, n| Archive::file(folder, &format!("copy{n}.db"))).await;
}

async fn stopped_after(from: &Archive, to: &Archive, moments: u64) -> Result<Compared, CopyError> {
    let all = AtomicU64::new(0);
    stopped(from, to, move |_, _| {
        all.fetch_add(1, Ordering::Relaxed) == moments
    })
    .await
}

/// Every other moment at which a copy asks whether to stop, one after the other, each by a run that goes on after the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_stopped_goes_on_from_every_moment() {
    for to_server in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let file = Archive::file(folder, "archive.db");
        nasty(&folder.join("archive.db"), 700).await;
        let target = match to_server {
            true => Archive::server(),
            false => Archive::file(folder, "copy.db"),
        };
        let (mut moment, mut stops) = (0, 0);
        let compared = loop {
            match stopped_after(&file, &target, moment).await {
                Ok(compared) => break compared,
                Err(CopyError::Stopped) => stops += 1,
                Err(other) => panic!("{moment}: {other:?}"),
            }
            assert!(matches!(target.open().await, Err(StoreError::Unfinished(_))));
            moment += 2;
        };
        assert!(stops > 20, "{stops}");
        assert_eq!(compared.first, None);
        assert!(answers(&target).await == answers(&file).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_at_the_source_since_is_changed_in_the_copy() {
    // While rows are copied, while their index is made, and while all is compared.
    let stages = [(Stage::Moving, 6), (Stage::Indexing, 1), (Stage::Comparing, 5)];
    for (to_server, (stage, often)) in [true, false]
        .into_iter()
        .flat_map(|to_server| stages.map(|it| (to_server, it)))
    {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let file = Archive::file(folder, "archive.db");
        nasty(&folder.join("archive.db"), 1_200).await;
        let target = match to_server {
            true => Archive::server(),
            false => Archive::file(folder, "copy.db"),
        };
        let stopped = stopped(&file, &target, move |at, told| at == stage && told == often).await;
        assert!(matches!(stopped, Err(CopyError::Stopped)), "{stopped:?}");
        let store = file.open().await.unwrap();
        let revised = numbered(5)
            .status("failed")
            .on("2019-04-04")
            .with("note", "afterwards");
        let records = vec![revised.incoming(), numbered(60_000).incoming()];
        append(&store, PARTNER, Source::Collected, records).await;
        drop(store);
        file.sql(
            "DELETE FROM saved_view; DELETE FROM stream WHERE id = 3; UPDATE stream SET position = 99;
             UPDATE export SET ended_at = 5, outcome = 'failed' WHERE ended_at IS NULL;
             INSERT INTO access VALUES (8, 1, '', '', '', 'raw', '')",
        );
        let ran = moved(folder, &file, &target, &[]).await.succeeded();
        assert!(ran.stdout.contains("are the same"), "{ran:?}");
        assert!(
            answers(&target).await == answers(&file).await,
            "{to_server} {stage:?}"
        );
        assert_eq!(target.number("SELECT count(*) FROM saved_view"), 0);
        assert_eq!(target.number("SELECT position FROM stream"), 99);
        if let Archive::File(path) = &target {
            assert!(dump(path) == dump(&folder.join("archive.db")));
            assert_eq!(verified(path).await.first, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_it_to_end_is_told_how_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (file, target) = (Archive::file(folder, "archive.db"), Archive::server());
    nasty(&folder.join("archive.db"), 3_000).await;
    let (from, to) = (file.argument(folder), target.argument(folder));
    let running = super::command(folder, &["copy", "--from", &from, "--to", &to])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while target.number("SELECT count(*) FROM pg_tables WHERE tablename = 'copy_under_way'") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let id = running.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .arg(id)
            .status()
            .unwrap()
            .success()
    );
    let ended = running.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("the same command goes on where it was"), "{said}");
    moved(folder, &file, &target, &[]).await.succeeded();
}
