//! The contract of the archive: one test at least for each promise of `Store`.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use partnerlog::{
    audit::{
        Selection, Ticks,
        identity::{Content, EventKey},
        selection::{FilterKey, From, To},
    },
    store::{
        AccountId, Appended, AttemptEnd, Batch, Count, CustomerName, CustomerOrder, CustomersAsked,
        DayAttempt, DayState, Entry, Incoming, Run, RunTotals, Source, Store, sql::SqlStore,
    },
};
use proptest::prelude::*;

use crate::records::{RELECLOUD, incoming, record};
use crate::support::archive;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
}

fn everything() -> Selection {
    Selection::everything(Tz::UTC, now().date_naive())
}

/// An archive of its own for each test.
struct Archive {
    store: Arc<dyn Store>,
    account: AccountId,
    _folder: tempfile::TempDir,
}

impl Archive {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(archive::open(&folder.path().join("archive.db")).await.unwrap());
        let account = store
            .account("9daaeb1c-4195-4db5-9f1d-509eb70c8c2d", "Contoso")
            .await
            .unwrap();
        Self {
            store,
            account,
            _folder: folder,
        }
    }

    async fn append(&self, source: Source, records: Vec<Incoming>) -> Appended {
        let batch = Batch {
            account: self.account,
            source,
            archived_at: now(),
            records,
        };
        self.store.append(batch).await.unwrap()
    }

    async fn collect(&self, records: impl IntoIterator<Item = &str>) -> Appended {
        self.append(Source::Collected, records.into_iter().map(incoming).collect())
            .await
    }

    /// All pages of a selection, read with pages of that size.
    async fn all(&self, selection: &Selection, size: u32) -> Vec<Arc<Entry>> {
        let mut entries = Vec::new();
        let mut at = None;
        loop {
            let page = self.store.page(selection, at.as_ref(), size).await.unwrap();
            entries.extend(page.entries);
            match page.older {
                Some(older) => at = Some(older),
                None => return entries,
            }
        }
    }

    async fn documents(&self, selection: &Selection) -> Vec<String> {
        self.all(selection, 7)
            .await
            .into_iter()
            .map(|e| String::from(&*e.record.document))
            .collect()
    }
}

fn new(n: u64) -> Appended {
    Appended {
        new: n,
        ..Appended::default()
    }
}

#[tokio::test]
async fn a_document_comes_back_byte_for_byte() {
    let archive = Archive::new().await;
    let deep = format!(
        r#"{{"resourceNewValue":{}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let big = format!(
        r#"{{"id":"big_record_637346859797753934","x":"{}"}}"#,
        "a\\u0000é".repeat(500_000)
    );
    let documents = [
        r#"{ "operationType" : "create_order",  "operationDate":"2026-01-01T00:00:00.0000001Z","x":1e400}"#,
        r#"{"customerName":"\ud800","operationDate":"2026-01-02T00:00:00Z","a":1,"a":2}"#,
        r#"{"customerName":"<b>\u0000","operationDate":"never"}"#,
        &deep,
        &big,
    ];
    assert_eq!(archive.collect(documents).await, new(5));
    let mut kept = archive.documents(&everything()).await;
    let mut given: Vec<_> = documents.iter().map(|d| (*d).to_owned()).collect();
    kept.sort();
    given.sort();
    assert_eq!(kept, given);
}

#[tokio::test]
async fn appending_twice_is_the_same_as_once() {
    let archive = Archive::new().await;
    let records: Vec<String> = (0..50)
        .map(|i| record().id(&format!("partner_customer_update_{i}")).json())
        .collect();
    let texts = || records.iter().map(String::as_str);
    assert_eq!(archive.collect(texts()).await, new(50));
    let before = archive.documents(&everything()).await;
    assert_eq!(
        archive.collect(texts()).await,
        Appended {
            known: 50,
            ..Appended::default()
        }
    );
    assert_eq!(archive.documents(&everything()).await, before);
}

#[tokio::test]
async fn a_record_whose_content_changed_keeps_every_version_and_shows_the_newest() {
    let archive = Archive::new().await;
    let progress = record().status("progress");
    let succeeded = record().status("succeeded");
    archive.collect([&*progress.json()]).await;
    let changed = archive.collect([&*succeeded.json()]).await;
    assert_eq!(
        changed,
        Appended {
            revised: 1,
            ..Appended::default()
        }
    );
    let all = archive.all(&everything(), 10).await;
    assert_eq!(all.len(), 1);
    assert_eq!(&*all[0].record.operation_status.0, "succeeded");
    assert_eq!(all[0].versions, 2);
    let failed = everything().with(FilterKey::Status, false, "progress");
    assert_eq!(archive.documents(&failed).await.len(), 0);
}

#[tokio::test]
async fn every_version_can_be_read_and_says_where_it_came_from() {
    let archive = Archive::new().await;
    let id = "partner_customer_update_637346859797753934";
    let at = |status: &str| record().id(id).status(status);
    let progress = at("progress").json();
    archive.collect([&*progress]).await;
    let later = Batch {
        account: archive.account,
        source: Source::Collected,
        archived_at: now() + TimeDelta::days(1),
        records: vec![at("succeeded").incoming()],
    };
    archive.store.append(later).await.unwrap();
    archive
        .append(Source::Imported, vec![at("unheard_of").incoming()])
        .await;
    let id = archive.all(&everything(), 10).await[0].id.clone();
    let versions = archive.store.versions(&id).await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|v| (v.number, v.source, v.archived_at, v.is_shown))
        .collect();
    assert_eq!(
        told,
        [
            (1, Source::Collected, now(), false),
            (2, Source::Collected, now() + TimeDelta::days(1), true),
            // A file may be older than what was collected: it comes last, and is not shown.
            (3, Source::Imported, now(), false),
        ]
    );
    let version = async |number| archive.store.version(&id, number).await.unwrap();
    let first = version(1).await.unwrap();
    assert_eq!(&*first.record.document, &*progress, "byte for byte");
    assert_eq!((first.archived_at, first.versions), (now(), 3));
    assert_eq!(first.id, id);
    assert_eq!(&*version(2).await.unwrap().record.operation_status.0, "succeeded");
    let third = version(3).await.unwrap();
    assert_eq!(
        (&*third.record.operation_status.0, third.source),
        ("unheard_of", Source::Imported)
    );
    for none in [0, 4, u32::MAX] {
        assert!(version(none).await.is_none(), "{none}");
    }
    let unknown = partnerlog::audit::RecordId::parse("partner_record_unheard_of").unwrap();
    assert_eq!(archive.store.versions(&unknown).await.unwrap(), []);
    assert!(archive.store.version(&unknown, 1).await.unwrap().is_none());
}

