//! The names of what can be asked for, in English and Japanese, and what somebody meant who mistyped one.

use crate::audit::{entity::EntityKind, fold::fold, selection::FilterKey};

/// What stands before a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Filter(FilterKey),
    Date,
    Quantity,
    /// The id of a thing, by what it is to the record.
    Entity(EntityKind),
}

/// The names as they are folded, the one to suggest first.
const NAMES: &[(Key, &[&str])] = &[
    (Key::Filter(FilterKey::Customer), &["customer", "顧客", "顧客名"]),
    (Key::Filter(FilterKey::Action), &["action", "操作", "アクション"]),
    (Key::Filter(FilterKey::User), &["user", "ユーザー", "ユーザ"]),
    (
        Key::Filter(FilterKey::App),
        &["app", "アプリ", "アプリケーション"],
    ),
    (
        Key::Filter(FilterKey::Resource),
        &["resource", "リソース", "種類"],
    ),
    (Key::Filter(FilterKey::Status), &["status", "状態", "ステータス"]),
    (Key::Filter(FilterKey::Account), &["account", "アカウント"]),
    (Key::Filter(FilterKey::Changed), &["changed", "変更", "変更項目"]),
    (Key::Filter(FilterKey::Source), &["source", "取得元", "ソース"]),
    (Key::Filter(FilterKey::Actor), &["actor", "実行者"]),
    (Key::Date, &["date", "日付"]),
    (Key::Quantity, &["qty", "quantity", "数量"]),
    (
        Key::Entity(EntityKind::Subscription),
        &["subscription", "サブスクリプション"],
    ),
    (Key::Entity(EntityKind::Order), &["order", "注文"]),
    // `user` is who did something; this is to whose account it was done.
    (
        Key::Entity(EntityKind::User),
        &["useraccount", "ユーザーアカウント", "顧客ユーザー"],
    ),
    (
        Key::Entity(EntityKind::Relationship),
        &["relationship", "リレーションシップ"],
    ),
    (
        Key::Entity(EntityKind::Operation),
        &["correlation", "相関", "関連付け"],
    ),
];

/// The name by which a kind of thing is asked for.
pub(super) fn entity(kind: EntityKind) -> &'static str {
    NAMES
        .iter()
        .find(|(key, _)| *key == Key::Entity(kind))
        .and_then(|(_, names)| names.first())
        .unwrap_or(&"")
}

/// What is known of a name before a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Known(Key),
    /// No name, but nearly this one.
    Nearly(&'static str),
    /// Not a name: the colon belongs to a text.
    Text,
}

/// Reads a name, in any case and width.
pub(super) fn name(typed: &str) -> Name {
    // No name is so long, and comparing takes as much time as both are long.
    if typed.is_empty() || typed.chars().nth(16).is_some() || !typed.chars().all(is_letter) {
        return Name::Text;
    }
    let typed = fold(typed);
    let all = || {
        NAMES
            .iter()
            .flat_map(|(key, names)| names.iter().map(move |name| (*key, *name)))
    };
    if let Some((key, _)) = all().find(|(_, name)| fold(name) == typed) {
        return Name::Known(key);
    }
    let length = typed.chars().count();
    if length < 3 {
        return Name::Text;
    }
    all()
        .map(|(_, name)| (name, name.chars().count()))
        .filter(|(_, count)| *count > 2)
        // Short words are soon like others: `offer` and `folder` are no `order`.
        .map(|(name, count)| (name, count, if count.min(length) < 6 { 1 } else { 2 }))
        .filter(|(_, count, far)| count.abs_diff(length) <= *far)
        .map(|(name, _, far)| (strsim::osa_distance(&typed, name), name, far))
        .filter(|(distance, _, far)| distance <= far)
        .min_by_key(|(distance, _, _)| *distance)
        .map_or(Name::Text, |(_, name, _)| Name::Nearly(name))
}

/// A letter, or what half-width Japanese has beside letters.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, 'ﾞ' | 'ﾟ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_folded() {
        for name in NAMES.iter().flat_map(|(_, names)| *names) {
            assert_eq!(fold(name), *name);
        }
    }

    #[test]
    fn names_are_known_in_any_case_and_width() {
        for (typed, key) in [
            ("customer", Key::Filter(FilterKey::Customer)),
            ("ＣＵＳＴＯＭＥＲ", Key::Filter(FilterKey::Customer)),
            ("顧客", Key::Filter(FilterKey::Customer)),
            ("ﾕｰｻﾞｰ", Key::Filter(FilterKey::User)),
            ("アプリケーション", Key::Filter(FilterKey::App)),
            ("Quantity", Key::Quantity),
            ("数量", Key::Quantity),
            ("日付", Key::Date),
            ("Subscription", Key::Entity(EntityKind::Subscription)),
            ("サブスクリプション", Key::Entity(EntityKind::Subscription)),
            ("注文", Key::Entity(EntityKind::Order)),
            ("ﾕｰｻﾞｰｱｶｳﾝﾄ", Key::Entity(EntityKind::User)),
            ("リレーションシップ", Key::Entity(EntityKind::Relationship)),
            ("関連付け", Key::Entity(EntityKind::Operation)),
        ] {
            assert_eq!(name(typed), Name::Known(key), "{typed}");
        }
    }

    #[test]
    fn a_name_that_is_nearly_one_is_told() {
        for (typed, meant) in [
            ("custmer", "customer"),
            ("users", "user"),
            ("statsu", "status"),
            ("quantiy", "quantity"),
            ("アカント", "アカウント"),
            ("subscriptions", "subscription"),
            ("oder", "order"),
        ] {
            assert_eq!(name(typed), Name::Nearly(meant), "{typed}");
        }
        for typed in [
            "https",
            "urn",
            "sku",
            "mailto",
            "id",
            "offer",
            "folder",
            "number",
            "松本",
            "10",
            "CFQ7TTC0LF8R",
            "",
        ] {
            assert_eq!(name(typed), Name::Text, "{typed}");
        }
    }
}
