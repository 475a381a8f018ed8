//! The pages of streams as finished text.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    AppState, Error, PAGE, PageContext, cut,
    form::{Fault, Sent, kept},
    parameter,
};
use crate::{
    audit::RecordId,
    i18n::{Arg, grouped},
    store::{Delivery, MOST_STREAMS, PauseReason, SavedView, Stream, StreamKind},
    stream::{LARGEST, Outcome, selected},
    web::{
        activity::filters,
        managed::NAME,
        views::{choice, form::LONGEST_NAME},
    },
    wording::one_line,
};

/// Of longer answers only the beginning is on a page, in characters.
const SAID: usize = 300;

/// `GET /settings/streams`
#[derive(Template)]
#[template(path = "streams/list.html")]
pub struct ListPage<'a> {
    ctx: &'a PageContext,
    /// What was just done.
    done: Option<String>,
    /// That no key can seal what streams need.
    no_key: bool,
    full: bool,
    rows: Vec<Row>,
    kinds: Vec<Kind>,
}

/// A kind to choose.
struct Kind {
    name: &'static str,
    title: String,
    hint: String,
}

/// A stream in words.
struct Row {
    number: i64,
    name: String,
    kind: String,
    shown: String,
    what: What,
    state: Status,
    last: Option<String>,
}

/// What a stream sends.
struct What {
    /// Each filter in words; none for everything.
    filters: Vec<String>,
    /// The name of the view it is from.
    view: Option<String>,
    /// The log with the same filters.
    href: String,
}

/// How a stream stands.
struct Status {
    /// `ok`, `busy`, `failing` or `paused`
    class: &'static str,
    words: String,
    more: Option<String>,
    backlog: Option<String>,
}

/// `GET /settings/streams/{number}`
#[derive(Template)]
#[template(path = "streams/page.html")]
pub struct StreamPage<'a> {
    ctx: &'a PageContext,
    done: Option<String>,
    /// What came of a test just now.
    tested: Option<Entry>,
    /// The new signing key.
    key: Option<String>,
    row: Row,
    made: String,
    is_paused: bool,
    /// Whether the next record may be what is refused.
    may_skip: bool,
    /// Where the stream was when this page was made.
    seen: String,
    /// That no key of the settings opens where it goes.
    sealed: bool,
    zone_label: String,
    log: Vec<Entry>,
    older: Option<String>,
    newest: bool,
    /// The date that was typed and cannot be.
    refused_date: Option<String>,
    today: String,
}

/// A delivery in words.
struct Entry {
    at: String,
    iso: String,
    class: &'static str,
    outcome: String,
    records: String,
    /// The first and the last record: words, id and address.
    ends: Vec<(String, String, Option<String>)>,
    took: String,
    said: String,
}

/// `GET /settings/streams/new`, `…/change`
#[derive(Template)]
#[template(path = "streams/form.html")]
pub struct FormPage<'a> {
    ctx: &'a PageContext,
    kind: StreamKind,
    title: String,
    hint: String,
    /// The stream that is changed: its number, and what its present address may show.
    before: Option<(i64, String)>,
    sent: Sent,
    errors: Vec<(&'static str, String)>,
    no_key: bool,
    local: bool,
    /// Value, words, and whether it is chosen.
    filters: Vec<(String, String, bool)>,
    largest: Vec<(String, String, bool)>,
}

/// `GET /settings/streams/{number}/delete`
#[derive(Template)]
#[template(path = "streams/delete.html")]
pub struct DeletePage<'a> {
    ctx: &'a PageContext,
    row: Row,
}

fn kind_title(kind: StreamKind, ctx: &PageContext) -> String {
    ctx.t(&format!("streams-kind-{}", kind.name()))
}

fn kind_hint(kind: StreamKind, ctx: &PageContext) -> String {
    ctx.t(&format!("streams-kind-{}-hint", kind.name()))
}

