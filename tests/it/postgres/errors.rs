//! What a real server's errors are taken for, and that nothing of what was written is repeated by them.

use partnerlog::store::{
    StoreError,
    postgres::{Connector, is_retryable, is_unavailable},
};

use crate::support::postgres::cluster;

#[test]
fn errors_are_told_apart_by_their_codes() {
    let database = cluster().database();
    let mut client = Connector::at(database.url()).unwrap().connect().unwrap();
    for (code, unavailable, retryable) in [
        ("08000", true, false),
        ("08006", true, false),
        ("08P01", true, false),
        ("57P01", true, false),
        ("57P02", true, false),
        ("57P03", true, false),
        ("57P05", true, false),
        ("53300", true, false),
        ("25006", true, false),
        ("40001", false, true),
        ("40P01", false, true),
        ("55P03", false, true),
        ("57014", false, false),
        ("57P04", false, false),
        ("53100", false, false),
        ("53200", false, false),
        ("23505", false, false),
        ("42601", false, false),
        ("28P01", false, false),
        ("XX000", false, false),
    ] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'words' USING ERRCODE = '{code}'; END $$");
        let error = client.batch_execute(&raise).unwrap_err();
        assert_eq!(
            (is_unavailable(&error), is_retryable(&error)),
            (unavailable, retryable),
            "{code}"
        );
        let error = StoreError::from(error);
        let expected = match (unavailable, retryable, code) {
            (true, _, _) => matches!(error, StoreError::Unavailable(_)),
            (_, true, _) => matches!(error, StoreError::Busy(_)),
            (_, _, "57014") => matches!(error, StoreError::TooLong),
            (_, _, "53100") => matches!(error, StoreError::Full(_)),
            _ => matches!(error, StoreError::Database(_)),
        };
        assert!(expected, "{code}: {error:?}");
    }
}

#[test]
fn a_connection_that_the_server_ends_is_not_there_any_more() {
    let database = cluster().database();
    let connector = Connector::at(database.url()).unwrap();
    let (mut ended, mut ending) = (connector.connect().unwrap(), connector.connect().unwrap());
    let pid: i32 = ended.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    ending
        .execute("SELECT pg_terminate_backend($1, 60000)", &[&pid])
        .unwrap();
    // First what the server said when it ended, then that there is nothing.
    for _ in 0..2 {
        let error = ended.batch_execute("SELECT 1").unwrap_err();
        assert!(is_unavailable(&error) && !is_retryable(&error), "{error:?}");
    }
    assert!(ended.is_closed());
}

#[test]
fn what_cannot_be_sent_does_not_mean_that_the_server_is_away() {
    let database = cluster().database();
    let mut client = Connector::at(database.url()).unwrap().connect().unwrap();
    let error = client.batch_execute("SELECT '\0'").unwrap_err();
    assert!(!is_unavailable(&error), "{error:?}");
    let error = client.query_one("SELECT $1::text", &[&"a\0b"]).unwrap_err();
    assert!(!is_unavailable(&error), "{error:?}");
    let error = client.query_one("SELECT 1 WHERE false", &[]).unwrap_err();
    assert!(!is_unavailable(&error), "{error:?}");
}

#[test]
fn errors_do_not_repeat_what_was_written() {
    let database = cluster().database();
    database.psql(
        "CREATE TABLE t (word text PRIMARY KEY CHECK (length(word) < 20), number int NOT NULL);
         CREATE TABLE child (word text REFERENCES t (word));
         INSERT INTO t VALUES ('geheim', 1)",
    );
    let mut client = Connector::at(database.url()).unwrap().connect().unwrap();
    for (sql, words) in [
        ("INSERT INTO t VALUES ('geheim', 2)", "ERROR: 23505 t t_pkey"),
        (
            "INSERT INTO t VALUES ('geheim geheim geheim geheim', 2)",
            "ERROR: 23514 t t_word_check",
        ),
        ("INSERT INTO t VALUES ('geheim 2', NULL)", "ERROR: 23502 t number"),
        (
            "INSERT INTO child VALUES ('geheim 3')",
            "ERROR: 23503 child child_word_fkey",
        ),
        ("SELECT 'geheim'::int", "ERROR: 22P02"),
        ("SELECT 'geheim'::timestamptz", "ERROR: 22007"),
        (
            "SELECT * FROM nothing",
            "ERROR: relation \"nothing\" does not exist (42P01)",
        ),
    ] {
        let error = StoreError::from(client.batch_execute(sql).unwrap_err());
        let StoreError::Database(said) = &error else {
            panic!("{error:?}");
        };
        assert_eq!(said.to_string(), words);
        assert!(!format!("{error:?} {error}").contains("geheim"), "{error:?}");
    }
}
