//! Explanations of whole records, by example and by property.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A record with that new value and those pairs.
fn record(
    action: &str,
    resource: &str,
    old: Option<&str>,
    new: Option<&str>,
    data: &[(&str, Option<&str>)],
) -> AuditRecord {
    let data: Vec<_> = data
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    AuditRecord::read(
        json!({
            "partnerId": "3b33e682-00c3-41ee-9dd2-a548adf56438",
            "customerId": "0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
            "operationType": action,
            "resourceType": resource,
            "resourceOldValue": old,
            "resourceNewValue": new,
            "customizedData": data,
        })
        .to_string(),
    )
}

fn field(field: &str, value: &str) -> Phrase {
    Phrase::Field {
        field: field.into(),
        value: value.into(),
    }
}

fn fact(field: &str, value: &str) -> Fact {
    Fact {
        field: field.into(),
        value: value.into(),
    }
}

fn change(field: &str, old: &str, new: &str, delta: Option<&str>) -> Change {
    let some = |text: &str| Some(text.to_owned());
    Change {
        field: field.into(),
        old: some(old),
        new: some(new),
        delta: delta.map(Into::into),
    }
}

/// The order of Microsoft's documentation, 2017.
const ORDER: &str = r#"{"Id":"d51a052e-043c-4a2a-aa37-2bb938cef6c1","ReferenceCustomerId":"0c39d6d5-c70d-4c55-bc02-f620844f3fd1","BillingCycle":"none","LineItems":[{"LineItemNumber":0,"OfferId":"C0BD2E08-11AC-4836-BDC7-3712E744922F","SubscriptionId":"488745B5-2086-4912-802C-6ABB9F7C3638","ParentSubscriptionId":null,"FriendlyName":"Office 365 Business Premium Trial","Quantity":25,"PartnerIdOnRecord":null,"Links":{"Subscription":{"Uri":"/customers/x","Method":"GET","Headers":[]}}}],"CreationDate":"2017-06-15T15:56:04.077-07:00","Links":{},"Attributes":{"Etag":"e","ObjectType":"Order"}}"#;
const ORDER_DATA: &[(&str, Option<&str>)] = &[
    ("OrderId", Some("d51a052e-043c-4a2a-aa37-2bb938cef6c1")),
    ("BillingCycle", Some("None")),
    ("OfferId-0", Some("C0BD2E08-11AC-4836-BDC7-3712E744922F")),
    ("SubscriptionId-0", Some("488745B5-2086-4912-802C-6ABB9F7C3638")),
    ("SubscriptionName-0", Some("Office 365 Business Premium Trial")),
    ("Quantity-0", Some("25")),
    ("PartnerOnRecord-0", None),
];

fn trial(quantity: &str) -> LineItem {
    LineItem {
        number: Some("0".into()),
        name: Some("Office 365 Business Premium Trial".into()),
        offer_id: Some("C0BD2E08-11AC-4836-BDC7-3712E744922F".into()),
        subscription_id: Some("488745B5-2086-4912-802C-6ABB9F7C3638".into()),
        quantity: Some(quantity.into()),
        ..LineItem::default()
    }
}

fn trial_gist(quantity: &str) -> Vec<Phrase> {
    vec![
        Phrase::Product {
            name: "Office 365 Business Premium Trial".into(),
            quantity: Some(quantity.into()),
            more: 0,
        },
        Phrase::Order("d51a052e…".into()),
    ]
}

#[test]
fn the_documented_order_is_told_once() {
    let out = explain(&record("create_order", "order", None, Some(ORDER), ORDER_DATA));
    assert_eq!(
        out,
        Explanation {
            essentials: trial_gist("25"),
            items: vec![trial("25")],
            facts: vec![
                fact("Id", "d51a052e-043c-4a2a-aa37-2bb938cef6c1"),
                fact("BillingCycle", "none"),
                fact("CreationDate", "2017-06-15T15:56:04.077-07:00"),
            ],
            ..Explanation::default()
        }
    );
}

#[test]
fn an_order_without_value_is_rebuilt_from_its_pairs() {
    let out = explain(&record("create_order", "order", None, None, ORDER_DATA));
    assert_eq!(out.items, [trial("25")]);
    assert_eq!(out.essentials, trial_gist("25"));
    assert_eq!(
        out.facts,
        [
            fact("OrderId", "d51a052e-043c-4a2a-aa37-2bb938cef6c1"),
            fact("BillingCycle", "None")
        ]
    );
    assert!(out.other_data.is_empty());
}

