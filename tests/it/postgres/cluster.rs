//! The server that the tests start.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::support::postgres::{Cluster, cluster};

/// Says to the process that is killed that it is that.
const HOLDS: &str = "HOLDS_A_CLUSTER";

/// Waits until something holds, which takes the server a moment.
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn databases_are_empty_and_go_when_they_are_not_needed_any_more() {
    let (one, other) = (cluster().database(), cluster().database());
    assert!(one.url().starts_with("postgres://postgres:") && one.url().ends_with(one.name()));
    one.psql("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)");
    assert_eq!(one.psql("SELECT n, n + 1 FROM t ORDER BY n"), "1|2\n2|3");
    assert_eq!(other.psql("SELECT to_regclass('t') IS NULL"), "t");
    assert_eq!(
        one.psql("SELECT current_setting('server_encoding'), current_setting('lc_collate')"),
        "UTF8|C"
    );
    let question = format!(
        "SELECT count(*) FROM pg_database WHERE datname = '{}'",
        one.name()
    );
    assert_eq!(cluster().psql(&question), "1");
    drop(one);
    until("the database is dropped", || cluster().psql(&question) == "0");
}

#[test]
fn it_goes_with_its_folder_when_its_process_is_killed() {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "postgres::cluster::a_process_that_is_killed"])
        .args(["--ignored", "--nocapture"])
        .env(HOLDS, "")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let folder = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("folder=")?.1.to_owned()))
        .unwrap();
    let pid = std::fs::read_to_string(Path::new(&folder).join("data/postmaster.pid")).unwrap();
    let pid = format!("/proc/{}", pid.lines().next().unwrap());
    assert!(Path::new(&pid).exists());
    process.kill().unwrap();
    process.wait().unwrap();
    until("the folder is removed", || !Path::new(&folder).exists());
    until("the server has ended", || !Path::new(&pid).exists());
}

#[test]
#[ignore = "is the process that the test above kills"]
fn a_process_that_is_killed() {
    if std::env::var_os(HOLDS).is_none() {
        return;
    }
    let cluster = Cluster::start(&[]);
    println!("folder={}", cluster.folder().display());
    thread::sleep(Duration::from_secs(600));
}
