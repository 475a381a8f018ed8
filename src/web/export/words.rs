//! What a file is and has been, in words.

use crate::{
    export::{Columns, Form, Format, Rows},
    i18n::{Arg, byte_size, grouped},
    store::ExportEnd,
    web::PageContext,
};

/// What kind of file a form makes; what is usual is not said.
pub fn file_words(form: &Form, ctx: &PageContext) -> String {
    let mut words = vec![format_words(form.format, ctx)];
    if form.format != Format::Ndjson && form.rows == Rows::Items {
        words.push(rows_words(form.rows, ctx));
    }
    if !form.format.is_as_received() && form.columns != Columns::All {
        words.push(columns_words(form.columns, ctx));
    }
    words.join(" · ")
}

pub fn format_words(format: Format, ctx: &PageContext) -> String {
    ctx.t(match format {
        Format::Csv => "export-csv",
        Format::CsvPlain => "export-plain",
        Format::Xlsx => "export-xlsx",
        Format::Ndjson => "export-ndjson",
    })
}

pub fn rows_words(rows: Rows, ctx: &PageContext) -> String {
    ctx.t(match rows {
        Rows::Activities => "export-activities",
        Rows::Items => "export-items",
    })
}

pub fn columns_words(columns: Columns, ctx: &PageContext) -> String {
    ctx.t(match columns {
        Columns::All => "export-all-columns",
        Columns::WithoutValues => "export-without-values",
        Columns::Shown => "export-shown",
    })
}

/// `1,204 rows, 310 KB`
pub fn size_words(end: &ExportEnd, ctx: &PageContext) -> String {
    let rows = i64::try_from(end.rows).unwrap_or(i64::MAX);
    ctx.lang.t_with(
        "exports-size",
        &[
            ("n", Arg::Number(rows)),
            ("rows", Arg::Text(&grouped(rows))),
            ("bytes", Arg::Text(&byte_size(end.bytes))),
        ],
    )
}
