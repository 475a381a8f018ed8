//! `partnerlog check` and `partnerlog credentials`, run as processes against stand-ins that can be made to misbehave.

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use crate::support::archive;
use chrono::TimeDelta;
use partnerlog::{
    clock::Clock,
    config,
    credentials::Vault,
    partner_center::{Client, ClientOptions},
    simulator::{
        faults::{HttpFault, RetryAfter},
        identity_provider::{Endpoint, IdentityProvider, IdpOptions},
        partner_center::{Fault, PartnerCenter, PartnerCenterOptions, When},
        tenant::Tenant,
    },
    store::sql::SqlStore,
};

use crate::support::postgres::cluster;

const KEY: &str = "hqnYx1N0Cz0Z0p7cVf0Y6o2mB8H3s9JwKkq4tRrUe1A=";
const OTHER_KEY: &str = "Zp4Wc8yN1gTqV6eL0uXrB3kJ7sDfMh2AoI5vYtE9nQw=";

/// An installation: stand-ins, and a folder with settings and archive.
struct Installation {
    partner_center: PartnerCenter,
    provider: IdentityProvider,
    folder: tempfile::TempDir,
    clock: Clock,
}

struct Checked {
    code: i32,
    lines: Vec<String>,
    stderr: String,
}

impl Checked {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            lines: String::from_utf8(output.stdout)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn all(&self) -> String {
        self.lines.join("\n")
    }

    /// The line of a check, and its remedy below.
    fn line(&self, level: &str, what: &str) -> (&str, &str) {
        let beginning = format!("{level:<9}{what}: ");
        let at = self
            .lines
            .iter()
            .position(|line| line.starts_with(&beginning))
            .unwrap_or_else(|| panic!("{beginning} in\n{}\n{}", self.all(), self.stderr));
        let below = self
            .lines
            .get(at + 1)
            .filter(|line| line.starts_with("         "));
        (&self.lines[at], below.map_or("", |line| line.trim()))
    }
}

impl Installation {
    async fn new() -> Self {
        Self::at(Clock::system()).await
    }

    async fn at(clock: Clock) -> Self {
        let tenant = Arc::new(Tenant::from_records(Vec::new()));
        let options = PartnerCenterOptions::new(tenant, clock.clone());
        Self {
            partner_center: PartnerCenter::start(options).await.unwrap(),
            provider: IdentityProvider::start(IdpOptions::new(Clock::system()))
                .await
                .unwrap(),
            folder: tempfile::tempdir().unwrap(),
            clock,
        }
    }

    /// Settings with a few of their texts replaced.
    fn write(&self, replace: &[(&str, &str)]) {
        let (client_id, client_secret) = self.provider.client();
        let mut settings = format!(
            r#"[server]
listen = "127.0.0.1:0"
public_url = "http://127.0.0.1:1"
[database]
url = "sqlite:{archive}"
[sign_in]
issuer = "{issuer}"
client_id = "{client_id}"
client_secret = "{client_secret}"
[sign_in.roles]
admin_agent = ["a"]
sales_agent = ["s"]
helpdesk_agent = ["h"]
[[partner_center]]
name = "Contoso Japan"
tenant_id = "{tenant}"
client_id = "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01"
client_secret = "stand-in-secret"
authority_url = "{authority}"
api_url = "{api}"
#account
[credentials]
#credentials
"#,
            archive = self.folder.path().join("archive.db").display(),
            issuer = self.provider.issuer(),
            tenant = self.partner_center.tenant().partner_id(),
            authority = self.partner_center.authority_url(),
            api = self.partner_center.api_url(),
        );
        for (text, other) in replace {
            assert!(settings.contains(text), "{text}");
            settings = settings.replace(text, other);
        }
        let path = self.folder.path().join("partnerlog.toml");
        std::fs::write(&path, settings).unwrap();
        restrict(&path, 0o600);
    }

    async fn run(&self, arguments: &[&str]) -> Checked {
        self.run_logging(arguments, "debug").await
    }

    async fn run_logging(&self, arguments: &[&str], level: &str) -> Checked {
        let level = level.to_owned();
        let folder = self.folder.path().to_owned();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        // Not on the thread that the stand-ins answer on.
        let output = tokio::task::spawn_blocking(move || {
            Command::new(env!("CARGO_BIN_EXE_partnerlog"))
                .args(arguments)
                .current_dir(folder)
                .env("PARTNERLOG_LOG", level)
                .output()
                .unwrap()
        });
        Checked::from(output.await.unwrap())
    }

