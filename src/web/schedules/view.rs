//! The pages of schedules as finished text.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    AppState, Error, PAGE, PageContext, cut,
    form::{Fault, Sent, chosen_before, kept},
    parameter,
};
use crate::{
    export::{Columns, Format, Rows},
    i18n::Arg,
    schedule::Outcome,
    store::{Contents, MOST_SCHEDULES, Rhythm, SavedView, Schedule, ScheduledFile},
    web::{
        activity::filters,
        export::{columns_words, file_words, format_words, rows_words, size_words},
        managed::NAME,
        settings::zones,
        views::{choice, form::LONGEST_NAME},
    },
    wording::one_line,
};

/// Of longer answers only the beginning is on a page, in characters.
const SAID: usize = 300;

/// `GET /settings/schedules`
#[derive(Template)]
#[template(path = "schedules/list.html")]
pub struct ListPage<'a> {
    ctx: &'a PageContext,
    /// What was just done.
    done: Option<String>,
    /// That the settings name no destination.
    nowhere: bool,
    full: bool,
    rows: Vec<Row>,
}

/// A schedule in words.
struct Row {
    number: i64,
    name: String,
    when: String,
    contents: String,
    form: String,
    destination: String,
    /// Each filter in words; none for everything.
    filters: Vec<String>,
    /// The log with the same filters.
    href: String,
    view: Option<String>,
    state: Status,
    last: Option<String>,
}

/// How a schedule stands.
struct Status {
    /// `ok`, `busy`, `failing` or `paused`
    class: &'static str,
    words: String,
    more: Option<String>,
}

/// `GET /settings/schedules/{number}`
#[derive(Template)]
#[template(path = "schedules/page.html")]
pub struct SchedulePage<'a> {
    ctx: &'a PageContext,
    done: Option<String>,
    row: Row,
    /// Where the destination is.
    shown: Option<String>,
    made: String,
    is_paused: bool,
    /// The file that waits for another try.
    failing: Option<i64>,
    zone_label: String,
    files: Vec<File>,
    older: Option<String>,
    newest: bool,
}

/// A file in words.
struct File {
    number: i64,
    due: String,
    iso: String,
    file: String,
    class: &'static str,
    outcome: String,
    said: String,
    /// `1,204 rows, 310 KB`
    size: Option<String>,
    /// The number of its export, where that is whole and has a checksum.
    sha256: Option<i64>,
    short: Option<String>,
    /// Whether it can be made once more.
    again: bool,
}

/// A choice of a list: value, words, whether it is chosen.
type Choice = (String, String, bool);

/// `GET /settings/schedules/new`, `…/change`
#[derive(Template)]
#[template(path = "schedules/form.html")]
pub struct FormPage<'a> {
    ctx: &'a PageContext,
    number: Option<i64>,
    title: String,
    sent: Sent,
    errors: Vec<(&'static str, String)>,
    nowhere: bool,
    filters: Vec<Choice>,
    rhythms: Vec<Choice>,
    hours: Vec<Choice>,
    zones: Vec<Choice>,
    destinations: Vec<Choice>,
    formats: Vec<Choice>,
    rows: Vec<Choice>,
    columns: Vec<Choice>,
    languages: Vec<Choice>,
}

/// `GET /settings/schedules/{number}/delete`
#[derive(Template)]
#[template(path = "schedules/delete.html")]
pub struct DeletePage<'a> {
    ctx: &'a PageContext,
    row: Row,
}

fn at(ctx: &PageContext, moment: DateTime<Utc>) -> String {
    ctx.dates().minute(moment)
}

fn hour(hour: u32) -> String {
    format!("{hour:02}:00")
}

fn outcome(file: &ScheduledFile, ctx: &PageContext) -> String {
    match file.outcome.as_deref() {
        None => ctx.t("schedules-outcome-open"),
        Some(code) => match Outcome::ALL.into_iter().find(|known| known.code() == code) {
            Some(known) => ctx.t(&format!("schedules-outcome-{}", known.code())),
            None => one_line(code, NAME),
        },
    }
}

impl Status {
    fn of(schedule: &Schedule, ctx: &PageContext) -> Self {
        if let Some((when, by)) = &schedule.paused {
            let by = one_line(by, NAME);
            let when = at(ctx, *when);
            let args = [("by", Arg::Text(&by)), ("at", Arg::Text(&when))];
            return Self {
                class: "paused",
                words: match by.is_empty() {
                    true => ctx.t1("schedules-paused-copy", "at", &when),
                    false => ctx.lang.t_with("streams-paused-by", &args),
                },
                more: None,
            };
        }
        match &schedule.open {
            None => Self {
                class: "ok",
                words: ctx.t1("schedules-next", "at", &at(ctx, schedule.next_due)),
                more: None,
            },
            Some(open) if open.tries == 0 => Self {
                class: "busy",
                words: ctx.t1("schedules-making", "file", &open.file),
                more: None,
            },
            Some(open) => {
                let next = at(ctx, open.retry_at.unwrap_or(ctx.now).max(ctx.now));
                let args = [
                    ("file", Arg::Text(&open.file)),
                    ("n", Arg::Number(open.tries.into())),
                    ("next", Arg::Text(&next)),
                ];
                Self {
                    class: "failing",
                    words: ctx.lang.t_with("schedules-failing", &args),
                    more: Some(outcome(open, ctx)),
                }
            }
        }
    }
}

