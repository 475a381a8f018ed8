//! `/settings/streams`, for those who manage: where records are sent as they are archived.
//!
//! A stream sends records as they were received, secrets included: whoever makes, changes or moves one is noted in the
//! access log first.

mod form;
mod view;

use axum::{
    Form, Router,
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::get,
};
use http::StatusCode;

use super::{
    AppState, Error, PageContext,
    error::Missing,
    managed::Managed,
    page::{cut, html, parameter, with_status},
    views::choice,
};
use crate::{
    identity::{Manage, Permitted},
    store::{AccessAction, Stream, StreamKind},
    stream::{Draft, Unfit},
};
use form::{Fault, Sent};
use view::{DeletePage, FormPage, ListPage, StreamPage};

/// So many deliveries are on a page.
const PAGE: u32 = 50;
/// What the access log notes of them.
pub const MANAGED: Managed = Managed {
    action: AccessAction::Stream,
    path: "/settings/streams",
    messages: "streams",
    deeds: &["created", "changed", "moved", "paused", "resumed", "deleted"],
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/settings/streams", get(list).post(create))
        .route("/settings/streams/new", get(new))
        .route("/settings/streams/{number}", get(show).post(act))
        .route("/settings/streams/{number}/change", get(edit).post(change))
        .route("/settings/streams/{number}/delete", get(ask_to_delete))
}

async fn list(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    html(&ListPage::new(&state, &context).await?)
}

async fn new(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let kind = parameter(&context.query, "kind").and_then(|name| StreamKind::named(&name));
    let kind = kind.ok_or(Error::NotFound(Missing::Page))?;
    let views = choice::views(&state, &manager).await?;
    let sent = Sent::new(kind, parameter(&context.query, "view"));
    html(&FormPage::new(
        &state,
        &context,
        kind,
        None,
        sent,
        Vec::new(),
        &views,
    ))
}

/// `POST /settings/streams`: makes a stream.
async fn create(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let kind = StreamKind::named(&sent.kind).ok_or(Error::BadRequest)?;
    let views = choice::views(&state, &manager).await?;
    let refused = |sent: Sent, faults: Vec<Fault>| {
        let page = FormPage::new(&state, &context, kind, None, sent, faults, &views);
        Ok(with_status(StatusCode::BAD_REQUEST, html(&page)?))
    };
    let (asked, from, mut faults) = sent.read(kind, None, &views, &context);
    let prepared = match state.streaming.prepare(asked, None, context.now) {
        Ok(prepared) if faults.is_empty() => prepared,
        Ok(_) => return refused(sent, faults),
        Err(unfit) => {
            faults.extend(form::faults(unfit));
            return refused(sent, faults);
        }
    };
    let name = sent.name.trim();
    MANAGED
        .note(&state, &manager, None, "created", prepared.shown(), name)
        .await?;
    let made = state
        .streaming
        .create(&prepared, from, context.now, &manager.name)
        .await?;
    let Some(number) = made else {
        return refused(sent, vec![("name", "full")]);
    };
    answer(&state, &context, number, "created", prepared.key).await
}

/// A page with the signing key, this once; else the way to the stream's own page.
async fn answer(
    state: &AppState,
    context: &PageContext,
    number: i64,
    done: &str,
    key: Option<String>,
) -> Result<Response, Error> {
    if key.is_none() {
        return Ok(Redirect::to(&format!("/settings/streams/{number}?done={done}")).into_response());
    }
    let stream = found(state, &number.to_string()).await?;
    let page = StreamPage::new(state, context, &stream, Some(done), key).await?;
    Ok(html(&page)?.into_response())
}

/// The stream of a number in an address.
async fn found(state: &AppState, number: &str) -> Result<Stream, Error> {
    let number = number.parse().map_err(|_| Error::NotFound(Missing::Stream))?;
    let stream = state.streaming.one(number).await?;
    stream.ok_or(Error::NotFound(Missing::Stream))
}

