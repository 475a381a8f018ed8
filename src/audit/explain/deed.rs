//! What was done, as the parts of a sentence: the verb, what it was done to, to whom, and what about it changed.
//!
//! Where a record tells more than its operation type, a closer verb is chosen: `suspend_subscription` instead of
//! `update_subscription`. Where it tells less, the parts are missing and the sentence has a general word for them.

mod plain;

use super::{
    Change, Deed, Explanation, Fact, Kind, Thing, facts, licences,
    material::{Material, short_id},
    orders, subscriptions, users,
};
use crate::audit::{paths, vocabulary::KNOWN_OPERATIONS};

/// The longest name of a thing, in characters.
const NAME: usize = 200;

/// What was done, of a record whose parts are explained.
pub(super) fn deed(material: &Material<'_>, kind: Kind, out: &Explanation) -> Deed {
    let operation = &*material.record.operation_type.0;
    let Some((verb, _)) = KNOWN_OPERATIONS.iter().find(|(wire, _)| *wire == operation) else {
        return Deed::default();
    };
    match kind {
        Kind::Licences => licences::deed(verb, out),
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
        "create_order" => match orders::product(out) {
            Some((name, quantity, more)) => Deed {
                object: Some(Thing::Product { name, quantity, more }),
                terms: orders::terms(out),
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
        "update_subscription" => subscriptions::deed(Deed {
            object: Some(subscription_of(material, SUBSCRIPTION, SUBSCRIPTION_IDS)),
            ..changed(base, out)
        }),
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
    let Some(plain) = base.verb.and_then(plain::of) else {
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
    pub(super) fn called(noun: &'static str, name: Option<String>) -> Self {
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
