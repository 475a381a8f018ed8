//! Counts over more than one block, against a look at every row.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono_tz::Tz;

use super::{tally::tally_halved, *};
use crate::{
    audit::{
        Selection,
        selection::{FilterKey, From, To},
    },
    store::directory::{Directory, Kind},
};

const RECORDS: i64 = 3 * BLOCK as i64 + 1_234;
/// 2026-01-01, in seconds.
const START: i64 = 1_767_225_600;

const CUSTOMERS: [i64; 3] = [1, 2, 3];
const USERS: [i64; 2] = [11, 12];
const ACTIONS: [i64; 3] = [21, 22, 23];
const STATUSES: [i64; 2] = [31, 32];

fn directory() -> Directory {
    let mut directory = Directory::default();
    for (number, kind, text) in [
        (1, Kind::Customer, "c-one"),
        (2, Kind::Customer, "c-two"),
        (3, Kind::Customer, "c-three"),
        (11, Kind::User, "ada@x.example"),
        (12, Kind::User, "grace@x.example"),
        (21, Kind::Operation, "create_order"),
        (22, Kind::Operation, "update_order"),
        (23, Kind::Operation, "rare_order"),
        (31, Kind::Status, "succeeded"),
        (32, Kind::Status, "failed"),
        (41, Kind::Resource, "order"),
    ] {
        directory.insert(number, kind, text);
    }
    directory
}

fn row(number: i64) -> Row {
    let random = |seed: i64| {
        let mixed = (number * 0x9E37 + seed * 0x79B9).wrapping_mul(0x5851_F42D_4C95_7F2D);
        ((mixed ^ (mixed >> 29)).unsigned_abs() >> 20) as usize
    };
    // Mostly in order, an hour of disorder, and every tenth from years before.
    let second = match number % 10 {
        0 => START - 100_000_000 + random(1) as i64 % 90_000_000,
        _ => START + number * 100 + random(2) as i64 % 3_600,
    };
    Row {
        number,
        ticks: Ticks(Ticks::UNIX_EPOCH.0 + second * 10_000_000),
        customer: match random(3) % 4 {
            3 => Customer::Nobody,
            i => Customer::Id(CUSTOMERS[i]),
        },
        user: USERS.get(random(4) % 3).copied(),
        traits: Traits {
            account: 1,
            application: None,
            operation: match random(5) % 5_000 {
                0 => ACTIONS[2],
                i => ACTIONS[i % 2],
            },
            resource: 41,
            status: STATUSES[usize::from(random(6) % 9 == 0)],
            source: 1,
            changed: None,
            actor: None,
        },
    }
}

type Counts = BTreeMap<i64, u64>;

#[test]
fn counts_are_those_of_a_look_at_every_row() {
    let rows: Vec<Row> = (1..=RECORDS).map(row).collect();
    let columns = Columns::default().with(&rows);
    let directory = directory();
    let all = || Selection::everything(Tz::UTC, "2026-12-31".parse().unwrap());
    let day = |text: &str| text.parse().unwrap();
    let selections = [
        all(),
        all().with(FilterKey::Customer, false, "c-two"),
        all().with(FilterKey::Customer, true, "c-two"),
        all().with(FilterKey::User, false, "ada"),
        all().with(FilterKey::User, true, "ada"),
        all().with(FilterKey::Action, false, "update_order"),
        all().with(FilterKey::Action, true, "update_order"),
        all().with(FilterKey::Action, false, "rare_order"),
        all()
            .with(FilterKey::Action, false, "create_order")
            .with(FilterKey::Status, false, "failed"),
        all()
            .with(FilterKey::Action, false, "rare_order")
            .with(FilterKey::Customer, false, "c-one")
            .with(FilterKey::User, true, "grace"),
        all().over(From::Day(day("2026-02-01")), To::Day(day("2026-04-01"))),
        all()
            .over(From::Day(day("2024-02-01")), To::Day(day("2026-04-01")))
            .with(FilterKey::User, false, "grace"),
    ];
    let edges: Vec<i64> = (0..160)
        .map(|week| START - 110_000_000 + week * 604_800)
        .collect();
    for selection in selections {
        let sought = Sought::new(&columns, &selection, &directory, &[]);
        let deadline = Instant::now() + Duration::from_secs(600);
        for halved_from in [usize::MAX, 1] {
            let tally = tally_halved(&sought, &Edges::new(edges.clone()), deadline, halved_from).unwrap();
            compare(&tally, &columns, &rows, &selection, &directory, &edges);
        }
    }
}

