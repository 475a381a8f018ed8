//! Masking, by example and by property.

use super::*;

#[test]
fn a_secret_is_masked_and_every_other_byte_stays() {
    let text = r#"{ "UserCredentials" : {"userName":"admin","password":"p\"w\u0041"},"n":1.50 }"#;
    let masked = r#"{ "UserCredentials" : {"userName":"admin","password":"••••"},"n":1.50 }"#;
    assert_eq!(mask_document(text), masked);
}

#[test]
fn nothing_is_masked_where_nothing_is_secret() {
    for text in [
        r#"{"password":"","KeyId":"k","secret":null,"HasPassword":true,"Key":"k"}"#,
        r#"{"customizedData":[{"key":"OrderId","value":"1"}]}"#,
        "password, secret: \u{fffd} not json",
        "",
    ] {
        assert_eq!(mask_document(text), text);
    }
}

#[test]
fn json_in_strings_is_masked_with_its_escapes_kept() {
    let text = r#"{"resourceNewValue":"{\"Name\":\"\u0041\\\/b\",\"ClientSecret\":\"s\\\"x\",\"Pwd\":12}"}"#;
    let masked =
        r#"{"resourceNewValue":"{\"Name\":\"\u0041\\\/b\",\"ClientSecret\":\"••••\",\"Pwd\":\"••••\"}"}"#;
    assert_eq!(mask_document(text), masked);
    let inner = crate::audit::json::members(masked).unwrap();
    let inner = crate::audit::json::text(inner[0].1).unwrap();
    assert!(crate::audit::json::Json::parse(&inner).is_some());
}

#[test]
fn a_pair_is_secret_by_its_key_in_either_order() {
    assert_eq!(
        mask_document(r#"[{"key":"ClientSecret","value":"x"},{"value":{"a":["y"]},"Key":"Password"}]"#),
        r#"[{"key":"ClientSecret","value":"••••"},{"value":"••••","Key":"Password"}]"#
    );
}

#[test]
fn all_of_a_secret_list_is_masked_but_what_follows_it_is_not() {
    assert_eq!(
        mask_document(r#"{"ProductKeys":["a","b",{"x":"c","KeyId":"i"}],"Name":"n"}"#),
        r#"{"ProductKeys":["••••","••••",{"x":"••••","KeyId":"i"}],"Name":"n"}"#
    );
}

#[test]
fn a_text_that_was_cut_off_keeps_its_secret() {
    assert_eq!(
        mask_document(r#"{"a":{"password":"hunt"#),
        r#"{"a":{"password":"••••"#
    );
    assert_eq!(
        mask_document(r#"[{"key":"Password","value":"hunt"#),
        r#"[{"key":"Password","value":"••••"#
    );
}

#[test]
fn a_changed_secret_still_differs() {
    let (old, new) = mask_sides(
        Some(r#"{"Password":"a","Pwd":"b"}"#),
        Some(r#"{"Password":"c","Pwd":"b"}"#),
    );
    assert_eq!(old.unwrap(), r#"{"Password":"••••","Pwd":"••••"}"#);
    let new = new.unwrap();
    assert_eq!(new, r#"{"Password":"•••••","Pwd":"••••"}"#);
    assert_eq!(shown(&new), r#"{"Password":"••••","Pwd":"••••"}"#);
}

#[test]
fn depth_and_length_do_not_matter() {
    let deep = format!(
        "{}\"password\":\"x\"{}",
        r#"{"a":"#.repeat(10_000),
        "}".repeat(10_000)
    );
    assert!(!mask_document(&deep).contains("\"x\""));
    let long = format!(r#"{{"a":"{}","password":"x"}}"#, "\\\"".repeat(1_000_000));
    assert!(!mask_document(&long).contains("\"x\""));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".*", json in r#"[\[\]{}",:\\u0-9a-d passwordkeyvalue]{0,200}"#) {
        let _ = mask_document(&text);
        let _ = mask_document(&json);
    }

    #[test]
    fn a_password_never_survives(secret in "[a-z0-9\u{3042}]{9,30}", escaped: bool) {
        let inner = serde_json::json!({"Id": 1, "Profile": [{"Password": &secret}]}).to_string();
        let text = match escaped {
            true => serde_json::json!({"resourceOldValue": inner, "other": "x"}).to_string(),
            false => inner,
        };
        let masked = mask_document(&text);
        proptest::prop_assert!(!masked.contains(&secret));
        proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&masked).is_ok());
    }
}

proptest::proptest! {
    /// By the document alone it is decided whether its parts are looked through.
    #[test]
    fn what_would_be_masked_in_a_part_is_suspected_in_its_document(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "{", "}", "[", "]", ":", ",", "\"", "\\\"", "\\\\", "key", "Key", "keys", "value", "apiKey", "PassWord", "pwd",
                "\\u0070wd", "token", "credentials", "x", " ", "1", "\\/", "\n", "é",
            ]),
            0..24,
        ),
    ) {
        let part = parts.concat();
        let pairs = serde_json::json!([{"key": part, "value": "s3cr3t"}]);
        let suspected = |document: serde_json::Value| may_hold_secrets(&document.to_string());
        if mask_document(&part) != part {
            proptest::prop_assert!(suspected(serde_json::json!({"resourceNewValue": part})), "{part}");
        }
        if super::super::is_secret_field(&part) {
            proptest::prop_assert!(suspected(serde_json::json!({"customizedData": pairs})), "{part}");
        }
    }
}
