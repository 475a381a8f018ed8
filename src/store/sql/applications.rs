//! The names that the partner gave to applications.

use std::sync::PoisonError;

use super::connection::{Connection, Writes, params};
use async_trait::async_trait;

use super::{SqlStore, StoreError, ledger::moment, question::Question};
use crate::store::{
    ApplicationName, ApplicationNamed, ApplicationNames, application_key,
    directory::{Directory, Kind},
};

/// The longest name of a person that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// The number of the last change.
pub fn last_change(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(changed), 0) FROM application_name")?
        .query_row((), |row| row.get(0))?)
}

/// Tells the directory the names that it does not know yet.
pub fn follow(connection: &Connection, directory: &mut Directory) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT application, name, changed FROM application_name WHERE changed > ?1")?;
    let mut loaded = directory.loaded();
    let mut rows = statement.query([loaded.applications])?;
    while let Some(row) = rows.next()? {
        directory.name_application(&row.get::<String>(0)?, row.get::<Option<String>>(1)?.as_deref());
        loaded.applications = loaded.applications.max(row.get(2)?);
    }
    directory.has_loaded(loaded);
    Ok(())
}

#[async_trait]
impl ApplicationNames for SqlStore {
    async fn application_names(&self) -> Result<ApplicationNamed, StoreError> {
        self.read(Question::Books, |r, _| {
            let mut statement = r.connection().prepare_cached(
                "SELECT application, name, changed_by, changed_at FROM application_name ORDER BY application",
            )?;
            let names = statement.query_map((), |row| {
                Ok(ApplicationName {
                    application: row.get(0)?,
                    name: row.get(1)?,
                    changed_by: row.get(2)?,
                    changed_at: moment(row.get(3)?),
                })
            })?;
            Ok(ApplicationNamed {
                names: names.collect::<Result<_, _>>()?,
                version: last_change(r.connection())?,
            })
        })
        .await
    }

    async fn name_application(&self, change: &ApplicationName) -> Result<bool, StoreError> {
        let change = change.clone();
        let key = application_key(&change.application);
        let asked = key.clone();
        // The reader has seen all that any process archived.
        let is_known = self.read(Question::Books, move |_, directory| {
            let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
            Ok(directory.has_folded(Kind::Application, &asked))
        });
        if !is_known.await? {
            return Ok(false);
        }
        self.write(move |c| {
            let transaction = c.transaction(Writes::Books)?;
            let by: String = change.changed_by.chars().take(LONGEST_NAME).collect();
            transaction
                .prepare_cached(
                    "INSERT INTO application_name (application, name, changed_by, changed_at, changed)
                     SELECT ?1, ?2, ?3, ?4, coalesce(max(changed), 0) + 1 FROM application_name WHERE true
                     ON CONFLICT (application) DO UPDATE SET name = ?2, changed_by = ?3, changed_at = ?4,
                       changed = excluded.changed",
                )?
                .execute(params![
                    key,
                    change.name,
                    by,
                    change.changed_at.timestamp_millis()
                ])?;
            transaction.pulse()?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }
}
