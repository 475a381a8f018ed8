//! The parameters of `GET /v1/auditrecords`, read as strictly as the documents allow.

use axum::{extract::Query, response::Response};
use chrono::{Days, NaiveDate};
use http::{StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::answer;
use crate::simulator::tenant::member;

/// The most days one request is answered for; what goes beyond is left out without a word.
const WINDOW: u64 = 30;
/// How far back Partner Center remembers.
const RETENTION: i64 = 90;
const MAXIMUM_SIZE: usize = 500;
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is asked for.
pub(super) struct RecordsQuery {
    pub(super) days: (NaiveDate, NaiveDate),
    pub(super) size: usize,
    pub(super) filter: Option<Filter>,
    /// Says that this is a later page; its token comes in a header.
    pub(super) seeks_next: bool,
    /// `/auditrecords?…` in the service's own spelling, without `seekOperation`.
    pub(super) self_uri: String,
}

/// Repeated and undecodable parameters are what model binding refuses.
pub(super) fn parameters(uri: &Uri) -> Option<Vec<(String, String)>> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let repeated = pairs
        .iter()
        .enumerate()
        .any(|(n, (key, _))| pairs[..n].iter().any(|(other, _)| other == key));
    (!repeated).then_some(pairs)
}

pub(super) fn value<'a>(pairs: &'a [(String, String)], key: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, value)| value.as_str())
}

/// `yyyy-mm-dd` and nothing else: other spellings work on some servers and not on others.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    if text.len() != 10 {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// `size`, or the default.
pub(super) fn size(pairs: &[(String, String)], default: usize) -> Result<usize, Box<Response>> {
    let Some(text) = value(pairs, "size") else {
        return Ok(default);
    };
    let size = text.parse().map_err(|_| Box::new(answer::invalid_request()))?;
    if (1..=MAXIMUM_SIZE).contains(&size) {
        return Ok(size);
    }
    Err(bad("The page size must lie between 1 and 500.", "size"))
}

fn bad(description: &str, parameter: &str) -> Box<Response> {
    Box::new(answer::fault(
        StatusCode::BAD_REQUEST,
        "3000",
        description,
        &[parameter],
    ))
}

impl RecordsQuery {
    pub(super) fn read(uri: &Uri, today: NaiveDate, page_size: usize) -> Result<Self, Box<Response>> {
        let pairs = parameters(uri).ok_or_else(|| Box::new(answer::invalid_request()))?;
        let read_day = |key| match value(&pairs, key) {
            None => Ok(None),
            Some(text) => day(text)
                .map(Some)
                .ok_or_else(|| Box::new(answer::invalid_request())),
        };
        let (start, end) = (read_day("startDate")?, read_day("endDate")?);
        let from = start.unwrap_or(today - Days::new(WINDOW));
        if (today - from).num_days() > RETENTION {
            let description =
                "Audit records are only available for the past 90 days. Please update the start date.";
            return Err(bad(description, "startDate"));
        }
        let window_end = from + Days::new(WINDOW - 1);
        let to = end.unwrap_or(today).min(window_end);
        if to < from && end.is_some() {
            return Err(bad("The end date lies before the start date.", "endDate"));
        }
        let size = size(&pairs, page_size)?;
        let filter = value(&pairs, "filter").map(Filter::read).transpose()?;
        let mut self_uri = format!("/auditrecords?startDate={from}");
        if let Some(end) = end {
            self_uri.push_str(&format!("&endDate={end}"));
        }
        self_uri.push_str(&format!("&size={size}"));
        if let Some(text) = value(&pairs, "filter") {
            self_uri.push_str(&format!("&filter={}", utf8_percent_encode(text, UNRESERVED)));
        }
        let seeks_next = value(&pairs, "seekOperation").is_some_and(|seek| seek.eq_ignore_ascii_case("next"));
        Ok(Self {
            days: (from, to),
            size,
            filter,
            seeks_next,
            self_uri,
        })
    }
}

/// One of the three documented filters.
pub(super) enum Filter {
    CompanyName(String),
    CustomerId(String),
    ResourceType(String),
}

impl Filter {
    fn read(text: &str) -> Result<Self, Box<Response>> {
        let members: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| bad("The filter is not a JSON object.", "filter"))?;
        let text = |key: &str| {
            let found = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let (field, operator) = (plain(text("Field")), text("Operator").to_lowercase());
        match (field.as_str(), operator.as_str()) {
            ("companyname", "substring") => Ok(Self::CompanyName(text("Value").to_lowercase())),
            ("customerid", "equals") => Ok(Self::CustomerId(text("Value").to_lowercase())),
            ("resourcetype", "equals") => Ok(Self::ResourceType(plain(text("Value")))),
            _ => Err(bad("The filter's field or operator is not supported.", "filter")),
        }
    }

    /// Values count in any case.
    pub(super) fn fits(&self, record: &str) -> bool {
        let of = |key| member(record, key);
        match self {
            Self::CompanyName(part) => {
                of("customerName").is_some_and(|name| name.to_lowercase().contains(part))
            }
            Self::CustomerId(id) => of("customerId").is_some_and(|customer| customer.to_lowercase() == *id),
            Self::ResourceType(kind) => of("resourceType").is_some_and(|resource| plain(&resource) == *kind),
        }
    }
}

/// `CustomerUser`, `customer_user` and `CUSTOMER_USER` are one.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}
