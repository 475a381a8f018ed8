//! Old months are removed from an archive on a server when its owner says so: whole months, with a line for each version that
//! tells what was there; and nothing else is any different from an archive that never had them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use http::StatusCode;
use partnerlog::{
    audit::{Cursor, RecordId, Selection, Ticks, cursor::Direction},
    clock::Clock,
    collect::import::{Answers, Job, Progress, import_file},
    i18n::Lang,
    store::{
        Appended, AttemptEnd, Batch, Bounds, Count, CustomerOrder, CustomersAsked, DayAttempt, Imports as _,
        Overseer, Page, RemovedMonth, Source, Store, StoreError, Streams as _, Stretch,
        postgres::{Connector, Session, migrations},
        sql::{
            SqlStore,
            copy::Place,
            verify::{Verified, verify},
        },
    },
};

use super::process::{Process, run, run_killed, run_with, token};
use crate::{
    copy::{Archive, moved},
    records::{PARTNER, RELECLOUD, Record, record},
    soundness::world::{ran, until},
    support::{
        dashboard::Dashboard,
        postgres::{Database, cluster},
    },
};

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn kept_from() -> NaiveDate {
    "2022-06-01".parse().unwrap()
}

fn connector(database: &Database) -> Connector {
    Connector::at(database.url()).unwrap()
}

async fn opened(database: &Database) -> SqlStore {
    SqlStore::connect(connector(database)).await.unwrap()
}

async fn append(store: &SqlStore, source: Source, records: &[Record]) -> Appended {
    let batch = Batch {
        account: store.account(PARTNER, "Contoso").await.unwrap(),
        source,
        archived_at: now(),
        records: records.iter().map(Record::incoming).collect(),
    };
    store.append(batch).await.unwrap()
}

/// Removes what is older; a line for each month.
async fn expire(database: &Database, dry_run: bool) -> Result<Vec<RemovedMonth>, StoreError> {
    let months = Arc::<Mutex<Vec<RemovedMonth>>>::default();
    let told = Arc::clone(&months);
    let tell = move |month| {
        told.lock().unwrap().push(month);
        true
    };
    SqlStore::expire(connector(database), kept_from(), now(), dry_run, tell).await?;
    Ok(Arc::into_inner(months).unwrap().into_inner().unwrap())
}

async fn verified(place: Place) -> Verified {
    tokio::task::spawn_blocking(move || verify(&place, &Overseer::absent()))
        .await
        .unwrap()
        .unwrap()
        .unwrap()
}

async fn fits(database: &Database) -> Verified {
    let verified = verified(Place::Server(connector(database))).await;
    assert_eq!(verified.faults, 0, "{:?}", verified.first);
    verified
}

fn dated(id: &str, date: &str) -> Record {
    record().id(id).on(date).with("note", format!("said of {id}"))
}

/// Records that stay and records that go, each batch as it is collected.
struct Years {
    batches: Vec<(Source, Vec<Record>)>,
}

impl Years {
    /// Three years and more.
    fn new() -> Self {
        let mut batches = Vec::new();
        for month in 0..40 {
            let first = NaiveDate::from_ymd_opt(2019, 12, 1).unwrap() + Months::new(month);
            let some = (0..5).map(|n| {
                let date = format!(
                    "{:04}-{:02}-{:02}T0{n}:00:00.0000000Z",
                    first.year(),
                    first.month(),
                    3 + n
                );
                dated(
                    &format!("partner_record_{:04}_{:02}_{n}", first.year(), first.month()),
                    &date,
                )
                .customer(
                    &format!("{:08x}-0000-4000-8000-000000000000", month % 7),
                    &format!("Customer {}", month % 7),
                )
                .user(&format!("user{n}@partner.example"))
            });
            batches.push((Source::Collected, some.collect()));
        }
        // Equal dates, equal records without an id.
        for date in ["2021-02-02", "2022-08-08"] {
            let twin = record().on(date);
            batches.push((Source::Collected, vec![twin.clone(), twin]));
            let same = [3, 1, 2].map(|n| dated(&format!("partner_record_same_{date}_{n}"), date));
            batches.push((Source::Collected, same.into()));
        }
        // Another version, in the same month and in another one, and older ones from files.
        let changed = |id: &str, date: &str| dated(id, date).status("failed");
        batches.push((
            Source::Collected,
            vec![
                dated("partner_record_stays", "2021-03-03"),
                dated("partner_record_goes", "2022-09-09"),
            ],
        ));
        batches.push((
            Source::Collected,
            vec![
                dated("partner_record_leaves_time", "2021-05-05"),
                dated("partner_record_old", "2021-03-04"),
            ],
        ));
        batches.push((
            Source::Collected,
            vec![
                changed("partner_record_2021_01_2", "2021-01-05T02:00:00.0000000Z"),
                changed("partner_record_2022_07_2", "2022-07-05T02:00:00.0000000Z"),
                changed("partner_record_stays", "2022-09-09"),
                changed("partner_record_goes", "2021-03-03"),
                changed("partner_record_leaves_time", "1999-12-31"),
                changed("partner_record_old", "2020-01-07"),
            ],
        ));
        batches.push((
            Source::Imported,
            vec![
                dated("partner_record_stays", "2021-04-04").with("x", 1),
                dated("partner_record_goes", "2022-10-10").with("x", 1),
            ],
        ));
        for date in ["never", "0001-01-01", "1999-12-31", "2150-06-01"] {
            batches.push((
                Source::Collected,
                vec![dated(&format!("partner_record_dated_{date}"), date)],
            ));
        }
        Self { batches }
    }

