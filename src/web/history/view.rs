//! The history of a thing as finished text.

use std::sync::Arc;

use askama::Template;

use super::{
    Found, Thing, address,
    seats::{self, Chart},
};
use crate::{
    audit::{
        Cursor, Selection, Ticks,
        cursor::Direction,
        entity::{self, EntityKind},
        explain::{self, Explanation, LineItem, Phrase},
        search::Search,
    },
    i18n::{Arg, Lang},
    store::{Count, Entry},
    web::{
        PageContext,
        activity::{
            rows::{Actor, OutcomeCell, When, customer_href, subscriptions_href},
            summary::number,
        },
        coverage::Line,
    },
    wording,
};

/// So many changes of a record stand in the open; its own page has all.
const CHANGES: usize = 4;
/// Of a longer name only so many characters are shown.
const NAME: usize = 120;
/// So many other names of an order are named.
const OTHER_NAMES: usize = 3;

#[derive(Template)]
#[template(path = "history/page.html")]
pub struct HistoryPage<'a> {
    ctx: &'a PageContext,
    /// `Subscription history`
    title: String,
    /// What the newest record that names the thing calls it.
    name: Option<String>,
    /// What kind of id it is.
    id_label: String,
    id: String,
    /// Other numbers of the same order, and their histories.
    also: Vec<(String, String)>,
    customer: Option<Customer>,
    first: Option<String>,
    last: Option<String>,
    /// How many seats there are now, as far as is known.
    seats: Option<String>,
    chart: Option<Chart>,
    /// Whether it goes on to the newest record.
    chart_is_whole: bool,
    summary: String,
    zone_label: String,
    entries: Vec<EntryView>,
    /// All of it in the log.
    log: String,
    /// How far a search came before it was broken off, and the link to what follows.
    searched: Option<(String, String)>,
    older: Option<String>,
    newer: Option<String>,
    position: String,
    line: Line,
}

struct Customer {
    name: String,
    href: Option<String>,
    /// Its Subscriptions page, of a subscription.
    subscriptions: Option<String>,
}

/// One record.
struct EntryView {
    id: String,
    when: When,
    action: String,
    outcome: Option<OutcomeCell>,
    essentials: String,
    changes: Vec<String>,
    actor: Actor,
}

impl<'a> HistoryPage<'a> {
    pub fn new(ctx: &'a PageContext, thing: &Thing, selection: &Selection, found: Found, line: Line) -> Self {
        let (lang, dates) = (ctx.lang, ctx.dates());
        let moment = |ticks: Ticks| ticks.to_utc().map(|at| dates.minute(at));
        let here = address(thing.kind, &thing.id);
        let at = |cursor: Cursor| format!("{here}?after={}", cursor.encode());
        let newest = &found.newest.entries;
        let oldest_shown = found.page.entries.last();
        let zone_at = oldest_shown
            .and_then(|entry| entry.ticks.to_utc())
            .unwrap_or(ctx.now);
        let (offset, zone_label) = (dates.offset(zone_at), dates.zone_label(zone_at));
        let id = as_received(newest, thing);
        let towards_newer = found
            .after
            .is_none_or(|after| after.direction == Direction::Newer);
        let searched = found.page.searched_to.and_then(|to| {
            let (text, on) = match found.page.newer.filter(|_| towards_newer) {
                Some(newer) => ("searched-up-to", newer),
                None => ("searched-to", found.page.older?),
            };
            Some((ctx.t1(text, "at", &moment(to)?), at(on)))
        });
        // Before the beginning there is nothing, whatever the archive would look for there.
        let older = found.page.older.filter(|_| found.after.is_some());
        let newer = found.page.newer;
        Self {
            title: lang.t(title(thing.kind)),
            name: name(newest, thing).or_else(|| name(&found.page.entries, thing)),
            id_label: lang.t(id_label(thing.kind)),
            also: other_names(newest, thing),
            customer: newest.iter().find_map(|entry| Customer::of(entry, thing.kind)),
            first: found.oldest.and_then(moment),
            last: newest.first().and_then(|entry| moment(entry.ticks)),
            seats: found.seats_now.as_ref().map(seats::Point::seats),
            chart: Chart::of(&found.seats, ctx),
            chart_is_whole: found.seats_are_all,
            summary: summary(found.count, &zone_label, lang),
            zone_label,
            entries: found
                .page
                .entries
                .iter()
                .rev()
                .map(|entry| EntryView::of(entry, thing, ctx, &offset))
                .collect(),
            log: format!("/activity?{}", selection.query()),
            searched,
            position: position(&found, ctx),
            older: older.map(at),
            newer: newer.map(at),
            id,
            line,
            ctx,
        }
    }
}

/// The id as the newest record writes it, whatever case the address has.
fn as_received(newest: &[Arc<Entry>], thing: &Thing) -> String {
    let all = newest.first().map(|entry| entity::entities(&entry.record));
    all.into_iter()
        .flatten()
        .find(|entity| entity.is(thing.kind, &thing.id))
        .map_or_else(|| thing.id.clone(), |entity| entity.id.into())
}

/// What the newest of some records calls a thing; a name that it never got counts where there is no other.
fn name(entries: &[Arc<Entry>], thing: &Thing) -> Option<String> {
    let called = |entry: &Entry| entity::told(&entry.record, thing.kind, &thing.id).name;
    let passed = |entry: &&Arc<Entry>| entry.record.operation_status.came_to_pass();
    let (passed, others): (Vec<_>, Vec<_>) = entries.iter().partition(passed);
    let name = passed.into_iter().chain(others).find_map(|entry| called(entry))?;
    Some(wording::one_line(&name, NAME))
}

