//! What a request asks for: Partner Center's parameters, in every spelling that its clients use.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::fault::{END_BEFORE_START, Fault};
use crate::{
    audit::{
        Selection,
        fold::fold,
        selection::{FilterKey, From, To, exactly},
    },
    store::{Store, StoreError},
};

/// Without a first day, so many days back, as Partner Center does it.
pub(super) const DEFAULT_DAYS: u64 = 30;
pub(super) const DEFAULT_SIZE: u32 = 500;
pub(super) const LARGEST_SIZE: u32 = 5_000;

/// The parameters as Partner Center writes them; here they count in any case.
pub(super) const START_DATE: &str = "startDate";
pub(super) const END_DATE: &str = "endDate";
pub(super) const SIZE: &str = "size";
pub(super) const FILTER: &str = "filter";
/// Field, value and operator of the filter, each by itself.
pub(super) const FLAT_FILTER: [&str; 3] = ["filter.field", "filter.value", "filter.operator"];
pub(super) const SEEK_OPERATION: &str = "seekOperation";
/// The name of a continuation token in a header, in a link, and in an address.
pub(super) const CONTINUATION: &str = "MS-ContinuationToken";
/// Its other name in an address.
pub(super) const SEEK: &str = "seek";
/// What may stand before the names of all of them.
pub(super) const PREFIX: &str = "auditRequest.";
/// Different actions, resources and states that are looked through for a filter.
const CHOICES: usize = 10_000;
/// What stands for itself in a link.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request as it is understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    from: NaiveDate,
    to: Option<NaiveDate>,
    filter: Option<Filter>,
    pub size: u32,
    /// A later page, whose place stands in a header.
    pub seeks_next: bool,
    /// Where that place stands instead, for clients that put it into the address.
    pub continuation: Option<String>,
    /// The request in Partner Center's own spelling, as its links write it.
    pub uri: String,
}

#[derive(Debug, PartialEq, Eq)]
struct Filter {
    field: Field,
    /// Else a part is meant.
    whole: bool,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    CompanyName,
    CustomerId,
    UserPrincipalName,
    ApplicationId,
    /// One of a few words: the type of a resource or an operation, how it ended.
    Word(FilterKey),
}

const EQUALS: &str = "equals";
const SUBSTRING: &str = "substring";
pub(super) const OPERATORS: [&str; 2] = [EQUALS, SUBSTRING];

/// What can be filtered by, its name, and the operators that it takes.
const FIELDS: [(Field, &str, &[&str]); 7] = [
    (Field::CompanyName, "CompanyName", &[SUBSTRING]),
    (Field::CustomerId, "CustomerId", &[EQUALS]),
    (Field::Word(FilterKey::Resource), "ResourceType", &[EQUALS]),
    (
        Field::UserPrincipalName,
        "UserPrincipalName",
        &[EQUALS, SUBSTRING],
    ),
    (
        Field::Word(FilterKey::Action),
        "OperationType",
        &[EQUALS, SUBSTRING],
    ),
    (
        Field::Word(FilterKey::Status),
        "OperationStatus",
        &[EQUALS, SUBSTRING],
    ),
    (Field::ApplicationId, "ApplicationId", &[EQUALS, SUBSTRING]),
];

/// The names of fields with their operators.
pub(super) fn fields() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    FIELDS.into_iter().map(|(_, name, operators)| (name, operators))
}

