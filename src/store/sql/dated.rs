//! Asking a server for records whose dates are known to the second: each is looked for in the one part of the tables that
//! has its month.

use super::{
    connection::{Connection, ToValue},
    find::of_second,
};
use crate::{audit::Ticks, store::columns::seconds};

macro_rules! newest {
    ($earliest:literal, $beyond:literal) => {
        concat!(
            "LATERAL (SELECT * FROM version WHERE version.account = r.account AND version.seq = r.version
      AND version.ticks = r.ticks AND version.ticks >= ",
            $earliest,
            " AND version.ticks < ",
            $beyond,
            " OFFSET 0) v"
        )
    };
}

/// A record, and between which dates it is.
#[derive(Clone, Copy, Debug)]
pub struct Dated {
    pub number: i64,
    from: Ticks,
    until: Ticks,
}

/// Some of them, as the values of [`Listed`].
pub const LISTED: &str = "unnest(CAST(CAST(?1 AS TEXT) AS BIGINT[]), CAST(CAST(?2 AS TEXT) AS BIGINT[]),
      CAST(CAST(?3 AS TEXT) AS BIGINT[])) AS k (id, earliest, beyond)";
/// Their rows. `OFFSET 0` has each looked up for itself; between which dates all of them are says which parts of a table a
/// server has to open.
pub const RECORD: &str = "LATERAL (SELECT * FROM record WHERE record.id = k.id AND record.ticks >= k.earliest
      AND record.ticks < k.beyond AND record.ticks >= ?4 AND record.ticks < ?5 OFFSET 0) r";
/// Their newest versions.
pub const NEWEST: &str = newest!("?4", "?5");
/// Their tokens.
const SEARCH: &str =
    "LATERAL (SELECT record, tokens FROM search WHERE search.record = k.id AND search.ticks >= k.earliest
      AND search.ticks < k.beyond AND search.ticks >= ?4 AND search.ticks < ?5 OFFSET 0) s";

/// The same of records that are near to each other: all of them are looked for together in each of the few parts that may
/// have them, which takes half as long as choosing a part for each.
const RECORD_NEAR: &str = "(SELECT * FROM record WHERE record.id = ANY (CAST(CAST(?1 AS TEXT) AS BIGINT[]))
      AND record.ticks >= ?2 AND record.ticks < ?3 OFFSET 0) r";
const NEWEST_NEAR: &str = newest!("?2", "?3");
const SEARCH_NEAR: &str =
    "(SELECT record, tokens FROM search WHERE search.record = ANY (CAST(CAST(?1 AS TEXT) AS BIGINT[]))
      AND search.ticks >= ?2 AND search.ticks < ?3 OFFSET 0) s";
/// What is further apart is in more than four parts.
const NEAR: i64 = 62 * 86_400 * 10_000_000;

/// How some records are asked for.
pub struct Lookup {
    listed: Listed,
    near: bool,
}

impl Lookup {
    pub fn of(connection: &Connection, all: &[Dated]) -> Self {
        let listed = Dated::listed(connection, all);
        Self {
            near: listed.beyond.saturating_sub(listed.earliest) < NEAR,
            listed,
        }
    }

    /// Their rows and those of their newest versions, as `r` and `v`.
    pub fn records(&self) -> String {
        match self.near {
            true => format!("{RECORD_NEAR}, {NEWEST_NEAR}"),
            false => format!("{LISTED}, {RECORD}, {NEWEST}"),
        }
    }

    /// Their tokens.
    pub fn tokens(&self) -> String {
        match self.near {
            true => SEARCH_NEAR.to_owned(),
            false => format!("{LISTED}, {SEARCH}"),
        }
    }

    /// The values that a statement begins with.
    pub fn values(&self) -> Vec<&dyn ToValue> {
        let all = self.listed.values();
        match self.near {
            true => vec![all[0], all[3], all[4]],
            false => all.to_vec(),
        }
    }
}

/// Some records, as a statement is told of them.
pub struct Listed {
    lists: [String; 3],
    earliest: i64,
    beyond: i64,
}

impl Listed {
    pub fn values(&self) -> [&dyn ToValue; 5] {
        let [numbers, from, until] = &self.lists;
        [numbers, from, until, &self.earliest, &self.beyond]
    }
}

impl Dated {
    pub fn of_second(number: i64, second: i64) -> Self {
        Self {
            number,
            from: of_second(second),
            until: of_second(second.saturating_add(1)),
        }
    }

    pub fn second(&self) -> i64 {
        seconds(self.from)
    }

    pub fn at(number: i64, ticks: i64) -> Self {
        Self {
            number,
            from: Ticks(ticks),
            until: Ticks(ticks.saturating_add(1)),
        }
    }

    pub fn whenever(number: i64) -> Self {
        Self {
            number,
            from: Ticks::MIN,
            until: Ticks::MAX,
        }
    }

    pub fn listed(connection: &Connection, all: &[Self]) -> Listed {
        Listed {
            lists: [
                connection.list(all.iter().map(|it| it.number)),
                connection.list(all.iter().map(|it| it.from.0)),
                connection.list(all.iter().map(|it| it.until.0)),
            ],
            earliest: all.iter().map(|it| it.from.0).min().unwrap_or_default(),
            beyond: all.iter().map(|it| it.until.0).max().unwrap_or_default(),
        }
    }
}
