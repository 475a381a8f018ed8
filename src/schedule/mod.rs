//! Scheduled exports: files of the log made daily, weekly or monthly and put where an operator wants them.
//!
//! What is in a file and what it is called is settled when it falls due, and kept; making it may take as many tries as it
//! takes. [`Scheduling`] is what pages see, [`follow`] makes the files. Knows no page and no database.

mod calendar;
mod desk;
mod destination;
mod making;
mod worker;

pub use desk::{Asked, Outcome, Scheduling, selected};
pub use destination::Destinations;
pub use worker::{Pace, follow};
