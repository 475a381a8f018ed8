//! How many seats a subscription had over time, as far as its records say so: the points of a step chart.
//!
//! Only what happened counts: a change that failed, was declined or is still under way changed nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{BEGINNING, Thing};
use crate::{
    audit::{
        Selection, Ticks,
        entity::{self, EntityKind},
    },
    i18n::{Arg, grouped},
    store::{Entry, Store, StoreError},
    web::{PageContext, page},
};

/// So many records are looked at, the oldest first: more than Partner Center keeps of any subscription.
const MOST: usize = 1_000;
/// Records that are read at once.
const AT_ONCE: u32 = 100;
/// Reading them takes no longer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Where there are more points, those that repeat the number before are left out.
const FEW: usize = 100;
/// The picture's size, in units of its own.
const WIDTH: i64 = 600;
const HEIGHT: i64 = 90;
/// Room for the marks at its edges, and for the last number to be seen as one that lasts.
const EDGE: i64 = 5;
const TAIL: i64 = 20;

/// What a record says of the seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    ticks: Ticks,
    seats: i64,
    record: String,
}

/// The points of all records of a selection, the oldest first, and whether those are all: where there are too many
/// records, the oldest are looked at.
pub async fn of_all(
    store: &dyn Store,
    thing: &Thing,
    selection: &Selection,
) -> Result<(Vec<Point>, bool), StoreError> {
    let (mut points, mut looked_at) = (Vec::new(), 0);
    if thing.kind != EntityKind::Subscription {
        return Ok((points, true));
    }
    let begun = Instant::now();
    let mut at = Some(BEGINNING);
    while let Some(cursor) = at {
        let some = store.page(selection, Some(&cursor), AT_ONCE).await?;
        points.extend(of_page(thing, &some.entries).await);
        looked_at += some.entries.len();
        let goes_on = looked_at < MOST && some.searched_to.is_none() && begun.elapsed() < PATIENCE;
        if some.newer.is_some() && !goes_on {
            return Ok((points, false));
        }
        at = some.newer;
    }
    Ok((points, true))
}

/// The points of some records, which are newest first; the oldest first.
pub async fn of_page(thing: &Thing, entries: &[Arc<Entry>]) -> Vec<Point> {
    if thing.kind != EntityKind::Subscription {
        return Vec::new();
    }
    let (id, entries) = (thing.id.clone(), entries.to_vec());
    // Reading large documents takes its time, in which other requests go on.
    let read = move || {
        entries
            .iter()
            .rev()
            .filter_map(|entry| point(entry, &id))
            .collect()
    };
    page::in_turn(read).await
}

fn point(entry: &Entry, id: &str) -> Option<Point> {
    let told = entry
        .record
        .operation_status
        .came_to_pass()
        .then(|| entity::told(&entry.record, EntityKind::Subscription, id))?;
    Some(Point {
        ticks: entry.ticks,
        seats: told.seats?,
        record: entry.id.to_string(),
    })
}

/// The chart as the page shows it.
pub struct Chart {
    /// The line of steps, in SVG's own language.
    pub path: String,
    pub steps: Vec<Step>,
    pub peak: String,
    /// Below the left end and the right one.
    pub first: String,
    pub last: String,
    pub width: i64,
    pub height: i64,
}

/// A record that says how many seats there are.
pub struct Step {
    pub x: i64,
    pub y: i64,
    pub href: String,
    pub date: String,
    pub seats: String,
    /// `3 May 2024, 10:11: 25 seats`
    pub text: String,
}

