//! Microsoft Partner Center as a client sees it: a day's audit records, a customer's subscriptions.
//!
//! Everything that is known here about the wire comes from Microsoft's documents and samples; every
//! answer is distrusted (size, shape, links) and every record is handed on as the bytes that came.
//! This module knows neither the archive nor the pages, and reads nothing *in* a record.
//!
//! A partner account has one [`Client`]. [`Client::day`] reads the pages of one UTC day,
//! [`Client::subscriptions`] the subscriptions of one customer.

mod client;
pub mod cloud;
mod error;
mod pages;
mod retry;
mod subscriptions;
mod token;
mod trouble;
mod wire;

pub use client::{Client, ClientOptions};
pub use error::{Error, TransportKind};
pub use pages::{DayPages, RecordPage};
pub use subscriptions::{Moment, Subscription};
pub use token::TokenError;
pub use trouble::Trouble;
