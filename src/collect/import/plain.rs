//! partnerlog's export for programs: the column `record` has each record byte for byte, in the first of its rows.

use std::io::{Read, Seek};

use chrono_tz::Tz;
use serde_json::value::RawValue;

use super::{
    ImportError, Reason, dates,
    intake::Intake,
    rows::Found,
    source::Source,
    table::{Places, Table},
};
use crate::audit::{AuditRecord, Ticks};

/// So many rows are looked at to tell in which zone the first column is.
const SAMPLE: usize = 100;
const PER_SECOND: i64 = 10_000_000;

/// Reads all rows.
pub(super) async fn read<R: Read + Seek + Send>(
    table: &Table,
    places: &Places,
    source: &mut Source<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    let place = |name: &str| places.get(name).copied().unwrap_or(usize::MAX);
    let (document, id, account, date) = (
        place("record"),
        place("id"),
        place("partnerId"),
        place("dateTime"),
    );
    // The first column is in the zone of whoever exported, which only the other rows tell.
    let mut ahead = 0;
    let mut rows = table.rows(source)?;
    for _ in 0..SAMPLE {
        match rows.next()? {
            Found::End => break,
            Found::Row(row) if !row.cell(document).is_empty() => {
                let record = AuditRecord::read(row.cell(document));
                if let Some(found) = seconds_ahead(row.cell(date), &record) {
                    ahead = found;
                    break;
                }
            }
            _ => {}
        }
    }
    let mut rows = table.rows(source)?;
    let mut last = String::new();
    loop {
        let row = match rows.next()? {
            Found::End => return Ok(()),
            Found::Bad { line, reason } => {
                intake.count();
                intake.reject(line, reason);
                continue;
            }
            Found::Row(row) if table.is_header(&row) => continue,
            Found::Row(row) => row,
        };
        let text = row.cell(document);
        if text.is_empty() && !last.is_empty() && row.cell(id) == last {
            // Another line of the same order.
            continue;
        }
        row.cell(id).clone_into(&mut last);
        intake.count();
        if text.is_empty() {
            intake.reject(row.line, Reason::NoRecord);
            continue;
        }
        // Whatever was archived is taken as it is, also what is no object.
        if serde_json::from_str::<&RawValue>(text).is_err() {
            intake.reject(row.line, Reason::NotJson);
            continue;
        }
        let record = AuditRecord::read(text);
        let named = Some(row.cell(account)).filter(|tenant| !tenant.is_empty());
        let named = named.or(record.partner_id.as_deref());
        ahead = seconds_ahead(row.cell(date), &record).unwrap_or(ahead);
        let fallback = clock_time(row.cell(date)).map_or_else(
            || intake.fallback(),
            |shown| Ticks(shown.0.saturating_sub(ahead * PER_SECOND)),
        );
        let line = row.line;
        // Records without an id are as many as a file shows, but the export names them, and two put together repeat some.
        if last.starts_with("h-") && intake.repeated(&[(&last, text)]).await?[..] == [true] {
            intake.known();
            continue;
        }
        match intake.account(named).await? {
            Ok(account) => intake.take(line, account, record, fallback).await?,
            Err(reason) => intake.reject(line, reason),
        }
    }
}

/// What the first column shows, as if it were UTC.
fn clock_time(cell: &str) -> Option<Ticks> {
    let moment = dates::parse(cell)?.moment(None, Tz::UTC).ok()?;
    Some(moment.at)
}

/// How far the clock of the first column is ahead of UTC, by a record that has a date: in whole quarters of an hour, as
/// all zones of these years are.
fn seconds_ahead(cell: &str, record: &AuditRecord) -> Option<i64> {
    const QUARTER: i64 = 15 * 60;
    let ahead = (clock_time(cell)?.0 - record.ticks?.0).div_euclid(PER_SECOND);
    (ahead.abs() <= 26 * 3_600).then_some((ahead + QUARTER / 2).div_euclid(QUARTER) * QUARTER)
}
