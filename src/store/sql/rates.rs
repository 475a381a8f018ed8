//! How often something is asked of all processes together, by the server's clock.

use std::{num::NonZeroU32, time::Duration};

use super::{
    SqlStore, StoreError,
    connection::{Connection, Optional as _, params},
    engine::Engine,
};

/// How often something may be asked, as the generic cell rate algorithm has it, by which processes count for themselves, too;
/// in microseconds.
#[derive(Clone, Copy)]
pub struct Rate {
    /// What is asked is paid for by so much time,
    price: i64,
    /// of which so much can be owed before.
    credit: i64,
}

const MINUTE: i64 = 60_000_000;

impl Rate {
    /// So often in a minute, and as often at once after a minute of silence.
    pub fn per_minute(times: NonZeroU32) -> Self {
        let price = MINUTE / i64::from(times.get());
        Self {
            price,
            credit: MINUTE - price,
        }
    }

    pub fn once_in(time: Duration) -> Self {
        Self {
            price: i64::try_from(time.as_micros()).unwrap_or(i64::MAX),
            credit: 0,
        }
    }
}

impl SqlStore {
    /// Counts something with what other processes count by that name; says how long to wait where it is one too many. Of a
    /// file nothing is counted: its processes are one.
    pub async fn count_together(&self, what: &str, rate: Rate) -> Result<Option<Duration>, StoreError> {
        if let Engine::File(_) = self.0.engine {
            return Ok(None);
        }
        let what = what.to_owned();
        self.look_up(move |c| count(c, &what, rate)).await
    }
}

/// By one statement that is no transaction of ours: nobody needs to notice, and it is not written to the server's log.
fn count(connection: &Connection, what: &str, rate: Rate) -> Result<Option<Duration>, StoreError> {
    let Rate { price, credit } = rate;
    let counted = connection
        .prepare_cached(
            "INSERT INTO request_rate AS r (asker, due)
             VALUES (?1, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) + ?2)
             ON CONFLICT (asker) DO UPDATE
             SET due = CASE WHEN r.due > excluded.due - ?2 THEN r.due + ?2 ELSE excluded.due END
             WHERE r.due <= excluded.due - ?2 + ?3",
        )?
        .execute(params![what, price, credit])?;
    if counted > 0 {
        return Ok(None);
    }
    let wait: Option<i64> = connection
        .query_row(
            "SELECT due - ?2 - CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)
             FROM request_rate WHERE asker = ?1",
            params![what, credit],
            |row| row.get(0),
        )
        .optional()?;
    let wait = wait.and_then(|wait| u64::try_from(wait).ok());
    Ok(Some(Duration::from_micros(wait.unwrap_or_default())))
}
