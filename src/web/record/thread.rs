//! What belongs together with a record: the histories of the things that it speaks of, and what the same person and the
//! same customer had before and after.
//!
//! Says of each how it was recognized: exactly, by an id, or by a name. All is asked for at once, and what is not answered
//! soon is left out; the links stand without it.

use std::{iter::repeat, sync::Arc, time::Duration};

use futures_util::future::join_all;

use super::names::Names;
use crate::{
    audit::{
        AuditRecord, Cursor, Selection,
        cursor::Direction,
        entity::{self, Entity, EntityKind, Values},
        selection::FilterKey,
    },
    i18n::{Arg, grouped},
    store::{Count, Entry, Store},
    web::{PageContext, history},
    wording,
};

/// So many things of a kind are named.
const SUBSCRIPTIONS: usize = 5;
const OTHERS: usize = 3;
/// The things of a record that is larger than this, in bytes, are named without a count.
const LARGE: usize = 1 << 20;
/// Counted up to here.
const COUNTED: u64 = 100;
/// How long counting the records of a thing may take, and how long anything is waited for.
const BUDGET: Duration = Duration::from_millis(80);
const PATIENCE: Duration = Duration::from_millis(500);
/// So many records are looked at for the next one: a filter by name may let in others.
const AROUND: u32 = 8;
/// The longest name that is a filter, and the longest that is shown, in characters.
const FILTER: usize = 512;
const NAME: usize = 80;

/// What belongs together with a record, as finished text.
#[derive(Default)]
pub struct Thread {
    pub things: Vec<ThingView>,
    /// How many things are not named.
    pub more: Option<String>,
    pub neighbours: Vec<Neighbours>,
}

/// A thing and its history.
pub struct ThingView {
    id: String,
    /// `Subscription`
    pub kind: String,
    pub name: String,
    pub href: String,
    /// `12 activities`
    pub count: String,
}

/// Records of the same person or customer beside this one.
pub struct Neighbours {
    /// `Same person`
    pub label: String,
    pub name: String,
    /// Whether they were recognized by an id.
    pub is_exact: bool,
    pub before: Option<Neighbour>,
    pub after: Option<Neighbour>,
}

/// The address of a record, and what it is.
pub struct Neighbour {
    pub href: String,
    pub text: String,
}

/// The first things of each kind that a record speaks of, in the order of the kinds, and how many more there are.
#[derive(Default)]
pub struct Things {
    named: Vec<Named>,
    left_out: usize,
}

/// A thing that the record speaks of, and what it calls it.
struct Named {
    entity: Entity,
    name: Option<String>,
}

impl Thread {
    /// Of a record as it is read.
    pub async fn of(store: &dyn Store, ctx: &PageContext, entry: &Arc<Entry>, things: Things) -> Self {
        let Things { named, left_out } = things;
        // Each count would read the record once more.
        let counted = if entry.record.document.len() > LARGE {
            &[][..]
        } else {
            &named
        };
        let counts = join_all(counted.iter().map(|named| count(store, ctx, &named.entity)));
        let (counts, person, customer) =
            tokio::join!(counts, person(store, ctx, entry), customer(store, ctx, entry));
        Self {
            things: named
                .iter()
                .zip(counts.into_iter().chain(repeat(None)))
                .filter_map(|(named, count)| ThingView::of(named, count, ctx))
                .collect(),
            more: (left_out > 0).then(|| {
                let n = i64::try_from(left_out).unwrap_or(i64::MAX);
                let args = [("n", Arg::Number(n)), ("count", Arg::Text(&grouped(n)))];
                ctx.lang.t_with("thread-more", &args)
            }),
            neighbours: [person, customer].into_iter().flatten().collect(),
        }
    }

