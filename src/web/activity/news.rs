//! Records that come while somebody reads: `GET /activity/new?…&since=N`, asked by the page now and then.
//!
//! They are announced by a link and never put under the reader's eyes.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    audit::{
        Selection, Ticks,
        selection::{Parsed, View},
    },
    i18n::Arg,
    store::Count,
    web::{AppState, Error, PageContext, Viewer, page::parameter},
    wording,
};

/// Counting stops here: that there are many is all that matters.
const AT_MOST: u64 = 100;

/// Where a page asks, and where its link leads.
pub struct News {
    pub ask: String,
    pub show: String,
}

impl News {
    /// Only the first page of a range that holds the present can have something new.
    pub fn of(asked: &Parsed, newest: i64, now: DateTime<Utc>) -> Option<Self> {
        let (from, until) = asked.selection.during();
        let has_now = from <= Ticks::from(now) && until > Ticks::from(now);
        if !has_now || asked.view.after.is_some() || !asked.faults.is_empty() {
            return None;
        }
        let query = asked.selection.query();
        Some(Self {
            ask: format!("/activity/new?{query}&since={newest}"),
            show: format!(
                "/activity?{}",
                View {
                    after: None,
                    ..asked.view
                }
                .append_to(query)
            ),
        })
    }
}

/// What is new, in the reader's language; no text where nothing is.
#[derive(Serialize)]
pub struct Answer {
    count: u64,
    text: Option<String>,
}

/// How many records of the selection came into the archive after the one of the number `since`.
pub async fn news(
    State(state): State<AppState>,
    _: Viewer,
    context: PageContext,
) -> Result<Json<Answer>, Error> {
    let since = parameter(&context.query, "since")
        .and_then(|since| since.parse::<i64>().ok())
        .filter(|since| *since >= 0)
        .ok_or(Error::BadRequest)?;
    let asked = Selection::parse(&context.query, context.now, context.own_zone);
    let asked = wording::in_words(asked);
    let count = state.store.count_after(&asked.selection, since, AT_MOST).await?;
    let (n, number) = match count {
        Count::Exactly(0) => return Ok(Json(Answer { count: 0, text: None })),
        Count::Exactly(n) => (n, n.to_string()),
        Count::MoreThan(n) => {
            // At least so many; where all were counted that are counted, more.
            let number = if n == AT_MOST { n } else { n + 1 };
            let number = Arg::Text(&number.to_string());
            (n + 1, context.lang.t_with("news-many", &[("number", number)]))
        }
    };
    let text = context.lang.t_with(
        "news-show",
        &[
            ("n", Arg::Number(i64::try_from(n).unwrap_or(i64::MAX))),
            ("number", Arg::Text(&number)),
        ],
    );
    Ok(Json(Answer {
        count: n,
        text: Some(text),
    }))
}
