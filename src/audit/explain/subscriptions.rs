//! Subscriptions: which one, and what about it changed.

use super::{
    Deed, Explanation, Phrase, facts,
    material::{Material, short_id},
};

pub(super) fn gist(material: &Material<'_>, out: &Explanation) -> Vec<Phrase> {
    let compared = material.old.is_some() && material.new.is_some();
    let name = material
        .field(&[
            "FriendlyName",
            "OfferName",
            "SubscriptionName",
            "ProductName",
            "TargetOfferName",
        ])
        .or_else(|| {
            material
                .field(&["SubscriptionId", "Id", "OfferId"])
                .map(|id| short_id(&id))
        });
    // What is compared tells its quantity by the change of it.
    let quantity = if compared {
        None
    } else {
        material.field(&["Quantity"])
    };
    let mut phrases: Vec<_> = name
        .map(|name| Phrase::Product {
            name,
            quantity,
            more: 0,
        })
        .into_iter()
        .collect();
    if compared {
        phrases.extend(facts::change_phrases(&out.changes, 3));
    } else {
        phrases.extend(facts::phrase("Status", material.field(&["Status"])));
    }
    phrases.extend(facts::phrase(
        "ActionTaken",
        material.datum(&["ActionTaken"]).map(ToOwned::to_owned),
    ));
    phrases
}

/// With the closest word for what weighs most of the changes.
pub(super) fn deed(deed: Deed) -> Deed {
    let Some(change) = &deed.change else {
        return deed;
    };
    // What one side does not say may have been so before.
    let (Some(old), Some(new)) = (change.old.as_deref(), change.new.as_deref()) else {
        return deed;
    };
    let is = |value: &str, word: &str| value.eq_ignore_ascii_case(word);
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
        "friendlyname" => "rename_subscription",
        _ => return deed,
    };
    Deed {
        verb: Some(verb),
        ..deed
    }
}
