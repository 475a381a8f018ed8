//! What can go wrong with the archive.

/// The archive could not do what was asked. What exactly is for the log, not for the reader.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the archive's database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the database address names no supported database: {0}")]
    Address(String),
    #[error("the archive was made by a newer version of partnerlog; it can be read by that version only")]
    Newer,
    /// To be read as it is only by the version that made it; whoever writes to it brings it up to date first.
    #[error(
        "the archive was made by an older version of partnerlog, and is brought up to date when this one first serves it: \
         start `partnerlog serve` once, then try again"
    )]
    Older,
    /// The file is there, and it is no archive. It is left as it is.
    #[error("the file {0}")]
    NotAnArchive(String),
    /// The file was an archive once and is not sound any more: it is neither served nor written to.
    #[error(
        "the archive is damaged ({0}); it is left as it is: see what `partnerlog verify` says, and restore a \
         backup with `partnerlog backup --restore FILE`"
    )]
    Damaged(String),
    /// Nothing of what was to be written is there; reading goes on, and so does writing once there is room.
    #[error("the disk is full: the archive cannot grow until there is room again")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing of what was to be written is there.
    #[error("the disk does not take what is written: a quota may be used up, or the disk may be failing")]
    Disk(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else held the archive for longer than we wait; trying again helps.
    #[error("the archive is busy")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database's server is not to be had: it is restarting, failing over, or full. Trying again helps, and nothing needs
    /// to be started anew.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database's server does not take us, or is not to be trusted; trying again does not help.
    #[error("the database cannot be used: {0}")]
    Refused(super::postgres::Refused),
    /// It is being made as a copy of another one, at that address, and lacks a part of it.
    #[error(
        "the archive is an unfinished copy of {0}: run the same `partnerlog copy` again, which goes on where it was; or \
         empty the database"
    )]
    Unfinished(String),
    /// What can only be done to an archive that nobody has open.
    #[error("the archive is in use: stop `partnerlog serve` and whatever else has it open, then try again")]
    InUse,
    /// It would have taken longer than it may.
    #[error("it took too long and was broken off")]
    TooLong,
}
