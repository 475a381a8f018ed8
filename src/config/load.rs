//! From a file and the environment to checked [`Settings`].

use std::{
    collections::{BTreeMap, HashSet},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::ExposeSecret as _;
use tracing::warn;

use super::{
    Cloud, Collect, ConfigError, Credentials, Database, DatabasePassword, EntraIdentity, ExportDestination,
    ExportPlace, LEAST_MONTHS, PartnerAccount, Postgres, PostgresAddress, PostgresSession, Roles, Server,
    Settings, SignIn, check,
    tree::{self, Node, Section},
};

/// The environment variable that names the settings file.
const CONFIG_VARIABLE: &str = "PARTNERLOG_CONFIG";
/// Variables that begin like settings and are none.
const NO_SETTINGS: [&str; 2] = [CONFIG_VARIABLE, "PARTNERLOG_LOG"];
/// The settings file when nobody names one.
const DEFAULT_FILE: &str = "partnerlog.toml";

/// The process's environment, without variables that are not Unicode: no setting is.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
}

/// Which settings file counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    /// `--config`, `PARTNERLOG_CONFIG`, or the name of the file where nobody named one.
    pub named_by: &'static str,
    pub path: PathBuf,
}

impl SettingsFile {
    /// The file at `path`, else the one that `PARTNERLOG_CONFIG` in `env` names, else `./partnerlog.toml` if it is
    /// there. A file that somebody named need not exist.
    pub fn find(path: Option<&Path>, mut env: impl Iterator<Item = (String, String)>) -> Option<Self> {
        let named = env.find(|(name, text)| name == CONFIG_VARIABLE && !text.is_empty());
        let (named_by, path) = match (path, named) {
            (Some(path), _) => ("--config", path.to_owned()),
            (None, Some((_, text))) => (CONFIG_VARIABLE, PathBuf::from(text)),
            (None, None) => {
                Some((DEFAULT_FILE, PathBuf::from(DEFAULT_FILE))).filter(|(_, path)| path.exists())?
            }
        };
        Some(Self { named_by, path })
    }

    /// Whether every user of this machine can read it.
    pub fn is_readable_by_all(&self) -> bool {
        readable_by_all(&self.path)
    }
}

impl Settings {
    /// Reads the file at `path`, else the one that `PARTNERLOG_CONFIG` names, else `./partnerlog.toml` if it
    /// is there; puts the variables of `env` that begin with `PARTNERLOG_` over it; checks everything.
    ///
    /// # Errors
    /// At the first fault, by the name of its key and with what to do. Environment variables that begin with
    /// `PARTNERLOG_` and name no setting are faults too.
    pub fn load(
        path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Settings, ConfigError> {
        let (ours, others): (Vec<_>, Vec<_>) = env
            .filter(|(name, _)| name.starts_with(tree::PREFIX))
            .partition(|(name, _)| !NO_SETTINGS.contains(&name.as_str()));
        let mut root = match SettingsFile::find(path, others.into_iter()) {
            Some(file) => read_file(file.named_by, file.path)?,
            None => BTreeMap::new(),
        };
        tree::overlay(&mut root, ours.into_iter())?;
        settings(Section::root(root))
    }
}

impl Database {
    /// What `[database]` of a settings file says, and nothing else: neither the rest of the file nor the environment.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn of_file(path: &Path) -> Result<Self, ConfigError> {
        let root = read_file("settings", path.to_owned())?;
        database(Section::root(root).section("database")?)
    }

    /// The database at an address, as `database.url` has it.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn at(url: &str) -> Result<Self, String> {
        if ["postgres:", "postgresql:"].iter().any(|it| url.starts_with(it)) {
            return Ok(Self::Postgres(Box::new(Postgres::at(url)?)));
        }
        check::sqlite(url).map(Self::Sqlite)
    }
}

