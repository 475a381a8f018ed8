//! What each kind of operation leaves in its record: resource id, old and new value, additional data.

use rand::{Rng, seq::IndexedRandom};

use super::{
    catalog::{LICENSE_SKUS, PRODUCTS},
    draft::Draft,
    generator::Generator,
    guid,
    json::{Object, array, string},
    operations::{Details, Operation},
    orders::Order,
    profiles,
    subscription::Subscription,
    time::{self, PER_DAY, Ticks},
};

fn entry(key: &str, value: &str) -> (String, Option<String>) {
    (key.to_owned(), Some(value.to_owned()))
}

impl Generator {
    /// The customer an operation concerns (if any) and its details; changes the tenant when it succeeded.
    pub(super) fn details(
        &mut self,
        operation: &Operation,
        status: &str,
        at: Ticks,
    ) -> (Option<usize>, Draft) {
        let done = status == "succeeded";
        if operation.details == Details::NewCustomer {
            return self.new_customer(done);
        }
        let customer = self.customer();
        let concerns_customer = !matches!(
            operation.details,
            Details::Application | Details::PartnerUser | Details::Invoice | Details::Mpn | Details::Policy
        );
        let draft = match operation.details {
            Details::Order => self.order(customer, at, done),
            Details::SubscriptionUpdate => self.subscription_update(customer, done),
            Details::SubscriptionUpgrade | Details::TrialConversion => self.conversion(customer, done),
            Details::OrderUpdate => self.order_update(customer, at),
            Details::Licenses => self.licenses(customer),
            Details::User | Details::UserUpdate | Details::UserRemoval | Details::PasswordReset => {
                self.customer_user(customer, operation.details, done)
            }
            Details::Gdap => self.granular_relationship(customer, operation.wire, at),
            Details::GdapAssignment => self.granular_assignment(operation.wire),
            Details::BillingProfile => {
                let value = profiles::billing(&mut self.rng, &self.customers[customer]);
                Draft {
                    new_value: Some(value),
                    ..Draft::default()
                }
            }
            Details::CompanyName => {
                let name = &self.customers[customer].name;
                Draft {
                    old_value: Some(string(&format!("{name} (old)"))),
                    new_value: Some(string(name)),
                    ..Draft::default()
                }
            }
            other => self.small(customer, other),
        };
        (concerns_customer.then_some(customer), draft)
    }

    fn new_customer(&mut self, done: bool) -> (Option<usize>, Draft) {
        if done && self.known < self.customers.len() {
            let customer = self.known;
            self.known += 1;
            let who = &self.customers[customer];
            let draft = Draft {
                resource_id: Some(who.id.clone()),
                new_value: Some(profiles::customer(&mut self.rng, who)),
                data: vec![
                    entry("PrimaryDomainName", &who.domain),
                    entry("Relationship", "Reseller"),
                ],
                old_value: None,
            };
            return (Some(customer), draft);
        }
        // A customer that could not be added never got an id.
        let data = vec![
            entry("PrimaryDomainName", "taken.onmicrosoft.com"),
            entry("Relationship", "Reseller"),
        ];
        (
            None,
            Draft {
                data,
                ..Draft::default()
            },
        )
    }

    fn order(&mut self, customer: usize, at: Ticks, done: bool) -> Draft {
        let lines = match self.rng.random_range(0..1000) {
            0..750 => 1,
            750..955 => self.rng.random_range(2..=5),
            955..992 => self.rng.random_range(6..=20),
            _ => self.rng.random_range(21..=60),
        };
        self.order_of(customer, lines, at, done)
    }

    /// An order with so many line items.
    pub(super) fn order_of(&mut self, customer: usize, lines: usize, at: Ticks, done: bool) -> Draft {
        let new_commerce = self.product().is_new_commerce();
        let id = self.order_id(new_commerce);
        let alternate: String = guid(&mut self.rng)
            .chars()
            .filter(|c| *c != '-')
            .take(12)
            .collect();
        let fitting: Vec<_> = PRODUCTS
            .iter()
            .filter(|product| product.is_new_commerce() == new_commerce)
            .collect();
        let lines: Vec<Subscription> = (0..lines)
            .map(|_| {
                let (one, other) = (
                    self.rng.random_range(0..fitting.len()),
                    self.rng.random_range(0..fitting.len()),
                );
                self.new_subscription(&id, fitting[one.min(other)], at)
            })
            .collect();
        let order = Order {
            id: &id,
            alternate_id: new_commerce.then_some(alternate.as_str()),
            customer: &self.customers[customer],
            lines: &lines,
            created: at - 9 * time::PER_SECOND,
        };
        let (new_value, data) = (Some(order.value()), order.data());
        if done {
            self.keep(customer, &lines);
        }
        Draft {
            resource_id: Some(id),
            new_value,
            data,
            old_value: None,
        }
    }

