//! The text of a search against the index: which records have the tokens that it asks for.

use std::{collections::HashSet, sync::PoisonError, time::Instant};

use super::{
    StoreError,
    connection::{self, Connection, Rows, params},
    dated::{Dated, Lookup},
    dialect::STATE,
    documents::{self, Unpacker},
    expression::{FTS5, TSQUERY, is_open, is_rare, known, lead, size},
    find::of_second,
    memory::Memory,
};
use crate::{
    audit::{
        AuditRecord, Selection,
        search::{Expr, Part, Tokens},
    },
    store::{
        columns::{Found, Sought, Time},
        postgres::copy::TOO_MANY,
    },
};

/// Tokens of one statement, at most: each costs a look into the index.
const MOST_TOKENS: usize = 1_500;

/// By so many of the records that the index names it is judged how many there are.
const ENOUGH_TO_JUDGE: usize = 500;

/// What a search asks the index for, and what has to be looked at in the records themselves.
pub struct Text {
    /// What the index is asked for; `None` where it cannot narrow anything.
    asked: Option<Asked>,
    confirmed: Vec<Confirmed>,
}

/// What records must have, and what they must not.
struct Asked {
    wanted: Expr,
    unwanted: Vec<Expr>,
    is_nothing: bool,
    is_rare: bool,
    /// A group of a GUID: a server's index is asked for that one, and the tokens of what it names for the others.
    lead: Option<String>,
}

/// A part for whose sake each candidate is looked at.
struct Confirmed {
    part: Part,
    expr: Expr,
    /// Whether the tokens say all.
    exact: bool,
    /// Whether the index sees to the tokens.
    indexed: bool,
}

/// Records that the index names.
pub enum Named {
    /// These, and no others.
    All(Vec<i64>),
    /// So many, and more.
    Some(Vec<i64>),
}

impl Text {
    /// `None` where nothing in the search is of the index's concern.
    pub fn of(selection: &Selection, memory: &Memory) -> Option<Self> {
        let words = memory.words.read().unwrap_or_else(PoisonError::into_inner);
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        let mut confirmed = Vec::new();
        let (mut left, mut any) = (MOST_TOKENS, false);
        for part in &selection.search.parts {
            let Some(mut plan) = part.plan(&*words) else {
                continue;
            };
            any = true;
            plan.expr = known(plan.expr, &words);
            let indexed = !is_open(&plan.expr) && size(&plan.expr) <= left;
            if indexed {
                left -= size(&plan.expr);
            }
            if indexed && !part.exclude {
                wanted.push(plan.expr.clone());
            }
            let confirm = Confirmed {
                part: part.clone(),
                expr: plan.expr,
                exact: plan.exact,
                indexed,
            };
            match (indexed, part.exclude, plan.exact) {
                (true, false, true) => {}
                (true, true, true) => unwanted.push(confirm),
                (_, true, _) => confirmed.push(Confirmed {
                    indexed: false,
                    ..confirm
                }),
                _ => confirmed.push(confirm),
            }
        }
        if !any {
            return None;
        }
        let asked = match wanted.is_empty() {
            false => Some(Asked {
                is_nothing: wanted.contains(&Expr::Nothing),
                is_rare: wanted.iter().any(|expr| is_rare(expr, &words)),
                lead: lead(&wanted, &words),
                wanted: Expr::All(wanted),
                unwanted: unwanted
                    .into_iter()
                    .map(|it| it.expr)
                    .filter(|expr| *expr != Expr::Nothing)
                    .collect(),
            }),
            // The index cannot be asked for what has not: each record is looked at.
            true => {
                confirmed.extend(unwanted.into_iter().map(|it| Confirmed { indexed: false, ..it }));
                None
            }
        };
        Some(Self { asked, confirmed })
    }

    pub fn narrows(&self) -> bool {
        self.asked.is_some()
    }

    pub fn confirms(&self) -> bool {
        !self.confirmed.is_empty()
    }

    /// The records that the index names of those that are sought, or of more than those; up to so many.
    pub fn named(
        &self,
        connection: &Connection,
        sought: &Sought<'_>,
        at_most: usize,
        deadline: Instant,
    ) -> Result<Named, StoreError> {
        if connection.file().is_some() {
            return self.between(connection, sought.numbers(), deadline, |numbers, _| {
                numbers < at_most
            });
        }
        match self.named_during(connection, sought.time, at_most, deadline) {
            Err(StoreError::TooLong) => Ok(Named::Some(Vec::new())),
            named => named,
        }
    }