fn read_file(named_by: &str, path: PathBuf) -> Result<BTreeMap<String, Node>, ConfigError> {
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => {
            return Err(ConfigError::Unreadable {
                key: named_by.to_owned(),
                path,
                source,
            });
        }
    };
    let table: toml::Table = match toml::from_str(&text) {
        Ok(table) => table,
        Err(error) => {
            // Not the parser's own rendering: it quotes the line, which may hold a secret.
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            return Err(ConfigError::Syntax {
                path,
                line,
                problem: error.message().replace('\n', "; "),
            });
        }
    };
    if holds_secret(&table) && readable_by_all(&path) {
        warn!(path = %path.display(), "every user of this machine can read the secrets in the settings file; chmod 600 it");
    }
    match Node::from(toml::Value::Table(table)) {
        Node::Section(entries) => Ok(entries),
        _ => Ok(BTreeMap::new()),
    }
}

fn holds_secret(table: &toml::Table) -> bool {
    table.iter().any(|(key, value)| match value {
        toml::Value::Table(table) => holds_secret(table),
        toml::Value::Array(items) => items.iter().filter_map(toml::Value::as_table).any(holds_secret),
        toml::Value::String(url) if key == "url" || key == "replica_url" => {
            PostgresAddress::parse(url, PostgresSession::Any).is_ok_and(|it| it.password.is_some())
        }
        _ => key.ends_with("_secret") || key.ends_with("_token"),
    })
}

#[cfg(unix)]
fn readable_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn readable_by_all(_: &Path) -> bool {
    false
}

fn settings(mut root: Section) -> Result<Settings, ConfigError> {
    let settings = Settings {
        server: server(root.section("server")?)?,
        database: database(root.section("database")?)?,
        sign_in: sign_in(root.section("sign_in")?)?,
        partner_center: partner_center(root.sections("partner_center")?)?,
        collect: collect(root.section("collect")?)?,
        credentials: credentials(root.section("credentials")?)?,
        export_destinations: export_destinations(root.sections("export_destination")?)?,
    };
    root.finish()?;
    Ok(settings)
}

fn server(mut section: Section) -> Result<Server, ConfigError> {
    let listen = section
        .text("listen")?
        .unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listen: SocketAddr = listen.parse().map_err(|_| {
        section.fault(
            "listen",
            format!("{listen:?} is no address and port; write such as 127.0.0.1:8080"),
        )
    })?;
    let public_url = match section.text("public_url")? {
        Some(text) => checked(&section, "public_url", check::origin(&text))?,
        None if listen.ip().is_loopback() => format!("http://{listen}"),
        None => {
            let problem = "is missing, and others than this machine can reach `server.listen`; write the address \
                           that browsers use, such as https://log.contoso.com";
            return Err(section.fault("public_url", problem));
        }
    };
    let mut trusted_proxies = Vec::new();
    for text in section.texts("trusted_proxies")?.unwrap_or_default() {
        let problem = || format!("{text:?} is no address; write such as 10.0.0.1, without a port or a mask");
        trusted_proxies.push(
            text.parse()
                .map_err(|_| section.fault("trusted_proxies", problem()))?,
        );
    }
    section.finish()?;
    Ok(Server {
        listen,
        public_url,
        trusted_proxies,
    })
}

fn database(mut section: Section) -> Result<Database, ConfigError> {
    let url = section
        .text("url")?
        .unwrap_or_else(|| "sqlite:partnerlog.db".to_owned());
    if ["postgres:", "postgresql:"].iter().any(|it| url.starts_with(it)) {
        return Ok(Database::Postgres(Box::new(postgres(section, &url)?)));
    }
    let path = checked(&section, "url", check::sqlite(&url))?;
    let of_no_use = [
        "replica_url",
        "password_file",
        "entra_identity",
        "ca_file",
        "connections",
        "slow_statement",
        "keep_months",
    ];
    if let Some(key) = section.any_of(&of_no_use) {
        let problem = "is of no use for a file: it is for postgres://… as `database.url`; remove it";
        return Err(section.fault(key, problem));
    }
    section.finish()?;
    Ok(Database::Sqlite(path))
}

