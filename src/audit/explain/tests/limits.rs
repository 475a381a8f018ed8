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

/// A value whose leaves are all different, so that each can be looked for; some names are those that have a meaning.
fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "Id",
            "Quantity",
            "FriendlyName",
            "LineItems",
            "LicensesToAssign",
            "LicensesToRemove",
            "LicenseWarnings",
            "SkuId",
            "ExcludedPlans",
            "Message",
            "LineItemNumber",
            "Status",
            "UserPrincipalName",
            "DisplayName",
            "CompanyProfile",
            "Domain",
            "Items",
            "Name",
            "Roles",
            "UnifiedRoles",
            "BillingCycle",
            "OfferId",
            "SubscriptionId",
            "TermDuration",
        ])
        .prop_map(String::from),
        "[A-Z][a-z]{1,6}",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<u32>().prop_map(|n| json!(n % 7)),
        Just(json!("leaf"))
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Gives each leaf a text of its own, and returns all of them.
fn numbered(value: &mut serde_json::Value, side: &str, all: &mut Vec<String>) {
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Array(list) => list.iter_mut().for_each(|value| numbered(value, side, all)),
        serde_json::Value::Object(members) => {
            members.values_mut().for_each(|value| numbered(value, side, all))
        }
        leaf => {
            let text = format!("{side}{:03}x", all.len());
            *leaf = json!(text);
            all.push(text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn every_leaf_of_a_record_is_told(
        action in prop::sample::select(vec!["create_order", "update_order", "update_subscription", "update_customer_user_licenses", "create_customer_user", "add_customer", "granular_admin_relationship_approved", "x"]),
        mut old in prop::option::of(any_value()),
        mut new in prop::option::of(any_value()),
        keys in prop::collection::vec("(Quantity|OfferId|SubscriptionName|AddedLicenseSkuId|CustomerUserId|OrderId|[A-Z][a-z]{1,3})(-[0-9])?", 0..6),
    ) {
        let mut leaves = Vec::new();
        for (side, value) in [("o", &mut old), ("n", &mut new)] {
            if let Some(value) = value {
                numbered(value, side, &mut leaves);
            }
        }
        let pairs: Vec<_> = keys.iter().enumerate().map(|(at, key)| (key.as_str(), format!("d{at:03}x"))).collect();
        leaves.extend(pairs.iter().map(|(_, value)| value.clone()));
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (*key, Some(value.as_str()))).collect();
        let text = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string);
        let record = record(action, "order", text(&old).as_deref(), text(&new).as_deref(), &pairs);
        let out = explain(&record);
        let of_row = gist(&record);
        prop_assert_eq!((&of_row.essentials, &of_row.items), (&out.essentials, &out.items));
        // A name made up may be a secret's. What is said in a sentence alone is not told yet.
        let out = explain_with(&record, Secrets::Shown);
        let told = format!("{:?}", Explanation { deed: Deed::default(), essentials: Vec::new(), ..out });
        for leaf in leaves {
            prop_assert!(told.contains(&leaf), "{leaf} is missing in {told}");
        }
    }
}
