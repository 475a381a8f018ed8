//! What the log shows of saved views: links to them, and the form that saves what is on the page.

use super::{
    person,
    span::{self, Keep, Span},
};
use crate::{
    audit::selection::{From, Parsed, To},
    identity::SignedIn,
    store::{Person, ViewName},
    web::{PageContext, activity::summary},
};

/// So many of others' views the menu has; the page of views has more.
const MOST_SHARED: u32 = 50;

/// Saved views beside the log.
pub struct OnLog {
    pub own: Vec<Link>,
    pub shared: Vec<Link>,
    /// Nothing where the address has faults: what is on the page is not what was asked for.
    pub save: Option<Offer>,
}

/// A view to go to.
pub struct Link {
    pub href: String,
    pub name: String,
    /// Whose it is; nothing for one's own.
    pub by: Option<String>,
}

/// What can be saved of a page.
pub struct Offer {
    pub query: String,
    /// Value and words; empty where the dates leave no choice.
    pub dates: Vec<(&'static str, String)>,
}

impl OnLog {
    /// Who to ask the archive for, and how many of others' views.
    pub fn of(user: &SignedIn) -> (Person, u32) {
        (person(user), MOST_SHARED)
    }

    pub fn new(ctx: &PageContext, asked: &Parsed, names: Vec<ViewName>) -> Self {
        let link = |view: ViewName| Link {
            href: format!("/views/{}", view.id.0),
            name: view.name,
            by: (!view.own).then_some(view.owner_name),
        };
        let (own, shared): (Vec<_>, Vec<_>) = names.into_iter().partition(|view| view.own);
        Self {
            own: own.into_iter().map(link).collect(),
            shared: shared.into_iter().map(link).collect(),
            save: asked.faults.is_empty().then(|| Offer::new(ctx, asked)),
        }
    }
}

impl Offer {
    pub fn new(ctx: &PageContext, asked: &Parsed) -> Self {
        Self {
            query: span::query(asked, Keep::AsWritten),
            dates: dates(ctx, asked),
        }
    }
}

/// Which dates can be saved: ranges that move first, for they are what a view is mostly for.
fn dates(ctx: &PageContext, asked: &Parsed) -> Vec<(&'static str, String)> {
    let selection = &asked.selection;
    if selection.from == From::Beginning && selection.to == To::Today {
        return Vec::new();
    }
    let moving = Span::matching(selection).into_iter().map(|span| {
        let label = ctx.t(&format!("preset-{}", span.key()));
        (span.key(), ctx.t1("views-dates-moving", "range", &label))
    });
    let mut all: Vec<_> = moving.collect();
    if let (From::Day(day), To::Today) = (selection.from, selection.to) {
        let day = ctx.dates().day(day);
        all.push(("", ctx.t1("views-dates-since", "day", &day)));
    }
    let days = summary::days(selection, ctx.lang);
    match selection.from {
        // Their first day is not known.
        From::Beginning => all.push((
            "",
            ctx.t1("views-dates-until", "day", &ctx.dates().day(selection.last_day())),
        )),
        _ => all.push(("fixed", ctx.t1("views-dates-fixed", "days", &days))),
    }
    all
}
