//! The activity page's view model.

use std::sync::Arc;

use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    Choices,
    chart::{Chart, Plan},
    empty::Empty,
    filters::{self, Chip, Names},
    form::{self, Form},
    kept_rows::{Html, KeptRows, Words},
    news::News,
    rows::{self, DayGroup, RowMaker},
    summary,
};
use crate::{
    audit::{
        Cursor, Selection, Ticks,
        cursor::Direction,
        selection::{Parsed, To, View},
    },
    export::{self, Format},
    i18n::{Arg, byte_size, grouped},
    store::{Count, Entry, LeftOut, Overview, Page, ViewName},
    web::{
        PageContext, Viewer,
        collecting::Standing,
        coverage::{Freshness, Line},
        views::OnLog,
    },
};

/// What the archive answered.
pub struct Found {
    pub page: Page,
    pub overview: Overview,
    pub plan: Option<Plan>,
    pub span: Option<(Ticks, Ticks)>,
    pub choices: Choices,
    pub standing: Arc<Standing>,
    /// The number of the archive's newest record.
    pub newest: i64,
    pub nearest: Option<Ticks>,
    /// Whether there may be some all the same: nobody looked to the end.
    pub nearest_unknown: bool,
    pub names: Names,
    pub saved: Vec<ViewName>,
}

