//! A customer's subscriptions.

use partnerlog::partner_center::Error;

use super::{
    client,
    server::{Server, answer, json},
};

const CUSTOMER: &str = "954ca09a-1132-4088-bb58-30438dea2756";

#[tokio::test]
async fn microsofts_newer_sample_is_read() {
    let sample = include_str!("../../fixtures/documented/subscriptions-doc-2.json");
    let server = Server::start(move |_, _| json(200, sample).into()).await;
    let read = client(&server.url).subscriptions(CUSTOMER).await.unwrap();
    assert_eq!(
        server.asked()[0].target,
        format!("/v1/customers/{CUSTOMER}/subscriptions")
    );
    let [one] = &read[..] else { panic!("{read:?}") };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    assert_eq!(text(&one.id), "924671ba-eab9-45d7-95ed-dbd9477f182b");
    assert_eq!(
        text(&one.offer_name),
        "SQL Server Enterprise - 2 Core License Pack - 3 year"
    );
    assert_eq!(text(&one.product_type), "Software");
    assert_eq!(
        (one.quantity, text(&one.unit_type)),
        (Some(1), "Licenses".to_owned())
    );
    assert_eq!(
        (text(&one.status), text(&one.billing_cycle)),
        ("active".to_owned(), "triennial".to_owned())
    );
    assert_eq!(
        (text(&one.term_duration), one.renewal_term_duration.clone()),
        ("P3Y".to_owned(), None)
    );
    assert_eq!(
        (one.auto_renew_enabled, one.is_trial, one.attention_needed),
        (Some(true), Some(false), Some(false))
    );
    assert_eq!(
        (text(&one.publisher_name), text(&one.order_id)),
        ("Microsoft".to_owned(), "12345678901".to_owned())
    );
    let created = one.creation_date.clone().unwrap();
    assert_eq!(created.text, "2021-10-15T21:28:19.3058617Z");
    assert_eq!(
        created.at,
        Some("2021-10-15T21:28:19.305861700Z".parse().unwrap())
    );
    assert!(one.cancellation_allowed_until_date.is_some() && one.suspension_reasons.is_empty());
}

#[tokio::test]
async fn microsofts_older_sample_is_read_with_its_stray_spaces() {
    let sample = include_str!("../../fixtures/documented/subscriptions-doc-1.json");
    let server = Server::start(move |_, _| json(200, sample).into()).await;
    let read = client(&server.url).subscriptions(CUSTOMER).await.unwrap();
    let ends = read[0].commitment_end_date.clone().unwrap();
    assert_eq!(ends.text, "2016-12-12T08: 00: 00Z");
    assert_eq!(ends.at, Some("2016-12-12T08:00:00Z".parse().unwrap()));
    assert_eq!(read[0].friendly_name.as_deref(), Some("nickname"));
    assert_eq!((&read[0].offer_name, read[0].is_trial), (&None, None));
}

#[tokio::test]
async fn one_odd_subscription_hides_no_other() {
    let body = r#"{"items":[7,{"id":"a","quantity":"25","status":{}},{"id":"b","friendlyName":"\ud800"}]}"#;
    let server = Server::start(move |_, _| json(200, body).into()).await;
    let read = client(&server.url).subscriptions(CUSTOMER).await.unwrap();
    let ids: Vec<_> = read.iter().map(|one| (one.id.as_deref(), one.quantity)).collect();
    assert_eq!(ids, [(None, None), (Some("a"), Some(25)), (Some("b"), None)]);
}

#[tokio::test]
async fn further_pages_are_read_if_there_are_any() {
    let next = format!(r#"{{"uri":"/customers/{CUSTOMER}/subscriptions?p=2","method":"GET","headers":[]}}"#);
    let server = Server::start(move |n, _| match n {
        0 => json(
            200,
            format!(r#"{{"items":[{{"id":"a"}}],"links":{{"next":{next}}}}}"#),
        )
        .into(),
        _ => json(200, r#"{"items":[{"id":"b"}]}"#).into(),
    })
    .await;
    assert_eq!(
        client(&server.url).subscriptions(CUSTOMER).await.unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_customer_id_cannot_change_the_address() {
    let server = Server::start(|_, _| json(200, r#"{"items":[]}"#).into()).await;
    let client = client(&server.url);
    let long = "a".repeat(101);
    for id in [
        "", ".", "..", "a/b", "../users", "a?b", "a#b", "a%2fb", "a\\b", "a b", "é", "a\r\nb", &long,
    ] {
        assert!(
            matches!(client.subscriptions(id).await, Err(Error::CustomerId)),
            "{id:?}"
        );
    }
    assert!(server.asked().is_empty() && server.asked_for_tokens().is_empty());
}

#[tokio::test]
async fn an_unknown_customer_is_a_fault_with_its_status() {
    let body = r#"{"code":"60003","description":"Tenant not found.","data":[],"source":"x"}"#;
    let server = Server::start(move |_, _| json(404, body).into()).await;
    let error = client(&server.url).subscriptions(CUSTOMER).await.unwrap_err();
    assert!(matches!(error, Error::Fault { status: 404, .. }), "{error:?}");
}

#[tokio::test]
async fn a_reader_does_not_sit_through_a_long_retry_after() {
    let server = Server::start(|_, _| answer(429, &[("Retry-After", "57")], "").into()).await;
    let error = client(&server.url).subscriptions(CUSTOMER).await.unwrap_err();
    assert!(
        matches!(error, Error::Throttled { retry_after: Some(wait) } if wait.as_secs() == 57),
        "{error:?}"
    );
    assert_eq!(server.asked().len(), 1);
}
