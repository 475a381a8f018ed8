//! Behaviour through the real thing: real HTTP, a real SQLite file. Only Microsoft's side is a stand-in.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod api;
mod architecture;
mod captured_log;
mod check;
mod collect;
mod commands;
mod config;
mod copy;
mod credentials;
mod export;
mod finding;
mod import;
mod layers;
mod pages;
mod partner_center;
mod postgres;
mod raw_http;
mod records;
mod schedules;
mod server;
mod sign_in;
mod simulator;
mod soundness;
mod store;
mod streams;
mod support;
mod trust;
mod views;
