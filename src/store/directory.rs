//! The texts that records are filtered by, in memory: filters are matched here, so that SQL only ever sees
//! numbers, and a page of records is read from one table.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::audit::{
    actor,
    fold::fold,
    selection::{self, FilterKey},
    vocabulary::{OperationStatus, Outcome},
};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A customer's tenant id, in lower case.
    Customer = 1,
    CustomerName = 2,
    User = 3,
    Application = 4,
    Operation = 5,
    Resource = 6,
    Status = 7,
    /// The names of the members that an action changed, each on a line.
    Changed = 8,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Customer,
        Self::CustomerName,
        Self::User,
        Self::Application,
        Self::Operation,
        Self::Resource,
        Self::Status,
        Self::Changed,
    ];

    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i64 == number)
    }
}

/// The longest text kept as a term, in characters; the document has the rest.
const LONGEST: usize = 1_000;
/// The longest text that is offered as a choice, in bytes.
const LONGEST_CHOICE: usize = 512;

/// A text as it becomes a term: bounded, and an id in lower case.
pub fn term_text(kind: Kind, text: &str) -> String {
    let text: String = text.chars().take(LONGEST).collect();
    if kind == Kind::Customer {
        text.to_ascii_lowercase()
    } else {
        text
    }
}

#[derive(Debug)]
struct Term {
    text: Arc<str>,
    folded: Arc<str>,
}

/// A text as it is searched and sorted, and as it is shown.
type Choice = (Arc<str>, Arc<str>);

/// All terms, and which names belong to which customer.
#[derive(Debug, Default)]
pub struct Directory {
    terms: BTreeMap<i64, Term>,
    /// The folded texts of each kind.
    texts: HashMap<Kind, Vec<(i64, Arc<str>)>>,
    numbers: HashMap<Kind, HashMap<Arc<str>, i64>>,
    /// What can be chosen, in the order it is offered: by kind, then folded.
    choices: BTreeMap<Kind, BTreeSet<Choice>>,
    /// By customer term (0: none), the names with the date each was last seen.
    names: HashMap<i64, Vec<(i64, i64)>>,
    /// By its folded id, the name that the partner gave to an application: folded, and as it is shown.
    applications: HashMap<Box<str>, Choice>,
    loaded: Loaded,
}

/// How far a directory has read the archive. Its highest number says nothing about that: this process may have
/// added a term after another one added some that are not known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The last term read.
    pub terms: i64,
    /// The last change of a customer's name read.
    pub names: i64,
    /// The last change of an application's name read.
    pub applications: i64,
}

/// The numbers of the terms that a filter matches.
#[derive(Debug, PartialEq, Eq)]
pub enum Matched {
    Terms(Vec<i64>),
    /// Customers by id, and names of records that have no customer id.
    Customers {
        ids: Vec<i64>,
        names: Vec<i64>,
    },
}

/// The terms by which it is told who acted.
#[derive(Debug)]
pub struct ActorTerms {
    pub systems: Vec<i64>,
    pub first_party: Vec<i64>,
    pub by_microsoft: Vec<i64>,
}

/// A customer that was looked for by name.
#[derive(Debug)]
pub struct NamedCustomer {
    /// The term of its id, or of its name where it has no id.
    pub number: i64,
    pub id: Option<Arc<str>>,
    /// The last name known.
    pub name: Option<Arc<str>>,
    /// The former name that was looked for, where nothing else of it was.
    pub former: Option<Arc<str>>,
    /// What it is sorted by.
    pub sorted: Arc<str>,
}

impl Directory {
    pub fn insert(&mut self, number: i64, kind: Kind, text: &str) {
        let text: Arc<str> = text.into();
        let folded: Arc<str> = fold(&text).into();
        self.numbers
            .entry(kind)
            .or_default()
            .insert(Arc::clone(&text), number);
        if (1..=LONGEST_CHOICE).contains(&text.len()) {
            let choices = self.choices.entry(kind).or_default();
            choices.insert((Arc::clone(&folded), Arc::clone(&text)));
        }
        let of_kind = self.texts.entry(kind).or_default();
        if self
            .terms
            .insert(
                number,
                Term {
                    folded: Arc::clone(&folded),
                    text,
                },
            )
            .is_none()
        {
            of_kind.push((number, folded));
        }
    }

