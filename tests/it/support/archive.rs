//! Archives for tests: in a file, or on a server where `TEST_DATABASE` is `postgres`. Either is told by the path that
//! its file has or would have, so that a test can open the same one twice. With `postgres-web` it is served with the rights
//! of those who serve alone.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex},
};

use partnerlog::{
    config,
    store::{
        StoreError,
        postgres::{Connector, Session},
        sql::{SqlStore, connection::Connection},
    },
};

use super::postgres::{Database, cluster};

/// Whether archives are on a server.
pub fn is_on_server() -> bool {
    static ON_SERVER: LazyLock<bool> = LazyLock::new(|| {
        std::env::var("TEST_DATABASE").is_ok_and(|database| database.starts_with("postgres"))
    });
    *ON_SERVER
}

fn is_restricted() -> bool {
    std::env::var("TEST_DATABASE").is_ok_and(|database| database == "postgres-web")
}

/// Opens the archive of that path, or makes it.
pub async fn open(path: &Path) -> Result<SqlStore, StoreError> {
    match is_on_server() {
        false => SqlStore::open(path).await,
        true => {
            if is_restricted() {
                SqlStore::migrate(Connector::at(&address(path, false)).unwrap()).await?;
            }
            SqlStore::connect(Connector::at(&url(path)).unwrap()).await
        }
    }
}

/// The address of the archive of that path, as settings have it.
pub fn url(path: &Path) -> String {
    address(path, is_restricted())
}

fn address(path: &Path, restricted: bool) -> String {
    static DATABASES: LazyLock<Mutex<HashMap<PathBuf, Database>>> = LazyLock::new(Mutex::default);
    if !is_on_server() {
        return format!("sqlite:{}", path.display());
    }
    let mut databases = DATABASES.lock().unwrap();
    // Those of tests that have ended.
    databases.retain(|path, _| path.parent().is_some_and(Path::exists));
    let database = databases
        .entry(path.to_owned())
        .or_insert_with(|| cluster().copy_of(template()));
    match restricted {
        true => database.url_for("web"),
        false => database.url().to_owned(),
    }
}

/// The settings of the archive of that path.
pub fn settings(path: &Path) -> config::Database {
    match is_on_server() {
        false => config::Database::Sqlite(path.to_owned()),
        true => config::Database::Postgres(Box::new(config::Postgres::at(&url(path)).unwrap())),
    }
}

/// Does with the archive of that path what no user can ask for. On a thread of its own, because a server is waited for and
/// tests may run on threads that serve others.
pub fn with<T: Send>(path: &Path, work: impl FnOnce(&Connection) -> T + Send) -> T {
    let connect = || match is_on_server() {
        false => rusqlite::Connection::open(path).unwrap().into(),
        true => Connection::Server(Session::of(&Connector::at(&address(path, false)).unwrap()).unwrap()),
    };
    std::thread::scope(|scope| scope.spawn(|| work(&connect())).join().unwrap())
}

/// Waits for what another process wrote: a server tells it in its own time, of a file it is there at once.
pub async fn until(mut is_there: impl AsyncFnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !is_there().await {
        assert!(
            is_on_server() && std::time::Instant::now() < deadline,
            "it never came"
        );
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// What lies in a table: each row as one text.
pub fn rows(path: &Path, table: &str) -> Vec<String> {
    with(path, |connection| match connection {
        Connection::File(file) => {
            let mut statement = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                let cells: Vec<_> = (0..columns)
                    .map(|at| format!("{:?}", row.get_ref(at).unwrap()))
                    .collect();
                Ok(format!("{table}: {}", cells.join(" | ")))
            });
            rows.unwrap().map(Result::unwrap).collect()
        }
        server => {
            let sql = format!("SELECT CAST(r AS TEXT) FROM {table} r ORDER BY 1");
            let mut statement = server.prepare_cached(&sql).unwrap();
            let rows = statement.query_map((), |row| row.get::<String>(0)).unwrap();
            rows.map(|row| format!("{table}: {}", row.unwrap())).collect()
        }
    })
}

/// Has a table take nothing more, as if the disk were full; or again.
pub fn refuse(path: &Path, table: &str, refuses: bool) {
    with(path, |connection| {
        let sql = match (connection, refuses) {
        (Connection::File(_), true) => {
            format!("CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        }
        (Connection::File(_), false) => "DROP TRIGGER full".to_owned(),
        (Connection::Server(_), true) => format!(
            "CREATE FUNCTION is_full() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;
             CREATE TRIGGER full BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION is_full()"
        )
        .replace("TRIGGER full", "TRIGGER \"full\""),
        (Connection::Server(_), false) => format!("DROP TRIGGER \"full\" ON {table}; DROP FUNCTION is_full"),
    };
        connection.execute_batch(&sql).unwrap();
    });
}

/// A database with the schema in it, so that it need not be made for each test.
fn template() -> &'static Database {
    static TEMPLATE: LazyLock<Database> = LazyLock::new(|| {
        let database = cluster().roles().database();
        let url = database.url().to_owned();
        let made = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async { drop(SqlStore::connect(Connector::at(&url).unwrap()).await.unwrap()) });
        });
        made.join().unwrap();
        // Nobody may be connected to what is copied.
        database.end_connections();
        database
    });
    &TEMPLATE
}
