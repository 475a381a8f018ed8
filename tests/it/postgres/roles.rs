//! The rights of those who serve and of those who read: enough for what they do, and none to alter what is archived.

use std::{collections::BTreeMap, sync::Arc};

use partnerlog::{
    collect::import::import,
    config,
    store::{Store, StoreError, postgres::Connector, sql::SqlStore},
};

use super::process::run;
use crate::{
    records::record,
    support::{
        dashboard::now,
        postgres::{Database, cluster},
        program::{Program, Setup},
    },
};

/// Every table, and what each of the two roles may do with it; of columns that may be updated, how many.
const DECIDED: &[(&str, &str, &str)] = &[
    ("access", "SELECT INSERT", ""),
    ("account", "SELECT INSERT UPDATE(1)", "SELECT"),
    ("amendment", "SELECT INSERT", ""),
    ("api_token", "SELECT INSERT UPDATE(3)", ""),
    ("application_name", "SELECT INSERT UPDATE(4)", "SELECT"),
    ("copy_under_way", "SELECT", ""),
    ("credential", "SELECT INSERT UPDATE DELETE", ""),
    ("customer_name", "SELECT INSERT UPDATE(2)", "SELECT"),
    ("day", "SELECT INSERT UPDATE(10)", "SELECT"),
    ("dictionary", "SELECT INSERT", "SELECT"),
    ("export", "SELECT INSERT UPDATE(6)", ""),
    ("head", "SELECT UPDATE(3)", "SELECT"),
    ("import", "SELECT INSERT UPDATE(8)", "SELECT"),
    ("lease", "SELECT INSERT UPDATE DELETE", ""),
    ("migration", "SELECT", "SELECT"),
    ("record", "SELECT INSERT UPDATE(13)", "SELECT"),
    ("removal", "SELECT", "SELECT"),
    ("request_rate", "SELECT INSERT UPDATE(1)", ""),
    ("run", "SELECT INSERT DELETE", "SELECT"),
    ("saved_view", "SELECT INSERT UPDATE DELETE", ""),
    ("schedule", "SELECT INSERT UPDATE DELETE", ""),
    ("schedule_delivery", "SELECT INSERT UPDATE DELETE", ""),
    ("search", "SELECT INSERT DELETE", ""),
    ("search_state", "SELECT UPDATE(1)", ""),
    ("session", "SELECT INSERT UPDATE DELETE", ""),
    ("sign_in", "SELECT INSERT UPDATE DELETE", ""),
    ("start_page", "SELECT INSERT UPDATE DELETE", ""),
    ("stream", "SELECT INSERT UPDATE DELETE", ""),
    ("stream_delivery", "SELECT INSERT UPDATE DELETE", ""),
    ("term", "SELECT INSERT", "SELECT"),
    ("token_request", "SELECT INSERT UPDATE DELETE", ""),
    ("tombstone", "SELECT", "SELECT"),
    ("version", "SELECT INSERT", "SELECT"),
    ("word", "SELECT INSERT", ""),
];

async fn migrated() -> Database {
    let database = cluster().roles().database();
    drop(
        SqlStore::connect(Connector::at(database.url()).unwrap())
            .await
            .unwrap(),
    );
    database
}