impl Row {
    async fn of(state: &AppState, ctx: &PageContext, schedule: &Schedule) -> Result<Self, Error> {
        let content = &schedule.content;
        let (filters, href, form, zone) = match kept(schedule, ctx) {
            Some((chosen, form)) => {
                let selection = &chosen.selection;
                let names = filters::names(&*state.store, selection).await?;
                (
                    filters::told(selection, &names.naming(&ctx.applications), ctx.lang),
                    format!("/activity?{}", selection.query()),
                    file_words(&form, ctx),
                    selection.zone.name(),
                )
            }
            None => (
                vec![one_line(&content.query, NAME)],
                format!("/activity?{}", content.query),
                String::new(),
                "",
            ),
        };
        let args = [
            ("hour", Arg::Text(&hour(content.hour))),
            ("zone", Arg::Text(zone)),
        ];
        Ok(Self {
            number: schedule.number,
            name: one_line(&content.name, NAME),
            when: ctx
                .lang
                .t_with(&format!("schedules-when-{}", content.rhythm.name()), &args),
            contents: contents_words(content.contents, content.rhythm, ctx),
            form,
            destination: one_line(&content.destination, NAME),
            filters,
            href,
            view: content.view.as_deref().map(|name| one_line(name, NAME)),
            state: Status::of(schedule, ctx),
            last: schedule.last.as_ref().map(|last| {
                let when = at(ctx, last.tried_at.unwrap_or(last.due_at));
                let words = outcome(last, ctx);
                let args = [
                    ("at", Arg::Text(&when)),
                    ("outcome", Arg::Text(&words)),
                    ("file", Arg::Text(&last.file)),
                ];
                ctx.lang.t_with("schedules-last", &args)
            }),
        })
    }
}

fn contents_words(contents: Contents, rhythm: Rhythm, ctx: &PageContext) -> String {
    match contents {
        Contents::Period => ctx.t(&format!("schedules-period-{}", rhythm.name())),
        Contents::New => ctx.t("schedules-new-only"),
    }
}

impl File {
    async fn of(
        state: &AppState,
        schedule: &Schedule,
        file: &ScheduledFile,
        ctx: &PageContext,
    ) -> Result<Self, Error> {
        let delivered = file.outcome.as_deref() == Some(Outcome::Delivered.code());
        let export = match file.export.filter(|_| delivered) {
            Some(number) => state.exports.list().past_export(number).await?,
            None => None,
        };
        let end = export.as_ref().and_then(|export| export.end);
        let tried = file.tried_at.is_some();
        let is_open = file.retry_at.is_some();
        let is_period = file.archived.is_none();
        Ok(Self {
            number: file.number,
            due: ctx.dates().minute(file.due_at),
            iso: file.due_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            file: one_line(&file.file, NAME),
            class: match (delivered, tried) {
                (true, _) => "ok",
                (false, true) => "failing",
                (false, false) => "",
            },
            outcome: match (file.tried_at, is_open && delivered) {
                (_, true) => ctx.t("schedules-outcome-open"),
                (Some(tried), _) => {
                    let words = outcome(file, ctx);
                    format!("{words} ({})", ctx.dates().minute(tried))
                }
                (None, _) => outcome(file, ctx),
            },
            said: one_line(&file.said, SAID),
            size: end.as_ref().map(|end| size_words(end, ctx)),
            sha256: end.and(file.export),
            short: file
                .read_until
                .map(|until| ctx.t1("schedules-short", "at", &at(ctx, until))),
            again: schedule.paused.is_none() && is_period && !is_open,
        })
    }
}

impl<'a> ListPage<'a> {
    pub async fn new(state: &AppState, ctx: &'a PageContext) -> Result<Self, Error> {
        let schedules = state.scheduling.all().await?;
        let mut rows = Vec::with_capacity(schedules.len());
        for schedule in &schedules {
            rows.push(Row::of(state, ctx, schedule).await?);
        }
        Ok(Self {
            done: (parameter(&ctx.query, "done").as_deref() == Some("deleted"))
                .then(|| ctx.t("schedules-done-deleted")),
            nowhere: state.scheduling.destinations().all().is_empty(),
            full: schedules.len() >= MOST_SCHEDULES as usize,
            rows,
            ctx,
        })
    }
}

