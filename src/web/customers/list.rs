//! The list of customers: looked through by name, sorted by last activity, name or number, a page at a time.

use askama::Template;
use axum::{extract::State, response::Html};

use super::super::{
    AppState, Error, PageContext, Viewer,
    activity::rows::customer_href,
    figures,
    page::{html, parameter},
};
use crate::{
    audit::{Selection, selection::FilterKey},
    i18n::{Arg, grouped},
    store::{CustomerOrder, Customers, CustomersAsked, ListedCustomer},
    wording::one_line,
};

/// Customers on a page.
const SIZE: usize = 50;
/// The longest text that is looked for, and the longest name that is shown, in characters.
const LONGEST: usize = 200;

/// `GET /customers`: `q` a part of a name or an id, `sort` `last`, `name` or `count`, `page` from 1.
pub async fn list(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let text = parameter(&context.query, "q").unwrap_or_default();
    let order = match parameter(&context.query, "sort").as_deref() {
        Some("name") => CustomerOrder::Name,
        Some("count") => CustomerOrder::Records,
        _ => CustomerOrder::LastActivity,
    };
    let page = parameter(&context.query, "page").and_then(|page| page.parse().ok());
    let page: usize = page.unwrap_or(1).max(1);
    let mut asked = CustomersAsked {
        text: text.trim().chars().take(LONGEST).collect(),
        order,
        skip: (page - 1).saturating_mul(SIZE),
        limit: SIZE,
    };
    let mut found = state.store.customers(&asked).await?;
    if found.listed.is_empty() && found.found > 0 {
        // Behind the end lies the last page.
        asked.skip = (found.found - 1) / SIZE * SIZE;
        found = state.store.customers(&asked).await?;
    }
    html(&ListPage::new(&context, &asked, found))
}

#[derive(Template)]
#[template(path = "customers/list.html")]
struct ListPage<'a> {
    ctx: &'a PageContext,
    text: String,
    /// The value of `sort`, where it is not the default.
    sort: Option<&'static str>,
    /// `61 customers`
    summary: String,
    left_out: Option<String>,
    columns: [Column; 3],
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    /// `51–61 of 61`
    position: String,
}

/// The head of a column, by which the list can be sorted.
struct Column {
    label: String,
    /// `ascending` or `descending` where it is.
    sorted: Option<&'static str>,
    href: String,
    number: bool,
}

struct Row {
    name: String,
    /// Its page; of a company without an id the log.
    href: Option<String>,
    id: Option<String>,
    former: Option<String>,
    count: String,
    /// For `<time>`, and in words.
    last: Option<(String, String)>,
}

impl<'a> ListPage<'a> {
    fn new(ctx: &'a PageContext, asked: &CustomersAsked, found: Customers) -> Self {
        let is_counted = found.left_out.is_none();
        let first = asked.skip;
        let last = first + found.listed.len();
        let at = |order: CustomerOrder, skip: usize| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            if !asked.text.is_empty() {
                query.append_pair("q", &asked.text);
            }
            if let Some(sort) = sort_name(order) {
                query.append_pair("sort", sort);
            }
            if skip >= SIZE {
                query.append_pair("page", &(skip / SIZE + 1).to_string());
            }
            match query.finish().as_str() {
                "" => "/customers".to_owned(),
                query => format!("/customers?{query}"),
            }
        };
        // Without numbers there is only the order of names.
        let order = if is_counted {
            asked.order
        } else {
            CustomerOrder::Name
        };
        let column = |own: CustomerOrder, label: &str| Column {
            label: ctx.t(label),
            sorted: (own == order).then_some(match own {
                CustomerOrder::Name => "ascending",
                _ => "descending",
            }),
            href: at(own, 0),
            number: own == CustomerOrder::Records,
        };
        let number = |n: usize| grouped(i64::try_from(n).unwrap_or(i64::MAX));
        let summary = if asked.text.is_empty() {
            "customers-summary"
        } else {
            "customers-found"
        };
        let place = format!("{}–{}", number(first + 1), number(last));
        Self {
            summary: ctx.lang.t_with(
                summary,
                &[
                    ("n", Arg::Number(i64::try_from(found.found).unwrap_or(i64::MAX))),
                    ("number", Arg::Text(&number(found.found))),
                    ("text", Arg::Text(&one_line(&asked.text, LONGEST))),
                ],
            ),
            left_out: found.left_out.map(|why| figures::left_out(ctx, why)),
            columns: [
                column(CustomerOrder::Name, "customers-name"),
                column(CustomerOrder::Records, "customers-count"),
                column(CustomerOrder::LastActivity, "customers-last"),
            ],
            newer: (first > 0).then(|| at(asked.order, first.saturating_sub(SIZE))),
            older: (last < found.found).then(|| at(asked.order, first + SIZE)),
            position: ctx.lang.t_with(
                "customers-position",
                &[
                    ("place", Arg::Text(&place)),
                    ("total", Arg::Text(&number(found.found))),
                ],
            ),
            rows: found
                .listed
                .into_iter()
                .map(|customer| Row::of(ctx, customer))
                .collect(),
            text: asked.text.clone(),
            sort: sort_name(asked.order),
            ctx,
        }
    }
}

