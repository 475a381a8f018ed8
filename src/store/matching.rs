//! Whether one version of a record is one of a selection, by what it says itself: the rules of [`super::select`] without a
//! database, because the database knows the values of newest versions only.

use std::{cell::OnceCell, collections::HashSet};

use super::{
    Source,
    columns::{account_numbers, source_number},
    directory::{Directory, Kind, Matched, term_text},
};
use crate::audit::{
    AuditRecord, Selection, Ticks,
    actor::Actor,
    fold::fold,
    search::{Part, Tokens, Words, changed_fields},
    selection::{Filter, FilterKey, whole},
};

/// A selection, ready to look at many versions.
pub struct Matcher<'s> {
    tests: Vec<Test>,
    texts: Vec<&'s Part>,
    during: (Ticks, Ticks),
    not_during: Vec<(Ticks, Ticks)>,
}

struct Test {
    exclude: bool,
    of: Of,
}

enum Of {
    Account(Vec<i64>),
    Source(Vec<i64>),
    Actor(Vec<Actor>),
    /// The terms of customers by any of their names, and what was asked for.
    Customer {
        terms: HashSet<i64>,
        asked: Vec<String>,
    },
    User(Vec<Name>),
    App(Vec<Name>),
    Wire {
        key: FilterKey,
        any: Vec<Wire>,
    },
    Changed {
        lines: Vec<String>,
        loosely: bool,
    },
}

/// A part of a name, or the whole of one.
struct Name {
    typed: String,
    folded: String,
}

/// A value on the wire, or folded a part of one.
enum Wire {
    Exactly(String),
    Containing(String),
}

/// What is known of a version.
pub struct Known<'r> {
    pub record: &'r AuditRecord,
    pub account: i64,
    pub source: Source,
    /// The date it is filed under.
    pub ticks: Ticks,
}

impl<'s> Matcher<'s> {
    /// `accounts` are the archive's accounts: number, tenant id, name.
    pub fn new(selection: &'s Selection, directory: &Directory, accounts: &[(i64, String, String)]) -> Self {
        let mut tests: Vec<_> = selection
            .filters
            .iter()
            .map(|filter| Test::new(filter, None, directory, accounts))
            .collect();
        let mut texts = Vec::new();
        for part in &selection.search.parts {
            match part.filter() {
                Some((filter, meant)) => tests.push(Test::new(&filter, Some(meant), directory, accounts)),
                None => texts.push(part),
            }
        }
        Self {
            tests,
            texts,
            during: selection.during(),
            not_during: selection.excluded_times(),
        }
    }

    pub fn matches(&self, known: &Known<'_>, directory: &Directory) -> bool {
        let within = |(from, until): &(Ticks, Ticks)| *from <= known.ticks && known.ticks < *until;
        if !within(&self.during) || self.not_during.iter().any(within) {
            return false;
        }
        let own = Own {
            tokens: OnceCell::new(),
            record: known.record,
        };
        self.tests
            .iter()
            .all(|test| test.holds(known, directory) != test.exclude)
            && self.texts.iter().all(|part| own.fulfils(part))
    }
}