impl Asked {
    /// Reads a query string. Names of parameters count in any case, also as `auditRequest.startDate`.
    ///
    /// # Errors
    /// The fault that Partner Center answers, or one of its shape.
    pub fn read(query: &str, today: NaiveDate) -> Result<Self, Fault> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| {
                let bare = match name.get(..PREFIX.len()) {
                    Some(start) if start.eq_ignore_ascii_case(PREFIX) => &name[PREFIX.len()..],
                    _ => &name,
                };
                (bare.to_owned(), value.into_owned())
            })
            .collect();
        let given = |name: &str| {
            let found = pairs.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        // An empty parameter is as if it were left out; only a size is not.
        let value = |name: &str| given(name).filter(|value| !value.is_empty());
        let date = |name| {
            value(name)
                .map(|text| day(text).ok_or(Fault::InvalidRequest))
                .transpose()
        };
        let (start, to) = (date(START_DATE)?, date(END_DATE)?);
        let from = start.unwrap_or(today - Days::new(DEFAULT_DAYS));
        if to.is_some_and(|to| to < from) {
            return Err(END_BEFORE_START);
        }
        let size = match given(SIZE) {
            None => DEFAULT_SIZE,
            Some(text) => text.trim().parse().map_err(|_| Fault::InvalidRequest)?,
        };
        if !(1..=LARGEST_SIZE).contains(&size) {
            return Err(Fault::Invalid(SIZE, "The page size must lie between 1 and 5000."));
        }
        let flat = FLAT_FILTER.map(value);
        let filter = match (value(FILTER), flat) {
            (Some(text), _) => Some(Filter::read(text)?),
            (None, [None, None, None]) => None,
            (None, [field, value, operator]) => Some(Filter::of(
                field.unwrap_or_default(),
                value.unwrap_or_default(),
                operator.unwrap_or_default(),
            )?),
        };
        let mut uri = String::from("/auditrecords?");
        if let Some(start) = start {
            uri.push_str(&format!("startDate={start}&"));
        }
        if let Some(to) = to {
            uri.push_str(&format!("endDate={to}&"));
        }
        uri.push_str(&format!("size={size}"));
        if let Some(filter) = &filter {
            let filter = filter.json();
            uri.push_str(&format!("&filter={}", utf8_percent_encode(&filter, UNRESERVED)));
        }
        let seeks_next = value(SEEK_OPERATION).is_some_and(|seek| seek.eq_ignore_ascii_case("next"));
        Ok(Self {
            from,
            to,
            filter,
            size,
            seeks_next,
            continuation: value(CONTINUATION).or_else(|| value(SEEK)).map(ToOwned::to_owned),
            uri,
        })
    }

    /// The first day and the last one.
    pub fn days(&self, today: NaiveDate) -> (NaiveDate, NaiveDate) {
        (self.from, self.to.unwrap_or(today))
    }

    /// The ids of the only customers whose records may be answered where a token is for these; empty for all. A selection
    /// by itself lets others in: it takes an id for a part of a name, too.
    pub fn only<'a>(&'a self, customers: &'a [String]) -> &'a [String] {
        match &self.filter {
            Some(filter) if filter.field == Field::CustomerId => std::slice::from_ref(&filter.value),
            _ => customers,
        }
    }

    /// The records that are asked for, of these customers only where there are any; `None` where there can be none.
    pub async fn selection(
        &self,
        store: &dyn Store,
        customers: &[String],
        today: NaiveDate,
    ) -> Result<Option<Selection>, StoreError> {
        let to = self.to.map_or(To::Today, To::Day);
        let all = Selection::everything(Tz::UTC, today).over(From::Day(self.from), to);
        let among = |all: Selection, customers: &[String]| {
            customers
                .iter()
                .fold(all, |all, id| all.with(FilterKey::Customer, false, id))
        };
        let Some(filter) = &self.filter else {
            return Ok(Some(among(all, customers)));
        };
        let value = filter.value.as_str();
        Ok(match filter.field {
            Field::CustomerId => {
                let is_open =
                    customers.is_empty() || customers.iter().any(|id| id.eq_ignore_ascii_case(value));
                // What is no id would be taken for a part of a name.
                let is_id = uuid::Uuid::try_parse(value).is_ok();
                (is_open && is_id).then(|| all.with(FilterKey::Customer, false, value))
            }
            Field::CompanyName if customers.is_empty() => Some(all.with(FilterKey::Customer, false, value)),
            Field::CompanyName => {
                let wanted = fold(value);
                let mut called = Vec::new();
                for id in customers {
                    let names = store.customer_names(id).await?;
                    if names.iter().any(|name| fold(&name.name).contains(&wanted)) {
                        called.push(id.clone());
                    }
                }
                (!called.is_empty()).then(|| among(all, &called))
            }
            Field::UserPrincipalName | Field::ApplicationId => {
                let key = match filter.field {
                    Field::ApplicationId => FilterKey::App,
                    _ => FilterKey::User,
                };
                let value = if filter.whole {
                    exactly(value)
                } else {
                    value.to_owned()
                };
                Some(among(all.with(key, false, &value), customers))
            }
            Field::Word(key) => {
                let wanted = plain(value);
                let words = store.choices(&[key], CHOICES).await?.pop().unwrap_or_default();
                let fits = |word: &&String| match filter.whole {
                    true => plain(word) == wanted,
                    false => plain(word).contains(&wanted),
                };
                let words: Vec<_> = words.iter().filter(fits).collect();
                (!words.is_empty()).then(|| {
                    let all = words.iter().fold(all, |all, word| all.with(key, false, word));
                    among(all, customers)
                })
            }
        })
    }
}

