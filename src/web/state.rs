//! What the pages are given to work with. Everything here is made elsewhere and handed in.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRef;
use chrono::{DateTime, Utc};

use super::{
    activity::{KeptPages, KeptRows},
    collecting::Collecting,
    export::Exports,
    import::Desk,
    named::NamedApplications,
};
use crate::{
    api::Programs,
    clock::Clock,
    config::Settings,
    credentials::Consents,
    identity::Identity,
    schedule::Scheduling,
    store::{AccessLog, ApiTokens, Store, Views},
    stream::Streaming,
};

/// The pages' dependencies.
#[derive(Clone)]
pub struct AppState {
    pub store: Arc<dyn Store>,
    /// Names for addresses of the log.
    pub views: Arc<dyn Views>,
    /// Who saw what is not shown to everybody.
    pub access: Arc<dyn AccessLog>,
    /// With which programs read the API.
    pub tokens: Arc<dyn ApiTokens>,
    /// Lets programs in.
    pub programs: Programs,
    /// Where records are sent as they are archived.
    pub streaming: Streaming,
    /// Files of the log that are made again and again.
    pub scheduling: Scheduling,
    /// What applications are called.
    pub applications: NamedApplications,
    /// Pages of the log as they were sent a moment ago.
    pub pages: KeptPages,
    /// Rows of its table.
    pub rows: KeptRows,
    pub clock: Clock,
    pub settings: Arc<Settings>,
    pub subscriptions: Arc<dyn SubscriptionSource>,
    /// Makes the collector run now instead of at its next turn. Returns at once.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// How things stand with collecting.
    pub collecting: Collecting,
    /// Uploaded files on their way into the archive.
    pub imports: Desk,
    /// Exports under way, and where they are noted.
    pub exports: Exports,
    /// When this process began, and with it its first collection.
    pub started_at: DateTime<Utc>,
    /// Whether all of this is a demonstration; every page says so.
    pub demo: bool,
    /// Who is signed in.
    pub identity: Identity,
    /// How partner accounts stand, and users' consent for them.
    pub consents: Consents,
}

impl FromRef<AppState> for Identity {
    fn from_ref(state: &AppState) -> Self {
        state.identity.clone()
    }
}

/// Where a customer's subscriptions come from: Partner Center, live.
#[async_trait]
pub trait SubscriptionSource: Send + Sync + 'static {
    /// Every subscription of a customer, asked for as the partner account `tenant_id`, in any order.
    async fn of(
        &self,
        tenant_id: &str,
        customer_id: &str,
    ) -> Result<Vec<SubscriptionRow>, SubscriptionsUnavailable>;
}

/// A subscription; text as Partner Center writes it, and nothing where it says nothing.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionRow {
    pub id: Option<String>,
    /// The name that the partner or the customer gave it, else the offer's.
    pub name: Option<String>,
    pub offer_id: Option<String>,
    pub quantity: Option<i64>,
    /// `active`, `suspended`, `deleted`, …
    pub status: Option<String>,
    /// `monthly`, `annual`, …
    pub billing_cycle: Option<String>,
    /// `P1M`, `P1Y`, `P3Y`
    pub term: Option<String>,
    pub start: Option<DateTime<Utc>>,
    /// When the commitment ends; nothing where it never does.
    pub end: Option<DateTime<Utc>>,
    pub auto_renew: Option<bool>,
    pub trial: bool,
    pub order_id: Option<String>,
}

/// Why subscriptions cannot be shown; a variant for each thing the reader can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionsUnavailable {
    /// Partner Center knows no such customer of this account (any more).
    #[error("the customer is unknown to this partner account")]
    UnknownCustomer,
    /// The account's credentials are refused, or lack the right.
    #[error("partner center refuses this account")]
    Refused,
    /// Too many requests at present.
    #[error("partner center is throttling")]
    Throttled,
    /// No answer, no readable answer, or none in time.
    #[error("partner center does not answer")]
    Unreachable,
    /// The account is in the archive and no longer in the settings.
    #[error("the partner account is not configured")]
    NotConfigured,
}
