//! The words, in both languages.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    audit::{
        AuditRecord,
        explain::{Change, Deed, Explanation, Fact, Phrase, Thing, explain, verbs},
        vocabulary::{
            Area, KNOWN_OPERATIONS, KNOWN_RESOURCES, KNOWN_STATUSES, OperationStatus, OperationType,
            ResourceType,
        },
    },
    i18n::Lang,
};

mod actions;

const EN: [&str; 3] = [
    include_str!("../../locales/en/vocabulary.ftl"),
    include_str!("../../locales/en/record.ftl"),
    include_str!("../../locales/en/sentences.ftl"),
];
const JA: [&str; 3] = [
    include_str!("../../locales/ja/vocabulary.ftl"),
    include_str!("../../locales/ja/record.ftl"),
    include_str!("../../locales/ja/sentences.ftl"),
];

/// The messages of a catalogue with their texts; a key that occurs twice is a mistake.
fn messages(catalogue: &str) -> BTreeMap<&str, String> {
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    let mut last = None;
    for line in catalogue.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(' ') {
            all.get_mut(last.unwrap()).unwrap().push_str(line.trim());
        } else if let Some((key, text)) = line.split_once('=') {
            assert!(
                all.insert(key.trim(), text.trim().to_owned()).is_none(),
                "twice: {key}"
            );
            last = Some(key.trim());
        }
    }
    all
}

#[test]
fn both_languages_have_the_same_messages_and_none_is_empty() {
    for (en, ja) in EN.into_iter().zip(JA) {
        let (en, ja) = (messages(en), messages(ja));
        assert!(!en.is_empty());
        assert_eq!(en.keys().collect::<Vec<_>>(), ja.keys().collect::<Vec<_>>());
        for (key, text) in en.iter().chain(&ja) {
            assert!(!text.is_empty(), "{key}");
        }
    }
}

#[test]
fn every_known_word_has_its_own_words_in_both_languages() {
    let (en, ja) = (messages(EN[0]), messages(JA[0]));
    let both = |key: String, words: &dyn Fn(Lang) -> String| {
        assert_eq!(en.get(key.as_str()), Some(&words(Lang::En)), "{key}");
        assert_eq!(ja.get(key.as_str()), Some(&words(Lang::Ja)), "{key}");
    };
    for (wire, _) in KNOWN_OPERATIONS {
        both(format!("action-{wire}"), &|lang| {
            action(&OperationType((*wire).into()), lang)
        });
    }
    for wire in KNOWN_RESOURCES {
        both(format!("resource-{wire}"), &|lang| {
            resource(&ResourceType((*wire).into()), lang)
        });
    }
    for wire in KNOWN_STATUSES {
        both(format!("status-{wire}"), &|lang| {
            status(&OperationStatus((*wire).into()), lang)
        });
    }
    for each in Area::ALL {
        assert!(en.values().any(|text| *text == area(each, Lang::En)));
        assert!(ja.values().any(|text| *text == area(each, Lang::Ja)));
    }
}

#[test]
fn unknown_words_are_told_and_absent_ones_named() {
    let operation = |wire: &str| OperationType(wire.into());
    assert_eq!(
        action(&operation("some_new_operation"), Lang::En),
        "Some new operation (`some_new_operation`)"
    );
    assert_eq!(
        action(&operation("create_order.x"), Lang::Ja),
        "Create order.x (`create_order.x`)"
    );
    assert_eq!(action(&operation(""), Lang::En), "(unknown action)");
    assert_eq!(action(&operation("_"), Lang::Ja), "(不明なアクション)");
    assert_eq!(
        resource(&ResourceType("new_thing".into()), Lang::En),
        "New thing (`new_thing`)"
    );
    assert_eq!(status(&OperationStatus("".into()), Lang::Ja), "(不明な状態)");
}

