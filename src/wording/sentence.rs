//! "What happened", as a sentence: who did what to what, for whom, and how it ended.

use super::{
    action, one_line, phrase,
    spacing::{edged, settled},
    status, value,
};
use crate::{
    audit::{
        explain::{Deed, Fact, Phrase, Thing},
        vocabulary::{OperationStatus, OperationType, Outcome},
    },
    i18n::{Arg, Lang, grouped},
};

/// How long a name may get in the sentence.
const NAME: usize = 120;
/// How many licences are named.
const LICENCES: usize = 3;
/// How long a sentence may get.
const SENTENCE: usize = 800;

/// What the sentence is made of.
#[derive(Clone, Copy, Debug)]
pub struct Happened<'a> {
    pub action: &'a OperationType,
    pub status: &'a OperationStatus,
    pub deed: &'a Deed,
    /// The customer's name, or else its id.
    pub customer: Option<&'a str>,
    pub user: Option<&'a str>,
    /// The application's name where it has one, or else its id; nothing where it goes without saying.
    pub application: Option<&'a str>,
}

/// Who did what to what for whom, and how it ended where it did not simply succeed.
pub fn sentence(happened: &Happened<'_>, lang: Lang) -> String {
    let text = match happened.deed.verb {
        Some(verb) => Teller { happened, lang }.deed(verb),
        None => unknown(happened, lang),
    };
    let mut text = one_line(&text, SENTENCE);
    // A name that was cut ends the sentence by itself.
    if text.ends_with("….") {
        text.pop();
    }
    if let Some(end) = end(happened.status, lang) {
        if lang == Lang::En {
            text.push(' ');
        }
        text.push_str(&end);
    }
    text
}

/// A sentence of an operation that this version does not know: the words of its name.
fn unknown(happened: &Happened<'_>, lang: Lang) -> String {
    let words = action(happened.action, lang);
    let teller = Teller { happened, lang };
    let (customer, who) = (teller.customer(), teller.actor("by-application"));
    let action = ("action", Arg::Text(&words));
    match (&customer, &who) {
        (Some(customer), Some(who)) => lang.t_with(
            "sentence-customer-user",
            &[
                action,
                ("customer", Arg::Text(customer)),
                ("user", Arg::Text(who)),
            ],
        ),
        (Some(customer), None) => {
            lang.t_with("sentence-customer", &[action, ("customer", Arg::Text(customer))])
        }
        (None, Some(who)) => lang.t_with("sentence-user", &[action, ("user", Arg::Text(who))]),
        (None, None) => lang.t_with("sentence-bare", &[action]),
    }
}

struct Teller<'a> {
    happened: &'a Happened<'a>,
    lang: Lang,
}

