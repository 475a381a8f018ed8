//! Orders as audit records carry them: classic and new-commerce shapes, and their additional data.

use super::{
    draft::Data,
    json::{Object, array},
    names::Customer,
    subscription::Subscription,
    time::{self, Ticks},
};

/// An order of some subscriptions, all with the same order id.
pub(super) struct Order<'a> {
    pub(super) id: &'a str,
    pub(super) alternate_id: Option<&'a str>,
    pub(super) customer: &'a Customer,
    pub(super) lines: &'a [Subscription],
    pub(super) created: Ticks,
}

impl Order<'_> {
    fn billing_cycle(&self) -> &str {
        self.lines.first().map_or("none", |line| line.billing_cycle)
    }

    /// The text of `resourceNewValue`.
    pub(super) fn value(&self) -> String {
        if self.alternate_id.is_some() {
            self.new_commerce()
        } else {
            self.classic()
        }
    }

    fn classic(&self) -> String {
        let customer = &self.customer.id;
        let lines = self.lines.iter().enumerate().map(|(n, line)| {
            let subscription = format!("/customers/{customer}/subscriptions/{}", line.id);
            Object::new()
                .raw("LineItemNumber", n)
                .text("OfferId", line.product.offer_id)
                .text("SubscriptionId", &line.id)
                .raw("ParentSubscriptionId", "null")
                .text("FriendlyName", line.product.name)
                .raw("Quantity", line.quantity)
                .text_or_null("PartnerIdOnRecord", line.partner_on_record)
                .raw(
                    "Links",
                    Object::new()
                        .raw("Subscription", link(&subscription, "GET", false))
                        .done(),
                )
                .done()
        });
        // Classic order dates come in Microsoft's own zone with three digits.
        let created = time::date_time(self.created) - chrono::Duration::hours(7);
        Object::with_capacity(1024 + 768 * self.lines.len())
            .text("Id", self.id)
            .text("ReferenceCustomerId", customer)
            .text("BillingCycle", self.billing_cycle())
            .raw("LineItems", array(lines))
            .text(
                "CreationDate",
                &created.format("%Y-%m-%dT%H:%M:%S%.3f-07:00").to_string(),
            )
            .raw(
                "Links",
                Object::new()
                    .raw(
                        "Self",
                        link(&format!("/customers/{customer}/orders/{}", self.id), "GET", false),
                    )
                    .done(),
            )
            .raw(
                "Attributes",
                r#"{"Etag":"eyJpZCI6IjAiLCJ2ZXJzaW9uIjoxfQ==","ObjectType":"Order"}"#,
            )
            .done()
    }

    fn new_commerce(&self) -> String {
        let customer = &self.customer.id;
        let country = self.customer.country;
        let own = format!("/customers/{customer}/orders/{}", self.id);
        let (currency, symbol) = match country {
            "JP" => ("JPY", "¥"),
            "GB" => ("GBP", "£"),
            "CH" => ("CHF", "CHF"),
            _ => ("EUR", "€"),
        };
        let lines = self.lines.iter().enumerate().map(|(n, line)| {
            let mut parts = line.product.offer_id.split(':');
            let product = parts.next().unwrap_or_default();
            let sku = format!("/products/{product}/skus/{}", parts.next().unwrap_or_default());
            let links = Object::new()
                .raw(
                    "Product",
                    link(&format!("/products/{product}?country={country}"), "GET", true),
                )
                .raw("Sku", link(&format!("{sku}?country={country}"), "GET", true))
                .done();
            Object::new()
                .raw("LineItemNumber", n)
                .raw("ProvisioningContext", "null")
                .text("OfferId", line.product.offer_id)
                .text("SubscriptionId", &line.id)
                .raw("ParentSubscriptionId", "null")
                .text("TermDuration", line.term)
                .text("TransactionType", "New")
                .text("FriendlyName", line.product.name)
                .raw("Quantity", line.quantity)
                .raw("Pricing", "null")
                .text_or_null("PartnerIdOnRecord", line.partner_on_record)
                .raw("RenewsTo", "null")
                .raw("Links", links)
                .done()
        });
        Object::with_capacity(1024 + 768 * self.lines.len())
            .text("Id", self.id)
            .text_or_null("AlternateId", self.alternate_id)
            .text("ReferenceCustomerId", customer)
            .text("BillingCycle", self.billing_cycle())
            .text("CurrencyCode", currency)
            .text("CurrencySymbol", symbol)
            .raw("LineItems", array(lines))
            .text("CreationDate", &time::stamp(self.created))
            .text("Status", "pending")
            .text("TransactionType", "UserPurchase")
            .raw(
                "Links",
                Object::new()
                    .raw("Self", link(&own, "GET", true))
                    .raw(
                        "ProvisioningStatus",
                        link(&format!("{own}/provisioningstatus"), "GET", true),
                    )
                    .raw("PatchOperation", link(&own, "PATCH", true))
                    .done(),
            )
            .raw(
                "Client",
                Object::new()
                    .text("marketplaceCountry", country)
                    .text("deviceFamily", "UniversalStore-PartnerCenter")
                    .text("name", "Partner Center Web")
                    .done(),
            )
            .raw("Attributes", r#"{"ObjectType":"Order"}"#)
            .done()
    }

    /// `customizedData`: the order, then five entries for each line.
    pub(super) fn data(&self) -> Data {
        let mut cycle = self.billing_cycle().to_owned();
        if let Some(first) = cycle.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let mut data: Data = vec![("OrderId".into(), Some(self.id.to_owned()))];
        if let Some(alternate) = self.alternate_id {
            data.push(("AlternateId".into(), Some(alternate.to_owned())));
        }
        data.push(("BillingCycle".into(), Some(cycle)));
        for (n, line) in self.lines.iter().enumerate() {
            data.push((format!("OfferId-{n}"), Some(line.product.offer_id.to_owned())));
            data.push((format!("SubscriptionId-{n}"), Some(line.id.clone())));
            data.push((
                format!("SubscriptionName-{n}"),
                Some(line.product.name.to_owned()),
            ));
            data.push((format!("Quantity-{n}"), Some(line.quantity.to_string())));
            data.push((
                format!("PartnerOnRecord-{n}"),
                line.partner_on_record.map(str::to_owned),
            ));
        }
        if self.alternate_id.is_some() && self.lines.len() == 1 && self.lines[0].quantity > 20 {
            data.push((
                "PromotionID".into(),
                Some("39NFJQT1X8KW:0001:39NFJQT1Q5KD".into()),
            ));
            data.push(("EffectiveUnitPrice".into(), Some("18.40".into())));
        }
        data
    }
}

fn link(uri: &str, method: &str, with_body: bool) -> String {
    let mut link = Object::new().text("Uri", uri).text("Method", method);
    if with_body {
        link = link.raw("Body", "null");
    }
    link.raw("Headers", "[]").done()
}
