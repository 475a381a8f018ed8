//! What was done, as the parts of a sentence: the verb, what it was done to, to whom, and what about it changed.
//!
//! Where a record tells more than its operation type, a closer verb is chosen: `suspend_subscription` instead of
//! `update_subscription`. Where it tells less, the parts are missing and the sentence has a general word for them.

use super::{
    Change, Deed, Explanation, Fact, Kind, Licence, Thing, facts,
    material::{Material, short_id},
    users,
};
use crate::audit::{paths, vocabulary::KNOWN_OPERATIONS};

/// The longest name of a thing, in characters.
const NAME: usize = 200;

/// What an operation that has no rules of its own was done to: its word in the catalogue, and the members by which
/// such things are called, best first.
struct Plain {
    operation: &'static str,
    noun: &'static str,
    names: &'static [&'static str],
    /// A member that says what was set or what happened.
    value: &'static [&'static str],
}

const fn plain(
    operation: &'static str,
    noun: &'static str,
    names: &'static [&'static str],
    value: &'static [&'static str],
) -> Plain {
    Plain {
        operation,
        noun,
        names,
        value,
    }
}

const RELATIONSHIP: &[&str] = &["DisplayName", "RelationshipName", "AdminRelationshipName", "Name"];
const ASSIGNMENT: &[&str] = &[
    "AccessContainer.DisplayName",
    "AccessContainer.AccessContainerId",
    "AccessContainerId",
];
const APPLICATION: &[&str] = &["DisplayName", "ApplicationName", "AppId", "ApplicationId"];
const TRANSFER: &[&str] = &["TransferId", "Id"];
const CREDIT: &[&str] = &["CreditId", "Id"];
const SELF_SERVE: &[&str] = &["PolicyName", "DisplayName", "PolicyId", "Id"];
const POLICY: &[&str] = &["PolicyName", "DisplayName", "Name", "PolicyId", "Id"];
const DEVICE: &[&str] = &["DeviceName", "SerialNumber", "DeviceId", "Id"];
const BATCH: &[&str] = &["BatchId"];
const PARTNER_USER: &[&str] = &[
    "UserPrincipalName",
    "PartnerUserPrincipalName",
    "DisplayName",
    "PartnerUserId",
    "UserId",
];
const REFERRAL: &[&str] = &["Name", "CustomerName", "CustomerProfile.Name", "ReferralId", "Id"];
const SOFTWARE: &[&str] = &["ProductName", "FriendlyName", "OfferName", "SkuId", "ProductId"];
const STATUS: &[&str] = &["Status"];
const AMOUNT: &[&str] = &["Amount"];

