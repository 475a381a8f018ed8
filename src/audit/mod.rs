//! The domain: what an audit record is, how records are selected, and what they mean. No I/O here.

pub mod actor;
pub mod company;
pub mod cursor;
pub mod diff;
pub mod entity;
pub mod explain;
pub mod fold;
pub mod gap;
pub mod identity;
pub mod json;
pub mod known_ids;
pub mod merge;
pub mod naming;
pub mod paths;
pub mod record;
pub mod search;
pub mod secrets;
pub mod selection;
pub mod ticks;
pub mod versions;
pub mod vocabulary;

pub use cursor::Cursor;
pub use record::{AuditRecord, RecordId};
pub use selection::Selection;
pub use ticks::Ticks;