fn postgres(mut section: Section, url: &str) -> Result<Postgres, ConfigError> {
    let defaults = checked(&section, "url", Postgres::at(url))?;
    let replica_url = section.text("replica_url")?;
    let replica_url = replica_url
        .map(|url| {
            checked(
                &section,
                "replica_url",
                PostgresAddress::parse(&url, PostgresSession::Any),
            )
        })
        .transpose()?;
    let connections = section.number("connections")?.map(usize::try_from);
    let connections = match connections {
        None => defaults.connections,
        Some(Ok(number @ 5..=200)) => number,
        Some(_) => return Err(section.fault("connections", "must be from 5 to 200")),
    };
    let slow_statement = match section.text("slow_statement")? {
        None => defaults.slow_statement,
        Some(text) => checked(&section, "slow_statement", check::short_duration(&text))?,
    };
    let keep_months = section.number("keep_months")?.map(u32::try_from);
    let keep_months = match keep_months {
        None => None,
        // More than a hundred years is no limit.
        Some(Ok(months @ LEAST_MONTHS..=1_200)) => Some(months),
        Some(_) => {
            let problem = format!(
                "must be from {LEAST_MONTHS} to 1200: what Partner Center still shows is never removed; without it, everything \
                 is kept"
            );
            return Err(section.fault("keep_months", problem));
        }
    };
    let settings = Postgres {
        keep_months,
        password: password(&mut section)?,
        ca_file: ca_file(&mut section)?,
        replica_url,
        connections,
        slow_statement,
        ..defaults
    };
    let addresses = [
        ("url", Some(&settings.url)),
        ("replica_url", settings.replica_url.as_ref()),
    ];
    for (key, address) in addresses.iter().filter_map(|(key, it)| Some((key, (*it)?))) {
        let other = match &settings.password {
            DatabasePassword::Address => continue,
            DatabasePassword::File(_) => "password_file",
            DatabasePassword::Entra(_) => "entra_identity",
        };
        if address.password.is_some() {
            let problem = format!("holds a password, and `database.{other}` is given too; keep one of them");
            return Err(section.fault(key, problem));
        }
        if other == "entra_identity" && address.is_exposed() {
            let problem = "must have TLS: the server gets an access token for a password, and everybody between would, too";
            return Err(section.fault(key, problem));
        }
    }
    if settings
        .replica_url
        .as_ref()
        .is_some_and(|it| it.session == PostgresSession::ReadWrite)
    {
        let problem = "is for reading: leave target_session_attrs out, or write read-only";
        return Err(section.fault("replica_url", problem));
    }
    if settings.url.session == PostgresSession::ReadOnly {
        let problem = "is where everything is written: leave target_session_attrs out";
        return Err(section.fault("url", problem));
    }
    section.finish()?;
    Ok(settings)
}

fn password(section: &mut Section) -> Result<DatabasePassword, ConfigError> {
    let file = section.kept_secret_file("password_file")?;
    let identity = section.flag_or_text("entra_identity")?;
    match (file, identity) {
        (None, None) => Ok(DatabasePassword::Address),
        (Some(file), None) => Ok(DatabasePassword::File(file)),
        (None, Some(identity)) if identity == "true" => Ok(DatabasePassword::Entra(EntraIdentity::Own)),
        (None, Some(id)) => {
            let id = checked(section, "entra_identity", check::id(id))?;
            Ok(DatabasePassword::Entra(EntraIdentity::Client(id)))
        }
        (Some(_), Some(_)) => {
            let problem = "is given together with `database.password_file`; keep one of them";
            Err(section.fault("entra_identity", problem))
        }
    }
}

fn ca_file(section: &mut Section) -> Result<Option<PathBuf>, ConfigError> {
    let Some(path) = section.text("ca_file")?.map(PathBuf::from) else {
        return Ok(None);
    };
    match std::fs::read_to_string(&path) {
        Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => Ok(Some(path)),
        Ok(_) => Err(section.fault(
            "ca_file",
            format!("the file {} holds no certificate; it must be PEM", path.display()),
        )),
        Err(source) => Err(section.unreadable("ca_file", path, source)),
    }
}

fn sign_in(mut section: Section) -> Result<SignIn, ConfigError> {
    let issuer = section.required("issuer")?;
    let issuer = checked(&section, "issuer", check::issuer(issuer))?;
    let client_id = required_id(&mut section, "client_id")?;
    let client_secret = section.secret("client_secret")?;
    let session_idle = duration(&mut section, "session_idle", 60 * 60)?;
    let session_lifetime = duration(&mut section, "session_lifetime", 12 * 60 * 60)?;
    if session_idle > session_lifetime {
        return Err(section.fault(
            "session_idle",
            "must not be longer than `sign_in.session_lifetime`",
        ));
    }
    let graph_url = optional(&mut section, "graph_url", check::address)?;
    let roles = roles(section.section("roles")?)?;
    section.finish()?;
    Ok(SignIn {
        issuer,
        client_id,
        client_secret,
        session_idle,
        session_lifetime,
        graph_url,
        roles,
    })
}

