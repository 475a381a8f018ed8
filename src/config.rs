//! Settings: sections of a TOML file, overridden by environment variables, checked before anything starts.
//!
//! The names and defaults are a contract: `docs/contract.md`, section 2.

use std::{net::SocketAddr, time::Duration};

use secrecy::SecretString;

/// Everything an operator can set.
#[derive(Clone, Debug)]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    pub sign_in: SignIn,
    /// One for each partner account; may be empty (an archive that is only imported into).
    pub partner_center: Vec<PartnerAccount>,
    pub collect: Collect,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    pub listen: SocketAddr,
    /// Scheme, host and port under which browsers reach the dashboard, without a trailing slash.
    pub public_url: String,
    /// Addresses whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<std::net::IpAddr>,
}

impl Server {
    /// Whether browsers come over https, so that cookies are `Secure` and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:PATH`
    pub url: String,
}

/// `[sign_in]`: the OpenID provider and how long sessions last.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Exactly as the provider names itself; for Entra `https://login.microsoftonline.com/<tenant-id>/v2.0`.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<SecretString>,
    pub session_idle: Duration,
    pub session_lifetime: Duration,
    /// Overrides the Microsoft Graph address that the issuer implies; asked only for groups overage.
    pub graph_url: Option<String>,
    pub roles: Roles,
}

/// `[sign_in.roles]`: for each role, the object ids of groups, template ids (`wids`) or app roles that grant it.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    pub global_admin: Vec<String>,
    pub billing_admin: Vec<String>,
    pub user_management_admin: Vec<String>,
    pub admin_agent: Vec<String>,
    pub sales_agent: Vec<String>,
    pub helpdesk_agent: Vec<String>,
}

/// `[[partner_center]]`: one partner account.
#[derive(Clone, Debug)]
pub struct PartnerAccount {
    pub name: String,
    pub tenant_id: String,
    pub cloud: Cloud,
    pub client_id: String,
    pub client_secret: SecretString,
    /// With it App+User, without it App-only.
    pub refresh_token: Option<SecretString>,
    /// Without a trailing slash and without `/v1`; overrides what the cloud implies.
    pub api_url: Option<String>,
    /// Overrides what the cloud and the tenant imply.
    pub token_url: Option<String>,
    /// The Subscriptions page in Partner Center, with `{customerId}` where the customer's id goes.
    pub subscriptions_url: String,
}

/// The national clouds that Partner Center runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    Commercial,
    UsGovernment,
    China,
}

/// `[collect]`
#[derive(Clone, Copy, Debug)]
pub struct Collect {
    /// Pause between two runs.
    pub interval: Duration,
    /// How many of the newest UTC days every run reads again, because records arrive late.
    pub reread_days: u32,
}
