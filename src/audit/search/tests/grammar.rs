//! What stands in the box, and what of it is understood.

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::audit::{
    entity::{EntityKind, is_id},
    search::{Search, What, of_entity},
    selection::{Fault, FaultKind, FilterKey},
};

fn text(text: &str) -> What {
    What::Text(text.into())
}

fn filter(key: FilterKey, values: &[&str]) -> What {
    What::Filter {
        key,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        meant: Vec::new(),
    }
}

fn days(from: Option<(i32, u32, u32)>, to: Option<(i32, u32, u32)>) -> What {
    let day = |(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    What::Dates {
        from: from.map(day),
        to: to.map(day),
    }
}

fn quantity(least: Option<i64>, most: Option<i64>) -> What {
    What::Quantity { least, most }
}

/// The parts of a text without any fault: whether each is excluded, and what it is.
fn parts(typed: &str) -> Vec<(bool, What)> {
    let (search, faults) = Search::read(typed);
    assert_eq!(faults, [], "{typed}");
    search
        .parts
        .into_iter()
        .map(|part| (part.exclude, part.what))
        .collect()
}

fn one(typed: &str) -> What {
    let mut all = parts(typed);
    assert_eq!(all.len(), 1, "{typed}: {all:?}");
    all.remove(0).1
}

fn fault(typed: &str) -> Fault {
    let (_, mut faults) = Search::read(typed);
    assert_eq!(faults.len(), 1, "{typed}: {faults:?}");
    faults.remove(0)
}

#[test]
fn words_phrases_and_exclusions() {
    assert_eq!(
        parts("Contoso　\"Office  365 E3\" -succeeded －“Anna Sato” 「松本 運輸」"),
        [
            (false, text("contoso")),
            (false, text("office 365 e3")),
            (true, text("succeeded")),
            (true, text("anna sato")),
            (false, text("松本 運輸")),
        ]
    );
    assert_eq!(parts("Contoso - Tokyo").len(), 2);
    assert_eq!(parts("\"\" 「」 - \" \""), []);
    assert_eq!(one("\"never closed"), text("never closed"));
}

#[test]
fn filters_in_both_languages_and_widths() {
    use FilterKey::*;
    for (typed, what) in [
        ("customer:contoso", filter(Customer, &["contoso"])),
        ("CUSTOMER：Contoso", filter(Customer, &["Contoso"])),
        ("顧客:松本運輸", filter(Customer, &["松本運輸"])),
        (
            "ユーザー：ｔａｒｏ＠ｆａｂｒｉｋａｍ",
            filter(User, &["taro@fabrikam"]),
        ),
        (
            "action:create_order,update_order",
            filter(Action, &["create_order", "update_order"]),
        ),
        (
            "操作:[create_order, update_order]",
            filter(Action, &["create_order", "update_order"]),
        ),
        ("user:\"Anna Sato\",bob", filter(User, &["Anna Sato", "bob"])),
        ("customer:「松本 運輸」", filter(Customer, &["松本 運輸"])),
        ("customer:[\"a, b\",c d]", filter(Customer, &["a, b", "c d"])),
        ("customer:a,a", filter(Customer, &["a"])),
        ("customer:[unclosed", filter(Customer, &["[unclosed"])),
        ("changed:Quantity", filter(Changed, &["Quantity"])),
        ("変更項目:数量", filter(Changed, &["数量"])),
        ("取得元:imported", filter(Source, &["imported"])),
        ("customer:a:b", filter(Customer, &["a:b"])),
    ] {
        assert_eq!(one(typed), what, "{typed}");
    }
    assert_eq!(
        parts("-status:succeeded 状態:failed"),
        [
            (true, filter(Status, &["succeeded"])),
            (false, filter(Status, &["failed"]))
        ]
    );
}

#[test]
fn things_are_asked_for_by_kind_and_id() {
    let thing = |kind, ids: &[&str]| What::Entity {
        kind,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    for (typed, what) in [
        (
            "subscription:488745B5-2086-4912-802C-6ABB9F7C3638",
            thing(
                EntityKind::Subscription,
                &["488745b5-2086-4912-802c-6abb9f7c3638"],
            ),
        ),
        ("注文：６４１４４ｄ", thing(EntityKind::Order, &["64144d"])),
        ("order:[a, A, b]", thing(EntityKind::Order, &["a", "b"])),
        ("useraccount:u-1", thing(EntityKind::User, &["u-1"])),
        ("顧客ユーザー:u-1", thing(EntityKind::User, &["u-1"])),
        ("Relationship:\"g-1\"", thing(EntityKind::Relationship, &["g-1"])),
        ("関連付け:c-1", thing(EntityKind::Operation, &["c-1"])),
    ] {
        assert_eq!(one(typed), what, "{typed}");
    }
    assert_eq!(parts("-order:a"), [(true, thing(EntityKind::Order, &["a"]))]);
    for typed in ["order:", "subscription:\"\" x"] {
        assert_eq!(fault(typed).kind, FaultKind::EmptyFilter, "{typed}");
    }
}

proptest! {
    #[test]
    fn every_id_can_be_asked_for(id in "[-_.:~+/=@A-Za-z0-9]{1,128}", kind in prop::sample::select(&EntityKind::ALL[..])) {
        prop_assume!(is_id(&id));
        prop_assert_eq!(one(&of_entity(kind, &id)), What::Entity { kind, ids: vec![id.to_lowercase()] });
    }
}

#[test]
fn dates_are_days_months_years_and_ranges() {
    for (typed, what) in [
        ("date:2024-05-03", days(Some((2024, 5, 3)), Some((2024, 5, 3)))),
        ("date:2024-02", days(Some((2024, 2, 1)), Some((2024, 2, 29)))),
        (
            "日付：２０２４年５月",
            days(Some((2024, 5, 1)), Some((2024, 5, 31))),
        ),
        (
            "date:2024-05..2024-06",
            days(Some((2024, 5, 1)), Some((2024, 6, 30))),
        ),
        ("date:2024-05-03..", days(Some((2024, 5, 3)), None)),
        ("date:..2024", days(None, Some((2024, 12, 31)))),
        ("date:>2024-05-01", days(Some((2024, 5, 2)), None)),
        ("date:>2024-05", days(Some((2024, 6, 1)), None)),
        ("date:>=2024-05", days(Some((2024, 5, 1)), None)),
        ("date:<2024-05", days(None, Some((2024, 4, 30)))),
        ("date:<=2024-05", days(None, Some((2024, 5, 31)))),
        (
            "date:\"31 May 2024\"",
            days(Some((2024, 5, 31)), Some((2024, 5, 31))),
        ),
        (
            "日付:令和6年5月3日〜令和6年6月",
            days(Some((2024, 5, 3)), Some((2024, 6, 30))),
        ),
    ] {
        assert_eq!(one(typed), what, "{typed}");
    }
    assert!(parts("-date:2024-05")[0].0);
}

#[test]
fn quantities_are_numbers_and_ranges() {
    for (typed, what) in [
        ("qty:25", quantity(Some(25), Some(25))),
        ("qty:>100", quantity(Some(101), None)),
        ("quantity:>=100", quantity(Some(100), None)),
        ("qty:<5", quantity(None, Some(4))),
        ("qty:<=5", quantity(None, Some(5))),
        ("数量：５..１０", quantity(Some(5), Some(10))),
        ("qty:1,000..", quantity(Some(1000), None)),
        ("qty:≥-1", quantity(Some(-1), None)),
    ] {
        assert_eq!(one(typed), what, "{typed}");
    }
}

#[test]
fn a_colon_in_a_text_is_a_text() {
    for typed in [
        "https://portal.office.com/x",
        "customer://x",
        "CFQ7TTC0LF8R:0001",
        "10:30",
        "3b33e682-00c3-41ee-9dd2-a548adf56438",
        "urn:x",
        "松本:x",
        ":x",
        "\"customer:x\"",
    ] {
        assert_eq!(
            one(typed),
            text(typed.trim_matches('"').to_lowercase().as_str()),
            "{typed}"
        );
    }
}

#[test]
fn a_mistyped_filter_is_told_with_what_was_meant_and_the_rest_applies() {
    let typed = "松本 -custmer:contoso,x 運輸";
    let (search, faults) = Search::read(typed);
    assert_eq!(search.parts.len(), 2);
    let [fault] = &faults[..] else {
        panic!("{faults:?}")
    };
    assert_eq!((fault.field, fault.kind), ("q", FaultKind::UnknownFilter));
    assert_eq!(&typed[fault.at.clone().unwrap()], "custmer");
    assert_eq!(fault.suggestion.as_deref(), Some("松本 -customer:contoso,x 運輸"));
    assert_eq!(fault.meant(), Some("customer"));
    assert_eq!(fault.text, "custmer");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (typed, kind, at) in [
        ("a date:soon b", FaultKind::NotDates, "soon"),
        ("a date:2024-13 b", FaultKind::NotDates, "2024-13"),
        ("a date:.. b", FaultKind::NotDates, ".."),
        (
            "a date:2024-06..2024-05 b",
            FaultKind::Reversed,
            "2024-06..2024-05",
        ),
        ("a date: b", FaultKind::EmptyFilter, "date:"),
        ("a 数量:たくさん b", FaultKind::NotAQuantity, "たくさん"),
        (
            "a qty:99999999999999999999 b",
            FaultKind::NotAQuantity,
            "99999999999999999999",
        ),
        (
            "a qty:>9223372036854775807 b",
            FaultKind::NotAQuantity,
            ">9223372036854775807",
        ),
        ("a qty:9..3 b", FaultKind::Reversed, "9..3"),
        ("a customer: b", FaultKind::EmptyFilter, "customer:"),
        ("a -customer:\"\" b", FaultKind::EmptyFilter, "-customer:\"\""),
        ("a customer:[,] b", FaultKind::EmptyFilter, "customer:[,]"),
    ] {
        let fault = fault(typed);
        assert_eq!(fault.kind, kind, "{typed}");
        assert_eq!(&typed[fault.at.unwrap()], at, "{typed}");
        assert_eq!(Search::parse(typed).parts.len(), 2, "{typed}");
    }
}

#[test]
fn too_much_is_one_fault_and_what_fits_applies() {
    let many = "a ".repeat(1_000);
    let (search, faults) = Search::read(&many);
    assert_eq!(search.parts.len(), 64);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].kind, FaultKind::TooManyParts);

    let long = format!("b \"{}", "松".repeat(100_000));
    let (search, faults) = Search::read(&long);
    assert_eq!(search.parts.len(), 2);
    assert_eq!(search.text.chars().count(), 4_096);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].kind, FaultKind::SearchTooLong);

    let (search, faults) = Search::read(&format!("user:{}", "ab,cd,".repeat(100)));
    assert_eq!((search.parts.len(), faults.len()), (1, 0));
    let values: Vec<_> = (0..400).map(|n| n.to_string()).collect();
    assert_eq!(
        fault(&format!("user:{}", values.join(","))).kind,
        FaultKind::TooMany
    );
    assert_eq!(
        fault(&format!("user:{}", "x".repeat(513))).kind,
        FaultKind::TooLong
    );
}