const PLAIN: &[Plain] = &[
    plain("remove_partner_customer_relationship", "", &[], &[]),
    plain("extend_relationship", "", &[], &[]),
    plain("create_agreement", "agreement", &["AgreementType"], &[]),
    plain("update_company_info", "", &[], &[]),
    plain("manage_overage", "", &[], &[]),
    plain("create_transfer", "transfer", TRANSFER, STATUS),
    plain("update_transfer", "transfer", TRANSFER, STATUS),
    plain("create_credit", "credit", CREDIT, AMOUNT),
    plain("update_credit", "credit", CREDIT, AMOUNT),
    plain("cancel_credit", "credit", CREDIT, AMOUNT),
    plain("ready_invoice", "invoice", &["InvoiceId", "Id"], &[]),
    plain("create_self_serve_policy", "self_serve_policy", SELF_SERVE, &[]),
    plain("update_self_serve_policy", "self_serve_policy", SELF_SERVE, &[]),
    plain("delete_self_serve_policy", "self_serve_policy", SELF_SERVE, &[]),
    plain("get_software_key", "software", SOFTWARE, &[]),
    plain("get_software_download_link", "software", SOFTWARE, &[]),
    plain("software_attestation", "software", SOFTWARE, &[]),
    plain(
        "granular_admin_relationship_approved",
        "gdap",
        RELATIONSHIP,
        &["Duration"],
    ),
    plain(
        "granular_admin_relationship_activated",
        "gdap",
        RELATIONSHIP,
        &["Duration"],
    ),
    plain(
        "granular_admin_relationship_termination_requested",
        "gdap",
        RELATIONSHIP,
        &[],
    ),
    plain(
        "granular_admin_relationship_terminated",
        "gdap",
        RELATIONSHIP,
        &[],
    ),
    plain("granular_admin_relationship_expired", "gdap", RELATIONSHIP, &[]),
    plain(
        "granular_admin_relationship_cleaned_up",
        "gdap",
        RELATIONSHIP,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_created",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_updated",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_deleted",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain(
        "granular_admin_access_assignment_activated",
        "group",
        ASSIGNMENT,
        &[],
    ),
    plain("dap_admin_relationship_approved", "", &[], &[]),
    plain("dap_admin_relationship_terminated", "", &[], &[]),
    plain("dap_admin_relationship_terminated_by_microsoft", "", &[], &[]),
    plain("create_partner_user", "partner_user", PARTNER_USER, &[]),
    plain("update_partner_user", "partner_user", PARTNER_USER, &[]),
    plain("remove_partner_user", "partner_user", PARTNER_USER, &[]),
    plain("create_partner_relationship", "", &[], &[]),
    plain("remove_partner_relationship", "", &[], &[]),
    plain("create_mpn_association", "mpn", &["MpnId", "PartnerId"], &[]),
    plain("update_mpn_association", "mpn", &["MpnId", "PartnerId"], &[]),
    plain("register_application", "application", APPLICATION, &[]),
    plain("unregister_application", "application", APPLICATION, &[]),
    plain("add_application_credential", "application", APPLICATION, &[]),
    plain("remove_application_credential", "application", APPLICATION, &[]),
    plain("create_referral", "referral", REFERRAL, STATUS),
    plain("update_referral", "referral", REFERRAL, STATUS),
    plain("create_related_referral", "related_referral", REFERRAL, STATUS),
    plain("update_related_referral", "related_referral", REFERRAL, STATUS),
    plain("policy_created", "policy", POLICY, &[]),
    plain("policy_updated", "policy", POLICY, &[]),
    plain("policy_deleted", "policy", POLICY, &[]),
    plain("device_updated", "device", DEVICE, &[]),
    plain("devices_update_attempted", "batch", BATCH, &[]),
    plain("device_deleted", "device", DEVICE, &[]),
    plain("devices_upload_to_new_batch_attempted", "batch", BATCH, &[]),
    plain("devices_upload_to_existing_batch_attempted", "batch", BATCH, &[]),
    plain("azure_fraud_event_detected", "", &[], &["EventType"]),
];

/// What was done, of a record whose parts are explained.
pub(super) fn deed(material: &Material<'_>, kind: Kind, out: &Explanation) -> Deed {
    let operation = &*material.record.operation_type.0;
    let Some((verb, _)) = KNOWN_OPERATIONS.iter().find(|(wire, _)| *wire == operation) else {
        return Deed::default();
    };
    match kind {
        Kind::Licences => licences(verb, out),
        _ => None,
    }
    .unwrap_or_else(|| done(material, verb, out))
}

