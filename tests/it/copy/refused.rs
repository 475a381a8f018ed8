//! What is not copied, not opened, and not taken for the same.

use std::{path::Path, sync::Arc};

use partnerlog::store::{
    Overseer, Source, StoreError,
    sql::copy::{CopyError, copy},
};

use super::{Archive, append, command, dump, moved, nasty, numbered, stopped};
use crate::{
    records::PARTNER,
    soundness::world::{free_port, ran},
};

async fn small(folder: &Path, name: &str) -> Archive {
    nasty(&folder.join(name), 50).await;
    Archive::file(folder, name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = small(folder, "archive.db").await;
    let (other, server) = (Archive::file(folder, "other.db"), Archive::server());
    for archive in [&other, &server] {
        let store = archive.open().await.unwrap();
        append(&store, PARTNER, Source::Collected, vec![numbered(1).incoming()]).await;
    }
    let before = dump(&folder.join("other.db"));
    for target in [&other, &server] {
        let refused = moved(folder, &file, target, &[]).await;
        assert_eq!(refused.code, 2, "{refused:?}");
        refused.says("is something already");
        assert!(target.open().await.is_ok());
    }
    assert!(dump(&folder.join("other.db")) == before);
    // A whole copy is one, too.
    let copied = Archive::file(folder, "copied.db");
    moved(folder, &file, &copied, &[]).await.succeeded();
    let again = moved(folder, &file, &copied, &[])
        .await
        .says("is something already");
    assert_eq!(again.code, 2);
    // Of another version, or none at all.
    std::fs::copy(folder.join("other.db"), folder.join("old.db")).unwrap();
    let old = Archive::file(folder, "old.db");
    old.sql("DROP TABLE copy_under_way; PRAGMA user_version = 12");
    assert_eq!(moved(folder, &file, &old, &[]).await.code, 2);
    assert_eq!(old.number("SELECT user_version FROM pragma_user_version"), 12);
    std::fs::write(folder.join("letter.db"), "dear all, ".repeat(1_000)).unwrap();
    let letter = Archive::file(folder, "letter.db");
    moved(folder, &file, &letter, &[])
        .await
        .says("is no SQLite database");
    for (from, to) in [(&file, &file), (&server, &server)] {
        let refused = moved(folder, from, to, &[]).await.says("are the same archive");
        assert_eq!(refused.code, 2);
    }
    // Nothing to copy from.
    let nothing = Archive::file(folder, "nothing.db");
    moved(folder, &nothing, &Archive::server(), &[])
        .await
        .says("is not there");
    moved(folder, &Archive::server(), &nothing, &[])
        .await
        .says("holds no archive");
    moved(folder, &old, &nothing, &[])
        .await
        .says("made by an older version");
    assert!(!folder.join("nothing.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unfinished_copy_is_no_archive() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = small(folder, "archive.db").await;
    let another = small(folder, "another.db").await;
    for target in [Archive::file(folder, "copy.db"), Archive::server()] {
        let stopped = stopped(&file, &target, |_, told| told == 12).await;
        assert!(matches!(stopped, Err(CopyError::Stopped)), "{stopped:?}");
        let database = match target.argument(folder).strip_prefix("settings:") {
            Some(settings) => std::fs::read_to_string(settings).unwrap(),
            None => format!("[database]\nurl = \"{}\"\n", target.argument(folder)),
        };
        let settings = format!(
            "{database}[server]\nlisten = \"127.0.0.1:{0}\"\npublic_url = \"http://127.0.0.1:{0}\"\n\
             [sign_in]\nissuer = \"http://127.0.0.1:1/v2.0\"\nclient_id = \"x\"\nclient_secret = \"x\"\n\
             [sign_in.roles]\nadmin_agent = [\"x\"]\n",
            free_port()
        );
        std::fs::write(folder.join("partnerlog.toml"), settings).unwrap();
        std::fs::write(folder.join("one.ndjson"), numbered(1).json()).unwrap();
        for arguments in [
            &["serve"][..],
            &["collect"],
            &["import", "one.ndjson"],
            &["export", "from="],
            &["token", "list"],
        ] {
            let refused = ran(command(folder, arguments)).await;
            assert_eq!(refused.code, 1, "{arguments:?}: {refused:?}");
            refused
                .says("an unfinished copy of ")
                .says("run the same `partnerlog copy` again");
        }
        if let Archive::File(_) = target {
            for arguments in [&["verify"][..], &["backup", "saved.db"]] {
                ran(command(folder, arguments))
                    .await
                    .says("an unfinished copy of ");
            }
            assert!(!folder.join("saved.db").exists());
        }
        // Nor is it copied itself, compared, or gone on with from elsewhere.
        let nowhere = Archive::file(folder, "nowhere.db");
        moved(folder, &target, &nowhere, &[])
            .await
            .says("an unfinished copy of ");
        moved(folder, &file, &target, &["--verify"])
            .await
            .says("an unfinished copy of ");
        another.sql("UPDATE version SET archived_at = archived_at + 1 WHERE seq = 1");
        let refused = moved(folder, &another, &target, &[]).await;
        assert_eq!(refused.code, 2, "{refused:?}");
        refused.says("an unfinished copy of another archive");
        moved(folder, &file, &target, &[]).await.succeeded();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_either_archive_open_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = small(folder, "archive.db").await;
    let server = Archive::server();
    moved(folder, &file, &server, &[]).await.succeeded();
    for (from, to) in [
        (&file, &Archive::server()),
        (&server, &Archive::file(folder, "copy.db")),
    ] {
        let store = from.open().await.unwrap();
        moved(folder, from, to, &[]).await.says("the archive is in use");
        drop(store);
        let store = to.open().await.unwrap();
        moved(folder, from, to, &[]).await.says("the archive is in use");
        drop(store);
        // Whoever comes while it is copied.
        let (runtime, archives) = (tokio::runtime::Handle::current(), [from.place(), to.place()]);
        let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
        let overseer = Overseer::new(
            {
                let (asked, places) = (Arc::clone(&asked), archives.clone());
                move |_, _, _| {
                    let mut asked = asked.lock().unwrap();
                    if !asked.is_empty() {
                        return;
                    }
                    for place in &places {
                        let opened = runtime.block_on(super::opened(place));
                        asked.push(matches!(opened, Err(StoreError::InUse)));
                    }
                }
            },
            Arc::default(),
        );
        let [from, to] = archives;
        let copied = tokio::task::spawn_blocking(move || copy(&from, &to, 1, &overseer));
        assert_eq!(copied.await.unwrap().unwrap().first, None);
        assert_eq!(*asked.lock().unwrap(), [true, true]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_difference_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = small(folder, "archive.db").await;
    let server = Archive::server();
    moved(folder, &file, &server, &[]).await.succeeded();
    let changes = [
        (
            "UPDATE record SET status = status + 1 WHERE id = 7",
            "record 7: its column status is not the same",
        ),
        ("DELETE FROM record WHERE id = 8", "record 8 is not in "),
        ("DELETE FROM version WHERE seq = 3", "version 3 is not in "),
        (
            "UPDATE version SET document = (SELECT document FROM version WHERE seq = 4) WHERE seq = 3",
            "version 3: its document is not the same",
        ),
        (
            "UPDATE term SET text = 'x' WHERE id = 2",
            "term 2: its column text is not the same",
        ),
        (
            "INSERT INTO word (id, text) VALUES (99999, 'zzz')",
            "word 99999 is in ",
        ),
        (
            "UPDATE day SET late = 77 WHERE day = 20000",
            "a row of day: its column late is not the same",
        ),
        (
            "UPDATE stream SET position = 1",
            "stream 3: its column position is not the same",
        ),
        (
            "UPDATE credential SET sealed = zeroblob(3)",
            "a row of credential: its column sealed is not the same",
        ),
    ];
    for (change, said) in changes {
        let altered = Archive::file(folder, "altered.db");
        let _ = std::fs::remove_file(folder.join("altered.db"));
        std::fs::copy(folder.join("archive.db"), folder.join("altered.db")).unwrap();
        altered.sql(change);
        for with in [&file, &server] {
            let compared = moved(folder, with, &altered, &["--verify"]).await;
            assert_eq!(compared.code, 1, "{change}: {compared:?}");
            compared.says(said).says("not the same");
        }
    }
    // On a server, too.
    for (change, said) in &changes[..2] {
        let altered = Archive::server();
        moved(folder, &file, &altered, &[]).await.succeeded();
        altered.sql(change);
        let compared = moved(folder, &file, &altered, &["--verify"]).await.says(said);
        assert_eq!(compared.code, 1);
    }
    // A document is what it is unpacked: packed otherwise it is the same, with a blank more it is not.
    let archive = rusqlite::Connection::open(folder.join("archive.db")).unwrap();
    let packed: Vec<u8> = archive
        .query_row("SELECT document FROM version WHERE seq = 5", [], |row| row.get(0))
        .unwrap();
    let document = zstd::decode_all(packed.as_slice()).unwrap();
    let put = |document: &[u8]| {
        let otherwise = zstd::bulk::compress(document, 19).unwrap();
        assert!(otherwise != packed);
        let sql = "UPDATE version SET document = ?1 WHERE seq = 5";
        archive.execute(sql, [otherwise]).unwrap();
    };
    put(&document);
    moved(folder, &file, &server, &["--verify"]).await.succeeded();
    put(&[document.as_slice(), b" "].concat());
    let compared = moved(folder, &file, &server, &["--verify"]).await;
    assert_eq!(compared.code, 1);
    compared.says("version 5: its document is not the same");
    archive
        .execute("UPDATE version SET document = x'00' WHERE seq = 5", [])
        .unwrap();
    let compared = moved(folder, &file, &server, &["--verify"]).await;
    compared.says("version 5: its document cannot be unpacked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_an_address_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = small(folder, "archive.db").await.argument(folder);
    std::fs::write(folder.join("empty.toml"), "[database]\nurl = 'nothing:'\n").unwrap();
    for (address, said) in [
        ("archive.db", "--to: "),
        ("postgres://host", "--to: must name the user"),
        ("settings:none.toml", "none.toml"),
        ("settings:empty.toml", "database.url"),
    ] {
        let refused = ran(command(folder, &["copy", "--from", &file, "--to", address])).await;
        assert_eq!(refused.code, 2, "{address}: {refused:?}");
        refused.says(said);
    }
    let secret = "postgres://u:geheim@127.0.0.1:1/d";
    let refused = ran(command(folder, &["copy", "--from", &file, "--to", secret])).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    let refused = refused.says("--to holds a password").says("cannot be reached");
    assert!(!refused.stderr.contains("geheim"), "{refused:?}");
    // The environment is of one archive, never of both.
    let mut asked = command(folder, &["copy", "--from", &file, "--to", "settings:other.toml"]);
    std::fs::write(folder.join("other.toml"), "[database]\nurl = 'sqlite:other.db'\n").unwrap();
    asked.env("PARTNERLOG_DATABASE__URL", &file);
    ran(asked).await.succeeded();
    assert!(folder.join("other.db").exists());
}
