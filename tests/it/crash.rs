//! Killed at any moment: the program itself, as a process of its own, against the stand-in Partner Center. What it
//! leaves is sound, and the next run completes it: nothing lost, doubled or half written.

use std::{
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use chrono::{Days, Utc};
use chrono_tz::Tz;
use partnerlog::{
    audit::Selection,
    clock::Clock,
    simulator::{
        partner_center::{PartnerCenter, PartnerCenterOptions},
        tenant::{Tenant, TenantOptions},
    },
    store::{Store, sqlite::SqliteStore},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::records::record;

/// A process that is gone when the test is.
struct Process(Child);

impl Process {
    /// Kills it as the system does when memory is short: without a word.
    fn kill(mut self) -> ExitStatus {
        let _ = self.0.kill();
        self.0.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct World {
    partner_center: PartnerCenter,
    folder: tempfile::TempDir,
}

impl World {
    /// Some thousand records with ids and some hundred equal ones without, in small pages.
    async fn new(seed: u64) -> Self {
        // Processes have the system's clock, so everything here has it, too.
        let clock = Clock::system();
        let tenant = Tenant::generate(&TenantOptions {
            records: 12_000,
            ..TenantOptions::new(seed, clock.now())
        });
        let twins = record()
            .with("partnerId", tenant.partner_id())
            .on(&(clock.now().date_naive() - Days::new(40)).to_string())
            .json();
        for _ in 0..120 {
            tenant.add_record(twins.clone());
        }
        let options = PartnerCenterOptions {
            page_size: 25,
            ..PartnerCenterOptions::new(Arc::new(tenant), clock)
        };
        let partner_center = PartnerCenter::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            r#"[server]
public_url = "http://127.0.0.1:1"
[database]
url = "sqlite:{archive}"
[sign_in]
issuer = "http://127.0.0.1:1/v2.0"
client_id = "x"
client_secret = "x"
[sign_in.roles]
admin_agent = ["x"]
[[partner_center]]
name = "Contoso"
tenant_id = "{tenant}"
client_id = "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01"
client_secret = "stand-in-secret"
api_url = "{api}"
token_url = "{token}"
"#,
            archive = folder.path().join("archive.db").display(),
            tenant = partner_center.tenant().partner_id(),
            api = partner_center.api_url(),
            token = partner_center.token_url(),
        );
        std::fs::write(folder.path().join("partnerlog.toml"), settings).unwrap();
        Self {
            partner_center,
            folder,
        }
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("archive.db")
    }

    fn start(&self, arguments: &[&str]) -> Process {
        let child = Command::new(env!("CARGO_BIN_EXE_partnerlog"))
            .args(arguments)
            .arg("--config")
            .arg(self.folder.path().join("partnerlog.toml"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Process(child)
    }

    /// Lets it run to its end.
    async fn finish(&self, arguments: &[&str]) -> ExitStatus {
        let mut process = self.start(arguments);
        tokio::task::spawn_blocking(move || process.0.wait().unwrap())
            .await
            .unwrap()
    }

    /// Kills a run after a random time of at most so many milliseconds.
    async fn kill_after(&self, arguments: &[&str], rng: &mut StdRng, at_most: u64) {
        let process = self.start(arguments);
        tokio::time::sleep(Duration::from_millis(rng.random_range(10..at_most))).await;
        process.kill();
        self.assert_sound();
        // The lease of the dead runs out in a minute; the next run need not wait for that here.
        if let Ok(archive) = rusqlite::Connection::open(self.archive()) {
            let _ = archive.execute("DELETE FROM lease", []);
        }
    }

    /// What SQLite can tell, and that no record, version or number points nowhere.
    fn assert_sound(&self) {
        if !self.archive().exists() {
            return;
        }
        let archive = rusqlite::Connection::open(self.archive()).unwrap();
        let text = |sql: &str| archive.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(text("PRAGMA integrity_check"), "ok");
        let tables: i64 = archive
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'record'",
                [],
                |r| r.get(0),
            )
            .unwrap();
        if tables == 0 {
            return;
        }
        for orphans in [
            "SELECT count(*) FROM record r LEFT JOIN version v ON v.seq = r.version WHERE v.record IS NOT r.id",
            "SELECT count(*) FROM version v LEFT JOIN record r ON r.id = v.record WHERE r.id IS NULL",
            "SELECT count(*) FROM record r WHERE versions <> (SELECT count(*) FROM version WHERE record = r.id)",
            "SELECT count(*) FROM record r LEFT JOIN term t ON t.id = r.operation WHERE t.id IS NULL",
            "SELECT count(*) FROM record r LEFT JOIN term t ON t.id = r.customer
               WHERE t.id IS NULL AND r.customer IS NOT NULL",
            "SELECT count(*) FROM version v LEFT JOIN dictionary d ON d.id = v.dictionary
               WHERE d.id IS NULL AND v.dictionary IS NOT NULL",
            "SELECT count(*) FROM (SELECT 1 FROM record GROUP BY ticks, tie HAVING count(*) > 1)",
        ] {
            let count: i64 = archive.query_row(orphans, [], |row| row.get(0)).unwrap();
            assert_eq!(count, 0, "{orphans}");
        }
    }

    /// The archive's documents, sorted.
    async fn archived(&self) -> Vec<String> {
        let store = SqliteStore::open(&self.archive()).await.unwrap();
        let selection = Selection::everything(Tz::UTC, Clock::system().now().date_naive());
        let (mut all, mut at) = (Vec::new(), None);
        loop {
            let page = store.page(&selection, at.as_ref(), 500).await.unwrap();
            all.extend(page.entries.into_iter().map(|e| String::from(e.record.document)));
            match page.older {
                Some(older) => at = Some(older),
                None => break,
            }
        }
        all.sort();
        all
    }

    /// Every record of the last so many days that Partner Center has, sorted.
    fn truth(&self, days: u64) -> Vec<String> {
        let today: chrono::DateTime<Utc> = Clock::system().now();
        let mut all: Vec<_> = (0..days)
            .flat_map(|back| {
                self.partner_center
                    .tenant()
                    .records_of(today.date_naive() - Days::new(back))
            })
            .collect();
        all.sort();
        all
    }
}

fn seed() -> u64 {
    let seed = std::env::var("CRASH_SEED").map_or_else(|_| rand::random(), |text| text.parse().unwrap());
    // Shown when the test fails.
    println!("CRASH_SEED={seed}");
    seed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_is_killed_again_and_again_ends_complete() {
    let seed = seed();
    let mut rng = StdRng::seed_from_u64(seed);
    let world = World::new(seed).await;
    for _ in 0..15 {
        world.kill_after(&["collect"], &mut rng, 500).await;
    }
    assert!(world.finish(&["collect"]).await.success());
    world.assert_sound();
    let (archived, truth) = (world.archived().await, world.truth(90));
    assert_eq!(archived.len(), truth.len());
    assert!(archived == truth, "each record is there once, byte for byte");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_again_and_again_ends_complete() {
    let seed = seed();
    let mut rng = StdRng::seed_from_u64(seed);
    let world = World::new(seed).await;
    let truth = world.truth(500);
    let file = world.folder.path().join("saved.ndjson");
    std::fs::write(&file, truth.join("\n")).unwrap();
    let import = ["import", file.to_str().unwrap()];
    for _ in 0..15 {
        world.kill_after(&import, &mut rng, 400).await;
    }
    assert!(world.finish(&import).await.success());
    world.assert_sound();
    assert!(
        world.archived().await == truth,
        "each record is there once, byte for byte"
    );
    // And what is collected afterwards is known.
    assert!(world.finish(&["collect"]).await.success());
    assert!(world.archived().await == truth);
}
