//! Settings: from a file and the environment, to values or to an error that names the key.

use std::{path::Path, time::Duration};

use partnerlog::config::{
    Cloud, ConfigError, Database, DatabasePassword, EntraIdentity, Postgres, PostgresSession, Settings,
};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::captured_log::CapturedLog;

const EXAMPLE: &str = include_str!("../../docs/partnerlog.example.toml");

const SIGN_IN: &str = "[sign_in]\nissuer = \"https://login.example/t/v2.0\"\nclient_id = \"app\"\n";
const ACCOUNT: &str =
    "[[partner_center]]\nname = \"A\"\ntenant_id = \"t\"\nclient_id = \"c\"\nclient_secret = \"s\"\n";

/// Keys of `[database]` that are for PostgreSQL alone, each with a value.
const DATABASE_KEYS: [(&str, &str); 7] = [
    ("replica_url", "\"postgres://u@r.example/d\""),
    ("password_file", "\"/nowhere\""),
    ("entra_identity", "true"),
    ("ca_file", "\"/nowhere\""),
    ("connections", "5"),
    ("slow_statement", "\"2s\""),
    ("keep_months", "25"),
];

fn load_with(toml: &str, env: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, toml).unwrap();
    Settings::load(
        Some(&file),
        env.iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
    )
}

fn load(toml: &str) -> Result<Settings, ConfigError> {
    load_with(toml, &[])
}

fn fault(result: Result<Settings, ConfigError>) -> String {
    result.expect_err("these settings cannot work").to_string()
}

#[test]
fn the_example_loads_and_shows_every_setting() {
    let settings = load(EXAMPLE).unwrap();
    assert_eq!(settings.server.public_url, "https://log.contoso.com");
    assert!(settings.server.is_https());
    assert_eq!(settings.partner_center[0].name, "Contoso Japan");

    // Also with what it shows as comments; a secret and its file exclude each other.
    let setting = |line: &str| {
        let mut signs = line.chars();
        signs.next() == Some('#')
            && signs
                .next()
                .is_some_and(|sign| sign.is_alphabetic() || sign == '[')
    };
    // Or are of no use for a file.
    let of_postgres = DATABASE_KEYS.map(|(key, _)| format!("#{key} = "));
    let excluded = |line: &str| {
        line.contains("_file = ")
            || line.starts_with("#url = \"postgres")
            || of_postgres.iter().any(|key| line.starts_with(key))
    };
    let everything: Vec<&str> = EXAMPLE
        .lines()
        .filter(|line| !(setting(line) && excluded(line)))
        .map(|line| if setting(line) { &line[1..] } else { line })
        .collect();
    let everything = load(&everything.join("\n")).unwrap();
    assert_eq!(
        everything.partner_center[0]
            .refresh_token
            .as_ref()
            .unwrap()
            .expose_secret(),
        "change-me"
    );
    assert_eq!(
        everything.sign_in.roles.global_admin,
        settings.sign_in.roles.global_admin
    );
    assert_eq!(
        everything.partner_center[0].subscriptions_url,
        settings.partner_center[0].subscriptions_url
    );
    for (key, _) in DATABASE_KEYS {
        assert!(EXAMPLE.contains(&format!("\n#{key} = ")), "{key}");
    }
    // What it shows for a database on servers; files would have to be there.
    let on_servers: Vec<&str> = EXAMPLE
        .lines()
        .filter(|line| !line.starts_with("url = \"sqlite:"))
        .map(|line| {
            if excluded(line) && !line.contains("_file = ") {
                &line[1..]
            } else {
                line
            }
        })
        .collect();
    let on_servers = postgres(load(&on_servers.join("\n")));
    assert_eq!((on_servers.url.hosts.len(), on_servers.connections), (2, 10));
    assert!(on_servers.replica_url.is_some() && matches!(on_servers.password, DatabasePassword::Entra(_)));
    // Every field of every struct is in the example.
    for field in include_str!("../../src/config/mod.rs")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub "))
    {
        if let Some((name, kind)) = field.split_once(": ").filter(|(name, _)| !name.contains(' ')) {
            let section = [
                "Server",
                "Database",
                // Is told by `password_file` and `entra_identity`.
                "DatabasePassword",
                "SignIn",
                "Vec<PartnerAccount>",
                "Vec<ExportDestination>",
                "Collect",
                "Credentials",
                "Roles",
            ];
            let kind = kind.trim_end_matches(',');
            let shown =
                EXAMPLE.contains(&format!("\n{name} = ")) || EXAMPLE.contains(&format!("\n#{name} = "));
            assert!(
                shown || section.contains(&kind),
                "the example does not show `{name}`"
            );
        }
    }
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_contract() {
    let settings = load(SIGN_IN).unwrap();
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.public_url, "http://127.0.0.1:8080");
    assert!(settings.server.trusted_proxies.is_empty());
    assert_eq!(settings.database.url(), "sqlite:partnerlog.db");
    assert_eq!(settings.sign_in.session_idle, Duration::from_secs(3600));
    assert_eq!(settings.sign_in.session_lifetime, Duration::from_secs(43_200));
    assert_eq!(
        settings.sign_in.roles.global_admin,
        ["62e90394-69f5-4237-9190-012177145e10"]
    );
    assert_eq!(
        settings.sign_in.roles.billing_admin,
        ["b0f54661-2d74-4c50-afa3-1ec803f12efe"]
    );
    assert_eq!(
        settings.sign_in.roles.user_management_admin,
        ["fe930be7-5e62-47db-91af-98c3a49a38b1"]
    );
    assert!(settings.sign_in.roles.helpdesk_agent.is_empty());
    assert!(settings.partner_center.is_empty());
    assert_eq!(settings.collect.interval, Duration::from_secs(300));
    assert_eq!(settings.collect.reread_days, 3);
}

