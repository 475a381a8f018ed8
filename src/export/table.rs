//! The table of an export: its columns in their order and a record's cells, `docs/contract.md`, section 4.

use std::{borrow::Cow, ops::Range};

use chrono::NaiveDateTime;

use super::{
    cell::for_spreadsheet,
    form::{Columns, Form, Format, Rows},
};
use crate::{
    audit::{
        explain::{LineItem, gist},
        json,
        secrets::mask_document,
    },
    i18n::{Arg, Lang},
    store::Filed,
    wording,
};

/// Message key and wire name of each column.
const COLUMNS: [(&str, &str); 17] = [
    ("csv-date-time-in", "dateTime"),
    ("csv-customer", "customerName"),
    ("csv-action", "action"),
    ("csv-user", "userPrincipalName"),
    ("csv-date-utc", "operationDate"),
    ("csv-customer-id", "customerId"),
    ("csv-operation-type", "operationType"),
    ("csv-resource-type", "resourceType"),
    ("csv-status", "operationStatus"),
    ("csv-application", "applicationId"),
    ("csv-details", "details"),
    ("csv-correlation-id", "originalCorrelationId"),
    ("csv-record-id", "id"),
    ("csv-old-value", "resourceOldValue"),
    ("csv-new-value", "resourceNewValue"),
    ("csv-additional-data", "customizedData"),
    ("csv-partner-account", "partnerId"),
];

const ITEM_COLUMNS: [(&str, &str); 6] = [
    ("csv-line", "lineItemNumber"),
    ("csv-product", "friendlyName"),
    ("csv-offer-id", "offerId"),
    ("csv-subscription-id", "subscriptionId"),
    ("csv-quantity", "quantity"),
    ("csv-term", "termDuration"),
];

/// The columns that hold values, which are JSON.
const VALUES: Range<usize> = 13..16;
/// The columns of the page.
const SHOWN: [usize; 5] = [0, 1, 2, 3, 10];

/// Message key and wire name of each column that every whole file has, in order.
pub fn columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLUMNS.into_iter()
}

/// The last column for programs: the record byte for byte, in the first of its rows. Only with it is the file as
/// good as the archive: the other columns cannot tell null from an empty text, and have no place for members that
/// Microsoft adds.
const DOCUMENT: (&str, &str) = ("", "record");

/// What the cells of a column are, for formats that tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first: the date in the zone of the view.
    LocalTime,
    Text,
    /// A long text of JSON.
    Json,
    /// A number where it is one.
    Number,
}

impl Form {
    fn is_plain(&self) -> bool {
        self.format == Format::CsvPlain
    }

    /// Whether the file has a column, counted from 0. A file for programs has all.
    fn has(&self, column: usize) -> bool {
        match self.columns {
            _ if self.is_plain() => true,
            Columns::All => true,
            Columns::WithoutValues => !VALUES.contains(&column),
            Columns::Shown => SHOWN.contains(&column),
        }
    }

    /// The header row.
    pub fn header(&self) -> Vec<String> {
        let items = (self.rows == Rows::Items).then_some(&ITEM_COLUMNS);
        COLUMNS
            .iter()
            .enumerate()
            .filter(|(at, _)| self.has(*at))
            .map(|(_, column)| column)
            .chain(items.into_iter().flatten())
            .chain(self.is_plain().then_some(&DOCUMENT))
            .map(|(key, wire)| match self.is_plain() {
                true => (*wire).to_owned(),
                false if *key == "csv-date-time-in" => {
                    self.lang.t_with(key, &[("zone", Arg::Text(self.zone.name()))])
                }
                false => self.lang.t(key),
            })
            .collect()
    }

