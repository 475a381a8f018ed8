//! The access log: `GET /access-log`, for those who manage.

use askama::Template;
use axum::{extract::State, response::Html};

use super::{
    AppState, Error, PageContext,
    page::{cut, html, parameter},
    schedules, streams,
};
use crate::{
    audit::RecordId,
    identity::{Manage, Permitted, SignedIn},
    store::{Access, AccessAction, NewAccess, Person},
    wording,
};

/// So many accesses are on a page.
const PAGE: u32 = 100;
/// The longest name on the page, in characters.
const NAME: usize = 120;
/// The longest id on the page, in characters.
const SUBJECT: usize = 400;

/// Notes that somebody asks for what is not shown to everybody. What cannot be noted is not granted.
///
/// # Errors
/// When the archive cannot be written to.
pub async fn note(
    state: &AppState,
    who: &SignedIn,
    action: AccessAction,
    subject: &str,
) -> Result<(), Error> {
    note_of(state, self::who(who), action, subject).await
}

/// The same of whoever it is.
///
/// # Errors
/// When the archive cannot be written to.
pub async fn note_of(
    state: &AppState,
    (person, name): (Person, String),
    action: AccessAction,
    subject: &str,
) -> Result<(), Error> {
    let access = NewAccess {
        at: state.clock.now(),
        person,
        name,
        action,
        subject: subject.to_owned(),
    };
    Ok(state.access.note_access(&access).await?)
}

/// Who somebody is, and what they are called.
pub fn who(user: &SignedIn) -> (Person, String) {
    let person = Person {
        tenant: user.user.tenant.clone(),
        object: user.user.object.clone(),
    };
    let name = match user.username.is_empty() {
        true => &user.name,
        false => &user.username,
    };
    (person, name.clone())
}

/// Who asked for what, the newest first; `before` is the number of the last one on the page before.
pub async fn show(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let before = parameter(&context.query, "before").and_then(|number| number.parse().ok());
    let mut all = state.access.accesses(before, PAGE + 1).await?;
    let last = cut(&mut all, PAGE, |access| access.number);
    html(&AccessPage {
        older: last.map(|number| format!("/access-log?before={number}")),
        newest: before.is_some(),
        zone_label: context.dates().zone_label(context.now),
        rows: all.iter().map(|access| Row::of(access, &context)).collect(),
        ctx: &context,
    })
}

#[derive(Template)]
#[template(path = "access_log.html")]
struct AccessPage<'a> {
    ctx: &'a PageContext,
    zone_label: String,
    rows: Vec<Row>,
    older: Option<String>,
    /// Whether there are newer ones, too.
    newest: bool,
}

struct Row {
    at: String,
    iso: String,
    name: String,
    who: String,
    action: String,
    /// What it was, and where that is.
    subject: String,
    href: String,
}

impl Row {
    fn of(access: &Access, ctx: &PageContext) -> Self {
        let known = AccessAction::ALL
            .iter()
            .find(|action| action.name() == access.action);
        Self {
            at: ctx.dates().moment(access.at),
            iso: access.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            name: wording::one_line(&access.name, NAME),
            who: wording::one_line(&access.person.object, NAME),
            action: match known {
                Some(action) => ctx.t(&format!("access-log-{}", action.name())),
                None => wording::one_line(&access.action, NAME),
            },
            href: match known {
                Some(AccessAction::Export) => format!("/activity?{}", access.subject),
                Some(AccessAction::Stream) => streams::MANAGED.href(&access.subject),
                Some(AccessAction::Schedule) => schedules::MANAGED.href(&access.subject),
                // Only what can be a record's id was noted; it is of letters, digits, `_` and `-`.
                _ => match RecordId::parse(&access.subject) {
                    Some(id) => format!("/activity/{id}"),
                    None => "/activity".to_owned(),
                },
            },
            subject: match known {
                Some(AccessAction::Export) => ctx.t("access-log-selection"),
                Some(AccessAction::Stream) => streams::MANAGED.words(&access.subject, ctx),
                Some(AccessAction::Schedule) => schedules::MANAGED.words(&access.subject, ctx),
                _ => wording::one_line(&access.subject, SUBJECT),
            },
        }
    }
}
