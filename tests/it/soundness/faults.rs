//! What goes wrong at Partner Center and on the way, met by the program as a process of its own: in the end the archive
//! holds what Partner Center has, record by record. What takes longer than a test may is in `collect.rs`, with a client
//! that has less patience.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Days, TimeDelta, Utc};
use partnerlog::{
    clock::Clock,
    collect::Collector,
    config::{self, Cloud, PartnerAccount},
    partner_center::{Client, ClientOptions},
    simulator::{
        faults::{HttpFault, RetryAfter},
        partner_center::{Fault, PartnerCenter, PartnerCenterOptions, When},
        tenant::Tenant,
    },
    store::{Store, sql::SqlStore},
};
use tokio_util::sync::CancellationToken;

use super::world::{Home, World, documents, is_contained, stand_in, tenant, verified};
use crate::records::record;

/// Some records of the last days, and a day of four pages with equal records across their borders.
async fn world() -> (World, chrono::NaiveDate) {
    let tenant = tenant(51, 1_000, 60);
    let day = Clock::system().now().date_naive() - Days::new(20);
    for i in 0..45 {
        let one = record().with("partnerId", tenant.partner_id()).on(&format!(
            "{day}T{:02}:{:02}:00Z",
            i / 2,
            i % 60
        ));
        tenant.add_record(one.clone().id(&format!("partner_customer_update_{i:04}")).json());
        tenant.add_record(one.action("update_order").json());
    }
    (World::of(tenant).await, day)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_is_survived_on_any_page() {
    let (world, day) = world().await;
    let soon = Clock::system().now() + TimeDelta::seconds(1);
    for fault in [
        HttpFault::Throttled(RetryAfter::Seconds(1)),
        HttpFault::Throttled(RetryAfter::At(soon)),
        HttpFault::Throttled(RetryAfter::Absent),
        HttpFault::Status(500),
        HttpFault::Status(502),
        HttpFault::CutBody,
        HttpFault::CutChunkedBody,
    ] {
        let home = Home::new(&world.partner_center);
        for page in 1..=4 {
            let here = When::audit_records().of_day(day).on_page(page);
            world.partner_center.faults().next(1, here, fault.clone());
        }
        home.run(&["collect"]).await.succeeded();
        assert!(world.partner_center.faults().all_struck(), "{fault:?}");
        assert!(home.archived().await == world.truth(90), "{fault:?}");
        assert_eq!(home.verified().await.first, None, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lasts_leaves_its_day_open_and_everything_else_is_there() {
    let (world, day) = world().await;
    let whole = world.truth(90);
    let of_day = world.partner_center.tenant().records_of(day).len();
    for fault in [
        Fault::LoopingNext,
        Fault::ForeignNext("http://127.0.0.1:9".to_owned()),
        Fault::MissingItems,
        HttpFault::Html.into(),
        HttpFault::Redirect("http://127.0.0.1:9/".to_owned()).into(),
    ] {
        let home = Home::new(&world.partner_center);
        let here = When::audit_records().of_day(day).on_page(3);
        world.partner_center.faults().always(here, fault.clone());
        let failed = home.run(&["collect"]).await.says("89 days read, 1 not");
        assert_eq!(failed.code, 1, "{fault:?}");
        let archived = home.archived().await;
        assert!(is_contained(&archived, &whole), "{fault:?}");
        assert!(archived.len() > whole.len() - of_day, "{fault:?}");
        assert_eq!(home.verified().await.first, None, "{fault:?}");
        world.partner_center.faults().clear();
        home.run(&["collect"]).await.succeeded();
        assert!(home.archived().await == whole, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_repeats_items_doubles_none_and_hides_none() {
    let (world, day) = world().await;
    let home = Home::new(&world.partner_center);
    for page in 2..=4 {
        let here = When::audit_records().of_day(day).on_page(page);
        world.partner_center.faults().next(1, here, Fault::RepeatedItems);
    }
    home.run(&["collect"]).await.succeeded();
    assert!(world.partner_center.faults().all_struck());
    assert!(home.archived().await == world.truth(90));
    home.run(&["collect"])
        .await
        .succeeded()
        .says("0 records new, 0 changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_end_between_pages_are_renewed() {
    let (world, _) = world().await;
    let home = Home::new(&world.partner_center);
    world.partner_center.faults().set_token_uses(Some(2));
    home.run(&["collect"]).await.succeeded();
    assert!(home.archived().await == world.truth(90));

    // All of them are taken back while it runs.
    world.partner_center.faults().clear();
    let home = Home::new(&world.partner_center);
    let (ran, ()) = tokio::join!(home.run(&["collect"]), async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(40)).await;
            world.partner_center.faults().revoke_tokens();
        }
    });
    // A token that is taken back as soon as it is given may end a day; the next run reads it.
    if ran.code != 0 {
        home.run(&["collect"]).await.succeeded();
    }
    assert!(home.archived().await == world.truth(90));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_changes_while_it_is_paged_is_complete_in_the_end() {
    let partner_center = stand_in(tenant(52, 600, 0)).await;
    let today = Clock::system().now().date_naive();
    let yesterday = today - Days::new(1);
    let one = |i: u32, status: &str| {
        record()
            .with("partnerId", partner_center.tenant().partner_id())
            .on(&format!("{yesterday}T{:02}:{:02}:00Z", i % 24, i * 7 % 60))
            .id(&format!("partner_customer_changing_{i:04}"))
            .status(status)
            .json()
    };
    for i in 0..150 {
        partner_center.tenant().add_record(one(i, "progress"));
    }
    let home = Home::new(&partner_center);
    // Every page of the day makes the client wait for a second, in which the day goes on.
    for page in 1..=5 {
        let here = When::audit_records().of_day(yesterday).on_page(page);
        partner_center
            .faults()
            .next(1, here, HttpFault::Throttled(RetryAfter::Seconds(1)));
    }
    let (ran, ()) = tokio::join!(home.run(&["collect"]), async {
        for i in 0..60 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // New ones anywhere in it, others that say something else by now, and equal ones without ids.
            partner_center.tenant().add_record(one(150 + i, "progress"));
            let id = format!("partner_customer_changing_{i:04}");
            assert!(partner_center.tenant().replace_record(&id, &one(i, "succeeded")));
            let twin = record().with("partnerId", partner_center.tenant().partner_id());
            partner_center
                .tenant()
                .add_record(twin.on(&yesterday.to_string()).json());
        }
    });
    // Where it never held still, it is read again by the next run.
    assert!(
        ran.code == 0 || ran.stderr.contains("changed while it was read"),
        "{ran:?}"
    );
    assert_eq!(home.verified().await.first, None);
    home.run(&["collect"]).await.succeeded();
    assert!(home.archived().await == super::world::truth(&partner_center, 90));
    assert_eq!(home.verified().await.first, None);
}

/// A process whose clock is an hour fast or slow beside Partner Center's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_an_hour_off_is_told_and_loses_nothing() {
    for off in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
        let options = PartnerCenterOptions {
            page_size: 25,
            ..PartnerCenterOptions::new(
                Arc::new(tenant(53, 600, 10)),
                Clock::fixed(Clock::system().now() + off),
            )
        };
        let partner_center = PartnerCenter::start(options).await.unwrap();
        let home = Home::new(&partner_center);
        let mut command = home.command(&["collect"]);
        command.env("PARTNERLOG_LOG", "warn");
        super::world::ran(command)
            .await
            .succeeded()
            .says("this machine's clock differs from Partner Center's");
        assert!(home.archived().await == super::world::truth(&partner_center, 90));
    }
}

/// The same around midnight, where an hour is a day: everything that happens is archived in the end, although the
/// collector calls days over that are not, or asks for none that has begun.
#[tokio::test]
async fn around_midnight_an_hour_off_loses_nothing() {
    for off in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
        let start: DateTime<Utc> = "2026-11-20T22:00:00Z".parse().unwrap();
        let (theirs, ours) = (Clock::fixed(start), Clock::fixed(start + off));
        let options = PartnerCenterOptions::new(Arc::new(Tenant::from_records(vec![])), theirs.clone());
        let partner_center = PartnerCenter::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.db");
        let store: Arc<dyn Store> = Arc::new(SqlStore::open(&path).await.unwrap());
        let account = PartnerAccount {
            name: "Contoso".into(),
            tenant_id: partner_center.tenant().partner_id().to_owned(),
            cloud: Cloud::Commercial,
            client_id: "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01".into(),
            client_secret: "stand-in-secret".into(),
            refresh_token: None,
            authority_url: None,
            graph_url: None,
            api_url: Some(partner_center.api_url()),
            token_url: Some(partner_center.token_url().to_owned()),
            subscriptions_url: "https://partner.example/{customerId}".into(),
        };
        let client = Client::new(&account, ours.clone(), ClientOptions::default()).unwrap();
        let settings = config::Collect {
            interval: Duration::from_secs(300),
            reread_days: 3,
        };
        let collector = Collector::new(Arc::clone(&store), ours.clone(), &account, client, settings);
        let mut happened = Vec::new();
        for step in 0..16 {
            let now = start + TimeDelta::minutes(20 * step);
            theirs.set(now);
            ours.set(now + off);
            let one = record()
                .with("partnerId", partner_center.tenant().partner_id())
                .on(&now.to_rfc3339())
                .id(&format!("partner_customer_midnight_{step:02}"));
            partner_center.tenant().add_record(one.json());
            happened.push(one.json());
            // Not at every step, so that something happens after the last reading of a day.
            if step % 3 == 0 {
                let run = collector.run(None, &CancellationToken::new()).await.unwrap();
                assert!(run.error.is_none(), "{run:?}");
            }
        }
        let later = start + TimeDelta::days(3);
        theirs.set(later);
        ours.set(later + off);
        collector.run(None, &CancellationToken::new()).await.unwrap();
        happened.sort();
        assert!(documents(&path).await == happened, "{off}");
        assert_eq!(verified(&path).await.first, None);
    }
}
