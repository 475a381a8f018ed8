//! `verify` finds whatever does not fit, and names it; an archive that fits has no faults.

use std::path::{Path, PathBuf};

use partnerlog::store::{
    Appended, AttemptEnd, Batch, DayAttempt, Incoming, Source, Store,
    sql::{SqlStore, verify::Fault},
};

use super::world::{Home, ran, verified};
use crate::records::{Record, record};

const FIRST: &str = "partner_customer_update_0000";
const LAST: &str = "partner_customer_update_1199";

/// An archive with every kind of record: with ids, without, revised, imported, confirmed, undated, of one moment; and
/// with a dictionary.
async fn archive(folder: &Path) -> PathBuf {
    let path = folder.join("archive.db");
    let store = SqlStore::open(&path).await.unwrap();
    let account = store
        .account("9daaeb1c-4195-4db5-9f1d-509eb70c8c2d", "Contoso")
        .await
        .unwrap();
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let append = async |source, records: Vec<Incoming>| {
        let batch = Batch {
            account,
            source,
            archived_at: now,
            records,
        };
        store.append(batch).await.unwrap();
    };
    // The dictionary is made of the first thousand.
    for some in [0..1_000, 1_000..1_200] {
        append(Source::Collected, some.map(|i| numbered(i).incoming()).collect()).await;
    }
    let same_moment = |i: u32| {
        record()
            .id(&format!("partner_same_moment_{i:04}"))
            .on("2026-09-01")
    };
    append(
        Source::Collected,
        [3, 1, 2].map(|i| same_moment(i).incoming()).into(),
    )
    .await;
    let twin = record().on("2026-09-02");
    append(Source::Collected, vec![twin.incoming(), twin.incoming()]).await;
    append(Source::Collected, vec![numbered(7).status("failed").incoming()]).await;
    append(Source::Imported, vec![numbered(8).status("progress").incoming()]).await;
    let saved = |i: u32| {
        record()
            .id(&format!("partner_saved_{i:04}_long"))
            .on("2026-07-01")
    };
    append(Source::Imported, [1, 2].map(|i| saved(i).incoming()).into()).await;
    append(Source::Imported, vec![saved(1).status("failed").incoming()]).await;
    append(Source::Collected, vec![saved(2).incoming()]).await;
    append(Source::Imported, vec![saved(2).status("failed").incoming()]).await;
    let odd = record()
        .on("never")
        .without("customerId")
        .id("partner_undated_record");
    append(Source::Collected, vec![odd.incoming()]).await;
    for (day, records) in [("2026-09-01", 3), ("2026-01-01", 0)] {
        let attempt = DayAttempt {
            day: day.parse().unwrap(),
            at: now,
            appended: Appended::default(),
            end: AttemptEnd::Whole { records },
        };
        store.mark_day(account, &attempt).await.unwrap();
    }
    path
}

fn numbered(i: u32) -> Record {
    record()
        .id(&format!("partner_customer_update_{i:04}"))
        .on(&format!(
            "2026-08-{:02}T09:{:02}:{:02}.0000000Z",
            1 + i / 60 % 28,
            i / 1_680 + i % 60,
            i % 59
        ))
        .user(&format!("user{}@partner.example", i % 20))
        .with("resourceNewValue", format!("{{\"Quantity\":{i}}}"))
}

/// What `verify` says after a change made by SQL.
async fn after(sound: &Path, change: impl FnOnce(&rusqlite::Connection)) -> (u64, Option<Fault>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.db");
    std::fs::copy(sound, &path).unwrap();
    let archive = rusqlite::Connection::open(&path).unwrap();
    change(&archive);
    archive.close().unwrap();
    let verified = verified(&path).await;
    (verified.faults, verified.first)
}

#[tokio::test]
async fn an_archive_that_fits_has_no_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(folder.path()).await;
    let verified = verified(&path).await;
    assert_eq!(verified.first, None);
    assert_eq!(
        (verified.records, verified.versions, verified.days),
        (1_208, 1_212, 2)
    );
}

