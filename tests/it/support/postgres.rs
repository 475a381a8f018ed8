//! A PostgreSQL server of the tests' own, started when first asked for and gone with the process.
//!
//! `tests/postgres` starts it and, at the end of a pipe that nobody else holds, ends it: however this process ends, the
//! system closes the pipe.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock, Once, OnceLock,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Sender},
    },
    thread,
};

use url::Url;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres");

/// The server that tests share.
///
/// # Panics
/// When PostgreSQL is missing or does not start, with the words of `tests/postgres`.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(&[]))
}

/// A running server; it ends when dropped, or with the process.
pub struct Cluster {
    url: Url,
    folder: PathBuf,
    /// Its stdin ends when this process does.
    holder: Child,
    roles: Once,
}

impl Cluster {
    /// A further server, with these settings of its own, such as `("default_transaction_read_only", "on")`.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::prepared(|_| {}, settings)
    }

    /// As [`start`](Self::start), with what `prepare` puts into its folder before: `server.crt` and `server.key` make it
    /// speak TLS.
    pub fn prepared(prepare: impl FnOnce(&Path), settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("partnerlog-pg-").tempdir();
        let folder = folder.unwrap().keep();
        prepare(&folder);
        let settings = settings.iter().map(|(name, value)| format!("{name}={value}"));
        Self::held("hold", folder, settings.collect())
    }

    /// A further server that follows this one.
    pub fn replica(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("partnerlog-pg-").tempdir();
        let of = self.folder.to_str().unwrap().to_owned();
        Self::held("hold-replica", folder.unwrap().keep(), vec![of])
    }

    fn held(how: &str, folder: PathBuf, more: Vec<String>) -> Self {
        let mut holder = Command::new(SCRIPT)
            .arg(how)
            .arg(&folder)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // What a terminal or a runner sends to the group of the tests is not for it.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        let Ok(url) = Url::parse(address.trim()) else {
            let mut said = String::new();
            let _ = holder.stderr.take().unwrap().read_to_string(&mut said);
            let _ = fs::remove_dir_all(&folder);
            panic!("{said}");
        };
        Self {
            url,
            folder,
            holder,
            roles: Once::new(),
        }
    }

    /// A new, empty database.
    pub fn database(&self) -> Database {
        self.made("")
    }

    /// A new database with all that another has, to which nobody may be connected.
    pub fn copy_of(&self, other: &Database) -> Database {
        self.made(&format!("TEMPLATE {}", other.name))
    }

    fn made(&self, how: &str) -> Database {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.psql(&format!("CREATE DATABASE {name} {how}"));
        Database {
            server: self.url.clone(),
            url: self.url_of(&name),
            name,
        }
    }

    /// Runs statements in the database `postgres`, and gives what they answer: a line for each row, fields separated by `|`.
    ///
    /// # Panics
    /// When one fails.
    pub fn psql(&self, sql: &str) -> String {
        psql(&self.url, sql)
    }

    /// The address of a database of this server, of the superuser.
    pub fn url_of(&self, database: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(database);
        url
    }

    pub fn password(&self) -> &str {
        self.url.password().unwrap()
    }

    /// Makes the roles that get their rights with the schema, and for each a user that has it and is called `web` or `read`.
    pub fn roles(&self) -> &Self {
        self.roles.call_once(|| {
            for role in ["partnerlog_web", "partnerlog_read"] {
                let (_, user) = role.split_once('_').unwrap();
                self.psql(&format!(
                    "CREATE ROLE {role} NOLOGIN; CREATE ROLE {user} LOGIN PASSWORD '{user}' IN ROLE {role}"
                ));
            }
        });
        self
    }

    /// Ends it as a power cut would: it can be started again.
    pub fn crash(&self) {
        self.told("crash");
    }

    /// Makes a replica a server of its own.
    pub fn promote(&self) {
        self.told("promote");
    }

    /// Starts it again at its address.
    pub fn recover(&self) {
        self.told("recover");
    }

    fn told(&self, what: &str) {
        let ran = Command::new(SCRIPT).arg(what).arg(&self.folder).status();
        assert!(ran.unwrap().success(), "{what}");
    }

    /// Holds the socket, `data` and the server's `log`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

/// A database of a test's own; it goes when dropped.
pub struct Database {
    server: Url,
    url: Url,
    name: String,
}

impl Database {
    /// `postgres://postgres:PASSWORD@127.0.0.1:PORT/NAME`
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same for one of the users of [`Cluster::roles`].
    pub fn url_for(&self, user: &str) -> String {
        let mut url = self.url.clone();
        url.set_username(user).unwrap();
        url.set_password(Some(user)).unwrap();
        url.into()
    }

    /// What statements of one of those users answer, or what is said against them.
    pub fn answer_to(&self, user: &str, sql: &str) -> Result<String, String> {
        answer(&Url::parse(&self.url_for(user)).unwrap(), sql)
    }

    /// Ends whatever is connected to it, and waits for that.
    pub fn end_connections(&self) {
        let name = &self.name;
        psql(
            &self.server,
            &format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"),
        );
    }

    /// As [`Cluster::psql`], in this database.
    pub fn psql(&self, sql: &str) -> String {
        psql(&self.url, sql)
    }
}

/// Databases are dropped one after the other by a thread that no test waits for.
static DROPS: LazyLock<Sender<(Url, String)>> = LazyLock::new(|| {
    let (sender, drops) = mpsc::channel::<(Url, String)>();
    thread::spawn(move || {
        for (server, name) in drops {
            // With the process it would go anyhow.
            let _ = answer(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    });
    sender
});

impl Drop for Database {
    fn drop(&mut self) {
        let _ = DROPS.send((self.server.clone(), self.name.clone()));
    }
}

/// What statements answer at an address, or what is said against them. Waits: for threads that may.
pub fn answer_at(url: &str, sql: &str) -> Result<String, String> {
    answer(&Url::parse(url).unwrap(), sql)
}

fn psql(url: &Url, sql: &str) -> String {
    answer(url, sql).unwrap_or_else(|said| panic!("{sql}: {said}"))
}

/// What statements answer, or what is said against them.
fn answer(url: &Url, sql: &str) -> Result<String, String> {
    let ran = Command::new(SCRIPT)
        .arg("psql")
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .arg(url.as_str())
        .output()
        .unwrap();
    match ran.status.success() {
        true => Ok(String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()),
        false => Err(String::from_utf8_lossy(&ran.stderr).into_owned()),
    }
}