#[tokio::test]
async fn what_came_after_a_record_is_counted_by_the_order_of_archiving() {
    let archive = Archive::new().await;
    assert_eq!(archive.store.newest_number().await.unwrap(), 0);
    archive
        .collect([&*record().id("partner_record_1").on("2026-08-20").json()])
        .await;
    let number = archive.store.newest_number().await.unwrap();
    let after = async |selection: &Selection, at_most| {
        archive
            .store
            .count_after(selection, number, at_most)
            .await
            .unwrap()
    };
    assert_eq!(after(&everything(), 100).await, Count::Exactly(0));
    // Older than what was there, and yet it came later.
    for i in 2..7 {
        let id = format!("partner_record_{i}");
        archive
            .collect([&*record().id(&id).on("2026-08-01").status("failed").json()])
            .await;
    }
    assert!(archive.store.newest_number().await.unwrap() > number);
    assert_eq!(after(&everything(), 100).await, Count::Exactly(5));
    assert_eq!(after(&everything(), 4).await, Count::MoreThan(4));
    let failed = everything().with(FilterKey::Status, false, "failed");
    let succeeded = everything().with(FilterKey::Status, false, "succeeded");
    assert_eq!(after(&failed, 100).await, Count::Exactly(5));
    assert_eq!(after(&succeeded, 100).await, Count::Exactly(0));
    let august = NaiveDate::from_ymd_opt(2026, 8, 10).unwrap();
    let range = everything().over(From::Day(august), To::Today);
    assert_eq!(after(&range, 100).await, Count::Exactly(0));
    // Another version of a known record is no new record.
    archive
        .collect([&*record()
            .id("partner_record_1")
            .on("2026-08-20")
            .status("failed")
            .json()])
        .await;
    assert_eq!(after(&everything(), 100).await, Count::Exactly(5));
}

#[tokio::test]
async fn an_imported_older_version_does_not_hide_what_was_collected() {
    let archive = Archive::new().await;
    archive.collect([&*record().status("succeeded").json()]).await;
    let imported = archive
        .append(Source::Imported, vec![record().status("progress").incoming()])
        .await;
    assert_eq!(
        imported,
        Appended {
            revised: 1,
            ..Appended::default()
        }
    );
    let again = archive
        .append(Source::Imported, vec![record().status("progress").incoming()])
        .await;
    assert_eq!(
        again,
        Appended {
            known: 1,
            ..Appended::default()
        }
    );
    let all = archive.all(&everything(), 10).await;
    assert_eq!(&*all[0].record.operation_status.0, "succeeded");
    assert_eq!((all[0].versions, all[0].source), (2, Source::Collected));
}

#[tokio::test]
async fn equal_records_without_ids_are_as_many_as_one_reading_shows() {
    let archive = Archive::new().await;
    let twin = record().json();
    assert_eq!(archive.collect([&*twin, &*twin]).await, new(2));
    assert_eq!(archive.collect([&*twin, &*twin]).await.known, 2);
    // The same reading in two pages: the second page knows what the first has shown.
    let mut second = incoming(&twin);
    second.seen_before = vec![Content::of(&second.record)];
    archive.collect([&*twin]).await;
    assert_eq!(archive.append(Source::Collected, vec![second]).await.known, 1);
    let all = archive.all(&everything(), 1).await;
    assert_eq!(all.len(), 2);
    assert_ne!(all[0].id, all[1].id);
    for entry in &all {
        assert_eq!(archive.store.find(&entry.id).await.unwrap().unwrap().id, entry.id);
    }
}

#[tokio::test]
async fn equal_records_with_an_id_are_one() {
    let archive = Archive::new().await;
    let with_id = record().id("partner_customer_update_637346859797753934").json();
    let appended = archive.collect([&*with_id, &*with_id]).await;
    assert_eq!((appended.new, appended.known), (1, 1));
}

#[tokio::test]
async fn one_id_with_two_contents_in_every_reading_settles() {
    let archive = Archive::new().await;
    let a = record().id("partner_customer_update_1").status("progress").json();
    let b = record()
        .id("partner_customer_update_1")
        .status("succeeded")
        .json();
    for _ in 0..5 {
        archive.collect([&*a, &*b]).await;
    }
    let settled = archive.collect([&*a, &*b]).await;
    assert_eq!(
        settled,
        Appended {
            known: 2,
            ..Appended::default()
        }
    );
    assert!(archive.all(&everything(), 10).await[0].versions <= 3);
}

#[tokio::test]
async fn two_accounts_keep_their_records_apart() {
    let archive = Archive::new().await;
    let other = archive
        .store
        .account("B0B0B0B0-0000-0000-0000-000000000000", "Fabrikam")
        .await
        .unwrap();
    let one = record().id("partner_customer_update_1").json();
    archive.collect([&*one]).await;
    let batch = Batch {
        account: other,
        source: Source::Collected,
        archived_at: now(),
        records: vec![incoming(&one)],
    };
    assert_eq!(archive.store.append(batch).await.unwrap(), new(1));
    let of_other = everything().with(FilterKey::Account, false, "b0b0b0b0-0000-0000-0000-000000000000");
    let found = archive.all(&of_other, 10).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].account.name, "Fabrikam");
    assert_eq!(archive.all(&everything(), 10).await.len(), 2);
}

