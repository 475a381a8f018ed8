//! `partnerlog stand-in`

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use clap::Args;
use rand::Rng;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    app::shutdown_signal,
    clock::Clock,
    collect::oldest_day,
    config,
    simulator::{
        identity_provider::{
            ADMIN_AGENTS_GROUP, BILLING_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, HELPDESK_AGENTS_GROUP,
            IdentityProvider, IdpOptions, SALES_AGENTS_GROUP, USER_ADMINISTRATOR,
        },
        partner_center::{PartnerCenter, PartnerCenterOptions},
        tenant::{Tenant, TenantOptions},
    },
};

/// Stands in for Microsoft's side, on this machine only, so that `serve` can be tried out.
///
/// A made-up Partner Center and a made-up identity provider run until they are stopped. Their part of the settings is
/// printed when they are ready.
#[derive(Debug, Args)]
pub struct StandIn {
    /// How browsers reach the dashboard: its `server.public_url`
    #[arg(long, value_name = "URL")]
    public_url: String,
    /// How many records of activity there are at the start; those of the last 90 days are shown
    #[arg(long, value_name = "N", default_value_t = 30_000)]
    records: usize,
    /// New activity comes about so often
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pace: u64,
}

impl StandIn {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let shutdown = shutdown_signal();
        let clock = Clock::system();
        let public_url = self.public_url.trim_end_matches('/');
        let (partner_center, secrets) = partner_center(self.records, clock.now(), &clock, public_url).await?;
        let provider = provider(&clock, public_url).await?;
        say!(
            "{}",
            settings(&sign_in(&provider), &account(&partner_center, secrets))
        );
        let tenant = Arc::clone(partner_center.tenant());
        go_on(tenant, Duration::from_secs(self.pace), clock, shutdown).await;
        partner_center.shutdown().await;
        provider.shutdown().await;
        Ok(Outcome::Done)
    }
}

/// What of its activity Partner Center still shows.
async fn partner_center(
    records: usize,
    now: DateTime<Utc>,
    clock: &Clock,
    public_url: &str,
) -> anyhow::Result<(PartnerCenter, (String, String))> {
    let tenant = Tenant::generate(&TenantOptions {
        records,
        ..TenantOptions::new(1, now)
    });
    tenant.forget_before(oldest_day(now));
    let options = PartnerCenterOptions {
        redirect_uris: vec![format!("{public_url}/settings/accounts/consent/callback")],
        ..PartnerCenterOptions::new(Arc::new(tenant), clock.clone())
    };
    let credentials = (options.client_id.clone(), options.client_secret.clone());
    Ok((PartnerCenter::start(options).await?, credentials))
}

/// The sections of a settings file that lead here. Their values are plain words, which TOML quotes as Rust does.
fn settings(sign_in: &config::SignIn, account: &config::PartnerAccount) -> String {
    let secret =
        |secret: Option<&SecretString>| secret.map_or_else(String::new, |it| it.expose_secret().to_owned());
    let address = |url: &Option<String>| url.clone().unwrap_or_default();
    let config::Roles {
        admin_agent,
        sales_agent,
        helpdesk_agent,
        ..
    } = &sign_in.roles;
    format!(
        "[sign_in]
issuer = {:?}
client_id = {:?}
client_secret = {:?}
graph_url = {:?}

[sign_in.roles]
admin_agent = {admin_agent:?}
sales_agent = {sales_agent:?}
helpdesk_agent = {helpdesk_agent:?}

[[partner_center]]
name = {:?}
tenant_id = {:?}
client_id = {:?}
client_secret = {:?}
authority_url = {:?}
api_url = {:?}",
        sign_in.issuer,
        sign_in.client_id,
        secret(sign_in.client_secret.as_ref()),
        address(&sign_in.graph_url),
        account.name,
        account.tenant_id,
        account.client_id,
        secret(Some(&account.client_secret)),
        address(&account.authority_url),
        address(&account.api_url),
    )
}

/// Lets activity go on, about that often, at the uneven pace of people.
pub(super) async fn go_on(tenant: Arc<Tenant>, pace: Duration, clock: Clock, shutdown: CancellationToken) {
    loop {
        let pause = pace.mul_f64(rand::rng().random_range(0.5..1.5));
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        tenant.new_activity(clock.now());
    }
}

pub(super) async fn provider(clock: &Clock, public_url: &str) -> anyhow::Result<IdentityProvider> {
    let options = IdpOptions {
        redirect_uris: vec![format!("{public_url}/sign-in/callback")],
        post_logout_redirect_uris: vec![format!("{public_url}/signed-out")],
        ..IdpOptions::new(clock.clone())
    };
    let provider = IdentityProvider::start(options).await?;
    provider.set_front_channel_logout_uri(&format!("{public_url}/sign-out/front-channel"));
    Ok(provider)
}

/// Sign-in through the stand-in, which has a user for each role.
pub(super) fn sign_in(provider: &IdentityProvider) -> config::SignIn {
    let (client_id, client_secret) = provider.client();
    let ids = |id: &str| vec![id.to_owned()];
    config::SignIn {
        issuer: provider.issuer().to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Some(client_secret.into()),
        session_idle: Duration::from_secs(60 * 60),
        session_lifetime: Duration::from_secs(12 * 60 * 60),
        graph_url: Some(provider.graph_url()),
        roles: config::Roles {
            global_admin: ids(GLOBAL_ADMINISTRATOR),
            billing_admin: ids(BILLING_ADMINISTRATOR),
            user_management_admin: ids(USER_ADMINISTRATOR),
            admin_agent: ids(ADMIN_AGENTS_GROUP),
            sales_agent: ids(SALES_AGENTS_GROUP),
            helpdesk_agent: ids(HELPDESK_AGENTS_GROUP),
        },
    }
}

/// The partner account of the stand-in.
pub(super) fn account(
    partner_center: &PartnerCenter,
    (client_id, client_secret): (String, String),
) -> config::PartnerAccount {
    config::PartnerAccount {
        name: "Contoso Partner".to_owned(),
        tenant_id: partner_center.tenant().partner_id().to_owned(),
        cloud: config::Cloud::Commercial,
        client_id,
        client_secret: client_secret.into(),
        refresh_token: None,
        authority_url: Some(partner_center.authority_url()),
        api_url: Some(partner_center.api_url()),
        token_url: None,
        graph_url: None,
        subscriptions_url: config::SUBSCRIPTIONS_URL.to_owned(),
    }
}
