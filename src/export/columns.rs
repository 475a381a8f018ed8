//! The columns of the CSV, in their order: `docs/contract.md`, section 4.

use std::sync::Arc;

use std::borrow::Cow;

use chrono_tz::Tz;

use super::cell::for_spreadsheet;
use crate::{
    audit::{
        explain::{Gist, LineItem, gist},
        json,
        secrets::mask_document,
    },
    i18n::{Arg, Lang},
    store::Entry,
    wording,
};

/// Who the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Spreadsheets: byte order mark, guarded and cut cells, secrets masked, a header in the reader's language.
    Csv,
    /// Programs: exact, with the wire's names.
    CsvPlain,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    Activities,
    /// One for each line of an order; records without lines keep one row.
    Items,
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub format: Format,
    pub rows: Rows,
    pub lang: Lang,
    pub zone: Tz,
}

impl Format {
    /// The value of `format=`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "csv-plain" => Some(Self::CsvPlain),
            _ => None,
        }
    }
}

impl Rows {
    /// The value of `rows=`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "activities" => Some(Self::Activities),
            "items" => Some(Self::Items),
            _ => None,
        }
    }
}

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

/// Message key and wire name of each column that every file has, in order.
pub fn columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLUMNS.into_iter()
}

/// The last column for programs: the record byte for byte, in the first of its rows. Only with it is the file as
/// good as the archive: the other columns cannot tell null from an empty text, and have no place for members that
/// Microsoft adds.
const DOCUMENT: (&str, &str) = ("", "record");

impl Form {
    fn is_plain(&self) -> bool {
        self.format == Format::CsvPlain
    }

    /// The header row.
    pub fn header(&self) -> Vec<String> {
        let items = (self.rows == Rows::Items).then_some(&ITEM_COLUMNS);
        COLUMNS
            .iter()
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

    /// The rows of a record.
    pub(super) fn rows_of(&self, entry: Arc<Entry>) -> RecordRows {
        let explanation = gist(&entry.record);
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
        RecordRows {
            cells: self.fit(self.cells(&entry, &explanation)),
            tails,
            document: self
                .is_plain()
                // Nobody else has it, mostly.
                .then(|| {
                    Arc::try_unwrap(entry)
                        .map_or_else(|shared| shared.record.document.clone(), |own| own.record.document)
                }),
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
            Format::CsvPlain => cells,
            Format::Csv => {
                let cut = self.lang.t("csv-cell-cut");
                cells.iter().map(|text| for_spreadsheet(text, &cut)).collect()
            }
        }
    }

    fn cells(&self, entry: &Entry, explanation: &Gist) -> Vec<String> {
        let record = &entry.record;
        let lang = self.words();
        let value = |value: &Option<String>| match (value, self.is_plain()) {
            (None, _) => String::new(),
            (Some(exact), true) => exact.clone(),
            (Some(exact), false) => mask_document(exact).into_owned(),
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let data = additional_data(&record.customized_data);
        vec![
            local_time(entry, self.zone),
            match self.is_plain() {
                true => text(&record.customer_name),
                false => entry
                    .customer_name
                    .clone()
                    .or_else(|| record.customer_id.clone())
                    .unwrap_or_default(),
            },
            wording::action(&record.operation_type, lang),
            text(&record.user_principal_name),
            text(&record.operation_date),
            text(&record.customer_id),
            record.operation_type.0.to_string(),
            record.resource_type.0.to_string(),
            record.operation_status.0.to_string(),
            text(&record.application_id),
            wording::essentials(&explanation.essentials, lang),
            text(&record.original_correlation_id),
            entry.id.to_string(),
            value(&record.resource_old_value),
            value(&record.resource_new_value),
            if self.is_plain() {
                data
            } else {
                mask_document(&data).into_owned()
            },
            match self.is_plain() {
                true => entry.account.tenant_id.clone(),
                false => entry.account.name.clone(),
            },
        ]
    }
}

/// The rows of a record, of which all but the ends are the same.
pub(super) struct RecordRows {
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

/// The date a record is filed under, in the reader's zone.
fn local_time(entry: &Entry, zone: Tz) -> String {
    entry
        .ticks
        .to_utc()
        .map(|at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// `customizedData` as one JSON object in the record's order, duplicate keys included.
fn additional_data(pairs: &[(String, Option<String>)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let members: Vec<String> = pairs
        .iter()
        .map(|(key, value)| {
            let value = value
                .as_deref()
                .map_or(Cow::Borrowed("null"), |v| Cow::Owned(json::quoted(v)));
            format!("{}:{value}", json::quoted(key))
        })
        .collect();
    format!("{{{}}}", members.join(","))
}
