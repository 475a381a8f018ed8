//! The access log.

use super::connection::params;
use async_trait::async_trait;

use super::{SqlStore, StoreError, ledger::moment, question::Question};
use crate::store::{Access, AccessLog, NewAccess, Person};

/// The longest name of a person that is kept, in characters.
const LONGEST_NAME: usize = 200;
/// The longest query string, in characters.
const LONGEST_SUBJECT: usize = 4_000;

#[async_trait]
impl AccessLog for SqlStore {
    async fn note_access(&self, access: &NewAccess) -> Result<(), StoreError> {
        let access = access.clone();
        self.write(move |c| {
            let name: String = access.name.chars().take(LONGEST_NAME).collect();
            let subject: String = access.subject.chars().take(LONGEST_SUBJECT).collect();
            c.prepare_cached(
                "INSERT INTO access (at, tenant, object, name, action, subject)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                access.at.timestamp_millis(),
                access.person.tenant,
                access.person.object,
                name,
                access.action.name(),
                subject,
            ])?;
            Ok(())
        })
        .await
    }

    async fn accesses(&self, before: Option<i64>, limit: u32) -> Result<Vec<Access>, StoreError> {
        self.read(Question::Books, move |r, _| {
            let mut statement = r.connection().prepare_cached(
                "SELECT id, at, tenant, object, name, action, subject FROM access
                 WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![before.unwrap_or(i64::MAX), limit], |row| {
                Ok(Access {
                    number: row.get(0)?,
                    at: moment(row.get(1)?),
                    person: Person {
                        tenant: row.get(2)?,
                        object: row.get(3)?,
                    },
                    name: row.get(4)?,
                    action: row.get(5)?,
                    subject: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
