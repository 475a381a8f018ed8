//! A customer's subscriptions, as much of each as can be read.
//!
//! Every field is optional and no wrong type is an error: the page shows what is there.

use std::{borrow::Cow, collections::HashMap, fmt, time::Duration};

use chrono::{DateTime, Datelike, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use serde_json::value::RawValue;

use super::{
    client::Client,
    error::{Error, TransportKind},
    pages::Walk,
    retry::Patience,
};

/// How long somebody who looks at a page waits for all of it; a single attempt gets half.
const DEADLINE: Duration = Duration::from_secs(20);
/// No `Retry-After` longer than this is waited for meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// Recorded answers are not paged; should they be, this many pages are read.
const MOST_PAGES: usize = 100;

/// A subscription. Text is as Partner Center writes it; empty text counts as absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subscription {
    pub id: Option<String>,
    pub entitlement_id: Option<String>,
    pub offer_id: Option<String>,
    pub offer_name: Option<String>,
    /// The name that the partner or the customer gave it.
    pub friendly_name: Option<String>,
    pub product_type_id: Option<String>,
    pub product_type: Option<String>,
    pub quantity: Option<i64>,
    /// `Licenses`, `Usage-based`, `none`
    pub unit_type: Option<String>,
    pub parent_subscription_id: Option<String>,
    pub consumption_type: Option<String>,
    pub creation_date: Option<Moment>,
    pub effective_start_date: Option<Moment>,
    pub commitment_end_date: Option<Moment>,
    pub cancellation_allowed_until_date: Option<Moment>,
    pub billing_cycle_end_date: Option<Moment>,
    /// `active`, `suspended`, `deleted`, `expired`, `pending`, `disabled`, `none`, …
    pub status: Option<String>,
    pub auto_renew_enabled: Option<bool>,
    pub is_trial: Option<bool>,
    pub has_purchasable_addons: Option<bool>,
    /// `license`, `usage`, `none`
    pub billing_type: Option<String>,
    /// `monthly`, `annual`, `one_time`, `triennial`, …
    pub billing_cycle: Option<String>,
    /// An ISO 8601 duration such as `P1Y`.
    pub term_duration: Option<String>,
    pub renewal_term_duration: Option<String>,
    pub is_microsoft_product: Option<bool>,
    pub publisher_name: Option<String>,
    /// The reseller's MPN id.
    pub partner_id: Option<String>,
    pub suspension_reasons: Vec<String>,
    pub attention_needed: Option<bool>,
    pub attention_reason: Option<String>,
    pub contract_type: Option<String>,
    pub refundable_quantity: Option<i64>,
    pub promotion_id: Option<String>,
    pub migrated_from_subscription_id: Option<String>,
    pub order_id: Option<String>,
}

/// A point in time as Partner Center wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The text as received.
    pub text: String,
    /// What it means, if it can be read. Stray spaces, as in Microsoft's samples, do not matter.
    pub at: Option<DateTime<Utc>>,
}

impl Moment {
    /// Whether this is Partner Center's way to say "no end" (`9999-12-14`).
    pub fn is_never(&self) -> bool {
        self.at.is_some_and(|at| at.year() == 9999)
    }
}

impl From<String> for Moment {
    fn from(text: String) -> Self {
        let dense: String = text.split_whitespace().collect();
        let at = DateTime::parse_from_rfc3339(&dense).map(|at| at.to_utc()).ok();
        // A date alone, or a time without a zone: UTC, as everywhere in this API.
        let at = at.or_else(|| Some(dense.parse::<chrono::NaiveDateTime>().ok()?.and_utc()));
        let at = at.or_else(|| {
            Some(
                dense
                    .parse::<chrono::NaiveDate>()
                    .ok()?
                    .and_time(Default::default())
                    .and_utc(),
            )
        });
        Self { text, at }
    }
}