impl Chart {
    /// No chart where the number never changed.
    pub fn of(points: &[Point], ctx: &PageContext) -> Option<Self> {
        let points = telling(points);
        let dated: Vec<_> = points
            .iter()
            .filter_map(|point| Some((point.ticks.to_utc()?, *point)))
            .collect();
        let ((first, _), (last, _)) = (dated.first()?, dated.last()?);
        let peak = dated.iter().map(|(_, point)| point.seats).max()?;
        if dated.iter().all(|(_, point)| point.seats == peak) {
            return None;
        }
        let span = (*last - *first).num_seconds().max(1);
        let dates = ctx.dates();
        let mut path = String::new();
        let mut steps = Vec::with_capacity(dated.len());
        for (at, point) in &dated {
            let x = EDGE + (*at - *first).num_seconds() * (WIDTH - 2 * EDGE - TAIL) / span;
            let y = HEIGHT - EDGE - point.seats * (HEIGHT - 2 * EDGE) / peak.max(1);
            path += &match path.is_empty() {
                true => format!("M{x} {y}"),
                false => format!("H{x}V{y}"),
            };
            let (date, seats) = (dates.minute(*at), grouped(point.seats));
            steps.push(Step {
                x,
                y,
                href: format!("/activity/{}", point.record),
                text: ctx.lang.t_with(
                    "history-seats-at",
                    &[
                        ("when", Arg::Text(&date)),
                        ("n", Arg::Number(point.seats)),
                        ("number", Arg::Text(&seats)),
                    ],
                ),
                date,
                seats,
            });
        }
        path += &format!("H{}", WIDTH - EDGE);
        Some(Self {
            path,
            steps,
            peak: grouped(peak),
            first: dates.day(dates.local_day(*first)),
            last: dates.day(dates.local_day(*last)),
            width: WIDTH,
            height: HEIGHT,
        })
    }
}

/// Of many points those at which the number changes, and the last.
fn telling(points: &[Point]) -> Vec<&Point> {
    if points.len() <= FEW {
        return points.iter().collect();
    }
    let changes = |i: usize| i == 0 || i + 1 == points.len() || points[i - 1].seats != points[i].seats;
    (0..points.len())
        .filter(|i| changes(*i))
        .map(|i| &points[i])
        .collect()
}

impl Point {
    pub fn seats(&self) -> String {
        grouped(self.seats)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};

    use super::*;

    fn points(all: &[(i64, i64)]) -> Vec<Point> {
        all.iter()
            .map(|(hour, seats)| Point {
                ticks: Ticks(639_211_392_000_000_000 + hour * 36_000_000_000),
                seats: *seats,
                record: format!("record-number-{hour:06}"),
            })
            .collect()
    }

    fn chart(all: &[(i64, i64)]) -> Option<Chart> {
        let uri = Uri::from_static("/history/subscription/s-1?tz=UTC");
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        Chart::of(
            &points(all),
            &PageContext::read(&uri, &HeaderMap::new(), now, false),
        )
    }

    #[test]
    fn the_line_goes_in_steps_between_the_first_and_the_last_record() {
        let chart = chart(&[(0, 10), (5, 20), (10, 0)]).unwrap();
        assert_eq!(chart.path, "M5 45H290V5H575V85H595");
        assert_eq!((chart.peak.as_str(), chart.steps.len()), ("20", 3));
        assert_eq!(chart.steps[1].href, "/activity/record-number-000005");
        assert_eq!(chart.steps[1].seats, "20");
    }

    #[test]
    fn a_line_stays_in_its_picture() {
        assert!(chart(&[]).is_none() && chart(&[(0, 5)]).is_none() && chart(&[(0, 5), (9, 5)]).is_none());
        for all in [
            &[(0, 0), (0, 1)][..],
            &[(0, 999_999_999), (1_000_000, 1)],
            &[(3, 7), (3, 9), (3, 7)],
        ] {
            let chart = chart(all).unwrap();
            let inside = |step: &Step| {
                (EDGE..=WIDTH - EDGE).contains(&step.x) && (EDGE..=HEIGHT - EDGE).contains(&step.y)
            };
            assert!(chart.steps.iter().all(inside), "{all:?}");
        }
    }

    #[test]
    fn of_many_points_only_those_that_say_something_new_are_shown() {
        let many: Vec<_> = (0..500).map(|hour| (hour, hour / 100)).collect();
        assert_eq!(chart(&many).unwrap().steps.len(), 6);
    }
}