    async fn archived(&self) -> (Database, SqlStore) {
        let database = cluster().database();
        let store = opened(&database).await;
        for (source, records) in &self.batches {
            append(&store, *source, records).await;
        }
        (database, store)
    }

    /// An archive that never had what is old: no version of a record that goes, every version of one that stays.
    async fn never_had_the_rest(&self) -> (Database, SqlStore) {
        let database = cluster().database();
        let store = opened(&database).await;
        let goes = |record: &Record| {
            let text = record.json();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let id = value["id"].as_str().unwrap_or_default().to_owned();
            if id == "partner_record_stays" || id == "partner_record_leaves_time" {
                return false;
            }
            let date = value["operationDate"].as_str().unwrap();
            id == "partner_record_goes" || ("2000-01-01"..kept_from().to_string().as_str()).contains(&date)
        };
        for (source, records) in &self.batches {
            let some: Vec<Record> = records.iter().filter(|record| !goes(record)).cloned().collect();
            append(&store, *source, &some).await;
        }
        (database, store)
    }
}

/// What readers are told of an archive, without numbers.
async fn told(store: &SqlStore) -> Vec<String> {
    store.fill().await.unwrap();
    let mut lines = Vec::new();
    for query in [
        "from=",
        "from=&size=100",
        "from=2021-01-01&to=2022-12-31",
        "from=&q=said",
        "from=&q=partner_record_2022_07_2",
        "from=&q=partner_record_2021_01_2",
        "from=&q=partner_record_goes",
        "from=&q=partner_record_stays",
        "from=&status=failed",
        "from=&user=user3",
        "from=&customer=customer+3",
        "from=&-customer=customer+3",
        "from=&source=imported",
    ] {
        let selection = Selection::parse(query, now(), Tz::UTC).selection;
        let mut at = None;
        loop {
            let page = store.page(&selection, at.as_ref(), 25).await.unwrap();
            lines.extend(page.entries.iter().map(|entry| {
                format!(
                    "{query}: {} {} {}",
                    entry.id, entry.versions, entry.record.document
                )
            }));
            match page.older {
                Some(older) => at = Some(older),
                None => break,
            }
        }
        let count = store.count(&selection, 10_000).await.unwrap();
        lines.push(format!("{query}: {count:?}"));
        let mut overview = store
            .overview(&selection, &[], Duration::from_secs(10))
            .await
            .unwrap();
        // Equal counts come in the order of the archive's own numbers.
        for facet in &mut overview.facets {
            facet
                .values
                .sort_by(|one, other| (one.count, &one.value).cmp(&(other.count, &other.value)));
        }
        lines.push(format!("{query}: {overview:?}"));
        lines.push(format!("{query}: {:?}", store.nearest(&selection).await.unwrap()));
    }
    let asked = CustomersAsked {
        text: String::new(),
        order: CustomerOrder::Name,
        skip: 0,
        limit: 100,
    };
    let customers = store.customers(&asked).await.unwrap();
    lines.push(format!("{customers:?}"));
    lines.push(format!("{:?}", store.span().await.unwrap()));
    for id in [
        "partner_record_stays",
        "partner_record_2022_07_2",
        "partner_record_2021_01_2",
        "partner_record_goes",
        "partner_record_leaves_time",
    ] {
        let id = RecordId::parse(id).unwrap();
        lines.push(format!("{id}: {:?}", store.versions(&id).await.unwrap()));
    }
    lines
}

