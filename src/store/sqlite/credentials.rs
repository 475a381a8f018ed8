//! Sealed refresh tokens.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::{SqliteStore, StoreError, ledger::moment};
use crate::store::{CredentialRow, CredentialRows, Instead, TokenRequest};

const COLUMNS: &str = "tenant_id, revision, key_id, sealed, obtained_at, used_at";

fn credential(row: &Row<'_>) -> rusqlite::Result<CredentialRow> {
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
impl CredentialRows for SqliteStore {
    async fn credential(&self, tenant_id: &str) -> Result<Option<CredentialRow>, StoreError> {
        let tenant_id = tenant_id.to_ascii_lowercase();
        self.read(move |r, _| {
            let row = r
                .connection()
                .prepare_cached(&format!("SELECT {COLUMNS} FROM credential WHERE tenant_id = ?1"))?
                .query_row([tenant_id], credential)
                .optional()?;
            Ok(row)
        })
        .await
    }

    async fn credentials(&self) -> Result<Vec<CredentialRow>, StoreError> {
        self.read(|r, _| {
            let mut statement = r
                .connection()
                .prepare_cached(&format!("SELECT {COLUMNS} FROM credential ORDER BY tenant_id"))?;
            let rows = statement.query_map([], credential)?.collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }

    async fn put_credential(&self, row: &CredentialRow, instead: Instead) -> Result<bool, StoreError> {
        let row = row.clone();
        self.write(move |w, _| {
            let tenant_id = row.tenant_id.to_ascii_lowercase();
            let transaction = w
                .connection()
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let there: Option<i64> = transaction
                .prepare_cached("SELECT revision FROM credential WHERE tenant_id = ?1")?
                .query_row([&tenant_id], |row| row.get(0))
                .optional()?;
            if matches!(instead, Instead::Of(expected) if expected != there) {
                return Ok(false);
            }
            transaction
                .prepare_cached(&format!(
                    "INSERT OR REPLACE INTO credential ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
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
        self.write(move |w, _| {
            let forgotten = w
                .connection()
                .prepare_cached("DELETE FROM credential WHERE tenant_id = ?1")?
                .execute([&tenant_id])?;
            w.connection()
                .prepare_cached("DELETE FROM token_request WHERE tenant_id = ?1")?
                .execute([&tenant_id])?;
            Ok(forgotten == 1)
        })
        .await
    }

    async fn note_token_request(&self, tenant_id: &str, request: &TokenRequest) -> Result<(), StoreError> {
        let (tenant_id, request) = (tenant_id.to_ascii_lowercase(), request.clone());
        self.write(move |w, _| {
            w.connection()
                .prepare_cached(
                    "INSERT OR REPLACE INTO token_request (tenant_id, at, delegated, trouble, said)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
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
        self.read(move |r, _| {
            let request = r
                .connection()
                .prepare_cached(
                    "SELECT at, delegated, trouble, said FROM token_request WHERE tenant_id = ?1",
                )?
                .query_row([tenant_id], |row| {
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
