//! Filters of the search box that are in words: what on the wire is called so, in either language. Knows nothing of the
//! archive: what no record has finds nothing.

use std::sync::LazyLock;

use super::labels;
use crate::audit::{
    fold::fold,
    selection::{FilterKey, Parsed},
};

/// A value on the wire and what it is called, folded.
struct Name {
    wire: &'static str,
    words: String,
    /// Japanese without particles and endings.
    stems: String,
}

type Names = LazyLock<Vec<Name>>;

static ACTIONS: Names = LazyLock::new(|| names(&labels::ACTIONS));
static RESOURCES: Names = LazyLock::new(|| names(&labels::RESOURCES));
static STATUSES: Names = LazyLock::new(|| names(&labels::STATUSES));
static ACTORS: Names = LazyLock::new(|| names(&labels::ACTORS));
static APPLICATIONS: Names = LazyLock::new(|| names(&labels::APPLICATIONS));

fn names(labels: &labels::Labels) -> Vec<Name> {
    let all = labels.iter().flatten();
    all.map(|(wire, label)| {
        let words = plain(label);
        Name {
            wire,
            stems: words.chars().filter(|c| !is_ending(*c) && *c != ' ').collect(),
            words,
        }
    })
    .collect()
}

/// Without case, width and accents, with single blanks.
fn plain(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The kana of particles and endings.
fn is_ending(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

/// A query string as it was read, of which filters in the search box may be in words.
pub fn in_words(mut asked: Parsed) -> Parsed {
    asked.selection.search.in_words(called);
    asked
}

/// The values on the wire of the actions, resource types, statuses, actors and well-known applications that a text may
/// mean: those that are called exactly
/// so in English or Japanese, else those whose name has all of its words. Nothing where it is such a value itself.
pub fn called(key: FilterKey, text: &str) -> Vec<&'static str> {
    let names = match key {
        FilterKey::Action => &ACTIONS,
        FilterKey::Resource => &RESOURCES,
        FilterKey::Status => &STATUSES,
        FilterKey::Actor => &ACTORS,
        FilterKey::App => &APPLICATIONS,
        _ => return Vec::new(),
    };
    let words = plain(text);
    if words.is_empty() || names.iter().any(|name| name.wire == text) {
        return Vec::new();
    }
    // 注文の作成 and 注文作成 mean what is called 注文を作成した.
    let mut parts: Vec<_> = words.split(|c| c == ' ' || is_ending(c)).collect();
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() {
        parts.push(&words);
    }
    let has_all = |name: &&Name| {
        let mut parts = parts.iter();
        parts.all(|part| name.words.contains(part) || name.stems.contains(part))
    };
    let mut found: Vec<_> = names.iter().filter(|name| name.words == words).collect();
    if found.is_empty() {
        found.extend(names.iter().filter(has_all));
    }
    let mut wires: Vec<_> = found.into_iter().map(|name| name.wire).collect();
    wires.sort_unstable();
    wires.dedup();
    wires
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::vocabulary::KNOWN_OPERATIONS, i18n::Lang};

    #[test]
    fn every_action_is_known_by_its_whole_name_and_by_no_other() {
        for (wire, _) in KNOWN_OPERATIONS {
            for lang in Lang::ALL {
                let name = lang.t(&format!("action-{wire}"));
                assert_eq!(called(FilterKey::Action, &name), [*wire], "{name}");
            }
        }
    }

    #[test]
    fn words_of_a_name_are_enough_in_any_order_case_and_width() {
        for text in [
            "created an order",
            "ＣＲＥＡＴＥＤ　ＡＮ　ＯＲＤＥＲ",
            "order created",
            "注文を作成した",
            "注文を作成",
            "注文の作成",
            "注文作成",
        ] {
            assert_eq!(called(FilterKey::Action, text), ["create_order"], "{text}");
        }
        assert_eq!(
            called(FilterKey::Action, "注文"),
            ["create_order", "update_order"]
        );
        assert_eq!(called(FilterKey::Status, "失敗"), ["failed"]);
        assert_eq!(called(FilterKey::Resource, "請求書"), ["invoice"]);
        assert_eq!(called(FilterKey::Action, "できた"), ["ready_invoice"]);
        assert_eq!(called(FilterKey::Actor, "ユーザー"), ["person"]);
        assert_eq!(called(FilterKey::Actor, "People"), ["person"]);
        assert_eq!(called(FilterKey::Actor, "アプリ"), ["app"]);
        assert_eq!(
            called(FilterKey::App, "graph"),
            ["00000003-0000-0000-c000-000000000000"]
        );
    }

    #[test]
    fn the_wires_own_values_and_what_nothing_is_called_mean_nothing_else() {
        for text in ["update_subscription", "zebra", "", " ", "order zebra"] {
            assert_eq!(called(FilterKey::Action, text), [""; 0], "{text}");
        }
        assert_eq!(called(FilterKey::Customer, "created an order"), [""; 0]);
    }
}
