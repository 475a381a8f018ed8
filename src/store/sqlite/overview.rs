//! A selection as a whole: how many records it has, of what kinds, and when.

use std::sync::{PoisonError, RwLock};

use rusqlite::params;

use super::{StoreError, read::Reader};
use crate::{
    audit::{Selection, Ticks, fold::fold, selection::FilterKey},
    store::{
        Bar, Count, FACET_VALUES, Facet, FacetValue, Overview, Suggestion,
        directory::{Directory, Kind},
    },
};

impl Reader {
    pub fn overview(
        &self,
        selection: &Selection,
        edges: &[Ticks],
        directory: &RwLock<Directory>,
    ) -> Result<Overview, StoreError> {
        let count = match self.count(selection, u64::MAX - 1, directory)? {
            Count::Exactly(n) | Count::MoreThan(n) => Count::Exactly(n),
        };
        let (from, until) = selection.during();
        let mut facets = Vec::new();
        for key in FilterKey::ALL {
            let column = match key {
                FilterKey::Customer => "r.customer",
                FilterKey::Action => "r.operation",
                FilterKey::User => "r.user",
                FilterKey::Resource => "r.resource",
                FilterKey::Status => "r.status",
                FilterKey::App => "r.application",
                FilterKey::Account => "r.account",
                FilterKey::Source => "r.source",
                FilterKey::Changed => "NULL",
            };
            let mut other = selection.clone();
            other.filters.retain(|filter| filter.key != key);
            let condition = self.condition(&other, directory);
            let mut statement = self.connection().prepare(&format!(
                "SELECT {column}, count(*) FROM record r WHERE r.ticks >= ?1 AND r.ticks < ?2 AND {condition} AND {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC"
            ))?;
            let mut rows = statement.query(params![from.0, until.0])?;
            let mut values = Vec::new();
            let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
            while let Some(row) = rows.next()? {
                let number: i64 = row.get(0)?;
                let (value, name) = match key {
                    FilterKey::Source => (
                        (if number == 1 { "collected" } else { "imported" }).to_owned(),
                        None,
                    ),
                    FilterKey::Account => (number.to_string(), None),
                    _ => (
                        directory
                            .text(number)
                            .map(|text| text.to_string())
                            .unwrap_or_default(),
                        directory.name_of(number).map(|text| text.to_string()),
                    ),
                };
                values.push(FacetValue {
                    value,
                    name,
                    count: row.get::<_, i64>(1)?.unsigned_abs(),
                });
            }
            let more = values.len().saturating_sub(FACET_VALUES);
            values.truncate(FACET_VALUES);
            facets.push(Facet { key, values, more });
        }
        let condition = self.condition(selection, directory);
        let mut bars = Vec::new();
        for pair in edges.windows(2) {
            let failed = directory
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .number(Kind::Status, "failed");
            let bar = self.connection().query_row(
                &format!("SELECT count(*), coalesce(sum(r.status = ?3), 0) FROM record r WHERE r.ticks >= ?1 AND r.ticks < ?2 AND {condition}"),
                params![pair[0].0.max(from.0), pair[1].0.min(until.0), failed.unwrap_or(-1)],
                |row| Ok(Bar { records: row.get::<_, i64>(0)?.unsigned_abs(), failed: row.get::<_, i64>(1)?.unsigned_abs() }),
            )?;
            bars.push(bar);
        }
        Ok(Overview {
            count,
            facets,
            bars,
            left_out: None,
        })
    }

    pub fn suggest(
        &self,
        key: FilterKey,
        text: &str,
        limit: usize,
        directory: &RwLock<Directory>,
    ) -> Vec<Suggestion> {
        let part = fold(text);
        let all = self
            .choices(&[key], usize::MAX, directory)
            .pop()
            .unwrap_or_default();
        let found = all.into_iter().filter(|value| fold(value).contains(&part));
        found
            .take(limit)
            .map(|value| Suggestion { value, name: None })
            .collect()
    }
}