#[tokio::test]
async fn any_changed_byte_of_a_document_or_its_dictionary_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let sound = archive(folder.path()).await;
    let (length, with_dictionary): (i64, bool) = rusqlite::Connection::open(&sound)
        .unwrap()
        .query_row(
            "SELECT length(document), dictionary IS NOT NULL FROM version WHERE seq = 1200",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert!(with_dictionary, "the dictionary is made of the first thousand");
    for at in 1..=length {
        for seq in [1, 1_200] {
            let (faults, first) = after(&sound, |archive| {
                flip(archive, "version", "document", &format!("seq = {seq}"), at);
            })
            .await;
            // Where the change is in the head of the document, its length is another, too.
            assert_eq!(faults, 1, "byte {at} of version {seq}");
            let first = first.unwrap();
            assert!(first.what.starts_with(&format!("its version {seq} ")), "{first}");
            if at > length / 2 && !first.what.contains("unpacked") {
                assert_eq!(
                    first.record.unwrap().as_str(),
                    [FIRST, LAST][usize::from(seq > 1)]
                );
            }
        }
        if at > 12 {
            break;
        }
    }
    let (faults, first) = after(&sound, |archive| {
        let last: i64 = archive
            .query_row("SELECT length(bytes) FROM dictionary", [], |row| row.get(0))
            .unwrap();
        for at in (last - 400..last).step_by(40) {
            flip(archive, "dictionary", "bytes", "id = 1", at);
        }
    })
    .await;
    assert!(faults > 0, "{first:?}");
    let (faults, _) = after(&sound, |archive| {
        archive.execute("DELETE FROM dictionary", []).unwrap();
    })
    .await;
    assert!(faults >= 200, "everything archived with it: {faults}");
}

/// Flips the bits of one byte (the first is 1).
fn flip(archive: &rusqlite::Connection, table: &str, column: &str, row: &str, at: i64) {
    let mut bytes: Vec<u8> = archive
        .query_row(&format!("SELECT {column} FROM {table} WHERE {row}"), [], |row| {
            row.get(0)
        })
        .unwrap();
    let at = usize::try_from(at - 1).unwrap() % bytes.len();
    bytes[at] ^= 0xff;
    archive
        .execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {row}"), [bytes])
        .unwrap();
}