impl<'a> SchedulePage<'a> {
    pub async fn new(state: &AppState, ctx: &'a PageContext, schedule: &Schedule) -> Result<Self, Error> {
        let before = parameter(&ctx.query, "before").and_then(|number| number.parse().ok());
        let mut all = state.scheduling.files(schedule.number, before, PAGE + 1).await?;
        let last = cut(&mut all, PAGE, |file| file.number);
        let mut files = Vec::with_capacity(all.len());
        for file in &all {
            files.push(File::of(state, schedule, file, ctx).await?);
        }
        let made = [
            ("by", Arg::Text(&one_line(&schedule.created_by, NAME))),
            ("at", Arg::Text(&at(ctx, schedule.created_at))),
        ];
        let known = [
            "created", "changed", "paused", "resumed", "now", "not-now", "given-up",
        ];
        let destination = state
            .scheduling
            .destinations()
            .named(&schedule.content.destination);
        Ok(Self {
            done: parameter(&ctx.query, "done")
                .filter(|done| known.contains(&done.as_str()))
                .map(|done| ctx.t(&format!("schedules-done-{done}"))),
            row: Row::of(state, ctx, schedule).await?,
            shown: destination.map(|it| one_line(&it.shown(), NAME)),
            made: ctx.lang.t_with("streams-made", &made),
            is_paused: schedule.paused.is_some(),
            failing: schedule
                .open
                .as_ref()
                .filter(|open| open.tries > 0)
                .map(|open| open.number),
            zone_label: ctx.dates().zone_label(ctx.now),
            older: last.map(|number| format!("/settings/schedules/{}?before={number}", schedule.number)),
            newest: before.is_some(),
            files,
            ctx,
        })
    }
}

/// The choices with what is chosen among them: a browser would take the first one in the place of one that is not there.
fn with_chosen(mut all: Vec<Choice>, chosen: &str, words: String) -> Vec<Choice> {
    if !chosen.is_empty() && all.iter().all(|(value, ..)| value != chosen) {
        all.insert(0, (chosen.to_owned(), words, true));
    }
    all
}

impl<'a> FormPage<'a> {
    pub fn new(
        state: &AppState,
        ctx: &'a PageContext,
        before: Option<&Schedule>,
        sent: Sent,
        faults: Vec<Fault>,
        views: &[SavedView],
    ) -> Self {
        let destinations = state.scheduling.destinations().all();
        let choice = |value: &str, words: String, chosen: &str| (value.to_owned(), words, value == chosen);
        let args = [
            ("n", Arg::Number(i64::try_from(LONGEST_NAME).unwrap_or_default())),
            ("most", Arg::Number(MOST_SCHEDULES.into())),
        ];
        Self {
            number: before.map(|it| it.number),
            title: ctx.t(match before {
                Some(_) => "schedules-change-title",
                None => "schedules-new",
            }),
            errors: faults
                .into_iter()
                .map(|(field, key)| (field, ctx.lang.t_with(key, &args)))
                .collect(),
            nowhere: destinations.is_empty(),
            filters: choice::options(&sent.filter, &chosen_before(before, ctx), views, ctx),
            rhythms: Rhythm::ALL
                .map(|rhythm| {
                    let words = ctx.t(&format!("schedules-rhythm-{}", rhythm.name()));
                    choice(rhythm.name(), words, &sent.rhythm)
                })
                .into(),
            hours: (0..24)
                .map(|n| choice(&n.to_string(), hour(n), &sent.hour))
                .collect(),
            zones: with_chosen(
                zones()
                    .into_iter()
                    .map(|name| choice(name, name.to_owned(), &sent.zone))
                    .collect(),
                &sent.zone,
                one_line(&sent.zone, NAME),
            ),
            destinations: with_chosen(
                destinations
                    .iter()
                    .map(|it| choice(it.name(), one_line(it.name(), NAME), &sent.destination))
                    .collect(),
                &sent.destination,
                ctx.t1(
                    "schedules-destination-gone",
                    "name",
                    &one_line(&sent.destination, NAME),
                ),
            ),
            formats: Format::ALL
                .map(|it| choice(it.name(), format_words(it, ctx), &sent.format))
                .into(),
            rows: Rows::ALL
                .map(|it| choice(it.name(), rows_words(it, ctx), &sent.rows))
                .into(),
            columns: Columns::ALL
                .map(|it| choice(it.name(), columns_words(it, ctx), &sent.columns))
                .into(),
            languages: [("en", "English"), ("ja", "日本語")]
                .map(|(tag, name)| choice(tag, name.to_owned(), &sent.language))
                .into(),
            sent,
            ctx,
        }
    }

    fn error(&self, field: &str) -> Option<&str> {
        let found = self.errors.iter().find(|(other, _)| *other == field);
        found.map(|(_, text)| text.as_str())
    }

    fn action(&self) -> String {
        match self.number {
            Some(number) => format!("/settings/schedules/{number}/change"),
            None => "/settings/schedules".to_owned(),
        }
    }

    fn back(&self) -> String {
        match self.number {
            Some(number) => format!("/settings/schedules/{number}"),
            None => "/settings/schedules".to_owned(),
        }
    }

    /// The first field with a fault takes the focus, else the name of a new schedule.
    fn focus(&self, field: &str) -> bool {
        match self.errors.first() {
            Some((first, _)) => *first == field,
            None => self.number.is_none() && field == "name",
        }
    }
}

impl<'a> DeletePage<'a> {
    pub async fn new(state: &AppState, ctx: &'a PageContext, schedule: &Schedule) -> Result<Self, Error> {
        Ok(Self {
            ctx,
            row: Row::of(state, ctx, schedule).await?,
        })
    }
}
