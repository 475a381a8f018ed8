//! The texts that the log is filtered by, as numbers.

use std::{
    collections::{HashMap, HashSet},
    sync::PoisonError,
};

use super::{
    super::{adding, terms},
    Appending,
};
use crate::{
    audit::AuditRecord,
    store::{
        Incoming, StoreError,
        directory::{Kind, term_text},
    },
};

/// The numbers of a record's terms.
pub(super) struct Terms {
    pub(super) customer: Option<i64>,
    pub(super) customer_name: Option<i64>,
    pub(super) user: Option<i64>,
    pub(super) application: Option<i64>,
    pub(super) operation: i64,
    pub(super) resource: i64,
    pub(super) status: i64,
}

/// What a transaction adds to the directory once it is committed.
#[derive(Default)]
pub(super) struct Additions {
    pub(super) terms: Vec<(Kind, String, i64)>,
    pub(super) names: HashMap<(i64, i64), i64>,
}

impl<'b> Appending<'_, 'b> {
    /// Learns the numbers of all terms of records that are new, together: each one that a server is asked for takes a way
    /// there and back. They get them in the order in which they are met, as in a file: what is equally frequent is listed by
    /// it.
    pub(super) fn meet_terms<'r>(
        &mut self,
        records: impl Iterator<Item = &'r AuditRecord>,
    ) -> Result<(), StoreError> {
        let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        let (mut unknown, mut seen, mut named) = (Vec::new(), HashSet::new(), HashSet::new());
        for record in records {
            let terms = [
                (Kind::Customer, record.customer_id.as_deref()),
                (Kind::CustomerName, record.customer_name.as_deref()),
                (Kind::User, record.user_principal_name.as_deref()),
                (Kind::Application, record.application_id.as_deref()),
                (Kind::Operation, Some(&*record.operation_type.0)),
                (Kind::Resource, Some(&*record.resource_type.0)),
                (Kind::Status, Some(&*record.operation_status.0)),
            ];
            for (kind, text) in terms {
                let Some(text) = text else { continue };
                if !seen.insert((kind, text)) {
                    continue;
                }
                let term = (kind, term_text(kind, text));
                if directory.number(kind, &term.1).is_none()
                    && !self.met.contains_key(&term)
                    && named.insert(term.clone())
                {
                    unknown.push(term);
                }
            }
        }
        drop(directory);
        for ((kind, text), number) in terms::numbers_of(&self.transaction, &unknown)? {
            self.additions.terms.push((kind, text.clone(), number));
            self.met.insert((kind, text), number);
        }
        Ok(())
    }

    pub(super) fn terms(&mut self, record: &'b AuditRecord, ticks: i64) -> Result<Terms, StoreError> {
        let customer = self.optional_term(Kind::Customer, record.customer_id.as_deref())?;
        let customer_name = self.optional_term(Kind::CustomerName, record.customer_name.as_deref())?;
        if let Some(name) = customer_name {
            self.name(customer.unwrap_or(0), name, ticks)?;
        }
        Ok(Terms {
            customer,
            customer_name,
            user: self.optional_term(Kind::User, record.user_principal_name.as_deref())?,
            application: self.optional_term(Kind::Application, record.application_id.as_deref())?,
            operation: self.term(Kind::Operation, &record.operation_type.0)?,
            resource: self.term(Kind::Resource, &record.resource_type.0)?,
            status: self.term(Kind::Status, &record.operation_status.0)?,
        })
    }

    fn optional_term(&mut self, kind: Kind, text: Option<&'b str>) -> Result<Option<i64>, StoreError> {
        text.map(|text| self.term(kind, text)).transpose()
    }

    fn term(&mut self, kind: Kind, text: &'b str) -> Result<i64, StoreError> {
        if let Some(number) = self.memo.get(&(kind, text)) {
            return Ok(*number);
        }
        let number = self.look_up(kind, term_text(kind, text))?;
        self.memo.insert((kind, text), number);
        Ok(number)
    }

    /// The term of the names of the members that an action changed; what is not in the index yet has not been looked at.
    pub(super) fn changed_term(
        &mut self,
        record: i64,
        incoming: &Incoming,
    ) -> Result<Option<i64>, StoreError> {
        if incoming.changed.is_empty() || record < self.indexed_from {
            return Ok(None);
        }
        let text = term_text(Kind::Changed, &incoming.changed.join("\n"));
        self.look_up(Kind::Changed, text).map(Some)
    }

    fn look_up(&mut self, kind: Kind, text: String) -> Result<i64, StoreError> {
        let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = directory.number(kind, &text) {
            return Ok(number);
        }
        drop(directory);
        let term = (kind, text);
        if let Some(number) = self.met.get(&term) {
            return Ok(*number);
        }
        let text = term.1;
        // Another process may have added it meanwhile, or this transaction for a text that is cut to the same.
        let number = terms::number_of(&self.transaction, kind, &text)?;
        self.additions.terms.push((kind, text, number));
        Ok(number)
    }

    /// Notes under which name a customer appeared; the last date is kept to the day, to spare writes.
    fn name(&mut self, customer: i64, name: i64, ticks: i64) -> Result<(), StoreError> {
        const DAY: i64 = 864_000_000_000;
        let seen = self.additions.names.get(&(customer, name)).copied().or_else(|| {
            self.directory
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .name_seen(customer, name)
        });
        if seen.is_some_and(|seen| seen.div_euclid(DAY) >= ticks.div_euclid(DAY)) {
            return Ok(());
        }
        self.names.insert((customer, name), ticks);
        self.additions.names.insert((customer, name), ticks);
        Ok(())
    }

    /// Writes down the names that were met.
    pub(super) fn note_names(&mut self) -> Result<(), StoreError> {
        let names = std::mem::take(&mut self.names);
        if names.is_empty() {
            return Ok(());
        }
        let last: i64 = self
            .transaction
            .prepare_cached("SELECT coalesce(max(changed), 0) FROM customer_name")?
            .query_row((), |row| row.get(0))?;
        let rows: Vec<[i64; 4]> = (last + 1..)
            .zip(names)
            .map(|(changed, ((customer, name), ticks))| [customer, name, ticks, changed])
            .collect();
        Ok(adding::add_numbers_or(
            &self.transaction,
            "customer_name",
            ["customer", "name", "last_ticks", "changed"],
            &rows,
            "ON CONFLICT (customer, name) DO UPDATE SET changed = excluded.changed, last_ticks =
               CASE WHEN customer_name.last_ticks < excluded.last_ticks THEN excluded.last_ticks
                 ELSE customer_name.last_ticks END",
        )?)
    }
}
