//! How far long work is, on stderr: a bar on a terminal, a plain line now and then otherwise.

use std::{
    fmt::Write as _,
    io::{IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A terminal is drawn anew so often.
const ON_A_TERMINAL: Duration = Duration::from_millis(100);
/// Elsewhere a line is written so often.
const ELSEWHERE: Duration = Duration::from_secs(5);
const WIDTH: u64 = 30;

/// Shows how far work is that goes through stages.
pub struct Meter {
    terminal: bool,
    shown: Mutex<Shown>,
}

struct Shown {
    what: &'static str,
    begun: Instant,
    last: Option<Instant>,
    /// Whether an unfinished line is on the terminal.
    drawn: bool,
}

impl Meter {
    pub fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            shown: Mutex::new(Shown {
                what: "",
                begun: Instant::now(),
                last: None,
                drawn: false,
            }),
        }
    }

    /// `what` is done (`copied`), so many of `total` `things` (`pages`); 0: nobody knows how many there are.
    pub fn show(&self, what: &'static str, things: &str, done: u64, total: u64) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if shown.what != what {
            if shown.drawn {
                remark!();
            }
            *shown = Shown {
                what,
                begun: now,
                // A line about work that was done at once says nothing.
                last: (!self.terminal).then_some(now),
                drawn: false,
            };
        }
        let pause = if self.terminal { ON_A_TERMINAL } else { ELSEWHERE };
        if shown.last.is_some_and(|last| now - last < pause) {
            return;
        }
        shown.last = Some(now);
        let text = line(what, things, done, total, now - shown.begun);
        if self.terminal {
            shown.drawn = true;
            let bar = bar(done, total);
            // The rest of a longer line before it is erased.
            let _ = write!(std::io::stderr(), "\r{bar}{text}\x1b[K");
        } else {
            remark!("{text}");
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let shown = self.shown.get_mut().unwrap_or_else(PoisonError::into_inner);
        if shown.drawn {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn bar(done: u64, total: u64) -> String {
    if total == 0 {
        return String::new();
    }
    let full = usize::try_from(done.min(total) * WIDTH / total).unwrap_or_default();
    format!("[{:<width$}] ", "#".repeat(full), width = WIDTH as usize)
}

fn line(what: &str, things: &str, done: u64, total: u64, for_so_long: Duration) -> String {
    if total == 0 {
        return format!("{what} …");
    }
    let mut text = format!("{what} {done} of {total} {things}");
    let seconds = for_so_long.as_secs_f64();
    if done > 0 && seconds >= 1.0 {
        let rate = done as f64 / seconds;
        let left = total.saturating_sub(done) as f64 / rate;
        let _ = write!(text, ", {rate:.0} a second, {} left", duration(left));
    }
    text
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_fast_it_goes_and_how_long_it_will_take() {
        let text = |done, seconds| line("copied", "pages", done, 1_000, Duration::from_secs(seconds));
        assert_eq!(text(0, 0), "copied 0 of 1000 pages");
        assert_eq!(text(250, 5), "copied 250 of 1000 pages, 50 a second, 15 s left");
        assert_eq!(text(1, 10), "copied 1 of 1000 pages, 0 a second, 2 h 46 min left");
        assert_eq!(line("checking", "", 0, 0, Duration::ZERO), "checking …");
        assert_eq!(
            bar(500, 1_000),
            format!("[{}{}] ", "#".repeat(15), " ".repeat(15))
        );
    }
}
