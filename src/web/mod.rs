//! The pages: parameters in, the archive asked, a view model filled, a template rendered.
//!
//! Needing sign-in is a handler's parameter ([`Viewer`]); errors become pages in one layer ([`error`]).

mod access_log;
pub mod activity;
mod actors;
mod applications;
pub mod assets;
pub mod collecting;
mod consent;
mod coverage;
pub mod csrf;
mod customers;
pub mod dates;
pub mod error;
pub mod export;
mod figures;
pub mod headers;
pub mod health;
mod history;
pub mod import;
mod managed;
pub mod named;
pub mod page;
pub mod probes;
mod record;
mod reference;
pub mod requests;
mod schedules;
mod settings;
pub mod sign_in;
pub mod sign_in_pages;
mod state;
mod streams;
mod subscriptions;
mod tokens;
mod views;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};

use crate::identity::unattended;
pub use error::Error;
pub use page::{PageContext, Viewer};

pub use state::{AppState, SubscriptionRow, SubscriptionSource, SubscriptionsUnavailable};

/// Every page. What surrounds them (sessions, headers, limits, the refusal of cross-site changes) is layered on from
/// outside.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/", get(views::home))
        .route("/activity", get(activity::show))
        .route("/activity/export", get(export::download))
        .route("/exports", get(export::show))
        .route("/exports/{number}/sha256", get(export::checksum))
        .route(
            "/activity/new",
            // A page that is left open asks by itself: that must not keep a session alive.
            get(activity::news).layer(from_fn(unattended)),
        )
        .route(
            "/activity/suggest",
            get(activity::suggest).layer(from_fn(unattended)),
        )
        .route("/activity/{id}", get(record::show))
        .route("/activity/{id}/raw", get(record::raw))
        .route("/activity/{id}/reveal", post(record::reveal))
        .route("/access-log", get(access_log::show))
        .route("/history/{kind}/{id}", get(history::show))
        .route("/coverage", get(coverage::show))
        .route("/actors", get(actors::show))
        .route("/customers", get(customers::list))
        .route("/customers/{id}", get(customers::show))
        .route("/customers/{id}/subscriptions", get(subscriptions::show))
        .route("/settings", get(settings::preferences).post(settings::save))
        .route("/help/keyboard", get(settings::keyboard))
        .route("/help/api", get(reference::show))
        .route("/settings/accounts", get(settings::accounts))
        .route("/settings/accounts/collect", post(settings::collect))
        .route(
            "/settings/applications",
            get(applications::show).post(applications::save),
        )
        .route("/settings/tokens", get(tokens::show).post(tokens::create))
        .route("/settings/tokens/revoke", post(tokens::revoke))
        .merge(streams::routes())
        .merge(schedules::routes())
        .merge(consent::routes())
        .route("/settings/import", get(import::start))
        .route("/settings/import/{id}", get(import::show).post(import::decide))
        .merge(sign_in::routes().layer(from_fn_with_state(state.clone(), views::after_sign_in)))
        .merge(views::routes())
        .fallback(error::not_found)
        .layer(from_fn_with_state(state.clone(), error::pages))
        .layer(from_fn_with_state(state.clone(), page::remember_language))
        .with_state(state)
}

/// Where large files arrive. Apart from the pages, because a request may take longer and be larger here than anywhere
/// else; what bounds it is in [`import::Desk`].
pub fn uploads(state: AppState) -> Router {
    Router::new()
        .route("/settings/import/upload", post(import::upload))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state.clone(), error::pages))
        .with_state(state)
}
