//! How complete the archive of an account is: what each UTC day is worth, from when to when nothing is missing, and
//! what will be lost when.
//!
//! Pure: knows the ledger of days, the present and how far back Partner Center can be read; nothing of databases,
//! clocks and words.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{Day, DayState, end_of};

/// How many days before today Partner Center can still be asked for: the collector's reach.
pub const REACH_DAYS: u64 = 89;
/// What is lost within this time is worth an alarm.
pub const ALARM: TimeDelta = TimeDelta::days(7);
/// Nobody tries longer before the first day is read.
const LONGEST_IN_VAIN: TimeDelta = TimeDelta::days(366);
/// No ledger is older; a wrong clock can write any date.
const OLDEST: u64 = 36_525;

/// What a UTC day of an account is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayStatus {
    /// Everything that Partner Center showed of it after it had ended.
    Complete,
    /// It goes on, and was read.
    SoFar,
    /// In reach, and not read to its end yet.
    Waiting,
    /// In reach; the last reading broke off.
    Partial,
    /// Out of reach and never complete: missing for ever.
    Lost,
    /// Before collecting began, or not there yet.
    BeforeStart,
    /// Older than what the archive keeps: what it had of it was removed.
    Removed,
}

/// A day with what the ledger knows of it.
#[derive(Clone, Debug)]
pub struct CoveredDay {
    pub day: NaiveDate,
    pub status: DayStatus,
    /// Nothing where it was never asked for.
    pub known: Option<Day>,
}

/// From when to when the archive is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    pub from: DateTime<Utc>,
    /// Up to this moment.
    pub until: DateTime<Utc>,
    /// The days in between of which something is missing.
    pub gaps: Vec<NaiveDate>,
}

/// What the readings of an account have brought, over all days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTotals {
    /// What the last whole reading of each day showed.
    pub records: u64,
    /// Shown again and skipped.
    pub known: u64,
    /// Appeared after their day was first complete.
    pub late: u64,
    /// Got another version.
    pub changed: u64,
}

/// The days of one account.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Every day from the start to today, ascending.
    days: Vec<CoveredDay>,
    today: NaiveDate,
    now: DateTime<Utc>,
    is_collected: bool,
    /// The first day of which nothing was removed, where anything was.
    kept_from: Option<NaiveDate>,
}

/// The oldest day that can still be read.
pub fn oldest_in_reach(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive() - Days::new(REACH_DAYS)
}

/// The moment from which a day can no longer be read.
pub fn lost_from(day: NaiveDate) -> DateTime<Utc> {
    (day + Days::new(REACH_DAYS + 1))
        .and_time(NaiveTime::MIN)
        .and_utc()
}

impl Coverage {
    /// From the whole ledger of an account, in any order. Where it `is_collected`, every day in reach is awaited;
    /// an account that is no longer in the settings ends with the last day that was read.
    pub fn of(ledger: Vec<Day>, now: DateTime<Utc>, is_collected: bool) -> Self {
        let today = now.date_naive();
        let oldest = today - Days::new(OLDEST);
        // A machine that begins in 1970 asks for the days of then, in vain, until somebody tells it the time: such days
        // are not the start of anything.
        let first_whole = ledger.iter().filter_map(|day| day.whole_at).min();
        let plausible = first_whole.unwrap_or(now).min(now) - LONGEST_IN_VAIN;
        let mut known: BTreeMap<NaiveDate, Day> = ledger
            .into_iter()
            // Days ahead were read while the clock was wrong.
            .filter(|day| day.day <= today && day.day >= oldest)
            .filter(|day| day.whole_at.is_some() || day.read_at >= plausible)
            .map(|day| (day.day, day))
            .collect();
        let began = known.keys().next().copied();
        let first = match is_collected {
            true => Some(began.map_or(oldest_in_reach(now), |began| began.min(oldest_in_reach(now)))),
            false => began,
        };
        let last = match is_collected {
            true => Some(today),
            false => known.keys().next_back().copied(),
        };
        let days = first.zip(last).map_or_else(Vec::new, |(first, last)| {
            first
                .iter_days()
                .take_while(|day| *day <= last)
                .map(|day| {
                    let known = known.remove(&day);
                    CoveredDay {
                        day,
                        status: status(day, known.as_ref(), now),
                        known,
                    }
                })
                .collect()
        });
        Self {
            days,
            today,
            now,
            is_collected,
            kept_from: None,
        }
    }