#[tokio::test]
async fn whatever_is_changed_in_a_row_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let sound = archive(folder.path()).await;
    for (change, record, says) in [
        ("UPDATE record SET ticks = ticks + 1 WHERE id = 1", FIRST, "ticks"),
        (
            "UPDATE record SET customer = NULL WHERE id = 1",
            FIRST,
            "customer",
        ),
        (
            "UPDATE record SET customer = user WHERE id = 1",
            FIRST,
            "customer",
        ),
        (
            "UPDATE record SET customer_name = NULL WHERE id = 1",
            FIRST,
            "customer_name",
        ),
        ("UPDATE record SET user = user + 1 WHERE id = 1", FIRST, "user"),
        (
            "UPDATE record SET application = 999999 WHERE id = 1",
            FIRST,
            "application",
        ),
        (
            "UPDATE record SET operation = resource WHERE id = 1",
            FIRST,
            "operation",
        ),
        (
            "UPDATE record SET resource = operation WHERE id = 1",
            FIRST,
            "resource",
        ),
        ("UPDATE record SET status = 0 WHERE id = 1", FIRST, "status"),
        ("UPDATE record SET account = 9 WHERE id = 1", FIRST, "account"),
        ("UPDATE record SET source = 2 WHERE id = 1", FIRST, "source"),
        (
            "UPDATE record SET versions = 2 WHERE id = 1",
            FIRST,
            "says 2 versions and has 1",
        ),
        ("UPDATE record SET ordinal = 1 WHERE id = 1", "h-", "ordinal"),
        (
            "UPDATE record SET event_key = randomblob(16) WHERE id = 1",
            "h-",
            "another record",
        ),
        (
            "UPDATE record SET event_key = x'00' WHERE id = 1",
            "",
            "record number 1 holds values",
        ),
        (
            "UPDATE record SET version = 2 WHERE id = 1",
            FIRST,
            "do not follow from its versions",
        ),
        // A revised record that shows its older version again, or one that hides what was collected.
        (
            "UPDATE record SET version = 8 WHERE id = 8",
            "partner_customer_update_0007",
            "do not follow from its versions",
        ),
        (
            "UPDATE record SET version = (SELECT max(seq) FROM version WHERE record = 9) WHERE id = 9",
            "partner_customer_update_0008",
            "do not follow from its versions",
        ),
        (
            "UPDATE record SET tie = 5 - tie WHERE ticks = (SELECT ticks FROM record WHERE id = 1201)",
            "partner_same_moment_",
            "same moment",
        ),
        (
            "UPDATE record SET tie = 1 WHERE tie = 2",
            "partner_same_moment_",
            "same moment",
        ),
        (
            "UPDATE version SET content = randomblob(16) WHERE seq = 1",
            FIRST,
            "its version 1 does not say",
        ),
        ("UPDATE version SET source = 3 WHERE seq = 1", FIRST, "version 1"),
        ("UPDATE version SET record = 2 WHERE seq = 1", FIRST, "no version"),
        (
            "UPDATE version SET record = 99999 WHERE seq = 1",
            FIRST,
            "no version",
        ),
        ("DELETE FROM version WHERE seq = 1", FIRST, "no version"),
        (
            "DELETE FROM version WHERE seq = (SELECT max(seq) FROM version)",
            "h-",
            "no version",
        ),
        (
            "DELETE FROM record WHERE id = 1",
            "",
            "record number 1 is missing",
        ),
        (
            "DELETE FROM record WHERE id = (SELECT max(id) FROM record)",
            "",
            "record number 1208 is missing",
        ),
        // A record that is gone with all that was archived of it.
        (
            "DELETE FROM record WHERE id = 5; DELETE FROM version WHERE record = 5",
            "",
            "record number 5 is missing",
        ),
        // An older version that is gone.
        (
            "DELETE FROM version WHERE seq = 8; UPDATE record SET versions = 1 WHERE id = 8",
            "",
            "version 8 is missing",
        ),
        // Two documents that changed places, with everything that is said of them.
        (
            "UPDATE version SET (document, content) = (SELECT document, content FROM version WHERE seq = 2) WHERE seq = 1",
            FIRST,
            "its version 1 is the document of another record",
        ),
        ("DELETE FROM term WHERE kind = 3", FIRST, "user"),
        (
            "UPDATE term SET text = 'somebody' WHERE kind = 3 AND text LIKE 'user0@%'",
            FIRST,
            "user",
        ),
        ("DELETE FROM customer_name", FIRST, "customer_name"),
        (
            "UPDATE customer_name SET last_ticks = 0",
            FIRST,
            "customer_name (when last seen)",
        ),
        ("DELETE FROM account", FIRST, "its account does not exist"),
        (
            "UPDATE day SET records = 40 WHERE records = 0",
            "",
            "2026-01-01 is said to have 40 records",
        ),
        ("UPDATE day SET state = 9", "", "2 days make no sense"),
        ("UPDATE customer_name SET name = 0", FIRST, "customer_name"),
        (
            "INSERT INTO customer_name VALUES (0, 0, 0, 999999)",
            "",
            "names of customers point nowhere",
        ),
    ] {
        let (faults, first) = after(&sound, |archive| archive.execute_batch(change).unwrap()).await;
        let first = first.unwrap_or_else(|| panic!("not found: {change}"));
        assert!(faults >= 1);
        let all = first.to_string();
        // What only concerns the archive as a whole may be told before the record.
        let of_record = first.record.as_ref().map_or("", |id| id.as_str());
        assert!(
            (of_record.starts_with(record) && first.what.contains(says)) || all.contains(says),
            "{change}: {all}"
        );
        assert!(!all.contains("Relecloud") && !all.contains("@partner"), "{all}");
    }
}

