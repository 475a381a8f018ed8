//! Sealed refresh tokens.

use super::connection::{Optional as _, Row, Writes, params};
use async_trait::async_trait;

use super::{SqlStore, StoreError, ledger::moment, question::Question};
use crate::store::{CredentialRow, CredentialRows, Instead, TokenRequest};

const COLUMNS: &str = "tenant_id, revision, key_id, sealed, obtained_at, used_at";

fn credential(row: &Row<'_>) -> super::connection::Result<CredentialRow> {
    Ok(CredentialRow {
        tenant_id: row.get(0)?,
        revision: row.get(1)?,
        key_id: row.get(2)?,
        sealed: row.get(3)?,
        obtained_at: moment(row.get(4)?),
        used_at: moment(row.get(5)?),
    })
}

#[async_trait]
impl CredentialRows for SqlStore {
    async fn credential(&self, tenant_id: &str) -> Result<Option<CredentialRow>, StoreError> {
        let tenant_id = tenant_id.to_ascii_lowercase();
        self.read(Question::Books, move |r, _| {
            let row = r
                .connection()
                .prepare_cached(&format!("SELECT {COLUMNS} FROM credential WHERE tenant_id = ?1"))?
                .query_row([&tenant_id], credential)
                .optional()?;
            Ok(row)
        })
        .await
    }

    async fn credentials(&self) -> Result<Vec<CredentialRow>, StoreError> {
        self.read(Question::Books, |r, _| {
            let mut statement = r
                .connection()
                .prepare_cached(&format!("SELECT {COLUMNS} FROM credential ORDER BY tenant_id"))?;
            let rows = statement.query_map((), credential)?.collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }

    async fn put_credential(&self, row: &CredentialRow, instead: Instead) -> Result<bool, StoreError> {
        let row = row.clone();
        self.write(move |c| {
            let tenant_id = row.tenant_id.to_ascii_lowercase();
            let transaction = c
                .transaction(Writes::Books)?;
            let there: Option<i64> = transaction
                .prepare_cached("SELECT revision FROM credential WHERE tenant_id = ?1")?
                .query_row([&tenant_id], |row| row.get(0))
                .optional()?;
            if matches!(instead, Instead::Of(expected) if expected != there) {
                return Ok(false);
            }
            transaction
                .prepare_cached(&format!(
                    "INSERT INTO credential ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (tenant_id) DO UPDATE SET revision = ?2, key_id = ?3, sealed = ?4, obtained_at = ?5, used_at = ?6"
                ))?
                .execute(params![
                    tenant_id,
                    row.revision,
                    row.key_id,
                    row.sealed,
                    row.obtained_at.timestamp_millis(),
                    row.used_at.timestamp_millis(),
                ])?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    async fn forget_credential(&self, tenant_id: &str) -> Result<bool, StoreError> {
        let tenant_id = tenant_id.to_ascii_lowercase();
        self.write(move |c| {
            let forgotten = c
                .prepare_cached("DELETE FROM credential WHERE tenant_id = ?1")?
                .execute([&tenant_id])?;
            c.prepare_cached("DELETE FROM token_request WHERE tenant_id = ?1")?
                .execute([&tenant_id])?;
            Ok(forgotten == 1)
        })
        .await
    }

    async fn note_token_request(&self, tenant_id: &str, request: &TokenRequest) -> Result<(), StoreError> {
        let (tenant_id, request) = (tenant_id.to_ascii_lowercase(), request.clone());
        self.write(move |c| {
            c.prepare_cached(
                "INSERT INTO token_request (tenant_id, at, delegated, trouble, said)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (tenant_id) DO UPDATE SET at = ?2, delegated = ?3, trouble = ?4, said = ?5",
            )?
            .execute(params![
                tenant_id,
                request.at.timestamp_millis(),
                request.delegated,
                request.trouble,
                request.said,
            ])?;
            Ok(())
        })
        .await
    }

    async fn token_request(&self, tenant_id: &str) -> Result<Option<TokenRequest>, StoreError> {
        let tenant_id = tenant_id.to_ascii_lowercase();
        self.read(Question::Books, move |r, _| {
            let request = r
                .connection()
                .prepare_cached(
                    "SELECT at, delegated, trouble, said FROM token_request WHERE tenant_id = ?1",
                )?
                .query_row([&tenant_id], |row| {
                    Ok(TokenRequest {
                        at: moment(row.get(0)?),
                        delegated: row.get(1)?,
                        trouble: row.get(2)?,
                        said: row.get(3)?,
                    })
                })
                .optional()?;
            Ok(request)
        })
        .await
    }
}
