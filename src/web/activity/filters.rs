//! The filters of a selection in words: labels, and links that take one away or add one.

use std::collections::HashMap;

use super::form::first_page;
use crate::{
    audit::{
        Selection,
        actor::Actor,
        selection::{self, FilterKey, View},
        vocabulary::{OperationStatus, OperationType, ResourceType},
    },
    i18n::{Arg, Lang},
    store::{Account, Store, StoreError},
    wording::{self, Applications},
};

/// A selected filter value, as a link that removes it.
pub struct Chip {
    pub label: String,
    pub value: String,
    pub exclude: bool,
    pub href: String,
}

/// What filter values that are ids stand for.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Of accounts and customers.
    ids: HashMap<String, String>,
    applications: Applications,
}

impl Names {
    /// With what applications are called.
    pub fn naming(mut self, applications: &Applications) -> Self {
        self.applications = applications.clone();
        self
    }

    /// Those of another selection besides.
    pub fn extend(&mut self, other: Self) {
        self.ids.extend(other.ids);
    }
}

/// The names of all accounts, and of the customers that a selection names by id.
pub async fn names(store: &dyn Store, selection: &Selection) -> Result<Names, StoreError> {
    names_with(store, selection, &store.accounts().await?).await
}

/// The same, where the accounts are known already.
pub async fn names_with(
    store: &dyn Store,
    selection: &Selection,
    accounts: &[Account],
) -> Result<Names, StoreError> {
    let mut ids: HashMap<String, String> = accounts
        .iter()
        .map(|account| (account.tenant_id.clone(), account.name.clone()))
        .collect();
    for filter in selection.filters.iter().filter(|f| f.key == FilterKey::Customer) {
        for value in filter.values.iter().filter(|v| is_id(v)).take(20) {
            if let Some(name) = store.customer(value).await?.and_then(|c| c.name) {
                ids.insert(value.clone(), name);
            }
        }
    }
    Ok(Names {
        ids,
        ..Names::default()
    })
}

/// Every part of what is searched for, as typed, and every filter value of a selection.
pub fn chips(selection: &Selection, view: View, names: &Names, lang: Lang) -> Vec<Chip> {
    let mut chips = Vec::new();
    let search = &selection.search;
    for (i, part) in search.parts.iter().enumerate() {
        chips.push(Chip {
            label: lang.t("filter-search"),
            value: search.text.get(part.span.clone()).unwrap_or_default().to_owned(),
            // Its minus stands in the text.
            exclude: false,
            href: first_page(&selection.searching(&search.without(i)), view),
        });
    }
    for filter in &selection.filters {
        let label = label(filter.key, lang);
        for value in &filter.values {
            let without = selection.without(filter.key, filter.exclude, value);
            chips.push(Chip {
                label: label.clone(),
                value: words(filter.key, value, names, lang),
                exclude: filter.exclude,
                href: first_page(&without, view),
            });
        }
    }
    chips
}

/// What is searched for, and every filter with all of its values: `Customer: Contoso, Fabrikam`.
pub fn told(selection: &Selection, names: &Names, lang: Lang) -> Vec<String> {
    let text = &selection.search.text;
    let search = (!text.is_empty()).then(|| lang.t_with("views-search", &[("text", Arg::Text(text))]));
    let filters = selection.filters.iter().map(|filter| {
        let values = filter.values.iter();
        let values: Vec<_> = values
            .map(|value| words(filter.key, value, names, lang))
            .collect();
        let not = match filter.exclude {
            true => lang.t("views-not"),
            false => String::new(),
        };
        let (label, joint) = (label(filter.key, lang), lang.t("label-joint"));
        format!("{label}{joint}{not}{}", values.join(&lang.t("list-joint")))
    });
    search.into_iter().chain(filters).collect()
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
        FilterKey::Actor => "filter-actor",
    })
}

/// What stands before the colon where that filter is a part of a search.
pub fn name(key: FilterKey, lang: Lang) -> &'static str {
    match (key, lang) {
        (FilterKey::Action, Lang::Ja) => "アクション",
        (FilterKey::Status, Lang::Ja) => "状態",
        (FilterKey::Resource, Lang::Ja) => "リソース",
        (FilterKey::Actor, Lang::Ja) => "実行者",
        _ => key.name(),
    }
}

/// A filter's value in words.
pub fn words(key: FilterKey, value: &str, names: &Names, lang: Lang) -> String {
    match key {
        FilterKey::Action => wording::action(&OperationType(value.into()), lang),
        FilterKey::Resource => wording::resource(&ResourceType(value.into()), lang),
        FilterKey::Status => wording::status(&OperationStatus(value.into()), lang),
        FilterKey::App => {
            let id = selection::whole(value).unwrap_or(value);
            names
                .applications
                .name(id, lang)
                .unwrap_or_else(|| value.to_owned())
        }
        FilterKey::Changed => wording::field(value, lang),
        FilterKey::Source if value == "collected" => lang.t("source-collected"),
        FilterKey::Source if value == "imported" => lang.t("source-imported"),
        FilterKey::Actor if let Some(actor) = Actor::named(value) => wording::actors(actor, lang),
        _ => names.ids.get(value).cloned().unwrap_or_else(|| value.to_owned()),
    }
}

/// Whether a text is a GUID, as customers and tenants have them.
pub fn is_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}
