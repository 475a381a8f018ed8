//! Collecting from the stand-in Partner Center through the real client over HTTP, with what goes wrong there:
//! in the end the archive holds what Partner Center showed, once, byte for byte.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use partnerlog::{
    audit::{Selection, Ticks},
    clock::Clock,
    collect::{Collector, Summary, Wake, follow, import},
    config::{self, Cloud, PartnerAccount},
    partner_center::{Client, ClientOptions, KeepError, RefreshToken, RefreshTokens, TokenOutcome},
    simulator::{
        faults::{HttpFault, RetryAfter},
        partner_center::{Fault, PartnerCenter, PartnerCenterOptions, When},
        tenant::{Tenant, TenantOptions},
    },
    store::{Day, DayState, Store},
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::support::archive;
use crate::{
    partner_center::server::{Server, page},
    records::record,
};

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn today() -> NaiveDate {
    now().date_naive()
}

/// A stand-in, an archive, and a collector between them.
struct World {
    partner_center: PartnerCenter,
    store: Arc<dyn Store>,
    clock: Clock,
    collector: Collector,
    folder: tempfile::TempDir,
}

impl World {
    async fn of(tenant: Tenant) -> Self {
        let clock = Clock::fixed(now());
        let options = PartnerCenterOptions {
            page_size: 40,
            ..PartnerCenterOptions::new(Arc::new(tenant), clock.clone())
        };
        let partner_center = PartnerCenter::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(archive::open(&folder.path().join("archive.db")).await.unwrap());
        let collector = collector(&partner_center, &store, &clock);
        Self {
            partner_center,
            store,
            clock,
            collector,
            folder,
        }
    }

    /// A generated tenant of some thousand records, the last 90 days of it within reach.
    async fn generated() -> Self {
        Self::of(Tenant::generate(&TenantOptions {
            records: 6_000,
            ..TenantOptions::new(7, now())
        }))
        .await
    }

    /// One whose Partner Center is a script.
    async fn with(server: &Server) -> Self {
        let mut world = Self::of(Tenant::from_records(vec![])).await;
        let account = PartnerAccount {
            api_url: Some(server.url.clone()),
            token_url: Some(format!("{}/token", server.url)),
            ..account(&world.partner_center)
        };
        let client = Client::new(&account, world.clock.clone(), ClientOptions::default()).unwrap();
        let store = Arc::clone(&world.store);
        let settings = world.collector.settings;
        world.collector = Collector::new(store, world.clock.clone(), &account, client, settings);
        world
    }

    async fn read(&self, day: NaiveDate) -> Summary {
        let only = Some(vec![day]);
        self.collector.run(only, &CancellationToken::new()).await.unwrap()
    }

    async fn run(&self) -> Summary {
        self.collector.run(None, &CancellationToken::new()).await.unwrap()
    }

    fn tenant(&self) -> &Tenant {
        self.partner_center.tenant()
    }

    /// What Partner Center shows of the days in reach.
    fn truth(&self) -> Vec<String> {
        let mut all: Vec<_> = (0..90)
            .flat_map(|back| {
                self.tenant()
                    .records_of(self.clock.now().date_naive() - Days::new(back))
            })
            .collect();
        all.sort();
        all
    }

    async fn archived(&self) -> Vec<String> {
        let selection = Selection::everything(Tz::UTC, today());
        let (mut all, mut at) = (Vec::new(), None);
        loop {
            let page = self.store.page(&selection, at.as_ref(), 500).await.unwrap();
            all.extend(
                page.entries
                    .into_iter()
                    .map(|e| String::from(&*e.record.document)),
            );
            match page.older {
                Some(older) => at = Some(older),
                None => break,
            }
        }
        all.sort();
        all
    }

    async fn assert_complete(&self) {
        let (archived, truth) = (self.archived().await, self.truth());
        assert_eq!(
            archived.len(),
            truth.len(),
            "so many records are archived, so many there are"
        );
        assert!(archived == truth, "each record is archived byte for byte");
    }

    async fn days(&self) -> Vec<(NaiveDate, DayState)> {
        let account = self.store.accounts().await.unwrap().remove(0).id;
        let days = self
            .store
            .days(account, today() - Days::new(200), today() + Days::new(9))
            .await
            .unwrap();
        days.into_iter().map(|d| (d.day, d.state)).collect()
    }
}

fn account(partner_center: &PartnerCenter) -> PartnerAccount {
    PartnerAccount {
        name: "Contoso".into(),
        tenant_id: partner_center.tenant().partner_id().to_owned(),
        cloud: Cloud::Commercial,
        client_id: "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01".into(),
        client_secret: "stand-in-secret".into(),
        refresh_token: None,
        authority_url: None,
        api_url: Some(partner_center.api_url()),
        graph_url: None,
        token_url: Some(partner_center.token_url().to_owned()),
        subscriptions_url: "https://partner.example/{customerId}".into(),
    }
}

fn collector(partner_center: &PartnerCenter, store: &Arc<dyn Store>, clock: &Clock) -> Collector {
    collector_that_takes(ClientOptions::default().max_body, partner_center, store, clock)
}

