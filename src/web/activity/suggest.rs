//! What a field of the form proposes while somebody types: `GET /activity/suggest?field=customer&text=…`, as the
//! `<option>`s of its list.

use askama::Template;
use axum::{extract::State, response::Html};

use super::picks::{PROPOSED, Proposal, suggested};
use crate::{
    audit::selection::FilterKey,
    web::{
        AppState, Error, PageContext, Viewer,
        page::{html, parameter},
    },
};

/// The longest text that anything is proposed for, in characters, as of a filter's value.
const LONGEST: usize = 512;

#[derive(Template)]
#[template(path = "activity/options.html")]
struct Options {
    options: Vec<Proposal>,
}

/// At most twenty; none for an empty text.
pub async fn suggest(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let field = parameter(&context.query, "field").unwrap_or_default();
    let key = FilterKey::ALL
        .into_iter()
        .find(|key| key.name() == field)
        .ok_or(Error::BadRequest)?;
    let text = parameter(&context.query, "text").unwrap_or_default();
    let text = text.trim();
    if text.chars().count() > LONGEST {
        return Err(Error::BadRequest);
    }
    let found = match text {
        "" => Vec::new(),
        _ => state.store.suggest(key, text, PROPOSED).await?,
    };
    html(&Options {
        options: suggested(key, &found, context.lang),
    })
}
