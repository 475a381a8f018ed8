//! Which records a text finds: by the tokens of the record and the plan of the text, as any index does.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use crate::audit::{
    AuditRecord,
    entity::{self, EntityKind},
    search::{Expr, Part, Plan, Search, Tokens, What, Words, changed_fields, needle::normal, of_entity},
};

/// The words of an archive of some records.
struct Archive(BTreeSet<String>);

impl Archive {
    fn of<'a>(records: impl IntoIterator<Item = &'a AuditRecord>) -> Self {
        let mut words = BTreeSet::new();
        for record in records {
            words.extend(Tokens::of(record).words().map(ToOwned::to_owned));
        }
        Self(words)
    }

    fn those(&self, at_most: usize, which: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let all: Vec<_> = self.0.iter().filter(|word| which(word)).cloned().collect();
        (all.len() <= at_most).then_some(all)
    }
}

impl Words for Archive {
    fn containing(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.those(at_most, |word| word.contains(part))
    }
    fn starting(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.those(at_most, |word| word.starts_with(part))
    }
    fn ending(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.those(at_most, |word| word.ends_with(part))
    }
}

/// An archive in which everything is too much.
struct Crowded;

impl Words for Crowded {
    fn containing(&self, _: &str, _: usize) -> Option<Vec<String>> {
        None
    }
    fn starting(&self, _: &str, _: usize) -> Option<Vec<String>> {
        None
    }
    fn ending(&self, _: &str, _: usize) -> Option<Vec<String>> {
        None
    }
}

fn part(text: &str) -> Part {
    Part {
        span: 0..0,
        exclude: false,
        what: What::Text(normal(text)),
    }
}

fn hits(plan: &Plan, part: &Part, record: &AuditRecord) -> bool {
    plan.expr.holds(&Tokens::of(record)) && (plan.exact || part.finds(record))
}

/// Whether each part of a search finds the record.
fn finds(typed: &str, record: &AuditRecord) -> bool {
    let (search, faults) = Search::read(typed);
    assert!(faults.is_empty() && !search.is_empty(), "{typed}: {faults:?}");
    let archive = Archive::of([record]);
    search
        .parts
        .iter()
        .all(|part| hits(&part.plan(&archive).unwrap(), part, record))
}

fn record() -> AuditRecord {
    let new = json!({
        "Id": "64144d300bde",
        "BillingCycle": "Monthly",
        "LineItems": [
            {"LineItemNumber": 0, "OfferId": "CFQ7TTC0LF8R:0001", "FriendlyName": "Office 365 E3", "Quantity": 25},
            {"LineItemNumber": 1, "OfferId": "abcdefab-1234-4c55-beef-f620844f3fd1", "FriendlyName": "Copilot", "Quantity": 3},
        ],
        "Contact": "José Müller-Lüdenscheidt",
        "UserCredentials": {"userName": "taro2", "password": "hunter2secret"},
    });
    let old = json!({"LineItems": [{"LineItemNumber": 0, "Quantity": 130}]});
    AuditRecord::read(
        json!({
            "id": "zzznever_createorder_637346662909268372",
            "partnerId": "3b33e682-00c3-41ee-9dd2-a548adf56438",
            "customerId": "0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
            "customerName": "株式会社サンプルソリューションズ",
            "userPrincipalName": "anna.sato@fabrikam.onmicrosoft.com",
            "operationType": "create_order",
            "operationDate": "2026-08-03T10:11:12.1234567Z",
            "resourceNewValue": new.to_string(),
            "resourceOldValue": old.to_string(),
            "customizedData": [{"key": "Quantity-0", "value": "77"}, {"key": "ClientSecret", "value": "topsecret"}],
            "attributes": {"objectType": "AuditRecordNever"},
        })
        .to_string(),
    )
}

