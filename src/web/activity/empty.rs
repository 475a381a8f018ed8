//! What stands in the place of rows where there are none: why, and what to do.

use chrono::{DateTime, Utc};

use super::{filters, form, summary};
use crate::{
    audit::{
        Selection, Ticks,
        search::{Part, What},
        selection::{FilterKey, From, Parsed, To, View},
    },
    i18n::Lang,
    web::PageContext,
    wording,
};

/// Why there are no rows.
pub struct Empty {
    pub title: String,
    pub text: String,
    /// Text and link to the nearest activity.
    pub nearest: Option<(String, String)>,
    /// Whether the filters are listed.
    pub filters: bool,
    /// A search for what is called as the words in the box, and a link to it.
    pub meant: Option<(String, String)>,
}

impl Empty {
    fn new(title: String, text: String) -> Self {
        Self {
            title,
            text,
            nearest: None,
            filters: false,
            meant: None,
        }
    }

    /// Nothing was ever archived.
    pub fn archive(ctx: &PageContext, has_run: bool, started_at: DateTime<Utc>) -> Self {
        let text = match has_run {
            true => ctx.t("empty-archive-ran"),
            false => ctx.t1("empty-archive-first", "at", &ctx.dates().minute(started_at)),
        };
        Self::new(ctx.t("empty-archive"), text)
    }

    /// The search was broken off.
    pub fn so_far(ctx: &PageContext, selection: &Selection) -> Self {
        Self {
            filters: is_filtered(selection),
            ..Self::new(ctx.t("empty-so-far"), ctx.t("empty-so-far-text"))
        }
    }

    /// Everything is on the pages before this one.
    pub fn further(ctx: &PageContext, back: String) -> Self {
        Self {
            nearest: Some((ctx.t("pager-newer"), back)),
            ..Self::new(ctx.t("empty-further"), ctx.t("empty-further-text"))
        }
    }

    /// There is nothing of what was asked for.
    pub fn selection(ctx: &PageContext, asked: &Parsed, nearest: Option<Ticks>, unknown: bool) -> Self {
        let (dates, selection) = (ctx.dates(), &asked.selection);
        let nearest = nearest.and_then(Ticks::to_utc).map(|at| {
            let day = dates.local_day(at);
            let query = summary::undated(selection)
                .over(From::Day(day), To::Day(day))
                .query();
            (
                ctx.t1("empty-nearest", "day", &dates.day(day)),
                format!("/activity?{query}"),
            )
        });
        let filters = is_filtered(selection);
        let text = match (&nearest, filters) {
            (Some(_), true) => "empty-filters-text",
            (Some(_), false) => "empty-range-text",
            (None, _) if unknown => "empty-unknown",
            (None, _) => "empty-nowhere",
        };
        Self {
            nearest,
            filters,
            meant: meant(selection, asked.view, ctx.lang),
            ..Self::new(
                ctx.t(if filters { "empty-filters" } else { "empty-range" }),
                ctx.t(text),
            )
        }
    }
}

fn is_filtered(selection: &Selection) -> bool {
    !selection.filters.is_empty() || !selection.search.text.is_empty()
}

/// The search for an action, a status or a resource type that is called as all the words in the box: no record holds what
/// pages call them.
fn meant(selection: &Selection, view: View, lang: Lang) -> Option<(String, String)> {
    let typed = selection.search.text.trim_matches(['"', '“', '”', '「', '」']);
    let words = |part: &Part| !part.exclude && matches!(part.what, What::Text(_));
    if !selection.search.parts.iter().all(words) {
        return None;
    }
    let mut keys = [FilterKey::Action, FilterKey::Status, FilterKey::Resource].into_iter();
    let key = keys.find(|key| !wording::called(*key, typed).is_empty())?;
    let text = format!("{}:\"{typed}\"", filters::name(key, lang));
    let href = form::first_page(&selection.searching(&text), view);
    // A text that has quotation marks itself would be another search.
    (selection.searching(&text).search.parts.len() == 1).then_some((text, href))
}