fn done(material: &Material<'_>, verb: &'static str, out: &Explanation) -> Deed {
    let base = Deed {
        verb: Some(verb),
        ..Deed::default()
    };
    let named = |noun, names: &[&str]| Some(thing(material, noun, names));
    match verb {
        "create_order" => match product(out) {
            Some(product) => Deed {
                object: Some(product),
                terms: terms(out),
                ..base
            },
            None => Deed {
                verb: Some("place_order"),
                object: named("order", ORDER),
                ..base
            },
        },
        "update_order" => Deed {
            object: named("order", ORDER),
            ..changed(base, out)
        },
        "update_subscription" => subscription(base, material, out),
        "upgrade_subscription" | "convert_trial_subscription" => Deed {
            object: Some(subscription_of(material, SUBSCRIPTION, SUBSCRIPTION_IDS)),
            target: Some(subscription_of(
                material,
                &["TargetOfferName"],
                &["TargetSubscriptionId"],
            ))
            .filter(Thing::is_named),
            ..base
        }
        .or_if(|deed| deed.target.is_some(), closer(verb)),
        "create_new_commerce_migration" => Deed {
            object: Some(subscription_of(
                material,
                SUBSCRIPTION,
                &["CurrentSubscriptionId", "SubscriptionId"],
            )),
            ..base
        },
        "update_customer_user_licenses" | "update_sfb_customer_user_licenses" => Deed {
            object: user(material),
            ..base
        },
        "create_customer_user" | "delete_customer_user" | "restore_customer_user" => Deed {
            object: user(material),
            ..base
        },
        "reset_customer_user_password" => Deed {
            object: user(material),
            value: fact(material, &["PasswordProfile.ForceChangePassword"]).filter(is_true),
            ..base
        }
        .or_if(|deed| deed.value.is_some(), "reset_password_to_change"),
        "update_customer_user" => Deed {
            object: user(material),
            ..changed(base, out)
        },
        "update_customer_user_principal_name" => renamed_user(base, material, out),
        "add_user_member" | "remove_user_member" => Deed {
            object: user(material),
            target: named("role", &["RoleName", "DirectoryRoleName", "Role"]),
            ..base
        },
        "add_customer" | "delete_customer" | "delete_tip_customer" => Deed {
            object: customer(material),
            value: fact(
                material,
                &["PrimaryDomainName", "CompanyProfile.Domain", "Domain"],
            ),
            ..base
        },
        "update_customer_qualification" => {
            set(base, material, &["Qualification"], "set_customer_qualification")
        }
        "update_customer_spending_budget" => set(
            base,
            material,
            &["Amount", "SpendingBudget"],
            "set_customer_spending_budget",
        ),
        "increase_spending_limit" => set(
            base,
            material,
            &["Amount", "SpendingLimit"],
            "increase_spending_limit_to",
        ),
        "update_customer_billing_profile" => changed(base, out),
        "update_customer_partner_contract_company_name" => {
            let deed = changed(base, out);
            let both = |deed: &Deed| {
                let name = |change: &Change| {
                    let is_name = change.field.is_empty()
                        || facts::leaf_name(&change.field).eq_ignore_ascii_case("CompanyName");
                    is_name && change.old.is_some() && change.new.is_some()
                };
                deed.others == 0 && deed.change.as_ref().is_some_and(name)
            };
            deed.or_if(both, "rename_customer_on_contract")
        }
        _ => plainly(base, material, out),
    }
}

/// An operation that needs no rules of its own.
fn plainly(base: Deed, material: &Material<'_>, out: &Explanation) -> Deed {
    let Some(plain) = PLAIN.iter().find(|plain| Some(plain.operation) == base.verb) else {
        return base;
    };
    let object = (!plain.noun.is_empty()).then(|| thing(material, plain.noun, plain.names));
    Deed {
        object,
        value: fact(material, plain.value),
        ..changed(base, out)
    }
}

const SUBSCRIPTION: &[&str] = &["FriendlyName", "OfferName", "SubscriptionName", "ProductName"];
const SUBSCRIPTION_IDS: &[&str] = &["SubscriptionId", "SourceSubscriptionId", "Id"];
const ORDER: &[&str] = &["AlternateId", "Id", "OrderId"];

