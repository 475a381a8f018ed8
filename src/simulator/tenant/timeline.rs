//! When things happen: 455 days of office hours, and which operation happens at each moment.

use std::collections::HashMap;

use chrono::{Datelike, Weekday};
use rand::{Rng, rngs::StdRng};

use super::{
    TenantOptions,
    generator::Generator,
    odd,
    operations::{OPERATIONS, Operation, UNKNOWN_OPERATIONS},
    time::{self, PER_DAY, PER_SECOND, Ticks},
};

/// The year before, and the last 90 days.
pub(super) const DAYS: i64 = 455;
/// What Partner Center still serves.
const RECENT_DAYS: i64 = 90;

/// All records of a tenant, oldest first, and the state they lead to.
pub(super) fn generate(options: &TenantOptions, partner_id: &str) -> (Vec<(Ticks, String)>, Generator) {
    let now = time::from_date_time(options.now);
    let mut generator = Generator::new(options.seed, partner_id, options.customers, now - DAYS * PER_DAY);
    let moments = moments(&mut generator.rng, options.records, now);
    let odd_at = odd::places(&mut generator.rng, &moments, now - 30 * PER_DAY);
    let must_happen = reserve(&mut generator.rng, &moments, now, |n| odd_at.contains_key(&n));
    let mut records = Vec::with_capacity(moments.len());
    for (n, &at) in moments.iter().enumerate() {
        let text = match (odd_at.get(&n), must_happen.get(&n)) {
            (Some(case), _) => odd::record(&mut generator, *case, at),
            (None, Some(operation)) => generator.record(operation, at),
            (None, None) => {
                let operation = generator.operation();
                generator.record(operation, at)
            }
        };
        records.push((at, text));
    }
    (records, generator)
}

/// Sorted moments, all different and not after `now`.
fn moments(rng: &mut StdRng, count: usize, now: Ticks) -> Vec<Ticks> {
    let first = now - DAYS * PER_DAY;
    let mut moments = Vec::with_capacity(count);
    while moments.len() < count {
        let at = first + rng.random_range(0..DAYS * PER_DAY);
        let day = time::date_time(at).date_naive();
        let busy = match day.weekday() {
            Weekday::Sat => 0.15,
            Weekday::Sun => 0.08,
            _ => 1.0,
        };
        if !rng.random_bool(busy) {
            continue;
        }
        // Japan's office hours, then Europe's, and a little all around the clock.
        let second = match rng.random_range(0..100) {
            0..62 => rng.random_range(0..9 * 3600),
            62..90 => rng.random_range(7 * 3600..17 * 3600),
            _ => rng.random_range(0..86_400),
        };
        let at = time::start_of(day) + second * PER_SECOND + rng.random_range(0..PER_SECOND);
        // The last second stays free for making equal moments different.
        if at < now - PER_SECOND && at >= first {
            moments.push(at);
        }
    }
    moments.sort_unstable();
    for n in 1..moments.len() {
        moments[n] = moments[n].max(moments[n - 1] + 1);
    }
    moments
}

/// Places for operations too rare to count on: each known one a few times in the recent days.
fn reserve(
    rng: &mut StdRng,
    moments: &[Ticks],
    now: Ticks,
    taken: impl Fn(usize) -> bool,
) -> HashMap<usize, &'static Operation> {
    let all = || OPERATIONS.iter().chain(UNKNOWN_OPERATIONS);
    let recent = moments.partition_point(|at| *at < now - (RECENT_DAYS - 2) * PER_DAY);
    let room = moments.len() - recent;
    let each = (room / (2 * all().count())).min(3);
    let mut reserved = HashMap::new();
    for operation in all() {
        let mut placed = 0;
        while placed < each {
            let at = recent + rng.random_range(0..room);
            if !taken(at) && !reserved.contains_key(&at) {
                reserved.insert(at, operation);
                placed += 1;
            }
        }
    }
    reserved
}
