//! What a reader asks for: dates and filters, read once from the query string. The table, the count, the
//! export and the sentence on the page are renderings of the same [`Selection`], so no two can disagree.

mod dates;
mod query;

pub use dates::{From, To, parse_day, parse_days};
pub use query::{Fault, FaultKind, Parsed, View};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{
    Ticks,
    search::{Part, Search, What},
};

/// Which records are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The zone whose days are meant, and in which dates are shown.
    pub zone: Tz,
    /// Today in that zone.
    pub today: NaiveDate,
    pub from: From,
    pub to: To,
    /// Different keys mean *and*; there is at most one filter for each key and sense.
    pub filters: Vec<Filter>,
    /// What the search box adds: a further condition.
    pub search: Search,
}

/// One condition: any of the values (or none of them, where it excludes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub key: FilterKey,
    pub exclude: bool,
    /// Not empty; in the order of the query string, without repetitions.
    pub values: Vec<String>,
}

/// What can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterKey {
    /// A customer id, or part of a company name.
    Customer,
    /// `operationType` as on the wire.
    Action,
    /// Part of a user principal name; in quotation marks the whole of it.
    User,
    /// `resourceType` as on the wire.
    Resource,
    /// `operationStatus` as on the wire.
    Status,
    /// Part of an application's id or name; in quotation marks the whole of it.
    App,
    /// A partner account's tenant id.
    Account,
    /// The name of a member that an action changed, such as `Quantity`, in any case.
    Changed,
    /// `collected` or `imported`.
    Source,
    /// `person`, `app` or `microsoft`: who acted.
    Actor,
}

impl FilterKey {
    pub const ALL: [Self; 10] = [
        Self::Customer,
        Self::Action,
        Self::User,
        Self::Resource,
        Self::Status,
        Self::App,
        Self::Account,
        Self::Changed,
        Self::Source,
        Self::Actor,
    ];

    /// The key in the query string.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Action => "action",
            Self::User => "user",
            Self::Resource => "resource",
            Self::Status => "status",
            Self::App => "app",
            Self::Account => "account",
            Self::Changed => "changed",
            Self::Source => "source",
            Self::Actor => "actor",
        }
    }
}

/// The value of a filter of users or applications that means a whole name, and not a part of one.
pub fn exactly(name: &str) -> String {
    format!("\"{name}\"")
}

/// The name that a value means as a whole: what stands in quotation marks.
pub fn whole(value: &str) -> Option<&str> {
    let name = value.strip_prefix('"')?.strip_suffix('"')?;
    (!name.is_empty()).then_some(name)
}

impl Selection {
    /// Everything from the beginning of the archive until today, unfiltered.
    pub fn everything(zone: Tz, today: NaiveDate) -> Self {
        Self {
            zone,
            today,
            from: From::Beginning,
            to: To::Today,
            filters: Vec::new(),
            search: Search::default(),
        }
    }

    /// The first selected day; `None` when the selection reaches back to the beginning.
    pub fn first_day(&self) -> Option<NaiveDate> {
        match self.from {
            From::Default => Some(self.last_day() - chrono::Days::new(29)),
            From::Beginning => None,
            From::Day(day) => Some(day),
        }
    }

    /// The last selected day, inclusive.
    pub fn last_day(&self) -> NaiveDate {
        match self.to {
            To::Today => self.today,
            To::Day(day) => day,
        }
    }

    /// The same days on every day.
    pub fn fixed(&self) -> Self {
        Self {
            from: self.first_day().map_or(From::Beginning, From::Day),
            to: To::Day(self.last_day()),
            ..self.clone()
        }
    }

    /// The selected time as half-open ticks: from the first, until before the second.
    pub fn during(&self) -> (Ticks, Ticks) {
        let from = self
            .first_day()
            .map_or(Ticks::MIN, |day| dates::start_of_day(day, self.zone));
        let until = match (self.to, self.from) {
            // Records may carry dates that lie ahead; what has no last day has no end.
            (To::Today, From::Beginning) => Ticks::MAX,
            _ => self
                .last_day()
                .succ_opt()
                .map_or(Ticks::MAX, |day| dates::start_of_day(day, self.zone)),
        };
        let (from, until) = self
            .search
            .dates(false)
            .map(|days| self.times(days))
            .fold((from, until), |a, b| (a.0.max(b.0), a.1.min(b.1)));
        (from, until.max(from))
    }

    /// The times that the search excludes, each half-open.
    pub fn excluded_times(&self) -> Vec<(Ticks, Ticks)> {
        self.search.dates(true).map(|days| self.times(days)).collect()
    }

    /// Inclusive days as half-open ticks.
    fn times(&self, (from, to): (Option<NaiveDate>, Option<NaiveDate>)) -> (Ticks, Ticks) {
        let start = |day| dates::start_of_day(day, self.zone);
        (
            from.map_or(Ticks::MIN, start),
            to.and_then(|day| day.succ_opt()).map_or(Ticks::MAX, start),
        )
    }

    /// Dates in the search take the place of the dates that would apply if nothing were said.
    fn settled(mut self) -> Self {
        if (self.from, self.to) == (From::Default, To::Today) && self.search.dates(false).next().is_some() {
            self.from = From::Beginning;
        }
        self
    }

    /// Whether nothing but dates is asked for.
    pub fn is_plain(&self) -> bool {
        let dates = |part: &Part| !part.exclude && matches!(part.what, What::Dates { .. });
        self.filters.is_empty() && self.search.parts.iter().all(dates)
    }

    /// The values of a filter; nothing when it is not set.
    pub fn values(&self, key: FilterKey, exclude: bool) -> &[String] {
        self.filters
            .iter()
            .find(|f| f.key == key && f.exclude == exclude)
            .map_or(&[], |f| &f.values)
    }

    /// The same selection with a value added to a filter.
    pub fn with(&self, key: FilterKey, exclude: bool, value: &str) -> Self {
        let mut other = self.clone();
        match other
            .filters
            .iter_mut()
            .find(|f| f.key == key && f.exclude == exclude)
        {
            Some(filter) if filter.values.iter().any(|v| v == value) => {}
            Some(filter) => filter.values.push(value.to_owned()),
            None => other.filters.push(Filter {
                key,
                exclude,
                values: vec![value.to_owned()],
            }),
        }
        other
    }

    /// The same selection without one value of a filter.
    pub fn without(&self, key: FilterKey, exclude: bool, value: &str) -> Self {
        let mut other = self.clone();
        for filter in other
            .filters
            .iter_mut()
            .filter(|f| f.key == key && f.exclude == exclude)
        {
            filter.values.retain(|v| v != value);
        }
        other.filters.retain(|f| !f.values.is_empty());
        other
    }

    /// The same filters over other dates.
    pub fn over(&self, from: From, to: To) -> Self {
        Self {
            from,
            to,
            ..self.clone()
        }
        .settled()
    }

    /// The same selection with another text in the search box.
    pub fn searching(&self, text: &str) -> Self {
        Self {
            search: Search::parse(text),
            ..self.clone()
        }
        .settled()
    }

    /// The same dates without any filter or search.
    pub fn unfiltered(&self) -> Self {
        Self {
            filters: Vec::new(),
            search: Search::default(),
            ..self.clone()
        }
    }
}
