//! Where the password for a connection comes from.

use std::{error::Error, path::PathBuf, sync::Arc};

use secrecy::SecretString;

use crate::config::{DatabasePassword, EntraIdentity, Postgres, PostgresAddress, secret_in};

/// Has passwords that may change while we run.
pub trait Passwords: Send + Sync {
    /// The password of now. Asked before each connection, on a thread that may wait.
    ///
    /// # Errors
    /// When there is none.
    fn password(&self) -> Result<SecretString, PasswordError>;

    /// Says that the server did not take the last one: it is not given again if there may be another.
    fn refused(&self) {}
}

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Trying again may help.
    #[error("{0}")]
    Unavailable(Box<dyn Error + Send + Sync>),
    /// Somebody has to change something: what is wrong, and what to do.
    #[error("{what}")]
    Refused { what: String, remedy: &'static str },
}

/// All ways to a password that the settings know.
#[derive(Clone)]
pub(super) enum Source {
    /// The one in the address, or the one in the other address, or none.
    Address(Option<SecretString>),
    File(PathBuf),
    Other(Arc<dyn Passwords>),
}

impl Source {
    pub fn new(
        settings: &Postgres,
        entra: impl FnOnce(&EntraIdentity) -> Result<Arc<dyn Passwords>, PasswordError>,
    ) -> Result<Self, PasswordError> {
        Ok(match &settings.password {
            DatabasePassword::Address => Self::Address(settings.url.password.clone()),
            DatabasePassword::File(path) => Self::File(path.clone()),
            DatabasePassword::Entra(identity) => Self::Other(entra(identity)?),
        })
    }

    pub fn password(&self, address: &PostgresAddress) -> Result<Option<SecretString>, PasswordError> {
        match self {
            Self::Address(password) => Ok(address.password.as_ref().or(password.as_ref()).cloned()),
            Self::File(path) => {
                let unreadable = |why: String| PasswordError::Refused {
                    what: format!("database.password_file: {} {why}", path.display()),
                    remedy: "Put the password into that file, and let the user that runs partnerlog read it.",
                };
                match secret_in(path) {
                    Ok(Some(secret)) => Ok(Some(secret)),
                    Ok(None) => Err(unreadable("is empty".to_owned())),
                    Err(error) => Err(unreadable(format!("cannot be read: {error}"))),
                }
            }
            Self::Other(passwords) => passwords.password().map(Some),
        }
    }

    pub fn refused(&self) {
        if let Self::Other(passwords) = self {
            passwords.refused();
        }
    }
}
