//! What kind of CSV a file is, by its header and its first rows.

use std::{
    collections::HashMap,
    io::{BufReader, Read, Seek},
};

use chrono_tz::Tz;

use super::{
    ImportError, Misfit, dates,
    labels::{self, Column},
    rows::{Found, Row, Rows},
    source::Source,
};
use crate::{
    export,
    i18n::{Arg, Lang},
};

/// The buffer before the file, in bytes.
const BUFFER: usize = 256 << 10;
/// By so many rows columns are told that have no known name.
const SAMPLE: usize = 100;

/// A CSV file, and where its rows begin.
#[derive(Clone, Debug)]
pub(super) struct Table {
    delimiter: u8,
    offset: u64,
    line: u64,
    /// How many cells a row has.
    width: usize,
    /// The names of its columns; where it has none, those that were given to them.
    header: Vec<String>,
    pub kind: Kind,
}

/// What its columns are.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Places of columns by the wire's names, `record` among them.
    Plain(Places),
    Spreadsheet(Spreadsheet),
    Listed(Listed),
}

/// Where columns are, by the wire's names.
pub(super) type Places = HashMap<&'static str, usize>;

/// partnerlog's export, without the records themselves.
#[derive(Clone, Debug)]
pub(super) struct Spreadsheet {
    pub places: Places,
    /// Whether cells are as they were: neither guarded nor cut.
    pub exact: bool,
    /// In which the first column is, as its header says.
    pub zone: Option<Tz>,
}

/// A list of four columns.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// The columns' names as the file has them, or those of Partner Center's page where it has none.
    pub names: Vec<String>,
    pub date: usize,
    pub customer: Option<usize>,
    pub action: usize,
    pub user: Option<usize>,
    pub zone: Option<Tz>,
}

impl Table {
    /// Whether a row is the header once more: files that were put together have it within them.
    pub fn is_header(&self, row: &Row<'_>) -> bool {
        row.len() == self.header.len()
            && row
                .cells()
                .zip(&self.header)
                .all(|(cell, name)| cell.trim_start_matches('\u{feff}').trim() == name)
    }

    /// The rows after the header.
    pub fn rows<'a, 'p, R: Read + Seek>(
        &self,
        source: &'a mut Source<'p, R>,
    ) -> Result<Rows<BufReader<&'a mut Source<'p, R>>>, ImportError> {
        let from = BufReader::with_capacity(BUFFER, source);
        let mut rows = Rows::new(from, self.offset, self.line, self.delimiter)?;
        rows.expect(self.width);
        Ok(rows)
    }
}

/// Tells what a file is from `start` on, which is after any byte order mark; nothing when it is no CSV that is known.
pub(super) fn recognise<R: Read + Seek>(
    source: &mut Source<'_, R>,
    start: u64,
) -> Result<Option<Table>, ImportError> {
    let mut by_shape = None;
    for delimiter in [b',', b';', b'\t'] {
        let from = BufReader::with_capacity(BUFFER, &mut *source);
        let mut rows = Rows::new(from, start, 1, delimiter)?;
        let mut header = cells(&mut rows)?;
        // Excel's own line about the delimiter.
        if matches!(&header[..], [only] if only.starts_with("sep=")) || header.concat() == "sep=" {
            header = cells(&mut rows)?;
        }
        if header.is_empty() {
            continue;
        }
        let (offset, line) = rows.place();
        let table = |kind| Table {
            delimiter,
            offset,
            line,
            width: header.len(),
            header: header.clone(),
            kind,
        };
        if let Some(kind) = ours(&header).or_else(|| named(&header).map(Kind::Listed)) {
            return Ok(Some(table(kind)));
        }
        if header.len() == 4 && by_shape.is_none() {
            rows.expect(4);
            by_shape = shaped(&header, &mut rows)?.map(|(listed, has_header)| match has_header {
                true => table(Kind::Listed(listed)),
                // The first row is a row like the others.
                false => Table {
                    offset: start,
                    line: 1,
                    header: Vec::new(),
                    ..table(Kind::Listed(listed))
                },
            });
        }
    }
    Ok(by_shape)
}

/// The cells of a first row; none where it cannot be read.
fn cells<F: std::io::BufRead + Seek>(rows: &mut Rows<F>) -> Result<Vec<String>, ImportError> {
    match rows.next()? {
        Found::Row(row) => Ok(row.cells().map(|cell| cell.trim().to_owned()).collect()),
        Found::Bad {
            reason: super::Reason::NotUtf8,
            ..
        } => Err(ImportError::NotUnderstood(Misfit::NotUtf8)),
        _ => Ok(Vec::new()),
    }
}