#[test]
fn an_unreadable_order_is_rebuilt_and_shown_as_received() {
    let out = explain(&record(
        "create_order",
        "order",
        None,
        Some("{\"Id\":\"cut of"),
        ORDER_DATA,
    ));
    assert_eq!(out.items, [trial("25")]);
    assert_eq!(
        out.unreadable,
        [Unreadable {
            side: Side::New,
            text: "{\"Id\":\"cut of".into(),
            left_out: 0
        }]
    );
}

#[test]
fn what_contradicts_is_shown_beside() {
    let data = [
        ("Quantity-0", Some("30")),
        ("BillingCycle", Some("Annual")),
        ("Campaign", Some("spring")),
    ];
    let out = explain(&record("create_order", "order", None, Some(ORDER), &data));
    assert_eq!(out.items[0].quantity.as_deref(), Some("25"));
    assert_eq!(out.items[0].conflicts, [fact("Quantity", "30")]);
    assert_eq!(
        out.other_data,
        [
            ("BillingCycle".to_owned(), Some("Annual".to_owned())),
            ("Campaign".to_owned(), Some("spring".to_owned())),
        ]
    );
}

#[test]
fn an_order_is_called_by_its_alternate_id_and_its_further_lines_are_counted() {
    let order = json!({
        "Id": "Ia80ZLkXp6eWOqpp35pBQJLhqv9IiGVZ1",
        "AlternateId": "64144d300bde",
        "lineItems": [
            {"lineItemNumber": 0, "friendlyName": "Microsoft 365 E3", "quantity": 40, "termDuration": "P1Y",
             "pricing": {"listPrice": 12.5}},
            {"lineItemNumber": 1, "friendlyName": "Visio", "quantity": 1},
            {"lineItemNumber": 2, "friendlyName": "Project", "quantity": 1},
        ],
    });
    let out = explain(&record(
        "create_order",
        "order",
        None,
        Some(&order.to_string()),
        &[],
    ));
    assert_eq!(
        out.essentials,
        [
            Phrase::Product {
                name: "Microsoft 365 E3".into(),
                quantity: Some("40".into()),
                more: 2
            },
            Phrase::Order("64144d300bde".into()),
        ]
    );
    assert_eq!(out.items[0].term.as_deref(), Some("P1Y"));
    assert_eq!(out.items[0].others, [fact("pricing.listPrice", "12.5")]);
}

#[test]
fn a_changed_order_tells_what_changed() {
    let new = ORDER.replace("\"Quantity\":25", "\"Quantity\":30");
    let out = explain(&record("update_order", "order", Some(ORDER), Some(&new), &[]));
    assert_eq!(
        out.changes.changed,
        [change("LineItems[0].Quantity", "25", "30", Some("+5"))]
    );
    assert!(
        out.changes
            .unchanged
            .iter()
            .all(|fact| !fact.field.starts_with("LineItems"))
    );
    assert!(out.facts.is_empty());
    assert_eq!(out.items, [trial("30")]);
    assert_eq!(
        out.essentials[1],
        Phrase::Change(change("LineItems[0].Quantity", "25", "30", Some("+5")))
    );
}

#[test]
fn the_documented_licence_change_names_the_product_and_the_user() {
    let new = r#"{"LicensesToAssign":[{"ExcludedPlans":null,"SkuId":"efccb6f7-5641-4e0e-bd10-b4976e1bf68e"}],"LicensesToRemove":null,"LicenseWarnings":[],"Attributes":{"ObjectType":"LicenseUpdate"}}"#;
    let data = [
        ("CustomerUserId", Some("482e2152-4b49-48ec-b715-823365ce3d4c")),
        ("AddedLicenseSkuId", Some("efccb6f7-5641-4e0e-bd10-b4976e1bf68e")),
    ];
    let out = explain(&record(
        "update_customer_user_licenses",
        "license",
        None,
        Some(new),
        &data,
    ));
    assert_eq!(
        out,
        Explanation {
            essentials: vec![
                Phrase::LicencesAdded(vec!["Enterprise Mobility + Security E3".into()]),
                Phrase::ForUser("482e2152…".into()),
            ],
            licences: Some(Licences {
                user: Some("482e2152-4b49-48ec-b715-823365ce3d4c".into()),
                added: vec![Licence {
                    sku_id: "efccb6f7-5641-4e0e-bd10-b4976e1bf68e".into(),
                    product: Some("Enterprise Mobility + Security E3"),
                    excluded_plans: Vec::new(),
                }],
                ..Licences::default()
            }),
            ..Explanation::default()
        }
    );
}

