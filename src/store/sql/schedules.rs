//! Scheduled exports.

use super::connection::{Connection, Optional as _, Row, params};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{SqlStore, StoreError, ledger::moment, question::Question};
use crate::{
    audit::Ticks,
    store::{
        Archived, Contents, FileOrder, FileTry, MOST_SCHEDULES, Ordered, Rhythm, Schedule, ScheduleContent,
        ScheduledFile, Schedules,
    },
};

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 200;
/// The longest answer of a destination that is kept, in characters.
const LONGEST_SAID: usize = 500;

const COLUMNS: &str =
    "id, name, query, view, rhythm, hour, contents, destination, revision, next_due, created_at,
    created_by, paused_at, paused_by";

const FILE: &str =
    "id, due_at, file, query, after, up_to, tries, tried_at, retry_at, outcome, said, export, read_until";

fn bounded(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// `None` for a schedule of a kind that only a later version knows.
fn schedule(row: &Row<'_>) -> super::connection::Result<Option<Schedule>> {
    let rhythm = Rhythm::named(&row.get::<String>(4)?);
    let contents = Contents::named(&row.get::<String>(6)?);
    let (Some(rhythm), Some(contents)) = (rhythm, contents) else {
        return Ok(None);
    };
    let paused_at: Option<i64> = row.get(12)?;
    let paused_by: Option<String> = row.get(13)?;
    Ok(Some(Schedule {
        number: row.get(0)?,
        content: ScheduleContent {
            name: row.get(1)?,
            query: row.get(2)?,
            view: row.get(3)?,
            rhythm,
            hour: row.get(5)?,
            contents,
            destination: row.get(7)?,
        },
        revision: row.get(8)?,
        next_due: moment(row.get(9)?),
        created_at: moment(row.get(10)?),
        created_by: row.get(11)?,
        paused: paused_at.map(|at| (moment(at), paused_by.unwrap_or_default())),
        open: None,
        last: None,
    }))
}

fn file(row: &Row<'_>) -> super::connection::Result<ScheduledFile> {
    let at = |column: usize| -> super::connection::Result<Option<DateTime<Utc>>> {
        Ok(row.get::<Option<i64>>(column)?.map(moment))
    };
    let bounds: (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
    Ok(ScheduledFile {
        number: row.get(0)?,
        due_at: moment(row.get(1)?),
        file: row.get(2)?,
        query: row.get(3)?,
        archived: bounds
            .0
            .zip(bounds.1)
            .map(|(after, up_to)| Archived { after, up_to }),
        tries: row.get(6)?,
        tried_at: at(7)?,
        retry_at: at(8)?,
        outcome: row.get(9)?,
        said: row.get(10)?,
        export: row.get(11)?,
        read_until: at(12)?,
    })
}

/// A schedule with what is not in its row.
fn completed(connection: &Connection, schedule: Option<Schedule>) -> Result<Option<Schedule>, StoreError> {
    let Some(mut schedule) = schedule else {
        return Ok(None);
    };
    let one = |which: &str| -> Result<Option<ScheduledFile>, StoreError> {
        let sql = format!("SELECT {FILE} FROM schedule_delivery WHERE schedule = ?1 AND {which} LIMIT 1");
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([schedule.number], file)
            .optional()?)
    };
    let open = one("retry_at IS NOT NULL ORDER BY id")?;
    let last = one("retry_at IS NULL ORDER BY id DESC")?;
    (schedule.open, schedule.last) = (open, last);
    Ok(Some(schedule))
}

/// Notes how a try of a file as it was (`of`) ended, or that nobody tries any more. One that was asked for anew meanwhile is
/// still to be made; one that was given up meanwhile and is there all the same is there.
fn tried(
    connection: &Connection,
    number: i64,
    how: &FileTry,
    of: Option<&ScheduledFile>,
) -> Result<usize, StoreError> {
    let asked_at = of.and_then(|file| file.retry_at).map(|at| at.timestamp_millis());
    Ok(connection
        .prepare_cached(
            "UPDATE schedule_delivery SET tries = tries + 1, tried_at = ?2, outcome = ?3, said = ?4,
               export = coalesce(?5, export), read_until = ?6,
               retry_at = CASE WHEN CAST(?9 AS BIGINT) IS NULL OR retry_at IS NULL OR retry_at = ?9 THEN ?7 ELSE retry_at END
             WHERE id = ?1 AND (retry_at IS NOT NULL OR CAST(?7 AS BIGINT) IS NULL AND ?8)",
        )?
        .execute(params![
            number,
            how.at.timestamp_millis(),
            how.outcome,
            bounded(&how.said, LONGEST_SAID),
            how.export,
            how.read_until.map(|at| at.timestamp_millis()),
            how.retry_at.map(|at| at.timestamp_millis()),
            of.is_some(),
            asked_at,
        ])?)
}

#[async_trait]
impl Schedules for SqlStore {
    async fn add_schedule(
        &self,
        content: &ScheduleContent,
        next_due: DateTime<Utc>,
        from_beginning: bool,
        at: DateTime<Utc>,
        by: &str,
    ) -> Result<Option<i64>, StoreError> {
        let (content, by) = (content.clone(), bounded(by, LONGEST_NAME));
        self.in_one(move |c| {
            let all: u32 = c.query_row("SELECT count(*) FROM schedule", (), |row| row.get(0))?;
            if all >= MOST_SCHEDULES {
                return Ok(None);
            }
            let position = match from_beginning {
                true => 0,
                false => c.last_given()?.1,
            };
            let number = c.query_row(
                "INSERT INTO schedule (name, query, view, rhythm, hour, contents, destination, revision, next_due,
                   position, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, ?11) RETURNING id",
                params![
                    bounded(&content.name, LONGEST_NAME),
                    content.query,
                    content.view,
                    content.rhythm.name(),
                    content.hour,
                    content.contents.name(),
                    content.destination,
                    next_due.timestamp_millis(),
                    position,
                    at.timestamp_millis(),
                    by,
                ],
                |row| row.get(0),
            )?;
            Ok(Some(number))
        })
        .await
    }

    async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        self.read(Question::Books, |r, _| {
            let connection = r.connection();
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM schedule ORDER BY name, id"))?;
            let rows: Vec<Option<Schedule>> = statement.query_map((), schedule)?.collect::<Result<_, _>>()?;
            let all = rows.into_iter().map(|row| completed(connection, row));
            Ok(all
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect())
        })
        .await
    }

    async fn schedule(&self, number: i64) -> Result<Option<Schedule>, StoreError> {
        self.read(Question::Books, move |r, _| {
            let connection = r.connection();
            let found = connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM schedule WHERE id = ?1"))?
                .query_row([number], schedule)
                .optional()?;
            completed(connection, found.flatten())
        })
        .await
    }

    async fn change_schedule(
        &self,
        number: i64,
        revision: i64,
        content: &ScheduleContent,
        next_due: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let content = content.clone();
        self.in_one(move |c| {
            // What begins to follow the archive begins with what comes.
            let newest = c.last_given()?.1;
            let changed = c.execute(
                "UPDATE schedule SET name = ?3, query = ?4, view = ?5, rhythm = ?6, hour = ?7, contents = ?8,
                   destination = ?9, next_due = ?10, revision = revision + 1,
                   position = CASE WHEN contents = ?8 THEN position ELSE ?11 END
                 WHERE id = ?1 AND revision = ?2",
                params![
                    number,
                    revision,
                    bounded(&content.name, LONGEST_NAME),
                    content.query,
                    content.view,
                    content.rhythm.name(),
                    content.hour,
                    content.contents.name(),
                    content.destination,
                    next_due.timestamp_millis(),
                    newest,
                ],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn pause_schedule(&self, number: i64, at: DateTime<Utc>, by: &str) -> Result<bool, StoreError> {
        let by = bounded(by, LONGEST_NAME);
        self.in_one(move |c| {
            let changed = c.execute(
                "UPDATE schedule SET paused_at = ?2, paused_by = ?3, revision = revision + 1
                 WHERE id = ?1 AND paused_at IS NULL",
                params![number, at.timestamp_millis(), by],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn resume_schedule(&self, number: i64, next_due: DateTime<Utc>) -> Result<bool, StoreError> {
        self.in_one(move |c| {
            let changed = c.execute(
                "UPDATE schedule SET paused_at = NULL, paused_by = NULL, revision = revision + 1, next_due = ?2
                 WHERE id = ?1 AND paused_at IS NOT NULL",
                params![number, next_due.timestamp_millis()],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn delete_schedule(&self, number: i64) -> Result<Option<String>, StoreError> {
        self.in_one(move |c| {
            let name = c
                .query_row(
                    "DELETE FROM schedule WHERE id = ?1 RETURNING name",
                    [number],
                    |row| row.get(0),
                )
                .optional()?;
            c.execute("DELETE FROM schedule_delivery WHERE schedule = ?1", [number])?;
            Ok(name)
        })
        .await
    }

    async fn order_file(
        &self,
        number: i64,
        revision: i64,
        order: &FileOrder,
        next_due: DateTime<Utc>,
    ) -> Result<Ordered, StoreError> {
        let order = order.clone();
        self.in_one(move |c| {
            let position: Option<i64> = c
                .prepare_cached("SELECT position FROM schedule WHERE id = ?1 AND revision = ?2")?
                .query_row(params![number, revision], |row| row.get(0))
                .optional()?;
            let Some(position) = position else {
                return Ok(Ordered::Changed);
            };
            let due_at = order.due_at.timestamp_millis();
            let next_is_due = |c: &Connection| -> Result<(), StoreError> {
                c.execute(
                    "UPDATE schedule SET next_due = ?2 WHERE id = ?1",
                    params![number, next_due.timestamp_millis()],
                )?;
                Ok(())
            };
            let known: Option<(i64, bool)> = c
                .prepare_cached(
                    "SELECT id, up_to IS NULL AND (due_at < ?3 OR query <> ?4) FROM schedule_delivery
                     WHERE schedule = ?1 AND file = ?2",
                )?
                .query_row(params![number, order.file, due_at, order.query], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            if let Some((known, is_outdated)) = known {
                next_is_due(c)?;
                if is_outdated {
                    // Made before, for an earlier hour or another question: what has arrived since is in it now.
                    c.execute(
                        "UPDATE schedule_delivery SET due_at = ?2, query = ?3, retry_at = ?2, tries = 0 WHERE id = ?1",
                        params![known, due_at, order.query],
                    )?;
                    return Ok(Ordered::New);
                }
                return Ok(Ordered::Known(known));
            }
            let archived = match order.contents {
                Contents::Period => None,
                Contents::New => {
                    let open: i64 = c
                        .prepare_cached(
                            "SELECT count(*) FROM schedule_delivery
                             WHERE schedule = ?1 AND retry_at IS NOT NULL AND up_to IS NOT NULL",
                        )?
                        .query_row([number], |row| row.get(0))?;
                    if open > 0 {
                        return Ok(Ordered::Waiting);
                    }
                    let up_to = c.last_given()?.1;
                    c.execute(
                        "UPDATE schedule SET position = ?2 WHERE id = ?1",
                        params![number, up_to],
                    )?;
                    // The archive may have become one of before.
                    Some((position.min(up_to), up_to))
                }
            };
            next_is_due(c)?;
            let (after, up_to) = archived.unzip();
            c.execute(
                "INSERT INTO schedule_delivery (schedule, due_at, file, query, after, up_to, retry_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?2)",
                params![number, due_at, order.file, order.query, after, up_to],
            )?;
            Ok(Ordered::New)
        })
        .await
    }

    async fn put_off(&self, number: i64, revision: i64, next_due: DateTime<Utc>) -> Result<(), StoreError> {
        self.in_one(move |c| {
            c.execute(
                "UPDATE schedule SET next_due = ?3 WHERE id = ?1 AND revision = ?2",
                params![number, revision, next_due.timestamp_millis()],
            )?;
            Ok(())
        })
        .await
    }

    async fn hurry(&self, schedule: i64, file: i64, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.in_one(move |c| {
            let changed = c.execute(
                "UPDATE schedule_delivery SET retry_at = ?3, tries = 0
                 WHERE schedule = ?1 AND id = ?2 AND (retry_at IS NOT NULL OR up_to IS NULL)",
                params![schedule, file, at.timestamp_millis()],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn give_up(&self, schedule: i64, file: i64, how: &FileTry) -> Result<bool, StoreError> {
        let how = how.clone();
        self.in_one(move |c| {
            let is_its: bool = c.query_row(
                "SELECT EXISTS (SELECT 1 FROM schedule_delivery WHERE id = ?1 AND schedule = ?2 AND tries > 0)",
                params![file, schedule],
                |row| row.get(0),
            )?;
            Ok(is_its && tried(c, file, &how, None)? == 1)
        })
        .await
    }

    async fn file_tried(&self, file: &ScheduledFile, how: &FileTry) -> Result<(), StoreError> {
        let (file, how) = (file.clone(), how.clone());
        self.in_one(move |c| tried(c, file.number, &how, Some(&file)).map(|_| ()))
            .await
    }

    async fn scheduled_files(
        &self,
        schedule: i64,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ScheduledFile>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        self.read(Question::Books, move |r, _| {
            let sql = format!(
                "SELECT {FILE} FROM schedule_delivery WHERE schedule = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
            );
            let mut statement = r.connection().prepare_cached(&sql)?;
            let rows = statement.query_map(params![schedule, before, limit], file)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn archived_dates(&self, archived: Archived) -> Result<Option<(Ticks, Ticks)>, StoreError> {
        self.read(Question::Books, move |r, _| {
            let ends: (Option<i64>, Option<i64>) = r
                .connection()
                .prepare_cached(
                    "SELECT min(r.ticks), max(r.ticks) FROM version v JOIN record r ON r.id = v.record
                     WHERE v.seq > ?1 AND v.seq <= ?2 AND r.version = v.seq",
                )?
                .query_row(params![archived.after, archived.up_to], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            Ok(ends.0.map(Ticks).zip(ends.1.map(Ticks)))
        })
        .await
    }
}
