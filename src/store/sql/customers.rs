//! The list of customers: names from the directory, numbers from memory.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use super::{find::of_second, read::Reader};
use crate::{
    audit::{Ticks, fold::fold},
    store::{
        CustomerName, CustomerOrder, Customers, CustomersAsked, LeftOut, ListedCustomer, Seen,
        columns::Customer,
        directory::{Directory, Kind},
    },
};

impl Reader {
    pub fn customers(&mut self, asked: &CustomersAsked, directory: &RwLock<Directory>) -> Customers {
        let columns = self.memory.columns();
        let seen: Option<HashMap<Customer, Seen>> = columns.as_ref().map(|columns| {
            let all = columns.customers_seen().map(|(customer, seen)| {
                let seen = Seen {
                    records: seen.records,
                    first: of_second(seen.first),
                    last: of_second(seen.last),
                };
                (customer, seen)
            });
            all.collect()
        });
        let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = directory
            .customers_having(&fold(asked.text.trim()))
            .into_iter()
            .filter_map(|named| {
                let customer = match named.id {
                    Some(_) => Customer::Id(named.number),
                    None => Customer::Name(named.number),
                };
                match &seen {
                    // The directory also has what former versions of records said.
                    Some(seen) => Some((named, Some(*seen.get(&customer)?))),
                    None => Some((named, None)),
                }
            })
            .collect();
        drop(directory);
        // Equal ones have an order, too: pages must not overlap.
        found.sort_unstable_by(|(a, _), (b, _)| (&a.sorted, a.number).cmp(&(&b.sorted, b.number)));
        match asked.order {
            CustomerOrder::LastActivity => found.sort_by_key(|(_, seen)| Reverse(seen.map(|seen| seen.last))),
            CustomerOrder::Records => found.sort_by_key(|(_, seen)| Reverse(seen.map(|seen| seen.records))),
            CustomerOrder::Name => {}
        }
        Customers {
            found: found.len(),
            listed: found
                .into_iter()
                .skip(asked.skip)
                .take(asked.limit)
                .map(|(named, seen)| ListedCustomer {
                    id: named.id.map(|id| id.to_string()),
                    name: named.name.map(|name| name.to_string()),
                    former: named.former.map(|name| name.to_string()),
                    seen,
                })
                .collect(),
            left_out: match columns {
                Some(_) => None,
                None => Some(LeftOut::Loading(self.memory.percent())),
            },
        }
    }
}

/// The names of a customer by its id in lower case.
pub fn names(customer_id: &str, directory: &RwLock<Directory>) -> Vec<CustomerName> {
    let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
    let number = directory.number(Kind::Customer, customer_id);
    let names = number.map(|number| directory.names_of(number));
    names
        .into_iter()
        .flatten()
        .map(|(name, last)| CustomerName {
            name: name.to_string(),
            last_seen: Ticks(last),
        })
        .collect()
}