/// A subscription: the closest word for what changed, if that is one thing.
fn subscription(base: Deed, material: &Material<'_>, out: &Explanation) -> Deed {
    let deed = Deed {
        object: Some(subscription_of(material, SUBSCRIPTION, SUBSCRIPTION_IDS)),
        ..changed(base, out)
    };
    let Some(change) = &deed.change else {
        return deed;
    };
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    let is = |value: Option<&str>, word: &str| value.is_some_and(|value| value.eq_ignore_ascii_case(word));
    let field = change.field.to_ascii_lowercase();
    let verb = match field.as_str() {
        "quantity" => match change.delta.as_deref() {
            Some(delta) if delta.starts_with('+') => "raise_quantity",
            Some(_) => "lower_quantity",
            None => return deed,
        },
        "status" if is(old, "suspended") && is(new, "active") => "reactivate_subscription",
        "status" if is(new, "active") => "activate_subscription",
        "status" if is(new, "suspended") => "suspend_subscription",
        "status"
            if ["deleted", "cancelled", "canceled"]
                .iter()
                .any(|word| is(new, word)) =>
        {
            "cancel_subscription"
        }
        "autorenewenabled" if is(new, "true") => "auto_renew_on",
        "autorenewenabled" if is(new, "false") => "auto_renew_off",
        "friendlyname" if old.is_some() && new.is_some() => "rename_subscription",
        _ => return deed,
    };
    Deed {
        verb: Some(verb),
        ..deed
    }
}

/// Licences given, taken, or both.
fn licences(verb: &'static str, out: &Explanation) -> Option<Deed> {
    let all = out.licences.as_ref()?;
    let names = |side: &[Licence]| -> Option<Thing> {
        let name = |one: &Licence| {
            one.product
                .map_or_else(|| short_id(&one.sku_id), ToOwned::to_owned)
        };
        (!side.is_empty()).then(|| Thing::Licences(side.iter().map(name).collect()))
    };
    let user = || Thing::called("user", all.user.clone());
    let (added, removed) = (names(&all.added), names(&all.removed));
    let verb = match (verb, added.is_some(), removed.is_some()) {
        ("update_customer_user_licenses", true, true) => "swap_licences",
        ("update_customer_user_licenses", true, false) => "assign_licences",
        ("update_customer_user_licenses", false, true) => "remove_licences",
        _ => return None,
    };
    Some(Deed {
        verb: Some(verb),
        object: added.clone().or_else(|| removed.clone()),
        other: added.and(removed),
        target: Some(user()),
        ..Deed::default()
    })
}

/// A new principal name, with the old one where the record has it.
fn renamed_user(base: Deed, material: &Material<'_>, out: &Explanation) -> Deed {
    let change = out
        .changes
        .changed
        .iter()
        .find(|change| change.field.eq_ignore_ascii_case("UserPrincipalName"))
        .filter(|change| change.old.is_some() && change.new.is_some());
    match change {
        Some(change) => Deed {
            verb: Some("rename_customer_user"),
            change: Some(change.clone()),
            others: out.changes.changed.len() - 1 + out.changes.changed_left_out,
            ..base
        },
        None => Deed {
            object: user(material),
            ..changed(base, out)
        },
    }
}

/// The closer verb of an operation whose target is known.
fn closer(verb: &str) -> &'static str {
    match verb {
        "upgrade_subscription" => "upgrade_subscription_to",
        _ => "convert_trial_subscription_to",
    }
}

/// With the closer verb where the value that was set is known.
fn set(base: Deed, material: &Material<'_>, names: &[&str], verb: &'static str) -> Deed {
    // An old value alone says what was there before.
    let is_told = material.new.is_some() || material.old.is_none();
    Deed {
        value: fact(material, names).filter(|_| is_told),
        ..base
    }
    .or_if(|deed| deed.value.is_some(), verb)
}

/// With the weightiest change, and how many there are besides.
fn changed(base: Deed, out: &Explanation) -> Deed {
    let Some(change) = facts::weightiest(&out.changes) else {
        return base;
    };
    Deed {
        change: Some(change.clone()),
        others: out.changes.changed.len() - 1 + out.changes.changed_left_out,
        ..base
    }
}

/// The first product of an order, and how many more there are.
fn product(out: &Explanation) -> Option<Thing> {
    let first = out.items.first()?;
    let name = first
        .name
        .clone()
        .or(first.offer_id.clone())
        .or(first.subscription_id.as_deref().map(short_id))?;
    Some(Thing::Product {
        name,
        quantity: first.quantity.clone(),
        more: (out.items.len() + out.items_left_out).saturating_sub(1),
    })
}