    async fn check(&self, replace: &[(&str, &str)]) -> Checked {
        self.write(replace);
        let checked = self.run(&["check"]).await;
        for secret in [
            "stand-in-secret",
            KEY,
            OTHER_KEY,
            "stand-in-refresh-token",
            "refresh-",
        ] {
            assert!(!checked.all().contains(secret), "{secret} in\n{}", checked.all());
            assert!(
                !checked.stderr.contains(secret),
                "{secret} in\n{}",
                checked.stderr
            );
        }
        checked
    }

    async fn archive(&self) -> SqlStore {
        archive::open(&self.folder.path().join("archive.db"))
            .await
            .unwrap()
    }

    /// As if the account had collected with a refresh token, under a key.
    async fn consent(&self, key: &str) {
        let keys = config::Credentials {
            key_secret: Some(key.to_owned().into()),
            previous_key_secret: None,
        };
        let vault = Vault::new(&keys, Arc::new(self.archive().await), self.clock.clone());
        let account = config::PartnerAccount {
            name: "Contoso Japan".to_owned(),
            tenant_id: self.partner_center.tenant().partner_id().to_owned(),
            cloud: config::Cloud::Commercial,
            client_id: "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01".to_owned(),
            client_secret: "stand-in-secret".to_owned().into(),
            refresh_token: Some("stand-in-refresh-token".to_owned().into()),
            authority_url: Some(self.partner_center.authority_url()),
            api_url: None,
            token_url: None,
            graph_url: None,
            subscriptions_url: String::new(),
        };
        let kept = Arc::new(vault.of(&account));
        let options = ClientOptions::default();
        let client = Client::with_refresh_tokens(&account, self.clock.clone(), options, kept).unwrap();
        assert!(client.access().await.unwrap().delegated);
    }
}

