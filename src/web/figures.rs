//! What the pages of a customer and of an actor have in common: how many activities, when, in which areas, by or for whom,
//! and the latest of them. Everything leads to the log with just that selected.
//!
//! Knows a selection and what the archive counts of it; whose page it is on does not matter here.

use std::time::Duration;

use super::{
    PageContext,
    activity::{
        chart::{Chart, Plan},
        filters,
        rows::{Row, RowMaker, customer_href},
        summary,
    },
    actors,
    collecting::Standing,
    coverage::Line,
};
use crate::{
    audit::{
        Selection, Ticks,
        selection::{FilterKey, View, exactly},
        vocabulary::{Area, OperationType},
    },
    i18n::{Arg, grouped},
    store::{Count, Facet, FacetValue, LeftOut, Overview, Page, Store, StoreError},
    wording,
};

/// How long counting may take. Longer, and the page is without numbers.
const BUDGET: Duration = Duration::from_millis(200);
/// How many of the latest activities are shown.
const LATEST: u32 = 10;
/// Of people, applications and customers so many are named.
const NAMED: usize = 12;
/// How long a name may get, in characters.
const NAME: usize = 80;
/// No filter takes a longer value, in characters, and no address more values.
const LONGEST_VALUE: usize = 510;
const MOST_VALUES: usize = 150;

/// What the archive has of a selection.
pub struct Known {
    selection: Selection,
    ends: Option<(Ticks, Ticks)>,
    plan: Option<Plan>,
    overview: Overview,
    page: Page,
}

/// The same as finished text.
pub struct Figures {
    /// The log with all of them.
    pub activities: String,
    /// `1,204 activities`; nothing where they were not counted.
    pub count: Option<String>,
    pub first: Option<String>,
    pub last: Option<String>,
    pub chart: Option<Chart>,
    /// Why numbers are missing.
    pub left_out: Option<String>,
    pub lists: Vec<List>,
    pub recent: Vec<Row>,
    /// How complete the archive is.
    pub line: Line,
}

/// Values with their numbers, the most frequent first.
pub struct List {
    pub title: String,
    pub items: Vec<Item>,
    /// How many more there are.
    pub more: Option<String>,
}

/// One of them.
pub struct Item {
    pub label: String,
    /// The page about it.
    pub page: Option<String>,
    pub count: String,
    /// The log with these activities; nothing where no filter can say so.
    pub href: Option<String>,
}

impl Known {
    /// Asks the archive. Empty where it has no such record.
    pub async fn of(store: &dyn Store, selection: Selection) -> Result<Self, StoreError> {
        let page = store.page(&selection, None, LATEST).await?;
        let ends = store.ends(&selection).await?;
        let plan = Plan::by_month(&selection, ends);
        let edges = plan.as_ref().map_or(&[][..], |plan| &plan.edges);
        let overview = store.overview(&selection, edges, BUDGET).await?;
        Ok(Self {
            selection,
            ends,
            plan,
            overview,
            page,
        })
    }

    /// Whether there is no record at all.
    pub fn is_empty(&self) -> bool {
        self.page.entries.is_empty()
    }
}

