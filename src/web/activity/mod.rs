//! The activity log: `GET /activity`.

pub(super) mod chart;
mod empty;
pub(super) mod filters;
mod form;
mod kept;
mod kept_rows;
mod marked;
mod news;
mod picks;
pub mod rows;
mod suggest;
pub(super) mod summary;
mod view;

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use futures_util::try_join;

pub use kept::KeptPages;
pub use kept_rows::{KeptRows, Words};
pub use news::news;
pub use suggest::suggest;

use super::{AppState, Error, PageContext, Viewer, page, views::OnLog};
use crate::{
    audit::{
        RecordId, Selection,
        actor::Actor,
        search::What,
        selection::{FilterKey, Parsed},
    },
    identity::{Permitted, SignedIn, View},
    store::{Account, StoreError},
    wording,
};

/// How long counting for a page may take. Longer, and the page shows the log without numbers.
const BUDGET: Duration = Duration::from_millis(50);
/// So many actions, statuses and resource types are offered.
const OFFERED: usize = 500;

/// The page of a query string. What was not understood of it is said on a page with status 400, to which
/// everything else applies.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    user: Permitted<View>,
    context: PageContext,
) -> Result<Response, Error> {
    let asked = Selection::parse(&context.query, context.now, context.own_zone);
    let asked = wording::in_words(asked);
    if let Some(id) = pasted_id(&asked.selection)
        && state.store.find(&id).await?.is_some()
    {
        return Ok(Redirect::to(&format!("/activity/{id}")).into_response());
    }
    // Before anything is read: what comes in between makes another page the next time.
    let stamp = state.store.stamp()?;
    if !asked.faults.is_empty() {
        let page = make(&state, viewer, &user, context, asked).await?;
        return Ok(page::with_status(StatusCode::BAD_REQUEST, Html(page)));
    }
    let pages = state.pages.clone();
    let made = make(&state, viewer, &user, context.clone(), asked);
    pages.page(&context, &user, stamp, made).await
}

/// Makes the page of a query string.
async fn make(
    state: &AppState,
    viewer: Viewer,
    user: &SignedIn,
    context: PageContext,
    asked: Parsed,
) -> Result<Bytes, Error> {
    let store = &*state.store;
    // Before the records are read: what comes in between is announced once too often rather than never.
    let (newest, span) = try_join!(store.newest_number(), store.span())?;
    let plan = chart::Plan::of(&asked.selection, span);
    let edges = plan.as_ref().map_or(&[][..], |plan| &plan.edges);
    let (reader, most_shared) = OnLog::of(user);
    let (page, overview, choices, accounts, standing, saved) = try_join!(
        store.page(&asked.selection, asked.view.after.as_ref(), asked.view.size),
        store.overview(&asked.selection, edges, BUDGET),
        store.choices(
            &[FilterKey::Action, FilterKey::Status, FilterKey::Resource],
            OFFERED
        ),
        store.accounts(),
        state.collecting.standing(),
        state.views.view_names(&reader, most_shared),
    )?;
    // Where a search was broken off, what is nearest is not known.
    let is_empty = page.entries.is_empty() && page.searched_to.is_none();
    let (nearest, nearest_unknown) = match is_empty && span.is_some() {
        true => match store.nearest(&asked.selection).await {
            Err(StoreError::TooLong | StoreError::Busy(_)) => (None, true),
            nearest => (nearest?, false),
        },
        false => (None, false),
    };
    let names = filters::names_with(store, &asked.selection, &accounts)
        .await?
        .naming(&context.applications);
    let found = view::Found {
        page,
        overview,
        plan,
        span,
        choices: Choices::new(choices, accounts),
        standing,
        newest,
        nearest,
        nearest_unknown,
        names,
        saved,
    };
    let (started_at, rows) = (state.started_at, state.rows.clone());
    let make = move || {
        page::html(&view::ActivityPage::new(
            &context, &viewer, &asked, found, &rows, started_at,
        )?)
    };
    let Html(page) = page::of_records(make).await?;
    Ok(page.into())
}

/// The record whose id is all that is searched for, as it stands in an export or an address.
fn pasted_id(selection: &Selection) -> Option<RecordId> {
    let typed = &*selection.search.text;
    match &selection.search.parts[..] {
        [part] if !part.exclude && matches!(part.what, What::Text(_)) => {
            RecordId::parse(typed).or_else(|| RecordId::parse(addressed(typed)?))
        }
        _ => None,
    }
}

/// What stands in the place of an id in the address of a record's page, of its raw record, or of one of its versions. On
/// which site does not matter: only ids that are in this archive lead anywhere.
fn addressed(typed: &str) -> Option<&str> {
    let (site, rest) = typed
        .trim_matches(['<', '>', '"', '“', '”'])
        .split_once("/activity/")?;
    let is_address = site.is_empty() || site.starts_with("https://") || site.starts_with("http://");
    rest.split(['/', '?', '#']).next().filter(|_| is_address)
}

/// The values of filters that are offered also where the selection has none of them.
pub(super) struct Choices {
    actions: Vec<String>,
    statuses: Vec<String>,
    resources: Vec<String>,
    sources: Vec<String>,
    actors: Vec<String>,
    /// Tenant ids.
    accounts: Vec<String>,
}

impl Choices {
    /// `values` are those of actions, statuses and resources.
    fn new(values: Vec<Vec<String>>, accounts: Vec<Account>) -> Self {
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_default();
        Self {
            actions: next(),
            statuses: next(),
            resources: next(),
            sources: ["collected", "imported"].map(str::to_owned).into(),
            actors: Actor::ALL.map(|actor| actor.name().to_owned()).into(),
            accounts: accounts.into_iter().map(|account| account.tenant_id).collect(),
        }
    }
}
