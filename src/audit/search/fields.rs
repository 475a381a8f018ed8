//! What can be asked about a record beyond its texts: quantities, and the names of what an action changed.

use super::values::{self, Visitor};
use crate::audit::{AuditRecord, diff::diff, json::Json, paths, secrets};

/// How many changed members are named.
const CHANGED: usize = 24;
/// The longest name, in characters.
const NAME: usize = 64;

/// All quantities of a record: of its thing and of every line item, old and new.
pub(super) fn quantities(record: &AuditRecord) -> Vec<i64> {
    let mut found = Quantities::default();
    values::walk(record, &mut found);
    found.all
}

/// The token of a quantity: the power of two below it, so that a range is few tokens. Begins with a character that no
/// text becomes part of a token with.
pub(super) fn bucket(quantity: i64) -> String {
    match quantity {
        ..0 => String::from("\u{e000}qm"),
        0 => String::from("\u{e000}qz"),
        _ => format!("\u{e000}q{}", quantity.ilog2()),
    }
}

/// The tokens that the quantities of a range may have; both ends belong to it.
pub(super) fn buckets(least: Option<i64>, most: Option<i64>) -> Vec<String> {
    let (least, most) = (least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX));
    let mut all = Vec::new();
    if least > most {
        return all;
    }
    if least < 0 {
        all.push(bucket(-1));
    }
    if least <= 0 && most >= 0 {
        all.push(bucket(0));
    }
    if most > 0 {
        all.extend((least.max(1).ilog2()..=most.ilog2()).map(|power| bucket(1 << power)));
    }
    all
}

/// Gathers quantities on a walk: members named so, and the pairs of `customizedData` whose key is (`Quantity-0`).
#[derive(Default)]
pub(super) struct Quantities {
    pub(super) all: Vec<i64>,
    levels: Vec<Level>,
}

#[derive(Default)]
struct Level {
    member: Member,
    /// Whether its member `key` names a quantity.
    named: bool,
    value: Option<i64>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Member {
    #[default]
    Other,
    Quantity,
    Key,
    Value,
}

impl Visitor for Quantities {
    fn open(&mut self) {
        self.levels.push(Level::default());
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop()
            && level.named
        {
            self.all.extend(level.value);
        }
    }

    fn member(&mut self, name: &str) {
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        level.member = match name.len() {
            3 if name.eq_ignore_ascii_case("key") => Member::Key,
            5 if name.eq_ignore_ascii_case("value") => Member::Value,
            8.. if is_quantity(name) => Member::Quantity,
            _ => Member::Other,
        };
    }

    fn value(&mut self, text: &str) -> bool {
        if let Some(level) = self.levels.last_mut() {
            match level.member {
                Member::Quantity => self.all.extend(number(text)),
                Member::Key => level.named = is_quantity(text),
                Member::Value => level.value = number(text),
                Member::Other => {}
            }
        }
        true
    }
}

/// `Quantity`, `quantity`, `Quantity-0`, `NewQuantity`.
fn is_quantity(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    name.len()
        .checked_sub("quantity".len())
        .and_then(|start| name.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case("quantity"))
}

fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number: f64 = text.parse().ok()?;
    (number.abs() < 9e15).then_some(number.floor() as i64)
}

/// The names of the members that an action changed, such as `Quantity`, as written: sorted, each once in whatever case,
/// at most 24. Nothing where the old value was not recorded.
pub fn changed_fields(record: &AuditRecord) -> Vec<String> {
    let (Some(old), Some(new)) = (&record.resource_old_value, &record.resource_new_value) else {
        return Vec::new();
    };
    if old == new || old.trim().is_empty() || new.trim().is_empty() {
        return Vec::new();
    }
    let (Some(old), Some(new)) = secrets::mask_sides(Some(old), Some(new)) else {
        return Vec::new();
    };
    let (Some(old), Some(new)) = (parsed(&old), parsed(&new)) else {
        return Vec::new();
    };
    let mut names: Vec<(String, String)> = Vec::new();
    for change in diff(Some(&old), Some(&new)).changed {
        let name = last_name(&change.field);
        let folded = name.to_lowercase();
        if !name.is_empty() && names.iter().all(|(known, _)| *known != folded) {
            names.push((folded, name.chars().take(NAME).collect()));
        }
    }
    names.sort();
    names.dedup_by(|one, other| one.1 == other.1);
    names.truncate(CHANGED);
    names.into_iter().map(|(_, name)| name).collect()
}

fn parsed(text: &str) -> Option<Json<'_>> {
    Json::of_value(text).filter(|json| !matches!(json, Json::Text(_)) && !paths::is_nothing(json))
}

/// `Quantity` of `LineItems[2].Quantity`, `Licenses` of `Licenses[a.b]`.
fn last_name(path: &str) -> &str {
    let mut path = path;
    while path.ends_with(']')
        && let Some(start) = path.rfind('[')
    {
        path = &path[..start];
    }
    path.rsplit('.').next().unwrap_or_default()
}