#[tokio::test]
async fn equal_dates_are_ordered_by_record_id_however_they_arrived() {
    let archive = Archive::new().await;
    for id in [
        "partner_record_b",
        "partner_record_d",
        "partner_record_a",
        "partner_record_c",
    ] {
        archive.collect([&*record().id(id).json()]).await;
    }
    let ids = |entries: Vec<Arc<Entry>>| entries.into_iter().map(|e| e.id.to_string()).collect::<Vec<_>>();
    let ordered = [
        "partner_record_a",
        "partner_record_b",
        "partner_record_c",
        "partner_record_d",
    ];
    assert_eq!(ids(archive.all(&everything(), 10).await), ordered);
    assert_eq!(ids(archive.all(&everything(), 1).await), ordered);
}

#[tokio::test]
async fn reading_back_towards_newer_records_shows_the_same_pages() {
    let archive = Archive::new().await;
    for i in 0..23 {
        let date = format!("2026-08-{:02}", i / 2 + 1);
        archive
            .collect([&*record()
                .id(&format!("partner_record_number_{i}"))
                .on(&date)
                .json()])
            .await;
    }
    let page = |at| {
        let store = Arc::clone(&archive.store);
        async move { store.page(&everything(), at, 5).await.unwrap() }
    };
    let first = page(None).await;
    assert!(first.newer.is_none());
    let second = page(first.older.as_ref()).await;
    let third = page(second.older.as_ref()).await;
    let back = page(third.newer.as_ref()).await;
    let ids = |p: &partnerlog::store::Page| p.entries.iter().map(|e| e.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&back), ids(&second));
    let start = page(back.newer.as_ref()).await;
    assert_eq!(ids(&start), ids(&first));
    // A link kept from the first page leads to the first page again.
    let top = page(start.newer.as_ref()).await;
    assert_eq!(ids(&top), ids(&first));
}

#[tokio::test]
async fn a_customer_is_found_by_id_in_any_case_by_part_of_any_of_its_names_and_without_id() {
    let archive = Archive::new().await;
    archive
        .collect([
            &*record().id("partner_record_1").json(),
            &*record().id("partner_record_2").without("customerName").json(),
            &*record()
                .id("partner_record_3")
                .without("customerId")
                .with("customerName", "Relecloud Neu")
                .json(),
            &*record()
                .id("partner_record_4")
                .customer("a0000000-0000-0000-0000-000000000001", "Bäckerei Süß")
                .json(),
            &*record()
                .id("partner_record_5")
                .customer("a0000000-0000-0000-0000-000000000002", "株式会社サンプル")
                .json(),
        ])
        .await;
    let found = |value: &'static str, exclude: bool| {
        let archive = &archive;
        async move {
            let selection = everything().with(FilterKey::Customer, exclude, value);
            let mut ids: Vec<_> = archive
                .all(&selection, 2)
                .await
                .iter()
                .map(|e| e.id.to_string())
                .collect();
            ids.sort();
            ids.iter()
                .map(|id| id.trim_start_matches("partner_record_").to_owned())
                .collect::<String>()
        }
    };
    assert_eq!(found("RELEC", false).await, "123");
    assert_eq!(found("RELEC", true).await, "45");
    assert_eq!(found(&RELECLOUD.to_uppercase().leak()[..], false).await, "12");
    assert_eq!(found("backerei", false).await, "4");
    assert_eq!(found("ｻﾝﾌﾟﾙ", false).await, "5");
    assert_eq!(found("%", false).await, "");
    assert_eq!(found("_", false).await, "");
    let two =
        everything()
            .with(FilterKey::Customer, false, "süß")
            .with(FilterKey::Customer, false, "サンプル");
    assert_eq!(archive.all(&two, 10).await.len(), 2);
    let named = archive
        .store
        .find(&"partner_record_2".parse_id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(named.customer_name.as_deref(), Some("Relecloud"));
    assert_eq!(
        archive
            .store
            .customer(RELECLOUD)
            .await
            .unwrap()
            .unwrap()
            .name
            .as_deref(),
        Some("Relecloud")
    );
    assert_eq!(archive.store.customer("nobody").await.unwrap(), None);
}

trait ParseId {
    fn parse_id(&self) -> partnerlog::audit::RecordId;
}

impl ParseId for &str {
    fn parse_id(&self) -> partnerlog::audit::RecordId {
        partnerlog::audit::RecordId::parse(self).unwrap()
    }
}

#[tokio::test]
async fn excluding_keeps_records_that_lack_the_field() {
    let archive = Archive::new().await;
    archive
        .collect([
            &*record().id("partner_record_1").json(),
            &*record()
                .id("partner_record_2")
                .without("userPrincipalName")
                .json(),
        ])
        .await;
    let others = everything().with(FilterKey::User, true, "hanako");
    assert_eq!(archive.all(&others, 10).await.len(), 1);
}

#[tokio::test]
async fn a_count_stops_at_its_limit() {
    let archive = Archive::new().await;
    for i in 0..5 {
        archive
            .collect([&*record().id(&format!("partner_record_{i}_long")).json()])
            .await;
    }
    assert_eq!(
        archive.store.count(&everything(), 5).await.unwrap(),
        Count::Exactly(5)
    );
    assert_eq!(
        archive.store.count(&everything(), 4).await.unwrap(),
        Count::MoreThan(4)
    );
}

#[tokio::test]
async fn the_nearest_record_outside_the_range_is_named() {
    let archive = Archive::new().await;
    assert_eq!(archive.store.span().await.unwrap(), None);
    archive
        .collect([
            &*record().on("2026-01-10").json(),
            &*record().on("2026-03-10").json(),
        ])
        .await;
    let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
    let around = |from, to| everything().over(From::Day(from), To::Day(to));
    let nearest = |s: Selection| {
        let store = Arc::clone(&archive.store);
        async move { store.nearest(&s).await.unwrap().map(|t| t.day().unwrap()) }
    };
    assert_eq!(nearest(around(day(1, 20), day(1, 30))).await, Some(day(1, 10)));
    assert_eq!(nearest(around(day(3, 1), day(3, 2))).await, Some(day(3, 10)));
    let nobody = around(day(3, 1), day(3, 2)).with(FilterKey::User, false, "nobody");
    assert_eq!(nearest(nobody).await, None);
    let (oldest, newest) = archive.store.span().await.unwrap().unwrap();
    assert_eq!((oldest.day(), newest.day()), (Some(day(1, 10)), Some(day(3, 10))));
}