impl Filter {
    /// `{"Field":"CompanyName","Value":"bri","Operator":"substring"}`, the names in any case and with others beside them.
    fn read(text: &str) -> Result<Self, Fault> {
        let members: Map<String, Value> = serde_json::from_str(text)
            .map_err(|_| Fault::Invalid(FILTER, "The filter is not a JSON object."))?;
        let text = |name: &str| {
            let found = members.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
        };
        Self::of(text("Field"), text("Value"), text("Operator"))
    }

    fn of(field: &str, value: &str, operator: &str) -> Result<Self, Fault> {
        let is = |name: &str, given: &str| plain(name) == plain(given);
        let Some(operator) = OPERATORS.into_iter().find(|name| is(name, operator)) else {
            return Err(Fault::Invalid(
                FILTER,
                "The filter's operator must be equals or substring.",
            ));
        };
        let known = FIELDS
            .into_iter()
            .find(|(_, name, operators)| is(name, field) && operators.contains(&operator));
        let Some((field, ..)) = known else {
            return Err(Fault::Invalid(
                FILTER,
                "The filter must be CompanyName with substring, CustomerId or ResourceType with equals, or \
                 UserPrincipalName, OperationType, OperationStatus or ApplicationId with either.",
            ));
        };
        let value = value.trim();
        if value.is_empty() {
            return Err(Fault::Invalid(FILTER, "The filter's value is empty."));
        }
        Ok(Self {
            field,
            whole: operator == EQUALS,
            value: value.to_owned(),
        })
    }

