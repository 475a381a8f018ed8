//! What is shown, in one sentence: how many activities, of when, by how many filters.

use std::borrow::Cow;

use crate::{
    audit::{
        Selection, Ticks,
        search::{Part, What},
        selection::{From, To},
    },
    i18n::{Arg, Lang, grouped},
    store::{Count, Page},
    web::dates::Dates,
    wording::one_line,
};

/// Of a longer search only so many characters are repeated.
const LONGEST_SEARCH: usize = 60;

/// `1,204 activities, 1 May 2024 00:00 – 31 May 2024 23:59 (Asia/Tokyo), 3 filters`
pub fn sentence(selection: &Selection, count: Count, oldest: Option<Ticks>, lang: Lang) -> String {
    let number = number(count, lang);
    let n = match count {
        Count::Exactly(n) | Count::MoreThan(n) => i64::try_from(n).unwrap_or(i64::MAX),
    };
    let filters: usize = selection.filters.iter().map(|filter| filter.values.len()).sum();
    let key = match (selection.search.text.is_empty(), filters) {
        (true, 0) => "result",
        (true, _) => "result-filtered",
        (false, 0) => "result-searched",
        (false, _) => "result-searched-filtered",
    };
    let sentence = lang.t_with(
        key,
        &[
            ("n", Arg::Number(n)),
            ("number", Arg::Text(&number)),
            ("search", Arg::Text(&searched(selection))),
            ("range", Arg::Text(&range(selection, oldest, lang))),
            ("zone", Arg::Text(selection.zone.name())),
            ("filters", Arg::Number(i64::try_from(filters).unwrap_or(i64::MAX))),
        ],
    );
    // "more than 100,000" begins it, too.
    let mut rest = sentence.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}

/// What is searched for, for a line of text.
fn searched(selection: &Selection) -> String {
    one_line(&selection.search.text, LONGEST_SEARCH)
}

/// `Activity log, 1 May 2024 – 31 May 2024`, what is searched for before it.
pub fn title(selection: &Selection, lang: Lang) -> String {
    let title = format!("{}, {}", lang.t("activity-title"), days(selection, lang));
    match selection.search.text.is_empty() {
        true => title,
        false => lang.t_with(
            "title-searched",
            &[
                ("search", Arg::Text(&searched(selection))),
                ("title", Arg::Text(&title)),
            ],
        ),
    }
}

/// The same selection over the dates that it has altogether, where the search names dates, too; as it is where they
/// leave nothing.
pub fn dated(selection: &Selection) -> Cow<'_, Selection> {
    let (from, until) = selection.during();
    if selection.search.dates(false).next().is_none() || from >= until {
        return Cow::Borrowed(selection);
    }
    let local = |at: Ticks| Some(at.to_utc()?.with_timezone(&selection.zone).date_naive());
    let first = (from != Ticks::MIN).then(|| local(from)).flatten();
    let last = (until != Ticks::MAX).then(|| local(Ticks(until.0 - 1))).flatten();
    let whole = selection.over(
        first.map_or(From::Beginning, From::Day),
        last.map_or(To::Today, To::Day),
    );
    Cow::Owned(whole)
}

/// The same selection without the dates that its search names.
pub fn undated(selection: &Selection) -> Selection {
    let mut other = selection.clone();
    let is_dates = |part: &Part| matches!(part.what, What::Dates { .. }) && !part.exclude;
    while let Some(part) = other.search.parts.iter().position(is_dates) {
        other = other.searching(&other.search.without(part));
    }
    other
}

/// `1 May 2024 00:00 – 31 May 2024 23:59`, for the sentence.
pub fn range(selection: &Selection, oldest: Option<Ticks>, lang: Lang) -> String {
    let selection = &*dated(selection);
    let dates = Dates {
        lang,
        zone: selection.zone,
    };
    let from = match (
        selection.from,
        selection.first_day(),
        oldest.and_then(Ticks::to_utc),
    ) {
        (From::Beginning, _, Some(oldest)) => dates.minute(oldest),
        (_, Some(day), _) => format!("{} 00:00", dates.day(day)),
        _ => lang.t("range-beginning"),
    };
    let to = match selection.to {
        // A range that lies ahead altogether does not end now.
        To::Day(day) if day < selection.today || selection.first_day() > Some(selection.today) => {
            format!("{} 23:59", dates.day(day))
        }
        _ => lang.t("range-now"),
    };
    lang.t_with("range", &[("from", Arg::Text(&from)), ("to", Arg::Text(&to))])
}

/// `1–31 May 2024` in days only, for the page's title.
pub fn days(selection: &Selection, lang: Lang) -> String {
    let selection = &*dated(selection);
    let dates = Dates {
        lang,
        zone: selection.zone,
    };
    let to = dates.day(selection.last_day());
    match selection.first_day() {
        Some(first) if first == selection.last_day() => to,
        Some(first) => lang.t_with(
            "range",
            &[("from", Arg::Text(&dates.day(first))), ("to", Arg::Text(&to))],
        ),
        None => lang.t("preset-all"),
    }
}

/// Where in the selection a page lies: numbers at both ends, where they are known; dates in between.
pub fn position(page: &Page, count: Count, dates: Dates) -> String {
    let shown = page.entries.len() as u64;
    let total = number(count, dates.lang);
    let span = |first: u64, last: u64| format!("{}–{}", show(first), show(last));
    let place = match (count, &page.newer, &page.older) {
        (_, None, _) => span(1, shown),
        (Count::Exactly(n), _, None) if n >= shown => span(n - shown + 1, n),
        _ => {
            let ends = [page.entries.first(), page.entries.last()].map(|e| {
                e.and_then(|e| e.ticks.to_utc())
                    .map(|at| dates.minute(at))
                    .unwrap_or_default()
            });
            format!("{} – {}", ends[0], ends[1])
        }
    };
    dates.lang.t_with(
        "position",
        &[("place", Arg::Text(&place)), ("total", Arg::Text(&total))],
    )
}

/// A count that is not below what a page shows, and exact where that is everything: on the first page, with none after it.
pub fn at_least(count: Count, page: &Page, is_first: bool) -> Count {
    let shown = page.entries.len() as u64;
    let is_whole = is_first && page.newer.is_none() && page.older.is_none() && page.searched_to.is_none();
    match count {
        Count::MoreThan(_) if is_whole => Count::Exactly(shown),
        Count::MoreThan(n) if page.searched_to.is_none() => Count::MoreThan(n.max(shown)),
        Count::MoreThan(n) => Count::MoreThan(n.max(shown.saturating_sub(1))),
        count => count,
    }
}

/// `1,204`, `more than 100,000`
pub fn number(count: Count, lang: Lang) -> String {
    match count {
        Count::Exactly(n) => show(n),
        Count::MoreThan(n) => lang.t_with("more-than", &[("number", Arg::Text(&show(n)))]),
    }
}

fn show(n: u64) -> String {
    grouped(i64::try_from(n).unwrap_or(i64::MAX))
}
