//! What arrives is what set out.

use partnerlog::store::{Source, Store, Streams};

use super::{Archive, answers, append, dump, moved, nasty, numbered};
use crate::{records::PARTNER, soundness::world::verified};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_comes_back_from_a_server_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = Archive::file(folder, "archive.db");
    nasty(&folder.join("archive.db"), 2_500).await;
    let (before, said) = (dump(&folder.join("archive.db")), answers(&file).await);

    // From a file to a server, from server to server, back to a file, and from file to file.
    let (server, another) = (Archive::server(), Archive::server());
    let (back, last) = (Archive::file(folder, "back.db"), Archive::file(folder, "last.db"));
    let mut told = Vec::new();
    for (from, to) in [
        (&file, &server),
        (&server, &another),
        (&another, &back),
        (&back, &last),
    ] {
        let ran = moved(folder, from, to, &[]).await.succeeded();
        assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
        assert!(ran.stdout.contains("are the same"), "{ran:?}");
        told.push(ran.stdout.split(" (").next().unwrap().to_owned());
        assert!(answers(to).await == said, "{ran:?}");
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    for name in ["back.db", "last.db"] {
        let after = dump(&folder.join(name));
        let lost: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
        let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
        assert!(before == after, "{name}: {lost:.300?} became {new:.300?}");
        assert_eq!(verified(&folder.join(name)).await.first, None);
    }
    assert_eq!(dump(&folder.join("archive.db")), before);
    moved(folder, &file, &another, &["--verify"]).await.succeeded();

    // Browsers sign in anew, and nobody is at work.
    for archive in [&server, &last] {
        for table in ["session", "sign_in", "lease", "copy_under_way"] {
            assert_eq!(
                archive.number(&format!("SELECT count(*) FROM {table}")),
                0,
                "{table}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_streams_and_records_go_on_where_the_archive_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = Archive::file(folder, "archive.db");
    nasty(&folder.join("archive.db"), 300).await;
    // All numbers that were given, whatever became of their rows.
    let given = |archive: &Archive, table: &str| {
        archive.number(&format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}'"))
    };
    let (server, back) = (Archive::server(), Archive::file(folder, "back.db"));
    moved(folder, &file, &server, &[]).await.succeeded();
    moved(folder, &server, &back, &[]).await.succeeded();
    for table in [
        "record",
        "version",
        "saved_view",
        "access",
        "stream",
        "schedule_delivery",
    ] {
        assert_eq!(given(&back, table), given(&file, table), "{table}");
    }
    let (records, versions) = (given(&file, "record"), given(&file, "version"));
    for archive in [&server, &back] {
        let store = archive.open().await.unwrap();
        // Paused, whether the other one sends or not; who was paused before stays so.
        let streams = store.streams().await.unwrap();
        let paused: Vec<String> = streams.iter().map(|it| format!("{:?}", it.paused)).collect();
        assert_eq!(streams.len(), 2);
        assert!(paused.iter().any(|it| it.contains("Copied")), "{paused:?}");
        assert!(paused.iter().any(|it| it.contains("somebody")), "{paused:?}");
        assert!(streams.iter().all(|it| it.position == 7));
        assert_eq!(
            archive.number("SELECT count(*) FROM schedule WHERE paused_at IS NULL"),
            0
        );
        // What is known is known, and what is new gets a new number, also of a month that nobody had.
        append(&store, PARTNER, Source::Collected, vec![numbered(3).incoming()]).await;
        assert_eq!(store.newest_number().await.unwrap(), records);
        let new = numbered(70_000).on("2031-05-05");
        append(&store, PARTNER, Source::Collected, vec![new.incoming()]).await;
        assert_eq!(store.newest_number().await.unwrap(), records + 1);
        assert_eq!(store.newest_version().await.unwrap(), versions + 1);
        drop(store);
        archive.sql(
            "INSERT INTO saved_view (tenant, object, owner_name, name, folded, query, shared, saved_at)
             VALUES ('t', 'o', 'me', 'new', 'new', 'q', 0, 1)",
        );
        assert_eq!(archive.number("SELECT max(id) FROM saved_view"), 71);
        archive.sql("INSERT INTO account (tenant_id, name) VALUES ('new', 'new')");
        archive.sql("INSERT INTO term (kind, text) VALUES (1, 'new')");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_archive_is_one_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (file, server, back) = (
        Archive::file(folder, "archive.db"),
        Archive::server(),
        Archive::file(folder, "back.db"),
    );
    drop(file.open().await.unwrap());
    moved(folder, &file, &server, &[]).await.succeeded();
    moved(folder, &server, &back, &[]).await.succeeded();
    for archive in [&server, &back] {
        let store = archive.open().await.unwrap();
        append(&store, PARTNER, Source::Collected, vec![numbered(1).incoming()]).await;
        assert_eq!(store.newest_number().await.unwrap(), 1);
    }
}