    fn json(&self) -> String {
        let field = FIELDS
            .iter()
            .find(|(field, ..)| *field == self.field)
            .map_or("", |(_, name, _)| name);
        let operator = if self.whole { EQUALS } else { SUBSTRING };
        let value = Value::from(self.value.as_str());
        format!(r#"{{"Field":"{field}","Value":{value},"Operator":"{operator}"}}"#)
    }
}

/// `CustomerUser`, `customer_user` and `CUSTOMER_USER` are one.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

/// The date in `2017-06-01`, `2017-06-01T00:00:00.000Z`, `06/01/2017 00:00:00` or `6/1/2017 12:00:00 AM`. Only the date
/// counts, whatever time and zone stand behind it.
fn day(text: &str) -> Option<NaiveDate> {
    let date = text.trim().split([' ', 'T', 't']).next()?;
    let parts: Vec<&str> = date.split(['-', '/']).collect();
    let [first, second, third] = parts[..] else {
        return None;
    };
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| -> Option<u32> {
        let fits = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse().ok())?
    };
    let (year, month, day) = match date.contains('-') {
        true => (
            number(first, 4..=4)?,
            number(second, 2..=2)?,
            number(third, 2..=2)?,
        ),
        false => (
            number(third, 4..=4)?,
            number(first, 1..=2)?,
            number(second, 1..=2)?,
        ),
    };
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
    }

    #[test]
    fn a_date_is_read_as_every_client_writes_it() {
        let expected = NaiveDate::from_ymd_opt(2017, 6, 1);
        for text in [
            "2017-06-01",
            "2017-06-01T00:00:00.000Z",
            "2017-06-01T00:00:00.000 09:00",
            "06/01/2017 00:00:00",
            "6/1/2017 12:00:00 AM",
            "6/1/2017",
        ] {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in [
            "2018-07-204",
            "1.6.2017",
            "2017-13-01",
            "",
            "yesterday",
            "17-06-01",
            "2017/06-01x",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn links_are_in_partner_centers_own_spelling() {
        let asked = Asked::read(
            "startDate=6/1/2017%2012:00:00%20AM&filter=%7B%22Field%22:%22CustomerId%22,%22Value%22:%220c39d6d5-c70d-4c55-bc02-f620844f3fd1%22,%22Operator%22:%22equals%22%7D",
            today(),
        )
        .unwrap();
        assert_eq!(
            asked.uri,
            "/auditrecords?startDate=2017-06-01&size=500&filter=%7B%22Field%22%3A%22CustomerId%22%2C%22Value%22%3A%220c39d6d5-c70d-4c55-bc02-f620844f3fd1%22%2C%22Operator%22%3A%22equals%22%7D"
        );
        // What a link says is what was asked.
        let again = Asked::read(asked.uri.split_once('?').unwrap().1, today()).unwrap();
        assert_eq!(again, asked);
    }

    #[test]
    fn filters_are_read_as_every_client_writes_them() {
        let filter = |text: &str| Filter::read(text).ok();
        let java =
            filter(r#"{"value":"bri","field":"COMPANY_NAME","fieldType":"String","operator":"Substring"}"#);
        assert_eq!(
            java,
            filter(r#"{"Field":"CompanyName","Value":"bri","Operator":"substring"}"#)
        );
        assert!(java.is_some());
        let flat = "auditRequest.startDate=2026-01-01&auditRequest.filter.field=ResourceType&auditRequest.filter.value=CustomerUser&auditRequest.filter.operator=equals";
        let asked = Asked::read(flat, today()).unwrap();
        assert_eq!(asked.filter.unwrap().field, Field::Word(FilterKey::Resource));
        for bad in [
            "[]",
            "{}",
            "x",
            r#"{"Field":"CompanyName","Value":"bri","Operator":"equals"}"#,
            r#"{"Field":"CustomerId","Value":"bri","Operator":"substring"}"#,
            r#"{"Field":"CompanyName","Value":" ","Operator":"substring"}"#,
            r#"{"Field":"Secret","Value":"x","Operator":"equals"}"#,
            r#"{"Field":"CompanyName","Value":7,"Operator":"substring"}"#,
        ] {
            assert!(Filter::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_and_dates_have_bounds() {
        for bad in [
            "size=0",
            "size=5001",
            "size=x",
            "startDate=soon",
            "startDate=2026-11-02&endDate=2026-11-01",
        ] {
            assert!(Asked::read(bad, today()).is_err(), "{bad}");
        }
        assert_eq!(
            Asked::read("SIZE=5000&startdate=2016-01-01", today())
                .unwrap()
                .size,
            5_000
        );
        assert_eq!(
            Asked::read("", today()).unwrap().from,
            NaiveDate::from_ymd_opt(2026, 10, 21).unwrap()
        );
    }

    proptest::proptest! {
        #[test]
        fn no_query_panics(query in ".{0,80}", date in "[0-9/T: -]{0,24}") {
            let _ = Asked::read(&query, today());
            let _ = Asked::read(&format!("startDate={date}&endDate={date}&filter={query}"), today());
        }
    }
}
