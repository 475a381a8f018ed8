//! Choosing the filters of what is sent or exported for good: everything, those of a saved view, or what it has been so far.

use crate::{
    audit::{
        Selection,
        selection::{From, To},
    },
    identity::SignedIn,
    store::SavedView,
    web::{AppState, Error, PageContext},
    wording::{self, one_line},
};

/// The longest name of a view among the choices, in characters.
const NAME: usize = 200;

/// What was chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Over the whole archive.
    pub selection: Selection,
    /// The name of the view that it is from.
    pub view: Option<String>,
}

/// What a choice has been so far.
#[derive(Clone, Debug)]
pub enum Before {
    /// There was none.
    Nothing,
    Chosen(Chosen),
    /// A part of it means nothing to this version: it must not turn into another one unnoticed.
    Lost,
}

impl Before {
    pub fn of(chosen: Option<Chosen>) -> Self {
        chosen.map_or(Self::Lost, Self::Chosen)
    }
}

/// Why nothing can be chosen so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchosen {
    /// There is no such view any more.
    Gone,
    /// A part of it means nothing.
    Odd,
}

impl Unchosen {
    /// Its message.
    pub fn key(self) -> &'static str {
        match self {
            Self::Gone => "choice-gone",
            Self::Odd => "choice-odd",
        }
    }
}

/// The views from which the reader can choose.
pub async fn views(state: &AppState, who: &SignedIn) -> Result<Vec<SavedView>, Error> {
    Ok(state.views.views(&super::person(who), super::MOST_SHARED).await?)
}

/// What a form's `filter` means: `all`, `kept` or the number of a view.
pub fn read(
    filter: &str,
    before: Before,
    views: &[SavedView],
    ctx: &PageContext,
) -> Result<Chosen, Unchosen> {
    let everything = || Selection::everything(ctx.own_zone, ctx.dates().local_day(ctx.now));
    match (filter, before) {
        ("all", _) => Ok(Chosen {
            selection: everything(),
            view: None,
        }),
        ("kept", Before::Chosen(kept)) => Ok(kept),
        ("kept", Before::Lost) => Err(Unchosen::Odd),
        (number, _) => {
            let number: i64 = number.parse().map_err(|_| Unchosen::Gone)?;
            let view = views.iter().find(|view| view.listed.id.0 == number);
            let view = view.ok_or(Unchosen::Gone)?;
            let parsed = wording::in_words(Selection::parse(&view.query, ctx.now, ctx.own_zone));
            if !parsed.faults.is_empty() {
                return Err(Unchosen::Odd);
            }
            Ok(Chosen {
                selection: parsed.selection.over(From::Beginning, To::Today),
                view: Some(view.listed.name.clone()),
            })
        }
    }
}

/// Whether a selection over the whole archive leaves nothing out.
pub fn is_everything(selection: &Selection) -> bool {
    selection.filters.is_empty() && selection.search.is_empty()
}

/// The choices: value, words, and whether it is chosen. What is chosen and is none of them becomes `all`.
pub fn options(
    filter: &str,
    before: &Before,
    views: &[SavedView],
    ctx: &PageContext,
) -> Vec<(String, String, bool)> {
    let mut all = vec![("all".to_owned(), ctx.t("choice-all"))];
    let kept = match before {
        Before::Chosen(kept) if !is_everything(&kept.selection) => Some(match kept.view.as_deref() {
            Some(view) => ctx.t1("choice-kept", "name", &one_line(view, NAME)),
            None => ctx.t("choice-kept-unnamed"),
        }),
        Before::Lost => Some(ctx.t("choice-kept-odd")),
        _ => None,
    };
    if let Some(words) = kept {
        all.insert(0, ("kept".to_owned(), words));
    }
    for view in views {
        let words = ctx.t1("choice-view", "name", &one_line(&view.listed.name, NAME));
        all.push((view.listed.id.0.to_string(), words));
    }
    let known = all.iter().any(|(value, _)| value == filter);
    all.into_iter()
        .map(|(value, words)| {
            let chosen = value == if known { filter } else { "all" };
            (value, words, chosen)
        })
        .collect()
}