#[test]
fn the_environment_overrides_the_file_also_in_lists() {
    let settings = load_with(
        &format!("{SIGN_IN}{ACCOUNT}"),
        &[
            ("PATH", "/bin"),
            ("PARTNERLOG_LOG", "debug"),
            ("PARTNERLOG_SERVER__LISTEN", "[::1]:9000"),
            ("PARTNERLOG_SERVER__TRUSTED_PROXIES", "10.0.0.1, 2001:db8::1"),
            ("PARTNERLOG_SIGN_IN__SESSION_IDLE", "90s"),
            ("PARTNERLOG_SIGN_IN__ROLES__ADMIN_AGENT", "g1,g2"),
            ("PARTNERLOG_SIGN_IN__ROLES__BILLING_ADMIN", ""),
            (
                "PARTNERLOG_PARTNER_CENTER__0__CLIENT_SECRET",
                "from the environment",
            ),
            ("PARTNERLOG_PARTNER_CENTER__1__NAME", "B"),
            ("PARTNERLOG_PARTNER_CENTER__1__TENANT_ID", "t2"),
            ("PARTNERLOG_PARTNER_CENTER__1__CLOUD", "us-government"),
            ("PARTNERLOG_PARTNER_CENTER__1__CLIENT_ID", "c2"),
            ("PARTNERLOG_PARTNER_CENTER__1__CLIENT_SECRET", "s2"),
            ("PARTNERLOG_COLLECT__REREAD_DAYS", "7"),
        ],
    )
    .unwrap();
    assert_eq!(settings.server.public_url, "http://[::1]:9000");
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    assert_eq!(settings.sign_in.session_idle, Duration::from_secs(90));
    assert_eq!(settings.sign_in.roles.admin_agent, ["g1", "g2"]);
    assert!(settings.sign_in.roles.billing_admin.is_empty());
    assert_eq!(
        settings.partner_center[0].client_secret.expose_secret(),
        "from the environment"
    );
    assert_eq!(settings.partner_center[1].cloud, Cloud::UsGovernment);
    assert_eq!(settings.collect.reread_days, 7);
}

#[test]
fn more_than_ten_accounts_come_from_the_environment_in_their_order() {
    let keys = [
        ("NAME", "n"),
        ("TENANT_ID", "t"),
        ("CLIENT_ID", "c"),
        ("CLIENT_SECRET", "s"),
    ];
    let env: Vec<(String, String)> = (0..12)
        .flat_map(|account| {
            keys.map(|(key, text)| {
                (
                    format!("PARTNERLOG_PARTNER_CENTER__{account}__{key}"),
                    format!("{text}{account}"),
                )
            })
        })
        .collect();
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let settings = load_with(SIGN_IN, &env).unwrap();
    assert_eq!(settings.partner_center[11].name, "n11");
}

