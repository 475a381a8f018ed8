//! The archive on a PostgreSQL server: how it is reached, and what its errors mean.

mod connect;
mod errors;
mod passwords;

pub use connect::Connector;
pub use errors::{Refused, is_retryable, is_unavailable};
pub use passwords::{PasswordError, Passwords};

use super::StoreError;
