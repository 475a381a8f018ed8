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