#[test]
fn bait_of_a_hundred_kilobytes_is_read_at_once() {
    for bait in [
        "\"",
        "customer:[",
        "a:",
        "-",
        "「",
        "date:",
        "custmer:a ",
        ",",
        "[",
        "あ",
    ] {
        let bait = bait.repeat(100_000 / bait.len());
        let start = std::time::Instant::now();
        let _ = Search::read(&bait);
        assert!(
            start.elapsed() < std::time::Duration::from_secs(1),
            "{}",
            &bait[..9]
        );
    }
}

#[test]
fn a_part_can_be_taken_out() {
    let search = Search::parse("contoso -status:failed  \"a b\"");
    assert_eq!(search.without(0), "-status:failed  \"a b\"");
    assert_eq!(search.without(1), "contoso \"a b\"");
    assert_eq!(search.without(2), "contoso -status:failed");
    assert_eq!(search.without(3), search.text);
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "customer", "顧客", "custmer", "date", "qty", ":", "：", "-", "－", "\"", "「", "」", "“", "”",
            "[", "]", ",", "、", " ", "　", "..", ">", "2024", "2024-05", "contoso", "松本", "ﾞ", "é", "//",
            "\u{301}", "x",
        ][..],
    );
    prop_oneof![
        prop::collection::vec(piece, 0..14).prop_map(|all| all.concat()),
        "\\PC{0,40}"
    ]
}

proptest! {
    #[test]
    fn no_text_panics_and_every_part_has_its_place(typed in any_text()) {
        let (search, faults) = Search::read(&typed);
        prop_assert_eq!(&search.text, typed.trim());
        prop_assert_eq!(&Search::parse(&search.text), &search);
        let mut last = 0;
        for part in &search.parts {
            prop_assert!(part.span.start >= last && part.span.end > part.span.start);
            prop_assert!(search.text.get(part.span.clone()).is_some());
            last = part.span.end;
        }
        for fault in &faults {
            prop_assert!(search.text.get(fault.at.clone().unwrap()).is_some());
        }
        for at in 0..search.parts.len() {
            let rest = Search::parse(&search.without(at));
            let mut left: Vec<_> = search.parts.iter().map(|p| (p.exclude, &p.what)).collect();
            left.remove(at);
            prop_assert_eq!(rest.parts.iter().map(|p| (p.exclude, &p.what)).collect::<Vec<_>>(), left);
        }
    }
}
