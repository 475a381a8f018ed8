//! The subscriptions that the records of a customer speak of, each with the records that touched it.
//!
//! Knows what records tell, newest first, and asks nobody else: what Partner Center says of them now is on the
//! Subscriptions page.

use std::{
    collections::HashMap,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    audit::{
        Selection,
        entity::{self, EntityKind, Values},
        selection::FilterKey,
    },
    i18n::{Arg, grouped},
    store::{Entry, Store, StoreError},
    web::{
        PageContext,
        activity::rows::{Row, RowMaker},
        figures, history, page,
    },
    wording::one_line,
};

/// So many records are looked at, the newest first: more than Partner Center keeps of any subscription.
const MOST: usize = 1_000;
/// Records that are read at once.
const AT_ONCE: u32 = 200;
/// Reading them takes no longer, one of them more or less.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many subscriptions are told; where there are more, older records are not looked at.
const SUBSCRIPTIONS: usize = 500;
/// So many stand in the open, the others behind a word.
const OPEN: usize = 5;
/// So many records of each are shown; its history has all.
const RECORDS: usize = 5;
/// How long a name may get, in characters.
const NAME: usize = 120;

/// Records of these things are many, and speak of no subscription.
const ELSEWHERE: &[&str] = &[
    "customer_user",
    "partner_user",
    "customer_directory_role",
    "license",
    "granular_admin_relationship",
    "granular_admin_access_assignment",
];

/// What the records tell, the subscription touched last first.
#[derive(Default)]
pub struct Holdings {
    all: Vec<Holding>,
    places: HashMap<String, usize>,
    looked_at: usize,
    is_whole: bool,
}

struct Holding {
    /// As the newest record writes it.
    id: Box<str>,
    name: Option<String>,
    /// A name that it was to get, where there is no other.
    tried: Option<String>,
    seats: Option<i64>,
    records: usize,
    newest: Vec<Arc<Entry>>,
}

impl Holdings {
    /// Reads the newest records of a customer.
    pub async fn of(store: &dyn Store, customer: &Selection) -> Result<Self, StoreError> {
        let selection = ELSEWHERE.iter().fold(customer.clone(), |selection, resource| {
            selection.with(FilterKey::Resource, true, resource)
        });
        let mut holdings = Self::default();
        let mut at = None;
        let mut patience = PATIENCE;
        loop {
            let some = store.page(&selection, at.as_ref(), AT_ONCE).await?;
            let entries = some.entries;
            // Reading large documents takes its time, in which other requests go on.
            let (read, in_time, took) = page::in_turn(move || {
                let begun = Instant::now();
                let is_in_time = || begun.elapsed() < patience;
                let mut read = holdings;
                let in_time = entries.iter().all(|entry| read.add(entry, is_in_time));
                (read, in_time, begun.elapsed())
            })
            .await;
            holdings = read;
            patience = patience.saturating_sub(took);
            match some.older {
                Some(older) if in_time && holdings.looked_at < MOST => at = Some(older),
                older => {
                    holdings.is_whole = in_time && older.is_none();
                    return Ok(holdings);
                }
            }
        }
    }

