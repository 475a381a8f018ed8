//! Making one file and putting it where it goes.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use futures_util::TryStreamExt as _;
use tokio::time::timeout;

use super::{
    desk::{Inner, Outcome, selected},
    destination::{Destination, DestinationError},
};
use crate::{
    audit::{
        Selection, Ticks,
        selection::{From, To},
    },
    export::{ExportError, Extract, Form, Recording, Tally, export, kept, recorded},
    store::{NewExport, Person, Schedule, ScheduledFile, StoreError, coverage::Coverage},
};

/// So long a destination may take nothing, or the archive give nothing.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What came of trying.
pub(super) struct Made {
    pub outcome: Outcome,
    pub said: String,
    /// The number in the list of exports.
    pub export: Option<i64>,
    /// Up to when the accounts had been read, where that was before the end of what the file is about.
    pub read_until: Option<DateTime<Utc>>,
}

impl Made {
    fn failed(outcome: Outcome, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut said = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            let text = inner.to_string();
            if !said.contains(&text) {
                said = format!("{said}: {text}");
            }
            source = inner.source();
        }
        Self {
            outcome,
            said,
            export: None,
            read_until: None,
        }
    }

    fn without_words(outcome: Outcome) -> Self {
        Self {
            outcome,
            said: String::new(),
            export: None,
            read_until: None,
        }
    }
}

/// Makes a file of a schedule and puts it where it goes, and its checksum beside it.
pub(super) async fn make(inner: &Inner, schedule: &Schedule, file: &ScheduledFile) -> Made {
    let Some(destination) = inner.destinations.named(&schedule.content.destination) else {
        return Made::without_words(Outcome::NoDestination);
    };
    let now = inner.clock.now();
    let Some((selection, form)) = selected(&file.query, now) else {
        return Made::without_words(Outcome::NotUnderstood);
    };
    let read_until = match read_until(inner, &selection, now).await {
        Ok(read_until) => read_until,
        Err(error) => return Made::failed(Outcome::Archive, &error),
    };
    let narrowed = match file.archived {
        None => Ok(selection.clone()),
        // Everything: looking for its dates would be looking at all of it.
        Some(archived) if archived.after == 0 => Ok(selection.clone()),
        Some(archived) => {
            let dates = inner.rows.archived_dates(archived).await;
            dates.map(|dates| narrowed(&selection, dates))
        }
    };
    let of = match narrowed {
        Ok(selection) => Extract {
            selection,
            customers: Vec::new(),
            archived: file.archived,
        },
        Err(error) => return Made::failed(Outcome::Archive, &error),
    };
    let begun = NewExport {
        begun_at: now,
        person: Person {
            tenant: String::new(),
            object: format!("schedule {}", schedule.number),
        },
        name: schedule.content.name.clone(),
        query: noted(file, &form, &selection),
    };
    let upload = match destination.begin(&file.file, &inner.ending).await {
        Ok(upload) => upload,
        Err(error) => return told(&error),
    };
    let list = Arc::clone(&inner.exports);
    let recording = match Recording::begin(list, inner.clock.clone(), &begun).await {
        Ok(recording) => recording,
        Err(error) => return Made::failed(Outcome::Archive, &error),
    };
    let number = recording.number();
    let chunks = export(Arc::clone(&inner.store), of, form, inner.folder.to_path_buf());
    let mut chunks = Box::pin(recorded(kept(chunks, upload), recording));
    let mut tally = Tally::default();
    let made = loop {
        match timeout(PATIENCE, chunks.try_next()).await {
            Ok(Ok(Some(chunk))) => tally.add(&chunk),
            Ok(Ok(None)) => break checked(destination, &file.file, &tally).await,
            Ok(Err(error)) => break broken(&error),
            Err(late) => break Made::failed(Outcome::Failed, &late),
        }
    };
    Made {
        export: Some(number),
        read_until,
        ..made
    }
}

