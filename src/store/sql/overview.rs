//! A selection as a whole: how many records it has, of what kinds, and when. And what a reader may want to type.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::connection::params;

use super::{
    StoreError,
    read::Reader,
    text::{Named, Text},
};
use crate::{
    audit::{Selection, Ticks, actor::Actor, fold::fold, selection::FilterKey},
    store::{
        Bar, Count, FACET_VALUES, Facet, FacetValue, LeftOut, Overview, Suggestion,
        columns::{Columns, Customer, Edges, Hits, Tally, seconds, tally},
        directory::{Directory, Kind},
    },
};

/// Of a text that more records have than these only the page is found, and nothing is counted.
const MOST_HITS: usize = 300_000;
/// While counts cannot be made from memory, the database counts up to here.
const MOST_COUNTED: u64 = 10_000;

impl Reader {
    pub fn overview(
        &mut self,
        selection: &Selection,
        edges: &[Ticks],
        budget: Duration,
        directory: &RwLock<Directory>,
    ) -> Result<Overview, StoreError> {
        let deadline = Instant::now() + budget;
        let text = Text::of(selection, &self.memory);
        let Some(columns) = self.memory.columns() else {
            let count = match text {
                Some(_) => Count::MoreThan(0),
                None => self.count_in_file(selection, directory)?,
            };
            return Ok(Overview {
                count,
                left_out: Some(LeftOut::Loading(self.memory.percent())),
                ..Overview::default()
            });
        };
        let mut sought = self.sought(&columns, selection, directory);
        if let Some(text) = &text {
            match self.until(deadline, |reader| {
                reader.all_hits(text, &sought, MOST_HITS, deadline)
            }) {
                Ok(Named::All(numbers)) => sought.hits = Some(Hits::of(numbers)),
                Ok(Named::Some(numbers)) => {
                    let passing = numbers.iter().filter(|number| sought.passes(**number).is_some());
                    return Ok(took_too_long(Count::MoreThan(passing.count() as u64)));
                }
                Err(StoreError::TooLong) => return Ok(took_too_long(Count::MoreThan(0))),
                Err(error) => return Err(error),
            }
        }
        let edges = Edges::new(edges.iter().map(|edge| seconds(*edge)).collect());
        let Some(tally) = tally(&sought, &edges, deadline) else {
            return Ok(took_too_long(Count::MoreThan(0)));
        };
        let names = directory.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Overview {
            count: Count::Exactly(tally.records),
            facets: FilterKey::ALL
                .into_iter()
                .map(|key| self.facet(key, &tally, &columns, &names))
                .collect(),
            bars: tally
                .bars
                .iter()
                .map(|(records, failed)| Bar {
                    records: *records,
                    failed: *failed,
                })
                .collect(),
            left_out: None,
        })
    }

    fn facet(&self, key: FilterKey, tally: &Tally, columns: &Columns, directory: &Directory) -> Facet {
        let text = |number: i64| directory.text(number).map(|text| text.to_string());
        let mut counts: Vec<(u64, i64, Option<i64>)> = match key {
            FilterKey::Customer => (0..)
                .zip(&tally.customers)
                .filter(|(_, count)| **count > 0)
                .filter_map(|(place, count)| match columns.customer(place) {
                    Customer::Id(id) => Some((*count, id, Some(id))),
                    Customer::Name(name) => Some((*count, name, None)),
                    Customer::Nobody => None,
                })
                .collect(),
            FilterKey::User => (0..)
                .zip(&tally.users)
                .filter(|(_, count)| **count > 0)
                .filter_map(|(place, count)| Some((*count, columns.user(place)?, None)))
                .collect(),
            _ => tally
                .traits
                .get(&key)
                .into_iter()
                .flatten()
                .map(|(number, count)| (*count, *number, None))
                .collect(),
        };
        if key == FilterKey::Changed {
            return changed(&counts, directory);
        }
        let more = counts.len().saturating_sub(FACET_VALUES);
        let first = |(count, number, _): &(u64, i64, Option<i64>)| (std::cmp::Reverse(*count), *number);
        if more > 0 {
            counts.select_nth_unstable_by_key(FACET_VALUES, first);
            counts.truncate(FACET_VALUES);
        }
        counts.sort_unstable_by_key(first);
        let values = counts.into_iter().filter_map(|(count, number, customer)| {
            let (value, name) = match key {
                FilterKey::Source if number == 1 => ("collected".to_owned(), None),
                FilterKey::Source => ("imported".to_owned(), None),
                FilterKey::Actor => {
                    let actor = Actor::ALL.into_iter().find(|actor| *actor as i64 == number)?;
                    (actor.name().to_owned(), None)
                }
                FilterKey::Account => {
                    let account = self.accounts().find(|account| account.id.0 == number)?;
                    (account.tenant_id.clone(), Some(account.name.clone()))
                }
                _ => (
                    text(number)?,
                    customer
                        .and_then(|id| directory.name_of(id))
                        .map(|name| name.to_string()),
                ),
            };
            Some(FacetValue { value, name, count })
        });
        Facet {
            key,
            values: values.collect(),
            more,
        }
    }

    fn count_in_file(
        &mut self,
        selection: &Selection,
        directory: &RwLock<Directory>,
    ) -> Result<Count, StoreError> {
        let (from, until) = selection.during();
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM record r WHERE r.ticks >= ?1 AND r.ticks < ?2 AND {} LIMIT {}) AS counted",
            self.condition(selection, directory),
            MOST_COUNTED + 1
        );
        let counted: i64 = self
            .connection
            .prepare_cached(&sql)?
            .query_row(params![from.0, until.0], |row| row.get(0))?;
        Ok(match counted.unsigned_abs() {
            counted if counted > MOST_COUNTED => Count::MoreThan(MOST_COUNTED),
            counted => Count::Exactly(counted),
        })
    }

    pub fn suggest(
        &self,
        key: FilterKey,
        text: &str,
        limit: usize,
        directory: &RwLock<Directory>,
    ) -> Vec<Suggestion> {
        let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
        let part = fold(text.trim());
        let plain = |value: String| Suggestion { value, name: None };
        match key {
            FilterKey::Customer => directory
                .customers_called(&part, limit)
                .into_iter()
                .map(|(value, name)| Suggestion { value, name })
                .collect(),
            FilterKey::User => directory
                .called(Kind::User, &part, limit)
                .into_iter()
                .map(plain)
                .collect(),
            FilterKey::App => {
                let named = directory.applications_named(&part);
                let ids = directory.called(Kind::Application, &part, limit);
                let others = ids
                    .into_iter()
                    .filter(|id| !named.iter().any(|(named, _)| named == id));
                let others: Vec<_> = others.map(plain).collect();
                let named = named.iter().map(|(id, name)| Suggestion {
                    value: id.clone(),
                    name: Some(name.clone()),
                });
                named.chain(others).take(limit).collect()
            }
            _ => {
                drop(directory);
                Vec::new()
            }
        }
    }
}

/// The names of changed members, which records have in sets.
fn changed(sets: &[(u64, i64, Option<i64>)], directory: &Directory) -> Facet {
    let mut counts: HashMap<String, (u64, String)> = HashMap::new();
    for (count, number, _) in sets {
        let names = directory.text(*number).unwrap_or_default();
        for name in names.split('\n') {
            let entry = counts.entry(fold(name)).or_insert_with(|| (0, name.to_owned()));
            entry.0 += count;
        }
    }
    let mut values: Vec<FacetValue> = counts
        .into_values()
        .map(|(count, value)| FacetValue {
            value,
            name: None,
            count,
        })
        .collect();
    values.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    let more = values.len().saturating_sub(FACET_VALUES);
    values.truncate(FACET_VALUES);
    Facet {
        key: FilterKey::Changed,
        values,
        more,
    }
}

fn took_too_long(count: Count) -> Overview {
    Overview {
        count,
        left_out: Some(LeftOut::TookTooLong),
        ..Overview::default()
    }
}