    /// The same, as long as it seems that they are few enough to be sorted rather than to be met by walking over the log:
    /// judged by how far the first of them lie apart.
    pub fn named_if_few(
        &self,
        connection: &Connection,
        (first, last): (i64, i64),
        deadline: Instant,
    ) -> Result<Named, StoreError> {
        let all = last.saturating_sub(first).max(1) as f64;
        let mut expected = 0.0;
        let seems_few = |numbers: usize, number: i64| {
            if numbers == ENOUGH_TO_JUDGE {
                let seen = last.saturating_sub(number).max(1) as f64;
                expected = numbers as f64 * all / seen;
            }
            // Naming each costs about what walking over one record does; of many, a page is met soon.
            numbers < ENOUGH_TO_JUDGE
                || (expected * expected <= 40.0 * all && (numbers as f64) < 2.0 * expected)
        };
        self.between(connection, (first, last), deadline, seems_few)
    }

    /// The records of a time that a server's index names, up to so many: it is in parts by month, and all are known before
    /// the first is.
    ///
    /// # Errors
    /// `TooLong` when the server was told to end before that, or the deadline came.
    pub fn named_during(
        &self,
        connection: &Connection,
        time: Time,
        at_most: usize,
        deadline: Instant,
    ) -> Result<Named, StoreError> {
        let Some(asked) = &self.asked else {
            return Ok(Named::All(Vec::new()));
        };
        // A number and no parameter: plans are made once, and a limit that is not known would be taken for a small one.
        let (from, until) = (of_second(time.from), of_second(time.until));
        let (expression, lead) = (asked.expression(connection), asked.lead());
        let mut values = params![from.0, until.0, expression].to_vec();
        let meant = match &lead {
            Some(lead) => {
                values.push(lead);
                // The operator would have the index look for all of them.
                format!("tokens @@ {} AND ts_match_vq(tokens, {})", query(4), query(3))
            }
            None => format!("tokens @@ {}", query(3)),
        };
        let mut statement = connection.prepare_cached(&gathered(&format!(
            "SELECT record, {HAS_TOO_MANY} AS too_many FROM search
             WHERE {meant} AND ticks >= ?1 AND ticks < ?2 LIMIT {}",
            at_most.saturating_add(1)
        )))?;
        let (numbers, seen) = asked.among(connection, statement.query(values.as_slice()), deadline)?;
        Ok(match seen > at_most {
            true => Named::Some(numbers),
            false => Named::All(numbers),
        })
    }

    /// Of some records, those of whose tokens a server says that they are meant.
    ///
    /// # Errors
    /// `TooLong` when the server was told to end before that, or the deadline came.
    pub fn named_of(
        &self,
        connection: &Connection,
        some: &[Dated],
        deadline: Instant,
    ) -> Result<Vec<i64>, StoreError> {
        let Some(asked) = &self.asked else {
            return Ok(some.iter().map(|dated| dated.number).collect());
        };
        let (lookup, expression) = (Lookup::of(connection, some), asked.expression(connection));
        let mut values = lookup.values();
        values.push(&expression);
        let mut statement = connection.prepare_cached(&gathered(&format!(
            "SELECT record, {HAS_TOO_MANY} AS too_many FROM {} WHERE tokens @@ {}",
            lookup.tokens(),
            query(values.len())
        )))?;
        let (named, _) = asked.among(connection, statement.query(values.as_slice()), deadline)?;
        Ok(named)
    }

    /// Of a file, the last archived first. `goes_on` is told how many were named, and the next one, until it has enough.
    fn between(
        &self,
        connection: &Connection,
        (first, last): (i64, i64),
        deadline: Instant,
        mut goes_on: impl FnMut(usize, i64) -> bool,
    ) -> Result<Named, StoreError> {
        let Some(asked) = &self.asked else {
            return Ok(Named::Some(Vec::new()));
        };
        let mut statement = connection.prepare_cached(
            "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC",
        )?;
        let mut rows = statement.query(params![asked.expression(connection), first, last])?;
        let mut numbers = Vec::new();
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(Named::All(numbers)),
                // The deadline; what is known until then is of use.
                Err(error) if error.is_interrupted() => return Ok(Named::Some(numbers)),
                Err(error) => return Err(error.into()),
            };
            let number = row.get(0)?;
            let late = numbers.len() % 512 == 511 && Instant::now() > deadline;
            if late || !goes_on(numbers.len(), number) {
                return Ok(Named::Some(numbers));
            }
            numbers.push(number);
        }
    }

    /// Leaves those of some records that a file's index names.
    ///
    /// # Errors
    /// `TooLong` when that is not known by then.
    pub fn narrow(&self, connection: &Connection, found: Found, limit: Instant) -> Result<Found, StoreError> {
        if self.asked.is_none() {
            return Ok(found);
        }
        let mut by_number = found;
        by_number.sort_unstable_by_key(|(_, number)| *number);
        let mut kept = Found::new();
        // Records of one time mostly lie side by side; where there is much between, it is asked for apart.
        let near = |a: &(i64, i64), b: &(i64, i64)| b.1 - a.1 < 2_048;
        for run in by_number.chunk_by(near) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            // A part of them would be taken for all.
            let Named::All(named) = self.between(connection, (first.1, last.1), limit, |_, _| true)? else {
                return Err(StoreError::TooLong);
            };
            // Both in order, the one upwards, the other downwards.
            let mut named = named.into_iter().rev().peekable();
            for candidate in run {
                while named.next_if(|number| *number < candidate.1).is_some() {}
                if named.peek() == Some(&candidate.1) {
                    kept.push(*candidate);
                }
            }
        }
        Ok(kept)
    }

    /// Whether a candidate is a hit: looks at the record.
    pub fn confirm(
        &self,
        connection: &Connection,
        unpacker: &mut Unpacker,
        number: i64,
    ) -> Result<bool, StoreError> {
        if self.confirmed.is_empty() {
            return Ok(true);
        }
        // What cannot be read has nothing that could be found.
        let record = documents::newest(connection, unpacker, number)?;
        Ok(record.is_some_and(|record| self.is_in(&record)))
    }

    /// Whether a record of which the index says no more is a hit.
    pub fn is_in(&self, record: &AuditRecord) -> bool {
        let mut tokens = None;
        self.confirmed.iter().all(|it| {
            let mut has = || it.expr.holds(tokens.get_or_insert_with(|| Tokens::of(record)));
            let hit = (it.indexed || has()) && (it.exact || it.part.finds(record));
            hit != it.part.exclude
        })
    }

    /// Whether no record can have what is asked for.
    pub fn is_nothing(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.is_nothing)
    }

    /// Whether tokens are asked for that are no words, as parts of ids are: few records have them.
    pub fn is_rare(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.is_rare)
    }
}

