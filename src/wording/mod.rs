//! Explanations put into words through the message catalogues, for pages and exports alike.
//!
//! Everything here ends in one line of text that is safe to show anywhere: bounded in length, without
//! control characters and without marks that reverse the direction of what follows. Escaping for HTML or
//! CSV is the business of those who write it. Knows nothing of pages.

mod applications;
mod labels;
mod meant;
mod phrases;
mod sentence;
mod spacing;
mod text;
mod values;

pub use applications::Applications;
pub use labels::{action, actors, application, application_name, area, field, is_portal, resource, status};
pub use meant::{called, in_words};
pub use phrases::{apart, essentials, phrase};
pub use sentence::{Happened, sentence};
pub use text::one_line;
pub use values::value;

#[cfg(test)]
mod tests;
