//! A selection as a condition in SQL, for every database alike. Nothing a reader typed becomes SQL: filters
//! are matched against the directory, and only numbers remain.

use std::fmt::Write;

use super::{
    columns::{account_numbers, source_number},
    directory::{Directory, Matched},
};
use crate::audit::{
    Selection,
    actor::Actor,
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

/// The condition of a selection's filters, and of those in its search, over a `record r`; its dates and its text are the
/// caller's. `accounts` are the archive's accounts: number, tenant id, name.
pub fn condition(selection: &Selection, directory: &Directory, accounts: &[(i64, String, String)]) -> String {
    let leads = LEADING
        .into_iter()
        .find(|key| selection.filters.iter().any(|f| f.key == *key && !f.exclude));
    let mut sql = String::from("TRUE");
    for filter in &selection.filters {
        add(filter, None, leads, directory, accounts, &mut sql);
    }
    for part in &selection.search.parts {
        if let Some((filter, meant)) = part.filter() {
            add(&filter, Some(meant), leads, directory, accounts, &mut sql);
        }
    }
    for (from, until) in selection.excluded_times() {
        let _ = write!(sql, " AND NOT (r.ticks >= {} AND r.ticks < {})", from.0, until.0);
    }
    sql
}

/// `meant` is there for a filter of the search box: values that it has besides, exactly so.
fn add(
    filter: &Filter,
    meant: Option<&[&str]>,
    leads: Option<FilterKey>,
    directory: &Directory,
    accounts: &[(i64, String, String)],
    sql: &mut String,
) {
    let column = match filter.key {
        FilterKey::Account => "+r.account",
        FilterKey::Customer => "",
        FilterKey::Action => "r.operation",
        FilterKey::Resource => "r.resource",
        FilterKey::Status => "r.status",
        FilterKey::User => "r.user",
        FilterKey::App => "r.application",
        FilterKey::Source => "+r.source",
        FilterKey::Changed => "+r.changed",
        FilterKey::Actor => "",
    };
    let loosely = meant.is_some();
    // The plus keeps a column out of the planner's choice of an index.
    let plus = if leads == Some(filter.key) || column.starts_with('+') {
        ""
    } else {
        "+"
    };
    let numbers =
        |of: &dyn Fn(&str) -> Vec<i64>| -> Vec<i64> { filter.values.iter().flat_map(|v| of(v)).collect() };
    let positive = match filter.key {
        FilterKey::Customer => customers(filter, loosely, directory),
        FilterKey::Actor => {
            let values = filter.values.iter().map(String::as_str);
            actors(values.chain(meant.into_iter().flatten().copied()), directory)
        }
        FilterKey::Account => alternatives(column, &numbers(&|v| account_numbers(v, loosely, accounts))),
        FilterKey::Source => alternatives(column, &numbers(&|v| source_number(v).into_iter().collect())),
        key => {
            let mut terms = numbers(&|value| directory.terms(key, value, loosely));
            let meant = meant.into_iter().flatten();
            terms.extend(meant.flat_map(|value| directory.terms(key, value, false)));
            alternatives(&format!("{plus}{column}"), &terms)
        }
    };
    // A record without the field does not have the value either.
    let _ = match filter.exclude {
        true => write!(sql, " AND NOT coalesce({positive}, FALSE)"),
        false => write!(sql, " AND {positive}"),
    };
}

fn customers(filter: &Filter, loosely: bool, directory: &Directory) -> String {
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    for value in &filter.values {
        if let Matched::Customers {
            ids: more,
            names: more_names,
        } = directory.matching(filter.key, value, loosely)
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

/// Any of these actors, by the rules of [`Actor::from`].
fn actors<'a>(values: impl Iterator<Item = &'a str>, directory: &Directory) -> String {
    let terms = directory.actors();
    // No index leads here: most records are of persons.
    let by_microsoft = alternatives("+r.operation", &terms.by_microsoft);
    let system = alternatives("+r.user", &terms.systems);
    let first_party = alternatives("+r.application", &terms.first_party);
    let any: Vec<String> = values
        .filter_map(Actor::named)
        .map(|actor| match actor {
            Actor::Person => {
                format!("(r.user IS NOT NULL AND NOT {system} AND NOT {by_microsoft})")
            }
            Actor::App => format!(
                "(r.user IS NULL AND r.application IS NOT NULL AND NOT {first_party} AND NOT {by_microsoft})"
            ),
            Actor::Microsoft => format!(
                "({by_microsoft} OR coalesce({system}, FALSE) OR (r.user IS NULL AND coalesce({first_party}, FALSE)))"
            ),
        })
        .collect();
    match any.is_empty() {
        true => "FALSE".to_owned(),
        false => format!("({})", any.join(" OR ")),
    }
}

fn alternatives(column: &str, numbers: &[i64]) -> String {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    match &numbers[..] {
        [] => "FALSE".to_owned(),
        [one] => format!("{column} = {one}"),
        many => {
            // The plus keeps the planner from looking up each of very many values and sorting what it finds.
            let plus = if many.len() > MOST_LOOKED_UP && !column.starts_with('+') {
                "+"
            } else {
                ""
            };
            let list = many.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            format!("{plus}{column} IN ({list})")
        }
    }
}
