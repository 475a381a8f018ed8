//! Consent under way: it belongs to one session of one browser, is finished once, and ends after ten minutes.
//!
//! The `state` that travels through the identity platform is chance; what belongs to it is kept sealed under a hash of
//! it and of the session's id, so that nobody finds or opens it from anywhere else.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::vault::{Standing, Vault};
use crate::{
    clock::Clock,
    config::PartnerAccount,
    partner_center::{self, ConsentClient, Trouble},
    seal,
    store::{SessionRows, StoreError},
};

/// How long the identity platform's pages may stay open.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Where browsers come back to, below the public address.
const CALLBACK: &str = "/settings/accounts/consent/callback";

/// Consent for the configured accounts; clones share it.
#[derive(Clone)]
pub struct Consents(Arc<Inner>);

struct Inner {
    vault: Vault,
    /// By tenant, in lower case.
    accounts: HashMap<String, (PartnerAccount, ConsentClient)>,
    under_way: Arc<dyn SessionRows>,
    clock: Clock,
    redirect_uri: String,
}

/// What must be remembered until the browser comes back.
#[derive(Serialize, Deserialize)]
struct Pending {
    tenant_id: String,
    verifier: String,
    nonce: String,
}

/// What a browser came back with.
pub struct ConsentAnswer {
    pub state: String,
    /// A code, or OAuth's word for what went wrong and its explanation.
    pub outcome: Result<SecretString, (String, String)>,
}

/// Why there is no consent.
#[derive(Debug)]
pub enum Refused {
    /// The settings know no such account.
    UnknownAccount,
    /// Not begun in this session, begun too long ago, or finished already.
    NotUnderWay,
    /// Something is wrong: the code of a trouble, and the identity platform's own code.
    Trouble {
        code: &'static str,
        said: Option<String>,
    },
}

impl Consents {
    /// For `accounts`; browsers reach us at `public_url`.
    ///
    /// # Errors
    /// When an account's addresses cannot be used.
    pub fn new(
        accounts: &[PartnerAccount],
        public_url: &str,
        vault: Vault,
        under_way: Arc<dyn SessionRows>,
        clock: Clock,
    ) -> Result<Self, partner_center::Error> {
        let redirect_uri = format!("{public_url}{CALLBACK}");
        let mut clients = HashMap::new();
        for account in accounts {
            let client = ConsentClient::new(account, &redirect_uri, clock.clone())?;
            clients.insert(account.tenant_id.to_ascii_lowercase(), (account.clone(), client));
        }
        Ok(Self(Arc::new(Inner {
            vault,
            accounts: clients,
            under_way,
            clock,
            redirect_uri,
        })))
    }

    /// The address that has to be registered for each account's application.
    pub fn redirect_uri(&self) -> &str {
        &self.0.redirect_uri
    }

    /// The origins that browsers are sent to.
    pub fn origins(&self) -> Vec<String> {
        let mut origins: Vec<_> = self
            .0
            .accounts
            .values()
            .map(|(_, client)| client.origin())
            .collect();
        origins.sort_unstable();
        origins.dedup();
        origins
    }

    /// How the account of a tenant stands; nothing for one that is not configured.
    pub async fn standing(&self, tenant_id: &str) -> Result<Option<Standing>, StoreError> {
        match self.0.accounts.get(&tenant_id.to_ascii_lowercase()) {
            Some((account, _)) => self.0.vault.standing(account).await.map(Some),
            None => Ok(None),
        }
    }

    /// Begins a consent in the session with that id: where the browser has to go.
    pub async fn begin(&self, session: &str, tenant_id: &str) -> Result<String, Refused> {
        let tenant_id = tenant_id.to_ascii_lowercase();
        let (_, client) = self.0.accounts.get(&tenant_id).ok_or(Refused::UnknownAccount)?;
        if !self.0.vault.can_seal() {
            return Err(refused(Trouble::KeyMissing, None));
        }
        let state = URL_SAFE_NO_PAD.encode(seal::random::<32>());
        let begun = client.begin(&state);
        let pending = Pending {
            tenant_id,
            verifier: begun.verifier.expose_secret().to_owned(),
            nonce: begun.nonce,
        };
        let plain = serde_json::to_vec(&pending).expect("three texts are JSON");
        let row = row(session, &state);
        let sealed = seal::seal(&key(session, &state), &row, &plain);
        let until = self.0.clock.now() + LIFETIME;
        self.0
            .under_way
            .put_sign_in(&row, &sealed, until)
            .await
            .map_err(archive_failed)?;
        Ok(begun.url.into())
    }