fn same(one: &[String], other: &[String]) {
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other);
    }
    assert_eq!(one.len(), other.len());
}

/// The months that an archive has room for.
fn months(database: &Database) -> String {
    database.psql(
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
         WHERE relispartition AND relkind = 'r' AND relname ~ '_20(19|20|21|22_0[1-5])_?'",
    )
}

fn sums(months: &[RemovedMonth]) -> (usize, u64, u64) {
    let sum = |of: fn(&RemovedMonth) -> u64| months.iter().map(of).sum();
    (months.len(), sum(|it| it.records), sum(|it| it.versions))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_without_its_old_months_is_as_one_that_never_had_them() {
    let years = Years::new();
    let (database, store) = years.archived().await;
    let other = opened(&database).await;
    other.fill().await.unwrap();
    store.fill().await.unwrap();
    let (_reference, never_had) = years.never_had_the_rest().await;
    let wanted = told(&never_had).await;
    let before = fits(&database).await;
    let stamp = other.records_stamp().unwrap();

    // Where readers are, among what goes.
    let all = Selection::parse("from=", now(), Tz::UTC).selection;
    let old = Selection::parse("from=2021-01-01&to=2021-12-31", now(), Tz::UTC).selection;
    let among = store.page(&old, None, 25).await.unwrap().older.unwrap();
    let towards = Cursor {
        direction: Direction::Newer,
        ..among
    };

    // 30 months of 5 records, 5 beside, and two that are dated there by now, one of them of three versions.
    let would = expire(&database, true).await.unwrap();
    assert_eq!(sums(&would), (30, 157, 161));
    assert_eq!(fits(&database).await.records, before.records);
    assert_eq!(store.kept_from().await.unwrap(), None);

    let removed = expire(&database, false).await.unwrap();
    assert_eq!(removed, would);
    assert_eq!(months(&database), "");
    for (store, what) in [(&store, "one"), (&other, "other")] {
        same(&told(store).await, &wanted);
        assert_eq!(
            store.kept_from().await.unwrap().unwrap().day(),
            kept_from(),
            "{what}"
        );
    }
    assert_ne!(other.records_stamp().unwrap(), stamp);
    let ids = |page: Page| -> Vec<String> { page.entries.iter().map(|it| it.id.to_string()).collect() };
    let before_all = [
        "partner_record_dated_1999-12-31",
        "partner_record_leaves_time",
        "partner_record_dated_0001-01-01",
    ];
    let mut older = ids(store.page(&all, Some(&among), 25).await.unwrap());
    older.sort();
    let mut wanted_older = before_all.map(str::to_owned);
    wanted_older.sort();
    assert_eq!(older, wanted_older);
    let newer = ids(store.page(&all, Some(&towards), 5).await.unwrap());
    assert!(newer.iter().all(|id| id.contains("2022_06")), "{newer:?}");
    assert_eq!(newer.len(), 5);
    assert_eq!(
        ids(store.page(&old, Some(&among), 25).await.unwrap()),
        Vec::<String>::new()
    );
    let stretch = Stretch {
        at: Some(among),
        since: Ticks::MIN,
        most: 100,
        most_bytes: 1 << 20,
    };
    let exported = store
        .documents(&all, None, stretch)
        .await
        .unwrap()
        .documents()
        .unwrap();
    assert_eq!(exported.iter().count(), 3);
    let after = fits(&database).await;
    assert_eq!(
        (after.removed, after.records + 157, after.versions + 161),
        (157, before.records, before.versions)
    );

    // Once more is nothing, and numbers go on.
    assert_eq!(expire(&database, false).await.unwrap(), []);
    let newest = store.newest_number().await.unwrap();
    assert_eq!(
        append(
            &store,
            Source::Collected,
            &[dated("partner_record_new", "2022-06-01")]
        )
        .await
        .new,
        1
    );
    assert_eq!(other.newest_number().await.unwrap(), newest + 1);
    assert_eq!(
        append(
            &never_had,
            Source::Collected,
            &[dated("partner_record_new", "2022-06-01")]
        )
        .await
        .new,
        1
    );
    let wanted = told(&never_had).await;
    same(&told(&other).await, &wanted);
    // As after a start.
    same(&told(&opened(&database).await).await, &wanted);
    fits(&database).await;

    // What a record was is known by its name.
    let id = RecordId::parse("partner_record_goes").unwrap();
    let gone = other.removed(&id).await.unwrap().unwrap();
    assert_eq!((gone.at, gone.kept_from.day()), (now(), kept_from()));
    for id in ["partner_record_stays", "partner_record_never_was"] {
        assert_eq!(other.removed(&RecordId::parse(id).unwrap()).await.unwrap(), None);
    }

    // Streams go on from before what was removed.
    let everything = Selection::everything(Tz::UTC, now().date_naive());
    let (mut place, mut sent) = (0, 0);
    loop {
        let bounds = Bounds {
            versions: 10,
            bytes: 1 << 20,
        };
        let outgoing = store.outgoing(&everything, place, bounds).await.unwrap();
        (place, sent) = (outgoing.up_to, sent + outgoing.versions.len() as u64);
        if !outgoing.more {
            break;
        }
    }
    assert_eq!(
        (place, sent),
        (store.newest_version().await.unwrap(), after.versions + 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_is_made_anew_across_what_was_removed() {
    let years = Years::new();
    let (database, store) = years.archived().await;
    drop(store);
    expire(&database, false).await.unwrap();
    database.psql("UPDATE search_state SET rules = 0");
    let store = opened(&database).await;
    while store.index_some().await.unwrap() {}
    let (_reference, never_had) = years.never_had_the_rest().await;
    same(&told(&store).await, &told(&never_had).await);
    fits(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_found_among_what_was_removed() {
    let (database, store) = Years::new().archived().await;
    drop(store);
    expire(&database, false).await.unwrap();
    fits(&database).await;
    let taken = |sql: &str| {
        let copy = cluster();
        database.end_connections();
        let copy = copy.copy_of(&database);
        copy.psql(sql);
        copy
    };
    for (sql, said) in [
        ("DELETE FROM version WHERE seq = (SELECT max(seq) FROM version)", "version"),
        (
            "WITH gone AS (DELETE FROM record WHERE id = (SELECT min(id) FROM record) RETURNING id)
             DELETE FROM version WHERE record IN (SELECT id FROM gone)",
            "row of record number",
        ),
        ("DELETE FROM tombstone WHERE seq = (SELECT min(seq) FROM tombstone)", "row of record number"),
        ("DELETE FROM tombstone WHERE seq = (SELECT max(seq) FROM tombstone)", "is said to be of"),
        (
            "INSERT INTO tombstone SELECT seq, record, account, '', 0, content, 1 FROM version LIMIT 1",
            "is said to have been removed, and is there",
        ),
        ("DELETE FROM removal WHERE id = (SELECT min(id) FROM removal)", "nothing says when"),
        ("UPDATE removal SET versions = versions + 1 WHERE id = (SELECT min(id) FROM removal)", "is said to be of"),
        // Taken away, and a line for it put beside those that were removed.
        (
            "WITH gone AS (DELETE FROM version WHERE seq = (SELECT max(version) FROM record WHERE versions = 1) RETURNING *),
               too AS (DELETE FROM record WHERE id IN (SELECT record FROM gone))
             INSERT INTO tombstone SELECT seq, record, account, '', 0, content, (SELECT min(id) FROM removal) FROM gone",
            "is said to be of",
        ),
    ] {
        let altered = taken(sql);
        let found = verified(Place::Server(connector(&altered))).await;
        let first = found.first.map(|fault| fault.to_string()).unwrap_or_default();
        assert!(found.faults > 0 && first.contains(said), "{sql}: {first}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_is_removed_whole_or_not_at_all() {
    let years = Years::new();
    let (database, store) = years.archived().await;
    let before = told(&store).await;

    // Somebody reads for long: nothing is removed meanwhile, and everybody else goes on reading.
    let reading = SqlStore::connect(connector(&database)).await.unwrap();
    drop(reading);
    let held = {
        let url = database.url().to_owned();
        std::thread::spawn(move || {
            crate::support::postgres::answer_at(
                &url,
                "BEGIN; SELECT count(*) FROM record; SELECT pg_sleep(4); COMMIT",
            )
        })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let removing = tokio::spawn({
        let connector = connector(&database);
        async move { SqlStore::expire(connector, kept_from(), now(), false, |_| false).await }
    });
    let page = store
        .page(&Selection::everything(Tz::UTC, now().date_naive()), None, 25)
        .await;
    assert_eq!(page.unwrap().entries.len(), 25);
    removing.await.unwrap().unwrap();
    held.join().unwrap().unwrap();
    // It was told to stop after one month.
    assert_eq!(database.psql("SELECT count(*), sum(records) FROM removal"), "1|5");
    fits(&database).await;
    assert_ne!(told(&store).await, before);

    // A month that cannot be removed is whole, and so are those after it.
    database.psql(
        "CREATE FUNCTION refuse() RETURNS EVENT_TRIGGER LANGUAGE plpgsql AS $$ BEGIN
           IF EXISTS (SELECT 1 FROM pg_event_trigger_dropped_objects() WHERE object_name = 'version_2020_10') THEN
             RAISE EXCEPTION 'not this one';
           END IF; END $$;
         CREATE EVENT TRIGGER refuse ON sql_drop EXECUTE FUNCTION refuse()",
    );
    let failed = expire(&database, false).await.unwrap_err();
    assert!(matches!(failed, StoreError::Database(_)), "{failed:?}");
    fits(&database).await;
    assert_eq!(
        store.kept_from().await.unwrap().unwrap().day(),
        "2020-10-01".parse::<NaiveDate>().unwrap()
    );
    let october = Selection::parse("from=2020-10-01&to=2020-10-31", now(), Tz::UTC).selection;
    store.fill().await.unwrap();
    assert_eq!(store.count(&october, 100).await.unwrap(), Count::Exactly(5));
    database.psql("DROP EVENT TRIGGER refuse");

    // A version of no record is never dropped along.
    database.psql("UPDATE version SET record = 99999 WHERE seq = (SELECT min(seq) FROM version WHERE record IN (SELECT id FROM record WHERE ticks < 637400000000000000 AND ticks > 630822816000000000))");
    let refused = expire(&database, false).await.unwrap_err();
    assert!(
        format!("{refused:?}").contains("belong to no record"),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_goes_on_wherever_it_was_killed() {
    const KEEP: &str = "keep_months = 13";
    let years = Years::new();
    let (undisturbed, store) = years.archived().await;
    let (code, _, error) = command(undisturbed.url(), KEEP, &["expire"]).await;
    assert_eq!(code, Some(0), "{error}");
    let wanted = told(&store).await;
    let removed = |database: &Database| {
        database.psql(
            "SELECT count(*), sum(records), sum(versions), max(kept_from) FROM removal WHERE versions > 0",
        )
    };

    let (database, store) = years.archived().await;
    let (mut kills, mut before) = (0, 0);
    loop {
        // It has just begun with a month, is at work on it, or about to be done with it.
        let after = Duration::from_millis(kills % 7);
        if let Some(status) = run_killed(database.url(), KEEP, &["expire"], 4, after).await {
            assert!(status.success(), "{status}");
            break;
        }
        kills += 1;
        // What was under way ends with its connection.
        until("the server to notice", Duration::from_secs(10), async || {
            database.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL
                 AND pid <> pg_backend_pid()",
            ) == "0"
        })
        .await;
        fits(&database).await;
        let months: u32 = database.psql("SELECT count(*) FROM removal").parse().unwrap();
        assert!(months > before, "it does not go on: {before} months");
        before = months;
    }
    assert!(kills > 3, "{kills}");
    assert_eq!(removed(&database), removed(&undisturbed));
    same(&told(&store).await, &wanted);
    assert_eq!(months(&database), "");
}

/// What importing a file says: how many were new and rejected, and the first reason.
async fn imported(store: &SqlStore, records: &[Record], dry_run: bool) -> (u64, u64, Option<String>) {
    let file: String = records.iter().map(|record| record.json() + "\n").collect();
    let job = Job {
        file: "old.ndjson".to_owned(),
        by: "somebody".to_owned(),
        dry_run,
        answers: Answers::default(),
        clock: Clock::fixed(now()),
    };
    let file = std::io::Cursor::new(file.into_bytes());
    let done = import_file(store, file, &job, &Progress::default())
        .await
        .unwrap();
    assert_eq!(
        done.read,
        done.appended.new + done.appended.known + done.appended.revised + done.rejected
    );
    let first = done.reasons.first();
    let first = first.map(|(line, reason)| format!("{line}: {}", reason.words(Lang::En)));
    (done.appended.new, done.rejected, first)
}

/// An old record, one that was never there, one that is young enough, and one without a believable date.
fn file() -> Vec<Record> {
    vec![
        dated("partner_record_2022_08_1", "2022-08-04T01:00:00.0000000Z"),
        dated("partner_record_2021_01_1", "2021-01-04T01:00:00.0000000Z"),
        dated("partner_record_other", "2022-05-31T23:59:59.9999999Z"),
        dated("partner_record_young", "2022-06-01T00:00:00.0000000Z"),
        dated("partner_record_odd", "1999-01-01"),
    ]
}

const TOO_OLD: &str = "2: older than what this archive keeps, which is from 2022-06-01 (UTC) on";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_removed_is_not_archived_again() {
    let (database, store) = Years::new().archived().await;
    let (new, rejected, _) = imported(&store, &file(), true).await;
    assert_eq!((new, rejected), (3, 0));
    expire(&database, false).await.unwrap();
    for (dry_run, new) in [(true, 2), (false, 2), (false, 0)] {
        let first = Some(TOO_OLD.to_owned());
        assert_eq!(
            imported(&store, &file(), dry_run).await,
            (new, 2, first),
            "{dry_run}"
        );
    }
    // Whatever way it comes.
    let appended = append(&store, Source::Collected, &file()).await;
    assert_eq!((appended.new, appended.known + appended.revised), (0, 3));
    assert_eq!(months(&database), "");
    fits(&database).await;
    let past = store.imports(1).await.unwrap();
    assert_eq!(past[0].counts.rejected, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_knows_what_was_removed_too() {
    let folder = tempfile::tempdir().unwrap();
    let (database, store) = Years::new().archived().await;
    expire(&database, false).await.unwrap();
    let wanted = told(&store).await;
    let next = store.newest_number().await.unwrap() + 1;
    drop(store);
    let removed = fits(&database).await.removed;
    let (server, file, back) = (
        Archive::Server(database),
        Archive::file(folder.path(), "copy.db"),
        Archive::server(),
    );
    for (from, to) in [(&server, &file), (&file, &back)] {
        let copied = moved(folder.path(), from, to, &[]).await.succeeded();
        assert!(copied.stdout.contains("are the same"), "{}", copied.stdout);
    }
    for (from, to) in [(&server, &file), (&file, &back)] {
        moved(folder.path(), from, to, &["--verify"]).await.succeeded();
    }
    for archive in [&file, &back] {
        let verified = verified(archive.place()).await;
        assert_eq!(
            (verified.faults, verified.removed),
            (0, removed),
            "{:?}",
            verified.first
        );
        let store = archive.open().await.unwrap();
        same(&told(&store).await, &wanted);
        assert_eq!(
            imported(&store, &file_with_more(), false).await,
            (3, 2, Some(TOO_OLD.to_owned()))
        );
        assert_eq!(store.newest_number().await.unwrap(), next + 2);
        let id = RecordId::parse("partner_record_goes").unwrap();
        assert_eq!(store.removed(&id).await.unwrap().unwrap().at, now());
    }
    // It has no old month, and the next time there is nothing to do either.
    if let Archive::Server(database) = &back {
        assert_eq!(months(database), "");
        assert_eq!(expire(database, false).await.unwrap(), []);
    }
    // A line that is lost on the way is found.
    server.sql("UPDATE tombstone SET content = '\\x00' WHERE seq = (SELECT max(seq) FROM tombstone)");
    let compared = moved(folder.path(), &server, &file, &["--verify"]).await;
    assert_eq!(compared.code, 1);
    assert!(compared.stdout.contains("tombstone"), "{}", compared.stdout);

    // A copy of the file is as good.
    let settings = format!("sqlite:{}", folder.path().join("copy.db").display());
    let backup = crate::copy::command(folder.path(), &["backup", "backup.db"]);
    let mut commands = vec![backup];
    commands.push(crate::copy::command(folder.path(), &["verify"]));
    for (mut command, url) in commands.into_iter().zip([
        settings,
        format!("sqlite:{}", folder.path().join("backup.db").display()),
    ]) {
        command
            .env("PARTNERLOG_DATABASE__URL", url)
            .env("PARTNERLOG_SERVER__LISTEN", "127.0.0.1:1")
            .env("PARTNERLOG_SERVER__PUBLIC_URL", "http://127.0.0.1:1")
            .env("PARTNERLOG_SIGN_IN__ISSUER", "http://127.0.0.1:1/v2.0")
            .env("PARTNERLOG_SIGN_IN__CLIENT_ID", "x")
            .env("PARTNERLOG_SIGN_IN__CLIENT_SECRET", "x");
        let ran = ran(command).await.succeeded();
        if ran.stdout.contains("everything fits") {
            assert!(
                ran.stdout.contains("157 records removed by retention"),
                "{}",
                ran.stdout
            );
        }
    }
}

fn file_with_more() -> Vec<Record> {
    let mut records = file();
    records.push(dated("partner_record_more", "2022-07-01"));
    records
}

/// A settings file's lines for the owner, or for who serves.
async fn command(url: &str, settings: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let ran = run_with(url, settings, arguments).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ran.status.code(), text(ran.stdout), text(ran.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_alone_removes_months_and_only_where_settings_say_so() {
    let database = cluster().roles().database();
    let store = opened(&database).await;
    // By the clock of now, because the command has no other.
    let month = |back: u32| Clock::system().now().date_naive().with_day(1).unwrap() - Months::new(back);
    let records = [0, 12, 13, 14, 15, 30]
        .map(|back| dated(&format!("partner_record_{back:04}"), &month(back).to_string()));
    append(&store, Source::Imported, &records).await;

    let (code, said, error) = command(database.url(), "", &["expire"]).await;
    assert_eq!((code, said.as_str()), (Some(2), ""), "{error}");
    assert!(error.contains("database.keep_months is not set"), "{error}");
    let keep = "keep_months = 13";
    let (code, _, error) = command(&database.url_for("web"), keep, &["expire"]).await;
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("the user \"web\" is not"), "{error}");
    let (code, _, error) = command("sqlite:partnerlog.db", "", &["expire"]).await;
    assert_eq!(code, Some(2), "{error}");
    let (code, _, error) = command(database.url(), "keep_months = 12", &["expire"]).await;
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("database.keep_months: must be from 13"), "{error}");

    let lines = |what: &str, first: &str| {
        let months = [30, 15, 14]
            .map(|back| format!("{}: 1 records, 1 versions {what}\n", month(back).format("%Y-%m")));
        format!(
            "{}{first}3 records, 3 versions of 3 months {what}; kept is what is from {} on\n",
            months.concat(),
            month(13)
        )
    };
    let (code, said, error) = command(database.url(), keep, &["expire", "--dry-run"]).await;
    assert_eq!(
        (code, said),
        (Some(0), lines("would be removed", "dry run: ")),
        "{error}"
    );
    assert_eq!(fits(&database).await.records, 6);
    let (code, said, error) = command(database.url(), keep, &["expire"]).await;
    assert_eq!((code, said), (Some(0), lines("removed", "")), "{error}");
    assert_eq!(fits(&database).await.records, 3);
    let (code, said, _) = command(database.url(), keep, &["expire"]).await;
    assert_eq!(code, Some(0));
    assert!(
        said.starts_with("0 records, 0 versions of 0 months removed"),
        "{said}"
    );
    let (code, said, _) = command(database.url(), "", &["verify"]).await;
    assert_eq!(code, Some(0));
    assert!(
        said.contains("3 records removed by retention: everything fits"),
        "{said}"
    );

    // Programs that know nothing of it do not open the archive any more.
    let known = usize::try_from(migrations::KNOWS_RETENTION).unwrap() - 1;
    let url = database.url().to_owned();
    let refused = tokio::task::spawn_blocking(move || {
        let session = Session::of(&Connector::at(&url).unwrap()).unwrap();
        migrations::apply(&session, &migrations::all()[..known], 1)
    });
    assert!(matches!(refused.await.unwrap(), Err(StoreError::Newer)));
    // Who serves goes on with the rights it has.
    let web = SqlStore::connect(Connector::at(&database.url_for("web")).unwrap())
        .await
        .unwrap();
    let old = imported(
        &web,
        &[dated("partner_record_0100", &month(14).to_string())],
        false,
    )
    .await;
    assert_eq!((old.0, old.1), (0, 1));
    let (new, _, _) = imported(
        &web,
        &[dated("partner_record_0101", &month(13).to_string())],
        false,
    )
    .await;
    assert_eq!(new, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_are_told_what_was_removed() {
    let (database, store) = Years::new().archived().await;
    let dashboard = Dashboard::over(store, tempfile::tempdir().unwrap()).await;
    for day in ["2022-05-10", "2022-05-31", "2022-06-03", "2022-06-05"] {
        let attempt = DayAttempt {
            day: day.parse().unwrap(),
            at: "2022-06-12T00:00:00Z".parse().unwrap(),
            appended: Appended::default(),
            end: AttemptEnd::Whole { records: 5 },
        };
        dashboard
            .store
            .mark_day(dashboard.account, &attempt)
            .await
            .unwrap();
    }
    let gone = "/activity/partner_record_goes";
    assert_eq!(dashboard.get(gone).await.status, StatusCode::OK);
    let before = dashboard.get("/coverage?year=2022&tz=UTC").await;
    assert_eq!(before.texts(".legend li").len(), 6);
    assert_eq!(before.texts("td.removed"), Vec::<String>::new());
    let early = "/activity?from=2022-01-01&to=2022-12-31&tz=UTC&lang=en";
    assert!(!dashboard.get(early).await.one("#coverage").contains("removed"));

    expire(&database, false).await.unwrap();
    let page = dashboard.get(&format!("{gone}?tz=UTC&lang=en")).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert_eq!(page.one("h1"), "This activity was removed.");
    assert!(
        page.one(".outcome").contains(
            "It was removed on 20 Nov 2026, 12:00, because this archive keeps activities from 1 Jun 2022 on."
        ),
        "{}",
        page.one(".outcome")
    );
    let page = dashboard.get(&format!("{gone}?lang=ja")).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert_eq!(page.one("h1"), "このアクティビティは削除されました。");
    let raw = dashboard.get(&format!("{gone}/raw")).await;
    assert_eq!(raw.status, StatusCode::GONE);
    for (place, status) in [
        ("/activity/partner_record_never", StatusCode::NOT_FOUND),
        ("/activity/partner_record_stays", StatusCode::OK),
        ("/activity/partner_record_stays?version=9", StatusCode::NOT_FOUND),
        ("/activity/partner_record_goes?version=1", StatusCode::GONE),
    ] {
        assert_eq!(dashboard.get(place).await.status, status, "{place}");
    }

    let after = dashboard.get("/coverage?year=2022&tz=UTC&lang=en").await;
    let legend = after.texts(".legend li");
    assert!(legend.len() == 7 && legend[6].contains("Removed"), "{legend:?}");
    let removed = after.texts("td.removed .visually-hidden");
    assert_eq!(removed.len(), 22, "{removed:?}");
    assert!(
        removed[0].contains("10 May 2022: Removed, 5 records"),
        "{removed:?}"
    );
    assert!(
        after
            .one(".removed-before")
            .contains("Activities before 1 Jun 2022 were removed"),
    );
    assert!(
        after.one(".extent").contains("Complete from 3 Jun 2022"),
        "{}",
        after.one(".extent")
    );
    let line = dashboard.get(early).await.one("#coverage");
    assert!(
        line.contains("Activities before 1 Jun 2022 were removed"),
        "{line}"
    );
    for young in ["/activity?from=2022-06-01&tz=UTC&lang=en", "/activity?lang=en"] {
        let line = dashboard.get(young).await.one("#coverage");
        assert!(!line.contains("removed"), "{line}");
    }
    fits(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_are_told_what_was_removed() {
    let (database, store) = Years::new().archived().await;
    drop(store);
    let process = Process::serve(database.url(), "").await;
    let all = token(database.url()).await;
    let one = run(
        database.url(),
        &["token", "create", "--name", "x", "--customer", RELECLOUD],
    )
    .await;
    let one = String::from_utf8(one.stdout).unwrap().trim().to_owned();
    let gone = "/v1/auditrecords/partner_record_goes";
    assert_eq!(process.get(gone, Some(&all)).await.status, 200);
    expire(&database, false).await.unwrap();
    let mut answer = process.get(gone, Some(&all)).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while answer.status == 200 && std::time::Instant::now() < deadline {
        answer = process.get(gone, Some(&all)).await;
    }
    assert_eq!(answer.status, 410, "{}", answer.body);
    let fault: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(fault["code"], "410");
    assert_eq!(
        fault["description"],
        "The record was removed at 2026-11-20T12:00:00Z, because this archive keeps records from 2022-06-01 (UTC) on."
    );
    for (id, token, body) in [
        ("partner_record_goes", &one, "null"),
        ("partner_record_never", &all, "null"),
    ] {
        let answer = process.get(&format!("/v1/auditrecords/{id}"), Some(token)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.as_str()),
            (200, body),
            "{id}"
        );
    }
    let stays = process
        .get("/v1/auditrecords/partner_record_stays", Some(&one))
        .await;
    assert!(stays.body.contains("partner_record_stays"), "{}", stays.body);
}