/// Under which other numbers records of the same order go.
fn other_names(newest: &[Arc<Entry>], thing: &Thing) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    if thing.kind != EntityKind::Order {
        return all;
    }
    for entry in newest {
        let orders: Vec<_> = entity::entities(&entry.record)
            .into_iter()
            .filter(|entity| entity.kind == EntityKind::Order)
            .collect();
        // One order and its number; where several are named, nothing tells which number is whose.
        let is_one = orders.iter().filter(|order| !order.also).count() == 1;
        if !is_one || !orders.iter().any(|order| order.is(thing.kind, &thing.id)) {
            continue;
        }
        for order in orders.iter().filter(|order| !order.is(thing.kind, &thing.id)) {
            let other = (order.id.to_string(), address(order.kind, &order.id));
            if all.len() < OTHER_NAMES && !all.contains(&other) {
                all.push(other);
            }
        }
    }
    all
}

impl Customer {
    fn of(entry: &Entry, kind: EntityKind) -> Option<Self> {
        let id = entry.record.customer_id.as_deref();
        let name = entry.customer_name.as_deref().or(id)?;
        Some(Self {
            name: wording::one_line(name, NAME),
            href: id.and_then(customer_href),
            subscriptions: id
                .filter(|id| kind == EntityKind::Subscription && customer_href(id).is_some())
                .map(subscriptions_href),
        })
    }
}

impl EntryView {
    fn of(entry: &Entry, thing: &Thing, ctx: &PageContext, offset: &str) -> Self {
        let (lang, record) = (ctx.lang, &entry.record);
        let mut explained = explain::explain(record);
        let changes = changes(&explained, lang);
        concentrate(&mut explained, thing);
        Self {
            id: entry.id.to_string(),
            when: When::of(entry, ctx.dates(), offset),
            action: wording::action(&record.operation_type, lang),
            outcome: OutcomeCell::of(entry, lang),
            essentials: wording::essentials(&explained.essentials, lang),
            changes,
            actor: Actor::of(
                record.user_principal_name.as_deref(),
                record.application_id.as_deref(),
                &Search::default(),
                &ctx.applications,
                lang,
            ),
        }
    }
}

fn changes(explained: &Explanation, lang: Lang) -> Vec<String> {
    let all = &explained.changes;
    if !all.old_recorded {
        return Vec::new();
    }
    let shown = all.changed.iter().take(CHANGES);
    let mut words: Vec<String> = shown
        .map(|change| wording::phrase(&Phrase::Change(change.clone()), lang))
        .collect();
    let more = all.changed.len().saturating_sub(CHANGES) + all.changed_left_out;
    if more > 0 {
        words.push(wording::phrase(&Phrase::MoreChanges(more), lang));
    }
    words
}

/// Leaves of the gist what the page does not say elsewhere: changes have lines of their own, and of an order only the line
/// of that subscription matters.
fn concentrate(explained: &mut Explanation, thing: &Thing) {
    let compared = explained.changes.old_recorded;
    let is_changes = |phrase: &Phrase| matches!(phrase, Phrase::Change(_) | Phrase::MoreChanges(_));
    explained
        .essentials
        .retain(|phrase| !(compared && is_changes(phrase)));
    if thing.kind != EntityKind::Subscription {
        return;
    }
    let is_it = |item: &&LineItem| {
        let id = item.subscription_id.as_deref();
        id.is_some_and(|id| id.trim().eq_ignore_ascii_case(&thing.id))
    };
    let Some(item) = explained.items.iter().find(is_it) else {
        return;
    };
    let Some(name) = item.name.clone().or_else(|| item.offer_id.clone()) else {
        return;
    };
    let product = Phrase::Product {
        name,
        quantity: item.quantity.clone(),
        more: 0,
    };
    let place = explained
        .essentials
        .iter_mut()
        .find(|phrase| matches!(phrase, Phrase::Product { .. }));
    if let Some(place) = place {
        *place = product;
    }
}

fn title(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Operation => "history-operation",
        EntityKind::Subscription => "history-subscription",
        EntityKind::Order => "history-order",
        EntityKind::User => "history-user",
        EntityKind::Relationship => "history-relationship",
    }
}

fn id_label(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Operation => "history-operation-id",
        EntityKind::Subscription => "history-subscription-id",
        EntityKind::Order => "history-order-id",
        EntityKind::User => "history-user-id",
        EntityKind::Relationship => "history-relationship-id",
    }
}

/// `12 activities, oldest first (JST, UTC+9)`
fn summary(count: Count, zone: &str, lang: Lang) -> String {
    let zone = ("zone", Arg::Text(zone));
    let (n, text) = match count {
        Count::MoreThan(0) => return lang.t_with("history-uncounted", &[zone]),
        Count::Exactly(n) | Count::MoreThan(n) => (n, number(count, lang)),
    };
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    lang.t_with(
        "history-count",
        &[("n", Arg::Number(n)), ("count", Arg::Text(&text)), zone],
    )
}

/// Which of all these the page shows; nothing where it shows all.
fn position(found: &Found, ctx: &PageContext) -> String {
    let entries = &found.page.entries;
    if found.after.is_none() && found.page.newer.is_none() {
        return String::new();
    }
    let dates = ctx.dates();
    let end = |entry: Option<&Arc<Entry>>| {
        entry
            .and_then(|entry| entry.ticks.to_utc())
            .map(|at| dates.minute(at))
            .unwrap_or_default()
    };
    ctx.lang.t_with(
        "range",
        &[
            ("from", Arg::Text(&end(entries.last()))),
            ("to", Arg::Text(&end(entries.first()))),
        ],
    )
}