fn key(key: &str) -> String {
    format!("key_secret = \"{key}\"")
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn where_all_is_well_every_line_says_so_and_it_ends_with_0() {
    let installation = Installation::new().await;
    drop(installation.archive().await);
    let checked = installation.check(&[("#credentials", &key(KEY))]).await;
    assert_eq!(checked.code, 0, "{}\n{}", checked.all(), checked.stderr);
    assert!(
        checked.lines.iter().all(|line| line.starts_with("ok ")),
        "{}",
        checked.all()
    );
    for what in [
        "settings",
        "server.listen",
        "server.public_url",
        "database.url",
        "disk",
        "collect",
        "sign_in.issuer",
        "sign_in.client_secret",
        "sign_in.roles",
        "credentials.key_secret",
        "account \"Contoso Japan\", addresses",
        "account \"Contoso Japan\", token",
        "account \"Contoso Japan\", clock",
        "account \"Contoso Japan\", Partner Center",
    ] {
        checked.line("ok", what);
    }
    let (token, _) = checked.line("ok", "account \"Contoso Japan\", token");
    assert!(token.contains("App-only, good until "), "{token}");
    // One request for audit records, of one day and one record.
    let asked = installation.partner_center.log().to("/auditrecords");
    assert_eq!(asked.len(), 1);
    assert!(asked[0].query.contains("size=1"), "{}", asked[0].query);
    assert!(
        checked.stderr.contains("0 failed, 0 warnings"),
        "{}",
        checked.stderr
    );
}

#[tokio::test]
async fn each_of_entras_numbers_has_its_remedy() {
    let installation = Installation::new().await;
    let faults = installation.partner_center.faults().clone();
    for (number, remedy) in [
        (7_000_222, "add a new client secret"),
        (7_000_215, "It must be the secret's value, not its ID"),
        (700_016, "Application (client) ID"),
        (7_000_112, "Enabled for users to sign in?"),
        (90_002, "Check tenant_id"),
        (900_023, "Check tenant_id"),
        (90_038, "Correct cloud"),
        (500_011, "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"),
        (65_001, "Grant admin consent"),
        (700_082, "choose Connect with consent"),
        (50_173, "choose Connect with consent"),
        (50_076, "sign in with multifactor authentication"),
        (50_079, "Security info"),
        (53_003, "Sign-in logs"),
        (50_034, "partner's own tenant"),
        (50_105, "Users and groups"),
    ] {
        faults.clear();
        faults.always(When::token(), Fault::Refusal(number));
        let checked = installation.check(&[]).await;
        assert_eq!(checked.code, 1, "{number}");
        let (found, below) = checked.line("failed", "account \"Contoso Japan\", token");
        assert!(found.contains(&format!("AADSTS{number}")), "{found}");
        assert!(below.contains(remedy), "{number}: {remedy} in {below}");
    }
}

#[tokio::test]
async fn each_fault_of_partner_center_has_its_remedy() {
    let installation = Installation::new().await;
    let faults = installation.partner_center.faults().clone();
    let fault = |status: u16, code: &str| {
        HttpFault::Answer(
            status,
            format!(
                r#"{{"code":"{code}","description":"As documented.","data":[],"source":"PartnerCenter"}}"#
            ),
        )
    };
    for (fault, remedy) in [
        (fault(401, "900420"), "graph.windows.net are no longer accepted"),
        (fault(401, "800001"), "App management"),
        (fault(403, "900329"), "Use App+User"),
        (fault(403, "2032"), "register the application"),
        (fault(403, "900150"), "AdminAgents"),
        (fault(403, "900308"), "AdminAgents"),
        (fault(403, "900309"), "Sign-in logs"),
        (fault(403, "20002"), "reseller relationship"),
        (fault(500, "800003"), "service health"),
        (HttpFault::Throttled(RetryAfter::Seconds(1)), "collect.interval"),
        (HttpFault::Html, "sign-in page of the network"),
        (HttpFault::CutBody, "proxy"),
        (
            HttpFault::Redirect("https://elsewhere.example/".to_owned()),
            "api_url",
        ),
    ] {
        faults.clear();
        faults.always(When::audit_records(), fault.clone());
        let checked = installation.check(&[]).await;
        assert_eq!(checked.code, 1, "{fault:?}");
        checked.line("ok", "account \"Contoso Japan\", token");
        let (_, below) = checked.line("failed", "account \"Contoso Japan\", Partner Center");
        assert!(below.contains(remedy), "{fault:?}: {remedy} in {below}");
    }
}

#[tokio::test]
async fn one_failure_does_not_hide_the_next() {
    let installation = Installation::new().await;
    let issuer = installation.provider.issuer().to_owned();
    let api = format!("api_url = \"{}\"", installation.partner_center.api_url());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("\"{}\"", taken.local_addr().unwrap());
    let archive = installation
        .folder
        .path()
        .join("archive.db")
        .display()
        .to_string();
    let checked = installation
        .check(&[
            (&issuer, "http://127.0.0.1:9/v2.0"),
            (&api, "api_url = \"http://127.0.0.1:9\""),
            ("\"127.0.0.1:0\"", &listen),
            (&archive, "/no/such/folder/archive.db"),
            (
                "admin_agent = [\"a\"]\nsales_agent = [\"s\"]\nhelpdesk_agent = [\"h\"]\n",
                "",
            ),
        ])
        .await;
    assert_eq!(checked.code, 1);
    for (level, what, remedy) in [
        ("failed", "server.listen", "Choose another port"),
        ("failed", "database.url", "mkdir -m 700 -p /no/such/folder"),
        ("failed", "sign_in.issuer", "it must reach the issuer"),
        (
            "warning",
            "sign_in.roles",
            "AdminAgents, SalesAgents and HelpdeskAgents",
        ),
        ("ok", "account \"Contoso Japan\", token", ""),
        (
            "failed",
            "account \"Contoso Japan\", Partner Center",
            "network, name resolution and proxy",
        ),
    ] {
        let (_, below) = checked.line(level, what);
        assert!(below.contains(remedy), "{what}: {below}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_not_to_the_letter_and_one_that_is_none_are_told_apart() {
    let installation = Installation::new().await;
    let issuer = format!("issuer = \"{}\"", installation.provider.issuer());
    let with = |issuer: &str| format!("issuer = \"{issuer}\"");
    for (other, remedy) in [
        (
            format!("{}/", installation.provider.issuer()),
            "exactly as the provider names itself",
        ),
        (
            format!("{}/v2.0", installation.partner_center.api_url()),
            "There is no OpenID provider at this address",
        ),
    ] {
        let checked = installation.check(&[(&issuer, &with(&other))]).await;
        assert_eq!(checked.code, 1);
        let (_, below) = checked.line("failed", "sign_in.issuer");
        assert!(below.contains(remedy), "{below}");
    }
}

#[tokio::test]
async fn a_secret_for_sign_in_that_is_wrong_or_expired_is_found_out_before_anybody_signs_in() {
    let installation = Installation::new().await;
    let (client_id, secret) = installation.provider.client();
    let (secret, client_id) = (
        format!("client_secret = \"{secret}\""),
        format!("client_id = \"{client_id}\""),
    );
    let wrong = installation
        .check(&[(&secret, "client_secret = \"another\"")])
        .await;
    assert_eq!(wrong.code, 1);
    let (found, below) = wrong.line("failed", "sign_in.client_secret");
    assert!(
        found.contains("AADSTS7000215") && below.contains("the secret's value, not its ID"),
        "{found} {below}"
    );
    let unknown = installation
        .check(&[(&client_id, "client_id = \"another\"")])
        .await;
    let (_, below) = unknown.line("failed", "sign_in.client_secret");
    assert!(below.contains("Application (client) ID"), "{below}");

    let refusal = r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired."}"#;
    let faults = installation.provider.faults();
    let expired = HttpFault::Answer(401, refusal.to_owned());
    faults.always(Endpoint::Token, expired);
    let checked = installation.check(&[]).await;
    assert!(
        checked
            .line("failed", "sign_in.client_secret")
            .1
            .contains("has expired")
    );
    faults.clear();
    let token = r#"{"access_token":"for-nobody","token_type":"Bearer","expires_in":3599}"#;
    faults.always(Endpoint::Token, HttpFault::Body(token.to_owned()));
    let checked = installation.check(&[]).await;
    assert!(checked.line("ok", "sign_in.client_secret").0.contains("accepted"));
}

#[tokio::test]
async fn a_certificate_that_is_not_to_be_trusted_has_its_remedy() {
    let installation = Installation::new().await;
    let port = crate::partner_center::tls::serve("rogue.pem");
    let authority = format!(
        "authority_url = \"{}\"",
        installation.partner_center.authority_url()
    );
    let rogue = format!("authority_url = \"https://127.0.0.1:{port}\"");
    let issuer = format!("issuer = \"{}\"", installation.provider.issuer());
    let rogue_issuer = format!("issuer = \"https://127.0.0.1:{port}/v2.0\"");
    let checked = installation
        .check(&[(&authority, &rogue), (&issuer, &rogue_issuer)])
        .await;
    for what in ["account \"Contoso Japan\", token", "sign_in.issuer"] {
        let (_, below) = checked.line("failed", what);
        assert!(
            below.contains("certificate authority of your proxy"),
            "{what}: {below}"
        );
    }
}

#[tokio::test]
async fn settings_that_cannot_work_end_with_2_and_name_the_key() {
    let installation = Installation::new().await;
    for (text, other, key) in [
        ("#account", "cloud = \"germany\"", "partner_center[0].cloud"),
        (
            "#account",
            "authority_url_ = \"x\"",
            "partner_center[0].authority_url_",
        ),
        (
            "#credentials",
            "key_secret = \"change-me\"",
            "credentials.key_secret",
        ),
        (
            "#credentials",
            "previous_key_secret = \"hqnYx1N0Cz0Z0p7cVf0Y6o2mB8H3s9JwKkq4tRrUe1A=\"",
            "credentials.previous_key_secret",
        ),
    ] {
        let checked = installation.check(&[(text, other)]).await;
        assert_eq!(checked.code, 2, "{key}");
        let (found, _) = checked.line("failed", "settings");
        assert!(found.contains(&format!("{key}: ")), "{found}");
        assert!(checked.stderr.contains(key));
    }
    let weak = installation
        .check(&[("#credentials", "key_secret = \"change-me\"")])
        .await;
    assert!(weak.all().contains("openssl rand -base64 32"), "{}", weak.all());
    let missing = installation.run(&["check", "--config", "elsewhere.toml"]).await;
    assert_eq!(missing.code, 2);
}

#[tokio::test]
async fn files_that_others_can_read_are_warned_of() {
    let installation = Installation::new().await;
    drop(installation.archive().await);
    installation.write(&[]);
    restrict(&installation.folder.path().join("partnerlog.toml"), 0o644);
    restrict(&installation.folder.path().join("archive.db"), 0o644);
    let checked = installation.run(&["check"]).await;
    assert_eq!(checked.code, 0, "{}", checked.all());
    assert!(checked.line("warning", "settings").1.contains("chmod 600"));
    assert!(checked.line("warning", "database.url").1.contains("chmod 600"));
}

#[tokio::test]
async fn an_archive_is_neither_made_nor_changed_by_looking_at_it() {
    let installation = Installation::new().await;
    let archive = installation.folder.path().join("archive.db");
    let checked = installation.check(&[]).await;
    assert_eq!(checked.code, 0, "{}", checked.all());
    assert!(
        checked
            .line("ok", "database.url")
            .0
            .contains("is made at the first start")
    );
    assert!(!archive.exists());

    std::fs::write(&archive, "this is no database, however long it may be").unwrap();
    let checked = installation.check(&[]).await;
    assert_eq!(checked.code, 1);
    assert!(checked.line("failed", "database.url").1.contains("newest backup"));
    std::fs::remove_file(&archive).unwrap();

    drop(installation.archive().await);
    let newer = rusqlite::Connection::open(&archive).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let checked = installation.check(&[]).await;
    assert_eq!(checked.code, 1);
    assert!(checked.line("failed", "database.url").0.contains("newer version"));
}

#[tokio::test]
async fn a_database_on_a_server_is_tried_with_all_that_its_settings_say() {
    let installation = Installation::new().await;
    let database = cluster().database();
    let folder = installation.folder.path();
    let sqlite = format!("url = \"sqlite:{}\"", folder.join("archive.db").display());
    let (file, password) = (folder.join("password"), cluster().password());
    std::fs::write(&file, password).unwrap();
    let url = database.url().replace(&format!(":{password}"), "");

    let settings = format!("url = {url:?}\nreplica_url = {url:?}\npassword_file = {file:?}");
    let checked = installation.check(&[(&sqlite, &settings)]).await;
    for key in ["database.url", "database.replica_url"] {
        let (line, _) = checked.line("ok", key);
        assert!(line.contains(&url) && line.contains(", PostgreSQL 1"), "{line}");
    }
    assert_eq!(checked.code, 0, "{}", checked.all());
    // Nobody is told the password, nor what statements hold.
    installation.write(&[(&sqlite, &settings)]);
    let all = installation.run_logging(&["check"], "trace").await;
    assert!(!all.all().contains(password) && !all.stderr.contains(password));
    assert!(all.stderr.contains("hyper_util") && !all.stderr.contains("server_version_num"));

    for (url, level, line, remedy) in [
        (
            database.url().to_owned(),
            "warning",
            "holds a password",
            "database.password_file",
        ),
        (
            url.clone(),
            "failed",
            "asks for a password",
            "database.password_file",
        ),
        (
            database.url().replace("127.0.0.1", "nobody.invalid"),
            "failed",
            "nobody.invalid",
            "firewall",
        ),
        (
            database.url().replace("127.0.0.1", "nobody.invalid") + "?sslmode=disable",
            "warning",
            "is not encrypted",
            "sslmode=disable",
        ),
        (
            format!("{}?sslmode=verify-full", database.url()),
            "failed",
            "does not speak TLS",
            "ssl = on",
        ),
    ] {
        let checked = installation.check(&[(&sqlite, &format!("url = {url:?}"))]).await;
        let found = checked
            .lines
            .iter()
            .position(|it| it.starts_with(level) && it.contains(line));
        let below = found.and_then(|at| checked.lines.get(at + 1));
        assert!(
            below.is_some_and(|below| below.contains(remedy)),
            "{line}\n{}",
            checked.all()
        );
        assert!(!checked.all().contains(password) && !checked.stderr.contains(password));
    }
}

#[tokio::test]
async fn a_wrong_clock_is_told_by_microsofts() {
    for (minutes, level) in [(-60, "failed"), (60, "failed"), (2, "warning")] {
        let installation =
            Installation::at(Clock::fixed(Clock::system().now() + TimeDelta::minutes(minutes))).await;
        let checked = installation.check(&[]).await;
        let (found, below) = checked.line(level, "account \"Contoso Japan\", clock");
        let direction = if minutes < 0 { "ahead of" } else { "behind" };
        assert!(
            found.contains(direction) && below.contains("NTP"),
            "{found} {below}"
        );
        assert_eq!(checked.code, i32::from(level == "failed"));
    }
}

#[tokio::test]
async fn a_running_partnerlog_is_known_and_another_collector_too() {
    let installation = Installation::new().await;
    let store = installation.archive().await;
    let now = Clock::system().now();
    let tenant = installation.partner_center.tenant().partner_id().to_owned();
    use partnerlog::store::Store as _;
    let lease = format!("collect {tenant}");
    assert!(
        store
            .lease(&lease, "somebody", now, now + TimeDelta::minutes(1))
            .await
            .unwrap()
    );

    // Something that answers as partnerlog's probe does.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("\"{}\"", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
        }
    });
    let checked = installation.check(&[("\"127.0.0.1:0\"", &listen)]).await;
    assert!(
        checked
            .line("ok", "server.listen")
            .0
            .contains("partnerlog is running")
    );
    // Nothing is at the public address of these settings.
    assert!(
        checked
            .line("warning", "server.public_url")
            .1
            .contains("reverse proxy")
    );
    assert!(
        checked
            .all()
            .contains("a collector is at work on the account \"Contoso Japan\"")
    );
    assert_eq!(checked.code, 0);
}