#[test]
fn a_secret_may_come_from_a_file_without_its_last_newline_but_not_from_both() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("secret");
    for (content, secret) in [
        ("s3cret\n", "s3cret"),
        ("s3cret", "s3cret"),
        (" a\n\n", " a\n"),
        ("a\r\n", "a"),
    ] {
        std::fs::write(&path, content).unwrap();
        let settings = load(&format!("{SIGN_IN}client_secret_file = {path:?}\n")).unwrap();
        assert_eq!(settings.sign_in.client_secret.unwrap().expose_secret(), secret);
    }
    let both = fault(load(&format!(
        "{SIGN_IN}client_secret = \"x\"\nclient_secret_file = {path:?}\n"
    )));
    assert!(
        both.starts_with("sign_in.client_secret: ") && both.contains("client_secret_file"),
        "{both}"
    );
    let missing = fault(load(&format!(
        "{SIGN_IN}client_secret_file = \"/nowhere/secret\"\n"
    )));
    assert!(
        missing.starts_with("sign_in.client_secret_file: ") && missing.contains("/nowhere/secret"),
        "{missing}"
    );
    std::fs::write(&path, "\n").unwrap();
    let empty = fault(load(&format!("{SIGN_IN}client_secret_file = {path:?}\n")));
    assert!(
        empty.starts_with("sign_in.client_secret_file: ") && empty.contains("is empty"),
        "{empty}"
    );
}

