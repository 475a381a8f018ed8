//! How fresh the archive is: when it was collected, when it will be, and the way to have it done now.

use super::words::clock;
use crate::web::{PageContext, collecting::Standing};

/// `Collected 4 min ago · next at 12:55 · Collect now`
#[derive(Debug)]
pub struct Freshness {
    pub collected: String,
    /// When the next run is due, or that one is under way.
    pub next: Option<String>,
    /// This very page, to be asked for again.
    pub here: String,
    /// Whether the reader may make the collector run.
    pub may_collect: bool,
    /// What came of the reader's wish to collect now.
    pub answer: Option<String>,
}

impl Freshness {
    /// Of all accounts that are collected, the one that is behind; nothing where none is.
    pub fn of(context: &PageContext, standing: &Standing) -> Option<Self> {
        standing.collected().next()?;
        let dates = context.dates();
        let collected_at = standing
            .collected()
            .map(|account| account.collected_at())
            .min()
            .flatten();
        let next_at = standing
            .collected()
            .filter_map(|account| account.next_at(standing.interval))
            .filter(|at| *at > standing.now)
            .min();
        let next = match standing.collected().any(|account| account.is_busy) {
            true => Some(context.t("fresh-busy")),
            false => next_at.map(|at| {
                let time = match dates.local_day(at) == dates.local_day(standing.now) {
                    true => clock(at, dates.zone),
                    false => dates.minute(at),
                };
                context.t1("fresh-next", "time", &time)
            }),
        };
        Some(Self {
            collected: match collected_at {
                Some(at) => context.t1("fresh-collected", "ago", &dates.ago(at, standing.now)),
                None => context.t("fresh-never"),
            },
            next,
            here: here(context),
            may_collect: context.viewer.as_ref().is_some_and(|viewer| viewer.may_manage),
            answer: answer(context),
        })
    }
}

/// Under which key a page is told what came of it.
pub const ANSWER: &str = "collecting";

/// What came of the wish to collect now, in words.
pub fn answer(context: &PageContext) -> Option<String> {
    form_urlencoded::parse(context.query.as_bytes())
        .filter(|(key, _)| key == ANSWER)
        .last()
        .and_then(|(_, value)| match &*value {
            "1" => Some(context.t("fresh-asked")),
            "wait" => Some(context.t("fresh-wait")),
            _ => None,
        })
}

/// The address of this page, without the answer to an earlier wish.
fn here(context: &PageContext) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(context.query.as_bytes()).filter(|(key, _)| key != ANSWER))
        .finish();
    let path = format!("/{}", context.path.trim_start_matches(['/', '\\']));
    match query.is_empty() {
        true => path,
        false => format!("{path}?{query}"),
    }
}
