//! `partnerlog credentials`

use clap::{Args, Subcommand};

use super::{ConfigFile, Outcome, WrongUsage};
use crate::{
    app::{open, streaming, vault},
    clock::Clock,
    credentials::{Resealed, Seal, Vault},
    i18n::Lang,
    stream::Pace,
};

/// Looks after what is kept sealed: consents of partner accounts (App+User) and where streams go
#[derive(Debug, Args)]
pub struct Credentials {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists them: tenant, account, when consented, last used and lapsing, and which key opens each
    List {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Seals everything under credentials.key_secret that is still under credentials.previous_key_secret
    Rotate {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Takes a consent away: the account is App-only again, unless the settings have a refresh token
    Forget {
        #[command(flatten)]
        config: ConfigFile,
        /// The partner's tenant ID
        tenant: String,
    },
}

impl Credentials {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let (Action::List { config } | Action::Rotate { config } | Action::Forget { config, .. }) =
            &self.action;
        let settings = config.load()?;
        if matches!(self.action, Action::Rotate { .. }) && settings.credentials.key_secret.is_none() {
            return Err(WrongUsage(format!(
                "credentials.key_secret: {}",
                Lang::En.t("remedy-key-missing")
            ))
            .into());
        }
        let store = open(&settings.database, &Clock::system()).await?;
        let vault = vault(&settings, &store, &Clock::system());
        match self.action {
            Action::List { .. } => {
                let name = |tenant: &str| {
                    let account = settings
                        .partner_center
                        .iter()
                        .find(|account| account.tenant_id.eq_ignore_ascii_case(tenant));
                    account.map_or("(not in the settings)", |account| &account.name)
                };
                list(&vault, name).await
            }
            Action::Rotate { .. } => {
                let streaming = streaming(&settings, &store, &Clock::system(), Pace::default());
                let consents = told(vault.reseal().await?, "remedy-key-unknown");
                let streams = streaming.reseal().await?.into_iter();
                let streams = streams.map(|(name, resealed)| (format!("stream {name:?}"), resealed));
                let streams = told(streams, "streams-sealed-remedy");
                Ok(match consents {
                    Outcome::Done => streams,
                    incomplete => incomplete,
                })
            }
            Action::Forget { tenant, .. } => {
                if vault.forget(&tenant).await? {
                    remark!("{tenant}: taken away");
                    Ok(Outcome::Done)
                } else {
                    remark!("{tenant}: there is no consent of this tenant");
                    Ok(Outcome::Incomplete)
                }
            }
        }
    }
}

async fn list<'a>(vault: &Vault, name: impl Fn(&str) -> &'a str) -> anyhow::Result<Outcome> {
    say!("tenant\taccount\tconsented\tused\tlapses\tkey");
    for stored in vault.all().await? {
        let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
        say!(
            "{}\t{}\t{}\t{}\t{}\t{}",
            stored.tenant_id,
            name(&stored.tenant_id),
            day(stored.obtained_at),
            day(stored.used_at),
            day(stored.lapses_at),
            match stored.seal {
                Seal::Newest => "key_secret",
                Seal::Previous => "previous_key_secret",
                Seal::Unknown => "unknown",
            }
        );
    }
    Ok(Outcome::Done)
}

/// Says of each what sealing it anew did; `remedy` is the message for what does not open.
fn told(all: impl IntoIterator<Item = (String, Resealed)>, remedy: &str) -> Outcome {
    let mut outcome = Outcome::Done;
    for (name, resealed) in all {
        match resealed {
            Resealed::Done => say!("{name}: sealed with the new key"),
            Resealed::Already => say!("{name}: was sealed with it already"),
            Resealed::Unopened => {
                say!("{name}: does not open");
                remark!("{name}: {}", Lang::En.t(remedy));
                outcome = Outcome::Incomplete;
            }
        }
    }
    outcome
}
