//! How far a stretch of the log reaches, from memory alone: so that what comes behind it is read beside it.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use super::{find::of_second, memory::Memory};
use crate::{
    audit::{Cursor, Selection, Ticks},
    store::{
        columns::{Sought, Walk, seconds},
        directory::Directory,
    },
};

/// Looking takes far less where records were archived about in the order of their dates; whoever does not know goes on
/// without, and sooner than by waiting.
const PATIENCE: Duration = Duration::from_millis(20);

/// The date since when the first so many records behind a place are, with all others of its second; of selections of dates
/// alone. `None` where there are no more, or it is not known.
pub fn of(memory: &Memory, selection: &Selection, at: Option<Cursor>, records: u32) -> Option<Ticks> {
    if !selection.is_plain() {
        return None;
    }
    let columns = memory.columns()?;
    let mut sought = Sought::new(&columns, selection, &Directory::default(), &[]);
    if let Some(at) = at {
        sought.time.until = sought.time.until.min(seconds(at.ticks).saturating_add(1));
    }
    // Of the second of a record, some are before it; of one at whose end it begins, none.
    let ends = |at: &Cursor| seconds(Ticks(at.ticks.0.saturating_add(1))) > seconds(at.ticks);
    let begins = at.filter(|at| !ends(at)).map(|at| seconds(at.ticks));
    let limit = Instant::now() + PATIENCE;
    let walk = Walk {
        newer: false,
        wanted: records as usize + 1,
        begins,
        together: 1,
        deadline: limit,
        limit,
    };
    let found = walk.run(&sought, Ok::<_, Infallible>, |_| Ok(true));
    let found = found.ok().flatten().filter(|found| found.enough)?;
    let numbers = found.numbers.iter();
    let oldest = numbers.filter_map(|number| sought.passes(*number)).min()?;
    // The lowest dates have no second of their own: of these, none lies behind.
    let since = of_second(oldest);
    at.is_none_or(|at| since <= at.ticks).then_some(since)
}
