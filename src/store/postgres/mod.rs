//! The archive on a PostgreSQL server: how it is reached, made, written in bulk and listened to, and what its errors mean.

mod changes;
mod connect;
pub mod copy;
mod errors;
pub mod expire;
pub mod migrations;
mod passwords;
mod session;
mod upkeep;

pub use changes::Changes;
pub use connect::Connector;
pub use errors::{Refused, Said, is_retryable, is_unavailable};
pub use passwords::{PasswordError, Passwords};
pub use session::{ARCHIVE, BOOKS, CHANNEL, COPYING, Prepared, Session};
pub use upkeep::{Taken, Upkeep};

use super::StoreError;
