//! `/settings/schedules`, for those who manage: files of the log made again and again.
//!
//! Where files can go to is in the settings. They may have records as they were received, secrets included: whoever makes or
//! changes a schedule is noted in the access log first.

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
    store::{AccessAction, Schedule},
};
use form::{Fault, Sent};
use view::{DeletePage, FormPage, ListPage, SchedulePage};

/// So many files are on a page.
const PAGE: u32 = 30;

/// What the access log notes of them.
pub const MANAGED: Managed = Managed {
    action: AccessAction::Schedule,
    path: "/settings/schedules",
    messages: "schedules",
    deeds: &[
        "created", "changed", "paused", "resumed", "now", "given-up", "deleted",
    ],
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/settings/schedules", get(list).post(create))
        .route("/settings/schedules/new", get(new))
        .route("/settings/schedules/{number}", get(show).post(act))
        .route("/settings/schedules/{number}/change", get(edit).post(change))
        .route("/settings/schedules/{number}/delete", get(ask_to_delete))
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
    let views = choice::views(&state, &manager).await?;
    let view = parameter(&context.query, "view");
    let sent = Sent::new(&context, view, state.scheduling.destinations());
    html(&FormPage::new(&state, &context, None, sent, Vec::new(), &views))
}

/// `POST /settings/schedules`: makes a schedule.
async fn create(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let views = choice::views(&state, &manager).await?;
    let refused = |sent: Sent, faults: Vec<Fault>| {
        let page = FormPage::new(&state, &context, None, sent, faults, &views);
        Ok(with_status(StatusCode::BAD_REQUEST, html(&page)?))
    };
    let asked = match sent.read(None, &views, state.scheduling.destinations(), &context) {
        Ok(asked) => asked,
        Err(faults) => return refused(sent, faults),
    };
    let content = &asked.content;
    MANAGED
        .note(
            &state,
            &manager,
            None,
            "created",
            &content.destination,
            &content.name,
        )
        .await?;
    match state.scheduling.create(&asked, &manager.name).await? {
        Some(number) => Ok(done(number, "created")),
        None => refused(sent, vec![("name", "schedules-fault-full")]),
    }
}

fn done(number: i64, what: &str) -> Response {
    Redirect::to(&format!("/settings/schedules/{number}?done={what}")).into_response()
}

/// The schedule of a number in an address.
async fn found(state: &AppState, number: &str) -> Result<Schedule, Error> {
    let number = number.parse().map_err(|_| Error::NotFound(Missing::Schedule))?;
    let schedule = state.scheduling.one(number).await?;
    schedule.ok_or(Error::NotFound(Missing::Schedule))
}

async fn show(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
) -> Result<Html<String>, Error> {
    let schedule = found(&state, &number).await?;
    html(&SchedulePage::new(&state, &context, &schedule).await?)
}

/// `POST /settings/schedules/{number}`: does something with a schedule.
async fn act(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    Path(number): Path<String>,
    Form(sent): Form<form::Act>,
) -> Result<Response, Error> {
    let schedule = found(&state, &number).await?;
    let (number, scheduling) = (schedule.number, &state.scheduling);
    let content = &schedule.content;
    // Of some deeds it matters which file they are about.
    let file: Option<i64> = sent.file.parse().ok();
    let subject = match file {
        None => content.name.clone(),
        Some(file) => format!("{} #{file}", content.name),
    };
    let note = |deed| {
        MANAGED.note(
            &state,
            &manager,
            Some(number),
            deed,
            &content.destination,
            &subject,
        )
    };
    let what = match sent.what.as_str() {
        "pause" => {
            note("paused").await?;
            scheduling.pause(number, &manager.name).await?;
            "paused"
        }
        "resume" => {
            note("resumed").await?;
            scheduling.resume(&schedule).await?;
            "resumed"
        }
        "now" => {
            note("now").await?;
            match scheduling.deliver_now(&schedule).await? {
                true => "now",
                false => "not-now",
            }
        }
        "again" => {
            let file = file.ok_or(Error::BadRequest)?;
            note("now").await?;
            match scheduling.deliver_again(&schedule, file).await? {
                true => "now",
                false => "not-now",
            }
        }
        "give-up" => {
            let file = file.ok_or(Error::BadRequest)?;
            note("given-up").await?;
            match scheduling.give_up(number, file).await? {
                true => "given-up",
                false => "not-now",
            }
        }
        "delete" => {
            note("deleted").await?;
            scheduling.delete(number).await?;
            return Ok(Redirect::to("/settings/schedules?done=deleted").into_response());
        }
        _ => return Err(Error::BadRequest),
    };
    Ok(done(number, what))
}

async fn edit(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
) -> Result<Html<String>, Error> {
    let schedule = found(&state, &number).await?;
    let views = choice::views(&state, &manager).await?;
    let sent = Sent::of(&schedule, &context, state.scheduling.destinations());
    let page = FormPage::new(&state, &context, Some(&schedule), sent, Vec::new(), &views);
    html(&page)
}

/// `POST /settings/schedules/{number}/change`.
async fn change(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let schedule = found(&state, &number).await?;
    let views = choice::views(&state, &manager).await?;
    let refused = |status, sent: Sent, faults: Vec<Fault>| {
        let page = FormPage::new(&state, &context, Some(&schedule), sent, faults, &views);
        Ok(with_status(status, html(&page)?))
    };
    let destinations = state.scheduling.destinations();
    let asked = match sent.read(Some(&schedule), &views, destinations, &context) {
        Ok(asked) => asked,
        Err(faults) => return refused(StatusCode::BAD_REQUEST, sent, faults),
    };
    let meanwhile = |sent| {
        refused(
            StatusCode::CONFLICT,
            sent,
            vec![("name", "schedules-fault-meanwhile")],
        )
    };
    // What the form was made of must be what is changed.
    if sent.revision != schedule.revision.to_string() {
        return meanwhile(sent);
    }
    let (number, content) = (schedule.number, &asked.content);
    MANAGED
        .note(
            &state,
            &manager,
            Some(number),
            "changed",
            &content.destination,
            &content.name,
        )
        .await?;
    match state.scheduling.change(&schedule, content).await? {
        true => Ok(done(number, "changed")),
        false => meanwhile(sent),
    }
}

async fn ask_to_delete(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
    Path(number): Path<String>,
) -> Result<Html<String>, Error> {
    let schedule = found(&state, &number).await?;
    html(&DeletePage::new(&state, &context, &schedule).await?)
}