fn roles(mut section: Section) -> Result<Roles, ConfigError> {
    let mut ids = |key: &str, default: &[&str]| -> Result<Vec<String>, ConfigError> {
        let Some(ids) = section.texts(key)? else {
            return Ok(default.iter().map(|id| (*id).to_owned()).collect());
        };
        ids.into_iter()
            .map(|id| checked(&section, key, check::id(id)))
            .collect()
    };
    let roles = Roles {
        global_admin: ids("global_admin", &["62e90394-69f5-4237-9190-012177145e10"])?,
        billing_admin: ids("billing_admin", &["b0f54661-2d74-4c50-afa3-1ec803f12efe"])?,
        user_management_admin: ids("user_management_admin", &["fe930be7-5e62-47db-91af-98c3a49a38b1"])?,
        admin_agent: ids("admin_agent", &[])?,
        sales_agent: ids("sales_agent", &[])?,
        helpdesk_agent: ids("helpdesk_agent", &[])?,
    };
    section.finish()?;
    Ok(roles)
}

fn partner_center(sections: Vec<Section>) -> Result<Vec<PartnerAccount>, ConfigError> {
    let mut tenants = HashSet::new();
    let mut accounts = Vec::new();
    for mut section in sections {
        let account = PartnerAccount {
            name: section.required("name")?.trim().to_owned(),
            tenant_id: required_id(&mut section, "tenant_id")?,
            cloud: cloud(&mut section)?,
            client_id: required_id(&mut section, "client_id")?,
            client_secret: section
                .secret("client_secret")?
                .ok_or_else(|| section.missing("client_secret"))?,
            refresh_token: section.secret("refresh_token")?,
            authority_url: optional(&mut section, "authority_url", check::address)?,
            api_url: optional(&mut section, "api_url", check::api)?,
            token_url: optional(&mut section, "token_url", check::issuer)?,
            graph_url: optional(&mut section, "graph_url", check::address)?,
            subscriptions_url: optional(&mut section, "subscriptions_url", check::subscriptions)?
                .unwrap_or_else(|| super::SUBSCRIPTIONS_URL.to_owned()),
        };
        if !tenants.insert(account.tenant_id.to_ascii_lowercase()) {
            return Err(section.fault(
                "tenant_id",
                "is in another `[[partner_center]]` too; remove one of them",
            ));
        }
        section.finish()?;
        accounts.push(account);
    }
    Ok(accounts)
}

fn cloud(section: &mut Section) -> Result<Cloud, ConfigError> {
    match section.text("cloud")?.as_deref() {
        None | Some("commercial") => Ok(Cloud::Commercial),
        Some("us-government") => Ok(Cloud::UsGovernment),
        Some("china") => Ok(Cloud::China),
        Some(other) => Err(section.fault(
            "cloud",
            format!("{other:?} is none; write commercial, us-government or china"),
        )),
    }
}

fn collect(mut section: Section) -> Result<Collect, ConfigError> {
    let interval = duration(&mut section, "interval", 5 * 60)?;
    let (least, most) = (Duration::from_secs(10), Duration::from_secs(24 * 60 * 60));
    if interval < least || interval > most {
        return Err(section.fault("interval", "must be from 10s to 24h"));
    }
    let days = section.number("reread_days")?.unwrap_or(3);
    let reread_days = u32::try_from(days).ok().filter(|days| (1..=89).contains(days));
    let reread_days = reread_days.ok_or_else(|| {
        section.fault(
            "reread_days",
            "must be from 1 to 89: Partner Center keeps 90 days",
        )
    })?;
    section.finish()?;
    Ok(Collect {
        interval,
        reread_days,
    })
}

