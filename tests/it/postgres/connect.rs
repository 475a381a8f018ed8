//! Connections: with passwords that change, to one of several hosts, to a server that can be written to.

use std::{fs, sync::Arc};

use partnerlog::{
    config::{DatabasePassword, Postgres},
    store::{
        StoreError,
        postgres::{Connector, PasswordError, Passwords},
    },
};
use postgres::Client;

use crate::support::postgres::{Cluster, Database, cluster};

/// For settings without an identity.
pub fn connector(settings: &Postgres) -> Connector {
    let no_entra = |_: &_| -> Result<Arc<dyn Passwords>, PasswordError> { panic!("no identity is set") };
    Connector::new(settings, no_entra).unwrap()
}

/// What somebody has to change.
pub fn refused<T>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Refused(refused)) => refused.to_string(),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// Why there is nothing now.
pub fn unavailable<T>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Unavailable(why)) => why.to_string(),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was there"),
    }
}

pub fn ask(client: &mut Client, sql: &str) -> String {
    client.query_one(sql, &[]).unwrap().get(0)
}

/// An address of the database with another part in the place of one.
fn other(database: &Database, part: &str, instead: &str) -> Connector {
    assert!(database.url().contains(part));
    Connector::at(&database.url().replace(part, instead)).unwrap()
}

#[test]
fn the_server_sees_who_connects() {
    let database = cluster().database();
    let connector = Connector::at(database.url()).unwrap();
    let mut client = connector.connect().unwrap();
    let seen =
        "SELECT current_database() || ' ' || current_user || ' ' || current_setting('application_name')";
    assert_eq!(
        ask(&mut client, seen),
        format!("{} postgres partnerlog", database.name())
    );
    assert!(connector.connect_to_replica().unwrap().is_none());
    let shown = format!("{connector} {connector:?}");
    assert!(
        shown.contains("postgres://postgres@127.0.0.1:") && shown.contains(database.name()),
        "{shown}"
    );
    assert!(!shown.contains(cluster().password()), "{shown}");
}

#[test]
fn a_unix_socket_is_a_host_too() {
    let database = cluster().database();
    let folder = cluster().folder().to_str().unwrap().replace('/', "%2F");
    for sslmode in ["", "?sslmode=verify-full"] {
        let url = database.url().replace("127.0.0.1", &folder);
        let mut client = Connector::at(&format!("{url}{sslmode}"))
            .unwrap()
            .connect()
            .unwrap();
        assert_eq!(
            ask(&mut client, "SELECT (inet_server_port() IS NULL)::text"),
            "true"
        );
    }
}

#[test]
fn who_is_not_taken_is_told_what_to_do() {
    let database = cluster().database();
    let password = cluster().password();
    let user = format!("role_of_{}", database.name());
    database.psql(&format!("CREATE ROLE {user} PASSWORD 'geheim'"));
    let who = format!("postgres:{password}");
    for (part, instead, words) in [
        (
            password,
            "geheim",
            [
                "does not accept the password of the user \"postgres\"",
                "database.password_file",
            ],
        ),
        (
            &*format!(":{password}"),
            "",
            ["asks for a password, and there is none", "database.password_file"],
        ),
        (
            &*who,
            "nobody:geheim",
            ["does not accept the password of the user \"nobody\"", "28P01"],
        ),
        (
            &*who,
            &*format!("{user}:geheim"),
            ["does not admit the user", "CREATE ROLE"],
        ),
        (
            database.name(),
            "elsewhere",
            ["has no database \"elsewhere\"", "CREATE DATABASE"],
        ),
    ] {
        let result = other(&database, part, instead).connect();
        let debugged = format!("{:?}", result.as_ref().err());
        let said = refused(result);
        assert!(words.iter().all(|words| said.contains(words)), "{said}");
        assert!(
            !said.contains("geheim") && !debugged.contains("geheim") && !debugged.contains(password),
            "{debugged}"
        );
    }
    database.psql(&format!(
        "ALTER ROLE {user} LOGIN; REVOKE CONNECT ON DATABASE {} FROM PUBLIC",
        database.name()
    ));
    let said = refused(other(&database, &who, &format!("{user}:geheim")).connect());
    assert!(
        said.contains("does not let the user") && said.contains("GRANT CONNECT"),
        "{said}"
    );
    database.psql(&format!("DROP ROLE {user}"));
}