    /// Calls the things by their names that the record itself does not name.
    pub fn call(&mut self, names: &Names) {
        for thing in &mut self.things {
            if thing.name == thing.id
                && let Some(name) = names.get(&thing.id)
            {
                name.clone_into(&mut thing.name);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.things.is_empty() && self.neighbours.is_empty()
    }
}

impl Things {
    pub fn of(record: &AuditRecord, values: &Values<'_>) -> Self {
        let mut all = entity::entities_in(record, values);
        all.retain(|entity| !entity.also);
        let mut things = Self::default();
        for kind in EntityKind::ALL {
            let most = match kind {
                EntityKind::Subscription => SUBSCRIPTIONS,
                _ => OTHERS,
            };
            let of_kind: Vec<&Entity> = all.iter().filter(|entity| entity.kind == kind).collect();
            things.left_out += of_kind.len().saturating_sub(most);
            things
                .named
                .extend(of_kind.into_iter().take(most).map(|entity| Named {
                    name: entity::told_in(record, values, kind, &entity.id).name,
                    entity: entity.clone(),
                }));
        }
        things
    }
}

/// How many records speak of a thing; `None` where that is not known soon.
async fn count(store: &dyn Store, ctx: &PageContext, entity: &Entity) -> Option<Count> {
    let selection = history::selection(ctx, entity.kind, &entity.id);
    let overview = store.overview(&selection, &[], BUDGET);
    let overview = tokio::time::timeout(PATIENCE, overview).await.ok()?.ok()?;
    match overview.count {
        Count::Exactly(n) if n > COUNTED => Some(Count::MoreThan(COUNTED)),
        Count::MoreThan(n) if n < COUNTED => None,
        count => Some(count),
    }
}

impl ThingView {
    /// Nothing where only this record speaks of the thing.
    fn of(named: &Named, count: Option<Count>, ctx: &PageContext) -> Option<Self> {
        let count = match count {
            Some(Count::Exactly(0 | 1)) => return None,
            Some(Count::Exactly(n)) => counted(n, &grouped(i64::try_from(n).unwrap_or(i64::MAX)), ctx),
            Some(Count::MoreThan(n)) => {
                let n = n.min(COUNTED);
                let number = grouped(i64::try_from(n).unwrap_or(i64::MAX));
                let number = ctx.t1("more-than", "number", &number);
                counted(n + 1, &number, ctx)
            }
            None => ctx.t("thread-history"),
        };
        let Named { entity, name } = named;
        Some(Self {
            id: entity.id.to_string(),
            kind: ctx.t(match entity.kind {
                EntityKind::Operation => "thread-operation",
                EntityKind::Subscription => "thread-subscription",
                EntityKind::Order => "thread-order",
                EntityKind::User => "thread-user",
                EntityKind::Relationship => "thread-relationship",
            }),
            name: wording::one_line(name.as_deref().unwrap_or(&entity.id), NAME),
            href: history::address(entity.kind, &entity.id),
            count,
        })
    }
}

fn counted(n: u64, number: &str, ctx: &PageContext) -> String {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    ctx.lang.t_with(
        "thread-count",
        &[("n", Arg::Number(n)), ("count", Arg::Text(number))],
    )
}

async fn person(store: &dyn Store, ctx: &PageContext, entry: &Entry) -> Option<Neighbours> {
    let name = entry.record.user_principal_name.as_deref()?;
    let same = name.to_lowercase();
    let is_same = |other: &Entry| {
        let other = other.record.user_principal_name.as_deref();
        other.is_some_and(|other| other.to_lowercase() == same)
    };
    let (before, after) = around(store, ctx, entry, (FilterKey::User, name), is_same).await?;
    Some(Neighbours {
        label: ctx.t("thread-person"),
        name: wording::one_line(name, NAME),
        is_exact: false,
        before,
        after,
    })
}

async fn customer(store: &dyn Store, ctx: &PageContext, entry: &Entry) -> Option<Neighbours> {
    let id = entry.record.customer_id.as_deref()?;
    let is_same = |other: &Entry| {
        let other = other.record.customer_id.as_deref();
        other.is_some_and(|other| other.eq_ignore_ascii_case(id))
    };
    let (before, after) = around(store, ctx, entry, (FilterKey::Customer, id), is_same).await?;
    Some(Neighbours {
        label: ctx.t("thread-customer"),
        name: wording::one_line(entry.customer_name.as_deref().unwrap_or(id), NAME),
        is_exact: true,
        before,
        after,
    })
}

/// The records before and after one, in the order of the log, that a filter lets in and that really are the same; `None`
/// where there is neither.
async fn around(
    store: &dyn Store,
    ctx: &PageContext,
    entry: &Entry,
    (key, value): (FilterKey, &str),
    is_same: impl Fn(&Entry) -> bool,
) -> Option<(Option<Neighbour>, Option<Neighbour>)> {
    if value.trim().is_empty() || value.chars().nth(FILTER).is_some() {
        return None;
    }
    let today = ctx.dates().local_day(ctx.now);
    let selection = Selection::everything(ctx.zone, today).with(key, false, value);
    // Both begin with all records of the same date, this one among them.
    let side = async |direction| {
        let cursor = Cursor {
            direction,
            ticks: entry.ticks,
            record: 0,
        };
        let page = store.page(&selection, Some(&cursor), AROUND);
        let entries = tokio::time::timeout(PATIENCE, page).await.ok()?.ok()?.entries;
        let own = entries
            .iter()
            .position(|other| other.id == entry.id && other.account.id == entry.account.id)?;
        let found = match direction {
            Direction::Older => entries[own + 1..].iter().find(|other| is_same(other)),
            Direction::Newer => entries[..own].iter().rev().find(|other| is_same(other)),
        };
        found.map(|found| Neighbour::of(found, ctx))
    };
    let (before, after) = tokio::join!(side(Direction::Older), side(Direction::Newer));
    (before.is_some() || after.is_some()).then_some((before, after))
}

impl Neighbour {
    fn of(entry: &Entry, ctx: &PageContext) -> Self {
        let action = wording::action(&entry.record.operation_type, ctx.lang);
        let when = entry.ticks.to_utc().map(|at| ctx.dates().minute(at));
        let args = [
            ("action", Arg::Text(&action)),
            ("when", Arg::Text(when.as_deref().unwrap_or_default())),
        ];
        Self {
            href: format!("/activity/{}", entry.id),
            text: ctx.lang.t_with("thread-neighbour", &args),
        }
    }
}