#[tokio::test]
async fn consents_are_looked_after_from_the_command_line() {
    let installation = Installation::new().await;
    installation.consent(KEY).await;
    let tenant = installation.partner_center.tenant().partner_id().to_owned();

    // Under another key nothing opens, and that is said; nothing is sent.
    installation.partner_center.log().clear();
    let checked = installation.check(&[("#credentials", &key(OTHER_KEY))]).await;
    assert_eq!(checked.code, 1);
    for what in ["credentials.key_secret", "account \"Contoso Japan\", token"] {
        let (_, below) = checked.line("failed", what);
        assert!(below.contains("credentials.previous_key_secret"), "{below}");
    }
    assert!(installation.partner_center.log().to("/token").is_empty());
    let listed = installation.run(&["credentials", "list"]).await;
    assert!(listed.lines[1].starts_with(&format!("{tenant}\tContoso Japan\t")));
    assert!(listed.lines[1].ends_with("\tunknown"));
    let unopened = installation.run(&["credentials", "rotate"]).await;
    assert_eq!(unopened.code, 1);
    assert!(unopened.stderr.contains("previous_key_secret"));

    // With the key of before, too, everything is sealed anew.
    let both = format!("{}\nprevious_{}", key(OTHER_KEY), key(KEY));
    let checked = installation.check(&[("#credentials", &both)]).await;
    assert_eq!(checked.code, 0, "{}", checked.all());
    // Asking for a token has sealed it anew already; without that the command does.
    drop(checked);
    installation.consent_again(KEY).await;
    let rotated = installation.run(&["credentials", "rotate"]).await;
    assert_eq!(
        (rotated.code, rotated.all()),
        (0, format!("{tenant}: sealed with the new key"))
    );
    let again = installation.run(&["credentials", "rotate"]).await;
    assert!(again.all().contains("was sealed with it already"));
    let checked = installation.check(&[("#credentials", &key(OTHER_KEY))]).await;
    assert_eq!(checked.code, 0, "{}", checked.all());
    assert!(
        checked
            .line("ok", "account \"Contoso Japan\", token")
            .0
            .contains("App+User")
    );
    assert!(
        checked
            .line("ok", "account \"Contoso Japan\", consent")
            .0
            .contains("lapses")
    );

    // Partner Center says of a user's token whether multifactor authentication is in it.
    let mfa = "account \"Contoso Japan\", multifactor authentication";
    checked.line("ok", mfa);
    installation.partner_center.faults().set_mfa(false);
    let checked = installation.check(&[("#credentials", &key(OTHER_KEY))]).await;
    assert_eq!(checked.code, 0, "{}", checked.all());
    let (_, below) = checked.line("warning", mfa);
    assert!(
        below.contains("sign in with multifactor authentication"),
        "{below}"
    );

    let forgotten = installation
        .run(&["credentials", "forget", &tenant.to_uppercase()])
        .await;
    assert_eq!(forgotten.code, 0);
    assert_eq!(
        installation.run(&["credentials", "forget", &tenant]).await.code,
        1
    );
    assert_eq!(installation.run(&["credentials", "list"]).await.lines.len(), 1);
    let checked = installation.check(&[("#credentials", &key(OTHER_KEY))]).await;
    assert!(
        checked
            .line("ok", "account \"Contoso Japan\", token")
            .0
            .contains("App-only")
    );

    installation.write(&[]);
    let keyless = installation.run(&["credentials", "rotate"]).await;
    assert_eq!(keyless.code, 2);
    assert!(keyless.stderr.contains("openssl rand -base64 32"));
}

impl Installation {
    /// The consent of before, under a key of before.
    async fn consent_again(&self, key: &str) {
        let archive = rusqlite::Connection::open(self.folder.path().join("archive.db")).unwrap();
        archive.execute("DELETE FROM credential", []).unwrap();
        drop(archive);
        self.consent(key).await;
    }
}
