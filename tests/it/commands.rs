//! The commands as scripts use them: data on stdout, words on stderr, exit code 0, 1 or 2.

use sha2::{Digest as _, Sha256};
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A folder with settings, and with an archive once something is imported.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            r#"[server]
public_url = "http://127.0.0.1:1"
[database]
url = "sqlite:{}"
[sign_in]
issuer = "http://127.0.0.1:1/v2.0"
client_id = "x"
client_secret = "x"
[sign_in.roles]
admin_agent = ["x"]
"#,
            folder.path().join("archive.db").display()
        );
        std::fs::write(folder.path().join("partnerlog.toml"), settings).unwrap();
        Self(folder)
    }

    /// One that holds the documented records of 2020.
    fn with_records() -> Self {
        let desk = Self::new();
        let imported = desk.run(&["import", &documented("auditrecords-one-day-2020.json")]);
        assert_eq!(code(&imported), 0, "{imported:?}");
        assert!(stdout(&imported).contains("3 read, 3 new, 0 already known, 0 changed, 0 rejected"));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_partnerlog"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("PARTNERLOG_LOG", "error")
            .output()
            .unwrap()
    }

    fn export_to(&self, path: &Path) -> Output {
        self.run(&[
            "export",
            "from=",
            "--format",
            "csv-plain",
            "-o",
            path.to_str().unwrap(),
        ])
    }
}

fn documented(name: &str) -> String {
    format!("{}/tests/fixtures/documented/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn an_export_goes_to_stdout_and_nothing_else_does() {
    let desk = Desk::with_records();
    let exported = desk.run(&["export", "from=&status=succeeded"]);
    assert_eq!(code(&exported), 0);
    assert!(stdout(&exported).starts_with('\u{feff}'));
    let digest: String = Sha256::digest(&exported.stdout)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert!(
        stderr(&exported).ends_with(&format!("SHA-256 {digest}\n")),
        "{}",
        stderr(&exported)
    );
    let plain = desk.run(&["export", "?from=", "--format", "csv-plain"]);
    assert_eq!(stdout(&plain).matches("\r\n").count(), 4);
    let none = desk.run(&["export", "from=&customer=nobody"]);
    assert_eq!((code(&none), stdout(&none).matches("\r\n").count()), (0, 1));
}

#[test]
fn a_file_gets_its_name_when_it_is_whole() {
    let desk = Desk::with_records();
    let file = desk.path("log.csv");
    std::fs::write(&file, "what was there before").unwrap();
    assert_eq!(code(&desk.export_to(&file)), 0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("dateTime,"));
    assert!(!desk.path("log.csv.part").exists());

    let nowhere = desk.export_to(&desk.path("no/such/folder.csv"));
    assert_eq!(code(&nowhere), 1);
    assert!(stderr(&nowhere).contains("no/such/folder.csv was not written"));
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt;
    let desk = Desk::with_records();

    let (link, target) = (desk.path("link.csv"), desk.path("target.csv"));
    std::fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert_eq!(code(&desk.export_to(&link)), 0);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&target).unwrap().starts_with("dateTime,"));

    let pipe = desk.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    assert_eq!(code(&desk.export_to(&pipe)), 0);
    assert!(std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(reader.join().unwrap().starts_with("dateTime,"));
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_wrong() {
    let desk = Desk::with_records();
    for (arguments, says) in [
        (&["export", "from=yesterday"][..], "from"),
        (&["export", "from=2026-02-01&to=2026-01-01"], "to"),
        (&["export", "rows=columns"], "rows"),
        (&["export", "from=", "--format", "pdf"], "--format"),
        (&["export"], "QUERY"),
        (&["import"], "FILE"),
        (&["backup"], "FILE"),
        (&["backup", "archive.db"], "is the archive itself"),
        (&["collect", "--from", "2019-01-01"], "--from"),
        (&["collect", "--from", "soon"], "--from"),
        (&["collect"], "partner_center"),
        (&["colect"], "collect"),
        (&["serve", "--config", "elsewhere.toml"], "elsewhere.toml"),
    ] {
        let refused = desk.run(arguments);
        assert_eq!(code(&refused), 2, "{arguments:?}: {refused:?}");
        assert_eq!(stdout(&refused), "", "{arguments:?}");
        assert!(
            stderr(&refused).contains(says),
            "{arguments:?}: {}",
            stderr(&refused)
        );
    }
    std::fs::write(
        desk.path("partnerlog.toml"),
        "[server]\nlisten_on = \"127.0.0.1:1\"",
    )
    .unwrap();
    let refused = desk.run(&["serve"]);
    assert_eq!(code(&refused), 2);
    assert!(stderr(&refused).contains("listen_on"));
}

#[test]
fn a_file_that_cannot_be_imported_ends_with_1_and_changes_nothing() {
    let desk = Desk::new();
    std::fs::write(desk.path("nonsense.txt"), "this is no record\n").unwrap();
    for file in ["nonsense.txt", "not-there.json"] {
        let failed = desk.run(&["import", file]);
        assert_eq!(code(&failed), 1, "{failed:?}");
        assert!(stderr(&failed).contains(file));
    }
    let exported = desk.run(&["export", "from=", "--format", "csv-plain"]);
    assert_eq!(stdout(&exported).matches("\r\n").count(), 1);
}

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    for command in [
        "demo",
        "serve",
        "collect",
        "import",
        "export",
        "check",
        "credentials",
        "verify",
        "backup",
        "stand-in",
    ] {
        let help = desk.run(&[command, "--help"]);
        assert_eq!((code(&help), stderr(&help)), (0, ""));
        assert!(stdout(&help).contains("Usage:"), "{command}");
    }
}

