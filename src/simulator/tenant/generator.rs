//! Makes records one after the other, keeping what they speak of (customers, users, subscriptions)
//! consistent from record to record.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{
    catalog::{PRODUCTS, Product},
    draft::{Draft, Envelope, IdStyle},
    guid,
    names::{self, Customer, FULFILLMENT, NATIVE_APP, PORTAL, Person},
    operations::{OPERATIONS, Operation, UNKNOWN_OPERATIONS},
    subscription::Subscription,
    time::{PER_DAY, Ticks},
};

/// More subscriptions than this make a customer's oldest one disappear from the live list.
const LIVE_SUBSCRIPTIONS: usize = 60;
/// The partner's MPN id.
const MPN_ID: &str = "4847383";

/// A user of a customer.
#[derive(Clone, Debug)]
pub(super) struct CustomerUser {
    pub(super) id: String,
    pub(super) user_principal_name: String,
}

/// The state of the tenant at the moment of the newest record made.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) rng: StdRng,
    pub(super) partner_id: String,
    pub(super) customers: Vec<Customer>,
    /// The first so many customers have a relationship already; the others are added one by one.
    pub(super) known: usize,
    /// Cumulative popularity, same order as `customers`.
    popularity: Vec<f64>,
    pub(super) live: Vec<Vec<Subscription>>,
    pub(super) users: Vec<Vec<CustomerUser>>,
    pub(super) people: Vec<Person>,
    applications: [String; 2],
    weights: u32,
}