#[test]
fn a_licence_change_without_value_still_names_the_user() {
    let data = [("CustomerUserId", Some("933808c7-b165-496c-a24e-1a4b7846fab4"))];
    let out = explain(&record(
        "update_customer_user_licenses",
        "license",
        None,
        None,
        &data,
    ));
    assert_eq!(out.essentials, [Phrase::ForUser("933808c7…".into())]);
    assert!(out.facts.is_empty() && out.other_data.is_empty());
}

#[test]
fn licences_tell_what_was_removed_left_out_and_warned_of() {
    let new = r#"{"licensesToAssign":[{"skuId":"05E9A617-0261-4CEE-BB44-138D3EF5D965","excludedPlans":["p1","p2"]}],
        "licensesToRemove":["6fd2c87f-b296-42f0-b197-1e91e994b900","11111111-2222-3333-4444-555555555555"],
        "licenseWarnings":[{"code":"depends","message":"Depends on another"}]}"#;
    let data = [
        ("UserPrincipalName", Some("taro@contoso.com")),
        ("AddedLicenseSkuId", Some("other")),
    ];
    let out = explain(&record(
        "update_customer_user_licenses",
        "license",
        None,
        Some(new),
        &data,
    ));
    let all = out.licences.unwrap();
    assert_eq!(all.added[0].excluded_plans, ["p1", "p2"]);
    assert_eq!(all.removed[0].product, Some("Office 365 E3"));
    assert_eq!(all.removed[1].product, None);
    assert_eq!(all.warnings, ["Depends on another"]);
    assert_eq!(all.user.as_deref(), Some("taro@contoso.com"));
    assert_eq!(
        out.other_data,
        [("AddedLicenseSkuId".to_owned(), Some("other".to_owned()))]
    );
    assert_eq!(
        out.essentials,
        [
            Phrase::LicencesAdded(vec!["Microsoft 365 E3".into()]),
            Phrase::LicencesRemoved(vec!["Office 365 E3".into(), "11111111…".into()]),
            Phrase::ForUser("taro@contoso.com".into()),
        ]
    );
}

#[test]
fn a_subscription_tells_its_changes_weightiest_first() {
    let old = r#"{"Id":"a","FriendlyName":"E3","CommitmentEndDate":"2020","AutoRenewEnabled":true,"Status":"active","Quantity":25}"#;
    let new = r#"{"Id":"a","FriendlyName":"E3","CommitmentEndDate":"2021","AutoRenewEnabled":false,"Status":"suspended","Quantity":30}"#;
    let out = explain(&record(
        "update_subscription",
        "subscription",
        Some(old),
        Some(new),
        &[("Quantity", Some("30"))],
    ));
    assert_eq!(
        out.essentials,
        [
            Phrase::Product {
                name: "E3".into(),
                quantity: None,
                more: 0
            },
            Phrase::Change(change("Quantity", "25", "30", Some("+5"))),
            Phrase::Change(change("Status", "active", "suspended", None)),
            Phrase::Change(change("AutoRenewEnabled", "true", "false", None)),
            Phrase::MoreChanges(1),
        ]
    );
    assert!(out.changes.old_recorded && out.facts.is_empty() && out.other_data.is_empty());
}

#[test]
fn a_subscription_of_pairs_alone_is_told() {
    let data = [
        ("SubscriptionId", Some("488745B5-2086-4912-802C-6ABB9F7C3638")),
        ("SubscriptionName", Some("Office 365 E1")),
        ("Quantity", Some("7")),
        ("Status", Some("suspended")),
        ("PartnerOnRecord", None),
    ];
    let out = explain(&record("update_subscription", "subscription", None, None, &data));
    assert_eq!(
        out.essentials,
        [
            Phrase::Product {
                name: "Office 365 E1".into(),
                quantity: Some("7".into()),
                more: 0
            },
            field("Status", "suspended"),
        ]
    );
    assert_eq!((out.facts.len(), out.other_data.len()), (4, 0));
}

