//! Rows of the table as HTML. Explaining a record and putting it into words takes longer than anything else about a page,
//! and most pages show what another one showed before.

use std::{fmt, sync::Arc};

use askama::{Template, filters::HtmlSafe};
use chrono_tz::Tz;
use quick_cache::{Weighter, sync::Cache};

use super::rows::{Actor, Row, RowMaker};
use crate::{i18n::Lang, store::Entry};

/// What all of them may take of memory, in bytes.
const MOST: u64 = 16 << 20;
/// About what one takes.
const ROW: u64 = 2_000;

/// The rows of all readers, but those in which something is marked.
#[derive(Clone)]
pub struct KeptRows(Arc<Cache<Key, (Arc<Entry>, Html), ByLength>>);

/// What a template has made, so that nothing in it is escaped once more.
#[derive(Clone)]
pub struct Html(Arc<str>);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// Everything that a row depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Where the record lies in memory. The row keeps it there, so that no other ever has this address.
    entry: usize,
    lang: Lang,
    zone: Tz,
    column_offset: Box<str>,
    /// What applications are called.
    names: i64,
}

#[derive(Clone)]
struct ByLength;

impl Weighter<Key, (Arc<Entry>, Html)> for ByLength {
    fn weight(&self, _: &Key, (entry, html): &(Arc<Entry>, Html)) -> u64 {
        (html.0.len() + 2 * entry.record.document.len()) as u64 + ROW
    }
}

impl Default for KeptRows {
    fn default() -> Self {
        let about = usize::try_from(MOST / (2 * ROW)).unwrap_or(usize::MAX);
        Self(Arc::new(Cache::with_weighter(about, MOST, ByLength)))
    }
}

impl KeptRows {
    /// A record's row: the one that was made before, or a new one.
    pub fn html(&self, maker: &RowMaker<'_>, words: &Words, entry: &Arc<Entry>) -> askama::Result<Html> {
        let make = || -> askama::Result<Html> {
            let row = maker.row(entry);
            Ok(Html(RowHtml { row: &row, words }.render()?.into()))
        };
        if maker.searches() {
            return make();
        }
        let dates = maker.dates();
        let key = Key {
            entry: Arc::as_ptr(entry).addr(),
            lang: dates.lang,
            zone: dates.zone,
            column_offset: maker.column_offset().into(),
            names: maker.names_version(),
        };
        if let Some((_, html)) = self.0.get(&key) {
            return Ok(html);
        }
        let html = make()?;
        self.0.insert(key, (Arc::clone(entry), html.clone()));
        Ok(html)
    }
}

/// What stands in every row.
pub struct Words {
    customer: String,
    user: String,
    no_customer: String,
    no_user: String,
    app: String,
    imported: String,
}

impl Words {
    pub fn of(lang: Lang) -> Self {
        Self {
            customer: lang.t("column-customer"),
            user: lang.t("column-user"),
            no_customer: lang.t("customer-none"),
            no_user: lang.t("user-unknown"),
            app: lang.t("badge-app"),
            imported: lang.t("badge-imported"),
        }
    }
}

#[derive(Template)]
#[template(path = "activity/row.html")]
struct RowHtml<'a> {
    row: &'a Row,
    words: &'a Words,
}
