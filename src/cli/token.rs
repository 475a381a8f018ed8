//! `partnerlog token`

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand, builder::PossibleValuesParser};

use super::{ConfigFile, Outcome, WrongUsage};
use crate::{
    app::open,
    clock::Clock,
    store::{ApiToken, ApiTokens, NewApiToken, Right, new_token_text, token_hash},
};

/// Looks after the bearer tokens with which programs read the API
#[derive(Debug, Args)]
pub struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Makes a token and prints it, this once: only its hash is kept
    Create {
        #[command(flatten)]
        config: ConfigFile,
        /// What it is for, such as "nightly report"
        #[arg(long)]
        name: String,
        /// What it lets a program do: read records through the API, or export the log
        #[arg(long = "right", value_name = "RIGHT", default_value = "read", value_parser = PossibleValuesParser::new(Right::ALL.map(Right::name)))]
        rights: Vec<String>,
        /// The id of a customer; the token is for this one and others so named, and for no other
        #[arg(long = "customer", value_name = "ID")]
        customers: Vec<uuid::Uuid>,
        /// After so many days it is good for nothing; 0: never
        #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(..=3_650))]
        days: u16,
    },
    /// Lists all tokens, the newest first: number, name, rights, customers, made, last used, until when it is good
    List {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Makes a token good for nothing, at once
    Revoke {
        #[command(flatten)]
        config: ConfigFile,
        /// Its number in the list
        number: i64,
    },
}

impl Token {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let now = Clock::system().now();
        match self.action {
            Action::Create {
                config,
                name,
                rights,
                customers,
                days,
            } => {
                let name = name.trim();
                if name.is_empty() {
                    return Err(WrongUsage("--name must say what the token is for".to_owned()).into());
                }
                let store = open(&config.load()?.database, &Clock::system()).await?;
                let token = new_token_text();
                let hash = token_hash(&token).context("a new token is one")?;
                let end = TimeDelta::days(days.into());
                let number = store
                    .add_token(&NewApiToken {
                        hash,
                        name: name.to_owned(),
                        rights: Right::ALL
                            .into_iter()
                            .filter(|right| rights.iter().any(|name| name == right.name()))
                            .collect(),
                        customers: customers.iter().map(ToString::to_string).collect(),
                        created_at: now,
                        created_by: "command line".to_owned(),
                        expires_at: (days > 0).then_some(now + end),
                    })
                    .await?;
                say!("{token}");
                remark!("token {number} is kept as a hash: what was printed is not shown again");
                Ok(Outcome::Done)
            }
            Action::List { config } => {
                let store = open(&config.load()?.database, &Clock::system()).await?;
                say!("number\tname\trights\tcustomers\tmade\tused\tuntil");
                for token in store.api_tokens().await? {
                    say!("{}", line(&token, now));
                }
                Ok(Outcome::Done)
            }
            Action::Revoke { config, number } => {
                let store = open(&config.load()?.database, &Clock::system()).await?;
                if store.revoke_token(number, now, "command line").await? {
                    remark!("token {number} is revoked");
                    Ok(Outcome::Done)
                } else {
                    remark!("there is no such token, or it was revoked before");
                    Ok(Outcome::Incomplete)
                }
            }
        }
    }
}

fn line(token: &ApiToken, now: DateTime<Utc>) -> String {
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
    let rights: Vec<_> = token.rights.iter().map(|right| right.name()).collect();
    let customers = match token.customers.is_empty() {
        true => "all".to_owned(),
        false => token.customers.join(","),
    };
    let until = match (token.revoked_at, token.expires_at) {
        (Some(at), _) => format!("revoked {}", day(at)),
        (None, Some(at)) if at <= now => format!("expired {}", day(at)),
        (None, Some(at)) => day(at),
        (None, None) => "for good".to_owned(),
    };
    // A tab in a name would be taken for the next column.
    let name = token.name.replace(|c: char| c.is_control(), " ");
    format!(
        "{}\t{name}\t{}\t{customers}\t{}\t{}\t{until}",
        token.number,
        rights.join(","),
        day(token.created_at),
        token.used_at.map_or_else(|| "never".to_owned(), day),
    )
}
