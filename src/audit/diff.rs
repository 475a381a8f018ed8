//! The difference between an old and a new value: the paths that changed, and those that did not.
//!
//! Knows JSON and nothing of what the values mean, but for the names by which lists are matched.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    explain::{Change, Changes, Fact},
    gap::{self, Gap},
    json::{Json, Member},
    paths::{self, Path, is_noise, is_nothing},
};

/// How many changes, and how many unchanged paths, are named; the rest is counted.
const NAMED: usize = 500;

/// How many parts of an element that was added or removed are named.
const PARTS: usize = 50;

/// By which member the elements of a list are recognised on the other side.
const KEYS: &[&str] = &["LineItemNumber", "SkuId", "Id", "RoleDefinitionId", "Key"];

/// What changed. Members are matched without regard to case, elements of lists by their number or id,
/// plain elements by their value, others by position; null, empty and absent are the same, and so are two notations of
/// one moment, of one number and of one GUID. Links,
/// attributes and etags do not count. Swapping the sides swaps each change.
pub fn diff(old: Option<&Json>, new: Option<&Json>) -> Changes {
    walked(old, new, true)
}

/// The same without what did not change.
pub fn changed(old: Option<&Json>, new: Option<&Json>) -> Changes {
    walked(old, new, false)
}

fn walked(old: Option<&Json>, new: Option<&Json>, tells_unchanged: bool) -> Changes {
    let mut walk = Walk {
        tells_unchanged,
        ..Walk::default()
    };
    if let (Some(old), Some(new)) = (old, new) {
        walk.both(old, new, &mut Path::default());
    }
    Changes {
        old_recorded: old.is_some(),
        ..walk.changes
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
}

#[derive(Default)]
struct Walk {
    changes: Changes,
    tells_unchanged: bool,
}

impl Walk {
    fn both(&mut self, old: &Json, new: &Json, path: &mut Path) {
        match (old, new) {
            _ if is_nothing(old) || is_nothing(new) => self.apart(old, new, path),
            (Json::Object(olds), Json::Object(news)) => self.objects(olds, news, path),
            (Json::List(olds), Json::List(news)) => self.lists(olds, news, path),
            (Json::Object(_) | Json::List(_), _) | (_, Json::Object(_) | Json::List(_)) => {
                self.apart(old, new, path);
            }
            _ => self.leaves(old, new, path),
        }
    }

    /// Values that cannot be compared part by part.
    fn apart(&mut self, old: &Json, new: &Json, path: &mut Path) {
        self.only(Side::New, new, path);
        self.only(Side::Old, old, path);
    }

    fn leaves(&mut self, old: &Json, new: &Json, path: &Path) {
        // Most of them.
        if !self.tells_unchanged && old == new {
            return;
        }
        let numbers = matches!((old, new), (Json::Number(_), Json::Number(_)));
        let delta = numbers.then(|| difference(old.text()?, new.text()?)).flatten();
        let same = match (old, new) {
            (Json::Raw(old), Json::Raw(new)) => old == new,
            _ if old.text() == new.text() || delta.as_deref() == Some("0") => true,
            (Json::Text(old), Json::Text(new)) => gap::same_moment(old, new) || same_id(old, new),
            _ => false,
        };
        if same && !self.tells_unchanged {
            return;
        }
        if same {
            match self.changes.unchanged.len() < NAMED {
                true => self.changes.unchanged.push(Fact {
                    field: path.text(),
                    value: paths::leaf(new).unwrap_or_default(),
                }),
                false => self.changes.unchanged_left_out += 1,
            }
            return;
        }
        let field = path.text();
        let delta = delta.filter(|_| !is_identifier(&field));
        self.push(|| Change {
            field,
            gap: old
                .text()
                .zip(new.text())
                .and_then(|(old, new)| Gap::between(old, new)),
            old: paths::leaf(old),
            new: paths::leaf(new),
            delta,
            ..Change::default()
        });
    }

    fn push(&mut self, change: impl FnOnce() -> Change) {
        match self.changes.changed.len() < NAMED {
            true => self.changes.changed.push(change()),
            false => self.changes.changed_left_out += 1,
        }
    }

    /// A value that the other side lacks.
    fn only(&mut self, side: Side, json: &Json, path: &mut Path) {
        paths::leaves(json, path, &mut |path, value| {
            self.push(|| one_sided(side, path.text(), paths::leaf(value)));
        });
    }

    fn objects(&mut self, olds: &[Member<'_>], news: &[Member<'_>], path: &mut Path) {
        let alike = |((old, _), (new, _)): (&Member<'_>, &Member<'_>)| old.eq_ignore_ascii_case(new);
        // Both sides mostly have the same members in the same order.
        if olds.len() == news.len() && olds.iter().zip(news).all(alike) {
            for ((_, old), (name, new)) in olds.iter().zip(news).filter(|(_, (name, _))| !is_noise(name)) {
                path.member(name, |path| self.both(old, new, path));
            }
            return;
        }
        let mut before = by_name(olds);
        for (name, new) in news.iter().filter(|(name, _)| !is_noise(name)) {
            let old = before
                .get_mut(&name.to_ascii_lowercase())
                .and_then(|same| same.pop());
            path.member(name, |path| {
                self.both(old.map_or(&Json::Null, |(_, old)| old), new, path)
            });
        }
        let left: HashSet<*const Json> = before
            .into_values()
            .flatten()
            .map(|(_, old)| std::ptr::from_ref(old))
            .collect();
        for (name, old) in olds
            .iter()
            .filter(|(_, old)| left.contains(&std::ptr::from_ref(old)))
        {
            path.member(name, |path| self.only(Side::Old, old, path));
        }
    }

    fn lists(&mut self, olds: &[Json], news: &[Json], path: &mut Path) {
        if let Some(key) = KEYS
            .iter()
            .find(|key| identifies(key, olds) && identifies(key, news))
        {
            return self.matched(olds, news, path, |json| json.get(key).and_then(Json::words));
        }
        if unique(olds, Json::text) && unique(news, Json::text) {
            return self.values(olds, news, path);
        }
        for i in 0..olds.len().max(news.len()) {
            path.element(&i.to_string(), |path| match (olds.get(i), news.get(i)) {
                (Some(old), Some(new)) => self.both(old, new, path),
                (Some(old), None) => self.element(Side::Old, old, path),
                (None, Some(new)) => self.element(Side::New, new, path),
                (None, None) => {}
            });
        }
    }

    /// Lists whose elements have a key.
    fn matched(
        &mut self,
        olds: &[Json],
        news: &[Json],
        path: &mut Path,
        key: impl for<'j> Fn(&'j Json<'_>) -> Option<&'j str>,
    ) {
        let folded = |json: &Json<'_>| key(json).unwrap_or_default().to_ascii_lowercase();
        let mut before: HashMap<String, &Json> = olds.iter().map(|old| (folded(old), old)).collect();
        for new in news {
            let old = before.remove(&folded(new));
            path.element(key(new).unwrap_or_default(), |path| match old {
                Some(old) => self.both(old, new, path),
                None => self.element(Side::New, new, path),
            });
        }
        for old in olds.iter().filter(|old| before.contains_key(&folded(old))) {
            path.element(key(old).unwrap_or_default(), |path| {
                self.element(Side::Old, old, path)
            });
        }
    }

    /// Lists of plain values, none of them twice: what was added and what was removed.
    fn values(&mut self, olds: &[Json], news: &[Json], path: &mut Path) {
        let before: HashSet<_> = olds.iter().filter_map(Json::text).map(meaning).collect();
        let after: HashSet<_> = news.iter().filter_map(Json::text).map(meaning).collect();
        for new in news {
            match new.text().is_some_and(|text| before.contains(&meaning(text))) {
                true => self.leaves(new, new, path),
                false => self.only(Side::New, new, path),
            }
        }
        for old in olds
            .iter()
            .filter(|old| old.text().is_none_or(|text| !after.contains(&meaning(text))))
        {
            self.only(Side::Old, old, path);
        }
    }

    /// An element that the other side lacks: one change, told by its name where it has one.
    fn element(&mut self, side: Side, json: &Json, path: &mut Path) {
        if is_nothing(json) {
            return;
        }
        self.push(|| {
            let leaf = paths::leaf(json);
            let (parts, parts_left_out) = match leaf {
                Some(_) => (Vec::new(), 0),
                None => parts_of(json),
            };
            let value = leaf.or_else(|| name_of(json)).unwrap_or_else(|| summary(&parts));
            Change {
                parts,
                parts_left_out,
                ..one_sided(side, path.text(), Some(value))
            }
        });
    }
}

fn one_sided(side: Side, field: String, value: Option<String>) -> Change {
    let (old, new) = match side {
        Side::Old => (value, None),
        Side::New => (None, value),
    };
    Change {
        field,
        old,
        new,
        ..Change::default()
    }
}

/// The members by folded name; of several with one name, the first one last.
fn by_name<'m, 'j>(members: &'m [Member<'j>]) -> HashMap<String, Vec<(&'m str, &'m Json<'j>)>> {
    let mut all: HashMap<String, Vec<(&str, &Json<'j>)>> = HashMap::new();
    for (name, value) in members.iter().rev().filter(|(name, _)| !is_noise(name)) {
        all.entry(name.to_ascii_lowercase())
            .or_default()
            .push((name, value));
    }
    all
}

/// Whether that member tells the elements apart.
fn identifies(key: &str, list: &[Json]) -> bool {
    unique(list, |json| json.get(key).and_then(Json::words))
}

fn unique<'l, 'j>(list: &'l [Json<'j>], text: impl Fn(&'l Json<'j>) -> Option<&'l str>) -> bool {
    let mut seen = HashSet::new();
    list.iter()
        .all(|json| text(json).is_some_and(|text| seen.insert(text.to_ascii_lowercase())))
}

