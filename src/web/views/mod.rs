//! Saved views: names for addresses of the log. `GET /views` lists them, `POST /views` saves one, `/views/{id}` leads to
//! one's address, and the same address with `POST` changes it.
//!
//! What a reader may see and change is decided by the archive in one place; here it is only asked.

pub(super) mod choice;
pub(super) mod form;
mod log;
pub mod span;
mod start;
mod view;

use axum::{
    Form, Router,
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use http::StatusCode;

pub use log::OnLog;
pub use start::{after_sign_in, home};

use super::{
    AppState, Error, PageContext,
    error::Missing,
    page::{html, with_status},
};
use crate::{
    identity::{Permission, Permitted, SignedIn, View},
    store::{Changed, Editor, NewView, Person, Saved, SavedView, ViewChange, ViewId},
};

/// So many of others' views are listed.
pub const MOST_SHARED: u32 = 500;

/// The routes of saved views.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/views", get(list).post(save))
        .route("/views/{id}", get(open).post(change))
        .route("/views/{id}/edit", get(edit))
        .route("/views/{id}/delete", get(ask_to_delete))
}

/// A user as the archive knows them.
pub fn person(user: &SignedIn) -> Person {
    Person {
        tenant: user.user.tenant.clone(),
        object: user.user.object.clone(),
    }
}

async fn list(
    State(state): State<AppState>,
    user: Permitted<View>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let views = state.views.views(&person(&user), MOST_SHARED).await?;
    html(&view::List::new(&*state.store, &context, views).await?)
}

/// A view by the number in an address; what the reader may not see is not there.
async fn seen(state: &AppState, user: &SignedIn, id: &str) -> Result<SavedView, Error> {
    let id = id.parse().map_err(|_| Error::NotFound(Missing::View))?;
    let view = state.views.view(&person(user), ViewId(id)).await?;
    view.ok_or(Error::NotFound(Missing::View))
}

/// A view that the reader may change.
async fn changeable(state: &AppState, user: &SignedIn, id: &str) -> Result<SavedView, Error> {
    let view = seen(state, user, id).await?;
    match view.listed.own || user.may(Permission::Manage) {
        true => Ok(view),
        false => Err(Error::Forbidden),
    }
}

async fn open(
    State(state): State<AppState>,
    user: Permitted<View>,
    context: PageContext,
    Path(id): Path<String>,
) -> Result<Redirect, Error> {
    let view = seen(&state, &user, &id).await?;
    let address = span::address(&view.query, view.span.as_deref(), context.now, context.own_zone);
    Ok(Redirect::to(&address))
}

async fn edit(
    State(state): State<AppState>,
    user: Permitted<View>,
    context: PageContext,
    Path(id): Path<String>,
) -> Result<Html<String>, Error> {
    let view = changeable(&state, &user, &id).await?;
    html(&view::Edit::new(&*state.store, &context, &view, None).await?)
}

async fn ask_to_delete(
    State(state): State<AppState>,
    user: Permitted<View>,
    context: PageContext,
    Path(id): Path<String>,
) -> Result<Html<String>, Error> {
    let view = changeable(&state, &user, &id).await?;
    html(&view::Delete::new(&*state.store, &context, &view).await?)
}

/// Saves the address that the form carries. Whatever stands in the way is said on a page that has everything typed.
async fn save(
    State(state): State<AppState>,
    user: Permitted<View>,
    context: PageContext,
    Form(sent): Form<form::Save>,
) -> Result<Response, Error> {
    let refused = |status, trouble| {
        let page = view::Save::new(&context, &sent, trouble);
        Ok(with_status(status, html(&page)?))
    };
    let checked = match sent.check(context.now, context.own_zone) {
        Ok(checked) => checked,
        Err(trouble) => return refused(StatusCode::BAD_REQUEST, trouble),
    };
    let view = NewView {
        name: checked.name,
        query: checked.query,
        span: checked.span.map(|span| span.key().to_owned()),
        shared: sent.shared.is_some(),
        start: sent.start.is_some(),
        owner_name: user.name.clone(),
        saved_at: context.now,
    };
    let replace = sent.replace.is_some();
    match state.views.save_view(&person(&user), &view, replace).await? {
        Saved::New(_) => Ok(done("saved")),
        Saved::Replaced(_) => Ok(done("replaced")),
        Saved::NameTaken(_) => refused(StatusCode::CONFLICT, form::Trouble::NameTaken),
        Saved::Full => refused(StatusCode::CONFLICT, form::Trouble::Full),
    }
}

/// Renames, shares, deletes a view, or makes it where the reader begins.
async fn change(
    State(state): State<AppState>,
    user: Permitted<View>,
    context: PageContext,
    Path(id): Path<String>,
    Form(sent): Form<form::Change>,
) -> Result<Response, Error> {
    let view = seen(&state, &user, &id).await?;
    let (change, answer) = match sent.what.as_str() {
        "start" => return start_with(&state, &user, Some(view.listed.id), "start").await,
        "no-start" => return start_with(&state, &user, None, "no-start").await,
        "rename" => match form::name(sent.name.as_deref().unwrap_or_default()) {
            Ok(name) => (ViewChange::Rename(name), "renamed"),
            Err(trouble) => {
                let page = view::Edit::new(&*state.store, &context, &view, Some((trouble, sent))).await?;
                return Ok(with_status(StatusCode::BAD_REQUEST, html(&page)?));
            }
        },
        "share" => (ViewChange::Share(true), "shared"),
        "unshare" => (ViewChange::Share(false), "unshared"),
        "delete" => (ViewChange::Delete, "deleted"),
        _ => return Err(Error::BadRequest),
    };
    let editor = Editor {
        person: person(&user),
        manages: user.may(Permission::Manage),
    };
    match state.views.change_view(&editor, view.listed.id, &change).await? {
        Changed::Done => Ok(done(answer)),
        Changed::NameTaken => {
            let trouble = Some((form::Trouble::NameTakenByAnother, sent));
            let page = view::Edit::new(&*state.store, &context, &view, trouble).await?;
            Ok(with_status(StatusCode::CONFLICT, html(&page)?))
        }
        // Seen and not changed: it is somebody else's.
        Changed::Nothing => Err(Error::Forbidden),
    }
}

async fn start_with(
    state: &AppState,
    user: &SignedIn,
    id: Option<ViewId>,
    answer: &str,
) -> Result<Response, Error> {
    match state.views.set_start_view(&person(user), id).await? {
        true => Ok(done(answer)),
        false => Err(Error::NotFound(Missing::View)),
    }
}

/// Back to the list, which says what was done.
fn done(answer: &str) -> Response {
    Redirect::to(&format!("/views?done={answer}")).into_response()
}