fn counted(ctx: &PageContext, key: &str, n: u64) -> String {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    ctx.lang
        .t_with(key, &[("n", Arg::Number(n)), ("number", Arg::Text(&grouped(n)))])
}

fn at(ctx: &PageContext, moment: DateTime<Utc>) -> String {
    ctx.dates().minute(moment)
}

impl What {
    async fn of(state: &AppState, ctx: &PageContext, stream: &Stream) -> Result<Self, Error> {
        let content = &stream.content;
        let filters = match selected(&content.query, ctx.now, ctx.own_zone) {
            Some(selection) => {
                let names = filters::names(&*state.store, &selection).await?;
                filters::told(&selection, &names.naming(&ctx.applications), ctx.lang)
            }
            None => vec![one_line(&content.query, NAME)],
        };
        Ok(Self {
            filters,
            view: content.view.as_deref().map(|name| one_line(name, NAME)),
            href: match content.query.as_str() {
                "" => "/activity?from=".to_owned(),
                query => format!("/activity?{query}"),
            },
        })
    }
}

impl Status {
    fn of(stream: &Stream, ctx: &PageContext) -> Self {
        let behind = match (stream.behind, stream.content.query.is_empty()) {
            (0, _) => None,
            (n, true) => Some(counted(ctx, "streams-behind", n)),
            // How many of them are selected nobody knows before they were looked at.
            (n, false) => Some(counted(ctx, "streams-behind-some", n)),
        };
        let last = stream
            .last
            .as_ref()
            .filter(|last| last.outcome != Outcome::Accepted.code());
        let why = last.map(|last| outcome(last, ctx));
        let (class, words, more) = match (&stream.paused, &stream.failing) {
            (Some(paused), _) => {
                let when = at(ctx, paused.at);
                let words = match (&paused.by, paused.reason) {
                    (Some(by), _) => {
                        let by = one_line(by, NAME);
                        let args = [("by", Arg::Text(&by)), ("at", Arg::Text(&when))];
                        ctx.lang.t_with("streams-paused-by", &args)
                    }
                    (None, PauseReason::Gone) => ctx.t1("streams-paused-gone", "at", &when),
                    (None, PauseReason::Copied) => ctx.t1("streams-paused-copied", "at", &when),
                    (None, _) => ctx.t1("streams-paused-failing", "at", &when),
                };
                ("paused", words, why.filter(|_| paused.by.is_none()))
            }
            (None, Some(failing)) => {
                let since = at(ctx, failing.since);
                let next = at(ctx, failing.retry_at.max(ctx.now));
                let args = [
                    ("n", Arg::Number(failing.tries.into())),
                    ("since", Arg::Text(&since)),
                    ("next", Arg::Text(&next)),
                ];
                ("failing", ctx.lang.t_with("streams-failing", &args), why)
            }
            (None, None) if stream.behind == 0 => ("ok", ctx.t("streams-current"), None),
            (None, None) => ("busy", ctx.t("streams-sending"), None),
        };
        Self {
            class,
            words,
            more,
            backlog: behind,
        }
    }
}

impl Row {
    async fn of(state: &AppState, ctx: &PageContext, stream: &Stream) -> Result<Self, Error> {
        Ok(Self {
            number: stream.number,
            name: one_line(&stream.content.name, NAME),
            kind: kind_title(stream.content.kind, ctx),
            shown: one_line(&stream.content.shown, NAME),
            what: What::of(state, ctx, stream).await?,
            state: Status::of(stream, ctx),
            last: stream.last.as_ref().map(|last| {
                let words = match last.test {
                    true => ctx.t1("streams-last-test", "outcome", &outcome(last, ctx)),
                    false => outcome(last, ctx),
                };
                let args = [
                    ("outcome", Arg::Text(&words)),
                    ("at", Arg::Text(&at(ctx, last.at))),
                ];
                ctx.lang.t_with("streams-last", &args)
            }),
        })
    }
}