impl Teller<'_> {
    /// The sentence of that verb with everything that the record tells.
    fn deed(&self, verb: &str) -> String {
        let deed = self.happened.deed;
        // What did not plainly succeed is not told as done.
        let status = self.happened.status;
        let tried = status.outcome() != Outcome::Succeeded && !status.0.is_empty();
        let key = format!("{}-{verb}", if tried { "tried" } else { "deed" });
        let customer = self.customer();
        let placed = |key| {
            let customer = customer.as_deref()?;
            Some(self.say(key, &[("customer", customer)]))
        };
        let who = self
            .actor("who-application")
            .unwrap_or_else(|| self.lang.t("who-nobody"));
        let by = self
            .actor("by-application")
            .map(|who| self.say("by", &[("who", &who)]));
        let object = deed.object.as_ref().map(|thing| self.thing(thing));
        let sides = deed.change.as_ref().map(|change| {
            let side = |text: &Option<String>| {
                text.as_deref()
                    .map(|text| value(&change.field, text, self.lang))
                    .unwrap_or_default()
            };
            let delta = change.delta.as_deref().unwrap_or_default();
            (side(&change.old), side(&change.new), delta.replacen('-', "−", 1))
        });
        let (old, new, delta) = sides.unwrap_or_default();
        let told = deed
            .value
            .as_ref()
            .map(|fact| value(&fact.field, &fact.value, self.lang));
        let with_value = |key| Some(self.say(key, &[("value", told.as_deref()?)]));
        let parts = [
            ("who", Some(who)),
            ("by", by),
            ("for", placed("deed-for")),
            ("of", placed("deed-of")),
            ("with", placed("deed-with")),
            ("at", placed("deed-at")),
            ("to", placed("deed-to")),
            (
                "customer",
                Some(
                    customer
                        .clone()
                        .unwrap_or_else(|| self.lang.t("deed-no-customer")),
                ),
            ),
            ("subject", object.as_deref().map(|object| self.subject(object))),
            ("object", object),
            ("other", deed.other.as_ref().map(|thing| self.thing(thing))),
            ("target", deed.target.as_ref().map(|thing| self.thing(thing))),
            (
                "domain",
                told.as_deref()
                    .map(|domain| self.say("deed-domain", &[("domain", domain)])),
            ),
            (
                "duration",
                told.as_deref()
                    .map(|told| self.say("deed-duration", &[("duration", told)])),
            ),
            ("state", deed.value.as_ref().map(|fact| self.state(fact))),
            ("event", with_value("deed-event")),
            ("value", told.clone()),
            ("changes", self.changes()),
            ("more", self.more()),
            ("terms", self.terms()),
            ("old", Some(old)),
            ("new", Some(new)),
            ("delta", Some(delta)),
        ];
        let parts = parts.map(|(name, part)| (name, self.put(&part.unwrap_or_default())));
        let args = parts.each_ref().map(|(name, part)| (*name, Arg::Text(part)));
        self.settle(&self.lang.t_with(&key, &args))
    }

    /// A thing as it is called, or in general.
    fn thing(&self, thing: &Thing) -> String {
        match thing {
            Thing::Product { name, quantity, more } => phrase(
                &Phrase::Product {
                    name: name.clone(),
                    quantity: quantity.clone(),
                    more: *more,
                },
                self.lang,
            ),
            Thing::Licences(names) => self.list(names),
            Thing::Named { noun, name, .. } => match name.as_deref().map(|name| one_line(name, NAME)) {
                // A principal name says by itself that it is a user's.
                Some(name) if *noun == "user" && name.contains('@') => name,
                Some(name) => {
                    let name = value(noun_field(noun), &name, self.lang);
                    self.say(&format!("noun-{noun}-named"), &[("name", &name)])
                }
                None => self.lang.t(&format!("noun-{noun}")),
            },
        }
    }

    /// A thing at the beginning of a sentence.
    fn subject(&self, object: &str) -> String {
        let word = object.split(' ').next().unwrap_or_default();
        match self.lang {
            // Names keep their case.
            Lang::En if matches!(word, "a" | "an" | "the") => {
                let mut letters = object.chars();
                let first = letters.next().map(|c| c.to_ascii_uppercase());
                first.into_iter().chain(letters).collect()
            }
            _ => object.to_owned(),
        }
    }

    /// `A, B and C`; of many the first ones and how many more.
    fn list(&self, names: &[String]) -> String {
        let named: Vec<String> = names
            .iter()
            .take(LICENCES)
            .map(|name| one_line(name, NAME))
            .collect();
        let joint = self.lang.t("things-joint");
        if names.len() > LICENCES {
            let count = grouped(i64::try_from(names.len() - LICENCES).unwrap_or(i64::MAX));
            return self.say("things-more", &[("list", &named.join(&joint)), ("count", &count)]);
        }
        match named.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, first)) => {
                self.say("things-two", &[("first", &first.join(&joint)), ("second", last)])
            }
            None => String::new(),
        }
    }

    fn state(&self, fact: &Fact) -> String {
        let field = super::field(&fact.field, self.lang);
        let value = value(&fact.field, &fact.value, self.lang);
        self.say("deed-state", &[("field", &field), ("value", &value)])
    }

    /// The weightiest change with both its values, and how many more there are.
    fn changes(&self) -> Option<String> {
        let deed = self.happened.deed;
        let change = phrase(&Phrase::Change(deed.change.clone()?), self.lang);
        Some(match deed.others {
            0 => self.say("deed-changes", &[("change", &change)]),
            others => self.counted("deed-changes-more", others, &[("change", &change)]),
        })
    }

    fn more(&self) -> Option<String> {
        let others = self.happened.deed.others;
        (others > 0).then(|| self.counted("deed-more", others, &[]))
    }

    /// How an order is billed, and for how long.
    fn terms(&self) -> Option<String> {
        let parts = self.happened.deed.terms.iter().filter_map(|fact| {
            if fact.field == "TermDuration" {
                let term = value(&fact.field, &fact.value, self.lang);
                return Some(self.say("terms-term", &[("term", &term)]));
            }
            let cycle: String = fact
                .value
                .chars()
                .filter(char::is_ascii_alphabetic)
                .take(20)
                .collect();
            self.lang
                .try_t(&format!("terms-cycle-{}", cycle.to_ascii_lowercase()))
        });
        let parts: Vec<String> = parts.collect();
        let joint = self.lang.t("terms-joint");
        (!parts.is_empty()).then(|| self.say("deed-terms", &[("terms", &parts.join(&joint))]))
    }

    fn customer(&self) -> Option<String> {
        self.happened
            .customer
            .map(|name| one_line(name, NAME))
            .filter(|name| !name.is_empty())
    }

    /// The user, through which application; or the application alone, in that message.
    fn actor(&self, alone: &str) -> Option<String> {
        let present = |text: Option<&str>| {
            text.filter(|text| !text.trim().is_empty())
                .map(|text| one_line(text, NAME))
        };
        let (user, application) = (present(self.happened.user), present(self.happened.application));
        match (user, application) {
            (Some(user), Some(application)) => Some(self.say(
                "who-user-through",
                &[("user", &user), ("application", &application)],
            )),
            (None, Some(application)) => Some(self.say(alone, &[("application", &application)])),
            (user, None) => user,
        }
    }

    fn counted(&self, key: &str, count: usize, texts: &[(&'static str, &str)]) -> String {
        let number = i64::try_from(count).unwrap_or(i64::MAX);
        let count = grouped(number);
        let texts: Vec<_> = texts.iter().map(|(name, text)| (*name, self.put(text))).collect();
        let mut args = vec![("number", Arg::Number(number)), ("count", Arg::Text(&count))];
        args.extend(texts.iter().map(|(name, text)| (*name, Arg::Text(text.as_str()))));
        self.settle(&self.lang.t_with(key, &args))
    }

    /// The message of that key with these texts in it.
    fn say(&self, key: &str, texts: &[(&'static str, &str)]) -> String {
        let texts: Vec<_> = texts.iter().map(|(name, text)| (*name, self.put(text))).collect();
        let args: Vec<_> = texts
            .iter()
            .map(|(name, text)| (*name, Arg::Text(text.as_str())))
            .collect();
        self.settle(&self.lang.t_with(key, &args))
    }

    fn put(&self, text: &str) -> String {
        match self.lang {
            Lang::En => text.to_owned(),
            Lang::Ja => edged(text),
        }
    }

    fn settle(&self, text: &str) -> String {
        match self.lang {
            Lang::En => text.to_owned(),
            Lang::Ja => settled(text),
        }
    }
}

/// The field whose words a thing of that kind may be called by.
fn noun_field(noun: &str) -> &str {
    match noun {
        "agreement" => "AgreementType",
        _ => "Name",
    }
}

fn end(of: &OperationStatus, lang: Lang) -> Option<String> {
    match of.outcome() {
        Outcome::Succeeded => None,
        Outcome::Failed => Some(lang.t("sentence-failed")),
        Outcome::Progress => Some(lang.t("sentence-progress")),
        Outcome::Declined => Some(lang.t("sentence-decline")),
        Outcome::Other if of.0.is_empty() => None,
        Outcome::Other => Some(lang.t_with("sentence-status", &[("status", Arg::Text(&status(of, lang)))])),
    }
}