pub(super) async fn read(client: &Client, customer_id: &str) -> Result<Vec<Subscription>, Error> {
    // The id comes out of records, hence from outside: letters, digits, `-` and `_` cannot change an address.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if customer_id.is_empty() || customer_id.len() > 100 || !customer_id.bytes().all(is_plain) {
        return Err(Error::CustomerId);
    }
    let options = client.options();
    let patience = Patience {
        attempts: options.attempts.min(3),
        backoff_base: options.backoff_base,
        longest_wait: options.longest_wait.min(LONGEST_WAIT),
        timeout: options.request_timeout.min(DEADLINE / 2),
    };
    let mut pages = Walk::new(
        client,
        &format!("customers/{customer_id}/subscriptions"),
        patience,
    );
    let all = async {
        let mut subscriptions = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(page) = pages.next().await? else {
                return Ok(subscriptions);
            };
            subscriptions.extend(
                page.collection
                    .items
                    .iter()
                    .map(|item| Subscription::from_json(item)),
            );
        }
        Err(Error::BadAnswer {
            what: "more pages than there can be",
        })
    };
    let too_late = |_| Error::Transport {
        kind: TransportKind::Timeout,
        source: None,
    };
    tokio::time::timeout(DEADLINE, all).await.map_err(too_late)?
}

impl Subscription {
    /// What can be read of a subscription's JSON; nothing at all is still a subscription.
    fn from_json(json: &RawValue) -> Self {
        let fields = Fields::of(json.get());
        let product_type = fields.inner("productType");
        Self {
            id: fields.text("id"),
            entitlement_id: fields.text("entitlementId"),
            offer_id: fields.text("offerId"),
            offer_name: fields.text("offerName"),
            friendly_name: fields.text("friendlyName"),
            product_type_id: product_type.text("id"),
            product_type: product_type
                .text("displayName")
                .or_else(|| fields.text("productType")),
            quantity: fields.count("quantity"),
            unit_type: fields.text("unitType"),
            parent_subscription_id: fields.text("parentSubscriptionId"),
            consumption_type: fields.text("consumptionType"),
            creation_date: fields.moment("creationDate"),
            effective_start_date: fields.moment("effectiveStartDate"),
            commitment_end_date: fields
                .moment("commitmentEndDate")
                .or_else(|| fields.moment("commitmentEndDateTime")),
            cancellation_allowed_until_date: fields.moment("cancellationAllowedUntilDate"),
            billing_cycle_end_date: fields
                .moment("billingCycleEndDate")
                .or_else(|| fields.moment("billingCycleEndDateTime")),
            status: fields.text("status"),
            auto_renew_enabled: fields.flag("autoRenewEnabled"),
            is_trial: fields.flag("isTrial"),
            has_purchasable_addons: fields.flag("hasPurchasableAddons"),
            billing_type: fields.text("billingType"),
            billing_cycle: fields.text("billingCycle"),
            term_duration: fields.text("termDuration"),
            renewal_term_duration: fields.text("renewalTermDuration"),
            is_microsoft_product: fields.flag("isMicrosoftProduct"),
            publisher_name: fields.text("publisherName"),
            partner_id: fields.text("partnerId"),
            suspension_reasons: fields.texts("suspensionReasons"),
            attention_needed: fields.flag("attentionNeeded"),
            attention_reason: fields.text("attentionReason"),
            contract_type: fields.text("contractType"),
            refundable_quantity: fields
                .inner("refundableQuantity")
                .count("totalQuantity")
                .or_else(|| fields.count("refundableQuantity")),
            promotion_id: fields.text("promotionId"),
            migrated_from_subscription_id: fields.text("migratedFromSubscriptionId"),
            order_id: fields.text("orderId"),
        }
    }
}

/// The members of an object, each of any type; of a doubled one, the last.
struct Fields<'a>(HashMap<Text<'a>, &'a RawValue>);

impl<'a> Fields<'a> {
    /// No members if `json` is not an object.
    fn of(json: &'a str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(&Text(Cow::Borrowed(name))).map(|raw| raw.get())
    }

    fn inner(&self, name: &str) -> Self {
        Self::of(self.get(name).unwrap_or_default())
    }

    fn text(&self, name: &str) -> Option<String> {
        text(self.get(name)?)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let Some(json) = self.get(name) else {
            return Vec::new();
        };
        match serde_json::from_str::<Vec<&RawValue>>(json) {
            Ok(list) => list.into_iter().filter_map(|item| text(item.get())).collect(),
            Err(_) => text(json).into_iter().collect(),
        }
    }

