//! `/settings/applications`, for those who manage: the applications that records name, and what the partner calls them.

use std::collections::HashMap;

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use chrono_tz::Tz;
use http::StatusCode;
use serde::Deserialize;

use super::{
    AppState, Error, PageContext, actors,
    error::Missing,
    figures,
    page::{html, parameter, with_status},
    views::form::{LONGEST_NAME, Trouble, name},
};
use crate::{
    audit::{Selection, selection::FilterKey},
    i18n::Arg,
    identity::{Manage, Permitted},
    store::{ApplicationName, application_key},
    wording::{application_name, one_line},
};

/// So many applications are listed.
const LISTED: usize = 500;
/// Of a longer id only the beginning is shown, in characters.
const SHOWN: usize = 200;

/// What a row's form sends.
#[derive(Deserialize)]
pub struct Named {
    application: String,
    /// Empty: it has no name of its own any more.
    name: String,
}

/// `GET /settings/applications`.
pub async fn show(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    html(&page(&state, &context, None).await?)
}

/// `POST /settings/applications`: gives one its name, or takes it away.
pub async fn save(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Form(sent): Form<Named>,
) -> Result<Response, Error> {
    let name = match sent.name.trim() {
        "" => None,
        typed => match name(typed) {
            Ok(name) => Some(name),
            Err(trouble) => {
                let page = page(&state, &context, Some((sent, trouble))).await?;
                return Ok(with_status(StatusCode::BAD_REQUEST, html(&page)?));
            }
        },
    };
    let answer = if name.is_some() { "named" } else { "unnamed" };
    let change = ApplicationName {
        application: sent.application,
        name,
        changed_by: manager.name.clone(),
        changed_at: context.now,
    };
    if !state.store.name_application(&change).await? {
        return Err(Error::NotFound(Missing::Actor));
    }
    Ok(Redirect::to(&format!("/settings/applications?done={answer}")).into_response())
}

#[derive(Template)]
#[template(path = "settings/applications.html")]
struct ApplicationsPage<'a> {
    ctx: &'a PageContext,
    rows: Vec<Row>,
    /// What was just done.
    done: Option<String>,
    left_out: Option<String>,
    more: Option<String>,
}

struct Row {
    /// As records have it, for the form; and as it is shown.
    application: String,
    id: String,
    /// What Microsoft calls it.
    known: Option<String>,
    /// What the partner calls it, or what was just typed.
    own: String,
    error: Option<String>,
    count: Option<String>,
    page: Option<String>,
    /// Who named it last, and when.
    changed: Option<String>,
    records: u64,
}

async fn page<'a>(
    state: &AppState,
    ctx: &'a PageContext,
    refused: Option<(Named, Trouble)>,
) -> Result<ApplicationsPage<'a>, Error> {
    let everything = Selection::everything(Tz::UTC, ctx.now.date_naive());
    let overview = figures::overview(&*state.store, &everything).await?;
    let choices = state.store.choices(&[FilterKey::App], LISTED + 1).await?;
    let named = state.store.application_names().await?.names;
    let named: HashMap<&str, &ApplicationName> = named
        .iter()
        .map(|named| (named.application.as_str(), named))
        .collect();
    let facet = overview.facets.iter().find(|facet| facet.key == FilterKey::App);
    let counts = facet.map(|facet| {
        let values = facet.values.iter();
        values
            .map(|value| (value.value.as_str(), value.count))
            .collect::<HashMap<_, _>>()
    });
    // Notations of one id are one application.
    let mut rows: Vec<Row> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let all = choices.into_iter().flatten();
    let ids = all.chain(counts.iter().flatten().map(|(id, _)| (*id).to_owned()));
    let mut seen = std::collections::HashSet::new();
    for id in ids {
        if !seen.insert(id.clone()) {
            continue;
        }
        let count = counts.as_ref().and_then(|counts| counts.get(id.as_str()));
        let key = application_key(&id);
        let at = *places.entry(key.clone()).or_insert(rows.len());
        if at == rows.len() {
            rows.push(Row::new(ctx, &id, named.get(key.as_str()).copied()));
        }
        rows[at].records += count.copied().unwrap_or_default();
    }
    for row in &mut rows {
        // Of the rare ones beyond those that a count names nothing is known.
        row.count = (row.records > 0).then(|| figures::counted(ctx, row.records));
    }
    rows.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.id.cmp(&b.id)));
    let left = rows.len().saturating_sub(LISTED);
    rows.truncate(LISTED);
    if let Some((sent, trouble)) = refused {
        let key = application_key(&sent.application);
        if let Some(row) = rows
            .iter_mut()
            .find(|row| application_key(&row.application) == key)
        {
            row.error = Some(words(ctx, trouble));
            row.own = sent.name;
        }
    }
    let done = parameter(&ctx.query, "done");
    Ok(ApplicationsPage {
        ctx,
        rows,
        done: match done.as_deref() {
            Some("named") => Some(ctx.t("applications-named")),
            Some("unnamed") => Some(ctx.t("applications-unnamed")),
            _ => None,
        },
        left_out: overview.left_out.map(|why| figures::left_out(ctx, why)),
        more: figures::more(ctx, left),
    })
}

impl Row {
    fn new(ctx: &PageContext, id: &str, named: Option<&ApplicationName>) -> Self {
        let dates = ctx.dates();
        Self {
            id: one_line(id, SHOWN),
            known: application_name(id, ctx.lang),
            own: named.and_then(|named| named.name.clone()).unwrap_or_default(),
            error: None,
            count: None,
            page: actors::href(FilterKey::App, id),
            changed: named.map(|named| {
                ctx.lang.t_with(
                    "applications-changed",
                    &[
                        ("by", Arg::Text(&one_line(&named.changed_by, SHOWN))),
                        ("at", Arg::Text(&dates.minute(named.changed_at))),
                    ],
                )
            }),
            application: id.to_owned(),
            records: 0,
        }
    }
}

fn words(ctx: &PageContext, trouble: Trouble) -> String {
    match trouble {
        Trouble::NameTooLong => {
            let n = i64::try_from(LONGEST_NAME).unwrap_or(i64::MAX);
            ctx.lang.t_with("applications-long", &[("n", Arg::Number(n))])
        }
        _ => ctx.t("applications-odd"),
    }
}
