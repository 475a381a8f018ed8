//! Values that are odd, huge, deep or arbitrary.

use proptest::prelude::*;

use super::*;

#[test]
fn odd_values_are_shown_and_nothing_panics() {
    let plain = explain(&record("x", "y", None, Some("\"hello\""), &[]));
    assert_eq!(plain.facts, [fact("resourceNewValue", "hello")]);
    let twice = explain(&record("x", "y", None, Some(r#""{\"Name\":\"n\"}""#), &[]));
    assert_eq!(twice.facts, [fact("Name", "n")]);
    let wrong = r#"{"LineItems":{"a":1},"LicensesToAssign":7,"Quantity":[[]],"Id":null}"#;
    let wrong = explain(&record(
        "create_order",
        "order",
        Some("[]"),
        Some(wrong),
        &[("OrderId", None)],
    ));
    assert!(wrong.items.is_empty());
    let lines = explain(&record(
        "create_order",
        "order",
        None,
        Some(r#"{"LineItems":[1,null,"a",{"Quantity":{}}]}"#),
        &[],
    ));
    assert_eq!(lines.items.len(), 3);
    assert_eq!(lines.items[0].others, [fact("LineItem", "1")]);
}

#[test]
fn what_is_huge_or_deep_stays_bounded() {
    let many: Vec<_> = (0..20_000)
        .map(|n| json!({"LineItemNumber": n, "FriendlyName": "x", "Quantity": 1}))
        .collect();
    let pairs: Vec<_> = (0..3_000).map(|n| (format!("Quantity-{n}"), "1")).collect();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(key, value)| (key.as_str(), Some(*value)))
        .collect();
    let out = explain(&record(
        "create_order",
        "order",
        None,
        Some(&json!({"LineItems": many}).to_string()),
        &pairs,
    ));
    assert_eq!(
        (out.items.len(), out.items_left_out, out.other_data_left_out),
        (1_000, 19_000, 2_000)
    );

    let wide: serde_json::Map<_, _> = (0..20_000)
        .map(|n| (format!("f{n}"), json!("v".repeat(200))))
        .collect();
    let out = explain(&record(
        "x",
        "y",
        None,
        Some(&serde_json::Value::from(wide).to_string()),
        &[],
    ));
    assert_eq!((out.facts.len(), out.facts_left_out), (500, 19_500));

    let deep = format!("{}1{}", r#"{"a":["#.repeat(10_000), "]}".repeat(10_000));
    let out = explain(&record("x", "y", Some(&deep), Some(&deep.replace('1', "2")), &[]));
    assert_eq!(out.changes.changed.len(), 1);

    let text = "あ".repeat(2_000_000);
    let out = explain(&record("x", "y", None, Some(&text), &[("k", Some(&text))]));
    assert!(format!("{out:?}").len() < 400_000);
    assert_eq!(out.unreadable[0].left_out, 1_950_000);
}

proptest! {
    #[test]
    fn no_record_panics(
        action in prop::sample::select(vec!["create_order", "update_subscription", "update_customer_user_licenses", "create_customer_user", "add_customer", "granular_admin_relationship_approved", "x"]),
        old in prop::option::of("[\\[\\]{}\",:0-9a-b]{0,40}"),
        new in prop::option::of(".{0,40}"),
        line in "[\\[\\]{}\",:0-9a-b]{0,30}",
        key in "(Quantity|OfferId|Password|.{0,3})-?[0-9]{0,8}",
        value in prop::option::of(".{0,10}"),
    ) {
        let lines = format!(r#"{{"LineItems":[{line}],"LicensesToAssign":[{line}],"Id":{line}}}"#);
        for new in [new.as_deref(), Some(lines.as_str())] {
            let _ = explain(&record(action, "order", old.as_deref(), new, &[(key.as_str(), value.as_deref())]));
        }
    }
}