#[tokio::test]
async fn an_undated_record_is_filed_under_the_date_it_was_read_for() {
    let archive = Archive::new().await;
    let mut undated = record().with("operationDate", "soon").incoming();
    undated.fallback = Ticks::start_of(NaiveDate::from_ymd_opt(2026, 5, 5).unwrap());
    archive.append(Source::Collected, vec![undated]).await;
    let all = archive.all(&everything(), 10).await;
    assert_eq!(all[0].ticks.day(), NaiveDate::from_ymd_opt(2026, 5, 5));
    assert_eq!(all[0].record.ticks, None);
}

#[tokio::test]
async fn days_runs_and_leases_are_remembered() {
    let archive = Archive::new().await;
    let (store, account) = (&archive.store, archive.account);
    let day = NaiveDate::from_ymd_opt(2026, 8, 1).unwrap();
    let attempt = |new: u64, end| DayAttempt {
        day,
        at: now(),
        appended: Appended {
            new,
            known: 1,
            revised: 0,
        },
        end,
    };
    let whole = store
        .mark_day(account, &attempt(7, AttemptEnd::Whole { records: 8 }))
        .await
        .unwrap();
    assert_eq!(
        (whole.state, whole.records, whole.late),
        (DayState::Complete, 8, 0)
    );
    let broken = AttemptEnd::Broken {
        reason: "HTTP 500".to_owned(),
        trouble: "server-error".to_owned(),
    };
    // What arrived late before the reading that broke off is not archived yet: the day is open again.
    let open = store.mark_day(account, &attempt(2, broken)).await.unwrap();
    assert_eq!(
        (open.state, open.records, open.late, open.known),
        (DayState::Partial, 8, 2, 2)
    );
    let first = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
    let known = store.days(account, first, now().date_naive()).await.unwrap();
    assert_eq!(known, [open]);

    let run = |minutes, error: Option<&str>| Run {
        started_at: now() + TimeDelta::minutes(minutes),
        ended_at: now() + TimeDelta::minutes(minutes + 1),
        days: 90,
        appended: new(3),
        error: error.map(str::to_owned),
        trouble: error.map(|_| "server-error".to_owned()),
        throttled: 2,
        late: 1,
    };
    store.record_run(account, &run(0, None)).await.unwrap();
    store
        .record_run(account, &run(5, Some("HTTP 503")))
        .await
        .unwrap();
    let runs = store.last_runs(account).await.unwrap();
    assert_eq!(
        (runs.last, runs.last_success),
        (Some(run(5, Some("HTTP 503"))), Some(run(0, None)))
    );

    let until = now() + TimeDelta::minutes(1);
    assert!(store.lease("collect", "one", now(), until).await.unwrap());
    assert!(!store.lease("collect", "two", now(), until).await.unwrap());
    assert!(store.lease("collect", "one", now(), until).await.unwrap());
    assert!(
        store
            .lease("collect", "two", until, until + TimeDelta::minutes(1))
            .await
            .unwrap()
    );
    store.release("collect", "two").await.unwrap();
    assert!(store.lease("collect", "one", now(), until).await.unwrap());
    // The clock was a year fast when somebody took the lease and died.
    let year = TimeDelta::days(365);
    assert!(
        store
            .lease("collect", "one", now() + year, until + year)
            .await
            .unwrap()
    );
    assert!(store.lease("collect", "two", now(), until).await.unwrap());
}

#[tokio::test]
async fn runs_are_added_up_from_where_the_last_sum_ended() {
    let archive = Archive::new().await;
    let run = |new, error: Option<&str>| Run {
        started_at: now(),
        ended_at: now(),
        days: 1,
        appended: Appended {
            new,
            known: 10,
            revised: 1,
        },
        error: error.map(str::to_owned),
        trouble: None,
        throttled: 2,
        late: 3,
    };
    let sum = async |after| archive.store.runs_after(archive.account, after).await.unwrap();
    assert_eq!(sum(0).await, RunTotals::default());
    for (new, error) in [(5, None), (7, Some("HTTP 500"))] {
        archive
            .store
            .record_run(archive.account, &run(new, error))
            .await
            .unwrap();
    }
    let two = sum(0).await;
    assert_eq!((two.succeeded, two.failed, two.throttled, two.late), (1, 1, 4, 6));
    assert_eq!(
        (two.appended.new, two.appended.known, two.appended.revised),
        (12, 20, 2)
    );
    archive
        .store
        .record_run(archive.account, &run(1, None))
        .await
        .unwrap();
    let third = sum(two.last).await;
    assert_eq!((third.succeeded, third.failed, third.appended.new), (1, 0, 1));
    assert_eq!(
        sum(third.last).await,
        RunTotals {
            last: third.last,
            ..RunTotals::default()
        }
    );
    let other = archive
        .store
        .account("b0b0b0b0-0000-0000-0000-000000000000", "Fabrikam")
        .await
        .unwrap();
    assert_eq!(
        archive.store.runs_after(other, 0).await.unwrap(),
        RunTotals::default()
    );
}

#[tokio::test]
async fn whether_a_lease_is_held_can_be_asked() {
    let archive = Archive::new().await;
    let held = async |at| archive.store.is_leased("collect", at).await.unwrap();
    assert!(!held(now()).await);
    let until = now() + TimeDelta::seconds(60);
    assert!(archive.store.lease("collect", "a", now(), until).await.unwrap());
    assert!(held(now()).await);
    assert!(!held(until).await, "its time is over");
    archive.store.release("collect", "a").await.unwrap();
    assert!(!held(now()).await);
}

