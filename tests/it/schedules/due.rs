//! Which files there are, and what is in them.

use partnerlog::{
    audit::Selection,
    store::{Contents, ExportList as _, ExportOutcome, Rhythm},
};
use sha2::{Digest as _, Sha256};

use super::{Archive, FILE, NAME, at, numbered, numbers, until};

const TOKYO: &str = "from=&tz=Asia%2FTokyo&format=ndjson";

#[tokio::test]
async fn a_day_is_delivered_when_it_is_over_in_its_zone_and_not_before() {
    // In Tokyo it is Friday the 20th, 21:00.
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive
        .archive(&[
            numbered(1, "2026-11-19T14:59:59.9999999Z"),
            numbered(2, "2026-11-19T15:00:00Z"),
            numbered(3, "2026-11-20T14:59:59.9999999Z"),
            numbered(4, "2026-11-20T15:00:00Z"),
        ])
        .await;
    let number = archive.schedule(Rhythm::Daily, Contents::Period, TOKYO).await;
    assert_eq!(archive.at(number).await.next_due, at("2026-11-20T21:00:00Z"));
    let honolulu = "from=&tz=Pacific%2FHonolulu";
    let other = archive.schedule(Rhythm::Daily, Contents::Period, honolulu).await;
    archive.clock.set(at("2026-11-20T20:59:59Z"));
    // The other one shows that somebody is at work.
    let making = archive.make();
    until("the other file", async || !archive.log(other).await.is_empty()).await;
    assert_eq!(archive.log(number).await, []);
    making.end().await;
    archive.clock.set(at("2026-11-20T21:00:00Z"));
    archive.make_all(number, 1).await;
    let name = format!("{FILE}_{number}_2026-11-20.ndjson");
    assert!(archive.names().contains(&name), "{:?}", archive.names());
    assert_eq!(numbers(&archive.text(&name)), [3, 2]);
    assert_eq!(archive.at(number).await.next_due, at("2026-11-21T21:00:00Z"));
}

#[tokio::test]
async fn a_delivery_is_noted_as_an_export_and_has_its_checksum_beside_it() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive.archive(&[numbered(1, "2026-11-20T13:00:00Z")]).await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    archive.make_all(number, 1).await;
    let log = archive.log(number).await;
    let name = &log[0].file;
    assert_eq!(archive.names(), std::slice::from_ref(name));
    let digest = Sha256::digest(std::fs::read(archive.files().join(name)).unwrap());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        archive.text(&format!("{name}.sha256")),
        format!("{digest}  {name}\n")
    );
    assert_eq!((log[0].tries, log[0].outcome.as_deref()), (1, Some("delivered")));
    // As an auditor checks it.
    let checked = std::process::Command::new("sha256sum")
        .args(["--check", &format!("{name}.sha256")])
        .current_dir(archive.files())
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let export = archive
        .store
        .past_export(log[0].export.unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(export.name, NAME);
    assert!(
        export.query.starts_with("from=2026-11-20&to=2026-11-20"),
        "{}",
        export.query
    );
    let end = export.end.unwrap();
    assert_eq!((end.outcome, end.records, end.rows), (ExportOutcome::Whole, 1, 1));
    assert_eq!(
        end.sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
        digest
    );
}

#[tokio::test]
async fn after_a_long_time_every_period_is_made_up_for_once() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let days: Vec<_> = (20..=23)
        .map(|day| numbered(day, &format!("2026-11-{day}T08:00:00Z")))
        .collect();
    archive.archive(&days).await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC&format=ndjson")
        .await;
    archive.clock.set(at("2026-11-24T09:00:00Z"));
    archive.make_all(number, 4).await;
    let files: Vec<Vec<usize>> = archive
        .names()
        .iter()
        .map(|name| numbers(&archive.text(name)))
        .collect();
    assert_eq!(files, [[20], [21], [22], [23]]);
}

