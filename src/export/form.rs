//! What kind of file is wanted: the parameters of an export beside its selection, `docs/contract.md`, section 4.

use chrono_tz::Tz;

use crate::{audit::Selection, i18n::Lang};

/// Who the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Spreadsheets: byte order mark, guarded and cut cells, secrets masked, a header in the reader's language.
    Csv,
    /// Programs: exact, with the wire's names.
    CsvPlain,
    /// Excel itself: as [`Format::Csv`], with dates and numbers that are such.
    Xlsx,
    /// Programs: the records as they were received, one in a line.
    Ndjson,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rows {
    Activities,
    /// One for each line of an order; records without lines keep one row.
    Items,
}

/// Which columns a file for people has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Columns {
    All,
    /// Those of the page.
    Shown,
    /// All but old and new values and additional data, which are JSON.
    WithoutValues,
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub format: Format,
    pub rows: Rows,
    pub columns: Columns,
    pub lang: Lang,
    pub zone: Tz,
}

/// A parameter that is none, and what was sent for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} cannot be {text:?}")]
pub struct UnknownForm {
    pub field: &'static str,
    pub text: String,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Csv, Self::Xlsx, Self::CsvPlain, Self::Ndjson];

    /// The value of `format=`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvPlain => "csv-plain",
            Self::Xlsx => "xlsx",
            Self::Ndjson => "ndjson",
        }
    }

    /// What a file's name ends in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvPlain => "csv",
            Self::Xlsx => "xlsx",
            Self::Ndjson => "ndjson",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvPlain => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// Whether records are in it as they were received, secrets included.
    pub fn is_as_received(self) -> bool {
        matches!(self, Self::CsvPlain | Self::Ndjson)
    }
}

impl Rows {
    pub const ALL: [Self; 2] = [Self::Activities, Self::Items];

    /// The value of `rows=`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Activities => "activities",
            Self::Items => "items",
        }
    }
}

impl Columns {
    pub const ALL: [Self; 3] = [Self::All, Self::WithoutValues, Self::Shown];

    /// The value of `columns=`.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Shown => "shown",
            Self::WithoutValues => "no-values",
        }
    }
}

impl Form {
    /// The query string by which the same is exported on another day.
    pub fn address(&self, selection: &Selection) -> String {
        self.address_of(&selection.fixed())
    }

    /// The query string by which the same selection is exported, as it is on that day.
    pub fn address_of(&self, selection: &Selection) -> String {
        format!(
            "{}&format={}&rows={}&columns={}&lang={}",
            selection.query(),
            self.format.name(),
            self.rows.name(),
            self.columns.name(),
            self.lang.tag()
        )
    }

    /// The form that a query string asks for; what it does not name is as for the plain link.
    ///
    /// # Errors
    /// When a parameter is not one of its values.
    pub fn parse(query: &str, lang: Lang, zone: Tz) -> Result<Self, UnknownForm> {
        let mut form = Self {
            format: Format::Csv,
            rows: Rows::Activities,
            columns: Columns::All,
            lang,
            zone,
        };
        for (field, text) in form_urlencoded::parse(query.as_bytes()) {
            match &*field {
                "format" => form.format = one_of(&Format::ALL, Format::name, "format", &text)?,
                "rows" => form.rows = one_of(&Rows::ALL, Rows::name, "rows", &text)?,
                "columns" => form.columns = one_of(&Columns::ALL, Columns::name, "columns", &text)?,
                _ => {}
            }
        }
        Ok(form)
    }
}

fn one_of<T: Copy>(
    all: &[T],
    name: impl Fn(T) -> &'static str,
    field: &'static str,
    text: &str,
) -> Result<T, UnknownForm> {
    all.iter()
        .copied()
        .find(|one| name(*one) == text)
        .ok_or_else(|| UnknownForm {
            field,
            text: text.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_what_the_address_says_and_nothing_is_guessed() {
        let parse = |query| Form::parse(query, Lang::En, Tz::UTC);
        let form = parse("from=2026-08-01&format=xlsx&rows=items&columns=shown").unwrap();
        assert_eq!(
            (form.format, form.rows, form.columns),
            (Format::Xlsx, Rows::Items, Columns::Shown)
        );
        let form = parse("q=x").unwrap();
        assert_eq!(
            (form.format, form.rows, form.columns),
            (Format::Csv, Rows::Activities, Columns::All)
        );
        for (query, field) in [
            ("format=pdf", "format"),
            ("rows=", "rows"),
            ("columns=1,2", "columns"),
        ] {
            assert_eq!(parse(query).unwrap_err().field, field);
        }
    }
}
