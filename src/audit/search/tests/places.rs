//! Where a search was found.

use proptest::prelude::*;
use serde_json::json;

use crate::audit::{
    AuditRecord,
    fold::fold,
    search::{Place, Search, Step, What, marks, places},
};

fn member(name: &str) -> Step {
    Step::Member(name.into())
}

fn record() -> AuditRecord {
    let new = json!({
        "LineItems": [
            {"FriendlyName": "Office 365 E3", "OfferId": "abc", "LineItemNumber": 3},
            {"FriendlyName": "Copilot"},
        ],
        "Profile": {"Password": "office-secret", "Tags": ["x", "Office"]},
    });
    AuditRecord::read(format!(
        r#"{{"customerName":"Contoso Office","resourceOldValue":"{{\"Name\":\"OFFICE\"}}","resourceNewValue":{},
            "customizedData":[{{"key":"Domain","value":"office.contoso.com"}}]}}"#,
        json!(new.to_string())
    ))
}

#[test]
fn places_are_told_by_what_they_are() {
    let search = Search::parse("office copilot -contoso");
    let all = places(&search, &record(), 100);
    let place = |part, path: Vec<Step>| Place { path, part };
    assert_eq!(
        all,
        [
            place(0, vec![member("customerName")]),
            place(
                1,
                vec![Step::NewValue, Step::LineItem("1".into()), member("FriendlyName")]
            ),
            place(0, vec![Step::OldValue, member("Name")]),
            place(
                0,
                vec![Step::NewValue, Step::LineItem("3".into()), member("FriendlyName")]
            ),
            place(
                0,
                vec![
                    Step::NewValue,
                    member("Profile"),
                    member("Tags"),
                    Step::Element(1)
                ]
            ),
            place(0, vec![Step::AdditionalData("Domain".into())]),
        ]
    );
    assert_eq!(places(&search, &record(), 2), all[..2]);
    assert_eq!(places(&Search::parse("-office"), &record(), 9), []);
    assert_eq!(places(&Search::parse("office-secret"), &record(), 9), []);
    assert_eq!(
        places(&Search::parse("office"), &AuditRecord::read("office"), 9),
        []
    );
}

#[test]
fn marks_are_where_the_text_was_found_as_shown() {
    let marked = |typed: &str, shown: &str| -> Vec<String> {
        let all = marks(&Search::parse(typed), shown);
        all.into_iter().map(|at| shown[at].to_owned()).collect()
    };
    assert_eq!(marked("brikam", "Fabrikam, FABRIKAM"), ["brikam", "BRIKAM"]);
    assert_eq!(marked("サンプル", "株式会社ｻﾝﾌﾟﾙ (ｻﾝﾌﾟﾙ)"), ["ｻﾝﾌﾟﾙ", "ｻﾝﾌﾟﾙ"]);
    assert_eq!(
        marked("muller", "José Müller / Mu\u{308}ller"),
        ["Müller", "Mu\u{308}ller"]
    );
    assert_eq!(marked("\"a b\"", "a \n b"), ["a \n b"]);
    assert_eq!(marked("abc bcd", "xabcdx abc"), ["abcd", "abc"]);
    assert_eq!(marked("fi", "ﬁne"), ["ﬁ"]);
    assert_eq!(marked("-a customer:b", "a b"), Vec::<String>::new());
    assert_eq!(marked("a", &"a b ".repeat(10_000)).len(), 500);
}

proptest! {
    #[test]
    fn no_text_panics_and_marks_are_apart(typed in "\\PC{0,20}|[ae\u{301}ﾞｶ 松]{1,6}", shown in "\\PC{0,60}|[ae\u{301}ﾞｶ 松\n]{0,40}") {
        let search = Search::parse(&typed);
        let mut last = 0;
        for at in marks(&search, &shown) {
            prop_assert!(at.start >= last && at.end > at.start, "{:?}", at);
            let part = &shown[at.clone()];
            let hit = search.parts.iter().any(|p| match &p.what {
                What::Text(text) => fold(part).contains(text.split(' ').next().unwrap()),
                _ => false,
            });
            prop_assert!(hit, "{:?}", part);
            last = at.end;
        }
        places(&search, &AuditRecord::read(json!({"a": shown}).to_string()), 9);
    }
}
