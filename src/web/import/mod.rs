//! `/settings/import`, for those who manage: a file is received, looked at, and imported when that is wanted.

mod desk;
mod receive;
mod view;

use axum::{
    Form,
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use chrono_tz::Tz;
use serde::Deserialize;

pub use desk::{Bounds, Desk};
pub use receive::upload;

use super::{AppState, Error, PageContext, error::Missing, page::html};
use crate::{
    collect::import::{Answers, DateOrder},
    identity::{Manage, Permitted},
};

/// `GET /settings/import`.
pub async fn start(
    State(state): State<AppState>,
    user: Permitted<Manage>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    html(&view::Start::new(&state, &context, &user.user, None).await?)
}

/// `GET /settings/import/{id}`: where an upload is.
pub async fn show(
    State(state): State<AppState>,
    user: Permitted<Manage>,
    Path(id): Path<String>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let upload = state
        .imports
        .find(&id, &user.user)
        .ok_or(Error::NotFound(Missing::Page))?;
    let accounts = state.store.accounts().await?;
    html(&view::Upload::new(&context, &upload, accounts))
}

/// What the form of an upload sends.
#[derive(Deserialize)]
pub struct Said {
    action: String,
    #[serde(default)]
    dates: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    account: String,
}

impl Said {
    fn answers(&self) -> Result<Answers, Error> {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let parsed = |text: &str| -> Result<Option<Tz>, Error> {
            match said(text) {
                Some(name) => Ok(Some(name.parse().map_err(|_| Error::BadRequest)?)),
                None => Ok(None),
            }
        };
        Ok(Answers {
            dates: match said(&self.dates) {
                Some(name) => Some(DateOrder::parse(&name).ok_or(Error::BadRequest)?),
                None => None,
            },
            zone: parsed(&self.zone)?,
            account: said(&self.account),
        })
    }
}

/// `POST /settings/import/{id}`: looks again with answers, imports, or throws the file away.
pub async fn decide(
    State(state): State<AppState>,
    user: Permitted<Manage>,
    Path(id): Path<String>,
    Form(said): Form<Said>,
) -> Result<Response, Error> {
    let upload = state
        .imports
        .find(&id, &user.user)
        .ok_or(Error::NotFound(Missing::Page))?;
    let answers = said.answers()?;
    if let Some(tenant) = &answers.account {
        let accounts = state.store.accounts().await?;
        if !accounts.iter().any(|account| account.tenant_id == *tenant) {
            return Err(Error::BadRequest);
        }
    }
    match said.action.as_str() {
        "discard" => {
            state.imports.discard(&upload);
            return Ok(Redirect::to("/settings/import").into_response());
        }
        "check" => state.imports.look(&upload, answers),
        "import" => {
            tracing::info!(user = %user.user, "a file is imported");
            state.imports.import(&upload, answers);
        }
        _ => return Err(Error::BadRequest),
    }
    Ok(Redirect::to(&format!("/settings/import/{}", upload.id)).into_response())
}