/// What an element is called: `25 × Office 365 E3`.
fn name_of(json: &Json) -> Option<String> {
    const NAMES: &[&str] = &[
        "FriendlyName",
        "OfferName",
        "DisplayName",
        "Name",
        "UserPrincipalName",
    ];
    let name = NAMES
        .iter()
        .find_map(|name| json.get(name).and_then(Json::words))?;
    let name = paths::cut(name, 300);
    Some(match json.get("Quantity").and_then(Json::words) {
        Some(quantity) => format!("{} × {name}", paths::cut(quantity, 30)),
        None => name,
    })
}

/// What an element holds, and how much there is beyond that.
fn parts_of(json: &Json) -> (Vec<Fact>, usize) {
    let (mut parts, mut left_out) = (Vec::new(), 0);
    paths::leaves(
        json,
        &mut Path::default(),
        &mut |path, value| match parts.len() < PARTS {
            true => parts.push(Fact {
                field: path.text(),
                value: paths::leaf(value).unwrap_or_default(),
            }),
            false => left_out += 1,
        },
    );
    (parts, left_out)
}

/// The first parts of an element that has no name.
fn summary(parts: &[Fact]) -> String {
    let first = parts.iter().take(6);
    let first: Vec<_> = first
        .map(|part| format!("{}: {}", part.field, part.value))
        .collect();
    paths::cut(&first.join(", "), 300)
}

