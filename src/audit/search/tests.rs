//! The search box as a whole: what is typed, and which records it finds.

mod finding;
mod grammar;
mod places;
