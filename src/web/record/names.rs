//! Names of the ids on a record's page, as the archive says them: beside the record's own ids, and in other records.
//!
//! Looked up when the page is made, so that a name is always that of the newest record that has one.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;

use crate::{
    audit::{
        AuditRecord, Selection,
        explain::{Change, Deed, Explanation, Fact, Thing},
        known_ids, naming,
    },
    store::Store,
    web::PageContext,
    wording,
};

/// So many ids of a record are looked up.
const IDS: usize = 24;
/// So many of the newest records with an id are asked for its name.
const RECORDS: u32 = 5;
/// How long all of it may take; what is not known by then stays an id.
const PATIENCE: Duration = Duration::from_millis(300);
/// The longest name that is shown, in characters.
const NAME: usize = 120;

/// What ids are called, by the id in lower case.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// The names of the ids that an explanation shows.
    pub async fn of(
        store: &dyn Store,
        ctx: &PageContext,
        record: &AuditRecord,
        explained: &Explanation,
    ) -> Self {
        let ids = ids(explained);
        let looked_up = join_all(ids.iter().map(|id| look_up(store, ctx, record, id)));
        let Ok(names) = tokio::time::timeout(PATIENCE, looked_up).await else {
            return Self::default();
        };
        let named = ids.into_iter().zip(names);
        Self(named.filter_map(|(id, name)| Some((id, name?))).collect())
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

/// By the record itself, else as a customer, else by the newest records that have the id.
async fn look_up(store: &dyn Store, ctx: &PageContext, record: &AuditRecord, id: &str) -> Option<String> {
    let shown = |name: String| Some(wording::one_line(&name, NAME)).filter(|name| !name.is_empty());
    if let Some(name) = naming::name_of(record, id) {
        return shown(name);
    }
    if let Ok(Some(customer)) = store.customer(id).await
        && let Some(name) = customer.name
    {
        return shown(name);
    }
    let today = ctx.dates().local_day(ctx.now);
    let selection = Selection::everything(ctx.zone, today).searching(&format!("\"{id}\""));
    let page = store.page(&selection, None, RECORDS).await.ok()?;
    let entries = page.entries;
    // Reading large documents takes its time, in which other requests go on.
    let id = id.to_owned();
    let find = move || {
        entries
            .iter()
            .find_map(|entry| naming::name_of(&entry.record, &id))
    };
    tokio::task::spawn_blocking(find).await.ok()?.and_then(shown)
}