#[test]
fn fields_have_labels_and_unknown_ones_keep_their_name() {
    for (name, en, ja) in [
        ("Quantity", "Quantity", "数量"),
        ("autoRenewEnabled", "Auto-renew", "自動更新"),
        ("LineItems[2].Quantity", "Line item 2, Quantity", "品目 2、数量"),
        (
            "CompanyProfile.Domain",
            "Company profile, Domain",
            "会社プロファイル、ドメイン",
        ),
        (
            "SubscriptionName-3",
            "Subscription name (3)",
            "サブスクリプション名 (3)",
        ),
        ("state", "State", "状態"),
        (
            "DefaultAddress.State",
            "Default address, State or province",
            "既定の住所、都道府県",
        ),
        ("Zeta.Eta[1]", "Zeta.Eta[1]", "Zeta.Eta[1]"),
        ("path-line", "path-line", "path-line"),
        ("", "", ""),
    ] {
        assert_eq!(
            (field(name, Lang::En).as_str(), field(name, Lang::Ja).as_str()),
            (en, ja)
        );
    }
}

#[test]
fn values_of_known_fields_have_words_and_others_stay() {
    for (name, text, en, ja) in [
        ("BillingCycle", "Monthly", "Monthly", "月単位"),
        ("BillingCycle", "one_time", "One-time", "1 回払い"),
        ("LineItems[0].TermDuration", "P1Y", "1 year", "1 年"),
        ("Duration", "P730D", "730 days", "730 日"),
        ("TermDuration", "PT5H", "PT5H", "PT5H"),
        ("AutoRenewEnabled", "true", "on", "オン"),
        ("AllowDelegatedAccess", "False", "no", "いいえ"),
        ("Status", "suspended", "Suspended", "中断"),
        ("Status", "odd.status", "odd.status", "odd.status"),
        ("RelationshipToPartner", "reseller", "Reseller", "再販業者"),
        (
            "CreationDate",
            "2017-06-15T15:56:04.077-07:00",
            "2017-06-15 22:56:04 UTC",
            "2017-06-15 22:56:04 UTC",
        ),
        ("Quantity", "25", "25", "25"),
        ("Anything", "true", "true", "true"),
    ] {
        assert_eq!(
            (
                value(name, text, Lang::En).as_str(),
                value(name, text, Lang::Ja).as_str()
            ),
            (en, ja)
        );
    }
}

fn told(record: &serde_json::Value) -> (String, String) {
    let explanation = explain(&AuditRecord::read(record.to_string()));
    (
        essentials(&explanation.essentials, Lang::En),
        essentials(&explanation.essentials, Lang::Ja),
    )
}

#[test]
fn the_documented_records_are_told_in_one_line() {
    let order = json!({
        "operationType": "create_order", "resourceType": "order",
        "resourceNewValue": r#"{"Id":"d51a052e-043c-4a2a-aa37-2bb938cef6c1","LineItems":[{"LineItemNumber":0,"FriendlyName":"Office 365 Business Premium Trial","Quantity":25}]}"#,
        "customizedData": [{"key": "Quantity-0", "value": "25"}],
    });
    assert_eq!(
        told(&order),
        (
            "25 × Office 365 Business Premium Trial, order d51a052e…".to_owned(),
            "Office 365 Business Premium Trial × 25、注文 d51a052e…".to_owned(),
        )
    );
    let licence = json!({
        "operationType": "update_customer_user_licenses", "resourceType": "license",
        "resourceNewValue": r#"{"LicensesToAssign":[{"ExcludedPlans":null,"SkuId":"efccb6f7-5641-4e0e-bd10-b4976e1bf68e"}],"LicensesToRemove":null}"#,
        "customizedData": [{"key": "CustomerUserId", "value": "482e2152-4b49-48ec-b715-823365ce3d4c"}],
    });
    assert_eq!(
        told(&licence),
        (
            "+1 Enterprise Mobility + Security E3 for user 482e2152…".to_owned(),
            "Enterprise Mobility + Security E3 を割り当て、対象ユーザー: 482e2152…".to_owned(),
        )
    );
    let alternate = json!({
        "operationType": "create_order", "resourceType": "order",
        "resourceNewValue": r#"{"Id":"Ia80ZLkXp6eWOqpp35pBQJLhqv9IiGVZ1","AlternateId":"64144d300bde","LineItems":[{"LineItemNumber":0,"FriendlyName":"SaaS custom meter offer - Bronze","Quantity":1}]}"#,
    });
    assert_eq!(
        told(&alternate).0,
        "1 × SaaS custom meter offer - Bronze, order 64144d300bde"
    );
    let customer = json!({
        "operationType": "add_customer", "resourceType": "customer",
        "customizedData": [{"key": "PrimaryDomainName", "value": "Test.onmicrosoft.com"}, {"key": "Relationship", "value": "Reseller"}],
    });
    assert_eq!(
        told(&customer),
        (
            "Test.onmicrosoft.com, Relationship: Reseller".to_owned(),
            "Test.onmicrosoft.com、関係: 再販業者".to_owned()
        )
    );
}

