//! Names of actions, resources, statuses, areas, fields and applications.

use std::{collections::HashMap, sync::LazyLock};

use super::one_line;
use crate::{
    audit::{
        actor::Actor,
        vocabulary::{
            Area, KNOWN_OPERATIONS, KNOWN_RESOURCES, KNOWN_STATUSES, OperationStatus, OperationType,
            ResourceType,
        },
    },
    i18n::{Arg, Lang},
};

/// Partner Center's portal, as records name it.
const PORTAL: &str = "4990cffe-04e8-4e8b-808a-1175604b879f";

/// How long a name from outside may get in a line.
const NAME: usize = 80;

/// Labels of wire names in each language, in the order of [`Lang::ALL`]: a page asks for so many that it would look most
/// of its messages up for them.
pub(super) type Labels = LazyLock<[HashMap<&'static str, String>; 2]>;

pub(super) static ACTIONS: Labels =
    LazyLock::new(|| labels("action", KNOWN_OPERATIONS.iter().map(|(wire, _)| *wire)));
pub(super) static RESOURCES: Labels = LazyLock::new(|| labels("resource", KNOWN_RESOURCES.iter().copied()));
pub(super) static ACTORS: Labels = LazyLock::new(|| labels("actor", Actor::ALL.into_iter().map(Actor::name)));
/// Of well-known applications, by their ids.
pub(super) static APPLICATIONS: Labels = LazyLock::new(|| {
    Lang::ALL.map(|lang| {
        let known = KNOWN_APPLICATIONS.iter();
        known
            .filter_map(|id| Some((*id, application_name(id, lang)?)))
            .collect()
    })
});
pub(super) static STATUSES: Labels = LazyLock::new(|| labels("status", KNOWN_STATUSES.iter().copied()));

fn labels(
    kind: &str,
    wires: impl Iterator<Item = &'static str> + Clone,
) -> [HashMap<&'static str, String>; 2] {
    Lang::ALL.map(|lang| {
        let label = |wire| (wire, lang.t(&format!("{kind}-{wire}")));
        wires.clone().map(label).collect()
    })
}

fn known(labels: &Labels, wire: &str, lang: Lang) -> Option<String> {
    let place = Lang::ALL.iter().position(|other| *other == lang)?;
    labels[place].get(wire).cloned()
}

/// What was done, such as `Created an order`; of an unknown one its wire name in words and as it is.
pub fn action(operation: &OperationType, lang: Lang) -> String {
    known(&ACTIONS, &operation.0, lang).unwrap_or_else(|| unknown(&operation.0, "unknown-action", lang))
}

/// What it was done to.
pub fn resource(resource: &ResourceType, lang: Lang) -> String {
    known(&RESOURCES, &resource.0, lang).unwrap_or_else(|| unknown(&resource.0, "unknown-resource", lang))
}

/// How it ended.
pub fn status(status: &OperationStatus, lang: Lang) -> String {
    known(&STATUSES, &status.0, lang).unwrap_or_else(|| unknown(&status.0, "unknown-status", lang))
}

/// Who acted, of several: `People`, `Apps`, `Microsoft`.
pub fn actors(actor: Actor, lang: Lang) -> String {
    known(&ACTORS, actor.name(), lang).unwrap_or_default()
}

/// The heading under which actions are grouped.
pub fn area(area: Area, lang: Lang) -> String {
    lang.t(match area {
        Area::Customers => "area-customers",
        Area::Orders => "area-orders",
        Area::Users => "area-users",
        Area::DelegatedAdmin => "area-delegated-admin",
        Area::PartnerAccount => "area-partner-account",
        Area::Other => "area-other",
    })
}

/// `some_new_operation` is told as "Some new operation (`some_new_operation`)".
fn unknown(wire: &str, absent: &str, lang: Lang) -> String {
    let wire = one_line(wire, NAME);
    let words = wire.replace('_', " ");
    let mut words = words.trim().chars();
    match words.next() {
        Some(first) => format!("{}{} (`{wire}`)", first.to_uppercase(), words.as_str()),
        None => lang.t(absent),
    }
}

/// The label of a field: `Quantity`, and of a path `Line item 2, Quantity`. Parts that have no label keep
/// their own name, and so does a path of such parts only.
pub fn field(path: &str, lang: Lang) -> String {
    let mut labelled = false;
    let mut in_address = false;
    let parts: Vec<String> = path
        .split('.')
        .take(8)
        .map(|part| {
            // An account has a state, too, and it is no province.
            let label = match in_address && part.eq_ignore_ascii_case("state") {
                true => Some(lang.t("field-address-state")),
                false => part_label(part, lang),
            };
            in_address |= part.to_ascii_lowercase().contains("address");
            labelled |= label.is_some();
            label.unwrap_or_else(|| part.to_owned())
        })
        .collect();
    let separator = match lang {
        Lang::En => ", ",
        Lang::Ja => "、",
    };
    let text = if labelled {
        parts.join(separator)
    } else {
        path.to_owned()
    };
    one_line(&text, NAME * 2)
}

/// The label of one name of a path, with the element's key (`LineItems[2]`) or the pair's number (`Quantity-2`).
fn part_label(part: &str, lang: Lang) -> Option<String> {
    if let Some((name, key)) = part.strip_suffix(']').and_then(|part| part.split_once('[')) {
        if name.eq_ignore_ascii_case("LineItems") {
            return Some(lang.t_with("field-path-line", &[("number", Arg::Text(key))]));
        }
        let label = label(name, lang)?;
        return Some(lang.t_with(
            "field-path-element",
            &[("field", Arg::Text(&label)), ("element", Arg::Text(key))],
        ));
    }
    label(part, lang).or_else(|| {
        let (name, number) = part.rsplit_once('-')?;
        let label =
            label(name, lang).filter(|_| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))?;
        Some(lang.t_with(
            "field-path-numbered",
            &[("field", Arg::Text(&label)), ("number", Arg::Text(number))],
        ))
    })
}

