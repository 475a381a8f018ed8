//! A selection as a condition in SQL, for every database alike. Nothing a reader typed becomes SQL: filters
//! are matched against the directory, and only numbers remain.

use std::fmt::Write;

use super::directory::{Directory, Matched};
use crate::audit::{
    Selection,
    selection::{Filter, FilterKey},
};

/// So many alternatives are still looked up one by one in an index; beyond, the log is read in its order.
const MOST_LOOKED_UP: usize = 64;

/// Which filter leads the search, the first of these that is set: its values tend to have the fewest records. The
/// planner would have to guess.
const LEADING: [FilterKey; 5] = [
    FilterKey::Customer,
    FilterKey::User,
    FilterKey::Action,
    FilterKey::Resource,
    FilterKey::Status,
];

/// The condition of a selection's filters over a `record r`; its dates are the caller's.
/// `accounts` are the archive's accounts: number and tenant id.
pub fn condition(selection: &Selection, directory: &Directory, accounts: &[(i64, String)]) -> String {
    let leads = LEADING
        .into_iter()
        .find(|key| selection.filters.iter().any(|f| f.key == *key && !f.exclude));
    let mut sql = String::from("1");
    for filter in &selection.filters {
        let positive = match filter.key {
            FilterKey::Account => alternatives("r.account", &account_numbers(filter, accounts)),
            FilterKey::Customer => customers(filter, directory),
            // The plus keeps a column out of the planner's choice of an index.
            FilterKey::Action if leads != Some(filter.key) => terms("+r.operation", filter, directory),
            FilterKey::Action => terms("r.operation", filter, directory),
            FilterKey::Resource if leads != Some(filter.key) => terms("+r.resource", filter, directory),
            FilterKey::Resource => terms("r.resource", filter, directory),
            FilterKey::Status if leads != Some(filter.key) => terms("+r.status", filter, directory),
            FilterKey::Status => terms("r.status", filter, directory),
            FilterKey::User if leads != Some(filter.key) => terms("+r.user", filter, directory),
            FilterKey::User => terms("r.user", filter, directory),
            FilterKey::App => terms("r.application", filter, directory),
            FilterKey::Source => alternatives("r.source", &sources(filter)),
            FilterKey::Changed => "0".to_owned(),
        };
        // A record without the field does not have the value either.
        let _ = match filter.exclude {
            true => write!(sql, " AND NOT coalesce({positive}, 0)"),
            false => write!(sql, " AND {positive}"),
        };
    }
    sql
}

fn account_numbers(filter: &Filter, accounts: &[(i64, String)]) -> Vec<i64> {
    let named = |tenant: &str| {
        filter
            .values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(tenant))
    };
    accounts
        .iter()
        .filter(|(_, tenant)| named(tenant))
        .map(|(number, _)| *number)
        .collect()
}

fn sources(filter: &Filter) -> Vec<i64> {
    let numbered = [("collected", 1), ("imported", 2)];
    let all = numbered
        .iter()
        .filter(|(name, _)| filter.values.iter().any(|value| value.eq_ignore_ascii_case(name)));
    all.map(|(_, number)| *number).collect()
}

fn terms(column: &str, filter: &Filter, directory: &Directory) -> String {
    let mut numbers = Vec::new();
    for value in &filter.values {
        if let Matched::Terms(more) = directory.matching(filter.key, value) {
            numbers.extend(more);
        }
    }
    alternatives(column, &numbers)
}

fn customers(filter: &Filter, directory: &Directory) -> String {
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    for value in &filter.values {
        if let Matched::Customers {
            ids: more,
            names: more_names,
        } = directory.matching(filter.key, value)
        {
            ids.extend(more);
            names.extend(more_names);
        }
    }
    let by_id = alternatives("r.customer", &ids);
    if names.is_empty() {
        return by_id;
    }
    format!(
        "({by_id} OR (r.customer IS NULL AND {}))",
        alternatives("r.customer_name", &names)
    )
}

fn alternatives(column: &str, numbers: &[i64]) -> String {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    match &numbers[..] {
        [] => "0".to_owned(),
        [one] => format!("{column} = {one}"),
        many => {
            // The plus keeps the planner from looking up each of very many values and sorting what it finds.
            let plus = if many.len() > MOST_LOOKED_UP { "+" } else { "" };
            let list = many.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            format!("{plus}{column} IN ({list})")
        }
    }
}