#[test]
fn changes_and_counts_are_told() {
    let change = |field: &str, old: Option<&str>, new: Option<&str>, delta: Option<&str>| {
        Phrase::Change(Change {
            field: field.into(),
            old: old.map(Into::into),
            new: new.map(Into::into),
            delta: delta.map(Into::into),
            ..Change::default()
        })
    };
    let explanation = Explanation {
        essentials: vec![
            Phrase::Product {
                name: "Microsoft 365 E3".into(),
                quantity: Some("40".into()),
                more: 6,
            },
            change("Quantity", Some("30"), Some("25"), Some("-5")),
            change("AutoRenewEnabled", Some("true"), Some("false"), None),
            change("LineItems[7]", None, Some("3 × E3"), None),
            change("ClientSecret", Some("••••"), Some("••••"), None),
            Phrase::MoreChanges(1),
            Phrase::LicencesRemoved(vec!["A".into(), "B".into(), "C".into(), "D".into()]),
            Phrase::ForUser("taro@contoso.com".into()),
        ],
        ..Explanation::default()
    };
    assert_eq!(
        essentials(&explanation.essentials, Lang::En),
        "Microsoft 365 E3 ×40 and 6 more, Quantity 30 → 25 (−5), Auto-renew on → off, Line item 7: + 3 × E3, \
         Client secret changed, 1 more change, −1 A, −1 B, −1 C, and 1 more for taro@contoso.com"
    );
    assert_eq!(
        essentials(&explanation.essentials, Lang::Ja),
        "Microsoft 365 E3 × 40 ほか 6 件、数量 30 → 25 (−5)、自動更新 オン → オフ、品目 7: + 3 × E3、\
         クライアント シークレットを変更、ほか 1 件の変更、A を削除、B を削除、C を削除、ほか 1 件、対象: taro@contoso.com"
    );
    assert_eq!(
        phrase(&Phrase::MoreChanges(1_200), Lang::En),
        "1,200 more changes"
    );
}

/// What a record says happened.
fn happened_in(record: &AuditRecord, application: Option<&str>, lang: Lang) -> String {
    let explained = explain(record);
    sentence(
        &Happened {
            action: &record.operation_type,
            status: &record.operation_status,
            deed: &explained.deed,
            customer: record.customer_name.as_deref(),
            user: record.user_principal_name.as_deref(),
            application,
        },
        lang,
    )
}

#[test]
fn a_sentence_says_who_did_what_to_what_for_whom() {
    let order = AuditRecord::read(
        json!({
            "operationType": "create_order", "resourceType": "order", "operationStatus": "succeeded",
            "customerName": "Relecloud", "userPrincipalName": "taro@contoso.example",
            "resourceNewValue": json!({"Id": "64144d300bde", "BillingCycle": "monthly", "LineItems": [
                {"LineItemNumber": 0, "FriendlyName": "Microsoft 365 Business Premium", "Quantity": 25},
                {"LineItemNumber": 1, "FriendlyName": "Visio Plan 1", "Quantity": 3},
            ]}).to_string(),
        })
        .to_string(),
    );
    assert_eq!(
        happened_in(&order, None, Lang::En),
        "taro@contoso.example ordered Microsoft 365 Business Premium ×25 and 1 more for Relecloud, monthly."
    );
    assert_eq!(
        happened_in(&order, Some("CIPP"), Lang::Ja),
        "taro@contoso.example (CIPP を使用) が Relecloud のために Microsoft 365 Business Premium × 25 ほか 1 件を注文した (月単位の請求)。"
    );
}

