//! The table's rows: each record's columns as finished text, grouped by day.

use chrono::{DateTime, Utc};

use crate::{
    audit::{explain, paths::cut, vocabulary::Outcome},
    i18n::{Arg, Lang},
    store::{Entry, Source},
    web::dates::Dates,
    wording,
};

/// Of a longer name only so many characters are shown; its record has all of it.
const NAME: usize = 200;
/// A longer text in the place of a customer's id, in bytes, leads nowhere.
const LONGEST_ID: usize = 200;

/// No filter takes more of a value, in characters.
const LONGEST_VALUE: usize = 512;

/// The activities of one day.
pub struct DayGroup {
    pub heading: String,
    pub rows: Vec<Row>,
}

/// One activity.
pub struct Row {
    pub id: String,
    pub when: When,
    pub customer: Option<CustomerCell>,
    pub action: String,
    /// The action as a filter takes it; nothing where none can.
    pub only: Option<Box<str>>,
    pub outcome: Option<OutcomeCell>,
    pub essentials: String,
    pub actor: Actor,
    pub imported: bool,
    /// The accessible name of the Details control.
    pub details: String,
}

/// A moment in the reader's zone and exactly.
pub struct When {
    /// UTC with the full fraction, for `<time datetime>`; nothing where no calendar has the moment.
    pub iso: Option<String>,
    /// With what joins it to the time.
    pub date: String,
    pub time: String,
    /// Where it differs from the column's, as around a clock change.
    pub offset: Option<String>,
}

/// The affected customer.
pub struct CustomerCell {
    pub name: String,
    /// The Subscriptions page.
    pub href: Option<String>,
}

/// A status that is not plain success.
pub struct OutcomeCell {
    /// The icon and the colour.
    pub class: &'static str,
    pub word: String,
    /// As a filter takes it.
    pub status: String,
}

/// Who did it: a person, else an application.
pub enum Actor {
    User { local: String, domain: String },
    App(String),
    Unknown,
}

impl Actor {
    pub fn of(user: Option<&str>, application: Option<&str>, lang: Lang) -> Self {
        match (user, application) {
            (Some(user), _) => {
                let (local, domain) = user.split_at(user.rfind('@').unwrap_or(user.len()));
                Self::User {
                    local: cut(local, NAME),
                    domain: cut(domain, NAME),
                }
            }
            (None, Some(id)) => {
                Self::App(wording::application_name(id, lang).unwrap_or_else(|| cut(id, NAME)))
            }
            (None, None) => Self::Unknown,
        }
    }
}

impl When {
    pub fn of(entry: &Entry, dates: Dates, column_offset: &str) -> Self {
        let Some(at) = entry.ticks.to_utc() else {
            let received = entry.record.operation_date.clone().unwrap_or_default();
            return Self {
                iso: None,
                date: String::new(),
                time: received,
                offset: None,
            };
        };
        let offset = dates.offset(at);
        Self {
            iso: entry.ticks.to_rfc3339(),
            date: format!("{}{}", dates.day(dates.local_day(at)), dates.joint()),
            time: dates.time(at),
            offset: (offset != column_offset).then_some(offset),
        }
    }
}

impl CustomerCell {
    /// The customer of a record; its id where no name is known.
    pub fn of(entry: &Entry) -> Option<Self> {
        let id = entry.record.customer_id.as_deref();
        let name = entry.customer_name.as_deref().or(id)?;
        Some(Self {
            name: cut(name, NAME),
            href: id.filter(|id| id.len() <= LONGEST_ID).map(subscriptions_href),
        })
    }
}

/// The Subscriptions page of a customer, whose id may be any text.
pub fn subscriptions_href(customer_id: &str) -> String {
    let id = percent_encoding::utf8_percent_encode(customer_id, percent_encoding::NON_ALPHANUMERIC);
    // GUIDs stay readable.
    format!("/customers/{}/subscriptions", id.to_string().replace("%2D", "-"))
}

impl OutcomeCell {
    pub fn of(entry: &Entry, lang: Lang) -> Option<Self> {
        let status = &entry.record.operation_status;
        let class = match status.outcome() {
            Outcome::Succeeded => return None,
            Outcome::Other if status.0.is_empty() => return None,
            Outcome::Failed => "failed",
            Outcome::Progress => "progress",
            Outcome::Declined => "declined",
            Outcome::Other => "other",
        };
        Some(Self {
            class,
            word: wording::status(status, lang),
            status: cut(&status.0, LONGEST_VALUE),
        })
    }
}

/// Groups entries, which are newest first, by the reader's days.
pub fn by_day(entries: &[Entry], dates: Dates, column_at: DateTime<Utc>) -> Vec<DayGroup> {
    let column_offset = dates.offset(column_at);
    let labels = Labels {
        details: dates.lang.t_with("row-details", &[("what", Arg::Text("\u{1}"))]),
    };
    let mut groups: Vec<DayGroup> = Vec::new();
    let mut current = None;
    for entry in entries {
        let day = entry.ticks.to_utc().map(|at| dates.local_day(at));
        if groups.is_empty() || day != current {
            let heading = day.map_or_else(|| dates.lang.t("day-unknown"), |day| dates.day_heading(day));
            groups.push(DayGroup {
                heading,
                rows: Vec::new(),
            });
            current = day;
        }
        if let Some(group) = groups.last_mut() {
            group.rows.push(row(entry, dates, &column_offset, &labels));
        }
    }
    groups
}

/// Looked up once for all rows.
struct Labels {
    /// With U+0001 where the action and the date go.
    details: String,
}

fn row(entry: &Entry, dates: Dates, column_offset: &str, labels: &Labels) -> Row {
    let record = &entry.record;
    let when = When::of(entry, dates, column_offset);
    let action = wording::action(&record.operation_type, dates.lang);
    let explanation = explain::explain(record);
    Row {
        id: entry.id.to_string(),
        customer: CustomerCell::of(entry),
        outcome: OutcomeCell::of(entry, dates.lang),
        essentials: wording::essentials(&explanation, dates.lang),
        only: Some(&record.operation_type.0)
            .filter(|value| !value.is_empty() && value.len() <= LONGEST_VALUE)
            .cloned(),
        actor: Actor::of(
            record.user_principal_name.as_deref(),
            record.application_id.as_deref(),
            dates.lang,
        ),
        imported: entry.source == Source::Imported,
        details: labels
            .details
            .replace('\u{1}', &format!("{action}, {}{}", when.date, when.time)),
        action,
        when,
    }
}
