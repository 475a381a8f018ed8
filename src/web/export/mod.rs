//! Export log: who asks (`asker`), the file (`download`), how many at once (`desk`), the list of what was
//! exported (`list`), and what files are called in words (`words`).

mod asker;
mod desk;
mod download;
mod list;
mod words;

pub use desk::{Exports, Full};
pub use download::download;
pub use list::{checksum, show};
pub use words::{columns_words, file_words, format_words, rows_words, size_words};