#[test]
fn what_cannot_work_is_refused_by_the_name_of_its_key() {
    let account = |line: &str| format!("{SIGN_IN}{ACCOUNT}{line}\n");
    let sign_in = |line: &str| format!("{SIGN_IN}{line}\n");
    let other = |text: &str| format!("{text}\n{SIGN_IN}");
    let cases = [
        (other("[server]\nlisten = \"8080\""), "server.listen: "),
        (
            other("[server]\nlisten = 8080"),
            "server.listen: must be a text in quotes, not a number",
        ),
        (
            other("[server]\nlisten = \"0.0.0.0:80\""),
            "server.public_url: is missing",
        ),
        (
            other("[server]\npublic_url = \"http://log.contoso.com\""),
            "server.public_url: must be https",
        ),
        (
            other("[server]\npublic_url = \"https://log.contoso.com/app\""),
            "server.public_url: must not have a path",
        ),
        (
            other("[server]\npublic_url = \"log.contoso.com\""),
            "server.public_url: ",
        ),
        (
            other("[server]\ntrusted_proxies = \"10.0.0.1\""),
            "server.trusted_proxies: must be a list",
        ),
        (
            other("[server]\ntrusted_proxies = [\"10.0.0.0/8\"]"),
            "server.trusted_proxies: ",
        ),
        (other("[server]\nport = 1"), "server.port: is no setting"),
        (other("[sever]\nlisten = \"127.0.0.1:1\""), "sever: is no setting"),
        (other("server = 1"), "server: must be a section"),
        (
            other("[database]\nurl = \"postgres://u:geheim@h/d#x\""),
            "database.url: must not have `#`",
        ),
        (
            other("[database]\nurl = \"partnerlog.db\""),
            "database.url: must be sqlite:PATH",
        ),
        (other("[database]\nurl = \"sqlite:\""), "database.url: "),
        (other("[database]\nurl = \"sqlite:///a\""), "database.url: "),
        (other("[database]\nurl = \"sqlite::memory:\""), "database.url: "),
        ("".to_owned(), "sign_in.issuer: is missing"),
        (
            "[sign_in]\nissuer = \"https://a.example\"".to_owned(),
            "sign_in.client_id: is missing",
        ),
        (SIGN_IN.replace("https", "http"), "sign_in.issuer: must be https"),
        (
            SIGN_IN.replace("/t/", "/<tenant-id>/"),
            "sign_in.issuer: still holds a placeholder",
        ),
        (SIGN_IN.replace("app", " "), "sign_in.client_id: is empty"),
        (
            SIGN_IN.replace("app", "…"),
            "sign_in.client_id: still holds a placeholder",
        ),
        (
            sign_in("session_idle = \"soon\""),
            "sign_in.session_idle: \"soon\" is no duration",
        ),
        (
            sign_in("session_idle = 60"),
            "sign_in.session_idle: must be a text in quotes",
        ),
        (sign_in("session_lifetime = \"0h\""), "sign_in.session_lifetime: "),
        (
            sign_in("session_idle = \"13h\""),
            "sign_in.session_idle: must not be longer",
        ),
        (sign_in("graph_url = \"graph\""), "sign_in.graph_url: "),
        (sign_in("client_secret = \"\""), "sign_in.client_secret: is empty"),
        (
            sign_in("[sign_in.roles]\nadmin_agent = [\"\"]"),
            "sign_in.roles.admin_agent: has an empty entry",
        ),
        (
            sign_in("[sign_in.roles]\nadmin_agent = \"g\""),
            "sign_in.roles.admin_agent: must be a list",
        ),
        (
            sign_in("[sign_in.roles]\nadmin_agent = [1]"),
            "sign_in.roles.admin_agent: must hold texts",
        ),
        (
            sign_in("[sign_in.roles]\nadmin_agent = [\"<group id>\"]"),
            "sign_in.roles.admin_agent: still holds",
        ),
        (
            sign_in("[sign_in.roles]\nadmin = [\"g\"]"),
            "sign_in.roles.admin: is no setting",
        ),
        (account("cloud = \"germany\""), "partner_center[0].cloud: "),
        (
            account("api_url = \"https://api.example/v1/\""),
            "partner_center[0].api_url: must not end in /v1",
        ),
        (
            account("api_url = \"http://api.example\""),
            "partner_center[0].api_url: must be https",
        ),
        (account("token_url = \"x\""), "partner_center[0].token_url: "),
        (
            account("subscriptions_url = \"https://a.example/\""),
            "partner_center[0].subscriptions_url: must contain",
        ),
        (
            account("subscriptions_url = \"http://a.example/{customerId}\""),
            "partner_center[0].subscriptions_url: must begin",
        ),
        (
            account("secret = \"s\""),
            "partner_center[0].secret: is no setting",
        ),
        (
            account(&ACCOUNT.replace("\"t\"", "\"T\"")),
            "partner_center[1].tenant_id: is in another",
        ),
        (
            account("").replace("client_secret", "refresh_token"),
            "partner_center[0].client_secret: is missing",
        ),
        (
            account("").replace("\"A\"", "\"\""),
            "partner_center[0].name: is empty",
        ),
        (
            account("").replace("[[partner_center]]", "[partner_center]"),
            "partner_center: must be a list of sections",
        ),
        (sign_in("[collect]\ninterval = \"9s\""), "collect.interval: "),
        (sign_in("[collect]\ninterval = \"25h\""), "collect.interval: "),
        (sign_in("[collect]\nreread_days = 0"), "collect.reread_days: "),
        (sign_in("[collect]\nreread_days = 90"), "collect.reread_days: "),
        (
            sign_in("[collect]\nreread_days = \"3\""),
            "collect.reread_days: must be a whole number, not a text",
        ),
        (
            sign_in("[collect]\nreread_days = 1.5"),
            "collect.reread_days: must be a whole number, not a fraction",
        ),
    ];
    for (toml, beginning) in cases {
        let message = fault(load(&toml));
        assert!(
            message.starts_with(beginning),
            "{message:?} should begin with {beginning:?}"
        );
        assert!(!message.contains("geheim"), "{message}");
    }
}

fn postgres(result: Result<Settings, ConfigError>) -> Postgres {
    match result.unwrap().database {
        Database::Postgres(settings) => *settings,
        Database::Sqlite(path) => panic!("{}", path.display()),
    }
}

