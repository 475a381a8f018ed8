//! Orders explained.

use super::*;

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
            deed: out.deed.clone(),
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
