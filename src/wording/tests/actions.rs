//! Every action in words: from documented records where there are some, from plausible ones otherwise.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Value, value::RawValue};

use super::*;

/// Records with their basis: where they are from, or `plausible`.
fn records() -> Vec<(String, AuditRecord)> {
    let mut all = Vec::new();
    for (name, text) in [
        (
            "documented 2017",
            include_str!("../../../tests/fixtures/documented/auditrecords-by-customer-2017.json"),
        ),
        (
            "documented 2020",
            include_str!("../../../tests/fixtures/documented/auditrecords-one-day-2020.json"),
        ),
    ] {
        #[derive(serde::Deserialize)]
        struct Answer<'a> {
            #[serde(borrow)]
            items: Vec<&'a RawValue>,
        }
        let answer: Answer<'_> = serde_json::from_str(text).unwrap();
        let records = answer.items.into_iter().map(|item| item.get().to_owned());
        all.extend(records.map(|record| (name.to_owned(), AuditRecord::read(record))));
    }
    for line in include_str!("../../../tests/fixtures/actions.ndjson").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let basis = line["basis"].as_str().unwrap().to_owned();
        all.push((basis, AuditRecord::read(line["record"].to_string())));
    }
    all
}

fn in_words(lang: Lang) -> String {
    let mut out = String::new();
    for (basis, record) in records() {
        let explained = explain(&record);
        let application = record
            .application_id
            .as_deref()
            .filter(|id| record.user_principal_name.is_none() || !is_portal(id))
            .map(|id| application_name(id, lang).unwrap_or_else(|| id.to_owned()));
        writeln!(
            out,
            "{} ({basis}, {})\n  {}\n  {}",
            record.operation_type.0,
            record.operation_status.0,
            action(&record.operation_type, lang),
            happened_in(&record, application.as_deref(), lang),
        )
        .unwrap();
        let gist = essentials(&explained.essentials, lang);
        if !gist.is_empty() {
            writeln!(out, "  – {gist}").unwrap();
        }
        for change in &explained.changes.changed {
            writeln!(out, "  ± {}", phrase(&Phrase::Change(change.clone()), lang)).unwrap();
        }
        out.push('\n');
    }
    out
}

#[test]
fn every_action_in_english() {
    insta::assert_snapshot!(in_words(Lang::En));
}

#[test]
fn every_action_in_japanese() {
    insta::assert_snapshot!(in_words(Lang::Ja));
}

#[test]
fn every_action_and_every_verb_is_among_them() {
    let records = records();
    let told: BTreeSet<_> = records
        .iter()
        .filter_map(|(_, record)| explain(record).deed.verb)
        .collect();
    let missing: Vec<_> = verbs().filter(|verb| !told.contains(verb)).collect();
    // These are told by closer verbs as soon as the record has a value at all.
    assert_eq!(
        missing,
        ["update_customer_spending_budget", "increase_spending_limit"]
    );
    let actions: BTreeSet<_> = records
        .iter()
        .map(|(_, record)| &*record.operation_type.0)
        .collect();
    for (operation, _) in KNOWN_OPERATIONS {
        assert!(actions.contains(operation), "{operation}");
    }
}

#[test]
fn every_verb_has_its_sentences_in_both_languages() {
    for catalogue in [EN[2], JA[2]] {
        let all = messages(catalogue);
        for verb in verbs() {
            for key in [format!("deed-{verb}"), format!("tried-{verb}")] {
                assert!(all.contains_key(key.as_str()), "{key}");
            }
        }
    }
}
