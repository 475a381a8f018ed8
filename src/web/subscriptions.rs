//! A customer's Subscriptions page: live from Partner Center, beside what the archive knows of the customer.

use std::cmp::Reverse;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};

use super::{
    AppState, Error, PageContext, SubscriptionRow, SubscriptionsUnavailable, Viewer,
    activity::{
        filters::is_id,
        rows::{self, Actor, RowMaker},
    },
    coverage::Line,
    error::Missing,
    page::html,
};
use crate::{
    audit::{Selection, selection::FilterKey},
    i18n::{Arg, Lang},
    store::{Account, Count, Customer},
    wording,
};

/// How many of the customer's last activities the page shows.
const LAST_ACTIVITIES: u32 = 10;

/// `GET /customers/{id}/subscriptions`.
pub async fn show(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
    Path(id): Path<String>,
) -> Result<Html<String>, Error> {
    let customer = state
        .store
        .customer(&id)
        .await?
        .ok_or(Error::NotFound(Missing::Customer))?;
    let selection = of_customer(&context, &customer.id);
    let page = state.store.page(&selection, None, LAST_ACTIVITIES).await?;
    let accounts = accounts_of(&state, &selection).await?;
    let answer = ask(&state, &accounts, &customer).await;
    let external = portal(&state, &accounts, &customer);
    let line = Line::of(&context, &*state.collecting.standing().await?, &selection);
    let maker = RowMaker::new(&selection.search, context.dates(), context.now).naming(&context.applications);
    let recent = page.entries.iter().map(|entry| maker.row(entry)).collect();
    html(&SubscriptionsPage::new(
        &context, customer, selection, answer, external, recent, line,
    ))
}

/// Everything of a customer.
pub(super) fn of_customer(context: &PageContext, id: &str) -> Selection {
    let today = context.dates().local_day(context.now);
    Selection::everything(context.zone, today).with(FilterKey::Customer, false, id)
}

/// The accounts that have records of the customer.
async fn accounts_of(state: &AppState, selection: &Selection) -> Result<Vec<Account>, Error> {
    let mut all = state.store.accounts().await?;
    if all.len() > 1 {
        let mut having = Vec::new();
        for account in all {
            let of_account = selection.with(FilterKey::Account, false, &account.tenant_id);
            if state.store.count(&of_account, 1).await? != Count::Exactly(0) {
                having.push(account);
            }
        }
        all = having;
    }
    Ok(all)
}

/// The first account's answer that is one; else the last reason why there is none.
async fn ask(
    state: &AppState,
    accounts: &[Account],
    customer: &Customer,
) -> Result<Vec<SubscriptionRow>, SubscriptionsUnavailable> {
    let mut answer = Err(SubscriptionsUnavailable::NotConfigured);
    for account in accounts {
        answer = state.subscriptions.of(&account.tenant_id, &customer.id).await;
        if answer.is_ok() {
            break;
        }
    }
    answer
}

/// The same page in Partner Center; only a GUID can be a customer there.
fn portal(state: &AppState, accounts: &[Account], customer: &Customer) -> Option<String> {
    if !is_id(&customer.id) {
        return None;
    }
    let configured = &state.settings.partner_center;
    let of = |account: &Account| {
        configured
            .iter()
            .find(|c| c.tenant_id.eq_ignore_ascii_case(&account.tenant_id))
    };
    let template = &accounts
        .iter()
        .find_map(of)
        .or(configured.first())?
        .subscriptions_url;
    Some(template.replace("{customerId}", &customer.id))
}

#[derive(Template)]
#[template(path = "subscriptions.html")]
struct SubscriptionsPage<'a> {
    ctx: &'a PageContext,
    name: String,
    id: String,
    /// The customer's own page.
    page: Option<String>,
    /// In Partner Center.
    external: Option<String>,
    activities: String,
    summary: String,
    rows: Vec<Row>,
    /// What went wrong, and what to do about it.
    failure: Option<(String, String)>,
    recent: Vec<rows::Row>,
    /// How complete the archive is.
    line: Line,
}

struct Row {
    name: String,
    trial: bool,
    quantity: String,
    status: String,
    /// The look of the status.
    class: &'static str,
    billing: String,
    term: String,
    start: String,
    end: String,
    auto_renew: String,
    order: String,
    id: String,
    /// What the archive knows of it.
    history: Option<String>,
}