    fn count(&self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        let whole = |number: f64| {
            // Up to 2^53 every whole number has a place of its own in an f64.
            (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
        };
        text.parse().ok().or_else(|| whole(text.parse().ok()?))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match &*self.text(name)?.to_ascii_lowercase() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn moment(&self, name: &str) -> Option<Moment> {
        self.text(name).map(Moment::from)
    }
}

/// A string, number or truth value as trimmed text.
fn text(json: &str) -> Option<String> {
    let text = match json.as_bytes().first()? {
        b'"' => serde_json::from_str::<Text>(json).ok()?.0.trim().to_owned(),
        b'{' | b'[' | b'n' => return None,
        _ => json.to_owned(),
    };
    (!text.is_empty()).then_some(text)
}

/// A JSON string in which a lone surrogate, which no Rust string can hold, becomes U+FFFD.
#[derive(PartialEq, Eq, Hash)]
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lossy;
        impl<'de> Visitor<'de> for Lossy {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Text(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        // serde_json gives a string's bytes without insisting on whole surrogate pairs.
        deserializer.deserialize_bytes(Lossy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Subscription {
        Subscription::from_json(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn dates_with_stray_spaces_are_understood_and_kept_as_written() {
        let moment = Moment::from("2015-11-25T06: 41: 12Z".to_owned());
        assert_eq!(moment.text, "2015-11-25T06: 41: 12Z");
        assert_eq!(moment.at, Some("2015-11-25T06:41:12Z".parse().unwrap()));
    }

    #[test]
    fn dates_come_in_several_forms() {
        let at = |text: &str| Moment::from(text.to_owned()).at.map(|at| at.to_rfc3339());
        assert_eq!(
            at("2021-10-15T21:28:19.3058617Z").unwrap(),
            "2021-10-15T21:28:19.305861700+00:00"
        );
        assert_eq!(
            at("2021-10-15T01:00:00-07:00").unwrap(),
            "2021-10-15T08:00:00+00:00"
        );
        assert_eq!(at("2021-10-15T01:00:00").unwrap(), "2021-10-15T01:00:00+00:00");
        assert_eq!(at("2021-10-15").unwrap(), "2021-10-15T00:00:00+00:00");
        for nonsense in ["", "soon", "2021-13-45T00:00:00Z", "12"] {
            assert_eq!(at(nonsense), None);
        }
    }

    #[test]
    fn the_end_that_never_comes_is_known() {
        assert!(Moment::from("9999-12-14T00:00:00Z".to_owned()).is_never());
        assert!(!Moment::from("2024-10-14T00:00:00Z".to_owned()).is_never());
    }

    #[test]
    fn wrong_types_cost_at_most_their_own_field() {
        let read = read(
            r#"{"id":12,"quantity":"25","isTrial":"True","autoRenewEnabled":1,"status":["x"],"friendlyName":null,
                "creationDate":5,"productType":"Software","suspensionReasons":"Expiration","offerName":"株式会社","x":{}}"#,
        );
        let expected = Subscription {
            id: Some("12".into()),
            quantity: Some(25),
            is_trial: Some(true),
            creation_date: Some(Moment {
                text: "5".into(),
                at: None,
            }),
            product_type: Some("Software".into()),
            suspension_reasons: vec!["Expiration".into()],
            offer_name: Some("株式会社".into()),
            ..Subscription::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_quantity_is_a_whole_number_or_nothing() {
        let quantity = |json: &str| read(&format!(r#"{{"quantity":{json}}}"#)).quantity;
        assert_eq!(quantity("25"), Some(25));
        assert_eq!(quantity("25.0"), Some(25));
        assert_eq!(quantity("-1"), Some(-1));
        for odd in ["25.5", "1e400", "\"many\"", "null", "{}", "true"] {
            assert_eq!(quantity(odd), None, "{odd}");
        }
    }

    #[test]
    fn odd_json_is_still_a_subscription() {
        let odd = read(r#"{"id":"a","id":"b","\udfff":1,"friendlyName":"x\ud800y","deep":[[[1e400]]]}"#);
        assert_eq!(odd.id.as_deref(), Some("b"));
        assert!(odd.friendly_name.unwrap().starts_with('x'));
        for nothing in ["null", "[]", "7", "\"x\"", "{}"] {
            assert_eq!(read(nothing), Subscription::default());
        }
    }
}
