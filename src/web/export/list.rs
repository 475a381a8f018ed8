//! `GET /exports`: what was exported, one's own or, for those who manage, everybody's; and each file's SHA-256.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::header,
    response::{Html, IntoResponse as _, Response},
};

use crate::{
    audit::Selection,
    export::{Columns, Form, Format, Rows},
    i18n::{Arg, byte_size, grouped},
    identity::{self, Permission, Permitted, SignedIn},
    store::{ExportEnd, ExportOutcome, PastExport, Person},
    web::{
        AppState, Error, PageContext, access_log,
        activity::{
            filters::{Names, told},
            summary,
        },
        error::Missing,
        page::{html, parameter},
    },
    wording::one_line,
};

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
    let more = all.len() > PAGE as usize;
    all.truncate(PAGE as usize);
    let last = all.last().map(|export| export.number).filter(|_| more);
    html(&ExportsPage {
        older: last.map(|number| format!("/exports?before={number}")),
        newest: before.is_some(),
        everybody: own.is_none(),
        zone_label: context.dates().zone_label(context.now),
        rows: all.iter().map(|export| Row::of(export, &context)).collect(),
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
        hex(&end.sha256),
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
    fn of(export: &PastExport, ctx: &PageContext) -> Self {
        let end = export.end.as_ref();
        let selection = Selection::parse(&export.query, ctx.now, ctx.zone).selection;
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
            days: summary::days(&selection, ctx.lang),
            href: format!("/activity?{}", selection.query()),
            filters: told(&selection, &Names::default(), ctx.lang)
                .iter()
                .map(|filter| one_line(filter, FILTER))
                .collect(),
            form: form(export, ctx),
            size: end.map(|end| size(end, ctx)),
            outcome: ctx.t(match outcome {
                None => "exports-open",
                Some(ExportOutcome::Whole) => "exports-whole",
                Some(ExportOutcome::Left) => "exports-left",
                Some(ExportOutcome::Failed) => "exports-failed",
            }),
            failed: outcome.is_some_and(|outcome| outcome != ExportOutcome::Whole),
            sha256: end
                .filter(|end| end.outcome == ExportOutcome::Whole)
                .map(|end| hex(&end.sha256)),
        }
    }
}

fn form(export: &PastExport, ctx: &PageContext) -> String {
    let Ok(form) = Form::parse(&export.query, ctx.lang, ctx.zone) else {
        return ctx.t("exports-other-form");
    };
    let mut words = vec![ctx.t(match form.format {
        Format::Csv => "export-csv",
        Format::CsvPlain => "export-plain",
        Format::Xlsx => "export-xlsx",
        Format::Ndjson => "export-ndjson",
    })];
    if form.format != Format::Ndjson && form.rows == Rows::Items {
        words.push(ctx.t("export-items"));
    }
    if !form.format.is_as_received() {
        match form.columns {
            Columns::All => {}
            Columns::WithoutValues => words.push(ctx.t("export-without-values")),
            Columns::Shown => words.push(ctx.t("export-shown")),
        }
    }
    words.join(" · ")
}

fn size(end: &ExportEnd, ctx: &PageContext) -> String {
    let rows = i64::try_from(end.rows).unwrap_or(i64::MAX);
    ctx.lang.t_with(
        "exports-size",
        &[
            ("n", Arg::Number(rows)),
            ("rows", Arg::Text(&grouped(rows))),
            ("bytes", Arg::Text(&byte_size(end.bytes))),
        ],
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
