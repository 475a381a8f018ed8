//! A customer's subscriptions live from Partner Center, kept for a minute so that going back and forth between
//! pages asks once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    clock::Clock,
    config::Settings,
    partner_center::{Client, Error, Subscription},
    web::{SubscriptionRow, SubscriptionSource, SubscriptionsUnavailable},
};

const KEPT: TimeDelta = TimeDelta::seconds(60);
/// So many customers' subscriptions are kept at once.
const MOST: usize = 500;

/// By tenant and customer, what was answered when.
type Kept = HashMap<(String, String), (DateTime<Utc>, Vec<SubscriptionRow>)>;

/// Partner Center's clients by tenant, and what they answered lately.
pub struct Live {
    clients: HashMap<String, Client>,
    clock: Clock,
    kept: Mutex<Kept>,
}

impl Live {
    pub fn new(settings: &Settings, clients: &[Client], clock: Clock) -> Self {
        let tenants = settings
            .partner_center
            .iter()
            .map(|account| account.tenant_id.to_ascii_lowercase());
        Self {
            clients: tenants.zip(clients.iter().cloned()).collect(),
            clock,
            kept: Mutex::default(),
        }
    }
}

#[async_trait]
impl SubscriptionSource for Live {
    async fn of(
        &self,
        tenant_id: &str,
        customer_id: &str,
    ) -> Result<Vec<SubscriptionRow>, SubscriptionsUnavailable> {
        let key = (tenant_id.to_ascii_lowercase(), customer_id.to_ascii_lowercase());
        let now = self.clock.now();
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, rows)) = lock().get(&key)
            && now - *at < KEPT
        {
            return Ok(rows.clone());
        }
        let client = self
            .clients
            .get(&key.0)
            .ok_or(SubscriptionsUnavailable::NotConfigured)?;
        let rows: Vec<_> = match client.subscriptions(customer_id).await {
            Ok(subscriptions) => subscriptions.into_iter().map(row).collect(),
            Err(error) => {
                tracing::warn!(%error, "a customer's subscriptions could not be read");
                return Err(reason(&error));
            }
        };
        let mut kept = lock();
        kept.retain(|_, (at, _)| now - *at < KEPT);
        if kept.len() < MOST {
            kept.insert(key, (now, rows.clone()));
        }
        Ok(rows)
    }
}

fn reason(error: &Error) -> SubscriptionsUnavailable {
    match error {
        Error::CustomerId | Error::Fault { status: 404, .. } => SubscriptionsUnavailable::UnknownCustomer,
        Error::Unauthorized { .. } | Error::Forbidden { .. } | Error::Token(_) => {
            SubscriptionsUnavailable::Refused
        }
        Error::Throttled { .. } => SubscriptionsUnavailable::Throttled,
        _ => SubscriptionsUnavailable::Unreachable,
    }
}

fn row(subscription: Subscription) -> SubscriptionRow {
    SubscriptionRow {
        name: subscription.friendly_name.or(subscription.offer_name),
        start: subscription
            .effective_start_date
            .or(subscription.creation_date)
            .and_then(|moment| moment.at),
        end: subscription
            .commitment_end_date
            .filter(|moment| !moment.is_never())
            .and_then(|moment| moment.at),
        id: subscription.id,
        offer_id: subscription.offer_id,
        quantity: subscription.quantity,
        status: subscription.status,
        billing_cycle: subscription.billing_cycle,
        term: subscription.term_duration,
        auto_renew: subscription.auto_renew_enabled,
        trial: subscription.is_trial.unwrap_or(false),
        order_id: subscription.order_id,
    }
}
