//! "What happened", as a sentence on the page of a record.

use super::{action, application_name, one_line, status};
use crate::{
    audit::vocabulary::{OperationStatus, OperationType, Outcome},
    i18n::{Arg, Lang},
};

/// How long a name may get in the sentence.
const NAME: usize = 120;

/// What the sentence is made of.
#[derive(Clone, Copy, Debug)]
pub struct Happened<'a> {
    pub action: &'a OperationType,
    pub status: &'a OperationStatus,
    /// The customer's name, or else its id.
    pub customer: Option<&'a str>,
    pub user: Option<&'a str>,
    pub application: Option<&'a str>,
}

/// Who did what for whom, and how it ended where it did not simply succeed.
pub fn sentence(happened: &Happened<'_>, lang: Lang) -> String {
    let words = action(happened.action, lang);
    let customer = happened
        .customer
        .map(|name| one_line(name, NAME))
        .filter(|name| !name.is_empty());
    let who = who(happened, lang);
    let action = ("action", Arg::Text(&words));
    let mut text = match (&customer, &who) {
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
    };
    if let Some(end) = end(happened.status, lang) {
        if lang == Lang::En {
            text.push(' ');
        }
        text.push_str(&end);
    }
    text
}

/// The user, through which application; or the application alone.
fn who(happened: &Happened<'_>, lang: Lang) -> Option<String> {
    let present = |text: &&str| !text.trim().is_empty();
    let application = happened
        .application
        .filter(present)
        .map(|id| application_name(id, lang).unwrap_or_else(|| one_line(id, NAME)));
    let user = happened.user.filter(present).map(|user| one_line(user, NAME));
    match (user, application) {
        (Some(user), Some(application)) => Some(lang.t_with(
            "sentence-through",
            &[
                ("user", Arg::Text(&user)),
                ("application", Arg::Text(&application)),
            ],
        )),
        (None, Some(application)) => Some(lang.t_with(
            "sentence-application",
            &[("application", Arg::Text(&application))],
        )),
        (user, None) => user,
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
