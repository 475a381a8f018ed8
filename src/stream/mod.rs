//! Streaming out: records as they are archived, in that order, each at least once, to where an operator wants them.
//!
//! The archive is local, so a stream needs no queue: it is a place in the order of archiving, and goes on from there
//! whatever happened in between. [`Streaming`] is what pages see, [`follow`] sends. Knows no page and no database.

mod desk;
mod event;
mod exchange;
mod guard;
mod ndjson;
mod patience;
mod sender;
mod splunk;
mod syslog;
mod target;
mod webhook;
mod worker;

pub use desk::{Asked, Prepared, Streaming, Unfit, selected};
pub use exchange::Outcome;
pub use guard::Guard;
pub use patience::Pace;
pub use sender::Surroundings;
pub use target::{Auth, Draft, Fault, LARGEST, SYSLOG_PORT, Target};
pub use worker::follow;
