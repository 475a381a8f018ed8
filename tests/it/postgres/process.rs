//! `partnerlog serve` as a process of its own, over a database that others may serve, too.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use partnerlog::store::{postgres::Connector, sql::SqlStore};

use crate::{
    soundness::world::{free_port, until},
    support::{
        browser::{Answer, Browser},
        postgres::cluster,
    },
};

pub struct Process {
    child: Child,
    base: String,
    _folder: tempfile::TempDir,
}

impl Process {
    /// Serves the archive at that address, with these further lines of settings; it is ready.
    pub async fn serve(url: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        std::fs::write(
            folder.path().join("partnerlog.toml"),
            written(url, port, settings),
        )
        .unwrap();
        let child = command(&folder, &["serve"]).spawn().unwrap();
        let process = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
            _folder: folder,
        };
        until("the server", Duration::from_secs(60), async || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        })
        .await;
        assert_eq!(process.get("/readyz", None).await.status, 200);
        process
    }

    /// Asks for something, as a program that has a token.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let authorization = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = authorization
            .iter()
            .map(|it| ("authorization", it.as_str()))
            .collect();
        let mut browser = Browser::new(&self.base);
        browser.request(reqwest::Method::GET, path, &headers).await
    }

    /// The value of a metric, by its name and labels as they are written.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let metrics = self.get("/metrics", None).await.body;
        let mut lines = metrics.lines().filter_map(|line| line.rsplit_once(' '));
        let (_, value) = lines.find(|(what, _)| *what == name)?;
        Some(value.parse().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command over the archive at that address, and kills it a while after it has said so many lines; says how it ended
/// where that was before.
pub async fn run_killed(
    url: &str,
    settings: &str,
    arguments: &[&str],
    lines: usize,
    after: Duration,
) -> Option<ExitStatus> {
    let folder = configured(url, settings);
    let mut command = command(&folder, arguments);
    command.stdout(Stdio::piped());
    let running = move || {
        let mut child = command.spawn().unwrap();
        // Open until the end: what it says into nothing would end it at a moment of its own.
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        if said.by_ref().take(lines).count() < lines {
            return Some(child.wait().unwrap());
        }
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
        None
    };
    tokio::task::spawn_blocking(running).await.unwrap()
}

/// Runs a command over the archive at that address to its end.
pub async fn run(url: &str, arguments: &[&str]) -> Output {
    run_with(url, "", arguments).await
}

/// The same with these further lines of settings.
pub async fn run_with(url: &str, settings: &str, arguments: &[&str]) -> Output {
    let folder = configured(url, settings);
    let mut command = command(&folder, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

/// A new token for that archive.
pub async fn token(url: &str) -> String {
    let made = run(url, &["token", "create", "--name", "test"]).await;
    assert!(made.status.success(), "{made:?}");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn configured(url: &str, settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("partnerlog.toml"),
        written(url, free_port(), settings),
    )
    .unwrap();
    folder
}

fn command(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partnerlog"));
    command
        .args(arguments)
        .current_dir(folder.path())
        .env("PARTNERLOG_LOG", "error")
        .stdout(Stdio::null());
    command
}

fn written(url: &str, port: u16, settings: &str) -> String {
    format!(
        r#"[server]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[sign_in]
issuer = "http://127.0.0.1:1/v2.0"
client_id = "x"
client_secret = "x"
[sign_in.roles]
admin_agent = ["x"]
[database]
url = "{url}"
{settings}
"#
    )
}

#[tokio::test]
async fn a_demonstration_is_made_in_no_archive_that_is_there() {
    let database = tokio::task::spawn_blocking(|| cluster().database())
        .await
        .unwrap();
    let connector = Connector::at(database.url()).unwrap();
    drop(SqlStore::connect(connector).await.unwrap());
    let refused = run(
        "sqlite:unused.db",
        &["demo", "--port", "0", "--database", database.url()],
    )
    .await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("there is an archive already"), "{said}");
    assert_eq!(database.psql("SELECT count(*) FROM record"), "0");
}
