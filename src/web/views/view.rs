//! The pages of saved views as finished text.

use askama::Template;

use super::{
    MOST_SHARED,
    form::{self, Trouble},
    log::Offer,
    span::{self, Span},
};
use crate::{
    audit::Selection,
    i18n::Arg,
    store::{MOST_VIEWS, SavedView, Store, StoreError},
    web::{
        PageContext,
        activity::{
            filters::{self, Names},
            summary,
        },
    },
};

/// Of so many views the names behind ids are looked up.
const NAMED: usize = 100;

/// `GET /views`
#[derive(Template)]
#[template(path = "views/list.html")]
pub struct List<'a> {
    ctx: &'a PageContext,
    /// What was just done.
    done: Option<String>,
    own: Vec<Row>,
    shared: Vec<Row>,
    /// That there is no room for more of the reader's own.
    full: Option<String>,
    /// That others have more than are listed.
    more: Option<String>,
    /// Whether the reader begins with one of these.
    has_start: bool,
}

/// A view in words.
pub struct Row {
    id: i64,
    name: String,
    by: String,
    own: bool,
    shared: bool,
    is_start: bool,
    may_change: bool,
    dates: String,
    /// Filter and value.
    filters: Vec<String>,
}

/// `GET /views/{id}/edit`
#[derive(Template)]
#[template(path = "views/edit.html")]
pub struct Edit<'a> {
    ctx: &'a PageContext,
    view: Row,
    /// The name in the field: as typed where it was refused.
    name: String,
    error: Option<String>,
}

/// `GET /views/{id}/delete`
#[derive(Template)]
#[template(path = "views/delete.html")]
pub struct Delete<'a> {
    ctx: &'a PageContext,
    view: Row,
}

/// Saving where something stands in the way.
#[derive(Template)]
#[template(path = "views/save.html")]
pub struct Save<'a> {
    ctx: &'a PageContext,
    title: String,
    trouble: String,
    name: String,
    offer: Offer,
    dates: String,
    shared: bool,
    start: bool,
    /// Whether a view of that name is there, to be replaced.
    taken: bool,
    /// Whether another name or other dates help.
    can_retry: bool,
    /// The log's address, to go back to.
    back: String,
}

/// The filters and the search of a selection, each in words.
pub fn filter_words(ctx: &PageContext, selection: &Selection, names: &Names) -> Vec<String> {
    let lang = ctx.lang;
    let mut all = Vec::new();
    if !selection.search.text.is_empty() {
        all.push(ctx.t1("views-search", "text", &selection.search.text));
    }
    for filter in &selection.filters {
        let values: Vec<_> = filter
            .values
            .iter()
            .map(|value| filters::words(filter.key, value, names, lang))
            .collect();
        let label = filters::label(filter.key, lang);
        let joint = ctx.t("label-joint");
        let not = if filter.exclude {
            ctx.t("views-not")
        } else {
            String::new()
        };
        all.push(format!(
            "{label}{joint}{not}{}",
            values.join(&ctx.t("list-joint"))
        ));
    }
    all
}

impl Row {
    async fn new(store: &dyn Store, ctx: &PageContext, view: &SavedView) -> Result<Self, StoreError> {
        let names = filters::names(store, &selection(ctx, view)).await?;
        let names = names.naming(&ctx.applications);
        Ok(Self::named(ctx, view, &names))
    }

    fn named(ctx: &PageContext, view: &SavedView, names: &Names) -> Self {
        let selection = selection(ctx, view);
        let all = filter_words(ctx, &selection, names);
        Self {
            id: view.listed.id.0,
            name: view.listed.name.clone(),
            by: view.listed.owner_name.clone(),
            own: view.listed.own,
            shared: view.listed.shared,
            is_start: view.is_start,
            may_change: view.listed.own || ctx.viewer.as_ref().is_some_and(|viewer| viewer.may_manage),
            dates: dates(ctx, view, &selection),
            filters: all,
        }
    }
}

fn selection(ctx: &PageContext, view: &SavedView) -> Selection {
    span::selection(&view.query, view.span.as_deref(), ctx.now, ctx.own_zone)
}

/// `Last 7 days`, `1 May 2024 – 31 May 2024`
fn dates(ctx: &PageContext, view: &SavedView, selection: &Selection) -> String {
    use crate::audit::selection::{From, To};
    if let Some(span) = view.span.as_deref().and_then(Span::of_key) {
        return ctx.t(&format!("preset-{}", span.key()));
    }
    match (selection.from, selection.to) {
        (From::Default, To::Today) => ctx.t("preset-30"),
        (From::Beginning, To::Today) => ctx.t("preset-all"),
        (From::Day(day), To::Today) => ctx.t1("views-dates-since", "day", &ctx.dates().day(day)),
        (From::Beginning, To::Day(day)) => ctx.t1("views-dates-until", "day", &ctx.dates().day(day)),
        _ => summary::days(selection, ctx.lang),
    }
}