    /// The same of an archive that keeps nothing before that day.
    pub fn keeping(mut self, from: Option<NaiveDate>) -> Self {
        self.kept_from = from;
        let is_gone = |day: &&mut CoveredDay| from.is_some_and(|from| day.day < from);
        for day in self.days.iter_mut().filter(is_gone) {
            day.status = DayStatus::Removed;
        }
        self
    }

    /// The first day of which nothing was removed; nothing where nothing ever was.
    pub fn kept_from(&self) -> Option<NaiveDate> {
        self.kept_from
    }

    /// Every day from the start on, ascending.
    pub fn days(&self) -> &[CoveredDay] {
        &self.days
    }

    /// The first day that collecting asked for, or will ask for.
    pub fn start(&self) -> Option<NaiveDate> {
        self.days.first().map(|day| day.day)
    }

    /// A day; nothing before the start and after the last one.
    pub fn day(&self, day: NaiveDate) -> Option<&CoveredDay> {
        self.index(day).and_then(|at| self.days.get(at))
    }

    fn index(&self, day: NaiveDate) -> Option<usize> {
        usize::try_from((day - self.start()?).num_days()).ok()
    }

    /// How many days have that status.
    pub fn count(&self, status: DayStatus) -> usize {
        self.days.iter().filter(|day| day.status == status).count()
    }

    /// The days of that status, ascending.
    pub fn with_status(&self, status: DayStatus) -> impl Iterator<Item = &CoveredDay> {
        self.days.iter().filter(move |day| day.status == status)
    }

