//! Stand-ins for Microsoft's side, for `partnerlog demo` and for tests: loopback only.
//!
//! They behave as the documents say, so that a bug of the client shows; therefore they share no
//! code with the client (`partner_center`, `identity`, `audit`), only the clock.
//!
//! - [`tenant`]: a partner's customers and a believable year of activity from a seed
//! - [`partner_center`]: Partner Center's REST API and its token endpoint over a tenant
//! - [`identity_provider`]: an OpenID provider shaped like Entra, with a sign-in page and a bit of Graph
//! - [`faults`]: what tests can make go wrong on the wire, on either of them
//! - [`service`]: the loopback listener both run on, and the log of what they received

mod credentials;
pub mod faults;
pub mod identity_provider;
pub mod partner_center;
pub mod service;
pub mod tenant;