fn label(name: &str, lang: Lang) -> Option<String> {
    // Only what can be the end of a key is looked up.
    let fits = !name.is_empty() && name.len() <= 60 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if !fits {
        return None;
    }
    lang.try_t(&format!("field-{}", name.to_ascii_lowercase()))
}

/// The applications that have a name in [`application_name`].
const KNOWN_APPLICATIONS: [&str; 5] = [
    "4990cffe-04e8-4e8b-808a-1175604b879f",
    "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd",
    "00000003-0000-0000-c000-000000000000",
    "1950a258-227b-4e31-a9cf-717495945fc2",
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
];

/// The name of a well-known application.
pub fn application_name(id: &str, lang: Lang) -> Option<String> {
    Some(match id.trim().to_ascii_lowercase().as_str() {
        PORTAL => lang.t("application-portal"),
        "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd" => lang.t("application-api"),
        "00000003-0000-0000-c000-000000000000" => "Microsoft Graph".to_owned(),
        "1950a258-227b-4e31-a9cf-717495945fc2" => "Microsoft Azure PowerShell".to_owned(),
        "04b07795-8ddb-461a-bbee-02f9e1bf7b46" => "Microsoft Azure CLI".to_owned(),
        _ => return None,
    })
}

/// Whether an application is Partner Center's own portal, through which people ordinarily act.
pub fn is_portal(id: &str) -> bool {
    let id = id.trim();
    id.eq_ignore_ascii_case(PORTAL) || id.eq_ignore_ascii_case("Partner Center Native App")
}

/// An application: its name with the id where it is well known, else as the record has it.
pub fn application(id: &str, lang: Lang) -> String {
    let id_text = one_line(id, NAME);
    match application_name(id, lang) {
        Some(name) => format!("{name} ({id_text})"),
        None => id_text,
    }
}
