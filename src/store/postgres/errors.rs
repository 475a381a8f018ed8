//! What a server's errors mean to the archive.

use std::{error::Error, fmt, io};

use postgres::error::{DbError, SqlState};

use super::{PasswordError, StoreError};
use crate::config::{PostgresAddress, PostgresHost};

/// Whether the server is not to be had: trying again with another connection may help.
pub fn is_unavailable(error: &postgres::Error) -> bool {
    if let Some(code) = error.code() {
        return code.code().starts_with("08")
            || [
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::CANNOT_CONNECT_NOW,
                SqlState::IDLE_SESSION_TIMEOUT,
                SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                SqlState::TOO_MANY_CONNECTIONS,
                // The primary became a replica.
                SqlState::READ_ONLY_SQL_TRANSACTION,
            ]
            .contains(code);
    }
    let what = error.to_string();
    match error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>())
    {
        None => error.is_closed() || what == TIMEOUT,
        // What cannot be encoded, read or believed will not be the next time either; a connection that breaks is another
        // matter, whatever it breaks with.
        Some(io) => {
            let is_content = matches!(
                io.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
            );
            !is_content || [BROKE, UNREACHED].contains(&what.as_str())
        }
    }
}

/// Whether the same again may succeed at once: somebody else was in the way.
pub fn is_retryable(error: &postgres::Error) -> bool {
    let others = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    error.code().is_some_and(|code| others.contains(code))
}

/// How the client's errors name themselves. It has no other word for their kind.
const BROKE: &str = "error communicating with the server";
const UNREACHED: &str = "error connecting to server";
const TIMEOUT: &str = "timeout waiting for server";
const TLS: &str = "error performing TLS handshake";
const AUTHENTICATION: &str = "authentication error";
const CONFIGURATION: &str = "invalid configuration";

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        let said = Box::new(Said::of(&error));
        if is_unavailable(&error) {
            return Self::Unavailable(said);
        }
        if is_retryable(&error) {
            return Self::Busy(said);
        }
        match error.code() {
            Some(code) if *code == SqlState::QUERY_CANCELED => Self::TooLong,
            Some(code) if *code == SqlState::DISK_FULL => Self::Full(said),
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => Self::Refused(Refused {
                what: said.to_string(),
                remedy: "Run `partnerlog migrate` as the user that owns the tables, and make the user that serves a member of \
                         the role partnerlog_web.",
            }),
            _ => Self::Database(said),
        }
    }
}

/// What an error says that may be logged. A server repeats values in its details, and in its words about values that do not
/// fit; those may be records.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Said(String);

impl Said {
    pub fn of(error: &postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            return Self(database(error));
        }
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            words = format!("{words}: {error}");
            source = error.source();
        }
        Self(words)
    }
}

fn database(error: &DbError) -> String {
    let code = error.code().code();
    // Data exceptions and violated constraints.
    if ["22", "23"].iter().any(|class| code.starts_with(class)) {
        let parts = [error.table(), error.column(), error.constraint()];
        let place: Vec<&str> = parts.into_iter().flatten().collect();
        return format!("{}: {code} {}", error.severity(), place.join(" "))
            .trim_end()
            .to_owned();
    }
    format!("{}: {} ({code})", error.severity(), error.message())
}

/// The server is there, and does not take us, or is not to be trusted: somebody has to change something.
#[derive(Debug)]
pub struct Refused {
    /// What it says, without secrets.
    pub what: String,
    /// What to do about it.
    pub remedy: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.remedy)
    }
}

impl Error for Refused {}

impl From<PasswordError> for StoreError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Unavailable(why) => Self::Unavailable(why),
            PasswordError::Refused { what, remedy } => Self::Refused(Refused { what, remedy }),
        }
    }
}

/// Whether it is the password that is not taken.
pub fn is_about_password(error: &postgres::Error) -> bool {
    let codes = [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
    ];
    error.code().is_some_and(|code| codes.contains(code))
}

impl Refused {
    /// What an error means that came up while connecting.
    pub fn of(error: &postgres::Error, host: &PostgresHost, address: &PostgresAddress) -> Self {
        let (user, database) = (&address.user, &address.database);
        let (what, remedy) = match error.code() {
            Some(code) if *code == SqlState::INVALID_PASSWORD => (
                format!("{host} does not accept the password of the user {user:?}"),
                "Check the password in the file of database.password_file, or in database.url; with \
                 database.entra_identity, that the user is called as the identity is, and was made for it on the server.",
            ),
            Some(code) if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => (
                format!("{host} does not admit the user {user:?} to the database {database:?}"),
                "Make the user there (CREATE ROLE … LOGIN PASSWORD …), and admit it from this machine: in pg_hba.conf, or in \
                 the firewall rules of a managed server.",
            ),
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => (
                format!("{host} has no database {database:?}"),
                "Make it there, owned by the user that partnerlog is (CREATE DATABASE … OWNER …), or name another in \
                 database.url.",
            ),
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => (
                format!("{host} does not let the user {user:?} into the database {database:?}"),
                "Let it (GRANT CONNECT ON DATABASE … TO …).",
            ),
            Some(_) => (
                format!("{host} refuses the connection"),
                "See what the server's own log says.",
            ),
            None => Self::of_kind(error, host),
        };
        Self {
            what: format!("{what} ({})", Said::of(error)),
            remedy,
        }
    }

    fn of_kind(error: &postgres::Error, host: &PostgresHost) -> (String, &'static str) {
        let is_io = error.source().is_some_and(|source| source.is::<io::Error>());
        match error.to_string().as_str() {
            TLS if is_io => (
                format!("{host} cannot be trusted"),
                "Name it as its certificate does in database.url, and where the certificate is by an authority of your own, \
                 put that authority's certificate (PEM) into a file and name it as database.ca_file.",
            ),
            TLS => (
                format!("{host} does not speak TLS"),
                "Switch it on there (ssl = on). Only where nobody can stand between, write ?sslmode=disable behind \
                 database.url.",
            ),
            CONFIGURATION => (
                format!("{host} asks for a password, and there is none"),
                "Put it into a file and name that as database.password_file, or set database.entra_identity.",
            ),
            AUTHENTICATION => (
                format!("{host} and partnerlog do not agree on how to prove who is who"),
                "The server must know scram-sha-256, and the user's password must have been set since it does.",
            ),
            _ => (
                format!("{host} does not answer as PostgreSQL does"),
                "Check the host and the port in database.url.",
            ),
        }
    }
}