fn credentials(mut section: Section) -> Result<Credentials, ConfigError> {
    let mut key = |name| -> Result<_, ConfigError> {
        let key = section.secret(name)?;
        if let Some(key) = &key {
            checked(&section, name, check::key(key.expose_secret()))?;
        }
        Ok(key)
    };
    let (key_secret, previous_key_secret) = (key("key_secret")?, key("previous_key_secret")?);
    let problem = match (&key_secret, &previous_key_secret) {
        (None, Some(_)) => Some("needs `credentials.key_secret`: the key to seal with from now on"),
        (Some(key), Some(previous)) if key.expose_secret() == previous.expose_secret() => {
            Some("is the same as `credentials.key_secret`; remove it, or make a new key")
        }
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(section.fault("previous_key_secret", problem));
    }
    section.finish()?;
    Ok(Credentials {
        key_secret,
        previous_key_secret,
    })
}

fn export_destinations(sections: Vec<Section>) -> Result<Vec<ExportDestination>, ConfigError> {
    let mut names = HashSet::new();
    let mut destinations = Vec::new();
    for mut section in sections {
        let url = section.required("url")?;
        let destination = ExportDestination {
            name: {
                let name = section.required("name")?;
                checked(&section, "name", check::name(name))?
            },
            url: checked(&section, "url", check::export_place(&url))?,
            endpoint: optional(&mut section, "endpoint", check::address)?,
            region: optional(&mut section, "region", check::id)?,
            access_key_id: optional(&mut section, "access_key_id", check::id)?,
            access_key_secret: section.secret("access_key_secret")?,
            sas_token: section.secret("sas_token")?,
        };
        if !names.insert(destination.name.clone()) {
            return Err(section.fault(
                "name",
                "is in another `[[export_destination]]` too; give each its own",
            ));
        }
        if let Some((key, problem)) = misplaced(&destination) {
            return Err(section.fault(key, problem));
        }
        section.finish()?;
        destinations.push(destination);
    }
    Ok(destinations)
}

/// A key that the kind of a destination has no use for, or that needs another one.
fn misplaced(it: &ExportDestination) -> Option<(&'static str, &'static str)> {
    let given = [
        ("endpoint", it.endpoint.is_some()),
        ("region", it.region.is_some()),
        ("access_key_id", it.access_key_id.is_some()),
        ("access_key_secret", it.access_key_secret.is_some()),
        ("sas_token", it.sas_token.is_some()),
    ];
    let useless: &[&str] = match &it.url {
        ExportPlace::Folder(_) => &[
            "endpoint",
            "region",
            "access_key_id",
            "access_key_secret",
            "sas_token",
        ],
        ExportPlace::S3 { .. } => &["sas_token"],
        ExportPlace::Azure { .. } => &["region", "access_key_id"],
    };
    let found = given
        .iter()
        .find(|(key, is_there)| *is_there && useless.contains(key));
    if let Some((key, _)) = found {
        return Some((key, "is of no use for a destination of this kind; remove it"));
    }
    let is_s3 = matches!(it.url, ExportPlace::S3 { .. });
    match (&it.access_key_id, &it.access_key_secret, &it.sas_token) {
        (Some(_), None, _) => Some(("access_key_id", "needs `access_key_secret` beside it")),
        (None, Some(_), _) if is_s3 => Some(("access_key_secret", "needs `access_key_id` beside it")),
        (_, Some(_), Some(_)) => Some((
            "sas_token",
            "is given together with `access_key_secret`; keep one of them",
        )),
        _ => None,
    }
}

fn checked<T>(section: &Section, key: &str, result: Result<T, String>) -> Result<T, ConfigError> {
    result.map_err(|problem| section.fault(key, problem))
}

fn optional(
    section: &mut Section,
    key: &str,
    check: impl Fn(String) -> Result<String, String>,
) -> Result<Option<String>, ConfigError> {
    let text = section.text(key)?;
    text.map(|text| checked(section, key, check(text))).transpose()
}

fn required_id(section: &mut Section, key: &str) -> Result<String, ConfigError> {
    let text = section.required(key)?;
    checked(section, key, check::id(text))
}

fn duration(section: &mut Section, key: &str, default: u64) -> Result<Duration, ConfigError> {
    match section.text(key)? {
        Some(text) => checked(section, key, check::duration(&text)),
        None => Ok(Duration::from_secs(default)),
    }
}
