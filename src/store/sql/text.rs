//! The text of a search against the index: which records have the tokens that it asks for.

use std::{collections::HashSet, sync::PoisonError, time::Instant};

use super::{
    StoreError,
    connection::{self, Connection, Rows, params},
    dated::{Dated, Lookup},
    dialect::STATE,
    documents::{self, Unpacker},
    find::of_second,
    memory::Memory,
    words::Vocabulary,
};
use crate::{
    audit::{
        AuditRecord, Selection,
        search::{Expr, Part, Tokens, is_always_word},
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

/// Whether an expression excludes nothing.
fn is_open(expr: &Expr) -> bool {
    match expr {
        Expr::Anything => true,
        Expr::All(all) => all.iter().all(is_open),
        Expr::Any(all) => all.iter().any(is_open),
        Expr::Token(_) | Expr::Prefix(_) | Expr::Nothing => false,
    }
}

/// An expression without what no record has.
fn known(expr: Expr, words: &Vocabulary) -> Expr {
    match expr {
        Expr::Token(token) if is_always_word(&token) && !words.is_full() && !words.has(&token) => {
            Expr::Nothing
        }
        Expr::All(all) => {
            let all: Vec<Expr> = all.into_iter().map(|expr| known(expr, words)).collect();
            match all.contains(&Expr::Nothing) {
                true => Expr::Nothing,
                false => Expr::All(all),
            }
        }
        Expr::Any(any) => {
            let mut any: Vec<Expr> = any.into_iter().map(|expr| known(expr, words)).collect();
            any.retain(|expr| *expr != Expr::Nothing);
            match any.is_empty() {
                true => Expr::Nothing,
                false => Expr::Any(any),
            }
        }
        expr => expr,
    }
}

/// Whether it asks for parts of ids or long numbers, and not for words that are known: few records have any of those.
fn is_rare(expr: &Expr, words: &Vocabulary) -> bool {
    const LONG: usize = 5;
    match expr {
        Expr::Token(token) | Expr::Prefix(token) => {
            // What is not ascii is a quantity.
            token.len() >= LONG
                && token.is_ascii()
                && token.bytes().any(|byte| byte.is_ascii_digit())
                && !words.has(token)
        }
        Expr::All(all) => all.iter().any(|expr| is_rare(expr, words)),
        Expr::Any(all) => !all.is_empty() && all.iter().all(|expr| is_rare(expr, words)),
        Expr::Anything | Expr::Nothing => false,
    }
}

/// Of the groups of a GUID the longest, where nothing else is wanted: what has that one has the others, too. Beside other
/// words it may be frequent, and the index knows better what is in few records.
fn lead(all: &[Expr], words: &Vocabulary) -> Option<String> {
    const LONG: usize = 8;
    fn gather<'e>(all: &'e [Expr], needed: &mut Vec<&'e Expr>) {
        for expr in all {
            match expr {
                Expr::All(all) => gather(all, needed),
                expr => needed.push(expr),
            }
        }
    }
    let mut needed = Vec::new();
    gather(all, &mut needed);
    let mut longest: Option<&String> = None;
    for expr in &needed {
        match expr {
            Expr::Token(token) if token.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                let is_longer = longest.is_none_or(|longest| longest.len() < token.len());
                if is_longer && token.len() >= LONG && is_rare(expr, words) {
                    longest = Some(token);
                }
            }
            _ => return None,
        }
    }
    longest.filter(|_| needed.len() > 1).cloned()
}

/// How many tokens an expression names.
fn size(expr: &Expr) -> usize {
    match expr {
        Expr::Token(_) | Expr::Prefix(_) => 1,
        Expr::All(all) | Expr::Any(all) => all.iter().map(size).sum(),
        Expr::Anything | Expr::Nothing => 0,
    }
}

/// A token that no record has.
const NOTHING: Expr = Expr::Nothing;

/// How an index is asked.
struct Language {
    quote: char,
    prefix: &'static str,
    and: &'static str,
    or: &'static str,
    not: &'static str,
}

const FTS5: Language = Language {
    quote: '"',
    prefix: " *",
    and: " AND ",
    or: " OR ",
    not: " NOT ",
};

const TSQUERY: Language = Language {
    quote: '\'',
    prefix: ":*",
    and: " & ",
    or: " | ",
    not: " & !",
};

impl Language {
    fn write(&self, expr: &Expr, out: &mut String) {
        match expr {
            Expr::Token(token) => self.token(token, out),
            Expr::Prefix(token) => {
                self.token(token, out);
                out.push_str(self.prefix);
            }
            // No record has this one.
            Expr::Nothing | Expr::Anything => self.token("\u{e000}\u{e000}", out),
            Expr::All(all) => self.list(all.iter().filter(|expr| !is_open(expr)), self.and, out),
            Expr::Any(all) => self.list(all.iter(), self.or, out),
        }
    }

    /// Tokens hold letters and digits only; what means something to the index is left out all the same.
    fn token(&self, token: &str, out: &mut String) {
        out.push(self.quote);
        out.extend(
            token
                .chars()
                .filter(|character| !matches!(character, '"' | '\'' | '\\' | '\0')),
        );
        out.push(self.quote);
    }

    fn list<'e>(&self, all: impl Iterator<Item = &'e Expr>, joint: &str, out: &mut String) {
        out.push('(');
        let start = out.len();
        for expr in all {
            if out.len() > start {
                out.push_str(joint);
            }
            self.write(expr, out);
        }
        if out.len() == start {
            self.write(&NOTHING, out);
        }
        out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(all: &[&str]) -> Vec<Expr> {
        all.iter().map(|token| Expr::Token((*token).to_owned())).collect()
    }

    #[test]
    fn pairs_that_no_record_has_are_not_asked_for_and_what_may_be_no_word_is() {
        let mut words = Vocabulary::default();
        for word in ["東京", "premium"] {
            words.insert(word);
        }
        let all = |all: &[&str]| known(Expr::All(tokens(all)), &words);
        assert_eq!(all(&["東京", "京都"]), Expr::Nothing);
        for there in [
            &["東京", "premium"],
            &["東京", "deadbeef"],
            &["東京", "\u{e000}q6"],
        ] {
            assert_eq!(all(there), Expr::All(tokens(there)));
        }
        let any = Expr::Any(tokens(&["東京", "京都"]));
        assert_eq!(known(any, &words), Expr::Any(tokens(&["東京"])));
        assert_eq!(known(Expr::Any(tokens(&["京都"])), &words), Expr::Nothing);
    }

    #[test]
    fn the_longest_group_of_a_guid_stands_for_it_and_nothing_stands_for_more_than_that() {
        let words = Vocabulary::default();
        let groups = ["0e1295df", "5df5", "d70f097ab0d3"];
        let of = |all: &[Expr]| lead(all, &words);
        assert_eq!(of(&[Expr::All(tokens(&groups))]).as_deref(), Some(groups[2]));
        assert_eq!(of(&tokens(&groups[..1])), None);
        let beside_a_word = [Expr::All(tokens(&groups)), Expr::Token("premium".to_owned())];
        assert_eq!(of(&beside_a_word), None);
    }
}