/// How an order is billed and for how long, where its lines agree.
fn terms(out: &Explanation) -> Vec<Fact> {
    if out.items_left_out > 0 {
        return Vec::new();
    }
    let common = |field: &str, of: fn(&super::LineItem) -> &Option<String>| {
        let first = of(out.items.first()?).as_deref();
        let alike = out.items.iter().all(|item| of(item).as_deref() == first);
        let of_order = || {
            out.facts
                .iter()
                .find(|fact| fact.field.eq_ignore_ascii_case(field))
        };
        let value = match first {
            _ if !alike => return None,
            None => of_order()?.value.as_str(),
            Some(value) => value,
        };
        Some(Fact {
            field: field.to_owned(),
            value: value.to_owned(),
        })
    };
    [
        common("TermDuration", |item| &item.term),
        common("BillingCycle", |item| &item.billing_cycle),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn user(material: &Material<'_>) -> Option<Thing> {
    Some(Thing::called("user", users::name(material)))
}

/// The customer that a deed is about, by the record's own name for it or by that in its value.
fn customer(material: &Material<'_>) -> Option<Thing> {
    let own = material.record.customer_name.clone();
    let name = own
        .filter(|name| !name.trim().is_empty())
        .or_else(|| material.field(&["CompanyProfile.CompanyName", "CompanyName"]));
    Some(Thing::called("customer", name))
}

/// A subscription by its name, else by its id.
fn subscription_of(material: &Material<'_>, names: &[&str], ids: &[&str]) -> Thing {
    let named = thing(material, "subscription", names);
    match named.is_named() {
        true => named,
        false => thing(material, "subscription_id", ids),
    }
}

/// A thing by the first of these names; ids are shortened, and the customer's own id names nothing else.
fn thing(material: &Material<'_>, noun: &'static str, names: &[&str]) -> Thing {
    let customer = material.record.customer_id.as_deref();
    let own = |name: &String| !customer.is_some_and(|id| id.eq_ignore_ascii_case(name));
    Thing::called(noun, material.field(names).filter(own))
}

fn fact(material: &Material<'_>, names: &[&str]) -> Option<Fact> {
    let value = material.field(names)?;
    let field = names.first()?.rsplit('.').next().unwrap_or_default();
    Some(Fact {
        field: field.to_owned(),
        value,
    })
}

fn is_true(fact: &Fact) -> bool {
    fact.value.eq_ignore_ascii_case("true")
}

impl Thing {
    /// Of that kind, by its name or by its id.
    fn called(noun: &'static str, name: Option<String>) -> Self {
        let shown = name.as_deref().map(|name| paths::cut(&short_id(name), NAME));
        Self::Named {
            noun,
            id: name.filter(|name| short_id(name) != *name),
            name: shown,
        }
    }

    /// Whether it has a name of its own.
    pub fn is_named(&self) -> bool {
        !matches!(self, Self::Named { name: None, .. })
    }
}

impl Deed {
    /// With another verb where that holds.
    fn or_if(self, holds: impl FnOnce(&Self) -> bool, verb: &'static str) -> Self {
        match holds(&self) {
            true => Self {
                verb: Some(verb),
                ..self
            },
            false => self,
        }
    }
}

/// Every verb there is, for whoever has to have words for all of them.
pub fn verbs() -> impl Iterator<Item = &'static str> {
    const CLOSER: &[&str] = &[
        "place_order",
        "raise_quantity",
        "lower_quantity",
        "reactivate_subscription",
        "activate_subscription",
        "suspend_subscription",
        "cancel_subscription",
        "auto_renew_on",
        "auto_renew_off",
        "rename_subscription",
        "upgrade_subscription_to",
        "convert_trial_subscription_to",
        "swap_licences",
        "assign_licences",
        "remove_licences",
        "reset_password_to_change",
        "rename_customer_user",
        "set_customer_qualification",
        "set_customer_spending_budget",
        "increase_spending_limit_to",
        "rename_customer_on_contract",
    ];
    let operations = KNOWN_OPERATIONS.iter().map(|(wire, _)| *wire);
    operations.chain(CLOSER.iter().copied())
}