#[test]
fn a_database_on_servers_has_settings_that_a_file_has_no_use_for() {
    let settings = postgres(load(&format!(
        "[database]\nurl = \"postgres://log@db.example/log\"\n{SIGN_IN}"
    )));
    assert_eq!(settings.url.to_string(), "postgres://log@db.example:5432/log");
    assert!(settings.url.hosts[0].tls);
    assert_eq!(settings.connections, 10);
    assert_eq!(settings.slow_statement, Duration::from_millis(500));
    assert!(matches!(settings.password, DatabasePassword::Address));
    assert!(settings.replica_url.is_none() && settings.ca_file.is_none());

    let folder = TempDir::new().unwrap();
    let (password, ca) = (folder.path().join("password"), folder.path().join("ca.pem"));
    std::fs::write(&password, "geheim\n").unwrap();
    std::fs::write(&ca, "-----BEGIN CERTIFICATE-----\n").unwrap();
    let settings = postgres(load_with(
        &format!(
            "[database]\nurl = \"postgres://log@db.example,db2.example/log\"\nconnections = 200\n\
             replica_url = \"postgres://log@replica.example/log\"\nslow_statement = \"2s\"\n{SIGN_IN}"
        ),
        &[
            ("PARTNERLOG_DATABASE__PASSWORD_FILE", password.to_str().unwrap()),
            ("PARTNERLOG_DATABASE__CA_FILE", ca.to_str().unwrap()),
            ("PARTNERLOG_DATABASE__CONNECTIONS", "5"),
        ],
    ));
    assert_eq!((settings.url.hosts.len(), settings.connections), (2, 5));
    assert_eq!(settings.url.session, PostgresSession::ReadWrite);
    assert_eq!(settings.replica_url.unwrap().session, PostgresSession::Any);
    assert!(matches!(settings.password, DatabasePassword::File(path) if path == password));
    assert_eq!(settings.ca_file.unwrap(), ca);
    assert_eq!(settings.slow_statement, Duration::from_secs(2));

    for (said, identity) in [
        ("true", EntraIdentity::Own),
        ("\"true\"", EntraIdentity::Own),
        ("\"3aa5c8d0\"", EntraIdentity::Client("3aa5c8d0".to_owned())),
    ] {
        let settings = postgres(load(&format!(
            "[database]\nurl = \"postgres://log@db.example/log\"\nentra_identity = {said}\n{SIGN_IN}"
        )));
        assert!(
            matches!(settings.password, DatabasePassword::Entra(it) if it == identity),
            "{said}"
        );
    }
    let off =
        format!("[database]\nurl = \"postgres://log@db.example/log\"\nentra_identity = false\n{SIGN_IN}");
    assert!(matches!(postgres(load(&off)).password, DatabasePassword::Address));
}

