//! By which terms it is told who acted. There are few of them: all others are plain names of persons, applications and
//! actions.

use std::collections::HashSet;

use super::connection::Connection;

use super::StoreError;
use crate::{
    audit::actor::{Actor, is_by_microsoft, is_first_party, is_system},
    store::{columns::Row, directory::Kind},
};

/// The special terms as far as they were read.
#[derive(Debug, Default)]
pub struct Actors {
    systems: HashSet<i64>,
    first_party: HashSet<i64>,
    by_microsoft: HashSet<i64>,
    /// The last term read.
    last: i64,
}

impl Actors {
    /// Reads the terms that are not known yet.
    pub fn follow(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement =
            connection.prepare_cached("SELECT id, kind, text FROM term WHERE id > ?1 ORDER BY id")?;
        let mut rows = statement.query([self.last])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let text = &row.text(2)?;
            let (special, is) = match Kind::from_number(row.get(1)?) {
                Some(Kind::User) => (&mut self.systems, is_system(text)),
                Some(Kind::Application) => (&mut self.first_party, is_first_party(text)),
                Some(Kind::Operation) => (&mut self.by_microsoft, is_by_microsoft(text)),
                _ => (&mut self.systems, false),
            };
            if is {
                special.insert(number);
            }
            self.last = number;
        }
        Ok(())
    }

    /// Who acted.
    pub fn of(&self, row: &Row) -> Option<Actor> {
        Actor::from(
            row.user.map(|user| self.systems.contains(&user)),
            row.traits
                .application
                .map(|application| self.first_party.contains(&application)),
            self.by_microsoft.contains(&row.traits.operation),
        )
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::{super::question::Question, *};
    use crate::{
        audit::{AuditRecord, Selection, Ticks, selection::FilterKey},
        store::{Batch, Count, Incoming, Source, Store, sql::SqlStore},
    };

    /// Every kind of user with every kind of application and action.
    fn documents() -> Vec<String> {
        let mut all = Vec::new();
        for user in [None, Some("a@x.example"), Some("Microsoft"), Some("6a9e0b2c")] {
            for app in [None, Some("FulfillmentService"), Some("b6b84568")] {
                for operation in [
                    "create_order",
                    "dap_admin_relationship_terminated_by_microsoft",
                    "",
                ] {
                    let record = serde_json::json!({
                        "id": format!("partner_record_{:04}", all.len()),
                        "operationDate": "2026-08-01T09:00:00Z",
                        "userPrincipalName": user,
                        "applicationId": app,
                        "operationType": operation,
                    });
                    all.push(record.to_string());
                }
            }
        }
        all
    }

    #[tokio::test]
    async fn the_database_the_columns_and_a_look_at_every_record_agree() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqlStore::open(&folder.path().join("archive.db")).await.unwrap();
        let account = store
            .account("9daaeb1c-4195-4db5-9f1d-509eb70c8c2d", "x")
            .await
            .unwrap();
        let documents = documents();
        let records = documents.iter().map(|text| AuditRecord::read(text.as_str()));
        let batch = Batch {
            account,
            source: Source::Collected,
            archived_at: chrono::DateTime::UNIX_EPOCH,
            records: records.map(|record| Incoming::new(record, Ticks(1))).collect(),
        };
        store.append(batch).await.unwrap();
        let names = ["person", "app", "microsoft", "robot"];
        for wanted in 1u32..16 {
            for exclude in [false, true] {
                let values: Vec<_> = (0..4)
                    .filter(|i| wanted >> i & 1 == 1)
                    .map(|i| names[i])
                    .collect();
                let all = Selection::everything(Tz::UTC, "2026-11-20".parse().unwrap());
                let selection = values
                    .iter()
                    .fold(all, |all, value| all.with(FilterKey::Actor, exclude, value));
                let is_wanted = |text: &&String| {
                    let actor = Actor::of(&AuditRecord::read(text.as_str()));
                    actor.is_some_and(|actor| values.contains(&actor.name())) != exclude
                };
                let expected = documents.iter().filter(is_wanted).count() as u64;
                assert_eq!(
                    store.count(&selection, 1_000).await.unwrap(),
                    Count::Exactly(expected),
                    "{values:?}, {exclude}"
                );
                let counted: i64 = store
                    .read(Question::Count, move |reader, directory| {
                        let condition = reader.condition(&selection, directory);
                        let sql = format!("SELECT count(*) FROM record r WHERE {condition}");
                        Ok(reader.connection().query_row(&sql, (), |row| row.get(0))?)
                    })
                    .await
                    .unwrap();
                assert_eq!(counted.unsigned_abs(), expected, "{values:?}, {exclude}");
            }
        }
    }
}
