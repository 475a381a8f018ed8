//! What fails is tried again, under the same name, and nothing is lost or comes twice.

use std::sync::Arc;

use chrono::TimeDelta;
use partnerlog::{
    config::ExportPlace,
    store::{Contents, Rhythm, ScheduledFile, Store as _, schedule_lease},
};

use super::{Archive, at, destination, making, numbered, numbers, scheduling, until};
use crate::support::archive;

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
            .deliver_again(&archive.at(period).await, file.number)
            .await
            .unwrap()
    );
    archive.make_all(period, 1).await;
    let delivered = archive.log(new).await.remove(0);
    assert!(
        !archive
            .scheduling
            .deliver_again(&archive.at(new).await, delivered.number)
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
        archive::open(&archive.folder.path().join("archive.db"))
            .await
            .unwrap(),
    );
    let places = [destination(ExportPlace::Folder(archive.files()))];
    let second = scheduling(&second, &archive.clock, archive.folder.path(), &places);
    let (one, other) = (archive.make(), making(&second));
    until("the free one", async || {
        let schedule = archive.at(free).await;
        schedule.last.is_some() && schedule.open.is_none()
    })
    .await;
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

#[tokio::test]
async fn what_was_asked_for_before_its_hour_is_made_again_at_its_hour() {
    let archive = Archive::new("2026-11-21T00:05:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC&format=ndjson")
        .await;
    archive.archive(&[numbered(1, "2026-11-20T13:00:00Z")]).await;
    assert!(
        archive
            .scheduling
            .deliver_now(&archive.at(number).await)
            .await
            .unwrap()
    );
    archive.make_all(number, 1).await;
    // A record of the day before arrives between midnight and the hour.
    archive.archive(&[numbered(2, "2026-11-20T14:00:00Z")]).await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    archive.make_all(number, 1).await;
    let name = archive.names().remove(0);
    assert_eq!(numbers(&archive.text(&name)), [2, 1]);
}

#[tokio::test]
async fn a_change_makes_what_is_due_as_it_was_and_what_is_asked_for_as_it_is() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive
        .archive(&[
            numbered(1, "2026-11-20T13:00:00Z").status("failed"),
            numbered(2, "2026-11-20T14:00:00Z"),
        ])
        .await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC&format=ndjson")
        .await;
    archive.clock.set(at("2026-11-21T06:00:05Z"));
    // Nobody has looked yet.
    let before = archive.at(number).await;
    let mut content = before.content.clone();
    content.query = "from=&status=failed&tz=UTC&format=ndjson".to_owned();
    assert!(archive.scheduling.change(&before, &content).await.unwrap());
    assert!(!archive.scheduling.change(&before, &content).await.unwrap());
    archive.make_all(number, 1).await;
    let name = archive.names().remove(0);
    assert_eq!(numbers(&archive.text(&name)), [2, 1]);
    assert!(
        archive
            .scheduling
            .deliver_now(&archive.at(number).await)
            .await
            .unwrap()
    );
    archive.make_all(number, 1).await;
    assert_eq!(numbers(&archive.text(&name)), [1]);
    // The same name under another zone is another question, too.
    archive
        .archive(&[numbered(3, "2026-11-20T23:30:00Z").status("failed")])
        .await;
    let before = archive.at(number).await;
    content.query = "from=&status=failed&tz=Atlantic%2FAzores&format=ndjson".to_owned();
    assert!(archive.scheduling.change(&before, &content).await.unwrap());
    archive.clock.set(at("2026-11-21T07:00:00Z"));
    archive.make_all(number, 1).await;
    assert_eq!(numbers(&archive.text(&name)), [3, 1]);
}

#[tokio::test]
async fn what_is_new_is_one_file_however_often_it_fell_due() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::New, "from=&tz=UTC&format=ndjson")
        .await;
    archive.archive(&[numbered(1, "2026-11-20T13:00:00Z")]).await;
    archive.clock.set(at("2026-11-30T09:00:00Z"));
    archive.make_all(number, 1).await;
    assert_eq!(archive.at(number).await.next_due, at("2026-12-01T06:00:00Z"));
    assert_eq!(numbers(&archive.text(&archive.names()[0])), [1]);
}

#[tokio::test]
async fn a_schedule_that_is_paused_or_deleted_while_its_file_waits_delivers_nothing() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let paused = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    let deleted = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    std::fs::remove_dir(archive.files()).unwrap();
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    for number in [paused, deleted] {
        tried(&archive, number, 1).await;
    }
    assert!(archive.scheduling.pause(paused, "Hanako").await.unwrap());
    assert!(archive.scheduling.delete(deleted).await.unwrap().is_some());
    let schedule = archive.at(paused).await;
    let file = archive.log(paused).await.remove(0).number;
    assert!(!archive.scheduling.deliver_now(&schedule).await.unwrap());
    assert!(!archive.scheduling.deliver_again(&schedule, file).await.unwrap());
    std::fs::create_dir(archive.files()).unwrap();
    archive.clock.set(at("2026-11-21T09:00:00Z"));
    let control = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    assert!(
        archive
            .scheduling
            .deliver_now(&archive.at(control).await)
            .await
            .unwrap()
    );
    archive.make_all(control, 1).await;
    assert_eq!(archive.names().len(), 1);
}

#[tokio::test]
async fn a_clock_that_was_ahead_silences_no_schedule() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive.clock.set(at("2031-01-01T12:00:00Z"));
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC&format=ndjson")
        .await;
    assert_eq!(archive.at(number).await.next_due, at("2031-01-02T06:00:00Z"));
    archive.clock.set(at("2026-11-20T12:00:00Z"));
    let making = archive.make();
    until("it to be due the next morning", async || {
        archive.at(number).await.next_due == at("2026-11-21T06:00:00Z")
    })
    .await;
    making.end().await;
}

#[tokio::test]
async fn in_a_copy_of_the_archive_schedules_are_paused() {
    // Copies of this kind are of files.
    if archive::is_on_server() {
        return;
    }
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    let copy = archive.folder.path().join("copy.db");
    let overseer = partnerlog::store::Overseer::absent();
    let from = archive.folder.path().join("archive.db");
    partnerlog::store::sqlite::backup::back_up(&from, &copy, false, &overseer).unwrap();
    let copied = Arc::new(archive::open(&copy).await.unwrap());
    let copied = scheduling(&copied, &archive.clock, archive.folder.path(), &[]);
    let schedule = copied.one(number).await.unwrap().unwrap();
    assert_eq!(schedule.paused.map(|(_, by)| by), Some(String::new()));
    assert!(archive.at(number).await.paused.is_none());
}