#[test]
fn a_password_in_a_file_can_be_changed_while_we_run() {
    let database = cluster().database();
    let user = format!("role_of_{}", database.name());
    database.psql(&format!("CREATE ROLE {user} LOGIN PASSWORD 'first'"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "first\n").unwrap();
    let url = database
        .url()
        .replace(&format!("postgres:{}", cluster().password()), &user);
    let settings = Postgres {
        password: DatabasePassword::File(file.clone()),
        ..Postgres::at(&url).unwrap()
    };
    let connector = connector(&settings);
    let mut early = connector.connect().unwrap();

    database.psql(&format!("ALTER ROLE {user} PASSWORD 'second'"));
    assert!(refused(connector.connect()).contains("does not accept the password"));
    fs::write(&file, "second").unwrap();
    assert_eq!(
        ask(&mut connector.connect().unwrap(), "SELECT current_user::text"),
        user
    );
    assert_eq!(ask(&mut early, "SELECT current_user::text"), user);

    for (content, words) in [(Some("\n"), "is empty"), (None, "cannot be read")] {
        match content {
            Some(content) => fs::write(&file, content).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let said = refused(connector.connect());
        assert!(
            said.contains("database.password_file") && said.contains(words),
            "{said}"
        );
    }
    drop(early);
    database.psql(&format!("DROP ROLE {user}"));
}

#[test]
fn hosts_that_are_dead_are_passed_over() {
    let database = cluster().database();
    let mut client = other(
        &database,
        "127.0.0.1",
        "127.0.0.1:1,no-such-host.invalid:1,127.0.0.1",
    )
    .connect()
    .unwrap();
    assert_eq!(ask(&mut client, "SELECT current_user::text"), "postgres");

    let port = database
        .url()
        .split(':')
        .next_back()
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    let said =
        unavailable(other(&database, &format!("127.0.0.1:{port}"), "127.0.0.1:1,localhost:2").connect());
    assert!(
        said.contains("127.0.0.1:1: error connecting") && said.contains("localhost:2: error connecting"),
        "{said}"
    );
}

/// Servers that take no writes, as a replica is, or a primary that became one.
fn read_only() -> Cluster {
    Cluster::start(&[("default_transaction_read_only", "on"), ("max_connections", "20")])
}

#[test]
fn what_is_written_goes_to_the_host_that_takes_it() {
    let (replica, database) = (read_only(), cluster().database());
    // One password for both, as servers of one installation have.
    let url = |hosts: &str| format!("postgres://log:geheim@{hosts}/postgres");
    let host = |cluster: &Cluster| {
        cluster
            .url_of("")
            .authority()
            .split('@')
            .next_back()
            .unwrap()
            .to_owned()
    };
    let (of_replica, of_primary) = (host(&replica), host(cluster()));
    replica.psql("BEGIN READ WRITE; CREATE ROLE log LOGIN PASSWORD 'geheim'; COMMIT");
    cluster().psql("CREATE ROLE log LOGIN PASSWORD 'geheim'");

    let said = unavailable(Connector::at(&url(&of_replica)).unwrap().connect());
    assert!(
        said.contains(&of_replica) && said.contains("does not allow writes"),
        "{said}"
    );
    let both = url(&format!("{of_replica},{of_primary}"));
    let port = "SELECT inet_server_port()::text";
    let mut client = Connector::at(&both).unwrap().connect().unwrap();
    assert_eq!(ask(&mut client, port), of_primary.split(':').next_back().unwrap());

    // What is only read comes from where it is said, by whatever kind of server; the password is the same.
    let read_from = |replica_url: &str| {
        let replica = Postgres::at(replica_url).unwrap().url;
        connector(&Postgres {
            replica_url: Some(replica),
            ..Postgres::at(&url(&of_primary)).unwrap()
        })
    };
    let any = format!("postgres://log@{of_replica}/postgres?target_session_attrs=any");
    let mut client = read_from(&any).connect_to_replica().unwrap().unwrap();
    assert_eq!(ask(&mut client, port), of_replica.split(':').next_back().unwrap());
    let strict = format!("postgres://log@{of_primary}/postgres?target_session_attrs=read-only");
    let said = unavailable(read_from(&strict).connect_to_replica());
    assert!(said.contains("is not read only"), "{said}");

    // A primary that becomes a replica while somebody is connected.
    let mut client = read_from(&any).connect_to_replica().unwrap().unwrap();
    let error = client.batch_execute("CREATE TABLE t (n int)").unwrap_err();
    assert!(unavailable::<()>(Err(error.into())).contains("25006"));
    drop(database);
    cluster().psql("DROP ROLE log");
}

#[test]
fn a_server_that_is_full_or_starting_is_not_there_now() {
    let full = Cluster::start(&[
        ("max_connections", "3"),
        ("superuser_reserved_connections", "0"),
        ("max_wal_senders", "0"),
    ]);
    let connector = Connector::at(full.url_of("postgres").as_str()).unwrap();
    let held: Vec<Client> = std::iter::from_fn(|| connector.connect().ok()).take(10).collect();
    assert!((1..=3).contains(&held.len()), "{}", held.len());
    let said = unavailable(connector.connect());
    assert!(said.contains("too many clients"), "{said}");
}

#[test]
fn statements_can_be_broken_off() {
    let database = cluster().database();
    let connector = Connector::at(database.url()).unwrap();
    let mut client = connector.connect().unwrap();
    let token = client.cancel_token();
    let sleeping = std::thread::spawn(move || client.batch_execute("SELECT pg_sleep(600)"));
    // Breaking off before it began breaks off nothing.
    while !sleeping.is_finished() {
        connector.cancel(&token).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let error = StoreError::from(sleeping.join().unwrap().unwrap_err());
    assert!(matches!(error, StoreError::TooLong), "{error:?}");
}
