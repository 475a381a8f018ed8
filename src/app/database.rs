//! How the archive's server is reached, with an identity of Microsoft Entra's where one is set.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::runtime::Handle;

use crate::{
    clock::Clock,
    config::{self, EntraIdentity, Postgres, PostgresPlace},
    machine_identity::{IdentityError, MachineIdentity},
    store::{
        StoreError,
        postgres::{Connector, PasswordError, Passwords},
    },
};

/// What makes connections; nothing is sent yet. To be called within the runtime that access tokens are asked for on.
///
/// # Errors
/// When certificates cannot be used, or what the environment says of an identity cannot be right.
pub fn connector(settings: &Postgres, clock: &Clock) -> Result<Connector, StoreError> {
    connector_in(settings, config::environment(), clock)
}

/// As [`connector`], in this environment.
///
/// # Errors
/// As [`connector`].
pub fn connector_in(
    settings: &Postgres,
    environment: impl Iterator<Item = (String, String)>,
    clock: &Clock,
) -> Result<Connector, StoreError> {
    Connector::new(settings, |identity| {
        let client_id = match identity {
            EntraIdentity::Own => None,
            EntraIdentity::Client(id) => Some(id.clone()),
        };
        let places = settings
            .addresses()
            .flat_map(|it| &it.hosts)
            .map(|host| &host.place);
        let identity = MachineIdentity::new(client_id, resource(places), environment, clock.clone());
        Ok(Arc::new(AccessTokens {
            identity: identity.map_err(no_token)?,
            runtime: Handle::current(),
        }))
    })
}

/// What access tokens for PostgreSQL in Azure are for: each of its clouds has its own name for it.
fn resource<'a>(places: impl IntoIterator<Item = &'a PostgresPlace>) -> &'static str {
    let of = |place: &PostgresPlace| match place {
        PostgresPlace::Network(name) if name.ends_with(".usgovcloudapi.net") => {
            Some("https://ossrdbms-aad.database.usgovcloudapi.net")
        }
        PostgresPlace::Network(name) if name.ends_with(".chinacloudapi.cn") => {
            Some("https://ossrdbms-aad.database.chinacloudapi.cn")
        }
        _ => None,
    };
    let other = places.into_iter().find_map(of);
    other.unwrap_or("https://ossrdbms-aad.database.windows.net")
}

/// Access tokens in the place of a password.
struct AccessTokens {
    identity: MachineIdentity,
    runtime: Handle,
}

impl Passwords for AccessTokens {
    fn password(&self) -> Result<SecretString, PasswordError> {
        self.runtime.block_on(self.identity.token()).map_err(no_token)
    }

    fn refused(&self) {
        self.runtime.block_on(self.identity.forget());
    }
}

fn no_token(error: IdentityError) -> PasswordError {
    if error.is_transient() {
        return PasswordError::Unavailable(error.into());
    }
    PasswordError::Refused {
        what: format!("database.entra_identity: there is no access token ({error})"),
        remedy: "Assign a managed identity to the machine, the app or the pod that partnerlog runs on; where it has several, \
                 write the client id of one as database.entra_identity.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_its_own_resource() {
        for (host, of) in [
            ("log.postgres.database.azure.com", "database.windows.net"),
            (
                "log.postgres.database.usgovcloudapi.net",
                "database.usgovcloudapi.net",
            ),
            (
                "log.postgres.database.chinacloudapi.cn",
                "database.chinacloudapi.cn",
            ),
            ("db.contoso.com", "database.windows.net"),
        ] {
            let place = PostgresPlace::Network(host.to_owned());
            assert_eq!(resource([&place]), format!("https://ossrdbms-aad.{of}"));
        }
    }
}