/// A collector whose client takes answers of so many bytes.
fn collector_that_takes(
    max_body: usize,
    partner_center: &PartnerCenter,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Collector {
    let account = account(partner_center);
    let options = ClientOptions {
        request_timeout: Duration::from_millis(1_500),
        attempts: 3,
        backoff_base: Duration::from_millis(1),
        max_body,
        ..ClientOptions::default()
    };
    let client = Client::new(&account, clock.clone(), options).unwrap();
    let settings = config::Collect {
        interval: Duration::from_secs(300),
        reread_days: 3,
    };
    Collector::new(Arc::clone(store), clock.clone(), &account, client, settings)
}

#[tokio::test]
async fn the_first_run_fills_the_archive_and_the_second_changes_nothing() {
    let world = World::generated().await;
    let first = world.run().await;
    assert_eq!((first.read, first.unread, first.error.clone()), (90, 0, None));
    world.assert_complete().await;
    assert!(first.appended.new > 500, "{first}");
    let second = world.run().await;
    assert_eq!(
        (second.appended.new, second.appended.revised, second.read),
        (0, 0, 3)
    );
    world.assert_complete().await;
    let days = world.days().await;
    assert_eq!(days.len(), 90);
    assert_eq!(days.last().unwrap(), &(today(), DayState::SoFar));
    assert!(days[..89].iter().all(|(_, state)| *state == DayState::Complete));
}

#[tokio::test]
async fn days_are_asked_for_one_by_one_oldest_first() {
    let world = World::of(Tenant::from_records(vec![])).await;
    world.run().await;
    let mut asked: Vec<_> = world
        .partner_center
        .log()
        .to("/v1/auditrecords")
        .iter()
        .map(|r| r.query.clone())
        .collect();
    // Before the first day, whether days that are asked for alone are shown at all.
    let span = asked.remove(0);
    let first = today() - Days::new(29);
    assert_eq!(span, format!("startDate={first}&endDate={}&size=1", today()));
    assert_eq!(asked.len(), 90);
    let oldest = today() - Days::new(89);
    assert_eq!(asked[0], format!("startDate={oldest}&endDate={oldest}"));
    assert!(
        asked[89].ends_with(&format!("endDate={}", today()))
            || asked[88].ends_with(&format!("endDate={}", today()))
    );
}

#[tokio::test]
async fn late_arrivals_of_the_last_days_and_new_activity_are_found() {
    let world = World::generated().await;
    world.run().await;
    let yesterday = today() - Days::new(1);
    world.tenant().add_record(
        record()
            .id("late_record_of_yesterday")
            .on(&yesterday.to_string())
            .json(),
    );
    world.clock.set(now() + TimeDelta::minutes(5));
    let fresh = world.tenant().new_activity(world.clock.now());
    let run = world.run().await;
    assert_eq!(run.appended.new, 1 + fresh.len() as u64);
    world.assert_complete().await;
}

#[tokio::test]
async fn a_status_that_changes_becomes_a_version_not_a_second_record() {
    let id = "partner_customer_createorder_1";
    let before = record().id(id).on("2026-11-20").status("progress");
    let world = World::of(Tenant::from_records(vec![before.json()])).await;
    world.run().await;
    world
        .tenant()
        .replace_record(id, &before.clone().status("succeeded").json());
    let run = world.run().await;
    assert_eq!((run.appended.new, run.appended.revised), (0, 1));
    world.assert_complete().await;
}

#[tokio::test]
async fn odd_records_do_not_stop_a_day_and_stay_as_they_are() {
    let odd = [
        r#"{"operationDate":"2026-11-19T01:00:00Z","customerName":"\ud800 lone","operationType":"x"}"#
            .to_owned(),
        r#"{"operationDate":"2026-11-19T02:00:00Z","a":1,"a":2,"n":1e400,"operationType":"x"}"#.to_owned(),
        format!(
            r#"{{"operationDate":"2026-11-19T03:00:00Z","operationType":"x","deep":{}{}}}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
        format!(
            r#"{{"operationDate":"2026-11-19T04:00:00Z","operationType":"x","resourceNewValue":"{}"}}"#,
            "é".repeat(2_500_000)
        ),
        r#"{ "operationType" : "spaced" , "operationDate" : "2026-11-19T05:00:00Z" }"#.to_owned(),
        r#"{"operationDate":"2026-11-19T06:00:00Z"}"#.to_owned(),
    ];
    let world = World::of(Tenant::from_records(odd.to_vec())).await;
    let run = world.run().await;
    assert_eq!((run.appended.new, run.error), (6, None));
    world.assert_complete().await;
}

#[tokio::test]
async fn records_too_large_to_come_together_come_in_smaller_pages() {
    // 30 records of 20,000 bytes, in the middle of a day of small ones and twins; 64 KiB are taken at once.
    let records = (0..130).map(|i| match i {
        50..80 => record()
            .on("2026-11-10")
            .id(&format!("partner_customer_large_{i:03}"))
            .with("resourceNewValue", "x".repeat(20_000)),
        80..90 => record().on("2026-11-10"),
        _ => record()
            .on("2026-11-10")
            .id(&format!("partner_customer_small_{i:03}")),
    });
    let mut world = World::of(Tenant::from_records(records.map(|r| r.json()).collect())).await;
    world.collector = collector_that_takes(64 << 10, &world.partner_center, &world.store, &world.clock);
    let run = world.run().await;
    assert_eq!(run.error, None);
    world.assert_complete().await;
    assert_eq!(world.run().await.appended.new, 0);

    // What fits no page at all keeps its day open, and no other.
    let late = |day: &str, id: &str| record().on(day).id(id);
    world
        .tenant()
        .add_record(late("2026-11-20", "partner_customer_later_1").json());
    let larger = late("2026-11-19", "partner_customer_larger_1").with("resourceNewValue", "x".repeat(70_000));
    world.tenant().add_record(larger.json());
    let run = world.run().await;
    assert_eq!((run.appended.new, run.error.is_some()), (1, true));
    world.collector = collector(&world.partner_center, &world.store, &world.clock);
    assert_eq!(world.run().await.error, None);
    world.assert_complete().await;
}

#[tokio::test]
async fn twins_across_a_page_border_are_kept_and_a_repeated_page_is_not() {
    // 45 equal records without ids on one day, 40 to a page; and 100 with ids, whose pages repeat items.
    let twins = (0..45).map(|_| record().on("2026-11-10").json());
    let others = (0..100).map(|i| {
        record()
            .id(&format!("partner_customer_update_{i}"))
            .on("2026-11-12")
            .json()
    });
    let without = (0..100).map(|i| {
        record()
            .on("2026-11-14")
            .user(&format!("user{i}@partner.example"))
            .json()
    });
    let world = World::of(Tenant::from_records(twins.chain(others).chain(without).collect())).await;
    let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
    for d in [12, 14] {
        world.partner_center.faults().next(
            1,
            When::audit_records().of_day(day(d)).on_page(2),
            Fault::RepeatedItems,
        );
    }
    let run = world.run().await;
    assert_eq!(run.error, None);
    assert!(world.partner_center.faults().all_struck());
    world.assert_complete().await;
    assert_eq!(world.run().await.appended.new, 0);
}

#[tokio::test]
async fn every_passing_fault_is_survived_within_the_run() {
    for fault in [
        Fault::Http(HttpFault::Throttled(RetryAfter::Seconds(0))),
        Fault::Http(HttpFault::Throttled(RetryAfter::Absent)),
        Fault::Http(HttpFault::Status(500)),
        Fault::Http(HttpFault::Status(503)),
        Fault::Http(HttpFault::CutBody),
        Fault::Http(HttpFault::CutChunkedBody),
        Fault::Http(HttpFault::Hang),
        Fault::Http(HttpFault::HangInBody),
    ] {
        let world = World::generated().await;
        let oldest = When::audit_records().of_day(today() - Days::new(89));
        world.partner_center.faults().next(2, oldest, fault.clone());
        let run = world.run().await;
        assert_eq!(run.error, None, "{fault:?}");
        assert!(world.partner_center.faults().all_struck());
        world.assert_complete().await;
    }
}

#[tokio::test]
async fn a_lasting_fault_leaves_the_archive_sound_and_the_next_run_completes_it() {
    let day = today() - Days::new(20);
    for fault in [
        Fault::Http(HttpFault::Status(500)),
        Fault::Http(HttpFault::CutBody),
        Fault::Http(HttpFault::Html),
        Fault::Http(HttpFault::Redirect("http://127.0.0.1:9/".into())),
        Fault::LoopingNext,
        Fault::ForeignNext("http://127.0.0.1:9".into()),
        Fault::MissingItems,
    ] {
        let records = (0..100).map(|i| {
            record()
                .id(&format!("partner_customer_update_{i}"))
                .on(&day.to_string())
                .json()
        });
        let world = World::of(Tenant::from_records(records.collect())).await;
        world
            .partner_center
            .faults()
            .always(When::audit_records().of_day(day), fault.clone());
        let run = world.run().await;
        assert!(run.error.is_some(), "{fault:?}");
        assert_eq!(
            (run.read, run.unread),
            (89, 1),
            "the other days are read all the same: {fault:?}"
        );
        assert_eq!(
            world.days().await.iter().find(|(d, _)| *d == day).unwrap().1,
            DayState::Partial
        );
        world.partner_center.faults().clear();
        let run = world.run().await;
        assert_eq!(run.error, None, "{fault:?}");
        world.assert_complete().await;
    }
}

#[tokio::test]
async fn a_token_that_expires_between_pages_is_renewed() {
    let world = World::generated().await;
    world.partner_center.faults().set_token_uses(Some(7));
    let run = world.run().await;
    assert_eq!(run.error, None);
    world.assert_complete().await;
    assert!(world.partner_center.log().to("token").len() > 10);
}

#[tokio::test]
async fn a_refused_secret_ends_the_run_with_one_word_for_the_operator() {
    let world = World::generated().await;
    world
        .partner_center
        .faults()
        .always(When::token(), Fault::InvalidClient);
    let run = world.run().await;
    assert_eq!(run.read, 0);
    assert!(run.error.unwrap().contains("AADSTS7000215"));
    let tries = world.partner_center.log().to("token").len();
    assert!(tries <= 4, "{tries} token requests");
}

#[tokio::test]
async fn a_run_that_is_stopped_at_any_page_is_completed_by_the_next() {
    let world = World::generated().await;
    for milliseconds in [1, 5, 12, 25, 40, 60, 90] {
        let stop = CancellationToken::new();
        let stopped = async {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            stop.cancel();
        };
        let (run, ()) = tokio::join!(world.collector.run(None, &stop), stopped);
        run.unwrap();
    }
    assert_eq!(world.run().await.error, None);
    world.assert_complete().await;
}

#[tokio::test]
async fn two_collectors_on_one_archive_do_not_work_at_once() {
    let world = World::generated().await;
    let other = archive::open(&world.folder.path().join("archive.db"))
        .await
        .unwrap();
    let other: Arc<dyn Store> = Arc::new(other);
    let second = collector(&world.partner_center, &other, &world.clock);
    let stop = CancellationToken::new();
    let (one, two) = tokio::join!(world.run(), second.run(None, &stop));
    let two = two.unwrap();
    assert!(one.busy != two.busy, "{one} / {two}");
    world.assert_complete().await;
}

#[tokio::test]
async fn what_was_imported_and_is_collected_later_is_there_once() {
    let world = World::generated().await;
    let saved = world.truth().join("\n");
    let imported = import::import(&*world.store, saved.as_bytes(), now())
        .await
        .unwrap();
    assert_eq!(
        (imported.appended.new, imported.rejected),
        (world.truth().len() as u64, 0)
    );
    let run = world.run().await;
    assert_eq!((run.appended.new, run.appended.revised), (0, 0));
    world.assert_complete().await;
}

#[tokio::test]
async fn the_documented_answers_are_imported_once() {
    let world = World::of(Tenant::from_records(vec![])).await;
    for (file, records) in [
        (
            include_str!("../fixtures/documented/auditrecords-by-customer-2017.json"),
            2,
        ),
        (
            include_str!("../fixtures/documented/auditrecords-one-day-2020.json"),
            3,
        ),
    ] {
        let with_bom = format!("\u{feff}{file}");
        let first = import::import(&*world.store, with_bom.as_bytes(), now())
            .await
            .unwrap();
        assert_eq!((first.read, first.appended.new), (records, records));
        let again = import::import(&*world.store, file.as_bytes(), now())
            .await
            .unwrap();
        assert_eq!((again.appended.new, again.appended.known), (0, records));
    }
    assert_eq!(world.archived().await.len(), 5);
}

async fn import_text(world: &World, text: &[u8]) -> import::Imported {
    import::import(&*world.store, text, now()).await.unwrap()
}

#[tokio::test]
async fn no_record_of_a_file_is_lost_by_how_its_lines_are_broken() {
    let one = |i: u32| record().id(&format!("partner_customer_update_{i}")).json();
    let (a, b, c) = (one(1), one(2), one(3));
    for file in [
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\r\n{b}\r\n{c}"),
        format!("\n \n{a}\n\n{b}\n{c}"),
        format!("{a}{b}\n{c}\n"),
        format!("{a} {b} {c}"),
        format!("{a}\n[{b},{c}]"),
        format!("{a}\n{{\"items\":[{b},{c}]}}\n"),
        format!("\n{{\"totalCount\":3,\n\"items\":[{a},\n{b},{c}]}}"),
        format!("{{\"items\":[{a}]}}\n{{\"items\":[{b}]}}\n{c}"),
    ] {
        let world = World::of(Tenant::from_records(vec![])).await;
        let imported = import_text(&world, file.as_bytes()).await;
        assert_eq!((imported.appended.new, imported.rejected), (3, 0), "{file}");
        let mut all = world.archived().await;
        all.sort();
        assert_eq!(all, [&*a, &b, &c], "{file}");
        let again = import_text(&world, file.as_bytes()).await;
        assert_eq!((again.appended.known, again.appended.new), (3, 0), "{file}");
    }
}

#[tokio::test]
async fn a_saved_answer_in_one_endless_line_is_imported_as_it_is() {
    let world = World::of(Tenant::from_records(vec![])).await;
    let text = "株".repeat(1_000_000);
    let records: Vec<String> = (0..25)
        .map(|i| {
            record()
                .id(&format!("partner_customer_update_{i:02}"))
                .with("resourceNewValue", text.as_str())
                .json()
        })
        .collect();
    let imported = import_text(
        &world,
        format!("{{\"items\":[{}]}}", records.join(",")).as_bytes(),
    )
    .await;
    assert_eq!((imported.appended.new, imported.rejected), (25, 0));
    assert!(world.archived().await == records);
}

#[tokio::test]
async fn a_record_without_a_partner_is_the_only_partners() {
    let bare = record()
        .without("partnerId")
        .id("partner_customer_update_1")
        .on("2026-11-10");
    let world = World::of(Tenant::from_records(vec![bare.json()])).await;
    world.run().await;
    let imported = import_text(&world, bare.json().as_bytes()).await;
    assert_eq!((imported.appended.known, imported.appended.new), (1, 0));
}

#[tokio::test]
async fn a_page_that_holds_less_than_it_announces_is_read_again() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 10).unwrap();
    let records: Vec<_> = (0..30)
        .map(|i| {
            record()
                .on("2026-11-10")
                .id(&format!("partner_customer_update_{i}"))
                .json()
        })
        .collect();
    let short = format!("{{\"totalCount\":30,\"items\":[{}]}}", records[..7].join(","));
    let world = World::of(Tenant::from_records(records)).await;
    world.partner_center.faults().next(
        1,
        When::audit_records().of_day(day),
        Fault::Http(HttpFault::Body(short)),
    );
    assert_eq!(world.run().await.error, None);
    assert!(world.partner_center.faults().all_struck());
    world.assert_complete().await;
}

