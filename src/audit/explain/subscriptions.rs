//! Subscriptions: which one, and what about it changed.

use super::{
    Explanation, Phrase, facts,
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
