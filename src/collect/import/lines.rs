//! NDJSON: a record in each line.

use std::io::{self, BufRead};

use super::{
    ImportError, Reason,
    answers::{LONGEST_RECORD, Values},
    intake::Intake,
};
use crate::{
    audit::{AuditRecord, json},
    export::unwrapped,
};

/// So many lines are looked at to tell whether they hold records.
const PROBED_LINES: usize = 100;

/// A line of a file.
pub(super) enum Line {
    Text(Vec<u8>),
    TooLong,
}

/// The next line without holding more of it than a record may have; `None` at the end.
pub(super) fn next(from: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let (mut any, mut too_long) = (false, false);
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        any = true;
        let end = memchr::memchr(b'\n', buffer).map(|at| at + 1);
        let part = &buffer[..end.unwrap_or(buffer.len())];
        let length = part.len();
        if bytes.len() + length > LONGEST_RECORD {
            too_long = true;
            bytes = Vec::new();
        } else if !too_long {
            bytes.extend_from_slice(part);
        }
        from.consume(length);
        if end.is_some() {
            break;
        }
    }
    Ok(any.then_some(if too_long {
        Line::TooLong
    } else {
        Line::Text(bytes)
    }))
}

/// Whether a text is a JSON object that says what an audit record says.
pub(super) fn is_record(text: &str) -> bool {
    text.starts_with('{')
        && json::members(text).is_some_and(|members| {
            members
                .iter()
                .any(|(name, _)| matches!(&**name, "operationType" | "operationDate" | "partnerId"))
        })
}

/// A line's text without what surrounds it; files that were put together have a byte order mark within them.
/// `None` where it is not UTF-8: made UTF-8 by force, it would not be the record any more.
fn text(line: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(line).ok()?.trim();
    Some(text.trim_start_matches('\u{feff}').trim_start())
}

/// Whether the first line that says anything is a record.
pub(super) fn begins_with_a_record(from: &mut impl BufRead) -> io::Result<bool> {
    probe(from, 1)
}

/// Whether at least half of the first lines are records: one alone can be a line of an answer that was cut.
pub(super) fn are_mostly_records(from: &mut impl BufRead) -> io::Result<bool> {
    probe(from, PROBED_LINES)
}

fn probe(from: &mut impl BufRead, lines: usize) -> io::Result<bool> {
    let (mut records, mut others) = (0, 0);
    while records + others < lines {
        match next(from)? {
            None => break,
            Some(Line::TooLong) => others += 1,
            Some(Line::Text(line)) => match text(&line) {
                Some("") => {}
                Some(text) if is_record(text) || unwrapped(text).is_some_and(|text| is_record(&text)) => {
                    records += 1;
                }
                _ => others += 1,
            },
        }
    }
    Ok(records > 0 && records >= others)
}

/// Reads all lines.
pub(super) async fn read(from: &mut impl BufRead, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let mut number = 0;
    while let Some(line) = next(from)? {
        number += 1;
        match line {
            Line::TooLong => {
                intake.count();
                intake.reject(number, Reason::TooLong);
            }
            Line::Text(line) => match text(&line) {
                Some(text) => take_line(number, text, intake).await?,
                None => {
                    intake.count();
                    intake.reject(number, Reason::NotUtf8);
                }
            },
        }
    }
    Ok(())
}

/// A line is one record; a tool that forgot to break a line, or wrote a whole answer into it, loses none.
async fn take_line(at: u64, text: &str, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    if text.is_empty() {
        return Ok(());
    }
    if let Some(record) = unwrapped(text) {
        return take(at, &record, intake).await;
    }
    if !is_record(text)
        && let Some(several) = several(text)
    {
        for record in several {
            take(at, &record, intake).await?;
        }
        return Ok(());
    }
    take(at, text, intake).await
}

/// The records of a line that holds lists or collections, or several records.
fn several(line: &str) -> Option<Vec<String>> {
    if !line.starts_with(['{', '[']) {
        return None;
    }
    let mut values = Values::new(line.as_bytes());
    let mut all = Vec::new();
    while let Some(item) = values.next().ok()? {
        all.push(String::from_utf8_lossy(&item.bytes?).into_owned());
    }
    (!all.is_empty()).then_some(all)
}

/// Takes one record in, verbatim, if it is UTF-8.
pub(super) async fn take_bytes(at: u64, bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), ImportError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => take(at, text, intake).await,
        Err(_) => {
            intake.count();
            intake.reject(at, Reason::NotUtf8);
            Ok(())
        }
    }
}

/// Takes one record in, verbatim.
async fn take(at: u64, text: &str, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    intake.count();
    if !is_record(text) {
        let reason = match (text.starts_with('{'), json::members(text)) {
            (false, _) => Reason::NotAnObject,
            (true, None) => Reason::NotJson,
            (true, Some(_)) => Reason::NotARecord,
        };
        intake.reject(at, reason);
        return Ok(());
    }
    let record = AuditRecord::read(text);
    let account = match intake.account(record.partner_id.as_deref()).await? {
        Ok(account) => account,
        Err(reason) => {
            intake.reject(at, reason);
            return Ok(());
        }
    };
    // What has no readable date is filed under the time of the import.
    let fallback = intake.fallback();
    intake.take(at, account, record, fallback).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_without_being_held() {
        let long = "x".repeat(LONGEST_RECORD + 1);
        let file = format!("a\n{long}\nb");
        let mut from = io::BufReader::new(file.as_bytes());
        let mut kinds = Vec::new();
        while let Some(line) = next(&mut from).unwrap() {
            kinds.push(match line {
                Line::Text(bytes) => String::from_utf8(bytes).unwrap(),
                Line::TooLong => "too long".to_owned(),
            });
        }
        assert_eq!(kinds, ["a\n", "too long", "b"]);
    }
}