#[tokio::test]
async fn a_number_that_is_always_wrong_keeps_no_day_open() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 10).unwrap();
    let one = record().on("2026-11-10").id("partner_customer_update_1").json();
    let wrong = format!("{{\"totalCount\":30,\"items\":[{one}]}}");
    let world = World::of(Tenant::from_records(vec![one])).await;
    world.partner_center.faults().always(
        When::audit_records().of_day(day),
        Fault::Http(HttpFault::Body(wrong)),
    );
    assert_eq!(world.run().await.error, None);
    world.assert_complete().await;
}

#[tokio::test]
async fn a_clock_that_was_fast_leaves_no_day_unread() {
    let world = World::of(Tenant::from_records(vec![])).await;
    let fast = Clock::fixed(now() + TimeDelta::days(6));
    let hasty = collector(&world.partner_center, &world.store, &fast);
    hasty.run(None, &CancellationToken::new()).await.unwrap();
    // What happens on the days that were asked for before they came.
    for back in 0..6 {
        let ahead = today() + Days::new(back + 1);
        world.tenant().add_record(
            record()
                .on(&ahead.to_string())
                .id(&format!("partner_customer_ahead_{back}"))
                .json(),
        );
    }
    world.clock.set(now() + TimeDelta::days(10));
    assert_eq!(world.run().await.error, None);
    assert_eq!(world.archived().await.len(), 6);
}

