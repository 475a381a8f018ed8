//! A customer's subscription: as the subscriptions endpoint lists it, and as audit records carry it.

use chrono::Months;

use super::{
    catalog::Product,
    json::{Object, array},
    names::Customer,
    time::{self, Ticks},
};

/// A subscription as it stands.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) order_id: String,
    pub(super) product: &'static Product,
    pub(super) quantity: u32,
    pub(super) status: &'static str,
    pub(super) auto_renew: bool,
    /// `P1M`, `P1Y` or `P3Y`; meaningless for classic offers.
    pub(super) term: &'static str,
    pub(super) billing_cycle: &'static str,
    pub(super) created: Ticks,
    /// The partner's MPN id, where one is on record.
    pub(super) partner_on_record: Option<&'static str>,
}

impl Subscription {
    /// The end of the term that runs at `now`: one that renews itself has begun again each time it ended.
    fn commitment_end(&self, now: Ticks) -> String {
        if self.product.is_usage_based() {
            return "9999-12-14T00:00:00Z".into();
        }
        let months = match self.term {
            "P1M" => 1,
            "P3Y" => 36,
            _ => 12,
        };
        let today = time::date_time(now).date_naive();
        let start = time::date_time(self.created).date_naive();
        let renews = self.auto_renew && self.status == "active";
        let ends = (1..=1_200).map_while(|term| start.checked_add_months(Months::new(months * term)));
        let end = ends
            .take(if renews { usize::MAX } else { 1 })
            .find(|end| !renews || *end > today);
        format!("{}T00:00:00Z", end.unwrap_or(start))
    }

    /// The item of `GET /customers/{id}/subscriptions`.
    pub(super) fn document(&self, customer: &Customer, now: Ticks) -> String {
        let new_commerce = self.product.is_new_commerce();
        let created = time::date_time(self.created);
        let cancellable = created + chrono::Duration::days(7);
        let billing_end = created
            .date_naive()
            .checked_add_months(Months::new(1))
            .unwrap_or_default();
        let cancelled = self.status == "suspended";
        let mut document = Object::with_capacity(1536)
            .text("id", &self.id)
            .text("offerId", self.product.offer_id)
            .text("offerName", self.product.name)
            .text("friendlyName", self.product.name)
            .raw(
                "productType",
                Object::new()
                    .text("id", self.product.kind.0)
                    .text("displayName", self.product.kind.1)
                    .done(),
            )
            .raw("quantity", self.quantity)
            .text("unitType", self.product.unit)
            .raw("hasPurchasableAddons", false)
            .text("creationDate", &time::stamp(self.created))
            .text(
                "effectiveStartDate",
                &format!("{}T00:00:00Z", created.date_naive()),
            )
            .text("commitmentEndDate", &self.commitment_end(now));
        if new_commerce {
            document = document
                .text(
                    "cancellationAllowedUntilDate",
                    &cancellable.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                )
                .text("billingCycleEndDate", &format!("{billing_end}T00:00:00Z"));
        }
        document = document
            .text("status", self.status)
            .raw("autoRenewEnabled", self.auto_renew)
            .raw("isTrial", self.product.is_trial())
            .text(
                "billingType",
                if self.product.is_usage_based() {
                    "usage"
                } else {
                    "license"
                },
            )
            .text("billingCycle", self.billing_cycle);
        if new_commerce {
            document = document.text("termDuration", self.term).text(
                "renewalTermDuration",
                if self.auto_renew { self.term } else { "" },
            );
        }
        if cancelled {
            document = document.raw("suspensionReasons", r#"["CustomerCancellation"]"#);
        }
        document
            .raw("isMicrosoftProduct", self.product.kind.0 != "SaaS")
            .text("partnerId", self.partner_on_record.unwrap_or_default())
            .raw("attentionNeeded", false)
            .raw("actionTaken", false)
            .text("contractType", "subscription")
            .raw("links", self.links(customer))
            .text(
                "publisherName",
                if self.product.kind.0 == "SaaS" {
                    "Tailspin Toys"
                } else {
                    "Microsoft"
                },
            )
            .text("orderId", &self.order_id)
            .raw("attributes", r#"{"objectType":"Subscription"}"#)
            .done()
    }

    fn links(&self, customer: &Customer) -> String {
        let link = |uri: String| {
            Object::new()
                .text("uri", &uri)
                .text("method", "GET")
                .raw("headers", "[]")
                .done()
        };
        let mut links = Object::new();
        if self.product.is_new_commerce() {
            let product = self.product.offer_id.split(':').next().unwrap_or_default();
            links = links.raw(
                "product",
                link(format!("/products/{product}?country={}", customer.country)),
            );
        } else {
            links = links.raw("offer", link(format!("/offers/{}", self.product.offer_id)));
        }
        links
            .raw(
                "self",
                link(format!("/customers/{}/subscriptions/{}", customer.id, self.id)),
            )
            .done()
    }

    /// The PascalCase text that audit records carry as old or new value.
    pub(super) fn audit_value(&self) -> String {
        let product_kind = Object::new()
            .text("Id", self.product.kind.0)
            .text("DisplayName", self.product.kind.1)
            .done();
        let mut value = Object::with_capacity(768)
            .text("Id", &self.id)
            .text("OfferId", self.product.offer_id)
            .raw("EntitlementId", "null")
            .text("OfferName", self.product.name)
            .text("FriendlyName", self.product.name)
            .raw("ProductType", product_kind)
            .raw("Quantity", self.quantity)
            .text("UnitType", self.product.unit)
            .raw("ParentSubscriptionId", "null")
            .text("CreationDate", &time::stamp(self.created))
            .text("CommitmentEndDate", &self.commitment_end(self.created))
            .text("Status", self.status)
            .raw("AutoRenewEnabled", self.auto_renew)
            .raw("IsTrial", self.product.is_trial())
            .text(
                "BillingType",
                if self.product.is_usage_based() {
                    "usage"
                } else {
                    "license"
                },
            )
            .text("BillingCycle", self.billing_cycle);
        if self.product.is_new_commerce() {
            value = value.text("TermDuration", self.term);
        }
        value
            .text_or_null("PartnerId", self.partner_on_record)
            .raw("SuspensionReasons", array(Vec::new()))
            .text("OrderId", &self.order_id)
            .raw(
                "Attributes",
                r#"{"Etag":"eyJpZCI6IjAiLCJ2ZXJzaW9uIjoxfQ==","ObjectType":"Subscription"}"#,
            )
            .done()
    }
}
