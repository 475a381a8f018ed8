//! `GET /exports`: what was exported, one's own or, for those who manage, everybody's; and each file's SHA-256.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::header,
    response::{Html, IntoResponse as _, Response},
};

use crate::{
    audit::Selection,
    export::{Form, in_hex},
    identity::{self, Permission, Permitted, SignedIn},
    store::{ExportOutcome, PastExport, Person},
    web::{
        AppState, Error, PageContext, access_log,
        activity::{
            filters::{Names, names_with, told},
            summary,
        },
        error::Missing,
        page::{cut, html, parameter},
    },
    wording::one_line,
};

use super::words::{file_words, size_words};

/// So many exports are on a page.
const PAGE: u32 = 50;
/// The longest filter on the page, in characters.
const FILTER: usize = 240;
/// The longest name on the page, in characters.
const NAME: usize = 120;

/// The newest first; `before` is the number of the last one on the page before.
pub async fn show(
    State(state): State<AppState>,
    user: Permitted<identity::Export>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let before = parameter(&context.query, "before").and_then(|number| number.parse().ok());
    let own = of(&user);
    let list = state.exports.list();
    let mut all = list.exports(own.as_ref(), before, PAGE + 1).await?;
    let last = cut(&mut all, PAGE, |export| export.number);
    let mut rows = Vec::with_capacity(all.len());
    let accounts = state.store.accounts().await?;
    for export in &all {
        let selection = Selection::parse(&export.query, context.now, context.zone).selection;
        let names = names_with(&*state.store, &selection, &accounts).await?;
        let names = names.naming(&context.applications);
        rows.push(Row::of(export, &selection, &names, &context));
    }
    html(&ExportsPage {
        older: last.map(|number| format!("/exports?before={number}")),
        newest: before.is_some(),
        everybody: own.is_none(),
        zone_label: context.dates().zone_label(context.now),
        rows,
        ctx: &context,
    })
}

/// `GET /exports/{number}/sha256`: what `sha256sum --check` takes.
pub async fn checksum(
    State(state): State<AppState>,
    user: Permitted<identity::Export>,
    Path(number): Path<String>,
) -> Result<Response, Error> {
    let missing = Error::NotFound(Missing::Page);
    let Ok(number) = number.parse() else {
        return Err(missing);
    };
    let export = state.exports.list().past_export(number).await?;
    let may_see = |export: &PastExport| of(&user).is_none_or(|own| own == export.person);
    let Some((export, end)) = export
        .filter(may_see)
        .and_then(|export| export.end.map(|end| (export, end)))
        .filter(|(_, end)| end.outcome == ExportOutcome::Whole)
    else {
        return Err(missing);
    };
    let line = format!(
        "{}  {}\n",
        in_hex(&end.sha256),
        super::download::file_name(&export.query)
    );
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((kind, line).into_response())
}

/// Whose exports a reader sees; `None` for everybody's.
fn of(user: &SignedIn) -> Option<Person> {
    (!user.may(Permission::Manage)).then(|| access_log::who(user).0)
}

#[derive(Template)]
#[template(path = "exports.html")]
struct ExportsPage<'a> {
    ctx: &'a PageContext,
    zone_label: String,
    rows: Vec<Row>,
    everybody: bool,
    older: Option<String>,
    /// Whether there are newer ones, too.
    newest: bool,
}

struct Row {
    number: i64,
    at: String,
    iso: String,
    name: String,
    /// What was exported: its days, where the log shows it, and its filters.
    days: String,
    href: String,
    filters: Vec<String>,
    /// What kind of file it was.
    form: String,
    /// `1,204 rows, 310 KB`; nothing before it has ended.
    size: Option<String>,
    outcome: String,
    failed: bool,
    /// Of a whole file.
    sha256: Option<String>,
}

impl Row {
    fn of(export: &PastExport, selection: &Selection, names: &Names, ctx: &PageContext) -> Self {
        let end = export.end.as_ref();
        let outcome = end.map(|end| end.outcome);
        Self {
            number: export.number,
            at: ctx.dates().moment(export.begun_at),
            iso: export
                .begun_at
                .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            name: match export.name.is_empty() {
                true => ctx.t("exports-command"),
                false => one_line(&export.name, NAME),
            },
            days: summary::days(selection, ctx.lang),
            href: format!("/activity?{}", selection.query()),
            filters: told(selection, names, ctx.lang)
                .iter()
                .map(|filter| one_line(filter, FILTER))
                .chain(parameter(&export.query, "archived").map(|_| ctx.t("exports-only-new")))
                .collect(),
            form: Form::parse(&export.query, ctx.lang, ctx.zone)
                .map_or_else(|_| ctx.t("exports-other-form"), |form| file_words(&form, ctx)),
            size: end.map(|end| size_words(end, ctx)),
            outcome: ctx.t(match outcome {
                None => "exports-open",
                Some(ExportOutcome::Whole) => "exports-whole",
                Some(ExportOutcome::Left) => "exports-left",
                Some(ExportOutcome::Failed) => "exports-failed",
            }),
            failed: outcome.is_some_and(|outcome| outcome != ExportOutcome::Whole),
            sha256: end
                .filter(|end| end.outcome == ExportOutcome::Whole)
                .map(|end| in_hex(&end.sha256)),
        }
    }
}