#[tokio::test]
async fn what_arrived_late_while_nothing_ran_is_found() {
    let world = World::of(Tenant::from_records(vec![])).await;
    world.run().await;
    let yesterday = today() - Days::new(1);
    world.tenant().add_record(
        record()
            .id("late_record_of_yesterday")
            .on(&yesterday.to_string())
            .json(),
    );
    world.clock.set(now() + TimeDelta::days(10));
    world.run().await;
    assert_eq!(world.archived().await.len(), 1);
}

#[tokio::test]
async fn days_that_always_fail_do_not_keep_the_others_from_being_read() {
    let world = World::generated().await;
    for back in [87, 86, 85, 84] {
        world.partner_center.faults().always(
            When::audit_records().of_day(today() - Days::new(back)),
            Fault::Http(HttpFault::Status(500)),
        );
    }
    for _ in 0..4 {
        world.run().await;
    }
    let days = world.days().await;
    assert_eq!(days.len(), 90);
    let open = days.iter().filter(|(_, state)| *state == DayState::Partial);
    assert_eq!(open.count(), 4);
}

#[tokio::test]
async fn a_bad_line_of_a_file_is_named_and_stops_nothing() {
    let world = World::of(Tenant::from_records(vec![])).await;
    let good = record().id("partner_customer_update_1").json();
    let file = format!(
        "{good}\n\n{{\"hello\":1}}\nnonsense\n{}\n{}",
        record().id("partner_customer_update_2").json(),
        &good[..good.len() / 2],
    );
    let imported = import::import(&*world.store, file.as_bytes(), now())
        .await
        .unwrap();
    assert_eq!((imported.appended.new, imported.rejected), (2, 3));
    assert_eq!(
        imported.reasons,
        [
            (3, import::Reason::NotARecord),
            (4, import::Reason::NotAnObject),
            (6, import::Reason::NotJson)
        ]
    );
    for nonsense in [
        "<html></html>",
        "[",
        "{\"items\":7}",
        "\"text\"",
        "{\"a\":1}\n{\"b\":2}",
    ] {
        assert!(
            import::import(&*world.store, nonsense.as_bytes(), now())
                .await
                .is_err(),
            "{nonsense}"
        );
    }
}