#[tokio::test]
async fn the_command_names_the_first_record_that_does_not_fit_and_counts_the_others() {
    let partner_center =
        super::world::stand_in(partnerlog::simulator::tenant::Tenant::from_records(vec![])).await;
    let home = Home::new(&partner_center);
    home.run(&["verify"]).await.says("is not there");
    assert!(!home.archive().exists(), "verify makes no archive");
    let sound = archive(&home.folder).await;
    let good = home.run(&["verify"]).await.succeeded();
    assert!(
        good.stdout
            .starts_with("1208 records, 1212 versions, 2 days compared in ")
    );
    assert!(good.stdout.ends_with(": everything fits\n"), "{good:?}");
    assert_eq!(good.stderr, "");

    home.sql("UPDATE record SET user = user + 1 WHERE id IN (3, 5, 6)");
    let mut command = home.command(&["verify"]);
    command.env("PARTNERLOG_LOG", "error");
    let bad = ran(command).await;
    assert_eq!(bad.code, 1);
    assert!(
        bad.stdout.starts_with(
            "record partner_customer_update_0002: its document says otherwise than its columns user\n"
        ),
        "{bad:?}"
    );
    assert!(bad.stdout.ends_with(": this and 2 more do not fit\n"), "{bad:?}");
    drop(sound);
}

#[tokio::test]
async fn whatever_is_derived_can_be_made_anew_from_the_records() {
    let partner_center =
        super::world::stand_in(partnerlog::simulator::tenant::Tenant::from_records(vec![])).await;
    let home = Home::new(&partner_center);
    let path = archive(&home.folder).await;
    let versions = "SELECT seq, record, content, source, archived_at, dictionary, document FROM version";
    let all = |sql: &str| {
        let archive = rusqlite::Connection::open(&path).unwrap();
        let mut statement = archive.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns)
                .map(|at| row.get::<_, rusqlite::types::Value>(at))
                .collect::<Result<Vec<_>, _>>()
        });
        rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    let (records_before, versions_before) = (all("SELECT * FROM record"), all(versions));
    home.run(&["verify", "--repair"])
        .await
        .succeeded()
        .says("0 records repaired");
    assert!(all("SELECT * FROM record") == records_before);

    home.sql(
        "UPDATE record SET ticks = ticks + 77, user = 5, customer = NULL WHERE id % 3 = 0;
         UPDATE record SET version = 1, versions = 4 WHERE id % 5 = 0;
         UPDATE record SET tie = 7 - tie WHERE ticks = (SELECT ticks FROM record WHERE id = 1201);
         UPDATE record SET version = 8 WHERE id = 8;
         DELETE FROM customer_name;
         DELETE FROM term WHERE kind = 4;
         UPDATE term SET text = 'somebody else' WHERE kind = 3 AND text LIKE 'user1@%';",
    );
    assert!(home.verified().await.faults > 500);
    let repaired = home.run(&["verify", "--repair"]).await.succeeded();
    assert!(repaired.stdout.ends_with("everything fits\n"), "{repaired:?}");
    assert!(
        all(versions) == versions_before,
        "what was received is not touched"
    );
    let columns = "SELECT id, event_key, account, ordinal, version, versions, ticks, source FROM record";
    let before: Vec<_> = records_before
        .into_iter()
        .map(|row| [&row[..7], &row[15..16]].concat())
        .collect();
    for (now, before) in all(columns).iter().zip(&before) {
        assert_eq!(now, before);
    }

    // What cannot be read stays as it is, and is told.
    home.sql(
        "UPDATE version SET document = x'00' WHERE seq = 4; UPDATE record SET user = 1 WHERE id IN (3, 4)",
    );
    let told = home.run(&["verify", "--repair"]).await;
    assert_eq!(told.code, 1);
    told.says("1 records repaired")
        .says("1 cannot be read")
        .says("its version 4 cannot be unpacked");
    // Nobody else may have it open.
    let open = SqlStore::open(&path).await.unwrap();
    home.run(&["verify", "--repair"]).await.says("in use");
    drop(open);
}