#[derive(Template)]
#[template(path = "activity/page.html")]
pub struct ActivityPage<'a> {
    ctx: &'a PageContext,
    title: String,
    form: Form,
    chips: Vec<Chip>,
    /// The same dates without any filter.
    clear: String,
    /// Field to jump to, and what is wrong there.
    faults: Vec<(&'static str, String)>,
    sentence: String,
    export: Option<Export>,
    chart: Option<Chart>,
    /// Why there are no numbers.
    left_out: Option<String>,
    zone_label: String,
    /// Zone name and link: to UTC, or from it to the reader's own zone.
    other_zone: Option<(&'static str, String)>,
    groups: Vec<DayGroup<Html>>,
    empty: Option<Empty>,
    /// Something about the range that the reader should know.
    notice: Option<String>,
    /// How far a search came before it was broken off, and the link to what follows.
    searched: Option<(String, String)>,
    newer: Option<String>,
    older: Option<String>,
    position: String,
    /// Page size, link; no link for the current one.
    sizes: Vec<(u32, Option<String>)>,
    fresh: Option<Freshness>,
    /// Where records that come later are announced; nothing where none would be seen here.
    news: Option<News>,
    line: Line,
    views: OnLog,
}

/// The ways out.
pub struct Export {
    href: String,
    fields: Vec<(String, String)>,
    empty: bool,
    /// About how large a large file will be.
    size: Option<String>,
}

impl<'a> ActivityPage<'a> {
    pub fn new(
        ctx: &'a PageContext,
        viewer: &Viewer,
        asked: &Parsed,
        found: Found,
        kept: &KeptRows,
        started_at: DateTime<Utc>,
    ) -> askama::Result<Self> {
        let (lang, dates, selection) = (ctx.lang, ctx.dates(), &asked.selection);
        let here = |view: View| format!("/activity?{}", view.append_to(selection.query()));
        let at = |cursor| {
            here(View {
                after: Some(cursor),
                ..asked.view
            })
        };
        let newest = found
            .page
            .entries
            .first()
            .and_then(|entry| entry.ticks.to_utc())
            .unwrap_or(ctx.now);
        let maker = RowMaker::new(&selection.search, dates, newest).naming(&ctx.applications);
        let words = Words::of(lang);
        let groups = rows::by_day(&found.page.entries, dates, |entry| {
            kept.html(&maker, &words, entry)
        })?;
        let oldest = found.span.map(|(oldest, _)| oldest);
        let broken_off = found.page.searched_to.is_some();
        let Overview {
            count,
            facets,
            bars,
            left_out,
        } = found.overview;
        let count = summary::at_least(count, &found.page, asked.view.after.is_none());
        Ok(Self {
            ctx,
            title: summary::title(selection, lang),
            chips: filters::chips(selection, asked.view, &found.names, lang),
            clear: form::first_page(&selection.unfiltered(), asked.view),
            form: Form::new(asked, &found.choices, &facets, &found.names, lang),
            faults: asked
                .faults
                .iter()
                .map(|f| (f.field, form::message(f, asked, lang)))
                .collect(),
            sentence: summary::sentence(selection, count, oldest, lang),
            export: viewer
                .may_export
                .then(|| Export::of(ctx, selection, &found.page.entries, count)),
            chart: Chart::new(found.plan.as_ref(), &bars, selection, asked.view, lang),
            left_out: left_out.map(|why| why_left_out(why, broken_off, ctx)),
            zone_label: dates.zone_label(newest),
            other_zone: other_zone(ctx),
            groups,
            empty: found.page.entries.is_empty().then(|| {
                let has_run = found.standing.accounts.iter().any(|a| a.runs.last.is_some());
                let back = found.page.newer.filter(|_| asked.view.after.is_some()).map(at);
                match found.span {
                    None => Empty::archive(ctx, has_run, started_at),
                    Some(_) if broken_off => Empty::so_far(ctx, selection),
                    Some(_) if let Some(back) = back.filter(|_| count != Count::Exactly(0)) => {
                        Empty::further(ctx, back)
                    }
                    Some(_) => Empty::selection(ctx, asked, found.nearest, found.nearest_unknown),
                }
            }),
            notice: notice(ctx, selection, oldest),
            searched: searched(ctx, asked.view, &found.page, at),
            newer: found.page.newer.map(at),
            older: found.page.older.map(at),
            position: summary::position(&found.page, count, dates),
            sizes: [25, 50, 100]
                .map(|size| {
                    (
                        size,
                        (size != asked.view.size).then(|| here(View { size, after: None })),
                    )
                })
                .into(),
            fresh: Freshness::of(ctx, &found.standing),
            news: News::of(asked, found.newest, ctx.now),
            line: Line::of(ctx, &found.standing, selection),
            views: OnLog::new(ctx, asked, found.saved),
        })
    }

    /// Whether the form shows that field, so that a fault can lead to it.
    fn field_exists(&self, field: &str) -> bool {
        matches!(
            field,
            "q" | "from" | "to" | "customer" | "user" | "app" | "changed"
        )
    }
}

impl Export {
    fn of(ctx: &PageContext, selection: &Selection, shown: &[Arc<Entry>], count: Count) -> Self {
        let query = selection.query();
        Self {
            href: format!("/activity/export?{query}&format=csv"),
            fields: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            empty: shown.is_empty(),
            size: size(ctx, shown, count),
        }
    }
}

/// About how large the files of a large selection will be, judged by the records that are shown.
fn size(ctx: &PageContext, shown: &[Arc<Entry>], count: Count) -> Option<String> {
    let (Count::Exactly(records), false) = (count, shown.is_empty()) else {
        return None;
    };
    let bytes: usize = shown.iter().map(|entry| entry.record.document.len()).sum();
    let sample = bytes as f64 / shown.len() as f64;
    let about = |format| export::about(format, records, sample).map(byte_size);
    let rows = grouped(i64::try_from(records).unwrap_or(i64::MAX));
    Some(ctx.lang.t_with(
        "export-size",
        &[
            ("rows", Arg::Text(&rows)),
            ("csv", Arg::Text(&about(Format::Csv)?)),
            ("plain", Arg::Text(&about(Format::CsvPlain)?)),
            ("ndjson", Arg::Text(&about(Format::Ndjson)?)),
        ],
    ))
}

fn why_left_out(why: LeftOut, broken_off: bool, ctx: &PageContext) -> String {
    match why {
        // The list is not complete, which it says itself.
        LeftOut::TookTooLong if broken_off => ctx.t("counts-too-long-too"),
        LeftOut::TookTooLong => ctx.t("counts-too-long"),
        LeftOut::Loading(parts) => ctx.t1("counts-loading", "percent", &parts.min(100).to_string()),
    }
}

/// How far a search came that was broken off, and where it goes on.
fn searched(
    ctx: &PageContext,
    view: View,
    page: &Page,
    at: impl Fn(Cursor) -> String,
) -> Option<(String, String)> {
    let moment = ctx.dates().minute(page.searched_to?.to_utc()?);
    // Where nothing is newer any more, the first page stands in the place of the one asked for.
    let towards_newer = view
        .after
        .is_some_and(|after| after.direction == Direction::Newer);
    let (text, on) = match page.newer.filter(|_| towards_newer) {
        Some(newer) => ("searched-up-to", newer),
        None => ("searched-to", page.older?),
    };
    Some((ctx.t1(text, "at", &moment), at(on)))
}

/// What is special about the range: older than the archive, or reaching into the future.
fn notice(ctx: &PageContext, selection: &Selection, oldest: Option<Ticks>) -> Option<String> {
    let dates = ctx.dates();
    let start = dates.local_day(oldest?.to_utc()?);
    if selection.last_day() < start {
        return Some(ctx.t1("range-too-old", "day", &dates.day(start)));
    }
    match selection.to {
        To::Day(day) if day > selection.today => {
            let text = dates.day(day);
            Some(ctx.lang.t_with("range-future", &[("day", Arg::Text(&text))]))
        }
        _ => None,
    }
}

fn other_zone(ctx: &PageContext) -> Option<(&'static str, String)> {
    let utc = chrono_tz::Tz::UTC;
    let other = if ctx.zone == utc { ctx.own_zone } else { utc };
    (other != ctx.zone).then(|| (other.name(), ctx.in_zone(other)))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};
    use chrono::TimeZone as _;

    use super::*;
    use crate::web::activity::Choices;

    /// The page of a query string, of an archive that has records and shows none of them.
    fn page(query: &str, left_out: Option<LeftOut>, page: Page) -> String {
        let now = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap();
        let uri: Uri = format!("/activity?{query}").parse().unwrap();
        let ctx = PageContext::read(&uri, &HeaderMap::new(), now, false);
        let asked = Selection::parse(query, now, ctx.own_zone);
        let span = Some((Ticks::from(now), Ticks::from(now)));
        let choices = [
            vec!["create_order".to_owned()],
            vec!["failed".to_owned()],
            Vec::new(),
        ];
        let found = Found {
            page,
            overview: Overview {
                left_out,
                ..Overview::default()
            },
            plan: Plan::of(&asked.selection, span),
            span,
            choices: Choices::new(choices.into(), Vec::new()),
            standing: Arc::new(Standing {
                now,
                interval: chrono::TimeDelta::minutes(5),
                started_at: now,
                kept_from: None,
                accounts: Vec::new(),
            }),
            newest: 1,
            nearest: None,
            nearest_unknown: false,
            names: Names::default(),
            saved: Vec::new(),
        };
        ActivityPage::new(&ctx, &Viewer::default(), &asked, found, &KeptRows::default(), now)
            .unwrap()
            .render()
            .unwrap()
    }

    #[test]
    fn where_numbers_are_left_out_the_page_says_why_and_offers_the_values_without() {
        let html = page("lang=en", Some(LeftOut::TookTooLong), Page::default());
        assert!(html.contains("Counts took too long for this range. The list is complete."));
        assert!(html.contains(r#"value="create_order"><bdi>Created an order</bdi></label>"#));
        assert!(!html.contains("class=\"chart\"") && !html.contains("class=\"none\""));
        let html = page("lang=ja", Some(LeftOut::Loading(40)), Page::default());
        assert!(html.contains("件数を準備しています (40% 完了)。一覧は完全です。"));
        let html = page("lang=en", None, Page::default());
        assert!(!html.contains("uncounted"));
    }

    #[test]
    fn a_search_that_was_broken_off_says_how_far_it_came_and_goes_on() {
        let at = Utc.with_ymd_and_hms(2026, 3, 1, 8, 30, 0).unwrap();
        let broken_off = Page {
            searched_to: Some(Ticks::from(at)),
            older: Some(Cursor {
                direction: Direction::Older,
                ticks: Ticks::from(at),
                record: 7,
            }),
            ..Page::default()
        };
        let html = page("q=zebra&lang=en", None, broken_off);
        assert!(html.contains("Nothing was found so far"));
        assert!(
            html.contains("Searched back to 1 Mar 2026, 08:30. Older activities were not looked at yet.")
        );
        assert!(html.contains("after=") && html.contains(">Search on</a>"));
        assert!(!html.contains("No activities match"));
        let on = Cursor {
            direction: Direction::Newer,
            ticks: Ticks::from(at),
            record: 7,
        };
        let broken_off = Page {
            searched_to: Some(Ticks::from(at)),
            newer: Some(on),
            ..Page::default()
        };
        let html = page(
            &format!("q=zebra&lang=en&after={}", on.encode()),
            None,
            broken_off,
        );
        assert!(html.contains("Searched up to 1 Mar 2026, 08:30. Newer activities were not looked at yet."));
        assert!(html.contains(">Search on</a>"));
    }
}
