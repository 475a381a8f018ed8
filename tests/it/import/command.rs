//! `partnerlog import` as scripts use it.

use std::process::{Command, Output};

use crate::records::record;

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = |name: &str, tenant: &str| {
            format!(
                "[[partner_center]]\nname = \"{name}\"\ntenant_id = \"{tenant}\"\nclient_id = \"x\"\nclient_secret = \"x\"\n"
            )
        };
        let settings = format!(
            "[server]\npublic_url = \"http://127.0.0.1:1\"\n[database]\nurl = \"sqlite:{}\"\n[sign_in]\nissuer = \"http://127.0.0.1:1/v2.0\"\nclient_id = \"x\"\nclient_secret = \"x\"\n[sign_in.roles]\nadmin_agent = [\"x\"]\n{}{}",
            folder.path().join("archive.db").display(),
            account("First", "11111111-1111-4111-8111-111111111111"),
            account("Second", "22222222-2222-4222-8222-222222222222"),
        );
        std::fs::write(folder.path().join("partnerlog.toml"), settings).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_partnerlog"))
            .arg("import")
            .args(arguments)
            .current_dir(self.0.path())
            .env("PARTNERLOG_LOG", "error")
            .output()
            .unwrap()
    }
}

fn told(output: &Output) -> (i32, &str, &str) {
    (
        output.status.code().unwrap(),
        std::str::from_utf8(&output.stdout).unwrap(),
        std::str::from_utf8(&output.stderr).unwrap(),
    )
}

const LIST: &str =
    "Date-Time,Affected customer,Action,Partner user\n1/2/2026 9:00:00 AM,A,Created an order,b@c\n";

#[test]
fn questions_are_asked_and_answered_by_arguments() {
    let desk = Desk::new();
    desk.file("log.csv", LIST);
    let asked = desk.run(&["log.csv"]);
    let (code, stdout, stderr) = told(&asked);
    assert_eq!((code, stdout), (1, ""));
    assert!(stderr.contains("log.csv was not imported"), "{stderr}");
    assert!(
        stderr.contains("--dates day-first, month-first or year-first"),
        "{stderr}"
    );
    assert!(stderr.contains("--account TENANT"), "{stderr}");

    let answers = ["--dates", "month-first", "--account", "Second"];
    let dry = desk.run(&[&answers[..], &["--dry-run", "log.csv"]].concat());
    let (code, stdout, stderr) = told(&dry);
    assert_eq!(
        (code, stdout),
        (
            0,
            "log.csv: dry run, 1 read, 1 new, 0 already known, 0 changed, 0 rejected\n"
        )
    );
    assert!(stderr.contains("read as UTC; say --zone"), "{stderr}");

    let zone = ["--zone", "Asia/Tokyo", "log.csv"];
    for expected in ["1 new, 0 already known", "0 new, 1 already known"] {
        let done = desk.run(&[&answers[..], &zone].concat());
        let (code, stdout, stderr) = told(&done);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains(expected), "{stdout}");
        assert!(stderr.contains("read as Asia/Tokyo\n"), "{stderr}");
    }
}

#[test]
fn wrong_answers_are_wrong_usage() {
    let desk = Desk::new();
    desk.file("log.csv", LIST);
    for (arguments, says) in [
        (&["--dates", "backwards", "log.csv"][..], "--dates"),
        (&["--zone", "Mars/Base", "log.csv"], "--zone"),
        (&["--account", "Third", "log.csv"], "--account"),
    ] {
        let refused = desk.run(arguments);
        let (code, stdout, stderr) = told(&refused);
        assert_eq!((code, stdout), (2, ""), "{arguments:?}");
        assert!(stderr.contains(says), "{stderr}");
    }
}

#[test]
fn every_file_has_its_line_and_one_that_is_not_understood_stops_no_other() {
    let desk = Desk::new();
    let one = record().id("partner_customer_update_1").json();
    desk.file("nonsense.txt", "nonsense\n");
    desk.file("good.json", &one);
    desk.file("half.json", &format!("{one}\n\u{1b}[31mbroken\n"));
    let done = desk.run(&["nonsense.txt", "not-there.json", "good.json", "half.json"]);
    let (code, stdout, stderr) = told(&done);
    assert_eq!(code, 1);
    assert_eq!(
        stdout,
        "good.json: 1 read, 1 new, 0 already known, 0 changed, 0 rejected\n\
         half.json: 2 read, 0 new, 1 already known, 0 changed, 1 rejected\n"
    );
    assert!(
        stderr.contains("nonsense.txt was not imported: the file is not understood"),
        "{stderr}"
    );
    assert!(stderr.contains("not-there.json was not imported"), "{stderr}");
    assert!(stderr.contains("half.json:2: not a JSON object"), "{stderr}");
    assert!(!stderr.contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn what_comes_through_a_pipe_is_read_like_a_file() {
    let desk = Desk::new();
    let pipe = desk.0.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            std::fs::write(
                pipe,
                "Date-Time,Affected customer,Action,Partner user\n31/1/2026 9:00,A,Created an order,b@c\n",
            )
        }
    });
    let done = desk.run(&["--account", "First", "pipe"]);
    let (code, stdout, stderr) = told(&done);
    writer.join().unwrap().unwrap();
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("1 new"), "{stdout}");
}
