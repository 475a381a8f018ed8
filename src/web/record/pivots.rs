//! Ways from a record to others like it.

use crate::{
    audit::{Selection, selection::FilterKey},
    i18n::Lang,
    store::Entry,
    wording,
};

/// A way from a record to others like it.
pub struct Pivot {
    pub field: String,
    pub value: String,
    pub only: String,
    pub exclude: String,
    /// Whether the links keep a selection that the reader came from.
    pub narrows: bool,
}

/// Links to activities of the same customer, user and action, and to all others; `narrows` where the selection is the
/// one that the reader sees.
pub fn pivots(entry: &Entry, selection: &Selection, lang: Lang, narrows: bool) -> Vec<Pivot> {
    let record = &entry.record;
    let customer = record.customer_id.clone().or_else(|| entry.customer_name.clone());
    let action = Some(record.operation_type.0.to_string()).filter(|action| !action.is_empty());
    let shown_customer = entry.customer_name.clone().or_else(|| customer.clone());
    [
        (FilterKey::Customer, customer, shown_customer),
        (
            FilterKey::User,
            record.user_principal_name.clone(),
            record.user_principal_name.clone(),
        ),
        (
            FilterKey::Action,
            action,
            Some(wording::action(&record.operation_type, lang)),
        ),
    ]
    .into_iter()
    .filter_map(|(key, value, shown)| {
        // A longer value is no filter.
        let value = value.filter(|value| value.chars().count() <= 512 && value.trim() == value)?;
        // Other values of that filter would let in others; the value itself cannot be both wanted and not.
        let mut without = selection.clone();
        without
            .filters
            .retain(|filter| filter.key != key || filter.exclude);
        let only = without.without(key, true, &value).with(key, false, &value);
        let exclude = selection.without(key, false, &value).with(key, true, &value);
        let link = |selection: &Selection| format!("/activity?{}", selection.query());
        let field = match key {
            FilterKey::Customer => "pivot-customer",
            FilterKey::User => "pivot-user",
            _ => "pivot-action",
        };
        Some(Pivot {
            field: lang.t(field),
            value: shown?,
            only: link(&only),
            exclude: link(&exclude),
            narrows,
        })
    })
    .collect()
}
