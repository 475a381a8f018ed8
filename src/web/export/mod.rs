//! Export log: who asks (`asker`), the file (`download`), how many at once (`desk`), and the list of what was exported (`list`).

mod asker;
mod desk;
mod download;
mod list;

pub use desk::{Exports, Full};
pub use download::download;
pub use list::{checksum, show};