    /// The days from the first to the last that are over and of which something is missing.
    pub fn missing(&self, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = &CoveredDay> {
        self.days.iter().filter(move |day| {
            day.day >= first
                && day.day <= last
                && day.day < self.today
                && !matches!(day.status, DayStatus::Complete | DayStatus::Removed)
        })
    }

    /// From the first to the last moment that was read completely, and the gaps between.
    pub fn extent(&self) -> Option<Extent> {
        let first = self.days.iter().position(|day| self.read_until(day).is_some())?;
        let last = self.days.iter().rposition(|day| self.read_until(day).is_some())?;
        Some(Extent {
            from: start_of(self.days[first].day),
            until: self.read_until(&self.days[last])?,
            gaps: self.days[first..last]
                .iter()
                .filter(|day| day.status != DayStatus::Complete)
                .map(|day| day.day)
                .collect(),
        })
    }

    /// The longest time without a gap that holds these days, as far as they lie between the start and now; nothing
    /// where one of them is not whole.
    pub fn unbroken_around(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let last = last.min(self.days.last()?.day);
        let first = self.kept_from.map_or(first, |kept| first.max(kept));
        if last < self.start()? || last < first {
            return None;
        }
        let first = self.index(first.max(self.start()?))?;
        let is_complete = |at: usize| self.days[at].status == DayStatus::Complete;
        let mut from = first;
        while from > 0 && is_complete(from - 1) {
            from -= 1;
        }
        let mut until = None;
        for day in &self.days[from..] {
            let Some(moment) = self.read_until(day) else {
                break;
            };
            until = Some(moment);
            if day.status != DayStatus::Complete {
                break;
            }
        }
        let until = until?;
        // Today is allowed to be whole up to some moment only.
        let needed = start_of(last).min(start_of(self.today));
        (until >= needed && until > start_of(self.days[first].day))
            .then(|| (start_of(self.days[from].day), until))
    }

    /// The newest stretch without a gap.
    pub fn newest_unbroken(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let last = self.days.iter().rposition(|day| self.read_until(day).is_some())?;
        let before = self.days[..last].iter().rev();
        let whole = before.take_while(|day| day.status == DayStatus::Complete).count();
        let from = start_of(self.days[last - whole].day);
        Some((from, self.read_until(&self.days[last])?))
    }

    /// Up to when a day was read; nothing where it never was read whole.
    fn read_until(&self, day: &CoveredDay) -> Option<DateTime<Utc>> {
        let known = day.known.as_ref()?;
        let read = match (day.status, known.state) {
            (DayStatus::Removed, _) => return None,
            (DayStatus::Complete, _) => end_of(day.day),
            (_, DayState::Partial) => return None,
            _ => known.whole_at.max(known.probed_at)?,
        };
        Some(read.min(end_of(day.day)).min(self.now))
    }

    /// Up to when the archive is up to date: how far the newest day was read that ever was read whole. Failures on
    /// other days do not make it older.
    pub fn read_at(&self) -> Option<DateTime<Utc>> {
        self.days.iter().rev().find_map(|day| self.read_until(day))
    }

    /// The days that will be lost within a week unless they are read, with the moment when, soonest first.
    pub fn at_risk(&self) -> impl Iterator<Item = (&CoveredDay, DateTime<Utc>)> {
        self.awaited()
            .filter(|(day, until)| day.day < self.today && *until - self.now < ALARM)
    }

    /// When the first day will be lost if nothing is read any more.
    pub fn next_loss(&self) -> Option<DateTime<Utc>> {
        self.awaited().map(|(_, until)| until).next()
    }

    /// The days in reach that are not complete.
    fn awaited(&self) -> impl Iterator<Item = (&CoveredDay, DateTime<Utc>)> {
        self.days
            .iter()
            .filter(|day| {
                self.is_collected
                    && matches!(
                        day.status,
                        DayStatus::SoFar | DayStatus::Waiting | DayStatus::Partial
                    )
            })
            .map(|day| (day, lost_from(day.day)))
    }

    /// What all readings have brought.
    pub fn totals(&self) -> DayTotals {
        let mut totals = DayTotals::default();
        for day in self.days.iter().filter_map(|day| day.known.as_ref()) {
            totals.records += day.records;
            totals.known += day.known;
            totals.late += day.late;
            totals.changed += day.changed;
        }
        totals
    }
}

/// The first moment of a UTC day.
fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn status(day: NaiveDate, known: Option<&Day>, now: DateTime<Utc>) -> DayStatus {
    let is_over = day < now.date_naive();
    match known.map(|known| known.state) {
        Some(DayState::Complete) if is_over => DayStatus::Complete,
        // A clock that was set back brings a complete day to life again.
        Some(DayState::Complete | DayState::SoFar) if !is_over => DayStatus::SoFar,
        _ if day < oldest_in_reach(now) => DayStatus::Lost,
        Some(DayState::Partial) => DayStatus::Partial,
        _ => DayStatus::Waiting,
    }
}

/// Days that follow each other as one: first and last. The days ascend.
pub fn stretches(days: impl IntoIterator<Item = NaiveDate>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut all: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match all.last_mut() {
            Some((_, last)) if last.succ_opt() == Some(day) => *last = day,
            _ => all.push((day, day)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 12, 40, 0).unwrap()
    }

    fn ago(days: u64) -> NaiveDate {
        now().date_naive() - Days::new(days)
    }

    fn day(back: u64, state: DayState) -> Day {
        let read_at = end_of(ago(back)).min(now());
        Day {
            day: ago(back),
            state,
            records: 10,
            read_at,
            whole_at: (state != DayState::Partial).then_some(read_at),
            probed_at: None,
            known: 2,
            late: 1,
            changed: 1,
            reason: (state == DayState::Partial).then(|| "HTTP 500".to_owned()),
            trouble: None,
        }
    }

    /// All days of the last `back` complete and today going on, but for the days of `others`.
    fn ledger(back: u64, others: &[Day]) -> Vec<Day> {
        (1..=back)
            .map(|back| day(back, DayState::Complete))
            .chain([day(0, DayState::SoFar)])
            .filter(|day| others.iter().all(|other| other.day != day.day))
            .chain(others.iter().cloned())
            .collect()
    }

    fn without(ledger: Vec<Day>, back: &[u64]) -> Vec<Day> {
        let gone: Vec<_> = back.iter().map(|back| ago(*back)).collect();
        ledger
            .into_iter()
            .filter(|day| !gone.contains(&day.day))
            .collect()
    }

    #[test]
    fn an_archive_without_gaps_is_complete_until_it_was_last_read() {
        let coverage = Coverage::of(ledger(400, &[]), now(), true);
        let extent = coverage.extent().unwrap();
        assert_eq!(extent.from, start_of(ago(400)));
        assert_eq!(extent.until, now());
        assert_eq!(extent.gaps, []);
        assert_eq!(coverage.count(DayStatus::Complete), 400);
        assert_eq!(coverage.at_risk().count(), 0);
        // Today is lost in 90 days, counted from its beginning.
        assert_eq!(coverage.next_loss(), Some(start_of(ago(0) + Days::new(90))));
        assert_eq!(coverage.totals().records, 4010);
        assert_eq!(coverage.read_at(), Some(now()));
    }

    #[test]
    fn days_that_were_removed_are_neither_complete_nor_missing() {
        let gaps = without(ledger(400, &[]), &[390, 300]);
        let coverage = Coverage::of(gaps.clone(), now(), true).keeping(Some(ago(350)));
        assert_eq!(coverage.count(DayStatus::Removed), 50);
        assert_eq!(coverage.day(ago(351)).unwrap().status, DayStatus::Removed);
        assert_eq!(coverage.day(ago(350)).unwrap().status, DayStatus::Complete);
        let extent = coverage.extent().unwrap();
        assert_eq!((extent.from, extent.gaps), (start_of(ago(350)), vec![ago(300)]));
        let missing: Vec<_> = coverage
            .missing(NaiveDate::MIN, NaiveDate::MAX)
            .map(|day| day.day)
            .collect();
        assert_eq!(missing, [ago(300)]);
        // What lies before does not count where a range reaches there.
        assert_eq!(
            coverage.unbroken_around(ago(400), ago(340)),
            Some((start_of(ago(350)), start_of(ago(300))))
        );
        assert_eq!(coverage.unbroken_around(ago(400), ago(380)), None);
        assert_eq!(coverage.newest_unbroken(), Some((start_of(ago(299)), now())));
        assert_eq!(
            Coverage::of(gaps, now(), true)
                .keeping(None)
                .count(DayStatus::Removed),
            0
        );
    }

    #[test]
    fn an_empty_archive_awaits_what_partner_center_still_has() {
        let coverage = Coverage::of(Vec::new(), now(), true);
        assert_eq!(coverage.start(), Some(ago(89)));
        assert_eq!(coverage.count(DayStatus::Waiting), 90);
        assert_eq!(coverage.extent(), None);
        assert_eq!(coverage.read_at(), None);
        assert_eq!(coverage.unbroken_around(ago(5), ago(0)), None);
        // The oldest is lost at midnight.
        assert_eq!(coverage.next_loss(), Some(start_of(ago(0) + Days::new(1))));
        assert_eq!(coverage.at_risk().count(), 7);
    }

    #[test]
    fn an_account_that_is_only_imported_into_has_no_days() {
        let coverage = Coverage::of(Vec::new(), now(), false);
        assert_eq!((coverage.start(), coverage.extent()), (None, None));
        assert_eq!(coverage.next_loss(), None);
        assert_eq!(coverage.missing(ago(50), ago(0)).count(), 0);
    }

    #[test]
    fn an_account_that_was_just_added_awaits_the_days_before_those_it_has() {
        let read = vec![day(89, DayState::Complete), day(88, DayState::Complete)];
        let coverage = Coverage::of(read, now(), true);
        assert_eq!(coverage.count(DayStatus::Waiting), 88);
        assert_eq!(coverage.count(DayStatus::Complete), 2);
        let extent = coverage.extent().unwrap();
        assert_eq!(
            (extent.from, extent.until),
            (start_of(ago(89)), start_of(ago(87)))
        );
        // Only one day was asked for: those before it are still to be had.
        let coverage = Coverage::of(vec![day(3, DayState::Complete)], now(), true);
        assert_eq!(coverage.start(), Some(ago(89)));
    }

    #[test]
    fn an_account_that_is_no_longer_collected_ends_where_it_was_left() {
        let left = without(ledger(300, &[]), &[0, 1, 2, 3]);
        let coverage = Coverage::of(left, now(), false);
        assert_eq!(coverage.count(DayStatus::Waiting), 0);
        assert_eq!(coverage.extent().unwrap().until, start_of(ago(3)));
        assert_eq!((coverage.next_loss(), coverage.at_risk().count()), (None, 0));
    }

    #[test]
    fn what_is_out_of_reach_and_was_never_whole_is_missing_for_ever() {
        let broken = [day(89, DayState::Partial), day(90, DayState::Partial)];
        let coverage = Coverage::of(without(ledger(120, &broken), &[100, 91]), now(), true);
        let status = |back| coverage.day(ago(back)).unwrap().status;
        assert_eq!(
            [status(89), status(90), status(91), status(100), status(101)],
            [
                DayStatus::Partial,
                DayStatus::Lost,
                DayStatus::Lost,
                DayStatus::Lost,
                DayStatus::Complete
            ]
        );
        assert!(coverage.day(ago(121)).is_none());
        let at_risk: Vec<_> = coverage.at_risk().map(|(day, until)| (day.day, until)).collect();
        assert_eq!(at_risk, [(ago(89), start_of(ago(0) + Days::new(1)))]);
    }

    #[test]
    fn a_gap_in_the_middle_is_named() {
        let coverage = Coverage::of(
            without(ledger(200, &[day(150, DayState::Partial)]), &[140]),
            now(),
            true,
        );
        let extent = coverage.extent().unwrap();
        assert_eq!(extent.gaps, [ago(150), ago(140)]);
        assert_eq!(coverage.missing(ago(145), ago(0)).count(), 1);
        assert_eq!(coverage.unbroken_around(ago(145), ago(0)), None);
        assert_eq!(
            coverage.unbroken_around(ago(30), ago(0)),
            Some((start_of(ago(139)), now()))
        );
        assert_eq!(
            coverage.unbroken_around(ago(170), ago(160)),
            Some((start_of(ago(200)), start_of(ago(150))))
        );
        // A range that begins before the start is judged from the start on.
        assert_eq!(
            coverage.unbroken_around(ago(900), ago(160)),
            Some((start_of(ago(200)), start_of(ago(150))))
        );
        assert_eq!(coverage.unbroken_around(ago(900), ago(800)), None);
        let ahead = ago(0) + Days::new(40);
        assert_eq!(coverage.unbroken_around(ahead, ahead), None);
    }

    #[test]
    fn a_day_that_was_read_before_its_end_is_complete_until_then() {
        let yesterday = Day {
            whole_at: Some(start_of(ago(0)) - TimeDelta::minutes(10)),
            ..day(1, DayState::SoFar)
        };
        let coverage = Coverage::of(without(ledger(100, &[yesterday]), &[0]), now(), true);
        assert_eq!(coverage.day(ago(1)).unwrap().status, DayStatus::Waiting);
        assert_eq!(
            coverage.extent().unwrap().until,
            start_of(ago(0)) - TimeDelta::minutes(10)
        );
        assert_eq!(coverage.next_loss(), Some(lost_from(ago(1))));
    }

    #[test]
    fn at_midnight_the_new_day_is_awaited_and_the_oldest_leaves_the_reach() {
        let before = start_of(ago(0) + Days::new(1)) - TimeDelta::seconds(1);
        let open = || ledger(88, &[day(89, DayState::Partial)]);
        let coverage = Coverage::of(open(), before, true);
        assert_eq!(coverage.day(ago(89)).unwrap().status, DayStatus::Partial);
        assert_eq!(coverage.day(ago(0)).unwrap().status, DayStatus::SoFar);
        let coverage = Coverage::of(open(), before + TimeDelta::seconds(1), true);
        assert_eq!(coverage.day(ago(89)).unwrap().status, DayStatus::Lost);
        assert_eq!(coverage.day(ago(0)).unwrap().status, DayStatus::Waiting);
        assert_eq!(coverage.days().last().unwrap().status, DayStatus::Waiting);
        assert_eq!(coverage.missing(ago(0), ago(0)).count(), 1);
    }

    #[test]
    fn a_compared_count_prolongs_what_is_known_of_today() {
        let today = Day {
            whole_at: Some(now() - TimeDelta::hours(2)),
            probed_at: Some(now() - TimeDelta::minutes(4)),
            ..day(0, DayState::SoFar)
        };
        let coverage = Coverage::of(ledger(10, &[today]), now(), true);
        assert_eq!(coverage.read_at(), Some(now() - TimeDelta::minutes(4)));
        assert_eq!(coverage.extent().unwrap().until, now() - TimeDelta::minutes(4));
    }

    #[test]
    fn a_day_that_always_fails_does_not_make_the_rest_look_old() {
        let coverage = Coverage::of(ledger(100, &[day(40, DayState::Partial)]), now(), true);
        assert_eq!(coverage.read_at(), Some(now()));
        assert_eq!(coverage.next_loss(), Some(lost_from(ago(40))));
    }

    #[test]
    fn a_wrong_clock_invents_no_days_and_kills_none() {
        // The clock ran ahead, and was set right.
        let ahead = Day {
            day: ago(0) + Days::new(30),
            ..day(0, DayState::Complete)
        };
        let coverage = Coverage::of(ledger(20, &[ahead]), now(), true);
        assert_eq!(coverage.days().last().unwrap().day, ago(0));
        // The clock was set back: what was complete goes on.
        let coverage = Coverage::of(ledger(20, &[]), now() - TimeDelta::days(2), true);
        assert_eq!(coverage.days().last().unwrap().status, DayStatus::SoFar);
        assert!(coverage.extent().unwrap().until <= now() - TimeDelta::days(2));
        // A ledger of the stone age does not fill the memory.
        let stone_age = Day {
            day: NaiveDate::MIN,
            ..day(0, DayState::Complete)
        };
        assert_eq!(Coverage::of(vec![stone_age], now(), true).days().len(), 90);
    }

    #[test]
    fn days_that_were_asked_for_with_a_clock_that_stood_still_are_not_the_start() {
        // A machine that begins in 1970 asks for the days of then, is refused, and learns the time a minute later.
        let then = start_of(NaiveDate::from_ymd_opt(1970, 1, 1).unwrap());
        let refused = |back: u64| Day {
            day: then.date_naive() - Days::new(back),
            read_at: then,
            ..day(1, DayState::Partial)
        };
        let odd = || [refused(89), refused(88), refused(87)];
        let coverage = Coverage::of(odd().into(), now(), true);
        assert_eq!((coverage.start(), coverage.days().len()), (Some(ago(89)), 90));
        let coverage = Coverage::of(ledger(100, &odd()), now(), true);
        assert_eq!(coverage.start(), Some(ago(100)));
        assert_eq!(coverage.count(DayStatus::Lost), 0);
        // What could not be read in the first months is lost all the same.
        let early = Day {
            day: ago(250),
            read_at: start_of(ago(170)),
            ..day(1, DayState::Partial)
        };
        let coverage = Coverage::of(ledger(100, &[early]), now(), true);
        assert_eq!(coverage.start(), Some(ago(250)));
        assert_eq!(coverage.count(DayStatus::Lost), 150);
    }

    #[test]
    fn the_newest_stretch_has_no_gap() {
        let coverage = Coverage::of(without(ledger(200, &[]), &[150, 3]), now(), true);
        assert_eq!(coverage.newest_unbroken(), Some((start_of(ago(2)), now())));
        let coverage = Coverage::of(without(ledger(200, &[]), &[1, 0]), now(), true);
        assert_eq!(
            coverage.newest_unbroken(),
            Some((start_of(ago(200)), start_of(ago(1))))
        );
        assert_eq!(Coverage::of(Vec::new(), now(), true).newest_unbroken(), None);
    }

    #[test]
    fn days_in_a_row_are_one_stretch() {
        assert_eq!(
            stretches([ago(9), ago(8), ago(7), ago(3)]),
            [(ago(9), ago(7)), (ago(3), ago(3))]
        );
        assert_eq!(stretches([]), []);
    }
}