impl World {
    /// Runs as often as it takes until every day had its turn.
    async fn run_all_around(&self) {
        for _ in 0..15 {
            assert_eq!(self.run().await.error, None);
        }
    }

    async fn day(&self, day: NaiveDate) -> Day {
        let account = self.store.accounts().await.unwrap().remove(0).id;
        self.store.days(account, day, day).await.unwrap().remove(0)
    }

    /// How many requests for records were made, and forgets them.
    fn requests(&self) -> usize {
        let log = self.partner_center.log();
        let count = log.to("/v1/auditrecords").len();
        log.clear();
        count
    }
}

#[tokio::test]
async fn a_record_that_arrives_weeks_late_is_found_within_a_day() {
    let world = World::generated().await;
    world.run().await;
    let day = today() - Days::new(40);
    let late = record()
        .id("partner_customer_weeks_late_1")
        .on(&day.to_string())
        .json();
    world.tenant().add_record(late);
    world.run().await;
    assert!(
        world.archived().await != world.truth(),
        "nobody looks at that day at every run"
    );
    world.clock.set(now() + TimeDelta::hours(25));
    world.run_all_around().await;
    world.assert_complete().await;
    let known = world.day(day).await;
    assert_eq!((known.late, known.state), (1, DayState::Complete));
}

#[tokio::test]
async fn a_day_with_the_count_it_had_is_not_read_again() {
    let day = today() - Days::new(40);
    let five = (0..5).map(|n| {
        record()
            .id(&format!("partner_customer_five_{n}"))
            .on(&day.to_string())
            .json()
    });
    let world = World::of(Tenant::from_records(five.collect())).await;
    world.run().await;
    let known = world.day(day).await;
    let one = &world.tenant().records_of(day)[0];
    let counted = format!(
        r#"{{"totalCount":{},"items":[{one}],"links":{{"next":{{"uri":"/auditrecords?seekOperation=Next","method":"GET","headers":[]}}}}}}"#,
        known.records
    );
    world.partner_center.faults().always(
        When::audit_records().of_day(day),
        Fault::Http(HttpFault::Body(counted)),
    );
    world.clock.set(now() + TimeDelta::hours(25));
    world.run_all_around().await;
    let probed = world.day(day).await;
    assert_eq!(probed.probed_at, Some(world.clock.now()));
    assert_eq!(
        Day {
            probed_at: None,
            ..probed
        },
        known
    );
}

