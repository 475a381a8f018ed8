use super::*;

#[test]
fn order_duplicates_and_long_numbers_are_kept() {
    let text = r#"{"b":1e400,"a":[true,null,123456789012345678901234567890],"b":"x"}"#;
    assert_eq!(Json::parse(text).unwrap().to_string(), text);
}

#[test]
fn a_lone_surrogate_is_replaced_not_refused() {
    let json = Json::parse(r#"{"k\ud800":"a\udc00b"}"#).unwrap();
    let (key, value) = &json.object()[0];
    assert!(key.starts_with('k') && key.contains('\u{fffd}'));
    assert!(value.text().unwrap().starts_with('a') && value.text().unwrap().ends_with('b'));
}

#[test]
fn ten_thousand_levels_stay_raw_below_the_limit() {
    let text = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(Json::parse(&text).unwrap().to_string(), text);
}

#[test]
fn what_follows_an_object_or_a_list_is_not_passed_over() {
    assert_eq!(members(r#"{"a":1} {"b":2}"#), None);
    assert_eq!(elements("[1] 2"), None);
    assert_eq!(members(" {\"a\":1}\r\n").unwrap(), [("a".into(), "1")]);
}

#[test]
fn a_value_is_read_behind_a_mark_and_out_of_a_string() {
    let plain = Json::parse(r#"{"a":1}"#);
    for text in [
        "\u{feff}{\"a\":1}",
        " {\"a\":1}\r\n",
        r#""{\"a\":1}""#,
        r#"" {\"a\":1}""#,
    ] {
        assert_eq!(Json::of_value(text), plain, "{text}");
    }
    assert_eq!(Json::of_value(r#""{broken""#), Some(Json::Text("{broken".into())));
    assert_eq!(Json::of_value("{broken"), None);
}

#[test]
fn what_is_not_json_is_none() {
    for text in ["", "{", "nil", "{\"a\":}", "<html>", "{} {}"] {
        assert_eq!(Json::parse(text), None, "{text}");
    }
}

#[test]
fn both_ways_of_reading_agree() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let mut texts: Vec<String> = [
        r#"{"a":[1,-2,0,18446744073709551615,true,null,"x\n\u00e9"],"a":{"b":{}},"":[]}"#,
        "-9223372036854775808",
        "18446744073709551616",
        "-0",
        "1.50",
        "1e3",
        r#""\ud800""#,
        " [ ] ",
        "[1,]",
        "{} x",
    ]
    .map(str::to_owned)
    .into();
    texts.extend([DEPTH - 1, DEPTH, DEPTH + 1].map(deep));
    for text in texts {
        let slow = serde_json::from_str::<&RawValue>(&text).ok();
        assert_eq!(
            Json::parse(&text),
            slow.map(|raw| Json::from_raw(raw.get(), DEPTH)),
            "{text}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_alike_both_ways(text in r#"[\[\]{},:\\"a \n1é.e-]{0,40}"#) {
        let slow = serde_json::from_str::<&RawValue>(&text).ok();
        proptest::prop_assert_eq!(Json::parse(&text), slow.map(|raw| Json::from_raw(raw.get(), DEPTH)));
    }

    #[test]
    fn tokens_are_the_value_without_blanks(text in r#"[\[\]{},:\\"a \n1é]{0,40}"#) {
        let mut joined = String::new();
        tokens(&text, |run| joined.push_str(run));
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&joined).unwrap(), value);
        }
    }

    #[test]
    fn a_string_reads_as_serde_reads_it(text in r#""?[a\\"u0041é/\x01]{0,12}"?"#) {
        proptest::prop_assert_eq!(super::text(&text).map(Cow::into_owned), serde_json::from_str::<String>(&text).ok().or_else(|| {
            text.starts_with('"').then(|| serde_json::from_str::<Lossy>(&text).ok().map(|l| l.0.into_owned())).flatten()
        }));
    }

    #[test]
    fn no_text_panics(text in ".*") {
        let _ = Json::parse(&text);
        let _ = members(&text);
    }
}
