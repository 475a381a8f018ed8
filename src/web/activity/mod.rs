//! The activity log: `GET /activity`.

pub(super) mod filters;
mod form;
mod news;
pub(super) mod rows;
pub(super) mod summary;
mod view;

use axum::{extract::State, http::StatusCode, response::Response};
use futures_util::try_join;

pub use news::news;

use super::{AppState, Error, PageContext, Viewer, page, views::OnLog};
use crate::{
    audit::{Selection, selection::FilterKey},
    identity::{Permitted, View},
    store::Store,
};

/// Counting stops here; beyond, nobody reads the difference.
const COUNT_AT_MOST: u64 = 100_000;
/// How many values a field suggests.
const SUGGESTIONS: usize = 500;

/// The page of a query string. What was not understood of it is said on a page with status 400, to which
/// everything else applies.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    user: Permitted<View>,
    context: PageContext,
) -> Result<Response, Error> {
    let asked = Selection::parse(&context.query, context.now, context.own_zone);
    let store = &*state.store;
    // Before the records are read: what comes in between is announced once too often rather than never.
    let newest = store.newest_number().await?;
    let (reader, most_shared) = OnLog::of(&user);
    let (page, count, span, choices, standing, saved) = try_join!(
        store.page(&asked.selection, asked.view.after.as_ref(), asked.view.size),
        store.count(&asked.selection, COUNT_AT_MOST),
        store.span(),
        Choices::of(store),
        state.collecting.standing(),
        state.views.view_names(&reader, most_shared),
    )?;
    let nearest = match page.entries.is_empty() && span.is_some() {
        true => store.nearest(&asked.selection).await?,
        false => None,
    };
    let names = filters::names(store, &asked.selection).await?;
    let status = if asked.faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let found = view::Found {
        page,
        count,
        span,
        choices,
        standing,
        newest,
        nearest,
        names,
        saved,
    };
    let make = move || {
        page::html(&view::ActivityPage::new(
            &context,
            &viewer,
            &asked,
            found,
            state.started_at,
        ))
    };
    Ok(page::with_status(status, page::of_records(make).await?))
}

/// What can be chosen in the filters.
pub(super) struct Choices {
    customers: Vec<String>,
    actions: Vec<String>,
    users: Vec<String>,
    resources: Vec<String>,
    statuses: Vec<String>,
    applications: Vec<String>,
    /// Tenant id and name; a filter only where there are several.
    accounts: Vec<(String, String)>,
}

impl Choices {
    async fn of(store: &dyn Store) -> Result<Self, crate::store::StoreError> {
        let keys = [
            FilterKey::Customer,
            FilterKey::Action,
            FilterKey::User,
            FilterKey::Resource,
            FilterKey::Status,
            FilterKey::App,
        ];
        let (choices, accounts) = try_join!(store.choices(&keys, SUGGESTIONS), store.accounts())?;
        let mut choices = choices.into_iter();
        let mut next = || choices.next().unwrap_or_default();
        let (customers, actions, users) = (next(), next(), next());
        let (resources, statuses, applications) = (next(), next(), next());
        let accounts = accounts.into_iter().map(|a| (a.tenant_id, a.name)).collect();
        Ok(Self {
            customers,
            actions,
            users,
            resources,
            statuses,
            applications,
            accounts,
        })
    }
}