#[test]
fn a_record_is_found_by_anything_that_is_in_it() {
    let record = record();
    for typed in [
        // Japanese of any length and width.
        "株",
        "社",
        "ズ",
        "株式",
        "ﾝﾌﾟ",
        "サンプル",
        "ｻﾝﾌﾟﾙ",
        "株式会社サンプル",
        "ソリューションズ",
        "会社サンプルソ",
        // Words, parts of them, and without their accents.
        "fabrikam",
        "brikam",
        "FABRI",
        "muller",
        "Müller",
        "jose",
        "ludenscheidt",
        "lüden",
        "copilot",
        "er",
        // Addresses, domains, products, phrases.
        "anna.sato@fabrikam.onmicrosoft.com",
        "na.sa",
        "@fabrikam",
        "fabrikam.onmicrosoft.com",
        "sato@",
        "\"office 365 e3\"",
        "\"fice 36\"",
        "office 365",
        "e3",
        "create order",
        "create_order",
        "taro2",
        "\"josé müller-\"",
        // Ids whole and in part.
        "64144d300bde",
        "64144d",
        "6414",
        "0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
        "0C39D",
        "0c39d6d5",
        "f620844f3fd1",
        "6d5-c70d-4c",
        "bc02",
        "abcdefab",
        "abcde",
        "beef-f6208",
        "CFQ7TTC0LF8R:0001",
        "cfq7t",
        "0001",
        // Numbers and dates.
        "25",
        "365",
        "2026-08-03",
        "2026-08-03T10:11",
        "10:11:12",
        "2026-08-03T10:11:12.1234567Z",
        "2026",
    ] {
        assert!(finds(typed, &record), "{typed}");
    }
    for typed in [
        "contoso",
        "株会",
        "サンフル",
        "fabrikamx",
        "zzznever",
        "auditrecordnever",
        "hunter2secret",
        "topsecret",
        "f620844f3fd2",
        "\"office e3\"",
        "\"sato anna\"",
        "anna@fabrikam",
        "36",
        "bcde02",
        "サソ",
        "株式会社ソリューションズ",
    ] {
        assert!(!finds(typed, &record), "{typed}");
    }
}

