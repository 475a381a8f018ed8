//! What can go wrong with the archive.

/// The archive could not do what was asked. What exactly is for the log, not for the reader.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the archive's database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the database address names no supported database: {0}")]
    Address(String),
    #[error("the archive was made by a newer version of partnerlog")]
    Newer,
}
