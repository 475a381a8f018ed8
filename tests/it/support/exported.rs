//! Whole exports.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use partnerlog::{
    audit::Selection,
    export::{Columns, Form, Format, Rows, export},
    i18n::Lang,
    store::Store,
};

/// A form with all columns.
pub fn form(format: Format, rows: Rows, lang: Lang, zone: chrono_tz::Tz) -> Form {
    Form {
        format,
        rows,
        columns: Columns::All,
        lang,
        zone,
    }
}

/// The bytes of a file, chunk by chunk.
pub async fn chunks(store: &Arc<dyn Store>, selection: Selection, form: Form) -> Vec<Vec<u8>> {
    let folder = std::env::temp_dir();
    export(Arc::clone(store), selection, form, folder)
        .map_ok(|chunk| chunk.bytes.to_vec())
        .try_collect()
        .await
        .unwrap()
}