    /// What each column of the header holds.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let items = (self.rows == Rows::Items).then_some(&ITEM_COLUMNS);
        let plain = (0..COLUMNS.len()).filter(|at| self.has(*at)).map(|at| match at {
            0 => Kind::LocalTime,
            _ if VALUES.contains(&at) => Kind::Json,
            _ => Kind::Text,
        });
        let items = items.into_iter().flatten().map(|(key, _)| match *key {
            "csv-line" | "csv-quantity" => Kind::Number,
            _ => Kind::Text,
        });
        plain.chain(items).collect()
    }

    /// The rows of a record.
    pub(super) fn rows_of(&self, filed: Filed) -> RecordRows {
        let explanation = gist(&filed.record);
        let tails: Vec<Vec<String>> = match self.rows {
            Rows::Activities => vec![Vec::new()],
            Rows::Items if explanation.items.is_empty() => vec![vec![String::new(); ITEM_COLUMNS.len()]],
            Rows::Items => {
                let items = explanation.items.iter().map(item_cells);
                let rest =
                    (explanation.items_left_out > 0).then(|| self.rest_cells(explanation.items_left_out));
                items.chain(rest).map(|cells| self.fit(cells.to_vec())).collect()
            }
        };
        let details = wording::essentials(&explanation.essentials, self.words());
        let at = filed
            .ticks
            .to_utc()
            .map(|at| at.with_timezone(&self.zone).naive_local());
        let may_hold_secrets = explanation.may_hold_secrets;
        drop(explanation);
        let (cells, document) = self.cells(filed, at, details, may_hold_secrets);
        RecordRows {
            at,
            cells: self.fit(cells),
            tails,
            document,
            next: 0,
        }
    }

    /// Says how many lines of an order have no row.
    fn rest_cells(&self, left_out: usize) -> [String; ITEM_COLUMNS.len()] {
        let n = Arg::Number(i64::try_from(left_out).unwrap_or(i64::MAX));
        let mut cells: [String; ITEM_COLUMNS.len()] = Default::default();
        cells[1] = self.words().t_with("left-out", &[("n", n)]);
        cells
    }

    /// For programs, words do not depend on who asks.
    fn words(&self) -> Lang {
        if self.is_plain() { Lang::En } else { self.lang }
    }

    /// Makes cells fit for where they go.
    fn fit(&self, cells: Vec<String>) -> Vec<String> {
        match self.format {
            Format::Csv => {
                let cut = || self.lang.t("csv-cell-cut");
                cells.into_iter().map(|text| for_spreadsheet(text, cut)).collect()
            }
            Format::CsvPlain | Format::Xlsx | Format::Ndjson => cells,
        }
    }

    /// The cells of the columns that there are, and for programs the document.
    fn cells(
        &self,
        filed: Filed,
        at: Option<NaiveDateTime>,
        details: String,
        may_hold_secrets: bool,
    ) -> (Vec<String>, Option<Box<str>>) {
        let Filed {
            id,
            record,
            account,
            customer_name,
            ..
        } = filed;
        let plain = self.is_plain();
        let shown = |exact: String| match plain || !may_hold_secrets {
            true => exact,
            false => masked(exact),
        };
        let value = |column, value: Option<String>| match value {
            Some(exact) if self.has(column) => shown(exact),
            _ => String::new(),
        };
        let all = [
            at.map(time).unwrap_or_default(),
            match plain {
                true => record.customer_name.unwrap_or_default(),
                false => customer_name
                    .or_else(|| record.customer_id.clone())
                    .unwrap_or_default(),
            },
            wording::action(&record.operation_type, self.words()),
            record.user_principal_name.unwrap_or_default(),
            record.operation_date.unwrap_or_default(),
            record.customer_id.unwrap_or_default(),
            record.operation_type.0.into(),
            record.resource_type.0.into(),
            record.operation_status.0.into(),
            record.application_id.unwrap_or_default(),
            details,
            record.original_correlation_id.unwrap_or_default(),
            id.to_string(),
            value(13, record.resource_old_value),
            value(14, record.resource_new_value),
            match self.has(15) {
                true => shown(additional_data(&record.customized_data)),
                false => String::new(),
            },
            match plain {
                true => account.tenant_id.clone(),
                false => account.name.clone(),
            },
        ];
        let cells = all.into_iter().enumerate().filter(|(at, _)| self.has(*at));
        (
            cells.map(|(_, cell)| cell).collect(),
            plain.then_some(record.document),
        )
    }
}

/// A document without what is secret.
fn masked(exact: String) -> String {
    match mask_document(&exact) {
        Cow::Borrowed(_) => exact,
        Cow::Owned(masked) => masked,
    }
}

/// The rows of a record, of which all but the ends are the same.
pub(super) struct RecordRows {
    /// When it was, in the zone of the view.
    pub at: Option<NaiveDateTime>,
    cells: Vec<String>,
    tails: Vec<Vec<String>>,
    document: Option<Box<str>>,
    next: usize,
}

impl RecordRows {
    /// The cells of the next row; `None` after the last.
    pub(super) fn next(&mut self) -> Option<impl Iterator<Item = &str> + Clone> {
        let tail = self.tails.get(self.next)?;
        let document = self.document.as_deref();
        let document = if self.next == 0 {
            document
        } else {
            document.map(|_| "")
        };
        self.next += 1;
        Some(self.cells.iter().chain(tail).map(String::as_str).chain(document))
    }
}

fn item_cells(item: &LineItem) -> [String; 6] {
    [
        &item.number,
        &item.name,
        &item.offer_id,
        &item.subscription_id,
        &item.quantity,
        &item.term,
    ]
    .map(|cell| cell.clone().unwrap_or_default())
}

/// The date a record is filed under, to the second.
fn time(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `customizedData` as one JSON object in the record's order, duplicate keys included.
fn additional_data(pairs: &[(String, Option<String>)]) -> String {
    let mut out = Vec::new();
    for (key, value) in pairs {
        out.push(if out.is_empty() { b'{' } else { b',' });
        json::quote(key, &mut out);
        out.push(b':');
        match value {
            Some(value) => json::quote(value, &mut out),
            None => out.extend_from_slice(b"null"),
        }
    }
    if !out.is_empty() {
        out.push(b'}');
    }
    String::from_utf8(out).unwrap_or_default()
}