#[tokio::test]
async fn another_process_sees_what_was_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let one = archive::open(&path).await.unwrap();
    let other = archive::open(&path).await.unwrap();
    let account = one.account("p", "Contoso").await.unwrap();
    for (i, source) in [Source::Collected, Source::Imported].into_iter().enumerate() {
        let document = record()
            .id(&format!("partner_record_{i}_long"))
            .user(&format!("user{i}@partner.example"));
        let batch = Batch {
            account,
            source,
            archived_at: now(),
            records: vec![document.incoming()],
        };
        one.append(batch).await.unwrap();
        let selection = everything().with(FilterKey::User, false, &format!("user{i}"));
        assert_eq!(other.page(&selection, None, 10).await.unwrap().entries.len(), 1);
        assert_eq!(
            other.choices(&[FilterKey::User], 10).await.unwrap()[0].len(),
            i + 1
        );
    }
}

/// Two handles on one archive, as two processes have them.
struct TwoProcesses {
    one: SqlStore,
    other: SqlStore,
    account: AccountId,
    _folder: tempfile::TempDir,
}

impl TwoProcesses {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.db");
        let one = archive::open(&path).await.unwrap();
        let other = archive::open(&path).await.unwrap();
        let account = one.account("p", "Contoso").await.unwrap();
        Self {
            one,
            other,
            account,
            _folder: folder,
        }
    }

    async fn append(&self, store: &SqlStore, records: Vec<Incoming>) {
        let batch = Batch {
            account: self.account,
            source: Source::Imported,
            archived_at: now(),
            records,
        };
        store.append(batch).await.unwrap();
    }
}

#[tokio::test]
async fn processes_that_write_in_turns_each_find_what_the_other_wrote() {
    let two = TwoProcesses::new().await;
    let written = |i: u32| {
        record()
            .id(&format!("partner_record_{i}_long"))
            .user(&format!("user{i}@partner.example"))
            .incoming()
    };
    for i in 0..4 {
        let store = if i % 2 == 0 { &two.other } else { &two.one };
        two.append(store, vec![written(i)]).await;
    }
    for store in [&two.one, &two.other] {
        for i in 0..4 {
            let selection = everything().with(FilterKey::User, false, &format!("user{i}"));
            assert_eq!(
                store.page(&selection, None, 10).await.unwrap().entries.len(),
                1,
                "user{i}"
            );
        }
    }
}

#[tokio::test]
async fn a_customers_name_that_another_process_learned_is_known_here() {
    let two = TwoProcesses::new().await;
    let (a, b) = (
        "a0000000-0000-0000-0000-000000000001",
        "a0000000-0000-0000-0000-000000000002",
    );
    let named = |id: &str, on: &str, customer: &str, name: &str| {
        record().id(id).on(on).customer(customer, name).incoming()
    };
    two.append(
        &two.one,
        vec![
            named("partner_record_1_long", "2026-08-01", a, "Alpha"),
            named("partner_record_2_long", "2026-08-01", b, "Beta"),
        ],
    )
    .await;
    assert_eq!(
        two.other.customer(a).await.unwrap().unwrap().name.unwrap(),
        "Alpha"
    );
    // Only the pair is new, no text.
    two.append(
        &two.one,
        vec![named("partner_record_3_long", "2026-08-09", a, "Beta")],
    )
    .await;
    assert_eq!(
        two.other.customer(a).await.unwrap().unwrap().name.unwrap(),
        "Beta"
    );
    let beta = everything().with(FilterKey::Customer, false, "beta");
    assert_eq!(two.other.page(&beta, None, 10).await.unwrap().entries.len(), 3);
}

#[tokio::test]
async fn processes_that_open_a_new_archive_at_once_both_get_it() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let path = folder.path().join(format!("archive{round}.db"));
        let opened = futures_util::future::join_all((0..6).map(|_| archive::open(&path))).await;
        for store in opened {
            store.unwrap().ping().await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_odd_customer_id_hides_no_names() {
    let archive = Archive::new().await;
    archive
        .collect([
            &*record().id("partner_record_1_long").json(),
            &*record()
                .id("partner_record_2_long")
                .customer("rele", "Somebody")
                .json(),
        ])
        .await;
    let selection = everything().with(FilterKey::Customer, false, "rele");
    assert_eq!(archive.all(&selection, 10).await.len(), 2);
}

#[tokio::test]
async fn what_partner_center_confirmed_is_not_hidden_by_an_older_file() {
    let archive = Archive::new().await;
    let (before, after) = (record().status("progress"), record().status("succeeded"));
    archive.append(Source::Imported, vec![after.incoming()]).await;
    archive.append(Source::Collected, vec![after.incoming()]).await;
    archive.append(Source::Imported, vec![before.incoming()]).await;
    let all = archive.all(&everything(), 10).await;
    assert_eq!(&*all[0].record.operation_status.0, "succeeded");
    assert_eq!((all.len(), all[0].versions), (1, 2));
}

#[tokio::test]
async fn a_file_with_a_part_of_a_day_hides_no_record_that_has_a_twin() {
    let archive = Archive::new().await;
    let say = |text: &str| record().with("resourceNewValue", text).incoming();
    archive.append(Source::Imported, vec![say("b"), say("a")]).await;
    archive
        .append(Source::Imported, vec![say("b"), say("a, later")])
        .await;
    let again = archive.append(Source::Imported, vec![say("a")]).await;
    assert_eq!(again.known, 1);
    let mut says: Vec<_> = archive
        .all(&everything(), 10)
        .await
        .into_iter()
        .filter_map(|e| e.record.resource_new_value.clone())
        .collect();
    says.sort();
    assert_eq!(says, ["a, later", "b"]);
}

#[tokio::test]
async fn a_twin_that_is_revised_leaves_the_other_its_history() {
    let archive = Archive::new().await;
    let say = |text: &str| record().with("resourceNewValue", text).incoming();
    archive.append(Source::Collected, vec![say("a"), say("b")]).await;
    // Newest first may show them the other way round.
    let changed = archive
        .append(Source::Collected, vec![say("b, later"), say("a")])
        .await;
    assert_eq!((changed.revised, changed.known, changed.new), (1, 1, 0));
    for entry in archive.all(&everything(), 10).await {
        let expected = if entry.record.resource_new_value.as_deref() == Some("a") {
            1
        } else {
            2
        };
        assert_eq!(entry.versions, expected, "{:?}", entry.record.resource_new_value);
    }
}

#[tokio::test]
async fn thousands_of_records_of_one_moment_are_archived_without_delay() {
    let archive = Archive::new().await;
    let started = std::time::Instant::now();
    for chunk in 0..12 {
        let records = (0..500).map(|i| {
            record()
                .id(&format!("partner_record_{:05}", (chunk * 500 + i) * 7919 % 6_000))
                .with("operationDate", "6/1/2017 12:00:00 AM")
                .incoming()
        });
        assert_eq!(
            archive.append(Source::Imported, records.collect()).await,
            new(500)
        );
    }
    let took = started.elapsed();
    assert!(took.as_secs() < 30, "{took:?}");
    let ids: Vec<_> = archive
        .all(&everything(), 500)
        .await
        .into_iter()
        .map(|e| e.id.clone())
        .collect();
    assert_eq!(ids.len(), 6_000);
    assert!(ids.is_sorted());
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let store = archive::open(&path).await.unwrap();
    store.account("p", "Contoso").await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?}",
            file.path()
        );
    }
}

