//! The table's rows: each record's columns as finished text, grouped by day.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::marked::{Marked, Texts};
use crate::{
    audit::{explain, paths::cut, search::Search, vocabulary::Outcome},
    i18n::{Arg, Lang},
    store::{Entry, Source},
    web::dates::Dates,
    wording::{self, Applications},
};

/// Of a longer name only so many characters are shown; its record has all of it.
const NAME: usize = 200;
/// A longer text in the place of a customer's id, in bytes, leads nowhere.
const LONGEST_ID: usize = 200;

/// No filter takes more of a value, in characters.
const LONGEST_VALUE: usize = 512;

/// The activities of one day.
pub struct DayGroup<R> {
    pub heading: String,
    pub rows: Vec<R>,
}

/// One activity.
pub struct Row {
    pub id: String,
    pub when: When,
    pub customer: Option<CustomerCell>,
    pub action: Marked,
    /// The action as a filter takes it; nothing where none can.
    pub only: Option<Box<str>>,
    pub outcome: Option<OutcomeCell>,
    pub essentials: Marked,
    /// Where else the record has what was searched for.
    pub found: Option<String>,
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
    pub name: Marked,
    /// The Subscriptions page.
    pub href: Option<String>,
    /// The customer's own page.
    pub page: Option<String>,
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
    User { local: Marked, domain: Marked },
    App(Marked),
    Unknown,
}

impl Actor {
    /// `applications` tells what the partner calls its own.
    pub fn of(
        user: Option<&str>,
        application: Option<&str>,
        search: &Search,
        applications: &Applications,
        lang: Lang,
    ) -> Self {
        match (user, application) {
            (Some(user), _) => {
                let (local, domain) = user.split_at(user.rfind('@').unwrap_or(user.len()));
                let (local, domain) = (cut(local, NAME), cut(domain, NAME));
                let at = local.len();
                // Marked before it is split: a search may go beyond the @.
                let (local, domain) = Marked::of(local + &domain, search).split_at(at);
                Self::User { local, domain }
            }
            (None, Some(id)) => {
                let name = applications.name(id, lang).unwrap_or_else(|| cut(id, NAME));
                Self::App(Marked::of(name, search))
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
    pub fn of(entry: &Entry, search: &Search) -> Option<Self> {
        let id = entry.record.customer_id.as_deref();
        let name = entry.customer_name.as_deref().or(id)?;
        Some(Self {
            name: Marked::of(cut(name, NAME), search),
            href: id.filter(|id| id.len() <= LONGEST_ID).map(subscriptions_href),
            page: id.and_then(customer_href),
        })
    }
}

/// The page of a customer, whose id may be any text; nothing where it is too long to be one.
pub fn customer_href(customer_id: &str) -> Option<String> {
    (customer_id.len() <= LONGEST_ID).then(|| format!("/customers/{}", in_path(customer_id)))
}

/// The Subscriptions page of a customer, whose id may be any text.
pub fn subscriptions_href(customer_id: &str) -> String {
    format!("/customers/{}/subscriptions", in_path(customer_id))
}

/// A text from outside as a part of a path.
pub fn in_path(text: &str) -> String {
    // GUIDs stay readable.
    const CODED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'-');
    percent_encoding::utf8_percent_encode(text, CODED).to_string()
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

/// Groups entries, which are newest first, by the reader's days; `row` makes what stands for each.
///
/// # Errors
/// Those of `row`.
pub fn by_day<R, E>(
    entries: &[Arc<Entry>],
    dates: Dates,
    mut row: impl FnMut(&Arc<Entry>) -> Result<R, E>,
) -> Result<Vec<DayGroup<R>>, E> {
    let mut groups: Vec<DayGroup<R>> = Vec::new();
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
            group.rows.push(row(entry)?);
        }
    }
    Ok(groups)
}

/// Makes rows for a reader; what was searched for is marked.
pub struct RowMaker<'a> {
    search: &'a Search,
    texts: Texts,
    dates: Dates,
    /// What the column's head says of the zone.
    column_offset: String,
    applications: Applications,
    /// The accessible name of a row's control, before and after the action and the date.
    details: (String, String),
}

impl<'a> RowMaker<'a> {
    /// `column_at` is the moment whose difference from UTC the column's head names.
    pub fn new(search: &'a Search, dates: Dates, column_at: DateTime<Utc>) -> Self {
        let details = dates.lang.t_with("row-details", &[("what", Arg::Text("\u{1}"))]);
        let (before, after) = details.split_once('\u{1}').unwrap_or((&details, ""));
        Self {
            details: (before.to_owned(), after.to_owned()),
            search,
            texts: Texts::of(search),
            dates,
            column_offset: dates.offset(column_at),
            applications: Applications::default(),
        }
    }

    /// With the partner's own names of applications.
    pub fn naming(mut self, applications: &Applications) -> Self {
        self.applications = applications.clone();
        self
    }

    pub fn row(&self, entry: &Entry) -> Row {
        let (search, dates) = (self.search, self.dates);
        let record = &entry.record;
        let when = When::of(entry, dates, &self.column_offset);
        let action = wording::action(&record.operation_type, dates.lang);
        let gist = explain::gist(record);
        let (before, after) = &self.details;
        let details = format!("{before}{action}, {}{}{after}", when.date, when.time);
        let mut row = Row {
            id: entry.id.to_string(),
            customer: CustomerCell::of(entry, search),
            outcome: OutcomeCell::of(entry, dates.lang),
            essentials: Marked::of(wording::essentials(&gist.essentials, dates.lang), search),
            found: None,
            only: Some(&record.operation_type.0)
                .filter(|value| !value.is_empty() && value.chars().count() <= LONGEST_VALUE)
                .cloned(),
            actor: Actor::of(
                record.user_principal_name.as_deref(),
                record.application_id.as_deref(),
                search,
                &self.applications,
                dates.lang,
            ),
            imported: entry.source == Source::Imported,
            details,
            action: Marked::of(action, search),
            when,
        };
        if !search.is_empty() {
            let customer = row.customer.as_ref().map(|customer| &customer.name);
            // In one piece: what goes beyond the @ is shown, too.
            let whole;
            let actor = match &row.actor {
                Actor::User { local, domain } => {
                    whole = Marked::of(format!("{local}{domain}"), search);
                    Some(&whole)
                }
                Actor::App(name) => Some(name),
                Actor::Unknown => None,
            };
            let shown = [Some(&row.action), Some(&row.essentials), customer, actor];
            let shown: Vec<&Marked> = shown.into_iter().flatten().collect();
            row.found = self.texts.elsewhere(&shown, record, dates.lang);
        }
        row
    }

    pub fn searches(&self) -> bool {
        !self.search.is_empty()
    }

    pub fn dates(&self) -> Dates {
        self.dates
    }

    /// Another number wherever applications are called otherwise.
    pub fn names_version(&self) -> i64 {
        self.applications.version()
    }

    pub fn column_offset(&self) -> &str {
        &self.column_offset
    }
}