#[tokio::test]
async fn a_change_that_changes_no_count_is_found_within_a_week() {
    let day = today() - Days::new(40);
    let progress = record()
        .id("partner_customer_order_1")
        .on(&day.to_string())
        .status("progress");
    let world = World::of(Tenant::from_records(vec![progress.json()])).await;
    world.run().await;
    world
        .tenant()
        .replace_record("partner_customer_order_1", &progress.status("succeeded").json());
    world.clock.set(now() + TimeDelta::days(7));
    world.run_all_around().await;
    world.assert_complete().await;
    assert_eq!(world.day(day).await.changed, 1);
}

#[tokio::test]
async fn every_day_is_read_once_more_before_it_is_out_of_reach() {
    let world = World::of(Tenant::from_records(vec![])).await;
    world.run().await;
    let day = today() - Days::new(10);
    for hours in (0..80 * 24).step_by(20) {
        world.clock.set(now() + TimeDelta::hours(hours));
        world.run().await;
    }
    let sealed = world.day(day).await;
    assert!(
        sealed.whole_at.unwrap().date_naive() - day >= TimeDelta::days(88),
        "{sealed:?}"
    );
}

#[tokio::test]
async fn runs_in_between_ask_for_little() {
    let one = record().on(&today().to_string());
    let world = World::of(Tenant::from_records(vec![one.json()])).await;
    world.run().await;
    assert_eq!(world.requests(), 2 + 90);
    world.clock.set(now() + TimeDelta::minutes(5));
    world.run().await;
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn throttling_is_counted() {
    let world = World::of(Tenant::from_records(vec![])).await;
    world.partner_center.faults().next(
        2,
        When::audit_records(),
        Fault::Http(HttpFault::Throttled(RetryAfter::Seconds(0))),
    );
    world.run().await;
    let account = world.store.accounts().await.unwrap().remove(0).id;
    let last = world.store.last_runs(account).await.unwrap().last.unwrap();
    assert_eq!((last.throttled, last.error), (2, None));
}

#[tokio::test]
async fn an_account_in_trouble_does_not_delay_another() {
    let clock = Clock::fixed(now());
    let start = |partner_id: &str| {
        let one = record()
            .id(&format!("partner_customer_{partner_id}"))
            .with("partnerId", partner_id);
        let tenant = Tenant::from_records(vec![one.on("2026-11-10").json()]);
        PartnerCenter::start(PartnerCenterOptions::new(Arc::new(tenant), clock.clone()))
    };
    let (throttled, healthy) = (start("one").await.unwrap(), start("two").await.unwrap());
    throttled.faults().always(
        When::audit_records(),
        Fault::Http(HttpFault::Throttled(RetryAfter::Seconds(60))),
    );
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(archive::open(&folder.path().join("archive.db")).await.unwrap());
    let (wake, stop) = (Wake::default(), CancellationToken::new());
    let tasks: Vec<_> = [("one", &throttled), ("two", &healthy)]
        .map(|(tenant_id, partner_center)| {
            let mut collector = collector(partner_center, &store, &clock);
            collector.tenant_id = tenant_id.to_owned();
            tokio::spawn(follow(
                collector,
                Duration::from_secs(300),
                wake.clone(),
                stop.clone(),
            ))
        })
        .into();
    let healthy = loop {
        let accounts = store.accounts().await.unwrap();
        if let Some(account) = accounts.iter().find(|a| a.tenant_id == "two")
            && store.last_runs(account.id).await.unwrap().last_success.is_some()
        {
            break account.id;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let days = store
        .days(healthy, today() - Days::new(89), today())
        .await
        .unwrap();
    assert_eq!(days.len(), 90);
    // The other still waits as it was told to.
    let waiting = store
        .accounts()
        .await
        .unwrap()
        .into_iter()
        .find(|a| a.tenant_id == "one")
        .unwrap();
    assert_eq!(store.last_runs(waiting.id).await.unwrap().last, None);
    stop.cancel();
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(5), task)
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test]
async fn days_that_always_fail_do_not_break_off_a_slow_day() {
    let world = World::of(Tenant::from_records(vec![])).await;
    world.run().await;
    let faults = world.partner_center.faults();
    for back in [72, 71, 70] {
        let day = today() - Days::new(back);
        faults.always(
            When::audit_records().of_day(day),
            Fault::Http(HttpFault::Status(400)),
        );
    }
    // They are looked at after a day, and again at every run, because they failed.
    world.clock.set(now() + TimeDelta::days(1));
    for _ in 0..15 {
        world.run().await;
    }
    let newest = world.clock.now().date_naive();
    let fresh = record().id("partner_customer_fresh_1").on(&newest.to_string());
    world.tenant().add_record(fresh.json());
    // Two requests that time out: by then the others have failed.
    faults.next(
        2,
        When::audit_records().of_day(newest),
        Fault::Http(HttpFault::Hang),
    );
    let run = world.run().await;
    assert_eq!((run.appended.new, run.unread), (1, 3));
    let known = world.day(newest).await;
    assert_eq!((known.state, known.records), (DayState::SoFar, 1));
}

/// What a page of these records is like that is the last one, and counts only itself.
fn last_page(records: &[String]) -> Fault {
    let (count, items) = (records.len(), records.join(","));
    Fault::Http(HttpFault::Body(format!(
        "{{\"totalCount\":{count},\"items\":[{items}]}}"
    )))
}

#[tokio::test]
async fn a_page_that_comes_again_in_the_place_of_another_is_noticed() {
    // One day with ids, one without: 80 records each, 40 to a page. Instead of the second page the first comes again.
    let with = (0..80).map(|i| {
        record()
            .id(&format!("partner_customer_update_{i:02}"))
            .on("2026-11-12")
    });
    let without = (0..80).map(|i| {
        record()
            .user(&format!("user{i:02}@partner.example"))
            .on("2026-11-14")
    });
    let records = with.chain(without).map(|record| record.json()).collect();
    let world = World::of(Tenant::from_records(records)).await;
    for d in [12, 14] {
        let day = NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        let first = &world.tenant().records_of(day)[..40];
        let again = When::audit_records().of_day(day).on_page(2);
        world.partner_center.faults().next(1, again, last_page(first));
    }
    let run = world.run().await;
    assert!(world.partner_center.faults().all_struck());
    assert_eq!((run.error, run.unread), (None, 0));
    world.assert_complete().await;
    for d in [12, 14] {
        let day = NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        assert_eq!(world.day(day).await.records, 80, "{day}");
    }
}

#[tokio::test]
async fn pages_that_always_overlap_keep_no_day_open_and_are_counted_once() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 12).unwrap();
    let with = (0..600).map(|i| {
        record()
            .id(&format!("partner_customer_update_{i:03}"))
            .on("2026-11-12")
    });
    let world = World::of(Tenant::from_records(with.map(|r| r.json()).collect())).await;
    world
        .partner_center
        .faults()
        .always(When::audit_records().of_day(day), Fault::RepeatedItems);
    let run = world.run().await;
    assert_eq!(run.error, None);
    world.assert_complete().await;
    let known = world.day(day).await;
    assert_eq!((known.state, known.records), (DayState::Complete, 600));
}

