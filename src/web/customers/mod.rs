//! Customers: `GET /customers` lists those that the archive knows, `GET /customers/{id}` tells what it knows of one.
//!
//! Asks the archive alone; what Partner Center says of a customer now is on its Subscriptions page.

mod holdings;
mod list;
mod view;

pub use list::list;

use axum::{
    extract::{Path, State},
    response::Html,
};

use super::{
    AppState, Error, PageContext, Viewer,
    error::Missing,
    figures::Known,
    page::{html, in_turn, of_records},
    subscriptions::of_customer,
};
use crate::audit::{Selection, company::primary_domain, selection::FilterKey};

/// So many of the newest records about the customer itself are looked through for its domain.
const LOOKED_THROUGH: u32 = 20;

/// `GET /customers/{id}`.
pub async fn show(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
    Path(id): Path<String>,
) -> Result<Html<String>, Error> {
    let store = &*state.store;
    let customer = store
        .customer(&id)
        .await?
        .ok_or(Error::NotFound(Missing::Customer))?;
    let selection = of_customer(&context, &customer.id);
    let known = Known::of(store, selection.clone()).await?;
    if known.is_empty() {
        return Err(Error::NotFound(Missing::Customer));
    }
    let names = store.customer_names(&customer.id).await?;
    let domain = domain(&state, &selection).await?;
    let holdings = holdings::Holdings::of(store, &selection).await?;
    let standing = state.collecting.standing().await?;
    of_records(move || {
        html(&view::CustomerPage::new(
            &context, customer, names, domain, holdings, &known, &standing,
        ))
    })
    .await
}

/// The primary domain that the newest record which names one says.
async fn domain(state: &AppState, selection: &Selection) -> Result<Option<String>, Error> {
    let about = selection.with(FilterKey::Resource, false, "customer");
    let added = about.with(FilterKey::Action, false, "add_customer");
    for selection in [about, added] {
        let page = state.store.page(&selection, None, LOOKED_THROUGH).await?;
        let entries = page.entries;
        // What a record holds is somebody else's choice, and reading it may take its time.
        let domain = in_turn(move || entries.iter().find_map(|entry| primary_domain(&entry.record))).await;
        if domain.is_some() {
            return Ok(domain);
        }
    }
    Ok(None)
}
