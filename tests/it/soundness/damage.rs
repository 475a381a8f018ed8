//! A file that is damaged, or no archive of ours, is refused in words and left as it is; damage that shows while the
//! archive is served ends its being served.

use std::{os::unix::fs::FileExt, path::Path};

use partnerlog::store::{Batch, Source, Store, StoreError, sql::SqlStore};

use super::world::{Home, World, stand_in, tenant};
use crate::{
    records::record,
    support::program::{Program, Setup},
};

/// What is in a folder's files that belong to the archive, except locks.
fn contents(home: &Home) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(&home.folder).unwrap();
    let mut all: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| !path.ends_with("said") && !path.to_str().unwrap().ends_with("-shm"))
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    all.sort();
    all
}

fn overwrite(path: &Path, at: usize, bytes: &[u8]) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(bytes, at as u64).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_served_is_refused_in_words_and_left_as_it_is() {
    let world = World::of(tenant(21, 1_000, 0)).await;
    world.run(&["collect"]).await.succeeded();
    let whole = std::fs::read(world.archive()).unwrap();
    let page = 8_192;
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let letter = "this is a letter, not a database. ".repeat(1_000).into_bytes();
    let foreign = {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.db");
        let other = rusqlite::Connection::open(&path).unwrap();
        other
            .execute_batch("CREATE TABLE holiday (day TEXT); PRAGMA user_version = 1")
            .unwrap();
        other.close().unwrap();
        std::fs::read(&path).unwrap()
    };
    let begins = |table: &str| {
        let archive = rusqlite::Connection::open(world.archive()).unwrap();
        let root: u32 = archive
            .query_row(
                "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
                [table],
                |row| row.get(0),
            )
            .unwrap();
        (root as usize - 1) * page
    };
    let (records, versions) = (begins("record"), begins("version"));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no database", letter, "is no SQLite database"),
        ("empty", Vec::new(), "is empty, which no archive ever is"),
        (
            "cut in the middle",
            whole[..whole.len() / 2].to_vec(),
            "is cut short",
        ),
        (
            "cut by one page",
            whole[..whole.len() - page].to_vec(),
            "is cut short",
        ),
        ("cut within its head", whole[..50].to_vec(), "is cut short"),
        ("another database", foreign, "no archive of partnerlog"),
        // The header's application id and user version.
        (
            "another application",
            changed(68, b"GPKG"),
            "belongs to another application",
        ),
        (
            "a newer one",
            changed(60, &99_u32.to_be_bytes()),
            "newer version of partnerlog",
        ),
        ("a destroyed head", changed(0, &[0; 100]), "is no SQLite database"),
        ("destroyed schema", changed(108, &[0xff; 3_000]), "is damaged"),
        ("a page of zeros", changed(versions, &vec![0; page]), "is damaged"),
        ("a page of noise", changed(records, &[0xa5; 8_192]), "is damaged"),
        (
            "a page of something else",
            changed(records, &whole[versions..versions + page]),
            "is damaged",
        ),
    ];
    for (what, file, says) in cases {
        let home = Home::new(&world.partner_center);
        std::fs::write(home.archive(), file).unwrap();
        let before = contents(&home);
        let archive = home.archive();
        for arguments in [
            &["serve"][..],
            &["collect"],
            &["export", "from="],
            &["import", "partnerlog.toml"],
            &["verify"],
            &["backup", "copy.db"],
        ] {
            let refused = home.run(arguments).await;
            assert_eq!(refused.code, 1, "{what}: {arguments:?} {refused:?}");
            let said = format!("{}{}", refused.stdout, refused.stderr);
            // `verify` says where the damage is instead.
            assert!(
                said.contains(says) || said.contains("the database is damaged"),
                "{what}: {said}"
            );
            assert!(
                arguments[0] != "serve" || said.contains(archive.to_str().unwrap()),
                "{said}"
            );
        }
        assert!(contents(&home) == before, "{what}: nothing is changed");
    }
    // What the words tell to do helps.
    world.run(&["backup", "copy.db"]).await.succeeded();
    let then = world.home.archived().await;
    overwrite(&world.archive(), versions, &[0xa5; 8_192]);
    world
        .run(&["serve"])
        .await
        .says("partnerlog backup --restore FILE");
    world.run(&["backup", "--restore", "copy.db"]).await.succeeded();
    assert!(world.home.archived().await == then);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_archive_is_made_only_where_nothing_is() {
    let partner_center = stand_in(tenant(22, 100, 0)).await;
    let home = Home::new(&partner_center);
    // Killed while it made one, as versions before left it, or this one.
    std::fs::write(home.path("archive.db-new"), "half of something").unwrap();
    home.run(&["collect"]).await.succeeded();
    assert!(!home.path("archive.db-new").exists());
    // A restore that was interrupted where there are no links.
    let home = Home::new(&partner_center);
    std::fs::write(home.path("archive.db-restoring"), "half of something").unwrap();
    home.run(&["collect"]).await.says("a restore was interrupted");
    assert!(!home.archive().exists());
    std::fs::create_dir(home.archive()).unwrap();
    home.run(&["collect"]).await.says("is no plain file");
}