#[tokio::test]
async fn twins_that_one_reading_did_not_show_are_archived_when_another_does() {
    // 50 equal records without ids, 40 to a page; the first time the second page ends too early.
    let records: Vec<_> = (0..50).map(|_| record().on("2026-11-12").json()).collect();
    let day = NaiveDate::from_ymd_opt(2026, 11, 12).unwrap();
    let short = last_page(&records[..5]);
    let world = World::of(Tenant::from_records(records)).await;
    let second = When::audit_records().of_day(day).on_page(2);
    world.partner_center.faults().next(1, second, short);
    let run = world.run().await;
    assert!(world.partner_center.faults().all_struck());
    assert_eq!((run.error, run.unread), (None, 0));
    world.assert_complete().await;
}

#[tokio::test]
async fn pages_without_end_that_show_nothing_new_are_left() {
    for with_id in [true, false] {
        let records: Vec<String> = (0..5_000)
            .map(|i| {
                let record = record()
                    .on("2026-11-12")
                    .user(&format!("user{i}@partner.example"));
                let record = record.with("resourceNewValue", "x".repeat(3_000));
                match with_id {
                    true => record.id(&format!("partner_customer_round_{i}")),
                    false => record,
                }
                .json()
            })
            .collect();
        let server = Server::start(move |n, _| {
            let all: Vec<&str> = records.iter().map(String::as_str).collect();
            page(&all, Some(&format!("again-{n}"))).into()
        })
        .await;
        let world = World::with(&server).await;
        let day = NaiveDate::from_ymd_opt(2026, 11, 12).unwrap();
        let run = world.read(day).await;
        assert_eq!(run.trouble.as_deref(), Some("unsteady"));
        assert_eq!(run.appended.new, 5_000);
        assert!(server.asked().len() < 20, "{}", server.asked().len());
        assert_eq!(world.day(day).await.state, DayState::Partial);
    }
}

