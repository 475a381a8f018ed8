//! When to try again, and when to give up. Pure: chance is a parameter.

use std::time::Duration;

use chrono::TimeDelta;

/// The pace of a worker. The defaults suit production.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The longest pause after the first failure; it doubles with each.
    pub first_pause: Duration,
    /// It never grows beyond this by itself.
    pub longest_pause: Duration,
    /// So often it is looked whether anything changed.
    pub look: Duration,
    /// For one request, or one batch over syslog.
    pub timeout: Duration,
    /// After so long without success a stream pauses by itself.
    pub gives_up: TimeDelta,
}

/// However long a far side asks to be left alone, after this it is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(15 * 60),
            look: Duration::from_secs(1),
            timeout: Duration::from_secs(30),
            gives_up: TimeDelta::days(5),
        }
    }
}

impl Pace {
    /// The pause after so many failures in a row (at least one), of which the last came with the advice to wait for
    /// `asked`. `chance` is between 0 and 1: half of the pause is left to it, so that many do not come back at once.
    pub fn pause(&self, failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
        let doubled = self
            .first_pause
            .saturating_mul(1 << failures.saturating_sub(1).min(16))
            .min(self.longest_pause);
        let own = doubled.mul_f64(0.5 + chance / 2.0);
        // Never earlier than asked for.
        match asked {
            Some(asked) => asked.min(LONGEST_WAIT) + own.min(self.first_pause),
            None => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_are_never_shorter_than_asked_for() {
        let pace = Pace::default();
        let seconds = |failures, asked: Option<u64>, chance| {
            pace.pause(failures, asked.map(Duration::from_secs), chance)
                .as_secs_f64()
        };
        assert_eq!(seconds(1, None, 0.0), 1.0);
        assert_eq!(seconds(1, None, 1.0), 2.0);
        assert_eq!(seconds(4, None, 1.0), 16.0);
        assert_eq!(seconds(1_000_000, None, 1.0), 900.0);
        assert!((30.0..=32.0).contains(&seconds(7, Some(30), 0.7)));
        assert!((86_400.0..=86_402.0).contains(&seconds(1, Some(u64::MAX), 0.7)));
    }
}
