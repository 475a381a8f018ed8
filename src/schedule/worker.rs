//! The files that fall due: a task for each schedule that has one to make, under a lease, so that of several processes one
//! makes it.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    Scheduling,
    desk::{Outcome, due_after},
    making::{Made, make},
};
use crate::store::{FileTry, Schedule, ScheduledFile, StoreError, schedule_lease};

/// A maker that died is taken over after this time.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// A maker prolongs its lease so often.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// So long stores are waited for when everything ends, to be told that a file will not come.
const GRACE: Duration = Duration::from_secs(5);

/// The pace of a worker. The defaults suit production.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// So often it is looked whether anything has fallen due.
    pub look: Duration,
    /// The pause after the first failure; it doubles with each.
    pub first_pause: TimeDelta,
    /// It never grows beyond this.
    pub longest_pause: TimeDelta,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(20),
            first_pause: TimeDelta::minutes(1),
            longest_pause: TimeDelta::hours(3),
        }
    }
}

impl Pace {
    /// The pause after so many failures in a row, at least one.
    fn pause(&self, failures: u32) -> TimeDelta {
        let doublings = failures.saturating_sub(1).min(16);
        (self.first_pause * (1 << doublings)).min(self.longest_pause)
    }
}

/// Makes the files of all schedules as they fall due, until it is stopped.
pub async fn follow(scheduling: Scheduling, stop: CancellationToken) {
    let holder = uuid::Uuid::new_v4().to_string();
    let mut running: HashMap<i64, JoinHandle<()>> = HashMap::new();
    loop {
        if let Err(error) = look(&scheduling, &holder, &mut running, &stop).await {
            failed("schedules could not be looked at", &error);
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = scheduling.0.changed.notified() => {}
            () = tokio::time::sleep(scheduling.0.pace.look) => {}
        }
    }
    for (_, task) in running {
        let _ = task.await;
    }
    scheduling.0.ending.close();
    let _ = tokio::time::timeout(GRACE, scheduling.0.ending.wait()).await;
}

/// Orders what has fallen due, and begins what is to be made and is not being made here.
async fn look(
    scheduling: &Scheduling,
    holder: &str,
    running: &mut HashMap<i64, JoinHandle<()>>,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    running.retain(|_, task| !task.is_finished());
    let now = scheduling.0.clock.now();
    for schedule in scheduling.all().await? {
        let is_due = schedule.next_due <= now
            || schedule.next_due > due_after(&schedule.content, now)
            || ready(&schedule, now, &scheduling.0.pace).is_some();
        if schedule.paused.is_some()
            || !is_due
            || running.contains_key(&schedule.number)
            || stop.is_cancelled()
        {
            continue;
        }
        let work = Work {
            scheduling: scheduling.clone(),
            number: schedule.number,
            revision: schedule.revision,
            lease: schedule_lease(schedule.number),
            holder: holder.to_owned(),
            stop: stop.clone(),
        };
        let task = tokio::spawn(async move {
            if let Err(error) = work.run().await {
                failed("the files of a schedule could not be made", &error);
            }
        });
        running.insert(schedule.number, task);
    }
    Ok(())
}

/// The file that is to be made now. A clock that was ahead must not put it off until then.
fn ready<'a>(schedule: &'a Schedule, now: DateTime<Utc>, pace: &Pace) -> Option<&'a ScheduledFile> {
    let open = schedule.open.as_ref()?;
    let is_ready = |at: DateTime<Utc>| at <= now || at > now + pace.longest_pause;
    open.retry_at.is_some_and(is_ready).then_some(open)
}

fn failed(what: &str, error: &StoreError) {
    let error: &dyn std::error::Error = error;
    tracing::warn!(error, "{what}");
}

/// The files of one schedule.
struct Work {
    scheduling: Scheduling,
    number: i64,
    /// Whoever changes the schedule ends this.
    revision: i64,
    lease: String,
    holder: String,
    stop: CancellationToken,
}

impl Work {
    async fn run(&self) -> Result<(), StoreError> {
        if !self.prolong().await? {
            return Ok(());
        }
        let done = tokio::select! {
            done = self.make_all() => done,
            () = self.hold() => Ok(()),
            // A file that is not whole by then is made anew by whoever comes next.
            () = self.stop.cancelled() => Ok(()),
        };
        let released = self.scheduling.0.store.release(&self.lease, &self.holder).await;
        done.and(released)
    }

    async fn prolong(&self) -> Result<bool, StoreError> {
        let now = self.scheduling.0.clock.now();
        let store = &self.scheduling.0.store;
        store.lease(&self.lease, &self.holder, now, now + LEASE).await
    }

    /// Returns when the lease is somebody else's, or the schedule was changed, paused or deleted.
    async fn hold(&self) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            match self.prolong().await {
                Ok(true) => {}
                Ok(false) => return,
                // Whether it still is ours shows at the next beat, before it lapses.
                Err(error) => failed("a lease could not be prolonged", &error),
            }
            match self.scheduling.0.rows.schedule(self.number).await {
                Ok(Some(schedule)) if schedule.revision == self.revision => {}
                Ok(_) => return,
                Err(error) => failed("a schedule could not be looked at", &error),
            }
        }
    }

    /// Orders every file that has fallen due, and makes those that are to be made, the oldest first, up to the first that
    /// fails.
    async fn make_all(&self) -> Result<(), StoreError> {
        let inner = &self.scheduling.0;
        loop {
            let Some(schedule) = inner.order_due(self.number).await? else {
                return Ok(());
            };
            // One that waits for its next try holds up those after it: they come in order.
            if !self.is_as_before(&schedule) || ready(&schedule, inner.clock.now(), &inner.pace).is_none() {
                return Ok(());
            }
            let _turn = inner.at_once.acquire().await;
            // It may have been changed while this waited.
            let Some(schedule) = inner.rows.schedule(self.number).await? else {
                return Ok(());
            };
            let Some(file) = ready(&schedule, inner.clock.now(), &inner.pace) else {
                return Ok(());
            };
            if !self.is_as_before(&schedule) || !self.make_one(&schedule, file).await? {
                return Ok(());
            }
        }
    }

    fn is_as_before(&self, schedule: &Schedule) -> bool {
        schedule.paused.is_none() && schedule.revision == self.revision
    }

    /// Makes a file; `false` where it is to be tried again later.
    async fn make_one(&self, schedule: &Schedule, file: &ScheduledFile) -> Result<bool, StoreError> {
        let inner = &self.scheduling.0;
        let Made {
            outcome,
            said,
            export,
            read_until,
        } = make(inner, schedule, file).await;
        let (at, delivered) = (inner.clock.now(), outcome == Outcome::Delivered);
        let retry_at = (!delivered).then(|| at + inner.pace.pause(file.tries + 1));
        match delivered {
            true => tracing::info!(
                schedule = schedule.number,
                file = file.number,
                export,
                "a scheduled export is delivered"
            ),
            false => tracing::warn!(
                schedule = schedule.number,
                file = file.number,
                export,
                outcome = outcome.code(),
                "a scheduled export could not be delivered"
            ),
        }
        let how = FileTry {
            at,
            outcome: outcome.code().to_owned(),
            said,
            export,
            read_until,
            retry_at,
        };
        inner.rows.file_tried(file, &how).await?;
        Ok(delivered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pace = Pace::default();
        let minutes: Vec<i64> = [1, 2, 3, 8, 9, 1_000].map(|n| pace.pause(n).num_minutes()).into();
        assert_eq!(minutes, [1, 2, 4, 128, 180, 180]);
    }
}