#[test]
fn quantities_are_found_old_and_new_and_in_additional_data() {
    let record = record();
    for typed in [
        "qty:25",
        "qty:>100",
        "qty:130",
        "qty:77",
        "qty:<4",
        "qty:70..80",
        "qty:..3",
    ] {
        assert!(finds(typed, &record), "{typed}");
    }
    for typed in ["qty:26", "qty:>130", "qty:<3", "qty:4..24", "qty:0", "qty:-5..2"] {
        assert!(!finds(typed, &record), "{typed}");
    }
    for (quantity, typed) in [
        ("0", "qty:0"),
        ("-3", "qty:<0"),
        ("\"7\"", "qty:7"),
        ("1e3", "qty:1000"),
        ("2.0", "qty:2"),
    ] {
        let record = AuditRecord::read(format!(r#"{{"x":[{{"quantity":{quantity}}}]}}"#));
        assert!(finds(typed, &record), "{typed}");
    }
}

#[test]
fn a_thing_is_found_only_where_its_id_stands_in_that_role() {
    let id = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1";
    let data = |key: &str, value: &str| {
        AuditRecord::read(json!({"customizedData": [{"key": key, "value": value}]}).to_string())
    };
    for (typed, key) in [
        ("subscription:", "SubscriptionId-3"),
        ("order:", "OrderId"),
        ("useraccount:", "CustomerUserId"),
        ("relationship:", "GranularAdminRelationshipId"),
    ] {
        let query = format!("{typed}{}", id.to_uppercase());
        assert!(finds(&query, &data(key, id)), "{query}");
        assert!(
            finds(&query, &data(key, &format!(" {} ", id.to_uppercase()))),
            "{query}"
        );
        assert!(finds(&format!("{typed}other,{id}"), &data(key, id)), "{query}");
        // As a customer, as a part of another id, and in words.
        assert!(!finds(
            &query,
            &AuditRecord::read(json!({"customerId": id}).to_string())
        ));
        assert!(!finds(&query, &data(key, &format!("{id}-{id}"))), "{query}");
        assert!(!finds(&query, &data("Note", id)), "{query}");
        assert!(!finds(&format!("{typed}0c39d6d5"), &data(key, id)), "{query}");
    }
    let operation = AuditRecord::read(json!({"originalCorrelationId": id}).to_string());
    assert!(finds(&format!("correlation:{id}"), &operation));
    assert!(!finds(&format!("order:{id}"), &operation));
}

#[test]
fn plans_ask_for_as_little_as_possible() {
    let words = Archive(
        ["fabrikam", "fabric", "monthly", "日本", "本社", "anna", "joanna"]
            .map(String::from)
            .into(),
    );
    let token = |text: &str| Expr::Token(text.into());
    let plan = |text: &str| part(text).plan(&words).unwrap();
    for (text, expr, exact) in [
        ("fabri", Expr::Any(vec![token("fabric"), token("fabrikam")]), true),
        ("nothing", Expr::Nothing, true),
        ("x", token("x"), true),
        ("25", token("25"), true),
        ("2026", token("2026"), true),
        ("64144", Expr::Prefix("64144".into()), true),
        ("64144d300bde", Expr::Prefix("64144d300bde".into()), true),
        ("本", Expr::Any(vec![token("日本"), token("本社")]), true),
        ("日本", token("日本"), true),
        ("日本社", Expr::All(vec![token("日本"), token("本社")]), false),
        (
            "anna.sato@fabri",
            Expr::All(vec![
                Expr::Any(vec![token("anna"), token("joanna")]),
                token("sato"),
                Expr::Any(vec![token("fabric"), token("fabrikam")]),
            ]),
            false,
        ),
        ("@", Expr::Anything, false),
        ("12345678901234567", Expr::Anything, false),
        ("6d5-c70d-4c", token("c70d"), false),
    ] {
        assert_eq!(plan(text), Plan { expr, exact }, "{text}");
    }
    // Hundreds of conditions are no better than a few.
    let Expr::All(all) = plan(&"日本国語大辞典第二版".repeat(50)).expr else {
        panic!()
    };
    assert!(all.len() <= 32);
}

#[test]
fn tokens_are_words_and_others_in_one_body() {
    let tokens = Tokens::of(&AuditRecord::read(
        r#"{"a":"Office365 e3 abc12345 アイウ","b":"2026-01-02T03:04:05.99Z","c":"deadbeef-abcd-1234-4c55-f620844f3fd1","n":1,"Quantity":25}"#,
    ));
    let words: Vec<_> = tokens.words().collect();
    let others: Vec<_> = tokens.others().collect();
    assert_eq!(words, ["office", "e", "abc", "アイ", "イウ"]);
    assert_eq!(
        others,
        [
            "365",
            "3",
            "e3",
            "12345",
            "abc12345",
            "2026",
            "01",
            "02",
            "03",
            "04",
            "05",
            "deadbeef",
            "abcd",
            "1234",
            "4c55",
            "f620844f3fd1",
            "1",
            "25",
            "\u{e000}q4"
        ]
        .into_iter()
        .collect::<Vec<_>>()
    );
    let body = tokens.body();
    let body: BTreeSet<_> = body.split(' ').collect();
    assert_eq!(body, words.into_iter().chain(others).collect());
}

#[test]
fn a_record_has_a_bounded_number_of_tokens() {
    let many: String = (0..100_000).map(|n| format!("{n} ")).collect();
    let tokens = Tokens::of(&AuditRecord::read(json!({ "a": many }).to_string()));
    assert_eq!(tokens.others().count(), 20_000);
    let long = "x".repeat(1_000_000);
    let tokens = Tokens::of(&AuditRecord::read(json!({ "a": long }).to_string()));
    assert_eq!(tokens.body().len(), 40);
}

#[test]
fn what_changed_is_named() {
    let record = |old: Option<&str>, new: &str| {
        AuditRecord::read(json!({"resourceOldValue": old, "resourceNewValue": new}).to_string())
    };
    let old = r#"{"Status":"active","Password":"a","LineItems":[{"LineItemNumber":0,"Quantity":1},{"LineItemNumber":1,"quantity":4}],"Gone":1}"#;
    let new = r#"{"status":"active","Password":"b","LineItems":[{"LineItemNumber":0,"Quantity":2},{"LineItemNumber":1,"quantity":5},{"LineItemNumber":2,"Quantity":5}]}"#;
    assert_eq!(
        changed_fields(&record(Some(old), new)),
        ["Gone", "LineItems", "Password", "Quantity"]
    );
    assert_eq!(changed_fields(&record(None, new)), Vec::<String>::new());
    assert_eq!(changed_fields(&record(Some(new), new)), Vec::<String>::new());
    assert_eq!(
        changed_fields(&record(Some("not json"), new)),
        Vec::<String>::new()
    );
    let wide = |value: u32| {
        let members: serde_json::Map<_, _> = (0..90)
            .map(|n| (format!("{}{n}", "m".repeat(80)), json!(value)))
            .collect();
        json!(members).to_string()
    };
    let names = changed_fields(&record(Some(&wide(1)), &wide(2)));
    assert!(names.len() <= 24 && names.iter().all(|name| name.chars().count() <= 64));
}

/// Values as outsiders write them.
fn any_value() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "contoso",
            "Müller",
            "e3",
            "taro2",
            "office365",
            "株式会社",
            "サンプル",
            "ｻﾝﾌﾟﾙ",
            "が",
            "ﾞ",
            "ー",
            "한국어",
            "Привет",
            "Ωμέγα",
            "ไทย",
            "عربي",
            "١٢٣",
            "½",
            "ﬁ",
            "ß",
            "İ",
            "０１",
            "ａｂ",
            "1",
            "2026",
            "-08-03T10:11:12Z",
            "2026-08-03T10:11:12.123+09:00",
            "0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
            "abcd",
            "64144d300bde",
            "CFQ7TTC0LF8R:0001",
            "12345678901234567890",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "{",
            "[1]",
            "\"",
            "\\",
            "\u{e000}q1",
            "\u{0}",
            "\n",
            "\u{a0}",
            " ",
            "  ",
            "-",
            ".",
            "@",
            "_",
            "・",
            "😀",
            "e\u{301}",
        ][..],
    );
    prop_oneof![
        4 => prop::collection::vec(piece, 1..7).prop_map(|all| all.concat()),
        1 => "\\PC{1,30}",
    ]
}