#[tokio::test]
async fn a_file_that_is_no_archive_is_refused() {
    if archive::is_on_server() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    std::fs::write(&path, "this is a letter, not a database. ".repeat(100)).unwrap();
    assert!(archive::open(&path).await.is_err());
}

#[derive(Clone, Debug)]
struct Model {
    id: u32,
    ticks: i64,
    customer: u8,
    user: u8,
    action: u8,
    status: u8,
}

impl Model {
    fn json(&self) -> String {
        let names = ["Relecloud", "Bäckerei Süß", "株式会社サンプル", "Relecloud Süd"];
        let mut record = record()
            .id(&format!("partner_record_{:04}", self.id))
            .on(&Ticks(self.ticks).to_rfc3339().unwrap())
            .action(["create_order", "update_order", "some_new_operation"][self.action as usize])
            .status(["succeeded", "failed", "progress"][self.status as usize]);
        record = match self.customer {
            4 => record.without("customerId").without("customerName"),
            n => record.customer(
                &format!("c0000000-0000-0000-0000-00000000000{n}"),
                names[n as usize],
            ),
        };
        match self.user {
            3 => record.without("userPrincipalName"),
            n => record.user(&format!("user{n}@partner.example")),
        }
        .json()
    }

    fn matches(&self, selection: &Selection) -> bool {
        let (from, until) = selection.during();
        let dates = Ticks(self.ticks) >= from && Ticks(self.ticks) < until;
        dates
            && selection.filters.iter().all(|f| {
                let hit = f.values.iter().any(|v| match f.key {
                    FilterKey::Customer => match v.as_str() {
                        "relecloud" => matches!(self.customer, 0 | 3),
                        "su" => matches!(self.customer, 1 | 3),
                        "サンプル" => self.customer == 2,
                        _ => false,
                    },
                    FilterKey::User => self.user < 3 && format!("user{}@", self.user).contains(v.as_str()),
                    FilterKey::Action => {
                        ["create_order", "update_order", "some_new_operation"][self.action as usize] == v
                    }
                    FilterKey::Status => ["succeeded", "failed", "progress"][self.status as usize] == v,
                    _ => unreachable!("not generated"),
                });
                hit != f.exclude
            })
    }
}

fn model(id: u32) -> impl Strategy<Value = Model> {
    // Few different dates, so that many are equal.
    (0i64..40, 0u8..5, 0u8..4, 0u8..3, 0u8..3).prop_map(move |(date, customer, user, action, status)| Model {
        id,
        ticks: 639_211_392_000_000_000 + date * 216_000_000_000,
        customer,
        user,
        action,
        status,
    })
}

fn filters() -> impl Strategy<Value = Vec<(FilterKey, bool, &'static str)>> {
    let one = prop_oneof![
        (
            Just(FilterKey::Customer),
            any::<bool>(),
            prop::sample::select(vec!["relecloud", "su", "サンプル", "none"])
        ),
        (
            Just(FilterKey::User),
            any::<bool>(),
            prop::sample::select(vec!["user0", "user", "1@", "nobody"])
        ),
        (
            Just(FilterKey::Action),
            any::<bool>(),
            prop::sample::select(vec!["create_order", "some_new_operation", "x"])
        ),
        (
            Just(FilterKey::Status),
            any::<bool>(),
            prop::sample::select(vec!["succeeded", "failed"])
        ),
    ];
    prop::collection::vec(one, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_page_equals_filtering_and_sorting_all_records(
        models in prop::collection::vec(any::<()>(), 0..60).prop_flat_map(|v| {
            (0..v.len() as u32).map(model).collect::<Vec<_>>()
        }),
        selections in prop::collection::vec((filters(), prop::option::of((0u64..12, 0u64..6))), 1..6),
        size in 1u32..20,
        chunk in 1usize..30,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let archive = Archive::new().await;
            for some in models.chunks(chunk) {
                let texts: Vec<_> = some.iter().map(Model::json).collect();
                archive.collect(texts.iter().map(String::as_str)).await;
            }
            for (filters, range) in selections {
                let mut selection = everything();
                if let Some((start, length)) = range {
                    let first = Ticks(639_211_392_000_000_000).day().unwrap() + chrono::Days::new(start);
                    selection = selection.over(From::Day(first), To::Day(first + chrono::Days::new(length)));
                }
                for (key, exclude, value) in filters {
                    selection = selection.with(key, exclude, value);
                }
                let mut expected: Vec<_> = models.iter().filter(|m| m.matches(&selection)).collect();
                expected.sort_by_key(|m| (std::cmp::Reverse(m.ticks), m.id));
                let expected: Vec<_> = expected.iter().map(|m| format!("partner_record_{:04}", m.id)).collect();
                let shown: Vec<_> = archive.all(&selection, size).await.iter().map(|e| e.id.to_string()).collect();
                assert_eq!(shown, expected);
                let counted = archive.store.count(&selection, 1_000).await.unwrap();
                assert_eq!(counted, Count::Exactly(expected.len() as u64));
            }
        });
    }
}

/// What Partner Center may show of one day: an event (the first ones have ids), and which revision of it.
type Shown = (u8, u8);