/// The address by which the list of exports knows it: with days that stay the same, the name of the file, and what of those
/// days is in it.
fn noted(file: &ScheduledFile, form: &Form, selection: &Selection) -> String {
    let mut more = form_urlencoded::Serializer::new(form.address(selection));
    more.append_pair("file", &file.file);
    if let Some(archived) = file.archived {
        more.append_pair("archived", &format!("{}-{}", archived.after, archived.up_to));
    }
    more.finish()
}

/// Puts the checksum beside the file, as `sha256sum --check` takes it.
async fn checked(destination: &Destination, file: &str, tally: &Tally) -> Made {
    let line = tally.checksum_line(file);
    match destination.put(&format!("{file}.sha256"), line).await {
        Ok(()) => Made::without_words(Outcome::Delivered),
        Err(error) => told(&error),
    }
}

fn broken(error: &ExportError) -> Made {
    if let ExportError::Kept(error) = error {
        let error: &(dyn std::error::Error + 'static) = &**error;
        return Made::failed(outcome(error), error);
    }
    Made::failed(Outcome::Archive, error)
}

fn told(error: &DestinationError) -> Made {
    Made::failed(outcome(error), error)
}

/// What a destination's error means, however deep it is.
fn outcome(error: &(dyn std::error::Error + 'static)) -> Outcome {
    use object_store::Error;
    let mut at = Some(error);
    while let Some(error) = at {
        // An I/O error keeps what it was made of to itself.
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|inner| inner.downcast_ref::<Error>());
        match inner.or_else(|| error.downcast_ref::<Error>()) {
            Some(Error::NotFound { .. }) => return Outcome::Missing,
            Some(Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => return Outcome::Refused,
            _ => {}
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    return Outcome::Refused;
                }
                std::io::ErrorKind::NotFound => return Outcome::Missing,
                _ => {}
            }
        }
        at = error.source();
    }
    Outcome::Failed
}

/// The days between the oldest and the newest of what is new: nothing else has to be looked at.
fn narrowed(selection: &Selection, dates: Option<(Ticks, Ticks)>) -> Selection {
    let Some((first, last)) = dates else {
        // Nothing is new, so any day will do.
        return selection.over(From::Day(selection.today), To::Day(selection.today));
    };
    let day = |ticks: Ticks| -> Option<NaiveDate> {
        let at = ticks.to_utc()?;
        Some(at.with_timezone(&selection.zone).date_naive())
    };
    let from = day(first).map_or(From::Beginning, From::Day);
    // What has no last day reaches into the future only where it has no first either.
    match (from, day(last)) {
        (from, Some(last)) => selection.over(from, To::Day(last)),
        _ => selection.over(From::Beginning, To::Today),
    }
}

/// Up to when the accounts that are collected have been read, where that is before the end of a selection that has one.
async fn read_until(
    inner: &Inner,
    selection: &Selection,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let To::Day(_) = selection.to else {
        return Ok(None);
    };
    let Some(end) = selection.during().1.to_utc() else {
        return Ok(None);
    };
    let from = selection.during().0.to_utc().unwrap_or(DateTime::<Utc>::MIN_UTC);
    let mut short: Option<DateTime<Utc>> = None;
    for account in inner.store.accounts().await? {
        let is_collected = inner
            .collected
            .iter()
            .any(|tenant| tenant.eq_ignore_ascii_case(&account.tenant_id));
        if !is_collected {
            continue;
        }
        let days = inner
            .store
            .days(account.id, NaiveDate::MIN, NaiveDate::MAX)
            .await?;
        let coverage = Coverage::of(days, now, true);
        let read = coverage.read_at().unwrap_or(from);
        let gap = coverage
            .missing(from.date_naive(), end.date_naive())
            .map(|day| day.day.and_time(NaiveTime::MIN).and_utc())
            .find(|day| *day < end);
        let whole = gap.map_or(read, |gap| gap.min(read));
        if whole < end {
            short = Some(short.map_or(whole, |before| before.min(whole)));
        }
    }
    Ok(short)
}
