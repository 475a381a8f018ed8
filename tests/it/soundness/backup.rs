//! Copies made while the archive is read and written, and the way back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use partnerlog::store::{
    Batch, Overseer, Source, Store,
    sql::SqlStore,
    sqlite::backup::{BackupError, back_up},
};

use super::world::{World, documents, is_contained, ran, tenant, until, verified};
use crate::records::record;

/// Who waits longer for a writer takes him for one who cannot.
const PATIENCE: Duration = Duration::from_secs(10);

fn rows<T: rusqlite::types::FromSql>(path: &std::path::Path, sql: &str) -> Vec<T> {
    let archive = rusqlite::Connection::open(path).unwrap();
    let mut statement = archive.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_the_server_collects_is_one_moment_of_the_archive() {
    let world = World::of(tenant(11, 6_000, 30)).await;
    let mut serving = world.home.start(&["serve"]);
    until("a beginning", Duration::from_secs(30), async || {
        world.archive().exists() && !rows::<i64>(&world.archive(), "SELECT 1 FROM version LIMIT 1").is_empty()
    })
    .await;
    let mut sizes = Vec::new();
    for number in 0..4 {
        // The archive itself fits at any moment, too.
        world.run(&["verify"]).await.succeeded();
        let name = format!("copy{number}.db");
        let before = rows::<i64>(&world.archive(), "SELECT coalesce(max(seq), 0) FROM version")[0];
        world.run(&["backup", &name]).await.succeeded();
        let copy = world.home.path(&name);
        let numbers: Vec<i64> = rows(&copy, "SELECT seq FROM version ORDER BY seq");
        let last = *numbers.last().unwrap();
        assert!(last >= before, "what was there before the copy began is in it");
        assert_eq!(
            numbers,
            (1..=last).collect::<Vec<_>>(),
            "and nothing is left out before its last"
        );
        sizes.push(last);
        let mut command = world.home.command(&["verify"]);
        command.env("PARTNERLOG_DATABASE__URL", format!("sqlite:{}", copy.display()));
        ran(command).await.succeeded().says("everything fits");
    }
    assert!(serving.is_running());
    assert!(
        sizes[0] < *sizes.last().unwrap(),
        "the server went on writing: {sizes:?}"
    );
    until("a whole archive", Duration::from_secs(60), async || {
        world.home.archived().await == world.truth(90)
    })
    .await;
    assert!(serving.end().success());
    for number in 0..4 {
        let copied = documents(&world.home.path(&format!("copy{number}.db"))).await;
        assert!(is_contained(&copied, &world.truth(90)));
    }
    let parts = std::fs::read_dir(&world.home.folder).unwrap();
    let parts = parts.filter(|f| f.as_ref().unwrap().path().to_str().unwrap().contains(".part"));
    assert_eq!(parts.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_who_never_rests_neither_waits_for_a_backup_nor_keeps_it_from_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let store = SqlStore::open(&path).await.unwrap();
    let account = store.account("p", "Contoso").await.unwrap();
    let batch = |numbers: std::ops::Range<u64>| Batch {
        account,
        source: Source::Collected,
        archived_at: "2026-11-20T12:00:00Z".parse().unwrap(),
        records: numbers
            .map(|i| {
                let text: String = (0..40)
                    .map(|j| format!("{:x}", (i + 1) * (j + 7) * 7_919))
                    .collect();
                record()
                    .id(&format!("partner_customer_{i:08}"))
                    .with("x", text)
                    .incoming()
            })
            .collect(),
    };
    for thousand in 0..6 {
        store
            .append(batch(thousand * 1_000..(thousand + 1) * 1_000))
            .await
            .unwrap();
    }
    let (written, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let writing = async {
        let mut at = 10_000;
        while !stop.load(Ordering::Relaxed) {
            store.append(batch(at..at + 1)).await.unwrap();
            at += 1;
            written.fetch_add(1, Ordering::Relaxed);
        }
    };
    let copying = async {
        let mut during = 0;
        for number in 0..5 {
            let (from, to) = (path.clone(), folder.path().join(format!("copy{number}.db")));
            let before = written.load(Ordering::Relaxed);
            let progress = Arc::clone(&written);
            // As if the disk were slow: the writer writes between any two steps, unless it cannot.
            let slow = Overseer::new(
                move |_, _, _| {
                    let (before, began) = (progress.load(Ordering::Relaxed), Instant::now());
                    while progress.load(Ordering::Relaxed) == before && began.elapsed() < PATIENCE {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                },
                Arc::default(),
            );
            tokio::task::spawn_blocking(move || back_up(&from, &to, false, &slow).unwrap())
                .await
                .unwrap();
            during += written.load(Ordering::Relaxed) - before;
        }
        stop.store(true, Ordering::Relaxed);
        during
    };
    let ((), during) = tokio::join!(writing, copying);
    assert!(during >= 10, "{during} records were written meanwhile");
    for number in 0..5 {
        let copy = folder.path().join(format!("copy{number}.db"));
        assert_eq!(verified(&copy).await.first, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_private_and_holds_nobodys_session() {
    use partnerlog::store::{SessionRow, SessionRows};
    let world = World::of(tenant(12, 500, 0)).await;
    world.run(&["collect"]).await.succeeded();
    let store = SqlStore::open(&world.archive()).await.unwrap();
    let secret = b"sealed with what only the browser has".to_vec();
    let row = SessionRow {
        key: [7; 32],
        provider_session: None,
        expires_at: "2036-01-01T00:00:00Z".parse().unwrap(),
        sealed: secret.clone(),
    };
    assert!(store.insert_session(&row).await.unwrap());
    let later = "2036-01-01T00:00:00Z".parse().unwrap();
    store.put_sign_in(&[8; 32], &secret, later).await.unwrap();
    world
        .home
        .sql("INSERT INTO lease VALUES ('collect p', 'somebody', 9999999999999)");
    world.run(&["backup", "copy.db"]).await.succeeded();
    let copy = world.home.path("copy.db");
    let bytes = std::fs::read(&copy).unwrap();
    assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    for table in ["session", "sign_in", "lease"] {
        assert_eq!(
            rows::<i64>(&copy, &format!("SELECT count(*) FROM {table}")),
            [0],
            "{table}"
        );
    }
    // The living archive keeps them, and what ends there is overwritten.
    assert!(
        store
            .session(&[7; 32], later - chrono::TimeDelta::days(1))
            .await
            .unwrap()
            .is_some()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!world.home.path("copy.db-wal").exists(), "a copy is one file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_replaces_nothing_unasked_and_the_archive_never() {
    let world = World::of(tenant(13, 300, 0)).await;
    world.run(&["backup", "copy.db"]).await.says("is not there");
    assert!(!world.archive().exists() && !world.home.path("copy.db").exists());
    world.run(&["collect"]).await.succeeded();
    let before = world.home.archived().await;
    std::fs::write(world.home.path("letter.txt"), "dear all").unwrap();
    let refused = world
        .run(&["backup", "letter.txt"])
        .await
        .says("letter.txt exists already");
    assert_eq!(refused.code, 2);
    assert_eq!(
        std::fs::read_to_string(world.home.path("letter.txt")).unwrap(),
        "dear all"
    );
    world.run(&["backup", "--force", "letter.txt"]).await.succeeded();
    assert!(documents(&world.home.path("letter.txt")).await == before);

    std::os::unix::fs::symlink(world.archive(), world.home.path("link.db")).unwrap();
    let archive = world.archive();
    let wal = format!("{}-wal", archive.display());
    for onto in [
        archive.to_str().unwrap(),
        "./archive.db",
        "link.db",
        &wal,
        "archive.db-restoring",
    ] {
        for arguments in [&["backup", onto, "--force"][..], &["backup", onto]] {
            let refused = world.run(arguments).await;
            assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        }
    }
    for nowhere in ["no/such/folder/copy.db", "/dev/full", "."] {
        let refused = world.run(&["backup", "--force", nowhere]).await;
        assert!(
            refused.code != 0 && refused.stderr.contains("was not written"),
            "{refused:?}"
        );
    }
    assert!(world.home.archived().await == before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_restored_is_what_was_backed_up_and_what_was_replaced_is_kept() {
    let world = World::of(tenant(14, 1_500, 10)).await;
    world.run(&["collect"]).await.succeeded();
    world.run(&["backup", "copy.db"]).await.succeeded();
    let then = world.home.archived().await;
    world
        .partner_center
        .tenant()
        .new_activity(partnerlog::clock::Clock::system().now());
    world.run(&["collect"]).await.succeeded();
    let later = world.home.archived().await;
    assert!(later.len() > then.len());

    let restored = world.run(&["backup", "--restore", "copy.db"]).await.succeeded();
    assert!(world.home.archived().await == then);
    let kept = restored.stderr.trim().rsplit(' ').next().unwrap().to_owned();
    assert!(kept.contains("archive.db.replaced-"), "{restored:?}");
    assert!(documents(kept.as_ref()).await == later);
    // Partner Center still has what the backup lacks.
    world.run(&["collect"]).await.succeeded();
    assert!(world.home.archived().await == later);

    // To a machine that has none.
    let elsewhere = super::world::Home::new(&world.partner_center);
    let copy = world.home.path("copy.db");
    elsewhere
        .run(&["backup", "--restore", copy.to_str().unwrap()])
        .await
        .succeeded();
    assert!(elsewhere.archived().await == then);
    assert!(copy.exists(), "a backup can be restored more than once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_restored_while_anybody_has_the_archive_open() {
    let world = World::of(tenant(15, 400, 0)).await;
    world.run(&["collect"]).await.succeeded();
    world.run(&["backup", "copy.db"]).await.succeeded();
    let serving = world.home.start(&["serve"]);
    until("listening", Duration::from_secs(20), async || {
        world.home.said().contains("listening")
    })
    .await;
    world
        .run(&["backup", "--restore", "copy.db"])
        .await
        .says("the archive is in use: stop `partnerlog serve`");
    assert!(serving.end().success());

    // Somebody who knows nothing of partnerlog's locks.
    let stranger = rusqlite::Connection::open(world.archive()).unwrap();
    stranger
        .query_row("SELECT count(*) FROM record", [], |_| Ok(()))
        .unwrap();
    stranger
        .execute_batch("PRAGMA journal_mode = WAL; BEGIN; SELECT count(*) FROM record")
        .unwrap();
    let refused = world.run(&["backup", "--restore", "copy.db"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("in use"), "{refused:?}");
    drop(stranger);
    let before = world.home.archived().await;
    world.run(&["backup", "--restore", "copy.db"]).await.succeeded();
    assert!(world.home.archived().await == before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_backup_is_not_restored() {
    let world = World::of(tenant(16, 400, 0)).await;
    world.run(&["collect"]).await.succeeded();
    world.run(&["backup", "copy.db"]).await.succeeded();
    let before = world.home.archived().await;
    let copy = std::fs::read(world.home.path("copy.db")).unwrap();

    let put = |name: &str, bytes: &[u8]| std::fs::write(world.home.path(name), bytes).unwrap();
    put(
        "letter.db",
        "this is a letter, not a database. ".repeat(100).as_bytes(),
    );
    put("empty.db", b"");
    put("short.db", &copy[..copy.len() / 2]);
    let mut holed = copy.clone();
    let middle = holed.len() / 2;
    holed[middle..middle + 20_000].fill(0xa5);
    put("holed.db", &holed);
    put("unfit.db", &copy);
    let unfit = rusqlite::Connection::open(world.home.path("unfit.db")).unwrap();
    unfit
        .execute("UPDATE record SET user = operation WHERE id = 5", [])
        .unwrap();
    unfit.close().unwrap();
    for (name, says) in [
        ("letter.db", "is no SQLite database"),
        ("empty.db", "is empty"),
        ("short.db", "is cut short"),
        ("holed.db", "is damaged"),
        ("unfit.db", "does not fit together (record "),
        ("archive.db", "is the archive itself"),
        ("not-there.db", "is not there"),
    ] {
        let refused = world.run(&["backup", "--restore", name]).await.says(says);
        assert!(refused.code != 0, "{refused:?}");
        assert!(world.home.archived().await == before, "{name}");
        let left: Vec<_> = std::fs::read_dir(&world.home.folder)
            .unwrap()
            .map(|f| f.unwrap().path())
            .collect();
        let odd = |name: &&std::path::PathBuf| {
            let name = name.to_str().unwrap();
            name.contains("replaced") || name.contains("restoring")
        };
        assert_eq!(left.iter().find(odd), None);
    }
    world
        .run(&["backup", "--restore", "--force", "unfit.db"])
        .await
        .succeeded()
        .says("1 faults are in it");
}

#[tokio::test]
async fn of_two_backups_to_one_file_only_one_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    drop(SqlStore::open(&path).await.unwrap());
    let to = folder.path().join("copy.db");
    let inner = {
        let (path, to) = (path.clone(), to.clone());
        Overseer::new(
            move |_, _, _| {
                let second = back_up(&path, &to, false, &Overseer::absent());
                assert!(matches!(second, Err(BackupError::UnderWay(_))), "{second:?}");
            },
            Arc::default(),
        )
    };
    tokio::task::spawn_blocking(move || back_up(&path, &to, false, &inner).unwrap())
        .await
        .unwrap();
    // What a killed one left is no hindrance.
    let (path, to) = (folder.path().join("archive.db"), folder.path().join("other.db"));
    std::fs::write(folder.path().join("other.db.part"), "a beginning").unwrap();
    back_up(&path, &to, false, &Overseer::absent()).unwrap();
    assert_eq!(verified(&to).await.first, None);
}

#[tokio::test]
async fn a_copy_of_the_first_version_is_restored_and_not_taken_for_an_altered_one() {
    let world = World::of(tenant(12, 300, 3)).await;
    world.run(&["collect"]).await.succeeded();
    let before = world.home.archived().await;
    world.run(&["backup", "old.db"]).await.succeeded();
    let old = world.home.path("old.db");
    rusqlite::Connection::open(&old)
        .unwrap()
        .execute_batch(
            "DROP TABLE import; DROP TABLE credential; DROP TABLE token_request;
             DROP TABLE search; DROP TABLE word; DROP TABLE search_state; DROP TABLE amendment;
             ALTER TABLE record DROP COLUMN changed;
             DROP TABLE saved_view; DROP TABLE start_page; DROP TABLE application_name; DROP TABLE access; DROP TABLE api_token; DROP TABLE export;
             DROP TABLE stream; DROP TABLE stream_delivery; DROP TABLE schedule; DROP TABLE schedule_delivery; DROP TABLE copy_under_way; DROP TABLE removal; DROP TABLE tombstone;
             ALTER TABLE version DROP COLUMN import;
             ALTER TABLE day DROP COLUMN trouble; ALTER TABLE day DROP COLUMN whole_at;
             ALTER TABLE day DROP COLUMN probed_at; ALTER TABLE day DROP COLUMN known;
             ALTER TABLE day DROP COLUMN late; ALTER TABLE day DROP COLUMN changed;
             ALTER TABLE run DROP COLUMN trouble; ALTER TABLE run DROP COLUMN throttled;
             ALTER TABLE run DROP COLUMN late;
             UPDATE version SET content = randomblob(16); UPDATE record SET event_key = randomblob(16);
             PRAGMA user_version = 1",
        )
        .unwrap();
    for arguments in [&["verify"][..], &["verify", "--repair"]] {
        let mut command = world.home.command(arguments);
        command.env("PARTNERLOG_DATABASE__URL", format!("sqlite:{}", old.display()));
        let ran = ran(command).await.says("made by an older version of partnerlog");
        assert_eq!(ran.code, 1);
    }
    world.run(&["backup", "--restore", "old.db"]).await.succeeded();
    assert_eq!(world.home.archived().await, before);
    world.run(&["verify"]).await.succeeded().says("everything fits");
    world.home.forget_leases();
    let again = world.run(&["collect"]).await.succeeded();
    assert!(again.stdout.contains(" 0 records new, 0 changed"), "{again:?}");
}