#[test]
fn what_a_database_cannot_be_reached_with_is_refused_by_the_name_of_its_key() {
    for (key, value) in DATABASE_KEYS {
        let message = fault(load(&format!("[database]\n{key} = {value}\n{SIGN_IN}")));
        assert!(
            message.starts_with(&format!("database.{key}: is of no use for a file")),
            "{message}"
        );
    }
    let folder = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        format!("{:?}", path)
    };
    let (password, empty) = (file("password", "geheim"), file("empty", "\n"));
    for (url, more, beginning) in [
        ("u@h/d?sslmode=prefer", "", "database.url: has sslmode=prefer"),
        (
            "u:geheim@h/d?sslmode=on",
            "",
            "database.url: has an sslmode that is none",
        ),
        (
            "u@h/d?target_session_attrs=read-only",
            "",
            "database.url: is where everything is written",
        ),
        (
            "u@h/d",
            "connections = 4",
            "database.connections: must be from 5 to 200",
        ),
        (
            "u@h/d",
            "connections = 201",
            "database.connections: must be from 5 to 200",
        ),
        (
            "u@h/d",
            "connections = -1",
            "database.connections: must be from 5 to 200",
        ),
        ("u@h/d", "slow_statement = \"0ms\"", "database.slow_statement: "),
        ("u@h/d", "slow_statement = \"500\"", "database.slow_statement: "),
        (
            "u@h/d",
            "replica_url = \"sqlite:x\"",
            "database.replica_url: must be postgres://",
        ),
        (
            "u@h/d",
            "replica_url = \"postgres://u@h/d?target_session_attrs=read-write\"",
            "database.replica_url: is for",
        ),
        (
            "u@h/d",
            "password_file = \"/nowhere/x\"",
            "database.password_file: cannot read /nowhere/x",
        ),
        (
            "u@h/d",
            &format!("password_file = {empty}"),
            "database.password_file: the file ",
        ),
        (
            "u:geheim@h/d",
            &format!("password_file = {password}"),
            "database.url: holds a password, and `database.password_file`",
        ),
        (
            "u@h/d",
            &format!("password_file = {password}\nreplica_url = \"postgres://u:geheim@h/d\""),
            "database.replica_url: holds a password",
        ),
        (
            "u@h/d",
            &format!("password_file = {password}\nentra_identity = true"),
            "database.entra_identity: is given together",
        ),
        (
            "u:geheim@h/d",
            "entra_identity = true",
            "database.url: holds a password, and `database.entra_identity`",
        ),
        (
            "u@h/d?sslmode=disable",
            "entra_identity = true",
            "database.url: must have TLS",
        ),
        (
            "u@h/d",
            "entra_identity = \"<client id>\"",
            "database.entra_identity: still holds",
        ),
        (
            "u@h/d",
            "entra_identity = 1",
            "database.entra_identity: must be true or a text in quotes, not a number",
        ),
        (
            "u@h/d",
            "ca_file = \"/nowhere/x\"",
            "database.ca_file: cannot read /nowhere/x",
        ),
        (
            "u@h/d",
            &format!("ca_file = {password}"),
            "database.ca_file: the file ",
        ),
        (
            "u@h/d",
            "password = \"geheim\"",
            "database.password: is no setting",
        ),
    ] {
        let message = fault(load(&format!(
            "[database]\nurl = \"postgres://{url}\"\n{more}\n{SIGN_IN}"
        )));
        assert!(
            message.starts_with(beginning),
            "{message:?} should begin with {beginning:?}"
        );
        assert!(!message.contains("geheim"), "{message}");
    }
}

#[test]
fn a_variable_that_names_no_setting_is_refused_by_its_name() {
    for (name, text) in [
        ("PARTNERLOG_SERVER_LISTEN", "127.0.0.1:1"),
        ("PARTNERLOG_SERVER__PORT", "1"),
        ("PARTNERLOG_TOKEN", "x"),
        ("PARTNERLOG_", "x"),
        ("PARTNERLOG_SIGN_IN__ISSUER__X", "x"),
        ("PARTNERLOG_PARTNER_CENTER__1__NAME", "x"),
        ("PARTNERLOG_PARTNER_CENTER__NAME", "x"),
    ] {
        let base = if name.ends_with("CENTER__NAME") {
            format!("{SIGN_IN}{ACCOUNT}")
        } else {
            SIGN_IN.to_owned()
        };
        let message = fault(load_with(&base, &[(name, text)]));
        assert!(message.starts_with(&format!("{name}: ")), "{name}: {message}");
    }
    let missing = fault(load_with(SIGN_IN, &[("PARTNERLOG_PARTNER_CENTER__0__NAME", "A")]));
    assert!(
        missing.contains("PARTNERLOG_PARTNER_CENTER__0__TENANT_ID"),
        "{missing}"
    );
}

