use std::collections::{HashMap, HashSet};

use chrono::Duration;
use serde_json::Value;

use super::{operations::OPERATIONS, *};

fn now() -> DateTime<Utc> {
    "2026-08-20T12:34:56Z".parse().unwrap()
}

fn tenant(records: usize) -> Tenant {
    Tenant::generate(&TenantOptions {
        records,
        ..TenantOptions::new(7, now())
    })
}

fn all(tenant: &Tenant) -> Vec<String> {
    tenant
        .history_before(now().date_naive() + Duration::days(1))
        .collect()
}

fn parsed(tenant: &Tenant) -> Vec<Value> {
    all(tenant)
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

#[test]
fn equal_options_give_the_same_bytes_and_another_seed_gives_others() {
    let other = Tenant::generate(&TenantOptions {
        records: 500,
        ..TenantOptions::new(8, now())
    });
    assert_eq!(all(&tenant(500)), all(&tenant(500)));
    assert_ne!(all(&tenant(500)), all(&other));
}

#[test]
fn every_operation_type_happens_within_the_last_90_days() {
    let tenant = tenant(6000);
    let since = (now() - Duration::days(89)).date_naive();
    let (old, all) = (tenant.history_before(since).count(), parsed(&tenant));
    assert_eq!(all.len(), 6000);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for record in &all[old..] {
        *seen.entry(record["operationType"].as_str().unwrap()).or_default() += 1;
    }
    let rare: Vec<_> = OPERATIONS
        .iter()
        .filter(|operation| seen.get(operation.wire).is_none_or(|n| *n < 3))
        .collect();
    assert_eq!(OPERATIONS.len(), 79);
    assert!(rare.is_empty(), "{rare:?}");
}

#[test]
fn ids_are_unique_and_end_in_the_ticks_of_their_date() {
    let tenant = tenant(3000);
    let mut ids = HashSet::new();
    for record in parsed(&tenant) {
        let date = record["operationDate"].as_str().unwrap();
        assert_eq!(date.len(), "2017-06-15T22:56:05.0589308Z".len());
        let Some(id) = record["id"].as_str() else { continue };
        let ticks = time::dotnet(time::parse(date).unwrap()).to_string();
        assert!(id.ends_with(&ticks), "{id} {date}");
        assert!(ids.insert(id.to_owned()), "{id}");
    }
    assert!(ids.len() > 2500);
}

#[test]
fn the_activity_has_the_gaps_and_oddities_of_real_records() {
    let records = parsed(&tenant(6000));
    let lacking = |key: &str| records.iter().filter(|record| record.get(key).is_none()).count();
    for key in [
        "id",
        "customerId",
        "customerName",
        "userPrincipalName",
        "applicationId",
        "resourceNewValue",
    ] {
        assert!((1..4500).contains(&lacking(key)), "{key}: {}", lacking(key));
    }
    let with = |key: &str, value: &str| records.iter().filter(|record| record[key] == value).count();
    for status in ["succeeded", "failed", "progress", "decline"] {
        assert!(with("operationStatus", status) > 0, "{status}");
    }
    let values = || {
        records
            .iter()
            .filter_map(|record| record["resourceNewValue"].as_str())
    };
    assert!(values().any(|value| serde_json::from_str::<Value>(value).is_err()));
    let lines = |value: &str| {
        serde_json::from_str::<Value>(value).ok()?["LineItems"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(values().filter_map(lines).max(), Some(200));
    let names = || {
        records
            .iter()
            .filter_map(|record| record["customerName"].as_str())
    };
    assert!(names().any(|name| name.starts_with('=')) && names().any(|name| name.contains("<script>")));
    assert!(names().any(|name| name.starts_with("株式会社")));
}

#[test]
fn subscriptions_of_a_customer_bear_the_ids_of_its_orders() {
    let tenant = tenant(6000);
    let mut found = 0;
    let records = parsed(&tenant);
    for record in records.iter().rev().take(1500) {
        if record["operationType"] != "create_order" || record["operationStatus"] != "succeeded" {
            continue;
        }
        let customer = record["customerId"].as_str().unwrap();
        let order: Value = serde_json::from_str(record["resourceNewValue"].as_str().unwrap()).unwrap();
        let live: Vec<Value> = tenant
            .subscriptions(customer)
            .unwrap()
            .iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        found += live.iter().filter(|live| live["orderId"] == order["Id"]).count();
    }
    assert!(found > 200, "{found}");
}

#[test]
fn new_activity_is_newer_than_everything_and_belongs_to_its_day() {
    let tenant = tenant(300);
    let mut ids = HashSet::new();
    for minute in 0..50 {
        for text in tenant.new_activity(now() + Duration::minutes(minute)) {
            assert!(ids.insert(text.clone()));
            assert!(tenant.records_of(now().date_naive()).contains(&text));
        }
    }
    assert_eq!(tenant.record_count(), 300 + ids.len());
}

#[test]
fn given_texts_are_kept_verbatim_on_the_day_they_name() {
    let deep = format!(
        r#"{{"x":{}{},"operationDate":"2026-08-01T00:00:00Z"}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let broken = r#"{"operationDate": "2026-08-01T23:59:59.9999999Z", "customerName": "\ud800", "#.to_owned();
    let tenant = Tenant::from_records(vec![deep.clone(), broken.clone()]);
    assert_eq!(tenant.records_of("2026-08-01".parse().unwrap()), [broken, deep]);
}

#[test]
fn a_replaced_record_keeps_its_place() {
    let record = |status: &str| {
        format!(r#"{{"id":"a","operationDate":"2026-08-01T10:00:00Z","operationStatus":"{status}"}}"#)
    };
    let tenant = Tenant::from_records(vec![record("progress")]);
    assert!(tenant.replace_record("a", &record("succeeded")));
    assert!(!tenant.replace_record("b", &record("failed")));
    assert_eq!(
        tenant.records_of("2026-08-01".parse().unwrap()),
        [record("succeeded")]
    );
}