async fn show(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
) -> Result<Html<String>, Error> {
    let stream = found(&state, &number).await?;
    let done = parameter(&context.query, "done");
    html(&StreamPage::new(&state, &context, &stream, done.as_deref(), None).await?)
}

/// `POST /settings/streams/{number}`: does something with a stream.
async fn act(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
    Form(sent): Form<form::Act>,
) -> Result<Response, Error> {
    let stream = found(&state, &number).await?;
    let (number, streaming) = (stream.number, &state.streaming);
    let content = &stream.content;
    let note = |deed| {
        MANAGED.note(
            &state,
            &manager,
            Some(number),
            deed,
            &content.shown,
            &content.name,
        )
    };
    let done = match sent.what.as_str() {
        "pause" => {
            note("paused").await?;
            streaming.pause(number, context.now, &manager.name).await?;
            "paused"
        }
        "resume" => {
            note("resumed").await?;
            streaming.resume(number).await?;
            "resumed"
        }
        "test" => {
            streaming.test(&stream).await?;
            "tested"
        }
        "skip" => {
            let seen = sent.seen().ok_or(Error::BadRequest)?;
            note("moved").await?;
            match streaming.skip(&stream, seen).await? {
                true => "skipped",
                false => "not-skipped",
            }
        }
        "move" => {
            let Some(place) = sent.place(&context) else {
                let page = StreamPage::new(&state, &context, &stream, None, None).await?;
                let page = page.refusing_date(sent.since);
                return Ok(with_status(StatusCode::BAD_REQUEST, html(&page)?));
            };
            note("moved").await?;
            streaming.go_to(number, place).await?;
            "moved"
        }
        "delete" => {
            note("deleted").await?;
            streaming.delete(number).await?;
            return Ok(Redirect::to("/settings/streams?done=deleted").into_response());
        }
        _ => return Err(Error::BadRequest),
    };
    Ok(Redirect::to(&format!("/settings/streams/{number}?done={done}")).into_response())
}

async fn edit(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
) -> Result<Html<String>, Error> {
    let stream = found(&state, &number).await?;
    let views = choice::views(&state, &manager).await?;
    let draft = state
        .streaming
        .target(&stream)
        .map_or_else(Draft::default, |target| target.draft());
    let sent = Sent::of(&stream, draft);
    let kind = stream.content.kind;
    html(&FormPage::new(
        &state,
        &context,
        kind,
        Some(&stream),
        sent,
        Vec::new(),
        &views,
    ))
}

/// `POST /settings/streams/{number}/change`.
async fn change(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let stream = found(&state, &number).await?;
    let kind = stream.content.kind;
    let views = choice::views(&state, &manager).await?;
    let refused = |status, sent: Sent, faults: Vec<Fault>| {
        let page = FormPage::new(&state, &context, kind, Some(&stream), sent, faults, &views);
        Ok(with_status(status, html(&page)?))
    };
    let (asked, _, mut faults) = sent.read(kind, Some(&stream), &views, &context);
    let prepared = match state.streaming.prepare(asked, Some(&stream), context.now) {
        Ok(prepared) if faults.is_empty() => prepared,
        Ok(_) => return refused(StatusCode::BAD_REQUEST, sent, faults),
        Err(unfit) => {
            faults.extend(form::faults(unfit));
            return refused(StatusCode::BAD_REQUEST, sent, faults);
        }
    };
    let number = stream.number;
    let meanwhile = |sent| refused(StatusCode::CONFLICT, sent, vec![("name", "meanwhile")]);
    // What the form was made of must be what is changed.
    if sent.revision != stream.revision.to_string() {
        return meanwhile(sent);
    }
    let name = sent.name.trim();
    MANAGED
        .note(&state, &manager, Some(number), "changed", prepared.shown(), name)
        .await?;
    if !state.streaming.change(&stream, &prepared).await? {
        return meanwhile(sent);
    }
    answer(&state, &context, number, "changed", prepared.key).await
}

async fn ask_to_delete(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
) -> Result<Html<String>, Error> {
    let stream = found(&state, &number).await?;
    html(&DeletePage::new(&state, &context, &stream).await?)
}