impl Figures {
    /// `lists` are the filters whose values are named, each with the message above them.
    pub fn new(
        ctx: &PageContext,
        known: &Known,
        standing: &Standing,
        lists: &[(FilterKey, &'static str)],
    ) -> Self {
        let (selection, overview) = (&known.selection, &known.overview);
        let dates = ctx.dates();
        let at = |ticks: Ticks| ticks.to_utc().map(|at| dates.minute(at));
        let facet = |key| overview.facets.iter().find(|facet| facet.key == key);
        let areas = facet(FilterKey::Action).map(|facet| areas(ctx, selection, facet));
        let named = lists.iter().filter_map(|(key, title)| {
            let facet = facet(*key).filter(|facet| !facet.values.is_empty())?;
            Some(list(ctx, selection, facet, title))
        });
        let maker = RowMaker::new(&selection.search, dates, ctx.now).naming(&ctx.applications);
        let chart = Chart::new(
            known.plan.as_ref(),
            &overview.bars,
            selection,
            View::default(),
            ctx.lang,
        );
        Self {
            activities: log(selection),
            count: match overview.count {
                Count::Exactly(n) if overview.left_out.is_none() => Some(counted(ctx, n)),
                _ => None,
            },
            first: known.ends.and_then(|(first, _)| at(first)),
            last: known.ends.and_then(|(_, last)| at(last)),
            chart: chart.map(|chart| chart.leading_to("/activity")),
            left_out: overview.left_out.map(|why| left_out(ctx, why)),
            lists: areas.into_iter().chain(named).collect(),
            recent: known.page.entries.iter().map(|entry| maker.row(entry)).collect(),
            line: Line::of(ctx, standing, selection),
        }
    }
}

/// What a selection has, where that can be counted.
pub async fn overview(store: &dyn Store, selection: &Selection) -> Result<Overview, StoreError> {
    store.overview(selection, &[], BUDGET).await
}

/// `1,204 activities`
pub fn counted(ctx: &PageContext, n: u64) -> String {
    let number = summary::number(Count::Exactly(n), ctx.lang);
    ctx.lang.t_with(
        "people-activities",
        &[
            ("n", Arg::Number(i64::try_from(n).unwrap_or(i64::MAX))),
            ("number", Arg::Text(&number)),
        ],
    )
}

/// Why numbers are missing, in words.
pub fn left_out(ctx: &PageContext, why: LeftOut) -> String {
    match why {
        LeftOut::TookTooLong => ctx.t("people-too-long"),
        LeftOut::Loading(percent) => ctx.t1("people-loading", "percent", &percent.min(100).to_string()),
    }
}

fn log(selection: &Selection) -> String {
    format!("/activity?{}", selection.query())
}

fn areas(ctx: &PageContext, selection: &Selection, facet: &Facet) -> List {
    let of_area = |area: Area| {
        let values = facet.values.iter();
        let of: Vec<&FacetValue> = values
            .filter(|value| OperationType(value.value.as_str().into()).area() == area)
            .collect();
        let count: u64 = of.iter().map(|value| value.count).sum();
        let fits = of.len() <= MOST_VALUES && of.iter().all(|value| is_value(&value.value));
        (count > 0).then(|| Item {
            label: wording::area(area, ctx.lang),
            page: None,
            count: counted(ctx, count),
            href: fits.then(|| {
                let actions = of.iter().map(|value| value.value.as_str());
                log(&actions.fold(selection.clone(), |all, action| {
                    all.with(FilterKey::Action, false, action)
                }))
            }),
        })
    };
    List {
        title: ctx.t("people-areas"),
        items: Area::ALL.into_iter().filter_map(of_area).collect(),
        more: more(ctx, facet.more),
    }
}

fn list(ctx: &PageContext, selection: &Selection, facet: &Facet, title: &str) -> List {
    let key = facet.key;
    let names = filters::Names::default().naming(&ctx.applications);
    let items = facet.values.iter().take(NAMED).map(|value| {
        let filter = match key {
            FilterKey::User | FilterKey::App => exactly(&value.value),
            _ => value.value.clone(),
        };
        let label = match &value.name {
            Some(name) => name.clone(),
            None => filters::words(key, &value.value, &names, ctx.lang),
        };
        Item {
            label: wording::one_line(&label, NAME),
            page: match key {
                // What is no id is the name of a company that records name without one.
                FilterKey::Customer if value.name.is_some() || filters::is_id(&value.value) => {
                    customer_href(&value.value)
                }
                FilterKey::User | FilterKey::App => actors::href(key, &value.value),
                _ => None,
            },
            count: counted(ctx, value.count),
            href: is_value(&value.value).then(|| log(&selection.with(key, false, &filter))),
        }
    });
    List {
        title: ctx.t(title),
        items: items.collect(),
        more: more(ctx, facet.more + facet.values.len().saturating_sub(NAMED)),
    }
}

/// How many more there are; nothing where there are none.
pub fn more(ctx: &PageContext, n: usize) -> Option<String> {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    let number = grouped(n);
    (n > 0).then(|| ctx.lang.t_with("people-more", &[("number", Arg::Text(&number))]))
}

/// Whether a filter that is handed in asks for just this.
fn is_value(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.chars().count() <= LONGEST_VALUE
}
