//! What the server tells of what was written, by whomever: so that what is remembered is known to be old without asking.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use postgres::{Client, fallible_iterator::FallibleIterator as _};

use super::{CHANNEL, Connector, StoreError};

/// Follows what is written until it is dropped.
pub struct Changes(Arc<Seen>);

#[derive(Default)]
struct Seen {
    /// Moves with everything that is written.
    stamp: AtomicU64,
    /// The last version, and the last change of what was there.
    records: [AtomicI64; 2],
    /// The newest state of the archive that was heard of.
    pulse: AtomicI64,
    /// How often another server took over that may lack what was seen.
    histories: AtomicI64,
    /// Whether nothing is heard just now: then nothing that is remembered counts.
    deaf: AtomicU64,
}

/// Between two looks at whether anybody still listens, and between two tries to reach the server.
const PAUSE: Duration = Duration::from_millis(500);

const SEEN: &str = "SELECT version, coalesce((SELECT max(id) FROM amendment), 0)
    + coalesce((SELECT max(changed) FROM application_name), 0) + coalesce((SELECT max(id) FROM removal), 0), pulse FROM head";

impl Changes {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn of(connector: Connector) -> Result<Self, StoreError> {
        let seen = Arc::new(Seen::default());
        let client = listening(&connector, &seen)?;
        let weak = Arc::downgrade(&seen);
        std::thread::Builder::new()
            .name("changes".to_owned())
            .spawn(move || listen(&connector, client, &weak))
            .map_err(|error| StoreError::Database(error.into()))?;
        Ok(Self(seen))
    }

    /// A number that is another one after anything was written.
    pub fn stamp(&self) -> u64 {
        match self.0.deaf.load(Ordering::Acquire) {
            0 => self.0.stamp.load(Ordering::Acquire),
            _ => self.0.stamp.fetch_add(1, Ordering::AcqRel) + 1,
        }
    }

    /// Numbers that are others after records were archived or changed.
    pub fn records(&self) -> [i64; 2] {
        let [version, change] = &self.0.records;
        let change = change.load(Ordering::Acquire);
        let unheard = match self.0.deaf.load(Ordering::Acquire) {
            0 => 0,
            _ => self.stamp().cast_signed(),
        };
        // Numbers of one history say nothing of another's.
        let history = self.0.histories.load(Ordering::Acquire) << 40;
        [
            version.load(Ordering::Acquire),
            change.wrapping_sub(unheard).wrapping_sub(history),
        ]
    }

    /// Says that another server took over: what it has is seen anew.
    pub fn begin_anew(&self) {
        self.0.histories.fetch_add(1, Ordering::AcqRel);
        for number in &self.0.records {
            number.store(0, Ordering::Release);
        }
        self.0.pulse.store(0, Ordering::Release);
        self.wrote();
    }

    /// The newest state of the archive that was heard of; `None` while nothing is heard.
    pub fn pulse(&self) -> Option<i64> {
        let hears = self.0.deaf.load(Ordering::Acquire) == 0;
        hears.then(|| self.0.pulse.load(Ordering::Acquire))
    }

    /// Says that this process wrote something, so that it need not wait to hear of it.
    pub fn wrote(&self) {
        self.0.stamp.fetch_add(1, Ordering::AcqRel);
    }

    /// Says that this process wrote to the archive; asks up to where.
    ///
    /// # Errors
    /// When the server does not answer; it is heard of later.
    pub fn archived(&self, by: &mut Client) -> Result<(), postgres::Error> {
        self.0.look(by)?;
        self.wrote();
        Ok(())
    }
}

impl Seen {
    /// What was seen later may be heard of earlier.
    fn look(&self, client: &mut Client) -> Result<(), postgres::Error> {
        let row = client.query_one(SEEN, &[])?;
        self.records[0].fetch_max(row.try_get(0)?, Ordering::AcqRel);
        self.records[1].fetch_max(row.try_get(1)?, Ordering::AcqRel);
        self.pulse.fetch_max(row.try_get(2)?, Ordering::AcqRel);
        Ok(())
    }
}

fn listening(connector: &Connector, seen: &Seen) -> Result<Client, StoreError> {
    let mut client = connector.connect()?;
    client.batch_execute(&format!("LISTEN {CHANNEL}"))?;
    seen.look(&mut client)?;
    seen.stamp.fetch_add(1, Ordering::AcqRel);
    seen.deaf.store(0, Ordering::Release);
    Ok(client)
}

fn listen(connector: &Connector, mut client: Client, weak: &Weak<Seen>) {
    loop {
        let heard = client.notifications().timeout_iter(PAUSE).next();
        let Some(seen) = weak.upgrade() else {
            return;
        };
        let understood = heard.and_then(|heard| match heard {
            Some(_) => {
                // All that came together is one change.
                while client.notifications().iter().next()?.is_some() {}
                seen.look(&mut client)?;
                seen.stamp.fetch_add(1, Ordering::AcqRel);
                Ok(())
            }
            None => match client.is_closed() {
                true => client.check_connection(),
                false => Ok(()),
            },
        });
        if let Err(error) = understood {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database does not tell any more what is written: connecting again"
            );
            metrics::counter!("partnerlog_database_connections_lost_total").increment(1);
            seen.deaf.store(1, Ordering::Release);
            drop(seen);
            client = loop {
                std::thread::sleep(PAUSE);
                let Some(seen) = weak.upgrade() else {
                    return;
                };
                if let Ok(client) = listening(connector, &seen) {
                    tracing::info!("the database tells again what is written");
                    break client;
                }
            };
        }
    }
}