/// How a delivery ended, in words.
fn outcome(delivery: &Delivery, ctx: &PageContext) -> String {
    let known = Outcome::ALL
        .into_iter()
        .find(|known| known.code() == delivery.outcome);
    let words = match known {
        Some(known) => ctx.t(&format!("streams-outcome-{}", known.code())),
        None => one_line(&delivery.outcome, NAME),
    };
    match delivery.status.filter(|_| known != Some(Outcome::Accepted)) {
        Some(status) => format!("{words} ({status})"),
        None => words,
    }
}

impl Entry {
    fn of(delivery: &Delivery, ctx: &PageContext) -> Self {
        let end = |key: &str, id: &Option<String>| {
            let id = id.as_deref()?;
            let href = RecordId::parse(id).map(|id| format!("/activity/{id}"));
            Some((ctx.t(key), one_line(id, 60), href))
        };
        let ends = match delivery.records {
            0 | 1 => vec![end("streams-record", &delivery.first)],
            _ => vec![
                end("streams-first", &delivery.first),
                end("streams-last-record", &delivery.last),
            ],
        };
        let accepted = delivery.outcome == Outcome::Accepted.code();
        Self {
            at: ctx.dates().moment(delivery.at),
            iso: delivery.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            class: if accepted { "ok" } else { "failing" },
            outcome: outcome(delivery, ctx),
            records: match delivery.test {
                true => ctx.t("streams-test-event"),
                false => counted(ctx, "streams-records", delivery.records.into()),
            },
            ends: ends.into_iter().flatten().collect(),
            took: ctx.t1("streams-took", "n", &grouped(delivery.took_ms.into())),
            said: one_line(&delivery.said, SAID),
        }
    }
}

impl<'a> ListPage<'a> {
    pub async fn new(state: &AppState, ctx: &'a PageContext) -> Result<Self, Error> {
        let streams = state.streaming.all().await?;
        let mut rows = Vec::with_capacity(streams.len());
        for stream in &streams {
            rows.push(Row::of(state, ctx, stream).await?);
        }
        Ok(Self {
            done: (parameter(&ctx.query, "done").as_deref() == Some("deleted"))
                .then(|| ctx.t("streams-done-deleted")),
            no_key: !state.streaming.can_seal(),
            full: streams.len() >= MOST_STREAMS as usize,
            rows,
            kinds: StreamKind::ALL
                .map(|kind| Kind {
                    name: kind.name(),
                    title: kind_title(kind, ctx),
                    hint: kind_hint(kind, ctx),
                })
                .into(),
            ctx,
        })
    }
}

impl<'a> StreamPage<'a> {
    pub async fn new(
        state: &AppState,
        ctx: &'a PageContext,
        stream: &Stream,
        done: Option<&str>,
        key: Option<String>,
    ) -> Result<Self, Error> {
        let before = parameter(&ctx.query, "before").and_then(|number| number.parse().ok());
        let mut log = state
            .streaming
            .deliveries(stream.number, before, PAGE + 1)
            .await?;
        let last = cut(&mut log, PAGE, |entry| entry.number);
        let made = [
            ("by", Arg::Text(&one_line(&stream.created_by, NAME))),
            ("at", Arg::Text(&at(ctx, stream.created_at))),
        ];
        let known = [
            "created",
            "changed",
            "moved",
            "skipped",
            "not-skipped",
            "paused",
            "resumed",
        ];
        Ok(Self {
            tested: match done {
                Some("tested") => log
                    .iter()
                    .find(|entry| entry.test)
                    .map(|entry| Entry::of(entry, ctx)),
                _ => None,
            },
            done: done
                .filter(|done| known.contains(done))
                .map(|done| ctx.t(&format!("streams-done-{done}"))),
            key,
            row: Row::of(state, ctx, stream).await?,
            made: ctx.lang.t_with("streams-made", &made),
            is_paused: stream.paused.is_some(),
            may_skip: stream.failing.is_some() && stream.behind > 0,
            seen: format!("{}-{}", stream.moves, stream.position),
            sealed: state.streaming.target(stream).is_none(),
            zone_label: ctx.dates().zone_label(ctx.now),
            older: last.map(|number| format!("/settings/streams/{}?before={number}", stream.number)),
            newest: before.is_some(),
            log: log.iter().map(|entry| Entry::of(entry, ctx)).collect(),
            refused_date: None,
            today: ctx.dates().local_day(ctx.now).to_string(),
            ctx,
        })
    }

