//! Every kind of trouble is told, with its remedy, in both languages.

use std::collections::HashSet;

use partnerlog::{i18n::Lang, partner_center::Trouble};

#[test]
fn every_trouble_is_told_with_its_remedy_in_both_languages() {
    for lang in Lang::ALL {
        let mut told = HashSet::new();
        for trouble in Trouble::ALL {
            for part in ["trouble", "remedy"] {
                let key = format!("{part}-{}", trouble.code());
                let text = lang.try_t(&key);
                assert!(
                    text.as_ref().is_some_and(|text| text.len() > 12),
                    "{key} in {lang:?}"
                );
                assert!(
                    told.insert((part, text)) || part == "remedy",
                    "{key} says nothing of its own"
                );
            }
        }
    }
}

#[test]
fn japanese_is_not_a_copy_of_english() {
    for trouble in Trouble::ALL {
        let key = format!("remedy-{}", trouble.code());
        assert_ne!(Lang::En.t(&key), Lang::Ja.t(&key));
    }
}
