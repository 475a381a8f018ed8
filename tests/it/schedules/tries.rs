//! What fails is tried again, under the same name, and nothing is lost or comes twice.

use std::sync::Arc;

use chrono::TimeDelta;
use partnerlog::{
    config::ExportPlace,
    store::{Contents, Rhythm, ScheduledFile, Store as _, schedule_lease, sqlite::SqliteStore},
};

use super::{Archive, at, destination, making, numbered, numbers, scheduling, until};

async fn tried(archive: &Archive, number: i64, tries: u32) -> ScheduledFile {
    let making = archive.make();
    until("a try", async || {
        let open = archive.at(number).await.open;
        open.is_some_and(|open| open.tries == tries)
    })
    .await;
    making.end().await;
    archive.at(number).await.open.unwrap()
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_waited_for_and_never_made() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive.archive(&[numbered(1, "2026-11-20T13:00:00Z")]).await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::New, "from=&tz=UTC&format=ndjson")
        .await;
    archive.archive(&[numbered(2, "2026-11-20T14:00:00Z")]).await;
    std::fs::remove_dir(archive.files()).unwrap();
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    let open = tried(&archive, number, 1).await;
    assert_eq!(open.outcome.as_deref(), Some("missing"));
    assert!(open.said.contains("No such file"), "{}", open.said);
    assert_eq!(open.retry_at, Some(at("2026-11-21T06:01:00Z")));
    assert!(!archive.files().exists());
    archive.clock.set(at("2026-11-21T06:01:00Z"));
    let open = tried(&archive, number, 2).await;
    assert_eq!(open.retry_at, Some(at("2026-11-21T06:03:00Z")));
    // What falls due meanwhile is in the file after it, and what comes meanwhile, too.
    archive.clock.set(at("2026-11-22T07:00:00Z"));
    archive.archive(&[numbered(3, "2026-11-20T14:00:00Z")]).await;
    tried(&archive, number, 3).await;
    std::fs::create_dir(archive.files()).unwrap();
    archive.clock.set(at("2026-11-23T06:00:00Z"));
    archive.make_all(number, 2).await;
    let files: Vec<Vec<usize>> = archive
        .names()
        .iter()
        .map(|name| numbers(&archive.text(name)))
        .collect();
    assert_eq!(files, [[2], [3]]);
}

#[tokio::test]
async fn files_of_periods_come_in_order_and_one_that_is_given_up_holds_up_no_other() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    std::fs::remove_dir(archive.files()).unwrap();
    archive.clock.set(at("2026-11-22T07:00:00Z"));
    let first = tried(&archive, number, 1).await;
    assert!(first.file.contains("2026-11-20"));
    let making = archive.make();
    until("all that is due to be ordered", async || {
        archive.log(number).await.len() == 2
    })
    .await;
    making.end().await;
    std::fs::create_dir(archive.files()).unwrap();
    // The second one waits for the first.
    assert_eq!(archive.log(number).await[1].tries, 0);
    assert!(
        !archive
            .scheduling
            .give_up(number + 1, first.number)
            .await
            .unwrap()
    );
    assert!(archive.scheduling.give_up(number, first.number).await.unwrap());
    assert!(!archive.scheduling.give_up(number, first.number).await.unwrap());
    archive.make_all(number, 2).await;
    let outcomes: Vec<_> = archive
        .log(number)
        .await
        .into_iter()
        .map(|file| file.outcome.unwrap())
        .collect();
    assert_eq!(outcomes, ["given-up", "delivered"]);
    assert_eq!(archive.names().len(), 1);
}