    /// Notes that a customer (0: none) appeared under a name.
    pub fn name(&mut self, customer: i64, name: i64, ticks: i64) {
        let names = self.names.entry(customer).or_default();
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, last)) => *last = (*last).max(ticks),
            None => names.push((name, ticks)),
        }
    }

    /// Notes the partner's own name of an application, by its folded id, or that it has none any more.
    pub fn name_application(&mut self, application: &str, name: Option<&str>) {
        match name {
            Some(name) => {
                let names = (fold(name).into(), name.into());
                self.applications.insert(application.into(), names);
            }
            None => {
                self.applications.remove(application);
            }
        }
    }

    /// Whether a kind has a text that is this when it is folded.
    pub fn has_folded(&self, kind: Kind, folded: &str) -> bool {
        let all = self.texts.get(&kind).into_iter().flatten();
        all.into_iter().any(|(_, text)| text.trim() == folded)
    }

    /// The applications whose own names have a folded text: an id as records have it, and the name.
    pub fn applications_named(&self, part: &str) -> Vec<(String, String)> {
        let all = self.texts.get(&Kind::Application).into_iter().flatten();
        let named = all.filter_map(|(number, id)| {
            let (folded, name) = self.applications.get(id.trim())?;
            let text = self.text(*number).filter(|_| folded.contains(part))?;
            Some((text.to_string(), name.to_string()))
        });
        named.collect()
    }

    pub fn number(&self, kind: Kind, text: &str) -> Option<i64> {
        self.numbers.get(&kind)?.get(text).copied()
    }

    pub fn text(&self, number: i64) -> Option<Arc<str>> {
        self.terms.get(&number).map(|term| Arc::clone(&term.text))
    }

    /// How far the archive was read; everything up to there is known here.
    pub fn loaded(&self) -> Loaded {
        self.loaded
    }

    /// Notes that everything up to there was read.
    pub fn has_loaded(&mut self, to: Loaded) {
        self.loaded.terms = self.loaded.terms.max(to.terms);
        self.loaded.names = self.loaded.names.max(to.names);
        self.loaded.applications = self.loaded.applications.max(to.applications);
    }

    /// The date a customer's name was last seen, as known here.
    pub fn name_seen(&self, customer: i64, name: i64) -> Option<i64> {
        self.names
            .get(&customer)?
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, last)| *last)
    }

    /// The last known name of a customer.
    pub fn name_of(&self, customer: i64) -> Option<Arc<str>> {
        let (name, _) = self
            .names
            .get(&customer)?
            .iter()
            .max_by_key(|(name, last)| (*last, *name))?;
        self.text(*name)
    }

    /// The terms that one value of a filter matches. `loosely`, as in the search box, a part of an action, a resource
    /// type or a status will do where none is called exactly so.
    pub fn matching(&self, key: FilterKey, value: &str, loosely: bool) -> Matched {
        let wire = |kind| {
            let exact: Vec<i64> = self.number(kind, value).into_iter().collect();
            match loosely && exact.is_empty() {
                true => self.containing(kind, &value.trim().replace([' ', '-'], "_")),
                false => exact,
            }
        };
        match key {
            FilterKey::Action => Matched::Terms(wire(Kind::Operation)),
            FilterKey::Resource => Matched::Terms(wire(Kind::Resource)),
            FilterKey::Status => Matched::Terms(wire(Kind::Status)),
            FilterKey::User => Matched::Terms(self.called_so(Kind::User, value)),
            FilterKey::App => Matched::Terms(self.applications(value)),
            FilterKey::Changed => Matched::Terms(self.having_line(Kind::Changed, value, loosely)),
            FilterKey::Customer => self.customers(value),
            // These are not terms.
            FilterKey::Account | FilterKey::Source | FilterKey::Actor => Matched::Terms(Vec::new()),
        }
    }

    /// The same, of a filter that is none of customers.
    pub fn terms(&self, key: FilterKey, value: &str, loosely: bool) -> Vec<i64> {
        match self.matching(key, value, loosely) {
            Matched::Terms(all) => all,
            Matched::Customers { .. } => Vec::new(),
        }
    }

    /// The terms by which it is told who acted: the names of users that are no persons, Microsoft's own applications, and
    /// actions that say that Microsoft did them.
    pub fn actors(&self) -> ActorTerms {
        let all = |kind| self.numbers.get(&kind).into_iter().flatten();
        let those = |kind, is: fn(&str) -> bool| {
            let found = all(kind).filter(|(text, _)| is(text));
            found.map(|(_, number)| *number).collect()
        };
        ActorTerms {
            systems: those(Kind::User, actor::is_system),
            first_party: those(Kind::Application, actor::is_first_party),
            by_microsoft: those(Kind::Operation, actor::is_by_microsoft),
        }
    }

    /// The terms of the status of what failed, however it is written.
    pub fn failed(&self) -> Vec<i64> {
        let all = self.numbers.get(&Kind::Status).into_iter().flatten();
        all.filter(|(text, _)| OperationStatus((***text).into()).outcome() == Outcome::Failed)
            .map(|(_, number)| *number)
            .collect()
    }

    /// The terms of a kind whose texts have a line that says so, or contains it.
    fn having_line(&self, kind: Kind, line: &str, loosely: bool) -> Vec<i64> {
        let wanted = fold(line.trim());
        self.of_kind(kind, |text| {
            let mut lines = text.split('\n');
            lines.any(|line| line == wanted || (loosely && line.contains(&wanted)))
        })
    }

    /// The terms of a kind whose folded texts are wanted, ascending.
    fn of_kind(&self, kind: Kind, wanted: impl Fn(&str) -> bool) -> Vec<i64> {
        let all = self.texts.get(&kind).into_iter().flatten();
        let mut found: Vec<i64> = all
            .filter(|(_, text)| wanted(text))
            .map(|(number, _)| *number)
            .collect();
        found.sort_unstable();
        found
    }

    fn customers(&self, value: &str) -> Matched {
        let id = self.number(Kind::Customer, &value.to_ascii_lowercase());
        let names = self.containing(Kind::CustomerName, value);
        let has = |all: &[(i64, i64)]| {
            !names.is_empty() && all.iter().any(|(name, _)| names.binary_search(name).is_ok())
        };
        let mut ids: Vec<i64> = self
            .names
            .iter()
            .filter(|(id, all)| **id != 0 && has(all))
            .map(|(id, _)| *id)
            // Records may carry anything for an id: one that reads like a part of a name hides no name.
            .chain(id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let without_id = self.names.get(&0).map_or(&[][..], |all| all);
        let names = without_id
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| names.binary_search(name).is_ok())
            .collect();
        Matched::Customers { ids, names }
    }

    /// The terms of a kind of which a text is a part; in quotation marks it is the whole of them, in any case. (Folded
    /// texts will not do for that: accents tell people apart.)
    fn called_so(&self, kind: Kind, value: &str) -> Vec<i64> {
        let Some(whole) = selection::whole(value) else {
            return self.containing(kind, value);
        };
        let wanted = whole.to_lowercase();
        let mut found = self.containing(kind, whole);
        found.retain(|number| {
            self.terms
                .get(number)
                .is_some_and(|term| term.text.to_lowercase() == wanted)
        });
        found
    }

    /// The applications of whose ids, or of whose own names, a text is a part; in quotation marks it is the whole of them.
    fn applications(&self, value: &str) -> Vec<i64> {
        let mut found = self.called_so(Kind::Application, value);
        if self.applications.is_empty() {
            return found;
        }
        let whole = selection::whole(value);
        let wanted = fold(whole.unwrap_or(value).trim());
        let of_name = |id: &str| match (self.applications.get(id.trim()), whole) {
            (Some((name, _)), Some(_)) => **name == *wanted,
            (Some((name, _)), None) => name.contains(&wanted),
            (None, _) => false,
        };
        found.extend(self.of_kind(Kind::Application, of_name));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether the partner's own name of an application is what a filter asks for.
    pub fn is_application(&self, id: &str, value: &str) -> bool {
        let whole = selection::whole(value);
        let wanted = fold(whole.unwrap_or(value).trim());
        let named = self.applications.get(fold(id).trim());
        named.is_some_and(|(name, _)| match whole {
            Some(_) => **name == *wanted,
            None => name.contains(&wanted),
        })
    }

    fn containing(&self, kind: Kind, part: &str) -> Vec<i64> {
        let part = fold(part);
        let finder = memchr::memmem::Finder::new(part.as_bytes());
        self.of_kind(kind, |text| finder.find(text.as_bytes()).is_some())
    }

    /// The texts of a kind that a folded text is part of, the ones that begin so first.
    pub fn called(&self, kind: Kind, part: &str, limit: usize) -> Vec<String> {
        let all = || self.choices.get(&kind).into_iter().flatten();
        let begin = all().filter(|(folded, _)| folded.starts_with(part));
        let contain = all().filter(|(folded, _)| !folded.starts_with(part) && folded.contains(part));
        begin
            .chain(contain)
            .take(limit)
            .map(|(_, text)| text.to_string())
            .collect()
    }

    /// The customers of whose names or ids a folded text is part: what a filter takes, and the name where that is
    /// something else.
    pub fn customers_called(&self, part: &str, limit: usize) -> Vec<(String, Option<String>)> {
        let mut found: Vec<(bool, Arc<str>, String, Option<String>)> = Vec::new();
        for (customer, names) in &self.names {
            if *customer == 0 {
                continue;
            }
            let Some(id) = self.terms.get(customer) else {
                continue;
            };
            let has = |number: &i64| {
                self.terms
                    .get(number)
                    .is_some_and(|name| name.folded.contains(part))
            };
            if !names.iter().any(|(name, _)| has(name)) && !id.folded.starts_with(part) {
                continue;
            }
            let Some(name) = self.name_of(*customer) else {
                continue;
            };
            let begins = !fold(&name).starts_with(part);
            found.push((
                begins,
                Arc::clone(&name),
                id.text.to_string(),
                Some(name.to_string()),
            ));
        }
        for (name, _) in self.names.get(&0).into_iter().flatten() {
            if let Some(name) = self.terms.get(name).filter(|name| name.folded.contains(part)) {
                let begins = !name.folded.starts_with(part);
                found.push((begins, Arc::clone(&name.text), name.text.to_string(), None));
            }
        }
        found.sort();
        found.truncate(limit);
        found
            .into_iter()
            .map(|(_, _, value, name)| (value, name))
            .collect()
    }

    /// The customers of whose names or id a folded text is part, all where it is empty, in no order; among them those that
    /// records name without an id.
    pub fn customers_having(&self, part: &str) -> Vec<NamedCustomer> {
        let finder = memchr::memmem::Finder::new(part.as_bytes());
        let has = |folded: &str| finder.find(folded.as_bytes()).is_some();
        let mut found = Vec::new();
        for (customer, id) in self.texts.get(&Kind::Customer).into_iter().flatten() {
            let mut names: Vec<_> = self.names.get(customer).into_iter().flatten().collect();
            names.sort_unstable_by_key(|(name, last)| std::cmp::Reverse((*last, *name)));
            let mut terms = names.into_iter().filter_map(|(name, _)| self.terms.get(name));
            let name = terms.next();
            let former = match has(id) || name.is_some_and(|name| has(&name.folded)) {
                true => None,
                false => match terms.find(|name| has(&name.folded)) {
                    Some(former) => Some(Arc::clone(&former.text)),
                    None => continue,
                },
            };
            found.push(NamedCustomer {
                number: *customer,
                id: self.text(*customer),
                sorted: name.map_or_else(|| Arc::clone(id), |name| Arc::clone(&name.folded)),
                name: name.map(|name| Arc::clone(&name.text)),
                former,
            });
        }
        for (number, _) in self.names.get(&0).into_iter().flatten() {
            if let Some(name) = self.terms.get(number).filter(|name| has(&name.folded)) {
                found.push(NamedCustomer {
                    number: *number,
                    id: None,
                    sorted: Arc::clone(&name.folded),
                    name: Some(Arc::clone(&name.text)),
                    former: None,
                });
            }
        }
        found
    }

    /// The names of a customer with the date each was last seen, the last one first.
    pub fn names_of(&self, customer: i64) -> Vec<(Arc<str>, i64)> {
        let mut names: Vec<_> = self.names.get(&customer).into_iter().flatten().collect();
        names.sort_unstable_by_key(|(name, last)| std::cmp::Reverse((*last, *name)));
        let texts = names
            .into_iter()
            .map(|(name, last)| Some((self.text(*name)?, *last)));
        texts.flatten().collect()
    }

    /// The texts of a kind, sorted, at most so many. Not those that are too long to choose.
    pub fn texts(&self, kind: Kind, limit: usize) -> Vec<String> {
        let all = self.choices.get(&kind).into_iter().flatten();
        all.take(limit).map(|(_, text)| text.to_string()).collect()
    }
}
