//! Licences given to and taken from a user.

use super::{
    Explanation, Licence, Licences, Phrase,
    material::{Material, short_id},
    skus,
};
use crate::audit::{json::Json, paths};

/// How many licences a side, and how many warnings, are named; the rest is counted.
const NAMED: usize = 200;

const USER_NAMES: &[&str] = &[
    "UserPrincipalName",
    "CustomerUserPrincipalName",
    "CustomerUserUpn",
];
const USER_IDS: &[&str] = &["CustomerUserId", "UserId"];

pub(super) fn parts(material: &mut Material<'_>, out: &mut Explanation) {
    let mut all = Licences::default();
    if let Some(value) = material.value() {
        let list = |name: &str| value.get(name).map_or(&[][..], Json::list);
        for json in list("LicensesToAssign") {
            all.left_out += keep(&mut all.added, licence(json));
        }
        for json in list("LicensesToRemove") {
            all.left_out += keep(&mut all.removed, licence(json));
        }
        for json in list("LicenseWarnings") {
            all.left_out += keep(&mut all.warnings, warning(json));
        }
    }
    let given = ["AddedLicenseSkuId", "AddedLicenseSkuIds"];
    let taken = ["RemovedLicenseSkuId", "RemovedLicenseSkuIds"];
    for (keys, side) in [(given, &mut all.added), (taken, &mut all.removed)] {
        for key in keys {
            let Some(ids) = material.datum(&[key]) else {
                continue;
            };
            let ids: Vec<&str> = ids
                .split([',', ';', ' ', '|'])
                .filter(|id| !id.is_empty())
                .collect();
            if side.is_empty() {
                side.extend(ids.iter().take(NAMED).map(|id| named(id)));
                all.left_out += ids.len().saturating_sub(NAMED);
            }
            // Ids that the value does not have stay with the other data.
            if ids
                .iter()
                .all(|id| side.iter().any(|licence| licence.sku_id.eq_ignore_ascii_case(id)))
            {
                material.tell(key);
            }
        }
    }
    for keys in [USER_NAMES, USER_IDS] {
        if let Some(key) = keys.iter().find(|key| material.datum(&[key]).is_some())
            && all.user.is_none()
        {
            all.user = material.datum(&[key]).map(ToOwned::to_owned);
            material.tell(key);
        }
    }
    material.shown = &["LicensesToAssign", "LicensesToRemove", "LicenseWarnings"];
    out.licences = Some(all);
}

/// Adds what there is; the number of what no longer fits.
fn keep<T>(all: &mut Vec<T>, one: Option<T>) -> usize {
    match one {
        Some(one) if all.len() < NAMED => all.push(one),
        Some(_) => return 1,
        None => {}
    }
    0
}

fn named(sku_id: &str) -> Licence {
    let sku_id = paths::cut(sku_id.trim(), 100);
    Licence {
        product: skus::product(&sku_id),
        sku_id,
        excluded_plans: Vec::new(),
    }
}

/// `{"SkuId": …, "ExcludedPlans": […]}`, or the bare id of a licence to remove.
fn licence(json: &Json) -> Option<Licence> {
    let id = json.words().or_else(|| json.get("SkuId").and_then(Json::words))?;
    let plans = json.get("ExcludedPlans").map_or(&[][..], Json::list);
    let plans = plans
        .iter()
        .filter_map(Json::words)
        .take(NAMED)
        .map(|plan| paths::cut(plan, 100));
    Some(Licence {
        excluded_plans: plans.collect(),
        ..named(id)
    })
}

/// A warning's own words where it has some.
fn warning(json: &Json) -> Option<String> {
    if paths::is_nothing(json) {
        return None;
    }
    let words = json.words().or_else(|| {
        ["Message", "Description", "Code"]
            .iter()
            .find_map(|name| json.get(name)?.words())
    });
    Some(words.map_or_else(
        || paths::cut(&json.to_string(), 500),
        |words| paths::cut(words, 500),
    ))
}

pub(super) fn gist(out: &Explanation) -> Vec<Phrase> {
    let Some(all) = &out.licences else {
        return Vec::new();
    };
    let names = |side: &[Licence]| -> Vec<String> {
        side.iter()
            .map(|one| {
                one.product
                    .map_or_else(|| short_id(&one.sku_id), ToOwned::to_owned)
            })
            .collect()
    };
    let mut phrases = Vec::new();
    if !all.added.is_empty() {
        phrases.push(Phrase::LicencesAdded(names(&all.added)));
    }
    if !all.removed.is_empty() {
        phrases.push(Phrase::LicencesRemoved(names(&all.removed)));
    }
    phrases.extend(all.user.as_deref().map(|user| Phrase::ForUser(short_id(user))));
    phrases
}
