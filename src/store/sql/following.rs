//! Learning what was written to the file meanwhile: terms, names, accounts, words, and what memory holds of the records.

use std::sync::{Arc, PoisonError, RwLock};

use super::connection::Connection;

use super::{StoreError, applications, ledger, read::Reader};
use crate::store::directory::{Directory, Kind};

impl Reader {
    /// Has all that follows see the archive as it is now, and learns what was added since the last time. Of a file all of it
    /// is seen in one state; of a server what is learnt is, and each statement after that for itself: documents of versions
    /// never change, and a page that does not fit what memory says is read again.
    pub fn begin(&mut self, directory: &RwLock<Directory>) -> Result<(), StoreError> {
        if let Connection::Server(_) = self.connection
            && self.seen.is_some()
        {
            // What another process wrote a moment ago is seen, too, so it is asked and not only listened for.
            if self.seen == Some(self.connection.state()?) {
                return Ok(());
            }
        }
        let state = self.connection.begin_reading()?;
        self.refresh(state, directory)?;
        if let Connection::Server(_) = self.connection {
            self.connection.end_reading()?;
        }
        Ok(())
    }

    /// Lets go of that state.
    pub fn end(&mut self) -> Result<(), StoreError> {
        if let Connection::File(_) = self.connection {
            self.connection.end_reading()?;
        }
        Ok(())
    }

    fn follow_accounts(&mut self) -> Result<(), StoreError> {
        self.accounts = ledger::accounts(&self.connection)?
            .into_iter()
            .map(|a| (a.id.0, Arc::new(a)))
            .collect();
        Ok(())
    }

    /// The same on a replica, from which nothing is learnt: true when it is in the very state that is in memory.
    pub fn begin_on_replica(&mut self) -> Result<bool, StoreError> {
        let state = self.connection.state()?;
        if state != self.memory.state() {
            return Ok(false);
        }
        if self.seen != Some(state) {
            self.follow_accounts()?;
            self.seen = Some(state);
        }
        Ok(true)
    }

    fn refresh(&mut self, state: i64, directory: &RwLock<Directory>) -> Result<(), StoreError> {
        if self.seen == Some(state) {
            return Ok(());
        }
        let (terms, names) = self
            .connection
            .prepare_cached(
                "SELECT coalesce((SELECT max(id) FROM term), 0), coalesce((SELECT max(changed) FROM customer_name), 0)",
            )?
            .query_row((), |row| {
                Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))
            })?;
        let known = directory.read().unwrap_or_else(PoisonError::into_inner).loaded();
        if terms > known.terms || names > known.names {
            load_directory(
                &self.connection,
                &mut directory.write().unwrap_or_else(PoisonError::into_inner),
            )?;
        }
        if applications::last_change(&self.connection)? > known.applications {
            applications::follow(
                &self.connection,
                &mut directory.write().unwrap_or_else(PoisonError::into_inner),
            )?;
        }
        self.follow_accounts()?;
        let words: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(max(id), 0) FROM word")?
            .query_row((), |row| row.get(0))?;
        let known = self
            .memory
            .words
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .loaded();
        if words > known {
            let mut known = self.memory.words.write().unwrap_or_else(PoisonError::into_inner);
            known.follow(&self.connection)?;
        }
        let is_filled = self.memory.columns().is_some();
        self.memory.follow(&self.connection, state)?;
        // What was written while memory was being filled, or is filled anew, may be missing there.
        self.seen = (is_filled && self.memory.columns().is_some()).then_some(state);
        Ok(())
    }
}

/// Reads every term, and every change of a customer's name, that the directory does not know yet.
pub fn load_directory(connection: &Connection, directory: &mut Directory) -> Result<(), StoreError> {
    let mut loaded = directory.loaded();
    // Names before terms: whatever they refer to is among the terms read afterwards.
    let mut statement = connection
        .prepare_cached("SELECT customer, name, last_ticks, changed FROM customer_name WHERE changed > ?1")?;
    let mut rows = statement.query([loaded.names])?;
    while let Some(row) = rows.next()? {
        directory.name(row.get(0)?, row.get(1)?, row.get(2)?);
        loaded.names = loaded.names.max(row.get(3)?);
    }
    let mut statement = connection.prepare_cached("SELECT id, kind, text FROM term WHERE id > ?1")?;
    let mut rows = statement.query([loaded.terms])?;
    while let Some(row) = rows.next()? {
        loaded.terms = loaded.terms.max(row.get(0)?);
        if let Some(kind) = Kind::from_number(row.get(1)?) {
            directory.insert(row.get(0)?, kind, &row.text(2)?);
        }
    }
    directory.has_loaded(loaded);
    Ok(())
}