/// An export of ours, in any of its forms.
fn ours(header: &[String]) -> Option<Kind> {
    let mut wire = Places::new();
    for (_, name) in export::columns() {
        if let Some(at) = header.iter().position(|cell| cell == name) {
            wire.insert(name, at);
        }
    }
    if let Some(record) = header.iter().position(|cell| cell == "record")
        && wire.contains_key("partnerId")
        && wire.contains_key("id")
    {
        wire.insert("record", record);
        return Some(Kind::Plain(wire));
    }
    let needed = ["id", "operationDate", "operationType"];
    let has_needed = |places: &Places| needed.iter().all(|name| places.contains_key(name));
    if has_needed(&wire) {
        return Some(Kind::Spreadsheet(Spreadsheet {
            places: wire,
            exact: true,
            zone: None,
        }));
    }
    Lang::ALL.into_iter().find_map(|lang| {
        let mut places = Places::new();
        let mut zone = None;
        for (key, name) in export::columns() {
            let found = if name == "dateTime" {
                header.iter().position(|cell| {
                    zone = zone_of(cell, lang);
                    zone.is_some()
                })
            } else {
                let words = lang.t(key);
                header.iter().position(|cell| *cell == words)
            };
            if let Some(at) = found {
                places.insert(name, at);
            }
        }
        has_needed(&places).then_some(Kind::Spreadsheet(Spreadsheet {
            places,
            exact: false,
            zone,
        }))
    })
}

/// The zone that the header of our first column names.
fn zone_of(cell: &str, lang: Lang) -> Option<Tz> {
    let words = lang.t_with("csv-date-time-in", &[("zone", Arg::Text("\n"))]);
    let (before, after) = words.split_once('\n')?;
    cell.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}

/// The zone that a header names in brackets.
fn zone_in_brackets(cell: &str) -> Option<Tz> {
    let (_, rest) = cell.split_once(['(', '（'])?;
    rest.trim_end_matches([')', '）']).trim().parse().ok()
}

/// A list whose columns have known names. Others may stand beside them.
fn named(header: &[String]) -> Option<Listed> {
    let at = |wanted: Column| {
        header
            .iter()
            .position(|cell| labels::column(cell) == Some(wanted))
    };
    let date = at(Column::Date)?;
    let (customer, user) = (at(Column::Customer), at(Column::User));
    let listed = |customer, action, user| Listed {
        names: header.to_vec(),
        date,
        customer,
        action,
        user,
        zone: zone_in_brackets(&header[date]),
    };
    let others = [customer, at(Column::Action), user];
    match (at(Column::Action), others.iter().flatten().count()) {
        (Some(action), 2..) => Some(listed(customer, action, user)),
        // One name of four is unknown: it can only be the column that is left.
        (None, 2) if header.len() == 4 => {
            let taken = [Some(date), customer, user];
            let left = (0..4).find(|at| !taken.contains(&Some(*at)))?;
            Some(listed(customer, left, user))
        }
        _ => None,
    }
}

/// A list of four columns, one of which holds dates, in a language that is not known or without a header; with whether it
/// has one.
fn shaped<F: std::io::BufRead + Seek>(
    header: &[String],
    rows: &mut Rows<F>,
) -> Result<Option<(Listed, bool)>, ImportError> {
    let mut sampled = Vec::new();
    while sampled.len() < SAMPLE {
        match rows.next()? {
            Found::Row(row) => sampled.push(four(&row)),
            Found::Bad { .. } => {}
            Found::End => break,
        }
    }
    let has_header = !header.iter().any(|cell| dates::parse(cell).is_some());
    if !has_header {
        sampled.push(std::array::from_fn(|at| header[at].clone()));
    }
    let most = |of: &dyn Fn(&str) -> bool, at: usize| {
        let fitting = sampled.iter().filter(|row| of(&row[at])).count();
        fitting > 0 && fitting * 2 >= sampled.len()
    };
    let is_date = |cell: &str| dates::parse(cell).is_some();
    let mut with_dates = (0..4).filter(|at| most(&is_date, *at));
    let (Some(date), None) = (with_dates.next(), with_dates.next()) else {
        return Ok(None);
    };
    let is_user = |cell: &str| cell.contains('@') && !cell.trim().contains(' ');
    let rest: Vec<usize> = (0..4).filter(|at| *at != date).collect();
    // The order of the page: customer, action, user.
    let user = rest
        .iter()
        .copied()
        .find(|at| most(&is_user, *at))
        .unwrap_or(rest[2]);
    let others: Vec<usize> = rest.into_iter().filter(|at| *at != user).collect();
    let known = |at: usize| {
        let is_known = |cell: &str| labels::operation(cell) != cell.trim();
        most(&is_known, at)
    };
    let (customer, action) = if known(others[0]) && !known(others[1]) {
        (others[1], others[0])
    } else {
        (others[0], others[1])
    };
    let names = if has_header {
        header.to_vec()
    } else {
        let mut names = vec![String::new(); 4];
        for (at, name) in [
            (date, "Date-Time"),
            (customer, "Affected customer"),
            (action, "Action"),
            (user, "Partner user"),
        ] {
            name.clone_into(&mut names[at]);
        }
        names
    };
    let zone = names.get(date).and_then(|name| zone_in_brackets(name));
    let listed = Listed {
        names,
        date,
        customer: Some(customer),
        action,
        user: Some(user),
        zone,
    };
    Ok(Some((listed, has_header)))
}

fn four(row: &Row<'_>) -> [String; 4] {
    std::array::from_fn(|at| row.cell(at).chars().take(200).collect())
}
