//! A partner tenant: its customers, their subscriptions, and its audit records as JSON text.
//!
//! Generated from a seed for the demo, or made of exactly given texts for tests. It knows nothing
//! of HTTP; what it holds goes out verbatim.

mod catalog;
mod details;
mod draft;
mod generator;
mod json;
mod names;
mod odd;
mod operations;
mod orders;
mod profiles;
mod small_details;
mod subscription;
#[cfg(test)]
mod tests;
mod time;
mod timeline;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use chrono::{DateTime, NaiveDate, Utc};
use rand::{Rng, rngs::StdRng};
use serde_json::value::RawValue;

use generator::Generator;
pub use names::Customer;
use time::Ticks;

/// The tenant id of the partner itself, when nothing else is said.
pub const PARTNER_TENANT_ID: &str = "3b33e682-00c3-41ee-9dd2-a548adf56438";

/// What to generate.
#[derive(Clone, Debug)]
pub struct TenantOptions {
    /// The same options give the same tenant, byte for byte.
    pub seed: u64,
    /// How many records, spread over the 455 days before `now`.
    pub records: usize,
    pub now: DateTime<Utc>,
    /// How many customers; a tenth of them come in the course of the records.
    pub customers: usize,
}

impl TenantOptions {
    /// 30,000 records and 400 customers.
    pub fn new(seed: u64, now: DateTime<Utc>) -> Self {
        Self {
            seed,
            records: 30_000,
            now,
            customers: 400,
        }
    }
}

/// A record with its place in the order of time.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) text: Arc<str>,
    /// Not served before this moment (a record that arrives late).
    visible_from: Option<DateTime<Utc>>,
}

/// Where a record stands: its moment, then the order in which records came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) ticks: Ticks,
    pub(super) sequence: u64,
}

#[derive(Debug, Default)]
struct State {
    /// Ascending by place.
    entries: Vec<Entry>,
    sequence: u64,
    generator: Option<Generator>,
    /// Given by tests, by customer id in lower case; they hide generated ones.
    subscriptions: HashMap<String, Vec<String>>,
}

impl State {
    fn insert(&mut self, ticks: Ticks, text: &str, visible_from: Option<DateTime<Utc>>) {
        let place = Place {
            ticks,
            sequence: self.sequence,
        };
        self.sequence += 1;
        let at = self.entries.partition_point(|entry| entry.place < place);
        self.entries.insert(
            at,
            Entry {
                place,
                text: text.into(),
                visible_from,
            },
        );
    }

    /// The entries of inclusive whole UTC days, oldest first.
    fn days(&self, from: NaiveDate, to: NaiveDate) -> &[Entry] {
        let start = self
            .entries
            .partition_point(|entry| entry.place.ticks < time::start_of(from));
        let end = self
            .entries
            .partition_point(|entry| entry.place.ticks < time::start_of(to) + time::PER_DAY);
        &self.entries[start..end.max(start)]
    }
}

/// A partner tenant. Everything may change while it is being served.
#[derive(Debug)]
pub struct Tenant {
    partner_id: String,
    state: RwLock<State>,
}

impl Tenant {
    /// A believable tenant; deterministic for equal options.
    pub fn generate(options: &TenantOptions) -> Self {
        let (records, generator) = timeline::generate(options, PARTNER_TENANT_ID);
        let entries = records
            .into_iter()
            .zip(0..)
            .map(|((ticks, text), sequence)| Entry {
                place: Place { ticks, sequence },
                text: text.into(),
                visible_from: None,
            })
            .collect::<Vec<_>>();
        let sequence = entries.len() as u64;
        let state = State {
            entries,
            sequence,
            generator: Some(generator),
            subscriptions: HashMap::new(),
        };
        Self {
            partner_id: PARTNER_TENANT_ID.to_owned(),
            state: RwLock::new(state),
        }
    }

    /// A tenant of exactly these records; any text goes out verbatim. A record belongs to the day its
    /// `operationDate` names; one without a readable date is served for no day (see
    /// [`add_record_on`](Self::add_record_on)).
    pub fn from_records(records: Vec<String>) -> Self {
        let tenant = Self {
            partner_id: PARTNER_TENANT_ID.to_owned(),
            state: RwLock::default(),
        };
        for record in records {
            tenant.add_record(record);
        }
        tenant
    }

    /// The partner's tenant id, in every generated record's `partnerId`.
    pub fn partner_id(&self) -> &str {
        &self.partner_id
    }

    /// Something happens: 1 to 3 new records, the newest at `now` or just before. Returns their texts;
    /// nothing in a tenant that was not generated.
    pub fn new_activity(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut state = self.write();
        let newest = state.entries.last().map_or(0, |entry| entry.place.ticks);
        let Some(mut generator) = state.generator.take() else {
            return Vec::new();
        };
        let count = generator.rng.random_range(1..=3);
        let mut texts = Vec::with_capacity(count);
        for n in 0..count {
            let before =
                i64::try_from(count - n).unwrap_or(1) * generator.rng.random_range(1..time::PER_SECOND);
            // Moments stay different, and with them the ids.
            let at = (time::from_date_time(now) - before).max(newest + 1 + i64::try_from(n).unwrap_or(0));
            let at = state
                .entries
                .last()
                .map_or(at, |entry| at.max(entry.place.ticks + 1));
            let operation = generator.operation();
            let text = generator.record(operation, at);
            state.insert(at, &text, None);
            texts.push(text);
        }
        state.generator = Some(generator);
        texts
    }