#[tokio::test]
async fn who_is_told_to_stay_away_for_an_hour_does_not_come_back_with_the_next_tick() {
    let world = World::of(Tenant::from_records(vec![])).await;
    world.partner_center.faults().always(
        When::audit_records(),
        Fault::Http(HttpFault::Throttled(RetryAfter::Seconds(3_600))),
    );
    let stop = CancellationToken::new();
    let wake = Wake::default();
    let following = tokio::spawn(follow(
        world.collector,
        Duration::from_millis(50),
        wake.clone(),
        stop.clone(),
    ));
    let asked = || world.partner_center.log().to("/v1/auditrecords").len();
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(asked(), 1);
    // Who asks for it is heard all the same.
    wake.wake();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(asked(), 2);
    stop.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn a_day_on_which_much_goes_on_is_read_all_the_same() {
    // With each request one more record is there, at the front, and pushes another over the border of the pages.
    for (day, trouble) in [(today(), None), (today() - Days::new(1), Some("unsteady"))] {
        let server = Server::start(move |n, asked| {
            let records: Vec<String> = (0..60 + n)
                .rev()
                .map(|i| {
                    record()
                        .id(&format!("partner_customer_busy_{i:03}"))
                        .on(&day.to_string())
                        .json()
                })
                .collect();
            let all: Vec<&str> = records.iter().map(String::as_str).collect();
            match asked.headers.contains_key("ms-continuationtoken") {
                false => page(&all[..40], Some("second")).into(),
                true => page(&all[40..], None).into(),
            }
        })
        .await;
        let world = World::with(&server).await;
        let run = world.read(day).await;
        assert_eq!(run.trouble.as_deref(), trouble, "{day}");
        let state = world.day(day).await.state;
        assert_eq!(state == DayState::SoFar, trouble.is_none(), "{day}");
        assert!(run.appended.new >= 60);
    }
}

/// Refresh tokens of a program with a fault: the first time it breaks off.
struct Faulty(AtomicBool);

#[async_trait::async_trait]
impl RefreshTokens for Faulty {
    fn consent(&self) -> u64 {
        0
    }

    async fn newest(&self) -> Result<Option<RefreshToken>, KeepError> {
        assert!(self.0.swap(true, Ordering::SeqCst), "a fault of our own");
        Ok(None)
    }

    async fn keep(&self, _: Option<SecretString>, _: &RefreshToken) -> Result<(), KeepError> {
        Ok(())
    }

    async fn note(&self, _: TokenOutcome) {}
}

#[tokio::test]
async fn a_fault_of_our_own_ends_a_run_and_not_collecting() {
    let mut world = World::of(Tenant::from_records(vec![record().on("2026-11-12").json()])).await;
    let account = account(&world.partner_center);
    let faulty = Arc::new(Faulty(AtomicBool::new(false)));
    let options = ClientOptions::default();
    world.collector.client =
        Client::with_refresh_tokens(&account, world.clock.clone(), options, faulty).unwrap();
    let (wake, stop) = (Wake::default(), CancellationToken::new());
    let following = tokio::spawn(follow(
        world.collector,
        Duration::from_millis(50),
        wake,
        stop.clone(),
    ));
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if world.store.newest_number().await.unwrap() == 1 {
            break;
        }
    }
    assert_eq!(world.store.newest_number().await.unwrap(), 1);
    stop.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn where_a_day_alone_is_never_shown_no_day_is_complete() {
    // A service whose endDate leaves its day out: of a day alone it shows nothing.
    let server = Server::start(|_, asked| {
        let of = |name: &str| {
            let (_, value) = asked.target.split_once(name).unwrap();
            value[..10].parse::<NaiveDate>().unwrap()
        };
        let day = NaiveDate::from_ymd_opt(2026, 11, 12).unwrap();
        let one = record().id("partner_customer_update_1").on("2026-11-12").json();
        let is_shown = of("startDate=") <= day && day < of("endDate=");
        let shown: Vec<&str> = is_shown.then_some(one.as_str()).into_iter().collect();
        page(&shown, None).into()
    })
    .await;
    let world = World::with(&server).await;
    let run = world.run().await;
    assert_eq!((run.read, run.unread), (0, 90));
    assert_eq!(run.trouble.as_deref(), Some("answer-unusable"));
    assert!(run.error.unwrap().contains("does not show of each day alone"));
    assert_eq!(world.days().await, []);
}

#[tokio::test]
async fn of_several_processes_one_collects_and_another_takes_over() {
    // Each process has a door to the same Partner Center of its own, so that it shows who comes.
    let tenant = Arc::new(Tenant::from_records(vec![record().json()]));
    let clock = Clock::fixed(now());
    let door = || PartnerCenter::start(PartnerCenterOptions::new(Arc::clone(&tenant), clock.clone()));
    let (one, other) = (door().await.unwrap(), door().await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(archive::open(&folder.path().join("archive.db")).await.unwrap());
    let process = |door: &PartnerCenter| {
        let (wake, stop) = (Wake::default(), CancellationToken::new());
        let interval = Duration::from_millis(10);
        let following = follow(
            collector(door, &store, &clock),
            interval,
            wake.clone(),
            stop.clone(),
        );
        (tokio::spawn(following), wake, stop)
    };
    let asked = |door: &PartnerCenter| door.log().to("/v1/auditrecords").len();
    let asks_again = async |door: &PartnerCenter| {
        let before = asked(door);
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while asked(door) < before + 8 {
            assert!(std::time::Instant::now() < deadline, "nobody collects");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };

    let (first, _, _) = process(&one);
    asks_again(&one).await;
    let (second, wake, stop) = process(&other);
    asks_again(&one).await;
    asks_again(&one).await;
    assert_eq!(asked(&other), 0, "it stands by");
    // But a person who asks it to collect does not know of that.
    wake.wake();
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while asked(&other) == 0 {
        assert!(std::time::Instant::now() < deadline, "nobody hears");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    // The one dies without a word.
    first.abort();
    let _ = first.await;
    clock.set(now() + TimeDelta::seconds(21));
    asks_again(&other).await;
    let (third, _, last) = process(&one);
    asks_again(&other).await;
    let before = asked(&one);
    asks_again(&other).await;
    assert_eq!(asked(&one), before, "it stands by");
    // The other ends in order.
    stop.cancel();
    second.await.unwrap();
    asks_again(&one).await;
    last.cancel();
    third.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_are_older_than_what_the_archive_keeps_are_not_collected() {
    let world = World::generated().await;
    let kept_from = today() - Days::new(10);
    archive::with(&world.folder.path().join("archive.db"), |connection| {
        let ticks = Ticks::start_of(kept_from).0;
        let sql = format!(
            "INSERT INTO removal (at, month, kept_from, records, versions) VALUES (1, {ticks}, {ticks}, 0, 0)"
        );
        connection.execute_batch(&sql).unwrap();
    });
    let summary = world.run().await;
    assert_eq!((summary.read, summary.unread, summary.error), (11, 0, None));
    let mut wanted: Vec<String> = (0..=10)
        .flat_map(|back| world.tenant().records_of(today() - Days::new(back)))
        .collect();
    wanted.sort();
    let archived = world.archived().await;
    assert_eq!(archived, wanted);
    assert_eq!(summary.appended.new, archived.len() as u64);
    let account = world.store.accounts().await.unwrap()[0].id;
    let days = world
        .store
        .days(account, NaiveDate::MIN, NaiveDate::MAX)
        .await
        .unwrap();
    assert_eq!(days.first().map(|day| day.day), Some(kept_from));
}
