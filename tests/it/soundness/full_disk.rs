//! A disk without room: nothing is half written, reading goes on, and collecting goes on by itself once there is room.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use chrono::Days;
use partnerlog::{
    clock::Clock,
    simulator::identity_provider::{ADMIN_AGENTS_GROUP, IdentityProvider, IdpOptions},
};

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::world::{Home, free_port, is_contained, ran, stand_in, tenant, truth, until};
use crate::{records::record, support::browser::Browser};

/// A small file system of its own; only an administrator can have one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(bytes: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap().keep();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes},mode=700"), "tmpfs"])
            .arg(&folder)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            _ => {
                // The quota below is tried in any case.
                println!("no small disk can be made here");
                std::fs::remove_dir(&folder).unwrap();
                None
            }
        }
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        for size in [65_536, 4_096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Signs in as the first of a provider's users.
async fn signed_in(base: &str, provider: &IdentityProvider) -> Browser {
    let mut browser = Browser::new(base);
    let begun = browser.get("/sign-in/start").await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let mut there = Browser::new("");
    let page = there.get(begun.location()).await;
    let request = page.body.split("name=\"request\" value=\"").nth(1).unwrap();
    let request = request.split('"').next().unwrap();
    let user = &provider.users()[0].id;
    let form = format!("request={request}&user={user}");
    let decision = format!("{}/authorize/decision", provider.issuer());
    let decided = there.submit(&decision, form).await;
    let back = decided.location().strip_prefix(base).unwrap().to_owned();
    assert_eq!(browser.get(&back).await.status, 303);
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_nothing_but_writing_and_room_lets_it_go_on() {
    let Some(disk) = SmallDisk::new("64m") else { return };
    let partner_center = stand_in(tenant(31, 2_000, 10)).await;
    let mut home = Home::new(&partner_center);
    home.archive_in(&disk.0);
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let provider = IdentityProvider::start(IdpOptions {
        redirect_uris: vec![format!("{base}/sign-in/callback")],
        ..IdpOptions::new(Clock::system())
    })
    .await
    .unwrap();
    let (client_id, client_secret) = provider.client();
    let settings = super::world::settings(&partner_center, &home.archive());
    let ours = settings.split("[collect]").nth(1).unwrap();
    home.write_settings(&format!(
        r#"[server]
listen = "127.0.0.1:{port}"
public_url = "{base}"
[database]
url = "sqlite:{}"
[sign_in]
issuer = "{}"
client_id = "{client_id}"
client_secret = "{client_secret}"
graph_url = "{}"
[sign_in.roles]
admin_agent = ["{}"]
[collect]{ours}"#,
        home.archive().display(),
        provider.issuer(),
        provider.graph_url(),
        ADMIN_AGENTS_GROUP,
    ));
    let mut serving = home.start(&["serve"]);
    let begun = truth(&partner_center, 90);
    until("a first collection", Duration::from_secs(60), async || {
        home.said().contains("\"collected\"")
    })
    .await;
    assert!(home.archived().await == begun);
    let mut reader = signed_in(&base, &provider).await;
    assert_eq!(reader.get("/activity").await.status, 200);

    disk.fill();
    let yesterday = (Clock::system().now().date_naive() - Days::new(1)).to_string();
    // More than the write-ahead log has taken before: of that, there is room in it.
    let mut rng = StdRng::seed_from_u64(31);
    for i in 0..600 {
        let long: String = (0..4_000)
            .map(|_| format!("{:016x}", rng.random::<u64>()))
            .collect();
        let late = record()
            .with("partnerId", partner_center.tenant().partner_id())
            .with("resourceNewValue", long)
            .on(&yesterday)
            .id(&format!("partner_customer_late_{i:04}"));
        partner_center.tenant().add_record(late.json());
    }
    let whole = truth(&partner_center, 90);
    assert!(whole.len() > begun.len());
    until("a word about the disk", Duration::from_secs(60), async || {
        home.said().contains("the disk is full")
    })
    .await;
    let page = reader.get("/activity").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<table id=\"activity\""));
    assert_eq!(Browser::new(&base).get("/readyz").await.status, 200);
    let verified = home.verified().await;
    assert_eq!(verified.first, None);
    let archived = home.archived().await;
    assert!(is_contained(&archived, &whole) && archived.len() < whole.len());
    // What others try on a full disk fails plainly, and leaves nothing.
    let copy = home.path("copy.db");
    home.run(&["backup", copy.to_str().unwrap()]).await.succeeded();
    let onto_it = disk.0.join("copy.db");
    home.run(&["backup", onto_it.to_str().unwrap()])
        .await
        .says("the disk is full");
    assert!(!onto_it.exists() && !disk.0.join("copy.db.part").exists());
    home.run(&["backup", "--restore", copy.to_str().unwrap()])
        .await
        .says("in use");

    disk.make_room();
    until("what is missing", Duration::from_secs(90), async || {
        home.archived().await == whole
    })
    .await;
    assert!(serving.is_running());
    assert!(serving.end().success());
    assert_eq!(home.verified().await.first, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_is_used_up_leaves_the_archive_sound() {
    let partner_center = stand_in(tenant(32, 6_000, 20)).await;
    let whole = truth(&partner_center, 90);
    let home = Home::new(&partner_center);
    // Blocks of 512 or 1,024 bytes: enough for the schema, and for some of the records.
    let mut failed = 0;
    for blocks in [400, 450, 500, 600, 700, 800] {
        let limited = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {} collect",
            env!("CARGO_BIN_EXE_partnerlog")
        );
        let mut command = Command::new("sh");
        command
            .args(["-c", &limited])
            .env("PARTNERLOG_CONFIG", home.path("partnerlog.toml"))
            .env("PARTNERLOG_LOG", "error");
        let limited = ran(command).await;
        if limited.code != 0 {
            failed += 1;
            let said = &limited.stderr;
            assert!(
                said.contains("does not take what is written") || said.contains("full"),
                "{said}"
            );
        }
        if !home.archive().exists() {
            continue;
        }
        home.forget_leases();
        assert_eq!(home.verified().await.first, None, "{blocks}");
        assert!(is_contained(&home.archived().await, &whole));
    }
    assert!(failed > 0, "the quota was never used up");
    home.run(&["collect"]).await.succeeded();
    assert!(home.archived().await == whole);
    assert_eq!(home.verified().await.first, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_onto_a_full_disk_says_so_and_is_completed_by_the_next() {
    let Some(disk) = SmallDisk::new("8m") else { return };
    let partner_center = stand_in(tenant(33, 12_000, 0)).await;
    let whole = truth(&partner_center, 500);
    let mut home = Home::new(&partner_center);
    home.archive_in(&disk.0);
    home.write_settings(&super::world::settings(&partner_center, &home.archive()));
    let file = home.path("saved.ndjson");
    std::fs::write(&file, whole.join("\n")).unwrap();
    let import = ["import", file.to_str().unwrap()];
    std::fs::write(disk.0.join("other"), vec![0; 4 << 20]).unwrap();
    let failed = home.run(&import).await.says("the disk is full");
    assert_eq!(failed.code, 1);
    assert_eq!(home.verified().await.first, None);
    let archived = home.archived().await;
    assert!(!archived.is_empty() && is_contained(&archived, &whole));
    std::fs::remove_file(disk.0.join("other")).unwrap();
    enlarge(&disk.0);
    home.run(&import).await.succeeded();
    assert!(home.archived().await == whole);
}

fn enlarge(disk: &Path) {
    let enlarged = Command::new("mount")
        .args(["-o", "remount,size=64m"])
        .arg(disk)
        .status()
        .unwrap();
    assert!(enlarged.success());
}