#[test]
fn the_documented_customer_hides_nothing_but_secrets() {
    let new = r#"{"Id":"0c39d6d5-c70d-4c55-bc02-f620844f3fd1","CommerceId":"9dd78b4f","CompanyProfile":{"TenantId":"0c39d6d5-c70d-4c55-bc02-f620844f3fd1","Domain":"Test.onmicrosoft.com","Email":null,"Attributes":{"ObjectType":"p"}},"RelationshipToPartner":"reseller","AllowDelegatedAccess":true,"UserCredentials":{"userName":"admin","password":"hunter2"}}"#;
    let data = [
        ("PrimaryDomainName", Some("Test.onmicrosoft.com")),
        ("Relationship", Some("Reseller")),
    ];
    let out = explain(&record("add_customer", "customer", None, Some(new), &data));
    assert_eq!(
        out.facts,
        [
            fact("CommerceId", "9dd78b4f"),
            fact("CompanyProfile.Domain", "Test.onmicrosoft.com"),
            fact("RelationshipToPartner", "reseller"),
            fact("AllowDelegatedAccess", "true"),
            fact("UserCredentials.userName", "admin"),
            fact("UserCredentials.password", "••••"),
        ]
    );
    assert!(out.other_data.is_empty());
    assert_eq!(
        out.essentials,
        [
            field("PrimaryDomainName", "Test.onmicrosoft.com"),
            field("Relationship", "reseller")
        ]
    );
}

#[test]
fn users_relationships_and_unknown_things_are_called_by_their_names() {
    let gist = |action: &str, resource: &str, new: &str, data: &[(&str, Option<&str>)]| {
        explain(&record(action, resource, None, Some(new), data)).essentials
    };
    assert_eq!(
        gist(
            "create_customer_user",
            "customer_user",
            r#"{"UserPrincipalName":"a@b.c","DisplayName":"A"}"#,
            &[]
        ),
        [field("UserPrincipalName", "a@b.c")]
    );
    assert_eq!(
        gist(
            "reset_customer_user_password",
            "customer_user",
            "{}",
            &[("CustomerUserId", Some("482e2152-4b49-48ec-b715-823365ce3d4c"))]
        ),
        [Phrase::ForUser("482e2152…".into())]
    );
    assert_eq!(
        gist(
            "granular_admin_relationship_approved",
            "granular_admin_relationship",
            r#"{"id":"x","displayName":"Contoso GDAP","duration":"P730D","accessDetails":{"unifiedRoles":[{"roleDefinitionId":"a"},{"roleDefinitionId":"b"}]}}"#,
            &[],
        ),
        [
            field("RelationshipName", "Contoso GDAP"),
            field("Duration", "P730D"),
            field("UnifiedRoles", "2")
        ]
    );
    assert_eq!(
        gist(
            "some_new_operation",
            "some_new_thing",
            r#"{"Zeta":{"Eta":1}}"#,
            &[("Theta", Some("x"))]
        ),
        [field("Zeta.Eta", "1"), field("Theta", "x")]
    );
}

#[test]
fn secrets_are_masked_everywhere_and_their_change_is_told() {
    let (old, new) = (
        r#"{"ClientSecret":"one-secret","KeyId":"k1"}"#,
        r#"{"ClientSecret":"two-secret","KeyId":"k1"}"#,
    );
    let data = [
        ("Password", Some("three-secret")),
        ("Note", Some(r#"{"KeyValue":"four-secret"}"#)),
    ];
    let out = explain(&record(
        "add_application_credential",
        "application_credential",
        Some(old),
        Some(new),
        &data,
    ));
    assert_eq!(
        out.changes.changed,
        [change("ClientSecret", "••••", "••••", None)]
    );
    assert!(!format!("{out:?}").contains("-secret"));
    let cut = explain(&record("x", "y", None, Some(r#"{"Password":"five-secret"#), &[]));
    assert!(!format!("{cut:?}").contains("five-secret"));
}

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