fn shown(&(event, revision): &Shown) -> String {
    let record = record().with("resourceNewValue", format!("revision {revision}"));
    match event {
        0..3 => record.id(&format!("partner_record_number_{event}")).json(),
        // Without ids: some share everything by which an event is known.
        _ => record.user(&format!("user{}@partner.example", event % 3)).json(),
    }
}

/// One thing that happens to an archive while Partner Center's day goes on.
#[derive(Clone, Debug)]
enum Step {
    /// The day is read to its end, in pages of that size, oldest or newest first.
    Read { page: usize, newest_first: bool },
    /// The same, broken off after so many records.
    BreakOff { after: usize },
    /// Everything shown so far is saved to a file and imported.
    Import,
    /// More happens.
    Arrive(Shown),
    /// The n-th record is revised.
    Revise { at: usize, to: u8 },
}

fn happening() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..6, any::<bool>()).prop_map(|(page, newest_first)| Step::Read { page, newest_first }),
        1 => (0usize..6).prop_map(|after| Step::BreakOff { after }),
        1 => Just(Step::Import),
        4 => (0u8..9, 0u8..2).prop_map(Step::Arrive),
        2 => (0usize..8, 0u8..4).prop_map(|(at, to)| Step::Revise { at, to }),
    ]
}

/// A reading as the collector appends it: page by page, each knowing what came before.
async fn read_pages(archive: &Archive, records: &[String], page: usize) -> Appended {
    let mut seen: Vec<(EventKey, Content)> = Vec::new();
    let mut sum = Appended::default();
    for texts in records.chunks(page) {
        let mut batch: Vec<_> = texts.iter().map(|text| incoming(text)).collect();
        let keys: Vec<_> = batch
            .iter()
            .map(|i| (EventKey::of(&i.record), Content::of(&i.record)))
            .collect();
        for (incoming, (key, _)) in batch.iter_mut().zip(&keys) {
            incoming.seen_before = seen.iter().filter(|(k, _)| k == key).map(|(_, c)| *c).collect();
        }
        seen.extend(keys);
        sum += archive.append(Source::Collected, batch).await;
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn a_whole_reading_makes_the_archive_say_what_the_day_says(
        steps in prop::collection::vec(happening(), 1..24),
        page in 1usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let archive = Archive::new().await;
            let mut day: Vec<Shown> = Vec::new();
            let mut versions = 0;
            let mut collected = false;
            let last = Step::Read { page, newest_first: true };
            for step in steps.into_iter().chain([last]) {
                let texts: Vec<String> = day.iter().map(shown).collect();
                match step {
                    Step::Arrive((event, revision)) => {
                        // An id is there once.
                        if event >= 3 || day.iter().all(|(known, _)| *known != event) {
                            day.push((event, revision));
                        }
                    }
                    Step::Revise { at, to } => {
                        if let Some((_, revision)) = day.get_mut(at) {
                            *revision = to;
                        }
                    }
                    Step::Import => {
                        let file: Vec<_> = texts.iter().map(|text| incoming(text)).collect();
                        archive.append(Source::Imported, file).await;
                        let again = texts.iter().map(|text| incoming(text)).collect();
                        let again = archive.append(Source::Imported, again).await;
                        assert_eq!((again.new, again.revised), (0, 0), "a file twice is a file once");
                    }
                    Step::BreakOff { after } => {
                        read_pages(&archive, &texts[..after.min(texts.len())], 2).await;
                        collected = true;
                    }
                    Step::Read { page, newest_first } => {
                        let mut texts = texts;
                        if newest_first {
                            texts.reverse();
                        }
                        read_pages(&archive, &texts, page).await;
                        collected = true;
                        let mut current = archive.documents(&everything()).await;
                        current.sort();
                        texts.sort();
                        assert_eq!(current, texts, "the archive says what the day says");
                        let again = read_pages(&archive, &texts, page + 1).await;
                        assert_eq!((again.new, again.revised), (0, 0), "a reading twice is a reading once");
                    }
                }
                let all = archive.all(&everything(), 50).await;
                let sum: u32 = all.iter().map(|e| e.versions).sum();
                assert!(sum >= versions, "no version vanishes");
                versions = sum;
                let ids: std::collections::HashSet<_> = all.iter().map(|e| e.id.clone()).collect();
                assert_eq!(ids.len(), all.len(), "every record has a name of its own");
            }
            assert!(collected);
        });
    }
}

#[test]
fn an_event_key_does_not_depend_on_what_changes_later() {
    let one = record().status("progress").incoming();
    let other = record()
        .status("failed")
        .with("resourceNewValue", "{}")
        .incoming();
    assert_eq!(EventKey::of(&one.record), EventKey::of(&other.record));
}

