//! The difference of two values, by example and by property.

use proptest::prelude::*;

use super::*;

fn changes(old: &str, new: &str) -> Changes {
    diff(Json::parse(old).as_ref(), Json::parse(new).as_ref())
}

/// Each change as `field: old → new (delta)`.
fn told(changes: &Changes) -> Vec<String> {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    let delta = |change: &Change| {
        change
            .delta
            .as_ref()
            .map_or(String::new(), |delta| format!(" ({delta})"))
    };
    let mut all: Vec<_> = changes
        .changed
        .iter()
        .map(|change| {
            format!(
                "{}: {} → {}{}",
                change.field,
                side(&change.old),
                side(&change.new),
                delta(change)
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn only_what_changed_is_named_and_numbers_have_a_delta() {
    let all = changes(
        r#"{"Quantity":25,"Status":"active","AutoRenewEnabled":true,"Id":"x","Links":{"a":1},"Price":1.5}"#,
        r#"{"id":"x","quantity":30,"status":"suspended","autoRenewEnabled":false,"links":{"a":2},"price":1.25}"#,
    );
    assert_eq!(
        told(&all),
        [
            "autoRenewEnabled: true → false",
            "price: 1.5 → 1.25 (-0.25)",
            "quantity: 25 → 30 (+5)",
            "status: active → suspended",
        ]
    );
    assert_eq!(
        all.unchanged,
        [Fact {
            field: "id".into(),
            value: "x".into()
        }]
    );
}

#[test]
fn lists_are_matched_by_key_and_an_added_item_is_one_change() {
    let all = changes(
        r#"{"LineItems":[{"LineItemNumber":0,"Quantity":1},{"LineItemNumber":1,"Quantity":2}]}"#,
        r#"{"LineItems":[{"LineItemNumber":1,"Quantity":5},{"LineItemNumber":7,"FriendlyName":"E3","Quantity":3}]}"#,
    );
    assert_eq!(
        told(&all),
        [
            "LineItems[0]: LineItemNumber: 0, Quantity: 1 → –",
            "LineItems[1].Quantity: 2 → 5 (+3)",
            "LineItems[7]: – → 3 × E3",
        ]
    );
}

#[test]
fn plain_lists_tell_what_was_added_and_removed() {
    let all = changes(r#"{"Roles":["a","b","c"]}"#, r#"{"Roles":["c","d","a"]}"#);
    assert_eq!(told(&all), ["Roles: b → –", "Roles: – → d"]);
}

#[test]
fn elements_without_key_are_matched_by_position() {
    let all = changes(r#"[{"a":1},{"a":1}]"#, r#"[{"a":1},{"a":2},{"a":3}]"#);
    assert_eq!(told(&all), ["[1].a: 1 → 2 (+1)", "[2]: – → a: 3"]);
}

#[test]
fn without_an_old_value_nothing_is_called_changed() {
    let all = diff(None, Json::parse(r#"{"a":1}"#).as_ref());
    assert_eq!(all, Changes::default());
    assert!(!all.old_recorded);
}

#[test]
fn null_empty_and_absent_are_the_same() {
    assert!(told(&changes(r#"{"a":null,"b":"","c":[]}"#, r#"{"b":null,"d":{}}"#)).is_empty());
    assert_eq!(
        told(&changes(r#"{"a":null}"#, r#"{"a":{"b":1}}"#)),
        ["a.b: – → 1"]
    );
}

#[test]
fn duplicate_members_are_compared_in_their_order() {
    assert_eq!(
        told(&changes(r#"{"a":1,"a":2}"#, r#"{"a":1,"A":3}"#)),
        ["A: 2 → 3 (+1)"]
    );
}

#[test]
fn ids_have_no_delta_and_long_numbers_stay_exact() {
    let all = changes(
        r#"{"MpnId":1,"N":100000000000000000000,"E":1e5,"Same":2.50}"#,
        r#"{"MpnId":2,"N":100000000000000000001,"E":2e5,"Same":2.5}"#,
    );
    assert_eq!(
        told(&all),
        [
            "E: 1e5 → 2e5",
            "MpnId: 1 → 2",
            "N: 100000000000000000000 → 100000000000000000001 (+1)",
        ]
    );
}

#[test]
fn many_changes_are_counted_and_not_named() {
    let list = |n: usize| format!("[{}]", vec![format!("{{\"a\":{n}}}"); 2_000].join(","));
    let all = changes(&list(1), &list(2));
    assert_eq!((all.changed.len(), all.changed_left_out), (500, 1_500));
}

fn json() -> impl Strategy<Value = Json<'static>> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?".prop_map(|n| Json::Number(n.into())),
        "[a-c ]{0,2}".prop_map(|t| Json::Text(t.into())),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let name = prop_oneof![
            Just("Id"),
            Just("id"),
            Just("LineItemNumber"),
            Just("Links"),
            Just("a"),
            Just("b")
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::List),
            prop::collection::vec((name.prop_map(Cow::from), inner), 0..5).prop_map(Json::Object),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_does_not_differ_from_itself(a in json()) {
        prop_assert_eq!(told(&diff(Some(&a), Some(&a))), Vec::<String>::new());
    }

    #[test]
    fn swapping_the_sides_swaps_each_change(a in json(), b in json()) {
        let swapped = |changes: &Changes| Changes {
            changed: changes
                .changed
                .iter()
                .map(|change| Change {
                    field: change.field.to_ascii_lowercase(),
                    old: change.new.clone(),
                    new: change.old.clone(),
                    delta: change.delta.as_ref().map(|delta| match delta.strip_prefix('-') {
                        Some(positive) => format!("+{positive}"),
                        None => delta.replacen('+', "-", 1),
                    }),
                    ..Change::default()
                })
                .collect(),
            ..Changes::default()
        };
        let lower = |changes: &Changes| Changes {
            changed: changes
                .changed
                .iter()
                .map(|change| Change { field: change.field.to_ascii_lowercase(), ..change.clone() })
                .collect(),
            ..Changes::default()
        };
        let there = lower(&diff(Some(&a), Some(&b)));
        let back = swapped(&diff(Some(&b), Some(&a)));
        prop_assert_eq!(told(&there), told(&back));
    }

    #[test]
    fn no_json_panics(a in "[\\[\\]{}\",:0-9a-b]{0,60}", b in "[\\[\\]{}\",:0-9a-b]{0,60}") {
        let _ = changes(&a, &b);
    }
}