#[test]
fn secrets_are_in_no_error_and_in_no_debug_output() {
    let secret = "geheim-4711";
    let settings = load(&format!(
        "{SIGN_IN}client_secret = \"{secret}\"\n{}refresh_token = \"{secret}\"\n",
        ACCOUNT.replace("\"s\"", &format!("\"{secret}\""))
    ));
    assert!(!format!("{:?}", settings.unwrap()).contains(secret));
    let database = load(&format!(
        "[database]\nurl = \"postgres://u:{secret}@h/d\"\nreplica_url = \"postgres://u:{secret}@h/d\"\n{SIGN_IN}"
    ))
    .unwrap();
    assert!(!format!("{database:?} {}", database.database.url()).contains(secret));
    for toml in [
        format!("{SIGN_IN}client_secret = \"{secret}\n"),
        format!("{SIGN_IN}client_secret = \"{secret}\\q\"\n"),
        format!("{SIGN_IN}client_secret = {secret}\n"),
        format!("{SIGN_IN}client_secret = [\"{secret}\"]\n"),
        format!("{SIGN_IN}client_secret = \"{secret}\"\nclient_secret = \"{secret}\"\n"),
        format!("{SIGN_IN}client_secrets = \"{secret}\"\n"),
    ] {
        let error = load(&toml).expect_err("these settings cannot work");
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_refused_by_its_line() {
    let message = fault(load("[server]\nlisten = \n"));
    assert!(message.contains("settings.toml: line 2: "), "{message}");
}

#[test]
fn a_named_file_must_be_there_and_the_argument_goes_before_the_variable() {
    let message = fault(Settings::load(
        Some(Path::new("/nowhere/a.toml")),
        std::iter::empty(),
    ));
    assert!(
        message.starts_with("--config: cannot read /nowhere/a.toml"),
        "{message}"
    );
    let variable = [("PARTNERLOG_CONFIG".to_owned(), "/nowhere/b.toml".to_owned())];
    let message = fault(Settings::load(None, variable.clone().into_iter()));
    assert!(
        message.starts_with("PARTNERLOG_CONFIG: cannot read /nowhere/b.toml"),
        "{message}"
    );
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, SIGN_IN).unwrap();
    assert!(Settings::load(Some(&file), variable.into_iter()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_file_with_secrets_that_everybody_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("settings.toml");
    let secret = format!("{SIGN_IN}client_secret = \"geheim\"\n");
    let in_address = format!("{SIGN_IN}[database]\nurl = \"postgres://u:geheim@h/d\"\n");
    let in_no_address = in_address.replace(":geheim", "");
    for (toml, mode, warned) in [
        (&*secret, 0o644, true),
        (&*in_address, 0o644, true),
        (&*in_no_address, 0o644, false),
        (&*secret, 0o600, false),
        (SIGN_IN, 0o644, false),
    ] {
        std::fs::write(&file, toml).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let log = CapturedLog::start();
        Settings::load(Some(&file), std::iter::empty()).unwrap();
        assert_eq!(
            log.text().contains("chmod 600"),
            warned,
            "{mode:o} {}",
            log.text()
        );
        assert!(!log.text().contains("geheim"));
    }
}

#[test]
fn destinations_of_exports_are_checked_by_their_kind() {
    let place = |text: &str| format!("{SIGN_IN}\n[[export_destination]]\nname = \"A\"\n{text}\n");
    let settings = load(&place(
        "url = \"s3://bucket\"\naccess_key_id = \"k\"\naccess_key_secret = \"s\"",
    ))
    .unwrap();
    assert_eq!(settings.export_destinations.len(), 1);
    let env = [(
        "PARTNERLOG_EXPORT_DESTINATION__0__ACCESS_KEY_SECRET",
        "from the environment",
    )];
    let settings = load_with(&place("url = \"azure://account/container\""), &env).unwrap();
    let secret = settings.export_destinations[0]
        .access_key_secret
        .as_ref()
        .unwrap();
    assert_eq!(secret.expose_secret(), "from the environment");
    for (text, problem) in [
        ("", "export_destination[0].url: is missing"),
        ("url = \"folder:exports\"", "must be an absolute path"),
        (
            "url = \"ftp://a/b\"",
            "must be folder:/absolute/path, s3://bucket/prefix",
        ),
        ("url = \"folder:/x\"\nregion = \"r\"", "region: is of no use"),
        ("url = \"s3://b\"\nsas_token = \"t\"", "sas_token: is of no use"),
        (
            "url = \"s3://b\"\naccess_key_id = \"k\"",
            "needs `access_key_secret`",
        ),
        (
            "url = \"s3://b\"\naccess_key_secret = \"k\"",
            "needs `access_key_id`",
        ),
        (
            "url = \"azure://a/b\"\naccess_key_secret = \"k\"\nsas_token = \"t\"",
            "keep one of them",
        ),
        (
            "url = \"s3://b\"\nendpoint = \"http://s3.example\"",
            "must be https",
        ),
        ("url = \"s3://b\"\nbucket = \"b\"", "is no setting"),
        (
            "url = \"s3://b\"\n[[export_destination]]\nname = \"A\"\nurl = \"s3://c\"",
            "give each its own",
        ),
    ] {
        let found = fault(load(&place(text)));
        assert!(found.contains(problem), "{text}: {found}");
    }
}