    /// Adds what a record tells, and says whether there is time and room for another one.
    fn add(&mut self, entry: &Arc<Entry>, is_in_time: impl Fn() -> bool) -> bool {
        self.looked_at += 1;
        let record = &entry.record;
        let values = Values::of(record);
        let passed = record.operation_status.came_to_pass();
        let named = entity::entities_in(record, &values);
        for subscription in named.iter().filter(|one| one.kind == EntityKind::Subscription) {
            let key = subscription.id.to_ascii_lowercase();
            let place = match self.places.get(&key) {
                Some(place) => *place,
                None if self.all.len() == SUBSCRIPTIONS => return false,
                None => {
                    self.places.insert(key, self.all.len());
                    self.all.push(Holding {
                        id: subscription.id.clone(),
                        name: None,
                        tried: None,
                        seats: None,
                        records: 0,
                        newest: Vec::new(),
                    });
                    self.all.len() - 1
                }
            };
            let holding = &mut self.all[place];
            holding.records += 1;
            if holding.newest.len() < RECORDS {
                holding.newest.push(Arc::clone(entry));
            }
            // Newest first: what is known stays.
            if holding.name.is_some() && holding.seats.is_some() {
                continue;
            }
            // An order may have so many lines that looking each of them up takes too long.
            if !is_in_time() {
                return false;
            }
            let told = entity::told_in(record, &values, EntityKind::Subscription, &subscription.id);
            if passed {
                holding.name = holding.name.take().or(told.name);
                holding.seats = holding.seats.or(told.seats);
            } else {
                holding.tried = holding.tried.take().or(told.name);
            }
        }
        is_in_time()
    }
}

/// The same as finished text.
pub struct View {
    /// `4 subscriptions in the records`
    pub summary: String,
    /// Where not all records were looked at.
    pub note: Option<String>,
    pub open: Vec<Subscription>,
    pub others: Vec<Subscription>,
    /// `and 12 more`
    pub more: Option<String>,
}

/// One subscription.
pub struct Subscription {
    pub name: String,
    pub id: String,
    /// `25 seats`, as the newest record that says so has it.
    pub seats: Option<String>,
    /// `12 activities`
    pub count: String,
    pub history: String,
    pub rows: Vec<Rc<Row>>,
    /// Whether its history has more than these.
    pub has_more: bool,
}

impl View {
    /// Nothing where the records speak of none.
    pub fn new(ctx: &PageContext, holdings: Holdings) -> Option<Self> {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let total = number(holdings.all.len());
        let search = crate::audit::search::Search::default();
        let maker = RowMaker::new(&search, ctx.dates(), ctx.now).naming(&ctx.applications);
        // An order stands with each subscription that it names, and is put into words once.
        let mut made = HashMap::new();
        let mut row = |entry: &Arc<Entry>| {
            let row = made
                .entry((entry.account.id, entry.id.clone()))
                .or_insert_with(|| Rc::new(maker.row(entry)));
            Rc::clone(row)
        };
        let mut open: Vec<_> = holdings
            .all
            .into_iter()
            .map(|holding| Subscription::of(ctx, &mut row, holding))
            .collect();
        let others = open.split_off(open.len().min(OPEN));
        (total > 0).then(|| Self {
            summary: ctx.lang.t_with(
                "customer-subscriptions",
                &[("n", Arg::Number(total)), ("number", Arg::Text(&grouped(total)))],
            ),
            note: (!holdings.is_whole).then(|| {
                let looked_at = number(holdings.looked_at);
                ctx.lang.t_with(
                    "customer-subscriptions-newest",
                    &[
                        ("n", Arg::Number(looked_at)),
                        ("number", Arg::Text(&grouped(looked_at))),
                    ],
                )
            }),
            more: figures::more(ctx, others.len()),
            open,
            others,
        })
    }
}

impl Subscription {
    fn of(ctx: &PageContext, row: impl FnMut(&Arc<Entry>) -> Rc<Row>, holding: Holding) -> Self {
        let name = holding.name.or(holding.tried);
        Self {
            name: match name {
                Some(name) => one_line(&name, NAME),
                None => ctx.t("customer-subscription-unnamed"),
            },
            seats: holding.seats.map(|seats| {
                ctx.lang.t_with(
                    "customer-seats",
                    &[("n", Arg::Number(seats)), ("number", Arg::Text(&grouped(seats)))],
                )
            }),
            count: figures::counted(ctx, holding.records as u64),
            history: history::address(EntityKind::Subscription, &holding.id),
            has_more: holding.records > holding.newest.len(),
            rows: holding.newest.iter().map(row).collect(),
            id: holding.id.into(),
        }
    }
}