    fn order_update(&mut self, customer: usize, at: Ticks) -> Draft {
        let mut draft = self.order_of(customer, 1, at, false);
        draft.old_value = draft
            .new_value
            .as_ref()
            .map(|value| value.replace(r#""Status":"pending","#, ""));
        draft
    }

    fn live_of(&mut self, customer: usize) -> Option<usize> {
        let count = self.live[customer].len();
        (count > 0).then(|| self.rng.random_range(0..count))
    }

    fn subscription_update(&mut self, customer: usize, done: bool) -> Draft {
        let Some(at) = self.live_of(customer) else {
            return Draft::default();
        };
        let old = self.live[customer][at].clone();
        let mut new = old.clone();
        match self.rng.random_range(0..10) {
            0..6 if !old.product.is_usage_based() => {
                let change = self.rng.random_range(1..=(old.quantity / 4).max(3));
                new.quantity = if self.rng.random_bool(0.7) {
                    old.quantity + change
                } else {
                    old.quantity.saturating_sub(change).max(1)
                };
            }
            0..8 => new.auto_renew = !old.auto_renew,
            _ => {
                new.status = if old.status == "active" {
                    "suspended"
                } else {
                    "active"
                }
            }
        }
        let data = vec![
            entry("SubscriptionId", &new.id),
            entry("OfferId", new.product.offer_id),
            entry("SubscriptionName", new.product.name),
            entry("Quantity", &new.quantity.to_string()),
            entry("Status", new.status),
            ("PartnerOnRecord".into(), new.partner_on_record.map(str::to_owned)),
            ("ActionTaken".into(), None),
        ];
        let draft = Draft {
            resource_id: Some(new.id.clone()),
            old_value: Some(old.audit_value()),
            new_value: Some(new.audit_value()),
            data,
        };
        if done {
            self.live[customer][at] = new;
        }
        draft
    }

    fn conversion(&mut self, customer: usize, done: bool) -> Draft {
        let Some(at) = self.live_of(customer) else {
            return Draft::default();
        };
        let old = self.live[customer][at].clone();
        let new = Subscription {
            product: self.product(),
            id: guid(&mut self.rng),
            ..old.clone()
        };
        let value = Object::new()
            .text("SourceSubscriptionId", &old.id)
            .text("TargetSubscriptionId", &new.id)
            .text("UpgradeType", "upgrade_with_license_transfer")
            .raw("Attributes", r#"{"ObjectType":"UpgradeResult"}"#)
            .done();
        let data = vec![
            entry("SubscriptionId", &old.id),
            entry("OfferId", old.product.offer_id),
            entry("TargetOfferId", new.product.offer_id),
            entry("TargetOfferName", new.product.name),
        ];
        if done {
            self.live[customer][at] = new;
        }
        Draft {
            resource_id: Some(old.id),
            new_value: Some(value),
            data,
            old_value: None,
        }
    }

    fn licenses(&mut self, customer: usize) -> Draft {
        let user = self.user_of(customer);
        let mut data = vec![entry("CustomerUserId", &user.id)];
        let removes = self.rng.random_bool(0.3);
        let assigns = !removes || self.rng.random_bool(0.3);
        let mut value = Object::new();
        if assigns {
            let sku = *LICENSE_SKUS.choose(&mut self.rng).expect("the list is not empty");
            data.push(entry("AddedLicenseSkuId", sku));
            let license = Object::new()
                .raw("ExcludedPlans", "null")
                .text("SkuId", sku)
                .done();
            value = value.raw("LicensesToAssign", array([license]));
        } else {
            value = value.raw("LicensesToAssign", "null");
        }
        if removes {
            let sku = *LICENSE_SKUS.choose(&mut self.rng).expect("the list is not empty");
            data.push(entry("RemovedLicenseSkuId", sku));
            value = value.raw("LicensesToRemove", array([string(sku)]));
        } else {
            value = value.raw("LicensesToRemove", "null");
        }
        let value = value
            .raw("LicenseWarnings", "[]")
            .raw("Attributes", r#"{"ObjectType":"LicenseUpdate"}"#)
            .done();
        // The 2020 records carry no value at all.
        let new_value = self.rng.random_bool(0.85).then_some(value);
        Draft {
            new_value,
            data,
            ..Draft::default()
        }
    }

    fn customer_user(&mut self, customer: usize, kind: Details, done: bool) -> Draft {
        let user = if kind == Details::User {
            self.new_user(customer)
        } else {
            self.user_of(customer)
        };
        let profile = |upn: &str| {
            Object::new()
                .text("UsageLocation", self.customers[customer].country)
                .text("Id", &user.id)
                .text("UserPrincipalName", upn)
                .text("DisplayName", upn.split('@').next().unwrap_or_default())
                .raw("PasswordProfile", "null")
                .text("State", "active")
                .raw("Attributes", r#"{"ObjectType":"CustomerUser"}"#)
                .done()
        };
        let (old_value, new_value) = match kind {
            Details::PasswordReset => {
                let reset = r#"{"PasswordProfile":{"ForceChangePassword":true,"Password":""},"Attributes":{"ObjectType":"CustomerUser"}}"#;
                (None, Some(reset.to_owned()))
            }
            Details::UserUpdate => (
                Some(profile(&user.user_principal_name)),
                Some(profile(&format!("new.{}", user.user_principal_name))),
            ),
            Details::UserRemoval => (None, None),
            _ => (None, Some(profile(&user.user_principal_name))),
        };
        let data = vec![
            entry("CustomerUserId", &user.id),
            entry("UserPrincipalName", &user.user_principal_name),
        ];
        let resource_id = Some(user.id.clone());
        if done && kind == Details::User && self.users[customer].len() < 40 {
            self.users[customer].push(user);
        } else if done && kind == Details::UserRemoval && self.users[customer].len() > 2 {
            self.users[customer].retain(|known| known.id != user.id);
        }
        Draft {
            resource_id,
            old_value,
            new_value,
            data,
        }
    }

    fn granular_relationship(&mut self, customer: usize, operation: &str, at: Ticks) -> Draft {
        let id = format!("{}-{}", guid(&mut self.rng), guid(&mut self.rng));
        let status = operation.rsplit('_').next().unwrap_or_default();
        let end = time::date_time(at + 730 * PER_DAY)
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string();
        let roles = [
            "729827e3-9c14-49f7-bb1b-9608f156bbb8",
            "fe930be7-5e62-47db-91af-98c3a49a38b1",
        ];
        let role_list = array(roles.map(|role| Object::new().text("RoleDefinitionId", role).done()));
        let value = Object::new()
            .text("Id", &id)
            .text(
                "DisplayName",
                &format!("{} - support", self.customers[customer].domain),
            )
            .text("Status", status)
            .text("Duration", "P730D")
            .text("EndDateTime", &end)
            .raw(
                "AccessDetails",
                Object::new().raw("UnifiedRoles", role_list).done(),
            )
            .done();
        let data = vec![entry("GranularAdminRelationshipId", &id), entry("Status", status)];
        Draft {
            resource_id: Some(id),
            new_value: Some(value),
            data,
            old_value: None,
        }
    }

    fn granular_assignment(&mut self, operation: &str) -> Draft {
        let id = guid(&mut self.rng);
        let group = guid(&mut self.rng);
        let value = Object::new()
            .text("Id", &id)
            .text(
                "Status",
                if operation.ends_with("deleted") {
                    "deleted"
                } else {
                    "active"
                },
            )
            .raw(
                "AccessContainer",
                Object::new()
                    .text("AccessContainerId", &group)
                    .text("AccessContainerType", "securityGroup")
                    .done(),
            )
            .done();
        let data = vec![
            entry("AccessAssignmentId", &id),
            entry("AccessContainerId", &group),
        ];
        Draft {
            resource_id: Some(id),
            new_value: Some(value),
            data,
            old_value: None,
        }
    }
}