#[tokio::test]
async fn damage_that_shows_ends_reading_and_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let fill = |store: SqlStore| async move {
        let account = store.account("p", "Contoso").await.unwrap();
        let batch = move |numbers: std::ops::Range<u32>| Batch {
            account,
            source: Source::Collected,
            archived_at: "2026-11-20T12:00:00Z".parse().unwrap(),
            records: numbers
                .map(|i| record().id(&format!("partner_customer_{i:08}")).incoming())
                .collect(),
        };
        store.append(batch(0..900)).await.unwrap();
        batch
    };
    let batch = fill(SqlStore::open(&path).await.unwrap()).await;
    let store = SqlStore::open(&path).await.unwrap();
    store.ping().await.unwrap();
    assert!(store.was_checked());
    assert!(store.check(|| false).await.unwrap());
    // All of it but the first page, which holds the schema.
    let length = path.metadata().unwrap().len() as usize;
    overwrite(&path, 8_192, &vec![0x5a; length - 8_192]);
    // The next to read notices, or the daily check.
    assert!(matches!(store.check(|| false).await, Err(StoreError::Damaged(_))));
    let everything =
        partnerlog::audit::Selection::everything(chrono_tz::Tz::UTC, "2026-11-20".parse().unwrap());
    assert!(matches!(
        store.page(&everything, None, 10).await,
        Err(StoreError::Damaged(_))
    ));
    assert!(matches!(store.ping().await, Err(StoreError::Damaged(_))));
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(
        store.append(batch(900..901)).await,
        Err(StoreError::Damaged(_))
    ));
    drop(store);
    assert!(
        std::fs::read(&path).unwrap() == before,
        "a damaged file is not written to"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_an_archive_that_is_damaged_meanwhile_get_a_page_in_words_and_probes_a_503() {
    let records = (0..3_000).map(|i| {
        record()
            .id(&format!("partner_customer_update_{i:05}"))
            .on(&format!("2026-11-{:02}T09:00:00.{i:07}Z", 1 + i % 19))
            .json()
    });
    let program = Program::start(Setup {
        tenant: partnerlog::simulator::tenant::Tenant::from_records(records.collect()),
        ..Setup::default()
    })
    .await;
    let mut reader = program.signed_in(0).await;
    assert_eq!(reader.get("/activity").await.status, 200);
    assert_eq!(program.browser().get("/readyz").await.status, 200);

    let path = program.archive();
    let folded = rusqlite::Connection::open(&path).unwrap();
    folded
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(folded);
    let length = path.metadata().unwrap().len() as usize;
    overwrite(&path, 8_192, &vec![0x5a; length - 8_192]);
    // Pages that no connection remembers: older ones, searched in other ways.
    let mut status = 200;
    for page in 0..40 {
        let day = 1 + page % 19;
        let path = format!("/activity?from=2026-11-{day:02}&to=2026-11-{day:02}&action=a{page}&size=100");
        let answer = reader.get(&path).await;
        status = answer.status.as_u16();
        if status >= 500 {
            assert!(answer.body.contains("<h1"), "{}", answer.body);
            assert!(!answer.body.contains("malformed") && !answer.body.contains("archive.db"));
            break;
        }
    }
    assert!(status >= 500, "{status}");
    assert_eq!(program.browser().get("/readyz").await.status, 503);
    assert_eq!(program.browser().get("/healthz").await.status, 200);
    // Also what is remembered is not served any more.
    assert!(reader.get("/activity").await.status.is_server_error());
}