#[test]
fn who_reads_only_the_beginning_stops_no_command() {
    let desk = Desk::with_records();
    for (arguments, code) in [
        (&["check"][..], 1),
        (&["credentials", "list"], 0),
        (&["verify"], 0),
        (&["backup", "copy.db"], 0),
        (&["collect"], 2),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partnerlog"))
            .args(arguments)
            .current_dir(desk.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // As `| head` does, which has seen enough.
        drop(command.stdout.take());
        drop(command.stderr.take());
        assert_eq!(command.wait().unwrap().code(), Some(code), "{arguments:?}");
    }
    assert!(desk.path("copy.db").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_is_lost_is_no_success() {
    let desk = Desk::with_records();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_partnerlog"))
        .args(["credentials", "list"])
        .current_dir(desk.0.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(code(&ran), 1);
    assert!(
        stderr(&ran).contains("not all of the output could be written"),
        "{ran:?}"
    );
}

#[test]
fn a_token_is_printed_once_listed_and_revoked() {
    let desk = Desk::new();
    let made = desk.run(&["token", "create", "--name", "nightly\treport"]);
    assert_eq!(code(&made), 0, "{made:?}");
    let token = stdout(&made).trim().to_owned();
    assert!(token.starts_with("plog_") && token.len() == 48, "{token}");
    let list = || stdout(&desk.run(&["token", "list"])).to_owned();
    let lines: Vec<String> = list().lines().map(ToOwned::to_owned).collect();
    assert_eq!(lines[0], "number\tname\trights\tcustomers\tmade\tused\tuntil");
    assert!(
        lines[1].starts_with("1\tnightly report\tread\tall\t"),
        "{lines:?}"
    );
    assert!(!list().contains(&token));
    let both = [
        "token", "create", "--name", "both", "--right", "export", "--right", "read",
    ];
    assert_eq!(code(&desk.run(&both)), 0);
    let one = ["token", "create", "--name", "one", "--right", "export"];
    assert_eq!(code(&desk.run(&one)), 0);
    assert!(
        list().contains("\tboth\tread,export\tall\t") && list().contains("\tone\texport\tall\t"),
        "{}",
        list()
    );
    assert_eq!(code(&desk.run(&["token", "revoke", "1"])), 0);
    assert!(list().contains("\trevoked "));
    assert_eq!(code(&desk.run(&["token", "revoke", "1"])), 1);
    for wrong in [
        &["token", "create", "--name", " "][..],
        &["token", "create", "--name", "x", "--customer", "relecloud"],
        &["token", "create", "--name", "x", "--days", "9999"],
        &["token", "create", "--name", "x", "--right", "write"],
    ] {
        assert_eq!(code(&desk.run(wrong)), 2, "{wrong:?}");
    }
}

#[test]
fn a_stand_in_prints_the_settings_that_lead_to_it() {
    let desk = Desk::new();
    let mut stand_in = Command::new(env!("CARGO_BIN_EXE_partnerlog"))
        .args([
            "stand-in",
            "--public-url",
            "http://127.0.0.1:1",
            "--records",
            "400",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(stand_in.stdout.take().unwrap()).lines();
    let mut settings = "[database]\nurl = \"sqlite:collected.db\"\n".to_owned();
    for line in lines.map_while(Result::ok) {
        settings.push_str(&format!("{line}\n"));
        if line.starts_with("api_url = ") {
            break;
        }
    }
    std::fs::write(desk.path("stand-in.toml"), &settings).unwrap();
    let collected = desk.run(&["collect", "--config", "stand-in.toml"]);
    stand_in.kill().unwrap();
    stand_in.wait().unwrap();
    assert_eq!(code(&collected), 0, "{collected:?} {settings}");
    assert!(
        stdout(&collected).contains("90 days read, 0 not;"),
        "{collected:?}"
    );
}
