//! The archive's server: whether it can be reached, is to be trusted, and takes us; likewise the one for reading.

use postgres::Client;

use super::{Line, Tell, told};
use crate::{
    app::connector,
    clock::Clock,
    config::{Postgres, PostgresAddress},
    store::{StoreError, postgres::Connector},
};

/// The oldest version that is supported, as servers number theirs.
const OLDEST: i32 = 150_000;

pub(super) async fn check(settings: &Postgres, clock: &Clock, tell: &mut Tell<'_>) {
    for (key, address) in addresses(settings) {
        if address.password.is_some() {
            tell(Line::warning(
                key,
                "the address holds a password, which whoever reads the settings or the environment sees",
                "Put the password into a file that only partnerlog can read, and name it as database.password_file.",
            ));
        }
        if address.is_exposed() {
            tell(Line::warning(
                key,
                "the connection is not encrypted: whoever stands between reads and changes everything",
                "Take sslmode=disable out of the address; with an authority of your own, set database.ca_file.",
            ));
        }
    }
    let connector = match connector(settings, clock) {
        Ok(connector) => connector,
        Err(error) => return tell(failed("database.url", &settings.url, &error)),
    };
    tell(
        server("database.url", &settings.url, &connector, |it| {
            it.connect().map(Some)
        })
        .await,
    );
    if let Some(replica) = &settings.replica_url {
        tell(
            server(
                "database.replica_url",
                replica,
                &connector,
                Connector::connect_to_replica,
            )
            .await,
        );
    }
}

fn addresses(settings: &Postgres) -> impl Iterator<Item = (&'static str, &PostgresAddress)> {
    let replica = settings
        .replica_url
        .as_ref()
        .map(|it| ("database.replica_url", it));
    std::iter::once(("database.url", &settings.url)).chain(replica)
}

async fn server(
    key: &'static str,
    address: &PostgresAddress,
    connector: &Connector,
    connect: fn(&Connector) -> Result<Option<Client>, StoreError>,
) -> Line {
    let connector = connector.clone();
    let asked = tokio::task::spawn_blocking(move || {
        let Some(mut client) = connect(&connector)? else {
            return Ok(None);
        };
        let row = client.query_one(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')",
            &[],
        )?;
        Ok::<_, StoreError>(Some((row.try_get::<_, i32>(0)?, row.try_get::<_, String>(1)?)))
    });
    match asked.await {
        Ok(Ok(Some((number, _)))) if number < OLDEST => Line::failed(
            key,
            format!("{address} is PostgreSQL {}", number / 10_000),
            "Use PostgreSQL 15 or later.",
        ),
        Ok(Ok(found)) => {
            let version = found.map(|(_, version)| version).unwrap_or_default();
            Line::ok(key, format!("{address}, PostgreSQL {version}"))
        }
        Ok(Err(error)) => failed(key, address, &error),
        Err(error) => Line::failed(
            key,
            format!("{address} could not be asked ({error})"),
            "Try again.",
        ),
    }
}

fn failed(key: &'static str, address: &PostgresAddress, error: &StoreError) -> Line {
    match error {
        StoreError::Refused(refused) => Line::failed(key, &refused.what, refused.remedy),
        error => Line::failed(
            key,
            format!("{address}: {}", told(error)),
            "Check the host and the port, that the server runs and listens, and that the firewalls between let this machine \
             through.",
        ),
    }
}