impl Generator {
    pub(super) fn new(seed: u64, partner_id: &str, customers: usize, since: Ticks) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let count = customers.max(1);
        let customers = names::customers(&mut rng, count);
        let people = names::people(&mut rng);
        let mut total = 0.0;
        let popularity = (1..=count)
            .map(|rank| {
                // Zipf, somewhat flattened: no customer makes up more than a few percent.
                total += 1.0 / f64::from(u32::try_from(rank).unwrap_or(u32::MAX)).powf(0.8);
                total
            })
            .collect();
        let applications = [guid(&mut rng), guid(&mut rng)];
        let mut generator = Self {
            partner_id: partner_id.to_owned(),
            known: (count * 9).div_ceil(10),
            popularity,
            live: vec![Vec::new(); count],
            users: Vec::with_capacity(count),
            people,
            applications,
            weights: OPERATIONS.iter().map(|operation| operation.weight).sum(),
            customers,
            rng,
        };
        for customer in 0..count {
            let users = (0..generator.rng.random_range(2..9))
                .map(|_| generator.new_user(customer))
                .collect();
            generator.users.push(users);
            for _ in 0..generator.rng.random_range(1..4) {
                let age = generator.rng.random_range(1..700) * PER_DAY;
                let order = generator.order_id(true);
                let product = generator.product();
                let subscription = generator.new_subscription(&order, product, since - age);
                generator.live[customer].push(subscription);
            }
        }
        generator
    }

    /// A customer that exists, by popularity.
    pub(super) fn customer(&mut self) -> usize {
        let known = &self.popularity[..self.known];
        let point = self.rng.random_range(0.0..known[self.known - 1]);
        known.partition_point(|sum| *sum <= point).min(self.known - 1)
    }

    /// An operation by its weight.
    pub(super) fn operation(&mut self) -> &'static Operation {
        if self.rng.random_bool(0.001) {
            return UNKNOWN_OPERATIONS
                .choose(&mut self.rng)
                .expect("the list is not empty");
        }
        let mut point = self.rng.random_range(0..self.weights);
        OPERATIONS
            .iter()
            .find(|operation| match point.checked_sub(operation.weight) {
                Some(rest) => {
                    point = rest;
                    false
                }
                None => true,
            })
            .expect("the point lies below the sum of weights")
    }

    pub(super) fn new_user(&mut self, customer: usize) -> CustomerUser {
        const NAMES: &[&str] = &[
            "yamada",
            "kobayashi",
            "info",
            "keiri",
            "soumu",
            "schmidt",
            "j.novak",
            "accounts",
            "m.rossi",
            "p.o'neill",
        ];
        let name = NAMES.choose(&mut self.rng).expect("the list is not empty");
        let number = self.rng.random_range(1..1000);
        let domain = &self.customers[customer].domain;
        let user_principal_name = format!("{name}{number}@{domain}");
        CustomerUser {
            id: guid(&mut self.rng),
            user_principal_name,
        }
    }

    /// One of the customer's users.
    pub(super) fn user_of(&mut self, customer: usize) -> CustomerUser {
        match self.users[customer].choose(&mut self.rng) {
            Some(user) => user.clone(),
            None => self.new_user(customer),
        }
    }

    /// A product; the better sold ones more often.
    pub(super) fn product(&mut self) -> &'static Product {
        let (one, other) = (
            self.rng.random_range(0..PRODUCTS.len()),
            self.rng.random_range(0..PRODUCTS.len()),
        );
        &PRODUCTS[one.min(other)]
    }

    /// A GUID for classic orders, 34 characters of base 62 for new commerce.
    pub(super) fn order_id(&mut self, new_commerce: bool) -> String {
        if !new_commerce {
            return guid(&mut self.rng);
        }
        let middle: String = (0..32)
            .map(|_| char::from(self.rng.sample(rand::distr::Alphanumeric)))
            .collect();
        format!("I{middle}1")
    }

    pub(super) fn new_subscription(
        &mut self,
        order_id: &str,
        product: &'static Product,
        created: Ticks,
    ) -> Subscription {
        let id = guid(&mut self.rng);
        let new_commerce = product.is_new_commerce();
        let quantity = match self.rng.random_range(0..10) {
            _ if product.is_usage_based() => 1,
            0..6 => self.rng.random_range(1..20),
            6..9 => self.rng.random_range(20..200),
            _ => self.rng.random_range(200..3000),
        };
        Subscription {
            id: if new_commerce { id } else { id.to_uppercase() },
            order_id: order_id.to_owned(),
            product,
            quantity,
            status: "active",
            auto_renew: self.rng.random_bool(0.8),
            term: ["P1M", "P1Y", "P1Y", "P1Y", "P3Y"][self.rng.random_range(0..5)],
            billing_cycle: match new_commerce {
                true => ["monthly", "monthly", "annual"][self.rng.random_range(0..3)],
                false => "none",
            },
            created,
            partner_on_record: self.rng.random_bool(0.2).then_some(MPN_ID),
        }
    }

    /// Adds subscriptions to the customer's live list.
    pub(super) fn keep(&mut self, customer: usize, lines: &[Subscription]) {
        let live = &mut self.live[customer];
        live.extend_from_slice(lines);
        let surplus = live.len().saturating_sub(LIVE_SUBSCRIPTIONS);
        live.drain(..surplus);
    }

    /// The record of an operation at a moment, and the change it makes to the tenant.
    pub(super) fn record(&mut self, operation: &Operation, at: Ticks) -> String {
        let status = match self.rng.random_range(0..1000) {
            0..30 => "failed",
            30..36 => "progress",
            36..39 => "decline",
            _ => "succeeded",
        };
        let (customer, draft) = self.details(operation, status, at);
        let name = customer.map(|customer| self.customers[customer].name.clone());
        let customer_id = customer.map(|customer| self.customers[customer].id.clone());
        let name_known = self.rng.random_bool(0.95);
        self.write(
            operation,
            status,
            at,
            customer_id.as_deref(),
            name.as_deref().filter(|_| name_known),
            &draft,
        )
    }

    /// Puts the person, the application and the ids around a draft.
    pub(super) fn write(
        &mut self,
        operation: &Operation,
        status: &str,
        at: Ticks,
        customer_id: Option<&str>,
        customer_name: Option<&str>,
        draft: &Draft,
    ) -> String {
        let hour = at.rem_euclid(PER_DAY) / (PER_DAY / 24);
        let in_office = |person: &&Person| (8..20).contains(&((hour + person.hours_ahead) % 24));
        let on_duty: Vec<&Person> = self.people.iter().filter(in_office).collect();
        let user = match on_duty.choose(&mut self.rng) {
            Some(person) if !self.rng.random_bool(0.06) => Some(person.user_principal_name.clone()),
            _ => None,
        };
        let application = match (&user, self.rng.random_range(0..100)) {
            (None, _) => Some(self.applications[self.rng.random_range(0..2)].clone()),
            (Some(_), 0..70) => Some(PORTAL.to_owned()),
            (Some(_), 70..82) => Some(NATIVE_APP.to_owned()),
            (Some(_), 82..94) => Some(FULFILLMENT.to_owned()),
            (Some(_), 94..97) => Some(self.applications[0].clone()),
            (Some(_), _) => None,
        };
        let correlation = self.rng.random_bool(0.8).then(|| guid(&mut self.rng));
        let session = self.rng.random_bool(0.1).then(|| guid(&mut self.rng));
        let id = match self.rng.random_range(0..100) {
            0..2 => IdStyle::Absent,
            2..6 => IdStyle::Short,
            _ => IdStyle::Long,
        };
        let extra = self.rng.random_bool(0.01);
        Envelope {
            partner_id: &self.partner_id,
            customer_id,
            customer_name,
            user: user.as_deref(),
            application: application.as_deref(),
            session: session.as_deref(),
            correlation: correlation.as_deref(),
            operation: operation.wire,
            resource: operation.resource,
            status,
            at,
            id,
            extra,
        }
        .write(draft)
    }
}
