//! Credentials: what goes wrong with them is put into words, they are kept sealed, and an administrator renews them.

mod clouds;
mod consent;
mod refused;
mod vault;
mod words;

use crate::support::archive;
use std::{path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use partnerlog::{
    clock::Clock,
    config::{self, PartnerAccount},
    credentials::Vault,
    partner_center::{Client, ClientOptions},
    simulator::{
        partner_center::{PartnerCenter, PartnerCenterOptions},
        tenant::Tenant,
    },
    store::sql::SqlStore,
};

const KEY: &str = "hqnYx1N0Cz0Z0p7cVf0Y6o2mB8H3s9JwKkq4tRrUe1A=";
const OTHER_KEY: &str = "7f3a9b0c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a";
const FIRST: &str = "stand-in-refresh-token";

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn keys(key: Option<&str>, previous: Option<&str>) -> config::Credentials {
    let secret = |key: Option<&str>| key.map(|key| key.to_owned().into());
    config::Credentials {
        key_secret: secret(key),
        previous_key_secret: secret(previous),
    }
}

/// A stand-in Partner Center, and an archive that several processes open in turn or at once.
struct World {
    partner_center: PartnerCenter,
    clock: Clock,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::fixed(now());
        let tenant = Arc::new(Tenant::from_records(Vec::new()));
        let options = PartnerCenterOptions::new(tenant, clock.clone());
        Self {
            partner_center: PartnerCenter::start(options).await.unwrap(),
            clock,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn account(&self, refresh_token: Option<&str>) -> PartnerAccount {
        PartnerAccount {
            name: "Contoso Japan".to_owned(),
            tenant_id: self.partner_center.tenant().partner_id().to_owned(),
            cloud: config::Cloud::Commercial,
            client_id: "6f1ad2f2-6e38-4f0e-9d4b-3b1f0f0c5a01".to_owned(),
            client_secret: "stand-in-secret".to_owned().into(),
            refresh_token: refresh_token.map(|token| token.to_owned().into()),
            authority_url: Some(self.partner_center.authority_url()),
            api_url: Some(self.partner_center.api_url()),
            token_url: None,
            graph_url: None,
            subscriptions_url: String::new(),
        }
    }

    /// Another process: an archive opened anew, a vault with those keys, a client.
    async fn process(&self, keys: &config::Credentials, refresh_token: Option<&str>) -> Process {
        let store = archive::open(&self.archive()).await.unwrap();
        let vault = Vault::new(keys, Arc::new(store.clone()), self.clock.clone());
        let account = self.account(refresh_token);
        let client = Client::with_refresh_tokens(
            &account,
            self.clock.clone(),
            ClientOptions {
                attempts: 1,
                ..ClientOptions::default()
            },
            Arc::new(vault.of(&account)),
        );
        Process {
            store,
            vault,
            client: client.unwrap(),
            account,
        }
    }

    fn archive(&self) -> std::path::PathBuf {
        self.folder.path().join("archive.db")
    }
}

struct Process {
    store: SqlStore,
    vault: Vault,
    client: Client,
    account: PartnerAccount,
}

/// Every byte that a folder holds.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
