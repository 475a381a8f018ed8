//! A stand-in Partner Center, a folder with settings and an archive, and the program itself as processes of its own.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Days;
use chrono_tz::Tz;
use partnerlog::{
    audit::Selection,
    clock::Clock,
    simulator::{
        partner_center::{PartnerCenter, PartnerCenterOptions},
        tenant::{Tenant, TenantOptions},
    },
    store::{
        Overseer, Store,
        sql::{
            SqlStore,
            copy::Place,
            verify::{Verified, verify},
        },
    },
};

use rusqlite::OpenFlags;

use crate::records::record;

/// A process that is gone when the test is.
pub struct Process(Child);

impl Process {
    /// Kills it as the system does when memory is short: without a word.
    pub fn kill(mut self) {
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }

    /// Asks it to end, and waits for it.
    pub fn end(mut self) -> ExitStatus {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.0.wait().unwrap()
    }

    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How a command ended that ran to its end.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(all.contains(text), "{text:?} is not said: {self:?}");
        self
    }
}

pub struct World {
    pub partner_center: PartnerCenter,
    pub home: Home,
}

/// A folder with settings and an archive. There can be several for one Partner Center.
pub struct Home {
    pub folder: PathBuf,
    archive: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

/// Some records with ids, and some equal ones without, 25 to a page.
pub fn tenant(seed: u64, records: usize, twins: usize) -> Tenant {
    // Processes have the system's clock, so everything here has it, too.
    let now = Clock::system().now();
    let tenant = Tenant::generate(&TenantOptions {
        records,
        ..TenantOptions::new(seed, now)
    });
    let equal = record()
        .with("partnerId", tenant.partner_id())
        .on(&(now.date_naive() - Days::new(40)).to_string())
        .json();
    for _ in 0..twins {
        tenant.add_record(equal.clone());
    }
    tenant
}

impl World {
    pub async fn of(tenant: Tenant) -> Self {
        let partner_center = stand_in(tenant).await;
        Self {
            home: Home::new(&partner_center),
            partner_center,
        }
    }

    /// Every record of the last so many days that Partner Center has, sorted.
    pub fn truth(&self, days: u64) -> Vec<String> {
        truth(&self.partner_center, days)
    }

    pub async fn run(&self, arguments: &[&str]) -> Ran {
        self.home.run(arguments).await
    }

    pub fn archive(&self) -> PathBuf {
        self.home.archive()
    }
}

pub async fn stand_in(tenant: Tenant) -> PartnerCenter {
    let options = PartnerCenterOptions {
        page_size: 25,
        ..PartnerCenterOptions::new(Arc::new(tenant), Clock::system())
    };
    PartnerCenter::start(options).await.unwrap()
}

/// Every record of the last so many days that Partner Center has, sorted.
pub fn truth(partner_center: &PartnerCenter, days: u64) -> Vec<String> {
    let today = Clock::system().now().date_naive();
    let mut all: Vec<_> = (0..days)
        .flat_map(|back| partner_center.tenant().records_of(today - Days::new(back)))
        .collect();
    all.sort();
    all
}

impl Home {
    pub fn new(partner_center: &PartnerCenter) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let home = Self {
            folder: temporary.path().to_owned(),
            archive: temporary.path().join("archive.db"),
            _temporary: Some(temporary),
        };
        home.write_settings(&settings(partner_center, &home.archive()));
        home
    }

    /// Has the archive in another folder; its settings are to be written anew.
    pub fn archive_in(&mut self, folder: &Path) {
        self.archive = folder.join("archive.db");
    }

    pub fn write_settings(&self, settings: &str) {
        std::fs::write(self.folder.join("partnerlog.toml"), settings).unwrap();
    }

    pub fn archive(&self) -> PathBuf {
        self.archive.clone()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partnerlog"));
        command
            .args(arguments)
            .env("PARTNERLOG_CONFIG", self.path("partnerlog.toml"))
            .current_dir(&self.folder);
        command
    }

    /// Starts the program; what it says goes to a file `said` in the folder.
    pub fn start(&self, arguments: &[&str]) -> Process {
        let said = File::options()
            .create(true)
            .append(true)
            .open(self.path("said"))
            .unwrap();
        let child = self
            .command(arguments)
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap();
        Process(child)
    }

    /// What started processes said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.path("said")).unwrap_or_default()
    }

    /// Lets it run to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.env("PARTNERLOG_LOG", "error");
        ran(command).await
    }

    /// Kills a run after that time.
    pub async fn kill_after(&self, arguments: &[&str], time: Duration) {
        let process = self.start(arguments);
        tokio::time::sleep(time).await;
        process.kill();
        self.forget_leases();
    }

    /// The lease of the dead runs out in half a minute; the next run need not wait for that here.
    pub fn forget_leases(&self) {
        let there = OpenFlags::SQLITE_OPEN_READ_WRITE;
        if let Ok(archive) = rusqlite::Connection::open_with_flags(self.archive(), there) {
            let _ = archive.execute("DELETE FROM lease", []);
        }
    }

    /// The archive's documents, sorted.
    pub async fn archived(&self) -> Vec<String> {
        documents(&self.archive()).await
    }

    pub async fn verified(&self) -> Verified {
        verified(&self.archive()).await
    }

    pub fn sql(&self, sql: &str) {
        let archive = rusqlite::Connection::open(self.archive()).unwrap();
        archive.busy_timeout(Duration::from_secs(10)).unwrap();
        archive.execute_batch(sql).unwrap();
    }
}

pub async fn ran(mut command: Command) -> Ran {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Every document that pages of an archive show, sorted.
pub async fn documents(archive: &Path) -> Vec<String> {
    let store = SqlStore::open(archive).await.unwrap();
    let selection = Selection::everything(Tz::UTC, Clock::system().now().date_naive());
    let (mut all, mut at) = (Vec::new(), None);
    loop {
        let page = store.page(&selection, at.as_ref(), 500).await.unwrap();
        all.extend(
            page.entries
                .into_iter()
                .map(|e| String::from(&*e.record.document)),
        );
        match page.older {
            Some(older) => at = Some(older),
            None => break,
        }
    }
    all.sort();
    all
}

pub async fn verified(archive: &Path) -> Verified {
    let archive = Place::File(archive.to_owned());
    tokio::task::spawn_blocking(move || verify(&archive, &Overseer::absent()).unwrap().unwrap())
        .await
        .unwrap()
}

pub fn settings(partner_center: &PartnerCenter, archive: &Path) -> String {
    format!(
        r#"[server]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[database]
url = "sqlite:{archive}"
[sign_in]
issuer = "http://127.0.0.1:1/v2.0"
client_id = "x"
client_secret = "x"
[sign_in.roles]
admin_agent = ["x"]
[collect]
interval = "10s"
[[partner_center]]
name = "Contoso"
tenant_id = "{tenant}"
client_id = "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01"
client_secret = "stand-in-secret"
api_url = "{api}"
token_url = "{token}"
"#,
        port = free_port(),
        archive = archive.display(),
        tenant = partner_center.tenant().partner_id(),
        api = partner_center.api_url(),
        token = partner_center.token_url(),
    )
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until something is so.
pub async fn until(what: &str, at_most: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(
            began.elapsed() < at_most,
            "{what} did not come about in {at_most:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Of every record as often as it is there, that `part` has no more than `whole` does. Both are sorted.
pub fn is_contained(part: &[String], whole: &[String]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|one| whole.any(|other| other == one))
}