/// The runs of a value as one would paste them.
fn pasted(value: &str) -> Vec<String> {
    let folded = normal(value);
    let mut all = vec![folded.clone()];
    all.extend(folded.split(' ').map(ToOwned::to_owned));
    super::super::runs::cut(&folded, |_, at| all.push(folded[at].to_owned()));
    all.retain(|text| !text.is_empty());
    all
}

proptest! {
    #[test]
    fn a_record_is_found_by_each_value_and_each_run_of_it(values in prop::collection::vec(any_value(), 1..4)) {
        let inner = json!({"Inner": values[0], "List": values}).to_string();
        let record = AuditRecord::read(json!({
            "customerName": values[0],
            "resourceNewValue": inner,
            "customizedData": [{"key": "k", "value": values.last()}],
        }).to_string());
        let archive = Archive::of([&record]);
        for text in values.iter().filter(|value| serde_json::from_str::<serde_json::Value>(value).is_err()).flat_map(|value| pasted(value)) {
            let part = part(&text);
            for words in [&archive as &dyn Words, &Crowded] {
                let plan = part.plan(words).unwrap();
                prop_assert!(plan.expr.holds(&Tokens::of(&record)), "{text:?} {plan:?} {:?}", Tokens::of(&record).body());
                prop_assert!(part.finds(&record), "{text:?}");
            }
        }
    }

    #[test]
    fn a_record_is_found_by_each_thing_that_it_speaks_of(
        ids in prop::collection::vec("[0-9a-f]{8}-[0-9a-f]{4}-[0-9]{4}-[0-9a-f]{12}|[-_.:~+/=@A-Za-z0-9]{1,60}|[0-9]{1,40}|[a-f]{1,9}", 4)
    ) {
        let record = AuditRecord::read(json!({
            "originalCorrelationId": ids[0],
            "resourceType": "order",
            "resourceNewValue": json!({"Id": ids[1], "LineItems": [{"SubscriptionId": ids[2]}]}).to_string(),
            "customizedData": [{"key": "CustomerUserId", "value": ids[3]}],
        }).to_string());
        let archive = Archive::of([&record]);
        for thing in entity::entities(&record) {
            let part = Search::parse(&of_entity(thing.kind, &thing.id)).parts.remove(0);
            for words in [&archive as &dyn Words, &Crowded] {
                prop_assert!(hits(&part.plan(words).unwrap(), &part, &record), "{thing:?}");
            }
            let elsewhere = AuditRecord::read(json!({"customizedData": [{"key": "OfferId", "value": thing.id}]}).to_string());
            prop_assert!(!part.finds(&elsewhere));
        }
        prop_assert!(EntityKind::ALL.iter().all(|kind| EntityKind::from_name(kind.name()) == Some(*kind)));
    }

    #[test]
    fn what_a_plan_calls_exact_is_found_indeed(value in any_value(), text in any_value()) {
        let record = AuditRecord::read(json!({"customerName": value, "operationType": "create_order"}).to_string());
        let part = part(&text);
        if let What::Text(text) = &part.what && text.is_empty() {
            return Ok(());
        }
        let plan = part.plan(&Archive::of([&record])).unwrap();
        if plan.exact && plan.expr.holds(&Tokens::of(&record)) {
            prop_assert!(part.finds(&record), "{text:?} in {value:?}: {plan:?}");
        }
    }

    #[test]
    fn tokens_have_no_white_space_and_are_there_once(value in any_value()) {
        let tokens = Tokens::of(&AuditRecord::read(json!({"a": value}).to_string()));
        let all: Vec<_> = tokens.words().chain(tokens.others()).collect();
        prop_assert!(all.iter().all(|token| !token.is_empty() && !token.contains(char::is_whitespace)));
        prop_assert!(all.iter().all(|token| token.chars().count() <= 40 && tokens.has(token)));
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        prop_assert!(!tokens.has("never there"));
    }

    #[test]
    fn no_document_panics(document in "[\\[\\]{},:\\\\\"a1 é松本-]{0,60}|\\PC{0,60}") {
        let record = AuditRecord::read(document);
        Tokens::of(&record);
        changed_fields(&record);
        part("a").finds(&record);
    }
}
