//! A customer's page as finished text.

use askama::Template;

use super::super::{
    PageContext,
    activity::rows::{Actor, subscriptions_href},
    collecting::Standing,
    figures::{Figures, Known},
};
use super::holdings::{self, Holdings};
use crate::{
    audit::selection::FilterKey,
    i18n::Arg,
    store::{Customer, CustomerName},
    wording::one_line,
};

/// How long a name may get, in characters.
const NAME: usize = 200;
/// So many names of a customer are told.
const NAMES: usize = 50;

#[derive(Template)]
#[template(path = "customers/page.html")]
pub struct CustomerPage<'a> {
    ctx: &'a PageContext,
    name: String,
    id: String,
    /// Former names and the last one, with when each was last seen; nothing where there was only one.
    names: Vec<(String, String)>,
    domain: Option<String>,
    subscriptions: String,
    holdings: Option<holdings::View>,
    figures: Figures,
}

impl<'a> CustomerPage<'a> {
    pub fn new(
        ctx: &'a PageContext,
        customer: Customer,
        names: Vec<CustomerName>,
        domain: Option<String>,
        holdings: Holdings,
        known: &Known,
        standing: &Standing,
    ) -> Self {
        let dates = ctx.dates();
        let seen = |name: &CustomerName| {
            let day = name.last_seen.to_utc().map(|at| dates.day(dates.local_day(at)));
            let day = day.unwrap_or_default();
            ctx.lang.t_with("customer-name-seen", &[("day", Arg::Text(&day))])
        };
        let names: Vec<_> = names
            .iter()
            .take(NAMES)
            .map(|name| (one_line(&name.name, NAME), seen(name)))
            .collect();
        Self {
            name: one_line(customer.name.as_deref().unwrap_or(&customer.id), NAME),
            names: if names.len() > 1 { names } else { Vec::new() },
            domain,
            holdings: holdings::View::new(ctx, holdings),
            subscriptions: subscriptions_href(&customer.id),
            id: customer.id,
            figures: Figures::new(
                ctx,
                known,
                standing,
                &[
                    (FilterKey::User, "customer-users"),
                    (FilterKey::App, "customer-apps"),
                ],
            ),
            ctx,
        }
    }
}