#[test]
fn what_failed_was_tried_and_an_unknown_action_is_told_by_its_name() {
    let failed = AuditRecord::read(
        json!({
            "operationType": "granular_admin_relationship_approved", "resourceType": "granular_admin_relationship",
            "operationStatus": "failed", "customerName": "山田商事",
        })
        .to_string(),
    );
    assert_eq!(
        happened_in(&failed, Some("Partner Center API"), Lang::En),
        "A GDAP relationship with 山田商事 was not approved by the application Partner Center API. The operation failed."
    );
    assert_eq!(
        happened_in(&failed, None, Lang::Ja),
        "山田商事との詳細な管理者リレーションシップが承認されなかった。この操作は失敗しました。"
    );
    let unknown = AuditRecord::read(
        json!({
            "operationType": "sell_moon", "resourceType": "moon", "operationStatus": "succeeded",
            "customerName": "Relecloud", "userPrincipalName": "taro@contoso.example",
        })
        .to_string(),
    );
    assert_eq!(
        happened_in(&unknown, None, Lang::En),
        "Sell moon (`sell_moon`) for Relecloud, by taro@contoso.example."
    );
    assert_eq!(
        happened_in(&unknown, None, Lang::Ja),
        "Relecloud について: Sell moon (`sell_moon`) (実行者: taro@contoso.example)。"
    );
}

#[test]
fn applications_are_named_where_they_are_known() {
    assert_eq!(
        application("4990cffe-04e8-4e8b-808a-1175604b879f", Lang::En),
        "Partner Center portal (4990cffe-04e8-4e8b-808a-1175604b879f)"
    );
    assert_eq!(application("FulfillmentService", Lang::Ja), "FulfillmentService");
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![".{0,300}", "[\\n\\t\u{0}\u{202e}\u{2066}a\\-\\[\\].]{0,300}"]
}

/// Whether a character leaves the line and its direction alone.
fn in_line(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

proptest! {
    #[test]
    fn every_line_is_one_bounded_line(name in hostile(), text in hostile(), more: usize) {
        let phrases = [
            Phrase::Product { name: name.clone(), quantity: Some(text.clone()), more },
            Phrase::Order(name.clone()),
            Phrase::LicencesAdded(vec![name.clone(); 5]),
            Phrase::ForUser(name.clone()),
            Phrase::Change(Change { field: name.clone(), old: Some(text.clone()), new: None, ..Change::default() }),
            Phrase::MoreChanges(more),
            Phrase::Field { field: name.clone(), value: text.clone() },
        ];
        let all = Explanation { essentials: phrases.into(), ..Explanation::default() };
        for lang in Lang::ALL {
            let (operation, end) = (OperationType(name.as_str().into()), OperationStatus(text.as_str().into()));
            let thing = |noun| Some(Thing::Named { noun, name: Some(text.clone()), id: None });
            let deed = Deed {
                verb: verbs().nth(more % verbs().count()),
                object: thing("user"), target: thing("role"), other: Some(Thing::Licences(vec![name.clone(); 5])),
                value: Some(Fact { field: name.clone(), value: text.clone() }), others: more,
                change: Some(Change { field: name.clone(), old: Some(text.clone()), new: None, ..Change::default() }),
                terms: Vec::new(),
            };
            let happened = Happened {
                action: &operation, status: &end, deed: &deed, customer: Some(&name), user: Some(&text), application: Some(&name),
            };
            for line in [
                essentials(&all.essentials, lang),
                sentence(&happened, lang),
                action(&operation, lang),
                field(&name, lang),
                value(&name, &text, lang),
                application(&name, lang),
            ] {
                prop_assert!(line.chars().count() < 1_100);
                prop_assert!(line.chars().all(in_line), "{:?}", line);
            }
        }
    }
}