/// Whether a record on a server has more tokens than are kept there. That is one short token: what is longer need not be
/// unpacked to know.
const HAS_TOO_MANY: &str =
    "CASE WHEN pg_column_size(tokens) > 64 THEN FALSE ELSE tokens @@ CAST('\u{e001}' AS TSQUERY) END";

/// All numbers that a statement on a server names as one value, which takes less than a row each, and those of records with
/// too many tokens as another.
fn gathered(named: &str) -> String {
    format!(
        "SELECT array_agg(record), array_agg(record) FILTER (WHERE too_many), {STATE} FROM ({named}) AS named"
    )
}

/// What a server's index is asked for, as the statement's value of that place. In a plan that is made once, only a query of
/// its own has it understood once; else it is for each record and each part of the table.
fn query(place: usize) -> String {
    format!("(SELECT CAST(CAST(?{place} AS TEXT) AS TSQUERY))")
}

impl Asked {
    /// In the language of the database's index.
    fn expression(&self, connection: &Connection) -> String {
        let language = match connection {
            Connection::File(_) => &FTS5,
            Connection::Server(_) => &TSQUERY,
        };
        let mut text = String::new();
        language.write(&self.wanted, &mut text);
        for expr in &self.unwanted {
            text = format!("({text}){}", language.not);
            language.write(expr, &mut text);
        }
        match connection {
            Connection::File(_) => text,
            // What may have the tokens without the index's knowing is looked at.
            Connection::Server(_) => format!("({text}) | '{TOO_MANY}'"),
        }
    }

    /// What a server's index is asked for first, where that is less than all of it.
    fn lead(&self) -> Option<String> {
        let mut text = String::new();
        TSQUERY.token(self.lead.as_ref()?, &mut text);
        Some(format!("{text} | '{TOO_MANY}'"))
    }

    /// The numbers that were [`gathered`], without those that turn out to lack the tokens, and how many there were.
    fn among(
        &self,
        connection: &Connection,
        answer: connection::Result<Rows<'_>>,
        deadline: Instant,
    ) -> Result<(Vec<i64>, usize), StoreError> {
        let mut rows = match answer {
            Err(error) if error.is_interrupted() => return Err(StoreError::TooLong),
            rows => rows?,
        };
        let Some(row) = rows.next()? else {
            return Ok((Vec::new(), 0));
        };
        let (mut numbers, too_many) = (row.numbers(0)?, row.numbers(1)?);
        connection.has_answered_in(row.get(2)?);
        let seen = numbers.len();
        let mut lacking = HashSet::new();
        for number in too_many {
            if Instant::now() > deadline {
                return Err(StoreError::TooLong);
            }
            if !self.holds(connection, number)? {
                lacking.insert(number);
            }
        }
        if !lacking.is_empty() {
            numbers.retain(|number| !lacking.contains(number));
        }
        Ok((numbers, seen))
    }

    /// Whether a record has the tokens: looks at the record.
    fn holds(&self, connection: &Connection, number: i64) -> Result<bool, StoreError> {
        let Some(record) = documents::newest(connection, &mut Unpacker::new()?, number)? else {
            return Ok(false);
        };
        let tokens = Tokens::of(&record);
        Ok(self.wanted.holds(&tokens) && !self.unwanted.iter().any(|expr| expr.holds(&tokens)))
    }
}
