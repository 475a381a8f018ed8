//! Licences given to and taken from a user.

use super::{
    Deed, Explanation, Fact, Licence, Licences, Phrase, Thing,
    material::{Material, short_id},
};
use crate::audit::{
    json::Json,
    known_ids,
    paths::{self, Path},
};

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
        for (name, side) in [
            ("LicensesToAssign", &mut all.added),
            ("LicensesToRemove", &mut all.removed),
        ] {
            for (at, json) in list(name).iter().enumerate() {
                let known = licence(json);
                let told = if known.is_some() { LICENCE } else { &[] };
                all.left_out +=
                    keep(side, known) + rest(json, told, &format!("{name}[{at}]"), &mut all.others);
            }
        }
        for (at, json) in list("LicenseWarnings").iter().enumerate() {
            let (words, told) = warning(json);
            let path = format!("LicenseWarnings[{at}]");
            all.left_out += keep(&mut all.warnings, words) + rest(json, &told, &path, &mut all.others);
        }
    }
    let given = ["AddedLicenseSkuId", "AddedLicenseSkuIds"];
    let taken = ["RemovedLicenseSkuId", "RemovedLicenseSkuIds"];
    for (keys, side) in [(given, &mut all.added), (taken, &mut all.removed)] {
        for key in keys {
            if let Some(ids) = material.datum(&[key])
                && side.is_empty()
            {
                let ids: Vec<&str> = ids_in(ids).collect();
                side.extend(ids.iter().take(NAMED).map(|id| named(id)));
                all.left_out += ids.len().saturating_sub(NAMED);
            }
            // Ids that the value does not have stay with the other data.
            let has = |id: &str| side.iter().any(|licence| licence.sku_id.eq_ignore_ascii_case(id));
            material.tell_all(key, |ids| ids_in(ids).all(has));
        }
    }
    for keys in [USER_NAMES, USER_IDS] {
        if let Some(key) = keys.iter().find(|key| material.datum(&[key]).is_some())
            && all.user.is_none()
        {
            let user = material.datum(&[key]).map(ToOwned::to_owned);
            material.tell(key, user.as_deref().unwrap_or_default());
            all.user = user;
        }
    }
    let is_list = |name: &&str| {
        material
            .value()
            .and_then(|value| value.get(name))
            .is_some_and(|json| matches!(json, Json::List(_)))
    };
    material.shown = ["LicensesToAssign", "LicensesToRemove", "LicenseWarnings"]
        .iter()
        .filter(|name| is_list(name))
        .copied()
        .collect();
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
        product: known_ids::product(&sku_id),
        sku_id,
        excluded_plans: Vec::new(),
    }
}

/// The members of a licence that are told.
const LICENCE: &[&str] = &["SkuId", "ExcludedPlans"];

/// The ids in a pair of `customizedData`.
fn ids_in(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '|']).filter(|id| !id.is_empty())
}

/// `{"SkuId": …, "ExcludedPlans": […]}`, or the bare id of a licence to remove; `None` for what is nothing of that kind.
fn licence(json: &Json) -> Option<Licence> {
    if let Some(id) = json.words() {
        return Some(named(id));
    }
    let id = json.get("SkuId")?.words()?;
    let plans = match json.get("ExcludedPlans") {
        None => &[][..],
        Some(plans) if plans.list().iter().all(|plan| plan.words().is_some()) => plans.list(),
        Some(_) => return None,
    };
    let plans = plans.iter().filter_map(Json::words);
    Some(Licence {
        excluded_plans: plans.take(NAMED).map(|plan| paths::cut(plan, 100)).collect(),
        ..named(id)
    })
}

/// A warning's own words where it has some, and which members those are.
fn warning(json: &Json) -> (Option<String>, Vec<&'static str>) {
    if let Some(words) = json.words() {
        return (Some(paths::cut(words, 500)), Vec::new());
    }
    let found = ["Message", "Description", "Code"]
        .into_iter()
        .find_map(|name| Some((json.get(name)?.words()?, name)));
    match found {
        Some((words, name)) => (Some(paths::cut(words, 500)), vec![name]),
        None => (None, Vec::new()),
    }
}

/// Adds what else a part says; the number of what no longer fits.
fn rest(json: &Json, told: &[&str], path: &str, others: &mut Vec<Fact>) -> usize {
    let mut left_out = 0;
    let mut each = |path: &Path, value: &Json| match others.len() < NAMED {
        true => others.push(Fact {
            field: path.text(),
            value: paths::leaf(value).unwrap_or_default(),
        }),
        false => left_out += 1,
    };
    let mut root = Path::new(path);
    match json {
        Json::Object(all) => {
            let mut told: Vec<&str> = told.to_vec();
            for (name, value) in all.iter().filter(|(name, _)| !paths::is_noise(name)) {
                // Of several members of one name the first is told.
                match told.iter().position(|known| known.eq_ignore_ascii_case(name)) {
                    Some(at) => _ = told.swap_remove(at),
                    None => root.member(name, |path| paths::leaves(value, path, &mut each)),
                }
            }
        }
        _ if json.words().is_some() => {}
        _ => paths::leaves(json, &mut root, &mut each),
    }
    left_out
}

pub(super) fn gist(out: &Explanation) -> Vec<Phrase> {
    let Some(all) = &out.licences else {
        return Vec::new();
    };
    let mut phrases = Vec::new();
    if !all.added.is_empty() {
        phrases.push(Phrase::LicencesAdded(called(&all.added)));
    }
    if !all.removed.is_empty() {
        phrases.push(Phrase::LicencesRemoved(called(&all.removed)));
    }
    phrases.extend(all.user.as_deref().map(|user| Phrase::ForUser(short_id(user))));
    phrases
}

/// Licences given, taken, or both.
pub(super) fn deed(verb: &'static str, out: &Explanation) -> Option<Deed> {
    let all = out.licences.as_ref()?;
    let names = |side: &[Licence]| (!side.is_empty()).then(|| Thing::Licences(called(side)));
    let user = || Thing::called("user", all.user.clone());
    let (added, removed) = (names(&all.added), names(&all.removed));
    let verb = match (verb, added.is_some(), removed.is_some()) {
        ("update_customer_user_licenses", true, true) => "swap_licences",
        ("update_customer_user_licenses", true, false) => "assign_licences",
        ("update_customer_user_licenses", false, true) => "remove_licences",
        _ => return None,
    };
    Some(Deed {
        verb: Some(verb),
        object: added.clone().or_else(|| removed.clone()),
        other: added.and(removed),
        target: Some(user()),
        ..Deed::default()
    })
}

/// What licences are called: by their product, else by the start of their id.
fn called(side: &[Licence]) -> Vec<String> {
    let name = |one: &Licence| {
        one.product
            .map_or_else(|| short_id(&one.sku_id), ToOwned::to_owned)
    };
    side.iter().map(name).collect()
}