    /// The same page with what is wrong with a date.
    pub fn refusing_date(mut self, typed: String) -> Self {
        self.refused_date = Some(typed.chars().take(40).collect());
        self
    }
}

impl<'a> FormPage<'a> {
    pub fn new(
        state: &AppState,
        ctx: &'a PageContext,
        kind: StreamKind,
        before: Option<&Stream>,
        mut sent: Sent,
        faults: Vec<Fault>,
        views: &[SavedView],
    ) -> Self {
        // What is secret is typed anew rather than sent back.
        sent.secret = String::new();
        let filters = choice::options(&sent.filter, &kept(before, ctx), views, ctx);
        let limit = |field| match field {
            "name" => LONGEST_NAME,
            _ => 0,
        };
        Self {
            title: match before {
                Some(_) => ctx.t("streams-change-title"),
                None => ctx.t1("streams-new-title", "kind", &kind_title(kind, ctx)),
            },
            hint: kind_hint(kind, ctx),
            before: before.map(|stream| (stream.number, stream.content.shown.clone())),
            errors: faults
                .into_iter()
                .map(|(field, fault)| {
                    let n = i64::try_from(limit(field)).unwrap_or_default();
                    let most = i64::from(MOST_STREAMS);
                    let args = [("n", Arg::Number(n)), ("most", Arg::Number(most))];
                    let key = match fault.starts_with("choice-") {
                        true => fault.to_owned(),
                        false => format!("streams-fault-{fault}"),
                    };
                    (field, ctx.lang.t_with(&key, &args))
                })
                .collect(),
            no_key: !state.streaming.can_seal(),
            local: state.streaming.allows_loopback(),
            filters,
            largest: LARGEST
                .into_iter()
                .map(|most| {
                    let words = counted(ctx, "streams-bytes", most.into());
                    (most.to_string(), words, sent.largest == most.to_string())
                })
                .collect(),
            sent,
            kind,
            ctx,
        }
    }

    fn error(&self, field: &str) -> Option<&str> {
        let found = self.errors.iter().find(|(other, _)| *other == field);
        found.map(|(_, text)| text.as_str())
    }

    /// The first field with a fault takes the focus.
    fn focus(&self, field: &str) -> bool {
        self.errors.first().is_some_and(|(first, _)| *first == field)
    }

    fn is(&self, kind: &str) -> bool {
        self.kind.name() == kind
    }

    fn action(&self) -> String {
        match &self.before {
            Some((number, _)) => format!("/settings/streams/{number}/change"),
            None => "/settings/streams".to_owned(),
        }
    }

    fn back(&self) -> String {
        match &self.before {
            Some((number, _)) => format!("/settings/streams/{number}"),
            None => "/settings/streams".to_owned(),
        }
    }

    /// What stands in the place of an address or a secret that is kept and not shown.
    fn kept(&self) -> Option<String> {
        let (_, shown) = self.before.as_ref()?;
        Some(self.ctx.t1("streams-url-kept", "shown", shown))
    }
}

impl<'a> DeletePage<'a> {
    pub async fn new(state: &AppState, ctx: &'a PageContext, stream: &Stream) -> Result<Self, Error> {
        Ok(Self {
            ctx,
            row: Row::of(state, ctx, stream).await?,
        })
    }
}
