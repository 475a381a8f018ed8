//! Settings: sections of a TOML file, overridden by environment variables, checked before anything starts.
//!
//! The names and defaults are a contract: `docs/contract.md`, section 2; `docs/partnerlog.example.toml` shows
//! every one. This is plain data: it knows nothing of what the settings are for.

mod check;
mod load;
mod postgres_address;
mod tree;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use secrecy::SecretString;
use thiserror::Error;

pub use load::{SettingsFile, environment};
pub use postgres_address::{PostgresAddress, PostgresHost, PostgresPlace, PostgresSession};
pub use tree::secret_in;

/// Everything an operator can set. [`Settings::load`] reads and checks it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[sign_in]`
    pub sign_in: SignIn,
    /// One for each partner account; may be empty (an archive that is only imported into).
    pub partner_center: Vec<PartnerAccount>,
    /// `[collect]`
    pub collect: Collect,
    /// `[credentials]`
    pub credentials: Credentials,
    /// One for each place that scheduled exports can go to.
    pub export_destinations: Vec<ExportDestination>,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    /// Address and port to listen on. `127.0.0.1:8080` unless set.
    pub listen: SocketAddr,
    /// Scheme, host and port under which browsers reach the dashboard, without a trailing slash. `https`, or
    /// `http` on a loopback host. Unless set, `http://` and `listen`, which must then be a loopback address.
    pub public_url: String,
    /// Addresses whose `X-Forwarded-For` counts. None unless set. In the environment: separated by commas.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Server {
    /// Whether browsers come over https, so that cookies are `Secure` and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether the dashboard is for this machine alone: it listens on it only, and browsers find it there.
    pub fn is_local(&self) -> bool {
        self.listen.ip().is_loopback() && check::is_local(&self.public_url)
    }
}

/// `[database]`: where the archive is.
#[derive(Clone, Debug)]
pub enum Database {
    /// `sqlite:PATH`, the path absolute or relative to where partnerlog starts. `sqlite:partnerlog.db` unless set.
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(Box<Postgres>),
}

impl Database {
    /// The address, for display: without a password.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(settings) => settings.url.to_string(),
        }
    }
}

/// Archives keep so many months at least: fewer would come near to what Partner Center still shows.
pub const LEAST_MONTHS: u32 = 13;

/// `[database]` on servers.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// Where everything is written. TLS is checked, unless nothing leaves this machine or `sslmode=disable` is written.
    pub url: PostgresAddress,
    /// Where what may be a little older is read, if anywhere else.
    pub replica_url: Option<PostgresAddress>,
    /// How we prove who we are.
    pub password: DatabasePassword,
    /// Certificates (PEM) of the authorities that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// So many connections at most of one process: 5 to 200, 10 unless set.
    pub connections: usize,
    /// Statements that take longer are logged, without their values. `500ms` unless set.
    pub slow_statement: Duration,
    /// So many whole months are kept by `partnerlog expire`, beside the one that goes on; everything unless set.
    pub keep_months: Option<u32>,
}

/// Where the password of a database comes from.
#[derive(Clone, Debug)]
pub enum DatabasePassword {
    /// From the address, if there is one in it.
    Address,
    /// `password_file`: from a file, read again for each connection.
    File(PathBuf),
    /// `entra_identity`: it is an access token of the identity that Microsoft Entra gave to where partnerlog runs.
    Entra(EntraIdentity),
}

/// Which identity of a machine or a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntraIdentity {
    /// `true`: the only one, or the machine's own.
    Own,
    /// The client id of one of several.
    Client(String),
}

impl Postgres {
    /// The database at an address, with defaults for everything else.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn at(url: &str) -> Result<Self, String> {
        Ok(Self {
            url: PostgresAddress::parse(url, PostgresSession::ReadWrite)?,
            replica_url: None,
            password: DatabasePassword::Address,
            ca_file: None,
            connections: 10,
            slow_statement: Duration::from_millis(500),
            keep_months: None,
        })
    }

    /// The addresses that are set.
    pub fn addresses(&self) -> impl Iterator<Item = &PostgresAddress> {
        std::iter::once(&self.url).chain(&self.replica_url)
    }
}

/// `[sign_in]`: the OpenID provider and how long sessions last.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Required. Exactly as the provider names itself; for Entra
    /// `https://login.microsoftonline.com/<tenant-id>/v2.0`.
    pub issuer: String,
    /// Required. The id of the application registered with the provider.
    pub client_id: String,
    /// Its secret, unless it is a public client. Or `client_secret_file`.
    pub client_secret: Option<SecretString>,
    /// A session ends when nothing was asked for this long. `60m` unless set.
    pub session_idle: Duration,
    /// A session ends after this in any case. `12h` unless set.
    pub session_lifetime: Duration,
    /// Overrides the Microsoft Graph address that the issuer implies; asked only for groups overage.
    pub graph_url: Option<String>,
    /// `[sign_in.roles]`
    pub roles: Roles,
}

