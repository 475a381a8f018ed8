//! The list of exports.

use super::connection::{Optional as _, Row, params};
use async_trait::async_trait;

use super::{SqlStore, StoreError, ledger::moment, question::Question};
use crate::store::{ExportEnd, ExportList, ExportOutcome, NewExport, PastExport, Person};

/// The longest name of a person that is kept, in characters.
const LONGEST_NAME: usize = 200;
/// The longest query string, in characters: longer than the head of any request, so that none is cut.
const LONGEST_QUERY: usize = 70_000;

const COLUMNS: &str =
    "id, begun_at, tenant, object, name, query, ended_at, outcome, records, rows, bytes, sha256";

fn export(row: &Row<'_>) -> super::connection::Result<PastExport> {
    let ended_at: Option<i64> = row.get(6)?;
    let end = match ended_at {
        None => None,
        Some(at) => Some(ExportEnd {
            at: moment(at),
            outcome: ExportOutcome::of(&row.get::<String>(7)?),
            records: row.get::<i64>(8)?.unsigned_abs(),
            rows: row.get::<i64>(9)?.unsigned_abs(),
            bytes: row.get::<i64>(10)?.unsigned_abs(),
            sha256: row.get(11)?,
        }),
    };
    Ok(PastExport {
        number: row.get(0)?,
        begun_at: moment(row.get(1)?),
        person: Person {
            tenant: row.get(2)?,
            object: row.get(3)?,
        },
        name: row.get(4)?,
        query: row.get(5)?,
        end,
    })
}

#[async_trait]
impl ExportList for SqlStore {
    async fn begin_export(&self, export: &NewExport) -> Result<i64, StoreError> {
        let export = export.clone();
        self.write(move |c| {
            let name: String = export.name.chars().take(LONGEST_NAME).collect();
            let query: String = export.query.chars().take(LONGEST_QUERY).collect();
            c
                .prepare_cached(
                    "INSERT INTO export (begun_at, tenant, object, name, query) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
                )?
                .query_row(params![
                    export.begun_at.timestamp_millis(),
                    export.person.tenant,
                    export.person.object,
                    name,
                    query,
                ], |row| row.get(0)).map_err(Into::into)
        })
        .await
    }

    async fn end_export(&self, number: i64, end: &ExportEnd) -> Result<(), StoreError> {
        let end = *end;
        self.write(move |c| {
            c
                .prepare_cached(
                    "UPDATE export SET ended_at = ?2, outcome = ?3, records = ?4, rows = ?5, bytes = ?6, sha256 = ?7
                     WHERE id = ?1",
                )?
                .execute(params![
                    number,
                    end.at.timestamp_millis(),
                    end.outcome.name(),
                    end.records.cast_signed(),
                    end.rows.cast_signed(),
                    end.bytes.cast_signed(),
                    end.sha256,
                ])?;
            Ok(())
        })
        .await
    }

    async fn exports(
        &self,
        of: Option<&Person>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<PastExport>, StoreError> {
        let (of, before) = (of.cloned(), before.unwrap_or(i64::MAX));
        self.read(Question::Books, move |r, _| {
            let whose = match of {
                Some(_) => "tenant = ?3 AND object = ?4",
                None => "CAST(?3 AS TEXT) IS NULL AND CAST(?4 AS TEXT) IS NULL",
            };
            let sql =
                format!("SELECT {COLUMNS} FROM export WHERE id < ?1 AND {whose} ORDER BY id DESC LIMIT ?2");
            let mut statement = r.connection().prepare_cached(&sql)?;
            let (tenant, object) = of.as_ref().map(|person| (&person.tenant, &person.object)).unzip();
            let rows = statement.query_map(params![before, limit, tenant, object], export)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn past_export(&self, number: i64) -> Result<Option<PastExport>, StoreError> {
        self.read(Question::Books, move |r, _| {
            let sql = format!("SELECT {COLUMNS} FROM export WHERE id = ?1");
            let mut statement = r.connection().prepare_cached(&sql)?;
            Ok(statement.query_row([number], export).optional()?)
        })
        .await
    }
}
