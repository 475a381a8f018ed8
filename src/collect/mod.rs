//! Filling the archive: from Partner Center day by day, and from files.
//!
//! A run is idempotent and takes no input but what the archive says is missing, so the next run is the
//! retry of the last. It knows nothing of pages, settings screens or databases.

mod archivist;
mod ends;
pub mod import;
mod reading;
mod run;
mod seen;
mod window;
mod worker;

pub use reading::DayError;
pub use run::{Collector, Summary, told};
pub use window::{Due, days_due, oldest_day};
pub use worker::{Wake, follow};
