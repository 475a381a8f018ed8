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
        AccountId, Appended, Batch, Count, Day, DayState, Entry, Incoming, Run, Source, Store,
        sqlite::SqliteStore,
    },
};
use proptest::prelude::*;

use crate::records::{RELECLOUD, incoming, record};

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
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::open(&folder.path().join("archive.db"))
                .await
                .unwrap(),
        );
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
    async fn all(&self, selection: &Selection, size: u32) -> Vec<Entry> {
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
            .map(|e| e.record.document.into())
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
    let ids = |entries: Vec<Entry>| entries.into_iter().map(|e| e.id.to_string()).collect::<Vec<_>>();
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
    let day = |state, reason: Option<&str>| Day {
        day: NaiveDate::from_ymd_opt(2026, 8, 1).unwrap(),
        state,
        records: 7,
        read_at: now(),
        reason: reason.map(str::to_owned),
    };
    store
        .mark_day(account, &day(DayState::Complete, None))
        .await
        .unwrap();
    store
        .mark_day(account, &day(DayState::Partial, Some("HTTP 500")))
        .await
        .unwrap();
    let first = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
    let known = store.days(account, first, now().date_naive()).await.unwrap();
    // A later reading that broke off does not undo a complete one.
    assert_eq!(known, [day(DayState::Complete, Some("HTTP 500"))]);

    let run = |minutes, error: Option<&str>| Run {
        started_at: now() + TimeDelta::minutes(minutes),
        ended_at: now() + TimeDelta::minutes(minutes + 1),
        days: 90,
        appended: new(3),
        error: error.map(str::to_owned),
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
}

#[tokio::test]
async fn another_process_sees_what_was_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let one = SqliteStore::open(&path).await.unwrap();
    let other = SqliteStore::open(&path).await.unwrap();
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
            other.choices(FilterKey::User, "user", 10).await.unwrap().len(),
            i + 1
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let store = SqliteStore::open(&path).await.unwrap();
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
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    std::fs::write(&path, "this is a letter, not a database. ".repeat(100)).unwrap();
    assert!(SqliteStore::open(&path).await.is_err());
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

#[test]
fn an_event_key_does_not_depend_on_what_changes_later() {
    let one = record().status("progress").incoming();
    let other = record()
        .status("failed")
        .with("resourceNewValue", "{}")
        .incoming();
    assert_eq!(EventKey::of(&one.record), EventKey::of(&other.record));
}
