//! What happened to one thing: `GET /history/{kind}/{id}`, from the oldest record that speaks of it to the newest.
//!
//! A rendering of the same selection that the log shows for `subscription:…` in its search box. Knows of a thing what its
//! records tell, and asks nobody else.

mod seats;
mod view;

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Html,
};

use super::{
    AppState, Error, PageContext, Viewer, activity::rows::in_path, coverage::Line, error::Missing, page,
};
use crate::{
    audit::{
        Cursor, Selection, Ticks,
        cursor::Direction,
        entity::{self, EntityKind},
        search,
    },
    store::{Count, Page, Store, StoreError},
};

/// So many records stand on a page.
const SIZE: u32 = 50;
/// Counted up to here.
const COUNTED: u64 = 100_000;

/// Where the oldest records are.
const BEGINNING: Cursor = Cursor {
    direction: Direction::Newer,
    ticks: Ticks::MIN,
    record: 0,
};

/// A thing whose history is asked for.
pub struct Thing {
    pub kind: EntityKind,
    /// As it stands in the address.
    pub id: String,
}

impl Thing {
    /// `None` where nothing can be called so.
    fn read(kind: &str, id: &str) -> Option<Self> {
        let kind = EntityKind::from_name(kind)?;
        entity::is_id(id).then(|| Self {
            kind,
            id: id.to_owned(),
        })
    }
}

/// The address of a thing's history.
pub fn address(kind: EntityKind, id: &str) -> String {
    format!("/history/{}/{}", kind.name(), in_path(id))
}

/// The records of any time that speak of a thing.
pub fn selection(context: &PageContext, kind: EntityKind, id: &str) -> Selection {
    let today = context.dates().local_day(context.now);
    Selection::everything(context.zone, today).searching(&search::of_entity(kind, id))
}

/// What the archive has of a thing.
struct Found {
    /// What is shown, newest first.
    page: Page,
    /// Where the page begins; nothing for the beginning.
    after: Option<Cursor>,
    /// The newest records.
    newest: Page,
    /// When the oldest is of, where that is known.
    oldest: Option<Ticks>,
    count: Count,
    seats: Vec<seats::Point>,
    /// Whether those are all that there are.
    seats_are_all: bool,
    /// What the newest record says that does.
    seats_now: Option<seats::Point>,
}

/// The history of a thing; not found where no record speaks of it.
pub async fn show(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Html<String>, Error> {
    let Some(thing) = Thing::read(&kind, &id) else {
        let kind = EntityKind::from_name(&kind).ok_or(Error::NotFound(Missing::Page))?;
        return Err(Error::NotFound(Missing::Thing(kind)));
    };
    let selection = selection(&context, thing.kind, &thing.id);
    let after = page::parameter(&context.query, "after").and_then(|text| Cursor::decode(&text));
    let found = find(&state.store, &selection, &thing, after).await?;
    // Where a search is broken off, more may be found.
    if found.newest.entries.is_empty() && found.newest.searched_to.is_none() {
        return Err(Error::NotFound(Missing::Thing(thing.kind)));
    }
    let line = Line::of(&context, &*state.collecting.standing().await?, &selection);
    page::of_records(move || page::html(&view::HistoryPage::new(&context, &thing, &selection, found, line)))
        .await
}

async fn find(
    store: &Arc<dyn Store>,
    selection: &Selection,
    thing: &Thing,
    after: Option<Cursor>,
) -> Result<Found, StoreError> {
    let newest = store.page(selection, None, SIZE).await?;
    let last = seats::of_page(thing, &newest.entries).await;
    // Most things have few records, and then there is nothing more to read.
    let is_whole = newest.older.is_none() && newest.searched_to.is_none();
    if is_whole && after.is_none() {
        return Ok(Found {
            seats_now: last.last().cloned(),
            seats_are_all: true,
            seats: last,
            count: Count::Exactly(newest.entries.len() as u64),
            oldest: newest.entries.last().map(|entry| entry.ticks),
            page: newest.clone(),
            after,
            newest,
        });
    }
    let begins = after.unwrap_or(BEGINNING);
    let (page, first, count, seats) = tokio::join!(
        store.page(selection, Some(&begins), SIZE),
        store.page(selection, Some(&BEGINNING), 1),
        store.count(selection, COUNTED),
        seats::of_all(&**store, thing, selection),
    );
    let (first, (seats, seats_are_all)) = (first?, seats?);
    let before = seats.last().filter(|_| seats_are_all);
    Ok(Found {
        page: page?,
        after,
        oldest: first
            .entries
            .last()
            .filter(|_| first.searched_to.is_none())
            .map(|entry| entry.ticks),
        newest,
        count: count?,
        seats_now: last.last().or(before).cloned(),
        seats_are_all,
        seats,
    })
}
