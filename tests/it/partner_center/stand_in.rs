//! The client against the stand-in Partner Center, which was written from the documents alone.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use partnerlog::{
    clock::Clock,
    partner_center::{Client, ClientOptions, Error},
    simulator::{
        faults::{HttpFault, RetryAfter},
        partner_center::{Fault, PartnerCenter, PartnerCenterOptions, When},
        tenant::{PARTNER_TENANT_ID, Tenant, TenantOptions},
    },
};

use super::{account, quick};

fn now() -> DateTime<Utc> {
    "2026-08-20T12:00:00Z".parse().unwrap()
}

fn yesterday() -> NaiveDate {
    "2026-08-19".parse().unwrap()
}

async fn stand_in() -> (PartnerCenter, Client) {
    let tenant = TenantOptions {
        records: 4000,
        customers: 60,
        ..TenantOptions::new(7, now())
    };
    let (tenant, clock) = (Tenant::generate(&tenant), Clock::fixed(now()));
    let options = PartnerCenterOptions::new(Arc::new(tenant), clock.clone());
    let mut account = account("http://127.0.0.1");
    account.tenant_id = PARTNER_TENANT_ID.to_owned();
    account.client_id.clone_from(&options.client_id);
    account.client_secret = options.client_secret.clone().into();
    let stand_in = PartnerCenter::start(options).await.unwrap();
    account.api_url = Some(stand_in.api_url());
    account.token_url = Some(stand_in.token_url().to_owned());
    let options = ClientOptions {
        page_size: Some(3),
        ..quick()
    };
    let client = Client::new(&account, clock, options).unwrap();
    (stand_in, client)
}

/// All records of a day, sorted, and the number of pages.
async fn read(client: &Client, day: NaiveDate) -> Result<(Vec<String>, usize), Error> {
    let (mut records, mut pages, mut count) = (Vec::new(), client.day(day), 0);
    while let Some(page) = pages.next().await? {
        assert_eq!(page.total_count, Some(page.records.len() as i64));
        records.extend(page.records.iter().map(|record| record.get().to_owned()));
        count += 1;
    }
    records.sort_unstable();
    Ok((records, count))
}

fn truth(stand_in: &PartnerCenter, day: NaiveDate) -> Vec<String> {
    let mut records = stand_in.tenant().records_of(day);
    records.sort_unstable();
    records
}

#[tokio::test]
async fn every_record_of_a_week_is_read_once_and_unchanged() {
    let (stand_in, client) = stand_in().await;
    let mut most_pages = 0;
    for ago in 0..7 {
        let day = now().date_naive() - Days::new(ago);
        let (records, pages) = read(&client, day).await.unwrap();
        assert!(records == truth(&stand_in, day), "{day}");
        most_pages = most_pages.max(pages);
    }
    assert!(most_pages > 3, "the days are long enough to be paged");
    stand_in.shutdown().await;
}

#[tokio::test]
async fn faults_on_the_way_change_nothing_of_what_is_read() {
    let (stand_in, client) = stand_in().await;
    let (faults, page) = (stand_in.faults(), |n| When::audit_records().on_page(n));
    faults.next(1, When::token(), HttpFault::Status(503));
    faults.next(1, page(1), HttpFault::Throttled(RetryAfter::Seconds(0)));
    faults.next(2, page(2), HttpFault::Status(500));
    faults.next(1, page(2), HttpFault::CutBody);
    faults.next(1, page(3), HttpFault::CutChunkedBody);
    faults.next(1, page(3), HttpFault::Throttled(RetryAfter::Absent));
    faults.set_token_uses(Some(3));
    assert!(read(&client, yesterday()).await.unwrap().0 == truth(&stand_in, yesterday()));
    assert!(faults.all_struck());
    stand_in.shutdown().await;
}

#[tokio::test]
async fn a_reading_that_is_led_astray_is_no_reading() {
    let (stand_in, client) = stand_in().await;
    for (fault, why) in [
        (Fault::LoopingNext, "leads back"),
        (
            Fault::ForeignNext("http://evil.example".to_owned()),
            "leads elsewhere",
        ),
        (Fault::MissingItems, "no list of items"),
        (HttpFault::Html.into(), "content type"),
        (
            HttpFault::Redirect("http://evil.example/".to_owned()).into(),
            "redirect",
        ),
    ] {
        stand_in.faults().next(1, When::audit_records().on_page(2), fault);
        let error = read(&client, yesterday()).await.unwrap_err();
        assert!(matches!(error, Error::BadAnswer { .. }), "{error:?}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(!error.is_transient());
    }
    stand_in.shutdown().await;
}

#[tokio::test]
async fn a_day_too_long_ago_is_a_fault_that_waiting_does_not_mend() {
    let (stand_in, client) = stand_in().await;
    let error = read(&client, now().date_naive() - Days::new(120))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Fault { status: 400, .. }), "{error:?}");
    assert!(!error.is_transient());
    stand_in.shutdown().await;
}

#[tokio::test]
async fn subscriptions_of_every_kind_have_what_the_page_shows() {
    let (stand_in, client) = stand_in().await;
    let mut seen = 0;
    for customer in stand_in.tenant().customers().iter().take(20) {
        for subscription in client.subscriptions(&customer.id).await.unwrap() {
            assert!(
                subscription.id.is_some() && subscription.status.is_some(),
                "{subscription:?}"
            );
            assert!(
                subscription.quantity.is_some() && subscription.creation_date.is_some(),
                "{subscription:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 20);
    stand_in.shutdown().await;
}