/// What a role may do with each table that is not a part of another.
fn rights(database: &Database, role: &str) -> BTreeMap<String, String> {
    let answer = database.psql(&format!(
        "SELECT c.relname, concat_ws(' ', (
             SELECT string_agg(p, ' ' ORDER BY n)
             FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
               WITH ORDINALITY AS all_rights (p, n)
             WHERE has_table_privilege('{role}', c.oid, p)), (
             SELECT 'UPDATE(' || nullif(count(*), 0) || ')' FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND NOT has_table_privilege('{role}', c.oid, 'UPDATE')
               AND has_column_privilege('{role}', c.oid, a.attnum, 'UPDATE')))
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
           AND NOT c.relispartition"
    ));
    let rows = answer.lines().map(|line| line.split_once('|').unwrap());
    rows.map(|(table, rights)| {
        // The right to update some columns stands where that to update all would.
        let mut rights: Vec<&str> = rights.split(' ').filter(|it| !it.is_empty()).collect();
        rights.sort_by_key(|it| {
            ["SELECT", "INSERT", "UPDATE", "DELETE"]
                .iter()
                .position(|p| it.starts_with(p))
        });
        (table.to_owned(), rights.join(" "))
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_each_role_may_do_with_each_table_was_decided() {
    let database = migrated().await;
    for (role, which) in [("partnerlog_web", 1), ("partnerlog_read", 2)] {
        let decided: BTreeMap<String, String> = DECIDED
            .iter()
            .map(|(table, web, read)| ((*table).to_owned(), [*table, *web, *read][which].to_owned()))
            .collect();
        assert_eq!(rights(&database, role), decided, "{role}");
    }
    let months = "SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'
        AND has_table_privilege('partnerlog_web', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')";
    assert_eq!(database.psql(months), "0", "a month has no rights of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_serves_can_neither_alter_nor_delete_what_was_archived() {
    let database = migrated().await;
    let store = SqlStore::connect(Connector::at(&database.url_for("web")).unwrap())
        .await
        .unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let file = format!("[{}]", record().json());
    let done = import(&*store, file.as_bytes(), now()).await.unwrap();
    assert_eq!(done.appended.new, 1);
    let month = database.psql(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname ~ '^version_[0-9]'",
    );
    let month = month.lines().next().expect("a month");
    for sql in [
        "UPDATE version SET document = ''",
        "UPDATE version SET ticks = ticks + 1",
        "DELETE FROM version",
        "DELETE FROM record",
        "UPDATE record SET event_key = ''",
        "UPDATE record SET account = 2",
        "UPDATE record SET id = 2",
        "UPDATE record SET ordinal = 2",
        "TRUNCATE record, version, search",
        "TRUNCATE search",
        "DELETE FROM dictionary",
        "UPDATE dictionary SET bytes = ''",
        "UPDATE term SET text = ''",
        "DELETE FROM term",
        "DELETE FROM day",
        "DELETE FROM account",
        "DELETE FROM import",
        "DELETE FROM head",
        "DELETE FROM amendment",
        "UPDATE access SET name = ''",
        "DELETE FROM access",
        "UPDATE export SET name = ''",
        "DELETE FROM export",
        "UPDATE api_token SET rights = 'read export'",
        "DELETE FROM api_token",
        "UPDATE search_state SET rules = 0",
        "INSERT INTO migration (number, name) VALUES (99, 'x')",
        "INSERT INTO copy_under_way (id, source, begun_at, indexing) VALUES (1, '', 0, 0)",
        "INSERT INTO removal (at, month, kept_from, records, versions) VALUES (0, 0, 0, 0, 0)",
        "INSERT INTO tombstone VALUES (1, 1, 1, '', 0, '', 1)",
        "DELETE FROM tombstone",
        "DROP TABLE record",
        "DROP FUNCTION month_of(BIGINT)",
        "DROP FUNCTION look_after(BIGINT)",
        "ALTER TABLE record ADD COLUMN x BIGINT",
        "ALTER TABLE record DETACH PARTITION record_other",
        "ALTER TABLE access DISABLE TRIGGER ALL",
        "CREATE TABLE x (y BIGINT)",
        "CREATE FUNCTION x() RETURNS VOID LANGUAGE sql AS ''",
        "SET session_replication_role = 'replica'",
        "SET ROLE postgres",
        &format!("DELETE FROM {month}"),
        &format!("UPDATE {month} SET document = ''"),
        &format!("SELECT document FROM {month}"),
        &format!("DROP TABLE {month}"),
    ] {
        let said = database.answer_to("web", sql).expect_err(sql);
        assert!(
            said.contains("permission denied") || said.contains("must be owner of"),
            "{sql}: {said}"
        );
    }
    for sql in [
        "SELECT * FROM session",
        "SELECT * FROM api_token",
        "SELECT * FROM credential",
        "DELETE FROM record",
    ] {
        let said = database.answer_to("read", sql).expect_err(sql);
        assert!(said.contains("permission denied"), "{sql}: {said}");
    }
    assert_eq!(
        database.answer_to(
            "read",
            "SELECT count(*) FROM record JOIN version USING (account, ticks)"
        ),
        Ok("1".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_made_whatever_temporary_tables_are_called() {
    let database = migrated().await;
    let made = database.answer_to(
        "web",
        "CREATE TEMP TABLE record_2024_02 (x BIGINT);
         CREATE TEMP TABLE version (x BIGINT);
         SELECT month_of(638435000000000000)",
    );
    assert_eq!(made, Ok(String::new()));
    let parts = "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relname ~ '_2024_02$'
                 AND i.inhparent IN ('record'::regclass, 'version'::regclass, 'search'::regclass)";
    assert_eq!(database.psql(parts), "3");
}

/// The whole program over an archive with the rights of who serves: it signs in, collects, imports, shows and exports.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_needs_no_other_rights() {
    let database = migrated().await;
    let url = database.url_for("web");
    let program = Program::start(Setup {
        import: format!("[{}]", record().id("partner_record_imported").json()),
        database: Some(config::Database::Postgres(Box::new(
            config::Postgres::at(&url).unwrap(),
        ))),
        ..Setup::default()
    })
    .await;
    let mut browser = program.signed_in(0).await;
    for page in [
        "/activity?from=",
        "/customers",
        "/coverage",
        "/views",
        "/settings",
        "/activity?from=&q=relecloud",
    ] {
        assert_eq!(browser.get(page).await.status, 200, "{page}");
    }
    assert!(
        browser
            .get("/activity?from=")
            .await
            .body
            .contains("partner_record_imported")
    );
    let exported = browser.get("/activity/export?from=&format=ndjson").await;
    assert_eq!(exported.body.lines().count(), 1);
    assert_eq!(browser.post("/sign-out").await.status, 200);
    assert_eq!(program.browser().get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_bring_the_tables_up_to_date_is_told_who_may() {
    let database = cluster().roles().database();
    let url = database.url_for("web");
    let served = async || SqlStore::connect(Connector::at(&url).unwrap()).await.map(|_| ());
    let refused = async || match served().await {
        Err(StoreError::Refused(refused)) => refused.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(refused().await.contains("`partnerlog migrate`"));

    let migrate = async |url: &str| {
        let ran = run(url, &["migrate"]).await;
        (
            ran.status.code(),
            String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr),
        )
    };
    let (code, said) = migrate(&url).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the user \"web\" may not"), "{said}");
    let (code, said) = migrate(database.url()).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is up to date"), "{said}");
    served().await.unwrap();

    // As an older version left it.
    database.psql("UPDATE search_state SET rules = 1");
    assert!(refused().await.contains("`partnerlog migrate`"));
    assert_eq!(migrate(database.url()).await.0, Some(0));
    served().await.unwrap();
    let before = database.psql("SELECT max(number) FROM migration");
    database.psql(
        "DELETE FROM migration WHERE number = (SELECT max(number) FROM migration); DROP FUNCTION look_after",
    );
    assert!(refused().await.contains("`partnerlog migrate`"));
    assert_eq!(migrate(database.url()).await.0, Some(0));
    assert_eq!(database.psql("SELECT max(number) FROM migration"), before);
    served().await.unwrap();
    database.psql("INSERT INTO migration (number, name) VALUES (9999, 'from the future')");
    assert!(matches!(served().await, Err(StoreError::Newer)));

    // A role that was made later gets its rights the next time; until then it is told what is missing.
    let late = cluster().database();
    late.psql("CREATE ROLE late LOGIN PASSWORD 'late'");
    drop(
        SqlStore::connect(Connector::at(late.url()).unwrap())
            .await
            .unwrap(),
    );
    let connected = SqlStore::connect(Connector::at(&late.url_for("late")).unwrap()).await;
    let Err(StoreError::Refused(refused)) = connected.map(|_| ()) else {
        panic!("it was let in");
    };
    assert!(refused.to_string().contains("partnerlog_web"), "{refused}");
    late.psql("GRANT partnerlog_web TO late");
    assert_eq!(migrate(late.url()).await.0, Some(0));
    drop(
        SqlStore::connect(Connector::at(&late.url_for("late")).unwrap())
            .await
            .unwrap(),
    );
}
