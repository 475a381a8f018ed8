//! What tests can make go wrong at the stand-in Partner Center, while it runs.

use std::sync::{Arc, Mutex};

use chrono::NaiveDate;

use crate::simulator::{
    faults::{HttpFault, Pending},
    service::lock,
};

/// Something that goes wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// On the wire.
    Http(HttpFault),
    /// A page begins with the last three items of the page before.
    RepeatedItems,
    /// The next link leads to the same page again.
    LoopingNext,
    /// The next link names another origin (`http://host:port`) in front of its path.
    ForeignNext(String),
    /// A collection without `items`.
    MissingItems,
    /// The authority refuses the client's secret (AADSTS7000215).
    InvalidClient,
    /// The authority refuses with this number after `AADSTS`, such as 7000222 for an expired secret.
    Refusal(u32),
    /// The user who consents is of another tenant.
    OtherTenant,
    /// The authority gives no refresh token.
    NoRefreshToken,
}

impl From<HttpFault> for Fault {
    fn from(fault: HttpFault) -> Self {
        Self::Http(fault)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Token,
    Authorize,
    AuditRecords,
    Customers,
    Subscriptions,
}

/// Which requests a fault strikes.
#[derive(Clone, Copy, Debug)]
pub struct When {
    endpoint: Endpoint,
    day: Option<NaiveDate>,
    page: Option<u32>,
}

impl When {
    const fn at(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            day: None,
            page: None,
        }
    }

    /// Token requests.
    pub const fn token() -> Self {
        Self::at(Endpoint::Token)
    }

    /// Browsers that come for consent.
    pub const fn authorize() -> Self {
        Self::at(Endpoint::Authorize)
    }

    /// Requests for audit records.
    pub const fn audit_records() -> Self {
        Self::at(Endpoint::AuditRecords)
    }

    /// Requests for the list of customers.
    pub const fn customers() -> Self {
        Self::at(Endpoint::Customers)
    }

    /// Requests for a customer's subscriptions.
    pub const fn subscriptions() -> Self {
        Self::at(Endpoint::Subscriptions)
    }

    /// Only those whose `startDate` is this day.
    pub const fn of_day(mut self, day: NaiveDate) -> Self {
        self.day = Some(day);
        self
    }

    /// Only those for this page of a reading; the first is 1.
    pub const fn on_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }
}

/// The switches. Cloned handles are the same switches.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    pending: Pending<When, Fault>,
    tokens: Arc<Mutex<TokenRules>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TokenRules {
    /// Seconds, as announced in `expires_in` and as kept.
    pub(super) lifetime: u32,
    /// How many requests a token is good for.
    pub(super) uses: Option<u32>,
    /// Counts the calls of `revoke_tokens`.
    pub(super) generation: u64,
    /// Counts the calls of `revoke_consents`.
    pub(super) consents: u64,
    /// Whether a refresh token is good once only.
    pub(super) strict: bool,
    /// Whether users come with multifactor authentication.
    pub(super) mfa: bool,
}

impl Default for TokenRules {
    fn default() -> Self {
        Self {
            lifetime: 3599,
            uses: None,
            generation: 0,
            consents: 0,
            strict: false,
            mfa: true,
        }
    }
}

impl Faults {
    /// The next `times` fitting requests meet this fault; faults strike in the order they were added.
    pub fn next(&self, times: u32, when: When, fault: impl Into<Fault>) {
        self.pending.add(when, fault.into(), times);
    }

    /// Every fitting request meets this fault until [`clear`](Self::clear).
    pub fn always(&self, when: When, fault: impl Into<Fault>) {
        self.pending.add(when, fault.into(), u32::MAX);
    }

    /// Whether every fault has struck as often as it was meant to.
    pub fn all_struck(&self) -> bool {
        self.pending.is_empty()
    }

    /// Forgets the faults that wait, and gives tokens their usual life.
    pub fn clear(&self) {
        self.pending.clear();
        let mut tokens = lock(&self.tokens);
        *tokens = TokenRules {
            generation: tokens.generation,
            consents: tokens.consents,
            ..TokenRules::default()
        };
    }

    /// Every token issued so far is answered with 401 from now on.
    pub fn revoke_tokens(&self) {
        lock(&self.tokens).generation += 1;
    }

    /// Every refresh token issued so far is refused from now on (AADSTS50173).
    pub fn revoke_consents(&self) {
        lock(&self.tokens).consents += 1;
    }

    /// Whether users' tokens count as of multifactor authentication, for clients that ask (`ValidateMfa`).
    pub fn set_mfa(&self, used: bool) {
        lock(&self.tokens).mfa = used;
    }

    /// Whether a refresh token is good once only. Entra's older ones stay good.
    pub fn set_strict_rotation(&self, strict: bool) {
        lock(&self.tokens).strict = strict;
    }

    /// Tokens issued from now on are good for so many requests only, whatever `expires_in` says.
    pub fn set_token_uses(&self, uses: Option<u32>) {
        lock(&self.tokens).uses = uses;
    }

    /// The life of tokens issued from now on, in seconds.
    pub fn set_token_lifetime(&self, seconds: u32) {
        lock(&self.tokens).lifetime = seconds;
    }

    pub(super) fn token_rules(&self) -> TokenRules {
        *lock(&self.tokens)
    }

    pub(super) fn take(&self, endpoint: Endpoint, day: Option<NaiveDate>, page: u32) -> Option<Fault> {
        self.pending.take(|when, fault| {
            when.endpoint == endpoint
                && when.day.is_none_or(|wanted| Some(wanted) == day)
                && when.page.is_none_or(|wanted| wanted == page)
                // A first page has nothing to repeat.
                && (*fault != Fault::RepeatedItems || page > 1)
        })
    }
}
