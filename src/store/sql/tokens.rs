//! Tokens of the API.

use std::{num::NonZeroU32, time::Duration};

use super::connection::{Optional as _, Row, params};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{SqlStore, StoreError, ledger::moment, question::Question, rates::Rate};
use crate::store::{ApiToken, ApiTokens, NewApiToken, Right};

/// The longest name of a token or a person that is kept, in characters.
const LONGEST_NAME: usize = 200;

const COLUMNS: &str = "id, name, rights, customers, created_at, created_by, expires_at, used_at, revoked_at";

fn token(row: &Row<'_>) -> super::connection::Result<ApiToken> {
    let at = |column: usize| -> super::connection::Result<Option<DateTime<Utc>>> {
        Ok(row.get::<Option<i64>>(column)?.map(moment))
    };
    let (rights, customers): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(ApiToken {
        number: row.get(0)?,
        name: row.get(1)?,
        // A right that a later version gave is none that this one could grant.
        rights: Right::ALL
            .into_iter()
            .filter(|right| rights.split(' ').any(|name| name == right.name()))
            .collect(),
        customers: customers.split_whitespace().map(ToOwned::to_owned).collect(),
        created_at: moment(row.get(4)?),
        created_by: row.get(5)?,
        expires_at: at(6)?,
        used_at: at(7)?,
        revoked_at: at(8)?,
    })
}

fn bounded(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

#[async_trait]
impl ApiTokens for SqlStore {
    async fn add_token(&self, token: &NewApiToken) -> Result<i64, StoreError> {
        let token = token.clone();
        self.write(move |c| {
            let rights: Vec<_> = token.rights.iter().map(|right| right.name()).collect();
            c.prepare_cached(
                "INSERT INTO api_token (hash, name, rights, customers, created_at, created_by, expires_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
            )?
            .query_row(
                params![
                    token.hash,
                    bounded(&token.name),
                    rights.join(" "),
                    token.customers.join(" ").to_ascii_lowercase(),
                    token.created_at.timestamp_millis(),
                    bounded(&token.created_by),
                    token.expires_at.map(|at| at.timestamp_millis()),
                ],
                |row| row.get(0),
            )
            .map_err(Into::into)
        })
        .await
    }

    async fn api_tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        self.read(Question::Books, |r, _| {
            let sql = format!("SELECT {COLUMNS} FROM api_token ORDER BY id DESC");
            let mut statement = r.connection().prepare_cached(&sql)?;
            let all = statement.query_map((), token)?;
            Ok(all.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn api_token(&self, hash: &[u8; 32]) -> Result<Option<ApiToken>, StoreError> {
        let hash = *hash;
        self.read(Question::SignIn, move |r, _| {
            let sql = format!("SELECT {COLUMNS} FROM api_token WHERE hash = ?1");
            let mut statement = r.connection().prepare_cached(&sql)?;
            Ok(statement.query_row([hash], token).optional()?)
        })
        .await
    }

    async fn token_used(&self, number: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(move |c| {
            c.prepare_cached(
                "UPDATE api_token SET used_at = ?2 WHERE id = ?1 AND coalesce(used_at, 0) < ?2",
            )?
            .execute(params![number, at.timestamp_millis()])?;
            Ok(())
        })
        .await
    }

    async fn count_request(
        &self,
        asker: &str,
        per_minute: NonZeroU32,
    ) -> Result<Option<Duration>, StoreError> {
        self.count_together(asker, Rate::per_minute(per_minute)).await
    }

    async fn revoke_token(&self, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError> {
        let by = bounded(by);
        self.write(move |c| {
            let changed = c
                .prepare_cached(
                    "UPDATE api_token SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1 AND revoked_at IS NULL",
                )?
                .execute(params![number, at.timestamp_millis(), by])?;
            Ok(changed > 0)
        })
        .await
    }
}
