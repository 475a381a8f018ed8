//! Who acted: `GET /actors?user=NAME` and `GET /actors?app=ID`. A whole name or id is meant here, never a part of one.
//!
//! Asks the archive alone: nothing says here who somebody is in the directory of the partner.

use askama::Template;
use axum::{extract::State, response::Html};

use super::{
    AppState, Error, PageContext, Viewer,
    activity::rows::Actor,
    collecting::Standing,
    error::Missing,
    figures::{Figures, Known},
    page::{html, of_records, parameter},
};
use crate::{
    audit::{
        Selection,
        actor::{is_first_party, is_system},
        selection::{FilterKey, exactly},
    },
    wording::one_line,
};

/// The longest name or id, in characters: no filter takes a longer one.
const LONGEST: usize = 510;
/// How much of it is shown.
const SHOWN: usize = 200;

/// The page about a user or an application; nothing where the name is too long for one.
pub fn href(key: FilterKey, name: &str) -> Option<String> {
    let fits = !name.is_empty() && name.chars().count() <= LONGEST;
    fits.then(|| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!("/actors?{}", query.append_pair(key.name(), name).finish())
    })
}

/// `GET /actors`.
pub async fn show(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let asked = |key: FilterKey| parameter(&context.query, key.name()).filter(|name| !name.trim().is_empty());
    let (key, name) = match (asked(FilterKey::User), asked(FilterKey::App)) {
        (Some(user), None) => (FilterKey::User, user),
        (None, Some(app)) => (FilterKey::App, app),
        _ => return Err(Error::BadRequest),
    };
    if name.chars().count() > LONGEST {
        return Err(Error::NotFound(Missing::Actor));
    }
    let today = context.dates().local_day(context.now);
    let everything = Selection::everything(context.zone, today);
    let selection = everything.with(key, false, &exactly(&name));
    let known = Known::of(&*state.store, selection).await?;
    if known.is_empty() {
        return Err(Error::NotFound(Missing::Actor));
    }
    let standing = state.collecting.standing().await?;
    of_records(move || html(&ActorPage::new(&context, key, &name, &known, &standing))).await
}

#[derive(Template)]
#[template(path = "actors/page.html")]
struct ActorPage<'a> {
    ctx: &'a PageContext,
    /// What it is called, which of a user is the name itself.
    name: String,
    /// The application's id, where it is called otherwise; the whole of it, to be copied.
    id: Option<String>,
    copied: String,
    /// `Person`, `Application`, `Microsoft`
    kind: String,
    /// What the page says of it, in a word.
    is_app: bool,
    figures: Figures,
}

impl<'a> ActorPage<'a> {
    fn new(ctx: &'a PageContext, key: FilterKey, name: &str, known: &Known, standing: &Standing) -> Self {
        let is_app = key == FilterKey::App;
        let called = match is_app {
            true => ctx.applications.name(name, ctx.lang),
            false => None,
        };
        let kind = match is_app {
            true if is_first_party(name) => "actors-kind-first-party",
            true => "actors-kind-app",
            false if is_system(name) => "actors-kind-microsoft",
            false => "actors-kind-person",
        };
        let lists: &[(FilterKey, &str)] = match is_app {
            true => &[
                (FilterKey::Customer, "actors-customers"),
                (FilterKey::User, "actors-users"),
            ],
            false => &[
                (FilterKey::Customer, "actors-customers"),
                (FilterKey::App, "actors-apps"),
            ],
        };
        Self {
            id: called.as_ref().map(|_| one_line(name, SHOWN)),
            name: called.unwrap_or_else(|| one_line(name, SHOWN)),
            copied: name.to_owned(),
            kind: ctx.t(kind),
            is_app,
            figures: Figures::new(ctx, known, standing, lists),
            ctx,
        }
    }
}