#[tokio::test]
async fn what_is_new_is_in_exactly_one_file_whatever_its_date() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive.archive(&[numbered(1, "2026-11-20T08:00:00Z")]).await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::New, "from=&tz=UTC&format=ndjson")
        .await;
    let everything = archive
        .schedule_from(Rhythm::Daily, Contents::New, "from=&tz=UTC&format=ndjson", true)
        .await;
    // Late, long ago, and ahead of the present.
    archive
        .archive(&[
            numbered(2, "2026-11-18T08:00:00Z"),
            numbered(3, "2019-01-01T00:00:00Z"),
            numbered(4, "2027-05-05T00:00:00Z"),
        ])
        .await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    archive.make_all(number, 1).await;
    archive.make_all(everything, 1).await;
    // The first of them changes, another one is new.
    archive
        .archive(&[
            numbered(1, "2026-11-20T08:00:00Z").status("failed"),
            numbered(5, "2026-11-20T08:00:00Z"),
        ])
        .await;
    archive.clock.set(at("2026-11-22T06:00:00Z"));
    archive.make_all(number, 2).await;
    archive.clock.set(at("2026-11-23T06:00:00Z"));
    archive.make_all(number, 3).await;
    let mut files = Vec::new();
    for file in archive.log(number).await {
        let mut numbers = numbers(&archive.text(&file.file));
        numbers.sort_unstable();
        files.push(numbers);
    }
    assert_eq!(files, [vec![2, 3, 4], vec![1, 5], vec![]]);
    let first = archive.log(everything).await.remove(0);
    assert_eq!(numbers(&archive.text(&first.file)).len(), 4);
}

#[tokio::test]
async fn filters_and_the_kind_of_file_are_those_of_the_schedule() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    archive
        .archive(&[
            numbered(1, "2026-11-20T08:00:00Z").status("failed"),
            numbered(2, "2026-11-20T08:00:00Z"),
        ])
        .await;
    let query = "from=&status=failed&tz=UTC&format=csv&columns=shown&lang=ja";
    let number = archive.schedule(Rhythm::Weekly, Contents::Period, query).await;
    archive.clock.set(at("2026-11-23T06:00:00Z"));
    archive.make_all(number, 1).await;
    let name = format!("{FILE}_{number}_2026-11-16_2026-11-22.csv");
    let text = archive.text(&name);
    assert!(
        text.starts_with("\u{feff}日時 (UTC),影響を受ける顧客,アクション,パートナー ユーザー,詳細\r\n"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 2);
    // The page of the noted address shows the same.
    let query = archive.log(number).await.remove(0).query;
    let selection = Selection::parse(&query, archive.clock.now(), chrono_tz::Tz::UTC).selection;
    assert_eq!(
        selection.query(),
        "from=2026-11-16&to=2026-11-22&tz=UTC&status=failed"
    );
}

#[tokio::test]
async fn a_file_of_days_that_were_not_read_says_so() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    archive.make_all(number, 1).await;
    assert_eq!(
        archive.log(number).await[0].read_until,
        Some(at("2026-11-20T00:00:00Z"))
    );
}

#[tokio::test]
async fn a_paused_schedule_makes_nothing_and_goes_on_with_the_next_one() {
    let archive = Archive::new("2026-11-20T12:00:00Z").await;
    let number = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    let other = archive
        .schedule(Rhythm::Daily, Contents::Period, "from=&tz=UTC")
        .await;
    assert!(archive.scheduling.pause(number, "Hanako").await.unwrap());
    assert!(!archive.scheduling.pause(number, "Hanako").await.unwrap());
    archive.clock.set(at("2026-11-22T07:00:00Z"));
    archive.make_all(other, 2).await;
    assert_eq!(archive.log(number).await, []);
    let paused = archive.at(number).await;
    assert_eq!(paused.paused.as_ref().unwrap().1, "Hanako");
    assert!(archive.scheduling.resume(&paused).await.unwrap());
    assert_eq!(archive.at(number).await.next_due, at("2026-11-23T06:00:00Z"));
    archive.clock.set(at("2026-11-23T06:00:00Z"));
    archive.make_all(number, 1).await;
}