impl<'a> SubscriptionsPage<'a> {
    fn new(
        ctx: &'a PageContext,
        customer: Customer,
        selection: Selection,
        answer: Result<Vec<SubscriptionRow>, SubscriptionsUnavailable>,
        external: Option<String>,
        recent: Vec<rows::Row>,
        line: Line,
    ) -> Self {
        let (mut all, failure) = match answer {
            Ok(all) => (all, None),
            Err(reason) => (Vec::new(), Some(words(reason, ctx))),
        };
        all.sort_by_cached_key(|s| (rank(s.status.as_deref()), Reverse(s.start), s.name.clone()));
        let active = all
            .iter()
            .filter(|s| s.status.as_deref() == Some("active"))
            .count();
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Self {
            name: customer.name.unwrap_or_else(|| customer.id.clone()),
            page: rows::customer_href(&customer.id),
            id: customer.id,
            external,
            activities: format!("/activity?{}", selection.query()),
            summary: ctx.lang.t_with(
                "subscriptions-summary",
                &[
                    ("n", Arg::Number(number(all.len()))),
                    ("active", Arg::Number(number(active))),
                ],
            ),
            rows: all
                .into_iter()
                .map(|subscription| Row::of(subscription, ctx))
                .collect(),
            failure,
            recent,
            line,
            ctx,
        }
    }
}

impl Row {
    fn of(subscription: SubscriptionRow, ctx: &PageContext) -> Self {
        let (lang, dates) = (ctx.lang, ctx.dates());
        let value = |field: &str, value: Option<String>| {
            value
                .map(|value| wording::value(field, &value, lang))
                .unwrap_or_default()
        };
        let status = subscription.status.unwrap_or_default();
        Self {
            name: subscription.name.or(subscription.offer_id).unwrap_or_default(),
            trial: subscription.trial,
            quantity: subscription
                .quantity
                .map(crate::i18n::grouped)
                .unwrap_or_default(),
            class: if status == "active" { "active" } else { "inactive" },
            status: status_words(&status, lang),
            billing: value("BillingCycle", subscription.billing_cycle),
            term: value("TermDuration", subscription.term),
            start: subscription
                .start
                .map(|at| dates.day(dates.local_day(at)))
                .unwrap_or_default(),
            end: subscription
                .end
                .map(|at| dates.day(dates.local_day(at)))
                .unwrap_or_default(),
            auto_renew: subscription
                .auto_renew
                .map(|on| lang.t(if on { "value-on" } else { "value-off" }))
                .unwrap_or_default(),
            order: subscription.order_id.unwrap_or_default(),
            history: subscription
                .id
                .as_deref()
                .map(|id| format!("/history/subscription/{}", rows::in_path(id))),
            id: subscription.id.unwrap_or_default(),
        }
    }
}

/// A status in words; a new one as Partner Center writes it.
fn status_words(status: &str, lang: Lang) -> String {
    let known = ["active", "suspended", "deleted", "expired", "pending", "disabled"];
    match known.iter().find(|known| known.eq_ignore_ascii_case(status)) {
        Some(known) => lang.t(&format!("subscription-{known}")),
        None => status.to_owned(),
    }
}

/// What can be used comes first.
fn rank(status: Option<&str>) -> u8 {
    match status {
        Some("active") => 0,
        Some("pending") => 1,
        Some("suspended" | "disabled") => 2,
        Some("expired" | "deleted") => 4,
        _ => 3,
    }
}

fn words(reason: SubscriptionsUnavailable, ctx: &PageContext) -> (String, String) {
    let key = match reason {
        SubscriptionsUnavailable::UnknownCustomer => "subscriptions-unknown",
        SubscriptionsUnavailable::Refused => "subscriptions-refused",
        SubscriptionsUnavailable::Throttled => "subscriptions-throttled",
        SubscriptionsUnavailable::Unreachable => "subscriptions-unreachable",
        SubscriptionsUnavailable::NotConfigured => "subscriptions-not-configured",
    };
    (ctx.t(key), ctx.t(&format!("{key}-remedy")))
}