    /// Finishes the consent that an answer belongs to: for which account there is one now.
    pub async fn finish(&self, session: &str, answer: ConsentAnswer) -> Result<String, Refused> {
        let (row, key) = (row(session, &answer.state), key(session, &answer.state));
        let pending: Pending = self
            .0
            .under_way
            .take_sign_in(&row, self.0.clock.now())
            .await
            .map_err(archive_failed)?
            .and_then(|sealed| seal::open(&key, &row, &sealed))
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .ok_or(Refused::NotUnderWay)?;
        let (account, client) = self
            .0
            .accounts
            .get(&pending.tenant_id)
            .ok_or(Refused::UnknownAccount)?;
        let code = match answer.outcome {
            Ok(code) => code,
            Err((error, description)) => {
                let said = entra_code(&description);
                let codes: Vec<_> = said.iter().cloned().collect();
                let trouble = Trouble::of_refusal(&error, &codes);
                tracing::warn!(
                    account = account.name,
                    trouble = trouble.code(),
                    said,
                    "no consent"
                );
                return Err(refused(trouble, said));
            }
        };
        let consent = match client
            .redeem(&code, &pending.verifier.into(), &pending.nonce)
            .await
        {
            Ok(consent) => consent,
            Err(error) => {
                let trouble = error.trouble();
                tracing::warn!(
                    account = account.name,
                    trouble = trouble.code(),
                    error = &error as &(dyn std::error::Error + 'static),
                    "the consent could not be used"
                );
                let said = match &error {
                    partner_center::ConsentError::Token(error) => error.code().map(str::to_owned),
                    _ => None,
                };
                return Err(match trouble {
                    // It is the code that is refused here: the browser came back late, or twice.
                    Trouble::ConsentLapsed => Refused::NotUnderWay,
                    trouble => refused(trouble, said),
                });
            }
        };
        if let Err(error) = self.0.vault.keep_consent(account, &consent).await {
            tracing::error!(
                account = account.name,
                error = &error as &(dyn std::error::Error + 'static),
                "the consent could not be stored"
            );
            return Err(refused(Trouble::of_keep_error(&error), None));
        }
        tracing::info!(account = account.name, "consent stored");
        Ok(account.name.clone())
    }

    /// Takes a consent away; `false` where there was none, or the account is not configured.
    pub async fn forget(&self, tenant_id: &str) -> Result<bool, StoreError> {
        let Some((account, _)) = self.0.accounts.get(&tenant_id.to_ascii_lowercase()) else {
            return Ok(false);
        };
        let forgotten = self.0.vault.forget(&account.tenant_id).await?;
        tracing::info!(account = account.name, forgotten, "consent taken away");
        Ok(forgotten)
    }
}

fn row(session: &str, state: &str) -> [u8; 32] {
    seal::digest("partnerlog consent row", &[session.as_bytes(), state.as_bytes()])
}

fn key(session: &str, state: &str) -> [u8; 32] {
    seal::digest("partnerlog consent key", &[session.as_bytes(), state.as_bytes()])
}

fn refused(trouble: Trouble, said: Option<String>) -> Refused {
    Refused::Trouble {
        code: trouble.code(),
        said,
    }
}

fn archive_failed(error: StoreError) -> Refused {
    let error: &dyn std::error::Error = &error;
    tracing::error!(error, "a consent under way could not be kept or found");
    refused(Trouble::ArchiveFailed, None)
}

/// Entra's number in an explanation, which may be anybody's text: of it goes nothing but digits further.
fn entra_code(description: &str) -> Option<String> {
    let (_, after) = description.split_once("AADSTS")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).take(10).collect();
    (!digits.is_empty()).then(|| format!("AADSTS{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_explanation_only_entras_number_goes_further() {
        let long = format!("AADSTS{}", "9".repeat(50));
        for (text, code) in [
            ("AADSTS65004: User declined to consent", Some("AADSTS65004")),
            ("<b>AADSTS50076</b>", Some("AADSTS50076")),
            (&long, Some("AADSTS9999999999")),
            ("AADSTS: x", None),
            ("nothing", None),
        ] {
            assert_eq!(entra_code(text).as_deref(), code);
        }
    }
}