#[tokio::test]
async fn a_period_is_delivered_again_under_the_same_name_and_what_was_new_is_not() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive.archive(&[numbered(1, "2026-11-19T13:00:00Z")]).await;
    let period = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC&format=ndjson")
        .await;
    let new = archive
        .schedule_from(Rhythm::Daily, Contents::New, "from=&tz=UTC&format=ndjson", true)
        .await;
    // Nothing is due yet: somebody asks for it.
    for number in [period, new] {
        assert!(
            archive
                .scheduling
                .deliver_now(&archive.at(number).await)
                .await
                .unwrap()
        );
        archive.make_all(number, 1).await;
    }
    // A record of that day arrives late.
    archive.archive(&[numbered(2, "2026-11-19T14:00:00Z")]).await;
    let file = archive.log(period).await.remove(0);
    assert_eq!(numbers(&archive.text(&file.file)), [1]);
    assert!(
        archive
            .scheduling
            .deliver_now(&archive.at(period).await)
            .await
            .unwrap()
    );
    archive.make_all(period, 1).await;
    assert_eq!(numbers(&archive.text(&file.file)), [2, 1]);
    assert!(
        archive
            .scheduling
            .deliver_again(period, file.number)
            .await
            .unwrap()
    );
    archive.make_all(period, 1).await;
    let delivered = archive.log(new).await.remove(0);
    assert!(
        !archive
            .scheduling
            .deliver_again(new, delivered.number)
            .await
            .unwrap()
    );
    assert_eq!(archive.names().len(), 2);
    // The morning's own file is the same one: nothing is made twice.
    archive.clock.set(at("2026-11-20T12:00:01Z"));
    assert!(
        archive
            .scheduling
            .deliver_now(&archive.at(new).await)
            .await
            .unwrap()
    );
    archive.make_all(new, 2).await;
    assert_eq!(numbers(&archive.text(&archive.log(new).await[1].file)), [2]);
}

#[tokio::test]
async fn of_two_processes_one_makes_a_file_and_one_that_died_is_taken_over() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    let free = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    let due = at("2026-11-21T06:00:00Z");
    archive.clock.set(due);
    let lease = schedule_lease(number);
    let lapses = due + TimeDelta::seconds(60);
    assert!(
        archive
            .store
            .lease(&lease, "somebody who died", due, lapses)
            .await
            .unwrap()
    );
    let second = Arc::new(
        SqliteStore::open(&archive.folder.path().join("archive.db"))
            .await
            .unwrap(),
    );
    let places = [destination(ExportPlace::Folder(archive.files()))];
    let second = scheduling(&second, &archive.clock, archive.folder.path(), &places);
    let (one, other) = (archive.make(), making(&second));
    until("the free one", async || archive.log(free).await.len() == 1).await;
    assert_eq!(archive.log(number).await, []);
    archive.clock.set(lapses + TimeDelta::seconds(1));
    until("the other one", async || {
        let schedule = archive.at(number).await;
        schedule.last.is_some() && schedule.open.is_none()
    })
    .await;
    one.end().await;
    other.end().await;
    for number in [number, free] {
        let log = archive.log(number).await;
        assert_eq!((log.len(), log[0].tries), (1, 1));
    }
    assert!(
        !archive
            .store
            .is_leased(&lease, archive.clock.now())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_destination_that_left_the_settings_and_filters_that_mean_nothing_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::with(folder, "2026-11-20T12:00:00Z", &[]).await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    assert_eq!(
        tried(&archive, number, 1).await.outcome.as_deref(),
        Some("no-destination")
    );

    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC&format=papyrus")
        .await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    let open = tried(&archive, number, 1).await;
    assert_eq!(open.outcome.as_deref(), Some("not-understood"));
    assert_eq!(archive.names(), Vec::<String>::new());
}

#[tokio::test]
async fn ending_in_the_middle_leaves_no_file_that_looks_whole() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let padding = "x".repeat(20_000);
    for part in 0..4 {
        let records: Vec<_> = (0..500)
            .map(|n| numbered(part * 500 + n, "2026-11-20T13:00:00Z").with("note", padding.clone()))
            .collect();
        archive.archive(&records).await;
    }
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC&format=ndjson")
        .await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    let making = archive.make();
    // As soon as something of it is on the disk.
    until("the first bytes", async || {
        std::fs::read_dir(archive.files()).unwrap().next().is_some()
    })
    .await;
    making.end().await;
    let open = archive
        .at(number)
        .await
        .open
        .expect("it cannot have been so quick");
    assert_eq!(open.tries, 0);
    until("what there was of it to go", async || {
        std::fs::read_dir(archive.files()).unwrap().next().is_none()
    })
    .await;
    archive.clock.set(at("2026-11-21T06:02:00Z"));
    archive.make_all(number, 1).await;
    let name = archive.names().remove(0);
    assert_eq!(archive.text(&name).lines().count(), 2_000);
    let exports = partnerlog::store::ExportList::exports(&*archive.store, None, None, 10)
        .await
        .unwrap();
    assert_eq!(exports.len(), 2, "both tries are noted");
}
