//! The versions of a record: which there are, which is shown, and what the next one says differently.

use super::{names::Names, parts::ChangesView};
use crate::{
    audit::{AuditRecord, versions::changes},
    i18n::Arg,
    store::{Entry, Source, Store, StoreError, Version},
    web::PageContext,
};

/// So many versions are listed; the addresses of others work as well.
const LISTED: usize = 50;

/// What the archive knows of a record's versions; empty where there is only one.
#[derive(Default)]
pub struct History {
    versions: Vec<Version>,
    /// The one that is looked at.
    number: u32,
    /// A version beside it, with its number, to be compared.
    other: Option<(u32, AuditRecord)>,
}

impl History {
    /// Of a record that is looked at in the version `asked`, or in its newest.
    pub async fn of(store: &dyn Store, entry: &Entry, asked: Option<u32>) -> Result<Self, StoreError> {
        if entry.versions < 2 {
            return Ok(Self::default());
        }
        let versions = store.versions(&entry.id).await?;
        let newest = versions.iter().find(|version| version.is_shown);
        let number = asked
            .or(newest.map(|version| version.number))
            .unwrap_or(entry.versions);
        // An older version is compared with what came after it, the newest with what was before.
        let is_newest = newest.is_some_and(|newest| newest.number == number);
        let other = match is_newest || number == entry.versions {
            true => number - 1,
            false => number + 1,
        };
        let other = store
            .version(&entry.id, other)
            .await?
            .map(|found| (other, found.record));
        Ok(Self {
            versions,
            number,
            other,
        })
    }

    /// The version that is looked at; 0 where there is only one.
    pub fn number(&self) -> u32 {
        self.number
    }
}

/// The versions as finished text.
pub struct VersionsView {
    /// `Version 3 of 3 – changed on 31 May 2024, 23:59:05`
    pub title: String,
    pub list: Vec<VersionView>,
    /// How many more there are.
    pub more: Option<String>,
    /// What is compared, and what differs.
    pub compared: Option<(String, Option<ChangesView>)>,
    /// That this is not the newest.
    pub old: Option<String>,
    /// The address of the newest.
    pub newest: String,
}

/// A version as a link; none for the one that is looked at.
pub struct VersionView {
    pub label: String,
    pub archived: String,
    pub is_shown: bool,
    pub href: Option<String>,
}

impl VersionsView {
    /// Nothing where there is only one version.
    pub fn of(ctx: &PageContext, entry: &Entry, history: &History, names: &Names) -> Option<Self> {
        if history.versions.is_empty() {
            return None;
        }
        let (lang, dates) = (ctx.lang, ctx.dates());
        let number = |n: u32| Arg::Number(n.into());
        let address = format!("/activity/{}", entry.id);
        let count = entry.versions;
        let looked_at = history
            .versions
            .iter()
            .find(|version| version.number == history.number);
        let is_newest = looked_at.is_some_and(|version| version.is_shown);
        let list = history
            .versions
            .iter()
            .rev()
            .take(LISTED)
            .map(|version| VersionView {
                label: lang.t_with(
                    "version-of",
                    &[("number", number(version.number)), ("n", number(count))],
                ),
                archived: archived(ctx, version),
                is_shown: version.is_shown,
                href: (version.number != history.number).then(|| match version.is_shown {
                    true => address.clone(),
                    false => format!("{address}?version={}", version.number),
                }),
            })
            .collect::<Vec<_>>();
        let at = dates.moment(entry.archived_at);
        let compared = history.other.as_ref().map(|(other, record)| {
            let (key, changes) = match *other > history.number {
                true => ("version-next-changes", changes(&entry.record, record)),
                false => ("version-since", changes(record, &entry.record)),
            };
            let view = ChangesView::of(&changes, names, lang).filter(|view| !view.changed.is_empty());
            (lang.t_with(key, &[("number", number(*other))]), view)
        });
        let left = (count as usize).saturating_sub(list.len());
        Some(Self {
            title: lang.t_with(
                match history.number {
                    1 => "version-of",
                    _ => "version-history",
                },
                &[
                    ("number", number(history.number)),
                    ("n", number(count)),
                    ("at", Arg::Text(&at)),
                ],
            ),
            more: (left > 0).then(|| {
                let left = i64::try_from(left).unwrap_or(i64::MAX);
                lang.t_with("version-more", &[("n", Arg::Number(left))])
            }),
            list,
            compared,
            old: (!is_newest).then(|| {
                lang.t_with(
                    "version-old",
                    &[("number", number(history.number)), ("n", number(count))],
                )
            }),
            newest: address,
        })
    }
}

/// `Collected 31 May 2024, 23:59:05`
fn archived(ctx: &PageContext, version: &Version) -> String {
    let source = ctx.t(match version.source {
        Source::Collected => "version-collected",
        Source::Imported => "version-imported",
    });
    let at = ctx.dates().moment(version.archived_at);
    ctx.lang.t_with(
        "version-at",
        &[("source", Arg::Text(&source)), ("at", Arg::Text(&at))],
    )
}