/// An archive of the first version, in which events and contents were told apart otherwise.
#[tokio::test]
async fn an_archive_of_the_first_version_learns_its_new_keys() {
    // On servers there never was one.
    if archive::is_on_server() {
        return;
    }
    let archive = Archive::new().await;
    let with_id = record().with("id", "p_c_create_order_637346859797753934");
    let twin = record().user("twin@contoso.example");
    archive
        .append(
            Source::Collected,
            vec![
                with_id.clone().with("operationStatus", "progress").incoming(),
                twin.incoming(),
                twin.incoming(),
            ],
        )
        .await;
    archive.append(Source::Collected, vec![with_id.incoming()]).await;
    let before = archive.all(&everything(), 10).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    // The same rows in a file of the first version, with keys made by other rules.
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../migrations/sqlite/0001_archive.sql"))
        .unwrap();
    let present = archive._folder.path().join("archive.db");
    old.execute("ATTACH ?1 AS present", [present.to_str().unwrap()])
        .unwrap();
    for table in [
        "account",
        "term",
        "customer_name",
        "dictionary",
        "version",
        "record",
    ] {
        let columns = old
            .prepare("SELECT group_concat(name, ', ') FROM pragma_table_info(?1, 'main')")
            .unwrap()
            .query_row([table], |row| row.get::<_, String>(0))
            .unwrap();
        old.execute_batch(&format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} ({columns}) SELECT {columns} FROM present.{table}"
        ))
        .unwrap();
    }
    old.execute_batch(
        "UPDATE version SET content = randomblob(16); UPDATE record SET event_key = randomblob(16);
         PRAGMA user_version = 1",
    )
    .unwrap();
    drop(old);
    let store = archive::open(&path).await.unwrap();
    let account = store.accounts().await.unwrap()[0].id;
    let archive = Archive {
        store: Arc::new(store),
        account,
        _folder: folder,
    };
    let documents = |all: &[Arc<Entry>]| {
        all.iter()
            .map(|e| (e.id.clone(), e.record.document.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        documents(&archive.all(&everything(), 10).await),
        documents(&before)
    );
    let again = archive
        .append(
            Source::Collected,
            vec![with_id.incoming(), twin.incoming(), twin.incoming()],
        )
        .await;
    assert_eq!((again.new, again.known, again.revised), (0, 3, 0));
    assert!(archive.store.find(&before[0].id).await.unwrap().is_some());
}

fn ticks(date: &str) -> Ticks {
    Ticks::from(date.parse::<DateTime<Utc>>().unwrap())
}

#[tokio::test]
async fn customers_are_listed_with_numbers_that_follow_the_archive() {
    let archive = Archive::new().await;
    let of = |id: &str, customer: &str, name: &str, date: &str| {
        record().id(id).customer(customer, name).on(date).json()
    };
    let (a, b) = (RELECLOUD, "5d1c9f0e-0000-4000-8000-0000000000bb");
    let records = [
        of("customers_record_one", a, "Old Name", "2026-01-01"),
        of("customers_record_two", a, "Relecloud", "2026-03-01"),
        of("customers_record_three", b, "Beta", "2026-02-01"),
    ];
    archive.collect(records.iter().map(String::as_str)).await;
    let asked = CustomersAsked {
        text: String::new(),
        order: CustomerOrder::LastActivity,
        skip: 0,
        limit: 10,
    };
    let listed = async |asked: &CustomersAsked| {
        let found = archive.store.customers(asked).await.unwrap();
        assert_eq!(found.left_out, None);
        let all = found.listed.into_iter().map(|c| {
            let seen = c.seen.unwrap();
            (c.name.unwrap(), seen.records, seen.first, seen.last)
        });
        (found.found, all.collect::<Vec<_>>())
    };
    let relecloud = |n, last| {
        (
            "Relecloud".to_owned(),
            n,
            ticks("2026-01-01T09:00:00Z"),
            ticks(last),
        )
    };
    let beta = |last| ("Beta".to_owned(), 1, ticks("2026-02-01T09:00:00Z"), ticks(last));
    assert_eq!(
        listed(&asked).await,
        (
            2,
            vec![relecloud(2, "2026-03-01T09:00:00Z"), beta("2026-02-01T09:00:00Z")]
        )
    );
    // A record more is counted, and of equal ones there is only one.
    let newest = of("customers_record_four", a, "Relecloud", "2026-04-01");
    archive.collect([newest.as_str(), records[0].as_str()]).await;
    assert_eq!(listed(&asked).await.1[0], relecloud(3, "2026-04-01T09:00:00Z"));
    let second = CustomersAsked {
        skip: 1,
        limit: 1,
        ..asked.clone()
    };
    assert_eq!(listed(&second).await, (2, vec![beta("2026-02-01T09:00:00Z")]));
    let former = CustomersAsked {
        text: " OLD n".to_owned(),
        ..asked
    };
    let found = archive.store.customers(&former).await.unwrap();
    assert_eq!(found.listed[0].former.as_deref(), Some("Old Name"));
    assert_eq!(found.listed[0].id.as_deref(), Some(a));
    let names = archive.store.customer_names(&a.to_uppercase()).await.unwrap();
    let name = |name: &str, last: &str| CustomerName {
        name: name.to_owned(),
        last_seen: ticks(last),
    };
    assert_eq!(
        names,
        [
            name("Relecloud", "2026-04-01T09:00:00Z"),
            name("Old Name", "2026-01-01T09:00:00Z")
        ]
    );
    assert_eq!(archive.store.customer_names("nobody").await.unwrap(), []);
}

#[tokio::test]
async fn a_customer_of_former_versions_alone_is_not_listed() {
    let archive = Archive::new().await;
    let of = |customer: &str, name: &str| {
        record()
            .id("customers_record_moved")
            .customer(customer, name)
            .json()
    };
    let b = "5d1c9f0e-0000-4000-8000-0000000000bb";
    archive.collect([of(b, "Beta").as_str()]).await;
    archive.collect([of(RELECLOUD, "Relecloud").as_str()]).await;
    let asked = CustomersAsked {
        text: String::new(),
        order: CustomerOrder::Name,
        skip: 0,
        limit: 10,
    };
    let found = archive.store.customers(&asked).await.unwrap();
    let names: Vec<_> = found.listed.into_iter().filter_map(|c| c.name).collect();
    assert_eq!((found.found, names), (1, vec!["Relecloud".to_owned()]));
}

#[tokio::test]
async fn a_selection_has_its_oldest_and_its_newest_date() {
    let archive = Archive::new().await;
    let records: Vec<String> = ["2026-02-01", "2026-01-01", "2026-03-01"]
        .into_iter()
        .map(|day| record().id(&format!("ends_record_{day}_x")).on(day).json())
        .chain([record()
            .id("ends_record_of_another")
            .user("other@x.example")
            .on("2026-05-01")
            .json()])
        .collect();
    archive.collect(records.iter().map(String::as_str)).await;
    let ends = async |selection: &Selection| archive.store.ends(selection).await.unwrap();
    assert_eq!(
        ends(&everything().with(FilterKey::User, true, "other")).await,
        Some((ticks("2026-01-01T09:00:00Z"), ticks("2026-03-01T09:00:00Z")))
    );
    assert_eq!(
        ends(&everything()).await,
        Some((ticks("2026-01-01T09:00:00Z"), ticks("2026-05-01T09:00:00Z")))
    );
    assert_eq!(
        ends(&everything().with(FilterKey::User, false, "nobody")).await,
        None
    );
}