impl<'a> List<'a> {
    pub async fn new(
        store: &dyn Store,
        ctx: &'a PageContext,
        views: Vec<SavedView>,
    ) -> Result<Self, StoreError> {
        let mut names = Names::default().naming(&ctx.applications);
        for view in views.iter().take(NAMED) {
            names.extend(filters::names(store, &selection(ctx, view)).await?);
        }
        let rows = views.iter().map(|view| Row::named(ctx, view, &names));
        let (own, shared): (Vec<_>, Vec<_>) = rows.partition(|row| row.own);
        let many = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let said = |key: &str, n: i64| ctx.lang.t_with(key, &[("n", Arg::Number(n))]);
        Ok(Self {
            done: done(ctx),
            full: (own.len() >= MOST_VIEWS as usize).then(|| said("views-full", i64::from(MOST_VIEWS))),
            more: (shared.len() >= MOST_SHARED as usize).then(|| said("views-more", many(shared.len()))),
            has_start: own.iter().chain(&shared).any(|row| row.is_start),
            own,
            shared,
            ctx,
        })
    }
}

/// What the address says was done, if it is one of ours.
fn done(ctx: &PageContext) -> Option<String> {
    let done = crate::web::page::parameter(&ctx.query, "done")?;
    [
        "saved", "replaced", "renamed", "shared", "unshared", "deleted", "start", "no-start",
    ]
    .contains(&done.as_str())
    .then(|| ctx.t(&format!("views-done-{done}")))
}

impl<'a> Edit<'a> {
    pub async fn new(
        store: &dyn Store,
        ctx: &'a PageContext,
        view: &SavedView,
        refused: Option<(Trouble, form::Change)>,
    ) -> Result<Self, StoreError> {
        let (error, typed) = match refused {
            Some((trouble, sent)) => (Some(words(ctx, trouble, sent.name.as_deref())), sent.name),
            None => (None, None),
        };
        Ok(Self {
            ctx,
            view: Row::new(store, ctx, view).await?,
            name: typed.map_or_else(|| view.listed.name.clone(), shortened),
            error,
        })
    }
}

impl<'a> Delete<'a> {
    pub async fn new(store: &dyn Store, ctx: &'a PageContext, view: &SavedView) -> Result<Self, StoreError> {
        Ok(Self {
            ctx,
            view: Row::new(store, ctx, view).await?,
        })
    }
}

impl<'a> Save<'a> {
    pub fn new(ctx: &'a PageContext, sent: &form::Save, trouble: Trouble) -> Self {
        let asked = Selection::parse(&sent.query, ctx.now, ctx.own_zone);
        let taken = trouble == Trouble::NameTaken;
        Self {
            ctx,
            title: ctx.t(if taken {
                "views-replace-title"
            } else {
                "views-save"
            }),
            trouble: words(ctx, trouble, Some(sent.name.trim())),
            name: shortened(sent.name.clone()),
            back: span::address(
                &span::query(&asked, span::Keep::AsWritten),
                None,
                ctx.now,
                ctx.own_zone,
            ),
            offer: Offer::new(ctx, &asked),
            dates: sent.dates.clone(),
            shared: sent.shared.is_some(),
            start: sent.start.is_some(),
            taken,
            can_retry: !matches!(
                trouble,
                Trouble::Address | Trouble::AddressTooLong | Trouble::Full
            ),
        }
    }
}

impl Save<'_> {
    fn is_chosen(&self, dates: &str) -> bool {
        self.dates == dates
    }
}

/// What was typed, not longer than there is a use for.
fn shortened(typed: String) -> String {
    typed.chars().take(4 * form::LONGEST_NAME).collect()
}

fn words(ctx: &PageContext, trouble: Trouble, name: Option<&str>) -> String {
    let number = |key: &str, n: i64| ctx.lang.t_with(key, &[("n", Arg::Number(n))]);
    let name = shortened(name.unwrap_or_default().to_owned());
    match trouble {
        Trouble::NameMissing => ctx.t("views-name-missing"),
        Trouble::NameTooLong => number(
            "views-name-long",
            i64::try_from(form::LONGEST_NAME).unwrap_or_default(),
        ),
        Trouble::NameOdd => ctx.t("views-name-odd"),
        Trouble::NameTaken => ctx.t1("views-replace-text", "name", &name),
        Trouble::NameTakenByAnother => ctx.t1("views-name-taken", "name", &name),
        Trouble::Address => ctx.t("views-address"),
        Trouble::AddressTooLong => ctx.t("views-address-long"),
        Trouble::Full => number("views-full", i64::from(MOST_VIEWS)),
    }
}