impl Test {
    /// `meant` is there for a filter of the search box: values that it has besides, exactly so.
    fn new(
        filter: &Filter,
        meant: Option<&[&'static str]>,
        directory: &Directory,
        accounts: &[(i64, String, String)],
    ) -> Self {
        let loosely = meant.is_some();
        let meant = || meant.into_iter().flatten().copied();
        let values = || filter.values.iter().map(String::as_str);
        let names = || values().chain(meant()).map(Name::new).collect();
        let of = match filter.key {
            FilterKey::Account => Of::Account(
                values()
                    .flat_map(|v| account_numbers(v, loosely, accounts))
                    .collect(),
            ),
            FilterKey::Source => Of::Source(values().filter_map(source_number).collect()),
            FilterKey::Actor => Of::Actor(values().chain(meant()).filter_map(Actor::named).collect()),
            FilterKey::Customer => {
                let matched = values().map(|value| directory.matching(filter.key, value, loosely));
                let ids = matched.filter_map(|matched| match matched {
                    Matched::Customers { ids, .. } => Some(ids),
                    Matched::Terms(_) => None,
                });
                Of::Customer {
                    terms: ids.flatten().collect(),
                    asked: values().map(ToOwned::to_owned).collect(),
                }
            }
            FilterKey::User => Of::User(names()),
            FilterKey::App => Of::App(names()),
            FilterKey::Changed => Of::Changed {
                lines: values().map(|value| fold(value.trim())).collect(),
                loosely,
            },
            key @ (FilterKey::Action | FilterKey::Resource | FilterKey::Status) => {
                let kind = match key {
                    FilterKey::Action => Kind::Operation,
                    FilterKey::Resource => Kind::Resource,
                    _ => Kind::Status,
                };
                let typed = values().map(|value| match loosely && directory.number(kind, value).is_none() {
                    true => Wire::Containing(fold(&value.trim().replace([' ', '-'], "_"))),
                    false => Wire::Exactly(value.to_owned()),
                });
                let meant = meant().map(|value| Wire::Exactly(value.to_owned()));
                Of::Wire {
                    key,
                    any: typed.chain(meant).collect(),
                }
            }
        };
        Self {
            exclude: filter.exclude,
            of,
        }
    }

    fn holds(&self, known: &Known<'_>, directory: &Directory) -> bool {
        let record = known.record;
        match &self.of {
            Of::Account(any) => any.contains(&known.account),
            Of::Source(any) => any.contains(&match known.source {
                Source::Collected => 1,
                Source::Imported => 2,
            }),
            Of::Actor(any) => Actor::of(record).is_some_and(|actor| any.contains(&actor)),
            Of::Customer { terms, asked } => {
                let id = record.customer_id.as_deref();
                let term = id.and_then(|id| directory.number(Kind::Customer, &term_text(Kind::Customer, id)));
                term.is_some_and(|term| terms.contains(&term))
                    || asked.iter().any(|asked| {
                        id.is_some_and(|id| id.eq_ignore_ascii_case(asked))
                            || record
                                .customer_name
                                .as_deref()
                                .is_some_and(|name| fold(name).contains(&fold(asked)))
                    })
            }
            Of::User(any) => record
                .user_principal_name
                .as_deref()
                .is_some_and(|user| any.iter().any(|name| name.is(user))),
            Of::App(any) => record.application_id.as_deref().is_some_and(|id| {
                any.iter()
                    .any(|name| name.is(id) || directory.is_application(id, &name.typed))
            }),
            Of::Wire { key, any } => {
                let text = match key {
                    FilterKey::Action => &*record.operation_type.0,
                    FilterKey::Resource => &*record.resource_type.0,
                    _ => &*record.operation_status.0,
                };
                any.iter().any(|wire| match wire {
                    Wire::Exactly(value) => value == text,
                    Wire::Containing(part) => fold(text).contains(part),
                })
            }
            Of::Changed { lines, loosely } => changed_fields(record).iter().any(|field| {
                let field = fold(field);
                lines
                    .iter()
                    .any(|line| field == *line || (*loosely && field.contains(line)))
            }),
        }
    }
}

impl Name {
    fn new(typed: &str) -> Self {
        Self {
            folded: fold(typed),
            typed: typed.to_owned(),
        }
    }

    fn is(&self, text: &str) -> bool {
        match whole(&self.typed) {
            Some(whole) => text.to_lowercase() == whole.to_lowercase(),
            None => fold(text).contains(&self.folded),
        }
    }
}

/// A record as an archive of its own: its words are all the words there are.
struct Own<'r> {
    tokens: OnceCell<Tokens>,
    record: &'r AuditRecord,
}

impl Own<'_> {
    fn tokens(&self) -> &Tokens {
        self.tokens.get_or_init(|| Tokens::of(self.record))
    }

    /// Whether a text, a quantity or a thing is there, or is not where it is excluded.
    fn fulfils(&self, part: &Part) -> bool {
        // Dates are a matter of the selection as a whole.
        part.plan(self).is_none_or(|plan| {
            let found = plan.expr.holds(self.tokens()) && (plan.exact || part.finds(self.record));
            found != part.exclude
        })
    }

    fn those(&self, which: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let mut found: Vec<String> = self
            .tokens()
            .words()
            .filter(|word| which(word))
            .map(ToOwned::to_owned)
            .collect();
        found.sort_unstable();
        found.dedup();
        Some(found)
    }
}

// However many words a record has, they are few enough.
impl Words for Own<'_> {
    fn containing(&self, part: &str, _: usize) -> Option<Vec<String>> {
        self.those(|word| word.contains(part))
    }

    fn starting(&self, part: &str, _: usize) -> Option<Vec<String>> {
        self.those(|word| word.starts_with(part))
    }

    fn ending(&self, part: &str, _: usize) -> Option<Vec<String>> {
        self.those(|word| word.ends_with(part))
    }
}
