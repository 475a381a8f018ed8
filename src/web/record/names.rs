//! Names of the ids on a record's page, as the archive says them: beside the record's own ids, and in other records.
//!
//! Looked up when the page is made, so that a name is always that of the newest record that has one.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};

use crate::{
    audit::{
        AuditRecord, Selection,
        entity::Values,
        explain::{Change, Deed, Explanation, Fact, Thing},
        known_ids, naming,
    },
    store::{Entry, Store},
    web::{PageContext, page},
    wording,
};

/// So many ids of a record are looked up.
const IDS: usize = 24;
/// So many of the newest records with an id are asked for its name.
const RECORDS: u32 = 5;
/// So many are looked up at once: readers of other pages want their turn.
const AT_ONCE: usize = 3;
/// How long each may take; what is not known by then stays an id.
const PATIENCE: Duration = Duration::from_millis(100);
/// The longest name that is shown, in characters.
const NAME: usize = 120;

/// The ids that a record's page shows, and what the record itself calls each.
pub struct Asked(Vec<(String, Option<String>)>);

impl Asked {
    pub fn of(record: &AuditRecord, values: &Values<'_>, explained: &Explanation) -> Self {
        let ids = ids(explained);
        let own = naming::names_in(record, values, &ids);
        Self(ids.into_iter().zip(own).collect())
    }
}

/// What ids are called, by the id in lower case.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// The names of what is asked for: as the record itself says them, else as other records do.
    pub async fn of(store: &dyn Store, ctx: &PageContext, asked: Asked) -> Self {
        let looked_up = asked.0.into_iter().map(async |(id, own)| {
            let name = match own {
                Some(name) => Some(name),
                // What takes too long stays an id.
                None => tokio::time::timeout(PATIENCE, look_up(store, ctx, &id))
                    .await
                    .ok()
                    .flatten(),
            };
            Some((id, wording::one_line(&name?, NAME))).filter(|(_, name)| !name.is_empty())
        });
        let named: Vec<_> = stream::iter(looked_up).buffer_unordered(AT_ONCE).collect().await;
        Self(named.into_iter().flatten().collect())
    }

    /// What an id is called.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.0.get(&id.to_ascii_lowercase()).map(String::as_str)
    }

    /// A text with its name before it where it is an id that has one.
    pub fn beside(&self, text: String) -> String {
        match self.get(&text) {
            Some(name) => format!("{name} ({text})"),
            None => text,
        }
    }

    /// Calls the things of a sentence by their names.
    pub fn put_into(&self, deed: &mut Deed) {
        let things = [&mut deed.object, &mut deed.other, &mut deed.target];
        for thing in things.into_iter().flatten() {
            if let Thing::Named {
                noun,
                name,
                id: Some(id),
            } = thing
                && let Some(known) = self.get(id)
            {
                *name = Some(known.to_owned());
                if *noun == "subscription_id" {
                    *noun = "subscription";
                }
            }
        }
    }
}

/// The ids that an explanation shows, each once, in lower case.
fn ids(explained: &Explanation) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        if all.len() < IDS && naming::may_have_name(text) && known_ids::name(text).is_none() {
            let id = text.to_ascii_lowercase();
            if !all.contains(&id) {
                all.push(id);
            }
        }
    };
    let facts = |facts: &[Fact], add: &mut dyn FnMut(&str)| facts.iter().for_each(|fact| add(&fact.value));
    let deed = &explained.deed;
    for thing in [&deed.object, &deed.other, &deed.target].into_iter().flatten() {
        if let Thing::Named { id: Some(id), .. } = thing {
            add(id);
        }
    }
    if let Some(licences) = &explained.licences {
        licences.user.iter().for_each(|user| add(user));
    }
    let sides = |change: &Change, add: &mut dyn FnMut(&str)| {
        change.old.iter().chain(&change.new).for_each(|side| add(side));
    };
    for change in &explained.changes.changed {
        sides(change, &mut add);
        facts(&change.parts, &mut add);
    }
    facts(&explained.facts, &mut add);
    for (_, value) in &explained.other_data {
        value.iter().for_each(|value| add(value));
    }
    facts(&explained.changes.unchanged, &mut add);
    all
}

/// As a customer, else by the newest records that have the id; what failed counts where nothing else says a name.
async fn look_up(store: &dyn Store, ctx: &PageContext, id: &str) -> Option<String> {
    if let Ok(Some(customer)) = store.customer(id).await
        && customer.name.is_some()
    {
        return customer.name;
    }
    let today = ctx.dates().local_day(ctx.now);
    let selection = Selection::everything(ctx.zone, today).searching(&format!("\"{id}\""));
    let entries = store.page(&selection, None, RECORDS).await.ok()?.entries;
    let ids = [id.to_owned()];
    page::in_turn(move || {
        let passed = |entry: &&Arc<Entry>| entry.record.operation_status.came_to_pass();
        let (passed, others): (Vec<_>, Vec<_>) = entries.iter().partition(passed);
        passed
            .into_iter()
            .chain(others)
            .find_map(|entry| naming::names_of(&entry.record, &ids).pop().flatten())
    })
    .await
}