    /// The records of the days before `day`, oldest first, one JSON text each: NDJSON lines.
    pub fn history_before(&self, day: NaiveDate) -> impl Iterator<Item = String> + use<> {
        let state = self.read();
        let end = state
            .entries
            .partition_point(|entry| entry.place.ticks < time::start_of(day));
        let lines: Vec<Arc<str>> = state.entries[..end]
            .iter()
            .map(|entry| Arc::clone(&entry.text))
            .collect();
        lines.into_iter().map(|text| text.to_string())
    }

    /// Gives back the memory of the days before `day`, which nobody can ask for any more.
    pub fn forget_before(&self, day: NaiveDate) {
        let mut state = self.write();
        let end = state
            .entries
            .partition_point(|entry| entry.place.ticks < time::start_of(day));
        state.entries.drain(..end);
        state.entries.shrink_to_fit();
    }

    /// Adds a record on the day its `operationDate` names.
    pub fn add_record(&self, record: String) {
        self.write().insert(moment(&record), &record, None);
    }

    /// Adds any text as a record of `day`, whatever its own date says.
    pub fn add_record_on(&self, day: NaiveDate, record: String) {
        self.write().insert(time::start_of(day), &record, None);
    }

    /// Adds a record that is served only from a later moment on.
    pub fn add_late_record(&self, record: String, visible_from: DateTime<Utc>) {
        self.write().insert(moment(&record), &record, Some(visible_from));
    }

    /// Puts another text in the place of the record with this `id` (a `progress` that succeeded).
    /// Returns whether there was one.
    pub fn replace_record(&self, id: &str, record: &str) -> bool {
        let mut state = self.write();
        match state
            .entries
            .iter_mut()
            .find(|entry| member(&entry.text, "id").as_deref() == Some(id))
        {
            Some(entry) => entry.text = record.into(),
            None => return false,
        }
        true
    }

    /// Forgets every record.
    pub fn remove_all(&self) {
        self.write().entries.clear();
    }

    /// The truth about a UTC day: its records, newest first, late ones included.
    pub fn records_of(&self, day: NaiveDate) -> Vec<String> {
        self.read()
            .days(day, day)
            .iter()
            .rev()
            .map(|entry| entry.text.to_string())
            .collect()
    }

    /// How many records there are.
    pub fn record_count(&self) -> usize {
        self.read().entries.len()
    }

    /// The customers that have a relationship with the partner.
    pub fn customers(&self) -> Vec<Customer> {
        let state = self.read();
        state
            .generator
            .as_ref()
            .map_or_else(Vec::new, |tenant| tenant.customers[..tenant.known].to_vec())
    }

    /// Makes these JSON texts the subscriptions of a customer.
    pub fn set_subscriptions(&self, customer_id: &str, subscriptions: Vec<String>) {
        self.write()
            .subscriptions
            .insert(customer_id.to_lowercase(), subscriptions);
    }

    /// The JSON texts of a customer's subscriptions; none for a customer the partner does not have.
    pub fn subscriptions(&self, customer_id: &str) -> Option<Vec<String>> {
        let state = self.read();
        if let Some(given) = state.subscriptions.get(&customer_id.to_lowercase()) {
            return Some(given.clone());
        }
        let now = state.entries.last().map_or(0, |entry| entry.place.ticks);
        let tenant = state.generator.as_ref()?;
        let known = &tenant.customers[..tenant.known];
        let at = known
            .iter()
            .position(|customer| customer.id.eq_ignore_ascii_case(customer_id))?;
        let customer = &known[at];
        Some(
            tenant.live[at]
                .iter()
                .map(|subscription| subscription.document(customer, now))
                .collect(),
        )
    }

    /// Up to `count` records of inclusive whole UTC days that fit, newest first, after a place.
    pub(super) fn newest_first(
        &self,
        (from, to): (NaiveDate, NaiveDate),
        after: Option<Place>,
        now: DateTime<Utc>,
        count: usize,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<Entry> {
        let state = self.read();
        let mut days = state.days(from, to);
        if let Some(after) = after {
            days = &days[..days.partition_point(|entry| entry.place < after)];
        }
        let visible = |entry: &&Entry| entry.visible_from.is_none_or(|from| from <= now);
        days.iter()
            .rev()
            .filter(visible)
            .filter(|entry| fits(&entry.text))
            .take(count)
            .cloned()
            .collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn guid(rng: &mut StdRng) -> String {
    uuid::Builder::from_random_bytes(rng.random())
        .into_uuid()
        .to_string()
}

/// The moment of a record, read even out of texts that are not quite JSON; before all days when there is none.
fn moment(record: &str) -> Ticks {
    let date = member(record, "operationDate").or_else(|| {
        let rest = record.split_once(r#""operationDate""#)?.1.split_once('"')?.1;
        Some(rest.split_once('"')?.0.to_owned())
    });
    date.and_then(|date| time::parse(&date)).unwrap_or(Ticks::MIN)
}

/// The id of a record.
pub fn id_of(record: &str) -> Option<String> {
    member(record, "id")
}

/// When a record says that it happened; `None` where it does not say so.
pub fn date_of(record: &str) -> Option<DateTime<Utc>> {
    Some(moment(record))
        .filter(|at| *at > Ticks::MIN)
        .map(time::date_time)
}

/// A member of a record, when it is a string.
pub(super) fn member(record: &str, key: &str) -> Option<String> {
    let members: HashMap<String, &RawValue> = serde_json::from_str(record).ok()?;
    serde_json::from_str(members.get(key)?.get()).ok()
}
