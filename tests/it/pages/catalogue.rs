//! The message catalogues: the same keys in both languages, and every key that is used.

use std::{collections::BTreeSet, fs, path::Path};

fn read(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!files.is_empty(), "{folder}");
    files
}

fn keys(lang: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (file, text) in read(&format!("locales/{lang}"), "ftl") {
        for line in text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            let key = line.split('=').next().unwrap().trim().to_owned();
            assert!(keys.insert(key.clone()), "{key} twice, in {file}");
        }
    }
    keys
}

#[test]
fn both_languages_have_the_same_messages() {
    let (en, ja) = (keys("en"), keys("ja"));
    assert_eq!(
        en.difference(&ja).collect::<Vec<_>>(),
        [""; 0],
        "missing in Japanese"
    );
    assert_eq!(
        ja.difference(&en).collect::<Vec<_>>(),
        [""; 0],
        "missing in English"
    );
}

/// The literals that are handed to a function.
fn literals<'a>(text: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(call)
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}

#[test]
fn every_message_that_is_used_exists() {
    let keys = keys("en");
    let mut used = 0;
    for (file, text) in read("templates", "html").into_iter().chain(read("src", "rs")) {
        let text = text.split("#[cfg(test)]").next().unwrap();
        for call in [".t(", ".t1(", ".t_with(", ".counted("] {
            for key in literals(text, call).filter(|key| !key.contains('{')) {
                assert!(keys.contains(key), "{key}, in {file}");
                used += 1;
            }
        }
    }
    assert!(used > 100, "{used}");
    for key in [
        "bad-request",
        "forbidden",
        "not-found",
        "no-record",
        "no-customer",
        "no-view",
        "no-operation",
        "no-subscription",
        "no-order",
        "no-user",
        "no-relationship",
        "no-actor",
        "unavailable",
        "internal",
        "method",
        "timeout",
        "too-large",
        "cross-site",
    ] {
        for part in ["title", "text", "remedy"] {
            assert!(keys.contains(&format!("error-{key}-{part}")), "{key}-{part}");
        }
    }
}

#[test]
fn templates_hold_no_words_scripts_styles_or_unescaped_data() {
    for (file, text) in read("templates", "html") {
        for forbidden in ["|safe", "| safe", " style=", "<style", "onclick=", "javascript:"] {
            assert!(!text.contains(forbidden), "{forbidden} in {file}");
        }
        for script in text.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"{{ ctx.asset("), "{file}");
        }
    }
}
