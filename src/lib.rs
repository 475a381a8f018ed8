//! partnerlog: the activity log of Microsoft Partner Center, kept for good.
//!
//! The module list is the architecture. `audit` is pure; `store`, `partner_center`, `identity` and `machine_identity`
//! are where I/O happens; `credentials` keeps what Partner Center is asked with; `collect`, `stream`, `export` and
//! `web` drive them; only `app` composes them, and
//! `cli` hands over to it. `simulator` stands in for Microsoft's side in the demo and in tests, and
//! shares no understanding of the wire with `partner_center`.

pub mod api;
pub mod app;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
pub mod credentials;
pub mod export;
pub mod http_client;
pub mod i18n;
pub mod identity;
pub mod machine_identity;
pub mod partner_center;
pub mod schedule;
pub mod seal;
pub mod server;
pub mod simulator;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod web;
pub mod wording;

/// Explaining, wording and rendering make many short texts; with the system's allocator a third of their time was spent
/// in it (`cargo bench --bench explain`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
