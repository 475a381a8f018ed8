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
mod consent;
mod error;
mod pages;
mod refresh_tokens;
mod retry;
mod subscriptions;
mod token;
mod token_endpoint;
mod trouble;
mod wire;

pub use client::{Client, ClientOptions};
pub use consent::{BegunConsent, Consent, ConsentClient, ConsentError};
pub use error::{Error, TransportKind};
pub use pages::{DayPages, RecordPage};
pub use refresh_tokens::{InMemory, KeepError, RefreshToken, RefreshTokens, TokenOutcome};
pub use subscriptions::{Moment, Subscription};
pub use token::Access;
pub use token_endpoint::TokenError;
pub use trouble::Trouble;