/// Whether two texts are one GUID in different case.
fn same_id(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) && is_guid(one)
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// A text as the same in all notations of one GUID or moment.
fn meaning(text: &str) -> Cow<'_, str> {
    if is_guid(text) {
        return text.to_ascii_lowercase().into();
    }
    match gap::ticks(text) {
        Some(ticks) => format!("\u{1}{}", ticks.0).into(),
        None => text.into(),
    }
}

/// Whether a number is a name rather than an amount.
fn is_identifier(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["id", "number", "code", "version"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// The difference of two decimal numbers, exactly and with its sign; `None` for exponents and very long ones.
fn difference(old: &str, new: &str) -> Option<String> {
    const PLACES: usize = 9;
    let scaled = |text: &str| -> Option<i128> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if whole.len() > 24 || fraction.len() > PLACES || text.contains(['e', 'E']) {
            return None;
        }
        format!("{whole}{fraction:0<PLACES$}").parse().ok()
    };
    let difference = scaled(new)?.checked_sub(scaled(old)?)?;
    if difference == 0 {
        return Some("0".to_owned());
    }
    let digits = format!("{:0>width$}", difference.unsigned_abs(), width = PLACES + 1);
    let (whole, fraction) = digits.split_at(digits.len() - PLACES);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if difference < 0 { '-' } else { '+' };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

#[cfg(test)]
mod tests;