/// `[sign_in.roles]`: for each role, the object ids of groups, template ids (`wids`) or app roles that grant it.
///
/// The three directory roles have Microsoft's template ids unless set; the three agent roles have nothing, because
/// the object ids of their groups differ from tenant to tenant. In the environment: separated by commas.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// `62e90394-69f5-4237-9190-012177145e10` unless set.
    pub global_admin: Vec<String>,
    /// `b0f54661-2d74-4c50-afa3-1ec803f12efe` unless set.
    pub billing_admin: Vec<String>,
    /// `fe930be7-5e62-47db-91af-98c3a49a38b1` unless set.
    pub user_management_admin: Vec<String>,
    /// The group AdminAgents.
    pub admin_agent: Vec<String>,
    /// The group SalesAgents.
    pub sales_agent: Vec<String>,
    /// The group HelpdeskAgents; not Entra's directory role Helpdesk Administrator.
    pub helpdesk_agent: Vec<String>,
}

/// `[[partner_center]]`: one partner account. In the environment: `PARTNERLOG_PARTNER_CENTER__0__…` and on.
#[derive(Clone, Debug)]
pub struct PartnerAccount {
    /// Required. What the pages call it.
    pub name: String,
    /// Required, and only once in the file.
    pub tenant_id: String,
    /// `commercial` unless set; or `us-government`, `china`.
    pub cloud: Cloud,
    /// Required. The application registered for Partner Center.
    pub client_id: String,
    /// Required. Or `client_secret_file`.
    pub client_secret: SecretString,
    /// With it App+User, without it App-only. Or `refresh_token_file`.
    pub refresh_token: Option<SecretString>,
    /// Microsoft Entra's login host, without a trailing slash; overrides what the cloud implies.
    pub authority_url: Option<String>,
    /// Without a trailing slash and without `/v1`; overrides what the cloud implies.
    pub api_url: Option<String>,
    /// Overrides what the authority and the tenant imply.
    pub token_url: Option<String>,
    /// Microsoft Graph, without a trailing slash; overrides what the cloud implies. Sign-in asks there about groups
    /// where neither `sign_in.graph_url` nor a known issuer says where Graph is.
    pub graph_url: Option<String>,
    /// The Subscriptions page in Partner Center, with `{customerId}` where the customer's id goes.
    /// [`SUBSCRIPTIONS_URL`] unless set.
    pub subscriptions_url: String,
}

/// Where Partner Center shows a customer's subscriptions, unless the settings say otherwise.
pub const SUBSCRIPTIONS_URL: &str =
    "https://partner.microsoft.com/commerce/customers/{customerId}/subscriptions";

/// The national clouds that Partner Center runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// `commercial`
    Commercial,
    /// `us-government`
    UsGovernment,
    /// `china`, run by 21Vianet
    China,
}

/// `[collect]`
#[derive(Clone, Copy, Debug)]
pub struct Collect {
    /// Pause between two runs: `10s` to `24h`, `5m` unless set.
    pub interval: Duration,
    /// How many of the newest UTC days every run reads again, because records arrive late: 1 to 89, 3 unless set.
    pub reread_days: u32,
}

/// `[credentials]`: what refresh tokens are sealed with. Without a key nobody can consent on the page, and the newest
/// refresh token is kept in memory only.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// At least 32 characters of chance, such as `openssl rand -base64 32` gives. Or `key_secret_file`.
    pub key_secret: Option<SecretString>,
    /// The key of before, until `partnerlog credentials rotate` has sealed everything anew. Or
    /// `previous_key_secret_file`.
    pub previous_key_secret: Option<SecretString>,
}

/// `[[export_destination]]`: where scheduled exports can go. Who manages chooses among these by name; only who writes the
/// settings says where data may leave to.
#[derive(Clone, Debug)]
pub struct ExportDestination {
    /// Required, and only once in the file. What the pages call it.
    pub name: String,
    /// Required.
    pub url: ExportPlace,
    /// Where the service is, other than at Amazon or in Azure's public cloud; without a trailing slash.
    pub endpoint: Option<String>,
    /// `us-east-1` unless set; S3 alone knows regions.
    pub region: Option<String>,
    /// S3's. With `access_key_secret`, or neither.
    pub access_key_id: Option<String>,
    /// S3's secret access key, or the key of Azure's storage account. Or `access_key_secret_file`. Without any of these
    /// the environment or the machine's own identity has to do.
    pub access_key_secret: Option<SecretString>,
    /// A shared access signature of Azure's. Or `sas_token_file`.
    pub sas_token: Option<SecretString>,
}

/// What the address of a destination means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportPlace {
    /// `folder:/absolute/path`
    Folder(PathBuf),
    /// `s3://bucket/prefix`
    S3 { bucket: String, prefix: String },
    /// `azure://account/container/prefix`
    Azure {
        account: String,
        container: String,
        prefix: String,
    },
}

/// Why the settings cannot be used. The text names the key and says what to do; it never holds a secret.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The settings file, or a file that a `*_file` key names, cannot be read.
    #[error("{key}: cannot read {}: {source}", path.display())]
    Unreadable {
        /// Who named the file.
        key: String,
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("{}: line {line}: {problem}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser says of it.
        problem: String,
    },
    /// One setting is unknown, missing or cannot work.
    #[error("{key}: {problem}")]
    Setting {
        /// Such as `sign_in.session_idle`, or the environment variable's name.
        key: String,
        /// What is wrong and what to write instead.
        problem: String,
    },
}
