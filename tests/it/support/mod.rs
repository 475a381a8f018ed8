//! What tests have in common: a browser, an identity provider that can be made to misbehave, rows in memory.

pub mod archive;
pub mod authority;
pub mod browser;
pub mod dashboard;
pub mod exported;
pub mod postgres;
pub mod program;
pub mod provider;
pub mod rows;
