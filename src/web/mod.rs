//! The pages.

pub mod assets;
pub mod csrf;
pub mod headers;
pub mod health;
pub mod requests;
pub mod sign_in;
