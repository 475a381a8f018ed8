//! The filters of a selection in words: labels, and links that take one away or add one.

use std::collections::HashMap;

use crate::{
    audit::{
        Selection,
        selection::{FilterKey, View},
        vocabulary::{OperationStatus, OperationType, ResourceType},
    },
    i18n::Lang,
    store::{Store, StoreError},
    wording,
};

/// A selected filter value, as a link that removes it.
pub struct Chip {
    pub label: String,
    pub value: String,
    pub exclude: bool,
    pub href: String,
}

/// What filter values that are ids stand for.
pub type Names = HashMap<String, String>;

/// The names of the customers and accounts that a selection names by id.
pub async fn names(store: &dyn Store, selection: &Selection) -> Result<Names, StoreError> {
    let mut names = Names::new();
    for filter in &selection.filters {
        for value in filter.values.iter().filter(|v| is_id(v)).take(20) {
            let name = match filter.key {
                FilterKey::Customer => store.customer(value).await?.and_then(|c| c.name),
                FilterKey::Account => {
                    let accounts = store.accounts().await?;
                    accounts
                        .into_iter()
                        .find(|a| a.tenant_id.eq_ignore_ascii_case(value))
                        .map(|a| a.name)
                }
                _ => None,
            };
            if let Some(name) = name {
                names.insert(value.clone(), name);
            }
        }
    }
    Ok(names)
}

/// Every filter value of a selection.
pub fn chips(selection: &Selection, view: View, names: &Names, lang: Lang) -> Vec<Chip> {
    let view = View { after: None, ..view };
    let mut chips = Vec::new();
    for filter in &selection.filters {
        for value in &filter.values {
            let without = selection.without(filter.key, filter.exclude, value);
            chips.push(Chip {
                label: label(filter.key, lang),
                value: words(filter.key, value, names, lang),
                exclude: filter.exclude,
                href: format!("/activity?{}", view.append_to(without.query())),
            });
        }
    }
    chips
}

/// The name of a filter.
pub fn label(key: FilterKey, lang: Lang) -> String {
    lang.t(match key {
        FilterKey::Customer => "filter-customer",
        FilterKey::Action => "filter-action",
        FilterKey::User => "filter-user",
        FilterKey::Resource => "filter-resource",
        FilterKey::Status => "filter-status",
        FilterKey::App => "filter-app",
        FilterKey::Account => "filter-account",
        FilterKey::Changed => "filter-changed",
        FilterKey::Source => "filter-source",
    })
}

/// A filter's value in words.
pub fn words(key: FilterKey, value: &str, names: &Names, lang: Lang) -> String {
    match key {
        FilterKey::Action => wording::action(&OperationType(value.into()), lang),
        FilterKey::Resource => wording::resource(&ResourceType(value.into()), lang),
        FilterKey::Status => wording::status(&OperationStatus(value.into()), lang),
        FilterKey::App => wording::application_name(value, lang).unwrap_or_else(|| value.to_owned()),
        FilterKey::Source if value == "collected" => lang.t("source-collected"),
        FilterKey::Source if value == "imported" => lang.t("source-imported"),
        _ => names.get(value).cloned().unwrap_or_else(|| value.to_owned()),
    }
}

/// Whether a text is a GUID, as customers and tenants have them.
pub fn is_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}
