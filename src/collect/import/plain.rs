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
use crate::audit::AuditRecord;

/// Reads all rows.
pub(super) async fn read<R: Read + Seek + Send>(
    table: &Table,
    places: &Places,
    source: &mut Source<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    let mut rows = table.rows(source)?;
    let place = |name: &str| places.get(name).copied().unwrap_or(usize::MAX);
    let (document, id, account, date) = (
        place("record"),
        place("id"),
        place("partnerId"),
        place("dateTime"),
    );
    let mut last = String::new();
    loop {
        let row = match rows.next()? {
            Found::End => return Ok(()),
            Found::Bad { line, reason } => {
                intake.count();
                intake.reject(line, reason);
                continue;
            }
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
        let fallback = dates::parse(row.cell(date))
            .and_then(|date| date.moment(None, Tz::UTC).ok())
            .map_or_else(|| intake.fallback(), |moment| moment.at);
        let line = row.line;
        match intake.account(named).await? {
            Some(account) => intake.take(account, record, fallback).await?,
            None => intake.reject(line, Reason::NoAccount),
        }
    }
}
