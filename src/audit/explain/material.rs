//! A record made ready to be explained: its values read and its secrets masked.

use std::borrow::Cow;

use super::{Secrets, Side, Unreadable};
use crate::audit::{
    AuditRecord,
    json::Json,
    paths,
    secrets::{self, MASK},
};

/// The longest text of an unreadable value, in characters.
const UNREADABLE: usize = 50_000;
/// The longest value of a pair, in characters.
const VALUE: usize = 2_000;
/// How many pairs of `customizedData` are looked at.
const DATA: usize = 1_000;

pub(super) struct Material<'a> {
    pub record: &'a AuditRecord,
    pub old: Option<Json<'a>>,
    pub new: Option<Json<'a>>,
    pub data: Vec<Datum<'a>>,
    /// Pairs of `customizedData` beyond those.
    pub data_left_out: usize,
    pub unreadable: Vec<Unreadable>,
    /// Members of the value that a part of its own shows.
    pub shown: Vec<&'static str>,
    pub secrets: Secrets,
}

/// A pair of `customizedData`.
pub(super) struct Datum<'a> {
    pub key: Cow<'a, str>,
    pub value: Option<Cow<'a, str>>,
    /// Whether another part of the explanation shows it.
    pub told: bool,
}

impl<'a> Material<'a> {
    pub fn read(record: &'a AuditRecord, secrets: Secrets) -> Self {
        let (old, new) = (
            record.resource_old_value.as_deref(),
            record.resource_new_value.as_deref(),
        );
        // What the document has nowhere, none of its parts has.
        let secrets = match secrets::may_hold_secrets(&record.document) {
            true => secrets,
            false => Secrets::Shown,
        };
        let sides = match secrets {
            Secrets::Masked => secrets::mask_sides(old, new),
            Secrets::Shown => (old.map(Cow::Borrowed), new.map(Cow::Borrowed)),
        };
        let mut unreadable = Vec::new();
        let mut read = |side: Side, text: Option<Cow<'a, str>>| {
            let text = text?;
            let json = Json::of_text(text.clone());
            let text = text.trim_start_matches('\u{feff}').trim();
            if json.is_none() && !text.is_empty() {
                unreadable.push(Unreadable {
                    side,
                    text: paths::cut(text, UNREADABLE),
                    left_out: text.chars().count().saturating_sub(UNREADABLE),
                });
            }
            json.filter(|json| *json != Json::Null)
        };
        let (old, new) = (read(Side::Old, sides.0), read(Side::New, sides.1));
        let pairs = &record.customized_data;
        Self {
            record,
            old,
            new,
            data: pairs
                .iter()
                .take(DATA)
                .map(|(key, value)| datum(key, value.as_deref(), secrets))
                .collect(),
            data_left_out: pairs.len().saturating_sub(DATA),
            unreadable,
            shown: Vec::new(),
            secrets,
        }
    }

    /// The thing as it is after the action, or else as it was before.
    pub fn value(&self) -> Option<&Json<'a>> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// The first of these that says something, in the value (`CompanyProfile.Domain` is a path) or else in
    /// `customizedData`.
    pub fn field(&self, names: &[&str]) -> Option<String> {
        let inside = |path: &&str| {
            let value = path
                .split('.')
                .try_fold(self.value()?, |json, name| json.get(name))?;
            value.words().map(|text| paths::cut(text, 500))
        };
        names
            .iter()
            .find_map(inside)
            .or_else(|| self.datum(names).map(ToOwned::to_owned))
    }

    /// The first of these keys of `customizedData` that has a value.
    pub fn datum(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| {
            let all = self
                .data
                .iter()
                .filter(|datum| datum.key.eq_ignore_ascii_case(key));
            all.filter_map(|datum| datum.value.as_deref())
                .find(|value| !value.trim().is_empty())
        })
    }

    /// Notes that the pairs of this key are shown elsewhere that say this, or nothing.
    pub fn tell(&mut self, key: &str, said: &str) {
        let of_key = |datum: &&mut Datum| datum.key.eq_ignore_ascii_case(key);
        for datum in self.data.iter_mut().filter(of_key) {
            let value = datum.value.as_deref().unwrap_or_default();
            datum.told |= value.trim().is_empty() || same(value, said);
        }
    }

    /// Notes which pairs of this key are shown elsewhere.
    pub fn tell_all(&mut self, key: &str, is_shown: impl Fn(&str) -> bool) {
        let of_key = |datum: &&mut Datum| datum.key.eq_ignore_ascii_case(key);
        for datum in self.data.iter_mut().filter(of_key) {
            datum.told |= is_shown(datum.value.as_deref().unwrap_or_default());
        }
    }
}

impl Datum<'_> {
    pub fn owned(&self) -> (String, Option<String>) {
        (self.key.to_string(), self.value.as_deref().map(ToOwned::to_owned))
    }
}

fn datum<'a>(key: &'a str, value: Option<&'a str>, secrets: Secrets) -> Datum<'a> {
    Datum {
        key: paths::shortened(key, 200),
        value: value.map(|value| masked(key, value, secrets)),
        told: false,
    }
}

/// The value of that name without its secrets, cut when it is very long.
pub(super) fn masked<'a>(name: &str, value: &'a str, secrets: Secrets) -> Cow<'a, str> {
    if secrets == Secrets::Shown {
        return paths::shortened(value, VALUE);
    }
    let truth = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
    if secrets::is_secret_field(name) && !value.is_empty() && !truth {
        return Cow::Borrowed(MASK);
    }
    match value.trim_start().starts_with(['{', '[', '"']) {
        true => match secrets::mask_document(value) {
            Cow::Borrowed(value) => paths::shortened(value, VALUE),
            Cow::Owned(value) => Cow::Owned(paths::cut(&value, VALUE)),
        },
        false => paths::shortened(value, VALUE),
    }
}

/// Whether two notations mean the same: in any case, `25` and `25.0`.
pub(super) fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    let numbers = || {
        one.parse::<f64>()
            .ok()
            .zip(other.parse::<f64>().ok())
            .is_some_and(|(a, b)| a == b)
    };
    one.eq_ignore_ascii_case(other) || (one.len() < 16 && other.len() < 16 && numbers())
}

/// An id as it is told on the phone: the start of a GUID, other ids whole.
pub(super) fn short_id(id: &str) -> String {
    match uuid::Uuid::try_parse(id) {
        Ok(_) if id.len() == 36 => format!("{}…", &id[..8]),
        _ => id.to_owned(),
    }
}
