//! What the archive holds, and how fresh it is: `GET /coverage`, and the parts of other pages that say it in short.

mod banner;
mod calendar;
mod fresh;
mod line;
mod view;
mod words;

use axum::{extract::State, response::Html};

pub use banner::Banner;
pub use fresh::{ANSWER, Freshness, answer};
pub use line::Line;
pub use words::from;

use super::{AppState, Error, PageContext, Viewer, page::html};

/// `GET /coverage?account=…&year=…`: for each account its days, what collecting brought, and what is missing or will be.
pub async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let standing = state.collecting.standing().await?;
    html(&view::CoveragePage::new(&context, &viewer, &standing))
}