fn compare(
    tally: &Tally,
    columns: &Columns,
    rows: &[Row],
    selection: &Selection,
    directory: &Directory,
    edges: &[i64],
) {
    let (from, until) = selection.during();
    let value = |row: &Row, key: FilterKey| match (key, row.customer) {
        (FilterKey::Customer, Customer::Id(id)) => Some(id),
        (FilterKey::User, _) => row.user,
        (FilterKey::Action, _) => Some(row.traits.operation),
        (FilterKey::Status, _) => Some(row.traits.status),
        _ => None,
    };
    let passes = |row: &Row, but: Option<FilterKey>| {
        from <= row.ticks
            && row.ticks < until
            && selection
                .filters
                .iter()
                .filter(|filter| Some(filter.key) != but)
                .all(|filter| {
                    let text = value(row, filter.key).and_then(|number| directory.text(number));
                    let has =
                        text.is_some_and(|text| filter.values.iter().any(|value| text.contains(&**value)));
                    has != filter.exclude
                })
    };
    let expected = |key| {
        let mut counts = Counts::new();
        for value in rows
            .iter()
            .filter(|row| passes(row, Some(key)))
            .filter_map(|row| value(row, key))
        {
            *counts.entry(value).or_default() += 1;
        }
        counts
    };
    let some = |counts: &mut dyn Iterator<Item = (i64, u64)>| -> Counts {
        counts.filter(|(_, count)| *count > 0).collect()
    };
    let of_customers =
        tally
            .customers
            .iter()
            .enumerate()
            .filter_map(|(place, count)| match columns.customer(place) {
                Customer::Id(id) => Some((id, *count)),
                _ => None,
            });
    let of_users = tally
        .users
        .iter()
        .enumerate()
        .filter_map(|(place, count)| Some((columns.user(place)?, *count)));
    assert_eq!(some(&mut { of_customers }), expected(FilterKey::Customer));
    assert_eq!(some(&mut { of_users }), expected(FilterKey::User));
    for key in [FilterKey::Action, FilterKey::Status] {
        let counts = tally.traits[&key].iter().map(|(value, count)| (*value, *count));
        assert_eq!(some(&mut { counts }), expected(key), "{key:?}");
    }
    let passing: Vec<&Row> = rows.iter().filter(|row| passes(row, None)).collect();
    assert_eq!(tally.records, passing.len() as u64);
    let mut bars = vec![(0, 0); edges.len() - 1];
    for row in passing {
        let second = seconds(row.ticks);
        if let Some(bar) = edges
            .windows(2)
            .position(|bar| bar[0] <= second && second < bar[1])
        {
            bars[bar].0 += 1;
            bars[bar].1 += u64::from(row.traits.status == STATUSES[1]);
        }
    }
    assert_eq!(tally.bars, bars);
}

/// Rows whose parts overlap in time, many of them of the same second.
fn crowded(number: i64) -> Row {
    let mut row = row(number);
    let mixed = (number * 0x9E37).wrapping_mul(0x5851_F42D_4C95_7F2D) ^ 0x55;
    let second = match number % 7 {
        0 => START + 5_000,
        _ => START + (mixed.unsigned_abs() >> 30) as i64 % 40_000,
    };
    row.ticks = Ticks(Ticks::UNIX_EPOCH.0 + second * 10_000_000);
    row
}

#[test]
fn walking_by_time_finds_what_walking_over_everything_does() {
    let rows: Vec<Row> = (1..=24_000)
        .map(|n| if n < 12_000 { row(n) } else { crowded(n) })
        .collect();
    let columns = Columns::default().with(&rows);
    let directory = directory();
    let selection = Selection::everything(Tz::UTC, "2026-12-31".parse().unwrap());
    let deadline = Instant::now() + Duration::from_secs(600);
    let is_hit = |number: i64, one_of: i64| (number * 0x9E37 + 11) % one_of == 0;
    let (mut narrowed, mut asked) = (0, 0);
    for one_of in [1, 3, 40, 700, 70_000] {
        for newer in [false, true] {
            for begins in [
                None,
                Some(START + 5_000),
                Some(START + 20_001),
                Some(START - 50_000_000),
            ] {
                let mut sought = Sought::new(&columns, &selection, &directory, &[]);
                match (begins, newer) {
                    (Some(second), false) => sought.time.until = second + 1,
                    (Some(second), true) => sought.time.from = second,
                    (None, _) => {}
                }
                let walk = Walk {
                    newer,
                    wanted: 51,
                    begins,
                    together: 64,
                    deadline,
                    limit: deadline,
                };
                let over_everything = walk
                    .run(&sought, Ok::<_, ()>, |number| Ok(is_hit(number, one_of)))
                    .unwrap()
                    .unwrap();
                for (first, at_most) in [(1, 20_000), (3_000, 2_500), (1 << 40, 4_000), (1 << 40, 70_000)] {
                    let by_time = walk
                        .by_time(
                            &sought,
                            first,
                            |time| {
                                asked += 1;
                                let of_time = rows.iter().filter(|row| time.has(seconds(row.ticks)));
                                let numbers: Vec<i64> = of_time
                                    .map(|row| row.number)
                                    .filter(|number| is_hit(*number, one_of))
                                    .collect();
                                let fits = numbers.len() <= at_most;
                                narrowed += usize::from(!fits);
                                Ok::<_, ()>(fits.then_some(numbers))
                            },
                            |_| {},
                            |_| Ok(true),
                        )
                        .unwrap()
                        .unwrap();
                    let of = |found: &Candidates| {
                        let mut numbers = found.numbers.clone();
                        numbers.sort_unstable();
                        (numbers, found.enough)
                    };
                    assert_eq!(
                        of(&by_time),
                        of(&over_everything),
                        "one of {one_of}, newer: {newer}, from {begins:?}, {first} first, {at_most} at most"
                    );
                }
            }
        }
    }
    assert!(narrowed > 20 && asked < 2_000, "{narrowed} of {asked}");
}

#[test]
fn a_second_of_which_too_much_is_named_ends_the_walk() {
    let rows: Vec<Row> = (1..=20_000).map(crowded).collect();
    let columns = Columns::default().with(&rows);
    let directory = directory();
    let selection = Selection::everything(Tz::UTC, "2026-12-31".parse().unwrap());
    let deadline = Instant::now() + Duration::from_secs(600);
    let sought = Sought::new(&columns, &selection, &directory, &[]);
    let walk = Walk {
        newer: true,
        wanted: 15_000,
        begins: None,
        together: 64,
        deadline,
        limit: deadline,
    };
    let named = |time: Time| {
        let of_time = rows.iter().filter(|row| time.has(seconds(row.ticks)));
        let numbers: Vec<i64> = of_time.map(|row| row.number).collect();
        Ok::<_, ()>((numbers.len() < 2_000).then_some(numbers))
    };
    let found = walk.by_time(&sought, 1_000, named, |_| {}, |_| Ok(true)).unwrap();
    assert!(found.is_none());
}