fn sort_name(order: CustomerOrder) -> Option<&'static str> {
    match order {
        CustomerOrder::LastActivity => None,
        CustomerOrder::Name => Some("name"),
        CustomerOrder::Records => Some("count"),
    }
}

impl Row {
    fn of(ctx: &PageContext, customer: ListedCustomer) -> Self {
        let dates = ctx.dates();
        let name = customer.name.as_deref().or(customer.id.as_deref());
        let name = name.unwrap_or_default();
        let href = match &customer.id {
            Some(id) => customer_href(id),
            None => Some(name)
                .filter(|name| name.trim() == *name && name.chars().count() <= 512)
                .map(|name| {
                    let all = Selection::everything(ctx.zone, dates.local_day(ctx.now));
                    format!("/activity?{}", all.with(FilterKey::Customer, false, name).query())
                }),
        };
        Self {
            href,
            name: one_line(name, LONGEST),
            former: customer.former.map(|name| {
                let name = one_line(&name, LONGEST);
                ctx.t1("customers-former", "name", &name)
            }),
            count: customer
                .seen
                .map(|seen| grouped(i64::try_from(seen.records).unwrap_or(i64::MAX)))
                .unwrap_or_default(),
            last: customer
                .seen
                .and_then(|seen| Some((seen.last.to_rfc3339()?, dates.minute(seen.last.to_utc()?)))),
            id: customer.id.map(|id| one_line(&id, LONGEST)),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};
    use chrono::{TimeZone as _, Utc};

    use super::*;
    use crate::store::LeftOut;

    #[test]
    fn while_the_archive_is_being_read_names_stand_without_numbers_and_the_page_says_why() {
        let now = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap();
        let uri: Uri = "/customers?lang=en".parse().unwrap();
        let ctx = PageContext::read(&uri, &HeaderMap::new(), now, false);
        let asked = CustomersAsked {
            text: String::new(),
            order: CustomerOrder::LastActivity,
            skip: 0,
            limit: SIZE,
        };
        let found = Customers {
            found: 1,
            listed: vec![ListedCustomer {
                id: Some("5d1c9f0e".to_owned()),
                name: Some("Fabrikam".to_owned()),
                former: None,
                seen: None,
            }],
            left_out: Some(LeftOut::Loading(40)),
        };
        let html = ListPage::new(&ctx, &asked, found).render().unwrap();
        assert!(html.contains("Counts are being prepared: 40 % so far."));
        assert!(html.contains("<bdi>Fabrikam</bdi></a>"));
        assert!(!html.contains("<time") && html.contains("aria-sort=\"ascending\""));
    }
}
