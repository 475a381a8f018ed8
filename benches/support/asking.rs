//! Asking an archive the same again and again, and what is asked.

use std::time::{Duration, Instant};

use chrono::Days;
use chrono_tz::Tz;
use partnerlog::audit::{
    Selection,
    selection::{From, To},
};

use crate::archive::now;

/// The median and the 99th percentile of some rounds.
pub fn timed(mut once: impl FnMut()) -> (Duration, Duration) {
    for _ in 0..8 {
        once();
    }
    let began = Instant::now();
    let mut all = Vec::new();
    while all.len() < 40 || (all.len() < 400 && began.elapsed() < Duration::from_millis(1_500)) {
        let started = Instant::now();
        once();
        all.push(started.elapsed());
    }
    all.sort();
    (all[all.len() / 2], all[all.len() * 99 / 100])
}

pub fn everything() -> Selection {
    Selection::everything(Tz::UTC, now().date_naive())
}

pub fn last_days(days: u64) -> Selection {
    everything().over(From::Day(now().date_naive() - Days::new(days - 1)), To::Today)
}
