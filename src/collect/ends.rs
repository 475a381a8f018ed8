//! Whether Partner Center's `endDate` includes its day. A page of Microsoft's says so and a sample shows it; if it were
//! otherwise, every day would look empty, and the archive complete. Knows no archive.

use chrono::{Days, NaiveDate};

use super::reading::DayError;
use crate::{audit::AuditRecord, partner_center::Client};

/// Partner Center is asked for so many days at most in one request.
const SPAN: u64 = 30;

/// Makes sure that a record which a span of days shows is also shown by a day alone.
///
/// Which day of Partner Center's a record belongs to is a matter of time zones, so its neighbours count, too. Where there
/// is no record to try it with, nothing is known.
pub async fn are_included(client: &Client, today: NaiveDate) -> Result<(), DayError> {
    let first = today - Days::new(SPAN - 1);
    let Some(record) = client.newest_of(first, today).await? else {
        return Ok(());
    };
    let Some(day) = AuditRecord::read(record).ticks.and_then(|ticks| ticks.day()) else {
        return Ok(());
    };
    // A record of another time says nothing of these days, and its neighbours might not exist.
    if day < first || day > today {
        return Ok(());
    }
    let (before, after) = (day - Days::new(1), day + Days::new(1));
    for day in [day, before, after.min(today)] {
        if client.newest_of(day, day).await?.is_some() {
            return Ok(());
        }
    }
    Err(DayError::EndsLeftOut)
}
