//! Sessions and sign-ins under way.

use super::connection::{Connection, Optional as _, params};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{SqlStore, StoreError, ledger::moment};
use crate::store::{SessionRow, SessionRows};

fn session(
    connection: &Connection,
    key: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<SessionRow>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT provider_session, expires_at, sealed FROM session WHERE key = ?1 AND expires_at > ?2",
        )?
        .query_row(params![key, now.timestamp_millis()], |row| {
            Ok(SessionRow {
                key,
                provider_session: row.get(0)?,
                expires_at: moment(row.get(1)?),
                sealed: row.get(2)?,
            })
        })
        .optional()?)
}

#[async_trait]
impl SessionRows for SqlStore {
    async fn insert_session(&self, row: &SessionRow) -> Result<bool, StoreError> {
        let row = row.clone();
        self.write(move |c| {
            let inserted = c
                .prepare_cached(
                    "INSERT INTO session (key, provider_session, expires_at, sealed) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (key) DO NOTHING",
                )?
                .execute(params![
                    row.key,
                    row.provider_session,
                    row.expires_at.timestamp_millis(),
                    row.sealed
                ])?;
            Ok(inserted == 1)
        })
        .await
    }

    async fn update_session(&self, row: &SessionRow) -> Result<bool, StoreError> {
        let row = row.clone();
        self.write(move |c| {
            let updated = c
                .prepare_cached(
                    "UPDATE session SET provider_session = ?2, expires_at = ?3, sealed = ?4 WHERE key = ?1",
                )?
                .execute(params![
                    row.key,
                    row.provider_session,
                    row.expires_at.timestamp_millis(),
                    row.sealed
                ])?;
            Ok(updated == 1)
        })
        .await
    }

    async fn session(&self, key: &[u8; 32], now: DateTime<Utc>) -> Result<Option<SessionRow>, StoreError> {
        let key = *key;
        // Asked for with every request.
        self.look_up(move |connection| session(connection, key, now))
            .await
    }

    async fn delete_session(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        let key = *key;
        self.write(move |c| {
            c.prepare_cached("DELETE FROM session WHERE key = ?1")?
                .execute([key])?;
            Ok(())
        })
        .await
    }

    async fn delete_sessions_of(&self, provider_session: &[u8; 32]) -> Result<u64, StoreError> {
        let provider_session = *provider_session;
        self.write(move |c| {
            let deleted = c
                .prepare_cached("DELETE FROM session WHERE provider_session = ?1")?
                .execute([provider_session])?;
            Ok(deleted as u64)
        })
        .await
    }

    async fn put_sign_in(
        &self,
        key: &[u8; 32],
        sealed: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (key, sealed) = (*key, sealed.to_vec());
        self.write(move |c| {
            c
                .prepare_cached(
                    "INSERT INTO sign_in (key, expires_at, sealed) VALUES (?1, ?2, ?3)
                     ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at, sealed = excluded.sealed",
                )?
                .execute(params![key, expires_at.timestamp_millis(), sealed])?;
            Ok(())
        })
        .await
    }

    async fn take_sign_in(&self, key: &[u8; 32], now: DateTime<Utc>) -> Result<Option<Vec<u8>>, StoreError> {
        let key = *key;
        self.write(move |c| {
            let taken: Option<(i64, Vec<u8>)> = c
                .prepare_cached("DELETE FROM sign_in WHERE key = ?1 RETURNING expires_at, sealed")?
                .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(taken
                .filter(|(expires_at, _)| *expires_at > now.timestamp_millis())
                .map(|(_, sealed)| sealed))
        })
        .await
    }

    async fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.write(move |c| {
            let mut purged = 0;
            for table in ["session", "sign_in"] {
                purged += c
                    .prepare_cached(&format!("DELETE FROM {table} WHERE expires_at <= ?1"))?
                    .execute([now.timestamp_millis()])?;
            }
            Ok(purged as u64)
        })
        .await
    }
}
